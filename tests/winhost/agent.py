# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""This side of programs/agent.c: messages to the one process inside Wine that starts programs and reads the
registry.
"""

from __future__ import annotations

import contextlib
import os
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from pathlib import Path

START, KILL, READ, WRITE, REMOVE_VALUE, REMOVE_KEY, MAKE_KEY, SECURE, EXITED, LOAD, SAVE, UNLOAD = range(1, 13)
CONSOLE, FILTERED = 1, 2
PATIENCE = 60.0

ROOTS = {
    "HKLM": 0,
    "HKEY_LOCAL_MACHINE": 0,
    "HKU": 1,
    "HKEY_USERS": 1,
    "HKCU": 2,
    "HKEY_CURRENT_USER": 2,
}


def text(value: str) -> bytes:
    data = value.encode("utf-16-le", "surrogatepass")
    return struct.pack("<I", len(data) // 2) + data


def key_path(key: str) -> bytes:
    root, _, path = key.partition("\\")
    try:
        return struct.pack("<I", ROOTS[root.upper()]) + text(path)
    except KeyError:
        raise ValueError(f"{key!r} begins with none of {', '.join(ROOTS)}") from None


class _In:
    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def number(self) -> int:
        self._at += 4
        return int.from_bytes(self._data[self._at - 4 : self._at], "little")

    def data(self, size: int) -> bytes:
        self._at += size
        return self._data[self._at - size : self._at]

    def text(self) -> str:
        return self.data(self.number() * 2).decode("utf-16-le", "surrogatepass")


@dataclass
class RawKey:
    """What one key holds, as the registry stores it."""

    subkeys: list[str] = field(default_factory=list)
    values: dict[str, tuple[int, bytes]] = field(default_factory=dict)


class Win32Error(OSError):
    """A Win32 function failed. `winerror` is GetLastError's number."""

    def __init__(self, winerror: int, what: str) -> None:
        super().__init__(f"{what}: Windows error {winerror}")
        self.winerror = winerror


