# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Users who are not signed in, the template of new users, and all of them: by hives that are loaded for one command."""

from __future__ import annotations

import functools
import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from conftest import ADMIN
from support import go_registry, go_registry_as, running, settled, transport_to, user_key
from waiting import wait_for
from winhost import Account, Fault, WinHost, service
from winhost.hivefile import make_dirty, read_hive

from ansible_collections.gopher.devbox.plugins.module_utils._media.audit_windows import WindowsAudit
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_scripts import PLAN
from ansible_collections.gopher.devbox.plugins.module_utils._media.windows_host import over
from ansible_collections.gopher.devbox.plugins.module_utils._run import config, env, env_info, env_layers, registry

pytestmark = pytest.mark.windows

run_env = over(functools.partial(env.run, registry.ENVIRONMENT))
SIDS = ADMIN.sid.rpartition("-")[0]
BOB = Account("bob", "Passw0rd-bob", f"{SIDS}-1104", loaded=False)
WANG = Account("王小明", "Passw0rd-wang", f"{SIDS}-1105", loaded=False)
OLGA = Account("olga", "Passw0rd-olga", f"{SIDS}-1106", elevated=False, administrator=False)
GUEST = Account("kiosk", "Passw0rd-kiosk", f"{SIDS}-1107", loaded=False, profile_state=0x1)
PEOPLE = [ADMIN.sid, BOB.sid, WANG.sid, OLGA.sid]
DEFAULT = r"C:\Users\Default\NTUSER.DAT"
HOME = r"HKLM\SOFTWARE\gopher\devbox\default_user"
PROFILES = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList"
RECORD = r"Software\gopher\devbox\user"
GOPATH = r"%USERPROFILE%\go 工作区"


@pytest.fixture(scope="module")
def shared() -> Iterator[WinHost]:
    with WinHost.start((ADMIN, BOB, WANG, OLGA, GUEST), go=()) as host:
        yield host


@pytest.fixture
def box(shared: WinHost) -> Iterator[WinHost]:
    """A host whose hives are as they were at its start, before and after; nothing is left loaded by whatever is
    tested.
    """
    prefix = shared.prefix
    files = {file: file.read_bytes() for file in map(prefix.unix_path, (BOB.hive_file, WANG.hive_file, DEFAULT))}
    keys = {key: prefix.registry(key) for key in (user_key(ADMIN.sid), user_key(OLGA.sid))}
    shared.faults.clear()
    shared.counters.reset()
    yield shared
    shared.faults.clear()
    settled(shared)
    prefix.hive_busy(0)
    left, locks = loaded(shared), list(prefix.unix_path(r"C:\ProgramData").glob("gopher-devbox-lock-*"))
    put_back(shared, keys)
    for file, data in files.items():
        file.write_bytes(data)
    assert left == []
    assert locks == []


def put_back(host: WinHost, keys: dict[str, Any]) -> None:
    prefix = host.prefix
    for name in loaded(host):
        prefix.run(rf"C:\windows\system32\reg.exe unload HKU\{name}")
    for account in (BOB, WANG):
        if prefix.has_key(rf"HKU\{account.sid}"):
            prefix.sign_out(account)
    for key, values in keys.items():
        for name in prefix.registry(key):
            prefix.delete_value(key, name)
        for name, (kind, data) in values.items():
            prefix.set_value(key, name, data, kind)
    for key in ("HKLM", rf"HKU\{ADMIN.sid}", rf"HKU\{OLGA.sid}"):
        if prefix.has_key(rf"{key}\Software\gopher"):
            prefix.delete_key(rf"{key}\Software\gopher")


def wanted(**options: Any) -> dict[str, Any]:
    return {"scope": "user", "gopath": [GOPATH], "verify": False, **options}


def loaded(host: WinHost) -> list[str]:
    """The hives that this collection has left loaded."""
    said = host.prefix.run(r"C:\windows\system32\reg.exe query HKU").stdout.decode()
    return [line.strip().rpartition("\\")[2] for line in said.splitlines() if "gopher" in line]


