# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The registry of a Windows that is not running, whose files are on a Windows host: reg.exe loads them for the time of
one command. A path of drive C: is one in the image; of other drives nothing is known.
"""

from __future__ import annotations

import functools
import hashlib
import typing as t
from dataclasses import replace

from .._core.errors import Blocked
from .._core.findings import Finding
from .._core.patterns import pattern
from .._core.plan import Plan
from .._core.state import UNKNOWN, Directory, State
from .._core.values import Variables, fold_name
from .._core.wanted import Scope, Wanted
from .._core.windows import child, directory_of, expand, fold_path, with_texts
from .._formats import frames, profiles, regtext
from .._formats.cmdscript import LOOP, Script, for_each, if_, program
from .._hosts import staging
from .._hosts.batch import Inquiry, Question, ask
from .._hosts.transport import Transport
from . import registry_hives
from .registry_answers import Reader, Reading, codec_of, must_have_answered
from .registry_hives import Mount, OfflineMount
from .registry_live import RegistryStore, swept_hives
from .registry_offline import (
    CURRENT_VERSION,
    DRIVE,
    NOT_ASKED,
    SOFTWARE,
    SYSTEM,
    USER,
    core_of,
    missing_on_path,
    of_other_kind,
    profile_of,
)
from .registry_writing import MACHINE_KEY

#: control sets that are looked at first; Select\Current mostly names one of them
_SETS = ("ControlSet001", "ControlSet002", "ControlSet003")
_NUMBER = pattern(r"0x[0-9a-fA-F]{1,3}\Z")
_CONFIG = ("Windows", "System32", "config")
#: where the keys of the two files are on a Windows that runs, as reg.exe prints them
_LIVE = {SYSTEM: r"HKEY_LOCAL_MACHINE\SYSTEM", SOFTWARE: r"HKEY_LOCAL_MACHINE\SOFTWARE"}


class Offline(t.NamedTuple):
    """A Windows that is not running. root: the directory of its image, empty for the files of a registry alone. files:
    the paths of those, by USER, SYSTEM and SOFTWARE.
    """

    root: str
    files: t.Mapping[str, str]

    @classmethod
    def in_image(cls, root: str) -> Offline:
        root = root.rstrip("\\/").replace("/", "\\")
        return cls(root, {name: child(root, *_CONFIG, name.upper()) for name in (SYSTEM, SOFTWARE)})

    @property
    def owner(self) -> str:
        """What it is called in names of locks."""
        places = "|".join((self.root, *self.files.values())).upper()
        return "image-" + hashlib.sha256(places.encode("utf-8", "surrogatepass")).hexdigest()[:16]

    def place(self, path: str) -> str:
        """Where a path of that Windows is on the host; empty where that is not known."""
        drive, _sep, rest = directory_of(path, {}).partition("\\")
        if not self.root or drive.upper() != DRIVE or ".." in rest.split("\\"):
            return ""
        return child(self.root, rest) if rest else self.root + "\\"


class MountedReader(Reader):
    """A state out of what was read of such a Windows."""

    def __init__(self, offline: Offline, reading: Reading, wanted: Wanted, first_paths: list[str]) -> None:
        super().__init__(reading, wanted, first_paths, tolerant=True)
        self.offline = offline
        self.version = self.query("version", rf"HKLM\SOFTWARE\{CURRENT_VERSION}")
        software = {fold_name(name): data for name, _kind, data in self.version.values} if self.version else {}
        self.core = core_of(software, "")

    def locate(self) -> bool:
        if self.wanted.scope is Scope.MACHINE or self.reading.unreached:
            return True
        return self._of_file() if self.offline.files.get(USER) else super().locate()

    def _is_loaded(self) -> bool:
        return False

    def template(self) -> str:
        return super().template() or rf"{DRIVE}\Users\Default"

    def _sid_by_folder(self, user: str, signed_in: t.Mapping[str, str]) -> str:  # noqa: ARG002 - nobody is
        for folder in map(fold_name, profiles.folders_of(user)):
            for profile in self.profiles().values():
                if profile.is_real and fold_name(profile.folder) == folder:
                    taken = profiles.by_folder(user, profile.path, profile.sid)
                    if taken is not None and taken not in self.reading.noticed:
                        self.reading.noticed.append(taken)
                    return profile.sid
        self.reading.unreached = self._unknown()
        return ""

    def _has_hive(self) -> bool:
        if self.reading.root or self.reading.unreached:
            return True
        profile = self.profile()
        if profile is None:
            self.reading.unreached = self._unknown()
            return True
        return self._mounting(self.reading.sid, self.reading.sid, profile.path)

    def _of_file(self) -> bool:
        """As `_mounting`, of a file that was named."""
        if self.reading.root or not (self.account and self.account[2]):
            return True
        self.reading.mount = self._mount_with(self.offline.files[USER])
        return False

    def _mount_of(self, owner: str, sid: str, folder: str) -> Mount:  # noqa: ARG002 - the lock is the image's
        return replace(self._mount_with(profiles.hive_of(self.offline.place(folder) or folder)), profile=folder)

    def _mount_with(self, file: str) -> OfflineMount:
        files = {USER: file}
        if self.wanted.scope is Scope.DEFAULT_USER:
            files[SOFTWARE] = self.offline.files.get(SOFTWARE, "")
        return OfflineMount.of_files(self.offline.owner, files)

    def _no_user(self) -> Finding:
        mount = self.reading.mount
        path = next(iter(mount.files.values())) if mount else ""
        return of_other_kind(USER, path, ()) or super()._no_user()

    def _unknown(self) -> Finding:
        listed = [profile for profile in self.profiles().values() if profile.is_real]
        return profiles.unknown(self.wanted.user or "", [(profile.folder, profile.sid) for profile in listed])

    def _profile_variables(self, session: Variables) -> Variables:  # noqa: ARG002 - nobody is signed in
        if self.wanted.scope is not Scope.USER:
            return profile_of("")
        profile = self.profile() if self.reading.sid else None
        return profile_of(directory_of(expand(profile.path, with_texts(self.core)), {}) if profile else "")


class MountedStore(RegistryStore):
    """See `Store`. An image, or the files of a registry, on the host behind a transport."""

    def __init__(self, transport: Transport, offline: Offline, **options: t.Any) -> None:
        super().__init__(transport, tolerant=True, **options)
        self._offline = offline

    # --- reading -----------------------------------------------------------------------------------------------------

    def read(self, wanted: Wanted) -> State:
        state = super().read(wanted)
        if state.target is not Scope.MACHINE or state.unread or not self._offline.root:
            return state
        return state._replace(noticed=(*state.noticed, *missing_on_path(state, self.look_up)))

    def read_ahead(self, wanted: Wanted) -> State:
        """What the next `read` for this begins with."""
        state = super().read(wanted)
        self.use_ahead(wanted, state)
        return state

    def reading(self, wanted: Wanted) -> Inquiry[State]:
        reading = yield from self._begun(wanted)
        return (yield from self._reading_on(reading, wanted, []))

    def people(self, wanted: Wanted) -> list[profiles.Profile]:
        """The profiles of all users that the image lists, by what is wanted of the template of new ones. Raises
        Blocked, ReadError, TransportError.
        """
        found: list[profiles.Profile] = ask(self._transport, lambda: self._people(wanted))
        return found

    def _people(self, wanted: Wanted) -> Inquiry[list[profiles.Profile]]:
        reading = yield from self._begun(wanted)
        if reading.unreached is not None:
            raise Blocked([reading.unreached])
        listed = MountedReader(self._offline, reading, wanted, []).profiles()
        return [profile for _sid, profile in sorted(listed.items()) if profile.is_real]

    def _begun(self, wanted: Wanted) -> Inquiry[Reading]:
        """What SYSTEM and SOFTWARE hold."""
        mark = staging.new_mark()
        framed, completed = yield Question.of(mark, _first(mark))
        must_have_answered(framed, completed)
        noticed = yield from swept_hives(framed)
        reading = Reading(framed, noticed=noticed)
        reading.codec = codec_of(framed, 437)
        yield from self._of_machine(reading, wanted)
        return reading

    def _of_machine(self, reading: Reading, wanted: Wanted) -> Inquiry[None]:
        """Read SYSTEM and SOFTWARE, as far as they are there, and what is where on a Windows that runs."""
        reader = MountedReader(self._offline, reading, wanted, [])
        files = {name: path for name, path in self._offline.files.items() if name in (SYSTEM, SOFTWARE)}
        if not files or not (reader.account and reader.account[2]):
            return
        mount = OfflineMount.of_files(self._offline.owner, files)
        sets: tuple[str, ...] = _SETS
        current = ""
        for _round in range(2):
            asked = functools.partial(_machine_statements, mount=mount, wanted=wanted, files=files, sets=sets)
            found = yield from self._mounted(reading, mount, asked)
            if found is None:
                return
            mark, framed = found
            current, parts = _as_live(mark, mount, framed, reading.codec or "utf-8", sets)
            if not current or current in sets:
                break
            sets = (current,)
        hives = {"hives": (b"",)}
        reading.first = frames.Framed({**reading.first.parts, **parts, **hives})
        read = MountedReader(self._offline, reading, wanted, [])
        if SYSTEM in files and read.query("select", r"HKLM\SYSTEM\Select") is None:
            reading.unreached = of_other_kind(SYSTEM, files[SYSTEM], ())
        if SOFTWARE in files and read.version is None:
            reading.unreached = of_other_kind(SOFTWARE, files[SOFTWARE], ())
        if wanted.scope is Scope.MACHINE:
            reading.mount, reading.root = replace(mount, control_set=current), mount.name(mark)
            if not current:
                reading.unreached = reading.unreached or Finding.of(
                    "hive_damaged",
                    rf"{files[SYSTEM]} does not say which of its control sets is in use (Select\Current).",
                    "Name the SYSTEM of a Windows that was started at least once, or of its installation image.",
                )

    def _reader(self, reading: Reading, wanted: Wanted, first_paths: list[str]) -> Reader:
        return MountedReader(self._offline, reading, wanted, first_paths)

    def look_up(self, directories: t.Sequence[str]) -> dict[str, Directory]:
        places = {path: self._offline.place(path) for path in directories}
        known = {place: path for path, place in places.items() if place}
        found = super().look_up(list(known)) if known else {}
        return {**{path: UNKNOWN for path, place in places.items() if not place}, **_called(found, known)}

    # --- writing -----------------------------------------------------------------------------------------------------

    def _place(self, path: str) -> str:
        return self._offline.place(path) or path

    def _guarded(self, state: State, plan: Plan) -> list[str]:  # noqa: ARG002 - its go does not run here
        return []

    def verify(self, after: State, wanted: Wanted) -> list[Finding]:  # noqa: ARG002 - as above
        return [NOT_ASKED]


def _called(found: t.Mapping[str, Directory], known: t.Mapping[str, str]) -> dict[str, Directory]:
    """What is known of directories, by what that Windows calls them."""
    names = {fold_path(place, {}): path for place, path in known.items()}
    return {names[fold_path(place, {})]: item for place, item in found.items() if fold_path(place, {}) in names}


def _first(mark: str) -> Script:
    statements = [
        *frames.framed(mark, "page", "echo " + frames.CANARY),
        *frames.framed(mark, "account", f"{program('whoami.exe')} /user /groups /fo csv /nh"),
        *staging.look(mark),
        *registry_hives.look(mark, "HKU", "HKLM"),
    ]
    return Script(tuple(statements), tuple(frames.framed(mark, "core", "set")))


def _machine_statements(
    mark: str, mount: OfflineMount, wanted: Wanted, files: t.Mapping[str, str], sets: t.Sequence[str]
) -> list[str]:
    asked: list[str] = []
    if SYSTEM in files:
        keys = ["Select", *(f"{name}\\{registry_hives.ENVIRONMENT}" for name in sets)]
        asked.append(_each(mark, SYSTEM, mount.root(SYSTEM, mark), keys))
    if SOFTWARE in files:
        home = rf"gopher\devbox\{wanted.scope.value}"
        keys = [CURRENT_VERSION, "Go", home, rf"{home}\journal"]
        asked.append(_each(mark, SOFTWARE, mount.root(SOFTWARE, mark), keys))
        if wanted.scope is not Scope.MACHINE:
            key = f"{mount.root(SOFTWARE, mark)}\\{profiles.IN_SOFTWARE}"
            query = f'{program("reg.exe")} query "{key}" /s /v {LOOP}v'
            body = [f"echo {mark}+profiles", if_("defined gd", query), f"echo {mark}-profiles"]
            asked.append(for_each(f"{LOOP}v in (Default {' '.join(profiles.VALUES)})", body))
    return registry_hives.mounted(mark, mount, asked)


def _each(mark: str, part: str, root: str, keys: t.Sequence[str]) -> str:
    body = [
        f"echo {mark}+{part}",
        if_("defined gd", f'{program("reg.exe")} query "{root}\\{LOOP}~k"'),
        f"echo {mark}-{part}",
    ]
    return for_each(f"{LOOP}k in ({' '.join(f'{chr(34)}{key}{chr(34)}' for key in keys)})", body)


def _as_live(
    mark: str, mount: OfflineMount, framed: frames.Framed, codec: str, sets: t.Sequence[str]
) -> tuple[str, dict[str, tuple[bytes, ...]]]:
    """The control set in use, empty where none is named, and the answers as those of a Windows that runs. sets: those
    that were looked at.
    """

    def live(raw: bytes, name: str) -> bytes:
        root = regtext.long_name(mount.root(name, mark)).encode("ascii")
        return raw.replace(root, _LIVE[name].encode("ascii"))

    system = [live(raw, SYSTEM) for raw in framed.parts.get(SYSTEM, ())]
    software = [live(raw, SOFTWARE) for raw in framed.parts.get(SOFTWARE, ())]
    names = ("version", "anchor", "home", "journal")
    parts: dict[str, tuple[bytes, ...]] = {name: (raw,) for name, raw in zip(names, software)}
    listed = [live(raw, SOFTWARE) for raw in framed.parts.get("profiles", ())]
    if system:
        parts["select"] = (system[0],)
    if listed:
        parts["default"], parts["profiles"] = (listed[0],), tuple(listed[1:])
    select = regtext.parse_query(system[0].decode(codec, "replace"), r"HKLM\SYSTEM\Select") if system else None
    number = (select.value("Current") if select else None) or ""
    current = f"ControlSet{int(number, 16):03}" if _NUMBER.match(number) and int(number, 16) else ""
    if current not in sets:
        return current, parts
    raw = system[1 + sets.index(current)]
    key = f"{_LIVE[SYSTEM]}\\{current}\\{registry_hives.ENVIRONMENT}".encode("ascii")
    parts["machine"] = (raw.replace(key, regtext.long_name(MACHINE_KEY).encode("ascii")),)
    return current, parts
