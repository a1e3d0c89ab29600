# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A project: the context that its launchers and its editors' files carry. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .._core.entries import default_entries


@dataclass(frozen=True)
class Project:
    r"""What a project's launchers set, as it was asked for.

    family: of the host, `windows` or `posix`. directory: the project's, absolute, as the host spells it; launchers
    stand in it. goroot: the SDK, where one is pinned; None where the launchers choose one at run time by go.work or
    go.mod. sdk_roots: then, the directories whose children are SDKs. gopath, gobin, variables, path: as the options of
    the same names; `path` adds to PATH what stands behind the SDK's bin and the bin of gobin or gopath.

    A directory is absolute, or relative to the project's (`..\go-sdk\1.21.6`), or begins with the home directory of who
    enters (`%USERPROFILE%`, `$HOME`, `~`).
    """

    family: str
    directory: str
    goroot: str | None = None
    sdk_roots: tuple[str, ...] = ()
    gopath: tuple[str, ...] = ()
    gobin: str | None = None
    variables: t.Mapping[str, str] = field(default_factory=dict)
    path: tuple[str, ...] = ()

    @property
    def windows(self) -> bool:
        return self.family == "windows"

    @property
    def entries(self) -> list[str]:
        """What stands in front of PATH: the SDK's bin, that of the workspace, and what was given."""
        slash = "\\" if self.windows else "/"

        def below(directory: str, name: str) -> str:
            return f"{directory.rstrip(slash)}{slash}{name}"

        default = default_entries(self.goroot, self.gobin, self.gopath, below)
        return list(dict.fromkeys((*default.values(), *self.path)))
