# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody else writes the same scope at the same time. Nobody's change is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from conftest import NEW_ROOT, OLD_ROOT
from support import MACHINE, go_registry, path_of, running, settled
from waiting import wait_for
from winhost import Fault, WinHost

from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import Scope
from ansible_collections.gopher.devbox.plugins.module_utils._formats.cmdscript import Script, if_, program
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.staging import new_mark
from ansible_collections.gopher.devbox.plugins.module_utils._media import registry_live
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_locks import lock_statements, unlock
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_scripts import PLAN
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_writing import Keys

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
PROGRAM_DATA = r"C:\ProgramData"
HOME = r"HKLM\SOFTWARE\gopher\devbox\machine"


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


def before_apply(host: WinHost, call: Callable[[], object], *, nth: int = 1, times: int | None = 1) -> None:
    """Run `call` before a command that applies: it is known by the file that it imports. How many commands read before
    it says nothing: where a program did not start, there is one more.
    """
    host.faults.before("Command", call, nth=nth, times=times, saying=PLAN)


def after_apply(host: WinHost, call: Callable[[], object], *, nth: int = 1, times: int | None = 1) -> None:
    """Run `call` when a command that applies has ended, before anyone is told so."""
    host.faults.finished(call, nth=nth, times=times, saying=PLAN)


def test_which_command_applies(box: WinHost) -> None:
    """There is one, and it is found, else these tests would write at another moment than they name."""
    seen: list[bool] = []
    before_apply(box, lambda: seen.append(value(box, "GOROOT") is None), times=None)
    after_apply(box, lambda: seen.append(value(box, "GOROOT") is not None), times=None)
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
    before_apply(box, lambda: set_path(box, expected))
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

    after_apply(box, write)
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

    before_apply(box, write, times=attempts)
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

    before_apply(box, write, times=None)
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

    before_apply(box, write)
    result = go_registry(box, **OPTIONS)
    assert not result.get("failed"), result["msg"]
    assert value(box, "Theirs") == ("REG_EXPAND_SZ", r"%SystemRoot%\2")
    assert value(box, "New") == ("REG_SZ", "3")
    must_converge(box)


def test_another_value_that_goes_stays_gone(box: WinHost) -> None:
    before_apply(box, lambda: box.prefix.delete_value(MACHINE, "Theirs"))
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
    before_apply(box, lambda: box.prefix.set_value(MACHINE, "GOPROXY", theirs))
    result = go_registry(box, **OPTIONS)
    assert not result.get("failed"), result["msg"]
    assert value(box, "GOPROXY") == ("REG_SZ", "https://proxy.example,direct")
    must_converge(box)
    assert not go_registry(box, scope="machine", state="restored").get("failed")
    assert value(box, "GOPROXY") == ("REG_SZ", theirs)
    assert foreign(box) == FOREIGN


def test_our_own_value_is_written_right_after_ours(box: WinHost) -> None:
    """The result tells of what was read back; the next run sees theirs and writes again."""
    ours = ("REG_SZ", "https://proxy.example,direct")

    def write() -> None:
        assert value(box, "GOPROXY") == ours
        box.prefix.set_value(MACHINE, "GOPROXY", "off")

    after_apply(box, write)
    result = go_registry(box, **OPTIONS)
    assert not result.get("failed"), result["msg"]
    assert not box.faults.errors
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


# ------------------------------------------------------------------------------------------------------------ the lock


class Holder:
    """Another run's process, in the directory that is its lock."""

    def __init__(self, host: WinHost) -> None:
        lock = rf"{PROGRAM_DATA}\gopher-devbox-lock-machine-gdffffffffffff"
        line = rf'C:\windows\system32\cmd.exe /q /d /s /c "md {lock}&cd /d {lock}&echo in&set /p x="'
        self.directory = host.prefix.unix_path(PROGRAM_DATA) / lock.rpartition("\\")[2]
        self._process = host.prefix.popen(line, account=host.account)
        assert self._process.stdout.read(2) == b"in"

    def end(self) -> None:
        """Its process ends and leaves the directory, as when it is killed."""
        self._process.stdin.close()
        self._process.wait(30)


@pytest.fixture
def holder(box: WinHost) -> Iterator[Holder]:
    holder = Holder(box)
    yield holder
    holder.end()


