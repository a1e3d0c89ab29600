# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of the file that `go env -w` writes: exact texts, go's own checks, no PATH (facts 4). Pure."""

from __future__ import annotations

import typing as t

from .._core import names
from .._core.posix import POSIX
from .._core.rules import MACHINE, USER, Rules, control_problem
from .._core.values import Value
from . import gosettings


class GoEnvRules(Rules):
    """`ground` has the rules of the host's paths. Nothing expands in the file, so paths mean what they say."""

    scopes: t.Mapping[str, str] = {MACHINE: "machine", USER: gosettings.FILE}
    holds_path = False

    def __init__(self, ground: Rules) -> None:
        self._ground = ground
        self.family = ground.family
        self.separator = ground.separator
        self.go_files = ground.go_files
        self.bin_go = ground.bin_go
        self.home_go = "~/go" if ground.family == POSIX.family else r"C:\Users\me\go"

    def name_problem(self, name: str, removing: bool = False) -> str | None:
        upper = name.upper()
        if removing and name in gosettings.READ_ALL_THE_SAME:
            return None
        if upper in ("GOPATH", "GOBIN"):
            return names.refusal(name, removing)
        return gosettings.writable(name)

    def text_problem(self, text: str) -> str | None:
        return "is empty." if not text else control_problem(text)

    def counting(self, name: str, found: t.Sequence[tuple[str, str]]) -> t.Sequence[tuple[str, str]]:
        counted = gosettings.counting(name, reversed(found))
        first = gosettings.in_force(counted)
        return [*(pair for pair in reversed(counted) if pair is not first), *([first] if first else [])]

    def directory_of(self, entry: str, variables: t.Mapping[str, Value]) -> str:
        return self._ground.directory_of(entry, {})

    def fold_path(self, entry: str, variables: t.Mapping[str, Value]) -> str:
        return self._ground.fold_path(entry, {})

    def path_problem(self, text: str) -> str | None:
        problem = self._ground.path_problem(text)
        if problem is None and not self.is_absolute(text):
            return "holds a reference, which go does not expand in its file: write the directory out."
        return problem

    def character_problem(self, path: str) -> str | None:
        return self._ground.character_problem(path)

    def is_absolute(self, path: str) -> bool:
        return self._ground.is_absolute(path)

    def is_remote(self, path: str) -> bool:
        return self._ground.is_remote(path)

    def can_look_up(self, path: str) -> bool:
        return self._ground.can_look_up(path)

    def child(self, path: str, *names: str) -> str:
        return self._ground.child(path, *names)

    def is_within(self, path: str, ancestor: str) -> bool:
        return self._ground.is_within(path, ancestor)


ON_POSIX = GoEnvRules(POSIX)
