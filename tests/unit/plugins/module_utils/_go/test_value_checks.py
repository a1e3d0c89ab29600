"""Values as they come out on the host: references, full paths, percent signs, words of the go that runs; and what null
removes.
"""

from __future__ import annotations

import typing as t

import pytest
from unit.support import NEW, OLD, ids, layered, path_of, state

from ansible_collections.gopher.devbox.plugins.module_utils._core.account import Account
from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import WantedError
from ansible_collections.gopher.devbox.plugins.module_utils._core.plan import Plan
from ansible_collections.gopher.devbox.plugins.module_utils._core.planner import make_plan
from ansible_collections.gopher.devbox.plugins.module_utils._core.state import Directory, Layer, State
from ansible_collections.gopher.devbox.plugins.module_utils._core.values import Value, Variables
from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import Goal, Scope, Validate, Wanted
from ansible_collections.gopher.devbox.plugins.module_utils._core.windows import (
    REG_EXPAND_SZ,
    REG_SZ,
    with_texts,
)
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_medium import REGISTRY
from ansible_collections.gopher.devbox.plugins.module_utils._media.startfile_medium import START_FILES

PROFILE = with_texts(
    {"USERPROFILE": r"C:\Users\alice", "USERNAME": "alice", "HOMEDRIVE": "C:", "HOMEPATH": r"\Users\alice"}
)


def user(values: t.Mapping[str, Value | str] | None = None, **more: t.Any) -> State:
    return state(Scope.USER, user=values or {}, profile=PROFILE, **more)


def planned(found: State, wanted: Wanted) -> Plan:
    wanted.check()
    return make_plan(found, wanted)


def written(found: State, **options: t.Any) -> Variables:
    plan = planned(found, Wanted(REGISTRY, **options))
    assert not plan.blockers, plan.blockers
    return plan.applied(found).in_scope(Scope.USER)


# --- directories
# -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("option", ["goroot", "gopath", "gobin", "path"])
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (r"%USERNAME%\go", r"comes out as alice\go on this host, which is relative"),
        (r"%HOMEPATH%\go", r"comes out as \Users\alice\go on this host, which is relative"),
        (r"%NOWHERE%\go", "%NOWHERE%, which is not set"),
        (r"C:\a\%NOWHERE%", "%NOWHERE%, which is not set"),
        (r"%BAD%\go", "has a '<' in it"),
        (r"%LIST%\bin", "refers to a list of directories"),
    ],
)
def test_a_directory_is_judged_as_it_comes_out(option: str, text: str, reason: str) -> None:
    found = user({"BAD": r"C:\a<b", "LIST": Value(r"C:\a;C:\b", REG_SZ)})
    given = {option: (text,) if option in ("gopath", "path") else text}
    blockers = planned(found, Wanted(REGISTRY, validate=Validate.WARN, **given)).blockers
    assert any(reason in blocker.message for blocker in blockers), blockers
    assert {blocker.id for blocker in blockers} <= {"undefined_reference", "value_refused"}


@pytest.mark.parametrize("option", ["goroot", "gopath", "gobin", "path"])
@pytest.mark.parametrize(
    "text",
    [
        r"%HOMEDRIVE%%HOMEPATH%\go",
        r"%USERPROFILE%\go",
        r"C:\a%20b%20c",
        r"C:\100%\go",
        r"%SystemDrive%\%USERNAME%\go",
        r"\\?\C:\go",
    ],
)
def test_a_full_path_is_taken(option: str, text: str) -> None:
    given = {option: (text,) if option in ("gopath", "path") else text}
    plan = planned(user(), Wanted(REGISTRY, validate=Validate.WARN, **given))
    assert not plan.blockers


@pytest.mark.parametrize("kind", [REG_SZ, REG_EXPAND_SZ])
def test_a_list_is_no_directory_whatever_its_type(kind: str) -> None:
    found = user({"GOPATH": Value(r"C:\a;C:\b", kind)})
    assert "undefined_reference" in ids(planned(found, Wanted(REGISTRY, path=(r"%GOPATH%\bin",))).blockers)
    coming = Wanted(REGISTRY, gopath=(r"C:\a", r"C:\b"), path=(r"%GOPATH%\bin",))
    assert "undefined_reference" in ids(planned(user(), coming).blockers)


