# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run does about each item that is not in sync, and what it leaves alone. Pure."""

from __future__ import annotations

import enum
import typing as t
from dataclasses import dataclass

from .drift import Drift, Item, Kind, changed_by, goroot_keys, items_of
from .enforcement import EVERY_ENTRY, HOST, POLICY, Enforcement, is_contested
from .frozen import Frozen
from .items import key_of
from .plan import Plan
from .record import Hold, Memory
from .state import State
from .wanted import Wanted


class Action(enum.Enum):
    """What a run did about an item, or in check mode would do."""

    APPLIED = "applied"
    PUT_BACK = "put_back"
    REPORTED = "reported"
    HELD = "held"
    WAIVED = "waived"
    CONTESTED = "contested"
    NOTHING = "nothing"


#: the actions that leave an item as it is; of those of one decision the first counts for all
_LEAVING = (Action.HELD, Action.WAIVED, Action.CONTESTED, Action.NOTHING, Action.REPORTED)
_CHANGING = (Action.APPLIED, Action.PUT_BACK)


@dataclass(frozen=True)
class Decided(Frozen):
    """An item with what is done about it."""

    item: Item
    action: Action
    hold: Hold | None = None
    #: whether the policy wins for good
    settled: bool = False

    @property
    def is_left(self) -> bool:
        return self.action in _LEAVING and self.item.drift not in (Drift.LEFT_BEHIND, Drift.UNKNOWN)


Known = t.Mapping[str, Decided]


def decided(state: State, wanted: Wanted, plan: Plan, known: Known) -> dict[str, Decided]:
    """By key, what becomes of each item of a plan; what is `known` of an earlier plan stays as it was decided.

    wanted: the options without anything taken out of them.
    """
    items = [item for item in items_of(state, wanted, plan) if item.key not in known]
    settled = _settled(wanted, [*items, *(one.item for one in known.values())])
    memory, enforcement = state.record.memory, wanted.enforcement
    stays = {key_of(change.name, wanted.medium) for change in plan.kept if wanted.medium.policy.complete}
    out = dict(known)
    for item in items:
        hold = memory.holds.get(item.key) if enforcement else None
        action = _action(item, enforcement, memory, settled, wanted)
        action = Action.REPORTED if item.key in stays and action in _CHANGING else action
        out[item.key] = Decided(item, action, hold, settled.get(item.key) == POLICY)
    return _together(out) if enforcement else out


def _action(
    item: Item, now: Enforcement | None, memory: Memory, settled: t.Mapping[str, str], wanted: Wanted
) -> Action:
    if item.drift in (Drift.LEFT_BEHIND, Drift.UNKNOWN):
        return Action.REPORTED
    changes = Action.PUT_BACK if item.drift in (Drift.HOST_DRIFT, Drift.BOTH) else Action.APPLIED
    if now is None:
        return changes
    hold, side = memory.holds.get(item.key), settled.get(item.key)
    if hold is not None and hold.until >= now.today:
        return Action.HELD
    if _is_named(item, {key_of(name, wanted.medium) for name in now.waived}):
        return Action.WAIVED
    if side == HOST:
        return Action.NOTHING
    if side == POLICY:
        return changes
    if changes is Action.PUT_BACK and is_contested(memory, item.key, now):
        return Action.CONTESTED
    return Action.REPORTED if item.drift is Drift.UNMANAGED and not now.apply_unmanaged else changes


def _is_named(item: Item, keys: t.Container[str]) -> bool:
    return item.key in keys or (item.kind is Kind.PATH_ENTRY and EVERY_ENTRY in keys)


def _settled(wanted: Wanted, items: t.Sequence[Item]) -> dict[str, str]:
    """By key, who wins for good. GOROOT and the go that runs are settled as one, unless each is named."""
    if wanted.enforcement is None or not wanted.enforcement.settle:
        return {}
    sides = {key_of(name, wanted.medium): side for name, side in wanted.enforcement.settle.items()}
    out = {item.key: sides.get(item.key) or sides.get(EVERY_ENTRY) for item in items if _is_named(item, sides)}
    found = [out[item.key] for item in items if item.of_goroot and item.key in out]
    goroot = sides.get(key_of("GOROOT", wanted.medium)) or next(iter(found), None)
    if goroot is not None:
        for item in items:
            if item.of_goroot:
                out.setdefault(item.key, goroot)
    return {key: side for key, side in out.items() if side}


def _together(found: dict[str, Decided]) -> dict[str, Decided]:
    """GOROOT and the go that runs are one decision: what leaves one alone leaves the other alone."""
    leading = [one for one in found.values() if one.is_left and _leads(one.item)]
    if not leading:
        return found
    first = min(leading, key=lambda one: _LEAVING.index(one.action))
    return {
        key: one._replace(action=first.action, hold=first.hold) if one.item.of_goroot and not one.is_left else one
        for key, one in found.items()
    }


def _leads(item: Item) -> bool:
    """Whether an item decides which go runs; the anchor follows from that."""
    return item.of_goroot and not item.is_anchor


def leaving(state: State, wanted: Wanted, found: Known) -> Wanted:
    """The options without what is left alone: as if it were wanted as it is."""
    if wanted.enforcement is None:
        return wanted
    left = {key for key, one in found.items() if one.is_left}
    back = tuple(key for key, one in found.items() if one.action is Action.PUT_BACK)
    out = wanted._replace(put_back=back, settled=frozenset(key for key in back if found[key].settled))
    if not left:
        return out
    names = {*wanted.named(), *state.record.variables}
    left |= {key_of(name, wanted.medium) for name in wanted.medium.policy.left_with(left, names, set(wanted.variables))}
    if any(one.is_left and _leads(one.item) for one in found.values()):
        left |= {*goroot_keys(state, wanted), key_of(wanted.medium.texts.anchor, wanted.medium)}
        out = out._replace(goroot=None)
    kept = {name: text for name, text in wanted.variables.items() if key_of(name, wanted.medium) not in left}
    return out._replace(left=frozenset(left), variables=kept)


def concluded(state: State, wanted: Wanted, plan: Plan, found: Known) -> tuple[Decided, ...]:
    """The items, in their order, with what the plan does in the end; wanted: the options that it was made from."""
    changed = changed_by(state, wanted, plan) if wanted.left else set(found)
    out = [
        one._replace(action=Action.REPORTED) if one.action in _CHANGING and one.item.key not in changed else one
        for one in found.values()
    ]
    return tuple(sorted(out, key=lambda one: (list(Kind).index(one.item.kind), one.item.key)))


def without_plan(items: t.Sequence[Item]) -> tuple[Decided, ...]:
    """The items of a medium that a run cannot plan."""
    return tuple(Decided(item, Action.REPORTED) for item in items)
