# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ladder of go_env_info on a Linux host: bad arguments, check mode, no rights, other users, damage, secrets; and
that nothing is changed and no program is started.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from linuxhost import LinuxHost
from support import Playbooks

MODULE = "gopher.devbox.go_env_info"
GO = "/opt/go1.27.3"
SECRET = "geheim123"
VALUE = f"https://user:{SECRET}@proxy.example"
SURVEY = r"""
import hashlib, json, os, stat, sys
found = {}
for top in sys.argv[1:]:
    for folder, folders, files in os.walk(top):
        if "/.ansible" in folder:
            continue
        for name in [".", *files]:
            place = os.path.join(folder, name)
            known = os.lstat(place)
            held = hashlib.sha256(open(place, "rb").read()).hexdigest() if stat.S_ISREG(known.st_mode) else ""
            if not (name == "." and ".ansible" in folders):  # where Ansible works
                found[place] = [known.st_mode, known.st_uid, known.st_gid, held, known.st_mtime_ns, known.st_ctime_ns]
json.dump(found, sys.stdout)
"""


def survey(host: LinuxHost, *places: str) -> dict[str, Any]:
    done = host.run(["python3", "-c", SURVEY, *places])
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.fixture(scope="module")
def schema(root: Path) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads((root / "docs" / "schema" / "audit-1.json").read_text()))


def asked(
    playbooks: Playbooks, *tasks: dict[str, Any], words: tuple[str, ...] = ()
) -> tuple[list[dict[str, Any]], str]:
    results, done = playbooks.tasks([*tasks], *words)
    assert not any(result.get("changed") for result in results if not result.get("failed"))
    return results, done.stdout + done.stderr


def info(**options: Any) -> dict[str, Any]:
    return {MODULE: options}


def states(document: dict[str, Any]) -> dict[str, str]:
    return {found["place"]: found["state"] for found in document["media"]}


def test_the_ladder(linux: LinuxHost, tmp_path: Path, schema: jsonschema.Draft202012Validator) -> None:
    home = linux.home("dev-bash")
    linux.write(f"{home}/.bashrc", f"export GOPROXY={VALUE}\nexport PATH={GO}/bin:$PATH\n".encode(), owner="dev-bash")
    linux.write(f"{home}/.config/go/env", b"GOPROXY=https://file.example\nGOFLAGS=-x\n", owner="dev-bash")
    linux.write("/etc/profile.d/go.sh", f"export GOPROXY={VALUE}/machine\n".encode())
    linux.write("/etc/environment", f'GOPROXY="{VALUE}/pam"\n'.encode())
    linux.run(["chown", "-R", "dev-bash:", f"{home}/.config"])
    playbooks = Playbooks(tmp_path, linux.ansible_vars("dev-bash"))
    asked(playbooks, info())  # what Ansible makes on the host is there
    before = survey(linux, "/etc", home, "/usr/local", "/var/lib", "/root", GO)
    results, said = asked(
        playbooks,
        info(nonsense=1),
        info(acl="perhaps"),
        info(user="nobody-of-this-name"),
        info(project="relative"),
        info(project="/nowhere"),
        info(),
        {**info(), "check_mode": True, "diff": True},
        info(project=home),
        info(user="dev-bash", acl=True),
        words=("-vvv",),
    )
    assert survey(linux, "/etc", home, "/usr/local", "/var/lib", "/root", GO) == before
    for result in results[:5]:
        assert result["failed"] is True
        assert "Traceback" not in json.dumps(result)
    documents = [result["audit"] for result in results[5:]]
    for document in documents:
        schema.validate(document)
        document.pop("taken")
    assert documents[0] == documents[1] == documents[3]
    assert SECRET not in said + json.dumps(results)
    found = documents[0]
    assert found["host"] == "box"
    proxy = found["variables"]["GOPROXY"]
    assert [(held["layer"], held["file"] and held["file"]["path"]) for held in (proxy, *proxy["shadows"])] == [
        ("user", f"{home}/.bashrc"),
        ("machine", "/etc/profile.d/go.sh"),
        ("machine", "/etc/environment"),
        ("go env file", f"{home}/.config/go/env"),
        ("go.env", f"{GO}/go.env"),
    ]
    assert (proxy["secret"], proxy["exposed"], proxy["managed"]) == (True, True, False)
    assert found["go"]["file"] == f"{GO}/bin/go"


