# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""WinRM's HTTP side: Basic authentication, keep-alive, one thread a connection, and the faults that hit the connection
itself.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hmac
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from . import wsman
from .faults import Struck
from .service import Caller, Service

SOAP_TYPE = "application/soap+xml;charset=UTF-8"


class Dropped(Exception):
    """The connection ends here, with what was written so far."""


class HttpError(Exception):
    def __init__(self, status: int, *headers: tuple[str, str]) -> None:
        super().__init__(status)
        self.status = status
        self.headers = headers


def unauthorised() -> HttpError:
    return HttpError(401, ("WWW-Authenticate", 'Basic realm="WSMAN"'))


class WinRmServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, service: Service, accounts: Iterable[Any], port: int = 0) -> None:
        self.service = service
        self.accounts = tuple(accounts)
        self._connections: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__(("127.0.0.1", port), _Handler)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def server_bind(self) -> None:
        """Without the look-up of the host's name that HTTPServer does."""
        self.allow_reuse_address = True
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "127.0.0.1", int(self.server_address[1])

    def start(self) -> None:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True, name="winrm").start()

    def stop(self) -> None:
        self.shutdown()
        self.server_close()
        with self._guard:
            connections = list(self._connections)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def account(self, authorization: str) -> Any:
        """The account of a Basic header: `name`, `.\\name` and `DOMAIN\\name` are the same, in any case."""
        scheme, _, text = authorization.partition(" ")
        if scheme.lower() != "basic":
            raise unauthorised()
        try:
            raw = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise unauthorised() from None
        for encoding in ("utf-8", "latin-1"):
            with contextlib.suppress(UnicodeDecodeError):
                user, _, password = raw.decode(encoding).partition(":")
                for account in self.accounts:
                    if user.lower() in names_of(account) and hmac.compare_digest(
                        password.encode(), account.password.encode()
                    ):
                        return account
        raise unauthorised()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._guard:
            self._connections.add(request)
        self.service.counters.add(connections=1)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._guard:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception() if hasattr(sys, "exception") else sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def names_of(account: Any) -> set[str]:
    name = account.name.lower()
    return {name, f".\\{name}", f"{account.domain.lower()}\\{name}"}


