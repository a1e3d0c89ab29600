# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The registry of a Windows that is not running, as an audit reads it on a Windows host: both scopes at once, each file
whatever became of the others, nothing for a change. Where the user's file is can be guessed for most; then one command
loads all three.
"""

from __future__ import annotations

import functools
import typing as t
from dataclasses import replace

from .._core.account import Account
from .._core.errors import Blocked
from .._core.findings import Finding
from .._core.state import State
from .._core.values import Value, Variables, fold_name
from .._core.wanted import Scope, Wanted
from .._core.windows import child, fold_path
from .._formats import frames, profiles
from .._formats.cmdscript import Script, can_quote, if_, quote
from .._hosts.batch import Inquiry, Question, fits
from .._hosts.image import NO_PROFILES
from .._hosts.staging import new_mark
from . import registry_hives
from .image_host import missing_file
from .registry_answers import Reading, decode, rights_of
from .registry_hive import Places
from .registry_hives import HIVE, Asked, Mount, OfflineMount
from .registry_mounted import (
    COMPUTER,
    SETS,
    Answer,
    MountedReader,
    MountedStore,
    Offline,
    first,
    home_of,
    profiles_in,
)
from .registry_offline import (
    CURRENT_VERSION,
    DRIVE,
    FILES,
    SOFTWARE,
    SYSTEM,
    USER,
    no_control_set,
    of_other_kind,
    without_path,
)
from .registry_writing import MACHINE_KEY, Keys

#: findings of a profile that has no file
_WITHOUT_FILE = frozenset(("hive_missing", "profile_without_hive", "unknown_account"))


class Scopes(t.NamedTuple):
    """What an audit needs of a registry: the state of the user's scope, that of the machine's, and where the files are
    on the host.
    """

    user: State
    machine: State
    places: Places


class _Ahead(t.NamedTuple):
    """A user's file that was loaded before it was known for the one. name: in HKU, when it was read."""

    file: str
    name: str
    parts: frames.Framed


def guessed_folder(wanted: Wanted) -> str:
    """Where the profile is for most, as its Windows calls it; empty for nowhere."""
    if wanted.scope is Scope.DEFAULT_USER:
        return rf"{DRIVE}\Users\Default"
    user = wanted.user or ""
    if not user or "\\" in user or user.upper().startswith("S-1-") or not can_quote(user):
        return ""
    return "" if fold_name(user) in NO_PROFILES else rf"{DRIVE}\Users\{user}"


class _Reader(MountedReader):
    """As an audit of an image on a POSIX host reads it. ahead: the user's file that is loaded already, where it is."""

    def __init__(self, offline: Offline, reading: Reading, wanted: Wanted, ahead: _Ahead | None) -> None:
        super().__init__(offline, reading, wanted, [])
        self._ahead = ahead

    def _sid_by_folder(self, user: str, signed_in: t.Mapping[str, str]) -> str:
        found = super()._sid_by_folder(user, signed_in)
        if found or self._ahead is None:
            return found
        self.reading.unreached = None  # a profile that ProfileList does not have
        return user

    def profile(self) -> profiles.Profile | None:
        sid = self.reading.sid
        unlisted = bool(sid) and not sid.startswith("S-1-")
        return profiles.Profile(sid, rf"{DRIVE}\Users\{sid}") if unlisted else super().profile()

    def _mount_with(self, file: str) -> OfflineMount:
        return OfflineMount.of_files(self.offline.owner, {USER: file})

    def _folders(self, profile: Variables) -> dict[str, Value | None]:  # noqa: ARG002 - Windows makes them anew
        return {}

    def _obstacles(self, user_read: bool) -> t.Iterator[Finding]:
        """Why something could not be read."""
        rights = list(rights_of(self, self.wanted))
        yield from rights
        if self.reading.unreached:
            yield self.reading.unreached
        elif self.wanted.scope.is_user and not user_read and not rights:
            yield self._no_user()


