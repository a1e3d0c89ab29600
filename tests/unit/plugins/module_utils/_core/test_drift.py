"""Drift, three-way: the class of each item, what enforcement does about it, and what it leaves alone."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.support import NEW, OLD, MemoryStore, path_of, situations, state

from ansible_collections.gopher.devbox.plugins.module_utils._core.converge import converge
from ansible_collections.gopher.devbox.plugins.module_utils._core.decisions import Action, Decided
from ansible_collections.gopher.devbox.plugins.module_utils._core.drift import (
    Base,
    Drift,
    Kind,
    changed_by,
    classify,
    items_of,
)
from ansible_collections.gopher.devbox.plugins.module_utils._core.enforcement import Enforcement
from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import Blocked
from ansible_collections.gopher.devbox.plugins.module_utils._core.items import key_of
from ansible_collections.gopher.devbox.plugins.module_utils._core.planner import make_plan, may_have_drifted
from ansible_collections.gopher.devbox.plugins.module_utils._core.record import Hold, Memory, Record
from ansible_collections.gopher.devbox.plugins.module_utils._core.state import State
from ansible_collections.gopher.devbox.plugins.module_utils._core.store import Outcome
from ansible_collections.gopher.devbox.plugins.module_utils._core.values import Value
from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import (
    Goal,
    Position,
    Scope,
    Stale,
    Validate,
    Wanted,
)
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_medium import REGISTRY

RUN = "20261130T021500Z-1a2b"
LEFT_ALONE = (Action.HELD, Action.WAIVED, Action.CONTESTED, Action.NOTHING, Action.REPORTED)

sides = st.none() | st.sampled_from("abc")


def night(day: int, **more: t.Any) -> Enforcement:
    return Enforcement(f"202611{day:02d}T021500Z-1a2b", **more)


def wanted_of(**more: t.Any) -> Wanted:
    return Wanted(REGISTRY, Scope.USER, **{"validate": Validate.WARN, **more})


def found_in(outcome: Outcome) -> dict[str, tuple[str, str]]:
    """Of each item its class and what was done."""
    return {one.item.name: (one.item.drift.value, one.action.value) for one in outcome.drift}


# --- the class of an item ---------------------------------------------------------------------------------------------


@given(st.booleans(), sides, sides, sides)
def test_an_item_is_in_sync_where_it_is_as_wanted_and_has_one_class_else(
    known: bool, base: str | None, now: str | None, wanted: str | None
) -> None:
    found = classify(Base(known, base if known else None), now, wanted)
    assert (found is None) == (now == wanted)
    if found is None:
        return
    expected = {
        Drift.POLICY_CHANGE: (base == now) if known else now is None,
        Drift.HOST_DRIFT: known and base != now and base == wanted,
        Drift.BOTH: known and len({base, now, wanted}) == 3,
        Drift.UNMANAGED: not known and now is not None,
    }
    assert [drift for drift, is_it in expected.items() if is_it] == [found]


@given(situations())
def test_there_are_items_where_a_run_changes_something(situation: tuple[State, Wanted]) -> None:
    found, wanted = situation
    plan = make_plan(found, wanted)
    items = items_of(found, wanted, plan)
    differing = [item for item in items if item.drift is not Drift.LEFT_BEHIND]
    assert bool(differing) == bool(plan.changes or plan.directories or plan.kept)
    assert may_have_drifted(found, wanted, plan) or not items
    assert len({item.key for item in items}) == len(items)
    assert all(item.sides.now != item.sides.wanted for item in items)
    for item in items:
        same = item.sides.base == item.sides.now
        assert item.drift is not Drift.POLICY_CHANGE or same
        assert item.drift not in (Drift.HOST_DRIFT, Drift.BOTH) or not same
    assert items == items_of(found, wanted, plan)
    order = [(list(Kind).index(item.kind), item.key) for item in items]
    assert order == sorted(order)


@given(situations())
def test_what_is_converged_has_no_items_but_what_is_left_behind(situation: tuple[State, Wanted]) -> None:
    found, wanted = situation
    plan = make_plan(found, wanted)
    if plan.blockers:
        return
    after = plan.applied(found)
    items = items_of(after, wanted, make_plan(after, wanted))
    assert [item for item in items if item.drift is not Drift.LEFT_BEHIND] == []


@given(situations(), st.data())
def test_items_that_are_left_alone_stay_and_the_others_are_converged(
    situation: tuple[State, Wanted], data: st.DataObject
) -> None:
    found, wanted = situation
    raw = make_plan(found, wanted)
    names = [item.name for item in items_of(found, wanted, raw)]
    waived = data.draw(st.lists(st.sampled_from(names), unique=True)) if names else []
    now = night(30, waived=tuple(waived), apply_unmanaged=data.draw(st.booleans()))
    store = MemoryStore(found)
    try:
        outcome = converge(store, wanted._replace(enforcement=now), check_mode=True)
    except Exception as error:  # noqa: BLE001
        assert "Nothing was changed" in str(error)  # noqa: PT017 - what blocks a run blocks one that enforces
        return
    after = outcome.plan.applied(found)
    done = {one.item.key: one for one in outcome.drift}
    changed = changed_by(found, wanted, outcome.plan)
    for key, one in done.items():
        if one.item.drift is not Drift.LEFT_BEHIND:
            assert (key in changed) == (one.action in (Action.APPLIED, Action.PUT_BACK)), one
    for name in waived:
        one = done[key_of(name, REGISTRY)]
        assert one.action is Action.WAIVED or one.item.drift is Drift.LEFT_BEHIND
    goroot = [one for one in done.values() if one.item.of_goroot and not one.item.is_anchor]
    left = [one.action in LEFT_ALONE for one in goroot if one.item.drift is not Drift.LEFT_BEHIND]
    assert all(left) or not any(left), goroot
    if all(left) and left:
        assert after.variables.get("GOROOT") == found.variables.get("GOROOT")
        assert after.anchor == found.anchor


# --- PATH, GOROOT and the anchor -------------------------------------------------------------------------------------

HOME = r"C:\Users\alice\go"
SYSTEM32 = r"C:\Windows\system32"


class Box:
    """A user's scope of a Windows host, enforced night by night."""

    def __init__(self, **values: Value | str) -> None:
        self.store = MemoryStore(state(Scope.USER, user=values))

    def run(self, day: int, wanted: Wanted, check_mode: bool = False, **how: t.Any) -> dict[str, tuple[str, str]]:
        self.outcome = converge(self.store, wanted._replace(enforcement=night(day, **how)), check_mode)
        return found_in(self.outcome)

    @property
    def path(self) -> list[str]:
        return path_of(self.store.state)

    def set_path(self, *entries: str) -> None:
        self.store.someone_writes("Path", Value(";".join(entries), "REG_EXPAND_SZ"))

    def set(self, name: str, text: str | None) -> None:
        self.store.someone_writes(name, None if text is None else Value(text))

    def item(self, name: str) -> Decided:
        return next(one for one in self.outcome.drift if one.item.name == name)


