"""Small registry hives for tests, made from nothing, and damaged in known ways. Standard library only: it also runs
under the system's Python.
"""

from __future__ import annotations

import random
import struct
import sys
from dataclasses import dataclass, field

NONE = 0xFFFFFFFF
PIECE = 16344
_ADMINISTRATORS = bytes.fromhex("01020000000000052000000020020000")  # S-1-5-32-544
_SYSTEM = bytes.fromhex("010100000000000512000000")  # S-1-5-18
#: a valid self-relative security descriptor: of Administrators, with full access for the system
DESCRIPTOR = (
    struct.pack("<BBHIIII", 1, 0, 0x8004, 0x30, 0x40, 0, 0x14)
    + struct.pack("<BBHHHBBHI", 2, 0, 0x1C, 1, 0, 0, 2, 0x14, 0xF003F)
    + _SYSTEM
    + _ADMINISTRATORS * 2
)
#: 2020-01-01
TIME = 132223104000000000

Raw = tuple[str, int, bytes]


@dataclass
class Node:
    """A key of a hive to be made."""

    values: list[Raw] = field(default_factory=list)
    keys: dict[str, Node] = field(default_factory=dict)
    class_name: str = ""
    descriptor: bytes = DESCRIPTOR
    time: int = TIME

    def at(self, path: str) -> Node:
        """The key at a path, made where it is missing."""
        node = self
        for name in filter(None, path.split("\\")):
            node = node.keys.setdefault(name, Node())
        return node


def text(data: str) -> bytes:
    """The bytes of a REG_SZ."""
    return (data + "\0").encode("utf-16-le", "surrogatepass")


