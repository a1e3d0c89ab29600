#!/usr/bin/env python3
# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GOROOT, GOPATH, GOBIN, GOPROXY and two PATH entries of a Windows host over WinRM: go_registry, ansible.windows, and
the floor.

make bench BENCH=windows
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import platform
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import _winrm
from _ansible import CHECKOUT, collection_version, collections_path, core_version
from _measure import (
    Cost,
    Figure,
    Measure,
    MeasurementFailed,
    Target,
    at_least,
    at_most,
    command,
    table,
    take_turns,
    within,
    write_results,
)
from _winrm import (
    COUNTING_ROUNDS,
    COUNTS,
    GO,
    KINDS,
    PEER,
    PLAYS,
    TIMES,
    Asked,
    Counted,
    Plays,
    Task,
    count_peers,
    floor,
    kind_of,
    peers,
)
from _wsman import Recorder

sys.path.insert(0, str(CHECKOUT / "tests"))

GOROOT = "C:\\sdk\\go" + GO

# ------------------------------------------------------------------------------------------------------ what is wanted


class Values(_winrm.Values):
    goroot, work, separator = GOROOT, "D:\\work", "\\"


def ours(values: Values, *, verify: bool) -> list[Task]:
    return [{"gopher.devbox.go_registry": {"scope": "machine", **values.options(verify=verify)}}]


def tightest(values: Values) -> list[Task]:
    return [
        {f"{PEER}.win_environment": {"level": "machine", "variables": values.variables}},
        {f"{PEER}.win_path": {"scope": "machine", "elements": values.path}},
    ]


def usual(values: Values) -> list[Task]:
    tasks: list[Task] = [
        {f"{PEER}.win_environment": {"level": "machine", "state": "present", "name": name, "value": value}}
        for name, value in values.variables.items()
    ]
    return tasks + [{f"{PEER}.win_path": {"scope": "machine", "elements": [entry]}} for entry in values.path]


def looped(values: Values) -> list[Task]:
    """The usual way in two tasks, a loop item a variable. The items of a loop share one shell."""
    pairs = [{"name": name, "value": value} for name, value in values.variables.items()]
    environment = {"level": "machine", "state": "present", "name": "{{ item.name }}", "value": "{{ item.value }}"}
    return [
        {f"{PEER}.win_environment": environment, "loop": pairs},
        {f"{PEER}.win_path": {"scope": "machine", "elements": ["{{ item }}"]}, "loop": values.path},
    ]


# ------------------------------------------------------------------------------ what the modules of the peer would say


def environment_document(variables: Mapping[str, str], *, changed: bool) -> str:
    each = {
        name: {"after": value, "before": None if changed else value, "changed": changed}
        for name, value in variables.items()
    }
    last = list(each.values())[-1]
    return json.dumps(
        {"changed": changed, "values": each, "env_values": each, "before_value": last["before"], "value": last["after"]}
    )


def path_document(entries: Sequence[str], *, changed: bool) -> str:
    value = ";".join(["%SystemRoot%\\system32", "%SystemRoot%", "%SystemRoot%\\System32\\Wbem", *entries])
    return json.dumps({"changed": changed, "path_value": value})


def tight_documents(values: Values, *, changed: bool) -> list[str]:
    return [environment_document(values.variables, changed=changed), path_document(values.path, changed=changed)]


def usual_documents(values: Values, *, changed: bool) -> list[str]:
    documents = [environment_document({name: value}, changed=changed) for name, value in values.variables.items()]
    return documents + [path_document(values.path[: index + 1], changed=changed) for index in range(len(values.path))]


@dataclass(frozen=True)
class Way:
    """One way of the peer: the tasks of one result, and what is answered to them."""

    tasks: Callable[[Values], list[Task]]
    documents: Callable[..., list[str]]


WAYS = {
    "tight": Way(tightest, tight_documents),
    "usual": Way(usual, usual_documents),
    "loop": Way(looped, usual_documents),
}
UNGATHERED = "requests_ungathered"
"""Of ours, on a host that hands out output the moment there is some."""
UNITS: dict[str, Callable[[float], str]] = dict.fromkeys(
    (*COUNTS, UNGATHERED), lambda value: f"{value:,.0f}"
) | dict.fromkeys(TIMES, lambda value: f"{value * 1000:.1f}")


