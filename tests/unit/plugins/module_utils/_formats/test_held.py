# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Output that is held back: how the line is made, and what is made of each answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.gopher.devbox.plugins.module_utils._formats import held
from ansible_collections.gopher.devbox.plugins.module_utils._formats.cmdscript import LINE_LIMIT, LOOP, Script
from ansible_collections.gopher.devbox.plugins.module_utils._formats.held import Outcome

MARK = "gd0123456789ab"
NAME = "gopher-devbox-20260102T030405Z-01234567"


def answer(body: bytes, straight: bytes = b"", rc: int = 0, size: int | None = None, end: bytes = b".\r\n") -> bytes:
    """What a host prints whose inner cmd.exe left `body` in the file."""
    mark = MARK.encode()
    file = body + (mark + end if end else b"")
    head = mark + b"=%d\r\n" % rc if rc else b""
    return head + mark + b"@%d\r\n" % (len(file) if size is None else size) + file + straight


def test_the_line_holds_the_script_between_quotes_and_the_rest_outside() -> None:
    script = Script(("echo 1", f'(for {LOOP}i in ("C:\\x") do (echo {LOOP}~ai))'), ("set",))
    line = held.line(script, MARK, NAME)
    assert line is not None
    inner = f'"echo 1&(for %i in ("C:\\x") do (echo %~ai))&echo {MARK}."'
    assert rf'{held.OPTIONS} {inner}>"%TEMP%\{NAME}.out" 2>"%TEMP%\{NAME}.err"&' in line
    assert line.startswith(f'echo "&echo {MARK}#&exit 3&">nul&')
    assert line.endswith(f"&type {NAME}.out&set&del {NAME}.out"), "what lies in no file comes behind it"


def test_a_service_that_puts_its_own_cmd_around_needs_no_guard() -> None:
    line = held.line(Script(("echo 1",)), MARK, NAME, wrapped=True)
    assert line is not None
    assert line.startswith("echo off&")
    assert f"{MARK}#" not in line


def test_a_script_that_is_too_long_is_not_held() -> None:
    assert held.line(Script(("echo " + "x" * (LINE_LIMIT - 1600),)), MARK, NAME) is not None
    assert held.line(Script(("echo " + "x" * (LINE_LIMIT - 600),)), MARK, NAME) is None


@given(body=st.binary(max_size=200), straight=st.binary(max_size=200), rc=st.integers(0, 3))
def test_a_whole_answer_is_what_the_script_printed(body: bytes, straight: bytes, rc: int) -> None:
    """Whatever stands in it, line ends or not."""
    assert held.parse(MARK, answer(body, straight, rc)) == (Outcome.WHOLE, rc, body + straight)


@given(body=st.binary(min_size=1, max_size=200), lost=st.integers(1, 200))
def test_a_cut_answer_is_known_at_every_place(body: bytes, lost: int) -> None:
    """Cut from behind, as by a connection; nothing is behind the file here."""
    whole = answer(body)
    assert held.parse(MARK, whole[: max(0, len(whole) - lost)]).outcome is Outcome.BROKEN


@given(body=st.binary(min_size=2, max_size=200), data=st.data())
def test_what_type_left_out_is_known(body: bytes, data: st.DataObject) -> None:
    """`type` may stop at 0x1A, or lose what does not fit its code page."""
    start = data.draw(st.integers(0, len(body) - 1))
    end = data.draw(st.integers(start + 1, len(body)))
    size = len(body) + len(MARK) + 3
    assert held.parse(MARK, answer(body[:start] + body[end:], size=size)).outcome is Outcome.BROKEN


@pytest.mark.parametrize(
    ("output", "outcome"),
    [
        (f"{MARK}#\r\n", Outcome.WRAPPED),
        (f"Echo is OFF\r\n{MARK}#\r\n", Outcome.WRAPPED),
        (f"{MARK}=1\r\n{MARK}?\r\n{MARK}@\r\n", Outcome.NOT_STARTED),
        (f"{MARK}?\r\n", Outcome.NOT_STARTED),
        (f"{MARK}!\r\n{MARK}=3\r\n{MARK}@0\r\n", Outcome.REFUSED),
        (f"{MARK}!\r\n{MARK}=3\r\n{MARK}@4\r\nhalf", Outcome.WHOLE),
        ("", Outcome.BROKEN),
        ("The command prompt has been disabled by your administrator.\r\n", Outcome.BROKEN),
        (f"{MARK}@0\r\n", Outcome.BROKEN),
        (f"{MARK}@\r\n", Outcome.BROKEN),
    ],
    ids=[
        "wrapped",
        "wrapped, with words",
        "no file",
        "no file, cut",
        "refused",
        "it ended so",
        "nothing",
        "no cmd.exe",
        "a full disk",
        "gone",
    ],
)
def test_what_else_may_come(output: str, outcome: Outcome) -> None:
    assert held.parse(MARK, output.encode()).outcome is outcome


def test_a_script_that_ends_early_is_whole() -> None:
    """`exit 3`, which is how scripts here end before their end."""
    assert held.parse(MARK, answer(b"early\r\n", rc=3, end=b"")) == (Outcome.WHOLE, 3, b"early\r\n")
    assert held.parse(MARK, answer(b"early\r\n", rc=1, end=b"")).outcome is Outcome.BROKEN, "something ended it"


def test_blanks_behind_a_mark_do_not_matter() -> None:
    assert held.parse(MARK, answer(b"1\r\n", end=b". \r\n")) == (Outcome.WHOLE, 0, b"1\r\n")
