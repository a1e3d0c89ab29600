# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""go_wsl: go_rcfile's run in the distros of a Windows host, in all of them at once; from options to one result."""

from __future__ import annotations

import fnmatch
import types
import typing as t

from .._core.converge import converge_all
from .._core.errors import Blocked, DevboxError, TransportError, WantedError
from .._core.findings import Finding
from .._core.masker import Masker
from .._core.posix import expand_home
from .._core.store import Part
from .._core.wanted import Scope, Wanted
from .._formats import wslconf
from .._formats.shscript import HOME, Asked
from .._formats.wslbatch import can_name
from .._hosts import wsl_failures
from .._hosts.distro import DistroHost
from .._hosts.distro_files import DistroShell
from .._hosts.gather import Ask, CarryOut, gather
from .._hosts.wsl import Distro, Listing, Reply, Request, Wsl, WslShell, unusable
from .._media.goenvfile_medium import ON_POSIX
from .._media.rc_ahead import OF_GO_ENV, ahead
from . import config, rcfile, wsl_border, wsl_conf, wsl_share
from .env_layers import of_config
from .options import defect, expanded, failure, only_looks, wanted_of
from .result import to_result
from .runner import Runner, opened

if t.TYPE_CHECKING:
    from .._core.account import Account
    from .._media.starts import Starts
    from .._media.windows_host import WindowsHost

Params = t.Mapping[str, t.Any]
Result = dict[str, t.Any]
#: what is asked of one distro at a time, and what came of it
Batch = t.Mapping[int, Request]
Replies = t.Mapping[int, t.Union[Reply, Exception]]

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


def run(
    params: Params,
    host: WindowsHost,
    check_mode: bool,
    diff: bool,
    coming: t.Mapping[str, str] = types.MappingProxyType({}),
) -> Result:
    """One run of go_wsl: its result, `failed` with a human-readable message when it could not be done. coming: the
    variables of Windows that the same task sets, which check mode does not find there.
    """
    try:
        wanted, shared = _wanted(params)
        wsl = Wsl(host.transport)
        listing = wsl.listing()
        entries = chosen(params["distros"], listing)
        looks = only_looks(params, check_mode)
        seen: dict[str, wslconf.WslConf] = {}
        uids = {distro.name: distro.default_uid for distro in listing.distros}
        windows = Windows(listing.environment, seen, uids, {}, set())
        work = Work(params, _ahead(params, wanted), windows, check_mode, diff)
        found = [] if shared is not None and params["journal"] is not None else _everywhere(work, wsl, entries)
        _add_starts(found, windows.starts)
        share = None
        if shared is not None:
            share = _shared(
                shared,
                lambda: wsl_share.run(shared, host.transport, looks, diff, seen, coming),
                any(one.get("changed") for one in found),
            )
        if params["restart"] and not looks:
            _restart(wsl, found, windows.outdated, host.transport.distro)
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
    if params["user"] is not None and not can_name(params["user"]):
        problems.append(
            f"user is {params['user']!r}, a name that cannot stand on wsl.exe's command line for certain: letters, "
            "digits, dots, dashes and underscores can. Make it the distro's default user ([user] default in "
            "/etc/wsl.conf), and leave user out."
        )
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


def chosen(wanted: t.Sequence[str], listing: Listing) -> list[Entry]:
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
    programs of each distro run as, unless its wsl.conf says otherwise. starts: takes those that are asked. outdated:
    takes the names of distros that run with an older wsl.conf.
    """

    environment: t.Mapping[str, str]
    seen: dict[str, wslconf.WslConf]
    uids: t.Mapping[str, int]
    starts: dict[str, Starts]
    outdated: set[str]


class Work(t.NamedTuple):
    """What is done in each distro, all of them at the same time. ahead: what is read first."""

    params: Params
    ahead: Asked
    windows: Windows
    check_mode: bool
    diff: bool


class Piece(t.NamedTuple):
    """A medium of a distro. name: in the distro's result, empty for the start files. label: see `Part`."""

    name: str
    label: str
    runner: Runner
    params: Params
    host: DistroHost


