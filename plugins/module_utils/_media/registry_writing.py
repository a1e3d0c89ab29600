# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a plan does to the keys of a registry, wherever they are. Pure."""

from __future__ import annotations

import typing as t

from .._core.plan import Plan
from .._core.record import ANCHOR, ENVIRONMENT, Change, JournalEntry, Record
from .._core.store import ATTEMPTS
from .._core.wanted import Scope
from .._formats.cmdscript import token

MACHINE_KEY = r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment"
#: where this collection keeps what it remembers, in the root of a scope
HOME = r"SOFTWARE\gopher\devbox"

#: a value as it is written: name, type (None deletes it), data
Written = tuple[str, t.Optional[str], str]
#: values over which a long text is deleted where it is not known how many it has: a hive that was written offline may
#: have it in several (see `registry_pieces`, and `by_names` there for where it is known)
_CONTINUED = 32


class Keys(t.NamedTuple):
    """The keys of one scope.

    environment: its variables. home: the record and the journal; in the same root, so that a journal goes where its
    scope goes, but for the default user's, whose copies are to have no history. anchor: what inventory tools look at.
    owner: whose scope it is, in names of locks. inherited: of the default user, the key of the record that new users
    get.
    """

    environment: str
    home: str
    anchor: str
    owner: str = "machine"
    inherited: str = ""

    @classmethod
    def of(cls, scope: Scope, user: str, record_name: str = "") -> Keys:
        """`user` is a SID, the name under which a hive is loaded, or a FOR variable that holds one. record_name: see
        `Policy`.
        """
        if scope is Scope.MACHINE:
            return cls(MACHINE_KEY, rf"HKLM\{HOME}\machine", r"HKLM\SOFTWARE\Go").recorded(record_name)
        root = "HKU\\" + user
        keys = cls(root + r"\Environment", root + r"\Software\gopher\devbox\user", root + r"\Software\Go", user)
        if scope is Scope.DEFAULT_USER:
            return keys._replace(home=rf"HKLM\{HOME}\default_user", owner="default_user", inherited=keys.home)
        return keys.recorded(record_name)

    def recorded(self, name: str) -> Keys:
        """These keys with a record of that name beside the scope's first; an empty name is that one."""
        return self._replace(home="\\".join([self.home.rpartition("\\")[0], name])) if name else self


class Writing(t.NamedTuple):
    """What is written: the values by key, in this order, after the keys in `removed` are deleted."""

    sections: tuple[tuple[str, tuple[Written, ...]], ...]
    removed: tuple[str, ...]


def writing_of(keys: Keys, plan: Plan, record: Record, entry: JournalEntry, gone: t.Collection[str]) -> Writing:
    """What a plan writes. The record and the journal come first.

    gone: ids that fall off the journal's end.
    """
    journal: list[Written] = [(entry.id, "REG_SZ", entry.dumps())]
    if plan.undoes and plan.undoes.id not in gone:
        journal += anew(plan.undoes.id, plan.undoes.dumps())
    journal += [value for id in gone for value in no_more(id)]
    sections: list[tuple[str, t.Sequence[Written]]] = [
        (keys.home, anew("record", record.dumps())),
        (f"{keys.home}\\journal", journal),
    ]
    if keys.inherited:
        sections.append((keys.inherited, anew("record", record.inherited().dumps())))
    sections.append((keys.environment, values_of(plan.changes, ENVIRONMENT)))
    anchor = values_of(plan.changes, ANCHOR)
    if anchor:
        sections.append((keys.anchor, anchor))
    removed = [
        f"{keys.home}\\before\\{copy_name(id, attempt)}" for id in gone for attempt in range(1, 2 * ATTEMPTS + 2)
    ]
    return Writing(tuple((key, tuple(values)) for key, values in sections), tuple(removed))


def anew(name: str, text: str) -> list[Written]:
    """A text that may have been in several values."""
    return [(name, "REG_SZ", text), *no_more(name)[1:]]


def no_more(name: str) -> list[Written]:
    """The end of a text that may be in several values."""
    return [(name, None, ""), *((f"{name}+{number}", None, "") for number in range(2, _CONTINUED + 1))]


def is_home(key: str) -> bool:
    """Whether only this collection writes a key, wherever its registry is."""
    return "\\GOPHER\\DEVBOX\\" in f"\\{key}\\".upper()


def copy_name(id: str, attempt: int) -> str:
    """The key of the copy that an attempt of a change makes of the environment."""
    return token(id) if attempt == 1 else f"{token(id)}-{attempt}"


def values_of(changes: t.Iterable[Change], place: str) -> list[Written]:
    """The changes of a place as values."""
    return [
        (change.name, change.after.type if change.after else None, change.after.data if change.after else "")
        for change in changes
        if change.place == place
    ]
