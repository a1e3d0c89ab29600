# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSON with comments, as VS Code and Windows Terminal have their settings: read, and edited key by key. Pure.

Read as VS Code's jsonc-parser reads it: `//` and `/* */` comments, trailing commas, a byte order mark, the last of
several equal keys. It goes on behind damage, guessing; here damaged text is refused with its line, because an edit of a
guess loses what a person wrote.

Edited means: the bytes of the keys that are named change, and the comma that a new neighbour needs. Comments, order,
indentation, line ends, trailing commas, other keys, and bytes that are no UTF-8 stay as they are. A new key goes last,
in the file's own indentation.
"""

from __future__ import annotations

import json
import typing as t

from .._core.patterns import pattern
from .._editors.edits import MISSING, REMOVE, Absent, JsonPath, Named, Raw

#: how deep objects and arrays may stand in each other; settings of editors stay below 10
DEPTH = 100
_INDENT = "    "  # VS Code's own for its settings
_BOM = "\ufeff"

_SKIP = pattern(r"(?:[ \t\r\n]+|//[^\r\n]*|/\*.*?\*/)*", 16)  # 16: re.DOTALL
_STRING = pattern(r'"(?:[^"\\\r\n]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*"')
_NUMBER = pattern(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?(?![\w.+-])")
_WORD = pattern(r"[A-Za-z]+")
_BREAK = pattern(r"\r\n|\n|\r")
_BLANKS = pattern(r"[ \t]*")
_SURROGATE = pattern("[\ud800-\udfff]")
_WORDS = {"true": True, "false": False, "null": None}
_OPEN = {"{": "}", "[": "]"}

#: what a change may set: a JSON value, the text of one, or nothing
Change = t.Any


class JsonError(ValueError):
    """The text is no JSON with comments, or does not hold what an edit needs. The message names the line."""


class Item(t.NamedTuple):
    """A member of an object, or an element of an array (`key` is None). `start` is where the key or the element begins;
    `comma` where the comma behind it stands, -1 without one."""

    key: str | None
    start: int
    node: Node
    comma: int


class Node(t.NamedTuple):
    """A value where it stands: text[start:end]. `opener` is `{` or `[` for what has items, and empty for a plain
    `value`.
    """

    start: int
    end: int
    opener: str = ""
    items: tuple[Item, ...] = ()
    value: t.Any = None


class Document:
    """A file's text and what is in it. `root` is None when it holds nothing but blanks and comments."""

    def __init__(self, text: str, root: Node | None) -> None:
        self.text = text
        self.root = root

    @property
    def value(self) -> t.Any:
        """Everything, as Python values; MISSING without a root."""
        return MISSING if self.root is None else _value(self.root)

    def get(self, path: JsonPath) -> t.Any:
        """The value at `path`, or MISSING."""
        node = self._node(path)
        return MISSING if node is None else _value(node)

    def raw(self, path: JsonPath) -> Raw | t.Literal[Absent.MISSING]:
        """The text of the value at `path`, with its comments and breaks, for putting it back later; or MISSING."""
        node = self._node(path)
        return MISSING if node is None else Raw(self.text[node.start : node.end])

    def line(self, path: JsonPath) -> int:
        """The line, from 1, on which the value at `path` begins; 0 when there is none."""
        node = self._node(path)
        return 0 if node is None else line_of(self.text, node.start)

    def _node(self, path: JsonPath) -> Node | None:
        node = self.root
        for step in path:
            item = None if node is None else _find(node, step)
            if item is None:
                return None
            node = item.node
        return node


def read(data: bytes) -> Document:
    """The file. Raises JsonError for text that is damaged, with its line, and for UTF-16."""
    text = _decode(data)
    return Document(text, _Parser(text).root())


def edit(data: bytes | None, changes: t.Mapping[JsonPath, Change]) -> bytes:
    """`data` with these values in it; REMOVE takes a key or an element out, Raw puts a text in as it is.

    Objects and arrays on the way are made; an element made for `Named` gets that key. What has the wanted value already
    keeps its bytes, whatever order its keys have. Removing takes out all of several equal keys, and of several elements
    that answer to a `Named` the first. None stands for no file: a new one is indented by four blanks and ends its lines
    in LF, and is empty when there is nothing to set. Raises JsonError for a file that is damaged or that holds
    something else where an object or an array is needed.
    """
    text = _decode(data or b"")
    document = Document(text, _Parser(text).root())
    for path, wanted in changes.items():
        _check_path(path)
        if _stands(document, path, wanted):
            continue
        text = _changed(document, path, wanted)
        document = Document(text, _Parser(text).root())
    return text.encode("utf-8", "surrogateescape")