def _everywhere(work: Work, wsl: Wsl, entries: t.Sequence[Entry]) -> list[Result]:
    """The result of each distro. One that fails does not stop the others."""
    params, looks = work.params, only_looks(work.params, work.check_mode)
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

    def worker(name: str) -> t.Callable[[Ask[Batch, Replies]], Result]:
        return lambda ask: _in_distro(work, name, ask)

    found = gather([worker(entries[number].name) for number in working], _carrying(wsl, lost))
    if lost:
        raise lost[0]
    for number, result in zip(working, found):
        out[number] = defect(result, params) if isinstance(result, Exception) else result
    return [{**_about(entry), **out[number]} for number, entry in enumerate(entries)]


def _carrying(wsl: Wsl, lost: list[Exception]) -> CarryOut[Batch, Replies]:
    """What carries out the requests of all distros in one command. lost: takes what no distro is to blame for."""

    def carry_out(batches: t.Mapping[int, Batch]) -> dict[int, Replies | Exception]:
        requests = [(number, at, request) for number, batch in batches.items() for at, request in batch.items()]
        try:
            found = wsl.run(dict(enumerate(request for _number, _at, request in requests)))
        except DevboxError:
            raise
        except Exception as error:
            lost.append(error)
            raise
        out: dict[int, dict[int, Reply | Exception]] = {number: {} for number in batches}
        for place, (number, at, _request) in enumerate(requests):
            out[number][at] = found[place]
        return dict(out)

    return carry_out


class Way:
    """How a shell of a distro hands its requests in: one after the other, or together with another one's."""

    def __init__(self, ask: Ask[Batch, Replies]) -> None:
        self._ask = ask
        self._beside: Ask[Request, Reply | Exception] | None = None

    def __call__(self, request: Request) -> Reply:
        found = self._beside(request) if self._beside is not None else self._ask({0: request})[0]
        if isinstance(found, Exception):
            raise found
        return found

    def knowing(self, shell: DistroShell) -> t.Callable[[Ask[Request, Reply | Exception]], None]:
        """What a shell is to know anyway is asked by another way."""

        def work(ask: Ask[Request, Reply | Exception]) -> None:
            self._beside = ask
            try:
                shell.know(Asked())
            finally:
                self._beside = None

        return work


def _read_together(shells: t.Sequence[tuple[DistroShell, Way]], ask: Ask[Batch, Replies]) -> None:
    """The first questions of several shells of a distro go out together. Raises what one of them raises."""
    for found in gather([way.knowing(shell) for shell, way in shells], ask):
        if isinstance(found, Exception):
            raise found


def _in_distro(work: Work, name: str, ask: Ask[Batch, Replies]) -> Result:
    """The result of a distro. What is done there is one change of all its media, under one journal id."""
    params, windows = work.params, work.windows
    user = (params["user"] or "") if _scope(params) is Scope.USER else ROOT
    ahead = work.ahead.with_(Asked(OF_GO_ENV)) if params["config"] is not None else work.ahead
    if params["append_windows_path"] is not None and user == ROOT:
        ahead = ahead.with_(wsl_conf.AHEAD)
    way, root_way = Way(ask), Way(ask)
    shell = DistroShell(WslShell(name, user, way), ahead)
    root_shell = shell if user == ROOT else DistroShell(WslShell(name, ROOT, root_way), wsl_conf.AHEAD)
    host, root = DistroHost(shell), DistroHost(root_shell)
    try:
        if params["append_windows_path"] is not None and root_shell is not shell:
            _read_together([(shell, way), (root_shell, root_way)], ask)
        if _scope(params) is Scope.USER and params["user"] is None:
            _must_be_somebody(host, shell, name)
        conf = windows.seen[name] = wsl_conf.conf_of(host)
        starts = None if work.check_mode or not params["verify"] else _starts(params, host, shell, windows)
        pieces = _pieces(params, host, root, starts)
        parts = [
            Part(piece.label if len(pieces) > 1 else "", *opened(piece.runner, piece.host, piece.params))
            for piece in pieces
        ]
        outcomes = converge_all(parts, only_looks(params, work.check_mode))
        found = {
            piece.name: to_result(outcome, part.wanted, work.diff)
            for piece, part, outcome in zip(pieces, parts, outcomes)
        }
        if params["state"] == "present":
            _add_border(found, host, conf, windows)
        if "wsl_conf" in found:
            _add_restart(found["wsl_conf"], params, root, windows)
    except DevboxError as error:
        return failure(error, params, host.environ)
    return _as_one(found)


