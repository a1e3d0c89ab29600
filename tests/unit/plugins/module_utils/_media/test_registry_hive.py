"""The store over hive files: what it reads, in which order it writes, and what a killed or failed run leaves."""

from __future__ import annotations

import copy
import functools
import json
import typing as t

import pytest
from unit.fakehives import MACHINE_KEY, PATH, SOFTWARE, SYSTEM, USER, FakeHives
from unit.support import ids

from ansible_collections.gopher.devbox.plugins.module_utils._core.converge import converge, converge_all
from ansible_collections.gopher.devbox.plugins.module_utils._core.effective import effective
from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import ApplyError, Blocked, DevboxError
from ansible_collections.gopher.devbox.plugins.module_utils._core.findings import Finding
from ansible_collections.gopher.devbox.plugins.module_utils._core.store import Outcome, Part
from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import Goal, Scope, Validate, Wanted
from ansible_collections.gopher.devbox.plugins.module_utils._media.image_host import HivesHost
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_hive import (
    HiveStore,
    must_fit,
    records_first,
)
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_offline import IN_HIVES

PATHS = {"system": SYSTEM, "software": SOFTWARE, "user": USER}
HOME = {Scope.MACHINE: r"gopher\devbox\machine", Scope.DEFAULT_USER: r"gopher\devbox\default_user"}
OF_USER = r"Software\gopher\devbox\user"
TWO_FILES = [Scope.MACHINE, Scope.DEFAULT_USER]
BROKEN = Finding.of("hive_dirty", "It is dirty.")


def wanted(scope: Scope, **more: t.Any) -> Wanted:
    return Wanted(IN_HIVES, scope, validate=Validate.WARN, **{"variables": {"GOPROXY": "off"}, **more})


def store(hives: FakeHives, scope: Scope, **paths: str) -> HiveStore:
    return HivesHost(paths or PATHS, hives).registry(scope, None)


def run(hives: FakeHives, scope: Scope, check_mode: bool = False, **more: t.Any) -> Outcome:
    return converge(store(hives, scope), wanted(scope, **more), check_mode)


def environment(hives: FakeHives, scope: Scope) -> dict[str, tuple[str, str]]:
    file, key = (SYSTEM, MACHINE_KEY) if scope is Scope.MACHINE else (USER, "Environment")
    return hives.files[file][key]


def record(hives: FakeHives, scope: Scope) -> dict[str, t.Any]:
    found: dict[str, t.Any] = json.loads(hives.files[SOFTWARE][HOME[scope]]["record"][1])
    return found


# --- reading ---------------------------------------------------------------------------------------------------------


def test_the_layers_are_what_a_process_of_that_windows_will_see() -> None:
    hives = FakeHives()
    hives.foreign(SYSTEM, MACHINE_KEY, GOROOT=("REG_EXPAND_SZ", r"%ProgramFiles%\Go"))
    hives.foreign(USER, "Environment", GOPATH=("REG_EXPAND_SZ", r"%USERPROFILE%\go"))
    state = store(hives, Scope.USER).read(wanted(Scope.USER))
    seen = effective(state)
    assert seen.text("GOROOT") == r"C:\Program Files\Go"
    assert seen.text("GOPATH") == r"C:\Users\%USERNAME%\go"
    assert seen.path == (r"C:\Windows\system32", r"C:\Windows")


@pytest.mark.parametrize("has_key", [True, False])
def test_a_system_without_path_counts_as_not_read(has_key: bool) -> None:
    hives = FakeHives()
    hives.files[SYSTEM].pop(MACHINE_KEY)
    hives.files[SYSTEM]["ControlSet001\\Control"] = {}
    if has_key:
        hives.foreign(SYSTEM, MACHINE_KEY, TEMP=("REG_EXPAND_SZ", r"C:\Temp"))
    state = store(hives, Scope.MACHINE).read(wanted(Scope.MACHINE))
    assert state.unread
    assert [finding.id for _subject, finding in state.obstacles] == ["hive_without_path"]
    assert ("no Path in its key" in state.obstacles[0][1].message) is has_key
    assert {finding.id for finding in _blocked(hives, Scope.MACHINE)} == {"hive_without_path"}
    assert not hives.written
    assert run(hives, Scope.USER).changed, "the scope of a user is another file"


