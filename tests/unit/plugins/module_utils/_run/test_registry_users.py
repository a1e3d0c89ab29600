"""go_registry for every user of a host."""

from __future__ import annotations

import typing as t

import pytest
from unit.hosts import PROFILES, FakeWindows
from unit.support import SID

from ansible_collections.gopher.devbox.plugins.module_utils._media.windows_host import over
from ansible_collections.gopher.devbox.plugins.module_utils._run import registry

BOB, EVE, WANG = (f"{SID[:-4]}{number}" for number in (1004, 1009, 1010))
FILE, TEMPLATE = r"C:\Users\bob\NTUSER.DAT", r"C:\Users\Default\NTUSER.DAT"
GOPATH = r"%USERPROFILE%\go"


@pytest.fixture
def host() -> FakeWindows:
    host = FakeWindows()
    host.set(f"{PROFILES}\\{SID}", ProfileImagePath=("REG_SZ", r"C:\Users\alice"))
    host.profile(BOB, r"C:\Users\bob")
    host.profile(EVE, r"C:\Users\eve")
    host.template()
    for sid in ("S-1-5-18", "S-1-5-80-1-2", f"{EVE}.bak"):
        host.set(f"{PROFILES}\\{sid}", ProfileImagePath=("REG_SZ", r"C:\Windows\x"))
    return host


def run(host: FakeWindows, *, check: bool = False, **options: t.Any) -> dict[str, t.Any]:
    params = {name: spec.get("default") for name, spec in registry.ARGUMENT_SPEC.items()}
    params.update({"scope": "user", "user": "all", "gopath": [GOPATH], "verify": False}, **options)
    return over(registry.run)(params, lambda: host, check, True)


def test_each_and_then_none(host: FakeWindows) -> None:
    checked = run(host, check=True)
    assert checked["changed"]
    assert "GOPATH" not in host.hives[FILE]["Environment"]
    result = run(host)
    assert [(one["user"], one["sid"]) for one in result["users"]] == [
        (r"HOST\alice", SID),
        ("bob", BOB),
        ("eve", EVE),
        ("default_user", ""),
    ]
    assert [one["changed"] for one in result["users"]] == [True] * 4
    assert len(result["diff"]) == 4
    for file in (FILE, r"C:\Users\eve\NTUSER.DAT", TEMPLATE):
        assert host.hives[file]["Environment"]["GOPATH"][1] == GOPATH
    assert not host.mounted
    again = run(host)
    assert not again["changed"]
    assert again["diff"] == [] or all(not part["before"] and not part["after"] for part in again["diff"])


@pytest.mark.parametrize("state", ["absent", "restored"])
def test_back(host: FakeWindows, state: str) -> None:
    before = {file: dict(keys["Environment"]) for file, keys in host.hives.items()}
    run(host)
    assert run(host, state=state, gopath=None)["changed"]
    assert {file: keys["Environment"] for file, keys in host.hives.items()} == before


def test_readings_go_together(host: FakeWindows) -> None:
    run(host)
    host.scripts.clear()
    run(host)
    assert len([script for script in host.scripts if "reg.exe load" in script]) < 3
    assert len(host.scripts) <= 4


def test_one_failure_stops_nobody_else(host: FakeWindows) -> None:
    host.damaged.add(FILE)
    result = run(host)
    assert (result["failed"], result["changed"]) == (True, True)
    assert [bool(one.get("failed")) for one in result["users"]] == [False, True, False, False]
    assert "1 of 4" in result["msg"]
    assert "bob" in result["msg"]


def test_a_hive_that_stays_loaded_is_one_users_failure(host: FakeWindows) -> None:
    host.busy = 1
    result = run(host)
    assert [bool(one.get("failed")) for one in result["users"]] == [False, True, False, False]
    assert "hive_not_unloaded" in [finding["id"] for finding in result["findings"]]


def test_who_is_left_out(host: FakeWindows) -> None:
    host.profile(WANG, "C:\\Users\\王小明", CentralProfile=("REG_SZ", r"\\server\p\wang"))
    host.set(f"{PROFILES}\\{EVE}", State=("REG_DWORD", "0x1"))
    del host.hives[FILE]
    result = run(host)
    assert not result.get("failed"), result
    assert [one["sid"] for one in result["users"]] == [SID, ""]
    found = {(finding["id"], finding["subject"], finding["severity"]) for finding in result["findings"]}
    assert found == {
        ("mandatory_profile", EVE, "warning"),
        ("roaming_profile", WANG, "warning"),
        ("profile_without_hive", BOB, "warning"),
    }


def test_without_rights_others_fail(host: FakeWindows) -> None:
    host.elevated = False
    result = run(host)
    assert [bool(one.get("failed")) for one in result["users"]] == [False, True, True, True]


