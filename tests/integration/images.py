# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of images share: programs for Windows of a few bytes, and the directory of a Windows."""

from __future__ import annotations

import struct
from pathlib import Path

AMD64, ARM64 = 0x8664, 0xAA64


def program(machine: int = AMD64) -> bytes:
    """The header of a program for Windows."""
    return b"MZ".ljust(60, b"\0") + struct.pack("<I", 64) + b"PE\0\0" + struct.pack("<H", machine) + bytes(900)


def windows(directory: Path, machine: int = AMD64, system32: str = "Windows/System32") -> Path:
    """The directory of a Windows that has no more than its directories and a program."""
    (directory / system32).mkdir(parents=True)
    (directory / system32 / "ntdll.dll").write_bytes(program(machine))
    (directory / "Program Files").mkdir()
    return directory
