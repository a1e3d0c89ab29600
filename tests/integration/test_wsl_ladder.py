# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""go_wsl over WinRM, in distros of the Windows host of the tests: the ladder, and what keeps a distro from being
changed.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ADMIN
from distros import adding, go_wsl, host_with_wsl
from support import Playbooks, transport_to, user_key
from winhost import Fault, WinHost
from winhost.prefix import Account
from winhost.wsl import Distro

from ansible_collections.gopher.devbox.plugins.module_utils._formats import wslbatch
from ansible_collections.gopher.devbox.plugins.module_utils._hosts import wsl as hosts_wsl
from ansible_collections.gopher.devbox.plugins.modules import go_wsl as go_wsl_module

pytestmark = pytest.mark.windows

EMPTY = Account("empty", "Passw0rd-empty", "S-1-5-21-1004336348-1177238915-682003330-1002")
THEIRS = b"alias ll='ls -l'\r\n# \xff \x00 theirs\r\nPATH=$HOME/bin:$PATH\r\n"
USER = {"scope": "user", "shells": ["sh", "bash"], "gopath": ["~/go"], "variables": {"GOPROXY": "off"}}
HAZARDS = "-DX='a b' -DY=\"c\" $HOME `id` \\ !* %PATH% ^& 工具 ~"


@pytest.fixture(scope="module")
def shared() -> Iterator[WinHost]:
    with host_with_wsl(EMPTY, ssh=True) as host:
        yield host


@pytest.fixture
def windows(shared: WinHost) -> Iterator[WinHost]:
    shared.counters.reset()
    shared.faults.clear()
    yield shared
    shared.faults.clear()
    shared.prefix.wsl_fault(None)
    shared.prefix.wsl_session_zero(False)


@pytest.fixture
def add(windows: WinHost) -> Iterator[Callable[..., Distro]]:
    with adding(windows) as add:
        yield add


def commands(host: WinHost) -> int:
    return host.counters.now.actions["Command"]


def ids(result: dict[str, Any]) -> list[str]:
    return [finding["id"] for finding in result["findings"]]


def home(distro: Distro) -> Path:
    return distro.root / "home/dev"


def tree(distro: Distro) -> dict[str, tuple[int, int, bytes]]:
    """The files in the home, without the records of this collection: owner, mode and bytes."""
    out = {}
    for path in sorted(home(distro).rglob("*")):
        name = str(path.relative_to(home(distro)))
        if path.is_file() and not name.startswith(".local/state"):
            found = path.stat()
            out[name] = (found.st_uid, stat.S_IMODE(found.st_mode), path.read_bytes())
    return out


def begin(distro: Distro) -> None:
    """Start files of somebody's own: CRLF, bytes that are no text, another mode, a link."""
    (home(distro) / "dotfiles").mkdir()
    files = {home(distro) / ".bashrc": THEIRS, home(distro) / "dotfiles/profile": b"umask 022"}
    for path, data in files.items():
        path.write_bytes(data)
        path.chmod(0o640)
        os.chown(path, 1000, 1000)
    os.chown(home(distro) / "dotfiles", 1000, 1000)
    (home(distro) / ".profile").unlink(missing_ok=True)
    (home(distro) / ".profile").symlink_to("dotfiles/profile")


# --- the ladder ------------------------------------------------------------------------------------------------------


