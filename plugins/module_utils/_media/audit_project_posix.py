# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a project on this POSIX host, as an audit sees them."""

from __future__ import annotations

import copy
import typing as t

from .._core.posix import POSIX
from .._core.record import Ledger
from .._editors.edits import XmlStep
from .._editors.managed_items import JSON, XML, ManagedItem
from .._formats import project_settings as settings
from .._formats.launchers import is_ours
from .._formats.login_environment import is_known, written
from .._go.audit import ABSENT, DAMAGED, PROJECT, READ, Origin, SeenMedium
from .audit_project import DIRENV, GOLAND, LAUNCHER, VSCODE, Everything, ProjectLayer, Source, project_layer

if t.TYPE_CHECKING:
    from .._formats.login_environment import LoginEnvironment, Note
    from .._hosts.seen_files import SeenFile, SeenFiles
    from .login_posix import Login

#: what direnv gives to an .envrc, as far as it changes PATH
_DIRENV = """
PATH_add() { for i; do case $i in /*) PATH="$i:$PATH" ;; *) PATH="$PWD/$i:$PATH" ;; esac; done; export PATH; }
path_add() { PATH_add "$2"; }
"""


def project_of(
    directory: str, home: str, files: SeenFiles, login: Login, ledger: str
) -> tuple[ProjectLayer, list[Note]]:
    """What the files of a project set, over a login, and what of them is not understood. ledger: where this collection
    keeps what it wrote into editors' files.
    """
    reading = _Project(directory, home, files, login, ledger)
    return project_layer(directory, reading.sources(), reading.media, POSIX), reading.notes


class _Project:
    def __init__(self, directory: str, home: str, files: SeenFiles, login: Login, ledger: str) -> None:
        self._directory, self._home, self._files, self._login = directory, home, files, login
        kept = files.see([ledger])[ledger]
        text = kept.data.decode("utf-8", "replace") if kept.state == READ else None
        self._record = Ledger.loads(text).record.variables
        self.media: list[SeenMedium] = []
        self.notes: list[Note] = []

    def sources(self) -> list[Source]:
        return [*self._launcher(), *self._envrc(), *self._vscode(), *self._goland()]

    def _read(self, medium: str, name: str) -> tuple[str, SeenFile]:
        path = f"{self._directory}/{name}"
        found = self._files.see([path])[path]
        if found.state != ABSENT:
            self.media.append(SeenMedium(medium, PROJECT, path, found.state, found.reason))
        return path, found

    def _damaged(self, error: ValueError) -> None:
        self.media[-1] = SeenMedium(
            self.media[-1].medium, PROJECT, self.media[-1].place, DAMAGED, f"It cannot be read: {error}."
        )

    def _source(self, found: settings.Settings, path: str, file: SeenFile, **more: t.Any) -> Source:
        origin = Origin(path, None, file.owner, file.mode, file.mtime)
        return Source(found, origin, exposed=file.is_exposed, **more)

    def _launcher(self) -> t.Iterator[Source]:
        path, file = self._read(LAUNCHER, settings.LAUNCHER)
        if file.state != READ:
            return
        if not is_ours(file.data):
            self._damaged(ValueError("this collection did not write it"))
            return
        found = settings.launcher(file.data, self._directory, self._home)
        yield self._source(found, path, file, enters=True, managed=Everything())

    def _envrc(self) -> t.Iterator[Source]:
        path, file = self._read(DIRENV, settings.ENVRC)
        if file.state != READ:
            return
        if is_ours(file.data):
            found = settings.launcher(file.data, self._directory, self._home)
            yield self._source(found, path, file, enters=True, managed=Everything())
            return
        yield self._source(self._evaluated(path), path, file, enters=True)

    def _evaluated(self, path: str) -> settings.Settings:
        """What an .envrc that somebody wrote makes of the environment of a login."""
        from .._formats.shellread import ShellReader

        environment: LoginEnvironment = copy.deepcopy(self._login.environment)
        environment.values["PWD"] = self._directory
        reader = ShellReader("bash", environment, self._login.disk, "hB", {"pwd": self._directory})
        reader.define(_DIRENV)
        reader.read(path, PROJECT)
        variables = {}
        for name, held in environment.settings.items():
            last = held[-1] if held else None
            if last is not None and last.where.layer == PROJECT:
                variables[name] = settings.Found(
                    last.text if last.known else None, last.raw or last.text, last.where.line
                )
        entries = tuple(
            settings.Found(entry.text if is_known(entry.text) else None, written(entry.text))
            for entry in environment.path
            if entry.layer == PROJECT
        )
        self.notes = [note for note in environment.notes if note.where.layer == PROJECT]
        return settings.Settings(variables, entries)

    def _vscode(self) -> t.Iterator[Source]:
        path, file = self._read(VSCODE, settings.SETTINGS)
        if file.state != READ:
            return
        values = {name: text for name, text in self._login.environment.values.items() if is_known(text)}
        try:
            found = settings.vscode_settings(file.data, self._login.system, self._directory, self._home, values)
        except ValueError as error:
            self._damaged(error)
            return
        for one in found:
            places = {name: one.key if one.key == ("go.goroot",) else (*one.key, name) for name in one.variables}
            managed = {name for name, place in places.items() if self._is_ours(settings.SETTINGS, JSON, place)}
            yield self._source(one, path, file, managed=managed)

    def _goland(self) -> t.Iterator[Source]:
        path, file = self._read(GOLAND, settings.WORKSPACE)
        if file.state != READ:
            return
        try:
            found = settings.goland_workspace(file.data, self._directory, self._home)
        except ValueError as error:
            self._damaged(error)
            return
        steps = (XmlStep("project"), XmlStep("component", "GOROOT"))
        managed = {"GOROOT"} if self._is_ours(settings.WORKSPACE, XML, steps) else set()
        yield self._source(found, path, file, managed=managed)

    def _is_ours(self, file: str, kind: str, path: tuple[t.Any, ...]) -> bool:
        return ManagedItem(file, kind, path).name in self._record
