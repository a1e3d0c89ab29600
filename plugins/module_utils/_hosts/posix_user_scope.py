# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The user scope of an account of a POSIX host: what the start files of this collection and its session set."""

from __future__ import annotations

import typing as t

from .._go import names
from .._go.gosettings import PROCESS
from .posix_scope import SHELL, Directories, needs_root, start_files
from .user_scope import UserScope

if t.TYPE_CHECKING:
    from .host import Host

_OF_GO = sorted(names.KNOWN | {"GOROOT", "GOPATH", "GOBIN"})


def user_scope_on(host: Host, user: str | None) -> UserScope:
    """The scope of the account of that name; without one that of the session. See `Host.user_scope`."""
    account, session = host.accounts.named(user), host.accounts.own()
    directories = Directories.of(account, host.environ)
    own = host.environ if account.own else {}
    found = host.files(account).read(list(directories.sources.values()))
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
        obstacles=() if account.own or session.elevated else (needs_root(f"What belongs to {account.name}", session),),
        native=host.platform.native,
    )
