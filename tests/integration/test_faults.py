# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fault matrix of WinRM: every message of a converge times each misbehaviour.

Whatever happens, the failed run is honest, and one more run leads to what is wanted with nothing of others lost.
"""

from __future__ import annotations

import itertools
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleConnectionFailure
from conftest import NEW_ROOT, OLD_ROOT
from support import MACHINE, go_registry, path_of, running, settled, transport_to
from waiting import wait_for
from winhost import Fault, WinHost

from ansible_collections.gopher.devbox.plugins.module_utils._core.converge import converge
from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import TransportError
from ansible_collections.gopher.devbox.plugins.module_utils._formats.cmdscript import (
    Script,
    program,
    run_retrying_start,
)
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_live import RegistryStore
from ansible_collections.gopher.devbox.plugins.module_utils._media.windows_host import over
from ansible_collections.gopher.devbox.plugins.module_utils._run import registry
from ansible_collections.gopher.devbox.plugins.module_utils._run.registry import ARGUMENT_SPEC, to_wanted
from ansible_collections.gopher.devbox.plugins.plugin_utils._transports.shells import ShellTransport

run = over(registry.run)

pytestmark = pytest.mark.windows

FOREIGN_PATH = [
    r"%SystemRoot%\system32",
    r"%SystemRoot%",
    r'"C:\Program Files\Some Tool\"',
    r"C:\Tools\ "[:-1],
    r"C:\工具\bin",
    "",
    r"c:\tools",
    rf"{OLD_ROOT}\bin",
    r"\\server\share\bin",
]
FOREIGN_VALUES = {
    "Elsewhere": ("REG_EXPAND_SZ", r"%SystemRoot%\elsewhere"),
    "Odd": ("REG_SZ", 'a "b" %c% ^d & e! \\'),
    "Number": ("REG_DWORD", 7),
}
OPTIONS: dict[str, Any] = {
    "scope": "machine",
    "goroot": NEW_ROOT,
    "gopath": [r"C:\gopath"],
    "variables": {"GOPROXY": "https://proxy.example,direct", "GOSUMDB": "off"},
}
STANDS = {
    "GOROOT": ("REG_SZ", NEW_ROOT),
    "GOPATH": ("REG_SZ", r"C:\gopath"),
    "GOPROXY": ("REG_SZ", "https://proxy.example,direct"),
    "GOSUMDB": ("REG_SZ", "off"),
}
OURS = [rf"{NEW_ROOT}\bin", r"C:\gopath\bin"]

# ------------------------------------------------------------------------------------------------------------ the cells

STAGES: dict[str, tuple[str, int]] = {
    "create": ("Create", 1),
    "read": ("Command", 1),
    "read_output": ("Receive", 1),
    "more": ("Command", 2),
    "more_output": ("Receive", 2),
    "apply": ("Command", 3),
    "send": ("Send", 1),
    "apply_output": ("Receive", 3),
    "delete": ("Delete", 1),
    "verify_create": ("Create", 2),
    "verify": ("Command", 4),
    "verify_output": ("Receive", 4),
    "verify_delete": ("Delete", 2),
}
"""Each message of a converge with two readings: what it is, and which one of its kind; for Receive, of which command."""  # noqa: E501
READING = ("create", "read", "read_output", "more", "more_output")
APPLYING = ("apply", "send", "apply_output")

REFUSED = ("quota", "quota_old", "shells", "busy", "denied", "no_shell")
KINDS: dict[str, dict[str, Any]] = {
    "drop_before": {},
    "drop_after": {},
    "cut_reply": {},
    "http401": {},
    "http500": {},
    "http503": {},
    **{kind: {} for kind in REFUSED},
    "operation_timeout": {},
    "delay": {"seconds": 0.3},
    "delay_after": {"seconds": 0.3},
    "trickle": {"seconds": 0.002, "size": 200},
}
MORE: dict[str, dict[str, Any]] = {
    **{
        f"always_{kind}": {"kind": kind, "times": None}
        for kind in ("drop_before", "drop_after", "cut_reply", "http500", "http503", *REFUSED)
    },
    "thrice_operation_timeout": {"kind": "operation_timeout", "times": 3},
}
ONLY: dict[str, dict[str, dict[str, Any]]] = {
    "Send": {
        "cut": {"kind": "cut"},
        "cut_and_ended": {"kind": "cut", "eof": True},
        "cut_at_once": {"kind": "cut", "size": 0, "eof": True},
        "cut_before_the_sentinel": {"kind": "cut", "size": 6 * 1024, "eof": True},
        "lost_operation_timeout": {"kind": "operation_timeout", "executed": False},
    },
    "Receive": {"slow": {"kind": "slow", "seconds": 0.02, "size": 4000, "times": None}},
}
HARMLESS = ("delay", "delay_after", "trickle", "slow")
"""After these a run has simply succeeded."""


def cells() -> Iterator[tuple[str, str, Fault]]:
    for stage, (message, nth) in STAGES.items():
        kinds = {**KINDS, **ONLY.get(message, {}), **MORE}
        for name, how in kinds.items():
            times = {"times": None} if how.get("times", 1) is None else {}
            yield (
                stage,
                name,
                Fault(
                    message,
                    how.get("kind", name),
                    nth=nth,
                    **{key: value for key, value in how.items() if key != "kind"} | times,
                ),
            )


def thinned() -> set[tuple[str, str]]:
    """The cells of every run: each message, each misbehaviour, and what loses something in the middle of an apply."""
    stages, kinds = list(STAGES), list(KINDS)
    diagonal = {(stages[number % len(stages)], kind) for number, kind in enumerate(kinds)}
    dangerous = {
        *itertools.product(("apply", "send", "apply_output"), ("drop_before", "drop_after")),
        *itertools.product(("send",), ONLY["Send"]),
        ("apply_output", "slow"),
        ("more", "always_busy"),
        ("read", "operation_timeout"),
    }
    return (diagonal | dangerous) - {("send", "lost_operation_timeout")}  # it takes a minute


def parameters() -> list[Any]:
    usual = thinned()
    found = []
    for stage, kind, fault in cells():
        marks = [] if (stage, kind) in usual else [pytest.mark.thorough]
        found.append(pytest.param(stage, kind, fault, id=f"{stage}-{kind}", marks=marks))
    return found


def arm(host: WinHost, fault: Fault) -> None:
    """A Receive is counted from the start of its command, because how many the earlier ones took is not known."""
    if fault.on != "Receive":
        host.faults.add(fault)
        return
    first = Fault("Receive", fault.kind, times=fault.times, seconds=fault.seconds, size=fault.size)
    host.faults.after("Command", lambda: host.faults.add(first), nth=fault.nth)


# ------------------------------------------------------------------------------------------------------------ the proof


@pytest.fixture
def lived_in(host: WinHost) -> WinHost:
    """A host on which others have left their marks."""
    host.prefix.set_value(MACHINE, "Path", ";".join(FOREIGN_PATH), "REG_EXPAND_SZ")
    host.prefix.set_value(MACHINE, "GOROOT", OLD_ROOT)
    for name, (kind, data) in FOREIGN_VALUES.items():
        host.prefix.set_value(MACHINE, name, data, kind)
    return host


def attempt(host: WinHost, verify: bool = False, check: bool = False) -> dict[str, Any]:
    """One run. A host that was never reached is what Ansible calls unreachable; nothing else may come out but a
    result.
    """
    try:
        return go_registry(host, check=check, **OPTIONS, verify=verify)
    except AnsibleConnectionFailure as error:
        return {"failed": True, "unreachable": True, "changed": False, "msg": str(error)}


def must_be_for_people(message: str) -> None:
    for mark in ("Traceback", "<?xml", "Envelope", "object at 0x", "Error(", "Exception("):
        assert mark not in message, message
    assert len(message) > 30, message


def must_be_honest(result: dict[str, Any], before: dict[str, Any], after: dict[str, Any]) -> None:
    """What it says is true, or it says that it does not know."""
    if not result.get("failed"):
        assert result["changed"]
        must_be_wanted(after)
        return
    must_be_for_people(result["msg"])
    if "not known" in result["msg"]:
        return
    assert result["changed"] == (before != after), result["msg"]
    if result["changed"]:
        must_be_wanted(after)


def must_be_wanted(values: dict[str, Any]) -> None:
    assert {name: values.get(name) for name in STANDS} == STANDS


def must_be_kept(before: dict[str, Any], after: dict[str, Any]) -> None:
    """Nothing foreign is lost, moved, retyped or rewritten."""
    ours = {*STANDS, "Path"}
    assert {name: value for name, value in after.items() if name not in ours} == {
        name: value for name, value in before.items() if name not in ours
    }
    kind, text = after["Path"]
    assert kind == before["Path"][0]
    assert [entry for entry in text.split(";") if entry not in OURS] == before["Path"][1].split(";")


def prove(host: WinHost, before: dict[str, Any]) -> None:
    """One more run without faults leads to what is wanted, and the one after it changes nothing. When the first one
    was killed, its lock is waited for; without ping.exe that takes no time.
    """
    host.faults.clear()
    host.prefix.remove_program("ping.exe")
    try:
        second = attempt(host)
    finally:
        host.prefix.restore_program("ping.exe")
    assert not second.get("failed"), second["msg"]
    after = host.prefix.registry(MACHINE)
    must_be_wanted(after)
    must_be_kept(before, after)
    assert path_of(host, MACHINE)[: len(OURS)] == OURS
    third = attempt(host)
    assert not third.get("failed"), third.get("msg")
    assert third["changed"] is False


def test_messages_of_a_converge(lived_in: WinHost) -> None:
    """What STAGES says is so, else the matrix would hit other messages than it names."""
    lived_in.counters.reset()
    assert not attempt(lived_in, verify=True).get("failed")
    actions = lived_in.counters.now.actions
    assert {name: actions[name] for name in ("Create", "Command", "Send", "Delete")} == {
        "Create": 2,
        "Command": 4,
        "Send": 1,
        "Delete": 2,
    }


@pytest.mark.parametrize(("stage", "kind", "fault"), parameters())
def test_matrix(lived_in: WinHost, stage: str, kind: str, fault: Fault) -> None:
    host = lived_in
    before = host.prefix.registry(MACHINE)
    arm(host, fault)
    first = attempt(host, verify=stage not in (*READING[1:], *APPLYING))
    assert any(item.kind == fault.kind for item in host.faults.fired), "the fault hit nothing"
    assert not host.faults.errors
    assert "unreachable" not in first or stage == "create"
    if "not known" in first.get("msg", ""):
        assert stage in APPLYING
    if stage in READING and first.get("failed"):
        assert first["changed"] is False
    if kind in HARMLESS:
        assert not first.get("failed"), first.get("msg")
    settled(host)
    after = host.prefix.registry(MACHINE)
    must_be_kept(before, after)
    must_be_honest(first, before, after)
    prove(host, before)


# ------------------------------------------------------------------------------------------------------------ a reading

CUTS = ("drop_before", "drop_after", "cut_reply")


def readings() -> list[Any]:
    """Each message of a reading times each way to cut the connection; a diagonal of them in every run."""
    usual = {(stage, CUTS[number % len(CUTS)]) for number, stage in enumerate(READING)}
    return [
        pytest.param(stage, kind, id=f"{stage}-{kind}", marks=[] if (stage, kind) in usual else [pytest.mark.thorough])
        for stage, kind in itertools.product(READING, CUTS)
    ]


@pytest.mark.parametrize(("stage", "kind"), readings())
def test_a_reading_over_a_cut_connection_is_tried_once_more(lived_in: WinHost, stage: str, kind: str) -> None:
    host = lived_in
    before = host.prefix.registry(MACHINE)
    message, nth = STAGES[stage]
    arm(host, Fault(message, kind, nth=nth))
    once = attempt(host, check=True)
    assert [item.kind for item in host.faults.fired if item.kind != "after"] == [kind]
    assert not once.get("failed"), once["msg"]
    assert once["changed"]
    host.faults.clear()
    arm(host, Fault(message, kind, nth=nth, times=2))
    twice = attempt(host, check=True)
    assert [item.kind for item in host.faults.fired if item.kind != "after"] == [kind] * 2
    assert twice["failed"]
    must_be_for_people(twice["msg"])
    assert twice["changed"] is False
    assert ("unreachable" in twice) == (stage == "create")
    assert "tried twice" in twice["msg"] or stage == "create"
    assert host.prefix.registry(MACHINE) == before


def test_an_apply_over_a_cut_connection_is_never_repeated(lived_in: WinHost) -> None:
    lived_in.faults.add(Fault("Send", "drop_after"))
    lived_in.counters.reset()
    result = attempt(lived_in)
    assert result["failed"]
    assert "not known" in result["msg"]
    assert lived_in.counters.now.actions["Send"] == 1
    settled(lived_in)


# ------------------------------------------------------------------------------------------------------------ beyond
# one message


def over(host: WinHost, **variables: Any) -> Callable[[], ShellTransport]:
    return lambda: transport_to(host, **variables)


def params() -> dict[str, Any]:
    return {name: spec.get("default") for name, spec in ARGUMENT_SPEC.items()} | OPTIONS | {"verify": False}


IMPATIENT = {"ansible_winrm_operation_timeout_sec": 1, "ansible_winrm_read_timeout_sec": 2}


def test_next_run_converges_while_the_first_command_still_runs(lived_in: WinHost) -> None:
    """The first run gave up, and its command stands on the host waiting for the plan, which arrives when the second run
    is through.
    """
    host = lived_in
    before = host.prefix.registry(MACHINE)
    arrive = threading.Event()
    host.faults.before("Send", lambda: arrive.wait(60))
    host.faults.add(Fault("Delete", "drop_before"))
    first = run(params(), over(host, **IMPATIENT), False, False)
    assert first["failed"]
    assert "not known" in first["msg"]
    assert "ansible_winrm_read_timeout_sec" in first["msg"]
    assert running(host), "the first command is gone"
    second = attempt(host)
    assert not second.get("failed"), second["msg"]
    assert second["changed"]
    assert running(host), "the first command did not wait"
    arrive.set()
    wait_for(lambda: not running(host), "the first command does not end")
    must_be_wanted(host.prefix.registry(MACHINE))
    must_be_kept(before, host.prefix.registry(MACHINE))
    prove(host, before)


@pytest.mark.parametrize(("message", "nth"), [("Command", 1), ("Receive", 1), ("Send", 1)])
def test_read_time_out_comes_from_the_connection(lived_in: WinHost, message: str, nth: int) -> None:
    """No message waits longer than ansible_winrm_read_timeout_sec says, and the message names the setting."""
    before = lived_in.prefix.registry(MACHINE)
    lived_in.faults.add(Fault(message, "delay_after", nth=nth, seconds=8))
    began = time.monotonic()
    first = run(params(), over(lived_in, **IMPATIENT), False, False)
    assert time.monotonic() - began < 7
    assert first["failed"]
    assert "ansible_winrm_read_timeout_sec" in first["msg"]
    settled(lived_in)
    must_be_kept(before, lived_in.prefix.registry(MACHINE))


def test_operation_time_out_is_what_the_connection_says(lived_in: WinHost) -> None:
    transport = transport_to(lived_in, ansible_winrm_operation_timeout_sec=7, ansible_winrm_read_timeout_sec=9)
    transport.run(Script(("echo 1",)))
    assert transport.client.protocol.operation_timeout_sec == 7
    assert transport.client.protocol.transport.read_timeout_sec == 9
    transport.close()


def test_only_a_program_that_did_not_start_is_started_again(lived_in: WinHost) -> None:
    transport = transport_to(lived_in)
    commands = {
        "absent": r"C:\absent\absent.exe",
        "failing": program("reg.exe") + r" query HKLM\Absent",
        "good": program("whoami.exe"),
    }
    outputs = {}
    for name, command in commands.items():
        outputs[name] = transport.run(
            Script(
                (*run_retrying_start(f"{command} 2>&1"), *run_retrying_start(f"{command} 2>&1", r"exist C:\absent\x"))
            )
        ).stdout.splitlines()
    transport.close()
    assert [len([line for line in outputs[name] if line.strip()]) for name in commands] == [2, 1, 1], outputs


def test_command_that_stays_silent_is_given_up(lived_in: WinHost) -> None:
    """Each time-out of a Receive only means that nothing came yet; ten minutes of them end the run."""
    before = lived_in.prefix.registry(MACHINE)
    arm(lived_in, Fault("Receive", "operation_timeout", nth=3, times=None))
    first = run(
        params(),
        over(lived_in, ansible_winrm_operation_timeout_sec=200, ansible_winrm_read_timeout_sec=210),
        False,
        False,
    )
    assert first["failed"]
    assert "said nothing" in first["msg"]
    assert "not known" in first["msg"]
    settled(lived_in)
    must_be_kept(before, lived_in.prefix.registry(MACHINE))


def test_dropped_shells_end_soon(lived_in: WinHost) -> None:
    """Each shell is opened to idle no longer than two minutes, instead of two hours; and a run that is through leaves
    none.
    """
    seen: list[float] = []
    lived_in.faults.after(
        "Create", lambda: seen.extend(shell.idle_timeout for shell in lived_in.service._shells.values()), times=None
    )
    before = set(lived_in.service.shells)
    attempt(lived_in, verify=True)
    assert seen
    assert set(seen) == {120}
    assert set(lived_in.service.shells) <= before


def staged(host: WinHost) -> list[Path]:
    return sorted(host.prefix.unix_path(r"C:\Users\ansible\AppData\Local\Temp").glob("gopher-devbox-*"))


def test_leftovers_are_swept_when_nobody_can_need_them(lived_in: WinHost) -> None:
    host = lived_in
    for old in staged(host):
        shutil.rmtree(old) if old.is_dir() else old.unlink()
    host.faults.add(
        Fault("Send", "cut"), Fault("Delete", "delay", seconds=1.5)
    )  # its directory is made before its shell is closed
    assert attempt(host)["failed"]
    settled(host)
    left = staged(host)
    assert sorted(item.suffix for item in left) == ["", ".err", ".out"], "a directory, and output that was held back"
    host.faults.clear()
    wanted = to_wanted(params())

    def at(later: float) -> list[str]:
        transport = transport_to(host)
        try:
            return [
                finding.id
                for finding in converge(
                    RegistryStore(transport, now=lambda: time.time() + later), wanted, False
                ).findings
            ]
        finally:
            transport.close()

    at(0)  # changes, and leaves what another run may still be using
    assert staged(host) == left
    assert "leftovers_removed" not in at(500)
    assert staged(host) == left
    assert "leftovers_removed" in at(700)
    assert staged(host) == []


def test_lost_verify_does_not_hide_the_change(lived_in: WinHost) -> None:
    """The change was made and read back before go was asked."""
    lived_in.faults.add(Fault("Create", "drop_before", nth=2))
    result = attempt(lived_in, verify=True)
    assert lived_in.faults.fired
    assert result["changed"]
    must_be_wanted(lived_in.prefix.registry(MACHINE))


def test_errors_of_the_transport_are_for_people(lived_in: WinHost) -> None:
    lived_in.faults.add(Fault("Command", "cut_reply"))
    transport = transport_to(lived_in)
    with pytest.raises(TransportError) as caught:
        transport.run(Script(("echo 1",)))
    transport.close()
    must_be_for_people(str(caught.value))
    assert caught.value.lost


def test_a_command_that_ends_before_it_has_read_its_input(host: WinHost) -> None:
    """What it did not read is nothing to it; what it said is what counts."""
    transport = transport_to(host)
    try:
        done = transport.run(Script(("echo early", "exit 3")), b"x" * 3_000_000)
    finally:
        transport.close()
    assert (done.rc, done.stdout) == (3, b"early\r\n")
