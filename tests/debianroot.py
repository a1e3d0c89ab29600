# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Another version of Debian in a directory: made by debootstrap from where this machine has its packages, entered by a
root of its own.

A command in it has a mount and a pid namespace of its own, and its root is the root of that mount namespace
(pivot_root, no chroot): what enters the namespace by another way, as nsenter does, finds no way out to this machine's
files. It shares the network and /dev.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from winhost.newcmd import KEYRING, debian_archive
from winhost.tooling import made

TOOLS = ("debootstrap", "unshare", "mount", "umount", "pivot_root")
INCLUDED = "ca-certificates,git,make,procps,python3,python3-venv"
NEVER_COPIED = shutil.ignore_patterns(".git", ".cache", ".ansible", "__pycache__", "build", "results")
SETTINGS = ("/etc/resolv.conf", "/etc/hosts", "/etc/pip.conf", "/etc/ssl/certs/ca-certificates.crt")
"""How this machine reaches packages, beside the variables of pip."""

ENTER = """
set -e
cd "$1"
mount --bind . .
cd "$1"
mkdir -p proc dev sys run .old
mount -t proc proc proc
mount --rbind /dev dev
mount -t sysfs -o ro sysfs sys
mount -t tmpfs tmpfs run
pivot_root . .old
umount -l /.old
cd /
shift
"$@"
exit $?
"""
"""For sh: the directory, then the command. The shell stays, as the first process of the pid namespace, to be the parent of orphans."""  # noqa: E501

NAMESPACES = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation", "private")


@functools.cache
def reason_it_cannot() -> str | None:
    """Why no other Debian can run here, for people; None when it can."""
    if os.geteuid() != 0:
        return "needs root"
    missing = [name for name in TOOLS if shutil.which(name) is None]
    if missing or not Path(KEYRING).is_file():
        return f"needs {', '.join(missing) or KEYRING} (Debian: debootstrap util-linux mount debian-archive-keyring)"
    with tempfile.TemporaryDirectory(prefix="debianroot-") as place:
        trial = 'cd "$1"; mount -t tmpfs tmpfs .; cd "$1"; mkdir proc; mount -t proc proc proc; mknod null c 1 3'
        done = subprocess.run(
            [*NAMESPACES, "sh", "-ec", trial, "sh", place],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
        )
    if done.returncode:
        return f"needs namespaces and mounts: {done.stderr.strip() or 'they are refused'}"
    try:
        debian_archive()
    except RuntimeError as error:
        return str(error)
    return None


class DebianRoot:
    """A Debian of this suite below `cache`. Made once; what commands leave in it stays, as on a machine."""

    def __init__(self, suite: str, cache: Path) -> None:
        def make(draft: Path) -> None:
            words = [
                "debootstrap",
                "--variant=minbase",
                f"--include={INCLUDED}",
                f"--keyring={KEYRING}",
                suite,
                str(draft),
                debian_archive(),
            ]
            done = subprocess.run(
                words, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False
            )
            if done.returncode:
                raise RuntimeError(f"debootstrap failed with {done.returncode}: {(done.stdout + done.stderr)[-2000:]}")

        self.place = made(cache / f"debian-{suite}", make)
        for name in SETTINGS:
            if Path(name).is_file():
                shutil.copyfile(name, self.place / name.lstrip("/"))

    def bring(self, checkout: Path) -> None:
        """Put a fresh copy of a checkout into /src; what was made below its .cache stays."""
        target = self.place / "src"
        target.mkdir(exist_ok=True)
        for item in target.iterdir():
            if item.name != ".cache":
                shutil.rmtree(item) if item.is_dir() and not item.is_symlink() else item.unlink()
        shutil.copytree(checkout, target, ignore=NEVER_COPIED, symlinks=True, dirs_exist_ok=True)

    def run(self, *command: str, timeout: float = 600) -> subprocess.CompletedProcess[str]:
        """A command in /src, as root, with pip's variables and none else of this machine's."""
        kept = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
        least = {
            "HOME": "/root",
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "LANG": "C.UTF-8",
            "TERM": "dumb",
        }
        words = [
            *NAMESPACES,
            "sh",
            "-c",
            ENTER,
            "sh",
            str(self.place),
            "sh",
            "-c",
            'cd /src && exec "$@"',
            "sh",
            *command,
        ]
        return subprocess.run(
            words,
            env=kept | least,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
        )
