"""The environment of a new process, in Windows's order."""

from __future__ import annotations

import pytest
from hypothesis import given
from unit.support import NEW, OLD, SHIMS, situations, state

from ansible_collections.gopher.devbox.plugins.module_utils._core.effective import (
    LayerValue,
    comparison,
    effective,
    same_place,
    winner,
)
from ansible_collections.gopher.devbox.plugins.module_utils._core.state import Directory, State
from ansible_collections.gopher.devbox.plugins.module_utils._core.values import Value, Variables
from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import Scope, Wanted
from ansible_collections.gopher.devbox.plugins.module_utils._core.windows import (
    REG_EXPAND_SZ,
    REG_SZ,
    fold_path,
)
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_medium import REGISTRY


def expanding(text: str) -> Value:
    return Value(text, REG_EXPAND_SZ)


def fixed(text: str) -> Value:
    return Value(text, REG_SZ)


@pytest.mark.parametrize(
    ("machine", "user", "name", "expected"),
    [
        # each step sees what an earlier one set
        ({"A": expanding(r"%SystemRoot%\a")}, {}, "A", r"C:\Windows\a"),
        ({"A": expanding("%B%"), "B": fixed("b")}, {}, "A", "b"),
        ({"A": expanding("%B%")}, {"B": fixed("b")}, "A", "%B%"),
        ({"A": expanding(r"%USERPROFILE%\a")}, {}, "A", r"%USERPROFILE%\a"),
        ({}, {"A": expanding(r"%USERPROFILE%\a")}, "A", r"C:\Users\alice\a"),
        ({"B": expanding("%SystemDrive%")}, {"A": expanding("%B%")}, "A", "C:"),
        ({"B": fixed("machine")}, {"A": expanding("%B%"), "B": fixed("user")}, "A", "user"),
        # but never the step itself
        ({"A": expanding("%B%"), "B": expanding("%SystemRoot%")}, {}, "A", "%B%"),
        ({"B": fixed("machine")}, {"A": expanding("%B%"), "B": expanding("%USERNAME%")}, "A", "machine"),
        # text of fixed type is not expanded
        ({"A": fixed("%SystemRoot%")}, {}, "A", "%SystemRoot%"),
        # once only
        ({"A": expanding("%B%"), "B": fixed("%SystemRoot%")}, {}, "A", "%SystemRoot%"),
        # the user's replaces the machine's
        ({"A": fixed("m")}, {"A": fixed("u")}, "A", "u"),
        ({"A": expanding("m%")}, {"a": fixed("u")}, "A", "u"),
        # what is empty, or no text, sets nothing
        ({"A": fixed("m")}, {"A": fixed("")}, "A", "m"),
        ({"A": fixed("m")}, {"A": Value("0x1", "REG_DWORD")}, "A", "m"),
        ({"A": fixed("")}, {}, "A", None),
        # names compare without case
        ({"a": expanding("%sYSTEMrOOT%")}, {}, "A", r"C:\Windows"),
        # PATH and its like are joined
        ({"Path": expanding("m")}, {"PATH": expanding("u")}, "path", "m;u"),
        ({"Path": expanding("m;")}, {"PATH": expanding("u")}, "path", "m;u"),
        ({"Path": expanding("m")}, {"PATH": expanding("")}, "path", "m"),
        ({"LibPath": fixed("m")}, {"LIBPATH": fixed("u")}, "LibPath", "m;u"),
        (
            {"Path": expanding("%A%"), "A": fixed("a")},
            {"Path": expanding("%A%;%B%"), "A": expanding("%USERNAME%"), "B": fixed("b")},
            "PATH",
            "a;a;b",
        ),
    ],
)
def test_windowss_order(machine: dict[str, Value], user: dict[str, Value], name: str, expected: str | None) -> None:
    assert effective(state(machine=machine, user=user)).text(name) == expected


@pytest.mark.parametrize(
    ("volatile", "expected"),
    [
        ({"A": fixed("v")}, "v"),
        ({"A": expanding("%USERNAME%")}, "alice"),
        ({"A": fixed("")}, "u"),
        ({"A": Value("0x1", "REG_DWORD")}, "u"),
        ({}, "u"),
    ],
)
def test_the_volatile_environment_comes_last_and_sets_what_holds_text(
    volatile: dict[str, Value], expected: str
) -> None:
    assert effective(state(user={"A": "u"}, volatile=Variables(volatile))).text("A") == expected


