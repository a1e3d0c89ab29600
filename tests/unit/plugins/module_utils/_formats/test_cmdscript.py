"""Scripts for cmd.exe: nothing foreign leaves its quotes."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.gopher.devbox.plugins.module_utils._formats.cmdscript import (
    LINE_LIMIT,
    LOOP,
    Script,
    can_quote,
    chunks,
    for_each,
    if_,
    program,
    quote,
    run_retrying_start,
    sid,
    token,
)


@given(st.text(min_size=1))
def test_a_quoted_path_stays_between_its_quotes(path: str) -> None:
    """cmd.exe leaves a quoted text at the next quote or at a line's end, and looks into it for percent signs; a second
    cmd.exe around it may see what is quoted as what is not.
    """
    if can_quote(path):
        quoted = quote(path)
        assert quoted == f'"{path}"'
        assert not set(path) & set('"%&^|<>\r\n\0')
        path.encode("utf-16-le")
    else:
        with pytest.raises(ValueError, match="cannot stand"):
            quote(path)


@pytest.mark.parametrize(
    "path", ['a"b', "%x%", "a\nb", "a\rb", "a\0b", "\x7f", "\ud800", "", "\x1a", "a&b", "a^b", "a|b", "a<b", "a>b"]
)
def test_what_cannot_be_quoted(path: str) -> None:
    assert not can_quote(path)


@pytest.mark.parametrize(
    "path", ["C:\\a b", "C:\\!()", "C:\\工具", "C:\\a;b,c=d", "\\\\server\\share$", "C:\\\U0001f600"]
)
def test_what_quotes_disarm(path: str) -> None:
    assert can_quote(path)


@pytest.mark.parametrize("text", ["S-1-5-18", "S-1-5-21-1004336348-1177238915-682003330-1001"])
def test_sids(text: str) -> None:
    assert sid(text) == text


@pytest.mark.parametrize("text", ["", "S-1", "S-2-5", "S-1-5-18&calc", "S-1-5-18\n", "alice", "S-1-" + "1" * 21])
def test_what_is_no_sid(text: str) -> None:
    with pytest.raises(ValueError, match="not a SID"):
        sid(text)


def test_tokens() -> None:
    assert token("20260101T000000Z-0123abcd") == "20260101T000000Z-0123abcd"
    for text in ("", "a b", "a&b", "a\n", "%a%", "..", "a" * 65, "é"):
        with pytest.raises(ValueError, match="not a token"):
            token(text)


def test_a_command_line_has_one_percent_sign_and_a_batch_file_two() -> None:
    script = Script((for_each(f"{LOOP}i in (a)", ["echo %TEMP%", f"echo {LOOP}~i"]), if_("exist x", "echo y")))
    assert script.command_line() == "(for %i in (a) do (echo %TEMP%&echo %~i))&(if exist x echo y)"
    assert script.batch() == "(for %%i in (a) do (echo %TEMP%&echo %%~i))\r\n(if exist x echo y)\r\n"


@given(st.lists(st.text("ab&", min_size=1, max_size=300), max_size=60))
@example(["a" * 300] * 30)
@example(["a" * (LINE_LIMIT - 80)])
def test_a_command_line_is_never_longer_than_cmd_takes(statements: list[str]) -> None:
    script = Script(tuple(statements))
    try:
        line = script.command_line()
    except ValueError:
        assert len("&".join(statements)) > LINE_LIMIT - 200
    else:
        assert len(r"%SystemRoot%\System32\cmd.exe /q /d /e:on /v:off /s /c " + f'"{line}"') < LINE_LIMIT


@given(st.lists(st.text("ab", min_size=1, max_size=50), max_size=40), st.integers(60, 400))
def test_chunks_hold_all_in_order_and_fit(paths: list[str], room: int) -> None:
    groups = chunks(paths, room)
    assert [path for group in groups for path in group] == paths
    assert all(group and len(" ".join(quote(path) for path in group)) <= room for group in groups)


def test_a_path_longer_than_the_room_stands_alone() -> None:
    assert chunks(["a", "b" * 99, "c"], 10) == [["a"], ["b" * 99], ["c"]]


def test_a_program_that_did_not_start_is_started_once_more_under_the_same_condition() -> None:
    assert run_retrying_start("x.exe") == ["x.exe", "(if errorlevel 9009 x.exe)"]
    assert run_retrying_start("x.exe", "exist done") == [
        "(if exist done x.exe)",
        "(if exist done if errorlevel 9009 x.exe)",
    ]


def test_programs_have_full_paths() -> None:
    assert program("reg.exe") == r"%SystemRoot%\System32\reg.exe"
