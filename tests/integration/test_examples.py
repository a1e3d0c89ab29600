# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documentation shows runs as it is written: the modules' EXAMPLES, the playbook at the head of the README,
and those of its pages.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ADMIN, NEW_ROOT, OLD_ROOT
from linuxhost import Account, LinuxHost, reason_it_cannot
from support import MACHINE, Playbooks, path_of, user_key
from unit.sdkarchives import checksum, files_of, pack
from winhost import WinHost
from winhost.sdk import LINUX, download

from ansible_collections.gopher.devbox.plugins.modules import (
    go_config,
    go_project,
    go_rcfile,
    go_registry,
    go_sdk,
    go_sdk_info,
)

USER = user_key(ADMIN.sid)
#: options of a Windows that is not running (test_image.py)
OFFLINE = {"image", "hives"}
GO, OLD_GO = "/opt/go1.27.3", "/opt/go1.21.13"
PROGRAM = Path("/bin/true").resolve().read_bytes()
PAGES = ("README.md", "docs/modes.md", "docs/posix.md", "docs/goenv.md", "roles/go_env/README.md")
BLOCK = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)

on_linux = pytest.mark.skipif(reason_it_cannot() is not None, reason=f"a Linux host of the tests {reason_it_cannot()}")


@pytest.fixture(scope="module")
def shared_linux() -> Iterator[LinuxHost]:
    with LinuxHost.start(("dev-bash", Account("alice", "zsh")), go={"1.27.3": GO, "1.21.13": OLD_GO}) as linux:
        yield linux


@pytest.mark.windows
def test_examples_run_as_written(host: WinHost, tmp_path: Path) -> None:
    """In the order in which they stand. The host has the SDK they name, and an older one on PATH."""
    host.prefix.set_value(MACHINE, "Path", ";".join([*path_of(host, MACHINE), rf"{OLD_ROOT}\bin"]), "REG_EXPAND_SZ")
    examples = running_examples(go_registry)
    assert len(examples) >= 6
    results, done = Playbooks(tmp_path, host.ansible_vars()).tasks(examples)
    by_name = {task["name"]: result for task, result in zip(examples, results, strict=True)}
    assert not [name for name, result in by_name.items() if result["failed"]], done.stdout
    assert all(result["changed"] for result in by_name.values()), {
        name: result["changed"] for name, result in by_name.items()
    }
    assert results[0]["after"]["GOROOT"] == NEW_ROOT
    assert rf"{OLD_ROOT}\bin" not in path_of(host, MACHINE)
    assert "GOROOT" not in host.prefix.registry(MACHINE)


def blocks_of(page: Path, hosts: str = "") -> list[str]:
    """The YAML that a page shows; `hosts`: only playbooks for these, as a pattern."""
    found: list[str] = BLOCK.findall(page.read_text(encoding="utf-8"))
    assert found
    return [block for block in found if not hosts or re.search(rf"^  hosts: ({hosts})$", block, re.MULTILINE)]


def on_box(linux: LinuxHost, directory: Path, text: str) -> tuple[Playbooks, str]:
    """A directory with an inventory of this host, reached by an account with sudo, and the file of the playbook
    `text`.
    """
    playbooks = Playbooks(directory, {})
    playbooks.inventory.write_text(json.dumps(linux.inventory("box", "dev-bash")), encoding="utf-8")
    return playbooks, page_file(directory, text)


def page_file(directory: Path, text: str) -> str:
    file = directory / "page.yml"
    file.write_text(text, encoding="utf-8")
    return str(file)


def changes_once(host: WinHost, directory: Path, text: str) -> None:
    """The playbook changes something, and again nothing."""
    playbooks = Playbooks(directory, host.ansible_vars())
    host.inventory(playbooks.inventory)
    for changed in (True, False):
        done = playbooks.run(playbook=page_file(directory, text))
        assert done.returncode == 0, done.stdout + done.stderr
        assert [result["changed"] for result in playbooks.results() if "journal" in result] == [changed]


