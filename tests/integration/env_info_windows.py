# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""go_env_info of a Windows host, in this process: the runner, the transport and pywinrm are the real ones."""

from __future__ import annotations

import functools
from typing import Any

from support import Counting, transport_to
from winhost import Account, WinHost

from ansible_collections.gopher.devbox.plugins.module_utils._media.audit_windows import WindowsAudit
from ansible_collections.gopher.devbox.plugins.module_utils._media.windows_host import over
from ansible_collections.gopher.devbox.plugins.module_utils._run.env_info import ARGUMENT_SPEC, run

run_info = over(functools.partial(run, WindowsAudit))


class Commands:
    """How many commands the last run took."""

    count = 0


def info(host: WinHost, account: Account | None = None, *, commands: Commands | None = None, **options: Any) -> Any:
    """The result of one run, as this account."""
    transport = Counting(transport_to(host, account))
    result = _run(transport, options)
    if commands is not None:
        commands.count = transport.commands
    return result


def _run(transport: Any, options: dict[str, Any]) -> dict[str, Any]:
    params = {name: spec.get("default") for name, spec in ARGUMENT_SPEC.items()} | options
    result: dict[str, Any] = run_info(params, lambda: transport, False, False)
    return result


def audit(host: WinHost, account: Account | None = None, **options: Any) -> dict[str, Any]:
    """The document of one run."""
    return _document(info(host, account, **options))


def audit_over(transport: Any, **options: Any) -> dict[str, Any]:
    """The document of one run over this transport."""
    return _document(_run(transport, options))


def _document(result: dict[str, Any]) -> dict[str, Any]:
    assert not result.get("failed"), result
    assert result["changed"] is False
    found: dict[str, Any] = result["audit"]
    return found


def states(document: dict[str, Any]) -> dict[tuple[str, str], str]:
    """What became of reading each medium; of several records the worst."""
    out: dict[tuple[str, str], str] = {}
    for medium in document["media"]:
        key = medium["medium"], medium["scope"]
        if out.get(key) in (None, "absent") or medium["state"] not in ("read", "absent"):
            out[key] = medium["state"]
    return out


def layers(document: dict[str, Any], name: str) -> list[tuple[str, str]]:
    """(layer, value) of a variable, the one that counts first."""
    found = document["variables"].get(name)
    return [(one["layer"], one["value"]) for one in (found, *found["shadows"])] if found else []
