# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role go_env over a Windows and a Linux host in one inventory; and what stands in the way of one medium stops all
of that host.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ADMIN, NEW_ROOT
from linuxhost import LinuxHost, reason_it_cannot
from posixhost import environment, path, started
from support import MACHINE, Playbooks, path_of, user_key
from winhost import WinHost

pytestmark = [
    pytest.mark.windows,
    pytest.mark.skipif(reason_it_cannot() is not None, reason=f"a Linux host of the tests {reason_it_cannot()}"),
]

GO = "/opt/go1.27.3"
USER = user_key(ADMIN.sid)
NO_OP = 3
"""The tasks of a run with nothing to do: the check of the role's variables, the choice of its tasks, and go_env, which
alone reaches the host.
"""
GOENV = r"C:\Users\ansible\AppData\Roaming\go\env"
MODULES = tuple(f"gopher.devbox.go_{name}" for name in ("env", "registry", "rcfile", "config", "project"))


@pytest.fixture
def playbooks(host: WinHost, linux: LinuxHost, tmp_path: Path) -> Iterator[Playbooks]:
    """Two hosts with the same variables, but for where things lie."""
    made = Playbooks(tmp_path, {})
    common = {
        "go_env_mode": "user",
        "go_env_variables": {"GOFLAGS": "-v"},
        "go_env_config": {"GOPROXY": "https://goproxy.cn,direct", "GOSUMDB": False},
    }
    hosts = {
        "windows": host.ansible_vars() | common | {"go_env_gopath": [r"%USERPROFILE%\go"], "ansible_become": True},
        "linux": linux.ansible_vars("dev-zsh") | common | {"go_env_gopath": ["~/go"]},
    }
    made.inventory.write_text(json.dumps({"all": {"hosts": hosts}}), encoding="utf-8")
    place = host.prefix.unix_path(GOENV)
    place.unlink(missing_ok=True)
    yield made
    place.unlink(missing_ok=True)


def done_by(playbooks: Playbooks) -> list[tuple[str, str]]:
    """Which modules ran on which host, in order."""
    lines = [
        json.loads(line) for line in (playbooks.directory / "record.json").read_text(encoding="utf-8").splitlines()
    ]
    return [
        (line["host"], line["action"].rpartition(".")[2])
        for line in lines
        if line["action"] in MODULES and not line["result"].get("skipped")
    ]


def recap(out: str, word: str) -> dict[str, int]:
    """What the recap has of a word, by host."""
    found = {}
    for line in out.splitlines():
        if "changed=" in line and ":" in line:
            numbers = dict(item.split("=") for item in line.partition(":")[2].split())
            found[line.partition(":")[0].strip()] = int(numbers[word])
    return found


def counted(out: str) -> dict[str, tuple[int, int]]:
    """(changed, failed) by host."""
    failed = recap(out, "failed")
    return {host: (changed, failed[host]) for host, changed in recap(out, "changed").items()}


def test_a_mixed_inventory(host: WinHost, linux: LinuxHost, playbooks: Playbooks) -> None:
    check = playbooks.run("gopher.devbox.provision", "--check", "--diff")
    assert counted(check.stdout) == {"windows": (1, 0), "linux": (1, 0)}, check.stdout + check.stderr
    assert not linux.exists("/home/dev-zsh/.config/gopher-devbox")
    done = playbooks.run("gopher.devbox.provision")
    assert counted(done.stdout) == {"windows": (1, 0), "linux": (1, 0)}, done.stdout + done.stderr
    assert host.prefix.unix_path(GOENV).read_bytes() == b"GOPROXY=https://goproxy.cn,direct\nGOSUMDB=off\n"
    assert path_of(host, USER)[0] == r"%USERPROFILE%\go\bin"
    assert linux.read("/home/dev-zsh/.config/go/env") == b"GOPROXY=https://goproxy.cn,direct\nGOSUMDB=off\n"
    found = environment(started(linux, "zsh", ["-c", "env -0"]))
    assert (found["GOFLAGS"], path(found)[0]) == ("-v", "/home/dev-zsh/go/bin")

    again = playbooks.run("gopher.devbox.provision")
    assert counted(again.stdout) == {"windows": (0, 0), "linux": (0, 0)}, again.stdout + again.stderr
    assert sorted(done_by(playbooks)) == [("linux", "go_env"), ("windows", "go_env")], "a no-op costs one task"
    assert recap(again.stdout, "ok") == {"windows": NO_OP, "linux": NO_OP}

    back = playbooks.run("gopher.devbox.restore")
    assert counted(back.stdout) == {"windows": (1, 0), "linux": (1, 0)}, back.stdout + back.stderr
    assert not host.prefix.unix_path(GOENV).exists()
    assert not linux.exists("/home/dev-zsh/.config/go/env")
    assert not linux.exists("/home/dev-zsh/.config/gopher-devbox")


