"""The live registry store against recorded-like answers: what is no state is never planned from, and what was not
written is not said to be.
"""

from __future__ import annotations

import re
import typing as t

import pytest
from unit.hosts import HOME, MACHINE_KEY, PROFILES, USER_KEY, FakeWindows
from unit.support import NEW, OLD, SID, ids

from ansible_collections.gopher.devbox.plugins.module_utils._core.converge import converge
from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import (
    ApplyError,
    Blocked,
    CutError,
    ReadError,
    TransportError,
)
from ansible_collections.gopher.devbox.plugins.module_utils._core.store import Outcome
from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import Goal, Scope, Validate, Wanted
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_live import (
    WAITING,
    RegistryStore,
    Waiting,
)
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_medium import REGISTRY
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_pieces import continuation

MACHINE = Wanted(REGISTRY, Scope.MACHINE, goroot=NEW, variables={"GOPROXY": "https://goproxy.cn,direct"})
USER = Wanted(REGISTRY, Scope.USER, gopath=(r"%USERPROFILE%\go",), validate=Validate.WARN, verify=False)
NOW = 1_800_000_000.0  # 2027-01-15


def run(host: FakeWindows, wanted: Wanted, check_mode: bool = False) -> Outcome:
    return converge(RegistryStore(host, lambda: NOW), wanted, check_mode)


def applies(host: FakeWindows) -> int:
    return sum(1 for sent in host.sent if sent)


def untouched(host: FakeWindows, wanted: Wanted, error: type[Exception], applied: int = 0) -> t.Any:
    """What a run raises that must not have sent anything to write."""
    before = {path: dict(values) for path, values in host.keys.items()}
    with pytest.raises(error) as raised:
        run(host, wanted)
    assert applies(host) == applied
    assert host.keys == before
    return raised.value


# --- the ordinary course ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", [65001, 936, 437])
@pytest.mark.parametrize("wanted", [MACHINE, USER])
def test_once_and_then_nothing(page: int, wanted: Wanted) -> None:
    host = FakeWindows(page)
    outcome = run(host, wanted)
    assert outcome.changed
    assert applies(host) == 1
    key = MACHINE_KEY if wanted.scope is Scope.MACHINE else USER_KEY
    for name, text in wanted.named().items():
        assert host.values(key)[name][1] == text
    assert outcome.journal in host.values(HOME[wanted.scope.value] + "\\journal")
    assert not run(host, wanted).changed
    assert applies(host) == 1


def test_a_run_that_finds_all_as_wanted_reads_at_most_twice() -> None:
    host = FakeWindows()
    run(host, MACHINE._replace(verify=False))
    host.scripts.clear()
    run(host, MACHINE)
    assert len(host.scripts) <= 2


def test_check_mode_sends_nothing() -> None:
    host = FakeWindows()
    assert run(host, MACHINE, check_mode=True).changed
    assert applies(host) == 0


def test_restored_takes_it_back() -> None:
    host = FakeWindows()
    before = dict(host.values(MACHINE_KEY))
    run(host, MACHINE)
    assert run(host, Wanted(REGISTRY, Scope.MACHINE, goal=Goal.RESTORED)).changed
    assert host.values(MACHINE_KEY) == before
    assert not run(host, Wanted(REGISTRY, Scope.MACHINE, goal=Goal.RESTORED)).changed


def test_ten_changes_go_back_one_by_one() -> None:
    """Twelve were made; of the journal and the copies those go that can no longer be undone, and no others."""
    host, journal = FakeWindows(), HOME["user"] + "\\journal"
    stood = [dict(host.values(USER_KEY))]
    for number in range(12):
        run(host, USER._replace(variables={"GOFLAGS": f"-tags=t{number}"}))
        stood.append(dict(host.values(USER_KEY)))
    assert len(host.values(journal)) == 10
    restored = Wanted(REGISTRY, Scope.USER, goal=Goal.RESTORED)
    for number in range(10):
        assert run(host, restored).changed, number
        assert host.values(USER_KEY) == stood[11 - number]
    assert not run(host, restored).changed
    assert len(host.values(journal)) == 10, "of what is undone the newest ten stay"


