# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""WSL's service: python -m winhost.wsl.service ADDRESS PLACE

It has a mount namespace of its own with the distros' file systems, so that nothing of them stays. wsl.exe calls by the
launcher, at ADDRESS, an abstract socket that only root is let in to; its owner gives orders as JSON lines on standard
input. When the input ends, because the prefix is stopped or because its owner died, all of it goes: the programs, the
mounts, PLACE.
One thread does it all, since only a process with one thread can enter the namespaces of another.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import shutil
import signal
import socket
import struct
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from linuxhost import kernel

from . import border, commands, failures, roots, session
from .commands import Print, Registered, Request, Run, Stop
from .failures import Failure, failed
from .session import MESSAGE, Machine, Program

PATIENCE = 10.0
CREDENTIALS = struct.Struct("3i")
STORE = r"c:\program files\wsl" + "\\"
"""Where the newer wsl.exe lies, which works in session 0 too."""
SYSTEM = "S-1-5-18"
TERMINATED = 1
"""Exit code of a wsl.exe whose distro is stopped."""


@dataclass
class Distro:
    name: str
    guid: str
    root: Path
    layer: Path
    drive: Path
    hostname: str
    idle: float
    """Seconds that it runs on without a program."""
    read_only: bool = False
    machine: Machine | None = None
    """As it was started."""
    stem: int = 0
    init: int = 0
    calls: set[Call] = field(default_factory=set)
    until: float | None = None
    """When it stops."""

    @property
    def running(self) -> bool:
        return self.init != 0


@dataclass(eq=False)
class Call:
    """A wsl.exe that waits."""

    request: Request
    files: list[int | None]
    """Standard input, output, error."""
    result: socket.socket
    distro: Distro | None = None
    parent: int = 0
    reader: int = -1
    leader: int = 0
    told: bytes = b""


