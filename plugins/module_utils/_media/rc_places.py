# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which start files of which shells bring a scope into effect, and what stands in each (docs/facts.md, "Shell start
files"). Pure.

The values stand in one file, the source. Every shell gets a drop-in where the system has them, or a marked block in a
file of somebody else's where it has not; both only read the source. systemd cannot read it, and so its file is rendered
from the same values, in the same run.
"""

from __future__ import annotations

import posixpath
import typing as t

from .._core.medium import Medium
from .._core.patterns import pattern
from .._core.record import Record
from .._core.secrets import secrets_in
from .._core.values import Variables
from .._formats import shellenv
from .._formats.generated import summary
from .._hosts import posix_scope

SHELLS = (*shellenv.SHELLS, "systemd")

#: how a place holds its text: it is the values themselves, a file of ours that reads them, or a block in somebody
#: else's
SOURCE, DROP_IN, BLOCK = "source", "drop-in", "block"

_PROGRAMS = (
    "/bin",
    "/usr/bin",
    "/usr/local/bin",
    "/opt/homebrew/bin",
    "/opt/local/bin",
    "/run/current-system/sw/bin",
    "/snap/bin",
)
_NAMES = {"bash": "bash", "zsh": "zsh", "fish": "fish", "powershell": "pwsh"}
_SYSTEMD = ("/run/systemd/system", "/lib/systemd/systemd", "/usr/lib/systemd/systemd")
_POWERSHELL = ("/opt/microsoft/powershell/7", "/usr/local/microsoft/powershell/7", "/usr/lib/powershell")
_FISH = ("/etc/fish", "/opt/homebrew/etc/fish", "/usr/local/etc/fish")
#: start files in a home that a person has for a shell they use; ours apart
_OF_SHELLS = {
    "bash": (".bashrc", ".bash_profile", ".bash_login"),
    "zsh": (".zshrc", ".zshenv", ".zprofile", ".zlogin"),
    "fish": (".config/fish/config.fish",),
    "powershell": (".config/powershell/profile.ps1", ".config/powershell/Microsoft.PowerShell_profile.ps1"),
}
#: start files that may lead to another shell, and files of terminals that name one
_LEADING = (".profile", ".bashrc", ".bash_profile")
_TERMINALS = (
    ".tmux.conf",
    ".config/tmux/tmux.conf",
    ".screenrc",
    ".config/alacritty/alacritty.toml",
    ".config/alacritty/alacritty.yml",
    ".config/kitty/kitty.conf",
    ".config/ghostty/config",
    ".config/foot/foot.ini",
    ".wezterm.lua",
    ".config/wezterm/wezterm.lua",
    ".config/Code/User/settings.json",
)
_NAMED = pattern(r"(?<![\w.-])(bash|zsh|fish|pwsh)(?![\w.-])")
_COMMENT = pattern(r"\s*(?:#|;|--|//)")
#: files that are never made, because they would hide another one
NEVER_MADE = (".bash_profile", ".bash_login")


#: behind the path of a file: the name of the hook that its last lines are, beside the one it may have elsewhere
LAST = " (end)"
#: the name of that block, in its marks
LAST_BLOCK = "end"


class Hook(t.NamedTuple):
    """One hook.

    path: the file, with LAST behind it for the block that puts right what the lines of the file did. shells: that read
    it. kind: how it holds its text. top: whether a block comes before the other lines. again: whether it only puts PATH
    and GOROOT right.
    """

    path: str
    shells: tuple[str, ...]
    kind: str
    top: bool = False
    again: bool = False


def file_of(name: str) -> str:
    """The file of a hook."""
    return name.removesuffix(LAST)


def block_of(name: str) -> str:
    """The name of the block that a hook is."""
    return LAST_BLOCK if name.endswith(LAST) else ""


class Ground(t.NamedTuple):
    """What the places depend on, but for what stands on the host. home, config: of the user scope's person; config is
    where XDG says.

    login: that person's login shell, empty where it is not known.
    """

    system: bool
    darwin: bool
    home: str
    config: str
    zdotdir: str | None = None
    login: str = ""

    @property
    def source(self) -> str:
        return posix_scope.source_of(self.system, self.config)

    @property
    def is_template(self) -> bool:
        """Whether the home is the one that those of new users are copied from."""
        return not self.system and self.home == posix_scope.TEMPLATE

    def named(self, path: str) -> str:
        """How lines of start files name a path of this scope: those of a template are read elsewhere."""
        return "~" + path[len(self.home) :] if self.is_template and path.startswith(f"{self.home}/") else path


class Existing(t.NamedTuple):
    """What the first look at a host saw: which of `looked_for` are there, and the bytes of `read_first` that are.

    sourced: the files that zsh's start files read, where that was found out, None for no file. asked: what zsh said
    that ZDOTDIR is, an empty text for nothing and None for no answer, by OF_SYSTEM, OF_HOME and OF_LED.
    """

    present: frozenset[str] = frozenset()
    texts: t.Mapping[str, bytes] = {}
    sourced: t.Mapping[str, bytes | None] = {}
    asked: t.Mapping[str, str | None] = {}


def looked_for(ground: Ground) -> list[str]:
    """Paths whose presence decides."""
    out = [f"{directory}/{name}" for name in _NAMES.values() for directory in _PROGRAMS]
    out += [*_SYSTEMD, *_POWERSHELL, *_FISH, "/etc/zsh", "/etc/profile.d", "/etc/bash.bashrc", "/etc/bashrc"]
    theirs = () if ground.system else (name for names in _OF_SHELLS.values() for name in names)
    return list(
        dict.fromkeys(
            [*out, *(f"{ground.home}/{name}" for name in (".bash_profile", ".bash_login", ".profile", *theirs))]
        )
    )


def read_first(ground: Ground) -> list[str]:
    """Files whose text decides."""
    theirs = () if ground.system else (*_LEADING, *_TERMINALS)
    return [
        "/etc/passwd",
        "/etc/zsh/zshenv",
        "/etc/zshenv",
        "/etc/bashrc",
        *(f"{ground.home}/{name}" for name in (".zshenv", *theirs)),
    ]


def shells_on(ground: Ground, seen: Existing) -> tuple[str, ...]:
    """The shells that are used, `sh` among them always: somebody's login shell, or one that a start file or a terminal
    here uses.

    In the machine scope those that are there: who uses them, a directory service may know. A name in /etc/shells proves
    nothing.
    """
    used = _logins(ground, seen)
    if ground.system:
        used.update(_NAMES.values())
    else:
        used.update(
            _NAMES[shell]
            for shell, files in _OF_SHELLS.items()
            if any(f"{ground.home}/{name}" in seen.present for name in files)
        )
        used.update(_named(ground, seen))
    found = {
        shell
        for shell, name in _NAMES.items()
        if name in used and (is_there(shell, seen) or name in _logins(ground, seen))
    }
    if seen.present & set(_SYSTEMD):
        found.add("systemd")
    return tuple(shell for shell in SHELLS if shell == "sh" or shell in found)


def _logins(ground: Ground, seen: Existing) -> set[str]:
    """The names of login shells, by the accounts of this host and that of the person."""
    accounts = seen.texts.get("/etc/passwd", b"").decode("utf-8", "replace").splitlines()
    shells = [ground.login, *(line.rpartition(":")[2] for line in accounts if ":" in line and not line.startswith("#"))]
    return {shell.strip().rpartition("/")[2] for shell in shells}


def _named(ground: Ground, seen: Existing) -> t.Iterator[str]:
    """The names of shells that start files hand over to, and that terminals start."""
    for name in (*_LEADING, *_TERMINALS):
        for line in seen.texts.get(f"{ground.home}/{name}", b"").decode("utf-8", "replace").splitlines():
            if not _COMMENT.match(line) and (name in _TERMINALS or "exec" in line):
                yield from _NAMED.findall(line)


def is_there(shell: str, seen: Existing) -> bool:
    """Whether a shell's program was seen."""
    return any(f"{directory}/{_NAMES.get(shell, shell)}" in seen.present for directory in _PROGRAMS)


