# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One host: the prefix, the services in front of it, and what a test needs to know about them."""

from __future__ import annotations

import atexit
import contextlib
import json
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from . import powershell as pwsh
from .counters import Counters
from .faults import Faults
from .prefix import Account, Prefix
from .server import WinRmServer
from .service import Service, Settings
from .ssh import SshServer
from .wsl import Distro

GO_VERSIONS = ("1.21.13", "1.27.3")


class WinHost:
    """A running host. `WinHost.start()` makes one; it is its own context manager, and `stop()` may be called twice."""

    def __init__(self, prefix: Prefix, accounts: Sequence[Account], directory: Path, settings: Settings) -> None:
        self.prefix = prefix
        self.accounts = tuple(accounts)
        self.directory = directory
        self.counters = Counters()
        self.faults = Faults()
        self.service = Service(prefix, settings=settings, counters=self.counters, faults=self.faults)
        self._winrm: WinRmServer | None = None
        self._ssh: SshServer | None = None
        self._cleanup: list[Callable[[], object]] = []
        self._stopping = threading.Lock()

    @classmethod
    def start(
        cls,
        accounts: Iterable[Account] | None = None,
        *,
        codepage: int = 65001,
        ssh: bool = False,
        powershell: Path | str | bool | None = None,
        directory: Path | None = None,
        go: Iterable[str] | Mapping[str, str] = GO_VERSIONS,
        packages: bool = True,
        port: int = 0,
        ssh_port: int = 0,
        stale_environment: bool = True,
        settings: Settings | None = None,
    ) -> WinHost:
        """A host of its own, with fresh registry and files.

        The first account is the connecting one. `powershell` is the engine's pwsh.exe, or True for the one that
        DEVBOX_PWSH_EXE names. `directory` is kept when the host stops; without it a temporary one is made and removed.
        `packages`: whether its Go SDKs can build, which makes them a thousand directories each.
        `stale_environment`: the sshd hands out the variables of the moment it was started.
        """
        engine = pwsh.engine(powershell)
        home = directory or Path(tempfile.mkdtemp(prefix="winhost-"))
        home.mkdir(parents=True, exist_ok=True)
        cleanup: list[Callable[[], object]] = [] if directory else [lambda: shutil.rmtree(home, ignore_errors=True)]
        try:
            prefix = _prefix(home, accounts, codepage, go, packages)
            cleanup.insert(0, prefix.stop)
            if engine is not None:
                pwsh.install(prefix, engine)
            prefix.start()
            if engine is not None:
                prefix.must_have_drives()
            host = cls(prefix, prefix.accounts, home, settings or Settings())
            host._cleanup = cleanup
        except BaseException:
            _run(cleanup)
            raise
        try:
            host._serve(port)
            if ssh:
                host._serve_ssh(ssh_port, stale_environment)
        except BaseException:
            host.stop()
            raise
        atexit.register(host.stop)
        return host

    def _serve(self, port: int) -> None:
        self._winrm = WinRmServer(self.service, self.accounts, port)
        self._winrm.start()

    def _serve_ssh(self, port: int, stale: bool) -> None:
        self._ssh = SshServer(
            self.prefix,
            self.accounts,
            self.directory,
            counters=self.counters,
            faults=self.faults,
            stale_environment=stale,
            port=port,
        )
        self._ssh.start()

    def stop(self) -> None:
        with self._stopping:
            if self._ssh is not None:
                self._ssh.stop()
                self._ssh = None
            if self._winrm is not None:
                self._winrm.stop()
                self._winrm = None
            self.service.close()
            cleanup, self._cleanup = self._cleanup, []
            _run(cleanup)
        atexit.unregister(self.stop)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def add_distro(self, account: Account, name: str, root: str = "busybox", **how: Any) -> Distro:
        """See `Prefix.add_distro`."""
        return self.prefix.add_distro(account, name, root, **how)

    # -- what a client needs

    @property
    def account(self) -> Account:
        """The connecting one."""
        return self.accounts[0]

    @property
    def port(self) -> int:
        if self._winrm is None:
            raise RuntimeError("this host is stopped")
        return self._winrm.port

    @property
    def ssh_port(self) -> int:
        if self._ssh is None:
            raise RuntimeError("this host has no sshd: start it with ssh=True")
        return self._ssh.port

    @property
    def ssh_key(self) -> Path:
        """A private key that every account accepts."""
        if self._ssh is None:
            raise RuntimeError("this host has no sshd: start it with ssh=True")
        return self._ssh.client_key

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}/wsman"

    def ansible_vars(self, account: Account | None = None, connection: str = "winrm") -> dict[str, Any]:
        user = account or self.account
        common = {"ansible_host": "127.0.0.1", "ansible_user": user.name}
        if connection == "winrm":
            return common | {
                "ansible_connection": "winrm",
                "ansible_port": self.port,
                "ansible_password": user.password,
                "ansible_winrm_scheme": "http",
                "ansible_winrm_transport": "basic",
            }
        if connection == "ssh":
            return common | {
                "ansible_connection": "ssh",
                "ansible_port": self.ssh_port,
                "ansible_shell_type": "cmd",
                "ansible_ssh_private_key_file": str(self.ssh_key),
                # A master connection would outlive the test.
                "ansible_ssh_args": "-o ControlMaster=no -o ControlPath=none",
                "ansible_ssh_common_args": "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o "
                "IdentitiesOnly=yes -o LogLevel=ERROR",
            }
        raise ValueError(f"this host speaks winrm and ssh, not {connection!r}")

    def inventory(
        self, path: Path | str, *, name: str = "winhost", account: Account | None = None, connection: str = "winrm"
    ) -> Path:
        """Write an inventory with this host alone, in group `windows`. It is JSON, which is YAML."""
        target = Path(path)
        content = {"all": {"children": {"windows": {"hosts": {name: self.ansible_vars(account, connection)}}}}}
        target.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        return target

    def describe(self) -> dict[str, Any]:
        """What `python -m winhost` prints when it is ready."""
        return {
            "port": self.port,
            "ssh_port": None if self._ssh is None else self._ssh.port,
            "ssh_key": None if self._ssh is None else str(self.ssh_key),
            "endpoint": self.endpoint,
            "user": self.account.name,
            "password": self.account.password,
            "accounts": [
                {"name": item.name, "password": item.password, "sid": item.sid, "domain": item.domain}
                for item in self.accounts
            ],
            "directory": str(self.directory),
        }


def _prefix(
    home: Path,
    accounts: Iterable[Account] | None,
    codepage: int,
    go: Iterable[str] | Mapping[str, str],
    packages: bool,
) -> Prefix:
    wish: dict[str, Any] = {} if accounts is None else {"accounts": tuple(accounts)}
    places = dict(go) if isinstance(go, Mapping) else {}
    versions = () if places else tuple(go)
    prefix = Prefix.create(home / "prefix", codepage=codepage, go_versions=versions, packages=packages, **wish)
    for version, place in places.items():
        prefix.install_go(version, place, packages=packages)
    return prefix


def _run(cleanup: Iterable[Callable[[], object]]) -> None:
    for step in cleanup:
        with contextlib.suppress(OSError):
            step()
