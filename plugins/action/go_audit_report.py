# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.utils.display import Display

from ansible_collections.gopher.devbox.plugins.plugin_utils import _audit_files as files
from ansible_collections.gopher.devbox.plugins.plugin_utils._action import ModuleAction
from ansible_collections.gopher.devbox.plugins.plugin_utils._audit_chain import UnknownName, known_name
from ansible_collections.gopher.devbox.plugins.plugin_utils._audit_report import Readings, kept, readings_of, report

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "results": {"type": "dict"},
    "name": {"type": "str"},
    "directory": {"type": "str"},
    "end_as": {"type": "dict"},
}


class ActionModule(ModuleAction):
    """go_audit_report: all of it happens on the controller."""

    module = "gopher.devbox.go_audit_report"
    _requires_connection = False

    def done(self, _task_vars: dict[str, t.Any] | None) -> dict[str, t.Any]:
        return self.undisturbed(self._reported, self.validated(ARGUMENT_SPEC))

    def _reported(self, params: dict[str, t.Any]) -> dict[str, t.Any]:
        if params["end_as"] is not None:
            return _ended(params["end_as"])
        try:
            name = known_name(params["name"]) if params["name"] else None
            directory = self._directory(params["directory"])
            if params["results"] is None:
                return {"changed": False, "files": []}
            readings = readings_of(params["results"])
            lines = report(readings, name)
            Display().display("\n".join(["", *lines]))
            return {"changed": False, "files": self._keep(readings, directory)}
        except (UnknownName, files.NotWritable) as error:
            raise AnsibleActionFail(str(error)) from None

    def _directory(self, text: str | None) -> t.Any:
        """Where documents are kept; None for nowhere."""
        text = files.default_directory(os.environ) if text is None else text
        if not text:
            return None
        directory = files.directory_of(text)
        files.check(directory)
        return directory

    def _keep(self, readings: Readings, directory: t.Any) -> list[str]:
        if directory is None:
            return []
        paths = [] if self._task.check_mode else files.write(directory, readings.documents)
        Display().display("\n".join([*kept(paths, str(directory), self._task.check_mode), ""]))
        return paths


def _ended(result: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """As the reading of a host ended."""
    if result.get("unreachable"):
        return {"unreachable": True, "msg": "The host was not reached, so it was not audited. The report says why."}
    if result.get("failed"):
        return {"failed": True, "msg": "The host was not audited. The report says why."}
    return {"changed": False}
