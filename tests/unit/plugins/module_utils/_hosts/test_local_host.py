"""This machine as a host: accounts, and what a new process of one has."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ansible_collections.gopher.devbox.plugins.module_utils._core.account import Account
from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import Blocked
from ansible_collections.gopher.devbox.plugins.module_utils._formats import shellenv
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.accounts import LocalAccounts
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.local_host import LocalHost


def host(home: Path, **environ: str) -> LocalHost:
    return LocalHost({"HOME": str(home), "PATH": "/usr/bin:/bin", **environ}, darwin=False)


def test_the_home_is_that_of_the_environment_where_it_is_the_accounts_own(tmp_path: Path) -> None:
    own = host(tmp_path).accounts.own()
    assert own.at("/elsewhere").home == "/elsewhere"
    assert (own.home, own.own, own.elevated) == (str(tmp_path), True, os.geteuid() == 0)
    assert own.id == str(os.geteuid())
    for home in ("relative", str(tmp_path / "none")):
        assert LocalAccounts({"HOME": home}).own().home != home
    with pytest.raises(Blocked, match="This host has no account nobody-is-called-this"):
        LocalAccounts({}).named("nobody-is-called-this")


def test_a_new_process_has_what_start_files_set_and_the_session_over_it(tmp_path: Path) -> None:
    source = tmp_path / ".config/gopher-devbox/env.sh"
    source.parent.mkdir(parents=True)
    settings = shellenv.Settings({"GOPROXY": "off", "GOFLAGS": "-v"}, ("/opt/go/bin", "$PATH"))
    source.write_text(shellenv.format_source(settings))
    here = host(tmp_path, GOFLAGS="-v", GOPROXY="direct", XDG_CACHE_HOME="/cache", SECRET="s")
    scope = here.user_scope(None)
    assert scope.account is scope.session
    assert scope.environment == {
        "HOME": str(tmp_path),
        "XDG_CACHE_HOME": "/cache",
        "GOFLAGS": "-v",
        "GOPROXY": "direct",
    }
    assert scope.layers == (("shell", {"GOPROXY": "off", "GOFLAGS": "-v"}), ("process", {"GOPROXY": "direct"}))
    assert scope.path[:2] == ("/opt/go/bin", "/usr/local/sbin")
    assert scope.records == f"{tmp_path}/.local/state/gopher.devbox"
    assert scope.native == here.platform.native == here.platform[1:]
    assert (scope.owner, scope.obstacles, scope.local) == (scope.account.name, (), "")


def test_directories_and_who_reads_files(tmp_path: Path) -> None:
    here = host(tmp_path)
    account = here.accounts.own()
    assert here.written_out("~/go", None) == f"{tmp_path}/go"
    assert here.written_out("/x", None) == "/x"
    private, public = tmp_path / "private", tmp_path / "public"
    private.touch(0o600)
    public.touch()
    public.chmod(0o644)
    paths = [str(private), str(public), str(tmp_path / "new")]
    assert here.read_by_others(paths, account) == set(paths[1:])
    assert here.packages(account) == ()
    assert here.files(Account("4321", "bob", own=False)) is not None
