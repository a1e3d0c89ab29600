# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Windows host over a transport: who its accounts are, and what they have, its registry says."""

from __future__ import annotations

import contextlib
import functools
import typing as t

from .._core.account import Account, Platform
from .._core.effective import effective
from .._core.errors import ReadError
from .._core.findings import Finding
from .._core.reading import must_be_known
from .._core.state import State
from .._core.wanted import Scope, Wanted
from .._core.windows import WINDOWS, directory_of, expand, is_remote, references, unresolved, with_texts
from .._formats import frames
from .._formats.cmdscript import LOOP, Reference, Script, for_each, quote, sid
from .._hosts import staging
from .._hosts.batch import Inquiry, Question, ask_all
from .._hosts.files import File
from .._hosts.transport import Transport, once_more
from .._hosts.user_scope import UserScope
from .._hosts.windows_files import WindowsFiles, can_reach
from .registry_answers import is_partial, plain_directories
from .registry_live import RegistryStore
from .registry_medium import REGISTRY
from .registry_scripts import reg

LAYER = "registry"
#: the packages of a user, by their full names (unverified: read where it is known to stand, on no real Windows)
_PACKAGES = r"HKU\{sid}_Classes\Local Settings\Software\Microsoft\Windows\CurrentVersion\AppModel\Repository\Packages"
#: where a go env file may be, and the ledger of its changes
OF_GO_ENV = tuple(
    Reference(text) for text in (r"%APPDATA%\go\env", r"%LOCALAPPDATA%\gopher.devbox\goenv.json", "%GOENV%")
)
_SET_BY_SOMEBODY = ("machine", "user", "volatile")


class WindowsHost:
    """See `Host`. It is connected to when it is first asked something, and once."""

    platform = Platform(WINDOWS.family, "windows")
    syntax = WINDOWS
    programs = None

    def __init__(self, connect: t.Callable[[], Transport]) -> None:
        self.environ: t.Mapping[str, str] = {}
        self._connect = connect
        self._transport: Transport | None = None
        self._scopes: dict[str | None, UserScope] = {}
        self._registries: dict[tuple[Scope, str | None], RegistryStore] = {}
        self._files: WindowsFiles | None = None

    def close(self) -> None:
        """End the connection, where there is one. Never raises."""
        if self._transport is not None:
            self._transport.close()

    @property
    def transport(self) -> Transport:
        if self._transport is None:
            self._transport = self._connect()
        return self._transport

    @property
    def accounts(self) -> RegistryAccounts:
        return RegistryAccounts(self)

    def files(self, account: Account | None = None) -> WindowsFiles:
        """What is made is the session's account's, or, where it is private, that account's."""
        if self._files is not None and account is not None and account.own:
            files, self._files = self._files, None
            return files
        return WindowsFiles(self.transport, "" if account is None or account.own else account.id)

    def registry(self, scope: Scope, user: str | None) -> RegistryStore:
        """The registry of the host, for that scope; one that was read ahead, the first time."""
        return self._registries.pop((scope, user), None) or RegistryStore(self.transport)

    def read_ahead(self, wanteds: t.Sequence[Wanted], users: t.Sequence[str | None]) -> None:
        """Read what stores will need, in as few commands as possible.

        wanteds: of registries. users: those whose go env file is read, too. What could not be read so is left to the
        stores, which say why. Raises TransportError, and what a registry itself makes impossible.
        """
        with contextlib.suppress(ReadError):
            self._read_ahead(wanteds, users)

    def _read_ahead(self, wanteds: t.Sequence[Wanted], users: t.Sequence[str | None]) -> None:
        folders = [wanted.scope is Scope.USER and wanted.user in users for wanted in wanteds]
        stores = [RegistryStore(self.transport, folders=has_folders) for has_folders in folders]
        inquiries: list[t.Callable[[], Inquiry[t.Any]]] = [
            functools.partial(store.reading, wanted) for store, wanted in zip(stores, wanteds)
        ]
        files = WindowsFiles(self.transport)
        if None in users:
            places = [place for wanted in wanteds for place in plain_directories(wanted) if can_reach(settings(place))]
            inquiries += [lambda: files.reading_ahead(OF_GO_ENV), lambda: _settings_of_sdks(places)]
        found = ask_all(self.transport, *inquiries)
        states: list[State] = found[: len(stores)]
        if any(is_partial(state) for state in states):
            return
        for store, wanted, state, has_folders in zip(stores, wanteds, states, folders):
            store.use_ahead(wanted, state)
            self._registries[wanted.scope, wanted.user] = store
            if has_folders and state.layer_of(Scope.USER).known:
                self._scopes[wanted.user] = user_scope(state)
            if has_folders and wanted.user is None:
                session = {WINDOWS.fold_name(name): text for name, text in store.process.items()}
                sdks = {path: file for place, file in found[-1].items() for path in _spellings(place)}
                files.use_ahead(found[-2], sdks, session, state.directories)
                self._files = files

    def user_scope(self, user: str | None) -> UserScope:
        if user not in self._scopes:
            wanted = Wanted(REGISTRY, Scope.USER, user=user)
            self._scopes[user] = user_scope(must_be_known(RegistryStore(self.transport, folders=True).read(wanted)))
        return self._scopes[user]

    def references(self, text: str) -> list[str]:
        return references(text)

    def written_out(self, text: str, user: str | None) -> str:
        return written_out(text, self.user_scope(user).environment) if "%" in text else text

    def read_by_others(self, paths: t.Sequence[str], account: Account) -> set[str]:
        return outside(paths, account.home)

    def packages(self, account: Account) -> tuple[str, ...]:
        mark = staging.new_mark()
        key = _PACKAGES.replace("{sid}", sid(account.id))
        script = Script(tuple(frames.framed(mark, "packages", reg("query", key) + " 2>nul")))
        completed = once_more(self.transport, lambda: self.transport.run(script))
        text = (frames.parse(mark, completed.stdout).first("packages") or b"").decode("utf-8", "replace")
        return tuple(line.strip().rpartition("\\")[2] for line in text.splitlines() if "\\" in line)


