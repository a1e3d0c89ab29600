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
from env_info_windows import Commands, audit, audit_over, info, layers, states
from support import MACHINE, Playbooks, go_registry, transport_to, user_key
from winhost import Account, WinHost, service

from ansible_collections.gopher.devbox.plugins.module_utils._media.sdks_windows import on_windows
from ansible_collections.gopher.devbox.plugins.module_utils._run import project

pytestmark = pytest.mark.windows

USER = user_key(ADMIN.sid)
HOME = rf"C:\Users\{ADMIN.name}"
FILE = rf"{HOME}\AppData\Roaming\go\env"
LEDGER = rf"{HOME}\AppData\Local\gopher.devbox\goenv.json"
RECORDS = {"machine": r"HKLM\SOFTWARE\gopher\devbox\machine", "user": rf"HKU\{ADMIN.sid}\Software\gopher\devbox\user"}
RARELY_MISSING = ("certutil", "icacls", "where")
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
        ("journal", "machine"): "read",
        ("journal", "user"): "read",
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
    monkeypatch.setattr(service, "GATHER", 10.0)
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
    [(ABSENT.sid, "not_looked", "not loaded"), ("nobody", "not_looked", "No loaded hive"), (None, "denied", "read")],
)
def test_a_hive_out_of_reach(box: Box, user: str | None, state: str, word: str) -> None:
    """Of a user who is not signed in, where the account is not elevated; of one whom nobody knows; and of one whose
    hive this account may not read.
    """
    box.path(rf"{NEW_ROOT}\bin")
    keys = [rf"HKU\{CHINESE.sid}\{name}" for name in ("Environment", "Volatile Environment")]
    try:
        for key in keys if user is None else ():
            box.host.prefix.deny_key(key, reading=True)
        document = audit(box.host, ALICE if user != "nobody" else None, user=user or CHINESE.sid)
    finally:
        for key in keys:
            box.host.prefix.allow_key(key)
    found = states(document)
    assert found["registry", "user"] == found["journal", "user"] == state
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


def audited_with(host: WinHost, denied: str | None) -> dict[str, Any]:
    """An audit while a key may not be read, or a policy forbids all registry tools. The session is opened before: the
    host of the tests reads the keys for it.
    """
    transport = transport_to(host)
    transport.run(["cmd.exe", "/c", "ver"])
    try:
        host.prefix.deny_key(denied, reading=True) if denied else host.prefix.policy_registry_tools(True)
        return audit_over(transport)
    finally:
        host.prefix.allow_key(denied) if denied else host.prefix.policy_registry_tools(False)


@pytest.mark.parametrize("policy", [False, True])
def test_a_registry_that_is_denied(box: Box, policy: bool) -> None:
    """The session shows the values, but not whose they are."""
    prefix = box.host.prefix
    box.path(rf"{NEW_ROOT}\bin")
    box.path(r"C:\own\bin", key=USER)
    prefix.set_value(MACHINE, "GOPROXY", "off")
    prefix.set_value(USER, "GOPRIVATE", "corp.example")
    document = audited_with(box.host, None if policy else MACHINE)
    assert medium(document, "registry", "machine")["state"] == "denied"
    assert medium(document, "journal", "machine")["state"] == "denied"
    assert medium(document, "registry", "user")["state"] != "absent"
    assert layers(document, "GOPROXY")[0] == ("session", "off")
    assert layers(document, "GOPRIVATE")[0] == ("session" if policy else "user", "corp.example")
    assert document["go"]["root"] == NEW_ROOT
    directories = [one["directory"] for one in document["path"]]
    assert directories[-1] == r"C:\own\bin"
    assert len(set(directories)) == len(directories)


def test_a_user_scope_that_is_denied(box: Box) -> None:
    box.host.prefix.set_value(MACHINE, "GOPROXY", "off")
    document = audited_with(box.host, USER)
    assert medium(document, "registry", "user")["state"] == "denied"
    assert layers(document, "GOPROXY")[0] == ("machine", "off")


