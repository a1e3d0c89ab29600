# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What becomes of several media when one of them fails: what was written is undone through the journals. For runs
that fail.
"""

from __future__ import annotations

import typing as t

from .errors import Blocked, DevboxError, Incomplete, Outdated, TransportError
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

    clean: nothing of the run is left there. more: what else is to be said of it. undone: whether that was done, or
    tried, after the error. known: as in `DevboxError`.
    """

    words: str
    clean: bool
    more: str = ""
    undone: bool = False
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
        fates[planned.part.label] = _undone(planned, id) if planned.plan.is_journaled else _with_directories(planned)
    if not isinstance(error, DevboxError):
        kept = f"What others wrote in the middle of it, if anything, is in the journal's copies of {id}."
        advice = "This is a defect of the collection: please report it."
        error = DevboxError(f"{type(error).__name__}: {error}", advice, kept)
    message, touched = f"{label}: {error.message}", _touched(fates, label, error.touched)
    out: DevboxError
    if isinstance(error, Outdated) and all(fate.clean for fate in fates.values()):
        out = Outdated(message, error.advice, touched)
    else:
        out = Incomplete(message, error.advice, touched, {name: fate.words for name, fate in fates.items()})
        out.blockers = error.blockers if isinstance(error, Blocked) else ()
    out.known = (*error.known, *(text for fate in fates.values() for text in fate.known))
    return out


def _touched(fates: t.Mapping[str, Fate], failed: str, own: str) -> str:
    """What became of each medium, in one text; `own`: what the error of the one that failed says of it."""
    begin = "Nothing stays changed" if all(fate.clean for fate in fates.values()) else "What became of each medium"
    each = "; ".join(f"{label}: {fate.words}" for label, fate in fates.items())
    more = [f"{label}: {fate.more}" for label, fate in fates.items() if fate.more]
    if own:
        more.append(f"Before that, {failed}: {own}" if fates[failed].undone else own)
    return " ".join([f"{begin}: {each}.", *more])


def _fate_of_failed(failed: Planned, id: str, error: Exception) -> Fate:
    """What became of the medium whose own change failed: what its journal knows of it is undone."""
    if isinstance(error, Outdated):
        return Fate(NOT_CHANGED, clean=True)
    if _is_lost(error):
        return Fate(UNKNOWN, clean=False)
    try:
        state = failed.part.store.read(_undoing(failed, id))
    except Exception as reason:  # noqa: BLE001 - whatever it is, what is there now is not known
        return _unknown(reason)
    entry = state.journal.get(id)
    if entry is None and state.record.damaged:
        return Fate("unknown (its record is damaged)", clean=False)
    if entry is None:
        return Fate(NOT_CHANGED, clean=True)
    if _is_undone(entry):  # the run itself gave way to what others wrote, and may have failed in that
        left = make_plan(_still_to_undo(state, id), _undoing(failed, id)).changes
        return _still(id, _text_of(error), state.texts(), by_force=True) if left else Fate(ROLLED_BACK, clean=True)
    return _undone(failed, id, state)


def _with_directories(planned: Planned) -> Fate:
    """What became of a medium for which only directories were made, which stay."""
    return _rolled_back(planned, planned.plan._replace(findings=()), ())


def _undone(planned: Planned, id: str, state: State | None = None) -> Fate:
    """Undo the change in one medium: as `state: restored` does it, so what somebody changed since stays. `state`: as it
    was read just now.
    """
    failures: list[Exception] = []
    fate = _undo(planned, id, state, failures)
    left = [error.touched for error in failures if isinstance(error, DevboxError)]
    more = " ".join(text for text in dict.fromkeys((fate.more, *left)) if text)
    return fate._replace(more=more, known=(*fate.known, *(text for error in failures for text in _known(error))))


