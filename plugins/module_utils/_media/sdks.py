# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Go SDKs of a host, and for each module of a project the toolchain that go selects and the SDK that satisfies it.

A store finds them: `sdks_posix.PosixSdks` on this machine, `sdks_windows.WindowsSdks` on a Windows host. What follows
from what it found is `of_host`'s, for both, and pure.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .._core.findings import Finding
from .._formats import goenv
from .._go.gosettings import BUILT_IN, FILE, GO_ENV, counting, in_force
from .._go.sdks import NATIVE, TRANSLATED, UNKNOWN, Entry, Inventory, Platform, Sdk, SeenSdks, inventory
from .._go.versions import GoVersion

if t.TYPE_CHECKING:
    from .._formats.gomod import Module, ModuleTree
    from .._go.toolchain import Selection

_NAMED_AT_ONCE = 5  # modules that one finding names


@dataclasses.dataclass(frozen=True)
class SdkQuery:
    """What is to be found."""

    #: the person whose SDKs, PATH and variables count: a name or a SID; None for the account of the session
    user: str | None = None
    #: directories that are SDKs, or hold some, besides those that are always looked at
    search: tuple[str, ...] = ()
    #: the directory of a project whose modules are matched with the SDKs; None for none
    project: str | None = None


class SdkStore(t.Protocol):
    """A host whose SDKs can be found. Finding them changes nothing and starts none of them."""

    def find(self, query: SdkQuery) -> HostSdks:
        """Raises DevboxError."""


class GoSettings(t.NamedTuple):
    """What go's variables are for a person. environment: of their process. layer: what that is called. file: the go env
    file, as go reads it.
    """

    environment: t.Mapping[str, str]
    layer: str
    file: t.Mapping[str, str]

    def value(self, name: str, go_env: t.Mapping[str, str] | None = None) -> tuple[str, str]:
        """(layer, text) that counts for go; an empty text for none."""
        held = [
            (self.layer, self.environment.get(name)),
            (FILE, self.file.get(name)),
            (GO_ENV, (go_env or {}).get(name)),
            (BUILT_IN, ""),
        ]
        return in_force(counting(name, [(layer, text) for layer, text in held if text is not None])) or (BUILT_IN, "")

    def text(self, name: str) -> str:
        return self.value(name)[1]

    def gotoolchain(self, local: str | None, go_env: t.Mapping[str, str] | None) -> tuple[str, str]:
        """(layer, text) of GOTOOLCHAIN for the go of this version and its go.env; that of go 1.21 where no go is there
        (docs/facts.md, "Toolchain selection").
        """
        version = GoVersion.parse(local or "")
        if version and version < GoVersion.bare("1.21rc1"):
            return BUILT_IN, ""  # which knows nothing of it
        layer, text = self.value("GOTOOLCHAIN", {"GOTOOLCHAIN": "auto"} if local is None else go_env)
        return layer, text


class ModuleSdk(t.NamedTuple):
    """A module of a project, and what serves it.

    selection: the toolchain that go selects in its directory. sdk: the one that satisfies it, None for none. install:
    the release that satisfies it once it is installed (`go1.22.0`); None where an SDK does, or no release helps.
    """

    module: Module
    selection: Selection
    sdk: Sdk | None
    install: str | None

    @property
    def error(self) -> str:
        """Why go refuses the module, in its words; empty for nothing."""
        return self.module.problem or self.selection.error

    @property
    def refused(self) -> Finding | None:
        """The finding for a module that no toolchain takes."""
        if not self.module.problem:
            return None
        return Finding.of(
            "module_refused", self.module.problem, "No toolchain helps: correct the file.", self.module.path
        )


@dataclasses.dataclass(frozen=True)
class ProjectSdks:
    """A project whose modules are matched with the SDKs of a host."""

    #: the project's files, as they were read
    tree: ModuleTree
    #: its modules, in the order of their paths
    modules: tuple[ModuleSdk, ...]

    @property
    def findings(self) -> list[Finding]:
        """What was not read, what go refuses, and which modules no SDK satisfies."""
        lacking: dict[str, list[str]] = {}
        for item in self.modules:
            if item.sdk is None and not item.module.problem:
                lacking.setdefault(item.install or "", []).append(item.module.path)
        return [
            *(_unread(path, why) for path, why in self.tree.unread),
            *(refused for item in self.modules if (refused := item.refused)),
            *(_missing(install, paths) for install, paths in sorted(lacking.items())),
        ]


