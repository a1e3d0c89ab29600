# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values and variables: what a scope holds."""

from __future__ import annotations

import typing as t

from .secrets import MASK, mask

__all__ = ["EXPANDING", "MASK", "TEXT", "TEXT_TYPES", "Fold", "Value", "Variables", "exactly", "fold_name", "mask"]

#: types of values, as records and journals have them since the first release
TEXT, EXPANDING = "REG_SZ", "REG_EXPAND_SZ"
TEXT_TYPES = (TEXT, EXPANDING)

#: the form in which a medium compares names
Fold = t.Callable[[str], str]


def exactly(name: str) -> str:
    """For names that compare as they are."""
    return name


def fold_name(name: str) -> str:
    """The form in which Windows compares names: simple upper case, character by character."""
    if name.isascii():
        return name.upper()
    return "".join(
        upper if len(upper := char.upper()) == 1 and (upper.lower() == char or upper == char) else char for char in name
    )


class Value(t.NamedTuple):
    """A text and its type, where the medium has types. Others than TEXT and EXPANDING are carried, never written."""

    data: str
    type: str = TEXT

    @property
    def is_text(self) -> bool:
        return self.type in TEXT_TYPES

    @property
    def expands(self) -> bool:
        return self.type == EXPANDING

    def to_json(self) -> list[str]:
        return [self.type, self.data]

    @classmethod
    def from_json(cls, found: t.Any) -> Value | None:
        """The value that `to_json` wrote; None stands for an absent one. Raises ValueError for anything else."""
        if found is None:
            return None
        if isinstance(found, list) and len(found) == 2 and all(isinstance(part, str) for part in found):
            return cls(found[1], found[0])
        raise ValueError("not a value")


class Variables(t.Mapping[str, Value]):
    """Named values of one scope. Names keep their spelling, and compare as the medium folds them. Immutable."""

    def __init__(
        self, values: t.Mapping[str, Value] | t.Iterable[tuple[str, Value]] = (), fold: Fold = fold_name
    ) -> None:
        self.fold = fold
        pairs = values.items() if isinstance(values, t.Mapping) else values
        self._items: dict[str, tuple[str, Value]] = {}
        for name, value in pairs:
            self._items[self.fold(name)] = (name, value)

    def __getitem__(self, name: str) -> Value:
        return self._items[self.fold(name)][1]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.fold(name) in self._items

    def __iter__(self) -> t.Iterator[str]:
        return (name for name, _value in self._items.values())

    def __len__(self) -> int:
        return len(self._items)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Variables):
            return NotImplemented
        return {k: v for k, (_n, v) in self._items.items()} == {k: v for k, (_n, v) in other._items.items()}

    def __hash__(self) -> int:
        return hash(frozenset((key, value) for key, (_name, value) in self._items.items()))

    def __repr__(self) -> str:
        return f"Variables({sorted(self)})"

    def spelled(self, name: str) -> str:
        """The name as it stands in the scope, or as given when it does not."""
        found = self._items.get(self.fold(name))
        return found[0] if found else name

    def text(self, name: str) -> str:
        """The data of `name`, or an empty string."""
        found = self._items.get(self.fold(name))
        return found[1].data if found else ""

    def replace(self, changes: t.Mapping[str, Value | None]) -> Variables:
        """A copy with these values set (None: removed). A value that stands keeps the spelling of its name."""
        items = dict(self._items)
        for name, value in changes.items():
            key = self.fold(name)
            if value is None:
                items.pop(key, None)
            else:
                items[key] = (items[key][0] if key in items else name, value)
        return Variables(items.values(), self.fold)
