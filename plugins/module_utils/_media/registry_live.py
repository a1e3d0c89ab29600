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
from .._core.errors import ApplyError, Blocked, ReadError, TransportError
from .._core.findings import Finding
from .._core.plan import Plan
from .._core.record import JOURNAL_ID, JournalEntry, Record
from .._core.secrets import shown
from .._core.state import Directory, State
from .._core.store import Receipt
from .._core.values import Value, Variables
from .._core.wanted import Scope, Wanted
from .._core.windows import child, fold_path
from .._formats import archive, frames, programs, regtext
from .._formats.cmdscript import Script, can_quote, chunks, sid, token
from .._formats.directories import lookup, parse_lookup
from .._go.names import VERBATIM
from .._hosts import staging
from .._hosts.batch import Inquiry, Question, ask
from .._hosts.clock import stamp
from .._hosts.transport import Completed, Transport, once_more, said
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
    oem_page,
    plain,
    plain_directories,
    variables_of,
)
from .registry_scripts import (
    CODE_PAGE_KEY,
    HELD,
    LOCKS,
    PLAN,
    PROBE,
    ROUNDS,
    SWEPT_AT_ONCE,
    apply_script,
    exact_dump,
    guarded_paths,
    lock_name,
    read_script,
    reg,
    user_statements,
    verify_script,
)
from .registry_writing import Keys, copy_name, writing_of

T = t.TypeVar("T")

LOCK_SECONDS = 60.0  # that a run waits for the lock of another one; an apply takes less than one
LOCK_TRIES = 5  # at least, where each of them takes long; and at most, where no other run is seen


class Waiting(t.NamedTuple):
    """How a run waits for another one. pause: seconds, not the same for two runs that meet."""

    now: t.Callable[[], float]
    sleep: t.Callable[[float], None]
    pause: t.Callable[[], float]


