# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The place of an SDK in a Windows image: on this POSIX host, and on a Windows host that has it mounted."""

from __future__ import annotations

import ntpath
import typing as t

from .._core.account import Account
from .._core.effective import effective
from .._core.errors import WantedError
from .._core.posix import expand_home
from .._core.reading import must_be_known
from .._core.wanted import Scope, Wanted
from .._core.windows import directory_of, with_texts
from .._go.sdk_request import Request
from .._hosts.accounts import LocalAccounts
from .._hosts.hives import load_hivex
from .._hosts.sdk_image import ImageSdk
from .._hosts.sdk_install import Fetch
from .._hosts.sdk_install_windows import problem_of_dest
from .image_host import ImageHost
from .registry_offline import IN_IMAGE
from .sdk_place_windows import naming


class ImagePlaces:
    """See `sdk_host.SdkPlaces`: a Windows image, by the directory that Windows and Users are in. environ: of the
    session. fetch: fetches an address into a file.
    """

    def __init__(self, image: str, environ: t.Mapping[str, str], fetch: Fetch) -> None:
        self.known = (environ,)
        self._fetch = fetch
        self._me = LocalAccounts(environ).own()
        self._root = expand_home(image, self._me.home)

    def dest(self, text: str) -> str:
        return directory_of(text, {})

    def problem_of(self, option: str, text: str) -> str | None:
        return problem_in_image(text) if option == "dest" else None

    def at(self, request: Request) -> _Place:
        """Raises Blocked for a directory that holds no Windows."""
        host = ImageHost(self._root)
        host.image.check()
        return _Place(host, request, self._me, self._fetch)


class _Place(ImageSdk):
    def __init__(self, host: ImageHost, request: Request, me: Account, fetch: Fetch) -> None:
        super().__init__(host.image, request, me, fetch)
        self._host = host

    def references(self) -> list[str]:
        """The values that name the SDK: of the machine, of users to come, and of each user that has a registry in the
        image. Raises DevboxError where that is not known, which force overrules.
        """
        if self.request.force:
            return []
        load_hivex()
        users = [(profile.name, Scope.USER, profile.sid) for profile in self._host.users() if profile.hive]
        found = []
        for whose, scope, sid in [
            ("the machine", Scope.MACHINE, None),
            ("users to come", Scope.DEFAULT_USER, None),
            *users,
        ]:
            state = must_be_known(self._host.registry(scope, sid).read(Wanted(IN_IMAGE, scope=scope, user=sid)))
            known = with_texts(effective(state).texts)
            found += [f"{name} of {whose}" for name in naming(self.request.dest, state.in_scope(scope), known)]
        return found


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
