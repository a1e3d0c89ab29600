# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""go_registry: from options to a result. The action plugin and the module both end here."""

from __future__ import annotations

import typing as t

from .._core.medium import Medium
from .._core.wanted import Scope, Wanted
from .._media.registry_medium import REGISTRY
from .._media.registry_users import ALL
from .._media.windows_host import WindowsHost, layer_of_registry
from . import registry_mounted, runner
from .images import is_offline
from .options import VOCABULARY, wanted_of
from .registry_users import run_all

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "scope": {"type": "str", "choices": ["machine", "user", "default_user"], "required": True},
    "user": {"type": "str"},
    "image": {"type": "list", "elements": "str"},
    "hives": {
        "type": "dict",
        "options": {"system": {"type": "str"}, "software": {"type": "str"}, "user": {"type": "str"}},
    },
    "anchor": {"type": "bool", "default": False},
    **VOCABULARY,
}


def to_wanted(params: t.Mapping[str, t.Any]) -> Wanted:
    """The options as they come from Ansible's argument spec. Raises WantedError with every reason why they are of no
    use.
    """
    return _wanted(params, REGISTRY)


def _wanted(params: t.Mapping[str, t.Any], medium: Medium) -> Wanted:
    return wanted_of(params, Scope(params["scope"]), medium, anchor=bool(params.get("anchor")))


#: see `Runner`
RUNNER = runner.Runner(
    lambda host, params: host.registry(Scope(params["scope"]), params["user"]),
    lambda _host, params: to_wanted(params),
)


#: see `Environment`
ENVIRONMENT = runner.Environment(
    "registry", RUNNER, ARGUMENT_SPEC, False, layer_of_registry, lambda host, *asked: host.read_ahead(*asked)
)


def run(params: t.Mapping[str, t.Any], host: WindowsHost, check_mode: bool, diff: bool) -> dict[str, t.Any]:
    """One run of go_registry: its result, `failed` with a human-readable message when it could not be done."""
    if is_offline(params):
        return registry_mounted.run(_wanted, params, host, check_mode, diff)
    if params["scope"] == Scope.USER.value and params["user"] == ALL:
        return run_all(to_wanted, params, host, check_mode, diff)
    return runner.run(RUNNER, params, host, check_mode, diff)
