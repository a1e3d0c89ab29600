# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""wsl.exe of the Windows host: that it runs what it is given in real distros, as Windows's does, and leaves nothing."""

from __future__ import annotations

import io
import json
import os
import random
import signal
import subprocess
import sys
import tarfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from waiting import wait_for
from winhost import WinHost, can_wsl, newcmd
from winhost.prefix import ACCOUNTS, Account, Completed, Prefix, Process
from winhost.tooling import COMPILER
from winhost.wsl import Distro, roots
from winhost.wsl.border import Config, config, path_list, shared, variables
from winhost.wsl.commands import argv_of
from winrm.protocol import Protocol

from ansible_collections.gopher.devbox.plugins.module_utils._formats import wslconf

pytestmark = pytest.mark.windows

SYSTEM32 = r"C:\Windows\System32"
WSL = rf"{SYSTEM32}\wsl.exe"
STORE = r"C:\Program Files\WSL\wsl.exe"
TEMP = r"C:\Windows\Temp"
OWN = 0xFFFFFFFF
"""wsl.exe's exit code when it failed itself: -1."""
ADMIN, USER = ACCOUNTS[:2]
SERVICE = Account(
    "SYSTEM", "none", "S-1-5-18", domain="NT AUTHORITY", profile=r"C:\Windows\System32\config\systemprofile"
)


@pytest.fixture(scope="module")
def windows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prefix]:
    reason = can_wsl()
    if reason is not None:
        pytest.skip(reason)
    with Prefix.create(tmp_path_factory.mktemp("windows") / "prefix", go_versions=()) as prefix:
        yield prefix


@pytest.fixture
def add(windows: Prefix) -> Iterator[Callable[..., Distro]]:
    made: list[Distro] = []

    def add(name: str, root: str = "busybox", account: Account = ADMIN, **how: object) -> Distro:
        made.append(windows.add_distro(account, name, root, **how))
        return made[-1]

    yield add
    windows.wsl_fault(None)
    windows.wsl_hang(False)
    windows.wsl_session_zero(False)
    for distro in made:
        distro.remove()


@pytest.fixture
def busy(add: Callable[..., Distro]) -> Distro:
    return add("Busy")


@pytest.fixture
def folder(windows: Prefix) -> Path:
    place = windows.unix_path(TEMP)
    for item in place.glob("wsl-*"):
        item.unlink()
    return place


def started(windows: Prefix, arguments: str, account: Account = ADMIN, wsl: str = WSL, **more: str) -> Process:
    variables = windows.environment(account) | {"WSL_UTF8": "1"} | more
    program = f'"{wsl}"' if " " in wsl else wsl
    return windows.popen(f"{program} {arguments}", account=account, env=variables, cwd=TEMP)


def run(windows: Prefix, arguments: str, stdin: bytes = b"", **how: str) -> Completed:
    return started(windows, arguments, **how).communicate(stdin, 60)  # type: ignore[arg-type]


def out(windows: Prefix, arguments: str, stdin: bytes = b"", **how: str) -> str:
    done = run(windows, arguments, stdin, **how)
    assert (done.rc, done.stderr) == (0, b""), done
    return done.stdout.decode()


def names(text: str) -> dict[str, str]:
    return dict(line.partition("=")[::2] for line in text.splitlines())


# --------------------------------------------------------------------------------------------------------- small rules


SPLIT = r"""
#include <windows.h>
#include <shellapi.h>
#include <stdio.h>
int main(void)
{
    static char line[4096];
    static WCHAR wide[4096];
    while (fgets(line, sizeof line, stdin)) {
        int count, i;
        line[strcspn(line, "\r\n")] = 0;
        MultiByteToWideChar(CP_ACP, 0, line, -1, wide, 4096);
        WCHAR **words = CommandLineToArgvW(wide, &count);
        for (i = 0; i < count; i++) printf("%ls|", words[i]);
        printf("\n");
    }
    return 0;
}
"""


def test_exec_splits_as_CommandLineToArgvW(windows: Prefix, tmp_path: Path) -> None:  # noqa: N802 - its name
    (tmp_path / "split.c").write_text(SPLIT)
    program = windows.unix_path(TEMP) / "split.exe"
    words = [COMPILER, "-O1", "-o", str(program), str(tmp_path / "split.c"), "-lshell32"]
    subprocess.run(words, check=True, capture_output=True)
    dice = random.Random(1)
    lines = ["x" + "".join(dice.choice('a  "\\""\\\t') for _ in range(dice.randint(0, 16))) for _ in range(2000)]
    lines += ['"' + line for line in lines]
    done = windows.run(rf"{TEMP}\split.exe", stdin="".join(f"{line}\n" for line in lines).encode())
    found = done.stdout.decode().replace("\r\n", "\n").split("\n")[:-1]
    assert [(line, "".join(f"{word}|" for word in argv_of(line))) for line in lines] == list(
        zip(lines, found, strict=True)
    )