def test_the_control_set_in_use_is_the_one_that_select_names() -> None:
    hives = FakeHives()
    hives.files[SYSTEM]["Select"] = {"Current": ("REG_DWORD", "0x3")}
    assert "hive_damaged" in {finding.id for finding in _blocked(hives, Scope.MACHINE)}, "there is no such key"
    hives.files[SYSTEM][MACHINE_KEY.replace("001", "003")] = {"Path": ("REG_EXPAND_SZ", r"C:\third")}
    assert effective(store(hives, Scope.MACHINE).read(wanted(Scope.MACHINE))).path == (r"C:\third",)
    del hives.files[SYSTEM]["Select"]
    assert "hive_of_other_kind" in {finding.id for finding in _blocked(hives, Scope.MACHINE)}


@pytest.mark.parametrize(
    ("scope", "file"),
    [
        (Scope.MACHINE, SYSTEM),
        (Scope.MACHINE, SOFTWARE),
        (Scope.USER, USER),
        (Scope.DEFAULT_USER, USER),
        (Scope.DEFAULT_USER, SOFTWARE),
    ],
)
def test_what_could_not_be_read_is_unknown_and_stops_every_goal(scope: Scope, file: str) -> None:
    hives = FakeHives()
    hives.problems[file] = BROKEN
    before = {path: dict(keys) for path, keys in hives.files.items()}
    state = store(hives, scope).read(wanted(scope))
    assert (state.unread, state.layer_of(scope).known) == (True, False)
    for goal in (Goal.PRESENT, Goal.ABSENT):
        variables = {"GOPROXY": "off"} if goal is Goal.PRESENT else {}
        with pytest.raises(Blocked, match="It is dirty"):
            run(hives, scope, goal=goal, variables=variables)
    assert hives.files == before


def test_a_hive_that_a_scope_does_not_need_may_be_of_no_use() -> None:
    hives = FakeHives()
    hives.problems.update({SYSTEM: BROKEN, SOFTWARE: BROKEN})
    assert run(hives, Scope.USER).changed
    alone = converge(store(hives, Scope.USER, user=USER), wanted(Scope.USER, variables={"GOFLAGS": "-v"}), False)
    assert alone.changed


@pytest.mark.parametrize(
    ("scope", "given", "real"),
    [
        (Scope.MACHINE, SYSTEM, SOFTWARE),
        (Scope.MACHINE, SOFTWARE, USER),
        (Scope.USER, USER, SYSTEM),
        (Scope.DEFAULT_USER, USER, SOFTWARE),
    ],
)
def test_a_hive_that_is_another_one_than_was_said_is_refused(scope: Scope, given: str, real: str) -> None:
    hives = FakeHives()
    hives.files[given] = FakeHives().files[real]
    found = next(finding for finding in _blocked(hives, scope) if finding.id == "hive_of_other_kind")
    assert found.message.startswith(given)
    assert f"is rather a {real.rpartition('/')[2]}" in found.message
    assert hives.written == []


def _blocked(hives: FakeHives, scope: Scope) -> tuple[Finding, ...]:
    with pytest.raises(Blocked) as raised:
        run(hives, scope)
    return raised.value.blockers


# --- writing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scope", TWO_FILES)
def test_the_record_is_written_before_the_variables(scope: Scope) -> None:
    hives = FakeHives()
    assert run(hives, scope).changed
    assert hives.written == [SOFTWARE, SYSTEM if scope is Scope.MACHINE else USER]
    assert run(hives, scope, variables={"GOPROXY": "direct"}).changed
    hives.written.clear()
    assert not run(hives, scope, variables={"GOPROXY": "direct"}).changed
    assert hives.written == []


def test_a_change_of_the_anchor_alone_is_no_change_of_the_variables() -> None:
    hives = FakeHives()
    run(hives, Scope.MACHINE, goroot=r"C:\Go")
    hives.written.clear()
    assert run(hives, Scope.MACHINE, goroot=r"C:\Go", anchor=True).changed
    assert hives.written == [SOFTWARE]
    assert hives.files[SOFTWARE]["Go"] == {"InstallPath": ("REG_SZ", r"C:\Go")}
    assert not run(hives, Scope.MACHINE, goroot=r"C:\Go", anchor=True).changed, "and counts as made"


