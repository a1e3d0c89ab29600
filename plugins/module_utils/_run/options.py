# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that all modules share: their argument spec, and how they become what is wanted."""

from __future__ import annotations

import typing as t

from .._core.errors import Blocked, DevboxError, Unfinished, WantedError
from .._core.masker import Masker
from .._core.medium import Medium
from .._core.wanted import Goal, Position, Scope, Stale, Validate, Wanted
from .._go import names

T = t.TypeVar("T")

#: as the user of go_registry, every real profile and the template of new users
ALL = "all"

#: the vocabulary all modules of this collection share; documented in the fragment `vocabulary`
VOCABULARY: dict[str, dict[str, t.Any]] = {
    "goroot": {"type": "str"},
    "gopath": {"type": "list", "elements": "str"},
    "gobin": {"type": "str"},
    "variables": {"type": "dict", "default": {}},
    "path": {"type": "list", "elements": "str"},
    "path_position": {"type": "str", "choices": ["first", "last"], "default": "first"},
    "stale_path_entries": {"type": "str", "choices": ["keep", "remove"], "default": "keep"},
    "create_directories": {"type": "bool", "default": False},
    "validate": {"type": "str", "choices": ["strict", "warn"], "default": "strict"},
    "state": {"type": "str", "choices": ["present", "absent", "restored"], "default": "present"},
    "journal": {"type": "str"},
    "force": {"type": "bool", "default": False},
    "verify": {"type": "bool", "default": True},
}


#: the options of modules that enforce a policy; documented in the fragment `enforcement`
ENFORCEMENT: dict[str, dict[str, t.Any]] = {
    "enforce": {
        "type": "dict",
        "options": {
            "run": {"type": "str", "required": True},
            "unmanaged": {"type": "str", "choices": ["report", "apply"], "default": "report"},
            "settle": {"type": "dict", "default": {}},
            "waived": {"type": "list", "elements": "str", "default": []},
            "every": {"type": "int", "default": 24},
            "audit": {"type": "bool", "default": False},
        },
    },
    "hold": {
        "type": "dict",
        "options": {"until": {"type": "str", "required": True}, "reason": {"type": "str", "required": True}},
    },
    "run": {"type": "str"},
}


def not_all(user: str | None, label: str = "") -> t.Iterator[str]:
    """What is wrong with a user where one is meant."""
    if user == ALL:
        begin = f"{label}: " if label else ""
        yield f"{begin}user: all is for go_registry, which manages all users one by one. Name one user, or use it."


def only_looks(params: t.Mapping[str, t.Any], check_mode: bool) -> bool:
    """Whether a run changes nothing."""
    return check_mode or bool((params.get("enforce") or {}).get("audit"))


def of_enforcement(params: t.Mapping[str, t.Any], named: t.Callable[[str], str] = str) -> dict[str, t.Any]:
    """The fields of Wanted that the options of enforcement become. named: an item's name in the medium, by what a
    result calls it. Raises WantedError.
    """
    enforce, hold = params.get("enforce"), params.get("hold")
    out: dict[str, t.Any] = {"run": params.get("run")}
    if enforce is None and hold is None:
        return out
    from .._core import enforcement
    from .._hosts.clock import today

    if enforce is not None:
        out["enforcement"] = enforcement.Enforcement(
            enforce["run"],
            enforce["unmanaged"] == "apply",
            {named(str(item)): str(side) for item, side in (enforce["settle"] or {}).items()},
            tuple(named(item) for item in enforce["waived"] or ()),
            enforce["every"],
        )
    if hold is not None:
        try:
            out["hold"] = enforcement.hold_of(hold["until"], hold["reason"], today())
        except ValueError as error:
            raise WantedError(str(error)) from error
    return out


def wanted_of(
    params: t.Mapping[str, t.Any], scope: Scope, medium: Medium, known: t.Iterable[str] = (), **more: t.Any
) -> Wanted:
    """The options as they come from Ansible's argument spec; those a module does not have keep their defaults.

    `more` are fields of Wanted that come from options of one module, `known` what was already found wrong. Raises
    WantedError with every reason why they are of no use.
    """
    problems, variables = [*known], {}
    for name, value in (params["variables"] or {}).items():
        try:
            variables[str(name)] = names.text_of(str(name), value)
        except WantedError as error:
            problems.append(error.text)
    try:
        more = {**of_enforcement(params), **more}
    except WantedError as error:
        problems.append(error.text)
    wanted = Wanted(
        medium,
        scope=scope,
        user=params.get("user"),
        goroot=params.get("goroot"),
        gopath=_tuple(params["gopath"]),
        gobin=params["gobin"],
        variables=variables,
        path=_tuple(params.get("path")),
        position=Position(params.get("path_position", "first")),
        stale=Stale(params.get("stale_path_entries", "keep")),
        create_directories=bool(params.get("create_directories")),
        validate=Validate(params.get("validate", "strict")),
        goal=Goal(params["state"]),
        journal=params["journal"],
        force=params["force"],
        verify=params["verify"],
        **more,
    )
    try:
        wanted.check()
    except WantedError as error:
        problems.append(error.text)
    if problems:
        raise WantedError(" ".join(problems))
    return wanted


