# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person sees of a run of the role: warnings, one message for all that is wrong, the last message. On this
machine, in a home of its own.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from support import Playbooks

SECRET = "hunter2hunter2"


@pytest.fixture
def playbooks(tmp_path: Path) -> Playbooks:
    return Playbooks(
        tmp_path, {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    )


def role(playbooks: Playbooks, variables: dict[str, Any], *arguments: str) -> tuple[int, str, str]:
    file = playbooks.directory / "role.json"
    play = {
        "name": "test",
        "hosts": "all",
        "gather_facts": False,
        "roles": [{"role": "gopher.devbox.go_env", "vars": variables}],
    }
    file.write_text(json.dumps([play]), encoding="utf-8")
    done = playbooks.run(*arguments, playbook=str(file))
    return done.returncode, done.stdout, done.stderr


def test_findings_are_warnings_and_come_again_in_the_end(playbooks: Playbooks) -> None:
    wish = {
        "go_env_mode": "user",
        "go_env_goroot": "/nowhere/go",
        "go_env_validate": "warn",
        "go_env_verify": False,
        "go_env_variables": {"GOPROXY": f"https://ann:{SECRET}@proxy.example"},
        "go_env_config": {"GOSUMDB": "off"},
    }
    for _run in range(2):
        code, out, err = role(playbooks, wish)
        assert code == 0, out + err
        said = re.sub(r"\s+", " ", out + err)
        assert said.count("[WARNING]: GOROOT /nowhere/go does not exist") == 1, "of several media too"
        assert "(goroot_missing)" in said
        assert "leave go_env_goroot out" in said
        assert SECRET not in said
    assert "TASK [gopher.devbox.go_env : Say what was found, and who must start again what]" in out
    assert "Shells that are open" not in out, "nothing was changed"


def test_there_is_no_last_message_where_there_is_nothing_to_say(playbooks: Playbooks) -> None:
    wish = {"go_env_mode": "user", "go_env_gopath": ["~/go"], "go_env_verify": False, "go_env_shells": ["sh"]}
    code, out, err = role(playbooks, wish)
    assert code == 0, out + err
    assert "Shells that are open" in out
    code, out, err = role(playbooks, wish)
    assert code == 0, out + err
    assert re.search(r"Say what was found.*\n+skipping: \[box\]", out)
    assert "[WARNING]" not in err


def test_a_failure_has_the_roles_words_wherever_it_is_printed(playbooks: Playbooks) -> None:
    code, out, err = role(playbooks, {"go_env_mode": "user", "go_env_goroot": "/nowhere/go"})
    assert code == 2
    message = re.sub(r"\s+", " ", out + err)
    assert "leave go_env_goroot out" in message
    assert "leave goroot out" not in message


def test_all_that_is_wrong_comes_in_one_message(playbooks: Playbooks) -> None:
    wish = {
        "go_env_mode": "user",
        "go_env_goroot": "/nowhere/go",
        "go_env_gopath": ["go", "C:\new"],
        "go_env_config": "A=b",
        "go_env_varibles": {},
        "go_env_foo": 1,
    }
    code, out, err = role(playbooks, wish)
    assert code == 2
    message = re.sub(r"\s+", " ", out + err)
    for part in (
        "Did you mean go_env_variables?",
        "go_env_config is a text, and must be a dictionary",
        "go_env_gopath: 'go' is relative",
        "between double quotes",
        "GOROOT /nowhere/go does not exist",
        "leave go_env_goroot out",
    ):
        assert part in message, message
    assert "go_env_foo" not in message
    assert not (playbooks.directory / "home" / ".profile").exists()


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        ({"go_env_mode": "user", "go_env_variables": None}, "go_env_variables is null"),
        (
            {"go_env_mode": "project", "go_env_projects": [{"project": "/tmp", "editrs": ["vscode"], "launcher": []}]},
            "editrs",
        ),
        ({"go_env_mode": "project", "go_env_projects": [{"editors": ["vscode"]}]}, "project found in go_env_projects"),
        ({"go_env_mode": "project", "go_env_project": [{"project": "/tmp"}]}, "Did you mean go_env_projects?"),
        ({"go_env_gopath": ["/tmp/go"]}, "go_env_mode is missing"),
        ({"go_env_mode": "user", "go_env_layers": [{"mode": "user"}]}, "go_env_layers is given, and go_env_mode too"),
        ({"go_env_layers": [{"mode": "user", "editors": ["vscode"]}]}, "go_env_layers[0]: a layer of mode user"),
        ({"go_env_layers": [{"mode": "user", "editrs": ["vscode"]}]}, "editrs"),
        ({"go_env_layers": [{"mode": "user", "gopath": ["go"]}]}, "start files (user): gopath: 'go' is relative"),
        ({"go_env_layers": [{"mode": "user", "config": {"GOBIN": "go"}}]}, "file: config.GOBIN: 'go' is relative"),
        ({"go_env_mode": "user", "go_env_config": {"GOBIN": "go"}}, "file: go_env_config.GOBIN: 'go' is relative"),
    ],
)
def test_what_is_misspelt_is_named(playbooks: Playbooks, wish: dict[str, Any], told: str) -> None:
    code, out, err = role(playbooks, wish)
    assert code == 2
    assert told in out + err
    assert "changed=0" in out
