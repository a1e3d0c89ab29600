# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Audits to begin with: a Windows and a Linux host with nothing wrong, of which tests change what they are about."""

from __future__ import annotations

from typing import Any

from ansible_collections.gopher.devbox.plugins.module_utils._go import audit
from ansible_collections.gopher.devbox.plugins.module_utils._go.audit import (
    Audit,
    Held,
    Origin,
    SeenDirectory,
    SeenEntry,
    SeenMedium,
    SeenVariable,
)
from ansible_collections.gopher.devbox.plugins.module_utils._go.sdks import NATIVE, Go, Inventory, Sdk

GOROOT = r"C:\Program Files\Go"
HOME = r"C:\Users\alice"
ENVIRONMENT = r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment"


def sdk(root: str, version: str = "go1.27.3", goos: str = "windows", **more: Any) -> Sdk:
    given: dict[str, Any] = {
        "installed_by": "archive",
        "links": (),
        "runs": NATIVE,
        "on_path": (),
        "shims": (),
        "first": False,
    }
    return Sdk(root, version, (goos, "amd64"), **{**given, **more})


def held(layer: str, text: str, mode: str = "machine", **more: Any) -> Held:
    return Held(layer, mode, text, **more)


def variable(name: str, *layers: Held) -> dict[str, SeenVariable]:
    return {name: SeenVariable(name, layers)}


def entry(directory: str, layer: str = "machine", mode: str = "machine", **more: Any) -> SeenEntry:
    return SeenEntry(directory, directory, layer, mode, **{"exists": True, "writable": audit.NO, **more})


def windows(**changes: Any) -> Audit:
    """A Windows host in machine mode, as the MSI and this collection leave it."""
    return Audit(
        host="win01",
        family="windows",
        native=("windows", "amd64"),
        user="S-1-5-21-1-2-3-1001",
        media=(
            SeenMedium("registry", "machine", ENVIRONMENT, audit.READ),
            SeenMedium("registry", "user", r"HKU\S-1-5-21-1-2-3-1001\Environment", audit.READ),
            SeenMedium("go env file", "user", rf"{HOME}\AppData\Roaming\go\env", audit.ABSENT),
            SeenMedium("go.env", "machine", rf"{GOROOT}\go.env", audit.READ),
        ),
        variables={
            **variable(
                "GOPROXY",
                held("machine", "https://proxy.example,direct", managed=True),
                held("go.env", "https://proxy.golang.org,direct"),
            ),
            **variable("GOPATH", held("built in", rf"{HOME}\go", "user")),
            **variable("GOSUMDB", held("go.env", "sum.golang.org")),
        },
        path=(
            entry(r"C:\Windows\system32"),
            entry(r"C:\Windows"),
            entry(rf"{GOROOT}\bin", go="go.exe", sdk="go1.27.3", managed=True),
        ),
        path_length=54,
        inventory=Inventory(
            (sdk(GOROOT, first=True, on_path=((2, "machine", rf"{GOROOT}\bin"),)),),
            (),
            Go(rf"{GOROOT}\bin\go.exe", GOROOT, "go1.27.3", 2),
            (),
        ),
        directories=(SeenDirectory("GOPATH", rf"{HOME}\go", True),),
    )._replace(**changes)


def linux(**changes: Any) -> Audit:
    """A Linux host in user mode."""
    source = Origin("/home/alice/.config/gopher-devbox/env.sh", None, "alice", 0o600, 1_790_000_000.0)
    root = "/usr/local/go"
    return Audit(
        host="lin01",
        family="posix",
        native=("linux", "amd64"),
        user="alice",
        media=(
            SeenMedium("start files", "machine", "/etc/gopher-devbox/env.sh", audit.ABSENT),
            SeenMedium("start files", "user", source.path, audit.READ),
            SeenMedium("go env file", "user", "/home/alice/.config/go/env", audit.READ),
            SeenMedium("go.env", "machine", f"{root}/go.env", audit.READ),
        ),
        variables={
            **variable(
                "GOPROXY",
                held("user", "https://proxy.example,direct", "user", managed=True, origin=source),
                held(
                    "go env file",
                    "https://proxy.example,direct",
                    "user",
                    origin=Origin("/home/alice/.config/go/env", 1),
                ),
                held("go.env", "https://proxy.golang.org,direct"),
            ),
            **variable("GOPATH", held("built in", "/home/alice/go", "user")),
        },
        path=(
            entry(f"{root}/bin", "user", "user", go="go", sdk="go1.27.3", managed=True),
            entry("/usr/bin", "login"),
            entry("/bin", "login"),
        ),
        path_length=34,
        inventory=Inventory(
            (sdk(root, goos="linux", first=True, on_path=((0, "user", f"{root}/bin"),)),),
            (),
            Go(f"{root}/bin/go", root, "go1.27.3", 0),
            (),
        ),
    )._replace(**changes)
