# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A script whose output is held back in a file until it is whole, and then printed at once. Pure.

Where each piece of an output costs a request, a script with twenty programs costs twenty. So an outer cmd.exe starts an
inner one with the script, whose output goes to a file in %TEMP%, and prints that file when the inner one has ended:

    echo "&echo MARK#&exit 3&">nul      see below
    cmd.exe … "SCRIPT&echo MARK.">"%TEMP%\\NAME.out" 2>"%TEMP%\\NAME.err"
    (if errorlevel 9009 echo MARK!)
    (for %e in (3 2 1) do (if not defined MARK if errorlevel %e set MARK=%e))
    (if not exist "%TEMP%\\NAME.out" echo MARK?)
    cd /d "%TEMP%"  &  type NAME.err>&2  &  del NAME.err
    (if defined MARK set MARK)  &  (for %i in (NAME.out) do (echo MARK@%~zi))  &  type NAME.out
    what must not lie in a file  &  del NAME.out

`MARK?` says that the file could not be made, so that the script was not started. `MARK!` together with an empty file
says that the inner cmd.exe could not be started, as a busy host may refuse it: then too nothing has run. `MARK=` is the
exit code where it is not 0. `MARK@` is the size of the file, and `MARK.` was the last that the script printed: with
both right, the answer is whole. What takes time comes before the first output, because each piece of it may be fetched
by itself.

A WinRM service that ignores WINRS_SKIP_CMD_SHELL puts a cmd.exe of its own around all that, for which what stands
between quotes changes places with what does not. That one finds `&echo MARK#&exit 3&` outside of quotes, and ends there
before anything was started; for all others it is a text. Such a service's own cmd.exe then is the outer one.

The script stands between quotes of the outer cmd.exe: what is quoted in it must hold no character that is special to
cmd.exe (see `cmdscript.can_quote`).
"""

from __future__ import annotations

import enum
import re
import typing as t

from .cmdscript import LINE_LIMIT, LOOP, NOT_STARTED, Script, if_

CMD = r"%SystemRoot%\System32\cmd.exe"
OPTIONS = "/q /d /e:on /v:off /s /c"
OUTPUT, ERRORS = ".out", ".err"
EARLY = 3  # exit code of a script that ends before its end
_GROWS = 600  # characters by which references on the line may grow it


class Outcome(enum.Enum):
    """What became of a held script."""

    WHOLE = "whole"
    NOT_STARTED = "not started"  # the file could not be made
    REFUSED = "refused"  # not started: the inner cmd.exe could not be
    WRAPPED = "wrapped"  # not started: the service has a cmd.exe of its own around it
    BROKEN = "broken"  # started, and its output is not whole


class Answer(t.NamedTuple):
    """What came back of a held script; rc is 0, or at least the exit code."""

    outcome: Outcome
    rc: int
    stdout: bytes


def line(script: Script, mark: str, name: str, wrapped: bool = False) -> str | None:
    """The command line, for the place behind `cmd.exe /s /c`; None where it would be too long for cmd.exe.

    mark: a token of this run. name: of the file in %TEMP%. wrapped: for a service that puts its own cmd.exe around it.
    """
    inner = "&".join((*script.statements, f"echo {mark}."))
    out, err = f"{name}{OUTPUT}", f"{name}{ERRORS}"
    parts = [
        "echo off" if wrapped else f'echo "&echo {mark}#&exit {EARLY}&">nul',
        f'{CMD} {OPTIONS} "{inner}">"%TEMP%\\{out}" 2>"%TEMP%\\{err}"',
        if_(NOT_STARTED, f"echo {mark}!"),
        f"(for {LOOP}e in ({EARLY} 2 1) do (if not defined {mark} if errorlevel {LOOP}e set {mark}={LOOP}e))",
        f'(if not exist "%TEMP%\\{out}" echo {mark}?)',
        f'cd /d "%TEMP%"&type {err}>&2&del {err}',
        if_(f"defined {mark}", f"set {mark}"),
        f"(for {LOOP}i in ({out}) do (echo {mark}@{LOOP}~zi))",
        f"type {out}",
        *script.straight,
        f"del {out}",
    ]
    text = "&".join(parts).replace(LOOP, "%")
    return text if len(text) <= LINE_LIMIT - _GROWS else None


def fits(script: Script) -> bool:
    """Whether a script can be held back: its line is not too long, whatever mark and name it gets."""
    return line(script, "gd" + "0" * 12, "0" * 48) is not None


def parse(mark: str, output: bytes) -> Answer:
    """What a held script printed, and whether that is all."""
    size = re.search(_line(mark, r"@(\d+)"), output)
    head, rest = (output[: size.start()], output[size.end() :]) if size else (output, b"")
    if re.search(_line(mark, "[#]"), head):
        return Answer(Outcome.WRAPPED, 0, b"")
    code = re.search(_line(mark, r"=(\d+)"), head)
    rc = int(code[1]) if code else 0
    if re.search(_line(mark, "[?]"), head):
        return Answer(Outcome.NOT_STARTED, rc, b"")
    length = int(size[1]) if size else 0
    if size and not length and re.search(_line(mark, "!"), head):
        return Answer(Outcome.REFUSED, rc, b"")
    body, straight = rest[:length], rest[length:]
    ended = re.search(_line(mark, "[.]") + rb"\Z", body)
    if not length or len(body) != length or not (ended or rc >= EARLY):
        return Answer(Outcome.BROKEN, rc, rest)
    return Answer(Outcome.WHOLE, rc, (body[: ended.start()] if ended else body) + straight)


def _line(mark: str, sign: str) -> bytes:
    """A mark at the end of a line; in front of it may stand what was printed without a line's end."""
    return (re.escape(mark) + sign).encode("ascii") + rb"[ \r]*\n"
