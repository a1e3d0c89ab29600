# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host: where files, programs and accounts come from. What runs on it is written once, for every host."""

from __future__ import annotations

import typing as t

from .files import Files

if t.TYPE_CHECKING:
    from .._core.account import Account


class Accounts(t.Protocol):
    """The accounts of a host."""

    def own(self) -> Account:
        """The account that the session runs as."""

    def named(self, user: str | None) -> Account:
        """The account of that name, or SID; without one that of the session. Raises Blocked when there is none."""

    def ordinary(self) -> Account | None:
        """An account without rights, by which is seen what everybody sees; None where there is none."""


class Platform(t.NamedTuple):
    """The kind of a host. family: posix or windows. os, arch: its GOOS and GOARCH, empty where they are not known."""

    family: str
    os: str = ""
    arch: str = ""


class Host(t.Protocol):
    """This machine, a Windows host over a transport, a distro through its host, or an image on a disk.

    platform: see `Platform`. environ: the environment of the session. accounts: see `Accounts`.
    """

    platform: Platform
    environ: t.Mapping[str, str]
    accounts: Accounts

    def files(self, account: Account | None = None) -> Files:
        """The files of the host, acted on as the session's account, or with the rights of that one."""
