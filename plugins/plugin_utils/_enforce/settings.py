# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables go_enforce_ of a run: what they may be, and every mistake in them at once. Pure."""

from __future__ import annotations

import dataclasses
import difflib
import re
import typing as t

from ansible_collections.gopher.devbox.plugins.module_utils._core.findings import CATALOGUE, Severity

from .clock import Freeze, deadline, time_of

PREFIX = "go_enforce_"
AUDIT, ENFORCE = "audit", "enforce"
MODES = (AUDIT, ENFORCE)
#: classes of drift, as the modules have them
CLASSES = ("policy_change", "host_drift", "both", "unmanaged", "left_behind", "unknown")
#: ids of items about a host as a whole
HOST_IDS = {"host_failed": "error", "host_absent": "warning", "host_not_tried": "warning"}
LONGEST_HOLD = 30

#: variables that may differ from host to host
OF_HOST = ("mode", "team", "unmanaged", "settle")


@dataclasses.dataclass(frozen=True)
class Settings:
    """What is one for the whole run."""

    #: where the files of runs are; empty for the default
    dir: str = ""
    #: how many runs are kept
    keep: int = 60
    #: batches, as `serial` of a play
    serial: t.Any = 20
    #: a pattern of hosts that come first, empty for the first that answers
    canary: str = ""
    #: no further batch after so many failed hosts
    max_failures: int = 5
    #: seconds that a task on a host may take, 0 for no limit
    host_timeout: int = 600
    #: in percent, how many of the hosts may be absent
    max_unreachable: float = 10.0
    #: in days, how long a host may be absent
    absent_after: int = 30
    #: no further batch after this moment
    stop_at: float | None = None
    #: windows in which nothing is changed
    freeze: tuple[Freeze, ...] = ()
    #: severities, ids and classes that make the exit code 2
    fail_on: tuple[str, ...] = ()
    #: `missed`, or empty for all hosts
    only: str = ""
    #: hours between two runs
    every: int = 24
    #: the file of waivers
    waivers: str = ""
    #: an address that gets the digest: a secret
    webhook: str = dataclasses.field(default="", repr=False)
    #: the directory whose git revision is the policy's
    policy_dir: str = ""
    #: with rollback, the run to undo, or `last`
    run: str = ""
    #: with rollback, how many days the hold lasts
    hold_days: int = 7
    #: with rollback, why
    reason: str = ""


@dataclasses.dataclass(frozen=True)
class HostSettings:
    """What may differ from host to host."""

    #: `audit` or `enforce`
    mode: str = AUDIT
    #: who looks after the host
    team: str = ""
    #: `report` or `apply`: values that this collection never wrote
    unmanaged: str = "report"
    #: item to `policy` or `host`: who wins where both write all the time
    settle: t.Mapping[str, str] = dataclasses.field(default_factory=dict)


Check = t.Callable[[t.Any, float], t.Any]


def _text(value: t.Any, _now: float) -> str:
    if value is None or isinstance(value, (dict, list, bool)):
        raise ValueError("must be a text")
    return str(value).strip()


def _whole(least: int, most: int) -> Check:
    def check(value: t.Any, _now: float) -> int:
        if isinstance(value, bool) or not re.fullmatch(r"\d{1,9}", str(value).strip()):
            raise ValueError(f"must be a whole number from {least} to {most}")
        number = int(str(value))
        if not least <= number <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return number

    return check


def _one_of(*words: str) -> Check:
    def check(value: t.Any, _now: float) -> str:
        if value not in words:
            raise ValueError(f"must be {' or '.join(words)}")
        return str(value)

    return check


def _percent(value: t.Any, _now: float) -> float:
    found = re.fullmatch(r"(\d{1,3}(?:\.\d+)?)\s*%?", str(value).strip())
    if isinstance(value, bool) or found is None or float(found[1]) > 100:
        raise ValueError("must be a percentage from 0 to 100, such as 10")
    return float(found[1])


def _batches(value: t.Any, _now: float) -> t.Any:
    sizes = value if isinstance(value, list) else [value]
    if not sizes or not all(
        not isinstance(size, bool) and re.fullmatch(r"[1-9]\d{0,5}|[1-9]\d?%|100%", str(size)) for size in sizes
    ):
        raise ValueError("must be a number of hosts, a percentage such as 10%, or a list of them")
    plain = [str(size) if str(size).endswith("%") else int(size) for size in sizes]
    return plain if isinstance(value, list) else plain[0]


def _stop(value: t.Any, now: float) -> float | None:
    return None if value in (None, "") else deadline(value, now)


def _windows(value: t.Any, _now: float) -> tuple[Freeze, ...]:
    if not isinstance(value, list):
        raise ValueError("must be a list of {from, until, reason}")  # noqa: TRY004 - it is a user's mistake
    return tuple(_window(number, one) for number, one in enumerate(value))


