# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines of a report."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.gopher.devbox.plugins.plugin_utils._audit_layout import (
    NAMED,
    WIDTH,
    names,
    numbered,
    printable,
    table,
    width,
    wrapped,
)

texts = st.text(max_size=300) | st.text("ab \\:/;工́", max_size=300)


@given(texts, st.integers(0, 20), st.integers(0, 20))
def test_lines_are_no_wider_than_the_width(text: str, indent: int, hanging: int) -> None:
    assert all(width(line) <= WIDTH and line == line.rstrip() for line in wrapped(text, indent, hanging))


@given(st.text("ab \\:/", max_size=300), st.integers(0, 20))
def test_nothing_is_lost(text: str, indent: int) -> None:
    assert "".join(wrapped(text, indent)).replace(" ", "") == text.replace(" ", "")


@given(st.lists(st.tuples(texts, texts, texts), max_size=4), st.integers(0, 8))
def test_a_table_is_no_wider_and_loses_nothing(rows: list[tuple[str, str, str]], indent: int) -> None:
    lines = table(rows, indent)
    assert all(width(line) <= WIDTH for line in lines)
    written = sorted("".join(lines).replace(" ", ""))
    assert written == sorted("".join(printable(cell) for row in rows for cell in row).replace(" ", ""))


@given(st.text())
def test_a_terminal_finds_nothing_to_obey(text: str) -> None:
    assert printable(text).isprintable()


def test_characters_that_are_not_seen_are_escaped() -> None:
    assert printable("a\x1b[2Jb\u202ec\nd\udcff") == "a\\x1b[2Jb\\u202ec\\nd\\udcff"
    assert printable(r"C:\工作 ü") == r"C:\工作 ü"


def test_a_table_is_aligned_and_its_last_column_wraps() -> None:
    lines = table([("a", "bb", "x"), ("ccc", "d", "word " * 30), ("工作", "", "y")], 2)
    assert lines[0] == "  a     bb  x"
    assert lines[1].startswith("  ccc   d   word word")
    assert lines[2].startswith("            word")
    assert lines[-1] == "  工作      y"


def test_a_cell_wider_than_its_column_has_a_line_of_its_own() -> None:
    assert table([("n" * 90, "x")], 2) == ["  " + "n" * 90, " " * 70 + "x"]


def test_numbers_have_their_noun() -> None:
    assert [numbered(count, noun) for count, noun in ((1, "host"), (2, "host"), (0, "entry"), (1, "entry"))] == [
        "1 host",
        "2 hosts",
        "0 entries",
        "1 entry",
    ]


def test_many_hosts_are_not_all_named() -> None:
    assert names(["b", "a"]) == "a, b"
    assert names(f"h{number:02}" for number in range(NAMED + 2)).endswith(", h19 and 2 more")
