# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which entries of PATH go with settings of Go, and what one is by itself. Pure."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from .medium import Syntax

#: roles of PATH entries: the SDK's programs, those that `go install` puts into the workspace, and what was given
SDK, WORKSPACE, GIVEN = "goroot", "bin", "path"

Directory = t.TypeVar("Directory")


def default_entries(
    goroot: Directory | None,
    gobin: Directory | None,
    gopath: t.Sequence[Directory] | None,
    below: t.Callable[[Directory, str], Directory],
) -> dict[str, Directory]:
    """The entries by their role, in their order: the SDK's bin, then GOBIN, else the bin of GOPATH's first entry.

    below: what is called that in a directory.
    """
    out: dict[str, Directory] = {}
    if goroot is not None:
        out[SDK] = below(goroot, "bin")
    if gobin is not None:
        out[WORKSPACE] = gobin
    elif gopath:
        out[WORKSPACE] = below(gopath[0], "bin")
    return out


def is_relative(place: str, syntax: Syntax) -> bool:
    """Whether the directory of an entry is another one in each current directory; one with a reference that nothing
    expanded is none at all.
    """
    return not syntax.is_absolute(place) and "%" not in place
