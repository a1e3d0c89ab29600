# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Windows on a disk of this machine that is not running: its files, found as it would find them, whatever their case,
and whose profiles it has. A path of drive C: is one in the image; of other drives nothing is known.
"""

from __future__ import annotations

import contextlib
import os
import typing as t

from .._core.errors import Blocked
from .._core.findings import Finding
from .._core.state import UNKNOWN, Directory
from .._core.values import Variables, fold_name
from .._core.windows import WINDOWS, directory_of, expand
from .._formats import profiles
from .._formats.directories import file_in_the_way
from .hive_files import HiveFiles
from .hives import Hive
from .image_rights import make_like, writers_of

DRIVE = "C:"
CONFIG = ("Windows", "System32", "config")
PROFILES_KEY = profiles.IN_SOFTWARE
_DEFAULT = rf"{DRIVE}\Users\Default"
#: folders beside those of profiles
NO_PROFILES = frozenset(("DEFAULT", "DEFAULT USER", "PUBLIC", "ALL USERS"))
_LONGEST_VERSION = 200


class Profile(t.NamedTuple):
    """A user's profile. sid: empty where the image does not list it. directory: as the image's Windows calls it. hive:
    its registry, as this machine calls it; empty where it is not in the image. lost: why Windows throws away what is
    changed there. roaming: that it is a copy.
    """

    sid: str
    directory: str
    hive: str
    lost: Finding | None = None
    roaming: Finding | None = None

    @property
    def name(self) -> str:
        """What the profile's folder is called."""
        return self.directory.rpartition("\\")[2]


