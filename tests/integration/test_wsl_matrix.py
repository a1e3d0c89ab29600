# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What go sees in a distro, in every way that wsl.exe starts it: the tables of docs/wsl.md are measured here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import distros
import pytest
from conftest import ADMIN
from distros import WSL, host_with_wsl
from linuxhost import reason_it_cannot
from winhost import WinHost
from winhost.wsl import Distro

pytestmark = pytest.mark.windows

SHELLS = {"sh": "Busy", "bash": "Bash", "zsh": "Zsh", "fish": "Fish"}
ROOT, GOPATH = "/usr/local/go", "/srv/go path"
#: asks safely: no go.mod above it, no other toolchain
ASK = "cd / && env GOTOOLCHAIN=local go env GOPATH"
#: by the heading of the column: command line behind `wsl.exe -d NAME`, and what its input is
WAYS = {
    "-d X": ("", ASK),
    "--shell-type login": (f"--shell-type login -- {ASK}", ""),
    "interactive": ("--cd / --exec {shell} -i -c 'env GOTOOLCHAIN=local go env GOPATH'".replace("'", '"'), ""),
    "-- go": ("--cd / -- env GOTOOLCHAIN=local go env GOPATH", ""),
    "--exec go": ("--cd / --exec go env GOPATH", ""),
    "-u root -- go": ("--cd / -u root -- env GOTOOLCHAIN=local go env GOPATH", ""),
    "-- sudo go": ("--cd / -- sudo -n env GOTOOLCHAIN=local go env GOPATH", ""),
}


@pytest.fixture(scope="module")
def shared() -> Iterator[WinHost]:
    with host_with_wsl(why_not=reason_it_cannot()) as host:
        yield host


@pytest.fixture
def windows(shared: WinHost) -> Iterator[WinHost]:
    """A host with a distro for each shell, all with a go that is on nobody's PATH."""
    made = [_distro(shared, shell, name) for shell, name in SHELLS.items()]
    yield shared
    for distro in made:
        distro.remove()


def _distro(host: WinHost, shell: str, name: str) -> Distro:
    root = "busybox" if shell == "sh" else "debian"
    distro = host.add_distro(ADMIN, name, root, shell=shell, go={"1.27.3": ROOT})
    if root == "debian":
        (distro.root / "etc/sudoers.d/dev").write_text("dev ALL=(ALL) NOPASSWD: ALL\n")
    return distro


def go_wsl(host: WinHost, **options: Any) -> dict[str, Any]:
    result = distros.go_wsl(host, **options)
    assert not result.get("failed"), result["msg"]
    return result


def said(host: WinHost, shell: str, way: str) -> str | None:
    """What go says is GOPATH; None where no go is found."""
    words, given = WAYS[way]
    line = f"{WSL} -d {SHELLS[shell]} {words.replace('{shell}', f'/bin/{shell}')}"
    done = host.prefix.run(line, stdin=given.encode())
    return done.stdout.decode().strip() if done.rc == 0 else None


def measured(host: WinHost, shells: tuple[str, ...] = tuple(SHELLS)) -> dict[tuple[str, str], str | None]:
    ways = {shell: [way for way in WAYS if shell != "sh" or "sudo" not in way] for shell in shells}  # busybox has none
    return {(shell, way): said(host, shell, way) for shell in shells for way in ways[shell]}


def table(root: Path, heading: str) -> dict[tuple[str, str], bool]:
    """A table of docs/wsl.md: yes or no for each cell, those with – apart."""
    text = (root / "docs" / "wsl.md").read_text(encoding="utf-8")
    part = text.split(f"\n### {heading}\n")[1].split("\n##")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")]
    rows = [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]
    head, _rule, *body = rows
    return {
        (row[0], way): cell.startswith("yes")
        for row in body
        for way, cell in zip(head[1:], row[1:], strict=True)
        if re.match("yes|no", cell)
    }


def test_what_start_files_reach(windows: WinHost, root: Path) -> None:
    go_wsl(windows, scope="machine", goroot=ROOT, gopath=[GOPATH])
    seen = measured(windows)
    assert set(seen.values()) == {GOPATH, None}
    assert {cell: found == GOPATH for cell, found in seen.items()} == table(root, "Start files")


