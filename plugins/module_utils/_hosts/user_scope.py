# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The user scope of an account on a host, of any family. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

if t.TYPE_CHECKING:
    from .._core.account import Account
    from .._core.findings import Finding


@dataclass(frozen=True)
class UserScope:
    """The user scope of one account: what a new process of that account has, as far as the host's own settings say, and
    where things of the account are.
    """

    #: the account that the session runs as
    session: Account
    #: the account whose scope it is
    account: Account
    #: what results call that account: its name, on Windows its SID
    owner: str
    #: the environment of a new process
    environment: t.Mapping[str, str]
    #: what of it somebody set: texts of layers by name, the lowest first
    layers: tuple[tuple[str, t.Mapping[str, str]], ...] = ()
    #: the directories of the effective PATH
    path: tuple[str, ...] = ()
    #: the directory of the records of what was changed for that account
    records: str = ""
    #: %LOCALAPPDATA% of that account, on Windows
    local: str = ""
    #: what stands in the way of any change of what belongs to that account
    obstacles: tuple[Finding, ...] = ()
    #: the GOOS and GOARCH of the host, empty where they are not known
    native: tuple[str, str] = ("", "")
