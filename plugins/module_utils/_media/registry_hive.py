# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The registry of a Windows that is not running, in its hive files (docs/facts.md, "Offline hives")."""

from __future__ import annotations

import contextlib
import re
import time
import typing as t

from .._core.account import Account
from .._core.errors import ApplyError, Blocked, DevboxError, Outdated
from .._core.findings import Finding
from .._core.medium import Medium
from .._core.plan import Plan
from .._core.record import ENVIRONMENT, JOURNAL_ID, JournalEntry, Record
from .._core.state import Directory, State
from .._core.store import Planned, Receipt, Verdict, media_of
from .._core.values import Value, Variables, fold_name
from .._core.wanted import Scope, Wanted
from .._formats import hivefile
from .._hosts.hive_files import HiveFiles, net
from .._hosts.hives import Hive
from .journal import guard, new_id
from .registry_offline import (
    CURRENT_VERSION,
    FILES,
    NOT_ASKED,
    SOFTWARE,
    SYSTEM,
    USER,
    control_set,
    core_of,
    no_control_set,
    of_other_kind,
    profile_of,
    without_path,
)
from .registry_pending import Kept, Pending, before, nothing, put_back
from .registry_pieces import fitted, joined
from .registry_state import Parts, state_of
from .registry_writing import MACHINE_KEY, Keys, Writing, Written, is_home, writing_of

_COMPUTER = r"Control\ComputerName\ComputerName"

#: what is written to one file: the values by key, and keys to remove
Sections = list[tuple[str, list[Written]]]


class Places(t.NamedTuple):
    """Where the parts of a registry are.

    paths: of hive files, by SYSTEM, SOFTWARE and USER; those that are not there are not in it. sid: whose the user's
    is. directory: of the profile, empty where it is not known yet. missing: why a file is not there. obstacle: what
    else stands in the way of a change. noticed: what else is to be known.
    """

    paths: t.Mapping[str, str]
    sid: str = ""
    directory: str = ""
    missing: t.Mapping[str, Finding] = {}
    obstacle: Finding | None = None
    noticed: Finding | None = None


class Source(t.Protocol):
    """A Windows that is not running, as the store needs it."""

    @property
    def medium(self) -> Medium: ...

    @property
    def files(self) -> HiveFiles: ...

    def places(self, scope: Scope, user: str | None) -> Places:
        """Where the parts of a scope are. Raises Blocked where there is no Windows."""

    def look_up(self, directories: t.Sequence[str]) -> dict[str, Directory]:
        """See `Store.look_up`."""

    def make(self, directories: t.Sequence[str]) -> list[str]:
        """Make directories. Those that could not be made."""