def test_exec_undoes_what_windows_programs_quote() -> None:
    words = ["/bin/sh", "-c", 'a "b" \\', "\\\\", 'x\\"y', "", " ", "工作"]
    assert argv_of(subprocess.list2cmdline(words)) == words


def test_wslenv_rules() -> None:
    windows = {
        "WSLENV": "A:B/p:C/l:D/u:E/w:F/px:G/pu:H/p:I ",
        "A": r"C:\a",
        "B": r"C:\a b",
        "C": r"C:\x;relative;D:\y;C:\z",
        "D": "d",
        "E": "e",
        "F": r"C:\f",
        "G": r"C:\g",
        "H": "relative",
        "a": "other",
    }
    warnings: list[str] = []

    def translate(path: str) -> str | None:
        return "/mnt/c/" + path[3:] if path.startswith("C:") else None

    assert shared(windows, translate, warnings.append) == {
        "WSLENV": windows["WSLENV"],
        "A": r"C:\a",
        "B": "/mnt/c/a b",
        "C": "/mnt/c/x:/mnt/c/z",
        "D": "d",
        "G": "/mnt/c/g",
        "I": "",
    }
    assert warnings == [r"Failed to translate 'D:\y'"]
    assert path_list("relative;;", translate, warnings.append) is None


def test_wsl_conf() -> None:
    text = '# x\n[Interop]\nappendWindowsPath = FALSE # no\n[user]\ndefault="dev"\n'
    text += "[automount]\nroot = /windows\nenabled=0\n"
    assert config(text) == Config(False, "dev", False, "/windows/")
    assert config("appendWindowsPath=false\n") == Config(), "nothing without a section"
    assert config("[interop]\nappendWindowsPath=maybe\nappendWindowsPath=false\n") == Config(), "the first counts"
    assert config("[ interop ]\nappendWindowsPath=false\n[user]\ndefault=dev\n") == Config(), "no line behind that"
    assert config('[user]\ndefault=d\\\ne"#v" # x') == Config(default_user="de#v")


PIECES = [
    *("[", "]", "interop", "user", "appendWindowsPath", "default", "=", "true", "false", '"', "\\", "#", " ", "\t"),
    *("\n", "\r", "\r\n", "\n", "[interop]\n", "[user]\n", "appendWindowsPath=", "default=", "n", "é", "\ufeff", "_"),
]


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
@settings(max_examples=1000)
def test_the_collection_reads_wsl_conf_as_this_wsl_does(text: str) -> None:
    own, found = wslconf.parse(text.encode()), config(text)
    assert (own.appends, own.default_user, own.automount, own.mount_root) == (
        *(found.append_windows_path, found.default_user, found.automount, found.automount_root),
    )


def test_windows_path_comes_without_interop() -> None:
    windows = {"Path": r"C:\x"}
    for key, comes in (("enabled", True), ("appendWindowsPath", False)):
        found = variables(windows, config(f"[interop]\n{key}=false\n"), {r"C:\x": "/mnt/c/x"}.get, print)
        assert found["PATH"].endswith(":/mnt/c/x") is comes


# ------------------------------------------------------------------------------------------------------- not installed


def test_not_installed(tmp_path: Path) -> None:
    with Prefix.create(tmp_path / "prefix", go_versions=()) as prefix:
        done = prefix.run(f"{WSL} --list --quiet")
    assert done.rc == 1
    assert "not installed" in done.stdout.decode("utf-16-le")


# ------------------------------------------------------------------------------------------------------------- running


def test_exec(windows: Prefix, busy: Distro) -> None:
    assert not busy.running
    assert run(windows, "-d Busy --exec /bin/true") == Completed(0, b"", b"")
    assert busy.running
    assert out(windows, '-d bUSY -e /bin/echo "a  b" $HOME \'c') == "a  b $HOME 'c\n"
    assert out(windows, "--distribution Busy --shell-type none /bin/echo $HOME") == "$HOME\n"
    assert out(windows, f"--distribution-id {busy.guid} -e /bin/echo x") == "x\n"
    assert out(windows, f"{busy.guid} -e /bin/echo x") == "x\n"
    assert run(windows, "-d Busy --exec").rc == OWN
    assert run(windows, '-d "Busy" --exec /bin/true').stdout.endswith(b"WSL_E_DISTRO_NOT_FOUND\r\n")  # quotes are kept
    done = run(windows, "-d Busy --exec /bin/nowhere")
    assert done.rc == 1
    assert b"No such file or directory" in done.stderr


def test_bytes_are_exact_and_apart(windows: Prefix, busy: Distro) -> None:
    content = os.urandom(1 << 22) + bytes(range(256))
    assert run(windows, "-d Busy --exec /bin/cat", content) == Completed(0, content, b"")
    assert run(windows, '-d Busy --exec /bin/sh -c "cat >&2; printf x"', content) == Completed(0, b"x", content)


