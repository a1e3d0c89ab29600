# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wanted of the SDK at one place, what its host says, and the steps that follow from the two. Pure.

    request ─┐
             ├─► decide ─► Decision(change, checks, steps) ─► the host carries them out ─► what is there then
    facts ───┘

The checks are made in check mode too; the steps are not. What a step finds is judged by `sdk_checks`.
"""

from __future__ import annotations

import dataclasses
import enum
import typing as t

from .._core.errors import Blocked, ReadError, WantedError
from .._core.findings import Finding
from .._core.patterns import pattern
from .._core.secrets import shown
from .sdks import Platform
from .versions import in_version_file

_CHECKSUM = pattern(r"sha256:([0-9a-fA-F]{64})\Z")
_URL = pattern(r"https?://[^\s\x00-\x1f\x7f\"\\]+\Z")
#: how many times the size of its archive an unpacked SDK has at most [1.27: 75 MB, 230 MB]
GROWTH = 4


class Change(enum.Enum):
    """What a run comes to."""

    NOTHING = "nothing"
    INSTALL = "install"
    REPLACE = "replace"
    REMOVE = "remove"


class Step(enum.Enum):
    """A part of a run."""

    CHECK_USE = "see that nothing uses the SDK"
    CHECK_SOURCE = "see that the archive on the controller is the right one"
    PREPARE = "make a directory beside the place"
    SEND = "send the archive"
    COPY = "copy the archive"
    FETCH = "fetch the archive"
    CHECK_ARCHIVE = "see that the archive is the right one, and that there is room for it"
    CHECK_CONTENTS = "see that it holds the right SDK"
    UNPACK = "unpack it"
    TRY = "start its go"
    PUT = "put it into its place"
    TAKE = "take the SDK out of its place, and delete it"


class Existing(enum.Enum):
    """What is at a place."""

    NOTHING = "nothing"
    EMPTY = "an empty directory"
    SDK = "a Go SDK"
    OTHER = "a directory that is not a Go SDK"
    FILE = "a file"
    LINK = "a link"


class Occupant(t.NamedTuple):
    """What is at `dest`.

    version: what its VERSION names (`go1.27.3`), None where that names none. own: files in it that no SDK brought.
    """

    kind: Existing
    version: str | None = None
    own: tuple[str, ...] = ()


class Facts(t.NamedTuple):
    """What a host says before anything is decided.

    platform: its GOOS and GOARCH, None where they are not known. leftovers: the names of what broken-off runs left
    beside the place. source: whether the archive that the request names on the host is there. to_change, to_install:
    what is in the way of any change, and of an installation.
    """

    occupant: Occupant
    platform: Platform | None = None
    leftovers: tuple[str, ...] = ()
    source: bool = True
    to_change: tuple[Finding, ...] = ()
    to_install: tuple[Finding, ...] = ()


class Archive(t.NamedTuple):
    """An archive as it is on the host.

    checksum: its SHA-256, in lower case. free: bytes on that file system, None where they are not known.
    """

    checksum: str
    size: int
    free: int | None


class Contents(t.NamedTuple):
    """What an archive holds, as far as that is known without unpacking it."""

    version: str | None
    platform: Platform | None


class Tried(t.NamedTuple):
    """What came of starting a go. obstacle: why the system did not start it, else empty. said: what it printed."""

    obstacle: str
    said: str


class Removed(t.NamedTuple):
    """What came of a removal.

    occupant: what is at the place now. left: the directory of what could not be deleted, empty for none. why: what kept
    it.
    """

    occupant: Occupant
    left: str = ""
    why: str = ""


class Decision(t.NamedTuple):
    """checks: steps that change nothing, which check mode takes too."""

    change: Change
    checks: tuple[Step, ...] = ()
    steps: tuple[Step, ...] = ()


@dataclasses.dataclass(frozen=True)
class Request:
    """What is wanted."""

    #: the SDK's own directory
    dest: str
    #: whether an SDK is to be there
    present: bool
    #: as go names it (`go1.27.3`); None where any is to be removed
    version: str | None
    #: the archive: a file on the controller, or with remote_src on the host
    src: str | None
    remote_src: bool
    #: where the host fetches the archive
    url: str | None
    #: SHA-256 in lower case, None when none was given
    checksum: str | None
    #: an SDK for everybody
    machine: bool
    #: replace another version, remove what is named, take the SDK of another platform
    force: bool

    @property
    def source(self) -> str:
        """Where the archive comes from, as a message has it."""
        return shown(self.url or self.src or "")

    @property
    def from_controller(self) -> bool:
        return self.present and bool(self.src) and not self.remote_src


def request_of(params: t.Mapping[str, t.Any], problem_of_dest: t.Callable[[str], str | None]) -> Request:
    """The options as they come from Ansible's argument spec. Raises WantedError with every reason why they are of no
    use.
    """
    problems = [f"dest: {params['dest']!r} {problem}" for problem in [problem_of_dest(params["dest"])] if problem]
    version = None
    if params["version"] is not None:
        version = _version(params["version"])
        if version is None:
            problems.append(f"version: {params['version']!r} is not a version of Go: write one as 1.27.3 or go1.27.3.")
    present = params["state"] == "present"
    if present:
        problems += _problems_of_source(params)
    checksum = _CHECKSUM.match(params["checksum"] or "")
    if problems:
        raise WantedError(" ".join(problems))
    return Request(
        params["dest"],
        present,
        version,
        params["src"],
        bool(params["remote_src"]),
        params["url"],
        checksum.group(1).lower() if checksum else None,
        params["scope"] == "machine",
        bool(params["force"]),
    )


def _version(text: str) -> str | None:
    """The version as an SDK's VERSION has it; None for what is none."""
    name = f"go{text}" if text[:1].isdigit() else text
    return name if in_version_file(name) == name else None


