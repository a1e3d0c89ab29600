# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""go_registry for all users of a host."""

from __future__ import annotations

import typing as t

from .._core.converge import converge
from .._core.errors import DevboxError
from .._core.masker import Masker
from .._core.task import Journals, Task
from .._core.wanted import Wanted
from .._media.registry_users import FoundUser, read_all
from .images import over_users
from .options import failure, only_looks
from .result import to_result
from .tasks import task_over

if t.TYPE_CHECKING:
    from .._media.windows_host import WindowsHost

Params = t.Mapping[str, t.Any]
Result = dict[str, t.Any]


def run_all(
    to_wanted: t.Callable[[Params], Wanted], params: Params, host: WindowsHost, check_mode: bool, diff: bool
) -> Result:
    """One run for every real profile and the template of new ones: failed where one of them did."""
    try:
        users = read_all(host.transport, to_wanted(params))
    except DevboxError as error:
        return failure(error, params, host.environ)
    masker = Masker(params, host.environ)
    known = [Journals.of([user.found]) for user in users.found if not isinstance(user.found, DevboxError)]
    task = task_over(known, to_wanted(params))
    left_out = [finding.to_result(masker.text) for finding in users.findings]
    result = over_users([_of_one(user, params, host, check_mode, diff, task) for user in users.found])
    return {**result, "findings": [*left_out, *result["findings"]]}


def _of_one(user: FoundUser, params: Params, host: WindowsHost, check_mode: bool, diff: bool, task: Task) -> Result:
    who = {"user": user.name, "sid": user.sid}
    try:
        if isinstance(user.found, DevboxError):
            raise user.found
        outcome = converge(user.store, user.wanted, only_looks(params, check_mode), task=task)
        return {**to_result(outcome, user.wanted, diff), **who}
    except DevboxError as error:
        return {**failure(error, params, host.environ), **who}
