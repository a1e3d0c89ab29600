# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The registry as an audit sees it: layers, PATH, and what became of reading."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from unit.support import NEW, SID, state, states

from ansible_collections.gopher.devbox.plugins.module_utils._core.account import Account
from ansible_collections.gopher.devbox.plugins.module_utils._core.effective import effective
from ansible_collections.gopher.devbox.plugins.module_utils._core.findings import Finding
from ansible_collections.gopher.devbox.plugins.module_utils._core.record import Record
from ansible_collections.gopher.devbox.plugins.module_utils._core.state import State
from ansible_collections.gopher.devbox.plugins.module_utils._core.values import Value, Variables
from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import Scope
from ansible_collections.gopher.devbox.plugins.module_utils._core.windows import (
    REG_EXPAND_SZ,
    directory_of,
    with_texts,
)
from ansible_collections.gopher.devbox.plugins.module_utils._media.audit_registry import (
    WindowsRegistry,
    environment_of,
    media_of,
    path_of,
)


def registry(found: State, **more: Any) -> WindowsRegistry:
    return WindowsRegistry(found, **{"machine_record": None, **more})


def expanding(text: str) -> Value:
    return Value(text, REG_EXPAND_SZ)


def test_each_value_with_its_layer() -> None:
    found = state(
        Scope.USER,
        {"GOPROXY": "https://m", "GOPATH": r"C:\m", "Path": r"C:\a"},
        {"GOPROXY": expanding(r"%USERPROFILE%x"), "GOPRIVATE": ""},
        record=Record({"GOPROXY": r"%USERPROFILE%x"}),
    )
    held = environment_of(registry(found, machine_record=Record({"GOPATH": r"C:\other"})))
    assert [(one.layer, one.mode, one.managed, one.exposed) for one in held["GOPROXY"]] == [
        ("user", "user", True, False),
        ("machine", "machine", False, True),
    ]
    assert held["GOPROXY"][0].raw == r"%USERPROFILE%x"
    assert held["GOPROXY"][0].text != held["GOPROXY"][0].raw
    assert [one.managed for one in held["GOPATH"]] == [False], "it is not what was written"
    assert "GOPRIVATE" not in held, "an empty value sets nothing"


def test_path_with_what_is_written() -> None:
    found = state(
        Scope.USER,
        {"Path": expanding(r"C:\a;;%SystemRoot%\x;C:\a\;"), "GOPATH": r"C:\g;D:\g"},
        {"Path": expanding(rf'"C:\b;c";{NEW}\bin')},
        record=Record(entries=(("goroot", rf"{NEW}\bin\\"),)),
    )
    path = path_of(registry(found))
    assert [(one.entry, one.layer, one.managed) for one in path] == [
        (r"C:\a", "machine", False),
        ("", "machine", False),
        (r"%SystemRoot%\x", "machine", False),
        ("C:\\a\\", "machine", False),
        (r'"C:\b;c"', "user", False),
        (rf"{NEW}\bin", "user", True),
    ]
    assert path[4].directory == r"C:\b;c"


@given(states())
def test_path_is_that_of_a_process(found: State) -> None:
    path = path_of(registry(found))
    assert [one.directory for one in path] == [directory_of(entry, {}) for entry in effective(found).path]


def without_machine(found: State) -> State:
    layers = tuple(
        layer._replace(variables=Variables(), known=False) if layer.scope is Scope.MACHINE else layer
        for layer in found.layers
    )
    return found._replace(layers=layers)


def test_of_a_machine_scope_that_was_not_read_the_session_shows_the_values() -> None:
    found = without_machine(state(Scope.USER, {}, {"GOPRIVATE": "corp", "Path": r"C:\b"}))._replace(
        account=Account(SID, "x"), sid=SID
    )
    session = {"GOPROXY": "off", "GOPRIVATE": "corp", "PATH": r"C:\a;C:\b"}
    seen = registry(found, session=session)
    held = environment_of(seen)
    assert [(one.layer, one.text) for one in held["GOPROXY"]] == [("session", "off")]
    assert [(one.layer, one.text) for one in held["GOPRIVATE"]] == [("user", "corp")]
    assert [(one.directory, one.layer) for one in path_of(seen)] == [(r"C:\a", "session"), (r"C:\b", "session")]
    media = {(one.medium, one.scope): one.state for one in media_of(seen)}
    assert media == {("registry", "machine"): "denied", ("registry", "user"): "read", ("journal", "machine"): "denied"}


def test_of_another_user_the_session_shows_nothing() -> None:
    found = without_machine(state(Scope.USER, {}, {}))._replace(account=Account("S-1-5-21-9", "x"), sid=SID)
    assert environment_of(registry(found, session={"GOPROXY": "off"})) == {}


def unread_user(found: State, sid: str = SID) -> State:
    layers = tuple(layer._replace(known=False) if layer.scope is Scope.USER else layer for layer in found.layers)
    missing = Finding.of("hive_not_read", "No loaded hive belongs to carol.", "")
    return found._replace(layers=layers, sid=sid, obstacles=(("", missing),))


def test_what_became_of_reading_a_user() -> None:
    found = state(Scope.USER, {"Path": "x"}, {})
    for seen, expected in (
        (registry(unread_user(found), loaded=frozenset({SID.upper()})), "denied"),
        (registry(unread_user(found), loaded=frozenset({"S-1-5-18"})), "not_looked"),
        (registry(unread_user(found, ""), user="carol"), "not_looked"),
    ):
        media = {(one.medium, one.scope): one for one in media_of(seen)}
        assert media["registry", "user"].state == media["journal", "user"].state == expected
        assert media["registry", "user"].reason.endswith(".")
    assert r"HKU\carol" in media["registry", "user"].place


def test_a_damaged_record_is_said_to_be() -> None:
    found = state(Scope.USER, {"Path": "x", "GOPROXY": "off"}, {}, record=Record(damaged=True))
    seen = registry(found, machine_record=Record(damaged=True))
    assert {one.state for one in media_of(seen) if one.medium == "journal"} == {"damaged"}
    assert not environment_of(seen)["GOPROXY"][0].managed


def test_a_name_in_another_case_is_the_same_variable() -> None:
    found = state(Scope.USER, {"Path": "x"}, {"GoProxy": "off"}, record=Record({"GOPROXY": "off"}))
    assert [(one.text, one.managed) for one in environment_of(registry(found))["GOPROXY"]] == [("off", True)]


def test_texts_of_the_session_that_go_does_not_read_are_left_out() -> None:
    assert "TOKEN" not in environment_of(
        registry(state(Scope.USER, {"Path": "x", "TOKEN": "secret"}, with_texts({"TOKEN": "y"})))
    )
