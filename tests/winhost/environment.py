# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Windows makes the environment of a new logon. Written on its own, so that it can disagree with the product."""

from __future__ import annotations

import re

Variables = list[tuple[str, bool, str]]
"""Name, whether it is a REG_EXPAND_SZ, and the value as it is stored; in the registry's order."""

LISTS = ("PATH", "LIBPATH", "OS2LIBPATH")


class Block:
    """An environment that is being made. Names ignore case, and keep the first spelling."""

    def __init__(self) -> None:
        self._values: dict[str, tuple[str, str]] = {}

    def get(self, name: str) -> str | None:
        found = self._values.get(name.upper())
        return found[1] if found else None

    def set(self, name: str, value: str) -> None:
        if not value:
            return
        spelling = self._values.get(name.upper(), (name, ""))[0]
        self._values[name.upper()] = (spelling, value)

    def append(self, name: str, value: str) -> None:
        before = self.get(name)
        self.set(name, value if not before else before + ("" if before.endswith(";") else ";") + value)

    def copy(self) -> Block:
        other = Block()
        other._values = dict(self._values)
        return other

    def expand(self, text: str) -> str:
        """A name that is not set stays as it is written."""
        return re.sub(r"%([^%]+)%", lambda match: match[0] if (found := self.get(match[1])) is None else found, text)

    def as_dict(self) -> dict[str, str]:
        return dict(sorted(self._values.values(), key=lambda item: item[0].upper()))


def compose(
    machine: Variables,
    user: Variables,
    volatile: Variables,
    *,
    computer: str,
    user_name: str,
    domain: str,
    profile: str,
) -> dict[str, str]:
    block = Block()
    for name, value in system_variables(computer).items():
        block.set(name, value)
    _scope(block, machine, joins=False)
    for name, value in core_variables(user_name, domain, profile).items():
        block.set(name, value)
    _scope(block, user, joins=True)
    _scope(block, volatile, joins=False)
    return block.as_dict()


def _scope(block: Block, variables: Variables, *, joins: bool) -> None:
    """First the plain values, then those to expand. An expansion sees what was there before its step, not what the same
    step sets.
    """
    for expands in (False, True):
        before = block.copy()
        for name, kind, value in variables:
            if kind is not expands:
                continue
            text = before.expand(value) if expands else value
            if joins and name.upper() in LISTS and text:
                block.append(name, text)
            else:
                block.set(name, text)


def system_variables(computer: str) -> dict[str, str]:
    return {
        "SystemDrive": "C:",
        "SystemRoot": r"C:\Windows",
        "ALLUSERSPROFILE": r"C:\ProgramData",
        "ProgramData": r"C:\ProgramData",
        "PUBLIC": r"C:\Users\Public",
        "COMPUTERNAME": computer,
        "ProgramFiles": r"C:\Program Files",
        "ProgramFiles(x86)": r"C:\Program Files (x86)",
        "ProgramW6432": r"C:\Program Files",
        "CommonProgramFiles": r"C:\Program Files\Common Files",
        "CommonProgramFiles(x86)": r"C:\Program Files (x86)\Common Files",
        "CommonProgramW6432": r"C:\Program Files\Common Files",
    }


def core_variables(user_name: str, domain: str, profile: str) -> dict[str, str]:
    return {
        "USERPROFILE": profile,
        "APPDATA": rf"{profile}\AppData\Roaming",
        "LOCALAPPDATA": rf"{profile}\AppData\Local",
        "HOMEDRIVE": profile[:2],
        "HOMEPATH": profile[2:],
        "USERNAME": user_name,
        "USERDOMAIN": domain,
    }
