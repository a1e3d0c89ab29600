# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""go_registry against a live WinRM service: through real ansible-playbook, or in this process over Ansible's own
connection plugin.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible.playbook.play_context import PlayContext
from ansible.plugins.loader import connection_loader, init_plugin_loader
from waiting import wait_for
from winhost import Account, WinHost

import ansible_collections.gopher.devbox as devbox
from ansible_collections.gopher.devbox.plugins.module_utils._formats.cmdscript import Script
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.transport import Completed
from ansible_collections.gopher.devbox.plugins.module_utils._media.windows_host import over
from ansible_collections.gopher.devbox.plugins.module_utils._run import registry
from ansible_collections.gopher.devbox.plugins.module_utils._run.registry import ARGUMENT_SPEC
from ansible_collections.gopher.devbox.plugins.plugin_utils._transports.shells import ShellTransport
from ansible_collections.gopher.devbox.plugins.plugin_utils._transports.winrm import winrm_transport

run = over(registry.run)

MACHINE = r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment"
_LOADED: list[bool] = []
_LOADING = threading.Lock()  # Ansible's loader of plugins is for one thread


def user_key(sid: str) -> str:
    return rf"HKU\{sid}\Environment"


def at_once(seconds: float) -> None:
    """Waits for nothing."""


def connection(variables: dict[str, Any], extras: dict[str, Any] | None = None) -> Any:
    """Ansible's own connection plugin, set up from inventory variables as a task would; `extras` are those it has no
    option for.
    """
    with _LOADING:
        if not _LOADED:
            init_plugin_loader()
            # It imports nothing below a collection that Python itself imported before, unless that has what the loader
            # gives its own.
            vars(devbox).setdefault("_collection_meta", {})
            _LOADED.append(True)
        found = connection_loader.get(variables["ansible_connection"], PlayContext(), os.devnull)
    found.set_options(var_options={**variables, "_extras": extras or {}})
    return found


def go_registry(
    host: WinHost, *, check: bool = False, diff: bool = True, patient: Callable[[float], None] = at_once, **options: Any
) -> dict[str, Any]:
    """One run over WinRM in this process: the runner, the transport and pywinrm are the real ones, the waiting
    is not.
    """
    params = {name: spec.get("default") for name, spec in ARGUMENT_SPEC.items()} | options
    return run(params, lambda: winrm_transport(connection(host.ansible_vars()), sleep=patient), check, diff)


class Playbooks:
    """Real ansible-playbook in a directory of its own, with a home of its own."""

    def __init__(self, directory: Path, variables: dict[str, Any]) -> None:
        self.directory = directory
        self.inventory = directory / "inventory.json"
        self.inventory.write_text(json.dumps({"all": {"hosts": {"box": variables}}}), encoding="utf-8")

    def environment(self) -> dict[str, str]:
        home = self.directory / "home"
        home.mkdir(exist_ok=True)
        settings = home / "ansible.cfg"
        settings.touch()
        keep = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("ANSIBLE_", "GO")) or name == "ANSIBLE_COLLECTIONS_PATH"
        }
        return keep | {
            "HOME": str(home),
            "ANSIBLE_CONFIG": str(settings),
            "ANSIBLE_LOCAL_TEMP": str(home / "tmp"),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default",
            "ANSIBLE_LOCALHOST_WARNING": "0",
            "ANSIBLE_CALLBACK_PLUGINS": str(Path(__file__).with_name("callback")),
            "ANSIBLE_CALLBACKS_ENABLED": "record",
            "DEVBOX_RECORD": str(self.directory / "record.json"),
        }

    def run(self, *arguments: str, playbook: str | None = None) -> subprocess.CompletedProcess[str]:
        (self.directory / "record.json").unlink(missing_ok=True)
        command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", str(self.inventory), *arguments]
        return subprocess.run(
            [*command, playbook] if playbook else command,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def tasks(
        self, tasks: list[dict[str, Any]], *arguments: str, play: dict[str, Any] | None = None
    ) -> tuple[list[dict[str, Any]], subprocess.CompletedProcess[str]]:
        """Run tasks one after the other, failed ones too; the result of each, and the process."""
        body = [{"name": f"task {number}", "ignore_errors": True, **task} for number, task in enumerate(tasks)]
        file = self.directory / "play.json"
        file.write_text(
            json.dumps([{"name": "test", "hosts": "all", "gather_facts": False, **(play or {}), "tasks": body}]),
            encoding="utf-8",
        )
        done = self.run(*arguments, playbook=str(file))
        found = self.results()
        assert len(found) == len(tasks), done.stdout + done.stderr
        return found, done

    def results(self) -> list[dict[str, Any]]:
        """What each task of the last run returned, by the callback of callback/record.py."""
        record = self.directory / "record.json"
        return (
            [json.loads(line)["result"] for line in record.read_text(encoding="utf-8").splitlines()]
            if record.exists()
            else []
        )


def path_of(host: WinHost, key: str) -> list[str]:
    """The PATH entries of a scope, read with other eyes than the product's."""
    for name, (_kind, data) in host.prefix.registry(key).items():
        if name.upper() == "PATH":
            return str(data).split(";")
    return []


def transport_to(
    host: WinHost, account: Account | None = None, patient: Callable[[float], None] = at_once, **variables: Any
) -> ShellTransport:
    """The transport of a task. `variables` are inventory variables, those for pywinrm itself among them."""
    return winrm_transport(connection(host.ansible_vars(account) | variables, variables), sleep=patient)


def go_registry_as(host: WinHost, account: Account | None, *, check: bool = False, **options: Any) -> dict[str, Any]:
    """One run over WinRM in this process, as this account."""
    params = {name: spec.get("default") for name, spec in ARGUMENT_SPEC.items()} | options
    return run(params, lambda: transport_to(host, account), check, True)


class Counting:
    """A transport that counts its commands and what they are sent, and breaks off at one of them."""

    name = "counting"
    fresh_environment = True

    @property
    def holds_output(self) -> bool:
        return bool(self.inner.holds_output)

    def __init__(self, inner: Any, fails_at: int = 0) -> None:
        self.inner, self.commands, self.sent, self.fails_at = inner, 0, 0, fails_at

    def run(self, script: Script, stdin: bytes | None = None) -> Completed:
        self.commands += 1
        self.sent += len(stdin or b"")
        if self.commands == self.fails_at:
            raise KeyboardInterrupt
        return self.inner.run(script, stdin)

    def fresh(self) -> None:
        self.inner.fresh()

    def close(self) -> None:
        self.inner.close()


def settled(host: WinHost, timeout: float = 30) -> None:
    """Wait until no command runs on the host but those that wait for input that will never come; those are ended."""

    def all_ended() -> bool:
        commands = running(host)
        for command in commands:
            command._input.put(None)  # as if the client had gone
        return not commands

    wait_for(all_ended, "a command on the host does not end", timeout)


def running(host: WinHost) -> list[Any]:
    """The commands that run on the host."""
    return [
        command
        for shell in list(host.service._shells.values())
        for command in list(shell.commands.values())
        if command.running
    ]