def test_the_ladder_in_several_distros_at_once(windows: WinHost, add: Callable[..., Distro], tmp_path: Path) -> None:
    """Through ansible-playbook: busybox alone, and Debian with a go in it."""
    distros = [add("Busy"), add("Debian-12", "debian", shell="bash", go={"1.27.3": "/usr/local/go"})]
    for distro in distros:
        begin(distro)
    before = [tree(distro) for distro in distros]
    task = {**USER, "variables": {"GOPROXY": "off", "CGO_CFLAGS": HAZARDS}}
    update = {**USER, "gopath": ["~/work", "~/go"], "variables": {"GOPROXY": "direct"}}
    away = {"scope": "user", "state": "absent"}
    rungs: list[dict[str, Any]] = [
        {"gopher.devbox.go_wsl": {"scope": "nobody's"}},
        {"gopher.devbox.go_wsl": {**USER, "gopath": ["relative"], "distros": []}},
        {"gopher.devbox.go_wsl": task, "check_mode": True},
        {"gopher.devbox.go_wsl": {**task, "start": True}, "check_mode": True, "diff": True},
        {"gopher.devbox.go_wsl": task},
        {"gopher.devbox.go_wsl": task},
        {"gopher.devbox.go_wsl": update},
        {"gopher.devbox.go_wsl": update},
        {"gopher.devbox.go_wsl": away},
        {"gopher.devbox.go_wsl": {"scope": "user", "state": "restored"}},
        {"gopher.devbox.go_wsl": {"scope": "user", "state": "restored"}},
        {"gopher.devbox.go_wsl": {"scope": "user", "state": "restored"}},
        {"gopher.devbox.go_wsl": {"scope": "user", "state": "restored"}},
    ]
    book = Playbooks(tmp_path, windows.ansible_vars(ADMIN))
    results, _done = book.tasks(rungs)
    bad, worse, unlooked, check, applied, again, updated, same, gone, back, back2, bottom, nothing = results
    assert bad["failed"]
    assert "scope" in bad["msg"]
    assert worse["failed"]
    assert "distros is an empty list" in worse["msg"]
    assert "relative" in worse["msg"]
    assert (unlooked["changed"], ids(unlooked)) == (False, ["distro_not_looked_at"] * 2)
    assert [one["looked_at"] for one in unlooked["distros"]] == [False, False]
    assert check["changed"]
    assert [part["before_header"].split(":")[0] for part in check["diff"]].count("Busy") > 1
    for run, changed in (
        (applied, True),
        (again, False),
        (updated, True),
        (same, False),
        (gone, True),
        (back, True),
        (back2, True),
        (bottom, True),
        (nothing, False),
    ):
        assert not run.get("failed"), run["msg"]
        assert [one["changed"] for one in run["distros"]] == [changed] * 2
        assert [(one["name"], one["user"], one["version"]) for one in run["distros"]] == [
            ("Busy", "dev", 2),
            ("Debian-12", "dev", 2),
        ]
    assert [{change["name"]: change["after"] for change in one["changes"]} for one in check["distros"]] == [
        {change["name"]: change["after"] for change in one["changes"]} for one in applied["distros"]
    ]
    assert all(one["after"]["CGO_CFLAGS"] == HAZARDS for one in applied["distros"])
    assert all(one["after"]["GOPATH"] == "/home/dev/work:/home/dev/go" for one in updated["distros"])
    assert [tree(distro) for distro in distros] == before
    assert "restore_nothing" in ids(nothing)


def test_examples_run_as_written(windows: WinHost, add: Callable[..., Distro], tmp_path: Path) -> None:
    for name in ("Debian", "Ubuntu-24.04"):
        add(name, "debian", shell="bash", go={"1.27.3": "/usr/local/go"})
    assert go_wsl(windows, distros=["Debian"], **USER)["changed"], "what the last one undoes"
    examples: list[dict[str, Any]] = yaml.safe_load(go_wsl_module.EXAMPLES)
    results, done = Playbooks(tmp_path, windows.ansible_vars(ADMIN)).tasks(examples)
    assert not [result["msg"] for result in results if result.get("failed")], done.stdout
    assert [[one["name"] for one in result["distros"] if one["changed"]] for result in results] == [
        ["Debian", "Ubuntu-24.04"],
        ["Ubuntu-24.04"],
        ["Debian", "Ubuntu-24.04"],
        ["Debian", "Ubuntu-24.04"],
        ["Debian", "Ubuntu-24.04"],
        ["Debian"],
    ]
    assert windows.prefix.registry(user_key(ADMIN.sid))["WSLENV"][1] == "GOPROXY/u"
    windows.prefix.delete_value(user_key(ADMIN.sid), "WSLENV")


def test_over_ssh(windows: WinHost, add: Callable[..., Distro], tmp_path: Path) -> None:
    distros = [add("One"), add("Two")]
    tasks = [{"gopher.devbox.go_wsl": USER}, {"gopher.devbox.go_wsl": USER}]
    results, done = Playbooks(tmp_path, windows.ansible_vars(ADMIN, connection="ssh")).tasks(tasks)
    assert [(result.get("failed", False), result["changed"]) for result in results] == [
        (False, True),
        (False, False),
    ], done.stdout
    assert all((home(distro) / ".config/gopher-devbox/env.sh").exists() for distro in distros)


