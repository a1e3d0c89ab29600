# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much longer: medians of pairs, and what is noise."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.gopher.devbox.plugins.module_utils._core.longer import longer

seconds = st.floats(0.001, 2.0)
pairs = st.lists(st.tuples(seconds, seconds), min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("found", "milliseconds"),
    [
        ([(0.012, 0.010), (0.013, 0.010), (0.050, 0.010)], 3.0),
        ([(0.010, 0.010)] * 5, 0.0),
        # of four pairs one is the other way round: noise
        ([(0.012, 0.010), (0.009, 0.010), (0.013, 0.010), (0.014, 0.010)], 2.5),
        ([(0.012, 0.010), (0.009, 0.010), (0.008, 0.010), (0.014, 0.010)], 0.0),
        ([(0.010, 0.012)] * 3, 0.0),
        ([(0.0123456, 0.01)], 2.35),
    ],
)
def test_examples(found: list[tuple[float, float]], milliseconds: float) -> None:
    assert longer(found) == milliseconds


@given(pairs, st.randoms())
def test_it_is_never_negative_and_order_does_not_matter(found: list[tuple[float, float]], random: Any) -> None:
    shuffled = found[:]
    random.shuffle(shuffled)
    assert 0 <= longer(found) == longer(shuffled)


@given(pairs)
def test_of_two_ways_round_one_is_equal_at_least(found: list[tuple[float, float]]) -> None:
    assert 0.0 in (longer(found), longer([(other, one) for one, other in found]))
