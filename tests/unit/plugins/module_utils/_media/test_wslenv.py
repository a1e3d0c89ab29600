"""WSLENV in the registry: foreign entries stay, ours have their flags, the record is apart from go_registry's."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.hosts import MACHINE_KEY, USER_KEY, FakeWindows
from unit.support import SID, state

from ansible_collections.gopher.devbox.plugins.module_utils._core.converge import converge
from ansible_collections.gopher.devbox.plugins.module_utils._core.planner import make_plan
from ansible_collections.gopher.devbox.plugins.module_utils._core.store import Outcome
from ansible_collections.gopher.devbox.plugins.module_utils._core.values import Value, Variables
from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import Goal, Position, Scope, Wanted
from ansible_collections.gopher.devbox.plugins.module_utils._formats import wslenv
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_live import RegistryStore
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_medium import REGISTRY
from ansible_collections.gopher.devbox.plugins.module_utils._media.wslenv import WslenvStore
from ansible_collections.gopher.devbox.plugins.module_utils._media.wslenv_medium import NAME, WSLENV

BASE = Wanted(WSLENV, Scope.USER, verify=False)
OURS = ("GOPATH/p", "GOFLAGS")
names = st.sampled_from(["GOPATH", "GOFLAGS", "A", "B", "gopath"])
entries = st.builds("{}{}".format, names, st.sampled_from(["", "/p", "/u", "/w", "/x", "/pu"])) | st.just("")
texts = st.lists(entries, max_size=6).map(":".join)
wanted_lists = st.lists(
    st.sampled_from(["GOPATH/p", "GOPATH/up", "GOFLAGS", "A/w"]),
    max_size=3,
    unique_by=lambda entry: entry.split("/")[0],
)


def host(text: str | None = None) -> FakeWindows:
    windows = FakeWindows()
    windows.set(USER_KEY, GOPATH=("REG_SZ", r"C:\go"), GOFLAGS=("REG_SZ", "-v"))
    if text is not None:
        windows.set(USER_KEY, WSLENV=("REG_SZ", text))
    return windows


def run(windows: FakeWindows, wanted: Wanted, check_mode: bool = False) -> Outcome:
    return converge(WslenvStore(windows), wanted, check_mode)


def value(windows: FakeWindows, key: str = USER_KEY) -> str | None:
    found: t.Any = windows.keys[windows._path(key)].get(NAME)
    return None if found is None else found[1]


def of_text(text: str) -> t.Any:
    variables = Variables({NAME: Value(text)} if text else {})
    return state(Scope.USER, user=variables)._replace(medium=WSLENV, inventory={})


@given(texts, wanted_lists, st.sampled_from(list(Position)))
def test_foreign_entries_stay_verbatim_and_in_order(text: str, wanted: list[str], position: Position) -> None:
    before = of_text(text)
    plan = make_plan(before, BASE._replace(path=tuple(wanted), position=position))
    after = plan.applied(before)
    found = wslenv.parse(after.variables.text(NAME))
    ours = {wslenv.entry_of(entry).name for entry in wanted}
    foreign = [entry for entry in wslenv.parse(text) if entry.name not in ours]
    if any(entry.text for entry in found):
        assert [entry for entry in found if entry.name not in ours] == foreign
    assert {entry.name: set(entry.flags) for entry in found if entry.name in ours} == {
        wslenv.entry_of(entry).name: set(wslenv.entry_of(entry).flags) for entry in wanted
    }
    assert make_plan(after, BASE._replace(path=tuple(wanted), position=position)).is_empty
    undone = plan.undo().applied(after)
    assert undone.variables == before.variables


def test_an_entry_stays_in_its_place() -> None:
    windows = host("A/p:GOPATH/u:B")
    assert run(windows, BASE._replace(path=OURS)).changed
    assert value(windows) == "A/p:GOPATH/p:B:GOFLAGS"
    assert not run(windows, BASE._replace(path=OURS)).changed
    assert not run(windows, BASE._replace(path=OURS[::-1])).changed


def test_flags_in_another_order_are_as_wanted() -> None:
    windows = host("GOPATH/pu")
    assert not run(windows, BASE._replace(path=("GOPATH/up",))).changed
    assert value(windows) == "GOPATH/pu"


def test_check_mode_writes_nothing() -> None:
    windows = host("A")
    found = run(windows, BASE._replace(path=OURS), check_mode=True)
    assert found.changed
    assert found.after.variables.text(NAME) == "A:GOPATH/p:GOFLAGS"
    assert value(windows) == "A"


def test_no_longer_wanted_entries_go() -> None:
    windows = host("A")
    run(windows, BASE._replace(path=OURS))
    run(windows, BASE._replace(path=("GOFLAGS",)))
    assert value(windows) == "A:GOFLAGS"


def test_absent_takes_only_ours() -> None:
    windows = host("A")
    run(windows, BASE._replace(path=OURS))
    windows.set(USER_KEY, WSLENV=("REG_SZ", "A:GOPATH/p:NEW/w:GOFLAGS"))
    run(windows, BASE._replace(goal=Goal.ABSENT))
    assert value(windows) == "A:NEW/w"


def test_absent_of_all_leaves_no_value() -> None:
    windows = host()
    run(windows, BASE._replace(path=OURS))
    run(windows, BASE._replace(goal=Goal.ABSENT))
    assert value(windows) is None


@pytest.mark.parametrize("before", [None, "A/p:GOPATH/u", "A::B:", "GOFLAGS/w:A"])
def test_restored_exactly(before: str | None) -> None:
    windows = host(before)
    run(windows, BASE._replace(path=OURS))
    assert run(windows, BASE._replace(goal=Goal.RESTORED)).changed
    assert value(windows) == before


def test_restored_entry_by_entry() -> None:
    windows = host("A:GOPATH/u")
    run(windows, BASE._replace(path=OURS))
    windows.set(USER_KEY, WSLENV=("REG_SZ", "A:GOPATH/p:GOFLAGS:LATER/p"))
    run(windows, BASE._replace(goal=Goal.RESTORED))
    assert value(windows) == "A:GOPATH/u:LATER/p"


def test_its_record_is_apart_from_the_registrys() -> None:
    windows = host("A")
    run(windows, BASE._replace(path=OURS))
    registry = Wanted(REGISTRY, Scope.USER, verify=False)
    converge(RegistryStore(windows), registry._replace(variables={"GOPROXY": "off"}), False)
    converge(RegistryStore(windows), registry._replace(goal=Goal.ABSENT), False)
    assert value(windows) == "A:GOPATH/p:GOFLAGS"
    run(windows, BASE._replace(goal=Goal.ABSENT))
    assert value(windows) == "A"
    assert rf"HKEY_USERS\{SID}\Software\gopher\devbox\wslenv".lower() in {key.lower() for key in windows.keys}


def test_a_type_stays() -> None:
    windows = host()
    windows.set(USER_KEY, WSLENV=("REG_EXPAND_SZ", "A"))
    run(windows, BASE._replace(path=OURS))
    found: t.Any = windows.keys[windows._path(USER_KEY)][NAME]
    assert found == ("REG_EXPAND_SZ", "A:GOPATH/p:GOFLAGS")


def test_somebody_writes_meanwhile() -> None:
    windows = host("A")
    texts = iter(["A:B/p"])
    windows.before_copy = lambda: [windows.set(USER_KEY, WSLENV=("REG_SZ", text)) for text in texts] and None
    found = run(windows, BASE._replace(path=OURS))
    assert value(windows) == "A:B/p:GOPATH/p:GOFLAGS"
    assert "concurrent_change" in {finding.id for finding in found.findings}


def ids(outcome: Outcome) -> dict[str, str]:
    return {finding.subject: finding.id for finding in outcome.findings}


def test_findings() -> None:
    windows = host("OLD/x:EMPTY")
    windows.set(MACHINE_KEY, WSLENV=("REG_SZ", "USERPROFILE/p:GOPATH/p"), OLD=("REG_SZ", "y"))
    found = run(windows, BASE._replace(path=("GOPATH/p",)))
    assert ids(found) == {"OLD/x": "wslenv_unknown_flag", "EMPTY": "wslenv_unset", NAME: "wslenv_replaced"}
    [replaced] = [finding for finding in found.findings if finding.id == "wslenv_replaced"]
    assert "USERPROFILE/p of" in replaced.message


def test_findings_of_the_machine_scope() -> None:
    windows = host("A/w")
    found = run(windows, BASE._replace(scope=Scope.MACHINE, path=("GOPATH/p",)))
    assert value(windows, MACHINE_KEY) == "GOPATH/p"
    assert ids(found)[NAME] == "wslenv_replaced"


def test_a_shared_variable_is_found_in_its_own_case() -> None:
    windows = host()
    windows.set(USER_KEY, Mixed=("REG_SZ", "x"))
    found = run(windows, BASE._replace(path=("MIXED",)))
    assert ids(found) == {"MIXED": "wslenv_unset"}
