# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose SDK is another one's, where shells compose PATH from what they inherit."""

from __future__ import annotations

import typing as t

import pytest
from unit.support import layered

from ansible_collections.gopher.devbox.plugins.module_utils._core.account import Account
from ansible_collections.gopher.devbox.plugins.module_utils._core.plan import Plan
from ansible_collections.gopher.devbox.plugins.module_utils._core.planner import make_plan
from ansible_collections.gopher.devbox.plugins.module_utils._core.state import Directory, State
from ansible_collections.gopher.devbox.plugins.module_utils._core.values import Value, Variables
from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import Scope, Stale, Wanted
from ansible_collections.gopher.devbox.plugins.module_utils._media.startfile_medium import START_FILES

OLD, NEW = "/opt/go1.21.13", "/opt/go1.27.3"
DIRECTORIES = {
    **{root: Directory(True) for root in (OLD, NEW)},
    f"{OLD}/bin": Directory(True, "go", "go1.21.13"),
    f"{NEW}/bin": Directory(True, "go", "go1.27.3"),
}


def planned(before: State | None = None, **wish: t.Any) -> tuple[Plan, State]:
    """A run in the user scope of a host whose system scope has an SDK."""
    machine = Variables([("PATH", Value(f"{OLD}/bin:$PATH"))])
    start = State(
        Scope.USER,
        Account("1000", "alice", False),
        "alice",
        layered(START_FILES, machine),
        START_FILES,
        directories=DIRECTORIES,
    )
    plan = make_plan(before or start, Wanted(scope=Scope.USER, medium=START_FILES, **wish))
    assert not plan.blockers
    return plan, plan.applied(before or start)


@pytest.mark.parametrize("wish", [{"gopath": ("/home/alice/go",)}, {"path": ("/home/alice/bin",)}])
def test_without_an_sdk_of_its_own_a_scope_takes_none_out_and_tells_none(wish: dict[str, t.Any]) -> None:
    plan, after = planned(**wish, stale=Stale.REMOVE)
    assert after.record.sweep == ()
    plan, _after = planned(**wish)
    assert "stale_path_entry" not in [finding.id for finding in plan.findings]


@pytest.mark.parametrize("wish", [{"goroot": NEW}, {"path": (f"{NEW}/bin",)}])
def test_with_an_sdk_of_its_own_the_others_are_told_and_taken_out(wish: dict[str, t.Any]) -> None:
    plan, _after = planned(**wish)
    assert [finding.subject for finding in plan.findings if finding.id == "stale_path_entry"] == [f"{OLD}/bin"]
    _plan, after = planned(**wish, stale=Stale.REMOVE)
    assert after.record.sweep
    again, _after = planned(after, **wish, stale=Stale.REMOVE)
    assert again.is_empty


def test_an_sdk_of_an_earlier_run_counts_until_it_goes() -> None:
    _plan, placed = planned(path=(f"{NEW}/bin",))
    _plan, kept = planned(placed, gopath=("/home/alice/go",), stale=Stale.REMOVE)
    assert kept.record.sweep == ("bin",)
    _plan, gone = planned(placed, path=("/home/alice/bin",), stale=Stale.REMOVE)
    assert gone.record.sweep == ()