def test_path_is_compared_entry_by_entry() -> None:
    box = Box(Path=r"C:\Tools")
    wanted = wanted_of(path=(r"C:\a", r"C:\b"))
    assert box.run(1, wanted) == {
        r"PATH:C:\a": ("policy_change", "applied"),
        r"PATH:C:\b": ("policy_change", "applied"),
    }
    box.set_path(r"C:\a", r"C:\Tools", r"C:\installed")
    assert box.run(2, wanted) == {r"PATH:C:\b": ("host_drift", "put_back")}
    assert box.path == [r"C:\a", r"C:\b", r"C:\Tools", r"C:\installed"]
    assert box.run(3, wanted_of(path=(r"C:\b", r"C:\c"))) == {
        r"PATH:C:\a": ("policy_change", "applied"),
        r"PATH:C:\c": ("policy_change", "applied"),
    }
    assert box.item(r"PATH:C:\a").item.sides == (r"C:\a", r"C:\a", None)


def test_entries_that_were_moved_are_host_drift_and_a_policy_that_moves_them_is_none() -> None:
    box = Box(Path=r"C:\Tools")
    box.run(1, wanted_of(path=(r"C:\a",)))
    box.set_path(r"C:\Tools", r"C:\a")
    assert box.run(2, wanted_of(path=(r"C:\a",))) == {r"PATH:C:\a": ("host_drift", "put_back")}
    assert box.item(r"PATH:C:\a").item.sides == (r"C:\a (place 1)", r"C:\a (place 2)", r"C:\a (place 1)")
    last = wanted_of(path=(r"C:\a",), position=Position.LAST)
    assert box.run(3, last) == {r"PATH:C:\a": ("policy_change", "applied")}
    box.set_path(r"C:\x", r"C:\a", r"C:\Tools")
    assert box.run(4, last) == {r"PATH:C:\a": ("host_drift", "put_back")}
    box.set_path(r"C:\x", r"C:\a", r"C:\Tools")
    assert box.run(5, wanted_of(path=(r"C:\a",))) == {r"PATH:C:\a": ("both", "put_back")}
    box = Box(Path=r"C:\x")
    box.run(1, wanted_of(path=(r"C:\a",)))
    box.set_path(r"C:\a", r"C:\x", r"C:\a")
    assert box.run(2, wanted_of(path=(r"C:\a",)))[r"PATH:C:\a"] == ("host_drift", "put_back")
    assert box.path == [r"C:\a", r"C:\x"]


