# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What we remember on a host: what is managed, and the journal of changes. JSON in and out, pure."""

from __future__ import annotations

import base64
import hashlib
import json
import typing as t
from dataclasses import dataclass, field

from .frozen import Frozen
from .patterns import pattern
from .values import Value

JOURNAL_LENGTH = 10
JOURNAL_ID = pattern(r"\d{8}T\d{6}Z-[0-9a-f]{8}\Z")
FORMAT = 1

#: where a change stands: among the scope's variables, as the anchor (InstallPath of its key, or the link to go), or in
#: a file that brings the variables into effect
ENVIRONMENT = "environment"
ANCHOR = "anchor"
HOOK = "hook"
#: how many values of one variable, and how many PATH entries, are remembered once they are no longer wanted
FORMER_LENGTH, RETIRED_LENGTH = 8, 40
#: of how many changes it is remembered what each left
TURNS = 4
#: characters that tell one text from another
MARK_LENGTH = 16


class Change(t.NamedTuple):
    """One value before and after; None stands for absent."""

    name: str
    before: Value | None
    after: Value | None
    place: str = ENVIRONMENT

    def to_json(self) -> dict[str, t.Any]:
        return {
            "name": self.name,
            "place": self.place,
            "before": self.before.to_json() if self.before else None,
            "after": self.after.to_json() if self.after else None,
        }

    @classmethod
    def from_json(cls, found: t.Mapping[str, t.Any]) -> Change:
        return cls(
            str(found["name"]),
            Value.from_json(found["before"]),
            Value.from_json(found["after"]),
            str(found.get("place", ENVIRONMENT)),
        )


class Hold(t.NamedTuple):
    """An item that enforcement leaves alone up to and including a day, `YYYY-MM-DD` in UTC."""

    until: str
    reason: str = ""


@dataclass(frozen=True)
class Memory(Frozen):
    """What decides what enforcement does with an item, by the item's key (`_core.items.key_of`)."""

    #: what an undoing left there, None for nothing: what was written last
    restored: t.Mapping[str, str | None] = field(default_factory=dict)
    #: the items that a rollback keeps from being put back
    holds: t.Mapping[str, Hold] = field(default_factory=dict)
    #: the ids of the runs that put an item back, in the order in which they did
    put_backs: t.Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: the items that were put back too often
    contested: tuple[str, ...] = ()

    def to_json(self) -> dict[str, t.Any]:
        return {
            "restored": dict(self.restored),
            "holds": {key: list(hold) for key, hold in self.holds.items()},
            "put_backs": {key: list(runs) for key, runs in self.put_backs.items()},
            "contested": list(self.contested),
        }

    def over(self, theirs: Memory) -> Memory:
        """This memory with what only `theirs` has."""
        return Memory(
            {**theirs.restored, **self.restored},
            {**theirs.holds, **self.holds},
            {**theirs.put_backs, **self.put_backs},
            tuple(dict.fromkeys((*theirs.contested, *self.contested))),
        )

    @classmethod
    def from_json(cls, found: t.Mapping[str, t.Any]) -> Memory:
        """The memory in a record; an empty one in a record of an earlier release. Raises ValueError, TypeError,
        AttributeError for what is none.
        """
        return cls(
            {str(key): None if text is None else str(text) for key, text in found.get("restored", {}).items()},
            {str(key): Hold(str(until), str(reason)) for key, (until, reason) in found.get("holds", {}).items()},
            {str(key): tuple(str(run) for run in runs) for key, runs in found.get("put_backs", {}).items()},
            tuple(str(key) for key in found.get("contested", ())),
        )


