# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""go_config on a POSIX host: from options to a result."""

from __future__ import annotations

import posixpath
import typing as t

from .._core.converge import converge, look_ahead
from .._core.errors import DevboxError, WantedError
from .._core.findings import Finding
from .._core.medium import MACHINE, USER
from .._core.posix import POSIX
from .._core.state import Account, State
from .._core.wanted import Scope, Wanted
from .._go import gosettings, names
from .._hosts.accounts import myself, person
from .._hosts.files import Files
from .._hosts.local import LocalFiles
from .._media.goenvfile import GoEnvStore, GoHost, expected_of_go, layer_of
from .._media.goenvfile_medium import ON_POSIX
from .._media.posix_host import LOGIN_PATH, PosixHost, native
from .._media.startfile_medium import START_FILES
from .options import VOCABULARY, expanded, failure, wanted_of, with_host_findings
from .result import to_result

if t.TYPE_CHECKING:
    from .._formats.shellenv import Settings
    from .._hosts.programs import Programs

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "user": {"type": "str"},
    "repair": {"type": "bool", "default": False},
    **{name: VOCABULARY[name] for name in ("gopath", "gobin", "variables", "state", "journal", "force", "verify")},
}


def run(
    params: t.Mapping[str, t.Any], environ: t.Mapping[str, str], darwin: bool, check_mode: bool, diff: bool
) -> dict[str, t.Any]:
    """One run of go_config on this host: its result, `failed` with a message for people when it could not be done."""
    try:
        me = myself(environ)
        host = PosixHost.of(me, person(params["user"], me), environ, darwin)
        files = LocalFiles(host.other)
        go_host = on_posix(files, host, environ)
        store = GoEnvStore(
            files, go_host, lambda after, wanted: _ask(after, wanted, host, go_host), readable=files.readable
        )
        try:
            wanted = to_wanted(params, host.who.home)
        except WantedError as error:
            raise with_host_findings(
                error,
                params,
                lambda given: to_wanted(given, host.who.home),
                lambda rest: look_ahead(store, rest._replace(user=None)),
            ) from error
        return to_result(converge(store, wanted._replace(user=None), check_mode), wanted, diff)
    except DevboxError as error:
        return failure(error, params, environ)


def to_wanted(params: t.Mapping[str, t.Any], home: str) -> Wanted:
    """The options as they come from Ansible's argument spec. Raises WantedError with every reason why they are of no
    use.
    """
    given, problems = expanded(params, home)
    return wanted_of(given, Scope.USER, ON_POSIX, problems, repair=params["repair"])


def on_posix(files: Files, host: PosixHost, environ: t.Mapping[str, str]) -> GoHost:
    """What this host says of a person's go: the start files this collection wrote, and the environment of the session
    when it is theirs.
    """
    sources = {scope: host.source(system=scope == MACHINE) for scope in (MACHINE, USER)}
    found = files.read(list(sources.values()))
    shell: dict[str, str] = {}
    path = ("login", LOGIN_PATH)
    for scope in (MACHINE, USER):
        settings = _settings_in(found[sources[scope]].data)
        if settings is None:
            continue
        shell.update(settings.variables)
        path = (
            (scope, START_FILES.policy.compose(POSIX, "PATH", scope, path, ":".join(settings.path)))
            if settings.path
            else path
        )
    process = {name: environ[name] for name in _OF_GO if host.who.own and environ.get(name)}
    xdg = {name: environ[name] for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME") if host.who.own and environ.get(name)}
    blockers = []
    if not (host.who.own or host.me.is_root):
        blockers = [
            Finding.of(
                "not_root",
                f"The file of {host.who.name} needs root, and this session is {host.me.name}'s.",
                "Set become: true.",
                host.me.name,
            )
        ]
    above = [
        layer_of("shell", shell),
        layer_of(gosettings.PROCESS, {name: text for name, text in process.items() if shell.get(name) != text}),
    ]
    return GoHost(
        family="darwin" if host.darwin else "posix",
        account=Account(str(host.me.uid), host.me.name, host.me.is_root),
        owner=host.who.name,
        home=host.who.home,
        environment={"HOME": host.who.home, **xdg, **shell, **process},
        above=tuple(above),
        path=tuple(POSIX.split_path(path[1])),
        ledger=host.home,
        medium=ON_POSIX,
        blockers=tuple(blockers),
        native=native(host.darwin),
    )


_OF_GO = sorted(names.KNOWN | {"GOROOT", "GOPATH", "GOBIN"})


def _settings_in(data: bytes | None) -> Settings | None:
    """What a file of go_rcfile says; None when there is none. What is wrong with it go_rcfile tells."""
    if data is None:
        return None
    from .._formats.shellenv import parse_source  # only a host that go_rcfile manages needs it

    try:
        return parse_source(data.decode("utf-8"))
    except ValueError:
        return None


def _ask(after: State, wanted: Wanted, host: PosixHost, go_host: GoHost) -> list[Finding]:
    from .._hosts.programs import LocalPrograms  # only a run that asks go needs it

    return ask_go(after, wanted, host, go_host, LocalPrograms())


def ask_go(after: State, wanted: Wanted, host: PosixHost, go_host: GoHost, programs: Programs) -> list[Finding]:
    """What go answers for the variables of this run, when there is one (facts 4: GOTOOLCHAIN=local, no go.mod
    above).
    """
    from .._media import probes

    environment = {**go_host.environment, "PATH": ":".join(go_host.path), "USER": host.who.name, "LC_ALL": "C.UTF-8"}
    directory = next((entry for entry in go_host.path if programs.is_program(posixpath.join(entry, "go"))), None)
    if directory is None:
        return [
            Finding.of(
                "go_not_checked",
                "No go is on the effective PATH, so none was asked.",
                "The file counts as soon as one is installed.",
            )
        ]
    expected = expected_of_go(after, wanted)
    answer = probes.answer_of(directory, environment, expected, host.who, programs) if expected else {}
    if isinstance(answer, Finding):
        return [answer]
    probes.must_agree(posixpath.join(directory, "go"), expected, answer)
    return []
