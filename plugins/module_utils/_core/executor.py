# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carrying out a plan: apply, read back, and again with what others wrote in between. For a run that has something to
write.
"""

from __future__ import annotations

import contextlib
import typing as t

from .errors import ApplyError, DevboxError
from .findings import Finding
from .medium import Medium
from .pathlist import PathList
from .pathlist import merged as merged_path
from .plan import Plan
from .planner import make_plan
from .record import ENVIRONMENT, HOOK, Change, JournalEntry
from .secrets import shown
from .state import State
from .store import ATTEMPTS, Outcome, Receipt, Store
from .values import Value, Variables
from .wanted import Goal, Validate, Wanted


def execute(
    store: Store,
    wanted: Wanted,
    state: State,
    plan: Plan,
    findings: tuple[Finding, ...],
    id: str,
    media: tuple[str, ...],
) -> Outcome:
    """Apply until nobody else wrote in between; `id` and `media` are those of the journal's entry.

    `world` is what would stand without us. Whatever somebody else did between our reading and our writing, or right
    after it, is merged into it, and the plan is made again from it: at most three times. What they wrote stands,
    whatever becomes of ours.
    """
    if not plan.is_journaled:
        store.make(plan.directories)
        return Outcome(state, plan.applied(state)._replace(record=state.record), plan, findings, attempts=1)
    entry = plan.journal_entry(id, media)
    world, now, step = state, state, plan
    for attempt in range(1, ATTEMPTS + 2):
        with _naming_copies(entry.id, attempt):
            receipt = _applied(store, step, now, entry, attempt, world)
            _must_be_written(step, receipt)
        merged = _with_theirs(world, now, step, receipt)
        if merged == world.variables:
            return Outcome(
                state,
                receipt.after,
                step._replace(changes=entry.changes, directories=plan.directories),
                findings,
                id,
                attempt,
            )
        world, now = world.with_variables(merged, world.anchor), receipt.after
        again = make_plan(world, wanted)
        step = _between(again, now, again.applied(world), (*plan.changes, *again.changes))
        blocked = again.blockers + (again.doubts if wanted.validate is Validate.STRICT else ()) + _unwritable(step)
        if blocked or attempt > ATTEMPTS:
            _give_way(store, plan, world, now, entry, attempt, tuple(dict.fromkeys(blocked)))
        findings = (*again.findings, *again.doubts, _SOMEONE_ELSE)
        entry = again.journal_entry(id, media)._replace(
            changes=_since(again, world, (*plan.changes, *again.changes)), record=entry.record
        )
    raise AssertionError("unreachable")


def _applied(store: Store, step: Plan, now: State, entry: JournalEntry, attempt: int, world: State) -> Receipt:
    """One apply. An error of a later attempt does not hide that the ones before it wrote."""
    try:
        return store.apply(step, now, entry, attempt, world.variables)
    except DevboxError as error:
        if attempt == 1 or error.touched:
            raise
        touched = (
            f"What an earlier attempt wrote stands. What others wrote meanwhile is in the journal's copies "
            f"of {entry.id}, under before\\; run again."
        )
        raise ApplyError(error.reason, "", touched) from error


@contextlib.contextmanager
def _naming_copies(id: str, attempt: int) -> t.Iterator[None]:
    """An error of an attempt that was made because others had written says where that is."""
    try:
        yield
    except DevboxError as error:
        if attempt > 1 and _COPIES not in error.touched:
            error.touched = f"{error.touched} {_kept(id)}".strip()
        raise
    except Exception as error:
        if attempt == 1:
            raise
        advice = "This is a defect of the collection: please report it."
        raise ApplyError(f"{type(error).__name__}: {error}", advice, _kept(id)) from error


def _kept(id: str) -> str:
    return f"What others wrote meanwhile is in {_COPIES} of {id}, under before\\."


_COPIES = "the journal's copies"


_SOMEONE_ELSE = Finding.of(
    "concurrent_change",
    "Somebody else wrote this scope between our reading and our writing; their changes were kept.",
    "Nothing is to be done.",
)


def _with_theirs(world: State, now: State, step: Plan, receipt: Receipt) -> Variables:
    """What would stand without us, with what others wrote between `now` and `step`, and between `step` and its reading
    back.
    """
    changes = {change.name: change.after for change in step.changes if change.place == ENVIRONMENT}
    expected = receipt.copied.replace(changes) if receipt.whole is None else receipt.whole
    medium = world.medium
    return merge(
        merge(world.variables, now.variables, receipt.copied, medium), expected, receipt.after.variables, medium
    )


def _unwritable(plan: Plan) -> tuple[Finding, ...]:
    """A finding for each value of somebody else's that had to be written again and cannot be: other types than text
    never are.
    """
    return tuple(
        Finding.of(
            "value_of_other_type",
            f"{change.name} holds a {change.after.type}, which no environment variable should.",
            plan.medium.texts.other_type,
            change.name,
        )
        for change in plan.changes
        if change.after is not None and not change.after.is_text
    )


def merge(mine: Variables, base: Variables, theirs: Variables, medium: Medium) -> Variables:
    """`mine` with what turned `base` into `theirs`: other values as they left them, PATH entry by entry."""
    changed: dict[str, Value | None] = {}
    for name in dict.fromkeys((*base, *theirs)):
        before, after = base.get(name), theirs.get(name)
        if before == after:
            continue
        standing = mine.get(name)
        if (
            medium.is_path(name)
            and before is not None
            and after is not None
            and standing is not None
            and standing != before
        ):
            entries = merged_path(*(PathList.parse(value.data, medium) for value in (standing, before, after)))
            changed[name] = after._replace(data=entries.format())
        else:
            changed[name] = after
    return mine.replace(changed)


def _between(again: Plan, now: State, target: State, touched: t.Iterable[Change]) -> Plan:
    """The plan that takes what stands `now` to `target`, as far as the values in `touched` go."""
    return again._replace(changes=_changes(now, target, touched))


def _since(again: Plan, world: State, touched: t.Iterable[Change]) -> tuple[Change, ...]:
    """What the journal must hold: the values as they would stand without us, and as we leave them."""
    return _changes(world, again.applied(world), touched)


def _changes(before: State, after: State, touched: t.Iterable[Change]) -> tuple[Change, ...]:
    fold = before.medium.syntax.fold_name
    places = {
        (change.place, change.name if change.place == HOOK else fold(change.name)): change.name for change in touched
    }
    out = []
    for (place, _fold), name in places.items():
        was, will = before.at(place, name), after.at(place, name)
        if was != will:
            out.append(Change(name, was, will, place))
    return tuple(out)


def _give_way(
    store: Store, plan: Plan, world: State, now: State, entry: JournalEntry, attempt: int, blocked: t.Sequence[Finding]
) -> t.NoReturn:
    """Put back what would stand without us, also what others write meanwhile, and say so. Raises ApplyError."""
    lost: tuple[Change, ...] = ()
    for number in range(attempt + 1, attempt + 1 + ATTEMPTS):
        changes = _changes(now, world, plan.changes)
        lost = tuple(change for change in changes if change.after is not None and not change.after.is_text)
        changes = tuple(change for change in changes if change not in lost)
        if not changes:
            break
        undone = world.journal.get(plan.undoes.id) if plan.undoes else None  # as it was before
        back = plan._replace(
            changes=changes,
            directories=(),
            record=plan.record_before,
            undoes=undone,
            restores=None,
            kind=Goal.RESTORED.value,
        )
        with _naming_copies(entry.id, number):
            receipt = _applied(store, back, now, entry._replace(undone=True), number, world)
            _must_be_written(back, receipt)
        world, now = world.with_variables(_with_theirs(world, now, back, receipt), world.anchor), receipt.after
    else:
        lost = _changes(now, world, plan.changes)
    scope = plan.medium.policy.scopes[plan.scope.value]
    touched = "What they wrote stands; what this run had written was taken back."
    if lost:
        names = ", ".join(change.name for change in lost)
        touched = (
            f"What this run had written was taken back; what they wrote as {names} is only in the "
            f"journal's copies of {entry.id}."
        )
    if blocked:
        reasons = " ".join(f"{finding.message} {finding.advice}" for finding in blocked)
        raise ApplyError(
            f"Somebody else wrote the {scope} scope while it was being changed, and what they wrote stands in "
            f"the way. {reasons}",
            "",
            touched,
        )
    raise ApplyError(
        f"The {scope} scope was written by somebody else again and again.",
        "Find out who writes it (an installer, Group Policy, another run of this collection) and run again.",
        touched,
    )


def _differences(plan: Plan, found: State) -> list[Change]:
    """The changes of a plan that do not stand on the host: (name, planned, found) as changes."""
    out = []
    for change in plan.changes:
        now = found.at(change.place, change.name)
        if now != change.after:
            out.append(Change(change.name, change.after, now, change.place))
    return out


def _must_be_written(plan: Plan, receipt: Receipt) -> None:
    """Raises ApplyError when a value simply was not written: it still is what it was right before."""
    wrong = _differences(plan, receipt.after)
    planned = {change.name: change for change in plan.changes}
    unwritten = []
    for change in wrong:
        stood = receipt.copied.get(change.name) if change.place == ENVIRONMENT else planned[change.name].before
        if change.after == stood or change.place != ENVIRONMENT:
            unwritten.append(change)
    if not unwritten:
        return
    lines = [f"{change.name} {_compared(change, plan.medium)}" for change in unwritten]
    written = sorted(planned.keys() - {change.name for change in unwritten})
    touched = f"Written: {', '.join(written)}." if written else "Nothing of it was written."
    raise ApplyError(
        "What was read back is not what was planned. " + " ".join([*lines, receipt.said.strip()]).strip(),
        "Look for a policy or a right that forbids writing it, and run again.",
        touched,
    )


def _compared(change: Change, medium: Medium) -> str:
    """What a change planned (before) and what was found (after), for people."""
    if change.place == HOOK:
        return "does not hold what it should."
    return f"should be {_shown(change.before, medium)}, and is {_shown(change.after, medium)}."


def _shown(value: Value | None, medium: Medium) -> str:
    if value is None:
        return "absent"
    kind = medium.texts.kind(value)
    return repr(shown(value.data)) + (f" ({kind})" if kind else "")
