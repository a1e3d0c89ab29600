# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What cannot be done is refused before anything is written, with the remedy by name; and what could do harm
does none.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ABSENT, ADMIN, ALICE, CHINESE, FILTERED, MANDATORY, NEW_GO, NEW_ROOT, TEMPORARY
from support import MACHINE, Playbooks, go_registry_as, path_of, user_key
from winhost import Account, WinHost

pytestmark = pytest.mark.windows

WANTED: dict[str, Any] = {
    "goroot": NEW_ROOT,
    "gopath": [r"C:\gopath"],
    "variables": {"GOPROXY": "off"},
    "verify": False,
}
SYSTEM = Account("system", "Passw0rd-system", "S-1-5-18", domain="NT AUTHORITY")


def everything(host: WinHost) -> dict[str, Any]:
    """All that a run could have written: the environments, and what stands below our own keys."""
    roots = ["HKLM", *(rf"HKU\{account.sid}" for account in host.accounts if account.loaded), r"HKU\.DEFAULT"]
    keys = [MACHINE, *(rf"{root}\Environment" for root in roots[1:])]
    found: dict[str, Any] = {key: host.prefix.registry(key) for key in keys if host.prefix.has_key(key)}
    for root in roots:
        for name in ("gopher", "Go"):
            key = rf"{root}\Software\{name}"
            if host.prefix.has_key(key):
                found[key] = below(host, key)
    return found


def below(host: WinHost, key: str) -> dict[str, Any]:
    return {"": host.prefix.registry(key), **{name: below(host, rf"{key}\{name}") for name in host.prefix.subkeys(key)}}


@contextlib.contextmanager
def untouched(host: WinHost) -> Iterator[None]:
    """Nothing of the registry is other than before; no staging directory is left."""
    before, files = everything(host), leftovers(host)
    yield
    assert everything(host) == before
    assert leftovers(host) == files


def leftovers(host: WinHost) -> list[Path]:
    return sorted(
        path
        for account in host.accounts
        for path in host.prefix.unix_path(rf"{account.home}\AppData\Local\Temp").glob("gopher-devbox-*")
    )


def must_refuse(result: dict[str, Any], *words: str, finding: str | None = None) -> None:
    """It failed without a change, and names what is in the way and what to do."""
    assert result.get("failed"), result
    assert result["changed"] is False
    assert "Traceback" not in result["msg"]
    for word in words:
        assert word.lower() in result["msg"].lower(), result["msg"]
    if finding is not None:
        assert finding in [item["id"] for item in result["findings"]], result


# ------------------------------------------------------------------------------------------------------------ rights


@pytest.mark.parametrize("account", [FILTERED, ALICE], ids=lambda account: account.name)
def test_machine_scope_needs_an_elevated_token(host: WinHost, account: Account) -> None:
    with untouched(host):
        result = go_registry_as(host, account, scope="machine", **WANTED)
    must_refuse(result, account.name, "elevated token", "LocalAccountTokenFilterPolicy", finding="not_elevated")


def test_user_scope_of_another_needs_an_elevated_token(host: WinHost) -> None:
    with untouched(host):
        result = go_registry_as(host, ALICE, scope="user", user=CHINESE.sid, **WANTED)
    must_refuse(result, "LocalAccountTokenFilterPolicy", finding="not_elevated")


def test_own_user_scope_needs_none(host: WinHost) -> None:
    result = go_registry_as(host, ALICE, scope="user", **WANTED)
    assert not result.get("failed"), result["msg"]
    assert host.prefix.registry(user_key(ALICE.sid))["GOROOT"] == ("REG_SZ", NEW_ROOT)
    assert "GOROOT" not in host.prefix.registry(user_key(ADMIN.sid))


@pytest.mark.parametrize("key", [MACHINE, r"HKLM\SOFTWARE\gopher"], ids=["environment", "journal"])
def test_no_right_on_the_key(host: WinHost, key: str) -> None:
    if not host.prefix.has_key(key):
        host.prefix.set_value(key, "there", "1")
    host.prefix.deny_key(key)
    try:
        with untouched(host):
            result = go_registry_as(host, ADMIN, scope="machine", **WANTED)
    finally:
        host.prefix.allow_key(key)
    must_refuse(result, "HKEY_LOCAL_MACHINE", "account")
    assert not go_registry_as(host, ADMIN, scope="machine", **WANTED).get("failed")


