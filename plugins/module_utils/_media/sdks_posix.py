# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Go SDKs of this POSIX host: known places and PATH are looked at, no program is started, and no tree is walked but
a project's.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import stat
import typing as t

from .._core.account import Account
from .._core.errors import ReadError, WantedError
from .._core.medium import MACHINE
from .._core.posix import POSIX, expand_home
from .._formats import goenv
from .._formats.executables import HEAD, platform_of
from .._go import gosettings
from .._go.sdks import Entry, Found, Platform, SeenSdks, Shim
from .._go.versions import GoVersion
from .._hosts.accounts import LocalAccounts, acting_as
from .._hosts.posix_scope import LOGIN_PATH, Directories, start_files
from .._hosts.processor import this_platform
from .sdks import GoSettings, HostSdks, SdkQuery, of_host

if t.TYPE_CHECKING:
    from .._formats.gomod import ModuleTree

#: where SDKs stand, a `*` at the end of a name standing for anything; and what brings them there, where their path does
#: not tell
SYSTEM_PLACES: tuple[str, ...] = (
    "/usr/local/go*",
    "/usr/lib/go",
    "/usr/lib/go-*",
    "/usr/lib/golang",
    "/usr/lib64/go/*",
    "/opt/go*",
    "/opt/go/*",
    "/opt/local/lib/go*",
    "/snap/go/*",
    "/var/lib/snapd/snap/go/*",
    *(
        f"{prefix}/Cellar/{formula}/*/libexec"
        for prefix in ("/opt/homebrew", "/usr/local", "/home/linuxbrew/.linuxbrew")
        for formula in ("go", "go@*")
    ),
)
#: links to a go, on PATH or not
SYSTEM_LINKS = (
    "/usr/bin/go",
    "/usr/local/bin/go",
    "/opt/homebrew/bin/go",
    "/home/linuxbrew/.linuxbrew/bin/go",
    "/snap/bin/go",
)

_MARK_OF_DL = ".unpacked-success"  # [golang.org/dl/internal/version]
_SMALL = 64 * 1024
_ASDF = b"# asdf-plugin: golang "


@dataclasses.dataclass(frozen=True)
class Where:
    """What decides where a person's SDKs are."""

    #: the person's home
    home: str
    #: of their process, for those variables that name a place
    environment: t.Mapping[str, str]
    #: where `go install` puts programs
    gobins: tuple[str, ...]
    #: where go keeps downloads, None for nowhere
    modcache: str | None
    #: (entry, scope) of the effective PATH
    path: tuple[tuple[str, str], ...]
    #: directories that a variable names, each with its name
    named: tuple[tuple[str, str], ...] = ()
    #: directories of the option
    search: tuple[str, ...] = ()
    #: the directory that is used as `/` in places that are the same on every host
    top: str = ""


SESSION, LOGIN = "session", "login"
_OF_PLACES = ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "MISE_DATA_DIR", "ASDF_DATA_DIR", "GOENV_ROOT", "GVM_ROOT")
_OF_GO = ("GOROOT", "GOPATH", "GOBIN", "GOMODCACHE", "GOTOOLCHAIN", "GOENV", "GOWORK")


def prepare(project: bool) -> None:
    """Import what only a run about a project needs: before it acts as another account, which may not read the archive
    that the module came in.
    """
    if project:
        from .._formats import gomod  # noqa: F401 - see above
        from .._go import toolchain  # noqa: F401 - see above
        from .._hosts import gotree  # noqa: F401 - see above


class PosixSdks:
    """See `sdks.SdkStore`: the SDKs of this host. environ: of the session. top: see `Where`."""

    def __init__(self, environ: t.Mapping[str, str], darwin: bool, top: str = "") -> None:
        self._environ, self._darwin, self._top = environ, darwin, top

    def find(self, query: SdkQuery) -> HostSdks:
        account = LocalAccounts(self._environ).named(query.user)
        search = _full("search", query.search, account.home)
        project = _full("project", [query.project] if query.project else [], account.home)
        prepare(bool(project))
        with acting_as(None if account.own else account):
            shell, path = _start_files(account, self._environ, self._top)
            settings = _settings(account, self._darwin, self._environ, shell)
            return self.found(account, settings, path, search, project[0] if project else None)

    def found(
        self,
        account: Account,
        settings: GoSettings,
        path: list[tuple[str, str]],
        search: t.Sequence[str] = (),
        project: str | None = None,
    ) -> HostSdks:
        """The SDKs of an account with these settings and this PATH, by who acts. path: (entry, scope). project: where
        it is on this machine. Raises DevboxError.
        """
        seen = look(_where(account, settings, path, search, self._top), this_platform())
        tree = _tree(project, settings.text("GOWORK")) if project else None
        return of_host(seen, settings, account.name, tree, (self._environ,))