# --- damage ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["machine", "user"])
def test_a_damaged_record(box: Box, mode: str) -> None:
    key = {"machine": MACHINE, "user": USER}[mode]
    box.host.prefix.set_value(key, "GOPROXY", "off")
    for text in ("{", '{"format": 99}'):
        box.host.prefix.set_value(RECORDS[mode], "record", text)
        document = audit(box.host)
        assert medium(document, "journal", mode)["state"] == "damaged"
        assert [one["place"] for one in document["unread"]] == [RECORDS[mode]]
        assert layers(document, "GOPROXY")[0] == (mode, "off")
        assert not document["variables"]["GOPROXY"]["managed"]


def test_a_damaged_ledger(box: Box) -> None:
    box.write(FILE, "GOFLAGS=-v\n")
    box.write(LEDGER, b"\x00\xff{")
    document = audit(box.host)
    assert medium(document, "journal", "user", LEDGER)["state"] == "damaged"
    assert layers(document, "GOFLAGS") == [("go env file", "-v")]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\x00\xff\xfe" * 50, id="binary"),
        pytest.param(b"\xef\xbb\xbfGOFLAGS=-v\r\n", id="bom", marks=pytest.mark.thorough),
        pytest.param("GOFLAGS=-v".encode("utf-16"), id="utf-16", marks=pytest.mark.thorough),
        pytest.param(b"GOFLAGS=-v\n" * 50000, id="huge"),
    ],
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


