# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What it means when wsl.exe itself failed, by its exit code and its unlocalised codes, never by its texts. Pure."""

from __future__ import annotations

import re
import typing as t

from .._core.findings import Finding

_CODE = re.compile(r"\bWsl(?:/[A-Za-z0-9_]+)+")
#: as cmd.exe and ssh write wsl.exe's -1
OWN = (-1, 0xFFFFFFFF)
_INSTALL = "Run wsl.exe --install --no-distribution as an administrator, and restart Windows."
_SESSION = (
    "A session without a desktop (WinRM, ssh) can start WSL only where a current WSL from the Store or its MSI is "
    "installed (wsl.exe --update). Or let the user start a distro once after the machine was started."
)
_LOGON = (
    'Give the accounts NT VIRTUAL MACHINE\\Virtual Machines the right "Log on as a service", which a policy may have '
    "taken from them, and restart the service vmcompute."
)
_DENIED = ("E_ACCESSDENIED", "ACCESS_DENIED", "0x80070005")
#: parts of a code that say what was being done: that a distro, or its virtual machine, was started
_STARTING = "/CreateInstance/"
_OF_MACHINE = "/CreateVm/"


def decoded(raw: bytes) -> str:
    """What wsl.exe printed itself, in UTF-16LE or UTF-8."""
    codec = "utf-16-le" if raw.count(b"\0") * 3 > len(raw) else "utf-8"
    return raw.decode(codec, "replace").replace("\r", "").lstrip("\ufeff")


def code_of(raw: bytes) -> str:
    """The unlocalised code in what wsl.exe printed; empty where there is none."""
    for text in (decoded(raw), raw.replace(b"\0", b"").decode("ascii", "replace")):
        found = _CODE.findall(text)
        if found:
            return str(found[-1])
    return ""


def failure(name: str, user: str, raw: bytes) -> Finding:
    """What keeps wsl.exe from running something in a distro. name: of the distro, empty for wsl.exe as such."""
    code = code_of(raw)
    last = code.rpartition("/")[2]
    made = _BY_CODE.get(last)
    if made is not None:
        return made(name, user, code)
    if any(word in last for word in _DENIED):
        return _denied(name, user, code)
    return _not_started(name, user, code)


def decides_before_start(raw: bytes) -> bool:
    """Whether by its code wsl.exe failed before it started anything in a distro, and not in the middle of it."""
    code = code_of(raw)
    return _STARTING in code or code.rpartition("/")[2] in _BY_CODE


def broken_off(name: str, raw: bytes) -> tuple[str, str]:
    """What it means that wsl.exe failed while something ran in a distro: a message, and what to do."""
    code = code_of(raw) or "it named no code"
    message = f"wsl.exe ended with -1 ({code}) while a change was made in {name}: the distro was ended, or WSL failed."
    return message, "Run again: it shows what was done."


def not_ended(name: str, raw: bytes | None) -> Finding:
    """Why a distro was not ended, by what wsl.exe printed; None where that did not arrive."""
    unknown = f"Whether {name} was ended is not known: the host did not say."
    return _not_ended(name, unknown if raw is None else _why_not_ended(name, raw))


def own_distro(name: str) -> Finding:
    """Why the distro that a run is in was not ended."""
    return _not_ended(name, f"This run is in {name}, which is not ended with it.")


def _not_ended(name: str, why: str) -> Finding:
    return Finding.of(
        "distro_not_ended",
        why,
        f"End it once nobody works in it (wsl.exe --terminate {name}): until then it runs with what it began with.",
        name,
    )


def _why_not_ended(name: str, raw: bytes) -> str:
    code = code_of(raw)
    text = " ".join(decoded(raw).split())[:300] or "nothing"
    return f"{name} was not ended: wsl.exe --terminate failed {f'({code}).' if code else f'and said: {text}'}"


def no_answer(name: str, seconds: float) -> Finding:
    return Finding.of(
        "distro_no_answer",
        f"{name} did not start, or gave no answer, within {seconds:.0f} seconds.",
        f"Start it by hand (wsl.exe -d {name}) and look what it waits for, then run again. It was not ended.",
        name,
    )


def no_wsl() -> Finding:
    return Finding.of("wsl_not_usable", "This Windows host has no wsl.exe.", _INSTALL, "wsl.exe")


def no_distro(wanted: str, known: t.Sequence[str]) -> Finding:
    those = f"Those there are: {', '.join(known)}." if known else "The account has no distros."
    return Finding.of(
        "distro_missing",
        f"There is no distro {wanted}. {those}",
        "Correct distros, or install it.",
        wanted,
    )


