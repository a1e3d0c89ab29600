"""From a state to a plan: what is written, what stays, what is refused."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from unit.support import GONE, GONE_SDK, NEW, OLD, OLDER, PROFILE, SHIMS, folds_of, ids, path_of, situations, state

from ansible_collections.gopher.devbox.plugins.module_utils._core.effective import comparison, effective
from ansible_collections.gopher.devbox.plugins.module_utils._core.plan import Plan
from ansible_collections.gopher.devbox.plugins.module_utils._core.planner import (
    make_plan,
    missing_facts,
    wanted_directories,
)
from ansible_collections.gopher.devbox.plugins.module_utils._core.record import Record
from ansible_collections.gopher.devbox.plugins.module_utils._core.state import Directory, State
from ansible_collections.gopher.devbox.plugins.module_utils._core.values import Value, Variables
from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import (
    Goal,
    Position,
    Scope,
    Stale,
    Validate,
    Wanted,
)
from ansible_collections.gopher.devbox.plugins.module_utils._core.windows import (
    REG_EXPAND_SZ,
    REG_SZ,
    fold_path,
    with_texts,
)
from ansible_collections.gopher.devbox.plugins.module_utils._media.journal import guard
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_medium import REGISTRY

USER_GO = r"%USERPROFILE%\go"


def change_of(plan: Plan, name: str) -> Value | None:
    """What the plan writes as `name`; fails when it does not write it."""
    (found,) = [change for change in plan.changes if change.name.upper() == name.upper()]
    return found.after


def entries_after(found: State, wanted: Wanted) -> list[str]:
    return path_of(make_plan(found, wanted).applied(found))


# --- what holds for every state and every wish -----------------------------------------------------------------------


@given(situations())
def test_planning_twice_is_planning_once(situation: tuple[State, Wanted]) -> None:
    found, wanted = situation
    plan = make_plan(found, wanted)
    assume(not plan.blockers)
    again = make_plan(plan.applied(found), wanted)
    assert (again.changes, again.directories) == ((), ())
    assert again.is_empty


@given(situations())
def test_no_foreign_entry_is_lost_moved_or_rewritten(situation: tuple[State, Wanted]) -> None:
    found, wanted = situation
    plan = make_plan(found, wanted)
    after = plan.applied(found)
    ours = folds_of(
        [*(entry for _role, entry in wanted.entries()), *(entry for _role, entry in found.record.entries)], found, after
    )
    sdks = (
        {fold_path(path, {}) for path in (NEW + r"\bin", OLD + r"\bin", OLDER + r"\bin", GONE_SDK)}
        if wanted.stale is Stale.REMOVE
        else set()
    )

    def foreign(side: State) -> list[str]:
        return [entry for entry in path_of(side) if not folds_of([entry], found, after) & (ours | sdks)]

    assert foreign(found) == foreign(after)


@given(situations())
def test_path_keeps_its_type_unless_an_entry_needs_another(situation: tuple[State, Wanted]) -> None:
    found, wanted = situation
    plan = make_plan(found, wanted)
    standing, after = found.variables.get("PATH"), plan.applied(found).variables.get("PATH")
    if standing is None:
        assert after is None or after.type == REG_EXPAND_SZ
    elif standing.type == REG_EXPAND_SZ or not any("%" in entry for _role, entry in wanted.entries()):
        assert after is not None
        assert after.type == standing.type
    elif after is not None and after.type != standing.type:
        assert "path_retyped" in ids(plan.findings)


@given(situations())
def test_values_nobody_named_stay(situation: tuple[State, Wanted]) -> None:
    found, wanted = situation
    after = make_plan(found, wanted).applied(found)
    named = {name.upper() for name in wanted.named()} | {"PATH"}
    assert {name: value for name, value in after.variables.items() if name.upper() not in named} == {
        name: value for name, value in found.variables.items() if name.upper() not in named
    }
    other = Scope.USER if found.target is Scope.MACHINE else Scope.MACHINE
    assert after.in_scope(other) == found.in_scope(other)


@given(situations())
def test_undo_restores_exactly(situation: tuple[State, Wanted]) -> None:
    found, wanted = situation
    plan = make_plan(found, wanted)
    after = plan.applied(found)
    back = plan.undo().applied(after)
    assert back.variables == found.variables
    assert {name: value.type for name, value in back.variables.items()} == {
        name: value.type for name, value in found.variables.items()
    }
    assert (back.anchor, back.record) == (found.anchor, found.record)


@given(situations())
def test_every_plan_and_its_undoing_pass_the_second_lock(situation: tuple[State, Wanted]) -> None:
    found, wanted = situation
    plan = make_plan(found, wanted)
    guard(plan, found, found.variables)
    after = plan.applied(found)
    guard(plan.undo(), after, after.variables)


@given(situations())
def test_wanted_entries_stand_once_and_in_order(situation: tuple[State, Wanted]) -> None:
    found, wanted = situation
    plan = make_plan(found, wanted)
    if not wanted.entries():
        return
    after = plan.applied(found)
    standing = after.variables["PATH"]
    seen = comparison(after, after.target, after.variables) if standing.expands else {}

    def view(entry: str) -> str:
        return fold_path(entry, seen)

    order = list(dict.fromkeys(view(entry) for _role, entry in wanted.entries()))
    folds = [view(entry) for entry in path_of(after)]
    assert [fold for fold in folds if fold in order] == order
    if wanted.position is Position.FIRST:
        assert folds[: len(order)] == order


@given(situations())
def test_everything_a_plan_says_has_an_id_and_words(situation: tuple[State, Wanted]) -> None:
    plan = make_plan(*situation)
    for finding in (*plan.blockers, *plan.doubts, *plan.findings):
        assert finding.id
        assert finding.message.endswith((".", ":"))


@given(situations())
def test_what_is_unanswered_is_asked_once(situation: tuple[State, Wanted]) -> None:
    """Once all that was asked for is known, nothing more is asked."""
    found, wanted = situation
    more = missing_facts(found, wanted)
    known = found._replace(
        directories={**found.directories, **{fold_path(path, {}): Directory(False) for path in more}}
    )
    assert missing_facts(known, wanted) == []
    assert len({fold_path(path, {}) for path in more}) == len(more)


# --- types -----------------------------------------------------------------------------------------------------------


def test_a_percent_sign_makes_a_value_expand() -> None:
    plan = make_plan(state(Scope.USER), Wanted(REGISTRY, gopath=(USER_GO,), gobin=r"C:\bin", path=()))
    assert change_of(plan, "GOPATH") == Value(USER_GO, REG_EXPAND_SZ)
    assert change_of(plan, "GOBIN") == Value(r"C:\bin", REG_SZ)


def test_a_path_made_new_expands() -> None:
    plan = make_plan(state(Scope.USER), Wanted(REGISTRY, gobin=r"C:\bin"))
    assert change_of(plan, "PATH") == Value(r"C:\bin", REG_EXPAND_SZ)


def test_a_path_of_fixed_text_stays_one() -> None:
    plan = make_plan(state(Scope.USER, user={"Path": Value(r"C:\x", REG_SZ)}), Wanted(REGISTRY, gobin=r"C:\bin"))
    assert change_of(plan, "PATH") == Value(r"C:\bin;C:\x", REG_SZ)
    assert "path_retyped" not in ids(plan.findings)


def test_a_path_of_fixed_text_is_converted_when_needed_and_that_is_told() -> None:
    plan = make_plan(state(Scope.USER, user={"Path": Value(r"C:\x", REG_SZ)}), Wanted(REGISTRY, gopath=(USER_GO,)))
    assert change_of(plan, "PATH") == Value(USER_GO + r"\bin;C:\x", REG_EXPAND_SZ)
    assert "path_retyped" in ids(plan.findings)


def test_a_standing_value_of_the_same_text_keeps_its_type() -> None:
    found = state(Scope.USER, user={"GOBIN": Value(r"C:\bin", REG_EXPAND_SZ), "Path": Value(r"C:\bin", REG_SZ)})
    assert make_plan(found, Wanted(REGISTRY, gobin=r"C:\bin")).is_empty


def test_a_reference_in_fixed_text_is_repaired() -> None:
    found = state(Scope.USER, user={"GOPATH": Value(USER_GO, REG_SZ)})
    assert change_of(make_plan(found, Wanted(REGISTRY, gopath=(USER_GO,), path=())), "GOPATH") == Value(
        USER_GO, REG_EXPAND_SZ
    )


@pytest.mark.parametrize("kind", ["REG_DWORD", "REG_MULTI_SZ", "REG_BINARY"])
def test_values_of_other_types_are_refused(kind: str) -> None:
    found = state(Scope.USER, user={"GOBIN": Value("0x1", kind), "Path": Value("0x1", kind)})
    assert ids(make_plan(found, Wanted(REGISTRY, gobin=r"C:\bin")).blockers) == [
        "value_of_other_type",
        "value_of_other_type",
    ]


# --- references ------------------------------------------------------------------------------------------------------


def test_an_entry_that_refers_to_an_expanding_value_is_written_out() -> None:
    wanted = Wanted(REGISTRY, gopath=(USER_GO,), path=(r"%GOPATH%\bin",))
    plan = make_plan(state(Scope.USER), wanted)
    assert change_of(plan, "PATH") == Value(USER_GO + r"\bin", REG_EXPAND_SZ)
    assert "unreliable_reference" not in ids(plan.findings)


def test_an_entry_that_refers_to_fixed_text_is_written_as_given() -> None:
    wanted = Wanted(REGISTRY, gopath=(r"D:\go",), path=(r"%GOPATH%\bin",))
    assert change_of(make_plan(state(Scope.USER), wanted), "PATH") == Value(r"%GOPATH%\bin", REG_EXPAND_SZ)


def test_an_entry_that_refers_to_a_standing_expanding_value_is_written_out() -> None:
    found = state(Scope.USER, user={"NVM": Value(r"%APPDATA%\nvm", REG_EXPAND_SZ)})
    assert change_of(make_plan(found, Wanted(REGISTRY, path=(r"%NVM%\bin",))), "PATH") == Value(
        r"%APPDATA%\nvm\bin", REG_EXPAND_SZ
    )


def test_the_type_that_stays_decides_whether_a_reference_is_reliable() -> None:
    """GOROOT keeps its REG_EXPAND_SZ, so a PATH entry that refers to it is written out."""
    found = state(Scope.USER, user={"GOROOT": Value(NEW, REG_EXPAND_SZ)})
    plan = make_plan(found, Wanted(REGISTRY, goroot=NEW, path=(r"%GOROOT%\bin",)))
    assert entries_after(found, Wanted(REGISTRY, goroot=NEW, path=(r"%GOROOT%\bin",))) == [NEW + r"\bin"]
    assert "unreliable_reference" not in ids(plan.findings)


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(REGISTRY, Scope.USER, goroot=r"%NOWHERE%\go"),
        Wanted(REGISTRY, Scope.USER, path=("%PATH%",)),
        Wanted(REGISTRY, Scope.USER, gobin=r"%NOWHERE%\bin"),
    ],
)
def test_references_to_nothing_are_refused(wanted: Wanted) -> None:
    assert "undefined_reference" in ids(make_plan(state(Scope.USER), wanted).blockers)


def test_a_reference_to_a_list_is_no_entry() -> None:
    wanted = Wanted(REGISTRY, Scope.USER, gopath=(USER_GO, r"D:\go"), path=(r"%GOPATH%\bin",))
    assert "undefined_reference" in ids(make_plan(state(Scope.USER), wanted).blockers)


def test_no_way_leads_a_per_user_variable_into_the_machine_scope() -> None:
    """Neither by name nor by way of a value that somebody else wrote."""
    found = state(machine={"HOMES": Value(r"%USERPROFILE%\x", REG_EXPAND_SZ)})
    plan = make_plan(found, Wanted(REGISTRY, Scope.MACHINE, gopath=(r"%HOMES%\go",), path=()))
    assert [(finding.id, finding.subject) for finding in plan.blockers] == [("undefined_reference", "GOPATH")]
    assert "%USERPROFILE%" in plan.blockers[0].message


def test_an_entry_that_stands_unreliably_is_written_out_when_it_is_wanted() -> None:
    found = state(
        Scope.USER, user={"GOPATH": Value(USER_GO, REG_EXPAND_SZ), "Path": Value(r"C:\x;%GOPATH%\bin", REG_EXPAND_SZ)}
    )
    assert entries_after(found, Wanted(REGISTRY, gopath=(USER_GO,))) == [USER_GO + r"\bin", r"C:\x"]


# --- superseded and stale entries ------------------------------------------------------------------------------------


def managed(wanted: Wanted, found: State | None = None) -> State:
    """The state after a run of ours."""
    found = found or state(
        wanted.scope, **{wanted.scope.value: {"Path": Value(r"C:\Windows\system32;C:\x", REG_EXPAND_SZ)}}
    )
    return make_plan(found, wanted).applied(found)


@pytest.mark.parametrize("stale", list(Stale))
def test_the_old_sdk_goes_when_goroot_moves(stale: Stale) -> None:
    found = managed(Wanted(REGISTRY, Scope.MACHINE, goroot=OLD))
    assert entries_after(found, Wanted(REGISTRY, Scope.MACHINE, goroot=NEW, stale=stale)) == [
        NEW + r"\bin",
        r"C:\Windows\system32",
        r"C:\x",
    ]


@pytest.mark.parametrize(
    ("goroot", "entry"), [(NEW, NEW + r"\bin"), (r"%ProgramFiles%\Go", r"C:\Program Files\Go\bin")]
)
def test_a_goroot_that_does_not_move_takes_nothing_off_path(goroot: str, entry: str) -> None:
    """The bin directory of GOROOT was put on PATH as GOBIN; GOROOT is named later, twice."""
    found = state(machine={"Path": Value(entry)}, record=Record(entries=(("bin", entry),)))
    wanted = Wanted(REGISTRY, Scope.MACHINE, goroot=goroot, path=(), validate=Validate.WARN)
    after = make_plan(found, wanted).applied(found)
    assert path_of(after) == [entry]
    assert make_plan(after, wanted).is_empty
    assert path_of(make_plan(after, wanted._replace(goroot=OLD)).applied(after)) == []


def test_the_old_sdk_goes_also_when_it_was_named_as_an_entry() -> None:
    found = managed(Wanted(REGISTRY, Scope.MACHINE, goroot=OLD, path=(OLD + r"\bin",)))
    assert entries_after(found, Wanted(REGISTRY, Scope.MACHINE, goroot=NEW)) == [
        NEW + r"\bin",
        r"C:\Windows\system32",
        r"C:\x",
    ]


def test_the_old_sdk_goes_also_when_no_entry_is_wanted() -> None:
    found = managed(Wanted(REGISTRY, Scope.MACHINE, goroot=OLD))
    assert entries_after(found, Wanted(REGISTRY, Scope.MACHINE, goroot=NEW, path=())) == [
        r"C:\Windows\system32",
        r"C:\x",
    ]


def test_the_old_bin_goes_when_gobin_comes() -> None:
    found = managed(Wanted(REGISTRY, gopath=(r"D:\gopath",)))
    assert entries_after(found, Wanted(REGISTRY, gobin=r"C:\bin")) == [r"C:\bin", r"C:\Windows\system32", r"C:\x"]


@pytest.mark.parametrize("path", [(r"C:\b",), ()])
def test_entries_no_longer_named_go(path: tuple[str, ...]) -> None:
    found = managed(Wanted(REGISTRY, path=(r"C:\a", r"C:\b")))
    assert entries_after(found, Wanted(REGISTRY, path=path)) == [*path, r"C:\Windows\system32", r"C:\x"]


def test_entries_of_another_role_stay() -> None:
    found = managed(Wanted(REGISTRY, Scope.MACHINE, goroot=OLD, gopath=(r"D:\gopath",)))
    after = entries_after(found, Wanted(REGISTRY, Scope.MACHINE, path=(r"C:\b",)))
    assert after == [r"C:\b", OLD + r"\bin", r"D:\gopath\bin", r"C:\Windows\system32", r"C:\x"]


def other_sdks() -> State:
    text = ";".join(
        [
            OLD + r"\bin",
            r"C:\Windows\system32",
            '"D:\\sdk\\go1.20.1\\bin\\"',
            GONE_SDK,
            GONE,
            SHIMS,
            r"\\server\share\go1.18\bin",
            r"Z:\go1.18\bin",
            r"C:\Tools",
        ]
    )
    return state(machine={"Path": Value(text, REG_EXPAND_SZ)})


def test_stale_remove_takes_other_sdks_and_nothing_else() -> None:
    after = entries_after(other_sdks(), Wanted(REGISTRY, Scope.MACHINE, goroot=NEW, stale=Stale.REMOVE))
    assert after == [
        NEW + r"\bin",
        r"C:\Windows\system32",
        GONE,
        SHIMS,
        r"\\server\share\go1.18\bin",
        r"Z:\go1.18\bin",
        r"C:\Tools",
    ]


def test_stale_keep_takes_none_and_tells() -> None:
    found = other_sdks()
    plan = make_plan(found, Wanted(REGISTRY, Scope.MACHINE, goroot=NEW))
    assert path_of(plan.applied(found)) == [NEW + r"\bin", *path_of(found)]
    assert [finding.subject for finding in plan.findings if finding.id == "stale_path_entry"] == [
        OLD + r"\bin",
        '"D:\\sdk\\go1.20.1\\bin\\"',
        GONE_SDK,
    ]


def test_stale_remove_keeps_the_sdk_in_use() -> None:
    assert entries_after(other_sdks(), Wanted(REGISTRY, Scope.MACHINE, stale=Stale.REMOVE))[0] == OLD + r"\bin"
    standing = other_sdks().with_scope(
        Scope.MACHINE, other_sdks().in_scope(Scope.MACHINE).replace({"GOROOT": Value(OLDER)})
    )
    after = entries_after(standing, Wanted(REGISTRY, Scope.MACHINE, stale=Stale.REMOVE))
    assert '"D:\\sdk\\go1.20.1\\bin\\"' in after
    assert OLD + r"\bin" not in after


def test_stale_remove_takes_what_is_gone_and_was_ours() -> None:
    found = other_sdks()._replace(record=Record({}, (("path", GONE),)))
    assert GONE not in entries_after(found, Wanted(REGISTRY, Scope.MACHINE, goroot=NEW, stale=Stale.REMOVE))


# --- GOROOT ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("goroot", "doubt"), [(r"C:\missing", "goroot_missing"), (r"C:\empty", "goroot_without_go")])
def test_a_goroot_that_is_none_is_doubted(goroot: str, doubt: str) -> None:
    plan = make_plan(state(), Wanted(REGISTRY, Scope.MACHINE, goroot=goroot))
    assert ids(plan.doubts) == [doubt]
    assert plan.blockers == ()


def test_a_goroot_on_a_share_is_unknown() -> None:
    plan = make_plan(state(), Wanted(REGISTRY, Scope.MACHINE, goroot=r"\\server\share\go1.18"))
    assert plan.doubts == ()
    assert "goroot_unknown" in ids(plan.findings)


def test_another_sdk_that_runs_first_is_doubted() -> None:
    found = state(Scope.USER, machine={"Path": Value(OLD + r"\bin;C:\Windows", REG_EXPAND_SZ)})
    plan = make_plan(found, Wanted(REGISTRY, goroot=NEW))
    assert ids(plan.doubts) == ["goroot_mismatch"]
    assert "go1.21.13" in plan.doubts[0].message


def test_a_shim_that_runs_first_is_seen_as_one() -> None:
    found = state(Scope.USER, machine={"Path": Value(SHIMS, REG_EXPAND_SZ)})
    plan = make_plan(found, Wanted(REGISTRY, goroot=NEW))
    assert ids(plan.doubts) == ["goroot_mismatch"]
    assert "shim" in plan.doubts[0].message


def test_a_goroot_beside_no_go_on_path_is_doubted() -> None:
    assert ids(make_plan(state(), Wanted(REGISTRY, Scope.MACHINE, goroot=NEW, path=(r"C:\Tools",))).doubts) == [
        "goroot_mismatch"
    ]


def test_the_same_version_elsewhere_is_no_doubt() -> None:
    found = state(Scope.USER, machine={"Path": Value(r"C:\link\bin", REG_EXPAND_SZ)})
    known = {**found.directories, fold_path(r"C:\link\bin", {}): Directory(True, "go.exe", "go1.27.3")}
    assert make_plan(found._replace(directories=known), Wanted(REGISTRY, goroot=NEW)).doubts == ()


def test_a_goroot_that_is_relative_once_expanded_does_not_pass_in_silence() -> None:
    found = state(Scope.USER, user={"WHERE": Value("go", REG_SZ)})
    plan = make_plan(found, Wanted(REGISTRY, goroot=r"%WHERE%\sdk"))
    assert ids(plan.blockers) == ["value_refused"]


def test_gopath_inside_goroot_is_told_when_only_expansion_shows_it() -> None:
    found = state(Scope.USER)
    plan = make_plan(
        found, Wanted(REGISTRY, goroot=r"C:\Users\alice\go", gopath=(r"%USERPROFILE%\go\work",), validate=Validate.WARN)
    )
    assert "gopath_is_goroot" in ids((*plan.findings, *plan.blockers))


# --- shadows, limits, directories, anchor ----------------------------------------------------------------------------


def test_a_user_value_that_hides_the_machines_is_told() -> None:
    found = state(user={"GOROOT": OLD})
    plan = make_plan(found, Wanted(REGISTRY, Scope.MACHINE, goroot=NEW))
    assert [finding.subject for finding in plan.findings if finding.id == "user_shadows_machine"] == ["GOROOT"]
    assert "user_shadows_machine" not in ids(
        make_plan(state(Scope.USER, user={"GOROOT": OLD}), Wanted(REGISTRY, goroot=NEW)).findings
    )


def long_path(length: int) -> Value:
    entry, text = r"C:\some\directory", r"C:\Windows"
    while len(text) + len(entry) + 6 < length:
        text += f";{entry}{len(text):05}"[: length - len(text)]
    return Value(text + ";" + "x" * (length - len(text) - 1), REG_EXPAND_SZ)


def test_path_may_not_grow_past_what_cmd_takes() -> None:
    found = state(machine={"Path": long_path(8180)})
    plan = make_plan(found, Wanted(REGISTRY, Scope.MACHINE, path=(r"C:\Tools\longer",)))
    assert ids(plan.blockers) == ["path_too_long"]
    assert (
        make_plan(
            state(machine={"Path": long_path(8100)}), Wanted(REGISTRY, Scope.MACHINE, path=(r"C:\Tools\longer",))
        ).blockers
        == ()
    )


def test_both_scopes_count_for_what_cmd_takes() -> None:
    found = state(Scope.USER, machine={"Path": long_path(8000)}, user={"Path": long_path(185)})
    assert ids(make_plan(found, Wanted(REGISTRY, path=(r"C:\Tools",))).blockers) == ["path_too_long"]


def test_a_path_that_is_too_long_already_may_only_shrink() -> None:
    found = state(machine={"Path": Value(rf"C:\a;C:\b;{OLD}\bin;" + long_path(9000).data, REG_EXPAND_SZ)})
    assert ids(make_plan(found, Wanted(REGISTRY, Scope.MACHINE, path=(r"C:\c",))).blockers) == ["path_too_long"]
    shrinking = make_plan(found, Wanted(REGISTRY, Scope.MACHINE, path=(r"C:\a",), stale=Stale.REMOVE))
    assert shrinking.blockers == ()
    moved = make_plan(found, Wanted(REGISTRY, Scope.MACHINE, path=(r"C:\b", r"C:\a")))
    assert moved.blockers == ()
    assert "path_too_long" in ids(moved.findings)


def test_a_path_over_what_old_dialogs_hold_is_told() -> None:
    assert "path_over_dialog_limit" in ids(
        make_plan(
            state(machine={"Path": long_path(2040)}), Wanted(REGISTRY, Scope.MACHINE, path=(r"C:\Tools",))
        ).findings
    )
    assert "path_over_dialog_limit" not in ids(
        make_plan(state(machine={"Path": long_path(2000)}), Wanted(REGISTRY, Scope.MACHINE, path=(r"C:\T",))).findings
    )


def test_a_path_over_what_windows_holds_is_refused() -> None:
    plan = make_plan(state(machine={"Path": long_path(32760)}), Wanted(REGISTRY, Scope.MACHINE, path=(r"C:\Tools",)))
    assert "value_too_long" in ids(plan.blockers)


def test_a_value_over_what_windows_holds_once_written_out_is_refused() -> None:
    found = state(Scope.USER, user={"FLAGS": Value("%TEMP%" + "x" * 20_000, REG_EXPAND_SZ)})
    plan = make_plan(found, Wanted(REGISTRY, variables={"CGO_CFLAGS": "%FLAGS%" + "y" * 20_000}, path=()))
    assert "value_too_long" in ids(plan.blockers)


def test_directories_that_are_missing_are_made() -> None:
    plan = make_plan(state(Scope.USER), Wanted(REGISTRY, gopath=(USER_GO,), create_directories=True))
    assert plan.directories == (r"C:\Users\alice\go\src", r"C:\Users\alice\go\pkg")


def test_directories_that_cannot_be_made_from_here_are_refused() -> None:
    plan = make_plan(state(Scope.USER), Wanted(REGISTRY, gopath=(r"\\server\share\go",), create_directories=True))
    assert set(ids(plan.blockers)) == {"unknown_directory"}


TO_COME = with_texts({"USERPROFILE": r"C:\Users\%USERNAME%", "USERNAME": "%USERNAME%"})


@pytest.mark.parametrize("profile", [PROFILE, TO_COME])
@pytest.mark.parametrize("gopath", [r"%USERPROFILE%\go", r"D:\go\%USERNAME%", r"%WORK%\go"])
def test_of_new_users_no_directory_of_their_own_is_made(profile: Variables, gopath: str) -> None:
    work = {"WORK": Value(r"D:\work\%username%", REG_EXPAND_SZ)}
    found = state(Scope.DEFAULT_USER, machine=work, profile=profile)
    wanted = Wanted(REGISTRY, Scope.DEFAULT_USER, gopath=(gopath,), create_directories=True)
    plan = make_plan(found, wanted)
    assert (plan.directories, plan.blockers) == ((), ())
    assert [item.subject for item in plan.findings if item.id == "directory_of_new_users"] == [gopath]
    shared = make_plan(found, wanted._replace(gopath=(r"D:\gopath",)))
    assert shared.directories == (r"D:\gopath\src", r"D:\gopath\pkg")
    assert "directory_of_new_users" not in ids(shared.findings)


def test_the_directories_of_the_options_are_asked_for_expanded() -> None:
    asked = wanted_directories(
        state(Scope.USER), Wanted(REGISTRY, goroot=NEW, gopath=(USER_GO,), create_directories=True)
    )
    above = [r"C:\Users", r"C:\Users\alice", r"C:\Users\alice\go"]
    assert asked == [NEW, NEW + r"\bin", *(rf"C:\Users\alice\go\{name}" for name in ("bin", "src", "pkg")), *above]
    assert wanted_directories(state(Scope.USER), Wanted(REGISTRY, goroot=NEW, goal=Goal.ABSENT)) == []


def test_the_anchor_follows_goroot() -> None:
    wanted = Wanted(REGISTRY, Scope.MACHINE, goroot=NEW, anchor=True)
    plan = make_plan(state(anchor=Value(OLD)), wanted)
    assert plan.applied(state()).anchor == Value(NEW)
    assert plan.record.anchor
    same = make_plan(state(anchor=Value(NEW, REG_EXPAND_SZ)), wanted)
    assert [change for change in same.changes if change.place == "anchor"] == []


def test_a_damaged_record_is_told() -> None:
    plan = make_plan(state(record=Record(damaged=True)), Wanted(REGISTRY, Scope.MACHINE, goroot=NEW))
    assert "record_damaged" in ids(plan.findings)
    assert not plan.record.damaged


# --- absent ----------------------------------------------------------------------------------------------------------


def test_absent_removes_what_is_managed_and_nothing_else() -> None:
    wanted = Wanted(
        REGISTRY,
        Scope.MACHINE,
        goroot=NEW,
        gopath=(r"D:\gopath",),
        variables={"GOPROXY": "https://goproxy.cn,direct"},
        anchor=True,
    )
    before = state(machine={"Path": Value(r"C:\Windows\system32;C:\x;", REG_EXPAND_SZ), "GOFLAGS": "-v"})
    found = managed(wanted, before)
    after = make_plan(found, Wanted(REGISTRY, Scope.MACHINE, goal=Goal.ABSENT)).applied(found)
    assert after.variables == before.variables
    assert after.anchor is None
    assert after.record.variables == {}
    assert make_plan(after, Wanted(REGISTRY, Scope.MACHINE, goal=Goal.ABSENT)).is_empty


def test_absent_removes_what_was_written_out_too() -> None:
    """What was written is what is managed, also where it is another text than the option's."""
    found = managed(Wanted(REGISTRY, gopath=(USER_GO,), variables={"GOMODCACHE": r"%GOPATH%\pkg\mod"}))
    plan = make_plan(found, Wanted(REGISTRY, goal=Goal.ABSENT))
    assert ids(plan.findings) == []
    assert "GOMODCACHE" not in plan.applied(found).variables


