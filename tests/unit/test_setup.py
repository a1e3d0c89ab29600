# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What sets a checkout up: which ansible-core is chosen, which systems and Wines are taken, and what is said where
something is missing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from left_out import LEFT_OUT, left_out, powershell_missing
from winhost.tooling import wine_problem

EVERY_GROUP = (
    "python3-venv",
    "wine64",
    "gcc-mingw-w64-x86-64",
    "openssh-server",
    "direnv",
    "fish",
    "debootstrap",
    "shellcheck",
)


def program(directory: Path, name: str, body: str) -> None:
    file = directory / name
    file.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    file.chmod(0o755)


# --- ansible-core ----------------------------------------------------------------------------------------------------


class Tree:
    """python.sh in a tree with requirements of its own, and a Python that says which it is."""

    def __init__(self, directory: Path, root: Path, python: str) -> None:
        self.directory = directory
        (directory / "tests" / "tools").mkdir(parents=True)
        (directory / "tests" / "requirements").mkdir()
        shutil.copy(root / "tests" / "tools" / "python.sh", directory / "tests" / "tools")
        for name in ("requirements.txt", "meta/ee-requirements.txt", "tests/requirements.txt", "requirements-dev.txt"):
            (directory / name).parent.mkdir(exist_ok=True)
            (directory / name).touch()
        program(directory, f"python{python}", f'case $2 in *os.path*) echo "$0" ;; *) echo {python} ;; esac')
        self.python = directory / f"python{python}"

    def require(self, **versions: str) -> None:
        for core, requirement in versions.items():
            file = self.directory / "tests" / "requirements" / f"ansible-core-{core.strip('v').replace('_', '.')}.txt"
            file.write_text(f"# A remark on rc1.\n{requirement}\n", encoding="utf-8")

    def core(self, asked: str = "") -> str:
        words = ["sh", str(self.directory / "tests" / "tools" / "python.sh"), "key", str(self.python), asked]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        return done.stdout.split()[1]


FINAL = {
    "v2_19": "ansible-core>=2.19.0,<2.20",
    "v2_20": "ansible-core>=2.20.0,<2.21",
    "v2_21": "ansible-core>=2.21.0,<2.22",
}


@pytest.mark.parametrize(
    ("python", "newest", "core"),
    [
        ("3.13", "ansible-core>=2.22.0rc1,<2.23", "2.21"),
        ("3.13", "ansible-core>=2.22.0b2,<2.23", "2.21"),
        ("3.13", "ansible-core>=2.22.0.dev0,<2.23", "2.21"),
        ("3.13", "ansible-core>=2.22.0,<2.23", "2.22"),
        ("3.12", "ansible-core>=2.22.0,<2.23", "2.21"),
        ("3.11", "ansible-core>=2.22.0,<2.23", "2.19"),
    ],
)
def test_the_newest_final_ansible_core_is_the_default(
    tmp_path: Path, root: Path, python: str, newest: str, core: str
) -> None:
    tree = Tree(tmp_path, root, python)
    tree.require(**FINAL, v2_22=newest)
    assert tree.core() == core
    assert tree.core("2.22") == "2.22", "what is asked for is taken"


# --- packages.sh -----------------------------------------------------------------------------------------------------


class Machine:
    """packages.sh on a system that is made up: an account without rights, and programs that answer for it."""

    def __init__(
        self, directory: Path, release: str, machine: str = "x86_64", kernel: str = "Linux", installed: bool = False
    ) -> None:
        self.directory = directory
        (directory / "os-release").write_text(release, encoding="utf-8")
        bin_ = directory / "bin"
        bin_.mkdir()
        program(bin_, "uname", f"case $1 in -s) echo {kernel} ;; *) echo {machine} ;; esac")
        program(bin_, "id", "echo 1000")
        program(bin_, "sudo", "exit 1")
        program(bin_, "dpkg-query", "echo installed" if installed else "exit 1")
        for name in ("tr", "sort", "xargs", "cat", "bash", "echo"):
            (bin_ / name).symlink_to(str(shutil.which(name)))

    def without_dpkg(self) -> Machine:
        (self.directory / "bin" / "dpkg-query").unlink()
        return self

    def packages(self, root: Path, *groups: str, any_system: bool = False) -> subprocess.CompletedProcess[str]:
        surroundings = {"PATH": str(self.directory / "bin"), "DEVBOX_OS_RELEASE": str(self.directory / "os-release")}
        if any_system:
            surroundings["DEVBOX_ANY_SYSTEM"] = "1"
        words = [str(shutil.which("bash")), str(root / "tests" / "tools" / "packages.sh"), *groups]
        return subprocess.run(
            words, env=surroundings, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
        )


