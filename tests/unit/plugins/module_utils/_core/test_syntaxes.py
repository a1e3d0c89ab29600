"""Which syntax of paths a family has."""

from __future__ import annotations

import pytest

from ansible_collections.gopher.devbox.plugins.module_utils._core.syntaxes import syntax_of


@pytest.mark.parametrize(
    ("family", "path", "absolute"),
    [
        ("posix", "/srv/x", True),
        ("posix", "a/b", False),
        ("windows", r"C:\x", True),
        ("windows", r"\\h\s\x", True),
        ("windows", ".vscode/x", False),
    ],
)
def test_full_paths_are_told_from_those_in_the_project(family: str, path: str, absolute: bool) -> None:
    assert syntax_of(family).is_absolute(path) == absolute
