# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How much longer a new shell of a POSIX host takes with the settings of each mode than without them.

machine: the lines that this collection has in /etc are not to be taken out there, and a home does not lead a shell past
them. So they are run once more: behind a start that reads no start file of the person's, in an environment that is made
as it was before them. user: login shells in two copies of the home's start files, of which one is without what these
files do for Go. project: a shell that enters the project, and one that only goes to its directory.

Every program is one of the account's, with its rights. No start file is changed, and none of the home's is run in the
home itself.
"""

from __future__ import annotations

import posixpath
import re
import typing as t
from dataclasses import dataclass

from .._core.longer import longer
from .._core.medium import MACHINE, USER
from .._core.posix import POSIX
from .._core.wanted import Scope, Wanted
from .._formats import golines, launchers
from .._formats.blocks import BlockError
from .._formats.templates import sh_quote
from .._go.audit import PROJECT
from .._hosts.posix_scope import LOGIN_PATH, Directories
from .._hosts.programs import HOME_OF_ITS_OWN, Command
from .._hosts.stopwatch import MARK, LocalStopwatch, Stopwatch
from . import probes
from .filestore import ledger_in, unread
from .projectfiles import record_name
from .rc_places import BLOCK, DROP_IN, RcLayout, file_of
from .rcfiles import RcStore
from .startfile_medium import START_FILES

if t.TYPE_CHECKING:
    from .._core.account import Account
    from .._core.state import State
    from .._hosts.files import Files
    from .._hosts.host import Host
    from .._hosts.programs import Programs

#: how a shell starts that a person opens, without its last argument
_OPENED = {"sh": ("-l", "-c"), "bash": ("-l", "-i", "-c"), "zsh": ("-l", "-i", "-c"), "fish": ("-l", "-i", "-c")}
#: how a shell starts that reads no start file of the person's
_BARE = {
    "sh": ("-c",),
    "bash": ("--noprofile", "--norc", "-c"),
    "zsh": ("-f", "-c"),
    "fish": ("--no-config", "-c"),
}
#: how a command says that it came to its end, whatever functions and aliases there are
_DONE = {
    "sh": f"\\echo {MARK}",
    "bash": f"builtin echo {MARK}",
    "zsh": f"builtin echo {MARK}",
    "fish": f"builtin echo {MARK}",
}
_NAMES = {"sh": "sh", "dash": "sh", "ash": "sh", "bash": "bash", "zsh": "zsh", "fish": "fish"}

#: start files of a home that are not among the places of this collection
_OTHERS = {
    "sh": (".profile",),
    "bash": (".bash_profile", ".bash_login", ".profile", ".bashrc", ".bash_aliases"),
    "zsh": (".zshenv", ".zprofile", ".zshrc", ".zlogin"),
    "fish": (".config/fish/config.fish",),
}
#: a file below the home that a line reads
_READS = re.compile(
    rb"(?m)(?:^|[;&|\s])(?:\.|source)\s+[\"']?(?:~|\$HOME|\$\{HOME\}|%s)/([^\s\"';&|$`()*?\\]+)(?=[\"'\s;&|)]|\Z)"
)
_DEPTH, _MOST_FILES, _MOST_BYTES = 6, 64, 2 * 1024 * 1024

#: a start file may install what is missing, which most of a home is in its copy: not by way of the network
_OFFLINE = {
    "GIT_ALLOW_PROTOCOL": "none",
    **dict.fromkeys(
        ("http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"),
        "http://127.0.0.1:9",
    ),
}


@dataclass(frozen=True)
class Measured:
    """What there is to be measured."""

    account: Account
    directories: Directories
    files: Files
    programs: Programs
    #: the start files of both scopes, as they were read
    machine: State
    user: State
    #: the effective PATH
    path: str
    #: a project's directory, empty for none
    project: str = ""

    @property
    def shell(self) -> str:
        """The account's login shell, empty for one that is not known here."""
        return _NAMES.get(posixpath.basename(self.account.shell), "")


