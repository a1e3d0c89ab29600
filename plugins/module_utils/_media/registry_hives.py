# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

r"""Hive files that are loaded for the time of one command (docs/facts.md, "User hives"). Pure.

A NTUSER.DAT that is loaded while its user signs in gives them a temporary profile. So each command that needs one loads
it, under a name of its own, and unloads it at its end, whatever became of the steps between:

    the lock of the scope       as for every change of a scope (see `registry_locks`); the file is this run's alone
    reg load HKU\gopher-devbox-MARK FILE, reg query of it         `gh0` is defined where it is there
    what is to be read or written, each step while `gh0` is defined
    reg unload, reg query of it         until it is gone, so many times

On a busy host a program may not start. So what began to be loaded is unloaded, whatever the first query answered.

The mark is that of the lock, too. So a hive whose lock is gone was left by a run that was killed, and is unloaded by
the next one.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field

from .._core.wanted import Scope
from .._core.windows import child
from .._formats import frames
from .._formats.cmdscript import (
    LOOP,
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
from .._formats.profiles import MANDATORY_HIVE
from .._hosts.obstacle_texts import TEMPORARY
from .registry_locks import LOCK, LOCKS, lock_statements, unlock
from .registry_offline import SOFTWARE, SYSTEM, USER
from .registry_writing import Keys

#: how the names begin under which hives are loaded
HIVES = "gopher-devbox-"
USERS, MACHINE = "HKU", "HKLM"
#: what the machine's variables are below a control set
ENVIRONMENT = r"Control\Session Manager\Environment"
UNLOADS = 6  # times that an unload is tried; all but the first ones after a pause
LOADED, STUCK, SIGNED_IN = "gd-loaded", "gd-stuck", "gd-signed-in"
LOADING = "gd-loading"
NO_FILE, MANDATORY, BUSY, SWEPT = "gd-no-file", "gd-mandatory", "gd-busy", "gd-swept"
#: with the number of the file: the one that could not be loaded, one that is not there
FAILED, GONE = "gd-failed ", "gd-gone "
UNWRITABLE, ATTRIBUTES = "gd-unwritable", "gd-attributes "
#: what is asked of a user's hive, as a part of an answer
HIVE = "hive"
RESTORE_RIGHT = "SeRestorePrivilege"

_AT_ONCE = 2  # unloads without a pause
_LEFT = re.compile(rf"(HKEY_USERS|HKEY_LOCAL_MACHINE)\\({HIVES}(gd[0-9a-f]{{12}})(?:-[a-z]+)?)\Z")
_ROOTS = {"HKEY_USERS": USERS, "HKEY_LOCAL_MACHINE": MACHINE}
#: the keys under which the files of a Windows that is not running are loaded
_PLACES = {
    USER: f"{USERS}\\{HIVES}MARK",
    SYSTEM: f"{MACHINE}\\{HIVES}MARK-{SYSTEM}",
    SOFTWARE: f"{MACHINE}\\{HIVES}MARK-{SOFTWARE}",
}
#: the keys of a user's hive that are read, by what their answers are called
_OF_USER = {
    "user": "Environment",
    "msi": r"Software\GoProgrammingLanguage",
    "folders": r"Software\Microsoft\Windows\CurrentVersion\Explorer\User Shell Folders",
}


@dataclass(frozen=True)
class Mount:
    """Hive files that are loaded for a command.

    owner: whose scope it is, in names of locks. sid: of that account, where there is one. files: the paths of the files
    by the keys under which they are loaded, `MARK` in these being the mark of the command.
    """

    owner: str
    sid: str
    files: t.Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_user(cls, owner: str, sid: str, file: str) -> Mount:
        return cls(owner, sid, {f"{USERS}\\{HIVES}MARK": file})

    def loaded(self, mark: str) -> list[tuple[str, str]]:
        """The keys under which the command of that mark loads what files."""
        return [(key.replace("MARK", token(mark)), file) for key, file in self.files.items()]

    def name(self, mark: str) -> str:
        """What stands for the user in the keys of that command."""
        return HIVES + token(mark)

    def keys(self, scope: Scope, mark: str) -> Keys:
        """The keys of a scope in that command."""
        return Keys.of(scope, self.name(mark))._replace(owner=self.owner)

    @property
    def is_offline(self) -> bool:
        """Whether the files are of a Windows that is not running."""
        return False

    @property
    def problem(self) -> str:
        """Why one of the files cannot be named in a command; empty where all can."""
        wrong = next((file for file in self.files.values() if not can_quote(file)), None)
        if wrong is None:
            return ""
        return f'{wrong!r} cannot be named in a command of the host: it holds one of " % & ^ | < >.'


@dataclass(frozen=True)
class OfflineMount(Mount):
    """Hive files of a Windows that is not running. control_set: the one of SYSTEM that it uses. profile: the folder of
    the profile that one is of, where it is in an image. apart: one that cannot be loaded does not keep the others from
    it.
    """

    control_set: str = ""
    profile: str = ""
    apart: bool = False

    @classmethod
    def of_files(cls, owner: str, files: t.Mapping[str, str], control_set: str = "") -> OfflineMount:
        """files: the paths of USER, SYSTEM and SOFTWARE, those that are needed. They are unloaded from the last on, so
        that what SOFTWARE has of a change is saved first.
        """
        return cls(owner, "", {key: files[name] for name, key in _PLACES.items() if files.get(name)}, control_set)

    def condition(self, name: str) -> str:
        """What holds while the file of that name is loaded."""
        return f"defined {_here(list(self.files).index(_PLACES[name]))}"

    def loaded_of(self, words: t.Sequence[str]) -> list[str]:
        """Which of the files were loaded, by what `load` printed."""
        return [name for name, key in _PLACES.items() if key in self.files and _word(LOADED, self, key) in words]

    def said_of(self, name: str, words: t.Sequence[str]) -> list[str]:
        """What was printed while the file of that name was loaded."""
        begin = _word(LOADING, self, _PLACES[name])
        rest = words[words.index(begin) + 1 :] if begin in words else []
        end = next((number for number, word in enumerate(rest) if word.startswith(LOADING)), len(rest))
        return list(rest[:end])

    def root(self, name: str, mark: str) -> str:
        """Where SYSTEM or SOFTWARE is in that command."""
        return f"{MACHINE}\\{self.name(mark)}-{name}"

    def keys(self, scope: Scope, mark: str) -> Keys:
        software = self.root(SOFTWARE, mark)
        home = f"{software}\\gopher\\devbox\\{scope.value}"
        if scope is Scope.MACHINE:
            environment = f"{self.root(SYSTEM, mark)}\\{self.control_set}\\{ENVIRONMENT}"
            return Keys(environment, home, f"{software}\\Go", self.owner)
        keys = super().keys(scope, mark)
        return keys._replace(home=home) if keys.inherited else keys

    @property
    def is_offline(self) -> bool:
        return True


def load(mount: Mount, mark: str) -> list[str]:
    """Load the hives while `gd` is defined; where one could not be loaded, `gd` no longer is, but where each is loaded
    apart.

    A user who signed in since the reading has their own hive, which is to be used then.
    """
    out = []
    for number, (key, file) in enumerate(mount.loaded(mark)):
        here, begun, apart = _here(number), _begun(number), isinstance(mount, OfflineMount) and mount.apart
        # Of a file that is not there, RegLoadKey makes one.
        loading = f"defined gd if exist {quote(file)}"
        out += [
            f"set {here}=",
            f"set {begun}=",
            if_(loading, f"set {begun}=1"),
            *([f"echo {LOADING}-{number}"] if apart else []),
            *run_retrying_start(f'{program("reg.exe")} load "{key}" {quote(file)} 2>&1', f"defined {begun}"),
            *_asked(key, f"defined {begun}", [f"if not errorlevel 1 set {here}=1"]),
            frames.report_not_started(mark, f"defined {begun}"),
            if_(f"defined gd if not defined {here}", f"echo {FAILED}{number}"),
            if_(f"defined {here}", f"echo {LOADED}-{number}") if apart else if_(f"not defined {here}", "set gd="),
        ]
    out.append(if_("defined gd", f"echo {LOADED}"))
    if mount.sid:
        failed = "defined gl if not defined gd"
        out += _asked(f"HKU\\{mount.sid}\\Environment", failed, [f"if not errorlevel 1 echo {SIGNED_IN}"])
    return out


def _here(number: int) -> str:
    """The variable that is defined while the file of that number is known to be loaded."""
    return f"gh{number}"


def _begun(number: int) -> str:
    """The variable that is defined from when loading the file of that number began until it is known to be unloaded."""
    return f"gu{number}"


def _word(word: str, mount: Mount, key: str) -> str:
    """What is printed about the file that is loaded under a key."""
    return f"{word}-{list(mount.files).index(key)}"


def unload(mount: Mount, mark: str) -> list[str]:
    """Unload what `load` began to load, and print what could not be. It is gone when reg.exe does not find it."""
    out = [f"echo {mark}+unload"]
    for number, (key, _file) in reversed(list(enumerate(mount.loaded(mark)))):
        begun = _begun(number)
        out += [*_unloading(key, begun), if_(f"defined {begun}", f"echo {STUCK}")]
    return [*out, f"echo {mark}-unload"]


def _unloading(key: str, name: str) -> list[str]:
    """Unload a key while a variable is defined, which is deleted when it is gone."""
    defined = f"defined {name}"
    first = [f"if not {LOOP}r=={number}" for number in range(_AT_ONCE)]
    return [
        repeat(
            UNLOADS,
            [
                if_(" ".join((defined, *first)), pause()),
                if_(defined, f'{program("reg.exe")} unload "{key}" >nul 2>&1'),
                *_asked(key, defined, [f"if errorlevel 1 if not errorlevel 2 set {name}="]),
            ],
        )
    ]


def _asked(key: str, condition: str, then: t.Iterable[str]) -> list[str]:
    """Whether a key is there, as ERRORLEVEL, and what follows from it."""
    return [
        if_(condition, f'{program("reg.exe")} query "{key}" >nul 2>&1'),
        *(if_(condition, command) for command in then),
    ]


# --- reading ---------------------------------------------------------------------------------------------------------


class Asked(t.NamedTuple):
    """Keys below the first root of a mount, by what their answers are called."""

    keys: t.Mapping[str, str]

    @classmethod
    def of_user(cls, keys: Keys, anchor: bool, journal: bool) -> Asked:
        """What is read of a user's hive. keys: those of the scope, in which the user has any name."""
        home = _below(keys.inherited or keys.home)
        found = {**_OF_USER, "inherited" if keys.inherited else "home": home}
        if anchor:
            found["anchor"] = _below(keys.anchor)
        if journal and not keys.inherited:
            found["journal"] = f"{home}\\journal"
        return cls(found)

    def parts(self, framed: frames.Framed) -> frames.Framed:
        """The answers by their names."""
        found = framed.parts.get(HIVE, ())
        if len(found) != len(self.keys):
            return frames.Framed({})
        return frames.Framed({name: (raw,) for name, raw in zip(self.keys, found)})


