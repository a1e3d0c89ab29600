# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nights of the playbook enforce over homes of this machine."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

from fleet import Fleet, states


def env_file(home: Path) -> Path:
    return home / ".config" / "go" / "env"


def brief(report: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    return sorted(
        (item["host"], item["item"], item["class"], item["action"]) for item in report["items"] if item["class"]
    )


def test_nights(tmp_path: Path) -> None:
    """The policy is applied; in sync; what drifted is put back; the policy changes while a host drifts."""
    fleet = Fleet(tmp_path, go_enforce_team="tools")
    homes = {name: fleet.add(name) for name in ("a", "b", "c")}
    report = fleet.enforce()
    assert states(report) == dict.fromkeys("abc", "policy_applied")
    assert {host["journals"][0]["journal"] for host in report["hosts"]}
    assert env_file(homes["a"]).read_text() == "GOPROXY=direct\nGOSUMDB=off\n"

    tasks = fleet.started("a")
    done = fleet.run("enforce")
    assert done.returncode == 0, done.stdout
    report = fleet.report(fleet.runs()[-1])
    assert states(report) == dict.fromkeys("abc", "in_sync")
    assert fleet.started("a") == tasks + 1, "a host that is in sync costs one task"

    env_file(homes["b"]).write_text("GOPROXY=https://me:hunter22@proxy.example.com\nGOSUMDB=off\n")
    report = fleet.enforce("-e", "go_enforce_mode=audit", code=2)
    assert states(report) == {"a": "in_sync", "b": "drifted", "c": "in_sync"}
    assert "hunter22" in env_file(homes["b"]).read_text()
    first = report
    report = fleet.enforce("--check", code=2)
    assert states(report)["b"] == "drifted"
    assert [item["new"] for item in report["items"]] == [False]
    report = fleet.enforce()
    assert states(report) == {"a": "in_sync", "b": "put_back", "c": "in_sync"}
    assert brief(report) == [("b", "GOPROXY", "host_drift", "put_back")]
    assert report["items"][0]["key"] == first["items"][0]["key"]
    assert report["items"][0]["team"] == "tools"
    assert env_file(homes["b"]).read_text() == "GOPROXY=direct\nGOSUMDB=off\n"

    fleet.settings["go_env_config"] = {"GOPROXY": "https://goproxy.cn,direct", "GOSUMDB": "off"}
    env_file(homes["c"]).write_text("GOPROXY=off\nGOSUMDB=off\n")
    report = fleet.enforce("-e", "go_enforce_fail_on=both", code=2)
    assert states(report) == {"a": "policy_applied", "b": "policy_applied", "c": "put_back"}
    both = next(item for item in report["items"] if item["host"] == "c")
    assert (both["class"], both["base"], both["now"], both["want"]) == (
        "both",
        "direct",
        "off",
        "https://goproxy.cn,direct",
    )
    held = "".join(file.read_text() for file in fleet.state.rglob("*") if file.is_file())
    assert "hunter22" not in held
    for place in fleet.state.rglob("*"):
        assert place.stat().st_mode & 0o077 == 0, place


def test_one_out_of_reach_and_a_project_beside(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path)
    home = fleet.add("a")
    project = home / "shop"
    project.mkdir()
    del fleet.settings["go_env_config"], fleet.settings["go_env_mode"]
    fleet.settings["go_env_layers"] = [
        {"mode": "user", "config": {"GOPROXY": "direct"}},
        {"mode": "project", "project": str(project), "gopath": [".gopath"], "launchers": ["sh"]},
    ]
    fleet.add_unreachable("b")
    report = fleet.enforce("-e", "go_enforce_max_unreachable=50")
    assert states(report) == {"a": "policy_applied", "b": "absent"}
    assert [one.get("project") for one in report["hosts"][0]["journals"]] == [None, str(project)]
    launcher = project / "go-env.sh"
    launcher.write_text("edited\n")
    report = fleet.enforce(code=4)
    assert states(report) == {"a": "put_back", "b": "absent"}
    [item] = [item for item in report["items"] if item["action"] == "put_back"]
    assert (item["project"], item["item"], item["kind"]) == (str(project), str(launcher), "project_file")
    assert "edited" not in launcher.read_text()
    done = fleet.run("rollback", "-e", "go_enforce_run=last")
    assert done.returncode == 0, done.stdout + done.stderr
    assert launcher.read_text() == "edited\n", "a run that put back is undone in projects too"
    [absent] = [item for item in report["items"] if item["id"] == "host_absent"]
    assert not absent["new"]


def test_waived_held_and_left_behind(tmp_path: Path) -> None:
    """What is waived is left alone; what a rollback undid is held; what the policy no longer names is reported."""
    fleet = Fleet(tmp_path)
    homes = {name: fleet.add(name) for name in ("a", "b")}
    fleet.enforce()
    fleet.settings["go_env_config"] = {"GOPROXY": "off", "GOSUMDB": "off"}
    changed = fleet.enforce()
    assert states(changed) == dict.fromkeys("ab", "policy_applied")

    done = fleet.run("rollback", "-e", "go_enforce_run=last", "--limit", "a", "-e", "go_enforce_reason='it broke'")
    assert done.returncode == 0, done.stdout + done.stderr
    report = fleet.report(fleet.runs()[-1])
    assert (report["kind"], report["undoes"], states(report)) == ("rollback", changed["run"], {"a": "put_back"})
    assert env_file(homes["a"]).read_text() == "GOPROXY=direct\nGOSUMDB=off\n"
    assert env_file(homes["b"]).read_text() == "GOPROXY=off\nGOSUMDB=off\n"

    tomorrow = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=1)).date().isoformat()
    fleet.settings["go_enforce_waivers"] = "waivers.yml"
    (tmp_path / "waivers.yml").write_text(
        json.dumps([{"id": "drift:GOPROXY", "hosts": "b", "reason": "x", "owner": "alice", "expires": tomorrow}])
    )
    env_file(homes["b"]).write_text("GOPROXY=mine\nGOSUMDB=off\n")
    fleet.settings["go_env_config"] = {"GOPROXY": "off"}
    report = fleet.enforce()
    assert states(report) == {"a": "held", "b": "waived"}
    assert brief(report) == [
        ("a", "GOPROXY", "policy_change", "held"),
        ("a", "GOSUMDB", "left_behind", "reported"),
        ("b", "GOPROXY", "host_drift", "waived"),
        ("b", "GOSUMDB", "left_behind", "reported"),
    ]
    [held] = [item for item in report["items"] if item["action"] == "held"]
    assert "it broke" in held["advice"]
    [waived] = [item for item in report["items"] if item["action"] == "waived"]
    assert waived["waiver"]["owner"] == "alice"
    assert {item["id"] for item in report["items"] if item["host"] is None} == {"waiver_expires_soon"}
    assert env_file(homes["b"]).read_text() == "GOPROXY=mine\nGOSUMDB=off\n"
