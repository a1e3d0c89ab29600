# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The systemd units of the role go_enforce."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support import Playbooks

UNITS = [f"gopher-devbox-enforce{more}.{kind}" for more in ("", "-missed") for kind in ("service", "timer")]


def install(playbooks: Playbooks, **timer: Any) -> subprocess.CompletedProcess[str]:
    play = [
        {
            "name": "The timers of the controller",
            "hosts": "all",
            "gather_facts": False,
            "roles": [{"role": "gopher.devbox.go_enforce", "vars": {"go_enforce_timer": timer} if timer else {}}],
        }
    ]
    file = playbooks.directory / "timers.json"
    file.write_text(json.dumps(play), encoding="utf-8")
    return playbooks.run(playbook=str(file))


@pytest.fixture
def playbooks(tmp_path: Path) -> Playbooks:
    (tmp_path / "units").mkdir()
    return Playbooks(tmp_path, {"ansible_connection": "local", "ansible_python_interpreter": sys.executable})


def test_units_are_written_verified_and_removed(playbooks: Playbooks) -> None:
    units = playbooks.directory / "units"
    timer = {
        "inventory": "/etc/hostname",
        "user": "root",
        "ansible_playbook": str(Path(sys.executable).with_name("ansible-playbook")),
        "arguments": ["--vault-password-file=/etc/50% secret"],
        "collections_path": "/opt/collections",
        "units": str(units),
        "started": False,
        "become": False,
    }
    for changed in (1, 0):
        done = install(playbooks, **timer)
        assert done.returncode == 0, done.stdout + done.stderr
        assert f"changed={changed}" in done.stdout
    assert sorted(file.name for file in units.iterdir()) == sorted(UNITS)
    service = (units / "gopher-devbox-enforce.service").read_text()
    assert "-e go_enforce_dir=/var/lib/gopher-devbox/enforce '--vault-password-file=/etc/50%% secret'\n" in service
    assert "go_enforce_only" not in service
    assert " -e go_enforce_only=missed\n" in (units / "gopher-devbox-enforce-missed.service").read_text()
    if shutil.which("systemd-analyze"):
        verified = subprocess.run(
            ["systemd-analyze", "verify", *(str(units / name) for name in UNITS)],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        said = [line for line in verified.stderr.splitlines() if "gopher-devbox" in line]
        assert (verified.returncode, said) == (0, []), verified.stderr

    done = install(playbooks, **timer, missed=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert sorted(file.name for file in units.iterdir()) == sorted(UNITS[:2])
    done = install(playbooks, state="absent", units=str(units), started=False, become=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert list(units.iterdir()) == []


def test_without_timers_or_what_they_need_it_is_refused(playbooks: Playbooks) -> None:
    done = install(playbooks)
    assert done.returncode == 2
    assert "go_enforce_timer names none" in " ".join(done.stdout.split())
    done = install(playbooks, units=str(playbooks.directory / "units"))
    assert done.returncode == 2
    assert "go_enforce_timer needs inventory and user" in done.stdout