def _below(key: str) -> str:
    return key.split("\\", 2)[2]


def read_mounted(mark: str, mount: Mount, asked: Asked) -> list[str]:
    """Load, ask, unload. What is asked for is asked only while it is loaded."""
    root = mount.loaded(mark)[0][0]
    return mounted(mark, mount, [each(mark, HIVE, root, tuple(asked.keys.values()))])


def each(mark: str, part: str, root: str, keys: t.Iterable[str], condition: str = "defined gd") -> str:
    """The values of keys below a root, each as one part of that name; nothing of them where a condition fails."""
    body = [
        f"echo {mark}+{part}",
        *frames.run_reporting_start(mark, f'{program("reg.exe")} query "{root}\\{LOOP}~k"', condition),
        f"echo {mark}-{part}",
    ]
    names = " ".join(f'"{key}"' for key in keys)
    return for_each(f"{LOOP}k in ({names})", body)


def mounted(mark: str, mount: Mount, inside: t.Iterable[str]) -> list[str]:
    """Statements that run while the hives are loaded, if `gd` is defined, and the lock is this run's."""
    return [
        f"echo {mark}+mount",
        *lock_statements(mount.owner, mark),
        "set gl=",
        if_("defined gd", "set gl=1"),
        if_("defined gl", "echo gd-locked"),
        *load(mount, mark),
        f"echo {mark}-mount",
        *inside,
        *unload(mount, mark),
        'cd /d "%SystemRoot%"',
        *unlock(mount.owner, mark),
    ]


