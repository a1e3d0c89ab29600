# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The environment keys of the registry as a medium (docs/facts.md, "Registry environment"). Pure."""

from __future__ import annotations

import re
import typing as t

from .._core.medium import Medium, Syntax, Texts
from .._core.patterns import pattern
from .._core.values import Value, Variables, fold_name
from .._core.wanted import Scope
from .._core.windows import (
    CMD_PATH_LIMIT,
    DIALOG_LIMIT,
    JOINED,
    PER_USER,
    REG_EXPAND_SZ,
    REG_SZ,
    VALUE_LIMIT,
    WINDOWS,
    begins_absolute,
    expand,
    path_too_long,
    references,
    text_problem,
    unresolved,
    used,
    value,
)
from .._go.policy import GoPolicy

NEW_USERS = "Users who sign in for the first time get it. Profiles that exist already keep what they have."
#: the layers under both scopes, whose texts are as they are
SYSTEM, PROFILE = "system", "profile"
#: the layer over both scopes: what the session itself sets
VOLATILE = "volatile"
#: the variables whose values are directories with an option of their own
_DIRECTORIES = ("GOROOT", "GOPATH", "GOBIN", "PATH")
_USER = pattern(r"(?:S-1(?:-\d{1,20}){1,15}|(?!S-1-)[^\"/\[\]:;|=,+*?<>\x00-\x1f]+)\Z", re.IGNORECASE)


class RegistryPolicy(GoPolicy):
    """Values have a type, and refer to each other; PATH is the machine's and then the user's."""

    path_name = "Path"
    expands = True
    holds_empty_path = True
    value_limit = VALUE_LIMIT
    path_limit = CMD_PATH_LIMIT
    dialog_limit = DIALOG_LIMIT
    per_user = PER_USER

    def value(self, text: str) -> Value:
        return value(text)

    def value_of(self, name: str, text: str, known: t.Mapping[str, t.Any]) -> Value:
        refers = used(text, known) or (fold_name(name) in _DIRECTORIES and unresolved(text, known))
        return Value(text, REG_EXPAND_SZ if refers else REG_SZ)

    def text_problem(self, text: str) -> str | None:
        return text_problem(text)

    def begins_absolute(self, syntax: Syntax, text: str) -> bool:
        return begins_absolute(text)

    def user_problem(self, user: str) -> str | None:
        if _USER.match(user):
            return None
        return r"is neither a name, DOMAIN\\name, nor a SID such as S-1-5-21-1-2-3-1001."

    def expand(self, text: str, variables: t.Mapping[str, Value]) -> str:
        return expand(text, variables)

    def references(self, text: str) -> list[str]:
        return references(text)

    def unresolved(self, text: str, known: t.Mapping[str, t.Any]) -> list[str]:
        return unresolved(text, known)

    def unexpanded(self, value: Value) -> bool:
        return not value.expands and "%" in value.data

    def steps(self, layer: str, values: Variables) -> t.Iterator[tuple[Variables, bool]]:
        """First the values that are texts, then those that refer to what was set before; an empty one sets nothing.

        Expansion sees what an earlier step set, never the step itself [docs/facts.md, "Variable references";
        microsoft/terminal src/inc/til/env.h].
        """
        if layer in (SYSTEM, PROFILE):
            yield values, False
            return
        for expands in (False, True):
            found = [(name, item) for name, item in values.items() if item.is_text and item.expands is expands]
            yield Variables((name, item) for name, item in found if item.data), expands

    def compose(self, syntax: Syntax, name: str, scope: str, below: tuple[str, str] | None, text: str) -> str:
        if below is None or scope == SYSTEM or not self.joins(syntax, name) or below[0] == SYSTEM:
            return text
        return f"{below[1]};{text}" if not below[1].endswith(";") else below[1] + text

    def joins(self, syntax: Syntax, name: str) -> bool:
        return fold_name(name) in JOINED

    def needs_path(self, scope: Scope) -> bool:
        return scope is Scope.MACHINE


class RegistryTexts(Texts):
    name = "registry"
    owner = "sid"
    has_inventory = True
    anchor = r"Go\InstallPath"
    limiting = "Windows holds"
    workspace = r"%USERPROFILE%\go"
    path_order = " (machine scope stands before user scope)"
    other_type = "Look at it with regedit, and delete it if nobody needs it."

    def kind(self, value: Value) -> str:
        return value.type

    def refresh(self, scope: Scope) -> list[str]:
        """A broadcast from a service session reaches no desktop, so none is claimed (docs/facts.md,
        "Environment refresh").
        """
        if scope is Scope.DEFAULT_USER:
            return [NEW_USERS]
        who = "The user" if scope.is_user else "Every signed-in user"
        out = [
            (
                f"{who} signs out and in again, or restarts the programs that should see the change; Windows "
                "Terminal's new tabs see it at once (since 1.18)."
            ),
            "cmd.exe and PowerShell windows that are open keep the old values.",
        ]
        return out if scope.is_user else [*out, "Services, sshd among them, see it after a restart of theirs."]

    def of_another_session(self, reference: str) -> str:
        return f"%{reference}%, which does not exist yet when Windows builds the machine scope"

    def unset(self, reference: str) -> str:
        return f"refer to %{reference}%, which is not set when Windows builds this scope"

    def path_retyped(self) -> tuple[str, str]:
        return (
            (
                "PATH was REG_SZ, which Windows does not expand; it becomes REG_EXPAND_SZ, because an entry wanted "
                "holds a %."
            ),
            "Other entries with a % in them take effect now: look at them.",
        )

    def path_unexpanded(self) -> tuple[str, str]:
        return (
            "PATH is REG_SZ, so Windows may leave its %references% as they are.",
            "Set the type to REG_EXPAND_SZ once you have looked at the entries; an entry wanted with a % does it.",
        )

    def path_too_long(self, limit: int) -> str:
        return path_too_long(limit)


REGISTRY = Medium(WINDOWS, RegistryPolicy(WINDOWS), RegistryTexts())
