"""What VS Code is to hold of a project, and which process gets which value where files contradict."""

from __future__ import annotations

import re
import typing as t

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.gopher.devbox.plugins.module_utils._editors import vscode
from ansible_collections.gopher.devbox.plugins.module_utils._editors.edits import Named
from ansible_collections.gopher.devbox.plugins.module_utils._editors.project import Project
from ansible_collections.gopher.devbox.plugins.module_utils._formats import jsonc

WINDOWS = Project(
    "windows",
    "D:\\src\\api",
    goroot="C:\\sdk\\go1.27.3",
    gopath=("%USERPROFILE%\\go", "..\\shared"),
    gobin="bin",
    variables={"GOPROXY": "https://proxy.example,direct", "CGO_ENABLED": "0"},
    path=("tools", "%ProgramFiles%\\protoc\\bin"),
)
POSIX = Project("posix", "/home/ann/api", gopath=("~/go",), variables={"GOFLAGS": "-mod=vendor"})
EMPTY = Project("posix", "/p")


def launch(*configurations: dict[str, t.Any]) -> dict[str, t.Any]:
    return {"configurations": [{"type": "go", **one} for one in configurations]}


def says(name: str, *sentences: str) -> tuple[str, str, str]:
    return ("vscode_conflict", name, " ".join([f"{name} has different values in VS Code's files.", *sentences]))


def told(
    project: Project, settings: t.Any = None, launch: t.Any = None, tasks: t.Any = None
) -> list[tuple[str, str, str]]:
    return [
        (finding.id, finding.subject, finding.message) for finding in vscode.findings(project, settings, launch, tasks)
    ]


# --- what is wanted --------------------------------------------------------------------------------------------------


def test_settings_on_windows() -> None:
    terminal = "terminal.integrated.env.windows"
    gopath = "${env:USERPROFILE}\\go;${workspaceFolder}\\..\\shared"
    assert vscode.settings(WINDOWS) == {
        ("go.goroot",): "C:\\sdk\\go1.27.3",
        ("go.toolsEnvVars", "GOPATH"): gopath,
        ("go.toolsEnvVars", "GOBIN"): "${workspaceFolder}\\bin",
        ("go.toolsEnvVars", "CGO_ENABLED"): "0",
        ("go.toolsEnvVars", "GOPROXY"): "https://proxy.example,direct",
        (terminal, "GOROOT"): "C:\\sdk\\go1.27.3",
        (terminal, "GOPATH"): gopath,
        (terminal, "GOBIN"): "${workspaceFolder}\\bin",
        (terminal, "CGO_ENABLED"): "0",
        (terminal, "GOPROXY"): "https://proxy.example,direct",
        (
            terminal,
            "PATH",
        ): "C:\\sdk\\go1.27.3\\bin;${workspaceFolder}\\bin;${workspaceFolder}\\tools;${env:ProgramFiles}\\protoc\\bin;${env:PATH}",  # noqa: E501
    }


def test_settings_on_posix_where_the_sdk_is_chosen_at_run_time() -> None:
    told = (
        ("_GO_ENV_NAMES", "GOPATH GOFLAGS ${env:_GO_ENV_NAMES}"),
        ("_GO_ENV_PATH", "${env:HOME}/go/bin:${env:_GO_ENV_PATH}"),
    )
    terminals = [
        ((f"terminal.integrated.env.{system}", name), text)
        for system in ("linux", "osx")
        for name, text in (
            ("GOPATH", "${env:HOME}/go"),
            ("GOFLAGS", "-mod=vendor"),
            ("PATH", "${env:HOME}/go/bin:${env:PATH}"),
            *told,
        )
    ]
    assert vscode.settings(POSIX) == {
        ("go.toolsEnvVars", "GOPATH"): "${env:HOME}/go",
        ("go.toolsEnvVars", "GOFLAGS"): "-mod=vendor",
        **dict(terminals),
    }
    assert vscode.settings(EMPTY) == {}


def test_a_name_keeps_the_spelling_it_has_on_windows() -> None:
    standing = {
        "terminal.integrated.env.windows": {"Path": "C:\\tools;${env:Path}"},
        "go.toolsEnvVars": {"gopath": "x"},
    }
    wanted = vscode.settings(WINDOWS, standing)
    assert ("terminal.integrated.env.windows", "Path") in wanted
    assert ("terminal.integrated.env.windows", "PATH") not in wanted
    assert ("go.toolsEnvVars", "gopath") in wanted
    lower = {"go.toolsEnvVars": {"gopath": "x"}}
    assert ("go.toolsEnvVars", "GOPATH") in vscode.settings(POSIX, lower)


@pytest.mark.parametrize(
    ("project", "directory", "text"),
    [
        (POSIX, "/usr/local/go", "/usr/local/go"),
        (POSIX, "$HOME/go", "${env:HOME}/go"),
        (POSIX, "${HOME}", "${env:HOME}"),
        (POSIX, "~ann/go", "${workspaceFolder}/~ann/go"),
        (POSIX, "../go-sdk/1.21.6", "${workspaceFolder}/../go-sdk/1.21.6"),
        (POSIX, ".", "${workspaceFolder}"),
        (WINDOWS, "\\\\srv\\go", "\\\\srv\\go"),
        (WINDOWS, "~\\go", "${env:USERPROFILE}\\go"),
        (WINDOWS, "..\\go-sdk\\1.21.6", "${workspaceFolder}\\..\\go-sdk\\1.21.6"),
    ],
)
def test_directories_as_vs_code_resolves_them(project: Project, directory: str, text: str) -> None:
    assert vscode.spelled(project, directory) == text


