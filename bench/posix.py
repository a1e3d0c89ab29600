#!/usr/bin/env python3
# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A user's Go environment on a Linux host: go_env for both media, the usual playbook, and ansible.builtin.ping; and
what a start of a shell costs more.

make bench BENCH=posix
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from _ansible import CHECKOUT, Controller, controller, core_version
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

sys.path.insert(0, str(CHECKOUT / "tests"))

GO, ACCOUNT, PLAIN = "1.27.3", "dev-bash", "dev-sh"
GOROOT = "/opt/go" + GO
SHELLS = ("sh", "bash", "zsh", "fish")
LIMITS = {"sh": 0.5, "bash": 1.3, "zsh": 1.0, "fish": 2.0}
STARTS, TURNS = 40, 9
Task = dict[str, Any]


# ------------------------------------------------------------------------------------------------------ what is wanted


@dataclass(frozen=True)
class Values:
    """One result. Results with different numbers differ in every value."""

    number: int = 0

    @property
    def gopath(self) -> str:
        return f"/home/{ACCOUNT}/go{self.number}"

    @property
    def config(self) -> dict[str, str]:
        host = f"host{self.number}.example.com"
        return {
            "GOPROXY": f"https://{host},direct",
            "GONOSUMDB": host,
            "GOPRIVATE": host,
            "GOFLAGS": f"-tags=t{self.number}",
            "GOINSECURE": host,
            "GONOPROXY": host,
            "GO111MODULE": "auto" if self.number else "on",
            "GOVCS": f"{host}:git",
        }


def rcfile(values: Values) -> list[Task]:
    options = {
        "scope": "user",
        "gopath": [values.gopath],
        "path": [f"{GOROOT}/bin", f"{values.gopath}/bin"],
        "verify": False,
    }
    return [{"gopher.devbox.go_rcfile": options}]


def ours(values: Values) -> list[Task]:
    options = {
        "mode": "user",
        "gopath": [values.gopath],
        "path": [f"{GOROOT}/bin", f"{values.gopath}/bin"],
        "config": values.config,
        "verify": False,
    }
    return [{"gopher.devbox.go_env": options}]


def usual(values: Values) -> list[Task]:
    """One blockinfile a file that go_rcfile writes into, one `go env -w` a variable."""
    home, path = f"/home/{ACCOUNT}", f"{GOROOT}/bin:{values.gopath}/bin"
    shell = f'export GOPATH="{values.gopath}"\ncase ":$PATH:" in *":{path}:"*) ;; *) export PATH="{path}:$PATH" ;; esac'
    blocks = {
        ".profile": shell,
        ".bashrc": shell,
        ".zshenv": shell,
        ".zprofile": shell,
        ".config/fish/conf.d/go.fish": f"set -gx GOPATH '{values.gopath}'\nfish_add_path --path "
        f"--prepend {GOROOT}/bin {values.gopath}/bin",
    }
    folders = [
        {"ansible.builtin.file": {"path": f"{home}/.config/{name}", "state": "directory", "mode": "0755"}}
        for name in ("fish/conf.d",)
    ]
    files = [
        {"ansible.builtin.blockinfile": {"path": f"{home}/{name}", "block": block, "create": True, "mode": "0644"}}
        for name, block in blocks.items()
    ]
    # A command says nothing of what it changed; it is the same in every run.
    config = [
        {
            "ansible.builtin.command": {"argv": [f"{GOROOT}/bin/go", "env", "-w", f"{name}={value}"]},
            "changed_when": False,
        }
        for name, value in values.config.items()
    ]
    return [*folders, *files, *config]


# ------------------------------------------------------------------------------------------------------------- playing


@dataclass(frozen=True)
class Bench:
    controller: Controller
    host: Any
    inventory: Path
    rounds: int
    count: int

    def play(self, name: str, tasks: Sequence[Task], *, changed: int) -> Cost:
        return self.controller.play(
            self.controller.playbook(name, tasks), self.inventory, ok=len(tasks), changed=changed
        )

    def same(self, name: str, task: Task) -> Cost:
        return self.play(name, [task] * self.count, changed=0)

    def noop(self, name: str, tasks: Callable[[Values], list[Task]]) -> Cost:
        return self.play(f"{name}-noop", tasks(Values()) * self.count, changed=0)

    def converge(self, name: str, tasks: Callable[[Values], list[Task]], changing: int) -> Cost:
        """From a fresh home, results of two kinds in turn: each changes something, folders apart, which are
        made once.
        """
        self.host.reset()
        fresh = tasks(Values(1))
        extra = sum("ansible.builtin.file" in task for task in fresh)
        self.play(f"{name}-first", fresh, changed=changing + extra)
        results = [task for index in range(self.count) for task in tasks(Values(index % 2))]
        cost = self.play(f"{name}-converge", results, changed=self.count * changing)
        self.host.reset()
        self.prepare()
        return cost

    def prepare(self) -> None:
        """Both ways have written the first result, so that a no-op is one."""
        self.play("prepare-ours", ours(Values()), changed=1)
        self.play("prepare-usual", usual(Values()), changed=5)


