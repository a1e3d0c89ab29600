"""All that is in a hive, by a reader that shares nothing with the code under test: dissect.regf, made strict."""

from __future__ import annotations

import io
import typing as t
from pathlib import Path

from dissect.regf import regf
from hivemaker import cells

Dump = dict[str, dict[str, t.Any]]


class Unsound(Exception):
    """Something leads to what is no cell in use, or to one that something else leads to."""


class Strict(regf.RegistryHive):
    """dissect.regf reads whatever an offset leads to."""

    def __init__(self, data: bytes) -> None:
        self.known = dict(cells(data))
        self.seen: set[int] = set()
        super().__init__(io.BytesIO(data))
        self.version += self.version == 4  # 1.4 has long values in pieces too, and dissect.regf takes it for older
        self.cell = lambda offset: self.parse_cell_data(self.cell_data(offset))

    def _cell_data(self, offset: int) -> tuple[bool, bytes]:
        if offset in self.seen:
            raise Unsound(f"{offset:#x} twice")
        self.seen.add(offset)
        if offset + 4096 not in self.known:
            raise Unsound(f"{offset:#x} is no cell in use")
        return super()._cell_data(offset)

    def descriptor(self, offset: int) -> str:
        """A security descriptor, which many keys share."""
        self.seen.discard(offset)
        return bytes(self.cell(offset).cell.Descriptor).hex()


def dump(file: Path | bytes) -> Dump:
    """Every key: its values with their types and bytes, its class, its security descriptor, its time. Raises whatever a
    damaged hive makes of the reader.
    """
    hive = Strict(file if isinstance(file, bytes) else file.read_bytes())
    out: Dump = {}
    waiting = [("", hive.root())]
    while waiting:
        path, key = waiting.pop()
        children = list(key.subkeys())
        values = [(value.name, value.type, value.data, value.size) for value in key.values()]
        if (
            path in out
            or len(children) != key.cell.SubKeyCounts[0]
            or any(len(data) != size for _, _, data, size in values)
        ):
            raise Unsound(path)
        out[path] = {
            "values": [value[:3] for value in values],
            "class": key.class_name,
            "time": key.cell.LastWriteTime,
            "flags": int(key.cell.Flags),
            "security": hive.descriptor(key.cell.Security),
            "order": [child.name for child in children],
        }
        waiting += [(f"{path}\\{child.name}" if path else child.name, child) for child in children]
    return out
