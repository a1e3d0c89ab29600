# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What directories of this POSIX host are: who can write to them, and on which file system they are.

Ordinary users are accounts of persons. Somebody can put a program into a directory who may write to it, or to the
nearest directory above one that is not there, and who may move it away: who may write to a directory above it that is
not sticky. Access control lists are not looked at.
"""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import re
import stat
import typing as t

from .accounts import FIRST_PERSON

_MOUNTS = "/proc/self/mountinfo"
_ESCAPED = re.compile(r"\\([0-7]{3})")
_NOBODY = 65534
#: file systems that cost time: of another host, or of Windows below WSL
_REMOTE = frozenset(
    "nfs nfs4 cifs smb3 smbfs afs ceph 9p glusterfs lustre ncpfs fuse.sshfs fuse.rclone fuse.s3fs afpfs webdav".split()
)
_OF_A_HOST = frozenset("drvfs vboxsf virtiofs prl_fs fuse.vmhgfs-fuse fuse.grpcfuse osxfs fakeowner".split())


class Mounts(t.NamedTuple):
    """The mounts of this host, as (directory, file system), the longest directory first."""

    found: tuple[tuple[str, str], ...]

    @classmethod
    def read(cls) -> Mounts:
        """Those of Linux; none elsewhere."""
        try:
            with open(_MOUNTS, encoding="utf-8", errors="surrogateescape") as file:
                lines = file.read().splitlines()
        except OSError:
            return cls(())
        return cls(tuple(sorted(parsed(lines), key=lambda pair: -len(pair[0]))))

    def of(self, path: str) -> tuple[str, bool]:
        """(file system, whether it is another host's) of a full path where it is one that costs time, else nothing."""
        kind = next(
            (kind for place, kind in self.found if path == place or path.startswith(f"{place.rstrip('/')}/")), ""
        )
        return (kind, kind in _REMOTE) if kind in _REMOTE | _OF_A_HOST else ("", False)


def parsed(lines: t.Iterable[str]) -> t.Iterator[tuple[str, str]]:
    """(directory, file system) of the lines of mountinfo [man 5 proc]; of two on one directory the last one counts."""
    found: dict[str, str] = {}
    for line in lines:
        before, _sign, behind = line.partition(" - ")
        fields, more = before.split(" "), behind.split(" ")
        if len(fields) < 5 or len(more) < 2:
            continue
        kind = "drvfs" if more[0] == "9p" and "aname=drvfs" in more[-1] else more[0]
        found[_ESCAPED.sub(lambda code: chr(int(code[1], 8)), fields[4])] = kind
    return iter(found.items())


class Writers:
    """Whether ordinary users can write to directories. account: the uid of the one whose environment it is."""

    def __init__(self, account: int) -> None:
        self._account = account
        self._known: dict[tuple[str, bool, bool], bool | None] = {}
        self._private: dict[tuple[int, int], bool] = {}

    def can(self, path: str, everybody: bool) -> bool | None:
        """Whether an ordinary user can put a program there; None where that is not known. everybody: the account
        itself is one of them, because the directory is on everybody's PATH.
        """
        place = os.path.realpath(path)
        while not os.path.isdir(place) and place != "/":
            place = os.path.dirname(place)
        found = [self._one(place, everybody, above=False)]
        for start in dict.fromkeys((place, os.path.normpath(path))):
            directory = os.path.dirname(start)
            while True:
                found.append(self._one(directory, everybody, above=True))
                if directory == "/":
                    break
                directory = os.path.dirname(directory)
        return True if any(found) else None if None in found else False

    def _one(self, path: str, everybody: bool, above: bool) -> bool | None:
        key = (path, everybody, above)
        if key not in self._known:
            self._known[key] = self._judged(path, everybody, above)
        return self._known[key]

    def _judged(self, path: str, everybody: bool, above: bool) -> bool | None:
        try:
            found = os.stat(path)
        except FileNotFoundError:
            return False
        except OSError:
            return None
        if self._is_person(found.st_uid, everybody):
            return True
        if above and found.st_mode & stat.S_ISVTX:
            return False
        if found.st_mode & 0o002:
            return True
        return bool(found.st_mode & 0o020) and self._has_persons(found.st_gid, found.st_uid, everybody)

    def _is_person(self, uid: int, everybody: bool) -> bool:
        return FIRST <= uid != _NOBODY and (everybody or uid != self._account)

    def _has_persons(self, gid: int, owner: int, everybody: bool) -> bool:
        """Whether a group is one of persons: not of the system, and not the owner's own."""
        if gid < FIRST:
            return False
        if (gid, owner) not in self._private:
            self._private[gid, owner] = _is_private(gid, owner)
        return everybody or not self._private[gid, owner]


#: the first uid and gid of persons
FIRST = FIRST_PERSON if os.uname().sysname == "Darwin" else 1000


def _is_private(gid: int, owner: int) -> bool:
    """Whether a group has its owner alone in it, as far as the host's own list says."""
    with contextlib.suppress(KeyError):
        group, account = grp.getgrgid(gid), pwd.getpwuid(owner)
        return account.pw_gid == gid and set(group.gr_mem) <= {account.pw_name}
    return False
