# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret in anything that real ansible-playbook prints, with all its words (-vvvv), with and without check mode, when it fails too."""

from __future__ import annotations

import json
import sys
import urllib.parse
from pathlib import Path
from typing import Any

import pytest
from conftest import ADMIN, NEW_ROOT
from support import MACHINE, Playbooks, user_key
from winhost import WinHost

#: passwords as they are written, each with a slash, a blank, %-encoded characters, quotes, or nothing of the kind
PASSWORDS = {"slash": "Zq1/sl4sh", "blank": "Zq2 bl4nk", "coded": "Zq3%40c0d3d%21x", "quotes": "Zq4'q\"t\\s", "plain": "Zq5plainW0rd"}
OLD = {name: text.replace("Zq", "Yq") for name, text in PASSWORDS.items()}
TOKEN = "Zq6t0kenAl0ne"


def proxy(password: str) -> str:
    return f"https://dev:{password}@proxy.example.com/go,https://{TOKEN}@other.example.com|direct"


def forms(secret: str) -> set[str]:
    decoded = urllib.parse.unquote(secret)
    out = {secret, decoded}
    for text in (secret, decoded):
        out |= {urllib.parse.quote(text, safe=safe) for safe in ("", "/", "/'")}
        out |= {repr(text)[1:-1], json.dumps(text)[1:-1], json.dumps(json.dumps(text)[1:-1])[1:-1], text.replace("'", "'\\''"), text.replace("%", "%%")}
    return out


#: a form of any of them, or a piece of one that is a word of its own
NEVER = {form for text in (*PASSWORDS.values(), *OLD.values(), TOKEN) for form in forms(text)} | {"sl4sh", "bl4nk", "c0d3d", "t0kenAl0ne", "plainW0rd"}


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
    values = {f"old_{name}": proxy(text) for name, text in OLD.items()} | {f"new_{name}": proxy(text) for name, text in PASSWORDS.items()}
    values |= {f"url_{name}": f"https://dev:{text}@127.0.0.1:1/go1.27.3.tar.gz" for name, text in PASSWORDS.items()}
    made = Playbooks(tmp_path, {"ansible_connection": "local", "ansible_python_interpreter": sys.executable, **values})
    (tmp_path / "home").mkdir()
    (tmp_path / "project").mkdir()
    return made


@pytest.mark.parametrize("name", PASSWORDS)
def test_posix(local: Playbooks, name: str) -> None:
    old, new = {"GOPROXY": f"{{{{ old_{name} }}}}"}, {"GOPROXY": f"{{{{ new_{name} }}}}"}
    bad = {**new, "GOPATH ": f"{{{{ new_{name} }}}}", "GOFLAGS": f"{{{{ new_{name} }}}}"}
    shells = {"scope": "user", "shells": ["sh", "fish", "systemd"]}
    place = {"project": str(local.directory / "project"), "launchers": ["sh", "cmd", "ps1", "envrc"], "editors": ["vscode"]}
    sdk = {"dest": str(local.directory / "sdk" / "go"), "url": f"{{{{ url_{name} }}}}", "version": "1.27.3", "checksum": "none", "scope": "user"}
    for module, more in (("go_rcfile", shells), ("go_config", {}), ("go_project", place)):
        steps = [{**more, "variables": values} for values in (old, new, bad)] + [{**more, "state": state} for state in ("restored", "absent")]
        steps += [
            {**more, "variables": new, "state": f"{{{{ new_{name} }}}}"},
            {**more, "variables": new, "journal": f"{{{{ new_{name} }}}}", "state": "restored"},
        ]
        climb(local, tasks_of(module, *steps[:1]), "--check")
        found = climb(local, tasks_of(module, *steps))
        if name != "quotes" and not found[1]["failed"]:
            assert "******** (changed)" in json.dumps(found[1]["diff"])
    found = climb(local, tasks_of("go_sdk", sdk, {**sdk, "state": "no state"}, {**sdk, "checksum": f"{{{{ new_{name} }}}}"}))
    assert all(result["failed"] for result in found)
    climb(local, tasks_of("go_sdk_info", {"project": f"{{{{ new_{name} }}}}"}, {"project": str(local.directory / "project")}))


@pytest.mark.windows
def test_windows(host: WinHost, tmp_path: Path) -> None:
    """Also what is in the registry already, of others, and what the environment of the session holds."""
    host.prefix.set_value(MACHINE, "ZZ_DEPLOY_TOKEN", "Zq5plainW0rd")
    host.prefix.set_value(user_key(ADMIN.sid), "HTTPS_PROXY", f"http://dev:{PASSWORDS['slash']}@proxy.example.com")
    values = {f"old_{name}": proxy(text) for name, text in OLD.items()} | {f"new_{name}": proxy(text) for name, text in PASSWORDS.items()}
    playbooks = Playbooks(tmp_path, host.ansible_vars() | values)
    try:
        for scope in ("machine", "user"):
            options = [
                {"scope": scope, "goroot": NEW_ROOT, "variables": {"GOPROXY": f"{{{{ {when}_{name} }}}}"}}
                for name in ("blank", "plain")
                for when in ("old", "new")
            ]
            options += [{"scope": scope, "variables": {"GOPROXY": "{{ new_coded }}", "GO111MODULE": "maybe"}, "validate": "warn"}]
            options += [{"scope": scope, "state": "{{ new_slash }}"}, {"scope": scope, "state": "restored"}, {"scope": scope, "state": "absent"}]
            found = climb(playbooks, tasks_of("go_registry", *options))
            assert "******** (changed)" in json.dumps(found[3]["changes"])
        climb(
            playbooks, tasks_of("go_config", {"variables": {"GOPROXY": "{{ old_plain }}"}}, {"variables": {"GOPROXY": "{{ new_plain }}"}}, {"state": "absent"})
        )
        climb(
            playbooks, tasks_of("go_sdk", {"dest": r"C:\sdk\go", "url": "{{ new_slash }}", "version": "1.27.3", "checksum": "none", "state": "{{ new_blank }}"})
        )
    finally:
        host.prefix.delete_value(MACHINE, "ZZ_DEPLOY_TOKEN")
