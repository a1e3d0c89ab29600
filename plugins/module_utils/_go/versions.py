# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The version of a Go: how it is read, and how versions are ordered. Pure.

Everything here that has to do with a version of Go uses this class. It follows go's own sources: internal/gover (Parse,
Compare, Lang), cmd/go/internal/gover (FromToolchain, local) and go/version.
"""

from __future__ import annotations

import dataclasses
import functools
import re
import typing as t

from .._core.patterns import pattern

_VERSION = pattern(r"(0|[1-9][0-9]*)(?:\.(0|[1-9][0-9]*)(?:\.(0|[1-9][0-9]*)|([a-z]+)(0|[1-9][0-9]*)?)?)?\Z")
#: a go that was built between two releases: `devel go1.28-0a1b2c …`, since 1.25 `go1.28-devel_0a1b2c …`
_DEVELOPMENT = pattern(r"(?:devel .*?\bgo(1\.[0-9]+)\b|go(1\.[0-9]+)-devel)")
#: a go that was built from a changed release: `go1.22.3+abc`
_CHANGED = pattern(r"go(1\.[0-9]+)(?:\.[0-9]+|[a-z]+[0-9]+)?\+")
_SUFFIX = pattern(r"[ \t-]")

Number = t.Tuple[int, str]  # noqa: UP006
#: major, minor, patch, kind (`rc`), its number. Numbers are texts with their lengths before them, so that any fits.
Order = t.Tuple[Number, Number, Number, str, Number]  # noqa: UP006


@functools.total_ordering
@dataclasses.dataclass(frozen=True, eq=False)
class GoVersion:
    """A version of Go. What holds none is false, less than any version, and equal to whatever else holds none.

    1.21 < 1.21beta1 < 1.21rc1 < 1.21.0 < 1.21.1, and 1.20beta1 < 1.20rc1 < 1.20 = 1.20.0 (before 1.21 the first release
    of a language had no third number). A vendor's suffix does not count: go1.22.3-bigcorp = go1.22.3.
    """

    #: as it was written: `go1.22.3-bigcorp`, `1.22.3`
    name: str
    #: what counts of it, as the go line of a go.mod has it: `1.22.3`; empty where it holds no version
    text: str
    #: the first number
    major: str
    #: the second number; `0` where only the first one is written
    minor: str
    #: the third number; empty for a language and for what is no release yet
    patch: str
    #: `rc`, `beta`; empty for a language and for a release
    kind: str
    #: the number of the release candidate or beta
    pre: str

    @classmethod
    def bare(cls, text: str) -> GoVersion:
        """A version as the go line of a go.mod has it: `1.22.3`."""
        return _bare(text)

    @classmethod
    def parse(cls, name: str) -> GoVersion:
        """The version in the name of a toolchain: `go1.22.3`, `go1.22.3-1ubuntu`, `go1.22.3 X:exp`, `devel go1.28-…`.

        cmd/go takes a build that has no version of a release for one of its language, so `go1.22.3+abc` is 1.22.
        """
        return _parse(name)

    @functools.cached_property
    def order(self) -> Order:
        """What versions are sorted by."""
        return _number(self.major), _number(self.minor), _number(self.patch), self.kind, _number(self.pre)

    def __bool__(self) -> bool:
        return bool(self.major)

    def __eq__(self, other: object) -> bool:
        return self.order == other.order if isinstance(other, GoVersion) else NotImplemented

    def __lt__(self, other: GoVersion) -> bool:
        return self.order < other.order

    def __hash__(self) -> int:
        return hash(self.order)

    def __str__(self) -> str:
        return self.text

    @property
    def language(self) -> str:
        """`1.22` for 1.22.3; empty for what holds no version."""
        return f"{self.major}.{self.minor}" if self else ""

    @property
    def is_language(self) -> bool:
        """Whether it names a language and not one of its releases: 1.22 does, 1.22.0 and 1.20 do not."""
        return bool(self) and not (self.patch or self.kind)

    @property
    def is_prerelease(self) -> bool:
        return bool(self.kind)

    @property
    def is_development(self) -> bool:
        """Whether it was built between two releases, so that nobody knows what it holds."""
        return bool(_DEVELOPMENT.match(self.name))

    @property
    def release(self) -> str | None:
        """The first release that has at least this version: `go1.22.0` for 1.22, `go1.20` for 1.20.0; None for none."""
        if self.major != "1":
            return None
        if self.is_language:
            return f"go{self.text}.0"
        if self.patch == "0" and self < FIRST_WITH_PATCH:
            return f"go{self.language}"
        return f"go{self.text}"


def _number(digits: str) -> Number:
    return len(digits), digits


@functools.lru_cache(maxsize=4096)
def _bare(text: str) -> GoVersion:
    return _read(text, text)


@functools.lru_cache(maxsize=4096)
def _parse(name: str) -> GoVersion:
    if "/" in name or "\\" in name:
        return _read(name, "")
    for special in (_DEVELOPMENT.match(name), _CHANGED.match(name)):
        if special:
            return _read(name, next(filter(None, special.groups())))
    return _read(name, _SUFFIX.split(name[2:], maxsplit=1)[0] if name.startswith("go") else "")


def _read(name: str, text: str) -> GoVersion:
    found = _VERSION.match(text)
    if not found:
        return GoVersion(name, "", "", "", "", "", "")
    major, minor, patch, kind, pre = (part or "" for part in found.groups())
    if not minor:
        return GoVersion(name, text, major, "0", "0", "", "")
    if not patch and not kind and _number(minor) < _number("21"):
        patch = "0"
    return GoVersion(name, text, major, minor, patch, kind, pre)


def in_version_file(content: str) -> str | None:
    """The name of the toolchain in the first line of an SDK's VERSION file: `go1.27.3`, `devel go1.28-…`; or None."""
    first = content.lstrip("\ufeff").split("\n", 1)[0].strip()
    return first if GoVersion.parse(first).major == "1" or re.match("devel .", first) else None


#: the first language whose first release has a third number
FIRST_WITH_PATCH = GoVersion.bare("1.21")
