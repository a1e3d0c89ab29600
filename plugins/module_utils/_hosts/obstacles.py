# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What would keep a file of this host from being made, replaced or removed, in words with what to do. Nothing is
written to find out.

A file is replaced by another one that is renamed into its place. So the directory must be writable, and whoever acts
must be able to give the new file the owner and the group of the old one: root can, anybody else only for what is
theirs.
"""

from __future__ import annotations

import contextlib
import fcntl
import grp
import os
import pwd
import stat
import struct
import sys
import typing as t

from . import obstacle_texts as texts

FS_IOC_GETFLAGS = 0x80006601 | struct.calcsize("l") << 16  # linux/fs.h: _IOR('f', 1, long)
_IMMUTABLE, _APPEND_ONLY = 0x10, 0x20
_DARWIN_IMMUTABLE = 0x2 | 0x20000  # UF_IMMUTABLE, SF_IMMUTABLE of sys/stat.h
TEMPORARY = texts.TEMPORARY
_MOUNTS = "/proc/self/mountinfo"


def to_replace(path: str, found: os.stat_result, held: int) -> str:
    """What keeps a file that is there from being replaced or removed. held: its `flags`."""
    real = os.path.realpath(path)
    return (
        texts.of_a_store(path, real)
        or _protected(_named(path, real), real, found, held)
        or _of_another(_named(path, real), found)
        or _mounted(path, real)
        or to_directory(os.path.dirname(real), path)
    )


def to_read(path: str, error: OSError) -> str:
    """What a file is called that could not be read."""
    real = os.path.realpath(path)
    owner = ""
    with contextlib.suppress(OSError):
        found = os.stat(real)
        owner = _account(found.st_uid) if found.st_uid != os.geteuid() else ""
    return texts.unreadable(_named(path, real), str(error.strerror), owner)


def to_make(real: str, path: str) -> str:
    """What keeps a file, or a directory, that is not there from being made. real: where the links on the way to it
    lead.
    """
    store = texts.of_a_store(path, real)
    if store:
        return store
    directory = os.path.dirname(real)
    while not os.path.lexists(directory):
        directory = os.path.dirname(directory)
    if not os.path.isdir(directory):
        return texts.not_a_directory(_named(path, real), directory)
    return to_directory(directory, path)


def missing_above(path: str) -> tuple[str, ...]:
    """The directories above a path that are not there, outermost first."""
    out: list[str] = []
    directory = os.path.dirname(path)
    while not os.path.lexists(directory):
        out.insert(0, directory)
        directory = os.path.dirname(directory)
    return tuple(out)


def to_directory(directory: str, path: str) -> str:
    """What keeps a file in this directory from being made anew, replaced or removed."""
    store = texts.of_a_store(path, directory + "/")
    if store:
        return store
    system = os.statvfs(directory)
    if system.f_flag & os.ST_RDONLY:
        return texts.on_read_only(path, directory)
    if not os.access(directory, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids):
        return texts.not_writable(path, directory, _account(os.geteuid()), _account(os.stat(directory).st_uid))
    if (system.f_blocks and not (system.f_bfree if os.geteuid() == 0 else system.f_bavail)) or (
        system.f_files and not system.f_ffree
    ):
        return texts.full(path, directory)
    with contextlib.suppress(OSError):
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            held = flags(descriptor, os.fstat(descriptor))
        finally:
            os.close(descriptor)
        if held & (_IMMUTABLE | _APPEND_ONLY):
            return texts.flagged_directory(path, directory, bool(held & _IMMUTABLE))
    return ""


def to_lock(path: str) -> str:
    """What keeps a lock file from being opened for writing, or from being made."""
    try:
        found = os.lstat(path)
    except OSError:
        real = os.path.realpath(path)
        return to_make(real, path)
    if not stat.S_ISREG(found.st_mode):
        return texts.not_ordinary(path)
    if not os.access(path, os.R_OK | os.W_OK, effective_ids=os.access in os.supports_effective_ids):
        return texts.lock_of_another(path, _account(os.geteuid()), _account(found.st_uid))
    return ""


def flags(descriptor: int, found: os.stat_result) -> int:
    """Whether a file is immutable or append-only, as Linux's flags have it."""
    if sys.platform == "darwin":
        return _IMMUTABLE if getattr(found, "st_flags", 0) & _DARWIN_IMMUTABLE else 0
    try:
        raw = fcntl.ioctl(descriptor, FS_IOC_GETFLAGS, struct.pack("l", 0))
    except OSError:
        return 0
    return t.cast(int, struct.unpack("l", raw)[0])


def is_held(held: int) -> bool:
    """Whether these `flags` keep a file from being written."""
    return bool(held & (_IMMUTABLE | _APPEND_ONLY))


# --- one kind each ---------------------------------------------------------------------------------------------------


def _named(path: str, real: str) -> str:
    """A path, with where it leads when it is a link itself."""
    return texts.named(path, real, os.path.islink(path))


def _hard_links(real: str) -> int:
    """How many names a file has, without those that a run of ours gave it for a moment, or left when it was killed."""
    directory, name = os.path.split(real)
    ours = 0
    try:
        with contextlib.suppress(OSError):
            for found in os.listdir(directory):
                if found.startswith(f".{name}{TEMPORARY}"):
                    with contextlib.suppress(OSError):
                        ours += os.path.samestat(os.lstat(os.path.join(directory, found)), os.lstat(real))
        return os.lstat(real).st_nlink - ours
    except OSError:  # it went meanwhile
        return 0


def _protected(name: str, real: str, found: os.stat_result, held: int) -> str:
    if held & (_IMMUTABLE | _APPEND_ONLY):
        return texts.flagged(name, bool(held & _IMMUTABLE))
    if not found.st_mode & 0o222:
        return texts.protected(name, stat.S_IMODE(found.st_mode))
    if found.st_nlink > 1 and (links := _hard_links(real)) > 1:
        return texts.hard_links(name, links)
    return ""


def _of_another(name: str, found: os.stat_result) -> str:
    """Only root can give a file to somebody else, or to a group that one is not in."""
    me = os.geteuid()
    if me == 0:
        return ""
    if found.st_uid != me:
        return texts.of_another(name, _account(me), _account(found.st_uid))
    if found.st_gid not in {os.getegid(), *os.getgroups()}:
        group = str(found.st_gid)
        with contextlib.suppress(KeyError):
            group = grp.getgrgid(found.st_gid).gr_name
        return texts.of_another_group(name, _account(me), group)
    return ""


def _mounted(path: str, real: str) -> str:
    try:
        with open(_MOUNTS, encoding="utf-8", errors="surrogateescape") as file:
            points = {line.split(" ")[4] for line in file}
    except (OSError, IndexError):
        return ""
    return texts.mounted(path) if texts.as_mounted(real) in points else ""


def _account(uid: int) -> str:
    """The name of an account, or its number where it has none."""
    with contextlib.suppress(KeyError):
        return pwd.getpwuid(uid).pw_name
    return f"uid {uid}"
