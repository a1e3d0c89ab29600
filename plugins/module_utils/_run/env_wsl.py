# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""go_env with `wsl`: a Windows host and its distros in one task. The host comes first: what distros get of it by WSLENV
is set by then.
"""

from __future__ import annotations

import itertools
import typing as t
from glob import has_magic

from .._core.errors import Blocked, DevboxError, WantedError
from .._core.masker import Masker
from .._core.medium import USER
from .._core.patterns import pattern
from .._core.windows import unresolved
from .._formats import wslenv
from .._go import gosettings, names
from .._hosts.wsl import Wsl
from . import env, wsl
from .env_layers import OF_WSL, Params, layers_of
from .options import ENFORCEMENT, failure
from .wsl import chosen

if t.TYPE_CHECKING:
    from .._media.windows_host import WindowsHost
    from .runner import Environment

Result = dict[str, t.Any]

#: what a distro takes from the host's layer of its mode, where its entry says nothing
_INHERITED = ("validate", "create_directories", "path_position", "stale_path_entries")
_VARIABLES, _CONFIG = "variables", "config"
#: directories of Windows mean nothing in a distro
_DIRECTORIES = ("GOROOT", "GOPATH", "GOBIN", "GOENV", *names.ABSOLUTE)
#: a text with an address, each of whose percent signs begins a character of it (%40)
_ADDRESS = pattern(r"(?=.*://)(?:[^%]|%[0-9A-Fa-f]{2})*\Z")


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
        _must_be_apart(tasks, host)
    except DevboxError as error:
        return failure(error, params, host.environ)
    result = env.run(environment, own, host, check_mode, diff)
    coming = _coming(result)
    return _as_one(params, result, [wsl.run(task, host, check_mode, diff, coming) for task in tasks])


def _coming(result: Result) -> dict[str, str]:
    """The variables that a process of the host has after its part, of those that were asked for."""
    return {
        name: value["value"]
        for name, value in (result.get("effective") or {}).items()
        if isinstance(value, dict) and value.get("scope") not in (None, gosettings.FILE)
    }


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
    tasks: dict[int, Params] = {}
    for number, entry in enumerate(params["wsl"]):
        try:
            tasks[number] = _task(params, layers, entry)
            wsl.check(tasks[number])
        except WantedError as error:
            problems.append(f"wsl[{number}]: {error.text}")
    problems += [*_shared_twice(tasks), *_named_twice(tasks)]
    if problems:
        raise WantedError(" ".join(problems))
    return list(tasks.values())


def _task(params: Params, layers: t.Sequence[Params], entry: Params) -> Params:
    mode = _mode(layers, entry)
    layer = _layer(layers, mode)
    given = {name: entry[name] for name in OF_WSL if entry.get(name) is not None}
    shared = {name: params[name] for name in ("state", "force", "verify")}
    out = {name: option.get("default") for name, option in wsl.ARGUMENT_SPEC.items()}
    out.update((name, layer[name]) for name in _INHERITED if layer.get(name) is not None)
    out.update((name, value) for name, value in given.items() if name != "mode")
    for group in (_VARIABLES, _CONFIG) if mode == USER else (_VARIABLES,):
        if group == _VARIABLES or layer.get(group) is not None or given.get(group) is not None:
            out[group] = {**_portable(layer, group), **(given.get(group) or {})}
    return {**out, **shared, "scope": mode}


def _mode(layers: t.Sequence[Params], entry: Params) -> str:
    modes = list(dict.fromkeys(layer["mode"] for layer in layers))
    mode: str | None = entry.get("mode") or (modes[0] if len(modes) == 1 else None)
    if mode is None:
        raise WantedError("mode is needed, as the host has layers of several modes, or of none.")
    return mode


def _layer(layers: t.Sequence[Params], mode: str) -> Params:
    """The host's layer of that mode."""
    return next((layer for layer in layers if layer["mode"] == mode), {})


# --- what a distro takes from the host -------------------------------------------------------------------------------


def _portable(layer: Params, group: str) -> dict[str, t.Any]:
    """Those of the host's variables that mean the same in a distro."""
    return {
        name: value
        for name, value in (layer.get(group) or {}).items()
        if not _is_directory(name, value) and not _is_of_windows(group, value)
    }


def _is_directory(name: str, value: t.Any) -> bool:
    """Whether a distro says itself what a variable is. `GOENV: off` is a word, which YAML has as false."""
    return name in _DIRECTORIES and not (name == "GOENV" and (value == "off" or value is False))


