# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several inquiries of one host: what goes out together, in which order, and who gets which answer."""

from __future__ import annotations

import re
import typing as t

import pytest

from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import CutError, ReadError
from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import Scope, Wanted
from ansible_collections.gopher.devbox.plugins.module_utils._formats import frames
from ansible_collections.gopher.devbox.plugins.module_utils._formats.cmdscript import LINE_LIMIT, Script
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.batch import Inquiry, Question, ask, ask_all
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.staging import new_mark
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.transport import Completed
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_live import RegistryStore
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_medium import REGISTRY
from ansible_collections.gopher.devbox.plugins.module_utils._media.sdks_windows import EVERYBODY, Asking, Container

from ....hosts import FakeWindows


class Parrot:
    """A host that only knows `echo`, and ends at `exit`."""

    name = "parrot"
    fresh_environment = True

    def __init__(self, holds_output: bool = True, cuts: int = 0, refuses: int = 0) -> None:
        self.holds_output, self.cuts, self.refuses = holds_output, cuts, refuses
        self.scripts: list[Script] = []
        self.sessions = 1

    def run(self, script: Script, stdin: bytes | None = None) -> Completed:
        script.command_line()
        self.scripts.append(script)
        if self.cuts:
            self.cuts -= 1
            raise CutError("The connection was lost.", "Run again.")
        out = []
        refusing, self.refuses = self.refuses > 0, self.refuses - 1
        for part in (script.statements, script.straight) if self.holds_output else (script.all,):
            for statement in part:
                if statement.startswith("exit"):
                    break
                refusal = re.fullmatch(r"\(if errorlevel 9009 (echo .*)\)", statement)
                if refusal and not refusing:
                    continue
                statement = refusal[1] if refusal else statement
                out.append(statement.removeprefix("echo ") + "\r\n")
        return Completed(0, "".join(out).encode(), b"")

    def fresh(self) -> None:
        self.sessions += 1


def saying(*words: str, last: bool = False, straight: str = "", ends: bool = False) -> t.Callable[[], Inquiry[str]]:
    """An inquiry with so many rounds, each of which the host answers with its word."""

    def inquiry() -> Inquiry[str]:
        heard = []
        for word in words:
            mark = new_mark()
            statements = [*frames.framed(mark, "word", f"echo {word}"), *(["exit 3"] if ends else [])]
            more = tuple(frames.framed(mark, "straight", f"echo {straight}")) if straight else ()
            answer = yield Question(mark, tuple(statements), more, last)
            heard += [raw.decode().strip() for raw in answer.framed.parts["word"]]
            heard += [raw.decode().strip() for raw in answer.framed.parts.get("straight", ())]
        return " ".join(heard)

    return inquiry


def test_as_many_commands_as_the_longest_inquiry_has_rounds() -> None:
    host = Parrot()
    assert ask_all(host, saying("a", "b", "c"), saying("d"), saying(), saying("e", "f")) == ["a b c", "d", "", "e f"]
    assert len(host.scripts) == 3


def test_one_inquiry_alone() -> None:
    assert ask(Parrot(), saying("a", "b")) == "a b"


@pytest.mark.parametrize("holds", [True, False])
def test_what_may_end_the_command_goes_last(holds: bool) -> None:
    """What is printed straight is not lost by that, whoever asked for it."""
    host = Parrot(holds)
    asked = saying("a", last=True, straight="s", ends=True), saying("b", straight="t"), saying("c")
    assert ask_all(host, *asked) == ["a s", "b t", "c"]
    assert len(host.scripts) == 1


def test_two_that_may_end_the_command_are_asked_one_after_the_other() -> None:
    host = Parrot()
    assert ask_all(host, saying("a", last=True, ends=True), saying("b", last=True, ends=True)) == ["a", "b"]
    assert len(host.scripts) == 2


def test_what_does_not_fit_goes_into_another_command() -> None:
    host = Parrot()
    long = ["x" * (LINE_LIMIT // 3)] * 3
    assert ask_all(host, *(saying(word) for word in [*long, "y"])) == [*long, "y"]
    assert len(host.scripts) == 2


def test_all_begin_again_in_a_new_session_when_the_connection_is_cut() -> None:
    host = Parrot(cuts=1)
    assert ask_all(host, saying("a"), saying("b")) == ["a", "b"]
    assert (len(host.scripts), host.sessions) == (2, 2)
    marks = [set(re.findall(r"gd\w{12}", script.command_line())) for script in host.scripts]
    assert not marks[0] & marks[1]


def asking(word: str) -> Inquiry[str]:
    mark = new_mark()
    answer = yield Question(mark, tuple(frames.framed(mark, "word", *frames.run_reporting_start(mark, f"echo {word}"))))
    return answer.framed.parts["word"][0].decode().strip()


def test_what_a_program_answers_that_did_not_start_is_asked_once_more() -> None:
    """Its silence would be an answer."""
    host = Parrot(refuses=1)
    assert ask_all(host, saying("a", "b"), lambda: asking("c")) == ["a b", "c"]
    assert len(host.scripts) == 3
    host = Parrot(refuses=2)
    with pytest.raises(ReadError, match="did not start reg"):
        ask(host, lambda: asking("c"))
    assert len(host.scripts) == 2


def test_what_an_inquiry_raises_is_raised() -> None:
    def failing() -> Inquiry[None]:
        yield Question(new_mark(), ("echo x",))
        raise ReadError("It is no Windows.")

    with pytest.raises(ReadError, match="no Windows"):
        ask_all(Parrot(), saying("a"), failing)


def test_registry_and_sdks_of_a_host_go_out_in_one_command() -> None:
    class Windows(FakeWindows):
        def _answer(self, name: str, inside: str, before: str, stdin: bytes | None) -> str:
            return (
                "y\r\n"
                if name == "chocolatey"
                else ""
                if name == "inside"
                else super()._answer(name, inside, before, stdin)
            )

    host = Windows()
    wanted = Wanted(REGISTRY, Scope.USER, gopath=(r"C:\gopath",))
    registry, asking = RegistryStore(host), Asking(host, None)
    containers = [Container(*pair) for pair in EVERYBODY]
    state, found = ask_all(host, lambda: registry.reading(wanted), lambda: asking.begin(containers))
    assert state.account.id == host.sid
    assert len(found.parts["inside"]) == len(containers)
    assert len(host.scripts) == 1
