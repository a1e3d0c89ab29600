# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Errors that people read: what was wanted, what was found, what to do."""

from __future__ import annotations

import typing as t

from .secrets import mask


class DevboxError(Exception):
    """Something that stops a run. `advice` says what to do about it; `touched` what was already changed, if anything.

    `known` is what the run had read by then: the secrets in it are masked in the message, which may quote any of it.
    """

    def __init__(self, message: str, advice: str = "", touched: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice
        self.touched = touched
        self.known: tuple[t.Any, ...] = ()

    @property
    def text(self) -> str:
        """The whole message, as it was written: for the way out, which masks it."""
        return " ".join(part for part in (self.reason, self.touched) if part)

    @property
    def reason(self) -> str:
        """The message without what was changed."""
        return " ".join(part for part in (self.message, self.advice) if part)

    def __str__(self) -> str:
        return mask(self.text)


class WantedError(DevboxError):
    """The options themselves cannot be carried out, whatever the host."""


class ReadError(DevboxError):
    """What the host answered is not a state to plan from."""


class TransportError(DevboxError):
    """The way to the host failed. `lost` is true when the command may be running on the host all the same."""

    def __init__(self, message: str, advice: str = "", lost: bool = False) -> None:
        super().__init__(message, advice)
        self.lost = lost


class Cut(Exception):
    """A mark of errors: the connection ended before the answer was whole. Whatever only asked may be asked once
    more.
    """


class CutError(TransportError, Cut):
    """The connection was cut in the middle of a command, which may be running on the host all the same."""

    def __init__(self, message: str, advice: str = "", lost: bool = True) -> None:
        super().__init__(message, advice, lost)


class ApplyError(DevboxError):
    """What was read back is not what was planned."""


class Incomplete(ApplyError):
    """A change of several media failed in one of them.

    fates: what became of each medium, by its label. blockers: those of the medium that failed, if it named any.
    """

    def __init__(self, message: str, advice: str, touched: str, fates: t.Mapping[str, str]) -> None:
        super().__init__(message, advice, touched)
        self.fates = dict(fates)
        self.blockers: tuple[t.Any, ...] = ()


class Unfinished(ApplyError):
    """A change was made, and something of the run was left on the host that must not stay there.

    blockers: findings that say what.
    """

    def __init__(self, blockers: t.Sequence[t.Any], touched: str) -> None:
        self.blockers = tuple(blockers)
        super().__init__(" ".join(f"{blocker.message} {blocker.advice}".strip() for blocker in blockers), "", touched)


class Outdated(DevboxError):
    """Another run of this collection wrote between our reading and our writing; nothing was written by this one."""


class RefusedPlan(DevboxError):
    """A store's second lock: the plan would lose something nobody asked to remove. A defect of ours, never of
    the user.
    """


class Blocked(DevboxError):
    """Everything that stands in the way of a run, told at once and before the first write."""

    def __init__(self, blockers: t.Sequence[t.Any]) -> None:
        self.blockers = tuple(blockers)
        lines = [f"{blocker.message} {blocker.advice}".strip() for blocker in self.blockers]
        if len(lines) == 1:
            message = lines[0]
        else:
            message = "These stand in the way: " + " ".join(f"({n}) {line}" for n, line in enumerate(lines, 1))
        super().__init__(message)

    @property
    def text(self) -> str:
        return super().text if self.touched else f"Nothing was changed. {super().text}"
