# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fault matrix of go_wsl: every message of a change times each misbehaviour, and a change that is killed at every
file.

Whatever happens, a file is as it was or as it was to be, the run is honest, and one more run leads to what is wanted.
"""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import distros
import pytest
from ansible.errors import AnsibleConnectionFailure
from conftest import ADMIN
from distros import adding, host_with_wsl
from waiting import wait_for
from winhost import Fault, WinHost
from winhost.wsl import Distro

from ansible_collections.gopher.devbox.plugins.module_utils._hosts import wsl as hosts_wsl

pytestmark = pytest.mark.windows

THEIRS = {
    ".bashrc": b"alias ll='ls -l'\r\n# \xff \x00 theirs\r\nPATH=$HOME/bin:$PATH\r\n",
    ".profile": b"umask 022",
}
USER = {"scope": "user", "shells": ["sh", "bash"], "gopath": ["~/go"], "variables": {"GOPROXY": "off"}}
AWAY = {"scope": "user", "state": "absent"}


@pytest.fixture(scope="module")
def shared() -> Iterator[WinHost]:
    with host_with_wsl() as host:
        yield host


@pytest.fixture
def windows(shared: WinHost) -> Iterator[WinHost]:
    shared.faults.clear()
    yield shared
    shared.faults.clear()


@pytest.fixture
def add(windows: WinHost) -> Iterator[Callable[..., Distro]]:
    with adding(windows, with_theirs) as add:
        yield add


def with_theirs(distro: Distro) -> None:
    for file, data in THEIRS.items():
        (home(distro) / file).write_bytes(data)
        os.chown(home(distro) / file, 1000, 1000)


def home(distro: Distro) -> Path:
    return distro.root / "home/dev"


def tree(distro: Distro) -> dict[str, bytes]:
    """The files in the home, the journal and what a killed write left beside its file apart."""
    out = {}
    for path in home(distro).rglob("*"):
        name = str(path.relative_to(home(distro)))
        if path.is_file() and not name.startswith(".local/state") and ".gopher-devbox-" not in path.name:
            out[name] = path.read_bytes()
    return out


def left_beside(distro: Distro) -> list[Path]:
    """What a killed write left. The next write of that file takes it away, once it is old."""
    return list(home(distro).rglob(".*.gopher-devbox-*"))


def go_wsl(host: WinHost, *, check: bool = False, **options: Any) -> dict[str, Any]:
    """One run over WinRM in this process. A host that was never reached is what Ansible calls unreachable."""
    try:
        return distros.go_wsl(host, check=check, **options)
    except AnsibleConnectionFailure as error:
        return {"failed": True, "unreachable": True, "changed": False, "msg": str(error)}


def wanted(host: WinHost, distro: Distro) -> dict[str, bytes]:
    """What the home is to be like; afterwards it is as before."""
    before = tree(distro)
    assert not go_wsl(host, **USER).get("failed")
    after = tree(distro)
    assert set(after) > set(before)
    assert go_wsl(host, **AWAY)["changed"]
    assert tree(distro) == before
    return after


def must_be_old_or_new(distro: Distro, before: dict[str, bytes], after: dict[str, bytes]) -> None:
    now = tree(distro)
    assert set(before) <= set(now) <= set(before) | set(after)
    for name, data in now.items():
        assert data in {found[name] for found in (before, after) if name in found}, name


def must_be_for_people(message: str) -> None:
    for mark in ("Traceback", "<?xml", "Envelope", "object at 0x", "Error(", "Exception("):
        assert mark not in message, message
    assert len(message) > 30, message


def must_be_honest(result: dict[str, Any], distro: Distro, before: dict[str, bytes], after: dict[str, bytes]) -> None:
    """What it says is true, or it says that it does not know."""
    if not result.get("failed"):
        assert tree(distro) == after
        return
    must_be_for_people(result["msg"])
    if not result["changed"] and "not known" not in result["msg"] and "as it was to be" not in result["msg"]:
        assert tree(distro) == before, result["msg"]


def prove(host: WinHost, distro: Distro, before: dict[str, bytes], after: dict[str, bytes]) -> None:
    """One more run leads to what is wanted, the next changes nothing, and all of it can be taken out."""
    host.faults.clear()
    for path in left_beside(distro):
        os.utime(path, (1, 1))
    again = go_wsl(host, **USER)
    assert not again.get("failed"), again["msg"]
    assert tree(distro) == after
    third = go_wsl(host, **USER)
    assert not third.get("failed"), third["msg"]
    assert third["changed"] is False
    assert go_wsl(host, **AWAY)["changed"]
    assert tree(distro) == before
    assert left_beside(distro) == []


# --- messages --------------------------------------------------------------------------------------------------------

STAGES: dict[str, tuple[str, int]] = {
    "create": ("Create", 1),
    "list": ("Command", 1),
    "list_output": ("Receive", 1),
    "read": ("Command", 2),
    "read_scripts": ("Send", 1),
    "read_output": ("Receive", 2),
    "apply": ("Command", 3),
    "apply_scripts": ("Send", 2),
    "apply_output": ("Receive", 3),
    "verify": ("Command", 4),
    "verify_scripts": ("Send", 3),
    "verify_output": ("Receive", 4),
}
"""Each message of a run that changes a distro; for Receive, of which command."""
KINDS: dict[str, dict[str, Any]] = {
    "drop_before": {},
    "drop_after": {},
    "cut_reply": {},
    "http500": {},
    "http503": {},
    "quota": {},
    "busy": {},
    "denied": {},
    "no_shell": {},
    "operation_timeout": {},
    "trickle": {"seconds": 0.002, "size": 200},
    "always_drop_before": {"kind": "drop_before", "times": None},
    "always_http500": {"kind": "http500", "times": None},
}
OF_SEND: dict[str, dict[str, Any]] = {
    "cut": {},
    "cut_and_ended": {"kind": "cut", "eof": True},
    "cut_at_once": {"kind": "cut", "size": 0, "eof": True},
    "cut_in_a_script": {"kind": "cut", "size": 6 * 1024, "eof": True},
}
CHANGING = ("apply", "apply_scripts", "apply_output")
USUAL = {("apply_scripts", "cut_in_a_script"), ("apply_output", "drop_after")}
"""In every run: what loses something in the middle of a change. test_wsl_ladder.py has more of them."""


def cells() -> Iterator[Any]:
    for stage, (message, nth) in STAGES.items():
        for name, how in {**KINDS, **(OF_SEND if message == "Send" else {})}.items():
            fault = Fault(message, how.get("kind", name), nth=nth, **{k: v for k, v in how.items() if k != "kind"})
            marks = [] if (stage, name) in USUAL else [pytest.mark.thorough]
            yield pytest.param(stage, fault, id=f"{stage}-{name}", marks=marks)


def arm(host: WinHost, fault: Fault) -> None:
    """A Receive is counted from the start of its command, because how many the earlier ones took is not known."""
    if fault.on != "Receive":
        host.faults.add(fault)
        return
    first = Fault("Receive", fault.kind, times=fault.times, seconds=fault.seconds, size=fault.size)
    host.faults.after("Command", lambda: host.faults.add(first), nth=fault.nth)


def test_messages_of_a_change(windows: WinHost, add: Callable[..., Distro]) -> None:
    """What STAGES says is so, else the matrix would hit other messages than it names."""
    add("Busy")
    windows.counters.reset()
    assert go_wsl(windows, **USER)["changed"]
    actions = windows.counters.now.actions
    assert (actions["Create"], actions["Command"] >= 4, actions["Send"]) == (1, True, actions["Command"] - 1)


@pytest.mark.parametrize(("stage", "fault"), list(cells()))
def test_matrix(windows: WinHost, add: Callable[..., Distro], stage: str, fault: Fault) -> None:
    distro = add("Busy")
    before = tree(distro)
    after = wanted(windows, distro)
    arm(windows, fault)
    first = go_wsl(windows, **USER)
    assert any(item.kind == fault.kind for item in windows.faults.fired), "the fault hit nothing"
    windows.faults.clear()
    wait_for(lambda: not scripts_run(distro), "scripts that still run")
    must_be_old_or_new(distro, before, after)
    must_be_honest(first, distro, before, after)
    if stage not in (*CHANGING, "verify", "verify_scripts", "verify_output"):
        assert not first.get("failed") or tree(distro) == before
    prove(windows, distro, before, after)


def scripts_run(distro: Distro) -> bool:
    """Whether a shell of the distro runs still: its root is the distro's."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if b"/bin/sh" in (entry / "cmdline").read_bytes() and os.path.samefile(entry / "root", distro.root):
                    return True
            except OSError:
                continue
    return False


