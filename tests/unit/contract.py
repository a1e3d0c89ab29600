"""What every store promises: one set of tests, run over each of them.

A medium shows itself in a subclass of `Medium`, and `class TestIt(Contract): medium = It` runs the set over it.
"""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.gopher.devbox.plugins.module_utils._core.converge import converge, converge_all
from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import ApplyError, Blocked, Incomplete
from ansible_collections.gopher.devbox.plugins.module_utils._core.plan import Plan
from ansible_collections.gopher.devbox.plugins.module_utils._core.record import JOURNAL_LENGTH, JournalEntry
from ansible_collections.gopher.devbox.plugins.module_utils._core.state import State
from ansible_collections.gopher.devbox.plugins.module_utils._core.store import Outcome, Part, Receipt, Store
from ansible_collections.gopher.devbox.plugins.module_utils._core.undoing import newest_to_undo
from ansible_collections.gopher.devbox.plugins.module_utils._core.values import Value, Variables
from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import Goal, Scope, Wanted
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.files import File
from ansible_collections.gopher.devbox.plugins.module_utils._run.result import to_result

from .support import MemoryStore, WatchedFiles, ids, state

SECRET = "https://u:hunter2@proxy.example"


class Medium:
    """A medium on a host of a test's own, where another program has something of its own already.

    base: what no option is wanted of. one, two: two goals for the same variables. secret: one with SECRET in it.
    locks: whether a run that another one overtook begins anew, instead of taking in what that wrote.
    """

    base: Wanted
    one: Wanted
    two: Wanted
    secret: Wanted
    locks = True

    def __init__(self, root: Path) -> None:
        raise NotImplementedError

    def store(self) -> Store:
        """A store as each run has one of its own."""
        raise NotImplementedError

    def values(self) -> dict[str, str]:
        """The variables of `one` and `two` that are set, read without the store."""
        raise NotImplementedError

    def foreign(self) -> object:
        """What other programs have there, read without the store."""
        raise NotImplementedError

    def all(self) -> object:
        """All that is there, the ledger too."""
        raise NotImplementedError

    def somebody_writes(self) -> None:
        """Another program adds something of its own, each time another."""
        raise NotImplementedError

    def lose_ledger(self) -> None:
        raise NotImplementedError

    def forbid(self, forbidden: bool) -> None:
        """Whether the account may not write there."""
        raise NotImplementedError

    def expected(self, wanted: Wanted) -> dict[str, str]:
        return {name: text for name, text in wanted.named().items() if text is not None}

    def run(self, wanted: Wanted, check_mode: bool = False) -> Outcome:
        return converge(self.store(), wanted, check_mode)

    def goal(self, goal: Goal, **more: t.Any) -> Outcome:
        return self.run(self.base._replace(goal=goal, **more))


class ForbiddingFiles(WatchedFiles):
    """Files that the account may read, and while `forbidden` not write."""

    forbidden = False

    def read(self, paths: t.Sequence[str]) -> dict[str, File]:
        found = super().read(paths)
        reason = "You may not write it. Be somebody else." if self.forbidden else ""
        return {path: file._replace(obstacle=file.obstacle or reason) for path, file in found.items()}


class Meanwhile:
    """A store that something happens to right before its first apply."""

    def __init__(self, store: Store, happens: t.Callable[[], object]) -> None:
        self._store, self._happens = store, happens
        self.reads = 0

    def __getattr__(self, name: str) -> t.Any:
        return getattr(self._store, name)

    def read(self, wanted: Wanted) -> State:
        self.reads += 1
        return self._store.read(wanted)

    def apply(self, plan: Plan, state: State, entry: JournalEntry, attempt: int, world: Variables) -> Receipt:
        happens, self._happens = self._happens, lambda: None
        happens()
        return self._store.apply(plan, state, entry, attempt, world)


