# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may do what with the files of an image: what is made there gets the permissions that Windows would have given it.
ntfs-3g by itself gives everybody all rights.
"""

from __future__ import annotations

import contextlib
import os
import stat

from .._formats.descriptors import inherited, writers
from .attributes import read_attribute

#: where ntfs-3g has the security descriptor of a file
_DESCRIPTOR = "system.ntfs_acl"


def descriptor_of(place: str) -> bytes | None:
    """The security descriptor of a file or directory; None where its file system has none, or does not show it."""
    try:
        found = read_attribute(place, _DESCRIPTOR)
        writers(found)
    except (AttributeError, OSError, ValueError):  # macOS has no getxattr
        return None
    return found


def writers_of(place: str, below: int = 0) -> str:
    """The groups of ordinary users that can write to a directory; empty where there are none, or it is not known.
    below: to one that is made so many levels below it.
    """
    found = descriptor_of(place)
    for _level in range(below if found is not None else 0):
        found = inherited(found or b"", directory=True)
    return "" if found is None else " and ".join(writers(found))


def make_like(above: str, place: str) -> None:
    """Make a directory, owned and permitted like the one that it is made in; on NTFS with what it inherits. Raises
    OSError.
    """
    found, descriptor = os.stat(above), descriptor_of(above)
    os.mkdir(place)
    try:
        os.chmod(place, stat.S_IMODE(found.st_mode))
        if os.geteuid() == 0:
            os.chown(place, found.st_uid, found.st_gid)
        if descriptor is not None:
            os.setxattr(place, _DESCRIPTOR, inherited(descriptor, directory=True))
    except OSError:
        with contextlib.suppress(OSError):
            os.rmdir(place)
        raise


def permit(top: str, above: bytes) -> None:
    """Give a directory, and all below it, what they inherit from a directory with this security descriptor."""
    own = inherited(above, directory=True)
    file = inherited(own, directory=False)
    os.setxattr(top, _DESCRIPTOR, own)
    below = inherited(own, directory=True)
    for folder, directories, files in os.walk(top):
        for name in directories:
            os.setxattr(os.path.join(folder, name), _DESCRIPTOR, below)
        for name in files:
            os.setxattr(os.path.join(folder, name), _DESCRIPTOR, file)
