# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a benchmark of images needs of hivex: the hives of a Windows, and the least that changing them can cost.

A program of its own, for the Python of the system, which hivex is there for. Reads JSON from standard input, prints
JSON.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from typing import Any

import hivex

SZ, EXPAND_SZ, DWORD = 1, 2, 4
#: of a hive, with the keys above it
BYTES_OF_A_CLASS = 700
ENVIRONMENT = ("ControlSet001", "Control", "Session Manager", "Environment")


def text(data: str) -> bytes:
    return (data + "\0").encode("utf-16-le")


def key(hive: Any, path: Any) -> int:
    """The key at a path, made where it is missing."""
    node = hive.root()
    for name in path:
        node = hive.node_get_child(node, name) or hive.node_add_child(node, name)
    return int(node)


def put(hive: Any, node: int, name: str, kind: int, data: bytes) -> None:
    hive.node_set_value(node, {"key": name, "t": kind, "value": data})


# --- the hives ---


def make(asked: dict[str, Any]) -> dict[str, Any]:
    """Grow an empty hive to a SYSTEM, a SOFTWARE and a NTUSER.DAT of so many megabytes."""
    sizes = {}
    for place, what, megabytes in asked["hives"]:
        hive = hivex.Hivex(place, write=True)
        {"system": system, "software": software, "user": user}[what](hive)
        grow(hive, megabytes)
        hive.commit(None)
        sizes[what] = os.path.getsize(place)
    return sizes


def system(hive: Any) -> None:
    put(hive, key(hive, ("Select",)), "Current", DWORD, (1).to_bytes(4, "little"))
    node = key(hive, ENVIRONMENT)
    put(hive, node, "Path", EXPAND_SZ, text(r"%SystemRoot%\system32;%SystemRoot%;%SystemRoot%\System32\Wbem"))
    put(hive, node, "TEMP", EXPAND_SZ, text(r"%SystemRoot%\TEMP"))


def software(hive: Any) -> None:
    node = key(hive, ("Microsoft", "Windows NT", "CurrentVersion", "ProfileList"))
    put(hive, node, "Default", EXPAND_SZ, text(r"%SystemDrive%\Users\Default"))
    put(hive, node, "ProfilesDirectory", EXPAND_SZ, text(r"%SystemDrive%\Users"))
    node = key(hive, ("Microsoft", "Windows NT", "CurrentVersion"))
    put(hive, node, "SystemRoot", SZ, text(r"C:\Windows"))


def user(hive: Any) -> None:
    node = key(hive, ("Environment",))
    put(hive, node, "Path", EXPAND_SZ, text(r"%USERPROFILE%\AppData\Local\Microsoft\WindowsApps;"))


def grow(hive: Any, megabytes: float) -> None:
    """Keys of the shape that most of a real SOFTWARE has: a class with a server and a few short values. No key has many
    others: hivex leaves an old list behind for each key that it adds.
    """
    count = int(megabytes * 1e6 / BYTES_OF_A_CLASS) + 1
    groups: dict[int, int] = {}
    for number in range(count):
        node = key(hive, ("Filler",)) if number == 0 else groups[-1]
        groups[-1] = node
        for level in (16**4, 16**3, 16**2, 16):
            place = number // level * 100 + level.bit_length()
            if place not in groups:
                groups[place] = hive.node_add_child(node, f"{{{number // level:08x}}}")
            node = groups[place]
        node = hive.node_add_child(node, f"{{{number:08x}-11d0-9d79-0123456789ab}}")
        server = hive.node_add_child(node, "InprocServer32")
        put(hive, node, "", SZ, text(f"Class {number}"))
        put(hive, server, "", EXPAND_SZ, text(rf"%SystemRoot%\System32\some{number:x}library.dll"))
        put(hive, server, "ThreadingModel", SZ, text("Both"))


# --- the floor ---


def floor(asked: dict[str, Any]) -> dict[str, Any]:
    """Open, set and commit the same files in place, one after the other. synced: each is on the disk then."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    start = time.perf_counter()
    for image in asked["images"]:
        for place, path, values in image:
            hive = hivex.Hivex(place, write=True)
            node = key(hive, path)
            for name, kind, data in values:
                put(hive, node, name, kind, text(data))
            hive.commit(None)
            if asked["synced"]:
                with open(place, "rb") as file:
                    os.fsync(file.fileno())
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_SELF)
    return {"wall": wall, "cpu": after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime}


# --- what is there ---


def read(asked: dict[str, Any]) -> dict[str, Any]:
    """The texts of values, null for what is not there."""
    hives: dict[str, Any] = {}
    values = []
    for place, path, name in asked["values"]:
        if place not in hives:
            hives[place] = hivex.Hivex(place)
        hive = hives[place]
        node = hive.root()
        for step in path:
            node = node and hive.node_get_child(node, step)
        found = [one for one in hive.node_values(node) if hive.value_key(one).lower() == name.lower()] if node else []
        values.append(hive.value_value(found[0])[1].decode("utf-16-le").rstrip("\0") if found else None)
    return {"values": values}


def main() -> None:
    asked = json.load(sys.stdin)
    json.dump({"make": make, "floor": floor, "read": read}[asked["do"]](asked), sys.stdout)


if __name__ == "__main__":
    main()
