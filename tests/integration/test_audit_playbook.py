# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook audit, with real ansible-playbook: what it prints, what it keeps, how it ends."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from conftest import ADMIN
from support import MACHINE, Playbooks, user_key
from unit.audits import linux, windows
from winhost import WinHost

from ansible_collections.gopher.devbox.plugins.module_utils._go.audit_document import to_document
from ansible_collections.gopher.devbox.plugins.modules import go_audit_report
from ansible_collections.gopher.devbox.plugins.plugin_utils._audit_report import MANY

SECRET = "s3cretword"
USER = user_key(ADMIN.sid)
LOCAL = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
FAILING = {"ansible_connection": "no_such_connection"}
UNREACHABLE = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}


class Audits:
    """The playbook in a directory of its own, over hosts that are this machine, fail, or are not reached."""

    def __init__(self, directory: Path, **hosts: dict[str, Any]) -> None:
        self.directory = directory
        self.playbooks = Playbooks(directory, {})
        self.of(hosts)
        self.kept = directory / "audits"

    def of(self, hosts: dict[str, dict[str, Any]]) -> None:
        self.playbooks.inventory.write_text(json.dumps({"all": {"hosts": hosts}}), encoding="utf-8")

    def run(self, *arguments: str, directory: str | None = None) -> subprocess.CompletedProcess[str]:
        place = str(self.kept) if directory is None else directory
        return self.playbooks.run("gopher.devbox.audit", "-e", f"audit_dir={place}", *arguments)

    def documents(self) -> dict[str, dict[str, Any]]:
        found = sorted(self.kept.glob("*")) if self.kept.exists() else []
        return {file.name: json.loads(file.read_text(encoding="utf-8")) for file in found}


def text_of(done: subprocess.CompletedProcess[str]) -> str:
    return " ".join(done.stdout.split())


def schema(root: Path) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads((root / "docs/schema/audit-1.json").read_text(encoding="utf-8")))


def test_hosts_that_fail_do_not_take_the_report_from_others(tmp_path: Path, root: Path) -> None:
    """With a name that is no file name, a proxy with a password, and all that Ansible ever prints."""
    home = tmp_path / "home"
    (home / ".config" / "go").mkdir(parents=True)
    (home / ".config" / "go" / "env").write_text(f"GOPROXY=https://build:{SECRET}@proxy.example\n")
    audits = Audits(tmp_path)
    audits.of({"dead": UNREACHABLE, "odd/name 1": LOCAL, "broken": FAILING})
    done = audits.run("-vvv")
    assert done.returncode == 4, done.stdout + done.stderr
    text = text_of(done)
    assert "\nodd/name 1: linux/" in done.stdout
    assert "broken failed the connection plugin 'no_such_connection' was not found" in text
    assert "dead unreachable Failed to connect to the host via ssh" in text
    assert "1 host audited, 1 failed, 1 unreachable" in text
    assert "unreachable=1" in done.stdout
    assert "failed=1" in done.stdout
    documents = audits.documents()
    assert list(documents) == ["odd%2Fname%201.json"]
    schema(root).validate(documents["odd%2Fname%201.json"])
    assert documents["odd%2Fname%201.json"]["host"] == "odd/name 1"
    modes = [stat.S_IMODE(os.stat(path).st_mode) for path in (audits.kept, *audits.kept.iterdir())]
    assert modes == [0o700, 0o600]
    assert SECRET not in done.stdout + done.stderr + json.dumps(documents)


@pytest.mark.parametrize(("host", "code", "state"), [(UNREACHABLE, 4, "unreachable"), (FAILING, 2, "failed")])
def test_when_no_host_is_audited_the_report_says_so(
    tmp_path: Path, host: dict[str, Any], code: int, state: str
) -> None:
    audits = Audits(tmp_path, box1=host, box2=host)
    done = audits.run()
    assert done.returncode == code, done.stdout + done.stderr
    assert f"0 hosts audited, 2 {state}" in done.stdout
    assert audits.documents() == {}


