# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs in a distro: its first process, and the programs that wsl.exe starts in it.

A running distro is a mount, a pid, a host name and an ipc namespace with a first process that buries the dead. When it
is killed, the kernel ends all the rest. A program is a child of a process outside, which waits for it; it is the leader
of a session, so that it can be ended with what it has started.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import stat
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from linuxhost import kernel

from . import border
from .border import Config, DriveC, Login
from .commands import Run
from .failures import USER_NOT_FOUND

NAMESPACES = ("ipc", "uts", "pid", "mnt")
MOST_FILES = 1 << 20
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
QUIET = (signal.SIGPIPE, signal.SIGXFSZ)
"""What Python ignores, and a program does not expect to be ignored."""
MESSAGE = struct.Struct("<q")

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Machine:
    """What a distro is started as."""

    root: Path
    drive: Path
    """The Windows drive C."""
    name: str
    hostname: str
    config: Config
    read_only: bool

    @property
    def mount(self) -> str | None:
        """Where the distro has drive C."""
        return f"{self.config.automount_root}c" if self.config.automount else None


@dataclass(frozen=True)
class Program:
    """What is to be run in a distro, and by whom."""

    machine: Machine
    run: Run
    environment: Mapping[str, str]
    """wsl.exe's."""
    session: int
    """A number for what belongs to this call alone."""


# --------------------------------------------------------------------------------------------------- first process


def start(machine: Machine) -> tuple[int, int]:
    """A distro's first process and its parent. OSError when it does not start."""
    reader, writer = os.pipe()
    parent = os.getpid()
    stem = os.fork()
    if stem == 0:
        _be_stem(machine, parent, writer)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8", errors="replace") as told:
        facts = dict(line.rstrip("\n").partition(" ")[::2] for line in told)
    if "ready" not in facts:
        with contextlib.suppress(ProcessLookupError):
            os.kill(stem, signal.SIGKILL)
        os.waitpid(stem, 0)
        raise OSError(facts.get("error", "the distro did not start"))
    return stem, int(facts["pid"])


def _be_stem(machine: Machine, parent: int, writer: int) -> NoReturn:
    """Only a child can be in a new pid namespace."""
    try:
        kernel.die_with_parent(parent)
        keep_only(writer)
        nothing = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(nothing, number)
        kernel.unshare(kernel.CLONE_NEWNS | kernel.CLONE_NEWPID | kernel.CLONE_NEWUTS | kernel.CLONE_NEWIPC)
        pid = os.fork()
        if pid == 0:
            _be_first(machine, writer)
        _tell(writer, f"pid {pid}")
        os.close(writer)
        os.waitpid(pid, 0)
    except BaseException as error:  # noqa: BLE001 - whatever it is, the service is told
        _tell(writer, f"error {error}")
    finally:
        os._exit(0)


def _be_first(machine: Machine, writer: int) -> NoReturn:
    try:
        kernel.die_with_parent(0)  # the parent is in another namespace, where it has no number
        os.setsid()
        _mount(machine)
        kernel.pivot(machine.root)
        if machine.read_only:
            kernel.mount("", Path("/"), flags=kernel.MS_BIND | kernel.MS_REMOUNT | kernel.MS_RDONLY)
        socket.sethostname(machine.config.hostname or machine.hostname)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        _tell(writer, "ready")
        os.close(writer)
        while True:
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            signal.sigwait({signal.SIGCHLD})
    except BaseException as error:  # noqa: BLE001 - whatever it is, the service is told
        _tell(writer, f"error {error}")
    finally:
        os._exit(1)


def _mount(machine: Machine) -> None:
    root = machine.root
    kernel.mount("proc", root / "proc", flags=kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC)
    kernel.show(root / "proc/sys", root / "proc/sys")  # the settings of the kernel are this machine's
    kernel.mount("tmpfs", root / "run", flags=kernel.MS_NOSUID | kernel.MS_NODEV, options="mode=0755")
    (root / "run/WSL").mkdir()
    if machine.mount is not None:
        place = root / machine.mount[1:]
        place.mkdir(parents=True, exist_ok=True)
        kernel.mount("", place, source=machine.drive, flags=kernel.MS_BIND)


def remount(init: int, read_only: bool) -> None:
    """A running distro's root becomes read only, or no longer is."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            _enter(init, ("mnt",))
            flags = kernel.MS_BIND | kernel.MS_REMOUNT | (kernel.MS_RDONLY if read_only else 0)
            kernel.mount("", Path("/"), flags=flags)
            code = 0
        finally:
            os._exit(code)
    if os.waitpid(pid, 0)[1]:
        raise OSError("the distro's root cannot be mounted anew")


# --------------------------------------------------------------------------------------------------------- programs


def run(init: int, program: Program, files: Sequence[int]) -> tuple[int, int]:
    """A process that waits for the program, and where it writes: the program's number, then its wait status."""
    reader, writer = os.pipe()
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        _be_parent(init, program, files, parent, writer)
    os.close(writer)
    return pid, reader


