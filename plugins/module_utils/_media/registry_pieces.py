# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts that this collection keeps in a registry, and that are longer than a value of a hive may be that is written
offline: they are in several values of the same key. Pure.

    NAME      1/3<the begin of the text>
    NAME+2    2/3<what follows>
    NAME+3    3/3<the end>

A text that begins otherwise is whole, whatever else is in the key: a running Windows writes one value. The texts are
JSON in ASCII.
"""

from __future__ import annotations

import re
import typing as t

from .._formats.hivefile import VALUE_LIMIT
from .registry_writing import Writing, Written

Values = t.Iterable[tuple[str, str, str]]

_KIND = "REG_SZ"
#: characters of a text in one value, beside its frame and the end that every value has
PIECE = VALUE_LIMIT // 2 - 1 - len("1000/1000<>")
_PIECE = re.compile(r"(\d+)/(\d+)<(.*)>\Z", re.DOTALL)
_CONTINUATION = re.compile(r"(.+)\+(\d+)\Z", re.DOTALL)


def continuation(name: str, number: int) -> str:
    """The name of a piece of a text; the first has that of the text."""
    return name if number == 1 else f"{name}+{number}"


def joined(values: Values) -> dict[str, str]:
    """The texts in a key by their names. One of which a piece is missing is what is in its first value."""
    texts = {name: data for name, _kind, data in values}
    return {name: _whole(name, texts) for name in texts if not _CONTINUATION.match(name)}


def _whole(name: str, texts: t.Mapping[str, str]) -> str:
    count = _count(texts[name])
    found = [_PIECE.match(texts.get(continuation(name, number), "")) for number in range(1, count + 1)]
    pieces = [
        piece[3]
        for number, piece in enumerate(found, 1)
        if piece is not None and (int(piece[1]), int(piece[2])) == (number, count)
    ]
    return "".join(pieces) if count and len(pieces) == count else texts[name]


def _count(text: str) -> int:
    """In how many values a text is, by the first of them; 0 for one that is whole there."""
    first = _PIECE.match(text)
    return int(first[2]) if first else 0


def fitted(values: t.Iterable[Written], there: Values) -> list[Written]:
    """What is written to a key of this collection so that no value of it is too long. there: the values that it has;
    those that a running Windows wrote longer are written anew, and pieces that no text has any more go.
    """
    stored = list(there)
    texts = {name: data for name, _kind, data in stored}
    asked: dict[str, tuple[str | None, str]] = {
        name: (kind, data) for name, kind, data in values if not _CONTINUATION.match(name)
    }
    for name, kind, data in stored:
        if kind == _KIND and _is_long(data):
            asked.setdefault(name, (kind, data))
    out = [piece for name, (kind, data) in asked.items() for piece in _pieces(name, kind, data)]
    written = {name for name, _kind, _data in out}
    for name in texts:
        found = _CONTINUATION.match(name)
        if found is None or name in written:
            continue
        if found[1] in asked or int(found[2]) > _count(texts.get(found[1], "")):
            out.append((name, None, ""))
    return out


def by_names(writing: Writing, there: t.Mapping[str, t.Collection[str]]) -> Writing:
    """The same, where it deletes the pieces that are there, however many, and none that is not. there: the names of the
    values in a key, by the keys of which they are known.
    """
    return writing._replace(
        sections=tuple(
            (key, _by_names(values, there[key]) if key in there else values) for key, values in writing.sections
        )
    )


def _by_names(values: t.Iterable[Written], there: t.Iterable[str]) -> tuple[Written, ...]:
    texts = {name: (name, kind, data) for name, kind, data in values if kind or not _CONTINUATION.match(name)}
    found = [match for match in map(_CONTINUATION.match, there) if match and match[1] in texts]
    return (*texts.values(), *((match[0], None, "") for match in found if match[0] not in texts))


def _pieces(name: str, kind: str | None, data: str) -> list[Written]:
    if kind != _KIND or not _is_long(data):
        return [(name, kind, data)]
    parts = [data[start : start + PIECE] for start in range(0, len(data), PIECE)]
    return [
        (continuation(name, number), kind, f"{number}/{len(parts)}<{part}>") for number, part in enumerate(parts, 1)
    ]


def _is_long(data: str) -> bool:
    return 2 * len(data) + 2 > VALUE_LIMIT
