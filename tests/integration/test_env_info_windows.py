# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ladder of go_env_info on a Windows host: it changes nothing, needs no rights, and says of all that it could
not read that it could not.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ABSENT, ADMIN, ALICE, CHINESE, NEW_ROOT, OLD_ROOT, TEMPORARY
from env_info_windows import Commands, audit, info, layers, states
from support import MACHINE, Playbooks, go_registry, user_key
from winhost import Account, WinHost, service

pytestmark = pytest.mark.windows

USER = user_key(ADMIN.sid)
HOME = rf"C:\Users\{ADMIN.name}"
FILE = rf"{HOME}\AppData\Roaming\go\env"
LEDGER = rf"{HOME}\AppData\Local\gopher.devbox\goenv.json"
RECORDS = {"machine": r"HKLM\SOFTWARE\gopher\devbox\machine", "user": rf"HKU\{ADMIN.sid}\Software\gopher\devbox\user"}
SECRET = "hunter2hunter2"
ADDRESS = f"https://ann:{SECRET}@proxy.example"


class Box:
    """A host whose files are the test's to make."""

    def __init__(self, host: WinHost) -> None:
        self.host, self.made = host, list[Path]()

    def write(self, place: str, data: bytes | str) -> Path:
        path = self.host.prefix.unix_path(place)
        top = path
        while not top.parent.exists():
            top = top.parent
        if not top.exists():
            self.made.append(top)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    def sdk(self, root: str, version: str = "go1.22.3") -> str:
        self.write(rf"{root}\VERSION", f"{version}\ntime x\n")
        self.write(rf"{root}\bin\go.exe", "MZ")
        self.write(rf"{root}\pkg\tool\windows_amd64\compile.exe", "MZ")
        return root

    def path(self, *entries: str, key: str = MACHINE) -> None:
        before = str(self.host.prefix.registry(key).get("Path", ("", ""))[1])
        self.host.prefix.set_value(key, "Path", ";".join([*([before] if before else []), *entries]), "REG_EXPAND_SZ")


@pytest.fixture
def box(host: WinHost) -> Iterator[Box]:
    found = Box(host)
    yield found
    for place in reversed(found.made):
        shutil.rmtree(place) if place.is_dir() else place.unlink()


def entries(document: dict[str, Any], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(entry[name] for name in names) for entry in document["path"]]


def entry(document: dict[str, Any], directory: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in document["path"] if one["directory"].lower() == directory.lower())
    return found


def medium(document: dict[str, Any], label: str, scope: str, place: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = next(
        one
        for one in document["media"]
        if (one["medium"], one["scope"]) == (label, scope) and place in (None, one["place"])
    )
    return found


# --- what it costs, and changes -------------------------------------------------------------------------------------


def below(host: WinHost, key: str) -> dict[str, Any]:
    return {"": host.prefix.registry(key), **{name: below(host, rf"{key}\{name}") for name in host.prefix.subkeys(key)}}


def everything(host: WinHost) -> dict[str, Any]:
    """The registry, and every file with its bytes' size and its time."""
    found: dict[str, Any] = {MACHINE: host.prefix.registry(MACHINE)}
    for key in (rf"HKU\{ADMIN.sid}", r"HKLM\SOFTWARE\gopher"):
        if host.prefix.has_key(key):
            found[key] = below(host, key)
    for top, _directories, files in os.walk(host.prefix.unix_path("C:\\")):
        for name in files:
            if name.startswith("CMD") and name.endswith(".tmp"):
                continue  # of Wine's cmd.exe, for each FOR /F loop over a command
            seen = os.lstat(Path(top, name))
            found[str(Path(top, name))] = (seen.st_size, seen.st_mtime_ns, seen.st_mode)
    return found


def test_it_changes_nothing_and_says_the_same_twice(box: Box) -> None:
    host = box.host
    assert go_registry(host, scope="machine", goroot=NEW_ROOT, variables={"GOPROXY": "off"}, verify=False)["changed"]
    assert go_registry(host, scope="user", gopath=[r"%USERPROFILE%\work"], verify=False)["changed"]
    box.write(FILE, "GOFLAGS=-v\n")
    before = everything(host)
    first = audit(host, acl=True)
    second = audit(host, acl=True)
    assert everything(host) == before
    assert first.pop("taken") <= second.pop("taken")
    assert first == second
    assert states(first) == {
        ("registry", "machine"): "read",
        ("registry", "user"): "read",
        ("record", "machine"): "read",
        ("record", "user"): "read",
        ("go env file", "user"): "read",
        ("go.env", "machine"): "read",
    }
    assert first["unread"] == []
    managed = {name for name, found in first["variables"].items() if found["managed"]}
    assert managed == {"GOROOT", "GOPROXY", "GOPATH"}
    assert [one["directory"] for one in first["path"] if one["managed"]] == [
        rf"{NEW_ROOT}\bin",
        rf"{HOME}\work\bin",
    ]
    assert first["variables"]["GOPATH"]["raw"] == r"%USERPROFILE%\work"
    assert (first["go"]["file"], first["go"]["root"]) == (rf"{NEW_ROOT}\bin\go.exe", NEW_ROOT)


@pytest.mark.parametrize(
    ("options", "commands", "most"),
    [({}, 2, 8), ({"acl": True}, 2, 8), ({"user": ALICE.sid}, 2, 8), ({"user": ALICE.name}, 3, 11)],
)
def test_budget(box: Box, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], commands: int, most: int) -> None:
    """Open, close, and three requests a command. The name of another user is looked up first."""
    # What is printed at the end is printed at once; on a busy machine the program's own end may be late.
    monkeypatch.setattr(service, "GATHER", 2.0)
    box.path(rf"{NEW_ROOT}\bin", *(rf"C:\Program Files\Program {number}\bin" for number in range(25)))
    box.host.counters.reset()
    counted = Commands()
    audit(box.host, commands=counted, **options)
    assert counted.count == commands
    assert sum(box.host.counters.actions.values()) <= most


