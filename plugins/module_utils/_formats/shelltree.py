# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A text of sh, bash or zsh, taken apart into its commands, as a shell reads it: one after the other. Pure.

Words are as they are written, with their quotes. What such a text may hold besides (arithmetic, pipes, subshells, jobs
in the background) changes nothing of the shell that reads it, or cannot be judged: it is `Opaque`.
"""

from __future__ import annotations

import typing as t

from .._core.patterns import pattern


class Unreadable(ValueError):
    """The text cannot be taken apart. line: from where on."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line}")
        self.line = line


class Simple(t.NamedTuple):
    """A command of words; those of `[[` up to `]]`, operators too."""

    line: int
    words: tuple[str, ...]


class Opaque(t.NamedTuple):
    """A command whose result is not known. text: its words."""

    line: int
    words: tuple[str, ...] = ()


class AndOr(t.NamedTuple):
    """Commands with `&&` or `||` before each but the first, and whether the result of each is turned round."""

    items: tuple[tuple[str, bool, Node], ...]


class If(t.NamedTuple):
    branches: tuple[tuple[tuple[Node, ...], tuple[Node, ...]], ...]
    otherwise: tuple[Node, ...]


class Case(t.NamedTuple):
    line: int
    word: str
    items: tuple[tuple[tuple[str, ...], tuple[Node, ...]], ...]


class For(t.NamedTuple):
    line: int
    name: str
    words: tuple[str, ...] | None
    body: tuple[Node, ...]


class Loop(t.NamedTuple):
    """A while or until, of which it is not known how often it runs."""

    body: tuple[Node, ...]


class Group(t.NamedTuple):
    body: tuple[Node, ...]


class Function(t.NamedTuple):
    name: str
    body: tuple[Node, ...]


Node = t.Union[Simple, Opaque, AndOr, If, Case, For, Loop, Group, Function]


class _Token(t.NamedTuple):
    """operator: it is one, and no word."""

    text: str
    line: int
    operator: bool = False


_BLANKS = pattern(r"(?:[ \t]|\\\r?\n)+")
_COMMENT = pattern(r"#[^\n]*")
_OPERATOR = pattern(r";;&|;;|;&|&&|\|\||\|&|[;&|()\n]")
_REDIRECTION = pattern(r"(?:\d*|\{\w+\})(?:<<<|<<-?|<>|<&|<|>>|>\||>&|>)|&>>?")
_PLAIN = pattern(r"[^\s;&|(){}<>'\"\\$`]+")
_ARRAY = pattern(r"\w+\+?=\Z")
_SINGLE = pattern(r"'[^']*'")
_HEREDOC = ("<<", "<<-")
_ARITHMETIC = "(("
_END = _Token("", 0, True)


