# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The registry of a Windows host, as an audit sees it: the variables of a new process with their layers, PATH, and what
became of reading each key. Pure.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .._core.effective import effective
from .._core.medium import MACHINE, USER
from .._core.record import Record
from .._core.state import Layer
from .._core.values import Variables, fold_name
from .._core.wanted import Scope
from .._core.windows import directory_of as directory_in
from .._core.windows import fold_path, split_path, with_texts
from .._go.audit import ABSENT, DAMAGED, DENIED, NOT_LOOKED, READ, Held, SeenMedium
from .audit import JOURNAL, NAMES, SeenPath
from .registry_medium import PROFILE, SYSTEM, VOLATILE
from .registry_writing import MACHINE_KEY, Keys

if t.TYPE_CHECKING:
    from .._core.effective import Effective
    from .._core.state import State

REGISTRY_LABEL = "registry"
SESSION = "session"

#: what documents call the layers of the registry, and whose they are
_LAYERS: t.Mapping[str, tuple[str, str]] = {
    SYSTEM: ("system", MACHINE),
    "machine": ("machine", MACHINE),
    PROFILE: ("user", USER),
    "user": ("user", USER),
    VOLATILE: (SESSION, USER),
}


@dataclass(frozen=True)
class WindowsRegistry:
    """What was read of the registry."""

    #: both scopes, as they are for the user
    state: State
    #: the record of what this collection manages for everybody; None where its key is not there
    machine_record: Record | None
    #: the SIDs whose hives are loaded, in upper case
    loaded: frozenset[str] = frozenset()
    #: the user that was asked for; None for the account of the session
    user: str | None = None
    #: the variables of the session, by folded name
    session: t.Mapping[str, str] = field(default_factory=dict)

    @property
    def records(self) -> dict[str, Record]:
        """The records by whose they are."""
        return {MACHINE: self.machine_record or Record(), USER: self.state.record}

    @property
    def composed(self) -> State:
        """The state with what a process sees. Of a machine scope that could not be read, the session shows the values,
        but not whose they are.
        """
        state = self.state
        if state.layer_of(Scope.MACHINE).known or state.sid != state.account.id:
            return state
        layers = [
            layer._replace(
                variables=Variables(pair for pair in layer.variables.items() if fold_name(pair[0]) != "PATH")
            )
            for layer in state.layers
            if layer.name != VOLATILE
        ]
        known = effective(state._replace(layers=tuple(layers)))
        texts = {name: text for name, text in self.session.items() if known.text(name) != text}
        return state._replace(layers=(*layers, Layer(VOLATILE, with_texts(texts))))


# --- variables -------------------------------------------------------------------------------------------------------


def environment_of(registry: WindowsRegistry) -> dict[str, tuple[Held, ...]]:
    """The variables of a new process that go or its programs read, each with the value that counts first."""
    state, records = registry.composed, registry.records
    environment = effective(state)
    return {
        name: tuple(_held(state, records, name, held.scope, held.text) for held in reversed(layers))
        for name, layers in environment.layers.items()
        if name in NAMES
    }


def _held(state: State, records: t.Mapping[str, Record], name: str, scope: str, text: str) -> Held:
    layer, mode = _LAYERS[scope]
    raw = _raw(state, scope, name)
    managed = records[mode].variables.get(name) == raw if scope in (MACHINE, USER) else False
    return Held(layer, mode, text, raw if raw != text else None, managed, exposed=scope == MACHINE)


def _raw(state: State, scope: str, name: str) -> str:
    """A value as it is written."""
    return next((layer.variables.text(name) for layer in state.layers if layer.name == scope), "")


# --- PATH ------------------------------------------------------------------------------------------------------------


def path_of(registry: WindowsRegistry) -> tuple[SeenPath, ...]:
    """The entries of the effective PATH, empty ones among them, each with the layer that has it."""
    state, records = registry.composed, registry.records
    environment = effective(state)
    managed = {mode: _managed(record, environment) for mode, record in records.items()}
    out: list[SeenPath] = []
    before = ""
    for scope, text in environment.layers.get("PATH", ()):
        joined = bool(before) and text.startswith(before)
        rest = text[len(before) :].removeprefix(";") if joined else text
        if joined and before.endswith(";"):
            out.pop()  # what ends in a semicolon and is continued has no empty entry there
        out = [*(out if joined else ()), *_entries(scope, rest, _raw(state, scope, "PATH"), managed)]
        before = text
    if [place.directory for place in out] != [directory_in(entry, {}) for entry in environment.path]:
        return tuple(_entries(VOLATILE, environment.path_text, "", managed))  # quotes that do not balance
    return tuple(out)


def _entries(scope: str, text: str, raw: str, managed: t.Mapping[str, t.Collection[str]]) -> t.Iterator[SeenPath]:
    layer, mode = _LAYERS[scope]
    entries, written = split_path(text), split_path(raw)
    for number, entry in enumerate(entries):
        directory = directory_in(entry, {})
        yield SeenPath(
            written[number] if len(written) == len(entries) else entry,
            directory,
            layer,
            mode,
            scope in (MACHINE, USER) and bool(directory) and fold_path(directory, {}) in managed[mode],
        )


def _managed(record: Record, environment: Effective) -> set[str]:
    known = with_texts(environment.texts)
    return {fold_path(entry, known) for _role, entry in record.entries}


# --- media -----------------------------------------------------------------------------------------------------------


def media_of(registry: WindowsRegistry) -> list[SeenMedium]:
    """What became of reading each key."""
    state = registry.state
    user, of = _user(registry), f"HKU\\{state.sid or registry.user or '?'}"
    machine = (
        SeenMedium(REGISTRY_LABEL, MACHINE, MACHINE_KEY, READ)
        if state.layer_of(Scope.MACHINE).known
        else SeenMedium(
            REGISTRY_LABEL,
            MACHINE,
            MACHINE_KEY,
            DENIED,
            "reg.exe did not give it: a policy may forbid registry tools, or this account may not read the key.",
        )
    )
    media = [
        machine,
        SeenMedium(REGISTRY_LABEL, USER, rf"{of}\Environment", *user),
        _record(MACHINE, Keys.of(Scope.MACHINE, "").home, (machine.state, machine.reason), registry.machine_record),
        _record(USER, rf"{of}\Software\gopher\devbox\user", user, state.record if state.record != Record() else None),
    ]
    return [medium for medium in media if medium.state != ABSENT]


def _user(registry: WindowsRegistry) -> tuple[str, str]:
    """What became of reading the user's scope, and why."""
    state = registry.state
    if state.layer_of(Scope.USER).known:
        return READ, ""
    if not state.sid:
        missing = next((finding for _subject, finding in state.obstacles if finding.id == "hive_not_read"), None)
        return NOT_LOOKED, missing.message if missing else "Which account the session is could not be found out."
    if state.sid.upper() in registry.loaded:
        return DENIED, "The hive of that user is loaded, and this account may not read it."
    return NOT_LOOKED, "The hive of that user is not loaded: Windows loads it when the user signs in."


def _record(scope: str, place: str, above: tuple[str, str], record: Record | None) -> SeenMedium:
    if above[0] != READ:
        return SeenMedium(JOURNAL, scope, place, *above)
    if record is None:
        return SeenMedium(JOURNAL, scope, place, ABSENT)
    if record.damaged:
        return SeenMedium(
            JOURNAL, scope, place, DAMAGED, "It is no record, so what this collection manages there is not known."
        )
    return SeenMedium(JOURNAL, scope, place, READ)
