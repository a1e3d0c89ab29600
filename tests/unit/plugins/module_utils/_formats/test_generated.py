"""What a diff shows of generated text."""

from __future__ import annotations

from ansible_collections.gopher.devbox.plugins.module_utils._editors.project import Project
from ansible_collections.gopher.devbox.plugins.module_utils._formats import launchers
from ansible_collections.gopher.devbox.plugins.module_utils._formats.generated import WHOLE, summary


def test_a_short_text_is_shown_whole() -> None:
    text = "x\n" * WHOLE
    assert summary(text) == text
    assert summary("") == ""


def test_of_a_longer_one_what_says_something() -> None:
    text = "# top\n#\n" + "code\n" * WHOLE + "value 1\ncode\n# not the top\n"
    assert (
        summary(text, lambda line: line.startswith("value"))
        == f"# top\n#\nvalue 1\n... and {WHOLE + 2} lines that are generated\n"
    )


def test_launchers_say_what_they_are() -> None:
    for name in launchers.FILES:
        text = summary(launchers.render(name, Project("windows", "C:\\p", variables={"GOFLAGS": "-v"})).decode())
        assert len(text.splitlines()) < WHOLE
        assert "gopher.devbox manages this file" in text
        assert text.endswith("lines that are generated\n")
