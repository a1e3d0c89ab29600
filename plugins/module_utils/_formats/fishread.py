# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What fish's configuration makes of the environment of a login, without running it. Pure.

As `shellread`: `set`, `fish_add_path`, conditions on files and on the kind of the shell, `switch`, loops over words,
functions and `source` are followed, and nothing is guessed.
"""

from __future__ import annotations

import fnmatch
import itertools
import posixpath
import re
import typing as t

from .._core.patterns import pattern
from . import blocks
from .login_environment import (
    DAMAGED_BLOCK,
    DAMAGED_SOURCE,
    LoginEnvironment,
    Where,
    entries_in,
    is_known,
    unknown,
    written,
)
from .shelltests import result

if t.TYPE_CHECKING:
    from .shellread import Disk

DEPTH = 20
STEPS = 20_000

_BLANKS = pattern(r"(?:[ \t\r]|\\\r?\n)+")
_COMMENT = pattern(r"#[^\n]*")
_OPERATOR = pattern(r"&&|\|\||&\||[;&|\n]")
_REDIRECTION = pattern(r"\d?(?:>>|>\?|>&|>|<&|<)\s*(?:&?\d|&-|-)?|&>>?")
_NAME = pattern(r"[A-Za-z_][A-Za-z0-9_]*")
_PLAIN = pattern(r"[^\s;&|()<>'\"\\$~*?{}]+")
_UNIVERSAL = pattern(r"SETUVAR (?P<flags>(?:--\w+ )*)(?P<name>\w+):(?P<text>.*)\Z")
_ESCAPE = pattern(r"\\x([0-9a-fA-F]{2})|\\u([0-9a-fA-F]{4})|\\(.)")
#: in a hook: the sources that it reads, those that it reads once more, and a user's that it reads behind them
_SOURCES = pattern(r"(?m)^    set -l sources ('.*')$")
_AGAIN = pattern(r"(?m)^        set sources ('.*')$")
_USERS = pattern(r"(?m)^    for source in (?:\$XDG_CONFIG_HOME'[^']*' )?\$HOME('.*')$")
_QUOTED = pattern(r"'(?:[^'\\]|\\.)*'")
_MARK = "_gopher_devbox_block_"
_LIST = "\x1e"
_OPENS = frozenset(("if", "switch", "for", "while", "begin", "function"))
_SILENT = frozenset(
    "true : alias abbr bind complete functions emit echo printf builtin fish_config set_color history umask math "
    "fish_vi_key_bindings".split()
)
_USER_PATHS = "fish_user_paths"


class FishUnreadable(ValueError):
    """The text cannot be taken apart. line: from where on."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line}")
        self.line = line


class Command(t.NamedTuple):
    """before: `and`, `or` or nothing; turned: `not` is before it. piped: it is part of a pipe."""

    line: int
    words: tuple[str, ...]
    before: str = ""
    turned: bool = False
    piped: bool = False


class Block(t.NamedTuple):
    """A block from its first line to its `end`, in parts: each with the command that begins it."""

    head: Command
    parts: tuple[tuple[tuple[str, ...], tuple[Command | Block, ...]], ...]


class _End(Exception):
    """The file, or with `login` all of it, ends here."""


class _LoginEnd(_End):
    pass


# --- the text --------------------------------------------------------------------------------------------------------


