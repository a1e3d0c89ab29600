# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One host: its keeper, and what a test needs to know about it and do in it."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any, Self

from winhost import sdk, tooling

from . import system
from .accounts import ACCOUNTS, Account, account
from .needs import reason_it_cannot
from .wish import Wish

PYTHON = "/usr/bin/python3"
MASTER = "master-"
"""Begins the names of the sockets of ssh's connections that several tasks share."""
MISSING = 44
"""Exit code of our own scripts: there is no such file."""

READ = f'[ -e "$1" ] || exit {MISSING}; exec cat -- "$1"'
WRITE = """
set -e
mkdir -p -- "$(dirname -- "$1")"
cat > "$1"
[ -z "$2" ] || chown -- "$2" "$1"
[ -z "$3" ] || chmod -- "$3" "$1"
"""
AT_HOME = 'cd "$HOME" 2>/dev/null || cd /; unset OLDPWD; exec "$@"'
EXISTS = '[ -e "$1" ] || [ -L "$1" ]'

Completed = subprocess.CompletedProcess[str]
"""Output is text as it came, line ends too; bytes that are no UTF-8 are surrogates."""


class LinuxHost:
    """A running host. `LinuxHost.start()` makes one; it is its own context manager, and `stop()` may be called
    twice.
    """

    def __init__(self, wish: Wish, keeper: subprocess.Popen[str]) -> None:
        self.accounts = tuple(wish.accounts)
        self.directory = wish.directory
        self._keeper = keeper
        self._lock = threading.RLock()
        self._pid = self._port = 0

    @classmethod
    def start(
        cls,
        accounts: Iterable[Account | str] = ACCOUNTS,
        *,
        go: Mapping[str, str] | None = None,
        show: Mapping[str, Path | str] | None = None,
        port: int = 0,
    ) -> LinuxHost:
        """A host of its own, with fresh homes, /etc as this machine's Debian has it, and empty /opt and /usr/local.

        `accounts`: `dev-NAME` has the shell NAME. `go`: where each Go SDK lies on the host, as in {"1.27.3":
        "/usr/local/go"}; it can be changed and removed there. `show`: directories of this machine's that are seen, read
        only, at a place of the host, as in {"/srv/python": "/usr/lib"}. RuntimeError says why there is none (see
        `reason_it_cannot`); ValueError is for a place where nothing can be shown.
        """
        reason = reason_it_cannot()
        if reason is not None:
            raise RuntimeError(f"A Linux host for tests {reason}.")
        shown = {_place(at): Path(source).resolve(strict=True) for at, source in (show or {}).items()}
        trees: dict[str, list[Path]] = {}
        for version, at in (go or {}).items():
            target = PurePosixPath(_place(at))
            trees.setdefault(str(target.parent), []).append(tree_of(version, target.name))
        directory = Path(tempfile.mkdtemp(prefix="linuxhost-"))
        try:
            for name in ("ssh_client_key", "ssh_host_key"):
                subprocess.run(
                    ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(directory / name)],
                    check=True,
                    stdin=subprocess.DEVNULL,
                )
            authorised = (directory / "ssh_client_key.pub").read_text(encoding="ascii")
            wish = Wish(directory, [account(item) for item in accounts], authorised, trees, shown, port)
            host = cls(wish, _keeper())
        except BaseException:
            shutil.rmtree(directory, ignore_errors=True)
            raise
        atexit.register(host.stop)
        try:
            host._tell(wish.as_json())
        except BaseException:
            host.stop()
            raise
        return host

    def _tell(self, line: str) -> None:
        with self._lock:
            if self._keeper.stdin is None or self._keeper.stdout is None or self._keeper.stdin.closed:
                raise RuntimeError("this host is stopped")
            with contextlib.suppress(BrokenPipeError):  # then its last words are still to be read
                self._keeper.stdin.write(line + "\n")
                self._keeper.stdin.flush()
            reply = json.loads(self._keeper.stdout.readline() or '{"ok": false, "error": "its keeper is gone"}')
            if not reply["ok"]:
                raise RuntimeError(f"The Linux host for tests failed: {reply['error']}")
            self._pid, self._port = reply["pid"], reply["port"]

    def stop(self) -> None:
        with self._lock:
            if self._keeper.stdin is not None:
                with contextlib.suppress(BrokenPipeError):
                    self._keeper.stdin.close()
            try:
                self._keeper.wait(30)
            except subprocess.TimeoutExpired:
                self._keeper.kill()
                self._keeper.wait()
            if self._keeper.stdout is not None:
                self._keeper.stdout.close()
            self._pid = self._port = 0
        shutil.rmtree(self.directory, ignore_errors=True)
        atexit.unregister(self.stop)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def snapshot(self) -> None:
        """`reset` goes back to how it is now. Everything that runs on the host ends."""
        self._tell("snapshot")

    def reset(self) -> None:
        """Every file is as it was at the start or the last snapshot; everything that runs on the host ends. The port
        stays, the `pid` does not.
        """
        self._tell("reset")
        for socket in self.directory.glob(f"{MASTER}*"):
            socket.unlink(missing_ok=True)  # of a connection that has just ended

    # -- what a client needs

    @property
    def pid(self) -> int:
        """The number, on this machine, of the host's first process."""
        if not self._pid:
            raise RuntimeError("this host is stopped")
        return self._pid

    @property
    def ssh_port(self) -> int:
        if not self._port:
            raise RuntimeError("this host is stopped")
        return self._port

    @property
    def ssh_key(self) -> Path:
        """A private key that root and every account accept."""
        return self.directory / "ssh_client_key"

    def home(self, account: str = "root") -> str:
        return "/root" if account == "root" else self._account(account).home

    def ansible_vars(self, account: str = "root") -> dict[str, Any]:
        self.home(account)
        return {
            "ansible_connection": "ssh",
            "ansible_host": "127.0.0.1",
            "ansible_port": self.ssh_port,
            "ansible_user": account,
            "ansible_ssh_private_key_file": str(self.ssh_key),
            "ansible_python_interpreter": PYTHON,
            "ansible_pipelining": True,
            # One connection for all tasks, as Ansible has it; it ends with the host.
            "ansible_ssh_args": "-o ControlMaster=auto -o ControlPersist=60 "
            f"-o ControlPath={self.directory / MASTER}%r",
            "ansible_ssh_common_args": shlex.join(["-F", "none", *_options()]),
        }

    def inventory(self, name: str = "linuxhost", account: str = "root") -> dict[str, Any]:
        """An inventory, for json or yaml, with this host alone, in group `linux`."""
        return {"all": {"children": {"linux": {"hosts": {name: self.ansible_vars(account)}}}}}

    def describe(self) -> dict[str, Any]:
        """What `python -m linuxhost` prints when it is ready."""
        return {
            "ssh_port": self.ssh_port,
            "ssh_key": str(self.ssh_key),
            "accounts": [
                {"name": item.name, "shell": item.shell, "home": item.home, "sudo": item.sudo} for item in self.accounts
            ],
            "directory": str(self.directory),
        }

    # -- what a test does in it

    def ssh(
        self,
        account: str,
        *command: str,
        tty: bool = False,
        input: str | bytes | None = None,  # noqa: A002 - as subprocess calls it
        timeout: float = 60,
    ) -> Completed:
        """The real client. `command` is one text for the account's shell, its words joined by blanks as ssh does;
        without one it is a login shell.
        """
        words = [
            "ssh",
            "-F",
            "none",
            *_options(),
            "-o",
            "BatchMode=yes",
            "-o",
            "ControlPath=none",
            "-i",
            str(self.ssh_key),
        ]
        words += ["-tt"] if tty else ["-T"]
        return _run([*words, "-p", str(self.ssh_port), f"{account}@127.0.0.1", *command], input, timeout, env=None)

    def run(
        self,
        argv: Sequence[str],
        account: str | None = None,
        input: str | bytes | None = None,  # noqa: A002 - as subprocess.run has it
        env: Mapping[str, str] | None = None,
        timeout: float = 60,
    ) -> Completed:
        """A program on the host without any login: as root, or as `account`, in its home or else `/`, with the least
        environment and `env`.
        """
        name = account or "root"
        home = self.home(name)
        # --root: in a chroot the mount namespace alone would lead to the root of the machine around it.
        words = ["nsenter", "--target", str(self.pid), "--mount", "--root", "--wd", "--pid", "--uts", "--ipc", "--"]
        if name != "root":
            words += ["setpriv", f"--reuid={name}", f"--regid={name}", "--init-groups", "--"]
        shell = system.shell(self._account(name).shell) if name != "root" else "/bin/bash"
        least = {"PATH": system.PATH, "HOME": home, "USER": name, "LOGNAME": name, "SHELL": shell, "LANG": "C.UTF-8"}
        return _run([*words, "sh", "-c", AT_HOME, "sh", *argv], input, timeout, env=least | dict(env or {}))

    def read(self, path: str) -> bytes | None:
        """What a file holds; None when there is none."""
        done = self.run(["sh", "-c", READ, "sh", path])
        return None if done.returncode == MISSING else os.fsencode(_good(done, path).stdout)

    def write(self, path: str, content: bytes, owner: str | None = None, mode: int | None = None) -> None:
        """`owner` is a name or NAME:GROUP; directories that are missing are made. What is there is overwritten in
        place.
        """
        _good(
            self.run(["sh", "-c", WRITE, "sh", path, owner or "", "" if mode is None else f"{mode:o}"], input=content),
            path,
        )

    def exists(self, path: str) -> bool:
        """A link that leads nowhere is there too."""
        return self.run(["sh", "-c", EXISTS, "sh", path]).returncode == 0

    def remove(self, path: str) -> None:
        """A file or a whole directory; no error when there is none."""
        _good(self.run(["rm", "-rf", "--", path]), path)

    def _account(self, name: str) -> Account:
        found = next((item for item in self.accounts if item.name == name), None)
        if found is None:
            raise ValueError(f"this host has no account {name}: root, {', '.join(item.name for item in self.accounts)}")
        return found


