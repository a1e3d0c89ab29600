# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The scripts that read and write a live registry (docs/facts.md, "Registry environment", "reg.exe output" and
"cmd.exe scripts"). Constant text, quoted paths, checked ids; no I/O.
"""

from __future__ import annotations

import typing as t

from .._core.wanted import Goal, Scope, Wanted
from .._core.windows import can_look_up, child
from .._formats import frames
from .._formats.cmdscript import (
    LOOP,
    Script,
    can_quote,
    for_each,
    if_,
    program,
    quote,
    run_retrying_start,
    sid,
)
from .._formats.directories import lookup
from .._hosts import staging
from .registry_writing import MACHINE_KEY, Keys, copy_name

PROFILES_KEY = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList"
CODE_PAGE_KEY = r"HKLM\SYSTEM\CurrentControlSet\Control\Nls\CodePage"
FOLDERS_KEY = r"Software\Microsoft\Windows\CurrentVersion\Explorer\User Shell Folders"
PROBE = "gopher-devbox-probe"
PLAN = "plan.reg"
HELD = "gd-held"


ROUNDS = 8  # commands of one reading; two, but for a PATH of which cmd.exe cannot take all directories at once
SWEPT_AT_ONCE = 20
LOCKS = r"%ProgramData%"  # where every account may make a directory, and none can put another one in its place


def reg(verb: str, key: str, rest: str = "") -> str:
    return f'{program("reg.exe")} {verb} "{key}"{" " + rest if rest else ""} /reg:64'


def read_script(mark: str, wanted: Wanted, paths: t.Sequence[str], folders: bool = False) -> Script:
    """The first reading: everything that can be asked for without knowing the answer to something else."""
    statements = [
        *frames.framed(mark, "page", "echo " + frames.CANARY),
        *frames.framed(mark, "account", f"{program('whoami.exe')} /user /groups /fo csv /nh"),
        *frames.framed(mark, "machine", reg("query", MACHINE_KEY)),
        *frames.framed(mark, "where", *run_retrying_start(f'{program("where.exe")} "$PATH:go" 2>nul')),
        *staging.look(mark),
    ]
    if wanted.scope is Scope.MACHINE:
        statements += home_statements(mark, wanted, Keys.of(Scope.MACHINE, ""))
    user = wanted.user
    if user is not None and not user.upper().startswith("S-1-"):
        inner = [
            *frames.framed(mark, "who", f"echo {LOOP}k", f'{program("reg.exe")} query "{LOOP}k\\Volatile Environment"')
        ]
        statements.append(for_each(f"/f \"delims=\" {LOOP}k in ('{program('reg.exe')} query HKU')", inner))
    elif user is not None:
        statements += user_statements(mark, wanted, sid(user.upper()), folders)
    else:
        inner = user_statements(mark, wanted, f"{LOOP}~i", folders)
        statements.append(
            for_each(f"/f \"tokens=2 delims=,\" {LOOP}i in ('{program('whoami.exe')} /user /fo csv /nh')", inner)
        )
    if paths:
        statements += lookup(mark, paths)
    # What `set` prints may hold secrets of others, and lies in no file.
    return Script(tuple(statements), tuple(frames.framed(mark, "core", "set")))


def user_statements(mark: str, wanted: Wanted, user: str, folders: bool = False) -> list[str]:
    """What is asked of one user's hive; `folders`: also where their profile's folders are."""
    out = [
        *frames.framed(mark, "user", reg("query", f"HKU\\{user}\\Environment")),
        *frames.framed(mark, "volatile", reg("query", f"HKU\\{user}\\Volatile Environment")),
        *frames.framed(mark, "msi", reg("query", f"HKU\\{user}\\Software\\GoProgrammingLanguage")),
    ]
    if folders:
        out += frames.framed(mark, "folders", reg("query", f"HKU\\{user}\\{FOLDERS_KEY}"))
    if wanted.scope is Scope.USER:
        out += frames.framed(mark, "profile", reg("query", f"{PROFILES_KEY}\\{user}"))
        out += home_statements(mark, wanted, Keys.of(Scope.USER, user))
    return out


def home_statements(mark: str, wanted: Wanted, keys: Keys) -> list[str]:
    out = frames.framed(mark, "home", reg("query", keys.home))
    if wanted.anchor or wanted.goal is not Goal.PRESENT:
        out += frames.framed(mark, "anchor", reg("query", keys.anchor))
    if wanted.goal is Goal.RESTORED:
        out += frames.framed(mark, "journal", reg("query", f"{keys.home}\\journal"))
    return out


def export(part: str, key: str, place: str, condition: str = "") -> list[str]:
    """A key's values, exactly, into a file at `place`."""
    file = f'"{place}\\{part}.reg"'
    return run_retrying_start(f'{program("reg.exe")} export "{key}" {file} /y /reg:64 >nul 2>&1', condition)


