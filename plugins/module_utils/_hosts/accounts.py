# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The accounts of this POSIX host."""

from __future__ import annotations

import contextlib
import os
import pwd
import typing as t

from .._core.errors import Blocked
from .._core.findings import Finding

FIRST_PERSON = 500  # uids of people begin here on macOS, at 1000 on Linux


class Person(t.NamedTuple):
    """An account: its name, ids, home and login shell. `own`: it is the one this process runs as."""

    name: str
    uid: int
    gid: int
    home: str
    shell: str
    own: bool

    @property
    def is_root(self) -> bool:
        return self.uid == 0


def myself(environ: t.Mapping[str, str] | None = None) -> Person:
    """The account of this process. Its home is `$HOME` where that is a directory of its own, else what the password
    database says.
    """
    environ = os.environ if environ is None else environ
    uid = os.geteuid()
    try:
        entry = pwd.getpwuid(uid)
        name, gid, home, shell = entry.pw_name, entry.pw_gid, entry.pw_dir, entry.pw_shell
    except KeyError:
        name, gid, home, shell = str(uid), os.getegid(), "", ""
    given = environ.get("HOME", "")
    if os.path.isabs(given):
        with contextlib.suppress(OSError):
            if os.stat(given).st_uid == uid:
                home = os.path.normpath(given)
    return Person(name, uid, gid, home, shell, True)


def person(user: str | None, me: Person) -> Person:
    """The account called `user`; `me`, that of this process, without one. Raises Blocked when there is none, or it has
    no home.
    """
    found = me
    if user is not None and user != me.name:
        try:
            entry = pwd.getpwnam(user)
        except (KeyError, ValueError) as error:
            raise _no_account(f"This host has no account {user}.", "Make it first, or correct user.", user) from error
        found = Person(entry.pw_name, entry.pw_uid, entry.pw_gid, entry.pw_dir, entry.pw_shell, entry.pw_uid == me.uid)
    if not os.path.isdir(found.home):
        raise _no_account(
            f"The account {found.name} has no home directory: {found.home or 'none is named'} is none.",
            "Make it first.",
            found.name,
        )
    return found


def ordinary() -> Person | None:
    """An account without rights: nobody, else the first one of a person; None where there is neither."""
    try:
        entry: pwd.struct_passwd | None = pwd.getpwnam("nobody")
    except KeyError:
        entry = next(
            (found for found in sorted(pwd.getpwall(), key=lambda found: found.pw_uid) if found.pw_uid >= FIRST_PERSON),
            None,
        )
    return (
        Person(entry.pw_name, entry.pw_uid, entry.pw_gid, entry.pw_dir, entry.pw_shell, False)
        if entry is not None and entry.pw_uid
        else None
    )


def _no_account(message: str, advice: str, subject: str) -> Blocked:
    return Blocked([Finding.of("unknown_account", message, advice, subject)])


@contextlib.contextmanager
def acting_as(who: Person | None) -> t.Iterator[None]:
    """With the rights of that account, when this process is root and it is another: what a user owns can lead nobody
    elsewhere.
    """
    if who is None or who.uid == os.geteuid() or os.geteuid() != 0:
        yield
        return
    gid, groups = os.getegid(), os.getgroups()
    os.setgroups(os.getgrouplist(who.name, who.gid))
    os.setegid(who.gid)
    os.seteuid(who.uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(gid)
        os.setgroups(groups)
