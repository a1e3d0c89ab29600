# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

r"""go-env.ps1: a project's context for PowerShell, 5.1 and later, in full and in constrained language mode. Pure.

Only the language and the cmdlets for items (Get-Item, Set-Item, Remove-Item, Test-Path, Get-ChildItem), which
constrained language mode has. What it keeps while a project is entered stands in the environment under the names that
go-env.cmd (on POSIX: go-env.sh) uses too, so that a shell of the other kind started from this one can leave the
project: see launcher_sh.
"""

from __future__ import annotations

from .launcher import Context, Place
from .launcher_ps1_text import LONG, PINNED, SCRIPT, SET_PAIR
from .templates import fill, powershell_quote

NAME = "go-env.ps1"


def script(context: Context) -> str:
    """The text of go-env.ps1."""
    windows = context.windows
    slash = "\\" if windows else "/"
    work = dict(context.variables).get("GOWORK")
    parts = {
        "DOT": f".{slash}",
        "SETS": ", ".join((*context.names, "PATH")),
        "SLASH": slash,
        "SLASHES": r"[\\/]" if windows else "/",
        "SEP": ";" if windows else ":",
        "GO": "go.exe" if windows else "go",
        "EQ": "eq",
        "WORK": powershell_quote(work) if work else "Get-Variable_ 'GOWORK'",
        "SDK": _sdk(context, slash),
        "VALUES": "\n".join(_values(context)),
        "ADDS": "\n".join(_adds(context, slash)),
        "PAIR": "" if windows else SET_PAIR,
        "LONG": LONG if windows else "",
    }
    return fill(SCRIPT, **parts)


def _sdk(context: Context, slash: str) -> str:
    if context.goroot is not None:
        return fill(
            PINNED, PLACE=_place(context, context.goroot), SLASH=slash, GO="go.exe" if context.windows else "go"
        )
    if not context.roots:
        return "        $root = ''"
    return f"        $root = Get-Sdk @({', '.join(f'({_place(context, root)})' for root in context.roots)})"


def _values(context: Context) -> list[str]:
    """Each a pair; the comma in front keeps a single pair from being taken for two values."""
    lines = ["            , @('GOROOT', $root)"] if "GOROOT" in context.names else []
    if context.gopath:
        entries = ", ".join(f"({_place(context, place)})" for place in context.gopath)
        lines.append(f"            , @('GOPATH', (@({entries}) -join '{';' if context.windows else ':'}'))")
    if context.gobin:
        lines.append(f"            , @('GOBIN', ({_place(context, context.gobin)}))")
    return lines + [f"            , @('{name}', {powershell_quote(text)})" for name, text in context.variables]


def _adds(context: Context, slash: str) -> list[str]:
    lines = [f'            "$root{slash}bin"'] if "GOROOT" in context.names else []
    return lines + [f"            {_place(context, place)}" for place in context.path]


def _place(context: Context, place: Place) -> str:
    """An expression for the directory."""
    slash = "\\" if context.windows else "/"
    if place.base == "project":
        return f"Get-Clean ($here + {powershell_quote(slash + place.text)})"
    if place.base == "home":
        return (
            f'Get-Clean ("$env:{"USERPROFILE" if context.windows else "HOME"}" '
            f"+ {powershell_quote(slash + place.text)})"
        )
    return f"Get-Clean {powershell_quote(place.text)}"
