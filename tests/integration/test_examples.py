# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documentation shows runs as it is written: the module's EXAMPLES, and the playbook at the head of the README."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ADMIN, NEW_ROOT, OLD_ROOT
from support import MACHINE, Playbooks, path_of, user_key
from winhost import WinHost

from ansible_collections.gopher.devbox.plugins.modules import go_registry

pytestmark = pytest.mark.windows

USER = user_key(ADMIN.sid)


def test_examples_run_as_written(host: WinHost, tmp_path: Path) -> None:
    """In the order in which they stand. The host has the SDK they name, and an older one on PATH."""
    host.prefix.set_value(MACHINE, "Path", ";".join([*path_of(host, MACHINE), rf"{OLD_ROOT}\bin"]), "REG_EXPAND_SZ")
    examples: list[dict[str, Any]] = yaml.safe_load(go_registry.EXAMPLES)
    assert len(examples) >= 6
    results, done = Playbooks(tmp_path, host.ansible_vars()).tasks(examples)
    by_name = {task["name"]: result for task, result in zip(examples, results, strict=True)}
    assert not [name for name, result in by_name.items() if result["failed"]], done.stdout
    assert all(result["changed"] for result in by_name.values()), {name: result["changed"] for name, result in by_name.items()}
    assert results[0]["after"]["GOROOT"] == NEW_ROOT
    assert rf"{OLD_ROOT}\bin" not in path_of(host, MACHINE)
    assert "GOROOT" not in host.prefix.registry(MACHINE)


def test_readme_playbook_runs_as_written(host: WinHost, tmp_path: Path, root: Path) -> None:
    block = re.search(r"^```yaml\n(.*?)^```", (root / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert block
    playbooks = Playbooks(tmp_path, host.ansible_vars())
    host.inventory(playbooks.inventory)
    file = tmp_path / "readme.yml"
    file.write_text(block[1], encoding="utf-8")
    assert len(block[1].splitlines()) <= 10
    for changed in (True, False):
        done = playbooks.run(playbook=str(file))
        assert done.returncode == 0, done.stdout + done.stderr
        assert [result["changed"] for result in playbooks.results() if "journal" in result] == [changed]
    stands = host.prefix.registry(USER)
    assert stands["GOPATH"] == ("REG_EXPAND_SZ", r"%USERPROFILE%\go")
    assert stands["GOPROXY"] == ("REG_SZ", "https://goproxy.cn,direct")
    assert host.prefix.unix_path(r"C:\Users\ansible\go\src").is_dir()