@pytest.mark.parametrize("code", [0, 1, 127, 254, 255])
def test_exit_codes(windows: Prefix, busy: Distro, code: int) -> None:
    assert run(windows, f'-d Busy --exec /bin/sh -c "exit {code}"') == Completed(code, b"", b"")


def test_signals(windows: Prefix, busy: Distro) -> None:
    """The wait status itself, as wsl.exe hands it on."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        assert run(windows, f'-d Busy --exec /bin/sh -c "kill -{number} $$"').rc == number


def test_shell(windows: Prefix, add: Callable[..., Distro]) -> None:
    zsh = add("Zsh", "debian", shell="zsh")
    (zsh.root / "etc/zsh/zshenv").write_text("Z=env\n")
    (zsh.root / "etc/zsh/zlogin").write_text("L=login\n")
    bash = add("Bash", "debian")
    (bash.root / "etc/profile.d/x.sh").write_text("P=profile\n")
    say = "echo $0 is:$Z$L$P $HOME 'a  b'; false || exit 3"
    assert run(windows, f"-d Zsh -- {say}") == Completed(3, b"/bin/zsh is:env /home/dev a  b\n", b"")
    assert run(windows, f"-d Zsh --shell-type login {say}") == Completed(3, b"-zsh is:envlogin /home/dev a  b\n", b"")
    assert run(windows, f"-d Bash {say}") == Completed(3, b"/bin/bash is: /home/dev a  b\n", b"")
    assert run(windows, f"-d Bash --shell-type standard {say}").stdout == b"/bin/bash is: /home/dev a  b\n"
    assert run(windows, f"-d Bash --shell-type login -- {say}").stdout == b"-bash is:profile /home/dev a  b\n"
    assert run(windows, "-d Bash", say.encode()) == Completed(3, b"-bash is:profile /home/dev a  b\n", b"")


def test_fish(windows: Prefix, add: Callable[..., Distro]) -> None:
    add("Fish", "debian", shell="fish")
    assert out(windows, "-d Fish -- status is-login; or echo $HOME") == "/home/dev\n"


def test_who(windows: Prefix, add: Callable[..., Distro]) -> None:
    dev = add("Dev")
    (dev.root / "etc/group").open("a").write("extra:x:4711:other,dev\n")
    assert out(windows, "-d Dev --exec /usr/bin/id") == (
        "uid=1000(dev) gid=1000(dev) groups=4(adm),27(sudo),100(users),1000(dev),4711(extra)\n"
    )
    assert out(windows, "-d Dev -u root --exec /usr/bin/id -u") == "0\n"
    assert out(windows, '-d Dev --exec /bin/sh -c "umask; stat -c %a-%U /home/dev"') == "0022\n700-dev\n"
    variables = names(out(windows, "-d Dev --user root --exec /usr/bin/env"))
    assert {name: variables[name] for name in ("HOME", "USER", "LOGNAME", "SHELL", "WSL_DISTRO_NAME", "NAME")} == {
        "HOME": "/root",
        "USER": "root",
        "LOGNAME": "root",
        "SHELL": "/bin/sh",
        "WSL_DISTRO_NAME": "Dev",
        "NAME": "WINHOST",
    }
    done = run(windows, "-d Dev -u nobody-here --exec /usr/bin/id")
    assert (done.rc, done.stdout.decode().split()[-1]) == (OWN, "Wsl/WSL_E_USER_NOT_FOUND")
    assert run(windows, '-d Dev --exec /bin/sh -c "exit 67"').rc == OWN  # taken for the same by wsl.exe


def test_default_user(windows: Prefix, add: Callable[..., Distro]) -> None:
    add("Root", default_uid=0, user=None, run_oobe=True)
    other = add("Other", default_uid=0)
    (other.root / "etc/wsl.conf").write_text("[user]\ndefault=dev\n")
    assert out(windows, "-d Root --exec /usr/bin/id -un") == "root\n"
    assert out(windows, "-d Other --exec /usr/bin/id -un") == "dev\n"
    assert out(windows, "-d Other -u root --exec /usr/bin/id -un") == "root\n"


def test_directory(windows: Prefix, busy: Distro) -> None:
    assert out(windows, "-d Busy --exec /bin/pwd") == "/mnt/c/windows/temp\n"  # found in any case
    assert out(windows, "-d Busy --cd / --exec /bin/pwd") == "/\n"
    assert out(windows, "-d Busy --cd ~ --exec /bin/pwd") == "/home/dev\n"
    assert out(windows, "~ -d Busy --exec /bin/pwd") == "/home/dev\n"
    assert out(windows, r'-d Busy --cd "C:\program files" --exec /bin/pwd') == "/mnt/c/Program Files\n"
    done = run(windows, "-d Busy --cd /nowhere --exec /bin/true")
    assert (done.rc, b"chdir(/nowhere) failed 2" in done.stderr) == (0, True)
    assert run(windows, "-d Busy --cd relative --exec /bin/true").rc == OWN
    (windows.unix_path(TEMP) / "wsl-seen").write_text("x")
    assert out(windows, "-d Busy --exec /bin/cat wsl-seen") == "x"


# ---------------------------------------------------------------------------------------------------------- the border


def test_variables_cross_by_wslenv(windows: Prefix, busy: Distro) -> None:
    given = {
        "WSLENV": "GOPATH/p:UNSET:X/q:LIST/lu",
        "GOPATH": r"C:\Users\Ansible",
        "X": "x",
        "LIST": r"C:\windows;C:\a",
    }
    found = names(out(windows, "-d Busy --exec /usr/bin/env", **given))
    assert found["GOPATH"] == "/mnt/c/Users/ansible"
    assert found["LIST"] == "/mnt/c/windows:/mnt/c/a"
    assert found["UNSET"] == ""
    assert "X" not in found
    assert found["WSLENV"] == given["WSLENV"]
    assert names(out(windows, "-d Busy --exec /usr/bin/env"))["WSLENV"] == ""


def test_windows_path(windows: Prefix, add: Callable[..., Distro]) -> None:
    distro = add("Path", wsl_conf="[automount]\nroot=/windows\n")
    path = names(out(windows, "-d Path --exec /usr/bin/env"))["PATH"].split(":")
    assert path[0] == "/usr/local/sbin"
    assert path[8:10] == ["/windows/c/windows/system32", "/windows/c/windows"]
    assert out(windows, "-d Path --exec /bin/pwd") == "/windows/c/windows/temp\n"
    (distro.root / "etc/wsl.conf").write_text("[interop]\nappendWindowsPath=false\n")
    assert len(names(out(windows, "-d Path --exec /usr/bin/env"))["PATH"].split(":")) > 8  # not read yet
    assert run(windows, "--terminate Path").rc == 0
    assert "/c/" not in names(out(windows, "-d Path --exec /usr/bin/env"))["PATH"]
    (distro.root / "etc/wsl.conf").write_text("[automount]\nenabled=false\n")
    distro.terminate()
    done = run(windows, "-d Path --exec /bin/pwd")
    assert (done.rc, done.stdout) == (0, b"/home/dev\n")
    assert b"wsl: Failed to translate 'C:\\Windows'\n" in done.stderr


def test_environment_is_not_the_callers(windows: Prefix, busy: Distro, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOROOT", "/leak")
    found = names(out(windows, "-d Busy --exec /usr/bin/env"))
    assert set(found) == {
        *("HOME", "HOSTTYPE", "LANG", "LOGNAME", "NAME", "PATH", "SHELL", "TERM", "USER"),
        *("WSLENV", "WSL_DISTRO_NAME", "WSL_INTEROP"),
    }


def test_open_files_are_the_standard_ones(windows: Prefix, busy: Distro) -> None:
    assert out(windows, '-d Busy --exec /bin/sh -c "echo /proc/self/fd/*"').split() == [
        f"/proc/self/fd/{number}" for number in (0, 1, 2, 3)
    ]  # 3 is the list's own


# -------------------------------------------------------------------------------------------------------- lists, state


def test_lists(windows: Prefix, add: Callable[..., Distro]) -> None:
    assert run(windows, "-l -q") == Completed(0, b"", b"")
    assert run(windows, "-l").rc == OWN
    assert b"no installed distributions" in run(windows, "--exec /bin/true").stdout
    first, second = add("Ubuntu-24.04"), add("alpine", version=1)
    assert out(windows, "--list --quiet") == "Ubuntu-24.04\r\nalpine\r\n"
    assert out(windows, "-l") == "Windows Subsystem for Linux Distributions:\r\nUbuntu-24.04 (Default)\r\nalpine\r\n"
    assert run(windows, "-l --running --quiet") == Completed(0, b"", b"")
    assert run(windows, "-l --running").rc == OWN
    assert out(windows, "--exec /bin/true") == ""
    assert (first.running, second.running) == (True, False)
    table = out(windows, "--list --verbose")
    assert [line.split() for line in table.splitlines()] == [
        ["NAME", "STATE", "VERSION"],
        ["*", "Ubuntu-24.04", "Running", "2"],
        ["alpine", "Stopped", "1"],
    ]
    assert out(windows, "-l --running -q") == "Ubuntu-24.04\r\n"
    variables = windows.environment()
    assert windows.run(f"{WSL} -l -v", env=variables).stdout.decode("utf-16-le") == table
    assert out(windows, "--status") == "Default Distribution: Ubuntu-24.04\r\nDefault Version: 2\r\n"
    assert out(windows, "--version").startswith("WSL version: 2.")
    assert run(windows, "-l -q -v").rc == run(windows, "--nonsense").rc == OWN
    assert run(windows, "--shutdown") == Completed(0, b"", b"")
    assert not first.running


def test_distros_belong_to_an_account(windows: Prefix, add: Callable[..., Distro]) -> None:
    add("Mine")
    add("Theirs", account=USER)
    assert out(windows, "-l -q") == "Mine\r\n"
    assert out(windows, "-l -q", account=USER) == "Theirs\r\n"  # type: ignore[arg-type]
    assert run(windows, "-d Theirs --exec /bin/true").rc == OWN
    assert run(windows, "-l -q", account=ACCOUNTS[2]).stdout == b""  # type: ignore[arg-type]


def test_command_line_of_the_host(tmp_path: Path) -> None:
    reason = can_wsl()
    if reason is not None:
        pytest.skip(reason)
    words = ["--daemon", "--go", "1.21.13", "--distro", "Debian=debian", "--distro", "Busy"]
    words += ["--distro-go", "1.27.3=/usr/local/go", "--state-dir", str(tmp_path), "--pid-file", str(tmp_path / "pid")]
    done = subprocess.run([sys.executable, "-m", "winhost", *words], check=True, capture_output=True, text=True)
    try:
        told = json.loads(done.stdout)
        client = Protocol(told["endpoint"], transport="basic", username=told["user"], password=told["password"])
        shell = client.open_shell(env_vars={"WSL_UTF8": "1"})
        for line, wanted in (
            ("-l -q", "Debian\r\nBusy\r\n"),
            ("-d Debian --exec /usr/local/go/bin/go env GOVERSION", "go1.27.3\n"),
        ):
            command = client.run_command(shell, WSL, line.split(), skip_cmd_shell=True)
            assert client.get_command_output(shell, command) == (wanted.encode(), b"", 0)
    finally:
        subprocess.run([sys.executable, "-m", "winhost", "stop", "--pid-file", str(tmp_path / "pid")], check=True)


def test_keys(windows: Prefix, add: Callable[..., Distro]) -> None:
    key = rf"HKU\{ADMIN.sid}\Software\Microsoft\Windows\CurrentVersion\Lxss"
    first = add("First", default_uid=0, run_oobe=True)
    second = windows.add_distro(ADMIN, "Second", version=1)
    assert windows.registry(key)["DefaultDistribution"] == ("REG_SZ", first.guid)
    assert sorted(windows.subkeys(key)) == sorted([first.guid, second.guid])
    values = {name: value for name, (_, value) in windows.registry(first.key).items()}
    assert values.pop("BasePath").startswith(ADMIN.home)  # type: ignore[union-attr]
    assert values == {
        "DistributionName": "First",
        "DefaultUid": 0,
        "Flags": 15,
        "RunOOBE": 1,
        "State": 1,
        "Version": 2,
    }
    second.remove()
    assert windows.subkeys(key) == [first.guid]


def test_terminate_ends_what_runs(windows: Prefix, busy: Distro) -> None:
    process = started(windows, '-d Busy --exec /bin/sh -c "echo on; setsid sleep 1000; true"')
    assert process.stdout.read(3) == b"on\n"
    assert run(windows, "-t Busy").rc == 0
    assert process.wait(30) == 1
    assert not busy.running
    done = run(windows, "-t Nope")
    assert (done.rc, done.stdout.decode().split()[-1]) == (OWN, "Wsl/Service/WSL_E_DISTRO_NOT_FOUND")


def test_idle_distro_stops(windows: Prefix, busy: Distro) -> None:
    busy.idle(0.2)
    process = started(windows, "-d Busy --exec /bin/cat")
    wait_for(lambda: busy.running, "it does not start")
    process.stdin.close()
    assert process.wait(30) == 0
    wait_for(lambda: not busy.running, "it does not stop by itself")


def test_end_of_wsl_exe_is_the_end_of_its_program(windows: Prefix, busy: Distro) -> None:
    process = started(windows, f'-d Busy --exec /bin/sh -c "echo on; sleep {seconds(3)}; echo x >/tmp/late"')
    assert process.stdout.read(3) == b"on\n"
    wait_for(lambda: running(seconds(3)), "it does not start")
    process.kill()
    wait_for(lambda: not running(seconds(3)), "it runs on")
    assert busy.running
    assert not (busy.root / "tmp/late").exists()


# ------------------------------------------------------------------------------------------------------------ failures


@pytest.mark.parametrize(
    "code",
    [
        "Wsl/E_ACCESSDENIED",
        "Wsl/WSL_E_WSL_OPTIONAL_COMPONENT_REQUIRED",
        "Wsl/WSL_E_LOCAL_SYSTEM_NOT_SUPPORTED",
    ],
)
def test_failures_of_every_call(windows: Prefix, busy: Distro, code: str) -> None:
    windows.wsl_fault(code)
    for line in ("-l -q", "-d Busy --exec /bin/true", "-d Nope -- x", "--shutdown", "--status"):
        done = run(windows, line)
        assert (done.rc, done.stderr) == (OWN, b"")
        assert done.stdout.decode().endswith(f"\r\nError code: {code}\r\n")
    assert run(windows, "--version").rc == 0
    raw = windows.run(f"{WSL} -l -q")
    assert raw.stdout.decode("utf-16-le").endswith(f"Error code: {code}\r\n")
    windows.wsl_fault(None)
    assert out(windows, "-d Busy --exec /bin/true") == ""


@pytest.mark.parametrize(
    "code",
    [
        "CreateVm/HCS/E_ACCESSDENIED",
        "CreateVm/HCS/HCS_E_HYPERV_NOT_INSTALLED",
        "CreateVm/WSL_E_VIRTUAL_MACHINE_PLATFORM_REQUIRED",
        "WSL_E_WSL1_NOT_SUPPORTED",
        "MountVhd/HCS/ERROR_FILE_NOT_FOUND",
    ],
)
def test_failures_of_a_start(windows: Prefix, add: Callable[..., Distro], code: str) -> None:
    bad, good = add("Bad"), add("Good")
    windows.wsl_fault(code, bad)
    done = run(windows, "-d Bad --exec /bin/true")
    assert (done.rc, done.stdout.decode().split()[-1]) == (OWN, f"Wsl/Service/CreateInstance/{code}")
    assert out(windows, "-d Good --exec /bin/true") == ""
    windows.wsl_fault(code)
    assert out(windows, "-d Good --exec /bin/true") == ""  # it runs
    assert out(windows, "-l -q") == "Bad\r\nGood\r\n"
    good.terminate()
    assert run(windows, "-d Good --exec /bin/true").rc == OWN


def test_distro_whose_disk_is_gone(windows: Prefix, busy: Distro) -> None:
    guid = "{01234567-89ab-cdef-0123-456789abcdef}"
    key = busy.key.replace(busy.guid, guid)
    for name, value in (("DistributionName", "Gone"), ("State", 1), ("Version", 2)):
        windows.set_value(key, name, value)
    done = run(windows, "-d Gone --exec /bin/true")
    windows.delete_key(key)
    assert (done.rc, done.stdout.decode().split()[-1]) == (
        OWN,
        "Wsl/Service/CreateInstance/MountVhd/HCS/ERROR_FILE_NOT_FOUND",
    )


def test_session_zero(windows: Prefix, busy: Distro) -> None:
    windows.wsl_session_zero()
    done = run(windows, "-d Busy --exec /bin/true")
    assert (done.rc, b"cannot be accessed" in done.stdout) == (1, True)
    assert out(windows, "-d Busy --exec /bin/echo x", wsl=STORE) == "x\n"


def test_hanging(windows: Prefix, add: Callable[..., Distro]) -> None:
    bad = add("Bad")
    add("Good")
    windows.wsl_hang(True, bad)
    process = started(windows, "-d Bad --exec /bin/true")
    assert out(windows, "-d Good --exec /bin/true") == ""
    with pytest.raises(TimeoutError):
        process.wait(0.5)
    process.kill()
    windows.wsl_hang(False, bad)
    assert out(windows, "-d Bad --exec /bin/true") == ""


def test_local_system_is_refused(tmp_path: Path, windows: Prefix) -> None:
    with Prefix.create(tmp_path / "prefix", go_versions=(), accounts=(ADMIN, SERVICE)) as prefix:
        prefix.add_distro(ADMIN, "Busy")
        done = run(prefix, "-l -q", account=SERVICE)  # type: ignore[arg-type]
    assert (done.rc, done.stdout.decode().split()[-1]) == (OWN, "Wsl/WSL_E_LOCAL_SYSTEM_NOT_SUPPORTED")


def test_read_only_root(windows: Prefix, busy: Distro) -> None:
    write = "-d Busy -u root --exec /bin/touch /etc/x"
    busy.read_only()
    assert b"Read-only file system" in run(windows, write).stderr
    busy.read_only(False)
    assert out(windows, write) == ""
    busy.read_only()
    assert b"Read-only file system" in run(windows, write).stderr
    busy.read_only(False)


# -------------------------------------------------------------------------------------------------------- file systems


@pytest.mark.parametrize("overlay", [True, False])
def test_root_is_seen_and_changed_from_both_sides(windows: Prefix, add: Callable[..., Distro], overlay: bool) -> None:
    distro = add("Busy", overlay=overlay, go={"1.27.3": "/usr/local/go"})
    (distro.root / "etc/profile.d/go.sh").write_text("export PATH=$PATH:/usr/local/go/bin\n")
    assert out(windows, "-d Busy --shell-type login go version").startswith("go version go1.27.3 linux/")
    assert out(windows, '-d Busy -u root --exec /bin/sh -c "echo y >/etc/y; rm /etc/hosts"') == ""
    assert (distro.root / "etc/y").read_text() == "y\n"
    assert not (distro.root / "etc/hosts").exists()
    shared_root = roots.busybox(windows.cache)
    assert (shared_root / "etc/hosts").exists()
    assert not any((shared_root / place).exists() for place in ("etc/y", "usr/local/go", "home/dev"))


def test_debian_has_its_own_go(windows: Prefix, add: Callable[..., Distro]) -> None:
    add("Debian", "debian", go={"1.27.3": "/usr/local/go"})
    assert out(windows, "-d Debian --exec /usr/local/go/bin/go env GOVERSION") == "go1.27.3\n"
    assert out(windows, "-d Debian -u root -- mv /usr/local/go /usr/local/go2; ls /usr/local/go2/bin/go") == (
        "/usr/local/go2/bin/go\n"
    )


def test_nothing_stays(tmp_path: Path) -> None:
    with Prefix.create(tmp_path / "prefix", go_versions=()) as prefix:
        prefix.add_distro(ADMIN, "Busy")
        process = started(prefix, f'-d Busy --exec /bin/sh -c "echo on; setsid sleep {seconds(1)}; true"')
        assert process.stdout.read(3) == b"on\n"
        place = prefix.wsl._place
        assert place.is_dir()
        assert not mounted(place)
    assert process.wait(5) != 0
    assert not place.exists()
    assert not running(seconds(1))


OWNER = """
import sys
from pathlib import Path
from winhost.prefix import ACCOUNTS, Prefix
prefix = Prefix.create(Path(sys.argv[1]), go_versions=())
prefix.start()
prefix.add_distro(ACCOUNTS[0], "Busy")
process = prefix.popen(r"C:\\windows\\system32\\wsl.exe -d Busy --exec /bin/sleep " + sys.argv[2])
print(prefix.wsl._place, flush=True)
sys.stdin.read()
"""


def test_nothing_stays_when_the_owner_is_killed(tmp_path: Path) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path / "prefix"), seconds(2)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert owner.stdout is not None
    place = Path(owner.stdout.readline().strip())
    wait_for(lambda: running(seconds(2)), "it does not start")
    assert place.exists()
    owner.kill()
    owner.communicate()
    wait_for(lambda: not running(seconds(2)) and not place.exists(), "something stays")
    assert not mounted(place)


def mounted(place: Path) -> bool:
    """In this namespace."""
    return str(place) in Path("/proc/self/mountinfo").read_text()


def seconds(number: int) -> str:
    """An argument for sleep that nobody else on this machine uses."""
    return f"{number}{os.getpid():07}"


def running(argument: str) -> bool:
    """Whether /bin/sleep runs with it, in whatever namespace."""
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(place.read_bytes())
        except OSError:
            continue
    return any(line.endswith(f"sleep\0{argument}\0".encode()) for line in found)


# -------------------------------------------------------------------------------------------------------- with cmd.exe


def cmd(windows: Prefix, line: str) -> Completed:
    variables = windows.environment() | {"WSL_UTF8": "1"}
    return windows.run(rf'{SYSTEM32}\cmd.exe /d /e:on /v:off /s /c "{line}"', env=variables, cwd=TEMP)


def test_redirections(windows: Prefix, busy: Distro, folder: Path) -> None:
    (folder / "wsl-in").write_bytes(b"cat <<'E'\none\nE\necho two >&2; exit 5\n")
    sh = f"{WSL} -d Busy --exec /bin/sh"
    assert cmd(windows, f"{sh} <wsl-in >wsl-out 2>wsl-err").rc == 5
    assert ((folder / "wsl-out").read_bytes(), (folder / "wsl-err").read_bytes()) == (b"one\n", b"two\n")
    cmd(windows, f"{sh} <wsl-in >>wsl-out 2>nul")
    assert (folder / "wsl-out").read_bytes() == b"one\none\n"
    cmd(windows, f"{sh} <wsl-in >wsl-both 2>&1")
    assert (folder / "wsl-both").read_bytes() == b"one\ntwo\n"
    assert cmd(windows, f"{sh} <wsl-in 2>nul || echo failed").stdout == b"one\nfailed\r\n"
    (folder / "wsl-x.cmd").write_bytes(f"@{WSL} -d Nope -e x >nul\r\n@>wsl-code echo %ERRORLEVEL%\r\n".encode())
    cmd(windows, "wsl-x.cmd")
    assert (folder / "wsl-code").read_bytes() == b"-1\r\n"


def test_pipes_that_no_file_is_behind(tmp_path: Path) -> None:
    """Wine's own: what a cmd.exe that has real pipes, or .NET, gives to the programs that it starts."""
    reason = can_wsl()
    if reason is not None:
        pytest.skip(reason)
    with Prefix.create(tmp_path / "prefix", go_versions=()) as prefix:
        newcmd.install(prefix.unix_path(SYSTEM32))
        prefix.add_distro(ADMIN, "Busy")
        content = bytes(range(256)) * 4096
        (prefix.unix_path(TEMP) / "in").write_bytes(content)
        cat = f"{WSL} -d Busy --exec /bin/cat"
        assert cmd(prefix, f"{cat} <in | {cat} | {cat} >out").rc == 0
        assert (prefix.unix_path(TEMP) / "out").read_bytes() == content
        assert (
            b"nowhere" in cmd(prefix, rf"{WSL} -d Busy --exec /bin/nowhere 2>&1 | {SYSTEM32}\findstr.exe ERROR").stdout
        )
        assert cmd(prefix, f"for /f %i in ('{WSL} -l -q') do @echo [%i]").stdout == b"[Busy]\r\n"


