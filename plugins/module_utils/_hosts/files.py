# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How files of a host are read and written: in batches, each batch one round trip, each write atomic."""

from __future__ import annotations

import contextlib
import typing as t

from .._core.state import Directory


class File(t.NamedTuple):
    """One path as it stands.

    data: its bytes, None when nothing is there. link: where the path itself leads when it is a symbolic link (the bytes
    are then those of the file behind it). obstacle: what would keep `write` from replacing it, as a sentence with
    what to do; empty for nothing. missing: of a path where nothing is, the directories above it that `write` would
    make, outermost first.
    """

    data: bytes | None
    link: str | None = None
    obstacle: str = ""
    missing: tuple[str, ...] = ()


class Write(t.NamedTuple):
    """One file to be written.

    data: its new bytes; None with no link removes what stands there. link: make the path itself a symbolic link to this
    instead (POSIX). private: only its owner may read it, and the directories made for it. A file that stands keeps its
    permissions, its owner, its extended attributes, and is written behind its symbolic link. prune: after a removal,
    also remove these directories above it when they are empty then, innermost first.
    """

    path: str
    data: bytes | None
    link: str | None = None
    private: bool = False
    prune: tuple[str, ...] = ()


class Written(t.NamedTuple):
    """What a write replaced, exactly, at the moment it did, and what was read back after it. None: nothing was
    there.
    """

    replaced: File
    stands: File


class Files(t.Protocol):
    """The files of a host. Paths are full paths in the host's own form."""

    def read(self, paths: t.Sequence[str]) -> dict[str, File]:
        """What stands at these paths. Raises ReadError, TransportError."""

    def write(self, writes: t.Sequence[Write]) -> dict[str, Written]:
        """Write in the order given, making directories that are missing.

        When somebody else wrote a file in between, it is replaced all the same, and `Written.replaced` holds what they
        wrote: the caller puts it back or merges it. Raises ApplyError (its `touched` says what was written),
        TransportError.
        """

    def look(self, paths: t.Sequence[str]) -> dict[str, Directory]:
        """What is known of directories: whether they exist, and which go they hold."""

    def readable(self, paths: t.Sequence[str]) -> set[str]:
        """Those of the files that others than their owner may read, as far as the host says that of a file."""

    def present(self, paths: t.Sequence[str]) -> set[str]:
        """Those of the paths where something stands, whatever it is."""

    def make(self, directories: t.Sequence[str]) -> None:
        """Make directories, and those above them. Raises ApplyError."""

    def alone(self, directory: str) -> contextlib.AbstractContextManager[bool]:
        """While no other run of this collection changes what `directory` keeps the record of; False where that cannot
        be had. Raises ApplyError.
        """

    def obstacle_alone(self, directory: str) -> str:
        """What would keep `alone` from being had, or from making what it needs; empty for nothing."""


class PosixFiles(Files, t.Protocol):
    """The files of a host where a path may be made a symbolic link."""

    def links(self, paths: t.Sequence[str]) -> dict[str, File]:
        """What stands at the paths themselves: where a link leads, or that something else is there, whose bytes are not
        read.
        """