def test_new_users_get_the_record_of_what_is_managed_only() -> None:
    hives = FakeHives()
    run(hives, Scope.DEFAULT_USER, variables={"GOPROXY": "https://u:token@proxy"})
    run(hives, Scope.DEFAULT_USER)
    assert set(hives.files[USER]) == {"Environment", OF_USER}
    assert "token" not in json.dumps(hives.files[USER])
    assert json.loads(hives.files[USER][OF_USER]["record"][1])["journal"] == []
    outcome = run(hives, Scope.USER, goal=Goal.ABSENT, variables={})
    assert outcome.changed
    assert "GOPROXY" not in hives.files[USER]["Environment"]


def test_a_template_that_a_user_was_made_of_is_managed_by_the_record_in_it() -> None:
    hives = FakeHives()
    run(hives, Scope.DEFAULT_USER)
    for key in [key for key in hives.files[SOFTWARE] if key.startswith("gopher")]:
        del hives.files[SOFTWARE][key]
    assert run(hives, Scope.DEFAULT_USER, goal=Goal.ABSENT, variables={}).changed
    assert "GOPROXY" not in hives.files[USER]["Environment"]


def run_both(hives: FakeHives, **more: t.Any) -> list[Outcome]:
    """One run over both scopes that share the file of their records."""
    host = HivesHost(PATHS, hives)
    parts = [Part(scope.value, host.registry(scope, None), wanted(scope, **more)) for scope in TWO_FILES]
    hives.written.clear()
    return converge_all(parts, False, together=functools.partial(records_first, host.files))


def test_scopes_of_one_windows_change_together_and_their_records_are_written_once() -> None:
    hives = FakeHives()
    hives.set(SYSTEM, MACHINE_KEY, [("GOPROXY", "REG_SZ", "direct")])
    for goal, changes, text in (
        (Goal.PRESENT, {}, "off"),
        (Goal.PRESENT, {"variables": {"GOPROXY": "direct"}}, "direct"),
        (Goal.RESTORED, {"variables": {}}, "off"),
        (Goal.ABSENT, {"variables": {}}, None),
    ):
        outcomes = run_both(hives, goal=goal, **changes)
        assert all(outcome.changed for outcome in outcomes)
        assert hives.written == [SOFTWARE, SYSTEM, USER]
        for scope, outcome in zip(TWO_FILES, outcomes, strict=True):
            assert environment(hives, scope).get("GOPROXY") == (text and ("REG_SZ", text))
            assert outcome.after.variables.text("GOPROXY") == (text or "")
        assert not any(outcome.changed for outcome in run_both(hives, **changes) if goal is Goal.PRESENT)
    assert len(run_both(hives, anchor=True, goroot=r"C:\Go")) == 2
    assert hives.written == [SOFTWARE, SYSTEM, USER]


def test_a_scope_alone_of_several_is_written_as_ever() -> None:
    hives = FakeHives()
    run(hives, Scope.DEFAULT_USER)
    assert [outcome.changed for outcome in run_both(hives)] == [True, False]
    assert hives.written == [SOFTWARE, SYSTEM]


@pytest.mark.parametrize("file", [SYSTEM, USER])
def test_a_file_that_cannot_be_written_leaves_no_record_of_any_scope(file: str) -> None:
    hives = FakeHives()
    run_both(hives)
    before = [(environment(hives, scope).copy(), record(hives, scope)["variables"]) for scope in TWO_FILES]
    hives.fail = file
    with pytest.raises(DevboxError, match="The disk is full"):
        run_both(hives, variables={"GOPROXY": "direct"})
    hives.fail = ""
    after = [(environment(hives, scope).copy(), record(hives, scope)["variables"]) for scope in TWO_FILES]
    assert after == before
    for outcome in run_both(hives):
        assert (outcome.changed, "hive_pending" in ids(outcome.findings)) == (False, False)