DEBIAN = 'ID=debian\nVERSION_ID="{}"\nPRETTY_NAME="Debian GNU/Linux {}"\n'
UBUNTU = 'ID=ubuntu\nVERSION_ID="24.04"\nPRETTY_NAME="Ubuntu 24.04.3 LTS"\n'
FEDORA = 'ID=fedora\nVERSION_ID=43\nPRETTY_NAME="Fedora Linux 43 (Workstation Edition)"\n'


@pytest.mark.parametrize("version", ["12", "13"])
def test_a_debian_that_is_known(tmp_path: Path, root: Path, version: str) -> None:
    done = Machine(tmp_path, DEBIAN.format(version, version), installed=True).packages(root, "wine", "linux", "debian")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_all_groups_are_named_at_once(tmp_path: Path, root: Path) -> None:
    machine = Machine(tmp_path, DEBIAN.format("13", "13"))
    done = machine.packages(root, "shells")
    assert done.returncode == 1
    assert "Debian packages are missing: fish zsh\n" in done.stderr
    [line] = [line for line in done.stderr.splitlines() if "apt-get" in line]
    assert not [package for package in EVERY_GROUP if package not in line.split()]
    assert len(line.split()) == len(set(line.split())) + 1, "only apt-get stands there twice"
    going_on = machine.packages(root, "--or-without", "shells")
    assert (going_on.returncode, going_on.stderr) == (0, done.stderr)


@pytest.mark.parametrize(
    ("release", "machine", "kernel", "name", "engine"),
    [
        (UBUNTU, "x86_64", "Linux", "Ubuntu 24.04.3 LTS", "docker run"),
        (FEDORA, "x86_64", "Linux", "Fedora Linux 43 (Workstation Edition)", "podman run"),
        (DEBIAN.format("11", "11"), "x86_64", "Linux", "Debian GNU/Linux 11", "docker run"),
        (DEBIAN.format("13", "13"), "aarch64", "Linux", "Debian GNU/Linux 13 on aarch64", "docker run"),
        ("", "arm64", "Darwin", "macOS on arm64", "docker run"),
    ],
    ids=["ubuntu", "fedora", "old", "arm", "macos"],
)
def test_another_system_is_told_what_to_do(
    tmp_path: Path, root: Path, release: str, machine: str, kernel: str, name: str, engine: str
) -> None:
    made = Machine(tmp_path, release, machine, kernel)
    done = made.packages(root, "wine", "shells")
    assert done.returncode == 1
    assert f"and this is {name}." in done.stderr
    assert engine in done.stderr
    assert "debian:13" in done.stderr
    assert "DEVBOX_ANY_SYSTEM=1" in done.stderr
    assert not [package for package in EVERY_GROUP if package not in done.stderr.split()]
    assert made.packages(root, "--or-without", "wine").returncode == 0
    assert "this is" not in made.packages(root, "python").stderr, "Python is needed everywhere"
    assert "Debian packages are missing" in made.packages(root, "wine", any_system=True).stderr


def test_a_system_without_dpkg_that_is_to_be_tried(tmp_path: Path, root: Path) -> None:
    made = Machine(tmp_path, FEDORA).without_dpkg()
    assert made.packages(root, "wine", any_system=True).returncode == 0
    done = made.packages(root, "python")
    assert done.returncode == 1
    assert "python3-venv" in done.stderr
    assert "Fedora" in done.stderr