class Service:
    def __init__(self, address: str, place: Path) -> None:
        self._place = place
        self._distros: dict[str, Distro] = {}
        self._faults: dict[str, str] = {}
        """Code by guid; by "" for the host."""
        self._hanging: set[str] = set()
        self._inbox = True
        """Whether System32's wsl.exe works."""
        self._count = 0
        self._calls: set[Call] = set()
        self._copiers: set[int] = set()
        self._selector = selectors.DefaultSelector()
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(b"\0" + address.encode())
        self._listening.listen(64)
        self._orders = b""
        self._ended = False

    def build(self) -> None:
        kernel.unshare(kernel.CLONE_NEWNS)
        kernel.mount("", Path("/"), flags=kernel.MS_REC | kernel.MS_PRIVATE)
        kernel.mount("tmpfs", self._place, flags=kernel.MS_NODEV, options="mode=0755")

    def serve(self) -> None:
        self._watch(self._listening, self._accept)
        self._watch(0, self._order)
        while not self._ended:
            for key, _ in self._selector.select(self._patience()):
                key.data()
            self._bury()
            self._stop_idle()
        for distro in self._distros.values():
            self._stop(distro)
        for call in list(self._calls):
            self._forget(call)
        for pid in self._copiers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _watch(self, what: Any, then: Callable[[], None]) -> None:
        self._selector.register(what, selectors.EVENT_READ, then)

    def _unwatch(self, what: Any) -> None:
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(what)

    def _patience(self) -> float | None:
        waiting = [distro.until for distro in self._distros.values() if distro.until is not None]
        return max(0.0, min(waiting) - time.monotonic()) if waiting else None

    def _stop_idle(self) -> None:
        for distro in self._distros.values():
            if distro.until is not None and distro.until <= time.monotonic():
                self._stop(distro)

    def _bury(self) -> None:
        for pid in list(self._copiers):
            if os.waitpid(pid, os.WNOHANG)[0]:
                self._copiers.discard(pid)
        for distro in self._distros.values():
            if distro.running and os.waitpid(distro.stem, os.WNOHANG)[0]:
                self._stopped(distro)  # from inside

    # -- wsl.exe

    def _accept(self) -> None:
        connection, _ = self._listening.accept()
        with connection, contextlib.suppress(OSError, ValueError):
            connection.settimeout(PATIENCE)
            known = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
            if CREDENTIALS.unpack(known)[1] == 0:
                self._called(*_received(connection))

    def _called(self, words: list[str], numbers: list[int]) -> None:
        names = words[0].split(",")
        found = iter(numbers)
        files = [next(found) if name.startswith("f") else None for name in names[:3]]
        try:
            result = _connected(names[3])
        except OSError:  # wsl.exe is no more
            for number in numbers:
                os.close(number)
            return
        call = Call(Request.from_words(words[1:]), files, result)
        self._calls.add(call)
        self._watch(call.result, lambda: self._gone(call))
        try:
            for number, name in enumerate(names[:3]):
                if name.startswith("s"):
                    call.files[number] = self._copier(_connected(name), number == 0)
            self._answer(call)
        except Failure as failure:
            self._say(call, failure.text, failure.exit_code)
        except OSError as error:
            self._say(call, f"{error}\nError code: Wsl/Service/E_UNEXPECTED", failures.OWN)

    def _answer(self, call: Call) -> None:
        request = call.request
        if not self._inbox and not request.image.lower().startswith(STORE):
            raise Failure("The file cannot be accessed by the system. ", 1)
        try:
            wanted = commands.action(request, self._is_running)
        except Failure:
            self._reach()
            raise
        if isinstance(wanted, Print) and wanted.text in (commands.VERSION, commands.USAGE):
            self._say(call, wanted.text, wanted.exit_code)
            return
        self._reach()
        if request.sid == SYSTEM:
            raise failed("Wsl/WSL_E_LOCAL_SYSTEM_NOT_SUPPORTED")
        if "" in self._hanging:
            return
        if isinstance(wanted, Run):
            self._run(call, wanted)
        elif isinstance(wanted, Stop):
            self._terminate(request, wanted)
            self._say(call, "The operation completed successfully. " if wanted.distro else "", 0)
        else:
            self._say(call, wanted.text, wanted.exit_code)

    def _reach(self) -> None:
        code = self._faults.get("")
        if code and not failures.at_start(code):
            raise failed(code)

    def _is_running(self, guid: str) -> bool:
        return guid in self._distros and self._distros[guid].running

    def _run(self, call: Call, wanted: Run) -> None:
        distro = self._started(wanted.distro)
        if distro is None:
            return  # it hangs until wsl.exe is killed
        assert distro.machine is not None
        self._count += 1
        program = Program(distro.machine, wanted, call.request.environment, self._count)
        nothing = os.open(os.devnull, os.O_RDWR)
        files = [nothing if number is None else number for number in call.files]
        call.distro = distro
        distro.calls.add(call)
        distro.until = None
        call.parent, call.reader = session.run(distro.init, program, files)
        os.close(nothing)
        self._close_files(call, 0, 2)  # its own words may still be to be said
        self._watch(call.reader, lambda: self._told(call))

    def _started(self, registered: Registered) -> Distro | None:
        distro = self._distros.get(registered.guid)
        if registered.guid in self._hanging:
            return None
        if distro is not None and distro.running:
            return distro
        code = self._faults.get(registered.guid) or self._faults.get("")
        if code:
            raise failed(code)
        if distro is None:
            raise failed(f"{failures.CREATE}MountVhd/HCS/ERROR_FILE_NOT_FOUND")
        config = border.config(_text(distro.root / "etc/wsl.conf"))
        distro.machine = Machine(distro.root, distro.drive, distro.name, distro.hostname, config, distro.read_only)
        try:
            distro.stem, distro.init = session.start(distro.machine)
        except OSError as error:
            raise Failure(f"{error}\nError code: {failures.CREATE}E_UNEXPECTED") from error
        return distro

    def _terminate(self, request: Request, wanted: Stop) -> None:
        if wanted.distro is not None and wanted.distro.guid in self._distros:
            self._stop(self._distros[wanted.distro.guid])
        elif wanted.distro is None:
            for item in request.distros:
                if item.guid in self._distros:
                    self._stop(self._distros[item.guid])

    def _stop(self, distro: Distro) -> None:
        """Everything in it ends with its first process."""
        if distro.init:
            with contextlib.suppress(ProcessLookupError):
                os.kill(distro.init, signal.SIGKILL)
            os.waitpid(distro.stem, 0)
        self._stopped(distro)

    def _stopped(self, distro: Distro) -> None:
        distro.stem = distro.init = 0
        distro.until = None
        for call in list(distro.calls):
            self._finish(call, TERMINATED)

    def _told(self, call: Call) -> None:
        """By the process that waits for a program: its number, then how it ended."""
        if call not in self._calls:
            return
        data = os.read(call.reader, MESSAGE.size * 2)
        call.told += data
        if len(call.told) >= MESSAGE.size:
            call.leader = MESSAGE.unpack_from(call.told)[0]
        if len(call.told) == MESSAGE.size * 2:
            status = MESSAGE.unpack_from(call.told, MESSAGE.size)[0]
            self._ended_with(call, os.WEXITSTATUS(status) if os.WIFEXITED(status) else status)
        elif not data:
            self._finish(call, TERMINATED)

    def _ended_with(self, call: Call, code: int) -> None:
        if code != failures.USER_NOT_FOUND:
            self._finish(call, code)
            return
        failure = failed("Wsl/WSL_E_USER_NOT_FOUND")
        self._finish(call, failure.exit_code, failure.text)

    def _gone(self, call: Call) -> None:
        """wsl.exe has been killed: what it started goes too."""
        if call not in self._calls:
            return
        if call.leader:
            session.end(call.leader)
        self._forget(call)

    def _say(self, call: Call, text: str, code: int) -> None:
        _write(call.files[1], commands.encoded(text, call.request.encoding))
        self._finish(call, code)

    def _finish(self, call: Call, code: int, text: str = "") -> None:
        if text:
            _write(call.files[1], commands.encoded(text, call.request.encoding))
        with contextlib.suppress(OSError):
            call.result.sendall(struct.pack("<i", code if code < 1 << 31 else code - (1 << 32)))
        self._forget(call)

    def _forget(self, call: Call) -> None:
        self._calls.discard(call)
        self._unwatch(call.result)
        call.result.close()
        if call.reader >= 0:
            self._unwatch(call.reader)
            os.close(call.reader)
            call.reader = -1
        if call.parent:
            with contextlib.suppress(ProcessLookupError):
                os.kill(call.parent, signal.SIGKILL)
            os.waitpid(call.parent, 0)
            call.parent = 0
        self._close_files(call, 0, 1, 2)
        if call.distro is not None:
            call.distro.calls.discard(call)
            if call.distro.running and not call.distro.calls:
                call.distro.until = time.monotonic() + call.distro.idle

    def _close_files(self, call: Call, *which: int) -> None:
        for at in which:
            number, call.files[at] = call.files[at], None
            if number is not None:
                os.close(number)

    def _copier(self, far: socket.socket, input_: bool) -> int:
        """A pipe for a program, whose other end is copied to or from a socket."""
        far.settimeout(None)
        reader, writer = os.pipe()
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            try:
                kernel.die_with_parent(parent)
                session.keep_only(far.fileno(), writer if input_ else reader)
                _copy_in(far, writer) if input_ else _copy_out(reader, far)
            finally:
                os._exit(0)
        self._copiers.add(pid)
        far.close()
        os.close(writer if input_ else reader)
        return reader if input_ else writer

    # -- orders

    def _order(self) -> None:
        data = os.read(0, 65536)
        self._ended = not data
        *lines, self._orders = (self._orders + data).split(b"\n")
        for line in lines:
            try:
                order = json.loads(line)
                answer = {"ok": True, "result": getattr(self, f"do_{order.pop('do')}")(**order)}
            except Exception as error:  # noqa: BLE001 - the answer to whatever was asked
                answer = {"ok": False, "error": f"{type(error).__name__}: {error}"}
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()

    def do_add(
        self,
        *,
        name: str,
        guid: str,
        lower: str | None,
        overlay: bool,
        trees: dict[str, list[str]],
        user: str | None,
        uid: int,
        shell: str,
        wsl_conf: str | None,
        drive: str,
        hostname: str,
        idle: float,
    ) -> str:
        """`lower`: a root to be laid over; without, this machine's Debian is."""
        layer = self._place / guid.strip("{}")
        layer.mkdir()
        kernel.mount("tmpfs", layer, flags=kernel.MS_NODEV, options="mode=0755")
        places = {at: [Path(item) for item in items] for at, items in trees.items()}
        root = self._laid(layer, lower, overlay, places)
        if user is not None:
            roots.settle(root, user, uid, shell)
        if wsl_conf is not None:
            (root / "etc/wsl.conf").write_text(wsl_conf, encoding="utf-8")
        self._distros[guid] = Distro(name, guid, root, layer, Path(drive), hostname, idle)
        return str(root)

    def _laid(self, layer: Path, lower: str | None, overlay: bool, trees: dict[str, list[Path]]) -> Path:
        if lower is None:
            base = roots.debian(layer / "base")
            return roots.laid_over(layer, base, True, trees)
        base = Path(lower)
        if trees and overlay:  # the shared root gets no directories for them
            base = layer / "base"
            shutil.copytree(lower, base, symlinks=True)
        if overlay:
            try:
                return roots.laid_over(layer, base, False, trees)
            except OSError:
                shutil.rmtree(layer / "merged", ignore_errors=True)
        return roots.copied(layer, Path(lower), trees)

    def do_remove(self, *, guid: str) -> None:
        distro = self._distros.pop(guid)
        self._stop(distro)
        self._faults.pop(guid, None)
        self._hanging.discard(guid)
        kernel.unmount(distro.layer)
        distro.layer.rmdir()

    def do_running(self, *, guid: str) -> bool:
        return self._is_running(guid)

    def do_terminate(self, *, guid: str) -> None:
        self._stop(self._distros[guid])

    def do_idle(self, *, guid: str, seconds: float) -> None:
        distro = self._distros[guid]
        distro.idle = seconds
        if distro.until is not None:
            distro.until = time.monotonic() + seconds

    def do_fault(self, *, guid: str, code: str | None) -> None:
        self._faults.pop(guid, None)
        if code is not None:
            self._faults[guid] = failures.full(code)

    def do_hang(self, *, guid: str, hanging: bool) -> None:
        (self._hanging.add if hanging else self._hanging.discard)(guid)

    def do_inbox(self, *, works: bool) -> None:
        self._inbox = works

    def do_read_only(self, *, guid: str, read_only: bool) -> None:
        distro = self._distros[guid]
        distro.read_only = read_only
        if distro.running:
            session.remount(distro.init, read_only)


