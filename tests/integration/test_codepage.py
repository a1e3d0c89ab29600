# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Chinese Windows, whose programs print in GBK: nothing that GBK cannot hold is ever lost or written back in doubt."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from conftest import ADMIN, CHINESE, NEW_GO, NEW_ROOT
from support import connection, go_registry, path_of, user_key
from winhost import WinHost

from ansible_collections.gopher.devbox.plugins.module_utils._run.registry import ARGUMENT_SPEC, run
from ansible_collections.gopher.devbox.plugins.plugin_utils._transports.ssh import SshTransport

pytestmark = pytest.mark.windows

Run = Callable[..., dict[str, Any]]
USER = user_key(ADMIN.sid)
FOREIGN = r"C:\工具\bin;C:\café\😀 bin;%USERPROFILE%\naïve Ā\？;C:\ȧ?"
"""GBK has é and no emoji, ï or Ā; the question marks are what others may have lost already: a full-width one is a name, the other no path."""


@pytest.fixture(scope="module")
def chinese() -> Iterator[WinHost]:
    with WinHost.start((ADMIN, CHINESE), codepage=936, ssh=True, go={NEW_GO: NEW_ROOT}) as host:
        yield host


@pytest.fixture(params=["winrm", "ssh"])
def registry(request: pytest.FixtureRequest, chinese: WinHost) -> Run:
    """One run in this process, over either connection: WinRM's shells are asked for UTF-8, an sshd's print in the host's own page."""

    def over_ssh(host: WinHost, *, check: bool = False, **options: Any) -> dict[str, Any]:
        params = {name: spec.get("default") for name, spec in ARGUMENT_SPEC.items()} | options
        return run(params, lambda: SshTransport(connection(host.ansible_vars(connection="ssh"))), check, True)

    if request.param == "ssh" and shutil.which("ssh") is None:
        pytest.skip("needs an OpenSSH client (Debian: openssh-client)")
    return over_ssh if request.param == "ssh" else go_registry


def test_chinese_paths_arrive_and_what_is_foreign_stays(chinese: WinHost, registry: Run) -> None:
    """Ours in Chinese first; then with others' characters on PATH, and ours, that GBK cannot hold: they are read exactly another way."""
    before = chinese.prefix.registry(USER)
    result = registry(chinese, scope="user", gopath=[r"C:\用户\王小明\go 工作区"], goroot=NEW_ROOT, create_directories=True)
    assert result.get("changed"), result
    assert chinese.prefix.registry(USER)["GOPATH"] == ("REG_SZ", r"C:\用户\王小明\go 工作区")
    assert path_of(chinese, USER)[:2] == [rf"{NEW_ROOT}\bin", r"C:\用户\王小明\go 工作区\bin"]
    assert chinese.prefix.unix_path(r"C:\用户\王小明\go 工作区\src").is_dir()
    assert result["after"]["GOPATH"] == r"C:\用户\王小明\go 工作区"
    chinese.prefix.set_value(USER, "Path", FOREIGN, "REG_EXPAND_SZ")
    chinese.prefix.set_value(USER, "THEIRS", "emoji 😀 é")
    wanted: dict[str, Any] = {"scope": "user", "gobin": r"C:\emoji 😀\例", "variables": {"GOPRIVATE": "café.例,😀.example"}, "verify": False}
    result = registry(chinese, **wanted)
    assert result.get("changed"), result
    stands = chinese.prefix.registry(USER)
    assert stands["Path"] == ("REG_EXPAND_SZ", rf"C:\emoji 😀\例;{FOREIGN}")
    assert stands["GOPRIVATE"] == ("REG_SZ", "café.例,😀.example")
    assert stands["THEIRS"] == ("REG_SZ", "emoji 😀 é")
    assert result["after"]["PATH"] == [r"C:\emoji 😀\例", *FOREIGN.split(";")]
    assert not registry(chinese, **wanted)["changed"]
    assert registry(chinese, scope="user", state="restored")["changed"]
    assert chinese.prefix.registry(USER)["Path"] == ("REG_EXPAND_SZ", FOREIGN)
    for name in chinese.prefix.registry(USER).keys() - before.keys():
        chinese.prefix.delete_value(USER, name)
    chinese.prefix.set_value(USER, "Path", before["Path"][1], before["Path"][0])
    chinese.prefix.delete_key(rf"HKU\{ADMIN.sid}\Software\gopher")


def test_user_with_a_chinese_name(chinese: WinHost, registry: Run) -> None:
    result = registry(chinese, check=True, scope="user", user="王小明", gopath=[r"%USERPROFILE%\go"])
    assert result.get("sid") == CHINESE.sid, result
    assert result["effective"]["GOPATH"]["value"] == r"C:\Users\王小明\go"


def test_nothing_is_written_when_no_exact_copy_can_be_read(chinese: WinHost) -> None:
    """Over ssh the page is the host's; without certutil.exe there is no exact copy, and a doubtful reading is never planned from."""
    if shutil.which("ssh") is None:
        pytest.skip("needs an OpenSSH client (Debian: openssh-client)")
    before = chinese.prefix.registry(USER)
    chinese.prefix.set_value(USER, "Path", FOREIGN, "REG_EXPAND_SZ")
    chinese.prefix.remove_program("certutil.exe")
    try:
        params = {name: spec.get("default") for name, spec in ARGUMENT_SPEC.items()} | {"scope": "user", "gobin": r"C:\mine\bin"}
        result = run(params, lambda: SshTransport(connection(chinese.ansible_vars(connection="ssh"))), False, True)
    finally:
        chinese.prefix.restore_program("certutil.exe")
    assert result["failed"]
    assert "certutil" in result["msg"]
    assert chinese.prefix.registry(USER)["Path"] == ("REG_EXPAND_SZ", FOREIGN)
    chinese.prefix.set_value(USER, "Path", before["Path"][1], before["Path"][0])
