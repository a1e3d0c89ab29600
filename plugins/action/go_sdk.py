# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import tempfile
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.utils.display import Display

from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import DevboxError, WantedError
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.sdk_install import piece_of
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.transport import Transport
from ansible_collections.gopher.devbox.plugins.module_utils._media.sdk_place_windows import WindowsPlaces
from ansible_collections.gopher.devbox.plugins.module_utils._media.sdk_place_windows_image import WindowsImagePlaces
from ansible_collections.gopher.devbox.plugins.module_utils._run import sdk_images
from ansible_collections.gopher.devbox.plugins.module_utils._run.options import failure
from ansible_collections.gopher.devbox.plugins.module_utils._run.sdk import ARGUMENT_SPEC, PIECE, run
from ansible_collections.gopher.devbox.plugins.module_utils._run.sdk_source import Source
from ansible_collections.gopher.devbox.plugins.plugin_utils._progress import Progress
from ansible_collections.gopher.devbox.plugins.plugin_utils._windows_action import WindowsAction


def install(
    params: t.Mapping[str, t.Any], connect: t.Callable[[], Transport], check_mode: bool, diff: bool, *more: t.Any
) -> dict[str, t.Any]:
    """One run over a transport; `more`: see `sdk.run`."""
    if params["image"]:
        return sdk_images.run(params, lambda image: WindowsImagePlaces(image, connect), check_mode, diff, *more)
    return run(params, WindowsPlaces(connect), check_mode, diff, *more)


class ActionModule(WindowsAction):
    """go_sdk: the archive on the controller is sent when it is needed. On Windows hosts all is done from here, on
    others the module does it.
    """

    TRANSFERS_FILES = True
    module = "gopher.devbox.go_sdk"
    spec = ARGUMENT_SPEC
    runner = staticmethod(install)

    def done(self, task_vars: dict[str, t.Any] | None) -> dict[str, t.Any]:
        params = self.validated(self.spec)
        if params["image"] == []:
            return failure(WantedError("image is an empty list: name the images."), params)
        try:
            source = self._source(params)
            if self.is_windows(task_vars):
                progress = (self._progress(source).add,) if source else ()
                return self.on_windows(params, source, *progress)
            return self._on_posix(params, source, task_vars or {})
        except DevboxError as error:
            return failure(error, params)

    def _source(self, params: dict[str, t.Any]) -> Source | None:
        """The archive on the controller; its version becomes the wanted one where none was given."""
        if params["state"] != "present" or not params["src"] or params["remote_src"] or params["url"]:
            return None
        with self.silent():
            file = self._find_needle("files", params["src"])
        source = Source(file)
        if params["version"] is None:
            params["version"] = source.version()
        return source

    def _progress(self, source: Source) -> Progress:
        host = self._task_host()
        return Progress(f"{self._task.action} to {host}" if host else self._task.action, source.size, Display().display)

    def _task_host(self) -> str:
        return str(getattr(self._play_context, "remote_addr", None) or "")

    def _on_posix(
        self, params: dict[str, t.Any], source: Source | None, variables: dict[str, t.Any]
    ) -> dict[str, t.Any]:
        arguments = {**self._task.args, "version": params["version"]}
        first = self.on_host(arguments, variables)
        if source is None or not first.pop("wants_archive", False):
            return first
        source.must_match(params["checksum"], params["dest"])
        folder = self._shell().tmpdir or self._make_tmp_path()
        try:
            result = self.on_host({**arguments, "src": self._send(source, folder), "remote_src": True}, variables)
        finally:
            self._remove_tmp_path(folder)
        found = result.get("findings", ())
        return {**result, "findings": [*(one for one in first.get("findings", ()) if one not in found), *found]}

    def _shell(self) -> t.Any:
        return self._connection._shell  # noqa: SLF001 - as action plugins do

    def _send(self, source: Source, folder: str) -> str:
        """The archive as it is on the host then: in pieces."""
        progress, sent = self._progress(source), []
        archive = self._shell().join_path(folder, os.path.basename(source.path))
        with tempfile.TemporaryDirectory() as local:
            place = os.path.join(local, "piece")
            for number, piece in enumerate(source.pieces(PIECE)):
                with open(place, "wb") as file:
                    file.write(piece)
                sent.append(self._transfer_file(place, piece_of(archive, number)))
                progress.add(len(piece))
        if not sent:
            raise AnsibleActionFail("The archive is empty.")
        self._fixup_perms2([folder, *sent], execute=False)
        return str(archive)
