# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""go_registry for all users of a host: a result for each, and one over all."""

from __future__ import annotations

import typing as t

from .._core.converge import converge
from .._core.errors import DevboxError
from .._core.masker import Masker
from .._core.wanted import Wanted
from .._media.registry_users import FoundUser, read_all
from .options import failure, only_looks
from .result import to_result

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
    findings = [finding.to_result(masker.text) for finding in users.findings]
    return over_all([_of_one(user, params, host, check_mode, diff) for user in users.found], findings, diff)


def _of_one(user: FoundUser, params: Params, host: WindowsHost, check_mode: bool, diff: bool) -> Result:
    who = {"user": user.name, "sid": user.sid}
    try:
        if isinstance(user.found, DevboxError):
            raise user.found
        outcome = converge(user.store, user.wanted, only_looks(params, check_mode))
        return {**to_result(outcome, user.wanted, diff), **who}
    except DevboxError as error:
        return {**failure(error, params, host.environ), **who}


def over_all(users: t.Sequence[Result], findings: t.Sequence[Result], diff: bool) -> Result:
    """The result of the task, out of those of users and of findings about those who were left out. Pure."""
    failed = [one for one in users if one.get("failed")]
    unique = {tuple(finding.items()): finding for finding in findings}
    for one in users:
        unique.update((tuple(finding.items()), finding) for finding in one.get("findings") or ())
    result: Result = {
        "changed": any(one["changed"] for one in users),
        "refresh": list(dict.fromkeys(text for one in users for text in one.get("refresh") or ())),
        "findings": list(unique.values()),
        "users": list(users),
    }
    if diff:
        result["diff"] = [part for one in users for part in _parts(one.pop("diff", None))]
    if failed:
        told = " ".join(f"{_called(one)}: {one['msg']}" for one in failed)
        result.update({"failed": True, "msg": f"{len(failed)} of {len(users)} users failed. {told}"})
    return result


def _parts(found: t.Any) -> list[t.Any]:
    if found is None:
        return []
    return found if isinstance(found, list) else [found]


def _called(one: Result) -> str:
    return f"{one['user']} ({one['sid']})" if one["sid"] else str(one["user"])