@pytest.mark.parametrize("acl", [False, pytest.param(True, marks=pytest.mark.thorough)])
def test_a_thousand_entries(box: Box, acl: bool) -> None:
    box.path(*(rf"C:\d{number:03}" for number in range(1000)), rf"{NEW_ROOT}\bin")
    box.write(r"C:\d500\x", "")
    document = audit(box.host, acl=acl)
    assert len(document["path"]) > 1000
    assert document["path_length"] > 8191
    assert document["go"]["root"] == NEW_ROOT
    assert {one["exists"] for one in document["path"] if one["directory"].startswith(r"C:\d")} == {True, False}


# --- rights ----------------------------------------------------------------------------------------------------------


def test_an_account_without_rights_gets_a_whole_document(box: Box) -> None:
    box.path(rf"{NEW_ROOT}\bin")
    box.host.prefix.set_value(user_key(ALICE.sid), "GOPRIVATE", "alice.example")
    document = audit(box.host, ALICE)
    assert document["unread"] == []
    assert document["user"] == ALICE.sid
    assert document["variables"]["GOPRIVATE"]["value"] == "alice.example"
    assert document["go"]["root"] == NEW_ROOT
    named = audit(box.host, ALICE, user=ALICE.sid, acl=True)
    assert named["variables"] == document["variables"]


@pytest.mark.parametrize(
    ("user", "state", "word"),
    [(ABSENT.sid, "not_looked", "not loaded"), (ABSENT.name, "not_looked", "No loaded hive"), (None, "denied", "read")],
)
def test_a_hive_out_of_reach(box: Box, user: str | None, state: str, word: str) -> None:
    """Of a user who is not signed in, and of one whose hive this account may not read."""
    box.path(rf"{NEW_ROOT}\bin")
    hive = rf"HKU\{CHINESE.sid}"
    try:
        if user is None:
            box.host.prefix.deny_key(hive, reading=True)
        document = audit(box.host, ALICE if user is None else None, user=user or CHINESE.sid)
    finally:
        box.host.prefix.allow_key(hive)
    found = states(document)
    assert found["registry", "user"] == found["record", "user"] == state
    assert word in medium(document, "registry", "user")["reason"]
    assert found["go env file", "user"] == "not_looked"
    assert found["registry", "machine"] == "read"
    assert not {"GOPATH", "GOCACHE", "GOENV"} & set(document["variables"]), "nobody knows them"
    assert document["go"]["root"] == NEW_ROOT
    assert {one["scope"] for one in document["unread"]} == {"user"}


