# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

r"""A Go SDK as a directory of a Windows host behind a transport: cmd.exe, tar.exe, certutil.exe, icacls.exe and
curl.exe, and no other program.

What is not finished lies in a directory `.gopher-devbox-…` beside the SDK's place, whose name is ASCII whatever that of
the SDK is, for tar.exe (facts 2). In it are

    000, 001 …, archive    the archive, as it was sent, and whole
    go                     the new SDK, which is renamed into its place
    old, gone              what it replaced, which comes back when the rename fails; and what is removed

Nothing is decided on the host: each command tells what it found, and the next one follows from that.
"""

from __future__ import annotations

import hashlib
import io
import ntpath
import re
import tarfile
import time
import typing as t

from .._core.errors import ApplyError, Blocked, ReadError
from .._core.findings import Finding
from .._core.secrets import shown
from .._core.windows import can_look_up, directory_of, fold_path
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
from .._formats.sdk_archive import Member, Refused, foreign, members_of, parse_hashfile
from .._go.sdk_request import Existing, Standing
from .clock import stamp, stamped
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
_ITEM = f"{LOOP}~i"
_PATH = f'"{_ITEM}"'
_TOOLS = ("tar.exe", "certutil.exe", "icacls.exe", "curl.exe")
_BUSY = (r"bin\*.exe", *(rf"pkg\tool\windows_{arch}\*.exe" for arch in ("amd64", "arm64", "386", "arm")))
_GRANTS = " ".join(
    f'"*{sid}:(OI)(CI){rights}"' for sid, rights in ((SYSTEM, "F"), (ADMINISTRATORS, "F"), (USERS, "RX"))
)


class Looked(t.NamedTuple):
    """What a look told. account: its name and SID. elevated: it may change what is everybody's. tools: the programs
    that the host has.

    left: directories beside the SDK's place that belong to killed runs. missing, there: directories above it. busy:
    programs that cannot be written to.
    """

    stands: Standing
    account: tuple[str, str]
    elevated: bool
    tools: frozenset[str]
    left: tuple[str, ...]
    missing: tuple[str, ...]
    there: tuple[str, ...]
    busy: tuple[str, ...]
    gopls: bool


