# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""go_registry: from options to a result. The action plugin and the module both end here."""

from __future__ import annotations

import typing as t

from .._env import names
from .._env.converge import converge
from .._env.errors import Blocked, DevboxError, WantedError
from .._env.values import mask
from .._env.wanted import Goal, Position, Scope, Stale, Validate, Wanted
from .._io.transport import Transport
from .._stores.registry_live import RegistryStore
from .result import to_result

#: the vocabulary all modules of this collection share; documented in the fragment `vocabulary`
VOCABULARY: dict[str, dict[str, t.Any]] = {
    "goroot": {"type": "str"},
    "gopath": {"type": "list", "elements": "str"},
    "gobin": {"type": "str"},
    "variables": {"type": "dict", "default": {}},
    "path": {"type": "list", "elements": "str"},
    "path_position": {"type": "str", "choices": ["first", "last"], "default": "first"},
    "stale_path_entries": {"type": "str", "choices": ["keep", "remove"], "default": "keep"},
    "create_directories": {"type": "bool", "default": False},
    "validate": {"type": "str", "choices": ["strict", "warn"], "default": "strict"},
    "state": {"type": "str", "choices": ["present", "absent", "restored"], "default": "present"},
    "journal": {"type": "str"},
    "force": {"type": "bool", "default": False},
    "verify": {"type": "bool", "default": True},
}

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "scope": {"type": "str", "choices": ["machine", "user"], "required": True},
    "user": {"type": "str"},
    "anchor": {"type": "bool", "default": False},
    **VOCABULARY,
}


def to_wanted(params: t.Mapping[str, t.Any]) -> Wanted:
    """The options as they come from Ansible's argument spec. Raises WantedError with every reason why they are of no use."""
    problems, variables = [], {}
    for name, value in (params["variables"] or {}).items():
        try:
            variables[str(name)] = names.text_of(str(name), value)
        except WantedError as error:
            problems.append(str(error))
    wanted = Wanted(
        scope=Scope(params["scope"]),
        user=params.get("user"),
        goroot=params["goroot"],
        gopath=_tuple(params["gopath"]),
        gobin=params["gobin"],
        variables=variables,
        path=_tuple(params["path"]),
        position=Position(params["path_position"]),
        stale=Stale(params["stale_path_entries"]),
        create_directories=params["create_directories"],
        validate=Validate(params["validate"]),
        goal=Goal(params["state"]),
        journal=params["journal"],
        force=params["force"],
        verify=params["verify"],
        anchor=bool(params.get("anchor")),
    )
    try:
        wanted.check()
    except WantedError as error:
        problems.append(str(error))
    if problems:
        raise WantedError(" ".join(problems))
    return wanted


def _tuple(found: t.Any) -> tuple[str, ...] | None:
    return None if found is None else tuple(str(item) for item in found)


def run(params: t.Mapping[str, t.Any], connect: t.Callable[[], Transport], check_mode: bool, diff: bool) -> dict[str, t.Any]:
    """One run of go_registry: its result, `failed` with a message for people when it could not be done."""
    transport: Transport | None = None
    try:
        wanted = to_wanted(params)
        transport = connect()
        return to_result(converge(RegistryStore(transport), wanted, check_mode), wanted, diff)
    except DevboxError as error:
        return failure(error)
    finally:
        if transport is not None:
            transport.close()


def failure(error: DevboxError) -> dict[str, t.Any]:
    """A failed result: what was wanted, what was found, what to do."""
    result: dict[str, t.Any] = {"failed": True, "changed": bool(error.touched and not error.touched.startswith("Nothing")), "msg": mask(str(error))}
    if isinstance(error, Blocked):
        result["findings"] = [finding.to_result() for finding in error.blockers]
    return result
