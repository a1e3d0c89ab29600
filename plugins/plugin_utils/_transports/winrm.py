# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""WinRM without PowerShell: pywinrm through the settings of Ansible's winrm connection.

The private corners of ansible-core that this needs live here and nowhere else: `_connect()`, `protocol`, `shell_id`, `close()` (facts 11).
"""

from __future__ import annotations

import contextlib
import time
import typing as t

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.connection import ConnectionBase

from ansible_collections.gopher.devbox.plugins.module_utils._env.errors import TransportError
from ansible_collections.gopher.devbox.plugins.module_utils._env.values import mask
from ansible_collections.gopher.devbox.plugins.module_utils._formats.cmdscript import Script
from ansible_collections.gopher.devbox.plugins.module_utils._io.transport import Completed

try:
    import requests
    from winrm.exceptions import InvalidCredentialsError, WinRMError, WinRMOperationTimeoutError, WSManFaultError
except ImportError:  # the connection plugin says so itself, with the advice that fits
    requests = None

UTF8 = 65001
IDLE = "PT120S"  # a dropped shell holds its quota this long, instead of two hours (facts 2)
QUOTA = 0x803381A6  # ERROR_WSMAN_QUOTA_MAX_OPERATIONS
BUSY = 170  # ERROR_BUSY
ATTEMPTS = 3
PAUSE = 5.0  # seconds, as ansible-core waits for a busy command
PACE = 0.1  # seconds before each Receive, which answers as soon as there is any output: fewer, fuller answers
SEND_SIZE = 90_000  # bytes of one Send: base64 of it stays below the 153,600 of MaxEnvelopeSize
NOT_FOUND = 2  # ERROR_FILE_NOT_FOUND
USUAL_CMD = r"C:\Windows\System32\cmd.exe"
_NOT_YET = "none yet"


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
        self._cmd = USUAL_CMD

    # --- sessions ----------------------------------------------------------------------------------------------------

    def _open(self) -> None:
        """A shell of our own, in UTF-8 and with a short idle time-out; the connection's own fallback where that fails."""
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
        except InvalidCredentialsError as error:
            self._fall_back(error, "the specified credentials were rejected by the server")
        except WSManFaultError as error:
            raise TransportError(
                f"The host refused a new WinRM shell: {_fault_text(error)}",
                "Too many open shells end by themselves; MaxShellsPerUser sets how many there may be.",
            ) from error
        except (WinRMError, requests.exceptions.RequestException, OSError) as error:
            self._fall_back(error, mask(str(error)))
        self._last = None

    def _fall_back(self, error: Exception, text: str) -> None:
        """Let the connection try its other authentication methods, if it has any, as it would for a module."""
        connection = self._connection
        if len(getattr(connection, "_winrm_transport", None) or ()) < 2:
            raise AnsibleConnectionFailure(f"{connection._winrm_transport[0]}: {text}" if getattr(connection, "_winrm_transport", None) else text) from error
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
        with contextlib.suppress(WinRMError, requests.exceptions.RequestException, OSError, AssertionError, ValueError):
            self._protocol.close_shell(shell, close_session=not keep_session)  # where this fails, the idle time-out ends it
        self._connection.shell_id = None

    # --- commands ----------------------------------------------------------------------------------------------------

    def run(self, script: Script, stdin: bytes | None = None) -> Completed:
        if self._shell is None:
            self._open()
        try:
            line = script.command_line()
        except ValueError as error:
            raise TransportError(f"The question to the host is too long for cmd.exe: {error}.", "Shorten the PATH or the list of directories.") from error
        command = self._start(line, console=stdin is None)
        try:
            if stdin is not None:
                self._send(command, stdin)
            return self._receive(command)
        except WSManFaultError as error:
            raise TransportError(f"The host broke off the command: {_fault_text(error)}", "Run again.", lost=True) from error
        except (WinRMError, requests.exceptions.RequestException, OSError) as error:
            raise TransportError(f"The WinRM connection was lost in the middle of a command: {_reason(error)}.", "Run again.", lost=True) from error

    def _start(self, line: str, console: bool) -> str:
        """Start cmd.exe by CreateProcess, which takes a full path and looks nowhere else."""
        arguments = ["/q", "/d", "/e:on", "/v:off", "/s", "/c", f'"{line}"']
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._last = self._protocol.run_command(self._shell, self._cmd, arguments, console_mode_stdin=console, skip_cmd_shell=True)
                return t.cast(str, self._last)
            except WSManFaultError as error:
                if attempt == ATTEMPTS:
                    raise TransportError(f"The host refused to start a command: {_fault_text(error)}", "Run again later.") from error
                self._after_fault(error)
            except WinRMOperationTimeoutError as error:
                raise TransportError(
                    "The host took too long to start a command.", "Raise ansible_winrm_operation_timeout_sec, and run again.", lost=True
                ) from error
            except (WinRMError, requests.exceptions.RequestException, OSError) as error:
                raise TransportError(f"The WinRM connection was lost while a command was started: {_reason(error)}.", "Run again.", lost=True) from error
        raise AssertionError("unreachable")

    def _after_fault(self, error: t.Any) -> None:
        """A shell that is out of operations is replaced; one that is busy, or wants the last command ended, gets its time."""
        if QUOTA in _codes(error):
            self._close_shell(keep_session=True)
            self._open()
        elif BUSY in _codes(error):
            self._sleep(PAUSE)
        elif NOT_FOUND in _codes(error) and self._cmd == USUAL_CMD:
            self._cmd = self._find_cmd()
        elif self._last is not None:
            last, self._last = self._last, None
            self._protocol.cleanup_command(self._shell, last)
        else:
            raise TransportError(f"The host refused to start a command: {_fault_text(error)}", "See the host's WinRM event log.") from error

    def _find_cmd(self) -> str:
        """cmd.exe of a Windows that is not in C:\\Windows, which the service's own shell knows."""
        command = self._protocol.run_command(self._shell, "echo %SystemRoot%", (), console_mode_stdin=True, skip_cmd_shell=False)
        root = self._receive(command).stdout.decode("utf-8", "replace").strip()
        return root + r"\System32\cmd.exe"

    def _send(self, command: str, data: bytes) -> None:
        pieces = [data[at : at + SEND_SIZE] for at in range(0, len(data), SEND_SIZE)] or [b""]
        for number, piece in enumerate(pieces, 1):
            self._send_piece(command, piece, number == len(pieces))

    def _send_piece(self, command: str, piece: bytes, last: bool) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._protocol.send_command_input(self._shell, command, piece, end=last)
                return
            except WinRMOperationTimeoutError:
                return  # seen under load; the input is processed all the same, and the sentinel tells if not
            except WSManFaultError as error:
                if attempt == ATTEMPTS or BUSY not in _codes(error):
                    raise
                self._sleep(PAUSE)

    def _receive(self, command: str) -> Completed:
        """All output. A time-out of one Receive only means that nothing came yet."""
        out, err = [], []
        while True:
            time.sleep(PACE)
            try:
                stdout, stderr, rc, done = self._protocol.get_command_output_raw(self._shell, command)
            except WinRMOperationTimeoutError:
                continue
            out.append(stdout)
            err.append(stderr)
            if done:
                return Completed(rc, b"".join(out), b"".join(err))


def _codes(error: t.Any) -> tuple[t.Any, ...]:
    return (getattr(error, "wmierror_code", None), getattr(error, "wsman_fault_code", None))


def _fault_text(error: t.Any) -> str:
    return mask(str(getattr(error, "reason", None) or error)).strip()


def _reason(error: BaseException) -> str:
    return mask(str(error)).strip().rstrip(".") or type(error).__name__
