# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The place of an SDK on this POSIX host: what a path must be, and what names the SDK there."""

from __future__ import annotations

import os
import posixpath
import typing as t

from .._core.account import Account
from .._core.posix import POSIX, expand_home
from .._go.sdk_request import Request
from .._hosts.accounts import LocalAccounts
from .._hosts.sdk_install import Fetch, LocalSdk, leads_into

_LINKS = ("/usr/local/bin/go", "/usr/local/bin/gofmt", "/usr/bin/go")


class PosixPlaces:
    """See `sdk_host.SdkPlaces`: this host. environ: of the session. fetch: fetches an address into a file."""

    def __init__(self, environ: t.Mapping[str, str], fetch: Fetch) -> None:
        self.known = (environ,)
        self._environ, self._fetch = environ, fetch
        self._me = LocalAccounts(environ).own()

    def dest(self, text: str) -> str:
        return expand_home(text, self._me.home)

    def problem_of(self, option: str, text: str) -> str | None:
        return problem_of_dest(text) if option == "dest" else None

    def at(self, request: Request) -> _Place:
        return _Place(request, self._me, self._fetch, self._environ)


class _Place(LocalSdk):
    def __init__(self, request: Request, me: Account, fetch: Fetch, environ: t.Mapping[str, str]) -> None:
        super().__init__(request, me, fetch)
        self._environ = environ

    def references(self) -> list[str]:
        return references(self.request.dest, self._environ)


def problem_of_dest(dest: str) -> str | None:
    """What keeps a place from being an SDK's; None for a good one."""
    problem = POSIX.path_problem(dest)
    if problem:
        return problem
    if posixpath.normpath(dest) != dest or dest.count("/") < 2:
        return (
            "is not a plain path of the SDK's own directory: write it without . and .. and a slash at its end, "
            "and not right below /, such as /usr/local/go."
        )
    return None


def references(dest: str, environ: t.Mapping[str, str]) -> list[str]:
    """Who names the SDK: this session's GOROOT and PATH, the start files that this collection wrote for everybody and
    for each account, links to its go.
    """
    found = [] if not environ.get("GOROOT") or not leads_into(environ["GOROOT"], dest) else ["GOROOT of this session"]
    if _on_path(environ.get("PATH", "").split(":"), dest):
        found.append("PATH of this session")
    for file in _start_files(environ):
        found += [f"{name} in {file}" for name in _named_in(file, dest)]
    return found + [link for link in _LINKS if os.path.islink(link) and leads_into(link, dest)]


def _on_path(entries: t.Iterable[str], dest: str) -> bool:
    return any(entry.startswith("/") and leads_into(entry, dest) for entry in entries)


def _start_files(environ: t.Mapping[str, str]) -> list[str]:
    import pwd

    from .._hosts.posix_scope import source_of

    own = environ.get("XDG_CONFIG_HOME", "")
    homes = dict.fromkeys(entry.pw_dir for entry in pwd.getpwall())
    configs = [own, *(f"{home.rstrip('/')}/.config" for home in homes)]
    return [
        source_of(True, ""),
        *dict.fromkeys(source_of(False, config) for config in configs if config.startswith("/")),
    ]


def _named_in(file: str, dest: str) -> list[str]:
    try:
        with open(file, encoding="utf-8") as content:
            text = content.read()
    except (OSError, ValueError):
        return []
    from .._formats.shellenv import parse_source  # only a host that go_rcfile manages needs it

    try:
        source = parse_source(text)
    except ValueError:
        return ["a line"] if dest in text else []
    goroot = source.variables.get("GOROOT")
    found = ["GOROOT"] if goroot and leads_into(goroot, dest) else []
    return [*found, "PATH"] if _on_path(source.path, dest) else found
