# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The scopes of a POSIX host: where an account keeps its settings, and what start files of this collection set."""

from __future__ import annotations

import os
import posixpath
import sys
import typing as t

from .._core.findings import Finding
from .._core.medium import DEFAULT_USER, MACHINE, USER
from .._core.posix import INHERITED, SEPARATOR, SYSTEM_DIRECTORIES
from .._core.processors import processor

if t.TYPE_CHECKING:
    from .._core.account import Account

#: the PATH a login starts from, where nobody says more: what a `go` of the system itself would be found by
LOGIN_PATH = SEPARATOR.join(SYSTEM_DIRECTORIES)


#: the layer of what start files set
SHELL = "shell"

#: the directory of the ledgers of the machine scope
RECORDS = "/var/lib/gopher.devbox"

#: the same for the template of new users
TEMPLATE_RECORDS = f"{RECORDS}/{DEFAULT_USER}"

#: the home that those of new users are copied from
TEMPLATE = "/etc/skel"

#: the file that holds a scope's values, below /etc or a person's directory of settings
SOURCE = "gopher-devbox/env.sh"


def source_of(system: bool, config: str) -> str:
    """The file that holds a scope's values. config: the person's directory of settings, as XDG has it."""
    return f"/etc/{SOURCE}" if system else f"{config}/{SOURCE}"


def native(darwin: bool) -> tuple[str, str]:
    """GOOS and GOARCH of this host, empty where they are not known."""
    system = "darwin" if darwin else "linux" if sys.platform.startswith("linux") else ""
    return system, processor(os.uname().machine)


class Directories(t.NamedTuple):
    """Where an account keeps what is its own: XDG's directories of settings and of state, and zsh's where it has one.

    They are those of the environment for the account of the session, the default ones for another.
    """

    config: str
    state: str
    zdotdir: str | None = None

    @classmethod
    def of(cls, account: Account, environ: t.Mapping[str, str]) -> Directories:
        own = environ if account.own else {}

        def directory(name: str, default: str) -> str:
            given = own.get(name, "")
            return posixpath.normpath(given) if given.startswith("/") else posixpath.join(account.home, default)

        zdotdir = own.get("ZDOTDIR", "")
        return cls(
            directory("XDG_CONFIG_HOME", ".config"),
            directory("XDG_STATE_HOME", ".local/state"),
            posixpath.normpath(zdotdir) if zdotdir.startswith("/") else None,
        )

    @property
    def records(self) -> str:
        """The directory of the ledgers of the user scope."""
        return f"{self.state}/gopher.devbox"

    @classmethod
    def of_template(cls) -> Directories:
        """Those that new users have, in the home that is copied. What is recorded of it is not in there: see
        `TEMPLATE_RECORDS`.
        """
        return cls(f"{TEMPLATE}/.config", f"{TEMPLATE}/.local/state")

    @property
    def sources(self) -> dict[str, str]:
        """The file that holds a scope's values, by scope, the machine's first."""
        return {MACHINE: source_of(True, self.config), USER: source_of(False, self.config)}


def start_files(
    sources: t.Mapping[str, bytes | None], inherited: tuple[str, str] = ("login", LOGIN_PATH)
) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """What start files of this collection give a login: variables, and the entries of PATH, each with the scope or the
    layer that sets it.

    sources: the bytes of the files with the values of the scopes, the machine's first. inherited: the PATH under them,
    as (layer, text).

    What is wrong with such a file go_rcfile reports; it counts for nothing here.
    """
    variables: dict[str, str] = {}
    layer, text = inherited
    path = [(entry, layer) for entry in text.split(SEPARATOR) if entry]
    for scope, data in sources.items():
        if data is None:
            continue
        from .._formats.shellenv import parse_source  # only a host that go_rcfile manages needs it

        try:
            found = parse_source(data.decode("utf-8"))
        except ValueError:
            continue
        variables.update(found.variables)
        if found.path:
            path = [pair for entry in found.path for pair in (path if entry == INHERITED else [(entry, scope)])]
    first: dict[str, tuple[str, str]] = {}
    for entry, scope in path:
        first.setdefault(entry, (entry, scope))
    return variables, list(first.values())


def needs_root(what: str, session: Account, instead: str = "") -> Finding:
    """What is not this session's to change."""
    return Finding.of(
        "not_root",
        f"{what} needs root, and this session is {session.name}'s.",
        f"Set become: true{instead}.",
        session.name,
    )
