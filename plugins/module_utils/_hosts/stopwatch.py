# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long programs of this POSIX host take, by turns, each in a directory of its own. What they leave running is
ended.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import tempfile
import threading
import time
import typing as t

from .programs import Command, home_of, start

BUDGET = 4.0  # seconds for all runs of two commands
PATIENCE = 2.0  # seconds for one run
MOST, LEAST = 31, 3  # pairs of runs

#: what a command prints last on its output when it did all that it is to do
MARK = "gopher-devbox-mark"

_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER of prctl
_GENERATIONS = 20  # of processes that are left, each of which may leave others


class Stopwatch(t.Protocol):
    """A way to compare how long programs of a POSIX host take."""

    def by_turns(self, one: Command, other: Command) -> list[tuple[float, float]]:
        """The seconds that each took, a pair for each turn; none where one of them failed, hung, or was too slow for
        enough of them.
        """


class LocalStopwatch:
    """See `Stopwatch`."""

    def __init__(self, budget: float = BUDGET, patience: float = PATIENCE) -> None:
        self._budget, self._patience = budget, patience

    def by_turns(self, one: Command, other: Command) -> list[tuple[float, float]]:
        limit = time.monotonic() + self._budget
        pairs: list[tuple[float, float]] = []
        with contextlib.ExitStack() as stack:
            directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="gopher-devbox-"))
            stack.enter_context(_nothing_left())
            homes = [home_of(directory, number, command) for number, command in enumerate((one, other))]
            runs = ((one, homes[0]), (other, homes[1]))
            # A shell makes in a new home what it finds there later, so that the first runs count for nothing.
            if any(self._seconds(directory, *run) is None for run in runs):
                return []
            while len(pairs) < MOST and time.monotonic() < limit:
                turn = [0.0, 0.0]
                for number in (0, 1) if len(pairs) % 2 else (1, 0):
                    taken = self._seconds(directory, *runs[number])
                    if taken is None:
                        return []
                    turn[number] = taken
                pairs.append((turn[0], turn[1]))
        return pairs if len(pairs) >= LEAST else []

    def _seconds(self, directory: str, command: Command, home: str) -> float | None:
        """How long a run took; None for one that failed or did not end."""
        with open(os.path.join(directory, "output"), "w+b") as output:
            begin = time.perf_counter()
            process = start(command, home, output.fileno())
            if process is None:
                return None
            # A wait with a time-out looks again at intervals of up to 50 ms, which is no way to measure.
            end = threading.Timer(self._patience, _end_group, [process.pid])
            end.start()
            _wait(process)
            taken = time.perf_counter() - begin
            end.cancel()
            _end_group(process.pid)
            status = process.wait()
            output.seek(0)
            return taken if status == 0 and output.read().rstrip().endswith(MARK.encode()) else None


def _wait(process: subprocess.Popen[bytes]) -> None:
    """Until a process ends; where that can be had, it keeps its number until it is asked how it ended."""
    if hasattr(os, "waitid"):  # macOS has none in older Pythons
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    else:
        process.wait()


def _end_group(group: int) -> None:
    with contextlib.suppress(OSError):
        os.killpg(group, signal.SIGKILL)


@contextlib.contextmanager
def _nothing_left() -> t.Iterator[None]:
    """What programs leave running in the meantime, in sessions of their own too, is ended: an agent that a start file
    starts. On Linux; elsewhere only what is in the group of the program is.
    """
    before = set(_children())
    adopts = _adopt(True)
    try:
        yield
    finally:
        if adopts:
            for _generation in range(_GENERATIONS):
                left = [pid for pid in _children() if pid not in before]
                for pid in left:
                    with contextlib.suppress(OSError):
                        os.kill(pid, signal.SIGKILL)
                        os.waitpid(pid, 0)
                if not left:
                    break
            _adopt(False)


def _adopt(on: bool) -> bool:
    """Whether processes that lose their parent become this one's from now on."""
    try:
        return bool(ctypes.CDLL(None).prctl(_SUBREAPER, int(on), 0, 0, 0) == 0)
    except (OSError, AttributeError):
        return False


def _children() -> t.Iterator[int]:
    """The processes whose parent is this one."""
    own = str(os.getpid())
    try:
        names = [name for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return
    for name in names:
        with contextlib.suppress(OSError):
            with open(f"/proc/{name}/stat", "rb") as file:
                # pid (name) state ppid: a name may hold anything, brackets too
                fields = file.read().decode("utf-8", "replace").rpartition(")")[2].split()
            if fields[1:2] == [own]:
                yield int(name)