def failed(mount: Mount, words: t.Iterable[str]) -> str:
    """The file that could not be loaded, by what `load` printed: the first where it does not say."""
    files = list(mount.files.values())
    found = next((int(word[len(FAILED) :]) for word in words if re.match(rf"{FAILED}[0-9]\Z", word)), 0)
    return files[found] if found < len(files) else files[0]


def gone(mount: Mount, facts: t.Collection[str]) -> list[str]:
    """The files that are not there. facts: see `why_not`."""
    return [file for number, file in enumerate(mount.files.values()) if f"{GONE}{number}" in facts]


def why_not(mark: str, mount: Mount, file: str) -> list[str]:
    """What keeps a file of a mount from being loaded: facts about it, about the other ones and the account."""
    there = f"exist {quote(file)}"
    out = [
        if_(f"not {there}", f"echo {NO_FILE}"),
        if_(f"not {there} if exist {quote(child(file.rpartition(chr(92))[0], MANDATORY_HIVE))}", f"echo {MANDATORY}"),
        if_(there, f"type {quote(file)} >nul 2>nul"),
        if_(f"{there} if errorlevel 1", f"echo {BUSY}"),
        if_(there, f"type nul 2>nul >>{quote(file)}"),  # which appends nothing
        if_(f"{there} if errorlevel 1", f"echo {UNWRITABLE}"),
        for_each(f"{LOOP}f in ({quote(file)})", [if_(there, f"echo {ATTRIBUTES}{LOOP}~af")]),
    ]
    for number, other in enumerate(mount.files.values()):
        out.append(if_(f"not exist {quote(other)}", f"echo {GONE}{number}"))
    return frames.framed(mark, "why", *out, f"{program('whoami.exe')} /priv /fo csv /nh")