# --- the middle of a change ------------------------------------------------------------------------------------------

MOVES = "/tmp/moves"
"""Busybox has its own mv and looks for none, so these are in a Debian."""
KILL = "kill -9 -1; exit 1"
MV = """#!/bin/sh
echo >>{moves}
if [ "$(wc -l <{moves})" -eq {nth} ]; then {before}; fi
/bin/mv "$@" || exit 1
if [ "$(wc -l <{moves})" -eq {nth} ]; then {after}; fi
"""


def replace_mv(distro: Distro, nth: int, before: str = ":", after: str = ":") -> None:
    """The mv that a script finds does this before and after it renames the nth file."""
    (distro.root / MOVES[1:]).unlink(missing_ok=True)
    place = distro.root / "usr/local/sbin/mv"
    place.write_text(MV.format(moves=MOVES, nth=nth, before=before, after=after), encoding="ascii")
    place.chmod(0o755)


def own_mv(distro: Distro) -> int:
    """How many files were renamed; from now on by the distro's own mv."""
    (distro.root / "usr/local/sbin/mv").unlink()
    counted = distro.root / MOVES[1:]
    return counted.read_bytes().count(b"\n") if counted.exists() else 0


@pytest.mark.parametrize("when", ["before", pytest.param("after", marks=pytest.mark.thorough)])
def test_a_change_that_is_killed_at_any_file_leaves_files_old_or_new(
    windows: WinHost, add: Callable[..., Distro], when: str
) -> None:
    distro = add("Debian", "debian")
    before = tree(distro)
    after = wanted(windows, distro)
    for nth in itertools.count(1):
        replace_mv(distro, nth, **{when: KILL})
        result = go_wsl(windows, **USER)
        if own_mv(distro) < nth:
            assert nth > len(set(after) - set(before)), "every file was one of them"
            assert not result.get("failed"), result["msg"]
            break
        assert result["failed"]
        must_be_old_or_new(distro, before, after)
        must_be_honest(result, distro, before, after)
        prove(windows, distro, before, after)


