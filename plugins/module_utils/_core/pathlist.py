# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PATH as a list: what goes in, what goes out, what stays. Pure."""

from __future__ import annotations

import typing as t

from .entries import is_relative
from .medium import Medium
from .values import Value
from .wanted import NOTHING, Position


class PathList(t.NamedTuple):
    """The entries of one PATH value, verbatim and in order, and the rules of the medium it stands in."""

    entries: tuple[str, ...]
    medium: Medium

    @classmethod
    def parse(cls, text: str, medium: Medium) -> PathList:
        """The list in `text`. Where a PATH can hold the inherited one, no text stands for that alone."""
        return cls(tuple(medium.syntax.split_path(text or medium.policy.inherited)), medium)

    def format(self) -> str:
        return self.medium.syntax.separator.join(self.entries)

    @property
    def says_nothing(self) -> bool:
        """Whether it holds no entry but the one that stands for the inherited PATH."""
        return all(not entry.strip() or entry == self.medium.policy.inherited for entry in self.entries)

    def folds(self, variables: t.Mapping[str, Value]) -> list[str]:
        return [self.medium.syntax.fold_path(entry, variables) for entry in self.entries]

    def arrange(
        self,
        wanted: t.Sequence[str],
        leaving: t.Callable[[str], bool],
        respell: t.Callable[[str], bool],
        position: Position,
        variables: t.Mapping[str, Value],
    ) -> PathList:
        """This list with the wanted entries once, in their order, first or last, and without those that `leaving`
        names.

        A wanted entry that stands already keeps its spelling unless `respell` says otherwise. Everything else stays
        verbatim and in order. Entries placed last stand before an empty entry at the end, so that a trailing `;` stays
        one. Where the order says nothing, a wanted entry stays in its place, and a new one comes last.
        """
        folds, fold_path = self.folds(variables), self.medium.syntax.fold_path
        spelled: dict[str, str] = {}
        for fold, entry in zip(folds, self.entries):
            if not respell(entry):
                spelled.setdefault(fold, entry)
        ours = dict.fromkeys(fold_path(entry, variables) for entry in wanted)
        placed = [spelled.get(fold, entry) for fold, entry in zip(ours, _first_of_each(self.medium, wanted, variables))]
        if not self.medium.policy.ordered:
            return self._replace(entries=self._in_place(dict(zip(ours, placed)), folds, leaving))
        rest = [entry for fold, entry in zip(folds, self.entries) if fold not in ours and not leaving(entry)]
        if position is Position.FIRST:
            return self._replace(entries=(*placed, *rest))
        end = len(rest)
        while end and not rest[end - 1].strip():
            end -= 1
        return self._replace(entries=(*rest[:end], *placed, *rest[end:]))

    def _in_place(
        self, placed: t.Mapping[str, str], folds: t.Sequence[str], leaving: t.Callable[[str], bool]
    ) -> tuple[str, ...]:
        """The entries with the placed ones, by their folds, where the first of each is, and the new ones last."""
        out: list[str] = []
        for fold, entry in zip(folds, self.entries):
            if fold in placed and placed[fold] not in out:
                out.append(placed[fold])
            elif fold not in placed and not leaving(entry):
                out.append(entry)
        return (*out, *(entry for entry in placed.values() if entry not in out))

    def without(self, leaving: t.Callable[[str], bool]) -> PathList:
        return self._replace(entries=tuple(entry for entry in self.entries if not leaving(entry)))


def _first_of_each(medium: Medium, entries: t.Iterable[str], variables: t.Mapping[str, Value]) -> list[str]:
    found: dict[str, str] = {}
    for entry in entries:
        found.setdefault(medium.syntax.fold_path(entry, variables), entry)
    return list(found.values())


def restored(current: PathList, before: PathList, after: PathList, ours: t.Iterable[str]) -> PathList:
    """`current` with one change undone entry by entry: ours out, those the change took out back in, later ones stay.

    `before` and `after` are the list around the change, `ours` the entries the change placed. Where nobody touched the
    list since, the answer is `before` exactly. An entry comes back behind the nearest one that stood before it and
    still stands.
    """
    if current == after:
        return before
    fold_path = current.medium.syntax.fold_path
    mine = {fold_path(entry, NOTHING) for entry in ours}
    rest = [entry for entry in current.entries if fold_path(entry, NOTHING) not in mine]
    standing = {fold_path(entry, NOTHING) for entry in rest}
    kept = {fold_path(entry, NOTHING) for entry in after.entries}
    at = 0
    for entry in before.entries:
        fold = fold_path(entry, NOTHING)
        if fold in mine or (fold not in kept and fold not in standing):
            rest.insert(at, entry)
            at += 1
        else:
            at = _behind(current.medium, rest, fold, at)
    return current._replace(entries=tuple(rest))


def merged(mine: PathList, base: PathList, theirs: PathList) -> PathList:
    """`mine` with what turned `base` into `theirs`: what they took out is out, what they put in is in, behind the same
    neighbour.
    """
    if mine == base:
        return theirs
    gone, new = list(base.entries), []
    for entry in theirs.entries:
        if entry in gone:
            gone.remove(entry)
        else:
            new.append(entry)
    out = list(mine.entries)
    for entry in gone:
        if entry in out:
            out.remove(entry)
    at = 0
    for entry in theirs.entries:
        if entry in new:
            new.remove(entry)
            out.insert(at, entry)
            at += 1
        else:
            at = _behind(mine.medium, out, mine.medium.syntax.fold_path(entry, NOTHING), at)
    return mine._replace(entries=tuple(out))


def _behind(medium: Medium, entries: t.Sequence[str], fold: str, start: int) -> int:
    """The place behind the first entry from `start` on that folds to `fold`; `start` where there is none."""
    for index in range(start, len(entries)):
        if medium.syntax.fold_path(entries[index], NOTHING) == fold:
            return index + 1
    return start


def lost(before: PathList, after: PathList, allowed: t.Iterable[str]) -> list[str]:
    """The entries of `before` that `after` lacks or has in another order, those in `allowed` apart.

    The second lock of every store: what this names must be nothing before a PATH is written.
    """
    fold_path = before.medium.syntax.fold_path
    free = {fold_path(entry, NOTHING) for entry in allowed}
    foreign = [entry for entry in before.entries if fold_path(entry, NOTHING) not in free]
    remaining = iter(after.entries)
    missing = []
    for entry in foreign:
        rest = list(remaining)
        if entry in rest:
            remaining = iter(rest[rest.index(entry) + 1 :])
        else:
            missing.append(entry)
            remaining = iter(rest)
    return missing


class Oddities(t.NamedTuple):
    """What a reader of a PATH would want to know: duplicate, empty and relative entries, as they stand."""

    duplicates: tuple[str, ...]
    empty: int
    relative: tuple[str, ...]


def oddities(path: PathList, variables: t.Mapping[str, Value]) -> Oddities:
    medium = path.medium
    seen: set[str] = set()
    duplicates, relative, empty = [], [], 0
    last = len(path.entries) - 1
    for number, entry in enumerate(path.entries):
        if medium.policy.inherits and entry == medium.policy.inherited:
            continue
        place = medium.syntax.directory_of(entry, variables)
        fold = medium.syntax.fold_path(entry, variables)
        if not place:
            empty += number != last  # Windows itself ends a PATH with a ';'
            continue
        if fold in seen:
            duplicates.append(entry)
        seen.add(fold)
        if is_relative(place, medium.syntax):
            relative.append(entry)
    return Oddities(tuple(duplicates), empty, tuple(relative))
