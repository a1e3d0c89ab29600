# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The environment a new process will see, composed in the order of its medium, and which go runs in it."""

from __future__ import annotations

import typing as t

from .medium import Medium
from .state import State
from .values import Fold, Value, Variables, fold_name
from .wanted import Scope


class LayerValue(t.NamedTuple):
    """One value of a variable, expanded, and the scope it comes from."""

    scope: str
    text: str


class Winner(t.NamedTuple):
    """The file that a bare `go` starts, or None; `unjudged` are the directories before it that this session cannot
    judge.
    """

    directory: str | None
    file: str | None
    version: str | None
    unjudged: tuple[str, ...] = ()


class Effective(t.NamedTuple):
    """What a new process sees: for each variable its layers, the winning one last, and the entries of PATH."""

    layers: t.Mapping[str, tuple[LayerValue, ...]]
    path: tuple[str, ...]
    path_text: str
    fold: Fold = fold_name

    @property
    def texts(self) -> dict[str, str]:
        """Each variable as a process has it."""
        return {name: layers[-1].text for name, layers in self.layers.items()}

    def text(self, name: str) -> str | None:
        found = self.layers.get(self.fold(name))
        return found[-1].text if found else None

    def layer(self, name: str) -> LayerValue | None:
        found = self.layers.get(self.fold(name))
        return found[-1] if found else None

    def shadowed(self, name: str) -> tuple[LayerValue, ...]:
        """The values below the one that counts, nearest first."""
        return tuple(reversed(self.layers.get(self.fold(name), ())[:-1]))


def _steps(state: State, upto: Scope) -> t.Iterator[tuple[str, Variables, bool]]:
    """The steps in which the variables of a process are set: layer, values, and whether they are expanded."""
    for layer in state.layers:
        for values, expands in state.medium.policy.steps(layer.name, layer.variables):
            yield layer.name, values, expands
        if upto is Scope.MACHINE and layer.scope is Scope.MACHINE:
            return


def effective(state: State, upto: Scope = Scope.USER) -> Effective:
    """The environment of a new process. With `upto` MACHINE only what the machine scope gives.

    The medium says in which steps the values of a layer are set, and what an earlier step is to a later one: PATH may
    be joined, other variables replace those of the layer below.
    """
    medium = state.medium
    syntax, policy = medium.syntax, medium.policy
    layers: dict[str, tuple[LayerValue, ...]] = {}
    seen: dict[str, Value] = {}
    for scope, values, expands in _steps(state, upto):
        before = Variables(seen, syntax.fold_name)
        for name, value in values.items():
            key, text = syntax.fold_name(name), policy.expand(value.data, before) if expands else value.data
            known = layers.get(key, ())
            text = policy.compose(syntax, name, scope, (known[-1].scope, known[-1].text) if known else None, text)
            if not (known and known[-1].scope == scope and known[-1].text == text):
                known = (*known, LayerValue(scope, text))
            layers[key] = known
            seen[key] = Value(text)
    counted = {
        key: policy.counting(key, [(layer.scope, layer.text) for layer in known]) for key, known in layers.items()
    }
    layers = {key: tuple(LayerValue(*pair) for pair in pairs) for key, pairs in counted.items() if pairs}
    path = layers.get("PATH", ())
    path_text = path[-1].text if path else ""
    return Effective(layers, tuple(syntax.split_path(path_text)), path_text, syntax.fold_name)


def comparison(state: State, scope: Scope, variables: Variables) -> Variables:
    """The variables by which PATH entries of a scope are compared: all it can refer to, references resolved twice.

    Twice, because a reference to a value of the same scope that is expanded itself often works in practice
    (docs/facts.md, "Variable references": unreliable), and an entry that may mean the same directory is better
    recognised than doubled.
    """
    syntax, policy = state.medium.syntax, state.medium.policy
    if not policy.expands:
        return Variables()
    changed = state.with_variables(variables, state.anchor) if scope is state.target else state
    found = effective(changed, scope)
    once = Variables((name, Value(text)) for name, text in found.texts.items() if not policy.joins(syntax, name))
    return Variables((name, Value(policy.expand(value.data, once))) for name, value in once.items())


def winner(state: State, environment: Effective) -> Winner:
    """Which go a new process runs: the first directory on PATH that holds one, as far as `state.directories` knows."""
    unjudged: list[str] = []
    for entry in environment.path:
        path = state.medium.syntax.directory_of(entry, {})
        if not path:
            continue
        known = state.directory(path)
        if known.go:
            return Winner(path, known.go, known.runs, tuple(unjudged))
        if state.medium.syntax.is_remote(path) or (
            known.exists is None and state.medium.syntax.can_look_up(path) and not known.partial
        ):
            unjudged.append(path)
    return Winner(None, None, None, tuple(unjudged))


def same_place(medium: Medium, one: str, other: str) -> bool:
    """Whether two expanded paths name the same directory, links apart."""
    return medium.syntax.fold_path(one, {}) == medium.syntax.fold_path(other, {})
