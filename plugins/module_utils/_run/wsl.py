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
from .._core.posix import expand_home
from .._core.wanted import Scope, Wanted
from .._formats import wslconf
from .._formats.shscript import HOME, Asked
from .._hosts import wsl_failures
from .._hosts.distro import DistroHost
from .._hosts.distro_files import DistroShell
from .._hosts.gather import Ask, gather
from .._hosts.wsl import Distro, Listing, Reply, Request, Wsl, WslShell, unusable
from .._media.goenvfile_medium import ON_POSIX
from .._media.rc_ahead import OF_GO_ENV, ahead
from . import config, rcfile, wsl_border, wsl_conf, wsl_share
from .env_layers import of_config
from .options import defect, expanded, failure, only_looks, wanted_of

if t.TYPE_CHECKING:
    from .._core.account import Account
    from .._media.starts import Starts
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
    "config": {"type": "dict"},
    **wsl_conf.ARGUMENT_SPEC,
    **wsl_share.ARGUMENT_SPEC,
    **rcfile.ARGUMENT_SPEC,
}


def run(params: Params, host: WindowsHost, check_mode: bool, diff: bool) -> Result:
    """One run of go_wsl: its result, `failed` with a human-readable message when it could not be done."""
    try:
        wanted, shared = _wanted(params)
        wsl = Wsl(host.transport)
        listing = wsl.listing()
        entries = _chosen(params["distros"], listing)
        looks = only_looks(params, check_mode)
        seen: dict[str, wslconf.WslConf] = {}
        uids = {distro.name: distro.default_uid for distro in listing.distros}
        windows = Windows(listing.environment, seen, uids, {})
        jobs = _jobs(params, wanted, windows, check_mode, diff)
        found = _everywhere(params, jobs, wsl, entries, looks)
        _add_starts(found, windows.starts)
        if params["restart"] and not looks:
            _restart(wsl, found)
        share = None if shared is None else _shared(shared, host, seen, looks, diff)
        return _together(params, found, share, diff)
    except DevboxError as error:
        return failure(error, params)


# --- options ---------------------------------------------------------------------------------------------------------


def _of_rcfile(params: Params) -> dict[str, t.Any]:
    return {name: params[name] for name in rcfile.ARGUMENT_SPEC}


def check(params: Params) -> None:
    """Raises WantedError with every reason why options are of no use, whatever the host."""
    _wanted(params)


def _wanted(params: Params) -> tuple[Wanted, Wanted | None]:
    """What is wanted of start files, in a home that is not known yet, and of WSLENV. Raises WantedError with every
    reason why options are of no use.
    """
    problems = list(wsl_border.problems(params))
    params = wsl_border.without_windows(params) if problems else params
    shared = None
    if not params["distros"]:
        problems.append("distros is an empty list. Name them, or leave it out for all.")
    if params["user"] is not None and _scope(params) is not Scope.USER:
        problems.append(f"user is given, but scope is {params['scope']}, which root changes. Use it with scope: user.")
    if params["config"] is not None and _scope(params) is not Scope.USER:
        problems.append(f"config is given, but scope is {params['scope']}: a go env file is one account's.")
    wanted = None
    try:
        wanted = rcfile.to_wanted(_of_rcfile(params), _SOME_HOME if _scope(params) is Scope.USER else None)
        wanted.check()
    except WantedError as error:
        problems.append(error.text)
    for judged in (_judge_config, wsl_share.to_wanted):
        try:
            shared = judged(params)
        except WantedError as error:
            problems.append(error.text)
    if problems or wanted is None:
        raise WantedError(" ".join(problems))
    return wanted, shared


def _of_config(params: Params) -> dict[str, t.Any]:
    """The options of go_config for an account's go env file."""
    shared = {name: params[name] for name in ("state", "journal", "force", "verify")}
    return {"user": None, "repair": False, **of_config(params["config"]), **shared}


def _judge_config(params: Params) -> None:
    if params["config"] is not None:
        given, problems = expanded(_of_config(params), lambda text: expand_home(text, _SOME_HOME))
        try:
            wanted_of(given, Scope.USER, ON_POSIX, problems, repair=False)
        except WantedError as error:
            raise WantedError(f"config: {error.text}") from error


def _scope(params: Params) -> Scope:
    return Scope.MACHINE if params["scope"] == "system" else Scope(params["scope"])


