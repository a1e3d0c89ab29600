# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run over several images, or several users, must know of their journals before the first is written."""

from __future__ import annotations

import contextlib
import time
import typing as t

from .._core.errors import DevboxError
from .._core.task import Journals, Task
from .._core.wanted import Wanted
from .._hosts.spread import spread
from .._media.journal import new_id

if t.TYPE_CHECKING:
    from .._core.state import State


def task_over(places: t.Sequence[Journals], wanted: Wanted) -> Task:
    """What the runs over these places have in common. The id is newer than each that a journal has."""
    known = [id for place in places for id in place.ids]
    return Task.over(new_id(known, time.time()), places, wanted)


def journals_in(readings: t.Iterable[t.Callable[[], State]]) -> Journals:
    """What the journals of a place hold. What cannot be read is passed over: the run itself says why."""
    states: list[State] = []
    for read in readings:
        with contextlib.suppress(DevboxError):
            states.append(read())
    return Journals.of(states)


def journals_of_images(images: t.Sequence[str], one: t.Callable[[str], Journals], processes: int = 1) -> list[Journals]:
    """Those of each image, so many at once."""

    def attempted(image: str) -> dict[str, t.Any]:
        try:
            return dict(one(image)._asdict())
        except Exception:  # noqa: BLE001 - the run itself says what is wrong with an image
            return {}

    return [
        Journals(tuple(found.get("ids", ())), found.get("newest", ""), tuple(found.get("held", ())))
        for found in spread(images, attempted, processes)
    ]