def locks(host: WinHost) -> list[str]:
    return [item.name for item in host.prefix.unix_path(PROGRAM_DATA).glob("gopher-devbox-lock-*")]


def test_another_run_holds_the_lock(box: WinHost, holder: Holder) -> None:
    """It copied what stands there already, and has still to write. Its lock is waited for."""

    def writes() -> None:
        """This run was refused the lock once, and tries again."""
        set_path(box, [r"C:\theirs", *FOREIGN])
        holder.end()

    before_apply(box, writes, nth=2)
    result = go_registry(box, **OPTIONS)
    assert not box.faults.errors
    assert not result.get("failed"), result["msg"]
    assert written_by_others(result)
    assert path_of(box, MACHINE) == [*OURS, r"C:\theirs", *FOREIGN]
    assert locks(box) == []


def test_the_lock_of_a_killed_run_is_removed_at_once(box: WinHost, holder: Holder) -> None:
    holder.end()
    applies: list[int] = []
    before_apply(box, lambda: applies.append(len(locks(box))), times=None)
    result = go_registry(box, **OPTIONS)
    assert not result.get("failed"), result["msg"]
    assert not written_by_others(result)
    assert applies == [1]
    assert locks(box) == []


def test_a_run_that_takes_long_is_waited_for(box: WinHost) -> None:
    """It stalls between its copy and its import, on a host where no program can be started to wait. Whoever writes
    then would lose what they wrote, and nobody would know.
    """
    tries: list[int] = []
    box.prefix.remove_program("ping.exe")
    try:
        with box.prefix.hold_reg(PLAN) as held, ThreadPoolExecutor(2) as pool:
            first = pool.submit(go_registry, box, **share(0))
            wait_for(held.waits, "the first run does not come to its import")
            before_apply(box, lambda: tries.append(len(tries)), times=None)
            second = pool.submit(go_registry, box, **share(1))
            wait_for(lambda: len(tries) > 3 or second.done(), "nobody waits for the lock")
            written = path_of(box, MACHINE)
            assert written == FOREIGN, "the lock of a living run was taken away"
            held.release()
            results = [first.result(), second.result()]
    finally:
        box.prefix.restore_program("ping.exe")
    assert not any(result.get("failed") for result in results), results
    assert [written_by_others(result) for result in results] == [False, True]
    assert path_of(box, MACHINE) == [entry_of(1), entry_of(0), *FOREIGN]
    assert {name: value(box, name) for number in range(2) for name in share(number)["variables"]} == {
        name: ("REG_SZ", text) for number in range(2) for name, text in share(number)["variables"].items()
    }


@pytest.mark.parametrize("ended", [False, True], ids=["hangs", "cannot_be_removed"])
def test_who_does_not_get_the_lock_changes_nothing(
    box: WinHost, holder: Holder, monkeypatch: pytest.MonkeyPatch, ended: bool
) -> None:
    file = holder.directory / "a file"
    if ended:
        file.touch()
        holder.end()
    monkeypatch.setattr(registry_live, "LOCK_SECONDS", 1.0)
    before = box.prefix.registry(MACHINE)
    result = go_registry(box, **OPTIONS)
    assert result["failed"]
    assert result["changed"] is False
    assert [finding["id"] for finding in result["findings"]] == ["scope_locked"]
    assert holder.directory.name in result["msg"]
    assert box.prefix.registry(MACHINE) == before
    assert not box.prefix.has_key(HOME)
    assert locks(box) == [holder.directory.name]
    file.unlink(missing_ok=True)
    holder.end()
    must_converge(box)
    assert locks(box) == []


@pytest.mark.parametrize(("key", "id"), [(MACHINE, "missing_right"), (r"HKLM\SOFTWARE", "no_journal")])
def test_the_lock_is_released_when_the_change_fails(box: WinHost, key: str, id: str) -> None:
    before = box.prefix.registry(MACHINE)
    box.prefix.deny_key(key)
    try:
        result = go_registry(box, **OPTIONS)
    finally:
        box.prefix.allow_key(key)
    assert [finding["id"] for finding in result["findings"]] == [id], result
    assert result["changed"] is False
    assert box.prefix.registry(MACHINE) == before
    assert locks(box) == []
    must_converge(box)


