# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/wsl.md command by command: its tasks change something, and again nothing; its commands print what is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from conftest import ADMIN
from distros import host_with_wsl
from linuxhost import reason_it_cannot
from support import Playbooks, user_key
from winhost import WinHost

pytestmark = pytest.mark.windows

PROMPT = "C:\\> "


@pytest.fixture
def windows() -> Iterator[WinHost]:
    with host_with_wsl(why_not=reason_it_cannot()) as host:
        host.add_distro(ADMIN, "Ubuntu", "debian", shell="bash", go={"1.27.3": "/usr/local/go"})
        yield host


def blocks(root: Path, language: str) -> list[str]:
    text = (root / "docs" / "wsl.md").read_text(encoding="utf-8")
    found = re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert found
    return found


@pytest.mark.thorough
def test_tasks_run_as_written(windows: WinHost, root: Path, tmp_path: Path) -> None:
    for name in ("GOPROXY", "GOPRIVATE"):
        windows.prefix.set_value(user_key(ADMIN.sid), name, "off")
    away = [
        {"gopher.devbox.go_wsl": {"scope": "user", "state": "absent", "share": []}},
        {"gopher.devbox.go_wsl": {"scope": "machine", "state": "absent", "append_windows_path": False}},
    ]
    pages = [yaml.safe_load(block) for block in blocks(root, "yaml")]
    tasks = [task for page in pages for task in [*(again for task in page for again in (task, task)), *away]]
    results, done = Playbooks(tmp_path, windows.ansible_vars(ADMIN)).tasks(tasks)
    assert not [result["msg"] for result in results if result.get("failed")], done.stdout
    changed = iter(result["changed"] for result in results)
    for page in pages:
        assert [next(changed) for task in page for _ in range(2)] == [True, False] * len(page), page
        assert True in [next(changed) for _ in away], page


def test_commands_print_what_is_there(windows: WinHost, root: Path) -> None:
    """Each block in a window of its own."""
    for number, block in enumerate(blocks(root, "console")):
        if number == 1:
            link = "-d Ubuntu -u root --exec /bin/ln -s /usr/local/go/bin/go /usr/local/bin/go"
            assert windows.prefix.run(rf"C:\Windows\System32\wsl.exe {link}", account=ADMIN).rc == 0
        commands = [line.removeprefix(PROMPT) for line in block.splitlines() if line.startswith(PROMPT)]
        expected = [line for line in block.splitlines() if not line.startswith(PROMPT)]
        batch = windows.prefix.unix_path(r"C:\guide.cmd")
        batch.write_bytes("".join(f"{line}\r\n" for line in ["@echo off", *commands]).encode())
        done = windows.prefix.run(r"C:\Windows\System32\cmd.exe /d /c C:\guide.cmd", account=ADMIN)
        assert (done.stdout + done.stderr).decode().replace("\r", "").splitlines() == expected
