# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""This POSIX host, as an audit sees it. No program of it is started."""

from __future__ import annotations

import os
import typing as t

from .._core.posix import INHERITED, POSIX
from .._core.values import Variables
from .._core.wanted import Scope, Wanted
from .._go.audit import Held, Origin, SeenMedium
from .._go.gosettings import FILE, GO_ENV
from .._hosts.accounts import acting_as
from .._hosts.local_host import LocalHost
from .._hosts.posix_scope import LOGIN_PATH, Directories
from .._hosts.seen_files import SeenFile, SeenFiles
from .._hosts.user_scope import UserScope
from .audit import AuditQuery, DirectoryFacts, Seen, SeenPath
from .goenvfile import GoEnvStore
from .goenvfile_medium import ON_POSIX
from .rcfiles import RcStore
from .sdks import GoSettings
from .sdks_posix import LOGIN, PosixSdks
from .startfile_medium import START_FILES

if t.TYPE_CHECKING:
    from .._core.account import Account
    from .._core.findings import Finding
    from .._core.state import State

_WSL = "/proc/sys/kernel/osrelease"


class AuditHost(LocalHost):
    """This machine, of which each file is read once. top: the directory that is used as `/`."""

    def __init__(self, environ: t.Mapping[str, str], darwin: bool, top: str = "") -> None:
        super().__init__(environ, darwin)
        self.top, self.darwin = top, darwin
        self._files: dict[str | None, SeenFiles] = {}

    def files(self, account: Account | None = None) -> SeenFiles:
        owner = None if account is None or account.own else account
        key = owner.id if owner else None
        if key not in self._files:
            self._files[key] = SeenFiles(owner, self.top)
        return self._files[key]


class PosixAudit:
    """See `audit.AuditedHost`."""

    family, syntax = POSIX.family, POSIX

    def __init__(self, host: AuditHost) -> None:
        self._host = host

    def see(self, query: AuditQuery) -> Seen:
        host = self._host
        account = host.accounts.named(query.user)
        files = host.files(account)
        machine, user = self._start_files(Scope.MACHINE, account), self._start_files(Scope.USER, account)
        environment, path = _composed(machine, user, files.see(Directories.of(account, host.environ).sources.values()))
        settings, store = self._settings(account, environment, path)
        found = GoSettings(
            {"HOME": account.home, **{name: held[0].text for name, held in environment.items()}},
            "environment",
            {name: value.data for name, value in _file_layer(settings).items()},
        )
        with acting_as(None if account.own else account):
            sdks = PosixSdks(host.environ, host.darwin, host.top).found(
                account, found, [(place.entry, place.layer) for place in path], (), query.project
            )
        return Seen(
            host=os.uname().nodename,
            user=account.name,
            home=account.home,
            native=host.platform.native,
            media=tuple(self._media(account, store)),
            environment=environment,
            settings=settings,
            origins={
                layer: _origin(place, files.see([place])[place])
                for layer, place in ((FILE, store.path), (GO_ENV, store.go_env))
                if place
            },
            lines={},
            exposed=bool(store.path) and files.see([store.path])[store.path].is_exposed,
            path=path,
            path_length=len(POSIX.separator.join(place.entry for place in path)),
            sdks=sdks,
            wsl=b"microsoft" in files.see([_WSL])[_WSL].data.lower(),
            noticed=(*_noticed(machine, "machine"), *_noticed(user, "user"), *_noticed(settings, FILE)),
            measured=self._measured(account, path, query.project or "") if query.measure else {},
            known=(host.environ,),
        )

    def _measured(self, account: Account, path: t.Sequence[SeenPath], project: str) -> dict[str, float]:
        """How many milliseconds a shell takes longer with each mode."""
        from . import measuring  # only a run that measures needs it

        return measuring.measured(self._host, account, [place.entry for place in path], project)

    def look(self, directories: t.Mapping[str, str]) -> t.Mapping[str, DirectoryFacts]:
        return {path: DirectoryFacts(os.path.isdir(self._host.top + path)) for path in directories}

    def _start_files(self, scope: Scope, account: Account) -> State:
        """What go_rcfile reads of a scope."""
        store = RcStore(self._host, self._host.accounts.own() if scope is Scope.MACHINE else account)
        return store.read(Wanted(START_FILES, scope))

    def _settings(
        self, account: Account, environment: t.Mapping[str, tuple[Held, ...]], path: t.Sequence[SeenPath]
    ) -> tuple[State, GoEnvStore]:
        """The go env file, and what is below it."""
        scope = UserScope(
            self._host.accounts.own(),
            account,
            account.name,
            {"HOME": account.home, **{name: held[0].text for name, held in environment.items()}},
            path=tuple(place.directory for place in path if place.directory),
            records=Directories.of(account, self._host.environ).records,
            native=self._host.platform.native,
        )
        store = GoEnvStore(self._host, scope)
        return store.read(Wanted(ON_POSIX, Scope.USER)), store

    def _media(self, account: Account, store: GoEnvStore) -> t.Iterator[SeenMedium]:
        files = self._host.files(account)
        places = [
            *(
                ("start files", scope, place)
                for scope, place in Directories.of(account, self._host.environ).sources.items()
            ),
            ("go env file", "user", store.path),
            ("go.env", "machine", store.go_env or ""),
        ]
        for medium, scope, place in places:
            if place:
                found = files.see([place])[place]
                yield SeenMedium(medium, scope, place, found.state, found.reason)


def _composed(
    machine: State, user: State, sources: t.Mapping[str, SeenFile]
) -> tuple[dict[str, tuple[Held, ...]], tuple[SeenPath, ...]]:
    environment: dict[str, tuple[Held, ...]] = {}
    path = [SeenPath(entry, POSIX.directory_of(entry, {}), LOGIN, "machine") for entry in LOGIN_PATH.split(":")]
    for (place, found), state in zip(sources.items(), (machine, user)):
        scope, variables = state.target.value, state.variables
        origin = _origin(place, found)
        for name, value in variables.items():
            if not START_FILES.is_path(name):
                held = Held(scope, scope, value.data, managed=True, exposed=found.is_exposed, origin=origin)
                environment[name] = (held, *environment.get(name, ()))
        path = _with_path(path, variables, scope)
    return environment, tuple(path)


def _with_path(path: list[SeenPath], variables: Variables, scope: str) -> list[SeenPath]:
    out: list[SeenPath] = []
    for entry in POSIX.split_path(variables.text("PATH")) or [INHERITED]:
        out += path if entry == INHERITED else [SeenPath(entry, POSIX.directory_of(entry, {}), scope, scope, True)]
    return out


def _origin(place: str, found: SeenFile) -> Origin:
    return Origin(place, None, found.owner, found.mode, found.mtime)


def _file_layer(settings: State) -> Variables:
    return next((layer.variables for layer in settings.layers if layer.name == FILE), Variables())


def _noticed(state: State, layer: str) -> t.Iterator[tuple[Finding, str]]:
    return ((finding, layer) for finding in state.noticed)