def test_another_user_whose_hive_is_loaded(box: Box) -> None:
    home = rf"C:\Users\{CHINESE.name}"
    box.write(rf"{home}\AppData\Roaming\go\env", "GOPRIVATE=file.example\nGOPATH=C:\\其他\n")
    box.host.prefix.set_value(user_key(CHINESE.sid), "GOPATH", r"%USERPROFILE%\代码", "REG_EXPAND_SZ")
    for name in (CHINESE.name, CHINESE.sid, rf"{CHINESE.domain}\{CHINESE.name}"):
        document = audit(box.host, user=name)
        assert document["user"] == CHINESE.sid
        assert layers(document, "GOPATH") == [
            ("user", rf"{home}\代码"),
            ("go env file", r"C:\其他"),
            ("built in", rf"{home}\go"),
        ]
        assert document["variables"]["GOPRIVATE"]["file"]["path"] == rf"{home}\AppData\Roaming\go\env"
        assert document["unread"] == []


def test_a_temporary_profile_is_said(box: Box) -> None:
    document = audit(box.host, user=TEMPORARY.sid)
    assert "temporary_profile" in [found["id"] for found in document["findings"]]


@pytest.mark.parametrize("policy", [False, True])
def test_a_registry_that_is_denied(box: Box, policy: bool) -> None:
    """The session shows the values, but not whose they are."""
    prefix = box.host.prefix
    box.path(rf"{NEW_ROOT}\bin")
    box.path(r"C:\own\bin", key=USER)
    prefix.set_value(MACHINE, "GOPROXY", "off")
    prefix.set_value(USER, "GOPRIVATE", "corp.example")
    try:
        prefix.policy_registry_tools(True) if policy else prefix.deny_key(MACHINE, reading=True)
        document = audit(box.host)
    finally:
        prefix.policy_registry_tools(False) if policy else prefix.allow_key(MACHINE)
    assert medium(document, "registry", "machine")["state"] == "denied"
    assert medium(document, "record", "machine")["state"] == "denied"
    assert medium(document, "registry", "user")["state"] != "absent"
    assert layers(document, "GOPROXY")[0] == ("session", "off")
    assert layers(document, "GOPRIVATE")[0] == ("session" if policy else "user", "corp.example")
    assert document["go"]["root"] == NEW_ROOT
    directories = [one["directory"] for one in document["path"]]
    assert directories[-1] == r"C:\own\bin"
    assert len(set(directories)) == len(directories)


def test_a_user_scope_that_is_denied(box: Box) -> None:
    box.host.prefix.set_value(MACHINE, "GOPROXY", "off")
    try:
        box.host.prefix.deny_key(USER, reading=True)
        document = audit(box.host)
    finally:
        box.host.prefix.allow_key(USER)
    assert medium(document, "registry", "user")["state"] == "denied"
    assert layers(document, "GOPROXY")[0] == ("machine", "off")


# --- damage ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["machine", "user"])
def test_a_damaged_record(box: Box, mode: str) -> None:
    key = {"machine": MACHINE, "user": USER}[mode]
    box.host.prefix.set_value(key, "GOPROXY", "off")
    for text in ("{", "[]", '{"format": 99}', "é中"):
        box.host.prefix.set_value(RECORDS[mode], "record", text)
        document = audit(box.host)
        assert medium(document, "record", mode)["state"] == "damaged"
        assert [one["place"] for one in document["unread"]] == [RECORDS[mode]]
        assert layers(document, "GOPROXY")[0] == (mode, "off")
        assert not document["variables"]["GOPROXY"]["managed"]


def test_a_damaged_ledger(box: Box) -> None:
    box.write(FILE, "GOFLAGS=-v\n")
    box.write(LEDGER, b"\x00\xff{")
    document = audit(box.host)
    assert medium(document, "record", "user", LEDGER)["state"] == "damaged"
    assert layers(document, "GOFLAGS") == [("go env file", "-v")]


@pytest.mark.parametrize(
    "data",
    [b"", b"\x00\xff\xfe" * 50, b"\xef\xbb\xbfGOFLAGS=-v\r\n", "GOFLAGS=-v".encode("utf-16"), b"GOFLAGS=-v\n" * 50000],
    ids=["empty", "binary", "bom", "utf-16", "huge"],
)
def test_a_damaged_go_env_file(box: Box, data: bytes) -> None:
    box.write(FILE, data)
    document = audit(box.host)
    assert medium(document, "go env file", "user")["state"] == "read"
    assert document["variables"]["GOCACHE"]["layer"] == "built in"


def test_a_directory_in_place_of_the_go_env_file(box: Box) -> None:
    box.write(rf"{FILE}\below", "")
    found = medium(audit(box.host), "go env file", "user")
    assert found["state"] == "denied"
    assert "is a directory" in found["reason"]