def test_a_path_of_another_type_is_drift_of_the_entries_that_need_it() -> None:
    box = Box(Path=r"C:\Tools")
    wanted = wanted_of(path=(r"%USERPROFILE%\bin", r"C:\a"))
    box.run(1, wanted)
    box.store.someone_writes("Path", Value(box.store.state.variables.text("Path"), "REG_SZ"))
    assert box.run(2, wanted) == {r"PATH:%USERPROFILE%\bin": ("host_drift", "put_back")}
    assert box.item(r"PATH:%USERPROFILE%\bin").item.sides.now == r"%USERPROFILE%\bin (not expanded)"


def test_stale_entries_are_of_others() -> None:
    box = Box(Path=rf"{OLD}\bin;C:\Tools")
    wanted = wanted_of(goroot=NEW, stale=Stale.REMOVE)
    assert box.run(1, wanted) == {
        "GOROOT": ("policy_change", "applied"),
        rf"PATH:{NEW}\bin": ("policy_change", "applied"),
        rf"PATH:{OLD}\bin": ("unmanaged", "reported"),
    }
    assert box.path == [rf"{NEW}\bin", rf"{OLD}\bin", r"C:\Tools"]
    assert box.run(2, wanted, apply_unmanaged=True) == {rf"PATH:{OLD}\bin": ("unmanaged", "applied")}


LEAVING: list[dict[str, t.Any]] = [
    {"waived": ("GOROOT",)},
    {"settle": {"GOROOT": "host"}},
    {"waived": (rf"PATH:{OLD}\bin",)},
    {"waived": (rf"path:{NEW.lower()}\BIN",)},
    {"settle": {"PATH": "host"}},
]