class _Text:
    """The commands of a text."""

    def __init__(self, text: str) -> None:
        self.text, self.at, self.line = text, 0, 1
        self._left: list[Command] = []
        self._sign = ""

    def nodes(self) -> t.Iterator[Command | Block]:
        while (command := self._command()) is not None:
            yield self._node(command)

    def _node(self, command: Command) -> Command | Block:
        if command.words[0] not in _OPENS:
            return command
        parts: list[tuple[tuple[str, ...], tuple[Command | Block, ...]]] = []
        head = command.words
        body: list[Command | Block] = []
        while True:
            inner = self._command()
            if inner is None:
                raise FishUnreadable(command.line)
            if inner.words[0] in ("end", "else", "case"):
                parts.append((head, tuple(body)))
                head, body = inner.words, []
                if inner.words[0] == "end":
                    return Block(command, tuple(parts))
                if inner.words[:2] == ("else", "if"):
                    head = inner.words[1:]
                continue
            body.append(self._node(inner))

    def _command(self) -> Command | None:
        """The next command; None at the end."""
        before, piped = self._sign if self._sign in ("&&", "||") else "", self._sign == "|"
        words: list[str] = []
        line = self.line
        while True:
            self._pass_over()
            if self.at >= len(self.text):
                sign = "end"
                break
            operator = _OPERATOR.match(self.text, self.at)
            if operator:
                sign = operator.group()
                self._take(operator.end())
                if words or sign in ("&&", "||"):
                    break
                continue
            if not words:
                line = self.line
            redirection = _REDIRECTION.match(self.text, self.at)
            if redirection:
                self._take(redirection.end())
                if not redirection.group()[-1].isdigit() and not redirection.group().endswith("-"):
                    self._pass_over()
                    self._word()
                continue
            words.append(self._word())
        self._sign = sign
        if not words:
            return None
        return _prefixed(line, words, {"&&": "and", "||": "or"}.get(before, ""), piped or sign == "|")

    def _take(self, end: int) -> None:
        self.line += self.text.count("\n", self.at, end)
        self.at = end

    def _pass_over(self) -> None:
        while found := _BLANKS.match(self.text, self.at) or _COMMENT.match(self.text, self.at):
            self._take(found.end())

    def _word(self) -> str:
        start = self.at
        while self.at < len(self.text) and self.text[self.at] not in " \t\r\n;&|<>":
            if self.text[self.at] == ")":
                raise FishUnreadable(self.line)
            self._take(behind(self.text, self.at, self.line))
        if start == self.at:
            raise FishUnreadable(self.line)
        return self.text[start : self.at].replace("\\\n", "")


def _prefixed(line: int, words: list[str], before: str, piped: bool) -> Command:
    turned = False
    while len(words) > 1 and words[0] in ("and", "or", "not", "!", "builtin", "command"):
        if words[0] == "command" and words[1].startswith("-"):
            break
        first = words.pop(0)
        before = first if first in ("and", "or") else before
        turned = turned is not (first in ("not", "!"))
    return Command(line, tuple(words), before, turned, piped)


def behind(text: str, at: int, line: int) -> int:
    """Behind one piece of a word: plain characters, a quote, a substitution, an escaped character."""
    plain = _PLAIN.match(text, at)
    if plain:
        return plain.end()
    sign = text[at]
    if sign == "\\":
        return min(at + 2, len(text))
    if sign in "'\"":
        end = at + 1
        while end < len(text) and text[end] != sign:
            end += 2 if text[end] == "\\" else 1
        if end >= len(text):
            raise FishUnreadable(line)
        return end + 1
    if sign == "(":
        depth, end = 1, at + 1
        while depth:
            if end >= len(text):
                raise FishUnreadable(line)
            if text[end] in "()":
                depth, end = depth + (1 if text[end] == "(" else -1), end + 1
            else:
                end = behind(text, end, line)
        return end
    return at + 1


# --- words -----------------------------------------------------------------------------------------------------------


