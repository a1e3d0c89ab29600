# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From what was read of a registry, wherever it is, to a state. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .._core.account import Account
from .._core.findings import Finding
from .._core.medium import Medium
from .._core.record import JournalEntry, Record
from .._core.state import Layer, State
from .._core.values import Value, Variables
from .._core.wanted import Scope
from .._core.windows import native, with_texts
from .registry_medium import PROFILE, REGISTRY, SYSTEM, VOLATILE

#: what Windows sets before the machine's own values [microsoft/terminal src/inc/til/env.h]
SYSTEM_CORE = (
    "SystemRoot",
    "SystemDrive",
    "ProgramFiles",
    "ProgramFiles(x86)",
    "ProgramW6432",
    "ProgramData",
    "ALLUSERSPROFILE",
    "PUBLIC",
    "CommonProgramFiles",
    "CommonProgramFiles(x86)",
    "CommonProgramW6432",
    "COMPUTERNAME",
)
#: and before the user's
PROFILE_CORE = (
    "USERPROFILE",
    "APPDATA",
    "LOCALAPPDATA",
    "USERNAME",
    "USERDOMAIN",
    "HOMEDRIVE",
    "HOMEPATH",
    "LOGONSERVER",
)


@dataclass(frozen=True)
class Parts:
    """What was read of a registry. A layer that is None could not be read."""

    target: Scope
    #: the account of the session
    account: Account
    #: whose user scope it is
    sid: str
    #: what Windows sets before anything else, by name; names outside of SYSTEM_CORE are passed over
    core: t.Mapping[str, str]
    machine: Variables | None
    #: what Windows sets for the user
    profile: Variables
    user: Variables | None
    #: what the session sets
    session: Variables = field(default_factory=Variables)
    anchor: Value | None = None
    record: Record = Record()
    journal: t.Mapping[str, JournalEntry] = field(default_factory=dict)
    #: names of what killed runs left
    leftovers: tuple[str, ...] = ()
    #: what Go's own installer wrote
    inventory: t.Mapping[str, str] = field(default_factory=dict)
    #: what would stand in the way of any change
    obstacles: tuple[Finding, ...] = ()
    medium: Medium = REGISTRY
    #: whose the layer over the machine's is, where that is the target
    over_machine: Scope = Scope.USER


def state_of(parts: Parts) -> State:
    """The state, without what is known of directories."""
    target = parts.target
    machine, user = parts.machine or Variables(), parts.user or Variables()
    scope = target if target.is_user else parts.over_machine
    unread = (parts.user if target.is_user else parts.machine) is None
    return State(
        target,
        parts.account,
        parts.sid,
        (
            Layer(SYSTEM, with_texts({name: parts.core[name] for name in SYSTEM_CORE if name in parts.core})),
            Layer("machine", machine, Scope.MACHINE, known=parts.machine is not None),
            Layer(PROFILE, parts.profile),
            Layer("user", user, scope, known=parts.user is not None),
            Layer(
                VOLATILE,
                Variables((name, value) for name, value in parts.session.items() if name.upper() not in PROFILE_CORE),
            ),
        ),
        parts.medium,
        parts.anchor,
        parts.record,
        parts.journal,
        leftovers=parts.leftovers,
        inventory=parts.inventory,
        native=native(machine.text("PROCESSOR_ARCHITECTURE")),
        obstacles=tuple(("", finding) for finding in parts.obstacles),
        readable=(_READABLE[target],) if target in _READABLE else (),
        unread=unread,
    )


#: the scopes whose values others than their owner can read, and what these are called
_READABLE = {
    Scope.MACHINE: "the machine scope of the registry",
    Scope.DEFAULT_USER: "the template of new users in the registry",
}
