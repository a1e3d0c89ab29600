# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file that GOENV names and `go env -w` writes: lines `KEY=value`, nothing quoted, nothing expanded. Pure.

What go reads [cmd/go/internal/cfg: readEnvFile]: each line that begins with a capital letter and holds a `=`; the last
one of a name wins; all behind the `=` is the value, a carriage return too. Other lines are passed over in silence: a
first line behind a byte order mark, a whole file in UTF-16, `export GOPATH=…`. Texts here are UTF-8; bytes that are not
are carried as surrogates (surrogateescape).
"""

from __future__ import annotations

import codecs
import re
import typing as t

from .._core.findings import Finding
from .._core.patterns import pattern
from .._go.gosettings import READ_ALL_THE_SAME, WRITABLE

BOM, UTF16, CRLF, DUPLICATE, IGNORED, UNKNOWN, INVALID = (
    "bom",
    "utf-16",
    "crlf",
    "duplicate",
    "ignored",
    "unknown",
    "invalid",
)

#: the oddities that `edit` repairs
REPAIRED = frozenset((BOM, UTF16, CRLF, DUPLICATE))

_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_NAME = pattern(r"[A-Z][A-Za-z0-9_]*\Z")


class Oddity(t.NamedTuple):
    """Something in the file that is not as go would have written it.

    kind: BOM (a byte order mark before a line), UTF16 (the encoding), CRLF (line endings), DUPLICATE (a line that a
    later one of its name overrules), IGNORED (a line that is neither a setting nor a comment), UNKNOWN (a setting
    without any effect), INVALID (a line that is not UTF-8). line: its number, the first one for BOM and CRLF. name: of
    the variable, or empty. told: what it is, as a sentence.
    """

    kind: str
    line: int
    told: str
    name: str = ""


class GoEnv(t.NamedTuple):
    """A file as it stands.

    lines: verbatim, with their endings; joined they are the file. values: what is meant, which is what go reads after
    `edit` has repaired the file. as_go_reads: what go reads now. Both by name, in the order of the lines that count.
    """

    lines: tuple[bytes, ...]
    values: t.Mapping[str, str]
    as_go_reads: t.Mapping[str, str]
    oddities: tuple[Oddity, ...]


def parse(data: bytes) -> GoEnv:
    """The file that these bytes are. There are no bytes that it refuses, as go refuses none."""
    text, encoding = _in_utf8(data)
    lines = _split(text)
    verbatim = tuple(re.findall(rb"[^\n]*\n|[^\n]+", data))
    return GoEnv(verbatim, _values(_stripped(lines)), _values(_split(data)), _odd(encoding, lines))


def repaired(path: str, oddity: Oddity, advice: str = "This run puts it right.") -> Finding:
    """The finding for an oddity that a run of this collection repairs."""
    message = f"{path}, line {oddity.line}: {oddity.told}"
    return Finding.of("go_env_repaired", message, advice, oddity.name or path)


def lines(data: bytes) -> dict[str, int]:
    """The numbers of the lines that count, by name, as go reads the file."""
    return {_text(key): number for number, line in enumerate(_split(data), 1) if (key := _key(line))}


def edit(data: bytes, changes: t.Mapping[str, str | None]) -> bytes:
    """The file with these variables set (None: removed), and repaired.

    A value replaces its line where it stands; a new one goes where `go env -w` puts it: into the last run of settings,
    which go keeps sorted by name, and at its end when somebody keeps that run in another order [cmd/go/internal/envcmd:
    updateEnvFile]. Lines that go ignores, and comments, stay byte for byte. Of the last value an empty file remains, as
    go leaves it. Raises ValueError for a name or a value that go would not read back.
    """
    text, _encoding = _in_utf8(data)
    before = _stripped(_split(text))
    lines = _without_duplicates(before)
    new: dict[bytes, bytes] = {}
    for name, value in changes.items():
        key = _encoded(name, value)
        if value is None:
            lines = [line for line in lines if _key(line) != key]
            continue
        setting = key + b"=" + value.encode("utf-8", "surrogateescape")
        at = next((number for number, line in enumerate(lines) if _key(line) == key), None)
        if at is None:
            new[key] = setting
        else:
            lines[at] = setting
    for key in sorted(new):
        lines.insert(_place(lines, key), new[key])
    if lines and lines[0].startswith(_UTF16_MARKS):
        lines.insert(0, b"")  # what is no UTF-16 shall not become it by what stands behind it
    ended = lines != before or text.endswith(b"\n")
    return b"\n".join(lines) + (b"\n" if lines and ended else b"")


# --- bytes and lines -------------------------------------------------------------------------------------------------


def _in_utf8(data: bytes) -> tuple[bytes, str]:
    """The bytes without byte order marks, out of UTF-16 where they are that, and which encoding was odd: BOM, UTF16 or
    none.
    """
    text = _without_marks(data)
    if text.startswith(_UTF16_MARKS):
        try:
            return _without_marks(text.decode("utf-16").encode()), UTF16
        except UnicodeError:
            return text, BOM if text != data else ""  # half a file, or none at all: nobody knows what was meant
    return text, BOM if text != data else ""


def _without_marks(data: bytes) -> bytes:
    while data.startswith(codecs.BOM_UTF8):
        data = data[len(codecs.BOM_UTF8) :]
    return data


def _split(data: bytes) -> list[bytes]:
    """Lines without their line feeds; go knows no other line ending."""
    lines = data.split(b"\n")
    return lines[:-1] if not lines[-1] else lines


def _stripped(lines: t.Iterable[bytes]) -> list[bytes]:
    """Lines as they are meant: a byte order mark comes into the middle when files are joined."""
    return [_without_marks(line.rstrip(b"\r")) for line in lines]


def _key(line: bytes) -> bytes:
    """The name that go reads in a line, or nothing."""
    key, sign, _value = line.partition(b"=")
    return key if sign and b"A" <= key[:1] <= b"Z" else b""


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _values(lines: t.Sequence[bytes]) -> dict[str, str]:
    return {_text(key): _text(line[len(key) + 1 :]) for line in _without_duplicates(lines) if (key := _key(line))}


def _without_duplicates(lines: t.Sequence[bytes]) -> list[bytes]:
    last = {key: number for number, line in enumerate(lines) if (key := _key(line))}
    return [line for number, line in enumerate(lines) if last.get(_key(line), number) == number]


def _encoded(name: str, value: str | None) -> bytes:
    if not _NAME.match(name):
        raise ValueError(f"go would not read {name!r} as a name")
    if value is not None and ("\n" in value or value.endswith("\r")):
        raise ValueError(f"go would not read back this value of {name}: it has a line break in it")
    return name.encode()


# --- where go puts a new line ----------------------------------------------------------------------------------------


def _sort_key(line: bytes) -> bytes:
    """By what go sorts a line, or nothing for one that separates runs; lines that it does not read are sorted too
    [envcmd: lineToKey].
    """
    key, sign, _value = line.partition(b"=")
    return key if sign and b"#" not in key else b""


def _place(lines: t.Sequence[bytes], key: bytes) -> int:
    """The index in the last run of settings at which a new one stands."""
    start = len(lines)
    while start and _sort_key(lines[start - 1]):
        start -= 1
    run = [_sort_key(line) for line in lines[start:]]
    if run != sorted(run):
        return len(lines)
    return start + sum(other < key for other in run)


# --- oddities --------------------------------------------------------------------------------------------------------


def _odd(encoding: str, lines: t.Sequence[bytes]) -> tuple[Oddity, ...]:
    found: list[Oddity] = []
    if encoding == UTF16:
        found.append(Oddity(UTF16, 1, "The file is in UTF-16, and go passes over every line of it."))
    marked = [number for number, line in enumerate(lines, 1) if line.startswith(codecs.BOM_UTF8)]
    if encoding == BOM or marked:
        number = 1 if encoding == BOM else marked[0]
        found.append(Oddity(BOM, number, f"Line {number} begins with a byte order mark, which makes go pass over it."))
    ended = [number for number, line in enumerate(lines, 1) if line.endswith(b"\r")]
    if ended:
        found.append(
            Oddity(
                CRLF,
                ended[0],
                f"{len(ended)} line(s) end in CRLF, and go takes the carriage return for a part of the value.",
            )
        )
    stripped = _stripped(lines)
    last = {key: number for number, line in enumerate(stripped, 1) if (key := _key(line))}
    for number, line in enumerate(stripped, 1):
        found += _odd_line(number, line, last)
    return tuple(found)


def _odd_line(number: int, line: bytes, last: t.Mapping[bytes, int]) -> t.Iterator[Oddity]:
    key = _key(line)
    name = _text(key)
    if key and last[key] != number:
        yield Oddity(
            DUPLICATE, number, f"Line {number} sets {name}, which line {last[key]} sets again; go takes the last.", name
        )
    elif key and name not in WRITABLE and name not in READ_ALL_THE_SAME:
        yield Oddity(UNKNOWN, number, f"Line {number} sets {name}, which has no effect in this file.", name)
    elif not key and line.strip() and not line.lstrip().startswith(b"#"):
        yield Oddity(IGNORED, number, f"Line {number} is no NAME=value, and go passes over it.")
    try:
        line.decode()
    except UnicodeDecodeError:
        yield Oddity(INVALID, number, f"Line {number} is not UTF-8.", name)
