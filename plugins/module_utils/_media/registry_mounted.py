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
from dataclasses import dataclass, replace

from .._core.errors import Blocked
from .._core.findings import Finding
from .._core.plan import Plan
from .._core.record import JournalEntry, Record
from .._core.state import UNKNOWN, Directory, State
from .._core.values import Variables, fold_name
from .._core.wanted import Scope, Wanted
from .._core.windows import child, directory_of, expand, fold_path, with_texts
from .._formats import frames, profiles, regtext
from .._formats.cmdscript import LOOP, Script, for_each, program
from .._hosts import staging
from .._hosts.batch import Inquiry, Question, ask
from .._hosts.transport import Transport
from . import registry_hives, registry_pending
from .registry_answers import Reader, Reading, codec_of, must_have_answered
from .registry_hives import Asked, Mount, OfflineMount, read_mounted
from .registry_live import RegistryStore, swept_hives
from .registry_offline import (
    CURRENT_VERSION,
    DRIVE,
    NOT_ASKED,
    SOFTWARE,
    SYSTEM,
    USER,
    control_set,
    core_of,
    missing_on_path,
    no_control_set,
    of_other_kind,
    profile_of,
    without_path,
)
from .registry_pending import Kept, Pending
from .registry_writing import MACHINE_KEY, Keys, writing_of

