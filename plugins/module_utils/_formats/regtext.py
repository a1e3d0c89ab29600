# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What reg.exe prints, and the .reg files it reads and writes. Pure."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

HEADER = "Windows Registry Editor Version 5.00"

_VALUE = re.compile(r" {4}(?P<name>.*?) {4}(?P<type>REG_[A-Z_0-9]+)(?: {4}(?P<data>.*)| *)\Z", re.DOTALL)
_KEY = re.compile(r"HKEY_[A-Z_]+(?:\\.*)?\Z")
_ROOTS = {"HKLM": "HKEY_LOCAL_MACHINE", "HKU": "HKEY_USERS"}
TYPES = {
    1: "REG_SZ",
    2: "REG_EXPAND_SZ",
    3: "REG_BINARY",
    4: "REG_DWORD",
    7: "REG_MULTI_SZ",
    11: "REG_QWORD",
    0: "REG_NONE",
}
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_LONE_BREAK = re.compile(r"(?<!\r)\n|\r(?!\n)")
_LINE = 76


class Key(t.NamedTuple):
    """One key: (name, type, data) of each value, and the names of its subkeys. doubtful: the text may not be what
    stands there.
    """

    path: str
    values: tuple[tuple[str, str, str], ...]
    subkeys: tuple[str, ...] = ()
    doubtful: bool = False

    def value(self, name: str) -> str | None:
        wanted = name.upper()
        return next((data for found, _type, data in self.values if found.upper() == wanted), None)


def long_name(key: str) -> str:
    """`HKLM\\…` as reg.exe prints it and .reg files need it: `HKEY_LOCAL_MACHINE\\…`."""
    root, sep, rest = key.partition("\\")
    return _ROOTS.get(root, root) + sep + rest


def parse_query(text: str, key: str, lossless: bool = False) -> Key | None:
    """The key that `reg query KEY` printed, or None when its key line is missing (not found, denied, cut off).

    reg.exe prints a blank line, the key line, the values, a blank line, and the subkeys; of a key with subkeys and no
    value it prints no key line. A value with a line break prints a raw one, and a lossy code page prints `?` or leaves
    U+FFFD: such a key is doubtful (docs/facts.md, "reg.exe output"). `lossless` says that the text came in UTF-8, where
    a `?` is one.
    """
    wanted = long_name(key).upper()
    lines = text.replace("\r\n", "\n").split("\n")
    start = next((number for number, line in enumerate(lines) if line.rstrip().upper() == wanted), None)
    body = _Body.of(lines[start + 1 :] if start is not None else lines, wanted)
    if start is None and (body.values or body.other or not body.subkeys):
        return None
    names = [name.upper() for name, _type, _data in body.values]
    odd = (
        body.other
        or _has_lone_break(text)
        or len(set(names)) != len(names)
        or any(is_doubtful(data, lossless) or is_doubtful(name, lossless) for name, _type, data in body.values)
    )
    return Key(long_name(key), tuple(body.values), tuple(body.subkeys), odd)


def parse_keys(text: str, lossless: bool = False) -> list[Key]:
    """The keys that have values in what `reg query KEY /s` printed, in order; see `parse_query`."""
    found: list[Key] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        value = _VALUE.match(line)
        if _KEY.match(line):
            found.append(Key(line.rstrip(), ()))
        elif value and found:
            item = (value.group("name"), value.group("type"), value.group("data") or "")
            doubtful = any(is_doubtful(part, lossless) for part in item)
            found[-1] = found[-1]._replace(values=(*found[-1].values, item), doubtful=found[-1].doubtful or doubtful)
        elif line.startswith(" ") and found:
            found[-1] = found[-1]._replace(doubtful=True)
    return [key for key in found if key.values]


@dataclass
class _Body:
    """What stands below a key line. other: something that reg.exe does not print there, which is part of a
    value then.
    """

    values: list[tuple[str, str, str]]
    subkeys: list[str]
    other: bool = False

    @classmethod
    def of(cls, lines: t.Sequence[str], key: str) -> _Body:
        body = cls([], [])
        blank = 0
        for line in lines:
            found = _VALUE.match(line)
            if found:
                body.other = body.other or blank > 0
                body.values.append((found.group("name"), found.group("type"), found.group("data") or ""))
            elif _KEY.match(line) and line.upper().startswith(key + "\\"):
                body.subkeys.append(line.rstrip()[len(key) + 1 :])
            elif line:
                body.other = True
            blank += not line
        body.other = body.other or (
            bool(body.values) and blank > 2
        )  # one behind the values, one behind the last line break
        return body


def _has_lone_break(text: str) -> bool:
    """Whether half a line break stands in a text whose lines end in whole ones."""
    return "\r\n" in text and bool(_LONE_BREAK.search(text))


def is_doubtful(text: str, lossless: bool = False) -> bool:
    """Whether something may have been lost on the way: U+FFFD, or a `?` that is not part of a `\\\\?\\` prefix
    (docs/facts.md, "reg.exe output").
    """
    return "\ufffd" in text or not lossless and "?" in text.replace("\\\\?\\", "").replace("\\??\\", "")


# --- .reg files ------------------------------------------------------------------------------------------------------


