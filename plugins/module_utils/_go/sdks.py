# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which Go SDKs a host has, by what was seen in its directories and on its PATH: what brought them, what leads to them,
whether they run there. Pure.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .._core.findings import Finding
from .._core.patterns import pattern
from .versions import GoVersion, in_version_file

#: how an SDK can run on a host: as it is, by translation or as a guest of another width, not at all, or nobody knows
NATIVE, TRANSLATED, OTHER, UNKNOWN = "native", "translated", "other", "unknown"

#: what brought an SDK when nothing says otherwise: it was unpacked by hand
ARCHIVE = "archive"

Platform = t.Tuple[str, str]  # noqa: UP006
"""(GOOS, GOARCH)"""

#: what another processor's programs need on a host, by (GOOS, GOARCH of the host, GOARCH of the program)
_RUNS_ALL_THE_SAME: t.Mapping[tuple[str, str, str], str] = {
    (
        "windows",
        "arm64",
        "amd64",
    ): "Windows 11 translates it, and each build pays for that; Windows 10 does not start it.",
    ("windows", "arm64", "386"): "Windows translates it, and each build pays for that.",
    ("windows", "arm64", "arm"): "Windows starts 32-bit ARM programs only before Windows 11 24H2.",
    ("windows", "amd64", "386"): "It runs as a 32-bit program, with 2 to 4 GiB for its compiler.",
    ("darwin", "arm64", "amd64"): "Rosetta 2 translates it where that is installed, and each build pays for that.",
    ("linux", "amd64", "386"): "It runs as a 32-bit program, with 4 GiB for its compiler.",
    ("linux", "arm64", "arm"): "It runs where the processor still has the 32-bit instructions.",
}

#: directories that show what brought the SDK below them; with `/` between names, in lower case on Windows
_OF_A_KIND: tuple[tuple[t.Pattern[str], str], ...] = (
    (pattern(r"/golang\.org/toolchain@v0\.0\.1-[^/]+\Z"), "module_cache"),
    (pattern(r"/(?:site|dist)-packages/"), "wheel"),
    (pattern(r"/scoop/apps/go[^/]*/[^/]+\Z"), "scoop"),
    (pattern(r"/chocolatey/lib/"), "chocolatey"),
    (pattern(r"/mise/installs/go/"), "mise"),
    (pattern(r"/\.?asdf/installs/golang/"), "asdf"),
    (pattern(r"/\.goenv/versions/"), "goenv"),
    (pattern(r"/\.gvm/gos/"), "gvm"),
    (pattern(r"/[cC]ellar/go(?:@[^/]*)?/[^/]+/libexec\Z"), "homebrew"),
    (pattern(r"/snap/go/[^/]+\Z"), "snap"),
    (pattern(r"\A/nix/store/"), "nix"),
    (pattern(r"/opt/local/lib/go"), "macports"),
    (pattern(r"/usr/lib/go-1\.\d+\Z"), "debian"),
    (pattern(r"/usr/lib(?:/golang|64/go/[^/]+)\Z"), "rpm"),
    (pattern(r"/usr/lib/go\Z"), "package"),
)


@dataclasses.dataclass(frozen=True)
class Found:
    """A directory that may be an SDK, as it was seen."""

    #: its real path, where nothing hides it
    root: str
    #: the first line of VERSION, or of the VERSION.cache that a Go built from source has; empty when that is none, None
    #: when no such file is there
    version: str | None
    #: whether bin/go (bin\go.exe) is there
    go: bool
    #: that its go is for, None when that could not be seen
    platform: Platform | None = None
    #: other paths that lead to it
    links: tuple[str, ...] = ()
    #: what names it (an option, PATH, GOROOT, a registry key), so that it is reported when it is not an SDK
    named: str = ""
    #: whether it has the mark that golang.org/dl leaves
    unpacked: bool = False
    #: the bytes of its go.env
    go_env: bytes | None = None
    #: whether it has other parts of an SDK (src, pkg)
    looks: bool = False

    @property
    def toolchain(self) -> str | None:
        """What its VERSION names (`go1.27.3`, `devel go1.28-…`)."""
        return in_version_file(self.version) if self.version else None

    @property
    def is_sdk(self) -> bool:
        return self.go and self.toolchain is not None


class Entry(t.NamedTuple):
    """An entry of the effective PATH. text: as it is written there. scope: whose it is. go: the file a bare `go` starts
    there, empty for none.

    root: of the SDK that this file leads to, None where that is not known. within: it is that SDK's own bin.
    """

    text: str
    scope: str
    go: str = ""
    root: str | None = None
    within: bool = False


class Shim(t.NamedTuple):
    """A program that starts the go of an SDK: a symbolic link, or one of a version manager. root: of the SDK, None when
    only running it shows.

    place: of its directory on PATH, from 0; None when it is not there.
    """

    path: str
    kind: str
    root: str | None
    place: int | None = None

    def to_result(self) -> dict[str, t.Any]:
        return {"path": self.path, "kind": self.kind, "index": self.place}


@dataclasses.dataclass(frozen=True)
class Sdk:
    """An SDK."""

    #: its real path
    root: str
    #: what its VERSION names: `go1.27.3`
    version: str
    #: that it is for, None when that could not be seen
    platform: Platform | None
    #: what brought it: `archive`, `msi`, `scoop`, `homebrew` …
    installed_by: str
    #: other paths that lead to it
    links: tuple[str, ...]
    #: how it runs on the host: NATIVE … UNKNOWN
    runs: str
    #: (index, scope, entry) of its bin on PATH
    on_path: tuple[tuple[int, str, str], ...]
    #: the programs that start its go
    shims: tuple[Shim, ...]
    #: whether a bare `go` starts it
    first: bool

    def to_result(self) -> dict[str, t.Any]:
        goos, goarch = self.platform or (None, None)
        return {
            "root": self.root,
            "version": self.version,
            "goos": goos,
            "goarch": goarch,
            "runs": self.runs,
            "installed_by": self.installed_by,
            "links": list(self.links),
            "first": self.first,
            "on_path": [{"index": index, "scope": scope, "entry": entry} for index, scope, entry in self.on_path],
            "shims": [shim.to_result() for shim in self.shims],
        }


