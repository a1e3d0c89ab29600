# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of images share: programs for Windows of a few bytes, and the directory of a Windows."""

from __future__ import annotations

import contextlib
import os
import shutil
import struct
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hivemaker import make, text
from images import ntuser, software, system

AMD64, ARM64 = 0x8664, 0xAA64
EXPAND_SZ = 2


def program(machine: int = AMD64) -> bytes:
    """The header of a program for Windows."""
    return b"MZ".ljust(60, b"\0") + struct.pack("<I", 64) + b"PE\0\0" + struct.pack("<H", machine) + bytes(900)


def windows(directory: Path, machine: int = AMD64, system32: str = "Windows/System32") -> Path:
    """The directory of a Windows that is not started yet: its directories, a program, and the registry of the machine
    and of users to come.
    """
    (directory / system32 / "config").mkdir(parents=True)
    (directory / system32 / "ntdll.dll").write_bytes(program(machine))
    (directory / "Program Files").mkdir()
    (directory / "Users" / "Default").mkdir(parents=True)
    for place, hive in (
        (f"{system32}/config/SYSTEM", system()),
        (f"{system32}/config/SOFTWARE", software({})),
        ("Users/Default/NTUSER.DAT", ntuser()),
    ):
        (directory / place).write_bytes(make(hive))
    return directory


def with_user(image: Path, sid: str, name: str, values: Mapping[str, str] | None = None) -> None:
    """One user more, whose registry has these values."""
    config = next(image.glob("*/*/config"))
    (config / "SOFTWARE").write_bytes(make(software({sid: rf"C:\Users\{name}"})))
    (image / "Users" / name).mkdir()
    hive = ntuser()
    hive.at("Environment").values += [(variable, EXPAND_SZ, text(data)) for variable, data in (values or {}).items()]
    (image / "Users" / name / "NTUSER.DAT").write_bytes(make(hive))


def needs(*programs: str) -> pytest.MarkDecorator:
    """Skips a test where these programs are missing, or this account may not mount."""
    lacking = [name for name in programs if shutil.which(name) is None]
    why = f"{', '.join(lacking)} missing" if lacking else "only root mounts" if os.geteuid() else "no /dev/fuse"
    return pytest.mark.skipif(bool(lacking) or os.geteuid() != 0 or not Path("/dev/fuse").exists(), reason=why)


@contextlib.contextmanager
def ntfs(directory: Path) -> Iterator[Path]:
    """A fresh NTFS, mounted by ntfs-3g."""
    file, place = directory / "ntfs.img", directory / "ntfs"
    place.mkdir()
    with file.open("wb") as sparse:
        sparse.truncate(40 << 20)
    subprocess.run(["mkntfs", "-F", "-Q", str(file)], check=True, capture_output=True)
    subprocess.run(["ntfs-3g", str(file), str(place)], check=True, capture_output=True)
    try:
        yield place
    finally:
        subprocess.run(["fusermount", "-u", str(place)], check=True, capture_output=True)


@contextlib.contextmanager
def wim(file: Path, place: Path) -> Iterator[Path]:
    """The first image of a WIM, mounted for writing; what was changed is in the file afterwards."""
    place.mkdir()
    subprocess.run(["wimlib-imagex", "mountrw", str(file), "1", str(place)], check=True, capture_output=True)
    try:
        yield place
    finally:
        subprocess.run(["wimlib-imagex", "unmount", str(place), "--commit"], check=True, capture_output=True)
