# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What go sees in a WSL distro, by the way in which it is started there."""

from __future__ import annotations

import posixpath
import typing as t

from .._core.findings import Finding
from .._core.secrets import shown
from .._formats.programs import parse_go_env
from .._hosts.programs import HOME_OF_ITS_OWN, Command
from . import probes

if t.TYPE_CHECKING:
    from .._core.account import Account
    from .._hosts.programs import Programs
    from .._hosts.transport import Completed

#: as a login does from an empty environment; the others in the environment that wsl.exe gives: a shell that is no login
#: shell, `wsl.exe -d X -- go`, `wsl.exe -d X --shell-type login -- go`
LOGIN, INTERACTIVE, BARE, SHELL_TYPE_LOGIN = "login", "interactive", "bare", "shell_type_login"
NAMES = ("GOROOT", "GOPATH", "GOBIN")
_FLAGS: dict[str, tuple[str, ...]] = {LOGIN: ("-l",), INTERACTIVE: ("-i",), BARE: (), SHELL_TYPE_LOGIN: ("-l",)}
_CALLED = {
    INTERACTIVE: "an interactive shell",
    BARE: "wsl.exe -- go",
    SHELL_TYPE_LOGIN: "wsl.exe --shell-type login -- go",
}

_ASK, _MARK = "GOPHER_DEVBOX_START", "gopher-devbox-start"
#: any shell starts it: it says which go is found, PATH, and go's answer. Root runs no go that others can replace. What
#: go keeps of its calls is beside it, and the go env file is named for that reason
_SCRIPT = rf"""own=${{{_ASK}%/*}}
unset -v {_ASK}
cd /
go=$(command -v go)
case $go in /*) ask=y ;; *) go= ask=n ;; esac
safe() {{
    for path in "$1" "${{1%/*}}" "${{1%/*/*}}/"; do
        found=$(stat -L -c '%u %g %a' "$path") || return 1
        case $found in "0 "*[2367]) return 1 ;; "0 0 "*) ;; "0 "*[2367]?) return 1 ;; "0 "*) ;; *) return 1 ;; esac
    done
}}
if [ "$ask" = y ] && [ "$(id -u)" = 0 ]; then safe "$go" && safe "$(readlink -f "$go")" || ask=n; fi
config=${{XDG_CONFIG_HOME:-${{HOME:+$HOME/.config}}}}
if [ -z "${{GOENV-}}" ] && [ -n "$config" ]; then GOENV=$config/go/env; export GOENV; fi
GOTOOLCHAIN=local XDG_CONFIG_HOME=$own
export GOTOOLCHAIN XDG_CONFIG_HOME
said=
if [ "$ask" = y ]; then said=$("$go" env -json {" ".join(NAMES)} 2>/dev/null); fi
printf '{_MARK}\0%s\0%s\0%s\0' "$go" "$PATH" "$said"
"""
_POWERSHELL = ("pwsh", "powershell")


class Starts:
    """The starts of an account, which are asked together with what else is asked of a distro. What was learnt last
    counts.
    """

    def __init__(self, account: Account, session: Account) -> None:
        """session: the account that asks."""
        self._account, self._own = account, account.id == session.id
        self._ended: t.Sequence[Completed | None] = ()
        #: what is to be on PATH; None where that is not known
        self.entries: t.Sequence[str] | None = None

    @property
    def _shell(self) -> str:
        return self._account.shell or "/bin/sh"

    def commands(self) -> list[Command]:
        return [self._command(start) for start in _FLAGS]

    def _command(self, start: str) -> Command:
        account, program = self._account, self._shell
        name = posixpath.basename(program)
        kind = "powershell" if name in _POWERSHELL else name
        environment = {_ASK: f"{HOME_OF_ITS_OWN}/ask", **dict.fromkeys(probes.LEAVES.get(kind, ()), HOME_OF_ITS_OWN)}
        if start == LOGIN:
            known = kind if kind in probes.LOGIN else "sh"
            environment = {**probes.login(known, program, account, fresh_home=False).environment, **environment}
        elif not self._own:  # as wsl.exe gives it to that account
            names = {"USER": account.name, "LOGNAME": account.name, "HOME": account.home, "SHELL": program}
            environment = {**names, **environment}
        flags, line = _FLAGS[start], f"/bin/sh ${_ASK}"
        if kind == "powershell":
            flags, line = ("-Login",) if "-l" in flags else (), f"/bin/sh $env:{_ASK}"
        files = {"ask": _SCRIPT.encode(), "go/telemetry/mode": b"off\n"}
        return Command((program, *flags, "-c", line), environment, account, files, given=start != LOGIN)

    def learn(self, ended: t.Sequence[Completed | None]) -> None:
        """What the commands printed."""
        self._ended = ended

    @property
    def found(self) -> list[dict[str, t.Any]]:
        """For the result; empty where nothing was asked."""
        return [
            {"start": start, "shell": posixpath.basename(self._shell), **_seen(done, self.entries)}
            for start, done in zip(_FLAGS, self._ended)
        ]

    def findings(self) -> list[Finding]:
        """Which start sees another go, or another value, than a login."""
        found = self.found
        first = next((row for row in found if row["start"] == LOGIN and row["go"]), None)
        if first is None:
            return []
        wrong = [f"{_CALLED[row['start']]}: {what}" for row in found if row is not first for what in _other(row, first)]
        if not wrong:
            return []
        shell = first["shell"]
        return [
            Finding.of(
                "start_sees_otherwise",
                f"Not every start of a program of {self._account.name} sees what a login {shell} sees. "
                f"{'; '.join(wrong)}.",
                "link_go: true has go found by every start, and config (the go env file) has go itself read the "
                "values. Of the shells, zsh and fish read a start file even then.",
                shell,
            )
        ]


class Asking:
    """Programs that are asked, and the starts together with them. See `Programs`."""

    def __init__(self, programs: Programs, starts: Starts) -> None:
        self._programs, self._starts = programs, starts
        self.is_program, self.writable_by_others = programs.is_program, programs.writable_by_others

    def run_all(self, commands: t.Sequence[Command]) -> list[Completed | None]:
        ended = self._programs.run_all([*commands, *self._starts.commands()])
        self._starts.learn(ended[len(commands) :])
        return ended[: len(commands)]


def _seen(done: Completed | None, entries: t.Sequence[str] | None) -> dict[str, t.Any]:
    """A row of the result, from what one start printed."""
    row: dict[str, t.Any] = {"answered": False, "go": None, **dict.fromkeys(NAMES), "path": None}
    output = "" if done is None else done.stdout.decode("utf-8", "replace")
    parts = output.rpartition(f"{_MARK}\0")[2].split("\0") if f"{_MARK}\0" in output else []
    if len(parts) < 3:
        return row
    answer = parse_go_env(parts[2]) or {}
    on_path = parts[1].split(":")
    row.update((name, answer.get(name)) for name in NAMES)
    path = None if entries is None else all(entry in on_path for entry in entries)
    row.update(go=parts[0] or None, path=path, answered=True)
    return row


def _other(row: t.Mapping[str, t.Any], first: t.Mapping[str, t.Any]) -> t.Iterator[str]:
    if not row["answered"]:
        return
    if row["go"] is None:
        yield "no go is found"
        return
    for name in NAMES:
        if row[name] is not None and first[name] is not None and row[name] != first[name]:
            yield f"{name} is {shown(row[name])!r} instead of {shown(first[name])!r}"
