# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""go_env over every medium of a host: the ladder, layers of several accounts, a change that fails half way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import NEW_ROOT
from linuxhost import LinuxHost
from support import Playbooks, user_key
from test_budget import go_env
from test_posix_ladder import survey
from winhost import WinHost

GO = "/opt/go1.27.3"
MODULE = "gopher.devbox.go_env"


def climb(
    playbooks: Playbooks,
    scopes: dict[str, Any],
    first: dict[str, Any],
    second: dict[str, Any],
    bad: list[dict[str, Any]],
    **play: Any,
) -> dict[str, Any]:
    """All rungs in one play, with what each promises. `scopes` are the options that say whose it is; `first` and
    `second` what is set.
    """

    def task(name: str, **options: Any) -> dict[str, Any]:
        return {"name": name, MODULE: options}

    tasks = [
        *(task(f"bad {number}", **options) for number, options in enumerate(bad)),
        task("check", **first) | {"check_mode": True, "diff": True},
        task("apply", **first) | {"diff": True},
        task("again", **first),
        task("update", **second),
        task("update again", **second),
        task("absent", **scopes, state="absent"),
        task("absent again", **scopes, state="absent"),
        task("restored", **scopes, state="restored"),
        task("look", **second) | {"check_mode": True},
        task("restored twice", **scopes, state="restored"),
        task("restored thrice", **scopes, state="restored"),
        task("at the bottom", **scopes, state="restored"),
    ]
    results, done = playbooks.tasks(tasks, play=play)
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
    for before, after in (("apply", "again"), ("update", "update again")):
        assert [one["after"] for one in found[before]["media"]] == [one["before"] for one in found[after]["media"]]
    for name in ("apply", "update", "absent", "restored"):
        journals = {one["journal"] for one in found[name]["media"] if one["changed"]}
        assert journals == {found[name]["journal"]}, said
    undone = [found[name]["undone"] for name in ("restored", "restored twice", "restored thrice")]
    assert undone == [found[name]["journal"] for name in ("absent", "update", "apply")]
    return found


USER = {
    "mode": "user",
    "gopath": ["/srv/a"],
    "variables": {"GOPROXY": "https://one"},
    "config": {"GOFLAGS": "-v", "GOSUMDB": False},
}
UPDATED = {
    **USER,
    "gopath": ["/srv/b"],
    "variables": {"GOPROXY": "https://u:secret@two"},
    "config": {"GOFLAGS": None, "GOPRIVATE": "corp"},
}
BAD: list[dict[str, Any]] = [
    {},
    {"mode": "everybody"},
    {"mode": "machine", "config": {"GOFLAGS": "-v"}},
    {"layers": [{"mode": "user"}, {"mode": "user"}]},
    {"layers": [], "mode": "user"},
    {"mode": "user", "gopath": ["relative"], "config": {"GOROOT": "/go", "GOBIN": "relative"}},
    {"mode": "user", "user": "nobody-of-this-name", "config": {}},
]


def test_two_media_of_one_user(linux: LinuxHost, tmp_path: Path) -> None:
    home = linux.home("dev-bash")
    linux.write(f"{home}/.bashrc", b"# mine\r\nalias ll='ls -l'\r\n", owner="dev-bash")
    linux.write(f"{home}/.config/go/env", b"# mine\nGOPRIVATE=corp.example.com\n", owner="dev-bash")
    linux.run(["chown", "-R", "dev-bash:", home])
    before = survey(linux, home)
    found = climb(
        Playbooks(tmp_path, linux.ansible_vars("dev-bash")),
        {"mode": "user", "config": {}},
        USER,
        UPDATED,
        BAD,
    )
    assert survey(linux, home) == before
    assert [one["medium"] for one in found["apply"]["media"]] == ["start files (user)", "go env file"]
    effective = found["update"]["effective"]
    assert (effective["GOPROXY"]["scope"], effective["GOPRIVATE"]["scope"]) == ("user", "go env file")
    assert "secret" not in str(found)
    for number, words in ((2, "mode is machine"), (3, "more than one layer user"), (4, "layers is given")):
        assert words in found[f"bad {number}"]["msg"]
    assert "config: go refuses GOROOT" in found["bad 5"]["msg"]
    assert "config.GOBIN: 'relative'" in found["bad 5"]["msg"]
    assert "start files (user): gopath: 'relative'" in found["bad 5"]["msg"]


