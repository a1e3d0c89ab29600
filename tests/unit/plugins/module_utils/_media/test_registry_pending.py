"""One change in two files: what is written beside the record, and what is made of it."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.gopher.devbox.plugins.module_utils._core.record import ANCHOR, Change, JournalEntry, Record
from ansible_collections.gopher.devbox.plugins.module_utils._core.values import Value, Variables
from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import Goal, Scope, Wanted
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_medium import REGISTRY
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_pending import (
    PENDING,
    RECORD,
    Kept,
    Pending,
    before,
    is_kept,
    is_unmade,
    put_back,
)
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_pieces import fitted
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_writing import Keys

OLD, NEW = "20260101T000000Z-00000001", "20260102T000000Z-00000002"
WAS, IS = Value(r"C:\Old"), Value(r"C:\New")
ENTRY = JournalEntry(NEW, (Change("InstallPath", WAS, IS, ANCHOR),))


def written(pending: Pending) -> dict[str, str]:
    return {name: data for name, kind, data in pending.values() if kind is not None}


@pytest.mark.parametrize("undone", [("", ""), (OLD, JournalEntry(OLD, ()).dumps())])
def test_what_is_written_is_what_is_read(undone: tuple[str, str]) -> None:
    pending = Pending(NEW, 7, Record().dumps(), *undone)
    assert Pending.loads(written(pending)) == pending


@pytest.mark.parametrize(
    "values",
    [
        {},
        {PENDING: "no JSON", RECORD: "{}"},
        {PENDING: "[]", RECORD: "{}"},
        {PENDING: '{"format":1,"journal":"x","sequence":1,"undoes":""}', RECORD: "{}"},
        {PENDING: f'{{"format":2,"journal":"{NEW}","sequence":1,"undoes":""}}', RECORD: "{}"},
        {PENDING: f'{{"format":1,"journal":"{NEW}","sequence":1,"undoes":""}}'},
        {PENDING: f'{{"format":1,"journal":"{NEW}","sequence":"x","undoes":""}}', RECORD: "{}"},
    ],
)
def test_what_says_nothing_is_none(values: dict[str, str]) -> None:
    assert Pending.loads(values) is None


def test_before_is_the_record_and_the_journal_and_the_anchor_of_then() -> None:
    then = Record({"GOROOT": r"C:\Old"}, journal=("20250101T000000Z-00000000", OLD))
    old = JournalEntry(OLD, (), undone=False)
    kept = Kept(Record(journal=(OLD, NEW)), {OLD: old._replace(undone=True), NEW: ENTRY}, IS)
    found = before(Pending(NEW, 7, then.dumps(), OLD, old.dumps()), kept)
    assert found == Kept(then._replace(journal=(OLD,)), {OLD: old}, WAS), "an entry that fell off is gone"


def test_an_anchor_that_somebody_changed_since_stays() -> None:
    other = Value(r"C:\Theirs")
    kept = Kept(Record(), {NEW: ENTRY}, other)
    pending = Pending(NEW, 7, Record().dumps())
    assert before(pending, kept).anchor == other
    keys = Keys.of(Scope.MACHINE, "")
    assert keys.anchor not in dict(put_back(keys, pending, kept, is_anchored=True))
    assert keys.anchor in dict(put_back(keys, pending, kept._replace(anchor=IS), is_anchored=True))
    assert keys.anchor not in dict(put_back(keys, pending, kept._replace(anchor=IS), is_anchored=False))


@pytest.mark.parametrize(
    ("now", "journal", "expected"),
    [
        ({"A": WAS}, (OLD, NEW), True),
        ({"A": WAS, "OTHER": IS}, (NEW,), True),
        ({"A": IS, "B": IS}, (OLD, NEW), False),
        ({"A": WAS, "B": IS}, (OLD, NEW), False),
        ({"A": Value("theirs")}, (OLD, NEW), False),
        ({"A": WAS}, (NEW, OLD), False),
        ({"A": WAS}, (OLD,), False),
    ],
)
def test_by_the_variables_alone_a_change_is_unmade(
    now: dict[str, Value], journal: tuple[str, ...], expected: bool
) -> None:
    entry = JournalEntry(NEW, (Change("A", WAS, IS), Change("B", None, IS), Change("InstallPath", WAS, IS, ANCHOR)))
    kept = Kept(Record(journal=journal), {NEW: entry}, IS)
    assert is_unmade(Pending(NEW, 7, Record().dumps()), kept, Variables(now.items())) is expected
    assert not is_unmade(Pending(NEW, 7, Record().dumps()), kept._replace(journal={}), Variables(now.items()))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"goal": Goal.RESTORED}, True),
        ({"goal": Goal.RESTORED, "journal": NEW}, True),
        ({"goal": Goal.RESTORED, "run": "1"}, True),
        ({"goal": Goal.RESTORED, "journal": OLD}, False),
        ({"goal": Goal.RESTORED, "run": "2"}, False),
        ({"goal": Goal.PRESENT}, False),
        ({"goal": Goal.ABSENT}, False),
    ],
)
def test_what_may_be_a_change_stays_for_a_run_that_could_undo_an_older_one_in_its_place(
    options: dict[str, Any], expected: bool
) -> None:
    entry = ENTRY._replace(run="1")
    wanted = Wanted(REGISTRY, Scope.MACHINE, **options)
    assert is_kept(entry, wanted) is expected
    assert not is_kept(entry._replace(undone=True), wanted), "an undoing"
    said = [Pending(NEW, 7, "").seen_by_variables(kept) for kept in (True, False)]
    assert [finding.subject for finding in said] == [NEW, NEW]
    assert all("was not made" in finding.message and "put back since" in finding.message for finding in said)
    assert ["name that one with journal" in finding.advice for finding in said] == [True, False]


def test_texts_that_are_in_several_values_are_read_and_go_with_all_of_them() -> None:
    old = JournalEntry(OLD, (), ours=("x" * 20000,))
    pending = Pending(NEW, 7, Record({"GOFLAGS": "y" * 9000}).dumps(), OLD, old.dumps())
    there = [(name, kind, data) for name, kind, data in fitted(pending.values(), ()) if kind is not None]
    assert any(name == "pending_entry+3" for name, _kind, _data in there)
    assert Pending.loads({name: data for name, _kind, data in there}) == pending
    kept = Kept(Record(journal=(OLD, NEW)), {OLD: old._replace(undone=True), NEW: ENTRY})
    back = dict(put_back(Keys.of(Scope.MACHINE, ""), pending, kept, is_anchored=False))
    gone = {name for values in back.values() for name, kind, _data in values if kind is None}
    assert {name for name, _kind, _data in there} <= gone
    assert {NEW, f"{NEW}+2", f"{OLD}+2", "record+2"} <= gone
