# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet on this machine: each host is a home of its own, reached by a local connection. Others are out of reach."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
from support import Playbooks

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "schema" / "report-1.json").read_text())

_PYTHON = """\
#!/bin/sh
unset XDG_CONFIG_HOME XDG_STATE_HOME
HOME={home}; export HOME
echo start >> {home}/../{name}.tasks
exec {python} "$@"
"""
POLICY = {"go_env_mode": "user", "go_env_config": {"GOPROXY": "direct", "GOSUMDB": "off"}}


class Fleet:
    """Hosts, and the directory of runs on their controller."""

    def __init__(self, directory: Path, program: Path | None = None, **settings: Any) -> None:
        self.directory = directory
        #: an ansible-playbook of another version of ansible-core
        self.program = program or Path(sys.executable).with_name("ansible-playbook")
        self.playbooks = Playbooks(directory, {})
        self.state = directory / "state"
        self.hosts: dict[str, dict[str, Any]] = {}
        self.settings = {"go_enforce_dir": str(self.state), "go_enforce_mode": "enforce", **POLICY, **settings}

    def add(self, name: str, **variables: Any) -> Path:
        """A host; its home."""
        home = self.directory / "hosts" / name
        home.mkdir(parents=True)
        python = self.directory / f"python-{name}"
        python.write_text(_PYTHON.format(home=home, name=name, python=sys.executable), encoding="utf-8")
        python.chmod(0o755)
        self.hosts[name] = {
            "ansible_connection": "local",
            "ansible_python_interpreter": str(python),
            **variables,
        }
        return home

    def add_unreachable(self, name: str, **variables: Any) -> None:
        where = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 9}
        self.hosts[name] = where | {"ansible_python_interpreter": "/usr/bin/python3", **variables}

    def add_endless(self, name: str) -> Path:
        """A host whose connection takes for ever; the file that is there once it is tried, with the process."""
        tried, program = self.directory / f"{name}.tried", self.directory / f"ssh-{name}"
        program.write_text(
            f"#!/bin/sh\necho $$ > {tried}.new && mv {tried}.new {tried}\nexec sleep 120\n", encoding="utf-8"
        )
        program.chmod(0o755)
        self.add_unreachable(name, ansible_ssh_executable=str(program))
        return tried

    def write(self) -> None:
        content = {"all": {"vars": self.settings, "hosts": self.hosts}}
        self.playbooks.inventory.write_text(json.dumps(content), encoding="utf-8")

    def command(self, playbook: str, *arguments: str) -> list[str]:
        self.write()
        return [str(self.program), "-i", str(self.playbooks.inventory), f"gopher.devbox.{playbook}", *arguments]

    def environment(self) -> dict[str, str]:
        return self.playbooks.environment() | {"ANSIBLE_SSH_ARGS": "-o ConnectTimeout=2", "ANSIBLE_FORKS": "8"}

    def run(self, playbook: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(playbook, *arguments),
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )

    def enforce(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        """The report of a run that ends with this exit code."""
        before = set(self.runs())
        done = self.run("enforce", *arguments)
        assert done.returncode == code, done.stdout + done.stderr
        [made] = set(self.runs()) - before
        return self.report(made)

    def runs(self) -> list[str]:
        return sorted(place.name for place in (self.state / "runs").glob("*"))

    def report(self, run: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.state / "runs" / run / "report.json").read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator(SCHEMA).validate(found)
        assert found["run"] == run
        assert (self.state / "runs" / run / "digest.txt").read_text(encoding="utf-8").startswith("gopher.devbox ")
        return found

    def started(self, name: str) -> int:
        """How many programs were started on a host."""
        file = self.directory / "hosts" / f"{name}.tasks"
        return len(file.read_text().splitlines()) if file.exists() else 0


def states(report: dict[str, Any]) -> dict[str, str]:
    return {host["host"]: host["state"] for host in report["hosts"]}
