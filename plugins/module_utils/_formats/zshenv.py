# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a zshenv sets ZDOTDIR to, as far as that can be told without running it. Pure.

Plain assignments are followed (`ZDOTDIR=…`, `export A=… B=…`, `typeset -x`, `: ${NAME:=…}`), with quotes, `~`,
variables and their defaults, and so are files that are read in between (`source`, `.`). What depends on more than that
(a condition, a command, a variable that nobody sets here) is not understood, and the answer says so: zsh itself can be
asked then.
"""

from __future__ import annotations

import posixpath
import typing as t

from .._core.patterns import pattern

NAME = "ZDOTDIR"
DEPTH = 8  # of files that read files

_ASSIGNMENT = pattern(r"([A-Za-z_][A-Za-z0-9_]*)(\+?=)")
_VARIABLE = pattern(r"[A-Za-z_][A-Za-z0-9_]*")
_PARAMETER = pattern(r"([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-=])(.*))?\Z")
#: what sets a variable wherever it is expanded
_SET_IN_PASSING = pattern(r"\$\{(?:\([^)]*\))?[=^~]*([A-Za-z_][A-Za-z0-9_]*):{0,2}=")
_USED = pattern(r"\$\{?ZDOTDIR(?![A-Za-z0-9_])(?!:?=)")
_DECLARE, _PLAIN = frozenset(("export", "typeset", "declare", "readonly")), frozenset(("builtin", "command", "noglob"))
_OPEN, _CLOSE = (
    frozenset(("if", "for", "while", "until", "select", "repeat", "{", "(")),
    frozenset(("fi", "done", "}", ")")),
)
_BETWEEN = frozenset(("then", "do", "else", "elif", "!", "time"))
_ENDS = frozenset(("return", "exit", "exec"))
_SEPARATORS = ("&&", "||", ";;", ";", "&", "|", "\n", "(", ")")


class Zshenv(t.NamedTuple):
    """zdotdir: the directory, None where the text sets none. understood: that is sure. sources: files that must be read
    to be sure.
    """

    zdotdir: str | None
    understood: bool
    sources: tuple[str, ...] = ()


def read(data: bytes, variables: t.Mapping[str, str], texts: t.Mapping[str, bytes | None]) -> Zshenv:
    """What becomes of ZDOTDIR. variables: what is set before. texts: files that may be read in between, by path, None
    for no file.
    """
    run = _Run(dict(variables), texts)
    run.follow(data, 0, False)
    value = run.variables.get(NAME, "")
    sure = run.sure and value is not None and not run.sources
    known = posixpath.normpath(value) if value and value.startswith("/") else None
    return Zshenv(known, sure, tuple(dict.fromkeys(run.sources)))


class _Unknown(Exception):
    """A text that cannot be told without running it."""


class _Run:
    """The variables as statement after statement leaves them; None for one whose value is not known."""

    def __init__(self, variables: dict[str, str | None], texts: t.Mapping[str, bytes | None]) -> None:
        self.variables, self.texts = variables, texts
        self.sure = True
        self.sources: list[str] = []

    def follow(self, data: bytes, depth: int, doubtful: bool) -> None:
        """Go through a text. doubtful: whether it is read at all depends on something."""
        text = data.decode("utf-8", "surrogateescape").replace("\r\n", "\n")
        if NAME not in text and not any(word in text for word in ("source", ".", "XDG_CONFIG_HOME")):
            return
        nested = 0
        try:
            for words, chained in statements(text):
                nested, murky = self._nesting(words, nested)
                self._carry_out(words, depth, doubtful or chained or nested > 0)
                doubtful = doubtful or murky
        except _Unknown:
            self.sure = self.sure and NAME not in text

    def _nesting(self, words: t.Sequence[str], nested: int) -> tuple[int, bool]:
        """How deep in conditions and functions the statement stands, and whether all that follows depends on
        something.
        """
        first = next((word for word in words if word not in _BETWEEN), "")
        if first in _CLOSE:
            return max(0, nested - 1), False
        opens = first in _OPEN or first == "function" or "()" in words
        return nested + opens, first in _ENDS or first == "case"

    def _carry_out(self, words: t.Sequence[str], depth: int, doubtful: bool) -> None:
        rest = [word for word in words if word not in _BETWEEN and word not in _OPEN and word not in _CLOSE]
        declares = False
        while rest and rest[0] in _DECLARE | _PLAIN:
            declares = declares or rest[0] in _DECLARE
            rest = [word for word in rest[1:] if not word.startswith("-")]
        if not rest:
            return
        if rest[0] in ("source", ".", "\\.") and len(rest) > 1:
            self._source(rest[1], depth, doubtful)
        elif rest[0] == ":":
            for word in rest[1:]:
                self._settle(word, doubtful)
        elif rest[0] == "unset" and all(_VARIABLE.fullmatch(word) for word in rest):
            self._set_all([(name, "") for name in rest[1:]], doubtful)
        elif all(_ASSIGNMENT.match(word) or (declares and _VARIABLE.fullmatch(word)) for word in rest):
            self._assign(rest, doubtful)
        else:
            self._forget(rest)
            self.sure = self.sure and not any(NAME in _USED.sub("", word) for word in rest)

    def _assign(self, words: t.Sequence[str], doubtful: bool) -> None:
        """Assignments, and names that are only declared."""
        found = [(match, word) for word in words if (match := _ASSIGNMENT.match(word))]
        for match, word in found:
            name, operator = match[1], match[2]
            try:
                value = None if operator == "+=" else self.expanded(word[match.end() :])
            except _Unknown:
                value = None
                self._forget([word])
            self._set_all([(name, value)], doubtful)

    def _set_all(self, values: t.Iterable[tuple[str, str | None]], doubtful: bool) -> None:
        for name, value in values:
            self.variables[name] = None if doubtful and self.variables.get(name, "") != value else value

    def _settle(self, word: str, doubtful: bool) -> None:
        """A word behind `:`, of which only what it sets in passing counts."""
        sure = not doubtful
        if sure:
            try:
                self.expanded(word)
            except _Unknown:
                sure = False
        if not sure:
            self._forget([word])
            if NAME in _USED.sub("", word):
                self.variables[NAME] = None

    def _forget(self, words: t.Iterable[str]) -> None:
        """Words that are not understood may set variables in passing: `${NAME:=…}`."""
        for word in words:
            self.variables.update(dict.fromkeys(_SET_IN_PASSING.findall(word)))

    def _source(self, word: str, depth: int, doubtful: bool) -> None:
        try:
            path = self.expanded(word)
        except _Unknown:
            self.sure = False
            return
        if not path.startswith("/") or depth >= DEPTH:
            self.sure = False
        elif path not in self.texts:
            self.sources.append(path)
        else:
            self.follow(self.texts[path] or b"", depth + 1, doubtful)

    # --- words -------------------------------------------------------------------------------------------------------

    def expanded(self, word: str) -> str:
        """What a word means. Raises _Unknown."""
        out, at = [], 0
        if word == "~" or word.startswith("~/"):
            out, at = [self._value("HOME")], 1
        while at < len(word):
            text, at = self._piece(word, at)
            out.append(text)
        return "".join(out)

    def _piece(self, word: str, at: int) -> tuple[str, int]:
        char = word[at]
        if char == "'":
            end = word.index("'", at + 1)
            return word[at + 1 : end], end + 1
        if char == '"':
            return self._quoted(word, at + 1)
        if char == "\\":
            return word[at + 1 : at + 2], at + 2
        if char == "$":
            return self._parameter(word, at)
        if char in "`*?[]{}()<>^=~#":
            raise _Unknown
        return char, at + 1

    def _quoted(self, word: str, at: int) -> tuple[str, int]:
        out = []
        while word[at] != '"':
            if word[at] == "$":
                text, at = self._parameter(word, at)
            elif word[at] == "`":
                raise _Unknown
            elif word[at] == "\\" and word[at + 1] in '"\\$`':
                text, at = word[at + 1], at + 2
            else:
                text, at = word[at], at + 1
            out.append(text)
        return "".join(out), at + 1

    def _parameter(self, word: str, at: int) -> tuple[str, int]:
        if word.startswith("${", at):
            end = _closing(word, at + 2, "{", "}")
            found = _PARAMETER.match(word[at + 2 : end - 1])
            if found is None:
                raise _Unknown
            return self._with_default(found[1], found[2], found[3] or ""), end
        name = _VARIABLE.match(word, at + 1)
        if name is None:
            raise _Unknown
        return self._value(name[0]), name.end()

    def _with_default(self, name: str, operator: str | None, default: str) -> str:
        if operator is None:
            return self._value(name)
        if name in self.variables or name == NAME:
            found = self.variables.get(name, "")
            if found is None:
                raise _Unknown
            if found:
                return found
        text = self.expanded(default)
        if operator.endswith("="):
            self.variables[name] = text
        return text

    def _value(self, name: str) -> str:
        found = self.variables.get(name, "" if name == NAME else None)
        if found is None:
            raise _Unknown
        return found


# --- statements ------------------------------------------------------------------------------------------------------


def statements(text: str) -> t.Iterator[tuple[list[str], bool]]:
    """The statements of a text, each as its words, unquoted and unexpanded, and whether it depends on the one before
    it.

    Raises _Unknown where the text cannot be taken apart: a here-document, a quote without an end.
    """
    words: list[str] = []
    chained, at = False, 0
    while at <= len(text):
        separator = next((sign for sign in _SEPARATORS if text.startswith(sign, at)), None) if at < len(text) else "\n"
        if separator is None:
            at = _blank(text, at)
            if at < len(text) and not any(text.startswith(sign, at) for sign in _SEPARATORS):
                word, at = _word(text, at)
                words.append(word)
            continue
        if separator == "(" and text.startswith("()", at):
            words.append("()")
            at += 2
            continue
        if words or separator in ("(", ")"):
            yield (words + [separator] if separator in ("(", ")") else words), chained or separator in ("&", "|")
        words, chained = [], separator in ("&&", "||", "|") or (chained and not words and separator == "\n")
        at += len(separator)


def _blank(text: str, at: int) -> int:
    """Behind blanks, comments and continued lines."""
    while at < len(text):
        if text[at] in " \t":
            at += 1
        elif text.startswith("\\\n", at):
            at += 2
        elif text[at] == "#":
            end = text.find("\n", at)
            at = len(text) if end < 0 else end
        else:
            break
    return at


def _word(text: str, at: int) -> tuple[str, int]:
    """One word as it is written, and where it ends."""
    start = at
    while at < len(text) and text[at] not in " \t\n;&|()":
        if text.startswith("<<", at) and not text.startswith("<<<", at):
            raise _Unknown
        at = _behind(text, at)
        if at < len(text) and text[at] == "(" and text[at - 1] == "=" and _ASSIGNMENT.match(text, start):
            at = _closing(text, at + 1, "(", ")")  # an array
    return text[start:at].replace("\\\n", ""), at


def _behind(text: str, at: int) -> int:
    """Behind one character, or what a quote, a substitution or a backslash holds together."""
    if text[at] == "\\":
        return min(at + 2, len(text))
    if text[at] == "'":
        return _after(text, "'", at + 1)
    if text[at] == '"':
        at += 1
        while at < len(text) and text[at] != '"':
            at = at + 2 if text[at] == "\\" else _behind(text, at) if text[at] in "$`" else at + 1
        return _after(text, '"', at)
    if text[at] == "`":
        return _after(text, "`", at + 1)
    if text.startswith("${", at):
        return _closing(text, at + 2, "{", "}")
    if text.startswith("$(", at):
        return _closing(text, at + 2, "(", ")")
    return at + 1


def _after(text: str, sign: str, at: int) -> int:
    end = text.find(sign, at)
    if end < 0:
        raise _Unknown
    return end + 1


def _closing(text: str, at: int, opener: str, closer: str) -> int:
    """Behind the sign that closes what was opened before `at`."""
    depth = 1
    while at < len(text):
        if text[at] == closer:
            depth -= 1
            if not depth:
                return at + 1
            at += 1
        elif text[at] == opener:
            depth, at = depth + 1, at + 1
        else:
            at = _behind(text, at)
    raise _Unknown
