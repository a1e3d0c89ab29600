"""A block of ours in a file of somebody else's: what is outside is never changed."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ansible_collections.gopher.devbox.plugins.module_utils._formats.blocks import (
    BEGIN,
    END,
    Block,
    BlockError,
    find,
    put,
    take_out,
)

BOM = b"\xef\xbb\xbf"
MANAGED = "# gopher.devbox manages what stands between these marks, and overwrites it."

pieces = st.sampled_from(
    [
        BEGIN.encode(),
        END.encode(),
        BEGIN.encode()[:-1],
        b"# >>>",
        b"\n",
        b"\r\n",
        b"\r",
        BOM,
        b"#!/bin/sh",
        b"x",
        b" ",
        b"\xff",
        b"\0",
    ]
)
files = st.one_of(st.binary(max_size=60), st.lists(pieces, max_size=12).map(b"".join))
bodies = st.text(st.characters(codec="utf-8"), max_size=40).filter(lambda text: BEGIN not in text and END not in text)
places = st.sampled_from(["top", "end"])


def unmarked(data: bytes) -> bytes:
    """`data`, which has no block and no damaged one, or the example does not count."""
    try:
        assume(find(data) is None)
    except BlockError:
        assume(False)
    return data


@given(files, bodies, places)
def test_what_is_put_in_comes_out_again(data: bytes, body: str, where: str) -> None:
    unmarked(data)
    assert take_out(put(data, body, where)) == data


@given(bodies, bodies, places, files)
def test_a_file_made_for_a_block_goes_with_it_unless_somebody_wrote_into_it(
    first: str, second: str, where: str, added: bytes
) -> None:
    unmarked(added)
    whole = put(put(None, first, where), second, where)
    assert take_out(whole) is None
    assert take_out(whole + added) == (added or None)
    assert take_out(added + b"\n" + whole) == added + b"\n"


@given(files, bodies, bodies, places, places)
def test_a_second_put_replaces_the_first_in_its_place(
    data: bytes, first: str, second: str, where: str, later: str
) -> None:
    unmarked(data)
    assert put(put(data, first, where), second, later) == put(data, second, where)
    assert put(put(data, first, where), first, later) == put(data, first, where)


@given(files, bodies, places)
def test_the_body_is_found_as_it_was_put(data: bytes, body: str, where: str) -> None:
    unmarked(data)
    whole = put(data, body, where)
    block = find(whole)
    assert block is not None
    assert block.body == (body if body.endswith("\n") or not body else body + "\n")
    assert whole[block.start : block.end] == put(b"", body) or block.ended
    assert whole.replace(whole[block.start : block.end], b"", 1) in (data, data + b"\n")


@given(files, bodies, places, files)
def test_what_was_added_behind_stays(data: bytes, body: str, where: str, added: bytes) -> None:
    """Whatever somebody writes behind our block, their lines stay lines of their own."""
    unmarked(data)
    whole = put(data, body, where) + added
    try:
        left = take_out(whole)
    except BlockError:
        return
    assert left in (data + added, data + b"\n" + added)
    if not added or data.endswith(b"\n") or where == "top" and not data.startswith((b"#!", BOM)):
        assert left == data + added


def test_a_block() -> None:
    assert put(b"a\n", "one\ntwo") == f"a\n{BEGIN}\n{MANAGED}\none\ntwo\n{END}\n".encode()
    assert find(put(b"a\n", "one\ntwo")) == Block(2, 2 + len(put(b"", "one\ntwo")), "one\ntwo\n")


@pytest.mark.parametrize(
    ("data", "before", "after"),
    [
        (b"", b"", b""),
        (b"a\nb\n", b"", b"a\nb\n"),
        (b"a", b"", b"a"),
        (b"#!/bin/sh\na\n", b"#!/bin/sh\n", b"a\n"),
        (b"#!/bin/sh\r\na\r\n", b"#!/bin/sh\r\n", b"a\r\n"),
        (b"#!/bin/sh", b"#!/bin/sh\n", b""),
        (BOM + b"a\n", BOM, b"a\n"),
        (BOM + b"#!/bin/sh\na", BOM + b"#!/bin/sh\n", b"a"),
        (BOM, BOM, b""),
        (b"\n#!/bin/sh\n", b"", b"\n#!/bin/sh\n"),
    ],
)
def test_the_top_is_behind_a_byte_order_mark_and_an_interpreter(data: bytes, before: bytes, after: bytes) -> None:
    whole = put(data, "x\n", "top")
    assert whole.startswith(before + BEGIN.encode() + b"\n")
    assert whole.endswith(END.encode() + b"\n" + after)
    assert take_out(whole) == data


def test_a_block_has_line_feeds_where_the_file_has_more() -> None:
    """A carriage return would be part of the last word of each line, in sh."""
    whole = put(b"a\r\nb\r\n", "x\ny\n")
    assert whole.startswith(b"a\r\nb\r\n#")
    assert b"\r" not in whole[6:]


@pytest.mark.parametrize("data", [b"a", b"a\r", b"\xff\xfe", b" ", b"a\nb"])
def test_a_last_line_without_an_end_gets_one_and_loses_it(data: bytes) -> None:
    whole = put(data, "x\n")
    assert whole.startswith(data + b"\n" + BEGIN.encode() + b"\n")
    assert b"The line before had no end." in whole
    assert put(whole, "y\n") == put(data, "y\n")
    assert take_out(whole) == data
    assert take_out(whole + b"more\n") == data + b"\nmore\n"


def test_a_block_that_somebody_turned_to_crlf_is_ours() -> None:
    whole = put(b"a\n", "x\n")
    turned = whole.replace(b"\n", b"\r\n")
    block = find(turned)
    assert block is not None
    assert block.body == "x\r\n"
    assert put(turned, "x\n") == b"a\r\n" + whole[2:]
    assert take_out(turned) == b"a\r\n"


def test_a_block_that_somebody_indented_or_cut_is_ours() -> None:
    whole = put(b"", "x\n")
    indented = b"if true; then\n    " + whole.replace(b"\n", b"\n    ").rstrip() + b"\nfi\n"
    assert take_out(indented) == b"if true; then\nfi\n"
    cut = whole.rstrip(b"\n")
    assert put(cut, "x\n") == whole
    assert take_out(cut) == b""
    bare = whole.replace(MANAGED.encode() + b"\n", b"")
    assert put(bare, "x\n") == whole
    changed = find(whole.replace(b"\nx\n", b"\ny\n"))
    assert changed is not None
    assert changed.body == "y\n"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (f"a\n{BEGIN}\nb\n", f"The block begins and does not end (line 2: {BEGIN})."),
        (f"a\n\n{END}", f"The block ends and does not begin (line 3: {END})."),
        (f"{END}\n{BEGIN}\n", f"The marks of the block do not belong together (line 1: {END}, line 2: {BEGIN})."),
        (
            f"{BEGIN}\n{END}\r\n {BEGIN}\n{END}\n",
            f"There are several blocks (line 1: {BEGIN}, line 2: {END}, line 3: {BEGIN}, line 4: {END}).",
        ),
        (
            f"{BEGIN}\n{BEGIN}\n{END}\n{END}\n",
            (
                f"The marks of the block do not belong together (line 1: {BEGIN}, line 2: {BEGIN}, line 3: {END}, "
                f"line 4: {END})."
            ),
        ),
        (
            f"{BEGIN}\n{BEGIN}\n{END}\n",
            f"The marks of the block do not belong together (line 1: {BEGIN}, line 2: {BEGIN}, line 3: {END}).",
        ),
        (f"{BEGIN}\n{BEGIN}\n", f"The marks of the block do not belong together (line 1: {BEGIN}, line 2: {BEGIN})."),
    ],
)
def test_damage_is_told_and_nothing_done(data: str, message: str) -> None:
    for attempt in (find, take_out, lambda found: put(found, "x\n")):
        with pytest.raises(BlockError) as caught:
            attempt(data.encode())
        assert str(caught.value) == message


@pytest.mark.parametrize("data", [f"echo '{BEGIN}'\n", f"{BEGIN} x\n", BEGIN[:-1], f"#{END}\n", f"\x0b{BEGIN}\n"])
def test_what_is_no_mark(data: str) -> None:
    assert find(data.encode()) is None


@pytest.mark.parametrize("body", [BEGIN, f"x\n  {END}\r\ny"])
def test_a_body_holds_no_marks(body: str) -> None:
    with pytest.raises(ValueError, match="holds no marks"):
        put(b"", body)
