"""The report: its schema, states of hosts, keys and first_seen, exit codes."""

from __future__ import annotations

import datetime
import itertools
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.enforcement import RUN, START, absent, drift, failed, finding, plan_of, record

from ansible_collections.gopher.devbox.plugins.plugin_utils._enforce.clock import DAY, HOUR, Freeze, run_id, stamp
from ansible_collections.gopher.devbox.plugins.plugin_utils._enforce.digest import digest, is_news
from ansible_collections.gopher.devbox.plugins.plugin_utils._enforce.items import DRIFTED
from ansible_collections.gopher.devbox.plugins.plugin_utils._enforce.plan import ROLLBACK, HostPlan, Plan
from ansible_collections.gopher.devbox.plugins.plugin_utils._enforce.report import make_report
from ansible_collections.gopher.devbox.plugins.plugin_utils._enforce.settings import CLASSES
from ansible_collections.gopher.devbox.plugins.plugin_utils._enforce.verdict import STATES
from ansible_collections.gopher.devbox.plugins.plugin_utils._enforce.waivers import Waiver

SCHEMA = json.loads((Path(__file__).parents[5] / "docs" / "schema" / "report-1.json").read_text())
ACTIONS = ("applied", "put_back", "reported", "held", "waived", "contested", "nothing")

drifts = st.builds(
    drift, st.sampled_from(["GOPROXY", "GOBIN", "PATH:/x"]), st.sampled_from(CLASSES), st.sampled_from(ACTIONS)
)
findings = st.builds(
    finding, st.sampled_from(["goroot_missing", "stale_path_entry"]), st.sampled_from(["info", "warning", "error"])
)
hosts = st.one_of(
    st.none(),
    st.just(failed()),
    st.just(absent()),
    st.builds(lambda items, found: record("box", *items, findings=tuple(found)), st.lists(drifts), st.lists(findings)),
)


def report(
    plan: Plan, *records: dict[str, Any], index: dict[str, Any] | None = None, interrupted: bool = False
) -> tuple[dict[str, Any], dict[str, Any]]:
    found, after = make_report(plan, {one["host"]: one for one in records}, index or {}, START + HOUR, interrupted)
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(json.dumps(found)))
    return found, json.loads(json.dumps(after))


def waiver(id: str, expires: str = "2026-12-31") -> Waiver:
    return Waiver(id, "all", "known", "alice", datetime.date.fromisoformat(expires), 3)


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$defs"]["host"]["properties"]["state"]["enum"] == list(STATES)


# --- states


@pytest.mark.parametrize(
    ("mode", "items", "state"),
    [
        ("enforce", (), "in_sync"),
        ("enforce", (drift(),), "put_back"),
        ("audit", (drift(),), "drifted"),
        ("enforce", (drift(cls="policy_change", action="applied"),), "policy_applied"),
        ("audit", (drift(cls="policy_change", action="applied"),), "drifted"),
        ("enforce", (drift(cls="both"),), "put_back"),
        ("enforce", (drift(cls="unmanaged", action="reported"),), "drifted"),
        ("enforce", (drift(cls="unmanaged", action="applied"),), "policy_applied"),
        ("enforce", (drift(cls="left_behind", action="reported"),), "in_sync"),
        ("enforce", (drift(cls="unknown", action="nothing"),), "in_sync"),
        ("enforce", (drift(action="held"),), "held"),
        ("enforce", (drift(action="waived"),), "waived"),
        ("enforce", (drift(action="contested"),), "contested"),
    ],
)
def test_the_state_of_a_host(mode: str, items: tuple[dict[str, Any], ...], state: str) -> None:
    found, _index = report(plan_of("box", mode=mode), record("box", *items))
    assert [host["state"] for host in found["hosts"]] == [state]
    assert found["counts"][state] == 1


