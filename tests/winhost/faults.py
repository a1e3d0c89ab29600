# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Misbehaviour on demand: which message is hit, and how. Set and cleared while the host runs, from any thread."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any

KINDS = {
    "drop_before": "the connection closes before the message is executed",
    "drop_after": "the message is executed, then the connection closes with no answer",
    "cut": "Send: only the first `size` bytes (default: half) reach the program, then the connection closes; its "
    "input ends there if `eof`",
    "cut_reply": "the message is executed, half of the reply is sent, then the connection closes",
    "http500": "HTTP 500 with no body, not executed",
    "http503": "HTTP 503 with no body, not executed",
    "http401": "HTTP 401, not executed",
    "quota": "fault 2150859174 (operations) in the form of Windows 8 and later (MSFT_WmiError), not executed",
    "quota_old": "the same code as a WSManFault, as older systems say it, not executed",
    "shells": "fault 2150859173 (shells), not executed",
    "busy": "fault 170, not executed",
    "denied": "fault 5, access is denied, not executed",
    "no_shell": "fault 2150858843, as if the shell were gone, not executed",
    "operation_timeout": "fault 2150858793; Receive hands out nothing, any other message is executed first "
    "unless `executed` is false",
    "delay": "the message waits for `seconds` before it is executed",
    "delay_after": "the message is executed, its reply waits for `seconds`",
    "slow": "Receive: at most `size` bytes of output (default 16) in a reply, each after `seconds`",
    "trickle": "the reply leaves in pieces of `size` bytes (default 64), `seconds` in between",
    "before": "`call` runs before the message is executed",
    "after": "`call` runs when the message was executed (the process of a Command is started), before the reply",
    "finished": "Command: `call` runs when the process has ended, before anyone is told so",
}
ACTIONS = ("Create", "Command", "Send", "Receive", "Signal", "Delete", "Get", "Exec", "*")


@dataclass(frozen=True)
class Fault:
    on: str
    """The message: Create, Command, Send, Receive, Signal, Delete, Get; Exec is a command over ssh; * is any."""
    kind: str
    """One of KINDS."""
    nth: int = 1
    """The first message hit, counted from when the fault was set."""
    times: int | None = 1
    """How many messages from there on; None is all."""
    seconds: float = 1.0
    size: int | None = None
    eof: bool = False
    executed: bool = True
    saying: str = ""
    """Only messages that have this text in them are hit, and counted: a Command's line, for instance. `call` can so be
    bound to what a command does, and not to how many came before it."""
    call: Callable[[], object] | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if self.on not in ACTIONS:
            raise ValueError(f"no message {self.on!r}; there are {', '.join(ACTIONS)}")
        if self.kind not in KINDS:
            raise ValueError(f"no fault {self.kind!r}; there are {', '.join(KINDS)}")
        if (self.kind in ("before", "after", "finished")) != (self.call is not None):
            raise ValueError("`call` is for before, after and finished, and they need it")

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Fault:
        known = {item.name for item in fields(cls)} - {"call"}
        return cls(**{name: value for name, value in values.items() if name in known})


@dataclass
class _Armed:
    fault: Fault
    seen: int = 0

    def hits(self, action: str, text: str) -> bool:
        if self.fault.on not in (action, "*") or self.fault.saying not in text:
            return False
        self.seen += 1
        past = self.seen - self.fault.nth
        return past >= 0 and (self.fault.times is None or past < self.fault.times)


class Faults:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._armed: list[_Armed] = []
        self._fired: list[Fault] = []
        self.errors: list[BaseException] = []
        """What calls raised; a test looks here at its end."""

    def add(self, *faults: Fault) -> None:
        with self._lock:
            self._armed.extend(_Armed(fault) for fault in faults)

    def before(
        self, on: str, call: Callable[[], object], *, nth: int = 1, times: int | None = 1, saying: str = ""
    ) -> None:
        """Run `call` before the nth such message is executed: somebody else writes between our read and our apply."""
        self.add(Fault(on, "before", nth=nth, times=times, saying=saying, call=call))

    def after(self, on: str, call: Callable[[], object], *, nth: int = 1, times: int | None = 1) -> None:
        self.add(Fault(on, "after", nth=nth, times=times, call=call))

    def finished(self, call: Callable[[], object], *, nth: int = 1, times: int | None = 1, saying: str = "") -> None:
        """Run `call` when the process of the nth Command has ended."""
        self.add(Fault("Command", "finished", nth=nth, times=times, saying=saying, call=call))

    def clear(self) -> None:
        with self._lock:
            self._armed.clear()
            self._fired.clear()
            self.errors.clear()

    @property
    def armed(self) -> list[Fault]:
        with self._lock:
            return [item.fault for item in self._armed]

    @property
    def fired(self) -> list[Fault]:
        """What has hit a message since the last `clear`, in order."""
        with self._lock:
            return list(self._fired)

    def wait(self, count: int = 1, timeout: float = 10) -> bool:
        """Until so many have hit."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self._fired) >= count, timeout)

    def take(self, action: str, text: str = "") -> Struck:
        """The service asks, once a message, what shall happen to it; `text` is what a fault's `saying` is looked for
        in.
        """
        with self._changed:
            hit = [item.fault for item in self._armed if item.hits(action, text)]
            self._fired.extend(hit)
            self._changed.notify_all()
        return Struck(tuple(hit), self)

    def run(self, fault: Fault) -> None:
        assert fault.call is not None
        try:
            fault.call()
        except Exception as error:  # noqa: BLE001 - what a test's call raises must not look like the host's fault
            traceback.print_exc()
            self.errors.append(error)


@dataclass(frozen=True)
class Struck:
    """The faults that hit one message."""

    faults: tuple[Fault, ...]
    owner: Faults = field(repr=False)

    def first(self, *kinds: str) -> Fault | None:
        return next((fault for fault in self.faults if fault.kind in kinds), None)

    def call(self, kind: str) -> None:
        for fault in self.faults:
            if fault.kind == kind:
                self.owner.run(fault)

    def __bool__(self) -> bool:
        return bool(self.faults)
