"""Programs of this host: several at once, in environments of their own, as the account they are for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ansible_collections.gopher.devbox.plugins.module_utils._core.account import Account
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.accounts import LocalAccounts
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.programs import (
    HOME_OF_ITS_OWN,
    Command,
    LocalPrograms,
)

ME = LocalAccounts(os.environ).own()
PATH = {"PATH": "/usr/bin:/bin"}


def shell(line: str, account: Account = ME, **environment: str) -> Command:
    return Command(("/bin/sh", "-c", line), {**PATH, **environment}, account)


def test_each_gets_its_own_environment_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOROOT", "/of/this/process")
    one, two = LocalPrograms().run_all([shell('echo "$A$GOROOT"; pwd', A="1"), shell('echo "$A"; cat; exit 3', A="2")])
    assert one is not None
    assert two is not None
    assert (one.stdout, one.rc, two.stdout, two.rc) == (b"1\n/\n", 0, b"2\n", 3)


def test_one_may_have_the_environment_of_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOROOT", "/of/this/process")
    monkeypatch.setenv("GOPATH", "/of/this/process")
    (done,) = LocalPrograms().run_all([shell('echo "$GOROOT$GOPATH"', GOPATH="+")._replace(given=True)])
    assert done is not None
    assert done.stdout == b"/of/this/process+\n"


def test_what_does_not_end_or_start_has_no_answer() -> None:
    found = LocalPrograms(patience=0.2).run_all(
        [shell("sleep 60 & wait"), Command(("/no/such/program",), PATH, ME), shell("echo ok")]
    )
    assert [item and item.stdout for item in found] == [None, None, b"ok\n"]


def test_a_home_of_its_own_is_empty_but_for_its_files_and_gone_afterwards() -> None:
    line = 'echo "$HOME"; cat "$HOME/a/b"; find "$HOME" -type f | wc -l; touch "$HOME/mine"'
    command = Command(("/bin/sh", "-c", line), {**PATH, "HOME": HOME_OF_ITS_OWN}, ME, {"a/b": b"content\n"})
    (done,) = LocalPrograms().run_all([command])
    assert done is not None
    home, content, count = done.stdout.decode().splitlines()
    assert (content, count.strip()) == ("content", "1")
    assert not Path(home).exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_root_runs_them_as_the_account_they_are_for() -> None:
    nobody = Account("65534", "nobody", group="65534", home="/nonexistent", shell="/bin/sh", own=False)
    command = Command(
        ("/bin/sh", "-c", 'id -u; id -G; touch "$HOME/mine" && echo mine'), {**PATH, "HOME": HOME_OF_ITS_OWN}, nobody
    )
    (done,) = LocalPrograms().run_all([command])
    assert done is not None
    assert done.stdout.decode().split() == ["65534", "65534", "mine"], done.stderr


def test_who_may_write(tmp_path: Path) -> None:
    place = tmp_path / "go"
    place.write_bytes(b"")
    place.chmod(0o755)
    programs = LocalPrograms()
    assert programs.is_program(str(place))
    assert not programs.is_program(str(tmp_path))
    if os.geteuid() == 0:
        assert not programs.writable_by_others([str(place)])
        os.chown(place, 65534, 0)
        assert programs.writable_by_others([str(place)])
        os.chown(place, 0, 0)
    place.chmod(0o757)
    assert programs.writable_by_others([str(place)])


def test_one_that_is_ended_is_not_waited_for_whatever_it_started() -> None:
    """A start file may leave a process behind in a session of its own that holds the pipes."""
    impatient = shell("setsid sleep 20 & echo said; sleep 20")._replace(patience=0.3)
    found = LocalPrograms().run_all([impatient, shell("echo ok")])
    assert [item and item.stdout for item in found] == [None, b"ok\n"]


def test_an_ordinary_account_has_no_rights() -> None:
    found = LocalAccounts({}).ordinary()
    assert found is not None
    assert (found.elevated, found.own) == (False, False)
