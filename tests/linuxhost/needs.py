# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether such a host can run here."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import tempfile

from . import accounts

PROGRAMS = {
    "/usr/sbin/sshd": "openssh-server",
    "/usr/bin/ssh": "openssh-client",
    "/usr/bin/ssh-keygen": "openssh-client",
    "/usr/bin/sudo": "sudo",
    "/usr/bin/python3": "python3",
    "/usr/bin/nsenter": "util-linux",
    "/usr/bin/setpriv": "util-linux",
    "/usr/bin/unshare": "util-linux",
}

TRIAL = """
set -e
cd "$1"
mount -t tmpfs tmpfs .
cd "$1"
mkdir lower upper work merged proc
mount -t overlay -o lowerdir="$1/lower":/,upperdir="$1/upper",workdir="$1/work",redirect_dir=on overlay merged
mknod null c 1 3
mount -t proc proc proc
"""


@functools.cache
def reason_it_cannot() -> str | None:
    """Why no LinuxHost can run here, for people; None when it can."""
    if sys.platform != "linux":
        return "needs Linux"
    if os.geteuid() != 0:
        return "needs root"
    missing = {program: package for program, package in PROGRAMS.items() if not os.access(program, os.X_OK)}
    missing |= {
        places[0]: name
        for name, places in accounts.SHELLS.items()
        if not any(os.access(place, os.X_OK) for place in places)
    }
    if missing:
        return f"needs {', '.join(missing)} (Debian: {' '.join(sorted(set(missing.values())))})"
    if os.stat("/usr").st_dev != os.stat("/").st_dev or os.stat("/etc").st_dev != os.stat("/").st_dev:
        return "needs /usr and /etc on the file system of /"
    return _trial()


def _trial() -> str | None:
    place = tempfile.mkdtemp(prefix="linuxhost-")
    try:
        words = ["unshare", "--mount", "--pid", "--fork", "--propagation", "private", "sh", "-c", TRIAL, "sh", place]
        done = subprocess.run(
            words, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False
        )
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return (
        None
        if done.returncode == 0
        else f"needs namespaces and overlay file systems: {done.stderr.strip() or 'they are refused'}"
    )