def test_of_five_distros_one_is_killed_in_its_change(windows: WinHost, add: Callable[..., Distro]) -> None:
    five = [add(f"D{number}", "debian") for number in range(5)]
    before = tree(five[0])
    after = wanted(windows, five[0])
    assert not go_wsl(windows, **AWAY).get("failed")
    replace_mv(five[2], 2, before=KILL)
    result = go_wsl(windows, **USER)
    own_mv(five[2])
    assert result["failed"]
    must_be_for_people(result["msg"])
    assert [one["name"] for one in result["distros"] if one.get("failed")] == ["D2"]
    assert [tree(distro) == after for distro in five] == [True, True, False, True, True]
    must_be_old_or_new(five[2], before, after)
    assert [one["name"] for one in go_wsl(windows, **USER)["distros"] if one["changed"]] == ["D2"]
    assert [tree(distro) == after for distro in five] == [True] * 5


def test_a_change_that_takes_too_long(
    windows: WinHost, add: Callable[..., Distro], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is given up, and not ended: what it still does leaves files old or new, too."""
    distro = add("Debian", "debian")
    before = tree(distro)
    after = wanted(windows, distro)
    replace_mv(distro, 2, before="while [ ! -e /tmp/on ]; do sleep 0.1; done")
    monkeypatch.setattr(hosts_wsl, "SECONDS", 0)
    result = go_wsl(windows, **USER)
    monkeypatch.undo()
    assert result["failed"]
    must_be_for_people(result["msg"])
    assert "Debian" in result["msg"]
    must_be_old_or_new(distro, before, after)
    (distro.root / "tmp/on").touch()
    wait_for(lambda: not scripts_run(distro), "scripts that still run")
    own_mv(distro)
    must_be_old_or_new(distro, before, after)
    prove(windows, distro, before, after)


AMID = "/tmp/amid"
SH = f"""#!/bin/dash
/bin/dash "$@"
code=$?
if [ -e {AMID} ]; then exit 67; fi
exit $code
"""
"""With this exit code of a program wsl.exe says a code of its own, and ends with -1: see winhost.wsl.failures."""


@pytest.mark.parametrize("nth", [2, pytest.param(1, marks=pytest.mark.thorough)])
def test_wsl_fails_in_the_middle_of_a_change(windows: WinHost, add: Callable[..., Distro], nth: int) -> None:
    distro = add("Debian", "debian")
    before = tree(distro)
    after = wanted(windows, distro)
    shell = distro.root / "usr/bin/sh"
    shell.unlink()
    shell.write_text(SH, encoding="ascii")
    shell.chmod(0o755)
    replace_mv(distro, nth, after=f"touch {AMID}; kill -9 $PPID")
    result = go_wsl(windows, **USER)
    own_mv(distro)
    shell.unlink()
    shell.symlink_to("dash")
    (distro.root / AMID[1:]).unlink()
    assert (result["failed"], result["changed"]) == (True, True)
    assert "Nothing was changed" not in result["msg"]
    assert "wsl.exe ended with -1 (Wsl/WSL_E_USER_NOT_FOUND) while a change was made" in result["msg"]
    assert tree(distro) != after
    must_be_old_or_new(distro, before, after)
    prove(windows, distro, before, after)


def test_a_distro_that_is_ended_in_the_middle_of_a_change(windows: WinHost, add: Callable[..., Distro]) -> None:
    distro = add("Debian", "debian")
    before = tree(distro)
    after = wanted(windows, distro)
    replace_mv(distro, 2, before="touch /tmp/met; while :; do sleep 0.1; done")

    def end() -> None:
        wait_for((distro.root / "tmp/met").exists, "the change does not come so far")
        distro.terminate()

    ending = threading.Thread(target=end)
    ending.start()
    result = go_wsl(windows, **USER)
    ending.join()
    own_mv(distro)
    assert (result["failed"], result["changed"]) == (True, True)
    assert "Nothing was changed" not in result["msg"]
    must_be_old_or_new(distro, before, after)
    prove(windows, distro, before, after)


def test_a_distro_that_cannot_be_ended_is_told(
    windows: WinHost, add: Callable[..., Distro], monkeypatch: pytest.MonkeyPatch
) -> None:
    distro = add("Busy")
    terminate = hosts_wsl.Wsl.terminate

    def failing(self: hosts_wsl.Wsl, names: Any) -> Any:
        windows.prefix.wsl_fault("Wsl/Service/E_UNEXPECTED")
        try:
            return terminate(self, names)
        finally:
            windows.prefix.wsl_fault(None)

    monkeypatch.setattr(hosts_wsl.Wsl, "terminate", failing)
    result = go_wsl(windows, **USER, restart=True)
    assert (result["failed"], result["changed"]) == (True, True)
    assert "restarted" not in result["distros"][0]
    assert "Busy was not ended: wsl.exe --terminate failed (Wsl/Service/E_UNEXPECTED)" in result["msg"]
    assert "distro_not_ended" in [finding["id"] for finding in result["findings"]]
    assert distro.running
    monkeypatch.undo()
    assert go_wsl(windows, **AWAY, restart=True)["distros"][0]["restarted"]
    assert not distro.running


# --- values ----------------------------------------------------------------------------------------------------------

HAZARDS = {
    "CGO_CFLAGS": "-DX='a b' -DY=\"c\" $HOME `id` $(id) ${HOME} \\ !* !! %PATH% ^& 工具 ~ #",
    "CGO_CPPFLAGS": "-n -e *.example.com/[a-z]? EOF",
    "CGO_CXXFLAGS": ";&|<>(){}",
    "CGO_LDFLAGS": "ends with \\",
    "CGO_FFLAGS": "\\\\n \\t \\0",
    "GOPRIVATE": "'",
    "GONOSUMDB": '"',
    "GONOPROXY": "a  b  c ",
    "GOINSECURE": "# >>> gopher.devbox >>>",
    "CGO_CFLAGS_ALLOW": "é" * 2000,
}


def test_every_hazard_of_quoting_arrives_in_every_shell(windows: WinHost, add: Callable[..., Distro]) -> None:
    distro = add("Debian", "debian", shell="bash")
    options = {"scope": "user", "shells": ["sh", "bash", "zsh", "fish"], "variables": HAZARDS}
    result = go_wsl(windows, **options)
    assert not result.get("failed"), result["msg"]
    assert go_wsl(windows, **options)["changed"] is False
    for shell in ("sh", "bash", "zsh", "fish"):
        line = rf'C:\Windows\System32\wsl.exe -d Debian --exec {shell} -lc "env -0"'
        seen = dict(
            pair.split("=", 1) for pair in windows.prefix.run(line, account=ADMIN).stdout.decode().split("\0") if pair
        )
        assert {name: seen.get(name) for name in HAZARDS} == HAZARDS, shell
    assert go_wsl(windows, **AWAY)["changed"]
    assert (home(distro) / ".bashrc").read_bytes() == THEIRS[".bashrc"]
