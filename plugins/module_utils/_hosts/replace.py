# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Putting a file into its place on this host: at once, with the nature of the one that stood there, and on the disk.
For runs that write.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import secrets
import stat
import sys
import time
import typing as t

from .files import File, Write
from .obstacles import TEMPORARY

OLD_ENOUGH = 600.0  # seconds after which a temporary file belongs to a killed run
_RENAME_NOREPLACE, _RENAME_EXCHANGE = 1, 2  # linux/fs.h, for renameat2
_RENAME_SWAP, _RENAME_EXCL = 2, 4  # sys/stdio.h of macOS, for renamex_np
_AT_FDCWD = -100


def put(write: Write) -> File:
    """Carry out one write; what it replaced."""
    if write.data is None and write.link is None:
        return _remove(write)
    path = write.path if write.link is not None else os.path.realpath(write.path)
    directory, name = os.path.split(path)
    if write.private:
        make_private(directory)
    else:
        make_directories(directory)
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
    sync_directory(directory)
    return replaced


def _temporary(directory: str, name: str) -> str:
    """A name beside the file that nobody has; what a killed run left under such names goes."""
    for found in os.listdir(directory):
        if found.startswith(f".{name}{TEMPORARY}"):
            with contextlib.suppress(OSError):
                if time.time() - os.lstat(os.path.join(directory, found)).st_mtime > OLD_ENOUGH:
                    os.unlink(os.path.join(directory, found))
    return os.path.join(directory, f".{name}{TEMPORARY}{secrets.token_hex(4)}")


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
            copy_attributes(path, descriptor)
        os.fsync(descriptor)


def copy_attributes(path: str, descriptor: int) -> None:
    """Extended attributes: access control lists, the SELinux context, users' own. What the file system gives by itself
    need not be set.
    """
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
        if _rename(temporary, path, _RENAME_NOREPLACE, _RENAME_EXCL):
            return File(None)
        try:  # a file system without that, or somebody made it meanwhile
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
    if exchange(temporary, path):
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
    for path in write.prune:
        with contextlib.suppress(OSError):
            os.rmdir(path)
    with contextlib.suppress(FileNotFoundError):
        sync_directory(directory)
    return replaced


def exchange(one: str, other: str) -> bool:
    """Exchange two paths atomically; False where the system cannot."""
    return _rename(one, other, _RENAME_EXCHANGE, _RENAME_SWAP)


def _rename(one: str, other: str, linux: int, darwin: int) -> bool:
    """Rename with flags (renameat2 of Linux, renamex_np of macOS); False where that was not done."""
    libc = ctypes.CDLL(None, use_errno=True)
    first, second = os.fsencode(one), os.fsencode(other)
    try:
        if sys.platform == "darwin":
            return not libc.renamex_np(first, second, ctypes.c_uint(darwin))
        return not libc.renameat2(_AT_FDCWD, first, _AT_FDCWD, second, ctypes.c_uint(linux))
    except AttributeError:
        return False


def sync_directory(directory: str) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with contextlib.suppress(OSError):  # some file systems cannot sync a directory
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_directories(directory: str) -> None:
    """Make a directory, and those above it. What root makes is for everybody to read, whatever its umask; a person's
    umask is respected.
    """
    if os.path.isdir(directory):
        return
    if os.geteuid() != 0:
        os.makedirs(directory, exist_ok=True)
        return
    make_directories(os.path.dirname(directory))
    with contextlib.suppress(FileExistsError):
        os.mkdir(directory, 0o755)
        os.chmod(directory, 0o755)  # noqa: S103 - start files must be read by everybody, and hold no secret


def make_private(directory: str) -> None:
    """Make a directory that only its owner may enter; those above it as usual."""
    if not os.path.isdir(directory):
        make_directories(os.path.dirname(directory))
        with contextlib.suppress(FileExistsError):
            os.mkdir(directory, 0o700)
