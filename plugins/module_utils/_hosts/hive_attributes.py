# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a hive file has beside its bytes, and how a new file gets it: owner, permissions, extended attributes, and what
Windows keeps of a file on NTFS (its access control list, its attributes, its time of creation).
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys

from .._core.errors import Blocked
from .._core.findings import Finding
from .attributes import read_attribute
from .replace import copy_attributes

_ACL, _ATTRIBUTES, _CREATED = NTFS = ("system.ntfs_acl", "system.ntfs_attrib", "system.ntfs_crtime")
#: read-only, hidden, system, archive, temporary, offline, not indexed; the others say how the data are stored
_KEPT = 0x1 | 0x2 | 0x4 | 0x20 | 0x100 | 0x1000 | 0x2000
_MOUNTS = "/proc/self/mountinfo"
#: file systems where a new file cannot get all that the old one has, and what to do
_LOSING = {
    "ntfs3": "Mount the image with ntfs-3g instead.",
    "fuse.wimfs": "Copy the hive out of the image, change the copy (hives), and write its bytes back into the file.",
}


def find_obstacle(path: str) -> Finding | None:
    """What of a file a new one could not get, as far as that can be known before there is one."""
    kind = file_system(path)
    if kind in _LOSING:
        return _lost(path, f"the file system {kind} has no way to set them", _LOSING[kind])
    try:
        _of_ntfs(path)
    except OSError as error:
        return _lost(path, f"{error.strerror}")
    return None


def hides_open_files(path: str) -> bool:
    """Whether the file system keeps a file that is open under another name when it is replaced, as FUSE does."""
    return file_system(path).startswith("fuse")


def carry(path: str, descriptor: int) -> None:
    """Give a new file what the one at `path` has. Raises Blocked."""
    try:
        like, mine = os.stat(path), os.fstat(descriptor)
        if (like.st_uid, like.st_gid) != (mine.st_uid, mine.st_gid):
            os.fchown(descriptor, like.st_uid, like.st_gid)
        if stat.S_IMODE(like.st_mode) != stat.S_IMODE(mine.st_mode):
            os.fchmod(descriptor, stat.S_IMODE(like.st_mode))
        copy_attributes(path, descriptor)
        _carry_ntfs(path, descriptor)
        mine = os.fstat(descriptor)
    except OSError as error:
        raise Blocked([_lost(path, f"{error.strerror}")]) from None
    if (like.st_uid, like.st_gid, like.st_mode) != (mine.st_uid, mine.st_gid, mine.st_mode):
        raise Blocked([_lost(path, "owner or permissions cannot be set")])


def _carry_ntfs(path: str, descriptor: int) -> None:
    wanted = _of_ntfs(path)
    for name, value in wanted.items():
        if _comparable(name, read_attribute(descriptor, name)) != _comparable(name, value):
            os.setxattr(descriptor, name, value)
    for name, value in wanted.items():
        if _comparable(name, read_attribute(descriptor, name)) != _comparable(name, value):
            raise OSError(errno.EOPNOTSUPP, f"{name} is another one after it was set")


def _comparable(name: str, value: bytes) -> bytes | int:
    return int.from_bytes(value, "little") & _KEPT if name == _ATTRIBUTES else value


def _of_ntfs(path: str) -> dict[str, bytes]:
    """What ntfs-3g says of a file; of a file elsewhere nothing. Raises OSError."""
    if sys.platform != "linux":
        return {}
    found = {}
    for name in NTFS:
        try:
            found[name] = read_attribute(path, name)
        except OSError as error:
            if error.errno not in (errno.ENODATA, errno.EOPNOTSUPP, errno.EINVAL):
                raise
    if found and len(found) != len(NTFS):
        raise OSError(errno.EOPNOTSUPP, f"only {', '.join(found)} can be read")
    return found


def file_system(path: str) -> str:
    """The kind of file system that a file is on, as the kernel names it; empty where that is not known."""
    device = os.stat(path).st_dev
    wanted = f"{os.major(device)}:{os.minor(device)}"
    with contextlib.suppress(OSError), open(_MOUNTS, encoding="utf-8", errors="surrogateescape") as file:
        for line in file:
            fields, _separator, rest = line.partition(" - ")
            if fields.split(" ")[2] == wanted:
                return rest.split(" ")[0]
    return ""


def _lost(
    path: str, why: str, advice: str = "Mount the image with ntfs-3g as root, without options that hide them."
) -> Finding:
    return Finding.of(
        "hive_attributes_lost",
        f"{path} cannot be replaced: a new file would lose its owner, access control list, attributes or time of "
        f"creation ({why}).",
        advice,
    )
