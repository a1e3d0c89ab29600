"""Parts of an output, each between marks of this run."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.gopher.devbox.plugins.module_utils._formats.frames import (
    CANARY,
    CODE_PAGES,
    code_page,
    decode,
    framed,
    parse,
    report_not_started,
)

MARK = "gd0123456789ab"


def mark(sign: str, name: str, end: bytes = b"\r\n") -> bytes:
    return f"{MARK}{sign}{name}".encode() + end


@given(
    st.lists(st.tuples(st.sampled_from(["page", "core", "dirs"]), st.binary(max_size=40)), max_size=5),
    st.sampled_from([b"\n", b"\r\n", b" \r\n", b"\r\r\n"]),
)
def test_parts_come_back_in_order(parts: list[tuple[str, bytes]], end: bytes) -> None:
    output = b"noise\r\n"
    expected: dict[str, tuple[bytes, ...]] = {}
    for name, data in parts:
        data += b"\r\n"
        output += mark("+", name, end) + data + mark("-", name, end) + b"between\r\n"
        expected[name] = (*expected.get(name, ()), data)
    assert parse(MARK, output).parts == expected


def test_framed_prints_what_parse_reads() -> None:
    lines = [line.removeprefix("echo ") for line in framed(MARK, "core", "x", "y")]
    assert parse(MARK, "\r\n".join(lines).encode()).first("core") == b"x\r\ny\r\n"


@pytest.mark.parametrize(
    "output",
    [
        mark("+", "core") + b"cut off",
        mark("-", "core") + b"x\r\n",
        mark("+", "core") + b"x\r\n" + mark("-", "other"),
        mark("+", "core") + b"x\r\n" + mark("-", "core")[:-5],
        b"x" + mark("+", "core") + mark("-", "core"),
        b"",
    ],
)
def test_a_part_counts_with_both_its_marks_only(output: bytes) -> None:
    found = parse(MARK, output)
    assert "core" not in found
    assert found.first("core") is None


def test_a_value_cannot_imitate_a_mark() -> None:
    """Neither one of another run, nor this run's own inside a line."""
    inside = b"gdffffffffffff-core\r\n    A    REG_SZ    " + mark("-", "core") + b"x\r\n"
    assert parse(MARK, mark("+", "core") + inside + mark("-", "core")).parts == {"core": (inside,)}


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b" \r\n"])
def test_that_a_program_did_not_start_is_no_part_of_an_answer(end: bytes) -> None:
    assert report_not_started(MARK) == f"(if errorlevel 9009 echo {MARK}!)"
    assert report_not_started(MARK, "defined gd") == f"(if defined gd if errorlevel 9009 echo {MARK}!)"
    found = parse(MARK, mark("+", "core") + b"x\r\n" + f"{MARK}!".encode() + end + mark("-", "core"))
    assert found.parts == {"core": (b"x\r\n",)}
    assert found.not_started
    assert not parse(MARK, mark("+", "core") + f"a {MARK}!".encode() + end + mark("-", "core")).not_started


def test_a_part_that_begins_again_counts_from_there() -> None:
    assert parse(MARK, mark("+", "core") + b"old\r\n" + mark("+", "core") + b"new\r\n" + mark("-", "core")).parts == {
        "core": (b"new\r\n",)
    }


@pytest.mark.parametrize("text", ["acl\r\nD:(A;;FA;;;SY)", "acl\r\nD:(A;;FA;;;SY)\r\n", "acl\nD:(A;;FA;;;SY)\n", "x "])
@pytest.mark.parametrize("between", [b"", b"\r\n", b" \r\n"])
def test_utf_16_before_an_end_mark_hides_it_not(text: str, between: bytes) -> None:
    raw = b"\xff\xfe" + text.encode("utf-16-le")
    found = parse(MARK, mark("+", "acl") + raw + between + mark("-", "acl"))
    assert found.first("acl") is not None
    assert (found.first("acl") or b"").startswith(raw)


def test_the_last_mark_needs_no_line_end() -> None:
    assert parse(MARK, mark("+", "core") + b"x\r\n" + mark("-", "core", b"")).first("core") == b"x\r\n"


def test_blanks_before_a_mark_are_none_of_the_part() -> None:
    assert parse(MARK, b" \r" + mark("+", "core") + b"x\r\n  " + mark("-", "core")).first("core") == b"x\r\n"


def test_the_canary_tells_the_code_page() -> None:
    assert code_page(CANARY.encode() + b" \r\n", None) == "utf-8"
    assert code_page(CANARY.encode("gbk"), None) is None
    assert code_page(b"\x82??", 437) == "cp437"
    assert code_page(CANARY.encode("gb18030"), 54936) == "gb18030"
    with pytest.raises(ValueError, match="code page 1361"):
        code_page(b"???", 1361)


@pytest.mark.parametrize("codec", sorted(set(CODE_PAGES.values())))
def test_every_code_page_is_one_of_pythons_and_carries_ascii(codec: str) -> None:
    assert decode(b"C:\\Go\r\n", codec) == "C:\\Go\r\n"


def test_a_byte_that_fits_nowhere_marks_a_loss() -> None:
    assert "\ufffd" in decode(b"C:\\\xff\x80", "utf-8")
