# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What no UTF-8 can hold, on every family of hosts: it is kept to the byte, and Ansible can read every result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hivedump import dump
from hivemaker import make, text
from images import ENVIRONMENT, GO, SYSTEM_PYTHON, WindowsImage, system
from linuxhost import LinuxHost
from support import MACHINE, Playbooks
from test_image import has_hivex
from winhost import WinHost

HALF = "C:\\a\ud800b"
NAME = "ODD_\udfff"
SHOWN = "C:\\a<U+D800>b"
FOREIGN = {
    ".profile": b"# \xff mine\nexport GOPROXY='https://caf\xe9.example'\nPATH=/opt/caf\xe9/bin:$PATH\n",
    ".bashrc": b"export GOFLAGS='-tags=\x80'\n",
    ".config/go/env": b"GOPRIVATE=caf\xe9.example\nGOFLAGS=-tags=\xff\n",
}


def played(
    playbooks: Playbooks, tasks: dict[str, dict[str, Any]]
) -> tuple[dict[str, dict[str, Any]], dict[str, set[str]]]:
    """The result of each task, none of which failed; and the texts that show something by its number."""
    results, done = playbooks.tasks([{"diff": True, **task} for task in tasks.values()], "-vvv")
    found = dict(zip(tasks, results, strict=True))
    said = done.stdout + done.stderr
    assert not {name: result for name, result in found.items() if result.get("failed")}, said
    assert "invalid UTF8" not in said
    assert not any("\ud800" <= char <= "\udfff" for result in results for one in texts(result) for char in one)
    return found, {name: {one for one in texts(result) if "<U+D" in one} for name, result in found.items()}


def texts(found: Any) -> list[str]:
    if isinstance(found, str):
        return [found]
    items = [*found, *found.values()] if isinstance(found, dict) else found if isinstance(found, list) else []
    return [one for item in items for one in texts(item)]


@pytest.mark.windows
def test_half_a_pair_in_a_running_registry(host: WinHost, tmp_path: Path) -> None:
    kept = host.prefix.registry(MACHINE)
    path = f"{HALF};{kept['Path'][1]}"
    host.prefix.set_value(MACHINE, "Path", path, "REG_EXPAND_SZ")
    host.prefix.set_value(MACHINE, NAME, HALF, "REG_SZ")
    options = {"scope": "machine", "path": [r"C:\mine\bin"], "variables": {"GOPROXY": "off"}, "validate": "warn"}
    found, shown = played(
        Playbooks(tmp_path, host.ansible_vars()),
        {
            "check": {"gopher.devbox.go_registry": options, "check_mode": True},
            "apply": {"gopher.devbox.go_registry": options},
            "again": {"gopher.devbox.go_registry": options},
            "audit": {"gopher.devbox.go_env_info": {}},
            "env": {"gopher.devbox.go_env": {"mode": "machine", "path": [r"C:\mine\bin"]}},
            "restored": {"gopher.devbox.go_registry": {"scope": "machine", "state": "restored"}},
            "undone": {"gopher.devbox.go_registry": {"scope": "machine", "state": "restored"}},
        },
    )
    assert [found[name]["changed"] for name in ("check", "apply", "again")] == [True, True, False]
    assert SHOWN in found["apply"]["after"]["PATH"]
    assert {"check", "apply", "again"} <= {name for name, held in shown.items() if held}
    after = host.prefix.registry(MACHINE)
    assert after[NAME] == ("REG_SZ", HALF)
    assert after["Path"] == ("REG_EXPAND_SZ", path)


def test_bytes_that_are_no_utf_8_on_posix(linux: LinuxHost, tmp_path: Path) -> None:
    login = "dev-bash"
    home = linux.home(login)
    for name, data in FOREIGN.items():
        linux.write(f"{home}/{name}", data, owner=login, mode=0o640)
    linux.run(["chown", "-R", f"{login}:", home])
    options = {"scope": "user", "goroot": "/opt/go1.27.3", "variables": {"GOPROXY": "off"}}
    config = {"variables": {"GOPRIVATE": "mine.example"}}
    found, shown = played(
        Playbooks(tmp_path, linux.ansible_vars(login)),
        {
            "check": {"gopher.devbox.go_rcfile": options, "check_mode": True},
            "rcfile": {"gopher.devbox.go_rcfile": options},
            "again": {"gopher.devbox.go_rcfile": options},
            "config": {"gopher.devbox.go_config": config},
            "config again": {"gopher.devbox.go_config": config},
            "audit": {"gopher.devbox.go_env_info": {}},
            "env": {"gopher.devbox.go_env": {"mode": "user", "variables": {"GOSUMDB": "off"}, "config": {}}},
            "sdks": {"gopher.devbox.go_sdk_info": {}},
            "env undone": {"gopher.devbox.go_env": {"mode": "user", "state": "restored"}},
            "config undone": {"gopher.devbox.go_config": {"state": "restored"}},
            "rcfile undone": {"gopher.devbox.go_rcfile": {"scope": "user", "state": "restored"}},
        },
    )
    assert [found[name]["changed"] for name in ("check", "rcfile", "again", "config")] == [True, True, False, True]
    assert {change["before"] for change in found["config"]["changes"]} == {"caf<U+DCE9>.example"}
    assert shown["audit"]
    assert {name: linux.read(f"{home}/{name}") for name in FOREIGN} == FOREIGN


@pytest.mark.skipif(not has_hivex(), reason="the hivex binding is not here")
def test_half_a_pair_in_an_image(tmp_path: Path) -> None:
    image = WindowsImage(tmp_path / "image")
    node = system()
    values = {name: (kind, data) for name, kind, data in node.at(ENVIRONMENT).values}
    values |= {"Path": (2, text(f"{HALF};C:\\W")), "ODD": (1, text(HALF))}
    node.at(ENVIRONMENT).values = [(name, kind, data) for name, (kind, data) in values.items()]
    image.system.write_bytes(make(node))
    before = dump(image.system)
    options = {"image": [str(image.root)], "scope": "machine", "goroot": GO}
    variables = {"ansible_connection": "local", "ansible_python_interpreter": SYSTEM_PYTHON}
    found, shown = played(
        Playbooks(tmp_path, variables),
        {
            "check": {"gopher.devbox.go_registry": options, "check_mode": True},
            "apply": {"gopher.devbox.go_registry": options},
            "again": {"gopher.devbox.go_registry": options},
            "audit": {"gopher.devbox.go_env_info": {"image": [str(image.root)]}},
            "restored": {"gopher.devbox.go_registry": {**options, "goroot": None, "state": "restored"}},
        },
    )
    assert [result["changed"] for result in found.values()] == [True, True, False, False, True]
    assert SHOWN in found["apply"]["after"]["PATH"]
    assert SHOWN in {one for name in ("apply", "audit") for one in shown[name]}
    assert dump(image.system)[ENVIRONMENT]["values"] == before[ENVIRONMENT]["values"]