def test_what_shells_see_is_what_was_wanted(windows: WinHost, add: Callable[..., Distro]) -> None:
    distro = add("Debian-12", "debian", shell="bash", go={"1.27.3": "/usr/local/go"})
    begin(distro)
    options = {**USER, "goroot": "/usr/local/go", "variables": {"CGO_CFLAGS": HAZARDS, "GOPROXY": "off"}}
    result = go_wsl(windows, **options)
    assert not result.get("failed"), result["msg"]
    assert ids(result) == ["start_sees_otherwise"], "bash reads nothing for a bare start"
    line = r'C:\Windows\System32\wsl.exe -d Debian-12 --exec /bin/bash -lc "env -0"'
    seen = windows.prefix.run(line, account=ADMIN).stdout.decode().split("\0")
    assert {f"CGO_CFLAGS={HAZARDS}", "GOPROXY=off", "GOROOT=/usr/local/go", "GOPATH=/home/dev/go"} <= set(seen)
    data = (home(distro) / ".bashrc").read_bytes()
    assert THEIRS in data
    assert (home(distro) / ".profile").is_symlink()
    assert stat.S_IMODE((home(distro) / ".config/gopher-devbox/env.sh").stat().st_mode) == 0o600
    assert (home(distro) / ".config/gopher-devbox/env.sh").stat().st_uid == 1000


@pytest.mark.parametrize("scope", ["machine", "default_user"])
def test_what_is_for_everybody_root_changes(windows: WinHost, add: Callable[..., Distro], scope: str) -> None:
    distro = add("Debian-12", "debian", shell="bash", go={"1.27.3": "/usr/local/go"})
    options = {"scope": scope, "goroot": "/usr/local/go", "variables": {"GOPROXY": "off"}}
    place = distro.root / ("etc/skel/.config" if scope == "default_user" else "etc") / "gopher-devbox/env.sh"
    result = go_wsl(windows, **options)
    assert not result.get("failed"), result["msg"]
    assert result["changed"]
    assert not [finding for finding in result["findings"] if finding["severity"] != "info"]
    assert place.stat().st_uid == 0
    assert not go_wsl(windows, **options)["changed"]
    if scope == "default_user":
        script = "useradd -m -s /bin/bash new && su - new -c 'echo $GOPROXY $GOROOT $HOME'"
        line = rf'C:\Windows\System32\wsl.exe -d Debian-12 -u root --exec /bin/sh -c "{script}"'
        assert windows.prefix.run(line, account=ADMIN).stdout.decode().split() == ["off", "/usr/local/go", "/home/new"]
    assert go_wsl(windows, scope=scope, state="absent")["changed"]
    assert not place.exists()


# --- several at once -------------------------------------------------------------------------------------------------


def test_five_distros_cost_as_many_commands_as_one(windows: WinHost, add: Callable[..., Distro]) -> None:
    names = [f"D{number}" for number in range(5)]
    for name in names:
        begin(add(name))
    found: dict[str, list[int]] = {}
    for count in (1, 5):
        found[str(count)] = []
        for options in (USER, USER, {"scope": "user", "state": "absent"}):
            result = go_wsl(windows, distros=names[:count], **options)
            assert not result.get("failed"), result["msg"]
            assert len(result["distros"]) == count
            found[str(count)].append(commands(windows))
    # listing, reading, applying, and asking a shell; listing and reading; listing, reading and applying
    assert found == {"1": [4, 2, 3], "5": [4, 2, 3]}


def test_one_that_fails_is_named_and_does_not_stop_the_others(windows: WinHost, add: Callable[..., Distro]) -> None:
    good, bad = add("Good"), add("Bad")
    windows.prefix.wsl_fault("CreateVm/HCS/E_ACCESSDENIED", bad)
    result = go_wsl(windows, distros=["all", "Missing", "G*"], **USER)
    assert result["failed"]
    assert result["changed"]
    assert result["msg"].startswith("go_wsl failed in Bad, Missing.")
    assert "Those there are: Bad, Good." in result["msg"]
    assert {one["name"]: bool(one.get("failed")) for one in result["distros"]} == {
        "Bad": True,
        "Good": False,
        "Missing": True,
    }
    assert {"wsl_access_denied", "distro_missing"} <= set(ids(result))
    assert (home(good) / ".config/gopher-devbox/env.sh").exists()


FAULTS = {
    "CreateVm/HCS/E_ACCESSDENIED": "wsl_access_denied",
    "WSL_E_WSL1_NOT_SUPPORTED": "wsl_not_usable",
    "WSL_E_VIRTUAL_MACHINE_PLATFORM_REQUIRED": "wsl_not_usable",
    "CreateVm/HCS/HCS_E_HYPERV_NOT_INSTALLED": "wsl_not_usable",
    "CreateVm/HCS/HCS_E_CONNECTION_TIMEOUT": "distro_not_started",
    "MountVhd/HCS/ERROR_FILE_NOT_FOUND": "distro_not_started",
}


def test_the_codes_of_wsl_decide(windows: WinHost, add: Callable[..., Distro]) -> None:
    distro = add("Busy")
    for code, id in FAULTS.items():
        distro.terminate()
        windows.prefix.wsl_fault(code, distro)
        result = go_wsl(windows, **USER)
        assert (ids(result), code in result["msg"]) == ([id], True), result["msg"]


