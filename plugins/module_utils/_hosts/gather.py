# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several workers whose requests go out together.

Each worker has a thread, and hands in one request at a time. Once every worker that still works has handed one in, all
of them are carried out as one, and each gets its answer. So all first requests are one command, all second ones are the
next. The connection is used by the caller's thread alone.
"""

from __future__ import annotations

import copy
import threading
import typing as t

Request = t.TypeVar("Request")
Answer = t.TypeVar("Answer")
Result = t.TypeVar("Result")

#: carries out requests, by the number of their worker; an error may be the answer of a worker, too
CarryOut = t.Callable[[t.Mapping[int, Request]], t.Mapping[int, t.Union[Answer, Exception]]]
Ask = t.Callable[[Request], Answer]
Worker = t.Callable[[Ask[Request, Answer]], Result]


class _Meeting(t.Generic[Request, Answer]):
    def __init__(self, working: int) -> None:
        self._working = working
        self._change = threading.Condition()
        self._requests: dict[int, Request] = {}
        self._answers: dict[int, Answer | Exception] = {}

    def ask(self, number: int, request: Request) -> Answer:
        with self._change:
            self._requests[number] = request
            self._change.notify_all()
            self._change.wait_for(lambda: number in self._answers)
            answer = self._answers.pop(number)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def leave(self) -> None:
        with self._change:
            self._working -= 1
            self._change.notify_all()

    def handed_in(self) -> dict[int, Request]:
        """The requests of all that still work, once they are complete; none when nobody works any more."""
        with self._change:
            self._change.wait_for(lambda: len(self._requests) == self._working)
            found, self._requests = dict(sorted(self._requests.items())), {}
            return found

    def answer(self, answers: t.Mapping[int, Answer | Exception]) -> None:
        with self._change:
            self._answers.update(answers)
            self._change.notify_all()


def gather(
    workers: t.Sequence[Worker[Request, Answer, Result]], carry_out: CarryOut[Request, Answer]
) -> list[Result | Exception]:
    """What each worker returns or raises. What `carry_out` raises, every worker that waits for it gets."""
    meeting = _Meeting[Request, Answer](len(workers))
    results: list[Result | Exception] = [RuntimeError("did not begin")] * len(workers)

    def work(number: int) -> None:
        try:
            results[number] = workers[number](lambda request: meeting.ask(number, request))
        except Exception as error:  # noqa: BLE001 - the failure of one is that of this one alone
            results[number] = error
        finally:
            meeting.leave()

    threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(len(workers))]
    for thread in threads:
        thread.start()
    while requests := meeting.handed_in():
        meeting.answer(_answered(carry_out, requests))
    for thread in threads:
        thread.join()
    return results


def _answered(carry_out: CarryOut[Request, Answer], requests: t.Mapping[int, Request]) -> dict[int, Answer | Exception]:
    try:
        found = carry_out(requests)
    except Exception as error:  # noqa: BLE001 - the workers raise it
        return {number: copy.copy(error) for number in requests}  # each is added to where it is raised
    missing = RuntimeError("no answer")
    return {number: found.get(number, missing) for number in requests}
