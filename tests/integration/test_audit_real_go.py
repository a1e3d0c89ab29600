# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an audit says of checks that are switched off, against real go: it downloads from a directory as its proxy, and
a checksum database that does not answer shows whether it is asked.
"""

from __future__ import annotations

import json
import platform
import random
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from unit.audits import held, linux
from winhost.sdk import LINUX, sdk_dir

from ansible_collections.gopher.devbox.plugins.module_utils._go.audit import Audit, SeenVariable
from ansible_collections.gopher.devbox.plugins.module_utils._go.audit_checks import check
from ansible_collections.gopher.devbox.plugins.module_utils._go.audit_download_checks import PUBLIC

OLD, NEW = "1.21.13", "1.27.3"
#: a database that refuses to answer
NOBODY = "sum.golang.org http://127.0.0.1:1"
TOOLCHAIN = "v0.0.1-go1.99.9.linux-amd64"

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux") or platform.machine() != "x86_64",
    reason="the SDKs of the tests are for linux/amd64",
)

Go = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory that go takes for a proxy, with a version of each module."""
    top = tmp_path_factory.mktemp("proxy")
    for path, version in (*((path, "v1.0.0") for path in PUBLIC), ("golang.org/toolchain", TOOLCHAIN)):
        place = top / path / "@v"
        place.mkdir(parents=True)
        text = f"module {path}\n"
        (place / f"{version}.info").write_text(json.dumps({"Version": version}), encoding="utf-8")
        (place / f"{version}.mod").write_text(text, encoding="utf-8")
        with zipfile.ZipFile(place / f"{version}.zip", "w") as archive:
            archive.writestr(f"{path}@{version}/go.mod", text)
    return top


@pytest.fixture
def go(proxy: Path, tmp_path: Path) -> Go:
    """Runs go with settings of its own and nothing in its cache."""
    number = 0

    def run(version: str, *words: str, **settings: str) -> subprocess.CompletedProcess[bytes]:
        nonlocal number
        number += 1
        home = tmp_path / str(number)
        work = home / "work"
        work.mkdir(parents=True)
        (work / "go.mod").write_text("module example.com/x\n\ngo 1.21\n", encoding="utf-8")
        own = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(home),
            "GOENV": "off",
            "GOTOOLCHAIN": "local",
            "GOPROXY": f"file://{proxy},off",
            "GONOPROXY": "none",
            "GOSUMDB": NOBODY,
            "GOFLAGS": "-modcacherw",
        }
        return subprocess.run(
            [str(sdk_dir(version, LINUX) / "bin" / "go"), *words],
            env={**own, **settings},
            cwd=work,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=120,
        )

    return run


def audit(**settings: str) -> Audit:
    host = linux()
    more = {name: SeenVariable(name, (held("user", text, "user"),)) for name, text in settings.items()}
    return host._replace(variables={**host.variables, **more})


def unchecked_by_go(go: Go, version: str, **settings: str) -> set[str]:
    """The hosts of which go takes a module without asking the database."""
    done = go(version, "mod", "download", "-json", *(f"{path}@v1.0.0" for path in PUBLIC), **settings)
    decoder, text, found = json.JSONDecoder(), done.stdout.decode().strip(), []
    while text:
        one, end = decoder.raw_decode(text)
        found.append(one)
        text = text[end:].strip()
    assert {one["Path"] for one in found} == set(PUBLIC), done.stderr.decode()
    assert all("127.0.0.1:1" in one["Error"] for one in found if "Error" in one)
    return {one["Path"].partition("/")[0] for one in found if "Error" not in one}


def unchecked_by_audit(**settings: str) -> set[str]:
    every = {path.partition("/")[0] for path in PUBLIC}
    found: set[str] = set()
    for noted in check(audit(**settings)):
        if noted.finding.id == "checksums_off":
            message = noted.finding.message
            some = re.search("the modules of (.*?) with", message)
            assert some or "any module" in message
            found |= set(some.group(1).split(", ")) if some else every
    return found


def lists(seed: int, number: int) -> list[dict[str, str]]:
    chosen = random.Random(seed)
    parts = ["*", "**", "*.*", "*/*", "?*", "[a-h]*", "[^g]*", "*.com", "g*", "none", "k8s.io", "go*/x", "example.com"]
    parts += ["", "[", "*.corp.example", "golang.org/x/", "gopkg.in/*.v1", "gitlab.com/mine/*", "\\k8s.io", "*/*/*/*"]
    parts += [path.partition("/")[0] for path in PUBLIC]
    out = []
    for _case in range(number):
        names = chosen.choice([("GONOSUMDB",), ("GOPRIVATE",), ("GONOSUMDB", "GOPRIVATE"), ("GOINSECURE", "GOPRIVATE")])
        out.append({name: ",".join(chosen.sample(parts, chosen.randint(1, 3))) for name in names})
    return out


SETTINGS: list[dict[str, str]] = [
    {},
    {"GOSUMDB": "off"},
    {"GONOSUMDB": "*"},
    {"GOPRIVATE": "**"},
    {"GOPRIVATE": "*", "GONOSUMDB": "none"},
    {"GOPRIVATE": "*", "GONOSUMDB": ""},
    {"GOINSECURE": "*"},
    {"GONOSUMCHECK": "1"},
    {"GOFLAGS": "-modcacherw -mod=mod"},
    {"GOFLAGS": "-modcacherw -insecure"},
    {"GOPRIVATE": "github.com,*.golang.org"},
]


@pytest.mark.parametrize("version", [OLD, NEW])
def test_what_go_does_not_check(version: str, go: Go) -> None:
    for settings in SETTINGS:
        assert unchecked_by_audit(**settings) == unchecked_by_go(go, version, **settings), settings


@pytest.mark.parametrize(("seed", "number"), [(1, 20), pytest.param(2, 1000, marks=pytest.mark.thorough)])
def test_which_modules_a_pattern_is_about(seed: int, number: int, go: Go) -> None:
    cases = lists(seed, number)
    assert sum(bool(unchecked_by_audit(**settings)) for settings in cases) > number // 3
    for settings in cases:
        assert unchecked_by_audit(**settings) == unchecked_by_go(go, NEW, **settings), settings


@pytest.mark.parametrize("version", [OLD, NEW])
def test_no_toolchain_without_the_database(version: str, go: Go, proxy: Path) -> None:
    done = go(version, "version", GOSUMDB="off", GOTOOLCHAIN="go1.99.9")
    assert done.returncode
    assert b"checksum database disabled by GOSUMDB=off" in done.stderr
    # where GOPROXY is a directory alone, nobody is asked, and what it holds counts
    alone = go(version, "version", GOTOOLCHAIN="go1.99.9", GOPROXY=f"file://{proxy}")
    assert b"checksum database" not in alone.stderr


@pytest.mark.parametrize("version", [OLD, NEW])
def test_go_get_refuses_insecure(version: str, go: Go) -> None:
    done = go(version, "get", f"{PUBLIC[0]}@v1.0.0", GOFLAGS="-insecure", GOSUMDB="off")
    assert done.returncode
    assert b"no longer supported" in done.stderr
