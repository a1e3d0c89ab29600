# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A look into registry hives without hivex, which goes through the whole of a file: for what is only to be known before
the files are read in earnest.
"""

from __future__ import annotations

import os
import typing as t

from .._core.findings import Finding
from .._formats import hivefile
from .._formats.hive_edit import Sections
from .hive_files import LocalHives
from .hives import Hive


class PeekedHives(LocalHives):
    """See `HiveAccess`. Nothing is written."""

    def open_hive(self, path: str) -> Hive:
        hive = Hive(path)
        hive.stamp = self.stamp_of(path) or hive.stamp
        try:
            base = hivefile.parse_base(_head(path), hive.stamp[2])
        except (OSError, hivefile.Unknown, hivefile.Damaged) as error:
            return _unread(hive, str(error))
        if base.dirty:
            return _unread(hive, "it is dirty")
        hive.sequence = base.primary
        hive.read(base)
        return hive

    def write_hive(self, hive: Hive, sections: Sections, removed: t.Iterable[str] = ()) -> Hive:
        raise NotImplementedError


def _head(path: str) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        return os.pread(descriptor, hivefile.HEAD_SIZE, 0)
    finally:
        os.close(descriptor)


def _unread(hive: Hive, why: str) -> Hive:
    """What the run itself says better."""
    hive.problem = Finding.of("hive_missing", f"{hive.path} was not read: {why}.")
    return hive