def test_what_is_found_is_no_failure_and_check_mode_keeps_nothing(tmp_path: Path) -> None:
    """Of the hosts in the limit alone, each by its own options."""
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "go.mod").write_text("module x\n\ngo 1.99\n")
    audits = Audits(tmp_path, box=LOCAL | {"go_audit_project": str(tmp_path / "project")}, dead=UNREACHABLE)
    done = audits.run("--check", "--limit", "box")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Project {tmp_path / 'project'} {tmp_path / 'project' / 'go.mod'}: go1.99.0 by go, no SDK" in text_of(done)
    assert "1 host audited\n" in done.stdout
    assert "Documents: not kept in check mode" in text_of(done)
    assert "dead" not in done.stdout
    assert "changed=0" in done.stdout
    assert audits.documents() == {}


def test_one_variable_with_every_layer_and_no_documents(tmp_path: Path) -> None:
    (tmp_path / "home" / ".config" / "go").mkdir(parents=True)
    (tmp_path / "home" / ".config" / "go" / "env").write_text("GOPROXY=direct\n")
    audits = Audits(tmp_path, box=LOCAL | {"ansible_become": False})
    done = audits.run("-e", "go_audit_name=goproxy", directory="")
    assert done.returncode == 0, done.stdout + done.stderr
    report = done.stdout.partition("GOPROXY on box\n")[2]
    assert report.startswith("  1  go env file, counts"), done.stdout
    assert "counts direct (" in text_of(done)
    assert "Why: " in report
    assert "Document" not in done.stdout
    assert not audits.kept.exists()
    assert not (tmp_path / "home" / ".local").exists()


@pytest.mark.parametrize("case", ["a file", "no variable"])
def test_options_that_are_of_no_use_are_refused_before_a_host_is_read(tmp_path: Path, case: str) -> None:
    audits = Audits(tmp_path, box=LOCAL)
    audits.kept.write_text("mine")
    arguments = ["-e", "go_audit_name=GOPROXI"] if case == "no variable" else []
    done = audits.run(*arguments, directory="" if arguments else None)
    assert done.returncode == 2, done.stdout + done.stderr
    said = text_of(done) + " ".join(done.stderr.split())
    assert ("Did you mean GOPROXY?" if arguments else f"cannot be kept in {audits.kept}: is not a directory") in said
    assert "Read the Go environment" not in done.stdout
    assert "Traceback" not in said
    assert audits.kept.read_text() == "mine"