@contextlib.contextmanager
def bench(rounds: int, count: int) -> Iterator[Bench]:
    from linuxhost import LinuxHost

    with LinuxHost.start(go={GO: GOROOT}) as host, controller([]) as own:
        yield Bench(own, host, own.linux_inventory(host, ACCOUNT), rounds, count)


def time_all(run: Bench) -> dict[str, list[Cost]]:
    run.host.reset()
    run.prepare()
    plays: dict[str, Callable[[], Cost]] = {
        "debug": lambda: run.same("debug", {"ansible.builtin.debug": {"msg": "x"}}),
        "ping": lambda: run.same("ping", {"ansible.builtin.ping": {}}),
        "rcfile.noop": lambda: run.noop("rcfile", rcfile),
        "ours.noop": lambda: run.noop("ours", ours),
        "usual.noop": lambda: run.noop("usual", usual),
        "ours.converge": lambda: run.converge("ours", ours, 1),
        "usual.converge": lambda: run.converge("usual", usual, 5),
        "rcfile.converge": lambda: run.converge("rcfile", rcfile, 1),
    }
    return take_turns(run.rounds, plays, said)


# --------------------------------------------------------------------------------------------------------- shell starts

STARTER = r"""
import json, os, statistics, sys, time
shell, flags, count, turns, homes = json.loads(sys.argv[1])
out = []
null = os.open(os.devnull, os.O_RDWR)
for turn in range(turns):
    row = []
    for home in homes if turn % 2 else homes[::-1]:
        env = {"HOME": home, "PATH": "/usr/local/bin:/usr/bin:/bin", "TERM": "dumb", "USER": os.path.basename(home)}
        times = []
        for _ in range(count):
            start = time.perf_counter()
            pid = os.posix_spawnp(shell, [shell, *flags, "-c", ":"], env, file_actions=[(os.POSIX_SPAWN_DUP2, null, fd) for fd in (0, 1, 2)])
            os.waitpid(pid, 0)
            times.append(time.perf_counter() - start)
        row.append(statistics.median(times))
    out.append(row if turn % 2 else row[::-1])
print(json.dumps(out))
"""  # noqa: E501


def shell_starts(run: Bench) -> dict[str, Measure]:
    """Seconds that a login shell takes to start, with what go_rcfile wrote into the home and in one like it without;
    the difference of each pair.

    With GOROOT, which the shell judges by the first go on PATH, and with start files that hold lines of others, behind
    which it judges again.
    """
    run.host.reset()
    lines = "cd && mkdir -p .config/fish && echo '# mine' | tee .zshrc >.config/fish/config.fish"
    run.host.run(["env", f"HOME=/home/{ACCOUNT}", "sh", "-c", lines], account=ACCOUNT)
    run.host.run(["cp", "-a", f"/home/{ACCOUNT}", "/home/plain"])
    options = {"scope": "user", "goroot": GOROOT, "gopath": [Values().gopath], "verify": False}
    run.play("starts", [{"gopher.devbox.go_rcfile": options}], changed=1)
    measures = {}
    for shell in SHELLS:
        asked = json.dumps([shell, ["-l"], STARTS, TURNS, [f"/home/{ACCOUNT}", "/home/plain"]])
        done = run.host.run(["python3", "-c", STARTER, asked], account=ACCOUNT, timeout=300)
        if done.returncode != 0:
            raise MeasurementFailed(f"Starting {shell} failed: {done.stderr[-2000:]}")
        pairs = json.loads(done.stdout)
        measures[f"shell_start.{shell}"] = Measure(
            Figure.of([with_it - without for with_it, without in pairs]),
            others={"with": Figure.of([pair[0] for pair in pairs]), "without": Figure.of([pair[1] for pair in pairs])},
        )
        said(f"shell start  {shell}")
    return measures


# --------------------------------------------------------------------------------------------------------- the figures


def timed(costs: Mapping[str, list[Cost]], count: int) -> dict[str, Measure]:
    def per_result(name: str) -> Figure:
        return Figure.of([cost.per(count, base).wall for cost, base in zip(costs[name], costs["debug"], strict=True)])

    ping = per_result("ping")
    measures = {
        f"wall.{kind}": Measure(per_result(f"ours.{kind}"), per_result(f"usual.{kind}"), ping)
        for kind in ("converge", "noop")
    }
    return measures | {
        f"wall.rcfile_{kind}": Measure(per_result(f"rcfile.{kind}"), None, ping) for kind in ("converge", "noop")
    }