def program(shell: str, seen: Existing) -> str:
    """Where a shell's program is; its bare name when that was not seen."""
    name = _NAMES.get(shell, shell)
    return next(
        (f"{directory}/{name}" for directory in _PROGRAMS if f"{directory}/{name}" in seen.present),
        "/bin/sh" if shell == "sh" else name,
    )


def places(ground: Ground, seen: Existing) -> list[Hook]:
    """The places of every shell, whether it is on the host or not, the source first."""
    found = _system(ground, seen) if ground.system else _user(ground, seen)
    return [Hook(ground.source, (), SOURCE), *found]


def merged(found: t.Sequence[Hook], leads: t.Mapping[str, str]) -> list[Hook]:
    """The places, where those in files that are one file by links are one: for all the shells that read it. leads:
    files that are links, to their ends.
    """

    def end(place: Hook) -> str:
        return leads.get(file_of(place.path), file_of(place.path))

    out: dict[str, Hook] = {}
    for place in found:
        group = (
            [other for other in found if other.kind == BLOCK and end(other) == end(place)]
            if place.kind == BLOCK
            else []
        )
        files = list(dict.fromkeys(file_of(other.path) for other in group))
        if len(files) > 1:
            alike = [other for other in group if block_of(other.path) == block_of(place.path)]
            shells = tuple(shell for shell in SHELLS if any(shell in other.shells for other in group))
            path = (end(place) if end(place) in files else files[0]) + (LAST if block_of(place.path) else "")
            place = Hook(path, shells, BLOCK, any(other.top for other in alike), all(other.again for other in alike))
        out[place.path] = place
    return list(out.values())


