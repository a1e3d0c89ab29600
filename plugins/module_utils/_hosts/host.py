# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host: where files, programs and accounts come from. What runs on it is written once, for every host."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from .._core.account import Account, Platform
    from .._core.medium import Syntax
    from .files import Files
    from .programs import Programs
    from .user_scope import UserScope


class Accounts(t.Protocol):
    """The accounts of a host."""

    def own(self) -> Account:
        """The account that the session runs as."""

    def named(self, user: str | None) -> Account:
        """The account of that name, or SID; without one that of the session. Raises Blocked when there is none."""

    def ordinary(self) -> Account | None:
        """An account without rights, by which is seen what everybody sees; None where there is none."""


class Host(t.Protocol):
    """This machine, a Windows host over a transport, a distro through its host, or an image on a disk.

    platform: see `Platform`. syntax: how its paths are written and compared. environ: the environment of the session.
    accounts: see `Accounts`.
    """

    @property
    def platform(self) -> Platform: ...

    @property
    def syntax(self) -> Syntax: ...

    @property
    def environ(self) -> t.Mapping[str, str]: ...

    @property
    def accounts(self) -> Accounts: ...

    @property
    def programs(self) -> Programs | None:
        """The programs of the host; None where only stores run them, in scripts of theirs."""

    def files(self, account: Account | None = None) -> Files:
        """The files of the host, acted on as the session's account, or with the rights of that one."""

    def user_scope(self, user: str | None) -> UserScope:
        """The scope of the account of that name, or SID; without one that of the session. Raises Blocked when there is
        no such account, ReadError, TransportError.
        """

    def references(self, text: str) -> list[str]:
        """The variables that a directory of an option refers to."""

    def written_out(self, text: str, user: str | None) -> str:
        """A directory of an option with the home or the references in it written out, as that account has them.

        Raises ValueError for one that cannot be, in a whole sentence that begins with the text.
        """

    def read_by_others(self, paths: t.Sequence[str], account: Account) -> set[str]:
        """Those of the files of a project that others than that account can read, once they are made."""

    def packages(self, account: Account) -> tuple[str, ...]:
        """The full names of the packages that the account has from the Store, on Windows."""