def _pieces(params: Params, host: DistroHost, root: DistroHost, starts: Starts | None) -> list[Piece]:
    """The start files; wsl.conf and the go env file where an option is about them."""
    pieces = [Piece("", "start files", rcfile.runner_with(starts), _of_rcfile(params), host)]
    if params["config"] is not None:
        asking = host
        if starts is not None:
            from .._media.starts import Asking  # only a run that asks needs it

            asking = host.asking(lambda programs: Asking(programs, starts))
        pieces.append(Piece("go_env_file", "go env file", config.RUNNER, _of_config(params), asking))
    if params["append_windows_path"] is not None:
        pieces.append(Piece("wsl_conf", wslconf.PATH, wsl_conf.RUNNER, params, root))
    return pieces


def _add_border(found: t.Mapping[str, Result], host: DistroHost, conf: wslconf.WslConf, windows: Windows) -> None:
    """What of Windows is in the way, with the results of a distro."""
    own = found[""]
    own["findings"] += [item.to_result() for item in wsl_border.findings(own, host, conf, windows.environment)]
    if "go_env_file" in found:
        file = found["go_env_file"]
        file["findings"] += [item.to_result() for item in wsl_border.on_drives(file["effective"] or {}, {}, conf)]


def _add_restart(result: Result, params: Params, root: DistroHost, windows: Windows) -> None:
    """Whether the distro has to be restarted for its wsl.conf."""
    if result["changed"] or wsl_conf.is_older(root):
        windows.outdated.add(root.name)
        if not params["restart"]:
            result["findings"].append(wsl_conf.to_restart().to_result())


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


#: what a medium beside the start files has in the result of its distro
_OF_PART = ("changed", "before", "after", "changes", "journal", "undone")


def _as_one(parts: t.Mapping[str, Result]) -> Result:
    """The result of a distro, with that of each medium."""
    out = dict(parts[""])
    for name, part in parts.items():
        if not name:
            continue
        out[name] = {key: part[key] for key in _OF_PART if key in part}
        out["changed"] = bool(out["changed"] or part["changed"])
        for key in ("findings", "refresh"):
            out[key] = [*out[key], *(item for item in part[key] if item not in out[key])]
        if "diff" in part:
            out["diff"] = [*_parts_of(out), *_parts_of(part)]
    return out


def _shared(wanted: Wanted, one: t.Callable[[], Result], changed: bool) -> Result:
    """The result of WSLENV, whatever became of the distros. one: the run over it. changed: whether a distro was."""
    try:
        return one()
    except DevboxError as error:
        if changed and isinstance(error, Blocked):
            error.touched = error.touched or "Nothing of WSLENV was changed; what was changed in the distros stays."
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


def _restart(wsl: Wsl, found: t.Sequence[Result], outdated: t.Container[str], own: str) -> None:
    """End the distros that were changed or run with an older wsl.conf; the next program starts them again. own: the
    distro that this runs in, which is not ended.
    """
    ending = [result for result in found if result.get("changed") or result["name"] in outdated]
    for result in ending:
        if result["name"] == own:
            result["findings"] = [*(result.get("findings") or ()), wsl_failures.own_distro(own).to_result()]
    ending = [result for result in ending if result["name"] != own]
    if not ending:
        return
    try:
        failed = wsl.terminate([result["name"] for result in ending])
    except TransportError as error:
        for result in ending:
            _not_restarted(result, error.text)
        return
    for result in ending:
        finding = failed.get(result["name"])
        if finding is None:
            result["restarted"] = True
        else:
            _not_restarted(result, f"{finding.message} {finding.advice}")
            result["findings"] = [*(result.get("findings") or ()), finding.to_result()]


def _not_restarted(result: Result, why: str) -> None:
    before = f"{result['msg']} " if result.get("failed") else ""
    result.update(failed=True, msg=f"{before}It could not be restarted. {why}")


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
