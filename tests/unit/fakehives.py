"""Hive files of the imagination: keys and values in dictionaries, each write another number. See `HiveAccess`."""

from __future__ import annotations

import contextlib
import copy
import typing as t

from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import Blocked
from ansible_collections.gopher.devbox.plugins.module_utils._core.findings import Finding
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.hives import Hive, Stamp

Values = dict[str, tuple[str, str]]
Keys = dict[str, Values]

SYSTEM, SOFTWARE, USER = "/hives/SYSTEM", "/hives/SOFTWARE", "/hives/NTUSER.DAT"
MACHINE_KEY = r"ControlSet001\Control\Session Manager\Environment"
PATH = r"%SystemRoot%\system32;%SystemRoot%"


class FakeHive(Hive):
    """What a file held when it was opened."""

    keys: Keys

    def values(self, key: str) -> tuple[tuple[str, str, str], ...] | None:
        if self.problem is not None:
            raise Blocked([self.problem])
        found = next((values for name, values in self.keys.items() if name.upper() == key.upper()), None)
        return None if found is None else tuple((name, kind, data) for name, (kind, data) in found.items())

    def texts_with_more(self, key: str) -> tuple[str, ...]:
        return ()

    def subkeys(self, key: str) -> tuple[str, ...]:
        begin = f"{key}\\".upper() if key else ""
        below = [name[len(begin) :].split("\\")[0] for name in self.keys if name.upper().startswith(begin)]
        return tuple(dict.fromkeys(name for name in below if name))


class FakeHives:
    """`files`: keys by path. problems, obstacles, refusals: of files. `kill`: the path whose write ends the run. left:
    what killed runs left beside files, their paths with something behind them.
    """

    def __init__(self, **more: Keys) -> None:
        self.files: dict[str, Keys] = {
            SYSTEM: {"Select": {"Current": ("REG_DWORD", "0x1")}, MACHINE_KEY: {"Path": ("REG_EXPAND_SZ", PATH)}},
            SOFTWARE: {r"Microsoft\Windows\CurrentVersion": {"ProgramFilesDir": ("REG_SZ", r"C:\Program Files")}},
            USER: {"Environment": {"TEMP": ("REG_EXPAND_SZ", r"%USERPROFILE%\AppData\Local\Temp")}},
        }
        self.sequences = dict.fromkeys(self.files, 7)
        self.problems: dict[str, Finding] = {}
        self.obstacles: dict[str, Finding] = {}
        self.refusals: dict[str, Finding] = {}
        self.kill = self.fail = ""
        self.left: list[str] = []
        self.written: list[str] = []
        self.locks: list[bool] = []

    def open_hive(self, path: str) -> Hive:
        hive = FakeHive(path, self.problems.get(path), self.obstacles.get(path), self.sequences[path])
        hive.stamp, hive.keys = self.stamp_of(path) or (0, 0, 0, 0), copy.deepcopy(self.files[path])
        return hive

    def stamp_of(self, path: str) -> Stamp | None:
        return (1, 1, 1, self.sequences[path]) if path in self.files else None

    def find_left(self, path: str) -> list[str]:
        return [found for found in self.left if found.startswith(f"{path}.")]

    def sweep(self, path: str) -> None:
        assert self.locks[-1:] == [True], "no run takes away what another one has"
        self.left = [found for found in self.left if not found.startswith(f"{path}.")]

    def find_refusal(self, hive: Hive, sections: t.Any, removed: t.Iterable[str] = ()) -> Finding | None:
        return self.refusals.get(hive.path) if any(values for _key, values in sections) or removed else None

    def write_hive(self, hive: Hive, sections: t.Any, removed: t.Iterable[str] = ()) -> Hive:
        if hive.path == self.kill:
            raise KeyboardInterrupt
        if hive.path == self.fail or hive.obstacle is not None:
            raise Blocked([hive.obstacle or Finding.of("hive_not_writable", "The disk is full.")])
        assert self.stamp_of(hive.path) == hive.stamp
        assert self.locks[-1:] == [True], "no run writes without the lock"
        keys = self.files[hive.path]
        before = copy.deepcopy(keys)
        for key in removed:
            for name in [name for name in keys if f"{name}\\".upper().startswith(f"{key}\\".upper())]:
                del keys[name]
        for key, values in sections:
            self.set(hive.path, key, values)
        if keys == before:
            return hive
        self.sequences[hive.path] += 1
        self.written.append(hive.path)
        return self.open_hive(hive.path)

    def set(self, path: str, key: str, values: t.Iterable[tuple[str, str | None, str]]) -> None:
        keys = self.files[path]
        found = keys.setdefault(next((name for name in keys if name.upper() == key.upper()), key), {})
        for name, kind, data in values:
            spelled = next((one for one in found if one.upper() == name.upper()), name)
            if kind is None:
                found.pop(spelled, None)
            else:
                found[spelled] = (kind, data)
                assert len(data) <= 8171 or self.locks[-1:] != [True], f"{name} is longer than hivex may write"

    def foreign(self, path: str, key: str, **values: tuple[str, str]) -> None:
        """Another program writes."""
        self.set(path, key, [(name, kind, data) for name, (kind, data) in values.items()])
        self.sequences[path] += 1

    @contextlib.contextmanager
    def locked(self, directories: t.Iterable[str], exclusive: bool) -> t.Iterator[None]:
        self.locks.append(exclusive)
        try:
            yield
        finally:
            self.locks.pop()
