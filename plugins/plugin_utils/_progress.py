# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A long transfer tells how far it is; a short one says nothing."""

from __future__ import annotations

import time
import typing as t

EVERY = 5.0  # seconds between two lines, and before the first


class Progress:
    """Of `total` bytes to a host. `say` takes a line for people, `clock` gives seconds."""

    def __init__(
        self, what: str, total: int, say: t.Callable[[str], t.Any], clock: t.Callable[[], float] = time.monotonic
    ) -> None:
        self._what, self._total, self._say, self._clock = what, total, say, clock
        self._begin = self._last = clock()
        self._done = 0

    def add(self, size: int) -> None:
        """So many bytes more have arrived."""
        self._done += size
        now = self._clock()
        if now - self._last >= EVERY and self._done < self._total:
            self._last = now
            rate = self._done / (now - self._begin)
            left = (self._total - self._done) / rate
            self._say(
                f"{self._what}: {self._done / 1e6:.0f} of {self._total / 1e6:.0f} MB sent, {rate / 1e6:.1f} "
                f"MB/s, about {left:.0f} s left"
            )
