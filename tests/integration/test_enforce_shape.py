# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks enforce and report where hosts fail, are out of reach or are none: there is a report all the same, and
the exit code is that of the report.
"""

from __future__ import annotations

import functools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from fleet import Fleet, states
from waiting import wait_for

BROKEN = {"go_env_mode": "everybody"}
#: the oldest and the newest
CORES = [pytest.param(core, marks=pytest.mark.thorough) for core in ("2.19", "2.22")]


@pytest.fixture(scope="module", params=["", *CORES])
def program(request: pytest.FixtureRequest, root: Path) -> Path | None:
    """The ansible-playbook of a version of ansible-core, None for the one that is there."""
    if not request.param:
        return None
    place = root / ".cache" / f"core-{request.param}-{sys.version_info[0]}.{sys.version_info[1]}"
    if not (place / "ready").exists():
        requirements = root / "tests" / "requirements" / f"ansible-core-{request.param}.txt"
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(place)], check=True, timeout=120)
        install = [str(place / "bin" / "python"), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        subprocess.run([*install, "-r", str(requirements)], check=True, timeout=280)
        (place / "ready").touch()
    return place / "bin" / "ansible-playbook"


@pytest.fixture
def new_fleet(tmp_path: Path, program: Path | None) -> Callable[..., Fleet]:
    return functools.partial(Fleet, tmp_path, program)


def test_all_hosts_out_of_reach(new_fleet: Callable[..., Fleet]) -> None:
    fleet = new_fleet()
    for name in ("a", "b"):
        fleet.add_unreachable(name)
    report = fleet.enforce(code=4)
    assert states(report) == dict.fromkeys("ab", "absent")
    assert report["exit"]["reasons"] == ["2 not reached: a, b of 2: more than 10 % (go_enforce_max_unreachable)"]


def test_all_hosts_failed(new_fleet: Callable[..., Fleet]) -> None:
    """One by its settings, one because it takes too long."""
    fleet = new_fleet(go_enforce_mode="audit", go_enforce_host_timeout=3)
    fleet.add("a", **BROKEN)
    fleet.add("b")
    Path(fleet.hosts["b"]["ansible_python_interpreter"]).write_text("#!/bin/sh\nexec sleep 20\n")
    report = fleet.enforce(code=2)
    assert states(report) == dict.fromkeys("ab", "failed")
    assert "value of go_env_mode must be one of" in report["hosts"][0]["message"]
    assert "Timed out after 3 second(s)" in report["hosts"][1]["message"]


def test_one_of_each_and_2_beats_4(new_fleet: Callable[..., Fleet]) -> None:
    """An unreachable host is tried once, also for its projects, and the canary is the first that answers."""
    fleet = new_fleet()
    layers = [
        {"mode": "user", "config": {}},
        {"mode": "project", "project": "/x"},
        {"mode": "project", "project": "/y"},
    ]
    fleet.add_unreachable("a", go_env_mode=None, go_env_layers=layers)
    del fleet.hosts["a"]["go_env_mode"]
    fleet.settings = {name: value for name, value in fleet.settings.items() if not name.startswith("go_env_")}
    fleet.add("b", **BROKEN)
    fleet.add("c", **BROKEN)
    done = fleet.run("enforce")
    assert done.returncode == 2, done.stdout + done.stderr
    report = fleet.report(fleet.runs()[0])
    assert states(report) == {"a": "absent", "b": "failed", "c": "not_tried"}
    assert report["stopped"] == "the canary b failed"
    assert (done.stdout + done.stderr).count("UNREACHABLE!") == 1, done.stdout + done.stderr


def test_projects_of_a_host_out_of_reach_are_tried_once(new_fleet: Callable[..., Fleet]) -> None:
    fleet = new_fleet()
    fleet.settings |= {"go_env_mode": "project", "go_env_projects": [{"project": "/x"}, {"project": "/y"}]}
    del fleet.settings["go_env_config"]
    fleet.add_unreachable("a")
    done = fleet.run("enforce")
    assert done.returncode == 4, done.stdout + done.stderr
    assert states(fleet.report(fleet.runs()[0])) == {"a": "absent"}
    assert (done.stdout + done.stderr).count("Connection refused") <= 4, done.stdout + done.stderr
    assert "item=1" not in done.stdout


def test_limit_and_patterns_that_match_nobody(new_fleet: Callable[..., Fleet]) -> None:
    fleet = new_fleet()
    fleet.add_unreachable("a")
    fleet.add_unreachable("b")
    assert states(fleet.enforce("--limit", "b", code=4)) == {"b": "absent"}
    report = fleet.enforce("-e", "go_enforce_hosts=nobody", code=2)
    assert report["exit"]["reasons"] == ["no host matches nobody"]
    report = fleet.enforce("-e", "go_enforce_hosts=a", "--limit", "b", code=2)
    assert report["exit"]["reasons"] == ["no host matches a"]
    done = fleet.run("enforce", "--limit", "nobody")
    assert done.returncode == 1, done.stdout + done.stderr
    assert len(fleet.runs()) == 3


def test_an_inventory_without_hosts(new_fleet: Callable[..., Fleet]) -> None:
    fleet = new_fleet()
    report = fleet.enforce(code=2)
    assert report["hosts"] == []


def test_a_check_of_the_syntax_needs_no_hosts(new_fleet: Callable[..., Fleet]) -> None:
    fleet = new_fleet()
    for playbook in ("enforce", "report", "rollback"):
        done = fleet.run(playbook, "--syntax-check")
        assert done.returncode == 0, done.stdout + done.stderr


def test_all_mistakes_come_before_the_first_host(new_fleet: Callable[..., Fleet]) -> None:
    fleet = new_fleet(go_enforce_keep="many", go_enforce_waivers="waivers.yml", go_enforce_seriall=5)
    (fleet.directory / "waivers.yml").write_text("- id: drift:GOPROXY\n  hosts: all\n- nothing\n")
    fleet.add("a", go_enforce_mode="on")
    fleet.add("b", go_enforce_team="{{ nothing_of_the_kind }}")
    done = fleet.run("enforce")
    assert done.returncode == 2, done.stdout
    assert "go_enforce_team of b cannot be evaluated" in done.stdout + done.stderr
    fleet.hosts["b"]["go_enforce_team"] = "web"
    done = fleet.run("enforce", "-e", "go_enforce_webhook=ftp://user:hunter22@host", "-vvv")
    assert done.returncode == 2, done.stdout
    said = json.dumps([result.get("msg") for result in fleet.playbooks.results()]) + done.stdout + done.stderr
    for text in (
        "go_enforce_keep must be a whole number",
        "go_enforce_mode must be audit or enforce (of a)",
        "go_enforce_seriall is no variable of this role (did you mean go_enforce_serial?)",
        "waivers.yml, line 1: owner is missing",
        "waivers.yml, line 3: an entry must have",
        "go_enforce_webhook must begin with https://",
    ):
        assert text in said, text
    assert "hunter22" not in done.stderr
    assert "hunter22" not in "\n".join(line for line in done.stdout.splitlines() if "-e go_enforce" not in line)
    assert not fleet.state.exists()
    assert fleet.started("a") == 0


def test_the_address_of_the_webhook_is_shown_nowhere(new_fleet: Callable[..., Fleet]) -> None:
    fleet = new_fleet(go_enforce_webhook="http://127.0.0.1:9/hunter22")
    fleet.add_unreachable("a")
    done = fleet.run("enforce", "-vvv")
    assert done.returncode == 4, done.stdout + done.stderr
    said = done.stdout + done.stderr
    assert "The message to go_enforce_webhook was not delivered: it cannot be reached" in " ".join(said.split())
    assert "hunter22" not in said
    assert "hunter22" not in "".join(file.read_text() for file in fleet.state.rglob("*") if file.is_file())


def test_what_kill_leaves_gets_its_report(new_fleet: Callable[..., Fleet]) -> None:
    """And a second run meanwhile is refused."""
    fleet = new_fleet(go_enforce_mode="audit", **BROKEN)
    fleet.add("a")
    tried = fleet.add_endless("b")
    fleet.hosts["b"]["go_env_mode"] = "user"
    first = subprocess.Popen(
        fleet.command("enforce"), env=fleet.environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        wait_for(tried.exists, "the endless host is not tried", 60)
        [run] = fleet.runs()
        for playbook in ("enforce", "report"):
            done = fleet.run(playbook)
            assert done.returncode == 2, done.stdout
            assert f"Another run works on {fleet.state} (run {run}, process {first.pid})" in done.stdout + done.stderr
        assert fleet.runs() == [run]
    finally:
        os.kill(first.pid, signal.SIGKILL)
        os.kill(int(tried.read_text()), signal.SIGKILL)
        first.communicate()
    done = fleet.run("report")
    assert done.returncode == 2, done.stdout + done.stderr
    assert f"The run {run} was interrupted. It has its report now" in done.stdout + done.stderr
    report = fleet.report(run)
    assert report["interrupted"]
    assert states(report)["b"] == "not_tried"


def test_a_controller_without_room_says_so_and_ends_with_2(new_fleet: Callable[..., Fleet]) -> None:
    """The limit lets the plan be written, and no report."""
    fleet = new_fleet(go_enforce_mode="audit")
    for number in range(12):
        fleet.add_unreachable(f"box{number}")
    limited = ["bash", "-c", 'trap "" XFSZ; ulimit -f 4; exec "$@"', "-", *fleet.command("enforce")]
    done = subprocess.run(limited, env=fleet.environment(), capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "cannot be written: File too large" in done.stdout + done.stderr
    assert "12 hosts: 12 absent" in done.stdout + done.stderr, "the digest is in the error"
    [run] = fleet.runs()
    assert not (fleet.state / "runs" / run / "report.json").exists()
    assert not list(fleet.state.rglob(".*")), "nothing half written stays"
    fleet.run("report")
    assert states(fleet.report(run)) == {f"box{number}": "absent" for number in range(12)}
