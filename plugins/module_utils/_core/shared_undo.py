# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A change of several media is undone in all of them. Pure; for runs that undo."""

from __future__ import annotations

import typing as t

from .errors import DevboxError
from .findings import Finding
from .plan import Plan
from .record import JOURNAL_LENGTH, JournalEntry
from .state import State
from .store import Part, Share
from .task import Task
from .undoing import is_to_undo, newest_to_undo
from .wanted import Goal


def shares(parts: t.Sequence[Part], states: t.Sequence[State], task: Task | None = None) -> list[Share]:
    """For each medium its share of the change to undo: the one that is named, or the newest over all media that is not
    yet undone. A medium that is alone has all of it, also where that is nothing. Of a task over several places it is
    the change of that task, and these media may have no share of it.

    Raises DevboxError when several media are given, and no journal holds the change.
    """
    whole = [Share(part.wanted) for part in parts]
    run = next((share.wanted.run for share in whole if share.wanted.run is not None), None)
    if run is not None:
        id = _change_of(run, [part.label for part in parts], states)
        if id is None:
            return _none(whole, f"The run {run} changed nothing here: no journal holds it.")
        whole = [share.of(id) for share in whole]
    named = next((share.wanted.journal for share in whole if share.wanted.journal is not None), None)
    newest = [entry.id for entry in map(newest_to_undo, states) if entry is not None]
    common = task.undoes if task else None
    if common and any(state.unread for state in states):
        return [share.of(None) for share in whole]  # what keeps it from being read is the matter then
    id = named if named is not None else (common or max(newest, default=None))
    if id is None:
        return whole
    entries = {number: state.journal[id] for number, state in enumerate(states) if id in state.journal}
    if id == common and not (entries if named else _not_undone_yet(entries)):
        return _none(whole, f"The change {id} was not made here, or is undone already, so nothing is undone here.")
    if not entries and len(parts) > 1:
        known = ", ".join(sorted({item for state in states for item in state.journal})) or "none"
        labels = ", ".join(part.label for part in parts)
        raise DevboxError(f"There is no change {id} in the journals of {labels}.", f"They hold: {known}.")
    if not entries:
        return [share.of(id) for share in whole]
    taking = {number: entry for number, entry in entries.items() if named is not None or not entry.undone}
    acting = {number: entry for number, entry in taking.items() if is_to_undo(entry, parts[number].wanted)}
    unmade = {number: found for number, state in enumerate(states) if (found := _unmade(id, state))}
    findings = _incomplete(id, [part.label for part in parts], entries, acting, unmade)
    return [
        share.of(id)._replace(takes_part=number in taking, findings=tuple(findings.get(number, ())))
        for number, share in enumerate(whole)
    ]


def _none(whole: t.Sequence[Share], reason: str) -> list[Share]:
    """The shares of media that have no part of what is undone."""
    nothing = Finding.of("restore_nothing", reason)
    return [
        share._replace(takes_part=False, findings=() if number else (nothing,)) for number, share in enumerate(whole)
    ]


def _not_undone_yet(entries: t.Mapping[int, JournalEntry]) -> bool:
    return any(not entry.undone for entry in entries.values())


def _change_of(run: str, labels: t.Sequence[str], states: t.Sequence[State]) -> str | None:
    """The id of the newest change that a run made and that is not undone yet, of the newest one where all are; None
    where it made none. Raises DevboxError for a run that is older than what the journals hold.
    """
    entries = [entry for state in states for entry in state.journal.values() if entry.run == run]
    if entries:
        return max((not entry.undone, entry.id) for entry in entries)[1]
    for label, state in zip(labels, states):
        left = sorted(id for id, entry in state.journal.items() if not entry.undone)
        if len(left) >= JOURNAL_LENGTH and run[: len(_STAMP)] < left[0][: len(_STAMP)]:
            where = f" of {label}" if label else ""
            raise DevboxError(
                f"The run {run} is older than the oldest change that the journal{where} holds, {left[0]}: a journal "
                f"keeps {JOURNAL_LENGTH} changes.",
                "Set what you want with state: present, or undo the newer changes one by one.",
            )
    return None


_STAMP = "20260101T000000Z"


def untouched(state: State, goal: Goal) -> Plan:
    """The plan of a medium that a run is not about."""
    return Plan(state.target, state.medium, record=state.record, record_before=state.record, kind=goal.value)


def _unmade(id: str, state: State) -> list[Finding]:
    """That a killed run did not come to make the change in a medium."""
    return [finding for finding in state.noticed if (finding.id, finding.subject) == ("hive_pending", id)]


def _incomplete(
    id: str,
    labels: t.Sequence[str],
    entries: t.Mapping[int, JournalEntry],
    acting: t.Mapping[int, JournalEntry],
    unmade: t.Mapping[int, list[Finding]],
) -> dict[int, list[Finding]]:
    """By the number of the medium that says it: a finding for each medium that the change was made in as well, and
    where it is not undone.

    entries: of the media that have it. acting: of those that undo it now. unmade: what is said of those where it was
    never made.
    """
    known = {label for number, entry in entries.items() for label in (labels[number], *entry.media[:1])}
    out: dict[int, list[Finding]] = {}
    for label in dict.fromkeys(label for entry in acting.values() for label in entry.media):
        if label not in known:
            number = labels.index(label) if label in labels else min(acting)
            said = unmade.get(number, []) if label in labels else []
            out.setdefault(number, []).extend(said or [_not_undone(id, label, label in labels)])
    return out


def _not_undone(id: str, label: str, given: bool) -> Finding:
    if given:
        reason = f"The journal of {label} does not hold the change {id} any more"
        advice = "Look at what is there, and set it with state: present, or take it out with state: absent."
    else:
        reason = f"The change {id} was made in {label} as well, which this run is not about"
        advice = f"Undo it there too, with journal: {id}."
    return Finding.of("restore_incomplete", f"{reason}, so what it did there stays.", advice, label)