@pytest.mark.windows
def test_readme_playbook_runs_as_written(host: WinHost, tmp_path: Path, root: Path) -> None:
    block = blocks_of(root / "README.md")[0]
    assert len(block.splitlines()) <= 10
    changes_once(host, tmp_path, block)
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
    assert all(result["changed"] for result in by_name.values()), {
        name: result["changed"] for name, result in by_name.items()
    }


@on_linux
@pytest.mark.parametrize("page", PAGES)
def test_playbooks_of_linux_hosts_run_as_written(linux: LinuxHost, tmp_path: Path, root: Path, page: str) -> None:
    """All that a page shows, each on a fresh host: it changes something, and nobody is warned."""
    blocks = blocks_of(root / page, "linux|all")
    assert blocks
    for number, block in enumerate(blocks):
        linux.reset()
        directory = tmp_path / str(number)
        directory.mkdir()
        playbooks, file = on_box(linux, directory, block)
        done = playbooks.run(playbook=file)
        assert done.returncode == 0, block + done.stdout + done.stderr
        results = [result for result in playbooks.results() if "journal" in result]
        assert any(result["changed"] for result in results), block + done.stdout
        assert not [finding for result in results for finding in result["findings"] if finding["severity"] != "info"], (
            block
        )


# --- SDKs and projects -----------------------------------------------------------------------------------------------


def running_examples(module: Any) -> list[dict[str, Any]]:
    """Those of hosts that are running."""
    found: list[dict[str, Any]] = yaml.safe_load(module.EXAMPLES)
    return [
        task for task in found if not any(OFFLINE & set(given) for given in task.values() if isinstance(given, dict))
    ]


def windows_examples(module: Any) -> list[dict[str, Any]]:
    """Those that name a place on a drive."""
    return [task for task in running_examples(module) if ":\\" in json.dumps(task)]


def other_examples(module: Any) -> list[dict[str, Any]]:
    """Those of Linux hosts, or of both families."""
    return [task for task in running_examples(module) if task not in windows_examples(module)]


@pytest.fixture
def shop(host: WinHost) -> Iterator[Path]:
    """The project that the examples for Windows hosts have, with two SDKs beside it."""
    made = [host.prefix.unix_path(place) for place in (r"C:\work", r"C:\src")]
    for top in made:
        (top / "shop").mkdir(parents=True)
        (top / "shop" / "go.mod").write_text("module shop\n\ngo 1.21\n")
    yield made[0] / "shop"
    for top in [*made, host.prefix.unix_path(r"C:\Sdk")]:
        shutil.rmtree(top, ignore_errors=True)


@pytest.mark.windows
def test_examples_of_projects_on_windows_run_as_written(host: WinHost, shop: Path, tmp_path: Path) -> None:
    examples = windows_examples(go_project)
    results, done = Playbooks(tmp_path, host.ansible_vars()).tasks(examples)
    assert [(result["failed"], result["changed"]) for result in results] == [(False, True)] * 2, done.stdout
    assert (shop / "go-env.cmd").is_file()
    assert (shop / ".vscode" / "settings.json").is_file()
    assert results[1]["effective"]["GOROOT"] == OLD_ROOT


@pytest.mark.windows
def test_the_playbook_of_the_page_of_projects_runs_as_written(
    host: WinHost, shop: Path, tmp_path: Path, root: Path
) -> None:
    changes_once(host, tmp_path, blocks_of(root / "docs/project.md")[0])
    assert (shop / "go-env.ps1").is_file()


@pytest.mark.windows
def test_examples_of_sdks_on_windows_run_as_written(host: WinHost, shop: Path, tmp_path: Path) -> None:
    """But for the checksum, which is that of an archive of the test's own."""
    asked, _done = Playbooks(tmp_path, host.ansible_vars()).tasks(windows_examples(go_sdk_info))
    assert [(module["selected"], module["satisfied_by"]) for module in asked[0]["modules"]] == [("go1.21.0", OLD_ROOT)]
    archive = pack(tmp_path, "zip", files_of("1.27.3", b"MZ", windows=True), "go1.27.3.windows-amd64.zip")
    examples = windows_examples(go_sdk)
    examples[0]["gopher.devbox.go_sdk"]["checksum"] = checksum(archive)
    results, done = Playbooks(tmp_path, host.ansible_vars()).tasks(examples)
    assert [(result["failed"], result["changed"]) for result in results] == [(False, True), (False, False)], done.stdout
    assert host.prefix.unix_path(r"C:\Sdk\go1.27.3\bin\go.exe").is_file()