def test_an_account_of_a_distro_that_is_none(windows: WinHost, add: Callable[..., Distro]) -> None:
    add("Busy")
    result = go_wsl(windows, **USER, user="carol")
    assert (ids(result), "no account carol" in result["msg"]) == (["unknown_account"], True)


def test_whoever_has_no_distros_hears_who_has(windows: WinHost, add: Callable[..., Distro]) -> None:
    add("Busy")
    result = go_wsl(windows, EMPTY, **USER)
    assert ids(result) == ["distro_missing"]
    assert f"{ADMIN.sid}: Busy" in result["msg"]


def test_in_session_zero_the_wsl_of_the_store_is_taken(windows: WinHost, add: Callable[..., Distro]) -> None:
    add("Busy")
    windows.prefix.wsl_session_zero()
    assert go_wsl(windows, **USER)["changed"]


def test_root_is_nobodys_user_scope_unless_it_is_named(windows: WinHost, add: Callable[..., Distro]) -> None:
    add("Fresh", run_oobe=True)
    add("Rooted", default_uid=0)
    add("Tool", default_uid=0, user=None)
    result = go_wsl(windows, **USER)
    assert {one["name"]: (one.get("failed", False), one["changed"]) for one in result["distros"]} == {
        "Fresh": (True, False),
        "Rooted": (True, False),
        "Tool": (False, True),
    }
    assert ids(result).count("distro_root_user") == 2
    named = go_wsl(windows, distros=["Fresh", "Rooted"], user="root", **USER)
    assert [(one["changed"], one["user"]) for one in named["distros"]] == [(True, "root")] * 2
    assert go_wsl(windows, distros=["Fresh"], scope="default_user", variables={"GOPROXY": "off"})["changed"]


def test_a_distro_that_does_not_start_in_time(
    windows: WinHost, add: Callable[..., Distro], monkeypatch: pytest.MonkeyPatch
) -> None:
    add("Good")
    hangs = add("Hangs")
    windows.prefix.wsl_hang(True, hangs)
    monkeypatch.setattr(hosts_wsl, "SECONDS", 3)
    try:
        result = go_wsl(windows, **USER)
    finally:
        windows.prefix.wsl_hang(False)
    assert [bool(one.get("failed")) for one in result["distros"]] == [False, True]
    assert "distro_no_answer" in ids(result)


def test_a_shell_that_is_not_asked_in_time_leaves_what_was_changed(
    windows: WinHost, add: Callable[..., Distro], monkeypatch: pytest.MonkeyPatch
) -> None:
    distro = add("Busy")
    run, seen = hosts_wsl.Wsl.run, []

    def hanging(self: hosts_wsl.Wsl, requests: Any) -> Any:
        if seen and not any(request.changes for request in requests.values()):
            monkeypatch.setattr(hosts_wsl, "SECONDS", 3)
            windows.prefix.wsl_hang(True, distro)
        seen.extend(request for request in requests.values() if request.changes)
        return run(self, requests)

    monkeypatch.setattr(hosts_wsl.Wsl, "run", hanging)
    try:
        result = go_wsl(windows, **USER)
    finally:
        windows.prefix.wsl_hang(False)
    assert (result["failed"], result["changed"], ids(result)) == (True, True, ["distro_no_answer"])
    assert "The change itself was made and read back" in result["msg"]
    assert "Nothing was changed" not in result["msg"]
    assert (home(distro) / ".config/gopher-devbox/env.sh").exists()


def test_a_read_only_file_system_is_said(windows: WinHost, add: Callable[..., Distro]) -> None:
    distro = add("Busy")
    distro.read_only()
    result = go_wsl(windows, **USER)
    assert set(ids(result)) == {"file_not_writable"}
    assert "mounted read-only" in result["msg"]


def test_only_restart_ends_a_distro(windows: WinHost, add: Callable[..., Distro]) -> None:
    distro = add("Busy")
    assert "restarted" not in go_wsl(windows, **USER)["distros"][0]
    assert distro.running
    assert "restarted" not in go_wsl(windows, **USER, restart=True)["distros"][0], "nothing was changed"
    assert distro.running
    result = go_wsl(windows, scope="user", state="absent", restart=True)
    assert result["distros"][0]["restarted"]
    assert not distro.running


# --- other programs, and connections that break ----------------------------------------------------------------------


