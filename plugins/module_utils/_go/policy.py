# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every medium of Go's variables has in common: names and values are judged as go judges them. Pure."""

from __future__ import annotations

import typing as t

from .._core.medium import Policy, Syntax
from . import names

if t.TYPE_CHECKING:
    from .._core.effective import Effective
    from .._core.findings import Finding
    from .._core.state import State
    from .._core.wanted import Wanted


class GoPolicy(Policy):
    """A medium of Go's variables on a host of that syntax. One validator serves every medium."""

    known_names = names.KNOWN

    def __init__(self, syntax: Syntax) -> None:
        self._family = syntax.family

    def name_problem(self, name: str, removing: bool = False) -> str | None:
        return names.refusal(name, removing)

    def value_problem(self, name: str, text: str) -> str | None:
        from . import gosettings  # only a run that sets variables needs it

        return gosettings.value_problem(name, text, self._family)

    def judge(
        self, after: State, wanted: Wanted, environment: Effective
    ) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
        if not (wanted.variables or self.expands):
            return (), ()
        from .value_checks import judged  # only a run that sets variables needs it, and one whose values expand

        return judged(after, wanted, environment)