def once(ground: Ground, seen: Existing) -> tuple[str, ...]:
    """Other files that may have been places when the host looked otherwise: read where no journal says which
    they were.
    """
    if ground.system:
        fish = [f"{directory}/conf.d/gopher-devbox.fish" for directory in _FISH]
        zsh = [f"{directory}/{name}" for directory in ("/etc/zsh", "/etc") for name in ("zshenv", "zprofile")]
        found = ["/etc/profile", "/etc/profile.d/gopher-devbox.sh", "/etc/bash.bashrc", "/etc/bashrc", *zsh, *fish]
    else:
        first, later = zdotdirs(ground, seen)
        directories = dict.fromkeys((ground.home, first, later, f"{ground.home}/.zsh", f"{ground.config}/zsh"))
        zsh = [f"{directory}/{name}" for directory in directories for name in (".zshenv", ".zprofile")]
        found = [*(f"{ground.home}/{name}" for name in (*NEVER_MADE, ".profile", ".bashrc")), *zsh]
    known = {place.path for place in places(ground, seen)}
    return tuple(path for path in found if path not in known)


def _system(ground: Ground, seen: Existing) -> list[Hook]:
    out = []
    if ground.darwin or "/etc/profile.d" not in seen.present:
        out.append(Hook("/etc/profile", ("sh", "bash"), BLOCK))
    else:
        out.append(Hook("/etc/profile.d/gopher-devbox.sh", ("sh", "bash"), DROP_IN))
    if "/etc/bash.bashrc" in seen.present:
        out.append(Hook("/etc/bash.bashrc", ("bash",), BLOCK, top=True))
    elif "/etc/bashrc" in seen.present and b"profile.d" not in seen.texts.get(
        "/etc/bashrc", b""
    ):  # Fedora's reads them itself
        out.append(Hook("/etc/bashrc", ("bash",), BLOCK, top=True))
    zsh = "/etc/zsh" if "/etc/zsh" in seen.present else "/etc"
    out += [Hook(f"{zsh}/zshenv", ("zsh",), BLOCK), Hook(f"{zsh}/zprofile", ("zsh",), BLOCK, again=True)]
    fish = next((directory for directory in _FISH if directory in seen.present), _FISH[0])
    out.append(Hook(f"{fish}/conf.d/gopher-devbox.fish", ("fish",), DROP_IN))
    powershell = next((directory for directory in _POWERSHELL if directory in seen.present), None)
    if powershell:
        out.append(Hook(f"{powershell}/profile.ps1", ("powershell",), BLOCK))
    return [*out, Hook("/etc/environment.d/60-gopher-devbox.conf", ("systemd",), DROP_IN)]


