# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

r"""A Go SDK as a directory of a Windows host behind a transport: cmd.exe, tar.exe, certutil.exe, icacls.exe and
curl.exe, and no other program.

What is not finished is in a directory `.gopher-devbox-…` beside the SDK's place, whose name is ASCII whatever that of
the SDK is, for tar.exe (docs/facts.md, "tar.exe"). In it are

    000, 001 …, archive    the archive, as it was sent, and whole
    go                     the new SDK, which is renamed into its place
    old, gone              what it replaced, which comes back when the rename fails; and what is removed

Nothing is decided on the host: each command says what it found, and the next one follows from that.
"""

from __future__ import annotations

import hashlib
import io
import ntpath
import re
import tarfile
import time
import typing as t

from .._core.errors import ApplyError, ReadError
from .._core.findings import Finding
from .._core.processors import processor
from .._core.secrets import shown
from .._core.windows import can_look_up, directory_of, fold_path
from .._core.writable_places import writable_by_others
from .._formats import frames, programs
from .._formats.cmdscript import (
    LOOP,
    Script,
    can_quote,
    for_each,
    if_,
    pause,
    program,
    quote,
    repeat,
    run_retrying_start,
    token,
)
from .._formats.sdk_archive import Member, Refused, Vet, foreign, members_of, parse_hashfile
from .._go.sdk_checks import missing_programs
from .._go.sdk_request import Archive, Contents, Existing, Facts, Occupant, Removed, Request, Tried
from .._go.sdks import Platform
from .clock import stamp, stamped
from .sdk_host import Progress
from .staging import new_mark
from .transport import Completed, Transport, last, once_more, said

OLD_ENOUGH = (
    3600  # seconds after which a directory beside an SDK belongs to a killed run; sending an archive may take long
)
SWEPT_AT_ONCE = 5
TRIES = 15  # at renaming a directory, a second apart: scanners hold new programs for moments
LONGEST = 259  # characters of a path that programs take [Microsoft: Maximum Path Length Limitation]
DEEPEST = 120  # of the longest name in an SDK, and a little
SYSTEM, ADMINISTRATORS, USERS = "S-1-5-18", "S-1-5-32-544", "S-1-5-32-545"

_ASIDE = ".gopher-devbox-"
_NAMED = re.compile(re.escape(_ASIDE) + r"[0-9a-f]{8}-(\d{8}T\d{6}Z)-[0-9a-f]{8}\Z")
#: what `%~ai` prints behind the letter a; nothing behind it where nothing is there
_ATTRIBUTES = re.compile(r"(?m)^a([-a-z]*)\s*$")
_TOOLS_OF = re.compile(r"go/pkg/tool/([a-z0-9]+)_([a-z0-9]+)/")
#: with whatever a host may put between thousands
_NUMBER = re.compile("\\d{1,3}(?:[.,'\u00a0\u202f\u2019]\\d{3})+(?!\\d)|\\d+")
_ITEM = f"{LOOP}~i"
_PATH = f'"{_ITEM}"'
_TOOLS = ("tar.exe", "certutil.exe", "icacls.exe", "curl.exe")
_BUSY = (r"bin\*.exe", *(rf"pkg\tool\windows_{arch}\*.exe" for arch in ("amd64", "arm64", "386", "arm")))
_GRANTS = " ".join(
    f'"*{sid}:(OI)(CI){rights}"' for sid, rights in ((SYSTEM, "F"), (ADMINISTRATORS, "F"), (USERS, "RX"))
)


class _Above(t.NamedTuple):
    """The directories above the place, the highest first."""

    missing: tuple[str, ...]
    there: tuple[str, ...]


