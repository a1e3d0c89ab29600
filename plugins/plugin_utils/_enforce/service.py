# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run from its opening to its report, over the files of the controller. Ansible's part is in the action plugin."""

from __future__ import annotations

import dataclasses
import datetime
import os
import subprocess
import typing as t
from pathlib import Path

from . import lock
from .clock import RUN_ID, frozen, stamp, today
from .digest import digest, is_news
from .files import Run, Runs, Unusable, changed_last, default_directory
from .plan import ENFORCEMENT, ROLLBACK, HostPlan, Plan, canaries, host_plans, missed, reason_to_stop
from .records import lost_record
from .report import make_report
from .settings import AUDIT, ENFORCE, HostSettings, Settings, misspelt, one_for_all, read_host, read_settings
from .waivers import Waiver, read_waivers
from .webhook import post


class Mistakes(Exception):
    """What is wrong with the settings of a run: all of it."""

    def __init__(self, found: t.Iterable[str]) -> None:
        self.found = list(dict.fromkeys(found))
        super().__init__("\n".join(self.found))


class Busy(Exception):
    """Another run is in progress."""


@dataclasses.dataclass(frozen=True)
class Asked:
    """What a run is opened with."""

    #: `enforcement` or `rollback`
    kind: str
    #: the pattern of its hosts
    pattern: str
    #: the variables go_enforce_ of each of its hosts, by the name without that
    hosts: t.Mapping[str, t.Mapping[str, t.Any]]
    #: those of the task, which count where the run has no host
    own: t.Mapping[str, t.Any]
    #: the names of all variables go_enforce_ that there are
    names: t.Collection[str]
    #: whether it is ansible-playbook's --check
    check: bool
    #: the directory of the inventory
    inventory_dir: str
    #: the hosts of the inventory that a pattern names
    matching: t.Callable[[str], t.Collection[str]]
    #: the process whose end is the end of the run
    owner: int
    #: the present
    now: float


@dataclasses.dataclass(frozen=True)
class Opened:
    """A run that may begin."""

    #: what it is about to do
    plan: Plan
    #: the directory of all runs
    directory: str
    #: what a person should know: earlier runs that were closed
    notes: tuple[str, ...]


def open_run(asked: Asked) -> Opened:
    """Check everything, lock the directory, close what an earlier run left open, and write the plan. Raises Mistakes,
    Busy, Unusable.
    """
    settings, hosts, waivers = _checked(asked)
    runs = Runs(directory_of(settings.dir))
    runs.prepare()
    id = runs.new_id(asked.now)
    _lock(runs, id, asked.owner)
    notes = close_interrupted(runs, asked.now, settings.webhook)
    if asked.kind == ROLLBACK:
        plan = _rollback_plan(asked, runs, id, settings, hosts)
    else:
        plan = _enforcement_plan(asked, runs, id, settings, hosts, waivers)
    runs.begin(plan)
    return Opened(plan, str(runs.directory), tuple(notes))


def directory_of(given: str) -> str:
    """The directory of all runs."""
    return os.path.abspath(os.path.expanduser(given)) if given else default_directory(os.environ)


Waivers = list[tuple[Waiver, tuple[str, ...]]]


def _checked(asked: Asked) -> tuple[Settings, dict[str, HostSettings], Waivers]:
    values, mistakes = one_for_all(asked.hosts)
    settings, wrong = read_settings({**asked.own, **values}, asked.now)
    mistakes += wrong
    hosts: dict[str, HostSettings] = {}
    for host, its in asked.hosts.items():
        hosts[host], wrong = read_host(its)
        mistakes += [f"{mistake} (of {host})" for mistake in wrong]
    mistakes += misspelt(asked.names)
    waivers, wrong = _waivers(settings, asked)
    mistakes += wrong
    if asked.kind == ROLLBACK and not (settings.run == "last" or RUN_ID.match(settings.run)):
        mistakes.append("go_enforce_run must be the id of a run, such as 20261130T021500Z-1a2b, or last")
    if mistakes:
        raise Mistakes(mistakes)
    return settings, hosts, waivers


