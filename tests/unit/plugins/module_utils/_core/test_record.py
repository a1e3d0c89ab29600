"""What is kept on the host is read whatever it holds."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.support import records

from ansible_collections.gopher.devbox.plugins.module_utils._core.record import (
    JOURNAL_LENGTH,
    Change,
    JournalEntry,
    Kept,
    Record,
)
from ansible_collections.gopher.devbox.plugins.module_utils._core.values import Value
from ansible_collections.gopher.devbox.plugins.module_utils._core.windows import REG_EXPAND_SZ, REG_SZ

ID = "20260101T000000Z-0123abcd"
values = st.none() | st.builds(Value, st.text(), st.sampled_from([REG_SZ, REG_EXPAND_SZ]))
changes = st.builds(Change, st.text(), values, values, st.sampled_from(["environment", "anchor"]))
texts = st.dictionaries(st.text(), st.text(), max_size=3)
plain = {
    "damaged": st.just(False),
    "former": st.just({}),
    **dict.fromkeys(("retired", "sweep", "hooks", "spent", "made"), st.just(())),
}
all_records = st.builds(
    Record,
    texts,
    st.lists(st.tuples(st.text(), st.text()), max_size=3).map(tuple),
    st.booleans(),
    st.just((ID,)),
    **plain,
)
entries = st.builds(
    JournalEntry,
    st.just(ID),
    st.lists(changes, max_size=3).map(tuple),
    st.lists(st.text(), max_size=3).map(tuple),
    all_records,
    st.booleans(),
    st.text(),
    st.sampled_from(["", ID]),
    st.dictionaries(st.text(), st.builds(Kept, st.none() | st.binary(), st.text()), max_size=2),
    st.lists(st.text(), max_size=3).map(tuple),
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(all_records | records())
def test_records_are_a_round_trip_of_one_ascii_line(record: Record) -> None:
    text = record.dumps()
    assert Record.loads(text) == record
    assert text.isascii()
    assert text.isprintable()


@given(entries)
def test_journal_entries_are_a_round_trip_of_one_ascii_line(entry: JournalEntry) -> None:
    text = entry.dumps()
    assert JournalEntry.loads(ID, text) == entry
    assert text.isascii()
    assert text.isprintable()


def test_an_entry_without_media_is_as_it_always_was() -> None:
    """What an earlier version wrote is read, and a medium that is alone writes the same."""
    text = JournalEntry(ID, (Change("A", None, Value("x")),)).dumps()
    assert "media" not in text
    assert JournalEntry.loads(ID, text) == JournalEntry(ID, (Change("A", None, Value("x")),), media=())


def broken(text: str) -> list[str]:
    """What a good text may have become."""
    found = json.loads(text)
    out = [text[:-1], text[1:], text + "x"]
    for key in found:
        for value in (None, 5, "x", [], {}, [5], [[]], [["a"]], {"a": None}, ["x"]):
            out += [
                json.dumps({**found, key: value}),
                json.dumps({name: item for name, item in found.items() if name != key}),
            ]
    return out


@pytest.mark.parametrize(
    "text",
    [
        *broken(JournalEntry(ID, (Change("A", Value("x"), None),), ("o",), Record({"a": "b"}, (("r", "e"),))).dumps()),
        *broken(Record({"a": "b"}, (("r", "e"),)).dumps()),
        "",
        "[" * 100_000,
        "1" * 100_000,
        "null",
        "[]",
        '"x"',
        '{"format": 1}',
        '{"format": 2}',
        "NaN",
        "\ud800",
    ],
)
def test_what_is_damaged_never_raises(text: str) -> None:
    Record.loads(text)
    JournalEntry.loads(ID, text)


@given(
    st.text()
    | json_values.map(json.dumps)
    | st.dictionaries(
        st.sampled_from(
            [
                "format",
                "changes",
                "ours",
                "record",
                "undone",
                "kind",
                "variables",
                "entries",
                "anchor",
                "journal",
                "files",
                "spent",
                "firsts",
                "media",
            ]
        ),
        json_values,
    ).map(lambda found: json.dumps({**found, "format": 1}))
)
def test_nothing_that_is_read_raises(text: str) -> None:
    Record.loads(text)
    JournalEntry.loads(ID, text)


def test_no_record_is_an_empty_one_and_a_damaged_one_says_so() -> None:
    assert Record.loads(None) == Record()
    assert Record.loads("nonsense") == Record(damaged=True)
    assert JournalEntry.loads(ID, "nonsense") is None


def test_the_last_ten_of_the_journal_stay() -> None:
    record, gone = Record(), []
    ids = [f"20260101T0000{number:02}Z-0123abcd" for number in range(JOURNAL_LENGTH + 2)]
    for id in ids:
        record, out = record.with_journal(JournalEntry(id, ()))
        gone += out
    assert record.journal == tuple(ids[2:])
    assert gone == ids[:2]
    assert record.with_journal(JournalEntry(ids[-1], ())) == (record, ())


def test_what_is_undone_takes_no_place_of_what_is_not() -> None:
    """Ten changes, then ten undoings: each finds its change, and of the spent ones the newest ten stay."""
    changes_ = [JournalEntry(f"20260101T0000{number:02}Z-0123abcd", ()) for number in range(JOURNAL_LENGTH)]
    record = Record()
    for entry in changes_:
        record, _out = record.with_journal(entry)
    for number, entry in enumerate(reversed(changes_)):
        assert entry.id in record.journal
        undoing = JournalEntry(f"20260101T0001{number:02}Z-0123abcd", (), undone=True, kind="restored", undid=entry.id)
        record, _out = record.with_journal(undoing, entry._replace(undone=True))
        assert {entry.id, undoing.id} <= set(record.journal), (
            "what was just undone is known, so that undoing it again changes nothing"
        )
        assert [id for id in record.journal if id not in record.spent] == [
            left.id for left in changes_[: JOURNAL_LENGTH - number - 1]
        ]
    assert len(record.journal) == len(record.spent) == JOURNAL_LENGTH


def test_an_undoing_that_is_undone_brings_its_change_back() -> None:
    change = JournalEntry(ID, ())
    record, _out = Record().with_journal(change)
    undoing = JournalEntry("20260101T000001Z-0123abcd", (), undone=True, kind="restored", undid=ID)
    record, _out = record.with_journal(undoing, change._replace(undone=True))
    assert record.spent == (ID, undoing.id)
    again = JournalEntry("20260101T000002Z-0123abcd", (), undone=True, kind="restored", undid=undoing.id)
    record, _out = record.with_journal(again, change)
    assert (record.journal, record.spent) == ((ID, undoing.id, again.id), (undoing.id, again.id))


def test_ids_that_are_none_are_left_out() -> None:
    text = Record(journal=(ID, "x&calc", "20260101T000000Z-0123ABCD")).dumps()
    assert Record.loads(text).journal == (ID,)
