# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Security descriptors of Windows, self-relative, as NTFS has them [MS-DTYP 2.4.6]: what a new file or directory
inherits from the directory that it is made in, and which ordinary users can write. Pure.
"""

from __future__ import annotations

import struct
import typing as t

ADMINISTRATORS = bytes.fromhex("01020000000000052000000020020000")
_SYSTEM = bytes.fromhex("010100000000000512000000")
_CREATOR_OWNER = bytes.fromhex("010100000000000300000000")
_CREATOR_GROUP = bytes.fromhex("010100000000000301000000")
#: everybody's groups, and what a message calls them
_ORDINARY = {
    bytes.fromhex("010100000000000100000000"): "Everyone",
    bytes.fromhex("010100000000000507000000"): "Anonymous Logon",
    bytes.fromhex("01010000000000050b000000"): "Authenticated Users",
    bytes.fromhex("010100000000000504000000"): "Interactive",
    bytes.fromhex("01020000000000052000000021020000"): "Users",
    bytes.fromhex("01020000000000052000000022020000"): "Guests",
}

_OBJECTS, _CONTAINERS, _NO_FURTHER, _ONLY_INHERITED, _INHERITED = 1, 2, 4, 8, 16
_ALLOWED, _DENIED = 0, 1
_PRESENT, _AUTO_INHERITED, _SELF_RELATIVE = 0x4, 0x400, 0x8000
#: write and append data, delete a child, delete, change permissions, take ownership, GENERIC_WRITE, GENERIC_ALL
_WRITING = 0x2 | 0x4 | 0x40 | 0x10000 | 0x40000 | 0x80000 | 0x40000000 | 0x10000000
#: what the generic rights come to for a file
_GENERIC = {0x80000000: 0x120089, 0x40000000: 0x120116, 0x20000000: 0x1200A0, 0x10000000: 0x1F01FF}


class Entry(t.NamedTuple):
    """An entry of an access control list. sid: with all that is behind the mask."""

    kind: int
    flags: int
    mask: int
    sid: bytes

    @property
    def counts(self) -> bool:
        """Whether it is about the object itself."""
        return not self.flags & _ONLY_INHERITED


def entries(descriptor: bytes) -> list[Entry] | None:
    """The entries of the access control list; None where there is none, which lets everybody do everything. Raises
    ValueError.
    """
    try:
        control, place = struct.unpack_from("<2xH12xI", descriptor)
        if not control & _PRESENT or not place:
            return None
        (count,) = struct.unpack_from("<4xH", descriptor, place)
        found, place = [], place + 8
        for _number in range(count):
            kind, flags, size, mask = struct.unpack_from("<BBHI", descriptor, place)
            if size < 8 or place + size > len(descriptor):
                raise ValueError("an entry of the access control list has a wrong size")
            found.append(Entry(kind, flags, mask, descriptor[place + 8 : place + size]))
            place += size
    except struct.error as error:
        raise ValueError("it ends too early") from error
    return found


def inherited(parent: bytes, directory: bool) -> bytes:
    """The descriptor of a file or directory that an administrator makes in a directory with this one, as Windows makes
    it. Raises ValueError.
    """
    above = entries(parent)
    own = None if above is None else [one for entry in above for one in _passed_on(entry, directory)]
    return _descriptor(own)


def _passed_on(entry: Entry, directory: bool) -> t.Iterator[Entry]:
    """What a child has of an entry of its parent."""
    onward = 0 if not directory or entry.flags & _NO_FURTHER else entry.flags & (_OBJECTS | _CONTAINERS)
    counts = bool(entry.flags & (_CONTAINERS if directory else _OBJECTS))
    own = entry._replace(flags=_INHERITED, mask=_specific(entry.mask), sid=_of_creator(entry.sid))
    if counts and (own.mask, own.sid) == (entry.mask, entry.sid):
        yield own._replace(flags=_INHERITED | onward)
        return
    if counts:
        yield own
    if onward:
        yield entry._replace(flags=_INHERITED | _ONLY_INHERITED | onward)


def _specific(mask: int) -> int:
    for generic, rights in _GENERIC.items():
        if mask & generic:
            mask = mask & ~generic | rights
    return mask


def _of_creator(sid: bytes) -> bytes:
    return {_CREATOR_OWNER: ADMINISTRATORS, _CREATOR_GROUP: _SYSTEM}.get(sid, sid)


def _descriptor(own: list[Entry] | None) -> bytes:
    packed = [struct.pack("<BBHI", one.kind, one.flags, 8 + len(one.sid), one.mask) + one.sid for one in own or ()]
    control = _SELF_RELATIVE | (0 if own is None else _PRESENT | _AUTO_INHERITED)
    owner = 20
    group = owner + len(ADMINISTRATORS)
    place = 0 if own is None else group + len(_SYSTEM)
    head = struct.pack("<BBHIIII", 1, 0, control, owner, group, 0, place) + ADMINISTRATORS + _SYSTEM
    if own is None:
        return head
    return head + struct.pack("<BBHHH", 2, 0, 8 + sum(map(len, packed)), len(packed), 0) + b"".join(packed)


def writers(descriptor: bytes) -> list[str]:
    """The groups of ordinary users that can write to what has this descriptor, or let themselves. Raises ValueError."""
    own = entries(descriptor)
    if own is None:
        return ["Everyone"]
    denied: dict[bytes, int] = {}
    found = []
    for entry in own:
        if not entry.counts or entry.sid not in _ORDINARY:
            continue
        if entry.kind == _DENIED:
            denied[entry.sid] = denied.get(entry.sid, 0) | _specific(entry.mask)
        elif entry.kind == _ALLOWED and _specific(entry.mask) & ~denied.get(entry.sid, 0) & _WRITING:
            found.append(_ORDINARY[entry.sid])
    return sorted(set(found))
