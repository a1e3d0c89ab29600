"""Hive files: what is in them is read exactly, and what is damaged gives an error, whatever it is."""

from __future__ import annotations

import contextlib
import struct

import hivemaker
import pytest
from hivemaker import Node, make, sample, text, with_checksum, with_word
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.gopher.devbox.plugins.module_utils._formats import hivefile
from ansible_collections.gopher.devbox.plugins.module_utils._formats.hivefile import (
    Base,
    Damaged,
    TooLarge,
    Tree,
    Unknown,
    Unwritable,
    decode,
    encode,
    parse_base,
    same_name,
)
from ansible_collections.gopher.devbox.plugins.module_utils._formats.regtext import format_reg, parse_reg

leaves = st.sampled_from([b"lf", b"lh", b"li"])
names = st.text(st.characters(exclude_characters="\\\0", exclude_categories=["Cs"]), min_size=1, max_size=8)
raws = st.tuples(st.text(max_size=8), st.integers(0, 0xFFFFFFFF), st.binary(max_size=40))
nodes = st.recursive(
    st.builds(Node, st.lists(raws, max_size=5)),
    lambda below: st.builds(Node, st.lists(raws, max_size=3), st.dictionaries(names, below, max_size=6)),
    max_leaves=12,
)


def base_of(data: bytes) -> Base:
    return parse_base(data[: hivefile.HEAD_SIZE], len(data))


def tree_of(data: bytes) -> Tree:
    return Tree(lambda offset, length: data[offset : offset + length], base_of(data))


def contents(tree: Tree) -> dict[str, list[tuple[str, int, bytes]]]:
    """All keys and values."""
    out, waiting = {}, [("", tree.root())]
    while waiting:
        path, key = waiting.pop()
        out[path] = [value[:3] for value in tree.values(key)]
        waiting += [(f"{path}\\{child.name}", child) for child in tree.children(key)]
    return out


def made(node: Node, path: str = "") -> dict[str, list[tuple[str, int, bytes]]]:
    out = {path: list(node.values)}
    for name, below in node.keys.items():
        out.update(made(below, f"{path}\\{name}"))
    return out


CLEAN = make(sample())

# --- the base block --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("minor", hivefile.KNOWN_MINORS)
def test_a_clean_hive(minor: int) -> None:
    base = base_of(make(sample(), minor=minor, sequence=12))
    assert (base.primary, base.secondary, base.minor, base.intact, base.dirty) == (12, 12, minor, True, False)


def test_a_dirty_hive() -> None:
    data = make(sample())
    assert base_of(with_checksum(with_word(data, 4, 8))).dirty
    assert base_of(with_checksum(with_word(data, 8, 8))).dirty
    assert base_of(with_word(data, 12, 8)).dirty, "the checksum is wrong"


@given(st.integers(0, 127).filter(lambda word: word != 127), st.integers(0, 0xFFFFFFFF))
def test_any_other_word_in_the_base_block_is_seen(word: int, number: int) -> None:
    data = CLEAN
    changed = with_word(data, 4 * word, number)
    try:
        assert base_of(changed).dirty is (changed != data)
    except Damaged:
        assert changed != data


def test_the_checksum_is_neither_zero_nor_all_ones() -> None:
    assert hivefile.checksum(bytes(512)) == 1
    assert hivefile.checksum(b"\xff" * 4 + bytes(508)) == 0xFFFFFFFE


@pytest.mark.parametrize(
    ("offset", "number", "error"),
    [
        (0, 0x66666666, "begin"),
        (20, 2, r"2\.5"),
        (24, 7, r"1\.7"),
        (24, 2, r"1\.2"),
        (28, 1, "transaction log"),
        (32, 2, "kind 2"),
        (36, 0xFFFFFFFF, "root"),
        (36, 4, "root"),
        (40, 0, "bins"),
        (40, 4097, "bins"),
        (40, 1 << 30, "bins"),
        (4096, 0, "first bin"),
    ],
)
def test_what_is_no_hive(offset: int, number: int, error: str) -> None:
    data = with_checksum(with_word(make(sample()), offset, number))
    with pytest.raises(Unknown if offset in (20, 24, 32) else Damaged, match=error):
        base_of(data)


@given(st.integers(0, 9000))
def test_what_is_cut_off(length: int) -> None:
    with pytest.raises(Damaged):
        base_of(CLEAN[:length])


# --- values ----------------------------------------------------------------------------------------------------------


@given(st.sampled_from(["REG_SZ", "REG_EXPAND_SZ"]), st.text(st.characters(exclude_characters="\0")))
def test_texts_are_what_they_were(kind: str, data: str) -> None:
    assert decode(*encode(kind, data)) == (kind, data)