def test_what_a_person_writes_meanwhile_stays(windows: WinHost, add: Callable[..., Distro]) -> None:
    distro = add("Busy")
    begin(distro)
    theirs = THEIRS + b"alias x=y\r\n"
    written: list[bool] = []
    run = hosts_wsl.Wsl.run

    def editing(self: hosts_wsl.Wsl, requests: Any) -> Any:
        if any(request.changes for request in requests.values()) and not written:
            written.append(True)
            (home(distro) / ".bashrc").write_bytes(theirs)
        return run(self, requests)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hosts_wsl.Wsl, "run", editing)
        result = go_wsl(windows, **USER)
    assert not result.get("failed"), result["msg"]
    assert written
    assert theirs in (home(distro) / ".bashrc").read_bytes()
    assert go_wsl(windows, scope="user", state="absent")["changed"]
    assert (home(distro) / ".bashrc").read_bytes() == theirs


# --- programs that a busy host does not start at first ---------------------------------------------------------------


def start_lost(files: dict[str, bytes]) -> None:
    files["go.cmd"] = files["go.cmd"].replace(b":start\r\n", b"goto again\r\n:start\r\n")


def start_late(files: dict[str, bytes]) -> None:
    """It had only taken long, and was started twice."""
    once = b"".join(line for line in files["go.cmd"].splitlines(True) if b'start ""' in line)
    files["go.cmd"] = files["go.cmd"].replace(once, once + once.replace(b"if not exist run.0 ", b""))


def wsl_lost(files: dict[str, bytes]) -> None:
    first = next(line for line in files["one.cmd"].splitlines(True) if line.startswith(b'"%GD_WSL%" -d'))
    files["one.cmd"] = files["one.cmd"].replace(first, b"%SystemRoot%\\System32\\cmd.exe /d /c exit 9009\r\n", 1)


@pytest.mark.parametrize("lost", [start_lost, start_late, wsl_lost])
def test_what_does_not_start_is_started_again_and_never_runs_twice(
    windows: WinHost, add: Callable[..., Distro], monkeypatch: pytest.MonkeyPatch, lost: Callable[..., None]
) -> None:
    distro = add("Busy")
    files, changed = wslbatch.files, []

    def losing(*how: Any) -> list[tuple[str, bytes]]:
        made = dict(files(*how))
        lost(made)
        changed.append(list(made.items()) != files(*how))
        return list(made.items())

    monkeypatch.setattr(wslbatch, "files", losing)
    script = b"echo x >>/tmp/ran; cat /tmp/ran; sleep 2; echo error >&2"
    with transport_to(windows, ADMIN) as transport:
        reply = hosts_wsl.Wsl(transport).run({0: hosts_wsl.Request(wslbatch.Run("Busy", "", script), True)})[0]
    assert reply == hosts_wsl.Reply(0, b"x\n\r\n", b"error\n\r\n")
    assert (distro.root / "tmp/ran").read_text() == "x\n"
    assert changed == [True]


FAULTS_OF_WINRM = [Fault("Send", "cut", eof=True), Fault("Receive", "cut_reply")]
OTHER_FAULTS = [Fault("Send", "drop_before"), Fault("Send", "drop_after"), Fault("Receive", "drop_after")]


@pytest.mark.parametrize(
    "fault",
    [*FAULTS_OF_WINRM, *(pytest.param(fault, marks=pytest.mark.thorough) for fault in OTHER_FAULTS)],
    ids=lambda fault: f"{fault.on} {fault.kind}",
)
def test_a_connection_that_breaks_in_a_change_leaves_files_old_or_new(
    windows: WinHost, add: Callable[..., Distro], fault: Fault
) -> None:
    distro = add("Busy")
    begin(distro)
    before = tree(distro)
    assert go_wsl(windows, **USER)["changed"]
    after = tree(distro)
    assert go_wsl(windows, scope="user", state="absent")["changed"]
    assert tree(distro) == before
    run = hosts_wsl.Wsl.run

    def breaking(self: hosts_wsl.Wsl, requests: Any) -> Any:
        if any(request.changes for request in requests.values()):
            windows.faults.add(fault)
        return run(self, requests)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hosts_wsl.Wsl, "run", breaking)
        result = go_wsl(windows, **USER)
    windows.faults.clear()
    now = tree(distro)
    assert result.get("failed")
    for name, (_uid, _mode, data) in now.items():
        assert data in {found[name][2] for found in (before, after) if name in found} or name.endswith("env.sh"), name
    assert not go_wsl(windows, **USER).get("failed")
    assert {name: found for name, found in tree(distro).items() if not name.endswith("env.sh")} == {
        name: found for name, found in after.items() if not name.endswith("env.sh")
    }