def _check_path(path: JsonPath) -> None:
    if not path or any(isinstance(step, Named) and isinstance(before, Named) for before, step in zip(path, path[1:])):
        raise ValueError(f"{path!r} leads to no value: it names keys, and elements of the arrays behind them.")


def line_of(text: str, position: int) -> int:
    """The number, from 1, of the line in which a position is."""
    return sum(1 for _break in _BREAK.finditer(text, 0, position)) + 1


# --- reading ---------------------------------------------------------------------------------------------------------


def _decode(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise JsonError("line 1: the file is UTF-16; it must be UTF-8.")
    return data.decode("utf-8", "surrogateescape")


class _Parser:
    """Reads a text from its beginning. Each method begins where its thing does and leaves `at` behind it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 1 if text.startswith(_BOM) else 0

    def root(self) -> Node | None:
        self.skip()
        if self.at == len(self.text):
            return None
        node = self.value(1)
        self.skip()
        if self.at != len(self.text):
            raise self.error("there is text behind the end of the value.")
        return node

    def error(self, reason: str, at: int | None = None) -> JsonError:
        return JsonError(f"line {line_of(self.text, self.at if at is None else at)}: {reason}")

    def skip(self) -> None:
        found = _SKIP.match(self.text, self.at)
        self.at = found.end() if found else self.at
        if self.text.startswith("/*", self.at):
            raise self.error("a comment that begins with /* does not end.")

    def value(self, depth: int) -> Node:
        start = self.at
        char = self.text[start : start + 1]
        if char in _OPEN:
            if depth > DEPTH:
                raise self.error(f"objects and arrays stand more than {DEPTH} deep in each other.")
            items = self.items(char, depth)
            return Node(start, self.at, char, items)
        if char == '"':
            text = self.string()
            return Node(start, self.at, value=text)
        return self.plain()

    def items(self, opener: str, depth: int) -> tuple[Item, ...]:
        start, closer = self.at, _OPEN[opener]
        items: list[Item] = []
        self.at += 1
        while True:
            self.skip()
            char = self.text[self.at : self.at + 1]
            if char == closer:
                self.at += 1
                return tuple(items)
            if not char:
                raise self.error(f"the {opener} here has no {closer}.", start)
            if items and items[-1].comma < 0:
                raise self.error(f"a comma or {closer} is missing before this.")
            items.append(self.item(opener, depth))

    def item(self, opener: str, depth: int) -> Item:
        start, key = self.at, None
        if opener == "{":
            if self.text[self.at] != '"':
                raise self.error("a key in double quotes is missing here.")
            key = self.string()
            self.skip()
            if not self.text.startswith(":", self.at):
                raise self.error(f"there is no colon behind the key {json.dumps(key)}.")
            self.at += 1
            self.skip()
        node = self.value(depth + 1)
        self.skip()
        comma = self.at if self.text.startswith(",", self.at) else -1
        self.at += comma >= 0
        return Item(key, start, node, comma)

    def string(self) -> str:
        found = _STRING.match(self.text, self.at)
        if not found:
            raise self.error("this string does not end on its line, or has a backslash in it that begins nothing.")
        self.at = found.end()
        return t.cast(str, json.loads(found[0], strict=False))

    def plain(self) -> Node:
        start = self.at
        number = _NUMBER.match(self.text, start)
        if number:
            self.at = number.end()
            return Node(start, self.at, value=self.number(number[0], number[1] is None and number[2] is None))
        word = _WORD.match(self.text, start)
        if word and word[0] in _WORDS:
            self.at = word.end()
            return Node(start, self.at, value=_WORDS[word[0]])
        raise self.error("a value is missing here, or is none of JSON.")

    def number(self, text: str, whole: bool) -> int | float:
        try:
            return int(text) if whole else float(text)
        except ValueError:  # Python refuses to read thousands of digits
            raise self.error("this number has too many digits.") from None


def _value(node: Node) -> t.Any:
    if node.opener == "{":
        return {item.key: _value(item.node) for item in node.items}
    if node.opener == "[":
        return [_value(item.node) for item in node.items]
    return node.value


def _find(node: Node, step: str | Named) -> Item | None:
    """The member or element that a step leads to."""
    if isinstance(step, Named):
        if node.opener != "[":
            return None
        return next((item for item in node.items if _answers(item.node, step)), None)
    if node.opener != "{":
        return None
    return next((item for item in reversed(node.items) if item.key == step), None)


def _answers(node: Node, name: Named) -> bool:
    item = _find(node, name.key)
    return item is not None and item.node.value == name.value


# --- editing ---------------------------------------------------------------------------------------------------------


def _stands(document: Document, path: JsonPath, wanted: Change) -> bool:
    """Whether a change has nothing to do."""
    if wanted is REMOVE:
        return document.get(path) is MISSING
    if isinstance(wanted, Raw):
        return document.raw(path) == wanted
    found = document.get(path)
    return found is not MISSING and _canonical(found) == _canonical(_complete(path, wanted))


def _canonical(value: t.Any) -> str:
    return json.dumps(value, sort_keys=True, default=dict)


def _changed(document: Document, path: JsonPath, wanted: Change) -> str:
    """The text with one change, which has something to do."""
    if isinstance(wanted, Raw):
        _check_raw(wanted)
    else:
        wanted = wanted if wanted is REMOVE else _complete(path, wanted)
    text, node = document.text, document.root
    if node is None:
        return _with_root(text, _wrapped(path, wanted))
    for depth, step in enumerate(path):
        _check_kind(text, node, step, path[:depth])
        item = _find(node, step)
        if item is None:
            return _inserted(document, node, step, _wrapped(path[depth + 1 :], wanted))
        if depth == len(path) - 1:
            return _removed(text, node, item) if wanted is REMOVE else _replaced(document, node, item, wanted)
        node = item.node
    raise AssertionError("a path has a last step")


def _check_raw(raw: Raw) -> None:
    try:
        root = _Parser(raw.text).root()
    except JsonError as error:
        raise ValueError(f"The text to put in is no JSON: {error}") from None
    if root is None or root.start != 0 or root.end != len(raw.text):
        raise ValueError("The text to put in is not just one JSON value.")


def _check_kind(text: str, node: Node, step: str | Named, path: JsonPath) -> None:
    opener, kind = ("[", "an array") if isinstance(step, Named) else ("{", "an object")
    if node.opener != opener:
        where = ".".join(part if isinstance(part, str) else part.value for part in path) or "the file"
        raise JsonError(f"line {line_of(text, node.start)}: {where} is not {kind}.")


def _complete(path: JsonPath, wanted: t.Any) -> t.Any:
    """`wanted`, with the key by which the path finds it."""
    name = path[-1]
    if not isinstance(name, Named):
        return wanted
    if not isinstance(wanted, t.Mapping) or wanted.get(name.key, name.value) != name.value:
        raise ValueError(f"What stands at {name.key} {name.value!r} is an object with that {name.key}.")
    return {name.key: name.value, **wanted}


def _wrapped(rest: JsonPath, wanted: t.Any) -> t.Any:
    """The value that holds `wanted` at `rest`."""
    for number in range(len(rest) - 1, -1, -1):
        step, within = rest[number], rest[number + 1 :]
        if isinstance(step, Named):
            named = isinstance(wanted, t.Mapping) and within and isinstance(within[0], str)
            wanted = [{step.key: step.value, **wanted} if named else wanted]
        else:
            wanted = {step: wanted}
    return wanted


class _Layout(t.NamedTuple):
    """How a value is written: over lines that begin with `indent` and deeper ones with another `unit` each; or, with no
    `eol`, in one line.
    """

    eol: str
    indent: str = ""
    unit: str = _INDENT


def _dump(value: t.Any, layout: _Layout) -> str:
    if isinstance(value, Raw):
        return value.text
    if value and isinstance(value, (t.Mapping, list, tuple)):
        inner = layout._replace(indent=layout.indent + layout.unit)
        if isinstance(value, t.Mapping):
            opener, closer = "{", "}"
            parts = [f"{_plain(str(key))}: {_dump(part, inner)}" for key, part in value.items()]
        else:
            opener, closer = "[", "]"
            parts = [_dump(part, inner) for part in value]
        if not layout.eol:
            blank = " " if opener == "{" else ""
            return f"{opener}{blank}{', '.join(parts)}{blank}{closer}"
        return (
            opener
            + layout.eol
            + ("," + layout.eol).join(inner.indent + part for part in parts)
            + layout.eol
            + layout.indent
            + closer
        )
    return _plain(value)


def _plain(value: t.Any) -> str:
    """A value without layout. Half a surrogate pair, which no UTF-8 can hold, is escaped as JSON.stringify does."""
    text = json.dumps(dict(value) if isinstance(value, t.Mapping) else value, ensure_ascii=False, allow_nan=False)
    return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _eol(text: str) -> str:
    found = _BREAK.search(text)
    return found[0] if found else "\n"


def _indent(text: str, position: int) -> str:
    """The blanks at the beginning of the line in which a position is."""
    found = _BLANKS.match(text, _line_start(text, position))
    return found[0] if found else ""


def _line_start(text: str, position: int) -> int:
    start = max(text.rfind("\n", 0, position), text.rfind("\r", 0, position)) + 1
    return start + text.startswith(_BOM, start)


def _begins_line(text: str, position: int) -> bool:
    return not text[_line_start(text, position) : position].strip(" \t")


def _unit(document: Document) -> str:
    """One level of the file's indentation: that of the first key of the root which begins a line."""
    for item in document.root.items if document.root else ():
        if _begins_line(document.text, item.start):
            return _indent(document.text, item.start) or _INDENT
    return _INDENT


def _is_one_line(text: str, node: Node) -> bool:
    return not _BREAK.search(text, node.start, node.end)


def _with_root(text: str, value: t.Any) -> str:
    """A text of blanks and comments, with a value behind them."""
    eol = _eol(text)
    before = text if not text.strip(_BOM + " \t\r\n") or text.endswith(("\n", "\r")) else text + eol
    return before + _dump(value, _Layout(eol)) + eol


def _inserted(document: Document, node: Node, step: str | Named, value: t.Any) -> str:
    """The text with a new last item in an object or an array: behind all comments there, so that each stays with what
    it is about.
    """
    text = document.text
    key = "" if isinstance(step, Named) else _plain(step) + ": "
    if isinstance(step, Named) and isinstance(value, t.Mapping):
        value = {step.key: step.value, **value}
    last = node.items[-1] if node.items else None
    place = _end_of_contents(text, node)
    if last is not None and _is_one_line(text, node):
        new = " " + key + _dump(value, _Layout(""))
        ending = ""
    else:
        layout = _Layout(_eol(text), _indent_within(document, node), _unit(document))
        new = layout.eol + layout.indent + key + _dump(value, layout)
        ending = "" if _BREAK.search(text, place, node.end) else layout.eol + _indent(text, node.start)
    after = (
        text[node.end - 1 :] if ending else text[place:]
    )  # the bracket goes to a line of its own, without the blanks before it
    if last is None:
        return text[:place] + new + ending + after
    if last.comma >= 0:
        return text[:place] + new + "," + ending + after
    return text[: last.node.end] + "," + text[last.node.end : place] + new + ending + after


def _end_of_contents(text: str, node: Node) -> int:
    """Behind the last thing in an object or an array that is no blank, be it a comment or the opening bracket."""
    inner = text[node.start : node.end - 1]
    return node.start + len(inner.rstrip(" \t\r\n"))


def _indent_within(document: Document, node: Node) -> str:
    text = document.text
    for item in reversed(node.items):
        if _begins_line(text, item.start):
            return _indent(text, item.start)
    return _indent(text, node.start) + _unit(document)


def _replaced(document: Document, holder: Node, item: Item, value: t.Any) -> str:
    text, node = document.text, item.node
    one_line = _is_one_line(text, node if node.items else holder)
    layout = _Layout("" if one_line else _eol(text), _indent(text, item.start), _unit(document))
    return text[: node.start] + _dump(value, layout) + text[node.end :]


def _removed(text: str, node: Node, item: Item) -> str:
    """The text without an item, and without all others of its key. Comments stay, also the one on its line."""
    same = [
        number
        for number, other in enumerate(node.items)
        if other is item or (item.key is not None and other.key == item.key)
    ]
    spans: list[tuple[int, int]] = []
    for number in same:
        spans += _spans(text, node.items[number])
    kept = [number for number in range(len(node.items)) if number not in same]
    if kept and kept[-1] < same[-1] and node.items[-1].comma < 0:
        comma = node.items[kept[-1]].comma  # it would be a trailing one, which this file does not have
        spans.append((comma, comma + 1))
    if not kept and not _without(text, [*spans, (0, node.start + 1), (node.end - 1, len(text))]).strip(" \t\r\n"):
        spans = [(node.start + 1, node.end - 1)]  # nothing is left but the lines that were made for it
    return _without(text, spans)


def _spans(text: str, item: Item) -> list[tuple[int, int]]:
    """What goes with an item: itself, its comma, and its line when nothing else is on it."""
    spans = [(item.start, item.node.end)]
    if item.comma >= 0:
        if text[item.node.end : item.comma].strip(" \t\r\n"):
            spans.append((item.comma, item.comma + 1))  # a comment stands between them
        else:
            spans = [(item.start, item.comma + 1)]
    spans[0] = _with_blanks(text, *spans[0])
    return spans


def _with_blanks(text: str, start: int, end: int) -> tuple[int, int]:
    """A span that is to go, with the line or the blanks that would be left of it."""
    tail = _BLANKS.match(text, end)
    rest = tail.end() if tail else end
    break_ = _BREAK.match(text, rest)
    if _begins_line(text, start):
        return (_line_start(text, start), break_.end()) if break_ else (start, rest)
    if break_ or text[rest] in "}]":
        return len(text[:start].rstrip(" \t")), end
    return start, rest


def _without(text: str, spans: t.Iterable[tuple[int, int]]) -> str:
    parts, at = [], 0
    for start, end in sorted(spans):
        parts.append(text[at : max(at, start)])
        at = max(at, end)
    return "".join(parts) + text[at:]
