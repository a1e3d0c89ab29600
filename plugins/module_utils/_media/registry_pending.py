# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One change in two files of a registry. Pure.

The file with the record and the journal is written first, with what was there before beside them; then the one with the
variables. Where the second still is what it was then, the change never happened, and the record is that of before.
"""

from __future__ import annotations

import json
import typing as t

from .._core.findings import Finding
from .._core.record import ANCHOR, ENVIRONMENT, FORMAT, JOURNAL_ID, JournalEntry, Record
from .._core.values import Value, Variables
from .._core.wanted import Goal, Wanted
from .registry_pieces import joined
from .registry_writing import Keys, Written, anew, no_more, values_of

#: the values of it, beside the record
PENDING, RECORD, ENTRY = "pending", "pending_record", "pending_entry"


class Pending(t.NamedTuple):
    """A change that may not have reached the second file.

    journal: its id. sequence: of the second file before. record: as it was before. undoes: the id of the entry that it
    undid, or empty, and that entry as it was.
    """

    journal: str
    sequence: int
    record: str
    undoes: str = ""
    entry: str = ""

    @property
    def finding(self) -> Finding:
        """That the change was not made."""
        return Finding.of(
            "hive_pending",
            f"A run was ended between the two files of its change {self.journal}: the journal has it, and the "
            f"variables do not. It counts as not made.",
            "Nothing is to be done: what is left of it goes with the next write.",
            self.journal,
        )

    def seen_by_variables(self, is_kept: bool) -> Finding:
        """That the change was not made, as far as the variables say it. is_kept: see `is_kept`."""
        message = (
            f"The variables of the change {self.journal} are as they were before it: it was not made, because a run "
            f"was ended between its two files, or they were put back since."
        )
        if is_kept:
            return Finding.of(
                "hive_pending",
                f"{message} It is still the newest change, so that no older one is undone in its place.",
                "Undoing it changes no variable. To undo an older change, name that one with journal.",
                self.journal,
            )
        return Finding.of(
            "hive_pending",
            f"{message} It counts as not made.",
            "Nothing is to be done: what is left of it goes with the next change.",
            self.journal,
        )

    def values(self) -> list[Written]:
        """What is written beside the record."""
        found = {"format": FORMAT, "journal": self.journal, "sequence": self.sequence, "undoes": self.undoes}
        entry: Written = (ENTRY, "REG_SZ", self.entry) if self.entry else (ENTRY, None, "")
        return [
            (PENDING, "REG_SZ", json.dumps(found, separators=(",", ":"), sort_keys=True)),
            (RECORD, "REG_SZ", self.record),
            entry,
        ]

    @classmethod
    def loads(cls, values: t.Mapping[str, str]) -> Pending | None:
        """What the values beside a record say, by their names; None where they say nothing."""
        values = joined((name, "", data) for name, data in values.items())
        try:
            found = json.loads(values[PENDING])
            journal, undoes = str(found["journal"]), str(found["undoes"])
            if found["format"] != FORMAT or not JOURNAL_ID.match(journal):
                return None
            entry = values.get(ENTRY, "") if undoes else ""
            return cls(journal, int(found["sequence"]), values[RECORD], undoes, entry)
        except (KeyError, ValueError, TypeError):
            return None


class Kept(t.NamedTuple):
    """What the first of the two files holds of a scope."""

    record: Record
    journal: t.Mapping[str, JournalEntry]
    anchor: Value | None = None


def is_unmade(pending: Pending, kept: Kept, variables: Variables) -> bool:
    """Whether a change did not reach the variables, where only these say it: it is the newest, and each of its
    variables is as it was before.
    """
    entry = kept.journal.get(pending.journal)
    if entry is None or kept.record.journal[-1:] != (pending.journal,):
        return False
    changes = [change for change in entry.changes if change.place == ENVIRONMENT]
    return bool(changes) and all(variables.get(change.name) == change.before != change.after for change in changes)


def is_kept(entry: JournalEntry, wanted: Wanted) -> bool:
    """Whether a change that is unmade by the variables alone stays in the journal for a run: where that run undoes the
    newest change, which may be this one, or this one by its name. An undoing stays in none: what it undid is what a run
    undoes then.
    """
    named = wanted.journal in (None, entry.id) and wanted.run in (None, entry.run)
    return wanted.goal is Goal.RESTORED and named and not entry.undone


def nothing() -> list[Written]:
    """What is written beside a record so that no change is pending."""
    return [value for name in (PENDING, RECORD, ENTRY) for value in no_more(name)]


def before(pending: Pending, kept: Kept) -> Kept:
    """What the first file held before a change that did not reach the second."""
    entry = kept.journal.get(pending.journal)
    journal = {id: found for id, found in kept.journal.items() if id != pending.journal}
    undone = JournalEntry.loads(pending.undoes, pending.entry) if pending.undoes else None
    if undone is not None:
        journal[undone.id] = undone
    record = Record.loads(pending.record)
    record = record._replace(journal=tuple(id for id in record.journal if id in journal))
    return Kept(record, journal, _anchor_before(entry, kept.anchor))


def _anchor_before(entry: JournalEntry | None, anchor: Value | None) -> Value | None:
    """The anchor, which is in the first file, as it was; what somebody made of it since stays."""
    for change in entry.changes if entry else ():
        if change.place == ANCHOR and change.after == anchor:
            return change.before
    return anchor


def put_back(keys: Keys, pending: Pending, kept: Kept, is_anchored: bool) -> list[tuple[str, list[Written]]]:
    """What is written so that the first file holds what it held before. kept: what it holds. is_anchored: the anchor is
    in that file too.
    """
    was = before(pending, kept)
    journal = no_more(pending.journal)
    if pending.undoes in was.journal and pending.entry:
        journal += anew(pending.undoes, pending.entry)
    out = [
        (keys.home, [*anew("record", was.record.dumps()), *nothing()]),
        (f"{keys.home}\\journal", journal),
    ]
    if is_anchored and was.anchor != kept.anchor:
        entry = kept.journal[pending.journal]
        back = [change._replace(after=change.before) for change in entry.changes]
        out.append((keys.anchor, values_of(back, ANCHOR)))
    return out