class MountedScopes(MountedStore):
    """The store of both scopes; it is only read."""

    def __init__(self, transport: t.Any, offline: Offline) -> None:
        super().__init__(transport, offline)
        self._ahead_user: _Ahead | None = None
        self._problems: dict[str, Finding] = {}
        self._control_set = self._number = ""
        self._name = ""
        self._home: tuple[bytes, ...] = (b"",)

    def scopes(self, wanted: Wanted) -> Inquiry[Scopes]:
        """What is read. wanted: the user's scope, or that of users to come. Raises Blocked for what is no Windows."""
        wanted = wanted._replace(anchor=True)
        reading = yield from self._begun(wanted)
        machine = self._of_everybody(reading)
        user = yield from self._reading_on(reading, wanted, [])
        problem = self._problem(wanted.scope)
        user = user if problem is None else _without_user(user, problem)
        state = yield from self._reading_on(machine, Wanted(wanted.medium, Scope.MACHINE), [])
        return Scopes(_of_nobody(user), _of_nobody(state), self._places(reading, wanted))

    def _of_everybody(self, reading: Reading) -> Reading:
        """What was read of the machine's scope: all of it, or nothing."""
        why = reading.unreached or self._problem(Scope.MACHINE)
        lacking = why is not None or not self._name
        parts = {name: raw for name, raw in reading.first.parts.items() if not (lacking and name == "machine")}
        machine = Reading(frames.Framed({**parts, "home": self._home}), reading.codec, unreached=why)
        if not lacking:
            files = {name: path for name, path in self._offline.files.items() if name == SYSTEM}
            machine.mount = OfflineMount.of_files(self._offline.owner, files, self._control_set)
            machine.root = self._name
        return machine

    def _problem(self, scope: Scope) -> Finding | None:
        """Why a scope cannot be read."""
        return next((self._problems[name] for name in FILES[scope] if name in self._problems), None)

    def _places(self, reading: Reading, wanted: Wanted) -> Places:
        missing = {name: found for name, found in self._problems.items() if found.id in _WITHOUT_FILE}
        paths = {name: path for name, path in self._offline.files.items() if name not in missing}
        mount = reading.mount
        gone = reading.unreached is not None and reading.unreached.id in _WITHOUT_FILE
        if mount is not None and not gone:
            paths[USER] = next(iter(mount.files.values()))
        of_user = wanted.scope is Scope.USER and isinstance(mount, OfflineMount)
        return Places(paths, reading.sid, t.cast(OfflineMount, mount).profile if of_user else "", missing)

    # --- the first command -------------------------------------------------------------------------------------------

    def _first(self, mark: str) -> Script:
        root = self._offline.root
        there = [if_(f'exist "{root}\\"', "echo root")] if root else []
        there += [
            if_(f"exist {quote(path)}", f"echo {name}") for name, path in self._offline.files.items() if name != USER
        ]
        return first(mark, *frames.framed(mark, "there", *there))

    def _missing(self, reading: Reading) -> dict[str, Finding]:
        """Why files of the machine are not there. Raises Blocked where there are none in an image."""
        there = decode(reading.first.first("there") or b"", "ascii").split()
        lacking = [name for name in self._offline.files if name != USER and name not in there]
        root = self._offline.root
        if root and len(lacking) == len(self._offline.files):
            raise Blocked([profiles.no_windows(root, *root.rpartition("\\")[::2], "root" in there)])
        if root:
            return {name: missing_file(root, name.upper()) for name in lacking}
        return {name: _not_there(self._offline.files[name], name) for name in lacking}

    # --- the second command ------------------------------------------------------------------------------------------

    def _of_machine(self, reading: Reading, wanted: Wanted) -> Inquiry[None]:
        self._problems = self._missing(reading)
        reading.first = frames.Framed({**reading.first.parts, "home": (b"",)})  # the host's own is not asked for
        reader = self._reader(reading, wanted, [])
        asked = Asked.of_user(Keys.of(wanted.scope, USER), True, False)
        files = self._first_files(wanted, asked)
        if not files or not (reader.account and reader.account[2]):
            return
        mount = self._apart(files)
        statements = functools.partial(_statements, mount=mount, files=files, wanted=wanted, asked=asked)
        answer = yield from self._of_control_set(reading, mount, statements)
        if answer is None:
            return
        framed = answer.framed
        words = [line.strip() for line in decode(framed.first("mount") or b"", reading.codec).splitlines()]
        yield from self._understand_files(reading, mount, words, files)
        self._take_parts(reading, wanted, answer)
        if USER in mount.loaded_of(words):
            self._ahead_user = _Ahead(files[USER], self._name, asked.parts(framed))

    def _first_files(self, wanted: Wanted, asked: Asked) -> dict[str, str]:
        """Those of the machine, and the user's, where one command can load all."""
        files = {name: path for name, path in self._offline.files.items() if name not in self._problems}
        guess = self._guess(wanted)
        if not guess:
            return files
        mark, all_ = new_mark(), {**files, USER: guess}
        question = Question(mark, tuple(_statements(mark, self._apart(all_), all_, wanted, asked)))
        return all_ if fits([question], self._transport.holds_output) else files

    def _apart(self, files: t.Mapping[str, str]) -> OfflineMount:
        return replace(OfflineMount.of_files(self._offline.owner, files), apart=True)

    def _guess(self, wanted: Wanted) -> str:
        """The user's file, where it is given, or for most."""
        if USER in self._offline.files:
            return self._offline.files[USER]
        place = self._offline.place(guessed_folder(wanted))
        return profiles.hive_of(place) if place else ""

    def _understand_files(
        self, reading: Reading, mount: OfflineMount, words: t.Sequence[str], files: t.Mapping[str, str]
    ) -> Inquiry[None]:
        """Why files of the machine could not be loaded."""
        loaded = mount.loaded_of(words)
        for name in (SYSTEM, SOFTWARE):
            if name in files and name not in loaded:
                one = OfflineMount.of_files(mount.owner, {name: files[name]})
                self._problems[name] = yield from self._why_not(one, mount.said_of(name, words), reading.codec)

    def _take_parts(self, reading: Reading, wanted: Wanted, answer: Answer) -> None:
        """Have the answers as those of a Windows that runs."""
        parts = dict(reading.first.parts)
        system, software = answer.keys(SYSTEM), answer.keys(SOFTWARE)
        self._name, self._number = answer.mount.name(answer.mark), answer.number
        if software:
            parts["version"], self._home = (software[0],), (software[1],)
            parts.update({"home": (software[2],)} if wanted.scope is Scope.DEFAULT_USER else {})
            parts.update(answer.profiles())
        if system:
            parts["select"] = (system[0],)
        machine, computer = answer.in_use(registry_hives.ENVIRONMENT), answer.in_use(COMPUTER, 1)
        if machine is not None and computer is not None:
            self._control_set = answer.control_set
            parts["machine"], parts["computer"] = (machine,), (computer,)
        reading.first = frames.Framed({**parts, "hives": (b"",)})
        self._check_kinds(reading, wanted)

    def _check_kinds(self, reading: Reading, wanted: Wanted) -> None:
        """Have a file as a problem that is not the one that it was given for, or that no Windows starts with."""
        reader, files = self._reader(reading, wanted, []), self._offline.files
        if SOFTWARE in files and reader.version is None:
            self._add_problem(SOFTWARE, of_other_kind(SOFTWARE, files[SOFTWARE], ()))
        if SYSTEM in files and reader.query("select", r"HKLM\SYSTEM\Select") is None:
            self._add_problem(SYSTEM, of_other_kind(SYSTEM, files[SYSTEM], ()))
        if SYSTEM in files and not self._control_set:
            self._add_problem(SYSTEM, no_control_set(files[SYSTEM], self._number))
        machine = reader.query("machine", MACHINE_KEY)
        if SYSTEM in files and (machine is None or machine.value("PATH") is None):
            key = f"{self._control_set}\\{registry_hives.ENVIRONMENT}"
            self._add_problem(SYSTEM, without_path(files[SYSTEM], key, machine is not None))

    def _add_problem(self, name: str, found: Finding | None) -> None:
        if found is not None:
            self._problems.setdefault(name, found)

    # --- the user's file ---------------------------------------------------------------------------------------------

    def _reader(self, reading: Reading, wanted: Wanted, first_paths: list[str]) -> MountedReader:  # noqa: ARG002
        return _Reader(self._offline, reading, wanted, self._ahead_user)

    def _read_mounted(self, reading: Reading, mount: Mount, wanted: Wanted) -> Inquiry[None]:
        ahead, file = self._ahead_user, next(iter(mount.files.values()), "")
        if ahead is None or fold_path(file, {}) != fold_path(ahead.file, {}):
            yield from super()._read_mounted(reading, mount, wanted)
            return
        reading.root = ahead.name
        reading.later.append(ahead.parts)


