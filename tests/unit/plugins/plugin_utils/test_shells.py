# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The policy over remote shells: what is repeated, waited for and given up, whatever library carries the messages."""

from __future__ import annotations

import re
import typing as t

import pytest

from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import CutError, TransportError
from ansible_collections.gopher.devbox.plugins.module_utils._formats.cmdscript import LINE_LIMIT, Script
from ansible_collections.gopher.devbox.plugins.plugin_utils._transports.shells import (
    ATTEMPTS,
    PAUSE,
    SEND_SIZE,
    USUAL_CMD,
    Broken,
    Fault,
    Holding,
    Kind,
    Piece,
    ShellTransport,
    Silent,
)

ONE = Script(("echo 1",))
NEVER = Script(("echo 1",), holds=False)


class Host:
    """A client of a host that prints `1`. `fails`: what each message raises, first things first.

    wraps: its service puts a cmd.exe around commands. no_files: it has no place for files. loses: output that is held
    does not come whole. refuses: how often it does not start the inner cmd.exe.
    """

    name, title = "imagination", "Imagination"

    def __init__(
        self, wraps: bool = False, no_files: bool = False, loses: bool = False, refuses: int = 0, **fails: t.Any
    ) -> None:
        self.wraps, self.no_files, self.loses, self.refuses, self.fails = wraps, no_files, loses, refuses, fails
        self.seen: list[str] = []
        self.lines: list[str] = []
        self.programs: list[str] = []
        self.started: list[str] = []
        self.sent: list[bytes] = []
        self.shells = 0

    def _message(self, name: str) -> None:
        self.seen.append(name)
        queue = self.fails.get(name) or []
        if queue:
            raise queue.pop(0)

    def open(self, again: bool) -> str:
        self._message("open")
        self.shells += 1
        return f"shell {self.shells}"

    def close(self, shell: str, last: bool) -> None:
        self._message("close last" if last else "close")

    def start(self, shell: str, program: str, arguments: t.Sequence[str], terminal: bool, direct: bool) -> str:
        self.programs.append(program)
        self._message("start")
        self.lines.append(" ".join([program, *arguments]))
        return "command"

    def end(self, shell: str, command: str) -> None:
        self._message("end")

    def send(self, shell: str, command: str, data: bytes, last: bool) -> None:
        self._message("send")
        self.sent.append(data)

    def receive(self, shell: str, command: str) -> Piece:
        self._message("receive")
        return Piece(self._output(self.lines[-1]), b"", 0, True)

    def _output(self, line: str) -> bytes:
        if line == "echo %SystemRoot%":
            return b"D:\\Windows\r\n"
        mark = re.search(r"echo (gd\w{12})@", line)
        if mark is None:
            self.started.append("straight")
            return b"1\r\n"
        if self.wraps and f"{mark[1]}#" in line:
            return f"{mark[1]}#\r\n".encode()
        if self.no_files:
            return f"{mark[1]}?\r\n".encode()
        if self.refuses:
            self.refuses -= 1
            return f"{mark[1]}!\r\n{mark[1]}=3\r\n{mark[1]}@0\r\n".encode()
        self.started.append("held")
        return f"{mark[1]}@20\r\n1\r\n{'' if self.loses else mark[1] + '.'}\r\n".encode()

    def patience(self) -> float:
        return 20.0


def transport(host: Host, waited: list[float] | None = None) -> ShellTransport:
    return ShellTransport(host, (waited if waited is not None else []).append)


def fault(kind: Kind) -> Fault:
    return Fault(kind, "no")


def test_a_run_is_four_messages_and_leaving_it_ends_the_session() -> None:
    host = Host()
    with transport(host) as way:
        assert way.run(ONE).stdout == b"1\r\n"
    assert host.seen == ["open", "start", "receive", "close last"]
    assert host.started == ["held"]


def test_a_fresh_session_keeps_the_connection() -> None:
    host = Host()
    way = transport(host)
    way.run(ONE)
    way.fresh()
    way.run(ONE)
    assert host.seen == ["open", "start", "receive", "close", "open", "start", "receive"]


@pytest.mark.parametrize("stdin", [None, b"x"])
@pytest.mark.parametrize(
    ("host", "started", "holding"),
    [
        (Host(wraps=True), ["held", "held"], Holding.SERVICE),
        (Host(no_files=True), ["straight", "straight"], Holding.NOBODY),
    ],
    ids=["wrapped", "no files"],
)
def test_what_was_not_started_is_started_once(
    host: Host, started: list[str], holding: Holding, stdin: bytes | None
) -> None:
    """And the next script begins the way that worked."""
    host = Host(host.wraps, host.no_files)
    way = transport(host)
    for _ in range(2):
        assert way.run(ONE, stdin).stdout == b"1\r\n"
    assert host.started == started
    assert way._holding is holding
    assert host.seen.count("start") == 3


@pytest.mark.parametrize("stdin", [None, b"x"])
@pytest.mark.parametrize(("refuses", "started"), [(1, "held"), (2, "held"), (99, "straight")])
def test_what_a_busy_host_did_not_start_is_started_again(refuses: int, started: str, stdin: bytes | None) -> None:
    host = Host(refuses=refuses)
    assert transport(host).run(ONE, stdin).stdout == b"1\r\n"
    assert host.started == [started]
    assert set(host.sent) == ({stdin} if stdin else set())


