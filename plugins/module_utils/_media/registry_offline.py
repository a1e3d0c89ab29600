# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The registry of a Windows that is not running as a medium, and what such a Windows sets by itself. Pure."""

from __future__ import annotations

import typing as t

from .._core.medium import Medium
from .._core.values import Variables
from .._core.wanted import Scope
from .._core.windows import WindowsSyntax, child, with_texts
from .registry_medium import NEW_USERS, RegistryPolicy, RegistryTexts
from .registry_state import PROFILE_CORE

#: the key of SOFTWARE that says where programs are
CURRENT_VERSION = r"Microsoft\Windows\CurrentVersion"
#: where Windows itself is, in an image
DRIVE = "C:"


class OfflineSyntax(WindowsSyntax):
    """Paths of a Windows of which only these drives, in upper case with their colon, are there to be looked at."""

    def __init__(self, drives: frozenset[str]) -> None:
        self._drives = drives

    def is_remote(self, path: str) -> bool:
        return super().is_remote(path) or path[:2].upper() not in self._drives

    def can_look_up(self, path: str) -> bool:
        return super().can_look_up(path) and path[:2].upper() in self._drives


class OfflineTexts(RegistryTexts):
    """What is different where no process is running."""

    unseen = "Of an image only drive C: is looked at, and of files of a registry nothing else: check it by hand."

    def refresh(self, scope: Scope) -> list[str]:
        if scope is Scope.DEFAULT_USER:
            return [NEW_USERS]
        return ["It is in effect when that Windows is started next: nobody has to sign in again."]


def _medium(drives: frozenset[str]) -> Medium:
    syntax = OfflineSyntax(drives)
    return Medium(syntax, RegistryPolicy(syntax), OfflineTexts())


#: of an image, and of the files of a registry alone
IN_IMAGE, IN_HIVES = _medium(frozenset({DRIVE})), _medium(frozenset())


def core_of(software: t.Mapping[str, str], computer: str) -> dict[str, str]:
    """What Windows sets before anything else. software: values of SOFTWARE's CURRENT_VERSION, by their names in upper
    case. computer: the name of the computer, empty where it is not known.
    """
    programs = software.get("PROGRAMFILESDIR") or rf"{DRIVE}\Program Files"
    common = software.get("COMMONFILESDIR") or child(programs, "Common Files")
    out = {
        "SystemDrive": DRIVE,
        "SystemRoot": rf"{DRIVE}\Windows",
        "ProgramFiles": programs,
        "ProgramW6432": software.get("PROGRAMW6432DIR") or programs,
        "CommonProgramFiles": common,
        "CommonProgramW6432": software.get("COMMONW6432DIR") or common,
        "ProgramData": rf"{DRIVE}\ProgramData",
        "ALLUSERSPROFILE": rf"{DRIVE}\ProgramData",
        "PUBLIC": rf"{DRIVE}\Users\Public",
    }
    more = {
        "ProgramFiles(x86)": software.get("PROGRAMFILESDIR (X86)"),
        "CommonProgramFiles(x86)": software.get("COMMONFILESDIR (X86)"),
        "COMPUTERNAME": computer,
    }
    return {**out, **{name: text for name, text in more.items() if text}}


def profile_of(directory: str) -> Variables:
    """What Windows sets for the user with that profile. Of one to come, or that nobody knows, the name stays a
    reference.
    """
    texts = {name: f"%{name}%" for name in PROFILE_CORE}
    directory = directory or rf"{DRIVE}\Users\%USERNAME%"
    texts["USERPROFILE"] = directory
    texts["APPDATA"] = child(directory, "AppData", "Roaming")
    texts["LOCALAPPDATA"] = child(directory, "AppData", "Local")
    texts["HOMEDRIVE"], texts["HOMEPATH"] = directory[:2], directory[2:]
    return with_texts(texts)
