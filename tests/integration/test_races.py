# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody else writes the same scope at the same time. Nobody's change is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from conftest import NEW_ROOT, OLD_ROOT
from support import MACHINE, go_registry, path_of, settled
from waiting import wait_for
from winhost import Fault, WinHost

pytestmark = pytest.mark.windows

OPTIONS: dict[str, Any] = {
    "scope": "machine",
    "goroot": NEW_ROOT,
    "gopath": [r"C:\gopath"],
    "variables": {"GOPROXY": "https://proxy.example,direct"},
    "verify": False,
}
OURS = [rf"{NEW_ROOT}\bin", r"C:\gopath\bin"]
FOREIGN = [r"C:\Windows\system32", r"C:\Windows", r"C:\Tools\%NAME%", rf"{OLD_ROOT}\bin"]
HOME = r"HKLM\SOFTWARE\gopher\devbox\machine"
LOCK = r"C:\ProgramData\gopher-devbox-lock-machine"
STAGING = r"C:\Users\ansible\AppData\Local\Temp"
APPLY = 3
"""The Command that applies: the first two read, the second for the Go SDK on PATH."""


@pytest.fixture
def box(host: WinHost) -> WinHost:
    set_path(host, FOREIGN)
    host.prefix.set_value(MACHINE, "Theirs", "1")
    return host


def set_path(host: WinHost, entries: list[str]) -> None:
    host.prefix.set_value(MACHINE, "Path", ";".join(entries), "REG_EXPAND_SZ")


def foreign(host: WinHost) -> list[str]:
    return [entry for entry in path_of(host, MACHINE) if entry not in OURS]


def value(host: WinHost, name: str) -> Any:
    return host.prefix.registry(MACHINE).get(name)


def written_by_others(result: dict[str, Any]) -> bool:
    return any(finding["id"] == "concurrent_change" for finding in result["findings"])


def test_which_command_applies(box: WinHost) -> None:
    """APPLY says so, else these tests would write at another moment than they name."""
    seen: list[bool] = []
    box.faults.before("Command", lambda: seen.append(value(box, "GOROOT") is None), nth=APPLY)
    box.faults.finished(lambda: seen.append(value(box, "GOROOT") is not None), nth=APPLY)
    assert not go_registry(box, **OPTIONS).get("failed")
    assert seen == [True, True]


def must_converge(host: WinHost) -> None:
    """One more run leads to what is wanted whatever the first one said, and the next changes nothing."""
    host.faults.clear()
    settled(host)
    second = go_registry(host, **OPTIONS)
    assert not second.get("failed"), second["msg"]
    assert [entry for entry in path_of(host, MACHINE) if entry in OURS] == OURS
    assert value(host, "GOROOT") == ("REG_SZ", NEW_ROOT)
    third = go_registry(host, **OPTIONS)
    assert third["changed"] is False, third


# ------------------------------------------------------------------------------------------------------------ PATH

EDITS: dict[str, Callable[[list[str]], list[str]]] = {
    "adds_first": lambda path: [r"C:\Installed\bin", *path],
    "adds_last": lambda path: [*path, r"C:\Installed\bin\ "[:-1]],
    "removes": lambda path: [entry for entry in path if "Tools" not in entry],
    "reorders": lambda path: [*path[-2:], *path[:-2]],
    "retypes": lambda path: [entry.replace(r"C:\Tools", r"c:\tools") for entry in path],
}


@pytest.mark.parametrize("edit", EDITS)
def test_path_written_between_read_and_apply(box: WinHost, edit: str) -> None:
    expected = EDITS[edit](FOREIGN)
    box.faults.before("Command", lambda: set_path(box, expected), nth=APPLY)
    result = go_registry(box, **OPTIONS)
    assert not box.faults.errors
    assert not result.get("failed"), result["msg"]
    assert written_by_others(result)
    assert foreign(box) == expected
    assert path_of(box, MACHINE)[:2] == OURS
    must_converge(box)
    assert foreign(box) == expected