def test_no_right_on_the_user_key(host: WinHost) -> None:
    key = user_key(ADMIN.sid)
    host.prefix.deny_key(key)
    try:
        with untouched(host):
            result = go_registry_as(host, ADMIN, scope="user", **WANTED)
    finally:
        host.prefix.allow_key(key)
    must_refuse(result, "HKEY_USERS", ADMIN.sid, "account")


# ------------------------------------------------------------------------------------------------------------ profiles


@pytest.mark.parametrize(
    ("user", "word"),
    [("nobody", "loaded"), (f"{ABSENT.sid}9", "no profile"), (r"WINHOST\nobody", "loaded")],
    ids=["name", "sid", "domain"],
)
def test_user_without_a_profile(host: WinHost, user: str, word: str) -> None:
    with untouched(host):
        result = go_registry_as(host, ADMIN, scope="user", user=user, **WANTED)
    must_refuse(result, word, user)


def test_account_without_a_loaded_profile(host: WinHost) -> None:
    """HKCU would silently be that of LocalSystem here."""
    with untouched(host):
        result = go_registry_as(host, ABSENT, scope="user", **WANTED)
    must_refuse(result, "loaded")


@pytest.mark.parametrize(
    ("account", "word"), [(TEMPORARY, "temporary"), (MANDATORY, "mandatory")], ids=["temporary", "mandatory"]
)
@pytest.mark.parametrize("own", [True, False], ids=["own", "named"])
def test_profile_that_is_thrown_away(host: WinHost, account: Account, word: str, own: bool) -> None:
    with untouched(host):
        result = go_registry_as(
            host, account if own else ADMIN, scope="user", **({} if own else {"user": account.name}), **WANTED
        )
    must_refuse(result, f"{word} profile", "sign-out", finding=f"{word}_profile")


# ------------------------------------------------------------------------------------------------------------ policies
# and programs


@pytest.mark.parametrize("scope", ["machine", "user"])
def test_registry_tools_are_disabled(host: WinHost, scope: str) -> None:
    host.prefix.policy_registry_tools(True)
    try:
        with untouched(host):
            result = go_registry_as(host, ADMIN, scope=scope, **WANTED)
    finally:
        host.prefix.policy_registry_tools(False)
    must_refuse(result, "DisableRegistryTools")


def test_command_prompt_is_disabled(host: WinHost) -> None:
    host.prefix.policy_cmd(True)
    try:
        with untouched(host):
            result = go_registry_as(host, ADMIN, scope="machine", **WANTED)
    finally:
        host.prefix.policy_cmd(False)
    must_refuse(result, "Prevent access to the command prompt")


@pytest.mark.parametrize(
    ("program", "words"),
    [("tar.exe", ("tar.exe", "1803")), ("whoami.exe", ("whoami.exe",)), ("reg.exe", ("did not start reg.exe",))],
)
def test_program_is_missing(host: WinHost, program: str, words: tuple[str, ...]) -> None:
    host.prefix.remove_program(program)
    try:
        with untouched(host):
            result = go_registry_as(host, ADMIN, scope="machine", **WANTED)
    finally:
        host.prefix.restore_program(program)
    must_refuse(result, *words)


def test_everything_is_told_at_once(host: WinHost) -> None:
    host.prefix.remove_program("tar.exe")
    try:
        with untouched(host):
            result = go_registry_as(host, FILTERED, scope="machine", **WANTED)
    finally:
        host.prefix.restore_program("tar.exe")
    must_refuse(result, "tar.exe", "LocalAccountTokenFilterPolicy", "(1)", "(2)")
    assert {"missing_program", "not_elevated"} <= {item["id"] for item in result["findings"]}


# ------------------------------------------------------------------------------------------------------------ AutoRun

AUTORUN = r"@echo Welcome to this prompt, GOROOT=C:\Elsewhere & cd /d C:\Users\Public & set GOROOT=C:\Elsewhere"


@pytest.fixture
def autorun(host: WinHost) -> Iterator[WinHost]:
    host.prefix.autorun(AUTORUN)
    yield host
    host.prefix.autorun(None)


def test_autorun_does_no_harm_over_winrm(autorun: WinHost) -> None:
    result = go_registry_as(autorun, ADMIN, scope="machine", **{**WANTED, "verify": True})
    assert not result.get("failed"), result["msg"]
    must_stand(autorun)
    assert go_registry_as(autorun, ADMIN, scope="machine", **WANTED)["changed"] is False