def _problems_of_source(params: t.Mapping[str, t.Any]) -> t.Iterator[str]:
    src, url, checksum = params["src"], params["url"], params["checksum"]
    if bool(src) == bool(url):
        yield f"{'Both src and url are' if src else 'Neither src nor url is'} given: name the archive by one of them."
    if url and not _URL.match(url):
        yield f"url: {shown(url)!r} is not an http or https address."
    if url and params["remote_src"]:
        yield "remote_src belongs to src only: what url names is always fetched by the host."
    if params["version"] is None and (url or params["remote_src"]):
        yield (
            "version is missing: what the archive holds is not known before it is fetched, and a second run "
            "would fetch it again."
        )
    if not checksum:
        yield "checksum is missing: give sha256:HEX, as go.dev/dl lists it, or none, which takes whatever comes."
    elif checksum != "none" and not _CHECKSUM.match(checksum):
        yield f"checksum: {checksum!r} is neither sha256: with 64 hexadecimal digits behind it, nor none."


def decide(request: Request, facts: Facts) -> Decision:
    """What is to be done. Raises Blocked, ReadError when it cannot be."""
    change = _change(request, facts.occupant)
    if change is Change.NOTHING:
        return Decision(change)
    obstacles = [*facts.to_change, *(facts.to_install if change is not Change.REMOVE else ())]
    if obstacles:
        raise Blocked(obstacles)
    in_use = (Step.CHECK_USE,) if change is not Change.INSTALL else ()
    if change is Change.REMOVE:
        return Decision(change, in_use, (Step.TAKE,))
    if not facts.source:
        raise ReadError(
            f"src: {request.src} could not be read on the host: there is no file {request.src}.",
            "Correct it, or leave out remote_src for a file on the controller.",
        )
    checked = (Step.CHECK_SOURCE,) if request.from_controller else ()
    get = Step.FETCH if request.url else Step.SEND if request.from_controller else Step.COPY
    # What nobody vouches for is not started here.
    tried = (Step.TRY,) if request.checksum else ()
    steps = (Step.PREPARE, get, Step.CHECK_ARCHIVE, Step.CHECK_CONTENTS, Step.UNPACK, *tried, Step.PUT)
    return Decision(change, in_use, (*checked, *steps))


def _change(request: Request, occupant: Occupant) -> Change:
    """Raises Blocked when what is there must not be touched."""
    if not request.present:
        return _change_absent(request, occupant)
    if occupant.kind in (Existing.NOTHING, Existing.EMPTY):
        return Change.INSTALL
    _must_be_sdk(request, occupant)
    if occupant.version == request.version:
        return Change.NOTHING
    if not request.force:
        raise occupied(
            f"{request.dest} holds {occupant.version}, and {request.version} is wanted.",
            "Give each version a directory of its own, or force: true to replace it.",
            request.dest,
        )
    _must_hold_nothing_else(request, occupant)
    return Change.REPLACE


def _change_absent(request: Request, occupant: Occupant) -> Change:
    if occupant.kind in (Existing.NOTHING, Existing.EMPTY):
        return Change.NOTHING
    _must_be_sdk(request, occupant)
    if request.version is not None and occupant.version != request.version and not request.force:
        raise occupied(
            f"{request.dest} holds {occupant.version}, and {request.version} is to be removed.",
            "Correct dest or version, or give force: true.",
            request.dest,
        )
    if not request.force:
        _must_hold_nothing_else(request, occupant)
    return Change.REMOVE


def _must_be_sdk(request: Request, occupant: Occupant) -> None:
    if occupant.kind is not Existing.SDK:
        raise occupied(
            f"{request.dest} is {occupant.kind.value}.",
            "It is never touched: name the directory of the SDK itself, or move away what is there.",
            request.dest,
        )


def _must_hold_nothing_else(request: Request, occupant: Occupant) -> None:
    if occupant.own:
        more = f" and {len(occupant.own) - 5} more" if len(occupant.own) > 5 else ""
        own = ", ".join(occupant.own[:5]) + more
        raise occupied(
            f"{request.dest} also holds what no SDK brought, and it would be lost: {own}.",
            "Move it away." if request.present else "Move it away, or give force: true to remove it too.",
            request.dest,
        )


def occupied(message: str, advice: str, subject: str) -> Blocked:
    return Blocked([Finding.of("sdk_destination_occupied", message, advice, subject)])