@pytest.mark.parametrize(
    "edit",
    [edit if edit in ("adds_first", "removes") else pytest.param(edit, marks=pytest.mark.thorough) for edit in EDITS],
)
def test_path_written_while_ours_stands(box: WinHost, edit: str) -> None:
    """Right after the change: nothing of ours writes again, and the next run starts from what they left."""

    def write() -> None:
        set_path(box, EDITS[edit](path_of(box, MACHINE)))

    box.faults.finished(write, nth=APPLY)
    result = go_registry(box, **OPTIONS)
    assert not box.faults.errors
    assert not result.get("failed"), result["msg"]
    expected = [entry for entry in EDITS[edit]([*OURS, *FOREIGN]) if entry not in OURS]
    assert foreign(box) == expected
    must_converge(box)
    assert foreign(box) == expected


def must_hold(host: WinHost, added: list[str]) -> None:
    """All entries stand once. In which order later ones follow each other is theirs to say: they did not always see the
    earlier.
    """
    path = foreign(host)
    assert path[: len(FOREIGN)] == FOREIGN
    assert sorted(path[len(FOREIGN) :]) == sorted(added)


@pytest.mark.parametrize("attempts", [2, 3], ids=lambda number: f"{number}_attempts")
def test_path_written_again_and_again(box: WinHost, attempts: int) -> None:
    """An entry more before each of so many applies: all of them stand."""
    added: list[str] = []

    def write() -> None:
        added.append(rf"C:\Installed\{len(added)}")
        set_path(box, [*path_of(box, MACHINE), added[-1]])

    box.faults.before("Command", write, nth=APPLY, times=attempts)
    result = go_registry(box, **OPTIONS)
    assert not box.faults.errors
    assert not result.get("failed"), result["msg"]
    must_hold(box, added)
    assert len(added) == attempts
    must_converge(box)
    must_hold(box, added)


def test_path_written_at_every_attempt(box: WinHost) -> None:
    """Who writes all the time wins, and is told about; what could not be put back in the end is in the journal's
    copies, and that is said.
    """
    added: list[str] = []

    def write() -> None:
        added.append(rf"C:\Installed\{len(added)}")
        set_path(box, [*path_of(box, MACHINE), added[-1]])

    box.faults.before("Command", write, nth=APPLY, times=None)
    result = go_registry(box, **OPTIONS)
    assert not box.faults.errors
    assert result["failed"]
    assert "somebody else" in result["msg"]
    assert "again and again" in result["msg"]
    lost = [entry for entry in added if entry not in path_of(box, MACHINE)]
    assert foreign(box)[: len(FOREIGN)] == FOREIGN
    assert lost, "what was written before the last apply can only be in its copy"
    assert "PATH is only in the journal's copies" in result["msg"].replace("Path", "PATH")
    assert set(lost) <= {entry for path in foreign_copies(box, result["msg"]) for entry in path}
    must_converge(box)
    assert {entry for entry in added if entry not in path_of(box, MACHINE)} == set(lost)


# ------------------------------------------------------------------------------------------------------------ other
# values


def test_another_value_is_left_alone(box: WinHost) -> None:
    def write() -> None:
        box.prefix.set_value(MACHINE, "Theirs", r"%SystemRoot%\2", "REG_EXPAND_SZ")
        box.prefix.set_value(MACHINE, "New", "3")

    box.faults.before("Command", write, nth=APPLY)
    result = go_registry(box, **OPTIONS)
    assert not result.get("failed"), result["msg"]
    assert value(box, "Theirs") == ("REG_EXPAND_SZ", r"%SystemRoot%\2")
    assert value(box, "New") == ("REG_SZ", "3")
    must_converge(box)


def test_another_value_that_goes_stays_gone(box: WinHost) -> None:
    box.faults.before("Command", lambda: box.prefix.delete_value(MACHINE, "Theirs"), nth=APPLY)
    result = go_registry(box, **OPTIONS)
    assert not result.get("failed"), result["msg"]
    assert value(box, "Theirs") is None
    must_converge(box)
    assert value(box, "Theirs") is None