def test_what_helps_where_no_start_file_is_read(windows: WinHost, root: Path) -> None:
    """link_go, and the go env file of the account beside it."""
    go_wsl(windows, scope="machine", path=[f"{ROOT}/bin"], link_go=True, shells=["sh"])
    linked = measured(windows)
    found = {cell: text is not None for cell, text in linked.items()}
    assert found == table(root, "`link_go`: go is found")
    go_wsl(windows, scope="user", shells=["sh"], config={"GOPATH": "/srv/work"})
    seen = measured(windows)
    assert {cell: text == "/srv/work" for cell, text in seen.items()} == table(root, "The go env file")


def test_without_home_go_has_no_workspace(windows: WinHost) -> None:
    """The article's sudo without HOME: go then has neither a go env file nor a default GOPATH."""
    go_wsl(windows, scope="machine", path=[f"{ROOT}/bin"], link_go=True, shells=["sh"])
    go_wsl(windows, scope="user", shells=["sh"], config={"GOPATH": "/srv/work"})
    line = f"{WSL} -d Bash --cd / -- sudo -n env -u HOME GOTOOLCHAIN=local go env GOPATH"
    assert windows.prefix.run(line).stdout.decode().strip() == ""
    kept = f"{WSL} -d Bash --cd / -- sudo -n env HOME=$HOME GOTOOLCHAIN=local go env GOPATH"
    assert windows.prefix.run(kept).stdout.decode().strip() == "/srv/work"


# --- what a run says of its distros ----------------------------------------------------------------------------------

#: for each start of the result, what wsl.exe is given to do the same
STARTS = {
    "login": "--cd / --shell-type login -- {ask}",
    "interactive": '--cd / --exec {shell} -i -c "{ask}"',
    "bare": "--cd / -- {ask}",
    "shell_type_login": "--cd / --shell-type login -- {ask}",
}
NAMES = ("GOROOT", "GOPATH", "GOBIN")


def answers(host: WinHost, shell: str) -> dict[str, list[str] | None]:
    """GOROOT, GOPATH and GOBIN by each start, as wsl.exe itself has it; None where no go is found."""
    out: dict[str, list[str] | None] = {}
    for start, words in STARTS.items():
        ask = "env GOTOOLCHAIN=local go env GOROOT GOPATH GOBIN"
        line = words.replace("{shell}", f"/bin/{shell}").replace("{ask}", ask)
        done = host.prefix.run(f"{WSL} -d {SHELLS[shell]} {line}")
        out[start] = done.stdout.decode().split("\n")[:3] if done.rc == 0 else None
    return out


def reported(result: dict[str, Any]) -> dict[str, dict[str, list[str] | None]]:
    return {
        one["name"]: {row["start"]: row["go"] and [row[name] for name in NAMES] for row in one["starts"]}
        for one in result["distros"]
    }


def test_starts_are_what_wsl_itself_answers(windows: WinHost) -> None:
    wanted = {"scope": "machine", "goroot": ROOT, "gopath": [GOPATH]}
    first = go_wsl(windows, **wanted)
    assert reported(first) == {name: answers(windows, shell) for shell, name in SHELLS.items()}
    rows = {(one["name"], row["start"]): row for one in first["distros"] for row in one["starts"]}
    assert {cell for cell, row in rows.items() if not row["path"]} == {
        ("Busy", "interactive"),
        ("Busy", "bare"),
        ("Bash", "bare"),
    }
    assert {row["go"] for row in rows.values()} == {f"{ROOT}/bin/go", None}
    told = [finding["subject"] for finding in first["findings"] if finding["id"] == "start_sees_otherwise"]
    assert sorted(told) == ["Bash: bash", "Busy: sh"]
    second = go_wsl(windows, **wanted, link_go=True)
    assert reported(second) == {name: answers(windows, shell) for shell, name in SHELLS.items()}
    assert all(row["go"] for one in second["distros"] for row in one["starts"])
    third = go_wsl(windows, scope="user", distros=["Busy", "Bash"], gobin="~/tools", config={"GOPATH": "/srv/work"})
    found = reported(third)
    assert found == {SHELLS[shell]: answers(windows, shell) for shell in ("sh", "bash")}
    assert (found["Bash"]["bare"] or [])[:2] == [ROOT, "/srv/work"]
