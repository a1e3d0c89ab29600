# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run is about to do: its hosts, in which order, and which of them are changed. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .clock import HOUR, Freeze, seconds_of, stamp, today
from .settings import AUDIT, ENFORCE, HostSettings, Settings
from .waivers import Waiver, waived_items

SCHEMA = "enforce-run-1"
ENFORCEMENT, ROLLBACK = "enforcement", "rollback"
#: a host is missed when its last good result is older
MISSED_AFTER = 20 * HOUR


@dataclasses.dataclass(frozen=True)
class HostPlan:
    """One host of a run."""

    #: who looks after it
    team: str = ""
    #: `audit` or `enforce`, with check mode and freezes in it
    mode: str = AUDIT
    #: what becomes of values that this collection never wrote
    unmanaged: str = "report"
    #: item to the winner
    settle: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    #: items whose drift is waived
    waived: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Plan:
    """A run, as run.json keeps it."""

    #: its id
    run: str
    #: `enforcement` or `rollback`
    kind: str
    #: when it started
    started: float
    #: the pattern of its hosts
    pattern: str
    #: the hosts that are tried, in order
    hosts: t.Mapping[str, HostPlan]
    #: what the run was set to
    settings: Settings
    #: whether it is ansible-playbook's --check
    check: bool = False
    #: hosts that have a good result and are left out, with only: missed
    not_due: tuple[str, ...] = ()
    #: hosts that come before all others; with `first_answers` only until one answers
    canary: tuple[str, ...] = ()
    #: whether the first host of `canary` that answers is the canary
    first_answers: bool = True
    #: the freeze that holds
    freeze: Freeze | None = None
    #: the policy's revision, and whether there was more than it
    revision: str = ""
    #: whether the policy's directory had changes that were not committed
    dirty: bool = False
    #: the waivers, with their hosts
    waivers: tuple[tuple[Waiver, tuple[str, ...]], ...] = ()
    #: with a rollback, the run that is undone
    undoes: str = ""
    #: why no further batch started, empty when all did
    stopped: str = ""
    #: when its report was made, None before
    ended: float | None = None

    def to_json(self) -> dict[str, t.Any]:
        """For run.json; without the address of the webhook."""
        settings = dataclasses.replace(self.settings, webhook="")
        return {
            "schema": SCHEMA,
            **dataclasses.asdict(dataclasses.replace(self, waivers=(), settings=Settings())),
            "settings": dataclasses.asdict(settings),
            "waivers": [[waiver.to_json(), list(hosts)] for waiver, hosts in self.waivers],
        }

    @classmethod
    def from_json(cls, found: t.Mapping[str, t.Any]) -> Plan:
        """Raises ValueError, KeyError or TypeError for what is no plan."""
        if found["schema"] != SCHEMA:
            raise ValueError(f"the schema is {found['schema']}")
        settings = {**found["settings"]}
        settings["freeze"] = tuple(Freeze(*one) for one in settings["freeze"])
        settings["fail_on"] = tuple(settings["fail_on"])
        return cls(
            **{
                **{name: value for name, value in found.items() if name != "schema"},
                "settings": Settings(**settings),
                "hosts": {name: _host(its) for name, its in found["hosts"].items()},
                "waivers": tuple((Waiver.from_json(waiver), tuple(hosts)) for waiver, hosts in found["waivers"]),
                "freeze": Freeze(*found["freeze"]) if found["freeze"] else None,
                "not_due": tuple(found["not_due"]),
                "canary": tuple(found["canary"]),
            }
        )

    def enforcing(self) -> list[str]:
        """The hosts that may be changed."""
        return [name for name, its in self.hosts.items() if its.mode == ENFORCE]

    def for_host(self, name: str) -> dict[str, t.Any]:
        """The option `enforce` of the modules for a host."""
        its = self.hosts[name]
        return {
            "run": self.run,
            "audit": its.mode != ENFORCE,
            "unmanaged": its.unmanaged,
            "settle": dict(its.settle),
            "waived": list(its.waived),
            "every": self.settings.every,
        }


def _host(found: t.Mapping[str, t.Any]) -> HostPlan:
    return HostPlan(**{**found, "waived": tuple(found["waived"])})


def mode_of(wanted: str, check: bool, freeze: Freeze | None) -> str:
    """The mode of a host, where check mode and a freeze leave only looking."""
    return AUDIT if check or freeze else wanted


def host_plans(
    hosts: t.Mapping[str, HostSettings],
    check: bool,
    freeze: Freeze | None,
    waivers: t.Sequence[tuple[Waiver, t.Collection[str]]],
    now: float,
) -> dict[str, HostPlan]:
    """What is done on each host."""
    day = today(now)
    return {
        name: HostPlan(
            its.team,
            mode_of(its.mode, check, freeze),
            its.unmanaged,
            dict(its.settle),
            tuple(waived_items(waivers, name, day)),
        )
        for name, its in hosts.items()
    }


def missed(hosts: t.Iterable[str], good: t.Mapping[str, str | None], now: float) -> list[str]:
    """The hosts without a good result for so long that another run looks for them. good: when each was good last."""
    found = []
    for host in hosts:
        last = good.get(host)
        if last is None or now - seconds_of(last) >= MISSED_AFTER or seconds_of(last) > now:
            found.append(host)
    return found


def canaries(plan: Plan, named: t.Collection[str]) -> Plan:
    """The plan with its canaries: those that are named and would be changed, else every host that would be changed, of
    which the first that answers is the one. A single host needs none.
    """
    enforcing = plan.enforcing()
    if len(enforcing) < 2:
        return plan
    chosen = tuple(host for host in enforcing if host in named)
    return dataclasses.replace(plan, canary=chosen or tuple(enforcing), first_answers=not chosen)


def reason_to_stop(plan: Plan, results: t.Mapping[str, str], now: float, canary: bool = False) -> str:
    """Why no further batch may start, or an empty text.

    results: of the hosts that are through, by host: ok, failed or unreachable. canary: the batch is one of canaries.
    """
    stop_at = plan.settings.stop_at
    if stop_at is not None and now >= stop_at:
        return f"it was later than {stamp(stop_at)} (go_enforce_stop_at)"
    failed = [host for host in plan.hosts if results.get(host) == "failed"]
    if not canary and plan.canary:
        reason = _canary_reason(plan, results)
        if reason:
            return reason
    if len(failed) >= plan.settings.max_failures:
        return f"{len(failed)} hosts failed (go_enforce_max_failures is {plan.settings.max_failures})"
    return ""


def _canary_reason(plan: Plan, results: t.Mapping[str, str]) -> str:
    answered = [host for host in plan.canary if results.get(host) in ("ok", "failed")]
    if plan.first_answers:
        answered = answered[:1]
    failed = [host for host in answered if results[host] == "failed"]
    if failed:
        return f"the canary {failed[0]} failed"
    if not answered and not plan.first_answers:
        return f"no canary answered ({', '.join(plan.canary)})"
    return ""
