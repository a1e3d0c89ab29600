# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The budgets of go_registry: requests, processes and commands are counts, not times. Every Receive counts."""

from __future__ import annotations

import functools
from typing import Any

import pytest
from conftest import NEW_ROOT
from support import go_registry, transport_to, user_key
from winhost import WinHost, service

from ansible_collections.gopher.devbox.plugins.module_utils._media.windows_host import over
from ansible_collections.gopher.devbox.plugins.module_utils._run import env, env_layers, registry

run_env = over(functools.partial(env.run, registry.ENVIRONMENT))
FILE = r"C:\Users\ansible\AppData\Roaming\go\env"

OPTIONS = {
    "scope": "machine",
    "goroot": NEW_ROOT,
    "gopath": [r"C:\gopath"],
    "variables": {"GOPROXY": "https://proxy.example,direct"},
}


def requests(host: WinHost) -> int:
    """Requests so far, as they happened."""
    return sum(host.counters.actions.values())


@pytest.mark.windows
def test_budget_of_requests(host: WinHost, monkeypatch: pytest.MonkeyPatch) -> None:
    # What is printed at the end is printed at once (test_held.py); on a busy machine the program's own end may be late.
    monkeypatch.setattr(service, "GATHER", 10.0)
    host.counters.reset()
    result = go_registry(host, **OPTIONS, verify=False)
    assert result["changed"], result
    assert requests(host) == 7
    host.counters.reset()
    assert not go_registry(host, **OPTIONS)["changed"]
    assert requests(host) == 4
    go_registry(host, scope="machine", state="absent")
    host.counters.reset()
    assert go_registry(host, **OPTIONS)["changed"]
    assert requests(host) == 11


def go_env(host: WinHost, **options: Any) -> dict[str, Any]:
    params = {name: spec.get("default") for name, spec in env_layers.ARGUMENT_SPEC.items()} | options
    return run_env(params, lambda: transport_to(host), False, True)


@pytest.mark.windows
@pytest.mark.parametrize("goenv", [None, r"C:\settings\go env"])
@pytest.mark.parametrize("root", [None, NEW_ROOT])
def test_the_go_env_file_costs_little(
    host: WinHost, monkeypatch: pytest.MonkeyPatch, goenv: str | None, root: str | None
) -> None:
    """A run that changes nothing costs what go_registry costs; a change of both media three requests more."""
    monkeypatch.setattr(service, "GATHER", 10.0)
    if goenv:
        host.prefix.set_value(user_key(host.account.sid), "GOENV", goenv)
    file = host.prefix.unix_path(goenv or FILE)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"GOPRIVATE=corp\n")
    options = {"gopath": [r"C:\gopath"], "goroot": root, "variables": {"GOPROXY": "https://proxy.example,direct"}}
    alone = []
    for changed in (True, False):
        host.counters.reset()
        assert go_registry(host, scope="user", **options, verify=False)["changed"] is changed
        alone.append(requests(host))
    assert go_registry(host, scope="user", state="absent")["changed"]
    host.counters.reset()
    result = go_env(host, mode="user", **options, config={"GOFLAGS": "-v"}, verify=False)
    assert [one["changed"] for one in result["media"]] == [True, True], result
    assert requests(host) <= alone[0] + 3
    host.counters.reset()
    again = go_env(host, mode="user", **options, config={"GOFLAGS": "-v"})
    assert again["changed"] is False, again
    assert requests(host) == alone[1]
    assert file.read_bytes() == b"GOFLAGS=-v\nGOPRIVATE=corp\n"
    back = go_env(host, mode="user", state="restored")
    assert back.get("undone") == result["journal"], back
    assert file.read_bytes() == b"GOPRIVATE=corp\n"
    file.unlink()
