"""What a Windows host says of its distros, and what it means when wsl.exe fails."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import (
    ApplyError,
    Blocked,
    DevboxError,
    ReadError,
)
from ansible_collections.gopher.devbox.plugins.module_utils._formats.cmdscript import Script
from ansible_collections.gopher.devbox.plugins.module_utils._hosts import wsl_failures
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.transport import Completed, Session
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.wsl import (
    Distro,
    Reply,
    Request,
    Wsl,
    WslShell,
    parse_lxss,
    unusable,
)

LXSS = r"""
HKEY_USERS\S-1-5-21-1\Software\Microsoft\Windows\CurrentVersion\Lxss
    DefaultDistribution    REG_SZ    {aa}
    NatIpAddress    REG_SZ    172.20.1.1

HKEY_USERS\S-1-5-21-1\Software\Microsoft\Windows\CurrentVersion\Lxss\{aa}
    State    REG_DWORD    0x1
    DistributionName    REG_SZ    Ubuntu-24.04
    Version    REG_DWORD    0x2
    BasePath    REG_SZ    C:\Users\a b\x
    DefaultUid    REG_DWORD    0x3e8
    RunOOBE    REG_DWORD    0x1

HKEY_USERS\S-1-5-21-1\Software\Microsoft\Windows\CurrentVersion\Lxss\{bb}
    State    REG_DWORD    0x3
    DistributionName    REG_SZ    my distro
    Version    REG_DWORD    0x1
    DefaultUid    REG_DWORD    0x0

HKEY_USERS\S-1-5-21-1\Software\Microsoft\Windows\CurrentVersion\Lxss\AppxInstallerCache
    DistributionName    REG_SZ    none
