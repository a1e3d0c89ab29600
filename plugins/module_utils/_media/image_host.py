# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts that are not running: a Windows in an image, and the files of a registry alone. Of what a host has, they have a
registry.
"""

from __future__ import annotations

import contextlib
import typing as t

from .._core.account import Platform
from .._core.errors import Blocked
from .._core.findings import Finding
from .._core.medium import Medium
from .._core.state import UNKNOWN, Directory, State
from .._core.wanted import Scope, Wanted
from .._core.windows import WINDOWS, with_texts
from .._formats.profiles import by_folder, unknown, without_hive
from .._hosts.hive_files import HiveAccess, HiveFiles, LocalHives
from .._hosts.hives import Hive
from .._hosts.image import Image, Profile, values_of
from .registry_hive import HiveStore, Places
from .registry_offline import CURRENT_VERSION, IN_HIVES, IN_IMAGE, SOFTWARE, SYSTEM, USER, core_of, missing_on_path


class OfflineHost:
    """What both have in common."""

    platform = Platform(WINDOWS.family, "windows")
    medium: Medium

    def __init__(self, access: HiveAccess | None = None) -> None:
        self.environ: t.Mapping[str, str] = {}
        self.files = HiveFiles(access or LocalHives())

    def places(self, scope: Scope, user: str | None) -> Places:
        raise NotImplementedError

    def look_up(self, directories: t.Sequence[str]) -> dict[str, Directory]:
        return dict.fromkeys(directories, UNKNOWN)

    def make(self, directories: t.Sequence[str]) -> list[str]:
        return list(directories)

    def registry(self, scope: Scope, user: str | None) -> HiveStore:
        return HiveStore(self, scope, user)


class HivesHost(OfflineHost):
    """The files of a registry. paths: by SYSTEM, SOFTWARE, USER."""

    medium = IN_HIVES

    def __init__(self, paths: t.Mapping[str, str], access: HiveAccess | None = None) -> None:
        super().__init__(access)
        self._paths = paths

    def places(self, scope: Scope, user: str | None) -> Places:  # noqa: ARG002 - they are given
        return Places(self._paths)


class ImageHost(OfflineHost):
    """The Windows below a directory of this machine."""

    medium = IN_IMAGE

    def __init__(self, root: str, access: HiveAccess | None = None) -> None:
        super().__init__(access)
        self.image = Image(root, self.files)

    def look_up(self, directories: t.Sequence[str]) -> dict[str, Directory]:
        return self.image.look_up(directories)

    def make(self, directories: t.Sequence[str]) -> list[str]:
        return self.image.make(directories)

    def registry(self, scope: Scope, user: str | None) -> HiveStore:
        return ImageStore(self, scope, user)

    def places(self, scope: Scope, user: str | None) -> Places:
        self.image.check()
        paths = {SOFTWARE: self.image.software, SYSTEM: self.image.system}
        missing = {name: missing_file(self.image.root, name.upper()) for name, path in paths.items() if not path}
        paths = {name: path for name, path in paths.items() if path}
        with self.files.locked(paths.values(), exclusive=False):
            software = self._software(paths)
            core = with_texts(core_of(values_of(software, CURRENT_VERSION) if software else {}, ""))
            if scope is Scope.USER:
                profile, problem = self._named(user or "", self.image.profiles(software, core))
            else:
                profile, problem = self.image.default(software, core), None
        if profile is not None and profile.hive:
            paths[USER] = profile.hive
        else:
            missing[USER] = problem or without_hive(profile.directory if profile else "", scope is Scope.DEFAULT_USER)
        if profile is None or scope is not Scope.USER:
            return Places(paths, missing=missing)
        return Places(paths, profile.sid or profile.name, profile.directory, missing, profile.lost, profile.roaming)

    def _software(self, paths: t.Mapping[str, str]) -> Hive | None:
        """SOFTWARE, where it can be read."""
        hive = self.files.open(paths[SOFTWARE]) if SOFTWARE in paths else None
        with contextlib.suppress(Blocked):
            if hive is not None and hive.problem is None and hive.values("") is not None:
                return hive
        return None

    def _named(self, user: str, listed: t.Sequence[Profile]) -> tuple[Profile | None, Finding | None]:
        found = self.image.named(user, listed)
        if found is not None:
            return found, None
        return None, unknown(user, [(profile.name, profile.sid) for profile in listed])

    def users(self) -> list[Profile]:
        """The profiles of all users that the image lists. Raises Blocked."""
        self.image.check()
        path = self.image.software
        software = self._software({SOFTWARE: path} if path else {})
        if software is None:
            problem = self.files.open(path).problem if path else None
            raise Blocked([problem or missing_file(self.image.root, "SOFTWARE")])
        core = with_texts(core_of(values_of(software, CURRENT_VERSION), ""))
        return self.image.profiles(software, core)


class ImageStore(HiveStore):
    """That of an image, which also has the directories on PATH."""

    def read(self, wanted: Wanted) -> State:
        state = super().read(wanted)
        taken = by_folder(self._user or "", self._last.places.directory, self._last.places.sid) if self._last else None
        if taken is not None and state.sid:
            state = state._replace(noticed=(*state.noticed, taken))
        if state.target is not Scope.MACHINE or state.unread:
            return state
        return state._replace(noticed=(*state.noticed, *missing_on_path(state, self.look_up)))


def missing_file(root: str, name: str) -> Finding:
    """That an image lacks a file of the registry of its machine."""
    return Finding.of(
        "hive_missing",
        f"The image {root} has no Windows/System32/config/{name}.",
        "Mount or unpack all of it.",
        name,
    )