class SeenSdks(t.NamedTuple):
    """All that was seen of a host. origins: (directory, what brings SDKs below it), which go before what paths say
    themselves.
    """

    host: Platform | None
    found: tuple[Found, ...]
    path: tuple[Entry, ...]
    shims: tuple[Shim, ...]
    origins: tuple[tuple[str, str], ...] = ()
    windows: bool = False


class Go(t.NamedTuple):
    """The go that a bare `go` starts. file: its full path. root, version: of its SDK, None when only running it shows.
    place: on PATH.
    """

    file: str
    root: str | None
    version: str | None
    place: int

    def to_result(self) -> dict[str, t.Any]:
        return {"file": self.file, "root": self.root, "version": self.version, "index": self.place}


class Inventory(t.NamedTuple):
    """sdks: newest first. shims: those of which only running shows where they lead. go: the one that is run."""

    sdks: tuple[Sdk, ...]
    shims: tuple[Shim, ...]
    go: Go | None
    findings: tuple[Finding, ...]


def running(host: Platform | None, program: Platform | None) -> str:
    """How a program for one platform runs on a host of another."""
    if host is None or program is None or not all(host):
        return UNKNOWN
    if host == program:
        return NATIVE
    return TRANSLATED if host[0] == program[0] and (host[0], host[1], program[1]) in _RUNS_ALL_THE_SAME else OTHER


def installed_by(found: Found, origins: t.Iterable[tuple[str, str]], windows: bool) -> str:
    """What brought an SDK: `archive`, `msi`, `scoop`, `homebrew` … By where it is, or by what the installer
    wrote.
    """
    root = _plain(found.root, windows)
    for directory, kind in origins:
        place = _plain(directory, windows).rstrip("/")
        if root == place or root.startswith(place + "/"):
            return kind
    if found.unpacked:
        return "golang_dl"
    return next((kind for place, kind in _OF_A_KIND if place.search(root)), ARCHIVE)


def _plain(path: str, windows: bool) -> str:
    return path.replace("\\", "/").lower() if windows else path


def inventory(seen: SeenSdks) -> Inventory:
    """The SDKs among what was seen, and what is wrong with what is none."""
    first = next(((number, entry) for number, entry in enumerate(seen.path) if entry.go), None)
    go = None
    versions = {found.root: found.toolchain for found in seen.found if found.is_sdk}
    if first:
        number, entry = first
        go = Go(entry.go, entry.root, versions.get(entry.root or ""), number)
    sdks = [_sdk(found, seen, go) for found in seen.found if found.is_sdk]
    sdks.sort(key=lambda sdk: sdk.root)
    sdks.sort(key=lambda sdk: GoVersion.parse(sdk.version).order, reverse=True)
    findings = [finding for found in seen.found if not found.is_sdk for finding in _broken(found, seen.windows)]
    findings += [finding for sdk in sdks for finding in _elsewhere(sdk, seen.host)]
    return Inventory(tuple(sdks), tuple(shim for shim in seen.shims if shim.root not in versions), go, tuple(findings))


def _sdk(found: Found, seen: SeenSdks, go: Go | None) -> Sdk:
    return Sdk(
        found.root,
        found.toolchain or "",
        found.platform,
        installed_by(found, seen.origins, seen.windows),
        found.links,
        running(seen.host, found.platform),
        tuple(
            (number, entry.scope, entry.text)
            for number, entry in enumerate(seen.path)
            if entry.within and entry.root == found.root
        ),
        tuple(shim for shim in seen.shims if shim.root == found.root),
        go is not None and go.root == found.root,
    )


def _broken(found: Found, windows: bool) -> t.Iterator[Finding]:
    """Half an SDK, wherever it is; and a directory that is named as one and is none at all."""
    go, version = (r"bin\go.exe" if windows else "bin/go"), found.toolchain
    half = version is not None or (found.go and (found.looks or bool(found.named)))
    if half:
        lacks = f"no {go}" if not found.go else "no VERSION" if found.version is None else "a VERSION that names no Go"
        what = f" ({version})" if version else ""
        yield Finding.of(
            "sdk_broken",
            f"{found.root} is not a whole Go SDK{what}: it has {lacks}.",
            "Install it again, or remove it; an installation that was broken off, or a removal, leaves such.",
            found.root,
        )
    elif found.named:
        yield Finding.of(
            "sdk_missing",
            f"{found.named} names {found.root}, and no Go SDK is there.",
            "Correct it, or install an SDK there.",
            found.root,
        )


def _elsewhere(sdk: Sdk, host: Platform | None) -> t.Iterator[Finding]:
    if sdk.runs not in (TRANSLATED, OTHER) or sdk.platform is None or host is None:
        return
    system, its = host, sdk.platform
    how = _RUNS_ALL_THE_SAME.get((system[0], system[1], its[1]), "") if system[0] == its[0] else ""
    yield Finding.of(
        "sdk_other_architecture",
        f"{sdk.root} ({sdk.version}) is for {its[0]}/{its[1]}, and this host "
        f"is {system[0]}/{system[1]}. {how or 'It cannot run here.'}",
        f"Install the SDK for {system[0]}/{system[1]}.",
        sdk.root,
    )
