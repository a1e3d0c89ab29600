# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state of a host that a plan starts from."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, replace

from .account import Account
from .findings import Finding
from .frozen import Frozen
from .medium import Medium
from .record import ANCHOR, ENVIRONMENT, HOOK, JournalEntry, Record
from .values import Value, Variables
from .wanted import Scope


@dataclass(frozen=True)
class Directory(Frozen):
    """What is known of a directory."""

    #: None when this session cannot judge it (UNC, a drive it does not see)
    exists: bool | None
    #: the file that `go` runs there (go; on Windows go.exe, or a go.com, go.bat, go.cmd), or None
    go: str | None = None
    #: first line of the VERSION file beside it (in its parent), or None
    version: str | None = None
    #: only `go` was asked for
    partial: bool = False
    #: of one that does not exist, what would keep it from being made; empty where that is not known
    obstacle: str = ""
    #: without a version, that of the SDK that its go is a link to
    linked: str | None = None
    #: the groups of ordinary users that can write to it, or could once it is made; empty where that is not known
    writers: str = ""

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


@dataclass(frozen=True)
class Claim(Frozen):
    """What a line in a start file of the user's own says of GOROOT or PATH."""

    file: str
    line: int
    #: GOROOT or PATH
    name: str
    #: the directory; empty when GOROOT is unset
    value: str
    #: whether a PATH entry comes before those that are there
    front: bool = True
    #: whether the line is reached whenever the file is read
    certain: bool = True
    #: whether nothing of this collection comes behind it
    last: bool = False


class Layer(t.NamedTuple):
    """Values that a process sees over those of the layers below.

    name: as results have it. scope: the scope that the layer is, None for one that nobody manages. known: False where
    it could not be read; its values are unknown then, and not absent.
    """

    name: str
    variables: Variables
    scope: Scope | None = None
    known: bool = True


def _without_nothing(texts: t.Mapping[str, str | None]) -> dict[str, str]:
    return {key: text for key, text in texts.items() if text is not None}


@dataclass(frozen=True)
class State(Frozen):
    """A scope of a medium, the layers around it, and what is needed to judge a change."""

    #: the scope that a plan changes
    target: Scope
    #: the account of the session
    account: Account
    #: whose user scope it is
    sid: str
    #: what a new process sees, from the lowest layer up; those with a scope can be managed
    layers: tuple[Layer, ...]
    medium: Medium
    #: what leads to GOROOT beside the variables: a value, or a link to go
    anchor: Value | None = None
    record: Record = Record()
    #: the entries of the journal by id
    journal: t.Mapping[str, JournalEntry] = field(default_factory=dict)
    #: what is known of directories, by folded path
    directories: t.Mapping[str, Directory] = field(default_factory=dict)
    #: what killed runs left on the host
    leftovers: tuple[str, ...] = ()
    #: what else of Go the medium holds, for the result
    inventory: t.Mapping[str, str] = field(default_factory=dict)
    #: what is in the files that bring the target scope into effect, by path
    hooks: t.Mapping[str, str] = field(default_factory=dict)
    #: what must be in those files
    layout: Layout = NoLayout()
    #: what the reading found
    noticed: tuple[Finding, ...] = ()
    #: what would stand in the way of a change, each with the hook it is about, ANCHOR, a directory, or an empty text
    #: for any change at all
    obstacles: tuple[tuple[str, Finding], ...] = ()
    #: the variables whose value makes go fail, with the reason
    poisoned: t.Mapping[str, str] = field(default_factory=dict)
    #: what other lines of start files say of GOROOT and PATH, in the order in which a file has them
    claims: tuple[Claim, ...] = ()
    #: the version of the go that reads the medium, where its PATH does not say
    go_version: str | None = None
    #: GOOS and GOARCH of the host itself, empty where they are not known
    native: tuple[str, str] = ("", "")
    #: the places where others than their owner can read the values of the target scope
    readable: tuple[str, ...] = ()
    #: what tells the contents of files that can go back exactly, by path
    digests: t.Mapping[str, str] = field(default_factory=dict)
    #: the target scope, or the record of it, could not be read
    unread: bool = False

    def layer_of(self, scope: Scope) -> Layer:
        """The layer that is a scope; an empty one where the medium has none."""
        return next((layer for layer in self.layers if layer.scope is scope), Layer("", Variables(), scope))

    def in_scope(self, scope: Scope) -> Variables:
        """The variables of a scope."""
        return self.layer_of(scope).variables

    @property
    def variables(self) -> Variables:
        """The variables of the target scope."""
        return self.in_scope(self.target)

    @property
    def above(self) -> tuple[Layer, ...]:
        """The layers over the target scope."""
        found = [layer.scope for layer in self.layers]
        return self.layers[found.index(self.target) + 1 :] if self.target in found else ()

    def with_scope(self, scope: Scope, variables: Variables) -> State:
        """This state with other variables in a scope."""
        return replace(
            self,
            layers=tuple(
                layer._replace(variables=variables) if layer.scope is scope else layer for layer in self.layers
            ),
        )

    def with_variables(self, variables: Variables, anchor: Value | None = None) -> State:
        """This state with other variables (and anchor) in the target scope."""
        return replace(self.with_scope(self.target, variables), anchor=anchor)

    def directory(self, path: str) -> Directory:
        """What is known of an expanded path; unknown when nobody asked."""
        return self.directories.get(self.medium.syntax.fold_path(path, {}), UNKNOWN)

    def texts(self) -> tuple[t.Any, ...]:
        """Everything read that may hold something secret, for `Masker`: values, the record, the journal, texts of
        files.
        """
        record = self.record
        return (
            *(self.anchor, self.inventory, self.hooks),
            *(layer.variables for layer in self.layers),
            *(record.variables, record.former, _without_nothing(record.memory.restored)),
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
