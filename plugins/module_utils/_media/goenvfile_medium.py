# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file that `go env -w` writes as a medium: exact texts, go's own checks, no PATH (docs/facts.md, "Go env
file"). Pure.
"""

from __future__ import annotations

import functools
import typing as t

from .._core.medium import MACHINE, USER, Medium, Syntax, Texts
from .._core.syntaxes import syntax_of
from .._core.wanted import Scope
from .._go import gosettings, names
from .._go.policy import GoPolicy


class GoEnvFilePolicy(GoPolicy):
    """Nothing expands in the file, so paths mean what they say."""

    scopes: t.Mapping[str, str] = {MACHINE: "machine", USER: gosettings.FILE}
    holds_path = False

    def name_problem(self, name: str, removing: bool = False) -> str | None:
        upper = name.upper()
        if removing and name in gosettings.READ_ALL_THE_SAME:
            return None
        if upper in ("GOPATH", "GOBIN"):
            return names.refusal(name, removing)
        return gosettings.writable(name)

    def directory_problem(self, syntax: Syntax, text: str) -> str | None:
        problem = syntax.path_problem(text)
        if problem is None and not syntax.is_absolute(text):
            return "holds a reference, which go does not expand in its file: write the directory out."
        return problem

    def counting(self, name: str, found: t.Sequence[tuple[str, str]]) -> t.Sequence[tuple[str, str]]:
        counted = gosettings.counting(name, reversed(found))
        first = gosettings.in_force(counted)
        return [*(pair for pair in reversed(counted) if pair is not first), *([first] if first else [])]


class GoEnvFileTexts(Texts):
    name = "go env file"

    def __init__(self, workspace: str) -> None:
        self.workspace = workspace

    def refresh(self, scope: Scope) -> list[str]:
        return ["The next go command sees it."]


_WORKSPACES = {"posix": "~/go", "windows": r"C:\Users\me\go"}


@functools.cache
def medium_on(family: str) -> Medium:
    """The file on a host of that family."""
    syntax = syntax_of(family)
    return Medium(syntax, GoEnvFilePolicy(syntax), GoEnvFileTexts(_WORKSPACES[family]))


ON_POSIX = medium_on("posix")
