# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

r"""go-env.cmd: a project's context for cmd.exe. Pure.

What each of the rules of cmd.exe asks for:

- A value of unknown text (PATH, what a variable was) is only ever named between exclamation marks: those are replaced
  when a command
  runs, after it was parsed, so quotes and ampersands in the value mean nothing. It leaves a `setlocal` through a `for
  /f` variable, which
  outlives `endlocal`. A caller who has delayed expansion on needs no `setlocal`, but loses exclamation marks and carets
  from such
  variables: what comes from this script is escaped for it, and the last exclamation mark of the line makes cmd.exe look
  at the carets.
- A directory has no quote in it, so between quotes `%NAME%` is safe as well.
- Nothing is computed in the caller's scope: a failure leaves by `exit /b`, which ends the `setlocal`, before anything
  was set.
- The file is read in the OEM code page (docs/facts.md, "Batch files"). Texts that are not ASCII are UTF-8, between two
  `chcp`.
- `set /a` takes a value as a number, not as an expression. Versions are reduced to their own characters before they are
  named with `%`.

What it keeps while a project is entered, is told in launcher_sh.
"""

from __future__ import annotations

import re

from .launcher import Context, Place
from .launcher_cmd_text import CHOOSING, CHOSEN, PINNED, SCRIPT
from .templates import fill

NAME = "go-env.cmd"

#: names for the variables of nested loops, one for each value that leaves the script's scope
_LETTERS = "BCDEFGHIJKLMNOPQRSTUVWXYZbcdefghijklmnopqrstuvwxyz"

#: the variables that hold what a directory is relative to
_BASES = {"project": "_goenv_here", "home": "USERPROFILE", "": ""}

#: a loop passes over a text that begins with its `eol`: what no text begins with
_DEL = "\x7f"

#: the longest line that cmd.exe takes, less what stands around a value
_LIMIT = 8100


def script(context: Context) -> str:
    """The text of go-env.cmd. Raises ValueError for more variables than leave its scope at once."""
    if len(context.names) + 2 > len(_LETTERS):
        raise ValueError(f"go-env.cmd sets at most {len(_LETTERS) - 2} variables, and these are {len(context.names)}.")
    literals, sdk, values, adds = _computing(context)
    temporary = [f"_goenv_v{number}" for number in range(len(context.names))]
    crossing = ["_goenv_here", *(["_goenv_add"] if adds else []), *temporary]
    paths = crossing[: len(crossing) - len(context.variables)]
    text = fill(
        SCRIPT,
        SETS=", ".join((*context.names, "PATH")),
        DEL=_DEL,
        BLANK=" ",  # a caret at the end would take the next line in
        NAMES=" ".join(context.names),
        LITERALS="\n".join(literals),
        SDK=sdk,
        VALUES="\n".join(values),
        ADDS="\n".join(adds),
        ESCAPES="\n".join(f"call :_goenv_escaping {name}" for name in paths),
        CROSS=_cross(crossing, ""),
        CROSSON=_cross(crossing, " !"),
        SETTING="\n".join(f"call :_goenv_move {place} {name}" for place, name in zip(temporary, context.names)),
        LIMIT=str(_LIMIT),
        CLEAN="\n".join(f'set "{name}="' for name in temporary),
    )
    if context.chooses:
        work = dict(context.variables).get("GOWORK")
        taken = (
            f"{_set('_goenv_work', work)}"
            if work
            else 'set "_goenv_work="\nif defined GOWORK set "_goenv_work=%GOWORK:"=%"'
        )
        strips = "\n".join(f'if defined _goenv_q set "_goenv_q=!_goenv_q:{char}=!"' for char in "0123456789.rcbeta")
        text += fill(CHOOSING, WORK=taken, STRIPS=strips, DEL=_DEL)
    return _silent(text)


