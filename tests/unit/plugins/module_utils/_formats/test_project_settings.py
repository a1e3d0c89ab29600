# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read of a project's files is what this collection writes into them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.gopher.devbox.plugins.module_utils._editors import vscode
from ansible_collections.gopher.devbox.plugins.module_utils._editors.project import Project
from ansible_collections.gopher.devbox.plugins.module_utils._formats.launchers import render_envrc, render_sh
from ansible_collections.gopher.devbox.plugins.module_utils._formats.project_settings import (
    Settings,
    goland_workspace,
    launcher,
    vscode_settings,
)

HOME, ROOT = "/home/alice", "/srv/shop"
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=12)


def values(settings: Settings) -> dict[str, str | None]:
    return {name: found.text for name, found in settings.variables.items()}


@given(texts, st.booleans())
def test_a_launcher_is_read_as_it_was_written(text: str, envrc: bool) -> None:
    project = Project(
        "posix",
        ROOT,
        "/opt/go",
        (),
        ("go", "~/go", "/abs/go/../x"),
        "/srv/bin",
        {"GOPROXY": text, "GOFLAGS": "-x"},
        ("t",),
    )
    found = launcher((render_envrc if envrc else render_sh)(project), ROOT, HOME)
    assert values(found) == {
        "GOROOT": "/opt/go",
        "GOPATH": f"{ROOT}/go:{HOME}/go:/abs/x",
        "GOBIN": "/srv/bin",
        "GOPROXY": text,
        "GOFLAGS": "-x",
    }
    assert [entry.text for entry in found.entries] == ["/opt/go/bin", "/srv/bin", f"{ROOT}/t"]


def test_an_sdk_that_is_chosen_is_not_known() -> None:
    found = launcher(render_sh(Project("posix", ROOT, None, ("/opt", "~/sdk"))), ROOT, HOME)
    assert values(found) == {"GOROOT": None}
    assert [entry.text for entry in found.entries] == [None]


def test_settings_of_vscode_are_read_as_they_were_written() -> None:
    project = Project("posix", ROOT, "/opt/go", (), ("go",), None, {"GOPROXY": "https://x"}, ())
    nested: dict[str, object] = {}
    for path, text in vscode.settings(project).items():
        if len(path) == 1:
            nested[str(path[0])] = text
        else:
            nested.setdefault(str(path[0]), {})[str(path[1])] = text  # type: ignore[index]
    terminal, tools, pinned = vscode_settings(json.dumps(nested).encode(), "linux", ROOT, HOME, {"HOME": HOME})
    assert values(terminal)["GOPATH"] == values(tools)["GOPATH"] == f"{ROOT}/go"
    assert values(tools)["GOPROXY"] == "https://x"
    assert values(pinned) == {"GOROOT": "/opt/go"}
    assert [entry.text for entry in terminal.entries] == ["/opt/go/bin", f"{ROOT}/go/bin"]


def test_settings_of_vscode_that_somebody_wrote() -> None:
    data = b"""{ // comment
        "go.alternateTools": {"go": "${workspaceFolder}/go"},
        "go.toolsEnvVars": {"GOPROXY": "${env:NOBODY}", "GOFLAGS": 1, "GOBIN": "${userHome}/bin"},
    }"""
    terminal, tools, pinned = vscode_settings(data, "linux", ROOT, HOME, {})
    assert terminal.alternate_go == f"{ROOT}/go"
    assert values(tools) == {"GOPROXY": None, "GOBIN": f"{HOME}/bin"}
    assert tools.variables["GOBIN"].line == 3
    assert values(pinned) == {}
    assert vscode_settings(b"// nothing\n", "linux", ROOT, HOME, {}) == ()


@pytest.mark.parametrize("data", [b"{", b"[1]", b"\xff\xfe{", b'{"go.goroot": }'])
def test_damaged_settings_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - its message names the place
        vscode_settings(data, "linux", ROOT, HOME, {})


def test_the_sdk_of_goland() -> None:
    def of(url: str) -> dict[str, str | None]:
        data = f'<project version="4"><component name="GOROOT" url="{url}" /></project>'
        return values(goland_workspace(data.encode(), ROOT, HOME))

    assert of("file:///opt/go") == {"GOROOT": "/opt/go"}
    assert of("file://$PROJECT_DIR$/sdk") == {"GOROOT": f"{ROOT}/sdk"}
    assert of("file://$USER_HOME$/sdk/go1.27.3") == {"GOROOT": f"{HOME}/sdk/go1.27.3"}
    assert goland_workspace(b"<project/>", ROOT, HOME) == Settings()
    with pytest.raises(ValueError):  # noqa: PT011
        goland_workspace(b"<project", ROOT, HOME)
