# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""go_env_info over POSIX hosts that are directories: the document, its media, and that nothing is changed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from unit.support import fill, make_sdk

from ansible_collections.gopher.devbox.plugins.module_utils._core.record import Ledger, Record
from ansible_collections.gopher.devbox.plugins.module_utils._editors.project import Project
from ansible_collections.gopher.devbox.plugins.module_utils._formats.launchers import render_envrc, render_sh
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.accounts import LocalAccounts
from ansible_collections.gopher.devbox.plugins.module_utils._media.audit_posix import AuditHost, PosixAudit
from ansible_collections.gopher.devbox.plugins.module_utils._run import env_info_offline
from ansible_collections.gopher.devbox.plugins.module_utils._run.env_info import ARGUMENT_SPEC, named, run

SCHEMA = json.loads((Path(__file__).parents[5] / "docs" / "schema" / "audit-1.json").read_text())
ME = LocalAccounts({}).own()
SECRET = "https://user:geheim123@proxy.example"


class Host:
    """A host below a directory. home: of the account that runs the tests, as the password database has it."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.home = ME.home.strip("/")
        (top / self.home).mkdir(parents=True)

    def fill(self, **files: bytes) -> None:
        fill(self.top, dict(files))

    def own(self, **files: bytes) -> None:
        fill(self.top, {f"{self.home}/{name}": data for name, data in files.items()})

    def result(self, now: float = 1_795_000_000.0, **options: Any) -> dict[str, Any]:
        params = {**{name: spec.get("default") for name, spec in ARGUMENT_SPEC.items()}, **options}
        host = AuditHost({"HOME": "/nowhere"}, False, str(self.top))
        return run(PosixAudit, params, host, now=lambda: now)

    def audit(self, **options: Any) -> dict[str, Any]:
        result = self.result(**options)
        assert "audit" in result, result
        jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(json.dumps(result["audit"])))
        return dict(result["audit"])

    def tree(self) -> dict[str, tuple[bytes | None, float, int]]:
        return {
            str(path): (path.read_bytes() if path.is_file() else None, path.lstat().st_mtime, path.lstat().st_mode)
            for path in sorted(self.top.rglob("*"))
            if not path.is_symlink()
        }


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


def layers(document: dict[str, Any], name: str) -> list[tuple[str, str]]:
    found = document["variables"][name]
    return [(held["layer"], held["value"]) for held in (found, *found["shadows"])]


def media(document: dict[str, Any], *states: str) -> dict[str, str]:
    return {found["place"]: found["state"] for found in document["media"] if not states or found["state"] in states}


def shell_lines() -> str:
    return ".profile" if not ME.shell.endswith("zsh") else ".zprofile"


# --- the document ----------------------------------------------------------------------------------------------------


def test_every_layer_of_a_variable(host: Host, tmp_path_factory: pytest.TempPathFactory) -> None:
    sdk = tmp_path_factory.mktemp("sdk") / "go"  # seen at the same place from the host and from here
    make_sdk(sdk, "go1.27.3")
    (host.top / str(sdk.parent).strip("/")).parent.mkdir(parents=True)
    (host.top / str(sdk.parent).strip("/")).symlink_to(sdk.parent)
    fill(sdk, {"go.env": b"GOPROXY=https://proxy.golang.org,direct\nGOSUMDB=sum.golang.org\n"})
    fill(
        host.top,
        {
            "etc/environment": f"GOPROXY=pam\nPATH={sdk}/bin:/usr/bin\n".encode(),
            "etc/profile": b"export GOPROXY=profile\n",
        },
    )
    host.own(
        **{shell_lines(): b"\nexport GOPROXY=own GOFLAGS=-x\n", ".config/go/env": b"# x\nGOPROXY=file\nGOFLAGS=-y\n"}
    )
    document = host.audit()
    assert layers(document, "GOPROXY") == [
        ("user", "own"),
        ("machine", "profile"),
        ("machine", "pam"),
        ("go env file", "file"),
        ("go.env", "https://proxy.golang.org,direct"),
    ]
    assert layers(document, "GOSUMDB") == [("go.env", "sum.golang.org")]
    file = document["variables"]["GOPROXY"]["file"]
    assert (file["path"], file["line"], file["owner"]) == (f"/{host.home}/{shell_lines()}", 2, ME.name)
    shadows = document["variables"]["GOPROXY"]["shadows"]
    assert [held["file"]["line"] for held in shadows] == [1, 1, 2, None]
    assert document["variables"]["GOFLAGS"]["managed"] is False
    assert document["go"]["version"] == "go1.27.3"
    assert document["path"][0] | {"entry": f"{sdk}/bin", "layer": "machine", "sdk": "go1.27.3"} == document["path"][0]
    assert document["user"] == ME.name


def test_what_the_record_has_is_managed(host: Host) -> None:
    ledger = Ledger(Record({"GOPROXY": "file", "GOFLAGS": "-other"}))
    host.own(
        **{
            ".config/go/env": b"GOPROXY=file\nGOFLAGS=-y\n",
            ".local/state/gopher.devbox/goenv.json": ledger.dumps().encode(),
        }
    )
    document = host.audit()
    assert {name: document["variables"][name]["managed"] for name in ("GOPROXY", "GOFLAGS")} == {
        "GOPROXY": True,
        "GOFLAGS": False,
    }


def test_two_runs_give_the_same_document(host: Host) -> None:
    host.own(**{shell_lines(): b"export GOPROXY=a\n"})
    first, second = host.result()["audit"], host.result(now=1_795_000_100.0)["audit"]
    assert first.pop("taken") != second.pop("taken")
    assert json.dumps(first) == json.dumps(second)


def test_the_inventory_has_the_name(host: Host) -> None:
    assert named(host.result(), "lin01")["audit"]["host"] == "lin01"
    assert named({"failed": True}, "lin01") == {"failed": True}


# --- what is odd -----------------------------------------------------------------------------------------------------


def test_nothing_is_changed(host: Host) -> None:
    host.own(**{shell_lines(): b"export GOPROXY=a\n", ".config/go/env": b"GOFLAGS=-x\n"})
    before = host.tree()
    host.audit(project=ME.home)
    assert host.tree() == before


def test_an_empty_host(host: Host) -> None:
    document = host.audit()
    assert (document["go"], document["sdks"], document["unread"]) == (None, [], [])
    assert media(document)[f"/{host.home}/.config/go/env"] == "absent"
    assert layers(document, "GOPATH") == [("built in", f"{ME.home}/go")]
    assert document["variables"]["GOPATH"]["mode"] == "user"


def test_a_home_that_is_not_there(host: Host) -> None:
    (host.top / host.home).rmdir()
    assert host.audit()["unread"] == []


def test_an_account_that_is_not_there(host: Host) -> None:
    result = host.result(user="nobody-of-this-name")
    assert result["failed"] is True
    assert "has no account" in result["msg"]


@pytest.mark.parametrize("project", ["relative", "~nobody/x", "/no\0where", "/nowhere"])
def test_a_project_that_is_of_no_use(host: Host, project: str) -> None:
    result = host.result(project=project)
    assert result["failed"] is True
    assert "Traceback" not in result["msg"]


def test_damaged_files(host: Host) -> None:
    (host.top / host.home / shell_lines()).mkdir()
    fill(
        host.top,
        {"etc/environment": b"\xff\xfe\0G", "etc/gopher-devbox/env.sh": b"nonsense", "etc/profile": b"\x7fELF\0\0"},
    )
    host.own(**{
        ".config/go/env": b"\xef\xbb\xbfGOPROXY=lost\nGOFLAGS=-x\r\nGOBIN=/\xff\n",
        ".local/state/gopher.devbox/goenv.json": b"{",
        ".local/state/gopher.devbox/shells.json": b"\xff",
    })  # fmt: skip
    document = host.audit()
    assert media(document, "damaged") == {
        f"/{host.home}/{shell_lines()}": "damaged",
        f"/{host.home}/.local/state/gopher.devbox/goenv.json": "damaged",
        f"/{host.home}/.local/state/gopher.devbox/shells.json": "damaged",
    }
    assert len(document["unread"]) == 3
    assert "GOPROXY" not in document["variables"]  # go passes over a line behind a byte order mark
    assert layers(document, "GOFLAGS") == [("go env file", "-x\r")]
    assert {found["id"] for found in document["findings"]} >= {"go_env_repaired", "start_file_not_understood"}
    assert not any("This run" in found["advice"] for found in document["findings"])


def test_what_may_not_be_read_is_denied_and_not_absent(host: Host) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read everything; the integration tests have other accounts")
    host.own(**{shell_lines(): b"export GOPROXY=a\n", ".config/go/env": b"GOFLAGS=-x\n"})
    for name in (shell_lines(), ".config/go"):
        (host.top / host.home / name).chmod(0)
    document = host.audit()
    assert set(media(document, "denied")) == {f"/{host.home}/{shell_lines()}", f"/{host.home}/.config/go/env"}


def test_goenv_off(host: Host) -> None:
    host.own(**{shell_lines(): b"export GOENV=off\n", ".config/go/env": b"GOFLAGS=-x\n"})
    document = host.audit()
    assert "GOFLAGS" not in document["variables"]
    assert [found["reason"] for found in document["media"] if found["medium"] == "go env file"] == [
        "GOENV is off, or names no full path."
    ]


def test_a_value_that_is_not_known_is_not_guessed(host: Host) -> None:
    host.own(**{shell_lines(): b"export GOPROXY=$(cat ~/proxy)\n", ".config/go/env": b"GOPROXY=file\n"})
    found = host.audit()["variables"]["GOPROXY"]
    assert (found["known"], found["value"], found["raw"], found["layer"]) == (False, "", "$(cat ~/proxy)", "user")
    assert found["shadows"][0]["value"] == "file"


def test_a_path_of_a_thousand_entries(host: Host) -> None:
    entries = ":".join(f"/srv/tools/{number}" for number in range(1000))
    host.own(**{shell_lines(): f"export PATH={entries}:$PATH\n".encode()})
    document = host.audit()
    assert len(document["path"]) > 1000
    assert {entry["layer"] for entry in document["path"][:1000]} == {"user"}


# --- secrets ---------------------------------------------------------------------------------------------------------


def test_secrets_are_shown_nowhere(host: Host) -> None:
    value = f"GOPROXY={SECRET}\n".encode()
    fill(host.top, {"etc/environment": value, "etc/profile": b"export " + value})
    fill(
        host.top,
        {
            "srv/shop/.envrc": b"export " + value,
            "srv/shop/.vscode/settings.json": json.dumps({"go.toolsEnvVars": {"GOPROXY": SECRET}}).encode(),
        },
    )
    host.own(
        **{
            shell_lines(): b"if unknown; then export "
            + value.strip()
            + b'; fi\nexport GOPROXY="'
            + SECRET.encode()
            + b'"\n',
            ".config/go/env": value,
        }
    )
    document = host.audit(project="/srv/shop")
    text = json.dumps(document)
    assert "geheim123" not in text
    assert document["variables"]["GOPROXY"]["secret"] is True
    assert len(document["variables"]["GOPROXY"]["shadows"]) >= 5


# --- projects --------------------------------------------------------------------------------------------------------


def test_the_layer_of_a_project(host: Host) -> None:
    make_sdk(host.top / "opt/go", "go1.27.3")
    project = Project("posix", "/srv/shop", "/opt/go", (), ("go",), None, {"GOPROXY": "launcher"}, ())
    settings = {"go.toolsEnvVars": {"GOPROXY": "tools"}, "go.alternateTools": {"go": "/x/go"}}
    fill(host.top, {
        "srv/shop/go.mod": b"module x\n\ngo 1.27.3\n",
        "srv/shop/go-env.sh": render_sh(project),
        "srv/shop/.envrc": render_envrc(project),
        "srv/shop/.vscode/settings.json": json.dumps(settings).encode(),
        "srv/shop/.idea/workspace.xml": b"<project",
    })  # fmt: skip
    host.own(**{shell_lines(): b"export GOPROXY=own\n"})
    document = host.audit(project="/srv/shop")
    assert layers(document, "GOPROXY") == [
        ("project", "launcher"),
        ("project", "launcher"),
        ("project", "tools"),
        ("user", "own"),
    ]
    assert [entry["entry"] for entry in document["path"]][:2] == ["/opt/go/bin", "/srv/shop/go/bin"]
    assert document["project"] == {
        "root": "/srv/shop",
        "modules": document["project"]["modules"],
        "launchers": {
            "GOROOT": "/opt/go",
            "GOPATH": "/srv/shop/go",
            "GOPROXY": "launcher",
            "PATH": "/opt/go/bin:/srv/shop/go/bin",
        },
        "alternate_go": "/x/go",
    }
    assert media(document, "damaged") == {"/srv/shop/.idea/workspace.xml": "damaged"}


def test_an_envrc_that_somebody_wrote(host: Host) -> None:
    text = b"PATH_add tools\nexport GOFLAGS=-mod=mod GOBIN=$PWD/bin\nexport GOPROXY=$(cat x)\n"
    fill(host.top, {"srv/shop/.envrc": text})
    host.own(**{shell_lines(): b"export GOPROXY=own GOFLAGS=own\n"})
    document = host.audit(project="/srv/shop")
    assert layers(document, "GOFLAGS") == [("project", "-mod=mod"), ("user", "own")]
    assert layers(document, "GOBIN") == [("project", "/srv/shop/bin")]
    assert document["variables"]["GOPROXY"]["known"] is False
    assert document["path"][0]["entry"] == "/srv/shop/tools"
    assert document["path"][0]["managed"] is False


def test_the_distros_of_a_windows_that_is_not_running_are_not_looked_at() -> None:
    given = {name: spec.get("default") for name, spec in ARGUMENT_SPEC.items()}
    result = env_info_offline.run({**given, "image": ["/image"], "distros": "all"})
    assert result["failed"]
    assert "distros is given with image" in result["msg"]