def exported(mark: str, part: str, place: str = ".", condition: str = "") -> list[str]:
    """What `export` left at `place`, which certutil.exe turns into ASCII."""
    file, coded = f'"{place}\\{part}.reg"', f'"{place}\\{part}.b64"'
    return [
        *run_retrying_start(f"{program('certutil.exe')} -f -encode {file} {coded} >nul 2>&1", condition),
        *frames.framed(mark, part, f"type {coded}"),
    ]


def exact_dump(mark: str, key: str, id: str) -> list[str]:
    """An exact dump of one key, by way of a staging directory that is gone afterwards."""
    place, part = staging.directory(id), "exact"
    return [
        f'md "{place}" 2>nul',
        *export(part, key, place),
        *exported(mark, part, place),
        *staging.remove([staging.STAGING + id]),
    ]


def apply_script(
    mark: str,
    keys: Keys,
    id: str,
    attempt: int,
    directories: t.Sequence[str],
    old: t.Sequence[str],
    guarded: t.Sequence[str],
    exact: bool,
) -> Script:
    """Unpack the archive from standard input, and only when its last member arrived: lock, probe, copy, import, read
    back.

    The variable `gd` is the state of the chain: each step runs only while it is defined, and a step that fails deletes
    it; `gl` stays. From before the copy until all is read back the scope is locked, so that of two runs the later one's
    copy shows what the earlier one wrote. A run that does not get the lock starts no program more.

    No block of statements behind an `if`: after a `set` between brackets, Wine's cmd.exe does not see where one begins.
    """
    place, lock, locked = staging.directory(id), lock_name(keys, mark), "defined gl"
    copy = f"{keys.home}\\before\\{copy_name(id, attempt)}"
    exe = program("reg.exe")
    steps = [
        (f'{exe} import "{place}\\probe.reg" /reg:64 2>&1', "allowed"),
        (f'{exe} copy "{keys.environment}" "{copy}" /s /f /reg:64 2>&1', "copied"),
        (f'{exe} import "{place}\\{PLAN}" /reg:64 2>&1', "imported"),
    ]
    statements = [
        f"echo {mark}+apply",
        f'md "{place}" 2>nul',
        f'cd /d "{place}"',
        *run_retrying_start(f"{program('tar.exe')} -xf - 2>&1", f'exist "{place}\\"'),
        if_("exist done", "echo gd-arrived"),
        *lock_statements(lock, keys),
        "set gl=",
        if_("defined gd", "set gl=1"),
        if_(locked, "echo gd-locked"),
    ]
    for command, word in steps:
        statements += [
            *run_retrying_start(command, "defined gd"),
            if_("errorlevel 1", "set gd="),
            if_("defined gd", f"echo gd-{word}"),
        ]
    statements += [
        *(if_("defined gd", f"md {quote(path)} 2>nul") for path in directories),
        f"echo {mark}-apply",
        *(lookup(mark, directories) if directories else ()),
    ]
    parts = {"after": keys.environment, "copy": copy}
    for part, key in parts.items():
        asked = frames.framed(mark, part, *run_retrying_start(reg("query", key), locked))
        statements += export(part, key, place, locked) if exact else asked
    statements += [
        *frames.framed(mark, "home", *run_retrying_start(reg("query", keys.home), locked)),
        *frames.framed(mark, "copies", if_(locked, reg("query", f"{keys.home}\\before"))),
        *frames.framed(mark, "anchor", *run_retrying_start(reg("query", keys.anchor), locked)),
        f'cd /d "{place}"',  # which ends the lock
        *(statement for part in parts if exact for statement in exported(mark, part, condition=locked)),
        *_descriptors(mark, guarded, locked),
        'cd /d "%SystemRoot%"',
        f'rd "{LOCKS}\\{lock}" 2>nul',
        *staging.remove([staging.STAGING + id, *old]),
    ]
    return Script(tuple(statements))


