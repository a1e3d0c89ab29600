# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plugins of modules with a part for Windows hosts: there the work is done from the controller, on other
hosts the module runs.

Ansible forks a process for each host and task. What a plugin imports at its top is imported once, in the process that
they are forked from; what is imported later, each of them imports for itself. So everything that a Windows task may
need is imported here, also what the modules on hosts import only when they need it.
"""

from __future__ import annotations

import typing as t

from ansible_collections.gopher.devbox.plugins.module_utils._core import (
    alternation,
    decisions,
    drift,
    enforcement,
    executor,
    path_drift,
    patterns,
    remembering,
    shared_undo,
    undoing,
)
from ansible_collections.gopher.devbox.plugins.module_utils._formats import gomod
from ansible_collections.gopher.devbox.plugins.module_utils._go import (
    goflags,
    gosettings,
    toolchain,
    value_checks,
    writers,
)
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.transport import Transport
from ansible_collections.gopher.devbox.plugins.module_utils._run import drift_result

from ._action import ModuleAction
from ._transports.choose import transport_for
from ._transports.family import WINDOWS, family_of

#: imported late by the modules on hosts
PREPARED = (
    *(alternation, decisions, drift, drift_result, enforcement, executor, goflags, gomod, gosettings, path_drift),
    *(remembering, shared_undo, toolchain, undoing, value_checks, writers),
)

Runner = t.Callable[[t.Mapping[str, t.Any], t.Callable[[], Transport], bool, bool], dict[str, t.Any]]


class WindowsAction(ModuleAction):
    """An action plugin of a module that has a part for Windows hosts. `spec` is the argument spec, `runner` carries it
    out over a transport.
    """

    spec: t.ClassVar[dict[str, dict[str, t.Any]]]
    runner: t.ClassVar[t.Callable[..., dict[str, t.Any]]]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        patterns.compile_all()

    def done(self, task_vars: dict[str, t.Any] | None) -> dict[str, t.Any]:
        if not self.is_windows(task_vars):
            return self.on_host(self._task.args, task_vars)
        return self.on_windows(self.validated(self.spec))

    def is_windows(self, task_vars: dict[str, t.Any] | None) -> bool:
        """Whether the task's host is a Windows host. Raises AnsibleActionFail for a go_env_platform that is none."""
        named = self._templar.template((task_vars or {}).get("go_env_platform"))
        return family_of(self._connection, named) == WINDOWS

    def on_windows(self, params: dict[str, t.Any], *more: t.Any) -> dict[str, t.Any]:
        """The result of the runner, from here. `more` are arguments that only this runner takes."""
        return self.undisturbed(
            type(self).runner,
            params,
            lambda: transport_for(self._connection, self._task.action),
            self._task.check_mode,
            self._task.diff,
            *more,
        )