@pytest.mark.parametrize("file", [SYSTEM, USER])
def test_a_run_that_was_killed_between_files_is_put_in_order_by_the_next(file: str) -> None:
    hives = FakeHives()
    run_both(hives)
    hives.kill = file
    with pytest.raises(KeyboardInterrupt):
        run_both(hives, variables={"GOPROXY": "direct"})
    hives.kill = ""
    run_both(hives)
    for scope in TWO_FILES:
        assert environment(hives, scope)["GOPROXY"] == ("REG_SZ", "off")
        assert record(hives, scope)["variables"] == {"GOPROXY": "off"}
    assert not any("hive_pending" in ids(outcome.findings) for outcome in run_both(hives))


@pytest.mark.parametrize("scope", list(Scope))
def test_what_killed_runs_left_beside_the_files_goes(scope: Scope) -> None:
    hives = FakeHives()
    run(hives, scope)
    left = [f"{path}.1" for path in (SOFTWARE, SYSTEM, USER)]
    hives.left = list(left)
    assert ids(run(hives, scope, check_mode=True).findings) == []
    assert hives.left == left, "check mode only looks"
    outcome = run(hives, scope)
    assert ids(outcome.findings) == ["leftovers_removed"] * 3
    assert not hives.left
    assert ids(run(hives, scope).findings) == []
    hives.left = list(left)
    assert run(hives, scope, variables={"GOPROXY": "direct"}).changed
    assert not hives.left


@pytest.mark.parametrize("check_mode", [True, False])
def test_where_a_killed_run_did_not_come_to_nothing_is_to_be_undone(check_mode: bool) -> None:
    hives = FakeHives()
    hives.kill = USER
    with pytest.raises(KeyboardInterrupt):
        run_both(hives)
    hives.kill = ""
    host = HivesHost(PATHS, hives)
    undo = {"goal": Goal.RESTORED, "variables": {}}
    parts = [Part(scope.value, host.registry(scope, None), wanted(scope, **undo)) for scope in TWO_FILES]
    machine, new_users = converge_all(parts, check_mode, must_fit, functools.partial(records_first, host.files))
    assert (machine.changed, "restore_incomplete" in ids(machine.findings)) == (True, False)
    assert (new_users.changed, ids(new_users.findings)) == (False, ["hive_pending"])


def test_directories_that_cannot_be_made_are_an_error() -> None:
    hives = FakeHives()
    host = HivesHost(PATHS, hives)
    made: list[str] = []
    host.medium = Wanted(IN_HIVES).medium
    found = host.registry(Scope.MACHINE, None)
    found.make([])
    host.make = lambda directories: made.extend(directories) or list(directories)  # type: ignore[method-assign,func-returns-value]
    with pytest.raises(ApplyError, match="could not be made") as raised:
        found.make([r"C:\go\src"])
    assert (made, raised.value.touched) == ([r"C:\go\src"], "Nothing was written into the registry.")


# --- long values -----------------------------------------------------------------------------------------------------


LONG = [";".join(rf"C:\Dir{number:05}" for number in range(5000))[:length] for length in (3500, 8100)]


@pytest.mark.parametrize("scope", list(Scope))
@pytest.mark.parametrize("path", LONG, ids=len)
def test_whatever_path_holds_a_change_can_be_undone(scope: Scope, path: str) -> None:
    hives = FakeHives()
    variables = environment(hives, scope)
    variables["Path"] = ("REG_EXPAND_SZ", path)
    stood = dict(variables)
    for goal in (Goal.RESTORED, Goal.ABSENT):
        assert run(hives, scope, goroot=r"C:\Go").changed
        assert not run(hives, scope, goroot=r"C:\Go").changed
        assert environment(hives, scope)["Path"] != stood["Path"]
        assert run(hives, scope, goal=goal, variables={}).changed
        assert environment(hives, scope) == stood
    assert run(hives, scope, goal=Goal.RESTORED, variables={}).changed, "and so can taking it away"
    assert environment(hives, scope)["Path"] != stood["Path"]