@pytest.mark.parametrize("how", LEAVING)
def test_goroot_and_its_path_entry_are_left_alone_together(how: dict[str, t.Any]) -> None:
    """A policy that moves GOROOT moves its PATH entry; with one of the three left alone all are, and the anchor."""
    box = Box(Path=r"C:\Tools")
    box.run(1, wanted_of(goroot=OLD, gopath=(HOME,), anchor=True))
    found = box.run(2, wanted_of(goroot=NEW, gopath=(r"D:\gopath",), anchor=True), **how)
    action = "waived" if "waived" in how else "nothing"
    together = ("GOROOT", rf"PATH:{NEW}\bin", rf"PATH:{OLD}\bin", r"Go\InstallPath")
    assert {found[name] for name in together} == {("policy_change", action)}
    assert found["GOPATH"] == ("policy_change", "applied")
    if how != {"settle": {"PATH": "host"}}:
        assert found[r"PATH:D:\gopath\bin"] == ("policy_change", "applied")
    variables = box.store.state.variables
    assert (variables.text("GOROOT"), variables.text("GOPATH")) == (OLD, r"D:\gopath")
    assert rf"{OLD}\bin" in box.path
    assert rf"{NEW}\bin" not in box.path
    assert box.store.state.anchor == Value(OLD)
    found = box.run(3, wanted_of(goroot=NEW, gopath=(r"D:\gopath",), anchor=True))
    assert {found[name] for name in together} == {("policy_change", "applied")}
    assert box.store.state.variables.text("GOROOT") == NEW


def test_a_goroot_of_somebody_else_keeps_the_go_that_goes_with_it() -> None:
    box = Box(Path=rf"{OLD}\bin;C:\Tools", GOROOT=OLD)
    found = box.run(1, wanted_of(goroot=NEW, gopath=(HOME,), validate=Validate.STRICT))
    assert found["GOROOT"] == ("unmanaged", "reported")
    assert found[rf"PATH:{NEW}\bin"] == ("policy_change", "reported")
    assert found["GOPATH"] == ("policy_change", "applied")
    assert box.path == [rf"{HOME}\bin", rf"{OLD}\bin", r"C:\Tools"]


def test_the_anchor_alone_is_left_alone_without_goroot() -> None:
    box = Box(Path=r"C:\Tools")
    box.run(1, wanted_of(goroot=OLD, anchor=True))
    found = box.run(2, wanted_of(goroot=NEW, anchor=True), waived=(r"Go\InstallPath",))
    assert (found["GOROOT"], found[r"Go\InstallPath"]) == (("policy_change", "applied"), ("policy_change", "waived"))
    assert box.store.state.anchor == Value(OLD)
    found = box.run(3, wanted_of(goroot=NEW))
    assert found == {r"Go\InstallPath": ("left_behind", "reported")}


def test_contested_entries_of_goroot_are_settled_by_its_name() -> None:
    box, wanted = Box(Path=r"C:\Tools"), wanted_of(goroot=NEW)
    box.run(1, wanted)
    entry = rf"PATH:{NEW}\bin"
    for day in (2, 3, 4):
        box.set_path(r"C:\Tools")
        assert box.run(day, wanted) == {entry: ("host_drift", "put_back")}
    box.set_path(r"C:\Tools")
    assert box.run(5, wanted) == {entry: ("host_drift", "contested")}
    box.set("GOROOT", OLD)
    assert set(box.run(6, wanted).values()) == {("host_drift", "contested")}
    assert set(box.run(7, wanted, settle={"GOROOT": "policy"}).values()) == {("host_drift", "put_back")}
    box.set_path(r"C:\Tools")
    assert box.run(8, wanted) == {entry: ("host_drift", "put_back")}


def test_directories_of_a_workspace_follow_its_gopath() -> None:
    box = Box(Path=r"C:\Tools")
    wanted = wanted_of(gopath=(r"D:\gopath",), create_directories=True)
    src = r"D:\gopath\src"
    assert box.run(1, wanted)[src] == ("policy_change", "applied")
    directories = {key: found for key, found in box.store.state.directories.items() if not key.endswith("SRC")}
    gone = box.store.state.directory(src)._replace(exists=False)
    box.store.state = box.store.state._replace(directories={**directories, src.upper(): gone})
    assert box.run(2, wanted) == {src: ("host_drift", "put_back")}
    assert src.upper() in {key.upper() for key in box.store.state.record.memory.put_backs}
    box = Box(Path=r"C:\Tools", GOPATH=HOME)
    found = box.run(3, wanted)
    assert (found["GOPATH"], found[src]) == (("unmanaged", "reported"),) * 2


