# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Regular expressions that are compiled when they are first used: a module lives for one run, and needs few of them."""

from __future__ import annotations

import re
import typing as t

_LATER: list[_Later] = []
#: a version of Go in the name of a directory, with what a distribution puts behind it; what a version means is
#: `_go.versions.GoVersion`'s
SDK_VERSION = r"1\.\d+(?:\.\d+)?(?:(?:rc|beta)\d+)?(?:[-.][\w.-]+)?"


class _Later:
    """Stands for a pattern until one of its methods is asked for."""

    def __init__(self, text: t.Any, flags: int) -> None:
        self._text, self._flags = text, flags
        _LATER.append(self)

    def compile(self) -> t.Any:
        return re.compile(self._text, self._flags)

    def __getattr__(self, name: str) -> t.Any:
        found = getattr(self.compile(), name)
        setattr(self, name, found)
        return found


def pattern(text: t.AnyStr, flags: int = 0) -> t.Pattern[t.AnyStr]:
    """As `re.compile`, later. An expression that is none is noticed at its first use; a test uses all."""
    return t.cast("t.Pattern[t.AnyStr]", _Later(text, flags))


def compile_all() -> None:
    """Compile what no method was called of yet, once for all processes that are forked from this one."""
    while _LATER:
        later = _LATER.pop()
        compiled = later.compile()
        for name in ("match", "search", "fullmatch", "sub", "finditer", "findall", "split"):
            setattr(later, name, getattr(compiled, name))
