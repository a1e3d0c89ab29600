"""Users who are not signed in, and the template of new users: their hives are loaded for the time of a command."""

from __future__ import annotations

import re
import typing as t

import pytest
from unit.hosts import PROFILES, FakeWindows
from unit.support import SID, ids

from ansible_collections.gopher.devbox.plugins.module_utils._core.converge import converge
from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import Blocked, ReadError, Unfinished
from ansible_collections.gopher.devbox.plugins.module_utils._core.store import Outcome
from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import Goal, Scope, Validate, Wanted
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_live import WAITING, RegistryStore
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_medium import REGISTRY

BOB, EVE = f"{SID[:-4]}1004", f"{SID[:-4]}1009"
FILE = r"C:\Users\bob\NTUSER.DAT"
USER = Wanted(REGISTRY, Scope.USER, user=BOB, gopath=(r"%USERPROFILE%\go",), validate=Validate.WARN, verify=False)
TEMPLATE = USER._replace(scope=Scope.DEFAULT_USER, user=None)
HOME = r"HKLM\SOFTWARE\gopher\devbox\default_user"
NOW = 1_800_000_000.0


@pytest.fixture
def host() -> FakeWindows:
    host = FakeWindows()
    host.profile(BOB, r"C:\Users\bob")
    host.template()
    return host


def run(host: FakeWindows, wanted: Wanted = USER, check_mode: bool = False) -> Outcome:
    waiting = WAITING._replace(sleep=lambda _seconds: None)
    return converge(RegistryStore(host, lambda: NOW, waiting=waiting), wanted, check_mode)


def blocked(host: FakeWindows, wanted: Wanted = USER) -> list[str]:
    before = {path: dict(keys) for path, keys in host.hives.items()}
    with pytest.raises(Blocked) as raised:
        run(host, wanted)
    assert host.hives == before
    return ids(raised.value.blockers)


def environment(host: FakeWindows, file: str = FILE) -> dict[str, str]:
    return {name: data for name, (_kind, data) in host.hives[file].get("Environment", {}).items()}


@pytest.mark.parametrize("user", [BOB, BOB.lower(), "bob", "BOB", r"HOST\bob"])
def test_once_and_then_nothing(host: FakeWindows, user: str) -> None:
    outcome = run(host, USER._replace(user=user))
    assert (outcome.changed, outcome.before.sid) == (True, BOB)
    assert environment(host)["GOPATH"] == r"%USERPROFILE%\go"
    assert not host.mounted
    host.scripts.clear()
    assert not run(host, USER._replace(user=user)).changed
    assert len(host.scripts) == 3
    assert not host.mounted
    expected = ["user_by_folder"] if user.upper() != BOB else []
    assert [id for id in ids(outcome.findings) if id == "user_by_folder"] == expected


@pytest.mark.parametrize("wanted", [USER, TEMPLATE])
def test_in_four_commands(host: FakeWindows, wanted: Wanted) -> None:
    """One reads the host, one the hive, one looks up directories, one applies."""
    run(host, wanted)
    assert len(host.scripts) == 4


@pytest.mark.parametrize("wanted", [USER, TEMPLATE])
@pytest.mark.parametrize("goal", [Goal.ABSENT, Goal.RESTORED])
def test_back(host: FakeWindows, wanted: Wanted, goal: Goal) -> None:
    before = {file: dict(keys["Environment"]) for file, keys in host.hives.items()}
    run(host, wanted)
    assert run(host, wanted._replace(goal=goal)).changed
    assert {file: keys["Environment"] for file, keys in host.hives.items()} == before
    assert not run(host, wanted._replace(goal=goal)).changed


def test_check_mode_writes_nothing(host: FakeWindows) -> None:
    before = {file: {key: dict(values) for key, values in keys.items()} for file, keys in host.hives.items()}
    assert run(host, USER, check_mode=True).changed
    assert host.hives == before


def test_what_a_user_is_by_their_hive(host: FakeWindows) -> None:
    outcome = run(host)
    texts = {name: value.data for layer in outcome.after.layers for name, value in layer.variables.items()}
    assert texts["USERPROFILE"] == r"C:\Users\bob"
    assert texts["LOCALAPPDATA"] == r"C:\Users\bob\AppData\Local"


@pytest.mark.parametrize("text", ["C:\\x\n", "C:\\\ufffd"])
def test_a_doubtful_value_is_read_exactly(host: FakeWindows, text: str) -> None:
    host.hives[FILE]["Environment"]["Path"] = ("REG_SZ", text)
    run(host)
    assert environment(host)["Path"] == r"%USERPROFILE%\go\bin;" + text
    assert not host.mounted


# --- the template ----------------------------------------------------------------------------------------------------


