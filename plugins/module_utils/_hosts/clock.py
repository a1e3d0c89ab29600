# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Times as names have them: UTC, to the second, in an order that is also that of the texts."""

from __future__ import annotations

import os
import time
import typing as t

STAMP = "%Y%m%dT%H%M%SZ"


def stamp(now: float) -> str:
    """The time `now`, in seconds since 1970, as text."""
    return time.strftime(STAMP, time.gmtime(now))


def today(now: t.Callable[[], float] = time.time) -> str:
    """The day in UTC, as `YYYY-MM-DD`."""
    return time.strftime("%Y-%m-%d", time.gmtime(now()))


def seconds(stamp: str) -> int:
    """The time that `stamp` gave as text."""
    import calendar  # hardly ever needed, and slow to import

    return calendar.timegm(time.strptime(stamp, STAMP))


def stamped(stamp: str) -> str:
    """A name that nobody else has, of this time."""
    return f"{stamp}-{os.urandom(4).hex()}"
