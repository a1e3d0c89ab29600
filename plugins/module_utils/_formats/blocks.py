# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A marked block of ours in a file of somebody else's. On bytes, of which those outside the block are never changed.
Pure.

    # >>> gopher.devbox >>>
    # gopher.devbox manages what stands between these marks, and overwrites it.
    ...
    # <<< gopher.devbox <<<

The block's lines end in LF, in a file with CRLF as well: sh takes a CR for part of a word, so that CRLF would break our
lines as it has broken the others, and PowerShell reads both. A block that somebody turned to CRLF, or indented, is
still found; its body then differs, and is replaced.

A file may hold several blocks, told apart by a name in their marks (`# >>> gopher.devbox end >>>`); the one without a
name is meant where none is given.

Where the file's last line had no end, the block brings one, and says so in its second line; taken out as the last thing
of the file, it takes that end with it. Where there was no file, that line says so as well, and the file goes with the
block when nothing else was written into it.
"""

from __future__ import annotations

import typing as t

BEGIN, END = "# >>> gopher.devbox >>>", "# <<< gopher.devbox <<<"


def marks(name: str = "") -> tuple[str, str]:
    """The lines around the block of this name."""
    word = f"gopher.devbox {name}" if name else "gopher.devbox"
    return f"# >>> {word} >>>", f"# <<< {word} <<<"


_MANAGED = "# gopher.devbox manages what stands between these marks, and overwrites it."
_ENDED = _MANAGED + " The line before had no end."
_MADE = _MANAGED + " The file was made for it."
_BOM = b"\xef\xbb\xbf"
_BLANKS = b" \t\r"


class BlockError(ValueError):
    """The marks in a file do not make one block. The message names their lines."""


class Block(t.NamedTuple):
    """A block in some data: where its first byte is and the first behind it, its body as `put` got it, and what its
    second line says.
    """

    start: int
    end: int
    body: str
    managed: str = _MANAGED

    @property
    def ended(self) -> bool:
        """Whether it ended the line before."""
        return self.managed == _ENDED

    @property
    def made(self) -> bool:
        """Whether the file was made for it."""
        return self.managed == _MADE


def find(data: bytes, name: str = "") -> Block | None:
    """The block of this name in `data`, or None when there is no mark. Raises BlockError when a mark has no partner, or
    there are several such blocks.
    """
    texts = [mark.encode() for mark in marks(name)]
    found = [line for line in _lines(data) if line.text in texts]
    if not found:
        return None
    if [mark.text for mark in found] != texts:
        raise BlockError(_what_is_wrong(found, *marks(name)))
    begin, end = found
    body = data[begin.end : end.start].decode("utf-8", "surrogateescape")
    first, _sep, rest = body.partition("\n")
    first = first.strip(" \t\r")
    return (
        Block(begin.start, end.end, rest, first)
        if first in (_MANAGED, _ENDED, _MADE)
        else Block(begin.start, end.end, body)
    )


def put(data: bytes | None, body: str, where: str = "end", name: str = "") -> bytes:
    """`data`, None for no file, with a block of these lines: in the place of the block of this name, else at the `top`
    or the `end`.

    On top means behind a byte order mark and a `#!` line. `body` gets the end of its last line, when it has none.
    Raises BlockError as `find`, and ValueError for a body with a mark in it.
    """
    if body and not body.endswith("\n"):
        body += "\n"
    begin, end = marks(name)
    if any(line.text in (begin.encode(), end.encode()) for line in _lines(body.encode("utf-8", "surrogateescape"))):
        raise ValueError("A block holds no marks.")

    def block(managed: str) -> bytes:
        return f"{begin}\n{managed}\n{body}{end}\n".encode("utf-8", "surrogateescape")

    if data is None:
        return block(_MADE)
    found = find(data, name)
    if found is not None:
        return data[: found.start] + block(found.managed) + data[found.end :]
    place = _top(data) if where == "top" else len(data)
    before = data[:place]
    if before in (b"", _BOM) or before.endswith(b"\n"):
        return before + block(_MANAGED) + data[place:]
    return before + b"\n" + block(_ENDED) + data[place:]


def take_out(data: bytes, name: str = "") -> bytes | None:
    """`data` without the block; as it was before `put`, None for no file, when nobody else changed it since. Raises
    BlockError as `find`.
    """
    found = find(data, name)
    if found is None:
        return data
    before, after = data[: found.start], data[found.end :]
    if found.ended and not after and before.endswith(b"\n"):
        before = before[:-1]
    return None if found.made and not before + after else before + after


def _top(data: bytes) -> int:
    start = len(_BOM) if data.startswith(_BOM) else 0
    if not data.startswith(b"#!", start):
        return start
    line = data.find(b"\n", start)
    return len(data) if line < 0 else line + 1


class _Line(t.NamedTuple):
    """number from 1, start and end in the data, text without blanks around it."""

    number: int
    start: int
    end: int
    text: bytes


def _lines(data: bytes) -> t.Iterator[_Line]:
    start = len(_BOM) if data.startswith(_BOM) else 0
    number = 0
    while start < len(data):
        number += 1
        line = data.find(b"\n", start)
        end = len(data) if line < 0 else line + 1
        yield _Line(number, start, end, data[start:end].rstrip(b"\n").strip(_BLANKS))
        start = end


def _what_is_wrong(found: t.Sequence[_Line], begin: str, end: str) -> str:
    told = ", ".join(f"line {mark.number}: {mark.text.decode()}" for mark in found)
    kinds = [mark.text.decode() for mark in found]
    if end not in kinds and len(kinds) == 1:
        problem = "The block begins and does not end"
    elif begin not in kinds and len(kinds) == 1:
        problem = "The block ends and does not begin"
    elif kinds == [begin, end] * (len(kinds) // 2):
        problem = "There are several blocks"
    else:
        problem = "The marks of the block do not belong together"
    return f"{problem} ({told})."
