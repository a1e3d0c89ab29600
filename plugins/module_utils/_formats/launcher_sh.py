# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""go-env.sh and .envrc: a project's context for sh, bash, zsh and direnv. Pure.

The script starts no process: builtins only. What it keeps while a project is entered stands in exported variables, so
that a shell started from this one can leave the project as well: _GO_ENV_DEPTH, and for each level n _GO_ENV_n_DIR
(whose), _ADD (what went before PATH), _NAMES (the variables it set), _NOPATH (when there was no PATH) and _WAS_NAME
(what they were; unset when they were). Leaving takes `_ADD` out of PATH and nothing else, so whatever came onto PATH
since stays.

On POSIX hosts one pair says what is in force, for the start files that shellenv writes: _GO_ENV_NAMES, the names that
are set by projects, and _GO_ENV_PATH, their entries. direnv and VS Code's terminal export it too. Start files put what
a scope says of such a name into the lowest level's _WAS_NAME, where leaving finds it.
"""

from __future__ import annotations

from .launcher import Context, Place
from .launcher_sh_text import (
    CHOSEN,
    ENVRC,
    ENVRC_HEAD,
    FUNCTIONS,
    HEAD,
    LONG,
    LOOK,
    PINNED,
    PRINTED,
    SET_PAIR,
    START,
    WINDOWS,
)
from .templates import fill, sh_quote

NAME = "go-env.sh"
#: what says to start files which project is entered: the names that it sets, and its PATH entries
PAIR = ("_GO_ENV_NAMES", "_GO_ENV_PATH")


def script(context: Context) -> str:
    """The text of go-env.sh."""
    sets = ", ".join((*context.names, "PATH"))
    return (
        fill(HEAD, SETS=sets)
        + _functions(context)
        + fill(START, SELF=NAME, DIRECTORY=sh_quote(_posix_directory(context)))
    )


def envrc(context: Context) -> str:
    """The text of .envrc."""
    return ENVRC_HEAD + _functions(context) + ENVRC


def _functions(context: Context) -> str:
    windows = context.windows
    work = dict(context.variables).get("GOWORK")
    return fill(
        FUNCTIONS,
        WINDOWS=WINDOWS if windows else "",
        GO="go.exe" if windows else "go",
        WORK=sh_quote(work) if work else "${GOWORK-}",
        SDK=_sdk(context),
        VALUES="\n".join(_values(context)),
        ADDS="\n".join(_adds(context)),
        P="_GO_ENV_SH_" if windows else "_GO_ENV_",
        FRAME=" ".join(context.names if windows else (*context.names, *PAIR)),
        PAIR="" if windows else fill(SET_PAIR, NAMES=" ".join(context.names)).rstrip("\n"),
        LONG=LONG if windows else "",
        PRINTPATH='_go_env_print PATH "$(\\command cygpath -wp -- "$PATH" 2>/dev/null || \\printf %s "$PATH")"'
        if windows
        else PRINTED,
    )


def _sdk(context: Context) -> str:
    go = "go.exe" if context.windows else "go"
    if context.goroot is not None:
        return fill(PINNED, PLACE=_to_path(context.goroot, context.windows), GO=go)
    looks = [fill(LOOK, PLACE=_to_path(root, context.windows)).rstrip("\n") for root in context.roots]
    return fill(CHOSEN, LOOKS="\n".join(looks)) if context.roots else "    _ge_root="


def _values(context: Context) -> list[str]:
    lines = []
    if "GOROOT" in context.names:
        lines += [*_to_value("root", context.windows), '    "$1" \'GOROOT\' "$_ge_path"']
    if context.gopath:
        separator = ";" if context.windows else ":"
        lines.append("    _ge_entry=")
        for place in context.gopath:
            lines += [f"    {_to_path(place, context.windows)}", *_to_value("path", context.windows)]
            lines.append(f'    _ge_entry="$_ge_entry${{_ge_entry:+{separator}}}$_ge_path"')
        lines.append('    "$1" \'GOPATH\' "$_ge_entry"')
    if context.gobin:
        lines += [
            f"    {_to_path(context.gobin, context.windows)}",
            *_to_value("path", context.windows),
            '    "$1" \'GOBIN\' "$_ge_path"',
        ]
    return lines + [f'    "$1" {sh_quote(name)} {sh_quote(text)}' for name, text in context.variables]


def _adds(context: Context) -> list[str]:
    lines = ['    _go_env_add "$_ge_root/bin"'] if "GOROOT" in context.names else []
    for place in context.path:
        lines += [f"    {_to_path(place, context.windows)}", '    _go_env_add "$_ge_path"']
    return lines


def _to_value(name: str, windows: bool) -> list[str]:
    """Makes _ge_path what a variable holds for the directory in _ge_NAME."""
    if windows:
        return [f'    _go_env_windows "$_ge_{name}"']
    return [] if name == "path" else [f"    _ge_path=$_ge_{name}"]


def _to_path(place: Place, windows: bool) -> str:
    """A command that makes _ge_path the directory, from the root."""
    rest = sh_quote("/" + place.text.replace("\\", "/") if windows else "/" + place.text)
    if place.base == "project":
        return f'_go_env_clean "$_ge_dir"{rest}'
    if place.base == "home":
        return (
            f'_go_env_posix "${{HOME-}}"; _go_env_clean "$_ge_path"{rest}'
            if windows
            else f'_go_env_clean "${{HOME-}}"{rest}'
        )
    if windows and not place.text.startswith("\\\\"):
        return f'_go_env_posix {sh_quote(place.text)}; _go_env_clean "$_ge_path"'
    return (
        f"_ge_path={sh_quote(place.text.replace(chr(92), '/'))}" if windows else f"_go_env_clean {sh_quote(place.text)}"
    )


def _posix_directory(context: Context) -> str:
    text = context.directory
    if context.windows and text[1:2] == ":":
        return f"/{text[0].lower()}" + text[2:].replace("\\", "/")
    return text.replace("\\", "/") if context.windows else text
