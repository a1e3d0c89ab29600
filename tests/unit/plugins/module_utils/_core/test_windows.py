"""How Windows reads variables and paths."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from unit.support import path_texts

from ansible_collections.gopher.devbox.plugins.module_utils._core.values import Value, Variables
from ansible_collections.gopher.devbox.plugins.module_utils._core.windows import (
    SEPARATOR,
    can_look_up,
    child,
    directory_of,
    expand,
    fold_path,
    is_absolute,
    is_remote,
    is_within,
    references,
    split_path,
    with_texts,
)
from ansible_collections.gopher.devbox.plugins.module_utils._formats.cmdscript import can_quote

TEXTS = with_texts({"A": "1", "Gopath": r"C:\go", "EMPTY": "", "ProgramFiles(x86)": r"C:\P86", "ODD": "%A%"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"%gopath%\bin", r"C:\go\bin"),
        (r"%UNKNOWN%\bin", r"%UNKNOWN%\bin"),
        ("100%", "100%"),
        ("%%", "%%"),
        ("%%A%%", "%1%"),
        ("%X%A%", "%X1"),
        ("%A%%A%", "11"),
        ("%ODD%", "%A%"),
        ("a%EMPTY%b", "ab"),
        ("%ProgramFiles(x86)%", r"C:\P86"),
        ("", ""),
    ],
)
def test_expansion(text: str, expected: str) -> None:
    """As ExpandEnvironmentStrings: once, unknown references stay, the second % of one may open the next."""
    assert expand(text, TEXTS) == expected


@given(st.text())
def test_without_variables_nothing_expands(text: str) -> None:
    assert expand(text, {}) == text


@given(st.text(alphabet="A%x"))
@example("x%A%")
def test_every_reference_that_expands_is_a_reference(text: str) -> None:
    """What `expand` would replace must be seen by `references`, which decides what is refused and what is
    unreliable.
    """
    if expand(text, with_texts({"A": "!"})) != text:
        assert "A" in references(text)


@given(st.text() | path_texts)
def test_split_and_join_are_a_round_trip(text: str) -> None:
    assert SEPARATOR.join(split_path(text)) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (";", ["", ""]),
        (r"C:\a;;C:\b;", [r"C:\a", "", r"C:\b", ""]),
        (r'"C:\a;b";C:\c', [r'"C:\a;b"', r"C:\c"]),
        (r'C:\a";C:\b;C:\c', [r'C:\a"', r"C:\b", r"C:\c"]),
    ],
)
def test_entries(text: str, expected: list[str]) -> None:
    assert split_path(text) == expected


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (r"C:\Go\bin", r"C:\Go\bin"),
        ("C:\\Go\\bin\\", r"C:\Go\bin"),
        ("C:/Go//bin/", r"C:\Go\bin"),
        (r'"C:\Go\bin"', r"C:\Go\bin"),
        (r'C:\"Program Files"\x', r"C:\Program Files\x"),
        (" C:\\Go ", r"C:\Go"),
        ("C:\\", "C:\\"),
        ("C:/", "C:\\"),
        ("//server/share/", r"\\server\share"),
        (r"\\server\\share\x", r"\\server\share\x"),
        (r"%gopath%\bin", r"C:\go\bin"),
        ("\\", "\\"),
        ("", ""),
        ('""', ""),
    ],
)
def test_the_directory_an_entry_means(entry: str, expected: str) -> None:
    assert directory_of(entry, TEXTS) == expected


@given(st.text(alphabet='aA;"%\\/ .:C中\u3000\u00a0', max_size=20))
def test_folding_a_folded_path_changes_nothing(text: str) -> None:
    once = fold_path(text, {})
    assert fold_path(once, {}) == once


@pytest.mark.parametrize("char", ["\u3000", "\u00a0", "\u2028", "\u0131", "\u017f"])
def test_only_what_windows_ignores_is_ignored(char: str) -> None:
    """A wide or non-breaking blank is a letter like any other, and a dotless i or long s is no i or s to Windows."""
    assert fold_path("C:\\bin" + char, {}) != fold_path("C:\\bin", {})
    assert fold_path("C:\\" + char, {}) not in (fold_path("C:\\i", {}), fold_path("C:\\s", {}))


@pytest.mark.parametrize(
    ("path", "absolute"),
    [
        (r"C:\Go", True),
        ("c:/go", True),
        (r"\\server\share", True),
        ("//server/share", True),
        ("C:", False),
        ("C:go", False),
        (r"\go", False),
        ("go", False),
        ("", False),
        (r"%GOROOT%", False),
        ("\\\\", False),
    ],
)
def test_absolute_paths(path: str, absolute: bool) -> None:
    assert is_absolute(path) is absolute


@pytest.mark.parametrize(
    ("path", "remote"), [(r"\\server\share", True), ("//server/share", True), (r"C:\x", False), (r"\\?\C:\x", True)]
)
def test_remote_paths(path: str, remote: bool) -> None:
    assert is_remote(path) is remote


@given(
    st.text(max_size=12).map(lambda text: "C:\\" + text)
    | st.characters(categories=["Cs", "Cc"]).map(lambda char: "C:\\x" + char)
)
@example(r"C:\go\bin")
def test_what_can_be_looked_up_can_stand_in_a_script(path: str) -> None:
    """Any PATH entry comes by here: a character that no script can carry must not stop a run."""
    if can_look_up(path):
        assert can_quote(path)


def test_children_and_ancestors() -> None:
    assert child("C:\\", "bin") == r"C:\bin"
    assert child("C:\\Go\\", "pkg", "mod") == r"C:\Go\pkg\mod"
    assert is_within(r"C:\GO\X", r"C:\GO")
    assert is_within(r"C:\GO", "C:\\")
    assert not is_within(r"C:\GOX", r"C:\GO")


def test_names_compare_as_windows_compares_them() -> None:
    found = Variables({"Path": Value("x"), "ÄÖ": Value("y")})
    assert found["PATH"] == Value("x")
    assert "äö" in found
    assert found.spelled("PATH") == "Path"
