"""Several media as one: all are planned before the first is written, and when one fails each is named with its true
state.
"""

from __future__ import annotations

import itertools
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.support import MemoryStore, ids, nothing, state

from ansible_collections.gopher.devbox.plugins.module_utils._core.converge import (
    converge,
    converge_all,
    look_ahead_all,
)
from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import (
    ApplyError,
    Blocked,
    DevboxError,
    Incomplete,
    Outdated,
    ReadError,
    TransportError,
    WantedError,
)
from ansible_collections.gopher.devbox.plugins.module_utils._core.findings import Finding
from ansible_collections.gopher.devbox.plugins.module_utils._core.record import (
    JOURNAL_LENGTH,
    JournalEntry,
)
from ansible_collections.gopher.devbox.plugins.module_utils._core.store import (
    ATTEMPTS,
    Outcome,
    Part,
    Planned,
    Receipt,
    Verdict,
)
from ansible_collections.gopher.devbox.plugins.module_utils._core.values import Value, Variables
from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import Goal, Scope, Validate, Wanted
from ansible_collections.gopher.devbox.plugins.module_utils._core.windows import REG_EXPAND_SZ
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_medium import REGISTRY

LABELS = ("go env file", "registry (user)", "registry (machine)")
WANTED = Wanted(REGISTRY, gopath=(r"D:\gopath",), variables={"GOPROXY": "off"}, validate=Validate.WARN, verify=False)
RESTORED = Wanted(REGISTRY, goal=Goal.RESTORED)


def applied(log: list[str], label: str, store: MemoryStore) -> None:
    """Write down in which order stores are written."""
    original = store.apply

    def apply(*arguments: t.Any) -> Receipt:
        log.append(label)
        return original(*arguments)

    store.apply = apply


class Media:
    """Some media of one host, and runs over them."""

    def __init__(self, count: int = 2) -> None:
        self.labels = LABELS[:count]
        user = {"Path": Value(r"C:\x;%TEMP%", REG_EXPAND_SZ), "TEMP": r"C:\t", "GOFLAGS": "-v"}
        self.stores = [MemoryStore(state(Scope.USER, user=user)) for _label in self.labels]
        self.first, self.last = self.stores[0], self.stores[-1]
        self.order: list[str] = []
        for label, store in zip(self.labels, self.stores, strict=True):
            applied(self.order, label, store)

    def parts(self, wanted: Wanted, *others: Wanted) -> list[Part]:
        wanteds = [wanted, *others] if others else [wanted] * len(self.stores)
        return [Part(*found) for found in zip(self.labels, self.stores, wanteds, strict=True)]

    def run(self, wanted: Wanted, *others: Wanted, **more: t.Any) -> list[Outcome]:
        return converge_all(self.parts(wanted, *others), **{"check_mode": False, **more})

    def fails(self, wanted: Wanted = WANTED, error: type[DevboxError] = Incomplete, **more: t.Any) -> t.Any:
        with pytest.raises(error) as raised:
            self.run(wanted, **more)
        return raised.value

    @property
    def writes(self) -> int:
        return sum(store.writes for store in self.stores)

    def variables(self) -> list[Variables]:
        return [store.state.variables for store in self.stores]

    def journal(self, number: int) -> dict[str, JournalEntry]:
        return dict(self.stores[number].read(RESTORED).journal)


@pytest.fixture
def media() -> Media:
    return Media()


def raises(error: Exception, times: int = 99) -> t.Callable[[MemoryStore], None]:
    """Fail in the middle of an apply, so many times."""
    left = iter(range(times))

    def fail(_store: MemoryStore) -> None:
        if next(left, None) is not None:
            raise error

    return fail


NO, DENIED = ApplyError("Access is denied.", "Look."), "Access is denied."
LOST = TransportError("The connection was lost.", lost=True)
UNSENT = TransportError("The host does not answer.")


# --- the ordinary course ---------------------------------------------------------------------------------------------


def test_all_are_changed_in_order_under_one_id_and_then_none(media: Media) -> None:
    outcomes = media.run(WANTED)
    assert media.order == list(media.labels)
    (id,) = {outcome.journal for outcome in outcomes}
    assert id is not None
    assert [media.journal(number)[id].media for number in (0, 1)] == [LABELS[:2], LABELS[1::-1]]
    assert [found.text("GOPATH") for found in media.variables()] == [r"D:\gopath"] * 2
    again = media.run(WANTED)
    assert [(outcome.changed, outcome.journal) for outcome in again] == [(False, None)] * 2
    assert media.writes == 2


