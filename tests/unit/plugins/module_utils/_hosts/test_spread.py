# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Work that is spread over processes."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.gopher.devbox.plugins.module_utils._hosts.spread import MOST, spread, workers


@pytest.mark.parametrize("count", [1, 2, 3, 10])
@pytest.mark.parametrize("number", [0, 1, 2, 7])
def test_each_has_its_result_in_order(count: int, number: int) -> None:
    items = [str(item) for item in range(number)]
    found = spread(items, lambda item: {"item": item, "text": "ü" * 100_000}, count)
    assert [result["item"] for result in found] == items
    assert all(result["text"] == "ü" * 100_000 for result in found)


def test_several_processes_do_it() -> None:
    found = spread(["a", "b", "c", "d"], lambda _item: {"pid": os.getpid()}, 2)
    pids = [result["pid"] for result in found]
    assert pids[0] == pids[2] == os.getpid()
    assert pids[1] == pids[3] != os.getpid()
    assert 2 <= workers() <= MOST


def test_what_one_raises_is_raised() -> None:
    def one(item: str) -> dict[str, Any]:
        if item == "b":
            raise ValueError("of b")
        return {}

    with pytest.raises(RuntimeError, match="ValueError: of b"):
        spread(["a", "b", "c"], one, 2)


def test_a_killed_process_fails_what_it_was_at_and_what_came_after() -> None:
    def one(item: str) -> dict[str, Any]:
        if item == "d":
            os.kill(os.getpid(), signal.SIGKILL)
        return {"item": item}

    found = spread(["a", "b", "c", "d", "e", "f"], one, 2)
    assert [result.get("item") for result in found] == ["a", "b", "c", None, "e", None]
    assert "was at d was ended" in found[3]["msg"]
    assert found[5]["failed"]


def test_an_error_of_this_process_leaves_no_other_behind(tmp_path: Path) -> None:
    def one(item: str) -> dict[str, Any]:
        if item == "a":
            raise ValueError("of a")
        (tmp_path / "pid").write_text(str(os.getpid()), encoding="ascii")
        return {}

    with pytest.raises(ValueError, match="of a"):
        spread(["a", "b"], one, 2)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text(encoding="ascii")), 0)