def _statements(
    mark: str,
    mount: OfflineMount,
    files: t.Mapping[str, str],
    wanted: Wanted,
    asked: Asked,
    sets: t.Sequence[str] = SETS,
) -> list[str]:
    """What is asked of the files that are loaded."""
    inside: list[str] = []
    if SYSTEM in files:
        keys = [child(name, below) for below in (registry_hives.ENVIRONMENT, COMPUTER) for name in sets]
        root, condition = mount.root(SYSTEM, mark), mount.condition(SYSTEM)
        inside.append(registry_hives.each(mark, SYSTEM, root, ["Select", *keys], condition))
    if SOFTWARE in files:
        condition = mount.condition(SOFTWARE)
        keys = [CURRENT_VERSION, home_of(Scope.MACHINE)]
        keys += [home_of(Scope.DEFAULT_USER)] if wanted.scope is Scope.DEFAULT_USER else []
        inside.append(registry_hives.each(mark, SOFTWARE, mount.root(SOFTWARE, mark), keys, condition))
        inside.append(profiles_in(mark, mount, condition))
    if USER in files:
        root = mount.loaded(mark)[0][0]
        inside.append(registry_hives.each(mark, HIVE, root, tuple(asked.keys.values()), mount.condition(USER)))
    return registry_hives.mounted(mark, mount, inside)


def _not_there(path: str, name: str) -> Finding:
    return Finding.of("hive_missing", f"{path} is not there.", "Correct the path.", name)


def _without_user(state: State, why: Finding) -> State:
    """A state of which the user's scope is not known whole."""
    layers = tuple(
        layer._replace(variables=Variables(), known=False) if layer.scope is state.target else layer
        for layer in state.layers
    )
    return state._replace(layers=layers, unread=True, obstacles=(("", why), *state.obstacles))


def _of_nobody(state: State) -> State:
    """A state in which the session's account has no part: it is none of that Windows."""
    return state._replace(account=Account("", ""))
