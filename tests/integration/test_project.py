# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""go_project, for real: its ladder on a Windows host over WinRM and on this machine, with go itself answering through
what was written.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import NEW_ROOT, OLD_ROOT
from support import Counting, Playbooks, transport_to
from winhost import WinHost
from winhost.sdk import LINUX, sdk_dir

from ansible_collections.gopher.devbox.plugins.module_utils._hosts.local_host import LocalHost
from ansible_collections.gopher.devbox.plugins.module_utils._media.sdks_posix import PosixSdks
from ansible_collections.gopher.devbox.plugins.module_utils._media.sdks_windows import on_windows
from ansible_collections.gopher.devbox.plugins.module_utils._run import project as runner

HOME = r"C:\Users\ansible"
PROJECT = r"C:\工作 (x86)!\shop"
LOCAL = HOME + r"\AppData\Local"
DEFAULTS: dict[str, Any] = {
    "user": None,
    "launchers": None,
    "editors": [],
    "resolve": "run",
    "sdk_roots": [],
    "goland_config": None,
    "terminal_profile": "project",
    "terminal_scope": "user",
    "goroot": None,
    "gopath": None,
    "gobin": None,
    "variables": {},
    "path": None,
    "validate": "strict",
    "state": "present",
    "journal": None,
    "force": False,
}


class Box:
    """A project on a Windows host."""

    def __init__(self, host: WinHost) -> None:
        self.host = host
        self.root = host.prefix.unix_path(PROJECT)
        self.root.mkdir(parents=True, exist_ok=True)
        self.commands = 0

    def run(self, check: bool = False, **options: Any) -> dict[str, Any]:
        transport = Counting(transport_to(self.host))
        result = on_windows(runner.run)({**DEFAULTS, "project": PROJECT, **options}, lambda: transport, check, True)
        self.commands = transport.commands
        return result

    def done(self, check: bool = False, **options: Any) -> dict[str, Any]:
        result = self.run(check, **options)
        assert not result.get("failed"), result
        return result

    def files(self) -> dict[str, bytes]:
        return {
            str(path.relative_to(self.root)): path.read_bytes()
            for path in sorted(self.root.rglob("*"))
            if path.is_file()
        }


@pytest.fixture
def box(host: WinHost) -> Iterator[Box]:
    found = Box(host)
    yield found
    shutil.rmtree(found.root.parent)
    for name in (r"Microsoft\Windows Terminal", "gopher.devbox"):
        shutil.rmtree(host.prefix.unix_path(LOCAL + "\\" + name), ignore_errors=True)


WINDOWS_WISH: dict[str, Any] = {
    "goroot": NEW_ROOT,
    "gopath": [".gopath"],
    "variables": {"GOFLAGS": "-mod=mod", "GOPROXY": "https://user:s3cret@proxy.example.com,direct"},
    "editors": ["vscode", "goland", "terminal"],
    "goland_config": r"%APPDATA%\JetBrains\GoLand2026.1",
}


def test_the_ladder_on_windows(box: Box) -> None:
    for bad in (
        {"project": "relative"},
        {"project": r"C:\absent"},
        {"goroot": NEW_ROOT, "sdk_roots": ["x"]},
        {"goroot": r"C:\absent"},
        {"gopath": ["a;b"]},
        {"editors": ["goland"], "goland_config": r"%NOBODYS%\x"},
    ):
        assert box.run(**bad)["failed"]
    (box.root / "go.mod").write_text("module shop\n\ngo 1.21\n")
    before = box.files()
    promised = box.done(check=True, **WINDOWS_WISH)
    assert promised["changed"]
    assert box.files() == before
    result = box.done(**WINDOWS_WISH)
    assert result["changes"] == promised["changes"]
    assert result["diff"] == promised["diff"]
    assert "s3cret" not in json.dumps(result)
    assert sorted(box.files()) == [
        *(".idea/workspace.xml", ".vscode/launch.json", ".vscode/settings.json", ".vscode/tasks.json"),
        *("go-env.cmd", "go-env.ps1", "go.mod"),
    ]
    assert (
        box.host.prefix.unix_path(HOME + r"\AppData\Roaming\JetBrains\GoLand2026.1\tools\gopher.devbox.xml")
        .read_bytes()
        .startswith(b"<toolSet")
    )
    assert (
        len(list(box.host.prefix.unix_path(LOCAL + r"\Microsoft\Windows Terminal\Fragments\gopher.devbox").iterdir()))
        == 1
    )
    assert not box.done(**WINDOWS_WISH)["changed"]
    updated = {**WINDOWS_WISH, "goroot": OLD_ROOT}
    assert box.done(**updated)["changed"]
    assert not box.done(**updated)["changed"]
    assert json.loads(box.files()[".vscode/settings.json"])["go.goroot"] == OLD_ROOT
    box.done(state="restored")
    assert json.loads(box.files()[".vscode/settings.json"])["go.goroot"] == NEW_ROOT
    (box.root / "go-env.ps1").write_bytes(b"# mine now\r\n")
    result = box.done(state="absent")
    assert [finding["id"] for finding in result["findings"]] == ["absent_changed_since"]
    assert box.files() == {**before, "go-env.ps1": b"# mine now\r\n"}
    assert box.done(state="absent", force=True)["changed"]
    assert box.files() == before
    assert not box.done(state="absent")["changed"]


