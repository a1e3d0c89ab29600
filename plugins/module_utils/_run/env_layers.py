# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of go_env: from layers to the media that a run is about, in the order in which they are written. Pure."""

from __future__ import annotations

import typing as t

from .._core.errors import WantedError
from .._core.medium import DEFAULT_USER, MACHINE, USER
from .._media.rc_places import SHELLS
from .options import ENFORCEMENT, VOCABULARY

Params = t.Mapping[str, t.Any]
Spec = t.Mapping[str, t.Mapping[str, t.Any]]

GO_ENV_FILE = "go env file"

#: options that hold for all layers
_SHARED = ("state", "journal", "force", "verify", *ENFORCEMENT)
_OF_LAYERS: dict[str, dict[str, t.Any]] = {
    "user": {"type": "str"},
    "shells": {"type": "list", "elements": "str", "choices": ["auto", *SHELLS]},
    "link_go": {"type": "bool"},
    "anchor": {"type": "bool"},
    "config": {"type": "dict"},
    "repair": {"type": "bool"},
    **{
        name: {key: value for key, value in spec.items() if key != "default"}
        for name, spec in VOCABULARY.items()
        if name not in _SHARED
    },
}
_MODE = {"type": "str", "choices": [MACHINE, USER, DEFAULT_USER]}

#: of distros, what differs from the host's layer of that mode
OF_WSL: dict[str, dict[str, t.Any]] = {
    "distros": {"type": "list", "elements": "str"},
    "mode": _MODE,
    **{name: option for name, option in _OF_LAYERS.items() if name not in ("anchor", "repair")},
    "append_windows_path": {"type": "bool"},
    "share": {"type": "list", "elements": "str"},
    "share_scope": {"type": "str", "choices": [MACHINE, USER]},
    "start": {"type": "bool"},
    "restart": {"type": "bool"},
}

#: a layer's options have no defaults: what is not given keeps the default of its medium
ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "mode": _MODE,
    **_OF_LAYERS,
    "image": {"type": "list", "elements": "str"},
    "layers": {"type": "list", "elements": "dict", "options": {"mode": {**_MODE, "required": True}, **_OF_LAYERS}},
    "wsl": {"type": "list", "elements": "dict", "options": OF_WSL},
    **{name: {**VOCABULARY, **ENFORCEMENT}[name] for name in _SHARED},
}


class Slot(t.NamedTuple):
    """One medium of a layer.

    label: as in `Part`. kind: GO_ENV_FILE, or the name of the environment. params: the options of the medium's module.
    every: it is looked at because nobody named a layer. mode, user: of the layer.
    """

    label: str
    kind: str
    params: Params
    mode: str
    user: str | None = None
    every: bool = False


def layers_of(params: Params) -> list[Params]:
    """The layers that the options name; none where every medium is meant. Raises WantedError with every reason why they
    are of no use.
    """
    given = [name for name in ("mode", *_OF_LAYERS) if params.get(name) is not None]
    restored = params["state"] == "restored"
    layers = params.get("layers")
    if layers is not None:
        problems = [
            *([f"layers is given, and {', '.join(given)} too: give one of them."] if given else []),
            *([] if layers else ["layers is an empty list: name the layers."]),
            *_twice(layers),
            *(problem for layer in layers for problem in _problems(layer)),
        ]
    elif params.get("mode") is not None:
        layers, problems = [params], [*_problems(params)]
    elif restored and set(given) <= {"user"}:
        return []
    else:
        layers, problems = [], ["Neither mode is given nor layers: name what is meant."]
    if problems:
        raise WantedError(" ".join(problems))
    return [{name: layer.get(name) for name in ("mode", *_OF_LAYERS)} for layer in layers]


def _twice(layers: t.Sequence[Params]) -> t.Iterator[str]:
    names = [(layer["mode"], layer.get("user")) for layer in layers]
    for mode, user in dict.fromkeys(name for name in names if names.count(name) > 1):
        of = f" of {user}" if user else ""
        yield f"layers holds more than one layer {mode}{of}: put them into one."


def _problems(layer: Params) -> t.Iterator[str]:
    if layer["mode"] != USER and (layer.get("config") is not None or layer.get("repair")):
        option = "repair" if layer.get("config") is None else "config"
        yield (
            f"{option} is given, but mode is {layer['mode']}: the go env file belongs to a user. Use mode: user (with "
            f"user for another account), or variables: for everybody."
        )
    config = layer.get("config") or {}
    if isinstance(config.get("GOPATH"), (dict, bool)):
        yield "config.GOPATH is a list of directories."
    if isinstance(config.get("GOBIN"), (dict, list, bool)):
        yield "config.GOBIN is one directory."