def _waivers(settings: Settings, asked: Asked) -> tuple[Waivers, list[str]]:
    if not settings.waivers:
        return [], []
    file = Path(settings.waivers).expanduser()
    file = file if file.is_absolute() else Path(asked.inventory_dir or ".") / file
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        return [], [f"go_enforce_waivers: {file} cannot be read: {reason}"]
    found, mistakes = read_waivers(text, today(asked.now))
    if mistakes:
        return [], [f"{file}, {mistake}" for mistake in mistakes]
    return [(waiver, tuple(asked.matching(waiver.hosts))) for waiver in found], []


def _lock(runs: Runs, id: str, owner: int) -> None:
    try:
        lock.take(runs.lock, id, owner)
    except lock.InUse as held:
        raise Busy(_busy(runs, str(held))) from None
    except OSError as error:
        raise Unusable(f"{runs.lock} cannot be locked: {error.strerror or error}.") from None


def _busy(runs: Runs, holder: str) -> str:
    process, run = (*holder.split(), "", "")[:2]
    who = f" (run {run}, process {process})" if run else ""
    return f"Another run works on {runs.directory}{who}. Wait for its end, or name another go_enforce_dir."


def _enforcement_plan(
    asked: Asked, runs: Runs, id: str, settings: Settings, hosts: t.Mapping[str, HostSettings], waivers: Waivers
) -> Plan:
    freeze = frozen(settings.freeze, asked.now)
    good = {host: its.get("good") for host, its in (runs.index().get("hosts") or {}).items()}
    due = set(missed(hosts, good, asked.now)) if settings.only == "missed" else set(hosts)
    revision, dirty = revision_of(settings.policy_dir or asked.inventory_dir)
    plan = Plan(
        run=id,
        kind=ENFORCEMENT,
        started=int(asked.now),
        pattern=asked.pattern,
        hosts=host_plans(
            {host: its for host, its in hosts.items() if host in due}, asked.check, freeze, waivers, asked.now
        ),
        settings=settings,
        check=asked.check,
        not_due=tuple(host for host in hosts if host not in due),
        freeze=freeze,
        revision=revision,
        dirty=dirty,
        waivers=tuple(waivers),
    )
    return canaries(plan, asked.matching(settings.canary) if settings.canary else ())


def _rollback_plan(asked: Asked, runs: Runs, id: str, settings: Settings, hosts: t.Mapping[str, HostSettings]) -> Plan:
    """Where the controller has the files of the run, the hosts that it changed, else all."""
    undone = changed_last(runs.all()) if settings.run == "last" else runs.of(settings.run)
    if undone is None:
        raise Mistakes([f"There is no run in {runs.directory} that changed something. Name one in go_enforce_run"])
    records = undone.records()
    chosen = [host for host in hosts if not records or (host in records and records[host].get("journals"))]
    return Plan(
        run=id,
        kind=ROLLBACK,
        started=int(asked.now),
        pattern=asked.pattern,
        hosts={host: HostPlan(hosts[host].team, AUDIT if asked.check else ENFORCE) for host in chosen},
        settings=settings,
        check=asked.check,
        not_due=tuple(host for host in hosts if host not in chosen),
        undoes=undone.id,
    )


def hold_of(plan: Plan) -> dict[str, str]:
    """The hold that a rollback leaves."""
    until = today(plan.started) + datetime.timedelta(days=plan.settings.hold_days)
    return {"until": until.isoformat(), "reason": plan.settings.reason or f"rollback of the run {plan.undoes}"}


def revision_of(directory: str) -> tuple[str, bool]:
    """The git revision of a directory, empty where there is none, and whether there are changes beside it."""
    if not directory:
        return "", False
    revision = _git(directory, "rev-parse", "HEAD")
    return (revision, bool(_git(directory, "status", "--porcelain", "--", "."))) if revision else ("", False)


