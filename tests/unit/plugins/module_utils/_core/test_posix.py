"""The rules of START_FILES shells' start files, and the planner over them."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from unit.support import ids, layered, pick

from ansible_collections.gopher.devbox.plugins.module_utils._core.account import Account
from ansible_collections.gopher.devbox.plugins.module_utils._core.effective import effective, winner
from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import WantedError
from ansible_collections.gopher.devbox.plugins.module_utils._core.plan import Plan
from ansible_collections.gopher.devbox.plugins.module_utils._core.planner import make_plan, missing_facts
from ansible_collections.gopher.devbox.plugins.module_utils._core.posix import INHERITED, POSIX, expand_home
from ansible_collections.gopher.devbox.plugins.module_utils._core.record import (
    ANCHOR,
    FORMER_LENGTH,
    HOOK,
    RETIRED_LENGTH,
    Record,
)
from ansible_collections.gopher.devbox.plugins.module_utils._core.state import Directory, Layer, State
from ansible_collections.gopher.devbox.plugins.module_utils._core.values import Value, Variables
from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import (
    Goal,
    Position,
    Scope,
    Stale,
    Validate,
    Wanted,
)
from ansible_collections.gopher.devbox.plugins.module_utils._formats import shellenv
from ansible_collections.gopher.devbox.plugins.module_utils._media.journal import guard
from ansible_collections.gopher.devbox.plugins.module_utils._media.rc_places import (
    SHELLS,
    Existing,
    Ground,
    RcLayout,
    places,
)
from ansible_collections.gopher.devbox.plugins.module_utils._media.startfile_medium import START_FILES

HOME = "/home/alice"
NEW, OLD, OLDER = "/opt/go1.27.3", "/opt/go1.21.13", "/usr/local/go1.20.1"
VERSIONS = {NEW: "go1.27.3", OLD: "go1.21.13", OLDER: "go1.20.1"}
GONE, GONE_SDK = "/home/alice/gone/bin", "/opt/go1.19.2/bin"
LOGIN = "/usr/local/bin:/usr/bin:/bin"

DIRECTORIES = {
    **{root: Directory(True) for root in VERSIONS},
    **{f"{root}/bin": Directory(True, "go", version) for root, version in VERSIONS.items()},
    **{path: Directory(True) for path in ("/usr/local/bin", "/bin", "/opt/tools", f"{HOME}/go", f"{HOME}/go/bin")},
    **{
        path: Directory(False)
        for path in (
            GONE,
            GONE_SDK,
            "/missing",
            "/missing/bin",
            f"{HOME}/go/src",
            f"{HOME}/go/pkg",
            "/w",
            "/w/src",
            "/w/pkg",
            "/w/bin",
        )
    },
    "/usr/bin": Directory(True, "go"),
}


SCOPES = (Scope.MACHINE, Scope.USER)
GROUNDS = {scope: Ground(scope is Scope.MACHINE, False, HOME, f"{HOME}/.config") for scope in SCOPES}


def layout(target: Scope, shells: t.Collection[str] = SHELLS) -> RcLayout:
    seen = Existing(frozenset({"/etc/profile.d", "/etc/bash.bashrc"}))
    return RcLayout(START_FILES, GROUNDS[target], places(GROUNDS[target], seen), shells)


def texts(found: t.Mapping[str, str]) -> Variables:
    return Variables((name, Value(text)) for name, text in found.items())


def state(
    target: Scope = Scope.USER,
    user: t.Mapping[str, str] | None = None,
    machine: t.Mapping[str, str] | None = None,
    **more: t.Any,
) -> State:
    below = (Layer("login", texts({"PATH": LOGIN})),)
    fields: dict[str, t.Any] = {
        "directories": DIRECTORIES,
        "layout": layout(target),
        **more,
    }
    return State(
        target,
        Account("0", "root", True),
        "alice",
        layered(START_FILES, texts(machine or {}), texts(user or {}), below),
        START_FILES,
        **fields,
    )


def wish(**more: t.Any) -> Wanted:
    return Wanted(**{"medium": START_FILES, "validate": Validate.WARN, **more})


def path_of(found: State) -> list[str]:
    text = found.variables.text("PATH")
    return text.split(":") if text else []


def planned(found: State, wanted: Wanted) -> tuple[Plan, State]:
    plan = make_plan(found, wanted)
    assert not plan.blockers
    return plan, plan.applied(found)


# --- the rules -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("~", HOME),
        ("~/go", f"{HOME}/go"),
        ("$HOME", HOME),
        ("$HOME/a b", f"{HOME}/a b"),
        ("${HOME}/go", f"{HOME}/go"),
        ("~bob/go", "~bob/go"),
        ("$HOMER/go", "$HOMER/go"),
        ("${HOME", "${HOME"),
        ("/x/~/go", "/x/~/go"),
        ("/$HOME", "/$HOME"),
        ("/usr/local/go", "/usr/local/go"),
        ("", ""),
    ],
)
def test_a_home_is_expanded_at_the_beginning_only(text: str, expanded: str) -> None:
    assert expand_home(text, HOME) == expanded


def test_a_home_that_is_the_root_or_ends_in_a_slash() -> None:
    assert (expand_home("~/go", "/"), expand_home("~", "/"), expand_home("~/go", "/home/a/")) == (
        "/go",
        "/",
        "/home/a/go",
    )


@pytest.mark.parametrize("text", ["~", "~/go", "$HOME/go", "${HOME}"])
def test_nobodys_home_is_not_expanded(text: str) -> None:
    with pytest.raises(ValueError, match="somebody's home"):
        expand_home(text, None)
    assert expand_home("/usr/local/go", None) == "/usr/local/go"


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("/usr/local/go", None),
        ("/", None),
        ("/工具/$x `y` 'z' \"q\" !*\\", None),
        ("", "is empty"),
        ("go", "is relative"),
        ("./go", "is relative"),
        ("$PATH", "is relative"),
        ("$GOPATH/bin", "is relative"),
        ("~bob/go", "another user"),
        ("/a:/b", "':'"),
        ("/a\nb", "line break"),
        ("/a\tb", "control character"),
        ("/a\x7f", "control character"),
        ("/a\ud800", "Unicode"),
    ],
)
def test_what_a_directory_may_be(path: str, problem: str | None) -> None:
    found = POSIX.path_problem(path)
    assert found is None if problem is None else problem in (found or "")


@pytest.mark.parametrize(
    ("text", "problem"),
    [("a:b $HOME ~", None), ("", "is empty"), ("a\rb", "line break"), ("\udc80", "Unicode"), ("\0", "control")],
)
def test_what_a_value_may_be(text: str, problem: str | None) -> None:
    found = START_FILES.policy.text_problem(text)
    assert found is None if problem is None else problem in (found or "")


def test_entries_are_compared_by_the_directory_they_mean() -> None:
    assert {POSIX.fold_path(entry, {}) for entry in ("/opt/go/bin", "/opt/go/bin/", "/opt//go///bin")} == {
        "/opt/go/bin"
    }
    assert [POSIX.fold_path(entry, {}) for entry in ("/", "//", "", INHERITED, "/Opt")] == [
        "/",
        "/",
        "",
        INHERITED,
        "/Opt",
    ]
    assert POSIX.is_within("/opt/go/x", "/opt/go")
    assert POSIX.is_within("/opt/go", "/opt/go")
    assert not POSIX.is_within("/opt/go1", "/opt/go")
    assert POSIX.child("/opt/go/", "bin") == "/opt/go/bin"


def test_path_is_composed_around_the_one_below() -> None:
    below = ("login", "/usr/bin:/bin")
    assert START_FILES.policy.compose(START_FILES.syntax, "PATH", "user", below, "/a:$PATH:/z") == "/a:/usr/bin:/bin:/z"
    assert START_FILES.policy.compose(START_FILES.syntax, "PATH", "user", below, "/bin:$PATH") == "/bin:/usr/bin"
    assert START_FILES.policy.compose(START_FILES.syntax, "PATH", "user", None, "/a:$PATH") == "/a"
    assert START_FILES.policy.compose(START_FILES.syntax, "GOFLAGS", "user", ("login", "-x"), "$PATH") == "$PATH"


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("/opt/go1.27.3/bin", True),
        ("/usr/local/go-1.21/bin", True),
        ("/sdk/go/1.21.0/bin", True),
        ("/home/alice/sdk/go1.22rc1/bin", True),
        ("/pkg/go1.22.0.linux-amd64/go/bin", True),
        ("/usr/local/go/bin", True),
        ("/opt/go/bin", False),
        ("/usr/bin", False),
        ("/home/alice/go/bin", False),
        ("/opt/go2.0/bin", False),
        ("/opt/django1.11/bin", False),
    ],
)
def test_directories_that_are_named_like_an_sdk(path: str, named: bool) -> None:
    assert POSIX.named_like_sdk(path) is named


def test_what_is_refused_is_refused_before_anything_is_read() -> None:
    wanted = wish(
        goroot="go", gopath=("/a:b", "~x/go"), variables={"GOCACHE": "x", "GOPROXY": "a\nb", "NOPE": "1"}, path=("",)
    )
    with pytest.raises(WantedError) as raised:
        wanted.check()
    for part in (
        "goroot: 'go' is relative",
        "gopath: '/a:b'",
        "another user",
        "GOCACHE must be a full path",
        "GOPROXY has a line break",
        "NOPE",
        "path: '' is",
    ):
        assert part in raised.value.message


def test_gopath_in_goroot_is_refused() -> None:
    with pytest.raises(WantedError, match="stands inside GOROOT"):
        wish(goroot="/opt/go/", gopath=("/opt//go/work",)).check()


# --- what holds for every state and every wish -----------------------------------------------------------------------

FOREIGN = ("/home/alice/.cargo/bin", "/opt/tools", "/opt/tools/", "/snap/bin", "/usr/bin", "/a b/$x", "/工具/bin", GONE)
OURS = (f"{NEW}/bin", f"{OLD}/bin", f"{OLDER}/bin", f"{HOME}/go/bin", "/w/bin", GONE_SDK)
some_values = st.dictionaries(
    pick("GOROOT", "GOPATH", "GOFLAGS", "GOPROXY"), pick(NEW, OLD, "/w", "-v", "it's $x"), max_size=3
)


@st.composite
def paths(draw: st.DrawFn) -> str | None:
    entries = draw(st.none() | st.lists(pick(*FOREIGN, *OURS), max_size=6, unique=True))
    if entries is None or not entries:
        return None
    place = draw(st.integers(0, len(entries)))
    return ":".join([*entries[:place], INHERITED, *entries[place:]])


@st.composite
def records(draw: st.DrawFn) -> Record:
    return Record(
        draw(some_values),
        tuple(draw(st.lists(st.tuples(pick("goroot", "bin", "path"), pick(*OURS)), max_size=3))),
        draw(st.booleans()),
        retired=tuple(draw(st.lists(pick(*OURS, "/very/old/bin"), max_size=2, unique=True))),
        former=draw(
            st.dictionaries(
                pick("GOROOT", "GOGC"),
                st.lists(pick(NEW, OLD, "50"), min_size=1, max_size=2, unique=True).map(tuple),
                max_size=2,
            )
        ),
        sweep=tuple(draw(st.lists(pick("goroot", "bin", "path"), max_size=2, unique=True))),
    )


@st.composite
def states(draw: st.DrawFn) -> State:
    """A state as the start files can hold it; the hooks that read them are all there, or some, or hold another text."""
    target = draw(pick(*SCOPES))
    values, path = draw(some_values), draw(paths())
    own = {**values, **({"PATH": path} if path else {})}
    other = dict(draw(pick((), (("GOROOT", OLD),), (("PATH", f"{OLD}/bin:$PATH"),))))
    found = state(target, *((other, own) if target is Scope.MACHINE else (own, other)), record=draw(records()))
    anchor = draw(st.none() | pick(Value(OLD), Value("/elsewhere"))) if target is Scope.MACHINE else None
    hooks = found.layout.hooks(found.variables, found.record)
    order = list(hooks)  # the source first, without which there are no variables
    kinds = {
        "all": hooks,
        "source": {path: hooks[path] for path in order[:1]},
        "some": {path: hooks[path] for path in order[::2]},
    }
    kinds["older"] = dict.fromkeys(hooks, "# an older text\n")
    return found._replace(anchor=anchor, hooks=kinds[draw(pick(*kinds))])


@st.composite
def wishes(draw: st.DrawFn, scope: Scope) -> Wanted:
    wanted = wish(
        scope=scope,
        goroot=draw(pick(None, NEW, OLD, "/missing")),
        gopath=draw(pick(None, (f"{HOME}/go",), ("/w", f"{HOME}/go"))),
        gobin=draw(pick(None, "/opt/tools", f"{HOME}/go/bin/")),
        variables=draw(
            st.dictionaries(pick("GOINSECURE", "GOPRIVATE"), pick(None, "-v", "https://goproxy.cn,direct"), max_size=2)
        ),
        path=draw(st.none() | st.lists(pick(*FOREIGN, *OURS), max_size=3).map(tuple)),
        position=draw(pick(*Position)),
        stale=draw(pick(*Stale)),
        create_directories=draw(st.booleans()),
        anchor=scope is Scope.MACHINE and draw(st.booleans()),
        goal=draw(pick(Goal.PRESENT, Goal.PRESENT, Goal.PRESENT, Goal.ABSENT)),
        shells=draw(pick(None, SHELLS)),
    )
    wanted.check()
    return wanted


@st.composite
def situations(draw: st.DrawFn) -> tuple[State, Wanted]:
    found = draw(states())
    return found, draw(wishes(found.target))


@given(situations())
def test_planning_twice_is_planning_once(situation: tuple[State, Wanted]) -> None:
    found, wanted = situation
    plan = make_plan(found, wanted)
    assume(not plan.blockers)
    again = make_plan(plan.applied(found), wanted)
    assert (again.changes, again.directories) == ((), ())
    assert again.is_empty


@given(situations())
def test_undo_restores_exactly(situation: tuple[State, Wanted]) -> None:
    found, wanted = situation
    plan = make_plan(found, wanted)
    after = plan.applied(found)
    back = plan.undo().applied(after)
    assert (back.variables, back.hooks, back.anchor, back.record) == (
        found.variables,
        found.hooks,
        found.anchor,
        found.record,
    )


@given(situations())
def test_every_plan_and_its_undoing_pass_the_second_lock(situation: tuple[State, Wanted]) -> None:
    found, wanted = situation
    plan = make_plan(found, wanted)
    guard(plan, found, found.variables)
    after = plan.applied(found)
    guard(plan.undo(), after, after.variables)


def foreign_in(found: State, ours: t.Container[str]) -> list[str]:
    return [entry for entry in path_of(found) if entry != INHERITED and POSIX.fold_path(entry, {}) not in ours]


@given(situations())
def test_no_foreign_entry_is_lost_moved_or_rewritten(situation: tuple[State, Wanted]) -> None:
    found, wanted = situation
    after = make_plan(found, wanted).applied(found)
    ours = {POSIX.fold_path(entry, {}) for entry in (*OURS, *(entry for _role, entry in wanted.entries()))}
    assert foreign_in(found, ours) == foreign_in(after, ours)


@given(situations())
def test_path_always_holds_the_inherited_one(situation: tuple[State, Wanted]) -> None:
    after = make_plan(*situation).applied(situation[0])
    assert path_of(after).count(INHERITED) == (1 if path_of(after) else 0)
    assert path_of(after) != [INHERITED], "a PATH that says nothing is none"


@given(situations())
def test_wanted_entries_stand_once_in_order_where_they_are_wanted(situation: tuple[State, Wanted]) -> None:
    found, wanted = situation
    assume(wanted.goal is Goal.PRESENT and wanted.entries())
    order = list(dict.fromkeys(POSIX.fold_path(entry, {}) for _role, entry in wanted.entries()))
    folds = [POSIX.fold_path(entry, {}) for entry in path_of(make_plan(found, wanted).applied(found))]
    assert [fold for fold in folds if fold in order] == order
    assert (folds[: len(order)] if wanted.position is Position.FIRST else folds[-len(order) :]) == order


@given(situations())
def test_what_a_plan_leads_to_can_be_written_and_read(situation: tuple[State, Wanted]) -> None:
    """The source that must stand is one, and holds what the plan leads to."""
    found, wanted = situation
    after = make_plan(found, wanted).applied(found)
    source = GROUNDS[found.target].source
    if source not in after.hooks:
        assert not after.variables
        return
    settings = shellenv.parse_source(after.hooks[source])
    assert settings.path == tuple(path_of(after))
    assert settings.variables == {name: value.data for name, value in after.variables.items() if name != "PATH"}
    assert settings.retired == after.record.retired
    assert settings.former == after.record.former


@given(situations())
def test_what_goes_is_remembered_so_that_shells_let_go_of_it(situation: tuple[State, Wanted]) -> None:
    found, wanted = situation
    plan = make_plan(found, wanted)
    after = plan.applied(found)
    everybodys = (
        set(POSIX.split_path(found.in_scope(Scope.MACHINE).text("PATH"))) if found.target is Scope.USER else set()
    )
    gone = set(path_of(found)) - set(path_of(after)) - {INHERITED} - everybodys
    assert gone <= set(after.record.retired)
    assert not set(after.record.retired) & set(path_of(after))
    for change in plan.changes:
        if change.place == "environment" and change.name != "PATH" and change.before is not None:
            assert change.before.data in after.record.former[change.name]
            assert change.after is None or change.after.data not in after.record.former[change.name]


@given(situations())
def test_what_is_unanswered_is_asked_once(situation: tuple[State, Wanted]) -> None:
    found, wanted = situation
    more = missing_facts(found._replace(directories={}), wanted)
    known = found._replace(directories={POSIX.fold_path(path, {}): Directory(False) for path in more})
    assert missing_facts(known, wanted) == []


# --- present ---------------------------------------------------------------------------------------------------------


def test_the_default_entries_of_a_new_home() -> None:
    plan, after = planned(state(), wish(goroot=NEW, gopath=("/w",)))
    assert path_of(after) == [f"{NEW}/bin", "/w/bin", INHERITED]
    assert [change.name for change in plan.changes if change.place != HOOK] == ["GOROOT", "GOPATH", "PATH"]
    assert after.record.hooks == tuple(after.hooks)
    assert after.record.retired == ()


def test_entries_can_stand_last() -> None:
    _plan, after = planned(state(), wish(gobin="/opt/tools", position=Position.LAST))
    assert path_of(after) == [INHERITED, "/opt/tools"]


def test_an_upgrade_retires_what_it_replaces() -> None:
    _plan, first = planned(state(), wish(goroot=OLD))
    _plan, second = planned(first, wish(goroot=NEW))
    assert path_of(second) == [f"{NEW}/bin", INHERITED]
    assert second.record.retired == (f"{OLD}/bin",)
    assert second.record.former == {"GOROOT": (OLD,)}
    _plan, third = planned(second, wish(goroot=OLD))
    assert (third.record.retired, third.record.former) == ((f"{NEW}/bin",), {"GOROOT": (NEW,)}), (
        "what is wanted again is not let go of"
    )


def test_what_was_removed_is_former() -> None:
    _plan, after = planned(state(user={"GOFLAGS": "-v"}), wish(variables={"GOFLAGS": None}))
    assert after.record.former == {"GOFLAGS": ("-v",)}


def test_only_the_newest_are_remembered() -> None:
    found = state()
    for number in range(RETIRED_LENGTH + 5):
        _plan, found = planned(found, wish(path=(f"/p{number}",), variables={"GOFLAGS": f"-tags={number}"}))
    assert found.record.retired == tuple(f"/p{number}" for number in range(4, RETIRED_LENGTH + 4))
    assert found.record.former["GOFLAGS"] == tuple(
        f"-tags={number}" for number in range(RETIRED_LENGTH + 4 - FORMER_LENGTH, RETIRED_LENGTH + 4)
    )


def test_stale_entries_are_swept_where_shells_inherit_them() -> None:
    found = state(user={"PATH": f"{OLDER}/bin:$PATH:{GONE_SDK}:/opt/tools"})
    kept, _after = planned(found, wish(goroot=NEW))
    assert ids(kept.findings).count("stale_path_entry") == 2
    _plan, after = planned(found, wish(goroot=NEW, stale=Stale.REMOVE))
    assert path_of(after) == [f"{NEW}/bin", INHERITED, "/opt/tools"]
    assert after.record.sweep == ("goroot",)
    source = after.hooks[f"{HOME}/.config/gopher-devbox/env.sh"]
    assert shellenv.parse_source(source).sweep
    _plan, kept_again = planned(after, wish(goroot=NEW))
    assert kept_again.record.sweep == ()
    assert not shellenv.parse_source(kept_again.hooks[f"{HOME}/.config/gopher-devbox/env.sh"]).sweep


def test_an_sdk_on_the_inherited_path_is_told() -> None:
    plan, _after = planned(state(machine={"PATH": f"{OLD}/bin:$PATH"}), wish(goroot=NEW))
    assert [finding.subject for finding in plan.findings if finding.id == "stale_path_entry"] == [f"{OLD}/bin"]


def test_hooks_that_somebody_took_out_come_back() -> None:
    wanted = wish(goroot=NEW)
    _plan, after = planned(state(), wanted)
    path = f"{HOME}/.bashrc"
    without = after._replace(hooks={name: text for name, text in after.hooks.items() if name != path})
    plan = make_plan(without, wanted)
    assert [(change.name, change.place, change.before) for change in plan.changes] == [(path, HOOK, None)]


def test_other_shells_hooks_go() -> None:
    _plan, after = planned(state(), wish(goroot=NEW))
    fewer = after._replace(layout=layout(Scope.USER, ("zsh",)))
    plan, left = planned(fewer, wish(goroot=NEW, shells=("zsh",)))
    gone = [change.name for change in plan.changes if change.place == HOOK and change.after is None]
    assert len(gone) == len(plan.changes) > 0
    assert left.hooks.keys() == {f"{HOME}/.config/gopher-devbox/env.sh", f"{HOME}/.zshenv", f"{HOME}/.zprofile"}


def test_directories_of_the_workspace_are_made() -> None:
    plan, _after = planned(state(), wish(gopath=("/w",), create_directories=True))
    assert plan.directories == ("/w/src", "/w/pkg", "/w/bin")


# --- GOROOT and the go that runs -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "doubt"),
    [
        (wish(goroot=NEW), None),
        (wish(goroot="/missing"), "goroot_missing"),
        (wish(goroot="/opt/tools"), "goroot_without_go"),
        (wish(goroot=NEW, path=()), "goroot_mismatch"),
        (wish(goroot=NEW, position=Position.LAST), "goroot_mismatch"),
    ],
)
def test_doubts_about_goroot(wanted: Wanted, doubt: str | None) -> None:
    assert ids(make_plan(state(), wanted).doubts) == ([doubt] if doubt else [])


def test_the_users_entries_stand_before_the_systems() -> None:
    after = state(user={"PATH": f"{NEW}/bin:$PATH"}, machine={"PATH": f"{OLD}/bin:$PATH"})
    environment = effective(after)
    assert environment.path == (f"{NEW}/bin", f"{OLD}/bin", *LOGIN.split(":"))
    assert winner(after, environment).version == "go1.27.3"
    assert [layer.scope for layer in environment.layers["PATH"]] == ["login", "machine", "user"]


def test_a_persons_value_hides_everybodys() -> None:
    plan = make_plan(state(Scope.MACHINE, user={"GOROOT": OLD}), wish(scope=Scope.MACHINE, goroot=NEW))
    assert "user_shadows_machine" in ids(plan.findings)


# --- link_go ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "root"),
    [
        (wish(scope=Scope.MACHINE, anchor=True, goroot=NEW), NEW),
        (wish(scope=Scope.MACHINE, anchor=True, path=("/opt/tools", f"{OLD}/bin//")), OLD),
        (wish(scope=Scope.MACHINE, anchor=True, path=("/opt/tools", f"{OLD}/bin")), OLD),
        (wish(scope=Scope.MACHINE, anchor=True, path=("/opt/tools",)), None),
        (wish(scope=Scope.MACHINE, anchor=True), None),
        (wish(scope=Scope.MACHINE, goroot=NEW), None),
    ],
)
def test_what_the_link_leads_to(wanted: Wanted, root: str | None) -> None:
    plan, after = planned(state(Scope.MACHINE), wanted)
    assert (after.anchor.data if after.anchor else None) == root
    assert after.record.anchor is (root is not None)
    assert [change.name for change in plan.changes if change.place == ANCHOR] == (["InstallPath"] if root else [])


def test_the_link_goes_with_what_is_managed() -> None:
    _plan, after = planned(state(Scope.MACHINE), wish(scope=Scope.MACHINE, anchor=True, goroot=NEW))
    _plan, gone = planned(after, wish(scope=Scope.MACHINE, goal=Goal.ABSENT))
    assert (gone.anchor, gone.record.anchor, gone.hooks, dict(gone.variables)) == (None, False, {}, {})


def test_a_link_that_is_not_ours_stays() -> None:
    _plan, after = planned(
        state(Scope.MACHINE, machine={"GOROOT": NEW}, anchor=Value("/elsewhere")),
        wish(scope=Scope.MACHINE, goal=Goal.ABSENT),
    )
    assert after.anchor == Value("/elsewhere")


# --- absent, restored ------------------------------------------------------------------------------------------------


def test_absent_takes_out_what_is_ours_and_no_more() -> None:
    found = state(user={"PATH": "/opt/tools:$PATH", "GOFLAGS": "-v"})
    _plan, present = planned(found, wish(goroot=NEW, gopath=("/w",)))
    plan, after = planned(present, wish(goal=Goal.ABSENT))
    assert after.variables == found.variables
    assert (after.record.variables, after.record.entries) == ({}, ())
    assert set(after.record.retired) == {f"{NEW}/bin", "/w/bin"}
    assert after.hooks.keys() == present.hooks.keys(), "something is left that the files bring into effect"
    assert not ids(plan.findings)


def test_absent_leaves_what_somebody_changed() -> None:
    _plan, present = planned(state(), wish(goroot=NEW))
    changed = present.with_variables(present.variables.replace({"GOROOT": Value(OLD)}))
    plan, after = planned(changed, wish(goal=Goal.ABSENT))
    assert ids(plan.findings) == ["absent_changed_since", "goroot_mismatch"], "the system's go is the first now"
    assert (after.variables.text("GOROOT"), path_of(after)) == (OLD, [])
    _plan, forced = planned(changed, wish(goal=Goal.ABSENT, force=True))
    assert (dict(forced.variables), forced.hooks) == ({}, {})


def test_absent_makes_no_file() -> None:
    _plan, present = planned(state(), wish(goroot=NEW, variables={"GOFLAGS": "-v"}))
    bare = present._replace(hooks={}).with_variables(present.variables.replace({"GOFLAGS": Value("-x")}))
    _plan, after = planned(bare, wish(goal=Goal.ABSENT))
    assert after.variables.text("GOFLAGS") == "-x"
    assert after.hooks == {}


def journaled(found: State, wanted: Wanted, id: str) -> State:
    """The state after a run whose change is journaled."""
    plan, after = planned(found, wanted)
    entry = plan.journal_entry(id)
    record, _gone = plan.record.with_journal(entry, plan.undoes)
    undone = {plan.undoes.id: plan.undoes} if plan.undoes else {}
    return after._replace(record=record, journal={**after.journal, **undone, id: entry})


IDS = [f"2026010{number}T000000Z-0000000{number}" for number in range(1, 9)]


def test_restored_takes_back_one_change_after_the_other() -> None:
    start = state(user={"PATH": "/opt/tools:$PATH"})
    first = journaled(start, wish(goroot=OLD), IDS[0])
    second = journaled(first, wish(goroot=NEW), IDS[1])
    back = journaled(second, wish(goal=Goal.RESTORED), IDS[2])
    assert back.variables == first.variables
    assert back.record.entries == first.record.entries
    assert back.record.retired == (f"{NEW}/bin",), "shells that have it still let go of it"
    assert back.record.former == {"GOROOT": (NEW,)}
    bare = journaled(back, wish(goal=Goal.RESTORED), IDS[3])
    assert bare.variables == start.variables
    nothing = make_plan(bare, wish(goal=Goal.RESTORED))
    assert nothing.is_empty
    assert ids(nothing.findings) == ["restore_nothing"]


def test_restored_takes_the_files_with_the_variables() -> None:
    after = journaled(state(), wish(goroot=NEW), IDS[0])
    back = journaled(after, wish(goal=Goal.RESTORED), IDS[1])
    assert (back.hooks, dict(back.variables)) == ({}, {})


def test_restored_keeps_what_came_later_on_path() -> None:
    after = journaled(state(), wish(goroot=NEW), IDS[0])
    later = after.with_variables(after.variables.replace({"PATH": Value(f"{NEW}/bin:/later:$PATH:/last")}))
    back = journaled(later, wish(goal=Goal.RESTORED), IDS[1])
    assert path_of(back) == ["/later", INHERITED, "/last"]


def test_restored_brings_the_files_back_that_absent_took() -> None:
    first = journaled(state(), wish(goroot=NEW), IDS[0])
    gone = journaled(first, wish(goal=Goal.ABSENT), IDS[1])
    assert gone.hooks == {}
    back = journaled(gone, wish(goal=Goal.RESTORED), IDS[2])
    assert (back.variables, back.hooks.keys()) == (first.variables, first.hooks.keys())


@given(situations())
def test_what_nobody_touched_is_restored(situation: tuple[State, Wanted]) -> None:
    found, wanted = situation
    found = found._replace(hooks=found.layout.hooks(found.variables, found.record))
    plan = make_plan(found, wanted)
    assume(plan.changes and not plan.blockers)
    after = journaled(found, wanted, IDS[0])
    back = journaled(after, wish(scope=found.target, goal=Goal.RESTORED), IDS[1])
    assert (back.variables, back.anchor) == (found.variables, found.anchor)
    assert back.hooks.keys() == found.hooks.keys()
    assert make_plan(back, wish(scope=found.target, goal=Goal.RESTORED)).is_empty


def test_what_everybodys_scope_puts_on_path_no_user_takes_off() -> None:
    """A directory that was the user's own, and is the system's now: the user's shells would take it off again."""
    found = state(user={"PATH": "/opt/go/bin:$PATH"}, machine={"PATH": "/opt/go/bin:$PATH"})._replace(
        record=Record(entries=(("path", "/opt/go/bin"),)),
    )
    plan = make_plan(found, wish(path=("/opt/tools/bin",)))
    assert plan.record.retired == ()
    alone = make_plan(found.with_scope(Scope.MACHINE, Variables()), wish(path=("/opt/tools/bin",)))
    assert alone.record.retired == ("/opt/go/bin",)
