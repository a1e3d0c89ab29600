# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What becomes of several media when one of them fails: what was written is undone through the journals. For runs
that fail.
"""

from __future__ import annotations

import typing as t

from .errors import BLOCKED, Blocked, DevboxError, Incomplete, Outdated, TransportError
from .executor import execute
from .plan import Plan
from .planner import make_plan
from .record import JournalEntry
from .state import State
from .store import ATTEMPTS, Part, Planned
from .wanted import Goal, Validate, Wanted

NOT_CHANGED = "not changed"
ROLLED_BACK = "rolled back"
UNKNOWN = "unknown (connection lost)"


class Fate(t.NamedTuple):
    """What became of a medium, in words.

    clean: nothing of the run is left there. more: what else is to be said of it. own: whether what the error of the
    medium itself says of what was written still holds. known: as in `DevboxError`.
    """

    words: str
    clean: bool
    more: str = ""
    own: bool = False
    known: tuple[t.Any, ...] = ()


def roll_back(
    parts: t.Sequence[Part],
    written: t.Sequence[Planned],
    failed: Planned,
    id: str,
    error: Exception,
) -> DevboxError:
    """Undo the change `id` in the medium that failed with `error` and in those written before it, the last one first.
    The error that says what became of each.

    Outdated, with nothing of the run left anywhere, stays what it is: the run may begin anew.
    """
    fates = {part.label: Fate(NOT_CHANGED, clean=True) for part in parts}
    label = failed.part.label
    fates[label] = _fate_of_failed(failed, id, error)
    for planned in reversed(written):
        fates[planned.part.label] = _undone(planned, id)
    if not isinstance(error, DevboxError):
        reason, advice = f"{type(error).__name__}: {error}", "This is a defect of the collection: please report it."
        error = DevboxError(reason, advice)
    message, touched = f"{label}: {error.message.replace(BLOCKED, '')}", _touched(fates, error.touched)
    out: DevboxError
    if isinstance(error, Outdated) and all(fate.clean for fate in fates.values()):
        out = Outdated(message, error.advice, touched)
    else:
        out = Incomplete(message, error.advice, touched, {name: fate.words for name, fate in fates.items()})
        out.blockers = error.blockers if isinstance(error, Blocked) else ()
    out.known = (*error.known, *(text for fate in fates.values() for text in fate.known))
    return out


def _touched(fates: t.Mapping[str, Fate], own: str) -> str:
    """What became of each medium, in one text; `own`: what the error of the one that failed says of it."""
    begin = "Nothing stays changed" if all(fate.clean for fate in fates.values()) else "What became of each medium"
    each = "; ".join(f"{label}: {fate.words}" for label, fate in fates.items())
    more = [f"{label}: {fate.more}" for label, fate in fates.items() if fate.more]
    return " ".join([f"{begin}: {each}.", *more, *([own] if own and any(fate.own for fate in fates.values()) else [])])


def _fate_of_failed(failed: Planned, id: str, error: Exception) -> Fate:
    """What became of the medium whose own change failed: what its journal knows of it is undone."""
    if isinstance(error, Outdated):
        return Fate(NOT_CHANGED, clean=True)
    if _is_lost(error):
        return Fate(UNKNOWN, clean=False, own=True)
    try:
        state = failed.part.store.read(_undoing(failed, id))
    except Exception as reason:  # noqa: BLE001 - whatever it is, what is there now is not known
        return _unknown(reason)._replace(own=True)
    entry = state.journal.get(id)
    if entry is None and state.record.damaged:
        return Fate("unknown (its record is damaged)", clean=False, own=True)
    if entry is None:
        return Fate(NOT_CHANGED, clean=True)
    if _is_undone(entry):  # the run itself gave way to what others wrote
        return Fate(ROLLED_BACK, clean=True, own=True)
    return _undone(failed, id)


def _undone(planned: Planned, id: str) -> Fate:
    """Undo the change in one medium: as `state: restored` does it, so what somebody changed since stays."""
    store, wanted, reason, known = planned.part.store, _undoing(planned, id), "", ()
    for attempt in range(ATTEMPTS):
        try:
            state = store.read(wanted)
        except Exception as error:  # noqa: BLE001 - the others are undone whatever keeps this one from it
            return _unknown(error) if attempt else _still(id, _text_of(error), _known(error))
        plan, known = _plan(state, wanted, again=attempt > 0), (*known, *state.texts())
        if plan is None or plan.blockers:
            return _still(id, " ".join(blocker.message for blocker in plan.blockers) if plan else _NO_ENTRY, known)
        if not plan.changes and (attempt or plan.is_empty):
            return _rolled_back(planned, plan)._replace(known=known)
        try:
            outcome = execute(store, wanted, state, plan, plan.findings, store.new_journal_id(), ())
        except Exception as error:  # noqa: BLE001
            if _is_lost(error):
                return _unknown(error)
            reason, known = _text_of(error), (*known, *_known(error))
        else:
            return _rolled_back(planned, plan)._replace(known=(*known, *outcome.texts()))
    return _still(id, reason, known)


_NO_ENTRY = "Its journal does not hold the change any more."


def _plan(state: State, wanted: Wanted, again: bool) -> Plan | None:
    """The plan that undoes the change; None where the journal does not hold it. again: an attempt before may have left
    it half undone, and marked as undone.
    """
    id = wanted.journal or ""
    entry = state.journal.get(id)
    if entry is None:
        return None
    if again and _is_undone(entry):
        state = state._replace(journal={**state.journal, id: entry._replace(undone=False)})
    return make_plan(state, wanted)


def _is_undone(entry: JournalEntry) -> bool:
    return entry.undone and entry.kind != Goal.RESTORED.value


def _rolled_back(planned: Planned, plan: Plan) -> Fate:
    kept = [finding.subject for finding in plan.findings if finding.id == "restore_changed_since"]
    more = [f"What somebody else changed since stays: {', '.join(kept)}."] if kept else []
    made = planned.plan.directories
    more += [f"The directories that were made stay: {', '.join(made)}."] if made else []
    return Fate(ROLLED_BACK, clean=True, more=" ".join(more))


def _still(id: str, reason: str, known: tuple[t.Any, ...]) -> Fate:
    more = f"It could not be rolled back: {reason} state: restored with that journal undoes it."
    return Fate(f"still changed, journal {id}", clean=False, more=more, known=known)


def _unknown(error: Exception) -> Fate:
    words = UNKNOWN if isinstance(error, TransportError) else "unknown (not readable)"
    return Fate(words, clean=False, more=_text_of(error), known=_known(error))


def _undoing(planned: Planned, id: str) -> Wanted:
    """What is wanted of a medium in which the change is undone."""
    rules, scope, user = planned.wanted.rules, planned.wanted.scope, planned.wanted.user
    return Wanted(rules, scope, user, goal=Goal.RESTORED, journal=id, validate=Validate.WARN, verify=False)


def _is_lost(error: BaseException | None) -> bool:
    """Whether the connection was lost under a command that may still be running."""
    while error is not None:
        if isinstance(error, TransportError) and error.lost:
            return True
        error = error.__cause__
    return False


def _text_of(error: Exception) -> str:
    return error.text if isinstance(error, DevboxError) else f"{type(error).__name__}: {error}"


def _known(error: Exception) -> tuple[t.Any, ...]:
    return error.known if isinstance(error, DevboxError) else ()