class Agent:
    def __init__(
        self, keeper: Path, server: Path, loader: Path, program: Path, *, env: Mapping[str, str], cwd: Path
    ) -> None:
        self._lock = threading.Lock()
        self._next = 1
        self._waiting: dict[int, Future[_In]] = {}
        self._exits: dict[int, Callable[[int | None], None]] = {}
        self._broken = False
        request_read, self._requests = os.pipe()
        self._replies, reply_write = os.pipe()
        words = [
            sys.executable,
            "-I",
            "-S",
            str(keeper),
            str(server),
            str(loader),
            unix(program),
            pipe_path(request_read),
            pipe_path(reply_write),
        ]
        self._keeper = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=dict(env),
            cwd=cwd,
            start_new_session=True,
        )
        hello = self._expect(0)
        self._reader = threading.Thread(target=self._read, daemon=True, name="wine-agent")
        self._reader.start()
        until = time.monotonic() + PATIENCE
        while not hello.done() and self._keeper.poll() is None and time.monotonic() < until:
            wait([hello], 0.1)
        # Wine holds these ends now; when it is gone, the reader sees the end.
        os.close(request_read)
        os.close(reply_write)
        if not hello.done():
            self.stop()
            raise RuntimeError(f"Wine did not start in {cwd}")

    def stop(self) -> None:
        """Ends everything in the prefix, and returns when it is gone."""
        assert self._keeper.stdin is not None
        with contextlib.suppress(OSError):
            self._keeper.stdin.close()
        try:
            self._keeper.wait(30)
        except subprocess.TimeoutExpired:
            self._keeper.kill()
            self._keeper.wait()
        self._reader.join(5)
        for number in (self._requests, self._replies):
            with contextlib.suppress(OSError):
                os.close(number)

    # -- messages

    def _expect(self, number: int) -> Future[_In]:
        future: Future[_In] = Future()
        self._waiting[number] = future
        return future

    def _send(
        self, operation: int, body: bytes, on_exit: Callable[[int | None], None] | None = None
    ) -> tuple[int, Future[_In]]:
        with self._lock:
            if self._broken:
                raise RuntimeError("this prefix is stopped")
            number, self._next = self._next, self._next + 1
            future = self._expect(number)
            if on_exit is not None:
                self._exits[number] = on_exit
            data = memoryview(struct.pack("<III", len(body) + 8, number, operation) + body)
            while data:
                data = data[os.write(self._requests, data) :]
        return number, future

    def _read(self) -> None:
        with open(self._replies, "rb", closefd=False) as pipe:
            while len(head := pipe.read(12)) == 12:
                size, number, operation = struct.unpack("<III", head)
                body = _In(pipe.read(size - 8))
                if operation == EXITED:
                    if (on_exit := self._exits.pop(number, None)) is not None:
                        on_exit(body.number())
                elif (future := self._waiting.pop(number, None)) is not None:
                    future.set_result(body)
        with self._lock:
            self._broken = True
        for future in list(self._waiting.values()):
            future.set_exception(RuntimeError("Wine has ended"))
        for on_exit in list(self._exits.values()):
            on_exit(None)

    def _ask(self, operation: int, body: bytes) -> _In:
        return self._send(operation, body)[1].result(PATIENCE)

    def _do(self, operation: int, body: bytes, what: str) -> None:
        error = self._ask(operation, body).number()
        if error:
            raise Win32Error(error, what)

    # -- programs

    def start(
        self,
        line: str,
        *,
        sid: str,
        flags: int,
        page: int,
        pipes: Sequence[str],
        directory: str,
        environment: str,
        on_exit: Callable[[int | None], None],
    ) -> tuple[int, int]:
        """CreateProcessW; the number to kill it by, and its process id on the host."""
        body = struct.pack("<II", flags, page) + b"".join(
            text(part) for part in (sid, *pipes, directory, environment, line)
        )
        number, future = self._send(START, body, on_exit)
        answer = future.result(PATIENCE)
        error = answer.number()
        if error:
            self._exits.pop(number, None)
            raise Win32Error(error, line)
        return number, answer.number()

    def kill(self, number: int) -> None:
        """With all that it started, also when it ended itself."""
        with contextlib.suppress(RuntimeError):
            self._ask(KILL, struct.pack("<I", number))

    # -- registry

    def read(self, key: str) -> RawKey:
        answer = self._ask(READ, key_path(key))
        error = answer.number()
        if error == 2:
            raise KeyError(key)
        if error:
            raise Win32Error(error, key)
        subkeys = [answer.text() for _ in range(answer.number())]
        values = {}
        for _ in range(answer.number()):
            name, kind = answer.text(), answer.number()
            values[name] = (kind, answer.data(answer.number()))
        return RawKey(subkeys, values)

    def write(self, key: str, name: str, kind: int, data: bytes, *, volatile: bool = False) -> None:
        self._do(
            WRITE,
            key_path(key) + struct.pack("<I", volatile) + text(name) + struct.pack("<II", kind, len(data)) + data,
            f"{key}: {name}",
        )

    def make_key(self, key: str, *, volatile: bool = False) -> None:
        self._do(MAKE_KEY, key_path(key) + struct.pack("<I", volatile), key)

    def remove_value(self, key: str, name: str) -> None:
        with contextlib.suppress(Win32Error):
            self._do(REMOVE_VALUE, key_path(key) + text(name), f"{key}: {name}")

    def remove_key(self, key: str) -> None:
        with contextlib.suppress(Win32Error):
            self._do(REMOVE_KEY, key_path(key), key)

    def secure(self, key: str, sddl: str) -> None:
        """A new DACL for the key and every key below it."""
        self._do(SECURE, key_path(key) + text(sddl), key)

    def load(self, key: str, file: str) -> None:
        """A hive, in Wine's own text. `file` is a path of the host."""
        self._do(LOAD, key_path(key) + text(file), key)

    def save(self, key: str, file: str) -> None:
        self._do(SAVE, key_path(key) + text(file), key)

    def unload(self, key: str) -> None:
        self._do(UNLOAD, key_path(key) + text(""), key)


def unix(path: Path) -> str:
    """How a Windows program names a file outside of its drives."""
    return r"\\?\unix" + str(path).replace("/", "\\")


def pipe_path(number: int) -> str:
    return unix(Path(f"/proc/{os.getpid()}/fd/{number}"))
