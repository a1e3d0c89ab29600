# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The live registry of a Windows host, through cmd.exe and reg.exe (docs/facts.md, "Registry environment" and "reg.exe
output"): no PowerShell, no Python on the host.
"""

from __future__ import annotations

import contextlib
import random
import time
import typing as t

from .._core.effective import effective, winner
from .._core.errors import ApplyError, Blocked, DevboxError, Outdated, ReadError, TransportError, Unfinished
from .._core.findings import Finding
from .._core.plan import Plan
from .._core.record import JOURNAL_ID, Change, JournalEntry, Record
from .._core.secrets import shown
from .._core.state import Directory, State
from .._core.store import Receipt
from .._core.values import Variables
from .._core.wanted import Goal, Scope, Wanted
from .._core.windows import child, fold_path
from .._formats import archive, frames, programs, regtext
from .._formats.cmdscript import Script, can_quote, chunks, sid, token
from .._formats.directories import lookup, parse_lookup
from .._formats.profiles import MANDATORY_PROFILE, without_hive
from .._go.names import VERBATIM
from .._hosts import staging
from .._hosts.batch import REG_NOT_STARTED, Inquiry, Question, ask
from .._hosts.clock import stamp
from .._hosts.transport import Completed, Transport, once_more, said
from . import registry_hives
from .journal import guard, new_id
from .registry_answers import (
    Reader,
    Reading,
    codec_of,
    decode,
    descriptors,
    exact_variables,
    is_partial,
    must_have_answered,
    oem_question,
    plain,
    plain_directories,
    variables_of,
)
from .registry_hives import Asked, Mount, OfflineMount
from .registry_locks import HELD, LOCKS, lock_name
from .registry_pieces import by_names
from .registry_scripts import (
    PLAN,
    PROBE,
    ROUNDS,
    SWEPT_AT_ONCE,
    apply_script,
    asks_anchor,
    exact_dump,
    guarded_paths,
    home_statements,
    making,
    profiles_statements,
    read_script,
    reg,
    user_statements,
    verify_script,
)
from .registry_writing import Keys, Writing, copy_name, writing_of

T = t.TypeVar("T")

LOCK_SECONDS = 60.0  # that a run waits for the lock of another one; an apply takes less than one
LOCK_TRIES = 5  # at least, where each of them takes long; and at most, where no other run is seen


class Waiting(t.NamedTuple):
    """How a run waits for another one. pause: seconds, not the same for two runs that meet."""

    now: t.Callable[[], float]
    sleep: t.Callable[[float], None]
    pause: t.Callable[[], float]


WAITING = Waiting(time.monotonic, time.sleep, lambda: random.uniform(0.3, 1.2))  # noqa: S311 - it keeps no secret


class Sent(t.NamedTuple):
    """What a change was sent with. guarded: the paths whose permissions are read. exact: values come as exports."""

    entry: JournalEntry
    attempt: int
    record: Record
    guarded: t.Sequence[str]
    exact: bool


class _Queue:
    """Waiting for the lock of a scope, by this machine's clock: on the host it would take a program, which may not
    start.
    """

    def __init__(self, waiting: Waiting, owner: str, scope: str) -> None:
        self._waiting, self._owner, self._scope = waiting, owner, scope
        self._began, self._tries, self._vain = waiting.now(), 0, 0

    def wait(self, words: t.Sequence[str], mark: str) -> None:
        """Wait a while. words: what a run printed that did not get it. Raises Blocked when that was often enough."""
        holders = self._holders(words, mark)
        waited = self._waiting.now() - self._began
        self._tries, self._vain = self._tries + 1, 0 if holders else self._vain + 1
        if self._vain >= LOCK_TRIES or (waited >= LOCK_SECONDS and self._tries >= LOCK_TRIES):
            raise Blocked([self._not_locked(words, holders, waited)])
        self._waiting.sleep(self._waiting.pause())

    def _holders(self, words: t.Sequence[str], mark: str) -> list[str]:
        """The directories that are the locks of other runs."""
        begin, own = lock_name(self._owner), lock_name(self._owner, mark)
        found = [word[len(HELD) :].strip() for word in words if word.startswith(HELD)]
        return [f"{LOCKS}\\{name}" for name in found if name.startswith(begin) and name != own]

    def _not_locked(self, words: t.Sequence[str], holders: t.Sequence[str], waited: float) -> Finding:
        """Why this run did not get the lock."""
        if not holders:
            return Finding.of(
                "scope_locked",
                f"The lock {LOCKS}\\{lock_name(self._owner)}…, a directory that keeps two runs from writing "
                f"{self._scope} at the same time, could not be made. cmd.exe said: {plain(words) or 'nothing'}.",
                f"This account must be able to make directories in {LOCKS}.",
            )
        return Finding.of(
            "scope_locked",
            f"Another run of this collection has the lock on {self._scope}, and had it for all of the {waited:.0f} "
            f"seconds that this one waited. The lock is the directory {' or '.join(holders)}.",
            "Run again when that run has ended. If it hangs, end its cmd.exe on the host: the next run removes the "
            "lock of a run that has ended. If it may not, or the directory is not empty, remove it by hand.",
        )


class RegistryStore:
    """A registry scope of the host behind a transport. See `_core.converge.Store`."""

    def __init__(
        self,
        transport: Transport,
        now: t.Callable[[], float] = time.time,
        folders: bool = False,
        tolerant: bool = False,
        waiting: Waiting = WAITING,
    ) -> None:
        """`folders`: also read where the folders of the user's profile are, into `State.profile`. tolerant: of a scope
        that could not be read the state says so, in place of an error. `process`: the variables of the session that
        read, whose output is in the code page `codec`.
        """
        self._transport = transport
        self._waiting = waiting
        self.process: t.Mapping[str, str] = {}
        self._folders = folders
        self._tolerant = tolerant
        self._now = now
        self._codec = "utf-8"
        self._exact = False
        self._keys = Keys.of(Scope.MACHINE, "")
        self._names: t.Mapping[str, t.Collection[str]] = {}
        self._mount: Mount | None = None
        self._journal: tuple[str, ...] = ()
        self._descriptors: tuple[str, ...] | None = None
        self._ahead: tuple[Wanted, State] | None = None

    # --- reading ---------------------------------------------------------------------------------------------------

    @property
    def codec(self) -> str:
        return self._codec

    def read(self, wanted: Wanted) -> State:
        """Both scopes and all that a plan needs but directories, in one command, or two where something more must be
        known first.
        """
        ahead, self._ahead = self._ahead, None
        if ahead is not None and ahead[0] == wanted:
            return ahead[1]
        return read_again(lambda: ask(self._transport, lambda: self.reading(wanted)), lambda state: state)

    def use_ahead(self, wanted: Wanted, state: State) -> None:
        """Have the next `read` for this use what a `reading` found."""
        self._ahead = wanted, state

    def reading(self, wanted: Wanted) -> Inquiry[State]:
        """The questions of `read`, which others of the same host can go along with (see `batch`)."""
        first_paths = plain_directories(wanted)
        mark = staging.new_mark()
        framed, completed = yield Question.of(mark, read_script(mark, wanted, first_paths, self._folders))
        must_have_answered(framed, completed)
        noticed = yield from swept_hives(framed)
        return (yield from self.reading_on(framed, wanted, first_paths, noticed))

    def reading_on(
        self, framed: frames.Framed, wanted: Wanted, first_paths: list[str], noticed: t.Sequence[Finding] = ()
    ) -> Inquiry[State]:
        """What follows on the answer to the first question, which several scopes can have in common."""
        return (yield from self._reading_on(Reading(framed, noticed=list(noticed)), wanted, first_paths))

    def _reading_on(self, reading: Reading, wanted: Wanted, first_paths: list[str]) -> Inquiry[State]:
        framed = reading.first
        oem: int | None = None
        for _round in range(ROUNDS):
            reading.codec = codec_of(framed, oem)
            state = self._understand(reading, wanted, first_paths)
            if state is not None:
                break
            oem = yield from self._look_further(reading, wanted, oem)
        else:
            raise ReadError(
                "What the host holds could not be read completely.",
                "Run again, with -vvv, and look at what it answers.",
            )
        self._mount = reading.mount if reading.root else None
        self._codec, self._keys, self._journal = (
            reading.codec or "utf-8",
            keys_at(wanted.scope, reading.user, self._mount, "gd", wanted.medium.policy.record_name),
            state.record.journal,
        )
        self._exact = bool(reading.exact)
        self.process = programs.parse_set(decode(framed.first("core") or b"", reading.codec))
        return state

    def _understand(self, reading: Reading, wanted: Wanted, first_paths: list[str]) -> State | None:
        """The state; None when more must be read first."""
        if reading.codec is None:
            return None
        reader = self._reader(reading, wanted, first_paths)
        if not reader.locate():
            return None
        state = reader.state()
        self._names = reader.names
        return None if reader.doubtful and not reading.exact else state

    def _reader(self, reading: Reading, wanted: Wanted, first_paths: list[str]) -> Reader:
        return Reader(reading, wanted, first_paths, self._tolerant)

    def _look_further(self, reading: Reading, wanted: Wanted, oem: int | None) -> Inquiry[int | None]:
        """One more question for whatever is missing: the code page, another user's hive, an exact copy."""
        mark = staging.new_mark()
        reader = self._reader(reading, wanted, []) if reading.codec else None
        if reader is None:
            return (yield from oem_question())
        if reading.nobody and "profiles" not in reading.first.parts:
            framed, _completed = yield Question(mark, tuple(profiles_statements(mark)))
            listed = {name: framed.parts.get(name, ()) for name in ("default", "profiles")}
            reading.first = frames.Framed({**reading.first.parts, **listed})
        elif reader.locate() and reader.has_user():
            yield from self._read_exactly(reading, wanted)
        elif reading.mount is not None:
            yield from self._read_mounted(reading, reading.mount, wanted)
        else:
            framed, _completed = yield Question(
                mark, tuple(user_statements(mark, wanted, sid(reading.sid), self._folders))
            )
            if "user" in framed:
                reading.later.append(framed)
        return oem

    def _read_exactly(self, reading: Reading, wanted: Wanted) -> Inquiry[None]:
        def asked(mark: str) -> list[str]:
            return exact_dump(mark, self._at(wanted, reading, mark).environment, self.new_journal_id(), mount)

        mount = reading.mount if reading.root else None
        if mount is None:
            mark = staging.new_mark()
            framed, _completed = yield Question(mark, tuple(asked(mark)))
        else:
            found = yield from self._mounted(reading, mount, asked)
            if found is None:
                return
            mark, framed = found
        if "exact" in framed:
            key = self._at(wanted, reading, mark).environment
            reading.exact["target"] = exact_variables(framed.first("exact") or b"", key)

    def _at(self, wanted: Wanted, reading: Reading, mark: str) -> Keys:
        """The keys of a scope in the command of that mark."""
        return keys_at(
            wanted.scope, reading.sid, reading.mount if reading.root else None, mark, wanted.medium.policy.record_name
        )

    # --- hives that are not loaded -----------------------------------------------------------------------------------

    def _read_mounted(self, reading: Reading, mount: Mount, wanted: Wanted) -> Inquiry[None]:
        """Load the hive of a user, read it, and unload it, in one command."""
        keys = Keys.of(wanted.scope, mount.sid)
        asked = Asked.of_user(keys, asks_anchor(wanted), wanted.goal is Goal.RESTORED)
        lacks_home = bool(keys.inherited) and "home" not in reading.first

        def statements(mark: str) -> list[str]:
            home = home_statements(mark, wanted, keys) if lacks_home else []
            return [*home, *registry_hives.read_mounted(mark, mount, asked)]

        found = yield from self._mounted(reading, mount, statements)
        if found is None:
            return
        mark, framed = found
        reading.root = mount.name(mark)
        reading.later += [asked.parts(framed), *([framed] if lacks_home else [])]

    def _mounted(
        self, reading: Reading, mount: Mount, asked: t.Callable[[str], list[str]]
    ) -> Inquiry[tuple[str, frames.Framed] | None]:
        """What a command answers while the hive is loaded; None where it could not be, which `reading` says why."""
        queue = _Queue(self._waiting, mount.owner, f"the hive {self._files_of(mount)}")
        while True:
            mark = staging.new_mark()
            framed, completed = yield Question(mark, tuple(asked(mark)))
            if "mount" not in framed or "unload" not in framed:
                raise ReadError(
                    f"The host broke off in the middle of reading the hive {self._files_of(mount)}. "
                    f"{said(completed, reading.codec)}",
                    "Run again: what was left loaded is unloaded first.",
                )
            words = _lines(framed, "mount", reading.codec)
            if "gd-locked" in words:
                break
            try:
                queue.wait(words, mark)
            except Blocked as error:
                reading.unreached = t.cast(Finding, error.blockers[0])
                return None
        if registry_hives.STUCK in _lines(framed, "unload", reading.codec):
            raise Blocked([_not_unloaded(mount, mark)])
        if registry_hives.LOADED in words:
            return mark, framed
        if registry_hives.SIGNED_IN in words:
            reading.mount, reading.loaded_since = None, True
        else:
            reading.unreached = yield from self._why_not(mount, words, reading.codec)
        return None

    def _why_not(self, mount: Mount, words: t.Sequence[str], codec: str | None) -> Inquiry[Finding]:
        """Why a hive could not be loaded."""
        mark = staging.new_mark()
        file = registry_hives.failed(mount, words)
        framed, _completed = yield Question(mark, tuple(registry_hives.why_not(mark, mount, file)))
        output = plain(word for word in words if not word.startswith(HELD)).rstrip(".")
        return self._cause(mount, file, _lines(framed, "why", codec), output)

    def _cause(self, mount: Mount, file: str, facts: t.Sequence[str], words: str) -> Finding:
        """Why a file of a mount could not be loaded. words: what reg.exe said."""
        return _not_loaded(mount, file, facts, words)

    @staticmethod
    def _files_of(mount: Mount) -> str:
        return " and ".join(mount.files.values())

    def look_up(self, directories: t.Sequence[str]) -> dict[str, Directory]:
        """As many of the directories as one command can ask for."""
        return once_more(self._transport, lambda: self._look_up(chunks(directories, 6500)[0]))

    def _look_up(self, directories: t.Sequence[str]) -> dict[str, Directory]:
        mark = staging.new_mark()
        completed = self._transport.run(Script(tuple(lookup(mark, directories))))
        framed = frames.parse(mark, completed.stdout)
        if "dirs" not in framed:
            raise ReadError("The directories on PATH could not be looked up.", said(completed))
        return dict(parse_lookup(directories, decode(framed.first("dirs") or b"", self._codec)))

    # --- applying --------------------------------------------------------------------------------------------------

    def new_journal_id(self) -> str:
        return new_id(self._journal, self._now())

    def apply(self, plan: Plan, state: State, entry: JournalEntry, attempt: int, world: Variables) -> Receipt:
        """One command: unpack, journal, import, read back. Raises RefusedPlan, ApplyError, Blocked, TransportError."""
        guard(plan, state, world)
        record, gone = plan.record.with_journal(entry, plan.undoes)
        mark = staging.new_mark()
        name = plan.medium.policy.record_name
        keys = keys_at(plan.scope, state.sid, self._mount, mark, name) if self._mount else self._keys
        files = self._files(keys, plan, record, entry, gone)
        ascii_only = all(change.after is None or change.after.data.isascii() for change in plan.changes)
        exact = (
            self._exact or self._codec != "utf-8" or not ascii_only
        )  # reg.exe may print in another page than cmd.exe does
        guarded = self._guarded(state, plan)
        old, directories = self._old(state.leftovers), [self._place(path) for path in plan.directories]
        script = apply_script(mark, keys, entry.id, attempt, directories, old, guarded, exact, self._mount)
        try:
            framed, completed = self._run_locked(keys.owner, mark, script, archive.pack(files))
        except TransportError as error:
            if error.lost:
                copies = " and ".join(copy_name(entry.id, number) for number in range(1, attempt + 1))
                error.touched = (
                    "Whether the change was made is not known: its command may still be running on the host. "
                    "What stood there is copied to "
                    f"{self._told(keys.home)}\\before\\{copies} first, nothing foreign is lost, and "
                    f"running again converges."
                )
            raise
        with self._unloading(framed, mark, entry):
            return self._received(plan, state, keys, Sent(entry, attempt, record, guarded, exact), framed, completed)

    def make(self, directories: t.Sequence[str]) -> None:
        mark, places = staging.new_mark(), [self._place(path) for path in directories]
        made = self._transport.run(Script((*making(places), *lookup(mark, places))))
        try:
            self._must_have_made(places, frames.parse(mark, made.stdout))
        except ReadError as error:
            raise ApplyError(error.message, said(made), "") from error

    def _guarded(self, state: State, plan: Plan) -> list[str]:
        """What must not be writable by ordinary users before the go is run that a change leads to."""
        return guarded_paths(winner(state, effective(plan.applied(state))).directory)

    def _place(self, path: str) -> str:
        """Where a directory is on the host."""
        return path

    @contextlib.contextmanager
    def _unloading(self, framed: frames.Framed, mark: str, entry: JournalEntry) -> t.Iterator[None]:
        """What was loaded must be unloaded, whatever else there is to be said of a change."""
        stuck = self._mount is not None and registry_hives.STUCK in _lines(framed, "unload", self._codec)
        finding = _not_unloaded(t.cast(Mount, self._mount), mark) if stuck else None
        try:
            yield
        except DevboxError as error:
            if finding is not None:
                error.message = f"{error.message} {finding.message}"
                error.advice = f"{error.advice} {finding.advice}"
            raise
        if finding is not None:
            raise Unfinished(
                [finding],
                f"The change itself was made and read back (journal {entry.id}). state: restored undoes it, with that "
                "journal.",
            )

    def _received(
        self,
        plan: Plan,
        state: State,
        keys: Keys,
        sent: Sent,
        framed: frames.Framed,
        completed: Completed,
    ) -> Receipt:
        """What came of a change. Raises when it was not made, or could not be read back."""
        told = self._must_have_applied(keys, framed, completed)
        copy = f"{keys.home}\\before\\{copy_name(sent.entry.id, sent.attempt)}"
        try:
            copied, found = (
                self._variables(framed, "copy", copy, sent.exact),
                self._variables(framed, "after", keys.environment, sent.exact),
            )
        except ReadError as error:
            error.touched = f"What stood there before is in {self._told(copy)}. Run again."
            raise
        if copied is None or found is None:
            raise ReadError(
                "The change was sent, but what stands there now could not be read back.",
                said(completed, self._codec),
                f"What stood there before is in {self._told(copy)}. Run again.",
            )
        self._journal = sent.record.journal
        self._must_have_made([self._place(path) for path in plan.directories], framed, plan.changes)
        self._descriptors = descriptors(framed, len(sent.guarded))
        anchor = self._key(framed, "anchor", keys.anchor)
        after = state.with_variables(found, variables_of(anchor).get("InstallPath") if anchor else None)
        home = self._key(framed, "home", keys.home)
        if self._mount is None or keys.inherited:
            self._sweep_copies(framed, keys, sent.record)
        return Receipt(
            copied,
            after._replace(record=Record.loads(home.value("record") if home else None)),
            f"reg.exe said: {told}" if told else "reg.exe said nothing.",
        )

    def _run_locked(self, owner: str, mark: str, script: Script, stdin: bytes) -> tuple[frames.Framed, Completed]:
        """Run the script of an apply, and again while another run has the lock of the scope: one that did not get it
        wrote nothing, and has ended. Raises Blocked.
        """
        queue = _Queue(self._waiting, owner, self._told(self._keys.environment))
        while True:
            completed = self._transport.run(script, stdin)
            framed = frames.parse(mark, completed.stdout)
            words = self._words(framed)
            if "gd-arrived" not in words or "gd-locked" in words:
                return framed, completed
            queue.wait(words, mark)

    def _told(self, key: str) -> str:
        """A key as a person looks for it."""
        if self._mount is None:
            return regtext.long_name(key)
        for root, file in self._mount.files.items():
            begin = root.replace("MARK", "")
            if key.startswith(begin):
                return f"{file} (key {key[len(begin) :].partition(chr(92))[2]})"
        return regtext.long_name(key)

    def _files(
        self, keys: Keys, plan: Plan, record: Record, entry: JournalEntry, gone: t.Collection[str]
    ) -> list[tuple[str, bytes]]:
        """The members of the archive: a probe of the right to write, the plan, and the sentinel, last."""
        return self._packed(keys, writing_of(keys, plan, record, entry, gone))

    def _packed(self, keys: Keys, writing: Writing) -> list[tuple[str, bytes]]:
        writing = by_names(writing, {keys.home + below: names for below, names in self._names.items()})
        probe = regtext.format_reg([(keys.environment, [(PROBE, None, "")])])
        return [("probe.reg", probe), (PLAN, regtext.format_reg(writing.sections, writing.removed)), ("done", b"done")]

    def _must_have_applied(self, keys: Keys, framed: frames.Framed, completed: Completed) -> str:
        """What reg.exe said. Raises when the import was not even tried."""
        words = self._words(framed)
        if "gd-copied" in words:  # the import was tried; what came of it shows in what is read back
            return plain(words)
        if "gd-allowed" in words:
            raise Blocked(
                [
                    Finding.of(
                        "no_journal",
                        f"What stands there could not be copied into the journal, so nothing was written. "
                        f"reg.exe said: {plain(words)}.",
                        f"This account must be able to write {self._told(keys.home)}.",
                    )
                ]
            )
        if "gd-locked" in words and self._mount is not None and registry_hives.LOADED not in words:
            if framed.not_started:
                why, advice = REG_NOT_STARTED
                raise ApplyError(f"{why} So nothing was written.", advice)
            raise self._without_hive(self._mount, words)
        if "gd-locked" in words:
            raise Blocked(
                [
                    Finding.of(
                        "missing_right",
                        f"This account may not write {self._told(keys.environment)}. reg.exe said: {plain(words)}.",
                        "Connect with an account that may, or give it the right on that key.",
                    )
                ]
            )
        if "apply" in framed:
            raise ApplyError(
                f"The plan did not arrive whole on the host, so nothing was written. tar.exe "
                f"said: {plain(words) or 'nothing'}.",
                "Run again; if it stays so, look for what cuts the connection, or for a full or write-protected "
                "%TEMP%.",
            )
        raise ApplyError(
            f"The host broke off in the middle of the change. {said(completed, self._codec)}",
            "Run again, that converges.",
            "It is not known what was written.",
        )

    def _without_hive(self, mount: Mount, words: t.Sequence[str]) -> DevboxError:
        """Why nothing was written to a hive that was not loaded. Outdated, where the user signed in meanwhile."""
        if registry_hives.SIGNED_IN in words:
            return Outdated(
                f"{mount.sid} has signed in between our reading and our writing.",
                "Run again: it is their own hive that is written then.",
            )
        told = [word for word in words if not word.startswith(HELD)]
        return Blocked([ask(self._transport, lambda: self._why_not(mount, told, self._codec))])

    def _words(self, framed: frames.Framed) -> list[str]:
        """What the steps of an apply printed."""
        return _lines(framed, "apply", self._codec)

    def _variables(self, framed: frames.Framed, part: str, key: str, exact: bool) -> Variables | None:
        raw = framed.first(part)
        if raw is None:
            return None
        if exact:
            return exact_variables(raw, key)
        found = regtext.parse_query(decode(raw, self._codec), key, lossless=True)
        return variables_of(found) if found and not found.doubtful else None

    def _must_have_made(
        self, directories: t.Sequence[str], framed: frames.Framed, changes: t.Sequence[Change] = ()
    ) -> None:
        """Raises ApplyError when a directory is not there. changes: that were made before."""
        if not directories:
            return
        answers = parse_lookup(directories, decode(framed.first("dirs") or b"", self._codec))
        missing = [path for path, found in answers if not found.exists]
        if missing:
            raise ApplyError(
                f"{'The variables were written, but these' if changes else 'These'} directories could not be made: "
                f"{', '.join(missing)}.",
                "Look at the rights on their parents, and that no file of that name is in the way.",
                "The variables stand as wanted." if changes else "Nothing was written into the registry.",
            )

    def _key(self, framed: frames.Framed, part: str, key: str) -> regtext.Key | None:
        raw = framed.first(part)
        return regtext.parse_query(decode(raw, self._codec), key) if raw is not None else None

    # --- leftovers of killed runs ------------------------------------------------------------------------------------

    def _old(self, names: t.Iterable[str]) -> list[str]:
        """The staging directories that no run can still be using."""
        return staging.old(names, self._now(), SWEPT_AT_ONCE)

    def sweep(self, state: State) -> list[Finding]:
        """Remove what killed runs left, in a run that changes nothing else."""
        old = self._old(state.leftovers)
        if not old:
            return []
        try:
            self._transport.run(Script(tuple(staging.remove(old))))
        except TransportError:
            return []
        return [Finding.of("leftovers_removed", f"Removed what {len(old)} broken-off runs had left in %TEMP%.")]

    def _sweep_copies(self, framed: frames.Framed, keys: Keys, record: Record) -> None:
        """Remove the journal's copies that no entry knows and no run can still be using."""
        found = self._key(framed, "copies", f"{keys.home}\\before")
        known = set(record.journal)
        limit = stamp(self._now() - staging.OLD_ENOUGH)
        orphans = [
            name
            for name in (found.subkeys if found else ())
            if JOURNAL_ID.match(name[:25]) and name[:25] not in known and name[:16] < limit
        ]
        if orphans:
            statements = [
                reg("delete", f"{keys.home}\\before\\{token(name)}", "/f") + " >nul 2>&1"
                for name in orphans[:SWEPT_AT_ONCE]
            ]
            with contextlib.suppress(TransportError):  # the change is made; the next run sweeps
                self._transport.run(Script(tuple(statements)))

    # --- asking a fresh process --------------------------------------------------------------------------------------

    def verify(self, after: State, wanted: Wanted) -> list[Finding]:
        """What go itself answers in a fresh session (docs/facts.md, "Questions to go": GOTOOLCHAIN=local, no
        go.mod above).
        """
        environment = effective(after)
        first = winner(after, environment)
        reason = self._not_to_be_asked(after, first.directory, first.file)
        if isinstance(reason, Finding):
            return [reason]
        self._transport.fresh()
        mark = staging.new_mark()
        script = verify_script(mark, child(t.cast(str, first.directory), "go.exe"))
        completed = once_more(self._transport, lambda: self._transport.run(script))
        framed = frames.parse(mark, completed.stdout)
        codec = codec_of(framed, None) or self._codec
        raw = framed.first("go")
        whole = raw is not None and "environment" in framed
        answer = programs.parse_go_env(decode(raw or b"", codec)) if whole else None
        if answer is None:
            words = said(completed, codec, raw if whole else None)
            message = f"{first.directory}\\go.exe was asked, and gave no answer: {words}"
            raise ApplyError(message, "Run go env there by hand, and look for what else sets these variables.")
        process = programs.parse_set(decode(framed.first("environment") or b"", codec))
        return self._compare(after, wanted, answer, process)

    def _not_to_be_asked(self, after: State, directory: str | None, file: str | None) -> Finding | None:
        if directory is None or file != "go.exe":
            return Finding.of(
                "go_not_checked", "No go.exe is on the effective PATH, so none was asked.", "Install an SDK there."
            )
        if after.target is Scope.DEFAULT_USER or (after.target is Scope.USER and after.sid != after.account.id):
            return Finding.of(
                "go_not_checked",
                "The change is for another user, so go was not asked here.",
                "Ask it in a session of theirs.",
            )
        if not can_quote(directory):
            return Finding.of(
                "go_not_checked", f"The path {directory} cannot be asked for from here.", "Run go env there by hand."
            )
        if not self._descriptors:
            return Finding.of(
                "go_not_checked",
                f"Who may write {directory}\\go.exe could not be read, so it was not run.",
                "Look at icacls.exe's answer.",
            )
        if any(programs.writable_by_ordinary_users(text) for text in self._descriptors):
            return Finding.of(
                "go_writable_by_users",
                f"Ordinary users can replace {directory}\\go.exe or what stands beside it, so it was not run "
                f"from here.",
                "Give the SDK a directory only administrators write to, such as one under %ProgramFiles% (CWE-427).",
                directory,
            )
        return None

    def _compare(
        self, after: State, wanted: Wanted, answer: t.Mapping[str, str], process: t.Mapping[str, str]
    ) -> list[Finding]:
        environment = effective(after)
        folded = {name.upper(): text for name, text in process.items()}
        wrong = []
        for name in wanted.named():
            expected = environment.text(name)
            if expected is None:
                continue
            told = [folded.get(name, ""), *([answer[name]] if name in VERBATIM and name in answer else [])]
            strange = next(
                (text for text in told if text != expected and fold_path(text, {}) != fold_path(expected, {})), None
            )
            if strange is not None:
                wrong.append(f"{name} is {shown(strange)!r} instead of {shown(expected)!r}")
        if not wrong:
            return []
        message = (
            "The registry holds what was wanted, but a new session's go answers otherwise: " + "; ".join(wrong) + "."
        )
        if self._transport.fresh_environment:
            raise ApplyError(message, "Look for a policy or a logon script that sets these variables.")
        return [
            Finding.of(
                "go_value_differs",
                message,
                "This kind of session hands out the variables of the day its service was started: restart it.",
            )
        ]


