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
    description: The values of those that are set.
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
    allowed = {*options, *known}
    out = []
    for name in sorted({str(name) for name in names} - allowed):
        near = sorted((edits(name, option), option) for option in options if abs(len(name) - len(option)) <= _EDITS)
        if not name.startswith("_") and near and near[0][0] <= _EDITS:
            out.append(f"{name} is no variable of this role. Did you mean {near[0][1]}? Rename it.")
    return [
        *out,
        *(problem for name, value in (values or {}).items() for problem in _form_problem(name, value, options[name])),
    ]


def _form_problem(name: str, value: t.Any, option: t.Mapping[str, t.Any]) -> t.Iterator[str]:
    """Without the value, which may hold a secret."""
    of_dicts = option.get("elements") == "dict"
    kind, form = (list, "list of dictionaries") if of_dicts else (dict, "dictionary")
    if isinstance(value, kind) or (option.get("type") != "dict" and not of_dicts):
        return
    how = f"Write it as {name}: {'[{project: /the/directory}]' if of_dicts else '{GOPROXY: direct}'}, or leave it out."
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
