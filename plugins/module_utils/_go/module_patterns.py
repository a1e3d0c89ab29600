# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""GOPRIVATE, GONOSUMDB, GONOPROXY and GOINSECURE as go reads them: which modules they are about
[golang.org/x/mod/module: MatchPrefixPatterns; path: Match]. Pure.
"""

from __future__ import annotations

import functools
import re


def matches(globs: str, path: str) -> bool:
    """Whether one of the patterns with commas between them matches the beginning of a module's path: as many of its
    elements as the pattern has. Empty and malformed ones match nothing.
    """
    elements = path.split("/")
    for glob in globs.split(","):
        glob = glob.removesuffix("/")
        wanted = glob.count("/") + 1
        if not glob or wanted > len(elements):
            continue
        compiled = _compiled(glob)
        if compiled is not None and compiled.match("/".join(elements[:wanted])):
            return True
    return False


@functools.lru_cache(maxsize=1024)
def _compiled(glob: str) -> re.Pattern[str] | None:
    """A glob as a regular expression; None for a malformed one."""
    out, rest = "", glob
    while rest:
        char, rest = rest[0], rest[1:]
        if char == "*":
            rest = rest.lstrip("*")
            out += "[^/]*"
        elif char == "?":
            out += "[^/]"
        elif char == "[":
            found = _set(rest)
            if found is None:
                return None
            expression, rest = found
            out += expression
        elif char == "\\":
            if not rest:
                return None
            out, rest = out + re.escape(rest[0]), rest[1:]
        else:
            out += re.escape(char)
    return re.compile(rf"(?s:{out})\Z")


def _set(rest: str) -> tuple[str, str] | None:
    """A set of characters as a regular expression, of what is behind its bracket, and what follows; None for a
    malformed one.
    """
    negated = rest.startswith("^")
    ranges: list[tuple[str, str]] = []
    rest = rest[negated:]
    while not (rest.startswith("]") and ranges):
        low = _character(rest)
        if low is None:
            return None
        high, rest = low[0], low[1]
        if rest.startswith("-"):
            end = _character(rest[1:])
            if end is None:
                return None
            high, rest = end
        ranges.append((low[0], high))
    listed = "".join(f"{re.escape(low)}-{re.escape(high)}" for low, high in ranges if low <= high)
    if not listed:  # no character is from z to a
        return ("(?s:.)" if negated else r"(?!)"), rest[1:]
    return f"[{'^' if negated else ''}{listed}]", rest[1:]


def _character(rest: str) -> tuple[str, str] | None:
    """A character of a set, and what follows; None where there is none, or nothing follows."""
    if not rest or rest[0] in "-]":
        return None
    if rest[0] == "\\":
        rest = rest[1:]
    return (rest[0], rest[1:]) if len(rest) > 1 else None
