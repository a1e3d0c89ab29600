# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose user scope it is: by name, by domain and name, by SID; never by the name of a profile's folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from conftest import ABSENT, ADMIN, ALICE, CHINESE
from support import go_registry, go_registry_as, path_of, user_key
from winhost import Account, WinHost

pytestmark = pytest.mark.windows

SIDS = ADMIN.sid.rpartition("-")[0]
MOVED = replace(ALICE, profile=r"C:\Users\carol.CORP")
"""Once called carol, or so says the folder."""
TWICE = (
    Account("dora", "Passw0rd-dora", f"{SIDS}-1101"),
    Account("dora", "Passw0rd-dora2", "S-1-5-21-111-222-333-1102", domain="CORP", profile=r"C:\Users\dora.CORP"),
)
HOME = Account("eve", "Passw0rd-eve", f"{SIDS}-1103", profile=r"C:\Users\alice")
"""Somebody else whose folder is called alice."""


@pytest.fixture(scope="module")
def people() -> Iterator[WinHost]:
    with WinHost.start((ADMIN, MOVED, CHINESE, ABSENT, *TWICE, HOME), go=()) as host:
        yield host


def wanted(user: str | None, **options: Any) -> dict[str, Any]:
    return {"scope": "user", "user": user, "gopath": [r"%USERPROFILE%\go 工作区"], "verify": False, **options}


def test_one_user_by_every_name(people: WinHost) -> None:
    account = CHINESE
    others = {
        item.sid: people.prefix.registry(user_key(item.sid))
        for item in people.accounts
        if item.loaded and item != account
    }
    result = go_registry(people, **wanted(account.name))
    assert result.get("changed"), result
    assert result["sid"] == account.sid
    assert people.prefix.registry(user_key(account.sid))["GOPATH"] == ("REG_EXPAND_SZ", r"%USERPROFILE%\go 工作区")
    assert path_of(people, user_key(account.sid))[0] == r"%USERPROFILE%\go 工作区\bin"
    assert result["effective"]["GOPATH"]["value"] == rf"{account.home}\go 工作区"
    for name in (rf"WINHOST\{account.name}".swapcase(), rf".\{account.name}", account.sid.lower()):
        again = go_registry(people, **wanted(name))
        assert (again.get("changed"), again.get("sid")) == (False, account.sid), (name, again)
    assert others == {sid: people.prefix.registry(user_key(sid)) for sid in others}
    back = go_registry(people, scope="user", user=account.name, state="restored")
    assert back["changed"], back
    assert "GOPATH" not in people.prefix.registry(user_key(account.sid))


def test_folders_prove_nothing(people: WinHost) -> None:
    """alice's folder is eve's, and one of carol's name is alice's: whoever is signed in has their name alone."""
    unknown = go_registry(people, **wanted("nobody"))
    assert unknown["failed"]
    assert "nobody" in unknown["msg"]
    for there in (r"WINHOST\alice", r"WINHOST\ansible", r"WINHOST\王小明", r"CORP\dora"):
        assert there in unknown["msg"]
    result = go_registry(people, check=True, **wanted("alice"))
    assert result["sid"] == MOVED.sid


def test_two_of_one_name_need_the_domain(people: WinHost) -> None:
    both = go_registry(people, **wanted("dora"))
    assert both["failed"]
    assert all(account.sid in both["msg"] for account in TWICE)
    result = go_registry(people, check=True, **wanted(r"corp\DORA"))
    assert result["sid"] == TWICE[1].sid, result
    nobody = go_registry(people, **wanted(r"CORP\alice"))
    assert nobody["failed"]
    assert r"WINHOST\alice" in nobody["msg"]


def test_hive_that_is_not_loaded(people: WinHost) -> None:
    """Not by a folder of hers that is somebody else's."""
    for user in (ABSENT.sid, ABSENT.name):
        result = go_registry(people, check=True, **wanted(user))
        assert (result["changed"], result["sid"]) == (True, ABSENT.sid), result
    unknown = go_registry(people, **wanted(f"{SIDS}-1999"))
    assert unknown["failed"]
    assert f"{SIDS}-1999" in unknown["msg"]


def test_another_user_needs_an_elevated_token(people: WinHost) -> None:
    result = go_registry_as(people, MOVED, **wanted("王小明"))
    assert [finding["id"] for finding in result["findings"]] == ["not_elevated"]


def test_name_that_is_no_name(people: WinHost) -> None:
    result = go_registry(people, **wanted('a" & whoami'))
    assert result["failed"]
    assert "user" in result["msg"]