class HiveStore:
    """A registry scope of a Windows that is not running. See `_core.store.Store`."""

    def __init__(self, source: Source, scope: Scope, user: str | None, now: t.Callable[[], float] = time.time) -> None:
        self._source, self._scope, self._user, self._now = source, scope, user, now
        self._last: Reading | None = None

    @property
    def paths(self) -> t.Collection[str]:
        """The files that were read."""
        return self._last.places.paths.values() if self._last else ()

    # --- reading -----------------------------------------------------------------------------------------------------

    def read(self, wanted: Wanted) -> State:
        self._last = reading = self._look()
        return reading.state(wanted.medium)

    def _look(self) -> Reading:
        files = self._source.files
        places = self._source.places(self._scope, self._user)
        with files.locked(places.paths.values(), exclusive=False):
            return self._look_locked(places)

    def _look_locked(self, places: Places) -> Reading:
        hives = {name: self._source.files.open(path) for name, path in places.paths.items()}
        return Reading(self._scope, places, hives)

    def look_up(self, directories: t.Sequence[str]) -> dict[str, Directory]:
        return self._source.look_up(directories)

    # --- applying ----------------------------------------------------------------------------------------------------

    def new_journal_id(self) -> str:
        return new_id(self._last.journal_ids if self._last else (), self._now())

    def apply(
        self,
        plan: Plan,
        state: State,
        entry: JournalEntry,
        attempt: int,  # noqa: ARG002 - each begins anew
        world: Variables,
    ) -> Receipt:
        """Raises RefusedPlan, ApplyError, Blocked; Outdated where any program wrote since `state` was read."""
        guard(plan, state, world)
        with self._alone() as now:
            copied = now.variables
            self.make(plan.directories)
            self._write(now, Change.of(now, plan, entry))
            after = self._last = self._look_locked(now.places)
        found = state.with_variables(after.variables, after.kept.anchor)
        return Receipt(copied, found._replace(record=after.kept.record))

    @contextlib.contextmanager
    def _alone(self) -> t.Iterator[Reading]:
        """While no other run is there, and only where the hives are those that were read. Raises Outdated."""
        last, files = self._last, self._source.files
        if last is None:
            raise ApplyError("The hives were not read.", "This is a defect of the collection: please report it.")
        with files.locked(last.places.paths.values(), exclusive=True):
            if not self._is_as_read(last):
                raise Outdated("Another program wrote a hive since it was read.", "Run again.")
            files.sweep(self.paths)
            yield self._look_locked(last.places)

    def writing_of(self, plan: Plan, entry: JournalEntry) -> list[FileWriting]:
        """What `apply` is going to write, the file of the record first, and that of the variables where it is another
        one and does not stay as it is; nothing where the hives are others than were read, or could not be read.
        """
        last = self._last
        if last is None or not last.is_known or not self._is_as_read(last):
            return []
        now = self._look_locked(last.places)
        found = Change.of(now, plan, entry)
        first, second = (now.hives[FILES[self._scope][number]] for number in (0, -1))
        more = [FileWriting(second, found.second, [])] if found.second else []
        return [FileWriting(first, found.first, found.removed), *more]

    def refused(self, plan: Plan, writing: t.Sequence[FileWriting]) -> list[Finding]:
        """Why files would not be written, or could not be written back as they are."""
        files = self._source.files
        found = [files.find_refusal(each.hive, each.sections, each.removed) for each in writing]
        for change in plan.changes if writing else ():
            length = len(hivefile.encode(change.before.type, change.before.data)[1]) if change.before else 0
            if length > hivefile.VALUE_LIMIT:
                found.append(_not_written_back(change.name, self._file_of(change.place), length))
        return list(dict.fromkeys(finding for finding in found if finding is not None))

    def _file_of(self, place: str) -> str:
        """The file that holds the values of a place, of those that were read."""
        if self._last is None:
            return ""
        file = FILES[self._scope][-1] if place == ENVIRONMENT else self._last.place(self._last.keys.anchor)[0]
        return self._last.hives[file].path

    def take_back(self) -> None:
        """Have the file of the record as it was, where the change did not reach the other one."""
        if self._last is not None:
            places = self._last.places
            with self._source.files.locked(places.paths.values(), exclusive=True):
                now = self._look_locked(places)
                self._source.files.write(now.hives[FILES[self._scope][0]], now.taking_back())

    def cut(self, plan: Plan) -> list[Finding]:
        """Which values lose what no program sees of them."""
        if self._last is None or not self._last.is_known:
            return []
        more = self._last.texts_with_more()
        return [
            Finding.of(
                "hive_text_cut",
                f"The text of {change.name} ends with a NUL, and the file holds more text after it, which no program "
                f"of Windows reads. This change removes that rest, and state: restored does not bring it back.",
                "Keep a copy of the hive where that text is of use.",
                change.name,
            )
            for change in plan.changes
            if change.place == ENVIRONMENT and change.before is not None and fold_name(change.name) in more
        ]

    def locked(self) -> contextlib.AbstractContextManager[None]:
        """While no other run writes the files that were read."""
        return self._source.files.locked(self.paths, exclusive=False)

    def _is_as_read(self, reading: Reading) -> bool:
        return all(self._source.files.is_followed(hive.path, hive.stamp) for hive in reading.hives.values())

    def _write(self, now: Reading, change: Change) -> None:
        """The file of the record, and then that of the variables. Where the second cannot be written, the first goes
        back.
        """
        files = self._source.files
        first, second = now.hives[FILES[self._scope][0]], now.hives[FILES[self._scope][-1]]
        written = files.write(first, change.first, change.removed)
        if first is second or not change.second:
            return
        try:
            files.write(second, change.second)
        except DevboxError:
            self._take_back(written, now)
            raise

    def _take_back(self, first: Hive, now: Reading) -> None:
        """Have the file of the record as it was, as far as that can be done now; else the next run does it."""
        with contextlib.suppress(DevboxError):
            found = Reading(self._scope, now.places, {**now.hives, FILES[self._scope][0]: first})
            self._source.files.write(first, found.taking_back())

    def make(self, directories: t.Sequence[str]) -> None:
        """Before the variables are written, which are as they were where that fails."""
        failed = self._source.make(directories) if directories else []
        if failed:
            raise ApplyError(
                f"These directories could not be made: {', '.join(failed)}.",
                "Look at the rights on their parents, and that no file of that name is in the way.",
                "Nothing was written into the registry.",
            )

    def sweep(self, state: State) -> list[Finding]:  # noqa: ARG002 - what was read says more
        """Take out what a killed run left: of a change that it did not finish, and beside the files."""
        files = self._source.files
        if self._last is not None and self._last.pending is not None:
            with contextlib.suppress(DevboxError), self._alone() as now:
                files.write(now.hives[FILES[self._scope][0]], now.taking_back())
        return self._swept()

    def _swept(self) -> list[Finding]:
        """What was left beside the files, which is removed."""
        files, gone = self._source.files, set[str]()
        if not files.find_left(self.paths):
            return []
        with contextlib.suppress(DevboxError), files.locked(self.paths, exclusive=True):
            left = files.find_left(self.paths)
            files.sweep(self.paths)
            gone = set(left) - set(files.find_left(self.paths))
        return [
            Finding.of("leftovers_removed", f"Removed {path}, which a broken-off run had left.")
            for path in sorted(gone)
        ]

    def verify(self, after: State, wanted: Wanted) -> list[Finding]:  # noqa: ARG002 - nothing is running
        return [NOT_ASKED]