def _user(ground: Ground, seen: Existing) -> list[Hook]:
    home, config = ground.home, ground.config
    # Of these three bash reads the first only: one that is made could hide another.
    login = next((name for name in (".bash_profile", ".bash_login") if f"{home}/{name}" in seen.present), ".profile")
    out = [Hook(f"{home}/.profile", ("sh", "bash") if login == ".profile" else ("sh",), BLOCK)]
    if login != ".profile":
        out.append(Hook(f"{home}/{login}", ("bash",), BLOCK))
    # The lines of these files come behind what brings the scope into effect, so PATH and GOROOT are put right once more
    # behind them.
    out += [
        Hook(f"{home}/.bashrc", ("bash",), BLOCK, top=True),
        Hook(f"{home}/.bashrc{LAST}", ("bash",), BLOCK, again=True),
    ]
    first, later = zdotdirs(ground, seen)
    out += [Hook(f"{first}/.zshenv", ("zsh",), BLOCK), Hook(f"{later}/.zprofile", ("zsh",), BLOCK, again=True)]
    out.append(Hook(f"{later}/.zshrc{LAST}", ("zsh",), BLOCK, again=True))
    # Another name than the system's: of two files with one name fish reads the user's only.
    out.append(Hook(f"{config}/fish/conf.d/gopher-devbox-user.fish", ("fish",), DROP_IN))
    out.append(Hook(f"{config}/fish/config.fish{LAST}", ("fish",), BLOCK, again=True))
    out.append(Hook(f"{config}/powershell/profile.ps1", ("powershell",), BLOCK))
    return [*out, Hook(f"{config}/environment.d/70-gopher-devbox.conf", ("systemd",), DROP_IN)]


class Open(t.NamedTuple):
    """What must still be known to say where zsh reads: files to be read, then what zsh itself must be asked (OF_SYSTEM,
    OF_HOME, OF_LED).
    """

    sources: tuple[str, ...] = ()
    ask: str = ""


#: what ZDOTDIR is behind the system's zshenv, behind the one in the person's home, and behind the one where either
#: leads
OF_SYSTEM, OF_HOME, OF_LED = "system", "home", "led"


class _Led(t.NamedTuple):
    """Where zsh reads .zshenv, and where what comes after it; what is still open; and which file is not understood."""

    first: str
    later: str
    open: Open = Open()
    doubtful: str = ""


def zdotdirs(ground: Ground, seen: Existing) -> tuple[str, str]:
    """Where zsh reads .zshenv, and where .zprofile: ZDOTDIR of the environment, of the system's zshenv, of the person's
    own.
    """
    found = _led(ground, seen)
    return found.first, found.later


def zsh_open(ground: Ground, seen: Existing) -> Open:
    return _led(ground, seen).open


def zsh_doubtful(ground: Ground, seen: Existing) -> str:
    """The file that is not understood, where zsh gave no answer either; else an empty text."""
    found = _led(ground, seen)
    return found.doubtful if not found.open.sources and not found.open.ask else ""


def inherited(ground: Ground, seen: Existing) -> str | None:
    """ZDOTDIR as a fresh zsh has it from its session, before it reads anything of the person's."""
    return ground.zdotdir if ground.zdotdir is not None and _led(ground, seen).first == ground.zdotdir else None


def _led(ground: Ground, seen: Existing) -> _Led:
    system = _of_the_system(ground, seen)
    own = _followed(ground, seen, f"{ground.home}/.zshenv", OF_HOME, "")
    if system.open != Open():
        return _Led(system.first, own.later or system.first, system.open)
    if system.first == ground.home and own.open != Open():
        return _Led(ground.home, own.later or ground.home, own.open)
    first = system.first
    # One that a session has from the person's own .zshenv, by way of a zsh that started it, moves nothing.
    own = own._replace(later=ground.zdotdir or own.later) if own.doubtful else own
    if first == ground.home and ground.zdotdir is not None and ground.zdotdir != own.later:
        first = ground.zdotdir
    if first == ground.home:
        return _Led(first, own.later or first, doubtful=own.doubtful or system.doubtful)
    path = f"{first}/.zshenv"
    if path not in seen.sourced:
        return _Led(first, first, Open((path,)))
    led = _followed(ground, seen, path, OF_LED, first)
    return _Led(first, led.later or first, led.open, led.doubtful or system.doubtful)


def _of_the_system(ground: Ground, seen: Existing) -> _Led:
    out = _Led(ground.home, "")
    for path in ("/etc/zsh/zshenv", "/etc/zshenv"):
        found = _followed(ground, seen, path, OF_SYSTEM, "")
        if found.later:
            return _Led(found.later, "", found.open, found.doubtful)
        out = out if out.open != Open() or out.doubtful else _Led(out.first, "", found.open, found.doubtful)
    return out


