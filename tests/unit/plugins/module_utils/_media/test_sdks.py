# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The SDKs of a host, and the modules of a project, matched."""

from __future__ import annotations

import pytest

from ansible_collections.gopher.devbox.plugins.module_utils._formats.gomod import GoFile, ModuleTree, Unread
from ansible_collections.gopher.devbox.plugins.module_utils._go.sdks import Entry, Found, SeenSdks
from ansible_collections.gopher.devbox.plugins.module_utils._media.sdks import GoSettings, HostSdks, of_host

LINUX = ("linux", "amd64")


def sdk(version: str, go_env: bytes | None = b"GOTOOLCHAIN=auto\n", arch: str = "amd64") -> Found:
    return Found(f"/sdk/{version}", version, True, ("linux", arch), go_env=go_env)


def host(
    found: tuple[Found, ...], files: dict[str, str], path: str = "go1.22.3", gowork: str = "", **file: str
) -> HostSdks:
    entries = (Entry(f"/sdk/{path}/bin", "user", f"/sdk/{path}/bin/go", f"/sdk/{path}", True),) if path else ()
    mods = tuple(GoFile(f"/src/{name}/go.mod", text.encode()) for name, text in files.items())
    tree = ModuleTree("/src", mods, (), (), (Unread("/src/closed", "Permission denied"),))
    settings = GoSettings({"GOWORK": gowork}, "environment", file)
    return of_host(SeenSdks(LINUX, found, entries, ()), settings, "ann", tree, ({"A": "b"},))


def test_modules_with_their_sdks() -> None:
    files = {
        "b": "module b\ngo 1.21\n",
        "a": "module a\ngo 1.26\n",
        "c": "module c\ngo 1.28\n",
        "d": "module d\ngo one\n",
    }
    found = host((sdk("go1.22.3"), sdk("go1.26.1"), sdk("go1.28.0", arch="arm64")), files)
    assert (found.platform, found.user, found.known) == (LINUX, "ann", ({"A": "b"},))
    assert found.gotoolchain == ("go.env", "auto")
    assert found.project is not None
    served = [(item.module.module, item.sdk and item.sdk.root, item.install) for item in found.project.modules]
    assert served == [
        ("a", "/sdk/go1.26.1", None),
        ("b", "/sdk/go1.22.3", None),
        ("c", None, "go1.28.0"),
        ("", "/sdk/go1.22.3", None),
    ]
    refused = [item.refused for item in found.project.modules]
    assert [finding and finding.id for finding in refused] == [None, None, None, "module_refused"]
    assert "go one" not in found.project.modules[2].error
    assert "one is not a version" in found.project.modules[3].error
    assert [(finding.id, finding.subject) for finding in found.findings] == [
        ("sdk_other_architecture", "/sdk/go1.28.0"),
        ("project_unknown", "/src/closed"),
        ("module_refused", "/src/d/go.mod"),
        ("toolchain_missing", "go1.28.0"),
    ]


def test_without_a_project() -> None:
    found = of_host(SeenSdks(LINUX, (sdk("go1.22.3"),), (), ()), GoSettings({}, "environment", {}), "ann", None, ())
    assert (found.project, found.findings) == (None, [])
    assert found.gotoolchain == ("go.env", "auto")  # as an SDK of today has it, where no go is there


@pytest.mark.parametrize(
    ("version", "go_env", "file", "expected"),
    [
        ("go1.20.3", None, {"GOTOOLCHAIN": "local"}, ("built in", "")),  # which knows nothing of it
        ("go1.22.3", b"GOTOOLCHAIN=local\n", {}, ("go.env", "local")),
        ("go1.22.3", b"GOTOOLCHAIN=local\n", {"GOTOOLCHAIN": "path"}, ("go env file", "path")),
        ("go1.22.3", None, {}, ("built in", "")),
        ("go1.22.3+abc", b"GOTOOLCHAIN=auto\n", {}, ("go.env", "auto")),
    ],
)
def test_gotoolchain_in_force(
    version: str, go_env: bytes | None, file: dict[str, str], expected: tuple[str, str]
) -> None:
    assert host((sdk(version, go_env),), {}, version, **file).gotoolchain == expected


def test_a_finding_names_some_of_many_modules() -> None:
    many = {f"m{number}": f"module m{number}\ngo 1.30\n" for number in range(8)}
    [missing] = [finding for finding in host((), many, path="").findings if finding.id == "toolchain_missing"]
    assert "/src/m4/go.mod and 3 more" in missing.message
