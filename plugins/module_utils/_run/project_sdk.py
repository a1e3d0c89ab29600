# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which SDK a project gets: the one that is pinned, or the one that its go.mod or go.work is satisfied by."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from .._core.errors import Blocked
from .._core.findings import Finding
from .._core.posix import expand_home
from .._editors.project import Project
from .._hosts.host import Host
from .._hosts.user_scope import UserScope
from .._media.sdks import ModuleSdk, SdkQuery, SdkStore


@dataclass(frozen=True)
class ProjectSdk:
    """The SDK of a project; all is None where the launchers choose one when the project is entered."""

    root: str | None = None
    version: str | None = None
    #: what chose it, where it is not pinned
    why: str | None = None

    def to_result(self) -> dict[str, t.Any]:
        if self.root is None:
            return {}
        return {"root": self.root, "version": self.version, **({"why": self.why} if self.why else {})}


def resolved(project: Project, host: Host, home: str, directory: str) -> str:
    """A directory of the options as it is for the person whose files these are."""
    reference = "%USERPROFILE%"
    is_reference = project.windows and directory.upper().startswith(reference)
    text = home + directory[len(reference) :] if is_reference else expand_home(directory, home)
    if not host.syntax.is_absolute(text):
        text = host.syntax.child(project.directory, text)
    return host.syntax.directory_of(text, {})


def with_sdk(
    params: t.Mapping[str, t.Any], project: Project, host: Host, scope: UserScope, sdks: SdkStore
) -> tuple[Project, ProjectSdk, list[Finding]]:
    """The project with its SDK, what is known of it, and doubts that are none of an error's. Raises Blocked."""
    if project.goroot is not None:
        doubts, version = _pinned(project, host, scope)
        if doubts and params["validate"] == "strict":
            raise Blocked(doubts)
        return project, ProjectSdk(project.goroot, version), doubts
    if params["resolve"] == "run":
        return project, ProjectSdk(), []
    search = [resolved(project, host, scope.account.home, entry) for entry in project.sdk_roots]
    found = sdks.find(SdkQuery(params["user"], tuple(search), project.directory)).project
    module = _governing(found.modules if found else (), project, host)
    if module is None:
        raise Blocked(
            [
                Finding.of(
                    "missing_module",
                    f"{project.directory} holds no go.mod and no go.work that would choose an SDK.",
                    "Give goroot, or resolve: run.",
                    project.directory,
                )
            ]
        )
    refused = [module.refused] if module.refused else []
    if module.sdk is None:
        raise Blocked(refused or [_missing(module)])
    pinned = replace(project, goroot=module.sdk.root, sdk_roots=())
    return pinned, ProjectSdk(module.sdk.root, module.sdk.version, module.selection.why), refused


def _missing(module: ModuleSdk) -> Finding:
    what = module.error or f"It wants {module.selection.runs or None}, and no SDK on this host satisfies that."
    advice = (
        f"Install {module.install} (go_sdk), or name where it is with sdk_roots."
        if module.install
        else "Correct go.mod, go.work or GOTOOLCHAIN."
    )
    return Finding.of("toolchain_missing", f"{module.module.path}: {what}", advice, module.module.path)


def _governing(modules: t.Sequence[ModuleSdk], project: Project, host: Host) -> ModuleSdk | None:
    """The module that stands in the project's directory, else the first one that a go.work there lists."""
    here = host.syntax.fold_path(project.directory, {})

    def within(path: str | None) -> bool:
        directory = (path or "").rpartition("\\" if project.windows else "/")[0]
        return path is not None and host.syntax.fold_path(directory, {}) == here

    return next((module for module in modules if within(module.module.path)), None) or next(
        (module for module in modules if within(module.module.work)), None
    )


def _pinned(project: Project, host: Host, scope: UserScope) -> tuple[list[Finding], str | None]:
    """What speaks against the SDK that is pinned, and its version where it is known."""
    syntax = host.syntax
    root = resolved(project, host, scope.account.home, t.cast(str, project.goroot))
    binary = syntax.child(root, "bin")
    if not syntax.can_look_up(binary):
        return [], None
    found = host.files(scope.account).look([root, binary])
    if found[root].exists is False:
        return [
            Finding.of(
                "goroot_missing",
                f"The SDK {root} does not exist.",
                "Install it first (go_sdk), or correct the path. validate: warn accepts it.",
                root,
            )
        ], None
    if found[root].exists and found[binary].go != syntax.go_files[0]:
        return [
            Finding.of(
                "goroot_without_go",
                f"The SDK {root} has no {syntax.bin_go}.",
                "Name the directory that holds bin, src and VERSION. validate: warn accepts it.",
                root,
            )
        ], None
    return [], found[binary].version
