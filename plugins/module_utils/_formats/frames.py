# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The output of a script, in frames: each part between a mark of its own before and behind it. Pure."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from .cmdscript import NOT_STARTED, if_

CANARY = "\u00e9\u4e2d\u044f"  # é中я: which of them arrive tells the code page of the output

#: Python's names of the OEM code pages Windows uses
CODE_PAGES: t.Mapping[int, str] = {
    65001: "utf-8",
    932: "cp932",
    936: "gbk",
    949: "cp949",
    950: "cp950",
    54936: "gb18030",
    **{
        page: f"cp{page}"
        for page in (
            437,
            720,
            737,
            775,
            850,
            852,
            855,
            857,
            858,
            860,
            861,
            862,
            863,
            864,
            865,
            866,
            869,
            874,
            1250,
            1251,
            1252,
            1253,
            1254,
            1255,
            1256,
            1257,
            1258,
        )
    },
}


@dataclass(frozen=True)
class Framed:
    """The parts of an output, by name, as bytes. A part whose end mark did not arrive is not in it.

    not_started: whether the host did not start reg.exe, and its empty output is no answer (see `run_reporting_start`).
    """

    parts: t.Mapping[str, tuple[bytes, ...]]
    not_started: bool = False

    def first(self, name: str) -> bytes | None:
        found = self.parts.get(name)
        return found[0] if found else None

    def __contains__(self, name: object) -> bool:
        return name in self.parts


def framed(mark: str, name: str, *statements: str) -> list[str]:
    """The statements between their marks. `mark` is a token of this run, so that no value can imitate it."""
    return [f"echo {mark}+{name}", *statements, f"echo {mark}-{name}"]


def report_not_started(mark: str, condition: str = "") -> str:
    """Report it where cmd.exe could not start reg.exe in the statement before. condition: that of the statement."""
    return if_(f"{condition} if {NOT_STARTED}" if condition else NOT_STARTED, f"echo {mark}!")


def run_reporting_start(mark: str, command: str, condition: str = "") -> list[str]:
    """A command of reg.exe, under a condition of its own, and a report where it could not be started. See
    `cmdscript.run_retrying_start` for one that is started again.
    """
    return [if_(condition, command) if condition else command, report_not_started(mark, condition)]


def parse(mark: str, output: bytes) -> Framed:
    """The parts of `output` that have both marks, in order of appearance.

    A mark stands at the beginning of a line, or behind a NUL: the second half of the last character of a UTF-16 text.
    """
    begin = re.escape(mark.encode("ascii"))
    output, reports = re.subn(rb"(?m)^" + begin + rb"![ \r]*(?:\n|\Z)", b"", output)
    pattern = re.compile(rb"(?m)(?:^[ \r]*|(?<=\0))" + begin + rb"([+-])([a-z0-9]+)[ \r]*(?:\n|\Z)")
    parts: dict[str, list[bytes]] = {}
    name, start = "", 0
    for found in pattern.finditer(output):
        label = found.group(2).decode("ascii")
        if found.group(1) == b"+":
            name, start = label, found.end()
        elif label == name:
            parts.setdefault(name, []).append(output[start : found.start()])
            name = ""
    return Framed({key: tuple(items) for key, items in parts.items()}, reports > 0)


def code_page(canary: bytes, oem: int | None) -> str | None:
    """Python's codec for an output whose canary arrived as `canary`; None when `oem` (the host's OEM page) must be
    known first.

    Raises ValueError for a page that nobody here can read.
    """
    text = canary.strip()
    if text == CANARY.encode("utf-8"):
        return "utf-8"
    if oem is None:
        return None
    codec = CODE_PAGES.get(oem)
    if codec is None:
        raise ValueError(f"code page {oem}")
    return codec


def decode(data: bytes, codec: str) -> str:
    """`data` as text; a byte that fits nowhere becomes U+FFFD, which marks a loss (docs/facts.md, "Code pages")."""
    return data.decode(codec, errors="replace")
