# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The digest: a report in a few lines, as it is printed, sent and kept in digest.txt. Pure."""

from __future__ import annotations

import typing as t

#: how many lines a section has at most
MOST = 20
_STATES = {
    "failed": "failed",
    "absent": "absent",
    "not_tried": "not tried",
    "contested": "contested",
    "drifted": "drifted",
    "put_back": "put back",
    "policy_applied": "policy applied",
    "held": "held",
    "waived": "waived",
    "in_sync": "in sync",
}
#: of a run that undoes another
_UNDONE = {**_STATES, "put_back": "undone", "in_sync": "with nothing to undo"}
_LOUD = ("error", "warning")


def digest(report: t.Mapping[str, t.Any]) -> str:
    """The text. What is new comes first; no value is in it."""
    items = report["items"]
    new = [item for item in items if item["open"] and item["new"] and is_loud(item)]
    old = [item for item in items if item["open"] and not item["new"] and is_loud(item)]
    done = [item for item in items if not item["open"]]
    quiet = [item for item in items if item["open"] and item["class"] and not is_loud(item)]
    lines = [
        *_head(report),
        *_section("New", new),
        *_undone(report),
        *_section("Changed by this run", done),
        *_section("Open since earlier", old),
        *_section("Worth knowing", quiet),
    ]
    return "\n".join(lines) + "\n"


def is_loud(item: t.Mapping[str, t.Any]) -> bool:
    """Whether somebody should look at it: neither accepted nor only worth knowing."""
    return item["severity"] in _LOUD and item["action"] not in ("waived", "held")


def is_news(report: t.Mapping[str, t.Any]) -> bool:
    """Whether there is anything that the run before did not report: something new, or a change."""
    return report["kind"] == "rollback" or any(
        (is_loud(item) and item["new"]) or not item["open"] for item in report["items"]
    )


def _head(report: t.Mapping[str, t.Any]) -> t.Iterator[str]:
    what = f"undo {report['undoes']}" if report["kind"] == "rollback" else "enforce"
    yield f"gopher.devbox {what}: run {report['run']}, exit code {report['exit']['code']}"
    counts = report["counts"]
    words = _UNDONE if report["kind"] == "rollback" else _STATES
    states = [f"{counts[state]} {word}" for state, word in words.items() if counts[state]]
    hosts = "1 host" if counts["hosts"] == 1 else f"{counts['hosts']} hosts"
    yield f"{hosts}: {', '.join(states) or 'none tried'}" + (
        f"; {counts['not_due']} not due" if counts["not_due"] else ""
    )
    modes = sorted({host["mode"] for host in report["hosts"]})
    policy = report["policy"]
    yield f"mode: {' and '.join(modes) or 'none'}{' (check mode)' if report['check'] else ''}; policy: " + (
        f"{policy['revision'][:12]}{', with changes that are not committed' if policy['dirty'] else ''}"
        if policy["revision"]
        else "no git revision"
    )
    if report["freeze"]:
        yield f"frozen until {report['freeze']['until']}: {report['freeze']['reason']}"
    if report["interrupted"]:
        yield "The run was interrupted. This report was made afterwards, from what the hosts left."
    if report["stopped"]:
        yield f"The run stopped: {report['stopped']}."
    yield from (f"exit {report['exit']['code']} because: {reason}" for reason in report["exit"]["reasons"])


def _undone(report: t.Mapping[str, t.Any]) -> t.Iterator[str]:
    hosts = [host["host"] for host in report["hosts"] if host["state"] == "put_back"]
    if report["kind"] == "rollback" and hosts:
        more = f" and {len(hosts) - MOST} more" if len(hosts) > MOST else ""
        yield ""
        yield f"Undone, and held, on {', '.join(hosts[:MOST])}{more}"


def _section(title: str, items: t.Sequence[t.Mapping[str, t.Any]]) -> t.Iterator[str]:
    if not items:
        return
    yield ""
    yield f"{title} ({len(items)}):"
    yield from (f"  {_line(item)}" for item in items[:MOST])
    if len(items) > MOST:
        yield f"  and {len(items) - MOST} more, in report.json"


def _done(item: t.Mapping[str, t.Any]) -> str:
    would = "would be " if item["open"] and item["action"] in ("applied", "put_back") else ""
    return would + str(item["action"]).replace("_", " ")


def _line(item: t.Mapping[str, t.Any]) -> str:
    who = item["host"] or "run"
    team = f" [{item['team']}]" if item["team"] else ""
    if item["class"]:
        place = ", ".join(part for part in (item["medium"], item["project"]) if part)
        text = f"{item['item']} ({place}): {item['class']}, {_done(item)}"
    else:
        text = " ".join(f"{item['id']}: {item['message'] or ''}".split())
    since = "" if item["new"] else f", since {item['first_seen'][:10]}"
    return f"{who}{team}: {text}{since}"