def hive(host: WinHost, path: str) -> dict[str, dict[str, str]]:
    """The texts in a hive, read with other eyes than the product's."""
    return {
        key: {name: data.decode("utf-16-le").rstrip("\0") for name, (kind, data) in values.items() if kind in (1, 2)}
        for key, values in read_hive(host.prefix.unix_path(path)).items()
    }


def gopath(host: WinHost, path: str) -> str | None:
    return hive(host, path)["Environment"].get("GOPATH")


def ids(result: dict[str, Any]) -> list[str]:
    return [finding["id"] for finding in result.get("findings", ())]


def without_ours(tree: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    return {key: values for key, values in tree.items() if "gopher" not in key}


# --- the ladder ------------------------------------------------------------------------------------------------------

LADDER = {
    "sid": ({"user": BOB.sid}, BOB.hive_file),
    "chinese": ({"user": "王小明"}, WANG.hive_file),
    "template": ({"scope": "default_user"}, DEFAULT),
}


@pytest.mark.parametrize("who", LADDER)
def test_ladder(box: WinHost, who: str) -> None:
    options, file = LADDER[who]
    before = hive(box, file)
    data = box.prefix.unix_path(file).read_bytes()
    checked = go_registry(box, check=True, **wanted(**options))
    assert checked["changed"], checked
    assert box.prefix.unix_path(file).read_bytes() == data

    first = go_registry(box, **wanted(**options))
    assert first["changed"], first
    assert first["changes"] == checked["changes"]
    assert gopath(box, file) == GOPATH
    assert hive(box, file)["Environment"]["Path"].split(";")[0] == rf"{GOPATH}\bin"
    assert hive(box, file)["Environment"]["TEMP"] == before["Environment"]["TEMP"]
    data = box.prefix.unix_path(file).read_bytes()
    assert not go_registry(box, **wanted(**options))["changed"]
    assert box.prefix.unix_path(file).read_bytes() == data

    updated = go_registry(box, **wanted(**options, variables={"GOPROXY": "https://proxy.example,direct"}))
    assert [change["name"] for change in updated["changes"]] == ["GOPROXY"]
    assert hive(box, file)["Environment"]["GOPROXY"] == "https://proxy.example,direct"
    assert not go_registry(box, **wanted(**options, variables={"GOPROXY": "https://proxy.example,direct"}))["changed"]

    bare = {"scope": "user", **options}
    back = go_registry(box, **bare, state="restored")
    assert (back["changed"], back["undone"]) == (True, updated["journal"])
    assert "GOPROXY" not in hive(box, file)["Environment"]
    gone = go_registry(box, **bare, state="absent")
    assert gone["changed"], gone
    assert without_ours(hive(box, file)) == before
    assert not go_registry(box, **bare, state="absent")["changed"]


def test_ladder_of_all(box: WinHost) -> None:
    files = [BOB.hive_file, WANG.hive_file, DEFAULT]
    before = [hive(box, file) for file in files]
    checked = go_registry(box, check=True, **wanted(user="all"))
    assert [one["sid"] for one in checked["users"]] == [*PEOPLE, ""]
    assert checked["changed"]
    assert [hive(box, file) for file in files] == before

    first = go_registry(box, **wanted(user="all"))
    assert not first.get("failed"), first
    assert [one["changed"] for one in first["users"]] == [True] * 5
    assert [one["user"] for one in first["users"]] == [
        r"WINHOST\ansible",
        "bob",
        "王小明",
        r"WINHOST\olga",
        "default_user",
    ]
    assert [gopath(box, file) for file in files] == [GOPATH] * 3
    for sid in (ADMIN.sid, OLGA.sid):
        assert box.prefix.registry(user_key(sid))["GOPATH"] == ("REG_EXPAND_SZ", GOPATH)
    assert len(first["diff"]) == 5
    left_out = [finding for finding in first["findings"] if finding["id"] == "mandatory_profile"]
    assert [finding["subject"] for finding in left_out] == [GUEST.sid]

    box.prefix.set_value(user_key(OLGA.sid), "GOPATH", r"C:\other")
    updated = go_registry(box, **wanted(user="all"))
    assert [one["changed"] for one in updated["users"]] == [False, False, False, True, False]
    back = go_registry(box, scope="user", user="all", state="restored")
    assert back["changed"], back
    assert box.prefix.registry(user_key(OLGA.sid))["GOPATH"][1] == r"C:\other"
    gone = go_registry(box, scope="user", user="all", state="absent", force=True)
    assert not gone.get("failed"), gone
    assert [without_ours(hive(box, file)) for file in files] == before


def test_bad_arguments(box: WinHost) -> None:
    for options in ({"scope": "machine", "user": "all"}, {"scope": "default_user", "user": BOB.sid}):
        result = go_registry(box, **{"gopath": [r"C:\gopath"], **options})
        assert result["failed"]
        assert "user is given" in result["msg"]


def test_what_it_costs(box: WinHost, monkeypatch: pytest.MonkeyPatch) -> None:
    """One command reads the host, one the hive, one looks up directories, one applies."""
    monkeypatch.setattr(service, "GATHER", 10.0)
    box.counters.reset()
    assert go_registry(box, **wanted(user=BOB.sid))["changed"]
    assert sum(box.counters.actions.values()) == 11
    box.counters.reset()
    assert not go_registry(box, **wanted(user=BOB.sid))["changed"]
    assert sum(box.counters.actions.values()) == 8


def test_all_are_read_in_few_commands(box: WinHost) -> None:
    go_registry(box, **wanted(user="all"))
    box.counters.reset()
    assert not go_registry(box, **wanted(user="all"))["changed"]
    assert box.counters.actions["Command"] <= 4


# --- who it is -------------------------------------------------------------------------------------------------------


def test_a_folder_that_is_not_the_only_one_of_its_name(box: WinHost) -> None:
    key = rf"{PROFILES}\{SIDS}-1999"
    box.prefix.set_value(key, "ProfileImagePath", r"C:\Users\bob.CORP", "REG_EXPAND_SZ")
    try:
        result = go_registry(box, **wanted(user="bob"))
    finally:
        box.prefix.delete_key(key)
    assert result["failed"]
    assert ids(result) == ["hive_not_read"]
    assert all(sid in result["msg"] for sid in (BOB.sid, f"{SIDS}-1999"))


def test_without_an_elevated_token_nothing_is_read(box: WinHost) -> None:
    for options in ({"user": BOB.sid}, {"scope": "default_user"}):
        result = go_registry_as(box, OLGA, **wanted(**options))
        assert ids(result) == ["not_elevated"], result
    assert gopath(box, BOB.hive_file) is None


def test_a_user_who_signs_in_between_reading_and_writing(box: WinHost) -> None:
    homes: list[str] = []
    box.faults.before("Command", lambda: homes.append(box.prefix.sign_in(BOB)), saying=PLAN)
    result = go_registry(box, **wanted(user=BOB.sid))
    assert not box.faults.errors
    assert homes == [BOB.home], "a temporary profile"
    assert result["changed"], result
    assert box.prefix.registry(user_key(BOB.sid))["GOPATH"] == ("REG_EXPAND_SZ", GOPATH)
    assert not go_registry(box, **wanted(user=BOB.sid))["changed"]
    box.prefix.sign_out(BOB)
    assert gopath(box, BOB.hive_file) == GOPATH


def test_a_user_who_signs_in_afterwards_has_it(box: WinHost) -> None:
    go_registry(box, **wanted(user=BOB.sid))
    assert box.prefix.sign_in(BOB) == BOB.home
    result = go_registry(box, **wanted(user="bob"))
    assert not result["changed"], result
    assert ids(result) == []
    assert go_registry(box, scope="user", user="bob", state="absent")["changed"]


def test_a_new_user_inherits_what_is_managed(box: WinHost) -> None:
    """Windows makes a profile by copying the template."""
    before = hive(box, DEFAULT)
    go_registry(box, **wanted(scope="default_user"))
    assert list(hive(box, DEFAULT)[RECORD]) == ["record"]
    assert rf"{RECORD}\journal" not in hive(box, DEFAULT)
    assert box.prefix.registry(rf"{HOME}\journal")
    prefix = box.prefix
    shutil.copyfile(prefix.unix_path(DEFAULT), prefix.unix_path(BOB.hive_file))
    assert not go_registry(box, **wanted(user=BOB.sid))["changed"]
    gone = go_registry(box, scope="user", user=BOB.sid, state="absent")
    assert gone["changed"], gone
    assert without_ours(hive(box, BOB.hive_file)) == before
    assert gopath(box, DEFAULT) == GOPATH


def test_machine_template_and_all(box: WinHost) -> None:
    """One after the other: none takes away what another one set."""
    assert go_registry(box, scope="machine", variables={"GOTOOLCHAIN": "local"}, verify=False)["changed"]
    assert go_registry(box, **wanted(scope="default_user"))["changed"]
    rest = go_registry(box, **wanted(user="all"))
    assert [one["changed"] for one in rest["users"]] == [True] * 4 + [False]
    assert rest["users"][1]["effective"]["GOPATH"]["value"] == rf"{BOB.home}\go 工作区"
    go_registry(box, scope="machine", state="absent")


# --- other modules ---------------------------------------------------------------------------------------------------


def go_env(host: WinHost, **options: Any) -> dict[str, Any]:
    params = {name: spec.get("default") for name, spec in env_layers.ARGUMENT_SPEC.items()} | options
    return run_env(params, lambda: transport_to(host), False, True)


def test_go_env_file_of_a_user_who_is_not_signed_in(box: WinHost) -> None:
    params = {name: spec.get("default") for name, spec in config.ARGUMENT_SPEC.items()}
    params |= {"user": BOB.sid, "variables": {"GOPROXY": "off"}, "gobin": r"%USERPROFILE%\go\bin", "verify": False}
    result = over(config.run)(params, lambda: transport_to(box), False, True)
    assert result["changed"], result
    file = box.prefix.unix_path(rf"{BOB.home}\AppData\Roaming\go\env")
    assert file.read_text().splitlines() == [rf"GOBIN={BOB.home}\go\bin", "GOPROXY=off"]
    assert loaded(box) == []
    params |= {"state": "absent", "variables": None, "gobin": None}
    assert over(config.run)(params, lambda: transport_to(box), False, True)["changed"]
    assert not file.exists()


def test_layers_of_go_env(box: WinHost) -> None:
    layers = [
        {"mode": "machine", "variables": {"GOTOOLCHAIN": "local"}},
        {"mode": "default_user", "gopath": [GOPATH]},
        {"mode": "user", "user": BOB.sid, "gopath": [GOPATH], "config": {"GOPROXY": "off"}},
    ]
    result = go_env(box, layers=layers, verify=False)
    assert result.get("changed"), result
    assert gopath(box, DEFAULT) == GOPATH
    assert gopath(box, BOB.hive_file) == GOPATH
    again = go_env(box, layers=layers, verify=False)
    assert again.get("changed") is False, again
    bare = [{"mode": layer["mode"], "user": layer.get("user")} for layer in layers]
    undone = go_env(box, layers=bare, state="restored", verify=False)
    assert undone.get("changed"), undone
    assert gopath(box, DEFAULT) is gopath(box, BOB.hive_file) is None
    once_more = go_env(box, layers=bare, state="restored", journal=undone["undone"], verify=False)
    assert once_more.get("changed") is False, once_more
    assert go_env(box, layers=layers, verify=False).get("changed")
    assert gopath(box, DEFAULT) == gopath(box, BOB.hive_file) == GOPATH
    back = go_env(box, layers=bare, state="absent")
    assert back.get("changed"), back
    assert gopath(box, DEFAULT) is None
    assert gopath(box, BOB.hive_file) is None
    go_env(box, layers=[{"mode": "user", "user": BOB.sid, "config": {"GOPROXY": None}}])


def test_an_audit_of_a_user_who_is_not_signed_in(box: WinHost) -> None:
    go_registry(box, **wanted(user=BOB.sid))
    params = {name: spec.get("default") for name, spec in env_info.ARGUMENT_SPEC.items()} | {"user": BOB.sid}
    result = over(functools.partial(env_info.run, WindowsAudit))(params, lambda: transport_to(box), False, False)
    assert not result.get("failed"), result
    assert GOPATH in json.dumps(result["audit"], ensure_ascii=False).replace(r"\\", "\\")
    assert loaded(box) == []


# --- what stands in the way ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spoil", ["dirty", "cut"])
def test_a_damaged_hive(box: WinHost, spoil: str) -> None:
    file = box.prefix.unix_path(BOB.hive_file)
    make_dirty(file) if spoil == "dirty" else file.write_bytes(file.read_bytes()[:5000])
    data = file.read_bytes()
    result = go_registry(box, **wanted(user=BOB.sid))
    assert (result["failed"], ids(result)) == (True, ["hive_damaged"])
    rest = go_registry(box, **wanted(user="all"))
    assert rest["failed"]
    assert rest["changed"]
    assert "1 of 5" in rest["msg"]
    assert "bob: " in rest["msg"]
    assert [one["changed"] for one in rest["users"]] == [True, False, True, True, True]
    assert file.read_bytes() == data


def test_a_hive_that_is_read_only(box: WinHost) -> None:
    file = box.prefix.unix_path(BOB.hive_file)
    file.chmod(0o444)
    result = go_registry(box, **wanted(user=BOB.sid))
    file.chmod(0o644)
    assert (result["failed"], ids(result)) == (True, ["hive_not_writable"])
    assert f"{BOB.hive_file} cannot be loaded, because it cannot be written: it is read-only." in result["msg"]


def test_who_cannot_be_written_is_left_out(box: WinHost) -> None:
    """A profile disk that is not attached, and a copy of a roaming profile."""
    box.prefix.unix_path(BOB.hive_file).unlink()
    box.prefix.set_value(rf"{PROFILES}\{WANG.sid}", "CentralProfile", r"\\server\profiles\wang")
    try:
        result = go_registry(box, **wanted(user="all"))
        alone = go_registry(box, check=True, **wanted(user=WANG.sid))
    finally:
        box.prefix.delete_value(rf"{PROFILES}\{WANG.sid}", "CentralProfile")
    assert not result.get("failed"), result
    assert [one["sid"] for one in result["users"]] == [ADMIN.sid, OLGA.sid, ""]
    found = {finding["id"]: finding["subject"] for finding in result["findings"]}
    assert found["profile_without_hive"] == BOB.sid
    assert found["roaming_profile"] == WANG.sid
    assert found["mandatory_profile"] == GUEST.sid
    assert alone["changed"]
    assert "roaming_profile" in ids(alone)
    missing = go_registry(box, **wanted(user=BOB.sid))
    assert ids(missing) == ["profile_without_hive"]


# --- unloading -------------------------------------------------------------------------------------------------------


def test_a_busy_hive_is_unloaded_in_the_end(box: WinHost) -> None:
    box.prefix.hive_busy(1)
    box.faults.before("Command", lambda: box.prefix.hive_busy(1), saying=PLAN)
    result = go_registry(box, **wanted(user=BOB.sid))
    assert not box.faults.errors
    assert result["changed"], result
    assert loaded(box) == []
    assert gopath(box, BOB.hive_file) == GOPATH


def test_a_hive_that_cannot_be_unloaded(box: WinHost) -> None:
    """The next run unloads it; until then its user would get a temporary profile, so it is an error."""
    box.faults.before("Command", lambda: box.prefix.hive_busy(True), saying=PLAN)
    result = go_registry(box, **wanted(user=BOB.sid))
    assert not box.faults.errors
    assert (result["failed"], result["changed"], ids(result)) == (True, True, ["hive_not_unloaded"])
    (name,) = loaded(box)
    assert f"reg.exe unload HKU\\{name}" in result["msg"]
    box.prefix.hive_busy(0)
    again = go_registry(box, **wanted(user=BOB.sid))
    assert not again.get("failed"), again
    assert (again["changed"], ids(again)) == (False, ["hive_left_loaded"])
    assert loaded(box) == []
    assert gopath(box, BOB.hive_file) == GOPATH


def test_a_run_that_is_killed_leaves_a_hive_that_the_next_one_unloads(box: WinHost) -> None:
    """And a foreign one that nobody touches."""
    prefix = box.prefix
    prefix.run(rf'C:\windows\system32\reg.exe load HKU\gopher-mine "{WANG.hive_file}"')
    try:
        with prefix.hold_reg(PLAN) as held, ThreadPoolExecutor(1) as pool:
            first = pool.submit(go_registry, box, **wanted(user=BOB.sid))
            wait_for(held.waits, "the run does not come to its import")
            for command in running(box):
                command.interrupt()
            assert first.result()["failed"]
        assert len(loaded(box)) == 2
        result = go_registry(box, **wanted(user=BOB.sid))
        assert result["changed"], result
        assert "hive_left_loaded" in ids(result)
        assert loaded(box) == ["gopher-mine"]
    finally:
        prefix.run(r"C:\windows\system32\reg.exe unload HKU\gopher-mine")
    assert gopath(box, BOB.hive_file) == GOPATH


def test_a_hive_of_a_living_run_is_waited_for(box: WinHost) -> None:
    with box.prefix.hold_reg(PLAN) as held, ThreadPoolExecutor(2) as pool:
        first = pool.submit(go_registry, box, **wanted(user=BOB.sid))
        wait_for(held.waits, "the first run does not come to its import")
        tries: list[int] = []
        box.faults.before("Command", lambda: tries.append(len(loaded(box))), times=None, saying="reg.exe load")
        second = pool.submit(go_registry, box, **wanted(user=BOB.sid))
        wait_for(lambda: len(tries) > 2 or second.done(), "nobody waits for the lock")
        assert set(tries) == {1}, "the hive of a living run was unloaded"
        held.release()
        results = [first.result(), second.result()]
    assert [result.get("failed", False) for result in results] == [False, False], results
    assert [result["changed"] for result in results] == [True, False]


def test_a_connection_that_is_gone_in_the_middle_of_a_change(box: WinHost) -> None:
    """The command goes on, and unloads the hive itself."""

    def drop() -> None:
        box.faults.add(*(Fault(message, "drop_before", times=None) for message in ("Receive", "Signal", "Delete")))

    box.faults.before("Command", drop, saying=PLAN)
    result = go_registry(box, **wanted(user=BOB.sid))
    assert not box.faults.errors
    assert result["failed"], result
    assert BOB.hive_file in result["msg"]
    box.faults.clear()
    settled(box)
    assert loaded(box) == []
    assert gopath(box, BOB.hive_file) == GOPATH
    again = go_registry(box, **wanted(user=BOB.sid))
    assert (again["changed"], ids(again)) == (False, [])


def test_a_change_that_does_not_arrive(box: WinHost) -> None:
    before = box.prefix.unix_path(BOB.hive_file).read_bytes()
    box.faults.before("Command", lambda: box.faults.add(Fault("Send", "drop_before")), saying=PLAN)
    assert go_registry(box, **wanted(user=BOB.sid))["failed"]
    settled(box)
    assert loaded(box) == []
    assert box.prefix.unix_path(BOB.hive_file).read_bytes() == before
    assert go_registry(box, **wanted(user=BOB.sid))["changed"]