class _Metered:
    """A stream of a connection that counts what passes."""

    def __init__(self, stream: Any, count: Any) -> None:
        self._stream = stream
        self._count = count

    def readline(self, limit: int = -1) -> bytes:
        return self._counted(self._stream.readline(limit))

    def read(self, size: int = -1) -> bytes:
        return self._counted(self._stream.read(size))

    def _counted(self, data: bytes) -> bytes:
        self._count(len(data))
        return data

    def write(self, data: bytes) -> int:
        self._count(len(data))
        return int(self._stream.write(data))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: WinRmServer

    def setup(self) -> None:
        super().setup()
        counters = self.server.service.counters
        self.rfile: Any = _Metered(self.rfile, lambda size: counters.add(wire_in=size))
        self.wfile: Any = _Metered(self.wfile, lambda size: counters.add(wire_out=size))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base class
        """Nothing: tests read what the host counts."""

    def do_POST(self) -> None:
        self.server.service.counters.add(requests=1)
        try:
            self._answer()
        except HttpError as error:
            self._reply(error.status, b"", error.headers)
        except (Dropped, ConnectionError):
            self._drop()

    def do_GET(self) -> None:
        self._reply(405 if self._path == "/wsman" else 404, b"")

    @property
    def _path(self) -> str:
        return self.path.partition("?")[0].rstrip("/").lower()

    def _answer(self) -> None:
        service = self.server.service
        body = self._body()
        if self._path != "/wsman":
            raise HttpError(404)
        if self.headers.get("WSMANIDENTIFY", "").lower() == "unauthenticated" and wsman.is_identify(body):
            self._reply(200, wsman.identified())
            return
        account = self.server.account(self.headers.get("Authorization", ""))
        if not self.headers.get("Content-Type", "").lower().startswith("application/soap+xml"):
            raise HttpError(415)
        if wsman.is_identify(body):
            self._reply(200, wsman.identified())
            return
        try:
            request = wsman.parse(body)
        except wsman.Malformed:
            raise HttpError(400) from None
        except wsman.WsmanFault as fault:
            self._fault(fault, "")
            return
        service.counters.action(request.action)
        self._serve(request, Caller(account, self.client_address[0], f"http://127.0.0.1:{self.server.port}/wsman"))

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "")
        if not length.isdigit():
            self.close_connection = True
            raise HttpError(411)
        size = int(length)
        body: bytes = self.rfile.read(size)
        if len(body) < size:
            raise Dropped
        self.server.service.counters.add(body_in=size)
        if size > self.server.service.settings.max_envelope_kb * 1024:
            raise HttpError(413)
        return body

    def _serve(self, request: wsman.Request, caller: Caller) -> None:
        service = self.server.service
        struck = service.faults.take(request.action, "".join(request.body.itertext()))
        try:
            refuse(struck)
            answer = (
                service.handle(request, caller, struck)
                if struck.first("operation_timeout") is None
                else self._late(request, caller, struck)
            )
        except wsman.WsmanFault as fault:
            self._fault(fault, request.message_id)
            return
        except (HttpError, Dropped, ConnectionError):
            raise
        except Exception as error:  # noqa: BLE001 - a mistake in here must not look like a network that fails
            traceback.print_exc()
            self._fault(
                wsman.WsmanFault(0x8033803B, f"winhost itself failed: {error!r} ", subcode="w:InternalError"),
                request.message_id,
            )
            return
        struck.call("after")
        late = struck.first("delay_after")
        if late is not None:
            time.sleep(late.seconds)
        if struck.first("drop_after", "cut"):
            raise Dropped
        if struck.first("cut_reply"):
            self._reply(200, answer, upto=0.5)
            raise Dropped
        trickle = struck.first("trickle")
        if trickle is not None:
            self._reply(200, answer, piece=trickle.size or 64, pause=trickle.seconds)
        else:
            self._reply(200, answer)

    def _late(self, request: wsman.Request, caller: Caller, struck: Struck) -> bytes:
        """A time-out says nothing about whether the message was executed."""
        fault = struck.first("operation_timeout")
        if request.action != "Receive" and fault is not None and fault.executed:
            self.server.service.handle(request, caller, struck)
        raise wsman.timed_out()

    def _fault(self, fault: wsman.WsmanFault, relates_to: str) -> None:
        service = self.server.service
        service.counters.add(faults=1)
        self._reply(500, wsman.faulted(fault, relates_to, service.settings.machine))

    def _reply(
        self,
        status: int,
        body: bytes,
        headers: Iterable[tuple[str, str]] = (),
        *,
        upto: float = 1.0,
        piece: int = 0,
        pause: float = 0.0,
    ) -> None:
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
        if body:
            lines.append(f"Content-Type: {SOAP_TYPE}")
        lines += [f"{name}: {value}" for name, value in headers]
        lines += ["Server: Microsoft-HTTPAPI/2.0", f"Date: {self.date_time_string()}", f"Content-Length: {len(body)}"]
        if self.close_connection:
            lines.append("Connection: close")
        data = ("\r\n".join(lines) + "\r\n\r\n").encode() + body[: int(len(body) * upto)]
        self.server.service.counters.add(body_out=int(len(body) * upto))
        for start in range(0, len(data), piece or len(data)):
            if start:
                time.sleep(pause)
            self.wfile.write(data[start : start + (piece or len(data))])

    def _drop(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)


def refuse(struck: Struck) -> None:
    """What happens to a message before it is executed, or instead."""
    struck.call("before")
    delay = struck.first("delay")
    if delay is not None:
        time.sleep(delay.seconds)
    if struck.first("drop_before"):
        raise Dropped
    for status in (500, 503):
        if struck.first(f"http{status}"):
            raise HttpError(status)
    if struck.first("http401"):
        raise unauthorised()
    for kind, fault in _FAULTS.items():
        if struck.first(kind):
            raise fault()


def _old_quota() -> wsman.WsmanFault:
    fault = wsman.too_many_operations(15)
    fault.wmi = False
    fault.subcode = "w:QuotaLimit"
    return fault


_FAULTS: dict[str, Callable[[], wsman.WsmanFault]] = {
    "quota": lambda: wsman.too_many_operations(1500),
    "quota_old": _old_quota,
    "shells": lambda: wsman.too_many_shells(30),
    "busy": wsman.busy,
    "denied": wsman.access_denied,
    "no_shell": lambda: wsman.no_shell("00000000-0000-0000-0000-000000000000"),
}
