# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret in anything that real ansible-playbook prints, with all its words (-vvvv), with and without check mode,
when it fails too.
"""

from __future__ import annotations

import json
import sys
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ADMIN, NEW_ROOT
from support import MACHINE, Playbooks, user_key
from winhost import WinHost

#: passwords as they are written, each with a slash, a blank, %-encoded characters, quotes, or nothing of the kind
PASSWORDS = {
    "slash": "Zq1/sl4sh",
    "blank": "Zq2 bl4nk",
    "coded": "Zq3%40c0d3d%21x",
    "quotes": "Zq4'q\"t\\s",
    "plain": "Zq5plainW0rd",
}
OLD = {name: text.replace("Zq", "Yq") for name, text in PASSWORDS.items()}
TOKEN = "Zq6t0kenAl0ne"


def proxy(password: str) -> str:
    return f"https://dev:{password}@proxy.example.com/go,https://{TOKEN}@other.example.com|direct"


def forms(secret: str) -> set[str]:
    decoded = urllib.parse.unquote(secret)
    out = {secret, decoded}
    for text in (secret, decoded):
        out |= {urllib.parse.quote(text, safe=safe) for safe in ("", "/", "/'")}
        out |= {
            repr(text)[1:-1],
            json.dumps(text)[1:-1],
            json.dumps(json.dumps(text)[1:-1])[1:-1],
            text.replace("'", "'\\''"),
            text.replace("%", "%%"),
        }
    return out


#: a form of any of them, or a piece of one that is a word of its own
NEVER = {form for text in (*PASSWORDS.values(), *OLD.values(), TOKEN) for form in forms(text)} | {
    "sl4sh",
    "bl4nk",
    "c0d3d",
    "t0kenAl0ne",
    "plainW0rd",
}


def silent(printed: str) -> None:
    assert not [form for form in NEVER if form in printed], printed


def climb(playbooks: Playbooks, tasks: list[dict[str, Any]], *arguments: str) -> list[dict[str, Any]]:
    results, done = playbooks.tasks(tasks, "-vvvv", "--diff", *arguments)
    silent(done.stdout + done.stderr + (playbooks.directory / "record.json").read_text(encoding="utf-8"))
    return results


def tasks_of(module: str, *options: dict[str, Any]) -> list[dict[str, Any]]:
    return [{f"gopher.devbox.{module}": given} for given in options]


@pytest.fixture
def local(tmp_path: Path) -> Playbooks:
    values = {f"old_{name}": proxy(text) for name, text in OLD.items()} | {
        f"new_{name}": proxy(text) for name, text in PASSWORDS.items()
    }
    values |= {f"url_{name}": f"https://dev:{text}@127.0.0.1:1/go1.27.3.tar.gz" for name, text in PASSWORDS.items()}
    made = Playbooks(tmp_path, {"ansible_connection": "local", "ansible_python_interpreter": sys.executable, **values})
    (tmp_path / "home").mkdir()
    (tmp_path / "project").mkdir()
    return made


def changed(result: dict[str, Any]) -> bool:
    return "******** (changed)" in json.dumps(result.get("diff", []))


def steps_of(local: Playbooks, name: str) -> list[dict[str, Any]]:
    """For each module of variables: from an old password to a new one, and what fails."""
    old, new = {"GOPROXY": f"{{{{ old_{name} }}}}"}, {"GOPROXY": f"{{{{ new_{name} }}}}"}
    bad = {**new, "GOPATH ": f"{{{{ new_{name} }}}}", "GOFLAGS": f"{{{{ new_{name} }}}}"}
    shells = {"scope": "user", "shells": ["sh", "fish", "systemd"]}
    place = {
        "project": str(local.directory / "project"),
        "launchers": ["sh", "cmd", "ps1", "envrc"],
        "editors": ["vscode"],
    }
    tasks = []
    for module, more in (("go_rcfile", shells), ("go_config", {}), ("go_project", place)):
        tasks += tasks_of(module, *({**more, "variables": values} for values in (old, new, bad)))
    return tasks


def sdk_of(local: Playbooks, name: str) -> list[dict[str, Any]]:
    given = {
        "dest": str(local.directory / "sdk" / "go"),
        "url": f"{{{{ url_{name} }}}}",
        "version": "1.27.3",
        "checksum": "none",
        "scope": "user",
    }
    return tasks_of("go_sdk", given, {**given, "state": f"{{{{ url_{name} }}}}"})


def test_posix(local: Playbooks) -> None:
    found = climb(local, [*steps_of(local, "coded"), *sdk_of(local, "slash")])
    assert [changed(found[number]) for number in (1, 4, 7)] == [not found[number]["failed"] for number in (1, 4, 7)]
    assert changed(found[1])
    assert all(result["failed"] for result in found[-2:])


def test_the_role_for_projects(local: Playbooks) -> None:
    """What a loop is over is printed, and is in what is registered."""
    projects = [{"project": str(local.directory / "project"), "variables": {"GOPROXY": "{{ new_plain }}"}}]
    given = {"go_env_mode": "project", "go_env_projects": projects}
    file = local.directory / "role.json"
    tasks = [
        {"ansible.builtin.include_role": {"name": "gopher.devbox.go_env"}},
        {"ansible.builtin.debug": {"var": "go_env_projects_result"}},
    ]
    file.write_text(
        json.dumps([{"name": "test", "hosts": "all", "gather_facts": False, "vars": given, "tasks": tasks}]),
        encoding="utf-8",
    )
    done = local.run("-v", playbook=str(file))
    assert done.returncode == 0, done.stdout + done.stderr
    silent(done.stdout + done.stderr)
    assert PASSWORDS["plain"] in (local.directory / "project" / "go-env.sh").read_text(encoding="utf-8")


@pytest.mark.thorough
@pytest.mark.parametrize("name", PASSWORDS)
def test_posix_with_every_password(local: Playbooks, name: str) -> None:
    climb(local, steps_of(local, name)[:2], "--check")
    climb(local, steps_of(local, name))
    new = {"variables": {"GOPROXY": f"{{{{ new_{name} }}}}"}}
    tasks = []
    for module, more in (
        ("go_rcfile", {"scope": "user"}),
        ("go_config", {}),
        ("go_project", {"project": str(local.directory / "project")}),
    ):
        wrong = [
            {**new, "state": f"{{{{ new_{name} }}}}"},
            {"journal": f"{{{{ new_{name} }}}}", "state": "restored"},
            {f"{{{{ new_{name} }}}}": "x"},
        ]
        tasks += tasks_of(
            module, *({**more, **given} for given in (*wrong, {"state": "restored"}, {"state": "absent"}))
        )
    climb(local, tasks)
    info = [
        {"project": f"{{{{ new_{name} }}}}"},
        {"project": str(local.directory / "project")},
        {"search": [f"{{{{ new_{name} }}}}"]},
    ]
    climb(local, [*sdk_of(local, name), *tasks_of("go_sdk_info", *info)])


@pytest.fixture
def windows(host: WinHost, tmp_path: Path) -> Iterator[Playbooks]:
    """A host whose registry holds secrets of others, which a session has in its environment."""
    host.prefix.set_value(MACHINE, "ZZ_DEPLOY_TOKEN", PASSWORDS["plain"])
    host.prefix.set_value(user_key(ADMIN.sid), "HTTPS_PROXY", f"http://dev:{PASSWORDS['slash']}@proxy.example.com")
    values = {f"old_{name}": proxy(text) for name, text in OLD.items()} | {
        f"new_{name}": proxy(text) for name, text in PASSWORDS.items()
    }
    yield Playbooks(tmp_path, host.ansible_vars() | values)
    host.prefix.delete_value(MACHINE, "ZZ_DEPLOY_TOKEN")


def registry(scope: str, name: str) -> list[dict[str, Any]]:
    """What go refuses is among them: then nothing of the environment that verify listed is in the message."""
    values = [{"GOPROXY": f"{{{{ {when}_{name} }}}}"} for when in ("old", "new")]
    values += [{"GOPROXY": f"{{{{ new_{name} }}}}", "GO111MODULE": "maybe"}]
    return tasks_of("go_registry", *({"scope": scope, "goroot": NEW_ROOT, "variables": given} for given in values))


@pytest.mark.windows
def test_windows(windows: Playbooks) -> None:
    found = climb(windows, registry("machine", "plain"))
    assert changed(found[1])
    assert "secret_readable" in [finding["id"] for finding in found[1]["findings"]]


@pytest.mark.windows
@pytest.mark.thorough
@pytest.mark.parametrize("name", PASSWORDS)
def test_windows_with_every_password(windows: Playbooks, name: str) -> None:
    wrong = [
        {"state": f"{{{{ new_{name} }}}}"},
        {"goroot": f"{{{{ new_{name} }}}}"},
        {"state": "restored"},
        {"state": "absent"},
    ]
    climb(
        windows, [*registry("user", name), *tasks_of("go_registry", *({"scope": "user", **given} for given in wrong))]
    )
    values = [{"variables": {"GOPROXY": f"{{{{ {when}_{name} }}}}"}} for when in ("old", "new")]
    projects = [{"project": r"C:\Windows", **given} for given in values]
    sdk = {"dest": r"C:\sdk\go", "url": f"{{{{ new_{name} }}}}", "version": "1.27.3", "checksum": "none"}
    climb(
        windows,
        [
            *tasks_of("go_config", *values, {"state": "absent"}),
            *tasks_of("go_project", *projects),
            *tasks_of("go_sdk", sdk),
        ],
        "--check",
    )
