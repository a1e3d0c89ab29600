# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A project's launchers, as the bytes that are written to its directory. Pure.

Each sets the project's context for one shell, and takes it back exactly (docs/launchers.md). All raise ValueError, with
the reason, for a project that no launcher can hold: a directory with PATH's separator in it, a line break, an empty
value, a name that has an option.
"""

from __future__ import annotations

from .._editors.project import Project
from . import launcher_cmd, launcher_ps1, launcher_sh
from .launcher import context

#: the files, by what they are called as launchers
FILES = {"cmd": launcher_cmd.NAME, "ps1": launcher_ps1.NAME, "sh": launcher_sh.NAME, "envrc": ".envrc"}


def render_cmd(project: Project) -> bytes:
    """go-env.cmd: CRLF, ASCII; where a value is not, its lines are UTF-8 between two `chcp` (docs/facts.md,
    "Batch files").
    """
    return _lines(launcher_cmd.script(context(project)), "\r\n").encode("utf-8")


def render_ps1(project: Project) -> bytes:
    """go-env.ps1: UTF-8, with a byte order mark where it is not ASCII, which Windows PowerShell 5.1 needs
    (docs/facts.md, "PowerShell scripts").
    """
    found = context(project)
    text = _lines(launcher_ps1.script(found), "\r\n" if found.windows else "\n")
    return text.encode("utf-8" if text.isascii() else "utf-8-sig")


def render_sh(project: Project) -> bytes:
    """go-env.sh: UTF-8, LF, on Windows too (Git Bash)."""
    return launcher_sh.script(context(project)).encode("utf-8")


def render_envrc(project: Project) -> bytes:
    """.envrc, for direnv: UTF-8, LF."""
    return launcher_sh.envrc(context(project)).encode("utf-8")


def render(name: str, project: Project) -> bytes:
    """The launcher of this name, one of those in `FILES`."""
    return {"cmd": render_cmd, "ps1": render_ps1, "sh": render_sh, "envrc": render_envrc}[name](project)


def is_ours(data: bytes) -> bool:
    """Whether a file is a launcher that this collection wrote, by its first lines."""
    return any(b"gopher.devbox manages this file" in line for line in data.splitlines()[:3])


def _lines(text: str, end: str) -> str:
    # What is between two NUL keeps its line feeds.
    return "".join(part if number % 2 else part.replace("\n", end) for number, part in enumerate(text.split("\0")))
