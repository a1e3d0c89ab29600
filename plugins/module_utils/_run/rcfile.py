# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""go_rcfile: from options to a result."""

from __future__ import annotations

import typing as t

from .._core.converge import converge, look_ahead
from .._core.errors import DevboxError, WantedError
from .._core.wanted import Scope, Wanted
from .._hosts.accounts import myself, ordinary, person
from .._hosts.local import LocalFiles
from .._media.posix_host import PosixHost
from .._media.rc_places import SHELLS
from .._media.rcfiles import RcStore
from .._media.startfile_medium import START_FILES
from .options import VOCABULARY, expanded, failure, wanted_of, with_host_findings
from .result import to_result

if t.TYPE_CHECKING:
    from .._hosts.programs import Programs

AUTO = "auto"

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "scope": {"type": "str", "choices": ["machine", "system", "user"], "required": True},
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
    given, problems = expanded(params, home)
    if scope is Scope.USER and params["link_go"]:
        problems.append(
            "link_go is given, but scope is user: the links stand in /usr/local/bin, which is everybody's. Use "
            "it with scope: machine."
        )
    if AUTO in params["shells"] and len(params["shells"]) > 1:
        problems.append("shells holds auto and names too. Give auto alone, or the list of shells.")
    if not params["shells"]:
        problems.append("shells is an empty list. Name the shells, or leave it out; state: absent removes everything.")
    shells = None if params["shells"] == [AUTO] else tuple(params["shells"])
    return wanted_of(given, scope, START_FILES, problems, anchor=params["link_go"], shells=shells)


def _scope(params: t.Mapping[str, t.Any]) -> Scope:
    """`system` is another word for `machine`."""
    return Scope.USER if params["scope"] == "user" else Scope.MACHINE


def run(
    params: t.Mapping[str, t.Any], environ: t.Mapping[str, str], darwin: bool, check_mode: bool, diff: bool
) -> dict[str, t.Any]:
    """One run of go_rcfile on this host: its result, `failed` with a message for people when it could not be done."""
    try:
        system = _scope(params) is Scope.MACHINE
        me = myself(environ)
        who = me if system else person(params["user"], me)
        home = None if system else who.home
        host = PosixHost.of(me, who, environ, darwin)
        files = LocalFiles(None if system else host.other)
        store = RcStore(files, host, _programs, readable=files.readable, ordinary=ordinary)
        try:
            wanted = to_wanted(params, home)
        except WantedError as error:
            raise with_host_findings(
                error,
                params,
                lambda given: to_wanted(given, home),
                lambda rest: look_ahead(store, rest._replace(user=None)),
            ) from error
        return to_result(converge(store, wanted._replace(user=None), check_mode), wanted, diff)
    except DevboxError as error:
        return failure(error, params, environ)


def _programs() -> Programs:
    from .._hosts.programs import LocalPrograms  # only a run that asks the shells needs it

    return LocalPrograms()
