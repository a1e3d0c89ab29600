# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/etc/wsl.conf: what WSL reads of it, and edits that keep every other byte (docs/facts.md, "WSL"). Pure."""

from __future__ import annotations

import re
import typing as t

PATH = "/etc/wsl.conf"
INTEROP, APPEND = "interop", "appendWindowsPath"
_TRUE, _FALSE = ("true", "1"), ("false", "0")
_SECTION = re.compile(r"\s*\[\s*([^\]]*?)\s*\]\s*(#.*)?\r?\Z")
_PAIR = re.compile(r"(\s*([^#=\s\[]+)\s*=\s*)(?:\"([^\"]*)\"|([^#]*?))(\s*(?:#.*)?\r?)\Z")


class WslConf(t.NamedTuple):
    """What of it is of interest here."""

    #: as it is written; None where the file does not say
    append_windows_path: str | None = None
    automount: bool = True
    mount_root: str = "/mnt/"
    interop: bool = True
    default_user: str = ""

    @property
    def mount(self) -> str | None:
        """Where drives are found, with a slash at the end; None where they are not mounted."""
        return self.mount_root if self.automount else None

    @property
    def appends(self) -> bool:
        """Whether the PATH of Windows comes behind that of a distro's programs."""
        return self.interop and truth(self.append_windows_path, True)


def parse(data: bytes | None) -> WslConf:
    """What WSL makes of the bytes of the file; None for no file."""
    found = {key: value for key, value, _number in _pairs(_lines(data))}
    root = found.get("automount.root") or "/mnt/"
    return WslConf(
        found.get(f"{INTEROP}.{APPEND}".lower()),
        truth(found.get("automount.enabled"), True),
        root if root.endswith("/") else f"{root}/",
        truth(found.get("interop.enabled"), True),
        found.get("user.default", ""),
    )


def truth(text: str | None, otherwise: bool) -> bool:
    """What WSL takes a word for; what it does not know says nothing."""
    word = (text or "").lower()
    return True if word in _TRUE else False if word in _FALSE else otherwise


def edited(data: bytes | None, value: str | None, section: str = INTEROP, key: str = APPEND) -> bytes | None:
    """The file with that value for a key, or without the key; None for a file with nothing in it.

    A line that holds the key keeps its form and its comment. A new one comes behind the last line of its section, or
    in a new section at the end. A section that is left without a line goes.
    """
    lines = _lines(data)
    wanted = f"{section}.{key}".lower()
    places = [number for name, _value, number in _pairs(lines) if name == wanted]
    if value is None:
        lines = _without(lines, places, section)
    elif places:
        for number in places:
            lines[number] = _with_value(lines[number], value)
    else:
        lines = _added(lines, f"{key}={value}", section)
    text = "".join(lines)
    return _bytes(text) if text else None


def _lines(data: bytes | None) -> list[str]:
    """The lines, with their ends."""
    text = (data or b"").decode("utf-8", "surrogateescape")
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _pairs(lines: t.Sequence[str]) -> t.Iterator[tuple[str, str, int]]:
    """Section and key in small letters, value, and number of line."""
    section = ""
    for number, line in enumerate(lines):
        bare = line.rstrip("\n").lstrip("\ufeff")
        if found := _SECTION.match(bare):
            section = found[1].lower()
        elif found := _PAIR.match(bare):
            yield f"{section}.{found[2].lower()}", found[3] if found[3] is not None else found[4], number


def _with_value(line: str, value: str) -> str:
    bare = line.rstrip("\n")
    return _PAIR.sub(lambda found: found[1] + value + found[5], bare) + line[len(bare) :]


def _end(lines: t.Sequence[str]) -> str:
    """How the lines of the file end."""
    return "\r\n" if any(line.endswith("\r\n") for line in lines) else "\n"


def _added(lines: list[str], text: str, section: str) -> list[str]:
    end = _end(lines)
    headers = [number for number, line in enumerate(lines) if _is_section(line)]
    own = [number for number in headers if _is_section(lines[number], section)]
    if not own:
        return [*_ended(lines, end), f"[{section}]{end}", text + end]
    last = next((number for number in headers if number > own[-1]), len(lines))
    while last > own[-1] + 1 and not lines[last - 1].strip():
        last -= 1
    return [*_ended(lines[:last], end), text + end, *lines[last:]]


def _ended(lines: list[str], end: str) -> list[str]:
    """The lines, the last of them ended."""
    return [*lines[:-1], lines[-1] if lines[-1].endswith("\n") else lines[-1] + end] if lines else []


def _is_section(line: str, name: str | None = None) -> bool:
    found = _SECTION.match(line.rstrip("\n").lstrip("\ufeff"))
    return found is not None and (name is None or found[1].lower() == name)


def _without(lines: list[str], places: t.Collection[int], section: str) -> list[str]:
    gone = set(places)
    for number in places:
        header = number - 1
        while header in gone:
            header -= 1
        after = next((other for other in range(number + 1, len(lines)) if other not in gone), len(lines))
        is_alone = after == len(lines) or _is_section(lines[after])
        if is_alone and header >= 0 and lines[header].rstrip("\r\n") == f"[{section}]":
            gone.add(header)
    return [line for number, line in enumerate(lines) if number not in gone]