@pytest.mark.parametrize("program", ["tar.exe", "certutil.exe", "icacls.exe", "where.exe", "whoami.exe"])
def test_a_program_that_is_not_there(box: Box, program: str) -> None:
    box.write(FILE, "GOFLAGS=-v\n")
    box.path(rf"{NEW_ROOT}\bin")
    box.host.prefix.remove_program(program)
    try:
        document = audit(box.host, acl=True)
    finally:
        box.host.prefix.restore_program(program)
    assert document["go"]["root"] == NEW_ROOT
    if program != "whoami.exe":
        assert layers(document, "GOFLAGS") == [("go env file", "-v")]
    else:
        assert medium(document, "registry", "user")["state"] == "not_looked"


@pytest.mark.parametrize(
    ("named", "state", "file"),
    [
        ("off", "absent", None),
        (r"relative\env", "not_looked", None),
        (r"\\server\share\env", "not_looked", None),
        (r"C:\settings\go env", "read", "GOFLAGS=-v\n"),
        (r"C:\设置\env", "read", "GOFLAGS=-v\n"),
        (r"C:\settings\none", "absent", None),
        (r"C:\a&b\env", "not_looked", None),
    ],
)
def test_where_goenv_leads(box: Box, named: str, state: str, file: str | None) -> None:
    box.host.prefix.set_value(USER, "GOENV", named)
    if file:
        box.write(named, file)
    document = audit(box.host)
    assert medium(document, "go env file", "user")["state"] == state
    assert bool(layers(document, "GOFLAGS")) is bool(file)


# --- PATH ------------------------------------------------------------------------------------------------------------


def test_entries_as_they_are(box: Box) -> None:
    box.host.prefix.set_value(USER, "TOOLS", r"C:\tools")
    box.path("", r"\\server\share\bin", r"Q:\bin", "relative", rf"{OLD_ROOT}\bin", rf'"{NEW_ROOT}\bin"', r"%NOWHERE%\x")
    box.path(r"%TOOLS%\bin", rf"{OLD_ROOT}\bin\\", key=USER)
    document = audit(box.host)
    found = entries(document, "entry", "directory", "layer", "exists", "remote", "sdk", "duplicate")[-9:]
    assert found == [
        ("", "", "machine", None, False, None, False),
        (r"\\server\share\bin", r"\\server\share\bin", "machine", None, True, None, False),
        (r"Q:\bin", r"Q:\bin", "machine", None, True, None, False),
        ("relative", "relative", "machine", None, False, None, False),
        (rf"{OLD_ROOT}\bin", rf"{OLD_ROOT}\bin", "machine", True, False, "go1.21.13", False),
        (rf'"{NEW_ROOT}\bin"', rf"{NEW_ROOT}\bin", "machine", True, False, "go1.27.3", False),
        (r"%NOWHERE%\x", r"%NOWHERE%\x", "machine", None, False, None, False),
        (r"%TOOLS%\bin", r"C:\tools\bin", "user", False, False, None, False),
        (rf"{OLD_ROOT}\bin\\", rf"{OLD_ROOT}\bin", "user", True, False, "go1.21.13", True),
    ]
    assert document["go"]["root"] == OLD_ROOT
    assert document["path"][document["go"]["index"]]["directory"] == rf"{OLD_ROOT}\bin"


def test_a_shim_before_go(box: Box) -> None:
    """The go.env that counts is that of the SDK that a shim starts."""
    root = box.sdk(rf"{HOME}\scoop\apps\go\1.22.3")
    box.write(rf"{root}\go.env", "GOPROXY=https://scoop.example\n")
    box.write(rf"{HOME}\scoop\shims\go.exe", "MZ")
    box.write(rf"{HOME}\scoop\shims\go.shim", f'path = "{root}\\bin\\go.exe"\r\n')
    box.write(r"C:\ProgramData\chocolatey\bin\go.exe", "MZ")
    box.path(rf"{HOME}\scoop\shims", r"C:\ProgramData\chocolatey\bin", rf"{NEW_ROOT}\bin")
    document = audit(box.host)
    assert entry(document, rf"{HOME}\scoop\shims")["shim"] == "scoop"
    assert entry(document, r"C:\ProgramData\chocolatey\bin")["shim"] == "chocolatey"
    assert entry(document, rf"{NEW_ROOT}\bin")["shim"] is None
    assert document["go"]["root"] == root
    assert layers(document, "GOPROXY") == [("go.env", "https://scoop.example")]