@pytest.mark.parametrize("count", [2, 15, 40])
def test_texts_that_were_written_offline_over_several_values(count: int) -> None:
    host, home = FakeWindows(), HOME["user"]
    stood = dict(host.values(USER_KEY))
    run(host, USER)
    for key in (home, home + "\\journal"):
        [(name, (kind, text))] = host.values(key).items()
        size = -(-len(text) // count)
        parts = [text[number * size : (number + 1) * size] for number in range(count)]
        for number, part in enumerate(parts, 1):
            host.set(key, **{continuation(name, number): (kind, f"{number}/{count}<{part}>")})
    assert not run(host, USER).changed
    assert run(host, Wanted(REGISTRY, Scope.USER, goal=Goal.RESTORED)).changed
    assert host.values(USER_KEY) == stood
    assert not [name for key in (home, home + "\\journal") for name in host.values(key) if "+" in name]


def test_an_absence_without_a_record_is_told() -> None:
    host = FakeWindows()
    run(host, USER)
    for key in [key for key in host.keys if "gopher" in key]:
        del host.keys[key]
    outcome = run(host, Wanted(REGISTRY, Scope.USER, goal=Goal.ABSENT, verify=False))
    assert (outcome.changed, ids(outcome.findings)) == (False, ["nothing_recorded"])
    named = USER._replace(goal=Goal.ABSENT, path=(r"%USERPROFILE%\go\bin",))
    assert ids(run(host, named).findings) == ["nothing_recorded"]
    assert not {"GOPATH", "Path"} & set(host.values(USER_KEY))


def test_no_value_stands_in_a_script() -> None:
    host = FakeWindows()
    run(host, MACHINE._replace(variables={"GOPROXY": "https://user:secret@host"}))
    assert not any("secret" in script for script in host.scripts)


def test_directories_are_made_and_looked_at() -> None:
    host = FakeWindows()
    run(host, USER._replace(create_directories=True))
    assert {rf"C:\Users\alice\go\{name}" for name in ("src", "pkg", "bin")} <= host.directories


def test_another_user_by_name_and_by_sid() -> None:
    for user in ("bob", r"HOST\bob", "S-1-5-21-9"):
        host = FakeWindows()
        host.set(r"HKU\S-1-5-21-9\Environment", TEMP=("REG_SZ", "C:\\t"))
        host.set(
            r"HKU\S-1-5-21-9\Volatile Environment",
            USERNAME=("REG_SZ", "Bob"),
            USERDOMAIN=("REG_SZ", "HOST"),
            USERPROFILE=("REG_SZ", r"C:\b"),
        )
        outcome = run(host, USER._replace(user=user))
        assert outcome.before.sid == "S-1-5-21-9"
        assert "GOPATH" in host.values(r"HKU\S-1-5-21-9\Environment")
        assert "GOPATH" not in host.values(USER_KEY)


# --- readings that are none ------------------------------------------------------------------------------------------


def test_cmd_refused_by_policy() -> None:
    host = FakeWindows()
    host.cmd = False
    assert "disabled by your administrator" in str(untouched(host, MACHINE, ReadError))


@pytest.mark.parametrize("wanted", [MACHINE, USER])
def test_reg_refused_by_policy(wanted: Wanted) -> None:
    host = FakeWindows()
    host.refused = ("HKLM", "HKU")
    assert "DisableRegistryTools" in str(untouched(host, wanted, ReadError))


def test_a_machine_without_path_is_a_failed_reading() -> None:
    host = FakeWindows()
    host.keys[MACHINE_KEY] = {"TEMP": ("REG_SZ", "x")}
    assert "no Path" in str(untouched(host, USER, ReadError))


def test_a_hive_that_is_not_loaded() -> None:
    host = FakeWindows()
    host.refused = ("HKU",)
    assert "not loaded" in str(untouched(host, USER, Blocked))


def test_a_second_cmd_that_ends_at_once_is_no_hive_that_is_not_loaded() -> None:
    """An AutoRun of somebody's (exit 3), or a PATH that is too long for cmd.exe: the SID is known, and the hive is
    asked for by it.
    """
    host = FakeWindows()
    host.autorun = True
    assert run(host, USER).changed
    assert host.values(USER_KEY)["GOPATH"][1] == r"%USERPROFILE%\go"
    host.refused = ("HKU",)
    with pytest.raises(Blocked, match="not loaded"):
        run(host, USER)


@pytest.mark.parametrize("codec", ["utf-8", "gbk"])
def test_the_connecting_account_is_known_by_its_name_in_any_page(codec: str) -> None:
    """whoami.exe prints in the OEM code page where cmd.exe was asked for UTF-8."""
    host = FakeWindows()
    host.elevated, host.account_name, host.account_codec = False, "host\\张三", codec
    host.set(rf"HKEY_USERS\{SID}\Volatile Environment", USERNAME=("REG_SZ", "张三"), USERDOMAIN=("REG_SZ", "HOST"))
    for user in ("张三", "HOST\\张三"):
        assert run(host, USER._replace(user=user)).before.sid == SID
    with pytest.raises((Blocked, ReadError)):
        run(host, USER._replace(user="李四"))


def test_a_user_nobody_knows_is_told_who_is_there() -> None:
    assert r"HOST\alice" in str(untouched(FakeWindows(), USER._replace(user="carol"), Blocked))


def test_two_users_of_one_name() -> None:
    host = FakeWindows()
    host.set(r"HKU\S-1-5-21-9\Volatile Environment", USERNAME=("REG_SZ", "alice"), USERDOMAIN=("REG_SZ", "CORP"))
    assert "Name the domain" in str(untouched(host, USER._replace(user="alice"), ReadError))


@pytest.mark.parametrize("text", ["C:\\x\n", "C:\\x\r\nC:\\y", "C:\\\ufffd"])
def test_a_doubtful_value_is_read_exactly(text: str) -> None:
    """And is never written back otherwise than it stands."""
    host = FakeWindows()
    host.set(USER_KEY, Path=("REG_SZ", text))
    run(host, USER)
    assert host.values(USER_KEY)["Path"][1] == r"%USERPROFILE%\go\bin;" + text


# --- what stands in the way ------------------------------------------------------------------------------------------


def blocked(host: FakeWindows, wanted: Wanted, applied: int = 0) -> list[str]:
    return ids(untouched(host, wanted, Blocked, applied).blockers)


def test_a_filtered_token() -> None:
    host = FakeWindows()
    host.elevated = False
    assert blocked(host, MACHINE) == ["not_elevated"]
    assert run(host, USER).changed
    assert blocked(FakeWindowsOf(elevated=False), USER._replace(user="S-1-5-21-9")) == ["not_elevated"]


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize("goal", [Goal.PRESENT, Goal.ABSENT, Goal.RESTORED])
@pytest.mark.parametrize(("name", "value"), [("elevated", False), ("tar", False)])
def test_a_host_that_is_as_wanted_needs_no_rights(name: str, value: bool, goal: Goal, check_mode: bool) -> None:
    """What would stand in the way of a change is none of a run that changes nothing."""
    host = FakeWindows()
    if goal is Goal.PRESENT:
        assert run(host, MACHINE).changed
    setattr(host, name, value)
    before = applies(host)
    outcome = run(host, MACHINE._replace(goal=goal, verify=False), check_mode)
    assert not outcome.changed
    assert applies(host) == before
    other = MACHINE._replace(variables={"GOPROXY": "off"})
    assert blocked(host, other, before) == [{"elevated": "not_elevated", "tar": "missing_program"}[name]]


@pytest.mark.parametrize("goal", [Goal.PRESENT, Goal.ABSENT, Goal.RESTORED])
def test_what_is_unknown_is_not_absent(goal: Goal) -> None:
    host = FakeWindows()
    host.refused = ("HKU",)
    assert blocked(host, Wanted(REGISTRY, goal=goal)) == ["hive_not_read"]


def FakeWindowsOf(**what: t.Any) -> FakeWindows:  # noqa: N802
    host = FakeWindows()
    for name, value in what.items():
        setattr(host, name, value)
    return host


def test_no_tar_and_no_rights_are_told_together() -> None:
    assert blocked(FakeWindowsOf(tar=False), MACHINE) == ["missing_program"]
    assert blocked(FakeWindowsOf(tar=False, elevated=False), MACHINE) == ["not_elevated", "missing_program"]


def test_no_account() -> None:
    assert blocked(FakeWindowsOf(whoami=False), MACHINE) == ["unknown_account"]


def test_local_system_has_no_user_scope() -> None:
    assert blocked(FakeWindowsOf(sid="S-1-5-18"), USER) == ["local_system"]
    assert run(FakeWindowsOf(sid="S-1-5-18"), MACHINE).changed


@pytest.mark.parametrize(
    ("values", "id"),
    [
        ({"State": ("REG_DWORD", "0x800")}, "temporary_profile"),
        ({"ProfileImagePath": ("REG_EXPAND_SZ", r"C:\Users\TEMP")}, "temporary_profile"),
        ({"ProfileImagePath": ("REG_EXPAND_SZ", r"C:\Users\TEMP.HOST.001")}, "temporary_profile"),
        ({"State": ("REG_DWORD", "0x1")}, "mandatory_profile"),
    ],
)
def test_profiles_that_forget(values: dict[str, tuple[str, str]], id: str) -> None:
    host = FakeWindows()
    host.set(rf"{PROFILES}\{SID}", **values)
    assert blocked(host, USER) == [id]


def test_profiles_that_do_not() -> None:
    host = FakeWindows()
    host.set(rf"{PROFILES}\{SID}", State=("REG_DWORD", "0x0"), ProfileImagePath=("REG_EXPAND_SZ", r"C:\Users\temple"))
    assert run(host, USER).changed


# --- code pages ------------------------------------------------------------------------------------------------------


def test_what_the_code_page_cannot_print_is_read_exactly() -> None:
    host = FakeWindows(936)
    host.set(USER_KEY, Path=("REG_EXPAND_SZ", r"C:\工具;C:\Ünïcode\😀;%TEMP%"))
    run(host, USER)
    assert host.values(USER_KEY)["Path"] == ("REG_EXPAND_SZ", r"%USERPROFILE%\go\bin;C:\工具;C:\Ünïcode\😀;%TEMP%")
    assert not run(host, USER).changed


def test_without_an_exact_copy_nothing_is_written() -> None:
    host = FakeWindows(936)
    host.certutil = False
    host.set(USER_KEY, Path=("REG_EXPAND_SZ", "C:\\😀"))
    assert "code page" in str(untouched(host, USER, ReadError))


# --- applies that end badly ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fails", "error", "text"),
    [
        ("cut", ApplyError, "did not arrive whole"),
        ("denied", Blocked, "may not write"),
        ("nocopy", Blocked, "could not be copied into the journal"),
    ],
)
def test_what_did_not_begin_wrote_nothing(fails: str, error: type[Exception], text: str) -> None:
    host = FakeWindowsOf(fails=fails)
    before = {path: dict(values) for path, values in host.keys.items()}
    with pytest.raises(error, match=text) as raised:
        run(host, MACHINE)
    assert "othing was" in str(raised.value)
    assert host.keys == before
    host.fails = ""
    assert run(host, MACHINE).changed