#: control sets that are looked at before it is known which one Select\Current names
SETS = ("ControlSet001", "ControlSet002", "ControlSet003")
_CONFIG = ("Windows", "System32", "config")
#: where the name of the computer is, as a part of what was read, on a Windows that runs, and below a control set
COMPUTER = r"Control\ComputerName\ComputerName"
COMPUTER_KEY = rf"HKLM\SYSTEM\CurrentControlSet\{COMPUTER}"
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

    over_machine = Scope.DEFAULT_USER

    def __init__(self, offline: Offline, reading: Reading, wanted: Wanted, first_paths: list[str]) -> None:
        super().__init__(reading, wanted, first_paths, tolerant=True)
        self.offline = offline
        self.version = self.query("version", rf"HKLM\SOFTWARE\{CURRENT_VERSION}")
        software = {fold_name(name): data for name, _kind, data in self.version.values} if self.version else {}
        computer = self.query("computer", COMPUTER_KEY)
        self.core = core_of(software, (computer.value("ComputerName") if computer else None) or "")
        #: the change of a killed run that did not reach its variables, with what its file holds
        self.unmade: tuple[Pending, Kept] | None = None

    def state(self) -> State:
        """Without what a killed run left of a change that it did not finish, as far as that is known."""
        state = super().state()
        found = self._pending()
        kept = Kept(state.record, state.journal, state.anchor)
        if found is None or not registry_pending.is_unmade(found, kept, state.variables):
            return state
        is_kept = registry_pending.is_kept(kept.journal[found.journal], self.wanted)
        state = state._replace(noticed=(*state.noticed, found.seen_by_variables(is_kept)))
        if is_kept:
            return state
        self.unmade = found, kept
        was = registry_pending.before(found, kept)
        return state._replace(record=was.record, journal=was.journal, anchor=was.anchor)

    def _pending(self) -> Pending | None:
        """What is beside the record, in a scope that is in two files."""
        if self.wanted.scope is Scope.USER:
            return None
        home = self.query(
            "home", Keys.of(self.wanted.scope, self.reading.user, self.wanted.medium.policy.record_name).home
        )
        return Pending.loads({name: data for name, _kind, data in home.values}) if home else None

    def locate(self) -> bool:
        if self.wanted.scope is Scope.MACHINE or self.reading.unreached:
            return True
        return self._of_file() if self.offline.files.get(USER) else super().locate()

    def _is_loaded(self) -> bool:
        return False

    def _obstacles(self, user_read: bool) -> t.Iterator[Finding]:
        yield from super()._obstacles(user_read)
        mount = self.reading.mount
        if self.wanted.scope is Scope.MACHINE and isinstance(mount, OfflineMount) and mount.control_set:
            found = self.query("machine", MACHINE_KEY)
            if found is None or found.value("PATH") is None:
                key = f"{mount.control_set}\\{registry_hives.ENVIRONMENT}"
                yield without_path(self.offline.files[SYSTEM], key, found is not None)

    def template(self) -> str:
        return super().template() or rf"{DRIVE}\Users\Default"

    def template_file(self) -> str:
        """Where the registry of the template is on the host; empty where that is not known."""
        folder = expand(self.template(), with_texts(self.core))
        place = self.offline.place(folder)
        return self.offline.files.get(USER) or (profiles.hive_of(place) if place else "")

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
        self._reader_last: MountedReader | None = None

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
        framed, completed = yield Question.of(mark, self._first(mark))
        must_have_answered(framed, completed)
        noticed = yield from swept_hives(framed)
        reading = Reading(framed, noticed=noticed)
        reading.codec = codec_of(framed, 437)
        yield from self._of_machine(reading, wanted)
        return reading

    def _first(self, mark: str) -> Script:
        return first(mark)

    def _of_machine(self, reading: Reading, wanted: Wanted) -> Inquiry[None]:
        """Read SYSTEM and SOFTWARE, as far as they are there, and what is where on a Windows that runs."""
        reader = MountedReader(self._offline, reading, wanted, [])
        files = {name: path for name, path in self._offline.files.items() if name in (SYSTEM, SOFTWARE)}
        if not files or not (reader.account and reader.account[2]):
            return
        mount = OfflineMount.of_files(self._offline.owner, files)
        statements = functools.partial(_machine_statements, mount=mount, wanted=wanted, files=files)
        answer = yield from self._of_control_set(reading, mount, statements)
        if answer is None:
            return
        hives = {"hives": (b"",)}
        reading.first = frames.Framed({**reading.first.parts, **_as_live(answer), **hives})
        read = MountedReader(self._offline, reading, wanted, [])
        if SYSTEM in files and read.query("select", r"HKLM\SYSTEM\Select") is None:
            reading.unreached = of_other_kind(SYSTEM, files[SYSTEM], ())
        if SOFTWARE in files and read.version is None:
            reading.unreached = of_other_kind(SOFTWARE, files[SOFTWARE], ())
        if wanted.scope is Scope.MACHINE:
            name = mount.name(answer.mark)
            yield from self._of_template(reading, read.template_file(), name)
            reading.mount, reading.root = replace(mount, control_set=answer.control_set), name
            if not answer.control_set:
                reading.unreached = reading.unreached or no_control_set(files[SYSTEM], answer.number)

    def _of_template(self, reading: Reading, file: str, name: str) -> Inquiry[None]:
        """Read what users to come have over the machine's variables, as far as that can be read. name: of the user in
        the keys of the state.
        """
        mount = OfflineMount.of_files(self._offline.owner, {USER: file})
        if not file or mount.problem:
            return
        asked = Asked({"user": "Environment", "msi": r"Software\GoProgrammingLanguage"})
        unreached = reading.unreached
        found = yield from self._mounted(reading, mount, lambda mark: read_mounted(mark, mount, asked))
        if found is None:
            reading.unreached = unreached
            return
        mark, framed = found
        there, here = (regtext.long_name(f"HKU\\{user}").encode("ascii") for user in (mount.name(mark), name))
        parts = asked.parts(framed).parts.items()
        reading.later.append(frames.Framed({part: (raw[0].replace(there, here),) for part, raw in parts}))

    def _of_control_set(
        self, reading: Reading, mount: OfflineMount, statements: t.Callable[..., list[str]]
    ) -> Inquiry[Answer | None]:
        """What a command answers while the hives are loaded; a second one where the control set in use is none of SETS.
        None where they could not be loaded. statements: of a mark and `sets`.
        """
        sets: tuple[str, ...] = SETS
        while True:
            found = yield from self._mounted(reading, mount, functools.partial(statements, sets=sets))
            if found is None:
                return None
            answer = Answer(*found, mount, sets, reading.codec or "utf-8")
            if answer.control_set in ("", *sets) or sets is not SETS:
                return answer
            sets = (answer.control_set,)

    def _reader(self, reading: Reading, wanted: Wanted, first_paths: list[str]) -> Reader:
        self._reader_last = MountedReader(self._offline, reading, wanted, first_paths)
        return self._reader_last

    def look_up(self, directories: t.Sequence[str]) -> dict[str, Directory]:
        places = {path: self._offline.place(path) for path in directories}
        known = {place: path for path, place in places.items() if place}
        found = super().look_up(list(known)) if known else {}
        return {**{path: UNKNOWN for path, place in places.items() if not place}, **_called(found, known)}

    def _cause(self, mount: Mount, file: str, facts: t.Sequence[str], words: str) -> Finding:
        """Of an image without any of its files, that it is none."""
        files, there = set(mount.files.values()), set(self._offline.files.values())
        if self._offline.root and files == there == set(registry_hives.gone(mount, facts)):
            return profiles.no_windows(self._offline.root, *self._offline.root.rpartition("\\")[::2])
        return super()._cause(mount, file, facts, words)

    # --- writing -----------------------------------------------------------------------------------------------------

    def _place(self, path: str) -> str:
        return self._offline.place(path) or path

    def _files(
        self, keys: Keys, plan: Plan, record: Record, entry: JournalEntry, gone: t.Collection[str]
    ) -> list[tuple[str, bytes]]:
        """Before the plan, what a killed run left of its change goes."""
        unmade = self._reader_last.unmade if self._reader_last else None
        writing = writing_of(keys, plan, record, entry, gone)
        if plan.scope is not Scope.USER:
            first = [(keys.home, registry_pending.nothing())]
            if unmade is not None:
                first = registry_pending.put_back(keys, *unmade, is_anchored=plan.scope is Scope.MACHINE)
            writing = writing._replace(sections=(*((key, tuple(values)) for key, values in first), *writing.sections))
        return self._packed(keys, writing)

    def _guarded(self, state: State, plan: Plan) -> list[str]:  # noqa: ARG002 - its go does not run here
        return []

    def verify(self, after: State, wanted: Wanted) -> list[Finding]:  # noqa: ARG002 - as above
        return [NOT_ASKED]