@pytest.mark.parametrize("theirs", ["https://theirs.example", "https://proxy.example,direct"], ids=["other", "same"])
def test_our_own_value_is_written_by_others(box: WinHost, theirs: str) -> None:
    """Between the reading and the writing: what was wanted stands at the end, and what they wrote is what a restore
    goes back to.
    """
    box.faults.before("Command", lambda: box.prefix.set_value(MACHINE, "GOPROXY", theirs), nth=APPLY)
    result = go_registry(box, **OPTIONS)
    assert not result.get("failed"), result["msg"]
    assert value(box, "GOPROXY") == ("REG_SZ", "https://proxy.example,direct")
    must_converge(box)
    assert not go_registry(box, scope="machine", state="restored").get("failed")
    assert value(box, "GOPROXY") == ("REG_SZ", theirs)
    assert foreign(box) == FOREIGN


def test_our_own_value_is_written_right_after_ours(box: WinHost) -> None:
    """The result tells of what was read back; the next run sees theirs and writes again."""
    ours, written = ("REG_SZ", "https://proxy.example,direct"), []

    def write() -> None:
        """Whichever command the apply is: where a program did not start, one less or one more comes before it."""
        if not written and value(box, "GOPROXY") == ours:
            written.append(box.prefix.set_value(MACHINE, "GOPROXY", "off"))

    box.faults.finished(write, times=None)
    result = go_registry(box, **OPTIONS)
    assert not result.get("failed"), result["msg"]
    assert len(written) == 1
    assert value(box, "GOPROXY") == ("REG_SZ", "off")
    must_converge(box)
    assert value(box, "GOPROXY") == ours


# ------------------------------------------------------------------------------------------------------------ two of us


def entry_of(number: int) -> str:
    return rf"C:\controller\{number}\bin"


def share(number: int) -> dict[str, Any]:
    variables = {
        0: {"GOPROXY": "https://zero.example", "GOFLAGS": "-mod=mod"},
        1: {"GOSUMDB": "off", "GOPRIVATE": "example.com"},
    }[number]
    return {"scope": "machine", "variables": variables, "path": [entry_of(number)], "validate": "warn", "verify": False}


@pytest.mark.parametrize("round_", [0, *(pytest.param(number, marks=pytest.mark.thorough) for number in range(1, 12))])
def test_two_controllers_at_once(box: WinHost, round_: int) -> None:
    """Each with a connection and values of its own: both succeed, or say that somebody else wrote; nothing of anyone is
    lost.
    """
    together = threading.Barrier(2, timeout=30)
    box.faults.before("Command", together.wait, nth=1, times=2)  # both have a shell, and read at the same time
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda number: go_registry(box, **share(number)), range(2)))
    assert not box.faults.errors
    failed = [result["msg"] for result in results if result.get("failed")]
    assert len(failed) < 2, failed  # who writes last sees nobody behind
    assert all("somebody else" in message.lower() for message in failed), failed
    assert foreign_of_all(box) == FOREIGN
    for number, result in enumerate(results):
        standing = {name: (value(box, name) or ("", ""))[1] for name in share(number)["variables"]}
        if not result.get("failed"):
            assert standing == share(number)["variables"], results
            assert entry_of(number) in path_of(box, MACHINE), results
    box.faults.clear()
    settled(box)
    both = {**share(0), "variables": share(0)["variables"] | share(1)["variables"], "path": [entry_of(0), entry_of(1)]}
    assert not go_registry(box, **both).get("failed")
    assert go_registry(box, **both)["changed"] is False
    assert {name: value(box, name) for name in both["variables"]} == {
        name: ("REG_SZ", text) for name, text in both["variables"].items()
    }
    assert path_of(box, MACHINE) == [*both["path"], *FOREIGN]


