# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Go SDKs of a Windows host, and the modules of a project there: what its registry and its directories show."""

from __future__ import annotations

import dataclasses
import ntpath
import typing as t

from .._core.effective import Effective, effective
from .._core.errors import ReadError, WantedError
from .._core.processors import processor
from .._core.reading import must_be_known
from .._core.state import State
from .._core.wanted import Scope, Wanted
from .._core.windows import can_look_up, child, directory_of, expand, fold_path, with_texts
from .._formats import goenv
from .._formats.frames import Framed
from .._formats.gomod import ModuleTree, Unread
from .._go import gosettings
from .._go.sdks import Entry, Found, Platform, SeenSdks, Shim
from .._go.versions import GoVersion
from .._hosts.batch import Inquiry, ask, ask_all
from .._hosts.transport import Transport
from .registry_live import RegistryStore, read_again
from .registry_medium import REGISTRY
from .sdk_questions_windows import (
    CHOCOLATEY,
    EVERYBODY,
    OWN,
    Asking,
    Container,
    LookedAt,
    read_files,
    shim_target,
    sorted_out,
)
from .sdks import GoSettings, HostSdks, SdkQuery, of_host
from .windows_host import WindowsHost, over

_MSI = "installLocation"


class WindowsSdks:
    """See `sdks.SdkStore`: the SDKs of a Windows host. connect: opens the way to it, once the query is known to be of
    use; closing it is the caller's.
    """

    def __init__(self, connect: t.Callable[[], Transport]) -> None:
        self._connect = connect

    def find(self, query: SdkQuery) -> HostSdks:
        finding = SdkFinding(self._connect, query)
        registry, wanted = (
            RegistryStore(finding.transport, folders=True),
            Wanted(REGISTRY, scope=Scope.USER, user=query.user),
        )
        state, told = read_again(
            lambda: ask_all(finding.transport, lambda: registry.reading(wanted), finding.beginning),
            lambda found: t.cast(State, found[0]),
        )
        finding.begin(told, must_be_known(state), registry)
        return ask(finding.transport, finding.looking)


def on_windows(run: t.Callable[..., dict[str, t.Any]]) -> t.Callable[..., dict[str, t.Any]]:
    """A runner that takes a host and its SDKs, as one that takes the way to a Windows host (see `over`)."""

    def with_sdks(params: t.Mapping[str, t.Any], host: WindowsHost, check_mode: bool, diff: bool) -> dict[str, t.Any]:
        return run(params, host, check_mode, diff, WindowsSdks(lambda: host.transport))

    return over(with_sdks)


def _full(option: str, text: str) -> str:
    """A full path that a command of cmd.exe can hold. Raises WantedError for any other."""
    path = directory_of(text, {})
    if not can_look_up(path):
        raise WantedError(
            f"{option}: {text!r} is not a path that can be looked up: write a full one on a drive, such as C:\\Sdk, "
            f"without references."
        )
    return path


