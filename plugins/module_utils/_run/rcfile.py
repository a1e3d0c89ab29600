# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""go_rcfile: from options to a result."""

from __future__ import annotations

import typing as t

from .._core.posix import expand_home
from .._core.wanted import Scope, Wanted
from .._hosts.posix_scope import SHELL
from .._media.rc_places import SHELLS
from .._media.rcfiles import RcStore
from .._media.startfile_medium import START_FILES
from . import runner
from .options import VOCABULARY, expanded, wanted_of

if t.TYPE_CHECKING:
    from .._core.account import Account
    from .._core.state import State
    from .._hosts.host import Host
    from .._media.starts import Starts

AUTO = "auto"

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "scope": {"type": "str", "choices": ["machine", "system", "user", "default_user"], "required": True},
    "user": {"type": "str"},
    "shells": {"type": "list", "elements": "str", "choices": [AUTO, *SHELLS], "default": [AUTO]},
    "link_go": {"type": "bool", "default": False},
    **VOCABULARY,
}


def to_wanted(params: t.Mapping[str, t.Any], home: str | None) -> Wanted:
    """The options as they come from Ansible's argument spec. `home`: what `~` and `$HOME` mean at the beginning of a
    directory, None where nobody's home is meant. Raises WantedError with every reason why they are of no use.
    """
    scope = _scope(params)
    given, problems = expanded(params, lambda text: expand_home(text, home))
    if scope.is_user and params["link_go"]:
        problems.append(
            f"link_go is given, but scope is {scope.value}: the links stand in /usr/local/bin, which is everybody's. "
            "Use it with scope: machine."
        )
    if AUTO in params["shells"] and len(params["shells"]) > 1:
        problems.append("shells holds auto and names too. Give auto alone, or the list of shells.")
    if not params["shells"]:
        problems.append("shells is an empty list. Name the shells, or leave it out; state: absent removes everything.")
    shells = None if params["shells"] == [AUTO] else tuple(params["shells"])
    return wanted_of(given, scope, START_FILES, problems, anchor=params["link_go"], shells=shells)


def _scope(params: t.Mapping[str, t.Any]) -> Scope:
    """`system` is another word for `machine`."""
    return Scope.MACHINE if params["scope"] == "system" else Scope(params["scope"])


def _account(host: Host, params: t.Mapping[str, t.Any]) -> Account:
    """Whose start files they are; those of everybody, and of new users, are the session's."""
    return host.accounts.named(params["user"]) if _scope(params) is Scope.USER else host.accounts.own()


def _wanted(host: Host, params: t.Mapping[str, t.Any]) -> Wanted:
    return to_wanted(params, _account(host, params).home if _scope(params) is Scope.USER else None)


#: see `Runner`
RUNNER = runner.Runner(lambda host, params: RcStore(host, _account(host, params)), _wanted)


def _layer(state: State) -> tuple[str, dict[str, str]]:
    """What the start files of this collection set."""
    machine, user = (state.in_scope(scope) for scope in (Scope.MACHINE, Scope.USER))
    return SHELL, {
        name: value.data for found in (machine, user) for name, value in found.items() if not START_FILES.is_path(name)
    }


#: see `Environment`
ENVIRONMENT = runner.Environment("start files", RUNNER, ARGUMENT_SPEC, True, _layer)


def runner_with(starts: Starts | None) -> runner.Runner:
    """The runner. starts: are asked together with the shells, where these are."""
    if starts is None:
        return RUNNER
    return RUNNER._replace(store=lambda host, params: RcStore(host, _account(host, params), starts=starts))


def run(params: t.Mapping[str, t.Any], host: Host, check_mode: bool, diff: bool) -> dict[str, t.Any]:
    """One run of go_rcfile: its result, `failed` with a human-readable message when it could not be done."""
    return runner.run(RUNNER, params, host, check_mode, diff)
