# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans that take away: `state: absent` and `state: restored`. Pure; for runs that want that."""

from __future__ import annotations

from .draft import Draft
from .effective import comparison
from .errors import DevboxError
from .findings import Finding, changed_since
from .pathlist import PathList, restored
from .record import ANCHOR, ENVIRONMENT, HOOK, Change, JournalEntry
from .state import State
from .values import Value, Variables
from .wanted import NOTHING, Goal, Wanted


def absent(draft: Draft) -> None:
    wanted, record, state = draft.wanted, draft.record, draft.state
    if not (record.journal or record.variables or record.entries or record.anchor or record.hooks or record.damaged):
        draft.findings.append(
            Finding.of(
                "nothing_recorded",
                "There is no record of this collection here: it changed nothing, or its record was deleted. Only "
                "what the task names is taken out.",
                "Name what is to go: variables, and PATH entries with path.",
            )
        )
    named = set(wanted.named())
    left: dict[str, str] = {}
    for name in dict.fromkeys([*record.variables, *named]):
        found = state.variables.get(name)
        if found is None:
            continue
        if name in named or wanted.force or found.data == record.variables.get(name):
            draft.set(name, None)
            continue
        left[name] = record.variables[name]
        draft.findings.append(changed_since(name))
    _absent_path(draft)
    if (record.anchor or wanted.anchor) and state.anchor is not None:
        draft.anchor = None
    draft.record = record._replace(variables=left, entries=(), anchor=False, damaged=False, sweep=(), cleared=())


def _absent_path(draft: Draft) -> None:
    state, wanted, fold_path = draft.state, draft.wanted, draft.medium.syntax.fold_path
    standing = state.variables.get(state.medium.list_name)
    if standing is None or not standing.is_text:
        return
    variables = comparison(state, state.target, state.variables) if standing.expands else Variables()
    leaving = {fold_path(entry, variables) for _role, entry in draft.record.entries}
    leaving |= {fold_path(entry, variables) for entry in wanted.path or ()}
    current = draft.path
    rest = current.without(lambda entry: fold_path(entry, variables) in leaving)
    if rest == current:
        return
    draft.removed = [entry for entry in current.entries if fold_path(entry, variables) in leaving]
    stays = not rest.says_nothing or state.medium.policy.needs_path(state.target)
    draft.set(draft.medium.policy.path_name, standing._replace(data=rest.format()) if stays else None)


# --- restored ------------------------------------------------------------------------------------------------------


def newest_to_undo(state: State) -> JournalEntry | None:
    """The newest change that is not yet undone. One of directories alone, that enforcement put back, undoes nothing."""
    found = (state.journal[id] for id in sorted(state.journal, reverse=True))
    return next(
        (entry for entry in found if not entry.undone and (entry.changes or entry.kind == Goal.RESTORED.value)), None
    )


def is_to_undo(entry: JournalEntry, wanted: Wanted) -> bool:
    """Whether a change that was named is undone once more: an undoing always, what is undone only with force."""
    return not entry.undone or entry.kind == Goal.RESTORED.value or wanted.force


def restored_draft(draft: Draft) -> None:
    state, wanted = draft.state, draft.wanted
    if wanted.journal is not None:
        entry = state.journal.get(wanted.journal)
        if entry is None:
            known = ", ".join(sorted(state.journal)) or "none"
            raise DevboxError(
                f"There is no change {wanted.journal} in the journal of this scope.", f"It holds: {known}."
            )
        if not is_to_undo(entry, wanted):
            return
    else:
        entry = newest_to_undo(state)
    if entry is None:
        draft.findings.append(
            Finding.of("restore_nothing", "The journal of this scope holds no change that is not yet undone.")
        )
        return
    draft.restores = entry
    for change in reversed(entry.changes):
        _restore(draft, change, entry)
    _mark(draft, entry)
    left = {finding.subject for finding in draft.findings if finding.id == "restore_changed_since"}
    if not left - {
        change.name for change in entry.changes if change.place == HOOK
    }:  # a form that stays is not a value of ours
        draft.record = entry.record._replace(journal=state.record.journal)
    spent = state.record.spent
    undone = [id for id in state.record.journal if id in state.journal and state.journal[id].undone and id not in spent]
    draft.record = draft.record._replace(spent=(*undone, *spent))


def _mark(draft: Draft, entry: JournalEntry) -> None:
    """What becomes of the journal: the entry is undone; where it is an undoing itself, what that had undone is a change
    to undo again.
    """
    form = draft.state.layout.goes_back and bool(draft.hooks)
    moved = bool(draft.after) or draft.anchor != draft.state.anchor or form
    if not entry.undone:
        draft.undoes = entry._replace(undone=True)
    elif moved and entry.kind == Goal.RESTORED.value:
        back = draft.state.journal.get(entry.undid)
        draft.undoes = back._replace(undone=False) if back is not None and back.undone else entry
    elif moved:
        draft.undoes = entry


def _restore(draft: Draft, change: Change, entry: JournalEntry) -> None:
    state = draft.state
    current = state.at(change.place, change.name)
    if current == change.before:
        return
    if change.place == HOOK:
        _restore_hook(draft, change, entry)
        return
    if change.place == ENVIRONMENT and state.medium.is_path(change.name) and current is not None and current.is_text:
        _restore_path(draft, change, entry, current)
        return
    if current != change.after and not draft.wanted.force:
        draft.findings.append(
            Finding.of(
                "restore_changed_since",
                f"{change.name} was changed by somebody since, so it stays.",
                f"Give journal: {entry.id} and force: true to put it back all the same.",
                change.name,
            )
        )
        return
    if change.place == ANCHOR:
        draft.anchor = change.before
    else:
        draft.after[change.name] = change.before


def _restore_hook(draft: Draft, change: Change, entry: JournalEntry) -> None:
    """Of a file that follows from nothing else its form goes back too, with its bytes, where nobody wrote it since."""
    kept = entry.files.get(change.name)
    if draft.state.layout.goes_back and (kept is None or kept.after != draft.state.digests.get(change.name)):
        draft.findings.append(
            Finding.of(
                "restore_changed_since",
                f"{change.name} was written by somebody since, so its form stays as it is: only values go back.",
                "Nothing is to be done: go reads it as it is.",
                change.name,
            )
        )
        return
    draft.hooks[change.name] = change.before


def _restore_path(draft: Draft, change: Change, entry: JournalEntry, current: Value) -> None:
    now, fold_path, medium = draft.path, draft.medium.syntax.fold_path, draft.medium
    if current == change.after:
        draft.after[draft.medium.policy.path_name] = change.before
        draft.removed = list(now.entries)
        return
    before = PathList.parse(change.before.data if change.before else "", medium)
    back = restored(now, before, PathList.parse(change.after.data if change.after else "", medium), entry.ours)
    mine = {fold_path(text, NOTHING) for text in entry.ours}
    draft.removed = [text for text in now.entries if fold_path(text, NOTHING) in mine]
    draft.ours = tuple(text for text in back.entries if text not in now.entries)
    kind = current.type
    if change.before is not None and change.after is not None and kind == change.after.type:
        foreign = set(back.entries) - set(before.entries)
        kind = current.type if any("%" in text for text in foreign) else change.before.type
    empty = back.says_nothing and (change.before is None or not medium.policy.holds_empty_path)
    draft.after[draft.medium.policy.path_name] = None if empty else Value(back.format(), kind)
