"""Two tasks on one scope that take each other's values and entries away."""

from __future__ import annotations

import pytest
from unit.support import state

from ansible_collections.gopher.devbox.plugins.module_utils._core.planner import make_plan
from ansible_collections.gopher.devbox.plugins.module_utils._core.record import Record
from ansible_collections.gopher.devbox.plugins.module_utils._core.state import State
from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import Goal, Scope, Validate, Wanted
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_medium import REGISTRY

ID = "conflicting_tasks"


def wish(**given: object) -> Wanted:
    return Wanted(REGISTRY, **{"scope": Scope.USER, "validate": Validate.WARN, **given})  # type: ignore[arg-type]


def runs(*wishes: Wanted) -> list[list[str]]:
    """For each run the messages that two tasks disagree; the record crosses the host as JSON."""
    now: State = state(target=Scope.USER)
    out = []
    for wanted in wishes:
        plan = make_plan(now, wanted)
        out.append([finding.message for finding in plan.findings if finding.id == ID])
        if not plan.is_empty:
            now = plan.applied(now)
            now = now._replace(record=Record.loads(now.record.dumps()))
    return out


def test_a_value_that_alternates_is_named_at_the_fourth_change() -> None:
    one, other = wish(variables={"GOFLAGS": "-v"}), wish(variables={"GOFLAGS": "-x"})
    told = runs(one, other, one, other, one, one)
    assert [bool(messages) for messages in told] == [False, False, False, True, True, False]
    assert told[3] == ["The last 4 changes of this scope took back what the one before had made: GOFLAGS."]


def test_an_entry_that_alternates_is_named() -> None:
    one, other = wish(path=("C:\\a",)), wish(path=("C:\\b",))
    told = runs(one, other, one, other, one)
    assert "the PATH entry C:\\a" in told[3][0]
    assert "the PATH entry C:\\b" in told[4][0]


@pytest.mark.parametrize("between", [wish(variables={"GOFLAGS": "-w"}), wish(goal=Goal.ABSENT)])
def test_other_changes_are_no_disagreement(between: Wanted) -> None:
    one, other = wish(variables={"GOFLAGS": "-v"}), wish(variables={"GOFLAGS": "-x"})
    assert not any(runs(one, other, between, other, one))
    assert not any(runs(*(wish(variables={"GOFLAGS": f"-tags=t{number}"}) for number in range(8))))


def test_setting_and_removing_in_turn_by_absent_is_none() -> None:
    assert not any(runs(*[wish(variables={"GOFLAGS": "-v"}), wish(goal=Goal.ABSENT)] * 4))