def _settings_of_sdks(directories: t.Sequence[str]) -> Inquiry[dict[str, File]]:
    """The files of settings of SDKs, by the directories of their go: of these, and of the first on the session's
    PATH.
    """
    mark, place = staging.new_mark(), f"{LOOP}~dp$PATH:i"
    on_path = [
        *frames.framed(mark, "place", f"echo #{place}"),
        *frames.framed(mark, "settings", f'type "{place}..\\go.env" 2>nul'),
    ]
    given = [
        line for path in directories for line in frames.framed(mark, "given", f"type {quote(settings(path))} 2>nul")
    ]
    framed, _completed = yield Question(mark, (for_each(f"{LOOP}i in (go.exe)", on_path), *given))
    found = dict(zip(directories, framed.parts.get("given", ())))
    first = (framed.first("place") or b"").decode("utf-8", "replace").strip()[1:].rstrip("\\")
    if first and first.isascii():
        found[first] = framed.first("settings") or b""
    return {path: File(data or None) for path, data in found.items()}


def settings(directory: str) -> str:
    """The file of settings of the SDK whose go is in that directory."""
    return WINDOWS.child(directory, "..", "go.env")


def _spellings(directory: str) -> tuple[str, str]:
    """How that file is called by who knows the directory of the go, and by who knows GOROOT."""
    return settings(directory), WINDOWS.child(directory.rpartition("\\")[0], "go.env")


class RegistryAccounts:
    """See `Accounts`: of those whose hives are loaded."""

    def __init__(self, host: WindowsHost) -> None:
        self._host = host

    def own(self) -> Account:
        return self._host.user_scope(None).session

    def named(self, user: str | None) -> Account:
        return self._host.user_scope(user).account

    def ordinary(self) -> Account | None:
        """What everybody sees the registry itself says."""
        return None


def user_scope(registry: State) -> UserScope:
    """What the registry says of an account: the environment of a new process of theirs, and where their AppData is."""
    environment = effective(registry)
    values = environment.texts
    home = values.get("USERPROFILE", "")
    local = values.get("LOCALAPPDATA") or (WINDOWS.child(home, "AppData", "Local") if home else "")
    session = registry.account
    own = registry.sid == session.id
    places = (directory_of(entry, {}) for entry in environment.path)
    return UserScope(
        session,
        Account(registry.sid, session.name if own else "", session.elevated if own else False, home, own=own),
        registry.sid,
        values,
        (layer_of_registry(registry),),
        tuple(place for place in places if place and WINDOWS.can_look_up(place)),
        WINDOWS.child(local, "gopher.devbox"),
        local,
        (*(finding for subject, finding in registry.obstacles if not subject), *_obstacles(values, local)),
        registry.native,
    )


def layer_of_registry(registry: State) -> tuple[str, dict[str, str]]:
    """What somebody set there of an account's variables."""
    environment = effective(registry)
    return LAYER, {
        name: text for name, text in environment.texts.items() if environment.layers[name][-1].scope in _SET_BY_SOMEBODY
    }


def _obstacles(values: t.Mapping[str, str], local: str) -> t.Iterator[Finding]:
    for name in ("APPDATA", "LOCALAPPDATA"):
        if is_remote(values.get(name, "")):
            yield Finding.of(
                "file_not_writable",
                f"{name} is {values[name]}, on the network, which this session may not reach.",
                "Run go env -w in theirs.",
                name,
            )
    if not local:
        yield Finding.of(
            "unknown_account",
            "Where that user's AppData is could not be found out.",
            "Let them sign in once.",
            "LOCALAPPDATA",
        )


def written_out(text: str, environment: t.Mapping[str, str]) -> str:
    """A directory of an option, its references replaced by what that user's session has for them.

    Raises ValueError for one that nobody sets.
    """
    known = with_texts(environment)
    left = unresolved(text, known)
    if left:
        raise ValueError(
            " ".join(
                f"{text!r} refers to %{name}%, which nothing sets for that user: write the directory out."
                for name in left
            )
        )
    return expand(text, known)


def outside(paths: t.Sequence[str], home: str) -> set[str]:
    """The files outside of a person's profile, which by what Windows does with new directories others can read."""
    return {
        path
        for path in paths
        if not (home and WINDOWS.is_within(WINDOWS.fold_path(path, {}), WINDOWS.fold_path(home, {})))
    }


def over(run: t.Callable[..., dict[str, t.Any]]) -> t.Callable[..., dict[str, t.Any]]:
    """A runner that takes a host, as one that takes the way to a Windows host, which is closed afterwards."""

    def over_transport(
        params: t.Mapping[str, t.Any], connect: t.Callable[[], Transport], check_mode: bool, diff: bool
    ) -> dict[str, t.Any]:
        with contextlib.closing(WindowsHost(connect)) as host:
            return run(params, host, check_mode, diff)

    return over_transport