@pytest.mark.parametrize("page", [936, 437])
def test_other_pages(page: int) -> None:
    host = FakeWindows(page)
    host.profile(BOB, r"C:\Users\bob")
    host.template()
    assert run(host)["changed"]


def test_options_are_judged_first(host: FakeWindows) -> None:
    assert run(host, gopath=["relative"])["failed"]
    assert not host.scripts
    assert "user is given" in run(host, scope="machine")["msg"]


def test_nothing_is_made_in_the_template(host: FakeWindows) -> None:
    result = run(host, create_directories=True, gopath=[GOPATH])
    assert not result.get("failed"), result
    made = [change["name"] for change in result["changes"] if change["after"] == "directory"]
    assert any(path.startswith(r"C:\Users\bob\go") for path in made)
    assert not any(path.startswith(r"C:\Users\Default") for path in made)
    assert [item["user"] for item in result["findings"] if item["id"] == "directory_of_new_users"] == ["default_user"]


def test_a_template_without_its_hive_is_left_out(host: FakeWindows) -> None:
    del host.hives[TEMPLATE]
    result = run(host)
    assert not result.get("failed"), result
    assert [one["sid"] for one in result["users"]] == [SID, BOB, EVE]
    one = run(host, scope="default_user", user=None)
    assert "template of new users" in one["msg"]
    assert "signed in" not in one["msg"]


def test_a_sid_that_no_profile_has_is_told_with_those_there_are(host: FakeWindows) -> None:
    result = run(host, user=f"{SID}9")
    assert [finding["id"] for finding in result["findings"]] == ["unknown_account"]
    assert f"This host has no profile of {SID}9" in result["msg"]
    assert f"bob ({BOB})" in result["msg"]


MACHINE: dict[str, t.Any] = {"scope": "machine", "user": None, "gopath": [r"C:\gp"], "create_directories": True}


@pytest.mark.parametrize("file", [r"C:\GP", r"C:\GP\SRC"])
def test_a_file_in_the_way_of_a_directory_is_found_first(host: FakeWindows, file: str) -> None:
    host.in_the_way.add(file)
    for check in (True, False):
        result = run(host, **MACHINE, check=check)
        assert (result["failed"], result["changed"]) == (True, False)
        assert {finding["id"] for finding in result["findings"]} == {"file_not_writable"}
        assert f"{file.lower()} is a file" in result["msg"].lower()


def test_directories_alone_are_no_change_to_undo(host: FakeWindows) -> None:
    first = run(host, **{**MACHINE, "create_directories": False})
    host.stubborn = True
    for _time in range(2):
        failed = run(host, **MACHINE)
        assert (failed["failed"], failed["changed"]) == (True, False)
        assert "Nothing was written into the registry" in failed["msg"]
    host.stubborn = False
    made = run(host, **MACHINE)
    assert (made["changed"], made["journal"]) == (True, None)
    assert {change["after"] for change in made["changes"]} == {"directory"}
    assert run(host, **MACHINE)["changed"] is False
    back = run(host, scope="machine", user=None, gopath=None, state="restored")
    assert back["undone"] == first["journal"]
    assert run(host, scope="machine", user=None, gopath=None, state="restored")["changed"] is False


def test_all_of_a_task_is_one_change(host: FakeWindows) -> None:
    before = {file: dict(keys["Environment"]) for file, keys in host.hives.items()}
    first = run(host)
    assert {one["journal"] for one in first["users"]} == {first["journal"]}
    one = run(host, user=BOB, variables={"GOFLAGS": "-v"}, gopath=None)
    passed = run(host, state="restored", gopath=None, journal=one["journal"])
    assert not passed.get("failed"), passed
    assert [user["undone"] for user in passed["users"]] == [None, one["journal"], None, None]
    assert "GOFLAGS" not in host.hives[FILE]["Environment"]
    run(host, user=BOB, variables={"GOFLAGS": "-v"}, gopath=None)
    for state in ("checked", "done"):
        newest = run(host, state="restored", gopath=None, check=state == "checked")
        assert [user["changed"] for user in newest["users"]] == [False, True, False, False]
    last = run(host, state="restored", gopath=None)
    assert [user["undone"] for user in last["users"]] == [first["journal"]] * 4
    assert {file: keys["Environment"] for file, keys in host.hives.items()} == before
    again = run(host, state="restored", gopath=None, journal=last["journal"])
    assert [user["changed"] for user in again["users"]] == [True] * 4
    assert host.hives[TEMPLATE]["Environment"]["GOPATH"][1] == GOPATH
    unknown = run(host, state="restored", gopath=None, journal="20200101T000000Z-0123abcd")
    assert "4 of 4 users failed" in unknown["msg"]
