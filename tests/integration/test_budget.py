# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The budgets of go_registry: requests, processes and commands are counts, not times. Every Receive counts."""

from __future__ import annotations

import pytest
from conftest import NEW_ROOT
from support import go_registry
from winhost import WinHost, service

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
    monkeypatch.setattr(service, "GATHER", 2.0)
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
