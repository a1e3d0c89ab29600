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
from .._formats.profiles import PROFILES_KEY, VALUES
from .._hosts import staging
from . import registry_hives
from .registry_hives import Mount
from .registry_locks import lock_statements, unlock
from .registry_writing import MACHINE_KEY, Keys, copy_name

CODE_PAGE_KEY = r"HKLM\SYSTEM\CurrentControlSet\Control\Nls\CodePage"
FOLDERS_KEY = r"Software\Microsoft\Windows\CurrentVersion\Explorer\User Shell Folders"
PROBE = "gopher-devbox-probe"
PLAN = "plan.reg"


ROUNDS = 8  # commands of one reading; two, but for a PATH of which cmd.exe cannot take all directories at once
SWEPT_AT_ONCE = 20


def reg(verb: str, key: str, rest: str = "") -> str:
    return f'{program("reg.exe")} {verb} "{key}"{" " + rest if rest else ""} /reg:64'


def query(mark: str, part: str, key: str, rest: str = "") -> list[str]:
    """Query the values of a key, as one part of the output. An empty part means that the key does not exist."""
    return frames.framed(mark, part, *frames.run_reporting_start(mark, reg("query", key, rest)))


def read_script(mark: str, wanted: Wanted, paths: t.Sequence[str], folders: bool = False) -> Script:
    """The first reading: everything that can be asked for without knowing the answer to something else."""
    statements = [
        *frames.framed(mark, "page", "echo " + frames.CANARY),
        *frames.framed(mark, "account", f"{program('whoami.exe')} /user /groups /fo csv /nh"),
        *query(mark, "machine", MACHINE_KEY),
        *frames.framed(mark, "where", *run_retrying_start(f'{program("where.exe")} "$PATH:go" 2>nul')),
        *staging.look(mark),
    ]
    if wanted.scope is not Scope.USER:
        statements += home_statements(mark, wanted, Keys.of(wanted.scope, "", wanted.medium.policy.record_name))
    user = wanted.user
    if user is not None or wanted.scope is Scope.DEFAULT_USER:
        statements += registry_hives.look(mark)
    if wanted.scope is Scope.DEFAULT_USER:
        statements += query(mark, "default", PROFILES_KEY, "/v Default")
    elif user is not None and not user.upper().startswith("S-1-"):
        inner = [
            *frames.framed(mark, "who", f"echo {LOOP}k", f'{program("reg.exe")} query "{LOOP}k\\Volatile Environment"')
        ]
        statements.append(for_each(f"/f \"delims=\" {LOOP}k in ('{program('reg.exe')} query HKU')", inner))
        statements += profiles_statements(mark)
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


def profiles_statements(mark: str) -> list[str]:
    """All profiles, and where the template of new ones is."""
    each = for_each(f"{LOOP}v in ({' '.join(VALUES)})", query(mark, "profiles", PROFILES_KEY, f"/s /v {LOOP}v"))
    return [each, *query(mark, "default", PROFILES_KEY, "/v Default")]


def user_statements(mark: str, wanted: Wanted, user: str, folders: bool = False) -> list[str]:
    """What is asked of one user's hive; `folders`: also where their profile's folders are."""
    out = [
        *query(mark, "user", f"HKU\\{user}\\Environment"),
        *query(mark, "volatile", f"HKU\\{user}\\Volatile Environment"),
        *query(mark, "msi", f"HKU\\{user}\\Software\\GoProgrammingLanguage"),
    ]
    if folders:
        out += query(mark, "folders", f"HKU\\{user}\\{FOLDERS_KEY}")
    if wanted.scope is Scope.USER:
        out += query(mark, "profile", f"{PROFILES_KEY}\\{user}")
        out += home_statements(mark, wanted, Keys.of(Scope.USER, user, wanted.medium.policy.record_name))
    return out


def home_statements(mark: str, wanted: Wanted, keys: Keys) -> list[str]:
    """The record and the journal; of the default user, whose anchor is in the hive, only these."""
    out = query(mark, "home", keys.home)
    if asks_anchor(wanted) and not keys.inherited:
        out += query(mark, "anchor", keys.anchor)
    if wanted.goal is Goal.RESTORED:
        out += query(mark, "journal", f"{keys.home}\\journal")
    return out


def asks_anchor(wanted: Wanted) -> bool:
    return wanted.anchor or wanted.goal is not Goal.PRESENT


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


def exact_dump(mark: str, key: str, id: str, mount: Mount | None = None) -> list[str]:
    """An exact dump of one key, by way of a staging directory that is gone afterwards."""
    place, part = staging.directory(id), "exact"
    exporting = export(part, key, place)
    if mount is not None:
        exporting = registry_hives.mounted(mark, mount, export(part, key, place, "defined gd"))
    return [
        f'md "{place}" 2>nul',
        *exporting,
        *exported(mark, part, place),
        *staging.remove([staging.STAGING + id]),
    ]


def making(directories: t.Iterable[str]) -> list[str]:
    """Statements that make directories."""
    return [f"md {quote(path)} 2>nul" for path in directories]


def apply_script(
    mark: str,
    keys: Keys,
    id: str,
    attempt: int,
    directories: t.Sequence[str],
    old: t.Sequence[str],
    guarded: t.Sequence[str],
    exact: bool,
    mount: Mount | None = None,
) -> Script:
    """Unpack the archive from standard input, and only when its last member arrived: lock, probe, copy, import, read
    back.

    The variable `gd` is the state of the chain: each step runs only while it is defined, and a step that fails deletes
    it; `gl` stays. From before the copy until all is read back the scope is locked, so that of two runs the later one's
    copy shows what the earlier one wrote. A run that does not get the lock starts no program more. What is not loaded
    is loaded once the lock is there, and unloaded before it ends.

    No block of statements behind an `if`: after a `set` between brackets, Wine's cmd.exe does not see where one begins.
    """
    place, locked = staging.directory(id), "defined gl"

    def after(part: str, key: str) -> list[str]:
        return frames.framed(mark, part, *run_retrying_start(reg("query", key), locked))

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
        *lock_statements(keys.owner, mark, "exist done"),
        "set gl=",
        if_("defined gd", "set gl=1"),
        if_(locked, "echo gd-locked"),
        *(registry_hives.sweep_beside(mount) if mount else ()),
        *(registry_hives.load(mount, mark) if mount else ()),
    ]
    for command, word in steps:
        statements += [
            *run_retrying_start(command, "defined gd"),
            if_("errorlevel 1", "set gd="),
            if_("defined gd", f"echo gd-{word}"),
        ]
    statements += [
        *(if_("defined gd", statement) for statement in making(directories)),
        f"echo {mark}-apply",
        *(lookup(mark, directories) if directories else ()),
    ]
    parts = {"after": keys.environment, "copy": copy}
    for part, key in parts.items():
        statements += export(part, key, place, locked) if exact else after(part, key)
    statements += [
        *after("home", keys.home),
        *frames.framed(mark, "copies", if_(locked, reg("query", f"{keys.home}\\before"))),
        *after("anchor", keys.anchor),
        *(registry_hives.unload(mount, mark) if mount else ()),
        f'cd /d "{place}"',  # which ends the lock
        *(statement for part in parts if exact for statement in exported(mark, part, condition=locked)),
        *_descriptors(mark, guarded, locked),
        'cd /d "%SystemRoot%"',
        *unlock(keys.owner, mark),
        *staging.remove([staging.STAGING + id, *old]),
    ]
    return Script(tuple(statements))


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