def test_check_mode_writes_nothing_and_says_the_same(media: Media) -> None:
    foretold = media.run(WANTED, check_mode=True)
    assert media.writes == 0
    assert [found.after.variables for found in foretold] == [found.after.variables for found in media.run(WANTED)]


def test_the_id_is_newer_than_the_newest_of_every_medium(media: Media) -> None:
    for number in range(5):
        converge(media.last, WANTED._replace(variables={"GOFLAGS": f"-p={number + 1}"}), False)
    newest = max(media.journal(1))
    assert {outcome.journal for outcome in media.run(WANTED)} == {max(media.journal(0))}
    assert newest < max(media.journal(0))


def test_only_one_changed_medium_belongs_to_no_others(media: Media) -> None:
    converge(media.first, WANTED, False)
    outcomes = media.run(WANTED)
    assert [outcome.changed for outcome in outcomes] == [False, True]
    assert media.journal(1)[str(outcomes[1].journal)].media == ()


def test_what_is_as_wanted_is_swept_and_what_changed_is_verified(media: Media) -> None:
    converge(media.first, WANTED, False)
    media.first.swept = [Finding.of("leftovers_removed", "swept")]
    media.last.answers = [Finding.of("go_value_differs", "otherwise")]
    first, last = media.run(WANTED._replace(verify=True))
    assert ("leftovers_removed" in ids(first.findings), "go_value_differs" in ids(last.findings)) == (True, True)
    assert (media.first.verified, media.last.verified) == (0, 1)


def test_media_without_a_label_of_their_own_are_refused(media: Media) -> None:
    for labels in (["a", "a"], ["", "a"]):
        parts = [part._replace(label=label) for part, label in zip(media.parts(WANTED), labels, strict=True)]
        with pytest.raises(ValueError, match="label of its own"):
            converge_all(parts, check_mode=False)


# --- what stands in the way ------------------------------------------------------------------------------------------


def test_the_options_of_all_are_checked_before_anything_is_read(media: Media) -> None:
    media.first.broken = True
    bad = Wanted(REGISTRY, goroot="relative"), Wanted(REGISTRY, gobin="bin")
    with pytest.raises(WantedError) as raised:
        media.run(*bad)
    assert "go env file: goroot" in raised.value.message
    assert "registry (user): gobin" in raised.value.message


@pytest.mark.parametrize(
    "run", [lambda media, wanted: media.run(wanted), lambda media, w: look_ahead_all(media.parts(w))]
)
def test_the_blockers_of_all_come_in_one_message_each_with_its_medium(media: Media, run: t.Any) -> None:
    media.first.someone_writes("GOFLAGS", Value("0x1", "REG_DWORD"))
    for store in media.stores:
        store.someone_writes("GOPROXY", Value("0x1", "REG_DWORD"))
    with pytest.raises(Blocked) as raised:
        run(media, WANTED._replace(variables={"GOFLAGS": "-v", "GOPROXY": "off"}))
    assert ids(raised.value.blockers) == ["value_of_other_type"] * 2, "what both have is said once"
    assert "go env file: GOFLAGS holds" in raised.value.message
    assert "go env file, registry (user): GOPROXY holds" in raised.value.message
    assert media.writes == 0


def test_a_medium_that_is_unknown_keeps_no_blocker_of_the_others_back(media: Media) -> None:
    state = media.first.state
    unknown = tuple(layer._replace(known=layer.scope is not state.target) for layer in state.layers)
    obstacle = ("", Finding.of("not_elevated", "Not elevated.", "Be it."))
    media.first.state = state._replace(layers=unknown, obstacles=(obstacle,))
    media.last.someone_writes("GOPROXY", Value("0x1", "REG_DWORD"))
    assert ids(media.fails(error=Blocked).blockers) == ["not_elevated", "value_of_other_type"]


def test_a_reading_that_fails_names_its_medium_and_nothing_is_written(media: Media) -> None:
    media.last.broken = True
    assert media.fails(error=ReadError).message == "registry (user): unreadable"
    assert media.writes == 0


# --- across media ----------------------------------------------------------------------------------------------------


