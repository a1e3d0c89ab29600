# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""go_config on a Windows host, from the controller: from options to a result."""

from __future__ import annotations

import contextlib
import typing as t

from .._core.converge import converge, look_ahead
from .._core.effective import effective
from .._core.errors import DevboxError, WantedError
from .._core.findings import Finding
from .._core.state import State
from .._core.wanted import Scope, Wanted
from .._core.windows import WINDOWS, directory_of, expand, is_remote, references, unresolved, with_texts
from .._hosts.transport import Transport
from .._hosts.windows_files import WindowsFiles
from .._media.goenvfile import GoEnvStore, GoHost, layer_of
from .._media.goenvfile_medium import ON_WINDOWS
from .._media.registry_live import RegistryStore
from .._media.registry_medium import REGISTRY
from .options import failure, wanted_of, with_host_findings
from .result import to_result


def run(
    params: t.Mapping[str, t.Any], connect: t.Callable[[], Transport], check_mode: bool, diff: bool
) -> dict[str, t.Any]:
    """One run of go_config: its result, `failed` with a message for people when it could not be done."""
    with contextlib.ExitStack() as afterwards:

        def place() -> tuple[GoEnvStore, State]:
            transport = connect()
            afterwards.callback(transport.close)
            registry = RegistryStore(transport, folders=True).read(
                Wanted(REGISTRY, scope=Scope.USER, user=params["user"])
            )
            return GoEnvStore(
                WindowsFiles(transport, "" if registry.sid == registry.account.sid else registry.sid),
                on_windows(registry),
            ), registry

        try:
            try:
                wanted = _as_written(params)  # what is of no use anywhere
            except WantedError as error:
                raise with_host_findings(
                    error, params, _as_written, lambda rest: look_ahead(place()[0], rest._replace(user=None))
                ) from error
            store, registry = place()
            if params["gopath"] or params["gobin"]:
                wanted = wanted_of(_expanded(params, registry), Scope.USER, ON_WINDOWS, repair=params["repair"])
            return to_result(converge(store, wanted._replace(user=None), check_mode), wanted, diff)
        except DevboxError as error:
            return failure(error, params)


def _as_written(params: t.Mapping[str, t.Any]) -> Wanted:
    return wanted_of(_without_references(params), Scope.USER, ON_WINDOWS, repair=params["repair"])


def _without_references(params: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The options without directories that hold something between percent signs, which only the host can resolve."""
    gobin = params["gobin"]
    gopath = (
        None if params["gopath"] is None else [entry for entry in params["gopath"] if not references(entry)] or None
    )
    return {**params, "gopath": gopath, "gobin": None if gobin is not None and references(gobin) else gobin}


def _expanded(params: t.Mapping[str, t.Any], registry: State) -> dict[str, t.Any]:
    """The options with the references in directories written out, as that user's session has them; go expands nothing.

    Raises WantedError for one that nobody sets.
    """
    gopath = None if params["gopath"] is None else written_out("gopath", params["gopath"], registry)
    gobin = None if params["gobin"] is None else written_out("gobin", [params["gobin"]], registry)[0]
    return {**params, "gopath": gopath, "gobin": gobin}


def written_out(option: str, directories: t.Sequence[str], registry: State) -> list[str]:
    """The directories of an option, references replaced by what that user's session has for them.

    Raises WantedError for one that nobody sets.
    """
    known = with_texts(effective(registry).texts)
    problems = [
        f"{option}: {text!r} refers to %{name}%, which nothing sets for that user: write the directory out."
        for text in directories
        for name in unresolved(text, known)
    ]
    if problems:
        raise WantedError(" ".join(problems))
    return [expand(text, known) for text in directories]


def on_windows(registry: State) -> GoHost:
    """What the registry says of a person's go: the environment of a new process of theirs, and where their
    AppData is.
    """
    environment = effective(registry)
    values = environment.texts
    set_by_people = {
        name: text
        for name, text in values.items()
        if environment.layers[name][-1].scope in ("machine", "user", "volatile")
    }
    home = values.get("USERPROFILE")
    local = values.get("LOCALAPPDATA") or (WINDOWS.child(home, "AppData", "Local") if home else "")
    blockers = [
        Finding.of(
            "file_not_writable",
            f"{name} is {values[name]}, on the network, which this session may not reach.",
            "Run go env -w in theirs.",
            name,
        )
        for name in ("APPDATA", "LOCALAPPDATA")
        if is_remote(values.get(name, ""))
    ]
    if not local:
        blockers.append(
            Finding.of(
                "unknown_account",
                "Where that user's AppData is could not be found out.",
                "Let them sign in once.",
                "LOCALAPPDATA",
            )
        )
    return GoHost(
        family="windows",
        account=registry.account,
        owner=registry.sid,
        home=home,
        environment=values,
        above=(layer_of("registry", set_by_people),),
        path=tuple(
            place for entry in environment.path if (place := directory_of(entry, {})) and WINDOWS.can_look_up(place)
        ),
        ledger=WINDOWS.child(local, "gopher.devbox"),
        medium=ON_WINDOWS,
        blockers=tuple(blockers),
        native=registry.native,
    )
