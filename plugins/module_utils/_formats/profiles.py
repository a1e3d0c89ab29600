# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The profiles of a Windows, running or not, as ProfileList has them (docs/facts.md, "User hives"). Pure."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from .._core.findings import Finding, Severity
from .._core.patterns import pattern
from .._core.windows import child
from . import regtext

#: ProfileList in the file SOFTWARE, and on a Windows that runs
IN_SOFTWARE = r"Microsoft\Windows NT\CurrentVersion\ProfileList"
PROFILES_KEY = rf"HKLM\SOFTWARE\{IN_SOFTWARE}"
HIVE, MANDATORY_HIVE = "NTUSER.DAT", "NTUSER.MAN"
#: the values of a profile that are read
VALUES = ("ProfileImagePath", "State", "CentralProfile")

_MANDATORY, _TEMPORARY = 0x1, 0x800  # ProfileList\<SID>\State
_TEMPORARY_FOLDER = pattern(r"\\TEMP(?:\.[^\\]*)?\Z", re.IGNORECASE)
#: the SIDs of accounts of a machine or domain, and of Entra; all others are services
PERSON = r"S-1-(?:5-21|12-1)(?:-\d{1,20})+"
_REAL = pattern(PERSON + r"\Z")


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
        return cls.of_values(key.path.rpartition("\\")[2], key.value)

    @classmethod
    def of_values(cls, sid: str, value: t.Callable[[str], str | None]) -> Profile:
        """The profile of a SID by the values of its key, of VALUES."""
        path, state, central = (value(name) for name in VALUES)
        return cls(sid.upper(), path or "", _number(state), central or "")

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


def folders_of(user: str) -> tuple[str, ...]:
    r"""How the folder is called that `user` names, NAME or DOMAIN\name, in the order in which it is looked for."""
    domain, _sep, name = user.rpartition("\\")
    return (f"{name}.{domain}", name) if domain else (name,)


# --- what is to be known of them -------------------------------------------------------------------------------------


MANDATORY_PROFILE = Finding.of(
    "mandatory_profile",
    "That user has a mandatory profile, which Windows throws away at sign-out.",
    "Change the mandatory profile itself, or use scope: machine.",
)


def lost_at_sign_out(profile: Profile) -> Finding | None:
    """Why nothing that is written to a profile would last."""
    if profile.is_temporary:
        return Finding.of(
            "temporary_profile",
            "That user has a temporary profile, which Windows throws away at sign-out.",
            "Repair the profile first (ProfileList, .bak).",
        )
    return MANDATORY_PROFILE if profile.is_mandatory else None


def roaming(profile: Profile) -> Finding | None:
    """What may become of what is written to a profile that is a copy, while its user is not signed in."""
    if not profile.central:
        return None
    return Finding.of(
        "roaming_profile",
        f"The profile of {profile.sid} is a copy of {profile.central}. Where that one is newer when the user signs in, "
        "it replaces the copy, with what is set here.",
        "Run again while the user is signed in, or use scope: machine.",
        profile.sid,
    )


def left_out(finding: Finding, sid: str, path: str = "") -> Finding:
    """That one of all users was left out, and why."""
    who = f"{sid} ({path})" if path else sid
    return finding._replace(message=f"{who} was left out. {finding.message}", subject=sid, severity=Severity.WARNING)


def without_hive(directory: str, template: bool = False) -> Finding:
    """That a profile, or the template of new ones, has no registry of its own."""
    if template:
        return Finding.of(
            "profile_without_hive",
            f"There is no NTUSER.DAT for {directory}, the template of new users.",
            "Windows makes no profile of a template without it. Put back the file of its installation image, or leave "
            "scope: default_user out.",
            directory,
        )
    return Finding.of(
        "profile_without_hive",
        f"There is no NTUSER.DAT for {directory or 'that user'} in the image.",
        "A profile on another disk, or a roaming one, is changed where it is: let the user sign in.",
        directory,
    )


def no_windows(root: str, above: str, name: str, is_directory: bool = True) -> Finding:
    """The finding that a directory holds no Windows. above: its parent. name: its name in it."""
    what = f"{root} holds no Windows" if is_directory else f"{root} is not a directory"
    return Finding.of(
        "image_missing_windows",
        f"{what}: there is no Windows/System32/config/SOFTWARE or SYSTEM in it.",
        f"Name the directory above it, {above}."
        if name.lower() == "windows"
        else "Name the directory that Windows and Users are in, of an image that is mounted or unpacked.",
        root,
    )


def by_folder(user: str, folder: str, sid: str) -> Finding | None:
    r"""That a folder of an image was taken for DOMAIN\name, which an image does not have; None for another user."""
    if "\\" not in user:
        return None
    return Finding.of(
        "user_by_folder",
        f"An image does not say which account is called {user}. The profile {folder} was taken for it, because of the "
        "name of its folder.",
        "A folder does not prove whose it is: name the SID where that is in doubt.",
        sid or folder,
    )


def unknown(user: str, listed: t.Iterable[tuple[str, str]], where: str = "The image") -> Finding:
    """That a Windows has no such user. listed: (folder, SID) of those that it has."""
    there = ", ".join(f"{folder} ({sid})" for folder, sid in listed) or "nobody"
    return Finding.of(
        "unknown_account",
        f"{where} has no profile of {user}; there are profiles of {there}.",
        "Name the SID, or the folder of the profile; scope: default_user is for users who have none yet.",
        user,
    )


def hive_of(folder: str) -> str:
    """The file of the hive of a profile."""
    return child(folder, HIVE)


def _number(text: str | None) -> int:
    return int(text, 16) if text and re.match(r"0x[0-9a-fA-F]{1,8}\Z", text) else 0