def _window(number: int, one: t.Any) -> Freeze:
    where = f"[{number}]"
    if not isinstance(one, t.Mapping) or set(one) != {"from", "until", "reason"}:
        raise ValueError(f"{where} must have from, until and reason, and nothing else")
    try:
        begin, end = time_of(one["from"]), time_of(one["until"], ends=True)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None
    if end <= begin:
        raise ValueError(f"{where} ends before it begins")
    if not isinstance(one["reason"], str) or not one["reason"].strip():
        raise ValueError(f"{where} needs a reason")
    return Freeze(begin, end, one["reason"].strip())


def _names(value: t.Any, _now: float) -> tuple[str, ...]:
    names = [name.strip() for name in value.split(",") if name.strip()] if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError("must be a list of severities, ids of findings and classes of drift")
    known = (*(severity.value for severity in Severity), *CLASSES, "contested", *HOST_IDS, *CATALOGUE)
    unknown = [f"{name}{_near(name, known)}" for name in names if name not in known]
    if unknown:
        raise ValueError(f"names what is no severity, id or class: {', '.join(unknown)}")
    return tuple(names)


def _near(name: str, known: t.Iterable[str], prefix: str = "") -> str:
    found = difflib.get_close_matches(name, list(known), 1, 0.75)
    return f" (did you mean {prefix}{found[0]}?)" if found else ""


def _decisions(value: t.Any, _now: float) -> dict[str, str]:
    if not isinstance(value, t.Mapping) or not all(winner in ("policy", "host") for winner in value.values()):
        raise ValueError("must be a dictionary of items, each with policy or host")
    return {str(name): str(winner) for name, winner in value.items()}


def _url(value: t.Any, now: float) -> str:
    """Messages must not quote it."""
    found = _text(value, now)
    if found and not re.match(r"https?://[^\s/]", found):
        raise ValueError("must begin with https:// (or http://)")
    return found


_CHECKS: dict[str, Check] = {
    "dir": _text,
    "keep": _whole(2, 100_000),
    "serial": _batches,
    "canary": _text,
    "max_failures": _whole(1, 1_000_000),
    "host_timeout": _whole(0, 86_400),
    "max_unreachable": _percent,
    "absent_after": _whole(1, 3650),
    "stop_at": _stop,
    "freeze": _windows,
    "fail_on": _names,
    "only": _one_of("missed", ""),
    "every": _whole(1, 8760),
    "waivers": _text,
    "webhook": _url,
    "policy_dir": _text,
    "run": _text,
    "hold_days": _whole(1, LONGEST_HOLD),
    "reason": _text,
}
_HOST_CHECKS: dict[str, Check] = {
    "mode": _one_of(*MODES),
    "team": _text,
    "unmanaged": _one_of("report", "apply"),
    "settle": _decisions,
}
#: the names of all variables; `hosts` is the pattern, which the playbook takes, `timer` is the role's
NAMES = (*_CHECKS, *_HOST_CHECKS, "hosts", "timer")


def read_settings(values: t.Mapping[str, t.Any], now: float) -> tuple[Settings, list[str]]:
    """The settings of the run, and what is wrong with them. values: by the name without go_enforce_."""
    found, mistakes = _checked(values, _CHECKS, now)
    return Settings(**found), mistakes


def read_host(values: t.Mapping[str, t.Any]) -> tuple[HostSettings, list[str]]:
    """The settings of one host, and what is wrong with them."""
    found, mistakes = _checked(values, _HOST_CHECKS, 0)
    return HostSettings(**found), mistakes


def _checked(
    values: t.Mapping[str, t.Any], checks: t.Mapping[str, Check], now: float
) -> tuple[dict[str, t.Any], list[str]]:
    found: dict[str, t.Any] = {}
    mistakes: list[str] = []
    for name, check in checks.items():
        if name not in values:
            continue
        try:
            found[name] = check(values[name], now)
        except ValueError as error:
            mistakes.append(f"{PREFIX}{name} {_sentence(error)}")
    return found, mistakes


def _sentence(error: ValueError) -> str:
    text = str(error)
    return text if text.startswith(("must", "names", "[")) else f"is wrong: {text}"


def misspelt(names: t.Iterable[str]) -> list[str]:
    """What is wrong with the names of variables that begin with go_enforce_."""
    found = sorted({name.removeprefix(PREFIX) for name in names if name.startswith(PREFIX)} - {*NAMES})
    return [f"{PREFIX}{name} is no variable of this role{_near(name, NAMES, PREFIX)}" for name in found]


def one_for_all(values: t.Mapping[str, t.Mapping[str, t.Any]]) -> tuple[dict[str, t.Any], list[str]]:
    """The variables of the run, from those of its hosts; and a mistake for each that differs. values: by host."""
    found: dict[str, t.Any] = {}
    mistakes: list[str] = []
    for name in _CHECKS:
        held = [(host, its[name]) for host, its in values.items() if name in its]
        if not held:
            continue
        others = [host for host, its in values.items() if its.get(name) != held[0][1]]
        if others:
            mistakes.append(
                f"{PREFIX}{name} is not the same for all hosts ({held[0][0]} and {others[0]} differ): "
                "it is one for the whole run, so set it for all of them"
            )
        found[name] = held[0][1]
    return found, mistakes