def test_of_several_states_the_first_in_the_list_counts() -> None:
    made = {
        "contested": drift("A", action="contested"),
        "drifted": drift("B", "unmanaged", "reported"),
        "put_back": drift("C"),
        "policy_applied": drift("D", "policy_change", "applied"),
        "held": drift("E", action="held"),
        "waived": drift("F", action="waived"),
    }
    assert [state for state in STATES if state in made] == list(made)
    for first, second in itertools.combinations(made, 2):
        for order in ((first, second), (second, first)):
            found, _index = report(plan_of("box"), record("box", *(made[one] for one in order)))
            assert found["hosts"][0]["state"] == first


def test_hosts_without_a_result() -> None:
    plan = plan_of("a", "b", "c", stopped="the canary a failed")
    found, _index = report(plan, failed("a"), absent("b"))
    assert [(host["state"], host["message"]) for host in found["hosts"]] == [
        ("failed", "It broke."),
        ("absent", "No route."),
        ("not_tried", "Not tried, because the canary a failed."),
    ]
    assert {(item["id"], item["severity"], item["host"]) for item in found["items"]} == {
        ("host_failed", "error", "a"),
        ("host_absent", "warning", "b"),
        ("host_not_tried", "warning", "c"),
    }


@given(st.lists(hosts, max_size=4), st.sampled_from(["audit", "enforce"]), st.booleans())
def test_whatever_hosts_leave_there_is_a_report(left: list[Any], mode: str, check: bool) -> None:
    names = [f"box{number}" for number in range(len(left))]
    records = [{**one, "host": name} for name, one in zip(names, left, strict=True) if one]
    plan = plan_of(*names, mode=mode, check=check)
    found, index = report(plan, *records)
    assert sum(found["counts"][state] for state in STATES) == found["counts"]["hosts"] == len(names)
    assert found["exit"]["code"] in (0, 2, 4)
    assert bool(found["exit"]["reasons"]) == (found["exit"]["code"] != 0)
    assert len({json.dumps(item) for item in found["items"]}) == len(found["items"])
    again, index_again = report(plan, *records[::-1], index=index)
    assert (again, index_again) == (found, index), "made again after an interruption, it is the same"
    assert digest(found).endswith("\n")
    later = {**vars(plan), "run": run_id(START + DAY, "0000"), "started": START + DAY}
    records_later = [{**one, "run": later["run"]} for one in records]
    second, _index = report(Plan(**later), *records_later, index=index)
    open_keys = {item["key"] for item in found["items"] if item["open"]}
    assert open_keys == {item["key"] for item in second["items"] if item["open"]}
    assert not any(item["new"] for item in second["items"] if item["open"])
    assert {item["first_seen"] for item in second["items"] if item["open"]} <= {stamp(START)}


# --- keys, first_seen, new


def night(number: int, *items: dict[str, Any], index: dict[str, Any], mode: str = "enforce") -> Any:
    started = START + number * DAY
    plan = plan_of("box", mode=mode, run=run_id(started, "0000"), started=started)
    return report(plan, record("box", *items, run=plan.run), index=index)


def test_an_item_is_known_again_whatever_its_class_and_action() -> None:
    first, index = night(0, drift(), index={}, mode="audit")
    second, index = night(1, drift(cls="both", action="contested", now="other"), index=index)
    [before], [after] = first["items"], second["items"]
    assert before["key"] == after["key"]
    assert (before["new"], after["new"]) == (True, False)
    assert after["first_seen"] == stamp(START)


def test_what_was_put_back_and_drifts_again_is_new() -> None:
    _first, index = night(0, drift(), index={})
    assert index["open"] == {}
    second, _index = night(1, drift(), index=index)
    assert second["items"][0]["new"]


def test_items_of_different_places_have_different_keys() -> None:
    items = [
        drift(),
        drift("GOBIN"),
        drift(scope="machine"),
        drift(medium="registry (user)"),
        drift(kind="project_file"),
    ]
    found, _index = report(plan_of("box", "other"), record("box", *items), record("other", drift()))
    assert len({item["key"] for item in found["items"]}) == 6