def test_many_at_once(windows: Prefix, add: Callable[..., Distro]) -> None:
    for number in range(5):
        add(f"D{number}")
    meeting = threading.Barrier(5)

    def one(number: int) -> list[bytes]:
        meeting.wait(30)
        line = f'-d D{number} --exec /bin/sh -c "cat; echo $WSL_DISTRO_NAME"'
        return [run(windows, line, b"x" * 99999).stdout for _ in range(4)]

    with ThreadPoolExecutor(5) as pool:
        for number, found in enumerate(pool.map(one, range(5))):
            assert found == [b"x" * 99999 + f"D{number}\n".encode()] * 4


# ------------------------------------------------------------------------ several distros by one command, as in README

ONE = r"""@echo off
"%SystemRoot%\System32\wsl.exe" -d %2 -u root --exec /bin/sh <in.%1 >out.%1 2>err.%1
>rc.%1.new echo %ERRORLEVEL%
ren rc.%1.new rc.%1
"""
GO = r"""@echo off
for /f "delims=" %%i in ('run.cmd') do echo %%i
{wait}
%SystemRoot%\System32\tar.exe -cf - {wanted}
"""
WAIT = r""":again
{checks}
goto all
:more
%SystemRoot%\System32\ping.exe -n 1 127.0.0.1 >nul
goto again
:all"""
MEETING = """main() {
    echo "$WSL_DISTRO_NAME"; echo "for err" >&2
    touch /mnt/c/windows/temp/work/met.$1
    until [ "$(ls /mnt/c/windows/temp/work/met.* | wc -l)" = 5 ]; do sleep 0.05; done
    exit $((250 + $1))
}
"""


