# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/etc/wsl.conf: what WSL reads of it, and edits that keep every other byte (docs/facts.md, "WSL"). Pure.

WSL has a reader of its own for the file. The first value of a key counts, and a later one says nothing. A value may go
on in the next line, behind a backslash. And WSL stops reading at the first line that it does not understand, such as
`[ interop ]`: nothing behind that counts.
"""

from __future__ import annotations

import re
import typing as t

PATH = "/etc/wsl.conf"
INTEROP, APPEND = "interop", "appendWindowsPath"
_TRUE, _FALSE = ("true", "1"), ("false", "0")
_NOTHING = re.compile(r"[ \t]*(?:#[^\n]*(?:\n|\Z)|\r\n?|\n|\Z)")
_SECTION = re.compile(r"[ \t]*\[([A-Za-z][A-Za-z0-9]*)\](?=[ \t]*(?:[#\r\n]|\Z))")
_KEY = re.compile(r"[ \t]*([A-Za-z][A-Za-z0-9]*)[ \t]*=[ \t]*")
_ESCAPE = r"\\[\\\"bnt\r\n]"
_VALUE = re.compile(rf'((?:"(?:[^"\\\r\n]|{_ESCAPE})*"|{_ESCAPE}|[^"\\#\r\n])*)(?=[#\r\n]|\Z)')
_HEADER_LIKE = re.compile(r"[\ufeff\s]*\[")
_LINE_END = re.compile(r"[ \t]*(?:\r\n?|\n)?")
_SPECIAL = re.compile(r'\\(.)|"', re.DOTALL)
_MEANS = {"b": "\b", "n": "\n", "t": "\t", "\r": "", "\n": ""}


class WslConf(t.NamedTuple):
    """What of it is of interest here."""

    #: as it is written; None where the file does not say
    append_windows_path: str | None = None
    automount: bool = True
    mount_root: str = "/mnt/"
    default_user: str = ""

    @property
    def mount(self) -> str | None:
        """Where drives are found, with a slash at the end; None where they are not mounted."""
        return self.mount_root if self.automount else None

    @property
    def appends(self) -> bool:
        """Whether the PATH of Windows comes behind that of a distro's programs: it does without interop, too."""
        return truth(self.append_windows_path, True)


class _Line(t.NamedTuple):
    """A line that says something, with its end: the header of a section, or a pair.

    key: empty for a header. value: as WSL has it. start, end: where the line is in the text. begins, ends: where its
    value is.
    """

    section: str
    key: str
    value: str
    start: int
    end: int
    begins: int
    ends: int


def parse(data: bytes | None) -> WslConf:
    """What WSL makes of the bytes of the file; None for no file."""
    lines, _stop = _read(_text(data))
    found: dict[tuple[str, str], str] = {}
    for line in lines:
        found.setdefault((line.section, line.key), line.value)
    root = found.get(("automount", "root")) or "/mnt/"
    return WslConf(
        found.get((INTEROP, APPEND.lower())),
        truth(found.get(("automount", "enabled")), True),
        root if root.endswith("/") else f"{root}/",
        found.get(("user", "default"), ""),
    )


def truth(text: str | None, otherwise: bool) -> bool:
    """What WSL takes a word for; what it does not know says nothing."""
    word = (text or "").lower()
    return True if word in _TRUE else False if word in _FALSE else otherwise


def edited(data: bytes | None, value: str | None, section: str = INTEROP, key: str = APPEND) -> bytes | None:
    """The file with that value for a key, or without the key; None for a file with nothing in it.

    The line that counts keeps its form and its comment. A new one comes behind the last line of its section, or in a
    new section at the end. Where WSL does not read the whole file, it comes before the line that WSL stops at. Without
    the key: no line of it that WSL reads is left, and a section that is left without a line goes.
    """
    text = _text(data)
    lines, stop = _read(text)
    own = [line for line in lines if (line.section, line.key) == (section.lower(), key.lower())]
    if value is None:
        text = _without(text, lines, stop, own, f"[{section}]")
    elif own:
        text = text[: own[0].begins] + value + text[own[0].ends :]
    else:
        text = _added(text, lines, stop, section, f"{key}={value}")
    return text.encode("utf-8", "surrogateescape") if text else None