def _not_written_back(name: str, path: str, length: int) -> Finding:
    return Finding.of(
        "hive_value_too_large",
        f"{name} in {path} has {length} bytes now, more than the {hivefile.VALUE_LIMIT} that hivex can write: undoing "
        f"this change could not write it back.",
        "Make the value shorter on Windows, or make this change on a running Windows.",
        name,
    )


class FileWriting(t.NamedTuple):
    """What is written to a file: values, and keys to remove."""

    hive: Hive
    sections: Sections
    removed: list[str]


class Change(t.NamedTuple):
    """What a plan writes: to the file of the record, with keys to remove there, and to that of the variables."""

    first: Sections
    removed: list[str]
    second: Sections

    @classmethod
    def of(cls, now: Reading, plan: Plan, entry: JournalEntry) -> Change:
        record, gone = plan.record.with_journal(entry, plan.undoes)
        parts = now.split(writing_of(now.keys, plan, record, entry, gone))
        names = FILES[now.scope]
        sections, removed = parts[names[0]]
        if len(names) < 2:
            return cls(now.fitted(names[0], sections), removed, [])
        second = now.differing(parts[names[-1]][0])
        none = nothing()
        pending = Pending(entry.id, now.sequence, now.kept.record.dumps(), *_undone(plan, now))
        mark = (now.home, pending.values() if second else none)
        return cls(now.fitted(names[0], [*now.put_back(), *sections, mark]), removed, second)


