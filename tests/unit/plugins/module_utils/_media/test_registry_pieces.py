"""Long texts over several values of a key: what is written is what is read, and nothing is left of what was there."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.gopher.devbox.plugins.module_utils._formats.hivefile import VALUE_LIMIT, encode
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_pieces import (
    PIECE,
    by_names,
    fitted,
    joined,
)
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_writing import (
    Writing,
    Written,
    anew,
    no_more,
)

Stored = dict[str, tuple[str, str]]

NAMES = st.sampled_from(["record", "20260101T000000Z-00000001", "20260102T000000Z-00000002"])
LENGTHS = st.sampled_from([0, 1, 8171, 8172, PIECE, 2 * PIECE, 2 * PIECE + 1, 5 * PIECE + 7])
TEXTS = st.builds(lambda length, fill: json.dumps({"a": fill * length}), LENGTHS, st.sampled_from("x 1/<>+"))
#: what one run does to the key: texts by their names, None for one that goes; and whether that Windows is running
RUNS = st.lists(st.tuples(st.dictionaries(NAMES, st.none() | TEXTS, max_size=3), st.booleans()), max_size=6)


def rows(key: Stored) -> list[tuple[str, str, str]]:
    return [(name, kind, data) for name, (kind, data) in key.items()]


def write(key: Stored, values: list[Written]) -> None:
    for name, kind, data in values:
        if kind is None:
            key.pop(name, None)
        else:
            key[name] = (kind, data)


def is_long(data: str) -> bool:
    return len(encode("REG_SZ", data)[1]) > VALUE_LIMIT


@given(RUNS)
def test_what_is_written_is_what_is_read_and_no_value_is_too_long(
    runs: list[tuple[dict[str, str | None], bool]],
) -> None:
    key: Stored = {}
    expected: dict[str, str] = {}
    for texts, is_running in runs:
        values: list[Written] = [(name, text and "REG_SZ", text or "") for name, text in texts.items()]
        write(key, values if is_running else fitted(values, rows(key)))
        expected = {name: text for name, text in {**expected, **texts}.items() if text is not None}
        assert joined(rows(key)) == expected
        if not is_running:
            assert not any(is_long(data) for _kind, data in key.values())
            assert len(key) == sum(1 + (len(text) - 1) // PIECE if is_long(text) else 1 for text in expected.values())


@pytest.mark.parametrize("what", ["gone", "of another number", "none"])
def test_a_text_without_one_of_its_pieces_is_no_text_of_this_collection(what: str) -> None:
    key: Stored = {}
    write(key, fitted([("record", "REG_SZ", json.dumps("x" * 20000))], ()))
    if what == "gone":
        del key["record+2"]
    else:
        key["record+2"] = ("REG_SZ", key["record+2"][1].replace("2/3", "2/4") if what == "of another number" else "x")
    assert not joined(rows(key))["record"].startswith('"')


def test_other_values_stay_as_they_are() -> None:
    there = [("record", "REG_SZ", "{}"), ("large", "REG_BINARY", "00" * 20000), ("a+1", "REG_SZ", "b")]
    assert fitted([("pending", "REG_SZ", "{}"), ("other", None, "")], there[:2]) == [
        ("pending", "REG_SZ", "{}"),
        ("other", None, ""),
    ]


@pytest.mark.parametrize("pieces", [1, 2, 9, 15, 40])
def test_where_it_is_known_which_pieces_are_there_all_of_them_go_and_nothing_else(pieces: int) -> None:
    key: Stored = {"other+3": ("REG_SZ", "x")}
    for name in ("record", "old", "stays"):
        write(key, fitted([(name, "REG_SZ", "y" * (PIECE * pieces))], ()))
    values = (*anew("record", "{}"), *no_more("old"), *no_more("none"))
    [(_key, written), foreign] = by_names(Writing((("home", values), ("other", values)), ()), {"home": key}).sections
    assert foreign == ("other", values), "of a key that was not read"
    assert {name for name, kind, _data in written if kind is None} <= {*key, "old", "none"}
    write(key, list(written))
    assert {name for name in key if not name.startswith("stays")} == {"record", "other+3"}
    assert joined(rows(key))["stays"] == "y" * (PIECE * pieces)