def problem_of_dest(dest: str) -> str | None:
    """What keeps a place from being an SDK's; None for a good one."""
    place = directory_of(dest, {})
    if not can_look_up(dest) or not can_quote(dest) or place != dest or len(dest) < 4:
        return (
            r"is not a plain path on a drive: write one as C:\Sdk\go1.27.3, with backslashes, none at its end, "
            r"and no reference."
        )
    if any(part in (".", "..") or part.endswith((".", " ")) for part in dest.split("\\")):
        return "has a name in it that is a dot, or ends in a dot or a blank."
    longest = len(ntpath.dirname(dest)) + len(_ASIDE) + 36 + DEEPEST
    if longest > LONGEST:
        return (
            f"is too long: the files of an SDK would have paths of {longest} characters, and Windows takes {LONGEST}."
        )
    return None


class WindowsSdk:
    """See `sdk_host.SdkHost`: the SDK at one place of a Windows host."""

    def __init__(self, transport: Transport, request: Request, now: t.Callable[[], float] = time.time) -> None:
        self.transport, self.request, self._now = transport, request, now
        self._dest, self._machine = request.dest, request.machine
        self._parent = ntpath.dirname(self._dest)
        self.key = hashlib.sha256(fold_path(self._dest, {}).encode("utf-8")).hexdigest()[:8]
        self._aside = ""
        self._above = _Above((), ())
        self._busy: tuple[str, ...] = ()
        self._gopls = False
        self._open: list[str] = []
        self.said = ""

    # --- looking -----------------------------------------------------------------------------------------------------

    def look(self) -> Facts:
        """One command. Raises ReadError, TransportError."""
        return once_more(self.transport, self._look)

    @property
    def _may_be_used(self) -> bool:
        return not self.request.present or self.request.force

    def _look(self) -> Facts:
        mark = new_mark()
        above = _above(self._dest)
        completed = self.transport.run(Script(tuple(self._questions(mark, above))))
        framed = frames.parse(mark, completed.stdout)
        who = programs.parse_whoami(_text(framed, "who"))
        if "tools" not in framed or who is None:
            raise ReadError(
                f"The host did not answer as a Windows command prompt does. {said(completed)}",
                "Check that the host is Windows, and that this account may use the command prompt.",
            )
        self._above = _directories(above, _text(framed, "above"))
        self._busy = _busy(_words(framed, "busy"))
        self._gopls = "gopls.exe" in _text(framed, "gopls").lower()
        return Facts(
            self._occupant(framed, completed),
            _platform(_words(framed, "processor")),
            tuple(name for name in _words(framed, "left") if self._is_old(name)),
            not self._needs_source or _is_file(_text(framed, "source")),
            self._not_allowed(who[0], who[2]),
            self._missing(frozenset(_words(framed, "tools"))),
        )

    @property
    def _needs_source(self) -> bool:
        return self.request.present and self.request.remote_src

    def _questions(self, mark: str, above: t.Sequence[str]) -> list[str]:
        left = quote(f"{self._parent}\\{_ASIDE}{self.key}-*")
        statements = [
            *frames.framed(mark, "tools", *(if_(f'exist "{program(name)}"', f"echo {name}") for name in _TOOLS)),
            *frames.framed(
                mark, "who", *run_retrying_start(f"{program('whoami.exe')} /user /groups /fo csv /nh 2>nul")
            ),
            *frames.framed(mark, "left", f"dir /b /ad {left} 2>nul"),
            # a 32-bit session of a 64-bit host has both
            *frames.framed(mark, "processor", "echo %PROCESSOR_ARCHITEW6432%", "echo %PROCESSOR_ARCHITECTURE%"),
            *self._ask(mark),
        ]
        if above:
            statements += frames.framed(
                mark, "above", for_each(f"{LOOP}i in ({' '.join(map(quote, above))})", [f"echo a{LOOP}~ai"])
            )
        if self._needs_source:
            source = quote(self.request.src or "")
            statements += frames.framed(mark, "source", for_each(f"{LOOP}i in ({source})", [f"echo a{LOOP}~ai"]))
        return statements + (self._ask_busy(mark) if self._may_be_used else [])

    def _not_allowed(self, account: str, elevated: bool) -> tuple[Finding, ...]:
        if not self._machine or elevated:
            return ()
        message = f"An SDK for everybody needs an elevated account, and {account} is not in this session."
        advice = "Connect as the built-in or a domain administrator, or set scope: user."
        return (Finding.of("not_elevated", message, advice, account),)

    def _missing(self, tools: frozenset[str]) -> tuple[Finding, ...]:
        """The programs that this installation needs, and the host lacks."""
        more = [*(["icacls.exe"] if self._machine else []), *(["curl.exe"] if self.request.url else [])]
        lacking = [name for name in ("tar.exe", "certutil.exe", *more) if name not in tools]
        return missing_programs(lacking, "SDKs need Windows 10 1803, Windows Server 2019, or newer.")

    def running(self, referenced: bool) -> list[str]:
        """As the last look saw it. Which SDK a gopls uses cannot be seen; one that PATH or GOROOT names, it may."""
        return [*self._busy, *(["gopls.exe, which finds its go by them"] if self._gopls and referenced else [])]

    def references(self) -> list[str]:
        raise NotImplementedError  # what names an SDK is known where the registry is

    def _ask(self, mark: str) -> list[str]:
        """What is in the place: its attributes, VERSION, whether there is a go.exe, and the names at its top and in
        its bin.
        """
        dest = self._dest
        return [
            *frames.framed(mark, "dest", for_each(f"{LOOP}i in ({quote(dest)})", [f"echo a{LOOP}~ai"])),
            *frames.framed(mark, "version", if_(f'exist "{dest}\\VERSION"', f'type "{dest}\\VERSION"'), "echo."),
            *frames.framed(mark, "go", if_(f'exist "{dest}\\bin\\go.exe"', "echo y")),
            *frames.framed(mark, "top", f'dir /b /a "{dest}" 2>nul'),
            *frames.framed(mark, "bin", f'dir /b /a "{dest}\\bin" 2>nul'),
        ]

    def _ask_busy(self, mark: str) -> list[str]:
        """Which of its programs are there (x), and which can be opened for writing (f), as one that runs cannot;
        nothing is written to them.

        Where `>>` cannot open its file, the command before it does not run. And whether any gopls runs.
        """
        loop = for_each(f"{LOOP}i in ({' '.join(_BUSY)})", [f"echo x{LOOP}~i", f"echo f{LOOP}~i 2>>{_PATH}"])
        there = ['cd /d "%SystemRoot%"', if_(f'exist "{self._dest}\\VERSION"', f"cd /d {quote(self._dest)}")]
        return [
            *there,
            *frames.framed(mark, "busy", loop),
            'cd /d "%SystemRoot%"',
            *frames.framed(mark, "gopls", f'{program("tasklist.exe")} /fi "imagename eq gopls.exe" /fo csv /nh 2>nul'),
        ]

    def _occupant(self, framed: frames.Framed, completed: Completed) -> Occupant:
        found = _ATTRIBUTES.search(_text(framed, "dest").lower())
        if found is None or "bin" not in framed:
            raise ReadError(f"The host did not say what is at {self._dest}. {said(completed)}", "Run again.")
        letters = found.group(1).replace("-", "")
        if not letters:
            return Occupant(Existing.NOTHING)
        if "l" in letters:
            return Occupant(Existing.LINK)
        if "d" not in letters:
            return Occupant(Existing.FILE)
        top = _words(framed, "top")
        if not top:
            return Occupant(Existing.EMPTY)
        version = programs.parse_version(_text(framed, "version"))
        if version is None or "y" not in _words(framed, "go"):
            return Occupant(Existing.OTHER)
        return Occupant(Existing.SDK, version, tuple(foreign(top, _words(framed, "bin"))))

    def _is_old(self, name: str) -> bool:
        found = _NAMED.match(name)
        return found is not None and found.group(1) < stamp(self._now() - OLD_ENOUGH)

    # --- what killed runs left ---------------------------------------------------------------------------------------

    def sweep(self, leftovers: t.Sequence[str]) -> int:
        statements = []
        for name in leftovers[:SWEPT_AT_ONCE]:
            place = ntpath.join(self._parent, _ASIDE + token(name[len(_ASIDE) :]))
            statements.append(
                if_(
                    f'exist "{place}\\old\\VERSION" if not exist "{self._dest}"',
                    f'move "{place}\\old" {quote(self._dest)} >nul 2>&1',
                )
            )
            statements.append(if_(f'not exist "{place}\\old\\VERSION"', f'rd /s /q "{place}" 2>nul'))
        self.transport.run(_install(*statements))
        return len(leftovers[:SWEPT_AT_ONCE])

    # --- installing --------------------------------------------------------------------------------------------------

    def prepare(self) -> int | None:
        """Make the directory aside, and those above it that are missing; see which of those that are there ordinary
        users can write to.

        What is made for the machine gives them no right to write from the first moment on: who can rename a directory
        above exchanges the SDK (docs/facts.md, "Writable directories").
        """
        mark = new_mark()
        name = f"{_ASIDE}{self.key}-{stamped(stamp(self._now()))}"
        self._aside = ntpath.join(self._parent, name)
        statements: list[str] = []
        for place in self._above.missing:
            statements += [f"md {quote(place)} 2>nul", *self._protect(place)]
        aside, new = quote(self._aside), quote(f"{self._aside}\\go")
        statements += [f"md {aside} 2>nul", f"md {new} 2>nul", *self._protect(f"{self._aside}\\go")]
        statements.append(if_(f'not exist "{self._aside}\\go\\*"', "exit 3"))
        statements += [f"cd /d {aside}", *frames.framed(mark, "made", "echo y"), *_ask_room(mark)]
        ancestors = [
            place for place in self._above.there if self._machine and len(place) > 3
        ]  # a root cannot be renamed
        for place in ancestors:
            statements.append(f"{program('icacls.exe')} {quote(place)} /save acl /q >nul 2>&1")
            statements.append(f"{program('certutil.exe')} -f -encode acl coded >nul 2>&1")
            statements += frames.framed(mark, "acl", "type coded 2>nul")
            statements.append("del /q acl coded 2>nul")
        completed = self.transport.run(_install(*statements))
        framed = frames.parse(mark, completed.stdout)
        if "made" not in framed or "gd-public" in completed.stdout.decode("ascii", "replace"):
            what = "made" if "made" not in framed else "given permissions of its own (icacls.exe)"
            raise ApplyError(
                f"{self._aside} could not be {what}. {said(completed)}",
                "Look at the rights on the directory above it, and that its drive has room and permissions.",
                "Nothing was changed.",
            )
        rights = framed.parts.get("acl", ())
        if len(rights) == len(ancestors):
            self._open = [place for place, raw in zip(ancestors, rights) if _is_open(raw)]
        return parse_free(_text(framed, "room"))

    def exposed(self) -> list[Finding]:
        """As it was when the directory aside was made."""
        advice = "Take that right from them (icacls), or choose a dest below %ProgramFiles%"
        return writable_by_others("Ordinary users", self._open, advice)

    def _protect(self, place: str) -> list[str]:
        """Rights by SID, because names are localised: SYSTEM and administrators all of them, users to read and
        to run.
        """
        if not self._machine:
            return []
        return [
            f"{program('icacls.exe')} {quote(place)} /inheritance:r /grant:r {_GRANTS} >nul 2>&1",
            if_("errorlevel 1", "echo gd-public"),
        ]

    def send(self, pieces: t.Iterable[bytes], progress: Progress) -> None:
        """Each piece in a command of its own, so that one says how far it is."""
        names = []
        for number, piece in enumerate(pieces):
            name = f"{number:03}"
            mark = new_mark()
            framed, completed = self._in_aside(
                mark,
                [
                    *frames.framed(mark, "tar", *run_retrying_start(f"{program('tar.exe')} -xf - 2>&1")),
                    *_is_there(mark, f"{name}.ok"),
                ],
                _plain([(name, piece), (f"{name}.ok", b"y")]),
            )
            if "y" not in _words(framed, "there"):
                raise ApplyError(
                    f"The archive did not arrive whole on the host. tar.exe "
                    f"said: {_text(framed, 'tar').strip() or said(completed)}",
                    "Run again; if it stays so, look for what cuts the connection, or for a full drive.",
                    "Nothing was changed.",
                )
            names.append(name)
            progress(len(piece))
        self._in_aside(
            new_mark(),
            [f"copy /b {'+'.join(names)} archive >nul 2>&1", *(f"del /q {name} {name}.ok" for name in names)],
        )

    def copy(self, src: str) -> None:
        mark = new_mark()
        framed, completed = self._in_aside(
            mark, [*frames.framed(mark, "copy", f"copy /b /y {quote(src)} archive 2>&1"), *_is_there(mark, "archive")]
        )
        if "y" not in _words(framed, "there"):
            raise ReadError(
                f"src: {src} could not be read on the host. {said(completed, own=framed.first('copy'))}",
                "Correct it, or leave out remote_src for a file on the controller.",
            )

    def fetch(self, url: str) -> None:
        """By curl.exe. The address is on no command line, where everybody could read what it holds."""
        options = [
            "fail",
            "location",
            'proto = "=http,https"',
            "connect-timeout = 30",
            "speed-limit = 1000",
            "speed-time = 60",
            "retry = 2",
        ]
        config = "\n".join([*options, 'output = "archive"', f'url = "{url}"', ""])
        mark = new_mark()
        framed, completed = self._in_aside(
            mark,
            [
                *frames.framed(
                    mark,
                    "curl",
                    *run_retrying_start(f"{program('curl.exe')} -q -K -"),
                    if_("errorlevel 1", "echo gd-failed"),
                ),
                *_is_there(mark, "archive"),
            ],
            config.encode("utf-8"),
        )
        if "y" not in _words(framed, "there") or "gd-failed" in _words(framed, "curl"):
            lines = re.findall(r"curl: \(\d+\)[^\r\n]*", completed.stderr.decode("utf-8", "replace"))
            raise ApplyError(
                f"{shown(url)} could not be fetched by the host's curl.exe: {lines[-1] if lines else said(completed)}.",
                "Look at the address, and at the proxy of that account (HTTPS_PROXY).",
                "Nothing was changed.",
            )

    def archive(self) -> Archive:
        mark = new_mark()
        framed, completed = self._in_aside(
            mark,
            [
                *frames.framed(
                    mark, "hash", *run_retrying_start(f"{program('certutil.exe')} -hashfile archive SHA256 2>&1")
                ),
                *frames.framed(mark, "size", for_each(f"{LOOP}i in (archive)", [f"echo {LOOP}~zi"])),
                *_ask_room(mark),
            ],
        )
        checksum = parse_hashfile(_text(framed, "hash"))
        if checksum is None:
            raise ReadError(
                f"certutil.exe did not print the SHA-256 of the archive. {said(completed, own=framed.first('hash'))}",
                "Look whether it may run on that host.",
            )
        size = next((int(word) for word in _words(framed, "size") if word.isdigit()), 0)
        return Archive(checksum, size, parse_free(_text(framed, "room")))

    def contents(self) -> Contents:
        """By what tar.exe lists; each name is judged before anything is unpacked."""
        tar = program("tar.exe")
        mark = new_mark()
        framed, completed = self._in_aside(
            mark,
            [
                *frames.framed(
                    mark, "names", *run_retrying_start(f"{tar} -tf archive"), if_("errorlevel 1", "echo gd-failed")
                ),
                *frames.framed(
                    mark, "kinds", *run_retrying_start(f"{tar} -tvf archive"), if_("errorlevel 1", "echo gd-failed")
                ),
                *frames.framed(mark, "version", *run_retrying_start(f"{tar} -xOf archive go/VERSION 2>nul"), "echo."),
            ],
        )
        if "gd-failed" in (*_words(framed, "names")[-1:], *_words(framed, "kinds")[-1:]):
            raise Refused(
                f"tar.exe cannot read it ({completed.stderr.decode('utf-8', 'replace').split(chr(10))[0].strip()})"
            )
        listed = members_of(_text(framed, "names"), _text(framed, "kinds"))
        vet = Vet(windows=True)
        for member in listed:
            vet.take(member)
        vet.finish()
        return Contents(programs.parse_version(_text(framed, "version")), platform_of_members(listed))

    def unpack(self) -> str | None:
        mark = new_mark()
        framed, completed = self._in_aside(
            mark,
            [
                *frames.framed(
                    mark,
                    "tar",
                    *run_retrying_start(f"{program('tar.exe')} -xf archive go 2>&1"),
                    if_("errorlevel 1", "echo gd-failed"),
                ),
                r"del /q go\__init__.py 2>nul",
                "del /q archive 2>nul",
                *frames.framed(mark, "links", "dir /b /s /al go 2>nul"),
                *frames.framed(mark, "version", if_(r"exist go\VERSION", r"type go\VERSION"), "echo."),
                *_is_there(mark, r"go\bin\go.exe"),
            ],
        )
        words = _words(framed, "tar")
        if "there" not in framed or "gd-failed" in words:
            raise ApplyError(
                f"The archive could not be unpacked. tar.exe said: {' '.join(words[:3]) or said(completed)}",
                "Look for a full drive, or a scanner that keeps files away.",
                "Nothing was changed.",
            )
        if _words(framed, "links"):
            raise Refused(f"{_words(framed, 'links')[0]!r} is a link, which no SDK has")
        return programs.parse_version(_text(framed, "version")) if "y" in _words(framed, "there") else None

    def try_out(self) -> Tried:
        """What is not started says nothing: whether a policy kept it from starting cannot be seen for certain."""
        mark = new_mark()
        alone = [f'set "{pair}"' for pair in ("GOTOOLCHAIN=local", "GOENV=off", "GOWORK=off", "GOROOT=", "APPDATA=")]
        framed, _completed = self._in_aside(
            mark, [*alone, *frames.framed(mark, "tried", r"go\bin\go.exe version <nul 2>nul")]
        )
        return Tried("", _text(framed, "tried"))

    def put(self, replace: bool) -> Occupant:
        dest = quote(self._dest)
        body = [self._move(dest, "old")] if replace else [if_(f'exist "{self._dest}\\*"', f"rd {dest} 2>nul")]
        body.append(self._move("go", dest))
        body.append(if_(f'exist old\\VERSION if not exist "{self._dest}"', f"move old {dest} 2>&1"))
        return self._last(body).occupant

    def take(self) -> Removed:
        mark = new_mark()
        self._aside = ntpath.join(self._parent, f"{_ASIDE}{self.key}-{stamped(stamp(self._now()))}")
        self.transport.run(_install(f"md {quote(self._aside)} 2>nul", *frames.framed(mark, "made", "echo y")))
        return self._last([self._move(quote(self._dest), "gone")])

    def _move(self, what: str, where: str) -> str:
        """A rename, tried again while a scanner holds something in it. `move` into a directory that exists would put it
        inside.
        """
        vain = f"exist {what} if not exist {where}"
        return repeat(TRIES, [if_(vain, f"move {what} {where} 2>&1"), if_(vain, pause())])

    def _last(self, body: t.Sequence[str]) -> Removed:
        mark = new_mark()
        framed, completed = self._in_aside(
            mark,
            [
                *frames.framed(mark, "move", *body),
                'cd /d "%SystemRoot%"',
                f"rd /s /q {quote(self._aside)} 2>nul",
                *frames.framed(mark, "aside", if_(f"exist {quote(self._aside)}", "echo y")),
                *self._ask(mark),
            ],
        )
        self.said = last(" ".join(_words(framed, "move")), 300)
        aside = self._aside
        if "aside" in framed and "y" not in _words(framed, "aside"):
            self._aside = aside = ""
        return Removed(self._occupant(framed, completed), aside)

    def clean(self) -> None:
        """Remove the directory aside, when there is one."""
        if self._aside:
            self.transport.run(
                _install(if_(f'not exist "{self._aside}\\old\\VERSION"', f"rd /s /q {quote(self._aside)} 2>nul"))
            )
            self._aside = ""

    def _in_aside(
        self, mark: str, statements: t.Sequence[str], stdin: bytes | None = None
    ) -> tuple[frames.Framed, Completed]:
        """Run statements in the directory aside."""
        go_there = (f"cd /d {quote(self._aside)}", if_(f"not exist {quote(self._aside)}", "exit 3"))
        completed = self.transport.run(_install(*go_there, *statements), stdin)
        return frames.parse(mark, completed.stdout), completed


