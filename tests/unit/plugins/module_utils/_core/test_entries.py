"""Which entries of PATH go with settings of Go: one rule for variables, launchers and editors."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.gopher.devbox.plugins.module_utils._core.entries import default_entries
from ansible_collections.gopher.devbox.plugins.module_utils._core.posix import POSIX
from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import Wanted
from ansible_collections.gopher.devbox.plugins.module_utils._editors import terminal, vscode
from ansible_collections.gopher.devbox.plugins.module_utils._editors.project import Project
from ansible_collections.gopher.devbox.plugins.module_utils._formats.launcher import context
from ansible_collections.gopher.devbox.plugins.module_utils._media.startfile_medium import START_FILES

CASES: list[tuple[dict[str, t.Any], dict[str, str]]] = [
    ({}, {}),
    ({"goroot": "/go"}, {"goroot": "/go/bin"}),
    ({"gopath": ("/w", "/x")}, {"bin": "/w/bin"}),
    ({"gobin": "/b"}, {"bin": "/b"}),
    ({"goroot": "/go", "gopath": ("/w",), "gobin": "/b"}, {"goroot": "/go/bin", "bin": "/b"}),
    ({"goroot": "/go", "gopath": ("/w",)}, {"goroot": "/go/bin", "bin": "/w/bin"}),
]


@pytest.mark.parametrize(("settings", "expected"), CASES)
def test_the_same_entries_everywhere(settings: dict[str, t.Any], expected: dict[str, str]) -> None:
    given = {"goroot": None, "gobin": None, "gopath": (), **settings}
    assert default_entries(given["goroot"], given["gobin"], given["gopath"], POSIX.child) == expected
    assert Wanted(START_FILES, **settings).entries() == list(expected.items())
    project = Project("posix", "/p", **settings, path=("/more",))
    assert project.entries == [*expected.values(), "/more"]
    assert vscode.settings(project, None)["terminal.integrated.env.linux", "PATH"] == ":".join(
        [*project.entries, "${env:PATH}"]
    )
    behind = [entry for entry in project.entries if entry != "/go/bin"]
    assert [place.text for place in context(project).path] == behind


def test_windows_terminal() -> None:
    assert terminal.go_profile("C:\\Go")["environment"]["PATH"] == r"C:\Go\bin;%PATH%"
