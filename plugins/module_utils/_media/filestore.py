# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all media in files have in common: a ledger with the record and the journal, edits that keep what others write,
reading back.
"""

from __future__ import annotations

import time
import typing as t
from dataclasses import dataclass, replace

from .._core.errors import ApplyError, Outdated
from .._core.findings import Finding
from .._core.plan import Plan
from .._core.record import JournalEntry, Kept, Ledger, Record, digest
from .._core.state import Directory, State
from .._core.store import ATTEMPTS, Receipt
from .._core.values import Variables
from .._core.wanted import Wanted
from .._hosts.files import File, Files, Write
from .journal import guard, new_id


@dataclass(frozen=True)
class Edit:
    """One file, and what becomes of it."""

    path: str
    #: of its bytes; None stands for no file
    change: t.Callable[[bytes | None], bytes | None] = lambda data: data
    #: see `Write`
    private: bool = False
    #: see `Write`
    prune: tuple[str, ...] = ()
    #: what the path becomes a link to
    link: str | None = None
    #: an undoing puts the file back as it was, to the byte
    exact: bool = False
    #: it is another's, and is to be as it was first once nothing of this collection is in it
    shared: bool = False

    def write(self, data: bytes | None) -> Write:
        return Write(self.path, None if self.link else self.change(data), self.link, self.private, self.prune)


class FileStore:
    """A scope whose variables stand in files. See `_core.converge.Store`; a medium says what to read, what it means and
    how it is edited.
    """

    def __init__(self, files: Files, now: t.Callable[[], float] = time.time) -> None:
        self.files = files
        self.found: dict[str, File] = {}
        self.ledger = Ledger()
        self.wanted: Wanted
        self._now = now

    # --- what a medium says ------------------------------------------------------------------------------------------

    def locate(self, wanted: Wanted) -> list[str]:
        """Find out which files are concerned, and name them; the ledger apart. What is read for that goes into `found`,
        and is not read again.
        """
        raise NotImplementedError

    def ledger_place(self) -> tuple[str, str]:
        """The directory of the ledger, and its path."""
        raise NotImplementedError

    def understand(self, wanted: Wanted) -> State:
        """The state that `found` and `ledger` hold, directories apart."""
        raise NotImplementedError

    def edits(self, plan: Plan) -> list[Edit]:
        """What a plan does to the files, in the order in which it is done."""
        raise NotImplementedError

    def managed(self, record: Record) -> set[str]:
        """The files that a record is about."""
        raise NotImplementedError

    def copied(self, replaced: t.Mapping[str, File], state: State) -> Variables:
        """The variables of the target scope as the files held them that were replaced."""
        raise NotImplementedError

    def whole(self, plan: Plan, state: State) -> Variables | None:
        """See `Receipt.whole`."""
        return None

    # --- reading -----------------------------------------------------------------------------------------------------

    def read(self, wanted: Wanted) -> State:
        self.wanted, self.found = wanted, {}
        paths = self.locate(wanted)
        directory, ledger = self.ledger_place()
        self.found.update(self.files.read([path for path in (ledger, *paths) if path not in self.found]))
        self.ledger = ledger_in(self.found[ledger])
        state = self.understand(wanted)
        if all(
            subject for subject, _finding in state.obstacles
        ):  # what keeps the ledger from being written mostly keeps the lock from it too
            obstacle = self.files.obstacle_alone(directory)
            if obstacle:
                state = state._replace(
                    obstacles=(*state.obstacles, ("", Finding.of("file_not_writable", obstacle, "", directory)))
                )
        return state

    def look_up(self, directories: t.Sequence[str]) -> dict[str, Directory]:
        return self.files.look(directories)

    # --- applying ----------------------------------------------------------------------------------------------------

    def new_journal_id(self) -> str:
        return new_id(self.ledger.record.journal, self._now())

    def apply(self, plan: Plan, state: State, entry: JournalEntry, attempt: int, world: Variables) -> Receipt:
        """The ledger first, then each file; what somebody wrote meanwhile is edited anew."""
        guard(plan, state, world)
        directory, path = self.ledger_place()
        with self.files.alone(directory) as locked:
            if locked and attempt == 1:
                self._must_be_current(path)
            if plan.directories:
                self.files.make(plan.directories)
            edits = self._pruning(self.edits(plan))
            plan, entry, firsts = self._noted(plan, entry, edits, attempt)
            edits = [Edit(path, self._ledger_after(plan, entry, firsts), private=True), *edits]
            before = {edit.path: self.found.get(edit.path, File(None)) for edit in edits}
            replaced = self._carry_out(edits)
        self.ledger = ledger_in(self.found[path])
        after = self.understand(self.wanted)
        made = (
            {
                state.medium.syntax.fold_path(place, {}): found
                for place, found in self.files.look(plan.directories).items()
            }
            if plan.directories
            else {}
        )
        copied = self.copied({**before, **replaced}, state)
        return Receipt(copied, after._replace(directories={**state.directories, **made}), whole=self.whole(plan, state))

    def make(self, directories: t.Sequence[str]) -> None:
        self.files.make(directories)

    def _must_be_current(self, ledger: str) -> None:
        """Raises Outdated when another run has written since the ledger was read."""
        if self.files.read([ledger])[ledger].data != self.found[ledger].data:
            raise Outdated("Another run of this collection wrote here meanwhile.", "Run again.")

    def _pruning(self, edits: t.Sequence[Edit]) -> list[Edit]:
        """The edits, each with the directories that were made for its file, which are to go with the last one
        in them.
        """
        made = self.ledger.record.made
        above = {edit.path: tuple(path for path in reversed(made) if _is_above(path, edit.path)) for edit in edits}
        return [replace(edit, prune=tuple(dict.fromkeys((*above[edit.path], *edit.prune)))) for edit in edits]

    def _noted(
        self, plan: Plan, entry: JournalEntry, edits: t.Sequence[Edit], attempt: int
    ) -> tuple[Plan, JournalEntry, dict[str, Kept]]:
        """The plan with the directories that its files are in and that this collection made; the entry with what files
        held that are to go back exactly, which is known for sure the first time only; and what `Ledger.firsts` becomes.
        """
        sources = {edit.path: self.found.get(edit.path, File(None)) for edit in edits}
        after = {edit.path: edit.write(sources[edit.path].data) for edit in edits}
        coming = [
            path
            for edit in edits
            if after[edit.path].data is not None or edit.link
            for path in sources[edit.path].missing
        ]
        stays = {path: found.data is not None for path, found in self.found.items()}
        stays.update((path, write.data is not None) for path, write in after.items())
        files = [path for path in self.managed(plan.record) if stays.get(path)]
        made = tuple(
            path
            for path in dict.fromkeys((*self.ledger.record.made, *coming))
            if any(_is_above(path, file) for file in files)
        )
        exact = {
            edit.path: Kept(sources[edit.path].data, digest(after[edit.path].data)) for edit in edits if edit.exact
        }
        shared = [edit.path for edit in edits if edit.shared]
        return (
            plan._replace(record=plan.record._replace(made=made)),
            entry._replace(
                files={path: kept for path, kept in exact.items() if not kept.left(kept.before)} if attempt == 1 else {}
            ),
            self._firsts(
                shared, {path: sources[path].data for path in shared}, {path: after[path].data for path in shared}
            ),
        )

    def _firsts(
        self, paths: t.Sequence[str], before: t.Mapping[str, bytes | None], after: t.Mapping[str, bytes | None]
    ) -> dict[str, Kept]:
        """What these files held first: what they hold now where nothing of ours is in them, or what is known while
        nobody else wrote since.
        """
        firsts, managed = dict(self.ledger.firsts), self.managed(self.ledger.record)
        for path in paths:
            known = firsts.pop(path, None)
            first = (
                known.before
                if known is not None and known.left(before[path])
                else None
                if path in managed
                else before[path]
            )
            if first is not None and first != after[path]:
                firsts[path] = Kept(first, digest(after[path]))
        return firsts

    def _ledger_after(
        self, plan: Plan, entry: JournalEntry, firsts: t.Mapping[str, Kept]
    ) -> t.Callable[[bytes | None], bytes | None]:
        """The ledger with this change in it; over another than the one read, what that one adds is kept."""
        record, _gone = plan.record.with_journal(entry, plan.undoes)
        undone = {plan.undoes.id: plan.undoes} if plan.undoes else {}
        base = self.ledger
        mine = Ledger(record, {**base.journal, **undone, entry.id: entry}, firsts)

        def change(data: bytes | None) -> bytes:
            theirs = ledger_in(File(data))
            found = mine if theirs.record.damaged or theirs == base else mine.over(base, theirs)
            return found.dumps().encode("ascii")

        return change

    def _carry_out(self, edits: t.Sequence[Edit]) -> dict[str, File]:
        """Write; what somebody else wrote in between is edited anew, and written again. What they had written,
        by path.
        """
        theirs: dict[str, File] = {}
        source = {edit.path: self.found.get(edit.path, File(None)).data for edit in edits}
        expected, pending = dict(source), list(edits)
        for _attempt in range(ATTEMPTS + 1):
            writes = {edit.path: edit.write(source[edit.path]) for edit in pending}
            written = self.files.write(list(writes.values()))
            self.found.update((path, found.stands) for path, found in written.items())
            pending = [
                edit for edit in pending if not edit.link and written[edit.path].replaced.data != expected[edit.path]
            ]
            for edit in pending:
                theirs[edit.path] = written[edit.path].replaced
                source[edit.path], expected[edit.path] = written[edit.path].replaced.data, writes[edit.path].data
            try:
                still = [edit for edit in pending if edit.write(source[edit.path]).data != expected[edit.path]]
            except ValueError as error:
                raise self._given_back(
                    pending,
                    source,
                    expected,
                    f"was written by somebody else meanwhile, and cannot be edited now: {error}",
                ) from error
            if not still:
                return theirs
            pending = still
        raise self._given_back(pending, source, expected, "was written by somebody else again and again.")

    def _given_back(
        self, edits: t.Sequence[Edit], source: dict[str, bytes | None], expected: dict[str, bytes | None], what: str
    ) -> ApplyError:
        """Put back what somebody else wrote last (`source`) over what we wrote (`expected`), also what they write
        meanwhile; the error that says so.
        """
        names = ", ".join(edit.path for edit in edits)
        for _attempt in range(ATTEMPTS + 1):
            written = self.files.write([Write(edit.path, source[edit.path], private=edit.private) for edit in edits])
            edits = [edit for edit in edits if written[edit.path].replaced.data != expected[edit.path]]
            for edit in edits:
                source[edit.path], expected[edit.path] = written[edit.path].replaced.data, source[edit.path]
            if not edits:
                break
        return ApplyError(
            f"{names} {what}", "Find out who writes it, and run again.", "What they wrote last stands there."
        )

    # --- afterwards --------------------------------------------------------------------------------------------------

    def sweep(self, state: State) -> list[Finding]:
        """Nothing to do: what a killed run left beside a file goes with the next write of that file."""
        return []

    def verify(self, after: State, wanted: Wanted) -> list[Finding]:
        raise NotImplementedError


def _is_above(directory: str, path: str) -> bool:
    return path.startswith((directory + "/", directory + "\\"))


def ledger_in(found: File) -> Ledger:
    """The ledger that a file holds, an empty one when there is none."""
    return Ledger.loads(None if found.data is None else found.data.decode("utf-8", "replace"))


def unread(found: File) -> bool:
    """Whether something is there whose bytes are not known."""
    return bool(found.obstacle) and found.data == b""


def trouble(found: t.Mapping[str, File], paths: t.Mapping[str, str]) -> t.Iterator[tuple[str, Finding]]:
    """The obstacles of files, as `State.obstacles` has them: `paths` leads from a path to what a change of it is called
    there.
    """
    for path, subject in paths.items():
        if path in found and found[path].obstacle:
            yield subject, Finding.of("file_not_writable", found[path].obstacle, "", path)
