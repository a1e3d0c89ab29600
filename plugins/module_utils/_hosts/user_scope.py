# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The user scope of an account on a host, of any family. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from .._core.values import Value, Variables
from .._core.wanted import Goal, Position, Wanted

if t.TYPE_CHECKING:
    from .._core.account import Account
    from .._core.findings import Finding


@dataclass(frozen=True)
class UserScope:
    """The user scope of one account: what a new process of that account has, as far as the host's own settings say, and
    where things of the account are.
    """

    #: the account that the session runs as
    session: Account
    #: the account whose scope it is
    account: Account
    #: what results call that account: its name, on Windows its SID
    owner: str
    #: the environment of a new process
    environment: t.Mapping[str, str]
    #: what of it somebody set: texts of layers by name, the lowest first
    layers: tuple[tuple[str, t.Mapping[str, str]], ...] = ()
    #: the directories of the effective PATH
    path: tuple[str, ...] = ()
    #: the directory of the records of what was changed for that account
    records: str = ""
    #: %LOCALAPPDATA% of that account, on Windows
    local: str = ""
    #: what stands in the way of any change of what belongs to that account
    obstacles: tuple[Finding, ...] = ()
    #: the GOOS and GOARCH of the host, empty where they are not known
    native: tuple[str, str] = ("", "")

    def with_wanted(self, layers: t.Iterable[Wanted]) -> UserScope:
        """This scope as a run is to leave it that sets variables in the layers below, the lowest first: for the go that
        is found on its PATH, and for where GOENV leads.
        """
        scope = self
        for wanted in layers:
            if wanted.goal is Goal.PRESENT:
                scope = scope._under(wanted)
        return scope

    def _under(self, wanted: Wanted) -> UserScope:
        syntax, policy = wanted.medium.syntax, wanted.medium.policy
        before = Variables(((name, Value(text)) for name, text in self.environment.items()), syntax.fold_name)
        named = {
            name: None if text is None else Value(policy.expand(text, before)) for name, text in wanted.named().items()
        }
        after = before.replace(named)
        placed = [syntax.directory_of(entry, after) for _role, entry in wanted.entries()]
        placed = [entry for entry in placed if entry and syntax.can_look_up(entry)]
        path = (*placed, *self.path) if wanted.position is Position.FIRST else (*self.path, *placed)
        return replace(
            self,
            environment={name: value.data for name, value in after.items()},
            path=tuple(dict.fromkeys(path)),
        )
