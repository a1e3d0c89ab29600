# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processors, as Go calls them. Pure."""

from __future__ import annotations

import typing as t

#: what uname and Windows call processors, in lower case
_PROCESSORS: t.Mapping[str, str] = {
    **dict.fromkeys(("x86_64", "amd64", "x64", "i86pc"), "amd64"),
    **dict.fromkeys(("aarch64", "arm64"), "arm64"),
    **dict.fromkeys(("i386", "i486", "i586", "i686", "x86"), "386"),
    **dict.fromkeys(("armv8l", "armv8b"), "arm64"),
    **{
        name: name
        for name in ("arm", "mips", "mipsle", "mips64", "mips64le", "ppc64", "ppc64le", "riscv64", "s390x", "loong64")
    },
    "loongarch64": "loong64",
}


def processor(name: str) -> str:
    """What uname or Windows calls a processor, as Go does; empty for an unknown one."""
    found = name.lower()
    return _PROCESSORS.get(found, "arm" if found.startswith("armv") else "")