def test_layers_and_what_they_hide() -> None:
    found = effective(
        state(
            machine={"A": "m", "B": expanding("%SystemDrive%")}, user={"A": "u"}, volatile=Variables({"A": Value("v")})
        )
    )
    assert found.layer("a") == LayerValue("volatile", "v")
    assert found.shadowed("A") == (LayerValue("user", "u"), LayerValue("machine", "m"))
    assert (found.layer("B"), found.shadowed("B")) == (LayerValue("machine", "C:"), ())
    assert (found.layer("absent"), found.shadowed("absent"), found.text("absent")) == (None, (), None)
    assert found.layer("SystemRoot") == LayerValue("system", r"C:\Windows")


def test_the_machine_alone() -> None:
    found = effective(state(machine={"A": "m"}, user={"A": "u", "Path": "C:\\u"}), Scope.MACHINE)
    assert found.text("A") == "m"
    assert "u" not in found.path_text
    assert found.text("USERPROFILE") is None


@given(situations())
def test_path_is_its_entries(situation: tuple[State, Wanted]) -> None:
    found = effective(situation[0])
    assert ";".join(found.path) == found.path_text == (found.text("PATH") or "")


def test_comparison_sees_one_step_further() -> None:
    found = state(Scope.USER, user={"GOPATH": expanding(r"%USERPROFILE%\go"), "X": expanding(r"%GOPATH%\bin")})
    assert comparison(found, Scope.USER, found.in_scope(Scope.USER)).text("X") == r"C:\Users\alice\go\bin"
    assert "PATH" not in comparison(found, Scope.USER, found.in_scope(Scope.USER))
    assert comparison(found, Scope.MACHINE, found.in_scope(Scope.USER)).text("X") == ""


# --- which go runs ---------------------------------------------------------------------------------------------------


def standing(path: str, **more: Directory) -> State:
    found = state(machine={"Path": Value(path, REG_EXPAND_SZ)})
    return found._replace(
        directories={**found.directories, **{fold_path(f"C:\\{name}", {}): item for name, item in more.items()}}
    )


def test_the_first_directory_that_holds_one_wins() -> None:
    found = standing(rf"C:\Windows;{OLD}\bin;{NEW}\bin")
    first = winner(found, effective(found))
    assert (first.directory, first.file, first.version, first.unjudged) == (OLD + r"\bin", "go.exe", "go1.21.13", ())


@pytest.mark.parametrize("file", ["go.bat", "go.cmd", "go.com"])
def test_a_shim_is_a_go_too(file: str) -> None:
    found = standing(rf"C:\shim;{NEW}\bin", shim=Directory(True, file))
    first = winner(found, effective(found))
    assert (first.directory, first.file, first.version) == (r"C:\shim", file, None)


@pytest.mark.parametrize(
    "entry", [r'"C:\Go1.27.3\bin"', "C:/Go1.27.3/bin/", "c:\\go1.27.3\\BIN\\", r"%SystemDrive%\Go1.27.3\bin"]
)
def test_an_entry_is_a_directory_however_it_is_spelled(entry: str) -> None:
    found = standing(entry)
    assert winner(found, effective(found)).version == "go1.27.3"


def test_no_go_at_all() -> None:
    found = standing(r"C:\Windows;;.;%NOWHERE%\bin")
    assert winner(found, effective(found)).directory is None
    assert winner(found, effective(found)).unjudged == ()


def test_what_cannot_be_judged_before_it_is_named() -> None:
    found = standing(
        rf"\\server\share\go1.18\bin;Z:\go1.18\bin;C:\unasked;C:\seen;C:\Windows;{SHIMS}",
        seen=Directory(None, None, None, partial=True),
    )
    first = winner(found, effective(found))
    assert first.unjudged == (r"\\server\share\go1.18\bin", r"Z:\go1.18\bin", r"C:\unasked")
    assert (first.directory, first.version) == (SHIMS, None)


def test_one_place_under_two_names() -> None:
    assert same_place(REGISTRY, r"C:\Go\bin", "c:/go/BIN/")
    assert not same_place(REGISTRY, r"C:\Go\bin", r"C:\Go")
