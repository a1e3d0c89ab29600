# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Windows host with WSL distros, and go_wsl on it."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from conftest import ADMIN
from support import transport_to
from winhost import WinHost, can_wsl
from winhost.prefix import Account
from winhost.wsl import Distro

from ansible_collections.gopher.devbox.plugins.module_utils._media.windows_host import over
from ansible_collections.gopher.devbox.plugins.module_utils._run import wsl

WSL = r"C:\Windows\System32\wsl.exe"


@contextlib.contextmanager
def host_with_wsl(*others: Account, why_not: str | None = None, **how: Any) -> Iterator[WinHost]:
    """A host with ADMIN and others. why_not: what else keeps the tests from running."""
    reason = can_wsl() or why_not
    if reason is not None:
        pytest.skip(reason)
    with WinHost.start((ADMIN, *others), go=(), packages=False, **how) as host:
        yield host


@contextlib.contextmanager
def adding(
    host: WinHost, prepare: Callable[[Distro], object] = lambda _distro: None
) -> Iterator[Callable[..., Distro]]:
    """A function that adds distros of ADMIN, which are gone afterwards."""
    made: list[Distro] = []

    def add(name: str, root: str = "busybox", **how: Any) -> Distro:
        made.append(host.add_distro(ADMIN, name, root, **how))
        prepare(made[-1])
        return made[-1]

    try:
        yield add
    finally:
        for distro in made:
            distro.remove()


def go_wsl(host: WinHost, account: Account = ADMIN, *, check: bool = False, **options: Any) -> dict[str, Any]:
    """One run over WinRM in this process; the host's counters begin anew."""
    params = {name: spec.get("default") for name, spec in wsl.ARGUMENT_SPEC.items()} | options
    host.counters.reset()
    result = over(wsl.run)(params, lambda: transport_to(host, account), check, True)
    if any(finding["id"] == "distro_no_answer" for finding in result.get("findings", ())):
        print(processes())  # what did not end still runs: shown where the test fails
    return result


def processes() -> str:
    """What runs on this machine, and what it waits for."""
    columns = "pid,ppid,stat,wchan:24,etimes,args"
    done = subprocess.run(["ps", "-eo", columns], capture_output=True, text=True, errors="replace", check=True)
    return "\n".join(line[:300] for line in done.stdout.splitlines() if not line.endswith("]"))
