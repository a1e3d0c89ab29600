# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one loop: read, plan, apply, read back, compare. Every medium goes through it, alone or with others."""

from __future__ import annotations

import contextlib
import typing as t

from .effective import effective
from .errors import ApplyError, Blocked, DevboxError, Outdated, WantedError
from .findings import Finding
from .plan import Plan
from .planner import make_plan, may_have_drifted
from .reading import read_for, with_facts
from .state import State
from .store import ATTEMPTS, Judge, Outcome, Part, Planned, Share, Store, Together, Verdict, apart, media_of
from .wanted import Goal, Validate, Wanted

if t.TYPE_CHECKING:
    from .decisions import Decided
    from .task import Task

E = t.TypeVar("E", bound=DevboxError)


def alone(planned: t.Sequence[Planned]) -> t.Sequence[Verdict]:
    """See `Judge`: no medium has anything to say of another."""
    return [Verdict()] * len(planned)


def converge(store: Store, wanted: Wanted, check_mode: bool, judge: Judge = alone, task: Task | None = None) -> Outcome:
    """Take one store to what is wanted: `converge_all` of a medium that is alone."""
    return converge_all([Part("", store, wanted)], check_mode, judge, task=task)[0]


def converge_all(
    parts: t.Sequence[Part],
    check_mode: bool,
    judge: Judge = alone,
    together: Together = apart,
    task: Task | None = None,
) -> list[Outcome]:
    """Take several media to what is wanted of each, as one; with `check_mode` only say what would be done.

    Every medium is read and planned before the first is written, over the others as they are planned (`Part.over`), and
    `judge` sees all of them so. They are written in the order given, after what they do `together`. When one of several
    fails, it and those before it are undone through their journals. A verify that fails undoes nothing. task: that this
    run is one of several of.

    Raises DevboxError when the options cannot be carried out, when something stands in the way in any medium (nothing
    is changed then), and when what is read back is not what was planned; Incomplete when one of several media failed.
    """
    labels = [part.label for part in parts]
    if len(set(labels)) < len(labels) or (len(labels) > 1 and "" in labels):
        raise ValueError(f"Each of several media needs a label of its own: {labels}")
    _check(parts)
    for _attempt in range(ATTEMPTS):
        try:
            return _converge(parts, check_mode, judge, together, task)
        except Outdated:
            continue
    return _converge(parts, check_mode, judge, together, task)


def look_ahead(store: Store, wanted: Wanted, judge: Judge = alone) -> None:
    """`look_ahead_all` of a medium that is alone."""
    look_ahead_all([Part("", store, wanted)], judge)


def look_ahead_all(parts: t.Sequence[Part], judge: Judge = alone) -> None:
    """Only look what would stand in the way of a run. Raises Blocked with all of that, other DevboxErrors where a
    medium could not be read.
    """
    states = _read(parts)
    with _knowing(states):
        _plan(parts, states, judge, check_mode=False)


def _converge(
    parts: t.Sequence[Part], check_mode: bool, judge: Judge, together: Together, task: Task | None
) -> list[Outcome]:
    states = _read(parts)
    with _knowing(states):
        planned = _plan(parts, states, judge, check_mode, task)
        if check_mode:
            return [_judged(found, _as_planned(found)) for found in planned]
        outcomes = _seen_together(parts, _applied(planned, together, task))
        return [_finished(found, _judged(found, outcome)) for found, outcome in zip(planned, outcomes)]


def _check(parts: t.Sequence[Part]) -> None:
    """Raises WantedError with every reason why the options of any medium cannot be carried out."""
    problems = []
    for part in parts:
        try:
            part.wanted.check()
        except WantedError as error:
            problems.append(_labelled(part, error).text)
    if problems:
        raise WantedError(" ".join(problems))


def _labelled(part: Part, error: E) -> E:
    """An error that names its medium, where that has a name."""
    if part.label:
        error.message = f"{part.label}: {error.message}"
    return error


# --- reading and planning --------------------------------------------------------------------------------------------


def _read(parts: t.Sequence[Part]) -> list[State]:
    """The state of each medium. Raises DevboxError when one could not be read."""
    states: list[State] = []
    for part in parts:
        try:
            states.append(read_for(part.store, part.wanted))
        except DevboxError as error:
            raise _labelled(part, error) from error
    return states