def test_absent_removes_what_is_named() -> None:
    found = state(machine={"GOFLAGS": "-v", "GOPROXY": "off", "Path": Value(r"C:\a;C:\b", REG_EXPAND_SZ)})
    after = make_plan(
        found, Wanted(REGISTRY, Scope.MACHINE, variables={"GOFLAGS": None}, path=("c:/B/",), goal=Goal.ABSENT)
    ).applied(found)
    assert after.variables == state(machine={"GOPROXY": "off", "Path": Value(r"C:\a", REG_EXPAND_SZ)}).variables


@pytest.mark.parametrize("force", [False, True])
def test_absent_leaves_what_somebody_changed(force: bool) -> None:
    found = managed(Wanted(REGISTRY, variables={"GOPROXY": "off"}))
    found = found.with_scope(Scope.USER, found.in_scope(Scope.USER).replace({"GOPROXY": Value("direct")}))
    plan = make_plan(found, Wanted(REGISTRY, goal=Goal.ABSENT, force=force))
    assert ("GOPROXY" in plan.applied(found).variables) is not force
    assert ("absent_changed_since" in ids(plan.findings)) is not force


def test_absent_takes_a_users_empty_path_with_it() -> None:
    found = managed(Wanted(REGISTRY, gobin=r"C:\bin"), state(Scope.USER))
    assert make_plan(found, Wanted(REGISTRY, goal=Goal.ABSENT)).applied(found).variables == Variables()


