# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start files by scripts for a /bin/sh keep what every store promises (`unit.contract`)."""

from __future__ import annotations

from pathlib import Path

import pytest
from unit.contract import Contract, Medium
from unit.distros import Busybox, Dash, busybox_root, host_of
from unit.plugins.module_utils._media.test_contract import StartFiles

from ansible_collections.gopher.devbox.plugins.module_utils._core.store import Store
from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import Scope
from ansible_collections.gopher.devbox.plugins.module_utils._media.rc_ahead import ahead
from ansible_collections.gopher.devbox.plugins.module_utils._media.rcfiles import RcStore


class InDistro(StartFiles):
    """The home of an account of a distro."""

    def __init__(self, root: Path, busybox: Path | None = None) -> None:
        super().__init__(root)
        self._busybox = busybox

    def store(self) -> Store:
        shell = Dash(self.home) if self._busybox is None else Busybox(self.home, self._busybox)
        host = host_of(shell, ahead(Scope.USER))
        return RcStore(host, host.accounts.own())

    def forbid(self, forbidden: bool) -> None:
        for path in (self.place, self.home / ".config/gopher-devbox/env.sh"):
            path.chmod(0o444 if forbidden else 0o644)


class TestDistro(Contract):
    medium = InDistro


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return busybox_root(tmp_path_factory.mktemp("busybox"))


class TestBusybox(Contract):
    @pytest.fixture
    def found(self, tmp_path: Path, root: Path) -> Medium:
        return InDistro(tmp_path, root)
