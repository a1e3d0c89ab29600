"""A distro as a host: its accounts, its programs, its user scope, by the /bin/sh of this host."""

from __future__ import annotations

from pathlib import Path

import pytest
from unit.distros import Dash, host_of
from unit.files_contract import needs_root

from ansible_collections.gopher.devbox.plugins.module_utils._core.account import Account
from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import Blocked
from ansible_collections.gopher.devbox.plugins.module_utils._formats.shellenv import Settings, format_source
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.programs import HOME_OF_ITS_OWN, Command


@needs_root
def test_accounts_are_those_of_the_distro(tmp_path: Path) -> None:
    host = host_of(Dash(tmp_path))
    own = host.accounts.own()
    assert (own.name, own.elevated, own.own, own.home) == ("root", True, True, str(tmp_path))
    assert host.accounts.named(None) == host.accounts.named("root") == own
    with pytest.raises(Blocked, match="here has no account nobody-there"):
        host.accounts.named("nobody-there")
    ordinary = host.accounts.ordinary()
    assert ordinary is not None
    assert (ordinary.name, ordinary.own, ordinary.elevated) == ("nobody", False, False)
    assert host.platform.family == "posix"
    assert host.platform.os == "linux"
    assert host.platform.arch


@needs_root
def test_programs_run_as_whom_they_are_to(tmp_path: Path) -> None:
    host = host_of(Dash(tmp_path))
    own, nobody = host.accounts.own(), host.accounts.ordinary()
    assert nobody is not None
    environment = {"HOME": HOME_OF_ITS_OWN, "A": "it's", "PATH": "/usr/bin:/bin"}
    line = 'id -un; echo "$A"; cat "$HOME/x"; touch "$HOME/y" && echo may'
    command = Command(("/bin/sh", "-c", line), environment, own, {"x": b"there\n"})
    found = host.programs.run_all([command, command._replace(account=nobody)])
    assert [done and done.stdout.decode().split("\n")[:4] for done in found] == [
        ["root", "it's", "there", "may"],
        ["nobody", "it's", "there", "may"],
    ]
    assert host.programs.run_all([]) == []


def test_what_can_be_run_and_what_others_can_write(tmp_path: Path) -> None:
    place = tmp_path / "bin"
    place.mkdir()
    go = place / "go"
    go.write_text("#!/bin/sh\n")
    programs = host_of(Dash(tmp_path)).programs
    assert not programs.is_program(str(go))
    go.chmod(0o755)
    host = host_of(Dash(tmp_path))
    assert host.programs.is_program(str(go))
    assert not host.programs.is_program(str(place))
    host.files().look([str(place)])
    paths = [str(go), str(place), str(tmp_path)]
    before = host.programs.writable_by_others(paths)
    go.chmod(0o777)
    assert host_of(Dash(tmp_path)).programs.writable_by_others(paths)
    assert host.programs.writable_by_others(paths) is before, "what was looked at is known"


def test_the_user_scope_is_what_start_files_say(tmp_path: Path) -> None:
    source = tmp_path / ".config/gopher-devbox/env.sh"
    source.parent.mkdir(parents=True)
    source.write_text(format_source(Settings({"GOPROXY": "off"}, ("/w/bin", "$PATH"))))
    host = host_of(Dash(tmp_path))
    assert host.environ == {}, "nothing was asked yet"
    scope = host.user_scope(None)
    assert isinstance(scope.account, Account)
    assert scope.environment["GOPROXY"] == "off"
    assert scope.path[0] == "/w/bin"
    assert scope.records == f"{tmp_path}/.local/state/gopher.devbox"
    assert host.environ["HOME"] == str(tmp_path)
    assert host.written_out("~/go", None) == f"{tmp_path}/go"
    assert (host.references("$X"), host.packages(scope.account)) == ([], ())
    assert host.read_by_others([str(source), str(tmp_path / "new")], scope.account) == {
        str(source),
        str(tmp_path / "new"),
    }
