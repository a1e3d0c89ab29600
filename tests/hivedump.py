"""All that is in a hive, by a reader that shares nothing with the code under test (dissect.regf)."""

from __future__ import annotations

import io
import typing as t
from pathlib import Path

from dissect.regf import regf

Dump = dict[str, dict[str, t.Any]]


def dump(file: Path | bytes) -> Dump:
    """Every key: its values with their types and bytes, its class, its security descriptor, its time."""
    data = file if isinstance(file, bytes) else file.read_bytes()
    hive = regf.RegistryHive(io.BytesIO(data))
    hive.version += hive.version == 4  # 1.4 has long values in pieces too, and dissect.regf takes it for older
    out: Dump = {}
    waiting = [("", hive.root())]
    while waiting:
        path, key = waiting.pop()
        if path in out:
            raise ValueError(f"{path} is there twice")
        out[path] = {
            "values": [(value.name, value.type, value.data) for value in key.values()],
            "class": key.class_name,
            "time": key.cell.LastWriteTime,
            "flags": int(key.cell.Flags),
            "security": bytes(hive.cell(key.cell.Security).cell.Descriptor).hex(),
            "order": [child.name for child in key.subkeys()],
        }
        waiting += [(f"{path}\\{child.name}" if path else child.name, child) for child in key.subkeys()]
    return out
