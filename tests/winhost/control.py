# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A running host's ear for the command line: JSON lines on a Unix socket that only its owner can open."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import socketserver
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any


class Control:
    """Answers `{"do": NAME, ...}` with what the function of that name returns."""

    def __init__(self, functions: dict[str, Callable[..., Any]]) -> None:
        self._home = Path(tempfile.mkdtemp(prefix="winhost-"))  # short: a socket's path holds 107 characters
        self.path = self._home / "control"
        owner = functions

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                with contextlib.suppress(ConnectionError):
                    for line in self.rfile:
                        self.wfile.write(json.dumps(answer(owner, line)).encode() + b"\n")

        class Server(socketserver.ThreadingUnixStreamServer):
            daemon_threads = True
            block_on_close = False

        self._server = Server(str(self.path), Handler)
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True, name="control"
        ).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        shutil.rmtree(self._home, ignore_errors=True)


def answer(functions: dict[str, Callable[..., Any]], line: bytes) -> dict[str, Any]:
    try:
        message = json.loads(line)
        function = functions[message.pop("do")]
        return {"ok": True, "result": function(**message)}
    except Exception as error:  # noqa: BLE001 - the answer to whatever was asked
        return {"ok": False, "error": f"{type(error).__name__}: {error}"}


def ask(path: Path | str, do: str, **message: Any) -> Any:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(path))
        connection.sendall(json.dumps({"do": do, **message}).encode() + b"\n")
        with connection.makefile("rb") as stream:
            reply = json.loads(stream.readline() or b'{"ok": false, "error": "the host went away"}')
    if not reply["ok"]:
        raise RuntimeError(reply["error"])
    return reply["result"]
