# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The place of an SDK in a Windows image: on this POSIX host, and on a Windows host that has it mounted."""

from __future__ import annotations

import ntpath
import os
import typing as t

from .._core.errors import WantedError
from .._core.posix import POSIX, expand_home
from .._core.windows import directory_of
from .._go.sdk_request import Request
from .._hosts.accounts import LocalAccounts
from .._hosts.sdk_image import ImageSdk, place_in
from .._hosts.sdk_install import Fetch
from .._hosts.sdk_install_windows import problem_of_dest


class ImagePlaces:
    """See `sdk_host.SdkPlaces`: a Windows image, by the directory that Windows and Users are in. environ: of the
    session. fetch: fetches an address into a file.
    """

    def __init__(self, image: str, environ: t.Mapping[str, str], fetch: Fetch) -> None:
        self.known = (environ,)
        self._fetch = fetch
        self._me = LocalAccounts(environ).own()
        self._image = expand_home(image, self._me.home)

    def dest(self, text: str) -> str:
        return directory_of(text, {})

    def problem_of(self, option: str, text: str) -> str | None:
        return problem_in_image(text) if option == "dest" else None

    def at(self, request: Request) -> ImageSdk:
        problem = POSIX.path_problem(self._image)
        if problem:
            raise WantedError(f"image: {self._image!r} {problem}")
        if not os.path.isdir(place_in(self._image, "C:\\Windows\\System32")):
            raise not_windows(self._image)
        return ImageSdk(self._image, request, self._me, self._fetch)


def problem_in_image(dest: str) -> str | None:
    """What keeps a place from being an SDK's in an image; None for a good one."""
    problem = problem_of_dest(dest)
    if problem:
        return problem
    drive = ntpath.splitdrive(dest)[0].upper()
    return None if drive == "C:" else f"is on drive {drive}, and an image has only what is on C:."


def not_windows(image: str) -> WantedError:
    return WantedError(
        f"image: {image} is not the directory of a Windows: it has no Windows\\System32.",
        "Name the directory that Windows and Users are in.",
    )
