# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""go_env: every medium of a host as one, from options to one result. The action plugin and the module both end here."""

from __future__ import annotations

import typing as t

from .._core.converge import converge_all, look_ahead_all
from .._core.errors import Blocked, DevboxError, Incomplete, ReadError, WantedError
from .._core.medium import DEFAULT_USER, MACHINE, USER
from .._core.state import State
from .._core.store import Judge, Part, Planned, Store, Verdict, as_read
from .._core.wanted import Scope, Wanted
from .._go.gosettings import PROCESS
from .._media.goenvfile import GoEnvStore, layer_of
from . import config
from .env_layers import GO_ENV_FILE, Params, Slot, slots_of, written
from .env_result import to_env_result
from .options import failure, not_all, only_looks, rest_of, with_blockers

if t.TYPE_CHECKING:
    from .._core.task import Task
    from .._hosts.host import Host
    from .runner import Environment, Runner

#: what keeps an account from a medium that nobody named
_NO_RIGHTS = frozenset(("not_elevated", "not_root", "local_system", "temporary_profile", "mandatory_profile"))
_NO_MEDIUM = frozenset(("missing_go_env_file",))
_NO_HIVE = frozenset(("profile_without_hive",))


def run(
    environment: Environment, params: Params, host: Host, check_mode: bool, diff: bool, task: Task | None = None
) -> dict[str, t.Any]:
    """One run of go_env: its result, `failed` with a human-readable message when it could not be done. task: that it
    is one of several of.
    """
    try:
        _must_have_no_distros(params)
        slots = slots_of(params, environment.name, environment.spec, config.ARGUMENT_SPEC)
        if environment.files and any(slot.mode == DEFAULT_USER for slot in slots):
            raise WantedError("mode: default_user is for Windows: here new users get what mode: machine sets.")
        problems = [problem for slot in slots for problem in not_all(slot.user, slot.label)]
        if problems and not environment.files:
            raise WantedError(" ".join(problems))
        order = written(slots, params["state"], environment.files)
        unread: dict[str, ReadError] = {}
        parts = _opened(environment, host, order, unread)
        outcomes = (
            converge_all(
                parts,
                only_looks(params, check_mode),
                _judge(environment),
                lambda planned, id: environment.together(host, planned, id),
                task,
            )
            if parts
            else []
        )
        found = {part.label: (part.wanted, outcome) for part, outcome in zip(parts, outcomes)}
        unknown = [item for slot in slots if slot.label in unread for item in _unknown(host, slot, unread[slot.label])]
        return to_env_result([(slot, *found[slot.label]) for slot in slots if slot.label in found], diff, unknown)
    except DevboxError as error:
        result = failure(error, params, host.environ)
        return {**result, "fates": error.fates} if isinstance(error, Incomplete) else result


def stores_of(environment: Environment, params: Params, host: Host) -> list[tuple[Store, Wanted]]:
    """The scopes of the environment, with what is wanted of each. Raises DevboxError."""
    return [
        (environment.runner.store(host, slot.params), environment.runner.wanted(host, slot.params))
        for slot in slots_of(params, environment.name, environment.spec, config.ARGUMENT_SPEC)
        if slot.kind != GO_ENV_FILE
    ]


def look_ahead(environment: Environment, params: Params, host: Host) -> None:
    """Only look what would stand in the way of a run. Raises DevboxError with it."""
    slots = slots_of(params, environment.name, environment.spec, config.ARGUMENT_SPEC)
    parts = _opened(environment, host, written(slots, params["state"], environment.files), {})
    if parts:
        look_ahead_all(parts, _judge(environment))


def _must_have_no_distros(params: Params) -> None:
    if params.get("wsl"):
        raise WantedError("wsl is given, but this host is no Windows host: only those have distros.")


def _unknown(host: Host, slot: Slot, error: ReadError) -> list[dict[str, t.Any]]:
    """What enforcement reports of a go env file whose user could not be read, such as one who is not signed in."""
    from .._core.decisions import without_plan
    from .._core.drift import unknown
    from .drift_result import Told, to_drift

    given = slot.params
    texts = {str(name): None if value is None else str(value) for name, value in (given["variables"] or {}).items()}
    gopath = tuple(given["gopath"]) if given["gopath"] else None
    wanted = Wanted(config.medium_of(host), gopath=gopath, gobin=given["gobin"], variables=texts)
    told = Told(slot.label, USER, "config", reason=f"{error.message} {error.advice}".strip())
    return to_drift(without_plan(unknown(wanted)), told)


def _opened(environment: Environment, host: Host, slots: t.Sequence[Slot], unread: dict[str, ReadError]) -> list[Part]:
    """The media with what is wanted of each; one that nobody named, and that the host does not have for that account,
    is left out. `unread` gets the go env files that enforcement passes over, because their user could not be read.
    Raises WantedError, or Blocked with what stands in the way on the host besides; other DevboxErrors where the host
    could not be read.
    """
    problems: list[str] = []
    wanteds: dict[str, Wanted] = {}
    users = [slot.user for slot in slots if slot.kind == GO_ENV_FILE]
    for slot in sorted(slots, key=lambda slot: slot.kind == GO_ENV_FILE):
        if slot.kind == GO_ENV_FILE and users:
            _read_ahead(environment, host, wanteds, users, problems)
            users = []
        try:
            found = _wanted(_runner_of(environment, slot), host, slot, problems)
        except Blocked as error:
            if not _is_passed_over(slot, error):
                raise
            continue
        except ReadError as error:
            _pass_over(slot, error, unread)
            continue
        if found is not None:
            wanteds[slot.label] = found
    known = [slot for slot in slots if slot.label in wanteds]
    if problems:
        raise with_blockers(
            WantedError(" ".join(problems)),
            lambda: look_ahead_all(_parts(environment, host, known, wanteds, {}), _judge(environment)),
        )
    return _parts(environment, host, known, wanteds, unread)


