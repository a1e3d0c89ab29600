# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""go_config: from options to a result."""

from __future__ import annotations

import typing as t

from .._core.medium import Medium
from .._core.wanted import Scope, Wanted
from .._media.goenvfile import GoEnvStore
from .._media.goenvfile_medium import medium_on
from . import runner
from .options import VOCABULARY, expanded, not_all, wanted_of

if t.TYPE_CHECKING:
    from .._hosts.host import Host

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "user": {"type": "str"},
    "repair": {"type": "bool", "default": False},
    **{name: VOCABULARY[name] for name in ("gopath", "gobin", "variables", "state", "journal", "force", "verify")},
}


def to_wanted(host: Host, params: t.Mapping[str, t.Any]) -> Wanted:
    """The options as they come from Ansible's argument spec. Raises WantedError with every reason why they are of no
    use: what is of no use anywhere before the host is asked what references mean.
    """
    wrong = list(not_all(params["user"]))
    if wrong or _refers(host, params):
        _wanted(host, _without_references(host, params), wrong)
    given, problems = expanded(params, lambda text: host.written_out(text, params["user"]))
    return _wanted(host, given, problems)


def medium_of(host: Host) -> Medium:
    """The go env file as a host has it."""
    return medium_on(host.syntax.family)


def _wanted(host: Host, params: t.Mapping[str, t.Any], known: t.Iterable[str] = ()) -> Wanted:
    return wanted_of(params, Scope.USER, medium_of(host), known, repair=params["repair"])


def _refers(host: Host, params: t.Mapping[str, t.Any]) -> bool:
    texts = (*(params["gopath"] or ()), params["gobin"], *(params["variables"] or {}).values())
    return any(isinstance(text, str) and host.references(text) for text in texts)


def _without_references(host: Host, params: t.Mapping[str, t.Any]) -> t.Mapping[str, t.Any]:
    """The options without directories that refer to variables, which only the host can resolve; go expands nothing."""
    refers = host.references
    gopath, gobin = params["gopath"], params["gobin"]
    return {
        **params,
        "gopath": gopath and ([entry for entry in gopath if not refers(entry)] or None),
        "gobin": None if gobin is not None and refers(gobin) else gobin,
    }


#: see `Runner`
RUNNER = runner.Runner(lambda host, params: GoEnvStore(host, host.user_scope(params["user"])), to_wanted)


def run(params: t.Mapping[str, t.Any], host: Host, check_mode: bool, diff: bool) -> dict[str, t.Any]:
    """One run of go_config: its result, `failed` with a human-readable message when it could not be done."""
    return runner.run(RUNNER, params, host, check_mode, diff)
