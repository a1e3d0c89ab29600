"""A Windows host: its accounts by what its registry says, references in directories, and when it is connected to."""

from __future__ import annotations

import typing as t

import pytest
from unit.hosts import FakeWindows
from unit.support import SID, state

from ansible_collections.gopher.devbox.plugins.module_utils._core.effective import effective
from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import Scope
from ansible_collections.gopher.devbox.plugins.module_utils._media.windows_host import WindowsHost, over, written_out

ENVIRONMENT = effective(state(Scope.USER, user={"WORK": r"D:\w"})).texts


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (r"%USERPROFILE%\go", r"C:\Users\alice\go"),
        (r"C:\x\%USERNAME%", r"C:\x\alice"),
        (r"%SystemDrive%\100%", r"C:\100%"),
        (r"%WORK%", r"D:\w"),
        (r"C:\a%20b%20c", r"C:\a%20b%20c"),
    ],
)
def test_references_are_written_out_wherever_they_stand(given: str, expected: str) -> None:
    assert written_out(given, ENVIRONMENT) == expected


@pytest.mark.parametrize("text", [r"%NOWHERE%\go", r"C:\x\%NOWHERE%", r"%USERPROFILE%\%NOWHERE%"])
def test_one_that_nothing_sets_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"refers to %NOWHERE%, which nothing sets for that user"):
        written_out(text, ENVIRONMENT)


def test_an_account_is_read_once_and_the_host_is_closed() -> None:
    windows, connected = FakeWindows(), []

    def connect() -> FakeWindows:
        connected.append(windows)
        return windows

    def run(params: t.Mapping[str, t.Any], host: WindowsHost, *_modes: bool) -> dict[str, t.Any]:
        assert not connected
        own = host.accounts.own()
        scope = host.user_scope(params["user"])
        assert host.user_scope(params["user"]) is scope
        assert (own.id, own.own, scope.owner, scope.account.home) == (SID, True, SID, r"C:\Users\alice")
        assert scope.local == r"C:\Users\alice\AppData\Local"
        assert host.written_out(r"C:\plain", None) == r"C:\plain"
        return {"asked": len(windows.scripts)}

    asked = over(run)({"user": None}, connect, False, False)["asked"]
    assert (len(connected), windows.closed) == (1, True)
    assert asked == len(windows.scripts) == 1


def test_a_host_that_is_not_needed_is_not_connected_to() -> None:
    def never() -> t.Any:
        raise AssertionError

    assert over(lambda _params, _host, *_modes: {})({}, never, False, False) == {}


def test_another_account_is_known_by_its_sid() -> None:
    other = SID[:-4] + "1009"
    windows = FakeWindows()
    windows.set(rf"HKEY_USERS\{other}\Environment", TEMP=("REG_SZ", "x"))
    windows.set(
        rf"HKEY_USERS\{other}\Volatile Environment",
        USERNAME=("REG_SZ", "bob"),
        USERDOMAIN=("REG_SZ", "HOST"),
        USERPROFILE=("REG_SZ", r"C:\Users\bob"),
    )
    host = WindowsHost(lambda: windows)
    account = host.accounts.named(other)
    assert (account.id, account.own, account.home) == (other, False, r"C:\Users\bob")
    assert host.accounts.ordinary() is None