# --- what killed runs left -------------------------------------------------------------------------------------------


def look(mark: str, *roots: str) -> list[str]:
    """Which hives are loaded, and then which locks there are: a living run's hive has one."""
    queries = [f"{program('reg.exe')} query {root}" for root in roots or (USERS,)]
    reporting = [statement for query in queries for statement in frames.run_reporting_start(mark, query)]
    return [
        *frames.framed(mark, "hives", *reporting),
        *frames.framed(mark, "locks", f'dir /b "{LOCKS}\\{LOCK}*" 2>nul'),
    ]


def sweep_beside(mount: Mount) -> list[str]:
    """Remove what killed runs of a Linux host left beside files of a Windows that is not running."""
    out = []
    for file in mount.files.values() if mount.is_offline else ():
        folder, _sep, name = file.rpartition("\\")
        left = child(folder, f".{name}{TEMPORARY}*")
        out.append(if_("defined gd", f"del /f /q /a {quote(left)} >nul 2>nul"))
    return out


class Left(t.NamedTuple):
    """A hive that this collection loaded, and the directories that may be the lock of the run that did."""

    key: str
    locks: tuple[str, ...]


def loaded_names(text: str) -> list[str]:
    """The names under which hives are loaded in HKU."""
    return [line.strip().rpartition("\\")[2] for line in text.splitlines() if "\\" in line]


def left_in(lines: t.Iterable[str], locks: t.Iterable[str]) -> list[Left]:
    """The hives under names of this collection, of living runs too, out of what reg.exe printed of loaded ones."""
    own = [name.strip() for name in locks if re.match(rf"{LOCK}[A-Za-z0-9_-]+\Z", name.strip())]
    return [
        Left(f"{_ROOTS[match[1]]}\\{match[2]}", tuple(lock for lock in own if lock.endswith(f"-{match[3]}")))
        for match in map(_LEFT.match, (line.strip() for line in lines))
        if match
    ]


def sweep(mark: str, left: t.Iterable[Left]) -> list[str]:
    """Unload hives that killed runs left: those whose lock nobody works in. A lock that is removed before its run has
    come there is noticed by that run.
    """
    out = []
    for hive in left:
        out += [f'rd "{LOCKS}\\{lock}" 2>nul' for lock in hive.locks]
        free = " if ".join(f'not exist "{LOCKS}\\{lock}\\"' for lock in hive.locks)
        out += [
            "set gh0=",
            if_(free, "set gh0=1") if free else "set gh0=1",
            if_("defined gh0", f"echo {SWEPT} {hive.key}"),
            *_unloading(hive.key, "gh0"),
            if_("defined gh0", f"echo {STUCK} {hive.key}"),
        ]
    return frames.framed(mark, "swept", *out)
