# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a project on a Windows host, as an audit sees them. Pure."""

from __future__ import annotations

import typing as t

from .._core.windows import WINDOWS, child
from .._editors.edits import XmlStep
from .._editors.managed_items import JSON, XML, ManagedItem
from .._formats import launcher_cmd_read
from .._formats import project_settings as settings
from .._formats.launchers import FILES, is_ours
from .._go.audit import DAMAGED, DENIED, NOT_LOOKED, PROJECT, READ, Origin, SeenMedium
from .audit_project import DIRENV, GOLAND, LAUNCHER, VSCODE, Everything, ProjectLayer, Source, project_layer
from .filestore import unread

if t.TYPE_CHECKING:
    from .._hosts.files import File

#: the launchers whose values are those of go-env.cmd, or are not read
_OTHERS = (FILES["ps1"], FILES["sh"], FILES["envrc"])
#: the files, relative to the project
NAMES = (FILES["cmd"], *_OTHERS, settings.SETTINGS, settings.WORKSPACE)


def place(directory: str, name: str) -> str:
    """The full path of a file of a project."""
    return child(directory, *name.split("/"))


def project_of(
    directory: str,
    home: str,
    files: t.Mapping[str, File],
    environment: t.Mapping[str, str],
    recorded: t.Container[str] = (),
) -> ProjectLayer:
    """What the files of a project set. files: by name. environment: of the process that an editor is. recorded: what
    this collection wrote into editors' files, by the names of items.
    """
    reading = _Project(directory, home, files, environment, recorded)
    return project_layer(directory, [*reading.sources()], reading.media, WINDOWS)


class _Project:
    def __init__(
        self,
        directory: str,
        home: str,
        files: t.Mapping[str, File],
        environment: t.Mapping[str, str],
        recorded: t.Container[str],
    ) -> None:
        self._directory, self._home, self._files = directory, home, files
        self._environment, self._recorded = environment, recorded
        self.media: list[SeenMedium] = []

    def sources(self) -> t.Iterator[Source]:
        yield from self._launchers()
        yield from self._vscode()
        yield from self._goland()

    def _seen(self, medium: str, name: str, state: str = READ, reason: str = "") -> None:
        self.media.append(SeenMedium(medium, PROJECT, place(self._directory, name), state, reason))

    def _data(self, medium: str, name: str) -> bytes | None:
        """The bytes of a file that was read; what became of it is kept."""
        file = self._files.get(name)
        if file is None or file.data is None:
            return None
        if unread(file):
            self._seen(medium, name, DENIED, file.obstacle)
            return None
        self._seen(medium, name)
        return file.data

    def _damaged(self, why: str) -> None:
        last = self.media[-1]
        self.media[-1] = SeenMedium(last.medium, PROJECT, last.place, DAMAGED, f"It cannot be read: {why}.")

    def _origin(self, name: str) -> Origin:
        return Origin(place(self._directory, name))

    def _launchers(self) -> t.Iterator[Source]:
        name = FILES["cmd"]
        data = self._data(LAUNCHER, name)
        if data is not None and not is_ours(data):
            self._damaged("this collection did not write it")
        elif data is not None:
            found = launcher_cmd_read.read(data, self._directory, self._home)
            yield Source(found, self._origin(name), enters=True, managed=Everything())
        for other in _OTHERS if data is None else ():
            file = self._files.get(other)
            if file is not None and file.data is not None:
                medium = DIRENV if other == FILES["envrc"] else LAUNCHER
                self._seen(medium, other, NOT_LOOKED, f"Of the launchers of a Windows host only {name} is read.")

    def _vscode(self) -> t.Iterator[Source]:
        data = self._data(VSCODE, settings.SETTINGS)
        if data is None:
            return
        try:
            found = settings.vscode_settings(data, "windows", self._directory, self._home, self._environment)
        except ValueError as error:
            self._damaged(str(error))
            return
        for one in found:
            places = {name: one.key if one.key == ("go.goroot",) else (*one.key, name) for name in one.variables}
            managed = {name for name, key in places.items() if self._is_ours(settings.SETTINGS, JSON, key)}
            yield Source(one, self._origin(settings.SETTINGS), managed=managed)

    def _goland(self) -> t.Iterator[Source]:
        data = self._data(GOLAND, settings.WORKSPACE)
        if data is None:
            return
        try:
            found = settings.goland_workspace(data, self._directory, self._home)
        except ValueError as error:
            self._damaged(str(error))
            return
        steps = (XmlStep("project"), XmlStep("component", "GOROOT"))
        managed = {"GOROOT"} if self._is_ours(settings.WORKSPACE, XML, steps) else set()
        yield Source(found, self._origin(settings.WORKSPACE), managed=managed)

    def _is_ours(self, file: str, kind: str, path: tuple[t.Any, ...]) -> bool:
        return ManagedItem(file, kind, path).name in self._recorded