def _received(connection: socket.socket) -> tuple[list[str], list[int]]:
    data, numbers, _, _ = socket.recv_fds(connection, 65536, 4, socket.MSG_CMSG_CLOEXEC)
    size = int.from_bytes(data[:4], "little") + 4
    while len(data) < size:
        more = connection.recv(size - len(data))
        if not more:
            raise ValueError("a call was cut")
        data += more
    return [os.fsdecode(word) for word in data[4:].split(b"\0")], list(numbers)


def _connected(name: str) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(name[1:])), PATIENCE)


def _write(number: int | None, data: bytes) -> None:
    view = memoryview(data)
    with contextlib.suppress(OSError):
        while number is not None and view:
            view = view[os.write(number, view) :]


def _copy_in(far: socket.socket, writer: int) -> None:
    while data := far.recv(65536):
        _write(writer, data)


def _copy_out(reader: int, far: socket.socket) -> None:
    while data := os.read(reader, 65536):
        far.sendall(data)


def _text(place: Path) -> str:
    try:
        return place.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def main(address: str, place: str) -> int:
    for number in session.ENDING:  # Ctrl-C reaches the owner too, who ends the input
        signal.signal(number, signal.SIG_IGN)
    os.umask(0o022)
    try:
        service = Service(address, Path(place))
        service.build()
        sys.stdout.write(json.dumps({"ok": True, "result": os.getpid()}) + "\n")
        sys.stdout.flush()
        service.serve()
    except OSError as error:
        sys.stdout.write(json.dumps({"ok": False, "error": str(error)}) + "\n")
        sys.stdout.flush()
        return 1
    finally:
        with contextlib.suppress(OSError):
            kernel.unmount(Path(place))
        shutil.rmtree(place, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