def test_a_run_that_is_killed_leaves_no_lock_that_counts(box: WinHost) -> None:
    """Between its copy and its import, with its reg.exe."""
    with box.prefix.hold_reg(PLAN) as held, ThreadPoolExecutor(1) as pool:
        first = pool.submit(go_registry, box, **OPTIONS)
        wait_for(held.waits, "the first run does not come to its import")
        for command in running(box):
            command.interrupt()
        assert first.result()["failed"]
        assert len(locks(box)) == 1
    assert path_of(box, MACHINE) == FOREIGN
    must_converge(box)
    assert locks(box) == []


def test_two_runs_find_the_lock_of_a_killed_one(box: WinHost, holder: Holder) -> None:
    holder.end()
    together = threading.Barrier(2, timeout=30)
    before_apply(box, together.wait, times=2)
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda number: go_registry(box, **share(number)), range(2)))
    assert not box.faults.errors
    assert not any(result.get("failed") for result in results), results
    assert sorted(path_of(box, MACHINE)) == sorted([entry_of(0), entry_of(1), *FOREIGN])
    assert locks(box) == []


@pytest.mark.parametrize("tries", [3, pytest.param(60, marks=pytest.mark.thorough)])
def test_at_most_one_has_the_lock(box: WinHost, tries: int) -> None:
    """The statements themselves, around a directory that only one may make at a time."""
    keys = Keys.of(Scope.MACHINE, "")
    inside = r"%ProgramData%\inside"
    outputs: list[str] = []

    def contend(_number: int) -> None:
        for _try in range(tries):
            mark = new_mark()
            statements = [
                'cd /d "%TEMP%"',
                "echo x>done",
                *lock_statements(keys.owner, mark, "exist done"),
                if_("defined gd", "echo gd-locked"),
                if_("defined gd", f"md {inside} 2>&1"),
                if_("defined gd", f"{program('reg.exe')} query HKLM >nul"),
                if_("defined gd", f"rd {inside} 2>&1"),
                'cd /d "%SystemRoot%"',
                *unlock(keys.owner, mark),
                "echo end",
            ]
            line = rf'C:\windows\system32\cmd.exe /q /d /e:on /v:off /s /c "{Script(tuple(statements)).command_line()}"'
            outputs.append(box.prefix.run(line, account=box.account).stdout.decode())

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(contend, range(6)))
    answers = [[line.strip() for line in output.splitlines() if line.strip()] for output in outputs]
    inside_said = [lines[lines.index("gd-locked") + 1 :] for lines in answers if "gd-locked" in lines]
    assert inside_said
    assert all(lines == ["end"] for lines in inside_said), "two were inside"
    assert all(lines[-1] == "end" for lines in answers), "a line was not run to its end"
    assert locks(box) == []


@pytest.mark.thorough
@pytest.mark.parametrize("round_", range(10))
def test_many_controllers_at_once(box: WinHost, round_: int) -> None:
    """Each with a variable of its own, and all with the same PATH: all succeed, and nothing of anyone is lost."""
    names = ("GOPRIVATE", "GONOPROXY", "GONOSUMDB", "GOINSECURE")  # no more than attempts of a run
    texts = {name: f"{name.lower()}.example" for name in names}
    together = threading.Barrier(len(names), timeout=60)
    before_apply(box, together.wait, times=len(names))
    shares = [{**share(0), "variables": {name: texts[name]}} for name in names]
    with ThreadPoolExecutor(len(names)) as pool:
        results = list(pool.map(lambda options: go_registry(box, **options), shares))
    assert not box.faults.errors
    assert [result["msg"] for result in results if result.get("failed")] == []
    assert {name: value(box, name) for name in names} == {name: ("REG_SZ", text) for name, text in texts.items()}
    assert path_of(box, MACHINE) == [entry_of(0), *FOREIGN]
    assert locks(box) == []


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
    before_apply(box, lambda: set_path(box, [*FOREIGN, r"C:\Installed\bin"]))
    box.faults.add(Fault("Command", "denied", nth=2, times=None, saying=PLAN))
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
    before_apply(box, lambda: set_path(box, [*FOREIGN, r"C:\Installed\bin"]))
    after_apply(box, lambda: box.faults.add(Fault("Receive", "drop_before")))
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
