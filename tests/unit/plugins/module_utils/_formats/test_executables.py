"""Platforms by the first bytes of programs."""

from __future__ import annotations

import struct
import sys

import pytest

from ansible_collections.gopher.devbox.plugins.module_utils._formats.executables import HEAD, platform_of


def elf(machine: int, wide: bool = True, big: bool = False, abi: int = 0) -> bytes:
    ident = b"\x7fELF" + bytes([2 if wide else 1, 2 if big else 1, 1, abi]) + bytes(8)
    return ident + struct.pack(">HH" if big else "<HH", 2, machine) + bytes(44)


def macho(cpu: int) -> bytes:
    return b"\xcf\xfa\xed\xfe" + struct.pack("<I", cpu) + bytes(24)


def pe(machine: int, at: int = 128) -> bytes:
    return (
        (b"MZ" + bytes(58) + struct.pack("<I", at)).ljust(at, b"\0")
        + b"PE\0\0"
        + struct.pack("<H", machine)
        + bytes(18)
    )


@pytest.mark.parametrize(
    ("head", "platform"),
    [
        (elf(62), ("linux", "amd64")),
        (elf(62, abi=9), ("freebsd", "amd64")),
        (elf(62, abi=12), ("openbsd", "amd64")),
        (elf(183, abi=2), ("netbsd", "arm64")),
        (elf(3, wide=False), ("linux", "386")),
        (elf(40, wide=False), ("linux", "arm")),
        (elf(21), ("linux", "ppc64le")),
        (elf(21, big=True), ("linux", "ppc64")),
        (elf(22, big=True), ("linux", "s390x")),
        (elf(8, wide=False), ("linux", "mipsle")),
        (elf(8, wide=False, big=True), ("linux", "mips")),
        (elf(8, big=True), ("linux", "mips64")),
        (elf(243), ("linux", "riscv64")),
        (elf(258), ("linux", "loong64")),
        (macho(0x01000007), ("darwin", "amd64")),
        (macho(0x0100000C), ("darwin", "arm64")),
        (pe(0x8664), ("windows", "amd64")),
        (pe(0xAA64), ("windows", "arm64")),
        (pe(0x014C, at=240), ("windows", "386")),
        (elf(4242), None),
        (elf(62, abi=77), None),
        (macho(7), None),
        (pe(0x1234), None),
        (b"#!/bin/sh\nexec go\n", None),
        (b"", None),
        (b"\x7fELF", None),
        (b"MZ", None),
        (pe(0x8664, at=5000)[:HEAD], None),
    ],
)
def test_platform(head: bytes, platform: tuple[str, str] | None) -> None:
    assert platform_of(head) == platform


def test_every_cut_of_a_head_is_taken() -> None:
    for head in (elf(62), macho(0x01000007), pe(0x8664)):
        for length in range(len(head)):
            assert platform_of(head[:length]) in (None, platform_of(head))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks for a Linux program")
def test_a_program_of_this_machine() -> None:
    with open(sys.executable, "rb") as file:
        system, processor = platform_of(file.read(HEAD)) or ("", "")
    assert system == "linux"
    assert processor
