# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `test`, `[` and `[[` come to, as far as that can be told without running them. Pure."""

from __future__ import annotations

import operator
import typing as t

from .login_environment import is_filled, is_known

if t.TYPE_CHECKING:
    from .shellread import Disk
    from .shellwords import Words

_FILES = {
    "-f": "file",
    "-e": "there",
    "-a": "there",
    "-d": "directory",
    "-r": "readable",
    "-x": "program",
    "-s": "filled",
}
_NUMBERS: dict[str, t.Callable[[int, int], bool]] = {
    "-eq": operator.eq,
    "-ne": operator.ne,
    "-gt": operator.gt,
    "-ge": operator.ge,
    "-lt": operator.lt,
    "-le": operator.le,
}
_INTERACTIVE = "interactive"


def result(words: Words, disk: Disk, name: str, arguments: t.Sequence[str]) -> bool | None:
    """Whether a test succeeds; None where that is not known."""
    given = list(arguments)
    if name in ("[", "[[") and given:
        given.pop()
    if any(word in ("(", ")", "\\(", "\\)") for word in given):
        return None
    return _any(words, disk, name == "[[", given)


def _any(words: Words, disk: Disk, double: bool, given: list[str]) -> bool | None:
    """Parts with `-o` or `||` between them."""
    found = [_all(words, disk, double, part) for part in _split(given, "||" if double else "-o")]
    return True if any(found) else None if None in found else False


def _all(words: Words, disk: Disk, double: bool, given: list[str]) -> bool | None:
    found = [_one(words, disk, double, part) for part in _split(given, "&&" if double else "-a")]
    return False if any(one is False for one in found) else None if None in found else True


def _split(given: list[str], sign: str) -> list[list[str]]:
    out: list[list[str]] = [[]]
    for number, word in enumerate(given):
        if word == sign and 0 < number < len(given) - 1:
            out.append([])
        else:
            out[-1].append(word)
    return out


def _one(words: Words, disk: Disk, double: bool, given: list[str]) -> bool | None:
    if given and given[0] == "!" and len(given) > 1:
        found = _one(words, disk, double, given[1:])
        return None if found is None else not found
    if len(given) == 1:
        return _filled(words.text(given[0]))
    if len(given) == 2:
        return _unary(words, disk, given[0], given[1])
    return _binary(words, double, *given) if len(given) == 3 else False if not given else None


def _filled(text: str) -> bool | None:
    return bool(text) if is_known(text) else is_filled(text)


def _unary(words: Words, disk: Disk, sign: str, word: str) -> bool | None:
    text = words.text(word)
    if sign in ("-n", "-z"):
        found = _filled(text)
        return found if sign == "-n" or found is None else not found
    if sign == "-v":
        return words.environment.is_set(text) if is_known(text) else None
    if sign == "-o" and text == _INTERACTIVE:
        return "i" in words.special["-"]
    if sign == "-o" and text == "login":
        return True
    if sign in ("-L", "-h") or sign not in _FILES or not is_known(text):
        return None
    return disk.test(_FILES[sign], text) if text.startswith("/") else None


def _binary(words: Words, double: bool, left: str, sign: str, right: str) -> bool | None:
    text = words.text(left)
    if sign in ("=", "==", "!="):
        if double:
            found = words.matches(text, right)
        else:
            other = words.text(right)
            found = text == other if is_known(text) and is_known(other) else None
        return None if found is None else found is not (sign == "!=")
    compare = _NUMBERS.get(sign)
    other = words.text(right)
    if compare and text.isdigit() and other.isdigit():
        return compare(int(text), int(other))
    return None
