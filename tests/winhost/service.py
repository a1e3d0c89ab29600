# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shells and commands of the WinRM service: what each message makes happen.

No command line is known here. Whatever a client asks for is started, and what it prints is handed back.
"""

from __future__ import annotations

import contextlib
import os
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from . import wsman
from .counters import Counters
from .faults import Fault, Faults, Struck

PIPE = 64 * 1024
"""Output that may wait for a Receive, per stream; then the program blocks, as it does on a full pipe."""
GATHER = 0.015
"""A Receive that has output waits this long for more, so that short answers come whole, as they do from Windows."""
GRACE = 1.0
"""How long a stream may stay open (in the hands of a program's child) when the program itself has ended."""
CTRL_C_EXIT = -1073741510
"""0xC000013A as the signed number that ExitCode holds."""


class Account(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def password(self) -> str: ...
    @property
    def domain(self) -> str: ...


class Process(Protocol):
    stdin: Any
    stdout: Any
    stderr: Any

    def wait(self, timeout: float | None = None) -> int: ...
    def kill(self) -> object: ...


class Programs(Protocol):
    """What the service needs of a Windows: an environment and CreateProcess."""

    def environment(self, account: Any) -> dict[str, str]: ...
    def popen(
        self,
        command_line: str,
        *,
        account: Any = None,
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        console_stdin: bool = False,
        codepage: int | None = None,
    ) -> Any: ...


@dataclass
class Settings:
    """The part of `winrm get winrm/config` that matters here, with the defaults of Windows."""

    max_shells: int = 30
    """MaxShellsPerUser"""
    max_operations: int = 1500
    """MaxConcurrentOperationsPerUser: a command counts until its shell is deleted, not until it is terminated."""
    max_envelope_kb: int = 500
    idle_timeout: float = 7200.0
    """Of a shell whose Create asks for none."""
    skip_cmd_shell: str = "honoured"
    """WINRS_SKIP_CMD_SHELL=TRUE: `honoured`, or `ignored`: said to be so since Server 2012 R2 (README.md)."""
    machine: str = "WINHOST"

    def __post_init__(self) -> None:
        if self.skip_cmd_shell not in ("honoured", "ignored"):
            raise ValueError(f"skip_cmd_shell is honoured or ignored, not {self.skip_cmd_shell!r}")


# ----------------------------------------------------------------------------------------------------------- commands


class Command:
    """One program, what it prints until somebody fetches it, and what it is given to read."""

    def __init__(self, command_id: str, process: Process, on_end: Callable[[], None]) -> None:
        self.id = command_id
        self._process = process
        self._on_end = on_end
        self._state = threading.Condition()
        self._output: deque[wsman.Chunk] = deque()
        self._waiting = {"stdout": 0, "stderr": 0}
        self._exit: int | None = None
        self._forced: int | None = None
        self._told = False
        self._closed = False
        self._replies: dict[str, bytes] = {}
        self._input: queue.SimpleQueue[_Write | None] = queue.SimpleQueue()
        self._overdue: list[_Write] = []
        self._sending = threading.Lock()
        readers = [
            self._thread(self._read, "stdout", process.stdout),
            self._thread(self._read, "stderr", process.stderr),
        ]
        self._thread(self._watch, readers)
        self._thread(self._feed)

    def _thread(self, target: Callable[..., None], *args: Any) -> threading.Thread:
        thread = threading.Thread(target=target, args=args, daemon=True, name=f"command-{target.__name__}")
        thread.start()
        return thread

    # -- output

    def _read(self, name: str, pipe: Any) -> None:
        with contextlib.suppress(OSError, ValueError):
            while data := os.read(pipe.fileno(), PIPE):
                with self._state:
                    self._output.append(wsman.Chunk(name, data))
                    self._waiting[name] += len(data)
                    self._state.notify_all()
                    self._state.wait_for(lambda: self._waiting[name] < PIPE or self._closed)
        with contextlib.suppress(OSError):
            pipe.close()

    def _watch(self, readers: list[threading.Thread]) -> None:
        code = self._process.wait()
        until = time.monotonic() + GRACE
        for thread in readers:
            while thread.is_alive() and not self._closed:
                thread.join(0.05)
                with self._state:
                    blocked = any(size >= PIPE for size in self._waiting.values())
                if not blocked and time.monotonic() > until:
                    break
        self._on_end()
        self._input.put(None)
        with self._state:
            self._exit = _signed(code) if self._forced is None else self._forced
            self._state.notify_all()

    def receive(self, request: wsman.Request, wanted: wsman.Wanted, slow: Fault | None) -> bytes:
        """The reply to a Receive: output as soon as there is some, the end, or the fault of a time-out."""
        streams = wanted.streams or ("stdout", "stderr")
        with self._state:
            if request.message_id in self._replies:
                return self._replies[request.message_id]
            if self._told or self._closed:
                raise wsman.no_command()
            if not self._state.wait_for(lambda: self._pending(streams) or self._over, request.timeout):
                raise wsman.timed_out()
            if not self._over:
                self._state.wait_for(lambda: self._over or sum(self._waiting.values()) >= PIPE, GATHER)
            if self._closed:
                raise wsman.no_command()
            chunks = self._take(streams, wsman.room(request) if slow is None else (slow.size or 16))
            code = self._exit if self._exit is not None and not self._pending(streams) else None
            if code is not None:
                chunks += [wsman.Chunk(name, end=True) for name in streams]
                self._told = True
            reply = wsman.received(request, self.id, chunks, code)
            self._replies = {request.message_id: reply}
            self._state.notify_all()
            return reply

    @property
    def _over(self) -> bool:
        return self._exit is not None or self._closed

    def _pending(self, streams: tuple[str, ...]) -> bool:
        return any(chunk.name in streams for chunk in self._output)

    def _take(self, streams: tuple[str, ...], room: int) -> list[wsman.Chunk]:
        overhead = wsman.chunk_overhead(self.id)
        taken: list[wsman.Chunk] = []
        kept: deque[wsman.Chunk] = deque()
        while self._output:
            chunk = self._output.popleft()
            space = room - (overhead if taken else 0)
            if chunk.name not in streams or space <= 0:
                kept.append(chunk)
                continue
            taken.append(wsman.Chunk(chunk.name, chunk.data[:space]))
            room = space - len(chunk.data)
            self._waiting[chunk.name] -= min(space, len(chunk.data))
            if len(chunk.data) > space:
                kept.append(wsman.Chunk(chunk.name, chunk.data[space:]))
        self._output = kept
        return taken

    # -- input

    def send(self, chunk: wsman.Chunk, timeout: float) -> None:
        with self._sending:
            self._overdue = [write for write in self._overdue if not write.done.is_set()]
            if self._overdue:
                raise wsman.busy()
            write = _Write(chunk.data, chunk.end)
            self._input.put(write)
        until = time.monotonic() + timeout
        while not write.done.wait(min(0.5, timeout)):
            if self._over:
                raise wsman.broken_pipe()
            if time.monotonic() >= until:
                self._overdue.append(write)
                raise wsman.timed_out()
        if write.failed:
            raise wsman.broken_pipe()

    def _feed(self) -> None:
        pipe, open_ = self._process.stdin, True
        while (write := self._input.get()) is not None:
            try:
                if not open_:
                    raise BrokenPipeError
                pipe.write(write.data)
                pipe.flush()
                if write.end:
                    open_ = False
                    pipe.close()
            except (OSError, ValueError):
                write.failed = True
                open_ = False
            write.done.set()
        with contextlib.suppress(OSError, ValueError):
            pipe.close()
        with contextlib.suppress(queue.Empty):
            while (late := self._input.get_nowait()) is not None:
                late.failed = True
                late.done.set()

    # -- end

    @property
    def running(self) -> bool:
        return self._exit is None

    def interrupt(self) -> None:
        """Control-C: the program ends, its command stays to be asked for the exit code."""
        if self.running:
            self._forced = CTRL_C_EXIT
            self._process.kill()

    def close(self) -> None:
        with self._state:
            self._closed = True
            self._state.notify_all()
        if self.running:
            with contextlib.suppress(OSError):
                self._process.kill()


@dataclass
class _Write:
    data: bytes
    end: bool
    failed: bool = False
    done: threading.Event = field(default_factory=threading.Event)


def _signed(code: int) -> int:
    return code - (1 << 32) if code >= 1 << 31 else code


# ------------------------------------------------------------------------------------------------------------- shells


class Shell:
    def __init__(
        self,
        shell_id: str,
        owner: Any,
        client: str,
        wish: wsman.CreateShell,
        environment: dict[str, str],
        codepage: int | None,
        idle: float,
    ) -> None:
        self.id = shell_id
        self.owner = owner
        self.client = client
        self.wish = wish
        self.environment = environment
        self.codepage = codepage
        self.idle_timeout = idle
        self.commands: dict[str, Command] = {}
        self.operations = 0
        self.started = time.monotonic()
        self.touched = self.started
        self._active = 0
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def busy(self) -> Any:
        """While a message is worked on, the shell is not idle."""
        with self._lock:
            self._active += 1
        try:
            yield self
        finally:
            with self._lock:
                self._active -= 1
                self.touched = time.monotonic()

    @property
    def expired(self) -> bool:
        now = time.monotonic()
        if self.wish.lifetime is not None and now - self.started > self.wish.lifetime:
            return True
        return self._active == 0 and now - self.touched > self.idle_timeout

    def close(self) -> None:
        for command in list(self.commands.values()):
            command.close()

    def describe(self) -> str:
        now = time.monotonic()
        return wsman.shell_description(
            shell_id=self.id,
            resource=wsman.CMD_SHELL,
            owner=self.owner.name,
            client=self.client,
            created=self.wish,
            idle_timeout=self.idle_timeout,
            run_time=now - self.started,
            inactivity=now - self.touched,
        )


@dataclass(frozen=True)
class Caller:
    """Who sent a message, and from where."""

    account: Any
    address: str
    """The client's address."""
    endpoint: str
    """The URL that it called."""


class Service:
    """All shells of one host."""

    def __init__(
        self,
        programs: Programs,
        *,
        settings: Settings | None = None,
        counters: Counters | None = None,
        faults: Faults | None = None,
    ) -> None:
        self.programs = programs
        self.settings = settings or Settings()
        self.counters = counters or Counters()
        self.faults = faults or Faults()
        self._shells: dict[str, Shell] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._handlers: Mapping[str, Callable[[wsman.Request, Caller, Struck], bytes]] = {
            "Create": self._create,
            "Delete": self._delete,
            "Get": self._get,
            "Command": self._command,
            "Send": self._send,
            "Receive": self._receive,
            "Signal": self._signal,
        }
        threading.Thread(target=self._reap, daemon=True, name="winrm-reaper").start()

    @property
    def shells(self) -> list[str]:
        """The open shells, oldest first."""
        with self._lock:
            return list(self._shells)

    def handle(self, request: wsman.Request, caller: Caller, struck: Struck) -> bytes:
        handler = self._handlers.get(request.action)
        if handler is None:
            raise wsman.no_action(request.action)
        if request.resource not in (wsman.CMD_SHELL, wsman.SHELL) and request.action != "Get":
            raise wsman.no_resource(request.resource)
        return handler(request, caller, struck)

    def close(self) -> None:
        self._stop.set()
        with self._lock:
            shells, self._shells = list(self._shells.values()), {}
        for shell in shells:
            shell.close()

    def _reap(self) -> None:
        while not self._stop.wait(0.1):
            with self._lock:
                expired = [shell for shell in self._shells.values() if shell.expired]
                for shell in expired:
                    del self._shells[shell.id]
            for shell in expired:
                shell.close()

    def _shell(self, request: wsman.Request, caller: Caller) -> Shell:
        with self._lock:
            shell = self._shells.get(request.shell_id.upper())
        if shell is None:
            raise wsman.no_shell(request.shell_id)
        if shell.owner != caller.account:
            raise wsman.access_denied()
        return shell

    # -- one method a message

    def _create(self, request: wsman.Request, caller: Caller, struck: Struck) -> bytes:
        wish = wsman.create_shell(request)
        codepage = request.options.get("WINRS_CODEPAGE", "")
        environment = merge(self.programs.environment(caller.account), wish.environment)
        shell = Shell(
            (wish.shell_id or wsman.new_id()).upper(),
            caller.account,
            caller.address,
            wish,
            environment,
            int(codepage) if codepage.isdigit() else None,
            self.settings.idle_timeout if wish.idle_timeout is None else wish.idle_timeout,
        )
        with self._lock:
            if sum(item.owner == caller.account for item in self._shells.values()) >= self.settings.max_shells:
                raise wsman.too_many_shells(self.settings.max_shells)
            self._shells[shell.id] = shell
        return wsman.shell_created(request, caller.endpoint, shell.describe(), shell.id)

    def _delete(self, request: wsman.Request, caller: Caller, struck: Struck) -> bytes:
        shell = self._shell(request, caller)
        with self._lock:
            self._shells.pop(shell.id, None)
        shell.close()
        return wsman.deleted(request)

    def _get(self, request: wsman.Request, caller: Caller, struck: Struck) -> bytes:
        if request.resource == wsman.CONFIG:
            return wsman.config(request, self.settings.max_envelope_kb)
        if request.resource not in (wsman.CMD_SHELL, wsman.SHELL):
            raise wsman.no_resource(request.resource)
        return wsman.reply(request, self._shell(request, caller).describe())

    def _command(self, request: wsman.Request, caller: Caller, struck: Struck) -> bytes:
        line = wsman.command_line(request)
        shell = self._shell(request, caller)
        with shell.busy():
            with self._lock:
                used = sum(item.operations for item in self._shells.values() if item.owner == caller.account)
                if used >= self.settings.max_operations:
                    raise wsman.too_many_operations(self.settings.max_operations)
                shell.operations += 1
            process = self._start(request, line, shell)
            self.counters.add(processes=1)
            command = Command((line.command_id or wsman.new_id()).upper(), process, lambda: struck.call("finished"))
            shell.commands[command.id] = command
        return wsman.command_started(request, command.id)

    def _start(self, request: wsman.Request, line: wsman.CommandLine, shell: Shell) -> Any:
        direct = request.option("WINRS_SKIP_CMD_SHELL", False) and self.settings.skip_cmd_shell == "honoured"
        text = command_text(line, direct, lookup(shell.environment, "COMSPEC") or r"C:\windows\system32\cmd.exe")
        cwd = shell.wish.working_directory or lookup(shell.environment, "USERPROFILE") or None
        if direct and not is_path(line.command):
            # The program is CreateProcess's application name, which is not looked for on PATH [captured].
            raise wsman.win32(2, "The system cannot find the file specified. ")
        try:
            return self.programs.popen(
                text,
                account=shell.owner,
                env=shell.environment,
                cwd=cwd,
                console_stdin=request.option("WINRS_CONSOLEMODE_STDIN", True),
                codepage=shell.codepage,
            )
        except OSError as error:
            raise start_error(error) from error

    def _find(self, shell: Shell, command_id: str) -> Command:
        command = shell.commands.get(command_id.upper())
        if command is None:
            raise wsman.no_command()
        return command

    def _send(self, request: wsman.Request, caller: Caller, struck: Struck) -> bytes:
        shell = self._shell(request, caller)
        cut = struck.first("cut")
        with shell.busy():
            for chunk in wsman.sent(request):
                if chunk.name.lower() != "stdin":
                    raise wsman.invalid_parameter()
                if cut is not None:
                    chunk = wsman.Chunk(
                        "stdin",
                        chunk.data[: len(chunk.data) // 2 if cut.size is None else cut.size],
                        cut.eof,
                        chunk.command_id,
                    )
                self._find(shell, chunk.command_id).send(chunk, request.timeout)
        return wsman.accepted(request)

    def _receive(self, request: wsman.Request, caller: Caller, struck: Struck) -> bytes:
        shell = self._shell(request, caller)
        wanted = wsman.wanted(request)
        slow = struck.first("slow")
        with shell.busy():
            if slow is not None:
                time.sleep(slow.seconds)
            return self._find(shell, wanted.command_id).receive(request, wanted, slow)

    def _signal(self, request: wsman.Request, caller: Caller, struck: Struck) -> bytes:
        shell = self._shell(request, caller)
        signal = wsman.signal(request)
        with shell.busy():
            command = self._find(shell, signal.command_id)
            if signal.name in ("ctrl_c", "ctrl_break"):
                command.interrupt()
            elif signal.name == "terminate":
                command.close()
                del shell.commands[command.id]
            else:
                raise wsman.invalid_parameter()
        return wsman.accepted(request)


# --------------------------------------------------------------------------------------------------------- small rules


def command_text(line: wsman.CommandLine, direct: bool, comspec: str) -> str:
    """The command line as CreateProcess gets it: arguments are joined by blanks, cmd.exe reads the rest."""
    if direct:
        program = f'"{line.command}"' if " " in line.command and not line.command.startswith('"') else line.command
        return " ".join((program, *line.arguments))
    return f'{comspec} /C "{" ".join((line.command, *line.arguments))}"'


def is_path(command: str) -> bool:
    return "\\" in command or "/" in command or ":" in command


def lookup(environment: Mapping[str, str], name: str) -> str:
    """Names of variables ignore case."""
    return next((value for key, value in environment.items() if key.upper() == name.upper()), "")


def merge(environment: Mapping[str, str], more: Mapping[str, str]) -> dict[str, str]:
    replaced = {name.upper() for name in more}
    return {name: value for name, value in environment.items() if name.upper() not in replaced} | dict(more)


_WIN32 = {
    2: "The system cannot find the file specified. ",
    3: "The system cannot find the path specified. ",
    5: "Access is denied. ",
    193: "%1 is not a valid Win32 application. ",
    206: "The filename or extension is too long. ",
    267: "The directory name is invalid. ",
}


def start_error(error: OSError) -> wsman.WsmanFault:
    code = getattr(error, "winerror", None)
    if not isinstance(code, int):
        code = 5 if isinstance(error, PermissionError) else 267 if isinstance(error, NotADirectoryError) else 2
    return wsman.win32(code, _WIN32.get(code, f"{error} "))
