# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of this host."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import struct
import sys
import time
import typing as t

from .._env.errors import ApplyError
from .._env.state import Directory
from .files import File, Write, Written
from .people import Person, acting_as

LOCK_PATIENCE = 60.0  # seconds to wait for another run of this collection
_FS_IOC_GETFLAGS = 0x80006601 | struct.calcsize("l") << 16  # linux/fs.h: _IOR('f', 1, long)
_IMMUTABLE, _APPEND_ONLY = 0x10, 0x20
_DARWIN_IMMUTABLE = 0x2 | 0x20000  # UF_IMMUTABLE, SF_IMMUTABLE of sys/stat.h
_VERSION_BYTES = 4096


class LocalFiles:
    """See `PosixFiles`. With `owner`, root acts with that account's rights, and what it makes belongs to it."""

    def __init__(self, owner: Person | None = None) -> None:
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
        """Those of the files that others than their owner may read, as far as the permissions of the file itself say."""
        with acting_as(self._owner):
            return {path for path in paths if os.path.exists(path) and os.stat(path).st_mode & 0o044}

    def look(self, paths: t.Sequence[str]) -> dict[str, Directory]:
        with acting_as(self._owner):
            found = {path: _directory(path) for path in dict.fromkeys(paths)}
        return {path: _known(*seen) for path, seen in found.items()}

    def _read(self, path: str) -> File:
        link = os.readlink(path) if os.path.islink(path) else None
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return File(None, link, _why_not_there(os.path.realpath(path)))
        except NotADirectoryError:
            return File(None, link, f"{path} cannot be made: something on the way to it is no directory. Move it away.")
        except OSError as error:
            return File(b"", link, f"{path} cannot be read: {error.strerror}. Look at its permissions, and at where its links lead.")
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            os.close(descriptor)
            return File(b"", link, f"{path} is no ordinary file. Move it away.")
        with open(descriptor, "rb") as file:
            return File(file.read(), link, self._obstacle(path, found, _flags(descriptor, found)))

    def _obstacle(self, path: str, found: os.stat_result, flags: int) -> str:
        """What keeps a file that stands from being replaced."""
        if flags & (_IMMUTABLE | _APPEND_ONLY):
            kind = "immutable" if flags & _IMMUTABLE else "append-only"
            return f"{path} is {kind}. Take the flag off (chattr -{'i' if flags & _IMMUTABLE else 'a'}; on macOS chflags nouchg), or leave the file out."
        if not found.st_mode & 0o222:
            return f"{path} is read-only (mode {stat.S_IMODE(found.st_mode):04o}): somebody protected it. Give its owner the right to write (chmod u+w)."
        if found.st_nlink > 1:
            return f"{path} has {found.st_nlink} hard links, and replacing it would part them. Make it a file of its own, or a symbolic link."
        if self._owner is not None and found.st_uid != self._owner.uid:
            return f"{path} belongs to uid {found.st_uid}, not to {self._owner.name}. Give it to its user (chown)."
        return _directory_obstacle(os.path.dirname(os.path.realpath(path)), path)

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
                        f"{write.path} could not be written: {error.strerror or error}.", "Look at the rights and the space on that file system.", done
                    ) from error
                out[write.path] = Written(replaced, self._read(write.path) if write.link is None else _link(write.path))
        return out

    def make(self, directories: t.Sequence[str]) -> None:
        """Make directories and those above them. Raises ApplyError."""
        with acting_as(self._owner):
            for path in directories:
                try:
                    os.makedirs(path, exist_ok=True)
                except OSError as error:
                    raise ApplyError(
                        f"The directory {path} could not be made: {error.strerror}.", "Look at the rights on its parent.", "Nothing of it was written."
                    ) from error

    @contextlib.contextmanager
    def alone(self, directory: str) -> t.Iterator[bool]:
        """While no other run of this collection changes what `directory` keeps the record of. Raises ApplyError."""
        from .replace import make_private

        with acting_as(self._owner):
            try:
                make_private(directory)
                descriptor = os.open(os.path.join(directory, "lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            except OSError as error:
                raise ApplyError(
                    f"{directory} could not be used for the journal: {error.strerror}.", "Look at the rights on it.", "Nothing was written."
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
                    f"Another run has held {directory}/lock for {LOCK_PATIENCE:.0f} seconds.", "Wait for it, or end it, and run again.", "Nothing was written."
                ) from error
            time.sleep(0.05)


def _link(path: str) -> File:
    """What stands at a path itself."""
    if os.path.islink(path):
        return File(None, os.readlink(path))
    return File(b"") if os.path.lexists(path) else File(None, None, _why_not_there(path))


# --- what stands in the way ------------------------------------------------------------------------------------------


def _flags(descriptor: int, found: os.stat_result) -> int:
    """Whether a file is immutable or append-only, as Linux's flags have it."""
    if sys.platform == "darwin":
        return _IMMUTABLE if getattr(found, "st_flags", 0) & _DARWIN_IMMUTABLE else 0
    try:
        raw = fcntl.ioctl(descriptor, _FS_IOC_GETFLAGS, struct.pack("l", 0))
    except OSError:
        return 0
    return t.cast(int, struct.unpack("l", raw)[0])


def _why_not_there(path: str) -> str:
    """What keeps a file from being made."""
    directory = os.path.dirname(path)
    while not os.path.lexists(directory):
        directory = os.path.dirname(directory)
    if not os.path.isdir(directory):
        return f"{path} cannot be made: {directory} is no directory. Move it away."
    return _directory_obstacle(directory, path)


def _directory_obstacle(directory: str, path: str) -> str:
    """What keeps a file in this directory from being made anew or replaced."""
    if os.statvfs(directory).f_flag & os.ST_RDONLY:
        return f"{path} cannot be written: the file system of {directory} is mounted read-only. Have it mounted for writing."
    if not os.access(directory, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids):
        return f"{path} cannot be written: this account may not write into {directory}. Use an account that may (become), or correct its permissions."
    with contextlib.suppress(OSError):
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            if _flags(descriptor, os.fstat(descriptor)) & _IMMUTABLE:
                return f"{path} cannot be written: {directory} is immutable. Take the flag off (chattr -i)."
        finally:
            os.close(descriptor)
    return ""


def _directory(path: str) -> tuple[bool, bool, bytes | None]:
    """Whether it is there, whether a go is in it, and what stands in the SDK's VERSION."""
    if not os.path.isdir(path):
        return False, False, None
    program = os.path.join(path, "go")
    if not (os.path.isfile(program) and os.access(program, os.X_OK)):
        return True, False, None
    with contextlib.suppress(OSError), open(os.path.join(os.path.dirname(path.rstrip("/")), "VERSION"), "rb") as file:
        return True, True, file.read(_VERSION_BYTES)
    return True, True, None


def _known(exists: bool, has_go: bool, version: bytes | None) -> Directory:
    """Not while another account acts: what is imported may lie where it cannot read."""
    if version is None:
        return Directory(exists, "go" if has_go else None)
    from .._formats.programs import parse_version

    return Directory(exists, "go", parse_version(version.decode("utf-8", "replace")))
