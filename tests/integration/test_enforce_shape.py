# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks enforce and report where hosts fail, are out of reach or are none: there is a report all the same, and
the exit code is that of the report.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

from fleet import Fleet, states
from waiting import wait_for

BROKEN = {"go_env_mode": "everybody"}


def test_all_hosts_out_of_reach(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path)
    for name in ("a", "b", "c"):
        fleet.add_unreachable(name)
    report = fleet.enforce(code=4)
    assert states(report) == dict.fromkeys("abc", "absent")
    assert report["exit"]["reasons"] == [
        "3 not reached: a, b, c of 3: more than 10 % (go_enforce_max_unreachable)",
    ]
    report = fleet.enforce("-e", "go_enforce_max_unreachable=100")
    assert report["exit"]["code"] == 0


def test_all_hosts_failed(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path, go_enforce_mode="audit", **BROKEN)
    for name in ("a", "b"):
        fleet.add(name)
    report = fleet.enforce(code=2)
    assert states(report) == dict.fromkeys("ab", "failed")
    assert "value of go_env_mode must be one of" in report["hosts"][0]["message"]


def test_one_of_each_and_2_beats_4(tmp_path: Path) -> None:
    """An unreachable host is tried once, also for its projects, and the canary is the first that answers."""
    fleet = Fleet(tmp_path)
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


def test_projects_of_a_host_out_of_reach_are_tried_once(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path)
    fleet.settings |= {"go_env_mode": "project", "go_env_projects": [{"project": "/x"}, {"project": "/y"}]}
    del fleet.settings["go_env_config"]
    fleet.add_unreachable("a")
    done = fleet.run("enforce")
    assert done.returncode == 4, done.stdout + done.stderr
    assert states(fleet.report(fleet.runs()[0])) == {"a": "absent"}
    assert (done.stdout + done.stderr).count("Connection refused") <= 4, done.stdout + done.stderr
    assert "item=1" not in done.stdout


def test_limit_and_patterns_that_match_nobody(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path)
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


def test_an_inventory_without_hosts(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path)
    report = fleet.enforce(code=2)
    assert report["hosts"] == []


def test_a_check_of_the_syntax_needs_no_hosts(tmp_path: Path) -> None:
    for playbook in ("enforce", "report", "rollback"):
        done = Fleet(tmp_path).run(playbook, "--syntax-check")
        assert done.returncode == 0, done.stdout + done.stderr


def test_all_mistakes_come_before_the_first_host(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path, go_enforce_keep="many", go_enforce_waivers="waivers.yml", go_enforce_seriall=5)
    (tmp_path / "waivers.yml").write_text("- id: drift:GOPROXY\n  hosts: all\n- nothing\n")
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


def test_what_kill_leaves_gets_its_report(tmp_path: Path) -> None:
    """And a second run meanwhile is refused."""
    fleet = Fleet(tmp_path, go_enforce_mode="audit", **BROKEN)
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
        first.communicate()
    done = fleet.run("report")
    assert done.returncode == 2, done.stdout + done.stderr
    assert f"The run {run} was interrupted. It has its report now" in done.stdout + done.stderr
    report = fleet.report(run)
    assert report["interrupted"]
    assert states(report)["b"] == "not_tried"


def test_a_controller_without_room_says_so_and_ends_with_2(tmp_path: Path) -> None:
    """The limit lets the plan be written, and no report."""
    fleet = Fleet(tmp_path, go_enforce_mode="audit")
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
