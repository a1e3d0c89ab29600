# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The XML files of JetBrains IDEs: one element below the root found, its attributes set, or it taken out, and every
other byte left. Pure.

Where things stand is told by expat, and the file is never written anew from a tree: comments, CDATA, references, line
ends, the spelling of empty elements and the declaration stay. A DOCTYPE is refused, and with it every entity that
somebody could define: IDEs write none.
"""

from __future__ import annotations

import re
import typing as t
from xml.parsers import expat

from .._core.patterns import pattern
from .._editors.edits import MISSING, REMOVE, Absent, Attributes, Raw, XmlPath, XmlStep

_ENCODINGS = ("utf-8", "us-ascii", "iso-8859-1")
_BOM = b"\xef\xbb\xbf"
_UNIT = b"  "  # IDEs' own

_ATTRIBUTE = pattern(rb"[ \t\r\n]+([^ \t\r\n=/>]+)[ \t\r\n]*=[ \t\r\n]*(\"[^\"]*\"|'[^']*')")
_TAG = pattern(rb"<([^ \t\r\n/>]+)")
_TAG_END = pattern(rb"[ \t\r\n]*/?>")
_BREAK = pattern(rb"\r\n|\n|\r")
_BLANKS = pattern(rb"[ \t]*")
_FORBIDDEN = pattern("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAME = pattern(r"[A-Za-z_][A-Za-z0-9_.-]*\Z")
_ESCAPES = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&apos;",
    "\n": "&#10;",
    "\r": "&#13;",
    "\t": "&#9;",
}

#: what a change may set: attributes of an element, the text of one, or nothing
Change = t.Union[Attributes, Raw, Absent]


class XmlError(ValueError):
    """The file is no XML, or holds what is refused. The message names the line."""


class Node:
    """An element where it stands: data[start:end]. `inner` is the end of its start tag, and the beginning of its end
    tag; both are `end` for an empty one (`<a/>`). `plain` means that it holds no text but blanks."""

    def __init__(self, tag: str, attributes: dict[str, str], start: int) -> None:
        self.tag = tag
        self.attributes = attributes
        self.start = self.end = start
        self.inner = (start, start)
        self.children: list[Node] = []
        self.plain = True

    @property
    def empty(self) -> bool:
        return self.inner[0] == self.end


class Document:
    """A file's bytes and its elements."""

    def __init__(self, data: bytes, root: Node, encoding: str) -> None:
        self.data = data
        self.root = root
        self.encoding = encoding

    def find(self, path: XmlPath) -> Node | None:
        """The element at `path`: the root, and a child of it."""
        root, child = path
        if not _answers(self.root, root):
            return None
        return next((node for node in self.root.children if _answers(node, child)), None)

    def get(self, path: XmlPath) -> t.Mapping[str, str] | t.Literal[Absent.MISSING]:
        """The attributes of the element at `path`, or MISSING."""
        node = self.find(path)
        return MISSING if node is None else dict(node.attributes)

    def raw(self, path: XmlPath) -> Raw | t.Literal[Absent.MISSING]:
        """The text of the element at `path`, for putting it back later; or MISSING."""
        node = self.find(path)
        return (
            MISSING if node is None else Raw(self.data[node.start : node.end].decode(self.encoding, "surrogateescape"))
        )


def read(data: bytes) -> Document:
    """The file. Raises XmlError for what is no XML, for a DOCTYPE, and for an encoding other than UTF-8, ASCII and
    Latin 1.
    """
    reader = _Reader(data)
    if reader.root is None:
        raise XmlError("line 1: there is no element.")
    return Document(data, reader.root, reader.encoding)


def edit(data: bytes | None, changes: t.Mapping[XmlPath, Change], new: bytes = b"") -> bytes:
    """`data` with these elements below its root.

    Attributes sets some of an element's, Raw puts a text in as it is, REMOVE takes an element out; what is missing is
    made, last in the root. What is as wanted already keeps its bytes. None stands for no file: a new one is `new` with
    the changes, and empty when there is nothing to set. Raises XmlError for a file that is damaged or that has another
    root.
    """
    if not data:
        if all(change is REMOVE for change in changes.values()):
            return b""
        data = new
    document = read(data)
    for path, change in changes.items():
        if not _answers(document.root, path[0]):
            raise XmlError(f"The file's root is <{document.root.tag}>, not <{path[0].tag}>.")
        if not _stands(document, path, change):
            document = read(_changed(document, path, change))
    return document.data