class Contract:
    """The tests. `medium` is a subclass of Medium."""

    medium: type[Medium]

    @pytest.fixture
    def found(self, tmp_path: Path) -> Medium:
        return self.medium(tmp_path)

    def test_a_run_reaches_its_goal_and_the_next_is_empty(self, found: Medium) -> None:
        for wanted in (found.one, found.two):
            outcome = found.run(wanted)
            assert (outcome.changed, outcome.attempts) == (True, 1)
            assert found.values() == found.expected(wanted)
            there = found.all()
            again = found.run(wanted)
            assert (again.changed, again.journal, found.all()) == (False, None, there)

    def test_check_mode_writes_nothing_and_foretells_the_changes(self, found: Medium) -> None:
        there = found.all()
        foretold = found.run(found.one, check_mode=True)
        assert (foretold.changed, foretold.journal, found.all()) == (True, None, there)
        assert foretold.plan.changes == found.run(found.one).plan.changes

    def test_foreign_values_survive_whatever_is_done(self, found: Medium) -> None:
        assert found.foreign()
        for step in (
            found.one,
            found.two,
            found.base._replace(goal=Goal.RESTORED),
            found.base._replace(goal=Goal.ABSENT),
        ):
            found.somebody_writes()
            foreign = found.foreign()
            found.run(step)
            assert found.foreign() == foreign

    def test_absent_takes_out_what_was_set(self, found: Medium) -> None:
        foreign = found.foreign()
        found.run(found.one)
        assert found.goal(Goal.ABSENT).changed
        assert (found.values(), found.foreign()) == ({}, foreign)
        assert not found.goal(Goal.ABSENT).changed

    def test_changes_go_back_one_by_one(self, found: Medium) -> None:
        stood = [found.values()]
        for number in range(JOURNAL_LENGTH + 1):
            found.run(found.two if number % 2 else found.one)
            stood.append(found.values())
        for number in range(JOURNAL_LENGTH):
            assert found.goal(Goal.RESTORED).changed
            assert found.values() == stood[-2 - number]
        outcome = found.goal(Goal.RESTORED)
        assert (outcome.changed, "restore_nothing" in ids(outcome.findings)) == (False, True)

    def test_an_undoing_can_be_undone(self, found: Medium) -> None:
        foreign = found.foreign()
        found.run(found.one)
        undoing = found.goal(Goal.RESTORED)
        assert (found.values(), found.foreign()) == ({}, foreign)
        assert found.goal(Goal.RESTORED, journal=undoing.journal).changed
        assert (found.values(), found.foreign()) == (found.expected(found.one), foreign)

    def test_without_its_ledger_nothing_is_undone_and_what_is_named_goes(self, found: Medium) -> None:
        foreign = found.foreign()
        found.run(found.one)
        found.lose_ledger()
        assert not found.goal(Goal.RESTORED).changed
        assert not found.run(found.one).changed or found.values() == found.expected(found.one)
        path = tuple(entry for _role, entry in found.one.entries()) if found.one.medium.policy.holds_path else None
        found.run(found.one._replace(goal=Goal.ABSENT, path=path, shells=found.base.shells))
        assert (found.values(), found.foreign()) == ({}, foreign)

    def test_a_run_that_another_one_overtakes_loses_nothing(self, found: Medium) -> None:
        before, foreign, other = found.values(), found.foreign(), []
        store = Meanwhile(found.store(), lambda: other.append(found.run(found.one)))
        outcome = converge(store, found.two, False)
        assert (found.values(), found.foreign()) == (found.expected(found.two), foreign)
        assert store.reads == (2 if found.locks else 1)
        for id, values in ((outcome.journal, found.expected(found.one)), (other[0].journal, before)):
            assert found.goal(Goal.RESTORED, journal=id).changed
            assert (found.values(), found.foreign()) == (values, foreign)

    def test_what_another_program_writes_in_between_stays(self, found: Medium) -> None:
        store = Meanwhile(found.store(), found.somebody_writes)
        foreign = found.foreign()
        assert converge(store, found.one, False).changed
        assert found.values() == found.expected(found.one)
        theirs = found.foreign()
        assert theirs != foreign
        found.goal(Goal.RESTORED)
        assert (found.values(), found.foreign()) == ({}, theirs)

    def test_what_stands_in_the_way_stops_changes_only(self, found: Medium) -> None:
        found.run(found.one)
        found.forbid(True)
        there = found.all()
        assert not found.run(found.one).changed
        assert not found.run(found.one, check_mode=True).changed
        with pytest.raises(Blocked, match=r"^Nothing was changed"):
            found.run(found.two)
        assert found.all() == there
        found.forbid(False)
        assert found.run(found.two).changed

    def test_no_result_holds_a_secret(self, found: Medium) -> None:
        for wanted in (found.secret, found.two, found.base._replace(goal=Goal.RESTORED)):
            outcome = found.run(wanted)
            assert outcome.changed
            assert "hunter2" not in json.dumps(to_result(outcome, wanted, True))
        assert "hunter2" in json.dumps(found.values()), "it is what was wanted, all the same"

    def test_it_is_changed_and_undone_together_with_another(self, found: Medium) -> None:
        foreign, other = found.foreign(), _another()
        outcomes = converge_all(_parts(found, found.one, other, Goal.PRESENT), False)
        assert len({outcome.journal for outcome in outcomes}) == 1
        entry = newest_to_undo(found.store().read(found.base._replace(goal=Goal.RESTORED)))
        assert entry is not None
        assert entry.media == ("this", "other")
        restored = converge_all(_parts(found, found.base, other, Goal.RESTORED), False)
        assert all(outcome.changed for outcome in restored)
        assert not any("restore_incomplete" in ids(outcome.findings) for outcome in restored)
        assert (found.values(), found.foreign(), other.state.variables.text("GOPROXY")) == ({}, foreign, "")

    def test_it_is_rolled_back_when_another_fails(self, found: Medium) -> None:
        found.run(found.one)
        values, foreign, other = found.values(), found.foreign(), _another()

        def fails(_store: MemoryStore) -> t.NoReturn:
            assert found.values() == found.expected(found.two)
            found.somebody_writes()
            raise ApplyError("No.")

        other.before_apply = fails
        with pytest.raises(Incomplete) as raised:
            converge_all(_parts(found, found.two, other, Goal.PRESENT), False)
        assert raised.value.fates == {"this": "rolled back", "other": "not changed"}
        assert found.values() == values
        assert found.foreign() != foreign, "what another program wrote in the meantime is there"
        assert found.goal(Goal.RESTORED).changed
        assert found.values() == {}, "the change before is the newest to undo"


def _another() -> MemoryStore:
    return MemoryStore(state(Scope.USER, user={"GOFLAGS": Value("-v")}))


def _parts(found: Medium, wanted: Wanted, other: MemoryStore, goal: Goal) -> list[Part]:
    variables = {"GOPROXY": "off"} if goal is Goal.PRESENT else {}
    also = Wanted(other.state.medium, variables=variables, goal=goal, verify=False)
    return [Part("this", found.store(), wanted._replace(goal=goal)), Part("other", other, also)]
