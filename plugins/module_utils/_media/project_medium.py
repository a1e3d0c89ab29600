# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a project as a medium: managed is what has the name of a `ManagedItem`. Pure."""

from __future__ import annotations

import typing as t

from .._core.medium import MACHINE, USER, Medium, Policy, Syntax, Texts
from .._core.posix import POSIX
from .._core.wanted import Scope
from .._core.windows import WINDOWS
from .._editors.managed_items import FILE, MADE, ManagedItem

#: before the text of a value that this collection wrote; one that stood there keeps its own text, to the byte
OURS = "="


class ProjectPolicy(Policy):
    """A run describes all of the project's files."""

    def __init__(self, syntax: Syntax) -> None:
        self._syntax = syntax

    scopes: t.Mapping[str, str] = {MACHINE: "project", USER: "project"}
    holds_path = False
    complete = True
    item_kind = "project_file"

    def text_problem(self, text: str) -> str | None:
        return None

    def directory_problem(self, syntax: Syntax, text: str) -> str | None:
        return None

    def left_with(
        self, left: t.Container[str], names: t.Collection[str], wanted: t.Collection[str]
    ) -> t.Collection[str]:
        """What was made to hold parts: to be there, where all that it holds are left; to go, where one of them is."""
        parts = {name: ManagedItem.of(name) for name in names}
        held: dict[str, list[bool]] = {}
        for name, part in parts.items():
            if part.kind not in (FILE, MADE):
                for holder in part.holders():
                    held.setdefault(holder.name, []).append(self._syntax.fold_name(name) in left)
        return [name for name, found in held.items() if (all(found) if name in wanted else any(found))]


class ProjectTexts(Texts):
    name = "project files"

    def is_reported(self, name: str) -> bool:
        return ManagedItem.of(name).kind != MADE

    def content(self, name: str) -> str:
        return "file" if ManagedItem.of(name).kind == FILE else ""

    def plain(self, text: str) -> str:
        return text.removeprefix(OURS)

    def refresh(self, scope: Scope) -> list[str]:
        return ["The next go command sees it."]


_MEDIA = {syntax.family: Medium(syntax, ProjectPolicy(syntax), ProjectTexts()) for syntax in (POSIX, WINDOWS)}


def project_medium(family: str) -> Medium:
    """The files of a project on a host of that family."""
    return _MEDIA[family]
