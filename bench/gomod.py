#!/usr/bin/env python3
# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scan of a project's go.mod files, as go_sdk_info does it, and find with grep: a tree of 10,000 modules.

make bench BENCH=gomod
"""

from __future__ import annotations

import os
import platform
import random
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from _measure import Cost, Figure, Measure, MeasurementFailed, at_most, command, table, take_turns, write_results

from ansible_collections.gopher.devbox.plugins.module_utils._formats.gomod import modules
from ansible_collections.gopher.devbox.plugins.module_utils._go.toolchain import select
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.gotree import scan

LOCAL = "go1.21.13"
MODULES = 10_000  # of the project's own, in the whole tree
APART = 300  # others, below vendor and testdata
TIMES = 1.5
GO = ("1.18", "1.20", "1.21", "1.21.6", "1.22", "1.22.3", "1.23.0", "1.24", "1.25.1", "1.27")


# ------------------------------------------------------------------------------------------------------------ the tree


def go_mod(path: str, chance: random.Random) -> str:
    """As they are: two blocks of requirements, some lines long."""
    go = chance.choice(GO)
    lines = [f"module example.com/monorepo/{path}", "", f"go {go}", ""]
    if chance.random() < 0.3:
        lines[3:3] = ["", f"toolchain go{chance.choice(('1.22.5', '1.23.4', '1.27.3'))}"]
    for remark in ("", " // indirect"):
        needs = (
            f"\tgithub.com/organisation{chance.randrange(400)}/library{chance.randrange(90)} "
            f"v1.{chance.randrange(30)}.{chance.randrange(9)}{remark}"
            for _ in range(chance.randrange(3, 12))
        )
        lines += ["require (", *needs, ")", ""]
    return "\n".join(lines)


def make_tree(root: Path, count: int) -> None:
    """Groups of services, each a module with sources, some with a package of their own below; no go.work, so that every
    go.mod counts.
    """
    chance = random.Random(20260101)
    for number in range(count):
        group, service = divmod(number, 25)
        path = f"team{group // 20}/group{group}/service{service}"
        fill(root / path, path, chance)
        if number % 3 == 0:
            (root / path / "internal" / "store").mkdir(parents=True)
            (root / path / "internal" / "store" / "store.go").write_text("package store\n", encoding="utf-8")
        if number * APART // count != (number - 1) * APART // count:
            fill(root / path / chance.choice(("vendor/example.com/dep", "testdata/mod")), f"{path}/dep", chance)


def fill(directory: Path, path: str, chance: random.Random) -> None:
    directory.mkdir(parents=True)
    (directory / "go.mod").write_text(go_mod(path, chance), encoding="utf-8")
    for name in ("go.sum", "main.go", "main_test.go", "README.md"):
        (directory / name).write_text(f"// {path}\n", encoding="utf-8")


# ------------------------------------------------------------------------------------------------------------ measured


def ours(root: Path, count: int) -> Cost:
    """Scanned, parsed, and for each module what go selects: what go_sdk_info does for `project`, in a process that runs
    already.
    """
    wall, cpu = time.perf_counter(), time.process_time()
    select.cache_clear()
    tree = scan(str(root))
    found = modules(tree.mods, tree.works)
    selected = [select(LOCAL, "auto", *module.counts) for module in found]
    cost = Cost(time.perf_counter() - wall, time.process_time() - cpu)
    counted = (len(selected), len(tree.apart), len(tree.unread), sum(bool(module.problem) for module in found))
    if counted != (count, apart(count), 0, 0):
        raise MeasurementFailed(
            f"Modules, modules apart, what could not be read and problems are {counted}, "
            f"expected {(count, apart(count), 0, 0)}"
        )
    return cost


def floor(root: Path, count: int) -> Cost:
    """The two programs of any Linux: the lines of all files, each begun anew, as in every run of a shell's command."""
    line = f"find {shlex.quote(str(root))} -name go.mod -o -name go.work | xargs grep -hE '^(go|toolchain) '"
    before = os.times()
    wall = time.perf_counter()
    done = subprocess.run(["/bin/sh", "-c", line], capture_output=True, env={"PATH": os.defpath, "LC_ALL": "C"})
    wall = time.perf_counter() - wall
    after = os.times()
    if done.returncode != 0 or done.stdout.count(b"go 1.") != count + apart(count):
        raise MeasurementFailed(
            f"{line}: exit code {done.returncode}, {done.stdout.count(b'go 1.')} go "
            f"lines\n{done.stderr.decode(errors='replace')}"
        )
    return Cost(wall, after.children_user - before.children_user + after.children_system - before.children_system)


def apart(count: int) -> int:
    return len({number * APART // count for number in range(count)})


# -------------------------------------------------------------------------------------------------------------- output


def measure_all(rounds: int, count: int) -> int:
    # There are no plays here to have results; --quick says so by a small count.
    modules_there = MODULES if count > 5 else MODULES // 20
    root = Path(tempfile.mkdtemp(prefix="devbox-bench-"))
    try:
        print(f"Making a tree of {modules_there} modules", flush=True)
        make_tree(root, modules_there)
        runs = {"ours": lambda: ours(root, modules_there), "floor": lambda: floor(root, modules_there)}
        for run in runs.values():  # once, so that all that is measured reads out of the kernel's memory
            run()
        costs = take_turns(rounds * 3, runs, lambda text: print(text, flush=True))
    finally:
        shutil.rmtree(root, ignore_errors=True)
    report({name: list(found) for name, found in costs.items()}, modules_there, rounds * 3)
    return 0


def report(costs: dict[str, list[Cost]], modules_there: int, rounds: int) -> None:
    wall = {name: Figure.of([cost.wall for cost in found]) for name, found in costs.items()}
    cpu = {name: Figure.of([cost.cpu for cost in found]) for name, found in costs.items()}
    measures = {
        "wall.scan": Measure(wall["ours"], floor=wall["floor"]),
        "cpu.scan": Measure(cpu["ours"], floor=cpu["floor"]),
    }
    rows = [["measure", "ours", "find and grep", "above the floor"]]
    rows += [
        [key, f"{measure.ours.value:.3f} s", f"{measure.floor.value:.3f} s", f"{measure.above_floor or 0:.2f} times"]
        for key, measure in measures.items()
        if measure.ours and measure.floor
    ]
    targets = [
        at_most(
            f"the scan of {modules_there} modules takes at most {TIMES} times as long as find and grep",
            wall["ours"],
            wall["floor"],
            TIMES,
        )
    ]
    about = {
        "rounds": rounds,
        "modules": modules_there,
        "apart": apart(modules_there),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "processors": len(os.sched_getaffinity(0)),
        "cache": "warm",
    }
    path = write_results("gomod", measures, targets=targets, about=about)
    print("\n" + table(rows) + "\n\n" + "\n".join(str(target) for target in targets) + f"\n\n{path}")


if __name__ == "__main__":
    sys.exit(command(__doc__ or "", measure_all))
