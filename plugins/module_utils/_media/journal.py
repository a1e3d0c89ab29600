# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every store does before it writes: the id under which a change is journaled, and the second lock."""

from __future__ import annotations

import typing as t

from .._core.errors import RefusedPlan
from .._core.pathlist import PathList, lost
from .._core.plan import Plan
from .._core.record import ENVIRONMENT, Change
from .._core.state import State
from .._core.values import Value, Variables
from .._core.wanted import Goal
from .._hosts.clock import seconds, stamp, stamped


def new_id(known: t.Iterable[str], now: float) -> str:
    """A UTC time and a random part, newer than the newest known id whatever the clock says."""
    newest = max(known, default="")
    found = stamp(now)
    if newest and found <= newest[:16]:
        found = stamp(seconds(newest[:16]) + 1)
    return stamped(found)


def guard(plan: Plan, state: State, world: Variables) -> None:
    """The second lock: refuses a plan that does not start from what stands, holds no valid value, or would lose,
    reorder or rewrite a PATH entry of `world` that nobody asked to remove.
    """
    for change in plan.changes:
        if change.place != ENVIRONMENT:
            continue
        problem = _invalid(change, state)
        if plan.medium.is_path(change.name) and not problem:
            problem = _loss(plan, change, world.get(plan.medium.list_name))
        if problem:
            raise RefusedPlan(
                f"{problem} This plan was not carried out.", "This is a defect of the collection: please report it."
            )


def _invalid(change: Change, state: State) -> str:
    if state.variables.get(change.name) != change.before:
        return f"The plan for {change.name} was not made from what stands there."
    after = change.after
    if after is not None and (
        not after.is_text
        or (state.medium.policy.value_limit or len(after.data)) < len(after.data)
        or "\0" in after.data
    ):
        return f"The plan for {change.name} holds no valid value."
    return ""


def _loss(plan: Plan, change: Change, standing: Value | None) -> str:
    if standing is None or not standing.is_text:
        return ""
    after = change.after
    if (
        after is not None
        and standing.expands
        and not after.expands
        and "%" in standing.data
        and plan.kind != Goal.RESTORED.value
    ):
        return "The plan would make PATH a REG_SZ, and its references would no longer expand."
    gone = lost(
        PathList.parse(standing.data, plan.medium),
        PathList.parse(after.data if after else "", plan.medium),
        (*plan.removed, *plan.ours),
    )
    return (
        f"The plan would lose or move these PATH entries: {'; '.join(gone)}."
        if any(entry.strip() for entry in gone)
        else ""
    )
