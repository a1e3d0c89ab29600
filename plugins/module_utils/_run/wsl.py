# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""go_wsl: go_rcfile's run in the distros of a Windows host, in all of them at once; from options to one result."""

from __future__ import annotations

import fnmatch
import typing as t

from .._core.errors import Blocked, DevboxError, TransportError, WantedError
from .._core.findings import Finding
from .._core.masker import Masker
from .._core.wanted import Scope, Wanted
from .._formats.shscript import HOME, Asked
from .._hosts import wsl_failures
from .._hosts.distro import DistroHost
from .._hosts.distro_files import DistroShell
from .._hosts.gather import Ask, gather
from .._hosts.wsl import Distro, Listing, Reply, Request, Wsl, WslShell, unusable
from .._media.rc_ahead import ahead
from . import rcfile
from .options import defect, failure, only_looks

if t.TYPE_CHECKING:
    from .._media.windows_host import WindowsHost

Params = t.Mapping[str, t.Any]
Result = dict[str, t.Any]

ALL = "all"
ROOT = "root"
#: what a distro says of itself, and whether its first start makes an account
_ABOUT = "/etc/wsl-distribution.conf"
_PEOPLE = range(1000, 60000)
#: stands for the home of an account that is not known yet
_SOME_HOME = "/gopher-devbox-home"

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "distros": {"type": "list", "elements": "str", "default": [ALL]},
    "start": {"type": "bool", "default": False},
    "restart": {"type": "bool", "default": False},
    **rcfile.ARGUMENT_SPEC,
}


def run(params: Params, host: WindowsHost, check_mode: bool, diff: bool) -> Result:
    """One run of go_wsl: its result, `failed` with a human-readable message when it could not be done."""
    try:
        wanted = _wanted(params)
        wsl = Wsl(host.transport)
        listing = wsl.listing()
        entries = _chosen(params["distros"], listing)
        looks = only_looks(params, check_mode)
        found = _everywhere(params, wanted, wsl, entries, check_mode, diff, looks)
        if params["restart"] and not looks:
            _restart(wsl, found)
        return _together(params, found, diff)
    except DevboxError as error:
        return failure(error, params)


# --- options ---------------------------------------------------------------------------------------------------------


def _of_rcfile(params: Params) -> dict[str, t.Any]:
    return {name: params[name] for name in rcfile.ARGUMENT_SPEC}


def _wanted(params: Params) -> Wanted:
    """What is wanted in a home that is not known yet. Raises WantedError with every reason why options are of no
    use.
    """
    problems = []
    if not params["distros"]:
        problems.append("distros is an empty list. Name them, or leave it out for all.")
    if params["user"] is not None and _scope(params) is not Scope.USER:
        problems.append(f"user is given, but scope is {params['scope']}, which root changes. Use it with scope: user.")
    try:
        wanted = rcfile.to_wanted(_of_rcfile(params), _SOME_HOME if _scope(params) is Scope.USER else None)
        wanted.check()
    except WantedError as error:
        raise WantedError(" ".join([*problems, error.text])) from error
    if problems:
        raise WantedError(" ".join(problems))
    return wanted


def _scope(params: Params) -> Scope:
    return Scope.MACHINE if params["scope"] == "system" else Scope(params["scope"])


def _ahead(params: Params, wanted: Wanted) -> Asked:
    asked = ahead(_scope(params), wanted)
    places = tuple(
        HOME + path[len(_SOME_HOME) :] if (path + "/").startswith(f"{_SOME_HOME}/") else path
        for path in asked.directories
    )
    return asked._replace(files=(*asked.files, _ABOUT), directories=tuple(dict.fromkeys(places)))


# --- which distros ---------------------------------------------------------------------------------------------------


class Entry(t.NamedTuple):
    """A distro that was asked for; without one the name that none has. refused: why nothing is done there."""

    name: str
    distro: Distro | None = None
    refused: Finding | None = None


def _chosen(wanted: t.Sequence[str], listing: Listing) -> list[Entry]:
    """Raises Blocked where the account has no distros at all."""
    if not listing.distros:
        raise Blocked([wsl_failures.no_distros(listing.account, listing.others)])
    names = [distro.name for distro in listing.distros]
    out: dict[str, Entry] = {}
    for pattern in wanted:
        matching = [
            distro
            for distro in listing.distros
            if pattern == ALL or fnmatch.fnmatchcase(distro.name.lower(), pattern.lower())
        ]
        for distro in matching:
            out[distro.name] = Entry(distro.name, distro, unusable(distro))
        if not matching:
            out[pattern] = Entry(pattern, None, wsl_failures.no_distro(pattern, names))
    return list(out.values())


def _refused_before(entry: Entry, params: Params) -> Finding | None:
    if entry.refused or _scope(params) is not Scope.USER or params["user"] is not None:
        return entry.refused
    if entry.distro is not None and entry.distro.is_new:
        return Finding.of(
            "distro_root_user",
            f"{entry.name} has not been started for the first time (RunOOBE), so its programs run as root still, and "
            f"the user scope would be root's.",
            f"Start it once and make an account (wsl.exe -d {entry.name}), or give user: root; scope: default_user is "
            f"what that account will begin with.",
            entry.name,
        )
    return None