def _install(*statements: str) -> Script:
    """A script that changes something: its output shows that it is alive, and it never runs twice."""
    return Script(statements, holds=False)


def platform_of_members(listed: t.Iterable[Member]) -> Platform | None:
    """(GOOS, GOARCH) that an SDK is for, by the directory of its tools, where go itself looks for its compiler by the
    name of its own platform [cmd/go/internal/cfg: SetGOROOT]; None where there is not just one.
    """
    found = {match.groups() for member in listed if (match := _TOOLS_OF.match(member.name))}
    return t.cast("Platform", found.pop()) if len(found) == 1 else None


def parse_free(listing: str) -> int | None:
    """The bytes that are free, out of what `dir /-c` printed; None when it did not.

    Its last line has two numbers, in the words of the host's language: how many directories, and the bytes.
    """
    lines = [line for line in listing.splitlines() if line.strip()]
    numbers = [int(re.sub(r"\D", "", number)) for number in _NUMBER.findall(lines[-1])] if lines else []
    return max(numbers) if len(numbers) > 1 else None


def _ask_room(mark: str) -> list[str]:
    return frames.framed(mark, "room", "dir /-c 2>nul")


def _platform(words: t.Iterable[str]) -> Platform | None:
    found = next(filter(None, map(processor, words)), "")
    return ("windows", found) if found else None