@pytest.mark.parametrize("scope", TWO_FILES)
def test_a_killed_change_of_a_long_path_is_put_in_order(scope: Scope) -> None:
    hives = FakeHives()
    environment(hives, scope)["Path"] = ("REG_EXPAND_SZ", LONG[1])
    run(hives, scope, goroot=r"C:\Go")
    keys = (HOME[scope], HOME[scope] + r"\journal")
    before = [
        {name: value for name, value in hives.files[SOFTWARE][key].items() if "pending" not in name} for key in keys
    ]
    hives.kill = SYSTEM if scope is Scope.MACHINE else USER
    with pytest.raises(KeyboardInterrupt):
        run(hives, scope, goal=Goal.RESTORED, variables={})
    hives.kill = ""
    assert any("pending_entry+" in name for name in hives.files[SOFTWARE][HOME[scope]])
    seen = run(hives, scope, goroot=r"C:\Go")
    assert (seen.changed, "hive_pending" in ids(seen.findings)) == (False, True)
    assert [hives.files[SOFTWARE][key] for key in keys] == before


@pytest.mark.parametrize("scope", list(Scope))
def test_what_a_running_windows_wrote_longer_is_in_nobodys_way(scope: Scope) -> None:
    hives = FakeHives()
    run(hives, scope, goroot=r"C:\Go")
    file = USER if scope is Scope.USER else SOFTWARE
    home = OF_USER if scope is Scope.USER else HOME[scope]
    [(id, (kind, text))] = hives.files[file][home + r"\journal"].items()
    changed = {**json.loads(text), "ours": ["x" * 20000]}
    hives.foreign(file, home + r"\journal", **{id: (kind, json.dumps(changed))})
    assert run(hives, scope, goroot=r"C:\New").changed
    assert run(hives, scope, goal=Goal.RESTORED, variables={}).changed
    assert environment(hives, scope)["GOROOT"][1] == r"C:\Go"
    assert run(hives, scope, goal=Goal.RESTORED, variables={}).changed
    assert "GOROOT" not in environment(hives, scope)


def test_of_a_long_entry_that_falls_off_nothing_is_left() -> None:
    hives = FakeHives()
    hives.files[USER]["Environment"]["Path"] = ("REG_EXPAND_SZ", LONG[1])
    run(hives, Scope.USER, goroot=r"C:\Go")
    journal = hives.files[USER][OF_USER + r"\journal"]
    long = set(journal)
    assert len(long) > 2
    for number in range(10):
        run(hives, Scope.USER, goroot=r"C:\Go", variables={"GOFLAGS": f"-tags=t{number}"})
    assert not long & set(journal)
    assert len(journal) == 10


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize("file", [SYSTEM, SOFTWARE, USER])
def test_what_a_hive_would_not_hold_is_found_before_the_first_is_written(file: str, check_mode: bool) -> None:
    hives = FakeHives()
    hives.refusals[file] = Finding.of("hive_value_too_large", f"{file} is full.")
    before = copy.deepcopy(hives.files)
    for scope in Scope:
        if file not in (SYSTEM if scope is Scope.MACHINE else USER, USER if scope is Scope.USER else SOFTWARE):
            continue
        with pytest.raises(Blocked) as raised:
            converge(store(hives, scope), wanted(scope), check_mode, must_fit)
        assert raised.value.blockers == (hives.refusals[file],)
    host = HivesHost(PATHS, hives)
    parts = [Part(scope.value, host.registry(scope, None), wanted(scope)) for scope in TWO_FILES]
    with pytest.raises(Blocked) as raised:
        converge_all(parts, check_mode, must_fit, functools.partial(records_first, host.files))
    [found] = raised.value.blockers
    labels = {SYSTEM: "machine", SOFTWARE: "machine, default_user", USER: "default_user"}[file]
    assert found.message == f"{labels}: {file} is full."
    assert (hives.files, hives.written) == (before, [])


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize("goal", [Goal.PRESENT, Goal.ABSENT])
def test_what_could_not_be_written_back_is_not_taken_away(goal: Goal, check_mode: bool) -> None:
    hives = FakeHives()
    hives.foreign(SYSTEM, MACHINE_KEY, GOFLAGS=("REG_SZ", "x" * 9000))
    changed = wanted(Scope.MACHINE, goal=goal, variables={"GOFLAGS": "-v" if goal is Goal.PRESENT else None})
    with pytest.raises(Blocked) as raised:
        converge(store(hives, Scope.MACHINE), changed, check_mode, must_fit)
    [found] = raised.value.blockers
    assert (found.id, found.subject) == ("hive_value_too_large", "GOFLAGS")
    assert f"GOFLAGS in {SYSTEM} has 18002 bytes now" in found.message
    assert "could not write it back" in found.message
    assert hives.written == []