def test_what_is_known_of_an_absent_host_stays() -> None:
    _first, index = night(0, drift(), index={}, mode="audit")
    started = START + DAY
    plan = plan_of("box", run=run_id(started, "0000"), started=started)
    second, index = report(plan, absent("box", plan.run), index=index)
    assert second["hosts"][0]["last_seen"] == stamp(START)
    assert second["hosts"][0]["absent_since"] == stamp(started)
    third, index = night(2, drift(), index=index, mode="audit")
    [item] = third["items"]
    assert (item["first_seen"], item["new"]) == (stamp(START), False)
    assert third["hosts"][0]["absent_since"] is None
    assert {its["id"] for its in index["open"].values()} == {"drift"}


def test_a_rollback_changes_nothing_that_is_known_of_open_items() -> None:
    _first, index = night(0, drift(), index={}, mode="audit")
    plan = plan_of("box", kind=ROLLBACK, undoes=RUN, run=run_id(START + DAY, "0000"), started=START + DAY)
    found, after = report(plan, record("box", undone="j1", run=plan.run), index=index)
    assert found["hosts"][0]["state"] == "put_back"
    assert after["open"] == index["open"]
    assert after["hosts"]["box"]["good"] == stamp(START)


# --- exit codes


@pytest.mark.parametrize(
    ("mode", "items", "code"),
    [
        ("enforce", (drift(),), 0),
        ("audit", (drift(),), 2),
        ("audit", (drift(cls="policy_change", action="applied"),), 2),
        ("audit", (drift(cls="unmanaged", action="reported"),), 2),
        ("enforce", (drift(cls="unmanaged", action="reported"),), 0),
        ("audit", (drift(cls="left_behind", action="reported"),), 0),
        ("audit", (drift(cls="unknown", action="nothing"),), 0),
        ("audit", (drift(action="waived"),), 0),
        ("audit", (drift(action="held"),), 0),
        ("audit", (drift(action="contested"),), 0),
        ("enforce", (drift(action="contested"),), 0),
    ],
)
def test_drift_is_2_in_audit_mode_only(mode: str, items: Any, code: int) -> None:
    found, _index = report(plan_of("box", mode=mode), record("box", *items))
    assert found["exit"]["code"] == code, found["exit"]


@pytest.mark.parametrize(
    ("fail_on", "code"),
    [
        ((), 0),
        (("warning",), 2),
        (("error",), 0),
        (("host_drift",), 2),
        (("contested",), 2),
        (("policy_change",), 0),
        (("goroot_unknown",), 2),
        (("goroot_missing",), 0),
    ],
)
def test_what_fail_on_names_is_2(fail_on: tuple[str, ...], code: int) -> None:
    plan = plan_of("box", settings={"fail_on": fail_on})
    items = (drift(), drift("GOBIN", action="contested", cls="both"))
    found, _index = report(plan, record("box", *items, findings=(finding("goroot_unknown", "warning"),)))
    assert found["exit"]["code"] == code


def test_what_is_waived_or_held_does_not_count() -> None:
    plan = plan_of(
        "box",
        settings={"fail_on": ("host_drift", "goroot_missing", "error", "host_failed")},
        waivers=((waiver("goroot_missing"), ("box",)),),
    )
    items = (drift(action="waived"), drift("GOBIN", action="held"))
    found, _index = report(plan, record("box", *items, findings=(finding("goroot_missing", "error"),)))
    assert found["exit"]["code"] == 0
    waived = next(item for item in found["items"] if item["id"] == "goroot_missing")
    assert (waived["action"], waived["waiver"]["owner"]) == ("waived", "alice")


def fleet(number: int, missing: int, **settings: Any) -> int:
    names = [f"box{one}" for one in range(number)]
    records = [absent(name) if one < missing else record(name) for one, name in enumerate(names)]
    found, _index = report(plan_of(*names, settings=settings), *records)
    return int(found["exit"]["code"])


