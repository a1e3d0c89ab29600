# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A start file without what it does for Go: the blocks of this collection, and lines of somebody else that only set a
variable of Go or put its directories on PATH. Pure.
"""

from __future__ import annotations

import typing as t

from .._core.patterns import pattern
from . import blocks

#: a whole command that sets a variable of Go
_SETS = pattern(r"\s*(?:export\s+|typeset\s+-\w+\s+|set\s+(?:-{1,2}[\w-]+\s+)+)?(?:GO[A-Z0-9_]*|CGO_\w+)(?:\+?=|\s+\S)")
_EXPORTS = pattern(r"\s*export(?:\s+(?:GO[A-Z0-9_]*|CGO_\w+))+\s*\Z")
#: a whole command that changes PATH, and what is Go's in it
_PATH = pattern(
    r"\s*(?:(?:export\s+)?(?:PATH|path)\+?=|fish_add_path\s|set\s+(?:-{1,2}[\w-]+\s+)+(?:PATH|fish_user_paths)\s)"
)
_OF_GO = pattern(r"(?i).*(?<![a-z0-9_])go(?:root|path|bin|lang|env)?(?:[-0-9./}\s\"':)]|\Z)")
#: what makes a line a part of something larger, or several commands
_MORE = pattern(r".*(?:;|&&|\|\||<<|\\\s*\Z)")

_MENTIONS = pattern(rb"(?s).*(?:GO[A-Z_]|(?<![A-Za-z])go(?![A-Za-z])|goenv|golang|(?<![A-Za-z])gvm(?![A-Za-z]))")


def without_go(data: bytes) -> bytes:
    """The file without what it does for Go. A command that is left out leaves one that does nothing: it may be all that
    is in a branch. Raises blocks.BlockError for marks that make no block.
    """
    for name in ("", "end"):
        data = blocks.take_out(data, name) or b""
    return b"".join(b":\n" if _is_of_go(line) else line for line in data.splitlines(keepends=True))


def mentions_go(data: bytes) -> bool:
    """Whether a file says anything that may be about Go."""
    return bool(_MENTIONS.match(data))


def _is_of_go(line: bytes) -> bool:
    text = line.decode("utf-8", "replace").rstrip("\r\n")
    sets = _SETS.match(text) or _EXPORTS.match(text) or (_PATH.match(text) and _OF_GO.match(text))
    return bool(sets) and not _MORE.match(text) and not _is_open(text)


def _is_open(text: str) -> bool:
    """Whether a quote or a bracket goes on in the next line."""
    pairs: t.Sequence[tuple[str, str]] = (("(", ")"), ("{", "}"))
    return any(text.count(quote) % 2 for quote in "'\"`") or any(text.count(a) != text.count(b) for a, b in pairs)
