# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of this host."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import secrets
import stat
import struct
import sys
import time
import typing as t

from .._env.errors import ApplyError
from .._env.state import Directory
from .._formats.programs import parse_version
from .files import File, Write, Written
from .people import Person, acting_as

LOCK_PATIENCE = 60.0  # seconds to wait for another run of this collection
OLD_ENOUGH = 600.0  # seconds after which a temporary file belongs to a killed run
_TEMPORARY = ".gopher-devbox-"
_FS_IOC_GETFLAGS = 0x80006601 | struct.calcsize("l") << 16  # linux/fs.h: _IOR('f', 1, long)
_IMMUTABLE, _APPEND_ONLY = 0x10, 0x20
_DARWIN_IMMUTABLE = 0x2 | 0x20000  # UF_IMMUTABLE, SF_IMMUTABLE of sys/stat.h
_RENAME_EXCHANGE, _RENAME_SWAP = 2, 2  # linux/fs.h for renameat2; sys/stdio.h of macOS for renamex_np
_AT_FDCWD = -100
_VERSION_BYTES = 4096


class LocalFiles:
    """See `Files`. With `owner`, root acts with that account's rights, and what it makes belongs to it."""

    def __init__(self, owner: Person | None = None) -> None:
        self._owner = owner

    # --- reading -----------------------------------------------------------------------------------------------------

    def read(self, paths: t.Sequence[str]) -> dict[str, File]:
        with acting_as(self._owner):
            return {path: self._read(path) for path in dict.fromkeys(paths)}

    def present(self, paths: t.Sequence[str]) -> set[str]:
        with acting_as(self._owner):
            return {path for path in paths if os.path.exists(path)}

    def look(self, paths: t.Sequence[str]) -> dict[str, Directory]:
        with acting_as(self._owner):
            return {path: _directory(path) for path in dict.fromkeys(paths)}

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
        out: dict[str, Written] = {}
        with acting_as(self._owner):
            for write in writes:
                try:
                    replaced = _put(write)
                except OSError as error:
                    done = f"Written: {', '.join(out)}." if out else "Nothing of it was written."
                    raise ApplyError(
                        f"{write.path} could not be written: {error.strerror or error}.", "Look at the rights and the space on that file system.", done
                    ) from error
                out[write.path] = Written(replaced, self._read(write.path))
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
        with acting_as(self._owner):
            try:
                _make_private(directory)
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


def _put(write: Write) -> File:
    """Carry out one write; what it replaced."""
    if write.data is None and write.link is None:
        return _remove(write)
    path = write.path if write.link is not None else os.path.realpath(write.path)
    directory, name = os.path.split(path)
    if write.private:
        _make_private(directory)
    else:
        os.makedirs(directory, exist_ok=True)
    temporary = _temporary(directory, name)
    try:
        if write.link is not None:
            os.symlink(write.link, temporary)
        else:
            _fill(temporary, t.cast(bytes, write.data), path, write.private)
        replaced = _swap(temporary, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
    _sync(directory)
    return replaced


def _temporary(directory: str, name: str) -> str:
    """A name beside the file that nobody has; what a killed run left under such names goes."""
    for found in os.listdir(directory):
        if found.startswith(f".{name}{_TEMPORARY}"):
            with contextlib.suppress(OSError):
                if time.time() - os.lstat(os.path.join(directory, found)).st_mtime > OLD_ENOUGH:
                    os.unlink(os.path.join(directory, found))
    return os.path.join(directory, f".{name}{_TEMPORARY}{secrets.token_hex(4)}")


def _fill(temporary: str, data: bytes, path: str, private: bool) -> None:
    """A new file with these bytes, and with the permissions, owner and extended attributes of the one at `path`."""
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with open(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        try:
            like = os.stat(path)
        except FileNotFoundError:
            os.fchmod(descriptor, 0o600 if private else 0o644)
        else:
            mine = os.fstat(descriptor)
            if (like.st_uid, like.st_gid) != (mine.st_uid, mine.st_gid):
                os.fchown(descriptor, like.st_uid, like.st_gid)
            os.fchmod(descriptor, stat.S_IMODE(like.st_mode))
            _copy_attributes(path, descriptor)
        os.fsync(descriptor)


def _copy_attributes(path: str, descriptor: int) -> None:
    """Extended attributes: access control lists, the SELinux context, users' own. What the file system gives by itself need not be set."""
    if sys.platform != "linux":
        return
    try:
        names = os.listxattr(path)
    except OSError:
        return
    for name in names:
        value = os.getxattr(path, name)
        try:
            if os.getxattr(descriptor, name) == value:
                continue
        except OSError as error:
            if error.errno not in (errno.ENODATA, errno.EOPNOTSUPP):
                raise
        os.setxattr(descriptor, name, value)


def _swap(temporary: str, path: str) -> File:
    """Put `temporary` in the place of `path` at once; what stood there then."""
    if not os.path.lexists(path):
        try:
            os.link(temporary, path, follow_symlinks=False)
            os.unlink(temporary)
            return File(None)
        except FileExistsError:
            pass  # somebody made it meanwhile
        except OSError as error:
            if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK):
                raise
            os.rename(temporary, path)  # a file system without hard links
            return File(None)
    if _exchange(temporary, path):
        return _taken(temporary)
    replaced = _taken(path)
    os.rename(temporary, path)
    return replaced


def _taken(path: str) -> File:
    """What stands at a path, as bytes or as a link."""
    if os.path.islink(path):
        return File(None, os.readlink(path))
    with open(path, "rb") as file:
        return File(file.read())


def _remove(write: Write) -> File:
    if not os.path.lexists(write.path):
        return File(None)
    directory, name = os.path.split(write.path)
    temporary = _temporary(directory, name)
    os.rename(write.path, temporary)
    replaced = _taken(temporary)
    os.unlink(temporary)
    if write.prune:
        with contextlib.suppress(OSError):
            os.rmdir(directory)
    with contextlib.suppress(FileNotFoundError):
        _sync(directory)
    return replaced


def _exchange(one: str, other: str) -> bool:
    """Exchange two paths atomically; False where the system cannot (renameat2 of Linux, renamex_np of macOS)."""
    libc = ctypes.CDLL(None, use_errno=True)
    first, second = os.fsencode(one), os.fsencode(other)
    try:
        if sys.platform == "darwin":
            return not libc.renamex_np(first, second, ctypes.c_uint(_RENAME_SWAP))
        return not libc.renameat2(_AT_FDCWD, first, _AT_FDCWD, second, ctypes.c_uint(_RENAME_EXCHANGE))
    except AttributeError:
        return False


def _sync(directory: str) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with contextlib.suppress(OSError):  # some file systems cannot sync a directory
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _make_private(directory: str) -> None:
    """Make a directory that only its owner may enter; those above it as usual."""
    if not os.path.isdir(directory):
        os.makedirs(os.path.dirname(directory), exist_ok=True)
        with contextlib.suppress(FileExistsError):
            os.mkdir(directory, 0o700)


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


def _directory(path: str) -> Directory:
    if not os.path.isdir(path):
        return Directory(False)
    program = os.path.join(path, "go")
    if not (os.path.isfile(program) and os.access(program, os.X_OK)):
        return Directory(True)
    version = None
    with contextlib.suppress(OSError), open(os.path.join(os.path.dirname(path.rstrip("/")), "VERSION"), "rb") as file:
        version = parse_version(file.read(_VERSION_BYTES).decode("utf-8", "replace"))
    return Directory(True, "go", version)