def _options() -> list[str]:
    """Of ssh: the host's key is known to nobody, and is not to be remembered."""
    settings = {
        "StrictHostKeyChecking": "no",
        "UserKnownHostsFile": os.devnull,
        "GlobalKnownHostsFile": os.devnull,
        "IdentitiesOnly": "yes",
        "IdentityAgent": "none",
        "LogLevel": "ERROR",
    }
    return [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]


def _keeper() -> subprocess.Popen[str]:
    """In a session of its own, so that Ctrl-C does not reach it before its owner has ended what it does."""
    here = str(Path(__file__).resolve().parents[1])
    words = [sys.executable, "-s", "-m", f"{__package__}.keeper"]
    surroundings = {"PATH": system.PATH, "PYTHONPATH": here}  # the host's root can read them, as process 1's
    return subprocess.Popen(
        words,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=True,
        cwd="/",
        env=surroundings,
    )


def _place(at: str) -> str:
    place = PurePosixPath(at)
    if ".." in place.parts or not any(PurePosixPath(item) in place.parents for item in system.PLACES):
        raise ValueError(f"{at}: an SDK or a directory is shown below {', '.join(system.PLACES)}")
    return str(place)


def tree_of(version: str, name: str) -> Path:
    """A directory in the cache that holds the SDK under this name; its files are links to the one SDK."""
    source = sdk.sdk_dir(version, sdk.LINUX)

    def make(draft: Path) -> None:
        subprocess.run(["cp", "-al", "--", str(source), str(draft / name)], check=True, capture_output=True)

    return tooling.made(source.with_name(f"{source.name}-as-{name}"), make)


def _run(words: list[str], given: str | bytes | None, timeout: float, env: Mapping[str, str] | None) -> Completed:
    data = given.encode("utf-8", "surrogateescape") if isinstance(given, str) else given or b""
    done = subprocess.run(words, input=data, capture_output=True, check=False, timeout=timeout, env=env)
    return subprocess.CompletedProcess(
        words, done.returncode, *(part.decode("utf-8", "surrogateescape") for part in (done.stdout, done.stderr))
    )


def _good(done: Completed, path: str) -> Completed:
    if done.returncode:
        raise OSError(f"{path}: {done.stderr.strip()}")
    return done
