# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import time
import typing as t

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure, AnsibleError
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import lookup_loader

from ansible_collections.gopher.devbox.plugins.module_utils._core.masker import Masker
from ansible_collections.gopher.devbox.plugins.plugin_utils._enforce import service
from ansible_collections.gopher.devbox.plugins.plugin_utils._enforce.clock import stamp
from ansible_collections.gopher.devbox.plugins.plugin_utils._enforce.files import Runs, Unusable
from ansible_collections.gopher.devbox.plugins.plugin_utils._enforce.plan import ENFORCEMENT, ROLLBACK
from ansible_collections.gopher.devbox.plugins.plugin_utils._enforce.records import record_of
from ansible_collections.gopher.devbox.plugins.plugin_utils._enforce.settings import PREFIX

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "state": {
        "type": "str",
        "required": True,
        "choices": ["opened", "begun", "recorded", "closed", "judged", "reported"],
    },
    "pattern": {"type": "str", "default": "all"},
    "rollback": {"type": "bool", "default": False},
    "directory": {"type": "str"},
    "run": {"type": "str"},
    "canary": {"type": "bool", "default": False},
    "failed": {"type": "bool", "default": False},
}


class ActionModule(ActionBase):
    """The parts of a run of the playbooks enforce, rollback and report. Nothing is done on a host."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        del tmp
        _checked, params = self.validate_argument_spec(argument_spec=ARGUMENT_SPEC)
        try:
            result.update(getattr(self, f"_{params['state']}")(params, task_vars or {}))
        except service.Mistakes as error:
            raise AnsibleActionFail(_listed(error.found)) from None
        except (service.Busy, Unusable) as error:
            raise AnsibleActionFail(str(error)) from None
        return result

    # --- opened

    def _opened(self, params: dict[str, t.Any], variables: dict[str, t.Any]) -> dict[str, t.Any]:
        matching = self._matching(variables)
        named = set(matching(params["pattern"]))
        hosts = [host for host in variables.get("ansible_play_hosts_all", ()) if host in named]
        hostvars = variables["hostvars"]
        mistakes: list[str] = []
        own = self._of(variables, lambda name: self._templar.template(variables[name]), "the play", mistakes)
        of_host = {host: self._of(hostvars[host], hostvars[host].__getitem__, host, mistakes) for host in hosts}
        here = hostvars[variables["inventory_hostname"]]
        of_play = {name: value for name, value in own.items() if here.get(PREFIX + name) != value}
        values = {host: {**its, **of_play} for host, its in of_host.items()}
        if mistakes:
            raise service.Mistakes(mistakes)
        opened = service.open_run(
            service.Asked(
                kind=ROLLBACK if params["rollback"] else ENFORCEMENT,
                pattern=params["pattern"],
                hosts=values,
                own=own,
                names={PREFIX + name for its in (own, *values.values()) for name in its},
                check=bool(self._task.check_mode or variables.get("ansible_check_mode")),
                inventory_dir=str((hostvars[hosts[0]] if hosts else variables).get("inventory_dir") or ""),
                matching=matching,
                owner=os.getppid(),
                now=time.time(),
            )
        )
        return {"plan": _for_plays(opened), "warnings": list(opened.notes)}

    def _matching(self, variables: dict[str, t.Any]) -> t.Callable[[str], list[str]]:
        lookup = lookup_loader.get("ansible.builtin.inventory_hostnames", loader=self._loader, templar=self._templar)
        return lambda pattern: [str(name) for name in lookup.run([pattern], variables=variables)]

    def _of(
        self, names: t.Iterable[str], value_of: t.Callable[[str], t.Any], whose: str, mistakes: list[str]
    ) -> dict[str, t.Any]:
        """The variables that are those of this role."""
        found = {}
        for name in sorted(name for name in names if name.startswith(PREFIX)):
            try:
                found[name.removeprefix(PREFIX)] = value_of(name)
            except AnsibleError as error:
                mistakes.append(f"{name} of {whose} cannot be evaluated: {error.message}")
        return found

    # --- on the way

    def _begun(self, params: dict[str, t.Any], _variables: dict[str, t.Any]) -> dict[str, t.Any]:
        """A failure here would end the playbook without its report, so it is a reason to stop."""
        try:
            reason = service.may_begin(params["directory"], params["run"], time.time(), params["canary"])
        except Unusable as error:
            return {"begins": False, "reason": str(error), "warnings": [str(error)]}
        return {"begins": not reason, "reason": reason}

    def _recorded(self, params: dict[str, t.Any], variables: dict[str, t.Any]) -> dict[str, t.Any]:
        """What cannot be written must not end the run of the host's play: the report says that nothing is known."""
        env = variables.get("go_env_result")
        projects = variables.get("go_env_projects_result")
        record = record_of(
            params["run"],
            str(variables["inventory_hostname"]),
            env if isinstance(env, dict) else None,
            projects if isinstance(projects, list) else (),
            (variables.get("ansible_failed_result") or {}) if params["failed"] else None,
            stamp(time.time()),
        )
        masked = self._masker(variables).result(record)
        try:
            Runs(params["directory"]).of(params["run"]).write_record(masked)
        except Unusable as error:
            problem = str(error)
        else:
            problem = ""
        found = {"run": params["run"], "result": record["result"], "problem": problem}
        return {**found, "warnings": [problem]} if problem else found

    def _masker(self, variables: dict[str, t.Any]) -> Masker:
        """Of the policy, for messages of Ansible's own that quote it."""
        known = []
        for name, value in variables.items():
            if name.startswith("go_env_") and not name.endswith("_result"):
                try:
                    known.append({name: self._templar.template(value)})
                except AnsibleError:
                    known.append({name: value})
        return Masker(known)

    # --- the end

    def _closed(self, params: dict[str, t.Any], variables: dict[str, t.Any]) -> dict[str, t.Any]:
        hosts = Runs(params["directory"]).of(params["run"]).plan().hosts
        held = {host: variables["hostvars"][host].get("__go_enforce_recorded") or {} for host in hosts}
        lost = {host: found for host, found in held.items() if found.get("run") == params["run"]}
        unwritten = {host: str(found["problem"]) for host, found in lost.items() if found["problem"]}
        webhook = self._webhook(variables["hostvars"][next(iter(hosts))] if hosts else {}, variables)
        return _of_report(service.close_run(params["directory"], params["run"], time.time(), webhook, unwritten))

    def _webhook(self, of_host: t.Mapping[str, t.Any], variables: dict[str, t.Any]) -> str:
        name = f"{PREFIX}webhook"
        return str(of_host[name] if name in of_host else self._templar.template(variables.get(name)) or "")

    def _reported(self, params: dict[str, t.Any], variables: dict[str, t.Any]) -> dict[str, t.Any]:
        webhook = self._webhook({}, variables)
        return _of_report(service.reported(params["directory"] or "", params["run"] or "", time.time(), webhook))

    def _judged(self, params: dict[str, t.Any], _variables: dict[str, t.Any]) -> dict[str, t.Any]:
        """Ends the playbook with the exit code of the report."""
        report = Runs(service.directory_of(params["directory"] or "")).of(params["run"]).report()
        if report is None:
            raise AnsibleActionFail(f"The run {params['run']} has no report.")
        text = f"Exit code {report['exit']['code']}: {_listed(report['exit']['reasons'])}"
        if report["exit"]["code"] == 2:
            raise AnsibleActionFail(text)
        if report["exit"]["code"] == 4:
            raise AnsibleConnectionFailure(text)
        return {"msg": "Exit code 0"}