def _undo(planned: Planned, id: str, state: State | None, failures: list[Exception]) -> Fate:
    """What fails goes into `failures`. The medium is looked at then, and it is tried again: it may have been done all
    the same, or by half.
    """
    while True:
        try:
            state = state or planned.part.store.read(_undoing(planned, id))
        except Exception as error:  # noqa: BLE001 - the others are undone whatever keeps this one from it
            return _unknown(error) if failures else _still(id, _text_of(error), _known(error))
        known = state.texts()
        marked = id in state.journal and _is_undone(state.journal[id])
        state = _still_to_undo(state, id) if failures else state
        plan = _plan(state, _undoing(planned, id), marked)
        if plan is None or plan.blockers:
            return _still(id, " ".join(blocker.message for blocker in plan.blockers) if plan else _NO_ENTRY, known)
        if plan.is_empty:
            return _rolled_back(planned, plan, known)
        if len(failures) == ATTEMPTS:
            return _still(id, _text_of(failures[-1]), known, by_force=marked)
        try:
            return _carried_out(planned, plan, state, id)
        except Exception as error:  # noqa: BLE001 - it is tried again, and what stays is named
            failures.append(error)
            state = None


def _carried_out(planned: Planned, plan: Plan, state: State, id: str) -> Fate:
    """Undo it now. Raises what failed where it can be tried again."""
    store, wanted = planned.part.store, _undoing(planned, id)
    try:
        outcome = execute(store, wanted, state, plan, plan.findings, store.new_journal_id(), ())
    except Exception as error:
        if not plan.changes and plan.undoes is not None and not plan.undoes.undone:
            return _not_marked(planned, plan, error)
        if _is_lost(error):
            return _unknown(error)
        raise
    return _rolled_back(planned, plan, outcome.texts())


_NO_ENTRY = "Its journal does not hold the change any more."


def _still_to_undo(state: State, id: str) -> State:
    """The state with the change not yet undone: an attempt that failed by half may have marked it."""
    entry = state.journal.get(id)
    if entry is None or not _is_undone(entry):
        return state
    return state._replace(journal={**state.journal, id: entry._replace(undone=False)})


def _plan(state: State, wanted: Wanted, marked: bool) -> Plan | None:
    """The plan that undoes the change, empty where nothing is left of it; None where the journal does not hold it.
    marked: whether the journal on the host has it as undone.
    """
    entry = state.journal.get(wanted.journal or "")
    if entry is None:
        return None
    plan = make_plan(state, wanted)
    if marked and not plan.changes:
        return plan._replace(undoes=None)
    back = state.journal.get(entry.undid)
    if back is not None and back.undone and plan.is_empty:
        # Of an undoing that failed the mark may be all that was written: what it was to undo is there.
        return plan._replace(undoes=back._replace(undone=False))
    return plan


def _is_undone(entry: JournalEntry) -> bool:
    return entry.undone and entry.kind != Goal.RESTORED.value


def _rolled_back(planned: Planned, plan: Plan, known: tuple[t.Any, ...]) -> Fate:
    kept = [finding.subject for finding in plan.findings if finding.id == "restore_changed_since"]
    more = [f"What somebody else changed since stays: {', '.join(kept)}."] if kept else []
    made = planned.plan.directories
    more += [f"The directories that were made stay: {', '.join(made)}."] if made else []
    return Fate(ROLLED_BACK, clean=True, more=" ".join(more), undone=True, known=known)


def _not_marked(planned: Planned, plan: Plan, error: Exception) -> Fate:
    """Every value is what it was, and only the journal still has as undone what the run had failed to undo."""
    fate = _rolled_back(planned, plan, _known(error))
    id = plan.undoes.id if plan.undoes else ""
    more = f"Its journal could not be written: {_text_of(error)} It may have the change {id} as undone: "
    return fate._replace(more=f"{fate.more} {more}journal with that id and force: true undoes it.".strip())


def _still(id: str, reason: str, known: tuple[t.Any, ...], by_force: bool = False) -> Fate:
    """by_force: the journal has the change as undone."""
    how = "that journal and force: true" if by_force else "that journal"
    more = f"It could not be rolled back: {reason} state: restored with {how} undoes it."
    return Fate(f"still changed, journal {id}", clean=False, more=more, undone=True, known=known)


def _unknown(error: Exception) -> Fate:
    words = UNKNOWN if isinstance(error, TransportError) else "unknown (not readable)"
    return Fate(words, clean=False, more=_text_of(error), known=_known(error))


def _undoing(planned: Planned, id: str) -> Wanted:
    """What is wanted of a medium in which the change is undone: as if it had never been made."""
    medium, scope, user = planned.wanted.medium, planned.wanted.scope, planned.wanted.user
    memory = planned.state.record.memory
    return Wanted(
        medium, scope, user, goal=Goal.RESTORED, journal=id, validate=Validate.WARN, verify=False, memory=memory
    )


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
