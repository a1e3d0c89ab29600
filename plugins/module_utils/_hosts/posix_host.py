# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What POSIX hosts have in common, wherever they are."""

from __future__ import annotations

import typing as t

from .._core.posix import POSIX, expand_home

if t.TYPE_CHECKING:
    from .._core.account import Account
    from .files import PosixFiles
    from .host import Accounts, Host
    from .user_scope import UserScope


class PosixHost:
    """See `Host`."""

    syntax = POSIX

    if t.TYPE_CHECKING:

        @property
        def accounts(self) -> Accounts: ...

        def files(self, account: Account | None = None) -> PosixFiles: ...

    def user_scope(self, user: str | None) -> UserScope:
        from .posix_user_scope import user_scope_on  # only a run that is about a user scope needs it

        return user_scope_on(t.cast("Host", self), user)

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
