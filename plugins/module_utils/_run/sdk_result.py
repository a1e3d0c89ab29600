# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The result of go_sdk_info. Pure."""

from __future__ import annotations

import typing as t

from .._go.toolchain import LOCAL
from .._media.sdks import HostSdks, ModuleSdk


def to_result(found: HostSdks) -> dict[str, t.Any]:
    goos, goarch = found.platform or (None, None)
    go = found.inventory.go
    layer, gotoolchain = found.gotoolchain
    result: dict[str, t.Any] = {
        "changed": False,
        "host": {"goos": goos or None, "goarch": goarch or None},
        "user": found.user,
        "go": go.to_result() if go else None,
        "gotoolchain": {"value": gotoolchain, "scope": layer},
        "sdks": [sdk.to_result() for sdk in found.inventory.sdks],
        "shims": [shim.to_result() for shim in found.inventory.shims],
        "findings": [finding.to_result(str) for finding in found.findings],
    }
    if found.project:
        tree = found.project.tree
        result["project"] = {"root": tree.root, "apart": sorted(tree.apart)}
        result["modules"] = [_of_module(item) for item in found.project.modules]
    return result


def _of_module(item: ModuleSdk) -> dict[str, t.Any]:
    module, selection, sdk = item.module, item.selection, item.sdk
    return {
        "path": module.path,
        "module": module.module,
        "go": module.go,
        "toolchain": module.toolchain,
        "work": module.work,
        "listed": module.listed,
        "selected": selection.runs or None,
        "local": selection.toolchain == LOCAL,
        "decided_by": selection.decided,
        "why": selection.why,
        "source": selection.source or None,
        "satisfied_by": sdk.root if sdk else None,
        "version": sdk.version if sdk else None,
        "install": item.install,
        "error": item.error or None,
    }
