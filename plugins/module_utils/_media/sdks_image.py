# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Go SDKs in a Windows image: the places that a running Windows is asked about as well, looked at on this host."""

from __future__ import annotations

import fnmatch
import os
import typing as t

from .._core.state import Directory
from .._core.values import Variables
from .._core.windows import child, directory_of, expand, fold_path
from .._formats.descriptors import writers
from .._formats.executables import HEAD, platform_of
from .._formats.programs import parse_version
from .._go.audit import ABSENT, DENIED, NOT_LOOKED, READ
from .._go.sdks import Entry, Found, Platform, SeenSdks
from .._hosts.image import Image
from .._hosts.image_rights import descriptor_of
from .._hosts.sdk_image import processor_of
from .sdk_questions_windows import EVERYBODY, OWN

GO_ENV_FILE = "go.env"
_SMALL = 1 << 20  # bytes that a file of settings has at most
_VERSIONS = ("VERSION", "VERSION.cache")


class ImageFiles(t.Protocol):
    """The files of a Windows that is not running, by their Windows paths."""

    @property
    def platform(self) -> Platform | None:
        """What its programs are for; None where that is not known."""

    def folder_of(self, place: str) -> str:
        """The directory of a file of the host as that Windows calls it; empty for one that is not in it."""

    def is_inside(self, path: str) -> bool:
        """Whether a path is one of what there is to be looked at."""

    def data(self, path: str) -> bytes:
        """What a file holds, nothing for none."""

    def state(self, path: str) -> tuple[str, str]:
        """What becomes of reading a file, and why."""

    def writable(self, path: str) -> bool | None:
        """Whether ordinary users can write to a directory; None where that is not known."""

    def names(self, directory: str, pattern: str) -> list[str]:
        """The directories in one that match a pattern."""

    def look_up(self, path: str) -> Directory: ...

    def found(self, root: str, named: str = "") -> Found:
        """A directory that may be an SDK."""


class Files:
    """See `ImageFiles`: of an image on this machine; of no image, nothing is known."""

    def __init__(self, image: Image | None) -> None:
        self._image = image

    @property
    def platform(self) -> Platform | None:
        return processor_of(self._image) if self._image else None

    def place(self, path: str) -> str:
        """Where a file is on this machine; empty for nowhere."""
        names = self._image.parts_of(path) if self._image else None
        return self._image.find(*names) if self._image and names is not None else ""

    def folder_of(self, place: str) -> str:
        if not self._image or not place:
            return ""
        below = os.path.relpath(os.path.dirname(place), self._image.root)
        return "" if below.startswith("..") else "C:\\" + below.replace("/", "\\")

    def is_inside(self, path: str) -> bool:
        return self._image is not None and self._image.parts_of(path) is not None

    def data(self, path: str, most: int = _SMALL) -> bytes:
        try:
            with open(self.place(path), "rb") as file:
                return file.read(most)
        except OSError:
            return b""

    def state(self, path: str) -> tuple[str, str]:
        if not self.is_inside(path):
            return NOT_LOOKED, "It is not in the image."
        place = self.place(path)
        if not place:
            return ABSENT, ""
        return (READ, "") if os.access(place, os.R_OK) else (DENIED, "This account may not read it.")

    def writable(self, path: str) -> bool | None:
        descriptor = descriptor_of(self.place(path))
        return None if descriptor is None else bool(writers(descriptor))

    def names(self, directory: str, pattern: str) -> list[str]:
        place = self.place(directory)
        try:
            listed = sorted(os.listdir(place)) if place else []
        except OSError:
            return []
        found = [name for name in listed if fnmatch.fnmatchcase(name.lower(), pattern.lower())]
        return [name for name in found if os.path.isdir(os.path.join(place, name))]

    def look_up(self, path: str) -> Directory:
        return self._image.look_up([path])[path] if self._image else Directory(None)

    def found(self, root: str, named: str = "") -> Found:
        version = next((data for name in _VERSIONS if (data := self.data(child(root, name), 4096))), None)
        go = self.data(child(root, "bin", "go.exe"), HEAD)
        return Found(
            root,
            None if version is None else parse_version(version.decode("utf-8", "replace")) or "",
            bool(go) or bool(self.place(child(root, "bin", "go.exe"))),
            platform_of(go),
            named=named,
            unpacked=bool(self.place(child(root, ".unpacked-success"))),
            go_env=self.data(child(root, GO_ENV_FILE)) if self.place(child(root, GO_ENV_FILE)) else None,
            looks=any(self.place(child(root, name)) for name in ("src", "pkg")),
        )


def seen_sdks(
    files: ImageFiles,
    host: Platform | None,
    path: t.Sequence[tuple[str, str]],
    named: t.Mapping[str, str],
    known: Variables,
) -> SeenSdks:
    """The SDKs of an image. path: (directory, layer) of the entries of PATH. named: what names a directory as one.
    known: the variables that places refer to.
    """
    looked: dict[str, Found] = {}

    def candidate(root: str, who: str = "") -> Found | None:
        fold = fold_path(root, {})
        if fold not in looked:
            found = files.found(root, who)
            if not (who or found.go or found.version is not None):
                return None
            looked[fold] = found
        elif who:
            looked[fold] = files.found(root, who)
        return looked[fold]

    for raw, pattern in (*EVERYBODY, *OWN):
        container = directory_of(expand(raw, known), {})
        for name in files.names(container, pattern):
            candidate(child(container, name))
    for root, who in named.items():
        if files.is_inside(root):
            candidate(root, who)
    entries = [_entry(files, text, layer, candidate) for text, layer in path]
    return SeenSdks(host, tuple(looked.values()), tuple(entries), (), windows=True)


def _entry(files: ImageFiles, text: str, layer: str, candidate: t.Callable[[str], Found | None]) -> Entry:
    """What an entry of PATH has to do with SDKs."""
    directory = files.look_up(text) if text and "%" not in text else Directory(None)
    above = text.rpartition("\\")[0]
    found = candidate(above) if directory.exists and text.lower().endswith("\\bin") else None
    if not directory.go:
        return Entry(text, layer)
    own = found is not None and found.is_sdk and directory.is_sdk_bin
    return Entry(text, layer, child(text, directory.go), found.root if own and found else None, within=own)
