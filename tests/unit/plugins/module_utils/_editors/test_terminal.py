"""What Windows Terminal is to hold of a project."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.gopher.devbox.plugins.module_utils._editors import terminal
from ansible_collections.gopher.devbox.plugins.module_utils._editors.project import Project
from ansible_collections.gopher.devbox.plugins.module_utils._formats import jsonc

API = Project("windows", "D:\\src\\api (new) & old")
GO = terminal.go_profile("C:\\sdk\\go1.27.3")


def test_identifiers_are_terminals_own() -> None:
    # microsoft.com's page on fragments updates Git's profile by this identifier
    assert terminal.guid("Git", "Git Bash") == "{2ece5bfe-50ed-5f3a-ab87-5cd4baafed2b}"


def test_the_profile_of_a_project_enters_it() -> None:
    assert terminal.project_profile(API) == {
        "guid": terminal.project_guid(API),
        "name": "Go: api (new) & old",
        "commandline": '%SystemRoot%\\System32\\cmd.exe /s /k ""D:\\src\\api (new) & old\\go-env.cmd""',
        "startingDirectory": "D:\\src\\api (new) & old",
    }
    assert terminal.project_profile(API, "API")["name"] == "API"
    percent = terminal.project_profile(Project("windows", "D:\\100%PATH%"))
    assert percent["commandline"] == '%SystemRoot%\\System32\\cmd.exe /s /k ".\\go-env.cmd"'
    assert terminal.project_profile(Project("windows", "E:\\"))["commandline"].endswith('""E:\\go-env.cmd""')


def test_a_profile_stays_the_same_when_only_the_spelling_of_its_directory_changes() -> None:
    assert terminal.project_guid(API) == terminal.project_guid(Project("windows", "d:/SRC/api (new) & old/"))
    assert terminal.project_guid(API) != terminal.project_guid(Project("windows", "D:\\other\\api (new) & old"))


def test_the_profile_of_no_project_has_an_sdk() -> None:
    assert GO["environment"] == {"GOROOT": "C:\\sdk\\go1.27.3", "PATH": "C:\\sdk\\go1.27.3\\bin;%PATH%"}
    assert GO["guid"] == terminal.guid("gopher.devbox", "Go")


@given(
    st.text(
        st.characters(exclude_categories=["Cs", "Cc"], exclude_characters='\\/:*?"<>|'), min_size=1, max_size=60
    ).filter(lambda text: text.strip(" ."))
)
def test_every_project_has_a_file_of_its_own(name: str) -> None:
    project = Project("windows", f"C:\\src\\{name}")
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,40}-[0-9a-f]{8}\.json", terminal.fragment_name(project))
    data = jsonc.edit(None, terminal.fragment([terminal.project_profile(project), GO]))
    held = json.loads(data)
    assert [profile["guid"] for profile in held["profiles"]] == [terminal.project_guid(project), GO["guid"]]
    assert held["profiles"][0]["startingDirectory"] == project.directory


def test_places() -> None:
    assert terminal.fragment_name(None) == "go.json"
    assert (
        terminal.fragments_directory("C:\\ProgramData")
        == "C:\\ProgramData\\Microsoft\\Windows Terminal\\Fragments\\gopher.devbox"
    )
    assert terminal.settings_files("C:\\U\\AppData\\Local") == (
        "C:\\U\\AppData\\Local\\Packages\\Microsoft.WindowsTerminal_8wekyb3d8bbwe\\LocalState\\settings.json",
        "C:\\U\\AppData\\Local\\Packages\\Microsoft.WindowsTerminalPreview_8wekyb3d8bbwe\\LocalState\\settings.json",
        "C:\\U\\AppData\\Local\\Microsoft\\Windows Terminal\\settings.json",
    )
    with pytest.raises(ValueError, match="on Windows hosts only"):
        terminal.project_profile(Project("posix", "/p"))


@pytest.mark.parametrize(
    ("version", "old"),
    [
        ("1.17.11461.0", True),
        ("1.9", True),
        ("0.11.1333.0", True),
        ("1.18.0.0", False),
        ("1.23.1", False),
        ("2.0", False),
        ("?", False),
    ],
)
def test_an_old_terminal_is_told(version: str, old: bool) -> None:
    found = terminal.version_findings(version, [GO])
    assert [finding.id for finding in found] == ["terminal_too_old"] * old
    assert all("does not read the variables of the profile Go" in finding.message for finding in found)
    assert all(
        "does not read" not in finding.message
        for finding in terminal.version_findings(version, [terminal.project_profile(API)])
    )


def test_what_in_a_persons_settings_stands_in_the_way() -> None:
    settings = {
        "disabledProfileSources": ["gopher.devbox"],
        "profiles": {"defaults": {"environment": {"EDITOR": "vim", "PATH": "x"}}},
    }
    found = terminal.settings_findings(settings, [GO, terminal.project_profile(API)])
    assert [(finding.id, finding.subject) for finding in found] == [
        ("terminal_source_disabled", "gopher.devbox"),
        ("terminal_environment_replaced", "Go"),
    ]
    assert "do not have EDITOR." in found[1].message
    odd = (
        None,
        [],
        {},
        {"profiles": []},
        {"profiles": {"defaults": {"environment": []}}},
        {"disabledProfileSources": "gopher.devbox"},
    )
    assert [terminal.settings_findings(held, [GO]) for held in odd] == [[]] * 6


def test_versions_are_those_of_the_packages() -> None:
    names = ["Microsoft.WindowsTerminal_1.17.11461.0_x64__8wekyb3d8bbwe", "Other_1.0_x64__y"]
    names += ["microsoft.windowsterminalpreview_1.21.0_x64__8wekyb3d8bbwe", names[0]]
    assert terminal.versions(names) == ["1.17.11461.0", "1.21.0"]
