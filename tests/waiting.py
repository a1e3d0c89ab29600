# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for a condition, with a deadline, instead of for a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_for(condition: Callable[[], T], problem: str, timeout: float = 30) -> T:
    """What `condition` returns as soon as that is true; after `timeout` seconds the test fails with `problem`."""
    until = time.monotonic() + timeout
    while not (found := condition()):
        assert time.monotonic() < until, f"{problem} (waited {timeout:g} s)"
        time.sleep(0.01)
    return found