def test_new_users_inherit_what_is_managed_and_no_history(host: FakeWindows) -> None:
    file = r"C:\Users\Default\NTUSER.DAT"
    run(host, TEMPLATE)
    assert environment(host, file)["GOPATH"] == r"%USERPROFILE%\go"
    assert [key for key in host.hives[file] if "gopher" in key] == [r"Software\gopher\devbox\user"]
    assert set(host.values(HOME)) == {"record"}
    assert host.values(HOME + r"\journal")
    host.profile(EVE, r"C:\Users\eve")
    host.hives[r"C:\Users\eve\NTUSER.DAT"] = {key: dict(values) for key, values in host.hives[file].items()}
    assert not run(host, USER._replace(user=EVE)).changed
    assert run(host, USER._replace(user=EVE, goal=Goal.ABSENT)).changed
    assert "GOPATH" not in environment(host, r"C:\Users\eve\NTUSER.DAT")
    assert "GOPATH" in environment(host, file)


def test_a_template_whose_record_was_lost_is_known_by_its_hive(host: FakeWindows) -> None:
    run(host, TEMPLATE)
    host.keys = {key: values for key, values in host.keys.items() if "gopher" not in key}
    assert run(host, TEMPLATE._replace(goal=Goal.ABSENT)).changed
    assert "GOPATH" not in environment(host, r"C:\Users\Default\NTUSER.DAT")


# --- who it is -------------------------------------------------------------------------------------------------------


def test_a_folder_of_that_name_must_be_the_only_one(host: FakeWindows) -> None:
    host.profile(EVE, r"C:\Users\bob.CORP")
    assert blocked(host, USER._replace(user="bob")) == ["hive_not_read"]
    outcome = run(host, USER._replace(user=r"CORP\bob"))
    assert outcome.before.sid == EVE


def test_a_folder_of_who_is_signed_in_is_nobody_elses(host: FakeWindows) -> None:
    file = host.profile(EVE, r"C:\Users\carol")
    host.sign_in(EVE, file, "eve")
    assert blocked(host, USER._replace(user="carol")) == ["hive_not_read"]


@pytest.mark.parametrize("sid", ["S-1-5-80-1-2", f"{EVE}.bak"])
def test_services_and_broken_profiles_are_no_users(host: FakeWindows, sid: str) -> None:
    host.set(f"{PROFILES}\\{sid}", ProfileImagePath=("REG_SZ", r"C:\Users\svc"))
    assert blocked(host, USER._replace(user="svc")) == ["hive_not_read"]


def test_a_user_who_has_signed_in_is_changed_in_their_own_hive(host: FakeWindows) -> None:
    host.sign_in(BOB, FILE, "bob")
    assert run(host).changed
    assert "GOPATH" in host.values(rf"HKU\{BOB}\Environment")
    assert not any("reg.exe load" in script for script in host.scripts)


@pytest.mark.parametrize("command", [2, 4])
def test_a_user_who_signs_in_meanwhile(host: FakeWindows, command: int) -> None:
    """Before the hive is read, or before it is written."""

    def sign_in() -> None:
        if len(host.scripts) == command:
            host.sign_in(BOB, FILE, "bob")

    host.before_load = sign_in
    assert run(host).changed
    assert host.values(rf"HKU\{BOB}\Environment")["GOPATH"][1] == r"%USERPROFILE%\go"


# --- what stands in the way ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wanted", [USER, TEMPLATE])
def test_a_filtered_token_reads_nothing_and_loads_nothing(host: FakeWindows, wanted: Wanted) -> None:
    host.elevated = False
    assert blocked(host, wanted) == ["not_elevated"]
    assert not any("reg.exe load" in script for script in host.scripts)


def test_why_a_hive_cannot_be_loaded(host: FakeWindows) -> None:
    host.held.add(FILE)
    assert blocked(host) == ["hive_in_use"]
    host.held.clear()
    host.damaged.add(FILE)
    assert blocked(host) == ["hive_damaged"]
    host.damaged.clear()
    host.privilege = False
    assert blocked(host) == ["missing_right"]
    host.privilege = True
    del host.hives[FILE]
    assert blocked(host) == ["profile_without_hive"]


def test_a_hive_that_can_no_longer_be_loaded(host: FakeWindows) -> None:
    host.before_load = lambda: host.held.update({FILE} if len(host.scripts) == 4 else ())
    assert blocked(host) == ["hive_in_use"]


@pytest.mark.parametrize("folder", [r"C:\Users\100%", r"C:\Users\a&b", r"C:\Users\x^y", r"\\server\share\bob", "bob"])
def test_a_folder_that_cannot_be_named(host: FakeWindows, folder: str) -> None:
    host.profile(EVE, folder)
    assert blocked(host, USER._replace(user=EVE)) == ["hive_not_read"]
    assert not any("reg.exe load" in script for script in host.scripts)


@pytest.mark.parametrize("page", [65001, 936])
def test_a_folder_in_chinese(page: int) -> None:
    host = FakeWindows(page)
    file = host.profile(EVE, "C:\\Users\\王小明")
    assert run(host, USER._replace(user="王小明")).changed
    assert "GOPATH" in environment(host, file)