def lock_statements(lock: str, keys: Keys) -> list[str]:
    """Define `gd` when the scope is this run's alone, and print who has, or wants, the lock: this run too.

    A run that writes, or is about to, works in an empty directory of its own beside those of the others. Windows lets
    nobody remove a directory that a living process works in, and lets others remove an empty one. So first each one
    that can be removed is: its run was killed, or has not come there yet, and notices. Who then finds another one
    beside its own leaves. Of two runs each is in its directory before it looks for the other's, so at most one stays.
    """
    # The `.` is there for Wine's cmd.exe, which ends the line behind a FOR that finds nothing.
    each = f"/d {LOOP}i in (..\\{lock_name(keys)}* .)"
    return [
        if_("exist done", f'md "{LOCKS}\\{lock}" 2>&1'),
        if_("exist done", f'cd /d "{LOCKS}\\{lock}" 2>&1'),
        "set gd=",
        if_(f'exist "..\\{lock}\\"', "set gd=1"),
        for_each(each, [f'rd "{LOOP}i" 2>nul']),
        for_each(each, [if_(f'not "{LOOP}~nxi"=="{lock}"', "set gd="), f"echo {HELD} {LOOP}~nxi"]),
    ]


def lock_name(keys: Keys, mark: str = "") -> str:
    """The directory that is the lock of one command on a scope; without its mark, how all of them begin."""
    return f"gopher-devbox-lock-{keys.owner}-{mark}"


def _descriptors(mark: str, paths: t.Sequence[str], condition: str) -> list[str]:
    """Who may write these paths, as SDDL with SIDs: icacls.exe's own output is localised, and its file is UTF-16 that
    `type` may cut.
    """
    if not paths:
        return []
    saved = [f"acl{number}" for number in range(len(paths))]
    saving = [f"{program('icacls.exe')} {quote(path)} /save {file} /q >nul 2>&1" for path, file in zip(paths, saved)]
    return [
        *(if_(condition, command) for command in saving),
        f"copy /y /b {'+'.join(saved)} acl >nul 2>&1",
        if_(condition, f"{program('certutil.exe')} -f -encode acl acl.b64 >nul 2>&1"),
        *frames.framed(mark, "acl", "type acl.b64 2>nul"),
    ]


def verify_script(mark: str, go: str) -> Script:
    """What go answers, asked so that it neither switches toolchains nor reads a project (docs/facts.md,
    "Questions to go").
    """
    return Script(
        (
            *frames.framed(mark, "page", "echo " + frames.CANARY),
            'cd /d "%SystemRoot%"',
            "set GOTOOLCHAIN=local",
            *frames.framed(mark, "go", f"{quote(go)} env -json 2>&1"),
        ),
        tuple(frames.framed(mark, "environment", "set")),
    )


def guarded_paths(directory: str | None) -> list[str]:
    """What must not be writable by ordinary users before go.exe is run from there: the file, its directory, the SDK."""
    if directory is None or not can_quote(directory) or not can_look_up(directory):
        return []
    return [child(directory, "go.exe"), directory, child(directory, "..")]
