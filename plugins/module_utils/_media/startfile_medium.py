# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shells' start files as a medium: exact texts, PATH around the one that is inherited (docs/facts.md, "Shell
start files"). Pure.
"""

from __future__ import annotations

from .._core.medium import Medium, Syntax, Texts
from .._core.posix import INHERITED, POSIX
from .._core.wanted import Scope
from .._go.policy import GoPolicy


class StartFilePolicy(GoPolicy):
    inherited = INHERITED
    anchor_is_link = True

    def compose(self, syntax: Syntax, name: str, scope: str, below: tuple[str, str] | None, text: str) -> str:
        if syntax.fold_name(name) != "PATH":
            return text
        entries: list[str] = []
        for entry in syntax.split_path(text):
            if entry != INHERITED:
                entries.append(entry)
            elif below:
                entries += syntax.split_path(below[1])
        return syntax.separator.join(dict.fromkeys(entries))


class StartFileTexts(Texts):
    name = "start files"
    anchor = "/usr/local/bin/go"
    workspace = "~/go"

    def refresh(self, scope: Scope) -> list[str]:
        out = [
            "Shells that are open keep the old values: open new ones, or start a new shell in them (exec $SHELL).",
            "A desktop session and what it starts (editors, IDEs) see it after the user signs in again.",
        ]
        services = "Services see it when they are told in their own units: start files are for people's shells."
        return out if scope.is_user else [*out, services]


START_FILES = Medium(POSIX, StartFilePolicy(POSIX), StartFileTexts())
