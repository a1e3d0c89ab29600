# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The distros of a Windows host, from outside: which there are, and scripts for them, those of all in one command."""

from __future__ import annotations

import re
import time
import typing as t
from dataclasses import dataclass, field

from .._core.errors import ApplyError, Blocked, ReadError, TransportError
from .._core.findings import Finding
from .._formats import archive, frames, wslbatch
from .._formats.cmdscript import LOOP, Script, for_each, if_, program, run_retrying_start
from .._formats.profiles import PERSON
from .._formats.programs import parse_set
from . import staging, wsl_failures
from .clock import stamp, stamped
from .transport import Completed, Transport, last, once_more, said

LXSS = r"Software\Microsoft\Windows\CurrentVersion\Lxss"
SECONDS = 150  # that a distro may take to start and to run a script
SWEPT_AT_ONCE = 5
_LOCAL_SYSTEM = "S-1-5-18"
_ENDED = b"gd-ended"
#: how the answer of a script begins (see `shscript`)
_BEGUN = re.compile(rb"(?m)^gd[0-9a-f]{12}[+](?:packed|plain)[ \r]*$")
_EITHER = "Each file is as it was, or as it was to be."
_STORE = r"%ProgramFiles%\WSL\wsl.exe"
_KEY = re.compile(r"HKEY_.*\\Lxss\\\{[^\\]*\}\s*\Z", re.IGNORECASE)
_SID = re.compile(PERSON + r"\Z")


@dataclass(frozen=True)
class Distro:
    """A distro as its user's registry has it."""

    name: str
    #: 1 or 2
    version: int = 2
    #: the uid that its programs run as; wsl.conf may name another account
    default_uid: int = 0
    #: 1: installed; anything else is being installed or removed
    state: int = 1
    #: whether its first start, which makes an account, has not happened
    is_new: bool = False
    #: whether it runs; None where that could not be found out
    running: bool | None = None


@dataclass(frozen=True)
class Listing:
    """The distros of the session's account."""

    account: str
    distros: tuple[Distro, ...]
    #: of other accounts whose registry could be read, where the session's has none
    others: t.Mapping[str, tuple[str, ...]]
    #: WSLENV and Go's variables of Windows, as a process of the account has them
    environment: t.Mapping[str, str] = field(default_factory=dict)


class Request(t.NamedTuple):
    """A script for one distro."""

    run: wslbatch.Run
    changes: bool = False


class Reply(t.NamedTuple):
    """What wsl.exe left; rc is None where it did not end in time."""

    rc: int | None
    out: bytes
    err: bytes


