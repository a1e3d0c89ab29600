# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What stands on a host: the state a plan starts from."""

from __future__ import annotations

import typing as t

from .account import Account
from .findings import Finding
from .record import ANCHOR, ENVIRONMENT, HOOK, JournalEntry, Record
from .rules import Rules
from .values import Value, Variables
from .wanted import Scope


class Directory(t.NamedTuple):
    """What is known of a directory.

    exists: None when this session cannot judge it (UNC, a drive it does not see). go: the file that `go` runs there
    (go; on Windows go.exe, or a go.com, go.bat, go.cmd), or None. version: first line of the VERSION file beside it (in
    its parent), or None. partial: only `go` was asked for. obstacle: of one that does not exist, what would keep it
    from being made; empty where that is not known. linked: without a version, that of the SDK that its go is a link to.
    """

    exists: bool | None
    go: str | None = None
    version: str | None = None
    partial: bool = False
    obstacle: str = ""
    linked: str | None = None

    @property
    def runs(self) -> str | None:
        """The version of the go that runs there."""
        return self.version or self.linked

    @property
    def is_sdk_bin(self) -> bool:
        return self.go in ("go.exe", "go") and self.version is not None


UNKNOWN = Directory(None)


class Layout(t.Protocol):
    """Which files bring the variables of a scope into effect, and what must stand in them.

    goes_back: what stands in them follows from nothing else, so that an undoing puts it back where nobody changed the
    file since.
    """

    goes_back: bool

    def hooks(self, variables: Variables, record: Record) -> dict[str, str]:
        """For each path the text that must stand there for these variables; empty when they need none."""

    def label(self, path: str) -> str:
        """What to call such a file in a diff."""

    def told(self, path: str, text: str | None) -> str | None:
        """What to say of it in a list of changes; None for what is not there."""

    def shown(self, path: str, text: str, alone: bool) -> str:
        """What a diff shows of its text; `alone`: there is nothing on the other side."""


class NoLayout:
    """A medium whose variables are in effect where they stand."""

    goes_back = False

    def hooks(self, variables: Variables, record: Record) -> dict[str, str]:
        return {}

    def label(self, path: str) -> str:
        return path

    def told(self, path: str, text: str | None) -> str | None:
        return text

    def shown(self, path: str, text: str, alone: bool) -> str:
        return text


class Claim(t.NamedTuple):
    """What a line in a file of somebody else's says of GOROOT or PATH.

    file, line: where. name: GOROOT or PATH. value: the directory; empty when GOROOT is unset. front: whether a PATH
    entry comes before those that are there. certain: whether the line is reached whenever the file is read. last:
    whether nothing of ours comes behind it.
    """

    file: str
    line: int
    name: str
    value: str
    front: bool = True
    certain: bool = True
    last: bool = False


class State(t.NamedTuple):
    """Both scopes of a medium and what is needed to judge them.

    `system` are the core variables Windows sets before the machine's (SystemRoot, ProgramFiles …), `profile` those it
    sets before the user's (USERPROFILE …). `sid` is whose user scope this is; `user_read` is false when that hive could
    not be read (machine scope over an account without a loaded profile). `directories` maps folded paths to what is
    known of them.

    Of a medium that is no registry: `below` and `above` are the layers that a process sees under and over both scopes,
    lowest first, by name; `hooks` what stands in the files that bring the target scope into effect, and `layout` what
    must; `noticed` what the reading found. `obstacles` are what would stand in the way of a change, each with the hook
    it is about, ANCHOR, or an empty text for any change at all; `poisoned` the variables whose value makes go fail,
    with the reason; `claims` what other lines of those files say of GOROOT and PATH, in the order in which a file has
    them; `go_version` of the go that reads the medium, where its PATH does not say; `native` the GOOS and GOARCH of the
    host itself, empty where they are not known. `readable` are the places, in words, where others than their owner can
    read the values of the target scope; `digests` tell what files hold that can go back exactly, by path.
    """

    target: Scope
    account: Account
    sid: str
    machine: Variables
    user: Variables
    rules: Rules
    system: Variables = Variables()
    profile: Variables = Variables()
    volatile: Variables = Variables()
    user_read: bool = True
    anchor: Value | None = None
    record: Record = Record()
    journal: t.Mapping[str, JournalEntry] = {}
    directories: t.Mapping[str, Directory] = {}
    leftovers: tuple[str, ...] = ()
    inventory: t.Mapping[str, str] = {}
    below: tuple[tuple[str, Variables], ...] = ()
    above: tuple[tuple[str, Variables], ...] = ()
    hooks: t.Mapping[str, str] = {}
    layout: Layout = NoLayout()
    noticed: tuple[Finding, ...] = ()
    obstacles: tuple[tuple[str, Finding], ...] = ()
    poisoned: t.Mapping[str, str] = {}
    claims: tuple[Claim, ...] = ()
    go_version: str | None = None
    native: tuple[str, str] = ("", "")
    readable: tuple[str, ...] = ()
    digests: t.Mapping[str, str] = {}

    @property
    def variables(self) -> Variables:
        """The variables of the target scope."""
        return self.machine if self.target is Scope.MACHINE else self.user

    def with_variables(self, variables: Variables, anchor: Value | None = None) -> State:
        """This state with other variables (and anchor) in the target scope."""
        if self.target is Scope.MACHINE:
            return self._replace(machine=variables, anchor=anchor)
        return self._replace(user=variables, anchor=anchor)

    def directory(self, path: str) -> Directory:
        """What is known of an expanded path; unknown when nobody asked."""
        return self.directories.get(self.rules.fold_path(path, {}), UNKNOWN)

    def texts(self) -> tuple[t.Any, ...]:
        """Everything read that may hold something secret, for `Masker`: values, the record, the journal, texts of
        files.
        """
        record = self.record
        return (
            *(self.machine, self.user, self.volatile, self.anchor, self.inventory, self.hooks),
            *(values for _layer, values in (*self.below, *self.above)),
            *(record.variables, record.former),
            *(
                {change.name: value}
                for entry in self.journal.values()
                for change in entry.changes
                for value in (change.before, change.after)
            ),
            *((entry.record.variables, entry.record.former) for entry in self.journal.values()),
        )

    def at(self, place: str, name: str) -> Value | None:
        """What stands under `name` in a place: a variable, the anchor, or the text in a hook."""
        if place == ENVIRONMENT:
            return self.variables.get(name)
        if place == ANCHOR:
            return self.anchor
        return Value(self.hooks[name]) if place == HOOK and name in self.hooks else None