def test_absent_never_removes_the_machines_path() -> None:
    found = managed(Wanted(REGISTRY, Scope.MACHINE, path=(r"C:\Windows\system32", r"C:\Windows")), state())
    after = make_plan(found, Wanted(REGISTRY, Scope.MACHINE, goal=Goal.ABSENT)).applied(found)
    assert "PATH" in after.variables


@given(situations())
def test_absent_loses_nothing_foreign(situation: tuple[State, Wanted]) -> None:
    found, wanted = situation
    gone = wanted._replace(goal=Goal.ABSENT)
    plan = make_plan(found, gone)
    guard(plan, found, found.variables)
    after = plan.applied(found)
    ours = folds_of([*(wanted.path or ()), *(entry for _role, entry in found.record.entries)], found)
    foreign = [entry for entry in path_of(found) if entry.strip() and not folds_of([entry], found) & ours]
    assert [entry for entry in path_of(after) if entry in foreign] == foreign
    assert make_plan(after, gone).changes == ()


def test_the_environment_counts_what_a_process_will_see() -> None:
    found = state(Scope.USER, machine={"Path": Value(r"%SystemRoot%", REG_EXPAND_SZ)})
    after = make_plan(found, Wanted(REGISTRY, gopath=(USER_GO,))).applied(found)
    assert effective(after).path == (r"C:\Windows", r"C:\Users\alice\go\bin")


@pytest.mark.parametrize("scope", [Scope.MACHINE, Scope.USER])
@pytest.mark.parametrize("exists", [True, False])
def test_a_workspace_of_everybodys_that_users_can_write_to_is_reported(scope: Scope, exists: bool) -> None:
    root = r"C:\work"
    places = {REGISTRY.syntax.fold_path(rf"{root}\{name}", {}): Directory(exists, writers=who) for name, who in OPEN}
    found = state(scope)
    found = found._replace(directories={**found.directories, **places})
    plan = make_plan(found, Wanted(REGISTRY, scope, gopath=(root,), create_directories=True))
    said = [finding for finding in plan.findings if finding.id == "go_writable_by_users"]
    assert len(said) == (scope is Scope.MACHINE)
    assert all(rf"Everyone and Users can write to {root}\src, {root}\bin, so" in finding.message for finding in said)
    assert "go_writable_by_users" not in ids(make_plan(found, Wanted(REGISTRY, scope, gopath=(root,))).findings)


OPEN = (("src", "Everyone"), ("pkg", ""), ("bin", "Users"))