def _full(option: str, paths: t.Iterable[str], home: str) -> list[str]:
    """Full paths. Raises WantedError for one that is none."""
    out = []
    for path in paths:
        text = expand_home(path, home)
        problem = POSIX.path_problem(text)
        if problem:
            raise WantedError(f"{option}: {path!r} {problem}")
        out.append(os.path.normpath(text))
    return out


def _start_files(
    account: Account, environ: t.Mapping[str, str], top: str
) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """The variables that this collection's start files set, and the effective PATH: (entry, scope).

    Under them is the PATH of this session, when it is that person's, or what a login begins with.
    """
    inherited = environ.get("PATH", "") if account.own else ""
    sources = Directories.of(account, environ).sources
    return start_files(
        {scope: small(f"{top if scope == MACHINE else ''}{path}") for scope, path in sources.items()},
        (SESSION, inherited) if inherited else (LOGIN, LOGIN_PATH),
    )


def _go_env_file(account: Account, darwin: bool, environment: t.Mapping[str, str]) -> dict[str, str]:
    path, _reason = gosettings.goenv_path("darwin" if darwin else "posix", account.home, environment)
    data = small(path) if path else None
    return dict(goenv.parse(data).as_go_reads) if data else {}


def _where(
    account: Account, settings: GoSettings, path: list[tuple[str, str]], search: t.Sequence[str], top: str
) -> Where:
    gopaths = [entry for entry in (settings.text("GOPATH") or f"{account.home}/go").split(":") if entry.startswith("/")]
    gobin = settings.text("GOBIN")
    gobins = (
        (gobin, *(f"{entry}/bin" for entry in gopaths))
        if gobin.startswith("/")
        else tuple(f"{entry}/bin" for entry in gopaths)
    )
    modcache = settings.text("GOMODCACHE") or (f"{gopaths[0]}/pkg/mod" if gopaths else "")
    goroot = settings.text("GOROOT")
    return Where(
        account.home,
        settings.environment,
        gobins,
        modcache if modcache.startswith("/") else None,
        tuple(path),
        ((goroot, "GOROOT"),) if goroot.startswith("/") else (),
        tuple(search),
        top,
    )


def _settings(account: Account, darwin: bool, environ: t.Mapping[str, str], shell: t.Mapping[str, str]) -> GoSettings:
    """go's variables of that person. shell: what start files set."""
    own = environ if account.own else {}
    environment = {"HOME": account.home, **{name: own[name] for name in _OF_PLACES if own.get(name)}, **shell}
    environment.update({name: own[name] for name in _OF_GO if own.get(name)})
    return GoSettings(environment, "environment", _go_env_file(account, darwin, environment))


def _tree(root: str, gowork: str) -> ModuleTree:
    """The files of a project. Raises ReadError for what is not a directory that can be read."""
    from .._hosts.gotree import scan  # only a run about a project needs it

    try:
        return scan(root, gowork)
    except OSError as error:
        raise ReadError(
            f"project: {root} cannot be read: {error.strerror}.",
            "Name a directory on the host that this account, or user, may read.",
        ) from error


def look(where: Where, host: Platform | None) -> SeenSdks:
    """All SDKs that can be found there. Nothing is an error: what cannot be read is not there for that person
    either.
    """
    return _Look(where).seen(host)


class _Manager(t.NamedTuple):
    """A version manager's directory: what it is called, where its SDKs stand below it, and its shims."""

    kind: str
    directory: str
    sdks: str
    shims: str


