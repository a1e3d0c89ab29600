# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""go.mod and go.work: what they say of Go's version, and which go.work governs which module. Pure.

The syntax is that of golang.org/x/mod/modfile. Only these lines are judged: `module`, `go`, `toolchain`, `use`; what
else go may find wrong with a file is not seen. Nothing of a file but names and versions is taken.
"""

from __future__ import annotations

import codecs
import dataclasses
import ntpath
import posixpath
import re
import typing as t

from .._core.patterns import pattern
from .._go.toolchain import work_problem


class GoMod(t.NamedTuple):
    """module: its path. go: the version in the go line (`1.22`). toolchain: the name in the toolchain line (`go1.22.3`,
    `default`).
    """

    module: str
    go: str | None
    toolchain: str | None


class GoWork(t.NamedTuple):
    """As GoMod; use: the directories of the workspace's modules, as they stand there: full, or from the directory of
    the go.work.
    """

    go: str | None
    toolchain: str | None
    use: tuple[str, ...]


class GoFile(t.NamedTuple):
    """A go.mod or go.work: its full path, and its bytes."""

    path: str
    data: bytes


class Unread(t.NamedTuple):
    """A path that was not looked into, and why, as a sentence has it."""

    path: str
    why: str


@dataclasses.dataclass
class ModuleTree:
    """The go.mod and go.work files of a project's directory, in no order that means anything but within a directory's
    own.
    """

    #: the directory
    root: str
    #: the go.mod of the project's own modules, nested ones too
    mods: tuple[GoFile, ...]
    #: its go.work files, those in directories above the root, and the one that GOWORK names
    works: tuple[GoFile, ...]
    #: the paths of those that are not the project's own: below `vendor`, `testdata`, and directories that begin with
    #: `.` or `_`, which go's patterns (`./...`) pass over; their bytes are not read
    apart: tuple[str, ...]
    #: what could not be read
    unread: tuple[Unread, ...]


@dataclasses.dataclass
class Module:
    """A module as go finds it when it is run in its directory."""

    #: of its go.mod
    path: str
    #: its own path; empty when the file cannot be read
    module: str
    #: the version in the go line, None for none
    go: str | None
    #: the name in the toolchain line, None for none
    toolchain: str | None
    #: the path of the go.work that governs it, or None
    work: str | None
    #: whether that go.work has it among its modules
    listed: bool
    #: the go line and the toolchain line that decide (the go.work's when there is one, even when it has none), and
    #: whether they are a go.work's: what `toolchain.select` takes
    counts: tuple[str | None, str | None, bool]
    #: why go refuses the module, whatever toolchain runs; empty for nothing
    problem: str


#: a line that may be one of the three, with or without blanks before it
_LINES = re.compile(rb"\n([ \t\r]*)(module|go|toolchain)(?=[\x00- (),\[\]{}\x7f-\xff]|/[/*]|\Z)([^\n]*)")
#: what is behind the word in a line that is as go itself writes it
_PLAIN = re.compile(rb"[ \t]+([A-Za-z0-9][A-Za-z0-9._~/+-]*)[ \t\r]*(?://.*)?\Z", re.DOTALL)

_GO = pattern(r"[1-9][0-9]*\.(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))?(?:[a-z]+[0-9]+)?\Z")
_TOOLCHAIN = pattern(r"default\Z|go1(?:\.|\Z)")

_BLANKS = pattern(r"[ \t\r]*")
_STRING = pattern(r'"(?:[^"\\]|\\.)*"|`[^`]*`')
_PUNCTUATION = "()[]{},"
_ESCAPE = pattern(r"\\(?:([abfnrtv\\\"])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3}))|(\\)")
_ESCAPED = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", '"': '"'}

_OF_MOD, _OF_WORK = ("module", "go", "toolchain"), ("go", "toolchain", "use")
#: directives that may have a block [modfile: parseToFile, ParseWork]; a go and a toolchain line may not
_BLOCKS = ("module", "use")


# --- reading ---------------------------------------------------------------------------------------------------------


def parse_mod(data: bytes) -> GoMod:
    """Raises ValueError, with the line and the reason, for a file that go refuses because of these lines."""
    found = _plain(data)
    if found is None:
        lines = _read(data, _OF_MOD)
        if not lines["module"]:
            raise ValueError("it has no module line")
        found = GoMod(lines["module"][0], *_versions(lines))
    return found


def parse_work(data: bytes) -> GoWork:
    """Raises ValueError, with the line and the reason, for a file that go refuses because of these lines."""
    lines = _read(data, _OF_WORK)
    return GoWork(*_versions(lines), tuple(lines["use"]))


def _plain(data: bytes) -> GoMod | None:
    """A file whose three lines are as they mostly are: once, unindented, unquoted, before any block. None for all
    others, not judged.
    """
    end = data.find(b"(")
    got: dict[bytes, str] = {}
    for found in _LINES.finditer(b"\n" + data):
        indent, word, rest = found.groups()
        plain = _PLAIN.match(rest)
        if plain is None or indent or word in got or -1 < end < found.end() - 1:
            return None
        got[word] = plain[1].decode("ascii")
    module, go, toolchain = got.get(b"module"), got.get(b"go"), got.get(b"toolchain")
    good = (
        module
        and "//" not in module
        and (go is None or _GO.match(go))
        and (toolchain is None or _TOOLCHAIN.match(toolchain))
    )
    return GoMod(module or "", go, toolchain) if good and not data.startswith(codecs.BOM_UTF8) else None


def _versions(lines: t.Mapping[str, list[str]]) -> tuple[str | None, str | None]:
    return next(iter(lines["go"]), None), next(iter(lines["toolchain"]), None)


def _read(data: bytes, wanted: t.Sequence[str]) -> dict[str, list[str]]:
    """The arguments of the wanted directives, by their names. Raises ValueError."""
    if data.startswith(codecs.BOM_UTF8):
        raise ValueError("line 1: it begins with a byte order mark: save it as UTF-8 without one")
    got: dict[str, list[str]] = {word: [] for word in wanted}
    for number, word, values in _statements(data.decode("utf-8", "replace"), wanted):
        if word in wanted:
            got[word].append(_argument(number, word, values, got[word]))
    return got


def _statements(text: str, wanted: t.Sequence[str]) -> t.Iterator[tuple[int, str, list[str]]]:
    """The number of each line, its directive, and its other tokens; what is wrong with the wanted ones raises
    ValueError.
    """
    block = ""  # the directive whose block is open
    for number, line in enumerate(text.split("\n"), 1):
        within = block
        try:
            tokens = _tokens(line)
            block = _block(tokens, within, wanted)
        except ValueError as error:
            if (within or _first_word(line)) in wanted:
                raise ValueError(f"line {number}: {error}") from error
            continue
        if tokens and within and block:
            yield number, block, tokens
        elif tokens and not within and not _begins_block(tokens):
            yield number, tokens[0], tokens[1:]
    if block in wanted:
        raise ValueError(f"the block of {block} is not closed")


def _block(tokens: t.Sequence[str], within: str, wanted: t.Sequence[str]) -> str:
    """The directive whose block is open behind a line. Raises ValueError for a block of a wanted one that cannot be."""
    if within:
        if within in wanted and tokens[:1] == [")"] and len(tokens) > 1:
            raise ValueError("something is behind the end of a block")
        return "" if tokens[:1] == [")"] else within
    if not _begins_block(tokens):
        return ""
    if tokens[0] in wanted and (tokens[0] not in _BLOCKS or tokens[1] != "("):
        raise ValueError(f"{tokens[0]} cannot have such a block")
    return tokens[0] if tokens[-1] == "(" else ""


def _begins_block(tokens: t.Sequence[str]) -> bool:
    """Also one that ends in the same line [modfile: parseStmt]."""
    return len(tokens) > 1 and tokens[-1] == "(" or len(tokens) > 2 and tokens[-2:] == ["(", ")"]


def _argument(number: int, word: str, values: t.Sequence[str], before: t.Sequence[str]) -> str:
    """The one argument of a directive, judged."""
    if before and word != "use":
        raise ValueError(f"line {number}: a second {word} line")
    if len(values) != 1:
        raise ValueError(f"line {number}: {word} needs one argument, and has {len(values)}")
    value = values[0]
    if word == "go" and not _GO.match(value):
        raise ValueError(f"line {number}: {value} is not a version of the form 1.23.0")
    if word == "toolchain" and not _TOOLCHAIN.match(value):
        raise ValueError(f"line {number}: {value} is not a toolchain of the form go1.23.0, nor default")
    if word in _BLOCKS:
        try:
            return _unquoted(value)
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from error
    return value


def _first_word(line: str) -> str:
    return line.strip().split(" ", 1)[0].split("\t", 1)[0]


def _tokens(line: str) -> list[str]:
    """The tokens of a line without its comment; strings with their quotes [modfile: readToken]. Raises ValueError."""
    out: list[str] = []
    at = 0
    while True:
        at = t.cast("re.Match[str]", _BLANKS.match(line, at)).end()
        if at == len(line) or line.startswith("//", at):
            return out
        if line[at] in _PUNCTUATION:
            end = at + 1
        elif line[at] in '"`':
            string = _STRING.match(line, at)
            if string is None:
                raise ValueError("a text in quotes does not end in its line")
            end = string.end()
        else:
            end = _end_of_word(line, at)
        out.append(line[at:end])
        at = end


def _end_of_word(line: str, at: int) -> int:
    start = at
    while (
        at < len(line)
        and line[at] not in _PUNCTUATION
        and line[at] != " "
        and line[at].isprintable()
        and not line.startswith("//", at)
    ):
        if line.startswith("/*", at):
            raise ValueError("comments begin with //, and cannot begin with /*")
        at += 1
    if at == start:
        raise ValueError(f"the character U+{ord(line[at]):04X} cannot stand here")
    return at


def _unquoted(token: str) -> str:
    """The text of a token [modfile: parseString]; that knows no raw strings, though the lexer does."""
    if not token.startswith('"'):
        if any(quote in token for quote in "\"'`"):
            raise ValueError(f'{token} has a quote in it: only texts between two " can have one')
        return token
    return _ESCAPE.sub(_escaped, token[1:-1])


def _escaped(found: re.Match[str]) -> str:
    letter, *codes, octal, wrong = found.groups()
    if wrong:
        raise ValueError("a backslash is followed by what it cannot escape")
    if letter:
        return _ESCAPED[letter]
    code = int(octal, 8) if octal else int(next(filter(None, codes)), 16)
    if code > (0xFF if octal else 0x10FFFF) or 0xD800 <= code < 0xE000:
        raise ValueError("a backslash is followed by a number that is no character's")
    return chr(code)


# --- modules and the go.work above them ------------------------------------------------------------------------------


class _Work(t.NamedTuple):
    path: str
    go: str | None
    toolchain: str | None
    directories: frozenset[str]
    problem: str


class _Paths(t.NamedTuple):
    """Paths of a host's family, by which directories are distinguished."""

    windows: bool

    def directory(self, path: str) -> str:
        return self.same(ntpath.dirname(path) if self.windows else posixpath.dirname(path))

    def same(self, path: str) -> str:
        """A form in which the same directory looks the same; links are not looked at, as go does not."""
        return ntpath.normpath(path).lower() if self.windows else posixpath.normpath(path)

    def used(self, directory: str, use: str) -> str:
        return self.same(ntpath.join(directory, use) if self.windows else posixpath.join(directory, use))