def _must_be_somebody(host: DistroHost, shell: DistroShell, name: str) -> None:
    """Raises Blocked where the account of a distro that has accounts of persons is root, though nobody said so."""
    if not host.accounts.own().elevated:
        return
    people = [entry[0] for entry in shell.session.entries if entry[2].isdigit() and int(entry[2]) in _PEOPLE]
    about = host.files().read([_ABOUT])[_ABOUT].data or b""
    if people or b"[oobe]" in about.lower():
        has = f"It has {', '.join(people[:5])}." if people else "Its first start makes an account."
        raise Blocked(
            [
                Finding.of(
                    "distro_root_user",
                    f"Programs of {name} run as root (DefaultUid 0), and the user scope would be root's. {has}",
                    "Name the account (user), user: root where root's files are meant, or set [user] default in "
                    "/etc/wsl.conf.",
                    name,
                )
            ]
        )


# --- the work --------------------------------------------------------------------------------------------------------


def _everywhere(
    params: Params,
    wanted: Wanted,
    wsl: Wsl,
    entries: t.Sequence[Entry],
    check_mode: bool,
    diff: bool,
    looks: bool,
) -> list[Result]:
    """The result of each distro. One that fails does not stop the others."""
    asked = _ahead(params, wanted)
    user = (params["user"] or "") if _scope(params) is Scope.USER else ROOT
    out: dict[int, Result] = {}
    working: list[int] = []
    for number, entry in enumerate(entries):
        refused = _refused_before(entry, params)
        if refused is not None:
            out[number] = failure(Blocked([refused]), params)
        elif looks and not params["start"] and not t.cast(Distro, entry.distro).running:
            out[number] = _not_looked_at(entry.name)
        else:
            working.append(number)
    lost: list[Exception] = []

    def carry_out(requests: t.Mapping[int, Request]) -> t.Mapping[int, Reply | Exception]:
        try:
            return wsl.run(requests)
        except DevboxError:
            raise
        except Exception as error:
            lost.append(error)
            raise

    def worker(name: str) -> t.Callable[[Ask[Request, Reply]], Result]:
        return lambda ask: _in_distro(params, DistroShell(WslShell(name, user, ask), asked), check_mode, diff)

    found = gather([worker(entries[number].name) for number in working], carry_out)
    if lost:
        raise lost[0]
    for number, result in zip(working, found):
        out[number] = defect(result, params) if isinstance(result, Exception) else result
    return [{**_about(entry), **out[number]} for number, entry in enumerate(entries)]


def _in_distro(params: Params, shell: DistroShell, check_mode: bool, diff: bool) -> Result:
    host = DistroHost(shell)
    try:
        if _scope(params) is Scope.USER and params["user"] is None:
            _must_be_somebody(host, shell, shell.name)
    except DevboxError as error:
        return failure(error, params)
    return rcfile.run(_of_rcfile(params), host, check_mode, diff)


def _about(entry: Entry) -> Result:
    distro = entry.distro
    if distro is None:
        return {"name": entry.name, "state": "missing", "version": None}
    state = "unknown" if distro.running is None else "running" if distro.running else "stopped"
    return {"name": entry.name, "state": state, "version": distro.version}


def _not_looked_at(name: str) -> Result:
    finding = Finding.of(
        "distro_not_looked_at",
        "It does not run, and check mode starts nothing: what would be changed in it is not known.",
        "Start it, or give start: true.",
        name,
    )
    return {"changed": False, "looked_at": False, "findings": [finding.to_result()]}


def _restart(wsl: Wsl, found: t.Sequence[Result]) -> None:
    """End the distros that were changed; the next program starts them again."""
    changed = [result for result in found if result.get("changed")]
    if not changed:
        return
    try:
        wsl.terminate([result["name"] for result in changed])
    except TransportError as error:
        for result in changed:
            result.update(failed=True, msg=f"It was changed, and could not be restarted. {error.text}")
        return
    for result in changed:
        result["restarted"] = True


# --- the result ------------------------------------------------------------------------------------------------------


def _together(params: Params, found: t.Sequence[Result], diff: bool) -> Result:
    """One result of all."""
    result: Result = {
        "changed": any(one.get("changed") for one in found),
        "distros": [{"looked_at": not one.get("failed"), **_without_diff(one)} for one in found],
        "findings": [_of_distro(one["name"], finding) for one in found for finding in one.get("findings") or ()],
        "refresh": list(
            dict.fromkeys(text for one in found if one.get("changed") for text in one.get("refresh") or ())
        ),
    }
    if diff:
        result["diff"] = [part for one in found for part in _diff(one)]
    failed = [one for one in found if one.get("failed")]
    if failed:
        names = ", ".join(one["name"] for one in failed)
        whys: dict[str, list[str]] = {}
        for one in failed:
            whys.setdefault(one["msg"], []).append(one["name"])
        told = " ".join(f"{', '.join(those)}: {why}" for why, those in whys.items())
        result.update(failed=True, msg=f"go_wsl failed in {names}. {told}")
    masked: Result = Masker(params).result(result)
    return masked


def _without_diff(result: Result) -> Result:
    return {name: value for name, value in result.items() if name != "diff"}


def _of_distro(name: str, finding: Result) -> Result:
    subject = finding.get("subject") or ""
    own = f"{name}: "
    return {
        **finding,
        "subject": f"{own}{subject}" if subject not in ("", name) else name,
        "message": finding["message"] if finding["message"].startswith(name) else f"{own}{finding['message']}",
    }


def _diff(result: Result) -> list[dict[str, str]]:
    found = result.get("diff") or []
    parts = [found] if isinstance(found, dict) else found
    return [
        {**part, **{key: f"{result['name']}: {part[key]}" for key in ("before_header", "after_header")}}
        for part in parts
        if part["before"] or part["after"]
    ]