# ------------------------------------------------------------------------------------------------------- the benchmark


class Bench(Plays):
    def peer(self, name: str, kind: str, count: int) -> Cost:
        way, changed = WAYS[name], kind == "converge"
        results = [Values(index % 2 if changed else 0) for index in range(count)]
        tasks = [task for values in results for task in way.tasks(values)]
        documents = [document for values in results for document in way.documents(values, changed=changed)]
        self.responder.prepare(documents)
        return self.peer_play(f"{name}-{kind}", tasks, changed=changed, commands=len(documents))

    # -- ours, on hosts of the tests

    def ours(self, name: str, inventory: Path, results: Sequence[Values], *, verify: bool, changed: int) -> Cost:
        tasks = [task for values in results for task in ours(values, verify=verify)]
        return self.play(name, tasks, inventory, changed=changed)

    def converge(self, asked: Asked, *, verify: bool) -> Cost:
        """On a fresh host, results of two kinds in turn, so that every task has something to change."""
        with fresh_host() as host:
            floor(host, asked, 2)  # a host that has run something before
            results = [Values(index % 2) for index in range(self.count)]
            return self.ours(
                "ours-verified" if verify else "ours-converge",
                self.inventory(host),
                results,
                verify=verify,
                changed=self.count,
            )

    def noop(self, host: Any) -> Cost:
        return self.ours("ours-noop", self.inventory(host), [Values()] * self.count, verify=True, changed=0)


@contextlib.contextmanager
def fresh_host() -> Iterator[Any]:
    from winhost import WinHost

    with WinHost.start(go={GO: GOROOT}) as host:
        yield host


# ------------------------------------------------------------------------------------------------------------ counting


def count_ours(run: Bench, counts: Counted, *, verify: bool, kind: str = "ours") -> Asked:
    """One task each, on a fresh host, then again; then the floor. All pass the recorder, which counts as the responder
    does. `kind`: under which name.
    """
    with fresh_host() as host:
        recorder = Recorder(host.port)
        with recorder.serve() as port:
            inventory = run.inventory(host, port)
            run.ours("count-converge", inventory, [Values()], verify=verify, changed=1)
            counts.setdefault(f"{kind}.verified" if verify else f"{kind}.converge", []).append(recorder.take())
            recorder.conversation()
            run.ours("count-noop", inventory, [Values()], verify=verify, changed=0)
            asked = Asked.of(recorder.conversation())
            counts.setdefault(f"{kind}.noop", []).append(recorder.take())
            floor(host, asked, 1, port, warm=False)
            counts.setdefault("floor" if kind == "ours" else f"{kind}.floor", []).append(recorder.take())
    if recorder.errors:
        raise MeasurementFailed(f"The recorder failed: {recorder.errors}")
    return asked


def count_ungathered(run: Bench, counts: Counted) -> None:
    """The same on a host that gathers nothing: each write of a program is a piece of output."""
    from winhost import service

    gather, service.GATHER = service.GATHER, 0.0
    try:
        for verify in (False, True):
            count_ours(run, counts, verify=verify, kind="ungathered")
    finally:
        service.GATHER = gather


# --------------------------------------------------------------------------------------------------------- the figures


def counted(counts: Counted) -> dict[str, Measure]:
    def figure(name: str, key: str) -> Figure:
        return Figure.of([getattr(item, key) for item in counts[name]])

    measures = {}
    for key in COUNTS:
        for play in PLAYS:
            kind = kind_of(play)
            others = {"usual": figure(f"usual.{kind}", key), "usual_loop": figure(f"loop.{kind}", key)}
            least = figure("floor", key) if play == "noop" else None
            measures[f"{key}.{play}"] = Measure(
                figure(f"ours.{play}", key), figure(f"tight.{kind}", key), least, others
            )
    for play in PLAYS:
        least = figure("ungathered.floor", "requests") if play == "noop" else None
        others = dict.fromkeys(("usual", "usual_loop"))
        measures[f"{UNGATHERED}.{play}"] = Measure(figure(f"ungathered.{play}", "requests"), None, least, others)
    return measures


