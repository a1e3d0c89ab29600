# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import functools
import typing as t

from ansible_collections.gopher.devbox.plugins.module_utils._media.windows_host import over
from ansible_collections.gopher.devbox.plugins.module_utils._run.env_layers import ARGUMENT_SPEC, lacks_user, with_user
from ansible_collections.gopher.devbox.plugins.module_utils._run.env_wsl import run
from ansible_collections.gopher.devbox.plugins.module_utils._run.images import not_here
from ansible_collections.gopher.devbox.plugins.module_utils._run.options import failure
from ansible_collections.gopher.devbox.plugins.module_utils._run.registry import ENVIRONMENT
from ansible_collections.gopher.devbox.plugins.plugin_utils._transports.login import account_behind_root
from ansible_collections.gopher.devbox.plugins.plugin_utils._windows_action import WindowsAction

_WHOSE = (
    "The task becomes root, and the connection does not name its account, so user is needed: name whose variables are "
    "meant. Nothing was changed."
)


class ActionModule(WindowsAction):
    """go_env for Windows hosts, from the controller; for any other host the module of the same name runs there."""

    module = "gopher.devbox.go_env"
    spec = ARGUMENT_SPEC
    runner = staticmethod(over(functools.partial(run, ENVIRONMENT)))

    def done(self, task_vars: dict[str, t.Any] | None) -> dict[str, t.Any]:
        arguments = self._task.args
        if self.is_windows(task_vars):
            if arguments.get("image"):
                return failure(not_here("image"), arguments)
            return self.on_windows(self.validated(self.spec))
        become = self._connection.become
        if become is None or arguments.get("image") or not lacks_user(arguments):
            return self.on_host(arguments, task_vars)
        found = account_behind_root(self._connection, str(self.get_become_option("become_user") or "root"))
        if found == "":
            return {"failed": True, "msg": _WHOSE}
        return self.on_host(arguments if found is None else with_user(arguments, found), task_vars)
