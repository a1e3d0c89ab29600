# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files for tar.exe's standard input. Pure."""

from __future__ import annotations

import gzip
import io
import tarfile
import typing as t


def pack(members: t.Sequence[tuple[str, bytes]], now: float = 0) -> bytes:
    """A gzip-compressed ustar archive, members in order, of the time `now` (seconds since 1970). Names must be ASCII;
    raises ValueError for others.
    """
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in members:
            if not name.isascii():
                raise ValueError(f"not an ASCII name: {name!r}")
            info = tarfile.TarInfo(name)
            info.size = len(data)
            info.mode = 0o600
            info.mtime = int(now)
            archive.addfile(info, io.BytesIO(data))
    return gzip.compress(raw.getvalue(), compresslevel=9, mtime=0)
