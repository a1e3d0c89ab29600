#!/usr/bin/env python3
# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GOROOT, GOPATH, GOBIN, GOPROXY and two PATH entries in a WSL distro of a Windows host over WinRM: go_wsl, win_shell
with wsl.exe, and the floor.

make bench BENCH=wsl
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import platform
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
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
from _wsman import Command, Recorder
from windows import said, shown

GOROOT = "/usr/local/go"
DISTRO = "Bench"
HOME = "/home/dev"
WSL = r"C:\Windows\System32\wsl.exe"
TRUE = Command(WSL, [f"-d {DISTRO} --exec /bin/true"], skip_cmd_shell=True, console_mode_stdin=True)
"""The least that a distro can be asked."""

# ------------------------------------------------------------------------------------------------------ what is wanted


class Values(_winrm.Values):
    goroot, work, separator = GOROOT, f"{HOME}/work", "/"


def ours(values: Values, *, verify: bool) -> list[Task]:
    options = {"distros": [DISTRO], "scope": "user", "shells": ["sh"], **values.options(verify=verify)}
    return [{"gopher.devbox.go_wsl": options}]


def lines(values: Values) -> list[str]:
    """What people put into ~/.profile. The last PATH entry stands first."""
    exports = [f"export {name}={value}" for name, value in values.variables.items()]
    return exports + [f"export PATH={entry}:\\$PATH" for entry in reversed(values.path)]


def script(line: str) -> str:
    return f"grep -qsxF '{line}' ~/.profile || {{ echo '{line}' >>~/.profile; echo changed; }}"


def wsl(scripts: Sequence[str]) -> str:
    """The command line that wsl.exe gets."""
    return f'wsl.exe -d {DISTRO} -- sh -c "{"; ".join(scripts)}"'


def _task(scripts: Sequence[str]) -> Task:
    text = wsl(scripts).replace("$", "`$")  # PowerShell's
    return {f"{PEER}.win_shell": {"cmd": text}, "register": "shell", "changed_when": "'changed' in shell.stdout"}


def usual(values: Values) -> list[Task]:
    return [_task([script(line)]) for line in lines(values)]


def tightest(values: Values) -> list[Task]:
    return [_task([script(line) for line in lines(values)])]


def document(*, changed: bool) -> str:
    """What win_shell would return."""
    stdout = "changed\n" if changed else ""
    return json.dumps(
        {
            "changed": True,
            "cmd": "wsl.exe",
            "rc": 0,
            "stdout": stdout,
            "stderr": "",
            "start": "2026-01-01 00:00:00.000000",
            "end": "2026-01-01 00:00:00.100000",
            "delta": "0:00:00.100000",
        }
    )


WAYS: dict[str, Callable[[Values], list[Task]]] = {"usual": usual, "tight": tightest}

# ------------------------------------------------------------------------------------------------------- the benchmark


class Bench(Plays):
    def peer(self, name: str, kind: str, count: int) -> Cost:
        changed = kind == "converge"
        tasks = [task for index in range(count) for task in WAYS[name](Values(index % 2 if changed else 0))]
        self.responder.prepare([document(changed=changed)])
        return self.peer_play(f"{name}-{kind}", tasks, changed=changed, commands=len(tasks))

    def ours(self, name: str, inventory: Path, results: Sequence[Values], *, verify: bool, changed: int) -> Cost:
        tasks = [task for values in results for task in ours(values, verify=verify)]
        return self.play(name, tasks, inventory, changed=changed)

    def converge(self, host: Any, *, verify: bool) -> Cost:
        """In a fresh distro that runs, results of two kinds in turn, so that every task has something to change."""
        with fresh_distro(host):
            results = [Values(index % 2) for index in range(self.count)]
            name = "ours-verified" if verify else "ours-converge"
            return self.ours(name, self.inventory(host), results, verify=verify, changed=self.count)


@contextlib.contextmanager
def fresh_host() -> Iterator[Any]:
    from winhost import WinHost, can_wsl

    reason = can_wsl()
    if reason:
        raise MeasurementFailed(f"No distro can be had: {reason}.")
    with WinHost.start(go=(), packages=False) as host:
        yield host


@contextlib.contextmanager
def fresh_distro(host: Any) -> Iterator[Any]:
    """A Debian with a Go SDK, started."""
    distro = host.add_distro(host.account, DISTRO, "debian", shell="bash", go={GO: GOROOT})
    try:
        asked(host, f"{WSL} -d {DISTRO} --exec /bin/true")
        yield distro
    finally:
        distro.remove()


