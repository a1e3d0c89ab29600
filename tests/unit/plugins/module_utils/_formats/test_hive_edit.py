"""What has to be done to a hive: no more than what is asked for and not so yet."""

from __future__ import annotations

import pytest
from hivemaker import make, sample, text

from ansible_collections.gopher.devbox.plugins.module_utils._formats.hive_edit import Edit, Sections, plan_edit
from ansible_collections.gopher.devbox.plugins.module_utils._formats.hivefile import (
    HEAD_SIZE,
    VALUE_LIMIT,
    TooLarge,
    Tree,
    Unwritable,
    free,
    freed,
    parse_base,
)

DATA = make(sample())
TREE = Tree(lambda offset, length: DATA[offset : offset + length], parse_base(DATA[:HEAD_SIZE], len(DATA)))


def edit(*sections: tuple[str, list[tuple[str, str | None, str]]], removed: tuple[str, ...] = ()) -> Edit:
    wanted: Sections = sections
    return plan_edit(TREE, wanted, removed)


@pytest.mark.parametrize(
    "sections",
    [
        [],
        [("Environment", [])],
        [("ENVIRONMENT", [("unterminated", "REG_SZ", "abc"), ("NUMBER", "REG_DWORD", "0x4"), ("x", None, "")])],
        [("Environment", [("GOROOT", "REG_SZ", "a"), ("goroot", None, "")])],
        [(r"Select\\", [("current", "REG_DWORD", "0x1")])],
    ],
)
def test_what_is_so_is_left_alone(sections: list[tuple[str, list[tuple[str, str | None, str]]]]) -> None:
    assert not edit(*sections, removed=("Missing", r"Other\Missing\Below")).changes


def test_values_keep_their_place_and_their_names() -> None:
    found = edit(
        ("environment", [("PATH", "REG_SZ", "a"), ("new", "REG_BINARY", "00"), ("temp", None, "")]),
        ("Environment", [("new", "REG_BINARY", "01"), ("twice", None, "")]),
    )
    [key] = found.keys
    old = sample().keys["Environment"].values
    kept = [value for value in old if value[0] not in ("Path", "TEMP", "twice", "TWICE")]
    assert [value[:3] for value in key.values] == [("Path", 1, text("a")), *kept, ("new", 3, b"\1")]
    assert key.offset


def test_another_type_is_a_change() -> None:
    assert edit(("Environment", [("TEMP", "REG_SZ", r"%SystemRoot%\TEMP")])).changes


def test_new_keys() -> None:
    found = edit((r"Other\New\Deep", [("a", "REG_SZ", "b")]), (r"other\new\deep", []), ("A", []))
    assert [(key.path, key.offset) for key in found.keys] == [(("Other", "New", "Deep"), 0), (("A",), 0)]
    with pytest.raises(Unwritable, match="Größe"):
        edit((r"Other\Größe", []))
    with pytest.raises(Unwritable, match="key cannot"):
        edit(("x" * 256, []))
    assert not edit(("ÄRGER\\中文", [])).changes, "one that is there is no new one"


def test_removed_keys() -> None:
    found = edit(removed=(r"other\removed\Below", "Other\\REMOVED", r"Other\Removed\Below\Deeper", "Select", ""))
    assert found.gone == [("Other", "REMOVED"), ("Select",)]
    assert len(found.removed) == 2
    [key] = edit(("Select", []), removed=("SELECT",)).keys
    assert (key.offset, key.values) == (0, ())


def test_long_values() -> None:
    longest = "x" * (VALUE_LIMIT // 2 - 1)
    assert edit(("Environment", [("a", "REG_SZ", longest)])).changes
    with pytest.raises(TooLarge, match="a has 16346 bytes"):
        edit(("Environment", [("a", "REG_SZ", longest + "x")]))
    with pytest.raises(TooLarge, match="pieces"):
        edit((r"Other\Big", [("b", "REG_SZ", "x")]))
    assert not edit((r"Other\Big", [("small", "REG_BINARY", "78" * 100)])).changes


def test_a_long_value_goes_and_its_pieces_are_named() -> None:
    found = edit((r"Other\Big", [("pieces", None, "")]))
    assert [value.name for value in found.keys[0].values] == ["small"]
    big = TREE.find(r"Other\Big")
    assert big is not None
    pieces = TREE.values(big)[0].pieces
    assert found.left == list(pieces)
    assert len(pieces) == 1 + -(-51200 // VALUE_LIMIT)
    data = bytearray(DATA)
    free(data, found.left)
    assert sum(length for offset, length in freed(DATA, bytes(data)) if offset - 4 in pieces) >= 51200
    assert edit(removed=(r"Other\Big",)).left == list(pieces)


def test_what_was_done_is_compared() -> None:
    found = edit(("Environment", [("GOROOT", "REG_SZ", "a")]), removed=("Select",))
    assert found.difference(TREE) == "the key Select is still there"
    found = edit(("Environment", [("GOROOT", "REG_SZ", "a")]))
    assert found.difference(TREE) == "the values of Environment are others"
    assert edit(("New", [])).difference(TREE) == "the values of New are others"
    assert not edit(removed=("Missing",)).difference(TREE)
