"""The rules of the go env file: no PATH, nothing expands, and what go itself refuses."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.support import go_layers, ids, layered, pick

from ansible_collections.gopher.devbox.plugins.module_utils._core.account import Account
from ansible_collections.gopher.devbox.plugins.module_utils._core.effective import effective
from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import WantedError
from ansible_collections.gopher.devbox.plugins.module_utils._core.medium import Medium
from ansible_collections.gopher.devbox.plugins.module_utils._core.planner import make_plan
from ansible_collections.gopher.devbox.plugins.module_utils._core.state import Layer, State
from ansible_collections.gopher.devbox.plugins.module_utils._core.values import Value, Variables
from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import Goal, Scope, Wanted
from ansible_collections.gopher.devbox.plugins.module_utils._core.windows import REG_SZ
from ansible_collections.gopher.devbox.plugins.module_utils._go.gosettings import FILE, in_force
from ansible_collections.gopher.devbox.plugins.module_utils._media.goenvfile_medium import ON_POSIX, medium_on

ON_WINDOWS = medium_on("windows")

BOTH = pytest.mark.parametrize("medium", [ON_POSIX, ON_WINDOWS])


def texts(found: t.Mapping[str, str]) -> Variables:
    return Variables((name, Value(text)) for name, text in found.items())


def state(
    user: t.Mapping[str, str] | None = None,
    medium: Medium = ON_POSIX,
    below: tuple[Layer, ...] = (),
    above: tuple[Layer, ...] = (),
    **more: t.Any,
) -> State:
    return State(
        Scope.USER,
        Account("1000", "alice", False),
        "alice",
        layered(medium, None, texts(user or {}), below, above),
        medium,
        **more,
    )


def wish(**more: t.Any) -> Wanted:
    return Wanted(**{"medium": ON_POSIX, **more})


# --- the rules -------------------------------------------------------------------------------------------------------


@BOTH
def test_the_file_has_no_path_and_no_types(medium: Medium) -> None:
    assert not medium.policy.holds_path
    assert not medium.policy.expands
    assert not medium.texts.kind(Value("x"))
    assert not medium.policy.inherits
    assert medium.policy.scopes["user"] == FILE
    assert medium.policy.value("%HOME%/$x") == Value("%HOME%/$x", REG_SZ)
    assert medium.policy.expand("%A%$A", texts({"A": "x"})) == "%A%$A"
    assert medium.policy.references("%A%") == []
    assert Wanted(medium=medium, gopath=(medium.texts.workspace.replace("~", "/home/a"),)).entries() == []


@pytest.mark.parametrize(
    ("medium", "path", "problem"),
    [
        (ON_POSIX, "/home/alice/go", None),
        (ON_POSIX, "go", "relative"),
        (ON_POSIX, "$HOME/go", "relative"),
        (ON_POSIX, "/a:/b", "':'"),
        (ON_WINDOWS, r"C:\Users\alice\go", None),
        (ON_WINDOWS, r"%USERPROFILE%\go", "does not expand"),
        (ON_WINDOWS, "go", "relative"),
        (ON_WINDOWS, "C:\\a\nb", "line break"),
    ],
)
def test_what_a_directory_may_be(medium: Medium, path: str, problem: str | None) -> None:
    found = medium.policy.directory_problem(medium.syntax, path)
    assert found is None if problem is None else problem in (found or "")


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({"GOROOT": "/opt/go"}, "GOROOT"),
        ({"GOENV": "off"}, "environment only"),
        ({"GODEBUG": "x=1"}, "environment only"),
        ({"GOGC": "50"}, "other programs"),
        ({"GOVERSION": "go1.27"}, "computes"),
        ({"GOWORK": "off"}, "GOWORK"),
        ({"GOPATH": "/x"}, "option of its own"),
        ({"gobin": "/x"}, "option of its own"),
        ({"goproxy": "off"}, "spelled GOPROXY"),
        ({"PATH": "/x"}, "PATH"),
        ({"NOPE": "1"}, "not a variable that go knows"),
        ({"GOTOOLCHAIN": "1.27"}, "makes every go command fail"),
        ({"GOCACHE": "cache"}, "full path"),
        ({"GOFLAGS": "a\nb"}, "line break"),
        ({"GOPROXY": "ftp://h"}, "protocol"),
    ],
)
def test_names_and_values_are_refused_with_the_reason(variables: dict[str, str], reason: str) -> None:
    with pytest.raises(WantedError) as raised:
        wish(variables=variables).check()
    assert reason in raised.value.message


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(WantedError) as raised:
        wish(variables={"GOROOT": "/x", "GOENV": "off", "GOTOOLCHAIN": "nope"}, gopath=("/a", "b"), gobin="bin").check()
    for part in ("GOROOT", "GOENV", "GOTOOLCHAIN", "gopath: 'b'", "gobin: 'bin'"):
        assert part in raised.value.message


# --- the planner over them -------------------------------------------------------------------------------------------

values = st.dictionaries(
    pick("GOPATH", "GOBIN", "GOPROXY", "GOFLAGS"), pick("/w", "/w:/v", "direct", "-v", "50%"), max_size=4
)


@st.composite
def wishes(draw: st.DrawFn) -> Wanted:
    wanted = wish(
        gopath=draw(pick(None, ("/w",), ("/w", "/v"))),
        gobin=draw(pick(None, "/w/bin")),
        variables={
            name: text
            for name in ("GOFLAGS", "GOPROXY")
            if (text := draw(pick("", None, {"GOFLAGS": "-tags=x", "GOPROXY": "direct"}[name]))) != ""
        },
        goal=draw(pick(Goal.PRESENT, Goal.ABSENT)),
        repair=draw(st.booleans()),
    )
    wanted.check()
    return wanted


@given(values, wishes(), st.dictionaries(pick("GOPATH", "GOBIN", "GOROOT"), st.just("fails"), max_size=2))
def test_planning_twice_is_planning_once_and_undo_restores(
    found: dict[str, str], wanted: Wanted, poisoned: dict[str, str]
) -> None:
    before = state({**found, **dict.fromkeys(poisoned, "bad")}, poisoned=poisoned)
    plan = make_plan(before, wanted)
    after = plan.applied(before)
    left = {name: reason for name, reason in poisoned.items() if after.variables.text(name) == "bad"}
    assert make_plan(after._replace(poisoned=left), wanted).is_empty
    back = plan.undo().applied(after)
    assert (back.variables, back.record) == (before.variables, before.record)
    named = {*wanted.named(), *(poisoned if wanted.repair else ())}
    assert {name: value for name, value in after.variables.items() if name not in named} == {
        name: value for name, value in before.variables.items() if name not in named
    }


def test_what_makes_go_fail_is_told_or_taken_out() -> None:
    before = state({"GOROOT": "/x", "GOFLAGS": "-v"}, poisoned={"GOROOT": "it fails."})
    plan = make_plan(before, wish())
    assert plan.is_empty
    assert ids(plan.findings) == ["go_env_value_refused"]
    repaired = make_plan(before, wish(repair=True))
    assert dict(repaired.applied(before).variables) == {"GOFLAGS": Value("-v")}
    assert ids(repaired.findings) == []


def test_a_poisoned_value_that_is_set_anew_is_no_matter() -> None:
    before = state({"GOPATH": "rel"}, poisoned={"GOPATH": "it fails."})
    plan = make_plan(before, wish(gopath=("/w",)))
    assert ids(plan.findings) == []
    assert plan.applied(before).variables.text("GOPATH") == "/w"


def test_layers_above_hide_the_file_and_layers_below_are_hidden() -> None:
    before = state(
        below=(Layer("go.env", texts({"GOPROXY": "https://proxy.golang.org"})),),
        above=(Layer("shell", texts({"GOFLAGS": "-x"})),),
    )
    plan = make_plan(before, wish(variables={"GOPROXY": "direct", "GOFLAGS": "-v"}))
    environment = effective(plan.applied(before))
    assert [layer.scope for layer in environment.layers["GOPROXY"]] == ["go.env", FILE]
    assert [layer.scope for layer in environment.layers["GOFLAGS"]] == [FILE, "shell"]
    assert [(finding.id, finding.subject) for finding in plan.findings] == [("environment_hides_file", "GOFLAGS")]


@given(
    st.sampled_from(["GOPROXY", "GOROOT", "GODEBUG", "GOVERSION", "GOFLAGS"]),
    st.lists(st.sampled_from(["", "x", "y"]), min_size=4, max_size=4),
)
def test_what_counts_is_what_go_goes_by(name: str, texts: list[str]) -> None:
    """The layers of a state, lowest first, come out as go has them, the one in force last."""
    built_in, go_env, file, process = texts
    found = ON_POSIX.policy.counting(
        name, [("built in", built_in), ("go.env", go_env), (FILE, file), ("shell", process)]
    )
    expected = [
        ("shell" if layer == "process" else layer, text)
        for layer, text in go_layers(name, {name: process}, {name: file}, {name: go_env}, built_in)
    ]
    assert sorted(found) == sorted(expected)
    assert (found[-1] if found else None) == in_force(expected)