def no_distros(account: str, others: t.Mapping[str, t.Sequence[str]]) -> Finding:
    """others: the distros of other users whose registry could be read, by their names or SIDs."""
    told = "; ".join(f"{owner}: {', '.join(names)}" for owner, names in others.items())
    more = f" Other accounts that are signed in have some ({told})." if told else ""
    return Finding.of(
        "distro_missing",
        f"The account {account} has no WSL distros.{more}",
        "Distros belong to one account each: connect as the one that has them.",
        account,
    )


def of_local_system(code: str = "") -> Finding:
    return Finding.of(
        "local_system",
        f"The session runs as LocalSystem, for whom WSL does not run{f' ({code})' if code else ''}.",
        "Connect as the account that has the distros.",
        "wsl.exe",
    )


def cannot_be_named(name: str) -> Finding:
    return Finding.of(
        "distro_missing",
        f"The distro {name!r} has a name that cannot stand on a command line for certain.",
        "Letters, digits, dots, dashes and underscores can. Register it under such a name (wsl.exe --export, "
        "--import).",
        name,
    )


def _of_windows(name: str, _user: str, code: str) -> Finding:
    return Finding.of("wsl_not_usable", f"WSL is not installed completely ({code}).", _INSTALL, name or "wsl.exe")


def _virtual_machine(name: str, _user: str, code: str) -> Finding:
    return Finding.of(
        "wsl_not_usable",
        f"The Virtual Machine Platform is missing, or virtualization is off ({code}).",
        "Run wsl.exe --install --no-distribution as an administrator, turn virtualization on in the firmware, and "
        "restart Windows. A virtual machine needs nested virtualization.",
        name or "wsl.exe",
    )


def _wsl1(name: str, _user: str, code: str) -> Finding:
    return Finding.of(
        "wsl_not_usable",
        f"{name} is a WSL 1 distro, and WSL 1 is not enabled ({code}).",
        f"Enable the optional component Windows Subsystem for Linux, or convert it (wsl.exe --set-version {name} 2).",
        name,
    )


def _gone(name: str, _user: str, code: str) -> Finding:
    return Finding.of(
        "distro_missing", f"There is no distro {name} ({code}).", "Run again: it was there just now.", name
    )


def _no_user(name: str, user: str, code: str) -> Finding:
    return Finding.of(
        "unknown_account",
        f"{name} has no account {user or 'that its programs run as'} ({code}).",
        "Make it first, or correct user.",
        user or name,
    )


def _system(_name: str, _user: str, code: str) -> Finding:
    return of_local_system(code)


def _denied(name: str, _user: str, code: str) -> Finding:
    return _refused(name, code, _SESSION)


def _no_logon(name: str, _user: str, code: str) -> Finding:
    return _refused(name, code, f"{_LOGON} {_SESSION}")


def _refused(name: str, code: str, advice: str) -> Finding:
    return Finding.of("wsl_access_denied", f"Windows refused to start {name or 'WSL'} ({code}).", advice, name)


def _not_started(name: str, _user: str, code: str) -> Finding:
    told = f"({code})" if code else "and named no code"
    advice = f"Start it by hand (wsl.exe{f' -d {name}' if name else ''}) and look what is in its way."
    return Finding.of(
        "distro_not_started",
        f"{name or 'WSL'} did not start: wsl.exe ended with -1 {told}.",
        f"{advice} {_SESSION}" if _OF_MACHINE in code else advice,
        name,
    )


_BY_CODE: dict[str, t.Callable[[str, str, str], Finding]] = {
    "WSL_E_WSL_OPTIONAL_COMPONENT_REQUIRED": _of_windows,
    "WSL_E_VIRTUAL_MACHINE_PLATFORM_REQUIRED": _virtual_machine,
    "HCS_E_HYPERV_NOT_INSTALLED": _virtual_machine,
    "HCS_E_SERVICE_NOT_AVAILABLE": _virtual_machine,
    "WSL_E_WSL1_NOT_SUPPORTED": _wsl1,
    "WSL_E_WSL1_DISABLED": _wsl1,
    "WSL_E_DISTRO_NOT_FOUND": _gone,
    "WSL_E_USER_NOT_FOUND": _no_user,
    "WSL_E_LOCAL_SYSTEM_NOT_SUPPORTED": _system,
    "0x80070569": _no_logon,  # of what has no name for it, wsl.exe prints the number
}