def targets(measures: Mapping[str, Measure]) -> list[Target]:
    found = [
        at_most(
            "wall, one go_env task for both media that finds all as wanted: at most 1.5 times a ping",
            *_pair(measures["wall.noop"]),
            1.5,
        ),
        at_most(
            "wall, one go_rcfile task that finds all as wanted: at most 1.3 times a ping",
            *_pair(measures["wall.rcfile_noop"]),
            1.3,
        ),
        at_most(
            "wall, one go_rcfile task that changes everything: at most 1.3 times a ping",
            *_pair(measures["wall.rcfile_converge"]),
            1.3,
        ),
    ]
    for kind in ("converge", "noop"):
        measure = measures[f"wall.{kind}"]
        found.append(
            at_least(
                f"wall, {kind}: the usual playbook takes at least 10 times as long", measure.peer, measure.ours, 10
            )
        )
    for shell, limit in LIMITS.items():
        ours = measures[f"shell_start.{shell}"].ours
        value = ours.value * 1000 if ours else float("inf")
        found.append(Target(f"a start of {shell} takes at most {limit:g} ms more", f"{value:.2f} ms", value <= limit))
    return found


def _pair(measure: Measure) -> tuple[Figure | None, Figure | None]:
    return measure.ours, measure.floor


def shown(figure: Figure | None) -> str:
    return "" if figure is None else f"{figure.value * 1000:.2f} ({figure.low * 1000:.2f}-{figure.high * 1000:.2f})"


ABOUT = """\
The same result (GOPATH and two PATH entries for sh, bash, zsh and fish; eight variables in the go env file; user scope) on a Linux
host over ssh, by
  ours   gopher.devbox: one go_env for both media, with verify: false
  usual  one blockinfile for each of the five start files that go_rcfile writes into, a folder, one `go env -w` a variable
  ping   ansible.builtin.ping, one task: the least that any task costs
  wall   milliseconds of one result: (a play of {count} results - a play of {count} debug tasks) / {count}; rcfile_* is go_rcfile alone.
         Medians of {rounds} rounds in which all plays take turns, with the least and the most. The connection is Ansible's default: ssh
         with a master that stays open, no pipelining. In a converge play results of two kinds take turns, so that everything changes.
  shell_start  milliseconds that a login shell takes longer to start with what go_rcfile wrote than without: the median of {turns} pairs,
         each the medians of {starts} starts with and without, in two homes that are the same but for that."""  # noqa: E501


def report(measures: Mapping[str, Measure], reached: Sequence[Target], about: Mapping[str, Any], run: Bench) -> None:
    print(ABOUT.format(count=run.count, rounds=run.rounds, turns=TURNS, starts=STARTS))
    print("\n" + ", ".join(f"{key} {value}" for key, value in about["versions"].items()))
    print(
        f"{about['processors']} processors; load averages before and "
        f"after: {', '.join(str(load) for load in about['load'])}\n"
    )
    rows = [["", "ours, ms", "usual, ms", "ping, ms", "usual/ours", "ours/ping", "with, ms", "without, ms"]]
    for key, measure in measures.items():
        quotients = ["" if value is None else f"{value:.2f}" for value in (measure.better, measure.above_floor)]
        figures = [shown(figure) for figure in (measure.ours, measure.peer, measure.floor)]
        rows.append(
            [key, *figures, *quotients, shown(measure.others.get("with")), shown(measure.others.get("without"))]
        )
    print(table(rows))
    print("\nTargets")
    for target in reached:
        print(f"  {target}")


def said(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def measure_all(rounds: int, count: int) -> int:
    from linuxhost import reason_it_cannot

    reason = reason_it_cannot()
    if reason is not None:
        raise MeasurementFailed(f"A Linux host of the tests {reason}.")
    with bench(rounds, count) as run:
        load = [round(value, 2) for value in os.getloadavg()]
        starts = shell_starts(run)
        measures = {**timed(time_all(run), count), **starts}
        about = {
            "rounds": rounds,
            "results_in_a_play": count,
            "load": [load, [round(value, 2) for value in os.getloadavg()]],
            "processors": os.cpu_count(),
            "versions": {"ansible-core": core_version(), "Python": platform.python_version()},
        }
        reached = targets(measures)
        report(measures, reached, about, run)
    path = write_results("posix", measures, targets=reached, about=about)
    print(f"\n{path.relative_to(CHECKOUT)}")
    return 0


if __name__ == "__main__":
    sys.exit(command(__doc__ or "", measure_all))
