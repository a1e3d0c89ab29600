# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The same work for several items at once, in processes that are forked for it: hivex keeps a processor busy, and while
a new hive is brought to the disk another process has it.
"""

from __future__ import annotations

import json
import os
import typing as t

Result = t.Dict[str, t.Any]  # noqa: UP006
Answers = t.Dict[int, Result]  # noqa: UP006

#: processes at once, whatever the machine has: each holds the largest hive in memory
MOST = 8
_EACH = 2  # processes for a processor


def workers() -> int:
    """How many processes this one may use."""
    try:
        found = len(os.sched_getaffinity(0))
    except AttributeError:  # macOS
        found = os.cpu_count() or 1
    return min(found * _EACH, MOST)


def spread(items: t.Sequence[str], one: t.Callable[[str], Result], count: int) -> list[Result]:
    """What `one` gives for each item, in their order, by so many processes. Results must be of JSON. Raises
    RuntimeError with what `one` raised in another process.
    """
    count = min(count, len(items))
    if count < 2:
        return [one(item) for item in items]
    begun = [_begin(items, one, first, count) for first in range(1, count)]
    answers: Answers = {}
    try:
        answers.update((number, one(items[number])) for number in range(0, len(items), count))
    finally:
        for number, pid, reading in begun:
            answers.update(_ended(items, number, count, pid, reading))
    return [answers[number] for number in range(len(items))]


def _begin(items: t.Sequence[str], one: t.Callable[[str], Result], first: int, count: int) -> tuple[int, int, int]:
    """A process for each `count`-th item: (number of its first, pid, where its results can be read)."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return first, pid, reading
    code = 1  # of this module's process nothing goes on in the new one
    try:
        os.close(reading)
        with os.fdopen(writing, "w", encoding="ascii") as pipe:
            for number in range(first, len(items), count):
                try:
                    line: list[t.Any] = [number, one(items[number]), None]
                except Exception as error:  # noqa: BLE001 - the other process raises it
                    line = [number, None, f"{type(error).__name__}: {error}"]
                pipe.write(json.dumps(line) + "\n")
                pipe.flush()
        code = 0
    finally:
        os._exit(code)


def _ended(items: t.Sequence[str], first: int, count: int, pid: int, reading: int) -> Answers:
    """What a process gave. What it did not come to is a failure."""
    answers: Answers = {}
    raised = ""
    with os.fdopen(reading, encoding="ascii") as pipe:
        for line in pipe:
            if not line.endswith("\n"):
                break
            number, result, error = json.loads(line)
            raised = raised or error or ""
            answers[number] = result
    os.waitpid(pid, 0)
    if raised:
        raise RuntimeError(raised)
    for number in range(first, len(items), count):
        answers.setdefault(number, _killed(items[number]))
    return answers


def _killed(item: str) -> Result:
    msg = f"The process that was at {item} was ended. Look at the memory of this machine, and run again."
    return {"failed": True, "changed": False, "msg": msg}
