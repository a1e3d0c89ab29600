# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Windows host itself: a Wine prefix with accounts, programs, Go SDKs, and a way to start programs exactly as
CreateProcess does.

What is real and what stands in is told in README.md.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import re
import shutil
import struct
import subprocess
import threading
import time
import weakref
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from . import hivefile, hivemount, sdk, tooling
from .agent import CONSOLE, FILTERED, Agent, RawKey, Win32Error, pipe_path
from .environment import Variables, compose
from .keeper import remove_socket
from .tooling import MissingPackages
from .wsl import Distro, Wsl

__all__ = ["ACCOUNTS", "Account", "Completed", "MissingPackages", "Prefix", "Process", "Win32Error", "console_mangle"]

TEMPLATE = "6"
"""Another number makes every machine build its template anew."""

SYSTEM32 = r"C:\windows\system32"
PRIVATE = r"C:\windows\winhost"
"""Where what this host is run by lies; nothing of it is on PATH."""
MACHINE_ENVIRONMENT = r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment"
DEFAULT_PROFILE = r"C:\Users\Default"
HIVE_FILE, MANDATORY_FILE = "NTUSER.DAT", "NTUSER.MAN"
PROFILE_LIST = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList"
CODE_PAGES = r"HKLM\SYSTEM\CurrentControlSet\Control\Nls\CodePage"
COMPUTER_NAME = r"HKLM\SYSTEM\CurrentControlSet\Control\ComputerName"
CMD = r"C:\windows\system32\cmd.exe"
COMMAND_PROCESSOR = r"Software\Microsoft\Command Processor"

SIDS = "S-1-5-21-1004336348-1177238915-682003330"
MANDATORY, TEMPORARY = 0x1, 0x800
"""In State of ProfileList: a mandatory profile, a temporary one."""

LOCALES = {65001: "hi_IN.UTF-8", 936: "zh_CN.UTF-8"}
ANSI_PAGES = {65001: ("1252", "65001"), 936: ("936", "936")}
"""ACP and OEMCP of the Windows that is played. Programs here print in the OEM page; the ANSI page is a narrower one, so that what depends on it shows."""  # noqa: E501

TYPES = {
    0: "REG_NONE",
    1: "REG_SZ",
    2: "REG_EXPAND_SZ",
    3: "REG_BINARY",
    4: "REG_DWORD",
    7: "REG_MULTI_SZ",
    11: "REG_QWORD",
}
NUMBERS = {name: number for number, name in TYPES.items()}

# Wine overwrites files in place where it stands on Unix; what is linked must be what nobody writes.
LINKED = frozenset(
    ".acm .ax .com .cpl .dll .dll16 .drv .drv16 .exe .exe16 .fon .msstyles .nls .ocx .sys .tlb .ttf .vxd".split()
)

OPEN = "D:(A;;KA;;;WD)"
MACHINE = "D:(A;;KA;;;SY)(A;;KA;;;BA)(A;;KR;;;WD)"
NO_WRITING = "D:(D;;0xD0006;;;WD)(A;;KA;;;WD)"
NO_ACCESS = "D:(D;;KA;;;WD)"


@dataclass(frozen=True)
class Account:
    name: str
    password: str
    sid: str
    domain: str = "WINHOST"
    elevated: bool = True
    """False: its token is filtered, as a local administrator's is when it logs on over the network; machine keys refuse it."""  # noqa: E501
    administrator: bool = True
    loaded: bool = True
    """It is signed in: its hive is there, under HKU\\<SID>. Else it is only a file, NTUSER.DAT in its profile."""
    profile: str = ""
    profile_state: int = 0
    """State in ProfileList: 0x800 for a temporary profile, 0x1 for a mandatory one."""

    @property
    def home(self) -> str:
        """Its profile's directory."""
        if self.profile_state & TEMPORARY and not self.profile:
            return r"C:\Users\TEMP"
        return self.profile or rf"C:\Users\{self.name}"

    @property
    def hive_file(self) -> str:
        return rf"{self.home}\{MANDATORY_FILE if self.profile_state & MANDATORY else HIVE_FILE}"

    @property
    def stored_home(self) -> str:
        """ProfileImagePath, whose type is REG_EXPAND_SZ: with a reference where it is not signed in, as some set-ups
        write it.
        """
        return self.home if self.loaded else self.home.replace("C:\\", "%SystemDrive%\\", 1)

    @property
    def filtered(self) -> bool:
        return not (self.elevated and self.administrator)


ACCOUNTS = (
    Account("ansible", "Ansible-2026", f"{SIDS}-1001"),
    Account("alice", "Alice-2026", f"{SIDS}-1002", elevated=False, administrator=False),
    Account("王小明", "Wang-2026", f"{SIDS}-1003"),
    Account("carol", "Carol-2026", f"{SIDS}-1004", elevated=False),
    Account("bob", "Bob-2026", f"{SIDS}-1005", loaded=False),
)
"""An administrator, an ordinary user, one with a Chinese name, an administrator with a filtered token, one whose profile is not loaded."""  # noqa: E501


@dataclass(frozen=True)
class Completed:
    rc: int
    stdout: bytes
    stderr: bytes


# --------------------------------------------------------------------------------------------------------------
# processes


class ConsoleInput:
    """What WINRS_CONSOLEMODE_STDIN=TRUE does to input, as far as it is known (README.md): a console's line
    discipline.
    """

    def __init__(self, codepage: int = 65001) -> None:
        self._page = "utf-8" if codepage == 65001 else f"cp{codepage}"
        self._line = b""
        self._after_return = False
        self.ended = False

    def feed(self, data: bytes, *, end: bool = False) -> bytes:
        """What the program gets to read now: only whole lines, until the end."""
        done = bytearray()
        for byte in data:
            if self.ended:
                break
            done += self._key(byte)
        if end and not self.ended:
            done += self._text()
        return bytes(done)

    def _key(self, byte: int) -> bytes:
        after_return, self._after_return = self._after_return, byte == 0x0D
        if byte == 0x0D or (byte == 0x0A and not after_return):
            return self._return()
        if byte == 0x08:
            self._line = self._line[:-1]
        elif byte == 0x03:
            self._line = b""
        elif byte not in (0x00, 0x0A):
            self._line += bytes([byte])
        return b""

    def _return(self) -> bytes:
        if self._line[:1] == b"\x1a":
            self.ended = True
            return b""
        return self._text() + b"\r\n"

    def _text(self) -> bytes:
        line, self._line = self._line, b""
        return line.decode(self._page, "replace").encode(self._page, "replace")


