# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The states of hosts, and the exit code of a run. Pure."""

from __future__ import annotations

import typing as t

from .clock import DAY, seconds_of
from .items import ACCEPTED, DRIFTED, Item, Record
from .plan import ROLLBACK, Plan
from .records import FAILED, OK
from .settings import ENFORCE

#: the states of a host; of several the first that applies
STATES = (
    "failed",
    "absent",
    "not_tried",
    "contested",
    "drifted",
    "put_back",
    "policy_applied",
    "held",
    "waived",
    "in_sync",
)


def state_of(plan: Plan, record: Record | None, items: t.Iterable[Item]) -> str:
    """The state of a host: the first of `STATES` that applies."""
    if record is None:
        return "not_tried"
    if record["result"] != OK:
        return "failed" if record["result"] == FAILED else "absent"
    if plan.kind == ROLLBACK:
        return "put_back" if record["undone"] else "in_sync"
    return min((_state(item) for item in items if item.drift), key=STATES.index, default="in_sync")


def _state(item: Item) -> str:
    """What one item of drift makes of its host."""
    if item.action in ("contested", "held", "waived"):
        return item.action
    if item.drift not in DRIFTED or item.action == "nothing":
        return "in_sync"
    if item.open:
        return "drifted"
    return "put_back" if item.action == "put_back" else "policy_applied"


def verdict(
    plan: Plan, states: t.Mapping[str, str], items: t.Iterable[Item], index: t.Mapping[str, t.Any]
) -> tuple[int, list[str]]:
    """The exit code of a run, and why. 2 beats 4."""
    reasons = [reason for reason in _reasons_for_2(plan, states, list(items)) if reason]
    if reasons:
        return 2, reasons
    reasons = [reason for reason in _reasons_for_4(plan, states, index) if reason]
    return (4, reasons) if reasons else (0, [])


def _reasons_for_2(plan: Plan, states: t.Mapping[str, str], items: t.Sequence[Item]) -> t.Iterator[str]:
    if not plan.hosts and not plan.not_due:
        yield f"no host matches {plan.pattern}"
    for state, what in (("failed", "failed"), ("not_tried", "not tried")):
        yield _counted([host for host, its in states.items() if its == state], what)
    audited = {item.host for item in items if item.mode != ENFORCE and item.drift in DRIFTED and _counts(item)}
    if plan.kind != ROLLBACK:
        yield _counted(sorted(audited), "drifted, in audit mode")
    named = [item for item in items if item.action not in ACCEPTED and set(item.names) & set(plan.settings.fail_on)]
    for name in plan.settings.fail_on:
        hosts = sorted({item.host or "the run" for item in named if name in item.names})
        yield _counted(hosts, f"{name} (go_enforce_fail_on)")


def _counts(item: Item) -> bool:
    return item.open and item.action in ("applied", "put_back", "reported")


def _reasons_for_4(plan: Plan, states: t.Mapping[str, str], index: t.Mapping[str, t.Any]) -> t.Iterator[str]:
    absent = [host for host, its in states.items() if its == "absent"]
    if plan.kind == ROLLBACK:
        yield _counted(absent, "not reached, so nothing was undone there")
        return
    of, most = len(plan.hosts) + len(plan.not_due), plan.settings.max_unreachable
    if absent and len(absent) * 100 > most * of:
        yield f"{_counted(absent, 'not reached')} of {of}: more than {most:g} % (go_enforce_max_unreachable)"
    long = [host for host in absent if _absent_days(index["hosts"][host], plan.started) > plan.settings.absent_after]
    yield _counted(long, f"absent for more than {plan.settings.absent_after} days (go_enforce_absent_after)")


def _absent_days(known: t.Mapping[str, t.Any], now: float) -> float:
    since = known["seen"] or known["absent_since"]
    return (now - seconds_of(since)) / DAY if since else 0.0


def _counted(hosts: t.Sequence[str], what: str) -> str:
    if not hosts:
        return ""
    shown = ", ".join(hosts[:5]) + (f" and {len(hosts) - 5} more" if len(hosts) > 5 else "")
    return f"{len(hosts)} {what}: {shown}"