def test_a_folder_that_the_page_cannot_print() -> None:
    host = FakeWindows(437)
    host.profile(EVE, "C:\\Users\\王小明")
    assert blocked(host, USER._replace(user=EVE)) == ["hive_not_read"]


def test_mandatory_and_roaming_profiles(host: FakeWindows) -> None:
    host.set(f"{PROFILES}\\{BOB}", State=("REG_DWORD", "0x1"))
    assert blocked(host) == ["mandatory_profile"]
    host.set(f"{PROFILES}\\{BOB}", State=("REG_DWORD", "0x0"), CentralProfile=("REG_SZ", r"\\server\profiles\bob"))
    outcome = run(host)
    assert outcome.changed
    assert "roaming_profile" in ids(outcome.findings)


# --- unloading -------------------------------------------------------------------------------------------------------


def test_a_hive_that_stays_loaded_after_reading_is_an_error(host: FakeWindows) -> None:
    host.busy = 1
    with pytest.raises(Blocked) as raised:
        run(host)
    assert ids(raised.value.blockers) == ["hive_not_unloaded"]
    (key,) = host.mounted
    assert key.replace("HKEY_USERS", "HKU") in str(raised.value)
    outcome = run(host)
    assert outcome.changed
    assert "hive_left_loaded" in ids(outcome.findings)
    assert not host.mounted


def test_a_hive_that_stays_loaded_after_a_change_is_an_error(host: FakeWindows) -> None:
    host.before_copy = lambda: setattr(host, "busy", 1)
    with pytest.raises(Unfinished) as raised:
        run(host)
    assert ids(raised.value.blockers) == ["hive_not_unloaded"]
    assert "was made" in raised.value.touched
    host.before_copy = lambda: None
    outcome = run(host)
    assert not outcome.changed
    assert not host.mounted


def test_a_failed_change_and_a_hive_that_stays(host: FakeWindows) -> None:
    host.fails = "ignored"
    host.before_copy = lambda: setattr(host, "busy", 1)
    with pytest.raises(Unfinished):
        run(host)


def test_a_living_runs_hive_is_left_loaded(host: FakeWindows) -> None:
    """What sweeps asks for its lock first, by name."""
    host.busy = 1
    with pytest.raises(Blocked):
        run(host)
    (key,) = host.mounted
    lock = f"gopher-devbox-lock-{BOB}-{key[-14:]}"
    host.locks = (lock, "gopher-devbox-lock-machine-gd000000000000")
    host.scripts.clear()
    run(host)
    swept = next(script for script in host.scripts if "gd-swept" in script)
    assert f'(if not exist "%ProgramData%\\{lock}\\" set gh0=1)' in swept
    assert "lock-machine" not in swept


def test_foreign_hives_are_never_unloaded(host: FakeWindows) -> None:
    for name in ("gopher-devbox-mine", "gopher-devbox-gd0123456789zz", "theirs"):
        host.set(rf"HKU\{name}\Environment", A=("REG_SZ", "1"))
    run(host)
    assert not any("gd-swept" in script for script in host.scripts)


def test_another_run_has_the_hive(host: FakeWindows) -> None:
    host.fails, host.holders = "locked", (f"gopher-devbox-lock-{BOB}-gd000000000000",)
    now = iter(range(0, 10_000, 20))
    waiting = WAITING._replace(sleep=lambda _seconds: None, now=lambda: float(next(now)))
    with pytest.raises(Blocked) as raised:
        converge(RegistryStore(host, lambda: NOW, waiting=waiting), USER, False)
    assert ids(raised.value.blockers) == ["scope_locked"]
    assert host.holders[0] in str(raised.value)


def test_no_command_leaves_a_hive_loaded(host: FakeWindows) -> None:
    """Every command that loads one unloads it behind all that may fail, and says when it could not."""
    run(host)
    run(host, TEMPLATE)
    loading = [script for script in host.scripts if "reg.exe load" in script]
    assert len(loading) == 4
    for script in loading:
        (key,) = set(re.findall(r'reg\.exe load "([^"]+)"', script))
        before, after = script.split("+unload")
        assert f'reg.exe unload "{key}"' in after
        assert key in before
        assert key not in after.split("-unload")[1]


def test_commands_are_short_enough(host: FakeWindows) -> None:
    run(host, USER._replace(create_directories=True, anchor=True))
    assert max(map(len, host.scripts)) < 8000


def test_a_reading_that_breaks_off(host: FakeWindows, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = host._answers

    def cut(name: str, *rest: t.Any) -> list[bytes]:
        return [] if name == "unload" else inner(name, *rest)

    monkeypatch.setattr(host, "_answers", cut)
    with pytest.raises(ReadError, match="broke off"):
        run(host)