class _Lexer:
    """The tokens of a text."""

    def __init__(self, text: str) -> None:
        self.text, self.at, self.line = text, 0, 1
        self._pending: list[str] = []

    def next(self) -> _Token:
        """The next token; `_END` behind the last."""
        self._pass_over()
        if self.at >= len(self.text):
            return _END._replace(line=self.line)
        line = self.line
        redirection = _REDIRECTION.match(self.text, self.at)
        if redirection and not self.text.startswith(("<(", ">("), self.at):
            self._take(redirection.end())
            self._redirected(redirection.group().lstrip("0123456789"))
            return self.next()
        operator = _OPERATOR.match(self.text, self.at)
        if operator:
            return self._operator(operator.group(), line)
        start = self.at
        self._word()
        return _Token(self.text[start : self.at].replace("\\\n", ""), line)

    def _operator(self, sign: str, line: int) -> _Token:
        if self.text.startswith(_ARITHMETIC, self.at):
            start = self.at
            self._take(self._closed(self.at + 1, "(", ")"))
            return _Token(self.text[start : self.at], line)
        self._take(self.at + len(sign))
        if sign == "\n":
            self._heredocs()
        return _Token(sign, line, True)

    def _take(self, end: int) -> None:
        self.line += self.text.count("\n", self.at, end)
        self.at = end

    def _pass_over(self) -> None:
        while True:
            found = _BLANKS.match(self.text, self.at)
            if not found and self.text.startswith("\r\n", self.at):
                self._take(self.at + 1)
                continue
            found = found or _COMMENT.match(self.text, self.at)
            if not found:
                return
            self._take(found.end())

    def _redirected(self, sign: str) -> None:
        """Behind the word of a redirection; that of a here-document is kept until the line ends."""
        self._pass_over()
        start = self.at
        self._word()
        if sign in _HEREDOC:
            self._pending.append(self.text[start : self.at].replace("'", "").replace('"', "").replace("\\", ""))

    def _heredocs(self) -> None:
        """Behind the here-documents of a line."""
        for delimiter in self._pending:
            while self.at < len(self.text):
                end = self.text.find("\n", self.at)
                end = len(self.text) if end < 0 else end
                line = self.text[self.at : end]
                self._take(min(end + 1, len(self.text)))
                if line.strip() == delimiter:
                    break
        self._pending = []

    def _word(self) -> None:
        """Behind one word."""
        start = self.at
        while self.at < len(self.text):
            if self.text.startswith(("<(", ">("), self.at) and self.at == start:
                self._take(self._closed(self.at + 2, "(", ")"))
            elif self.text[self.at] == "(" and self.at > start and _ARRAY.search(self.text[start : self.at]):
                self._take(self._closed(self.at + 1, "(", ")"))
            elif self.text[self.at] in " \t\n\r;&|()<>":
                break
            else:
                self._take(self._behind(self.at))
        if self.at == start:
            raise Unreadable(self.line)

    def _behind(self, at: int) -> int:
        """Behind one piece: plain characters, a quote, a substitution, an escaped character."""
        text = self.text
        plain = _PLAIN.match(text, at)
        if plain:
            return plain.end()
        sign = text[at]
        if sign == "\\":
            return min(at + 2, len(text))
        if sign == "'":
            found = _SINGLE.match(text, at)
            return found.end() if found else self._cut()
        if sign == '"':
            return self._quoted(at + 1)
        if sign == "`":
            end = text.find("`", at + 1)
            return end + 1 if end > 0 else self._cut()
        if text.startswith("${", at):
            return self._closed(at + 2, "{", "}")
        if text.startswith("$(", at):
            return self._closed(at + 2, "(", ")")
        if text.startswith("$'", at):
            return self._escaped(at + 2)
        return at + 1

    def _quoted(self, at: int) -> int:
        while at < len(self.text) and self.text[at] != '"':
            at = at + 2 if self.text[at] == "\\" else self._behind(at) if self.text[at] in "$`" else at + 1
        return at + 1 if at < len(self.text) else self._cut()

    def _escaped(self, at: int) -> int:
        while at < len(self.text) and self.text[at] != "'":
            at += 2 if self.text[at] == "\\" else 1
        return at + 1 if at < len(self.text) else self._cut()

    def _closed(self, at: int, opener: str, closer: str) -> int:
        """Behind the sign that closes what was opened before `at`."""
        depth = 1
        while at < len(self.text):
            sign = self.text[at]
            if sign == closer:
                depth -= 1
                if not depth:
                    return at + 1
                at += 1
            elif sign == opener:
                depth, at = depth + 1, at + 1
            elif sign in " \t\n;&|<>(){}":
                at += 1
            else:
                at = self._behind(at)
        return self._cut()

    def _cut(self) -> t.NoReturn:
        raise Unreadable(self.line)


_CLOSERS = frozenset(("then", "elif", "else", "fi", "do", "done", "esac", "}", ")"))
_SEPARATORS = (";", "\n", "&")
_ENDS_OF_CASE = (";;", ";&", ";;&")


