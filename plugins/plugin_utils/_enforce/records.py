# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host left of a run: what its tasks returned, in the form that the files of a run keep. Pure."""

from __future__ import annotations

import typing as t

SCHEMA = "enforce-host-1"
OK, FAILED, UNREACHABLE = "ok", "failed", "unreachable"
_DRIFT = ("medium", "scope", "kind", "item", "class", "base", "now", "want", "action", "advice")
_FINDING = ("medium", "id", "severity", "message", "advice", "subject")
_CHANGE = ("medium", "name", "before", "after")


def record_of(
    run: str,
    host: str,
    env: t.Mapping[str, t.Any] | None,
    projects: t.Iterable[t.Mapping[str, t.Any]],
    failure: t.Mapping[str, t.Any] | None,
    ended: str,
) -> dict[str, t.Any]:
    """What the tasks of a host returned.

    env: the result of go_env, projects: those of go_project; failure: that of the task that failed, if one did.
    """
    results = [result for result in (env, *projects) if result and not result.get("skipped")]
    result, message = _outcome(results, failure)
    return {
        "schema": SCHEMA,
        "run": run,
        "host": host,
        "ended": ended,
        "result": result,
        "message": message,
        "changed": any(bool(one.get("changed")) for one in results),
        "journals": [_journal(one) for one in results if one.get("journal")],
        "undone": [str(one["undone"]) for one in results if one.get("undone")],
        "drift": [
            {**{name: item.get(name) for name in _DRIFT}, "project": one.get("project")}
            for one in results
            for item in one.get("drift") or ()
        ],
        "findings": [
            {**{name: finding.get(name) for name in _FINDING}, "project": one.get("project")}
            for one in results
            for finding in one.get("findings") or ()
        ],
        "changes": [
            {name: change.get(name) for name in _CHANGE} for one in results for change in one.get("changes") or ()
        ],
    }


def lost_record(run: str, host: str, why: str, ended: str) -> dict[str, t.Any]:
    """For a host whose result could not be written."""
    record = record_of(run, host, None, (), None, ended)
    return {**record, "message": f"Its result could not be kept: {why}"}


def _outcome(results: t.Sequence[t.Mapping[str, t.Any]], failure: t.Mapping[str, t.Any] | None) -> tuple[str, str]:
    """A host that answered, and was then out of reach, failed: what was begun there is not known to be done."""
    if failure is not None:
        return FAILED, _message(failure)
    broken = [one for one in results if one.get("failed")]
    lost = [one for one in results if one.get("unreachable")]
    if lost and len(lost) == len(results):
        return UNREACHABLE, _message(lost[0])
    if broken or lost:
        return FAILED, _message((broken or lost)[0])
    return (OK, "") if results else (FAILED, "No task of the host returned anything.")


def _message(result: t.Mapping[str, t.Any]) -> str:
    text = str(result.get("msg") or "It failed and said nothing.").strip()
    return text.removeprefix("Task failed: ")


def _journal(result: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    project = result.get("project")
    if not project:
        return {"journal": str(result["journal"])}
    return {"journal": str(result["journal"]), "project": str(project), "user": str(result.get("user") or "")}
