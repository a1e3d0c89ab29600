# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The items of a medium: what drifts, is held, waived or left alone, one by one. Pure."""

from __future__ import annotations

import typing as t

from .medium import Medium
from .pathlist import PathList
from .record import ANCHOR, ENVIRONMENT, Change, mark_of
from .values import Value
from .wanted import NOTHING, PATH_ITEM


def key_of(item: str, medium: Medium) -> str:
    """The form in which items of a medium are compared."""
    if item[: len(PATH_ITEM)].upper() == PATH_ITEM:
        return PATH_ITEM + medium.syntax.fold_path(item[len(PATH_ITEM) :], NOTHING)
    return medium.syntax.fold_name(item)


def sides_of(change: Change, medium: Medium) -> dict[str, tuple[str | None, str | None]]:
    """The items that a change is about, by key, with the text before and after; of files what tells their texts."""
    if change.place == ENVIRONMENT and medium.is_path(change.name):
        before, after = (_entries(value, medium) for value in (change.before, change.after))
        return {
            key: (before.get(key), after.get(key)) for key in (*before, *after) if (key in before) != (key in after)
        }
    name = medium.texts.anchor if change.place == ANCHOR else change.name
    if change.place == ENVIRONMENT and not medium.texts.is_reported(name):
        return {}
    texts = (None if value is None else value.data for value in (change.before, change.after))
    was, will = texts if change.place in (ENVIRONMENT, ANCHOR) else map(_mark, texts)
    return {key_of(name, medium): (was, will)}


def _mark(text: str | None) -> str | None:
    return None if text is None else mark_of(text)


def _entries(value: Value | None, medium: Medium) -> dict[str, str]:
    entries = PathList.parse(value.data if value is not None and value.is_text else "", medium).entries
    found: t.Iterable[str] = (entry for entry in entries if entry.strip() and entry != medium.policy.inherited)
    return {key_of(PATH_ITEM + entry, medium): entry for entry in found}