def _pass_over(slot: Slot, error: ReadError, unread: dict[str, ReadError]) -> None:
    if slot.kind != GO_ENV_FILE or slot.params.get("enforce") is None:
        raise error
    unread[slot.label] = error


def _read_ahead(
    environment: Environment,
    host: Host,
    wanteds: t.Mapping[str, Wanted],
    users: t.Sequence[str | None],
    problems: t.Sequence[str],
) -> None:
    """Before the options of go env files are judged, which may refer to variables of their users."""
    if not problems:
        environment.ahead(host, list(wanteds.values()), users)


def _wanted(runner: Runner, host: Host, slot: Slot, problems: list[str]) -> Wanted | None:
    """What is wanted of one medium; what of its options is of use where others are not, which `problems` gets."""
    try:
        return runner.wanted(host, slot.params)
    except WantedError as error:
        problems.append(f"{slot.label}: {error.text}")
        return rest_of(slot.params, lambda given: runner.wanted(host, given))


def _runner_of(environment: Environment, slot: Slot) -> Runner:
    return config.RUNNER if slot.kind == GO_ENV_FILE else environment.runner


def _parts(
    environment: Environment,
    host: Host,
    slots: t.Sequence[Slot],
    wanteds: t.Mapping[str, Wanted],
    unread: dict[str, ReadError],
) -> list[Part]:
    parts = []
    for slot in slots:
        try:
            parts.append(_part(environment, host, slot, slots, wanteds))
        except Blocked as error:
            if not _is_passed_over(slot, error):
                raise
        except ReadError as error:
            _pass_over(slot, error, unread)
    return parts


def _part(
    environment: Environment, host: Host, slot: Slot, slots: t.Sequence[Slot], wanteds: t.Mapping[str, Wanted]
) -> Part:
    passes = _passes_over(slot)
    if slot.kind != GO_ENV_FILE:
        store = environment.runner.store(host, slot.params)
        return Part(slot.label, store, wanteds[slot.label], _over_scopes, passes)
    below = [other for other in slots if other.kind != GO_ENV_FILE and (other.mode, other.user) != (USER, slot.user)]
    own = next((other for other in slots if (other.kind, other.user) == (environment.name, slot.user)), None)
    machine = [other for other in below if other.mode == MACHINE]
    layers = [wanteds[other.label] for other in (*machine, *([own] if own else []))]
    scope = host.user_scope(slot.user).with_wanted(layers)
    over = _over_environment(environment, own.label) if own else as_read
    return Part(slot.label, GoEnvStore(host, scope), wanteds[slot.label], over, passes)


def _passes_over(slot: Slot) -> frozenset[str]:
    if slot.every:
        return _NO_MEDIUM | _NO_RIGHTS | _NO_HIVE | (frozenset() if slot.user else frozenset(("unknown_account",)))
    return _NO_MEDIUM if slot.params["state"] == "restored" else frozenset()


def _is_passed_over(slot: Slot, error: Blocked) -> bool:
    found = {finding.id for finding in error.blockers}
    return bool(found) and found <= _passes_over(slot)


# --- media over each other -------------------------------------------------------------------------------------------


def _over_scopes(state: State, others: t.Mapping[str, State]) -> State:
    """A scope over the others of its medium: the machine's for every user, a user's for the machine's where that is
    seen by the same account. See `Over`.
    """
    for other in others.values():
        if other.target is state.target or other.medium is not state.medium:
            continue
        if other.target is Scope.MACHINE or other.sid == state.sid:
            state = state.with_scope(other.target, other.variables)
            state = state._replace(directories={**other.directories, **state.directories})
    return state


def _over_environment(environment: Environment, label: str) -> t.Callable[[State, t.Mapping[str, State]], State]:
    """See `Over`: a go env file under the variables of its user."""

    def over(state: State, others: t.Mapping[str, State]) -> State:
        if label not in others:
            return state
        name, texts = environment.layer(others[label])
        layers = []
        for layer in state.layers:
            if layer.name == name:
                layer = layer_of(name, texts)
            elif layer.name == PROCESS:  # what a new session gets from the environment hides nothing of it
                hidden = {key: value.data for key, value in layer.variables.items() if value.data != texts.get(key)}
                layer = layer_of(PROCESS, hidden)
            layers.append(layer)
        return state._replace(layers=tuple(layers))

    return over


def _judge(environment: Environment) -> Judge:
    """That of the medium of a host's processes, once the layers are those of different scopes."""

    def judge(planned: t.Sequence[Planned]) -> t.Sequence[Verdict]:
        _must_be_one_layer_each(planned)
        return environment.runner.judge(planned)

    return judge


def _must_be_one_layer_each(planned: t.Sequence[Planned]) -> None:
    """No scope is managed by two layers, which may have named its account in different ways. Raises WantedError."""
    seen: dict[t.Hashable, str] = {}
    for found in planned:
        state = found.state
        scope = (id(state.medium), state.target, "" if state.target is Scope.MACHINE else state.sid)
        other = seen.setdefault(scope, found.part.label)
        if other != found.part.label:
            raise WantedError(
                f"{other} and {found.part.label} are of the same account, {state.sid}.", "Put the layers into one."
            )