def _is_file(text: str) -> bool:
    found = _ATTRIBUTES.search(text.lower())
    return found is not None and bool(found.group(1)) and "d" not in found.group(1)


def _directories(above: t.Sequence[str], text: str) -> _Above:
    """Which of these directories are there, by the attributes that the host printed of each. Raises ReadError."""
    attributes = [letters.replace("-", "") for letters in _ATTRIBUTES.findall(text.lower())]
    if len(attributes) != len(above):
        raise ReadError(
            f"The host said something of {len(attributes)} directories, and {len(above)} were named.", "Run again."
        )
    found = list(zip(above, attributes))
    wrong = next((place for place, letters in found if letters and "d" not in letters), None)
    if wrong:
        raise ReadError(f"{wrong} is not a directory, so nothing can be below it.", "Move it away, or correct dest.")
    return _Above(
        tuple(place for place, letters in found if not letters), tuple(place for place, letters in found if letters)
    )


def _busy(lines: t.Sequence[str]) -> tuple[str, ...]:
    """The programs that are there and cannot be written to."""
    return tuple(line[1:] for line in lines if line[:1] == "x" and "f" + line[1:] not in lines)


def _is_there(mark: str, name: str) -> list[str]:
    return frames.framed(mark, "there", if_(f"exist {name}", "echo y"))


def _is_open(raw: bytes) -> bool:
    try:
        saved = programs.parse_certutil(raw.decode("ascii", "replace"))
    except ValueError:
        return False
    text = saved.decode("utf-16-le", "replace").lstrip("\ufeff")
    return bool(text) and programs.writable_by_ordinary_users(text)


def _text(framed: frames.Framed, part: str) -> str:
    return (framed.first(part) or b"").decode("utf-8", "replace")


def _words(framed: frames.Framed, part: str) -> list[str]:
    return [line.strip() for line in _text(framed, part).splitlines() if line.strip()]


def _above(dest: str) -> list[str]:
    """The directories above it, the drive's root apart, the highest first."""
    parts = dest.split("\\")
    return ["\\".join(parts[:count]) for count in range(2, len(parts))]


def _plain(members: t.Iterable[tuple[str, bytes]]) -> bytes:
    """A tar archive that is not compressed: archives of SDKs are."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(data), 0o600
            archive.addfile(info, io.BytesIO(data))
    return raw.getvalue()