def _is_of_windows(group: str, value: t.Any) -> bool:
    """Whether only Windows knows what a value is: a path of it, or what it expands. It expands nothing in a file."""
    if not isinstance(value, str):
        return False
    refers = group == _VARIABLES and bool(unresolved(value, {})) and not _ADDRESS.match(value)
    return refers or wslenv.is_windows_path(value)


def _left_out(params: Params) -> t.Iterator[str]:
    """Of each entry of `wsl`, the host's values that are not for its distros, by their names."""
    layers = layers_of(params)
    for number, entry in enumerate(params["wsl"]):
        layer = _layer(layers, _mode(layers, entry))
        left = [
            f"{group}.{name}"
            for group in (_VARIABLES, _CONFIG)
            for name, value in (layer.get(group) or {}).items()
            if not _is_directory(name, value) and _is_of_windows(group, value) and name not in (entry.get(group) or {})
        ]
        if left:
            yield (
                f"wsl[{number}]: its distros do not get {', '.join(left)} of the host, which only Windows understands "
                "(a path, or %NAME%). Say there what they are in a distro, or null for none."
            )


# --- entries beside each other ---------------------------------------------------------------------------------------


def _shared_twice(tasks: t.Mapping[int, Params]) -> t.Iterator[str]:
    """WSLENV is the host's, whatever distros an entry names."""
    for scope in wsl.ARGUMENT_SPEC["share_scope"]["choices"]:
        numbers = [
            number for number, task in tasks.items() if task["share"] is not None and task["share_scope"] == scope
        ]
        if len(numbers) > 1:
            yield (
                f"share is given in {_entries(numbers)}, and the {scope}'s WSLENV is the host's, not a distro's: put "
                "all of its entries into one list, in one of them."
            )


def _named_twice(tasks: t.Mapping[int, Params]) -> t.Iterator[str]:
    """What the names alone show, whatever distros there are."""
    for (number, task), (other, beside) in itertools.combinations(tasks.items(), 2):
        part = _same_part(task, beside)
        both = _both_name(task["distros"], beside["distros"])
        if part and both:
            yield _twice(part, both, (number, other))


def _both_name(one: t.Sequence[str], other: t.Sequence[str]) -> list[str]:
    if wsl.ALL in one or wsl.ALL in other:
        return list(other if wsl.ALL in one else one)
    known = {name.lower() for name in other}
    return [name for name in one if name.lower() in known]


def _must_be_apart(tasks: t.Sequence[Params], host: WindowsHost) -> None:
    """Raises WantedError where entries with patterns are about the same distro. Distros are listed only for that."""
    pairs = [
        (one, other, part)
        for one, other in itertools.combinations(range(len(tasks)), 2)
        if (part := _same_part(tasks[one], tasks[other]))
        and any(has_magic(name) for number in (one, other) for name in tasks[number]["distros"])
    ]
    if not pairs:
        return
    try:
        listing = Wsl(host.transport).listing()
        found = [{entry.name for entry in chosen(task["distros"], listing) if entry.distro} for task in tasks]
    except Blocked:
        return  # there is none, which each of the tasks says
    problems = [
        _twice(part, sorted(both), (one, other)) for one, other, part in pairs if (both := found[one] & found[other])
    ]
    if problems:
        raise WantedError(" ".join(problems))


def _same_part(one: Params, other: Params) -> str:
    """What two entries would both manage in a distro that both are about; empty where that is nothing. Who the account
    is that nobody named is known in the distro only.
    """
    users = {one["user"], other["user"]}
    if one["scope"] == other["scope"] and (len(users) == 1 or None in users):
        return f"the {one['scope']} scope" + (" (name the account in both, if it is another)" if len(users) > 1 else "")
    if None not in (one["append_windows_path"], other["append_windows_path"]):
        return "append_windows_path"
    return ""


def _twice(part: str, distros: t.Sequence[str], numbers: t.Sequence[int]) -> str:
    where = "all distros" if list(distros) == [wsl.ALL] else ", ".join(distros)
    return (
        f"{_entries(numbers)} are both about {part} of {where}, and each would take out what the other sets, in every "
        "run. Put them into one entry, or give distros that no two of them name."
    )


def _entries(numbers: t.Iterable[int]) -> str:
    return " and ".join(f"wsl[{number}]" for number in numbers)


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
    warnings = list(_left_out(params)) if params["state"] == "present" else []
    if warnings:
        out["warnings"] = warnings
    if any("diff" in one for one in (result, *found)):
        out["diff"] = [part for one in (result, *found) for part in one.get("diff") or ()]
    failed = [one["msg"] for one in (result, *found) if one.get("failed")]
    if failed:
        out.update(failed=True, msg=" ".join(failed))
    masked: Result = Masker(params).result(out)
    return masked