class Wsl:
    """WSL behind a transport."""

    def __init__(self, transport: Transport, now: t.Callable[[], float] = time.time) -> None:
        self._transport, self._now = transport, now
        self._left: tuple[str, ...] = ()

    # --- which there are ---------------------------------------------------------------------------------------------

    def listing(self) -> Listing:
        """Raises Blocked where WSL cannot be used, ReadError, TransportError. What is not said, or nothing, is asked
        for once more: on a busy host a program may not have started.
        """
        try:
            found = self._listed()
        except ReadError:
            return self._listed()
        return found if found.distros else self._listed()

    def _listed(self) -> Listing:
        framed, completed = self._asked(_listing)
        account, sid = _account(framed)
        if sid == _LOCAL_SYSTEM:
            raise Blocked([wsl_failures.of_local_system()])
        if framed.first("lxss") is None:
            raise ReadError(f"The host did not say which distros there are. {said(completed)}", "Run again.")
        if "program" not in (framed.first("there") or b"").decode("ascii", "replace"):
            raise Blocked([wsl_failures.no_wsl()])
        self._left = staging.staged((framed.first("tools") or b"").decode("utf-8", "replace").splitlines())
        found = parse_lxss(_text(framed.first("lxss")))
        running = _running(framed)
        distros = tuple(
            _with_running(distro, running) for distro in sorted(found, key=lambda distro: distro.name.lower())
        )
        started = parse_set(_text(framed.first("environment")))
        return Listing(account, distros, {} if distros else self._of_others(), started)

    def _of_others(self) -> dict[str, tuple[str, ...]]:
        framed, _completed = self._asked(_others)
        out = {}
        for raw in framed.parts.get("user", ()):
            head, _sep, text = _text(raw).partition("\n")
            owner = head.strip().rpartition("\\")[2]
            names = tuple(distro.name for distro in parse_lxss(text))
            if names and _SID.match(owner):
                out[owner] = names
        return out

    def _asked(self, script: t.Callable[[str], Script]) -> tuple[frames.Framed, Completed]:
        def ask() -> tuple[frames.Framed, Completed]:
            mark = staging.new_mark()
            completed = self._transport.run(script(mark))
            return frames.parse(mark, completed.stdout), completed

        return once_more(self._transport, ask)

    # --- scripts -----------------------------------------------------------------------------------------------------

    def run(self, requests: t.Mapping[int, Request]) -> dict[int, Reply | Exception]:
        """What became of each script, in one command. Raises TransportError."""
        numbers = list(requests)
        runs = [requests[number].run for number in numbers]
        if any(requests[number].changes for number in numbers):
            replies = self._run(runs)
        else:
            replies = once_more(self._transport, lambda: self._run(runs))
        return dict(zip(numbers, replies))

    def _run(self, runs: t.Sequence[wslbatch.Run]) -> list[Reply | Exception]:
        mark, id = staging.new_mark(), stamped(stamp(self._now()))
        place = staging.directory(id)
        swept = staging.old(self._left, self._now(), SWEPT_AT_ONCE)
        self._left = ()
        script = Script(
            (
                f'md "{place}" 2>nul',
                if_(f'not exist "{place}\\"', "exit 3"),
                f'cd /d "{place}"',
                f"echo {mark}+apply",
                *run_retrying_start(f"{program('tar.exe')} -xf - 2>&1"),
                if_("exist done", "echo gd-arrived"),
                f"echo {mark}-apply",
                if_("exist done", r"call .\go.cmd"),
                'cd /d "%SystemRoot%"',
                *staging.remove((staging.STAGING + id, *swept)),
            )
        )
        sent = archive.pack(wslbatch.files(mark, runs, SECONDS), self._now())
        completed = self._transport.run(script, sent)
        framed = frames.parse(mark, completed.stdout)
        if b"gd-arrived" not in (framed.first("apply") or b""):
            raise TransportError(
                f"The scripts did not arrive on the host. {said(completed, own=framed.first('apply'))}",
                "Look for tar.exe in System32 and for the rights on %TEMP%, and run again.",
            )
        return [_reply(framed, number) for number in range(len(runs))]

    def terminate(self, names: t.Sequence[str]) -> dict[str, Finding]:
        """End these distros, with all that runs in them: why one was not ended, by its name, for those that were not.
        Raises TransportError.
        """
        if not names:
            return {}
        mark = staging.new_mark()
        completed = self._transport.run(Script(tuple(_ending(mark, names)), holds=False))
        answers: dict[str, bytes] = {}
        for part in frames.parse(mark, completed.stdout).parts.get("end", ()):
            head, _sep, text = part.partition(b"\n")
            answers[head.decode("ascii", "replace").strip()[:-1]] = text
        return {
            name: wsl_failures.not_ended(name, answers.get(name))
            for name in names
            if _ENDED not in answers.get(name, b"")
        }


def _named(distro: str) -> str:
    if not wslbatch.can_name(distro):
        raise ValueError(f"cannot stand on a command line: {distro!r}")
    return distro


class WslShell:
    """See `distro_files.Shell`. ask: hands a request in, and waits for what came of it."""

    def __init__(self, name: str, user: str, ask: t.Callable[[Request], Reply]) -> None:
        self.name, self._user, self._ask = name, user, ask

    def run(self, script: bytes, changes: bool = False) -> bytes:
        try:
            reply = self._ask(Request(wslbatch.Run(self.name, self._user, script), changes))
        except (ReadError, TransportError) as error:
            if changes and (error.lost if isinstance(error, TransportError) else True):
                error.touched = f"Whether the change was made is not known: it may still run in the distro. {_EITHER}"
            raise
        if reply.rc is None:
            finding = wsl_failures.no_answer(self.name, SECONDS)
            if changes:
                raise ApplyError(finding.message, finding.advice, _EITHER)
            raise Blocked([finding])
        said_by_wsl = reply.out + reply.err
        if reply.rc in wsl_failures.OWN:
            if changes and (_BEGUN.search(reply.out) or not wsl_failures.decides_before_start(said_by_wsl)):
                raise ApplyError(*wsl_failures.broken_off(self.name, said_by_wsl), _EITHER)
            raise Blocked([wsl_failures.failure(self.name, self._user, said_by_wsl)])
        if reply.rc and not reply.out.strip():
            text = last(wsl_failures.decoded(reply.err).strip(), 300) or "it said nothing"
            if changes:
                raise ApplyError(
                    f"The /bin/sh of {self.name} ended with exit code {reply.rc} in a change: {text}",
                    "Run again: it shows what was done.",
                    _EITHER,
                )
            raise ReadError(
                f"The /bin/sh of {self.name} could not be run (exit code {reply.rc}): {text}",
                f"Try it by hand: wsl.exe -d {self.name} --exec /bin/sh",
            )
        return reply.out


def _reply(framed: frames.Framed, number: int) -> Reply | Exception:
    out, err, rc = (framed.first(f"{kind}{number}") for kind in ("out", "err", "rc"))
    if out is None or err is None or rc is None:
        return ReadError("The host's answer is not whole.", "Run again.")
    text = rc.decode("ascii", "replace").strip()
    return Reply(int(text) if re.fullmatch(r"-?\d+", text) else None, out, err)