def test_a_project_that_is_gone_leaves_nothing_elsewhere(box: Box) -> None:
    """The tools of the IDE and the fragment of Terminal go, and the directories that were made for them, also without
    the journal.
    """
    for with_journal in (True, False):
        box.root.mkdir(parents=True, exist_ok=True)
        box.done(**WINDOWS_WISH)
        tools = box.host.prefix.unix_path(HOME + r"\AppData\Roaming\JetBrains")
        fragments = box.host.prefix.unix_path(LOCAL + r"\Microsoft\Windows Terminal")
        assert tools.is_dir()
        assert fragments.is_dir()
        shutil.rmtree(box.root)
        if not with_journal:
            shutil.rmtree(box.host.prefix.unix_path(LOCAL + r"\gopher.devbox"))
        given = {"goland_config": WINDOWS_WISH["goland_config"], "editors": ["goland"]}
        result = box.done(state="absent", **({} if with_journal else given))
        assert result["changed"]
        assert [finding["id"] for finding in result["findings"]] == ([] if with_journal else ["record_lost"])
        assert not list(tools.rglob("*.xml"))
        assert not list(fragments.rglob("*.json"))
        assert not box.root.exists()
        assert fragments.exists() is not with_journal, "what was made goes where that is known"
        shutil.rmtree(tools, ignore_errors=True)


def test_a_protected_file_stops_only_a_run_that_would_change_it(box: Box) -> None:
    wish = {"gopath": [".gopath"], "editors": ["vscode"]}
    box.done(**wish)
    settings = box.root / ".vscode/settings.json"
    settings.chmod(0o444)
    before = box.files()
    assert not box.done(**wish)["changed"]
    for check in (True, False):
        result = box.run(check, **{**wish, "gopath": [".other"]})
        assert result["failed"]
        assert r".vscode\settings.json is read-only" in result["msg"]
        assert box.files() == before
    settings.chmod(0o644)


def test_all_files_are_read_in_one_command_and_written_in_one(box: Box) -> None:
    wish = {"gopath": [".gopath"], "editors": ["vscode", "goland"], "goland_config": HOME + r"\gl"}
    assert box.done(check=True, **wish)["changed"]
    assert box.commands == 2, "one for the registry, one for the files"
    assert box.done(**wish)["changed"]
    assert box.commands == 2 + 1, "and one to write and read back"
    assert not box.done(**wish)["changed"]
    assert box.commands == 2


def test_the_sdk_that_go_mod_wants_is_pinned(box: Box) -> None:
    (box.root / "go.mod").write_text("module shop\n\ngo 1.27\n")
    result = box.done(resolve="apply")
    assert result["effective"]["GOROOT"] == NEW_ROOT
    (box.root / "go.mod").write_text("module shop\n\ngo 1.99\n")
    result = box.run(resolve="apply")
    assert result["failed"]
    assert "go1.99.0" in result["msg"]
    assert [finding["id"] for finding in result["findings"]] == ["toolchain_missing"]


def test_a_touched_terminal_keeps_its_settings(box: Box) -> None:
    settings = box.host.prefix.unix_path(LOCAL + r"\Microsoft\Windows Terminal\settings.json")
    settings.parent.mkdir(parents=True)
    text = b'{ // mine\n  "disabledProfileSources": ["gopher.devbox"]\n}'
    settings.write_bytes(text)
    os.utime(settings, (1_000_000_000, 1_000_000_000))
    result = box.done(editors=["terminal"])
    assert settings.read_bytes() == text
    assert settings.stat().st_mtime > 1_000_000_000
    assert [finding["id"] for finding in result["findings"]] == ["terminal_source_disabled"]
    os.utime(settings, (1_000_000_000, 1_000_000_000))
    assert not box.done(editors=["terminal"])["changed"]
    assert settings.stat().st_mtime == 1_000_000_000


# --- on this machine -------------------------------------------------------------------------------------------------