def shadowed(planned: t.Sequence[Planned]) -> list[Verdict]:
    """What is planned in the last medium hides what is planned in the first."""
    hidden = [name for name in planned[0].after.variables if name in planned[-1].after.variables and name[:2] == "GO"]
    finding = Finding.of("environment_hides_file", f"{', '.join(sorted(hidden))} is hidden.", "", "GOPROXY")
    return [Verdict(findings=(finding,)) if hidden else Verdict(), *[Verdict()] * (len(planned) - 1)]


@pytest.mark.parametrize("check_mode", [True, False])
def test_media_are_judged_as_they_are_planned(media: Media, check_mode: bool) -> None:
    for store in media.stores:
        store.someone_writes("GOFLAGS", None)
    first, last = media.run(WANTED, check_mode=check_mode, judge=shadowed)
    assert [found.message for found in first.findings] == ["GOPATH, GOPROXY is hidden."]
    assert last.findings == ()
    (first, _last) = media.run(Wanted(REGISTRY, goal=Goal.ABSENT), check_mode=check_mode, judge=shadowed)
    assert "environment_hides_file" not in ids(first.findings)


def test_a_verdict_survives_what_others_write_in_between(media: Media) -> None:
    media.first.before_apply = lambda store: store.writes or store.someone_writes("JAVA_HOME", Value("j"))
    first, _last = media.run(WANTED, judge=shadowed)
    assert {"concurrent_change", "environment_hides_file"} <= set(ids(first.findings))


@pytest.mark.parametrize(
    ("verdict", "strict", "warn"),
    [
        (Verdict(blockers=(Finding.of("value_refused", "No."),)), True, True),
        (Verdict(doubts=(Finding.of("goroot_mismatch", "Hm."),)), True, False),
    ],
)
def test_a_verdict_blocks_before_anything_is_written(verdict: Verdict, strict: bool, warn: bool) -> None:
    for validate, stops in ((Validate.STRICT, strict), (Validate.WARN, warn)):
        media = Media()
        wanted = WANTED._replace(validate=validate)
        if stops:
            error = media.fails(wanted, Blocked, judge=lambda _planned: [Verdict(), verdict])
            assert "registry (user): " in error.message
            assert media.writes == 0
        else:
            _first, last = media.run(wanted, judge=lambda _planned: [Verdict(), verdict])
            assert ids(last.findings) == ids(verdict.doubts)


# --- one of them fails -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "error", "fate"),
    [
        ("before_apply", NO, "not changed"),
        ("before_apply", UNSENT, "not changed"),
        ("before_apply", LOST, "unknown (connection lost)"),
        ("before_apply", Blocked([Finding.of("missing_right", DENIED)]), "not changed"),
        ("before_apply", RuntimeError("oops"), "not changed"),
        ("after_write", NO, "rolled back"),
        ("after_write", ReadError("cut"), "rolled back"),
        ("after_write", LOST, "unknown (connection lost)"),
    ],
)
def test_the_media_before_the_one_that_fails_are_rolled_back(moment: str, error: Exception, fate: str) -> None:
    media = Media(3)
    before = media.variables()
    setattr(media.stores[1], moment, raises(error, times=1))
    raised = media.fails()
    assert raised.fates == {LABELS[0]: "rolled back", LABELS[1]: fate, LABELS[2]: "not changed"}
    assert all(f"{label}: {found}" in raised.text for label, found in raised.fates.items())
    assert raised.message.startswith("registry (user): ")
    assert "Nothing was changed" not in raised.text
    assert raised.touched.startswith("Nothing stays changed") is (fate != "unknown (connection lost)")
    assert ids(raised.blockers) == (["missing_right"] if isinstance(error, Blocked) else [])
    if fate.startswith("unknown"):
        assert media.variables()[::2] == before[::2]
    else:
        assert media.variables() == before
    setattr(media.stores[1], moment, nothing)
    assert all(outcome.journal for outcome in media.run(WANTED) if outcome.changed), "running again converges"
    assert [found.text("GOPATH") for found in media.variables()] == [r"D:\gopath"] * 3


def test_a_lost_connection_behind_another_error_is_one(media: Media) -> None:
    def twice(store: MemoryStore) -> None:
        if store.writes:
            raise TransportError("The connection was lost.", lost=True)
        store.someone_writes("JAVA_HOME", Value("j"))

    media.last.before_apply = twice
    assert media.fails().fates == {LABELS[0]: "rolled back", LABELS[1]: "unknown (connection lost)"}


