# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What we remember on a host: what is managed, and the journal of changes. JSON in and out, pure."""

from __future__ import annotations

import json
import re
import typing as t
from dataclasses import dataclass, field, replace

from .values import Value

JOURNAL_LENGTH = 10
JOURNAL_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}\Z")
FORMAT = 1

#: where a change stands: in the scope's Environment key, or as InstallPath of the anchor key
ENVIRONMENT = "environment"
ANCHOR = "anchor"


@dataclass(frozen=True)
class Change:
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
        return cls(str(found["name"]), Value.from_json(found["before"]), Value.from_json(found["after"]), str(found.get("place", ENVIRONMENT)))


@dataclass(frozen=True)
class Record:
    """What is managed in a scope.

    variables: name to the text we wrote. entries: (role, entry) of the PATH entries we guarantee, as `Wanted.entries` has them.
    journal: ids of the journal, oldest first. damaged: the record on the host could not be read and counts as empty.
    """

    variables: t.Mapping[str, str] = field(default_factory=dict)
    entries: tuple[tuple[str, str], ...] = ()
    anchor: bool = False
    journal: tuple[str, ...] = ()
    damaged: bool = False

    def dumps(self) -> str:
        return _dump(
            {
                "format": FORMAT,
                "variables": dict(self.variables),
                "entries": [list(pair) for pair in self.entries],
                "anchor": self.anchor,
                "journal": list(self.journal),
            }
        )

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
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return cls(damaged=True)

    def with_journal(self, newest: str) -> tuple[Record, tuple[str, ...]]:
        """The record with one more journal id, and the ids that fall off the end (the last 10 stay)."""
        ids = tuple(item for item in self.journal if item != newest) + (newest,)
        return replace(self, journal=ids[-JOURNAL_LENGTH:]), ids[:-JOURNAL_LENGTH]


@dataclass(frozen=True)
class JournalEntry:
    """One change of a scope, with what is needed to undo it.

    ours: the PATH entries, verbatim, that the change placed. record: the record as it was before. kind: what the run was for.
    """

    id: str
    changes: tuple[Change, ...]
    ours: tuple[str, ...] = ()
    record: Record = Record()
    undone: bool = False
    kind: str = "present"

    def dumps(self) -> str:
        return _dump(
            {
                "format": FORMAT,
                "changes": [change.to_json() for change in self.changes],
                "ours": list(self.ours),
                "record": self.record.dumps(),
                "undone": self.undone,
                "kind": self.kind,
            }
        )

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
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None


def _dump(found: t.Mapping[str, t.Any]) -> str:
    """One line of ASCII, so that any code page carries it."""
    return json.dumps(found, ensure_ascii=True, separators=(",", ":"), sort_keys=True)
