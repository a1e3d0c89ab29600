# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""This POSIX machine, as a host."""

from __future__ import annotations

import typing as t

from .._core.account import Platform
from .._core.posix import POSIX, expand_home
from .._go import names
from .accounts import LocalAccounts
from .local import LocalFiles
from .posix_scope import SHELL, Directories, native, needs_root, start_files

if t.TYPE_CHECKING:
    from .._core.account import Account
    from .programs import Programs
    from .user_scope import UserScope

_OF_GO = sorted(names.KNOWN | {"GOROOT", "GOPATH", "GOBIN"})


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
        from .._go.gosettings import PROCESS  # only a run that is about a user scope needs these
        from .user_scope import UserScope

        account, session = self.accounts.named(user), self.accounts.own()
        directories = Directories.of(account, self.environ)
        own = self.environ if account.own else {}
        found = self.files(account).read(list(directories.sources.values()))
        variables, path = start_files({scope: found[file].data for scope, file in directories.sources.items()})
        process = {name: own[name] for name in _OF_GO if own.get(name)}
        places = {name: own[name] for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME") if own.get(name)}
        hidden = {name: text for name, text in process.items() if variables.get(name) != text}
        return UserScope(
            session,
            account,
            account.name,
            {"HOME": account.home, **places, **variables, **process},
            ((SHELL, variables), (PROCESS, hidden)),
            tuple(entry for entry, _scope in path),
            directories.records,
            obstacles=()
            if account.own or session.elevated
            else (needs_root(f"What belongs to {account.name}", session),),
            native=self.platform.native,
        )

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