def timed(costs: Mapping[str, list[Cost]], count: int) -> dict[str, Measure]:
    def per_result(name: str, less: str | None) -> list[Cost]:
        bases: Sequence[Cost | None] = costs[less] if less else [None] * len(costs[name])
        return [cost.per(count, base) for cost, base in zip(costs[name], bases, strict=True)]

    measures = {}
    for key in TIMES:
        for play in PLAYS:
            kind = kind_of(play)
            figure = functools.partial(_figure, key)
            others = {
                "usual": figure(per_result(f"usual.{kind}", "debug")),
                "usual_loop": figure(per_result(f"loop.{kind}", "debug")),
                "peer_task_for_task": figure(per_result(f"tight.{kind}", "debug twice")),
            }
            least = figure(per_result("floor", None)) if play == "noop" else None
            measures[f"{key}.{play}"] = Measure(
                figure(per_result(f"ours.{play}", "debug")), figure(per_result(f"tight.{kind}", "debug")), least, others
            )
    return measures


def _figure(key: str, costs: Sequence[Cost]) -> Figure:
    return Figure.of([getattr(cost, key) for cost in costs])


def targets(measures: Mapping[str, Measure]) -> list[Target]:
    """All counts are as they happened, with each Receive. The wall is not compared with the peer's: its remote time is
    zero here, so that would compare work with none.
    """
    found = [
        within(f"requests, {play}: at most {limit}", measures[f"requests.{play}"].ours, limit, UNITS["requests"])
        for play, limit in (("noop", 4), ("converge", 7), ("verified", 11))
    ]
    for play, times in (("verified", 10), ("noop", 20)):
        measure = measures[f"bytes_sent.{play}"]
        text = f"bytes sent, {play}: the tightest way sends at least {times} times as many"
        found.append(at_least(text, measure.peer, measure.ours, times))
    cpu, wall = measures["cpu.noop"], measures["wall.noop"]
    return [
        *found,
        at_most("cpu, noop: at most the tightest way's", cpu.ours, cpu.peer, 1.0),
        at_most("wall, noop: at most 1.2 times the floor", wall.ours, wall.floor, 1.2),
    ]


# ---------------------------------------------------------------------------------------------------------- the output


def rows(measures: Mapping[str, Measure]) -> list[list[str]]:
    lines = [["", "", "ours", "tightest", "usual", "usual, loop", "floor", "tightest/ours", "ours/floor"]]
    for key, measure in measures.items():
        name, _, play = key.partition(".")
        figures = (measure.ours, measure.peer, measure.others["usual"], measure.others["usual_loop"], measure.floor)
        quotients = (measure.better, measure.above_floor)
        lines.append(
            [
                name,
                play,
                *(shown(name, figure) for figure in figures),
                *("" if value is None else f"{value:.2f}" for value in quotients),
            ]
        )
    return lines


def shown(name: str, figure: Figure | None) -> str:
    if figure is None:
        return ""
    unit = UNITS[name]
    return (
        unit(figure.value)
        if figure.low == figure.high
        else f"{unit(figure.value)} ({unit(figure.low)}-{unit(figure.high)})"
    )


