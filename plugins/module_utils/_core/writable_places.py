# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Places of everybody's that others can write to. Pure."""

from __future__ import annotations

import typing as t

from .findings import Finding


def writable_by_others(who: str, places: t.Sequence[str], advice: str) -> list[Finding]:
    """Who can write to an SDK for everybody, or to a directory above it, can exchange its go (docs/facts.md,
    "Writable directories").
    """
    if not places:
        return []
    return [
        Finding.of(
            "go_writable_by_users",
            f"{who} can write to {', '.join(places)}, so they can exchange the go that everybody runs.",
            f"{advice} (CWE-427).",
            places[0],
        )
    ]
