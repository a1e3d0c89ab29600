# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Drift of PATH, entry by entry: which are missing, which are to go, which are somewhere else. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .effective import comparison
from .entries import SDK
from .frozen import Frozen
from .items import key_of
from .pathlist import PathList
from .plan import Plan
from .record import Change
from .state import State
from .values import Variables
from .wanted import PATH_ITEM, Position, Wanted


@dataclass(frozen=True)
class Place(Frozen):
    """One entry, and its three sides: what is shown of it, None where it is not on PATH."""

    #: as it is spelled on PATH, or wanted
    entry: str
    #: the role in which it is recorded or wanted, or an empty text
    role: str
    #: whether this collection placed it, or took it out
    known: bool
    base: str | None
    now: str | None
    wanted: str | None
    #: whether it is where the go of GOROOT is
    of_goroot: bool = False


def path_places(state: State, wanted: Wanted, plan: Plan, change: Change) -> list[Place]:
    """The entries that a change of PATH is about; none where the value is no text."""
    if any(value is not None and not value.is_text for value in (change.before, change.after)):
        return []
    return _Comparison(state, wanted, plan, change).places()


class _Comparison:
    def __init__(self, state: State, wanted: Wanted, plan: Plan, change: Change) -> None:
        self.state, self.wanted, self.medium, self.plan = state, wanted, state.medium, plan
        value = change.after or change.before
        expands = value is not None and value.expands
        after = plan.applied(state)
        self.variables = comparison(state, state.target, after.variables) if expands else Variables()
        texts = (value.data if value else "" for value in (change.before, change.after))
        self.before, self.after = (PathList.parse(text, self.medium) for text in texts)
        self.retyped = bool(change.before and change.after and change.before.type != change.after.type)
        self.was, self.will = self.before.folds(self.variables), self.after.folds(self.variables)
        self.roles = self._roles()
        roots = (wanted.goroot, state.record.variables.get("GOROOT"), state.variables.text("GOROOT"))
        self.bins = {self._fold(self.medium.syntax.child(root, "bin")) for root in roots if root}

    def _roles(self) -> dict[str, str]:
        """By the folded entry; the roles that are wanted count more than those that are recorded."""
        pairs = (*self.state.record.entries, *self.wanted.entries())
        return {self._fold(entry): role for role, entry in pairs}

    def _fold(self, entry: str) -> str:
        return self.medium.syntax.fold_path(entry, self.variables)

    def _role(self, fold: str) -> str:
        return self.roles.get(fold, "")

    def _is_of_goroot(self, fold: str) -> bool:
        return fold in self.bins or self._role(fold) == SDK

    def places(self) -> list[Place]:
        gone = [(fold, entry) for fold, entry in zip(self.was, self.before.entries) if fold not in self.will]
        new = [(fold, entry) for fold, entry in zip(self.will, self.after.entries) if fold not in self.was]
        out = {fold: self._place(fold, entry, entry, None) for fold, entry in gone}
        out.update((fold, self._place(fold, entry, None, entry)) for fold, entry in new)
        out.update((place_fold, place) for place_fold, place in self._moved() if place_fold not in out)
        return list(out.values())

    def _place(self, fold: str, entry: str, now: str | None, wanted: str | None) -> Place:
        known, base = self._base(fold, entry)
        same = next((text for text in (wanted, now) if base is not None and text is not None), base)
        return Place(entry, self._role(fold), known, same, now, wanted, self._is_of_goroot(fold))

    def _base(self, fold: str, entry: str) -> tuple[bool, str | None]:
        restored = self.state.record.memory.restored
        key = key_of(PATH_ITEM + entry, self.medium)
        if key in restored:
            return True, restored[key]
        found = next((text for _role, text in self.state.record.entries if self._fold(text) == fold), None)
        return found is not None, found

    # --- entries that are there, but not where or as they are to be ---------------------------------------------------

    def _moved(self) -> t.Iterator[tuple[str, Place]]:
        ours = [fold for fold in dict.fromkeys(self.will) if fold in {self._fold(entry) for entry in self.plan.ours}]
        before = [pair for pair in zip(self.was, self.before.entries) if pair[0] in self.will]
        after = [pair for pair in zip(self.will, self.after.entries) if pair[0] in self.was]
        for fold in ours:
            was, will = _at(before, fold), _at(after, fold)
            retyped = self.retyped and any("%" in entry for _place, entry in will)
            if was and will and (was != will or retyped):
                yield fold, self._moved_place(fold, was, will, retyped and was == will)

    def _moved_place(self, fold: str, was: _Places, will: _Places, retyped: bool) -> Place:
        entry = was[0][1]
        now, wanted = _told(was, "not expanded" if retyped else ""), _told(will, "")
        known, _text = self._base(fold, entry)
        base = None
        if known:
            base = now if not retyped and self._is_where_placed() else wanted if self._is_same_place() else entry
        return Place(entry, self._role(fold), known, base, now, wanted, self._is_of_goroot(fold))

    def _recorded(self) -> list[str]:
        ours = {self._fold(entry) for entry in self.plan.ours}
        return [entry for _role, entry in self.state.record.entries if self._fold(entry) in ours]

    def _is_where_placed(self) -> bool:
        """Whether PATH still has the recorded entries where they were placed."""
        position = Position.LAST if self.state.record.last else Position.FIRST
        entries = self._recorded()
        placed = self.before.arrange(entries, lambda _entry: False, lambda _entry: False, position, self.variables)
        return placed == self.before

    def _is_same_place(self) -> bool:
        """Whether the recorded entries were to be where those that are wanted are to be."""
        folds = [self._fold(entry) for entry in self._recorded()]
        wanted = [fold for fold in dict.fromkeys(self._fold(entry) for entry in self.plan.ours) if fold in folds]
        return folds == wanted and self.state.record.last is (self.wanted.position is Position.LAST)


_Places = t.Sequence[t.Any]  # of (number, spelling)


def _at(pairs: t.Sequence[tuple[str, str]], fold: str) -> _Places:
    """Where an entry is in a list, counted from 1, and how it is spelled there."""
    return [(number, entry) for number, (other, entry) in enumerate(pairs, 1) if other == fold]


def _told(places: _Places, more: str) -> str:
    numbers = ", ".join(str(number) for number, _entry in places)
    word = "place" if len(places) == 1 else "places"
    return f"{places[0][1]} ({more or f'{word} {numbers}'})"