def _ahead(params: Params, wanted: Wanted) -> Asked:
    asked = ahead(_scope(params), wanted)
    places = tuple(
        HOME + path[len(_SOME_HOME) :] if (path + "/").startswith(f"{_SOME_HOME}/") else path
        for path in asked.directories
    )
    return asked._replace(files=(*asked.files, _ABOUT, wslconf.PATH), directories=tuple(dict.fromkeys(places)))


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


class Windows(t.NamedTuple):
    """What is known beside a distro. environment: see `Listing`. seen: takes wsl.conf of each distro. uids: that the
    programs of each distro run as, unless its wsl.conf says otherwise. starts: takes those that are asked.
    """

    environment: t.Mapping[str, str]
    seen: dict[str, wslconf.WslConf]
    uids: t.Mapping[str, int]
    starts: dict[str, Starts]


class Job(t.NamedTuple):
    """A piece of work that is done in each distro, all of them at the same time.

    name: in the distro's result, empty for the start files. user: who does it, empty for the distro's own account.
    asked: what is read first.
    """

    name: str
    user: str
    asked: Asked
    run: t.Callable[[DistroShell], Result]


def _jobs(params: Params, wanted: Wanted, windows: Windows, check_mode: bool, diff: bool) -> list[Job]:
    """What is done in each distro; wsl.conf and the go env file where an option is about them, and no change of the
    start files alone is undone.
    """
    user = (params["user"] or "") if _scope(params) is Scope.USER else ROOT
    asked = _ahead(params, wanted)
    jobs = [Job("", user, asked, lambda shell: _in_distro(params, shell, windows, check_mode, diff))]
    if params["journal"] is not None:
        return jobs
    if params["config"] is not None:
        asked = asked._replace(files=(*asked.files, *OF_GO_ENV))
        jobs.append(
            Job("go_env_file", user, asked, lambda shell: _go_env_file(params, shell, windows, check_mode, diff))
        )
    if params["append_windows_path"] is not None:

        def conf(shell: DistroShell) -> Result:
            return wsl_conf.run(params, DistroHost(shell), check_mode, diff)

        jobs.append(Job("wsl_conf", ROOT, wsl_conf.AHEAD, conf))
    return jobs


def _everywhere(
    params: Params, jobs: t.Sequence[Job], wsl: Wsl, entries: t.Sequence[Entry], looks: bool
) -> list[Result]:
    """The result of each distro. One that fails does not stop the others."""
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

    def worker(name: str, job: Job) -> t.Callable[[Ask[Request, Reply]], Result]:
        return lambda ask: job.run(DistroShell(WslShell(name, job.user, ask), job.asked))

    work = [(number, job) for number in working for job in jobs]
    found = gather([worker(entries[number].name, job) for number, job in work], carry_out)
    if lost:
        raise lost[0]
    parts: dict[int, dict[str, Result]] = {}
    for (number, job), result in zip(work, found):
        made = defect(result, params) if isinstance(result, Exception) else result
        parts.setdefault(number, {})[job.name] = made
    out.update((number, _as_one(made)) for number, made in parts.items())
    return [{**_about(entry), **out[number]} for number, entry in enumerate(entries)]


def _in_distro(params: Params, shell: DistroShell, windows: Windows, check_mode: bool, diff: bool) -> Result:
    host = DistroHost(shell)
    try:
        if _scope(params) is Scope.USER and params["user"] is None:
            _must_be_somebody(host, shell, shell.name)
        conf = windows.seen[shell.name] = wsl_conf.conf_of(host)
        starts = None if check_mode or not params["verify"] else _starts(params, host, shell, windows)
        result = rcfile.run(_of_rcfile(params), host, check_mode, diff, starts)
        if not result.get("failed") and params["state"] == "present":
            result["findings"] += [
                finding.to_result() for finding in wsl_border.findings(result, host, conf, windows.environment)
            ]
    except DevboxError as error:
        return failure(error, params)
    return result


def _starts(params: Params, host: DistroHost, shell: DistroShell, windows: Windows) -> Starts | None:
    """The starts of a distro, one for all pieces of work there; None where they cannot be asked."""
    from .._media.starts import Starts  # only a run that asks needs it

    account = _starting(params, host, shell, windows)
    return None if account is None else windows.starts.setdefault(shell.name, Starts(account, shell.session.account))