def format_reg(
    sections: t.Iterable[tuple[str, t.Iterable[tuple[str, str | None, str]]]], removed: t.Iterable[str] = ()
) -> bytes:
    """A version 5 .reg file, UTF-16LE with BOM. `sections` are (key, [(name, type or None to delete, data)]), `removed`
    keys to delete.
    """
    lines = [HEADER, ""]
    for key in removed:
        lines += [f"[-{long_name(key)}]", ""]
    for key, values in sections:
        lines.append(f"[{long_name(key)}]")
        lines += [_format_value(name, kind, data) for name, kind, data in values]
        lines.append("")
    return b"\xff\xfe" + "\r\n".join([*lines, ""]).encode("utf-16-le", "surrogatepass")


def _format_value(name: str, kind: str | None, data: str) -> str:
    label = _quoted(name)
    if kind is None:
        return f"{label}=-"
    if kind == "REG_SZ" and not _CONTROL.search(data) and len(data) < 500:
        return f"{label}={_quoted(data)}"
    number = {name: code for code, name in TYPES.items()}[kind]
    if number not in (1, 2):
        raise ValueError(f"{kind} is never written")
    raw = (data + "\0").encode("utf-16-le", "surrogatepass")
    return _wrapped(f"{label}=hex({number}):", [f"{byte:02x}" for byte in raw])


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _wrapped(head: str, pairs: t.Sequence[str]) -> str:
    lines, line = [], head
    for number, pair in enumerate(pairs):
        piece = pair + ("," if number + 1 < len(pairs) else "")
        if len(line) + len(piece) > _LINE:
            lines.append(line + "\\")
            line = "  "
        line += piece
    return "\r\n".join([*lines, line])


_NAMED = re.compile(r'(?:@|"(?P<name>(?:[^"\\]|\\.)*)")=(?P<rest>.*)\Z', re.DOTALL)
_HEXVALUE = re.compile(r'(?:@|"(?:[^"\\]|\\.)*")=hex(?:\([0-9a-f]+\))?:', re.DOTALL)
_HEXDATA = re.compile(r"hex(?:\((?P<kind>[0-9a-f]+)\))?:(?P<bytes>(?:[0-9a-fA-F]{2}(?:,[0-9a-fA-F]{2})*)?)\Z")


def parse_reg(data: bytes) -> dict[str, Key]:
    """The keys of a .reg file as reg.exe exports it, exact. Raises ValueError for what is none."""
    if data[:2] != b"\xff\xfe":
        raise ValueError("not a UTF-16 .reg file")
    text = data[2:].decode("utf-16-le", "surrogatepass")
    keys: dict[str, list[tuple[str, str, str]]] = {}
    current: list[tuple[str, str, str]] | None = None
    for line in _logical_lines(text):
        if line.startswith("[") and line.endswith("]"):
            current = keys.setdefault(line[1:-1], [])
        elif current is not None and line.strip():
            current.append(_parse_value(line))
    return {path: Key(path, tuple(values)) for path, values in keys.items()}


def _logical_lines(text: str) -> t.Iterator[str]:
    """Lines with their continuations; a string value may hold raw line breaks. Raises ValueError for a value that is
    cut off.
    """
    pending = ""
    for line in text.split("\r\n"):
        pending = f"{pending}\r\n{line}" if pending else line
        if pending.endswith("\\") and _HEXVALUE.match(pending):
            pending = pending[:-1]
            continue
        if pending.startswith(('"', "@")) and not _complete(pending):
            continue
        yield pending
        pending = ""
    if pending:
        raise ValueError(f"cut off: {pending[:60]!r}")


def _complete(line: str) -> bool:
    found = _NAMED.match(line)
    if not found:
        return False
    rest = found.group("rest")
    return not rest.startswith('"') or bool(re.match(r'"(?:[^"\\]|\\.)*"\s*\Z', rest, re.DOTALL))


def _parse_value(line: str) -> tuple[str, str, str]:
    found = _NAMED.match(line)
    if not found:
        raise ValueError(f"not a value: {line[:60]!r}")
    name, rest = _unquoted(found.group("name") or ""), found.group("rest").strip()
    if rest.startswith('"'):
        return name, "REG_SZ", _unquoted(rest[1:-1])
    if rest.startswith("dword:"):
        return name, "REG_DWORD", f"0x{int(rest[6:], 16):x}"
    raw = _HEXDATA.match(re.sub(r"\s+", "", rest))
    if not raw:
        raise ValueError(f"not a value: {line[:60]!r}")
    kind = int(raw.group("kind") or "3", 16)
    data = bytes.fromhex(raw.group("bytes").replace(",", ""))
    if kind in (1, 2):
        text = data.decode("utf-16-le", "surrogatepass")
        return name, TYPES[kind], text.partition("\0")[0]  # as Windows reads it
    return name, TYPES.get(kind, f"REG_{kind}"), data.hex()


_ESCAPES = {
    "n": "\n",
    "r": "\r",
    "0": "\0",
}  # Wine's reg.exe writes them; Windows's writes line breaks raw and doubles every backslash


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found.group(1), found.group(1)), text, flags=re.DOTALL)
