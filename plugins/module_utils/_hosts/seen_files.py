# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of this POSIX host for a run that only looks: each is read once, and what became of it is kept."""

from __future__ import annotations

import contextlib
import os
import pwd
import stat
import typing as t
from dataclasses import dataclass

from .accounts import acting_as

if t.TYPE_CHECKING:
    from .._core.account import Account

#: what became of reading a file
READ, ABSENT, DENIED, DAMAGED = "read", "absent", "denied", "damaged"

_MOST = 4 * 1024 * 1024  # bytes; start files and settings that people write are small
_TOO_LARGE = f"It is larger than {_MOST // 1024 // 1024} MiB."


@dataclass(frozen=True)
class SeenFile:
    """A file as it was seen."""

    #: READ, ABSENT, DENIED, or DAMAGED for what is no file that can be read whole
    state: str
    #: why it is neither READ nor ABSENT, as a sentence
    reason: str = ""
    data: bytes = b""
    #: the name of its owner, or the uid where that has none; empty where it is not known
    owner: str = ""
    #: the permission bits
    mode: int | None = None
    #: the modification time, in seconds since 1970
    mtime: float | None = None

    @property
    def is_exposed(self) -> bool:
        """Whether its permissions let others than its owner read it."""
        return bool((self.mode or 0) & 0o044)


_ABSENT = SeenFile(ABSENT)


class SeenFiles:
    """The files. owner: with whose rights root acts, None for its own. top: the directory that is used as `/`."""

    def __init__(self, owner: Account | None = None, top: str = "") -> None:
        self._owner, self._top = owner, top
        self._seen: dict[str, SeenFile] = {}

    def see(self, paths: t.Iterable[str]) -> dict[str, SeenFile]:
        """The files, each read when it is first wanted."""
        wanted = list(dict.fromkeys(paths))
        new = [path for path in wanted if path not in self._seen]
        if new:
            with acting_as(self._owner):
                self._seen.update((path, _seen(self._top + path)) for path in new)
        return {path: self._seen[path] for path in wanted}

    def present(self, paths: t.Sequence[str]) -> set[str]:
        """Those of the paths where something is, whatever it is."""
        with acting_as(self._owner):
            return {path for path in paths if os.path.exists(self._top + path)}

    def names(self, directory: str) -> list[str]:
        """The names in a directory, sorted; none where it cannot be read."""
        with acting_as(self._owner), contextlib.suppress(OSError):
            return sorted(os.listdir(self._top + directory))
        return []


def _seen(path: str) -> SeenFile:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except (FileNotFoundError, NotADirectoryError):
        return _ABSENT
    except PermissionError:
        return SeenFile(DENIED, "This account may not read it.")
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        return SeenFile(DAMAGED, f"It cannot be read: {why}.")
    try:
        return _read(descriptor)
    except OSError as error:
        return SeenFile(DAMAGED, f"It cannot be read: {error.strerror}.")
    finally:
        os.close(descriptor)


def _read(descriptor: int) -> SeenFile:
    found = os.fstat(descriptor)

    def seen(state: str, reason: str = "", data: bytes = b"") -> SeenFile:
        return SeenFile(state, reason, data, _name(found.st_uid), stat.S_IMODE(found.st_mode), found.st_mtime)

    if not stat.S_ISREG(found.st_mode):
        return seen(DAMAGED, "It is not an ordinary file.")
    if found.st_size > _MOST:
        return seen(DAMAGED, _TOO_LARGE)
    pieces = []
    while piece := os.read(descriptor, found.st_size + 1):
        pieces.append(piece)
        if sum(map(len, pieces)) > _MOST:
            return seen(DAMAGED, _TOO_LARGE)
    return seen(READ, data=b"".join(pieces))


def _name(uid: int) -> str:
    with contextlib.suppress(KeyError):
        return pwd.getpwuid(uid).pw_name
    return str(uid)
