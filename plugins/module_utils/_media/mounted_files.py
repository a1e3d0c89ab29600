# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a Windows that is not running, on a Windows host, as an audit reads them (`sdks_image.ImageFiles`).

An audit asks for one thing after the other, and a command for each would be many. So what is not known yet is noted,
answered as unknown, and asked for with all else of its kind; then the audit is made anew.
"""

from __future__ import annotations

import dataclasses
import fnmatch
import ntpath
import typing as t

from .._core.state import UNKNOWN, Directory
from .._core.windows import directory_of, expand, fold_path, with_texts
from .._formats import frames
from .._go.audit import ABSENT, DENIED, NOT_LOOKED, READ, YES
from .._go.sdks import Found, Platform
from .._hosts.batch import Inquiry, ask_all
from .._hosts.files import File
from .._hosts.transport import Transport
from .audit_questions_windows import descriptors, typed
from .filestore import unread
from .registry_mounted import Offline
from .registry_offline import core_of
from .sdk_questions_windows import EVERYBODY, OWN, Asking, Container
from .sdks_image import GO_ENV_FILE

_PLACES = (*EVERYBODY, *OWN)
_UNASKED = "No command can ask for a file of that name."
_X86 = {"ProgramFiles(x86)": r"C:\Program Files (x86)"}


class MountedFiles:
    """See `sdks_image.ImageFiles`. acl: whether who may write to directories is asked for."""

    #: what no key of the registry says is not found out
    platform: Platform | None = None

    def __init__(self, transport: Transport, offline: Offline, acl: bool = False) -> None:
        self._transport, self._offline, self._acl = transport, offline, acl
        self._asking = Asking(transport, None)
        self._files: dict[str, File] = {}
        self._access: dict[str, str | None] = {}
        #: what is still to be asked for
        self._wanted: dict[str, str] = {}
        self._judged: dict[str, str] = {}

    # --- asking ------------------------------------------------------------------------------------------------------

    def ahead(self, home: str) -> list[Container]:
        """The directories where SDKs are for most. home: the directory of the profile for most, empty for nowhere."""
        known = {**core_of({}, ""), **_X86, **_profile(home)}
        places = [(self._place(directory_of(expand(raw, with_texts(known)), {})), names) for raw, names in _PLACES]
        return [Container(place, names) for place, names in places if place and "%" not in place]

    def listing(self, containers: t.Sequence[Container]) -> Inquiry[frames.Framed]:
        """Ask for the names in directories."""
        return self._asking.listing(containers)

    def understand_ahead(self, listed: frames.Framed, codec: str, containers: t.Sequence[Container]) -> None:
        """Take what was asked for ahead. codec: of what the host prints."""
        self._asking.understand_first(listed, codec, containers, lambda text: text)

    def ask(self) -> bool:
        """Ask for what is not known yet. False where that is nothing."""
        if not (self._wanted or self._judged or self._asking.is_pending):
            return False
        files, places = list(self._wanted.values()), list(self._judged.values())
        inquiries: list[t.Callable[[], Inquiry[t.Any]]] = [lambda: typed(files), lambda: descriptors(places)]
        self._asking.leave_room(sum(map(_length, inquiries)))
        _looked, read, access = ask_all(self._transport, self._asking.asking, *inquiries)
        self._files.update((fold_path(path, {}), read.get(path, File(b"", None, _UNASKED))) for path in files)
        self._access.update((fold_path(path, {}), access.get(fold_path(path, {}))) for path in places)
        self._wanted, self._judged = {}, {}
        return True

    def _place(self, path: str) -> str:
        """Where a path of that Windows is on the host; empty where that is not known."""
        return self._offline.place(path).rstrip("\\")

    # --- what is known -----------------------------------------------------------------------------------------------

    def is_inside(self, path: str) -> bool:
        return bool(self._offline.place(path))

    def folder_of(self, place: str) -> str:
        folder, root = ntpath.dirname(place), self._offline.root
        if not root or not fold_path(folder, {}).startswith(fold_path(root, {}) + "\\"):
            return ""
        return "C:" + folder[len(root) :]

    def data(self, path: str) -> bytes:
        return self._file(path).data or b""

    def state(self, path: str) -> tuple[str, str]:
        if not self.is_inside(path):
            return NOT_LOOKED, "It is not in the image."
        file = self._file(path)
        if file.obstacle == _UNASKED:
            return NOT_LOOKED, file.obstacle
        if unread(file):
            return DENIED, file.obstacle
        return (ABSENT, "") if file.data is None else (READ, "")

    def _file(self, path: str) -> File:
        place = self._place(path) if path else ""
        if not place or _is_nowhere(place):
            return File(None)
        if ntpath.basename(place) == GO_ENV_FILE:
            return self._go_env(ntpath.dirname(place))
        known = self._files.get(fold_path(place, {}))
        if known is None:
            self._wanted[fold_path(place, {})] = place
        return known or File(None)

    def _go_env(self, root: str) -> File:
        looked = self._asking.looked.get(fold_path(root, {}))
        if looked is None:
            self._asking.roots([root])
            return File(None)
        denied = looked.found.go_env is None and looked.has_go_env
        return File(b"", None, "This account may not read it.") if denied else File(looked.found.go_env)

    def writable(self, path: str) -> bool | None:
        place = self._place(path)
        if not place or not self._acl:
            return None
        if fold_path(place, {}) not in self._access:
            self._judged[fold_path(place, {})] = place
        found = self._access.get(fold_path(place, {}))
        return None if found is None else found == YES

    def names(self, directory: str, pattern: str) -> list[str]:
        place = self._place(directory)
        container = Container(place, pattern)
        if not place or container.files:
            return []
        if container not in self._asking.names:
            self._asking.inside([container])
        # What is found by a short name has another one.
        found = sorted(self._asking.names.get(container, ()))
        return [name for name in found if fnmatch.fnmatchcase(name.lower(), pattern.lower())]

    def look_up(self, path: str) -> Directory:
        place = self._place(path)
        if not place or _is_nowhere(place):
            return Directory(False) if place else UNKNOWN
        above = ntpath.dirname(place)
        has_root = ntpath.basename(place).lower() == "bin"
        known = self._asking.directories.get(fold_path(place, {}))
        if known is None:
            self._asking.look_up([place])
            self._asking.roots([above] if has_root else [])
            return UNKNOWN
        looked = self._asking.looked.get(fold_path(above, {})) if has_root else None
        return UNKNOWN if looked and looked.link is not None else known

    def found(self, root: str, named: str = "") -> Found:
        place = self._place(root)
        looked = self._asking.looked.get(fold_path(place, {})) if place else None
        if looked is None and place:
            self._asking.roots([place])
        if looked is None or looked.link is not None:  # where a link leads on the host is not where it leads there
            return Found(root, None, False, None, named=named)
        return dataclasses.replace(looked.found, root=root, named=named)


def _is_nowhere(place: str) -> bool:
    """Whether a path still has a reference in it, so that no directory has it. %USERNAME% of a new user is one."""
    return "%" in place


def _profile(home: str) -> dict[str, str]:
    return {"USERPROFILE": home, "LOCALAPPDATA": home + r"\AppData\Local"} if home else {}


def _length(begin: t.Callable[[], Inquiry[t.Any]]) -> int:
    """How many characters the first question of an inquiry has; none where it asks nothing."""
    found = next(begin(), None)
    return sum(len(statement) + 1 for statement in found.statements) if found else 0