class SdkFinding:
    """What a host is asked about its SDKs: what is known beforehand, along with the reading of the registry, and then
    what that leads to. Raises WantedError for a query that is of no use.
    """

    def __init__(self, connect: t.Callable[[], Transport], query: SdkQuery) -> None:
        self.search = [_full("search", path) for path in query.search]
        self.project = _full("project", query.project) if query.project else None
        self.transport = connect()
        self.asking = Asking(self.transport, self.project)
        everywhere = (
            EVERYBODY if query.user is not None else (*EVERYBODY, *OWN)
        )  # of another user the home must be read first
        self.first = [Container(*pair) for pair in everywhere]
        self.first += [Container(directory, "*") for directory in self.search[:20]]
        self.found = Framed({})  # what the host said of the directories that are known beforehand

    def beginning(self) -> Inquiry[Framed]:
        """The questions that go out with those of the registry."""
        return self.asking.begin(self.first)

    def begin(
        self, told: Framed, state: State, registry: RegistryStore, path: t.Sequence[tuple[str, str]] | None = None
    ) -> None:
        """Take what `beginning` found, and the registry that was read with it. path: (directory, scope) of the entries
        of PATH, where the empty ones count too. Raises ReadError for a project that is not there.
        """
        self.found, self.state, self.process = told, state, registry.process
        self.environment = effective(state)
        self.values = self.environment.texts
        self.known = with_texts(self.values)
        self.path = _path_of(state, self.environment) if path is None else list(path)
        home = self.values.get("USERPROFILE")
        self.settings_file, self.no_settings = gosettings.goenv_path("windows", home, self.values)
        self.asking.understand_first(self.found, registry.codec, self.first, self.expand)
        self.tree = self.asking.tree(self.found)
        if self.project and not self.tree.there:
            raise ReadError(
                f"project: {self.project} is not a directory that this session sees.",
                "Correct it; drives of a person's own session (subst, net use) are not there over a connection: "
                "use the machine's own.",
            )

    def expand(self, text: str) -> str:
        return directory_of(expand(text, self.known), {})

    def looking(self, written: bytes | None = None) -> Inquiry[HostSdks]:
        """The questions that follow. written: the go env file, where it was read already."""
        asking = self.asking
        self.named = self._named()
        file = self.settings_file
        project_files = self._project_files()
        asking.roots([*self.named, *self.search])
        asking.inside(Container(directory, names) for directory, names in self._containers(_as_go_reads(written)))
        asking.look_up(directory for directory, _scope in self.path)
        asking.roots(
            ntpath.dirname(directory) for directory, _scope in self.path if ntpath.basename(directory).lower() == "bin"
        )
        shims = self._scoop_shims(self.path)
        asking.read([*([file] if file and written is None else []), *shims, *project_files[0]])
        yield from asking.asking()
        if written is None and file:
            written = asking.files.get(fold_path(file, {}))
        settings = GoSettings(self.values, "registry", _as_go_reads(written))
        asking.inside(Container(directory, names) for directory, names in self._containers(settings.file))
        yield from asking.asking()
        return self._result(settings, self.path, shims, project_files)

    # --- what to ask for ---------------------------------------------------------------------------------------------

    def _named(self) -> dict[str, str]:
        """Directories that a registry key or a variable names, and which."""
        out = self.asking.keys(self.found)
        own = (
            (self.state.inventory.get(_MSI), r"Software\GoProgrammingLanguage of the user"),
            (
                self.state.anchor.data if self.state.anchor else None,
                r"Software\Go of the user",
            ),
        )
        for text, who in (*own, (self.values.get("GOROOT"), "GOROOT")):
            place = directory_of(text or "", {})
            if can_look_up(place):
                out.setdefault(place, who)
        return out

    def _containers(self, file: t.Mapping[str, str]) -> list[tuple[str, str]]:
        """Directories of SDKs that that person's variables lead to; `file` is their go env file."""
        own = [(self.expand(raw), names) for raw, names in OWN]
        gopath = (self.values.get("GOPATH") or file.get("GOPATH") or "").split(";")[0]
        gobin = self.values.get("GOBIN") or file.get("GOBIN") or (child(gopath, "bin") if gopath else "")
        modcache = (
            self.values.get("GOMODCACHE") or file.get("GOMODCACHE") or (child(gopath, "pkg", "mod") if gopath else "")
        )
        own += [(self.expand(gobin), "go1*.exe")] if gobin else []
        own += [(self.expand(child(modcache, "golang.org")), "toolchain@v0.0.1-go*")] if modcache else []
        own += [
            (self.expand(child(self.values[name], "apps", "go")), "*")
            for name in ("SCOOP", "SCOOP_GLOBAL")
            if self.values.get(name)
        ]
        own += [(directory, "*") for directory in self.search]
        return own

    def _scoop_shims(self, path: t.Sequence[tuple[str, str]]) -> list[str]:
        """The .shim files that may tell where Scoop's programs of this name lead."""
        places = [child(self.expand(raw), "shims") for raw in (r"%USERPROFILE%\scoop", r"%ProgramData%\scoop")]
        places += [directory for directory, _scope in path if ntpath.basename(directory).lower() == "shims"]
        return [
            child(place, "go.shim")
            for place in {fold_path(place, {}): place for place in places}.values()
            if can_look_up(place)
        ]

    def _project_files(self) -> tuple[list[str], list[str], list[str]]:
        """(files to be read, go.mod files that go passes over, files whose names no command can hold)"""
        if not self.project:
            return [], [], []
        own, passed, strange = sorted_out(self.tree, self.project)
        gowork = self.values.get("GOWORK", "")
        return [*own, *self.tree.above[:1], *([gowork] if can_look_up(gowork) else [])], passed, strange

    # --- what was answered -------------------------------------------------------------------------------------------

    def _result(
        self,
        settings: GoSettings,
        path: list[tuple[str, str]],
        shims: list[str],
        project_files: tuple[list[str], list[str], list[str]],
    ) -> HostSdks:
        places = _Places(
            self.asking.looked, {fold_path(place, {}): who for place, who in self.named.items()}, self.search
        )
        seen = self._seen(places, path, shims)
        tree = self._module_tree(self.project, project_files) if self.project else None
        return of_host(seen, settings, self.state.sid, tree, tuple(self.state.texts()))

    def _module_tree(self, root: str, project_files: tuple[list[str], list[str], list[str]]) -> ModuleTree:
        own, passed, strange = project_files
        files, lacking = read_files(self.asking, own)
        unread = [Unread(place, "this session could not read it") for place in lacking]
        unread += [Unread(place, "no command can hold its name") for place in strange]
        mods = tuple(file for file in files if ntpath.basename(file.path).lower() == "go.mod")
        works = tuple(file for file in files if ntpath.basename(file.path).lower() != "go.mod")
        return ModuleTree(root, mods, works, tuple(passed), tuple(unread))

    def _host(self) -> Platform | None:
        """The machine's own variable names the processor; a session may run under translation."""
        core = self.process
        name = (
            self.values.get("PROCESSOR_ARCHITECTURE")
            or core.get("PROCESSOR_ARCHITEW6432")
            or core.get("PROCESSOR_ARCHITECTURE", "")
        )
        return ("windows", processor(name)) if processor(name) else None

    def _seen(self, places: _Places, path: list[tuple[str, str]], shim_files: list[str]) -> SeenSdks:
        entries, shims = [], []
        leads = {fold_path(ntpath.dirname(file), {}): self._scoop_root(file, places) for file in shim_files}
        for number, (directory, scope) in enumerate(path):
            known = self.asking.directories.get(fold_path(directory, {}))
            if known is None or not known.go:
                entries.append(Entry(directory, scope))
                continue
            file, root = (
                child(directory, known.go),
                places.root(ntpath.dirname(directory)) if known.is_sdk_bin else None,
            )
            if root is None:
                kind, leads_to = self._shim(directory, leads)
                shims.append(Shim(file, kind, leads_to, number))
                entries.append(Entry(directory, scope, file, leads_to))
            else:
                entries.append(Entry(directory, scope, file, root, within=True))
        shims += self._other_shims(shims, leads, places, path)
        return SeenSdks(
            self._host(), tuple(places.found()), tuple(entries), tuple(shims), self._origins(), windows=True
        )

    def _shim(self, directory: str, leads: t.Mapping[str, str | None]) -> tuple[str, str | None]:
        fold = fold_path(directory, {})
        if fold in leads and self.asking.files.get(fold + "\\GO.SHIM") is not None:
            return "scoop", leads[fold]
        plain = fold.lower()
        kind = next(
            (
                kind
                for mark, kind in (("\\chocolatey\\bin", "chocolatey"), ("\\mise\\shims", "mise"), ("\\goenv", "goenv"))
                if mark in plain
            ),
            "program",
        )
        return kind, None

    def _scoop_root(self, file: str, places: _Places) -> str | None:
        data = self.asking.files.get(fold_path(file, {}))
        target = shim_target(data) if data else None
        return places.root(ntpath.dirname(ntpath.dirname(directory_of(target, {})))) if target else None

    def _other_shims(
        self, there: list[Shim], leads: t.Mapping[str, str | None], places: _Places, path: list[tuple[str, str]]
    ) -> t.Iterator[Shim]:
        """Scoop's that is not on PATH, and the programs `go1.22.3.exe` of golang.org/dl."""
        known = {fold_path(shim.path, {}) for shim in there}
        scoops = {fold_path(place, {}): place for place in self._scoop_shims(path)}
        for fold, root in leads.items():
            file = f"{fold}\\GO.SHIM"
            if self.asking.files.get(file) is not None and f"{fold}\\GO.EXE" not in known:
                yield Shim(scoops[file][: -len("shim")] + "exe", "scoop", root)
        for container, names in self.asking.names.items():
            for name in names if container.files else ():
                version = name[: -len(".exe")]
                if GoVersion.parse(version):
                    place = next(
                        (
                            number
                            for number, (entry, _scope) in enumerate(path)
                            if fold_path(entry, {}) == fold_path(container.raw, {})
                        ),
                        None,
                    )
                    yield Shim(
                        child(container.raw, name),
                        "golang_dl",
                        places.root(self.expand(rf"%USERPROFILE%\sdk\{version}")),
                        place,
                    )

    def _origins(self) -> tuple[tuple[str, str], ...]:
        chocolatey = bool((self.found.first("chocolatey") or b"").strip())
        msi = [place for place, who in self.named.items() if "GoProgrammingLanguage" in who]
        out = [(place, "chocolatey" if chocolatey else "msi") for place in msi]
        out += [(self.expand(r"%SystemDrive%\tools\go"), "chocolatey")] if chocolatey else []
        out += [
            (child(self.values[name], "apps", "go"), "scoop")
            for name in ("SCOOP", "SCOOP_GLOBAL")
            if self.values.get(name)
        ]
        return (*out, (self.expand(ntpath.dirname(CHOCOLATEY)), "chocolatey"))


