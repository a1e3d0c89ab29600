"""What the tasks of a host returned, as the files of a run keep it."""

from __future__ import annotations

from typing import Any

import pytest
from unit.enforcement import RUN, drift, finding

from ansible_collections.gopher.devbox.plugins.plugin_utils._enforce.records import lost_record, record_of

ENDED = "2026-11-30T02:16:00Z"
FINE: dict[str, Any] = {"changed": False, "drift": [], "findings": []}
GONE: dict[str, Any] = {"unreachable": True, "msg": "Task failed: No route to host."}
BROKEN: dict[str, Any] = {"failed": True, "msg": "Nothing was changed. GOROOT is missing."}


def outcome(env: Any, *projects: Any, failure: Any = None) -> tuple[str, str]:
    found = record_of(RUN, "box", env, projects, failure, ENDED)
    return found["result"], found["message"]


@pytest.mark.parametrize(
    ("env", "projects", "failure", "expected"),
    [
        (FINE, (), None, ("ok", "")),
        (None, (FINE, FINE), None, ("ok", "")),
        ({"skipped": True}, (FINE,), None, ("ok", "")),
        (GONE, (), None, ("unreachable", "No route to host.")),
        (GONE, ({"skipped": True},), None, ("unreachable", "No route to host.")),
        (None, (GONE,), None, ("unreachable", "No route to host.")),
        (FINE, (GONE,), None, ("failed", "No route to host.")),
        (BROKEN, (), BROKEN, ("failed", "Nothing was changed. GOROOT is missing.")),
        (FINE, (BROKEN,), BROKEN, ("failed", "Nothing was changed. GOROOT is missing.")),
        (None, (), {"msg": "Validation of arguments failed"}, ("failed", "Validation of arguments failed")),
        (None, (), {}, ("failed", "It failed and said nothing.")),
        (None, (), None, ("failed", "No task of the host returned anything.")),
    ],
)
def test_a_host_is_ok_failed_or_unreachable(env: Any, projects: Any, failure: Any, expected: tuple[str, str]) -> None:
    assert outcome(env, *projects, failure=failure) == expected


def test_drift_findings_and_journals_of_all_tasks_are_kept() -> None:
    env = {
        "changed": True,
        "journal": "j1",
        "drift": [drift()],
        "findings": [finding()],
        "changes": [{"name": "GOPROXY"}],
    }
    project = {
        "changed": True,
        "journal": "j2",
        "project": "/src/shop",
        "user": "alice",
        "drift": [drift("go-env.sh", kind="project_file", project="not this")],
        "findings": [],
        "invocation": {"module_args": {"secret": "x"}},
    }
    found = record_of(RUN, "box", env, [project], None, ENDED)
    assert found["changed"]
    assert found["journals"] == [{"journal": "j1"}, {"journal": "j2", "project": "/src/shop", "user": "alice"}]
    assert [(one["item"], one["project"]) for one in found["drift"]] == [("GOPROXY", None), ("go-env.sh", "/src/shop")]
    assert [one["id"] for one in found["findings"]] == ["stale_path_entry"]
    assert found["changes"] == [{"medium": None, "name": "GOPROXY", "before": None, "after": None}]
    assert "invocation" not in str(found)


def test_a_result_that_was_not_kept_is_a_failure() -> None:
    found = lost_record(RUN, "box", "no space", ENDED)
    assert (found["result"], found["message"]) == ("failed", "Its result could not be kept: no space")
