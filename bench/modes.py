#!/usr/bin/env python3
# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a mode costs a shell: a start with nothing, with user mode's start files, and with a project that is entered,
pinned or chosen by go.mod.

make bench BENCH=modes
"""

from __future__ import annotations

import functools
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from _measure import Figure, Measure, MeasurementFailed, command, table, write_results

from ansible_collections.gopher.devbox.plugins.module_utils._hosts.local_host import LocalHost
from ansible_collections.gopher.devbox.plugins.module_utils._media.sdks_posix import PosixSdks
from ansible_collections.gopher.devbox.plugins.module_utils._run import project, rcfile

SHELLS = ("sh", "bash", "zsh")
SDKS = ("1.21.13", "1.26.4", "1.27.0", "1.27.3")
WANTED = "1.27.0"
WAYS = ("user", "pinned", "chosen")


class Ground:
    """Homes and projects on this machine that are thrown away."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.sdks = top / "sdk"
        for version in SDKS:
            (self.sdks / version / "bin").mkdir(parents=True)
            (self.sdks / version / "VERSION").write_text(f"go{version}\n", encoding="utf-8")
            (self.sdks / version / "bin/go").write_text("#!/bin/sh\n", encoding="utf-8")
            (self.sdks / version / "bin/go").chmod(0o755)
        self.homes = {name: top / name for name in ("bare", "user")}
        for home in self.homes.values():
            home.mkdir()
        self.user_mode()
        for name, options in {"pinned": {"goroot": f"../sdk/{WANTED}"}, "chosen": {"sdk_roots": ["../sdk"]}}.items():
            self.project(top / f"project-{name}", options)

    def environ(self, home: Path) -> dict[str, str]:
        return {"HOME": str(home), "USER": "bench", "PATH": "/usr/local/bin:/usr/bin:/bin"}

    def user_mode(self) -> None:
        home = self.homes["user"]
        given = {
            "scope": "user",
            "gopath": [f"{home}/go"],
            "path": [f"{self.sdks / WANTED}/bin", f"{home}/go/bin"],
            "verify": False,
        }
        self.done(
            rcfile.run({**defaults(rcfile.ARGUMENT_SPEC), **given}, LocalHost(self.environ(home), False), False, False)
        )

    def project(self, root: Path, options: dict[str, Any]) -> None:
        root.mkdir()
        (root / "go.mod").write_text(f"module example.com/x\n\ngo {WANTED}\n", encoding="utf-8")
        given = {"project": str(root), "gopath": [".gopath"], "launchers": ["sh"], **options}
        environ = self.environ(self.homes["bare"])
        params, host = {**defaults(project.ARGUMENT_SPEC), **given}, LocalHost(environ, False)
        self.done(project.run(params, host, False, False, PosixSdks(environ, False)))

    def done(self, result: dict[str, Any]) -> None:
        if not result["changed"]:
            raise MeasurementFailed(str(result.get("msg", result)))

    def start(self, shell: str, way: str) -> float:
        """Seconds of one login shell that ends at once, or enters a project and ends."""
        home = self.homes["user" if way == "user" else "bare"]
        line, cwd = (
            (". ./go-env.sh >/dev/null", self.top / f"project-{way}")
            if way in ("pinned", "chosen")
            else (":", self.top)
        )
        begin = time.perf_counter()
        done = subprocess.run(
            [shell, "-l", "-c", line], env=self.environ(home), cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True
        )
        taken = time.perf_counter() - begin
        if done.returncode != 0:
            raise MeasurementFailed(f"{shell}, {way}: {done.stderr.decode(errors='replace')}")
        return taken


def defaults(spec: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {name: option.get("default") for name, option in spec.items()}


def median_of(ground: Ground, shell: str, way: str, count: int) -> float:
    return statistics.median(ground.start(shell, way) for _ in range(count))


def measure_all(rounds: int, count: int) -> int:
    shells = [shell for shell in SHELLS if shutil.which(shell)]
    top = Path(tempfile.mkdtemp(prefix="devbox-bench-"))
    measures: dict[str, Measure] = {}
    try:
        ground = Ground(top)
        for shell in shells:
            takes = functools.partial(median_of, ground, shell, count=count)
            takes("bare")
            pairs: dict[str, list[float]] = {way: [] for way in WAYS}
            for _ in range(rounds * 2):
                for way, more in pairs.items():
                    bare = takes("bare")
                    more.append(takes(way) - bare)
            for way, more in pairs.items():
                measures[f"enter.{shell}.{way}"] = Measure(Figure.of(more))
    finally:
        shutil.rmtree(top, ignore_errors=True)
    rows = [["milliseconds more than a start with nothing", *WAYS]]
    for shell in shells:
        found = (measures[f"enter.{shell}.{way}"].ours for way in WAYS)
        rows.append(
            [
                shell,
                *(
                    ""
                    if figure is None
                    else f"{figure.value * 1000:.2f} ({figure.low * 1000:.2f}-{figure.high * 1000:.2f})"
                    for figure in found
                ),
            ]
        )
    about = {
        "rounds": rounds * 2,
        "starts": count,
        "sdks": len(SDKS),
        "python": platform.python_version(),
        "processors": os.cpu_count(),
    }
    path = write_results("modes", measures, targets=[], about=about)
    print("\n" + table(rows) + f"\n\n{path}")
    return 0


if __name__ == "__main__":
    sys.exit(command(__doc__ or "", measure_all))