def _managers(where: Where) -> list[_Manager]:
    def place(variable: str, *default: str) -> str:
        given = where.environment.get(variable, "")
        return given if given.startswith("/") else os.path.join(where.home, *default)

    data = place("XDG_DATA_HOME", ".local", "share")
    mise = where.environment.get("MISE_DATA_DIR", "")
    return [
        _Manager("mise", mise if mise.startswith("/") else os.path.join(data, "mise"), "installs/go/*", "shims"),
        _Manager("asdf", place("ASDF_DATA_DIR", ".asdf"), "installs/golang/*/go", "shims"),
        _Manager("goenv", place("GOENV_ROOT", ".goenv"), "versions/*", "shims"),
        _Manager("gvm", place("GVM_ROOT", ".gvm"), "gos/*", "bin"),
    ]


class _Look:
    def __init__(self, where: Where) -> None:
        self.where = where
        self.managers = _managers(where)
        self.found: dict[str, Found] = {}
        self.shims: dict[str, Shim] = {}

    def seen(self, host: Platform | None) -> SeenSdks:
        where = self.where
        for place in _places(where, self.managers):
            for path in matching(place):
                self.candidate(path)
        for directory in where.search:
            self.search(directory)
        for directory, who in where.named:
            self.candidate(directory, who)
        entries = [self.entry(number, text, scope) for number, (text, scope) in enumerate(where.path)]
        for link in (*(where.top + link for link in SYSTEM_LINKS), *_links(where, self.managers)):
            self.shim(link, None)
        for directory in dict.fromkeys(where.gobins):
            self.downloaders(directory)
        origins = tuple((manager.directory, manager.kind) for manager in self.managers)
        return SeenSdks(host, tuple(self.found.values()), tuple(entries), tuple(self.shims.values()), origins)

    def candidate(self, path: str, named: str = "") -> Found | None:
        """What is in a directory; None for nothing that has to do with an SDK, unless it is named."""
        real = os.path.realpath(path)
        known = self.found.get(real) or _read(real)
        if not named and not (known.go or known.version is not None):
            return None
        if path != real and path not in known.links:
            known = dataclasses.replace(known, links=(*known.links, path))
        known = dataclasses.replace(known, named=known.named or named)
        self.found[real] = known
        return known

    def search(self, directory: str) -> None:
        """A directory of the option: an SDK, or one that holds SDKs."""
        inside = [self.candidate(path) for path in matching(f"{directory}/*")]
        own = self.candidate(directory)
        if own is None and not any(found and found.is_sdk for found in inside):
            self.candidate(directory, "search")

    def entry(self, number: int, text: str, scope: str) -> Entry:
        """What a PATH entry has to do with SDKs. A relative one depends on the current directory."""
        if not text.startswith("/"):
            return Entry(text, scope)
        file = os.path.join(text, "go")
        if not _is_program(file):
            parent = os.path.dirname(text.rstrip("/"))
            if os.path.basename(text.rstrip("/")) == "bin" and os.path.exists(os.path.join(parent, "VERSION")):
                self.candidate(parent)
            return Entry(text, scope)
        root = self.root_of(file)
        within = root is not None and os.path.realpath(text) == os.path.join(root, "bin")
        if not within:
            shim = self.shim(file, number)
            root = shim.root if shim else root
        return Entry(text, scope, file, root, within)

    def root_of(self, file: str) -> str | None:
        """The SDK that a link to a go leads to, or whose own it is."""
        for path in (os.path.realpath(file), file):
            directory = os.path.dirname(path)
            if os.path.basename(directory) == "bin":
                found = self.candidate(os.path.dirname(directory))
                if found is not None and found.is_sdk:
                    return found.root
        return None

    def shim(self, file: str, place: int | None) -> Shim | None:
        """A program called go that is not an SDK's own, by its full path."""
        known = self.shims.get(file)
        if known is None and _is_program(file):
            root = self.root_of(file)
            if (
                root is not None
                and os.path.realpath(file) == os.path.realpath(os.path.join(root, "bin", "go"))
                and not os.path.islink(file)
            ):
                return None  # in a directory that is a link to the SDK's bin
            known = Shim(file, "link", root) if root is not None else self.of_manager(file)
        if known is not None:
            known = known._replace(place=place if known.place is None else known.place)
            self.shims[file] = known
        return known

    def of_manager(self, file: str) -> Shim:
        """A version manager's program, and where it leads when it can lead to one SDK only."""
        real = os.path.realpath(file)
        if os.path.basename(real) == "snap":
            current = self.candidate(f"{self.where.top}/snap/go/current")
            return Shim(file, "snap", current.root if current else None)
        kind = next(
            (
                manager.kind
                for manager in self.managers
                if _within(file, os.path.join(manager.directory, manager.shims))
            ),
            "",
        )
        kind = kind or ("mise" if os.path.basename(real) == "mise" else "program")
        if kind != "asdf":
            return Shim(file, kind, None)
        versions = [
            line[len(_ASDF) :].decode("utf-8", "replace").strip()
            for line in (small(file) or b"").splitlines()
            if line.startswith(_ASDF)
        ]
        manager = next(manager for manager in self.managers if manager.kind == kind)
        only = (
            self.candidate(os.path.join(manager.directory, "installs", "golang", versions[0], "go"))
            if len(versions) == 1
            else None
        )
        return Shim(file, kind, only.root if only else None)

    def downloaders(self, directory: str) -> None:
        """The programs `go1.22.3` of golang.org/dl, which start the SDK of that name in ~/sdk."""
        for path in matching(f"{directory}/go1*", directories=False):
            name = os.path.basename(path)
            if GoVersion.parse(name) and _is_program(path):
                found = self.candidate(os.path.join(self.where.home, "sdk", name))
                self.shims[path] = Shim(
                    path, "golang_dl", found.root if found and found.is_sdk else None, self.place_of(directory)
                )

    def place_of(self, directory: str) -> int | None:
        return next(
            (
                number
                for number, (text, _scope) in enumerate(self.where.path)
                if text.rstrip("/") == directory.rstrip("/")
            ),
            None,
        )