class Tree:
    """The commands of a text, one after the other. Raises Unreadable where it cannot be taken apart."""

    def __init__(self, text: str) -> None:
        self._lexer = _Lexer(text)
        self._token: _Token | None = None

    def commands(self) -> t.Iterator[Node]:
        """The commands at the top of the text, each as soon as it is read."""
        while True:
            self._blanks()
            if self._peek() is _END or (self._peek().operator and not self._peek().text):
                return
            yield self._and_or()
            self._separator()

    # --- tokens ------------------------------------------------------------------------------------------------------

    def _peek(self) -> _Token:
        if self._token is None:
            self._token = self._lexer.next()
        return self._token

    def _next(self) -> _Token:
        token, self._token = self._peek(), None
        return token

    def _is(self, *texts: str, operator: bool = False) -> bool:
        token = self._peek()
        return token.operator is operator and token.text in texts and bool(token.text)

    def _expect(self, text: str, operator: bool = False) -> None:
        if not self._is(text, operator=operator):
            raise Unreadable(self._peek().line)
        self._next()

    def _blanks(self) -> None:
        while self._is(*_SEPARATORS, operator=True):
            self._next()

    def _separator(self) -> None:
        if not (self._is(*_SEPARATORS, operator=True) or not self._peek().text):
            raise Unreadable(self._peek().line)

    # --- commands ----------------------------------------------------------------------------------------------------

    def _list(self, *ends: str) -> tuple[Node, ...]:
        """Commands up to one of these words, which is left."""
        out: list[Node] = []
        while True:
            self._blanks()
            token = self._peek()
            if token.text in ends and token.operator is (token.text in (*_ENDS_OF_CASE, ")")):
                return tuple(out)
            if not token.text or (not token.operator and token.text in _CLOSERS):
                raise Unreadable(token.line)
            out.append(self._and_or())

    def _and_or(self) -> Node:
        items = [("", *self._pipeline())]
        while self._is("&&", "||", operator=True):
            sign = self._next().text
            while self._is("\n", operator=True):
                self._next()
            items.append((sign, *self._pipeline()))
        node: Node = AndOr(tuple(items))
        if len(items) == 1 and not items[0][1]:
            node = items[0][2]
        if self._is("&", operator=True):
            return Opaque(self._peek().line)
        return node

    def _pipeline(self) -> tuple[bool, Node]:
        turned = False
        while self._is("!", "time"):
            turned = turned is not (self._next().text == "!")
        first = self._command()
        piped = False
        while self._is("|", "|&", operator=True):
            self._next()
            while self._is("\n", operator=True):
                self._next()
            self._command()
            piped = True
        return turned, Opaque(first.line if isinstance(first, Simple) else 0, _words_of(first)) if piped else first

    def _command(self) -> Node:
        token = self._peek()
        if token.operator:
            return self._subshell()
        compound = {
            "if": self._if,
            "case": self._case,
            "for": self._for,
            "select": self._for,
            "while": self._loop,
            "until": self._loop,
            "{": self._group,
            "function": self._function,
            "[[": self._test,
        }.get(token.text)
        if compound:
            return compound()
        return self._simple()

    def _subshell(self) -> Node:
        line = self._peek().line
        self._expect("(", operator=True)
        self._list(")")
        self._expect(")", operator=True)
        return Opaque(line)

    def _simple(self) -> Node:
        first = self._next()
        if first.text.startswith(_ARITHMETIC):
            return Opaque(first.line, (first.text,))
        if self._is("(", operator=True):
            self._next()
            self._expect(")", operator=True)
            self._newlines()
            return Function(first.text, _body_of(self._command()))
        words = [first.text]
        while self._peek().text and not self._peek().operator:
            words.append(self._next().text)
        return Simple(first.line, tuple(words))

    def _newlines(self) -> None:
        while self._is("\n", operator=True):
            self._next()

    def _test(self) -> Node:
        line, words = self._next().line, ["[["]
        while not self._is("]]"):
            token = self._next()
            if not token.text or token.text == "\n" and words[-1] not in ("&&", "||"):
                raise Unreadable(line)
            words.append(token.text)
        self._next()
        return Simple(line, (*words, "]]"))

    def _if(self) -> Node:
        branches = []
        while self._is("if", "elif"):
            self._next()
            condition = self._list("then")
            self._expect("then")
            branches.append((condition, self._list("elif", "else", "fi")))
        otherwise: tuple[Node, ...] = ()
        if self._is("else"):
            self._next()
            otherwise = self._list("fi")
        self._expect("fi")
        return If(tuple(branches), otherwise)

    def _case(self) -> Node:
        line = self._next().line
        word = self._next().text
        self._newlines()
        self._expect("in")
        items = []
        while True:
            self._newlines()
            if self._is("esac"):
                break
            items.append((self._patterns(), self._list(*_ENDS_OF_CASE, "esac")))
            if self._is(*_ENDS_OF_CASE, operator=True):
                self._next()
        self._next()
        return Case(line, word, tuple(items))

    def _patterns(self) -> tuple[str, ...]:
        if self._is("(", operator=True):
            self._next()
        out = []
        while not self._is(")", operator=True):
            token = self._next()
            if not token.text or token.operator and token.text != "|":
                raise Unreadable(token.line)
            if not token.operator:
                out.append(token.text)
        self._next()
        return tuple(out)

    def _for(self) -> Node:
        line = self._next().line
        name = self._next().text
        words: list[str] | None = None
        self._newlines()
        if self._is("in"):
            self._next()
            words = []
            while self._peek().text and not self._peek().operator:
                words.append(self._next().text)
        self._blanks()
        opens = self._next().text
        body = self._list("done" if opens == "do" else "}")
        self._next()
        if opens not in ("do", "{"):
            raise Unreadable(line)
        return For(line, name, None if words is None else tuple(words), body)

    def _loop(self) -> Node:
        self._next()
        condition = self._list("do")
        self._expect("do")
        body = self._list("done")
        self._expect("done")
        return Loop((*condition, *body))

    def _group(self) -> Node:
        self._next()
        body = self._list("}")
        self._expect("}")
        return Group(body)

    def _function(self) -> Node:
        self._next()
        name = self._next().text
        if self._is("(", operator=True):
            self._next()
            self._expect(")", operator=True)
        self._newlines()
        return Function(name, _body_of(self._command()))


def _body_of(node: Node) -> tuple[Node, ...]:
    return node.body if isinstance(node, Group) else (node,)


def _words_of(node: Node) -> tuple[str, ...]:
    return node.words if isinstance(node, (Simple, Opaque)) else ()
