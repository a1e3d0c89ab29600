# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of two programs by turns: how often, what counts, and what is left."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from ansible_collections.gopher.devbox.plugins.module_utils._hosts.accounts import LocalAccounts
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.programs import HOME_OF_ITS_OWN, Command
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.stopwatch import LEAST, MARK, MOST, LocalStopwatch

ME = LocalAccounts(os.environ).own()


def shell(line: str, files: dict[str, bytes] | None = None) -> Command:
    return Command(("/bin/sh", "-c", line), {"PATH": "/usr/bin:/bin", "HOME": HOME_OF_ITS_OWN}, ME, files or {})


DONE = shell(f"echo {MARK}")


@pytest.fixture(autouse=True)
def _nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield
    assert [place for place in tmp_path.iterdir() if place.name.startswith("gopher-devbox-")] == []


def test_both_run_by_turns_each_in_a_home_of_its_own(tmp_path: Path) -> None:
    """The first of each counts for nothing, and who is first changes."""
    log = tmp_path / "log"
    one, other = (
        shell(f'echo "{name} $HOME $(cat "$HOME/a/file")" >> {log}; echo {MARK}', {"a/file": name.encode()})
        for name in ("one", "other")
    )
    pairs = LocalStopwatch(budget=60).by_turns(one, other)
    lines = [line.split() for line in log.read_text().splitlines()]
    assert len(pairs) == MOST
    assert all(taken > 0 for pair in pairs for taken in pair)
    assert [line[0] for line in lines[:6]] == ["one", "other", "other", "one", "one", "other"]
    assert len(lines) == 2 * (MOST + 1)
    assert all(name == content for name, _home, content in lines)
    assert len({home for _name, home, _content in lines}) == 2


def test_a_budget_ends_it() -> None:
    assert LocalStopwatch(budget=0).by_turns(DONE, DONE) == []
    few = LocalStopwatch(budget=0.5).by_turns(shell(f"sleep 0.05; echo {MARK}"), DONE)
    assert LEAST <= len(few) < MOST


@pytest.mark.parametrize(
    "bad",
    [
        shell("exit 0"),
        shell(f"echo {MARK}; exit 3"),
        shell(f"echo {MARK}; echo more"),
        shell(f"sleep 60; echo {MARK}"),
        Command(("/no/such/program",), {}, ME),
    ],
)
def test_one_that_fails_or_hangs_has_no_time(bad: Command) -> None:
    assert LocalStopwatch(patience=0.2).by_turns(bad, DONE) == []
    assert LocalStopwatch(patience=0.2).by_turns(DONE, bad) == []


def test_where_a_process_cannot_be_waited_for_without_its_end_being_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "waitid")
    assert len(LocalStopwatch(budget=60).by_turns(DONE, shell(f"sleep 0.01; echo {MARK}"))) == MOST


def test_one_that_fails_later_has_none_either() -> None:
    once = shell(f'if [ -e "$HOME/again" ]; then exit 1; fi; touch "$HOME/again"; echo {MARK}')
    assert LocalStopwatch().by_turns(DONE, once) == []


def test_what_is_left_running_is_ended(tmp_path: Path) -> None:
    """A job of the shell, and a process in a session of its own, wherever it has got to."""
    pids = tmp_path / "pids"
    line = f"sleep 60 & echo $! >> {pids}; (setsid sh -c 'echo $$ >> {pids}; exec sleep 60' </dev/null & ); sleep 0.05"
    assert LocalStopwatch(budget=0.5).by_turns(shell(f"{line}; echo {MARK}"), DONE)
    found = [int(pid) for pid in pids.read_text().split()]
    assert found
    assert [pid for pid in found if Path(f"/proc/{pid}/status").exists()] == []