def must_stand(host: WinHost) -> None:
    values = host.prefix.registry(MACHINE)
    assert (values["GOROOT"], values["GOPROXY"]) == (("REG_SZ", NEW_ROOT), ("REG_SZ", "off"))
    assert path_of(host, MACHINE)[0] == rf"{NEW_ROOT}\bin"
    assert not list(host.prefix.unix_path(r"C:\Users\Public").glob("gopher*"))


# ------------------------------------------------------------------------------------------------------------
# connections


def refused_by_ansible(result: dict[str, Any]) -> str:
    assert result["failed"], result
    text = str(result["msg"])
    assert "Traceback" not in text
    return text


TASK: dict[str, Any] = {"gopher.devbox.go_registry": {"scope": "machine", **WANTED}}


@pytest.mark.parametrize(
    ("change", "play", "words"),
    [
        pytest.param(
            {},
            {"become": True, "become_method": "runas", "become_user": "alice"},
            ("become: false", "PowerShell"),
            id="become",
        ),
        pytest.param({"ansible_connection": "psrp"}, {}, ("winrm", "ssh", "psrp"), id="psrp"),
        pytest.param(
            {"ansible_connection": "ssh", "ansible_shell_type": "powershell"},
            {},
            ("ansible_shell_type: cmd", "winrm"),
            id="ssh_powershell",
        ),
        pytest.param(
            {"ansible_connection": "local", "ansible_shell_type": "sh"},
            {},
            ("neither Windows nor a WSL distro", "winrm", "go_env_platform"),
            id="linux",
        ),
        pytest.param({"go_env_platform": "plan9"}, {}, ("go_env_platform", "plan9", "windows or posix"), id="platform"),
    ],
)
def test_connection_that_does_not_do(
    host: WinHost, tmp_path: Path, change: dict[str, Any], play: dict[str, Any], words: tuple[str, ...]
) -> None:
    variables = host.ansible_vars() | change
    if change.get("ansible_connection") == "local":
        variables["ansible_python_interpreter"] = "{{ ansible_playbook_python }}"
    with untouched(host):
        results, _done = Playbooks(tmp_path, variables).tasks([TASK], play=play)
    text = refused_by_ansible(results[0])
    for word in words:
        assert word in text
    assert host.counters.now.processes == 0


# ------------------------------------------------------------------------------------------------------------ hosts of
# their own


@pytest.fixture(scope="module")
def ssh_host() -> Iterator[WinHost]:
    with WinHost.start((ADMIN, FILTERED), go={NEW_GO: NEW_ROOT}, packages=False, ssh=True) as host:
        yield host


def test_autorun_does_no_harm_over_ssh(ssh_host: WinHost, tmp_path: Path) -> None:
    ssh_host.prefix.autorun(AUTORUN)
    try:
        results, done = Playbooks(tmp_path, ssh_host.ansible_vars(connection="ssh")).tasks([TASK, TASK])
    finally:
        ssh_host.prefix.autorun(None)
    assert not results[0].get("failed"), done.stdout
    assert [result["changed"] for result in results] == [True, False]
    must_stand(ssh_host)


def test_not_elevated_over_ssh(ssh_host: WinHost, tmp_path: Path) -> None:
    task = {"gopher.devbox.go_registry": {"scope": "machine", "variables": {"GOPRIVATE": "nobody.example.com"}}}
    with untouched(ssh_host):
        results, _done = Playbooks(tmp_path, ssh_host.ansible_vars(FILTERED, connection="ssh")).tasks([task])
    assert "LocalAccountTokenFilterPolicy" in refused_by_ansible(results[0])


def test_ssh_host_that_is_not_there(ssh_host: WinHost, tmp_path: Path) -> None:
    variables = ssh_host.ansible_vars(connection="ssh") | {"ansible_port": 1}
    results, _done = Playbooks(tmp_path, variables).tasks([{**TASK, "ignore_unreachable": True}])
    assert results[0]["unreachable"] is True
    assert "Connection refused" in results[0]["msg"]


def test_local_system_has_no_user_scope() -> None:
    with WinHost.start((SYSTEM, ALICE), go={}) as host:
        with untouched(host):
            result = go_registry_as(host, SYSTEM, scope="user", gopath=[r"C:\gopath"])
        must_refuse(result, "LocalSystem", "user:", "scope: machine", finding="local_system")
