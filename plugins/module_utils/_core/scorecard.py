# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The scorecard: how the three modes do on hosts, in three dimensions, from what audits found. Pure.

docs/scorecard.md has the rules. There is no total. Every point that a cell has lost is in its list of deductions, and
every finding is in the list of one cell, or among those that count for nothing.
"""

from __future__ import annotations

import typing as t

from .findings import DIMENSIONS as DIMENSION_OF
from .findings import MAINTAINABILITY, PERFORMANCE, SECURITY
from .medium import MACHINE, USER
from .scored import MODES, PROJECT, Found, Scored, Use, read_documents

SCHEME = "scorecard-1"

DIMENSIONS = (PERFORMANCE, SECURITY, MAINTAINABILITY)

# Points are counted in quarters, so that every sum is exact.
_QUARTERS = 4
_BEST, _WORST = 5 * _QUARTERS, 1 * _QUARTERS
_HALF = _QUARTERS // 2

#: what the first finding of an id costs
_SEVERITY = {"error": 2 * _QUARTERS, "warning": 1 * _QUARTERS, "info": 0}
#: what each further error or warning of that id costs, and what an id costs at most in a cell
_REPEAT, _MOST = 1, 2 * _QUARTERS

#: the most that a cell with an error has, and one with a user-writable directory on the machine PATH
_ERROR_CAP, _WRITABLE_CAP = 2 * _QUARTERS, 1 * _QUARTERS
#: the ids that say the second
WRITABLE = frozenset(("path_writable_by_users",))

#: a cell of this many points or less counts as low in a fleet
_LOW = 2 * _QUARTERS

#: milliseconds that a shell takes longer, at most, and the points for it
_SPEED = ((10, 5), (50, 4), (200, 3), (1000, 2))


class Rule(t.NamedTuple):
    """What a mode costs by its nature: the name of the rule, quarters of a point, and why."""

    name: str
    points: int
    reason: str


STRUCTURAL: dict[tuple[str, str], tuple[Rule, ...]] = {
    (MACHINE, SECURITY): (
        Rule("needs_elevation", 4, "A change needs an administrator or root."),
        Rule("seen_by_services", 4, "Services and everybody on the host get these values."),
    ),
    (MACHINE, MAINTAINABILITY): (Rule("one_sdk_for_all", 4, "Every project and every person gets the same SDK."),),
    (USER, MAINTAINABILITY): (
        Rule("hidden_from_others", 2, "The next person who looks for a value does not see those of this account."),
    ),
    (PROJECT, SECURITY): (
        Rule("trusts_project_files", 4, "Whoever can write into the project decides what a shell that enters it runs."),
    ),
    (PROJECT, MAINTAINABILITY): (Rule("must_be_entered", 4, "It has no effect in a shell that did not enter it."),),
}

BY_CONSTRUCTION = "Windows hands a new process these variables. Nothing is started for them, so nothing is measured."
UNMEASURED = "Not measured. Give measure: true to go_env_info."
UNMEASURED_ON_WINDOWS = "Not measured: nothing is started on a Windows host."


class Deduction(t.NamedTuple):
    """Points that a cell lost, in quarters."""

    #: structural, or error, warning, info, repeat, limit of a finding
    rule: str
    #: of the structural rule or the finding
    id: str
    points: int
    message: str
    subject: str = ""
    layer: str = ""

    def to_result(self) -> dict[str, t.Any]:
        return {
            "rule": self.rule,
            "id": self.id,
            "points": _points(-self.points),
            "subject": self.subject,
            "message": self.message,
            "layer": self.layer,
        }


class Cell(t.NamedTuple):
    """A mode in a dimension on a host, in quarters of a point; None is shown as a dash."""

    #: where it starts, None where that is not known, and why there
    start: int | None
    why: str
    deductions: tuple[Deduction, ...]
    #: the most that it may have, by rule, id and message of what says so
    caps: tuple[tuple[int, Deduction], ...]
    in_use: bool

    @property
    def structural(self) -> int | None:
        """What the mode would have without a finding."""
        return _cell(self.start, (found for found in self.deductions if found.rule == "structural"), ())

    @property
    def score(self) -> int | None:
        return _cell(self.start, self.deductions, self.caps) if self.in_use else None

    def to_result(self) -> dict[str, t.Any]:
        return {
            "score": _points(self.score),
            "structural": _points(self.structural),
            "start": _points(self.start),
            "why": self.why,
            "deductions": [found.to_result() for found in self.deductions],
            "caps": [{**found.to_result(), "points": _points(most)} for most, found in self.caps],
        }


class Card(t.NamedTuple):
    """A host: whether it uses each mode, its cells by mode and dimension, and findings that count for nothing, each
    with why.
    """

    scored: Scored
    cells: t.Mapping[tuple[str, str], Cell]
    not_counted: tuple[tuple[str, Found], ...]

    def to_result(self) -> dict[str, t.Any]:
        return {
            "host": self.scored.host,
            "user": self.scored.user,
            "taken": self.scored.taken,
            "in_use": {mode: _use(self.scored.uses[mode]) for mode in MODES},
            "cells": {
                mode: {dimension: self.cells[mode, dimension].to_result() for dimension in DIMENSIONS} for mode in MODES
            },
            "not_counted": [{"reason": reason, **found._asdict()} for reason, found in self.not_counted],
        }


def scorecard(documents: t.Any, waived: t.Iterable[str] = ()) -> dict[str, t.Any]:
    """The scorecard of one audit document, or of a list of them. waived: ids of findings that count for nothing.

    Raises DocumentError for what is no document.
    """
    accepted = frozenset(waived)
    cards = [card(scored, accepted) for scored in read_documents(documents)]
    return {
        "scheme": SCHEME,
        "hosts": [one.to_result() for one in cards],
        "fleet": {
            mode: {dimension: _fleet([one.cells[mode, dimension] for one in cards]) for dimension in DIMENSIONS}
            for mode in MODES
        },
    }


def card(scored: Scored, waived: t.Collection[str] = ()) -> Card:
    """The cells of a host."""
    counted, not_counted = [], []
    for found in scored.findings:
        reason = _not_counted(found, waived)
        if reason:
            not_counted.append((reason, found))
        else:
            counted.append(found)
    cells = {}
    for mode in MODES:
        for dimension in DIMENSIONS:
            of_cell = [found for found in counted if found.mode == mode and DIMENSION_OF[found.id] == dimension]
            start, why = _start(scored, mode, dimension)
            structural = [
                Deduction("structural", rule.name, rule.points, rule.reason)
                for rule in STRUCTURAL.get((mode, dimension), ())
            ]
            cells[mode, dimension] = Cell(
                start, why, (*structural, *_deductions(of_cell)), tuple(_caps(of_cell)), bool(scored.uses[mode].known)
            )
    return Card(scored, cells, tuple(not_counted))


def _not_counted(found: Found, waived: t.Collection[str]) -> str:
    if found.id in waived:
        return "waived"
    if found.id not in DIMENSION_OF:
        return "unknown id"
    return "" if DIMENSION_OF[found.id] in DIMENSIONS else "no dimension"


def _start(scored: Scored, mode: str, dimension: str) -> tuple[int | None, str]:
    if dimension != PERFORMANCE:
        return _BEST, "Every cell starts at 5."
    if scored.windows and mode != PROJECT:
        return _BEST, BY_CONSTRUCTION
    taken = scored.measured.get(mode)
    if taken is None:
        return None, UNMEASURED_ON_WINDOWS if scored.windows else UNMEASURED
    points = next((points for most, points in _SPEED if taken <= most), 1)
    what = "Entering the project takes" if mode == PROJECT else "A new shell takes"
    return points * _QUARTERS, f"{what} {taken:g} ms longer with it than without."


def _deductions(findings: t.Sequence[Found]) -> t.Iterator[Deduction]:
    """What findings of one cell cost. They are in the order of their ids, those that cost most first."""
    spent: dict[str, int] = {}
    for found in findings:
        before = spent.get(found.id)
        rule = found.severity
        points = _SEVERITY[found.severity]
        if before is not None and points:
            rule, points = ("repeat", _REPEAT) if before + _REPEAT <= _MOST else ("limit", 0)
        spent[found.id] = (before or 0) + points
        yield Deduction(rule, found.id, points, found.message, found.subject, found.layer)


def _caps(findings: t.Sequence[Found]) -> t.Iterator[tuple[int, Deduction]]:
    for found in findings:
        said = (found.id, 0, found.message, found.subject, found.layer)
        if found.id in WRITABLE and found.mode == MACHINE:
            yield _WRITABLE_CAP, Deduction("writable_machine_path", *said)
        elif found.severity == "error":
            yield _ERROR_CAP, Deduction("open_error", *said)


def _cell(start: int | None, deductions: t.Iterable[Deduction], caps: t.Iterable[tuple[int, Deduction]]) -> int | None:
    """Rounded down to halves, at least 1, and at most what caps it."""
    if start is None:
        return None
    left = start - sum(found.points for found in deductions)
    return min([max(left // _HALF * _HALF, _WORST), *(most for most, _found in caps)])


def _fleet(cells: t.Sequence[Cell]) -> dict[str, t.Any]:
    """The lower median over the hosts that use the mode and have a score."""
    scores = [cell.score for cell in cells if cell.score is not None]
    return {
        "score": _points(_lower_median(scores)),
        "structural": _points(_lower_median([cell.structural for cell in cells if cell.structural is not None])),
        "in_use": sum(cell.in_use for cell in cells),
        "hosts": len(scores),
        "low": sum(score <= _LOW for score in scores),
    }


def _lower_median(values: t.Sequence[int]) -> int | None:
    return sorted(values)[(len(values) - 1) // 2] if values else None


def _points(quarters: int | None) -> float | None:
    return None if quarters is None else quarters / _QUARTERS


def _use(use: Use) -> dict[str, t.Any]:
    return {"known": use.known, "evidence": list(use.evidence)}