@pytest.mark.parametrize(
    "program",
    ["tar.exe", "whoami.exe", *(pytest.param(f"{name}.exe", marks=pytest.mark.thorough) for name in RARELY_MISSING)],
)
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
    found = entries(document, "entry", "directory", "layer", "exists", "remote", "sdk", "duplicate")
    machine = [one for one in found if one[2] == "machine"]
    assert [*machine[-7:], *found[-2:]] == [
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
    task: dict[str, Any] = {"gopher.devbox.go_env_info": {"acl": True}}
    book = Playbooks(tmp_path, box.host.ansible_vars())
    (plain, checked), _done = book.tasks([task, {**task, "check_mode": True}])
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


# --- a project -------------------------------------------------------------------------------------------------------

PROJECT = r"C:\工作 (x86)\shop"
LAUNCHER = rf"{PROJECT}\go-env.cmd"


def make_project(host: WinHost, **options: Any) -> None:
    """As go_project makes it."""
    host.prefix.unix_path(PROJECT).mkdir(parents=True, exist_ok=True)
    params = {name: spec.get("default") for name, spec in project.ARGUMENT_SPEC.items()} | options
    result = on_windows(project.run)({**params, "project": PROJECT}, lambda: transport_to(host), False, False)
    assert not result.get("failed"), result


def entered(host: WinHost, variables: dict[str, str], path: str) -> dict[str, str]:
    """What go says where a launcher set these (test_launchers_cmd.py has what launchers do)."""
    before = host.prefix.environment(ADMIN)
    name = next(name for name in before if name.upper() == "PATH")
    environment = {**before, name: f"{path};{before[name]}", **variables}
    done = host.prefix.run(
        r"C:\windows\system32\cmd.exe /d /c go env -json", account=ADMIN, env=environment, cwd="C:\\windows"
    )
    assert done.rc == 0, done
    found: dict[str, str] = json.loads(done.stdout)
    return found


def test_a_project_is_a_layer_over_all_others(box: Box) -> None:
    box.path(rf"{NEW_ROOT}\bin")
    box.host.prefix.set_value(MACHINE, "GOPRIVATE", "machine.example")
    box.host.prefix.set_value(USER, "GOPROXY", "https://user.example")
    box.write(rf"{PROJECT}\go.mod", "module shop\n\ngo 1.21\n")
    box.write(rf"{PROJECT}\sub\go.mod", "module sub\n\ngo 1.99\n")
    make_project(
        box.host,
        goroot=OLD_ROOT,
        gopath=[".gopath", r"%USERPROFILE%\go"],
        variables={"GOPROXY": "https://project.example", "GOFLAGS": "-tags=a%b!"},
        editors=["vscode", "goland"],
    )
    counted = Commands()
    document = audit(box.host, project=PROJECT, commands=counted)
    assert counted.count == 2
    assert layers(document, "GOPROXY")[0] == ("project", "https://project.example")
    assert ("user", "https://user.example") in layers(document, "GOPROXY")
    assert document["variables"]["GOPROXY"]["file"]["path"] == LAUNCHER
    assert document["variables"]["GOPROXY"]["managed"]
    assert (document["path"][0]["directory"], document["path"][0]["layer"]) == (rf"{OLD_ROOT}\bin", "project")
    assert document["go"]["root"] == OLD_ROOT
    launched = {
        "GOROOT": OLD_ROOT,
        "GOPATH": rf"{PROJECT}\.gopath;{HOME}\go",
        "GOPROXY": "https://project.example",
        "GOFLAGS": "-tags=a%b!",
    }
    assert {name: value for name, value in document["project"]["launchers"].items() if name != "PATH"} == launched
    modules = {module["path"]: module for module in document["project"]["modules"]}
    assert modules[rf"{PROJECT}\go.mod"]["satisfied_by"] == "go1.21.13"
    assert modules[rf"{PROJECT}\sub\go.mod"]["satisfied_by"] is None
    media = {one["medium"]: one["state"] for one in document["media"] if one["scope"] == "project"}
    assert media == {"launcher": "read", "VS Code": "read", "GoLand": "read"}
    answer = entered(box.host, launched, rf"{OLD_ROOT}\bin")
    for name in ("GOPROXY", "GOFLAGS", "GOPATH", "GOPRIVATE", "GOROOT", "GOMODCACHE", "GOSUMDB"):
        assert answer[name] == document["variables"][name]["value"], name


@pytest.mark.parametrize(
    ("files", "states_of"),
    [
        ({}, {}),
        ({"go-env.cmd": b"@echo off\r\n"}, {"launcher": "damaged"}),
        ({"go-env.ps1": b"x", ".envrc": b"export GOFLAGS=-v"}, {"launcher": "not_looked", "direnv": "not_looked"}),
        ({".vscode/settings.json": b"{", ".idea/workspace.xml": b"<"}, {"VS Code": "damaged", "GoLand": "damaged"}),
        ({".vscode/settings.json": b"\xff\x00"}, {"VS Code": "damaged"}),
        ({"go-env.cmd/x": b"", ".idea/workspace.xml": b""}, {"launcher": "denied", "GoLand": "damaged"}),
    ],
)
def test_files_of_a_project_that_are_something_else(
    box: Box, files: dict[str, bytes], states_of: dict[str, str]
) -> None:
    box.host.prefix.unix_path(PROJECT).mkdir(parents=True, exist_ok=True)
    box.made.append(box.host.prefix.unix_path(PROJECT))
    for name, data in files.items():
        box.write("\\".join([PROJECT, *name.split("/")]), data)
    document = audit(box.host, project=PROJECT)
    assert {one["medium"]: one["state"] for one in document["media"] if one["scope"] == "project"} == states_of
    assert "project" not in {held["layer"] for held in document["variables"].values()}


def test_the_go_of_vs_code(box: Box) -> None:
    box.path(rf"{NEW_ROOT}\bin")
    settings = {
        "go.alternateTools": {"go": r"${workspaceFolder}\tools\go.exe"},
        "terminal.integrated.env.windows": {"Path": r"${workspaceFolder}\bin;${env:Path}", "GOFLAGS": "-v"},
        "go.toolsEnvVars": {"GOPRIVATE": "${env:USERNAME}.example"},
    }
    box.write(rf"{PROJECT}\.vscode\settings.json", json.dumps(settings))
    document = audit(box.host, project=PROJECT)
    assert document["project"]["alternate_go"] == rf"{PROJECT}\tools\go.exe"
    assert layers(document, "GOFLAGS") == [("project", "-v")]
    assert layers(document, "GOPRIVATE") == [("project", "ansible.example")]
    assert document["path"][0]["directory"] == rf"{PROJECT}\bin"