def test_an_anchor_that_could_not_be_written_back_is_in_the_file_of_the_record() -> None:
    hives = FakeHives()
    hives.foreign(SOFTWARE, "Go", InstallPath=("REG_SZ", "x" * 9000))
    with pytest.raises(Blocked) as raised:
        converge(store(hives, Scope.MACHINE), wanted(Scope.MACHINE, goroot=r"C:\Go", anchor=True), False, must_fit)
    assert f" in {SOFTWARE} has 18002 bytes now" in raised.value.blockers[0].message
    assert hives.written == []


# --- between the two files -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scope", TWO_FILES)
@pytest.mark.parametrize("goal", [Goal.PRESENT, Goal.RESTORED, Goal.ABSENT])
def test_a_change_that_did_not_reach_the_second_file_was_none(scope: Scope, goal: Goal) -> None:
    hives = FakeHives()
    run(hives, scope, anchor=True, goroot=r"C:\Go")
    home, there = hives.files[SOFTWARE][HOME[scope]], dict(environment(hives, scope))
    kept = json.loads(json.dumps([home, hives.files[SOFTWARE][HOME[scope] + r"\journal"]]))
    hives.kill = SYSTEM if scope is Scope.MACHINE else USER
    new = {"goroot": r"C:\New", "anchor": True} if goal is Goal.PRESENT else {"variables": {}}
    with pytest.raises(KeyboardInterrupt):
        run(hives, scope, goal=goal, **new)
    assert environment(hives, scope) == there
    hives.kill = ""
    seen = run(hives, scope, check_mode=True, anchor=True, goroot=r"C:\Go")
    assert (seen.changed, "hive_pending" in ids(seen.findings)) == (False, True)
    assert not run(hives, scope, anchor=True, goroot=r"C:\Go").changed
    home = {name: value for name, value in hives.files[SOFTWARE][HOME[scope]].items() if "pending" not in name}
    before = {name: list(value) for name, value in home.items()}
    assert before == {name: value for name, value in kept[0].items() if "pending" not in name}
    journal = {name: list(value) for name, value in hives.files[SOFTWARE][HOME[scope] + r"\journal"].items()}
    assert journal == kept[1]
    assert "hive_pending" not in ids(run(hives, scope, check_mode=True).findings)
    assert run(hives, scope, goal=Goal.RESTORED, variables={}).changed, "what came before can be undone"
    assert "GOROOT" not in environment(hives, scope)
    if scope is Scope.MACHINE:
        assert hives.files[SOFTWARE]["Go"] == {}


@pytest.mark.parametrize("scope", TWO_FILES)
def test_a_second_file_that_cannot_be_written_takes_the_first_back(scope: Scope) -> None:
    hives = FakeHives()
    run(hives, scope)
    hives.fail = SYSTEM if scope is Scope.MACHINE else USER
    before = record(hives, scope)
    with pytest.raises(Blocked, match="The disk is full"):
        run(hives, scope, variables={"GOPROXY": "direct"})
    assert record(hives, scope) == before
    hives.fail = ""
    seen = run(hives, scope)
    assert (seen.changed, ids(seen.findings)) == (False, [])


def test_a_number_that_went_on_means_that_it_happened() -> None:
    hives = FakeHives()
    run(hives, Scope.MACHINE)
    hives.foreign(SYSTEM, MACHINE_KEY, OTHER=("REG_SZ", "x"))
    outcome = run(hives, Scope.MACHINE)
    assert (outcome.changed, "hive_pending" in ids(outcome.findings)) == (False, False)
    assert run(hives, Scope.MACHINE, goal=Goal.RESTORED, variables={}).changed
    assert environment(hives, Scope.MACHINE) == {"Path": ("REG_EXPAND_SZ", PATH), "OTHER": ("REG_SZ", "x")}


def test_no_process_is_asked_and_nobody_has_to_sign_in() -> None:
    outcome = run(FakeHives(), Scope.MACHINE)
    assert "go_not_checked" in ids(outcome.findings)
    for scope in Scope:
        assert not any("signs out" in text for text in IN_HIVES.texts.refresh(scope))
