# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ansible_collections.gopher.devbox.plugins.module_utils._media.audit_windows import WindowsAudit
from ansible_collections.gopher.devbox.plugins.module_utils._media.windows_host import WindowsHost, over
from ansible_collections.gopher.devbox.plugins.module_utils._run.env_info import ARGUMENT_SPEC, named
from ansible_collections.gopher.devbox.plugins.module_utils._run.env_info_wsl import run
from ansible_collections.gopher.devbox.plugins.module_utils._run.image_options import is_offline
from ansible_collections.gopher.devbox.plugins.plugin_utils._transports.login import account_behind_root
from ansible_collections.gopher.devbox.plugins.plugin_utils._windows_action import WindowsAction

_WHOSE = (
    "The task becomes root, and the connection does not name its account, so user is needed: name whose environment is "
    "meant."
)


def look(params: t.Mapping[str, t.Any], host: WindowsHost, check_mode: bool, diff: bool) -> dict[str, t.Any]:
    """One run over a Windows host: of itself, or of images on it."""
    if is_offline(params):
        from ansible_collections.gopher.devbox.plugins.module_utils._run import env_info_mounted

        return env_info_mounted.run(params, host, check_mode, diff)
    return run(WindowsAudit, params, host, check_mode, diff)


class ActionModule(WindowsAction):
    """go_env_info: for Windows hosts from the controller; for any other host the module of the same name runs there."""

    module = "gopher.devbox.go_env_info"
    spec = ARGUMENT_SPEC
    runner = staticmethod(over(look))

    def done(self, task_vars: dict[str, t.Any] | None) -> dict[str, t.Any]:
        if is_offline(self._task.args):  # documents have the names of their images
            return super().done(task_vars)
        return named(self._found(task_vars), str((task_vars or {}).get("inventory_hostname") or ""))

    def _found(self, task_vars: dict[str, t.Any] | None) -> dict[str, t.Any]:
        if self.is_windows(task_vars):
            return self.on_windows(self.validated(self.spec))
        arguments = self._task.args
        become = self._connection.become
        if become is None or arguments.get("user"):
            return self.on_host(arguments, task_vars)
        found = account_behind_root(self._connection, str(self.get_become_option("become_user") or "root"))
        if found == "":
            return {"failed": True, "msg": _WHOSE}
        return self.on_host(arguments if found is None else {**arguments, "user": found}, task_vars)