ABOUT = """\
The same result (GOROOT, GOPATH, GOBIN, GOPROXY, two PATH entries; machine scope) over WinRM, by
  ours         gopher.devbox.go_registry, one task, on a Windows host of the tests (a WinRM service in front of Wine)
  tightest     ansible.windows: one win_environment with all variables, one win_path with both entries
  usual        ansible.windows: a task a variable or entry (four win_environment, two win_path)
  usual, loop  the same as two tasks with a loop; the items of a loop share one shell
  floor        bare pywinrm in one process, imports done: open a shell, run the commands of our no-op, close it
The tasks of ansible.windows are real and sent by real ansible-core, but no PowerShell runs: a responder answers them at once with
what the modules would return. THE REMOTE TIME OF ansible.windows IS ZERO HERE, in its favour; ours includes the host's work, under Wine.
  converge     from a fresh host, verify: false;  verified: the same with verify: true (the peer has no such thing, and stands for itself)
  noop         everything is as wanted already
  requests     HTTP requests of WinRM; bytes_sent: the bodies of these requests; both counted with plays of one task
  ..._ungathered   the same on a host that hands out each piece of output by itself; ours and the floor only
  processes    programs that the WinRM service starts for the client; what those start in turn is not counted
  wall, cpu    milliseconds of one result: (a play of {count} results - a play of {count} debug tasks on such a connection) / {count};
               the floor in a loop of {count}. cpu is user and system time of ansible-playbook with its children, or of the floor's process.
               Medians of {rounds} rounds in which all plays take turns, with the least and the most. In a converge play the results of two
               kinds take turns, from a fresh host on (other GOPATH, GOBIN, GOPROXY and second PATH entry), so that every task changes something."""  # noqa: E501


def report(measures: Mapping[str, Measure], reached: Sequence[Target], about: Mapping[str, Any], run: Bench) -> None:
    print(ABOUT.format(count=run.count, rounds=run.rounds))
    print("\n" + ", ".join(f"{key} {value}" for key, value in about["versions"].items()))
    print(
        f"{about['processors']} processors; load averages before and "
        f"after: {', '.join(str(load) for load in about['load'])}\n"
    )
    print(table(rows(measures), words=2))
    strict = {play: measures[f"wall.{play}"].others["peer_task_for_task"] for play in ("converge", "noop")}
    words = ", ".join(f"{play} {UNITS['wall'](figure.value)} ms" for play, figure in strict.items() if figure)
    print(f"\nWith a debug task taken off for each of its two tasks, the tightest way's wall is: {words}.")
    print("\nTargets")
    for target in reached:
        print(f"  {target}")


def said(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


# ------------------------------------------------------------------------------------------------------------- running


def count_all(run: Bench) -> tuple[Counted, Asked]:
    counts: Counted = {}
    for number in range(COUNTING_ROUNDS):
        said(f"counting {number + 1}/{COUNTING_ROUNDS}")
        count_ours(run, counts, verify=False)
        asked = count_ours(run, counts, verify=True)
    count_ungathered(run, counts)
    return counts | count_peers(WAYS, run.responder, run.peer), asked


def time_all(run: Bench, asked: Asked) -> dict[str, list[Cost]]:
    with fresh_host() as host:
        run.ours("ours-first", run.inventory(host), [Values()], verify=True, changed=1)
        plays: dict[str, Callable[[], Cost]] = {
            "debug": lambda: run.debug(run.count),
            "ours.noop": lambda: run.noop(host),
            "floor": lambda: floor(host, asked, run.count),
            "ours.converge": lambda: run.converge(asked, verify=False),
            "ours.verified": lambda: run.converge(asked, verify=True),
            "debug twice": lambda: run.debug(2 * run.count),
        }
        plays |= {
            f"{name}.{kind}": functools.partial(run.peer, name, kind, run.count) for name in WAYS for kind in KINDS
        }
        return take_turns(run.rounds, plays, said)


def measure_all(rounds: int, count: int) -> int:
    with peers() as found:
        run = Bench(*found, rounds, count)
        counts, asked = count_all(run)
        load = [round(value, 2) for value in os.getloadavg()]
        costs = time_all(run, asked)
        measures = {**counted(counts), **timed(costs, count)}
        about = {
            "rounds": rounds,
            "results_in_a_play": count,
            "peer_remote_time": 0,
            "load": [load, [round(value, 2) for value in os.getloadavg()]],
            "processors": os.cpu_count(),
            "versions": {
                "ansible-core": core_version(),
                PEER: collection_version(collections_path(PEER)[0], PEER),
                "Python": platform.python_version(),
            },
        }
        reached = targets(measures)
        report(measures, reached, about, run)
    path = write_results("windows", measures, targets=reached, about=about)
    print(f"\n{path.relative_to(CHECKOUT)}")
    return 0


if __name__ == "__main__":
    sys.exit(command(__doc__ or "", measure_all))