@given(st.integers(0, 0xFFFFFFFF), st.binary(max_size=40))
def test_all_other_values_are_what_they_were(number: int, data: bytes) -> None:
    kind, found = decode(number, data)
    if kind not in ("REG_SZ", "REG_EXPAND_SZ"):
        assert encode(kind, found) == (number, data)


@given(st.sampled_from(["REG_SZ", "REG_EXPAND_SZ"]), st.text(st.characters(exclude_characters="\0")))
def test_a_value_is_the_one_that_a_live_registry_has(kind: str, data: str) -> None:
    [exported] = parse_reg(format_reg([("HKLM\\A", [("name", kind, data)])])).values()
    assert exported.values == (("name", *decode(*encode(kind, data))),)


def test_odd_values() -> None:
    assert decode(1, b"") == ("REG_SZ", "")
    assert decode(1, "a".encode("utf-16-le") + b"b") == ("REG_SZ", "a")
    assert decode(4, struct.pack("<I", 255)) == ("REG_DWORD", "0xff")
    assert decode(4, b"\1") == ("REG_DWORD", "01")
    assert decode(12, b"\1") == ("REG_12", "01")


@pytest.mark.parametrize(("kind", "data"), [("REG_X", ""), ("REG_BINARY", "x"), ("REG_DWORD", "0x100000000")])
def test_what_is_no_value(kind: str, data: str) -> None:
    with pytest.raises((ValueError, OverflowError)):
        encode(kind, data)


def test_names() -> None:
    assert same_name("Path", "PATH")
    assert same_name("größe", "GRÖßE")
    assert not same_name("größe", "GRÖSSE")
    assert same_name("中文", "中文")


# --- keys ------------------------------------------------------------------------------------------------------------


@given(nodes, leaves, st.integers(1, 4), st.booleans(), st.sampled_from(hivefile.KNOWN_MINORS))
def test_everything_is_read(node: Node, leaf: bytes, fan: int, wide: bool, minor: int) -> None:
    tree = tree_of(make(node, leaf=leaf, fan=fan, wide=wide, minor=minor))
    assert contents(tree) == made(node)


def test_long_values_are_put_together() -> None:
    root, data = Node(), bytes(range(256)) * 300
    root.values = [("a", 3, data), ("b", 3, data[: hivefile.VALUE_LIMIT]), ("c", 3, data[: hivefile.VALUE_LIMIT + 1])]
    found = tree_of(make(root)).values(tree_of(make(root)).root())
    assert [(value.data, value.big) for value in found] == [
        (data, True),
        (data[: hivefile.VALUE_LIMIT], False),
        (data[: hivefile.VALUE_LIMIT + 1], True),
    ]


def test_a_key_is_found_in_any_case() -> None:
    tree = tree_of(make(sample()))
    found = tree.find(r"other\REMOVED\\below")
    assert found is not None
    assert found.name == "Below"
    assert tree.find("Other\\Missing\\Below") is None
    assert tree.find("") == tree.root()


SOURCE = make(sample(), fan=5)


@given(st.integers(0, 1 << 32))
def test_damage_gives_an_error_or_a_state(seed: int) -> None:
    """And it ends, whatever leads to whatever."""
    data = hivemaker.damaged(SOURCE, seed)
    with contextlib.suppress(Damaged, TooLarge, Unwritable):
        tree = tree_of(data)
        for path, check in (
            ("Environment", tree.check_write),
            ("Many", tree.check_add),
            (r"Other\Removed", tree.check_remove),
        ):
            key = tree.find(path)
            assert key is None or key.offset < len(data)
            if key is not None:
                check(key)


@pytest.mark.parametrize(
    ("number", "data", "more"),
    [
        (1, text("a"), False),
        (1, "a".encode("utf-16-le"), False),
        (2, text("a\0\0"), False),
        (2, text("a\0b"), True),
        (1, text("\0b") + b"x", True),
        (7, text("a\0b"), False),
        (3, text("a\0b"), False),
    ],
)
def test_text_behind_its_end(number: int, data: bytes, more: bool) -> None:
    assert hivefile.has_more(number, data) is more


# --- what hivex may do -----------------------------------------------------------------------------------------------


def place_of(data: bytes, path: str) -> int:
    found = tree_of(data).find(path)
    assert found is not None
    return found.offset


def word(data: bytes, offset: int) -> int:
    return int(struct.unpack_from("<I", data, offset)[0])


