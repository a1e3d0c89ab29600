# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ladders of go_rcfile and go_config: bad arguments, check mode, apply, again, update, again, absent, restored,
again; files byte for byte.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import NEW_ROOT
from linuxhost import LinuxHost
from support import Playbooks
from winhost import WinHost

GO = "/opt/go1.27.3"
RC_FILES = {
    ".bashrc": b"# mine\r\nalias ll='ls -l'\r\n",
    ".profile": b"export EDITOR=vi # no line break at the end",
    ".zshenv": b"\xff\xfe not UTF-8 \x80\n",
    ".config/fish/config.fish": b"set -g fish_greeting\n",
}
SURVEY = r"""
import hashlib, json, os, stat, sys
found = {}
for top in sys.argv[1:]:
    for folder, folders, files in os.walk(top):
        for name in files + [item for item in folders if os.path.islink(os.path.join(folder, item))]:
            place = os.path.join(folder, name)
            known = os.lstat(place)
            held = os.readlink(place) if stat.S_ISLNK(known.st_mode) else hashlib.sha256(open(place, "rb").read()).hexdigest()
            marks = {mark: os.getxattr(place, mark, follow_symlinks=False).hex() for mark in os.listxattr(place, follow_symlinks=False)}
            found[place] = [known.st_mode, known.st_uid, known.st_gid, held, marks]
json.dump(found, sys.stdout)
"""  # noqa: E501


def survey(host: LinuxHost, *places: str) -> dict[str, Any]:
    done = host.run(["python3", "-c", SURVEY, *places])
    assert done.returncode == 0, done.stderr
    return {
        name: held
        for name, held in json.loads(done.stdout).items()
        if "/gopher.devbox/" not in name and "/.ansible/" not in name
    }


def climb(
    playbooks: Playbooks,
    module: str,
    common: dict[str, Any],
    first: dict[str, Any],
    second: dict[str, Any],
    bad: list[dict[str, Any]],
) -> None:
    """All rungs in one play, with what each promises."""

    def task(name: str, **options: Any) -> dict[str, Any]:
        return {"name": name, module: {**common, **options}}

    tasks = [
        *({"name": f"bad {number}", module: {**common, **options}} for number, options in enumerate(bad)),
        task("check", **first) | {"check_mode": True, "diff": True},
        task("apply", **first) | {"diff": True},
        task("again", **first),
        task("update", **second),
        task("update again", **second),
        task("absent", state="absent"),
        task("absent again", state="absent"),
        task("restored", state="restored"),
        task("look", **second) | {"check_mode": True},
        task("restored twice", state="restored"),
        task("restored thrice", state="restored"),
        task("at the bottom", state="restored"),
    ]
    results, done = playbooks.tasks(tasks)
    found = dict(zip([item["name"] for item in tasks], results, strict=True))
    said = done.stdout + done.stderr
    for number in range(len(bad)):
        assert found[f"bad {number}"]["failed"] is True, said
        assert "Traceback" not in found[f"bad {number}"]["msg"]
    good = {name: result for name, result in found.items() if not name.startswith("bad")}
    assert not [name for name, result in good.items() if result.get("failed")], said
    changed = {name for name, result in good.items() if result["changed"]}
    assert changed == {"check", "apply", "update", "absent", "restored", "restored twice", "restored thrice"}, said
    assert (found["check"]["changes"], found["check"]["journal"]) == (found["apply"]["changes"], None)
    assert found["check"]["diff"] == found["apply"]["diff"]
    assert found["apply"]["after"] == found["again"]["before"]
    assert found["update again"]["journal"] is None


@pytest.mark.parametrize("scope", ["system", "user"])
def test_go_rcfile(linux: LinuxHost, tmp_path: Path, scope: str) -> None:
    login, home = ("root", "/root") if scope == "system" else ("dev-bash", linux.home("dev-bash"))
    for name, content in RC_FILES.items():
        linux.write(f"{home}/{name}", content, owner=login, mode=0o640)
    linux.run(["setfattr", "-n", "user.mine", "-v", "1", f"{home}/.bashrc"])
    linux.run(
        [
            "sh",
            "-c",
            (
                f"mkdir {home}/dotfiles && mv {home}/.zshenv {home}/dotfiles/zshenv && ln -s "
                f"dotfiles/zshenv {home}/.zshenv"
            ),
        ]
    )
    linux.run(["chown", "-R", f"{login}:", home])
    before = survey(linux, "/etc", home, "/usr/local")
    playbooks = Playbooks(tmp_path, linux.ansible_vars(login))
    climb(
        playbooks,
        "gopher.devbox.go_rcfile",
        {"scope": scope},
        {"gopath": ["/srv/a"], "goroot": GO, "variables": {"GOPROXY": "https://one", "GOSUMDB": False}},
        {
            "gopath": ["/srv/b"],
            "goroot": GO,
            "variables": {"GOPROXY": "https://two", "GOSUMDB": None},
            "path_position": "last",
            "validate": "warn",
        },
        [
            {"scope": "everybody"},
            {"gopath": ["relative", "a:b"], "variables": {"GOVERSION": "1", "GOFLAGS": ["list"]}},
            {"gopath": ["/a\nb"]},
            {"goroot": "/nowhere"},
            {"user": "nobody-of-this-name"} if scope == "user" else {"user": "dev-sh"},
        ],
    )
    after = survey(linux, "/etc", home, "/usr/local")
    assert {name: held for name, held in after.items() if held != before.get(name)} == {}
    assert before.keys() == after.keys()


