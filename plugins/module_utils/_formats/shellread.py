# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What start files of sh, bash and zsh make of the environment of a login, without running them. Pure.

Followed are assignments, conditions on files, on the shell and on what is known of variables, `case`, loops over files,
functions, and the files that are read in between. What depends on anything else is not guessed: it is noted, and the
value is not known.
"""

from __future__ import annotations

import posixpath
import re
import typing as t

from .._core.patterns import pattern
from . import blocks
from .login_environment import DAMAGED_BLOCK, DAMAGED_SOURCE, LoginEnvironment, Where, is_known, written
from .shelltree import AndOr, Case, For, Function, Group, If, Loop, Node, Opaque, Simple, Tree, Unreadable
from .shellwords import Words

if t.TYPE_CHECKING:
    from .shell_model import Disk as GoDisk

DEPTH = 20  # of files that read files, and of functions that call functions
STEPS = 20_000  # commands of all files together

_ASSIGNMENT = pattern(r"([A-Za-z_][A-Za-z0-9_]*)(\+?=)", 0)
_NAME = pattern(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_DECLARE = frozenset(("export", "typeset", "declare", "readonly", "local", "integer"))
_PLAIN = frozenset(("builtin", "command", "noglob", "\\builtin", "\\command"))
_NOTHING = frozenset(
    ":|true|shopt|setopt|unsetopt|alias|unalias|umask|bindkey|complete|compdef|autoload|zstyle|zmodload|ulimit|trap|hash"
    "|stty|echo|printf|PS1|break|continue".split("|")
)
#: programs whose `eval` sets nothing that go reads
_HARMLESS = pattern(r"lesspipe|lessfile|dircolors|ssh-agent|gpg-agent|keychain|starship|zoxide|fzf|thefuck|SHELL=")
_HOOK_SOURCE = pattern(r"\\\[ -r ('(?:[^']|'\\'')*')")
_MARK = "_gopher_devbox_block_"


class Disk(t.Protocol):
    """What start files ask of the disk."""

    @property
    def go(self) -> GoDisk:
        """What the sources of this collection ask."""

    def read(self, path: str) -> bytes | None:
        """The bytes of a file; None for none that can be read."""

    def test(self, kind: str, path: str) -> bool:
        """Whether something is there: `there`, `file`, `directory`, `readable`, `program`, `filled`."""

    def matching(self, pattern: str) -> list[str]:
        """The files whose paths are as a pattern says, sorted."""


class Ended(Exception):
    """The file ends here."""


class LoginEnded(Ended):
    """The login ends here, or another program takes its place."""


class ShellReader:
    """Reads start files one after the other into an environment.

    shell: sh, bash or zsh. flags: what `$-` is. answers: of commands, by their text.
    """

    def __init__(
        self, shell: str, environment: LoginEnvironment, disk: Disk, flags: str, answers: t.Mapping[str, str]
    ) -> None:
        self.environment, self.disk, self.shell = environment, disk, shell
        self._words = Words(environment, {"-": flags, "0": f"-{shell}", "#": "0"}, answers)
        self._words.assign = self._assign_in_passing
        self._functions: dict[str, tuple[Node, ...]] = {}
        self._where = Where("", None, "")
        self._doubt = 0
        self._depth = 0
        self._steps = 0
        self._allexport = False
        self._hooks: list[str] = []
        #: the files that were read, in the order in which they were
        self.files: list[tuple[str, str]] = []
        #: whether the login ended before the last of its files
        self.ended = False

    # --- files -------------------------------------------------------------------------------------------------------

    def read(self, path: str, layer: str) -> None:
        """A start file of the login; nothing where it is not there."""
        if self.ended:
            return
        try:
            self._file(path, layer)
        except LoginEnded:
            self.ended = True

    def define(self, text: str) -> None:
        """Functions that files find defined."""
        self._text(text, "")

    def _file(self, path: str, layer: str) -> None:
        data = self.disk.read(path)
        self.files.append((path, layer))
        if data is None:
            return
        before, self._where = self._where, Where(path, 1, layer)
        self._depth += 1
        try:
            self._text(self._prepared(path, data), path)
        except LoginEnded:
            raise
        except Ended:
            pass
        finally:
            self._where = before
            self._depth -= 1

    def _prepared(self, path: str, data: bytes) -> str:
        """The text, with one command in the place of each block of this collection."""
        text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
        if "gopher-devbox" in posixpath.basename(path):
            return self._hook(text)
        for name in ("", "end"):
            try:
                found = blocks.find(text.encode(), name)
            except blocks.BlockError as error:
                self.environment.note(self._where, str(error), id=DAMAGED_BLOCK)
                continue
            if found:
                whole = text.encode()
                lines = whole[found.start : found.end].count(b"\n")
                middle = self._hook(found.body) + "\n" * lines
                text = (whole[: found.start] + middle.encode() + whole[found.end :]).decode()
        return text

    def _hook(self, body: str) -> str:
        self._hooks.append(body)
        return f"{_MARK}{len(self._hooks) - 1}"

    def _text(self, text: str, path: str) -> None:
        if "\0" in text:
            self.environment.note(self._where, "is no text, and is passed over")
            return
        if "\r\n" in text:
            self.environment.note(
                self._where, "has lines that end in CRLF, which the shell takes for part of words", ""
            )
        doubt = self._doubt
        try:
            for node in Tree(text.replace("\r\n", "\n")).commands():
                self._run(node)
        except Unreadable as error:
            where = self._where._replace(file=path, line=error.line)
            self.environment.note(where, "is not understood from this line on")
        except RecursionError:
            self.environment.note(self._where, "is nested too deeply to be followed")
        finally:
            self._doubt = doubt

    # --- commands ----------------------------------------------------------------------------------------------------

    def _run_all(self, nodes: t.Iterable[Node]) -> bool | None:
        status: bool | None = True
        for node in nodes:
            status = self._run(node)
        return status

    def _run(self, node: Node) -> bool | None:
        """Carry out a command; whether it succeeds, None where that is not known."""
        self._steps += 1
        if self._steps > STEPS:
            self.environment.note(self._where, "does too much to be followed")
            raise LoginEnded
        carried: dict[type, t.Callable[[t.Any], bool | None]] = {
            Simple: self._simple,
            AndOr: self._and_or,
            If: self._if,
            Case: self._case,
            For: self._for,
            Group: lambda group: self._run_all(group.body),
            Loop: lambda loop: self._doubtfully(loop.body),
            Function: self._define,
            Opaque: lambda _opaque: None,
        }
        return carried[type(node)](node)

    def _define(self, node: Function) -> bool:
        self._functions[node.name] = node.body
        return True

    def _doubtfully(self, nodes: t.Iterable[Node]) -> None:
        """Commands of which it is not known whether they are reached."""
        self._doubt += 1
        try:
            self._run_all(nodes)
        except LoginEnded:
            self.environment.note(self._where, "may end the shell before its other lines")
        except Ended:
            self._doubt += 1  # whether anything behind it is reached is not known
        self._doubt -= 1

    def _and_or(self, node: AndOr) -> bool | None:
        status: bool | None = True
        for sign, turned, item in node.items:
            if (sign == "&&" and status is False) or (sign == "||" and status is True):
                continue
            if sign and status is None:
                self._doubtfully((item,))
                status = None
                continue
            found = self._run(item)
            status = found if found is None or not turned else not found
        return status

    def _if(self, node: If) -> bool | None:
        unsure = False
        for condition, body in node.branches:
            status = self._run_all(condition) if not unsure else self._doubtful_status(condition)
            if status is True and not unsure:
                return self._run_all(body)
            if status is not False:
                self._doubtfully(body)
                unsure = True
            if status is True:
                return None
        if not unsure:
            return self._run_all(node.otherwise)
        self._doubtfully(node.otherwise)
        return None

    def _doubtful_status(self, condition: t.Iterable[Node]) -> bool | None:
        self._doubt += 1
        try:
            return self._run_all(condition)
        finally:
            self._doubt -= 1

    def _case(self, node: Case) -> bool | None:
        self._at(node.line)
        text = self._words.text(node.word)
        unsure = False
        for patterns, body in node.items:
            found = [self._words.matches(text, word) for word in patterns]
            if any(found) and not unsure:
                return self._run_all(body)
            if any(one is not False for one in found):
                self._doubtfully(body)
                unsure = True
        return None if unsure else True

    def _for(self, node: For) -> bool | None:
        self._at(node.line)
        items: list[str] = []
        for word in ('"$@"',) if node.words is None else node.words:
            found = self._fields(word)
            if found is None:
                self._doubtfully(node.body)
                return None
            items += found
        for item in items:
            self.environment.values[node.name] = item
            self._run_all(node.body)
        return True

    def _fields(self, word: str) -> list[str] | None:
        """The fields that a word comes to: files that match, or pieces between blanks. None for what is not known."""
        if word in _ARGUMENTS:
            return [self._words.special.get(str(number), "") for number in range(1, int(self._words.special["#"]) + 1)]
        pieces = self._words.pieces(word)
        if not all(is_known(piece.text) for piece in pieces):
            return None
        if any(not piece.quoted and re.search(r"[*?\[]", piece.text) for piece in pieces):
            return self.disk.matching("".join(piece.text for piece in pieces))
        if self.shell == "zsh" or all(piece.quoted for piece in pieces):
            return ["".join(piece.text for piece in pieces)]
        return "".join(piece.text for piece in pieces).split()

    # --- simple commands ---------------------------------------------------------------------------------------------

    def _at(self, line: int) -> None:
        self._where = self._where._replace(line=line)

    def _simple(self, node: Simple) -> bool | None:
        self._at(node.line)
        words = list(node.words)
        if words[0].startswith(_MARK):
            return self._bring(self._hooks[int(words[0][len(_MARK) :])])
        while words and words[0] in _PLAIN:
            words = words[1:]
        if words and words[0].startswith("\\"):
            words[0] = words[0][1:]
        if not words:
            return True
        if all(_ASSIGNMENT.match(word) for word in words):
            known = [self._assign(word, False) for word in words]
            return True if all(known) else None
        if _ASSIGNMENT.match(words[0]):
            return None  # a command with variables of its own
        return self._command(words[0], words[1:])

    def _command(self, name: str, words: list[str]) -> bool | None:
        carried: dict[str, t.Callable[[list[str]], bool | None]] = {
            ".": self._source,
            "source": self._source,
            "unset": self._unset,
            "set": self._options,
            "return": self._return,
            "exit": self._exit,
            "exec": self._exec,
            "eval": self._eval,
            "emulate": self._emulate,
            "false": lambda _words: False,
            "type": self._look,
            "which": self._look,
            "-v": self._look,
        }
        if name in _DECLARE:
            return self._declare(name, words)
        if name in self._functions:
            return self._call(name, words)
        if name in carried:
            return carried[name](words)
        if name in ("[", "test", "[["):
            from .shelltests import result  # most start files have one, those of tests may not

            return result(self._words, self.disk, name, words)
        for word in words if name == ":" else ():
            self._words.text(word)
        return True if name in _NOTHING else None

    def _assign(self, word: str, export: bool) -> bool:
        """One assignment; whether its value is known."""
        found = t.cast("t.Match[str]", _ASSIGNMENT.match(word))
        name, raw = found[1], word[found.end() :]
        text = self._array(name, raw) if raw.startswith("(") else self._words.text(raw, True)
        if found[2] == "+=":
            before = self.environment.value("PATH" if name == "path" else name)
            text = (f"{before}:{text}" if before else text) if raw.startswith("(") else before + text
        if name == "path" and self.shell == "zsh":
            name = "PATH"
        elif raw.startswith("("):
            self.environment.values[name] = text
            return True
        self.environment.set(
            name, text, self._where, export or self._allexport, _unquoted(raw), doubtful=self._doubt > 0
        )
        return is_known(text)

    def _array(self, name: str, raw: str) -> str:
        """The elements of an array with colons between them."""
        inner = raw[1:-1]
        words: list[str] = []
        for node in Tree(inner.replace("\n", " ")).commands() if inner.strip() else ():
            words += node.words if isinstance(node, Simple) else ()
        out = []
        for word in words:
            bare = word.strip('"')
            out.append(self.environment.value("PATH") if name == "path" and bare in _ALL else self._words.text(word))
        return ":".join(text for text in out if text)

    def _assign_in_passing(self, name: str, text: str) -> None:
        self.environment.set(name, text, self._where, self._allexport, doubtful=self._doubt > 0)

    def _declare(self, name: str, words: list[str]) -> bool | None:
        flags = "".join(word[1:] for word in words if word.startswith("-"))
        export = name == "export" or "x" in flags
        if name == "export" and "n" in flags:
            return None
        for word in words:
            if word.startswith(("-", "+")):
                continue
            if _ASSIGNMENT.match(word):
                self._assign(word, export)
            elif _NAME.match(word) and export:
                self.environment.export(word)
            if word in ("path", "PATH") and "U" in flags:
                self.environment.keep_unique(self._where)
        return True

    def _unset(self, words: list[str]) -> bool:
        for word in words:
            if _NAME.match(word):
                self.environment.unset(word, self._where, doubtful=self._doubt > 0)
        return True

    def _options(self, words: list[str]) -> bool:
        if "-a" in words or "allexport" in words and "-o" in words:
            self._allexport = True
        elif "+a" in words or "allexport" in words and "+o" in words:
            self._allexport = False
        elif words and (words[0] == "--" or not words[0].startswith(("-", "+"))):
            given = words[words[0] == "--" :]
            self._words.special.update((str(number), self._words.text(word)) for number, word in enumerate(given, 1))
            self._words.special["#"] = str(len(given))
        return True

    def _return(self, _words: list[str]) -> bool | None:
        raise Ended

    def _exit(self, _words: list[str]) -> bool | None:
        raise LoginEnded

    def _exec(self, words: list[str]) -> bool | None:
        if not words:
            return True
        if self._doubt == 0:
            self.environment.note(self._where, f"hands over to another program ({written(words[0])})")
        raise LoginEnded

    def _eval(self, words: list[str]) -> bool | None:
        text = " ".join(self._words.text(word) for word in words)
        if is_known(text):
            self._text(text, self._where.file)
            return None
        if not _HARMLESS.search(text):
            self.environment.note(self._where, "runs a command and does what that says (eval)")
        return None

    def _emulate(self, words: list[str]) -> bool | None:
        if "-c" in words and words.index("-c") + 1 < len(words):
            self._text(self._words.text(words[words.index("-c") + 1]), self._where.file)
        return True

    def _look(self, words: list[str]) -> bool | None:
        """Whether a program is found."""
        names = [self._words.text(word) for word in words if not word.startswith("-")]
        if len(names) != 1 or not is_known(names[0]):
            return None
        if names[0] in self._functions:
            return True
        entries = [entry.text for entry in self.environment.path]
        found = any(self.disk.test("program", f"{entry}/{names[0]}") for entry in entries if entry.startswith("/"))
        return True if found else False if all(map(is_known, entries)) and "/" not in names[0] else None

    def _call(self, name: str, words: list[str]) -> bool | None:
        """A function of these files."""
        if self._depth >= DEPTH:
            self.environment.note(self._where, f"calls {name} too often to be followed")
            return None
        before, where = dict(self._words.special), self._where
        arguments = {str(number): self._words.text(word) for number, word in enumerate(words, 1)}
        gone = dict.fromkeys((key for key in before if key.isdigit() and key != "0"), "")
        self._words.special.update({**gone, **arguments, "#": str(len(words))})
        self._depth += 1
        try:
            return self._run_all(self._functions[name])
        except LoginEnded:
            raise
        except Ended:
            return None
        finally:
            self._depth -= 1
            self._words.special.clear()
            self._words.special.update(before)
            self._where = where

    def _source(self, words: list[str]) -> bool | None:
        path = self._words.text(words[0]) if words else ""
        if not is_known(path) or not path.startswith("/") or self._depth >= DEPTH:
            self.environment.note(self._where, f"reads {written(path) or 'a file'}, which was not found out")
            return None
        if not self.disk.test("there", path):
            return False
        path = posixpath.normpath(path)
        self._file(path, "machine" if path.startswith(("/etc/", "/usr/")) else self._where.layer)
        return None

    def _bring(self, body: str) -> bool:
        """A hook of this collection: it reads the sources that its lines name."""
        again = False
        for line in body.splitlines():
            if "_gd_again=n" in line:
                again = True
            if "unset -v _gd_again" in line:
                again = False
            for quoted in _HOOK_SOURCE.findall(line):
                self._apply(quoted[1:-1].replace("'\\''", "'"), again)
        return True

    def _apply(self, path: str, again: bool) -> None:
        data = self.disk.read(path)
        layer = "machine" if path.startswith("/etc/") else self._where.layer
        self.files.append((path, layer))
        if data is None:
            return
        from .shellenv import parse_source  # only a host that go_rcfile manages needs it

        where = Where(path, None, layer)
        try:
            settings = parse_source(data.decode("utf-8"))
        except ValueError:
            self.environment.note(where, "holds something this collection did not write.", id=DAMAGED_SOURCE)
            return
        if self._doubt == 0:
            self.environment.apply(settings, where, again, self.disk.go)
        else:
            self.environment.note(self._where, f"reads {path} under a condition that is not known")


_ARGUMENTS = frozenset(('"$@"', "$@", "$*"))
#: how zsh's array `path` names itself
_ALL = frozenset(("$path", "${path}", "$path[@]", "${path[@]}", "$path[*]"))


def _unquoted(raw: str) -> str:
    """A value as it is written, without quotes around all of it."""
    if len(raw) > 1 and raw[0] == raw[-1] and raw[0] in "\"'" and raw[0] not in raw[1:-1]:
        return raw[1:-1]
    return raw