@dataclass
class Maker:
    """The bytes of a hive. leaf: the kind of the lists of subkeys. fan: how many each has at most; more make several.
    wide: names are UTF-16 though they need not be.
    """

    minor: int = 5
    leaf: bytes = b"lh"
    fan: int = 500
    wide: bool = False
    sequence: int = 7
    name: str = "SYSTEM"
    bins: bytearray = field(default_factory=bytearray)
    used: int = 0
    securities: dict[bytes, int] = field(default_factory=dict)
    references: dict[bytes, int] = field(default_factory=dict)

    def make(self, root: Node) -> bytes:
        """The whole file."""
        place = self._key("ROOT", root, 0, 0x2C if not self.wide else 0x0C)
        self._link_securities()
        self._close()
        data = bytes(self.bins)
        name = self.name.encode("utf-16-le")[:62].ljust(64, b"\0")
        head = struct.pack(
            "<4sIIQIIIIIII", b"regf", self.sequence, self.sequence, TIME, 1, self.minor, 0, 1, place, len(data), 1
        )
        return with_checksum((head + name).ljust(4096, b"\0")) + data

    # --- cells

    def _cell(self, payload: bytes) -> int:
        """Its offset from the first bin. A bin is as long as its largest cell needs."""
        size = (4 + len(payload) + 7) & ~7
        if self.used + size > len(self.bins):
            self._close()
            offset, length = len(self.bins), (32 + size + 4095) & ~4095
            self.bins += struct.pack("<4sIIQQI", b"hbin", offset, length, 0, 0 if offset else TIME, 0).ljust(
                length, b"\0"
            )
            self.used = offset + 32
        place = self.used
        struct.pack_into("<i", self.bins, place, -size)
        self.bins[place + 4 : place + 4 + len(payload)] = payload
        self.used += size
        return place

    def _close(self) -> None:
        """What is left of the last bin is one free cell."""
        if self.used < len(self.bins):
            struct.pack_into("<i", self.bins, self.used, len(self.bins) - self.used)

    def _patch(self, offset: int, at: int, number: int) -> None:
        struct.pack_into("<I", self.bins, offset + 4 + at, number)

    # --- keys and values

    def _key(self, name: str, node: Node, parent: int, flags: int) -> int:
        raw, compressed = self._name(name)
        flags = flags & ~0x20 | 0x20 * compressed
        security = self._security(node.descriptor)
        class_name = node.class_name.encode("utf-16-le")
        head = struct.pack(
            "<2sHQIIIIIIIIII", b"nk", flags, node.time, 0, parent, 0, 0, NONE, NONE, 0, NONE, security, NONE
        )
        tail = struct.pack("<IIIIIHH", 0, 0, 0, 0, 0, len(raw), len(class_name))
        place = self._cell(head + tail + raw)
        if class_name:
            self._patch(place, 48, self._cell(class_name))
        if node.values:
            values = [self._value(*value) for value in node.values]
            self._patch(place, 36, len(values))
            self._patch(place, 40, self._cell(struct.pack(f"<{len(values)}I", *values)))
            self._patch(place, 60, max(len(value[0]) * 2 for value in node.values))
            self._patch(place, 64, max(len(value[2]) for value in node.values))
        if node.keys:
            self._children(place, node)
        return place

    def _children(self, place: int, node: Node) -> None:
        names = sorted(node.keys, key=lambda name: name.upper().encode("utf-16-be", "surrogatepass"))
        entries = [(name, self._key(name, node.keys[name], place, 0x20)) for name in names]
        leaves = [self._leaf(entries[start : start + self.fan]) for start in range(0, len(entries), self.fan)]
        listed = leaves[0]
        if len(leaves) > 1:
            listed = self._cell(struct.pack(f"<2sH{len(leaves)}I", b"ri", len(leaves), *leaves))
        self._patch(place, 20, len(entries))
        self._patch(place, 28, listed)
        self._patch(place, 52, max(len(name) for name in names) * 2)

    def _leaf(self, entries: list[tuple[str, int]]) -> int:
        payload = struct.pack("<2sH", self.leaf, len(entries))
        for name, place in entries:
            payload += struct.pack("<I", place)
            if self.leaf == b"lh":
                number = 0
                for char in name.upper():
                    number = (number * 37 + ord(char)) & 0xFFFFFFFF
                payload += struct.pack("<I", number)
            elif self.leaf == b"lf":
                payload += name.encode("latin-1", "replace")[:4].ljust(4, b"\0")
        return self._cell(payload)

    def _value(self, name: str, kind: int, data: bytes) -> int:
        raw, compressed = self._name(name)
        length, place = len(data), 0
        if length <= 4:
            place, length = int.from_bytes(data, "little"), length | 0x80000000
        elif length > PIECE and self.minor >= 4:
            pieces = [self._cell(data[start : start + PIECE] + bytes(4)) for start in range(0, length, PIECE)]
            listed = self._cell(struct.pack(f"<{len(pieces)}I", *pieces))
            place = self._cell(struct.pack("<2sHII", b"db", len(pieces), listed, 0))
        else:
            place = self._cell(data)
        flags = int(compressed and bool(raw))
        return self._cell(struct.pack("<2sHIIIHH", b"vk", len(raw), length, place, kind, flags, 0) + raw)

    def _name(self, name: str) -> tuple[bytes, bool]:
        if not self.wide and all(ord(char) < 256 for char in name):
            return name.encode("latin-1"), True
        return name.encode("utf-16-le", "surrogatepass"), False

    def _security(self, descriptor: bytes) -> int:
        if descriptor not in self.securities:
            payload = struct.pack("<2sHIIII", b"sk", 0, 0, 0, 0, len(descriptor)) + descriptor
            self.securities[descriptor] = self._cell(payload)
        self.references[descriptor] = self.references.get(descriptor, 0) + 1
        return self.securities[descriptor]

    def _link_securities(self) -> None:
        places = list(self.securities.values())
        for number, (descriptor, place) in enumerate(self.securities.items()):
            self._patch(place, 4, places[(number + 1) % len(places)])
            self._patch(place, 8, places[number - 1])
            self._patch(place, 12, self.references[descriptor])


