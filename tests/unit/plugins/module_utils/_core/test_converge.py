"""The one loop, against a medium in memory that others write to as well."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from unit.support import NEW, OLD, MemoryStore, folds_of, ids, path_of, situations, state

from ansible_collections.gopher.devbox.plugins.module_utils._core.converge import converge
from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import (
    ApplyError,
    Blocked,
    DevboxError,
    ReadError,
    RefusedPlan,
    WantedError,
)
from ansible_collections.gopher.devbox.plugins.module_utils._core.findings import Finding
from ansible_collections.gopher.devbox.plugins.module_utils._core.pathlist import PathList
from ansible_collections.gopher.devbox.plugins.module_utils._core.plan import Plan
from ansible_collections.gopher.devbox.plugins.module_utils._core.record import Change, Record
from ansible_collections.gopher.devbox.plugins.module_utils._core.state import State
from ansible_collections.gopher.devbox.plugins.module_utils._core.store import ATTEMPTS
from ansible_collections.gopher.devbox.plugins.module_utils._core.values import Value
from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import (
    Goal,
    Position,
    Scope,
    Stale,
    Validate,
    Wanted,
)
from ansible_collections.gopher.devbox.plugins.module_utils._core.windows import REG_EXPAND_SZ, REG_SZ
from ansible_collections.gopher.devbox.plugins.module_utils._media.journal import guard
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_medium import REGISTRY

PRESENT = Wanted(REGISTRY, Scope.MACHINE, goroot=NEW, variables={"GOPROXY": "https://goproxy.cn,direct"})


def host(path: str = r"%SystemRoot%\system32;C:\x;C:\y") -> MemoryStore:
    return MemoryStore(state(machine={"Path": Value(path, REG_EXPAND_SZ)}))


Writer = t.Callable[[MemoryStore], None]


def on(numbers: t.Container[int], write: Writer) -> Writer:
    """A program that writes during these applies only, the first is 0."""
    calls = iter(range(99))

    def writer(store: MemoryStore) -> None:
        if next(calls) in numbers:
            write(store)

    return writer


def adds(entry: str) -> Writer:
    """A program that puts an entry at the end of PATH."""

    def writer(store: MemoryStore) -> None:
        standing = store.state.variables["PATH"]
        store.someone_writes("PATH", standing._replace(data=f"{standing.data};{entry}"))

    return writer


# --- the ordinary course ---------------------------------------------------------------------------------------------


def test_once_and_then_nothing() -> None:
    store = host()
    outcome = converge(store, PRESENT, check_mode=False)
    assert outcome.changed
    assert outcome.attempts == 1
    assert outcome.journal in store.journal
    assert outcome.after.in_scope(Scope.MACHINE).text("GOROOT") == NEW
    again = converge(store, PRESENT, check_mode=False)
    assert (again.changed, again.journal, again.attempts) == (False, None, 0)
    assert store.writes == 1


def test_check_mode_writes_nothing_and_tells_the_same() -> None:
    store = host()
    store.swept = [Finding.of("leftovers_removed", "swept")]
    told = converge(store, PRESENT, check_mode=True)
    assert (store.writes, store.verified, store.journal) == (0, 0, {})
    assert told.changed
    assert told.journal is None
    assert told.after.in_scope(Scope.MACHINE) == converge(store, PRESENT, check_mode=False).after.in_scope(
        Scope.MACHINE
    )
    assert converge(store, PRESENT, check_mode=True).findings == ()


@given(situations())
def test_the_host_ends_as_planned(situation: tuple[State, Wanted]) -> None:
    found, wanted = situation
    store = MemoryStore(found)
    try:
        foretold = converge(store, wanted, check_mode=True)
        outcome = converge(store, wanted, check_mode=False)
    except Blocked:
        assume(False)
    assert outcome.after.variables == foretold.after.variables == store.state.variables
    assert not converge(store, wanted, check_mode=False).changed


def test_options_are_checked_before_anything_is_read() -> None:
    store = host()
    store.broken = True
    with pytest.raises(WantedError):
        converge(store, Wanted(REGISTRY, goroot="relative"), check_mode=False)


def test_a_failed_reading_is_no_state_to_plan_from() -> None:
    store = host()
    store.broken = True
    with pytest.raises(ReadError):
        converge(store, PRESENT, check_mode=False)
    assert store.writes == 0


def test_a_run_that_writes_nothing_sweeps() -> None:
    store = host()
    converge(store, PRESENT, check_mode=False)
    store.swept = [Finding.of("leftovers_removed", "swept")]
    assert ids(converge(store, PRESENT, check_mode=False).findings) == ["leftovers_removed"]


def test_a_run_that_makes_only_directories_sweeps_too() -> None:
    store = host()
    wanted = PRESENT._replace(gopath=(r"D:\gopath",), validate=Validate.WARN)
    converge(store, wanted, check_mode=False)
    store.swept = [Finding.of("leftovers_removed", "swept")]
    wanted = wanted._replace(create_directories=True)
    foretold = converge(store, wanted, check_mode=True)
    outcome = converge(store, wanted, check_mode=False)
    assert (foretold.changed, outcome.changed, outcome.journal) == (True, True, None)
    assert "leftovers_removed" not in ids(foretold.findings)
    assert ids(outcome.findings).count("leftovers_removed") == 1
    assert store.verified == 2


def test_only_a_change_is_verified() -> None:
    store = host()
    store.answers = [Finding.of("go_value_differs", "otherwise")]
    assert "go_value_differs" in ids(converge(store, PRESENT, check_mode=False).findings)
    converge(store, PRESENT, check_mode=False)
    assert store.verified == 1
    other = host()
    converge(other, PRESENT._replace(verify=False), check_mode=False)
    assert other.verified == 0


def test_all_blockers_are_told_together_and_nothing_is_written() -> None:
    store = MemoryStore(state(machine={"GOPROXY": Value("0x1", "REG_DWORD"), "GOFLAGS": Value("0x1", "REG_DWORD")}))
    wanted = PRESENT._replace(
        goroot=r"C:\missing", variables={"GOPROXY": "off", "GOFLAGS": "-v"}, gobin=r"%NOWHERE%\bin"
    )
    with pytest.raises(Blocked) as raised:
        converge(store, wanted, check_mode=False)
    assert ids(raised.value.blockers) == [
        "value_of_other_type",
        "value_of_other_type",
        "undefined_reference",
        "goroot_missing",
    ]
    assert raised.value.text.startswith("Nothing was changed.")
    assert all(
        blocker.message in raised.value.message and blocker.advice in raised.value.message
        for blocker in raised.value.blockers
    )
    assert store.writes == 0


def test_doubts_stop_a_strict_run_only() -> None:
    wanted = PRESENT._replace(goroot=r"C:\missing")
    with pytest.raises(Blocked):
        converge(host(), wanted, check_mode=False)
    assert "goroot_missing" in ids(converge(host(), wanted, check_mode=True).findings)
    outcome = converge(host(), wanted._replace(validate=Validate.WARN), check_mode=False)
    assert outcome.changed
    assert "goroot_missing" in ids(outcome.findings)


def test_a_dead_goroot_that_the_run_is_not_about_fails_no_verify(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_arguments: object) -> t.NoReturn:
        raise ApplyError("go gave no answer.", "Look.")

    def store(goroot: str) -> MemoryStore:
        made = MemoryStore(state(machine={"Path": Value(NEW + r"\bin", REG_SZ), "GOROOT": Value(goroot, REG_SZ)}))
        monkeypatch.setattr(made, "verify", silent)
        return made

    wanted = PRESENT._replace(goroot=None)
    assert {"goroot_missing", "go_value_differs"} <= set(
        ids(converge(store(r"C:\missing"), wanted, check_mode=False).findings)
    )
    with pytest.raises(ApplyError):
        converge(store(NEW), wanted, check_mode=False)


# --- somebody else writes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("moment", ["before_apply", "after_write"])
def test_an_entry_that_somebody_adds_in_between_is_kept(moment: str) -> None:
    store = host()
    setattr(store, moment, on({0}, adds(r"C:\theirs")))
    outcome = converge(store, PRESENT, check_mode=False)
    assert path_of(store.state) == [NEW + r"\bin", r"%SystemRoot%\system32", r"C:\x", r"C:\y", r"C:\theirs"]
    assert store.state.in_scope(Scope.MACHINE).text("GOROOT") == NEW
    assert outcome.after.in_scope(Scope.MACHINE) == store.state.in_scope(Scope.MACHINE)
    if moment == "before_apply":
        assert ids(outcome.findings).count("concurrent_change") == 1


def test_an_entry_that_somebody_takes_out_in_between_stays_out() -> None:
    store = host()
    store.before_apply = on(
        {0}, lambda store: store.someone_writes("PATH", Value(r"%SystemRoot%\system32;C:\y", REG_EXPAND_SZ))
    )
    converge(store, PRESENT, check_mode=False)
    assert path_of(store.state) == [NEW + r"\bin", r"%SystemRoot%\system32", r"C:\y"]


def test_an_order_that_somebody_makes_in_between_stays() -> None:
    store = host()
    store.before_apply = on(
        {0}, lambda store: store.someone_writes("PATH", Value(r"C:\y;C:\x;%SystemRoot%\system32", REG_EXPAND_SZ))
    )
    converge(store, PRESENT, check_mode=False)
    assert path_of(store.state) == [NEW + r"\bin", r"C:\y", r"C:\x", r"%SystemRoot%\system32"]


def test_a_value_nobody_wants_that_somebody_writes_in_between_is_theirs() -> None:
    store = host()
    store.before_apply = on({0}, lambda store: store.someone_writes("JAVA_HOME", Value(r"C:\java")))
    outcome = converge(store, PRESENT, check_mode=False)
    assert store.state.in_scope(Scope.MACHINE).text("JAVA_HOME") == r"C:\java"
    assert outcome.changed


@pytest.mark.parametrize("numbers", [{0}, {0, 1}, {0, 1, 2}])
def test_at_most_three_times_is_planned_again(numbers: set[int]) -> None:
    store = host()
    store.before_apply = on(numbers, lambda store: adds(rf"C:\theirs{store.writes}")(store))
    outcome = converge(store, PRESENT, check_mode=False)
    assert {entry for entry in path_of(store.state) if "theirs" in entry} == {
        rf"C:\theirs{number}" for number in numbers
    }
    assert [entry for entry in path_of(store.state) if "theirs" not in entry] == [NEW + r"\bin", *path_of(host().state)]
    assert outcome.attempts == store.writes == len(numbers) + 1


def test_after_the_fourth_time_theirs_stands_and_ours_is_taken_back() -> None:
    store = host()
    store.before_apply = on(range(ATTEMPTS + 1), lambda store: adds(rf"C:\theirs{store.writes}")(store))
    with pytest.raises(ApplyError, match="somebody else again and again") as raised:
        converge(store, PRESENT, check_mode=False)
    assert raised.value.touched == "What they wrote stands; what this run had written was taken back."
    assert "GOROOT" not in store.state.in_scope(Scope.MACHINE)
    assert store.state.record == Record(journal=store.state.record.journal, spent=store.state.record.journal)
    assert set(path_of(store.state)) == {
        *path_of(host().state),
        *(rf"C:\theirs{number}" for number in range(ATTEMPTS + 1)),
    }
    assert converge(store, Wanted(REGISTRY, Scope.MACHINE, goal=Goal.RESTORED), check_mode=False).changed is False


def test_a_writer_that_never_rests_ends_the_run_and_what_is_missing_is_named() -> None:
    store = host()
    store.before_apply = lambda store: adds(rf"C:\theirs{store.writes}")(store)
    with pytest.raises(ApplyError, match="somebody else") as raised:
        converge(store, PRESENT, check_mode=False)
    assert store.writes == 2 * ATTEMPTS + 1
    assert "Path is only in the journal's copies" in raised.value.touched
    standing = {*path_of(store.state), *path_of(store.copies[-1])}
    assert {rf"C:\theirs{number}" for number in range(store.writes)} <= standing


@given(
    situations(),
    st.sampled_from([r"C:\theirs", r"%USERPROFILE%\theirs"]),
    st.sampled_from(["before_apply", "after_write"]),
)
def test_no_race_loses_an_entry(situation: tuple[State, Wanted], entry: str, moment: str) -> None:
    found, wanted = situation
    assume("PATH" in found.variables and '"' not in found.variables.text("PATH"))
    store = MemoryStore(found)
    setattr(store, moment, on({0}, adds(entry)))
    try:
        outcome = converge(store, wanted, check_mode=False)
    except (Blocked, ApplyError):
        assume(False)
    assume(outcome.changed)
    after = store.state
    if wanted.entries():
        assert entry in path_of(after)
    ours = folds_of(
        [*(item for _role, item in wanted.entries()), *(item for _role, item in found.record.entries)], found, after
    )
    if wanted.stale is Stale.KEEP:
        foreign = [item for item in path_of(found) if not folds_of([item], found, after) & ours]
        assert [item for item in path_of(after) if item in foreign] == foreign


def test_restoring_goes_back_to_what_somebody_wrote_in_between() -> None:
    """The journal knows what really stood there, not what we had read."""
    store = MemoryStore(state(machine={"GOROOT": Value(r"C:\first"), "Path": Value(r"C:\x", REG_EXPAND_SZ)}))
    store.before_apply = on({0}, lambda store: store.someone_writes("GOROOT", Value(OLD)))
    converge(store, PRESENT, check_mode=False)
    assert store.state.in_scope(Scope.MACHINE).text("GOROOT") == NEW
    converge(store, Wanted(REGISTRY, Scope.MACHINE, goal=Goal.RESTORED), check_mode=False)
    assert store.state.in_scope(Scope.MACHINE).text("GOROOT") == OLD


def test_restoring_after_a_race_keeps_their_entry() -> None:
    store = host()
    store.before_apply = on({0}, adds(r"C:\theirs"))
    converge(store, PRESENT, check_mode=False)
    converge(store, Wanted(REGISTRY, Scope.MACHINE, goal=Goal.RESTORED), check_mode=False)
    assert path_of(store.state) == [r"%SystemRoot%\system32", r"C:\x", r"C:\y", r"C:\theirs"]
    assert "GOROOT" not in store.state.in_scope(Scope.MACHINE)


def makes_path_long(store: MemoryStore) -> None:
    more = ";".join(rf"C:\theirs\{number:04}" for number in range(600))
    adds(more[: 8185 - len(store.state.variables.text("PATH"))])(store)


@pytest.mark.parametrize(
    "write",
    [
        makes_path_long,
        lambda store: store.someone_writes("GOPROXY", Value("0x1", "REG_DWORD")),
        lambda store: store.someone_writes("PATH", Value(OLD + r"\bin;C:\x", REG_EXPAND_SZ)),
    ],
)
def test_what_somebody_does_in_between_that_we_refuse_is_not_lost_nor_denied(write: Writer) -> None:
    """We have written by then. So the run either ends well, or says what was touched and never that nothing was."""
    store = host()
    theirs = host()
    write(theirs)
    store.before_apply = on({0}, write)
    error: DevboxError | None = None
    try:
        converge(store, PRESENT._replace(position=Position.LAST), check_mode=False)
    except DevboxError as raised:
        error = raised
    assert error is None or ("Nothing was changed" not in str(error) and error.touched)
    assert {entry for entry in path_of(theirs.state) if entry not in path_of(host().state)} <= set(path_of(store.state))


@pytest.mark.parametrize("wanted", [PRESENT, Wanted(REGISTRY, Scope.MACHINE, goal=Goal.ABSENT)])
def test_a_value_of_another_type_that_comes_in_between_is_not_denied(wanted: Wanted) -> None:
    """It is gone by then and cannot be written back, so where its copy is must be said."""
    store = host()
    if wanted.goal is Goal.ABSENT:
        converge(store, PRESENT, check_mode=False)
    store.before_apply = on({0}, lambda store: store.someone_writes("GOPROXY", Value("0x1", "REG_DWORD")))
    with pytest.raises(ApplyError, match="GOPROXY holds a REG_DWORD") as raised:
        converge(store, wanted, check_mode=False)
    assert "GOPROXY is only in the journal's copies" in raised.value.touched
    assert ("GOROOT" in store.state.in_scope(Scope.MACHINE)) is (wanted.goal is Goal.ABSENT)


# --- writes that do not take -----------------------------------------------------------------------------------------


def test_a_value_that_does_not_take_is_an_error_that_says_what_stands() -> None:
    store = host()
    store.refuses = {"GOPROXY"}
    store.said = "ERROR: Access denied, says https://user:secret@host"
    with pytest.raises(ApplyError) as raised:
        converge(store, PRESENT, check_mode=False)
    text = str(raised.value)
    assert "GOPROXY should be 'https://goproxy.cn,direct' (REG_SZ), and is absent" in text
    assert "Access denied" in text
    assert "secret" not in text
    assert "GOROOT" in raised.value.touched
    assert "Path" in raised.value.touched
    assert "GOPROXY" not in raised.value.touched


def test_when_nothing_takes_that_is_said() -> None:
    store = host()
    store.refuses = {"GOPROXY", "GOROOT", "PATH"}
    with pytest.raises(ApplyError) as raised:
        converge(store, PRESENT, check_mode=False)
    assert raised.value.touched == "Nothing of it was written."


def test_a_removal_that_does_not_take_is_an_error() -> None:
    store = MemoryStore(state(machine={"GOPROXY": "off"}))
    store.refuses = {"GOPROXY"}
    with pytest.raises(ApplyError, match="GOPROXY should be absent"):
        converge(store, Wanted(REGISTRY, Scope.MACHINE, variables={"GOPROXY": None}), check_mode=False)


# --- the second lock -------------------------------------------------------------------------------------------------

STANDING = Value(r"C:\a;C:\b;%TEMP%", REG_EXPAND_SZ)


def locked(plan: Plan, found: State) -> None:
    """The second lock where nobody else writes."""
    guard(plan, found, found.variables)


def plan_to(after: Value | None, **more: t.Any) -> Plan:
    return Plan(Scope.MACHINE, REGISTRY, (Change("Path", STANDING, after),), **more)


@pytest.mark.parametrize(
    "plan",
    [
        plan_to(None),
        plan_to(Value(r"C:\a;%TEMP%", REG_EXPAND_SZ)),
        plan_to(Value(r"C:\b;C:\a;%TEMP%", REG_EXPAND_SZ)),
        plan_to(Value(r"c:\a;C:\b;%TEMP%", REG_EXPAND_SZ)),
        plan_to(Value(r"C:\a;C:\b;C:\t", REG_EXPAND_SZ)),
        plan_to(Value(r"C:\a\;C:\b;%TEMP%", REG_EXPAND_SZ)),
        plan_to(Value(r"C:\new;%TEMP%", REG_EXPAND_SZ), removed=(r"C:\a",), ours=(r"C:\new",)),
        plan_to(Value(STANDING.data, REG_SZ)),
        plan_to(Value(STANDING.data, "REG_DWORD")),
        plan_to(Value(STANDING.data + ";x\0", REG_EXPAND_SZ)),
        plan_to(Value(STANDING.data + ";" + "x" * 32767, REG_EXPAND_SZ)),
        Plan(Scope.MACHINE, REGISTRY, (Change("Path", Value(r"C:\other"), STANDING),)),
        Plan(Scope.MACHINE, REGISTRY, (Change("GOROOT", Value(OLD), Value(NEW)),)),
    ],
    ids=[
        "gone",
        "drop",
        "order",
        "case",
        "expanded",
        "spelling",
        "one too many",
        "retyped",
        "type",
        "nul",
        "too long",
        "not from here",
        "not there",
    ],
)
def test_a_plan_that_would_lose_something_is_refused(plan: Plan) -> None:
    with pytest.raises(RefusedPlan):
        locked(plan, state(machine={"Path": STANDING}))


@pytest.mark.parametrize(
    "plan",
    [
        plan_to(Value(r"C:\new;C:\a;C:\b;%TEMP%", REG_EXPAND_SZ), ours=(r"C:\new",)),
        plan_to(Value(r"C:\b;C:\a;%TEMP%", REG_EXPAND_SZ), ours=(r"C:\b",)),
        plan_to(Value(r"C:\a;%TEMP%", REG_EXPAND_SZ), removed=(r"C:\b",)),
    ],
)
def test_a_plan_that_says_what_goes_passes(plan: Plan) -> None:
    locked(plan, state(machine={"Path": STANDING}))


@given(
    st.permutations([rf"C:\{letter}" for letter in "abcde"]),
    st.sets(st.sampled_from([rf"C:\{letter}" for letter in "abcde"])),
)
def test_the_lock_holds_for_every_loss(order: list[str], allowed: set[str]) -> None:
    before = [rf"C:\{letter}" for letter in "abcde"]
    found = state(machine={"Path": Value(";".join(before), REG_EXPAND_SZ)})
    plan = Plan(
        Scope.MACHINE,
        REGISTRY,
        (
            Change(
                "Path",
                found.in_scope(Scope.MACHINE)["PATH"],
                Value(PathList(tuple(order), REGISTRY).format(), REG_EXPAND_SZ),
            ),
        ),
        removed=tuple(allowed),
    )
    kept = [entry for entry in before if entry not in allowed]
    if kept == [entry for entry in order if entry in kept]:
        locked(plan, found)
    else:
        with pytest.raises(RefusedPlan):
            locked(plan, found)