@contextlib.contextmanager
def records_first(files: HiveFiles, planned: t.Sequence[Planned], id: str) -> t.Iterator[None]:
    """See `Together`: the records of several scopes that are in one file are written at once, since that file is large.
    Each is followed by its variables when its scope is applied, which finds the record written then. Where one of them
    failed, what is left of the others' records goes.
    """
    stores = [found.part.store for found in planned]
    if len(planned) > 1:
        paths = [path for store in stores if isinstance(store, HiveStore) for path in store.paths]
        with files.locked(paths, exclusive=True):
            _write_records(files, planned, id)
    try:
        yield
    except DevboxError:
        for store in stores:
            with contextlib.suppress(DevboxError):
                if isinstance(store, HiveStore):
                    store.take_back()
        raise


def _write_records(files: HiveFiles, planned: t.Sequence[Planned], id: str) -> None:
    found = [_writing_of(item, planned, id) for item in planned]
    records = [writing[0] for writing in found if len(writing) > 1]
    together = _of_one_file(records) if len(records) > 1 else None
    if together is not None:
        files.write(together.hive, together.sections, together.removed)


def _writing_of(item: Planned, planned: t.Sequence[Planned], id: str) -> list[FileWriting]:
    store = item.part.store
    if not isinstance(store, HiveStore) or not item.plan.is_journaled:
        return []
    return store.writing_of(item.plan, item.plan.journal_entry(id, media_of(item, planned)))


def _of_one_file(found: t.Sequence[FileWriting]) -> FileWriting | None:
    """What is written to a file at once; None where these are several files, or none."""
    if not found or any(each.hive is not found[0].hive for each in found):
        return None
    sections = [section for each in found for section in each.sections]
    return FileWriting(found[0].hive, sections, [key for each in found for key in each.removed])


def must_fit(planned: t.Sequence[Planned]) -> list[Verdict]:
    """See `Judge`: what hives would refuse to hold, and what they lose, is found before the first is written."""
    changing = [item for item in planned if not item.plan.is_empty and not item.plan.blockers]
    found: dict[str, list[Finding]] = {}
    noticed: dict[str, list[Finding]] = {}
    records: list[FileWriting] = []
    for item in changing:
        store = item.part.store
        if not isinstance(store, HiveStore):
            continue
        with store.locked():
            writing = _writing_of(item, changing, store.new_journal_id())
            records += writing[:1]
            together = _of_one_file(records) if len(records) > 1 and not any(found.values()) else None
            found[item.part.label] = store.refused(item.plan, [*writing, *([together] if together else [])])
            noticed[item.part.label] = store.cut(item.plan)
    return [
        Verdict(tuple(found.get(item.part.label, ())), findings=tuple(noticed.get(item.part.label, ())))
        for item in planned
    ]


def _undone(plan: Plan, now: Reading) -> tuple[str, str]:
    """The id of the entry that a plan undoes, and the entry as it is; nothing where it undoes none."""
    found = now.kept.journal.get(plan.undoes.id) if plan.undoes else None
    return (found.id, found.dumps()) if found else ("", "")


