# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan: what is to be done in a scope, and how it is taken back. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from .findings import Finding
from .frozen import Frozen
from .medium import Medium
from .pathlist import PathList
from .record import ANCHOR, ENVIRONMENT, HOOK, Change, JournalEntry, Memory, Record
from .state import Directory, State
from .wanted import Goal, Scope


@dataclass(frozen=True)
class Plan(Frozen):
    """What is to be done in the target scope."""

    scope: Scope
    medium: Medium
    #: values before and after
    changes: tuple[Change, ...] = ()
    #: to be made, expanded
    directories: tuple[str, ...] = ()
    #: the PATH entries placed, verbatim
    ours: tuple[str, ...] = ()
    #: the foreign PATH entries that may go, verbatim
    removed: tuple[str, ...] = ()
    #: what is managed afterwards
    record: Record = Record()
    #: what is managed before
    record_before: Record = Record()
    #: an entry of the journal with what becomes of it: undone, or no longer
    undoes: JournalEntry | None = None
    #: what the run is for
    kind: str = Goal.PRESENT.value
    #: stop the run
    blockers: tuple[Finding, ...] = ()
    #: stop the run unless the user said `validate: warn`
    doubts: tuple[Finding, ...] = ()
    #: are reported
    findings: tuple[Finding, ...] = ()
    #: the journal entry whose changes this plan takes back
    restores: JournalEntry | None = None
    #: what is not as wanted and stays, with what it would become
    kept: tuple[Change, ...] = ()
    #: the id of the run that enforces a policy
    run: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be written. A run that finds all as wanted stays empty, and so does not take into the
        record what somebody else wrote: only what this collection wrote is what it manages.
        """
        return not (self.changes or self.directories or self.undoes)

    @property
    def is_journaled(self) -> bool:
        """Whether the journal gets it. Directories alone are in none: no undoing takes them away. But the record counts
        those that enforcement puts back, and it is written with the journal.
        """
        memory, before = self.record.memory, self.record_before.memory
        return bool(self.changes or self.undoes) or memory.put_backs != before.put_backs

    def undo(self) -> Plan:
        """The plan that takes this one back exactly, from the state right after it. Directories stay."""
        back = tuple(
            Change(change.name, change.after, change.before, change.place) for change in reversed(self.changes)
        )
        path = [change.after.data for change in self.changes if self.medium.is_path(change.name) and change.after]
        free = tuple(entry for text in path for entry in PathList.parse(text, self.medium).entries)
        return self._replace(
            changes=back,
            directories=(),
            ours=self.removed,
            removed=free,
            record=self.record_before,
            record_before=self.record,
            kept=(),
            run="",
            kind=Goal.RESTORED.value,
            blockers=(),
            doubts=(),
            findings=(),
        )

    def applied(self, state: State) -> State:
        """The state as it is once this plan is carried out."""
        environment = {change.name: change.after for change in self.changes if change.place == ENVIRONMENT}
        anchor = next((change.after for change in self.changes if change.place == ANCHOR), state.anchor)
        after = state.with_variables(state.variables.replace(environment), anchor)
        made = {self.medium.syntax.fold_path(path, {}): Directory(True) for path in self.directories}
        hooks = dict(state.hooks)
        for change in self.changes:
            if change.place == HOOK:
                hooks.pop(change.name, None)
                hooks.update({change.name: change.after.data} if change.after else {})
        return after._replace(record=self.record, directories={**state.directories, **made}, hooks=hooks)

    def journal_entry(self, id: str, media: tuple[str, ...] = ()) -> JournalEntry:
        """This plan as the journal keeps it. Undoing is itself journaled, but never the newest change to undo.

        media: as in `JournalEntry`.
        """
        undid = self.restores.id if self.restores else ""
        return JournalEntry(
            id,
            self.changes,
            self.ours,
            self.record_before._replace(memory=Memory()),
            undone=self.kind == Goal.RESTORED.value,
            kind=self.kind,
            undid=undid,
            media=media,
            run=self.run,
        )
