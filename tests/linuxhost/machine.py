# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One life of a host: its file systems, and its first process, which starts an sshd for each connection and buries the
dead.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from . import kernel
from .system import AUTHORISED, HOST_KEY, NAME, PATH

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SSHD = "/usr/sbin/sshd"
LOG = "/var/log/sshd.log"
SSHD_WORDS = [
    SSHD,
    "-i",  # one connection, on standard input: the port stays the keeper's, whoever is killed here
    *("-E", LOG),
    *("-f", "/etc/ssh/sshd_config"),
    *("-o", f"HostKey={HOST_KEY}"),
    *("-o", f"AuthorizedKeysFile={AUTHORISED}"),
    *("-o", "PermitRootLogin=prohibit-password"),
    *("-o", "PasswordAuthentication=no"),
    *("-o", "UseDNS=no"),
]
DEVICES = {"null": (1, 3), "zero": (1, 5), "full": (1, 7), "random": (1, 8), "urandom": (1, 9), "tty": (5, 0)}
LINKS = {
    "fd": "/proc/self/fd",
    "stdin": "/proc/self/fd/0",
    "stdout": "/proc/self/fd/1",
    "stderr": "/proc/self/fd/2",
    "ptmx": "pts/ptmx",
}


def assemble(
    layer: Path,
    lower: list[Path],
    trees: dict[str, list[Path]],
    shown: dict[str, Path],
    *,
    bottom: Sequence[Path] = (Path("/"),),
) -> Path:
    """Mount the host's root, and return it. `lower` are the layers of snapshots, the newest first, and last the one
    that makes this system, or what else is at the `bottom`, a host.

    A snapshot's layer holds, for each mount, what was written to it: `root`, and `tree-0` and so on in the order of
    `trees`.
    """
    *snapshots, base = lower
    root = layer / "merged"
    root.mkdir()
    kernel.overlay(root, [*(item / "root" / "upper" for item in snapshots), base, *bottom], layer / "root")
    for number, (at, sources) in enumerate(trees.items()):
        # A file system of its own: a layer that lies in another layer, as the cache does in `/`, cannot lie over it.
        name = f"tree-{number}"
        kernel.overlay(
            root / at[1:], [*(item / name / "upper" for item in snapshots), base / at[1:], *sources], layer / name
        )
    for at, source in shown.items():
        kernel.show(source, root / at[1:])
    devices(root)
    return root


def devices(root: Path) -> None:
    """Not this machine's own: what is removed or made there is the host's."""
    kernel.mount("sysfs", root / "sys", flags=kernel.MS_RDONLY | kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC)
    place = root / "dev"
    kernel.mount("tmpfs", place, flags=kernel.MS_NOSUID, options="mode=0755")
    for name, (major, minor) in DEVICES.items():
        os.mknod(place / name, 0o020666, os.makedev(major, minor))
        (place / name).chmod(0o666)
    for name, target in LINKS.items():
        (place / name).symlink_to(target)
    for name, kind, options in (
        ("pts", "devpts", "newinstance,gid=5,mode=0620,ptmxmode=0666"),
        ("shm", "tmpfs", "mode=1777"),
    ):
        (place / name).mkdir()
        kernel.mount(kind, place / name, flags=kernel.MS_NOSUID, options=options)


def be_first(root: Path, listening: socket.socket, writer: int) -> NoReturn:
    """Process 1 of the host. When it is killed the kernel kills all others."""
    try:
        kernel.die_with_parent(0)  # the parent is in another namespace, where it has no number
        os.setsid()
        proc = root / "proc"
        kernel.mount("proc", proc, flags=kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC)
        kernel.show(proc / "sys", proc / "sys")  # the settings of the kernel are this machine's
        kernel.pivot(root)
        socket.sethostname(NAME)
        os.umask(0o022)
        nothing = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(nothing, number)
        signal.signal(signal.SIGCHLD, lambda *_: bury())
        tell(writer, "ready")
        os.close(writer)
        serve(listening)
    except BaseException as error:  # noqa: BLE001 - whatever it is, the keeper is told
        tell(writer, "error", error)
    finally:
        os._exit(1)


def tell(writer: int, word: str, what: object = "") -> None:
    """One line to the keeper, which may be gone, or may have heard all that it wanted."""
    with contextlib.suppress(OSError):
        os.write(writer, " ".join([word, *str(what).split()]).encode()[:1000] + b"\n")


def serve(listening: socket.socket) -> None:
    while True:
        connection, _ = listening.accept()
        with connection, contextlib.suppress(OSError):  # no process to be had: this client only is turned away
            number = connection.fileno()
            os.posix_spawn(
                SSHD,
                SSHD_WORDS,
                {"PATH": PATH},
                file_actions=[(os.POSIX_SPAWN_DUP2, number, 0), (os.POSIX_SPAWN_DUP2, number, 1)],
                setsid=True,
                setsigdef=[*ENDING, signal.SIGPIPE],
            )


def bury() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
