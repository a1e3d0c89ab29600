# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Go SDK as a directory of a Windows that is not running, by the files of its image on this POSIX host. No program of
the image is started: what a `go.exe` is, its PE header says.
"""

from __future__ import annotations

import contextlib
import os

from .._core.account import Account
from .._core.errors import Blocked
from .._core.findings import Finding
from .._core.writable_places import outside_program_files, writable_by_others
from .._formats.descriptors import writers
from .._formats.executables import HEAD, platform_of
from .._formats.sdk_archive import Refused
from .._go.sdk_request import Contents, Request, Tried
from .._go.sdks import Platform
from .image import Image
from .image_rights import descriptor_of, permit
from .sdk_install import Fetch, LocalSdk

#: programs that every Windows has, below its directory
_OF_WINDOWS = ("System32\\ntdll.dll", "System32\\kernel32.dll", "System32\\cmd.exe", "System32\\reg.exe")


def place_in(image: Image, path: str) -> str:
    """Where a path of drive C: is on this machine; what is not there yet, as it is written. Raises Blocked where a link
    is in the way: it would lead out of the image.
    """
    place, names = image.root, path[3:].split("\\")
    for number, name in enumerate(names):
        place = image.find(*names[: number + 1]) or os.path.join(place, name)
        if os.path.islink(place):
            raise Blocked([_linked(place, path)])
    return place


def _linked(place: str, path: str) -> Finding:
    return Finding.of(
        "sdk_destination_occupied",
        f"{path} is not taken: {place} is a link, which leads to another place on this machine than on Windows.",
        "Name the directory that it stands for on Windows.",
        path,
    )


def processor_of(image: Image) -> Platform | None:
    """GOOS and GOARCH of the Windows in an image; None where none of its programs says it."""
    for program in _OF_WINDOWS:
        with contextlib.suppress(OSError, Blocked), open(place_in(image, f"C:\\Windows\\{program}"), "rb") as file:
            found = platform_of(file.read(HEAD))
            if found is not None:
                return found
    return None


class ImageSdk(LocalSdk):
    """See `sdk_host.SdkHost`: the SDK at one place of an image. Nothing of it runs."""

    windows = True

    def __init__(self, image: Image, request: Request, me: Account, fetch: Fetch) -> None:
        super().__init__(request, me, fetch, place_in(image, request.dest))
        self._image = image

    def platform(self) -> Platform | None:
        return processor_of(self._image) or ("windows", "")

    def not_allowed(self) -> tuple[Finding, ...]:
        above = os.path.dirname(self.place)
        while not os.path.isdir(above):
            above = os.path.dirname(above)
        if os.access(above, os.W_OK | os.X_OK) and not os.statvfs(above).f_flag & os.ST_RDONLY:
            return ()
        message = f"{above} cannot be written, by this account or because it is mounted read-only."
        advice = "Mount the image for writing, or set become: true."
        return (Finding.of("file_not_writable", message, advice, above),)

    def references(self) -> list[str]:
        raise NotImplementedError  # what names an SDK is known where the registry is

    def running(self, referenced: bool) -> list[str]:  # noqa: ARG002 - nothing of an image runs
        return []

    def contents(self) -> Contents:
        found = super().contents()
        if found.platform is None:
            raise Refused("its go is not a program of any system that Go is made for")
        return found

    def try_out(self) -> Tried:
        """A program of the image is not started, but it must be one: `contents` has seen the archive's, this is the
        unpacked one.
        """
        with open(os.path.join(self.aside.new, "bin", "go.exe"), "rb") as file:
            found = platform_of(file.read(HEAD))
        return Tried("" if found and found[0] == "windows" else "bin/go.exe is not a program of Windows", "")

    def unpack(self) -> str | None:
        """With the permissions that Windows would have given it."""
        version = super().unpack()
        above = descriptor_of(os.path.dirname(self.place))
        if above is not None:
            permit(self.aside.new, above)
        return version

    def exposed(self) -> list[Finding]:
        """By the permissions of the image where they can be read, else by what Windows does by default."""
        inside = {self.request.dest: self.place, rf"{self.request.dest}\bin\go.exe": self._go}
        found = {path: descriptor_of(place) for path, place in inside.items()}
        if None in found.values():
            return outside_program_files(self.request.dest)
        who = {path: writers(descriptor) for path, descriptor in found.items() if descriptor}
        groups = sorted({name for names in who.values() for name in names})
        return writable_by_others(
            " and ".join(groups),
            [path for path, names in who.items() if names],
            r"Choose a dest below C:\Program Files, and mount the image as Windows left it",
        )

    @property
    def _go(self) -> str:
        return os.path.join(self.place, "bin", "go.exe")
