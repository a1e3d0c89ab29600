# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role go_env and the playbooks, through real ansible-playbook against a Windows host of the tests."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import ADMIN, NEW_ROOT
from support import MACHINE, Playbooks, path_of, user_key
from winhost import WinHost

pytestmark = pytest.mark.windows

USER = user_key(ADMIN.sid)
MODULE = "gopher.devbox.go_env"


def inventory(playbooks: Playbooks, host: WinHost, **modes: dict[str, Any]) -> None:
    """The same Windows host under a name for each mode, as one inventory would hold several hosts."""
    content = {"all": {"hosts": {name: host.ansible_vars() | variables for name, variables in modes.items()}}}
    playbooks.inventory.write_text(json.dumps(content), encoding="utf-8")


def done_by_module(playbooks: Playbooks) -> dict[str, dict[str, Any]]:
    """What go_env returned, by host, where it was not skipped."""
    lines = [
        json.loads(line) for line in (playbooks.directory / "record.json").read_text(encoding="utf-8").splitlines()
    ]
    return {
        line["host"]: line["result"] for line in lines if line["action"] == MODULE and not line["result"].get("skipped")
    }


def passed(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def playbooks(host: WinHost, tmp_path: Path) -> Playbooks:
    made = Playbooks(tmp_path, host.ansible_vars())
    machine = {
        "go_env_mode": "machine",
        "go_env_goroot": NEW_ROOT,
        "go_env_variables": {"GOTOOLCHAIN": "local", "GOSUMDB": False},
        "go_env_anchor": True,
        "ansible_become": True,
    }
    user = {
        "go_env_mode": "user",
        "go_env_gopath": [r"%USERPROFILE%\go 工作区"],
        "go_env_create_directories": True,
        "go_env_path_position": "last",
    }
    inventory(made, host, everybody=machine, developer=user)
    return made


def test_provision_again_restore(host: WinHost, playbooks: Playbooks) -> None:
    """Both modes at once; what the inventory says of become does not reach the task."""
    before = {key: host.prefix.registry(key) for key in (MACHINE, USER)}
    command = ["gopher.devbox.provision", "-f", "1"]
    out = passed(playbooks.run(*command, "--check", "--diff"))
    promised = done_by_module(playbooks)
    assert [result["changed"] for result in promised.values()] == [True] * 2
    assert rf"+    {NEW_ROOT}\bin" in out
    assert {key: host.prefix.registry(key) for key in before} == before

    passed(playbooks.run(*command))
    found = done_by_module(playbooks)
    assert {name: result["changes"] for name, result in found.items()} == {
        name: result["changes"] for name, result in promised.items()
    }
    machine, user = host.prefix.registry(MACHINE), host.prefix.registry(USER)
    assert {name: machine[name][1] for name in ("GOROOT", "GOTOOLCHAIN", "GOSUMDB")} == {
        "GOROOT": NEW_ROOT,
        "GOTOOLCHAIN": "local",
        "GOSUMDB": "off",
    }
    assert path_of(host, MACHINE)[0] == rf"{NEW_ROOT}\bin"
    assert host.prefix.registry(r"HKLM\Software\Go")["InstallPath"] == ("REG_SZ", NEW_ROOT)
    assert user["GOPATH"] == ("REG_EXPAND_SZ", r"%USERPROFILE%\go 工作区")
    assert [entry for entry in path_of(host, USER) if entry][-1] == r"%USERPROFILE%\go 工作区\bin"
    assert host.prefix.unix_path(r"C:\Users\ansible\go 工作区\src").is_dir()

    out = passed(playbooks.run(*command))
    assert out.count("changed=0") == 2, out

    passed(playbooks.run("gopher.devbox.restore", "-f", "1"))
    assert [result["changed"] for result in done_by_module(playbooks).values()] == [True] * 2
    assert {key: host.prefix.registry(key) for key in before} == before


def test_layers_again_restore(host: WinHost, playbooks: Playbooks) -> None:
    """The SDK for the machine, the workspace and the go env file for a user, a project beside."""
    layers = [
        {"mode": "machine", "goroot": NEW_ROOT, "variables": {"GOTOOLCHAIN": "local"}, "anchor": True},
        {
            "mode": "user",
            "gopath": [r"%USERPROFILE%\go"],
            "config": {"GOSUMDB": False},
            "shells": ["bash"],
        },
        {"mode": "project", "project": r"C:\Users\ansible\shop", "gopath": [".gopath"], "launchers": ["cmd"]},
    ]
    inventory(playbooks, host, devbox={"go_env_layers": layers, "ansible_become": True})
    shop, file = (host.prefix.unix_path(rf"C:\Users\ansible\{name}") for name in ("shop", r"AppData\Roaming\go\env"))
    file.unlink(missing_ok=True)
    shop.mkdir()
    try:
        before = {key: host.prefix.registry(key) for key in (MACHINE, USER)}
        passed(playbooks.run("gopher.devbox.provision"))
        result = done_by_module(playbooks)["devbox"]
        assert [one["medium"] for one in result["media"]] == ["registry (machine)", "registry (user)", "go env file"]
        assert {one["journal"] for one in result["media"]} == {result["journal"]}, "one change"
        assert path_of(host, MACHINE)[0] == rf"{NEW_ROOT}\bin"
        assert path_of(host, USER)[0] == r"%USERPROFILE%\go\bin"
        assert file.read_bytes() == b"GOSUMDB=off\n"
        assert (shop / "go-env.cmd").is_file()

        out = passed(playbooks.run("gopher.devbox.provision"))
        assert "changed=0" in out

        out = passed(playbooks.run("gopher.devbox.restore"))
        assert "changed=2" in out, "one change of all media, and one of the project"
        assert {key: host.prefix.registry(key) for key in before} == before
        assert not file.exists()
        assert not (shop / "go-env.cmd").exists()
    finally:
        shutil.rmtree(shop)
        file.unlink(missing_ok=True)


def test_role_in_a_play_with_become(host: WinHost, playbooks: Playbooks) -> None:
    play = {
        "hosts": "developer",
        "become": True,
        "gather_facts": False,
        "roles": [
            {"role": "gopher.devbox.go_env", "vars": {"go_env_variables": {"GOPROXY": "https://goproxy.cn,direct"}}}
        ],
        "post_tasks": [
            {
                "ansible.builtin.assert": {
                    "that": ["go_env_result is changed", "go_env_result.media[0].after.GOPROXY is search('goproxy.cn')"]
                }
            }
        ],
    }
    file = playbooks.directory / "become.json"
    file.write_text(json.dumps([play]), encoding="utf-8")
    passed(playbooks.run(playbook=str(file)))
    assert host.prefix.registry(USER)["GOPROXY"] == ("REG_SZ", "https://goproxy.cn,direct")


def test_hosts_and_options_that_are_refused(playbooks: Playbooks) -> None:
    """A mode that is none is refused by the role's own specification."""
    local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    hosts = {"wrong": local | {"go_env_mode": "everybody"}, "modeless": local}
    playbooks.inventory.write_text(json.dumps({"all": {"hosts": hosts}}), encoding="utf-8")
    done = playbooks.run("gopher.devbox.provision")
    assert done.returncode == 2
    lines = [
        json.loads(line) for line in (playbooks.directory / "record.json").read_text(encoding="utf-8").splitlines()
    ]
    failed = {line["host"]: line["result"] for line in lines if line["result"].get("failed")}
    assert "go_env_mode" in json.dumps(failed["wrong"])
    assert "everybody" in json.dumps(failed["wrong"])
    assert "go_env_mode" in json.dumps(failed["modeless"])
    assert not done_by_module(playbooks)
