# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Windows that is not running, as an audit sees it: its registry in hive files, and its directories. What only a
process of it would have is not known, such as where the profile of a user to come is.
"""

from __future__ import annotations

import typing as t

from .._core.effective import effective
from .._core.errors import WantedError
from .._core.medium import MACHINE, USER
from .._core.processors import processor
from .._core.record import Record
from .._core.values import fold_name
from .._core.wanted import Scope, Wanted
from .._core.windows import WINDOWS, child, directory_of, expand, fold_path, is_remote, unresolved, with_texts
from .._core.windows_access import is_likely_writable
from .._formats import goenv
from .._go.audit import ABSENT, DAMAGED, DENIED, LIKELY, NO, NOT_LOOKED, READ, UNKNOWN, YES, Held, Origin, SeenMedium
from .._go.gosettings import FILE, GO_ENV
from .._go.sdks import Platform
from .audit import JOURNAL, AuditQuery, DirectoryFacts, Seen, SeenPath, noticed_of
from .audit_registry import REGISTRY_LABEL, WindowsRegistry, environment_of, path_of
from .go_settings import GoSettingsSeen, seen_settings
from .registry_offline import FILES, SOFTWARE, SYSTEM
from .registry_offline import USER as USER_FILE
from .registry_state import PROFILE_CORE
from .sdks import GoSettings, HostSdks, of_host
from .sdks_image import ImageFiles, seen_sdks

if t.TYPE_CHECKING:
    from .._core.findings import Finding
    from .._core.medium import Medium
    from .._core.state import Directory, State
    from .registry_hive import Places

#: the directories of a profile, below it
_FOLDERS = {"USERPROFILE": (), "APPDATA": ("AppData", "Roaming"), "LOCALAPPDATA": ("AppData", "Local")}
#: what a hive is that could not be read, by the finding about it
_STATES = {
    "hive_missing": ABSENT,
    "profile_without_hive": ABSENT,
    "unknown_account": NOT_LOOKED,
    "hive_damaged": DAMAGED,
    "hive_dirty": DAMAGED,
    "hive_unknown_format": DAMAGED,
    "hive_of_other_kind": DAMAGED,
    "hive_without_path": DAMAGED,
}
#: findings of the reading that are about the image, or the host that it is on, and not about a change of it
_NOTICED = frozenset(("hive_left_loaded", "hive_pending"))


class ReadRegistry(t.Protocol):
    """A scope of a registry, as far as it is read. See `_core.store.Store`."""

    def read(self, wanted: Wanted) -> State: ...


class AuditedWindows(t.Protocol):
    """A Windows that is not running, wherever its files are."""

    @property
    def medium(self) -> Medium: ...

    def registry(self, scope: Scope, user: str | None) -> ReadRegistry: ...

    def places(self, scope: Scope, user: str | None) -> Places:
        """Where the parts of a scope are. Raises Blocked where there is no Windows."""

    def look_up(self, directories: t.Sequence[str]) -> t.Mapping[str, Directory]:
        """What is known of directories, by their paths in that Windows."""


class ImageAudit:
    """See `audit.AuditedHost`. name: what a document calls it."""

    family, syntax = WINDOWS.family, WINDOWS

    def __init__(self, host: AuditedWindows, name: str, files: ImageFiles) -> None:
        self._host, self._name, self._files = host, name, files
        self._values: t.Mapping[str, str] = {}

    # --- the whole ---------------------------------------------------------------------------------------------------

    @staticmethod
    def check(query: AuditQuery) -> None:
        """Raises WantedError for what no image has."""
        if query.project or query.measure:
            raise WantedError("project and measure are about a running host: leave them out with image and hives.")

    def see(self, query: AuditQuery) -> Seen:
        self.check(query)
        scope = Scope.USER if query.user else Scope.DEFAULT_USER
        state, machine = self._read(scope, query.user), self._read(Scope.MACHINE, None)
        registry = WindowsRegistry(
            state, machine.record if machine.record != Record() else None, user=query.user or scope.value
        )
        places = self._host.places(scope, query.user)
        path = tuple(_without_unknown(entry) for entry in path_of(registry))
        effect = effective(registry.composed)
        self._values = values = {fold_name(name): text for name, text in effect.texts.items()}
        profile = places.directory or self._files.folder_of(places.paths.get(USER_FILE, ""))
        home = {name: child(profile, *names) for name, names in _FOLDERS.items()} if profile else {}
        there = {**values, **home}
        native = self._native(values)
        sdks, settings = self._go(registry, path, there, native, query.user or scope.value)
        return Seen(
            host=self._name,
            user=state.sid or query.user or scope.value,
            home=values.get("USERPROFILE", "") if scope is Scope.USER else "",
            native=native or ("windows", ""),
            media=(*self._media(registry, scope, places.paths, machine), *self._media_of_go(settings, there)),
            environment={
                name: tuple(_without_reference(one) for one in held) for name, held in environment_of(registry).items()
            },
            settings=settings.without(_of_home(settings, profile)) if scope is not Scope.USER else settings,
            origins=self._origins(settings),
            lines=goenv.lines(self._files.data(settings.path)) if settings.path else {},
            exposed=scope is not Scope.USER,
            path=path,
            path_length=len(effect.path_text),
            sdks=sdks,
            noticed=(
                *((found, MACHINE) for found in machine.noticed if found.id in _NOTICED),
                *((found, USER) for found in state.noticed if found.id in _NOTICED),
                *noticed_of(settings),
            ),
            known=(*registry.composed.texts(), *(layer.variables for layer in settings.layers)),
        )

    def _read(self, scope: Scope, user: str | None) -> State:
        return self._host.registry(scope, user).read(Wanted(self._host.medium, scope=scope, user=user))

    def _native(self, values: t.Mapping[str, str]) -> Platform | None:
        """By what the machine's own variable says, else by a program of the image."""
        found = processor(values.get("PROCESSOR_ARCHITECTURE", ""))
        return ("windows", found) if found else self._files.platform

    def look(self, directories: t.Mapping[str, str]) -> t.Mapping[str, DirectoryFacts]:
        found = self._host.look_up([path for path in directories if not is_remote(path)])
        return {path: self._facts(path, found[path].exists if path in found else None) for path in directories}

    def _facts(self, path: str, exists: bool | None) -> DirectoryFacts:
        if is_remote(path):
            return DirectoryFacts(exists, remote=True)
        found = self._files.writable(path)
        if found is None or not exists:
            return DirectoryFacts(exists, writable=LIKELY if is_likely_writable(path, self._values) else UNKNOWN)
        return DirectoryFacts(exists, writable=YES if found else NO)

    # --- Go ----------------------------------------------------------------------------------------------------------

    def _go(
        self,
        registry: WindowsRegistry,
        path: t.Sequence[SeenPath],
        there: t.Mapping[str, str],
        native: Platform | None,
        user: str,
    ) -> tuple[HostSdks, GoSettingsSeen]:
        """The SDKs, and what go takes, of the go that runs. there: the variables of a process, with the directories of
        the profile.
        """
        known = with_texts(there)
        state = registry.state
        named = {
            directory_of(text, {}): who
            for who, text in (
                ("GOROOT", there.get("GOROOT", "")),
                (r"Software\Go of the user", expand(state.anchor.data, known) if state.anchor else ""),
            )
            if text
        }
        entries = [(entry.directory or _there(entry.entry, known), entry.layer) for entry in path]
        seen = seen_sdks(self._files, native, entries, named, known)
        ledger = child(there.get("LOCALAPPDATA", ""), "gopher.devbox", "goenv.json")
        first = next((entry.root for entry in seen.path if entry.go), None)
        settings = seen_settings(
            self._files.data, WINDOWS.family, there.get("USERPROFILE", ""), there, first or "", ledger
        )
        in_force = GoSettings(there, "registry", settings.file)
        return of_host(seen, in_force, user, None, tuple(registry.composed.texts())), settings

    def _media_of_go(self, settings: GoSettingsSeen, there: t.Mapping[str, str]) -> t.Iterator[SeenMedium]:
        label = "go env file"
        if settings.path:
            yield SeenMedium(label, USER, settings.path, *self._files.state(settings.path))
        else:
            off = there.get("GOENV") == "off"
            why = "" if off else "Where the file is, is not known."
            yield SeenMedium(label, USER, there.get("GOENV", ""), ABSENT if off else NOT_LOOKED, why)
        if settings.go_env:
            yield SeenMedium(GO_ENV, MACHINE, settings.go_env, *self._files.state(settings.go_env))

    @staticmethod
    def _origins(settings: GoSettingsSeen) -> dict[str, Origin]:
        paths = {FILE: settings.path, GO_ENV: settings.go_env}
        return {layer: Origin(path) for layer, path in paths.items() if path}

    # --- media -------------------------------------------------------------------------------------------------------

    def _media(
        self, registry: WindowsRegistry, scope: Scope, paths: t.Mapping[str, str], machine: State
    ) -> list[SeenMedium]:
        """What became of reading each hive, and the records in them."""
        state = registry.state
        out = [
            _medium(REGISTRY_LABEL, MACHINE, paths.get(SYSTEM, "SYSTEM"), machine, Scope.MACHINE),
            _medium(REGISTRY_LABEL, USER, paths.get(USER_FILE, registry.user or ""), state, scope),
        ]
        homes = {MACHINE: (machine, SOFTWARE), USER: (state, FILES[scope][0])}
        for whose, (one, file) in homes.items():
            if one.record == Record():
                continue
            damaged = (DAMAGED, "It is no record, so what this collection manages there is not known.")
            state_of_it = damaged if one.record.damaged else (READ, "")
            out.append(SeenMedium(JOURNAL, whose, paths.get(file, file), *state_of_it))
        return out


