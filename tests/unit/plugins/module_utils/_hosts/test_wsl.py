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
from ansible_collections.gopher.devbox.plugins.module_utils._hosts import wsl_failures
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.wsl import (
    Distro,
    Reply,
    Request,
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


def test_others_are_named_where_the_account_has_none() -> None:
    others: dict[str, t.Sequence[str]] = {"S-1-5-21-7": ("Debian",)}
    assert "(S-1-5-21-7: Debian)" in wsl_failures.no_distros("box\\svc", others).message
    assert "Other accounts" not in wsl_failures.no_distros("box\\svc", {}).message
    assert "has no distros" in wsl_failures.no_distro("x", []).message