class _Places:
    """The directories that were looked at, with links resolved to what they lead to."""

    def __init__(self, looked: t.Mapping[str, LookedAt], named: t.Mapping[str, str], search: t.Sequence[str]) -> None:
        self._looked, self._named = looked, named
        self._real = {fold: self._leads_to(fold) for fold in looked}
        self._search = {fold_path(directory, {}): directory for directory in search}

    def _leads_to(self, fold: str) -> str:
        """The folded path of what a directory is, links followed as far as they are shown."""
        passed = {fold}
        while True:
            item = self._looked[fold]
            if item.link is None:
                return fold
            after = fold_path(item.link, {}) if item.link else self._twin(fold, item.found)
            if not after or after not in self._looked or after in passed:
                return fold
            passed.add(after)
            fold = after

    def _twin(self, fold: str, found: Found) -> str:
        """Where the target of a link is not shown: a directory beside it with the same SDK, as Scoop's
        `current` has.
        """
        beside = fold.rpartition("\\")[0]
        for other, item in self._looked.items():
            if (
                other != fold
                and other.rpartition("\\")[0] == beside
                and item.link is None
                and item.found.is_sdk
                and item.found.version == found.version
            ):
                return other
        return ""

    def root(self, path: str) -> str | None:
        """The SDK at a path, by its real one."""
        real = self._real.get(fold_path(path, {}))
        found = self._looked[real].found if real else None
        return found.root if found and found.is_sdk else None

    def found(self) -> list[Found]:
        out: dict[str, Found] = {}
        for fold, item in self._looked.items():
            real = self._real[fold]
            known = out.get(real) or self._looked[real].found
            named = known.named or self._named.get(fold, "")
            out[real] = dataclasses.replace(
                known, named=named, links=(*known.links, item.found.root) if fold != real else known.links
            )
        return [self._of_search(fold, item, out) for fold, item in out.items()]

    def _of_search(self, fold: str, found: Found, all_found: t.Mapping[str, Found]) -> Found:
        """A directory of the option that neither is an SDK nor holds one is reported."""
        if fold not in self._search or found.named or found.is_sdk:
            return found
        holds = any(
            other.is_sdk and any(place.startswith(fold + "\\") for place in (real, *map(_fold, other.links)))
            for real, other in all_found.items()
        )
        return found if holds else dataclasses.replace(found, named="search")


def _as_go_reads(written: bytes | None) -> t.Mapping[str, str]:
    return goenv.parse(written).as_go_reads if written else {}


def _fold(path: str) -> str:
    return fold_path(path, {})


def _path_of(state: State, environment: Effective) -> list[tuple[str, str]]:
    """(directory, scope) of the effective PATH's entries, the machine's first; empty ones left out."""
    machine = sum(bool(entry.strip()) for entry in effective(state, Scope.MACHINE).path)
    entries = [directory_of(entry, {}) for entry in environment.path if entry.strip()]
    return [(entry, "machine" if number < machine else "user") for number, entry in enumerate(entries)]
