# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The README's way from a clone to a change and back, command by command as it is printed, in a home and a directory of
their own.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FENCE = re.compile(r"^```(sh|yaml)\n(.*?)^```", re.MULTILINE | re.DOTALL)
OF_AN_ENVIRONMENT = ("python3 -m venv", ". .venv/", "pip install")
NOTHING_OF_OURS = ("ANSIBLE_", "GO", "XDG_", "PYTHONPATH", "VIRTUAL_ENV", "BASH_ENV", "ZDOTDIR")


def section(root: Path, heading: str) -> list[tuple[str, str]]:
    """The language and the text of each block below a heading of the README."""
    text = (root / "README.md").read_text(encoding="utf-8")
    found = re.search(rf"^## {heading}\n(.*?)(?=^## )", text, re.MULTILINE | re.DOTALL)
    assert found
    return [(language, block) for language, block in FENCE.findall(found[1])]


def commands(root: Path, heading: str) -> list[str]:
    return [
        line.partition("    #")[0]
        for language, block in section(root, heading)
        if language == "sh"
        for line in block.splitlines()
    ]


class Person:
    """Somebody with a clone, and start files that they keep."""

    def __init__(self, directory: Path, checkout: Path) -> None:
        self.home, self.clone, self.elsewhere = directory / "home", directory / "clone", directory / "elsewhere"
        self.home.mkdir()
        self.elsewhere.mkdir()
        (self.home / ".bashrc").write_text("alias ll='ls -l'\n", encoding="utf-8")
        shutil.copytree(checkout, self.clone, ignore=shutil.ignore_patterns(".*", "__pycache__", "build", "results"))

    def run(self, script: str, place: Path) -> str:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(NOTHING_OF_OURS)}
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        surroundings = {
            "HOME": str(self.home),
            "PATH": path,
            "ANSIBLE_NOCOLOR": "1",
            "PYTHONNOUSERSITE": "1",
            "SHELL": "/bin/bash",
        }
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=place,
            env=kept | surroundings,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=500,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def files(self) -> dict[str, bytes]:
        """What is in the home, but for Ansible's own and the journal."""
        apart = (".ansible/", ".local/state/gopher.devbox/", ".cache/")
        found = {str(file.relative_to(self.home)): file for file in self.home.rglob("*") if file.is_file()}
        return {name: file.read_bytes() for name, file in found.items() if not name.startswith(apart)}


def changed(output: str) -> int:
    return int(re.findall(r"changed=(\d+)", output)[-1])


def walk(person: Person, root: Path, install: list[str], before: str = "") -> None:
    """Install, and go through the quick start, somewhere else than in the clone."""
    person.run("\n".join(install), person.clone)
    [(_yaml, text)] = [block for block in section(root, "Quick start") if block[0] == "yaml"]
    (person.elsewhere / "local.yml").write_text(text, encoding="utf-8")
    check, apply, restore = (before + command for command in commands(root, "Quick start"))
    mine = person.files()
    assert changed(person.run(check, person.elsewhere)) == 1
    assert person.files() == mine
    assert changed(person.run(apply, person.elsewhere)) == 1
    assert b"goproxy.cn" in b"".join(person.files().values())
    assert (person.home / "go" / "bin").is_dir()
    assert changed(person.run(apply, person.elsewhere)) == 0
    assert changed(person.run(restore, person.elsewhere)) == 1
    assert person.files() == mine


def test_from_a_clone_to_a_change_and_back(tmp_path: Path, root: Path) -> None:
    """With the ansible-core that runs the tests in place of the one that pip would install."""
    install = commands(root, "Install")
    own = [line for line in install if not line.startswith(OF_AN_ENVIRONMENT)]
    assert len(own) == len(install) - len(OF_AN_ENVIRONMENT) == 2
    assert not any("make" in line for line in install)
    person = Person(tmp_path, root)
    walk(person, root, own)
    person.run(
        "\n".join(own), person.clone
    )  # after a change of the clone: the artifact and the collection are there already
    installed = person.home / ".ansible" / "collections" / "ansible_collections" / "gopher" / "devbox"
    assert not [name for name in ("tests", "build", "demo", "Makefile", ".venv") if (installed / name).exists()]


@pytest.mark.thorough
@pytest.mark.timeout(900)
def test_with_an_environment_of_its_own(tmp_path: Path, root: Path) -> None:
    """Every line of it, pip's too: what requirements.txt names is enough, and what pip chooses is no release
    candidate.
    """
    person = Person(tmp_path, root)
    python = Path(sys.executable).resolve()
    (person.home / "bin").mkdir()
    (person.home / "bin" / "python3").symlink_to(python)
    path = 'PATH="$HOME/bin:$PATH"'
    activate = f". {person.clone}/.venv/bin/activate\n"
    walk(person, root, [path, *commands(root, "Install")], activate)
    version = person.run(
        activate + "python3 -c 'import ansible.release; print(ansible.release.__version__)'", person.elsewhere
    ).strip()
    assert re.fullmatch(r"[\d.]+", version), version
