# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run tells of what was not in sync, with what to do about it. Pure; it is masked with the rest of the
result.
"""

from __future__ import annotations

import typing as t

from .._core.decisions import Action, Decided
from .._core.drift import Drift, Item, Kind
from .._go.writers import likely_writers


class Told(t.NamedTuple):
    """How a medium is told of.

    medium: as in a result's `medium`. scope: as in a result. variables: the option that its variables are given with.
    named: what an item is called, by its name in the medium. reason: why the medium could not be read.
    """

    medium: str
    scope: str
    variables: str = "variables"
    named: t.Callable[[str], str] = str
    reason: str = ""


def to_drift(found: t.Sequence[Decided], told: Told) -> list[dict[str, t.Any]]:
    """The items of one medium."""
    return [
        {
            "medium": told.medium,
            "scope": told.scope,
            "kind": one.item.kind.value,
            "item": told.named(one.item.name),
            "class": one.item.drift.value,
            "base": one.item.sides.base,
            "now": one.item.sides.now,
            "want": one.item.sides.wanted,
            "action": one.action.value,
            "advice": advice(one, told),
        }
        for one in found
    ]


def advice(one: Decided, told: Told) -> str:
    """What to do about an item, and for what is left alone why."""
    item, name = one.item, told.named(one.item.name)
    if item.drift is Drift.LEFT_BEHIND:
        return _left_behind(item, told)
    if item.drift is Drift.UNKNOWN:
        return f"It could not be read. {told.reason}".strip()
    if one.action is Action.HELD and one.hold is not None:
        return f"Held up to and including {one.hold.until} (UTC): {one.hold.reason}"
    if one.action is Action.CONTESTED:
        return _contested(name, likely_writers(told.medium, item.name, item.sides.now))
    if one.action is Action.REPORTED:
        return _reported(item, name)
    return _SAYINGS.get(one.action) or (_BOTH if item.drift is Drift.BOTH else "")


def _reported(item: Item, name: str) -> str:
    if item.drift is Drift.UNMANAGED:
        return _UNMANAGED.replace("NAME", name)
    if item.of_goroot:
        return "GOROOT and the PATH entry of the go that runs are left alone together."
    return _CHANGED_SINCE if item.kind is Kind.PROJECT_FILE else ""


_UNMANAGED = (
    "This collection did not write it. settle with NAME: policy replaces it, NAME: host leaves it to the host; "
    "unmanaged: apply replaces everything of this kind."
)
_CHANGED_SINCE = "It is no longer what this collection wrote, so it stays; force: true replaces it."
_BOTH = "Both the policy and the host changed it."
_SAYINGS = {Action.WAIVED: "A waiver leaves it as it is.", Action.NOTHING: "settle leaves it to the host."}


def _contested(name: str, writers: t.Sequence[str]) -> str:
    return (
        f"It was put back three times, and changed again each time. Likely written by: {'; '.join(writers)}. It is "
        f"left alone until settle names it: {name}: policy puts it back every time, {name}: host leaves it to the host."
    )


_OF_ROLES = {"goroot": "GOROOT", "bin": "GOPATH"}


def _left_behind(item: Item, told: Told) -> str:
    begin = "It was written by an earlier run, and no option names it any more."
    if item.kind is Kind.PATH_ENTRY and item.role not in _OF_ROLES:
        return f"{begin} path: [], or the entries that stay, takes it out."
    variable = "GOROOT" if item.is_anchor else _OF_ROLES.get(item.role, item.name)
    more = " (or GOBIN, where that has it)" if item.role == "bin" else ""
    return f"{begin} {told.variables}: {{{variable}: null}}{more} removes it."
