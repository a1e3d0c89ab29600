# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""go_sdk_info on a POSIX host: from options to a result."""

from __future__ import annotations

import os
import typing as t

from .._core.account import Account
from .._core.errors import DevboxError, ReadError, WantedError
from .._core.masker import Masker
from .._core.medium import MACHINE
from .._core.posix import POSIX, expand_home
from .._formats import goenv
from .._go import gosettings
from .._go.sdks import Platform, inventory, processor
from .._hosts.accounts import LocalAccounts, acting_as
from .._hosts.posix_scope import LOGIN_PATH, Directories, start_files
from .._media.sdks_posix import Where, look, small
from .options import failure
from .sdk_result import Project, Settings, to_result, with_project

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "user": {"type": "str"},
    "search": {"type": "list", "elements": "str", "default": []},
    "project": {"type": "str"},
}

SESSION, LOGIN = "session", "login"
_OF_PLACES = ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "MISE_DATA_DIR", "ASDF_DATA_DIR", "GOENV_ROOT", "GVM_ROOT")
_OF_GO = ("GOROOT", "GOPATH", "GOBIN", "GOMODCACHE", "GOTOOLCHAIN", "GOENV", "GOWORK")


def run(params: t.Mapping[str, t.Any], environ: t.Mapping[str, str], darwin: bool, top: str = "") -> dict[str, t.Any]:
    """One run of go_sdk_info on this host: its result, `failed` with a message for people when it could not be done.

    top: what stands for `/` in the places that are the same on every host.
    """
    try:
        masked: dict[str, t.Any] = Masker(params, environ).result(answer(params, environ, darwin, top))
        return masked
    except DevboxError as error:
        return failure(error, params, environ)


def answer(
    params: t.Mapping[str, t.Any], environ: t.Mapping[str, str], darwin: bool, top: str = ""
) -> dict[str, t.Any]:
    """The result as it is, for a run that works with it: nothing in it is masked. Raises DevboxError."""
    account = LocalAccounts(environ).named(params["user"])
    search = _full("search", params["search"], account.home)
    project = _full("project", [params["project"]] if params["project"] else [], account.home)
    with acting_as(None if account.own else account):
        return _told(account, environ, darwin, search, project, top)


def _full(option: str, paths: t.Iterable[str], home: str) -> list[str]:
    """Full paths. Raises WantedError for one that is none."""
    out = []
    for path in paths:
        text = expand_home(path, home)
        problem = POSIX.path_problem(text)
        if problem:
            raise WantedError(f"{option}: {path!r} {problem}")
        out.append(os.path.normpath(text))
    return out


def _told(
    account: Account,
    environ: t.Mapping[str, str],
    darwin: bool,
    search: t.Sequence[str],
    project: t.Sequence[str],
    top: str,
) -> dict[str, t.Any]:
    platform = this_platform(darwin)
    shell, path = _start_files(account, environ, top)
    own = environ if account.own else {}
    environment = {"HOME": account.home, **{name: own[name] for name in _OF_PLACES if own.get(name)}, **shell}
    environment.update({name: own[name] for name in _OF_GO if own.get(name)})
    settings = Settings(environment, "environment", _go_env_file(account, darwin, environment))
    where = _where(account, settings, path, search, top)
    seen = look(where, platform)
    found = inventory(seen)
    go_env = next((item.go_env for item in seen.found if found.go and item.root == found.go.root), None)
    shipped = goenv.parse(go_env).as_go_reads if go_env else {}
    layer, gotoolchain = settings.gotoolchain(found.go.version if found.go else None, shipped)
    result = to_result(found, platform, (layer, gotoolchain), account.name)
    if project:
        gowork = settings.text("GOWORK")
        return with_project(result, _project(project[0], gowork), found, gotoolchain, gowork, windows=False)
    return result


def this_platform(darwin: bool) -> Platform | None:
    """(GOOS, GOARCH) of this host, None for a processor that Go has no name for."""
    system = os.uname()
    arch = processor(system.machine)
    return ("darwin" if darwin else system.sysname.lower(), arch) if arch else None


def _start_files(
    account: Account, environ: t.Mapping[str, str], top: str
) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """The variables that this collection's start files set, and the effective PATH: (entry, scope).

    Under them lies the PATH of this session, when it is that person's, or what a login begins with.
    """
    inherited = environ.get("PATH", "") if account.own else ""
    sources = Directories.of(account, environ).sources
    return start_files(
        {scope: small(f"{top if scope == MACHINE else ''}{path}") for scope, path in sources.items()},
        (SESSION, inherited) if inherited else (LOGIN, LOGIN_PATH),
    )


def _go_env_file(account: Account, darwin: bool, environment: t.Mapping[str, str]) -> dict[str, str]:
    path, _reason = gosettings.goenv_path("darwin" if darwin else "posix", account.home, environment)
    data = small(path) if path else None
    return dict(goenv.parse(data).as_go_reads) if data else {}


def _where(
    account: Account, settings: Settings, path: list[tuple[str, str]], search: t.Sequence[str], top: str
) -> Where:
    gopaths = [entry for entry in (settings.text("GOPATH") or f"{account.home}/go").split(":") if entry.startswith("/")]
    gobin = settings.text("GOBIN")
    gobins = (
        (gobin, *(f"{entry}/bin" for entry in gopaths))
        if gobin.startswith("/")
        else tuple(f"{entry}/bin" for entry in gopaths)
    )
    modcache = settings.text("GOMODCACHE") or (f"{gopaths[0]}/pkg/mod" if gopaths else "")
    goroot = settings.text("GOROOT")
    return Where(
        account.home,
        settings.environment,
        gobins,
        modcache if modcache.startswith("/") else None,
        tuple(path),
        ((goroot, "GOROOT"),) if goroot.startswith("/") else (),
        tuple(search),
        top,
    )


def _project(root: str, gowork: str) -> Project:
    """The tree of a project. Raises ReadError when it is none."""
    from .._hosts.gotree import scan  # only a run about a project needs it

    try:
        tree = scan(root, gowork)
    except OSError as error:
        raise ReadError(
            f"project: {root} cannot be read: {error.strerror}.",
            "Name a directory on the host that this account, or user, may read.",
        ) from error
    return Project(tree.root, tree.mods, tree.works, tree.apart, tuple((item.path, item.why) for item in tree.unread))