def test_the_three_files_hold_what_is_wanted_and_edit_again_to_the_same() -> None:
    for changes in (vscode.settings(WINDOWS), vscode.launch(), vscode.tasks()):
        data = jsonc.edit(None, changes)
        document = jsonc.read(data)
        assert {path: document.get(path) for path in changes} == changes
        assert jsonc.edit(data, changes) == data


def test_the_task_writes_the_file_that_the_configuration_reads() -> None:
    task = vscode.tasks()["tasks", Named("label", vscode.TASK)]
    configuration = vscode.launch()["configurations", Named("name", vscode.CONFIGURATION)]
    assert configuration["preLaunchTask"] == task["label"]
    assert configuration["envFile"] == "${workspaceFolder}/" + vscode.ENV_FILE
    assert task["args"] == ["./go-env.sh", "env", vscode.ENV_FILE]
    assert task["windows"]["args"] == ["/d", "/c", ".\\go-env.cmd", "env", vscode.ENV_FILE]
    assert all(vscode.is_only_a_default(path) == (path == ("version",)) for path in (*vscode.launch(), *vscode.tasks()))


# --- what contradicts ------------------------------------------------------------------------------------------------


def own_files(project: Project) -> tuple[t.Any, t.Any, t.Any]:
    return t.cast(
        "tuple[t.Any, t.Any, t.Any]",
        tuple(
            jsonc.read(jsonc.edit(None, changes) or b"{}").value
            for changes in (vscode.settings(project), vscode.launch(), vscode.tasks())
        ),
    )


@pytest.mark.parametrize("project", [WINDOWS, POSIX, EMPTY])
def test_our_own_files_do_not_contradict_each_other(project: Project) -> None:
    assert told(project, *own_files(project)) == []


def test_the_programs_own_env_wins_over_env_file_and_tools_env_vars() -> None:
    settings = {"go.toolsEnvVars": {"GOFLAGS": "-v"}}
    one = {"name": "Debug", "env": {"GOFLAGS": "-race"}, "envFile": "${workspaceFolder}/.env.runtime"}
    assert told(POSIX, settings, launch(one)) == [
        says(
            "GOFLAGS",
            "What the configuration 'Debug' launches gets '-race' of env, not '-mod=vendor' of envFile "
            "(.env.runtime) and '-v' of go.toolsEnvVars.",
        )
    ]
    del one["env"]
    assert (
        "gets '-mod=vendor' of envFile (.env.runtime), not '-v' of go.toolsEnvVars."
        in told(POSIX, settings, launch(one))[0][2]
    )
    assert told(POSIX, settings, launch({"name": "Debug"})) == []
    assert told(POSIX, settings, launch({**one, "type": "node"})) == []


def test_a_tasks_variables_stay_in_its_own_process() -> None:
    tasks = {
        "tasks": [
            {"label": "gen", "options": {"env": {"GOFLAGS": "-v", "LEVEL": "1"}}},
            {"label": "other", "options": {"env": {"LEVEL": "2"}}},
        ]
    }
    one = {"name": "Debug", "env": {"LEVEL": "3"}, "envFile": ["${workspaceRoot}/.env.runtime"], "preLaunchTask": "gen"}
    own = "of its options.env, in its own process only;"
    assert told(POSIX, None, launch(one), tasks) == [
        says("GOFLAGS", f"The task 'gen' gets '-v' {own} what 'Debug' launches gets '-mod=vendor'."),
        says("LEVEL", f"The task 'gen' gets '1' {own} what 'Debug' launches gets '3'."),
    ]
    assert [subject for _id, subject, _message in told(POSIX, None, None, tasks)] == ["GOFLAGS"]
    assert "the project wants '-mod=vendor'" in told(POSIX, None, None, tasks)[0][2]


def test_variables_of_all_tasks_are_told_once() -> None:
    tasks = {"options": {"env": {"GOPATH": "/elsewhere"}}, "tasks": [{"label": "a"}, {"label": "b"}]}
    sentence = (
        "Every task gets '/elsewhere' of its options.env, in its own process only; the project wants '${env:HOME}/go'."
    )
    assert told(POSIX, None, None, tasks) == [says("GOPATH", sentence)]


def test_path_of_a_configuration_hides_what_the_launcher_found() -> None:
    one = {"name": "Debug", "env": {"Path": "C:\\x"}, "envFile": "d:\\src\\api\\.env.runtime"}
    assert told(WINDOWS, None, launch({**one, "envFile": "D:/src/api\\.env.runtime"})) == [
        says(
            "Path",
            "What the configuration 'Debug' launches gets 'C:\\\\x' of env, not the launcher's value of envFile "
            "(.env.runtime).",
        )
    ]


