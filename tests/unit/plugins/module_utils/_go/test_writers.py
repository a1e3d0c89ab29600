"""Who likely writes what does not stay as it is."""

from __future__ import annotations

import pytest

from ansible_collections.gopher.devbox.plugins.module_utils._go.writers import likely_writers


@pytest.mark.parametrize(
    ("medium", "item", "value", "first"),
    [
        ("registry (machine)", r"PATH:C:\Program Files\Go\bin", None, "Go's own installer"),
        ("registry (user)", r"PATH:C:\Users\a\scoop\shims", r"C:\Users\a\scoop\shims (place 1)", "Scoop"),
        ("registry (user)", "GOROOT", r"C:\Users\a\scoop\apps\go\current", "Scoop"),
        ("start files (user)", "GOROOT", "/home/a/.goenv/versions/1.22.0", "goenv"),
        ("start files (user)", "PATH:/home/a/.asdf/shims", "/home/a/.asdf/shims", "asdf"),
    ],
)
def test_a_value_tells_who_it_is_of(medium: str, item: str, value: str | None, first: str) -> None:
    assert likely_writers(medium, item, value)[0] == first


@pytest.mark.parametrize(
    ("medium", "word"),
    [
        ("registry (machine)", "installer"),
        ("registry (user bob)", "roaming profile"),
        ("registry (user)", "Group Policy"),
        ("start files (machine)", "version manager"),
        ("go env file", "go env -w"),
        ("go env file (alice)", "go env -w"),
        ("project files", "VS Code"),
    ],
)
def test_every_medium_has_writers_of_its_own(medium: str, word: str) -> None:
    found = likely_writers(medium, "GOFLAGS", "-v")
    assert any(word in text for text in found)
    assert len(set(found)) == len(found)
