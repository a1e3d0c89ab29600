# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The budgets of go_registry: requests, processes and commands are counts, not times."""

from __future__ import annotations

import pytest
from conftest import NEW_ROOT
from support import go_registry
from winhost import WinHost

OPTIONS = {
    "scope": "machine",
    "goroot": NEW_ROOT,
    "gopath": [r"C:\gopath"],
    "variables": {"GOPROXY": "https://proxy.example,direct"},
}


def requests(host: WinHost) -> int:
    """Requests so far, repeated Receives apart: one Receive a command."""
    actions = host.counters.actions
    return sum(count for action, count in actions.items() if action != "Receive") + actions["Command"]


@pytest.mark.windows
def test_budget_of_requests(host: WinHost) -> None:
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