def modules(
    mods: t.Iterable[GoFile], works: t.Iterable[GoFile], gowork: str = "", windows: bool = False
) -> list[Module]:
    """The modules whose go.mod these are, each with the go.work that governs it.

    works: all go.work in the tree and in the directories above it. gowork: GOWORK in force: empty or `auto` (the
    nearest at or above a module), `off`, or the full path of the one that governs all, which then has to be among
    `works`; go does without one that is not there.
    """
    paths = _Paths(windows)
    governing = _governing([_work(file, paths) for file in works] if gowork != "off" else [], gowork, paths)
    return [_module(file, governing, paths) for file in mods]


def _governing(works: t.Sequence[_Work], gowork: str, paths: _Paths) -> t.Callable[[str], _Work | None]:
    """Tells the go.work for a directory."""
    if gowork not in ("", "auto", "off"):
        named = next((work for work in works if paths.same(work.path) == paths.same(gowork)), None)
        return lambda _directory: named
    nearest: dict[str, _Work | None] = {paths.directory(work.path): work for work in works}
    if not nearest:
        return lambda _directory: None

    def found(directory: str) -> _Work | None:
        passed = []
        while directory not in nearest:
            passed.append(directory)
            above = paths.directory(directory)
            if above == directory:
                nearest[directory] = None
            directory = above
        for below in passed:
            nearest[below] = nearest[directory]
        return nearest[directory]

    return found


def _work(file: GoFile, paths: _Paths) -> _Work:
    directory = paths.directory(file.path)
    try:
        read = parse_work(file.data)
    except ValueError as error:
        return _Work(file.path, None, None, frozenset(), f"go cannot read {file.path}: {error}.")
    return _Work(file.path, read.go, read.toolchain, frozenset(paths.used(directory, use) for use in read.use), "")


def _module(file: GoFile, governing: t.Callable[[str], _Work | None], paths: _Paths) -> Module:
    name, go, toolchain, problem = "", None, None, ""
    try:
        name, go, toolchain = parse_mod(file.data)
    except ValueError as error:
        problem = f"go cannot read {file.path}: {error}."
    directory = paths.directory(file.path)
    work = governing(directory)
    if work is None:
        return Module(file.path, name, go, toolchain, None, False, (go, toolchain, False), problem)
    listed = directory in work.directories
    problem = work.problem or problem or (_work_problem(go, work) if listed else "")
    return Module(file.path, name, go, toolchain, work.path, listed, (work.go, work.toolchain, True), problem)


def _work_problem(go: str | None, work: _Work) -> str:
    problem = work_problem(go, work.go)
    return f"go refuses the workspace {work.path}: {problem}. Run `go work use` in its directory." if problem else ""
