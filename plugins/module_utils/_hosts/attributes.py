# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Extended attributes of files on Linux, those of ntfs-3g too."""

from __future__ import annotations

import ctypes
import errno
import os

_MOST = 65536  # bytes of an attribute that the kernel takes


def read_attribute(file: str | int, name: str) -> bytes:
    """An extended attribute of a path, or of an open file. Raises OSError.

    Python looks with room for 128 bytes first. For more, ntfs-3g answers EIO where others answer ERANGE.
    """
    try:
        return os.getxattr(file, name)
    except OSError as error:
        if error.errno != errno.EIO:
            raise
    library = ctypes.CDLL(None, use_errno=True)
    room = ctypes.create_string_buffer(_MOST)
    if isinstance(file, int):
        size = library.fgetxattr(file, name.encode("ascii"), room, _MOST)
    else:
        size = library.getxattr(os.fsencode(file), name.encode("ascii"), room, _MOST)
    if size < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), None if isinstance(file, int) else file)
    return room.raw[:size]
