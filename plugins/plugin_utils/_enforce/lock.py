# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lock of a directory of runs, which ends with the process that has it.

Action plugins run in processes that end with their task, so none of them can hold a lock for a whole run. A process of
its own does: it takes the lock over, waits for the end of ansible-playbook, and ends then.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import subprocess
import sys
import time
import typing as t
from pathlib import Path


class InUse(Exception):
    """Another run has the lock; the message is the id of its process, the run, and the process that holds the lock."""


def take(file: Path, run: str, owner: int) -> None:
    """Lock until the process `owner` ends. Raises InUse, OSError."""
    descriptor = _locked(file)
    try:
        keeper = subprocess.Popen(
            [sys.executable, "-I", __file__, str(owner), str(descriptor)],
            pass_fds=(descriptor,),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{owner} {run} {keeper.pid}\n".encode(), 0)
    finally:
        os.close(descriptor)


def release(file: Path, run: str) -> None:
    """End the lock of a run before its process ends."""
    try:
        os.close(_locked(file, patience=0))
    except InUse as held:
        _owner, its_run, keeper = f"{held}  ".split(" ")[:3]
        if its_run == run and keeper.isdigit():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(keeper), signal.SIGTERM)


def take_here(file: Path) -> t.Callable[[], None]:
    """Lock for this process; what is returned gives it back. Raises InUse, OSError."""
    descriptor = _locked(file)
    return lambda: os.close(descriptor)


def _locked(file: Path, patience: float = 1.0) -> int:
    """A descriptor with the lock. The keeper of a run that just ended may need a moment to notice it."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    until = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        except BlockingIOError:
            holder = os.pread(descriptor, 100, 0).decode("utf-8", "replace").split()
            if time.monotonic() >= until:
                os.close(descriptor)
                raise InUse(" ".join(holder)) from None
            time.sleep(0.05)


def wait_for(owner: int) -> None:
    """Return when the process has ended."""
    try:
        descriptor = os.pidfd_open(owner)
    except ProcessLookupError:
        return
    except (AttributeError, OSError):  # not on this system
        _poll(owner)
        return
    select.select([descriptor], [], [])


def _poll(owner: int) -> None:
    while True:
        try:
            os.kill(owner, 0)
        except ProcessLookupError:
            return
        except PermissionError:
            pass
        time.sleep(0.5)


if __name__ == "__main__":
    wait_for(int(sys.argv[1]))
