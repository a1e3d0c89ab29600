# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a client cost: requests, bytes and processes, since the start or the last reset."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Counts:
    """One moment's figures. In and out are the host's view: `in` is what the client sent."""

    requests: int = 0
    """HTTP requests, refused ones included."""
    actions: dict[str, int] = field(default_factory=dict)
    """Messages by action: Create, Command, Send, Receive, Signal, Delete; Exec for a command over ssh."""
    body_in: int = 0
    body_out: int = 0
    wire_in: int = 0
    """With HTTP's start lines and headers."""
    wire_out: int = 0
    connections: int = 0
    processes: int = 0
    """Programs that clients had started: CreateProcess calls of the service and of sshd, not the children of those."""
    faults: int = 0
    """Replies that were WS-Management faults."""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class Counters:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._figures: Counter[str] = Counter()
        self._actions: Counter[str] = Counter()

    def add(self, **figures: int) -> None:
        with self._lock:
            self._figures.update(figures)

    def action(self, name: str) -> None:
        with self._lock:
            self._actions[name] += 1

    def reset(self) -> Counts:
        """Back to zero; returns what was counted until now."""
        with self._lock:
            counts = self._now()
            self._figures.clear()
            self._actions.clear()
        return counts

    @property
    def now(self) -> Counts:
        with self._lock:
            return self._now()

    def _now(self) -> Counts:
        return Counts(actions=dict(self._actions), **self._figures)

    def __getattr__(self, name: str) -> Any:
        """`counters.requests` is `counters.now.requests`."""
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.now, name)
