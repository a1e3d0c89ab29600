"""What a host remembers for enforcement: put-backs by the time in run ids, holds, and their ends."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.gopher.devbox.plugins.module_utils._core.enforcement import (
    CONTESTED,
    OF_RUNS,
    Enforcement,
    hold_of,
    hour_of,
    is_contested,
    with_put_backs,
    without_old,
)
from ansible_collections.gopher.devbox.plugins.module_utils._core.record import Hold, Memory, Record

KEY = "GOFLAGS"


def at(hour: int, every: int = 24) -> Enforcement:
    """A run so many hours after the first of a month."""
    return Enforcement(f"202611{1 + hour // 24:02d}T{hour % 24:02d}0000Z-1a2b", every=every)


def put_back(hours: t.Iterable[int], every: int = 24) -> Memory:
    memory = Memory()
    for hour in hours:
        memory = with_put_backs(memory, [KEY], (), at(hour, every))
    return memory


def test_the_time_of_a_run_is_in_its_id() -> None:
    assert hour_of("19700102T010000Z-x") == 25
    assert hour_of("20261130T021500Z-1a2b") == hour_of("20261130T020000Z-1a2b") + 0.25  # type: ignore[operator]
    for none in ("20261130T021500Z", "20261301T021500Z-1a2b", "20261130T026000Z-1a2b", "x20261130T021500Z-1a2b", ""):
        assert hour_of(none) is None
    assert at(0).today == "2026-11-01"


@pytest.mark.parametrize("every", [1, 6, 24])
@pytest.mark.parametrize(
    ("nights", "contested"),
    [
        ((0, 1, 2), True),
        ((0, 2, 4), True),
        ((0, 1), False),
        ((0, 2, 5), False),
        ((0, 1, 6, 7), False),
        ((0, 5, 6, 7), True),
        ((0, 5, 10, 15), False),
    ],
)
def test_three_put_backs_within_five_runs_contest(nights: tuple[int, ...], contested: bool, every: int) -> None:
    memory = put_back([night * every for night in nights], every)
    assert is_contested(memory, KEY, at((nights[-1] + 1) * every, every)) is contested
    assert is_contested(memory, KEY, at((nights[-1] + 10) * every, every)) is contested, "it stays so"
    assert not is_contested(memory, "GOPATH", at(0))


def test_a_run_that_begins_late_still_counts() -> None:
    runs = ("20261101T020000Z-a", "20261103T020000Z-a", "20261105T053000Z-a")
    memory = Memory()
    for run in runs:
        memory = with_put_backs(memory, [KEY], (), Enforcement(run))
    assert is_contested(memory, KEY, Enforcement("20261106T020000Z-a"))


def test_the_same_run_counts_once() -> None:
    memory = Memory()
    for _again in range(5):
        memory = with_put_backs(memory, [KEY], (), at(0))
    assert memory.put_backs == {KEY: (at(0).run,)}
    assert not is_contested(memory, KEY, at(24))


def test_what_is_settled_begins_to_count_anew() -> None:
    memory = put_back((0, 24, 48))
    assert memory.contested == (KEY,)
    memory = with_put_backs(memory, [KEY], {KEY}, at(72))
    assert (memory.put_backs, memory.contested) == ({KEY: (at(72).run,)}, ())


@given(st.lists(st.integers(0, 600), min_size=1, max_size=12), st.integers(0, 600))
def test_the_order_in_which_clocks_say_it_was_takes_nothing_away(hours: list[int], last: int) -> None:
    """Whatever a clock says, an item that was put back in the last three runs is contested, and never with fewer."""
    memory = put_back(hours)
    assert len(memory.put_backs[KEY]) <= OF_RUNS
    if len(set(hours)) < CONTESTED:
        assert not is_contested(memory, KEY, at(last))
    behind = min(hours)
    memory = put_back((*hours, behind, max(0, behind - 1)))
    if len({*hours, behind, max(0, behind - 1)}) >= CONTESTED and len(hours) <= CONTESTED:
        assert is_contested(memory, KEY, at(max(0, behind - 1)))


def test_what_is_over_is_forgotten() -> None:
    memory = put_back((0, 24, 48))._replace(holds={"A": Hold("2026-11-10", "r"), "B": Hold("2026-11-11", "r")})
    now = at(24 * 10)
    assert now.today == "2026-11-11"
    left = without_old(memory, lambda _key: True, now)
    assert (left.holds, left.put_backs, left.contested) == ({"B": Hold("2026-11-11", "r")}, {}, ())
    kept = without_old(memory, lambda key: key != KEY, now)
    assert (kept.put_backs, kept.contested) == (memory.put_backs, memory.contested)
    assert without_old(memory, lambda _key: True, at(72)).contested == (KEY,)


def test_a_hold_lasts_thirty_days_at_most_and_has_a_reason() -> None:
    assert hold_of("2026-11-30", " because ", "2026-11-30") == Hold("2026-11-30", "because")
    assert hold_of("2026-12-30", "x", "2026-11-30").until == "2026-12-30"
    for until, reason, words in (
        ("2026-12-31", "x", "30 days at most"),
        ("2026-11-29", "x", "is over"),
        ("2026-11-31", "x", "name a day"),
        ("30.11.2026", "x", "name a day"),
        ("2026-12-01", "", "reason is empty"),
    ):
        with pytest.raises(ValueError, match=words):
            hold_of(until, reason, "2026-11-30")


keys = st.sampled_from(["GOFLAGS", r"PATH:C:\GO\BIN", "/home/a/.profile"])
memories = st.builds(
    Memory,
    st.dictionaries(keys, st.none() | st.text()),
    st.dictionaries(keys, st.builds(Hold, st.just("2026-11-30"), st.text())),
    st.dictionaries(keys, st.lists(st.just("20261130T021500Z-1a2b")).map(tuple)),
    st.lists(keys).map(tuple),
)


@given(memories)
def test_a_record_brings_its_memory_back(memory: Memory) -> None:
    record = Record({"GOFLAGS": "-v"}, memory=memory, cleared=("GOPROXY",), marks={"/p": "m"}, last=True)
    assert Record.loads(record.dumps()) == record


@pytest.mark.parametrize("broken", ['{"holds":{"A":["2026-11-30"]}}', '{"put_backs":[1]}', '{"restored":[]}'])
def test_a_damaged_memory_is_a_damaged_record(broken: str) -> None:
    text = Record({"GOFLAGS": "-v"}).dumps()[:-1] + "," + broken[1:]
    assert Record.loads(text) == Record(damaged=True)
