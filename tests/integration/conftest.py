# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts of the tests. A host is made once for each kind and module, and wiped between tests."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from linuxhost import LinuxHost, reason_it_cannot
from support import MACHINE, user_key
from winhost import Account, WinHost

OLD_GO, NEW_GO = "1.21.13", "1.27.3"
OLD_ROOT, NEW_ROOT = r"C:\Go1.21.13", r"C:\Program Files\Go"

ADMIN = Account("ansible", "Passw0rd-ansible", "S-1-5-21-1004336348-1177238915-682003330-1001")
ALICE = Account(
    "alice", "Passw0rd-alice", "S-1-5-21-1004336348-1177238915-682003330-1002", elevated=False, administrator=False
)
CHINESE = Account("王小明", "Passw0rd-wang", "S-1-5-21-1004336348-1177238915-682003330-1003")
FILTERED = Account("bob", "Passw0rd-bob", "S-1-5-21-1004336348-1177238915-682003330-1004", elevated=False)
ABSENT = Account("carol", "Passw0rd-carol", "S-1-5-21-1004336348-1177238915-682003330-1005", loaded=False)
TEMPORARY = Account("dave", "Passw0rd-dave", "S-1-5-21-1004336348-1177238915-682003330-1006", profile_state=0x800)
MANDATORY = Account("erin", "Passw0rd-erin", "S-1-5-21-1004336348-1177238915-682003330-1007", profile_state=0x1)
ACCOUNTS = (ADMIN, ALICE, CHINESE, FILTERED, ABSENT, TEMPORARY, MANDATORY)


@pytest.fixture(scope="module")
def shared_host() -> Iterator[WinHost]:
    with WinHost.start(ACCOUNTS, go={OLD_GO: OLD_ROOT, NEW_GO: NEW_ROOT}, packages=False) as host:
        yield host


def _keys(host: WinHost) -> list[str]:
    return [MACHINE, *(user_key(account.sid) for account in host.accounts if account.loaded)]


@pytest.fixture
def host(shared_host: WinHost) -> Iterator[WinHost]:
    """A host whose environment and journal are as they were at its start, before and after."""
    prefix = shared_host.prefix
    kept = {key: prefix.registry(key) for key in _keys(shared_host)}
    shared_host.faults.clear()
    shared_host.counters.reset()
    yield shared_host
    shared_host.faults.clear()
    for key, values in kept.items():
        for name in prefix.registry(key):
            if name not in values:
                prefix.delete_value(key, name)
        for name, (kind, data) in values.items():
            prefix.set_value(key, name, data, kind)
    for root in ("HKLM", *(rf"HKU\{account.sid}" for account in shared_host.accounts if account.loaded)):
        for key in (r"Software\gopher", r"Software\Go"):
            if prefix.has_key(rf"{root}\{key}"):
                prefix.delete_key(rf"{root}\{key}")
    for lock in prefix.unix_path(r"C:\ProgramData").glob("gopher-devbox-lock-*"):
        shutil.rmtree(lock)  # a killed run's


@pytest.fixture(scope="module")
def shared_linux() -> Iterator[LinuxHost]:
    """A Linux host with one SDK, for everybody; a module that needs other accounts or SDKs has a host of its own."""
    reason = reason_it_cannot()
    if reason is not None:
        pytest.skip(f"a Linux host of the tests {reason}")
    with LinuxHost.start(go={"1.27.3": "/opt/go1.27.3"}) as host:
        yield host


@pytest.fixture
def linux(shared_linux: LinuxHost) -> LinuxHost:
    shared_linux.reset()
    return shared_linux
