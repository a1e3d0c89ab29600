# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Go environment of a host as an audit found it: the media that were read, each variable with its layers, PATH, the
go that runs, the SDKs, a project. Pure.

What is found wrong follows from this alone (`audit_checks`), and so does the document (`audit_document`), whose schema
is docs/schema/audit-1.json. Values are as they were read: secrets are masked on the way out.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .._core.findings import Finding
from .._core.frozen import Frozen
from .._core.medium import MACHINE, USER
from .sdks import Go, Inventory

PROJECT = "project"
MODES = (MACHINE, USER, PROJECT)

#: what became of reading a medium: it was read; it is not there; the account may not read it; nobody looked; it holds
#: something that is not understood
READ, ABSENT, DENIED, NOT_LOOKED, DAMAGED = "read", "absent", "denied", "not_looked", "damaged"
#: states of a medium of which it is not known what it holds
UNREAD = (DENIED, NOT_LOOKED, DAMAGED)

#: whether ordinary users can write to a directory
NO, YES, LIKELY, UNKNOWN = "no", "yes", "likely", "unknown"

#: layers that are nobody's setting: their values are defaults
BUILT_IN, GO_ENV = "built in", "go.env"
DEFAULTS = (BUILT_IN, GO_ENV)

#: the layers over them, from the lowest up
GO_ENV_FILE, SYSTEM, LOGIN, SESSION = "go env file", "system", "login", "session"


def mode_of(layer: str) -> str:
    """Whose a layer is, one of MODES. A default below the home is the user's all the same."""
    if layer == PROJECT:
        return PROJECT
    return USER if layer in (USER, SESSION, GO_ENV_FILE) else MACHINE


@dataclass(frozen=True)
class SeenMedium:
    """A medium of the host, and what became of reading it."""

    #: as labels have it: registry, start files, go env file, go.env, a launcher, an editor's file
    medium: str
    #: whose it is, one of MODES
    scope: str
    #: the key of the registry, or the path of the file
    place: str
    #: READ, ABSENT, DENIED, NOT_LOOKED or DAMAGED
    state: str
    #: why it is not READ, as a sentence
    reason: str = ""


@dataclass(frozen=True)
class Origin(Frozen):
    """The file that a value is in."""

    path: str
    #: the line, from 1; None where that is not known
    line: int | None = None
    #: the name of the account that owns it, empty where that is not known
    owner: str = ""
    #: the permission bits, None on Windows
    mode: int | None = None
    #: the modification time, in seconds since 1970; None where that is not known
    mtime: float | None = None


@dataclass(frozen=True)
class Held(Frozen):
    """What one layer has for a variable."""

    layer: str
    #: whose layer it is, one of MODES
    mode: str
    #: as a process or go gets it: expanded
    text: str
    #: as it is written, where that is something else
    raw: str | None = None
    #: whether this collection wrote it
    managed: bool = False
    #: whether others than the user can read it where it is
    exposed: bool = False
    origin: Origin | None = None
    #: whether what it comes to is known; where it is not, `text` is empty, and `raw` is what is written there
    known: bool = True


@dataclass(frozen=True)
class SeenVariable:
    """A variable that go or its programs read. PATH is not among them."""

    name: str
    #: the value that counts, and those that it shadows, nearest first
    held: tuple[Held, ...]

    @property
    def counts(self) -> Held:
        return self.held[0]

    @property
    def is_default(self) -> bool:
        return self.counts.layer in DEFAULTS


@dataclass(frozen=True)
class SeenEntry:
    """An entry of the effective PATH, in the order of the search."""

    #: as it is written
    entry: str
    #: the directory that it means, empty for an entry that means none
    directory: str
    layer: str
    #: whose layer it is, one of MODES
    mode: str
    #: None where this session cannot judge it
    exists: bool | None = None
    #: the file that a bare go starts there, empty for none
    go: str = ""
    #: the version of the SDK that it belongs to, None for none
    sdk: str | None = None
    #: what starts the go of another place, by the name of its version manager; empty for none
    shim: str = ""
    #: whether an earlier entry is the same directory
    duplicate: bool = False
    #: whether it is on the network, or on a drive that this session may not see
    remote: bool = False
    #: the file system, where that is known and costs time: drvfs, 9p, nfs, cifs …; empty otherwise
    file_system: str = ""
    #: whether ordinary users can write to it: NO, YES, LIKELY, UNKNOWN
    writable: str = UNKNOWN
    managed: bool = False


@dataclass(frozen=True)
class SeenDirectory:
    """A directory that a variable names: GOROOT, GOPATH's first, GOBIN, GOCACHE, GOMODCACHE, GOTMPDIR."""

    variable: str
    directory: str
    exists: bool | None = None
    remote: bool = False
    #: see `SeenEntry.file_system`
    file_system: str = ""


@dataclass(frozen=True)
class SeenModule:
    """A module of the project, and the toolchain that go selects for it."""

    path: str
    #: the toolchain that does the work; empty where there is none
    selected: str
    #: the version of the SDK that satisfies it, empty for none
    satisfied_by: str
    #: why go refuses it, empty for nothing
    error: str = ""
    #: what decided: GOTOOLCHAIN, go.mod …
    decided_by: str = ""


@dataclass(frozen=True)
class SeenProject:
    """A project directory, and what its files set."""

    root: str
    modules: tuple[SeenModule, ...] = ()
    #: the variables that its launchers set, by name; PATH among them as the entries put in front
    launchers: t.Mapping[str, str] = field(default_factory=dict)
    #: the file that VS Code starts as go in spite of PATH (go.alternateTools), empty for none
    alternate_go: str = ""


@dataclass(frozen=True)
class Audit(Frozen):
    """A host, as it was found."""

    #: the name that the inventory has for it
    host: str
    #: windows or posix
    family: str
    #: GOOS and GOARCH, empty where they are not known
    native: tuple[str, str]
    #: whose user scope it is
    user: str
    media: tuple[SeenMedium, ...]
    #: by name
    variables: t.Mapping[str, SeenVariable]
    path: tuple[SeenEntry, ...]
    #: the length of the effective PATH, in characters
    path_length: int
    inventory: Inventory
    directories: tuple[SeenDirectory, ...] = ()
    #: whether the host is a WSL distro
    wsl: bool = False
    project: SeenProject | None = None
    #: what reading the media noticed by itself, each with the layer that it is about
    noticed: tuple[tuple[Finding, str], ...] = ()
    #: how much longer a shell takes to start with a mode, or to enter the project, in milliseconds; a mode that was not
    #: measured is not in it
    measured: t.Mapping[str, float] = field(default_factory=dict)

    @property
    def go(self) -> Go | None:
        """The go that a bare go starts."""
        return self.inventory.go

    def text(self, name: str) -> str:
        """The value that counts; empty where nothing sets it."""
        found = self.variables.get(name)
        return found.counts.text if found else ""