# --- Wine ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [(8, 0), (10, 0), (10, 4)])
def test_wines_that_are_known(version: tuple[int, int]) -> None:
    assert wine_problem(version) is None


@pytest.mark.parametrize("version", [(6, 0), (9, 0), (11, 2)])
def test_a_wine_that_nobody_tried(version: tuple[int, int]) -> None:
    problem = str(wine_problem(version))
    assert f"Wine {version[0]}.{version[1]}" in problem
    assert "Wine 8 (Debian 12)" in problem
    assert "DEVBOX_ANY_SYSTEM=1" in problem
    assert wine_problem(version, any_system=True) is None


# --- what is left out ------------------------------------------------------------------------------------------------


def test_nothing_is_left_out_where_all_is_there() -> None:
    assert left_out(None, None, 0, lambda name: f"/usr/bin/{name}") == []


def test_what_is_left_out_for_an_account_without_rights() -> None:
    lines = left_out(
        "wine64 is not installed",
        "needs root",
        1000,
        {"zsh": "/usr/bin/zsh", "ssh": "/usr/bin/ssh", "strace": "/usr/bin/strace"}.get,
    )
    assert [line.partition(":")[0] for line in lines] == [
        "Windows hosts of the tests",
        "Linux hosts of the tests",
        "What acts as root or as another account of this machine",
        "What runs fish, direnv",
    ]
    assert "wine64 is not installed" in lines[0]
    assert "Debian: fish direnv" in lines[3]


def test_a_missing_powershell_is_said_once() -> None:
    reasons = [
        "DEVBOX_PWSH names no PowerShell, and there is no pwsh on PATH",
        "needs root",
        "DEVBOX_PWSH_EXE names no PowerShell for Wine",
    ]
    line = str(powershell_missing(reasons, {}))
    assert line.startswith("2 tests were left out")
    assert "DEVBOX_PWSH (" in line
    assert "DEVBOX_PWSH_EXE (" in line
    assert "DEVBOX_PWSH (" not in str(powershell_missing(reasons[2:], {"DEVBOX_PWSH": "/opt/pwsh"}))
    assert powershell_missing(["needs root"], {}) is None


def pytest_over(root: Path, tmp_path: Path, reason: str, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """A run of pytest with this checkout's conftest.py, in a process for the tests as in `make test`, over tests that
    are skipped for this reason.
    """
    shutil.copy(root / "tests" / "conftest.py", tmp_path / "conftest.py")
    (tmp_path / "test_it.py").write_text(
        f'import pytest\n@pytest.mark.parametrize("n", range(3))\ndef test(n):\n    pytest.skip({reason!r})\n',
        encoding="utf-8",
    )
    source = (
        (tmp_path / "conftest.py")
        .read_text(encoding="utf-8")
        .replace("Path(__file__).resolve().parents[1]", f"Path({str(root)!r})")
    )
    (tmp_path / "conftest.py").write_text(source, encoding="utf-8")
    words = [
        "python",
        "-m",
        "pytest",
        "-ra",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(tmp_path),
        "-n",
        "1",
        str(tmp_path),
    ]
    return subprocess.run(
        words,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "DEVBOX_PWSH": "", **environ},
        timeout=120,
    )


def test_the_closing_line_is_the_last(tmp_path: Path, root: Path) -> None:
    done = pytest_over(root, tmp_path, "DEVBOX_PWSH names no PowerShell", {LEFT_OUT: "fail"})
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.rstrip().splitlines()
    assert "3 skipped" in lines[-1]
    assert len([line for line in lines if "PowerShell engine" in line]) == 1
    assert not [line for line in lines if line.startswith("SKIPPED")]


@pytest.mark.parametrize(("value", "last"), [("", "3 skipped"), ("fail", "3 failed")])
def test_where_all_is_there_nothing_is_left_out(tmp_path: Path, root: Path, value: str, last: str) -> None:
    done = pytest_over(root, tmp_path, "direnv is not installed", {LEFT_OUT: value})
    assert last in done.stdout.rstrip().splitlines()[-1], done.stdout + done.stderr
    assert "direnv is not installed" in done.stdout
