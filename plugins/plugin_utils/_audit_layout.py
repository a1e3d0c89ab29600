# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lines of a report: of a limited width, without anything that a terminal would obey. Pure."""

from __future__ import annotations

import typing as t
import unicodedata

WIDTH = 100
#: the hosts of a group that are listed by name; of the others the number is shown
NAMED = 20
_GAP = 2
#: what the last column of a table always gets
_LEAST = 30


def printable(text: str) -> str:
    """The text on one line, with an escape for each character that moves the cursor, changes the direction of the text
    or cannot be seen.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)


def width(text: str) -> int:
    """The columns that a text takes."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def wrapped(text: str, indent: int = 0, hanging: int | None = None) -> list[str]:
    """The text in lines of at most WIDTH columns. Words longer than a line are broken. hanging: the indent of all lines
    but the first.
    """
    return _filled(" " * indent, text, indent if hanging is None else hanging)


def _filled(start: str, text: str, hanging: int) -> list[str]:
    """The text behind `start`."""
    lines, line, used = [], start, width(start)
    is_empty = True
    for word in printable(text).split(" "):
        if not is_empty and used + 1 + width(word) > WIDTH:
            lines.append(line)
            line, used, is_empty = " " * hanging, hanging, True
        if not is_empty:
            line, used = line + " ", used + 1
        for char in word if used + width(word) > WIDTH else ():
            if used + _columns(char) > WIDTH:
                lines.append(line)
                line, used = " " * hanging, hanging
            line, used = line + char, used + _columns(char)
            word = ""
        line, used, is_empty = line + word, used + width(word), False
    return [found.rstrip() for found in (*lines, line)]


def table(rows: t.Sequence[t.Sequence[str]], indent: int) -> list[str]:
    """Columns; the last one wraps. A column that would leave too little room for it is only as wide as leaves enough.
    What is wider has a line of its own.
    """
    if not rows:
        return []
    room = WIDTH - indent - _LEAST
    widths = []
    for column in range(len(rows[0]) - 1):
        widths.append(min(max(width(printable(row[column])) for row in rows), max(0, room - _GAP)))
        room -= widths[-1] + _GAP
    hanging = indent + sum(size + _GAP for size in widths)
    return [line for row in rows for line in _row(row, widths, indent, hanging)]


def _row(row: t.Sequence[str], widths: t.Sequence[int], indent: int, hanging: int) -> list[str]:
    lines: list[str] = []
    start, used = " " * indent, indent
    end = indent
    for cell, size in zip(row[:-1], widths, strict=True):
        end += size + _GAP
        *whole, start = _filled(start, cell, used)
        lines += whole
        used = end
        if width(start) > end - _GAP:
            lines.append(start.rstrip())
            start = ""
        start += " " * (end - width(start))
    return [*lines, *_filled(start, row[-1], hanging)]


def numbered(count: int, noun: str) -> str:
    """`1 host`, `2 hosts`; the plural of a noun in -y is in -ies."""
    if count == 1:
        return f"1 {noun}"
    return f"{count} {noun[:-1]}ies" if noun.endswith("try") else f"{count} {noun}s"


def names(hosts: t.Iterable[str]) -> str:
    """Hosts by name, the first ones where they are many."""
    listed = sorted(hosts)
    rest = len(listed) - NAMED
    return ", ".join(listed[:NAMED]) + (f" and {rest} more" if rest > 0 else "")
