# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has to be done to a hive so that it holds what is asked for, with nothing else in it changed. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .hivefile import (
    VALUE_LIMIT,
    RawValue,
    TooLarge,
    Tree,
    check_key_name,
    check_value_name,
    decode,
    encode,
    same_name,
    upper,
)

#: as regtext.format_reg takes them, keys relative to the hive's root
Sections = t.Iterable[tuple[str, t.Iterable[tuple[str, t.Optional[str], str]]]]


class KeyEdit(t.NamedTuple):
    """What becomes of one key. offset: of its cell; 0 for one that is made."""

    path: tuple[str, ...]
    offset: int
    values: tuple[RawValue, ...]


@dataclass
class Edit:
    """What is to be done to a hive, in this order."""

    #: the keys to remove: their cells, and their paths
    removed: list[int] = field(default_factory=list)
    gone: list[tuple[str, ...]] = field(default_factory=list)
    keys: list[KeyEdit] = field(default_factory=list)
    #: cells of what goes that hivex does not free
    left: list[int] = field(default_factory=list)

    @property
    def changes(self) -> bool:
        return bool(self.removed or self.keys)

    def difference(self, tree: Tree) -> str:
        """What a hive that was changed has otherwise than it should, as a sentence; empty for nothing."""
        for path in self.gone:
            made_anew = any(is_below(key.path, path) for key in self.keys)
            if not made_anew and tree.find("\\".join(path)):
                return f"the key {path[-1]} is still there"
        for key in self.keys:
            found = tree.find("\\".join(key.path))
            if found is None or [raw[:3] for raw in tree.values(found)] != [raw[:3] for raw in key.values]:
                return f"the values of {key.path[-1] if key.path else 'the root'} are others"
        return ""


def plan_edit(tree: Tree, sections: Sections, removed: t.Iterable[str] = ()) -> Edit:
    """What has to be done to a hive, of what is asked for. Raises Damaged, TooLarge, Unwritable."""
    edit = Edit()
    for key in removed:
        _plan_removal(tree, edit, key)
    for offset in edit.removed:
        edit.left += tree.check_remove(tree.key(offset), len(edit.removed))
    for path, values in _merged(sections):
        _plan_key(tree, edit, path, values)
    return edit


def _merged(sections: Sections) -> t.Iterator[tuple[tuple[str, ...], list[tuple[str, str | None, str]]]]:
    """Each key once, with all that is asked of it in order."""
    out: dict[tuple[str, ...], tuple[tuple[str, ...], list[tuple[str, str | None, str]]]] = {}
    for key, values in sections:
        path = _parts(key)
        out.setdefault(tuple(upper(name) for name in path), (path, []))[1].extend(values)
    yield from out.values()


def _parts(key: str) -> tuple[str, ...]:
    return tuple(filter(None, key.split("\\")))


def is_below(path: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether a key is another one, or below it."""
    return len(path) >= len(other) and all(same_name(one, two) for one, two in zip(path, other))


def _plan_removal(tree: Tree, edit: Edit, key: str) -> None:
    path = _parts(key)
    found = tree.find(key)
    if found is None or not path or any(is_below(path, other) for other in edit.gone):
        return
    for number in reversed(range(len(edit.gone))):
        if is_below(edit.gone[number], path):
            del edit.gone[number], edit.removed[number]
    edit.gone.append(path)
    edit.removed.append(found.offset)


def _plan_key(tree: Tree, edit: Edit, path: tuple[str, ...], values: list[tuple[str, str | None, str]]) -> None:
    gone = any(is_below(path, other) for other in edit.gone)
    found = None if gone else tree.find("\\".join(path))
    if found is None:
        _check_new(tree, path)
        edit.keys.append(KeyEdit(path, 0, _changed_values((), values)))
        return
    current = tree.values(found)
    after = _changed_values(current, values)
    if after != current:
        tree.check_write(found, after)
        edit.left += [cell for value in current if value not in after for cell in value.pieces]
        edit.keys.append(KeyEdit(path, found.offset, after))


def _check_new(tree: Tree, path: tuple[str, ...]) -> None:
    """Keys that would be made: their names, and the existing one that they come below."""
    above = tree.root()
    for number, name in enumerate(path):
        found = tree.child(above, name)
        if found is None:
            for new in path[number:]:
                check_key_name(new)
            break
        above = found
    tree.check_add(above)


def _changed_values(
    current: t.Sequence[RawValue], values: t.Iterable[tuple[str, str | None, str]]
) -> tuple[RawValue, ...]:
    """The values of a key afterwards: existing ones keep their place and the case of their name."""
    out = list(current)
    for name, kind, data in values:
        places = [number for number, value in enumerate(out) if same_name(value.name, name)]
        if kind is None:
            out = [value for number, value in enumerate(out) if number not in places]
        elif not places:
            out.append(_new_value(name, kind, data))
        elif decode(out[places[0]].number, out[places[0]].data) != (kind, data):
            out[places[0]] = _new_value(out[places[0]].name, kind, data)
    return tuple(out)


def _new_value(name: str, kind: str, data: str) -> RawValue:
    check_value_name(name)
    number, raw = encode(kind, data)
    if len(raw) > VALUE_LIMIT:
        raise TooLarge(name, len(raw))
    return RawValue(name, number, raw, False, ())
