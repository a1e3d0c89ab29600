# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""WSLENV: which variables cross the border between Windows and a distro, and how they are translated (docs/facts.md,
"WSL"). Pure.
"""

from __future__ import annotations

import re
import typing as t

SEPARATOR = ":"
#: what each flag does
FLAGS = {
    "p": "a path, translated",
    "l": "a list of paths, translated",
    "u": "from Windows to Linux only",
    "w": "from Linux to Windows only",
}
#: where wsl.conf lets drives be found, unless it says otherwise
MOUNT = "/mnt/"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_DRIVE = re.compile(r"(?:\\\\\?\\)?([A-Za-z]):(?:[\\/]+(.*))?\Z", re.DOTALL)
_ABSOLUTE = re.compile(r"[A-Za-z]:[\\/]|\\\\")


class Entry(t.NamedTuple):
    """One entry, verbatim, and what it says. An empty one names nothing."""

    text: str
    name: str
    flags: str

    @property
    def unknown(self) -> str:
        """Its flags that WSL does not know: the entry is passed over because of them."""
        return "".join(dict.fromkeys(flag for flag in self.flags if flag not in FLAGS))

    @property
    def translates(self) -> bool:
        return bool(set(self.flags) & {"p", "l"})

    @property
    def enters(self) -> bool:
        """Whether it lets a variable of Windows into a distro."""
        return bool(self.name) and not self.unknown and "w" not in self.flags

    def means(self, other: Entry) -> bool:
        """Whether both say the same; the order of flags says nothing."""
        return self.name == other.name and set(self.flags) == set(other.flags)


def parse(text: str) -> tuple[Entry, ...]:
    """The entries, in order: `joined` of them gives the text again."""
    return tuple(map(entry_of, text.split(SEPARATOR))) if text else ()


def entry_of(text: str) -> Entry:
    name, _slash, flags = text.partition("/")
    return Entry(text, name, flags)


def joined(entries: t.Iterable[Entry]) -> str:
    return SEPARATOR.join(entry.text for entry in entries)


def problem(text: str) -> str | None:
    """Why a text is no entry to be wanted, or None."""
    found = entry_of(text)
    if SEPARATOR in text:
        return "has a ':' in it, which separates entries: give a list."
    if not _NAME.match(found.name):
        return "does not begin with the name of a variable: write it as in GOPATH/p."
    if "/" in text and not found.flags:
        return "ends in '/' without a flag: leave the '/' out, or add one."
    if found.unknown:
        return f"has the flag {found.unknown!r}, for which WSL passes the entry over. There are {', '.join(FLAGS)}."
    if {"u", "w"} <= set(found.flags):
        return "has both u (to Linux only) and w (to Windows only): give one of them, or none for both directions."
    return None


class Arrival(t.NamedTuple):
    """What a program in a distro gets of one entry.

    value: as it arrives; None where nothing does. reason: why it is not what Windows has.
    """

    name: str
    flags: str
    windows: str | None
    value: str | None
    reason: str = ""


UNKNOWN_FLAG, OUTWARDS, UNSET, UNTRANSLATED = "unknown flag", "to Windows only", "not set", "not translated"


def arrivals(text: str, windows: t.Mapping[str, str], mount: str | None = MOUNT) -> list[Arrival]:
    """What of `windows`, the variables of a process there, arrives in a distro that has its drives below `mount`; None:
    nowhere. Names mind their case. Of several entries for one name the last that lets something in counts: WSL passes
    over the others.
    """
    found: dict[str, Arrival] = {}
    for entry in parse(text.rstrip()):
        one = _arrival(entry, windows.get(entry.name), mount)
        if entry.name and (one.value is not None or entry.name not in found or found[entry.name].value is None):
            found[entry.name] = one
    return list(found.values())


def _arrival(entry: Entry, value: str | None, mount: str | None) -> Arrival:
    if entry.unknown:
        return Arrival(entry.name, entry.flags, value, None, UNKNOWN_FLAG)
    if not entry.enters:
        return Arrival(entry.name, entry.flags, value, None, OUTWARDS)
    if value is None:
        return Arrival(entry.name, entry.flags, None, "", UNSET)
    if not entry.translates:
        return Arrival(entry.name, entry.flags, value, value)
    paths = [path for path in value.split(";") if _ABSOLUTE.match(path)]
    kept = [place for place in (translated(path, mount) for path in paths) if place is not None]
    lost = len(kept) < len([path for path in value.split(";") if path]) or not kept
    return Arrival(entry.name, entry.flags, value, SEPARATOR.join(kept) or None, UNTRANSLATED if lost else "")


def translated(path: str, mount: str | None = MOUNT) -> str | None:
    """Where a distro sees a path of drive C:, by the root of its mounts alone. None for what it may not see: a network
    path, and another drive, which may not be mounted.
    """
    found = _DRIVE.match(path)
    if mount is None or found is None or found[1].upper() != "C":
        return None
    rest = "/".join(part for part in re.split(r"[\\/]+", found[2] or "") if part)
    end = "/" if rest and path.endswith(("\\", "/")) else ""
    return f"{mount.rstrip('/')}/c{'/' if rest else ''}{rest}{end}"


def of_windows(path: str, mount: str | None = MOUNT) -> str | None:
    """The path of Windows that a distro sees under `path`, by the root of its mounts; None where it is not of a
    drive.
    """
    root = "" if mount is None else mount.rstrip("/")
    found = None if mount is None else re.match(re.escape(root) + r"/([a-z])(?:/(.*))?\Z", path, re.DOTALL)
    return f"{found[1].upper()}:\\" + (found[2] or "").replace("/", "\\") if found else None


def is_windows_path(text: str) -> bool:
    """Whether a text is written as a path of Windows."""
    return bool(_ABSOLUTE.match(text))
