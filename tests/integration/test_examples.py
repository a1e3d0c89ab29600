# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documentation shows runs as it is written: the modules' EXAMPLES, the playbook at the head of the README, and all those for Linux hosts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ADMIN, NEW_ROOT, OLD_ROOT
from linuxhost import Account, LinuxHost, reason_it_cannot
from support import MACHINE, Playbooks, path_of, user_key
from winhost import WinHost

from ansible_collections.gopher.devbox.plugins.modules import go_config, go_rcfile, go_registry

USER = user_key(ADMIN.sid)
GO = "/opt/go1.27.3"
PAGES = ("README.md", "docs/modes.md", "docs/posix.md", "docs/goenv.md", "roles/go_env/README.md")
BLOCK = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)

on_linux = pytest.mark.skipif(reason_it_cannot() is not None, reason=f"a Linux host of the tests {reason_it_cannot()}")


@pytest.fixture(scope="module")
def shared_linux() -> Iterator[LinuxHost]:
    with LinuxHost.start(("dev-bash", Account("alice", "zsh")), go={"1.27.3": GO}) as linux:
        yield linux


@pytest.fixture
def linux(shared_linux: LinuxHost) -> LinuxHost:
    shared_linux.reset()
    return shared_linux


@pytest.mark.windows
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


@pytest.mark.windows
def test_readme_playbook_runs_as_written(host: WinHost, tmp_path: Path, root: Path) -> None:
    block = BLOCK.search((root / "README.md").read_text(encoding="utf-8"))
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


@on_linux
@pytest.mark.parametrize("module", [go_rcfile, go_config], ids=["go_rcfile", "go_config"])
def test_examples_of_posix_hosts_run_as_written(linux: LinuxHost, tmp_path: Path, module: Any) -> None:
    """In the order in which they stand, by an account with sudo. Something old stands in its go env file."""
    linux.write(f"{linux.home('dev-bash')}/.config/go/env", b"GOROOT=/old\n")
    linux.run(["chown", "-R", "dev-bash:", f"{linux.home('dev-bash')}/.config"])
    examples: list[dict[str, Any]] = yaml.safe_load(module.EXAMPLES)
    assert len(examples) >= 4
    results, done = Playbooks(tmp_path, linux.ansible_vars("dev-bash")).tasks(examples)
    by_name = {task["name"]: result for task, result in zip(examples, results, strict=True)}
    assert not [name for name, result in by_name.items() if result["failed"]], done.stdout
    assert all(result["changed"] for result in by_name.values()), {name: result["changed"] for name, result in by_name.items()}


@on_linux
@pytest.mark.parametrize("page", PAGES)
def test_playbooks_of_linux_hosts_run_as_written(linux: LinuxHost, tmp_path: Path, root: Path, page: str) -> None:
    """All that a page shows, each on a fresh host: it changes something, and nobody is warned."""
    blocks = [block for block in BLOCK.findall((root / page).read_text(encoding="utf-8")) if re.search(r"^  hosts: (linux|all)$", block, re.MULTILINE)]
    assert blocks
    for number, block in enumerate(blocks):
        linux.reset()
        directory = tmp_path / str(number)
        directory.mkdir()
        playbooks = Playbooks(directory, {})
        playbooks.inventory.write_text(json.dumps(linux.inventory("box", "dev-bash")), encoding="utf-8")
        file = directory / "page.yml"
        file.write_text(block, encoding="utf-8")
        done = playbooks.run(playbook=str(file))
        assert done.returncode == 0, block + done.stdout + done.stderr
        results = [result for result in playbooks.results() if "journal" in result]
        assert any(result["changed"] for result in results), block + done.stdout
        assert not [finding for result in results for finding in result["findings"] if finding["severity"] != "info"], block
