# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""go_sdk: from options to a result, on any host."""

from __future__ import annotations

import contextlib
import typing as t

from .._core.errors import DevboxError, ReadError, WantedError
from .._core.findings import Finding
from .._core.masker import Masker
from .._formats.sdk_archive import Refused
from .._go.sdk_checks import (
    leftovers_removed,
    must_be_installed,
    must_be_removed,
    must_be_unused,
    must_be_wanted,
    must_fit,
    must_match,
    must_run_there,
    must_start,
    refused,
    to_result,
)
from .._go.sdk_request import GROWTH, Change, Decision, Facts, Request, Step, decide, request_of
from .._hosts.sdk_host import Progress, SdkHost, SdkPlaces
from .options import failure

PIECE = 8 << 20  # bytes of an archive that are sent at once

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "dest": {"type": "str", "required": True},
    "image": {"type": "list", "elements": "str"},
    "version": {"type": "str"},
    "src": {"type": "str"},
    "remote_src": {"type": "bool", "default": False},
    "url": {"type": "str"},
    "checksum": {"type": "str"},
    "scope": {"type": "str", "choices": ["machine", "user"], "default": "machine"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "force": {"type": "bool", "default": False},
}


class Source(t.Protocol):
    """An archive on the controller (see `sdk_source`)."""

    size: int

    def must_be(self, request: Request, facts: Facts) -> None:
        """Raises Blocked when it is not the one that was named, or holds another SDK than the wanted one."""

    def pieces(self, size: int) -> t.Iterator[bytes]:
        """Its bytes, so many at once."""


def run(
    params: t.Mapping[str, t.Any],
    places: SdkPlaces,
    check_mode: bool,
    diff: bool,
    source: Source | None = None,
    progress: Progress = lambda _size: None,
) -> dict[str, t.Any]:
    """One run of go_sdk: its result, `failed` with a message when it could not be done.

    source: the archive, where it is on the controller and can be reached from here. Where it is needed and cannot, this
    run fails with `wants_archive`, and nothing was changed yet: the action plugin sends it.
    """
    try:
        request = _request(params, places)
        host = places.at(request)
    except DevboxError as error:
        return failure(error, params, *places.known)
    try:
        result = _Run(request, host, source, progress).result(check_mode, diff)
        masked: dict[str, t.Any] = Masker(params, *places.known).result(result)
        return masked
    except DevboxError as error:
        return failure(error, params, *places.known)
    except Refused as error:
        return failure(refused(request, str(error)), params, *places.known)
    except OSError as error:
        what = ReadError(
            f"{error.filename or params['dest']}: {error.strerror or error}.",
            "Look at the rights and the disk there, and run again.",
        )
        return failure(what, params, *places.known)
    finally:
        host.close()


def _request(params: t.Mapping[str, t.Any], places: SdkPlaces) -> Request:
    request = request_of({**params, "dest": places.dest(params["dest"])}, lambda dest: places.problem_of("dest", dest))
    problem = places.problem_of("src", request.src) if request.present and request.src and request.remote_src else None
    if problem:
        raise WantedError(f"src: {request.src!r} {problem}")
    return request


class _Run:
    """One run: look, decide, check, carry out. Each step is a method, and what it finds is judged at once."""

    def __init__(self, request: Request, host: SdkHost, source: Source | None, progress: Progress) -> None:
        self._request, self._host, self._source, self._progress = request, host, source, progress
        self._findings: list[Finding] = []
        self._free: int | None = None
        self._checksum: str | None = None
        self._steps: dict[Step, t.Callable[[], None]] = {
            Step.CHECK_USE: self._check_use,
            Step.CHECK_SOURCE: self._check_source,
            Step.PREPARE: self._prepare,
            Step.SEND: self._send,
            Step.COPY: lambda: host.copy(request.src or ""),
            Step.FETCH: lambda: host.fetch(request.url or ""),
            Step.CHECK_ARCHIVE: self._check_archive,
            Step.CHECK_CONTENTS: self._check_contents,
            Step.UNPACK: lambda: must_be_wanted(request, host.unpack()),
            Step.TRY: self._try,
            Step.PUT: self._put,
            Step.TAKE: self._take,
        }

    def result(self, check_mode: bool, diff: bool) -> dict[str, t.Any]:
        request, host = self._request, self._host
        self._facts = host.look()
        if self._facts.leftovers and not check_mode:
            self._findings += leftovers_removed(request, host.sweep(self._facts.leftovers))
            self._facts = host.look()
        self._decision = decide(request, self._facts)
        for step in self._decision.checks:
            self._steps[step]()
        if not check_mode:
            if Step.SEND in self._decision.steps and self._source is None:
                return self._wants_archive()
            self._carry_out(self._decision)
            if request.present and request.machine:
                self._findings += host.exposed()
        return to_result(request, self._facts.occupant, self._decision.change, self._checksum, self._findings, diff)

    def _wants_archive(self) -> dict[str, t.Any]:
        what = WantedError(
            "src is an archive on the controller, which only the action plugin gopher.devbox.go_sdk can send."
        )
        return {
            **failure(what),
            "findings": [finding.to_result(str) for finding in self._findings],
            "wants_archive": True,
        }

    def _carry_out(self, decision: Decision) -> None:
        try:
            for step in decision.steps:
                self._steps[step]()
        finally:
            with contextlib.suppress(DevboxError, OSError):  # the first error counts; a later run sweeps
                self._host.clean()

    # --- steps -------------------------------------------------------------------------------------------------------

    def _check_use(self) -> None:
        references = self._host.references() if self._decision.change is Change.REMOVE else []
        must_be_unused(self._request, references, self._host.running(bool(references)))

    def _check_source(self) -> None:
        if self._source is not None:
            self._source.must_be(self._request, self._facts)

    def _prepare(self) -> None:
        self._free = self._host.prepare()
        if self._source is not None and Step.SEND in self._decision.steps:
            must_fit(self._request, self._free, (GROWTH + 1) * self._source.size)

    def _send(self) -> None:
        if self._source is not None:
            self._host.send(self._source.pieces(PIECE), self._progress)

    def _check_archive(self) -> None:
        archive = self._host.archive()
        must_match(self._request, archive.checksum)
        must_fit(self._request, archive.free, GROWTH * archive.size)
        self._checksum = archive.checksum

    def _check_contents(self) -> None:
        contents = self._host.contents()
        if contents.version is not None:
            must_be_wanted(self._request, contents.version)
        self._runs_there = must_run_there(self._request, contents.platform, self._facts.platform)

    def _try(self) -> None:
        if self._runs_there:
            must_start(self._request, self._host.try_out())

    def _put(self) -> None:
        after = self._host.put(self._decision.change is Change.REPLACE)
        must_be_installed(self._request, self._facts.occupant, after, self._host.said)

    def _take(self) -> None:
        self._findings += must_be_removed(self._request, self._host.take(), self._host.said)
