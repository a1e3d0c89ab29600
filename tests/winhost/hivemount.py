# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands between hive files (regf) and Wine, which knows its own text format only.

    python3 -I hivemount.py load HOME KEY FILE TEXT     may FILE be loaded at KEY? writes it as Wine's text to TEXT
    python3 -I hivemount.py unload HOME KEY             may KEY be unloaded?
    python3 -I hivemount.py store HOME KEY TEXT         writes what differs between TEXT and the hive file into the
                                                        file, which then is in use no more
    python3 -I hivemount.py forget HOME KEY
    python3 -I hivemount.py make FILE <tree             a hive file from JSON: {key: {name: [type, hexadecimal]}}
    python3 -I hivemount.py dump FILE >tree

It needs hivex, which Debian has for its own Python alone, so it is a program of its own; nothing but the standard
library and hivex is imported. HOME is a directory that holds what is loaded (`loaded.json`) and `busy`. The exit code
is 0 or one of the errors below.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import struct
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

NOT_FOUND, DENIED, IN_USE, PARAMETER, CORRUPT = 2, 5, 32, 87, 101
"""Windows's numbers, but for the last, which is 1009 there: an exit code has eight bits."""

Value = tuple[int, bytes]
Values = dict[str, Value]
Tree = dict[str, Values]
"""Key, its names joined by backslashes ("" is the root), to its values by name ("" is the default one)."""


class Refused(Exception):
    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


# ----------------------------------------------------------------------------------------------- what is loaded