def _listed(found: t.Sequence[str]) -> str:
    return found[0] if len(found) == 1 else "\n".join(("", *(f"- {one}" for one in found)))


def _for_plays(opened: service.Opened) -> dict[str, t.Any]:
    """What the plays after it need of a plan."""
    plan = opened.plan
    return {
        "run": plan.run,
        "directory": opened.directory,
        "hosts": list(plan.hosts),
        "serial": plan.settings.serial if plan.enforcing() and plan.kind == ENFORCEMENT else "100%",
        "canary": list(plan.canary),
        "canary_serial": 1 if plan.first_answers else "100%",
        "first_answers": plan.first_answers,
        "timeout": plan.settings.host_timeout,
        # As texts: a play evaluates the plan for every task of every host, all that is in it.
        "enforce": {host: json.dumps(plan.for_host(host)) for host in plan.hosts if plan.kind == ENFORCEMENT},
        "undoes": plan.undoes,
        "hold": service.hold_of(plan) if plan.kind == ROLLBACK else {},
    }


def _of_report(closed: service.Closed) -> dict[str, t.Any]:
    report = closed.report
    return {
        "run": report["run"],
        "directory": closed.directory,
        "text": closed.text,
        "lines": closed.text.splitlines(),
        "exit_code": report["exit"]["code"],
        "counts": report["counts"],
        "warnings": list(closed.notes),
    }