def _text(data: bytes | None) -> str:
    return (data or b"").decode("utf-8", "surrogateescape")


def _read(text: str) -> tuple[list[_Line], int]:
    """The lines that say something, and where WSL stops reading: the end, or a line that it does not understand."""
    lines: list[_Line] = []
    section, place = "", 0
    while place < len(text):
        nothing = _NOTHING.match(text, place)
        if nothing:
            place = nothing.end()
            continue
        line = _line(text, place, section)
        if line is None:
            break
        lines.append(line)
        section, place = line.section, line.end
    return lines, place


def _line(text: str, place: int, section: str) -> _Line | None:
    header = _SECTION.match(text, place)
    if header:
        return _Line(header[1].lower(), "", "", place, _end(text, header.end()), header.end(), header.end())
    key = _KEY.match(text, place)
    value = _VALUE.match(text, key.end()) if key else None
    if key is None or value is None:
        return None
    raw = value[1].rstrip(" \t")
    ends = value.start() + len(raw)
    return _Line(section, key[1].lower(), _meant(raw), place, _end(text, value.end()), value.start(), ends)


def _end(text: str, place: int) -> int:
    """Behind the end of the line whose rest, blanks and a comment, begins at the place."""
    rest = _NOTHING.match(text, place)
    return rest.end() if rest else place


def _meant(raw: str) -> str:
    """A value without its quotes, its escapes read."""
    return _SPECIAL.sub(lambda found: "" if found[1] is None else _MEANS.get(found[1], found[1]), raw)


def _newline(text: str) -> str:
    """How the lines of the file end."""
    return "\r\n" if "\r\n" in text else "\n"


def _added(text: str, lines: t.Sequence[_Line], stop: int, section: str, pair: str) -> str:
    newline = _newline(text)
    headers = [line for line in lines if not line.key]
    own = [number for number, line in enumerate(headers) if line.section == section.lower()]
    new = f"{pair}{newline}"
    if own:
        behind = headers[own[-1] + 1 :]
        place = _behind(text, lines, behind[0].start if behind else stop)
    else:
        place = headers[-1].start if headers and _stops_inside(text, stop) else stop
        new = f"[{section}]{newline}{new}"
    is_open = any(line.key and line.ends == line.end == place for line in lines)  # a value reaches to its end
    before = text[:place]
    if is_open or (before and not before.endswith("\n")):
        before += newline
    return before + new + text[place:]


def _behind(text: str, lines: t.Sequence[_Line], end: int) -> int:
    """Behind the last line before `end` that is not empty."""
    start = [line.end for line in lines if line.end <= end][-1]
    kept = text[start:end].rstrip(" \t\r\n")
    return t.cast(re.Match[str], _LINE_END.match(text, start + len(kept))).end() if kept else start


def _stops_inside(text: str, stop: int) -> bool:
    """Whether WSL stops reading at a line of a section, which is not meant as the header of another."""
    return stop < len(text) and not _HEADER_LIKE.match(text, stop)


def _without(text: str, lines: t.Sequence[_Line], stop: int, own: t.Sequence[_Line], header: str) -> str:
    """Without these lines, and without a header of that form that was theirs alone."""
    gone = {line.start: line.end for line in own}
    headers = {line.start: line.end for line in lines if not line.key}
    ends = {len(text), *headers, *(() if _stops_inside(text, stop) else (stop,))}
    for start, place in headers.items():
        if place in gone and text[start:place].rstrip("\r\n") == header:
            while place in gone:
                place = gone[place]
            if place in ends:
                gone[start] = headers[start]
    out, place = "", 0
    for start in sorted(gone):
        out, place = out + text[place:start], gone[start]
    return out + text[place:]
