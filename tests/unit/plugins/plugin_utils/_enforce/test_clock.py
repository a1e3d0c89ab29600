"""Ids of runs, times of day, and windows, with the present given."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.gopher.devbox.plugins.plugin_utils._enforce.clock import (
    DAY,
    HOUR,
    RUN_ID,
    Freeze,
    date_of,
    deadline,
    frozen,
    run_id,
    seconds_of,
    stamp,
    started,
    time_of,
)

NOW = seconds_of("2026-11-30T02:15:00Z")
seconds = st.integers(0, 2**32)


@given(seconds, seconds)
def test_ids_are_in_the_order_of_time(one: int, other: int) -> None:
    first, second = run_id(one, "ffff"), run_id(other, "0000")
    assert RUN_ID.match(first)
    assert started(first) == one
    assert (first < second) == (one < other) or one == other


@given(seconds)
def test_a_stamp_is_read_again(one: int) -> None:
    assert seconds_of(stamp(one)) == one


def test_dates_are_what_yaml_makes_of_them_or_texts() -> None:
    assert date_of(datetime.date(2026, 12, 31)) == date_of("2026-12-31") == datetime.date(2026, 12, 31)


@pytest.mark.parametrize("value", ["31.12.2026", "2026-13-01", "", None, 20261231, True, datetime.datetime(2026, 1, 1)])  # noqa: DTZ001
def test_what_is_no_date_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        date_of(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("05:30", "2026-11-30T05:30:00Z"),
        ("05:30Z", "2026-11-30T05:30:00Z"),
        ("02:15", "2026-12-01T02:15:00Z"),
        ("00:00", "2026-12-01T00:00:00Z"),
        ("2026-11-30T06:00+02:00", "2026-11-30T04:00:00Z"),
        ("2026-12-01", "2026-12-01T00:00:00Z"),
    ],
)
def test_the_time_to_stop_is_the_next_one(value: str, expected: str) -> None:
    assert stamp(deadline(value, NOW)) == expected


@pytest.mark.parametrize("value", ["24:00", "5:30", 1930, "soon", None])
def test_what_is_no_time_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="is no time"):
        deadline(value, NOW)


def test_a_freeze_lasts_until_the_end_of_its_last_day_in_utc() -> None:
    window = Freeze(time_of("2026-12-24"), time_of("2026-12-26", ends=True), "holidays")
    assert frozen([window], seconds_of("2026-12-23T23:59:59Z")) is None
    assert frozen([window], seconds_of("2026-12-24T00:00:00Z")) is window
    assert frozen([window], seconds_of("2026-12-26T23:59:59Z")) is window
    assert frozen([window], seconds_of("2026-12-27T00:00:00Z")) is None


def test_of_several_freezes_the_longer_one_is_named() -> None:
    short, long = Freeze(NOW - HOUR, NOW + HOUR, "short"), Freeze(NOW - HOUR, NOW + DAY, "long")
    assert frozen([long, short], NOW) is long
    assert frozen([short, long], NOW) is long
