"""What go sees by the way it is started: who is asked in which environment, and what is made of the answers."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from unit.distros import Dash

from ansible_collections.gopher.devbox.plugins.module_utils._core.account import Account
from ansible_collections.gopher.devbox.plugins.module_utils._formats.shscript import Asked
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.distro import DistroHost
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.distro_files import DistroShell
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.programs import Command
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.transport import Completed
from ansible_collections.gopher.devbox.plugins.module_utils._media.starts import Starts

DEV = Account("1000", "dev", home="/home/dev", shell="/bin/bash")
SEEN = {"GOROOT": "/go", "GOPATH": "/work", "GOBIN": ""}


def said(go: str = "/go/bin/go", path: str = "/bin:/go/bin", before: str = "hello\n", **values: str) -> Completed:
    answer = json.dumps({**SEEN, **values}) if go else ""
    return Completed(0, f"{before}gopher-devbox-start\0{go}\0{path}\0{answer}\0bye\n".encode(), b"")


def test_each_start_is_a_row() -> None:
    starts = Starts(DEV, DEV)
    starts.learn([said(), said(GOPATH="/other"), said(go="", path="/bin"), None])
    assert [row["path"] for row in starts.found] == [None] * 4
    starts.entries = ["/go/bin"]
    rows = {row.pop("start"): row for row in starts.found}
    assert [row.pop("answered") for row in rows.values()] == [True, True, True, False]
    nothing = {"shell": "bash", "go": None, "GOROOT": None, "GOPATH": None, "GOBIN": None}
    assert rows == {
        "login": {"shell": "bash", "go": "/go/bin/go", **SEEN, "path": True},
        "interactive": {"shell": "bash", "go": "/go/bin/go", **SEEN, "GOPATH": "/other", "path": True},
        "bare": {**nothing, "path": False},
        "shell_type_login": {**nothing, "path": None},
    }


def test_what_another_start_sees_is_one_finding() -> None:
    starts = Starts(DEV, DEV)
    starts.learn([said(), said(GOPATH="/other"), said(go=""), None])
    (found,) = starts.findings()
    assert (found.id, found.severity.value, found.subject) == ("start_sees_otherwise", "info", "bash")
    assert (
        "an interactive shell: GOPATH is '/other' instead of '/work'; wsl.exe -- go: no go is found." in found.message
    )
    assert "--shell-type" not in found.message
    for same in ([said()] * 4, [said(go="")] * 4, [None] * 4, []):
        starts.learn(same)
        assert starts.findings() == []


ENVIRONMENT = {
    "LC_ALL": "C.UTF-8",
    "ENV": "/no env",
    "BASH_ENV": "/dev/null",
    "GOFLAGS": "-v  'x'",
    "XDG_DATA_HOME": "/d",
}


@pytest.mark.parametrize("user", ["root", "nobody"])
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_the_environment_of_the_session_is_given_as_it_was(tmp_path: Path, user: str) -> None:
    dash = Dash(tmp_path)
    dash.environ.update(ENVIRONMENT, PATH="/mnt/c/a b:/usr/bin:/bin")
    shell = DistroShell(dash, Asked())
    account = shell.session.named(user)
    assert account is not None
    command = Command(("/usr/bin/env", "-0"), {"HOME": "/x y"}, account, given=True)
    (done, _other) = DistroHost(shell).programs.run_all([command, command._replace(given=False)])
    assert done is not None
    seen = dict(item.partition("=")[::2] for item in done.stdout.decode().split("\0") if item)
    expected = {**dash.environ, "HOME": "/x y"}
    assert {name: seen.get(name) for name in expected} == expected
    assert not [name for name in seen if name.startswith("gd_")]


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_root_runs_no_go_that_others_can_replace(tmp_path: Path) -> None:
    go = tmp_path / "sdk/bin/go"
    go.parent.mkdir(parents=True)
    go.write_text(f"#!/bin/sh\necho '{json.dumps(SEEN)}'\n")
    go.chmod(0o755)
    dash = Dash(tmp_path)
    dash.environ["PATH"] = f"{go.parent}:/usr/bin:/bin"
    shell = DistroShell(dash, Asked())
    account = replace(shell.session.account, shell="/bin/sh")

    def bare() -> dict[str, str]:
        starts = Starts(account, account)
        starts.learn(DistroHost(shell).programs.run_all(starts.commands()))
        starts.entries = [str(go.parent)]
        return starts.found[2]

    assert bare() == {"start": "bare", "shell": "sh", "answered": True, "go": str(go), **SEEN, "path": True}
    for place, mode, safe in ((go, 0o757, 0o755), (go.parent, 0o777, 0o755), (go.parent.parent, 0o777, 0o755)):
        place.chmod(mode)
        assert (bare()["go"], bare()["GOROOT"]) == (str(go), None), place
        place.chmod(safe)
    os.chown(go, 65534, 0)
    assert bare()["GOROOT"] is None
    os.chown(go, 0, 65534)
    assert bare()["GOROOT"] == "/go"
    go.chmod(0o775)
    assert bare()["GOROOT"] is None
    os.chown(go, 0, 0)
    assert bare()["GOROOT"] == "/go"
    link = tmp_path / "links/bin/go"
    link.parent.mkdir(parents=True)
    link.symlink_to(go)
    dash.environ["PATH"] = f"{link.parent}:/usr/bin:/bin"
    assert (bare()["go"], bare()["GOROOT"]) == (str(link), "/go")
    go.parent.chmod(0o777)
    assert bare()["GOROOT"] is None
