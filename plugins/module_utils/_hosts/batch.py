# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What several inquiries ask of one Windows host goes out in one command.

An inquiry is a generator: it yields a question, is sent what came back, and may ask again for what that leads to; what
it returns is what it found out. All inquiries take their steps together, so that as many commands are run as the one
with the most questions has.
"""

from __future__ import annotations

import typing as t

from .._core.errors import ReadError
from .._formats import frames, held
from .._formats.cmdscript import Script
from .transport import Completed, Transport, once_more

T = t.TypeVar("T")
#: what is said where a host did not start reg.exe, and what helps
REG_NOT_STARTED = (
    "The host did not start reg.exe: it is not in System32, or the host is busy, or its session may start no more.",
    "Look for it, run again once less runs on the host, or raise the quota of WinRM shells (MaxProcessesPerShell).",
)


class Question(t.NamedTuple):
    """Statements whose output is framed by `mark`, which is this question's own.

    straight: see `Script`. last: it changes the directory, or may end the command; so no other stands behind it.
    """

    mark: str
    statements: tuple[str, ...]
    straight: tuple[str, ...] = ()
    last: bool = False

    @classmethod
    def of(cls, mark: str, script: Script, last: bool = False) -> Question:
        return cls(mark, script.statements, script.straight, last)


class Answer(t.NamedTuple):
    """The parts of a question's output, and what its command left."""

    framed: frames.Framed
    completed: Completed


Inquiry = t.Generator[Question, Answer, T]


def ask(transport: Transport, inquiry: t.Callable[[], Inquiry[T]]) -> T:
    """What one inquiry finds out. See `ask_all`."""
    return t.cast(T, ask_all(transport, inquiry)[0])


def ask_all(transport: Transport, *inquiries: t.Callable[[], Inquiry[t.Any]]) -> list[t.Any]:
    """What each inquiry finds out, in their order. `inquiries` begin them: where the connection is cut, all begin once
    more, in a new session. Raises what an inquiry raises, and TransportError.
    """
    return once_more(transport, lambda: _together(transport, [begin() for begin in inquiries]))


def _together(transport: Transport, inquiries: list[Inquiry[t.Any]]) -> list[t.Any]:
    results: list[t.Any] = [None] * len(inquiries)
    pending: dict[int, Question] = {}

    def step(number: int, answer: Answer | None) -> None:
        try:
            pending[number] = inquiries[number].send(t.cast(Answer, answer))
        except StopIteration as ended:
            results[number] = ended.value

    for number in range(len(inquiries)):
        step(number, None)
    while pending:
        asked, pending = pending, {}
        for numbers in groups(asked, transport.holds_output):
            for number, answer in zip(numbers, _run(transport, [asked[number] for number in numbers])):
                step(number, answer)
    return results


def groups(asked: t.Mapping[int, Question], holds: bool = False) -> list[list[int]]:
    """The questions of each command, by their numbers: as few as cmd.exe can take, or as can be held back."""
    out: list[list[int]] = []
    for number in sorted(asked, key=lambda number: (asked[number].last, number)):
        together = [*out[-1], number] if out else []
        if together and not asked[out[-1][-1]].last and fits([asked[number] for number in together], holds):
            out[-1].append(number)
        else:
            out.append([number])
    return out


def fits(questions: t.Sequence[Question], holds: bool = False) -> bool:
    """Whether one command can take all of them."""
    script = script_of(questions)
    if holds:
        return held.fits(script)
    try:
        script.command_line()
    except ValueError:
        return False
    return True


def script_of(questions: t.Sequence[Question], holds: bool = True) -> Script:
    """The questions as one script. Where nothing `holds` output back, what prints straight comes before the last
    question, which may end the command.
    """
    usual = [statement for question in questions if not question.last for statement in question.statements]
    straight = [statement for question in questions for statement in question.straight]
    last = [statement for question in questions if question.last for statement in question.statements]
    return Script((*usual, *last), tuple(straight)) if holds else Script((*usual, *straight, *last))


def _run(transport: Transport, questions: t.Sequence[Question]) -> list[Answer]:
    """The answers. Where the host did not start reg.exe, the command runs once more: an empty part is an answer, too.
    Raises ReadError where it did not start again.
    """
    script = script_of(questions, transport.holds_output)
    for _time in range(2):
        completed = transport.run(script)
        answers = [Answer(frames.parse(question.mark, completed.stdout), completed) for question in questions]
        if not any(answer.framed.not_started for answer in answers):
            return answers
    raise ReadError(*REG_NOT_STARTED)
