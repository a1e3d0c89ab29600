# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scripts for cmd.exe: constant text, and paths between quotes. Pure.

cmd.exe is the one interpreter every Windows has. A script here is a list of statements; each carrier writes it its own
way: as the command line of `cmd /s /c "…"` (WinRM starts it by CreateProcess, so the Unicode text arrives as it is), as
the command of an SSH session, or as a batch file. Only two kinds of foreign text ever enter a script: paths to look up,
between quotes, and ids and SIDs of a checked form. Values never do: they travel in a .reg file on standard input.

A bare `if a b & c` makes c depend on a, and `for` takes the rest of its line as well: so each stands between brackets
of its own (`when`, `for_each`), with one command behind an `if`. No `&&`, `||`, `else` or `@(`, which Wine's cmd.exe
reads differently.
"""

from __future__ import annotations

import typing as t

from .._core.patterns import pattern

LINE_LIMIT = 8191  # characters of one cmd.exe command line (docs/facts.md, "Length limits")
NOT_STARTED = "errorlevel 9009"  # what cmd.exe says of a program that it could not start
LOOP = "\x00"  # stands for the percent sign of a FOR variable, which a batch file doubles

_UNSAFE = pattern(r'["%&^|<>\x00-\x1f\x7f]')
_SID = pattern(r"S-1(?:-\d{1,20}){1,15}\Z")
_TOKEN = pattern(r"[A-Za-z0-9-]{1,64}\Z")


class Script(t.NamedTuple):
    """Statements for cmd.exe.

    straight: statements that come last, and whose output never lies in a file, not even where that of the others is
    held back (see `held`). holds: whether it may be held back; not where silence counts as death, nor where the script
    must never run twice though nothing is sent to it.
    """

    statements: tuple[str, ...]
    straight: tuple[str, ...] = ()
    holds: bool = True

    @classmethod
    def of_program(cls, argv: t.Sequence[str]) -> Script:
        """One program with its arguments. Raises ValueError for one that cannot stand in a command line."""
        return cls((" ".join(quote(argument) for argument in argv),))

    @property
    def all(self) -> tuple[str, ...]:
        return (*self.statements, *self.straight)

    def command_line(self) -> str:
        """As the text behind `cmd.exe /q /d /e:on /v:off /s /c`. Raises ValueError when cmd.exe could not take it."""
        text = "&".join(self.all).replace(LOOP, "%")
        if len(text) > LINE_LIMIT - 200:
            raise ValueError(f"a command line of {len(text)} characters")
        return text

    def batch(self) -> str:
        """As a batch file: one statement a line, FOR variables with two percent signs."""
        return "".join(statement.replace(LOOP, "%%") + "\r\n" for statement in self.all)


class Reference(str):
    """A path of this collection's own text that begins with a variable of the session, which cmd.exe puts in."""

    __slots__ = ()


def can_quote(path: str) -> bool:
    """Whether a path can stand between quotes in a script: no quote, no percent sign, no control character.

    Nor `&` and `^`: a WinRM service that ignores WINRS_SKIP_CMD_SHELL wraps the script in another `cmd /C "…"`, for
    which the inner quotes change places with what is not quoted.
    """
    return bool(path) and not _UNSAFE.search(path) and all(not 0xD800 <= ord(char) <= 0xDFFF for char in path)


def quote(path: str) -> str:
    """`path` between quotes, where cmd.exe takes it as it is. Raises ValueError where `can_quote` says no."""
    if not isinstance(path, Reference) and not can_quote(path):
        raise ValueError(f"cannot stand in a command line: {path!r}")
    return f'"{path}"'


def sid(text: str) -> str:
    """`text` when it is a SID, else ValueError."""
    if not _SID.match(text):
        raise ValueError(f"not a SID: {text!r}")
    return text


def token(text: str) -> str:
    """`text` when it is made of ASCII letters, digits and dashes, else ValueError."""
    if not _TOKEN.match(text):
        raise ValueError(f"not a token: {text!r}")
    return text


def program(name: str) -> str:
    """The full System32 path of a program, so that neither the current directory nor a broken PATH finds another
    (docs/facts.md, "Program paths").
    """
    return rf"%SystemRoot%\System32\{name}"


def if_(condition: str, command: str) -> str:
    """One command under one condition, and nothing behind it."""
    return f"(if {condition} {command})"


def run_retrying_start(command: str, condition: str = "") -> list[str]:
    """A program, under a condition of its own (`exist x`), and once more where cmd.exe could not start it (ERRORLEVEL
    9009): a busy host may refuse one, and what did not start did nothing.
    """
    first = if_(condition, command) if condition else command
    return [first, if_(f"{condition} if {NOT_STARTED}" if condition else NOT_STARTED, command)]


def for_each(head: str, body: t.Iterable[str]) -> str:
    """A FOR loop over statements, and nothing behind it."""
    return f"(for {head} do ({'&'.join(body)}))"


def repeat(times: int, body: t.Iterable[str]) -> str:
    """Statements so many times; each says itself when it is no longer needed."""
    return for_each(f"{LOOP}r in ({' '.join(map(str, range(times)))})", body)


def pause() -> str:
    """A second, at a program's cost: timeout.exe wants a console (docs/facts.md, "Waiting")."""
    return f"{program('ping.exe')} -n 2 127.0.0.1 >nul"


def chunks(paths: t.Sequence[str], room: int) -> list[list[str]]:
    """`paths` in groups whose quoted text fits into `room` characters each."""
    groups: list[list[str]] = [[]]
    used = 0
    for path in paths:
        size = len(path) + 3
        if groups[-1] and used + size > room:
            groups.append([])
            used = 0
        groups[-1].append(path)
        used += size
    return [group for group in groups if group]