def _git(directory: str, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", directory, *arguments],
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=20,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def may_begin(directory: str, id: str, now: float, canary: bool) -> str:
    """Why a batch of the run may not begin, or an empty text. A reason is kept for the report."""
    run = Runs(directory).of(id)
    plan = run.plan()
    if plan.stopped:
        return plan.stopped
    results = {host: str(record["result"]) for host, record in run.records().items()}
    reason = reason_to_stop(plan, results, now, canary)
    if reason:
        run.write_plan(dataclasses.replace(plan, stopped=reason))
    return reason


class Closed(t.NamedTuple):
    """A run with its report."""

    report: dict[str, t.Any]
    #: digest.txt
    text: str
    directory: str
    notes: tuple[str, ...]


def close_run(directory: str, id: str, now: float, webhook: str, unwritten: t.Mapping[str, str]) -> Closed:
    """Make the report of a run, send it, and remove old runs. Raises Unusable.

    unwritten: the hosts that are through but have no file, and why.
    """
    runs = Runs(directory)
    run = runs.of(id)
    plan = dataclasses.replace(run.plan(), ended=int(now))
    lost = {host: lost_record(id, host, why, stamp(now)) for host, why in unwritten.items()}
    report, index = make_report(plan, {**lost, **run.records()}, runs.index(), now, interrupted=False)
    text = digest(report)
    try:
        run.write_plan(plan)
        _keep(runs, run, report, index, text)
    except Unusable as error:
        raise Unusable(f"{error} The report could not be kept:\n{text}") from None
    runs.prune(plan.settings.keep, id)
    lock.release(runs.lock, id)
    return Closed(report, text, str(run.directory), tuple(_sent(report, text, webhook)))


def _keep(runs: Runs, run: Run, report: t.Mapping[str, t.Any], index: t.Mapping[str, t.Any], text: str) -> None:
    """The index comes first: where the report is missing after it, the same is made again."""
    runs.write_index(index)
    run.write_report(report, text)


def _sent(report: t.Mapping[str, t.Any], text: str, webhook: str) -> list[str]:
    """What went wrong with the message of a report."""
    problem = post(webhook, text) if webhook and is_news(report) else ""
    return [f"The message to go_enforce_webhook was not delivered: {problem}."] if problem else []


def close_interrupted(runs: Runs, now: float, webhook: str = "") -> list[str]:
    """Make the reports of runs that have none, which needs the lock. What a person should know of it."""
    notes = []
    for run in runs.all():
        if run.report() is not None:
            continue
        try:
            plan = run.plan()
        except Unusable as error:
            notes.append(str(error))
            continue
        interrupted = plan.ended is None
        report, index = make_report(plan, run.records(), runs.index(), now, interrupted)
        text = digest(report)
        _keep(runs, run, report, index, text)
        notes += [
            f"The run {run.id} was interrupted. It has its report now: {run.directory}",
            *_sent(report, text, webhook),
        ]
    return notes


def reported(given: str, id: str, now: float, webhook: str = "") -> Closed:
    """The report of a run, of the newest without `id`; made first where an interrupted run has none. Raises Busy,
    Mistakes, Unusable.
    """
    runs = Runs(directory_of(given))
    if not runs.place.is_dir():
        raise Mistakes([f"There are no runs in {runs.directory}. Name the directory in go_enforce_dir"])
    try:
        give_back = lock.take_here(runs.lock)
    except lock.InUse as held:
        raise Busy(_busy(runs, str(held))) from None
    except OSError as error:
        raise Unusable(f"{runs.lock} cannot be locked: {error.strerror or error}.") from None
    try:
        notes = close_interrupted(runs, now, webhook)
    finally:
        give_back()
    there = {run.id: run for run in runs.all()}
    chosen = id or max(there, default="")
    report = there[chosen].report() if chosen in there else None
    if report is None:
        raise Mistakes([f"There is no run {id or ''} in {runs.directory}".replace("  ", " ")])
    return Closed(report, there[chosen].digest(), str(there[chosen].directory), tuple(notes))