class Loaded:
    """Which hive files are in use, and at which key. `owner` is "load" for what reg.exe has loaded, "account" for the
    hive of somebody who is signed in.
    """

    def __init__(self, home: Path) -> None:
        self.home = home

    @contextlib.contextmanager
    def _content(self) -> Iterator[dict[str, dict[str, str]]]:
        self.home.mkdir(parents=True, exist_ok=True)
        place = self.home / "loaded.json"
        with (self.home / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            before = place.read_text(encoding="utf-8") if place.exists() else "{}"
            content = json.loads(before)
            yield content
            after = json.dumps(content, ensure_ascii=False)
            if after != before:
                draft = place.with_suffix(".draft")
                draft.write_text(after, encoding="utf-8")
                draft.rename(place)

    def all(self) -> list[tuple[str, Path, str]]:
        with self._content() as content:
            return [(item["key"], Path(item["file"]), item["owner"]) for item in content.values()]

    def key_of(self, file: Path) -> str | None:
        """Where this file is loaded."""
        return next((key for key, other, _ in self.all() if same_file(file, other)), None)

    def add(self, key: str, file: Path, owner: str) -> None:
        with self._content() as content:
            if any(same_file(file, Path(item["file"])) for item in content.values()):
                raise Refused(IN_USE)
            if key.upper() in content:
                raise Refused(DENIED)
            content[key.upper()] = {"key": key, "file": str(file), "owner": owner}

    def file_of(self, key: str, owner: str | None = None) -> Path:
        with self._content() as content:
            item = content.get(key.upper())
            if item is None:
                raise Refused(PARAMETER)
            if owner is not None and item["owner"] != owner:
                raise Refused(DENIED)
            return Path(item["file"])

    def forget(self, key: str) -> None:
        with self._content() as content:
            content.pop(key.upper(), None)

    # -- a switch of the tests

    def set_busy(self, times: int | None) -> None:
        """The next so many calls of unload find the hive busy; None: all of them, 0: none."""
        with self._content():
            (self.home / "busy").write_text("always" if times is None else str(times))

    def take_busy(self) -> bool:
        place = self.home / "busy"
        with self._content():
            left = place.read_text() if place.exists() else "0"
            if left not in ("0", "always"):
                place.write_text(str(int(left) - 1))
            return left != "0"


def same_file(one: Path, other: Path) -> bool:
    try:
        return os.path.samefile(one, other)
    except OSError:
        return False


# --------------------------------------------------------------------------------------------------------- regf

BASE = 4096
"""Bytes of the block that a hive begins with."""
SEQUENCES, CHECKSUM = slice(4, 12), slice(508, 512)
ROOT_FLAGS = 0x2C
"""KEY_HIVE_ENTRY, KEY_NO_DELETE, KEY_COMP_NAME."""
EVERYBODY_READS = (
    (0x000F003F, b"\x01\x02\x00\x00\x00\x00\x00\x05\x20\x00\x00\x00\x20\x02\x00\x00"),  # Administrators
    (0x000F003F, b"\x01\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00"),  # SYSTEM
    (0x00020019, b"\x01\x01\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00"),  # Everyone
)
TIME = 132_539_328_000_000_000
"""2021-01-01, in Windows's count."""


def checksum(block: bytes) -> int:
    total = 0
    for (number,) in struct.iter_unpack("<I", block[:508]):
        total ^= number
    return {0: 1, 0xFFFFFFFF: 0xFFFFFFFE}.get(total, total)


def empty_hive() -> bytes:
    """The smallest valid hive, of format 1.3: a root without values, and its security descriptor."""
    aces = b"".join(struct.pack("<BBHI", 0, 2, 8 + len(sid), mask) + sid for mask, sid in EVERYBODY_READS)
    acl = struct.pack("<BBHHH", 2, 0, 8 + len(aces), len(EVERYBODY_READS), 0) + aces
    owner, group = EVERYBODY_READS[0][1], EVERYBODY_READS[1][1]
    at = 20 + len(acl)
    descriptor = struct.pack("<BBHIIII", 1, 0, 0x8004, at, at + len(owner), 0, 20) + acl + owner + group

    name, none = b"ROOT", 0xFFFFFFFF
    security = 0x20 + len(cell(b"\0" * (76 + len(name))))
    root = struct.pack(
        "<2sHQIIIIIIIIIIIIIIIHH",
        b"nk", ROOT_FLAGS, TIME, 0, none, 0, 0, none, none, 0, none, security, none, 0, 0, 0, 0, 0, len(name), 0,
    )  # fmt: skip
    cells = cell(root + name)
    cells += cell(struct.pack("<2sHIIII", b"sk", 0, security, security, 1, len(descriptor)) + descriptor)
    free = 4096 - 0x20 - len(cells)
    bins = struct.pack("<4sIIQQI", b"hbin", 0, 4096, 0, TIME, 0) + cells + struct.pack("<i", free)
    head = struct.pack("<4sIIQIIIIIII", b"regf", 1, 1, TIME, 1, 3, 0, 1, 0x20, 4096, 1)
    return sealed(head.ljust(BASE, b"\0") + bins.ljust(4096, b"\0"))


def cell(content: bytes) -> bytes:
    size = (4 + len(content) + 7) // 8 * 8
    return struct.pack("<i", -size) + content.ljust(size - 4, b"\0")


def sealed(hive: bytes) -> bytes:
    """With the right checksum."""
    return hive[: CHECKSUM.start] + struct.pack("<I", checksum(hive)) + hive[CHECKSUM.stop :]


def with_sequences(hive: bytes, first: int, second: int) -> bytes:
    """Other sequence numbers; two that differ are what a hive has that was not written to its end."""
    return sealed(hive[: SEQUENCES.start] + struct.pack("<II", first, second) + hive[SEQUENCES.stop :])


def check(file: Path) -> None:
    """Raises Refused for what Windows would not load, or not without the hive's logs."""
    with file.open("rb") as stream:
        block = stream.read(BASE)
    whole = len(block) == BASE and block[:4] == b"regf"
    if not whole or struct.unpack("<I", block[CHECKSUM])[0] != checksum(block):
        raise Refused(CORRUPT)
    first, second = struct.unpack("<II", block[SEQUENCES])
    if first != second:
        raise Refused(CORRUPT)


# ------------------------------------------------------------------------------------------------------- hivex


def opened(file: Path, *, write: bool = False) -> Any:
    import hivex  # type: ignore[import-not-found]  # only in the system's Python

    try:
        return hivex.Hivex(str(file), write=write)
    except RuntimeError:
        raise Refused(CORRUPT) from None


def values_of(hive: Any, node: int) -> Values:
    found = {}
    for value in hive.node_values(node):
        kind, data = hive.value_value(value)
        found[hive.value_key(value)] = (kind & 0xFFFFFFFF, data)
    return found


def tree_of(hive: Any) -> Tree:
    tree: Tree = {}

    def walk(node: int, path: str) -> None:
        tree[path] = values_of(hive, node)
        for below in hive.node_children(node):
            name = hive.node_name(below)
            walk(below, f"{path}\\{name}" if path else name)

    try:
        walk(hive.root(), "")
    except (RuntimeError, UnicodeError):
        raise Refused(CORRUPT) from None
    return tree


def folded(text: str) -> str:
    """Names ignore case, letter by letter."""
    return "".join(upper if len(upper := letter.upper()) == 1 else letter for letter in text)


class Wanted:
    """A key as it shall be."""

    def __init__(self, name: str = "") -> None:
        self.name = name
        self.values: Values = {}
        self.below: dict[str, Wanted] = {}


def nested(tree: Tree) -> Wanted:
    top = Wanted()
    for path, values in tree.items():
        here = top
        for name in filter(None, path.split("\\")):
            here = here.below.setdefault(folded(name), Wanted(name))
        here.values = values
    return top


def merge(hive: Any, node: int, wanted: Wanted) -> bool:
    """Change what differs, and nothing else. Whether anything did."""
    changed = merge_values(hive, node, wanted.values)
    left = dict(wanted.below)
    for below in hive.node_children(node):
        key = left.pop(folded(hive.node_name(below)), None)
        if key is None:
            hive.node_delete_child(below)
            changed = True
        else:
            changed = merge(hive, below, key) or changed
    for key in left.values():
        merge(hive, hive.node_add_child(node, key.name), key)
        changed = True
    return changed


def merge_values(hive: Any, node: int, wanted: Values) -> bool:
    here = values_of(hive, node)
    spelled = {folded(name): name for name in here}
    there = {spelled.get(folded(name), name): value for name, value in wanted.items()}
    if here == there:
        return False
    order = [name for name in here if name in there] + [name for name in there if name not in here]
    hive.node_set_values(node, [as_hivex(name, there[name]) for name in order])
    return True


def as_hivex(name: str, value: Value) -> dict[str, Any]:
    return {"key": name, "t": value[0], "value": value[1]}


def write_differences(file: Path, wanted: Tree) -> None:
    """The file is the old one or the new one at any moment, and stays untouched where nothing differs."""
    hive = opened(file, write=True)
    if not merge(hive, hive.root(), nested(wanted)):
        return
    draft = file.with_name(f"{file.name}.{os.getpid()}.draft")
    try:
        hive.commit(str(draft))
        draft.chmod(file.stat().st_mode & 0o7777)
        with draft.open("rb") as stream:
            os.fsync(stream.fileno())
        draft.rename(file)
    finally:
        draft.unlink(missing_ok=True)


# ------------------------------------------------------------------------------------------------- Wine's text

ESCAPED = re.compile(r"\\(?:x([0-9a-fA-F]{1,4})|([0-7]{1,3})|(.))", re.DOTALL)
LETTERS = {"a": "\a", "b": "\b", "t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "e": "\x1b"}
KEY_LINE = re.compile(r"\[((?:[^\\\]]|\\.)*)\]")
VALUE_LINE = re.compile(r'(?:@|"((?:[^"\\]|\\.)*)")=(.*)', re.DOTALL)
DATA = re.compile(r'dword:([0-9a-f]+)|hex(?:\(([0-9a-f]+)\))?:(.*)|(?:str\(([0-9a-f]+)\):)?"(.*)"', re.DOTALL)


def escape(text: str) -> str:
    units = text.encode("utf-16-le", "surrogatepass")
    return "".join(
        f"\\{chr(unit)}" if chr(unit) in '\\"[]' else chr(unit) if 32 <= unit < 127 else f"\\x{unit:04x}"
        for (unit,) in struct.iter_unpack("<H", units)
    )


def unescape(text: str) -> bytes:
    """UTF-16."""

    def one(match: re.Match[str]) -> str:
        if match[1]:
            return chr(int(match[1], 16))
        return chr(int(match[2], 8)) if match[2] else LETTERS.get(match[3], match[3])

    return ESCAPED.sub(one, text).encode("utf-16-le", "surrogatepass")


def name_in(text: str) -> str:
    return unescape(text).decode("utf-16-le", "surrogatepass")


def to_text(tree: Tree) -> Iterator[str]:
    """All values as plain bytes with the number of their type: nothing is lost, whatever they hold."""
    yield "WINE REGISTRY Version 2\n;; All keys relative to \\\\\n\n#arch=win64\n"
    for path, values in tree.items():
        yield f"\n[{escape(path)}] 1\n"
        for name, (kind, data) in values.items():
            yield (f'"{escape(name)}"' if name else "@") + f"=hex({kind:x}):{data.hex(',')}\n"


def from_text(text: str) -> Tree:
    tree: Tree = {"": {}}
    values = tree[""]
    for line in re.sub(r"\\\n\s*", "", text).split("\n"):
        if line.startswith("["):
            key = KEY_LINE.match(line)
            assert key is not None, line[:200]
            values = tree.setdefault(name_in(key[1]), {})
        elif line.startswith(("@", '"')):
            value = VALUE_LINE.match(line)
            assert value is not None, line[:200]
            values[name_in(value[1] or "")] = data_in(value[2])
    return tree


def data_in(text: str) -> Value:
    found = DATA.fullmatch(text)
    assert found is not None, text[:200]
    if found[1]:
        return 4, int(found[1], 16).to_bytes(4, "little")
    if found[5] is None:
        return int(found[2] or "3", 16), bytes.fromhex(found[3].replace(",", ""))
    return int(found[4] or "1", 16), unescape(found[5]) + b"\0\0"


# ------------------------------------------------------------------------------------------------------- verbs


def load(home: Path, key: str, file: Path, text: Path, owner: str = "load") -> None:
    if not file.is_file():
        raise Refused(NOT_FOUND)
    file = file.resolve()
    if Loaded(home).key_of(file) is not None:
        raise Refused(IN_USE)
    if not file.stat().st_mode & 0o200:
        raise Refused(DENIED)
    check(file)
    tree = tree_of(opened(file))
    Loaded(home).add(key, file, owner)
    with text.open("w", encoding="ascii") as stream:
        stream.writelines(to_text(tree))


def unload(home: Path, key: str) -> None:
    Loaded(home).file_of(key, "load")
    if Loaded(home).take_busy():
        raise Refused(DENIED)


def store(home: Path, key: str, text: Path) -> None:
    write_differences(Loaded(home).file_of(key), from_text(text.read_text(encoding="ascii")))
    Loaded(home).forget(key)


def forget(home: Path, key: str) -> None:
    Loaded(home).forget(key)


def make(file: Path, tree: Tree) -> None:
    file.write_bytes(empty_hive())
    write_differences(file, tree)


def plain(tree: Tree) -> dict[str, dict[str, list[Any]]]:
    """For JSON."""
    return {key: {name: [kind, data.hex()] for name, (kind, data) in values.items()} for key, values in tree.items()}


def unplain(tree: dict[str, dict[str, list[Any]]]) -> Tree:
    return {
        key: {name: (kind, bytes.fromhex(data)) for name, (kind, data) in values.items()}
        for key, values in tree.items()
    }


VERBS: dict[str, Callable[..., None]] = {
    "load": lambda home, key, file, text, owner="load": load(Path(home), key, Path(file), Path(text), owner),
    "unload": lambda home, key: unload(Path(home), key),
    "store": lambda home, key, text: store(Path(home), key, Path(text)),
    "forget": lambda home, key: forget(Path(home), key),
    "make": lambda file: make(Path(file), unplain(json.load(sys.stdin))),
    "dump": lambda file: json.dump(plain(tree_of(opened(Path(file)))), sys.stdout),
}


def main(verb: str, *arguments: str) -> int:
    sys.setrecursionlimit(10_000)
    try:
        VERBS[verb](*arguments)
    except Refused as refused:
        return refused.code
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