def packed(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as to:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            to.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def batch(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode("ascii")


@pytest.mark.parametrize("new", [False, True], ids=["wine 8's cmd", "wine 10's cmd"])
def test_five_distros_by_one_command_over_winrm(tmp_path: Path, new: bool) -> None:
    reason = can_wsl()
    if reason is not None:
        pytest.skip(reason)
    with WinHost.start(ACCOUNTS[:1], go=(), packages=False) as host:
        if new:
            newcmd.install(host.prefix.unix_path(SYSTEM32))
        for number in range(5):
            host.add_distro(host.account, f"D{number}")
        numbers = range(5)
        files = {f"in.{number}": f"{MEETING}main {number}\n".encode() for number in numbers}
        files["one.cmd"] = batch(ONE)
        starts = [rf'start "" /b %SystemRoot%\System32\cmd.exe /d /c one.cmd {number} D{number}' for number in numbers]
        files["run.cmd"] = batch("\n".join(["@echo off", *starts, ""]))
        # The pipe of `for /f` ends with the last program that holds it, on Windows and in Wine 10's cmd.exe.
        checks = "\n".join(f"if not exist rc.{number} goto more" for number in numbers)
        wanted = " ".join(f"{kind}.{number}" for kind in ("out", "err", "rc") for number in numbers)
        files["go.cmd"] = batch(GO.format(wait="" if new else WAIT.format(checks=checks), wanted=wanted))
        steps = [f"cd /d {TEMP}", "md work", "cd work", r"%SystemRoot%\System32\tar.exe -xf -", "go.cmd"]
        client = Protocol(host.endpoint, transport="basic", username=host.account.name, password=host.account.password)
        shell = client.open_shell()
        command = client.run_command(
            shell,
            rf"{SYSTEM32}\cmd.exe",
            ["/d", "/e:on", "/v:off", "/s", "/c", f'"{" & ".join(steps)}"'],
            skip_cmd_shell=True,
            console_mode_stdin=False,
        )
        client.send_command_input(shell, command, packed(files), end=True)
        stdout, stderr, code = client.get_command_output(shell, command)
        client.close_shell(shell)
    assert (code, stderr) == (0, b"")
    with tarfile.open(fileobj=io.BytesIO(stdout)) as archive:
        found = {member.name: archive.extractfile(member).read() for member in archive}  # type: ignore[union-attr]
    # Each waited until all five ran, so they did at the same time.
    assert {name: content.split() for name, content in found.items()} == {
        **{f"out.{number}": [f"D{number}".encode()] for number in numbers},
        **{f"err.{number}": [b"for", b"err"] for number in numbers},
        **{f"rc.{number}": [str(250 + number).encode()] for number in numbers},
    }


def test_reason_for_skipping(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert "root" in str(can_wsl.__wrapped__())