def test_layers_of_the_machine_and_of_the_account_behind_root(linux: LinuxHost, tmp_path: Path) -> None:
    """One task that became root: the user's layer is that of the account which connects, and its files are its own."""
    home = linux.home("dev-bash")
    before = survey(linux, "/etc", "/usr/local", home)
    scopes = {"layers": [{"mode": "machine"}, {"mode": "user", "config": {}}]}
    first = {"layers": [{"mode": "machine", "goroot": GO, "link_go": True}, USER]}
    second = {"layers": [{"mode": "machine", "goroot": GO, "variables": {"GOTOOLCHAIN": "local"}}, UPDATED]}
    playbooks = Playbooks(tmp_path, linux.ansible_vars("dev-bash"))
    found = climb(playbooks, scopes, first, second, [], become=True)
    after = survey(linux, "/etc", "/usr/local", home)
    assert {name: held for name, held in after.items() if held != before.get(name)} == {}
    assert [(one["medium"], one["user"]) for one in found["apply"]["media"]] == [
        ("start files (machine)", ""),
        ("start files (user)", "dev-bash"),
        ("go env file", "dev-bash"),
    ]
    effective = found["apply"]["effective"]
    assert (effective["GOROOT"]["scope"], effective["go"]["file"]) == ("machine", f"{GO}/bin/go")

    playbooks.tasks([{MODULE: first}], play={"become": True})
    owners = linux.run(["find", f"{home}/.config", "!", "-user", "dev-bash"])
    assert owners.stdout.strip() in (b"", "")
    (own,), done = playbooks.tasks([{MODULE: {"state": "restored"}}])
    assert [one["changed"] for one in own["media"]] == [False, True, True], done.stdout
    assert [finding["subject"] for finding in own["findings"] if finding["id"] == "restore_incomplete"] == [
        "start files (machine)"
    ]
    (rest,), done = playbooks.tasks([{MODULE: {"state": "restored"}}], play={"become": True})
    assert [one["changed"] for one in rest["media"]] == [True, False, False], done.stdout
    assert rest["undone"] == own["undone"]
    assert {name: held for name, held in survey(linux, "/etc", home).items() if held != before.get(name)} == {}


def test_a_medium_that_fails_rolls_back_the_one_before(linux: LinuxHost, tmp_path: Path) -> None:
    """The go env file is on a file system without room for what is to be in it, which shows only when it is written."""
    home = linux.home("dev-bash")
    place = f"{home}/.config/go"
    linux.run(["mkdir", "-p", place])
    assert linux.run(["mount", "-t", "tmpfs", "-o", "size=8k", "none", place]).returncode == 0
    try:
        linux.write(f"{place}/env", b"GOPRIVATE=corp\n", owner="dev-bash")
        linux.run(["chown", "-R", "dev-bash:", home])
        before = survey(linux, home)
        playbooks = Playbooks(tmp_path, linux.ansible_vars("dev-bash"))
        long = {**USER, "config": {"GOPRIVATE": ",".join(f"host{number}.example" for number in range(1000))}}
        (result,), done = playbooks.tasks([{MODULE: long}])
        after = survey(linux, home)
    finally:
        linux.run(["umount", place])
    assert result["failed"], done.stdout
    assert result.get("fates", {}).get("start files (user)") == "rolled back", result["msg"]
    assert set(result["fates"]) == {"start files (user)", "go env file"}
    assert "start files (user): rolled back" in result["msg"]
    assert "go env file: " in result["msg"]
    assert after == before


