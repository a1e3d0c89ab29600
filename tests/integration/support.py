# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""go_registry against a live WinRM service: through real ansible-playbook, or in this process over Ansible's own connection plugin."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible.playbook.play_context import PlayContext
from ansible.plugins.loader import connection_loader, init_plugin_loader
from winhost import WinHost

from ansible_collections.gopher.devbox.plugins.module_utils._run.registry import ARGUMENT_SPEC, run
from ansible_collections.gopher.devbox.plugins.plugin_utils._transports.winrm import WinrmTransport

MACHINE = r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment"
_LOADED: list[bool] = []


def user_key(sid: str) -> str:
    return rf"HKU\{sid}\Environment"


def connection(variables: dict[str, Any]) -> Any:
    """Ansible's own connection plugin, set up from inventory variables as a task would."""
    if not _LOADED:
        init_plugin_loader()
        _LOADED.append(True)
    found = connection_loader.get(variables["ansible_connection"], PlayContext(), os.devnull)
    found.set_options(var_options={**variables, "_extras": {}})
    return found


def go_registry(
    host: WinHost, *, check: bool = False, diff: bool = True, patient: Callable[[float], None] = lambda seconds: None, **options: Any
) -> dict[str, Any]:
    """One run over WinRM in this process: the runner, the transport and pywinrm are the real ones, the waiting is not."""
    params = {name: spec.get("default") for name, spec in ARGUMENT_SPEC.items()} | options
    return run(params, lambda: WinrmTransport(connection(host.ansible_vars()), sleep=patient), check, diff)


class Playbooks:
    """Real ansible-playbook in a directory of its own, with a home of its own."""

    def __init__(self, directory: Path, variables: dict[str, Any]) -> None:
        self.directory = directory
        self.inventory = directory / "inventory.json"
        self.inventory.write_text(json.dumps({"all": {"hosts": {"box": variables}}}), encoding="utf-8")

    def environment(self) -> dict[str, str]:
        home = self.directory / "home"
        home.mkdir(exist_ok=True)
        keep = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "GO")) or name == "ANSIBLE_COLLECTIONS_PATH"}
        return keep | {
            "HOME": str(home),
            "ANSIBLE_CONFIG": os.devnull,
            "ANSIBLE_LOCAL_TEMP": str(home / "tmp"),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default",
            "ANSIBLE_LOCALHOST_WARNING": "0",
        }

    def run(self, *arguments: str, playbook: str | None = None) -> subprocess.CompletedProcess[str]:
        command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", str(self.inventory), *arguments]
        return subprocess.run([*command, playbook] if playbook else command, env=self.environment(), capture_output=True, text=True, check=False, timeout=120)

    def tasks(
        self, tasks: list[dict[str, Any]], *arguments: str, play: dict[str, Any] | None = None
    ) -> tuple[list[dict[str, Any]], subprocess.CompletedProcess[str]]:
        """Run tasks one after the other; the result of each, and the process."""
        results = [self.directory / f"result-{number}.json" for number in range(len(tasks))]
        body: list[dict[str, Any]] = []
        for number, (task, file) in enumerate(zip(tasks, results, strict=True)):
            file.unlink(missing_ok=True)
            name = f"result_{number}"
            body.append({"name": f"task {number}", "ignore_errors": True, "register": name, **task})
            body.append(
                {
                    "name": f"keep {number}",
                    "ansible.builtin.copy": {"content": "{{ " + name + " | to_json }}", "dest": str(file), "mode": "0600"},
                    "delegate_to": "localhost",
                    "check_mode": False,
                    "diff": False,
                    "vars": {"ansible_connection": "local", "ansible_python_interpreter": sys.executable, "ansible_shell_type": "sh"},
                }
            )
        file = self.directory / "play.json"
        file.write_text(json.dumps([{"name": "test", "hosts": "all", "gather_facts": False, **(play or {}), "tasks": body}]), encoding="utf-8")
        done = self.run(*arguments, playbook=str(file))
        assert all(item.exists() for item in results), done.stdout + done.stderr
        return [json.loads(item.read_text(encoding="utf-8")) for item in results], done


def path_of(host: WinHost, key: str) -> list[str]:
    """The PATH entries of a scope, read with other eyes than the product's."""
    for name, (_kind, data) in host.prefix.registry(key).items():
        if name.upper() == "PATH":
            return str(data).split(";")
    return []
