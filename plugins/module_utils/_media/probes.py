# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asking the shells and the go of a POSIX host what they see, in an environment made from nothing."""

from __future__ import annotations

import posixpath
import typing as t

from .._core.errors import ApplyError
from .._core.findings import Finding
from .._core.secrets import shown
from .._core.state import State
from .._formats.programs import parse_go_env
from .._go import gosettings
from .._go.names import VERBATIM
from .._hosts.programs import HOME_OF_ITS_OWN, Command, Programs
from .._hosts.transport import Completed, last

#: what a login begins with, by the login program
_PATH = "/usr/local/bin:/usr/bin:/bin"
ZSH_PATIENCE = 2.0  # seconds that reading may take for a zshenv that is not understood
_SHOW = "exec /usr/bin/env -0"
#: how a shell is started so that it reads what a login reads
LOGIN: dict[str, tuple[str, ...]] = {
    "sh": ("-l", "-c", _SHOW),
    "bash": ("-l", "-c", _SHOW),
    "zsh": ("-l", "-c", f"\\{_SHOW}"),  # zsh takes an alias of that name, if there is one
    "fish": ("-l", "-c", _SHOW),
    "powershell": ("-Login", "-NoLogo", "-NonInteractive", "-Command", "& /usr/bin/env -0"),
}


_BY_HAND = "Run go env there by hand, and look for what else sets these variables."

#: go's own way to keep it from counting its calls, and from leaving a process behind that does
_NO_COUNTING = {"go/telemetry/mode": b"off\n"}


if t.TYPE_CHECKING:
    from .._core.account import Account
    from .._hosts.user_scope import UserScope
    from .rc_places import Ground


class Expected(t.NamedTuple):
    """What a shell should see: values by name, and PATH entries in their order."""

    values: t.Mapping[str, str]
    path: tuple[str, ...]


#: what a shell makes in a home when it starts, below which variable's directory
LEAVES = {
    "fish": {"XDG_DATA_HOME": ".local/share/fish", "XDG_CACHE_HOME": ".cache/fish"},
    "powershell": {"XDG_DATA_HOME": ".local/share/powershell", "XDG_CACHE_HOME": ".cache/powershell"},
}


def login(shell: str, program: str, account: Account, fresh_home: bool, elsewhere: t.Iterable[str] = ()) -> Command:
    """A login shell of this account that prints its environment. fresh_home: in an empty home, so that only the system
    speaks.

    elsewhere: the variables whose directories are not to be those in the home, because the shell would leave something
    there.
    """
    environment = {
        "USER": account.name,
        "LOGNAME": account.name,
        "SHELL": program,
        "PATH": _PATH,
        "TERM": "dumb",
        "LC_ALL": "C.UTF-8",
    }
    environment["HOME"] = HOME_OF_ITS_OWN if fresh_home else account.home
    environment.update(
        {"POWERSHELL_TELEMETRY_OPTOUT": "1", "POWERSHELL_UPDATECHECK": "Off"} if shell == "powershell" else {}
    )
    environment.update(dict.fromkeys(elsewhere, HOME_OF_ITS_OWN))
    return Command((program, *LOGIN[shell]), environment, account)


def zdotdir(program: str, ground: Ground, account: Account, before: str | None, fresh_home: bool) -> Command:
    """A zsh of this account, as clean as one that a login starts, that prints what ZDOTDIR is once its zshenv is read.

    before: ZDOTDIR as its session has it. fresh_home: in an empty home, so that only the system's zshenv speaks.
    """
    environment = login("zsh", program, account, fresh_home).environment
    given = {"XDG_CONFIG_HOME": ground.config} if ground.config != f"{ground.home}/.config" and not fresh_home else {}
    given.update({"ZDOTDIR": before} if before else {})
    line = f"\\builtin export ZDOTDIR; \\{_SHOW}"
    return Command((program, "-c", line), {**environment, **given}, account, patience=ZSH_PATIENCE)


def zdotdir_in(done: Completed | None, home: str) -> str | None:
    """What such a zsh said: a directory, an empty text for none, None for no answer. home: what stands for an empty one
    of its own.
    """
    found = environment_in(done)
    if found is None:
        return None
    text = found.get("ZDOTDIR", "")
    own = found.get("HOME", "")
    text = home + text[len(own) :] if own and (text + "/").startswith(own + "/") else text
    return posixpath.normpath(text) if text.startswith("/") else ""


def environment_in(done: Completed | None) -> dict[str, str] | None:
    """The variables that `env -0` printed, whatever start files printed before; None when there are none."""
    if done is None or b"\0" not in done.stdout:
        return None
    found = {}
    for number, item in enumerate(done.stdout.decode("utf-8", "surrogateescape").split("\0")):
        text = item.rpartition("\n")[2] if number == 0 else item
        name, sep, value = text.partition("=")
        if sep:
            found[name] = value
    return found


