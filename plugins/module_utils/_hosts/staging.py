# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The directory in %TEMP% that a script on a Windows host works in, the files there that hold its output back, and what
killed runs left of such.
"""

from __future__ import annotations

import re
import secrets
import typing as t

from .._formats import frames, held
from .._formats.cmdscript import if_, program, token
from .clock import stamp

STAGING = "gopher-devbox-"
OLD_ENOUGH = 600  # seconds after which what is staged belongs to a killed run
_FILES = (held.OUTPUT, held.ERRORS)
_STAGED = re.compile(re.escape(STAGING) + r"(\d{8}T\d{6}Z)-[0-9a-f]{8}(?:\.out|\.err)?\Z")


def new_mark() -> str:
    """What sets the parts of an answer apart, and stands nowhere else."""
    return "gd" + secrets.token_hex(6)


def directory(id: str) -> str:
    """The staging directory of a run; `id` as `clock.stamped` makes it."""
    return f"%TEMP%\\{STAGING}{token(id)}"


def look(mark: str) -> list[str]:
    """Whether there is a tar.exe, and what is staged."""
    return frames.framed(
        mark, "tools", if_(f'exist "{program("tar.exe")}"', "echo tar"), f'dir /b "%TEMP%\\{STAGING}*" 2>nul'
    )


def staged(lines: t.Iterable[str]) -> tuple[str, ...]:
    """The names of what is staged among these lines."""
    return tuple(line.strip() for line in lines if _STAGED.match(line.strip()))


def old(names: t.Iterable[str], now: float, most: int) -> list[str]:
    """What is staged and no run can still be using, `most` at once."""
    limit = stamp(now - OLD_ENOUGH)
    return [name for name in names if (found := _STAGED.match(name)) and found.group(1) < limit][:most]


def remove(names: t.Iterable[str]) -> list[str]:
    """Statements that remove what is staged, by their names."""
    return [_remove(name) for name in names]


def _remove(name: str) -> str:
    ending = next((ending for ending in _FILES if name.endswith(ending)), "")
    place = f'"%TEMP%\\{token(name[: len(name) - len(ending)])}{ending}"'
    return f"del /q {place} 2>nul" if ending else f"rd /s /q {place} 2>nul"