"""


def test_the_distros_of_a_registry() -> None:
    assert parse_lxss(LXSS)[:2] == [
        Distro("Ubuntu-24.04", 2, 1000, 1, True),
        Distro("my distro", 1, 0, 3, False),
    ]
    assert parse_lxss("") == []


def test_distros_that_cannot_be_used() -> None:
    assert unusable(Distro("Debian")) is None
    named = unusable(Distro("my distro"))
    assert named is not None
    assert "cannot stand on a command line" in named.message
    busy = unusable(Distro("Debian", state=3))
    assert busy is not None
    assert "being installed or removed" in busy.message


@pytest.mark.parametrize("codec", ["utf-8", "utf-16-le"])
@pytest.mark.parametrize(
    ("code", "id"),
    [
        ("Wsl/WSL_E_WSL_OPTIONAL_COMPONENT_REQUIRED", "wsl_not_usable"),
        ("Wsl/Service/CreateInstance/WSL_E_VIRTUAL_MACHINE_PLATFORM_REQUIRED", "wsl_not_usable"),
        ("Wsl/Service/CreateInstance/CreateVm/HCS/HCS_E_HYPERV_NOT_INSTALLED", "wsl_not_usable"),
        ("Wsl/Service/CreateInstance/WSL_E_WSL1_NOT_SUPPORTED", "wsl_not_usable"),
        ("Wsl/Service/WSL_E_DISTRO_NOT_FOUND", "distro_missing"),
        ("Wsl/WSL_E_USER_NOT_FOUND", "unknown_account"),
        ("Wsl/WSL_E_LOCAL_SYSTEM_NOT_SUPPORTED", "local_system"),
        ("Wsl/Service/CreateInstance/CreateVm/HCS/E_ACCESSDENIED", "wsl_access_denied"),
        ("Wsl/Service/0x80070005/ERROR_ACCESS_DENIED", "wsl_access_denied"),
        ("Wsl/Service/CreateInstance/CreateVm/HCS/0x80070005", "wsl_access_denied"),
        ("Wsl/Service/CreateInstance/CreateVm/HCS/0x80070569", "wsl_access_denied"),
        ("Wsl/Service/CreateInstance/CreateVm/0x8007023f", "distro_not_started"),
        ("Wsl/Service/CreateInstance/MountVhd/HCS/ERROR_FILE_NOT_FOUND", "distro_not_started"),
        ("", "distro_not_started"),
    ],
)
def test_codes_decide_in_any_language_and_encoding(codec: str, code: str, id: str) -> None:
    said = f"没有这样的分发。\r\n错误代码: {code}\r\n".encode(codec)
    assert wsl_failures.code_of(b"before\n" + said if codec == "utf-8" else said) == code
    finding = wsl_failures.failure("Debian", "alice", said)
    assert finding.id == id
    assert code in finding.message
    assert finding.advice
    assert "没有" not in finding.message


def test_a_code_in_utf16_is_found_behind_a_programs_utf8() -> None:
    said = "é\n".encode() + "Error code: Wsl/Service/WSL_E_DISTRO_NOT_FOUND\r\n".encode("utf-16-le")
    assert wsl_failures.code_of(said) == "Wsl/Service/WSL_E_DISTRO_NOT_FOUND"


@pytest.mark.parametrize(
    ("code", "is_told"),
    [
        ("Wsl/Service/CreateInstance/CreateVm/0x8007023f", True),
        ("Wsl/Service/CreateInstance/CreateVm/HCS/HCS_E_CONNECTION_TIMEOUT", True),
        ("Wsl/Service/CreateInstance/CreateVm/HCS/E_ACCESSDENIED", True),
        ("Wsl/Service/CreateInstance/CreateVm/HCS/0x80070569", True),
        ("Wsl/Service/CreateInstance/MountVhd/HCS/ERROR_FILE_NOT_FOUND", False),
        ("Wsl/Service/0x80072746", False),
    ],
)
def test_a_virtual_machine_that_does_not_start_has_advice_for_sessions(code: str, is_told: bool) -> None:
    finding = wsl_failures.failure("Debian", "", f"Error code: {code}".encode())
    assert ("session without a desktop" in finding.advice) is is_told
    assert ("Log on as a service" in finding.advice) is code.endswith("0x80070569")


def shell(reply: Reply) -> tuple[WslShell, list[Request]]:
    asked: list[Request] = []

    def ask(request: Request) -> Reply:
        asked.append(request)
        return reply

    return WslShell("Debian", "alice", ask), asked


def test_what_wsl_left_is_an_answer_or_an_error() -> None:
    good, asked = shell(Reply(0, b"out", b"wsl: Failed to translate 'x'"))
    assert good.run(b"script", changes=True) == b"out"
    assert (asked[0].run, asked[0].changes) == (("Debian", "alice", b"script"), True)
    cases: list[tuple[Reply, bool, type[DevboxError], str]] = [
        (Reply(-1, b"Wsl/WSL_E_USER_NOT_FOUND", b""), False, Blocked, "no account alice"),
        (Reply(0xFFFFFFFF, b"", b"Wsl/WSL_E_USER_NOT_FOUND"), True, Blocked, "no account alice"),
        (Reply(255, b"", b"/bin/sh: x"), False, ReadError, r"exit code 255\): /bin/sh: x"),
        (Reply(1, b"", b""), False, ReadError, "it said nothing"),
        (Reply(None, b"", b""), False, Blocked, "gave no answer, within"),
        (Reply(None, b"", b""), True, ApplyError, "gave no answer, within"),
    ]
    for reply, changes, kind, text in cases:
        with pytest.raises(kind, match=text):
            shell(reply)[0].run(b"", changes)


BEGUN = b"gd0123456789ab+packed\nH4sI"
BEFORE = ["Wsl/Service/CreateInstance/CreateVm/HCS/E_ACCESSDENIED", "Wsl/Service/CreateInstance/E_UNEXPECTED"]
BEFORE += ["Wsl/Service/WSL_E_DISTRO_NOT_FOUND", "Wsl/WSL_E_USER_NOT_FOUND", "Wsl/WSL_E_LOCAL_SYSTEM_NOT_SUPPORTED"]
AMID = ["Wsl/Service/0x80072746", "Wsl/Service/E_UNEXPECTED", "Wsl/Service/WSL_E_VM_CRASHED", "Wsl/0x800706be", ""]


@pytest.mark.parametrize("rc", [-1, 0xFFFFFFFF])
@pytest.mark.parametrize("code", [*BEFORE, *AMID])
@pytest.mark.parametrize("begun", [b"", BEGUN])
def test_nothing_was_changed_is_said_only_where_nothing_was_started(rc: int, code: str, begun: bytes) -> None:
    reply = Reply(rc, begun + f"\r\nError code: {code}\r\n".encode(), b"")
    with pytest.raises(Blocked):
        shell(reply)[0].run(b"")
    is_certain = code in BEFORE and not begun
    with pytest.raises(Blocked if is_certain else ApplyError) as caught:
        shell(reply)[0].run(b"", changes=True)
    assert ("Nothing was changed" in caught.value.text) is is_certain
    assert bool(caught.value.touched) is not is_certain
    assert code in caught.value.text


@pytest.mark.parametrize("err", [b"", b"Terminated\n"])
def test_a_shell_that_ends_silently_in_a_change_may_have_made_it(err: bytes) -> None:
    with pytest.raises(ApplyError, match="exit code 1 in a change") as caught:
        shell(Reply(1, b"\r\n", err))[0].run(b"", changes=True)
    assert caught.value.touched.startswith("Each file is as it was, or")


# --- the end of distros ----------------------------------------------------------------------------------------------


class Ending(Session):
    """A host whose wsl.exe says this when it ends a distro. lost: bytes at the end that do not arrive."""

    name, fresh_environment, holds_output = "of the imagination", True, False

    def __init__(self, said: t.Mapping[str, bytes], lost: int = 0) -> None:
        self.said, self.lost = said, lost
        self.scripts: list[Script] = []

    def run(self, command: t.Any, stdin: bytes | None = None) -> Completed:
        assert stdin is None
        self.scripts.append(command)
        text = command.command_line()
        mark = text.split("echo ")[1].split("+")[0]
        names = text.split(" in (")[1].split(")")[0].split(" ")
        parts = [f"{mark}+end\r\n{name}.\r\n".encode() + self.said[name] for name in names]
        out = b"".join(part + f"\r\n{mark}-end\r\n".encode() for part in parts)
        return Completed(0, out[: len(out) - self.lost], b"")

    def fresh(self) -> None:
        """There is nothing to forget."""


DONE = b"The operation completed successfully.\r\ngd-ended\r\n"
CODE = "Error code: Wsl/Service/TerminateDistro/E_UNEXPECTED\r\n"


def test_distros_that_were_not_ended_are_told() -> None:
    said = {
        "Alpha": DONE,
        "Beta": CODE.encode(),
        "Gamma.": "失败\r\n".encode("utf-16-le") + CODE.encode("utf-16-le"),
        "Delta": b"The system cannot execute the specified program.\r\n",
        "Alpha2": DONE,
        "on": b"gd-ended\r\n",
    }
    host = Ending(said)
    found = Wsl(host).terminate(list(said))
    assert list(found) == ["Beta", "Gamma.", "Delta"]
    assert {finding.id for finding in found.values()} == {"distro_not_ended"}
    assert all("Wsl/Service/TerminateDistro/E_UNEXPECTED" in found[name].message for name in ("Beta", "Gamma."))
    assert "cannot execute" in found["Delta"].message
    assert all(f"wsl.exe --terminate {name}" in finding.advice for name, finding in found.items())
    assert len(host.scripts) == 1


def test_of_an_answer_that_is_not_whole_no_end_is_claimed() -> None:
    found = Wsl(Ending({"Alpha": DONE, "Beta": DONE}, lost=8)).terminate(["Alpha", "Beta"])
    assert list(found) == ["Beta"]
    assert "is not known" in found["Beta"].message


def test_many_distros_are_ended_by_one_command() -> None:
    names = [f"{number:03}{'x' * 60}" for number in range(80)]
    host = Ending(dict.fromkeys(names, DONE))
    assert Wsl(host).terminate(names) == {}
    text = host.scripts[0].command_line()
    assert text.count("errorlevel 9009") == 2, "wsl.exe is started again where it was not"
    assert not host.scripts[0].holds
    assert Wsl(host).terminate([]) == {}
    assert len(host.scripts) == 1
    with pytest.raises(ValueError, match="command line"):
        Wsl(host).terminate(["a b"])


def test_others_are_named_where_the_account_has_none() -> None:
    others: dict[str, t.Sequence[str]] = {"S-1-5-21-7": ("Debian",)}
    assert "(S-1-5-21-7: Debian)" in wsl_failures.no_distros("box\\svc", others).message
    assert "Other accounts" not in wsl_failures.no_distros("box\\svc", {}).message
    assert "has no distros" in wsl_failures.no_distro("x", []).message
