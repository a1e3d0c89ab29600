# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with the names and the form of the role's variables."""

from __future__ import annotations

import typing as t

DOCUMENTATION = r"""
name: misused
version_added: 0.1.0
short_description: What is wrong with the names and the form of a role's variables
author:
  - The gopher.devbox authors
description:
  - Finds variables whose names are within two edits of one of the role, which are most likely misspelt. An edit adds,
    drops or replaces a character, or exchanges two that follow each other. Other names are left alone, whatever they
    begin with.
  - Finds dictionaries of the role, and lists of them, that are V(null) or something else.
  - Finds variables that exclude each other, and options of layers that their mode does not have.
positional: _input
options:
  _input:
    description: The names of all variables of a host.
    type: list
    elements: str
    required: true
  options:
    description: The role's options, as its argument spec has them.
    type: dict
    required: true
  values:
    description: The values of C(go_env_mode), and of the dictionaries and lists of dictionaries, where they are set.
    type: dict
    default: {}
  known:
    description: Other names that are not misspelt, such as those of results.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Show what is misspelt
  ansible.builtin.debug:
    msg: "{{ ['go_env_varibles'] | gopher.devbox.misused({'go_env_variables': {'type': 'dict'}}) }}"
"""

RETURN = r"""
_value:
  description: Messages, one for each variable.
  type: list
  elements: str
"""

_EDITS = 2
#: what is one for all layers
_OF_ALL_LAYERS = frozenset(("layers", "projects", "state", "journal", "force", "verify", "become", "image", "platform"))
_SHAPES = {
    "go_env_projects": "[{project: /the/directory}]",
    "go_env_layers": "[{mode: machine, goroot: /the/sdk}, {mode: user, gopath: [~/go]}]",
}
_KINDS: tuple[tuple[type, str], ...] = (
    (str, "text"),
    (bool, "boolean"),
    (int, "number"),
    (float, "number"),
    (list, "list"),
    (dict, "dictionary"),
)


def misused(
    names: t.Iterable[str],
    options: t.Mapping[str, t.Mapping[str, t.Any]],
    values: t.Mapping[str, t.Any] | None = None,
    known: t.Iterable[str] = (),
) -> list[str]:
    """See DOCUMENTATION."""
    given, values = {str(name) for name in names}, values or {}
    return [
        *_misspelt(given - {*options, *known}, options),
        *(problem for name, value in values.items() for problem in _form_problem(name, value, options[name])),
        *_combination_problems(given, values),
        *_layer_problems(given, values.get("go_env_layers"), options),
    ]


def _misspelt(names: t.Iterable[str], options: t.Iterable[str]) -> t.Iterator[str]:
    for name in sorted(names):
        near = sorted((edits(name, option), option) for option in options if abs(len(name) - len(option)) <= _EDITS)
        if not name.startswith("_") and near and near[0][0] <= _EDITS:
            yield f"{name} is no variable of this role. Did you mean {near[0][1]}? Rename it."


def _combination_problems(given: t.Collection[str], values: t.Mapping[str, t.Any]) -> t.Iterator[str]:
    """What is missing, and what has no use in the mode."""
    if "go_env_layers" in given:
        return
    mode = values.get("go_env_mode")
    if mode is None:
        yield (
            "go_env_mode is missing: machine, user, default_user or project. Set it, or describe several layers in "
            "go_env_layers."
        )
    elif mode == "project" and "go_env_projects" not in given:
        yield "go_env_mode is project, and go_env_projects names none."
    elif mode != "project" and "go_env_projects" in given:
        yield (
            f"go_env_projects is given, but go_env_mode is {mode}: projects have a mode of their own. "
            "Describe both in go_env_layers."
        )


def _layer_problems(
    given: t.Collection[str], layers: t.Any, options: t.Mapping[str, t.Mapping[str, t.Any]]
) -> t.Iterator[str]:
    if "go_env_layers" not in given:
        return
    of_one = [name for name in options if name in given and name.removeprefix("go_env_") not in _OF_ALL_LAYERS]
    of_one += ["go_env_projects"] if "go_env_projects" in given else []
    if of_one:
        yield (
            f"go_env_layers is given, and {', '.join(of_one)} too. What is in go_env_layers is all that is managed: "
            "move it into a layer, or leave go_env_layers out."
        )
    if not isinstance(layers, list):
        return
    if not layers:
        yield "go_env_layers is an empty list. Name at least one layer, or leave it out."
    for number, layer in enumerate(layers):
        yield from _problems_of_layer(number, layer, options)


def _problems_of_layer(number: int, layer: t.Any, options: t.Mapping[str, t.Mapping[str, t.Any]]) -> t.Iterator[str]:
    mode = layer.get("mode") if isinstance(layer, t.Mapping) else None
    if mode not in ("machine", "user", "default_user", "project"):  # the role's argument spec refuses it
        return
    of_project = {"mode", *options["go_env_projects"]["options"]}
    of_host = {name for name in options["go_env_layers"]["options"] if f"go_env_{name}" in options} - _OF_ALL_LAYERS
    allowed = of_project if mode == "project" else of_host
    foreign = [str(name) for name in layer if name not in allowed]
    if foreign:
        yield f"go_env_layers[{number}]: a layer of mode {mode} does not have {', '.join(foreign)}."
    if mode == "project" and not layer.get("project"):
        yield f"go_env_layers[{number}]: a layer of mode project names one. Give it project: /the/directory."


def _form_problem(name: str, value: t.Any, option: t.Mapping[str, t.Any]) -> t.Iterator[str]:
    """Without the value, which may hold a secret."""
    of_dicts = option.get("elements") == "dict"
    kind, form = (list, "list of dictionaries") if of_dicts else (dict, "dictionary")
    if isinstance(value, kind) or (option.get("type") != "dict" and not of_dicts):
        return
    how = f"Write it as {name}: {_SHAPES.get(name, '{GOPROXY: direct}')}, or leave it out."
    found = (
        "null: there is nothing behind its colon"
        if value is None
        else f"a {next((word for its, word in _KINDS if isinstance(value, its)), 'value')}, and must be a {form}"
    )
    yield f"{name} is {found}. {how}"


def edits(one: str, other: str) -> int:
    """How many edits lead from one name to the other (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, char in enumerate(one, 1):
        before, above, row = row, before, [i]
        for j, its in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (char != its))
            if i > 1 and j > 1 and char == other[j - 2] and its == one[i - 2]:
                cost = min(cost, above[j - 2] + 1)
            row.append(cost)
    return row[-1]


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"misused": misused}
