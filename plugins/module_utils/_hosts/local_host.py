# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""This POSIX machine, as a host."""

from __future__ import annotations

import typing as t

from .._core.account import Platform
from .._core.posix import POSIX, expand_home
from .accounts import LocalAccounts
from .local import LocalFiles
from .posix_scope import native

if t.TYPE_CHECKING:
    from .._core.account import Account
    from .programs import Programs
    from .user_scope import UserScope


class LocalHost:
    """See `Host`."""

    syntax = POSIX

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

    def user_scope(self, user: str | None) -> UserScope:
        from .posix_user_scope import user_scope_on  # only a run that is about a user scope needs it

        return user_scope_on(self, user)

    def references(self, text: str) -> list[str]:
        return []

    def written_out(self, text: str, user: str | None) -> str:
        return expand_home(text, self.accounts.named(user).home)

    def read_by_others(self, paths: t.Sequence[str], account: Account) -> set[str]:
        """A file that is made is for everybody."""
        files = self.files(account)
        return files.readable(paths) | (set(paths) - files.present(paths))

    def packages(self, account: Account) -> tuple[str, ...]:
        return ()
