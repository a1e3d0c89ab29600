# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two WinRM services for benchmarks, which count alike.

`Responder` starts nothing: it answers every command at once with a document prepared beforehand, so that what a client
costs can be measured without its host. `Recorder` stands before a real service, hands every message through, and
remembers the commands.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import re
import socketserver
import threading
import uuid
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
WSMAN = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"

_ACTION = re.compile(rb"<a:Action[^>]*>[^<]*/(\w+)</a:Action>")
_MESSAGE = re.compile(rb"<a:MessageID[^>]*>([^<]+)</a:MessageID>")
_COMMAND = re.compile(rb'CommandId="([^"]+)"')
_LAST = re.compile(rb'<rsp:Stream [^>]*End="true"')
_HEADER = 4096  # what names the message stands well before this; behind it is the content


@dataclass
class Counts:
    """What a client sent: HTTP requests, the bytes of their bodies, and the programs it had the service start."""

    requests: int = 0
    bytes_sent: int = 0
    actions: Counter[str] = field(default_factory=Counter)

    @property
    def processes(self) -> int:
        return self.actions["Command"]


class Service:
    """HTTP/1.1 with connections that stay, as WinRM has; one thread each. A subclass answers the messages."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts = Counts()
        self.errors: list[str] = []

    def answer(self, connection: Connection, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        raise NotImplementedError

    def take(self) -> Counts:
        """What was counted since the last time."""
        with self._lock:
            counts, self._counts = self._counts, Counts()
        return counts

    def count(self, body: bytes) -> str:
        action = action_of(body)
        with self._lock:
            self._counts.requests += 1
            self._counts.bytes_sent += len(body)
            self._counts.actions[action] += 1
        return action

    @contextlib.contextmanager
    def serve(self) -> Iterator[int]:
        """The port, until the end of the block."""
        server = _Server(("127.0.0.1", 0), Connection)
        server.service = self
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64
    service: Service


class Connection(socketserver.StreamRequestHandler):
    """One client's connection."""

    disable_nagle_algorithm = True
    server: _Server
    upstream: http.client.HTTPConnection | None = None

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):
            while self._one():
                pass

    def finish(self) -> None:
        if self.upstream:
            self.upstream.close()
        with contextlib.suppress(ConnectionError):
            super().finish()

    def _one(self) -> bool:
        start = self.rfile.readline().decode("latin-1").split()
        if len(start) != 3:
            return False
        headers: dict[str, str] = {}
        while line := self.rfile.readline().decode("latin-1").strip():
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        body = self.rfile.read(int(headers.get("content-length", "0")))
        status, reply = self._answer(start[1], headers, body)
        kind = "Content-Type: application/soap+xml;charset=UTF-8\r\n" if reply else ""
        self.wfile.write(
            f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n{kind}Content-Length: {len(reply)}\r\n\r\n".encode()
            + reply
        )
        return headers.get("connection", "").lower() != "close"

    def _answer(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        service = self.server.service
        try:
            return service.answer(self, path, headers, body)
        except (ValueError, LookupError, OSError, http.client.HTTPException, ET.ParseError) as error:
            service.errors.append(f"{type(error).__name__}: {error}")
            return 500, b""


def action_of(body: bytes) -> str:
    found = _ACTION.search(body, 0, _HEADER)
    if found is None:
        raise ValueError("a message without an action")
    return found[1].decode()


# --------------------------------------------------------------------------------------------------------- responder


class Responder(Service):
    """Answers each command with the next of `documents`, round and round, when all of its standard input has
    arrived.
    """

    def __init__(self) -> None:
        super().__init__()
        self._documents: Sequence[str] = ()
        self._next = 0
        self._waiting: dict[bytes, bytes] = {}
        self._complete: set[bytes] = set()
        self._inputs: list[tuple[bytes, bytes]] = []

    def prepare(self, documents: Sequence[str]) -> None:
        """Begins anew. Base64 is made now, and what came is looked at later, so that answering takes no time."""
        encoded = [base64.b64encode(text.encode()) for text in documents]
        with self._lock:
            self._documents = [
                f'<rsp:Stream Name="stdout" CommandId="%(id)s">{text.decode()}</rsp:Stream>' for text in encoded
            ]
            self._next = 0
            self._waiting.clear()
            self._complete.clear()
            self._inputs.clear()

    def inputs(self) -> list[bytes]:
        """What was sent to the standard input of each command, whole, in the order in which they began."""
        whole: dict[bytes, list[bytes]] = {}
        with self._lock:
            for command, body in self._inputs:
                text = body[body.index(b"<rsp:Stream ") :].partition(b">")[2].partition(b"<")[0]
                whole.setdefault(command, []).append(base64.b64decode(text))
        return [b"".join(parts) for parts in whole.values()]

    def answer(self, connection: Connection, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        action = self.count(body)
        message = _MESSAGE.search(body, 0, _HEADER)
        if message is None:
            raise ValueError(f"{action} without a MessageID")
        return 200, self._reply(action, message[1], self._content(action, body))

    def _content(self, action: str, body: bytes) -> str:
        fresh = str(uuid.uuid4()).upper()
        if action == "Create":
            selector = f'<w:SelectorSet><w:Selector Name="ShellId">{fresh}</w:Selector></w:SelectorSet>'
            return f"<x:ResourceCreated><a:ReferenceParameters>{selector}</a:ReferenceParameters></x:ResourceCreated>"
        if action == "Command":
            with self._lock:
                self._waiting[fresh.encode()] = self._documents[self._next % len(self._documents)].encode()
                self._next += 1
            return f"<rsp:CommandResponse><rsp:CommandId>{fresh}</rsp:CommandId></rsp:CommandResponse>"
        if action == "Send":
            return self._sent(body)
        if action == "Receive":
            return self._output(_command(body))
        if action == "Signal":
            return "<rsp:SignalResponse/>"
        if action == "Delete":
            return ""
        raise ValueError(f"no such action: {action}")

    def _sent(self, body: bytes) -> str:
        command = _command(body)
        with self._lock:
            self._inputs.append((command, body))
            if _LAST.search(body, 0, _HEADER):
                self._complete.add(command)
        return "<rsp:SendResponse/>"

    def _output(self, command: bytes) -> str:
        with self._lock:
            if command not in self._complete:
                raise ValueError("a Receive before the end of the standard input")
            document = self._waiting.pop(command).decode()
        name = command.decode()
        state = (
            f'<rsp:CommandState CommandId="{name}" '
            f'State="{SHELL}/CommandState/Done"><rsp:ExitCode>0</rsp:ExitCode></rsp:CommandState>'
        )
        return f"<rsp:ReceiveResponse>{document.replace('%(id)s', name)}{state}</rsp:ReceiveResponse>"

    @staticmethod
    def _reply(action: str, relates_to: bytes, content: str) -> bytes:
        return (
            '<s:Envelope xml:lang="en-US" xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
            'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"'
            f' xmlns:x="http://schemas.xmlsoap.org/ws/2004/09/transfer" xmlns:w="{WSMAN}" '
            f'xmlns:rsp="{SHELL}"><s:Header>'
            f"<a:Action>{SHELL}/{action}Response</a:Action><a:MessageID>uuid:{str(uuid.uuid4()).upper()}</a:MessageID>"
            f"<a:RelatesTo>{relates_to.decode()}</a:RelatesTo></s:Header><s:Body>{content}</s:Body></s:Envelope>"
        ).encode()


def _command(body: bytes) -> bytes:
    found = _COMMAND.search(body, 0, _HEADER)
    if found is None:
        raise ValueError("a message without a CommandId")
    return found[1]


# ---------------------------------------------------------------------------------------------------------- recorder


@dataclass
class Command:
    """A program that a client had started, as it asked for it."""

    command: str
    arguments: list[str]
    skip_cmd_shell: bool
    console_mode_stdin: bool
    stdin: bytes | None = None

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return {**self.__dict__, "stdin": None if self.stdin is None else base64.b64encode(self.stdin).decode()}


@dataclass
class Conversation:
    """The shells that were opened (their code pages and idle time-outs) and the commands in them, in order."""

    shells: list[dict[str, str]] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)


class Recorder(Service):
    """Hands messages to the service at `port`, counts what it handed over, and remembers the commands."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._port = port
        self._conversation = Conversation()

    def conversation(self) -> Conversation:
        """What was said since the last time."""
        with self._lock:
            conversation, self._conversation = self._conversation, Conversation()
        return conversation

    def answer(self, connection: Connection, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        if connection.upstream is None:
            connection.upstream = http.client.HTTPConnection("127.0.0.1", self._port, timeout=120)
        passed = {
            name: value for name, value in headers.items() if name in ("authorization", "content-type", "user-agent")
        }
        connection.upstream.request("POST", path, body, passed)
        response = connection.upstream.getresponse()
        reply = response.read()
        self._remember(self.count(body), body)
        return response.status, reply

    def _remember(self, action: str, body: bytes) -> None:
        if action not in ("Create", "Command", "Send"):
            return
        root = ET.fromstring(body)
        options = {str(item.get("Name")): item.text or "" for item in root.iter(f"{{{WSMAN}}}Option")}
        with self._lock:
            if action == "Create":
                idle = next((item.text or "" for item in root.iter(f"{{{SHELL}}}IdleTimeOut")), "")
                self._conversation.shells.append({"codepage": options["WINRS_CODEPAGE"], "idle_timeout": idle})
            elif action == "Command":
                self._conversation.commands.append(_asked(root, options))
            else:
                self._feed(root)

    def _feed(self, root: ET.Element) -> None:
        data = b"".join(base64.b64decode(item.text or "") for item in root.iter(f"{{{SHELL}}}Stream"))
        last = self._conversation.commands[-1]
        last.stdin = (last.stdin or b"") + data


def _asked(root: ET.Element, options: dict[str, str]) -> Command:
    return Command(
        command=next(item.text or "" for item in root.iter(f"{{{SHELL}}}Command")),
        arguments=[item.text or "" for item in root.iter(f"{{{SHELL}}}Arguments")],
        skip_cmd_shell=options.get("WINRS_SKIP_CMD_SHELL", "").upper() == "TRUE",
        console_mode_stdin=options.get("WINRS_CONSOLEMODE_STDIN", "").upper() == "TRUE",
    )
