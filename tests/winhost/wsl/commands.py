# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""wsl.exe's command line and what it prints itself. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from .failures import Failure, failed

BLANK = " \t"
VERSION = (
    "WSL version: 2.6.1.0\nKernel version: 6.6.87.2-1\nWSLg version: 1.0.66\nMSRDC version: 1.2.6074\n"
    "Direct3D version: 1.611.1-81528511\nDXCore version: 10.0.26100.1-240331-1435.ge-release\n"
    "Windows version: 10.0.18362.1"
)
USAGE = "Usage: wsl.exe [Argument] [Options...] [CommandLine]"


@dataclass(frozen=True)
class Registered:
    """A distro as the account's Lxss key has it."""

    guid: str
    version: int
    default_uid: int
    state: int
    name: str

    @classmethod
    def from_text(cls, text: str) -> Registered:
        guid, version, uid, state, name = text.split("|", 4)
        return cls(guid.lower(), int(version), int(uid), int(state), name)


@dataclass
class Request:
    """What wsl.exe handed over."""

    line: str = ""
    directory: str = ""
    image: str = ""
    sid: str = ""
    default: str = ""
    distros: list[Registered] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)

    @classmethod
    def from_words(cls, words: Iterable[str]) -> Request:
        request = cls()
        for word in words:
            name, _, value = word.partition("=")
            if name == "distro":
                request.distros.append(Registered.from_text(value))
            elif name == "env":
                variable, _, content = value[1:].partition("=")  # =C: begins with its equals sign
                request.environment[value[:1] + variable] = content
            else:
                setattr(request, name, value)
        return request

    @property
    def encoding(self) -> str:
        return "utf-8" if self.environment.get("WSL_UTF8") == "1" else "utf-16-le"

    @property
    def installed(self) -> list[Registered]:
        """The default first."""
        ready = [item for item in self.distros if item.state == 1]
        return sorted(ready, key=lambda item: item.guid != self.default.lower())

    def distro(self, name: str | None, guid: str | None = None) -> Registered:
        """The default one when neither is given. Names are found in any case."""
        if name is None and guid is None:
            if not self.installed:
                raise failed("Wsl/Service/CreateInstance/GetDefaultDistro/WSL_E_DEFAULT_DISTRO_NOT_FOUND")
            return self.installed[0]
        for item in self.installed:
            if item.guid == guid or (name is not None and item.name.casefold() == name.casefold()):
                return item
        raise failed("Wsl/Service/WSL_E_DISTRO_NOT_FOUND")


@dataclass(frozen=True)
class Print:
    """Say this, and exit with the code."""

    text: str
    exit_code: int = 0


@dataclass(frozen=True)
class Stop:
    """Terminate this distro, or all."""

    distro: Registered | None


@dataclass(frozen=True)
class Run:
    distro: Registered
    user: str
    """Empty: the distro's default."""
    directory: str
    """A Windows path, a Linux one, or one that begins with ~."""
    argv: tuple[str, ...] | None
    """None: the user's shell."""
    shell_line: str = ""
    """What the shell is to do; empty: what it reads."""
    login: bool = False


Action = Print | Stop | Run


def action(request: Request, running: Callable[[str], bool]) -> Action:
    """What a command line asks for. `running`: whether the distro with this guid is."""
    return _Line(request, running).action()


class _Line:
    def __init__(self, request: Request, running: Callable[[str], bool]) -> None:
        self._request = request
        self._running = running
        self._rest = _behind_program(request.line)
        self._distro: Registered | None = None
        self._user = ""
        self._directory = request.directory
        self._shell: bool | None = None
        self._login: bool | None = None

    def action(self) -> Action:
        self._legacy()
        while word := self._word():
            if word in ("--", "-e", "--exec"):
                self._consume(word)
                if word != "--":
                    self._shell = self._login = False
                break
            if word in _VERBS:
                return self._verb(word)
            if word not in _OPTIONS:
                if word.startswith("-"):
                    raise Failure(
                        f"Invalid command line argument: {word}\n"
                        "Please use 'wsl.exe --help' to get a list of supported arguments."
                    )
                break
            self._option(word)
        return self._run()

    def _legacy(self) -> None:
        """{guid} and ~ may stand in front."""
        if re.fullmatch(r"\{[0-9A-Fa-f-]{36}\}", word := self._word()):
            self._consume(word)
            self._distro = self._request.distro(None, word.lower())
        if self._word() == "~":
            self._consume("~")
            self._directory = "~"

    def _word(self, quotes: bool = False) -> str:
        if quotes and self._rest.startswith('"') and (end := self._rest.find('"', 1)) > 0:
            return self._rest[: end + 1]
        return re.split(r"[ \t]", self._rest, maxsplit=1)[0]

    def _consume(self, word: str) -> None:
        self._rest = self._rest[len(word) :].lstrip(BLANK)

    def _value(self, option: str, quotes: bool = False) -> str:
        self._consume(option)
        value = self._word(quotes)
        if not value:
            raise Failure(f"Argument {_LONG.get(option, option)} is missing a required parameter.")
        self._consume(value)
        return value

    def _option(self, option: str) -> None:
        if option == "--cd":
            self._change_directory(self._value(option, quotes=True).strip('"'))
            return
        value = self._value(option)
        if option in ("-d", "--distribution"):
            if self._distro is not None:
                raise Failure("The distribution name has already been set.")
            self._distro = self._request.distro(value)
        elif option == "--distribution-id":
            self._distro = self._request.distro(None, value.lower())
        elif option in ("-u", "--user"):
            self._user = value
        else:
            self._shell_type(value)

    def _change_directory(self, place: str) -> None:
        if not place or not (place[0] in "/~" or re.match(r"[A-Za-z]:[\\/]|\\\\", place)):
            raise failed("Wsl/E_INVALIDARG")
        self._directory = place

    def _shell_type(self, value: str) -> None:
        known = {"standard": (True, False), "login": (True, True), "none": (False, False)}
        if value not in known:
            raise failed("Wsl/E_INVALIDARG")
        self._shell, self._login = known[value]

    def _verb(self, verb: str) -> Action:
        if verb in ("-l", "--list"):
            self._consume(verb)
            return listing(self._request, self._rest.split(), self._running)
        if verb in ("-t", "--terminate"):
            return Stop(self._request.distro(self._value(verb)))
        if verb == "--shutdown":
            return Stop(None)
        if verb == "--status":
            return Print(status(self._request))
        return Print(USAGE, -1) if verb == "--help" else Print(VERSION)

    def _run(self) -> Run:
        distro = self._distro or self._request.distro(None)
        rest, shell = self._rest, self._shell if self._shell is not None else True
        if not shell:
            if not rest:
                raise failed("Wsl/E_INVALIDARG")
            return Run(distro, self._user, self._directory, tuple(argv_of(rest)))
        login = self._login if self._login is not None else not rest
        return Run(distro, self._user, self._directory, None, rest, login)


