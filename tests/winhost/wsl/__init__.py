# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""WSL on a Windows host of the tests: real Linux file systems and processes behind a wsl.exe that knows WSL's options.

    distro = host.add_distro(host.account, "Debian", root="debian")
    host.prefix.run("wsl.exe -d Debian --exec /bin/true")
    (distro.root / "etc/hostname").read_text()

What is real and what stands in is told in ../README.md.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import tooling

if TYPE_CHECKING:
    from ..prefix import Account, Prefix

LXSS = r"Software\Microsoft\Windows\CurrentVersion\Lxss"
STORE = r"C:\Program Files\WSL\wsl.exe"
FLAGS = 0xF
"""Interop, the Windows PATH, drives, WSL 2."""
IDLE = 15.0
BUSYBOX, DEBIAN = "busybox", "debian"
SHELLS = {BUSYBOX: "sh", DEBIAN: "bash"}

TRIAL = """
set -e
mount -t tmpfs tmpfs "$1"
mkdir "$1/proc" "$1/bind"
mount -t proc proc "$1/proc"
mount --bind / "$1/bind"
"""


@functools.cache
def can_wsl() -> str | None:
    """Why no distro can run here, for people; None when it can. Whether a Windows host can is another question."""
    if os.geteuid() != 0:
        return "WSL on a Windows host of the tests needs root"
    missing = [name for name in ("/bin/busybox", "/usr/bin/unshare") if not os.access(name, os.X_OK)]
    if missing:
        return f"WSL on a Windows host of the tests needs {', '.join(missing)} (Debian: busybox-static util-linux)"
    with tempfile.TemporaryDirectory(prefix="winhost-wsl-") as place:
        words = ["unshare", "--mount", "--pid", "--uts", "--ipc", "--fork", "--propagation", "private"]
        done = subprocess.run(
            [*words, "sh", "-c", TRIAL, "sh", place],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    if done.returncode == 0:
        return None
    return (
        f"WSL on a Windows host of the tests needs namespaces and mounts: {done.stderr.strip() or 'they are refused'}"
    )


class Distro:
    """A distro of an account. It is there until it is removed or the prefix stops."""

    def __init__(self, wsl: Wsl, account: Account, name: str, guid: str, root: Path) -> None:
        self._wsl = wsl
        self.account = account
        self.name = name
        self.guid = guid
        self.root = root
        """Its root on this machine, for tests to look at and to change. An absolute link in it leads out of it."""

    @property
    def key(self) -> str:
        """Its key in the registry."""
        return rf"HKU\{self.account.sid}\{LXSS}\{self.guid}"

    @property
    def running(self) -> bool:
        return bool(self._wsl.tell("running", guid=self.guid))

    def terminate(self) -> None:
        self._wsl.tell("terminate", guid=self.guid)

    def idle(self, seconds: float) -> None:
        """How long it runs on when nothing runs in it any more; 15 seconds as long as nobody says otherwise."""
        self._wsl.tell("idle", guid=self.guid, seconds=seconds)

    def read_only(self, read_only: bool = True) -> None:
        """Its root refuses to be written to, as after an error of the disk. /run, /tmp/… on other mounts do not."""
        self._wsl.tell("read_only", guid=self.guid, read_only=read_only)

    def remove(self) -> None:
        """With what runs in it, its files, and its key."""
        self._wsl.remove(self)


class Wsl:
    """WSL on a prefix, and the service behind its wsl.exe."""

    def __init__(self, prefix: Prefix) -> None:
        reason = can_wsl()
        if reason is not None:
            raise RuntimeError(reason)
        self._prefix = prefix
        self._lock = threading.Lock()
        self._place = Path(tempfile.mkdtemp(prefix="winhost-wsl-"))
        self._distros: list[Distro] = []
        address = f"winhost-wsl-{secrets.token_hex(8)}"
        self._service = subprocess.Popen(
            [sys.executable, "-s", "-m", "winhost.wsl.service", address, str(self._place)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,
            cwd="/",
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        )
        try:
            self._pid = int(self._answer())
        except BaseException:
            self.stop()
            raise
        self._install(address)

    def _install(self, address: str) -> None:
        launcher = Path(__file__).with_name("launcher.py")
        self._mark.write_text(f"{sys.executable}\n{launcher}\n{address}\n", encoding="utf-8")
        store = self._prefix.unix_path(STORE)
        store.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(tooling.compiled(self._prefix.cache) / "wsl.exe", store)

    @property
    def _mark(self) -> Path:
        return self._prefix.unix_path(r"C:\windows\winhost") / "wsl.txt"

    def stop(self) -> None:
        """Nothing of it runs any more, or is mounted, when this returns."""
        self._mark.unlink(missing_ok=True)
        if self._service.stdin is not None:
            with contextlib.suppress(OSError):
                self._service.stdin.close()
        try:
            self._service.wait(30)
        except subprocess.TimeoutExpired:
            self._service.kill()
            self._service.wait()
        if self._service.stdout is not None:
            self._service.stdout.close()
        shutil.rmtree(self._place, ignore_errors=True)

    def tell(self, do: str, **what: Any) -> Any:
        """An order to the service, and its answer."""
        with self._lock:
            assert self._service.stdin is not None
            with contextlib.suppress(BrokenPipeError):  # then its last words are still to be read
                self._service.stdin.write(json.dumps({"do": do, **what}) + "\n")
                self._service.stdin.flush()
            return self._answer()

    def _answer(self) -> Any:
        assert self._service.stdout is not None
        reply = json.loads(self._service.stdout.readline() or '{"ok": false, "error": "its service is gone"}')
        if not reply["ok"]:
            raise RuntimeError(f"WSL on a Windows host of the tests failed: {reply['error']}")
        return reply["result"]

    # -- distros

    def add(
        self,
        account: Account,
        name: str,
        root: str = BUSYBOX,
        *,
        default_uid: int = 1000,
        user: str | None = "dev",
        shell: str | None = None,
        version: int = 2,
        run_oobe: bool = False,
        wsl_conf: str | None = None,
        go: Mapping[str, str] | None = None,
        overlay: bool = True,
    ) -> Distro:
        """See `Prefix.add_distro`."""
        if root not in SHELLS:
            raise ValueError(f"a distro's root is one of {', '.join(SHELLS)}, not {root!r}")
        lower = self._lower(root)
        guid = f"{{{uuid.uuid4()}}}"
        place = self.tell(
            "add",
            name=name,
            guid=guid,
            lower=None if lower is None else str(lower),
            overlay=overlay,
            trees=_trees(go or {}),
            user=user,
            uid=default_uid or 1000,
            shell=shell or SHELLS[root],
            wsl_conf=wsl_conf,
            drive=str(self._prefix.directory / "drive_c"),
            hostname=account.domain,
            idle=IDLE,
        )
        distro = Distro(self, account, name, guid, Path(f"/proc/{self._pid}/root{place}"))
        self._distros.append(distro)
        self._register(distro, default_uid, version, run_oobe)
        return distro

    def _lower(self, root: str) -> Path | None:
        from . import roots

        return roots.busybox(self._prefix.cache) if root == BUSYBOX else None

    def _register(self, distro: Distro, default_uid: int, version: int, run_oobe: bool) -> None:
        values: dict[str, str | int] = {
            "BasePath": rf"{distro.account.home}\AppData\Local\wsl\{distro.guid}",
            "DefaultUid": default_uid,
            "DistributionName": distro.name,
            "Flags": FLAGS,
            "State": 1,
            "Version": version,
        }
        if run_oobe:
            values["RunOOBE"] = 1
        for name, value in values.items():
            self._prefix.set_value(distro.key, name, value)
        parent = distro.key.rpartition("\\")[0]
        if "DefaultDistribution" not in self._prefix.registry(parent):
            self._prefix.set_value(parent, "DefaultDistribution", distro.guid)

    def remove(self, distro: Distro) -> None:
        self.tell("remove", guid=distro.guid)
        self._distros.remove(distro)
        self._prefix.delete_key(distro.key)
        parent = distro.key.rpartition("\\")[0]
        if self._prefix.registry(parent).get("DefaultDistribution", ("", ""))[1] != distro.guid:
            return
        left = next((item for item in self._distros if item.account.sid == distro.account.sid), None)
        if left is None:
            self._prefix.delete_key(parent)
        else:
            self._prefix.set_value(parent, "DefaultDistribution", left.guid)

    # -- misbehaviour

    def fault(self, code: str | None, distro: Distro | None = None) -> None:
        self.tell("fault", code=code, guid=distro.guid if distro else "")

    def hang(self, hanging: bool, distro: Distro | None = None) -> None:
        self.tell("hang", hanging=hanging, guid=distro.guid if distro else "")

    def session_zero(self, blocked: bool) -> None:
        self.tell("inbox", works=not blocked)


def _trees(go: Mapping[str, str]) -> dict[str, list[str]]:
    """For a directory of the distro: directories of this machine whose content is seen there too."""
    from linuxhost.host import tree_of

    trees: dict[str, list[str]] = {}
    for version, at in go.items():
        parent, name = os.path.split(at)
        trees.setdefault(parent, []).append(str(tree_of(version, name)))
    return trees
