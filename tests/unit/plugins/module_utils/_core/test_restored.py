"""state: restored takes back one change, and nothing that came later."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from unit.support import NEW, OLD, MemoryStore, ids, path_of, situations, state

from ansible_collections.gopher.devbox.plugins.module_utils._core.converge import converge
from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import DevboxError
from ansible_collections.gopher.devbox.plugins.module_utils._core.state import State
from ansible_collections.gopher.devbox.plugins.module_utils._core.store import Outcome
from ansible_collections.gopher.devbox.plugins.module_utils._core.undoing import newest_to_undo
from ansible_collections.gopher.devbox.plugins.module_utils._core.values import Value
from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import Goal, Scope, Validate, Wanted
from ansible_collections.gopher.devbox.plugins.module_utils._core.windows import REG_EXPAND_SZ, REG_SZ
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_medium import REGISTRY

PRESENT = Wanted(REGISTRY, goroot=NEW, gopath=(r"D:\gopath",), validate=Validate.WARN)
RESTORED = Wanted(REGISTRY, goal=Goal.RESTORED)


def host(**more: t.Any) -> MemoryStore:
    user = {
        "Path": Value(r"C:\x;%TEMP%", REG_EXPAND_SZ),
        "GOPATH": Value(r"%USERPROFILE%\go", REG_EXPAND_SZ),
        "TEMP": r"C:\t",
        "GOFLAGS": "-v",
    }
    return MemoryStore(state(Scope.USER, user=user, **more))


def run(store: MemoryStore, wanted: Wanted) -> Outcome:
    return converge(store, wanted, check_mode=False)


def restore(store: MemoryStore, **more: t.Any) -> Outcome:
    return run(store, RESTORED._replace(scope=store.state.target, **more))


@given(situations())
def test_what_nobody_touched_goes_back_exactly(situation: tuple[State, Wanted]) -> None:
    found, wanted = situation
    store = MemoryStore(found)
    try:
        outcome = run(store, wanted)
    except DevboxError:
        assume(False)
    assume(outcome.plan.changes)
    restore(store)
    assert store.state.variables == found.variables
    assert store.state.anchor == found.anchor


@given(situations(), st.data())
def test_later_foreign_entries_stay(situation: tuple[State, Wanted], data: st.DataObject) -> None:
    found, wanted = situation
    store = MemoryStore(found)
    try:
        run(store, wanted)
    except DevboxError:
        assume(False)
    assume(
        any(change.name.upper() == "PATH" for entry in store.read(wanted).journal.values() for change in entry.changes)
    )
    assume('"' not in found.variables.text("PATH"))
    entries, added = path_of(store.state), []
    for number in range(data.draw(st.integers(1, 3))):
        entries.insert(data.draw(st.integers(0, len(entries))), rf"C:\later{number}")
        added.append(rf"C:\later{number}")
    standing = store.state.variables["PATH"]
    store.someone_writes("PATH", standing._replace(data=";".join(entries)))
    restore(store)
    back = path_of(store.state)
    assert [entry for entry in back if entry in added] == [entry for entry in entries if entry in added]
    assert [entry for entry in back if entry not in added] == path_of(found)


def test_restoring_again_takes_back_the_change_before() -> None:
    store = host()
    first = store.state.variables
    run(store, PRESENT)
    second = store.state.variables
    run(store, PRESENT._replace(goroot=OLD))
    restore(store)
    assert store.state.variables == second
    restore(store)
    assert store.state.variables == first
    outcome = restore(store)
    assert not outcome.changed
    assert ids(outcome.findings) == ["restore_nothing"]


def test_a_named_change_is_taken_back_once() -> None:
    store = host()
    before = store.state.variables
    id = run(store, PRESENT).journal
    assert restore(store, journal=id).changed
    assert store.state.variables == before
    assert not restore(store, journal=id).changed


def test_taking_back_the_taking_back_is_done_once() -> None:
    store = host()
    run(store, PRESENT)
    after = store.state.variables
    id = restore(store).journal
    assert restore(store, journal=id).changed
    assert store.state.variables == after
    assert not restore(store, journal=id).changed


def test_an_unknown_change_is_named_with_those_there_are() -> None:
    store = host()
    id = run(store, PRESENT).journal
    assert id
    with pytest.raises(DevboxError, match=id):
        restore(store, journal="20200101T000000Z-00000000")


def test_what_somebody_changed_since_stays_and_the_rest_goes_back() -> None:
    store = host()
    before = store.state.variables
    run(store, PRESENT)
    store.someone_writes("GOROOT", Value(OLD))
    outcome = restore(store)
    assert ids(outcome.findings).count("restore_changed_since") == 1
    assert store.state.variables == before.replace({"GOROOT": Value(OLD)})


def test_force_takes_back_what_stayed() -> None:
    """The advice of the finding works: the same run with force puts it back, and nothing older."""
    store = host()
    run(store, PRESENT._replace(goroot=OLD))
    before = store.state.variables
    id = run(store, PRESENT).journal
    store.someone_writes("GOROOT", Value(r"C:\mine"))
    restore(store)
    assert store.state.variables.text("GOROOT") == r"C:\mine"
    restore(store, force=True, journal=id)
    assert store.state.variables == before


def test_force_puts_back_what_somebody_changed() -> None:
    store = host()
    before = store.state.variables
    run(store, PRESENT)
    store.someone_writes("GOROOT", Value(OLD))
    outcome = restore(store, force=True)
    assert "restore_changed_since" not in ids(outcome.findings)
    assert store.state.variables == before


def test_force_keeps_later_foreign_entries_of_path() -> None:
    store = host()
    run(store, PRESENT)
    store.someone_writes("Path", Value(store.state.variables.text("Path") + r";C:\later", REG_EXPAND_SZ))
    restore(store, force=True)
    assert r"C:\later" in path_of(store.state)


def test_what_somebody_removed_since_stays_away() -> None:
    store = host()
    run(store, PRESENT)
    store.someone_writes("GOPATH", None)
    outcome = restore(store)
    assert "GOPATH" not in store.state.variables
    assert "restore_changed_since" in ids(outcome.findings)


def test_a_path_made_new_goes_with_its_last_entry() -> None:
    store = MemoryStore(state(Scope.USER))
    run(store, Wanted(REGISTRY, gobin=r"C:\bin"))
    store.someone_writes("PATH", Value(r"C:\bin;;", REG_EXPAND_SZ))
    restore(store)
    assert not path_of(store.state)


def test_the_type_of_path_goes_back() -> None:
    store = MemoryStore(state(Scope.USER, user={"Path": Value(r"C:\x", REG_SZ)}))
    run(store, Wanted(REGISTRY, gopath=(r"%USERPROFILE%\go",)))
    assert store.state.variables["PATH"].type == REG_EXPAND_SZ
    restore(store)
    assert store.state.variables["PATH"] == Value(r"C:\x", REG_SZ)


def test_the_type_of_path_stays_when_a_later_entry_needs_it() -> None:
    store = MemoryStore(state(Scope.USER, user={"Path": Value(r"C:\x", REG_SZ)}))
    run(store, Wanted(REGISTRY, gopath=(r"%USERPROFILE%\go",)))
    store.someone_writes("PATH", Value(store.state.variables.text("PATH") + r";%APPDATA%\npm", REG_EXPAND_SZ))
    restore(store)
    assert store.state.variables["PATH"] == Value(r"C:\x;%APPDATA%\npm", REG_EXPAND_SZ)


def test_what_is_managed_goes_back_too() -> None:
    store = host()
    run(store, PRESENT._replace(goroot=OLD))
    managed = store.state.record
    run(store, PRESENT)
    restore(store)
    assert (store.state.record.variables, store.state.record.entries) == (managed.variables, managed.entries)
    assert path_of(store.state)[0] == OLD + r"\bin"


def test_absent_is_taken_back() -> None:
    store = host()
    run(store, PRESENT)
    after = store.state
    run(store, Wanted(REGISTRY, goal=Goal.ABSENT))
    restore(store)
    assert store.state.variables == after.variables
    assert store.state.record.entries == after.record.entries


def test_a_long_path_can_be_taken_back() -> None:
    """What stood there before stands there again, however long it was."""
    long = ";".join(rf"C:\some\directory\{number:04}" for number in range(400))
    store = MemoryStore(state(Scope.USER, user={"Path": Value(rf"{long};C:\gone", REG_EXPAND_SZ)}))
    before = store.state.variables
    run(store, Wanted(REGISTRY, path=(r"C:\gone",), goal=Goal.ABSENT))
    assert store.state.variables != before
    restore(store)
    assert store.state.variables == before


# --- as many as there are --------------------------------------------------------------------------------------------


def test_ten_changes_go_back_one_by_one_and_no_more_are_kept() -> None:
    store = host()
    stood = [store.state.variables]
    for number in range(12):
        run(store, PRESENT._replace(variables={"GOFLAGS": f"-tags=t{number}"}))
        stood.append(store.state.variables)
    for number in range(10):
        newest = newest_to_undo(store.read(PRESENT))
        assert restore(store).changed, number
        assert store.state.variables == stood[11 - number]
        assert newest is not None
        assert not restore(store, journal=newest.id).changed, "named, it changes nothing more"
    outcome = restore(store)
    assert (outcome.changed, ids(outcome.findings)) == (False, ["restore_nothing"])


STEPS = st.lists(st.integers(0, 5) | st.sampled_from(["undo", "redo", "absent"]), max_size=40)


@given(STEPS)
def test_any_sequence_of_changes_and_undoings_goes_back_as_it_came(steps: list[int | str]) -> None:
    """A model beside it: a stack of what stood, ten deep. Undoing pops, undoing the undoing that was just made pushes
    again.
    """
    store = host()
    stack: list[t.Any] = []
    last: tuple[str, t.Any] | None = None
    for step in steps:
        stood = store.state.variables
        if step == "redo":
            if last is None:
                continue
            id, before = last
            assert restore(store, journal=id).changed
            assert store.state.variables == before
            stack, last = [*stack, stood][-10:], None
            continue
        if step == "undo":
            outcome = restore(store)
            assert outcome.changed is bool(stack)
            assert store.state.variables == (stack[-1] if stack else stood)
            last = (outcome.journal, stood) if outcome.journal else None
            stack = stack[:-1]
            continue
        wanted = (
            Wanted(REGISTRY, scope=Scope.USER, goal=Goal.ABSENT)
            if step == "absent"
            else PRESENT._replace(scope=Scope.USER, variables={"GOFLAGS": f"-tags=t{step}"})
        )
        if run(store, wanted).changed:
            stack, last = [*stack, stood][-10:], None
    while stack:
        assert restore(store).changed
        assert store.state.variables == stack.pop()
    assert not restore(store).changed
