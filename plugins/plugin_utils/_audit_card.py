# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A scorecard as text. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.gopher.devbox.plugins.module_utils._go.audit import PROJECT

from ._audit_layout import numbered, table, wrapped

Card = t.Mapping[str, t.Any]
DASH = "–"


def host_card(card: Card, project: bool) -> list[str]:
    """The scorecard of the one host in it: its cells, and what each cell of a mode in use has lost. project: whether
    one was looked at.
    """
    (host,) = card["hosts"]
    lines = [f"  Scorecard ({card['scheme']}; {DASH}: not in use or not measured, beside it what it would have)"]
    lines += _cells({mode: {name: _cell(cell) for name, cell in row.items()} for mode, row in host["cells"].items()}, 4)
    rows = [
        (mode, dimension, _lost(cell))
        for mode, row in host["cells"].items()
        for dimension, cell in row.items()
        if cell["score"] is not None and (cell["deductions"] or cell["caps"])
    ]
    unknown = [mode for mode, use in host["in_use"].items() if use["known"] is None and (mode != PROJECT or project)]
    if unknown:
        lines += wrapped(f"It is not known whether these are in use: {', '.join(unknown)}", 4, 6)
    return [*lines, *table(rows, 4)]


def fleet_card(card: Card) -> list[str]:
    """The scorecard of all hosts in it."""
    heading = f"Scorecard ({card['scheme']}; the lower median of the hosts that use the mode; low: 2 or less)"
    cells = {mode: {name: _of_fleet(cell) for name, cell in row.items()} for mode, row in card["fleet"].items()}
    return [*wrapped(heading, 0, 2), *_cells(cells, 2)]


def _cells(texts: t.Mapping[str, t.Mapping[str, str]], indent: int) -> list[str]:
    names = list(next(iter(texts.values())))
    return table([("", *names), *((mode, *(row[name] for name in names)) for mode, row in texts.items())], indent)


def _number(score: float | None) -> str:
    return DASH if score is None else f"{score:g}"


def _cell(cell: t.Mapping[str, t.Any]) -> str:
    if cell["score"] is None and cell["structural"] is not None:
        return f"{DASH} ({_number(cell['structural'])})"
    return _number(cell["score"])


def _lost(cell: t.Mapping[str, t.Any]) -> str:
    """What each id costs, in the order of the deductions; then what caps the cell."""
    costs: dict[str, list[float]] = {}
    for one in cell["deductions"]:
        costs.setdefault(one["id"], []).append(one["points"])
    found = [f"{_signed(sum(points))} {id}{_times(len(points))}" for id, points in costs.items() if sum(points)]
    caps = dict.fromkeys(f"at most {_number(one['points'])} for {one['id']}" for one in cell["caps"])
    return ", ".join([*found, *caps]) or "nothing lost"


def _signed(points: float) -> str:
    return f"{points:+g}".replace("-", "−")


def _times(count: int) -> str:
    return f" ({count} times)" if count > 1 else ""


def _of_fleet(cell: t.Mapping[str, t.Any]) -> str:
    if cell["score"] is None:
        return _cell(cell)
    return f"{_number(cell['score'])} ({numbered(cell['hosts'], 'host')}, {cell['low']} low)"