# --- reading ---------------------------------------------------------------------------------------------------------


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.root: Node | None = None
        self.encoding = "utf-8"
        self.open: list[Node] = []
        if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data[:4]:
            raise XmlError("line 1: the file is UTF-16; it must be UTF-8.")
        self.parser = parser = expat.ParserCreate()
        parser.ordered_attributes = True
        parser.XmlDeclHandler = self.declaration
        parser.StartDoctypeDeclHandler = self.doctype
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.finish
        parser.CharacterDataHandler = self.text
        try:
            parser.Parse(data, True)
        except expat.ExpatError as error:
            raise XmlError(f"line {error.lineno}: {expat.ErrorString(error.code)}.") from None

    def declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        self.encoding = (encoding or "utf-8").lower()
        if self.encoding not in _ENCODINGS:
            raise XmlError(f"line 1: the file is declared as {encoding}; it must be UTF-8.")

    def doctype(self, *_arguments: object) -> None:
        raise XmlError(f"line {self.parser.CurrentLineNumber}: a DOCTYPE is not read: it may define entities.")

    def start(self, tag: str, attributes: list[str]) -> None:
        at = self.parser.CurrentByteIndex
        node = Node(tag, dict(zip(attributes[::2], attributes[1::2])), at)
        ending = _TAG_END.match(self.data, _attributes_end(self.data, at))
        node.inner = (ending.end(), ending.end()) if ending else (at, at)
        if self.open:
            self.open[-1].children.append(node)
        else:
            self.root = node
        self.open.append(node)

    def finish(self, _tag: str) -> None:
        node = self.open.pop()
        begin = node.inner[0]
        if self.data[begin - 2 : begin] == b"/>":
            node.end = begin
            return
        at = self.parser.CurrentByteIndex
        node.inner = (begin, at)
        node.end = self.data.index(b">", at) + 1

    def text(self, text: str) -> None:
        if self.open and text.strip():
            self.open[-1].plain = False


def _attributes(data: bytes, start: int) -> t.Iterator[re.Match[bytes]]:
    """The attributes of the start tag that begins here, which expat has found to be one."""
    tag = _TAG.match(data, start)
    found = _ATTRIBUTE.match(data, tag.end()) if tag else None
    while found:
        yield found
        found = _ATTRIBUTE.match(data, found.end())


def _attributes_end(data: bytes, start: int) -> int:
    """Behind the last attribute of the start tag that begins here, or behind its name."""
    tag = _TAG.match(data, start)
    end = tag.end() if tag else start
    for found in _attributes(data, start):
        end = found.end()
    return end


def _answers(node: Node, step: XmlStep) -> bool:
    return node.tag == step.tag and (step.value is None or node.attributes.get(step.key) == step.value)


# --- editing ---------------------------------------------------------------------------------------------------------


def _stands(document: Document, path: XmlPath, change: Change) -> bool:
    """Whether a change has nothing to do."""
    node = document.find(path)
    if node is None:
        return change is REMOVE
    if isinstance(change, Attributes):
        return all(node.attributes.get(name) == value for name, value in change.values.items())
    return isinstance(change, Raw) and document.raw(path) == change


def _changed(document: Document, path: XmlPath, change: Change) -> bytes:
    node, data = document.find(path), document.data
    if node is None:
        return _inserted(document, _text(document, path[1], change))
    if isinstance(change, Raw):
        return data[: node.start] + _text(document, path[1], change) + data[node.end :]
    if isinstance(change, Attributes):
        return _with_attributes(document, node, change.values)
    return _removed(data, node)


