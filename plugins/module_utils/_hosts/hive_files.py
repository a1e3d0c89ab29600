# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hive files of one run: each is opened once, what another program wrote in between is noticed, and two runs of
this collection wait for each other.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import time
import typing as t

from .._core.errors import Blocked
from .._core.findings import Finding
from .._formats.hive_edit import Sections
from .._formats.hivefile import upper
from . import hives
from .hives import Hive, Stamp

LOCK_SECONDS = 60.0  # that a run waits for another one
PAUSE = 0.1


class HiveAccess(t.Protocol):
    """How hive files are read and written; see `hives`."""

    def open_hive(self, path: str) -> Hive: ...

    def write_hive(self, hive: Hive, sections: Sections, removed: t.Iterable[str] = ()) -> Hive: ...

    def find_refusal(self, hive: Hive, sections: Sections, removed: t.Iterable[str] = ()) -> Finding | None: ...

    def find_left(self, path: str) -> list[str]: ...

    def sweep(self, path: str) -> None: ...

    def stamp_of(self, path: str) -> Stamp | None:
        """What tells one file at a path from another; None for no file."""

    def locked(self, directories: t.Iterable[str], exclusive: bool) -> contextlib.AbstractContextManager[None]:
        """While others that read hives in these directories wait, or with `exclusive` no one else is there. Raises
        Blocked.
        """


class LocalHives:
    """Those of this machine. See `HiveAccess`."""

    def __init__(
        self,
        seconds: float = LOCK_SECONDS,
        now: t.Callable[[], float] = time.monotonic,
        sleep: t.Callable[[float], None] = time.sleep,
    ) -> None:
        self._seconds, self._now, self._sleep = seconds, now, sleep

    def open_hive(self, path: str) -> Hive:
        return hives.open_hive(path)

    def write_hive(self, hive: Hive, sections: Sections, removed: t.Iterable[str] = ()) -> Hive:
        return hives.write_hive(hive, sections, removed)

    def find_refusal(self, hive: Hive, sections: Sections, removed: t.Iterable[str] = ()) -> Finding | None:
        return hives.find_refusal(hive, sections, removed)

    def find_left(self, path: str) -> list[str]:
        return hives.find_left(path)

    def sweep(self, path: str) -> None:
        hives.sweep(path)

    def stamp_of(self, path: str) -> Stamp | None:
        try:
            found = os.stat(path)
        except OSError:
            return None
        return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns

    @contextlib.contextmanager
    def locked(self, directories: t.Iterable[str], exclusive: bool) -> t.Iterator[None]:
        """The lock is on the directory of the hives: on the files themselves it would go with them."""
        with contextlib.ExitStack() as stack:
            for directory in sorted({os.path.realpath(found) for found in directories}):
                try:
                    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
                except OSError:  # whoever may not look into it writes nothing there
                    continue
                stack.callback(os.close, descriptor)
                self._lock(descriptor, directory, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH)
            yield

    def _lock(self, descriptor: int, directory: str, kind: int) -> None:
        began = self._now()
        while True:
            try:
                fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
                return
            except OSError as error:
                if error.errno not in (errno.EAGAIN, errno.EACCES):
                    return  # a file system without locks
            waited = self._now() - began
            if waited >= self._seconds:
                raise Blocked([_not_locked(directory, waited)])
            self._sleep(PAUSE)


class PeekedHives(LocalHives):
    """Those of this machine, for what must be known before they are read in earnest. See `hives.peek`."""

    def open_hive(self, path: str) -> Hive:
        return hives.peek(path)


def _not_locked(directory: str, waited: float) -> Finding:
    return Finding.of(
        "scope_locked",
        f"Another run of this collection is at the hives in {directory}, and was for all of the {waited:.0f} seconds "
        f"that this one waited.",
        f"Run again when that run has ended. fuser {directory} names its process.",
    )


class HiveFiles:
    """The hive files of one run."""

    def __init__(self, access: HiveAccess) -> None:
        self._access = access
        self._open: dict[str, Hive] = {}
        self._followed: dict[tuple[str, Stamp], Stamp] = {}

    def open(self, path: str) -> Hive:
        """The hive at a path, as it is now."""
        known = self._open.get(path)
        if known is None or self._access.stamp_of(path) != known.stamp or known.problem is not None:
            known = self._open[path] = self._access.open_hive(path)
        return known

    def locked(self, paths: t.Iterable[str], exclusive: bool) -> contextlib.AbstractContextManager[None]:
        return self._access.locked((os.path.dirname(path) or "." for path in paths), exclusive)

    def is_followed(self, path: str, stamp: Stamp) -> bool:
        """Whether the file at a path is the one that was there with that stamp, or what this run made of it."""
        while (path, stamp) in self._followed:
            stamp = self._followed[path, stamp]
        return self._access.stamp_of(path) == stamp

    def find_left(self, paths: t.Iterable[str]) -> list[str]:
        """What killed runs left beside files; and what living ones have there, unless there is none."""
        return [found for path in paths for found in self._access.find_left(path)]

    def sweep(self, paths: t.Iterable[str]) -> None:
        """Remove what killed runs left beside files. Only while no other run is there."""
        for path in paths:
            self._access.sweep(path)

    def find_refusal(self, hive: Hive, sections: Sections, removed: t.Iterable[str] = ()) -> Finding | None:
        """Why `write` would not write it."""
        return self._access.find_refusal(hive, net(sections), removed)

    def write(self, hive: Hive, sections: Sections, removed: t.Iterable[str] = ()) -> Hive:
        """The hive as it is once it is written. Raises Blocked, with the file untouched."""
        written = self._access.write_hive(hive, net(sections), removed)
        if written is hive:
            return hive
        self._open[hive.path] = written
        written = self.open(hive.path)
        if written.stamp != hive.stamp:
            self._followed[hive.path, hive.stamp] = written.stamp
        return written


def net(sections: Sections) -> Sections:
    """What is left of sections where a value is in them more than once: what comes last."""
    keys: dict[str, tuple[str, dict[str, tuple[str, str | None, str]]]] = {}
    for key, values in sections:
        found = keys.setdefault(upper(key), (key, {}))[1]
        for value in values:
            found[upper(value[0])] = value
    return [(key, list(values.values())) for key, values in keys.values()]