@contextlib.contextmanager
def _knowing(states: t.Sequence[State]) -> t.Iterator[None]:
    """Every error from within knows what was read, so that the secrets in it are masked."""
    try:
        yield
    except DevboxError as error:
        error.known = (*error.known, *(text for state in states for text in state.texts()))
        raise


def _plan(
    parts: t.Sequence[Part], states: t.Sequence[State], judge: Judge, check_mode: bool, task: Task | None = None
) -> list[Planned]:
    """What is to be done in each medium. Raises Blocked with what stands in the way in any of them."""
    planned = _plans(parts, states, task)
    planned = [found._replace(verdict=verdict) for found, verdict in zip(planned, judge(planned))]
    found = [(item.part.label, finding) for item in planned for finding in _blockers(item, check_mode)]
    if found:
        raise Blocked(_with_labels(found))
    return planned


def _plans(parts: t.Sequence[Part], states: t.Sequence[State], task: Task | None) -> list[Planned]:
    """The plan of each medium, over the others as they are planned. What is undone is one change in all of them.

    A plan that is made anew, because another one changed a layer of it, may change layers in turn: each time those of
    one medium more are settled.
    """
    shares = _shares(parts, states, task)
    known = list(states)
    planned: dict[str, Planned] = {}
    for _round in range(len(parts) + 1):
        before = dict(planned)
        for number, (part, share) in enumerate(zip(parts, shares)):
            state = part.over(known[number], {label: other.after for label, other in planned.items()})
            made = planned.get(part.label)
            if made is not None and made.state == state:
                continue
            state = state if state is states[number] else with_facts(part.store, state, share.wanted)
            known[number] = known[number]._replace(directories=state.directories)
            planned[part.label] = _planned(part, share, state)
        if planned == before:
            break
    return [planned[part.label] for part in parts]


def _shares(parts: t.Sequence[Part], states: t.Sequence[State], task: Task | None) -> list[Share]:
    """What each medium has to do with the run."""
    found = [
        Share(part.wanted, not _undoes(part.wanted) or not part.is_passed_over(state))
        for part, state in zip(parts, states)
    ]
    undoing = [number for number, share in enumerate(found) if share.takes_part and _undoes(share.wanted)]
    if undoing:
        from .shared_undo import shares

        undone = shares([parts[at] for at in undoing], [states[at] for at in undoing], task)
        for number, share in zip(undoing, undone):
            found[number] = share
    return found


def _undoes(wanted: Wanted) -> bool:
    return wanted.goal is Goal.RESTORED


def _planned(part: Part, share: Share, state: State) -> Planned:
    found: tuple[Decided, ...] = ()
    wanted = share.wanted
    if not share.takes_part or (state.unread and wanted.enforcement is not None):
        from .shared_undo import untouched

        plan = untouched(state, wanted.goal)
    else:
        plan = _made(part, state, wanted)
    if share.takes_part and may_have_drifted(state, wanted, plan):
        wanted, state, plan, found = _enforced(part, state, wanted, plan)
    plan = plan._replace(findings=plan.findings + share.findings)
    return Planned(part, wanted, state, plan, drift=found)


def _enforced(part: Part, state: State, given: Wanted, plan: Plan) -> tuple[Wanted, State, Plan, tuple[Decided, ...]]:
    """What is planned once the items that enforcement leaves alone are out of what is wanted, and all items. A plan
    without them may lead to others, which are decided then.
    """
    from . import decisions  # only a run that is not in sync needs it

    known: dict[str, Decided] = {}
    wanted = given
    while True:
        known = decisions.decided(state, given, plan, known)
        rest = decisions.leaving(state, given, known)
        if rest == wanted or state.unread:
            return wanted, state, plan, decisions.concluded(state, wanted, plan, known)
        wanted = rest
        state = with_facts(part.store, state, wanted)
        plan = _made(part, state, wanted)


def _made(part: Part, state: State, wanted: Wanted) -> Plan:
    try:
        return make_plan(state, wanted)
    except DevboxError as error:
        raise _labelled(part, error) from error


def _blockers(planned: Planned, check_mode: bool) -> tuple[Finding, ...]:
    """What stops the run; what only a strict one does, too."""
    plan, verdict = planned.plan, planned.verdict
    strict = planned.wanted.validate is Validate.STRICT and not check_mode
    return plan.blockers + verdict.blockers + ((plan.doubts + verdict.doubts) if strict else ())


