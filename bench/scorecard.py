#!/usr/bin/env python3
# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scorecards of real hosts: a Linux and a Windows host in all three modes by this collection, and a Windows host in
machine mode as the article has it (docs/which-mode.md).

make bench BENCH=scorecard
"""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from _ansible import CHECKOUT, Controller, controller, core_version
from _measure import command, write_results

from ansible_collections.gopher.devbox.plugins.module_utils._core.scorecard import DIMENSIONS, MODES, scorecard

sys.path.insert(0, str(CHECKOUT / "tests"))

GO, ACCOUNT = "1.27.3", "dev-bash"
LINUX_ROOT, WINDOWS_ROOT, ARTICLES_ROOT = f"/opt/go{GO}", r"C:\Program Files\Go", r"C:\Go"
Task = dict[str, Any]


def as_recommended(goroot: str, path: str, home: str, project: str, launcher: str) -> list[Task]:
    """The SDK on the machine's PATH without GOROOT, the workspace per user, a project that pins its SDK."""
    machine = {"mode": "machine", "path": [path], "variables": {"GOTOOLCHAIN": "local"}, "verify": False}
    user = {
        "mode": "user",
        "gopath": [f"{home}go"],
        "config": {"GOPROXY": "https://proxy.example.com"},
        "verify": False,
    }
    entered = {"project": project, "goroot": goroot, "launchers": [launcher], "variables": {"GOFLAGS": "-mod=mod"}}
    return [
        {"gopher.devbox.go_env": machine, "become": goroot.startswith("/")},
        {"gopher.devbox.go_env": user},
        {"gopher.devbox.go_project": entered},
    ]


def as_the_article() -> list[Task]:
    """Below the root of drive C, the only one of that host, where the article has D."""
    options = {
        "mode": "machine",
        "goroot": ARTICLES_ROOT,
        "gopath": [r"C:\gopath"],
        "create_directories": True,
        "verify": False,
    }
    return [{"gopher.devbox.go_env": options}]


def audited(own: Controller, name: str, inventory: Path, tasks: Sequence[Task], options: Mapping[str, Any]) -> Any:
    """The document of a host after these tasks, each of which changes something."""
    place = own.root / f"{name}.json"
    kept = {
        "ansible.builtin.copy": {"content": "{{ seen.audit | to_json }}", "dest": str(place), "mode": "0600"},
        "delegate_to": "localhost",
        "vars": {"ansible_connection": "local", "ansible_python_interpreter": sys.executable},
        "become": False,
    }
    audit: Task = {"gopher.devbox.go_env_info": dict(options), "register": "seen"}
    steps = [*tasks, audit, kept]
    own.play(own.playbook(name, steps), inventory, ok=len(steps), changed=len(steps) - 1)
    return {**json.loads(place.read_text(encoding="utf-8")), "host": name}


def linux(own: Controller) -> Any:
    from linuxhost import LinuxHost

    home = f"/home/{ACCOUNT}/"
    with LinuxHost.start(go={GO: LINUX_ROOT}) as host:
        host.run(["mkdir", f"{home}shop"], account=ACCOUNT)
        inventory = own.inventory("linux", host.ansible_vars(ACCOUNT))
        tasks = as_recommended(LINUX_ROOT, f"{LINUX_ROOT}/bin", home, f"{home}shop", "sh")
        return audited(own, "linux", inventory, tasks, {"project": f"{home}shop", "measure": True})


def windows(own: Controller, name: str, goroot: str, tasks: Sequence[Task], project: bool) -> Any:
    from winhost import WinHost

    with WinHost.start(go={GO: goroot}) as host:
        if project:
            host.prefix.unix_path(r"C:\shop").mkdir()
        inventory = own.inventory(name, host.ansible_vars())
        return audited(own, name, inventory, tasks, {"project": r"C:\shop"} if project else {})


def shown(card: Mapping[str, Any]) -> str:
    """As docs/which-mode.md has it."""
    lines = []
    for host in card["hosts"]:
        lines += [f"### {host['host']}", "", "| | " + " | ".join(DIMENSIONS) + " |", "|---|" + "---|" * len(DIMENSIONS)]
        for mode in MODES:
            cells = host["cells"][mode]
            lines.append(f"| {mode} | " + " | ".join(points(cells[dimension]) for dimension in DIMENSIONS) + " |")
        lines.append("")
        lines += [
            f"- {mode}, {dimension}: {item['id']} {item['points']:g} ({item['rule']}) {item['message']}"
            for mode in MODES
            for dimension in DIMENSIONS
            for item in host["cells"][mode][dimension]["deductions"]
            if item["rule"] != "structural"
        ]
        lines += [f"- {mode}, performance: {host['cells'][mode]['performance']['why']}" for mode in MODES]
        lines.append("")
    return "\n".join(lines)


def points(cell: Mapping[str, Any]) -> str:
    structural = "" if cell["structural"] is None else f" ({cell['structural']:g})"
    return f"–{structural}" if cell["score"] is None else f"{cell['score']:g}"


def measure_all(_rounds: int, _count: int) -> int:
    with controller([]) as own:
        documents = [linux(own)]
        home, project = r"%USERPROFILE%" + "\\", r"C:\shop"
        recommended = as_recommended(WINDOWS_ROOT, WINDOWS_ROOT + r"\bin", home, project, "cmd")
        documents.append(windows(own, "windows", WINDOWS_ROOT, recommended, True))
        documents.append(windows(own, "windows-as-the-article", ARTICLES_ROOT, as_the_article(), False))
    card = scorecard(documents)
    about = {
        "python": platform.python_version(),
        "core": core_version(),
        "processors": os.cpu_count(),
        "scorecard": card,
    }
    path = write_results("scorecard", {}, targets=[], about=about)
    print(f"\n{shown(card)}\n{path}")
    return 0


if __name__ == "__main__":
    sys.exit(command(__doc__ or "", measure_all))