def measured(host: Host, account: Account, path: t.Sequence[str], project: str) -> dict[str, float]:
    """Milliseconds by mode, on this host. path: the effective PATH. project: a project's directory, empty for none."""
    quiet = t.cast("Host", _Quiet(host))
    machine_state = RcStore(quiet, host.accounts.own()).read(Wanted(START_FILES, Scope.MACHINE))
    user_state = RcStore(quiet, account).read(Wanted(START_FILES, Scope.USER))
    what = Measured(
        account,
        Directories.of(account, host.environ),
        host.files(account),
        t.cast("Programs", host.programs),
        machine_state,
        user_state,
        POSIX.separator.join(path),
        project,
    )
    return measure(what, LocalStopwatch())


class _Quiet:
    """The host, where zsh is not asked which files it reads: it would read some of the home's to say so."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self.programs = self

    def __getattr__(self, name: str) -> t.Any:
        return getattr(self._host, name)

    def run_all(self, commands: t.Sequence[Command]) -> list[None]:
        return [None] * len(commands)


def measure(what: Measured, stopwatch: Stopwatch) -> dict[str, float]:
    """Milliseconds by mode. A mode that could not be measured is not in it."""
    if not what.shell or not what.programs.is_program(what.account.shell):
        return {}
    out = {}
    for mode, pair in ((MACHINE, machine(what)), (USER, user(what)), (PROJECT, project(what))):
        if pair is None:
            continue
        if pair[0] == pair[1]:
            out[mode] = 0.0
            continue
        pairs = stopwatch.by_turns(*pair)
        if pairs:
            out[mode] = longer(pairs)
    return out


def machine(what: Measured) -> tuple[Command, Command] | None:
    """A shell with the machine's lines and one without; None where this collection has none there."""
    texts = [what.machine.hooks[place] for place in _places(what.machine, what.shell) if place in what.machine.hooks]
    if not texts:
        return None
    names = [name for name in what.machine.variables if name != "PATH"]
    before = _reset(what.shell, [*names, "_GO_ENV_GOROOT"])
    read, done = ('source "$HOME/lines"' if what.shell == "fish" else '. "$HOME/lines"'), _DONE[what.shell]
    one, other = (
        _command(what, (*_BARE[what.shell], f"{read}; {done}"), {"lines": text.encode("utf-8", "surrogateescape")})
        for text in ("".join([before, *(f"{text}\n" for text in texts)]), before)
    )
    return one, other


def user(what: Measured) -> tuple[Command, Command] | None:
    """Login shells in a copy of the home's start files, and in one without what they do for Go; None where they cannot
    be copied, and where they say something about Go that is not understood.
    """
    copied = _copied(what)
    if copied is None:
        return None
    home = what.account.home.encode("utf-8", "surrogateescape")
    drop_ins = {
        posixpath.relpath(place, what.account.home)
        for place in what.user.hooks
        if t.cast(RcLayout, what.user.layout).kind(place) == DROP_IN
    }
    try:
        without = {name: golines.without_go(data) for name, data in copied.items() if name not in drop_ins}
    except BlockError:
        return None
    if without == copied and any(map(golines.mentions_go, copied.values())):
        return None
    moved = _moved(home, what.directories.sources[USER].encode("utf-8", "surrogateescape"))
    one, other = (
        _command(what, (*_OPENED[what.shell], _DONE[what.shell]), {name: moved(data) for name, data in some.items()})
        for some in (copied, without)
    )
    return one, other


def project(what: Measured) -> tuple[Command, Command] | None:
    """A shell that enters the project, and one that only goes there; None without a launcher that this account's runs
    wrote, and nobody changed since.
    """
    if not what.project or what.shell == "fish":
        return None
    name = launchers.FILES["sh"]
    launcher = posixpath.join(what.project, name)
    ledger = f"{what.directories.records}/projects/{record_name(what.project, 'posix')}/ledger.json"
    found = what.files.read([launcher, ledger])
    text = (found[launcher].data or b"").decode("utf-8", "surrogateescape")
    if not text or ledger_in(found[ledger]).record.variables.get(name) != text:
        return None
    if what.account.elevated and what.programs.writable_by_others([launcher, what.project]):
        return None
    go, done = f"cd {sh_quote(what.project)}", _DONE[what.shell]
    environment = {"HOME": what.account.home, "PATH": what.path}
    one, other = (
        _command(what, (*_BARE[what.shell], line), {}, environment)
        for line in (f"{go} && . ./{name} >/dev/null && {done}", f"{go} && {done}")
    )
    return one, other