def _tuple(found: t.Any) -> tuple[str, ...] | None:
    return None if found is None else tuple(str(item) for item in found)


def expanded(params: t.Mapping[str, t.Any], written_out: t.Callable[[str], str]) -> tuple[dict[str, t.Any], list[str]]:
    """The options with their directories written out, and every reason why one cannot be.

    written_out: see `Host`. What cannot be written out is left out, so that the rest can still be judged.
    """
    problems: list[str] = []

    def some(option: str, texts: t.Iterable[str]) -> list[str]:
        found = []
        for text in texts:
            try:
                found.append(written_out(text))
            except ValueError as error:
                problems.append(f"{option}: {error}")
        return found

    out = dict(params)
    for option in ("goroot", "gobin"):
        given = params.get(option)
        out[option] = next(iter(some(option, [] if given is None else [given])), None)
    for option in ("gopath", "path"):
        given = params.get(option)
        out[option] = (some(option, given) or None) if given else given
    out["variables"] = dict(params["variables"] or {})
    for name, value in (params["variables"] or {}).items():
        if name in names.ABSOLUTE and isinstance(value, str):
            found = some(f"variables.{name}", [value])
            out["variables"].update((name, text) for text in found)
            if not found:
                del out["variables"][name]
    return out, problems


#: what options are when they say nothing
_BLANK: dict[str, t.Any] = {
    **dict.fromkeys(("goroot", "gopath", "gobin", "path", "journal", "goland_config")),
    "variables": {},
    "link_go": False,
    "shells": ["auto"],
    "sdk_roots": [],
    "editors": [],
}


def with_host_findings(
    error: WantedError,
    params: t.Mapping[str, t.Any],
    build: t.Callable[[dict[str, t.Any]], T],
    look: t.Callable[[T], t.Any],
) -> DevboxError:
    """The error of options that are of no use, with what stands in the way of the others on the host.

    build: what is made of options, which raises WantedError. look: asks the host, changes nothing, and raises Blocked.
    """

    def look_at_rest() -> None:
        rest = rest_of(params, build)
        if rest is not None:
            look(rest)

    return with_blockers(error, look_at_rest)


def with_blockers(error: WantedError, look: t.Callable[[], t.Any]) -> DevboxError:
    """The error of options that are of no use, with what stands in the way besides. look: asks the host, changes
    nothing, and raises Blocked.
    """
    try:
        look()
    except Blocked as blocked:
        blocked.message = f"{error.text} {blocked.message}"
        return blocked
    except Exception:  # noqa: BLE001 - whatever keeps the host from being asked, the options are wrong first
        return error
    return error


def rest_of(params: t.Mapping[str, t.Any], build: t.Callable[[dict[str, t.Any]], T]) -> T | None:
    """What the options come to without those that are of no use; None where no others are left to say whose host and
    scope it is.
    """
    kept = {**params, **{name: blank for name, blank in _BLANK.items() if name in params}}
    try:
        built = build(kept)
    except WantedError:
        return None
    pieces = [(name, params[name]) for name in _BLANK if params.get(name) and name != "variables"]
    for name, value in [*pieces, *(("variables", pair) for pair in (params.get("variables") or {}).items())]:
        trial = {**kept, name: {**kept["variables"], value[0]: value[1]} if name == "variables" else value}
        try:
            built, kept = build(trial), trial
        except WantedError:
            continue
    return built


def defect(error: Exception, *known: t.Any) -> dict[str, t.Any]:
    """A failed result of what nobody foresaw, with where it happened; both quote values."""
    import traceback  # a run that ends as foreseen does without

    masker = Masker(*known)
    msg = f"This is a defect of the collection: please report it. {type(error).__name__}: {error}"
    return {
        "failed": True,
        "msg": masker.text(msg),
        "exception": masker.text("".join(traceback.format_exception(type(error), error, error.__traceback__))),
    }


def failure(error: DevboxError, *known: t.Any) -> dict[str, t.Any]:
    """A failed result: what was wanted, what was found, what to do. `known`: the options, and what else may hold
    something secret.
    """
    masker = Masker(*known, *error.known)
    changed = bool(error.touched and not error.touched.startswith("Nothing"))
    result: dict[str, t.Any] = {"failed": True, "changed": changed, "msg": masker.text(error.text)}
    if isinstance(error, (Blocked, Unfinished)):
        result["findings"] = [finding.to_result(masker.text) for finding in error.blockers]
    return result