def swept_hives(first: frames.Framed) -> Inquiry[list[Finding]]:
    """Unload what killed runs left loaded, by the answer to the first question of a reading."""
    lines = decode(first.first("hives") or b"", "ascii").splitlines()
    left = registry_hives.left_in(lines, decode(first.first("locks") or b"", "ascii").splitlines())
    if not left:
        return []
    mark = staging.new_mark()
    framed, _completed = yield Question(mark, tuple(registry_hives.sweep(mark, left)))
    words = _lines(framed, "swept", "ascii")
    stuck = _behind(words, registry_hives.STUCK)
    return [_left_loaded(key, key in stuck) for key in _behind(words, registry_hives.SWEPT)]


def _behind(words: t.Iterable[str], begin: str) -> list[str]:
    return [word[len(begin) :].strip() for word in words if word.startswith(begin)]


def keys_at(scope: Scope, user: str, mount: Mount | None, mark: str, record_name: str = "") -> Keys:
    """The keys of a scope in the command of that mark; `mount` is what that command loads. record_name: see
    `Policy`.
    """
    return (Keys.of(scope, user) if mount is None else mount.keys(scope, mark)).recorded(record_name)


def _lines(framed: frames.Framed, part: str, codec: str | None) -> list[str]:
    return [line.strip() for line in decode(framed.first(part) or b"", codec).splitlines()]


