# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

r"""Batch files that run several wsl.exe at the same time, each with its own input and outputs. Pure.

They lie in a directory of their own, with a script `in.N` for each:

    one.cmd N DISTRO [-u USER]    runs one, and leaves out.N, err.N and, once it has ended, rc.N with the exit code
    go.cmd                        starts all of them, waits, and prints what they left

What is started holds no output of go.cmd, so one that never ends keeps nothing waiting: after some time go.cmd prints
what there is. It looks for rc.N again and again: for the first seconds without a pause, later once a second.

A busy host may refuse to start a program. `start` does not say so; but one.cmd first makes the directory run.N, and
where that is not there after some looks, go.cmd starts it again. Two of them run nothing twice: only one can make the
directory.

A distro's name stands on a command line, which wsl.exe reads without quotes: see `can_name`.
"""

from __future__ import annotations

import typing as t

from .._core.patterns import pattern
from .cmdscript import program, run_retrying_start

_NAME = pattern(r"[A-Za-z0-9._][A-Za-z0-9._-]{0,127}\Z")
_QUICK = 80  # looks without a pause
_AGAIN = (_QUICK // 2, _QUICK + 10)  # looks after which what did not begin is started again

_ONE = r"""@echo off
md run.%1 2>nul
if errorlevel 1 exit
set WSL_UTF8=1
set WSLENV=
set GD_WSL=@SYSTEM@
if exist "%ProgramFiles%\WSL\wsl.exe" set GD_WSL=%ProgramFiles%\WSL\wsl.exe
@RUN@
>rc.%1.new echo %ERRORLEVEL%
ren rc.%1.new rc.%1
"""


class Run(t.NamedTuple):
    """A script in a distro, as an account; as the distro's default one where that is empty."""

    distro: str
    user: str
    script: bytes


def can_name(text: str) -> bool:
    """Whether a distro's or an account's name can stand on the command line: wsl.exe knows no quotes there."""
    return bool(_NAME.match(text))


def files(mark: str, runs: t.Sequence[Run], seconds: int) -> list[tuple[str, bytes]]:
    """The files of the directory, the last one `done`. Raises ValueError for a name that cannot be given."""
    starts = []
    for number, run in enumerate(runs):
        for name in filter(None, (run.distro, run.user)):
            if not can_name(name):
                raise ValueError(f"cannot stand on a command line: {name!r}")
        user = f" -u {run.user}" if run.user else ""
        start = f'start "" /b {program("cmd.exe")} /d /c one.cmd {number} {run.distro}{user} <nul >nul 2>nul'
        starts.append(f"if not exist run.{number} {start}")
    checks = [f"if not exist rc.{number} goto more" for number in range(len(runs))]
    shown = []
    for number in range(len(runs)):
        for kind in ("out", "err", "rc"):
            shown += [f"echo {mark}+{kind}{number}", f"if exist {kind}.{number} type {kind}.{number}", "echo."]
            shown += [f"echo {mark}-{kind}{number}"]
    lines = [
        "@echo off",
        "set GD_LOOK=0",
        ":start",
        *starts,
        ":again",
        *checks,
        "goto all",
        ":more",
        "set /a GD_LOOK+=1 >nul",
        f"if %GD_LOOK% geq {_QUICK + seconds} goto all",
        "set GD_PINGS=1",
        f"if %GD_LOOK% geq {_QUICK} set GD_PINGS=2",
        f"{program('ping.exe')} -n %GD_PINGS% 127.0.0.1 >nul",
        *(f"if %GD_LOOK%=={look} goto start" for look in _AGAIN),
        "goto again",
        ":all",
        *shown,
    ]
    wsl = run_retrying_start('"%GD_WSL%" -d %2 %3 %4 --exec /bin/sh <in.%1 >out.%1 2>err.%1')
    one = _ONE.replace("@SYSTEM@", program("wsl.exe")).replace("@RUN@", "\n".join(wsl))
    scripts = [(f"in.{number}", run.script) for number, run in enumerate(runs)]
    return [*scripts, ("one.cmd", _batch(one.splitlines())), ("go.cmd", _batch(lines)), ("done", b"")]


def _batch(lines: t.Iterable[str]) -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")