class FishWords:
    """What words mean: each comes to any number of texts."""

    special: t.Mapping[str, str] = {"-": "i"}

    def __init__(self, environment: LoginEnvironment, answers: t.Mapping[str, str]) -> None:
        self.environment, self.answers = environment, answers
        self.arguments: list[str] = []
        self._lists: dict[str, list[str]] = {}

    def keep(self, name: str, texts: list[str]) -> None:
        """The elements of a variable."""
        self._lists[name] = texts

    def elements(self, name: str) -> list[str]:
        if name == "argv":
            return self.arguments
        if name == "PATH":
            return [entry.text for entry in self.environment.path]
        text = self.environment.value(name)
        kept = self._lists.get(name)
        if kept is not None and joined(name, kept) == text:
            return kept
        if name.endswith("PATH"):
            return entries_in(text)
        return [text] if text or self.environment.is_set(name) else []

    def text(self, word: str) -> str:
        return " ".join(self.texts(word))

    def matches(self, text: str, word: str) -> bool | None:
        found = self.text(word)
        return None if not (is_known(text) and is_known(found)) else fnmatch.fnmatchcase(text, found)

    def case(self, text: str, word: str) -> bool | None:
        """Whether a text is as a word of `case` says, in which `*` counts in quotes, too."""
        bare = word[1:-1] if word[:1] in ("'", '"') and word[-1:] == word[:1] else word
        known = is_known(text) and not any(sign in bare for sign in "$(\\")
        return fnmatch.fnmatchcase(text, bare.replace("[", "[[]")) if known else None

    def texts(self, word: str) -> list[str]:
        """What a word comes to: one text for each combination of the elements in it."""
        parts: list[list[str]] = []
        at = 0
        if word == "~" or word.startswith("~/"):
            parts, at = [[self.environment.value("HOME")]], 1
        while at < len(word):
            texts, at = self._piece(word, at)
            parts.append(texts)
        return ["".join(found) for found in itertools.product(*parts)]

    def _piece(self, word: str, at: int) -> tuple[list[str], int]:
        end = behind(word, at, 0)
        sign = word[at]
        if sign == "'":
            return [re.sub(r"\\([\\'])", r"\1", word[at + 1 : end - 1])], end
        if sign == '"':
            return [self._double(word[at + 1 : end - 1])], end
        if sign == "\\":
            return [word[at + 1 : end]], end
        if sign == "$" and word[at + 1 : at + 2] != "(":
            return self._variable(word, at)
        if sign == "(" or word.startswith("$(", at):
            end = behind(word, at + (sign == "$"), 0)
            inner = word[at + 1 + (sign == "$") : end - 1]
            found = self.answers.get(" ".join(inner.split()))
            return [unknown(word[at:end]) if found is None else found], end
        if sign in "*?{":
            return [unknown(word[at:])], len(word)
        return [word[at:end]], end

    def _variable(self, word: str, at: int) -> tuple[list[str], int]:
        name = _NAME.match(word, at + 1)
        if not name:
            return [unknown(word[at:])], len(word)
        end = name.end()
        texts = self.elements(name.group())
        if word[end : end + 1] == "[":
            close = word.find("]", end)
            index = word[end + 1 : close]
            if not re.fullmatch(r"-?\d+", index) or index == "0":
                return [unknown(word[at : close + 1])], close + 1
            number = int(index) - 1 if not index.startswith("-") else int(index)
            return texts[number : number + 1 or None], close + 1
        return texts, end

    def _double(self, text: str) -> str:
        out, at = [], 0
        while at < len(text):
            if text[at] == "\\" and text[at + 1 : at + 2] in ('"', "$", "\\", "\n"):
                out.append(text[at + 1].replace("\n", ""))
                at += 2
            elif text[at] == "$" and text[at + 1 : at + 2] == "(":
                end = behind(text, at + 1, 0)
                found = self.answers.get(" ".join(text[at + 2 : end - 1].split()))
                out.append(unknown(text[at:end]) if found is None else found)
                at = end
            elif text[at] == "$" and _NAME.match(text, at + 1):
                texts, at = self._variable(text, at)
                name = _NAME.match(text, text.rfind("$", 0, at) + 1)
                out.append((":" if name and name.group().endswith("PATH") else " ").join(texts))
            else:
                out.append(text[at])
                at += 1
        return "".join(out)


def joined(name: str, texts: t.Sequence[str]) -> str:
    """The text of a variable of these elements, as programs get it."""
    return (":" if name.endswith("PATH") else " ").join(texts)


# --- commands --------------------------------------------------------------------------------------------------------


