# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of a run, from its plan and from what its hosts left. Pure.

docs/schema/report-1.json is the schema of it.
"""

from __future__ import annotations

import typing as t

from .clock import stamp
from .index import Index, update
from .items import Item, Record, items_of, why_not_tried
from .plan import Plan
from .verdict import STATES, state_of, verdict

SCHEMA = "report-1"
_ORDER = {"error": 0, "warning": 1, "info": 2}


def make_report(
    plan: Plan,
    records: t.Mapping[str, t.Mapping[str, t.Any]],
    index: Index,
    now: float,
    interrupted: bool,
) -> tuple[dict[str, t.Any], dict[str, t.Any]]:
    """The report, and the index after it. now: when it is made. interrupted: the run did not make it itself."""
    items = sorted(items_of(plan, records), key=lambda item: (_ORDER[item.severity], item.host, item.key, item.message))
    by_host: dict[str, list[Item]] = {host: [] for host in plan.hosts}
    for item in items:
        if item.host:
            by_host[item.host].append(item)
    after = update(index, plan, records, items)
    states = {host: state_of(plan, records.get(host), its) for host, its in by_host.items()}
    code, reasons = verdict(plan, states, items, after)
    counts = {state: sum(1 for its in states.values() if its == state) for state in STATES}
    return {
        "schema": SCHEMA,
        "run": plan.run,
        "kind": plan.kind,
        "undoes": plan.undoes or None,
        "started": stamp(plan.started),
        "ended": stamp(now if plan.ended is None else plan.ended),
        "interrupted": interrupted,
        "stopped": plan.stopped or None,
        "check": plan.check,
        "pattern": plan.pattern,
        "only": plan.settings.only or None,
        "freeze": _freeze(plan),
        "policy": {"revision": plan.revision or None, "dirty": plan.dirty},
        "exit": {"code": code, "reasons": reasons},
        "counts": {"hosts": len(plan.hosts), "not_due": len(plan.not_due), **counts},
        "hosts": [_host_json(plan, host, states[host], records.get(host), after) for host in plan.hosts],
        "items": [_item_json(plan, item, after) for item in items],
    }, after


def _freeze(plan: Plan) -> dict[str, t.Any] | None:
    window = plan.freeze
    if window is None:
        return None
    return {"from": stamp(window.begin), "until": stamp(window.end), "reason": window.reason}


def _host_json(plan: Plan, host: str, state: str, record: Record | None, index: Index) -> dict[str, t.Any]:
    its, known = plan.hosts[host], index["hosts"][host]
    message = record["message"] if record else why_not_tried(plan)
    return {
        "host": host,
        "team": its.team or None,
        "mode": its.mode,
        "state": state,
        "message": message or None,
        "changed": bool(record and record["changed"]),
        "journals": list(record["journals"]) if record else [],
        "last_seen": known["seen"],
        "last_good": known["good"],
        "absent_since": known["absent_since"],
    }


def _item_json(plan: Plan, item: Item, index: Index) -> dict[str, t.Any]:
    known = index["open"].get(item.key) if item.open else None
    waiver = item.waiver
    return {
        "key": item.key,
        "host": item.host or None,
        "team": item.team or None,
        "id": item.id,
        "severity": item.severity,
        "class": item.drift,
        "item": item.item or None,
        **{name: item.place.get(name) for name in ("medium", "scope", "kind", "project")},
        **{name: item.values.get(name) for name in ("base", "now", "want")},
        "message": item.message or None,
        "advice": item.advice or None,
        "action": item.action,
        "open": item.open,
        "first_seen": known["first_seen"] if known else stamp(plan.started),
        "new": known is None or known["first_run"] == plan.run,
        "waiver": {"owner": waiver.owner, "reason": waiver.reason, "expires": waiver.expires.isoformat()}
        if waiver
        else None,
    }