def test_go_config_on_posix(linux: LinuxHost, tmp_path: Path) -> None:
    file = f"{linux.home('dev-sh')}/.config/go/env"
    content = b"# mine\nGOFLAGS=-v\nnonsense\nGOPRIVATE=corp.example.com\n"
    linux.write(file, content, owner="dev-sh", mode=0o644)
    linux.run(["chown", "-R", "dev-sh:", f"{linux.home('dev-sh')}/.config"])
    before = survey(linux, linux.home("dev-sh"))
    climb(Playbooks(tmp_path, linux.ansible_vars("dev-sh")), "gopher.devbox.go_config", {}, *CONFIG)
    assert linux.read(file) == content
    assert survey(linux, linux.home("dev-sh")) == before


CONFIG: tuple[dict[str, Any], dict[str, Any], list[dict[str, Any]]] = (
    {"variables": {"GOPROXY": "https://one", "GOSUMDB": False}},
    {"variables": {"GOPROXY": "https://two", "GOSUMDB": None, "GO111MODULE": True}},
    [
        {"variables": {"GOROOT": "/go", "GOENV": "off", "GODEBUG": "x=1", "GOVERSION": "1", "GOPROXY": ""}},
        {"gopath": ["relative"], "variables": {"GOCACHE": "relative", "GOTOOLCHAIN": "bogus"}},
        {"user": "nobody-of-this-name"},
    ],
)


@pytest.mark.windows
def test_go_config_on_windows(host: WinHost, tmp_path: Path) -> None:
    file = r"C:\Users\ansible\AppData\Roaming\go\env"
    place = host.prefix.unix_path(file)
    place.parent.mkdir(parents=True, exist_ok=True)
    content = b"# mine\nGOFLAGS=-v\nnonsense\nGOPRIVATE=corp.example.com\n"
    place.write_bytes(content)
    climb(Playbooks(tmp_path, host.ansible_vars()), "gopher.devbox.go_config", {}, *CONFIG)
    assert place.read_bytes() == content


@pytest.mark.windows
def test_go_config_on_windows_is_what_go_reads(host: WinHost, tmp_path: Path) -> None:
    """Into AppData as the registry has it, which a policy may have moved; with references in GOPATH."""
    key = rf"HKU\{host.accounts[0].sid}\Software\Microsoft\Windows\CurrentVersion\Explorer\User Shell Folders"
    moved = r"C:\redirected\王小明"
    kept = host.prefix.registry(key).get("AppData")
    host.prefix.set_value(key, "AppData", moved, "REG_EXPAND_SZ")
    try:
        options = {
            "gopath": [r"%HOMEDRIVE%%HOMEPATH%\go", r"C:\x\%USERNAME%"],
            "variables": {"GOPROXY": "https://u:secret@p,direct"},
        }
        (found,), done = Playbooks(tmp_path, host.ansible_vars()).tasks([{"gopher.devbox.go_config": options}])
    finally:
        host.prefix.set_value(
            key, "AppData", *(reversed(kept) if kept else (r"%USERPROFILE%\AppData\Roaming", "REG_EXPAND_SZ"))
        )
    assert found["changed"], done.stdout + done.stderr
    assert "secret" not in done.stdout + done.stderr
    file = host.prefix.unix_path(rf"{moved}\go\env")
    assert file.read_bytes() == b"GOPATH=C:\\Users\\ansible\\go;C:\\x\\ansible\nGOPROXY=https://u:secret@p,direct\n"
    answers = host.prefix.run(
        rf'"{NEW_ROOT}\bin\go.exe" env GOPATH GOPROXY', account=host.account, env={"APPDATA": moved}
    )
    assert [line.strip() for line in answers.stdout.decode().splitlines()] == [
        r"C:\Users\ansible\go;C:\x\ansible",
        "https://u:secret@p,direct",
    ]
