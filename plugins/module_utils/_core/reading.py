# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading a medium until a plan can be made from it. Every medium goes through this one loop."""

from __future__ import annotations

from .errors import ReadError
from .planner import missing_facts
from .state import State
from .store import Store
from .wanted import Wanted

ROUNDS = 8  # of looking up directories: one, but for a PATH that leads to others, or that is long


def read_for(store: Store, wanted: Wanted) -> State:
    """The state of a medium, with all that a plan for `wanted` needs. What stands in the way of a change is in it.

    Raises ReadError, TransportError where the host gave no answer, or one that is cut.
    """
    return with_facts(store, store.read(wanted), wanted)


def with_facts(store: Store, state: State, wanted: Wanted) -> State:
    """A state that was read, with the directories that a plan for `wanted` needs. Raises ReadError, TransportError."""
    for _round in range(ROUNDS):
        more = missing_facts(state, wanted)
        if not more:
            return state
        found = {state.medium.syntax.fold_path(path, {}): known for path, known in store.look_up(more).items()}
        state = state._replace(directories={**state.directories, **found})
    raise ReadError(
        "The directories on PATH lead to ever more directories.", "Look at PATH with the shell, and shorten it."
    )


def must_be_known(state: State) -> State:
    """The state, for readers that need the values of its scope. Raises ReadError where they could not be read."""
    if state.layer_of(state.target).known:
        return state
    found = next((finding for subject, finding in state.obstacles if not subject), None)
    raise ReadError(*((found.message, found.advice) if found else ("The scope could not be read.", "")))