def test_what_cannot_be_rolled_back_is_named_with_its_journal_and_can_be_undone_later(media: Media) -> None:
    before = media.variables()
    media.last.before_apply = raises(NO)
    media.first.after_write = lambda store: setattr(store, "before_apply", raises(NO))
    error = media.fails()
    (id,) = media.journal(0)
    assert error.fates == {LABELS[0]: f"still changed, journal {id}", LABELS[1]: "not changed"}
    assert DENIED in error.touched
    assert error.touched.startswith("What became of each medium")
    media.first.before_apply, media.first.after_write = nothing, nothing
    first, _last = media.run(RESTORED._replace(journal=id))
    assert media.variables() == before
    assert "restore_incomplete" not in ids(first.findings)


def test_a_medium_that_cannot_be_read_any_more_is_still_changed(media: Media) -> None:
    def dies(_store: MemoryStore) -> None:
        media.first.broken = True
        raise NO

    media.last.before_apply = dies
    assert media.fails().fates[LABELS[0]].startswith("still changed, journal 2026")


@pytest.mark.parametrize(("error", "fate"), [(LOST, "unknown (connection lost)"), (NO, "rolled back")])
def test_a_rolling_back_that_fails_after_it_wrote_is_looked_at(media: Media, error: Exception, fate: str) -> None:
    media.last.before_apply = raises(NO)
    media.first.after_write = lambda store: setattr(store, "after_write", raises(error))
    assert media.fails().fates[LABELS[0]] == fate


def test_what_somebody_changed_since_stays_and_is_named(media: Media) -> None:
    def meanwhile(_store: MemoryStore) -> None:
        media.first.someone_writes("GOPATH", Value(r"D:\theirs"))
        raise NO

    media.last.before_apply = meanwhile
    error = media.fails()
    assert error.fates[LABELS[0]] == "rolled back"
    assert "What somebody else changed since stays: GOPATH." in error.touched
    assert media.first.state.variables.text("GOPATH") == r"D:\theirs"
    assert "GOPROXY" not in media.first.state.variables


def test_directories_that_were_made_are_named(media: Media) -> None:
    media.last.before_apply = raises(NO)
    error = media.fails(WANTED._replace(create_directories=True))
    assert r"The directories that were made stay: D:\gopath\src" in error.touched


def test_directories_alone_are_in_no_journal(media: Media) -> None:
    media.run(WANTED)
    both = WANTED._replace(create_directories=True)
    first, last = media.run(both, both._replace(variables={"GOPROXY": "direct"}))
    assert (first.changed, first.journal) == (True, None)
    assert list(media.journal(1)[last.journal or ""].media) == []
    assert len(media.journal(0)) == 1
    assert not any(outcome.changed for outcome in media.run(both, both._replace(variables={"GOPROXY": "direct"})))
    back = media.run(RESTORED)
    assert [outcome.changed for outcome in back] == [False, True]


def test_a_medium_with_directories_alone_is_not_rolled_back(media: Media) -> None:
    media.run(WANTED)
    media.last.before_apply = raises(NO)
    both = WANTED._replace(create_directories=True)
    with pytest.raises(Incomplete) as raised:
        media.run(both, both._replace(variables={"GOPROXY": "direct"}))
    assert raised.value.fates == {LABELS[0]: "rolled back", LABELS[1]: "not changed"}
    assert "The directories that were made stay" in raised.value.touched


def test_a_run_that_gave_way_is_rolled_back_and_says_what_it_says_alone(media: Media) -> None:
    count = iter(range(99))
    media.last.before_apply = lambda store: store.someone_writes("JAVA_HOME", Value(str(next(count))))
    error = media.fails()
    assert error.fates == dict.fromkeys(LABELS[:2], "rolled back")
    assert "again and again" in error.message
    assert "What they wrote stands" in error.touched


def test_a_run_that_could_not_give_way_is_still_changed(media: Media) -> None:
    count = iter(range(99))

    def writes(store: MemoryStore) -> None:
        number = next(count)
        store.someone_writes("JAVA_HOME", Value(str(number)))
        store.refuses = {"GOPATH"} if number > ATTEMPTS else set()

    media.last.before_apply = writes
    error = media.fails()
    assert error.fates[LABELS[1]].startswith("still changed, journal ")
    assert media.last.state.variables.text("GOPATH") == r"D:\gopath"
    assert "force: true" in error.touched


