# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the loop needs of a medium, and what a run comes to."""

from __future__ import annotations

import contextlib
import typing as t

from .findings import Finding
from .plan import Plan
from .record import JournalEntry
from .state import Directory, State
from .values import Variables
from .wanted import Wanted

if t.TYPE_CHECKING:
    from .decisions import Decided

ATTEMPTS = 3


class Receipt(t.NamedTuple):
    """What an apply left behind: the target scope as the journal copied it right before, the state read back, what was
    said.

    whole: the target scope as it was written, where a medium writes all of it at once; None where it writes the changes
    only.
    """

    copied: Variables
    after: State
    said: str = ""
    whole: Variables | None = None


class Outcome(t.NamedTuple):
    """A run: the state before and after, what was planned over all attempts, the journal id (None: nothing was
    written), what was not in sync.
    """

    before: State
    after: State
    plan: Plan
    findings: tuple[Finding, ...] = ()
    journal: str | None = None
    attempts: int = 0
    drift: tuple[Decided, ...] = ()

    def texts(self) -> tuple[t.Any, ...]:
        """Everything read and planned that may hold something secret, for `Masker`."""
        changes = [{change.name: value} for change in self.plan.changes for value in (change.before, change.after)]
        return (*self.before.texts(), *self.after.texts(), changes)

    @property
    def changed(self) -> bool:
        return not self.plan.is_empty


#: gives the state of a medium over those of the other media, by their labels
Over = t.Callable[[State, t.Mapping[str, State]], State]


def as_read(state: State, others: t.Mapping[str, State]) -> State:  # noqa: ARG001 - see `Over`
    """See `Over`: no other medium has a part in what its state says."""
    return state


class Part(t.NamedTuple):
    """One medium in one scope, and what is wanted of it.

    label: names both in messages and in the journal, so it must be the same from run to run and no other part's; empty
    for a medium that is alone. over: layers of the state that other media of the run hold are as those have them. Pure.
    passes_over: ids of findings; a medium is left as it is, without a word, where nothing else stands in the way of
    every change of it. For what is undone.
    """

    label: str
    store: Store
    wanted: Wanted
    over: Over = as_read
    passes_over: frozenset[str] = frozenset()

    def is_passed_over(self, state: State) -> bool:
        found = {finding.id for subject, finding in state.obstacles if not subject}
        return bool(found) and found <= self.passes_over


class Share(t.NamedTuple):
    """What one medium has to do with a run.

    wanted: with the id of the change that is undone. takes_part: whether it is planned at all. findings: what else is
    to be said of it.
    """

    wanted: Wanted
    takes_part: bool = True
    findings: tuple[Finding, ...] = ()

    def of(self, id: str | None) -> Share:
        return self._replace(wanted=self.wanted._replace(journal=id))


class Verdict(t.NamedTuple):
    """What a look at all media together adds to the plan of one. See `Plan` for the three."""

    blockers: tuple[Finding, ...] = ()
    doubts: tuple[Finding, ...] = ()
    findings: tuple[Finding, ...] = ()


class Planned(t.NamedTuple):
    """A part with what was read and is to be done.

    wanted: the part's, with the journal id of the change to undo, and without what is left alone. drift: what is not in
    sync.
    """

    part: Part
    wanted: Wanted
    state: State
    plan: Plan
    verdict: Verdict = Verdict()
    drift: tuple[Decided, ...] = ()

    @property
    def after(self) -> State:
        """The state as it is planned."""
        return self.plan.applied(self.state)


def media_of(planned: Planned, changing: t.Sequence[Planned]) -> tuple[str, ...]:
    """The media that change together, as the journal of one of them has them (`JournalEntry.media`)."""
    own = planned.part.label
    others = [other.part.label for other in changing if other.part.label != own and other.plan.is_journaled]
    return (own, *others) if others else ()


#: gives for all media, as they are planned, what each has to say of the others: one verdict for each
Judge = t.Callable[[t.Sequence[Planned]], t.Sequence[Verdict]]


#: what the media that a run changes, in their order and under one journal id, do before the first is written, and when
#: one of them failed
Together = t.Callable[[t.Sequence[Planned], str], t.ContextManager[None]]


def apart(planned: t.Sequence[Planned], id: str) -> t.ContextManager[None]:  # noqa: ARG001 - see `Together`
    """See `Together`: each is written by itself."""
    return contextlib.nullcontext()


class Store(t.Protocol):
    """A medium that holds variables."""

    def read(self, wanted: Wanted) -> State:
        """The state of the medium as any account sees it, from any host that answers. What would stand in the way of a
        change is in the state, and so is what could not be read. Raises ReadError, TransportError.
        """

    def look_up(self, directories: t.Sequence[str]) -> dict[str, Directory]:
        """What is known of directories, by path; of some of them where one command cannot ask for all. Raises
        ReadError, TransportError.
        """

    def new_journal_id(self) -> str:
        """An id for the journal, newer than every one before."""

    def apply(self, plan: Plan, state: State, entry: JournalEntry, attempt: int, world: Variables) -> Receipt:
        """Carry out a plan that starts from `state`, with `entry` in the journal.

        `world` is what would stand without us: no PATH entry of it may get lost. Raises RefusedPlan, ApplyError,
        TransportError; Outdated, before anything is written, when another run of this collection wrote since `state`
        was read.
        """

    def make(self, directories: t.Sequence[str]) -> None:
        """Make directories, and nothing else. Raises ApplyError, TransportError."""

    def sweep(self, state: State) -> list[Finding]:
        """Remove what killed runs left behind, for a run that writes no values."""

    def verify(self, after: State, wanted: Wanted) -> list[Finding]:
        """Ask a fresh process on the host."""
