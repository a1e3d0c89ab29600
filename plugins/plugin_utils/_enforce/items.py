# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a report lists: drift, findings, and hosts that have no result. Pure."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import typing as t

from .clock import today
from .plan import Plan
from .records import FAILED, OK, UNREACHABLE
from .settings import AUDIT, HOST_IDS
from .waivers import Waiver, findings_of

Record = t.Mapping[str, t.Any]
Records = t.Mapping[str, Record]

#: classes in which a host is not as the policy has it
DRIFTED = ("policy_change", "host_drift", "both", "unmanaged")
#: what is left as it is because somebody decided so
ACCEPTED = ("held", "waived")
_WARNED = ("host_drift", "both", "unmanaged")
_DONE = ("applied", "put_back")


@dataclasses.dataclass(frozen=True)
class Item:
    """One thing that a report lists."""

    #: the host, empty for what is about the run
    host: str
    #: who looks after the host
    team: str
    #: what it is: `drift`, or the id of a finding
    id: str
    #: info, warning or error
    severity: str
    #: the class of drift, None for a finding
    drift: str | None
    #: the variable, PATH entry or file
    item: str
    #: what was found, or why
    message: str
    #: what to do
    advice: str
    #: what was done about it
    action: str
    #: whether it is still so after the run
    open: bool
    #: the mode of the host
    mode: str
    #: medium, scope, kind and project, as far as it has them
    place: t.Mapping[str, str | None] = dataclasses.field(default_factory=dict)
    #: base, now and want of drift
    values: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    #: the waiver that accepts it
    waiver: Waiver | None = None

    @property
    def key(self) -> str:
        """The same for the same thing in every run, whatever becomes of it."""
        known = [self.host, self.id, *(self.place.get(name) for name in ("medium", "scope", "kind", "project"))]
        return hashlib.sha256(json.dumps([*known, self.item]).encode()).hexdigest()[:16]

    @property
    def names(self) -> tuple[str, ...]:
        """What `go_enforce_fail_on` may call it."""
        return tuple(name for name in (self.id, self.severity, self.drift, self.action) if name)


def items_of(plan: Plan, records: Records) -> list[Item]:
    """What there is to say of every host of the run."""
    found: list[Item] = []
    for host in plan.hosts:
        record = records.get(host)
        found += _host_items(plan, host, record)
        if record:
            found += [_drift_item(plan, host, its) for its in record["drift"]]
            found += [_finding_item(plan, host, its) for its in record["findings"]]
    found += _waiver_items(plan, records, found)
    unique = {(item.key, item.message, item.drift): item for item in found}
    return list(unique.values())


def _host_items(plan: Plan, host: str, record: Record | None) -> list[Item]:
    its = plan.hosts[host]
    result = record["result"] if record else ""
    if result == OK:
        return []
    id = {FAILED: "host_failed", UNREACHABLE: "host_absent"}.get(result, "host_not_tried")
    message = record["message"] if record else why_not_tried(plan)
    return [Item(host, its.team, id, HOST_IDS[id], None, "", message, "", "reported", True, its.mode)]


def why_not_tried(plan: Plan) -> str:
    """Why a host has no result."""
    return f"Not tried, because {plan.stopped or 'the run was interrupted'}."


def _drift_item(plan: Plan, host: str, found: t.Mapping[str, t.Any]) -> Item:
    its = plan.hosts[host]
    action = str(found["action"])
    return Item(
        host,
        its.team,
        "drift",
        "warning" if action == "contested" or (found["class"] in _WARNED and action not in ACCEPTED) else "info",
        str(found["class"]),
        str(found["item"]),
        "",
        found["advice"] or "",
        action,
        its.mode == AUDIT or action not in _DONE,
        its.mode,
        {name: found.get(name) for name in ("medium", "scope", "kind", "project")},
        {name: found.get(name) for name in ("base", "now", "want")},
        _waiver(plan, host, "drift", str(found["item"])) if action == "waived" else None,
    )


def _finding_item(plan: Plan, host: str, found: t.Mapping[str, t.Any]) -> Item:
    its = plan.hosts[host]
    waiver = _waiver(plan, host, str(found["id"]))
    return Item(
        host,
        its.team,
        str(found["id"]),
        str(found["severity"]),
        None,
        found["subject"] or "",
        found["message"] or "",
        found["advice"] or "",
        "waived" if waiver else "reported",
        True,
        its.mode,
        {"medium": found.get("medium"), "scope": None, "kind": None, "project": found.get("project")},
        waiver=waiver,
    )


def _waiver(plan: Plan, host: str, id: str, item: str = "") -> Waiver | None:
    day = today(plan.started)
    found = (
        one for one, hosts in plan.waivers if host in hosts and one.covers(id, item, waived=True) and one.counts(day)
    )
    return next(found, None)


def _waiver_items(plan: Plan, records: Records, found: t.Sequence[Item]) -> list[Item]:
    """What the waivers need. One is about nothing when every host that it names answered, and none has it."""
    hosts_of = dict(plan.waivers)

    def orphaned(waiver: Waiver) -> bool:
        hosts = hosts_of[waiver]
        if not all(host in records and records[host]["result"] == OK for host in hosts):
            return False
        return not any(
            item.host in hosts and waiver.covers(item.id, item.item, item.action == "waived") for item in found
        )

    return [
        Item("", "", its.id, its.severity.value, None, its.subject, its.message, its.advice, "reported", True, AUDIT)
        for its in findings_of(hosts_of, today(plan.started), orphaned)
    ]
