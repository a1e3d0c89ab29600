# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a run enforces a policy, and what a host remembers of that. Pure: the clock is the id of the run."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .frozen import Frozen
from .patterns import pattern
from .record import Hold, Memory

RUN_ID = pattern(r"\d{8}T\d{6}Z-[0-9A-Za-z]{1,32}\Z")
_DATE = pattern(r"\d{4}-\d{2}-\d{2}\Z")

POLICY, HOST = "policy", "host"
#: a settle or a waiver with this name is about every PATH entry
EVERY_ENTRY = "PATH"
#: so many put-backs within so many runs make an item contested; so many of an item are remembered
CONTESTED, OF_RUNS = 3, 5
#: a run begins up to half of the time between two runs late, and the run of five before still counts
_LATE = 0.5
#: how many days a hold lasts at most
LONGEST_HOLD = 30


@dataclass(frozen=True)
class Enforcement(Frozen):
    """What a run is to do about items that are not in sync."""

    #: the id of the run, which begins with its time in UTC
    run: str
    #: whether what this collection did not write is replaced
    apply_unmanaged: bool = False
    #: by item, POLICY or HOST: who wins for good
    settle: t.Mapping[str, str] = field(default_factory=dict)
    #: the items that are left as they are
    waived: tuple[str, ...] = ()
    #: hours between two runs
    every: int = 24

    @property
    def today(self) -> str:
        """The day of the run in UTC, as holds have it."""
        return f"{self.run[:4]}-{self.run[4:6]}-{self.run[6:8]}"

    def problems(self) -> t.Iterator[str]:
        """Every reason why this is of no use."""
        if hour_of(self.run) is None:
            yield f"enforce: run {self.run!r} is no id of a run, such as 20261130T021500Z-1a2b."
        if self.every < 1:
            yield f"enforce: every is {self.every}: name the hours between two runs."
        for item, side in self.settle.items():
            if side not in (POLICY, HOST):
                yield f"enforce: settle of {item} is {side!r}: it is policy or host."


def hour_of(run: str) -> float | None:
    """When a run was, in hours; None for what is no id of a run."""
    import datetime  # hardly ever needed

    if not RUN_ID.match(run):
        return None
    try:
        at = datetime.datetime(*(int(run[a:b]) for a, b in _PARTS), tzinfo=datetime.timezone.utc)  # type: ignore[arg-type,misc]
    except ValueError:
        return None
    return at.timestamp() / 3600


_PARTS = ((0, 4), (4, 6), (6, 8), (9, 11), (11, 13), (13, 15))


def hold_of(until: str, reason: str, today: str) -> Hold:
    """A hold from today, `YYYY-MM-DD`. Raises ValueError with the reason why it is none."""
    import datetime

    try:
        day = datetime.date(*map(int, until.split("-"))) if _DATE.match(until) else None
    except ValueError:
        day = None
    if day is None:
        raise ValueError(f"hold: until is {until!r}: name a day as 2026-11-30 (UTC).")
    first = datetime.date(*map(int, today.split("-")))
    if day < first:
        raise ValueError(f"hold: until is {until}, which is over: today is {today} (UTC).")
    if day > first + datetime.timedelta(days=LONGEST_HOLD):
        raise ValueError(f"hold: until is {until}: a hold lasts {LONGEST_HOLD} days at most. Today is {today} (UTC).")
    if not reason.strip():
        raise ValueError("hold: reason is empty: say why it is held.")
    return Hold(until, reason.strip())


def is_contested(memory: Memory, key: str, enforcement: Enforcement) -> bool:
    """Whether an item that drifted was put back so often that it is left alone."""
    runs = memory.put_backs.get(key, ())
    return key in memory.contested or _count(runs, enforcement, OF_RUNS) >= CONTESTED


def with_put_backs(memory: Memory, keys: t.Iterable[str], settled: t.Container[str], now: Enforcement) -> Memory:
    """The memory once these items are put back. Those that are settled begin to be counted anew.

    The third put-back within five runs makes an item contested, this one the last of the five. It stays so, since the
    runs that leave it alone write nothing.
    """
    put_backs, contested = dict(memory.put_backs), dict.fromkeys(memory.contested)
    for key in keys:
        before = () if key in settled else put_backs.get(key, ())
        runs = (*(run for run in before if run != now.run), now.run)[-OF_RUNS:]
        put_backs[key] = runs
        if key in settled:
            contested.pop(key, None)
        elif _count(runs, now, OF_RUNS - 1 + _LATE) >= CONTESTED:
            contested[key] = None
    return memory._replace(put_backs=put_backs, contested=tuple(contested))


def without_old(memory: Memory, quiet: t.Callable[[str], bool], now: Enforcement) -> Memory:
    """The memory without what is over: holds that expired, and put-backs of `quiet` items, which did not drift
    again within five runs.
    """
    holds = {key: hold for key, hold in memory.holds.items() if hold.until >= now.today}
    kept = {key: runs for key, runs in memory.put_backs.items() if not quiet(key) or _count(runs, now, OF_RUNS)}
    contested = tuple(key for key in memory.contested if key in kept)
    return memory._replace(holds=holds, put_backs=kept, contested=contested)


def _count(runs: t.Iterable[str], now: Enforcement, of: float) -> int:
    """How many of these runs are no older than so many times the hours between two runs. Those of the future, before
    a clock was set back, count.
    """
    first = (hour_of(now.run) or 0) - of * now.every
    hours = (hour_of(run) for run in set(runs))
    return sum(hour is not None and hour >= first for hour in hours)
