"""go_project from options to a result, in a project and a home of their own."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
from unit.support import make_sdk

from ansible_collections.gopher.devbox.plugins.module_utils._hosts.local_host import LocalHost
from ansible_collections.gopher.devbox.plugins.module_utils._media.sdks_posix import PosixSdks
from ansible_collections.gopher.devbox.plugins.module_utils._run.project import ARGUMENT_SPEC, run


class Place:
    def __init__(self, directory: Path) -> None:
        self.home, self.project, self.sdks = directory / "home", directory / "project", directory / "sdks"
        for made in (self.home, self.project, self.sdks):
            made.mkdir()

    def run(self, check_mode: bool = False, **given: t.Any) -> dict[str, t.Any]:
        params = {
            **{name: spec.get("default") for name, spec in ARGUMENT_SPEC.items()},
            "project": str(self.project),
            **given,
        }
        environ = {"HOME": str(self.home), "PATH": "/usr/bin:/bin"}
        return run(params, LocalHost(environ, darwin=False), check_mode, True, PosixSdks(environ, False))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_conflicts_are_told_in_check_mode_as_in_a_real_run(place: Place) -> None:
    """launch.json has a value of its own for what this run is about to put into settings.json."""
    launch = {"version": "0.2.0", "configurations": [{"name": "Debug", "type": "go", "env": {"GOFLAGS": "-x"}}]}
    (place.project / ".vscode").mkdir()
    (place.project / ".vscode" / "launch.json").write_text(json.dumps(launch))
    wish: dict[str, t.Any] = {"editors": ["vscode"], "variables": {"GOFLAGS": "-v"}}
    told = [
        [finding for finding in place.run(check, **wish)["findings"] if finding["id"] == "vscode_conflict"]
        for check in (True, False, False)
    ]
    assert [len(found) for found in told] == [1, 1, 1]
    assert told[0] == told[1] == told[2]


@pytest.mark.parametrize(
    ("mod", "why"),
    [
        (b"module m\n\ngo 1.22.x\n", "1.22.x"),
        (b"\xef\xbb\xbfmodule m\n\ngo 1.22\n", "byte order mark"),
        (b"module m\ngo 1.21\ngo 1.22\n", "second go line"),
    ],
)
def test_a_module_that_go_cannot_read_is_told(place: Place, mod: bytes, why: str) -> None:
    make_sdk(place.sdks / "go1.27.3", "go1.27.3")
    (place.project / "go.mod").write_bytes(mod)
    result = place.run(resolve="apply", sdk_roots=[str(place.sdks)])
    found = [finding for finding in result["findings"] if finding["id"] == "module_refused"]
    assert len(found) == 1
    assert why in found[0]["message"]


def test_the_diff_of_a_new_launcher_is_short(place: Place) -> None:
    result = place.run(variables={"GOFLAGS": "-v"}, launchers=["sh", "ps1", "cmd", "envrc"])
    assert len(result["diff"]) == 4
    for file in result["diff"]:
        assert file["before"] == ""
        assert len(file["after"].splitlines()) < 20
        assert file["after"].splitlines()[-1].endswith("lines that are generated")
    changed = place.run(variables={"GOFLAGS": "-x"}, launchers=["sh", "ps1", "cmd", "envrc"])["diff"]
    assert all("lines that are generated" not in file["before"] + file["after"] for file in changed), (
        "what changes is compared line by line"
    )


def test_what_is_wrong_with_options_comes_with_what_stands_in_the_way(place: Place) -> None:
    result = place.run(project=str(place.project / "none"), variables={"NOPE": "1"}, gobin="/x")
    assert result["failed"]
    assert "NOPE" in result["msg"]
    assert "There is no directory" in result["msg"]
