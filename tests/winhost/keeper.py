# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parent of everything that runs in one prefix: python -I -S keeper.py WINESERVER PROGRAM [ARGUMENT...]

All of Wine's processes become its children, whoever started them. When its standard input ends, because the prefix is
stopped or because its owner died, it ends the server, waits until the last process is gone, and goes itself: nothing is
left running.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import shutil
import signal
import sys
import threading
import time
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PATIENCE = 8.0
SOCKETS = re.compile(r"wine-[A-Za-z0-9]{6}")


def spawn(words: list[str]) -> int:
    nothing = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in (0, 1, 2)]
    return os.posix_spawn(words[0], words, os.environ, file_actions=nothing, setsigdef=ENDING)


def children() -> list[int]:
    found = []
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = place.read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == os.getpid():
            found.append(int(place.parent.name))
    return found


def end_with_input(server: str) -> None:
    while os.read(0, 4096):
        pass
    spawn([server, "-k"])
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        time.sleep(0.1)
    while True:
        for pid in children():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.1)


def remove_socket(prefix: Path) -> None:
    """Debian's server has the directory of its socket in /tmp, under a name that it writes into the prefix and finds
    there again.
    """
    mark = prefix / "wineserver"
    with contextlib.suppress(OSError):
        name = mark.read_text()
        mark.unlink()
        if SOCKETS.fullmatch(name):
            shutil.rmtree(Path("/tmp") / name, ignore_errors=True)


def main(server: str, *words: str) -> int:
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)
    os.waitpid(spawn([server, "-p"]), 0)  # returns when the server listens; else the program would start one itself
    spawn(list(words))
    threading.Thread(target=end_with_input, args=(server,), daemon=True).start()
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            remove_socket(Path(os.environ["WINEPREFIX"]))
            return 0


if __name__ == "__main__":
    os._exit(main(*sys.argv[1:]))