def _followed(ground: Ground, seen: Existing, path: str, question: str, before: str) -> _Led:
    """What a zshenv makes of ZDOTDIR (`later`; empty for nothing), or what zsh said where that is not understood."""
    data = seen.texts.get(path, seen.sourced.get(path))
    if not data:
        return _Led(path, "")
    from .._formats import zshenv  # only a host with a zshenv needs it

    known = {"HOME": ground.home, "XDG_CONFIG_HOME": ground.config, **({zshenv.NAME: before} if before else {})}
    found = zshenv.read(data, known, seen.sourced)
    if found.understood:
        return _Led(path, found.zdotdir or "")
    if found.sources:
        return _Led(path, found.zdotdir or "", Open(found.sources))
    if question not in seen.asked:
        return _Led(path, found.zdotdir or "", Open(ask=question))
    answer = seen.asked[question]
    return _Led(path, found.zdotdir or "", doubtful=path) if answer is None else _Led(path, answer)


class RcLayout:
    """See `_core.state.Layout`: what must stand in the places of these shells."""

    goes_back = False

    def __init__(
        self,
        medium: Medium,
        ground: Ground,
        found: t.Sequence[Hook],
        shells: t.Collection[str],
        user_source: str | None = None,
    ) -> None:
        self._medium, self._ground, self._user_source = medium, ground, user_source
        self.places = {place.path: place for place in found}
        self.shells = tuple(shells)
        #: the files that hold lines of others: only behind these a last block has something to put right
        self.shared: t.Collection[str] = ()
        #: the files that were there before the run
        self.existing: t.Collection[str] | None = None

    def hooks(self, variables: Variables, record: Record) -> dict[str, str]:
        settings = self.settings(variables, record)
        if not settings.variables and not settings.path:
            return {}
        out = {}
        for place in self.places.values():
            shell = place.shells[0] if any(shell in self.shells for shell in place.shells) else None
            if place.kind == SOURCE:
                out[place.path] = shellenv.format_source(settings)
            elif shell == "systemd":
                out[place.path] = shellenv.format_environment_d(settings)
            elif shell is not None and self._is_needed(place, settings):
                same = [other for other in self.places.values() if other.shells == place.shells]
                followed = any(self._is_needed(last, settings) for last in same if block_of(last.path))
                first = next((other.path for other in same if other.kind == DROP_IN), "")
                # Lines of others before a block may have disturbed what the machine scope's own files did.
                behind_others = not (self._ground.system or place.top or shell == "powershell")
                system_source = posix_scope.source_of(True, "") if behind_others else None
                language = shellenv.ANY if len(place.shells) > 1 and "zsh" in place.shells else shell
                out[place.path] = shellenv.hook(
                    language,
                    self._ground.named(self._ground.source),
                    place.again,
                    self._user_source,
                    system_source,
                    followed,
                    self._ground.named(first),
                )
        return out

    def _is_needed(self, place: Hook, settings: shellenv.Settings) -> bool:
        """Whether a place has something to do: a last block has only where others' lines precede it, and PATH or GOROOT
        are managed.
        """
        return not block_of(place.path) or bool(
            file_of(place.path) in self.shared and (settings.path or "GOROOT" in settings.variables)
        )

    def settings(self, variables: Variables, record: Record) -> shellenv.Settings:
        """What the source says of these variables."""
        values = {name: value.data for name, value in variables.items() if not self._medium.is_path(name)}
        path = tuple(self._medium.syntax.split_path(variables.text("PATH")))
        # A start file is no place to keep an old password: a session that still has such a value keeps it until it
        # ends.
        former = {name: tuple(text for text in texts if not secrets_in(text)) for name, texts in record.former.items()}
        return shellenv.Settings(values, path, record.retired, former, bool(record.sweep), self._ground.system)

    def label(self, path: str) -> str:
        where = "our block at its end" if block_of(path) else "our block in it"
        return path if self.kind(path) != BLOCK else f"{file_of(path)} ({where})"

    def told(self, path: str, text: str | None) -> str | None:
        """A block in a file that is there anyway is not a file that comes and goes."""
        if self.kind(path) != BLOCK or file_of(path) not in (self.existing or ()):
            return None if text is None else "file"
        return "file without our block" if text is None else "file with our block"

    def shown(self, path: str, text: str, alone: bool) -> str:
        """Of a text that comes or goes what says something; one that changes is compared line by line."""
        return summary(text, lambda line: line.startswith("_gopher_devbox ")) if alone else text

    def kind(self, path: str) -> str:
        """How a path holds its text, also one that is no longer a place: files of ours have names of ours."""
        if path in self.places:
            return self.places[path].kind
        name = posixpath.basename(file_of(path))
        return DROP_IN if "gopher-devbox" in name or path.endswith(f"/{posix_scope.SOURCE}") else BLOCK
