# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Windows behind the services: that it runs what it is given, and that its stand-in programs are as strict as the
real ones.
"""

from __future__ import annotations

import gzip
import io
import os
import random
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from waiting import wait_for
from winhost.prefix import ACCOUNTS, SIDS, Account, Completed, Prefix, Win32Error, console_mangle

pytestmark = [
    pytest.mark.windows,
    pytest.mark.skipif(shutil.which("wineserver") is None, reason="needs Wine (Debian: wine wine64)"),
]

SYSTEM32 = r"C:\Windows\System32"
CMD = rf"{SYSTEM32}\cmd.exe"
REG = rf"{SYSTEM32}\reg.exe"
TAR = rf"{SYSTEM32}\tar.exe"
WHOAMI = rf"{SYSTEM32}\whoami.exe"
TEMP = r"C:\Windows\Temp"
MACHINE = r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment"
ADMIN, USER, CHINESE, FILTERED, ABSENT = ACCOUNTS


@pytest.fixture(scope="module")
def windows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prefix]:
    with Prefix.create(tmp_path_factory.mktemp("windows") / "prefix", go_versions=()) as prefix:
        yield prefix


@pytest.fixture
def folder(windows: Prefix) -> Iterator[Path]:
    place = windows.unix_path(rf"{TEMP}\test")
    place.mkdir()
    yield place
    shutil.rmtree(place)


def cmd(windows: Prefix, text: str, account: Account | None = None, stdin: bytes = b"") -> Completed:
    return windows.run(rf'{CMD} /d /s /c "{text}"', cwd=TEMP, account=account, stdin=stdin)


def tar(windows: Prefix, arguments: str, stdin: bytes = b"") -> Completed:
    return windows.run(f"{TAR} {arguments}", cwd=rf"{TEMP}\test", stdin=stdin)


def archive(*members: tuple[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as to:
        for name, content in members:
            member = tarfile.TarInfo(name)
            member.size, member.mtime = len(content), 1_600_000_000
            to.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


# ---------------------------------------------------------------------------------------------------------------
# programs


@pytest.mark.parametrize(
    "text", [r"say \"hi\" & ^ ! %PATH%", "工作 Ā é", r"C:\dir with blanks\\", "a;b|c>d<e", "\U0001f600"]
)
def test_command_line_arrives_unchanged(windows: Prefix, text: str) -> None:
    key = r"HKCU\Software\winhost-test"
    done = windows.run(rf'{REG} add {key} /v x /d "{text}" /f')
    assert done.rc == 0, done
    expected = text.replace('\\"', '"').replace("\\\\", "\\") if text.endswith("\\\\") or '\\"' in text else text
    assert windows.registry(key)["x"] == ("REG_SZ", expected)


def test_bytes_are_exact(windows: Prefix, folder: Path) -> None:
    content = bytes(range(256)) * 4000
    assert tar(windows, "-xf -", archive(("all.bin", content))) == Completed(0, b"", b"")
    assert (folder / "all.bin").read_bytes() == content
    assert tar(windows, "-xOf -", archive(("all.bin", content))).stdout == content


def test_exit_codes_have_32_bits(windows: Prefix) -> None:
    assert cmd(windows, "exit 300").rc == 300
    assert cmd(windows, "exit -1").rc == 0xFFFFFFFF


@pytest.mark.parametrize(
    ("line", "code"), [("nowhere.exe", 2), (r"C:\nowhere\x.exe", 3), (r"C:\Windows\system.ini", 193)]
)
def test_what_cannot_be_started(windows: Prefix, line: str, code: int) -> None:
    with pytest.raises(Win32Error) as caught:
        windows.run(line)
    assert caught.value.winerror in (code, 2)


def test_directory_that_is_not_there(windows: Prefix) -> None:
    with pytest.raises(Win32Error):
        windows.run(f"{CMD} /d /c cd", cwd=r"C:\nowhere")


def test_many_at_once(windows: Prefix) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda number: cmd(windows, f"echo {number}").stdout.strip(), range(24))) == [
            str(number).encode() for number in range(24)
        ]


def test_kill_takes_the_whole_tree(windows: Prefix, folder: Path) -> None:
    process = windows.popen(rf'{CMD} /d /s /c "ping -n 99 127.0.0.1 >nul & echo x>{TEMP}\test\alive"', cwd=TEMP)

    def tree() -> list[str]:
        return [line for line in running_in(windows.directory) if "-n 99" in line]

    wait_for(lambda: len(tree()) == 2, "cmd.exe and its ping.exe do not run")
    process.kill()
    assert process.wait(5) == 1
    wait_for(lambda: not tree(), "a part of the tree runs on")
    assert not (folder / "alive").exists()


def test_nothing_is_left_of_a_tree_that_is_killed_while_it_starts(windows: Prefix) -> None:
    """A Wine process that is ended between its fork and its first word to the server would wait for ever."""

    def tree() -> list[str]:
        return [line for line in running_in(windows.directory) if "-n 98" in line]

    for _ in range(40):
        process = windows.popen(rf'{CMD} /d /s /c "ping -n 98 127.0.0.1 >nul"')
        wait_for(lambda: len(tree()) == 2, "cmd.exe and its ping.exe do not run")
        process.kill()
        assert process.wait(5) == 1
        for pipe in (process.stdin, process.stdout, process.stderr):
            pipe.close()
    wait_for(lambda: not tree(), "a part of a tree runs on")


def test_end_of_input_is_seen(windows: Prefix) -> None:
    assert windows.run(rf"{SYSTEM32}\find.exe /c /v {chr(34) * 2}", stdin=b"a\r\nb\r\n").stdout == b"2\r\n"


def test_nothing_of_the_caller_leaks(windows: Prefix, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOROOT", "/leak")
    assert not [
        name for name in windows.environment() if name.upper().startswith(("GO", "LC_", "LANG", "PYTHON", "HOME\0"))
    ]
    names = {line.partition(b"=")[0].upper() for line in cmd(windows, "set").stdout.splitlines()}
    known = {name.upper().encode() for name in windows.environment()} | {b"PROMPT"}
    assert {name for name in names - known if not name.startswith(b"WINE")} == set()


def test_console_mode_input() -> None:
    assert console_mangle(b"a\nb\rc\r\n") == b"a\r\nb\r\nc\r\n"
    assert console_mangle(b"one\r\n\x1a\r\nlost\r\n") == b"one\r\n"
    assert console_mangle(b"\xff\x00x", 65001).endswith(b"x")
    assert console_mangle("中".encode("gbk"), 936) == "中".encode("gbk")


# ------------------------------------------------------------------------------------------------- environment and
# accounts


def test_environment_is_composed_in_windows_order(windows: Prefix) -> None:
    key = rf"HKU\{CHINESE.sid}\Environment"
    before = windows.registry(key)
    windows.set_value(MACHINE, "W_PLAIN", r"C:\plain")
    windows.set_value(MACHINE, "W_EXPANDS", r"%SystemRoot%\x;%W_PLAIN%;%W_LATER%", "REG_EXPAND_SZ")
    windows.set_value(MACHINE, "W_LATER", "%W_PLAIN%", "REG_EXPAND_SZ")
    windows.set_value(MACHINE, "W_HOME", "%USERPROFILE%", "REG_EXPAND_SZ")
    windows.set_value(key, "GOPATH", r"%USERPROFILE%\go", "REG_EXPAND_SZ")
    windows.set_value(key, "W_PLAIN", "theirs %x%")
    windows.set_value(key, "PATH", r"%GOPATH%\bin;%W_PLAIN%", "REG_EXPAND_SZ")
    try:
        made = windows.environment(CHINESE)
        assert made["W_EXPANDS"] == r"C:\Windows\x;C:\plain;%W_LATER%"
        assert made["W_HOME"] == "%USERPROFILE%"
        assert made["GOPATH"] == rf"{CHINESE.home}\go"
        assert made["Path"].endswith(r"OpenSSH\;%GOPATH%\bin;theirs %x%")
        assert "PATH" not in made
        assert made["USERNAME"] == CHINESE.name
        assert windows.environment()["W_PLAIN"] == r"C:\plain"
    finally:
        for name in ("W_PLAIN", "W_EXPANDS", "W_LATER", "W_HOME"):
            windows.delete_value(MACHINE, name)
        for name in ("GOPATH", "W_PLAIN"):
            windows.delete_value(key, name)
        windows.set_value(key, "Path", str(before["Path"][1]), "REG_EXPAND_SZ")


@pytest.mark.parametrize("account", ACCOUNTS, ids=[account.sid[-4:] for account in ACCOUNTS])
def test_token_and_profile(windows: Prefix, account: Account) -> None:
    assert windows.run(WHOAMI, account=account).stdout.decode().strip() == rf"winhost\{account.name}"
    nested = cmd(windows, rf"{CMD} /d /c {WHOAMI} /user /fo csv /nh", account)
    assert nested.stdout.decode().strip() == rf'"winhost\{account.name}","{account.sid}"'
    groups = windows.run(f"{WHOAMI} /groups", account=account).stdout.decode()
    assert ("S-1-16-12288" in groups) is (account.elevated and account.administrator)
    assert ("S-1-5-32-544" in groups) is account.administrator
    assert ("deny only" in groups) is (account.administrator and not account.elevated)
    assert windows.has_key(rf"HKU\{account.sid}") is account.loaded
    assert (
        windows.registry(rf"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList\{account.sid}")[
            "ProfileImagePath"
        ][1]
        == account.stored_home
    )
    assert windows.unix_path(account.home).is_dir()


def test_hkcu_is_the_connecting_account(windows: Prefix) -> None:
    assert windows.run(rf"{REG} add HKCU\Environment /v W_OWN /d x /f").rc == 0
    assert windows.registry(rf"HKU\{ADMIN.sid}\Environment")["W_OWN"] == ("REG_SZ", "x")
    windows.delete_value(rf"HKU\{ADMIN.sid}\Environment", "W_OWN")


def test_import_reg(windows: Prefix) -> None:
    windows.import_reg(
        'Windows Registry Editor Version 5.00\n\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\W]\n"值"="工作"\n"n"=dword:0000000a\n'
    )
    assert windows.registry(r"HKLM\SOFTWARE\W") == {"值": ("REG_SZ", "工作"), "n": ("REG_DWORD", 10)}
    windows.delete_key(r"HKLM\SOFTWARE\W")
    assert not windows.has_key(r"HKLM\SOFTWARE\W")
    with pytest.raises(KeyError):
        windows.registry(r"HKLM\SOFTWARE\W")


# -------------------------------------------------------------------------------------------------------------------
# tar


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_tar_extracts(windows: Prefix, folder: Path, form: int, pack: type[bytes]) -> None:
    long = "d" * 90 + "/" + "f" * (60 if form == tarfile.USTAR_FORMAT else 140)
    assert tar(windows, "-xf -", pack(archive(("a.txt", b"a"), (long, b"long"), form=form))) == Completed(0, b"", b"")
    assert (folder / "a.txt").read_bytes() == b"a"
    assert (folder / long).read_bytes() == b"long"
    assert int((folder / "a.txt").stat().st_mtime) == 1_600_000_000


def test_tar_creates(windows: Prefix, folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "x.bin").write_bytes(bytes(range(256)) * 100)
    (folder / ("n" * 120)).write_bytes(b"long")
    for arguments in ("-cf - sub " + "n" * 120, "-czf - -C sub x.bin"):
        done = tar(windows, arguments)
        assert (done.rc, done.stderr) == (0, b"")
        with tarfile.open(fileobj=io.BytesIO(done.stdout)) as made:
            name = next(item for item in made.getnames() if item.endswith("x.bin"))
            content = made.extractfile(name)
            assert content is not None
            assert content.read() == bytes(range(256)) * 100
    assert tar(windows, "-cf - sub nowhere").rc == 1


def test_tar_names_go_through_the_ansi_page(windows: Prefix, folder: Path) -> None:
    done = tar(windows, "-xf -", archive(("Ā.txt", b"best fit"), ("é.txt", b"fits")))
    assert done.rc == 0
    assert sorted(item.name for item in folder.iterdir()) == ["A.txt", "é.txt"]
    assert tar(windows, "-xf -", archive(("中.txt", b"lost"))).rc == 1
    (folder / "中").mkdir()
    assert tar(windows, "-C 中 -xf -", archive(("x", b"x"))).rc == 1


@pytest.mark.parametrize(
    ("size", "code", "left"),
    [
        (0, 0, {}),
        (100, 1, {}),
        (512, 1, {"1": 0}),
        (612, 1, {"1": 100}),
        (512 + 1024 + 512 + 7, 1, {"1": 1024, "2": 7}),
        (512 + 1024, 0, {"1": 1024}),
        (2 * (512 + 1024), 0, {"1": 1024, "2": 1024}),
    ],
)
def test_tar_of_a_cut_stream(windows: Prefix, folder: Path, size: int, code: int, left: dict[str, int]) -> None:
    done = tar(windows, "-xf -", archive(("1", b"1" * 1024), ("2", b"2" * 1024))[:size])
    assert done.rc == code
    assert bool(done.stderr) is bool(code)
    assert {item.name: item.stat().st_size for item in folder.iterdir()} == left


def test_tar_of_a_cut_gzip_stream(windows: Prefix, folder: Path) -> None:
    content = random.Random(1).randbytes(50_000)
    assert tar(windows, "-xf -", gzip.compress(archive(("r", content)))[:30_000]).rc == 1
    assert content.startswith((folder / "r").read_bytes())


def test_tar_unlinks_before_it_writes(windows: Prefix, folder: Path) -> None:
    (folder / "old").write_bytes(b"old")
    os.link(folder / "old", folder / "other")
    assert tar(windows, "-xf -", archive(("old", b"new"))).rc == 0
    assert (folder / "old").read_bytes() == b"new"
    assert (folder / "other").read_bytes() == b"old"


@pytest.mark.parametrize(
    "arguments", ["", "-q", "-xtf -", "-xf nowhere.tar", "-xf - --strange", "-C nowhere -xf -", "-cf -"]
)
def test_tar_refuses(windows: Prefix, folder: Path, arguments: str) -> None:
    done = tar(windows, arguments, archive(("x", b"x")))
    assert (done.rc, done.stdout) == (1, b"")
    assert done.stderr.startswith(b"tar.exe: ")
    assert not list(folder.iterdir())


def test_tar_stays_where_it_is(windows: Prefix, folder: Path) -> None:
    assert tar(windows, "-xf -", archive(("../evil", b"x"), ("/rooted", b"x"))).rc == 1
    assert not windows.unix_path(rf"{TEMP}\evil").exists()
    assert (folder / "rooted").exists()
    assert tar(windows, "-xf -", b"garbage" * 100).rc == 1


# -------------------------------------------------------------------------------------------------------- other
# programs


def test_where(windows: Prefix) -> None:
    assert windows.run(rf"{SYSTEM32}\where.exe $PATH:reg").stdout.decode().strip().lower() == REG.lower()
    assert windows.run(rf'{SYSTEM32}\where.exe "C:\nowhere;{SYSTEM32}:tar.exe"').rc == 0
    missing = windows.run(rf"{SYSTEM32}\where.exe go.exe")
    assert (missing.rc, missing.stdout) == (1, b"")


def test_findstr_and_sort(windows: Prefix) -> None:
    assert cmd(windows, 'findstr /b /i /c:"A b"', stdin=b"x\r\na bc\r\n").stdout == b"a bc\r\n"
    assert cmd(windows, "findstr /r ^^[0-9]*$", stdin=b"12\r\nx1\r\n").stdout == b"12\r\n"
    assert cmd(windows, "findstr none", stdin=b"x\r\n").rc == 1
    assert cmd(windows, "sort", stdin=b"b\r\na\r\n").stdout == b"a\r\nb\r\n"


def test_certutil(windows: Prefix, folder: Path) -> None:
    (folder / "in").write_bytes(bytes(range(256)))
    assert (
        b"40aff2e9d2d8922e47afd4648e6967497158785fbd1da870e7110266bf944880"
        in cmd(windows, r"certutil -hashfile test\in SHA256").stdout
    )
    assert cmd(windows, r"certutil -encode test\in test\b64 & certutil -decode test\b64 test\out").rc == 0
    assert (folder / "out").read_bytes() == bytes(range(256))
    assert cmd(windows, r"certutil -encode test\in test\b64").rc == 0x80070050


@pytest.mark.parametrize("arguments", ["/x", "/fo csv", "/user /fo list /nh", "/upn", "user"])
def test_whoami_refuses(windows: Prefix, arguments: str) -> None:
    done = windows.run(f"{WHOAMI} {arguments}")
    assert (done.rc, done.stdout) == (1, b"")


@pytest.mark.parametrize(
    ("line", "output"),
    [
        ('echo "a & b"&echo c', b'"a & b"\r\nc\r\n'),
        ("cd /d C:\\nowhere 2>nul||echo no", b"no\r\n"),
        ("if exist cmd.txt (echo yes) else (echo no)", b"yes\r\n"),
        ("if exist nowhere (echo yes) else (echo no)", b"no\r\n"),
        ("for /f %i in ('echo hi') do @echo [%i]", b"[hi]\r\n"),
        ("for %i in (cmd.exe) do @echo [%~$PATH:i]", b"[C:\\Windows\\system32\\cmd.exe]\r\n"),
        ("echo %SystemRoot:~0,3%", b"C:\\\r\n"),
        ("md new\\deep&if exist new\\deep\\ echo made&rd /s /q new&if not exist new echo gone", b"made\r\ngone\r\n"),
        ("echo x>one&move /y one two>nul&type two&del two", b"x\r\n"),
        ("echo a>x.tmp&echo b>>x.tmp&type x.tmp&del x.tmp", b"a\r\nb\r\n"),
        ("(echo a)&(echo b>&2)", b"a\r\n"),
        ("echo ^&^|^<^>", b"&|<>\r\n"),
    ],
)
def test_cmd_does_what_is_relied_on(windows: Prefix, line: str, output: bytes) -> None:
    windows.unix_path(rf"{TEMP}\cmd.txt").touch()
    assert cmd(windows, line).stdout.lower() == output.lower()


# ------------------------------------------------------------------------------------------------------------
# misbehaviour


def test_key_that_is_denied(windows: Prefix) -> None:
    windows.deny_key(MACHINE)
    try:
        assert windows.run(rf'{REG} add "{MACHINE}" /v W_NEW /d x /f').rc == 1
        assert windows.run(rf'{REG} add "{MACHINE}\below" /f').rc == 1
        assert windows.run(rf'{REG} delete "{MACHINE}" /v OS /f').rc == 1
        assert windows.run(rf'{REG} query "{MACHINE}"').rc == 0
        assert windows.registry(MACHINE)["OS"] == ("REG_SZ", "Windows_NT")
    finally:
        windows.allow_key(MACHINE)
    assert windows.run(rf'{REG} add "{MACHINE}" /v W_NEW /d x /f').rc == 0
    windows.delete_value(MACHINE, "W_NEW")


@pytest.mark.parametrize("account", [USER, FILTERED], ids=["user", "filtered"])
def test_machine_keys_refuse_who_is_not_elevated(windows: Prefix, account: Account) -> None:
    assert windows.run(rf'{REG} add "{MACHINE}" /v W_NEW /d x /f', account=account).rc == 1
    assert windows.run(rf"{REG} add HKLM\SOFTWARE\W_New /f", account=account).rc == 1
    assert windows.run(rf"{REG} copy HKU\S-1-5-18\Environment HKLM\SOFTWARE\W_New\deep /s /f", account=account).rc == 1
    assert not windows.has_key(r"HKLM\SOFTWARE\W_New")
    assert windows.run(rf"{REG} add HKU\{account.sid}\Environment /v W_NEW /d x /f", account=account).rc == 0
    assert windows.run(rf'{REG} add "{MACHINE}" /v W_NEW /d x /f').rc == 0
    windows.delete_value(MACHINE, "W_NEW")


def test_import_goes_on_after_a_denied_key(windows: Prefix, folder: Path) -> None:
    text = rf"""﻿Windows Registry Editor Version 5.00

