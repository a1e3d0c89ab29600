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
_HEX = {1: "REG_SZ", 2: "REG_EXPAND_SZ", 3: "REG_BINARY", 4: "REG_DWORD", 7: "REG_MULTI_SZ", 11: "REG_QWORD", 0: "REG_NONE"}
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_LINE = 76


@dataclass(frozen=True)
class Key:
    """One key: (name, type, data) of each value, and the names of its subkeys. doubtful: the text may not be what stands there."""

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

    A value with a line break prints raw ones, and a lossy code page prints `?` or leaves U+FFFD: such a key is doubtful (facts 2).
    `lossless` says that the text came in UTF-8, where a `?` is one.
    """
    wanted = long_name(key).upper()
    lines = text.replace("\r\n", "\n").split("\n")
    start = next((number for number, line in enumerate(lines) if line.rstrip().upper() == wanted), None)
    if start is None:
        return None
    values: list[tuple[str, str, str]] = []
    subkeys: list[str] = []
    odd = False
    for line in lines[start + 1 :]:
        found = _VALUE.match(line)
        if found:
            values.append((found.group("name"), found.group("type"), found.group("data") or ""))
        elif _KEY.match(line) and line.upper().startswith(wanted + "\\"):
            subkeys.append(line.rstrip()[len(wanted) + 1 :])
        elif line.strip():
            odd = True
    names = [name.upper() for name, _type, _data in values]
    odd = odd or len(set(names)) != len(names) or any(is_doubtful(data, lossless) or is_doubtful(name, lossless) for name, _type, data in values)
    return Key(long_name(key), tuple(values), tuple(subkeys), odd)


def is_doubtful(text: str, lossless: bool = False) -> bool:
    """Whether something may have been lost on the way: U+FFFD, or a `?` that is not part of a `\\\\?\\` prefix (facts 2)."""
    return "\ufffd" in text or not lossless and "?" in text.replace("\\\\?\\", "").replace("\\??\\", "")


# --- .reg files ------------------------------------------------------------------------------------------------------


def format_reg(sections: t.Iterable[tuple[str, t.Iterable[tuple[str, str | None, str]]]], removed: t.Iterable[str] = ()) -> bytes:
    """A version 5 .reg file, UTF-16LE with BOM. `sections` are (key, [(name, type or None to delete, data)]), `removed` keys to delete."""
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
    number = {name: code for code, name in _HEX.items()}[kind]
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
_HEXDATA = re.compile(r"hex(?:\((?P<kind>[0-9a-f]+)\))?:(?P<bytes>[0-9a-fA-F,\s\\]*)\Z")


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
    """Lines with their continuations; a string value may hold raw line breaks."""
    pending = ""
    for line in text.replace("\r\n", "\n").split("\n"):
        pending = pending + "\n" + line if pending else line
        if pending.endswith("\\") and "=hex" in pending:
            pending = pending[:-1]
            continue
        if pending.startswith(('"', "@")) and not _complete(pending):
            continue
        yield pending
        pending = ""


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
    raw = _HEXDATA.match(rest)
    if not raw:
        raise ValueError(f"not a value: {line[:60]!r}")
    kind = int(raw.group("kind") or "3", 16)
    data = bytes(int(pair, 16) for pair in re.findall(r"[0-9a-fA-F]{2}", raw.group("bytes")))
    if kind in (1, 2):
        text = data.decode("utf-16-le", "surrogatepass")
        return name, _HEX[kind], text.removesuffix("\0")
    return name, _HEX.get(kind, f"REG_{kind}"), data.hex()


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)
