# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a word of sh, bash or zsh means, as far as that can be told without running it. Pure.

Understood are quotes, `~`, variables with their defaults, and the few commands whose answer is known. Whatever else is
kept as it is written, marked as not known (`login_environment.unknown`).
"""

from __future__ import annotations

import fnmatch
import re
import typing as t

from .._core.patterns import pattern
from .login_environment import is_filled, is_known, unknown

if t.TYPE_CHECKING:
    from .login_environment import LoginEnvironment

_NAME = pattern(r"[A-Za-z_][A-Za-z0-9_]*")
_PARAMETER = pattern(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*|[0-9#@*?$!-])(?:(?P<operator>:?[-=+?])(?P<word>.*))?\Z", 16)
_SPECIAL = pattern(r"[0-9#@*?$!-]")
_PLAIN = pattern(r"[^'\"\\$`*?\[\]{}~]+")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "e": "\x1b", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_IN_DOUBLE = '"\\$`\n'


class Piece(t.NamedTuple):
    """A piece of a word. quoted: its characters mean themselves."""

    text: str
    quoted: bool


class Words:
    """What words mean in an environment. special: of parameters such as `-`, `0` and `1`. answers: of commands."""

    def __init__(self, environment: LoginEnvironment, special: dict[str, str], answers: t.Mapping[str, str]) -> None:
        self.environment, self.special, self.answers = environment, special, answers
        #: sets a variable that a word sets in passing (`${NAME:=text}`)
        self.assign: t.Callable[[str, str], None] = lambda _name, _text: None

    def text(self, word: str, assigned: bool = False) -> str:
        """A word as one text. assigned: it is what a variable is set to, so that `~` counts behind colons, too."""
        return "".join(piece.text for piece in self.pieces(word, assigned))

    def matches(self, text: str, word: str) -> bool | None:
        """Whether a text is as a pattern says; None where that is not known."""
        pieces = self.pieces(word)
        if not all(is_known(piece.text) for piece in pieces):
            return None
        found = "".join(_escaped(piece.text) if piece.quoted else piece.text for piece in pieces)
        matched = re.match(fnmatch.translate(found.replace("[^", "[!")), text, re.DOTALL) is not None
        return matched if is_known(text) or matched else None

    def pieces(self, word: str, assigned: bool = False) -> list[Piece]:
        out: list[Piece] = []
        at = 0
        while at < len(word):
            if word[at] == "~" and (at == 0 or (assigned and word[at - 1] == ":")):
                text, at = self._home(word, at)
                out.append(Piece(text, True))
                continue
            piece, at = self._piece(word, at)
            out.append(piece)
        return out

    # --- pieces ------------------------------------------------------------------------------------------------------

    def _home(self, word: str, at: int) -> tuple[str, int]:
        found = re.compile(r"~(?=[/:]|\Z)").match(word, at)
        if found:
            return self.environment.value("HOME"), at + 1
        end = next((place for place in range(at, len(word)) if word[place] in "/:"), len(word))
        return unknown(word[at:end]), end

    def _piece(self, word: str, at: int) -> tuple[Piece, int]:
        plain = _PLAIN.match(word, at)
        if plain:
            return Piece(plain.group(), False), plain.end()
        sign = word[at]
        if sign == "'":
            end = word.index("'", at + 1)
            return Piece(word[at + 1 : end], True), end + 1
        if sign == '"':
            return self._double(word, at + 1)
        if sign == "\\":
            return Piece(word[at + 1 : at + 2], True), at + 2
        if sign in "$`":
            text, at = self._substituted(word, at)
            return Piece(text, False), at
        if sign in "{}" and "," in word:
            return Piece(unknown(word[at:]), False), len(word)
        return Piece(sign, False), at + 1

    def _double(self, word: str, at: int) -> tuple[Piece, int]:
        out = []
        while word[at] != '"':
            if word[at] in "$`":
                text, at = self._substituted(word, at)
                out.append(text)
            elif word[at] == "\\" and word[at + 1] in _IN_DOUBLE:
                out.append("" if word[at + 1] == "\n" else word[at + 1])
                at += 2
            else:
                out.append(word[at])
                at += 1
        return Piece("".join(out), True), at + 1

    def _substituted(self, word: str, at: int) -> tuple[str, int]:
        """What stands for `$…` or a command in backquotes."""
        if word[at] == "`":
            end = word.index("`", at + 1)
            return self._answer(word[at : end + 1], word[at + 1 : end]), end + 1
        if word.startswith("$'", at):
            return _ansi(word, at + 2)
        for opener, sign, closer in (("$((", "(", ")"), ("$(", "(", ")"), ("${", "{", "}")):
            if word.startswith(opener, at):
                end = closing(word, at + 2, sign, closer)
                inner = word[at + 2 : end - 1]
                if opener == "${":
                    return self._parameter(inner, word[at:end]), end
                return (unknown(word[at:end]) if opener == "$((" else self._answer(word[at:end], inner)), end
        special = _SPECIAL.match(word, at + 1)
        if special:
            return self._special(special.group()), special.end()
        name = _NAME.match(word, at + 1)
        return (self.environment.value(name.group()), name.end()) if name else ("$", at + 1)

    def _answer(self, whole: str, command: str) -> str:
        found = self.answers.get(" ".join(command.split()))
        return unknown(whole) if found is None else found

    def _special(self, name: str) -> str:
        found = self.special.get(name)
        if found is None and name.isdigit():
            return ""
        return unknown(f"${name}") if found is None else found

    def _parameter(self, inner: str, whole: str) -> str:
        found = _PARAMETER.match(inner)
        if not found:
            return unknown(whole)
        name, operator, word = found["name"], found["operator"], found["word"] or ""
        value = self._special(name) if _SPECIAL.match(name) else self.environment.value(name)
        if operator is None:
            return value
        is_set = True if _SPECIAL.match(name) else self.environment.is_set(name)
        counts = is_set if ":" not in operator else is_set and is_filled(value)
        if counts is None:
            return unknown(whole)
        if operator.endswith("+"):
            return self.text(word, True) if counts else ""
        if counts or operator.endswith("?"):
            return value
        text = self.text(word, True)
        if operator.endswith("="):
            self.assign(name, text)
        return text


def _escaped(text: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", text)


def _ansi(word: str, at: int) -> tuple[str, int]:
    """The text of `$'…'`, of which the opening is passed."""
    out = []
    while word[at] != "'":
        if word[at] == "\\":
            sign = word[at + 1]
            if sign in "0123456789xuUc":
                out.append(unknown(word[at : at + 2]))
            else:
                out.append(_ESCAPES.get(sign, sign))
            at += 2
        else:
            out.append(word[at])
            at += 1
    return "".join(out), at + 1


def closing(word: str, at: int, opener: str, closer: str) -> int:
    """Behind the sign that closes what was opened before `at`, in a word that is whole."""
    depth = 1
    while at < len(word):
        sign = word[at]
        if sign == "\\":
            at += 2
            continue
        if sign == "'":
            at = word.find("'", at + 1)
        elif sign == '"':
            at = _behind_double(word, at + 1)
        elif sign == closer:
            depth -= 1
            if not depth:
                return at + 1
        elif sign == opener:
            depth += 1
        at += 1
    return len(word) + 1


def _behind_double(word: str, at: int) -> int:
    """The place of the quote that ends what was quoted before `at`."""
    while at < len(word) and word[at] != '"':
        if word[at] == "\\":
            at += 1
        elif word.startswith("$(", at):
            at = closing(word, at + 2, "(", ")") - 1
        at += 1
    return at
