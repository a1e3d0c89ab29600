# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts that can be written as UTF-8, which everything is that leaves a run. Pure.

A text of a host may hold what no UTF-8 can: half a surrogate pair of the registry's UTF-16, or a byte of a file that is
no UTF-8, which is carried as one. It is shown by its number, as `<U+D800>`; the byte FF is `<U+DCFF>`. What is written
back to a host never comes from here.
"""

from __future__ import annotations

import typing as t

from .patterns import pattern

_HALVES = pattern("[\ud800-\udfff]")


def readable(text: str) -> str:
    """The text, with the number of each character that no UTF-8 can hold. Once more changes nothing."""
    return text if text.isascii() else _HALVES.sub(lambda found: shown(found.group()), text)


def shown(half: str) -> str:
    """How such a character is shown."""
    return f"<U+{ord(half):04X}>"


def readable_result(found: t.Any) -> t.Any:
    """A result whose texts and names are all readable."""
    if isinstance(found, str):
        return readable(found)
    if isinstance(found, t.Mapping):
        return {readable_result(key): readable_result(value) for key, value in found.items()}
    return [readable_result(value) for value in found] if isinstance(found, (list, tuple)) else found