def test_who_can_write_to_directories(box: Box) -> None:
    for place in (r"C:\open\bin", r"C:\guarded\bin"):
        box.write(rf"{place}\x", "")
    box.host.prefix.unix_path(r"C:\open\bin").chmod(0o777)
    box.host.prefix.unix_path(r"C:\guarded\bin").chmod(0o755)
    box.path(r"C:\open\bin", r"C:\guarded\bin", r"C:\none\bin", r"\\server\share", rf"{NEW_ROOT}\bin")
    places = (r"C:\open\bin", r"C:\guarded\bin", r"C:\none\bin", r"\\server\share", rf"{NEW_ROOT}\bin")
    expected = {False: ["likely", "likely", "likely", "unknown", "unknown"], True: ["yes", "no", "likely", "unknown"]}
    for acl, words in expected.items():
        document = audit(box.host, acl=acl)
        assert [entry(document, place)["writable"] for place in places][: len(words)] == words


# --- secrets, other ways, options ------------------------------------------------------------------------------------


def test_secrets_are_masked_in_every_medium(box: Box) -> None:
    prefix = box.host.prefix
    for key in (MACHINE, USER, rf"HKU\{ADMIN.sid}\Volatile Environment"):
        prefix.set_value(key, "GOPROXY", ADDRESS)
    box.write(FILE, f"GOPROXY={ADDRESS}\n")
    box.path(rf"C:\x={SECRET}")
    prefix.set_value(RECORDS["user"], "record", f'{{"damaged": "{ADDRESS}"}}')
    try:
        document = audit(box.host)
    finally:
        prefix.delete_value(rf"HKU\{ADMIN.sid}\Volatile Environment", "GOPROXY")
    assert SECRET not in json.dumps(document)
    found = document["variables"]["GOPROXY"]
    assert [one["secret"] for one in (found, *found["shadows"])][:4] == [True] * 4
    assert [one["exposed"] for one in (found, *found["shadows"])][:4] == [False, False, True, False]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"user": "a/b"}, "user: 'a/b'"),
        ({"user": "S-1-x"}, "user: 'S-1-x'"),
        ({"project": "shop"}, "project: 'shop' is not a path"),
        ({"project": r"C:\nowhere"}, "is not a directory that this session sees"),
    ],
)
def test_options_that_are_of_no_use(box: Box, options: dict[str, Any], words: str) -> None:
    result = info(box.host, **options)
    assert result["failed"]
    assert words in result["msg"]
    assert "Traceback" not in result["msg"]


def test_a_policy_that_forbids_the_command_prompt(box: Box) -> None:
    box.host.prefix.policy_cmd(True)
    try:
        result = info(box.host)
    finally:
        box.host.prefix.policy_cmd(False)
    assert result["failed"]
    assert "command prompt" in result["msg"]


def test_through_ansible(box: Box, tmp_path: Path) -> None:
    box.path(rf"{NEW_ROOT}\bin")
    task = {"gopher.devbox.go_env_info": {"acl": True}}
    book = Playbooks(tmp_path, box.host.ansible_vars())
    plain, checked = (book.tasks([task], *arguments)[0][0] for arguments in ((), ("--check",)))
    assert plain["audit"]["host"] == "box"
    assert plain["audit"]["platform"] == {"family": "windows", "goos": "windows", "goarch": "amd64", "wsl": False}
    for found in (plain, checked):
        found["audit"].pop("taken")
    assert plain["audit"] == checked["audit"]


@pytest.mark.skipif(shutil.which("ssh") is None, reason="needs an OpenSSH client (Debian: openssh-client)")
def test_over_ssh(tmp_path: Path) -> None:
    accounts: tuple[Account, ...] = (ADMIN, CHINESE)
    with WinHost.start(accounts, ssh=True, go={"1.27.3": NEW_ROOT}, packages=False, codepage=936) as host:
        host.prefix.set_value(MACHINE, "GOPRIVATE", "例子.cn")
        place = host.prefix.unix_path(FILE)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes("GOPATH=C:\\代码\n".encode())
        book = Playbooks(tmp_path, host.ansible_vars(connection="ssh"))
        (found,), _done = book.tasks([{"gopher.devbox.go_env_info": {"acl": True}}])
        document = found["audit"]
        assert document["unread"] == []
        assert layers(document, "GOPRIVATE") == [("machine", "例子.cn")]
        assert layers(document, "GOPATH")[0] == ("go env file", r"C:\代码")