class FishReader:
    """Reads files of fish one after the other into an environment. See `shellread.ShellReader`."""

    def __init__(self, environment: LoginEnvironment, disk: Disk, answers: t.Mapping[str, str]) -> None:
        self.environment, self.disk = environment, disk
        self._words = FishWords(environment, answers)
        self._functions: dict[str, tuple[Command | Block, ...]] = {}
        self._where = Where("", None, "")
        self._doubt = self._depth = self._steps = 0
        self._status: bool | None = True
        self._hooks: list[str] = []
        self._brought: list[str] = []
        self._added: list[str] = []
        self.files: list[tuple[str, str]] = []
        self.ended = False

    def read(self, path: str, layer: str) -> None:
        if self.ended:
            return
        try:
            self._file(path, layer)
        except _LoginEnd:
            self.ended = True

    def universal(self, path: str, layer: str) -> None:
        """The file of universal variables, which count where no other variable has their name."""
        data = self.disk.read(path)
        self.files.append((path, layer))
        for number, line in enumerate((data or b"").decode("utf-8", "replace").splitlines(), 1):
            found = _UNIVERSAL.match(line)
            if not found:
                continue
            where = Where(path, number, layer)
            name, texts = found["name"], [_unescaped(text) for text in found["text"].split(r"\x1e")]
            texts = [] if found["text"] == r"\x1d" else texts
            if name == _USER_PATHS:
                self._words.keep(name, texts)
                self.environment.values[name] = joined(name, texts)
                self._user_paths(texts, where)
            elif "--export" in found["flags"]:
                self.environment.below(name, joined(name, texts), where)
                self._words.keep(name, texts)

    # --- files -------------------------------------------------------------------------------------------------------

    def _file(self, path: str, layer: str) -> None:
        data = self.disk.read(path)
        self.files.append((path, layer))
        if data is None:
            return
        before, self._where = self._where, Where(path, 1, layer)
        self._depth += 1
        doubt = self._doubt
        try:
            self._text(self._prepared(path, data))
        except _LoginEnd:
            raise
        except _End:
            pass
        finally:
            self._where, self._doubt = before, doubt
            self._depth -= 1

    def _text(self, text: str) -> None:
        if "\0" in text:
            self.environment.note(self._where, "is no text, and is passed over")
            return
        try:
            for node in _Text(text).nodes():
                self._run(node)
        except FishUnreadable as error:
            self.environment.note(self._where._replace(line=error.line), "is not understood from this line on")
        except RecursionError:
            self.environment.note(self._where, "is nested too deeply to be followed")

    def _prepared(self, path: str, data: bytes) -> str:
        text = data.removeprefix(b"\xef\xbb\xbf")
        if "gopher-devbox" in posixpath.basename(path):
            return self._hook(text.decode("utf-8", "replace"))
        for name in ("", "end"):
            try:
                found = blocks.find(text, name)
            except blocks.BlockError as error:
                self.environment.note(self._where, str(error), id=DAMAGED_BLOCK)
                continue
            if found:
                lines = text.count(b"\n", found.start, found.end)
                text = text[: found.start] + (self._hook(found.body) + "\n" * lines).encode() + text[found.end :]
        return text.decode("utf-8", "replace")

    def _hook(self, body: str) -> str:
        self._hooks.append(body)
        return f"{_MARK}{len(self._hooks) - 1}\n"

    def _run_all(self, nodes: t.Iterable[Command | Block]) -> bool | None:
        for node in nodes:
            self._run(node)
        return self._status

    def _run(self, node: Command | Block) -> None:
        self._steps += 1
        if self._steps > STEPS:
            self.environment.note(self._where, "does too much to be followed")
            raise _LoginEnd
        command = node.head if isinstance(node, Block) else node
        if command.before and self._status is (command.before == "or"):
            return
        if command.before and self._status is None:
            self._doubtfully((node._replace(before="") if isinstance(node, Command) else node,))
            return
        self._where = self._where._replace(line=command.line)
        found = self._block(node) if isinstance(node, Block) else self._command(command)
        if not (isinstance(node, Command) and command.words[0] == "set" and found is None):
            self._status = found if found is None or not command.turned else not found

    def _doubtfully(self, nodes: t.Iterable[Command | Block]) -> None:
        self._doubt += 1
        try:
            self._run_all(nodes)
        except _LoginEnd:
            self.environment.note(self._where, "may end the shell before its other lines")
        except _End:
            self._doubt += 1
        self._doubt -= 1
        self._status = None

    # --- blocks ------------------------------------------------------------------------------------------------------

    def _block(self, node: Block) -> bool | None:
        kind = node.head.words[0]
        carried = {"if": self._if, "switch": self._switch, "for": self._for, "function": self._function}.get(kind)
        if node.head.piped:
            return None
        if carried:
            return carried(node)
        body = node.parts[0][1]
        if kind == "begin":
            return self._run_all(body)
        self._doubtfully(body)
        return None

    def _if(self, node: Block) -> bool | None:
        unsure = False
        for head, body in node.parts:
            status: bool | None = True
            rest = list(body)
            if head[0] == "if":
                status = self._condition(head[1:], rest)
            if status is True and not unsure:
                return self._run_all(rest)
            if status is not False:
                self._doubtfully(rest)
                unsure = True
        return None if unsure else True

    def _condition(self, words: tuple[str, ...], rest: list[Command | Block]) -> bool | None:
        """What a condition comes to, with the commands behind it that belong to it, which are taken out of `rest`."""
        command = _prefixed(self._where.line or 0, list(words), "", False)
        nodes: list[Command | Block] = [command]
        while rest and isinstance(rest[0], Command) and rest[0].before:
            nodes.append(rest.pop(0))
        before = self._status
        self._status = True
        self._run_all(nodes)
        status, self._status = self._status, before
        return status

    def _switch(self, node: Block) -> bool | None:
        text = self._words.text(node.head.words[1]) if len(node.head.words) > 1 else ""
        for head, body in node.parts[1:]:
            found = [self._words.case(text, word) for word in head[1:]]
            if any(found):
                return self._run_all(body)
            if None in found:
                self._doubtfully([inner for _head, part in node.parts[1:] for inner in part])
                return None
        return True

    def _for(self, node: Block) -> bool | None:
        words = node.head.words
        if len(words) < 3 or words[2] != "in":
            raise FishUnreadable(node.head.line)
        texts: list[str] = []
        for word in words[3:]:
            is_pattern = re.search(r"[*?]", word) and not re.search(r"[$'\"]", word)
            texts += self.disk.matching(word) if is_pattern else self._words.texts(word)
        if not all(map(is_known, texts)):
            self._doubtfully(node.parts[0][1])
            return None
        for text in texts:
            self.environment.values[words[1]] = text
            self._words.keep(words[1], [text])
            self._run_all(node.parts[0][1])
        return True

    def _function(self, node: Block) -> bool:
        if len(node.head.words) > 1:
            self._functions[node.head.words[1]] = node.parts[0][1]
        return True

    # --- commands ----------------------------------------------------------------------------------------------------

    def _command(self, node: Command) -> bool | None:
        name, words = node.words[0], node.words[1:]
        if name.startswith(_MARK):
            return self._bring(self._hooks[int(name[len(_MARK) :])])
        if node.piped:
            self._piped(name)
            return None
        carried: dict[str, t.Callable[[tuple[str, ...]], bool | None]] = {
            "set": self._set,
            "fish_add_path": self._add_path,
            "source": self._source,
            ".": self._source,
            "return": self._return,
            "exit": self._exit,
            "exec": self._exec,
            "eval": self._eval,
            "type": self._look,
            "command": self._look,
            "which": self._look,
            "status": self._kind,
            "contains": self._contains,
            "export": self._export,
            "false": lambda _words: False,
        }
        if name in self._functions:
            return self._call(name, words)
        if name in ("test", "["):
            return result(t.cast("t.Any", self._words), self.disk, name, words)
        if name in carried:
            return carried[name](words)
        return True if name in _SILENT else None

    def _piped(self, name: str) -> None:
        """`some command | source`."""
        if name in ("source", "."):
            self.environment.note(self._where, "runs a command and does what that says (source)")

    def _set(self, words: tuple[str, ...]) -> bool | None:
        flags, rest = _flags(words, {"erase": "e", "export": "x", "append": "a", "prepend": "p", "query": "q"})
        if not rest:
            return None
        name = rest[0].partition("[")[0]
        if "q" in flags:
            return self.environment.is_set(name)
        if "e" in flags:
            for one in rest:
                self.environment.unset(one, self._where, doubtful=self._doubt > 0)
            return True
        if "[" in rest[0] or not _NAME.fullmatch(name):
            return None
        texts = [text for word in rest[1:] for text in self._words.texts(word)]
        if "a" in flags:
            texts = [*self._words.elements(name), *texts]
        elif "p" in flags:
            texts = [*texts, *self._words.elements(name)]
        self._assign(name, texts, "x" in flags, " ".join(rest[1:]))
        return None

    def _assign(self, name: str, texts: list[str], export: bool, raw: str) -> None:
        self.environment.set(name, joined(name, texts), self._where, export, raw, doubtful=self._doubt > 0)
        self._words.keep(name, texts)
        if name == _USER_PATHS and self._doubt == 0:
            self._user_paths(texts, self._where)

    def _user_paths(self, texts: list[str], where: Where) -> None:
        """fish keeps these in front of PATH."""
        entries = [entry.text for entry in self.environment.path]
        for entry in self._added:
            if entry in entries:
                entries.remove(entry)
        self._added = []
        for entry in reversed(texts):
            if entry in entries:
                entries.remove(entry)
            else:
                self._added.append(entry)
            entries.insert(0, entry)
        self.environment.set("PATH", ":".join(entries), where)

    def _export(self, words: tuple[str, ...]) -> bool | None:
        for word in words:
            name, sign, raw = word.partition("=")
            if sign and _NAME.fullmatch(name):
                self._assign(name, [self._words.text(raw)], True, raw)
        return True

    def _add_path(self, words: tuple[str, ...]) -> bool | None:
        flags, rest = _flags(words, {"append": "a", "prepend": "p", "path": "P", "move": "m"})
        name = "PATH" if "P" in flags else _USER_PATHS
        held = self._words.elements(name)
        texts = [text.rstrip("/") or text for word in rest for text in self._words.texts(word)]
        new = [
            text
            for text in dict.fromkeys(texts)
            if (not is_known(text) or self.disk.test("directory", text)) and ("m" in flags or text not in held)
        ]
        if not new:
            return False
        others = [text for text in held if text not in new]
        self._assign(name, [*others, *new] if "a" in flags else [*new, *others], name == "PATH", "")
        return True

    def _source(self, words: tuple[str, ...]) -> bool | None:
        path = self._words.text(words[0]) if words else ""
        if not is_known(path) or not path.startswith("/") or self._depth >= DEPTH:
            self.environment.note(self._where, f"reads {written(path) or 'a file'}, which was not found out")
            return None
        if not self.disk.test("there", path):
            return False
        path = posixpath.normpath(path)
        self._file(path, "machine" if path.startswith(("/etc/", "/usr/")) else self._where.layer)
        return None

    def _return(self, _words: tuple[str, ...]) -> bool | None:
        raise _End

    def _exit(self, _words: tuple[str, ...]) -> bool | None:
        raise _LoginEnd

    def _exec(self, words: tuple[str, ...]) -> bool | None:
        if self._doubt == 0:
            self.environment.note(self._where, f"hands over to another program ({' '.join(words)})")
        raise _LoginEnd

    def _eval(self, words: tuple[str, ...]) -> bool | None:
        text = " ".join(self._words.text(word) for word in words)
        if is_known(text):
            self._text(text)
        else:
            self.environment.note(self._where, "runs a command and does what that says (eval)")
        return None

    def _look(self, words: tuple[str, ...]) -> bool | None:
        names = [self._words.text(word) for word in words if not word.startswith("-")]
        if len(names) != 1 or not is_known(names[0]):
            return None
        entries = [entry.text for entry in self.environment.path]
        found = any(self.disk.test("program", f"{entry}/{names[0]}") for entry in entries if entry.startswith("/"))
        return True if found or names[0] in self._functions else False if all(map(is_known, entries)) else None

    def _kind(self, words: tuple[str, ...]) -> bool | None:
        kinds = {word.lstrip("-") for word in words}
        return True if kinds & {"is-interactive", "is-login", "i", "l"} else None

    def _contains(self, words: tuple[str, ...]) -> bool | None:
        given = [word for word in words if word not in ("--", "-i", "--index")]
        texts = [text for word in given[1:] for text in self._words.texts(word)]
        wanted = self._words.text(given[0]) if given else ""
        if not is_known(wanted):
            return None
        return True if wanted in texts else False if all(map(is_known, texts)) else None

    def _call(self, name: str, words: tuple[str, ...]) -> bool | None:
        if self._depth >= DEPTH:
            self.environment.note(self._where, f"calls {name} too often to be followed")
            return None
        before, where = self._words.arguments, self._where
        self._words.arguments = [text for word in words for text in self._words.texts(word)]
        self._depth += 1
        try:
            return self._run_all(self._functions[name])
        except _LoginEnd:
            raise
        except _End:
            return None
        finally:
            self._depth -= 1
            self._words.arguments, self._where = before, where

    # --- what this collection wrote ----------------------------------------------------------------------------------

    def _bring(self, body: str) -> bool:
        """A hook of this collection. Its last lines of a user read the first hook's sources once more."""
        if _AGAIN.search(body) is None:
            for inner in list(self._brought):
                self._read_sources(_AGAIN, inner, True)
            return True
        self._brought.append(body)
        self._read_sources(_SOURCES, body, False)
        return True

    def _read_sources(self, which: t.Pattern[str], body: str, again: bool) -> None:
        found = which.search(body)
        paths = [_plain(quoted) for quoted in _QUOTED.findall(found[1])] if found else []
        users = _USERS.search(body)
        home = self.environment.value("HOME")
        paths += [home + _plain(quoted) for quoted in _QUOTED.findall(users[1])] if users else []
        leading: tuple[str, ...] = ()
        for path in paths:
            leading += self._apply(path, again, leading)

    def _apply(self, path: str, again: bool, before: tuple[str, ...]) -> tuple[str, ...]:
        """A source. before: the entries that those in front of it lead PATH with; gives its own."""
        data = self.disk.read(path)
        layer = "machine" if path.startswith("/etc/") else "user"
        self.files.append((path, layer))
        if data is None:
            return ()
        from .shellenv import parse_source  # only a host that go_rcfile manages needs it

        where = Where(path, None, layer)
        try:
            settings = parse_source(data.decode("utf-8"))
        except ValueError:
            self.environment.note(where, "holds something this collection did not write.", id=DAMAGED_SOURCE)
            return ()
        if self._doubt == 0:
            self.environment.apply(settings, where, again, self.disk.go, before)
        return settings.leading


def _flags(words: t.Sequence[str], long: t.Mapping[str, str]) -> tuple[str, list[str]]:
    """The flags of a command, in short, and its other words."""
    flags = ""
    rest: list[str] = []
    for number, word in enumerate(words):
        if word == "--" or not word.startswith("-") or rest:
            rest += words[number + (word == "--") :]
            break
        flags += long.get(word[2:], "") if word.startswith("--") else word[1:]
    return flags, rest


def _plain(quoted: str) -> str:
    return re.sub(r"\\([\\'])", r"\1", quoted[1:-1])


def _unescaped(text: str) -> str:
    def plain(found: t.Match[str]) -> str:
        code = found[1] or found[2]
        return chr(int(code, 16)) if code else found[3]

    return _ESCAPE.sub(plain, text)
