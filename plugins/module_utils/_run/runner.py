# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the runners of the media have in common: options and a host in, a result out."""

from __future__ import annotations

import typing as t

from .._core.converge import alone, converge, look_ahead
from .._core.errors import DevboxError, WantedError
from .._core.store import Judge, Planned, Store, apart
from .._core.wanted import Wanted
from .options import failure, only_looks, with_host_findings
from .result import to_result

if t.TYPE_CHECKING:
    from .._core.state import State
    from .._core.task import Task
    from .._hosts.host import Host

Params = t.Mapping[str, t.Any]


class Runner(t.NamedTuple):
    """How the options of a module become a store of a host, and what is wanted of it.

    store: raises DevboxError where the host cannot be read. wanted: raises WantedError with every reason why options
    are of no use; it reaches the host only for those that cannot be judged without it. judge: see `Judge`.
    """

    store: t.Callable[[t.Any, Params], Store]
    wanted: t.Callable[[t.Any, Params], Wanted]
    judge: Judge = alone


class Environment(t.NamedTuple):
    """The medium in which a host has the variables of its processes.

    name: in labels. runner, spec: of its module. files: whether it is in files. layer: what somebody set of a user's
    variables, by a state of the user scope, and the name of the layer that this is to go. ahead: reads, where reading
    is dear, what is wanted of its scopes together with the go env files of these users. together: see `Together`, with
    the host before.
    """

    name: str
    runner: Runner
    spec: t.Mapping[str, t.Mapping[str, t.Any]]
    files: bool
    layer: t.Callable[[State], tuple[str, t.Mapping[str, str]]]
    ahead: t.Callable[[t.Any, t.Sequence[Wanted], t.Sequence[str | None]], None] = lambda _host, _wanteds, _users: None
    together: t.Callable[[t.Any, t.Sequence[Planned], str], t.ContextManager[None]] = lambda _host, planned, id: apart(
        planned, id
    )


def opened(runner: Runner, host: Host, params: Params) -> tuple[Store, Wanted]:
    """The store, and what is wanted of it. Raises WantedError, or Blocked with what stands in the way on the host as
    well as why options are of no use; other DevboxErrors where the host could not be read.
    """
    try:
        wanted = runner.wanted(host, params)
    except WantedError as error:
        raise with_host_findings(
            error,
            params,
            lambda given: runner.wanted(host, given),
            lambda rest: look_ahead(runner.store(host, params), rest, runner.judge),
        ) from error
    return runner.store(host, params), wanted


def run(
    runner: Runner, params: Params, host: Host, check_mode: bool, diff: bool, task: Task | None = None
) -> dict[str, t.Any]:
    """One run over one medium: its result, `failed` with a human-readable message when it could not be done. task: that
    it is one of several of.
    """
    try:
        store, wanted = opened(runner, host, params)
        outcome = converge(store, wanted, only_looks(params, check_mode), runner.judge, task)
        return to_result(outcome, wanted, diff)
    except DevboxError as error:
        return failure(error, params, host.environ)
