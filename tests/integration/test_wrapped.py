# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A WinRM service that ignores WINRS_SKIP_CMD_SHELL puts another cmd.exe around everything: it must mean the same."""

from __future__ import annotations

import pytest
from conftest import NEW_GO
from support import MACHINE, go_registry, path_of
from winhost import WinHost
from winhost.service import Settings

ROOT = r"C:\Program Files (x86)\Go"


@pytest.mark.windows
def test_inside_another_cmd() -> None:
    with WinHost.start(go={NEW_GO: ROOT}, packages=False, settings=Settings(skip_cmd_shell="ignored")) as host:
        before = path_of(host, MACHINE)
        options = {"scope": "machine", "goroot": ROOT, "gopath": [r"C:\go path"], "create_directories": True}
        result = go_registry(host, **options)
        assert result["changed"], result
        assert result["findings"] == []
        assert path_of(host, MACHINE) == [rf"{ROOT}\bin", r"C:\go path\bin", *before]
        assert host.prefix.unix_path(r"C:\go path\src").is_dir()
        assert not go_registry(host, **options)["changed"]
        assert go_registry(host, scope="machine", state="restored")["changed"]
        assert path_of(host, MACHINE) == before