class Here:
    """A project on this machine, of a person whose home is the test's."""

    def __init__(self, top: Path) -> None:
        self.home = top / "home"
        self.home.mkdir()
        self.root = top / "it's $HOME & (co)/shop"
        self.root.mkdir(parents=True)

    def run(self, check: bool = False, **options: Any) -> dict[str, Any]:
        environ = {"HOME": str(self.home), "USER": "root", "PATH": "/usr/bin:/bin"}
        host = LocalHost(environ, darwin=False)
        return runner.run(
            {**DEFAULTS, "project": str(self.root), **options}, host, check, True, PosixSdks(environ, False)
        )

    def done(self, check: bool = False, **options: Any) -> dict[str, Any]:
        result = self.run(check, **options)
        assert not result.get("failed"), result
        return result

    def shell(self, text: str, shell: str = "sh") -> list[str]:
        environ = {"HOME": str(self.home), "PATH": "/usr/bin:/bin", "GOTOOLCHAIN": "local"}
        done = subprocess.run(
            [shell, "-c", text], cwd=self.root, env=environ, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()


@pytest.fixture
def here(tmp_path: Path) -> Here:
    return Here(tmp_path)


@pytest.mark.parametrize("shell", ["sh", "bash", "zsh"])
def test_go_answers_through_the_launcher(here: Here, shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell}")
    sdks = here.root.parent / "sdks"
    sdks.mkdir()
    for version in ("1.21.13", "1.27.3"):
        (sdks / version).symlink_to(sdk_dir(version, LINUX))
    (here.root / "go.mod").write_text("module shop\n\ngo 1.21.13\n")
    here.done(sdk_roots=["../sdks"], gopath=[".gopath"], launchers=["sh", "envrc"])
    told = here.shell(
        '. ./go-env.sh && go version && go env GOPATH && . ./go-env.sh pop; command -v go || echo none; echo "$PATH"',
        shell,
    )
    if shell == "sh":  # dash hands no words to what it sources
        told = here.shell(
            '. ./go-env.sh && go version && go env GOPATH; go_env pop; command -v go || echo none; echo "$PATH"', shell
        )
    assert told[0].startswith("go version go1.21.13"), told
    assert told[1:] == [f"{here.root}/.gopath", "none", "/usr/bin:/bin"]
    (here.root / "go.mod").write_text("module shop\n\ngo 1.27.3\n")
    assert here.shell(". ./go-env.sh && go version", shell)[0].startswith("go version go1.27.3")


def test_the_ladder_on_posix_through_ansible(tmp_path: Path) -> None:
    root, home = tmp_path / "app", tmp_path / "home"
    (root / ".vscode").mkdir(parents=True)
    home.mkdir()
    (root / "go.mod").write_text("module app\n\ngo 1.21\n")
    mine = b'{\n    // mine\n    "editor.rulers": [80]\n}\n'
    (root / ".vscode/settings.json").write_bytes(mine)
    sdk = str(sdk_dir("1.27.3", LINUX))
    playbooks = Playbooks(tmp_path, {"ansible_connection": "local", "ansible_python_interpreter": "/usr/bin/python3"})
    common = {"project": str(root), "goroot": sdk, "gopath": [".gopath"], "editors": ["vscode"]}

    def task(name: str, **options: Any) -> dict[str, Any]:
        return {"name": name, "gopher.devbox.go_project": {**common, **options}, "environment": {"HOME": str(home)}}

    tasks = [
        {"name": "bad", "gopher.devbox.go_project": {"project": "relative"}},
        task("check") | {"check_mode": True, "diff": True},
        task("apply") | {"diff": True},
        task("again"),
        task("update", gopath=[".other"]),
        task("absent", state="absent"),
        task("restored", state="restored"),
        task("away", state="absent", force=True),
    ]
    results, _done = playbooks.tasks(tasks)
    assert [result.get("changed") for result in results] == [False, True, True, False, True, True, True, True], results
    assert "is not absolute" in results[0]["msg"]
    assert results[1]["changes"] == results[2]["changes"]
    assert (root / ".vscode/settings.json").read_bytes() == mine
    assert sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()) == [
        ".vscode/settings.json",
        "go.mod",
    ]


def test_the_role_in_project_mode(tmp_path: Path) -> None:
    roots = [tmp_path / "one", tmp_path / "two"]
    for root in roots:
        root.mkdir()
    sdk = str(sdk_dir("1.27.3", LINUX))
    playbooks = Playbooks(tmp_path, {"ansible_connection": "local", "ansible_python_interpreter": "/usr/bin/python3"})
    variables = {"go_env_mode": "project", "go_env_goroot": sdk, "go_env_become": False}
    projects = [
        {"project": str(roots[0]), "editors": ["vscode"]},
        {"project": str(roots[1]), "launchers": ["envrc"], "goroot": "../sdk"},
    ]
    play = {
        "name": "test",
        "hosts": "all",
        "gather_facts": False,
        "vars": variables | {"go_env_projects": projects},
        "roles": ["gopher.devbox.go_env"],
    }
    file = tmp_path / "role.json"
    file.write_text(json.dumps([play]))
    (tmp_path / "sdk").symlink_to(sdk)
    first = playbooks.run(playbook=str(file))
    assert first.returncode == 0, first.stdout + first.stderr
    assert "changed=1" in first.stdout, first.stdout
    assert sorted(path.name for root in roots for path in root.iterdir()) == [".envrc", ".vscode", "go-env.sh"]
    assert "changed=0" in playbooks.run(playbook=str(file)).stdout
    file.write_text(json.dumps([{**play, "vars": {**play["vars"], "go_env_state": "absent"}}]))
    assert "changed=1" in playbooks.run(playbook=str(file)).stdout
    assert [path for root in roots for path in root.iterdir()] == []