def _called(found: t.Mapping[str, Directory], known: t.Mapping[str, str]) -> dict[str, Directory]:
    """What is known of directories, by what that Windows calls them."""
    names = {fold_path(place, {}): path for place, path in known.items()}
    return {names[fold_path(place, {})]: item for place, item in found.items() if fold_path(place, {}) in names}


def first(mark: str, *more: str) -> Script:
    """What is asked before anything is loaded, and `more`."""
    statements = [
        *frames.framed(mark, "page", "echo " + frames.CANARY),
        *frames.framed(mark, "account", f"{program('whoami.exe')} /user /groups /fo csv /nh"),
        *staging.look(mark),
        *registry_hives.look(mark, "HKU", "HKLM"),
        *more,
    ]
    return Script(tuple(statements), tuple(frames.framed(mark, "core", "set")))


def _machine_statements(
    mark: str, mount: OfflineMount, wanted: Wanted, files: t.Mapping[str, str], sets: t.Sequence[str]
) -> list[str]:
    asked: list[str] = []
    if SYSTEM in files:
        keys = ["Select", *(f"{name}\\{registry_hives.ENVIRONMENT}" for name in sets)]
        asked.append(registry_hives.each(mark, SYSTEM, mount.root(SYSTEM, mark), keys))
    if SOFTWARE in files:
        home = home_of(wanted.scope)
        keys = [CURRENT_VERSION, "Go", home, rf"{home}\journal"]
        keys += [profiles.IN_SOFTWARE] if wanted.scope is Scope.MACHINE else []
        asked.append(registry_hives.each(mark, SOFTWARE, mount.root(SOFTWARE, mark), keys))
        if wanted.scope is not Scope.MACHINE:
            asked.append(profiles_in(mark, mount))
    return registry_hives.mounted(mark, mount, asked)