class Reading:
    """What the hives of a scope hold. `problems`: of those that could not be read, by file."""

    def __init__(self, scope: Scope, places: Places, hives: t.Mapping[str, Hive]) -> None:
        self.scope, self.places, self.hives = scope, places, hives
        self.keys = Keys.of(scope, USER)
        self.problems: dict[str, Finding] = {name: hive.problem for name, hive in hives.items() if hive.problem}
        self.problems.update(places.missing)
        for name in hives:
            self._check_kind(name)
        self.control_set = self._control_set()
        self._check_path()
        self._stored = self._read_kept()
        #: the change of a killed run that did not reach the second file
        self.pending = self._read_pending()
        self.kept = before(self.pending, self._stored) if self.pending else self._stored

    # --- values ------------------------------------------------------------------------------------------------------

    def _values(self, file: str, key: str) -> tuple[tuple[str, str, str], ...] | None:
        """The values of a key; none of a key that is not there, None where that is not known."""
        if file not in self.hives or file in self.problems:
            return None
        try:
            return self.hives[file].values(key) or ()
        except Blocked as error:
            self.problems[file] = error.blockers[0]
            return None

    def _has(self, file: str, key: str) -> bool:
        """Whether there is a key with others below it."""
        try:
            return file not in self.problems and bool(self.hives[file].subkeys(key))
        except Blocked as error:
            self.problems[file] = error.blockers[0]
            return False

    def _check_kind(self, file: str) -> None:
        """Have a file that is not the one that it was given for as a problem."""
        if file in self.problems:
            return
        try:
            found = of_other_kind(file, self.hives[file].path, self.hives[file].subkeys(""))
        except Blocked as error:
            found = error.blockers[0]
        if found is not None:
            self.problems[file] = found

    def texts_with_more(self) -> frozenset[str]:
        """The folded names of variables whose texts go on behind their end."""
        file, key = self.place(self.keys.environment)
        try:
            return frozenset(map(fold_name, self.hives[file].texts_with_more(key)))
        except Blocked:  # it was changed since, which writing it sees
            return frozenset()

    def _texts(self, file: str, key: str) -> dict[str, str]:
        return {fold_name(name): data for name, _kind, data in self._values(file, key) or ()}

    def _of(self, key: str) -> tuple[tuple[str, str, str], ...]:
        """The values of a key by its name in a running registry; none where they are not known."""
        return self._values(*self.place(key)) or ()

    def place(self, key: str) -> tuple[str, str]:
        """The file that a key is in, and its path there."""
        root, _sep, rest = key.partition("\\")
        hive, _sep, rest = rest.partition("\\")
        if root == "HKU":
            return USER, rest
        return hive.lower(), re.sub(r"\ACurrentControlSet(?=\\)", self.control_set, rest)

    @property
    def home(self) -> str:
        """The key of the record, in its file."""
        return self.place(self.keys.home)[1]

    def _control_set(self) -> str:
        if SYSTEM not in self.hives:
            return ""
        current = self._texts(SYSTEM, "Select").get("CURRENT", "")
        found = control_set(current)
        if not found or not self._has(SYSTEM, found):
            self.problems.setdefault(SYSTEM, no_control_set(self.hives[SYSTEM].path, current))
        return found

    def _check_path(self) -> None:
        """Have a SYSTEM without the machine's Path as one that could not be read, as a running Windows without it."""
        if SYSTEM not in self.hives or SYSTEM in self.problems:
            return
        key = self.place(MACHINE_KEY)[1]
        if "PATH" not in self._texts(SYSTEM, key) and SYSTEM not in self.problems:
            hive = self.hives[SYSTEM]
            self.problems[SYSTEM] = without_path(hive.path, key, hive.values(key) is not None)

    # --- the record --------------------------------------------------------------------------------------------------

    def _read_kept(self) -> Kept:
        home = joined(self._of(self.keys.home))
        inherited = joined(self._of(self.keys.inherited)) if self.keys.inherited else {}
        entries = [
            JournalEntry.loads(name, text)
            for name, text in joined(self._of(rf"{self.keys.home}\journal")).items()
            if JOURNAL_ID.match(name)
        ]
        anchor = Variables((name, Value(data, kind)) for name, kind, data in self._of(self.keys.anchor) if name)
        return Kept(
            Record.loads(home.get("record", inherited.get("record"))),
            {entry.id: entry for entry in entries if entry is not None},
            anchor.get("InstallPath"),
        )

    def _read_pending(self) -> Pending | None:
        """Where the second file still is what it was before."""
        if len(FILES[self.scope]) < 2 or not self.is_known:
            return None
        found = Pending.loads({name: data for name, _kind, data in self._of(self.keys.home)})
        return found if found is not None and found.sequence == self.sequence else None

    @property
    def sequence(self) -> int:
        """The number that each write of the file of the variables makes another one."""
        return self.hives[FILES[self.scope][-1]].sequence

    @property
    def journal_ids(self) -> tuple[str, ...]:
        return (*self.kept.record.journal, *self._stored.journal)

    def put_back(self) -> Sections:
        """What takes the change that did not happen out of the file of the record."""
        if self.pending is None:
            return []
        is_anchored = self.place(self.keys.anchor)[0] == FILES[self.scope][0]
        found = put_back(self.keys, self.pending, self._stored, is_anchored)
        return [(self.place(key)[1], values) for key, values in found]

    def taking_back(self) -> Sections:
        """`put_back`, as it is written."""
        return self.fitted(FILES[self.scope][0], self.put_back())

    # --- the state ---------------------------------------------------------------------------------------------------

    @property
    def is_known(self) -> bool:
        """Whether all of the scope could be read."""
        return not self._in_the_way(obstacles=False)

    def _in_the_way(self, obstacles: bool) -> tuple[Finding, ...]:
        out = []
        for name in FILES[self.scope]:
            hive = self.hives.get(name)
            found = self.problems.get(name) or (hive.obstacle if hive and obstacles else None)
            out += [found] if found else []
        out += [self.places.obstacle] if self.places.obstacle and obstacles else []
        return tuple(dict.fromkeys(out))

    @property
    def variables(self) -> Variables:
        """Those of the scope."""
        return self._variables(self.scope) or Variables()

    def _variables(self, scope: Scope) -> Variables | None:
        """The variables of a scope, None where they could not be read."""
        values = self._values(*self.place(Keys.of(scope, USER).environment))
        if values is None or (scope is self.scope and not self.is_known):
            return None
        return Variables((name, Value(data, kind)) for name, kind, data in values if name)

    def state(self, medium: Medium) -> State:
        machine, user = (
            self._variables(Scope.MACHINE),
            self._variables(Scope.USER if self.scope is Scope.MACHINE else self.scope),
        )
        computer = self._texts(SYSTEM, rf"{self.control_set}\{_COMPUTER}").get("COMPUTERNAME", "")
        parts = Parts(
            self.scope,
            Account("", ""),
            self.places.sid,
            core_of(self._texts(SOFTWARE, CURRENT_VERSION), computer),
            machine,
            profile_of(self.places.directory),
            user,
            anchor=self.kept.anchor,
            record=self.kept.record,
            journal=self.kept.journal,
            inventory=self._inventory(),
            obstacles=self._in_the_way(obstacles=True),
            medium=medium,
            over_machine=Scope.DEFAULT_USER,
        )
        state = state_of(parts)
        return state._replace(noticed=tuple(self._noticed()))

    def _inventory(self) -> dict[str, str]:
        return {name: data for name, _kind, data in self._of(rf"HKU\{USER}\Software\GoProgrammingLanguage") if name}

    def _noticed(self) -> t.Iterator[Finding]:
        if self.places.noticed is not None:
            yield self.places.noticed
        if self.pending is not None:
            yield self.pending.finding

    # --- writing -----------------------------------------------------------------------------------------------------

    def split(self, writing: Writing) -> dict[str, tuple[Sections, list[str]]]:
        """What is written, by file."""
        out: dict[str, tuple[Sections, list[str]]] = {name: ([], []) for name in FILES[self.scope]}
        for key, values in writing.sections:
            file, path = self.place(key)
            out[file][0].append((path, list(values)))
        for key in writing.removed:
            file, path = self.place(key)
            out[file][1].append(path)
        return out

    def fitted(self, file: str, sections: Sections) -> Sections:
        """What is written to a file, with no text of this collection longer than a value may be."""
        return [
            (key, fitted(values, self._values(file, key) or ()) if is_home(key) else list(values))
            for key, values in net(sections)
        ]

    def differing(self, sections: Sections) -> Sections:
        """The part of it that the file of the variables does not have yet."""
        file, out = FILES[self.scope][-1], []
        for key, values in self.fitted(file, sections):
            there = {fold_name(name): (kind, data) for name, kind, data in self._values(file, key) or ()}
            changed = [
                (name, kind, data)
                for name, kind, data in values
                if there.get(fold_name(name)) != (None if kind is None else (kind, data))
            ]
            out += [(key, changed)] if changed else []
        return out