def test_a_failed_undoing_is_undone_too(media: Media) -> None:
    media.run(WANTED)
    before = media.variables()
    media.last.before_apply = raises(NO, times=1)
    assert media.fails(RESTORED).fates == {LABELS[0]: "rolled back", LABELS[1]: "not changed"}
    assert media.variables() == before
    assert all(outcome.changed for outcome in media.run(RESTORED)), "and can be done again, in both"


def test_a_failed_verify_rolls_nothing_back(media: Media, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_arguments: object) -> t.NoReturn:
        raise ApplyError("go gave no answer.", "Look.")

    monkeypatch.setattr(media.first, "verify", silent)
    error = media.fails(WANTED._replace(verify=True), ApplyError)
    assert not isinstance(error, Incomplete)
    assert error.message == "go env file: go gave no answer."
    assert "The change itself was made" in error.touched
    assert [found.text("GOPATH") for found in media.variables()] == [r"D:\gopath"] * 2


def test_secrets_of_every_medium_are_known_to_the_error(media: Media) -> None:
    for number, store in enumerate(media.stores):
        store.someone_writes("GOPROXY", Value(f"https://u:secret{number}@h"))
    media.last.before_apply = raises(NO)
    assert all(
        f"secret{number}" in str([dict(k) for k in media.fails().known if isinstance(k, Variables)])
        for number in (0, 1)
    )


# --- another run of this collection ----------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [0, 1])
def test_outdated_in_any_medium_plans_all_anew(number: int) -> None:
    media = Media()
    before, store = media.variables(), media.stores[number]

    def another_run(_store: MemoryStore) -> None:
        store.before_apply = nothing
        store.someone_writes("GOPROXY", Value("direct"))
        raise Outdated("Another run of this collection wrote here meanwhile.", "Run again.")

    store.before_apply = another_run
    outcomes = media.run(WANTED)
    assert all(outcome.changed for outcome in outcomes)
    assert len({outcome.journal for outcome in outcomes}) == 1
    assert outcomes[number].before.variables.text("GOPROXY") == "direct"
    media.run(RESTORED)
    before[number] = before[number].replace({"GOPROXY": Value("direct")})
    assert media.variables() == before


def test_a_host_where_others_run_again_and_again_ends_the_run(media: Media) -> None:
    before = media.variables()
    media.last.before_apply = raises(Outdated("Another run of this collection wrote here meanwhile.", "Run again."))
    error = media.fails(error=Outdated)
    assert media.order == [label for _attempt in range(ATTEMPTS + 1) for label in (LABELS[0], LABELS[1], LABELS[0])]
    assert "go env file: rolled back; registry (user): not changed" in error.touched
    assert media.variables() == before


def test_outdated_over_what_cannot_be_rolled_back_ends_the_run(media: Media) -> None:
    media.last.before_apply = raises(Outdated("Another run.", "Run again."))
    media.first.after_write = lambda store: setattr(store, "before_apply", raises(NO))
    error = media.fails()
    assert error.fates[LABELS[0]].startswith("still changed")
    assert media.order.count(LABELS[1]) == 1


# --- restored --------------------------------------------------------------------------------------------------------


def test_the_newest_change_over_all_is_undone_in_all_its_media(media: Media) -> None:
    stood = [media.variables()]
    media.run(WANTED)
    stood.append(media.variables())
    converge(media.last, WANTED._replace(variables={"GOPROXY": "direct"}), False)
    stood.append(media.variables())
    assert [outcome.changed for outcome in media.run(RESTORED)] == [False, True]
    assert media.variables() == stood[1]
    first, last = media.run(RESTORED)
    assert (first.changed, last.changed, media.variables()) == (True, True, stood[0])
    assert first.journal == last.journal
    assert ids((*first.findings, *last.findings)) == []
    outcomes = media.run(RESTORED)
    assert not any(outcome.changed for outcome in outcomes)
    assert [ids(outcome.findings) for outcome in outcomes] == [["restore_nothing"]] * 2


