"""What JetBrains IDEs are to hold of a project."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from ansible_collections.gopher.devbox.plugins.module_utils._editors import goland
from ansible_collections.gopher.devbox.plugins.module_utils._editors.edits import Attributes
from ansible_collections.gopher.devbox.plugins.module_utils._editors.project import Project

WINDOWS = Project("windows", "D:\\src\\api", goroot="C:\\Program Files\\Go")
POSIX = Project("posix", "/home/ann/src/api/", goroot="/home/ann/sdk/go1.27.3")


@pytest.mark.parametrize(
    ("project", "url"),
    [
        (WINDOWS, "file://C:/Program Files/Go"),
        (POSIX, "file:///home/ann/sdk/go1.27.3"),
        (Project("windows", "D:\\src\\api", goroot="d:\\SRC\\api\\sdk\\"), "file://$PROJECT_DIR$/sdk"),
        (Project("posix", "/p", goroot="/p/.go"), "file://$PROJECT_DIR$/.go"),
        (Project("posix", "/p", goroot="/P/.go"), "file:///P/.go"),
        (Project("posix", "/p", goroot="/project/go"), "file:///project/go"),
    ],
)
def test_the_sdk_as_the_ide_names_it(project: Project, url: str) -> None:
    assert goland.workspace(project) == {goland.GOROOT: Attributes({"url": url})}
    assert goland.names_sdk(project, url)


@pytest.mark.parametrize(
    ("project", "url", "same"),
    [
        (WINDOWS, "file://c:/program files/go", True),
        (WINDOWS, "file://C:/Go", False),
        (WINDOWS, "file://$PROJECT_DIR$/../../../Program Files/Go", False),
        (POSIX, "file://$USER_HOME$/sdk/go1.27.3", True),
        (POSIX, "file://$PROJECT_DIR$/../../sdk/go1.27.3", True),
        (POSIX, "file://$PROJECT_DIR$/../sdk/go1.27.3", False),
        (POSIX, "file://$USER_HOME$/SDK/go1.27.3", False),
        (POSIX, "file://$MAVEN_REPOSITORY$/go", False),
        (POSIX, "/home/ann/sdk/go1.27.3/", True),
        (Project("posix", "/p"), "file:///p", False),
    ],
)
def test_an_sdk_that_the_ide_wrote_is_recognised(project: Project, url: str, same: bool) -> None:
    assert goland.names_sdk(project, url, "/home/ann") is same


def test_nothing_is_wanted_where_the_sdk_is_chosen_at_run_time() -> None:
    assert goland.workspace(Project("posix", "/p", sdk_roots=("~/sdk",))) == {}


@pytest.mark.parametrize(
    ("project", "command", "start"),
    [(WINDOWS, "cmd.exe", "/d /c .\\go-env.cmd run go "), (POSIX, "/bin/sh", "./go-env.sh run go ")],
)
def test_tools_start_through_the_launcher(project: Project, command: str, start: str) -> None:
    text = goland.tools(project)
    root = ElementTree.fromstring(text)
    assert (root.tag, root.attrib, text[-1]) == ("toolSet", {"name": "gopher.devbox"}, "\n")
    for tool in root:
        held = {option.attrib["name"]: option.attrib["value"] for option in tool.iter("option")}
        assert held["COMMAND"] == command
        assert held["PARAMETERS"].startswith(start)
        assert held["WORKING_DIRECTORY"] == "$ProjectFileDir$"
    assert [tool.attrib["name"] for tool in root][:2] == ["go build", "go test"]
    assert f'PARAMETERS" value="{start}' + "test &quot;./$FileDirRelativeToProjectRoot$&quot;" in text


def test_a_path_that_cmd_would_ignore_is_told() -> None:
    assert goland.findings(WINDOWS, "x" * 8191) == []
    assert goland.findings(POSIX, "x" * 9000) == []
    (finding,) = goland.findings(WINDOWS, "x" * 8192)
    assert finding.id == "goland_path_too_long"
    assert "8192 characters" in finding.message
