# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ansible.plugins.action import ActionBase

from ansible_collections.gopher.devbox.plugins.plugin_utils._transports.family import WINDOWS, family_of


class ActionModule(ActionBase):
    """go_config for Windows hosts, from the controller; for any other host the module of the same name runs there."""

    TRANSFERS_FILES = False
    _requires_connection = True
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        del tmp
        named = self._templar.template((task_vars or {}).get("go_env_platform"))
        if family_of(self._connection, named) != WINDOWS:
            result.update(self._execute_module(module_name="gopher.devbox.go_config", module_args=self._task.args, task_vars=task_vars))
            return result
        # Only here: each task has a process of its own on the controller, which would import this for other hosts too.
        from ansible_collections.gopher.devbox.plugins.module_utils._run.config import ARGUMENT_SPEC
        from ansible_collections.gopher.devbox.plugins.module_utils._run.config_windows import run
        from ansible_collections.gopher.devbox.plugins.plugin_utils._transports.choose import transport_for

        _checked, params = self.validate_argument_spec(argument_spec=ARGUMENT_SPEC)
        result.update(run(params, lambda: transport_for(self._connection, self._task.action), self._task.check_mode, self._task.diff))
        return result