WAITING = Waiting(time.monotonic, time.sleep, lambda: random.uniform(0.3, 1.2))  # noqa: S311 - it keeps no secret


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
        reading = Reading(framed)
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
        self._codec, self._keys, self._journal = (
            reading.codec or "utf-8",
            Keys.of(wanted.scope, reading.sid),
            state.record.journal,
        )
        self._exact = bool(reading.exact)
        self.process = programs.parse_set(decode(framed.first("core") or b"", reading.codec))
        return state

    def _understand(self, reading: Reading, wanted: Wanted, first_paths: list[str]) -> State | None:
        """The state; None when more must be read first."""
        if reading.codec is None:
            return None
        reader = Reader(reading, wanted, first_paths, self._tolerant)
        if not reader.locate():
            return None
        state = reader.state()
        return None if reader.doubtful and not reading.exact else state

    def _look_further(self, reading: Reading, wanted: Wanted, oem: int | None) -> Inquiry[int | None]:
        """One more question for whatever is missing: the code page, another user's hive, an exact copy."""
        mark = staging.new_mark()
        reader = Reader(reading, wanted, []) if reading.codec else None
        if reader is None:
            statements = frames.framed(mark, "oem", reg("query", CODE_PAGE_KEY, "/v OEMCP"))
        elif reader.locate() and reader.has_user():
            key = Keys.of(wanted.scope, sid(reading.sid)).environment
            statements = exact_dump(mark, key, self.new_journal_id())
        else:
            statements = user_statements(mark, wanted, sid(reading.sid), self._folders)
        framed, _completed = yield Question(mark, tuple(statements))
        if reader is None:
            return oem_page(framed)
        if "exact" in framed:
            reading.exact["target"] = exact_variables(
                framed.first("exact") or b"", Keys.of(wanted.scope, reading.sid).environment
            )
        elif "user" in framed:
            reading.later.append(framed)
        return oem

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
        files = self._files(plan, plan._replace(record=record).record, entry, gone)
        ascii_only = all(change.after is None or change.after.data.isascii() for change in plan.changes)
        exact = (
            self._exact or self._codec != "utf-8" or not ascii_only
        )  # reg.exe may print in another page than cmd.exe does
        mark = staging.new_mark()
        guarded = guarded_paths(winner(state, effective(plan.applied(state))).directory)
        script = apply_script(
            mark, self._keys, entry.id, attempt, plan.directories, self._old(state.leftovers), guarded, exact
        )
        try:
            framed, completed = self._run_locked(mark, script, archive.pack(files))
        except TransportError as error:
            if error.lost:
                copies = " and ".join(copy_name(entry.id, number) for number in range(1, attempt + 1))
                error.touched = (
                    "Whether the change was made is not known: its command may still be running on the host. "
                    "What stood there is copied to "
                    f"{regtext.long_name(self._keys.home)}\\before\\{copies} first, nothing foreign is lost, and "
                    f"running again converges."
                )
            raise
        told = self._must_have_applied(framed, completed)
        copy = f"{self._keys.home}\\before\\{copy_name(entry.id, attempt)}"
        try:
            copied, found = (
                self._variables(framed, "copy", copy, exact),
                self._variables(framed, "after", self._keys.environment, exact),
            )
        except ReadError as error:
            error.touched = f"What stood there before is in {regtext.long_name(copy)}. Run again."
            raise
        if copied is None or found is None:
            raise ReadError(
                "The change was sent, but what stands there now could not be read back.",
                said(completed, self._codec),
                f"What stood there before is in {regtext.long_name(copy)}. Run again.",
            )
        self._journal = record.journal
        self._must_have_made(plan.directories, framed)
        self._descriptors = descriptors(framed, len(guarded))
        after = state.with_variables(found, self._anchor(framed))
        home = self._key(framed, "home", self._keys.home)
        self._sweep_copies(framed, record)
        return Receipt(
            copied,
            after._replace(record=Record.loads(home.value("record") if home else None)),
            f"reg.exe said: {told}" if told else "reg.exe said nothing.",
        )

    def _run_locked(self, mark: str, script: Script, stdin: bytes) -> tuple[frames.Framed, Completed]:
        """Run the script of an apply, and again while another run has the lock of the scope: one that did not get it
        wrote nothing, and has ended. The waiting is done here, by this machine's clock: on the host it would take a
        program, which may not start. Raises Blocked.
        """
        began, tries, vain = self._waiting.now(), 0, 0
        while True:
            completed = self._transport.run(script, stdin)
            framed = frames.parse(mark, completed.stdout)
            words = self._words(framed)
            if "gd-arrived" not in words or "gd-locked" in words:
                return framed, completed
            holders = self._holders(words, mark)
            waited, tries, vain = self._waiting.now() - began, tries + 1, 0 if holders else vain + 1
            if vain >= LOCK_TRIES or (waited >= LOCK_SECONDS and tries >= LOCK_TRIES):
                raise Blocked([self._not_locked(words, holders, waited)])
            self._waiting.sleep(self._waiting.pause())

    def _holders(self, words: t.Sequence[str], mark: str) -> list[str]:
        """The directories that are the locks of other runs."""
        begin, own = lock_name(self._keys), lock_name(self._keys, mark)
        found = [word[len(HELD) :].strip() for word in words if word.startswith(HELD)]
        return [f"{LOCKS}\\{name}" for name in found if name.startswith(begin) and name != own]

    def _not_locked(self, words: t.Sequence[str], holders: t.Sequence[str], waited: float) -> Finding:
        """Why this run did not get the lock."""
        key = regtext.long_name(self._keys.environment)
        if not holders:
            return Finding.of(
                "scope_locked",
                f"The lock {LOCKS}\\{lock_name(self._keys)}…, a directory that keeps two runs from writing {key} "
                f"at the same time, could not be made. cmd.exe said: {plain(words) or 'nothing'}.",
                f"This account must be able to make directories in {LOCKS}.",
            )
        return Finding.of(
            "scope_locked",
            f"Another run of this collection has the lock on {key}, and had it for all of the {waited:.0f} seconds "
            f"that this one waited. The lock is the directory {' or '.join(holders)}.",
            "Run again when that run has ended. If it hangs, end its cmd.exe on the host: the next run removes the "
            "lock of a run that has ended. If it may not, or the directory is not empty, remove it by hand.",
        )

    def _files(
        self, plan: Plan, record: Record, entry: JournalEntry, gone: t.Collection[str]
    ) -> list[tuple[str, bytes]]:
        """The members of the archive: a probe of the right to write, the plan, and the sentinel, last."""
        keys, writing = self._keys, writing_of(self._keys, plan, record, entry, gone)
        probe = regtext.format_reg([(keys.environment, [(PROBE, None, "")])])
        return [("probe.reg", probe), (PLAN, regtext.format_reg(writing.sections, writing.removed)), ("done", b"done")]

    def _must_have_applied(self, framed: frames.Framed, completed: Completed) -> str:
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
                        f"This account must be able to write {regtext.long_name(self._keys.home)}.",
                    )
                ]
            )
        if "gd-locked" in words:
            raise Blocked(
                [
                    Finding.of(
                        "missing_right",
                        f"This account may not write {regtext.long_name(self._keys.environment)}. reg.exe "
                        f"said: {plain(words)}.",
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

    def _words(self, framed: frames.Framed) -> list[str]:
        """What the steps of an apply printed."""
        return [line.strip() for line in decode(framed.first("apply") or b"", self._codec).splitlines()]

    def _variables(self, framed: frames.Framed, part: str, key: str, exact: bool) -> Variables | None:
        raw = framed.first(part)
        if raw is None:
            return None
        if exact:
            return exact_variables(raw, key)
        found = regtext.parse_query(decode(raw, self._codec), key, lossless=True)
        return variables_of(found) if found and not found.doubtful else None

    def _must_have_made(self, directories: t.Sequence[str], framed: frames.Framed) -> None:
        """Raises ApplyError when a directory is not there."""
        if not directories:
            return
        answers = parse_lookup(directories, decode(framed.first("dirs") or b"", self._codec))
        missing = [path for path, found in answers if not found.exists]
        if missing:
            raise ApplyError(
                f"The variables were written, but these directories could not be made: {', '.join(missing)}.",
                "Look at the rights on their parents, and that no file of that name is in the way.",
                "The variables stand as wanted.",
            )

    def _key(self, framed: frames.Framed, part: str, key: str) -> regtext.Key | None:
        raw = framed.first(part)
        return regtext.parse_query(decode(raw, self._codec), key) if raw is not None else None

    def _anchor(self, framed: frames.Framed) -> Value | None:
        found = self._key(framed, "anchor", self._keys.anchor)
        return variables_of(found).get("InstallPath") if found else None

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

    def _sweep_copies(self, framed: frames.Framed, record: Record) -> None:
        """Remove the journal's copies that no entry knows and no run can still be using."""
        found = self._key(framed, "copies", f"{self._keys.home}\\before")
        known = set(record.journal)
        limit = stamp(self._now() - staging.OLD_ENOUGH)
        orphans = [
            name
            for name in (found.subkeys if found else ())
            if JOURNAL_ID.match(name[:25]) and name[:25] not in known and name[:16] < limit
        ]
        if orphans:
            statements = [
                reg("delete", f"{self._keys.home}\\before\\{token(name)}", "/f") + " >nul 2>&1"
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
        if after.target is Scope.USER and after.sid != after.account.id:
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


def read_again(read: t.Callable[[], T], state_of: t.Callable[[T], State]) -> T:
    """What a reading of a registry finds. One that fails, or whose state is partial, is tried once more: on a busy host
    a program may not have started, and reading changes nothing.
    """
    try:
        found = read()
    except ReadError:
        return read()
    return read() if is_partial(state_of(found)) else found