class Image:
    """A Windows below the directory `root`."""

    def __init__(self, root: str, files: HiveFiles) -> None:
        self.root = root
        self.files = files
        self._names: dict[str, dict[str, str]] = {}

    # --- files -------------------------------------------------------------------------------------------------------

    def find(self, *names: str) -> str:
        """The file or directory with these names, one below the other, of any case; an empty text for none."""
        found = self.root
        for name in names:
            real = name if os.path.lexists(os.path.join(found, name)) else self._list(found).get(fold_name(name), "")
            if not real:
                return ""
            found = os.path.join(found, real)
        return found

    def _list(self, directory: str) -> dict[str, str]:
        if directory not in self._names:
            names: dict[str, str] = {}
            with contextlib.suppress(OSError):
                names = {fold_name(name): name for name in sorted(os.listdir(directory), reverse=True)}
            self._names[directory] = names
        return self._names[directory]

    def hive_at(self, *names: str) -> str:
        """The hive file with these names; an empty text for none, and for one that a link takes out of the image."""
        found = self.find(*names)
        return found if found and self._is_inside(os.path.dirname(found)) else ""

    def _is_inside(self, path: str) -> bool:
        """Whether no link on the way to it leads out of the image."""
        root = os.path.realpath(self.root)
        real = os.path.realpath(path)
        return real == root or real.startswith(os.path.join(root, ""))

    def parts_of(self, path: str) -> list[str] | None:
        """The names of an expanded Windows path below the image's root; None for one that is not on its drive."""
        drive, _sep, rest = directory_of(path, {}).partition("\\")
        if drive.upper() != DRIVE:
            return None
        names = [name for name in rest.split("\\") if name not in ("", ".")]
        return None if ".." in names else names

    def look_up(self, directories: t.Sequence[str]) -> dict[str, Directory]:
        """See `Store.look_up`."""
        return {path: self._directory(path) for path in directories}

    def _directory(self, path: str) -> Directory:
        names = self.parts_of(path)
        if names is None:
            return UNKNOWN
        place = self.find(*names)
        if place and not self._is_inside(place):
            return UNKNOWN
        if not place or not os.path.isdir(place):
            writers = "" if place else self._writers(names)
            return Directory(False, obstacle=self._in_the_way(path, names), writers=writers)
        go = next((file for file in WINDOWS.go_files if os.path.isfile(self.find(*names, file))), None)
        version = self._first_line(*names[:-1], "VERSION") if go and names else None
        return Directory(True, go, version, writers=writers_of(place))

    def _writers(self, names: t.Sequence[str]) -> str:
        """Who could write to a directory that is made there."""
        known = next(number for number in range(len(names) - 1, -1, -1) if self.find(*names[:number]))
        return writers_of(self.find(*names[:known]), len(names) - known)

    def _in_the_way(self, path: str, names: t.Sequence[str]) -> str:
        """What would keep a directory from being made, as a sentence; empty for nothing."""
        above = self.root
        for number in range(1, len(names) + 1):
            found = self.find(*names[:number])
            if found and not os.path.isdir(found):
                return file_in_the_way("\\".join((DRIVE, *names[:number])), path)
            if not found and not os.access(above, os.W_OK):
                how = "Use an account that may write it (become), or mount the image for writing."
                return f"{above} cannot be written, so {path} cannot be made. {how}"
            above = found or above
        return ""

    def _first_line(self, *names: str) -> str | None:
        try:
            with open(self.find(*names), "rb") as file:
                return file.readline(_LONGEST_VERSION).decode("utf-8", "replace").strip() or None
        except OSError:
            return None

    def make(self, directories: t.Iterable[str]) -> list[str]:
        """Make directories, each permitted as Windows would have it. Those that could not be made."""
        failed = []
        for path in directories:
            names, place = self.parts_of(path), self.root
            try:
                for number, name in enumerate(names or ()):
                    above, place = place, self.find(*(names or ())[: number + 1])
                    if not place and self._is_inside(above):
                        place = os.path.join(above, name)
                        make_like(above, place)
                        self._names.pop(above, None)
            except OSError:
                failed.append(path)
                continue
            if names is None or not place or not os.path.isdir(place):
                failed.append(path)
        return failed

    # --- hives -------------------------------------------------------------------------------------------------------

    @property
    def software(self) -> str:
        return self.hive_at(*CONFIG, "SOFTWARE")

    @property
    def system(self) -> str:
        return self.hive_at(*CONFIG, "SYSTEM")

    def check(self) -> None:
        """Raises Blocked for a directory that holds no Windows."""
        if self.software or self.system:
            return
        link = self._link_out_of_it()
        if link is not None:
            raise Blocked([link])
        above, name = os.path.split(os.path.abspath(self.root))
        raise Blocked([profiles.no_windows(self.root, above, name, os.path.isdir(self.root))])

    def _link_out_of_it(self) -> Finding | None:
        """That the registry is there, and not in the image: by the first link on the way to it that leads out."""
        for number in range(1, len(CONFIG) + 1):
            place = self.find(*CONFIG[:number])
            if place and os.path.islink(place) and not self._is_inside(place):
                return Finding.of(
                    "image_missing_windows",
                    f"{self.root} holds no Windows of its own: {place} is a link that leads out of it, to "
                    f"{os.path.realpath(place)}.",
                    "Name the directory that this Windows and its Users are in, or put the directory itself in the "
                    "link's place.",
                    self.root,
                )
        return None

    def profiles(self, software: Hive | None, core: Variables) -> list[Profile]:
        """The profiles of users that SOFTWARE lists. Raises Blocked for a damaged hive."""
        out: list[Profile] = []
        if software is None:
            return out
        for sid in software.subkeys(PROFILES_KEY):
            values = values_of(software, rf"{PROFILES_KEY}\{sid}")
            found = {name: values.get(fold_name(name)) for name in profiles.VALUES}
            listed = profiles.Profile.of_values(sid, found.get)
            directory = directory_of(expand(listed.path, core), {})
            if listed.is_real and directory:
                lost, roaming = profiles.lost_at_sign_out(listed), profiles.roaming(listed)
                out.append(self._profile(listed.sid, directory)._replace(lost=lost, roaming=roaming))
        return out

    def _profile(self, sid: str, directory: str) -> Profile:
        names = self.parts_of(directory)
        return Profile(sid, directory, self.hive_at(*names, profiles.HIVE) if names else "")

    def named(self, user: str, listed: t.Sequence[Profile]) -> Profile | None:
        """The profile of a SID, or with that name for its folder, with or without the domain; None where there is
        none.
        """
        if user.upper().startswith("S-1-"):
            return next((found for found in listed if found.sid == user.upper()), None)
        for folder in profiles.folders_of(user):
            found = next((found for found in listed if fold_name(found.name) == fold_name(folder)), None)
            if found is not None:
                return found
            if fold_name(folder) not in NO_PROFILES:
                there = self._profile("", rf"{DRIVE}\Users\{folder}")
                if there.hive:
                    return there
        return None

    def default(self, software: Hive | None, core: Variables) -> Profile:
        """The template of new users. Raises Blocked for a damaged hive."""
        values = values_of(software, PROFILES_KEY) if software else {}
        directory = directory_of(expand(values.get("DEFAULT", ""), core), {})
        return self._profile("", directory or _DEFAULT)


def values_of(hive: Hive, key: str) -> dict[str, str]:
    """The data of the values of a key, by their names in upper case. Raises Blocked for a damaged hive."""
    return {fold_name(name): data for name, _kind, data in hive.values(key) or ()}