def _be_parent(init: int, program: Program, files: Sequence[int], parent: int, writer: int) -> NoReturn:
    try:
        kernel.die_with_parent(parent)
        keep_only(writer, *files)
        _enter(init, NAMESPACES)
        pid = os.fork()
        if pid == 0:
            _be_program(program, files)
        keep_only(writer)
        os.write(writer, MESSAGE.pack(pid))
        os.write(writer, MESSAGE.pack(os.waitpid(pid, 0)[1]))
    finally:
        os._exit(0)


def _be_program(program: Program, files: Sequence[int]) -> NoReturn:
    code = 1
    try:
        os.setsid()
        for number, file in enumerate(files):
            os.dup2(_own(file, number == 0), number)
        keep_only()
        for name in (*ENDING, *QUIET):
            signal.signal(name, signal.SIG_DFL)
        os.umask(0o022)
        code = _become(program)
    except OSError as error:
        _complain(f"<3>WSL ({os.getpid()}) ERROR: {error}")
    finally:
        os._exit(code)


def _own(number: int, reading: bool) -> int:
    """Wine has opened its pipes so that reading and writing never wait, and both ways: a program gets them as usual."""
    if not stat.S_ISFIFO(os.fstat(number).st_mode):
        return number
    return os.open(f"/proc/self/fd/{number}", os.O_RDONLY if reading else os.O_WRONLY)


def _become(program: Program) -> int:
    """Returns only when it fails."""
    run, config = program.run, program.machine.config
    known = border.logins(_text("/etc/passwd"), _text("/etc/group"))
    login = border.chosen(known, run.user, config.default_user, run.distro.default_uid)
    if login is None:
        _complain(f"<3>WSL ({os.getpid()}) ERROR: CreateProcessParseCommon:1007: getpwnam({run.user}) failed 0")
        return USER_NOT_FOUND
    translate = DriveC(program.machine.mount)
    directory = _directory(run.directory, translate, login, config.automount)
    environment = _environment(program, login, translate)
    os.setgroups(login.groups or (login.gid,))
    os.setgid(login.gid)
    os.setuid(login.uid)
    kernel.die_with_parent(0)  # not before: a new account forgets it
    try:
        os.chdir(directory)
    except OSError as error:
        _complain(f"<3>WSL ({os.getpid()}) ERROR: CreateProcessCommon:811: chdir({directory}) failed {error.errno}")
    file, argv = _argv(run, login)
    try:
        os.execvpe(file, argv, environment)
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        _complain(f"<3>WSL ({os.getpid()}) ERROR: CreateProcessCommon:818: execvpe({file}) failed: {reason}")
    return 1


def _argv(run: Run, login: Login) -> tuple[str, list[str]]:
    if run.argv is not None:
        return run.argv[0], list(run.argv)
    shell = login.shell or "/bin/sh"
    first = f"-{os.path.basename(shell)}" if run.login else shell
    return shell, [first, "-c", run.shell_line] if run.shell_line else [first]


def _directory(given: str, translate: Callable[[str], str | None], login: Login, automount: bool) -> str:
    if given.startswith("~"):
        return login.home + given[1:]
    if given.startswith("/"):
        return given
    found = translate(given)
    if found is None and automount:
        _complain(f"wsl: Failed to translate '{given}'")
    return found or login.home


def _environment(program: Program, login: Login, translate: Callable[[str], str | None]) -> dict[str, str]:
    config = program.machine.config
    made = border.variables(program.environment, config, translate, lambda text: _complain(f"wsl: {text}"))
    if config.interop:
        made["WSL_INTEROP"] = f"/run/WSL/{program.session}_interop"
    made |= {
        "NAME": config.hostname or program.machine.hostname,
        "WSL_DISTRO_NAME": program.machine.name,
        "HOME": login.home,
        "USER": login.name,
        "LOGNAME": login.name,
        "SHELL": login.shell,
    }
    language = border.language(_text("/etc/default/locale") or _text("/etc/locale.conf"))
    return made | ({"LANG": language} if language else {})


def end(leader: int) -> None:
    """The program with this number, and all that is in its session."""
    found = {leader}
    while found:
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        found = {pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if _session(pid) == leader}


def _session(pid: int) -> int:
    """0 for a process that is no more."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0
    return 0 if fields[0] in "ZX" else int(fields[3])


# ------------------------------------------------------------------------------------------------------------- small


def _enter(init: int, names: Sequence[str]) -> None:
    opened = [os.open(f"/proc/{init}/ns/{name}", os.O_RDONLY | os.O_CLOEXEC) for name in names]
    for name, number in zip(names, opened, strict=True):
        if _libc.setns(number, 0):
            raise OSError(ctypes.get_errno(), f"entering the namespace {name}")
        os.close(number)
    os.chdir("/")


def keep_only(*kept: int) -> None:
    """Close all files but these and the standard ones."""
    begin = 3
    for number in sorted({*kept, MOST_FILES}):
        if number >= begin:
            os.closerange(begin, number)
            begin = number + 1


def _text(place: str) -> str:
    try:
        return Path(place).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _complain(text: str) -> None:
    with contextlib.suppress(OSError):
        os.write(2, text.encode(errors="surrogateescape") + b"\n")


def _tell(writer: int, text: str) -> None:
    with contextlib.suppress(OSError):
        os.write(writer, " ".join(text.split()).encode(errors="replace")[:1000] + b"\n")