def test_an_account_without_rights(linux: LinuxHost, tmp_path: Path, schema: jsonschema.Draft202012Validator) -> None:
    """root's own, asked for by somebody who may not see it; and what is closed in one's own home."""
    home = linux.home("dev-bash")
    linux.write("/root/.profile", b"export GOPROXY=root\n", mode=0o600)
    linux.write("/etc/profile.d/closed.sh", b"export GOPROXY=closed\n", mode=0o600)
    linux.write(f"{home}/.config/go/env", b"GOFLAGS=-x\n", owner="root", mode=0o600)
    linux.run(["sh", "-c", "chmod 0700 /root; mkdir -p /var/lib/gopher.devbox; chmod 0700 /var/lib/gopher.devbox"])
    playbooks = Playbooks(tmp_path, linux.ansible_vars("dev-bash"))
    (own, others), _said = asked(playbooks, info(), info(user="root"))
    for result in (own, others):
        schema.validate(result["audit"])
    assert states(own["audit"])[f"{home}/.config/go/env"] == "denied"
    assert "GOFLAGS" not in own["audit"]["variables"]
    assert own["audit"]["user"] == "dev-bash"
    unread = {found["place"]: found["state"] for found in others["audit"]["unread"]}
    assert unread["/root/.profile"] == unread["/root/.config/go/env"] == "denied"
    assert others["audit"]["user"] == "root"


def test_root_for_another_user(linux: LinuxHost, tmp_path: Path) -> None:
    linux.write("/home/dev-zsh/.zshenv", b"export GOPROXY=zsh\n", owner="dev-zsh")
    linux.write("/home/dev-fish/.config/fish/config.fish", b"set -gx GOPROXY fish\n", owner="dev-fish")
    linux.write("/home/dev-bash/.bashrc", b"export GOPROXY=bash\n", owner="dev-bash")
    linux.run(["sh", "-c", "rm -rf /home/dev-sh"])
    playbooks = Playbooks(tmp_path, linux.ansible_vars("root"))
    results, said = asked(playbooks, *(info(user=f"dev-{shell}") for shell in ("zsh", "fish", "bash", "sh")))
    assert not any(result.get("failed") for result in results), said
    proxies = [result["audit"]["variables"]["GOPROXY"]["value"] for result in results[:3]]
    assert proxies == ["zsh", "fish", "bash"]
    assert results[3]["audit"]["user"] == "dev-sh"
    playbooks = Playbooks(tmp_path, linux.ansible_vars("dev-bash"))
    (own,), done = playbooks.tasks([info()], play={"become": True})
    assert own["audit"]["user"] == "dev-bash", done.stdout + done.stderr
    assert own["audit"]["variables"]["GOPROXY"]["value"] == "bash"
    assert states(results[3]["audit"])["/home/dev-sh/.profile"] == "absent"


def test_no_program_is_started(linux: LinuxHost, tmp_path: Path) -> None:
    """Those that start files name leave a trace, and leave none."""
    home = linux.home("dev-bash")
    linux.write("/usr/local/bin/go", f"#!/bin/sh\ntouch {home}/started\n".encode(), mode=0o755)
    lines = b'export GOROOT=$(go env GOROOT)\neval "$(go env)"\nexport GOFLAGS=`go env GOFLAGS`\n'
    linux.write(f"{home}/.profile", lines, owner="dev-bash")  # which no ssh with a command reads
    (result,), _said = asked(Playbooks(tmp_path, linux.ansible_vars("dev-bash")), info())
    assert not linux.exists(f"{home}/started")
    assert result["audit"]["variables"]["GOROOT"]["known"] is False
    assert {found["id"] for found in result["audit"]["findings"]} >= {"start_file_not_understood"}


def test_who_can_write_to_directories_on_path(linux: LinuxHost, tmp_path: Path) -> None:
    linux.run(["sh", "-c", "mkdir -p /srv/open /srv/safe /srv/alice; chmod 0777 /srv/open; chown dev-sh /srv/alice"])
    linux.write("/etc/environment", b"PATH=/srv/open:/srv/safe:/srv/alice:/usr/bin:/bin\n")
    (result,), _said = asked(Playbooks(tmp_path, linux.ansible_vars("dev-zsh")), info())
    found = {entry["entry"]: entry["writable"] for entry in result["audit"]["path"]}
    assert (found["/srv/open"], found["/srv/safe"], found["/srv/alice"], found["/usr/bin"]) == (
        "yes",
        "no",
        "yes",
        "no",
    )
    assert "path_writable_by_users" in {finding["id"] for finding in result["audit"]["findings"]}