def test_a_fleet_has_one_summary(tmp_path: Path) -> None:
    """Of documents: what the playbook does with results of more hosts than one machine can play."""
    documents = [to_document(windows(host=f"win{number:02}"), [], 1_795_000_000) for number in range(MANY)]
    documents.append(to_document(linux(), [], 1_795_000_000))
    results = {one["host"]: {"audit": one} for one in documents} | {"dead": {"unreachable": True, "msg": "No route"}}
    (tmp_path / "results.json").write_text(json.dumps(results))
    playbooks = Playbooks(tmp_path, LOCAL)
    found, done = playbooks.tasks(
        [
            {
                "gopher.devbox.go_audit_report": {
                    "results": "{{ lookup('ansible.builtin.file', file) | from_json }}",
                    "directory": str(tmp_path / "audits"),
                },
                "vars": {"file": str(tmp_path / "results.json")},
            }
        ]
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert "     20  windows/amd64" in lines
    assert "      1  linux/amd64: lin01" in lines
    assert "21 hosts audited, 1 unreachable" in lines
    assert not any(line.startswith("win") for line in lines)
    assert len(list((tmp_path / "audits").iterdir())) == len(found[0]["files"]) == MANY + 1


@pytest.mark.thorough
def test_a_fleet_of_hosts(tmp_path: Path) -> None:
    """Under a strategy, and with an interest in errors, that the configuration asks for and the playbook does not."""
    audits = Audits(tmp_path, dead=UNREACHABLE, **{f"box{number}": LOCAL for number in range(25)})
    settings = tmp_path / "home" / "ansible.cfg"
    settings.parent.mkdir()
    settings.write_text("[defaults]\nstrategy = free\nany_errors_fatal = true\n")
    done = audits.run()
    assert done.returncode == 4, done.stdout + done.stderr
    assert "25 hosts audited, 1 unreachable" in done.stdout
    assert len(audits.documents()) == 25


# --- the documentation, and a Windows host ---------------------------------------------------------------------------


def blocks(root: Path, language: str) -> list[str]:
    text = (root / "docs/audit.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def test_the_commands_of_the_page_run_as_written(tmp_path: Path, root: Path) -> None:
    """In the order in which they stand; two audits of one host differ in their times alone."""
    playbooks = Playbooks(tmp_path, {})
    (tmp_path / "inventory.yml").write_text(json.dumps({"all": {"hosts": {"box1": LOCAL}}}))
    commands = [line for block in blocks(root, "sh") for line in block.splitlines()]
    assert [line.split()[0] for line in commands] == ["ansible-playbook"] * 4 + ["diff"] + ["jq"] * 2
    environment = playbooks.environment() | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    printed = []
    for line in commands:
        if line.startswith("jq ") and shutil.which("jq") is None:
            continue
        done = subprocess.run(
            ["bash", "-c", line], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, line + done.stdout + done.stderr
        printed.append(done.stdout)
    assert "\nbox1: linux/" in printed[0]
    assert "\nGOPROXY on box1\n" in printed[1]
    assert printed[4] == ""
    kept = tmp_path / "home" / ".local" / "state" / "gopher.devbox" / "audits"
    assert [file.name for file in kept.iterdir()] == ["box1.json"]


@pytest.mark.parametrize("number", [0, 1])
def test_the_playbooks_of_the_page_run_as_written(tmp_path: Path, root: Path, number: int) -> None:
    playbooks = Playbooks(tmp_path, LOCAL)
    file = tmp_path / "page.yml"
    file.write_text(blocks(root, "yaml")[number], encoding="utf-8")
    done = playbooks.run(playbook=str(file))
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "audits" / "box.json").exists() == (number == 0)


def test_the_examples_of_the_module_run_as_written(tmp_path: Path) -> None:
    found, done = Playbooks(tmp_path, LOCAL).tasks(yaml.safe_load(go_audit_report.EXAMPLES))
    assert [result["failed"] for result in found] == [False] * 3, done.stdout
    assert found[1]["files"] == [str(tmp_path / "audits" / "box.json")]
    assert found[2]["files"] == []
    assert "GOPROXY on box" in done.stdout


def test_the_page_has_every_key_of_the_document(root: Path) -> None:
    """And every variable of the playbook."""
    text = (root / "docs/audit.md").read_text(encoding="utf-8")
    keys = json.loads((root / "docs/schema/audit-1.json").read_text(encoding="utf-8"))["properties"]
    documented = set(re.findall(r"`(\w+)`", "\n".join(re.findall(r"^\| (`.*?) \|", text, re.MULTILINE))))
    assert set(keys) <= documented
    playbook = (root / "playbooks/audit.yml").read_text(encoding="utf-8")
    tasks = "\n".join(line for line in playbook.splitlines() if not line.strip().startswith(("#", "- name:")))
    used = set(re.findall(r"(?<![\w.])(go_env_\w+|go_audit_\w+|audit_dir)", tasks))
    assert used - {"go_env_info", "go_audit_report"} <= documented


@pytest.mark.windows
def test_a_windows_host(host: WinHost, tmp_path: Path, root: Path) -> None:
    """An account without more rights than it needs: what is set where, and which of it counts. Nothing is written."""
    host.prefix.set_value(MACHINE, "GOPROXY", "https://machine.example", "REG_SZ")
    host.prefix.set_value(USER, "GOPROXY", f"https://build:{SECRET}@user.example", "REG_SZ")
    before = host.prefix.registry(MACHINE), host.prefix.registry(USER)
    audits = Audits(tmp_path, box=host.ansible_vars())
    done = audits.run("-vvv")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (host.prefix.registry(MACHINE), host.prefix.registry(USER)) == before
    text = text_of(done)
    assert "box: windows/amd64, user S-1-5-21-" in text
    assert "GOPROXY user https://********@user.example machine, hidden https://machine.example" in text
    document = audits.documents()["box.json"]
    schema(root).validate(document)
    assert document["variables"]["GOPROXY"]["shadows"][0]["layer"] == "machine"
    assert SECRET not in done.stdout + done.stderr + json.dumps(document)

    done = audits.run("-e", "go_audit_name=GOPROXY", directory="")
    text = text_of(done)
    assert "1 user, counts https://********@user.example" in text
    assert "2 machine, hidden https://machine.example" in text
    assert "What is there for the user is put over what is there for everybody." in text
