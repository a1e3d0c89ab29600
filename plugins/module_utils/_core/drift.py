# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Drift, three-way: what this collection wrote last (base), what the host has now, what is wanted. Pure.

An item is a variable, a PATH entry, a file that brings variables into effect, or a part of a project's files. What is
as wanted has none.
"""

from __future__ import annotations

import enum
import typing as t
from dataclasses import dataclass

from .frozen import Frozen
from .items import key_of
from .medium import Medium
from .path_drift import Place, path_places
from .plan import Plan
from .planner import roles_of
from .record import ANCHOR, ENVIRONMENT, HOOK, Change, mark_of
from .state import State
from .values import Value
from .wanted import PATH_ITEM, Goal, Wanted


class Kind(enum.Enum):
    VALUE = "value"
    PATH_ENTRY = "path_entry"
    START_FILE = "start_file"
    PROJECT_FILE = "project_file"
    DIRECTORY = "directory"


class Drift(enum.Enum):
    """The classes of items that are not in sync."""

    POLICY_CHANGE = "policy_change"
    HOST_DRIFT = "host_drift"
    BOTH = "both"
    UNMANAGED = "unmanaged"
    LEFT_BEHIND = "left_behind"
    UNKNOWN = "unknown"


class Base(t.NamedTuple):
    """What this collection wrote last, None for nothing. known: whether it wrote that at all."""

    known: bool
    side: t.Any = None


def classify(base: Base, now: t.Any, wanted: t.Any) -> Drift | None:
    """The class of an item by its three sides, None for nothing there; None for one that is in sync.

    What nobody set and nobody wrote is no value of somebody else's: setting it is a change of the policy.
    """
    if now == wanted:
        return None
    if not base.known:
        return Drift.POLICY_CHANGE if now is None else Drift.UNMANAGED
    if base.side == now:
        return Drift.POLICY_CHANGE
    return Drift.HOST_DRIFT if base.side == wanted else Drift.BOTH


class Sides(t.NamedTuple):
    """What was written last, what is there, what is wanted, as they are shown; None for nothing."""

    base: str | None
    now: str | None
    wanted: str | None


@dataclass(frozen=True)
class Item(Frozen):
    """One thing that is not in sync."""

    kind: Kind
    #: NAME, `PATH:ENTRY` or a path
    name: str
    #: the form in which it is compared (`_core.items.key_of`)
    key: str
    drift: Drift
    sides: Sides
    #: whether it is a part of the decision which go runs: GOROOT, its PATH entry, the anchor
    of_goroot: bool = False
    #: the role of a PATH entry, where it has one
    role: str = ""
    #: whether it is what leads to GOROOT beside the variables
    is_anchor: bool = False


def items_of(state: State, wanted: Wanted, plan: Plan) -> list[Item]:
    """Everything that is not in sync, in a stable order. plan: the one that takes `state` to what is `wanted`."""
    if wanted.goal is Goal.RESTORED:
        return []
    if state.unread:
        return unknown(wanted)
    found = [*_of_changes(state, wanted, plan), *_left_behind(state, wanted, plan)]
    unique = {item.key: item for item in reversed(found)}
    return sorted(unique.values(), key=lambda item: (_ORDER.index(item.kind), item.key))


_ORDER = list(Kind)


def changed_by(state: State, wanted: Wanted, plan: Plan) -> set[str]:
    """The keys of the items that a plan changes."""
    return {item.key for item in _of_changes(state, wanted, plan._replace(kept=()))}


def _of_changes(state: State, wanted: Wanted, plan: Plan) -> t.Iterator[Item]:
    changes = [*plan.changes, *plan.kept]
    for change in changes:
        if change.place == ANCHOR:
            yield from _anchor(state, change)
        elif change.place == HOOK:
            yield from _hook(state, change, any(other.place == ENVIRONMENT for other in changes))
        elif wanted.medium.is_path(change.name):
            yield from _path(state, wanted, plan, change)
        elif wanted.medium.texts.is_reported(change.name):
            yield from _value(state, change, change in plan.kept and wanted.medium.policy.complete)
    for path in plan.directories:
        yield from _directory(state, wanted, path)


# --- values ----------------------------------------------------------------------------------------------------------


def _value(state: State, change: Change, is_foreign: bool) -> t.Iterator[Item]:
    """is_foreign: what is there stays, so that what this collection did not write is nobody's but its author's."""
    medium, key = state.medium, key_of(change.name, state.medium)
    base = _base_of(state, change.name, key)
    if is_foreign and change.name not in state.record.variables:
        base = Base(False)
    now, wanted = change.before, change.after
    typed = now is not None and wanted is not None and now.data == wanted.data
    side = Base(base.known, _as_value(base.side, wanted, now))
    drift = classify(side, now, wanted)
    if drift is None:
        return
    content = medium.texts.content(change.name)
    texts = (value.data if value else None for value in (now, wanted))
    shown = (_shown(medium, value, typed) for value in (side.side, now, wanted))
    sides = contents(content, base.side, *texts) if content else Sides(*shown)
    kind = Kind(medium.policy.item_kind)
    yield Item(kind, change.name, key, drift, sides, of_goroot=key == medium.syntax.fold_name("GOROOT"))


def _base_of(state: State, name: str, key: str) -> Base:
    """What was written last under a name: by an undoing, or by a run."""
    record = state.record
    if key in record.memory.restored:
        return Base(True, record.memory.restored[key])
    fold = state.medium.syntax.fold_name
    written = {fold(other): text for other, text in record.variables.items()}
    if fold(name) in written:
        return Base(True, written[fold(name)])
    return Base(fold(name) in {fold(other) for other in record.cleared})


def _as_value(text: str | None, *same: Value | None) -> Value | None:
    """A text that was written as the value which it is, where one of these has it: records know no types."""
    if text is None:
        return None
    return next((value for value in same if value is not None and value.data == text), Value(text))


def _shown(medium: Medium, value: Value | None, typed: bool) -> str | None:
    if value is None:
        return None
    kind = f" ({medium.texts.kind(value)})" if typed or not value.is_text else ""
    return medium.texts.plain(value.data) + kind


def contents(word: str, base: str | None, now: str | None, wanted: str | None) -> Sides:
    """The three sides of something that is too long to be shown; the same text is called the same."""
    target = wanted if wanted is not None else base
    new = f"{word} (new content)" if base is not None and wanted not in (None, base) else word
    edited = "edited" if base is not None else "not by this collection"

    def side(text: str | None) -> str | None:
        if text is None:
            return None
        if text == wanted:
            return new
        return word if text in (base, target) else f"{word} ({edited})"

    return Sides(side(base), side(now), side(wanted))


# --- what brings values into effect ----------------------------------------------------------------------------------


def _anchor(state: State, change: Change) -> t.Iterator[Item]:
    medium, name = state.medium, state.medium.texts.anchor
    key = key_of(name, medium)
    base = _base_of_anchor(state, key, change)
    now, wanted = change.before, change.after
    drift = classify(Base(base.known, _as_value(base.side, wanted, now)), now, wanted)
    if drift is not None:
        sides = Sides(base.side, *(value.data if value else None for value in (now, wanted)))
        yield Item(Kind.VALUE, name, key, drift, sides, of_goroot=True, is_anchor=True)


def _base_of_anchor(state: State, key: str, change: Change) -> Base:
    record = state.record
    if key in record.memory.restored:
        return Base(True, record.memory.restored[key])
    if not record.anchor:
        return Base(False)
    roots = [entry[: -len("/bin")] for _role, entry in record.entries if entry.endswith("/bin")]
    text = record.variables.get("GOROOT") or next(iter(roots), None)
    return Base(True, text or (change.before.data if change.before else None))


def _hook(state: State, change: Change, values_change: bool) -> t.Iterator[Item]:
    """A file that follows from the values that are there now is no item of its own: the values are."""
    path, layout = change.name, state.layout
    now, wanted = (value.data if value else None for value in (change.before, change.after))
    if values_change and now is not None and wanted is not None and _follows(state, path, now):
        return
    base = _base_of_hook(state, path, now)
    marks = [None if text is None else mark_of(text) for text in (now, wanted)]
    drift = classify(base, *marks)
    if drift is None:
        return
    if layout.goes_back:
        sides = Sides(None, *(text and text.strip() for text in (now, wanted)))
    else:
        sides = contents(layout.told(path, now or wanted) or "file", base.side, *marks)
    yield Item(Kind.START_FILE, path, key_of(path, state.medium), drift, sides)


def _follows(state: State, path: str, text: str) -> bool:
    return state.layout.hooks(state.variables, state.record).get(path) == text


def _base_of_hook(state: State, path: str, now: str | None) -> Base:
    """The mark of what was written; in the records of earlier releases it is not, and follows from the values."""
    record, key = state.record, key_of(path, state.medium)
    if key in record.memory.restored:
        return Base(True, record.memory.restored[key])
    if state.layout.goes_back:
        return Base(bool(record.journal))
    if path not in record.hooks:
        return Base(False)
    text = state.layout.hooks(state.variables, record).get(path, now)
    return Base(True, record.marks.get(path) or (None if text is None else mark_of(text)))


def _directory(state: State, wanted: Wanted, path: str) -> t.Iterator[Item]:
    """A directory below GOPATH: a run that wrote this GOPATH made it, or found it."""
    gopath = state.medium.syntax.separator.join(wanted.gopath or ())
    base = _base_of(state, "GOPATH", key_of("GOPATH", state.medium))
    there = Base(base.known, "directory" if base.side == gopath else None)
    foreign = not base.known and state.variables.get("GOPATH") is not None
    drift = Drift.UNMANAGED if foreign else classify(there, None, "directory")
    if drift is not None:
        sides = Sides(there.side, None, "directory")
        yield Item(Kind.DIRECTORY, path, key_of(path, state.medium), drift, sides)


# --- PATH ------------------------------------------------------------------------------------------------------------


def _path(state: State, wanted: Wanted, plan: Plan, change: Change) -> t.Iterator[Item]:
    found = 0
    for place in path_places(state, wanted, plan, change):
        drift = classify(Base(place.known, place.base), place.now, place.wanted)
        if drift is not None:
            found += 1
            yield _entry(state, place, drift)
    if not found:  # its type is no text's, or no entry says what differs
        name = state.medium.list_name
        key = key_of(name, state.medium)
        base = _base_of(state, name, key)
        drift = classify(Base(bool(state.record.entries), base.side), change.before, change.after)
        if drift is not None:
            shown = (_shown(state.medium, value, True) for value in (change.before, change.after))
            yield Item(Kind.PATH_ENTRY, name, key, drift, Sides(base.side, *shown))


def _entry(state: State, place: Place, drift: Drift) -> Item:
    name = PATH_ITEM + place.entry
    sides = Sides(place.base, place.now, place.wanted)
    key = key_of(name, state.medium)
    return Item(Kind.PATH_ENTRY, name, key, drift, sides, of_goroot=place.of_goroot, role=place.role)


def goroot_keys(state: State, wanted: Wanted) -> set[str]:
    """The keys of what is one decision with GOROOT: its variable, and the PATH entries of its go."""
    medium = state.medium
    roots = (wanted.goroot, state.record.variables.get("GOROOT"), state.variables.text("GOROOT"))
    entries = [medium.syntax.child(root, "bin") for root in roots if root]
    entries += [entry for role, entry in state.record.entries if role == "goroot"]
    return {key_of("GOROOT", medium), *(key_of(PATH_ITEM + entry, medium) for entry in entries)}


# --- what the policy does not name, and what could not be read -------------------------------------------------------


def _left_behind(state: State, wanted: Wanted, plan: Plan) -> t.Iterator[Item]:
    """What is recorded, still there, and no longer wanted by anybody."""
    if wanted.goal is not Goal.PRESENT or wanted.medium.policy.complete:
        return
    medium, record = state.medium, state.record
    named = {medium.syntax.fold_name(name) for name in wanted.named()} | wanted.left
    for name, text in record.variables.items():
        now, key = state.variables.get(name), key_of(name, medium)
        if key not in named and now is not None:
            yield Item(Kind.VALUE, name, key, Drift.LEFT_BEHIND, Sides(text, _shown(medium, now, False), None))
    roles, placed = roles_of(wanted), {key_of(PATH_ITEM + entry, medium) for entry in plan.ours}
    standing = medium.syntax.split_path(state.variables.text(medium.list_name))
    there = {key_of(PATH_ITEM + entry, medium) for entry in standing}
    for role, entry in record.entries:
        key = key_of(PATH_ITEM + entry, medium)
        if role not in roles and key in there - placed and key not in wanted.left:
            sides = Sides(entry, entry, None)
            yield Item(Kind.PATH_ENTRY, PATH_ITEM + entry, key, Drift.LEFT_BEHIND, sides, role=role)
    if record.anchor and not wanted.anchor and state.anchor is not None:
        name = medium.texts.anchor
        sides = Sides(record.variables.get("GOROOT"), state.anchor.data, None)
        yield Item(Kind.VALUE, name, key_of(name, medium), Drift.LEFT_BEHIND, sides, is_anchor=True)


def unknown(wanted: Wanted) -> list[Item]:
    """What is wanted of a scope that could not be read: whether it is there is not known, nor what was written."""
    medium = wanted.medium
    kind = Kind(medium.policy.item_kind)
    out = []
    for name, text in wanted.named().items():
        if medium.texts.is_reported(name):
            shown = medium.texts.content(name) or medium.texts.plain(text or "")
            sides = Sides(None, None, None if text is None else shown)
            out.append(Item(kind, name, key_of(name, medium), Drift.UNKNOWN, sides))
    for role, entry in wanted.entries():
        name = PATH_ITEM + entry
        sides = Sides(None, None, entry)
        out.append(Item(Kind.PATH_ENTRY, name, key_of(name, medium), Drift.UNKNOWN, sides, role=role))
    return out
