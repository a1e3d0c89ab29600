# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""WSLENV in a scope of the registry as a medium: a list of entries whose order says nothing (docs/facts.md, "WSL").
Pure.
"""

from __future__ import annotations

import typing as t

from .._core.effective import Effective
from .._core.findings import Finding
from .._core.medium import MACHINE, USER, Medium, Policy, Syntax, Texts
from .._core.state import State
from .._core.values import Value, Variables, fold_name
from .._core.wanted import Scope, Wanted
from .._core.windows import VALUE_LIMIT
from .._formats import wslenv
from .registry_medium import RegistryPolicy

NAME = "WSLENV"


class WslenvSyntax(Syntax):
    """Entries compare by the variable that they name, which WSL looks for in its own case."""

    family = "windows"
    separator = wslenv.SEPARATOR

    def fold_name(self, name: str) -> str:
        return fold_name(name)

    def directory_of(self, entry: str, variables: t.Mapping[str, Value]) -> str:
        return wslenv.entry_of(entry.strip()).name

    def path_problem(self, text: str) -> str | None:
        return wslenv.problem(text)

    def is_absolute(self, path: str) -> bool:
        return True

    def can_look_up(self, path: str) -> bool:
        return False

    def child(self, path: str, *names: str) -> str:
        return "/".join([path, *names])


class WslenvPolicy(Policy):
    """A user's value replaces the machine's. It is the only variable of the medium."""

    path_name = NAME
    record_name = "wslenv"
    ordered = False
    value_limit = VALUE_LIMIT

    def is_same_entry(self, entry: str, wanted: str) -> bool:
        return wslenv.entry_of(entry.strip()).means(wslenv.entry_of(wanted))

    def name_problem(self, name: str, removing: bool = False) -> str | None:
        return f"{name} is not WSLENV."

    def user_problem(self, user: str) -> str | None:
        return RegistryPolicy.user_problem(t.cast(RegistryPolicy, self), user)

    def steps(self, layer: str, values: Variables) -> t.Iterator[tuple[Variables, bool]]:
        """An empty value sets nothing."""
        yield Variables((name, value) for name, value in values.items() if value.is_text and value.data), False

    def judge(
        self, after: State, wanted: Wanted, environment: Effective
    ) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
        return (), tuple(findings(after))


def findings(after: State) -> t.Iterator[Finding]:
    """What is to be said of a scope's WSLENV. `State.inventory` has the variables of a new process of Windows."""
    entries = wslenv.parse(after.variables.text(NAME))
    for entry in entries:
        if entry.unknown:
            yield Finding.of(
                "wslenv_unknown_flag",
                f"The entry {entry.text} of WSLENV has the flag {entry.unknown!r}, which WSL does not know: it passes "
                "the entry over.",
                f"There are {', '.join(f'{flag} ({what})' for flag, what in wslenv.FLAGS.items())}.",
                entry.text,
            )
        elif entry.enters and not after.inventory.get(entry.name):
            yield Finding.of(
                "wslenv_unset",
                f"WSLENV shares {entry.name}, which a new process of Windows does not have: it arrives empty in every "
                "distro, in place of what nothing would set there.",
                f"Set {entry.name} on Windows (go_registry), or take the entry out.",
                entry.name,
            )
    yield from _replaced(after)


def _replaced(after: State) -> t.Iterator[Finding]:
    machine, user = (after.in_scope(scope).text(NAME) for scope in (Scope.MACHINE, Scope.USER))
    known = {entry.name for entry in wslenv.parse(user)}
    lost = [entry.text for entry in wslenv.parse(machine) if entry.name and entry.name not in known]
    if user and lost:
        yield Finding.of(
            "wslenv_replaced",
            f"This user has a WSLENV of their own, which replaces the machine's: {', '.join(lost)} of the machine's "
            "is not shared in their sessions.",
            "Name those entries in share with share_scope: user too, or keep all of them in one scope.",
            NAME,
        )


class WslenvTexts(Texts):
    name = NAME
    owner = "sid"
    limiting = "Windows holds"
    other_type = "Look at it with regedit, and delete it if nobody needs it."

    def kind(self, value: Value) -> str:
        return value.type

    def refresh(self, scope: Scope) -> list[str]:
        who = "Every signed-in user signs" if scope is Scope.MACHINE else "The user signs"
        return [f"{who} out and in again, or restarts the programs that start wsl.exe."]


SYNTAX = WslenvSyntax()
WSLENV = Medium(SYNTAX, WslenvPolicy(), WslenvTexts())

SCOPES = (MACHINE, USER)