def _medium(label: str, whose: str, place: str, state: State, scope: Scope) -> SeenMedium:
    if state.layer_of(scope).known:
        return SeenMedium(label, whose, place, READ)
    found: Finding | None = next((finding for _subject, finding in state.obstacles), None)
    if found is None:
        return SeenMedium(label, whose, place, NOT_LOOKED, "It could not be read.")
    return SeenMedium(label, whose, place, _STATES.get(found.id, DENIED), found.message)


# --- what is not known -----------------------------------------------------------------------------------------------


def _is_unknown(text: str) -> bool:
    """Whether a text depends on the profile of a user who does not have one yet. Pure."""
    return any(fold_name(name) in PROFILE_CORE for name in unresolved(text, {}))


def _without_unknown(entry: SeenPath) -> SeenPath:
    return entry._replace(directory="") if _is_unknown(entry.directory) else entry


def _without_reference(held: Held) -> Held:
    if not _is_unknown(held.text):
        return held
    return Held(held.layer, held.mode, "", held.raw or held.text, held.managed, held.exposed, known=False)


def _there(entry: str, known: t.Any) -> str:
    """The directory of an entry in the template's own profile."""
    return directory_of(expand(entry, known), {})


def _of_home(settings: GoSettingsSeen, profile: str) -> set[str]:
    """The defaults that are in the template's profile: a new user has them in their own."""
    prefix = fold_path(profile, {})
    return {
        name
        for layer in settings.layers
        for name, value in layer.variables.items()
        if _is_unknown(value.data) or (prefix and fold_path(value.data, {}).startswith(prefix))
    }
