# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a project's run manages: whole files, and keys and elements in files of other people. Each has a name, as a
variable has. Pure.
"""

from __future__ import annotations

import typing as t

from .edits import JsonPath, Named, XmlPath, XmlStep

FILE, JSON, XML = "", "#/", "#<"
#: a file, or an object, array or element in it, that this collection made to put keys in; such a part has the path of
#: what was made
MADE = "#!"

#: characters with a meaning in names, and how they stand there as themselves
_ESCAPES = (("~", "~0"), ("/", "~1"), ("#", "~2"), ("[", "~3"), ("=", "~4"))


class ManagedItem(t.NamedTuple):
    """One thing that is managed.

    file: relative to the project, with slashes, or an absolute path. kind: FILE for all of it; JSON and XML for what
    stands at `path` in it; MADE for what was made to hold such things: the file without a path, else what is at `path`.
    """

    file: str
    kind: str = FILE
    path: tuple[t.Any, ...] = ()

    @property
    def name(self) -> str:
        """`go-env.cmd`, `.vscode/tasks.json#/tasks/[label=x]`, `.idea/workspace.xml#<project/component[name=GOROOT]`,
        `.vscode/tasks.json#!/tasks`.
        """
        file = self.file.replace("~", "~0").replace("#", "~2")
        is_xml = bool(self.path) and isinstance(self.path[0], XmlStep)
        between = ("<" if is_xml else "/") if self.kind == MADE and self.path else ""
        return f"{file}{self.kind}{between}{'/'.join(map(_xml_step if is_xml else _json_step, self.path))}"

    @classmethod
    def of(cls, name: str) -> ManagedItem:
        """The part of this name. Raises ValueError for what is none."""
        file, mark, rest = name.partition("#")
        file = file.replace("~2", "#").replace("~0", "~")
        if not mark:
            return cls(file)
        kind = MADE if rest.startswith("!") else mark + rest[:1]
        steps = rest[1:] if kind == MADE else rest
        if kind == MADE and not steps:
            return cls(file, MADE)
        if steps[:1] not in ("/", "<"):
            raise ValueError(f"{name!r} names no part of a project's files.")
        read = _read_json if steps[0] == "/" else _read_xml
        return cls(file, kind, tuple(read(step) for step in steps[1:].split("/")))

    def holders(self) -> list[ManagedItem]:
        """What must be made for this part where it is missing: the file, and what is around the part in it."""
        first = 1 if self.kind == JSON else 2  # the root of an XML file comes with it
        return [
            ManagedItem(self.file, MADE),
            *(ManagedItem(self.file, MADE, self.path[:depth]) for depth in range(first, len(self.path))),
        ]


def json_part(file: str, path: JsonPath) -> ManagedItem:
    return ManagedItem(file, JSON, path)


def xml_part(file: str, path: XmlPath) -> ManagedItem:
    return ManagedItem(file, XML, path)


def _escaped(text: str) -> str:
    for char, stands in _ESCAPES:
        text = text.replace(char, stands)
    return text


def _plain(text: str) -> str:
    for char, stands in reversed(_ESCAPES):
        text = text.replace(stands, char)
    return text


def _json_step(step: str | Named) -> str:
    return f"[{_escaped(step.key)}={_escaped(step.value)}]" if isinstance(step, Named) else _escaped(step)


def _read_json(text: str) -> str | Named:
    if not text.startswith("["):
        return _plain(text)
    key, _equals, value = text[1:-1].partition("=")
    return Named(_plain(key), _plain(value))


def _xml_step(step: XmlStep) -> str:
    return step.tag if step.value is None else f"{step.tag}[{_escaped(step.key)}={_escaped(step.value)}]"


def _read_xml(text: str) -> XmlStep:
    tag, bracket, rest = text.partition("[")
    if not bracket:
        return XmlStep(tag)
    key, _equals, value = rest[:-1].partition("=")
    return XmlStep(tag, _plain(value), _plain(key))
