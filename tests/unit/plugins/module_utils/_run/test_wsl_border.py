"""What of Windows gets into a distro: options, variables, drives, a go.exe."""

from __future__ import annotations

import types
import typing as t

import pytest

from ansible_collections.gopher.devbox.plugins.module_utils._formats.wslconf import WslConf
from ansible_collections.gopher.devbox.plugins.module_utils._run import wsl_border

CONF = WslConf()
NONE: dict[str, t.Any] = dict.fromkeys(("goroot", "gopath", "gobin", "path", "variables", "config"))


@pytest.mark.parametrize(
    ("options", "option", "write"),
    [
        ({"goroot": r"C:\Go"}, "goroot: ", "/mnt/c/Go"),
        ({"gopath": ["~/go", "c:/Users/x"]}, "gopath: ", "/mnt/c/Users/x"),
        ({"gobin": r"D:\bin"}, "gobin: ", "a directory of the distro"),
        ({"path": [r"\\server\go\bin"]}, "path: ", "a directory of the distro"),
        ({"variables": {"GOCACHE": r"C:\cache"}}, "variables.GOCACHE: ", "/mnt/c/cache"),
        ({"config": {"GOPATH": [r"C:\w"]}}, "config.GOPATH: ", "/mnt/c/w"),
    ],
)
def test_a_path_of_windows_is_a_problem(options: dict[str, t.Any], option: str, write: str) -> None:
    params = {**NONE, **options}
    [problem] = wsl_border.problems(params)
    assert problem.startswith(option)
    assert write in problem
    assert list(wsl_border.problems(wsl_border.without_windows(params))) == []


def test_others_are_none() -> None:
    params = {**NONE, "goroot": "/mnt/c/Go", "gopath": ["~/go"], "variables": {"GOFLAGS": r"-x=C:\a", "GOCACHE": None}}
    assert list(wsl_border.problems(params)) == []
    assert wsl_border.without_windows(params) == params


def findings(
    effective: dict[str, t.Any], windows: t.Mapping[str, str] | None = None, conf: WslConf = CONF, exe: str = ""
) -> list[tuple[str, str]]:
    host: t.Any = types.SimpleNamespace(windows_go=(exe,) if exe else ())
    values = {name: {"value": text} if isinstance(text, str) else text for name, text in effective.items()}
    found = wsl_border.findings({"effective": values}, host, conf, windows or {})
    return [(finding.id, finding.subject) for finding in found]


def test_a_workspace_on_a_drive() -> None:
    given = {"GOPATH": "/home/x:/mnt/c/go", "GOMODCACHE": "/mnt/data/x", "GOCACHE": "/win/c/x"}
    assert findings(given) == [("workspace_on_drvfs", "/mnt/c/go")]
    assert findings(given, conf=WslConf(mount_root="/win/")) == [("workspace_on_drvfs", "/win/c/x")]
    assert findings(given, conf=WslConf(automount=False)) == []


def test_what_wslenv_brings() -> None:
    windows = {"GOROOT": r"C:\Go", "GOPATH": r"C:\go", "GOCACHE": r"C:\x", "WSLENV": "GOROOT/p:GOPATH:GOCACHE/p"}
    assert findings({}, windows) == []
    assert findings({"GOPATH": None}, windows) == [
        ("windows_path_in_distro", "GOROOT"),
        ("windows_path_in_distro", "GOPATH"),
        ("workspace_on_drvfs", "/mnt/c/x"),
    ]
    assert findings({"GOPATH": None}, {**windows, "WSLENV": "GOROOT/w:GOPATH/z"}) == []
    assert findings({"GOCACHE": "/home/x"}, {**windows, "WSLENV": "GOCACHE/p"}) == []  # what start files set wins


def test_a_go_of_windows() -> None:
    exe = "/mnt/c/Go/bin/go.exe"
    assert findings({"go": {"file": None}}, exe=exe) == [("windows_go_in_wsl", exe)]
    assert findings({"go": {"file": "/usr/local/go/bin/go"}}, exe=exe) == []
    assert findings({"go": {"file": "/mnt/c/x/go"}}) == [("windows_go_in_wsl", "/mnt/c/x/go")]
    assert findings({"go": {"file": None}}, exe="/opt/go.exe") == []
    assert findings({"go": {"file": None}}) == []