def _places(where: Where, managers: t.Sequence[_Manager]) -> list[str]:
    home = [f"{where.home}/{place}" for place in ("sdk/go*", ".local/go*", ".linuxbrew/Cellar/go/*/libexec")]
    cache = [f"{where.modcache}/golang.org/toolchain@v0.0.1-go*"] if where.modcache else []
    return [
        *(where.top + place for place in SYSTEM_PLACES),
        *home,
        *(f"{manager.directory}/{manager.sdks}" for manager in managers),
        *cache,
    ]


def _links(where: Where, managers: t.Sequence[_Manager]) -> list[str]:
    own = [f"{where.home}/{directory}/go" for directory in ("bin", ".local/bin")]
    return [*own, *(f"{manager.directory}/{manager.shims}/go" for manager in managers)]


def matching(place: str, directories: bool = True) -> list[str]:
    """The directories (or whatever else) that a path means in which names may end in `*`; in order. A name that begins
    with a dot is not meant.
    """
    base, *parts = place.split("/")
    found = [base]
    for number, part in enumerate(parts):
        if not part.endswith("*"):
            found = [f"{path}/{part}" for path in found]
            continue
        only = directories or number + 1 < len(parts)
        found = [f"{path}/{name}" for path in found for name in _names(path or "/", part[:-1], only)]
    return [path for path in found if not directories or os.path.isdir(path)]


def _names(directory: str, prefix: str, only_directories: bool) -> list[str]:
    try:
        with os.scandir(directory) as entries:
            return sorted(
                entry.name
                for entry in entries
                if entry.name.startswith(prefix)
                and not entry.name.startswith(".")
                and (not only_directories or entry.is_dir())
            )
    except OSError:
        return []


def _read(root: str) -> Found:
    """What a directory, by its real path, holds of an SDK."""
    go = os.path.join(root, "bin", "go")
    version = small(os.path.join(root, "VERSION"))
    if version is None:
        version = small(os.path.join(root, "VERSION.cache"))
    head = small(go, HEAD)
    return Found(
        root,
        None if version is None else version.decode("utf-8", "replace").split("\n", 1)[0].strip(),
        head is not None,
        platform_of(head or b""),
        unpacked=os.path.exists(os.path.join(root, _MARK_OF_DL)),
        go_env=small(os.path.join(root, "go.env")),
        looks=os.path.isdir(os.path.join(root, "src", "runtime")) or os.path.isdir(os.path.join(root, "pkg", "tool")),
    )


def small(path: str, most: int = _SMALL) -> bytes | None:
    """The first bytes of a file; None for what is none or cannot be read."""
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                return os.read(descriptor, most)
        finally:
            os.close(descriptor)
    return None


def _is_program(path: str) -> bool:
    return os.path.isfile(path) and os.access(path, os.X_OK)


def _within(path: str, directory: str) -> bool:
    return path.startswith(directory.rstrip("/") + "/")