def _text(document: Document, step: XmlStep, change: Change) -> bytes:
    """A new element's bytes. Raises ValueError when its path would not find it."""
    if isinstance(change, Raw):
        text = change.text.encode(document.encoding, "surrogateescape")
        if not _answers(read(_declared(document.encoding) + text).root, step):
            raise ValueError(f"The text to put in is no {step.tag} {step.value}.")
        return text
    values = t.cast(Attributes, change).values
    own = {} if step.value is None else {step.key: step.value}
    return f"<{step.tag}".encode("ascii") + _attributes_text({**own, **values}, document.encoding) + b" />"


def _declared(encoding: str) -> bytes:
    return f'<?xml version="1.0" encoding="{encoding}"?>'.encode("ascii")


def _attributes_text(values: t.Mapping[str, str], encoding: str) -> bytes:
    out = b""
    for name, value in values.items():
        if not _NAME.match(name):
            raise ValueError(f"{name!r} is not a name of an attribute.")
        out += b" " + name.encode("ascii") + b'="' + _escaped(value, encoding) + b'"'
    return out


def _escaped(value: str, encoding: str) -> bytes:
    """An attribute's value between quotes; what the encoding cannot hold becomes a reference. Raises ValueError for
    what no XML can hold.
    """
    if _FORBIDDEN.search(value):
        raise ValueError(f"{value!r} has a character in it that no XML can hold.")
    return "".join(_ESCAPES.get(char, char) for char in value).encode(encoding, "xmlcharrefreplace")


def _eol(data: bytes) -> bytes:
    found = _BREAK.search(data)
    return found[0] if found else b"\n"


def _line_start(data: bytes, position: int) -> int:
    start = max(data.rfind(b"\n", 0, position), data.rfind(b"\r", 0, position)) + 1
    return start + (len(_BOM) if data.startswith(_BOM, start) else 0)


def _indent(data: bytes, position: int) -> bytes:
    """The blanks at the beginning of the line in which a position is."""
    found = _BLANKS.match(data, _line_start(data, position))
    return found[0] if found else b""


def _begins_line(data: bytes, position: int) -> bool:
    return not data[_line_start(data, position) : position].strip(b" \t")


def _inserted(document: Document, text: bytes) -> bytes:
    """The file with a new last child of its root: behind the comments and texts there."""
    data, root, eol = document.data, document.root, _eol(document.data)
    own = next((child for child in reversed(root.children) if _begins_line(data, child.start)), None)
    outer = _indent(data, root.start)
    line, closing = eol + (outer + _UNIT if own is None else _indent(data, own.start)) + text, eol + outer
    if root.empty:
        end = _attributes_end(data, root.start)
        tag = f"</{root.tag}>".encode(document.encoding)
        return data[:end] + b">" + line + closing + tag + data[root.end :]
    begin, end = root.inner
    place = begin + len(data[begin:end].rstrip(b" \t\r\n"))
    if _BREAK.search(data, place, end):
        closing = data[place:end]
    return data[:place] + line + closing + data[end:]


def _removed(data: bytes, node: Node) -> bytes:
    """The file without an element, and without its line when nothing else is on it."""
    start, end = node.start, node.end
    tail = _BLANKS.match(data, end)
    break_ = _BREAK.match(data, tail.end() if tail else end)
    if break_ and _begins_line(data, start):
        start, end = _line_start(data, start), break_.end()
    return data[:start] + data[end:]


def _with_attributes(document: Document, node: Node, values: t.Mapping[str, str]) -> bytes:
    """The file with these attributes of an element set, between whichever quotes they had."""
    data = document.data
    found = {match[1].decode(document.encoding): match for match in _attributes(data, node.start)}
    end = _attributes_end(data, node.start)
    added = {name: value for name, value in values.items() if name not in found}
    spans = [(end, end, _attributes_text(added, document.encoding))]
    for name, value in values.items():
        match = found.get(name)
        if match and node.attributes[name] != value:
            spans.append((match.start(2) + 1, match.end(2) - 1, _escaped(value, document.encoding)))
    for start, stop, text in sorted(spans, key=lambda span: span[0], reverse=True):
        data = data[:start] + text + data[stop:]
    return data