def asked(host: Any, line: str) -> str:
    done = host.prefix.run(line, account=host.account)
    if done.rc != 0:
        raise MeasurementFailed(f"{line}: exit code {done.rc}, {done.stdout!r} {done.stderr!r}")
    return str(done.stdout.decode())


def same_state(run: Bench, host: Any) -> None:
    """That the peer's command lines, run by wsl.exe without PowerShell, and ours lead to the same environment."""
    look = f'{WSL} -d {DISTRO} --exec /bin/sh -lc "echo $GOROOT $GOPATH $GOBIN $GOPROXY $PATH"'
    with fresh_distro(host):
        for line in lines(Values()):
            asked(host, wsl([script(line)]).replace("wsl.exe", WSL, 1))
        theirs = asked(host, look)
    with fresh_distro(host):
        run.ours("same", run.inventory(host), [Values()], verify=True, changed=1)
        own = asked(host, look)
    if own != theirs or Values().goproxy not in own:
        raise MeasurementFailed(f"The ways lead to different environments: {theirs!r}, {own!r}")


# ------------------------------------------------------------------------------------------------------------ counting


def least(noop: Asked, times: int) -> Asked:
    return Asked(noop.shell, [TRUE] * times)


def count_ours(run: Bench, host: Any, counts: Counted, *, verify: bool) -> Asked:
    """One task each, in a fresh distro, then again; then the floors. All pass the recorder, which counts as the
    responder does.
    """
    recorder = Recorder(host.port)
    with fresh_distro(host), recorder.serve() as port:
        inventory = run.inventory(host, port)
        run.ours("count-converge", inventory, [Values()], verify=verify, changed=1)
        counts.setdefault("ours.verified" if verify else "ours.converge", []).append(recorder.take())
        recorder.conversation()
        run.ours("count-noop", inventory, [Values()], verify=verify, changed=0)
        noop = Asked.of(recorder.conversation())
        counts.setdefault("ours.noop", []).append(recorder.take())
        for name, asked_for in (("floor.noop", least(noop, 1)), ("floor.converge", least(noop, 2)), ("same", noop)):
            floor(host, asked_for, 1, port, warm=False, silent=True)
            counts.setdefault(name, []).append(recorder.take())
    if recorder.errors:
        raise MeasurementFailed(f"The recorder failed: {recorder.errors}")
    return noop


# --------------------------------------------------------------------------------------------------------- the figures


def counted(counts: Counted) -> dict[str, Measure]:
    def figure(name: str, key: str) -> Figure:
        return Figure.of([getattr(item, key) for item in counts[name]])

    measures = {}
    for key in COUNTS:
        for play in PLAYS:
            kind = kind_of(play)
            others: dict[str, Figure | None] = {"tight": figure(f"tight.{kind}", key)}
            others["same_commands"] = figure("same", key) if play == "noop" else None
            measures[f"{key}.{play}"] = Measure(
                figure(f"ours.{play}", key), figure(f"usual.{kind}", key), figure(f"floor.{kind}", key), others
            )
    return measures


def timed(costs: Mapping[str, list[Cost]], count: int) -> dict[str, Measure]:
    def figure(name: str, key: str, *, less: bool = True) -> Figure:
        bases: Sequence[Cost | None] = costs["debug"] if less else [None] * len(costs[name])
        each = [cost.per(count, base) for cost, base in zip(costs[name], bases, strict=True)]
        return Figure.of([getattr(cost, key) for cost in each])

    measures = {}
    for key in TIMES:
        for play in PLAYS:
            kind = kind_of(play)
            others: dict[str, Figure | None] = {"tight": figure(f"tight.{kind}", key)}
            others["same_commands"] = figure("same", key, less=False) if play == "noop" else None
            measures[f"{key}.{play}"] = Measure(
                figure(f"ours.{play}", key),
                figure(f"usual.{kind}", key),
                figure(f"floor.{kind}", key, less=False),
                others,
            )
    return measures


def targets(measures: Mapping[str, Measure]) -> list[Target]:
    """The wall is not compared with the peer's: its remote time is zero here."""
    found = []
    for play in PLAYS:
        measure = measures[f"bytes_sent.{play}"]
        found.append(
            at_least(
                f"bytes sent, {play}: the usual way sends at least 10 times as many", measure.peer, measure.ours, 10
            )
        )
    wall = measures["wall.noop"]
    return [*found, at_most("wall, noop: at most 1.5 times the floor", wall.ours, wall.floor, 1.5)]


# ---------------------------------------------------------------------------------------------------------- the output