[HKEY_LOCAL_MACHINE\SOFTWARE\W_Import]
"x"="1"

[HKEY_USERS\{USER.sid}\Software\W_Import]
"x"="1"
"""
    (folder / "i.reg").write_bytes(text.replace("\n", "\r\n").encode("utf-16-le"))
    assert windows.run(rf"{REG} import {TEMP}\test\i.reg", account=USER).rc == 1
    assert not windows.has_key(r"HKLM\SOFTWARE\W_Import")
    assert windows.has_key(rf"HKU\{USER.sid}\Software\W_Import")


def test_registry_tools_disabled(windows: Prefix) -> None:
    windows.policy_registry_tools(True)
    try:
        done = windows.run(rf"{REG} query HKU")
        assert (done.rc, done.stdout) == (1, b"")
        assert b"disabled by your administrator" in done.stderr
    finally:
        windows.policy_registry_tools(False)
    assert windows.run(rf"{REG} query HKU").rc == 0


def test_command_prompt_disabled(windows: Prefix) -> None:
    windows.policy_cmd(True)
    try:
        done = cmd(windows, "echo x")
        assert (done.rc, done.stdout) == (1, b"")
    finally:
        windows.policy_cmd(False)
    assert cmd(windows, "echo x").stdout == b"x\r\n"


def test_autorun(windows: Prefix) -> None:
    windows.autorun("echo AUTO& cd /d C:\\Windows")
    try:
        assert (
            windows.run(rf'"{CMD}" /c "echo "a b" & cd"', cwd=TEMP).stdout.lower()
            == b'auto\r\n"a b" \r\nc:\\windows\r\n'
        )
        assert cmd(windows, "cd").stdout.lower() == TEMP.lower().encode() + b"\r\n"
    finally:
        windows.autorun(None)
    windows.autorun("echo MINE", account=CHINESE)
    try:
        assert b"MINE" not in windows.run(rf"{CMD} /c echo x").stdout
        assert b"MINE" in windows.run(rf"{CMD} /c echo x", account=CHINESE).stdout
    finally:
        windows.autorun(None, account=CHINESE)


def test_program_that_is_missing(windows: Prefix) -> None:
    windows.remove_program("tar.exe")
    try:
        with pytest.raises(Win32Error):
            windows.run(f"{TAR} --version")
        assert cmd(windows, f"{TAR} --version").rc == 9009
    finally:
        windows.restore_program("tar.exe")
    assert windows.run(f"{TAR} --version").stdout.startswith(b"bsdtar ")


# -------------------------------------------------------------------------------------------------------------- the
# host


def test_gbk(tmp_path: Path) -> None:
    with Prefix.create(tmp_path / "gbk", codepage=936, go_versions=()) as windows:
        windows.set_value(r"HKCU\Environment", "GOPATH", r"D:\工作")
        out = windows.run(rf"{REG} query HKCU\Environment").stdout
        assert r"D:\工作".encode("gbk") in out
        assert "必需的组".encode("gbk") in windows.run(f"{WHOAMI} /groups").stdout
        assert windows.registry(r"HKLM\SYSTEM\CurrentControlSet\Control\Nls\CodePage")["OEMCP"] == ("REG_SZ", "936")
        assert windows.run(f"{WHOAMI} /user /fo csv /nh", account=CHINESE).stdout.startswith(
            '"winhost\\王小明"'.encode("gbk")
        )
        (windows.unix_path(TEMP) / "中").mkdir()
        assert windows.run(f"{TAR} -C 中 -xf -", cwd=TEMP, stdin=archive(("x", b"x"))).rc == 0


def test_values_outlive_a_restart_and_nothing_stays_running(tmp_path: Path) -> None:
    place = tmp_path / "again"
    windows = Prefix.create(place, go_versions=())
    windows.start()
    for account in (ADMIN, CHINESE):
        windows.set_value(rf"HKU\{account.sid}\Environment", "GOPATH", r"%USERPROFILE%\go", "REG_EXPAND_SZ")
    windows.set_value(MACHINE, "GOROOT", r"C:\Go")
    windows.stop()
    windows.stop()
    assert running_in(place) == []
    with pytest.raises(RuntimeError):
        windows.run("cmd")
    with windows:
        for account in (ADMIN, CHINESE):
            assert windows.environment(account)["GOPATH"] == rf"{account.home}\go"
        assert windows.registry(MACHINE)["GOROOT"] == ("REG_SZ", r"C:\Go")
    assert running_in(place) == []


def test_goes_when_its_owner_is_killed(tmp_path: Path) -> None:
    program = f"""
