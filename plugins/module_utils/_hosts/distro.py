# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Linux distro as a host, reached by scripts for its /bin/sh. It needs busybox's tools, no Python."""

from __future__ import annotations

import posixpath
import typing as t

from .._core.account import Account, Platform
from .._core.errors import Blocked
from .._core.findings import Finding
from .._core.posix import POSIX
from .._core.processors import processor
from .._formats import shscript
from .._formats import shscript_answers as answers
from .._formats.shscript import Asked, Program
from . import staging
from .distro_files import DistroFiles, DistroShell
from .posix_host import PosixHost
from .programs import Command
from .transport import Completed

if t.TYPE_CHECKING:
    from .programs import Programs

_NOBODY = "nobody"


class DistroHost(PosixHost):
    """See `Host`. What it acts on is acted on as the account of its shell."""

    def __init__(self, shell: DistroShell, programs: Programs | None = None) -> None:
        """programs: instead of those of the shell."""
        self._shell = shell
        self._programs = programs or DistroPrograms(shell)
        self._files = DistroFiles(shell)

    def asking(self, programs: t.Callable[[Programs], Programs]) -> DistroHost:
        """The same distro, with other programs made of its own."""
        return DistroHost(self._shell, programs(self._programs))

    @property
    def name(self) -> str:
        return self._shell.name

    @property
    def platform(self) -> Platform:
        return Platform(POSIX.family, "linux", processor(self._shell.session.own.machine))

    @property
    def environ(self) -> t.Mapping[str, str]:
        """Empty until the distro was asked something."""
        session = self._shell.known.session
        return {} if session is None else session.environ

    @property
    def path(self) -> str:
        """PATH as WSL starts a program with, that of Windows at its end."""
        return self._shell.session.own.path

    @property
    def windows_go(self) -> tuple[str, ...]:
        """Each go.exe on that PATH, in order."""
        return self._shell.session.own.windows_go

    @property
    def accounts(self) -> DistroAccounts:
        return DistroAccounts(self._shell)

    @property
    def programs(self) -> Programs:
        return self._programs

    def files(self, account: Account | None = None) -> DistroFiles:
        return self._files


class DistroAccounts:
    """See `Accounts`."""

    def __init__(self, shell: DistroShell) -> None:
        self._shell = shell

    def own(self) -> Account:
        return self._shell.session.account

    def named(self, user: str | None) -> Account:
        found = self.own()
        if user is not None and user != found.name:
            other = self._shell.session.named(user)
            if other is None:
                raise _no_account(f"{self._shell.name} has no account {user}.", user)
            found = other
        if not found.home or not self._shell.know(Asked(directories=(found.home,))).looked[found.home].exists:
            home = found.home or "none is named"
            raise _no_account(
                f"The account {found.name} has no home directory in {self._shell.name}: {home} is none.", found.name
            )
        return found

    def ordinary(self) -> Account | None:
        """Nobody, where programs can be started as another account."""
        session = self._shell.session
        return session.named(_NOBODY) if "su" in session.own.tools else None


def _no_account(message: str, subject: str) -> Blocked:
    return Blocked([Finding.of("unknown_account", message, "Make it first, or correct user.", subject)])


class DistroPrograms:
    """See `Programs`."""

    def __init__(self, shell: DistroShell) -> None:
        self._shell = shell

    def run_all(self, commands: t.Sequence[Command]) -> list[Completed | None]:
        mark = staging.new_mark()
        own = self._shell.session.account
        programs = [
            Program(
                command.argv,
                command.environment,
                command.files,
                "" if command.account.id == own.id else command.account.name,
                command.patience,
                command.given,
            )
            for command in commands
        ]
        lines = self._shell.answer(mark, shscript.running(mark, programs)) if programs else None
        if lines is None:
            return [None for _command in commands]
        found = [answers.ended(item) for item in answers.parse(lines).items]
        ended = [None if item is None else Completed(*item) for item in found]
        return [*ended, *(None for _command in commands[len(ended) :])]

    def is_program(self, path: str) -> bool:
        known = self._shell.know(Asked(links=(path,))).closed[path]
        return known.kind in (answers.FILE, answers.CLOSED) and bool(known.mode & 0o111)

    def writable_by_others(self, paths: t.Sequence[str]) -> bool:
        return any(uid != 0 or mode & 0o002 or (mode & 0o020 and gid != 0) for uid, gid, mode in self._rights(paths))

    def _rights(self, paths: t.Sequence[str]) -> t.Sequence[tuple[int, int, int]]:
        """uid, gid and permission bits of each; those of a go and its directories are known mostly."""
        directory = posixpath.dirname(paths[0])
        found = self._shell.known.looked.get(directory)
        if found and found.go and list(paths) == [f"{directory}/go", directory, posixpath.dirname(directory)]:
            return found.go
        known = self._shell.know(Asked(links=tuple(paths))).closed
        return [(*known[path].owner, known[path].mode) for path in paths]
