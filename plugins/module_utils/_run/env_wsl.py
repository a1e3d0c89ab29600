# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""go_env with `wsl`: a Windows host and its distros in one task. The distros come first, the registry last."""

from __future__ import annotations

import typing as t

from .._core.errors import DevboxError, WantedError
from .._core.masker import Masker
from .._core.medium import MACHINE, USER
from .._formats import wslenv
from .._go import names
from . import env, wsl
from .env_layers import OF_WSL, Params, layers_of
from .options import ENFORCEMENT, failure

if t.TYPE_CHECKING:
    from .._media.windows_host import WindowsHost
    from .runner import Environment

Result = dict[str, t.Any]

#: what a distro takes from the host's layer of its mode, where its entry says nothing
_INHERITED = ("validate", "create_directories", "path_position", "stale_path_entries")
#: directories of Windows mean nothing in a distro
_DIRECTORIES = ("GOROOT", "GOPATH", "GOBIN", "GOENV", *names.ABSOLUTE)


def run(environment: Environment, params: Params, host: WindowsHost, check_mode: bool, diff: bool) -> Result:
    """One run of go_env: its result. Nothing is changed where the host's part, or an option, is of no use; a distro
    that fails stops neither the others nor the host.
    """
    own = {**params, "wsl": None}
    if not params.get("wsl"):
        return env.run(environment, own, host, check_mode, diff)
    try:
        tasks = _tasks(params)
        if not check_mode:
            env.look_ahead(environment, own, host)
    except DevboxError as error:
        return failure(error, params, host.environ)
    found = [wsl.run(task, host, check_mode, diff) for task in tasks]
    return _as_one(params, env.run(environment, own, host, check_mode, diff), found)


# --- options ---------------------------------------------------------------------------------------------------------


def _tasks(params: Params) -> list[Params]:
    """The options of go_wsl for each entry. Raises WantedError with every reason why they are of no use."""
    problems = [
        f"wsl is given, and {name} too: what enforcement does in distros is not known yet. Use go_wsl beside it."
        for name in ENFORCEMENT
        if params.get(name) is not None
    ]
    if params.get("journal") is not None:
        problems.append("wsl is given, and journal too: each distro has ids of its own. Use go_wsl for them.")
    layers = layers_of(params)
    tasks = []
    for number, entry in enumerate(params["wsl"]):
        try:
            tasks.append(_task(params, layers, entry))
            wsl.check(tasks[-1])
        except WantedError as error:
            problems.append(f"wsl[{number}]: {error.text}")
    if problems:
        raise WantedError(" ".join(problems))
    return tasks


def _task(params: Params, layers: t.Sequence[Params], entry: Params) -> Params:
    modes = list(dict.fromkeys(layer["mode"] for layer in layers))
    mode = entry.get("mode") or (modes[0] if len(modes) == 1 else None)
    if mode is None:
        raise WantedError("mode is needed, as the host has layers of several modes, or of none.")
    layer: Params = next((layer for layer in layers if layer["mode"] == mode), {})
    given = {name: entry[name] for name in OF_WSL if entry.get(name) is not None}
    shared = {name: params[name] for name in ("state", "force", "verify")}
    out = {name: option.get("default") for name, option in wsl.ARGUMENT_SPEC.items()}
    out.update((name, layer[name]) for name in _INHERITED if layer.get(name) is not None)
    out.update((name, value) for name, value in given.items() if name != "mode")
    out["variables"] = {**_portable(layer.get("variables")), **(given.get("variables") or {})}
    if mode == USER and (layer.get("config") is not None or given.get("config") is not None):
        out["config"] = {**_portable(layer.get("config")), **(given.get("config") or {})}
    return {**out, **shared, "scope": MACHINE if mode == MACHINE else USER}


def _portable(variables: Params | None) -> dict[str, t.Any]:
    """Variables of Windows that mean the same in a distro: no directories, and nothing that Windows would expand."""
    return {
        name: value
        for name, value in (variables or {}).items()
        if name not in _DIRECTORIES
        and not (isinstance(value, str) and (wslenv.is_windows_path(value) or value.count("%") > 1))
    }


# --- the result ------------------------------------------------------------------------------------------------------


def _as_one(params: Params, result: Result, found: t.Sequence[Result]) -> Result:
    """The host's result, with what became of the distros."""
    out = dict(result)
    out["changed"] = bool(result.get("changed") or any(one.get("changed") for one in found))
    out["distros"] = [distro for one in found for distro in one.get("distros") or ()]
    shares = [one["share"] for one in found if "share" in one]
    if shares:
        out["share"] = shares
    findings = [{"medium": "WSL", **finding} for one in found for finding in one.get("findings") or ()]
    out["findings"] = [*(result.get("findings") or ()), *findings]
    refresh = [text for one in found for text in one.get("refresh") or ()]
    out["refresh"] = list(dict.fromkeys([*(result.get("refresh") or ()), *refresh]))
    if any("diff" in one for one in (result, *found)):
        out["diff"] = [part for one in (result, *found) for part in one.get("diff") or ()]
    failed = [one["msg"] for one in (result, *found) if one.get("failed")]
    if failed:
        out.update(failed=True, msg=" ".join(failed))
    masked: Result = Masker(params).result(out)
    return masked