def _not_unloaded(mount: Mount, mark: str) -> Finding:
    keys = " and ".join(key for key, _file in mount.loaded(mark))
    return Finding.of(
        "hive_not_unloaded",
        f"The hive {' and '.join(mount.files.values())} was loaded as {keys}, and could not be unloaded: another "
        "program holds it.",
        f"Unload it before its user signs in, who would get a temporary profile: reg.exe unload {keys}, as an "
        "administrator on the host, once what holds it is closed (regedit, a scanner, a backup), or restart the host. "
        "Running again tries it, too.",
        mount.sid,
    )


def _left_loaded(key: str, stuck: bool) -> Finding:
    if stuck:
        return Finding.of(
            "hive_left_loaded",
            f"A broken-off run had left a hive loaded as {key}, and it could not be unloaded: another program holds "
            "it.",
            f"Unload it before its user signs in, who would get a temporary profile: reg.exe unload {key}, as an "
            "administrator on the host, once what holds it is closed, or restart the host.",
            key,
        )
    message = f"A broken-off run had left a hive loaded as {key}. It was unloaded."
    return Finding.of("hive_left_loaded", message, "Nothing is to be done.", key)


def _no_file(mount: Mount, file: str, subject: str) -> Finding:
    """That a file of a mount is not there."""
    if isinstance(mount, OfflineMount) and mount.profile and file == next(iter(mount.files.values())):
        return without_hive(mount.profile, template=len(mount.files) > 1)
    if mount.is_offline:
        return Finding.of("hive_missing", f"{file} is not there.", "Mount or unpack all of the image.", subject)
    if mount.owner == Scope.DEFAULT_USER.value:
        return without_hive(file.rpartition("\\")[0], template=True)
    return Finding.of(
        "profile_without_hive",
        f"{file} is not there, so nothing of that user can be read or written: a profile disk that is not attached "
        "while its user is signed out, or a profile that was deleted.",
        "Run again while the user is signed in.",
        subject,
    )