def _command(
    what: Measured,
    arguments: t.Sequence[str],
    files: t.Mapping[str, bytes],
    environment: t.Mapping[str, str] | None = None,
) -> Command:
    login = probes.login("sh", what.account.shell, what.account, True)
    xdg = {
        name: f"{HOME_OF_ITS_OWN}/{place}"
        for name, place in (
            ("XDG_CONFIG_HOME", ".config"),
            ("XDG_DATA_HOME", ".local/share"),
            ("XDG_STATE_HOME", ".local/state"),
            ("XDG_CACHE_HOME", ".cache"),
        )
    }
    zdotdir = _below(what.directories.zdotdir or "", what.account.home)
    zsh = {"ZDOTDIR": f"{HOME_OF_ITS_OWN}/{zdotdir}"} if zdotdir else {}
    return Command(
        (what.account.shell, *arguments),
        {**login.environment, **xdg, **zsh, **_OFFLINE, **(environment or {})},
        what.account,
        files,
    )


def _places(state: State, shell: str) -> list[str]:
    """The places of a shell, in the order in which it reads them."""
    layout = t.cast(RcLayout, state.layout)
    return [name for name, place in layout.places.items() if shell in place.shells and place.kind in (BLOCK, DROP_IN)]


def _reset(shell: str, names: t.Sequence[str]) -> str:
    """Lines that make the environment as a login begins: zsh reads its first file whatever it is told."""
    if shell == "fish":
        return "".join([*(f"set -e {name}\n" for name in names), f"set -gx PATH {' '.join(LOGIN_PATH.split(':'))}\n"])
    return f"\\unset -v {' '.join(names)}\nPATH={LOGIN_PATH}\n"


# --- the copy of a home ----------------------------------------------------------------------------------------------


def _copied(what: Measured) -> dict[str, bytes] | None:
    """The start files of the account's shell, and the files that their lines read, by their place in the home; None
    where one is elsewhere, too large, or may not be read.
    """
    home = what.account.home
    places = [file_of(place) for place in _places(what.user, what.shell)]
    todo = [_below(place, home) for place in dict.fromkeys(places)]
    if not all(todo) or not _below(what.directories.config, home):
        return None
    todo += _OTHERS[what.shell]
    reads = re.compile(_READS.pattern % re.escape(home.encode("utf-8", "surrogateescape")))
    out: dict[str, bytes] = {}
    seen: set[str] = set()
    for _level in range(_DEPTH):
        names = [name for name in dict.fromkeys(todo) if name not in seen]
        seen.update(names)
        found = what.files.read([posixpath.join(home, name) for name in names])
        if any(map(unread, found.values())):
            return None
        new = {name: found[posixpath.join(home, name)].data for name in names}
        out.update({name: data for name, data in new.items() if data is not None})
        if len(seen) > _MOST_FILES or sum(map(len, out.values())) > _MOST_BYTES:
            return None
        todo = [
            posixpath.normpath(name.decode("utf-8", "surrogateescape"))
            for data in new.values()
            for name in reads.findall(data or b"")
        ]
        todo = [name for name in todo if not name.startswith("..") and name != _source_below(what)]
        if not todo:
            break
    return out


def _source_below(what: Measured) -> str:
    return _below(what.directories.sources[USER], what.account.home)


def _below(path: str, home: str) -> str:
    """A path relative to the home, empty for one that is not below it."""
    return path[len(home) + 1 :] if path.startswith(f"{home}/") else ""


def _moved(home: bytes, source: bytes) -> t.Callable[[bytes], bytes]:
    """Lets what lines say of the home be said of its copy. What this collection's lines read stays: they only read it,
    and it may hold secrets.
    """
    kept = re.escape(source[len(home) :])
    spelled = re.compile(re.escape(home) + rb"(?=[/\s\"':;)]|\Z)(?!" + kept + rb")")
    return lambda data: spelled.sub(HOME_OF_ITS_OWN.encode(), data)
