# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How much longer something takes than something else, from runs of both by turns. Pure."""

from __future__ import annotations

import statistics
import typing as t


def longer(pairs: t.Sequence[tuple[float, float]]) -> float:
    """How many milliseconds the first of each pair takes longer than the second, as a median; 0 where that is within
    the noise. pairs: seconds, at least one.

    Within the noise is what a quarter of the pairs or more do not show at all.
    """
    more = sorted(one - other for one, other in pairs)
    if more[len(more) // 4] <= 0:
        return 0.0
    return round(statistics.median(more) * 1000, 2)
