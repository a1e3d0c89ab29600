# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a script for a distro's /bin/sh printed. Pure.

An answer is lines, each a word that says what it is and what belongs to it: numbers, or a text behind a dot; behind a
`+` it is in the lines that follow, in base64, up to one with a `-`. `@` begins an item, one for each path or program
that was asked for, and a point ends the answer: without it, it is not whole.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import typing as t
import zlib
from dataclasses import dataclass, field

from . import frames

Line = tuple[str, str]

#: what is at a path: a file whose bytes are known, one whose are not, something else, something that may not be looked
#: at, nothing, links that lead nowhere, something that has no directory above it
FILE, CLOSED, OTHER, DENIED, NOTHING, LOOP, UNDER = "file", "closed", "other", "denied", "nothing", "loop", "under"
_IMMUTABLE, _APPEND_ONLY = "i", "a"


@dataclass(frozen=True)
class Seen:
    """What is at a path."""

    #: see FILE
    kind: str
    #: where each link on the way leads
    links: tuple[str, ...] = ()
    #: the bytes, of a FILE
    data: bytes | None = None
    #: where it really is; of what is not there, the nearest directory above that is
    real: str = ""
    #: that directory as the path names it
    above: str = ""
    #: the permission bits
    mode: int = 0
    #: uid and gid
    owner: tuple[int, int] = (0, 0)
    #: how many names it has, without those that a run of this collection gave it
    names: int = 1
    #: the letters of its flags, as lsattr prints them
    flags: str = ""

    @property
    def is_immutable(self) -> bool:
        return _IMMUTABLE in self.flags

    @property
    def is_append_only(self) -> bool:
        return _APPEND_ONLY in self.flags


@dataclass(frozen=True)
class Place:
    """What can be done in a directory."""

    #: whether the account may write into it
    writable: bool
    #: uid
    owner: int
    #: blocks of its file system: all, free for root, free for others
    blocks: tuple[int, int, int]
    #: inodes of its file system: all, free
    inodes: tuple[int, int]
    #: see `Seen`
    flags: str = ""


@dataclass(frozen=True)
class Looked:
    """Which go is in a directory, or what is there instead."""

    exists: bool
    #: uid, gid and permission bits of the go, of the directory, and of the one above; empty where there is no go
    go: tuple[tuple[int, int, int], ...] = ()
    #: the SDK's VERSION
    version: bytes | None = None
    #: the VERSION of the SDK that a go leads to which is a link
    linked: bytes | None = None
    #: what is at the path of one that is not there
    seen: Seen | None = None


@dataclass(frozen=True)
class Own:
    """The account that a script ran as, and what it has."""

    #: uid, gid, and the groups
    uid: int
    gid: int
    groups: tuple[int, ...]
    #: as uname prints it
    machine: str
    home: str
    #: its line of the password database
    entry: str
    #: variables of the session that say where its files are
    environ: t.Mapping[str, str]
    #: PATH as the session was started with, and each go.exe on it
    path: str
    windows_go: tuple[str, ...]
    #: /etc/passwd
    passwd: bytes
    #: /proc/self/mountinfo
    mounts: bytes
    #: of su, flock, setsid those that are there
    tools: frozenset[str]


@dataclass(frozen=True)
class Replaced:
    """What a change replaced, and what is there since. data and link are None where nothing was."""

    data: bytes | None
    link: str | None
    after: Seen


class Ended(t.NamedTuple):
    """What a program left; None for one that did not end in time."""

    code: int
    out: bytes
    err: bytes


@dataclass
class Answer:
    """An answer, understood as far as no question is needed for it."""

    #: lines before the first item, and those of each item
    head: list[Line] = field(default_factory=list)
    items: list[list[Line]] = field(default_factory=list)
    #: directories by path
    places: dict[str, Place] = field(default_factory=dict)

    def said(self, word: str) -> str | None:
        """What belongs to the last line with that word, anywhere; None where there is none."""
        lines = [*self.head, *(line for item in self.items for line in item)]
        return next((rest for name, rest in reversed(lines) if name == word), None)


def output_of(mark: str, output: bytes) -> list[str] | None:
    """The lines of an answer; None where it is not whole."""
    found = frames.parse(mark, output)
    try:
        packed = found.first("packed")
        plain = gzip.decompress(base64.b64decode(packed)) if packed is not None else found.first("plain")
    except (ValueError, OSError, EOFError, zlib.error):
        return None
    if plain is None:
        return None
    lines = plain.decode("ascii", "replace").replace("\r", "").split("\n")
    return lines[:-2] if lines[-2:] == [".", ""] else None