def rows(measures: Mapping[str, Measure]) -> list[list[str]]:
    out = [["", "", "ours", "usual", "tightest", "floor", "same commands", "usual/ours", "ours/floor"]]
    for key, measure in measures.items():
        name, _, play = key.partition(".")
        figures = (measure.ours, measure.peer, measure.others["tight"], measure.floor, measure.others["same_commands"])
        quotients = (measure.better, measure.above_floor)
        out.append(
            [
                name,
                play,
                *(shown(name, figure) for figure in figures),
                *("" if value is None else f"{value:.2f}" for value in quotients),
            ]
        )
    return out


ABOUT = """\
The same result (GOROOT, GOPATH, GOBIN, GOPROXY, two PATH entries; ~/.profile of a distro's user) over WinRM, by
  ours           gopher.devbox.go_wsl, one task, on a Windows host of the tests (a WinRM service in front of Wine and a wsl.exe)
  usual          ansible.windows.win_shell: wsl.exe -d {distro} -- sh -c "grep … || echo … >>~/.profile", a task a line (six)
  tightest       the same six in one task
  floor          bare pywinrm in one process, imports done: open a shell, run wsl.exe -d {distro} --exec /bin/true once (noop) or
                 twice (converge), close it
  same commands  bare pywinrm with the commands that our no-op sent
The tasks of win_shell are real and sent by real ansible-core, but no PowerShell runs: a responder answers them at once with what it
would return. THE REMOTE TIME OF win_shell IS ZERO HERE, in its favour; ours includes the host's work, under Wine.
  converge     in a fresh distro that runs, verify: false;  verified: the same with verify: true
  noop         everything is as wanted already
  requests     HTTP requests of WinRM; bytes_sent: the bodies of these requests; both counted with plays of one task
  processes    programs that the WinRM service starts for the client; what those start in turn is not counted
  wall, cpu    milliseconds of one result: (a play of {count} results - a play of {count} debug tasks) / {count}; the floors in a loop of {count}.
               Medians of {rounds} rounds in which all plays take turns, with the least and the most."""  # noqa: E501


def report(measures: Mapping[str, Measure], reached: Sequence[Target], about: Mapping[str, Any], run: Bench) -> None:
    print(ABOUT.format(count=run.count, rounds=run.rounds, distro=DISTRO))
    print("\n" + ", ".join(f"{key} {value}" for key, value in about["versions"].items()))
    print(
        f"{about['processors']} processors; load averages before and "
        f"after: {', '.join(str(load) for load in about['load'])}\n"
    )
    print(table(rows(measures), words=2))
    print("\nTargets")
    for target in reached:
        print(f"  {target}")


# ------------------------------------------------------------------------------------------------------------- running


def count_all(run: Bench, host: Any) -> tuple[Counted, Asked]:
    counts: Counted = {}
    for number in range(COUNTING_ROUNDS):
        said(f"counting {number + 1}/{COUNTING_ROUNDS}")
        count_ours(run, host, counts, verify=False)
        noop = count_ours(run, host, counts, verify=True)
    return counts | count_peers(WAYS, run.responder, run.peer), noop


def time_all(run: Bench, host: Any, noop: Asked) -> dict[str, list[Cost]]:
    def in_distro(play: Callable[[], Cost]) -> Cost:
        with fresh_distro(host):
            run.ours("ours-first", run.inventory(host), [Values()], verify=True, changed=1)
            return play()

    results = [Values()] * run.count
    plays: dict[str, Callable[[], Cost]] = {
        "debug": lambda: run.debug(run.count),
        "ours.noop": lambda: in_distro(
            lambda: run.ours("ours-noop", run.inventory(host), results, verify=True, changed=0)
        ),
        "floor.noop": lambda: in_distro(lambda: floor(host, least(noop, 1), run.count, silent=True)),
        "floor.converge": lambda: in_distro(lambda: floor(host, least(noop, 2), run.count, silent=True)),
        "same": lambda: in_distro(lambda: floor(host, noop, run.count)),
        "ours.converge": lambda: run.converge(host, verify=False),
        "ours.verified": lambda: run.converge(host, verify=True),
    }
    plays |= {f"{name}.{kind}": functools.partial(run.peer, name, kind, run.count) for name in WAYS for kind in KINDS}
    return take_turns(run.rounds, plays, said)


def measure_all(rounds: int, count: int) -> int:
    with peers() as found, fresh_host() as host:
        run = Bench(*found, rounds, count)
        same_state(run, host)
        counts, noop = count_all(run, host)
        load = [round(value, 2) for value in os.getloadavg()]
        costs = time_all(run, host, noop)
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
    path = write_results("wsl", measures, targets=reached, about=about)
    print(f"\n{path.relative_to(CHECKOUT)}")
    return 0


if __name__ == "__main__":
    sys.exit(command(__doc__ or "", measure_all))