def test_the_undoing_can_be_undone_by_its_id_in_all_media(media: Media) -> None:
    media.run(WANTED)
    after = media.variables()
    id = media.run(RESTORED)[0].journal
    assert all(outcome.changed for outcome in media.run(RESTORED._replace(journal=id)))
    assert media.variables() == after
    assert not any(outcome.changed for outcome in media.run(RESTORED._replace(journal=id)))
    assert all(outcome.changed for outcome in media.run(RESTORED)), "the change is one to undo again"


def test_force_puts_back_in_all_media_what_somebody_changed(media: Media) -> None:
    before = media.variables()
    id = media.run(WANTED)[0].journal
    for store in media.stores:
        store.someone_writes("GOPATH", Value(r"D:\theirs"))
    outcomes = media.run(RESTORED)
    assert ["restore_changed_since" in ids(outcome.findings) for outcome in outcomes] == [True, True]
    assert [found.text("GOPATH") for found in media.variables()] == [r"D:\theirs"] * 2
    media.run(RESTORED._replace(journal=id, force=True))
    assert media.variables() == before


def test_an_unknown_change_is_named_with_those_there_are(media: Media) -> None:
    id = str(media.run(WANTED)[0].journal)
    error = media.fails(RESTORED._replace(journal="20200101T000000Z-00000000"), DevboxError)
    assert id in error.text
    assert all(label in error.text for label in media.labels)


def test_a_named_change_that_is_undone_already_changes_nothing(media: Media) -> None:
    id = media.run(WANTED)[0].journal
    media.run(RESTORED)
    outcomes = media.run(RESTORED._replace(journal=id))
    assert [(outcome.changed, outcome.findings) for outcome in outcomes] == [(False, ())] * 2


def test_a_change_that_fell_out_of_one_journal_is_undone_in_the_others_and_named(media: Media) -> None:
    id = media.run(WANTED)[0].journal
    del media.last.journal[str(id)]
    first, last = media.run(RESTORED)
    assert (first.changed, last.changed) == (True, False)
    (finding,) = last.findings
    assert (finding.id, finding.subject) == ("restore_incomplete", LABELS[1])
    assert "GOPATH" not in media.first.state.variables


@pytest.mark.parametrize("label", ["", LABELS[1], "another name"])
def test_a_medium_that_was_not_given_is_named(media: Media, label: str) -> None:
    id = str(media.run(WANTED)[0].journal)
    (outcome,) = converge_all([Part(label, media.last, RESTORED)], check_mode=False)
    assert outcome.changed
    (finding,) = [found for found in outcome.findings if found.id == "restore_incomplete"]
    assert finding.subject == LABELS[0]
    assert id in finding.advice
    (other,) = converge_all([Part("", media.first, RESTORED._replace(journal=id))], check_mode=False)
    assert other.changed
    assert not any(outcome.changed for outcome in media.run(RESTORED))


def test_a_medium_where_the_change_is_undone_already_is_left_alone_and_not_missed(media: Media) -> None:
    before = media.variables()
    media.run(WANTED)
    converge(media.first, RESTORED, False)
    media.first.someone_writes("GOPATH", Value(r"D:\gopath"))
    first, last = media.run(RESTORED._replace(force=True))
    assert (first.changed, last.changed) == (False, True)
    assert ids((*first.findings, *last.findings)) == []
    assert media.variables()[1] == before[1]


def test_ten_changes_go_back_one_by_one(media: Media) -> None:
    stood = [media.variables()]
    for number in range(JOURNAL_LENGTH + 2):
        media.run(WANTED._replace(variables={"GOPROXY": f"https://h{number}"}))
        stood.append(media.variables())
    for number in range(JOURNAL_LENGTH):
        assert all(outcome.changed for outcome in media.run(RESTORED)), number
        assert media.variables() == stood[-2 - number]
    assert not any(outcome.changed for outcome in media.run(RESTORED))


STEPS = st.lists(
    st.tuples(st.sampled_from([(0,), (1,), (0, 1)]), st.integers(0, 3)) | st.sampled_from(["undo", "redo"]), max_size=14
)


