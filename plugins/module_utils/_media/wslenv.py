# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""WSLENV in the live registry: the registry's store, of which this medium has one variable, and a record of its own."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from .._core.effective import effective
from .._core.findings import Finding
from .._core.plan import Plan
from .._core.record import JournalEntry
from .._core.state import State
from .._core.store import Receipt
from .._core.values import Variables
from .._core.wanted import Wanted
from .._hosts.transport import Transport
from .registry_live import RegistryStore
from .registry_medium import REGISTRY
from .wslenv_medium import NAME, WSLENV


class WslenvStore(RegistryStore):
    """See `_core.store.Store`. environment: the variables of a new process of Windows. coming: those that the same task
    sets, which may not be in the registry yet.
    """

    environment: t.Mapping[str, str] = {}

    def __init__(self, transport: Transport, coming: t.Mapping[str, str] | None = None) -> None:
        super().__init__(transport)
        self._coming = coming or {}

    def read(self, wanted: Wanted) -> State:
        found = super().read(wanted)
        known = _as_spelled(replace(found, medium=REGISTRY))
        there = {REGISTRY.syntax.fold_name(name) for name in known}
        new = {name: text for name, text in self._coming.items() if REGISTRY.syntax.fold_name(name) not in there}
        self.environment = {**known, **new}
        return replace(
            found,
            medium=WSLENV,
            layers=tuple(
                layer._replace(variables=_only(layer.variables)) for layer in found.layers if layer.scope is not None
            ),
            inventory=self.environment,
            directories={},
            readable=(),
        )

    def apply(self, plan: Plan, state: State, entry: JournalEntry, attempt: int, world: Variables) -> Receipt:
        receipt = super().apply(plan, state, entry, attempt, world)
        after = receipt.after.with_variables(_only(receipt.after.variables))
        return receipt._replace(copied=_only(receipt.copied), after=after)

    def verify(self, after: State, wanted: Wanted) -> list[Finding]:
        """No program of Windows can be asked what a distro will get."""
        return []


def _only(variables: Variables) -> Variables:
    return Variables((name, value) for name, value in variables.items() if name.upper() == NAME)


def _as_spelled(state: State) -> dict[str, str]:
    """A process's variables under their names as they are spelled where they were set first; WSL minds the case."""
    texts = effective(state).texts
    out: dict[str, str] = {}
    for layer in state.layers:
        for name in layer.variables:
            folded = state.medium.syntax.fold_name(name)
            if folded in texts and folded not in {state.medium.syntax.fold_name(known) for known in out}:
                out[name] = texts[folded]
    return out
