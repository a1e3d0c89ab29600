# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An audit of a host, from what was seen of it. What is the same on hosts of every family is here, once; a host of a
family is an `AuditedHost` (`audit_posix`, `audit_windows`).
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .._core.medium import MACHINE, USER
from .._core.values import exactly
from .._go import names
from .._go.audit import UNKNOWN as WRITABLE_UNKNOWN
from .._go.audit import (
    Audit,
    Held,
    SeenDirectory,
    SeenEntry,
    SeenModule,
    SeenProject,
    SeenVariable,
)
from .._go.gosettings import BUILT_IN, FILE, GO_ENV, counting, in_force

if t.TYPE_CHECKING:
    from .._core.findings import Finding
    from .._core.medium import Syntax
    from .._core.values import Fold, Value
    from .._go.audit import Origin, SeenMedium
    from .sdks import HostSdks

#: the variables that an audit is about, PATH apart
NAMES = names.KNOWN | {"GOROOT", "GOPATH", "GOBIN"}

#: the medium of a record of what this collection manages, in the registry or in a file
JOURNAL = "journal"

#: what to do about a go env file that is not as go would have written it: nothing is put right by an audit
REPAIR = "A run of go_config, or of go_env with config, puts the file right."

#: variables that name a directory, in the order in which documents have them
DIRECTORIES = ("GOBIN", "GOCACHE", "GOMODCACHE", "GOPATH", "GOROOT", "GOTMPDIR")


@dataclass(frozen=True)
class AuditQuery:
    """What is to be audited."""

    #: whose user scope: a name or a SID; None for the account of the session
    user: str | None = None
    #: the directory of a project on the host, None for none
    project: str | None = None
    #: whether to ask who may write to the directories on PATH, where that costs more than reading
    acl: bool = False
    #: whether to measure what the settings cost a new shell
    measure: bool = False


class GoLayer(t.Protocol):
    """See `_core.state.Layer`."""

    @property
    def name(self) -> str: ...

    @property
    def variables(self) -> t.Mapping[str, Value]: ...

    @property
    def known(self) -> bool: ...


class GoRecord(t.Protocol):
    """See `_core.record.Record`."""

    @property
    def variables(self) -> t.Mapping[str, str]: ...


class GoStack(t.Protocol):
    """What go takes besides the environment: the state of a `GoEnvStore` is one."""

    @property
    def layers(self) -> t.Sequence[GoLayer]: ...

    @property
    def record(self) -> GoRecord: ...

    @property
    def noticed(self) -> t.Sequence[Finding]: ...


class SeenPath(t.NamedTuple):
    """An entry of the effective PATH.

    entry: as it is written. directory: that it means, empty for none, and where that is not known. mode: whose
    layer it is, one of MODES.
    """

    entry: str
    directory: str
    layer: str
    mode: str
    managed: bool = False


class DirectoryFacts(t.NamedTuple):
    """What is known of a directory. exists: None where this session cannot judge it. writable: NO, YES, LIKELY or
    UNKNOWN. file_system: where it is one that costs time.
    """

    exists: bool | None = None
    remote: bool = False
    file_system: str = ""
    writable: str = WRITABLE_UNKNOWN


@dataclass(frozen=True)
class Seen:
    """What was seen of a host, before it is known what it comes to."""

    #: what the host calls itself
    host: str
    #: whose user scope it is
    user: str
    #: the home of that account, empty where it is not known
    home: str
    #: GOOS and GOARCH, empty where they are not known
    native: tuple[str, str]
    media: tuple[SeenMedium, ...]
    #: the variables of a new process by name, each with the value that counts first, then those that it shadows
    environment: t.Mapping[str, tuple[Held, ...]]
    #: what go takes besides: the go env file, with the layers below it
    settings: GoStack
    #: where the go env file and go.env are, by the names of their layers
    origins: t.Mapping[str, Origin]
    #: the lines of the go env file that set variables, by name
    lines: t.Mapping[str, int]
    #: whether others can read the go env file
    exposed: bool
    #: the effective PATH, and its length in characters
    path: tuple[SeenPath, ...]
    path_length: int
    #: the SDKs; their entries of PATH are those of `path`, in its order
    sdks: HostSdks
    wsl: bool = False
    project: SeenProject | None = None
    noticed: tuple[tuple[Finding, str], ...] = ()
    measured: t.Mapping[str, float] = field(default_factory=dict)
    #: what was read that may hold secrets, for the mask of a result
    known: tuple[t.Any, ...] = ()


class AuditedHost(t.Protocol):
    """A host that can be audited. Nothing of it is changed."""

    @property
    def family(self) -> str: ...

    @property
    def syntax(self) -> Syntax: ...

    def see(self, query: AuditQuery) -> Seen:
        """What there is. What cannot be read is in `media`. Raises DevboxError for options that are of no use on the
        host, and where it gave no answer.
        """

    def look(self, directories: t.Mapping[str, str]) -> t.Mapping[str, DirectoryFacts]:
        """What is known of directories. directories: each with the mode of the layer that names it: of everybody's
        directories it counts whether any ordinary user can write to them, of a user's whether another one can.
        """


def audited(host: AuditedHost, query: AuditQuery) -> tuple[Audit, Seen]:
    """The audit of a host, and what it was made from. Raises DevboxError."""
    seen = host.see(query)
    variables = variables_of(seen, host.syntax.fold_name)
    facts = host.look(places_of(seen, variables, host.syntax))
    return _audit(host, seen, variables, directories_of(variables, host.syntax), facts), seen