@given(STEPS)
def test_any_sequence_of_runs_over_some_media_and_undoings_over_all_goes_back_as_it_came(steps: list[t.Any]) -> None:
    media, clock = Media(), itertools.count()
    for store in media.stores:
        store.new_journal_id = lambda: f"20260101T{next(clock):06d}Z-0123abcd"
    stack: list[list[Variables]] = []
    last: tuple[str, list[Variables]] | None = None
    for step in steps:
        stood = media.variables()
        if step == "redo":
            if last is not None:
                media.run(RESTORED._replace(journal=last[0]))
                assert media.variables() == last[1]
                stack, last = [*stack, stood], None
        elif step == "undo":
            outcomes = media.run(RESTORED)
            assert media.variables() == (stack.pop() if stack else stood)
            undone = [outcome.journal for outcome in outcomes if outcome.journal]
            last = (undone[0], stood) if undone else None
        else:
            numbers, value = step
            parts = media.parts(WANTED._replace(variables={"GOPROXY": f"https://h{value}"}))
            if any(found.changed for found in converge_all([parts[number] for number in numbers], check_mode=False)):
                stack, last = [*stack, stood], None
        stack = stack[-JOURNAL_LENGTH:]
    while stack:
        media.run(RESTORED)
        assert media.variables() == stack.pop()


# --- media over each other -------------------------------------------------------------------------------------------


def with_layer(label: str) -> t.Callable[[t.Any, t.Mapping[str, t.Any]], t.Any]:
    """Over the machine's variables as another medium has them."""

    def over(found: t.Any, others: t.Mapping[str, t.Any]) -> t.Any:
        return found.with_scope(Scope.MACHINE, others[label].variables) if label in others else found

    return over


def layered_parts(media: Media, wanted: Wanted, *others: Wanted) -> list[Part]:
    """The first medium over the last one, and the last over the first."""
    first, last = media.parts(wanted, *others)
    return [first._replace(over=with_layer(last.label)), last._replace(over=with_layer(first.label))]


@pytest.mark.parametrize("check_mode", [True, False])
def test_each_is_planned_over_the_others_as_they_are_planned(media: Media, check_mode: bool) -> None:
    """In whatever order they are written."""
    other = WANTED._replace(variables={"GOPROXY": "direct"})
    first, last = converge_all(layered_parts(media, WANTED, other), check_mode)
    assert first.after.in_scope(Scope.MACHINE).text("GOPROXY") == "direct"
    assert last.after.in_scope(Scope.MACHINE).text("GOPROXY") == "off"
    assert (first.after.variables.text("GOPROXY"), last.after.variables.text("GOPROXY")) == ("off", "direct")


def test_what_others_write_meanwhile_is_planned_over_the_same(media: Media) -> None:
    """The plan that is made anew is over what the run plans for the other medium, too."""
    other = WANTED._replace(variables={"GOPROXY": "direct"})
    media.first.before_apply = lambda store: store.someone_writes("GOFLAGS", Value("-x"))
    first, _last = converge_all(layered_parts(media, WANTED, other), False)
    assert first.attempts == 2
    assert first.before.in_scope(Scope.MACHINE).text("GOPROXY") == "direct"
    assert first.after.in_scope(Scope.MACHINE).text("GOPROXY") == "direct"
    assert first.after.variables.text("GOFLAGS") == "-x"


def test_nothing_is_planned_more_often_than_it_changes(media: Media) -> None:
    media.run(WANTED)
    seen: list[str] = []
    parts = layered_parts(media, WANTED)
    for number, part in enumerate(parts):

        def over(found: t.Any, others: t.Mapping[str, t.Any], part: Part = part) -> t.Any:
            seen.append(part.label)
            return part.over(found, others)

        parts[number] = part._replace(over=over)
    assert not any(outcome.changed for outcome in converge_all(parts, True))
    assert len(seen) <= 3 * len(parts)


@pytest.mark.parametrize("also", [False, True])
def test_a_medium_that_nobody_named_is_passed_over_where_it_cannot_be_changed(media: Media, also: bool) -> None:
    media.run(WANTED)
    reasons = [Finding.of("not_root", "No.")] + ([Finding.of("file_not_writable", "No.")] if also else [])
    media.last.state = media.last.state._replace(obstacles=tuple(("", reason) for reason in reasons))
    parts = [part._replace(passes_over=frozenset(("not_root",))) for part in media.parts(RESTORED)]
    if also:
        with pytest.raises(Blocked):
            converge_all(parts, False)
        return
    first, last = converge_all(parts, False)
    assert (first.changed, last.changed) == (True, False)
    assert ids(last.findings) == []
    assert ids(first.findings) == ["restore_incomplete"]
