# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands that editors get, run as editors run them: words by CreateProcess or execve in the project's directory,
with a real launcher and a real go.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import typing as t
from pathlib import Path
from xml.etree import ElementTree

import pytest
from winhost import WinHost, newcmd
from winhost.sdk import LINUX, sdk_dir

from ansible_collections.gopher.devbox.plugins.module_utils._editors import goland, terminal, vscode
from ansible_collections.gopher.devbox.plugins.module_utils._editors.edits import Named
from ansible_collections.gopher.devbox.plugins.module_utils._editors.project import Project
from ansible_collections.gopher.devbox.plugins.module_utils._formats.launchers import render_cmd, render_sh

GO = "1.27.3"
FOLDER = "my api (new) & \u4e2d\u6587"
needs_wine = [
    pytest.mark.windows,
    pytest.mark.skipif(shutil.which("wineserver") is None, reason="needs Wine (Debian: wine wine64)"),
]

_LINE = re.compile(r"^\s*(?:export\s+)?([\w.-]+)\s*=\s*([^\r\n]*)\s*$")


def env_file(path: Path) -> dict[str, str]:
    """As vscode-go's envUtils.ts reads unquoted values."""
    lines = path.read_bytes().decode("utf-8").split("\n")
    return {found[1]: found[2] for found in map(_LINE.match, lines) if found}


def task() -> dict[str, t.Any]:
    return t.cast("dict[str, t.Any]", vscode.tasks()["tasks", Named("label", vscode.TASK)])


def tool(project: Project, name: str) -> dict[str, str]:
    found = next(tool for tool in ElementTree.fromstring(goland.tools(project)) if tool.attrib["name"] == name)
    return {option.attrib["name"]: option.attrib["value"] for option in found.iter("option")}


def module(folder: Path) -> None:
    (folder / "go.mod").write_text("module example.test/api\n\ngo 1.21\n", encoding="ascii")
    (folder / "sub dir").mkdir()
    (folder / "sub dir" / "a.go").write_text("package sub\n\n//go:generate go version\n", encoding="ascii")


# --- POSIX -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def posix(tmp_path: Path) -> Project:
    folder = tmp_path / FOLDER
    folder.mkdir()
    module(folder)
    project = Project(
        "posix", str(folder), goroot=str(sdk_dir(GO, LINUX)), gopath=("gopath",), variables={"GOFLAGS": "-mod=mod"}
    )
    (folder / "go-env.sh").write_bytes(render_sh(project))
    return project


def run(words: list[str], project: Project, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "GOTOOLCHAIN": "local", "GOTELEMETRY": "off"}
    return subprocess.run(words, cwd=project.directory, env=environment, capture_output=True, text=True)


def test_the_task_writes_what_a_launched_program_is_to_see(posix: Project, tmp_path: Path) -> None:
    done = run([task()["command"], *task()["args"]], posix, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    held = env_file(Path(posix.directory, vscode.ENV_FILE))
    assert held.pop("PATH") == f"{posix.goroot}/bin:{posix.directory}/gopath/bin:/usr/bin:/bin"
    assert held.pop("_GO_ENV_PATH") == f"{posix.goroot}/bin:{posix.directory}/gopath/bin"
    assert held.pop("_GO_ENV_NAMES") == "GOROOT GOPATH GOFLAGS"
    assert held == {"GOROOT": posix.goroot, "GOPATH": f"{posix.directory}/gopath", "GOFLAGS": "-mod=mod"}


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("go version", f"go version go{GO}"),
        ("go test this package", "example.test/api/sub dir"),
        ("go generate this file", GO),
    ],
)
def test_the_tools_run_the_projects_go(posix: Project, tmp_path: Path, name: str, answer: str) -> None:
    held = tool(posix, name)
    words = shlex.split(
        held["PARAMETERS"]
        .replace("$FileDirRelativeToProjectRoot$", "sub dir")
        .replace("$FilePath$", f"{posix.directory}/sub dir/a.go")
    )
    done = run([held["COMMAND"], *words], posix, tmp_path)
    assert answer in done.stdout + done.stderr


# --- Windows ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def windows(shared_host: WinHost) -> Project:
    try:
        newcmd.install(shared_host.prefix.unix_path(r"C:\windows\system32"))
    except RuntimeError as error:
        pytest.skip(f"no cmd.exe that knows delayed expansion: {error}")
    probe = 'set "v=kept" & for /f "delims=" %A in ("!v!") do @(endlocal & echo %A)'
    if shared_host.prefix.run(f'C:\\windows\\System32\\cmd.exe /d /v:on /s /c "{probe}"').stdout.strip() != b"kept":
        pytest.skip("this Wine's cmd.exe does not replace !names! in the set of a loop, as that of Windows does")
    project = Project(
        "windows",
        "C:\\" + FOLDER,
        goroot="C:\\Program Files\\Go",
        gopath=("gopath",),
        variables={"GOFLAGS": "-mod=mod"},
    )
    folder = shared_host.prefix.unix_path(project.directory)
    folder.mkdir()
    module(folder)
    (folder / "go-env.cmd").write_bytes(render_cmd(project))
    return project


def line(words: list[str]) -> str:
    return subprocess.list2cmdline(words).replace("${env:SystemRoot}", "C:\\windows")


class TestWindows:
    pytestmark = needs_wine

    def test_the_task_writes_what_a_launched_program_is_to_see(self, shared_host: WinHost, windows: Project) -> None:
        words = [task()["windows"]["command"], *task()["windows"]["args"]]
        done = shared_host.prefix.run(
            line(words), cwd=windows.directory, codepage=437
        )  # VS Code runs tasks in a console
        assert (done.rc, done.stderr) == (0, b"")
        held = env_file(shared_host.prefix.unix_path(windows.directory) / vscode.ENV_FILE)
        assert held.pop("PATH").startswith(f"C:\\Program Files\\Go\\bin;{windows.directory}\\gopath\\bin;")
        assert held == {
            "GOROOT": "C:\\Program Files\\Go",
            "GOPATH": f"{windows.directory}\\gopath",
            "GOFLAGS": "-mod=mod",
        }

    @pytest.mark.parametrize(
        ("name", "answer"),
        [
            ("go version", f"go version go{GO} windows"),
            ("go test this package", "example.test/api/sub dir"),
            ("go generate this file", GO),
        ],
    )
    def test_the_tools_run_the_projects_go(
        self, shared_host: WinHost, windows: Project, name: str, answer: str
    ) -> None:
        held = tool(windows, name)
        parameters = (
            held["PARAMETERS"]
            .replace("$FileDirRelativeToProjectRoot$", "sub dir")
            .replace("$FilePath$", f"{windows.directory}\\sub dir\\a.go")
        )
        done = shared_host.prefix.run(f"{held['COMMAND']} {parameters}", cwd=windows.directory)
        assert answer in (done.stdout + done.stderr).decode("utf-8", "replace")

    def test_the_profile_of_windows_terminal_enters_the_project(self, shared_host: WinHost, windows: Project) -> None:
        command = terminal.project_profile(windows)["commandline"].replace("%SystemRoot%", "C:\\windows")
        done = shared_host.prefix.run(command, cwd="C:\\", stdin=b"go env GOROOT GOFLAGS\r\n")
        assert b"C:\\Program Files\\Go\n-mod=mod\n" in done.stdout.replace(b"\r", b"")
