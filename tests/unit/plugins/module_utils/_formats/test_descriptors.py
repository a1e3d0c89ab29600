# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Security descriptors: what is inherited, and who can write."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.gopher.devbox.plugins.module_utils._formats.descriptors import (
    ADMINISTRATORS,
    Entry,
    entries,
    inherited,
    writers,
)

EVERYONE = bytes.fromhex("010100000000000100000000")
USERS = bytes.fromhex("01020000000000052000000021020000")
SYSTEM = bytes.fromhex("010100000000000512000000")
CREATOR = bytes.fromhex("010100000000000300000000")
OI, CI, NP, IO, ID = 1, 2, 4, 8, 16
FULL, MODIFY, READ, ALL, RX = 0x1F01FF, 0x1301BF, 0x1200A9, 0x10000000, 0xA0000000
#: of C:\Program Files, without the service that installs Windows and the app packages
PROGRAM_FILES = [
    Entry(0, 0, MODIFY, SYSTEM),
    Entry(0, OI | CI | IO, ALL, SYSTEM),
    Entry(0, 0, MODIFY, ADMINISTRATORS),
    Entry(0, OI | CI | IO, ALL, ADMINISTRATORS),
    Entry(0, 0, READ, USERS),
    Entry(0, OI | CI | IO, RX, USERS),
    Entry(0, OI | CI | IO, ALL, CREATOR),
]


def descriptor(own: list[Entry]) -> bytes:
    """The owner first, then the list: the order that NTFS has them in need not be ours."""
    packed = b"".join(struct.pack("<BBHI", one.kind, one.flags, 8 + len(one.sid), one.mask) + one.sid for one in own)
    acl = struct.pack("<BBHHH", 2, 0, 8 + len(packed), len(own), 0) + packed
    head = struct.pack("<BBHIIII", 1, 0, 0x8004, 20 + len(acl), 20 + len(acl), 0, 20)
    return head + acl + ADMINISTRATORS


def test_what_is_below_program_files() -> None:
    """As icacls shows a directory and a file that an administrator makes there: `(I)(F)`, `(I)(OI)(CI)(IO)(F)` …"""
    below = inherited(descriptor(PROGRAM_FILES), directory=True)
    assert entries(below) == [
        Entry(0, ID, FULL, SYSTEM),
        Entry(0, ID | OI | CI | IO, ALL, SYSTEM),
        Entry(0, ID, FULL, ADMINISTRATORS),
        Entry(0, ID | OI | CI | IO, ALL, ADMINISTRATORS),
        Entry(0, ID, READ, USERS),
        Entry(0, ID | OI | CI | IO, RX, USERS),
        Entry(0, ID, FULL, ADMINISTRATORS),
        Entry(0, ID | OI | CI | IO, ALL, CREATOR),
    ]
    assert inherited(below, directory=True) == below
    assert entries(inherited(below, directory=False)) == [
        Entry(0, ID, FULL, SYSTEM),
        Entry(0, ID, FULL, ADMINISTRATORS),
        Entry(0, ID, READ, USERS),
        Entry(0, ID, FULL, ADMINISTRATORS),
    ]
    assert writers(below) == writers(inherited(below, directory=False)) == []


@pytest.mark.parametrize(
    ("flags", "of_directory", "of_file"),
    [
        (0, [], []),
        (CI, [ID | CI], []),
        (OI, [ID | IO | OI], [ID]),
        (OI | CI, [ID | OI | CI], [ID]),
        (OI | CI | IO, [ID | OI | CI], [ID]),
        (OI | CI | NP, [ID], [ID]),
        (CI | NP, [ID], []),
        (OI | NP, [], [ID]),
    ],
)
def test_flags(flags: int, of_directory: list[int], of_file: list[int]) -> None:
    parent = descriptor([Entry(0, flags, FULL, USERS)])
    for directory, expected in ((True, of_directory), (False, of_file)):
        found = entries(inherited(parent, directory))
        assert found is not None
        assert [entry.flags for entry in found] == expected


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ([Entry(0, 0, FULL, EVERYONE)], ["Everyone"]),
        ([Entry(0, 0, READ, EVERYONE)], []),
        ([Entry(0, IO | OI, FULL, USERS)], []),
        ([Entry(0, 0, 0x4, USERS), Entry(0, 0, 0x2, EVERYONE)], ["Everyone", "Users"]),
        ([Entry(0, 0, 0x40000000, USERS)], ["Users"]),
        ([Entry(1, 0, FULL, USERS), Entry(0, 0, FULL, USERS)], []),
        ([Entry(0, 0, FULL, USERS), Entry(1, 0, FULL, USERS)], ["Users"]),
        ([Entry(0, 0, FULL, ADMINISTRATORS), Entry(0, 0, FULL, SYSTEM)], []),
        ([], []),
    ],
)
def test_who_can_write(own: list[Entry], expected: list[str]) -> None:
    assert writers(descriptor(own)) == expected


def test_no_list_lets_everybody_write() -> None:
    nothing = struct.pack("<BBHIIII", 1, 0, 0x8004, 0, 0, 0, 0)
    assert writers(nothing) == ["Everyone"]
    assert writers(inherited(nothing, directory=True)) == ["Everyone"]


@given(st.binary(max_size=80) | st.binary(max_size=40).map(lambda tail: descriptor(PROGRAM_FILES)[:60] + tail))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        entries(data)
    except ValueError:
        return
    assert entries(inherited(data, directory=True)) is None or writers(inherited(data, directory=False)) is not None