@dataclasses.dataclass(frozen=True)
class HostSdks:
    """The SDKs of a host, as they are for one person."""

    #: (GOOS, GOARCH) of the host, None where that is not known
    platform: Platform | None
    #: the person: the name of an account, or a SID
    user: str
    #: the SDKs, newest first, the go that a bare `go` starts, and the shims
    inventory: Inventory
    #: (layer, text) of GOTOOLCHAIN, as it is for the go that a bare `go` starts
    gotoolchain: tuple[str, str]
    #: the project, where one was named
    project: ProjectSdks | None = None
    #: what was read that may hold secrets, for the mask of a result
    known: tuple[t.Any, ...] = ()
    #: the entries of the effective PATH, in their order
    path: tuple[Entry, ...] = ()

    @property
    def findings(self) -> list[Finding]:
        return [*self.inventory.findings, *(self.project.findings if self.project else ())]


def of_host(
    seen: SeenSdks, settings: GoSettings, user: str, tree: ModuleTree | None, known: tuple[t.Any, ...]
) -> HostSdks:
    """What follows from what was seen of a host, and of a project's files. Pure."""
    found = inventory(seen)
    go_env = next((item.go_env for item in seen.found if found.go and item.root == found.go.root), None)
    shipped = goenv.parse(go_env).as_go_reads if go_env else {}
    gotoolchain = settings.gotoolchain(found.go.version if found.go else None, shipped)
    project = None
    if tree is not None:
        project = match(tree, found, gotoolchain[1], settings.text("GOWORK"), seen.windows)
    return HostSdks(seen.host, user, found, gotoolchain, project, known, seen.path)


def match(tree: ModuleTree, found: Inventory, gotoolchain: str, gowork: str, windows: bool) -> ProjectSdks:
    """The modules of a project, each with the SDK that satisfies it; gotoolchain and gowork in force. Pure."""
    from .._formats.gomod import modules  # only a run about a project needs it

    listed = sorted(modules(tree.mods, tree.works, gowork, windows), key=lambda module: module.path)
    matching = _Matching(found, gotoolchain)
    return ProjectSdks(tree, tuple(matching.of(module) for module in listed))


class _Matching:
    """Selects for modules. Modules mostly have the same lines, so that each set of lines is judged once."""

    def __init__(self, found: Inventory, gotoolchain: str) -> None:
        self._gotoolchain = gotoolchain
        self._local = (found.go.version if found.go else None) or ""
        usable = [sdk for sdk in found.sdks if sdk.runs in (NATIVE, TRANSLATED, UNKNOWN)]
        usable.sort(key=lambda sdk: (not sdk.first, not sdk.on_path, sdk.runs != NATIVE))
        self._sdks: dict[str, Sdk] = {}
        for sdk in usable:
            self._sdks.setdefault(sdk.version, sdk)
        self._answers: dict[tuple[str | None, str | None, bool], tuple[Selection, Sdk | None, str | None]] = {}

    def of(self, module: Module) -> ModuleSdk:
        answer = self._answers.get(module.counts)
        if answer is None:
            from .._go.toolchain import satisfied_by, select, to_install  # only a run about a project needs it

            selection = select(self._local, self._gotoolchain, *module.counts)
            name = satisfied_by(selection, tuple(self._sdks))
            sdk = self._sdks[name] if name else None
            answer = self._answers[module.counts] = (selection, sdk, None if sdk else to_install(selection))
        return ModuleSdk(module, *answer)


def _missing(install: str, paths: t.Sequence[str]) -> Finding:
    more = f" and {len(paths) - _NAMED_AT_ONCE} more" if len(paths) > _NAMED_AT_ONCE else ""
    whose = ", ".join(paths[:_NAMED_AT_ONCE]) + more
    advice = (
        f"Install {install}."
        if install
        else "Look at the modules' errors: GOTOOLCHAIN, or a line of the file, names what cannot be had."
    )
    return Finding.of("toolchain_missing", f"No SDK on this host satisfies {whose}.", advice, install or paths[0])


def _unread(path: str, why: str) -> Finding:
    return Finding.of("project_unknown", f"{path} was not read: {why}.", "What it holds is not in the result.", path)
