# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all action plugins have in common: a result is masked, and what a person should see of it is shown in one
way."""

from __future__ import annotations

import contextlib
import re
import typing as t

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.action import ActionBase

from ansible_collections.gopher.devbox.plugins.module_utils._core.masker import Masker
from ansible_collections.gopher.devbox.plugins.module_utils._run.options import defect

from ._told import ENV, OF_A_LAYER, ROLE, in_env_words, in_role_words, warnings_of


def with_whole_path(arguments: dict[str, t.Any]) -> dict[str, t.Any]:
    """The arguments. Ansible splits an `image` that is one text at its commas: it is a list of one path where not every
    piece is a full path.
    """
    image = arguments.get("image")
    if not isinstance(image, str) or all(_FULL.match(piece) for piece in image.split(",")):
        return arguments
    return {**arguments, "image": [image]}


#: the begin of a path of a POSIX host, or of Windows
_FULL = re.compile(r"\s*(?:/|[A-Za-z]:[\\/])")


class ModuleAction(ActionBase):
    """An action plugin of a module: its result is masked, and what a person should see of it becomes warnings."""

    TRANSFERS_FILES = False
    _requires_connection = True
    _supports_check_mode = True
    _supports_async = False

    module = ""

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        del tmp
        self._task.args = with_whole_path(self._task.args)
        result.update(self.shown(self.done(task_vars), task_vars))
        return result

    def done(self, task_vars: dict[str, t.Any] | None) -> dict[str, t.Any]:
        """The module's result, however it comes about."""
        raise NotImplementedError

    def on_host(self, arguments: dict[str, t.Any], task_vars: dict[str, t.Any] | None) -> dict[str, t.Any]:
        """The result of the module that runs on the host."""
        return t.cast(
            "dict[str, t.Any]",
            self._execute_module(module_name=self.module, module_args=arguments, task_vars=task_vars),
        )

    def shown(self, result: dict[str, t.Any], task_vars: dict[str, t.Any] | None) -> dict[str, t.Any]:
        """The result without secrets, in the words of the role that called, and with its findings as Ansible's
        warnings.
        """
        variables = task_vars or {}
        masked = self.masked(result)
        role = str(variables.get("ansible_role_name") or "").rpartition(".")[2] == ROLE
        if self.module.rpartition(".")[2] == ENV:  # the role gives layers always, also for the variables of one
            masked = in_env_words(masked, role, "go_env_layers" in variables)
        elif role:
            masked = in_role_words(masked, self.module.rpartition(".")[2], self._of_project(variables))
        if masked.get("msg") != result.get("msg"):
            masked.pop("exception", None)  # the headline of a failure quotes the message as the module has it
        found = warnings_of(masked)
        return {**masked, "warnings": [*(masked.get("warnings") or ()), *found]} if found else masked

    def _of_project(self, variables: t.Mapping[str, t.Any]) -> t.Collection[str]:
        """The options that the project which the role is at gives itself."""
        project = self._templar.template(variables.get("__go_env_project"))
        layered = OF_A_LAYER if "go_env_layers" in variables else ()
        return {*layered, *(project if isinstance(project, t.Mapping) else ())}

    def undisturbed(self, run: t.Callable[..., dict[str, t.Any]], *arguments: t.Any) -> dict[str, t.Any]:
        """The result of `run`, or that of a defect. Errors of Ansible's own say more than that a task failed, and go
        on.
        """
        try:
            return run(*arguments)
        except AnsibleError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it says leaves this way only
            return defect(error, self._task.args)

    def validated(self, spec: dict[str, dict[str, t.Any]]) -> dict[str, t.Any]:
        """The options of the task. Raises AnsibleActionFail, whose message quotes what is wrong without its secrets."""
        with self.silent():
            _checked, params = self.validate_argument_spec(argument_spec=spec)
        return t.cast("dict[str, t.Any]", params)

    @contextlib.contextmanager
    def silent(self) -> t.Iterator[None]:
        """Errors of Ansible's own, which quote options, are raised without the secrets of the task."""
        try:
            yield
        except AnsibleError as error:
            raise AnsibleActionFail(Masker(self._task.args).text(error.message)) from None

    def masked(self, result: dict[str, t.Any]) -> dict[str, t.Any]:
        """The result without the secrets of the task, whatever wrote it."""
        return t.cast("dict[str, t.Any]", Masker(self._task.args).result(result))
