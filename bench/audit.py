#!/usr/bin/env python3
# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An audit of one host: go_env_info over WinRM beside bare pywinrm with the same commands, and over ssh beside
ansible.builtin.ping.

make bench BENCH=audit
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from _ansible import CHECKOUT, Controller, controller, core_version
from _measure import (
    Cost,
    Figure,
    Measure,
    MeasurementFailed,
    Target,
    at_most,
    command,
    table,
    take_turns,
    write_results,
)
from _winrm import Asked, floor
from _wsman import Recorder
from windows import GOROOT as WINDOWS_ROOT
from windows import fresh_host

sys.path.insert(0, str(CHECKOUT / "tests"))

GO, ACCOUNT = "1.27.3", "dev-bash"
LINUX_ROOT = "/opt/go" + GO
DEBUG: dict[str, Any] = {"ansible.builtin.debug": {"msg": "x"}}
PING: dict[str, Any] = {"ansible.builtin.ping": {}}
AUDIT: dict[str, Any] = {"gopher.devbox.go_env_info": {}}
LIMITS = {"windows": 1.3, "posix": 1.5}


def managed(goroot: str, gopath: str) -> dict[str, Any]:
    """What the host has before it is read: something of ours in each medium of the user."""
    options = {"mode": "user", "goroot": goroot, "gopath": [gopath], "config": {"GOPROXY": "direct"}, "verify": False}
    return {"gopher.devbox.go_env": options}


def play(own: Controller, name: str, tasks: Sequence[Mapping[str, Any]], inventory: Path, changed: int = 0) -> Cost:
    return own.play(own.playbook(name, tasks), inventory, ok=len(tasks), changed=changed)


def over_winrm(own: Controller, rounds: int, count: int) -> tuple[dict[str, list[Cost]], Asked]:
    with fresh_host() as host:
        inventory = own.inventory("windows", host.ansible_vars())
        play(own, "prepare", [managed(WINDOWS_ROOT, r"D:\work")], inventory, changed=1)
        recorder = Recorder(host.port)
        with recorder.serve() as port:
            before = own.inventory("recorded", host.ansible_vars() | {"ansible_port": port})
            play(own, "recorded", [AUDIT], before)
            asked = Asked.of(recorder.conversation())
        if recorder.errors:
            raise MeasurementFailed(f"The recorder failed: {recorder.errors}")
        plays: dict[str, Callable[[], Cost]] = {
            "debug": lambda: play(own, "debug", [DEBUG] * count, inventory),
            "ours": lambda: play(own, "ours", [AUDIT] * count, inventory),
            "floor": lambda: floor(host, asked, count),
        }
        return take_turns(rounds, plays, said), asked


def over_ssh(own: Controller, rounds: int, count: int) -> dict[str, list[Cost]]:
    from linuxhost import LinuxHost

    with LinuxHost.start(go={GO: LINUX_ROOT}) as host:
        inventory = own.linux_inventory(host, ACCOUNT)
        play(own, "prepare", [managed(LINUX_ROOT, f"/home/{ACCOUNT}/go")], inventory, changed=1)
        plays: dict[str, Callable[[], Cost]] = {
            "debug": lambda: play(own, "debug", [DEBUG] * count, inventory),
            "ours": lambda: play(own, "ours", [AUDIT] * count, inventory),
            "floor": lambda: play(own, "ping", [PING] * count, inventory),
        }
        return take_turns(rounds, plays, said)


# --------------------------------------------------------------------------------------------------------- the figures


def timed(costs: Mapping[str, list[Cost]], count: int, in_a_play: bool) -> Measure:
    """in_a_play: whether the floor is one, with what a play costs by itself."""

    def per_result(name: str, less: Sequence[Cost | None]) -> Figure:
        return Figure.of([cost.per(count, base).wall for cost, base in zip(costs[name], less, strict=True)])

    bases = costs["debug"]
    return Measure(per_result("ours", bases), floor=per_result("floor", bases if in_a_play else [None] * len(bases)))


def targets(measures: Mapping[str, Measure]) -> list[Target]:
    names = {"windows": "bare pywinrm with the same commands", "posix": "a ping"}
    return [
        at_most(
            f"wall, {kind}: at most {limit} times {names[kind]}",
            measures[f"wall.{kind}"].ours,
            measures[f"wall.{kind}"].floor,
            limit,
        )
        for kind, limit in LIMITS.items()
    ]


ABOUT = """\
The Go environment of one host is read whole, by one task go_env_info. The host has something of this collection in each medium.
  windows  a Windows host of the tests over WinRM ({commands} commands); floor: bare pywinrm in one process, imports done, opens a shell,
           runs the same commands and closes it
  posix    a Linux host of the tests over ssh, with a master that stays open and no pipelining; floor: ansible.builtin.ping, one task
  wall     milliseconds of one result: (a play of {count} results - a play of {count} debug tasks) / {count}; pywinrm in a loop of {count}.
           Medians of {rounds} rounds in which all plays take turns, with the least and the most."""  # noqa: E501


def report(measures: Mapping[str, Measure], reached: Sequence[Target], about: Mapping[str, Any]) -> None:
    print(ABOUT.format(count=about["results_in_a_play"], rounds=about["rounds"], commands=about["commands"]))
    print("\n" + ", ".join(f"{key} {value}" for key, value in about["versions"].items()))
    print(
        f"{about['processors']} processors; load averages before and "
        f"after: {', '.join(str(load) for load in about['load'])}\n"
    )
    rows = [["", "ours, ms", "floor, ms", "ours/floor"]]
    for key, measure in measures.items():
        quotient = "" if measure.above_floor is None else f"{measure.above_floor:.2f}"
        rows.append([key, shown(measure.ours), shown(measure.floor), quotient])
    print(table(rows))
    print("\nTargets")
    for target in reached:
        print(f"  {target}")


def shown(figure: Figure | None) -> str:
    return "" if figure is None else f"{figure.value * 1000:.1f} ({figure.low * 1000:.1f}-{figure.high * 1000:.1f})"


def said(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def measure_all(rounds: int, count: int) -> int:
    from linuxhost import reason_it_cannot

    reason = reason_it_cannot()
    if reason is not None:
        raise MeasurementFailed(f"A Linux host of the tests {reason}.")
    with controller([]) as own:
        load = [round(value, 2) for value in os.getloadavg()]
        windows, asked = over_winrm(own, rounds, count)
        measures = {
            "wall.windows": timed(windows, count, in_a_play=False),
            "wall.posix": timed(over_ssh(own, rounds, count), count, in_a_play=True),
        }
        about = {
            "rounds": rounds,
            "results_in_a_play": count,
            "commands": len(asked.commands),
            "load": [load, [round(value, 2) for value in os.getloadavg()]],
            "processors": os.cpu_count(),
            "versions": {"ansible-core": core_version(), "Python": platform.python_version()},
        }
    reached = targets(measures)
    report(measures, reached, about)
    path = write_results("audit", measures, targets=reached, about=about)
    print(f"\n{path.relative_to(CHECKOUT)}")
    return 0


if __name__ == "__main__":
    sys.exit(command(__doc__ or "", measure_all))