@pytest.mark.parametrize(
    ("number", "missing", "most", "code"),
    [(10, 1, 10.0, 0), (10, 2, 10.0, 4), (9, 1, 10.0, 4), (3, 3, 100.0, 0), (3, 0, 0.0, 0), (100, 1, 0.0, 4)],
)
def test_more_absent_hosts_than_allowed_is_4(number: int, missing: int, most: float, code: int) -> None:
    assert fleet(number, missing, max_unreachable=most) == code


@pytest.mark.parametrize(("days", "code"), [(29, 0), (30, 0), (31, 4)])
def test_absent_for_too_long_is_4(days: int, code: int) -> None:
    seen = stamp(START - days * DAY)
    index = {"hosts": {"box": {"seen": seen, "good": seen, "absent_since": seen}}, "open": {}}
    found, _index = report(plan_of("box", settings={"max_unreachable": 100.0}), absent(), index=index)
    assert found["exit"]["code"] == code
    assert found["hosts"][0]["last_seen"] == seen


def test_a_host_that_was_never_seen_is_absent_since_the_first_run() -> None:
    index = {"hosts": {"box": {"seen": None, "good": None, "absent_since": stamp(START - 31 * DAY)}}, "open": {}}
    found, _index = report(plan_of("box", settings={"max_unreachable": 100.0}), absent(), index=index)
    assert found["exit"]["code"] == 4


def test_hosts_that_are_not_due_count_as_reached() -> None:
    plan = plan_of("box", not_due=tuple(f"box{one}" for one in range(20)))
    assert report(plan, absent())[0]["exit"]["code"] == 0


def test_2_beats_4() -> None:
    found, _index = report(plan_of("a", "b"), absent("a"), failed("b"))
    assert found["exit"] == {"code": 2, "reasons": ["1 failed: b"]}


def test_a_pattern_that_matches_nobody_is_2_and_nobody_due_is_0() -> None:
    found, _index = report(plan_of(pattern="nobody"))
    assert found["exit"] == {"code": 2, "reasons": ["no host matches nobody"]}
    assert report(plan_of(not_due=("a",)))[0]["exit"]["code"] == 0


def test_an_interrupted_run_says_so_and_is_2_for_hosts_that_it_did_not_try() -> None:
    found, _index = report(plan_of("a", "b"), record("a"), interrupted=True)
    assert found["interrupted"]
    assert found["exit"]["reasons"] == ["1 not tried: b"]
    assert "was interrupted" in digest(found)


def test_a_rollback_that_did_not_reach_a_host_is_4() -> None:
    plan = plan_of(*(f"box{one}" for one in range(20)), kind=ROLLBACK, undoes=RUN)
    records = [record(f"box{one}", undone="j") for one in range(19)]
    found, _index = report(plan, *records, absent("box19"))
    assert found["exit"]["code"] == 4
    found, _index = report(plan, *records, record("box19"))
    assert found["exit"]["code"] == 0
    text = digest(found)
    assert "20 hosts: 19 undone, 1 with nothing to undo\n" in text
    assert "Undone, and held, on box0, box1" in text
    assert is_news(found)


# --- waivers