import sys
sys.path.insert(0, {str(Path(__file__).resolve().parents[1])!r})
from pathlib import Path
from winhost.prefix import Prefix
windows = Prefix.create(Path({str(tmp_path / "orphan")!r}), go_versions=())
windows.start()
print("ready", flush=True)
sys.stdin.read()  # until this process is killed
"""
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"ready\n"
        assert running_in(tmp_path)
        owner.send_signal(signal.SIGKILL)
    wait_for(lambda: not running_in(tmp_path), "something runs on when its owner is gone")


def test_special_profiles(tmp_path: Path) -> None:
    accounts = (
        Account("temp", "x", f"{SIDS}-1100", profile_state=0x800),
        Account("SYSTEM", "x", "S-1-5-18", domain="NT AUTHORITY", profile=r"C:\Windows\system32\config\systemprofile"),
    )
    with Prefix.create(tmp_path / "special", accounts=accounts, go_versions=()) as windows:
        profiles = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList"
        assert windows.registry(rf"{profiles}\{accounts[0].sid}")["State"] == ("REG_DWORD", 0x800)
        assert windows.has_key(rf"{profiles}\{accounts[0].sid}.bak")
        assert windows.environment(accounts[0])["USERPROFILE"] == r"C:\Users\TEMP"
        assert "S-1-16-16384" in windows.run(f"{WHOAMI} /groups", account=accounts[1]).stdout.decode()


@pytest.mark.thorough  # stopping a Wine without that service takes seconds
def test_what_tells_which_drives_there_are_is_started_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    windows = Prefix.create(tmp_path / "drives", go_versions=())
    service = windows.unix_path(r"C:\windows\system32\winedevice.exe")
    away = service.rename(service.with_name("away.exe"))
    with windows:
        monkeypatch.setattr(windows, "start", lambda: (away.rename(service), Prefix.start(windows)))
        assert b"Serial" not in cmd(windows, "vol C:").stdout
        windows.must_have_drives(patience=0.3)
        assert b"Serial" in cmd(windows, "vol C:").stdout
        assert service.exists()


def test_real_go(tmp_path: Path) -> None:
    began = time.monotonic()
    windows = Prefix.create(tmp_path / "go", go_versions=("1.21.13", "1.27.3"), packages=False)
    windows.install_go("1.27.3", r"C:\工具 dir\go 1.27")
    with windows:
        assert time.monotonic() - began < 60  # the first one makes the template and fetches the SDKs
        for version, place in (("1.21.13", r"C:\Go1.21.13"), ("1.27.3", r"C:\工具 dir\go 1.27")):
            done = windows.run(rf'"{place}\bin\go.exe" env GOROOT GOVERSION')
            assert done.stdout.decode().splitlines() == [place, f"go{version}"], done
        windows.set_value(r"HKCU\Environment", "GOPATH", r"D:\工作")
        assert windows.run(r"C:\Go1.27.3\bin\go.exe env GOPATH").stdout.decode() == "D:\\工作\n"
        assert cmd(windows, r"rd /s /q C:\Go1.21.13").rc == 0
    again = Prefix.create(tmp_path / "more", go_versions=("1.21.13",), packages=False)
    assert again.unix_path(r"C:\Go1.21.13\bin\go.exe").is_file()


def running_in(place: Path) -> list[str]:
    """Programs whose Wine prefix lies in `place`."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"WINEPREFIX={place}".encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return found
