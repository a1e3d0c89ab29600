# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The environment a new process will see, composed in the order of its medium, and which go runs in it."""

from __future__ import annotations

import typing as t

from .rules import Rules
from .state import State
from .values import Value, Variables, fold_name
from .wanted import Scope


class Layer(t.NamedTuple):
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

    layers: t.Mapping[str, tuple[Layer, ...]]
    path: tuple[str, ...]
    path_text: str

    @property
    def texts(self) -> dict[str, str]:
        """Each variable as a process has it."""
        return {name: layers[-1].text for name, layers in self.layers.items()}

    def text(self, name: str) -> str | None:
        found = self.layers.get(fold_name(name))
        return found[-1].text if found else None

    def layer(self, name: str) -> Layer | None:
        found = self.layers.get(fold_name(name))
        return found[-1] if found else None

    def shadowed(self, name: str) -> tuple[Layer, ...]:
        """The values below the one that counts, nearest first."""
        return tuple(reversed(self.layers.get(fold_name(name), ())[:-1]))


def _steps(state: State, upto: Scope) -> t.Iterator[tuple[str, Variables, bool]]:
    """The steps in which the variables of a process are set: layer, values, and whether they are expanded."""
    if not state.rules.typed:
        yield from ((layer, values, False) for layer, values in state.below)
        yield state.rules.scopes[Scope.MACHINE.value], state.machine, False
        if upto is Scope.MACHINE:
            return
        yield state.rules.scopes[Scope.USER.value], state.user, False
        yield from ((layer, values, False) for layer, values in state.above)
        return
    yield "system", state.system, False
    yield "machine", _of_type(state.machine, expands=False), False
    yield "machine", _of_type(state.machine, expands=True), True
    if upto is Scope.MACHINE:
        return
    yield "profile", state.profile, False
    yield "user", _of_type(state.user, expands=False), False
    yield "user", _of_type(state.user, expands=True), True
    yield "volatile", _of_type(state.volatile, expands=False), False
    yield "volatile", _of_type(state.volatile, expands=True), True


def _of_type(variables: Variables, expands: bool) -> Variables:
    return Variables(
        (name, value) for name, value in variables.items() if value.is_text and value.expands is expands and value.data
    )


def effective(state: State, upto: Scope = Scope.USER) -> Effective:
    """The environment of a new process. With `upto` MACHINE only what the machine scope gives.

    On Windows, expansion sees what an earlier step set, never the step itself. PATH is the machine's, a `;`, the
    user's; any other user variable replaces the machine's; an empty value sets nothing. [facts 1; microsoft/terminal
    src/inc/til/env.h] Elsewhere each layer replaces the one below; a PATH holds the one below where its rules say.
    """
    rules = state.rules
    layers: dict[str, tuple[Layer, ...]] = {}
    seen: dict[str, Value] = {}
    for scope, values, expands in _steps(state, upto):
        before = Variables(seen)
        for name, value in values.items():
            key, text = fold_name(name), rules.expand(value.data, before) if expands else value.data
            known = layers.get(key, ())
            text = rules.compose(name, scope, (known[-1].scope, known[-1].text) if known else None, text)
            if not (known and known[-1].scope == scope and known[-1].text == text):
                known = (*known, Layer(scope, text))
            layers[key] = known
            seen[key] = Value(text)
    if not rules.typed:
        counted = {
            key: rules.counting(key, [(layer.scope, layer.text) for layer in known]) for key, known in layers.items()
        }
        layers = {key: tuple(Layer(*pair) for pair in pairs) for key, pairs in counted.items() if pairs}
    path = layers.get("PATH", ())
    path_text = path[-1].text if path else ""
    return Effective(layers, tuple(rules.split_path(path_text)), path_text)


def comparison(state: State, scope: Scope, variables: Variables) -> Variables:
    """The variables by which PATH entries of a scope are compared: all it can refer to, references resolved twice.

    Twice, because a reference to a REG_EXPAND_SZ of the same scope often works in practice (facts 1: unreliable), and
    an entry that may mean the same directory is better recognised than doubled.
    """
    if not state.rules.typed:
        return Variables()  # nothing refers to anything
    changed = state.with_variables(variables, state.anchor) if scope is state.target else state
    found = effective(changed, scope)
    once = Variables((name, Value(text)) for name, text in found.texts.items() if not state.rules.joins(name))
    return Variables((name, Value(state.rules.expand(value.data, once))) for name, value in once.items())


def winner(state: State, environment: Effective) -> Winner:
    """Which go a new process runs: the first directory on PATH that holds one, as far as `state.directories` knows."""
    unjudged: list[str] = []
    for entry in environment.path:
        path = state.rules.directory_of(entry, {})
        if not path:
            continue
        known = state.directory(path)
        if known.go:
            return Winner(path, known.go, known.runs, tuple(unjudged))
        if state.rules.is_remote(path) or (
            known.exists is None and state.rules.can_look_up(path) and not known.partial
        ):
            unjudged.append(path)
    return Winner(None, None, None, tuple(unjudged))


def same_place(rules: Rules, one: str, other: str) -> bool:
    """Whether two expanded paths name the same directory, links apart."""
    return rules.fold_path(one, {}) == rules.fold_path(other, {})