def places_of(seen: Seen, variables: t.Mapping[str, SeenVariable], syntax: Syntax) -> dict[str, str]:
    """The directories to look at, each with the mode of the layer that names it. Pure."""
    places = {directory: variables[name].counts.mode for name, directory in directories_of(variables, syntax)}
    full = [place for place in seen.path if syntax.is_absolute(place.directory)]
    places.update((place.directory, place.mode) for place in full if place.mode != MACHINE)
    places.update((place.directory, place.mode) for place in full if place.mode == MACHINE)
    return places


# --- variables -------------------------------------------------------------------------------------------------------


def variables_of(seen: Seen, fold: Fold = exactly) -> dict[str, SeenVariable]:
    """The variables that go or its programs read, each with its layers. Pure."""
    environment = {fold(name): held for name, held in seen.environment.items()}
    below = [_of_layer(seen, layer, fold) for layer in (FILE, GO_ENV, BUILT_IN)]
    out = {}
    for name in sorted(NAMES):
        held = [*environment.get(name, ()), *(layer[name] for layer in below if name in layer)]
        counted = ordered(name, held)
        if counted:
            out[name] = SeenVariable(name, tuple(counted))
    return out


def ordered(name: str, held: t.Sequence[Held]) -> list[Held]:
    """Of what layers hold, from the uppermost down, what counts for go, the value in force first. Pure.

    A value that is not known counts: it is taken for one.
    """
    pairs = [(one.layer, one.text if one.known else one.raw or "?") for one in held]
    kept = counting(name, pairs)
    numbers = [number for number, pair in enumerate(pairs) if any(pair is one for one in kept)]
    first = in_force(kept)
    numbers.sort(key=lambda number: pairs[number] is not first)
    return [held[number] for number in numbers]


def _of_layer(seen: Seen, layer: str, fold: Fold) -> dict[str, Held]:
    """What one of go's own layers holds."""
    found = next((one for one in seen.settings.layers if one.name == layer), None)
    if found is None or not found.known:
        return {}
    is_file, origin = layer == FILE, seen.origins.get(layer)
    managed = seen.settings.record.variables if is_file else {}
    return {
        fold(name): Held(
            layer,
            USER if is_file or (layer == BUILT_IN and seen.home and value.data.startswith(seen.home)) else MACHINE,
            value.data,
            managed=managed.get(name) == value.data,
            exposed=is_file and seen.exposed,
            origin=origin._replace(line=seen.lines.get(name)) if is_file and origin else origin,
        )
        for name, value in found.variables.items()
    }


def noticed_of(settings: GoStack) -> tuple[tuple[Finding, str], ...]:
    """What the reading of a go env file noticed, with its layer: nothing is put right by an audit."""
    return tuple(
        (found._replace(advice=REPAIR) if found.id == "go_env_repaired" else found, FILE) for found in settings.noticed
    )


def directories_of(variables: t.Mapping[str, SeenVariable], syntax: Syntax) -> list[tuple[str, str]]:
    """(variable, directory) of the directories that variables name. Pure."""
    out = []
    for name in DIRECTORIES:
        text = variables[name].counts.text if name in variables else ""
        directory = text.split(syntax.separator)[0] if name == "GOPATH" else text
        if directory and syntax.is_absolute(directory):
            out.append((name, directory))
    return out


# --- the whole -------------------------------------------------------------------------------------------------------


def _audit(
    host: AuditedHost,
    seen: Seen,
    variables: dict[str, SeenVariable],
    named: t.Sequence[tuple[str, str]],
    facts: t.Mapping[str, DirectoryFacts],
) -> Audit:
    return Audit(
        host=seen.host,
        family=host.family,
        native=seen.native,
        user=seen.user,
        media=seen.media,
        variables=variables,
        path=tuple(entries_of(seen, host.syntax, facts)),
        path_length=seen.path_length,
        inventory=seen.sdks.inventory,
        directories=tuple(
            SeenDirectory(name, directory, found.exists, found.remote, found.file_system)
            for name, directory in named
            for found in [facts.get(directory, DirectoryFacts())]
        ),
        wsl=seen.wsl,
        project=_with_modules(seen),
        noticed=seen.noticed,
        measured=seen.measured,
    )


def entries_of(seen: Seen, syntax: Syntax, facts: t.Mapping[str, DirectoryFacts]) -> t.Iterator[SeenEntry]:
    """The entries of PATH, with what is in each. Pure."""
    inventory = seen.sdks.inventory
    versions = {sdk.root: sdk.version for sdk in inventory.sdks}
    shims = {
        shim.place: shim.kind for shim in (*inventory.shims, *(shim for sdk in inventory.sdks for shim in sdk.shims))
    }
    before: set[str] = set()
    for number, (place, entry) in enumerate(zip(seen.path, seen.sdks.path)):
        folded = syntax.fold_path(place.directory, {}) if place.directory else ""
        found = facts.get(place.directory, DirectoryFacts())
        yield SeenEntry(
            entry=place.entry,
            directory=place.directory,
            layer=place.layer,
            mode=place.mode,
            exists=found.exists if place.directory else None,
            go=entry.go,
            sdk=versions.get(entry.root or ""),
            shim=shims.get(number, "") if entry.go and not entry.within else "",
            duplicate=bool(folded) and folded in before,
            remote=found.remote,
            file_system=found.file_system,
            writable=found.writable,
            managed=place.managed,
        )
        before.add(folded)


def _with_modules(seen: Seen) -> SeenProject | None:
    """The project, with the toolchain of each of its modules."""
    if seen.project is None or seen.sdks.project is None:
        return seen.project
    modules = tuple(
        SeenModule(
            item.module.path,
            item.selection.runs or "",
            item.sdk.version if item.sdk else "",
            item.error,
            item.selection.decided,
        )
        for item in seen.sdks.project.modules
    )
    return SeenProject(seen.project.root, modules, seen.project.launchers, seen.project.alternate_go)
