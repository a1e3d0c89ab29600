# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An account of a host, and what kind of host it is, of any family. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace


class Platform(t.NamedTuple):
    """The kind of a host. family: posix or windows. os, arch: its GOOS and GOARCH, empty where they are not known."""

    family: str
    os: str = ""
    arch: str = ""

    @property
    def native(self) -> tuple[str, str]:
        return self.os, self.arch


@dataclass(frozen=True)
class Account:
    """An account, as far as its host says."""

    #: the uid as a decimal number, or the SID; empty where it is not known
    id: str
    #: the name; on Windows with the domain
    name: str
    #: root, or a token that is high or system
    elevated: bool = False
    #: the home directory, or the directory of the profile; empty where it is not known
    home: str = ""
    #: the login shell, on POSIX hosts
    shell: str = ""
    #: the gid as a decimal number, on POSIX hosts
    group: str = ""
    #: the session runs as this account
    own: bool = True

    def at(self, home: str) -> Account:
        """The same account with another home."""
        return replace(self, home=home)
