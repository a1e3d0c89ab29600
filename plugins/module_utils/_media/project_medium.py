# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a project as a medium: managed is what has the name of a `ManagedItem`. Pure."""

from __future__ import annotations

import typing as t

from .._core.medium import MACHINE, USER, Medium, Policy, Syntax, Texts
from .._core.posix import POSIX
from .._core.windows import WINDOWS
from .._editors.managed_items import MADE, ManagedItem


class ProjectPolicy(Policy):
    """A run describes all of the project's files."""

    scopes: t.Mapping[str, str] = {MACHINE: "project", USER: "project"}
    holds_path = False
    complete = True

    def text_problem(self, text: str) -> str | None:
        return None

    def directory_problem(self, syntax: Syntax, text: str) -> str | None:
        return None


class ProjectTexts(Texts):
    def is_reported(self, name: str) -> bool:
        return ManagedItem.of(name).kind != MADE

    def refresh(self, machine: bool) -> list[str]:
        return ["The next go command sees it."]


_MEDIA = {syntax.family: Medium(syntax, ProjectPolicy(), ProjectTexts()) for syntax in (POSIX, WINDOWS)}


def project_medium(family: str) -> Medium:
    """The files of a project on a host of that family."""
    return _MEDIA[family]