def prepare(linux: LinuxHost) -> None:
    """The projects that the examples for Linux hosts have."""
    for user, project in (("alice", "shop"), ("alice", "legacy"), ("dev-bash", "src/shop")):
        place = f"{linux.home(user)}/{project}"
        linux.run(["mkdir", "-p", place])
        linux.write(f"{place}/go.mod", b"module x\n\ngo 1.21\n")
        linux.run(["chown", "-R", f"{user}:", linux.home(user)])
    linux.run(["ln", "-s", GO, "/srv/go"])


@on_linux
def test_examples_of_projects_on_linux_run_as_written(linux: LinuxHost, tmp_path: Path) -> None:
    prepare(linux)
    examples = other_examples(go_project)
    results, done = Playbooks(tmp_path, linux.ansible_vars("dev-bash")).tasks(examples)
    assert [(result["failed"], result["changed"]) for result in results] == [(False, True)] * len(examples), done.stdout
    assert len(examples) == 2


@on_linux
def test_examples_of_sdks_on_linux_run_as_written(linux: LinuxHost, tmp_path: Path) -> None:
    """But for the address, in whose place the archive lies on the controller."""
    asked, done = Playbooks(tmp_path, linux.ansible_vars("dev-bash")).tasks(other_examples(go_sdk_info)[:2])
    assert [[sdk["root"] for sdk in result["sdks"]] for result in asked] == [[GO, OLD_GO]] * 2, done.stdout
    archive = pack(tmp_path, "tar.gz", files_of("1.27.3", PROGRAM), "go1.27.3.linux-amd64.tar.gz")
    example = other_examples(go_sdk)[0]
    options = example["gopher.devbox.go_sdk"]
    assert options.pop("url").endswith(archive.name)
    options |= {"src": archive.name, "checksum": checksum(archive)}
    results, done = Playbooks(tmp_path, linux.ansible_vars("dev-bash")).tasks([example, example])
    assert [(result["failed"], result["changed"]) for result in results] == [(False, True), (False, False)], done.stdout


@on_linux
def test_an_sdk_is_installed_and_used_in_one_play(linux: LinuxHost, tmp_path: Path, root: Path) -> None:
    """As the page of go_sdk has it, but for the checksum, and with the wheel of a real Go for archive."""
    [block] = blocks_of(root / "docs/sdk_install.md", "linux")
    wheel = download("1.27.3", tmp_path, LINUX)
    play = yaml.safe_load(block)
    play[0]["pre_tasks"][0]["gopher.devbox.go_sdk"] |= {"src": str(wheel), "checksum": checksum(wheel)}
    playbooks, file = on_box(linux, tmp_path, json.dumps(play))
    for changed in (True, False):
        done = playbooks.run("--diff", playbook=file)
        assert done.returncode == 0, done.stdout + done.stderr
        told = [result for result in playbooks.results() if "findings" in result]
        assert any(result["changed"] for result in told) is changed, done.stdout
        assert not [finding for result in told for finding in result["findings"] if finding["severity"] != "info"], told
    assert linux.ssh("alice", "go version").stdout.startswith("go version go1.27.3 ")


@on_linux
@pytest.mark.parametrize("page", ["docs/project.md", "docs/sdks.md"])
def test_playbooks_of_projects_on_linux_run_as_written(linux: LinuxHost, tmp_path: Path, root: Path, page: str) -> None:
    prepare(linux)
    [block] = blocks_of(root / page, "linux|all")
    playbooks, file = on_box(linux, tmp_path, block)
    done = playbooks.run(playbook=file)
    assert done.returncode == 0, done.stdout + done.stderr
    told = [item for result in playbooks.results() for item in result.get("results", [result]) if "findings" in item]
    assert told
    assert not [finding for result in told for finding in result["findings"] if finding["severity"] != "info"]
