# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The environment of a login of this POSIX host, by the files that its shell reads. No shell is started.

The login is an interactive one of the account's login shell, as ssh and a console start it (docs/facts.md, "Shell start
files"). What systemd gives to a desktop's session is below it, where systemd runs.
"""

from __future__ import annotations

import os
import posixpath
import typing as t
from dataclasses import dataclass

from .._core.medium import MACHINE, USER
from .._formats.environment_files import login_path, pam_environment, systemd_environment
from .._formats.login_environment import LoginEnvironment, Note, Where, is_known
from .._hosts.accounts import acting_as
from .._hosts.posix_scope import LOGIN_PATH, Directories
from .._hosts.seen_files import READ

if t.TYPE_CHECKING:
    from .._core.account import Account
    from .._formats.fishread import FishReader
    from .._formats.shellread import ShellReader
    from .._hosts.seen_files import SeenFiles

LOGIN = "login"
#: where login and su have the PATH from that they begin with
DEFAULTS = "/etc/login.defs"
PAM, PAM_OF_USER = "/etc/environment", ".pam_environment"
START_FILES, ENVIRONMENT_FILE, ENVIRONMENT_D = "start files", "environment file", "environment.d"

_OF_SYSTEMD = ("/usr/lib/environment.d", "/usr/local/lib/environment.d", "/run/environment.d", "/etc/environment.d")
_SYSTEMD_RUNS = "/run/systemd/system"
_FISH = ("/etc/fish", "/opt/homebrew/etc/fish", "/usr/local/etc/fish")
_FISH_VENDORS = ("/usr/share/fish/vendor_conf.d", "/usr/local/share/fish/vendor_conf.d")
_SHELLS = {"sh": "sh", "dash": "sh", "ash": "sh", "bash": "bash", "zsh": "zsh", "fish": "fish"}
#: start files of shells, which others than their login shell do not read
_OF_SHELLS: dict[str, tuple[str, ...]] = {
    "sh": ("/etc/profile", "~/.profile"),
    "bash": ("/etc/bash.bashrc", "/etc/bashrc", "~/.bash_profile", "~/.bash_login", "~/.profile", "~/.bashrc"),
    "zsh": (
        *(f"{directory}/{name}" for directory in ("/etc/zsh", "/etc") for name in ("zshenv", "zprofile", "zshrc")),
        *(f"~/.{name}" for name in ("zshenv", "zprofile", "zshrc", "zlogin")),
    ),
    "fish": (
        "/etc/fish/config.fish",
        "/etc/fish/conf.d/gopher-devbox.fish",
        "~c/fish/config.fish",
        "~c/fish/conf.d/gopher-devbox-user.fish",
    ),
    "powershell": ("/opt/microsoft/powershell/7/profile.ps1", "~c/powershell/profile.ps1"),
}


class Listed(t.NamedTuple):
    """A file that a login reads, or one that it does not, with the reason why. layer: machine or user."""

    medium: str
    layer: str
    path: str
    reason: str = ""


@dataclass(frozen=True)
class Login:
    """A login, as its files make it."""

    environment: LoginEnvironment
    #: the files, in the order in which they are read; then those that are not read
    files: tuple[Listed, ...]
    #: what its files ask of the disk
    disk: Disk
    #: as editors call it: linux or osx
    system: str
    notes: tuple[Note, ...] = ()


class Disk:
    """What start files ask of the disk, acted on as the account. See `shellread.Disk` and `shell_model.Disk`."""

    def __init__(self, files: SeenFiles, account: Account, top: str = "") -> None:
        self._files, self._account, self._top = files, account, top
        self._answers: dict[tuple[str, str], bool] = {}

    @property
    def go(self) -> Disk:
        return self

    def read(self, path: str) -> bytes | None:
        found = self._files.see([path])[path]
        return found.data if found.state == READ else None

    def test(self, kind: str, path: str) -> bool:
        if (kind, path) not in self._answers:
            with acting_as(None if self._account.own else self._account):
                self._answers[kind, path] = _tested(kind, self._top + path)
        return self._answers[kind, path]

    def matching(self, pattern: str) -> list[str]:
        import glob  # only a host with such lines needs it

        with acting_as(None if self._account.own else self._account):
            return sorted(path[len(self._top) :] for path in glob.glob(glob.escape(self._top) + pattern))

    def has_go(self, directory: str) -> bool:
        return self.test("program", f"{directory or '.'}/go")

    def is_sdk_bin(self, directory: str) -> bool:
        return self.has_go(directory) and self.test("file", f"{directory}/../VERSION")

    def same_go(self, one: str, other: str) -> bool:
        files = [f"{self._top}{directory or '.'}/go" for directory in (one, other)]
        with acting_as(None if self._account.own else self._account):
            return all(map(os.path.exists, files)) and os.path.samefile(*files)


def _tested(kind: str, path: str) -> bool:
    if kind == "there":
        return os.path.exists(path)
    if kind == "directory":
        return os.path.isdir(path)
    if kind == "readable":
        return os.access(path, os.R_OK, effective_ids=os.access in os.supports_effective_ids)
    if not os.path.isfile(path):
        return kind == "program" and False
    if kind == "program":
        return os.access(path, os.X_OK, effective_ids=os.access in os.supports_effective_ids)
    return kind == "file" or os.path.getsize(path) > 0


class Answers(dict[str, str]):
    """What the commands say that start files often run, by their text."""

    def __init__(self, account: Account, darwin: bool, gopath: t.Callable[[], str | None]) -> None:
        system = "Darwin" if darwin else os.uname().sysname
        super().__init__(
            {
                **dict.fromkeys(("id -u", "/usr/bin/id -u", "id -ru"), account.id),
                **dict.fromkeys(("id -un", "/usr/bin/id -un", "whoami", "logname"), account.name),
                **dict.fromkeys(("uname", "uname -s", "/bin/uname", "/usr/bin/uname"), system),
            }
        )
        self._gopath = gopath

    def get(self, command: str, default: t.Any = None) -> t.Any:
        return self._gopath() if command == "go env GOPATH" else super().get(command, default)


def login_of(
    account: Account, files: SeenFiles, directories: Directories, names: t.Container[str], darwin: bool, top: str = ""
) -> Login:
    """The login of an account. names: the variables whose settings are kept."""
    return _Reading(account, files, directories, names, darwin, top).login()


class _Reading:
    def __init__(
        self,
        account: Account,
        files: SeenFiles,
        directories: Directories,
        names: t.Container[str],
        darwin: bool,
        top: str,
    ) -> None:
        self._account, self._files, self._directories, self._darwin = account, files, directories, darwin
        self._disk = Disk(files, account, top)
        self._top = top
        self._shell = _SHELLS.get(posixpath.basename(account.shell), "")
        present = {
            "HOME": account.home,
            "USER": account.name,
            "LOGNAME": account.name,
            "SHELL": account.shell,
            "PATH": self._path(),
        }
        self.environment = LoginEnvironment(names, LOGIN, present)
        self._listed: list[Listed] = []

    def login(self) -> Login:
        self._of_pam()
        self._of_systemd()
        read = {"fish": self._of_fish, "zsh": self._of_zsh, "bash": self._of_bash, "sh": self._of_sh}.get(self._shell)
        if read:
            for path, layer in read():
                self._listed.append(Listed(START_FILES, layer, path))
        known = {listed.path for listed in self._listed}
        found = (*dict.fromkeys(self._listed), *(other for other in self._others() if other.path not in known))
        return Login(
            self.environment, found, self._disk, "osx" if self._darwin else "linux", tuple(self.environment.notes)
        )

    def _path(self) -> str:
        """The PATH that a login begins with [man login.defs]."""
        found = login_path(self._disk.read(DEFAULTS) or b"", self._account.elevated)
        return found or LOGIN_PATH

    # --- files of variables ------------------------------------------------------------------------------------------

    def _of_pam(self) -> None:
        if self._darwin:
            return
        self._listed.append(Listed(ENVIRONMENT_FILE, MACHINE, PAM))
        for line in pam_environment(self._disk.read(PAM) or b""):
            where = Where(PAM, line.number, MACHINE)
            if line.text is None:
                self.environment.unset(line.name, where)
            else:
                self.environment.set(line.name, line.text, where, export=True)

    def _of_systemd(self) -> None:
        own = f"{self._directories.config}/environment.d"
        found: dict[str, str] = {}
        for directory in (*_OF_SYSTEMD, own):
            found.update((name, directory) for name in self._files.names(directory) if name.endswith(".conf"))
        runs = self._disk.test("directory", _SYSTEMD_RUNS)
        reason = "" if runs else "systemd reads it for the sessions of a desktop, and does not run here."
        for name, directory in sorted(found.items()):
            path, layer = f"{directory}/{name}", USER if directory == own else MACHINE
            self._listed.append(Listed(ENVIRONMENT_D, layer, path, reason))
            for line in systemd_environment(self._disk.read(path) or b"", self.environment.value) if runs else ():
                where = Where(path, line.number, layer)
                managed = name.endswith("-gopher-devbox.conf")
                self.environment.set(line.name, line.text or "", where, export=True, managed=managed)

    # --- shells ------------------------------------------------------------------------------------------------------

    def _reader(self, flags: str, variables: t.Mapping[str, str]) -> ShellReader:
        from .._formats.shellread import ShellReader

        self.environment.values.update(variables)
        self.environment.values.update({"PS1": "$ ", "UID": self._account.id, "EUID": self._account.id})
        return ShellReader(self._shell, self.environment, self._disk, flags, self._answers())

    def _answers(self) -> Answers:
        return Answers(self._account, self._darwin, self._gopath)

    def _gopath(self) -> str | None:
        """What `go env GOPATH` says where a go is found; nothing where none is, None where that is not known."""
        entries = [entry.text for entry in self.environment.path]
        if not all(map(is_known, entries)):
            return None
        if not any(self._disk.has_go(entry) for entry in entries if entry.startswith("/")):
            return ""
        value = self.environment.values.get("GOPATH", "") if "GOPATH" in self.environment.exported else ""
        if value or "GOENV" in self.environment.values:
            return value if value and is_known(value) else None
        from .._formats import goenv
        from .._go.gosettings import goenv_path

        path, _reason = goenv_path("darwin" if self._darwin else "posix", self._account.home, self.environment.values)
        found = goenv.parse(self._disk.read(path) or b"").as_go_reads.get("GOPATH") if path else ""
        return found or f"{self._account.home}/go"

    def _of_sh(self) -> list[tuple[str, str]]:
        reader = self._reader("im", {})
        reader.read("/etc/profile", MACHINE)
        reader.read(f"{self._account.home}/.profile", USER)
        return reader.files

    def _of_bash(self) -> list[tuple[str, str]]:
        version = "5\x01$BASH_VERSION\x02"
        reader = self._reader("himBHs", {"BASH": self._account.shell, "BASH_VERSION": version, "SHLVL": "1"})
        reader.read("/etc/profile", MACHINE)
        candidates = [f"{self._account.home}/{name}" for name in (".bash_profile", ".bash_login", ".profile")]
        chosen = next((path for path in candidates if self._disk.read(path) is not None), candidates[-1])
        reader.read(chosen, USER)
        return reader.files

    def _of_zsh(self) -> list[tuple[str, str]]:
        reader = self._reader("569XZilm", {"ZSH_VERSION": "5\x01$ZSH_VERSION\x02", "ZSH_NAME": "zsh", "SHLVL": "1"})
        system = "/etc/zsh" if self._disk.test("directory", "/etc/zsh") else "/etc"
        for name in ("zshenv", "zprofile", "zshrc", "zlogin"):
            reader.read(f"{system}/{name}", MACHINE)
            directory = self.environment.values.get("ZDOTDIR") or self._account.home
            if not is_known(directory):
                what = "or a file before it sets ZDOTDIR to what only running it shows; the user's files are not read"
                self.environment.note(Where(f"{system}/{name}", None, USER), what, "ZDOTDIR")
                break
            reader.read(f"{directory.rstrip('/')}/.{name}", USER)
        return reader.files

    def _of_fish(self) -> list[tuple[str, str]]:
        reader = self._fish()
        own = f"{self._directories.config}/fish"
        system = next((directory for directory in _FISH if self._disk.test("directory", directory)), _FISH[0])
        reader.universal(f"{own}/fish_variables", USER)
        seen: set[str] = set()
        for directory, layer in ((own, USER), (system, MACHINE), *((vendor, MACHINE) for vendor in _FISH_VENDORS)):
            place = directory if directory in _FISH_VENDORS else f"{directory}/conf.d"
            for name in self._files.names(place):
                if name.endswith(".fish") and name not in seen:
                    seen.add(name)
                    reader.read(f"{place}/{name}", layer)
        reader.read(f"{system}/config.fish", MACHINE)
        reader.read(f"{own}/config.fish", USER)
        return reader.files

    def _fish(self) -> FishReader:
        from .._formats.fishread import FishReader

        return FishReader(self.environment, self._disk, self._answers())

    # --- what is not read --------------------------------------------------------------------------------------------

    def _others(self) -> t.Iterator[Listed]:
        """Files that are there, and that no login of the account reads."""
        shell = posixpath.basename(self._account.shell) or "none"
        home, config = self._account.home, self._directories.config
        places: dict[str, str] = {}
        for name, paths in _OF_SHELLS.items():
            reason = (
                f"A login {name} of this account does not come to it."
                if name == self._shell
                else f"{name} reads it, and the login shell of this account is {shell}."
            )
            places.update((path, places.get(path, reason)) for path in paths)
        places[f"~/{PAM_OF_USER}"] = "Whether a login reads it depends on how PAM is set up."
        full = {place: place.replace("~c", config, 1).replace("~", home, 1) for place in places}
        present = self._files.present(list(full.values()))
        for place, path in full.items():
            if path in present:
                yield Listed(START_FILES, USER if place.startswith("~") else MACHINE, path, places[place])