def make(root: Node, **how: object) -> bytes:
    """The bytes of a hive with this root key."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(10000)  # keys may be 512 deep
    try:
        return Maker(**how).make(root)  # type: ignore[arg-type]
    finally:
        sys.setrecursionlimit(limit)


def sample() -> Node:
    """A small hive with what is odd in real ones: it is what the tests change, and what they damage."""
    root = Node()
    other = DESCRIPTOR[:-16] + _SYSTEM
    environment = root.at("Environment")
    environment.values = [
        ("Path", 2, text(r"%SystemRoot%\system32;C:\Windows")),
        ("TEMP", 2, text(r"%SystemRoot%\TEMP")),
        ("", 1, text("a default value")),
        ("Ünïcode", 1, text("naïve")),
        ("名前", 1, text("値 𐐷")),
        ("number", 4, struct.pack("<I", 4)),
        ("short", 4, b"\1\2"),
        ("long", 11, struct.pack("<Q", 1 << 40)),
        ("none", 0, b""),
        ("many", 7, text("one\0two\0")),
        ("odd", 1, b"a\0b\0c"),
        ("unterminated", 1, "abc".encode("utf-16-le")),
        ("strange", 0x2A001, b"\0\xff" * 9),
        ("twice", 1, text("1")),
        ("TWICE", 1, text("2")),
    ]
    root.at(r"Select").values = [("Current", 4, struct.pack("<I", 1))]
    big = root.at(r"Other\Big")
    big.values = [("pieces", 3, bytes(range(256)) * 200), ("small", 3, b"x" * 100)]
    big.class_name = "a class"
    root.at("Other").descriptor = other
    root.at(r"Other\Removed\Below\Deeper").values = [("a", 1, text("b")), ("c", 3, b"0123456789")]
    root.at(r"Other\Removed").class_name = "another"
    root.at(r"Other\Removed\Below").descriptor = other
    for number in range(12):
        root.at(rf"Many\key_{number:02}").values = [("n", 4, struct.pack("<I", number))]
    root.at("Ärger").at("中文")
    return root


# --- damage ----------------------------------------------------------------------------------------------------------


def with_checksum(data: bytes) -> bytes:
    """The same hive with the checksum that its base block needs."""
    total = 0
    for (word,) in struct.iter_unpack("<I", data[:508]):
        total ^= word
    return data[:508] + struct.pack("<I", {0: 1, NONE: NONE - 1}.get(total, total)) + data[512:]


def with_word(data: bytes, offset: int, number: int) -> bytes:
    return data[:offset] + struct.pack("<I", number & NONE) + data[offset + 4 :]


def cells(data: bytes) -> list[tuple[int, int]]:
    """(offset, size) of the cells of a valid hive, those in use."""
    out, place = [], 4096
    while place < len(data) and data[place : place + 4] == b"hbin":
        (length,) = struct.unpack_from("<I", data, place + 8)
        cell, place = place + 32, place + max(length, 4096)
        while cell < place:
            (size,) = struct.unpack_from("<i", data, cell)
            if size < 0:
                out.append((cell, -size))
            cell += max(abs(size), 8)
    return out


def damaged(data: bytes, seed: int) -> bytes:
    """A hive with something wrong in it, the same for the same seed. Most keep a right checksum: what is behind it is
    what has to be looked at.
    """
    chance = random.Random(seed)
    known = cells(data)
    for _ in range(chance.choice((1, 1, 1, 2, 5))):
        if len(data) < 512:
            break
        data = chance.choice(_DAMAGES)(data, chance, known)
    return data if len(data) < 512 or chance.random() < 0.1 else with_checksum(data)


def _flip(data: bytes, chance: random.Random, known: list[tuple[int, int]]) -> bytes:
    place = chance.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << chance.randrange(8)]) + data[place + 1 :]


def _flip_base(data: bytes, chance: random.Random, known: list[tuple[int, int]]) -> bytes:
    place = chance.randrange(min(64, len(data)))
    return data[:place] + bytes([data[place] ^ 1 << chance.randrange(8)]) + data[place + 1 :]


def _in_cell(data: bytes, chance: random.Random, known: list[tuple[int, int]]) -> bytes:
    """A word of a cell becomes another number, often the place of another cell."""
    place, size = chance.choice(known)
    at = place + 4 * chance.randrange(size // 4)
    number = chance.choice(
        (0, 1, 4, 0x7FFFFFFF, 0x80000000, NONE, 0x80000005, chance.getrandbits(32), chance.choice(known)[0] - 4096)
        + (chance.choice(known)[0] - 4096, len(data) - 4096, len(data) - 4100, chance.randrange(len(data)))
    )
    return with_word(data, at, number) if at + 4 <= len(data) else data


def _swap(data: bytes, chance: random.Random, known: list[tuple[int, int]]) -> bytes:
    one, size = chance.choice(known)
    alike = [place for place, other in known if other == size and place != one]
    if not alike:
        return data
    other = chance.choice(alike)
    first, second = sorted((one, other))
    return (
        data[:first]
        + data[second : second + size]
        + data[first + size : second]
        + data[first : first + size]
        + data[second + size :]
    )


def _truncate(data: bytes, chance: random.Random, known: list[tuple[int, int]]) -> bytes:
    return data[: chance.choice((chance.randrange(len(data) + 1), len(data) & ~4095, max(0, len(data) - 4096)))]


def _free(data: bytes, chance: random.Random, known: list[tuple[int, int]]) -> bytes:
    place, size = chance.choice(known)
    return with_word(data, place, size) if place + 4 <= len(data) else data


def _resize(data: bytes, chance: random.Random, known: list[tuple[int, int]]) -> bytes:
    place, size = chance.choice(known)
    return with_word(data, place, -chance.choice((0, 4, 8, size - 8, size + 8, 16)))


_DAMAGES = (_flip, _flip_base, _in_cell, _in_cell, _in_cell, _in_cell, _swap, _truncate, _free, _resize)
