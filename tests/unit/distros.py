"""Distros of the imagination: the /bin/sh of this host, and busybox's in a root that has nothing else."""

from __future__ import annotations

import gzip
import io
import os
import re
import shutil
import subprocess
import tarfile
import typing as t
from pathlib import Path

import pytest

from ansible_collections.gopher.devbox.plugins.module_utils._formats.cmdscript import Script
from ansible_collections.gopher.devbox.plugins.module_utils._formats.shscript import Asked
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.distro import DistroHost
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.distro_files import DistroFiles, DistroShell
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.transport import Completed, Session

BUSYBOX = "/bin/busybox"
_LXSS = r"HKEY_USERS\S-1-5-21-1\Software\Microsoft\Windows\CurrentVersion\Lxss"
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


class Windows(Session):
    """A transport to a Windows host of the imagination, whose distros are homes on this host."""

    name, fresh_environment, holds_output = "of the imagination", True, False

    def __init__(self, root: Path, *names: str) -> None:
        self.homes = {name: root / name for name in names}
        for home in self.homes.values():
            home.mkdir()
        self.running = set(names)
        self.sid, self.program, self.lxss = "S-1-5-21-1", "program\r\n", True
        self.failures: dict[str, bytes] = {}
        self.unsaid: list[str] = []
        self.late: set[str] = set()
        self.commands: list[list[str]] = []
        self.terminated: list[str] = []
        self.lasting: set[str] = set()
        self.before: t.Callable[[list[str]], object] = lambda _names: None
        self.sessions = 1

    def run(self, command: t.Any, stdin: bytes | None = None) -> Completed:
        assert isinstance(command, Script)
        text = command.command_line()
        if "--terminate" in text:
            names = re.findall(r" in \(([^)]*)\) do", text)[0].split()
            self.terminated += [name for name in names if name not in self.lasting]
            mark = re.findall(r"echo (gd[0-9a-f]{12})[+]", text)[0]
            said = {name: "Wsl/Service/E_UNEXPECTED" if name in self.lasting else "gd-ended" for name in names}
            out = "".join(f"{mark}+end\r\n{name}.\r\n{text}\r\n{mark}-end\r\n" for name, text in said.items())
            return Completed(0, out.encode(), b"")
        mark = re.findall(r"echo (gd[0-9a-f]{12})[+]", text)[0]
        if stdin is None:
            return Completed(0, self._listing(mark, text).encode(), b"")
        with tarfile.open(fileobj=io.BytesIO(gzip.decompress(stdin))) as archive:
            files = {item.name: archive.extractfile(item).read() for item in archive}  # type: ignore[union-attr]
        runs = re.findall(r"one.cmd (\d+) (\S+)(?: -u (\S+))? <nul", files["go.cmd"].decode())
        self.commands.append([name for _number, name, _user in runs])
        self.before(self.commands[-1])
        out = f"{mark}+apply\r\ngd-arrived\r\n{mark}-apply\r\n".encode()
        for number, name, _user in runs:
            code, said = b"0", b""
            if name in self.failures:
                code, said = b"-1", self.failures[name]
            elif name in self.late:
                code = b""
            else:
                said = Dash(self.homes[name]).run(files[f"in.{number}"])
            for kind, data in (("out", said), ("err", b""), ("rc", code)):
                out += f"{mark}+{kind}{number}\r\n".encode() + data + f"\r\n{mark}-{kind}{number}\r\n".encode()
        return Completed(0, out, b"")

    def _listing(self, mark: str, text: str) -> str:
        keys = "".join(
            f"{_LXSS}\\{{{name}}}\r\n    DistributionName    REG_SZ    {name}\r\n    DefaultUid    REG_DWORD    0x0\r\n"
            for name in self.homes
        )
        if "query HKU'" in text:
            return f"{mark}+user\r\nHKEY_USERS\\S-1-5-21-9\r\n{keys.replace('Lxss', 'Lxss')}{mark}-user\r\n"
        parts = {
            "account": f'"box\\dev","{self.sid}"\r\n',
            "there": self.program,
            "tools": "tar\r\n",
            "lxss": keys if self.lxss else "",
            "running": "".join(f"{name}\r\n" for name in self.running),
        }
        unsaid = self.unsaid.pop() if self.unsaid else ""
        if unsaid == "empty":
            parts["lxss"] = ""
        return "".join(f"{mark}+{name}\r\n{body}{mark}-{name}\r\n" for name, body in parts.items() if name != unsaid)

    def fresh(self) -> None:
        self.sessions += 1
