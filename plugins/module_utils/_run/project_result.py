# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run of go_project tells: changes, diff, what a shell in the project will see. Pure; everything is masked here,
at the end.
"""

from __future__ import annotations

import typing as t

from .._core.findings import Finding
from .._core.masker import Masker
from .._core.plan import Plan
from .._core.state import State
from .._core.store import Outcome
from .._core.values import Value
from .._editors.managed_items import FILE, MADE, ManagedItem
from .._editors.project import Project
from .._formats.generated import summary
from .._formats.launchers import is_ours
from .._media.project_medium import OURS


class Previewed(t.Protocol):
    def preview(self, plan: Plan) -> dict[str, tuple[bytes | None, bytes | None]]: ...

    def place(self, file: str) -> str: ...


def to_result(
    outcome: Outcome,
    findings: t.Sequence[Finding],
    store: Previewed,
    project: Project,
    sdk: t.Mapping[str, t.Any],
    diff: bool,
) -> dict[str, t.Any]:
    """The module's result."""
    names = sorted({*outcome.before.record.variables, *outcome.after.record.variables, *outcome.plan.record.variables})
    result: dict[str, t.Any] = {
        "changed": outcome.changed,
        "project": project.directory,
        "user": outcome.before.sid,
        "before": _side(outcome.before, names),
        "after": _side(outcome.after, names),
        "changes": [
            {
                "name": change.name,
                "before": _told(change.name, change.before),
                "after": _told(change.name, change.after),
            }
            for change in outcome.plan.changes
            if ManagedItem.of(change.name).kind != MADE
        ],
        "journal": outcome.journal,
        "undone": outcome.plan.restores.id if outcome.plan.restores and outcome.changed else None,
        "effective": effective(project, sdk),
        "refresh": refresh(outcome),
        "findings": [finding.to_result(str) for finding in dict.fromkeys((*outcome.findings, *findings))],
        "drift": _drift(outcome, store),
    }
    if diff:
        result["diff"] = to_diff(store, outcome.plan)
    texts = [text for side in result.get("diff", ()) for text in (side["before"], side["after"])]
    masked: dict[str, t.Any] = Masker(vars(project), *outcome.texts(), texts).result(result)
    return masked


def _drift(outcome: Outcome, store: Previewed) -> list[dict[str, t.Any]]:
    """What was not in sync, each item with the full path of its file."""
    if not outcome.drift:
        return []
    from .drift_result import Told, to_drift  # only a run that was not in sync needs it

    def named(name: str) -> str:
        file, mark, rest = name.partition("#")
        return f"{store.place(ManagedItem.of(name).file)}{mark}{rest}" if file else name

    reason = next((finding.message for subject, finding in outcome.before.obstacles if not subject), "")
    medium = outcome.before.medium.texts.name
    return to_drift(outcome.drift, Told(medium, "project", named=named, reason=reason))


def _side(state: State, names: t.Iterable[str]) -> dict[str, str | None]:
    return {name: _told(name, state.variables.get(name)) for name in names if ManagedItem.of(name).kind != MADE}


def _told(name: str, value: Value | None) -> str | None:
    """A part for people: `file` for a whole one, else its text."""
    if value is None:
        return None
    if ManagedItem.of(name).kind == FILE:
        return "file"
    return value.data.removeprefix(OURS)


def effective(project: Project, sdk: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """What the launchers set for a shell, as it was asked for; a GOROOT of null is chosen when the project is
    entered.
    """
    return {
        "GOROOT": project.goroot,
        "GOPATH": list(project.gopath) or None,
        "GOBIN": project.gobin,
        "path": list(project.path),
        "variables": dict(sorted(project.variables.items())),
        "sdk": dict(sdk) or None,
    }


def refresh(outcome: Outcome) -> list[str]:
    """Who must start again what to see the change."""
    files = {ManagedItem.of(change.name).file.replace("\\", "/").rpartition("/")[2] for change in outcome.plan.changes}
    told = []
    if any(file.startswith("go-env.") or file == ".envrc" for file in files):
        told.append("Shells that are in the project leave it and enter it again.")
    if files & {"settings.json", "launch.json", "tasks.json"}:
        told.append(
            "VS Code reads its files at once; terminals that are open, and gopls, keep what they have until they "
            "are started again."
        )
    if any(file.endswith(".xml") for file in files):
        told.append(
            "GoLand is closed while its files are written, or it writes its own over them; then start it again."
        )
    if any("Fragments" in ManagedItem.of(change.name).file for change in outcome.plan.changes):
        told.append(
            "Windows Terminal reads the profile when its settings.json is touched, which this run did, or when "
            "it starts."
        )
    return told


def to_diff(store: Previewed, plan: Plan) -> list[dict[str, str]]:
    """Each file before and after; of a launcher that comes or goes what it says of itself."""
    out = []
    for path, (before, after) in store.preview(plan).items():
        if before != after:
            texts = {"before": _text(before), "after": _text(after)}
            if (before is None or after is None) and is_ours((before or b"") + (after or b"")):
                texts = {side: summary(text) for side, text in texts.items()}
            out.append({"before_header": path, "after_header": path, **texts})
    return out


def _text(data: bytes | None) -> str:
    return "" if data is None else data.decode("utf-8", "replace")
