"""Start files of a distro, by scripts: one question is enough, and a run that changes something has one script more."""

from __future__ import annotations

from pathlib import Path

import pytest
from unit.distros import Dash, host_of
from unit.files_contract import needs_root
from unit.support import make_sdk

from ansible_collections.gopher.devbox.plugins.module_utils._core.converge import Outcome, converge
from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import Goal, Scope, Validate, Wanted
from ansible_collections.gopher.devbox.plugins.module_utils._media.rc_ahead import ahead, directories
from ansible_collections.gopher.devbox.plugins.module_utils._media.rcfiles import RcStore
from ansible_collections.gopher.devbox.plugins.module_utils._media.startfile_medium import START_FILES

THEIRS = b"alias ll='ls -l'\r\n\xff\r\nPATH=$HOME/bin:$PATH\r\n"


@pytest.fixture
def shell(tmp_path: Path) -> Dash:
    (tmp_path / ".bashrc").write_bytes(THEIRS)
    (tmp_path / "dotfiles").mkdir()
    (tmp_path / "dotfiles/profile").write_bytes(b"umask 022\n")
    (tmp_path / ".profile").symlink_to("dotfiles/profile")
    return Dash(tmp_path)


def run(shell: Dash, wanted: Wanted, check_mode: bool = False) -> tuple[Outcome, int]:
    """What became of it, and how many scripts that took."""
    shell.scripts.clear()
    host = host_of(shell, ahead(wanted.scope, wanted))
    return converge(RcStore(host, host.accounts.own()), wanted, check_mode), len(shell.scripts)


def test_one_question_and_one_change(shell: Dash, tmp_path: Path) -> None:
    sdk, old = make_sdk(tmp_path / "sdk"), make_sdk(tmp_path / "old", "go1.21.13")
    one = Wanted(START_FILES, goroot=sdk, gopath=(f"{tmp_path}/w",), variables={"GOPROXY": "off"}, verify=False)
    first = one._replace(goroot=old, create_directories=True)
    for wanted, check_mode, changed, scripts in (
        (first, True, True, 1),
        (first, False, True, 2),
        (first, False, False, 1),
        (one, False, True, 2),
        (one._replace(goal=Goal.RESTORED, goroot=None, gopath=None, variables={}), False, True, 2),
        (one._replace(goal=Goal.ABSENT, goroot=None, gopath=None, variables={}), False, True, 2),
        (one._replace(goal=Goal.ABSENT, goroot=None, gopath=None, variables={}), False, False, 1),
    ):
        outcome, asked = run(shell, wanted, check_mode)
        assert (outcome.changed, asked) == (changed, scripts), (wanted, outcome.plan)
    assert (tmp_path / ".bashrc").read_bytes() == THEIRS
    assert (tmp_path / ".profile").is_symlink()
    assert (tmp_path / "dotfiles/profile").read_bytes() == b"umask 022\n"


@needs_root
@pytest.mark.parametrize("scope", [Scope.MACHINE, Scope.DEFAULT_USER])
def test_one_question_for_what_is_for_everybody(shell: Dash, scope: Scope) -> None:
    wanted = Wanted(START_FILES, scope=scope, variables={"GOPROXY": "off"}, validate=Validate.WARN)
    outcome, asked = run(shell, wanted, check_mode=True)
    assert (outcome.changed, asked) == (True, 1)


def test_shells_and_go_are_asked_by_two_scripts(shell: Dash, tmp_path: Path) -> None:
    answer = """echo '{"GOPROXY": "off"}'"""
    wanted = Wanted(START_FILES, goroot=make_sdk(tmp_path / "sdk", script=answer), variables={"GOPROXY": "off"})
    outcome, asked = run(shell, wanted._replace(shells=("sh", "bash")))
    assert (outcome.changed, asked) == (True, 4)
    assert {finding.id for finding in outcome.findings} <= {"go_writable_by_users"}


def test_the_directories_of_options() -> None:
    wanted = Wanted(START_FILES, goroot="/opt/go/", gopath=("/w",), create_directories=True, path=("/p",))
    assert directories(wanted) == ["/p", "/opt/go", "/opt/go/bin", "/w", "/w/src", "/w/pkg", "/w/bin"]
