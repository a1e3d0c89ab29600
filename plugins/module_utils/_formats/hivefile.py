# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Registry hive files (regf): the base block, keys and values, and what of them a change may rely on. Pure: the bytes
come from a function that the caller gives.

A hive is a base block of 4 KB and then bins, which hold cells. Everything in it refers to cells by their offset, and a
damaged hive may hold any offset: each cell is looked at before it is believed, and no chain is followed twice.
"""

from __future__ import annotations

import struct
import typing as t
from dataclasses import dataclass, field

from .regtext import TYPES

BASE_SIZE = 4096
#: what is read of the file to know its state: the base block and the head of the first bin
HEAD_SIZE = BASE_SIZE + 32
KNOWN_MINORS = (3, 4, 5, 6)
#: a longer value is kept in pieces ("db" cells) since format 1.4, which hivex reads but does not write
VALUE_LIMIT = 16344
NAME_LIMIT, VALUE_NAME_LIMIT = 255, 16383
#: how many a key may have at most; hivex refuses more, and no key of Windows has nearly as many
SUBKEY_LIMIT, VALUE_COUNT_LIMIT = 70000, 110000
REMOVED_LIMIT = 100000
_DATA_LIMIT = 8000000  # hivex reads no longer value
_NONE = 0xFFFFFFFF
_INLINE = 0x80000000
_LIST_DEPTH = 4
_PREDEFINED = 0x40
#: as deep as keys may be below each other; hivex would use up the stack
_DEPTH = 512
_NUMBERS = {name: number for number, name in TYPES.items()}
_TEXTS = ("REG_SZ", "REG_EXPAND_SZ")

Read = t.Callable[[int, int], bytes]


class Damaged(ValueError):
    """The file is not a hive that can be relied on. The text says what was found, as a sentence."""


class Unknown(Damaged):
    """A hive of a format that is not known here."""


class TooLarge(ValueError):
    """A value that would have to be written in a form that newer versions of Windows forbid. name: the value's."""

    def __init__(self, name: str, length: int) -> None:
        super().__init__(f"{name or '(Default)'} has {length} bytes, and {VALUE_LIMIT} is the limit")
        self.name = name
        self.length = length


class Unwritable(ValueError):
    """Something that hivex would not keep as it is. The text says what, as a sentence."""


# --- the base block --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Base:
    """The base block of a hive."""

    #: the two sequence numbers; they differ while changes are in the transaction logs only
    primary: int
    secondary: int
    #: format 1.minor
    minor: int
    #: whether the checksum is that of the block
    intact: bool
    #: the offset of the root key's cell, from the first bin
    root: int
    #: the size of all bins
    size: int

    @property
    def dirty(self) -> bool:
        return self.primary != self.secondary or not self.intact


def checksum(block: bytes) -> int:
    """The checksum of a base block: all 32-bit words before it, by exclusive or; 0 and -1 are not used."""
    total = 0
    for (word,) in struct.iter_unpack("<I", block[:508]):
        total ^= word
    return {0: 1, _NONE: _NONE - 1}.get(total, total)


def parse_base(head: bytes, length: int) -> Base:
    """The base block of a file of this length, from its first HEAD_SIZE bytes. Raises Damaged, Unknown."""
    if head[:4] != b"regf":
        raise Damaged("it does not begin as a hive does")
    if length < 2 * BASE_SIZE or len(head) < HEAD_SIZE:
        raise Damaged("it is too short to be a hive")
    primary, secondary, _time, major, minor, kind, form, root, size = struct.unpack_from("<IIQIIIIII", head, 4)
    if kind:
        raise Damaged("it is a transaction log, not the hive itself")
    if major != 1 or minor not in KNOWN_MINORS or form != 1:
        raise Unknown(f"its format is {major}.{minor}" + (f" (of kind {form})" if form != 1 else ""))
    base = Base(primary, secondary, minor, checksum(head) == struct.unpack_from("<I", head, 508)[0], root, size)
    if not base.dirty:
        _check_bins(head, base, length)
    return base


