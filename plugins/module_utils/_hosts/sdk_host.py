# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host does to install a Go SDK at one place, or to remove it."""

from __future__ import annotations

import typing as t

from .._core.findings import Finding
from .._go.sdk_request import Archive, Contents, Facts, Occupant, Removed, Request, Tried

Progress = t.Callable[[int], t.Any]
"""Hears how many bytes more have arrived."""


class SdkHost(t.Protocol):
    """A host, and the place that a request names on it.

    Nothing is decided here: each method does one thing and says what it found. Raises DevboxError, OSError; Refused for
    an archive that is not taken. said: what the host said of the last change, empty for nothing.
    """

    said: str

    def look(self) -> Facts:
        """What is there, and what is in the way of a change."""

    def sweep(self, leftovers: t.Sequence[str]) -> int:
        """Remove what broken-off runs left beside the place, and give back an SDK that one had taken out of it and not
        replaced. How many there were.
        """

    def references(self) -> list[str]:
        """What names the SDK: GOROOT and PATH, of whom, and links to its go."""

    def running(self, referenced: bool) -> list[str]:
        """The programs of the SDK that run, and those that use it. referenced: something names the SDK."""

    def prepare(self) -> int | None:
        """Make a directory beside the place, for what follows. The bytes that are free there, None where that is not
        known.
        """

    def send(self, pieces: t.Iterable[bytes], progress: Progress) -> None:
        """Write an archive of the controller into that directory."""

    def copy(self, src: str) -> None:
        """Copy an archive of the host into it, so that nobody else can change it any more."""

    def fetch(self, url: str) -> None:
        """Let the host fetch an archive into it."""

    def archive(self) -> Archive:
        """The archive as it is there."""

    def contents(self) -> Contents:
        """What the archive holds."""

    def unpack(self) -> str | None:
        """Unpack the archive; the version in the VERSION that it held."""

    def try_out(self) -> Tried:
        """Start the go that was unpacked."""

    def put(self, replace: bool) -> Occupant:
        """The new SDK in its place, at once; what is there then. Where that fails, what was there is there."""

    def take(self) -> Removed:
        """The SDK out of its place, at once, and deleted. Where that fails, it is there, whole."""

    def exposed(self) -> list[Finding]:
        """Who else can write to an SDK for everybody."""

    def clean(self) -> None:
        """Remove the directory beside the place, where there is one."""

    def close(self) -> None:
        """End the session. Never raises."""


class SdkPlaces(t.Protocol):
    """The places for SDKs on a host. known: what may hold secrets that a message quotes."""

    known: tuple[t.Any, ...]

    def dest(self, text: str) -> str:
        """A place as it is written out there."""

    def problem_of(self, option: str, text: str) -> str | None:
        """What keeps a text from being the place of an SDK (`dest`), or an archive on the host (`src`); None for a good
        one.
        """

    def at(self, request: Request) -> SdkHost:
        """The host, with the place of the request. Raises DevboxError when there is no way to it."""