# --- the lock --------------------------------------------------------------------------------------------------------


class Clock:
    """A clock that moves when somebody waits, and at each try."""

    def __init__(self, each: float = 0.0) -> None:
        self.time, self.each = 0.0, each

    def now(self) -> float:
        self.time += self.each
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds

    def waiting(self) -> Waiting:
        return Waiting(self.now, self.sleep, lambda: 1.0)


HOLDER = "gopher-devbox-lock-machine-gd0123456789ab"


@pytest.mark.parametrize(("each", "tries"), [(0.0, 61), (5.0, 11), (100.0, 5)])
def test_a_lock_that_is_never_free(each: float, tries: int) -> None:
    """A minute, however long a try takes, but five tries at least."""
    host = FakeWindows()
    host.fails, host.holders = "locked", (HOLDER,)
    before = {path: dict(values) for path, values in host.keys.items()}
    with pytest.raises(Blocked) as raised:
        converge(RegistryStore(host, lambda: NOW, waiting=Clock(each).waiting()), MACHINE, False)
    assert [finding.id for finding in raised.value.blockers] == ["scope_locked"]
    assert rf"%ProgramData%\{HOLDER}" in str(raised.value)
    assert host.keys == before
    assert applies(host) == tries


def test_a_lock_that_becomes_free() -> None:
    host = FakeWindows()
    host.fails, host.holders = "locked", (HOLDER,)
    clock = Clock()

    def sleep(seconds: float) -> None:
        clock.sleep(seconds)
        if clock.time == 3.0:
            host.fails = ""

    outcome = converge(RegistryStore(host, lambda: NOW, waiting=clock.waiting()._replace(sleep=sleep)), MACHINE, False)
    assert outcome.changed
    assert outcome.attempts == 1
    assert applies(host) == 4


