# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The registry of a Windows that is not running as a medium, and what such a Windows sets by itself. Pure."""

from __future__ import annotations

import typing as t

from .._core.effective import comparison
from .._core.findings import Finding
from .._core.medium import Medium
from .._core.patterns import pattern
from .._core.state import Directory, State
from .._core.values import Variables, fold_name
from .._core.wanted import Scope
from .._core.windows import WindowsSyntax, child, with_texts
from .registry_medium import NEW_USERS, RegistryPolicy, RegistryTexts
from .registry_state import PROFILE_CORE

SYSTEM, SOFTWARE, USER = "system", "software", "user"
#: the files that a scope is in: the one with its record first, the one with its variables last
FILES = {
    Scope.MACHINE: (SOFTWARE, SYSTEM),
    Scope.USER: (USER,),
    Scope.DEFAULT_USER: (SOFTWARE, USER),
}
#: the key of SOFTWARE that says where programs are
CURRENT_VERSION = r"Microsoft\Windows\CurrentVersion"
#: where Windows itself is, in an image
DRIVE = "C:"
_CURRENT = pattern(r"0x[0-9a-fA-F]{1,3}\Z")


#: keys at the root of each file, of which it has one, and what the file is called
_ROOTS = {
    SYSTEM: ("SYSTEM", ("Select",)),
    SOFTWARE: ("SOFTWARE", ("Microsoft",)),
    USER: ("NTUSER.DAT", ("Environment", "Software")),
}


def of_other_kind(file: str, path: str, root: t.Iterable[str]) -> Finding | None:
    """That a file is not the one of a registry that it was given for; None for one that is. root: its keys."""
    there = {fold_name(name) for name in root}
    name, keys = _ROOTS[file]
    if any(fold_name(key) in there for key in keys):
        return None
    others = [known for known, keys in _ROOTS.values() if any(fold_name(key) in there for key in keys)]
    looks = f", and is rather a {others[0]}" if others else ""
    return Finding.of(
        "hive_of_other_kind",
        f"{path} is not a {name}: it has no key {' or '.join(keys)}{looks}.",
        "Name SYSTEM and SOFTWARE of Windows\\System32\\config, and the NTUSER.DAT of a profile.",
        file,
    )


def control_set(current: str) -> str:
    """The control set in use; empty where Select\\Current, as reg.exe prints it, does not say it."""
    return f"ControlSet{int(current, 16):03d}" if _CURRENT.match(current) else ""


def no_control_set(path: str, current: str) -> Finding:
    what = f"names {current}, and there is no such key" if current else "is not there"
    return Finding.of(
        "hive_damaged",
        rf"{path} does not say which of its control sets is in use: Select\Current {what}.",
        "Name the file SYSTEM of a Windows that was started at least once, or of its installation image.",
    )


def without_path(path: str, key: str, is_there: bool) -> Finding:
    """That a SYSTEM has no Path, as that of every Windows has. key: of the machine's variables. is_there: the key."""
    what = f"no Path in its key {key}" if is_there else f"no key {key}"
    return Finding.of(
        "hive_without_path",
        f"{path} has {what}. Every Windows has one, so its machine's variables count as not read.",
        "Name the SYSTEM of a Windows that can be started. Where Path was deleted, load the file on Windows (reg "
        r"load) and set it again: by default it is %SystemRoot%\system32;%SystemRoot%;%SystemRoot%\System32\Wbem.",
        SYSTEM,
    )


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

    unread_user = (
        "No user's scope was read, so what users hide of the machine's is not known.",
        "Look at the scopes of users, too (scope: user, scope: default_user).",
    )
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


#: that a change in such a Windows was not verified
NOT_ASKED = Finding.of(
    "go_not_checked",
    "This Windows is not running, so its go was not asked.",
    "go env in a new session shows it once that Windows is started.",
)


def missing_on_path(state: State, look_up: t.Callable[[t.Sequence[str]], dict[str, Directory]]) -> list[Finding]:
    """The directories on the machine's PATH that are not there, those that are managed apart."""
    medium, variables = state.medium, state.in_scope(Scope.MACHINE)
    known = comparison(state, Scope.MACHINE, variables)
    managed = {medium.syntax.fold_path(entry, known) for _role, entry in state.record.entries}
    entries = {
        entry: medium.syntax.directory_of(entry, known)
        for entry in medium.syntax.split_path(variables.text("PATH"))
        if medium.syntax.fold_path(entry, known) not in managed
    }
    found = look_up([place for place in entries.values() if medium.syntax.can_look_up(place)])
    return [
        Finding.of(
            "missing_path_entry",
            f"The machine's PATH holds {entry}, which is not in the image: whoever may make it puts programs in front "
            f"of everybody's (CWE-427).",
            "Take it out; stale_path_entries: remove does it where it was an SDK's.",
            entry,
        )
        for entry, place in entries.items()
        if place in found and found[place].exists is False
    ]
