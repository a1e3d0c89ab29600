# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of this host."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import time
import typing as t

from .._core.errors import ApplyError
from .._core.state import Directory
from . import obstacle_texts, obstacles
from .accounts import acting_as
from .files import File, Write, Written

if t.TYPE_CHECKING:
    from .._core.account import Account

LOCK_PATIENCE = 60.0  # seconds to wait for another run of this collection
LOCK = "lock"
_VERSION_BYTES = 4096


class LocalFiles:
    """See `PosixFiles`. With `owner`, root acts with that account's rights, and what it makes belongs to it."""

    def __init__(self, owner: Account | None = None) -> None:
        self._owner = owner

    # --- reading -----------------------------------------------------------------------------------------------------

    def read(self, paths: t.Sequence[str]) -> dict[str, File]:
        with acting_as(self._owner):
            return {path: self._read(path) for path in dict.fromkeys(paths)}

    def links(self, paths: t.Sequence[str]) -> dict[str, File]:
        with acting_as(self._owner):
            return {path: _link(path) for path in dict.fromkeys(paths)}

    def present(self, paths: t.Sequence[str]) -> set[str]:
        with acting_as(self._owner):
            return {path for path in paths if os.path.exists(path)}

    def readable(self, paths: t.Sequence[str]) -> set[str]:
        """Those of the files that others than their owner may read, as far as the permissions of the file
        itself say.
        """
        with acting_as(self._owner):
            return {path for path in paths if os.path.exists(path) and os.stat(path).st_mode & 0o044}

    def look(self, paths: t.Sequence[str]) -> dict[str, Directory]:
        with acting_as(self._owner):
            found = {path: _directory(path) for path in dict.fromkeys(paths)}
        return {path: _known(seen) for path, seen in found.items()}

    def obstacle_alone(self, directory: str) -> str:
        with acting_as(self._owner):
            return obstacles.to_lock(os.path.join(directory, LOCK))

    def _read(self, path: str) -> File:
        link = os.readlink(path) if os.path.islink(path) else None
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            real = os.path.realpath(path)
            return File(None, link, obstacles.to_make(real, path), () if link else obstacles.missing_above(path))
        except NotADirectoryError:
            return File(None, link, obstacle_texts.not_on_the_way(path))
        except OSError as error:
            return File(b"", link, obstacles.to_read(path, error))
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            os.close(descriptor)
            return File(b"", link, obstacle_texts.not_ordinary(path))
        with open(descriptor, "rb") as file:
            return File(file.read(), link, obstacles.to_replace(path, found, obstacles.flags(descriptor, found)))

    # --- writing -----------------------------------------------------------------------------------------------------

    def write(self, writes: t.Sequence[Write]) -> dict[str, Written]:
        from .replace import put

        out: dict[str, Written] = {}
        with acting_as(self._owner):
            for write in writes:
                try:
                    replaced = put(write)
                except OSError as error:
                    done = f"Written: {', '.join(out)}." if out else "Nothing of it was written."
                    raise ApplyError(
                        f"{write.path} could not be written: {error.strerror or error}.",
                        "Look at the rights and the space on that file system.",
                        done,
                    ) from error
                out[write.path] = Written(replaced, self._read(write.path) if write.link is None else _link(write.path))
        return out

    def make(self, directories: t.Sequence[str]) -> None:
        """Make directories and those above them. Raises ApplyError."""
        from .replace import make_directories

        with acting_as(self._owner):
            for path in directories:
                try:
                    make_directories(path)
                except OSError as error:
                    raise ApplyError(
                        f"The directory {path} could not be made: {error.strerror}.",
                        "Look at the rights on its parent.",
                        "Nothing of it was written.",
                    ) from error

    @contextlib.contextmanager
    def alone(self, directory: str) -> t.Iterator[bool]:
        """While no other run of this collection changes what `directory` keeps the record of. Raises ApplyError."""
        from .replace import make_private

        with acting_as(self._owner):
            try:
                make_private(directory)
                descriptor = os.open(
                    os.path.join(directory, LOCK), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600
                )
            except OSError as error:
                raise ApplyError(
                    f"{directory} could not be used for the journal: {error.strerror}.",
                    "Look at the rights on it.",
                    "Nothing was written.",
                ) from error
        try:
            _wait_for(descriptor, directory)
            yield True
        finally:
            os.close(descriptor)


def _wait_for(descriptor: int, directory: str) -> None:
    limit = time.monotonic() + LOCK_PATIENCE
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError as error:
            if time.monotonic() > limit:
                raise ApplyError(
                    f"Another run has held {directory}/lock for {LOCK_PATIENCE:.0f} seconds.",
                    "Wait for it, or end it, and run again.",
                    "Nothing was written.",
                ) from error
            time.sleep(0.05)


def _link(path: str) -> File:
    """What stands at a path itself."""
    if os.path.islink(path):
        return File(None, os.readlink(path), obstacles.to_directory(os.path.dirname(path), path))
    return (
        File(b"")
        if os.path.lexists(path)
        else File(None, None, obstacles.to_make(path, path), obstacles.missing_above(path))
    )


class _Looked(t.NamedTuple):
    """Whether a directory is there, whether a go is in it, what stands in the SDK's VERSION, and what keeps it from
    being made.

    linked: of a go that is a link to an SDK's, what stands in the VERSION of that one.
    """

    exists: bool
    has_go: bool = False
    version: bytes | None = None
    obstacle: str = ""
    linked: bytes | None = None


def _directory(path: str) -> _Looked:
    if not os.path.isdir(path):
        return _Looked(False, obstacle=obstacles.to_make(os.path.realpath(path), path))
    program = os.path.join(path, "go")
    if not (os.path.isfile(program) and os.access(program, os.X_OK)):
        return _Looked(True)
    version = _version_in(os.path.dirname(path.rstrip("/")))
    if version is not None or not os.path.islink(program):
        return _Looked(True, True, version)
    real = os.path.realpath(program)
    return _Looked(True, True, linked=_version_in(real.removesuffix("/bin/go")) if real.endswith("/bin/go") else None)


def _version_in(root: str) -> bytes | None:
    """What stands in an SDK's VERSION."""
    with contextlib.suppress(OSError), open(os.path.join(root, "VERSION"), "rb") as file:
        return file.read(_VERSION_BYTES)
    return None


def _known(seen: _Looked) -> Directory:
    """Not while another account acts: what is imported may lie where it cannot read."""
    text = seen.version if seen.version is not None else seen.linked
    if text is None:
        return Directory(seen.exists, "go" if seen.has_go else None, obstacle=seen.obstacle)
    from .._formats.programs import parse_version

    version = parse_version(text.decode("utf-8", "replace"))
    return (
        Directory(seen.exists, "go", linked=version) if seen.version is None else Directory(seen.exists, "go", version)
    )
