# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A transport over remote shells, as WS-Management has them: what is repeated, waited for, replaced or given up, and
how output is held back. The messages themselves are a client's, of which there is one a library (`winrm`).
"""

from __future__ import annotations

import enum
import time
import typing as t

from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import CutError, TransportError
from ansible_collections.gopher.devbox.plugins.module_utils._formats import held
from ansible_collections.gopher.devbox.plugins.module_utils._formats.cmdscript import Script
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.clock import stamp, stamped
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.staging import STAGING, new_mark
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.transport import (
    Command,
    Completed,
    Session,
    to_script,
    too_long,
)

ATTEMPTS = 3
PAUSE = 5.0  # seconds, as ansible-core waits for a busy command
# Seconds before each further Receive, growing: fewer, fuller answers. The first one waits on the host, which answers as
# soon as there is any output.
PAUSES, PAUSE_LIMIT = 0.05, 0.2
SEND_SIZE = 90_000  # bytes of one Send: base64 of it stays below the 153,600 of MaxEnvelopeSize
SILENCE = 600.0  # seconds without output after which a command is given up
SLOW = "Raise ansible_winrm_operation_timeout_sec and ansible_winrm_read_timeout_sec, and run again."
USUAL_CMD = r"C:\Windows\System32\cmd.exe"


class Kind(enum.Enum):
    """What a host's refusal of a message means."""

    QUOTA = "quota"  # no more operations in this shell
    NO_SHELL = "no shell"  # WinRM was restarted, or the shell's idle time-out came
    BUSY = "busy"
    NOT_FOUND = "not found"  # the program that was to be started
    ENDED = "ended"  # the command reads no more
    OTHER = "other"


class Fault(Exception):
    """The host refused a message, and did not execute it."""

    def __init__(self, kind: Kind, text: str) -> None:
        super().__init__(text)
        self.kind, self.text = kind, text


class Silent(Exception):
    """The host did not answer in the time of one operation. It may have executed the message."""


class Broken(Exception):
    """The connection failed. `cut`: the host had answered, and broke off; else it was slow, refused, or not there."""

    def __init__(self, text: str, cut: bool) -> None:
        super().__init__(text)
        self.text, self.cut = text, cut


class Piece(t.NamedTuple):
    """Output that came in one answer. `done`: it was the last, with the exit code."""

    stdout: bytes
    stderr: bytes
    rc: int
    done: bool


class Client(t.Protocol):
    """The messages of a library, one method each; each raises Fault, Silent and Broken.

    name: of the transport. title: in messages.
    """

    name: str
    title: str

    def open(self, again: bool) -> str:
        """A new shell. Where the host was never reached (not `again`), Ansible's own error says so."""

    def close(self, shell: str, last: bool) -> None:
        """End a shell; with `last` the connection too. Never raises."""

    def start(self, shell: str, program: str, arguments: t.Sequence[str], terminal: bool, direct: bool) -> str:
        """Start a program, by CreateProcess (`direct`) or by the service's own shell; the command's id. `terminal`: no
        bytes will be sent to it.
        """

    def end(self, shell: str, command: str) -> None:
        """End a command."""

    def send(self, shell: str, command: str, data: bytes, last: bool) -> None:
        """Send bytes to a command."""

    def receive(self, shell: str, command: str) -> Piece:
        """What a command printed since, as soon as there is some."""

    def patience(self) -> float:
        """Seconds that a Receive waits."""


class Holding(enum.Enum):
    """Who holds output back."""

    OWN = "a cmd.exe of ours"
    SERVICE = "the service's own cmd.exe, which stands around everything"
    NOBODY = "nobody"


