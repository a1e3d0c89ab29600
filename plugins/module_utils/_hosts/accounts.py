# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The accounts of this POSIX host."""

from __future__ import annotations

import contextlib
import os
import pwd
import typing as t

from .._core.account import Account
from .._core.errors import Blocked
from .._core.findings import Finding

FIRST_PERSON = 500  # uids of people begin here on macOS, at 1000 on Linux


class LocalAccounts:
    """See `Accounts`. What is their own is where the environment of the session says, else the password database."""

    def __init__(self, environ: t.Mapping[str, str]) -> None:
        self._environ = environ
        self._own: Account | None = None

    def own(self) -> Account:
        """Its home is `$HOME` where that is a directory of its own, else what the password database says."""
        if self._own is None:
            self._own = _own(self._environ)
        return self._own

    def named(self, user: str | None) -> Account:
        found = self.any(user)
        if not os.path.isdir(found.home):
            raise _no_account(
                f"The account {found.name} has no home directory: {found.home or 'none is named'} is none.",
                "Make it first.",
                found.name,
            )
        return found

    def any(self, user: str | None) -> Account:
        """As `named`, also where there is no home."""
        found = self.own()
        if user is not None and user != found.name:
            try:
                entry = pwd.getpwnam(user)
            except (KeyError, ValueError) as error:
                raise _no_account(
                    f"This host has no account {user}.", "Make it first, or correct user.", user
                ) from error
            found = _of(entry, own=str(entry.pw_uid) == found.id)
        return found

    def ordinary(self) -> Account | None:
        """Nobody, else the first account of a person."""
        try:
            entry: pwd.struct_passwd | None = pwd.getpwnam("nobody")
        except KeyError:
            people = (found for found in pwd.getpwall() if found.pw_uid >= FIRST_PERSON)
            entry = min(people, key=lambda found: found.pw_uid, default=None)
        return _of(entry, own=False) if entry is not None and entry.pw_uid else None


def _own(environ: t.Mapping[str, str]) -> Account:
    uid = os.geteuid()
    try:
        found = _of(pwd.getpwuid(uid), own=True)
    except KeyError:
        found = Account(str(uid), str(uid), elevated=not uid, group=str(os.getegid()))
    home = environ.get("HOME", "")
    if os.path.isabs(home):
        with contextlib.suppress(OSError):
            if os.stat(home).st_uid == uid:
                return found.at(os.path.normpath(home))
    return found


def _of(entry: pwd.struct_passwd, own: bool) -> Account:
    return Account(
        str(entry.pw_uid),
        entry.pw_name,
        elevated=not entry.pw_uid,
        home=entry.pw_dir,
        shell=entry.pw_shell,
        group=str(entry.pw_gid),
        own=own,
    )


def _no_account(message: str, advice: str, subject: str) -> Blocked:
    return Blocked([Finding.of("unknown_account", message, advice, subject)])


@contextlib.contextmanager
def acting_as(account: Account | None) -> t.Iterator[None]:
    """With the rights of that account, when this process is root and it is another: what a user owns can lead nobody
    elsewhere.
    """
    if account is None or os.geteuid() != 0 or int(account.id) == 0:
        yield
        return
    uid, gid = int(account.id), int(account.group)
    own_gid, groups = os.getegid(), os.getgroups()
    os.setgroups(os.getgrouplist(account.name, gid))
    os.setegid(gid)
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(own_gid)
        os.setgroups(groups)