def test_directories_that_enforcement_put_back_are_no_change_to_undo() -> None:
    box, wanted = Box(Path=r"C:\Tools"), wanted_of(gopath=(r"D:\gopath",))
    box.run(1, wanted)
    box.set("GOPATH", r"D:\other")
    box.run(2, wanted)
    assert box.run(3, wanted._replace(create_directories=True))[r"D:\gopath\src"] == ("host_drift", "put_back")
    converge(box.store, wanted_of(goal=Goal.RESTORED), check_mode=False)
    assert box.store.state.variables.text("GOPATH") == r"D:\other"


def test_a_value_of_another_type_can_be_waived_and_stops_a_run_else() -> None:
    box, wanted = Box(Path=r"C:\Tools"), wanted_of(variables={"GOFLAGS": "-v", "GOPRIVATE": "corp"})
    box.run(1, wanted)
    box.store.someone_writes("GOFLAGS", Value("0x1", "REG_DWORD"))
    with pytest.raises(Blocked):
        box.run(2, wanted)
    assert box.run(2, wanted, waived=("goflags",)) == {"GOFLAGS": ("host_drift", "waived")}


def test_a_type_that_no_longer_expands_is_drift_of_its_value() -> None:
    box, wanted = Box(Path=r"C:\Tools"), wanted_of(gopath=(r"%USERPROFILE%\go",))
    box.run(1, wanted)
    box.set("GOPATH", r"%USERPROFILE%\go")
    assert box.run(2, wanted) == {"GOPATH": ("host_drift", "put_back")}
    expected = (r"%USERPROFILE%\go (REG_EXPAND_SZ)", r"%USERPROFILE%\go (REG_SZ)", r"%USERPROFILE%\go (REG_EXPAND_SZ)")
    assert box.item("GOPATH").item.sides == expected


def test_an_undoing_lists_nothing_and_its_record_is_the_one_before() -> None:
    box, wanted = Box(Path=r"C:\Tools"), wanted_of(goroot=NEW)
    box.run(1, wanted)
    back = wanted_of(goal=Goal.RESTORED, run=night(1).run, hold=Hold("2026-12-05", "because"))
    outcome = converge(box.store, back, check_mode=False)
    assert (outcome.drift, outcome.changed) == ((), True)
    memory = box.store.state.record.memory
    assert set(memory.holds) == {"GOROOT", rf"PATH:{NEW.upper()}\BIN"}
    assert memory.restored == dict.fromkeys(memory.holds)
    assert set(box.run(2, wanted).values()) == {("policy_change", "held")}
    absent = converge(box.store, wanted_of(goal=Goal.ABSENT), check_mode=False)
    assert not absent.changed
    assert box.run(2, wanted_of(path=(r"C:\a",)))[r"PATH:C:\a"] == ("policy_change", "applied")
    assert box.store.state.record.memory.holds == memory.holds
    converge(box.store, wanted_of(goal=Goal.ABSENT), check_mode=False)
    assert box.store.state.record.memory == Memory()


def test_the_journal_has_the_run_and_no_memory() -> None:
    box, wanted = Box(Path=r"C:\Tools"), wanted_of(variables={"GOFLAGS": "-v"})
    box.run(1, wanted)
    box.set("GOFLAGS", "-x")
    box.run(2, wanted)
    entries = [entry for _id, entry in sorted(box.store.read(wanted).journal.items())]
    assert [entry.run for entry in entries] == [night(1).run, night(2).run]
    assert box.store.state.record.memory.put_backs == {"GOFLAGS": (night(2).run,)}
    converge(box.store, wanted_of(variables={"GOFLAGS": "-n"}), check_mode=False)
    newest = box.store.read(wanted).journal[max(box.store.journal)]
    assert (newest.run, newest.record.memory) == ("", Memory())
    assert Record.loads(box.store.state.record.dumps()) == box.store.state.record