_OPTIONS = frozenset(("-d", "--distribution", "--distribution-id", "-u", "--user", "--cd", "--shell-type"))
_VERBS = frozenset(("-l", "--list", "-t", "--terminate", "--shutdown", "--status", "-v", "--version", "--help"))
_LONG = {"-d": "--distribution", "-u": "--user", "-t": "--terminate"}


def _behind_program(line: str) -> str:
    quoted = False
    for at, letter in enumerate(line):
        if letter in BLANK and not quoted:
            return line[at:].lstrip(BLANK)
        quoted ^= letter == '"'
    return ""


def argv_of(line: str) -> list[str]:
    """CommandLineToArgvW: the first word as a program's name, the others with its rules for backslashes and quotes."""
    if line.startswith('"'):
        program, _, rest = line[1:].partition('"')
    else:
        program, *more = re.split(r"[ \t]", line, maxsplit=1)
        rest = more[0] if more else ""
    return [program, *_others(rest.lstrip(BLANK))]


def _others(line: str) -> Iterable[str]:
    word, quotes, slashes, at, begun = "", 0, 0, 0, bool(line)
    while at < len(line):
        letter = line[at]
        if letter in BLANK and not quotes:
            yield word
            at = len(line) - len(line[at:].lstrip(BLANK))
            word, slashes, begun = "", 0, at < len(line)
            continue
        if letter != '"':
            word, at = word + letter, at + 1
            slashes = slashes + 1 if letter == "\\" else 0
            continue
        word = word[: len(word) - slashes] + "\\" * (slashes // 2) + ('"' if slashes % 2 else "")
        quotes += slashes % 2 == 0
        slashes, at = 0, at + 1
        while line[at : at + 1] == '"':
            quotes += 1
            at += 1
            if quotes == 3:
                word, quotes = word + '"', 0
        if quotes == 2:
            quotes = 0
    if begun:
        yield word


# ----------------------------------------------------------------------------------------------------- own texts


def listing(request: Request, options: Sequence[str], running: Callable[[str], bool]) -> Print:
    chosen = {_letters.get(letter, option) for option in options for letter in _spelt(option)}
    unknown = chosen - set(_letters.values()) - {"--all", "--running"}
    if unknown:
        raise Failure(f"Invalid command line argument: {min(unknown)}")
    if chosen >= {"--quiet", "--verbose"} or chosen >= {"--all", "--running"}:
        raise Failure(USAGE)
    distros = request.installed
    if "--verbose" in chosen:
        return Print(_table(distros, running))
    if "--running" in chosen:
        distros = [item for item in distros if running(item.guid)]
        if not distros and "--quiet" not in chosen:
            return Print("There are no running distributions.", -1)
    if "--quiet" in chosen:
        return Print("\n".join(item.name for item in distros))
    if not distros:
        raise failed("Wsl/WSL_E_DEFAULT_DISTRO_NOT_FOUND")
    lines = [f"{item.name} (Default)" if item.guid == request.default.lower() else item.name for item in distros]
    return Print("\n".join(["Windows Subsystem for Linux Distributions:", *lines]))


_letters = {"-q": "--quiet", "-v": "--verbose"}


def _spelt(option: str) -> list[str]:
    """-qv is -q -v."""
    return [option] if option.startswith("--") else [f"-{letter}" for letter in option.lstrip("-")] or [option]


def _table(distros: Sequence[Registered], running: Callable[[str], bool]) -> str:
    if not distros:
        raise failed("Wsl/WSL_E_DEFAULT_DISTRO_NOT_FOUND")
    width = max(4, *(len(item.name) for item in distros)) + 4
    lines = [f"  {'NAME':<{width}}{'STATE':<16}VERSION"]
    for number, item in enumerate(distros):
        state = "Running" if running(item.guid) else "Stopped"
        lines.append(f"{' ' if number else '*'} {item.name:<{width}}{state:<16}{item.version}")
    return "\n".join(lines)


def status(request: Request) -> str:
    default = [f"Default Distribution: {item.name}" for item in request.installed[:1]]
    return "\n".join([*default, "Default Version: 2"])


def encoded(text: str, encoding: str) -> bytes:
    """As wsl.exe prints: a line end behind it, unless there is nothing."""
    return (text.replace("\n", "\r\n") + "\r\n" if text else "").encode(encoding, "surrogatepass")
