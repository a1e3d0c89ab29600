"""What a run is about to do, and when it stops."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
from unit.enforcement import START, plan_of

from ansible_collections.gopher.devbox.plugins.plugin_utils._enforce.clock import HOUR, Freeze, stamp
from ansible_collections.gopher.devbox.plugins.plugin_utils._enforce.plan import (
    HostPlan,
    Plan,
    canaries,
    host_plans,
    missed,
    reason_to_stop,
)
from ansible_collections.gopher.devbox.plugins.plugin_utils._enforce.settings import HostSettings, Settings
from ansible_collections.gopher.devbox.plugins.plugin_utils._enforce.waivers import Waiver

WAIVER = Waiver("drift:GOPROXY", "all", "x", "alice", datetime.date(2026, 11, 30), 1)


def test_a_plan_is_read_again_as_it_was_written_but_for_the_webhook() -> None:
    window = Freeze(START - HOUR, START + HOUR, "holidays")
    settings = Settings(
        webhook="https://hooks.example/T0/secret", freeze=(window,), fail_on=("error",), serial=[1, "10%"]
    )
    plan = plan_of(
        "a",
        hosts={"a": HostPlan("web", "audit", "apply", {"GOBIN": "host"}, ("GOPROXY",))},
        settings=None,
        waivers=((WAIVER, ("a",)),),
        freeze=window,
        not_due=("b",),
        canary=("a",),
        stopped="x",
    )
    plan = Plan(**{**vars(plan), "settings": settings})
    text = json.dumps(plan.to_json())
    assert "secret" not in text
    assert "secret" not in repr(plan)
    read = Plan.from_json(json.loads(text))
    assert read == Plan(**{**vars(plan), "settings": Settings(**{**vars(settings), "webhook": ""})})


@pytest.mark.parametrize("found", [{}, {"schema": "other"}, {"schema": "enforce-run-1"}])
def test_what_is_no_plan_is_refused(found: dict[str, Any]) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        Plan.from_json(found)


@pytest.mark.parametrize(
    ("check", "freeze", "mode"),
    [(False, None, "enforce"), (True, None, "audit"), (False, Freeze(0, 1, "x"), "audit")],
)
def test_check_mode_and_a_freeze_only_look(check: bool, freeze: Freeze | None, mode: str) -> None:
    hosts = {"a": HostSettings("enforce", "web"), "b": HostSettings("audit")}
    found = host_plans(hosts, check, freeze, [(WAIVER, ("a",))], START)
    assert [its.mode for its in found.values()] == [mode, "audit"]
    assert found["a"].waived == ("GOPROXY",)
    assert found["b"].waived == ()


def test_what_the_modules_get() -> None:
    plan = plan_of("a", hosts={"a": HostPlan("web", "audit", "apply", {"GOBIN": "host"}, ("GOPROXY",))})
    assert plan.for_host("a") == {
        "run": plan.run,
        "audit": True,
        "unmanaged": "apply",
        "settle": {"GOBIN": "host"},
        "waived": ["GOPROXY"],
        "every": 24,
    }


def test_missed_are_those_without_a_good_result_for_20_hours() -> None:
    good = {"new": stamp(START - HOUR), "old": stamp(START - 20 * HOUR), "never": None, "future": stamp(START + HOUR)}
    assert missed(["new", "old", "never", "unknown", "future"], good, START) == ["old", "never", "unknown", "future"]


def test_canaries_are_the_named_ones_else_the_first_that_answers() -> None:
    plan = plan_of("a", "b", "c")
    assert (canaries(plan, ()).canary, canaries(plan, ()).first_answers) == (("a", "b", "c"), True)
    assert (canaries(plan, {"b", "z"}).canary, canaries(plan, {"b"}).first_answers) == (("b",), False)
    assert canaries(plan, {"z"}).first_answers, "one that is not in this run (--limit) does not count"


def test_one_host_or_an_audit_needs_no_canary() -> None:
    assert canaries(plan_of("a"), {"a"}).canary == ()
    assert canaries(plan_of("a", "b", mode="audit"), {"a"}).canary == ()


@pytest.mark.parametrize(
    ("named", "results", "reason"),
    [
        ((), {}, ""),
        ((), {"a": "ok"}, ""),
        ((), {"a": "failed"}, "the canary a failed"),
        ((), {"a": "unreachable", "b": "failed"}, "the canary b failed"),
        ((), {"a": "unreachable", "b": "ok", "c": "failed"}, ""),
        ((), {"a": "unreachable", "b": "unreachable", "c": "unreachable"}, ""),
        (("b", "c"), {"b": "ok", "c": "failed"}, "the canary c failed"),
        (("b", "c"), {"b": "ok", "c": "unreachable"}, ""),
        (("b", "c"), {"b": "unreachable", "c": "unreachable"}, "no canary answered (b, c)"),
    ],
)
def test_a_failed_canary_stops_the_run(named: tuple[str, ...], results: dict[str, str], reason: str) -> None:
    plan = canaries(plan_of("a", "b", "c"), named)
    assert reason_to_stop(plan, results, START) == reason
    assert reason_to_stop(plan, results, START, canary=True) == ""


def test_failures_count_over_all_batches() -> None:
    plan = plan_of("a", "b", "c", "d", settings={"max_failures": 2})
    assert reason_to_stop(plan, {"a": "failed", "b": "unreachable", "c": "ok"}, START) == ""
    reason = reason_to_stop(plan, {"a": "failed", "b": "ok", "c": "failed"}, START)
    assert reason == "2 hosts failed (go_enforce_max_failures is 2)"


def test_no_batch_begins_after_the_time_to_stop() -> None:
    plan = plan_of("a", settings={"stop_at": START + HOUR})
    assert reason_to_stop(plan, {}, START + HOUR - 1) == ""
    for canary in (True, False):
        assert "go_enforce_stop_at" in reason_to_stop(plan, {}, START + HOUR, canary)
