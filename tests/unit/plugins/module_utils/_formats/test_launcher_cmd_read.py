# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read of a go-env.cmd is what it was made from."""

from __future__ import annotations

import ntpath

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.gopher.devbox.plugins.module_utils._editors.project import Project
from ansible_collections.gopher.devbox.plugins.module_utils._formats import launchers
from ansible_collections.gopher.devbox.plugins.module_utils._formats.launcher_cmd_read import read
from ansible_collections.gopher.devbox.plugins.module_utils._formats.project_settings import CHOSEN

HOME, ROOT = r"C:\Users\alice", r"C:\工作 (x86)\shop"


def texts(data: bytes) -> dict[str, str | None]:
    return {name: found.text for name, found in read(data, ROOT, HOME).variables.items()}


def test_an_example() -> None:
    project = Project(
        "windows",
        ROOT,
        r"C:\Go & co",
        (),
        (r"%USERPROFILE%\go", r".gopath\x"),
        "bin",
        {"GOPROXY": "https://u:p%40x@h/a|b,direct", "GOFLAGS": '-tags="a b" ^!%d%'},
        (r"tools\bin", "D:\\"),
    )
    found = read(launchers.render("cmd", project), ROOT, HOME)
    assert {name: one.text for name, one in found.variables.items()} == {
        "GOROOT": r"C:\Go & co",
        "GOPATH": rf"{HOME}\go;{ROOT}\.gopath\x",
        "GOBIN": rf"{ROOT}\bin",
        "GOFLAGS": '-tags="a b" ^!%d%',
        "GOPROXY": "https://u:p%40x@h/a|b,direct",
    }
    assert [one.text for one in found.entries] == [r"C:\Go & co\bin", rf"{ROOT}\bin", rf"{ROOT}\tools\bin", "D:\\"]
    assert all(one.line for one in found.variables.values())


def test_an_sdk_that_is_chosen_is_not_known_before() -> None:
    project = Project("windows", ROOT, None, (r"C:\Sdk",), (), None, {"GOPROXY": "off"}, ())
    found = read(launchers.render("cmd", project), ROOT, HOME)
    assert (found.variables["GOROOT"].text, found.variables["GOROOT"].raw) == (None, CHOSEN)
    assert [(one.text, one.raw) for one in found.entries] == [(None, CHOSEN)]
    assert found.variables["GOPROXY"].text == "off"


@given(
    st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=40),
    st.lists(st.from_regex(r"[a-z ()!^%&é][a-z]{0,8}", fullmatch=True), max_size=3),
)
def test_any_value_and_directory(value: str, names: list[str]) -> None:
    gopath = tuple(rf"C:\x\{name.strip() or 'y'}z" for name in names)
    project = Project("windows", ROOT, None, (), gopath, None, {"GOFLAGS": value}, ())
    try:
        data = launchers.render("cmd", project)
    except ValueError:
        return
    found = texts(data)
    assert found["GOFLAGS"] == value
    assert found.get("GOPATH", "") == ";".join(ntpath.normpath(path) for path in gopath)


@given(st.binary(max_size=400))
def test_any_file(data: bytes) -> None:
    read(data, ROOT, HOME)
