# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run tells: changes, diff, effective values, who must start again. Pure; everything is masked here, at
the end.
"""

from __future__ import annotations

import typing as t

from .._core.effective import Effective, effective, winner
from .._core.masker import Masker
from .._core.medium import Medium
from .._core.record import ANCHOR, ENVIRONMENT, HOOK, Change
from .._core.state import Layout, State
from .._core.store import Outcome
from .._core.values import Value
from .._core.wanted import Scope, Wanted

_ALWAYS = ("GOROOT", "GOPATH", "GOBIN")


def to_result(outcome: Outcome, wanted: Wanted, diff: bool) -> dict[str, t.Any]:
    """The module's result."""
    name = wanted.medium.texts.name
    label = f"{name} ({wanted.scope.value})" if wanted.medium.policy.holds_path else name
    masked: dict[str, t.Any] = Masker(wanted, *outcome.texts()).result(unmasked(outcome, wanted, diff, label))
    return masked


def drift_of(outcome: Outcome, wanted: Wanted, label: str, variables: str) -> list[dict[str, t.Any]]:
    """What was not in sync in one medium, before the way out. variables: the option that its variables have."""
    if not outcome.drift:
        return []
    from .drift_result import Told, to_drift  # only a run that was not in sync needs it

    obstacles = (f"{finding.message} {finding.advice}" for subject, finding in outcome.before.obstacles if not subject)
    reason = next(obstacles, "") if outcome.before.unread else ""
    return to_drift(outcome.drift, Told(label, wanted.scope.value, variables, reason=reason))


def unmasked(
    outcome: Outcome, wanted: Wanted, diff: bool, label: str, variables: str = "variables"
) -> dict[str, t.Any]:
    """The result of one medium, before the way out. label, variables: as in `drift_of`."""
    names = _names(outcome, wanted)
    result: dict[str, t.Any] = {
        "changed": outcome.changed,
        "scope": wanted.medium.policy.scopes[wanted.scope.value],
        wanted.medium.texts.owner: outcome.before.sid if wanted.scope is Scope.USER else "",
        "before": _side(outcome.before, names),
        "after": _side(outcome.after, names),
        "changes": [_change(wanted.medium, change, outcome.before.layout) for change in outcome.plan.changes]
        + [{"name": path, "before": None, "after": "directory"} for path in outcome.plan.directories],
        "journal": outcome.journal,
        "undone": outcome.plan.restores.id if outcome.plan.restores and outcome.changed else None,
        "effective": to_effective(outcome.after, names),
        "refresh": refresh(outcome, wanted),
        "findings": [finding.to_result(str) for finding in dict.fromkeys(outcome.findings)],
        "drift": drift_of(outcome, wanted, label, variables),
    }
    if wanted.medium.texts.has_inventory:
        result["inventory"] = dict(outcome.before.inventory)
    if diff:
        result["diff"] = to_diff(outcome, wanted)
    return result


def _names(outcome: Outcome, wanted: Wanted) -> list[str]:
    names = [
        *_ALWAYS,
        *wanted.named(),
        *outcome.after.record.variables,
        *(change.name for change in outcome.plan.changes if change.place == ENVIRONMENT),
    ]
    return [name for name in dict.fromkeys(names) if not wanted.medium.is_path(name)]


def _change(medium: Medium, change: Change, layout: Layout) -> dict[str, str | None]:
    """One change; of a file that brings variables into effect what its medium says of it."""
    if change.place == HOOK:
        before, after = (
            layout.told(change.name, value.data if value else None) for value in (change.before, change.after)
        )
        return {"name": change.name, "before": before, "after": after}
    return {
        "name": _label(medium, change.name, change.place),
        "before": _text(change.before),
        "after": _text(change.after),
    }


def _label(medium: Medium, name: str, place: str) -> str:
    if place == ANCHOR:
        return medium.texts.anchor
    return medium.list_name if medium.is_path(name) else name


def _text(value: Value | None) -> str | None:
    return None if value is None else value.data


def _side(state: State, names: t.Iterable[str]) -> dict[str, t.Any]:
    """The target scope's values by name, PATH as a list of entries."""
    out: dict[str, t.Any] = {name: _text(state.variables.get(name)) for name in names}
    name = state.medium.list_name
    path = state.variables.get(name)
    if state.medium.policy.holds_path:
        out[name] = list(state.medium.syntax.split_path(path.data)) if path else None
    return out


def to_effective(state: State, names: t.Iterable[str]) -> dict[str, t.Any]:
    """What a new process will see: each variable with the scope it comes from and what that hides, PATH, and which go
    runs.
    """
    environment = effective(state)
    first = winner(state, environment)
    out: dict[str, t.Any] = {name: _layers(environment, name) for name in names}
    out["PATH"] = list(environment.path)
    out["go"] = {
        "file": state.medium.syntax.child(first.directory, first.file) if first.directory and first.file else None,
        "version": first.version,
        "unjudged": list(first.unjudged),
    }
    return out


def _layers(environment: Effective, name: str) -> dict[str, t.Any] | None:
    layer = environment.layer(name)
    if layer is None:
        return None
    return {
        "value": layer.text,
        "scope": layer.scope,
        "shadows": [{"scope": below.scope, "value": below.text} for below in environment.shadowed(name)],
    }


def to_diff(outcome: Outcome, wanted: Wanted) -> dict[str, str] | list[dict[str, str]]:
    """Before and after as texts a person can read: changed values only, PATH one entry a line; then, in a list, each
    file that brings them into effect.
    """
    medium = wanted.medium
    header = f"{medium.policy.scopes[wanted.scope.value]} scope" + (
        f" of {outcome.before.sid}" if wanted.scope is Scope.USER else ""
    )
    values = [change for change in outcome.plan.changes if change.place != HOOK]
    before, after = [], []
    for change in values:
        label = _label(medium, change.name, change.place)
        before += _lines(medium, label, change.before)
        after += _lines(medium, label, change.after)
    after += [f"directory {path}\n" for path in outcome.plan.directories]
    told = {"before_header": header, "after_header": header, "before": "".join(before), "after": "".join(after)}
    files = []
    for change in outcome.plan.changes:
        if change.place == HOOK:
            layout, alone = outcome.before.layout, change.before is None or change.after is None
            before_text, after_text = (
                layout.shown(change.name, value.data, alone) if value else "" for value in (change.before, change.after)
            )
            label = layout.label(change.name)
            files.append({"before_header": label, "after_header": label, "before": before_text, "after": after_text})
    if not files:
        return told
    return [told, *files] if before or after else files


def _lines(medium: Medium, label: str, value: Value | None) -> list[str]:
    if value is None:
        return []
    kind = f" ({medium.texts.kind(value)})" if medium.texts.kind(value) else ""
    if label == medium.list_name and medium.policy.holds_path:
        return [f"{label}{kind}\n", *(f"    {entry}\n" for entry in medium.syntax.split_path(value.data))]
    return [f"{label} = {value.data}{kind}\n"]


def refresh(outcome: Outcome, wanted: Wanted) -> list[str]:
    """Who must start again to see the change (docs/facts.md, "Environment refresh": a broadcast from a service session
    reaches no desktop, so none is claimed).
    """
    if not outcome.plan.changes:
        return []
    return wanted.medium.texts.refresh(wanted.scope)
