# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What go_wsl shares with distros by WSLENV: from options to a result, and what arrives on the other side."""

from __future__ import annotations

import typing as t

from .._core.converge import converge
from .._core.effective import effective
from .._core.errors import WantedError
from .._core.masker import Masker
from .._core.state import State
from .._core.wanted import Goal, Scope, Wanted
from .._formats import wslenv
from .._formats.wslconf import WslConf
from .._hosts.transport import Transport
from .._media.wslenv import WslenvStore
from .._media.wslenv_medium import NAME, SCOPES, WSLENV
from . import result

Params = t.Mapping[str, t.Any]

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "share": {"type": "list", "elements": "str"},
    "share_scope": {"type": "str", "choices": list(SCOPES), "default": "user"},
}


def to_wanted(params: Params) -> Wanted | None:
    """What is wanted of WSLENV; None where the options do not mention it. Raises WantedError."""
    if params["share"] is None:
        return None
    entries = tuple(params["share"])
    names = [wslenv.entry_of(entry).name for entry in entries]
    twice = sorted({name for name in names if names.count(name) > 1})
    problems = [f"share holds {name} more than once: give one entry with all its flags." for name in twice]
    wanted = Wanted(
        WSLENV,
        Scope(params["share_scope"]),
        path=entries,
        goal=Goal(params["state"]),
        journal=params["journal"],
        force=params["force"],
        verify=False,
    )
    try:
        wanted.check()
    except WantedError as error:
        problems.append(error.text.replace("path: ", "share: "))
    if problems:
        raise WantedError(" ".join(problems))
    return wanted


def run(
    wanted: Wanted,
    transport: Transport,
    look_only: bool,
    diff: bool,
    distros: t.Mapping[str, WslConf],
    coming: t.Mapping[str, str],
) -> dict[str, t.Any]:
    """The result. distros: wsl.conf of those that were looked at, by name. coming: variables of Windows that the same
    task sets. Raises DevboxError.
    """
    store = WslenvStore(transport, coming)
    outcome = converge(store, wanted, look_only)
    found = result.unmasked(outcome, wanted, diff, f"{NAME} ({wanted.scope.value})", "share")
    kept = ("changed", "scope", "sid", "before", "after", "changes", "journal", "undone", "refresh", "findings", "diff")
    out = {name: found[name] for name in kept if name in found}
    out["before"], out["after"] = (out[side][NAME] for side in ("before", "after"))
    out["crosses"] = crossing(outcome.after, store.environment, distros)
    masked: dict[str, t.Any] = Masker(wanted, *outcome.texts(), store.environment).result(out)
    return masked


def crossing(
    after: State, environment: t.Mapping[str, str], distros: t.Mapping[str, WslConf]
) -> list[dict[str, t.Any]]:
    """For each entry that is in effect, what a process of Windows has, and what a program in each distro gets."""
    text = effective(after).text(NAME) or ""
    arrived = {name: wslenv.arrivals(text, environment, conf.mount) for name, conf in distros.items()}
    out = []
    for number, one in enumerate(wslenv.arrivals(text, environment)):
        gets = {name: {"value": found[number].value, "reason": found[number].reason} for name, found in arrived.items()}
        out.append({"name": one.name, "flags": one.flags, "windows": one.windows, "distros": gets})
    return out
