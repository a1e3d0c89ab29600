# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lock that keeps two runs from writing a scope of a registry at the same time. Pure."""

from __future__ import annotations

from .._formats.cmdscript import LOOP, for_each, if_

LOCKS = r"%ProgramData%"  # where every account may make a directory, and none can put another one in its place
LOCK = "gopher-devbox-lock-"
HELD = "gd-held"


def lock_statements(owner: str, mark: str, condition: str = "") -> list[str]:
    """Define `gd` when the scope is this run's alone, and print who has, or wants, the lock: this run too.

    A run that writes, or is about to, works in an empty directory of its own beside those of the others. Windows lets
    nobody remove a directory that a living process works in, and lets others remove an empty one. So first each one
    that can be removed is: its run was killed, or has not come there yet, and notices. Who then finds another one
    beside its own leaves. Of two runs each is in its directory before it looks for the other's, so at most one stays.
    """
    lock = lock_name(owner, mark)
    # The `.` is there for Wine's cmd.exe, which ends the line behind a FOR that finds nothing.
    each = f"/d {LOOP}i in (..\\{lock_name(owner)}* .)"
    make, enter = f'md "{LOCKS}\\{lock}" 2>&1', f'cd /d "{LOCKS}\\{lock}" 2>&1'
    return [
        if_(condition, make) if condition else make,
        if_(condition, enter) if condition else enter,
        "set gd=",
        if_(f'exist "..\\{lock}\\"', "set gd=1"),
        for_each(each, [f'rd "{LOOP}i" 2>nul']),
        for_each(each, [if_(f'not "{LOOP}~nxi"=="{lock}"', "set gd="), f"echo {HELD} {LOOP}~nxi"]),
    ]


def unlock(owner: str, mark: str) -> list[str]:
    """End the lock, from another directory."""
    return [f'rd "{LOCKS}\\{lock_name(owner, mark)}" 2>nul']


def lock_name(owner: str, mark: str = "") -> str:
    """The directory that is the lock of one command on a scope; without its mark, how all of them begin."""
    return f"{LOCK}{owner}-{mark}"