# --- media -----------------------------------------------------------------------------------------------------------


def slots_of(params: Params, environment: str, spec: Spec, of_file: Spec) -> list[Slot]:
    """The media that the options are about, the machine's first, the go env files last.

    environment: the medium of variables that a host has, by name. spec, of_file: the argument specs of the modules of
    that medium and of the go env file. Raises WantedError. An image has no go env files, and new users in place of a
    WantedError.
    """
    layers = layers_of(params)
    every, offline = not layers, params.get("image") is not None
    layers = layers or _every_layer(params.get("user"), offline)
    users = [layer for layer in layers if layer["mode"] == USER]
    shared = {name: params.get(name) for name in _SHARED}
    slots = []
    for layer in sorted(layers, key=lambda layer: layer["mode"] != MACHINE):
        name = f" {layer['user']}" if len(users) > 1 and layer.get("user") else ""
        own = {**_filled(spec, layer), **shared, "scope": layer["mode"]}
        label = f"{environment} ({layer['mode']}{name})"
        slots.append(Slot(label, environment, own, layer["mode"], layer.get("user"), every))
    for layer in users if not offline else ():
        if not (params["state"] == "restored" or layer.get("config") is not None or layer.get("repair")):
            continue
        name = f" ({layer['user']})" if len(users) > 1 and layer.get("user") else ""
        own = {**_filled(of_file, {**layer, **of_config(layer.get("config") or {})}), **shared}
        slots.append(Slot(f"{GO_ENV_FILE}{name}", GO_ENV_FILE, own, USER, layer.get("user"), every))
    return slots


def _every_layer(user: str | None, offline: bool) -> list[Params]:
    """Those of a run that names none."""
    of_user: Params = {"mode": USER, "user": user}
    if not offline:
        return [{"mode": MACHINE}, of_user]
    return [{"mode": MACHINE}, *([of_user] if user else []), {"mode": DEFAULT_USER}]


def _filled(spec: Spec, layer: Params) -> dict[str, t.Any]:
    """The options of a medium's module; those of other media are passed over."""
    return {
        name: option.get("default") if layer.get(name) is None else layer[name]
        for name, option in spec.items()
        if name not in _SHARED
    }


def of_config(config: Params) -> dict[str, t.Any]:
    """The go env file's variables as options of its module: GOPATH and GOBIN are options there, and null removes
    them.
    """
    out: dict[str, t.Any] = {"gopath": None, "gobin": None, "variables": dict(config)}
    for name, option in (("GOPATH", "gopath"), ("GOBIN", "gobin")):
        if config.get(name) is not None:
            value = out["variables"].pop(name)
            out[option] = value if isinstance(value, list) or option == "gobin" else [value]
    return out


def written(slots: t.Sequence[Slot], goal: str, files: bool) -> list[Slot]:
    """In the order in which they are written: files first, a registry last.

    Of files the machine's come first, and what goes, goes in the other order, so that directories that were made go
    with the last file in them.
    """
    in_file = [slot for slot in slots if slot.kind == GO_ENV_FILE]
    variables = [slot for slot in slots if slot.kind != GO_ENV_FILE]
    if files:
        order = [*variables, *in_file]
        return order if goal == "present" else order[::-1]
    if goal == "absent":
        return [*in_file, *variables[::-1]]
    order = [*in_file, *variables]
    return order if goal == "present" else order[::-1]


# --- whose a layer is ------------------------------------------------------------------------------------------------


def lacks_user(params: Params) -> bool:
    """Whether a layer of a user names none; by options as they are before they are checked."""
    layers = params.get("layers")
    if isinstance(layers, list):
        return any(isinstance(layer, dict) and _is_nobodys(layer) for layer in layers)
    return _is_nobodys(params) or (not params.get("mode") and not params.get("user"))


def with_user(params: Params, user: str) -> dict[str, t.Any]:
    """The options with that account in every layer of a user that names none."""
    layers = params.get("layers")
    if isinstance(layers, list):
        named = [
            {**layer, "user": user} if isinstance(layer, dict) and _is_nobodys(layer) else layer for layer in layers
        ]
        return {**params, "layers": named}
    return {**params, "user": user}


def _is_nobodys(layer: Params) -> bool:
    return layer.get("mode") == USER and not layer.get("user")
