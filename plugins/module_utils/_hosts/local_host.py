# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""This POSIX machine, as a host."""

from __future__ import annotations

import typing as t

from .._core.account import Platform
from .._core.posix import POSIX
from .accounts import LocalAccounts
from .local import LocalFiles
from .posix_host import PosixHost
from .posix_scope import native

if t.TYPE_CHECKING:
    from .._core.account import Account
    from .programs import Programs


class LocalHost(PosixHost):
    """See `Host`."""

    accounts: LocalAccounts

    def __init__(self, environ: t.Mapping[str, str], darwin: bool) -> None:
        self.environ = environ
        self.platform = Platform(POSIX.family, *native(darwin))
        self.accounts = LocalAccounts(environ)

    @property
    def programs(self) -> Programs:
        from .programs import LocalPrograms  # only a run that starts programs needs it

        return LocalPrograms()

    def files(self, account: Account | None = None) -> LocalFiles:
        return LocalFiles(None if account is None or account.own else account)