@pytest.mark.parametrize(
    "text", [r"C:\a<b", r"C:\a>b", r"C:\a|b", r"C:\a?b", r"C:\a*b", r"C:\a:b", r"%USERPROFILE%\a<b"]
)
def test_a_character_that_no_path_of_windows_holds_is_refused_at_once(text: str) -> None:
    for option in ("goroot", "gobin"):
        with pytest.raises(WantedError, match="which no Windows path can hold"):
            Wanted(REGISTRY, **{option: text}).check()


# --- percent signs
# -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("GOPROXY", "https://user:p%40ss%21w@proxy", REG_SZ),
        ("GOPRIVATE", "git.corp/a%20b%20c", REG_SZ),
        ("CGO_CFLAGS", "-DF=%d%s", REG_SZ),
        ("CGO_CFLAGS", "100%", REG_SZ),
        ("CC", "%NOWHERE%", REG_SZ),
        ("GOPRIVATE", "%USERNAME%.corp", REG_EXPAND_SZ),
        ("GOPROXY", "https://%USERNAME%:p%40ss%21w@proxy", REG_EXPAND_SZ),
        ("GOCACHE", r"%USERPROFILE%\cache", REG_EXPAND_SZ),
        ("GOFLAGS", "-v", REG_SZ),
    ],
)
def test_only_an_existing_name_is_a_reference(name: str, text: str, kind: str) -> None:
    for before in (
        {},
        {name: Value(text, REG_EXPAND_SZ)},
        {name: Value(text, REG_SZ)},
        {name: Value("other", REG_EXPAND_SZ)},
    ):
        after = written(user(before), variables={name: text})[name]
        assert after.data == text
        assert after.type == kind or "%" not in text
        again = planned(user({name: after}), Wanted(REGISTRY, variables={name: text}))
        assert again.is_empty


def test_what_is_no_reference_stays_text_when_a_variable_of_that_name_comes() -> None:
    after = written(user(), variables={"GOPROXY": "https://user:p%40ss%21w@proxy"})
    later = after.replace({"40ss": Value("x")})
    assert written(user(dict(later)), variables={"GOGC": "50"})["GOPROXY"].type == REG_SZ


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("GOPROXY", "htps://%USERNAME%@proxy"),
        ("GOPROXY", "https://%NOWHERE%/"),
        ("GOCACHE", r"%NOWHERE%\cache"),
        ("GOCACHE", r"%USERNAME%\cache"),
        ("GO111MODULE", "%USERNAME%"),
        ("GOFLAGS", "%USERNAME%"),
    ],
)
def test_a_value_is_judged_as_it_comes_out(name: str, text: str) -> None:
    assert "value_refused" in ids(planned(user(), Wanted(REGISTRY, variables={name: text})).blockers)


# --- words
# -------------------------------------------------------------------------------------------------------------


def with_go(version: str | None) -> State:
    directories = {"/go/bin": Directory(True, "go", version)} if version else {"/go/bin": Directory(True)}
    account = Account("0", "root", True)
    below = (Layer("login", Variables([("PATH", Value("/go/bin"))])),)
    return State(
        Scope.MACHINE,
        account,
        "root",
        layered(START_FILES, below=below),
        START_FILES,
        directories=directories,
        native=("linux", "amd64"),
    )


@pytest.mark.parametrize(
    ("variables", "blocked"),
    [
        ({"GOARCH": "amd63"}, True),
        ({"GOOS": "lnux"}, True),
        ({"GOAMD64": "v9"}, True),
        ({"GOEXPERIMENT": "nosuchexp"}, True),
        ({"GOTOOLCHAIN": "go1.99"}, False),
    ],
)
def test_a_word_is_an_error_where_the_version_is_known_and_a_warning_elsewhere(
    variables: dict[str, str], blocked: bool
) -> None:
    wanted = Wanted(START_FILES, Scope.MACHINE, variables=variables)
    known = planned(with_go("go1.27.3"), wanted)
    expected: tuple[list[str], list[str]] = (["value_refused"], []) if blocked else ([], ["unknown_value"])
    assert (ids(known.blockers), ids(known.findings)) == expected
    for version in (None, "go1.28.0"):
        plan = planned(with_go(version), wanted)
        assert not plan.blockers
        assert "unknown_value" in ids(plan.findings)


def test_the_go_that_will_run_counts() -> None:
    wanted = Wanted(REGISTRY, Scope.MACHINE, goroot=OLD, variables={"GOEXPERIMENT": "jsonv2"})
    assert "value_refused" in ids(planned(state(), wanted).blockers)
    assert not planned(state(), wanted._replace(goroot=NEW)).blockers


