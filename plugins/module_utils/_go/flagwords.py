# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How go splits a value of GOFLAGS, or of another list of words with quotes [cmd/internal/quoted]. Pure."""

from __future__ import annotations

import re


def split_words(text: str) -> list[str]:
    """The words of a value with quotes around some, as go splits it; nothing is unescaped [cmd/internal/quoted]. Raises
    ValueError for an open quote.
    """
    words: list[str] = []
    rest = text.lstrip(" \t\n\r")
    while rest:
        if rest[0] in "\"'":
            word, closed, rest = rest[1:].partition(rest[0])
            if not closed:
                raise ValueError("an opening quote has no closing one")
        else:
            found = re.match(r"[^ \t\n\r]+", rest)
            word = found.group() if found else ""
            rest = rest[len(word) :]
        words.append(word)
        rest = rest.lstrip(" \t\n\r")
    return words


def flag_names(text: str) -> list[str]:
    """The names of the flags in a value; none where go cannot split it, which `goflags.problem` reports."""
    try:
        return [parts_of(word)[0] for word in split_words(text)]
    except ValueError:
        return []


def parts_of(word: str) -> tuple[str, bool, str]:
    """The name of a flag, whether a value follows, and the value."""
    flag, given, value = word.partition("=")
    return flag[1:][flag.startswith("--") :], bool(given), value