def test_null_removes_by_the_role_too(linux: LinuxHost, playbooks: Playbooks) -> None:
    def provision(**variables: object) -> None:
        done = playbooks.run("gopher.devbox.provision", "--limit", "linux", "-e", json.dumps(variables))
        assert counted(done.stdout) == {"linux": (1, 0)}, done.stdout + done.stderr

    provision(go_env_config={"GOPATH": ["~/w"], "GOBIN": "/b", "GOPROXY": "off"})
    assert linux.read("/home/dev-zsh/.config/go/env") == b"GOBIN=/b\nGOPATH=/home/dev-zsh/w\nGOPROXY=off\n"
    removed = {"go_env_gopath": None, "go_env_variables": {"GOPATH": None, "GOFLAGS": None}}
    provision(**removed, go_env_config={"GOPATH": None, "GOBIN": "/b", "GOPROXY": None})
    assert linux.read("/home/dev-zsh/.config/go/env") == b"GOBIN=/b\n"
    assert not linux.exists("/home/dev-zsh/.config/gopher-devbox")


def test_machine_mode_becomes_root_where_it_must(host: WinHost, linux: LinuxHost, playbooks: Playbooks) -> None:
    hosts = {
        "windows": host.ansible_vars() | {"go_env_goroot": NEW_ROOT},
        "linux": linux.ansible_vars("dev-bash") | {"go_env_goroot": GO, "go_env_link_go": True},
    }
    for variables in hosts.values():
        variables.update(go_env_mode="machine", go_env_variables={"GOTOOLCHAIN": "local"})
    playbooks.inventory.write_text(json.dumps({"all": {"hosts": hosts}}), encoding="utf-8")
    done = playbooks.run("gopher.devbox.provision")
    assert counted(done.stdout) == {"windows": (1, 0), "linux": (1, 0)}, done.stdout + done.stderr
    assert environment(started(linux, "fish", ["-c", "env -0"]))["GOROOT"] == GO
    assert "go1.27.3" in linux.ssh("dev-sh", "go version").stdout
    assert host.prefix.registry(MACHINE)["GOROOT"] == ("REG_SZ", NEW_ROOT)
    refused = playbooks.run("gopher.devbox.provision", "-e", json.dumps({"go_env_config": {"GOPROXY": "off"}}))
    assert refused.returncode != 0
    assert "the go env file belongs to a user" in refused.stdout


def test_layers_of_both_families(host: WinHost, linux: LinuxHost, playbooks: Playbooks) -> None:
    """The SDK for the machine, GOPATH and the go env file for the account of the connection, a project beside."""
    windows_shop = host.prefix.unix_path(r"C:\Users\ansible\shop")
    windows_shop.mkdir()
    linux.run(["mkdir", "/home/dev-bash/shop"])
    linux.run(["chown", "dev-bash:", "/home/dev-bash/shop"])
    places = {
        "windows": (NEW_ROOT, r"%USERPROFILE%\go", r"C:\Users\ansible\shop"),
        "linux": (GO, "~/go", "/home/dev-bash/shop"),
    }
    hosts = {"windows": host.ansible_vars(), "linux": linux.ansible_vars("dev-bash")}
    for name, (goroot, gopath, project) in places.items():
        hosts[name]["go_env_layers"] = [
            {"mode": "machine", "goroot": goroot, "anchor": True, "link_go": True},
            {"mode": "user", "gopath": [gopath], "config": {"GOPROXY": "https://goproxy.cn,direct"}},
            {"mode": "project", "project": project, "variables": {"GOFLAGS": "-v"}},
        ]
    playbooks.inventory.write_text(json.dumps({"all": {"hosts": hosts}}), encoding="utf-8")
    try:
        before = _registries(host)
        done = playbooks.run("gopher.devbox.provision")
        assert counted(done.stdout) == {"windows": (2, 0), "linux": (2, 0)}, done.stdout + done.stderr
        modules = [(name, module) for name in ("linux", "windows") for module in ("go_env", "go_project")]
        assert sorted(done_by(playbooks)) == modules
        found = environment(started(linux, "bash", ["-l", "-c", "env -0"]))
        assert (found["GOROOT"], path(found)[:2]) == (GO, ["/home/dev-bash/go/bin", f"{GO}/bin"])
        assert linux.run(["stat", "-c", "%U", "/home/dev-bash/.config/go/env"]).stdout.strip() == "dev-bash"
        assert linux.exists("/usr/local/bin/go")
        assert linux.exists("/home/dev-bash/shop/go-env.sh")
        assert host.prefix.registry(MACHINE)["GOROOT"] == ("REG_SZ", NEW_ROOT)
        assert path_of(host, USER)[0] == r"%USERPROFILE%\go\bin"
        assert host.prefix.unix_path(GOENV).read_bytes() == b"GOPROXY=https://goproxy.cn,direct\n"
        assert (windows_shop / "go-env.cmd").is_file()

        again = playbooks.run("gopher.devbox.provision")
        assert counted(again.stdout) == {"windows": (0, 0), "linux": (0, 0)}, again.stdout + again.stderr

        back = playbooks.run("gopher.devbox.restore", "-e", "go_env_mode=project")
        assert counted(back.stdout) == {"windows": (1, 0), "linux": (1, 0)}, back.stdout + back.stderr
        back = playbooks.run("gopher.devbox.restore")
        assert counted(back.stdout) == {"windows": (1, 0), "linux": (1, 0)}, back.stdout + back.stderr
        assert _registries(host) == before
        assert not host.prefix.unix_path(GOENV).exists()
        for place in ("/etc/gopher-devbox", "/usr/local/bin/go", "/home/dev-bash/.config/go/env"):
            assert not linux.exists(place)
    finally:
        shutil.rmtree(windows_shop)


