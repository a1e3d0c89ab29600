# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one loop: read, plan, apply, read back, compare. Every medium goes through it."""

from __future__ import annotations

from .effective import effective
from .errors import ApplyError, Blocked, DevboxError, Outdated
from .findings import Finding
from .plan import Plan
from .planner import make_plan
from .reading import read_for
from .state import State
from .store import ATTEMPTS, Outcome, Store
from .wanted import Goal, Validate, Wanted


def converge(store: Store, wanted: Wanted, check_mode: bool) -> Outcome:
    """Take the store to what is wanted; with `check_mode` only say what would be done.

    Raises DevboxError when the options cannot be carried out, when something stands in the way (nothing is changed
    then), and when what is read back is not what was planned.
    """
    wanted.check()
    for _attempt in range(ATTEMPTS):
        try:
            return _converge(store, wanted, check_mode)
        except Outdated:
            continue
    return _converge(store, wanted, check_mode)


def look_ahead(store: Store, wanted: Wanted) -> None:
    """Only look what would stand in the way of a run. Raises Blocked with all of that, other DevboxErrors where the
    host could not be read.
    """
    state = read_for(store, wanted)
    try:
        _admitted(make_plan(state, wanted), wanted, check_mode=False)
    except DevboxError as error:
        error.known = (*error.known, *state.texts())
        raise


def _converge(store: Store, wanted: Wanted, check_mode: bool) -> Outcome:
    state = read_for(store, wanted)
    try:
        return _done(store, wanted, state, check_mode)
    except DevboxError as error:
        error.known = (*error.known, *state.texts())
        raise


def _done(store: Store, wanted: Wanted, state: State, check_mode: bool) -> Outcome:
    plan = make_plan(state, wanted)
    findings = _admitted(plan, wanted, check_mode)
    if plan.is_empty and not check_mode:
        findings = (*findings, *store.sweep(state))
    if check_mode or plan.is_empty:
        return Outcome(state, plan.applied(state), plan, findings)
    from .executor import execute

    outcome = execute(store, wanted, state, plan, findings)
    if wanted.verify and wanted.goal is Goal.PRESENT:
        outcome = outcome._replace(findings=(*outcome.findings, *_verified(store, outcome, wanted)))
    return outcome


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


def _admitted(plan: Plan, wanted: Wanted, check_mode: bool) -> tuple[Finding, ...]:
    """The findings of a plan that may go on. Raises Blocked for one that may not."""
    strict = wanted.validate is Validate.STRICT and not check_mode
    blockers = plan.blockers + (plan.doubts if strict else ())
    if blockers:
        raise Blocked(blockers)
    return plan.findings + plan.doubts
