# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is repeated where a connection is cut, and what is not."""

from __future__ import annotations

import pytest

from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import Cut, CutError, ReadError, TransportError
from ansible_collections.gopher.devbox.plugins.module_utils._formats.cmdscript import Script
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.transport import Completed, once_more

QUESTION = Script(("echo 1",))
ANSWER = Completed(0, b"1\r\n", b"")


class CutAtFirst(Exception):
    """Stands for Ansible's own error, which the controller's side marks."""


class Marked(CutAtFirst, Cut):
    """The same, marked."""


class Line:
    """A transport that fails as it is told, then answers."""

    name = "line"
    fresh_environment = True
    holds_output = False

    def __init__(self, *fails: Exception) -> None:
        self.fails = list(fails)
        self.seen: list[str] = []

    def run(self, script: Script, stdin: bytes | None = None) -> Completed:
        self.seen.append("run")
        if self.fails:
            raise self.fails.pop(0)
        return ANSWER

    def fresh(self) -> None:
        self.seen.append("fresh")

    def close(self) -> None:
        """Nothing to do."""


def cut() -> CutError:
    return CutError("The connection was lost.", "Run again.")


@pytest.mark.parametrize("error", [cut(), Marked("closed")], ids=["later", "at first"])
def test_what_was_cut_is_asked_once_more_in_a_new_session(error: Exception) -> None:
    line = Line(error)
    assert once_more(line, lambda: line.run(QUESTION)) == ANSWER
    assert line.seen == ["run", "fresh", "run"]


def test_cut_twice_is_an_error_that_says_so() -> None:
    line = Line(cut(), cut())
    with pytest.raises(TransportError) as raised:
        once_more(line, lambda: line.run(QUESTION))
    assert str(raised.value) == "The connection was lost. It was tried twice. Run again."
    assert raised.value.lost
    assert line.seen == ["run", "fresh", "run"]


def test_a_host_that_cannot_be_reached_again_is_what_ansible_says() -> None:
    line = Line(Marked("closed"), CutAtFirst("refused"))
    with pytest.raises(CutAtFirst, match="refused"):
        once_more(line, lambda: line.run(QUESTION))


@pytest.mark.parametrize(
    "error",
    [
        TransportError("It was slow.", lost=True),
        TransportError("It refused."),
        ReadError("It is no Windows."),
        CutAtFirst("never reached"),
    ],
    ids=["slow", "refused", "answered otherwise", "unreachable"],
)
def test_nothing_else_is_repeated(error: Exception) -> None:
    line = Line(error)
    with pytest.raises(type(error)) as raised:
        once_more(line, lambda: line.run(QUESTION))
    assert raised.value is error
    assert line.seen == ["run"]