def _registries(host: WinHost) -> dict[str, Any]:
    return {key: host.prefix.registry(key) for key in (MACHINE, USER)}


def _registry(host: WinHost, _linux: LinuxHost) -> None:
    host.prefix.set_value(USER, "GOFLAGS", 1, "REG_DWORD")


def _go_env_file_of_windows(host: WinHost, _linux: LinuxHost) -> None:
    place = host.prefix.unix_path(GOENV)
    place.mkdir(parents=True, exist_ok=True)


def _start_file(_host: WinHost, linux: LinuxHost) -> None:
    linux.write("/home/dev-zsh/.zshenv", b"# >>> gopher.devbox >>>\nexport LEFT=1\n", owner="dev-zsh")


def _go_env_file_of_linux(_host: WinHost, linux: LinuxHost) -> None:
    linux.write("/home/dev-zsh/.config/go/env", b"GOPROXY=direct\n", mode=0o444, owner="dev-zsh")
    linux.run(["chown", "-R", "dev-zsh:", "/home/dev-zsh/.config"])


BLOCKERS: dict[str, tuple[str, Callable[[WinHost, LinuxHost], None], str]] = {
    "registry": ("windows", _registry, "GOFLAGS holds a REG_DWORD"),
    "go env file of Windows": ("windows", _go_env_file_of_windows, "go\\\\env"),
    "start file": ("linux", _start_file, "/home/dev-zsh/.zshenv"),
    "go env file of Linux": ("linux", _go_env_file_of_linux, "/home/dev-zsh/.config/go/env is read-only"),
}


@pytest.mark.parametrize("planted", BLOCKERS)
def test_one_blocker_stops_every_medium_of_its_host(
    host: WinHost, linux: LinuxHost, playbooks: Playbooks, planted: str
) -> None:
    box, plant, told = BLOCKERS[planted]
    plant(host, linux)
    try:
        before = _everything(host, linux)
        done = playbooks.run("gopher.devbox.provision", "--limit", box)
        assert counted(done.stdout) == {box: (0, 1)}, done.stdout + done.stderr
        assert told in done.stdout + done.stderr
        assert _everything(host, linux) == before
    finally:
        place = host.prefix.unix_path(GOENV)
        if place.is_dir():
            place.rmdir()


def test_blockers_of_both_media_come_in_one_message(host: WinHost, linux: LinuxHost, playbooks: Playbooks) -> None:
    _start_file(host, linux)
    _go_env_file_of_linux(host, linux)
    done = playbooks.run("gopher.devbox.provision", "--limit", "linux")
    (message,) = [line for line in done.stdout.splitlines() if line.startswith("fatal:")]
    assert "/home/dev-zsh/.zshenv" in message
    assert "is read-only" in message


def _everything(host: WinHost, linux: LinuxHost) -> Any:
    listing = linux.run(["sh", "-c", "find /home/dev-zsh -path '*/.ansible' -prune -o -type f -exec cksum {} +"]).stdout
    place = host.prefix.unix_path(GOENV)
    return (
        host.prefix.registry(USER),
        place.read_bytes() if place.is_file() else place.exists(),
        sorted(listing.splitlines()),
    )