def _check_bins(head: bytes, base: Base, length: int) -> None:
    if not base.size or base.size % BASE_SIZE or BASE_SIZE + base.size > length:
        raise Damaged(f"its bins should end at {BASE_SIZE + base.size} bytes, and the file has {length}")
    if head[BASE_SIZE : BASE_SIZE + 4] != b"hbin":
        raise Damaged("its first bin is missing")
    if base.root >= base.size or base.root % 8 or base.root < 32:
        raise Damaged("its root key is outside of the file")


# --- values: bytes and texts ------------------------------------------------------------------------------------------


def freed(old: bytes, new: bytes) -> t.Iterator[tuple[int, int]]:
    """(offset, length) of what is in cells that are free in `new` and were not in `old`."""
    start = BASE_SIZE
    while new[start : start + 4] == b"hbin":
        (size,) = struct.unpack_from("<I", new, start + 8)
        end, offset = start + size, start + 32
        while offset + 4 <= min(end, len(new)):
            (length,) = struct.unpack_from("<i", new, offset)
            if length > 4 and int.from_bytes(old[offset : offset + 4], "little", signed=True) <= 0:
                yield offset + 4, min(length, end - offset) - 4
            offset += abs(length) or end
        start = max(end, start + 32)


def free(data: bytearray, cells: t.Iterable[int]) -> None:
    """Have these cells of a hive as free ones."""
    for cell in cells:
        (length,) = struct.unpack_from("<i", data, cell)
        struct.pack_into("<i", data, cell, abs(length))


def decode(number: int, data: bytes) -> tuple[str, str]:
    """(type, data) of a value's bytes, as parse_reg gives them for the same value of a live registry."""
    kind = TYPES.get(number, f"REG_{number}")
    if kind in _TEXTS:
        return kind, data[: len(data) & ~1].decode("utf-16-le", "surrogatepass").partition("\0")[0]
    if kind == "REG_DWORD" and len(data) == 4:
        return kind, f"0x{int.from_bytes(data, 'little'):x}"
    return kind, data.hex()


def has_more(number: int, data: bytes) -> bool:
    """Whether a text goes on behind its end, where no program of Windows looks."""
    if TYPES.get(number) not in _TEXTS:
        return False
    _text, _end, rest = data[: len(data) & ~1].decode("utf-16-le", "surrogatepass").partition("\0")
    return bool(rest.strip("\0"))


def encode(kind: str, data: str) -> tuple[int, bytes]:
    """The number of a type and the bytes of a value. Raises ValueError for what is none."""
    number = _NUMBERS[kind] if kind in _NUMBERS else int(kind.removeprefix("REG_"))
    if kind in _TEXTS:
        return number, (data + "\0").encode("utf-16-le", "surrogatepass")
    if kind == "REG_DWORD" and data.startswith("0x"):
        return number, int(data, 16).to_bytes(4, "little")
    return number, bytes.fromhex(data)


def same_name(one: str, other: str) -> bool:
    """Whether two names are one to the registry, which does not look at their case."""
    return one == other or upper(one) == upper(other)


def upper(text: str) -> str:
    """Each character by itself, as Windows has it: no letter becomes two."""
    if text.isascii():
        return text.upper()
    return "".join(large if len(large := char.upper()) == 1 else char for char in text)


# --- keys and values as they are in the file --------------------------------------------------------------------------


class RawValue(t.NamedTuple):
    """One value with its bytes. cells: those that hivex frees when its key is written anew. pieces: those of a long
    value, which hivex leaves.
    """

    name: str
    number: int
    data: bytes
    big: bool
    cells: tuple[int, ...]
    pieces: tuple[int, ...] = ()


class Branch(t.NamedTuple):
    """One cell of a list of subkeys. kind: lf, lh or li. nested: whether it is one of several."""

    cell: int
    kind: bytes
    keys: tuple[int, ...]
    nested: bool


@dataclass(frozen=True)
class Key:
    """One key (an "nk" cell)."""

    #: offset of its cell in the file, by which hivex knows it too
    offset: int
    name: str
    parent: int
    #: how many subkeys and values, and where their lists are
    subkeys: int
    subkey_list: int
    values: int
    value_list: int
    #: the cells of its security descriptor and its class name, -1 for none
    security: int
    class_name: int


