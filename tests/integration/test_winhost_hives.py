# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hive files of the Windows host: `reg load` and `reg unload` are as strict as Windows's and lose nothing, and accounts
sign in and out. What a file holds is also read by a reader that shares nothing with what wrote it.
"""

from __future__ import annotations

import lzma
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from dissect.regf import RegistryHive
from winhost.agent import Agent
from winhost.hivefile import Tree, Value, make_dirty, make_hive, read_hive, text
from winhost.hivemount import from_text, sealed, to_text
from winhost.prefix import ACCOUNTS, Account, Completed, Prefix

pytestmark = [
    pytest.mark.windows,
    pytest.mark.skipif(shutil.which("wineserver") is None, reason="needs Wine (Debian: wine wine64)"),
]

CMD, REG = r"C:\Windows\System32\cmd.exe", r"C:\Windows\System32\reg.exe"
PLACE = r"C:\Windows\Temp\hives"
FILE = rf"{PLACE}\test.dat"
DEFAULT = r"C:\Users\Default\NTUSER.DAT"
PROFILES = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList"
ADMIN, USER, CHINESE, FILTERED, ABSENT = ACCOUNTS

DONE = "The operation completed successfully."
DENIED = "Access is denied."
IN_USE = "The process cannot access the file because it is being used by another process."
CORRUPT = "The configuration registry database is corrupt."
PARAMETER = "The parameter is incorrect."
PRIVILEGE = "A required privilege is not held by the client."

KINDS: dict[str, Value] = {
    "": text("the default value"),
    "plain": text("hello"),
    "工作 é \U0001f600": text("工作\U0001f600\r\n\t"),
    'a\\b "c" [d] %e%': text('C:\\x "y" %z% \x07\x1b1'),
    "expand": text(r"%USERPROFILE%\go", 2),
    "no text": (1, b""),
    "empty": text(""),
    "no end": (1, "abc".encode("utf-16-le")),
    "two ends": (1, "abc\0\0".encode("utf-16-le")),
    "odd bytes": (1, b"abc"),
    "embedded": (1, "a\0b\0".encode("utf-16-le")),
    "lone": (1, b"\x00\xd8a\x00\x00\x00"),
    "binary": (3, bytes(range(256))),
    "no binary": (3, b""),
    "long": (3, os.urandom(70_000)),
    "long text": text("x;" * 20_000),
    "dword": (4, b"\x01\x02\x03\xff"),
    "short dword": (4, b"\x01"),
    "big endian": (5, b"\0\0\0\x01"),
    "link": (6, "\\a".encode("utf-16-le")),
    "multi": (7, "a\0bc\0\0".encode("utf-16-le")),
    "no multi": (7, b"\0\0"),
    "multi without end": (7, "a\0".encode("utf-16-le")),
    "qword": (11, bytes(range(8))),
    "none": (0, b""),
    "none with data": (0, b"x"),
    "unusual": (0x100, b"\x01"),
    "large type": (0xFFFF0012, b"\x01\x02"),
}
EVERYTHING: Tree = {
    "": {"of the root": text("x")},
    "Environment": {"Path": text(r"C:\a;C:\b", 2)},
    "Empty": {},
    "Kinds": KINDS,
    "Kinds\\[a] \"b\" 'c' 工作 é": {"x": text("1")},
    "Kinds\\[a] \"b\" 'c' 工作 é\\below": {"": (3, b"\0")},
}


@pytest.fixture(scope="module")
def windows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prefix]:
    with Prefix.create(tmp_path_factory.mktemp("windows") / "prefix", go_versions=()) as prefix:
        yield prefix


@pytest.fixture
def file(windows: Prefix) -> Iterator[Path]:
    """A hive file with one of everything. What a test leaves loaded is unloaded."""
    place = windows.unix_path(PLACE)
    place.mkdir()
    yield make_hive(windows.unix_path(FILE), EVERYTHING)
    windows.hive_busy(0)
    for root in ("HKU", "HKLM"):
        for name in windows.subkeys(root):
            if name.startswith("W_"):
                assert reg(windows, rf"unload {root}\{name}").rc == 0
    shutil.rmtree(place)


def reg(windows: Prefix, words: str, account: Account | None = None) -> Completed:
    return windows.run(f"{REG} {words}", account=account, cwd=PLACE)


def loads(windows: Prefix, words: str = rf"HKU\W_hive {FILE}") -> None:
    assert reg(windows, f"load {words}") == Completed(0, f"{DONE}\r\n".encode(), b"")


def unloads(windows: Prefix, key: str = r"HKU\W_hive") -> None:
    assert reg(windows, f"unload {key}") == Completed(0, f"{DONE}\r\n".encode(), b"")
    assert not windows.has_key(key)


def refused(windows: Prefix, words: str, why: str, account: Account | None = None) -> None:
    done = reg(windows, words, account)
    assert (done.rc, done.stdout) == (1, b"")
    assert done.stderr.decode().splitlines()[0] == f"ERROR: {why}"


def below(agent: Agent, key: str, path: str = "") -> Tree:
    """What the registry holds, byte for byte."""
    raw = agent.read(rf"{key}\{path}" if path else key)
    found: Tree = {path: dict(raw.values)}
    for name in raw.subkeys:
        found |= below(agent, key, rf"{path}\{name}" if path else name)
    return found


def independent(file: Path) -> dict[str, tuple[Any, ...]]:
    """All of a hive file, by dissect.regf: of each key its time, class and security descriptor too."""
    found: dict[str, tuple[Any, ...]] = {}

    def walk(key: Any, path: str) -> None:
        values = {"" if not value.cell.NameLength else value.name: (value.type, value.data) for value in key.values()}
        found[path] = (values, key.timestamp, key.class_name, key.cell.Flags, security(key))
        for name in key.subkeys():
            walk(name, f"{path}\\{name.name}" if path else name.name)

    def security(key: Any) -> bytes:
        return bytes(key.hive.cell_data(key.cell.Security))[20:]

    with file.open("rb") as stream:
        walk(RegistryHive(stream).root(), "")
    return found


def tree_of(file: Path) -> Tree:
    return {path: content[0] for path, content in independent(file).items()}


# -------------------------------------------------------------------------------------------------- hive files


def test_a_made_hive_holds_what_it_was_given(tmp_path: Path) -> None:
    file = make_hive(tmp_path / "x.dat", EVERYTHING)
    assert read_hive(file) == tree_of(file) == EVERYTHING
    assert from_text("".join(to_text(EVERYTHING))) == EVERYTHING
    assert tree_of(make_hive(file, {"": {}})) == {"": {}}


def test_keys_between_are_made(tmp_path: Path) -> None:
    assert read_hive(make_hive(tmp_path / "x.dat", {r"a\b": {"v": text("1")}})) == {
        "": {},
        "a": {},
        r"a\b": {"v": text("1")},
    }


def test_what_is_no_hive_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(bytes(8192))
    with pytest.raises(ValueError, match="is no hive"):
        read_hive(tmp_path / "x")


# ------------------------------------------------------------------------------------------------ load and unload


@pytest.mark.parametrize("key", [r"HKU\W_hive", r"HKLM\W_hive", r"HKEY_USERS\W_hive", r"hkey_local_machine\W_工作"])
def test_a_loaded_hive_is_there_to_the_byte_and_unload_leaves_the_file_alone(
    windows: Prefix, file: Path, key: str
) -> None:
    before, made = file.read_bytes(), file.stat()
    loads(windows, f"{key} {FILE}")
    assert below(windows.agent, key) == EVERYTHING
    unloads(windows, key)
    assert file.read_bytes() == before
    assert (file.stat().st_mtime_ns, file.stat().st_ino) == (made.st_mtime_ns, made.st_ino)


def test_what_is_written_while_loaded_is_in_the_file_to_the_byte(windows: Prefix, file: Path) -> None:
    make_hive(file, {"": {}})
    loads(windows)
    for path, values in EVERYTHING.items():
        key = rf"HKU\W_hive\{path}" if path else r"HKU\W_hive"
        windows.agent.make_key(key)
        for name, (kind, data) in values.items():
            windows.agent.write(key, name, kind, data)
    assert tree_of(file) == {"": {}}, "not before it is unloaded"
    unloads(windows)
    # RegSetValueEx ends a text that has no end, on Windows too.
    wanted = EVERYTHING | {"Kinds": KINDS | {"no end": text("abc")}}
    assert tree_of(file) == read_hive(file) == wanted


def test_reg_exe_works_below_a_loaded_key(windows: Prefix, file: Path) -> None:
    loads(windows, rf"HKLM\W_hive {FILE}")
    key = r"HKLM\W_hive"
    assert b"hello" in reg(windows, rf"query {key}\Kinds /v plain /reg:64").stdout
    assert reg(windows, rf'add {key}\Environment /v GOROOT /t REG_EXPAND_SZ /d "D:\工作 dir" /f /reg:64').rc == 0
    assert reg(windows, rf"add {key}\Environment /v path /t REG_SZ /d changed /f").rc == 0
    assert reg(windows, rf"copy {key}\Environment {key}\Copy\deep /s /f /reg:64").rc == 0
    assert reg(windows, rf"export {key}\Copy copy.reg /y /reg:64").rc == 0
    assert "[HKEY_LOCAL_MACHINE\\W_hive\\Copy\\deep]" in (file.parent / "copy.reg").read_text("utf-16")
    (file.parent / "i.reg").write_bytes(
        '\ufeffWindows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\W_hive\\New]\r\n"值"=dword:0000000a\r\n'
        "\r\n[-HKEY_LOCAL_MACHINE\\W_hive\\Empty]\r\n".encode("utf-16-le")
    )
    assert reg(windows, "import i.reg /reg:64").rc == 0
    assert reg(windows, rf"delete {key}\Kinds /v long /f /reg:64").rc == 0
    before = independent(file)
    unloads(windows, key)
    environment = {"Path": text("changed"), "GOROOT": text(r"D:\工作 dir", 2)}
    wanted = {path: values for path, values in EVERYTHING.items() if path != "Empty"} | {
        "Environment": environment,
        "Kinds": {name: value for name, value in KINDS.items() if name != "long"},
        "Copy": {},
        r"Copy\deep": environment,
        "New": {"值": (4, b"\x0a\0\0\0")},
    }
    after = independent(file)
    assert {path: content[0] for path, content in after.items()} == wanted
    assert {content[4] for content in after.values()} == {before[""][4]}, "new keys inherit the access list"


def test_in_one_command(windows: Prefix, file: Path) -> None:
    line = rf"{REG} load HKU\W_hive test.dat & {REG} query HKU\W_hive\Environment & {REG} unload HKU\W_hive"
    done = windows.run(f'{CMD} /d /s /c "{line}"', cwd=PLACE)
    assert done.stdout.decode().count(DONE) == 2
    assert rb"C:\a;C:\b" in done.stdout
    assert tree_of(file) == EVERYTHING


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (rf"load HKCU\W_hive {FILE}", "Invalid key name."),
        (rf"load HKLM {FILE}", "Invalid key name."),
        (rf"load HKU\ {FILE}", "Invalid key name."),
        (rf"load HKLM\W_hive\below {FILE}", "Invalid key name."),
        (rf"load \\other\HKLM\W_hive {FILE}", "Invalid key name."),
        (r"unload HKCR\W_hive", "Invalid key name."),
        (r"load HKLM\W_hive", "Invalid syntax."),
        (rf"load HKLM\W_hive {FILE} /reg:64", "Invalid syntax."),
        (r"unload HKLM\W_hive /reg:64", "Invalid syntax."),
        (rf"load HKLM\SOFTWARE {FILE}", DENIED),
        (rf"load HKU\.DEFAULT {FILE}", DENIED),
        (rf"load HKU\W_hive {PLACE}\nowhere.dat", "The system cannot find the file specified."),
        (r"load HKU\W_hive C:\nowhere\test.dat", "The system cannot find the path specified."),
        (rf"load HKU\W_hive {PLACE}", DENIED),
        (r"load HKU\W_hive C:\Windows\win.ini", CORRUPT),
        (r"unload HKU\W_hive", PARAMETER),
        (r"unload HKLM\SOFTWARE", PARAMETER),
        (rf"unload HKU\{USER.sid}", DENIED),
    ],
)
def test_refusals(windows: Prefix, file: Path, words: str, why: str) -> None:
    before, keys = file.read_bytes(), windows.subkeys("HKU") + windows.subkeys("HKLM")
    refused(windows, words, why)
    assert file.read_bytes() == before
    assert windows.subkeys("HKU") + windows.subkeys("HKLM") == keys


def test_the_name_must_be_free_and_the_file_too(windows: Prefix, file: Path) -> None:
    other = make_hive(file.with_name("other.dat"), {"": {}})
    os.link(other, file.with_name("same.dat"))
    loads(windows)
    refused(windows, rf"load HKU\W_hive {PLACE}\other.dat", DENIED)
    refused(windows, rf"load HKU\w_HIVE {PLACE}\other.dat", DENIED)
    refused(windows, rf"load HKLM\W_other {FILE}", IN_USE)
    refused(windows, rf"load HKU\W_hive {FILE}", IN_USE)
    loads(windows, rf"HKLM\W_other {PLACE}\other.dat")
    refused(windows, rf"load HKLM\W_more {PLACE}\SAME.DAT", IN_USE)
    unloads(windows, r"HKLM\W_other")
    loads(windows, rf"HKLM\W_more {PLACE}\same.dat")
    unloads(windows, r"HKLM\W_more")
    unloads(windows)
    loads(windows)


@pytest.mark.parametrize("account", [USER, FILTERED], ids=["user", "filtered"])
def test_only_who_is_elevated_loads_and_unloads(windows: Prefix, file: Path, account: Account) -> None:
    refused(windows, rf"load HKU\W_hive {FILE}", PRIVILEGE, account)
    assert not windows.has_key(r"HKU\W_hive")
    assert reg(windows, rf"load HKU\W_hive {FILE}", CHINESE).rc == 0
    refused(windows, r"unload HKU\W_hive", PRIVILEGE, account)
    assert windows.has_key(r"HKU\W_hive")


def test_hives_that_cannot_be_loaded_as_they_are(windows: Prefix, file: Path) -> None:
    good = file.read_bytes()
    for bad in (good[:4000], good[:508] + b"\0\0\0\0" + good[512:], sealed(b"fger" + good[4:]), good[:4096], b""):
        file.write_bytes(bad)
        refused(windows, rf"load HKU\W_hive {FILE}", CORRUPT)
        assert file.read_bytes() == bad
    file.write_bytes(good)
    make_dirty(file)
    dirty = file.read_bytes()
    refused(windows, rf"load HKU\W_hive {FILE}", CORRUPT)
    assert file.read_bytes() == dirty
    file.write_bytes(good)
    file.chmod(0o444)
    refused(windows, rf"load HKU\W_hive {FILE}", DENIED)
    file.chmod(0o644)
    loads(windows)


def test_busy(windows: Prefix, file: Path) -> None:
    loads(windows)
    assert reg(windows, r"add HKU\W_hive\Environment /v NEW /d x /f").rc == 0
    windows.hive_busy(times=2)
    for _ in range(2):
        refused(windows, r"unload HKU\W_hive", DENIED)
        assert tree_of(file) == EVERYTHING
    unloads(windows)
    assert tree_of(file)["Environment"]["NEW"] == text("x")
    loads(windows)
    windows.hive_busy(True)
    for _ in range(3):
        refused(windows, r"unload HKU\W_hive", DENIED)
    windows.hive_busy(0)
    unloads(windows)


def test_policy_against_registry_tools(windows: Prefix, file: Path) -> None:
    windows.policy_registry_tools(True)
    try:
        refused(windows, rf"load HKU\W_hive {FILE}", "Registry editing has been disabled by your administrator.")
    finally:
        windows.policy_registry_tools(False)


def test_somebody_deletes_the_loaded_key(windows: Prefix, file: Path) -> None:
    loads(windows)
    windows.delete_key(r"HKU\W_hive")
    refused(windows, r"unload HKU\W_hive", PARAMETER)
    assert tree_of(file) == EVERYTHING
    loads(windows)


# ------------------------------------------------------------------------------------------ accounts and profiles


def test_every_account_has_a_hive_file_and_a_profile(windows: Prefix, file: Path) -> None:
    names = windows.registry(PROFILES)
    assert {name: kind for name, (kind, _) in names.items()} == dict.fromkeys(
        ("Default", "ProfilesDirectory", "ProgramData", "Public"), "REG_EXPAND_SZ"
    )
    assert windows.registry(rf"{PROFILES}\{ABSENT.sid}")["ProfileImagePath"] == (
        "REG_EXPAND_SZ",
        rf"%SystemDrive%\Users\{ABSENT.name}",
    )
    for account in ACCOUNTS:
        assert tree_of(windows.unix_path(account.hive_file))["Environment"]["TEMP"][0] == 2
        if account.loaded:
            refused(windows, rf"load HKU\W_hive {account.hive_file}", IN_USE)
    for place in (DEFAULT, ABSENT.hive_file):
        loads(windows, rf"HKU\W_hive {place}")
        unloads(windows)


def test_sign_in_and_out(windows: Prefix, file: Path) -> None:
    key, place = rf"HKU\{ABSENT.sid}", windows.unix_path(ABSENT.hive_file)
    loads(windows, rf"HKU\W_hive {ABSENT.hive_file}")
    assert reg(windows, r"add HKU\W_hive\Environment /v GOPATH /t REG_EXPAND_SZ /d ^%USERPROFILE^%\go /f").rc == 0
    windows.agent.write(r"HKU\W_hive\Environment", "GOPATH", *text(r"%USERPROFILE%\go", 2))
    unloads(windows)

    assert windows.environment(ABSENT)["USERPROFILE"] == r"C:\Users\Default"
    assert windows.sign_in(ABSENT) == ABSENT.home
    assert windows.environment(ABSENT)["GOPATH"] == rf"{ABSENT.home}\go"
    assert windows.registry(rf"{key}\Volatile Environment")["USERNAME"] == ("REG_SZ", ABSENT.name)
    assert windows.registry(rf"{key}\Volatile Environment")["USERDOMAIN"] == ("REG_SZ", ABSENT.domain)
    refused(windows, rf"load HKU\W_hive {ABSENT.hive_file}", IN_USE)
    refused(windows, rf"unload {key}", DENIED)
    with pytest.raises(ValueError, match="is signed in"):
        windows.sign_in(ABSENT)
    assert reg(windows, rf"add {key}\Environment /v GOBIN /d C:\bin /f").rc == 0
    windows.sign_out(ABSENT)

    assert not windows.has_key(key)
    assert not windows.has_key(f"{key}_Classes")
    kept = tree_of(place)
    assert kept["Environment"]["GOBIN"] == text(r"C:\bin")
    assert "Volatile Environment" not in kept
    with pytest.raises(ValueError, match="is not signed in"):
        windows.sign_out(ABSENT)
    loads(windows, rf"HKU\W_hive {ABSENT.hive_file}")


def test_who_signs_in_while_the_hive_is_loaded_gets_a_temporary_profile(windows: Prefix, file: Path) -> None:
    key, profile = rf"HKU\{ABSENT.sid}", rf"{PROFILES}\{ABSENT.sid}"
    before = windows.registry(profile)
    loads(windows, rf"HKU\W_hive {ABSENT.hive_file}")
    assert windows.sign_in(ABSENT) == r"C:\Users\TEMP"
    assert windows.registry(profile)["State"] == ("REG_DWORD", 0x800)
    assert windows.registry(profile)["ProfileImagePath"] == ("REG_EXPAND_SZ", r"C:\Users\TEMP")
    assert windows.registry(f"{profile}.bak") == before
    assert windows.environment(ABSENT)["USERPROFILE"] == r"C:\Users\TEMP"
    assert reg(windows, rf"add {key}\Environment /v LOST /d x /f").rc == 0
    unloads(windows)
    windows.sign_out(ABSENT)
    assert "LOST" not in tree_of(windows.unix_path(ABSENT.hive_file))["Environment"]
    assert windows.registry(profile) == before
    assert not windows.has_key(f"{profile}.bak")
    assert not windows.unix_path(r"C:\Users\TEMP").exists()
    assert windows.sign_in(ABSENT) == ABSENT.home
    windows.sign_out(ABSENT)


def test_who_is_signed_in_from_the_start_may_sign_out(windows: Prefix, file: Path) -> None:
    key = rf"HKU\{USER.sid}"
    windows.set_value(rf"{key}\Environment", "W_KEPT", "x")
    windows.sign_out(USER)
    assert not windows.has_key(key)
    assert tree_of(windows.unix_path(USER.hive_file))["Environment"]["W_KEPT"] == text("x")
    loads(windows, rf"HKU\W_hive {USER.hive_file}")
    unloads(windows)
    windows.sign_in(USER)
    assert windows.environment(USER)["W_KEPT"] == "x"
    windows.delete_value(rf"{key}\Environment", "W_KEPT")
    with pytest.raises(ValueError, match="HKEY_CURRENT_USER"):
        windows.sign_out(ADMIN)


def test_a_restart(tmp_path: Path) -> None:
    windows = Prefix.create(tmp_path / "again", go_versions=())
    with windows:
        windows.set_value(rf"HKU\{USER.sid}\Environment", "KEPT", "x")
        windows.sign_in(ABSENT)
        windows.set_value(rf"HKU\{ABSENT.sid}\Environment", "SIGNED_IN", "x")
        windows.sign_out(CHINESE)
        for key in (r"HKU\W_hive", r"HKLM\W_hive"):
            place = DEFAULT if key.startswith("HKU") else rf"C:\Users\{CHINESE.name}\NTUSER.DAT"
            assert windows.run(f"{REG} load {key} {place}").rc == 0
            windows.set_value(rf"{key}\Environment", "LOADED", "x")
    for account, name in ((ABSENT, "SIGNED_IN"), (CHINESE, "LOADED")):
        assert tree_of(windows.unix_path(account.hive_file))["Environment"][name] == text("x")
    assert tree_of(windows.unix_path(DEFAULT))["Environment"]["LOADED"] == text("x")
    with windows:
        assert not windows.has_key(r"HKU\W_hive")
        assert not windows.has_key(r"HKLM\W_hive")
        assert not windows.has_key(rf"HKU\{ABSENT.sid}")
        assert not windows.has_key(rf"HKU\{CHINESE.sid}")
        assert windows.environment(USER)["KEPT"] == "x"
        assert windows.run(rf"{REG} load HKU\W_hive {DEFAULT}").rc == 0
        assert windows.sign_in(ABSENT) == ABSENT.home
        assert windows.environment(ABSENT)["SIGNED_IN"] == "x"


def test_a_host_that_was_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    windows = Prefix.create(tmp_path / "killed", go_versions=())
    with windows:
        assert windows.run(rf"{REG} load HKLM\W_hive {DEFAULT}").rc == 0
        monkeypatch.setattr(windows, "_unload_hives", lambda _: None)
    monkeypatch.undo()
    with windows:
        assert not windows.has_key(r"HKLM\W_hive")
        assert windows.run(rf"{REG} load HKLM\W_hive {DEFAULT}").rc == 0


def test_two_at_once(windows: Prefix, file: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda number: reg(windows, rf"load HKU\W_{number} {FILE}").rc, range(4)))
    assert sorted(done) == [0, 1, 1, 1]


# --------------------------------------------------------------------------------------------------- real hives


def real(name: str, to: Path) -> bytes:
    """One of the real hives that DEVBOX_HIVES names a directory of."""
    source = Path(os.environ.get("DEVBOX_HIVES", "")) / f"{name}.xz"
    if not os.environ.get("DEVBOX_HIVES") or not source.is_file():
        pytest.skip("DEVBOX_HIVES names no directory with real hives")
    content = lzma.decompress(source.read_bytes())
    to.write_bytes(content)
    return content


@pytest.mark.parametrize("name", ["NTUSER-WSL.DAT", pytest.param("SYSTEM", marks=pytest.mark.thorough)])
def test_a_real_hive(windows: Prefix, file: Path, name: str) -> None:
    content = real(name, file)
    before = independent(file)
    loads(windows)
    unloads(windows)
    assert file.read_bytes() == content

    key = r"ControlSet001\Control" if name == "SYSTEM" else "Environment"
    loads(windows)
    assert below(windows.agent, rf"HKU\W_hive\{key}")[""] == before[key][0]
    assert reg(windows, rf"add HKU\W_hive\{key} /v GOROOT /d C:\Go /f").rc == 0
    unloads(windows)
    after = independent(file)
    assert after.pop(key)[0] == before.pop(key)[0] | {"GOROOT": text(r"C:\Go")}
    assert after == before


@pytest.mark.parametrize("name", ["transactions_NTUSER.DAT", "corrupted_system_hive"])
def test_a_real_hive_that_is_dirty_or_damaged(windows: Prefix, file: Path, name: str) -> None:
    content = real(name, file)
    refused(windows, rf"load HKU\W_hive {FILE}", CORRUPT)
    assert file.read_bytes() == content