def problem_of_dest(dest: str) -> str | None:
    """What keeps a place from being an SDK's; None for a good one."""
    place = directory_of(dest, {})
    if not can_look_up(dest) or not can_quote(dest) or place != dest or len(dest) < 4:
        return (
            r"is no plain path on a drive: write one as C:\Sdk\go1.27.3, with backslashes, none at its end, "
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
    """The SDK at one place. `machine`: it is for everybody, and nobody else may write to it."""

    def __init__(self, transport: Transport, dest: str, machine: bool, now: t.Callable[[], float] = time.time) -> None:
        self._transport, self._dest, self._machine, self._now = transport, dest, machine, now
        self._parent = ntpath.dirname(dest)
        self._key = hashlib.sha256(fold_path(dest, {}).encode("utf-8")).hexdigest()[:8]
        self._aside = ""
        self.said = ""

    # --- looking -----------------------------------------------------------------------------------------------------

    def look(self, users: bool) -> Looked:
        """One command. `users`: also which of its programs run. Raises ReadError, TransportError."""
        return once_more(self._transport, lambda: self._look(users))

    def _look(self, users: bool) -> Looked:
        mark = new_mark()
        above = _above(self._dest)
        statements = [
            *frames.framed(mark, "tools", *(if_(f'exist "{program(name)}"', f"echo {name}") for name in _TOOLS)),
            *frames.framed(
                mark, "who", *run_retrying_start(f"{program('whoami.exe')} /user /groups /fo csv /nh 2>nul")
            ),
            *frames.framed(
                mark, "left", f"dir /b /ad {quote(f'{self._parent}/{_ASIDE}{self._key}-*'.replace('/', chr(92)))} 2>nul"
            ),
            *self._ask(mark),
        ]
        if above:
            statements += frames.framed(
                mark, "above", for_each(f"{LOOP}i in ({' '.join(map(quote, above))})", [f"echo a{LOOP}~ai"])
            )
        if users:
            statements += self._ask_busy(mark)
        completed = self._transport.run(Script(tuple(statements)))
        framed = frames.parse(mark, completed.stdout)
        who = programs.parse_whoami(_text(framed, "who"))
        if "tools" not in framed or who is None:
            raise ReadError(
                f"The host did not answer as a Windows command prompt does. {said(completed)}",
                "Check that the host is Windows, and that this account may use the command prompt.",
            )
        attributes = re.findall(r"(?m)^a([-a-z]*)\s*$", _text(framed, "above").lower())
        if len(attributes) != len(above):
            raise ReadError(
                f"{len(above)} directories were asked for, and {len(attributes)} answers came.", "Run again."
            )
        there = [place for place, letters in zip(above, attributes) if letters.replace("-", "")]
        wrong = next(
            (place for place, letters in zip(above, attributes) if letters.replace("-", "") and "d" not in letters),
            None,
        )
        if wrong:
            raise ReadError(
                f"{wrong} is no directory, so nothing can stand below it.", "Move it away, or correct dest."
            )
        return Looked(
            self._stands(framed, completed),
            who[:2],
            who[2],
            frozenset(_words(framed, "tools")),
            tuple(name for name in _words(framed, "left") if self._is_old(name)),
            tuple(place for place in above if place not in there),
            tuple(there),
            _busy(_words(framed, "busy")),
            "gopls.exe" in _text(framed, "gopls").lower(),
        )

    def _ask(self, mark: str) -> list[str]:
        """What stands in the place: its attributes, VERSION, whether there is a go.exe, and the names at its top and in
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

    def _stands(self, framed: frames.Framed, completed: Completed) -> Standing:
        told = re.search(r"(?m)^a([-a-z]*)\s*$", _text(framed, "dest").lower())
        if told is None or "bin" not in framed:
            raise ReadError(f"The host did not say what stands at {self._dest}. {said(completed)}", "Run again.")
        letters = told.group(1).replace("-", "")
        if not letters:
            return Standing(Existing.NOTHING)
        if "l" in letters:
            return Standing(Existing.LINK)
        if "d" not in letters:
            return Standing(Existing.FILE)
        top = _words(framed, "top")
        if not top:
            return Standing(Existing.EMPTY)
        version = programs.parse_version(_text(framed, "version"))
        if version is None or "y" not in _words(framed, "go"):
            return Standing(Existing.OTHER)
        return Standing(Existing.SDK, version, tuple(foreign(top, _words(framed, "bin"))))

    def _is_old(self, name: str) -> bool:
        found = _NAMED.match(name)
        return found is not None and found.group(1) < stamp(self._now() - OLD_ENOUGH)

    # --- what killed runs left ---------------------------------------------------------------------------------------

    def sweep(self, names: t.Sequence[str]) -> None:
        """Remove it, after an SDK that a run had taken aside and not replaced is given back."""
        statements = []
        for name in names[:SWEPT_AT_ONCE]:
            place = ntpath.join(self._parent, _ASIDE + token(name[len(_ASIDE) :]))
            statements.append(
                if_(
                    f'exist "{place}\\old\\VERSION" if not exist "{self._dest}"',
                    f'move "{place}\\old" {quote(self._dest)} >nul 2>&1',
                )
            )
            statements.append(if_(f'not exist "{place}\\old\\VERSION"', f'rd /s /q "{place}" 2>nul'))
        self._transport.run(_install(*statements))

    # --- installing --------------------------------------------------------------------------------------------------

    def begin(self, looked: Looked) -> list[str]:
        """Make the directory aside, and those above it that are missing. The directories above the SDK that ordinary
        users can write to.

        What is made for the machine gives them no right to write from the first moment on: who can rename a directory
        above exchanges the SDK (facts 8).
        """
        mark = new_mark()
        name = f"{_ASIDE}{self._key}-{stamped(stamp(self._now()))}"
        self._aside = ntpath.join(self._parent, name)
        statements: list[str] = []
        for place in looked.missing:
            statements += [f"md {quote(place)} 2>nul", *self._protect(place)]
        aside, new = quote(self._aside), quote(f"{self._aside}\\go")
        statements += [f"md {aside} 2>nul", f"md {new} 2>nul", *self._protect(f"{self._aside}\\go")]
        statements.append(if_(f'not exist "{self._aside}\\go\\*"', "exit 3"))
        statements += [f"cd /d {aside}", *frames.framed(mark, "made", "echo y")]
        ancestors = [place for place in looked.there if self._machine and len(place) > 3]  # a root cannot be renamed
        for place in ancestors:
            statements.append(f"{program('icacls.exe')} {quote(place)} /save acl /q >nul 2>&1")
            statements.append(f"{program('certutil.exe')} -f -encode acl coded >nul 2>&1")
            statements += frames.framed(mark, "acl", "type coded 2>nul")
            statements.append("del /q acl coded 2>nul")
        completed = self._transport.run(_install(*statements))
        framed = frames.parse(mark, completed.stdout)
        if "made" not in framed or "gd-public" in completed.stdout.decode("ascii", "replace"):
            what = "made" if "made" not in framed else "given permissions of its own (icacls.exe)"
            raise ApplyError(
                f"{self._aside} could not be {what}. {said(completed)}",
                "Look at the rights on the directory above it, and that its drive has room and permissions.",
                "Nothing was changed.",
            )
        told = framed.parts.get("acl", ())
        return [place for place, raw in zip(ancestors, told) if _is_open(raw)] if len(told) == len(ancestors) else []

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

    def send(self, pieces: t.Iterable[bytes], told: t.Callable[[int], t.Any]) -> None:
        """Send the archive, each piece in a command of its own, so that one says how far it is."""
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
            told(len(piece))
        self._in_aside(
            new_mark(),
            [f"copy /b {'+'.join(names)} archive >nul 2>&1", *(f"del /q {name} {name}.ok" for name in names)],
        )

    def copy(self, src: str) -> None:
        """Take a copy of an archive on the host, which nobody else changes any more."""
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
        """Let curl.exe fetch the archive. The address stands on no command line, where everybody could read what it
        holds.
        """
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

    def checksum(self) -> str:
        """The SHA-256 of the archive as it lies on the host."""
        mark = new_mark()
        framed, completed = self._in_aside(
            mark,
            frames.framed(
                mark, "hash", *run_retrying_start(f"{program('certutil.exe')} -hashfile archive SHA256 2>&1")
            ),
        )
        found = parse_hashfile(_text(framed, "hash"))
        if found is None:
            raise ReadError(
                f"certutil.exe did not tell the SHA-256 of the archive. {said(completed, own=framed.first('hash'))}",
                "Look whether it may run on that host.",
            )
        return found

    def members(self) -> list[Member]:
        """What the archive holds. Raises Refused when that cannot be read."""
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
            ],
        )
        if "gd-failed" in (*_words(framed, "names")[-1:], *_words(framed, "kinds")[-1:]):
            raise Refused(
                f"tar.exe cannot read it ({completed.stderr.decode('utf-8', 'replace').split(chr(10))[0].strip()})"
            )
        return members_of(_text(framed, "names"), _text(framed, "kinds"))

    def unpack(self) -> str | None:
        """Unpack the archive; the version that it held. Raises Refused, ApplyError."""
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

    def put(self, replace: bool) -> Standing:
        """The new SDK in its place; what stands there then. Where that fails, what stood there stands there."""
        dest = quote(self._dest)
        body = [self._move(dest, "old")] if replace else [if_(f'exist "{self._dest}\\*"', f"rd {dest} 2>nul")]
        body.append(self._move("go", dest))
        body.append(if_(f'exist old\\VERSION if not exist "{self._dest}"', f"move old {dest} 2>&1"))
        return self._last(body)

    def take(self) -> Standing:
        """The SDK out of its place, and gone; what stands there then. Where that fails, it stands there whole."""
        mark = new_mark()
        self._aside = ntpath.join(self._parent, f"{_ASIDE}{self._key}-{stamped(stamp(self._now()))}")
        self._transport.run(_install(f"md {quote(self._aside)} 2>nul", *frames.framed(mark, "made", "echo y")))
        return self._last([self._move(quote(self._dest), "gone")])

    def _move(self, what: str, where: str) -> str:
        """A rename, tried again while a scanner holds something in it. `move` into a directory that exists would put it
        inside.
        """
        vain = f"exist {what} if not exist {where}"
        return repeat(TRIES, [if_(vain, f"move {what} {where} 2>&1"), if_(vain, pause())])

    def _last(self, body: t.Sequence[str]) -> Standing:
        mark = new_mark()
        framed, completed = self._in_aside(
            mark,
            [
                *frames.framed(mark, "move", *body),
                'cd /d "%SystemRoot%"',
                f"rd /s /q {quote(self._aside)} 2>nul",
                *self._ask(mark),
            ],
        )
        self.said = last(" ".join(_words(framed, "move")), 300)
        return self._stands(framed, completed)

    def clean(self) -> None:
        """Remove the directory aside, when there is one."""
        if self._aside:
            self._transport.run(
                _install(if_(f'not exist "{self._aside}\\old\\VERSION"', f"rd /s /q {quote(self._aside)} 2>nul"))
            )
            self._aside = ""

    def _in_aside(
        self, mark: str, statements: t.Sequence[str], stdin: bytes | None = None
    ) -> tuple[frames.Framed, Completed]:
        """Run statements in the directory aside."""
        go_there = (f"cd /d {quote(self._aside)}", if_(f"not exist {quote(self._aside)}", "exit 3"))
        completed = self._transport.run(_install(*go_there, *statements), stdin)
        return frames.parse(mark, completed.stdout), completed


def _install(*statements: str) -> Script:
    """A script that changes something: its output shows that it is alive, and it never runs twice."""
    return Script(statements, holds=False)


def must_have_tools(looked: Looked, machine: bool, url: bool) -> None:
    """Raises Blocked when the host lacks a program that an installation needs."""
    needed = ["tar.exe", "certutil.exe", *(["icacls.exe"] if machine else []), *(["curl.exe"] if url else [])]
    lacking = [name for name in needed if name not in looked.tools]
    if lacking:
        raise Blocked(
            [
                Finding.of(
                    "missing_program",
                    f"The host has no {', '.join(lacking)}.",
                    "SDKs need Windows 10 1803, Windows Server 2019, or newer.",
                )
            ]
        )


def _busy(told: t.Sequence[str]) -> tuple[str, ...]:
    """The programs that are there and cannot be written to."""
    return tuple(line[1:] for line in told if line[:1] == "x" and "f" + line[1:] not in told)


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
