# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ansible_collections.gopher.devbox.plugins.plugin_utils._action import ModuleAction


class ActionModule(ModuleAction):
    """go_rcfile: the module runs on the host, whatever that is; what it says is shown as that of the others."""

    module = "gopher.devbox.go_rcfile"

    def done(self, task_vars: dict[str, t.Any] | None) -> dict[str, t.Any]:
        return self.on_host(self._task.args, task_vars)
