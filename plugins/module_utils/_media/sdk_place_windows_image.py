# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

r"""The place of an SDK in a Windows image that a Windows host has mounted: `C:\Go` of the image is `D:\mount\Go`."""

from __future__ import annotations

import dataclasses
import typing as t

from .._core.findings import Finding
from .._core.windows import child, directory_of
from .._core.writable_places import outside_program_files
from .._formats import frames
from .._formats.cmdscript import Script, can_quote, if_
from .._go.sdk_request import Facts, Request
from .._hosts.sdk_install_windows import problem_of_dest
from .._hosts.staging import new_mark
from .._hosts.transport import Transport
from .sdk_place_image import not_windows, problem_in_image
from .sdk_place_windows import WindowsPlace, WindowsPlaces


class WindowsImagePlaces(WindowsPlaces):
    """See `sdk_host.SdkPlaces`: an image on a Windows host. connect: opens the way to it."""

    def __init__(self, image: str, connect: t.Callable[[], Transport]) -> None:
        super().__init__(connect)
        self._image = directory_of(image, {})

    def problem_of(self, option: str, text: str) -> str | None:
        if option != "dest":
            return super().problem_of(option, text)
        problem = problem_in_image(text)
        if problem:
            return problem
        if not self._image or not can_quote(self._image) or problem_of_dest(self._image):
            return f"cannot be installed in {self._image}: write image as a directory on a drive, such as D:\\mount."
        return problem_of_dest(self._there(text))

    def _there(self, dest: str) -> str:
        return child(self._image, dest[3:])

    def at(self, request: Request) -> _Place:
        there = dataclasses.replace(request, dest=self._there(request.dest))
        return _Place(self._connect(), there, self._image, request.dest)


class _Place(WindowsPlace):
    def __init__(self, transport: Transport, request: Request, image: str, dest: str) -> None:
        super().__init__(transport, request)
        self._image, self._on_windows = image, dest

    def look(self) -> Facts:
        """Raises WantedError for what is no Windows: the directories above a place are made."""
        mark = new_mark()
        place = child(self._image, "Windows", "System32")
        question = frames.framed(mark, "windows", if_(f'exist "{place}\\ntdll.dll"', "echo y"))
        answer = self.transport.run(Script(tuple(question)))
        if (frames.parse(mark, answer.stdout).first("windows") or b"").strip() != b"y":
            raise not_windows(self._image)
        return super().look()

    def references(self) -> list[str]:
        return []

    def exposed(self) -> list[Finding]:
        return [*super().exposed(), *outside_program_files(self._on_windows)]
