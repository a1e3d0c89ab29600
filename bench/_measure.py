# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every benchmark shares: a program's cost, rounds that take turns, medians with their spread, the table and the
file of results.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


class MeasurementFailed(Exception):
    """A run did not do what it should have done, so it has no figures."""


# ------------------------------------------------------------------------------------------------------------- costs


@dataclass(frozen=True)
class Cost:
    """Seconds: of the clock, and of the processor (user and system) with all children."""

    wall: float
    cpu: float

    def per(self, count: int, less: Cost | None = None) -> Cost:
        """One of `count`, what surrounds them taken off."""
        less = less or Cost(0.0, 0.0)
        return Cost((self.wall - less.wall) / count, (self.cpu - less.cpu) / count)


@dataclass(frozen=True)
class Finished:
    cost: Cost
    returncode: int
    output: str


def run(argv: Sequence[str], *, env: Mapping[str, str], cwd: Path, timeout: float = 900) -> Finished:
    """Runs a program to its end. Its cost counts the children that it waited for."""
    log = cwd / "output.log"
    with log.open("w+b") as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            argv,
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        timer = threading.Timer(timeout, os.killpg, (process.pid, signal.SIGKILL))
        timer.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.perf_counter() - start
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
        finally:
            timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode(errors="replace")
    return Finished(Cost(wall, usage.ru_utime + usage.ru_stime), process.returncode, text)


def take_turns(
    rounds: int, runs: Mapping[str, Callable[[], Cost]], said: Callable[[str], None]
) -> dict[str, list[Cost]]:
    """Every run once a round, each round beginning with another one, so that a slow minute of the machine hits all
    alike.
    """
    names = list(runs)
    costs: dict[str, list[Cost]] = {name: [] for name in names}
    for number in range(rounds):
        shift = number * max(1, len(names) // rounds) % len(names)
        for name in names[shift:] + names[:shift]:
            cost = runs[name]()
            costs[name].append(cost)
            said(f"round {number + 1}/{rounds}  {name:<24} wall {cost.wall:7.2f} s  cpu {cost.cpu:7.2f} s")
    return costs


# ----------------------------------------------------------------------------------------------------------- figures


@dataclass(frozen=True)
class Figure:
    """The median, and the least and the most. What is counted has no spread."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Figure:
        return cls(statistics.median(values), min(values), max(values))

    @classmethod
    def count(cls, value: float) -> Figure:
        return cls(value, value, value)


@dataclass(frozen=True)
class Measure:
    """One line of the results. `others` are further ways that stand beside the peer."""

    ours: Figure | None
    peer: Figure | None = None
    floor: Figure | None = None
    others: Mapping[str, Figure | None] = field(default_factory=dict)

    @property
    def better(self) -> float | None:
        return ratio(self.peer, self.ours)

    @property
    def above_floor(self) -> float | None:
        return ratio(self.ours, self.floor)

    def as_dict(self) -> dict[str, Any]:
        named: dict[str, Figure | None] = {"ours": self.ours, "peer": self.peer, "floor": self.floor, **self.others}
        result: dict[str, Any] = {name: _number(figure) for name, figure in named.items()}
        result["better"] = _rounded(self.better)
        result["above_floor"] = _rounded(self.above_floor)
        spread = {
            name: [_rounded(figure.low), _rounded(figure.high)]
            for name, figure in named.items()
            if figure and figure.low != figure.high
        }
        return {**result, "spread": spread} if spread else result


def ratio(above: Figure | None, below: Figure | None) -> float | None:
    return above.value / below.value if above and below and below.value > 0 else None


def _number(figure: Figure | None) -> float | int | None:
    return _rounded(figure.value) if figure else None


def _rounded(value: float | None) -> float | int | None:
    if value is None or value == int(value):
        return None if value is None else int(value)
    return round(value, 5)


# ----------------------------------------------------------------------------------------------------------- targets


@dataclass(frozen=True)
class Target:
    text: str
    figure: str
    reached: bool

    def __str__(self) -> str:
        return f"{'reached    ' if self.reached else 'NOT REACHED'}  {self.text}: {self.figure}"


def at_least(text: str, above: Figure | None, below: Figure | None, times: float) -> Target:
    """`above` is at least so many times `below`."""
    quotient = ratio(above, below)
    if quotient is None:
        return Target(text, "no figures", False)
    return Target(text, f"{quotient:.2f} times", quotient >= times)


def at_most(text: str, above: Figure | None, below: Figure | None, times: float) -> Target:
    quotient = ratio(above, below)
    if quotient is None:
        return Target(text, "no figures", False)
    return Target(text, f"{quotient:.2f} times", quotient <= times)


def within(text: str, figure: Figure | None, limit: float, unit: Callable[[float], str]) -> Target:
    """At most so many."""
    if figure is None:
        return Target(text, "no figures", False)
    return Target(text, unit(figure.value), figure.value <= limit)


# ------------------------------------------------------------------------------------------------------------ output


def table(rows: Sequence[Sequence[str]], *, words: int = 1) -> str:
    """Columns under the first row; the first `words` columns are flush left, the others hold numbers."""
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.ljust(width) if index < words else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(line.rstrip() for line in lines)


def write_results(
    name: str, measures: Mapping[str, Measure], *, targets: Sequence[Target], about: Mapping[str, Any]
) -> Path:
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{name}.json"
    document = {
        "measures": {key: measure.as_dict() for key, measure in measures.items()},
        "targets": [{"target": item.text, "figure": item.figure, "reached": item.reached} for item in targets],
        "about": dict(about),
    }
    fresh = path.with_suffix(".json.new")
    fresh.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    fresh.replace(path)
    return path


def command(
    about: str,
    measure_all: Callable[[int, int], int],
    option: str = "count",
    items: str = "results a play has",
    default: int = 20,
    quick: int = 5,
) -> int:
    """The command line of a benchmark: `measure_all` takes the rounds and how many of something, by an option."""
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="how often each way is run; default: 5")
    parser.add_argument(f"--{option}", type=int, default=default, help=f"how many {items}; default: {default}")
    parser.add_argument("--quick", action="store_true", help=f"one round of {quick}: only to see that it runs")
    options = parser.parse_args()
    rounds, count = (1, quick) if options.quick else (options.rounds, getattr(options, option))
    if rounds < 1 or count < 1:
        parser.error(f"--rounds and --{option} are at least 1")
    try:
        return measure_all(rounds, count)
    except MeasurementFailed as failure:
        print(f"No figures: {failure}", file=sys.stderr)
        return 1