@pytest.mark.parametrize("killed", [False, True], ids=["at_work", "killed"])
def test_another_run_holds_the_lock(box: WinHost, killed: bool) -> None:
    """It copied what stands there already, and has still to write. Its lock is waited for, and taken away when it
    stays.
    """
    lock = box.prefix.unix_path(LOCK)
    staging = box.prefix.unix_path(STAGING)

    def waits() -> bool:
        """This run was refused the lock once, and pauses."""
        return any(item.stat().st_size for item in staging.glob("gopher-devbox-*/tried"))

    def writes() -> None:
        wait_for(waits, "nobody waits for the lock")
        set_path(box, [r"C:\theirs", *FOREIGN])
        lock.rmdir()

    def begins() -> None:
        lock.mkdir()
        if not killed:
            threading.Thread(target=writes).start()

    box.faults.before("Command", begins, nth=APPLY)
    result = go_registry(box, **OPTIONS)
    assert not box.faults.errors
    assert not result.get("failed"), result["msg"]
    assert written_by_others(result) is not killed
    assert path_of(box, MACHINE) == [*OURS, *([] if killed else [r"C:\theirs"]), *FOREIGN]
    assert not lock.exists()


def test_two_scopes_at_once(box: WinHost) -> None:
    """One controller writes the machine's values, another a user's: neither sees anything of the other."""
    both = [
        OPTIONS,
        {
            "scope": "user",
            "gobin": r"C:\Users\ansible\bin",
            "variables": {"GOPRIVATE": "example.com"},
            "validate": "warn",
            "verify": False,
        },
    ]
    together = threading.Barrier(2, timeout=30)
    box.faults.before("Command", together.wait, nth=1, times=2)
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda options: go_registry(box, **options), both))
    assert not box.faults.errors
    assert [result.get("failed", False) for result in results] == [False, False], results
    assert foreign(box) == FOREIGN
    for options in both:
        assert go_registry(box, **options)["changed"] is False


def foreign_of_all(host: WinHost) -> list[str]:
    return [entry for entry in path_of(host, MACHINE) if entry not in (entry_of(0), entry_of(1))]


# ------------------------------------------------------------------------------------------------------------ and a
# fault


def test_refused_between_two_attempts(box: WinHost) -> None:
    """The first attempt wrote, somebody else had too, and the second is never started: the result does not say that
    nothing changed.
    """
    before = box.prefix.registry(MACHINE)
    box.faults.before("Command", lambda: set_path(box, [*FOREIGN, r"C:\Installed\bin"]), nth=APPLY)
    box.faults.add(Fault("Command", "denied", nth=APPLY + 1, times=None))
    result = go_registry(box, **OPTIONS)
    assert result["failed"]
    assert box.prefix.registry(MACHINE) != before
    assert result["changed"], result["msg"]
    assert foreign_copies(box, result["msg"])[-1][-1] == r"C:\Installed\bin", "what they wrote is nowhere"
    must_converge(box)


def test_lost_while_somebody_else_writes(box: WinHost) -> None:
    """Nobody can plan again then; what they wrote is in one of the journal's copies that the message names. The answer
    to the first attempt may have left before it could be lost; then it is the second one's that is.
    """
    box.faults.before("Command", lambda: set_path(box, [*FOREIGN, r"C:\Installed\bin"]), nth=APPLY)
    box.faults.finished(lambda: box.faults.add(Fault("Receive", "drop_before")), nth=APPLY)
    result = go_registry(box, **OPTIONS)
    assert not box.faults.errors
    assert result["failed"]
    assert "not known" in result["msg"]
    settled(box)
    copies = box.prefix.subkeys(rf"{HOME}\before")
    assert set(copies) <= set(result["msg"].replace("\\", " ").split()), "all copies are named"
    assert any(path[-1] == r"C:\Installed\bin" for path in foreign_copies(box, result["msg"])), (
        "what they wrote is nowhere"
    )
    must_converge(box)


def foreign_copies(host: WinHost, message: str) -> list[list[str]]:
    """PATH of each copy that the journal has, oldest first."""
    home = rf"{HOME}\before"
    assert "journal" in message or r"\before" in message, message
    return [
        str(host.prefix.registry(rf"{home}\{name}")["Path"][1]).split(";") for name in sorted(host.prefix.subkeys(home))
    ]
