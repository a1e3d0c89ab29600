# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook restore takes back what a play changed, in every medium, though its inventory says nothing of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ADMIN, NEW_ROOT
from linuxhost import Account, LinuxHost, reason_it_cannot
from support import MACHINE, Playbooks, user_key
from winhost import WinHost

USER = user_key(ADMIN.sid)
GOENV = r"C:\Users\ansible\AppData\Roaming\go\env"
PLAYS = re.compile(r"^```yaml\n(- name.*?)^```", re.MULTILINE | re.DOTALL)

on_linux = pytest.mark.skipif(reason_it_cannot() is not None, reason=f"a Linux host of the tests {reason_it_cannot()}")


@pytest.fixture(scope="module")
def shared_linux() -> Iterator[LinuxHost]:
    with LinuxHost.start(("dev-bash", Account("alice", "zsh", sudo=False)), go={"1.27.3": "/opt/go1.27.3"}) as host:
        yield host


def play_of_readme(root: Path, hosts: str) -> str:
    (found,) = [
        play for play in PLAYS.findall((root / "README.md").read_text(encoding="utf-8")) if f"hosts: {hosts}\n" in play
    ]
    return str(found)


def run(playbooks: Playbooks, text: str = "", *arguments: str) -> str:
    """A play of this text, or the playbook restore; what it printed."""
    if text:
        file = playbooks.directory / "play.yml"
        file.write_text(text, encoding="utf-8")
        done = playbooks.run(*arguments, playbook=str(file))
    else:
        done = playbooks.run("gopher.devbox.restore", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def on(linux: LinuxHost, directory: Path, account: str = "dev-bash") -> Playbooks:
    playbooks = Playbooks(directory, {})
    playbooks.inventory.write_text(
        json.dumps({"linux": {"hosts": {"box": linux.ansible_vars(account)}}}), encoding="utf-8"
    )
    return playbooks


def changed(out: str) -> int:
    return int(out.rpartition("changed=")[2].split()[0])


def role(**variables: Any) -> str:
    return json.dumps(
        [{"hosts": "linux", "gather_facts": False, "roles": [{"role": "gopher.devbox.go_env", "vars": variables}]}]
    )


@on_linux
def test_readmes_play_is_undone_by_readmes_restore(linux: LinuxHost, tmp_path: Path, root: Path) -> None:
    home = linux.home("dev-bash")
    before = held(linux, home)
    playbooks = on(linux, tmp_path)
    assert changed(run(playbooks, play_of_readme(root, "linux"))) == 1
    assert linux.exists(f"{home}/.config/go/env")
    assert not linux.exists(f"{home}/.local/share"), "a shell that was started to be asked leaves nothing"
    assert changed(run(playbooks)) == 1, "no mode, and every medium"
    assert held(linux, home) == before


@pytest.mark.thorough
@on_linux
def test_a_change_of_another_run_is_left_until_it_is_the_newest(linux: LinuxHost, tmp_path: Path) -> None:
    """The machine's was made long before: it is another run's."""
    playbooks = on(linux, tmp_path)
    run(playbooks, role(go_env_mode="machine", go_env_variables={"GOTOOLCHAIN": "local"}))
    ledger = "/var/lib/gopher.devbox/shells.json"
    linux.run(["sed", "-i", "-E", r"s/[0-9]{8}T[0-9]{6}Z/20200101T000000Z/g", ledger])
    run(playbooks, role(go_env_mode="user", go_env_config={"GOPROXY": "off"}, go_env_gopath=["~/go"]))
    assert changed(run(playbooks)) == 1
    assert not linux.exists(f"{linux.home('dev-bash')}/.config/go/env"), "both media of the newest change"
    assert not linux.exists(f"{linux.home('dev-bash')}/.config/gopher-devbox/env.sh")
    assert linux.exists("/etc/gopher-devbox/env.sh")
    assert changed(run(playbooks)) == 1
    assert not linux.exists("/etc/gopher-devbox")


@pytest.mark.thorough
@on_linux
def test_one_change_is_named_and_undone_in_every_medium(linux: LinuxHost, tmp_path: Path) -> None:
    playbooks = on(linux, tmp_path)
    run(playbooks, role(go_env_mode="user", go_env_config={"GOPROXY": "off"}, go_env_gopath=["~/go"]))
    (journal,) = [result["journal"] for result in playbooks.results() if result.get("journal")]
    named = ["-e", f"go_env_journal={journal}"]
    assert changed(run(playbooks, "", *named, "--check")) == 1
    assert linux.exists(f"{linux.home('dev-bash')}/.config/go/env")
    assert changed(run(playbooks, "", *named)) == 1
    assert changed(run(playbooks, "", *named)) == 0
    assert not linux.exists(f"{linux.home('dev-bash')}/.config/go/env")
    assert not linux.exists(f"{linux.home('dev-bash')}/.config/gopher-devbox/env.sh"), "in every medium that it changed"
    done = playbooks.run("gopher.devbox.restore", "-e", "go_env_journal=20200101T000000Z-00000000")
    assert done.returncode != 0
    assert "There is no change 20200101T000000Z-00000000" in done.stdout


@pytest.mark.thorough
@on_linux
def test_an_account_without_sudo_undoes_its_own(linux: LinuxHost, tmp_path: Path) -> None:
    root = on(linux, tmp_path)
    run(root, role(go_env_mode="machine", go_env_variables={"GOTOOLCHAIN": "local"}))
    alice = on(linux, tmp_path, "alice")
    run(alice, role(go_env_mode="user", go_env_gopath=["~/go"]))
    assert changed(run(alice)) == 1
    assert linux.exists("/etc/gopher-devbox/env.sh")


@pytest.mark.thorough
@on_linux
def test_what_stands_in_the_way_of_one_stops_all(linux: LinuxHost, tmp_path: Path) -> None:
    home = linux.home("dev-bash")
    playbooks = on(linux, tmp_path)
    run(playbooks, role(go_env_mode="user", go_env_config={"GOPROXY": "off"}, go_env_gopath=["~/go"]))
    linux.run(["chown", "root:", f"{home}/.config/go/env", f"{home}/.bashrc"])
    before = held(linux, home)
    done = playbooks.run("gopher.devbox.restore")
    assert done.returncode != 0
    assert f"{home}/.config/go/env cannot be read: Permission denied. It belongs to root." in done.stdout
    assert f"{home}/.bashrc belongs to root" in done.stdout
    assert held(linux, home) == before


def held(linux: LinuxHost, home: str) -> dict[str, str]:
    """All files of a home but the journals and what Ansible leaves there; directories too, those of the workspace
    apart.
    """
    script = (
        f"cd {home} && find . ( -path ./.ansible -o -path ./.local -o -path ./go ) -prune -o -type d -print "
        f"-o -type f -exec cksum {{}} +"
    )
    done = linux.run(["sh", "-c", script.replace(" ( ", r" \( ").replace(" ) ", r" \) ")])
    assert done.returncode == 0, done.stderr
    return {line.rpartition(" ")[2]: line for line in done.stdout.splitlines()}


@pytest.mark.windows
def test_readmes_play_is_undone_on_windows(host: WinHost, tmp_path: Path, root: Path) -> None:
    before = host.prefix.registry(USER)
    playbooks = Playbooks(tmp_path, host.ansible_vars())
    host.inventory(playbooks.inventory)
    assert changed(run(playbooks, play_of_readme(root, "windows"))) == 1
    assert changed(run(playbooks)) == 1
    assert host.prefix.registry(USER) == before


@pytest.mark.thorough
@pytest.mark.windows
def test_layers_are_undone_together_and_runs_one_by_one(host: WinHost, tmp_path: Path) -> None:
    before = {key: host.prefix.registry(key) for key in (MACHINE, USER)}
    playbooks = Playbooks(tmp_path, host.ansible_vars())
    host.inventory(playbooks.inventory)
    layers = [
        {"mode": "machine", "goroot": NEW_ROOT},
        {"mode": "user", "config": {"GOSUMDB": "off"}, "variables": {"GOFLAGS": "-v"}},
    ]
    more = {"go_env_mode": "user", "go_env_variables": {"GOPRIVATE": "git.example.com"}}
    place = host.prefix.unix_path(GOENV)
    place.unlink(missing_ok=True)
    for variables in ({"go_env_layers": layers}, more):
        play = {
            "hosts": "windows",
            "gather_facts": False,
            "roles": [{"role": "gopher.devbox.go_env", "vars": variables}],
        }
        assert changed(run(playbooks, json.dumps([play]))) == 1
    assert place.exists()
    assert changed(run(playbooks)) == 1
    assert "GOPRIVATE" not in host.prefix.registry(USER)
    assert host.prefix.registry(USER)["GOFLAGS"] == ("REG_SZ", "-v"), "the change before is not touched"
    assert changed(run(playbooks)) == 1
    assert not place.exists()
    assert {key: host.prefix.registry(key) for key in before} == before
    assert changed(run(playbooks)) == 0