@pytest.mark.parametrize(
    ("variables", "fits"),
    [
        ({"GOOS": "js", "GOARCH": "wasm"}, True),
        ({"GOOS": "js"}, False),
        ({"GOARCH": "wasm"}, False),
        ({"GOOS": "aix"}, False),
        ({"GOOS": "windows"}, True),
        ({"GOARCH": "arm64"}, True),
        ({"GOOS": "js", "GOARCH": "amd64"}, False),
    ],
)
def test_goos_and_goarch_are_one_pair_with_the_hosts_own(variables: dict[str, str], fits: bool) -> None:
    for version in ("go1.27.3", None):
        blockers = planned(with_go(version), Wanted(START_FILES, Scope.MACHINE, variables=variables)).blockers
        assert (not blockers) is fits


# --- what null removes
# -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["GOROOT", "GOPATH", "GOBIN"])
def test_null_and_the_option_exclude_each_other(name: str) -> None:
    given: dict[str, t.Any] = {"goroot": NEW, "gopath": (r"C:\w",), "gobin": r"C:\b"}
    with pytest.raises(WantedError, match=f"{name} is null, which removes it, and {name.lower()} is given"):
        Wanted(REGISTRY, variables={name: None}, **{name.lower(): given[name.lower()]}).check()


def after_run(found: State, wanted: Wanted) -> State:
    plan = planned(found, wanted)
    assert not plan.blockers, plan.blockers
    after = plan.applied(found)
    assert planned(after, wanted).is_empty, "a second run changes nothing"
    return after


def test_goroot_goes_with_its_entry_and_its_anchor() -> None:
    first = after_run(state(), Wanted(REGISTRY, Scope.MACHINE, goroot=NEW, gopath=(r"D:\gopath",), anchor=True))
    assert NEW + r"\bin" in path_of(first)
    after = after_run(first, Wanted(REGISTRY, Scope.MACHINE, variables={"GOROOT": None}))
    assert "GOROOT" not in after.variables
    assert NEW + r"\bin" not in path_of(after)
    assert r"D:\gopath\bin" in path_of(after)
    assert after.anchor is None
    assert "GOROOT" not in after.record.variables


def test_an_entry_of_others_stays() -> None:
    found = state(machine={"GOROOT": NEW, "Path": Value(rf"C:\Windows;{NEW}\bin")})
    after = after_run(found, Wanted(REGISTRY, Scope.MACHINE, variables={"GOROOT": None}))
    assert "GOROOT" not in after.variables
    assert NEW + r"\bin" in path_of(after)


@pytest.mark.parametrize(
    ("removed", "left"),
    [
        ({"GOBIN": None}, r"D:\w\bin"),
        ({"GOPATH": None}, r"D:\b"),
        ({"GOPATH": None, "GOBIN": None}, None),
    ],
)
def test_the_bin_on_path_is_that_of_what_stays(removed: dict[str, None], left: str | None) -> None:
    first = after_run(state(), Wanted(REGISTRY, Scope.MACHINE, gopath=(r"D:\w",), gobin=r"D:\b"))
    assert r"D:\b" in path_of(first)
    after = after_run(first, Wanted(REGISTRY, Scope.MACHINE, variables=removed))
    assert [entry for entry in path_of(after) if entry.startswith("D:")] == ([left] if left else [])
    assert not {name for name in removed if name in after.variables}


def test_on_posix_too() -> None:
    first = after_run(with_go("go1.27.3"), Wanted(START_FILES, Scope.MACHINE, goroot="/go", gopath=("/w",)))
    assert first.variables.text("PATH").split(":")[:2] == ["/go/bin", "/w/bin"]
    after = after_run(first, Wanted(START_FILES, Scope.MACHINE, variables={"GOROOT": None, "GOPATH": None}))
    assert not after.variables


def test_the_advice_for_a_shadow_is_what_works() -> None:
    found = state(machine={"GOROOT": NEW}, user={"GOROOT": OLD})
    (shadow,) = [
        finding
        for finding in planned(found, Wanted(REGISTRY, Scope.MACHINE, goroot=NEW, path=())).findings
        if finding.id == "user_shadows_machine"
    ]
    assert "scope: user, variables: {GOROOT: null}" in shadow.advice
    mine = state(Scope.USER, user={"GOROOT": OLD})
    assert "GOROOT" not in after_run(mine, Wanted(REGISTRY, variables={"GOROOT": None})).variables
    assert (
        "GOROOT"
        not in planned(mine, Wanted(REGISTRY, variables={"GOROOT": None}, goal=Goal.ABSENT)).applied(mine).variables
    )
