# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan in the making. Pure."""

from __future__ import annotations

import typing as t

from .checks import PlanChecks
from .findings import Finding
from .pathlist import PathList
from .plan import Plan
from .record import ANCHOR, ENVIRONMENT, HOOK, TURNS, Change, JournalEntry, Memory, mark_of
from .state import State
from .values import Value, Variables
from .wanted import Goal, Scope, Wanted

INSTALL_PATH = "InstallPath"


class Draft:
    """A plan in the making."""

    def __init__(self, state: State, wanted: Wanted) -> None:
        self.state, self.wanted, self.medium = state, wanted, state.medium
        self.after: dict[str, Value | None] = {}
        self.anchor = state.anchor
        self.ours: tuple[str, ...] = ()
        self.removed: list[str] = []
        self.record = state.record
        self.directories: tuple[str, ...] = ()
        self.undoes: JournalEntry | None = None
        self.restores: JournalEntry | None = None
        self.hooks: dict[str, Value | None] = {}
        self.blockers: list[Finding] = []
        self.doubts: list[Finding] = []
        self.findings: list[Finding] = list(state.noticed)
        self.kept: list[Change] = []

    @property
    def path(self) -> PathList:
        """PATH as it stands in the target scope."""
        return PathList.parse(self.state.variables.text(self.medium.list_name), self.medium)

    @property
    def variables(self) -> Variables:
        return self.state.variables.replace(self.after)

    def set(self, name: str, value: Value | None) -> None:
        """`name` is to hold `value`; refused where something else than text stands there now."""
        standing = self.state.variables.get(name)
        if standing is not None and not standing.is_text and standing != value:
            self.blockers.append(
                Finding.of(
                    "value_of_other_type",
                    f"{name} holds a {standing.type}, which no environment variable should.",
                    self.medium.texts.other_type,
                    name,
                )
            )
            self.keep(name, value)
            return
        self.after[name] = value

    def keep(self, name: str, value: Value | None) -> None:
        """`name` stays as it is, though it is to hold `value`."""
        variables = self.state.variables
        if variables.get(name) != value:
            self.kept.append(Change(variables.spelled(name), variables.get(name), value))

    def finish(self) -> Plan:
        variables = self.state.variables
        changes = [
            Change(variables.spelled(name), variables.get(name), value)
            for name, value in self.after.items()
            if variables.get(name) != value
        ]
        if self.anchor != self.state.anchor:
            changes.append(Change(INSTALL_PATH, self.state.anchor, self.anchor, ANCHOR))
        self._remember(changes)
        self._take_turns(changes)
        changes += self._hooks(bool(changes))
        self._memorise(changes)
        self._blocked(changes)
        plan = Plan(
            self.state.target,
            self.medium,
            tuple(changes),
            self.directories,
            self.ours,
            tuple(self.removed),
            self.record,
            self.state.record,
            self.undoes,
            self.wanted.goal.value,
            tuple(self.blockers),
            tuple(self.doubts),
            tuple(self.findings),
            self.restores,
            tuple(self.kept),
            self.wanted.enforcement.run if self.wanted.enforcement else "",
        )
        judged = PlanChecks(self.state, plan, plan.applied(self.state), self.wanted).add_to(plan)
        if self.state.layer_of(self.state.target).known:
            return judged
        # Of a scope that could not be read nothing else can be said.
        return judged._replace(blockers=tuple(finding for _subject, finding in self.state.obstacles), doubts=())

    def _memorise(self, changes: t.Sequence[Change]) -> None:
        """What enforcement is to know of this change."""
        if not (changes or self.directories or self.undoes):
            return
        wanted = self.wanted
        if self.state.record.memory != Memory() or wanted.goal is Goal.RESTORED or wanted.put_back:
            from .remembering import remembered

            ours = (*self.ours, *self.removed)
            memory = remembered(self.state, wanted, changes, ours, self.restores)
            self.record = self.record._replace(memory=memory)

    def _blocked(self, changes: t.Sequence[Change]) -> None:
        """What stands in the way of these changes."""
        if not (changes or self.directories or self.undoes):
            return
        about = {
            "",
            *(change.place for change in changes if change.place != HOOK),
            *(change.name for change in changes),
        }
        self.blockers += dict.fromkeys(finding for subject, finding in self.state.obstacles if subject in about)

    def _take_turns(self, changes: t.Sequence[Change]) -> None:
        """What this change leaves, for the next ones to see whether they only take back from each other."""
        if self.wanted.goal is not Goal.PRESENT:
            self.record = self.record._replace(turns=())
        elif changes:
            from .alternation import disagreement, finding, state_left_by  # only a run that changes something needs it

            turns = (*self.state.record.turns, state_left_by(changes, self.medium))[-TURNS:]
            self.record = self.record._replace(turns=turns)
            names = disagreement(turns)
            self.findings += [finding(names)] if names else []

    def _remember(self, changes: t.Sequence[Change]) -> None:
        """Where programs inherit what we set: what this run takes away, so that shells that still have it can let go of
        it.
        """
        if not self.medium.policy.inherits:
            return
        standing = PathList.parse(self.variables.text(self.medium.list_name), self.medium).entries
        if self.state.target.is_user:  # what everybody's scope puts on PATH is not for one user's to take off
            standing += PathList.parse(self.state.in_scope(Scope.MACHINE).text("PATH"), self.medium).entries
        gone = [entry for entry in self.path.entries if entry != self.medium.policy.inherited]
        record = self.record.with_retired(gone, standing)
        values = [change for change in changes if change.place == ENVIRONMENT and not self.medium.is_path(change.name)]
        texts = [
            (change.name, change.before.data if change.before else None, change.after.data if change.after else None)
            for change in values
        ]
        self.record = record.with_former(texts)

    def _with_left(self, wanted: dict[str, str]) -> dict[str, str]:
        """The texts of files, those that are left as they are."""
        hooks = self.state.hooks
        left = {path: hooks.get(path) for path in (*wanted, *hooks) if self.wanted.is_left(path)}
        kept = {path: text for path, text in wanted.items() if path not in left}
        return {**kept, **{path: text for path, text in left.items() if text is not None}}

    def _record_hooks(self, texts: t.Mapping[str, str]) -> None:
        """Those that are left as they are stay what they were in the record."""
        was, is_left = self.state.record, self.wanted.is_left
        marks = {path: mark_of(text) for path, text in texts.items() if not is_left(path)}
        kept = [path for path in was.hooks if is_left(path)]
        marks.update((path, was.marks[path]) for path in kept if path in was.marks)
        hooks = (*(path for path in texts if not is_left(path)), *kept)
        self.record = self.record._replace(hooks=hooks, marks=marks)

    def _hooks(self, moves: bool) -> list[Change]:
        """The files that must change so that the variables come into effect as they will stand; those of an undone
        change go back first.

        moves: values change too. An undoing that changes none leaves a file's form as it is.
        """
        state, variables = self.state, self.variables
        standing: dict[str, str | None] = {
            **state.hooks,
            **{path: value.data if value else None for path, value in self.hooks.items()},
        }
        wanted = state.layout.hooks(variables, self.record)
        if self.wanted.goal is not Goal.PRESENT and self.wanted.shells is None:
            wanted = {path: text for path, text in wanted.items() if standing.get(path) is not None}
        if state.layout.goes_back:
            wanted.update(state.hooks if self.wanted.goal is Goal.RESTORED and not moves else {})
            wanted.update((path, value.data) for path, value in self.hooks.items() if value is not None)
        if self.wanted.left:
            wanted = self._with_left(wanted)
        self._record_hooks(wanted)
        out = []
        for path in dict.fromkeys((*wanted, *standing)):
            before, after = state.hooks.get(path), wanted.get(path)
            if before != after:
                out.append(
                    Change(
                        path, None if before is None else Value(before), None if after is None else Value(after), HOOK
                    )
                )
        return out