def test_the_file_is_where_goenv_says(linux: LinuxHost, tmp_path: Path) -> None:
    """Also where it is this very run that sets GOENV."""
    place = f"{linux.home('dev-bash')}/elsewhere"
    options = {"mode": "user", "variables": {"GOENV": place}, "config": {"GOFLAGS": "-v"}}
    playbooks = Playbooks(tmp_path, linux.ansible_vars("dev-bash"))
    results, done = playbooks.tasks([{MODULE: options}] * 2)
    assert [result.get("changed") for result in results] == [True, False], done.stdout
    assert linux.read(place) == b"GOFLAGS=-v\n"
    results, done = playbooks.tasks([{MODULE: {"mode": "user", "state": "restored"}}])
    assert results[0]["changed"], done.stdout


# --- a Windows host --------------------------------------------------------------------------------------------------

ON_WINDOWS = {
    "mode": "user",
    "gopath": [r"C:\srv\a"],
    "variables": {"GOPROXY": "https://one"},
    "config": {"GOFLAGS": "-v", "GOSUMDB": False},
    "shells": ["bash"],
}
UPDATED_ON_WINDOWS = {
    **ON_WINDOWS,
    "gopath": [r"%USERPROFILE%\go"],
    "config": {"GOFLAGS": None, "GOBIN": r"C:\srv\bin"},
}
FILE = r"C:\Users\ansible\AppData\Roaming\go\env"


@pytest.mark.windows
def test_two_media_of_a_windows_host(host: WinHost, tmp_path: Path) -> None:
    place = host.prefix.unix_path(FILE)
    place.parent.mkdir(parents=True, exist_ok=True)
    content = b"# mine\nGOPRIVATE=corp.example.com\n"
    place.write_bytes(content)
    found = climb(
        Playbooks(tmp_path, host.ansible_vars()),
        {"mode": "user", "config": {}},
        ON_WINDOWS,
        UPDATED_ON_WINDOWS,
        [*BAD[:5], {"mode": "user", "gopath": ["relative"], "config": {"GOROOT": r"C:\go"}}],
    )
    assert place.read_bytes() == content
    assert [one["medium"] for one in found["apply"]["media"]] == ["registry (user)", "go env file"]
    effective = found["update"]["effective"]
    assert (effective["GOPROXY"]["scope"], effective["GOBIN"]["scope"]) == ("user", "go env file")
    assert "inventory" in found["apply"]


@pytest.mark.windows
def test_layers_of_a_windows_host(host: WinHost, tmp_path: Path) -> None:
    host.prefix.unix_path(FILE).unlink(missing_ok=True)
    layers = [{"mode": "machine", "goroot": NEW_ROOT, "anchor": True}, ON_WINDOWS]
    results, done = Playbooks(tmp_path, host.ansible_vars()).tasks(
        [
            {MODULE: {"layers": layers}},
            {MODULE: {"layers": layers}},
            {MODULE: {"state": "restored"}},
            {MODULE: {"state": "restored"}, "check_mode": True},
        ]
    )
    assert [result.get("changed") for result in results] == [True, False, True, False], done.stdout
    assert [one["medium"] for one in results[0]["media"]] == ["registry (machine)", "registry (user)", "go env file"]
    assert {one["journal"] for one in results[0]["media"]} == {results[0]["journal"]}
    assert results[0]["effective"]["go"]["file"] == rf"{NEW_ROOT}\bin\go.exe"
    assert results[2]["undone"] == results[0]["journal"]
    assert not host.prefix.unix_path(FILE).exists()


@pytest.mark.windows
def test_a_registry_that_fails_rolls_back_the_file(host: WinHost) -> None:
    """The right to write is lost between the reading and the writing."""
    place = host.prefix.unix_path(FILE)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(b"GOPRIVATE=corp\n")
    key = user_key(host.account.sid)
    host.faults.before("Send", lambda: host.prefix.deny_key(key), nth=2)
    try:
        result = go_env(host, **ON_WINDOWS, verify=False)
    finally:
        host.prefix.allow_key(key)
    assert not host.faults.errors
    assert result["failed"], result
    assert result["fates"] == {"go env file": "rolled back", "registry (user)": "not changed"}, result["msg"]
    assert not result["changed"]
    assert place.read_bytes() == b"GOPRIVATE=corp\n"
    place.unlink()