def _starting(params: Params, host: DistroHost, shell: DistroShell, windows: Windows) -> Account | None:
    """The account whose scope it is; with the machine scope that which wsl.exe starts programs as, where the session
    can start programs as it.
    """
    scope, session = _scope(params), shell.session
    if scope is Scope.USER:
        return host.accounts.named(params["user"])
    if scope is not Scope.MACHINE:
        return None
    named = session.named(windows.seen[shell.name].default_user)
    account = named or session.by_uid(windows.uids.get(shell.name, 0))
    return account if account is not None and (account.own or "su" in session.own.tools) else None


def _add_starts(found: t.Sequence[Result], starts: t.Mapping[str, Starts]) -> None:
    """What the starts see, with the results of their distros."""
    for result in found:
        one = starts.get(result["name"])
        if one is not None and one.found:
            result["starts"] = one.found
            result["findings"] = [*(result.get("findings") or ()), *(item.to_result() for item in one.findings())]


def _go_env_file(params: Params, shell: DistroShell, windows: Windows, check_mode: bool, diff: bool) -> Result:
    host = DistroHost(shell)
    try:
        if params["user"] is None:
            _must_be_somebody(host, shell, shell.name)
        starts = None if check_mode or not params["verify"] else _starts(params, host, shell, windows)
        if starts is not None:
            from .._media.starts import Asking

            host = DistroHost(shell, Asking(host.programs, starts))
    except DevboxError as error:
        return failure(error, params)
    return config.run(_of_config(params), host, check_mode, diff)


#: what a piece of work beside the start files has in the result of its distro
_OF_PART = ("changed", "before", "after", "changes", "journal", "undone")


def _as_one(parts: t.Mapping[str, Result]) -> Result:
    """The result of a distro, with that of each piece of work."""
    out = dict(parts[""])
    for name, part in parts.items():
        if not name:
            continue
        out[name] = {key: part[key] for key in _OF_PART if key in part}
        out["changed"] = bool(out.get("changed") or part.get("changed"))
        for key in ("findings", "refresh"):
            new = [item for item in part.get(key) or () if item not in (out.get(key) or ())]
            out[key] = [*(out.get(key) or ()), *new]
        if "diff" in part:
            out["diff"] = [*_parts_of(out), *_parts_of(part)]
        if part.get("failed"):
            msg = f"{_CALLED[name]}: {part['msg']}"
            out.update(
                failed=True, msg=f"{out['msg']} {msg}" if out.get("failed") and out["msg"] != part["msg"] else msg
            )
    return out


_CALLED = {"go_env_file": "go env file", "wsl_conf": wslconf.PATH}


def _shared(
    wanted: Wanted, host: WindowsHost, seen: t.Mapping[str, wslconf.WslConf], looks: bool, diff: bool
) -> Result:
    """The result of WSLENV, whatever became of the distros."""
    try:
        return wsl_share.run(wanted, host.transport, looks, diff, seen)
    except DevboxError as error:
        return failure(error, wanted)


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


def _together(params: Params, found: t.Sequence[Result], share: Result | None, diff: bool) -> Result:
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
    if share is not None:
        _add_share(result, share)
    failed = [one for one in found if one.get("failed")]
    if failed:
        names = ", ".join(one["name"] for one in failed)
        whys: dict[str, list[str]] = {}
        for one in failed:
            whys.setdefault(one["msg"], []).append(one["name"])
        told = " ".join(f"{', '.join(those)}: {why}" for why, those in whys.items())
        also = f" {result['msg']}" if result.get("failed") else ""
        result.update(failed=True, msg=f"go_wsl failed in {names}. {told}{also}")
    masked: Result = Masker(params).result(result)
    return masked


def _add_share(result: Result, share: Result) -> None:
    result["share"] = _without_diff(share)
    result["changed"] = bool(result["changed"] or share.get("changed"))
    result["findings"] += share.get("findings") or ()
    if share.get("changed"):
        result["refresh"] += share.get("refresh") or ()
    if "diff" in result:
        result["diff"] += [part for part in _parts_of(share) if part["before"] or part["after"]]
    if share.get("failed"):
        result.update(failed=True, msg=f"go_wsl failed at WSLENV. {share['msg']}")


def _parts_of(result: Result) -> list[dict[str, str]]:
    found = result.get("diff") or []
    return [found] if isinstance(found, dict) else list(found)


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
    return [
        {**part, **{key: f"{result['name']}: {part[key]}" for key in ("before_header", "after_header")}}
        for part in _parts_of(result)
        if part["before"] or part["after"]
    ]