def _unwritable(file: str, facts: t.Sequence[str], subject: str) -> Finding | None:
    """That Windows cannot load a file because it cannot write it; None where it can."""
    attributes = next((line for line in facts if line.startswith(registry_hives.ATTRIBUTES)), "")
    if "r" in attributes[len(registry_hives.ATTRIBUTES) :].lower():
        why, advice = "it is read-only", f'Take that off on the host (attrib -r "{file}"), and run again.'
    elif registry_hives.UNWRITABLE in facts:
        why = "its disk or image is mounted read-only, this account may not write the file, or another program holds it"
        advice = "Mount the image for writing, connect with an account that may write the file, or close what holds it."
    else:
        return None
    message = f"{file} cannot be loaded, because it cannot be written: {why}."
    return Finding.of("hive_not_writable", message, advice, subject)


def _not_loaded(mount: Mount, file: str, facts: t.Sequence[str], words: str) -> Finding:
    """Why a file of a mount could not be loaded. facts: see `registry_hives.why_not`."""
    subject = mount.sid or mount.owner
    if registry_hives.MANDATORY in facts:
        return MANDATORY_PROFILE._replace(subject=subject)
    if registry_hives.NO_FILE in facts:
        return _no_file(mount, file, subject)
    if registry_hives.BUSY in facts:
        return Finding.of(
            "hive_in_use",
            f"{file} could not be loaded: another program holds it. reg.exe said: {words or 'nothing'}.",
            "Close what holds it (a scanner, a backup, a hive that somebody loaded by hand), and run again.",
            subject,
        )
    unwritable = _unwritable(file, facts, subject)
    if unwritable is not None:
        return unwritable
    if not any(registry_hives.RESTORE_RIGHT in line for line in facts):
        return Finding.of(
            "missing_right",
            f"This account may not load {file}: it lacks the privilege {registry_hives.RESTORE_RIGHT}.",
            "Connect with an account that has it, such as an administrator.",
            subject,
        )
    repair = "Start that Windows and shut it down fully" if mount.is_offline else "Windows may repair it at a sign-in"
    return Finding.of(
        "hive_damaged",
        f"{file} could not be loaded, though it is there and this account may. reg.exe said: {words or 'nothing'}.",
        f"{repair}; else it is damaged, or another program has loaded it.",
        subject,
    )


def read_again(read: t.Callable[[], T], state_of: t.Callable[[T], State]) -> T:
    """What a reading of a registry finds. One that fails, or whose state is partial, is tried once more: on a busy host
    a program may not have started, and reading changes nothing.
    """
    try:
        found = read()
    except ReadError:
        return read()
    return read() if is_partial(state_of(found)) else found