def test_a_lock_that_cannot_be_made() -> None:
    """Another run is not seen: that is not waited for long. This run's own directory is no other's."""
    host = FakeWindows()
    host.fails, host.holders = "locked", ("Temp", "Access is denied.")
    with pytest.raises(Blocked) as raised:
        converge(RegistryStore(host, lambda: NOW, waiting=Clock().waiting()), MACHINE, False)
    assert [finding.id for finding in raised.value.blockers] == ["scope_locked"]
    assert "could not be made" in str(raised.value)
    assert applies(host) == 5


def test_two_runs_do_not_pause_alike() -> None:
    assert len({WAITING.pause() for _time in range(10)}) > 1


def test_an_import_that_does_not_take_is_told() -> None:
    with pytest.raises(ApplyError, match="not what was planned") as raised:
        run(FakeWindowsOf(fails="ignored"), MACHINE)
    assert raised.value.touched == "Nothing of it was written."


def test_a_command_that_breaks_off_says_that_it_does_not_know() -> None:
    with pytest.raises(ApplyError, match="broke off") as raised:
        run(FakeWindowsOf(fails="broken"), MACHINE)
    assert "not known" in raised.value.touched


def test_a_connection_that_is_lost_says_where_the_copy_is() -> None:
    def lose() -> None:
        raise TransportError("The connection was lost.", "Run again.", lost=True)

    with pytest.raises(TransportError) as raised:
        run(FakeWindowsOf(fails=lose), MACHINE)
    assert "not known" in raised.value.touched
    assert re.search(
        r"HKEY_LOCAL_MACHINE\\SOFTWARE\\gopher\\devbox\\machine\\before\\\d{8}T\d{6}Z-[0-9a-f]{8}", raised.value.touched
    )