@pytest.mark.parametrize(
    ("id", "records", "expected"),
    [
        ("drift:GOPROXY", [record("box", drift(action="waived"))], []),
        ("drift:GOBIN", [record("box", drift())], ["waiver_orphaned"]),
        ("drift:PATH", [record("box", drift("PATH:/opt/go/bin", kind="path_entry"))], []),
        ("drift:goproxy", [record("box", drift(action="waived"))], []),
        ("drift:goproxy", [record("box", drift())], ["waiver_orphaned"]),
        ("drift:PATH:c:/GO/bin/", [record("box", drift(r"PATH:C:\Go\bin", action="waived"))], []),
        ("drift:PATH:/opt/go/bin", [record("box", drift("PATH:/opt/bin"))], ["waiver_orphaned"]),
        ("drift:GOBIN", [absent()], []),
        ("drift:GOBIN", [], []),
        ("goroot_missing", [record("box", findings=(finding("goroot_missing", "error"),))], []),
        ("goroot_missing", [record("box")], ["waiver_orphaned"]),
    ],
)
def test_a_waiver_of_nothing_is_found_where_all_its_hosts_answered(
    id: str, records: list[dict[str, Any]], expected: list[str]
) -> None:
    found, _index = report(plan_of("box", waivers=((waiver(id), ("box",)),)), *records)
    assert [item["id"] for item in found["items"] if item["host"] is None] == expected


def test_a_waiver_of_no_host_is_found() -> None:
    found, _index = report(plan_of("box", waivers=((waiver("drift:X"), ()),)), record("box"))
    assert [item["id"] for item in found["items"]] == ["waiver_orphaned"]


def test_a_waiver_ends_at_midnight_utc() -> None:
    one = waiver("goroot_missing", "2026-11-30")
    for started, action in ((START + 21 * HOUR + 44 * 60 + 59, "waived"), (START + 21 * HOUR + 45 * 60, "reported")):
        plan = plan_of("box", started=started, waivers=((one, ("box",)),))
        found, _index = report(plan, record("box", findings=(finding("goroot_missing", "error"),)))
        assert [item["action"] for item in found["items"] if item["id"] == "goroot_missing"] == [action]


# --- the digest


def test_the_digest_has_what_is_new_first_and_no_values() -> None:
    items = (
        drift(now="https://user:hunter22@proxy", base="b4se"),
        drift("GOBIN", action="contested"),
        drift("GOFLAGS", "left_behind", "reported"),
    )
    plan = plan_of(hosts={"box": HostPlan("web", "enforce")}, revision="0123456789abcdef", dirty=True)
    found, index = report(plan, record("box", *items))
    assert digest(found).splitlines() == [
        f"gopher.devbox enforce: run {RUN}, exit code 0",
        "1 host: 1 contested",
        "mode: enforce; policy: 0123456789ab, with changes that are not committed",
        "",
        "New (1):",
        "  box [web]: GOBIN (go env file): host_drift, contested",
        "",
        "Changed by this run (1):",
        "  box [web]: GOPROXY (go env file): host_drift, put back",
        "",
        "Worth knowing (1):",
        "  box [web]: GOFLAGS (go env file): left_behind, reported",
    ]
    assert is_news(found)
    later = Plan(**{**vars(plan), "run": run_id(START + DAY, "0000"), "started": START + DAY})
    again, _index = report(later, record("box", *items[1:], run=later.run), index=index)
    assert (
        "Open since earlier (1):\n  box [web]: GOBIN (go env file): host_drift, contested, since 2026-11-30"
        in digest(again)
    )
    assert not is_news(again)


def test_an_audit_says_what_would_be_done() -> None:
    items = (drift(), drift("GOBIN", "unmanaged", "reported"))
    found, _index = report(plan_of("box", mode="audit"), record("box", *items))
    assert "GOPROXY (go env file): host_drift, would be put back\n" in digest(found)
    assert "GOBIN (go env file): unmanaged, reported\n" in digest(found)


def test_a_long_section_ends_with_a_number() -> None:
    found, _index = report(plan_of("box"), record("box", *(drift(f"GO{one}", action="contested") for one in range(25))))
    assert "  and 5 more, in report.json" in digest(found)


def test_a_freeze_is_said() -> None:
    plan = plan_of("box", mode="audit", freeze=Freeze(START, START + DAY, "holidays"))
    assert "frozen until 2026-12-01T02:15:00Z: holidays" in digest(report(plan, record("box"))[0])


def test_every_class_counts_somewhere() -> None:
    assert set(DRIFTED) < set(CLASSES)
