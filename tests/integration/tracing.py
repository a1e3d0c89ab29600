# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a program did, as strace saw it: the processes it made, the programs it started, the files it opened."""

from __future__ import annotations

import re
from typing import NamedTuple

#: strace's words before "-o FILE": children are followed, and only the calls that `read` understands are written
STRACE = ["strace", "-f", "-qq", "-e", "trace=clone,clone3,fork,vfork,execve,open,openat"]


class Traced(NamedTuple):
    """Threads are no processes; a call that failed made and started nothing."""

    processes: int
    programs: int
    #: in the order of the calls: each file that was opened, and each that somebody tried to open
    opened: list[str]
    tried: list[str]


def read(trace: str) -> Traced:
    """A trace written by `STRACE`."""
    calls = [
        (call[1], line, re.search(r"\) += \d+$", line) is not None)
        for line in _whole(trace)
        if (call := re.match(r"(\w+)\(", line))
    ]
    opens = [
        (found[1], worked)
        for name, line, worked in calls
        if name in ("open", "openat") and (found := re.search(r'"((?:[^"\\]|\\.)*)"', line))
    ]
    return Traced(
        sum(
            worked and name in ("clone", "clone3", "fork", "vfork") and "CLONE_THREAD" not in line
            for name, line, worked in calls
        ),
        sum(worked and name == "execve" for name, _line, worked in calls),
        [path for path, worked in opens if worked],
        [path for path, _worked in opens],
    )


def _whole(trace: str) -> list[str]:
    """The calls without their process number, each on one line: strace cuts one in two when another process's call came
    in between.
    """
    begun: dict[str, str] = {}
    lines = []
    for line in trace.splitlines():
        process, _, call = line.partition(" ")
        call = call.strip()
        if call.endswith("<unfinished ...>"):
            begun[process] = call.removesuffix("<unfinished ...>").rstrip()
        elif resumed := re.match(r"<\.\.\. \w+ resumed>(.*)", call):
            lines.append(begun.pop(process, "") + resumed[1])
        else:
            lines.append(call)
    return [*lines, *begun.values()]
