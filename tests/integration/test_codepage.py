# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Chinese Windows, whose programs print in GBK: nothing that GBK cannot hold is ever lost or written back in
doubt.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from conftest import ADMIN, CHINESE, NEW_GO, NEW_ROOT
from support import connection, go_registry, path_of, user_key
from winhost import WinHost

from ansible_collections.gopher.devbox.plugins.module_utils._media.windows_host import over
from ansible_collections.gopher.devbox.plugins.module_utils._run import registry
from ansible_collections.gopher.devbox.plugins.module_utils._run.registry import ARGUMENT_SPEC
from ansible_collections.gopher.devbox.plugins.plugin_utils._transports.ssh import SshTransport

run = over(registry.run)

pytestmark = pytest.mark.windows

Run = Callable[..., dict[str, Any]]
USER = user_key(ADMIN.sid)
FOREIGN = r"C:\工具\bin;C:\café\😀 bin;%USERPROFILE%\naïve Ā\？;C:\ȧ?"
"""GBK has é and no emoji, ï or Ā; the question marks are what others may have lost already: a full-width one is a name, the other no path."""  # noqa: E501


@pytest.fixture(scope="module")
def chinese() -> Iterator[WinHost]:
    with WinHost.start((ADMIN, CHINESE), codepage=936, ssh=True, go={NEW_GO: NEW_ROOT}, packages=False) as host:
        yield host


def over_ssh(host: WinHost, *, check: bool = False, **options: Any) -> dict[str, Any]:
    """One run in this process; an sshd's programs print in the host's own page."""
    if shutil.which("ssh") is None:
        pytest.skip("needs an OpenSSH client (Debian: openssh-client)")
    params = {name: spec.get("default") for name, spec in ARGUMENT_SPEC.items()} | options
    return run(params, lambda: SshTransport(connection(host.ansible_vars(connection="ssh"))), check, True)


@pytest.fixture(params=["winrm", "ssh"])
def registry(request: pytest.FixtureRequest) -> Run:
    """Over either connection. WinRM's shells are asked for UTF-8, which Wine's cmd.exe obeys and its reg.exe does not:
    pages that disagree.
    """
    return over_ssh if request.param == "ssh" else go_registry


def test_what_is_foreign_stays_exactly(chinese: WinHost, registry: Run) -> None:
    """Others' characters on PATH, and ours, that GBK cannot hold: they are read exactly another way."""
    before = chinese.prefix.registry(USER)
    chinese.prefix.set_value(USER, "Path", FOREIGN, "REG_EXPAND_SZ")
    chinese.prefix.set_value(USER, "THEIRS", "emoji 😀 é")
    gopath = r"C:\用户\王小明\go 😀"
    wanted: dict[str, Any] = {
        "scope": "user",
        "gopath": [gopath],
        "variables": {"GOPRIVATE": "café.例,😀.example"},
        "verify": False,
    }
    result = registry(chinese, **wanted)
    assert result.get("changed"), result
    stands = chinese.prefix.registry(USER)
    assert stands["Path"] == ("REG_EXPAND_SZ", rf"{gopath}\bin;{FOREIGN}")
    assert stands["GOPATH"] == ("REG_SZ", gopath)
    assert stands["GOPRIVATE"] == ("REG_SZ", "café.例,😀.example")
    assert stands["THEIRS"] == ("REG_SZ", "emoji 😀 é")
    assert result["after"]["PATH"] == [rf"{gopath}\bin", *FOREIGN.split(";")]
    assert not registry(chinese, **wanted)["changed"]
    assert registry(chinese, scope="user", state="restored")["changed"]
    assert chinese.prefix.registry(USER)["Path"] == ("REG_EXPAND_SZ", FOREIGN)
    chinese.prefix.set_value(USER, "Path", before["Path"][1], before["Path"][0])
    chinese.prefix.delete_value(USER, "THEIRS")


def test_chinese_paths_come_back_exactly(chinese: WinHost) -> None:
    """In the page of the host itself, for a user whose name is Chinese."""
    wanted: dict[str, Any] = {
        "scope": "user",
        "user": "王小明",
        "gopath": [r"%USERPROFILE%\go 工作区"],
        "goroot": NEW_ROOT,
        "create_directories": True,
    }
    result = over_ssh(chinese, **wanted)
    assert result.get("changed"), result
    key = user_key(CHINESE.sid)
    assert chinese.prefix.registry(key)["GOPATH"] == ("REG_EXPAND_SZ", r"%USERPROFILE%\go 工作区")
    assert path_of(chinese, key)[:2] == [rf"{NEW_ROOT}\bin", r"%USERPROFILE%\go 工作区\bin"]
    assert chinese.prefix.unix_path(r"C:\Users\王小明\go 工作区\src").is_dir()
    assert result["effective"]["GOPATH"]["value"] == r"C:\Users\王小明\go 工作区"
    assert not over_ssh(chinese, **wanted)["changed"]


def test_nothing_is_written_when_no_exact_copy_can_be_read(chinese: WinHost) -> None:
    """Over ssh the page is the host's; without certutil.exe there is no exact copy, and a doubtful reading is never
    planned from.
    """
    before = chinese.prefix.registry(USER)
    chinese.prefix.set_value(USER, "Path", FOREIGN, "REG_EXPAND_SZ")
    chinese.prefix.remove_program("certutil.exe")
    try:
        result = over_ssh(chinese, scope="user", gobin=r"C:\mine\bin")
    finally:
        chinese.prefix.restore_program("certutil.exe")
    assert result["failed"]
    assert "certutil" in result["msg"]
    assert chinese.prefix.registry(USER)["Path"] == ("REG_EXPAND_SZ", FOREIGN)
    chinese.prefix.set_value(USER, "Path", before["Path"][1], before["Path"][0])
