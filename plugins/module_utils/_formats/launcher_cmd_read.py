# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a go-env.cmd of this collection sets, by its lines (`launcher_cmd`). Pure."""

from __future__ import annotations

import ntpath

from .._core.patterns import pattern
from .project_settings import CHOSEN, Found, Settings

_SET = pattern(r'@set "(?P<name>_goenv_(?:[lv]\d+|q))=(?P<text>.*)"\Z')
_ESCAPED = pattern(r'@set \^"(?P<name>_goenv_v\d+)=(?P<text>.*)\^"\Z')
_CALL = pattern(r"@call :_goenv_(?P<what>full|join|adding|move) (?P<name>\w+)(?: (?P<other>\w+))?\Z")
_CARET = pattern(r"\^(.)")

#: where the computing ends, and where what was computed is set
_COMPUTED, _SETTING = ":_goenv_escape", ":_goenv_set"


def read(data: bytes, directory: str, home: str) -> Settings:
    """directory: of the project."""
    reading = _Reading({"_goenv_here": directory, "USERPROFILE": home, "_goenv_root": None})
    lines = data.decode("utf-8", "replace").splitlines()
    end = lines.index(_COMPUTED) if _COMPUTED in lines else len(lines)
    for line in lines[:end]:
        reading.line(line)
    begin = lines.index(_SETTING) if _SETTING in lines else len(lines)
    for number, line in enumerate(lines[begin + 1 :], begin + 2):
        if line.startswith(":"):
            break
        reading.setting(line, number)
    return Settings(reading.variables, tuple(reading.entries))


class _Reading:
    """places: what the script's own variables hold; None for what is known only when the project is entered."""

    def __init__(self, places: dict[str, str | None]) -> None:
        self._held = places
        self.variables: dict[str, Found] = {}
        self.entries: list[Found] = []

    def line(self, line: str) -> None:
        found = _SET.match(line)
        escaped = _ESCAPED.match(line)
        call = _CALL.match(line)
        if found:
            self._held[found["name"]] = found["text"].replace("%%", "%")
        elif escaped:
            self._held[escaped["name"]] = _CARET.sub(r"\1", escaped["text"]).replace("%%", "%")
        elif call:
            self._call(call["what"], call["name"], call["other"])

    def _call(self, what: str, name: str, other: str | None) -> None:
        held = self._held.get(name)
        if what == "full":
            self._held[name] = self._full(held, other)
        elif what == "join":
            entry = self._held.get(other or "")
            self._held[name] = None if held is None or entry is None else f"{held};{entry}" if held else entry
        elif what == "adding" and not any(entry.text == held for entry in self.entries):
            self.entries.append(Found(held, held or CHOSEN))
        elif what == "move" and other == "_goenv_root":
            self._held[other] = held

    def _full(self, text: str | None, base: str | None) -> str | None:
        above = self._held.get(base) if base else ""
        if text is None or above is None:
            return None
        path = ntpath.normpath(f"{above}\\{text}" if above else text)
        return path.rstrip("\\") if len(path) > len("C:\\") else path

    def setting(self, line: str, number: int) -> None:
        call = _CALL.match(line)
        if call and call["what"] == "move" and call["other"]:
            text = self._held.get(call["name"])
            self.variables[call["other"]] = Found(text, CHOSEN if text is None else text, number)


__all__ = ["read"]
