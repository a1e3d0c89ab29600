"""Distros of the imagination: the /bin/sh of this host, and busybox's in a root that has nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import typing as t
from pathlib import Path

import pytest

from ansible_collections.gopher.devbox.plugins.module_utils._formats.shscript import Asked
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.distro import DistroHost
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.distro_files import DistroFiles, DistroShell

BUSYBOX = "/bin/busybox"
#: a root in a mount namespace of its own, in which the directory of the test is where it is outside
_INSIDE = (
    'mkdir -p "$2$1" && mount --bind "$1" "$2$1" && mount -t proc proc "$2/proc" && '
    'mount --bind /dev/null "$2/dev/null" && cd / && '
    'exec chroot "$2" /bin/sh'
)


class Dash:
    """The /bin/sh of this host. See `Shell`.

    before: what somebody does right before a script. scripts: that were run. account: uid and gid that run it.
    """

    name = "here"

    def __init__(self, home: Path, account: tuple[int, int] | None = None) -> None:
        self.environ = {"HOME": str(home), "PATH": "/mnt/c/Windows"}
        self.account = account
        self.scripts: list[bytes] = []
        self.before: t.Callable[[bytes], object] = lambda _script: None

    argv: t.Sequence[str] = ("/bin/sh",)

    def run(self, script: bytes, changes: bool = False) -> bytes:
        self.before(script)
        self.scripts.append(script)
        more: dict[str, t.Any] = {}
        if self.account is not None:
            more = {"user": self.account[0], "group": self.account[1], "extra_groups": []}
        done = subprocess.run(
            self.argv, input=script, capture_output=True, env=self.environ, cwd="/", check=False, timeout=60, **more
        )
        return done.stdout


class Busybox(Dash):
    """The sh of busybox, and its tools alone."""

    name = "busybox"

    def __init__(self, home: Path, root: Path) -> None:
        super().__init__(home)
        self.environ["PATH"] = "/usr/sbin:/usr/bin:/bin"
        self.root = root
        self.argv = ("unshare", "-m", "sh", "-c", _INSIDE, "x", str(home), str(root))


def busybox_root(place: Path) -> Path:
    """A root with busybox in it. Skips where that cannot be had."""
    if os.geteuid() != 0 or not os.path.exists(BUSYBOX):
        pytest.skip("needs root and busybox")
    for name in ("bin", "dev", "etc", "proc", "tmp", "root"):
        (place / name).mkdir(parents=True)
    (place / "tmp").chmod(0o1777)
    (place / "dev/null").touch()
    shutil.copy(BUSYBOX, place / "bin/busybox")
    applets = subprocess.run([BUSYBOX, "--list"], capture_output=True, text=True, check=True).stdout.split()
    for applet in applets:
        if applet not in ("busybox", "lsattr", "flock"):
            (place / "bin" / applet).symlink_to("busybox")
    (place / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n")
    done = subprocess.run(
        ["unshare", "-m", "chroot", str(place), "/bin/sh", "-c", "exit 0"], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(done.stderr)
    return place


NOTHING = Asked()


def host_of(shell: Dash, ahead: Asked = NOTHING) -> DistroHost:
    return DistroHost(DistroShell(shell, ahead))


class Fresh:
    """Files of a distro that are looked at anew each time, but for who looks. See `PosixFiles`."""

    def __init__(self, shell: Dash) -> None:
        self.session = DistroShell(shell, Asked()).session
        self.shell = shell

    def __getattr__(self, name: str) -> t.Any:
        shell = DistroShell(self.shell, Asked())
        shell.known.session = self.session
        return getattr(DistroFiles(shell), name)
