"""The model of what a shell makes of a source, and disks for it."""

from __future__ import annotations

import os
import typing as t

from ansible_collections.gopher.devbox.plugins.module_utils._formats.shell_model import (
    ENTRIES,
    MARK,
    NAMES,
    NOTHING,
    Disk,
    applied,
)

__all__ = ["ENTRIES", "MARK", "NAMES", "NOTHING", "Disk", "FakeDisk", "RealDisk", "applied"]


class FakeDisk:
    """Directories with a go, by the SDK that it belongs to. `sdks`: those with a VERSION beside them."""

    def __init__(self, go: t.Mapping[str, str] | None = None, sdks: t.Collection[str] = ()) -> None:
        self._go, self._sdks = go or {}, sdks

    def has_go(self, directory: str) -> bool:
        return directory in self._go

    def is_sdk_bin(self, directory: str) -> bool:
        return directory in self._go and directory in self._sdks

    def same_go(self, one: str, other: str) -> bool:
        return self._go.get(one) is not None and self._go.get(one) == self._go.get(other)


class RealDisk:
    """This machine's. text_only: `..` is taken by its text, and the right to execute is not looked at, as PowerShell
    does.
    """

    def __init__(self, text_only: bool = False) -> None:
        self._text_only = text_only

    def has_go(self, directory: str) -> bool:
        file = f"{directory or '.'}/go"
        return os.path.isfile(file) and (self._text_only or os.access(file, os.X_OK))

    def is_sdk_bin(self, directory: str) -> bool:
        version = f"{directory}/../VERSION"
        return self.has_go(directory) and os.path.isfile(os.path.normpath(version) if self._text_only else version)

    def same_go(self, one: str, other: str) -> bool:
        files = [f"{directory or '.'}/go" for directory in (one, other)]
        return all(map(os.path.exists, files)) and os.path.samefile(*files)
