# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host remembers of a change, for enforcement. Pure; for runs that change something."""

from __future__ import annotations

import typing as t

from .enforcement import with_put_backs, without_old
from .items import key_of, sides_of
from .record import Change, JournalEntry, Memory
from .state import State
from .wanted import PATH_ITEM, Goal, Wanted


def remembered(
    state: State, wanted: Wanted, changes: t.Sequence[Change], ours: t.Sequence[str], undone: JournalEntry | None
) -> Memory:
    """What is remembered once these changes are made. ours: the PATH entries that the run placed or found in place.
    undone: the entry that it undoes.
    """
    memory, medium = state.record.memory, wanted.medium
    if wanted.goal is Goal.ABSENT:
        return Memory()
    if wanted.memory is not None:
        return wanted.memory
    if wanted.goal is Goal.RESTORED:
        return _undone(state, wanted, changes, undone) if undone is not None else memory
    about = {key_of(name, medium) for name in wanted.named()} | {key_of(PATH_ITEM + entry, medium) for entry in ours}
    about.update(key for change in changes for key in sides_of(change, medium))
    restored = {key: text for key, text in memory.restored.items() if key in wanted.left or key not in about}
    memory = memory._replace(restored=restored)
    now = wanted.enforcement
    if now is None:
        return memory
    memory = with_put_backs(memory, wanted.put_back, wanted.settled, now)
    return without_old(memory, lambda key: key not in wanted.left, now)


def _undone(state: State, wanted: Wanted, changes: t.Sequence[Change], entry: JournalEntry) -> Memory:
    """What an undoing leaves is what was written last, and with a hold, what is held. The put-backs of the run that it
    undoes are none any more.
    """
    memory, medium = state.record.memory, wanted.medium
    after = {key: will for change in changes for key, (_was, will) in sides_of(change, medium).items()}
    for change in entry.changes:
        for key, (was, will) in sides_of(change, medium).items():
            if key not in after and state.at(change.place, change.name) == change.before and will != was:
                after[key] = was
    holds = {key: hold for key, hold in memory.holds.items() if key not in after}
    if wanted.hold is not None:
        holds.update(dict.fromkeys(after, wanted.hold))
    put_backs = {
        key: left
        for key, runs in memory.put_backs.items()
        if (left := tuple(run for run in runs if not entry.run or run != entry.run or key not in after))
    }
    contested = tuple(key for key in memory.contested if put_backs.get(key) == memory.put_backs.get(key))
    return Memory({**memory.restored, **after}, holds, put_backs, contested)