class Severed(FakeWindows):
    """Its connection is cut in the middle of these commands, counted from 1."""

    def __init__(self, *cut: int) -> None:
        super().__init__()
        self.cut, self.commands = cut, 0

    def run(self, script: t.Any, stdin: bytes | None = None) -> t.Any:
        self.commands += 1
        done = super().run(script, stdin)
        if self.commands in self.cut:
            raise CutError("The connection was lost.", "Run again.")
        return done


def test_a_reading_that_was_cut_is_tried_once_more() -> None:
    host = Severed(1)
    assert run(host, MACHINE).changed
    assert applies(host) == 1
    with pytest.raises(TransportError, match="tried twice"):
        run(Severed(1, 2), MACHINE)


def test_an_apply_that_was_cut_is_not_repeated() -> None:
    count = FakeWindows()
    run(count, MACHINE)
    [place] = [number for number, sent in enumerate(count.sent, 1) if sent]
    host = Severed(place)
    with pytest.raises(TransportError, match="not known"):
        run(host, MACHINE)
    assert applies(host) == 1


def test_asking_go_over_a_connection_that_was_cut_is_tried_once_more() -> None:
    count = FakeWindows()
    run(count, MACHINE)
    host = Severed(len(count.sent))
    assert run(host, MACHINE).changed
    assert host.commands == len(count.sent) + 1


def test_one_value_that_reads_back_otherwise_is_told() -> None:
    host = FakeWindows()
    host.after_import = lambda: host.values(MACHINE_KEY).pop("GOROOT", None) and None
    with pytest.raises((ApplyError, Blocked)) as raised:
        run(host, MACHINE)
    assert "GOROOT" in str(raised.value)


@pytest.mark.parametrize("moment", ["before_copy", "after_import"])
def test_what_somebody_writes_in_between_stays(moment: str) -> None:
    host = FakeWindows()

    def write() -> None:
        setattr(host, moment, lambda: None)
        kind, text = host.values(MACHINE_KEY)["Path"]
        host.set(MACHINE_KEY, Path=(kind, text + r";C:\theirs"), JAVA_HOME=("REG_SZ", r"C:\java"))

    setattr(host, moment, write)
    outcome = run(host, MACHINE)
    assert host.values(MACHINE_KEY)["Path"][1] == rf"{NEW}\bin;%SystemRoot%\system32;%SystemRoot%;C:\theirs"
    assert host.values(MACHINE_KEY)["JAVA_HOME"] == ("REG_SZ", r"C:\java")
    assert outcome.after.in_scope(Scope.MACHINE).text("PATH").endswith(r"C:\theirs")


# --- leftovers -------------------------------------------------------------------------------------------------------


