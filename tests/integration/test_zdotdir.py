# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wherever a person's zshenv leads zsh, real zsh sees the variables: interactive, login and plain; and what was written
goes again.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from ansible_collections.gopher.devbox.plugins.module_utils._core.converge import converge
from ansible_collections.gopher.devbox.plugins.module_utils._core.store import Outcome
from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import Goal, Validate, Wanted
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.local_host import LocalHost
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.programs import LocalPrograms
from ansible_collections.gopher.devbox.plugins.module_utils._media.rcfiles import RcStore
from ansible_collections.gopher.devbox.plugins.module_utils._media.startfile_medium import START_FILES

pytestmark = pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not here")

WANTED = Wanted(START_FILES, gopath=("/w",), variables={"GOFLAGS": "-v"}, shells=("zsh",), validate=Validate.WARN)
#: what the zshenv holds, and whether zsh itself is asked where it leads
ZSHENVS = {
    "a default": ("export ZDOTDIR=${ZDOTDIR:-$HOME/.config/zsh}\n", False),
    "in passing": (': "${ZDOTDIR:=$HOME/.config/zsh}"\n', False),
    "several": ("export EDITOR=vi ZDOTDIR=$HOME/z PAGER=less\n", False),
    "typeset": ("typeset -x ZDOTDIR=~/z\n", False),
    "unexported": ("ZDOTDIR=~/.config/zsh", False),
    "a command": ('export ZDOTDIR="$(realpath ~/z)"\n', True),
    "a condition": ("[[ -d ~/z ]] && ZDOTDIR=~/z\n", True),
    "an unmet condition": ("[[ -d ~/none ]] && ZDOTDIR=~/none\n", True),
    "a block": ("if [[ -d ~/z ]]; then\n  export ZDOTDIR=~/z\nfi\n", True),
    "a file": ("source ~/env.zsh\n", False),
    "a file, perhaps": ("[ -r ~/env.zsh ] && . ~/env.zsh\n", True),
    "a loop, with an alias for exec": (
        "alias exec=false builtin=false\nfor d in ~/none ~/z; do [[ -d $d ]] && ZDOTDIR=$d; done\n",
        True,
    ),
    "something printed": ("echo hello\nZDOTDIR=$(echo ~/z)\n", True),
}


class Host(LocalHost):
    """This one. asked: how often programs were to run."""

    asked = 0

    @property
    def programs(self) -> LocalPrograms:
        self.asked += 1
        return LocalPrograms()


class Home:
    """A home of this account, for as long as a test."""

    def __init__(self, place: Path) -> None:
        self.place = place
        (place / "z").mkdir()
        (place / "env.zsh").write_text("ZDOTDIR=$HOME/z\n")
        self.asked = 0

    def run(self, wanted: Wanted, check_mode: bool = False) -> Outcome:
        host = Host({"HOME": str(self.place)}, darwin=False)
        done = converge(RcStore(host, host.accounts.own()), wanted, check_mode)
        self.asked += host.asked
        return done

    def seen(self, *words: str) -> str:
        """GOFLAGS as a zsh that is started from nothing has it."""
        environment = {"HOME": str(self.place), "PATH": "/usr/bin:/bin", "TERM": "dumb"}
        done = subprocess.run(
            ["zsh", *words, "-c", 'print -r -- "=$GOFLAGS"'],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
        return done.stdout.rpartition("=")[2].strip()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.mark.parametrize("kind", ZSHENVS)
def test_the_hook_goes_where_a_fresh_zsh_reads_it(home: Home, kind: str) -> None:
    text, asks = ZSHENVS[kind]
    (home.place / ".zshenv").write_text(text)
    before = {path: path.read_bytes() for path in home.place.rglob("*") if path.is_file()}
    home.run(WANTED._replace(verify=False), check_mode=True)
    assert bool(home.asked) is asks
    outcome = home.run(WANTED)
    assert not [
        finding
        for finding in outcome.findings
        if finding.id in ("shell_value_differs", "shell_not_checked", "zdotdir_unknown")
    ]
    assert [home.seen(*words) for words in ((), ("-l",), ("-i",), ("-l", "-i"))] == ["-v"] * 4
    written = {change.name for change in outcome.plan.changes}
    leads = home.place / (".config/zsh" if "config/zsh" in text else "" if "unmet" in kind else "z")
    assert {f"{home.place}/.zshenv", f"{leads}/.zprofile"} <= written
    assert not home.run(WANTED).changed
    home.run(WANTED._replace(goal=Goal.ABSENT, gopath=None, variables={}, shells=None))
    after = {path: path.read_bytes() for path in home.place.rglob("*") if path.is_file() and ".local" not in path.parts}
    assert after == before


def test_a_zshenv_that_does_not_end_is_told(home: Home) -> None:
    (home.place / ".zshenv").write_text("sleep 60\nZDOTDIR=$(echo ~/z)\n")
    outcome = home.run(WANTED._replace(verify=False), check_mode=True)
    (finding,) = [finding for finding in outcome.findings if finding.id == "zdotdir_unknown"]
    assert "no answer within two seconds" in finding.message
    assert f"{home.place}/.zprofile" in finding.message


def test_a_zshenv_that_asks_gets_no_input(home: Home) -> None:
    (home.place / ".zshenv").write_text("read -r dir || dir=~/z\nZDOTDIR=$(echo $dir)\n")
    outcome = home.run(WANTED._replace(verify=False))
    assert f"{home.place}/z/.zprofile" in {change.name for change in outcome.plan.changes}
