# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""WinRM without PowerShell: pywinrm through the settings of Ansible's winrm connection.

The private corners of ansible-core that this needs live here and nowhere else: `_connect()`, `protocol`, `shell_id`,
`close()` (docs/facts.md, "winrm connection plugin").
"""

from __future__ import annotations

import contextlib
import time
import typing as t
from xml.etree.ElementTree import ParseError

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.connection import ConnectionBase

from .cut import CutAtFirst
from .shells import Broken, Fault, Kind, Piece, ShellTransport, Silent

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
IDLE = "PT120S"  # a dropped shell holds its quota this long, instead of two hours (docs/facts.md, "WinRM shells")
SERVER_ERROR = 500  # of HTTP: the service, or what stands in front of it, could not answer just now
OPERATION_TIMEOUT = 20.0  # seconds, pywinrm's own
KINDS = {
    0x803381A6: Kind.QUOTA,  # ERROR_WSMAN_QUOTA_MAX_OPERATIONS
    0x8033805B: Kind.NO_SHELL,
    170: Kind.BUSY,  # ERROR_BUSY
    109: Kind.ENDED,  # ERROR_BROKEN_PIPE
    232: Kind.ENDED,  # ERROR_NO_DATA
    0x80070002: Kind.NOT_FOUND,  # ERROR_FILE_NOT_FOUND, as an HRESULT
}
_NOT_YET = "none yet"


def winrm_transport(connection: ConnectionBase, sleep: t.Callable[[float], None] = time.sleep) -> ShellTransport:
    """The transport over Ansible's winrm connection."""
    return ShellTransport(WinrmClient(connection), sleep)


def _of_basic(connection: t.Any) -> str:
    """Why Basic authentication fails with this account, as a sentence; empty where it is not for its
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


class WinrmClient:
    """See `Client`."""

    name = "winrm"
    title = "WinRM"

    def __init__(self, connection: ConnectionBase) -> None:
        self._connection: t.Any = connection
        self.protocol: t.Any = None

    # --- shells ------------------------------------------------------------------------------------------------------

    def open(self, again: bool) -> str:
        """A shell of our own, in UTF-8 and with a short idle time-out; the connection's own fallback where that
        fails.
        """
        if self.protocol is None:
            self._connect()
        try:
            return str(self.protocol.open_shell(codepage=UTF8, idle_timeout=IDLE))
        except WSManFaultError as error:
            raise _fault(error) from error
        except WinRMOperationTimeoutError as error:
            raise Silent from error
        except UnicodeEncodeError as error:
            return self._fall_back(error, _of_basic(self._connection) or _reason(error))
        except BROKEN as error:
            text = _reason(error)
            if isinstance(error, InvalidCredentialsError):
                text = f"the specified credentials were rejected by the server. {_of_basic(self._connection)}"
                text = text.rstrip(". ")
            if again:
                raise Broken(text, _was_cut(error)) from error
            return self._fall_back(error, text)

    def _connect(self) -> None:
        connection = self._connection
        if not connection.protocol and not connection.shell_id:
            connection.shell_id = _NOT_YET  # keeps _connect() from opening a shell that idles for two hours
        try:
            connection._connect()
        finally:
            if connection.shell_id == _NOT_YET:
                connection.shell_id = None
        self.protocol = connection.protocol

    def _fall_back(self, error: BaseException, text: str) -> str:
        """Let the connection try its other authentication methods, if it has any, as it would for a module.

        Nothing is known of a host that was never reached: that is Ansible's 'unreachable'.
        """
        connection = self._connection
        methods = getattr(connection, "_winrm_transport", None) or ()
        if len(methods) < 2:
            kind = CutAtFirst if _was_cut(error) else AnsibleConnectionFailure
            raise kind(": ".join([*methods, text])) from error
        connection.protocol, connection.shell_id = None, None
        connection._connect()
        self.protocol = connection.protocol
        return str(connection.shell_id)

    def close(self, shell: str, last: bool) -> None:
        try:
            self.protocol.close_shell(shell, close_session=last)
        except (WinRMOperationTimeoutError, *BROKEN):
            pass  # its idle time-out ends it
        self._connection.shell_id = None

    # --- commands ----------------------------------------------------------------------------------------------------

    def start(self, shell: str, program: str, arguments: t.Sequence[str], terminal: bool, direct: bool) -> str:
        with _translated():
            return str(
                self.protocol.run_command(shell, program, arguments, console_mode_stdin=terminal, skip_cmd_shell=direct)
            )

    def end(self, shell: str, command: str) -> None:
        with _translated():
            self.protocol.cleanup_command(shell, command)

    def send(self, shell: str, command: str, data: bytes, last: bool) -> None:
        with _translated():
            self.protocol.send_command_input(shell, command, data, end=last)

    def receive(self, shell: str, command: str) -> Piece:
        with _translated():
            return Piece(*self.protocol.get_command_output_raw(shell, command))

    def patience(self) -> float:
        return float(getattr(self.protocol, "operation_timeout_sec", None) or OPERATION_TIMEOUT)


@contextlib.contextmanager
def _translated() -> t.Iterator[None]:
    """Errors of pywinrm as those of a client."""
    try:
        yield
    except WSManFaultError as error:
        raise _fault(error) from error
    except WinRMOperationTimeoutError as error:
        raise Silent from error
    except BROKEN as error:
        raise Broken(_reason(error), _was_cut(error)) from error


def _fault(error: t.Any) -> Fault:
    codes = (getattr(error, "wmierror_code", None), getattr(error, "wsman_fault_code", None))
    kind = next((KINDS[code] for code in codes if code in KINDS), Kind.OTHER)
    return Fault(kind, str(getattr(error, "reason", None) or error).strip())


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


def _reason(error: BaseException) -> str:
    """What broke, without the layers it was wrapped in."""
    if isinstance(error, requests.exceptions.Timeout):
        return "it did not answer in the time of ansible_winrm_read_timeout_sec"
    if isinstance(error, (ParseError, ValueError, AssertionError, StopIteration, LookupError)):
        return f"what it answered is not whole, or no WS-Management ({str(error).strip() or type(error).__name__})"
    *_wrapped, error = _inside(error)
    return str(error).strip().rstrip(".") or type(error).__name__
