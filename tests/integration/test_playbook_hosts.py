# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks where no host is meant: an error that says so, where ansible-playbook alone ends with 0."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from support import Playbooks

PLAYBOOKS = ("provision", "restore", "audit")
NONE = {
    "a group without hosts": ["-e", "go_env_hosts=empty"],
    "a name that is not there": ["-e", "go_env_hosts=absent"],
    "a list of them": ["-e", '{"go_env_hosts": ["empty", "absent"]}'],
    "none of them in the limit": ["-e", "go_env_hosts=box1", "--limit", "box2"],
}


def play(
    directory: Path, name: str, *arguments: str, hosts: tuple[str, ...] = ("box1", "box2")
) -> subprocess.CompletedProcess[str]:
    playbooks = Playbooks(directory, {})
    content = {"all": {"hosts": {host: {"ansible_connection": "local"} for host in hosts}, "children": {"empty": {}}}}
    playbooks.inventory.write_text(json.dumps(content), encoding="utf-8")
    return playbooks.run(f"gopher.devbox.{name}", "-e", "go_env_mode=user", "--check", *arguments)


@pytest.mark.parametrize("case", NONE)
def test_a_pattern_that_matches_no_host_is_an_error(tmp_path: Path, case: str) -> None:
    name = PLAYBOOKS[list(NONE).index(case) % len(PLAYBOOKS)]
    done = play(tmp_path, name, *NONE[case])
    assert done.returncode != 0, done.stdout
    assert "no host of the inventory matches" in done.stderr
    assert "ansible-inventory --graph" in done.stderr
    assert "TASK" not in done.stdout


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_an_inventory_without_hosts_is_an_error(tmp_path: Path, name: str) -> None:
    """Nothing is done to this machine, which Ansible has as the last one left."""
    done = play(tmp_path, name, hosts=())
    assert done.returncode != 0, done.stdout
    assert "There is no inventory, or no host in it" in done.stdout + done.stderr
    assert "gopher.devbox.go_env :" not in done.stdout
    assert "Read the Go environment" not in done.stdout


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_a_check_of_the_syntax_needs_no_hosts(tmp_path: Path, name: str) -> None:
    done = play(tmp_path, name, "--syntax-check", hosts=())
    assert done.returncode == 0, done.stderr


def test_hosts_that_match_are_set_up(tmp_path: Path) -> None:
    done = play(tmp_path, "provision", "-e", "go_env_hosts=box1:absent")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ok: [box1]" in done.stdout
    assert "[box2]" not in done.stdout


def test_this_machine_when_it_is_named(tmp_path: Path) -> None:
    done = play(tmp_path, "provision", "-e", "go_env_hosts=localhost", hosts=())
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ok: [localhost]" in done.stdout