# --- what is asked ---------------------------------------------------------------------------------------------------


def _ending(mark: str, names: t.Sequence[str]) -> list[str]:
    """The end of these distros, each in a frame with its name and, where wsl.exe says that it did it, `_ENDED`."""
    store, system, name = f'"{_STORE}"', program("wsl.exe"), f"{LOOP}d"
    body = frames.framed(
        mark,
        "end",
        f"echo {name}.",
        *run_retrying_start(f"{store} --terminate {name} 2>&1", f"exist {store}"),
        *run_retrying_start(f"{system} --terminate {name} 2>&1", f"not exist {store}"),
        if_("errorlevel 0 if not errorlevel 1", f"echo {_ENDED.decode()}"),
        "echo.",
    )
    return ["set WSL_UTF8=1", for_each(f"{name} in ({' '.join(map(_named, names))})", body)]


def _listing(mark: str) -> Script:
    store, system = f'"{_STORE}"', program("wsl.exe")
    listed = "--list --running --quiet 2>nul"
    lxss = frames.framed(mark, "lxss", f'{program("reg.exe")} query "HKU\\{LOOP}~i\\{LXSS}" /s 2>nul')
    return Script(
        (
            *frames.framed(mark, "account", f"{program('whoami.exe')} /user /fo csv /nh"),
            *frames.framed(
                mark, "there", if_(f"exist {store}", "echo program"), if_(f'exist "{system}"', "echo program")
            ),
            *staging.look(mark),
            for_each(f"/f \"tokens=2 delims=,\" {LOOP}i in ('{program('whoami.exe')} /user /fo csv /nh')", lxss),
            *frames.framed(mark, "environment", "set WSLENV", "set GO"),
            "set WSL_UTF8=1",
            f"echo {mark}+running",
            if_(f"exist {store}", f"{store} {listed}"),
            if_(f'not exist {store} if exist "{system}"', f"{system} {listed}"),
            "echo.",
            f"echo {mark}-running",
        )
    )


def _others(mark: str) -> Script:
    reg = program("reg.exe")
    inner = frames.framed(mark, "user", f"echo {LOOP}k", f'{reg} query "{LOOP}k\\{LXSS}" /s 2>nul')
    return Script((for_each(f"/f \"delims=\" {LOOP}k in ('{reg} query HKU')", inner),))


# --- what was answered -----------------------------------------------------------------------------------------------


def _text(raw: bytes | None) -> str:
    return (raw or b"").decode("utf-8", "replace").replace("\r", "")


def _account(framed: frames.Framed) -> tuple[str, str]:
    """Name and SID of the session's account."""
    fields = re.findall(r'"([^"]*)"', _text(framed.first("account")))
    return (fields[0], fields[1]) if len(fields) > 1 else ("of the session", "")


def _running(framed: frames.Framed) -> frozenset[str] | None:
    """The names of what runs, None where that was not said."""
    raw = framed.first("running")
    if raw is None:
        return None
    text = wsl_failures.decoded(raw)
    if wsl_failures.code_of(raw):
        return None
    return frozenset(line.strip().lower() for line in text.splitlines() if wslbatch.can_name(line.strip()))


def _with_running(distro: Distro, running: frozenset[str] | None) -> Distro:
    known = None if running is None else distro.name.lower() in running
    return Distro(distro.name, distro.version, distro.default_uid, distro.state, distro.is_new, known)


def parse_lxss(text: str) -> list[Distro]:
    """The distros of `reg query … /s` over Lxss."""
    groups: list[dict[str, str]] = []
    inside = False
    for line in text.splitlines():
        if line.startswith("HKEY_"):
            inside = bool(_KEY.match(line))
            groups += [{}] if inside else []
        found = re.match(r"    (\w+)    (REG_\w+)    (.*)\Z", line)
        if found and inside:
            groups[-1][found[1].lower()] = found[3]
    return [
        Distro(
            values["distributionname"],
            _number(values.get("version"), 2),
            _number(values.get("defaultuid"), 0),
            _number(values.get("state"), 1),
            _number(values.get("runoobe"), 0) == 1,
        )
        for values in groups
        if values.get("distributionname")
    ]


def _number(text: str | None, otherwise: int) -> int:
    try:
        return int(text or "", 0)
    except ValueError:
        return otherwise


def unusable(distro: Distro) -> Finding | None:
    """What keeps a distro of the list from being used."""
    if not wslbatch.can_name(distro.name):
        return wsl_failures.cannot_be_named(distro.name)
    if distro.state != 1:
        return Finding.of(
            "distro_not_started",
            f"{distro.name} is being installed or removed (State {distro.state}).",
            "Wait until that has ended, and run again.",
            distro.name,
        )
    return None
