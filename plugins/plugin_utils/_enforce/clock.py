# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Times of a run: its id, how times are written, and the windows in which nothing is changed. Pure: the present is an
argument. All times are UTC.
"""

from __future__ import annotations

import datetime
import re
import typing as t

RUN_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{4}\Z")
HOUR, DAY = 3600, 86400

_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)Z?\Z")
_UTC = datetime.UTC


def run_id(now: float, token: str) -> str:
    """The id of a run that starts now. Ids in the order of text are in the order of time."""
    return f"{_moment(now):%Y%m%dT%H%M%SZ}-{token}"


def started(run: str) -> float:
    """When the run of this id started."""
    return datetime.datetime.strptime(run.partition("-")[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=_UTC).timestamp()


def stamp(seconds: float) -> str:
    """A time as reports have it."""
    return f"{_moment(seconds):%Y-%m-%dT%H:%M:%SZ}"


def seconds_of(text: str) -> float:
    """The seconds of a `stamp`. Raises ValueError for another text."""
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=_UTC).timestamp()


def today(now: float) -> datetime.date:
    """The date of now, in UTC."""
    return _moment(now).date()


def _moment(seconds: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(int(seconds), _UTC)


def date_of(value: t.Any) -> datetime.date:
    """A date of YAML, or a text YYYY-MM-DD. Raises ValueError for anything else."""
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise ValueError(f"{value!r} is no date. Write it as 2026-12-31")
    return datetime.date.fromisoformat(value)


def time_of(value: t.Any, ends: bool = False) -> float:
    """The seconds of a date, or of a date with a time of day, both UTC unless an offset is given. A date alone is its
    first moment, or with `ends` the moment after its last. Raises ValueError.
    """
    if isinstance(value, datetime.datetime):
        return (value if value.tzinfo else value.replace(tzinfo=_UTC)).timestamp()
    try:
        day = date_of(value)
    except ValueError:
        return _time_of_text(value)
    first = datetime.datetime(day.year, day.month, day.day, tzinfo=_UTC).timestamp()
    return first + DAY if ends else first


def _time_of_text(value: t.Any) -> float:
    try:
        found = datetime.datetime.fromisoformat(str(value).strip())
    except ValueError:
        raise ValueError(f"{value!r} is no time. Write it as 2026-12-31 or 2026-12-31T22:00Z") from None
    return (found if found.tzinfo else found.replace(tzinfo=_UTC)).timestamp()


def deadline(value: t.Any, now: float) -> float:
    """The first moment from now on that `go_enforce_stop_at` names: the next time of day HH:MM, or a full time. Raises
    ValueError.
    """
    clock = _CLOCK.match(value) if isinstance(value, str) else None
    if clock is None:
        return _stop_time(value)
    moment = _moment(now).replace(hour=int(clock[1]), minute=int(clock[2]), second=0)
    found = moment.timestamp()
    return found if found > now else found + DAY


def _stop_time(value: t.Any) -> float:
    try:
        return time_of(value)
    except ValueError:
        raise ValueError(f"{value!r} is no time. Write it as '05:30' (UTC, in quotes) or 2026-12-31T05:30Z") from None


class Freeze(t.NamedTuple):
    """A window in which hosts are looked at only: from its first moment until before its end."""

    begin: float
    end: float
    reason: str


def frozen(windows: t.Iterable[Freeze], now: float) -> Freeze | None:
    """The window that holds now; of several the one that ends last."""
    return max((window for window in windows if window.begin <= now < window.end), key=lambda w: w.end, default=None)