def test_what_only_asks_is_asked_again_when_its_answer_is_not_whole() -> None:
    host = Host(loses=True)
    assert transport(host).run(ONE).stdout == b"1\r\n"
    assert host.started == ["held", "straight"]


def test_what_may_have_changed_something_never_runs_twice() -> None:
    host = Host(loses=True)
    assert transport(host).run(ONE, b"x").stdout == b"1\r\n\r\n", "what arrived of it is handed on"
    assert host.started == ["held"]


def test_what_says_so_is_never_held() -> None:
    host = Host()
    transport(host).run(NEVER)
    assert host.started == ["straight"]


def test_a_script_that_leaves_no_room_is_not_held_and_one_that_is_too_long_is_an_error() -> None:
    host = Host()
    transport(host).run(Script(("echo " + "x" * (LINE_LIMIT - 500),)))
    assert host.started == ["straight"]
    with pytest.raises(TransportError, match=r"too long for cmd\.exe"):
        transport(host).run(Script(("echo " + "x" * LINE_LIMIT,)))


def test_a_program_goes_through_cmd_exe() -> None:
    host = Host()
    transport(host).run([r"C:\Program Files\x.exe", "a b"])
    assert r'"C:\Program Files\x.exe" "a b"&echo gd' in host.lines[0]
    with pytest.raises(TransportError, match="an argument cannot stand"):
        transport(host).run([r"C:\x.exe", "a%b"])


@pytest.mark.parametrize("kind", [Kind.QUOTA, Kind.NO_SHELL])
def test_a_shell_that_is_used_up_or_gone_is_replaced(kind: Kind) -> None:
    host = Host(start=[fault(kind)])
    assert transport(host).run(ONE).stdout == b"1\r\n"
    assert host.seen == ["open", "start", "close", "open", "start", "receive"]


def test_a_busy_shell_gets_its_time_but_not_for_ever() -> None:
    waited: list[float] = []
    assert transport(Host(start=[fault(Kind.BUSY)]), waited).run(ONE).stdout == b"1\r\n"
    assert waited == [PAUSE]
    host = Host(start=[fault(Kind.BUSY)] * ATTEMPTS)
    with pytest.raises(TransportError, match="refused to start a command: no") as caught:
        transport(host).run(ONE)
    assert not caught.value.lost
    assert host.seen.count("start") == ATTEMPTS


def test_a_windows_elsewhere_is_found() -> None:
    host = Host(start=[fault(Kind.NOT_FOUND)])
    transport(host).run(ONE)
    assert host.programs == [USUAL_CMD, "echo %SystemRoot%", r"D:\Windows\System32\cmd.exe"]


def test_a_command_in_the_way_is_ended_once() -> None:
    host = Host()
    way = transport(host)
    way.run(ONE)
    host.fails["start"] = [fault(Kind.OTHER), fault(Kind.OTHER)]
    with pytest.raises(TransportError, match="refused to start"):
        way.run(ONE)
    assert host.seen.count("end") == 1


def test_input_goes_in_pieces_and_what_an_ended_command_does_not_read_is_nothing() -> None:
    host = Host()
    transport(host).run(ONE, b"x" * (2 * SEND_SIZE + 1))
    assert [len(piece) for piece in host.sent] == [SEND_SIZE, SEND_SIZE, 1]
    assert transport(Host(send=[fault(Kind.ENDED)])).run(ONE, b"x").stdout == b"1\r\n"
    assert transport(Host(send=[fault(Kind.BUSY)])).run(ONE, b"x").stdout == b"1\r\n"


@pytest.mark.parametrize(("sends", "receives"), [([], 30), ([Silent()], 3)], ids=["accepted", "not said"])
def test_silence_is_given_up(sends: list[Exception], receives: int) -> None:
    """After ten minutes; after one, where it is not known whether the input arrived."""
    host = Host(receive=[Silent()] * 100, send=[*sends])
    with pytest.raises(TransportError, match="said nothing") as caught:
        transport(host).run(ONE, b"x")
    assert caught.value.lost
    assert host.seen.count("receive") == receives


@pytest.mark.parametrize("cut", [True, False])
@pytest.mark.parametrize("message", ["start", "receive"])
def test_a_connection_that_fails(message: str, cut: bool) -> None:
    """What was cut may be asked again by whoever only asked."""
    with pytest.raises(TransportError, match=r"Imagination connection was lost .*: it broke") as caught:
        transport(Host(**{message: [Broken("it broke", cut)]})).run(ONE)
    assert caught.value.lost
    assert isinstance(caught.value, CutError) == cut


def test_a_command_that_the_host_broke_off() -> None:
    with pytest.raises(CutError, match="broke off the command: no"):
        transport(Host(receive=[fault(Kind.NO_SHELL)])).run(ONE)


@pytest.mark.parametrize(
    ("error", "words"),
    [(fault(Kind.QUOTA), "refused a new Imagination shell"), (Silent(), "took too long to open")],
    ids=["refused", "slow"],
)
def test_a_shell_that_cannot_be_opened(error: Exception, words: str) -> None:
    with pytest.raises(TransportError, match=words) as caught:
        transport(Host(open=[error])).run(ONE)
    assert not caught.value.lost


def test_a_second_shell_over_a_lost_connection() -> None:
    host = Host()
    way = transport(host)
    way.run(ONE)
    way.fresh()
    host.fails["open"] = [Broken("it broke", True)]
    with pytest.raises(CutError, match="while a new shell was opened") as caught:
        way.run(ONE)
    assert not caught.value.lost