@dataclass(frozen=True)
class Record(Frozen):
    """What is managed in a scope, and what is remembered of what was."""

    #: name to the text that was written
    variables: t.Mapping[str, str] = field(default_factory=dict)
    #: (role, entry) of the PATH entries that are guaranteed, as `Wanted.entries` has them
    entries: tuple[tuple[str, str], ...] = ()
    #: whether the anchor is managed
    anchor: bool = False
    #: ids of the journal, oldest first
    journal: tuple[str, ...] = ()
    #: the record on the host could not be read, and counts as empty
    damaged: bool = False
    #: PATH entries that are no longer wanted, where programs inherit what was once set
    retired: tuple[str, ...] = ()
    #: the values that variables had by this collection, where programs inherit what was once set
    former: t.Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: the roles whose run asked for other SDKs to go
    sweep: tuple[str, ...] = ()
    #: the files that bring the variables into effect
    hooks: tuple[str, ...] = ()
    #: ids that are undone, or are an undoing themselves, in the order in which they became that
    spent: tuple[str, ...] = ()
    #: directories that were made for files, outermost first
    made: tuple[str, ...] = ()
    #: what the last changes left, oldest first (`_core.alternation`)
    turns: tuple[t.Mapping[str, str], ...] = ()
    #: names that the last change which was about them wanted to be absent
    cleared: tuple[str, ...] = ()
    #: what tells the texts that were written into the files in `hooks`, by path
    marks: t.Mapping[str, str] = field(default_factory=dict)
    #: whether the PATH entries were placed behind the others
    last: bool = False
    #: what a host remembers for enforcement
    memory: Memory = Memory()

    def dumps(self) -> str:
        found: dict[str, t.Any] = {
            "format": FORMAT,
            "variables": dict(self.variables),
            "entries": [list(pair) for pair in self.entries],
            "anchor": self.anchor,
            "journal": list(self.journal),
        }
        more = {
            "retired": list(self.retired),
            "former": {name: list(texts) for name, texts in self.former.items()},
            "sweep": list(self.sweep),
            "hooks": list(self.hooks),
            "spent": list(self.spent),
            "made": list(self.made),
            "turns": [dict(turn) for turn in self.turns],
            "cleared": list(self.cleared),
            "marks": dict(self.marks),
            "last": self.last,
            **self.memory.to_json(),
        }
        return _dump({**found, **{name: value for name, value in more.items() if value}})

    def inherited(self) -> Record:
        """What of it a copy of the scope has: what is managed, without the history of how that came about."""
        return Record(self.variables, self.entries, self.anchor, sweep=self.sweep, cleared=self.cleared, last=self.last)

    def with_retired(self, gone: t.Iterable[str], standing: t.Iterable[str]) -> Record:
        """The record with these PATH entries retired, those in `standing` apart. The newest are remembered."""
        kept = set(standing)
        retired = [entry for entry in dict.fromkeys((*self.retired, *gone)) if entry not in kept]
        return self._replace(retired=tuple(retired[-RETIRED_LENGTH:]))

    def with_former(self, changes: t.Iterable[tuple[str, str | None, str | None]]) -> Record:
        """The record with the values that these changes, (name, before, after), take away."""
        former = {name: tuple(texts) for name, texts in self.former.items()}
        for name, before, after in changes:
            texts = [text for text in (*former.get(name, ()), before) if text is not None and text != after]
            former[name] = tuple(dict.fromkeys(texts))[-FORMER_LENGTH:]
        return self._replace(former={name: texts for name, texts in former.items() if texts})

    @classmethod
    def loads(cls, text: str | None) -> Record:
        """The record in `text`; an empty one for None, an empty and damaged one for what is no record."""
        if text is None:
            return cls()
        try:
            found = json.loads(text)
            if found["format"] != FORMAT:
                return cls(damaged=True)
            return cls(
                {str(name): str(value) for name, value in found["variables"].items()},
                tuple((str(role), str(entry)) for role, entry in found["entries"]),
                bool(found["anchor"]),
                tuple(str(item) for item in found["journal"] if JOURNAL_ID.match(str(item))),
                False,
                tuple(str(item) for item in found.get("retired", ())),
                {str(name): tuple(str(item) for item in texts) for name, texts in found.get("former", {}).items()},
                tuple(str(item) for item in found.get("sweep", ())),
                tuple(str(item) for item in found.get("hooks", ())),
                tuple(str(item) for item in found.get("spent", ()) if JOURNAL_ID.match(str(item))),
                tuple(str(item) for item in found.get("made", ())),
                tuple({str(name): str(left) for name, left in turn.items()} for turn in found.get("turns", ())),
                tuple(str(name) for name in found.get("cleared", ())),
                {str(path): str(mark) for path, mark in found.get("marks", {}).items()},
                bool(found.get("last", False)),
                Memory.from_json(found),
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return cls(damaged=True)

    def with_journal(self, newest: JournalEntry, undoes: JournalEntry | None = None) -> tuple[Record, tuple[str, ...]]:
        """The record with one more entry in the journal, and the ids that fall off the end.

        The last 10 changes stay that can be undone. What is undone, and an undoing, takes no place of theirs: of those
        stay 10 more. `undoes`: another entry, with what becomes of it by this change.
        """
        undone = {entry.id: entry.undone for entry in (undoes, newest) if entry is not None}
        ids = tuple(item for item in self.journal if item != newest.id) + (newest.id,)
        spent = [item for item in self.spent if undone.get(item, True)]
        spent += [item for item, is_undone in undone.items() if is_undone and item not in spent]
        kept = kept_of(ids, spent)
        record = self._replace(journal=kept, spent=tuple(item for item in spent if item in kept))
        return record, tuple(item for item in ids if item not in kept)


def kept_of(ids: t.Sequence[str], spent: t.Sequence[str]) -> tuple[str, ...]:
    """Of the ids of a journal, oldest first, those that stay; spent: in the order in which they were."""
    known = set(spent)
    kept = {
        *[item for item in ids if item not in known][-JOURNAL_LENGTH:],
        *[item for item in spent if item in ids][-JOURNAL_LENGTH:],
    }
    return tuple(item for item in ids if item in kept)


class Kept(t.NamedTuple):
    """The bytes of a file before a change, None for no file, and the digest of what the change left there, empty for no
    file.
    """

    before: bytes | None
    after: str

    def to_json(self) -> list[str | None]:
        return [None if self.before is None else base64.b64encode(self.before).decode("ascii"), self.after]

    @classmethod
    def from_json(cls, found: t.Sequence[t.Any]) -> Kept:
        before, after = found
        return cls(None if before is None else base64.b64decode(str(before), validate=True), str(after))

    def left(self, data: bytes | None) -> bool:
        """Whether these bytes are what the change left."""
        return digest(data) == self.after


def digest(data: bytes | None) -> str:
    """What tells one content of a file from another; an empty text for no file."""
    return "" if data is None else hashlib.sha256(data).hexdigest()


def mark_of(text: str) -> str:
    """What tells a text in a file from another, in short."""
    return digest(text.encode("utf-8", "surrogateescape"))[:MARK_LENGTH]


@dataclass(frozen=True)
class JournalEntry(Frozen):
    """One change of a scope, with what is needed to undo it."""

    id: str
    #: values before and after
    changes: tuple[Change, ...]
    #: the PATH entries, verbatim, that the change placed
    ours: tuple[str, ...] = ()
    #: the record as it was before
    record: Record = Record()
    undone: bool = False
    #: what the run was for
    kind: str = "present"
    #: of an undoing, the id of the entry that it undid
    undid: str = ""
    #: in media that put a file back as it was, what it held, by path
    files: t.Mapping[str, Kept] = field(default_factory=dict)
    #: of a run that changed several media, the labels of all of them, this one's first
    media: tuple[str, ...] = ()
    #: of a change that enforcement made, the id of its run
    run: str = ""

    def dumps(self) -> str:
        found = {
            "format": FORMAT,
            "changes": [change.to_json() for change in self.changes],
            "ours": list(self.ours),
            "record": self.record.dumps(),
            "undone": self.undone,
            "kind": self.kind,
        }
        more = {
            "undid": self.undid,
            "files": {path: kept.to_json() for path, kept in self.files.items()},
            "media": list(self.media),
            "run": self.run,
        }
        return _dump({**found, **{name: value for name, value in more.items() if value}})

    @classmethod
    def loads(cls, id: str, text: str) -> JournalEntry | None:
        """The entry in `text`, or None for what is none."""
        try:
            found = json.loads(text)
            if found["format"] != FORMAT:
                return None
            return cls(
                id,
                tuple(Change.from_json(change) for change in found["changes"]),
                tuple(str(entry) for entry in found["ours"]),
                Record.loads(found["record"]),
                bool(found["undone"]),
                str(found["kind"]),
                str(found.get("undid", "")),
                {str(path): Kept.from_json(kept) for path, kept in found.get("files", {}).items()},
                tuple(str(label) for label in found.get("media", ())),
                str(found.get("run", "")),
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None


class Ledger(t.NamedTuple):
    """A record and its journal in one text, for media that keep both in a file.

    firsts: of files that are other people's, by path, what they held before this collection wrote into them, while
    nobody else wrote since.
    """

    record: Record = Record()
    journal: t.Mapping[str, JournalEntry] = {}
    firsts: t.Mapping[str, Kept] = {}

    def dumps(self) -> str:
        entries = {id: entry.dumps() for id, entry in self.journal.items() if id in self.record.journal}
        firsts = {path: kept.to_json() for path, kept in self.firsts.items()}
        more = {"firsts": firsts} if firsts else {}
        return _dump({"format": FORMAT, "record": self.record.dumps(), "journal": entries, **more}) + "\n"

    def over(self, base: Ledger, theirs: Ledger) -> Ledger:
        """This ledger, written over `theirs` by somebody who had read `base`: what they added or took out is kept."""
        mine = self.record
        variables = {
            name: text
            for name, text in mine.variables.items()
            if name in theirs.record.variables or name not in base.record.variables
        }
        variables.update(
            (name, text)
            for name, text in theirs.record.variables.items()
            if base.record.variables.get(name) != text and name not in variables
        )
        added = [pair for pair in theirs.record.entries if pair not in base.record.entries and pair not in mine.entries]
        spent = [*(id for id in theirs.record.spent if id not in mine.journal), *mine.spent]
        ids = kept_of(sorted({*mine.journal, *theirs.record.journal}), spent)
        made = tuple(
            dict.fromkeys((*mine.made, *(path for path in theirs.record.made if path not in base.record.made)))
        )
        record = mine._replace(
            variables=variables,
            entries=(*mine.entries, *added),
            journal=ids,
            spent=tuple(id for id in ids if id in spent),
            made=made,
            memory=mine.memory.over(theirs.record.memory),
        )
        return Ledger(record, {**theirs.journal, **self.journal}, {**theirs.firsts, **self.firsts})

    @classmethod
    def loads(cls, text: str | None) -> Ledger:
        """The ledger in `text`; an empty one for None, one with a damaged record for what is none."""
        if text is None:
            return cls()
        try:
            found = json.loads(text)
            if found["format"] != FORMAT:
                return cls(Record(damaged=True))
            entries = [
                JournalEntry.loads(str(id), dumped)
                for id, dumped in found["journal"].items()
                if JOURNAL_ID.match(str(id))
            ]
            firsts = {str(path): Kept.from_json(kept) for path, kept in found.get("firsts", {}).items()}
            return cls(
                Record.loads(found["record"]), {entry.id: entry for entry in entries if entry is not None}, firsts
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return cls(Record(damaged=True))


def _dump(found: t.Mapping[str, t.Any]) -> str:
    """One line of ASCII, so that any code page carries it."""
    return json.dumps(found, ensure_ascii=True, separators=(",", ":"), sort_keys=True)
