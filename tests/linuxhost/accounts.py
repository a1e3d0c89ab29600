# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The accounts of a host, and the lines that stand for them in its /etc. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

FIRST_UID = 4001
SHELLS = {
    "sh": ("/bin/sh",),
    "bash": ("/bin/bash", "/usr/bin/bash"),
    "zsh": ("/bin/zsh", "/usr/bin/zsh"),
    "fish": ("/usr/bin/fish", "/bin/fish"),
}
"""Where each may lie; the first that is there is the account's."""

ACCOUNTS = ("dev-sh", "dev-bash", "dev-zsh", "dev-fish")
"""A developer for each shell."""


@dataclass(frozen=True)
class Account:
    """Somebody with a home on the host. Its key opens ssh; with `sudo` it may do everything without a password."""

    name: str
    shell: str
    """A name out of SHELLS."""
    sudo: bool = True

    def __post_init__(self) -> None:
        if self.shell not in SHELLS:
            raise ValueError(f"{self.name}: the shell is one of {', '.join(SHELLS)}, not {self.shell!r}")

    @property
    def home(self) -> str:
        return f"/home/{self.name}"


def account(wish: Account | str) -> Account:
    """`dev-zsh` is an account with that shell."""
    return wish if isinstance(wish, Account) else Account(wish, wish.rpartition("-")[2])


@dataclass(frozen=True)
class Member:
    """An account as the system's files know it."""

    account: Account
    uid: int
    shell: str
    """A path."""


def passwd(text: str, members: Iterable[Member]) -> str:
    return _with(
        text,
        {item.account.name: f"{item.uid}:{item.uid}::{item.account.home}:{item.shell}" for item in members},
        password="x",
    )


def group(text: str, members: Iterable[Member]) -> str:
    return _with(text, {item.account.name: f"{item.uid}:" for item in members}, password="x")


def shadow(text: str, members: Iterable[Member]) -> str:
    """No password fits; an account is not locked either, which sshd would refuse."""
    return _with(text, {item.account.name: "19000:0:99999:7:::" for item in members}, password="*")


def gshadow(text: str, members: Iterable[Member]) -> str:
    return _with(text, {item.account.name: ":" for item in members}, password="!")


def sudoers(members: Iterable[Member]) -> str:
    return "".join(f"{item.account.name} ALL=(ALL:ALL) NOPASSWD: ALL\n" for item in members if item.account.sudo)


def _with(text: str, entries: dict[str, str], password: str) -> str:
    kept = [line for line in text.splitlines() if line.partition(":")[0] not in entries]
    return "\n".join([*kept, *(f"{name}:{password}:{rest}" for name, rest in entries.items())]) + "\n"
