# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two tasks on one scope that take each other's values and entries away: what the last changes did in turn. Pure.

The record remembers it, so that a run knows without reading the journal.
"""

from __future__ import annotations

import typing as t

from .findings import Finding
from .medium import Medium
from .pathlist import PathList
from .record import ENVIRONMENT, TURNS, Change, digest
from .values import Value

_NAMED = 5  # values and entries that the warning names
_LENGTH = 8  # characters that tell one value from another

Turn = t.Mapping[str, str]
"""What one change left of each value and PATH entry that it touched, by its name; an empty text for nothing."""


def state_left_by(changes: t.Iterable[Change], medium: Medium) -> Turn:
    """What these changes leave."""
    out: dict[str, str] = {}
    for change in changes:
        if change.place != ENVIRONMENT:
            continue
        if medium.is_path(change.name):
            before, after = _entries(change.before, medium), _entries(change.after, medium)
            out.update((f"the PATH entry {text}", "") for fold, text in before.items() if fold not in after)
            out.update((f"the PATH entry {text}", "+") for fold, text in after.items() if fold not in before)
        elif medium.texts.is_reported(change.name):
            out[change.name] = (
                digest(change.after.data.encode("utf-8", "surrogatepass"))[:_LENGTH] if change.after else ""
            )
    return out


def _entries(value: Value | None, medium: Medium) -> dict[str, str]:
    entries = PathList.parse(value.data if value is not None and value.is_text else "", medium).entries
    return {medium.syntax.fold_path(entry, {}): entry for entry in entries}


def disagreement(turns: t.Sequence[Turn]) -> list[str]:
    """What the last changes, oldest first, took back from each other."""
    if len(turns) < TURNS:
        return []
    first, second, third, fourth = turns[-TURNS:]
    return [
        name
        for name in fourth
        if first.get(name) == third.get(name) != second.get(name) == fourth[name] and name in first and name in second
    ]


def finding(names: t.Sequence[str]) -> Finding:
    """What is said of them."""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    what = ", ".join(names[:_NAMED]) + more
    return Finding.of(
        "conflicting_tasks",
        f"The last {TURNS} changes of this scope took back what the one before had made: {what}.",
        "Look for two tasks, or two roles, that want different things of this scope, and make one of them.",
        names[0],
    )