def test_a_key_with_a_long_value_is_not_written_anew() -> None:
    data = make(sample())
    with pytest.raises(TooLarge, match="pieces has 51200 bytes"):
        tree_of(data).check_write(tree_of(data).key(place_of(data, r"Other\Big")))
    old = make(sample(), minor=3)
    assert tree_of(old).check_write(tree_of(old).key(place_of(old, r"Other\Big"))), "1.3 has them in one piece"


def test_cells_that_hivex_would_free_twice() -> None:
    """It ends the process then."""
    data = make(sample())
    listed = 4096 + word(data, place_of(data, "Environment") + 4 + 40) + 4
    twice = with_word(data, listed, word(data, listed + 4))
    with pytest.raises(Damaged, match="twice"):
        tree_of(twice).values(tree_of(twice).key(place_of(twice, "Environment")))
    one, two = (4096 + word(data, listed + 4 * number) for number in (0, 1))
    shared = with_word(data, one + 12, word(data, two + 12))
    shared = with_word(shared, one + 8, word(data, two + 8))
    with pytest.raises(Damaged, match="share"):
        tree_of(shared).check_write(tree_of(shared).key(place_of(shared, "Environment")))


def test_a_value_without_data_that_leads_nowhere() -> None:
    data = make(sample())
    listed = 4096 + word(data, place_of(data, "Environment") + 4 + 40) + 4
    value = 4096 + word(data, listed)
    empty = with_word(with_word(data, value + 8, 0), value + 12, 0xFFFFFFFF)
    tree = tree_of(empty)
    key = tree.key(place_of(empty, "Environment"))
    assert tree.values(key)[0].data == b""
    with pytest.raises(Unwritable, match="without data"):
        tree.check_write(key)


def test_a_circle_of_keys() -> None:
    data = make(sample())
    below = place_of(data, r"Other\Removed\Below")
    circle = with_word(
        with_word(data, below + 4 + 28, word(data, place_of(data, r"Other\Removed") + 4 + 28)), below + 4 + 20, 1
    )
    tree = tree_of(circle)
    with pytest.raises(Damaged, match="another parent"):
        tree.check_remove(tree.key(place_of(circle, r"Other\Removed")))


def test_keys_deeper_than_the_stack() -> None:
    root = Node()
    node = root
    for _ in range(600):
        node = node.at("a")
    tree = tree_of(make(root))
    with pytest.raises(Unwritable, match="too much"):
        tree.check_remove(next(tree.children(tree.root())))


def test_security_descriptors_are_counted() -> None:
    data = make(sample())
    removed = place_of(data, r"Other\Removed")
    shared = 4096 + word(data, removed + 4 + 44)
    for count in (0, 1, 2):
        few = with_word(data, shared + 4 + 12, count)
        with pytest.raises(Damaged, match="descriptor"):
            tree_of(few).check_remove(tree_of(few).key(removed))


def test_names_that_hivex_would_not_keep() -> None:
    for name in ("a\0", "\udc00"):
        with pytest.raises(Unwritable):
            hivefile.check_value_name(name)
    with pytest.raises(Unwritable):
        hivefile.check_value_name("x" * 16384)
    for name in ("ä", "", "a\\b", "x" * 256, "\n"):
        with pytest.raises(Unwritable):
            hivefile.check_key_name(name)
    hivefile.check_key_name("20200101T000000Z-0123abcd")
    hivefile.check_value_name(text("名").decode("utf-16-le").rstrip("\0"))


def test_a_key_with_a_predefined_handle_has_no_values() -> None:
    data = make(sample())
    place = place_of(data, "Select")
    data = with_word(data, place + 4, word(data, place + 4) | 0x40 << 16)
    data = with_word(data, place + 4 + 36, 0x80000050)
    tree = tree_of(data)
    assert tree.values(tree.key(place)) == ()
    assert len(list(tree.children(tree.root()))) == 5


def test_what_was_freed_is_found_in_a_later_file() -> None:
    """Cells that were free before, and those in use, stay as they are."""
    head = bytes(hivefile.BASE_SIZE)

    def bin_of(*cells: tuple[int, bytes]) -> bytes:
        data = b"".join(struct.pack("<i", length) + filling * (abs(length) - 4) for length, filling in cells)
        return b"hbin" + struct.pack("<II", 0, 32 + len(data)) + bytes(20) + data

    old = head + bin_of((-16, b"a"), (16, b"b"), (-24, b"c"))
    new = head + bin_of((-16, b"a"), (16, b"b"), (24, b"c")) + bin_of((32, b"d"), (-8, b"e"))
    found = [new[offset : offset + length] for offset, length in hivefile.freed(old, new)]
    assert found == [b"c" * 20, b"d" * 28]
    assert list(hivefile.freed(old, old)) == []
    assert list(hivefile.freed(b"", head + b"hbin" + bytes(28))) == []
