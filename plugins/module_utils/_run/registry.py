# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""go_registry: from options to a result. The action plugin and the module both end here."""

from __future__ import annotations

import contextlib
import typing as t

from .._core.converge import converge, look_ahead
from .._core.errors import DevboxError, WantedError
from .._core.wanted import Scope, Wanted
from .._hosts.transport import Transport
from .._media.registry_live import RegistryStore
from .._media.registry_medium import REGISTRY
from .options import VOCABULARY, failure, wanted_of, with_host_findings
from .result import to_result

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "scope": {"type": "str", "choices": ["machine", "user"], "required": True},
    "user": {"type": "str"},
    "anchor": {"type": "bool", "default": False},
    **VOCABULARY,
}


def to_wanted(params: t.Mapping[str, t.Any]) -> Wanted:
    """The options as they come from Ansible's argument spec. Raises WantedError with every reason why they are of no
    use.
    """
    return wanted_of(params, Scope(params["scope"]), REGISTRY, anchor=bool(params.get("anchor")))


def run(
    params: t.Mapping[str, t.Any], connect: t.Callable[[], Transport], check_mode: bool, diff: bool
) -> dict[str, t.Any]:
    """One run of go_registry: its result, `failed` with a message for people when it could not be done."""
    with contextlib.ExitStack() as afterwards:

        def store() -> RegistryStore:
            transport = connect()
            afterwards.callback(transport.close)
            return RegistryStore(transport)

        try:
            try:
                wanted = to_wanted(params)
            except WantedError as error:
                raise with_host_findings(error, params, to_wanted, lambda rest: look_ahead(store(), rest)) from error
            return to_result(converge(store(), wanted, check_mode), wanted, diff)
        except DevboxError as error:
            return failure(error, params)
