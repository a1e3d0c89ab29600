# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""WinRM without PowerShell: pywinrm through the settings of Ansible's winrm connection.

The private corners of ansible-core that this needs live here and nowhere else: `_connect()`, `protocol`, `shell_id`,
`close()` (facts 11).
"""

from __future__ import annotations

import time
import typing as t
from xml.etree.ElementTree import ParseError

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.connection import ConnectionBase

from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import CutError, TransportError
from ansible_collections.gopher.devbox.plugins.module_utils._formats.cmdscript import Script
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.transport import Completed

from .cut import CutAtFirst

try:
    import requests
    from urllib3.exceptions import NewConnectionError
    from winrm.exceptions import (
        InvalidCredentialsError,
        WinRMError,
        WinRMOperationTimeoutError,
        WinRMTransportError,
        WSManFaultError,
    )
except Exception as error:  # noqa: BLE001 - whatever is wrong with it, hosts that need none of it are served
    IMPORT_ERROR: Exception | None = error
else:
    IMPORT_ERROR = None
    # pywinrm does not check what it is answered: a reply that is cut or no WS-Management ends in the last five.
    BROKEN = (
        WinRMError,
        WinRMTransportError,
        requests.exceptions.RequestException,
        OSError,
        ParseError,
        ValueError,
        AssertionError,
        StopIteration,
        LookupError,
    )

UTF8 = 65001
IDLE = "PT120S"  # a dropped shell holds its quota this long, instead of two hours (facts 2)
QUOTA = 0x803381A6  # ERROR_WSMAN_QUOTA_MAX_OPERATIONS
SERVER_ERROR = 500  # of HTTP: the service, or what stands in front of it, could not answer just now
BUSY = 170  # ERROR_BUSY
ENDED = (109, 232)  # ERROR_BROKEN_PIPE, ERROR_NO_DATA: the command has ended and reads no more
NO_SHELL = 0x8033805B  # the request names a shell that is not there: WinRM was restarted, or its idle time-out came
ATTEMPTS = 3
PAUSE = 5.0  # seconds, as ansible-core waits for a busy command
# Seconds before a Receive, which answers as soon as there is any output: the first time, then a little, growing. Fewer,
# fuller answers.
FIRST_PAUSE, PAUSES, PAUSE_LIMIT = 0.12, 0.05, 0.2
SEND_SIZE = 90_000  # bytes of one Send: base64 of it stays below the 153,600 of MaxEnvelopeSize
SILENCE = 600.0  # seconds without output after which a command is given up
NOT_FOUND = 0x80070002  # ERROR_FILE_NOT_FOUND, as an HRESULT
SLOW = "Raise ansible_winrm_operation_timeout_sec and ansible_winrm_read_timeout_sec, and run again."
USUAL_CMD = r"C:\Windows\System32\cmd.exe"
_NOT_YET = "none yet"


def _of_basic(connection: t.Any) -> str:
    """Why Basic authentication fails with this account, in words for people; empty where it is not for its
    characters.
    """
    user, password = (str(getattr(connection, name, None) or "") for name in ("_winrm_user", "_winrm_pass"))
    if "basic" not in (getattr(connection, "_winrm_transport", None) or ()) or (user + password).isascii():
        return ""
    what = f"The user name {user}" if not user.isascii() else "The password"
    return (
        f"{what} is not ASCII, and Basic authentication does not carry it surely: use ansible_winrm_transport "
        f"ntlm, or kerberos"
    )


class WinrmTransport:
    """See `Transport`. One shell, opened at the first script; commands are ended by closing it."""

    name = "winrm"
    fresh_environment = True

    def __init__(self, connection: ConnectionBase, sleep: t.Callable[[float], None] = time.sleep) -> None:
        self._connection: t.Any = connection
        self._sleep = sleep
        self._protocol: t.Any = None
        self._shell: str | None = None
        self._last: str | None = None
        self._reached = False
        self._cmd = USUAL_CMD

    # --- sessions ----------------------------------------------------------------------------------------------------

    def _open(self) -> None:
        """A shell of our own, in UTF-8 and with a short idle time-out; the connection's own fallback where that
        fails.
        """
        connection = self._connection
        if self._protocol is None:
            if not connection.protocol and not connection.shell_id:
                connection.shell_id = _NOT_YET  # keeps _connect() from opening a shell that idles for two hours
            try:
                connection._connect()
            finally:
                if connection.shell_id == _NOT_YET:
                    connection.shell_id = None
            self._protocol = connection.protocol
        try:
            self._shell = self._protocol.open_shell(codepage=UTF8, idle_timeout=IDLE)
        except WSManFaultError as error:
            raise TransportError(
                f"The host refused a new WinRM shell: {_fault_text(error)}",
                "Shells that nobody uses end by themselves; MaxShellsPerUser and MaxConcurrentOperationsPerUser "
                "set how much there may be. "
                "Where it is no quota, see the host's WinRM event log.",
            ) from error
        except WinRMOperationTimeoutError as error:
            raise TransportError("The host took too long to open a WinRM shell.", SLOW) from error
        except UnicodeEncodeError as error:
            self._fall_back(error, _of_basic(self._connection) or _reason(error))
        except BROKEN as error:
            self._unreachable(error)
        self._reached, self._last = True, None

    def _unreachable(self, error: BaseException) -> None:
        """Nothing is known of a host that was never reached: that is Ansible's 'unreachable'. One that is lost later is
        a failure of the task.
        """
        reason = (
            "the specified credentials were rejected by the server"
            if isinstance(error, InvalidCredentialsError)
            else _reason(error)
        )
        reason = (
            f"{reason}. {_of_basic(self._connection)}".rstrip(". ")
            if isinstance(error, InvalidCredentialsError)
            else reason
        )
        if self._reached:
            kind = CutError if _was_cut(error) else TransportError
            raise kind(
                f"The WinRM connection was lost while a new shell was opened: {reason}.", "Run again.", lost=False
            ) from error
        self._fall_back(error, reason)

    def _fall_back(self, error: BaseException, text: str) -> None:
        """Let the connection try its other authentication methods, if it has any, as it would for a module."""
        connection = self._connection
        methods = getattr(connection, "_winrm_transport", None) or ()
        if len(methods) < 2:
            kind = CutAtFirst if _was_cut(error) else AnsibleConnectionFailure
            raise kind(": ".join([*methods, text])) from error
        connection.protocol, connection.shell_id = None, None
        connection._connect()
        self._protocol, self._shell = connection.protocol, connection.shell_id

    def fresh(self) -> None:
        self._close_shell(keep_session=True)

    def close(self) -> None:
        self._close_shell(keep_session=False)

    def _close_shell(self, keep_session: bool) -> None:
        shell, self._shell = self._shell, None
        if shell is None or self._protocol is None:
            return
        try:
            self._protocol.close_shell(shell, close_session=not keep_session)
        except (WinRMOperationTimeoutError, *BROKEN):
            pass  # its idle time-out ends it
        self._connection.shell_id = None

    # --- commands ----------------------------------------------------------------------------------------------------

    def run(self, script: Script, stdin: bytes | None = None) -> Completed:
        if self._shell is None:
            self._open()
        try:
            line = script.command_line()
        except ValueError as error:
            raise TransportError(
                f"The question to the host is too long for cmd.exe: {error}.",
                "Shorten the PATH or the list of directories.",
            ) from error
        command = self._start(line, console=stdin is None)
        try:
            accepted = stdin is None or self._send(command, stdin)
            return self._receive(command, patience=SILENCE if accepted else SILENCE / 10)
        except WSManFaultError as error:
            raise CutError(f"The host broke off the command: {_fault_text(error)}", "Run again.") from error
        except BROKEN as error:
            raise _lost("in the middle of a command", error) from error

    def _start(self, line: str, console: bool) -> str:
        """Start cmd.exe by CreateProcess, which takes a full path and looks nowhere else."""
        arguments = ["/q", "/d", "/e:on", "/v:off", "/s", "/c", f'"{line}"']
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._last = self._protocol.run_command(
                    self._shell, self._cmd, arguments, console_mode_stdin=console, skip_cmd_shell=True
                )
                return t.cast(str, self._last)
            except WSManFaultError as error:
                if attempt == ATTEMPTS:
                    raise _refused(error) from error
                self._after_fault(error)
            except WinRMOperationTimeoutError as error:
                raise TransportError("The host took too long to start a command.", SLOW, lost=True) from error
            except BROKEN as error:
                raise _lost("while a command was started", error) from error
        raise AssertionError("unreachable")

    def _after_fault(self, error: t.Any) -> None:
        """The command was not started. A shell that is gone or out of operations is replaced; one that is busy, or
        wants the last command ended, gets its time.
        """
        codes = _codes(error)
        if QUOTA in codes or NO_SHELL in codes:
            self._close_shell(keep_session=True)
            self._open()
        elif BUSY in codes:
            self._sleep(PAUSE)
        elif NOT_FOUND in codes and self._cmd == USUAL_CMD:
            self._cmd = self._find_cmd()
        elif self._last is not None:
            self._end_last(error)
        else:
            raise _refused(error) from error

    def _end_last(self, error: t.Any) -> None:
        last, self._last = self._last, None
        try:
            self._protocol.cleanup_command(self._shell, last)
        except (WinRMOperationTimeoutError, *BROKEN):
            raise _refused(error) from error

    def _find_cmd(self) -> str:
        """cmd.exe of a Windows that is not in C:\\Windows, which the service's own shell knows."""
        try:
            command = self._protocol.run_command(
                self._shell, "echo %SystemRoot%", (), console_mode_stdin=True, skip_cmd_shell=False
            )
            root = self._receive(command, SILENCE / 10).stdout.decode("utf-8", "replace").strip()
        except (WinRMOperationTimeoutError, *BROKEN) as error:
            raise TransportError(
                f"The host has no {USUAL_CMD}, and did not say where its cmd.exe is: {_reason(error)}.", "Run again."
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
        except WSManFaultError as error:
            if not any(code in ENDED for code in _codes(error)):
                raise
            return True
        return all(accepted)

    def _send_piece(self, command: str, piece: bytes, last: bool) -> bool:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._protocol.send_command_input(self._shell, command, piece, end=last)
                return True
            except WinRMOperationTimeoutError:
                return False  # seen under load; the input is processed all the same, and the sentinel tells if not
            except WSManFaultError as error:
                if attempt == ATTEMPTS or BUSY not in _codes(error):
                    raise
                self._sleep(PAUSE)
        raise AssertionError("unreachable")

    def _receive(self, command: str, patience: float) -> Completed:
        """All output. A time-out of one Receive only means that nothing came yet; too many in a row, that
        nothing will.
        """
        out, err = [], []
        silent, pause, following = 0.0, FIRST_PAUSE, PAUSES
        while True:
            time.sleep(pause)
            pause, following = following, min(following * 1.2, PAUSE_LIMIT)
            try:
                stdout, stderr, rc, done = self._protocol.get_command_output_raw(self._shell, command)
            except WinRMOperationTimeoutError as error:
                silent += float(getattr(self._protocol, "operation_timeout_sec", None) or 20)
                if silent >= patience:
                    raise TransportError(
                        f"The command on the host said nothing for {patience:.0f} seconds and was given up.",
                        "Run again.",
                        lost=True,
                    ) from error
                continue
            silent = 0.0
            out.append(stdout)
            err.append(stderr)
            if done:
                return Completed(rc, b"".join(out), b"".join(err))


def _refused(error: t.Any) -> TransportError:
    return TransportError(
        f"The host refused to start a command: {_fault_text(error)}",
        "Run again later, and see the host's WinRM event log.",
    )


def _lost(when: str, error: BaseException) -> TransportError:
    kind = CutError if _was_cut(error) else TransportError
    return kind(f"The WinRM connection was lost {when}: {_reason(error)}.", "Run again.", lost=True)


def _was_cut(error: BaseException) -> bool:
    """Whether the host answered and then broke off, or the answer is not whole: not where it was slow, refused, or
    could not be reached.
    """
    if isinstance(
        error,
        (
            InvalidCredentialsError,
            requests.exceptions.Timeout,
            requests.exceptions.SSLError,
            requests.exceptions.ProxyError,
        ),
    ):
        return False
    if isinstance(error, WinRMTransportError):
        return int(getattr(error, "code", 0) or 0) >= SERVER_ERROR
    return not any(isinstance(inner, NewConnectionError) for inner in _inside(error))


def _inside(error: BaseException) -> t.Iterator[BaseException]:
    """The error, and those it was made of."""
    inner: t.Any = error
    while isinstance(inner, BaseException):
        yield inner
        outer, inner = inner, getattr(inner, "reason", None)
        if not isinstance(inner, BaseException):
            inner = next((item for item in reversed(outer.args) if isinstance(item, BaseException)), None)


def _codes(error: t.Any) -> tuple[t.Any, ...]:
    return (getattr(error, "wmierror_code", None), getattr(error, "wsman_fault_code", None))


def _fault_text(error: t.Any) -> str:
    return str(getattr(error, "reason", None) or error).strip()


def _reason(error: BaseException) -> str:
    """What broke, without the layers it was wrapped in."""
    if isinstance(error, requests.exceptions.Timeout):
        return "it did not answer in the time of ansible_winrm_read_timeout_sec"
    if isinstance(error, (ParseError, ValueError, AssertionError, StopIteration, LookupError)):
        return f"what it answered is not whole, or no WS-Management ({str(error).strip() or type(error).__name__})"
    *_wrapped, error = _inside(error)
    return str(error).strip().rstrip(".") or type(error).__name__