def compare(
    shell: str, environment: t.Mapping[str, str] | None, expected: Expected, account: str = ""
) -> list[Finding]:
    """What a shell sees otherwise than it should; `account` is named where it is another than the one the run
    is about.
    """
    of = f" of {account}" if account else ""
    if environment is None:
        return [
            Finding.of(
                "shell_not_checked",
                f"{shell}{of} gave no answer, or did not end.",
                "Start a login shell by hand: something in its start files may wait or fail.",
                shell,
            )
        ]
    wrong = [
        f"{name} is {shown(environment.get(name, ''))!r} instead of {shown(text)!r}"
        for name, text in expected.values.items()
        if environment.get(name) != text
    ]
    path = environment.get("PATH", "").split(":")
    places = [path.index(entry) for entry in expected.path if entry in path]
    wrong += [f"{entry} is not on PATH" for entry in expected.path if entry not in path]
    if places != sorted(places):
        wrong.append("the PATH entries stand in another order")
    if not wrong:
        return []
    return [
        Finding.of(
            "shell_value_differs",
            f"A login {shell}{of} sees it otherwise: {'; '.join(wrong)}.",
            "A start file that is read later sets it, or /etc/environment does: look for the name there."
            if not account
            else "A file or a directory on the way to the values may be for root alone: look at the permissions "
            "of /etc/gopher-devbox and of what names it.",
            shell,
        )
    ]


def go_in(environment: t.Mapping[str, str], after: State, account: Account, programs: Programs) -> list[Finding]:
    """What the go answers that is first on this PATH (docs/facts.md, "Questions to go": GOTOOLCHAIN=local, no
    go.mod above).
    """
    directory = next((entry for entry in environment.get("PATH", "").split(":") if after.directory(entry).go), None)
    if directory is None:
        return [
            Finding.of("go_not_checked", "No go is on the effective PATH, so none was asked.", "Install an SDK there.")
        ]
    answer = answer_of(directory, environment, VERBATIM, account, programs)
    if isinstance(answer, Finding):
        return [answer]
    told = {name: environment[name] for name in VERBATIM if environment.get(name) and name in answer}
    must_agree(posixpath.join(directory, "go"), told, answer)
    return []


def go_of(scope: UserScope, expected: t.Mapping[str, str], programs: Programs) -> list[Finding]:
    """Whether the go that an account gets says this of the variables, when there is one (docs/facts.md, "Questions to
    go": GOTOOLCHAIN=local, no go.mod above). Raises ApplyError for one that says something else.
    """
    account = scope.account
    environment = {**scope.environment, "PATH": ":".join(scope.path), "USER": account.name, "LC_ALL": "C.UTF-8"}
    directory = next((entry for entry in scope.path if programs.is_program(posixpath.join(entry, "go"))), None)
    if directory is None:
        return [
            Finding.of(
                "go_not_checked",
                "No go is on the effective PATH, so none was asked.",
                "The file counts as soon as one is installed.",
            )
        ]
    answer = answer_of(directory, environment, expected, account, programs) if expected else {}
    if isinstance(answer, Finding):
        return [answer]
    must_agree(posixpath.join(directory, "go"), expected, answer)
    return []


def answer_of(
    directory: str, environment: t.Mapping[str, str], names: t.Iterable[str], account: Account, programs: Programs
) -> dict[str, str] | Finding:
    """What the go of this directory says these variables are, or why it was not asked. Raises ApplyError for one that
    was, and gave no answer.

    Asked for everything, go runs a compiler and keeps a cache; newer ones count their calls beside their settings. It
    is not to leave either.
    """
    go = posixpath.join(directory, "go")
    if account.elevated and programs.writable_by_others([go, directory, posixpath.dirname(directory)]):
        return Finding.of(
            "go_writable_by_users",
            f"Others than root can replace {go} or what stands beside it, so root did not run it.",
            "Give the SDK to root, and take the right to write from everybody else (CWE-427).",
            directory,
        )
    file, _reason = gosettings.goenv_path("posix", account.home, environment)
    own = {"GOTOOLCHAIN": "local", "XDG_CONFIG_HOME": HOME_OF_ITS_OWN, **({"GOENV": file} if file else {})}
    done = programs.run_all([Command((go, "env", "-json", *names), {**environment, **own}, account, _NO_COUNTING)])[0]
    answer = parse_go_env(done.stdout.decode("utf-8", "replace")) if done is not None else None
    if answer is None:
        said = last((done.stderr if done else b"").decode("utf-8", "replace").strip(), 300)
        raise ApplyError(f"{go} was asked, and gave no answer: {said or 'it said nothing'}", _BY_HAND)
    return answer


def must_agree(go: str, expected: t.Mapping[str, str], found: t.Mapping[str, str]) -> None:
    """Raises ApplyError for an answer that is not as expected. What is known to hide a value is not part of what is
    expected.
    """
    wrong = [
        f"{name} is {shown(found[name])!r} instead of {shown(text)!r}"
        for name, text in expected.items()
        if name in found and found[name] != text
    ]
    if wrong:
        raise ApplyError(f"{go} answers otherwise than was written: {'; '.join(wrong)}.", _BY_HAND)