def _with_labels(found: t.Sequence[tuple[str, Finding]]) -> list[Finding]:
    """Findings that name their medium; one that several have is there once."""
    if not any(label for label, _finding in found):
        return [finding for _label, finding in found]
    labels: dict[Finding, list[str]] = {}
    for label, finding in found:
        labels.setdefault(finding, []).append(label)
    return [
        finding._replace(message=f"{', '.join(dict.fromkeys(names))}: {finding.message}")
        for finding, names in labels.items()
    ]


# --- carrying out ----------------------------------------------------------------------------------------------------


def _as_planned(planned: Planned) -> Outcome:
    """The outcome of a medium that is not written."""
    plan = planned.plan
    return Outcome(planned.state, planned.after, plan, plan.findings + plan.doubts)


def _applied(planned: t.Sequence[Planned], together: Together, task: Task | None) -> list[Outcome]:
    """Each medium that changes is written, under one journal id. Raises the error of the medium that failed, once those
    before it are undone.
    """
    outcomes = [_as_planned(found) for found in planned]
    changing = [number for number, found in enumerate(planned) if not found.plan.is_empty]
    if not changing:
        return outcomes
    id = task.id if task else max(found.part.store.new_journal_id() for found in planned)
    with together([planned[number] for number in changing], id):
        for place, number in enumerate(changing):
            outcomes[number] = _executed(planned, changing, place, outcomes[number].findings, id)
    return outcomes


def _executed(
    planned: t.Sequence[Planned], changing: t.Sequence[int], place: int, findings: tuple[Finding, ...], id: str
) -> Outcome:
    """One of the media that change, written. place: which of them."""
    from .executor import execute

    found, others = planned[changing[place]], [planned[other] for other in changing]
    try:
        return execute(found.part.store, found.wanted, found.state, found.plan, findings, id, media_of(found, others))
    except Exception as error:
        if len(planned) == 1:
            raise
        from .rollback import roll_back

        raise roll_back([item.part for item in planned], others[:place], found, id, error) from error


def _seen_together(parts: t.Sequence[Part], outcomes: t.Sequence[Outcome]) -> list[Outcome]:
    """The outcomes, each over the others as they are now."""
    after = {part.label: outcome.after for part, outcome in zip(parts, outcomes)}
    return [outcome._replace(after=part.over(outcome.after, after)) for part, outcome in zip(parts, outcomes)]


def _judged(planned: Planned, outcome: Outcome) -> Outcome:
    """The outcome with what the other media make of it."""
    verdict = planned.verdict
    findings = outcome.findings + verdict.findings + verdict.doubts
    return outcome._replace(findings=findings, drift=planned.drift)


def _finished(planned: Planned, outcome: Outcome) -> Outcome:
    """The outcome with what sweeping or verifying finds."""
    store, wanted, findings = planned.part.store, planned.wanted, outcome.findings
    try:
        if not planned.plan.is_journaled:
            findings = (*findings, *store.sweep(planned.state))
        if not planned.plan.is_empty and wanted.verify and wanted.goal is Goal.PRESENT:
            findings = (*findings, *_verified(store, outcome, wanted))
    except DevboxError as error:
        raise _labelled(planned.part, error) from error
    return outcome._replace(findings=findings)


def _verified(store: Store, outcome: Outcome, wanted: Wanted) -> list[Finding]:
    """What the store's verify finds. When it cannot be done, or go does not see what was written, the change itself is
    made, and the error says so.

    A GOROOT that go cannot work with leads to no answer of go's: that is no failure of the change, where the user
    accepted it, or where it was set already, the run is not about it, and a finding names it.
    """
    try:
        return store.verify(outcome.after, wanted)
    except ApplyError as error:
        if outcome.plan.doubts:
            return [
                Finding.of(
                    "go_value_differs",
                    error.message,
                    "It is expected where a GOROOT of no use was accepted (validate: warn).",
                )
            ]
        standing = effective(outcome.after).text("GOROOT")
        if wanted.goroot is None and any(
            finding.id == "goroot_missing" and finding.subject == standing for finding in outcome.findings
        ):
            return [
                Finding.of(
                    "go_value_differs", error.message, "It is expected with the GOROOT that goroot_missing names."
                )
            ]
        error.touched = error.touched or (
            f"The change itself was made and read back (journal {outcome.journal}). state: restored undoes it, "
            f"with that journal."
        )
        raise
    except DevboxError as error:
        error.touched = (
            error.touched
            or f"The change itself was made and read back (journal {outcome.journal}); only go was not asked."
        )
        raise