@dataclass
class Tree:
    """The keys of a hive, read as they are needed. Raises Damaged for what cannot be relied on."""

    read: Read
    base: Base
    _cells: dict[int, bytes] = field(default_factory=dict)

    # --- cells

    def cell(self, offset: int) -> bytes:
        """What a cell holds behind its size. offset: in the file."""
        found = self._cells.get(offset)
        if found is None:
            found = self._cells[offset] = self._read_cell(offset)
        return found

    def _read_cell(self, offset: int) -> bytes:
        end = BASE_SIZE + self.base.size
        if offset % 8 or not BASE_SIZE + 32 <= offset <= end - 8:
            raise Damaged(f"it refers to offset {offset:#x}, where no cell can be")
        size = -t.cast(int, struct.unpack("<i", self._bytes(offset, 4))[0])
        if size < 8 or size % 8 or offset + size > end:
            raise Damaged(f"the cell at {offset:#x} is free or has no valid size")
        return self._bytes(offset + 4, size - 4)

    def _bytes(self, offset: int, length: int) -> bytes:
        data = self.read(offset, length)
        if len(data) != length:
            raise Damaged(f"it ends before {offset + length:#x}")
        return data

    def _marked(self, offset: int, mark: bytes, length: int) -> bytes:
        """A cell that begins with a mark and has at least this length."""
        cell = self.cell(offset)
        if cell[:2] != mark or len(cell) < length:
            raise Damaged(f"the cell at {offset:#x} should be {mark.decode()!r}")
        return cell

    # --- keys

    def root(self) -> Key:
        return self.key(BASE_SIZE + self.base.root)

    def key(self, offset: int) -> Key:
        cell = self._marked(offset, b"nk", 76)
        (flags,) = struct.unpack_from("<H", cell, 2)
        parent, subkeys, _volatile, listed = struct.unpack_from("<IIII", cell, 16)
        values, value_list, security, class_name = struct.unpack_from("<IIII", cell, 36)
        (length,) = struct.unpack_from("<H", cell, 72)
        if flags & _PREDEFINED:
            values = 0  # a number of another meaning is there
        if subkeys > SUBKEY_LIMIT or values > VALUE_COUNT_LIMIT:
            raise Damaged(f"the key at {offset:#x} says that it has {max(subkeys, values)} subkeys or values")
        return Key(
            offset,
            _name(cell[76 : 76 + length], length, bool(flags & 0x20), offset),
            BASE_SIZE + parent,
            subkeys,
            _place(listed),
            values,
            _place(value_list),
            _place(security),
            _place(class_name),
        )

    def find(self, path: str) -> Key | None:
        """The key at a path below the root, names in any case."""
        found: Key | None = self.root()
        for name in filter(None, path.split("\\")):
            if found is None:
                return None
            found = self.child(found, name)
        return found

    def child(self, key: Key, name: str) -> Key | None:
        return next((child for child in self.children(key) if same_name(child.name, name)), None)

    def children(self, key: Key) -> t.Iterator[Key]:
        for branch in self.branches(key):
            for offset in branch.keys:
                child = self.key(offset)
                if child.parent != key.offset:
                    raise Damaged(f"the key at {offset:#x} has another parent")
                yield child

    def branches(self, key: Key) -> tuple[Branch, ...]:
        """The list of a key's subkeys."""
        if not key.subkeys:
            return ()
        found = tuple(self._branches(key.subkey_list, set(), 0))
        keys = [offset for branch in found for offset in branch.keys]
        if len(keys) != key.subkeys or len(set(keys)) != len(keys):
            raise Damaged(f"the list of subkeys of the key at {key.offset:#x} is not of {key.subkeys} different ones")
        return found

    def _branches(self, offset: int, seen: set[int], depth: int) -> t.Iterator[Branch]:
        cell = self.cell(offset)
        if offset in seen or depth > _LIST_DEPTH or len(seen) > SUBKEY_LIMIT:
            raise Damaged(f"the list of subkeys at {offset:#x} leads in a circle")
        seen.add(offset)
        kind, (count,) = cell[:2], struct.unpack_from("<H", cell, 2)
        width = {b"lf": 8, b"lh": 8, b"li": 4, b"ri": 4}.get(kind, 0)
        if not width or 4 + count * width > len(cell):
            raise Damaged(f"the cell at {offset:#x} is not a list of subkeys")
        entries = [BASE_SIZE + entry for (entry,) in struct.iter_unpack("<I", cell[4 : 4 + count * width])]
        if kind != b"ri":
            yield Branch(offset, kind, tuple(entries[:: width // 4]), depth > 0)
            return
        for entry in entries:
            yield from self._branches(entry, seen, depth + 1)

    # --- values

    def values(self, key: Key) -> tuple[RawValue, ...]:
        if not key.values:
            return ()
        cell = self.cell(key.value_list)
        if key.values * 4 > len(cell):
            raise Damaged(f"the list of values of the key at {key.offset:#x} is too short")
        offsets = [BASE_SIZE + offset for (offset,) in struct.iter_unpack("<I", cell[: key.values * 4])]
        if len(set(offsets)) != len(offsets):
            raise Damaged(f"the list of values of the key at {key.offset:#x} has one of them twice")
        out, total = [], 0
        for offset in offsets:
            out.append(self._value(offset))
            total += len(out[-1].data)
            if total > self.base.size:
                raise Damaged(f"the values of the key at {key.offset:#x} share their data")
        return tuple(out)

    def _value(self, offset: int) -> RawValue:
        cell = self._marked(offset, b"vk", 20)
        name_length, length, place, number, flags = struct.unpack_from("<HIIIH", cell, 2)
        name = _name(cell[20 : 20 + name_length], name_length, bool(flags & 1), offset)
        if length & _INLINE:
            length &= ~_INLINE
            if length > 4:
                raise Damaged(f"the value at {offset:#x} has no valid length")
            return RawValue(name, number, cell[8 : 8 + length], False, (offset,))
        if not length:
            # nothing to read, wherever it leads
            return RawValue(name, number, b"", False, (offset, _place(place)))
        place = BASE_SIZE + place
        data = self.cell(place)
        if length <= len(data):
            return RawValue(name, number, data[:length], False, (offset, place))
        data, pieces = self._pieces(place, length)
        return RawValue(name, number, data, True, (offset, place), pieces)

    def _pieces(self, offset: int, length: int) -> tuple[bytes, tuple[int, ...]]:
        """A long value, which is in pieces, and the cells of these."""
        cell = self.cell(offset)
        if length > _DATA_LIMIT or cell[:2] != b"db" or len(cell) < 8:
            raise Damaged(f"the data at {offset:#x} are shorter than its value says")
        count, listed = struct.unpack_from("<HI", cell, 2)
        pieces = self.cell(BASE_SIZE + listed)
        if not count or count * 4 > len(pieces) or count > length // VALUE_LIMIT + 1:
            raise Damaged(f"the data at {offset:#x} have no valid list of pieces")
        cells = [BASE_SIZE + piece for (piece,) in struct.iter_unpack("<I", pieces[: count * 4])]
        data = b"".join(self.cell(piece)[:VALUE_LIMIT] for piece in cells)
        if len(data) < length:
            raise Damaged(f"the data at {offset:#x} are shorter than its value says")
        return data[:length], (BASE_SIZE + listed, *cells)

    # --- what hivex may do

    def check_write(self, key: Key, after: t.Collection[RawValue] | None = None) -> tuple[RawValue, ...]:
        """The values of a key that hivex may write anew, all of them. after: those that it has then; None for the same.
        Raises Damaged; TooLarge, Unwritable for values that would not stay what they are.
        """
        values = self.values(key)
        cells = [cell for value in values for cell in (*value.cells, *value.pieces)]
        self._check_freed(cells, [key.value_list] * bool(values))
        for value in values:
            stays = after is None or value in after
            if stays and (value.big or (len(value.data) > VALUE_LIMIT and self.base.minor > 3)):
                raise TooLarge(value.name, len(value.data))
            check_value_name(value.name)
        return values

    def _check_freed(self, cells: t.Sequence[int], others: t.Sequence[int]) -> None:
        """Cells that hivex frees: each exists, and none twice. It ends the process otherwise."""
        everything = [*cells, *others]
        if len(set(everything)) != len(everything):
            raise Damaged("two of its values share their data")
        if -1 in everything:
            raise Unwritable("a value without data is kept in a form that hivex does not read")
        for offset in everything:
            self.cell(offset)

    def check_add(self, key: Key) -> None:
        """A key that hivex may add a subkey to: the new one gets its security descriptor."""
        self._security(key)
        self.branches(key)
        for child in self.children(key):
            _check_text(child.name)

    def _security(self, key: Key) -> tuple[int, int, int]:
        """(references, next, previous) of a key's security descriptor."""
        cell = self._marked(key.security, b"sk", 20)
        following, previous, references, length = struct.unpack_from("<IIII", cell, 4)
        if length + 20 > len(cell) or not references:
            raise Damaged(f"the security descriptor at {key.security:#x} is not valid")
        return references, BASE_SIZE + following, BASE_SIZE + previous

    def check_remove(self, key: Key, removed: int = 1) -> tuple[int, ...]:
        """That hivex may remove a key with what is below it; the cells that it leaves. removed: how many are removed
        in all.
        """
        self._check_unlink(self.key(key.parent), key, removed)
        freed: list[int] = []
        left: list[int] = []
        descriptors: dict[int, int] = {}
        waiting = [(key, 0)]
        while waiting:
            found, depth = waiting.pop()
            freed += self._cells_of(found)
            left += [cell for value in self.values(found) for cell in value.pieces]
            if len(freed) > REMOVED_LIMIT or depth > _DEPTH:
                raise Unwritable(f"the key {key.name} has too much below it to be removed")
            descriptors[found.security] = descriptors.get(found.security, 0) + 1
            waiting += [(child, depth + 1) for child in self.children(found)]
        self._check_freed([*freed, *left], ())
        for security, count in descriptors.items():
            self._check_released(security, count)
        return tuple(left)

    def _cells_of(self, key: Key) -> list[int]:
        self._security(key)
        values = self.values(key)
        out = [key.offset, *(cell for value in values for cell in value.cells)]
        out += [key.value_list] * bool(values)
        out += [key.class_name] * (key.class_name >= 0)
        if any(branch.nested for branch in self.branches(key)):
            raise Unwritable(f"the key {key.name} has too much below it to be removed")
        return out + [branch.cell for branch in self.branches(key)]

    def _check_unlink(self, parent: Key, key: Key, removed: int) -> None:
        branch = next((branch for branch in self.branches(parent) if key.offset in branch.keys), None)
        if branch is None:
            raise Damaged(f"the key at {key.offset:#x} is not among those of its parent")
        if branch.kind == b"li" or (branch.nested and len(branch.keys) <= removed):
            raise Unwritable(f"the key {key.name} is in a list that hivex cannot take it from")

    def _check_released(self, security: int, count: int) -> None:
        """A security descriptor that nobody refers to any more is freed, and its neighbours are linked."""
        holder = self._marked(security, b"sk", 20)
        following, previous, references = struct.unpack_from("<III", holder, 4)
        if count > references or security == self.root().security and count == references:
            raise Damaged(f"the security descriptor at {security:#x} has {references} references, fewer than there are")
        if count == references:
            for neighbour in (following, previous):
                self._marked(BASE_SIZE + neighbour, b"sk", 20)


def check_value_name(name: str) -> None:
    """A name of a value that hivex keeps. Raises Unwritable."""
    _check_text(name)
    if len(name) > VALUE_NAME_LIMIT:
        raise Unwritable(f"a name of {len(name)} characters is longer than the registry has them")


def check_key_name(name: str) -> None:
    """A name that hivex may make a key of: among others that are not ASCII it would not sort it as Windows does."""
    if not name.isascii() or not name.isprintable() or not 0 < len(name) <= NAME_LIMIT or "\\" in name:
        raise Unwritable(f"a key cannot be made with the name {name!r}")


def _check_text(name: str) -> None:
    if "\0" in name or any("\ud800" <= char <= "\udfff" for char in name):
        raise Unwritable(f"the name {name!r} has a character that hivex does not keep")


def _name(raw: bytes, length: int, compressed: bool, offset: int) -> str:
    if len(raw) < length or (not compressed and length % 2):
        raise Damaged(f"the name at {offset:#x} has no valid length")
    return raw.decode("latin-1") if compressed else raw.decode("utf-16-le", "surrogatepass")


def _place(offset: int) -> int:
    """Where a cell is in the file; -1 for none."""
    return -1 if offset == _NONE else BASE_SIZE + offset
