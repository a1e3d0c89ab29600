# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One task over several places, such as images, or the users of one: its changes have one id, and are undone by it.
Pure.
"""

from __future__ import annotations

import typing as t

from .state import State
from .undoing import newest_to_undo
from .wanted import Goal, Wanted


class Journals(t.NamedTuple):
    """What the journals of a place hold.

    ids: of all changes that a new id must differ from, also of those that only a record lists. newest: the id of the
    newest change that is not undone, or empty. held: the ids of changes that a journal has the entry of.
    """

    ids: tuple[str, ...] = ()
    newest: str = ""
    held: tuple[str, ...] = ()

    @classmethod
    def of(cls, states: t.Iterable[State]) -> Journals:
        known = list(states)
        newest = [entry.id for entry in map(newest_to_undo, known) if entry is not None]
        ids = (id for state in known for id in (*state.record.journal, *state.journal))
        held = (id for state in known for id in state.journal)
        return cls(tuple(dict.fromkeys(ids)), max(newest, default=""), tuple(dict.fromkeys(held)))


class Task(t.NamedTuple):
    """What the runs of one task have in common.

    id: of the changes that they make. undoes: the change that is undone in each place that has it, and passed over in
    the others; None where each place looks for itself.
    """

    id: str
    undoes: str | None = None

    @classmethod
    def over(cls, id: str, places: t.Iterable[Journals], wanted: Wanted) -> Task:
        """The task over several places. What no place has is looked for by each, which says so."""
        if wanted.goal is not Goal.RESTORED or wanted.run is not None:
            return cls(id)
        known = list(places)
        named = wanted.journal
        if named is None:
            return cls(id, max((place.newest for place in known), default="") or None)
        return cls(id, named if any(named in place.held for place in known) else None)
