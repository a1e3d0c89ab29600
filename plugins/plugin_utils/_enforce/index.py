# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is remembered from run to run: when each host was seen and good last, and since when each item is open. Pure.

Nothing that a run does on a host depends on it.
"""

from __future__ import annotations

import typing as t

from .clock import stamp
from .items import Item, Records
from .plan import ROLLBACK, Plan
from .records import OK, UNREACHABLE
from .settings import HOST_IDS

SCHEMA = "enforce-index-1"
Index = t.Mapping[str, t.Any]


def update(index: Index, plan: Plan, records: Records, items: t.Iterable[Item]) -> dict[str, t.Any]:
    """The index after a run. Updating it again with the same run changes nothing."""
    now = stamp(plan.started)
    hosts = {name: dict(its) for name, its in (index.get("hosts") or {}).items()}
    for host in plan.hosts:
        record = records.get(host)
        its = hosts.setdefault(host, {"seen": None, "good": None, "absent_since": None})
        if record is None:
            continue
        reached = record["result"] != UNREACHABLE
        its["seen"] = now if reached else its["seen"]
        its["good"] = now if record["result"] == OK and plan.kind != ROLLBACK else its["good"]
        its["absent_since"] = None if reached else its["absent_since"] or now
    return {"schema": SCHEMA, "run": plan.run, "hosts": hosts, "open": _open(index, plan, records, items, now)}


def _open(index: Index, plan: Plan, records: Records, items: t.Iterable[Item], now: str) -> dict[str, t.Any]:
    """What is known of a host that did not answer stays; of one that did, only what is still open."""
    before = index.get("open") or {}
    if plan.kind == ROLLBACK:  # it looks at what it undoes only
        return dict(before)
    judged = {host for host in plan.hosts if host in records and records[host]["result"] == OK}
    if all(host in judged for _waiver, hosts in plan.waivers for host in hosts):
        judged.add("")
    kept = {
        key: its
        for key, its in before.items()
        if its["host"] not in judged and not (its["host"] in plan.hosts and its["id"] in HOST_IDS)
    }
    for item in items:
        if item.open:
            known = before.get(item.key)
            kept[item.key] = known or {"host": item.host, "id": item.id, "first_seen": now, "first_run": plan.run}
    return kept
