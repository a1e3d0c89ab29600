# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls of the kernel that Python has no function for, each with a message that says what could not be done."""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Mapping
from pathlib import Path

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWPID = 0x00020000, 0x04000000, 0x08000000, 0x20000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = (
    1,
    2,
    4,
    8,
    32,
    4096,
    16384,
    1 << 18,
)
MNT_DETACH = 2
PR_SET_PDEATHSIG = 1
PIVOT_ROOT = ("/usr/sbin/pivot_root", "/sbin/pivot_root")

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def unshare(flags: int) -> None:
    _check(_libc.unshare(flags), "new namespaces")


def mount(kind: str, at: Path, *, source: Path | str = "none", flags: int = 0, options: str = "") -> None:
    words = (
        os.fsencode(source),
        os.fsencode(at),
        kind.encode() or None,
        ctypes.c_ulong(flags),
        os.fsencode(options) or None,
    )
    _check(_libc.mount(*words), f"mounting {kind or source} at {at}")


def show(source: Path, at: Path) -> None:
    """`source`, a directory or file, is to be seen at `at` too, and nobody can write to it there."""
    mount("", at, source=source, flags=MS_BIND)
    mount("", at, flags=MS_BIND | MS_REMOUNT | MS_RDONLY)


def unmount(at: Path) -> None:
    _check(_libc.umount2(os.fsencode(at), MNT_DETACH), f"unmounting {at}")


def overlay(at: Path, lower: list[Path], layer: Path) -> None:
    """What `lower` holds, the first on top, at `at`; what is written goes to `layer`. A directory can be renamed as on
    any file system.
    """
    for name in ("upper", "work"):
        (layer / name).mkdir(parents=True)
    options = {
        "lowerdir": ":".join(_escaped(place) for place in lower),
        "upperdir": _escaped(layer / "upper"),
        "workdir": _escaped(layer / "work"),
    }
    _alike(layer / "upper", lower[0])  # of the roots, that of the layer that is written to is seen
    mount("overlay", at, flags=MS_NODEV, options=_joined(options | {"redirect_dir": "on"}))


def _alike(target: Path, source: Path) -> None:
    known = source.stat()
    os.chown(target, known.st_uid, known.st_gid)
    target.chmod(known.st_mode & 0o7777)
    for name in os.listxattr(source):
        if not name.startswith("trusted.overlay."):
            os.setxattr(target, name, os.getxattr(source, name))
    os.utime(target, ns=(known.st_atime_ns, known.st_mtime_ns))


def _escaped(place: Path) -> str:
    return "".join(f"\\{letter}" if letter in "\\:," else letter for letter in str(place))


def _joined(options: Mapping[str, str]) -> str:
    return ",".join(f"{name}={value}" for name, value in options.items())


def opaque(directory: Path) -> None:
    """In a layer: what lies below does not shine through this directory."""
    os.setxattr(directory, "trusted.overlay.opaque", b"y")


def whiteout(place: Path) -> None:
    """In a layer: what lies below is not there."""
    os.mknod(place, 0o020000, os.makedev(0, 0))


def pivot(root: Path) -> None:
    """`root`, a mount, is the root of this namespace from now on, and what was is out of reach."""
    program = next(place for place in PIVOT_ROOT if os.access(place, os.X_OK))
    os.chdir(root)
    _, status = os.waitpid(os.posix_spawn(program, [program, ".", "."], {}), 0)
    if status:
        raise OSError(f"{root} cannot be made the root of the host")
    unmount(Path())
    os.chdir("/")


def die_with_parent(parent: int) -> None:
    _check(_libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "dying with the parent")
    if os.getppid() != parent:  # it went before this was said
        os._exit(1)