def test_leftovers_are_swept_when_they_are_old() -> None:
    host = FakeWindows()
    run(host, MACHINE)
    host.leftovers = (
        "gopher-devbox-20200101T000000Z-0123abcd\r\ngopher-devbox-20990101T000000Z-0123abcd\r\ngopher-devbox-other\r\n"
    )
    assert ids(run(host, MACHINE).findings) == ["leftovers_removed"]
    assert 'rd /s /q "%TEMP%\\gopher-devbox-20200101T000000Z-0123abcd"' in host.scripts[-1]
    assert "2099" not in host.scripts[-1]
    assert "other" not in host.scripts[-1]


def test_copies_that_no_entry_knows_are_removed_when_they_are_old() -> None:
    host = FakeWindows()
    before = HOME["machine"] + "\\before\\"
    old, young, odd = before + "20200101T000000Z-0123abcd-2", before + "20990101T000000Z-0123abcd", before + "somebody"
    for key in (old, young, odd):
        host.set(key, A=("REG_SZ", "x"))
    run(host, MACHINE)
    assert (old in host.keys, young in host.keys, odd in host.keys) == (False, True, True)


def test_the_journal_keeps_ten_changes_and_their_copies() -> None:
    host = FakeWindows()
    for number in range(13):
        run(host, Wanted(REGISTRY, Scope.MACHINE, variables={"GOPRIVATE": f"-v{number}"}, verify=False))
    assert len(host.values(HOME["machine"] + "\\journal")) == 10
    assert sum(1 for key in host.keys if "\\before\\" in key) == 10
    assert sorted(host.values(HOME["machine"] + "\\journal")) == [
        key.rpartition("\\")[2] for key in host.keys if "\\before\\" in key
    ]


# --- verify ----------------------------------------------------------------------------------------------------------


def test_go_is_asked_in_a_fresh_session() -> None:
    host = FakeWindows()
    assert "go_value_differs" not in ids(run(host, MACHINE).findings)
    assert host.sessions == 2
    assert "set GOTOOLCHAIN=local" in host.scripts[-1]


def test_an_answer_that_differs_fails_where_sessions_are_fresh() -> None:
    host = FakeWindowsOf(go='{"GOROOT": "C:\\\\other", "GOPROXY": "https://user:secret@host"}')
    with pytest.raises(ApplyError, match="answers otherwise") as raised:
        run(host, MACHINE)
    assert raised.value.touched.startswith("The change itself was made and read back (journal 2")
    assert "secret" not in str(raised.value)
    host = FakeWindowsOf(go="{}", fresh_environment=False)
    host.go = '{"GOROOT": "C:\\\\other"}'
    assert "go_value_differs" in ids(run(host, MACHINE).findings)


@pytest.mark.parametrize(
    ("what", "id"),
    [
        ({"acl": "go.exe\r\nD:(A;;FA;;;BU)\r\n"}, "go_writable_by_users"),
        ({"acl": ""}, "go_not_checked"),
    ],
)
def test_when_go_is_not_asked_that_is_told(what: dict[str, str], id: str) -> None:
    host = FakeWindowsOf(**what)
    assert id in ids(run(host, MACHINE).findings)
    assert host.sessions == 1


@pytest.mark.parametrize("fresh", [True, False])
@pytest.mark.parametrize("go", ["go: cannot find GOROOT: https://user:secret@host", "", "{", "[]"])
def test_a_go_that_was_started_and_printed_no_json_is_a_failure(go: str, fresh: bool) -> None:
    host = FakeWindowsOf(go=go, fresh_environment=fresh)
    with pytest.raises(ApplyError, match="was asked, and gave no answer") as raised:
        run(host, MACHINE)
    assert "state: restored undoes it" in raised.value.touched
    assert "secret" not in str(raised.value)
    assert host.sessions == 2


def test_no_go_on_path_is_not_asked() -> None:
    assert "go_not_checked" in ids(
        run(FakeWindows(), Wanted(REGISTRY, Scope.MACHINE, variables={"GOFLAGS": "-v"})).findings
    )


def test_the_old_sdk_is_known_by_its_files() -> None:
    host = FakeWindows()
    host.set(MACHINE_KEY, Path=("REG_EXPAND_SZ", rf"%SystemRoot%;{OLD}\bin"))
    assert "stale_path_entry" in ids(run(host, MACHINE, check_mode=True).findings)