def _computing(context: Context) -> tuple[list[str], str, list[str], list[str]]:
    """The lines that set the literals, find the SDK, compute the variables (_goenv_v0 and on, in the order of their
    names), and what goes on PATH.
    """
    places = list(
        dict.fromkeys(
            (
                *((context.goroot,) if context.goroot else context.roots),
                *context.gopath,
                *((context.gobin,) if context.gobin else ()),
                *context.path,
            )
        )
    )
    named = {place: f"_goenv_l{number}" for number, place in enumerate(places)}
    literals = [_place(name, place) for place, name in named.items()]
    number = len(context.names) - len(context.variables)
    for place_of_value, (_name, text) in enumerate(context.variables, number):
        literals += _literal(f"_goenv_v{place_of_value}", text)
    if not "".join(literals).isascii():
        chcp = '"%SystemRoot%\\System32\\chcp.com"'
        literals = ["call :_goenv_page", "if errorlevel 1 goto _goenv_failed", *literals, f"{chcp} %_goenv_cp% >nul"]
    looks = "\n".join(
        f"{_full(named[root], root)}\ncall :_goenv_move {named[root]} _goenv_l\ncall :_goenv_looking"
        for root in context.roots
    )
    sdk = (
        fill(PINNED, PLACE=_full("_goenv_l0", context.goroot))
        if context.goroot
        else fill(CHOSEN, LOOKS=looks)
        if context.roots
        else "rem No SDK of its own."
    )
    return literals, sdk, *_values(context, named)


def _values(context: Context, named: dict[Place, str]) -> tuple[list[str], list[str]]:
    lines = [
        _full(named[place], place)
        for place in dict.fromkeys((*context.gopath, *((context.gobin,) if context.gobin else ()), *context.path))
    ]
    own = {
        "GOROOT": ["_goenv_root"],
        "GOPATH": [named[place] for place in context.gopath],
        "GOBIN": [named[context.gobin]] if context.gobin else [],
    }
    for number, name in enumerate(context.names[: len(context.names) - len(context.variables)]):
        lines += [f'set "_goenv_v{number}="', *(f"call :_goenv_join _goenv_v{number} {entry}" for entry in own[name])]
    adds = (
        ['set "_goenv_q=bin"', "call :_goenv_full _goenv_q _goenv_root", "call :_goenv_adding _goenv_q"]
        if "GOROOT" in context.names
        else []
    )
    return lines, adds + [f"call :_goenv_adding {named[place]}" for place in context.path]


def _place(name: str, place: Place) -> str:
    """Sets a variable to a directory as it was given, which has no quote in it."""
    return f'set "{name}={_percent(place.text) or "."}"'


def _full(name: str, place: Place) -> str:
    """Makes that directory a full path."""
    return f"call :_goenv_full {name} {_BASES[place.base]}".rstrip()


def _literal(name: str, text: str) -> list[str]:
    """Sets a variable to a text; for a caller who has delayed expansion on, as it must be to arrive."""
    lines = [_set(name, text)]
    escaped = re.sub("([!^])", r"^\1", text)
    if "!" in text or "^" in text:
        lines.append(f'if "%_goenv_m%"=="1" {_set(name, escaped)}')
    return lines


def _set(name: str, text: str) -> str:
    if '"' not in text:
        return f'set "{name}={_percent(text)}"'
    escaped = re.sub(r'([\^&|<>()"])', r"^\1", _percent(text))
    return f'set ^"{name}={escaped}^"'


def _percent(text: str) -> str:
    return text.replace("%", "%%")


def _cross(names: list[str], end: str) -> str:
    """Values leave both scopes of the script at once."""
    loops = " ".join(
        f'for /f "eol={_DEL} delims=" %%{letter} in ("!{name}!") do @' for name, letter in zip(names, _LETTERS)
    )
    sets = "\n".join(f'set "{name}=%%{letter}"{end}' for name, letter in zip(names, _LETTERS))
    return f"{loops.replace('do @ for', 'do @for')}(\nendlocal\nendlocal\n{sets}\n)"


def _silent(text: str) -> str:
    """Each command with an @ before it, so that the caller's `echo` may stay as it is; a block's own @ covers what is
    in it.
    """
    lines, inside = [], False
    for line in text.split("\n"):
        inside = inside and line != ")"
        lines.append(line if inside or not line.strip("\0") or line[0] in ":)" else f"@{line}")
        inside = inside or line.endswith("@(")
    return "\n".join(lines)