def test_goroot_of_a_configuration_and_of_the_settings() -> None:
    found = told(WINDOWS, {"go.goroot": "C:\\sdk\\go1.27.3"}, launch({"name": "Old", "env": {"GOROOT": "C:\\Go"}}))
    assert [subject for _id, subject, _message in found] == ["GOROOT"]
    assert "gets 'C:\\\\Go' of env, not 'C:\\\\sdk\\\\go1.27.3' of go.goroot" in found[0][2]
    assert (
        told(
            WINDOWS, {"go.goroot": "C:/sdk/go1.27.3"}, launch({"name": "Same", "env": {"goroot": "C:\\sdk\\go1.27.3"}})
        )
        == []
    )


def test_what_holds_on_this_system_counts() -> None:
    one = {"name": "Debug", "env": {"A": "1"}, "windows": {"env": {"A": "2"}}, "linux": {"env": {"A": "3"}}}
    settings = {"go.toolsEnvVars": {"A": "2"}}
    assert told(WINDOWS, settings, launch(one)) == []
    assert "gets '3' of env, not '2' of go.toolsEnvVars" in told(POSIX, settings, launch(one))[0][2]


def test_the_same_directory_spelled_in_two_ways_is_no_conflict() -> None:
    one = {
        "name": "Debug",
        "env": {"GOBIN": "D:/src/api/bin", "X": None},
        "envFile": "${workspaceFolder}\\.env.runtime",
    }
    assert told(WINDOWS, None, launch(one)) == []


def test_secrets_are_masked_and_long_values_cut() -> None:
    secret = "https://ann:s3cret@proxy.example/" + "x" * 200
    one = {"name": "Debug", "env": {"GOPROXY": secret}, "envFile": "${workspaceFolder}/.env.runtime"}
    message = told(WINDOWS, None, launch(one))[0][2]
    assert "s3cret" not in message
    assert "x" * 100 not in message


def test_another_go_that_the_extension_runs_is_told() -> None:
    """go.alternateTools.go wins over go.goroot and PATH."""
    (found,) = told(WINDOWS, {"go.alternateTools": {"go": "C:\\Go\\bin\\go.exe"}})
    assert found[:2] == ("vscode_conflict", "go.alternateTools")
    assert "'C:\\\\Go\\\\bin\\\\go.exe'" in found[2]
    assert told(WINDOWS, {"go.alternateTools": {"go": "C:/sdk/go1.27.3/bin/go.exe"}}) == []
    assert [subject for _id, subject, _message in told(POSIX, {"go.alternateTools": {"go": "/usr/bin/go"}})] == [
        "go.alternateTools"
    ]
    for nothing in ({}, {"go": ""}, {"go": 1}, {"dlv": "/x"}, None, "go"):
        assert told(POSIX, {"go.alternateTools": nothing}) == []


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["go", "a", "${workspaceFolder}/.env.runtime"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "configurations",
                    "tasks",
                    "env",
                    "envFile",
                    "options",
                    "type",
                    "label",
                    "name",
                    "windows",
                    "go.toolsEnvVars",
                    "GOPATH",
                    "preLaunchTask",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=14,
)


@given(st.sampled_from([WINDOWS, POSIX]), json, json, json)
@example(WINDOWS, {"go.toolsEnvVars": {"GOPATH": "a"}}, {}, {})
def test_whatever_stands_there_is_looked_at_without_stumbling(
    project: Project, settings: t.Any, launch: t.Any, tasks: t.Any
) -> None:
    for identifier, subject, message in told(project, settings, launch, tasks):
        assert identifier == "vscode_conflict"
        assert message.startswith(f"{subject} has different values")
    assert vscode.settings(project, settings)


# --- what envFile and settings change --------------------------------------------------------------------------------


def as_env_file_reads(text: str) -> str:
    """What vscode-go's envUtils.ts makes of an unquoted value, whose references are to nothing."""
    if len(text) > 1 and text.startswith('"') and text.endswith('"'):
        text = text.replace("\\n", "\n")
    text = re.sub(r"^['\"]|['\"]$", "", text)
    return re.sub(r"(?<!\\)\$\{[a-zA-Z]\w*\}", "", text).replace("\\$", "$")


@given(st.text(st.sampled_from("ab\\${}\"'C:/ ;%n"), min_size=1, max_size=8).filter(lambda text: text == text.strip()))
def test_a_value_that_env_file_changes_is_told(text: str) -> None:
    found = [
        finding.id for finding in vscode.findings(Project("windows", "C:\\p", variables={"X": text}), None, None, None)
    ]
    assert found in ([], ["vscode_value_replaced"])
    if as_env_file_reads(text) != text:
        assert found == ["vscode_value_replaced"]


def test_plain_paths_are_handed_on() -> None:
    values = {"A": "C:\\new\\table", "B": "C:\\$Recycle.Bin", "C": "${HOME}/x", "D": '"quoted"'}
    found = told(Project("windows", "C:\\p", variables=values))
    assert [(identifier, subject) for identifier, subject, _message in found] == [
        ("vscode_value_replaced", name) for name in "BCD"
    ]
