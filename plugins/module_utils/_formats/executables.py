# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For which system and processor a program is, by the first bytes of its file: ELF, Mach-O, PE. Pure."""

from __future__ import annotations

import typing as t

HEAD = 1024  # bytes of a file that are enough: Go's PE header begins at 0x80

#: ELF's e_machine; of those that have several forms the name by (64 bits, big endian)
_ELF: t.Mapping[int, str] = {
    3: "386",
    40: "arm",
    62: "amd64",
    183: "arm64",
    22: "s390x",
    243: "riscv64",
    258: "loong64",
}
_ELF_FORMS: t.Mapping[int, t.Mapping[tuple[bool, bool], str]] = {
    8: {(False, True): "mips", (False, False): "mipsle", (True, True): "mips64", (True, False): "mips64le"},
    21: {(True, True): "ppc64", (True, False): "ppc64le"},
}
#: ELF's EI_OSABI as Go's linker sets it; it says nothing for Linux [cmd/link/internal/ld: elf.go]
_ABI: t.Mapping[int, str] = {0: "linux", 3: "linux", 2: "netbsd", 9: "freebsd", 12: "openbsd"}
_MACHO: t.Mapping[int, str] = {0x01000007: "amd64", 0x0100000C: "arm64"}
_PE: t.Mapping[int, str] = {0x8664: "amd64", 0xAA64: "arm64", 0x014C: "386", 0x01C4: "arm"}


def platform_of(head: bytes) -> tuple[str, str] | None:
    """(GOOS, GOARCH) of the program that begins with these bytes; None for what is no program, or one of no kind that
    Go makes.
    """
    if head[:4] == b"\x7fELF" and len(head) >= 20:
        return _elf(head)
    if head[:4] == b"\xcf\xfa\xed\xfe" and len(head) >= 8:
        return _pair("darwin", _MACHO.get(int.from_bytes(head[4:8], "little")))
    if head[:2] == b"MZ" and len(head) >= 64:
        at = int.from_bytes(head[60:64], "little")
        if head[at : at + 4] == b"PE\0\0" and len(head) >= at + 6:
            return _pair("windows", _PE.get(int.from_bytes(head[at + 4 : at + 6], "little")))
    return None


def _elf(head: bytes) -> tuple[str, str] | None:
    wide, big, abi = head[4] == 2, head[5] == 2, head[7]
    machine = int.from_bytes(head[18:20], "big" if big else "little")
    forms = _ELF_FORMS.get(machine)
    system = _ABI.get(abi)
    return _pair(system, forms.get((wide, big)) if forms else _ELF.get(machine)) if system else None


def _pair(system: str, processor: str | None) -> tuple[str, str] | None:
    return (system, processor) if processor else None