def console_mangle(data: bytes, codepage: int = 65001) -> bytes:
    r"""What a program reads when these bytes come as console input: decoded in the code page and back (what is no
    character is lost), CR, LF and CRLF all an Enter that reads as CRLF, NUL ignored, backspace and Ctrl-C obeyed,
    Ctrl-Z at the start of a line the end.
    """
    return ConsoleInput(codepage).feed(data, end=True)


class _Input:
    """Standard input. In console mode, what a console would make of it."""

    def __init__(self, number: int, console: ConsoleInput | None) -> None:
        self._pipe = os.fdopen(number, "wb", buffering=0)
        self._console = console

    def write(self, data: bytes) -> int:
        self._all(data if self._console is None else self._console.feed(data))
        if self._console is not None and self._console.ended:
            self._pipe.close()
        return len(data)

    def _all(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[self._pipe.write(view) :]

    def flush(self) -> None:
        pass

    def fileno(self) -> int:
        return self._pipe.fileno()

    @property
    def closed(self) -> bool:
        return self._pipe.closed

    def close(self) -> None:
        if not self._pipe.closed and self._console is not None:
            with contextlib.suppress(OSError):
                self._all(self._console.feed(b"", end=True))
        self._pipe.close()


class Process:
    """A program that was started. Its pipes are binary and unbuffered."""

    def __init__(self, console: ConsoleInput | None) -> None:
        self._ended = threading.Event()
        self._code: int | None = None
        self._agent: Agent | None = None
        self._number = 0
        self.pid = 0
        """Its process id on the host."""
        self._far: list[int] = []
        near = []
        for writing in (True, False, False):
            read, write = os.pipe()
            near.append(write if writing else read)
            self._far.append(read if writing else write)
        self.stdin = _Input(near[0], console)
        self.stdout = os.fdopen(near[1], "rb", buffering=0)
        self.stderr = os.fdopen(near[2], "rb", buffering=0)

    def _start(self, agent: Agent, line: str, **how: Any) -> None:
        try:
            self._agent = agent
            self._number, self.pid = agent.start(
                line, pipes=[pipe_path(number) for number in self._far], on_exit=self._end, **how
            )
        except BaseException:
            for pipe in (self.stdin, self.stdout, self.stderr):
                pipe.close()
            raise
        finally:
            for number in self._far:
                os.close(number)

    def _end(self, code: int | None) -> None:
        self._code = 0xC000013A if code is None else code
        self._ended.set()

    def poll(self) -> int | None:
        return self._code

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, without sign."""
        if not self._ended.wait(timeout):
            raise TimeoutError(f"process {self.pid} still runs")
        assert self._code is not None
        return self._code

    def kill(self) -> None:
        """With everything that it started."""
        if self._agent is not None:
            self._agent.kill(self._number)

    def communicate(self, data: bytes = b"", timeout: float | None = None) -> Completed:
        found: dict[str, bytes] = {}

        def read(name: str, pipe: Any) -> None:
            with pipe:
                found[name] = pipe.readall()

        threads = [
            threading.Thread(target=read, args=item, daemon=True)
            for item in (("out", self.stdout), ("err", self.stderr))
        ]
        for thread in threads:
            thread.start()
        with contextlib.suppress(BrokenPipeError):
            self.stdin.write(data)
        with contextlib.suppress(OSError):
            self.stdin.close()
        try:
            code = self.wait(timeout)
        except TimeoutError:
            self.kill()
            raise
        for thread in threads:
            thread.join(timeout)
        return Completed(code, found.get("out", b""), found.get("err", b""))


# -----------------------------------------------------------------------------------------------------------------
# prefix


class HeldProgram:
    """A program that waits, see `Prefix.hold_reg`."""

    def __init__(self, directory: Path) -> None:
        self._hold, self._held = directory / "hold", directory / "held"

    def set(self, text: str) -> None:
        draft = self._hold.with_name("hold.draft")
        draft.write_text(text, encoding="ascii")
        draft.rename(self._hold)

    def waits(self) -> bool:
        return self._held.exists()

    def release(self) -> None:
        self._hold.unlink(missing_ok=True)
        self._held.unlink(missing_ok=True)


class Prefix:
    """A Windows. Made by `create`, running between `start` and `stop`."""

    def __init__(self, directory: Path, accounts: Sequence[Account], codepage: int, cache: Path) -> None:
        self.directory = directory
        self.accounts = tuple(accounts)
        self.codepage = codepage
        self.cache = cache
        self.go: dict[str, str] = {}
        """Version to directory, of the Go SDKs that were installed."""
        self._agent: Agent | None = None
        self._denied: dict[str, str] = {}
        self._machine_secured = False
        self._fronts: dict[str, set[str]] = {}
        self._removed: dict[str, Path] = {}
        self._wsl: Wsl | None = None
        self._lock = threading.RLock()
        self._signed_in: dict[str, str] = {}
        """SID to the profile's directory, of accounts that signed in while the host runs."""
        self._signed_out: set[str] = set()
        self._temporary: set[str] = set()

    @classmethod
    def create(
        cls,
        directory: Path,
        *,
        accounts: Sequence[Account] = ACCOUNTS,
        codepage: int = 65001,
        go_versions: Sequence[str] = ("1.21.13", "1.27.3"),
        packages: bool = True,
        cache: Path | None = None,
    ) -> Prefix:
        """A fresh host in `directory`, which must not exist yet or be empty. The first account is the one whose hive is
        HKEY_CURRENT_USER. `packages`: whether its SDKs can build.
        """
        if codepage not in LOCALES:
            raise ValueError(f"code page {codepage} is none of {', '.join(map(str, LOCALES))}")
        if not accounts:
            raise ValueError("a host has at least one account")
        prefix = cls(Path(directory).absolute(), accounts, codepage, cache or tooling.default_cache())
        copy_template(template(prefix.cache), prefix.directory)
        prefix._put_programs()
        prefix._put_folders()
        for version in go_versions:
            prefix.install_go(version, rf"C:\Go{version}", packages=packages)
        return prefix

    # -- running

    def start(self) -> None:
        with self._lock:
            if self._agent is not None:
                return
            loader = tooling.wine_loader()
            first = self.accounts[0]
            server = tooling.server_with_sid(self.cache, first.sid) if self._has_hive(first) else tooling.wine_server()
            self._agent = Agent(
                Path(__file__).with_name("keeper.py"),
                server,
                loader,
                tooling.compiled(self.cache) / "agent.exe",
                env=unix_environment(self.directory, self.cache, self.codepage),
                cwd=self.directory / "drive_c" / "windows",
            )
            _RUNNING.add(self)
            try:
                self._boot()
            except BaseException:
                self.stop()
                raise

    def stop(self) -> None:
        """Nothing of it runs any more when this returns. May be called twice."""
        with self._lock:
            agent, self._agent = self._agent, None
            wsl, self._wsl = self._wsl, None
            _RUNNING.discard(self)
            if wsl is not None:
                wsl.stop()
            if agent is not None:
                self._machine_secured = False
                for end in (self._unload_hives, self._keep_hives):
                    with contextlib.suppress(RuntimeError, OSError, KeyError):
                        end(agent)
                agent.stop()

    def must_have_drives(self, patience: float = 5) -> None:
        """Have it tell programs that there is a drive C, as PowerShell asks. A service of Wine does, which it does not
        always start; then all of it is started again.
        """
        for _time in range(3):
            until = time.monotonic() + patience
            while time.monotonic() < until:
                if _SERIAL_NUMBER.search(self.run(f"{CMD} /d /c vol C:").stdout):
                    return
                time.sleep(0.1)
            self.stop()
            self.start()
        raise RuntimeError("Wine does not start winedevice.exe, which tells programs which drives there are")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def agent(self) -> Agent:
        if self._agent is None:
            raise RuntimeError("this prefix is not running: call start()")
        return self._agent

    def popen(
        self,
        command_line: str,
        *,
        account: Account | None = None,
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        console_stdin: bool = False,
        codepage: int | None = None,
    ) -> Process:
        """CreateProcessW(NULL, command_line): not a character of it is changed. Raises Win32Error when it fails.

        `codepage`: give it a console with that page, as a WinRM shell does, where that is another than the host's;
        without, there is no console and the host's page is used.
        """
        who = account or self.accounts[0]
        if "\0" in command_line or len(command_line) > 32766:
            raise Win32Error(206 if "\0" not in command_line else 87, command_line[:200])
        block = self.environment(who) if env is None else env
        if who.filtered:
            self._secure_machine()
        process = Process(ConsoleInput(codepage or self.codepage) if console_stdin else None)
        page = codepage if codepage and codepage != self.codepage else 0
        process._start(
            self.agent,
            command_line,
            sid=who.sid,
            flags=(FILTERED if who.filtered else 0) | (CONSOLE if page else 0),
            page=page,
            directory=cwd or self._home(who),
            environment=environment_block(block),
        )
        return process

    def run(
        self,
        command_line: str,
        *,
        account: Account | None = None,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        console_stdin: bool = False,
        codepage: int | None = None,
        timeout: float | None = 120,
    ) -> Completed:
        process = self.popen(
            command_line, account=account, env=env, cwd=cwd, console_stdin=console_stdin, codepage=codepage
        )
        return process.communicate(stdin, timeout)

    def environment(self, account: Account | None = None) -> dict[str, str]:
        """What a new logon of this account would get, from what the registry says now."""
        who = account or self.accounts[0]
        hive = rf"HKU\{who.sid}" if self._has_hive(who) else r"HKU\.DEFAULT"
        return compose(
            self._variables(MACHINE_ENVIRONMENT),
            self._variables(rf"{hive}\Environment"),
            self._variables(rf"{hive}\Volatile Environment"),
            computer=self._computer(),
            user_name=who.name,
            domain=who.domain,
            profile=self._home(who),
        )

    # -- registry, for eyes and hands of the tests

    def registry(self, key: str) -> dict[str, tuple[str, str | int | bytes]]:
        """The values of one key: name to type and value. KeyError when there is no such key."""
        return {name: decoded(kind, data) for name, (kind, data) in self.agent.read(key).values.items()}

    def subkeys(self, key: str) -> list[str]:
        return self.agent.read(key).subkeys

    def has_key(self, key: str) -> bool:
        try:
            self.agent.read(key)
        except KeyError:
            return False
        return True

    def set_value(self, key: str, name: str, value: str | int | bytes, kind: str | None = None) -> None:
        """Write one value at once, past everything that is denied to programs' users; REG_SZ, REG_DWORD or REG_BINARY
        if no type is told.
        """
        number, data = encoded(value, kind)
        self.agent.write(key, name, number, data)

    def delete_value(self, key: str, name: str) -> None:
        self.agent.remove_value(key, name)

    def delete_key(self, key: str) -> None:
        self.agent.remove_key(key)

    def import_reg(self, text: str) -> None:
        """Import the text of a .reg file."""
        file = rf"{PRIVATE}\import-{os.getpid()}-{threading.get_ident()}.reg"
        place = self.unix_path(file)
        place.write_bytes(b"\xff\xfe" + "\r\n".join(text.splitlines()).encode("utf-16-le") + b"\r\0\n\0")
        try:
            done = self.run(f"{self._original('reg.exe')} import {file}")
        finally:
            place.unlink()
        if done.rc:
            raise RuntimeError(f"reg import failed: {(done.stderr + done.stdout).decode(errors='replace')}")

    # -- hives

    def hive_busy(self, times: int | Literal[True]) -> None:
        """The next so many calls of `reg unload` are refused, as while some program holds a key open; True: all of
        them, 0: none any more.
        """
        self._loaded.set_busy(None if times is True else times)

    def sign_in(self, account: Account) -> str:
        """Its hive file becomes HKU\\<SID>. Where that cannot be, because reg.exe has loaded the file or because it is
        damaged, it gets a temporary profile, as on Windows. Returns the profile's directory.
        """
        with self._lock:
            if self._has_hive(account):
                raise ValueError(f"{account.name} is signed in")
            key, home = rf"HKU\{account.sid}", account.home
            if not self._load_hive(key, self.unix_path(account.hive_file)):
                home = self._temporary_profile(account)
                if not self._load_hive(key, self.unix_path(rf"{home}\{HIVE_FILE}")):
                    raise RuntimeError(rf"{DEFAULT_PROFILE}\{HIVE_FILE} cannot be loaded")
            self._signed_in[account.sid] = home
            self._signed_out.discard(account.sid)
            self.agent.make_key(f"{key}_Classes")
            self._log_on(account)
            return home

    def sign_out(self, account: Account) -> None:
        """Its hive is written to its file. A temporary profile is removed, and ProfileList is as before."""
        with self._lock:
            if not self._has_hive(account):
                raise ValueError(f"{account.name} is not signed in")
            if account.sid == self.accounts[0].sid:
                raise ValueError(f"the hive of {account.name} is HKEY_CURRENT_USER, which stays")
            self._sign_out(self.agent, account.sid)
            if account.loaded:
                self._signed_out.add(account.sid)

    def _sign_out(self, agent: Agent, sid: str) -> None:
        key, profile = rf"HKU\{sid}", rf"{PROFILE_LIST}\{sid}"
        agent.remove_key(rf"{key}\Volatile Environment")
        agent.remove_key(f"{key}_Classes")
        self._unload_hive(agent, key)
        home = self._signed_in.pop(sid, "")
        if sid in self._temporary:
            self._temporary.discard(sid)
            shutil.rmtree(self.unix_path(home))
            self._copy_values(agent, f"{profile}.bak", profile)
            agent.remove_key(f"{profile}.bak")

    def _temporary_profile(self, account: Account) -> str:
        """ProfileList and a directory for it, named as Windows does."""
        names = ("TEMP", f"TEMP.{account.domain}", *(f"TEMP.{account.domain}.{count:03}" for count in range(1000)))
        homes = (rf"C:\Users\{name}" for name in names)
        home = next(home for home in homes if not self.unix_path(home).exists())
        shutil.copytree(self.unix_path(DEFAULT_PROFILE), self.unix_path(home))
        profile = rf"{PROFILE_LIST}\{account.sid}"
        self._copy_values(self.agent, profile, f"{profile}.bak")
        self.set_value(profile, "ProfileImagePath", home, "REG_EXPAND_SZ")
        self.set_value(profile, "State", TEMPORARY)
        self._temporary.add(account.sid)
        return home

    def _copy_values(self, agent: Agent, key: str, other: str) -> None:
        for name, (kind, data) in agent.read(key).values.items():
            agent.write(other, name, kind, data)

    def _load_hive(self, key: str, file: Path) -> bool:
        text = rf"{PRIVATE}\hives\signing-in.txt"
        place = self.unix_path(text)
        try:
            if not self._mount("load", key, str(file), str(place), "account"):
                return False
            self.agent.load(key, text)
        finally:
            place.unlink(missing_ok=True)
        return True

    def _unload_hive(self, agent: Agent, key: str) -> None:
        text = rf"{PRIVATE}\hives\unloading.txt"
        place = self.unix_path(text)
        try:
            agent.save(key, text)
            if not self._mount("store", key, str(place)):
                raise RuntimeError(f"{key} cannot be written to its file")
            agent.unload(key)
        finally:
            place.unlink(missing_ok=True)

    def _unload_hives(self, agent: Agent) -> None:
        """When Windows is shut down, everybody is signed out, and what is loaded is written to its file. Accounts that
        are signed in from the start are so again at the next one: `_keep_hives`.
        """
        for sid in list(self._signed_in):
            self._sign_out(agent, sid)
        for key, _, owner in self._loaded.all():
            if owner == "load":
                with contextlib.suppress(Win32Error):  # somebody deleted the key
                    self._unload_hive(agent, key)
            self._loaded.forget(key)

    def _mount(self, verb: str, key: str, *words: str) -> bool:
        """Whether hivemount.py did it. RuntimeError where that program failed."""
        program = [str(tooling.python_with_hivex()), "-I", str(hivefile.PROGRAM), verb, str(self._loaded.home), key]
        done = subprocess.run([*program, *words], capture_output=True, text=True, check=False)
        if done.returncode and done.stderr:
            raise RuntimeError(f"hivemount.py {verb} {key} failed:\n{done.stderr}")
        return done.returncode == 0

    @property
    def _loaded(self) -> hivemount.Loaded:
        return hivemount.Loaded(self.unix_path(rf"{PRIVATE}\hives"))

    # -- files

    def unix_path(self, windows_path: str) -> Path:
        """Where a file of the host lies here; names that exist are found in any case."""
        drive, colon, rest = windows_path.partition(":")
        if not colon or drive.upper() != "C":
            raise ValueError(f"{windows_path!r} is not on drive C:")
        place = self.directory / "drive_c"
        for part in filter(None, rest.replace("/", "\\").split("\\")):
            place = child(place, part)
        return place

    def install_go(self, version: str, path: str, *, packages: bool = True) -> str:
        sdk.install(version, self.unix_path(path), self.cache, packages=packages)
        self.go[version] = path
        return path

    # -- WSL

    @property
    def wsl(self) -> Wsl:
        """WSL is installed when it is first used; RuntimeError says why it cannot be had (`can_wsl`)."""
        with self._lock:
            if self._wsl is None:
                _ = self.agent  # it runs, so that stop() comes
                self._wsl = Wsl(self)
            return self._wsl

    def add_distro(self, account: Account, name: str, root: str = "busybox", **how: Any) -> Distro:
        """A distro of this account, registered in its hive, stopped. The first of an account is its default.

        `root`: "busybox", or "debian", which is this machine's own system as it was newly installed, with bash, zsh and
        fish. `default_uid`, and `user`, who has that uid; None makes no user. `shell`: the user's, as "zsh".
        `version`: 1 or 2. `run_oobe`: its first start has not happened yet. `wsl_conf`: text of /etc/wsl.conf. `go`:
        where each Go SDK lies in it, as {"1.27.3": "/usr/local/go"}. `overlay`: False gives busybox a copy, as where
        overlays are refused.
        """
        return self.wsl.add(account, name, root, **how)

    def wsl_fault(self, code: str | None, distro: Distro | None = None) -> None:
        r"""wsl.exe fails with this code, whole or from where a distro's start begins: "Wsl/E_ACCESSDENIED",
        "CreateVm/HCS/E_ACCESSDENIED". What happens at a start leaves alone what runs. None takes it away.
        """
        self.wsl.fault(code, distro)

    def wsl_hang(self, hanging: bool = True, distro: Distro | None = None) -> None:
        """A distro's start, or without one any call of wsl.exe, never comes back; calls that hang are not let go."""
        self.wsl.hang(hanging, distro)

    def wsl_session_zero(self, blocked: bool = True) -> None:
        r"""System32's wsl.exe does not work, as without a session on the desktop; C:\Program Files\WSL\wsl.exe does."""
        self.wsl.session_zero(blocked)

    # -- misbehaviour

    def deny_key(self, key: str, *, reading: bool = False) -> None:
        """Nobody may write to this key and those below it (nor read them): Wine's registry itself refuses, by the key's
        access list.
        """
        self._denied[key] = NO_ACCESS if reading else NO_WRITING
        if self._agent is not None:
            self.agent.secure(key, self._denied[key])

    def allow_key(self, key: str) -> None:
        self._denied.pop(key, None)
        if self._agent is not None:
            self.agent.secure(
                key, MACHINE if self._machine_secured and key.upper().startswith(("HKLM", "HKEY_LOCAL")) else OPEN
            )

    @contextlib.contextmanager
    def hold_reg(self, text: str) -> Iterator[HeldProgram]:
        """The first reg.exe with this ASCII text in its command line waits before it does anything, until it is
        released. This must not end before what runs then has.
        """
        held = HeldProgram(self.unix_path(PRIVATE))
        held.set(text)
        try:
            yield held
        finally:
            held.release()

    def policy_registry_tools(self, disabled: bool) -> None:
        """Prevent access to registry editing tools, for every account that is loaded."""
        for account in filter(self._has_hive, self.accounts):
            key = rf"HKU\{account.sid}\Software\Microsoft\Windows\CurrentVersion\Policies\System"
            self._policy(key, "DisableRegistryTools", disabled)

    def policy_cmd(self, disabled: bool) -> None:
        """Prevent access to the command prompt, for every account that is loaded."""
        for account in filter(self._has_hive, self.accounts):
            self._policy(rf"HKU\{account.sid}\Software\Policies\Microsoft\Windows\System", "DisableCMD", disabled)
        self._front("cmd.exe", "policy", disabled)

    def _policy(self, key: str, name: str, on: bool) -> None:
        if on:
            self.set_value(key, name, 1)
        else:
            self.delete_value(key, name)

    def autorun(self, command: str | None, *, account: Account | None = None) -> None:
        """AutoRun of cmd.exe, for the machine or for one account; None takes it away."""
        key = rf"HKLM\{COMMAND_PROCESSOR}" if account is None else rf"HKU\{account.sid}\{COMMAND_PROCESSOR}"
        if command is None:
            self.delete_value(key, "AutoRun")
        else:
            self.set_value(key, "AutoRun", command)
        self._front("cmd.exe", f"autorun {key}", command is not None)

    def remove_program(self, name: str) -> None:
        """Take a program out of System32."""
        place = self.unix_path(rf"{SYSTEM32}\{name}")
        kept = self.unix_path(PRIVATE) / "removed"
        kept.mkdir(exist_ok=True)
        place.rename(kept / name.lower())
        self._removed[name.lower()] = place

    def restore_program(self, name: str) -> None:
        place = self._removed.pop(name.lower())
        (self.unix_path(PRIVATE) / "removed" / name.lower()).rename(place)

    def _front(self, name: str, reason: str, on: bool) -> None:
        """Put our stand-in in front of one of Wine's programs while there is a reason, so that nobody pays for it
        otherwise.
        """
        reasons = self._fronts.setdefault(name, set())
        before = bool(reasons)
        (reasons.add if on else reasons.discard)(reason)
        place, kept = self.unix_path(rf"{SYSTEM32}\{name}"), self.unix_path(PRIVATE) / "wine" / name
        if reasons and not before:
            kept.parent.mkdir(exist_ok=True)
            place.rename(kept)
            shutil.copyfile(tooling.compiled(self.cache) / f"front_{name.replace('.exe', '')}.exe", place)
        elif before and not reasons:
            kept.replace(place)

    def _original(self, name: str) -> str:
        return rf"{PRIVATE}\wine\{name}" if self._fronts.get(name) else rf"{SYSTEM32}\{name}"

    # -- making

    def _put_programs(self) -> None:
        made = tooling.compiled(self.cache)
        system32 = self.unix_path(SYSTEM32)
        for file in made.iterdir():
            if (
                file.suffix in (".exe", ".dll", ".com")
                and file.name != "agent.exe"
                and not file.name.startswith("front_")
            ):
                place = child(system32, file.name)
                place.unlink(missing_ok=True)
                shutil.copyfile(file, place)
        sdk.replace_by_copy(child(system32, "reg.exe"))
        sdk.replace_by_copy(child(system32, "cmd.exe"))
        private = self.unix_path(PRIVATE)
        private.mkdir()
        shutil.copyfile(made / "agent.exe", private / "console.exe")
        lines = [
            f"{item.sid}\t{item.domain}\t{item.name}\t{int(item.elevated)}\t{int(item.administrator)}"
            for item in self.accounts
        ]
        (private / "accounts.txt").write_bytes("".join(f"{line}\r\n" for line in lines).encode("utf-16-le"))
        shutil.copyfile(hivefile.PROGRAM, private / "hivemount.py")
        (private / "hives").mkdir()
        self._front("reg.exe", "hives", True)
        # From Wine 9 on, its cmd.exe leaves %NAME% behind the %i of a FOR as it stands.
        self._front("cmd.exe", "names in loops", tooling.wine_version() >= (9, 0))

    def _put_folders(self) -> None:
        for home in {DEFAULT_PROFILE, *(account.home for account in self.accounts)}:
            for folder in (
                "Desktop",
                "Documents",
                "Downloads",
                r"AppData\Roaming",
                r"AppData\Local\Temp",
                r"AppData\Local\Microsoft\WindowsApps",
            ):
                self.unix_path(rf"{home}\{folder}").mkdir(parents=True, exist_ok=True)
        hives = {rf"{DEFAULT_PROFILE}\{HIVE_FILE}", *(account.hive_file for account in self.accounts)}
        for file in hives:
            shutil.copyfile(default_hive(self.cache), self.unix_path(file))
        for folder in (r"C:\Windows\Temp", r"C:\Windows\System32\Wbem", r"C:\Windows\System32\OpenSSH"):
            self.unix_path(folder).mkdir(parents=True, exist_ok=True)

    def _boot(self) -> None:
        """What Wine writes at each start is put right; what a Windows has from its set-up is written once; hives that
        Wine does not keep are put back.
        """
        agent = self.agent
        for key, _, owner in self._loaded.all():  # of a host that was not stopped but killed
            if owner == "load":
                agent.remove_key(key)
            self._loaded.forget(key)
        self._name_computer()
        ansi, oem = ANSI_PAGES[self.codepage]
        self.set_value(CODE_PAGES, "ACP", ansi)
        self.set_value(CODE_PAGES, "OEMCP", oem)
        mark = self.directory / "accounts.json"
        if mark.exists():
            for key, raw in json.loads(mark.read_text(encoding="utf-8")):
                agent.make_key(key)
                for name, kind, data in raw:
                    agent.write(key, name, kind, bytes.fromhex(data))
        else:
            self._set_up_machine()
            for account in self.accounts:
                self._set_up_account(account)
            mark.write_text("[]", encoding="utf-8")
        for account in filter(self._has_hive, self.accounts):
            self._log_on(account)
            with contextlib.suppress(hivemount.Refused):  # two with one temporary profile
                self._loaded.add(rf"HKU\{account.sid}", self.unix_path(account.hive_file), "account")
        for key, access in self._denied.items():
            agent.secure(key, access)

    def _name_computer(self) -> None:
        name = self._computer()
        for key in ("ActiveComputerName", "ComputerName"):
            with contextlib.suppress(Win32Error):
                self.set_value(rf"{COMPUTER_NAME}\{key}", "ComputerName", name)

    def _computer(self) -> str:
        return next((account.domain for account in self.accounts if account.sid.startswith(SIDS)), "WINHOST")

    def _set_up_machine(self) -> None:
        self.set_value(r"HKCU\Software\Wine", "Version", "win10")
        self.delete_key(
            r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\AeDebug"
        )  # Wine's debugger writes to a program's stderr
        self.agent.remove_key(MACHINE_ENVIRONMENT)
        for name, (kind, value) in MACHINE_VARIABLES.items():
            self.set_value(MACHINE_ENVIRONMENT, name, value, kind)
        for name in self.subkeys(PROFILE_LIST) if self.has_key(PROFILE_LIST) else ():
            self.delete_key(rf"{PROFILE_LIST}\{name}")
        for name, value in PROFILE_FOLDERS.items():
            self.set_value(PROFILE_LIST, name, value, "REG_EXPAND_SZ")
        for sid, home in SERVICE_PROFILES.items():
            self.set_value(rf"{PROFILE_LIST}\{sid}", "ProfileImagePath", home, "REG_EXPAND_SZ")
            self.set_value(rf"{PROFILE_LIST}\{sid}", "State", 0)
            self._user_variables(rf"HKU\{sid}")
        self.delete_key(r"HKU\.DEFAULT\Environment")
        self._user_variables(r"HKU\.DEFAULT")

    def _set_up_account(self, account: Account) -> None:
        key = rf"{PROFILE_LIST}\{account.sid}"
        temporary = account.profile_state & TEMPORARY
        self.set_value(key, "ProfileImagePath", account.stored_home, "REG_EXPAND_SZ")
        self.set_value(key, "State", account.profile_state)
        self.set_value(key, "Sid", tooling.binary_sid(account.sid))
        if temporary:
            self.set_value(f"{key}.bak", "ProfileImagePath", rf"C:\Users\{account.name}", "REG_EXPAND_SZ")
            self.set_value(f"{key}.bak", "State", 0x8000)
        if not account.loaded:
            return
        hive = rf"HKU\{account.sid}"
        self.delete_key(rf"{hive}\Environment")
        self._user_variables(hive)
        self.agent.make_key(f"{hive}_Classes")
        folders = rf"{hive}\{SHELL_FOLDERS_KEY}"
        for name, value in SHELL_FOLDERS.items():
            self.set_value(folders, name, value, "REG_EXPAND_SZ")

    def _user_variables(self, hive: str) -> None:
        for name, value in USER_VARIABLES.items():
            self.set_value(rf"{hive}\Environment", name, value, "REG_EXPAND_SZ")

    def _log_on(self, account: Account) -> None:
        """The volatile part of a hive that is loaded."""
        home = self._home(account)
        key = rf"HKU\{account.sid}\Volatile Environment"
        self.delete_key(key)
        self.agent.make_key(key, volatile=True)
        values = {
            "LOGONSERVER": rf"\\{account.domain}",
            "USERDOMAIN": account.domain,
            "USERNAME": account.name,
            "USERPROFILE": home,
            "HOMEPATH": home[2:],
            "HOMEDRIVE": home[:2],
            "APPDATA": rf"{home}\AppData\Roaming",
            "LOCALAPPDATA": rf"{home}\AppData\Local",
            "USERDOMAIN_ROAMINGPROFILE": account.domain,
        }
        for name, value in values.items():
            self.set_value(key, name, value)

    def _keep_hives(self, agent: Agent) -> None:
        """Wine keeps only the hive of its own user; the others are put back at the next start."""
        own = self.accounts[0].sid
        kept = [
            (key, raw)
            for name in agent.read("HKU").subkeys
            if name.upper() not in (own, ".DEFAULT")
            for key, raw in keys_below(agent, rf"HKU\{name}")
        ]
        content = [(key, [(name, kind, data.hex()) for name, (kind, data) in raw.values.items()]) for key, raw in kept]
        (self.directory / "accounts.json").write_text(json.dumps(content), encoding="utf-8")

    # -- looking

    def _has_hive(self, account: Account) -> bool:
        return account.sid in self._signed_in or (account.loaded and account.sid not in self._signed_out)

    def _home(self, account: Account) -> str:
        if not self._has_hive(account):
            return DEFAULT_PROFILE
        return self._signed_in.get(account.sid, account.home)

    def _variables(self, key: str) -> Variables:
        try:
            raw = self.agent.read(key).values
        except KeyError:
            return []
        found = ((name, *decoded(kind, data)) for name, (kind, data) in raw.items())
        return [(name, kind == "REG_EXPAND_SZ", value) for name, kind, value in found if isinstance(value, str)]

    def _secure_machine(self) -> None:
        """Administrators alone write to machine keys. Done when the first program of somebody else is started, because
        it takes a moment.
        """
        with self._lock:
            if self._machine_secured:
                return
            for key in (r"HKLM\SOFTWARE", r"HKLM\SYSTEM"):
                self.agent.secure(key, MACHINE)
            self._machine_secured = True
            for key, access in self._denied.items():
                self.agent.secure(key, access)


_RUNNING: weakref.WeakSet[Prefix] = weakref.WeakSet()


@atexit.register
def _stop_all() -> None:
    for prefix in list(_RUNNING):
        prefix.stop()


# ------------------------------------------------------------------------------------------------- what a Windows
# starts with

MACHINE_VARIABLES: dict[str, tuple[str, str]] = {
    "ComSpec": ("REG_EXPAND_SZ", r"%SystemRoot%\system32\cmd.exe"),
    "DriverData": ("REG_SZ", r"C:\Windows\System32\Drivers\DriverData"),
    "NUMBER_OF_PROCESSORS": ("REG_SZ", "2"),
    "OS": ("REG_SZ", "Windows_NT"),
    "Path": (
        "REG_EXPAND_SZ",
        "%SystemRoot%\\system32;%SystemRoot%;%SystemRoot%\\System32\\Wbem;%SYSTEMROOT%\\System32\\WindowsPowerShell\\v1.0\\;%SYSTEMROOT%\\System32\\OpenSSH\\",
    ),
    "PATHEXT": ("REG_SZ", ".COM;.EXE;.BAT;.CMD;.VBS;.VBE;.JS;.JSE;.WSF;.WSH;.MSC"),
    "PROCESSOR_ARCHITECTURE": ("REG_SZ", "AMD64"),
    "PROCESSOR_IDENTIFIER": ("REG_SZ", "Intel64 Family 6 Model 158 Stepping 10, GenuineIntel"),
    "PROCESSOR_LEVEL": ("REG_SZ", "6"),
    "PROCESSOR_REVISION": ("REG_SZ", "9e0a"),
    "PSModulePath": (
        "REG_EXPAND_SZ",
        r"%ProgramFiles%\WindowsPowerShell\Modules;%SystemRoot%\system32\WindowsPowerShell\v1.0\Modules",
    ),
    "TEMP": ("REG_EXPAND_SZ", r"%SystemRoot%\TEMP"),
    "TMP": ("REG_EXPAND_SZ", r"%SystemRoot%\TEMP"),
    "USERNAME": ("REG_SZ", "SYSTEM"),
    "windir": ("REG_EXPAND_SZ", "%SystemRoot%"),
}
USER_VARIABLES = {
    "Path": r"%USERPROFILE%\AppData\Local\Microsoft\WindowsApps;",
    "TEMP": r"%USERPROFILE%\AppData\Local\Temp",
    "TMP": r"%USERPROFILE%\AppData\Local\Temp",
}
_SERIAL_NUMBER = re.compile(rb"[0-9A-F]{4}-[0-9A-F]{4}")  # of a drive; the words are another language's elsewhere
SHELL_FOLDERS_KEY = r"Software\Microsoft\Windows\CurrentVersion\Explorer\User Shell Folders"
SHELL_FOLDERS = {
    "AppData": r"%USERPROFILE%\AppData\Roaming",
    "Desktop": r"%USERPROFILE%\Desktop",
    "Local AppData": r"%USERPROFILE%\AppData\Local",
    "Personal": r"%USERPROFILE%\Documents",
}
PROFILE_FOLDERS = {
    "Default": r"%SystemDrive%\Users\Default",
    "ProfilesDirectory": r"%SystemDrive%\Users",
    "ProgramData": r"%SystemDrive%\ProgramData",
    "Public": r"%SystemDrive%\Users\Public",
}
SERVICE_PROFILES = {
    "S-1-5-18": r"%systemroot%\system32\config\systemprofile",
    "S-1-5-19": r"%systemroot%\ServiceProfiles\LocalService",
    "S-1-5-20": r"%systemroot%\ServiceProfiles\NetworkService",
}


# ----------------------------------------------------------------------------------------------------------------
# template


def unix_environment(prefix: Path, cache: Path, codepage: int) -> dict[str, str]:
    """Wine's own environment; nothing of the caller's gets in.

    No TMPDIR: with one, Debian 13's server ends at once, by freeing what it did not allocate.
    """
    # Wine prefers its own program to one of the same name in System32.
    own = [
        name
        for stem in ("cmd", "reg", *sorted(file.stem for file in tooling.PROGRAMS.glob("*.c")))
        for name in (f"{stem}.exe", f"*{stem}.exe")
    ]
    return {
        "HOME": str(prefix / "unix"),
        "LC_ALL": LOCALES[codepage],
        "LOCPATH": str(tooling.locales(cache)),
        "PATH": "/usr/bin:/bin",
        "USER": "winhost",
        "WINEDEBUG": "-all",
        "WINEDLLOVERRIDES": f"winemenubuilder.exe=d;{','.join(own)}=n,b",
        "WINEPREFIX": str(prefix),
    }


def template(cache: Path) -> Path:
    """A prefix that was made once, to be copied."""
    tooling.must_be_known()
    loader, server = tooling.wine_loader(), tooling.wine_server()
    key = tooling.fingerprint(TEMPLATE, tooling.identity(loader), tooling.identity(server))

    def make(draft: Path) -> None:
        prefix = draft / "prefix"
        (prefix / "unix").mkdir(parents=True)
        # Without mscoree and mshtml Wine does not ask for Mono and Gecko. Later they must not be missing: .NET needs
        # the first.
        env = unix_environment(prefix, cache, 65001) | {"WINEDLLOVERRIDES": "winemenubuilder.exe,mscoree,mshtml=d"}
        tooling.run([str(server), "-p"], env=env)
        try:
            tooling.run([str(loader), "wineboot", "--init"], env=env)
        finally:
            subprocess.run([str(server), "-k"], env=env, check=False, stdin=subprocess.DEVNULL, capture_output=True)
            subprocess.run([str(server), "-w"], env=env, check=False, stdin=subprocess.DEVNULL, capture_output=True)
        _clean(prefix)

    return tooling.made(cache / f"template-{key}", make) / "prefix"


def default_hive(cache: Path) -> Path:
    """The NTUSER.DAT that a new profile begins with, made once."""
    tree: hivefile.Tree = {
        "": {},
        "Environment": {name: hivefile.text(value, 2) for name, value in USER_VARIABLES.items()},
        "Software": {},
        SHELL_FOLDERS_KEY: {name: hivefile.text(value, 2) for name, value in SHELL_FOLDERS.items()},
        r"Control Panel\Desktop": {"ScreenSaveActive": hivefile.text("1"), "UserPreferencesMask": (3, bytes(8))},
        "Network": {},
    }
    key = tooling.fingerprint(repr(tree), hivefile.PROGRAM.read_bytes())
    return tooling.made(cache / f"hive-{key}", lambda draft: _make_hive(draft / HIVE_FILE, tree)) / HIVE_FILE


def _make_hive(file: Path, tree: hivefile.Tree) -> None:
    hivefile.make_hive(file, tree)


def _clean(prefix: Path) -> None:
    """Take out what is of this run, and what no Windows has: other drives, the folders of the Unix user, services that
    only cost time.
    """
    remove_socket(prefix)
    shutil.rmtree(prefix / "unix")
    (prefix / "unix").mkdir()
    for drive in (prefix / "dosdevices").iterdir():
        if drive.name != "c:":
            drive.unlink()
    users = prefix / "drive_c" / "users"
    for folder in users.iterdir():
        if folder.name != "Public":
            shutil.rmtree(folder)
    users.rename(prefix / "drive_c" / "Users")
    system = prefix / "system.reg"
    system.write_text("".join(_quiet(system.read_text(encoding="utf-8").splitlines(keepends=True))), encoding="utf-8")


def _quiet(lines: list[str]) -> Iterator[str]:
    service = False
    for line in lines:
        if line.startswith("["):
            service = any(
                line.lower().startswith(f"[system\\\\currentcontrolset\\\\services\\\\{name}]")
                for name in ("eventlog", "ndis", "plugplay")
            )
        yield '"Start"=dword:00000004\n' if service and line.startswith('"Start"=') else line


def copy_template(source: Path, target: Path) -> None:
    """A copy in which the big files that nobody writes to are links."""
    target.mkdir(parents=True, exist_ok=True)
    if any(target.iterdir()):
        raise FileExistsError(f"{target} is not empty")
    for place, folders, files in os.walk(source):
        here = target / Path(place).relative_to(source)
        here.mkdir(exist_ok=True)
        for name in [*files, *(folder for folder in folders if os.path.islink(os.path.join(place, folder)))]:
            _copy(Path(place) / name, here / name)


def _copy(source: Path, target: Path) -> None:
    if source.is_symlink():
        target.symlink_to(os.readlink(source))
    elif source.suffix.lower() in LINKED:
        try:
            os.link(source, target)
        except OSError:
            target.symlink_to(source)  # another file system
    else:
        shutil.copy2(source, target)


# ------------------------------------------------------------------------------------------------------------- small
# rules


def child(directory: Path, name: str) -> Path:
    """Windows does not mind the case."""
    exact = directory / name
    if exact.exists() or exact.is_symlink() or not directory.is_dir():
        return exact
    return next((item for item in directory.iterdir() if item.name.casefold() == name.casefold()), exact)


def environment_block(variables: Mapping[str, str]) -> str:
    for name, value in variables.items():
        if not name or "=" in name[1:] or "\0" in name + value:
            raise ValueError(f"{name!r}={value!r} cannot be in an environment")
    return "".join(f"{name}={variables[name]}\0" for name in sorted(variables, key=str.upper)) + "\0"


def decoded(kind: int, data: bytes) -> tuple[str, str | int | bytes]:
    name = TYPES.get(kind, f"REG_{kind}")
    if kind in (1, 2):
        text = data[: len(data) // 2 * 2].decode("utf-16-le", "surrogatepass")
        return name, text.removesuffix("\0")
    if kind == 7:
        return name, data.decode("utf-16-le", "surrogatepass").removesuffix("\0\0")
    if kind in (4, 11):
        return name, int.from_bytes(data, "little")
    return name, data


def encoded(value: str | int | bytes, kind: str | None = None) -> tuple[int, bytes]:
    if kind is None:
        kind = "REG_SZ" if isinstance(value, str) else "REG_DWORD" if isinstance(value, int) else "REG_BINARY"
    if isinstance(value, str):
        return NUMBERS[kind], (value + ("\0\0" if kind == "REG_MULTI_SZ" else "\0")).encode(
            "utf-16-le", "surrogatepass"
        )
    if isinstance(value, int):
        return NUMBERS[kind], struct.pack("<Q" if kind == "REG_QWORD" else "<I", value)
    return NUMBERS[kind], value


def keys_below(agent: Agent, key: str) -> Iterator[tuple[str, RawKey]]:
    """The key and all below it, but for those that do not outlive a start."""
    raw = agent.read(key)
    yield key, raw
    for name in raw.subkeys:
        if name != "Volatile Environment":
            yield from keys_below(agent, rf"{key}\{name}")
