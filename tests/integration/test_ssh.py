# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Over OpenSSH with cmd.exe as the shell, through real ansible-playbook; the sshd hands out the variables of the day it
was started.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ADMIN, CHINESE, NEW_GO, NEW_ROOT, OLD_GO, OLD_ROOT
from support import MACHINE, Playbooks, path_of, user_key
from winhost import Account, Fault, WinHost

pytestmark = [
    pytest.mark.windows,
    pytest.mark.skipif(shutil.which("ssh") is None, reason="needs an OpenSSH client (Debian: openssh-client)"),
]


@pytest.fixture(scope="module")
def sshd() -> Iterator[WinHost]:
    with WinHost.start((ADMIN, CHINESE), ssh=True, go={OLD_GO: OLD_ROOT, NEW_GO: NEW_ROOT}, packages=False) as host:
        yield host


def play(
    host: WinHost, directory: Path, *tasks: dict[str, Any], account: Account | None = None
) -> list[dict[str, Any]]:
    variables = host.ansible_vars(account, connection="ssh")
    results, _done = Playbooks(directory, variables).tasks(
        [task if "vars" in task else {"gopher.devbox.go_registry": task} for task in tasks]
    )
    return results


def test_apply_again_absent(sshd: WinHost, tmp_path: Path) -> None:
    """The fresh session still has the old variables: that is told, and is no failure. AutoRun prints and changes the
    directory meanwhile.
    """
    before = path_of(sshd, MACHINE)
    flags = '"-ldflags=-s -w & 100%!^|"'
    wanted: dict[str, Any] = {
        "scope": "machine",
        "goroot": NEW_ROOT,
        "variables": {"GOPROXY": "https://goproxy.cn,direct", "GOFLAGS": flags},
    }
    shell = {"gopher.devbox.go_registry": wanted, "vars": {"ansible_shell_type": "powershell"}}
    sshd.prefix.autorun(r"echo a greeting& echo gd-arrived& cd /d C:\Users")
    try:
        first, again, absent, refused = play(
            sshd, tmp_path, wanted, wanted, {"scope": "machine", "state": "absent"}, shell
        )
    finally:
        sshd.prefix.autorun(None)
    assert not first["failed"], first
    assert first["changed"]
    assert first["after"]["GOFLAGS"] == flags
    findings = {finding["id"]: finding for finding in first["findings"]}
    assert set(findings) == {"go_value_differs"}, findings
    assert "GOPROXY" in findings["go_value_differs"]["message"]
    assert first["after"]["PATH"] == [rf"{NEW_ROOT}\bin", *before]
    assert not again["failed"]
    assert not again["changed"]
    assert absent["changed"]
    assert path_of(sshd, MACHINE) == before
    assert refused["failed"]
    assert "ansible_shell_type: cmd" in refused["msg"]


def test_account_with_a_chinese_name(sshd: WinHost, tmp_path: Path) -> None:
    wanted = {"scope": "user", "gopath": [r"%USERPROFILE%\go 工作区"], "create_directories": True, "verify": False}
    first, again, restored = play(
        sshd, tmp_path, wanted, wanted, {"scope": "user", "state": "restored"}, account=CHINESE
    )
    assert not first["failed"], first
    assert (first["changed"], again["changed"], restored["changed"]) == (True, False, True)
    assert first["sid"] == CHINESE.sid
    assert first["effective"]["GOPATH"]["value"] == r"C:\Users\王小明\go 工作区"
    assert sshd.prefix.unix_path(r"C:\Users\王小明\go 工作区\bin").is_dir()
    assert "GOPATH" not in sshd.prefix.registry(user_key(CHINESE.sid))


@pytest.mark.parametrize("kind", ["drop_before", pytest.param("drop_after", marks=pytest.mark.thorough)])
def test_a_reading_over_a_cut_connection_is_tried_once_more(sshd: WinHost, tmp_path: Path, kind: str) -> None:
    """Also where it is cut in the very first command, when Ansible would call the host unreachable; as it does when it
    is cut again.
    """
    before = path_of(sshd, MACHINE)
    wanted = {"scope": "machine", "goroot": NEW_ROOT}
    check = {"gopher.devbox.go_registry": wanted, "vars": {}, "check_mode": True}
    try:
        sshd.faults.add(Fault("Exec", kind))
        [once] = play(sshd, tmp_path, check)
        assert len(sshd.faults.fired) == 1
        assert not once["failed"], once["msg"]
        assert once["changed"]
        sshd.faults.add(Fault("Exec", kind, times=2))
        done = Playbooks(tmp_path, sshd.ansible_vars(connection="ssh")).run(playbook=str(tmp_path / "play.json"))
        assert len(sshd.faults.fired) == 3
        assert done.returncode == 4, done.stdout
        assert "UNREACHABLE" in done.stdout
    finally:
        sshd.faults.clear()
    assert path_of(sshd, MACHINE) == before