def home_of(scope: Scope) -> str:
    """The key of the record of a scope, in SOFTWARE."""
    return rf"gopher\devbox\{scope.value}"


def profiles_in(mark: str, mount: OfflineMount, condition: str = "defined gd") -> str:
    """What SOFTWARE says of profiles: of the template, and for each of VALUES that of all users."""
    key = f"{mount.root(SOFTWARE, mark)}\\{profiles.IN_SOFTWARE}"
    query = f'{program("reg.exe")} query "{key}" /s /v {LOOP}v'
    body = frames.framed(mark, "profiles", *frames.run_reporting_start(mark, query, condition))
    return for_each(f"{LOOP}v in (Default {' '.join(profiles.VALUES)})", body)


def selected(raw: bytes | None, codec: str) -> str:
    r"""Select\Current, by what was printed of Select; empty where it is not there."""
    select = regtext.parse_query(raw.decode(codec, "replace"), r"HKLM\SYSTEM\Select") if raw else None
    return (select.value("Current") if select else None) or ""


@dataclass(frozen=True)
class Answer:
    """What a command answered while SYSTEM and SOFTWARE were loaded, as a Windows that runs would say it. sets: the
    control sets that were looked at.
    """

    mark: str
    framed: frames.Framed
    mount: OfflineMount
    sets: t.Sequence[str]
    codec: str

    def keys(self, name: str, part: str = "") -> list[bytes]:
        """What was printed of the keys of a file. part: of the answer, the file's name for most."""
        root = regtext.long_name(self.mount.root(name, self.mark)).encode("ascii")
        return [raw.replace(root, _LIVE[name].encode("ascii")) for raw in self.framed.parts.get(part or name, ())]

    @property
    def number(self) -> str:
        r"""Select\Current; empty where it is not there."""
        return selected(next(iter(self.keys(SYSTEM)), None), self.codec)

    @property
    def control_set(self) -> str:
        """The one in use; empty where that is not known."""
        return control_set(self.number)

    def in_use(self, below: str, group: int = 0) -> bytes | None:
        """What was printed of a key below the control set in use; None where that was not looked at. group: which of
        the keys that were asked for in each control set.
        """
        current = self.control_set
        if current not in self.sets:
            return None
        raw = self.keys(SYSTEM)[1 + group * len(self.sets) + self.sets.index(current)]
        key, long = f"{_LIVE[SYSTEM]}\\{current}\\{below}", rf"{_LIVE[SYSTEM]}\CurrentControlSet\{below}"
        return raw.replace(key.encode("ascii"), long.encode("ascii"))

    def profiles(self) -> dict[str, tuple[bytes, ...]]:
        """What `profiles_in` was answered, by the names of its parts."""
        listed = self.keys(SOFTWARE, "profiles")
        return {"default": (listed[0],), "profiles": tuple(listed[1:])} if listed else {}


def _as_live(answer: Answer) -> dict[str, tuple[bytes, ...]]:
    """The parts of the answer by their names."""
    names = ("version", "anchor", "home", "journal", "default")
    parts: dict[str, tuple[bytes, ...]] = {name: (raw,) for name, raw in zip(names, answer.keys(SOFTWARE))}
    parts.update(answer.profiles())
    system = answer.keys(SYSTEM)
    if system:
        parts["select"] = (system[0],)
    machine = answer.in_use(registry_hives.ENVIRONMENT)
    return parts if machine is None else {**parts, "machine": (machine,)}
