# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The profiles of a Windows host, as ProfileList has them (docs/facts.md, "User hives"). Pure."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from .._core.patterns import pattern
from .._core.windows import child
from .._formats import regtext

PROFILES_KEY = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList"
HIVE, MANDATORY_HIVE = "NTUSER.DAT", "NTUSER.MAN"
#: the values of a profile that are read
VALUES = ("ProfileImagePath", "State", "CentralProfile")

_MANDATORY, _TEMPORARY = 0x1, 0x800  # ProfileList\<SID>\State
_TEMPORARY_FOLDER = pattern(r"\\TEMP(?:\.[^\\]*)?\Z", re.IGNORECASE)
#: accounts of a machine or domain, and of Entra; all others are services
_REAL = pattern(r"S-1-(?:5-21|12-1)(?:-\d{1,20})+\Z")


@dataclass(frozen=True)
class Profile:
    """The profile of one account."""

    sid: str
    #: its folder, as it is written, with references
    path: str = ""
    state: int = 0
    #: the folder on the network that it is a copy of
    central: str = ""

    @classmethod
    def of(cls, key: regtext.Key) -> Profile:
        """The profile that a key of ProfileList is about."""
        return cls(
            key.path.rpartition("\\")[2].upper(),
            key.value("ProfileImagePath") or "",
            _number(key.value("State")),
            key.value("CentralProfile") or "",
        )

    @property
    def is_real(self) -> bool:
        """Whether it is one of a person's account; a broken one (`.bak`) is not."""
        return bool(_REAL.match(self.sid))

    @property
    def is_temporary(self) -> bool:
        return bool(self.state & _TEMPORARY or _TEMPORARY_FOLDER.search(self.path))

    @property
    def is_mandatory(self) -> bool:
        return bool(self.state & _MANDATORY)

    @property
    def folder(self) -> str:
        """The name of its folder."""
        return self.path.rstrip("\\").rpartition("\\")[2]


def parse_profiles(texts: t.Iterable[str], lossless: bool) -> dict[str, Profile]:
    """The profiles by SID, out of what `reg query PROFILES_KEY /s /v NAME` printed for each of VALUES."""
    values: dict[str, list[tuple[str, str, str]]] = {}
    root = regtext.long_name(PROFILES_KEY).upper() + "\\"
    for text in texts:
        for key in regtext.parse_keys(text, lossless):
            if key.path.upper().startswith(root) and not key.doubtful:
                values.setdefault(key.path.upper(), []).extend(key.values)
    found = (Profile.of(regtext.Key(path, tuple(items))) for path, items in values.items())
    return {profile.sid: profile for profile in found}


def named(user: str, profiles: t.Iterable[Profile]) -> list[Profile]:
    r"""The profiles whose folders may be those of that name, or DOMAIN\name. A folder's name proves nothing: Windows
    calls it `name.DOMAIN` or `name.000` where `name` is taken, and never renames it.
    """
    domain, _sep, name = user.upper().rpartition("\\")
    begin = f"{name}."
    found = [profile for profile in profiles if profile.is_real and _is_or_begins(profile.folder.upper(), name, begin)]
    exact = [profile for profile in found if domain and profile.folder.upper() == f"{name}.{domain}"]
    return exact if len(exact) == 1 else found


def _is_or_begins(folder: str, name: str, begin: str) -> bool:
    return folder == name or folder.startswith(begin)


def hive_of(folder: str) -> str:
    """The file of the hive of a profile."""
    return child(folder, HIVE)


def _number(text: str | None) -> int:
    return int(text, 16) if text and re.match(r"0x[0-9a-fA-F]{1,8}\Z", text) else 0