def parse(lines: t.Sequence[str]) -> Answer:
    """The answer of these lines. Raises ValueError for lines that no script prints."""
    out = Answer()
    for word, rest in _joined(lines):
        if word == "@":
            out.items.append([])
        elif word == "directory":
            told = rest.split(" ", 8)
            numbers = [int(number) for number in told[1:7]]
            out.places[decoded(told[8])] = Place(
                told[0] == "w", numbers[0], (numbers[1], numbers[2], numbers[3]), (numbers[4], numbers[5]), told[7]
            )
        else:
            (out.items[-1] if out.items else out.head).append((word, rest))
    return out


def _joined(lines: t.Iterable[str]) -> t.Iterator[Line]:
    """The lines, those in base64 in one."""
    rest = iter(lines)
    for text in rest:
        word, _sep, told = text.partition(" ")
        if told == "+" or told.endswith(" +"):
            pieces = []
            for piece in rest:
                if piece == "-":
                    break
                pieces.append(piece)
            told += "".join(pieces)
        yield word, told


def raw(text: str) -> bytes:
    """The bytes of a text as it is printed. Raises ValueError for what is none."""
    if text.startswith("."):
        return text[1:].encode("ascii")
    if not text.startswith("+"):
        raise ValueError("a text without a sign")
    try:
        return base64.b64decode(text[1:], validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from error


def decoded(text: str) -> str:
    return raw(text).decode("utf-8", "surrogateescape")


def seen(lines: t.Sequence[Line]) -> Seen:
    """What is at a path. Raises ValueError where that was not said."""
    links = tuple(decoded(rest) for word, rest in lines if word == "link")
    told = dict(lines)
    real = decoded(told["real"]) if "real" in told else ""
    if "above" in told:
        return Seen(NOTHING, links, real=real, above=decoded(told["above"]))
    if "under" in told:
        return Seen(UNDER, links, real=decoded(told["under"]))
    kind = next((word for word in ("loop", "other", "denied") if word in told), "")
    if not kind and "bytes" not in told and "file" not in told:
        raise ValueError("a path of which nothing was said")
    mode, uid, gid, size, names, flags = told.get("stat", "0 0 0 0 1 -").split(" ")
    data = raw(told["bytes"]) if "bytes" in told else None
    if data == b"" and int(size):
        raise ValueError("a file whose bytes did not arrive")
    own = sum(word == "own" for word, _rest in lines)
    kind = kind or (CLOSED if data is None else FILE)
    return Seen(
        kind, links, data, real, "", int(mode, 8), (int(uid), int(gid)), int(names) - own, flags.replace("-", "")
    )


def looked(lines: t.Sequence[Line]) -> Looked:
    """Which go is in a directory. Raises ValueError where that was not said."""
    told = dict(lines)
    if "exists" not in told:
        return Looked(False, seen=seen(lines))
    if "go" not in told:
        return Looked(True)
    found = []
    for word, item in lines:
        if word == "go":
            uid, gid, mode = item.split(".")
            found.append((int(uid), int(gid), int(mode, 8)))
    version, linked = (raw(told[word]) if word in told else None for word in ("version", "linked"))
    return Looked(True, tuple(found), version, linked)


def own(answer: Answer) -> Own:
    """Who the session is. Raises ValueError where that was not said."""
    told = dict(answer.head)
    try:
        uid, gid, *groups = map(int, told["id"].split())
        environ = {word[1:]: decoded(rest) for word, rest in answer.head if word.startswith("v")}
        goexe = tuple(decoded(rest) for word, rest in answer.head if word == "goexe")
        tools = frozenset(rest for word, rest in answer.head if word == "tool")
        home, entry, path = decoded(told["home"]), decoded(told["entry"]), decoded(told.get("path", "+"))
        passwd, mounts = (raw(told.get(word, "+")) for word in ("passwd", "mounts"))
    except (KeyError, ValueError) as error:
        raise ValueError(f"nothing about the session: {error}") from error
    machine = told.get("machine", "")
    return Own(uid, gid, tuple(groups), machine, home, entry, environ, path, goexe, passwd, mounts, tools)


def replaced(lines: t.Sequence[Line]) -> Replaced:
    """What a change of a path replaced. Raises ValueError where that was not said."""
    if not lines:
        raise ValueError("a change of which nothing was said")
    word, rest = lines[0]
    data = raw(rest) if word == "was" else None
    return Replaced(data, decoded(rest) if word == "taken" else None, seen(lines[1:]))


def ended(lines: t.Sequence[Line]) -> Ended | None:
    told = dict(lines)
    if not told.get("code", "").strip().isdigit():
        return None
    return Ended(int(told["code"]), raw(told.get("out", "+")), raw(told.get("err", "+")))