class ShellTransport(Session):
    """See `Transport`. One shell, opened at the first script; commands are ended by closing it."""

    fresh_environment = True
    holds_output = True

    def __init__(
        self,
        client: Client,
        sleep: t.Callable[[float], None] = time.sleep,
        now: t.Callable[[], float] = time.time,
    ) -> None:
        self.client, self.name = client, client.name
        self._sleep, self._now = sleep, now
        self._shell: str | None = None
        self._last: str | None = None
        self._reached = False
        self._cmd = USUAL_CMD
        self._holding = Holding.OWN

    # --- sessions ----------------------------------------------------------------------------------------------------

    def _open(self) -> str:
        title = self.client.title
        try:
            self._shell = self.client.open(self._reached)
        except Fault as error:
            raise TransportError(
                f"The host refused a new {title} shell: {error.text}",
                "Shells that nobody uses end by themselves; MaxShellsPerUser and MaxConcurrentOperationsPerUser "
                "set how much there may be. "
                f"Where it is no quota, see the host's {title} event log.",
            ) from error
        except Silent as error:
            raise TransportError(f"The host took too long to open a {title} shell.", SLOW) from error
        except Broken as error:
            raise self._lost("while a new shell was opened", error, lost=False) from error
        self._reached, self._last = True, None
        return self._shell

    def _opened(self) -> str:
        return self._open() if self._shell is None else self._shell

    def fresh(self) -> None:
        self._close_shell(last=False)

    def close(self) -> None:
        self._close_shell(last=True)

    def _close_shell(self, last: bool) -> None:
        shell, self._shell = self._shell, None
        if shell is not None:
            self.client.close(shell, last)

    # --- scripts -----------------------------------------------------------------------------------------------------

    def run(self, command: Command, stdin: bytes | None = None) -> Completed:
        script = to_script(command)
        refused = 0
        while script.holds and self._holding is not Holding.NOBODY:
            mark = new_mark()
            by_service = self._holding is Holding.SERVICE
            line = held.line(script, mark, STAGING + stamped(stamp(self._now())), by_service)
            if line is None:
                break
            done = self._run(line, stdin, by_service)
            answer = held.parse(mark, done.stdout)
            if answer.outcome is held.Outcome.WHOLE:
                return Completed(answer.rc, answer.stdout, done.stderr)
            if answer.outcome is held.Outcome.REFUSED and refused < ATTEMPTS:
                refused += 1
                continue
            self._holding = Holding.SERVICE if answer.outcome is held.Outcome.WRAPPED else Holding.NOBODY
            if answer.outcome is held.Outcome.BROKEN and stdin is not None:
                # It was started, and may have changed something: what arrived of its frames says how far it came.
                return Completed(answer.rc or done.rc, answer.stdout, done.stderr)
        return self._run(self._line(script), stdin)

    def _line(self, script: Script) -> str:
        try:
            return script.command_line()
        except ValueError as error:
            raise too_long(error) from error

    def _run(self, line: str, stdin: bytes | None, by_service: bool = False) -> Completed:
        command = self._start(line, stdin is None, by_service)
        try:
            accepted = stdin is None or self._send(command, stdin)
            return self._receive(command, patience=SILENCE if accepted else SILENCE / 10)
        except Fault as error:
            raise CutError(f"The host broke off the command: {error.text}", "Run again.") from error
        except Broken as error:
            raise self._lost("in the middle of a command", error) from error

    # --- commands ----------------------------------------------------------------------------------------------------

    def _start(self, line: str, terminal: bool, by_service: bool) -> str:
        """Start cmd.exe by CreateProcess, which takes a full path and looks nowhere else."""
        for attempt in range(1, ATTEMPTS + 1):
            shell = self._opened()
            program, arguments = (line, []) if by_service else (self._cmd, [*held.OPTIONS.split(), f'"{line}"'])
            try:
                self._last = self.client.start(shell, program, arguments, terminal, not by_service)
                return self._last
            except Fault as error:
                if attempt == ATTEMPTS:
                    raise self._refused(error) from error
                self._after_fault(shell, error)
            except Silent as error:
                raise TransportError("The host took too long to start a command.", SLOW, lost=True) from error
            except Broken as error:
                raise self._lost("while a command was started", error) from error
        raise AssertionError("unreachable")

    def _after_fault(self, shell: str, error: Fault) -> None:
        """The command was not started. A shell that is gone or out of operations is replaced; one that is busy, or
        wants the last command ended, gets its time.
        """
        if error.kind in (Kind.QUOTA, Kind.NO_SHELL):
            self._close_shell(last=False)
            self._open()
        elif error.kind is Kind.BUSY:
            self._sleep(PAUSE)
        elif error.kind is Kind.NOT_FOUND and self._cmd == USUAL_CMD:
            self._cmd = self._find_cmd(shell)
        elif self._last is not None:
            last, self._last = self._last, None
            try:
                self.client.end(shell, last)
            except (Fault, Silent, Broken):
                raise self._refused(error) from error
        else:
            raise self._refused(error) from error

    def _find_cmd(self, shell: str) -> str:
        """cmd.exe of a Windows that is not in C:\\Windows, which the service's own shell knows."""
        try:
            command = self.client.start(shell, "echo %SystemRoot%", (), terminal=True, direct=False)
            root = self._receive(command, SILENCE / 10).stdout.decode("utf-8", "replace").strip()
        except (Fault, Silent, Broken) as error:
            raise TransportError(
                f"The host has no {USUAL_CMD}, and did not say where its cmd.exe is: {error}.", "Run again."
            ) from error
        return root + r"\System32\cmd.exe"

    def _send(self, command: str, data: bytes) -> bool:
        """Whether the host said that it took everything. What a command that has ended did not read is nothing to it:
        its output tells.
        """
        pieces = [data[at : at + SEND_SIZE] for at in range(0, len(data), SEND_SIZE)] or [b""]
        try:
            accepted = [
                self._send_piece(command, piece, number == len(pieces)) for number, piece in enumerate(pieces, 1)
            ]
        except Fault as error:
            if error.kind is not Kind.ENDED:
                raise
            return True
        return all(accepted)

    def _send_piece(self, command: str, piece: bytes, last: bool) -> bool:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self.client.send(self._opened(), command, piece, last)
                return True
            except Silent:
                return False  # seen under load; the input is processed all the same, and the sentinel tells if not
            except Fault as error:
                if attempt == ATTEMPTS or error.kind is not Kind.BUSY:
                    raise
                self._sleep(PAUSE)
        raise AssertionError("unreachable")

    def _receive(self, command: str, patience: float) -> Completed:
        """All output. A time-out of one Receive only means that nothing came yet; too many in a row, that
        nothing will.
        """
        out, err = [], []
        silent, pause = 0.0, PAUSES
        while True:
            try:
                piece = self.client.receive(self._opened(), command)
            except Silent as error:
                silent += self.client.patience()
                if silent >= patience:
                    raise TransportError(
                        f"The command on the host said nothing for {patience:.0f} seconds and was given up.",
                        "Run again.",
                        lost=True,
                    ) from error
                continue
            silent = 0.0
            out.append(piece.stdout)
            err.append(piece.stderr)
            if piece.done:
                return Completed(piece.rc, b"".join(out), b"".join(err))
            time.sleep(pause)
            pause = min(pause * 1.2, PAUSE_LIMIT)

    # --- errors ------------------------------------------------------------------------------------------------------

    def _refused(self, error: Fault) -> TransportError:
        return TransportError(
            f"The host refused to start a command: {error.text}",
            f"Run again later, and see the host's {self.client.title} event log.",
        )

    def _lost(self, when: str, error: Broken, lost: bool = True) -> TransportError:
        kind = CutError if error.cut else TransportError
        return kind(f"The {self.client.title} connection was lost {when}: {error.text}.", "Run again.", lost=lost)
