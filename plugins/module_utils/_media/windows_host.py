# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Windows host over a transport: who its accounts are, and what they have, its registry says."""

from __future__ import annotations

import contextlib
import typing as t

from .._core.account import Account, Platform
from .._core.effective import effective
from .._core.findings import Finding
from .._core.reading import must_be_known
from .._core.state import State
from .._core.wanted import Scope, Wanted
from .._core.windows import WINDOWS, directory_of, expand, is_remote, references, unresolved, with_texts
from .._formats import frames
from .._formats.cmdscript import Script, sid
from .._hosts import staging
from .._hosts.transport import Transport, once_more
from .._hosts.user_scope import UserScope
from .._hosts.windows_files import WindowsFiles
from .registry_live import RegistryStore
from .registry_medium import REGISTRY as REGISTRY_MEDIUM
from .registry_scripts import reg

LAYER = "registry"
#: the packages of a user, by their full names (unverified: read where it is known to stand, on no real Windows)
_PACKAGES = r"HKU\{sid}_Classes\Local Settings\Software\Microsoft\Windows\CurrentVersion\AppModel\Repository\Packages"
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
        return WindowsFiles(self.transport, "" if account is None or account.own else account.id)

    def user_scope(self, user: str | None) -> UserScope:
        if user not in self._scopes:
            wanted = Wanted(REGISTRY_MEDIUM, Scope.USER, user=user)
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
