# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file systems of distros: a busybox of 2 MB that is made once, and this machine's own Debian, both under a layer
that takes what is written.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from linuxhost import accounts, kernel, machine, system
from linuxhost.accounts import Account, Member

from ..tooling import fingerprint, identity, made

BUSYBOX = Path("/bin/busybox")
MADE = "1"
"""Another number makes every machine build its busybox root anew."""

DIRECTORIES = {
    **dict.fromkeys(("bin", "dev", "etc/profile.d", "etc/skel", "home", "mnt", "opt", "proc", "run", "srv"), 0o755),
    **dict.fromkeys(("sbin", "sys", "usr/bin", "usr/sbin", "usr/local/bin", "usr/local/sbin", "var/log"), 0o755),
    "root": 0o700,
    "tmp": 0o1777,
    "var/tmp": 0o1777,
}
FILES = {
    "etc/group": "root:x:0:\nbin:x:1:\ntty:x:5:\nadm:x:4:\nsudo:x:27:\nusers:x:100:\nnogroup:x:65534:\n",
    "etc/hosts": "127.0.0.1\tlocalhost\n",
    "etc/os-release": 'ID=busybox\nNAME="BusyBox"\nPRETTY_NAME="BusyBox"\n',
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n",
    "etc/profile": 'for file in /etc/profile.d/*.sh; do\n\t[ ! -r "$file" ] || . "$file"\ndone\nunset file\n',
    "etc/shadow": "root:*:19000:0:99999:7:::\nnobody:*:19000:0:99999:7:::\n",
    "etc/shells": "/bin/sh\n/bin/ash\n",
}
FIRST_USER = 1000
GROUPS = ("adm", "sudo", "users")
"""An ordinary user's, where the distro has them."""


def busybox(cache: Path) -> Path:
    """A root with nothing but busybox, in the cache. It is shared: nothing in it may be changed."""

    def make(draft: Path) -> None:
        for name, mode in DIRECTORIES.items():
            (draft / name).mkdir(parents=True, exist_ok=True)
            (draft / name).chmod(mode)
        shutil.copyfile(BUSYBOX, draft / "bin/busybox")
        (draft / "bin/busybox").chmod(0o755)
        names = subprocess.run([BUSYBOX, "--list-full"], check=True, capture_output=True, text=True).stdout.split()
        for name in names:
            if name != "bin/busybox":
                (draft / name).parent.mkdir(parents=True, exist_ok=True)
                (draft / name).symlink_to("/bin/busybox")
        for name, content in FILES.items():
            (draft / name).write_text(content, encoding="utf-8")
        (draft / "etc/shadow").chmod(0o640)

    return made(cache / f"busybox-{fingerprint(MADE, identity(BUSYBOX))}", make)


def debian(layer: Path) -> Path:
    """A layer that makes this machine's own system a Debian without accounts, to be laid over `/`."""
    system.plain(layer, ()).skeleton("/root", 0, {})
    for name in ("passwd", "group"):
        place = layer / "etc" / name
        place.write_text(_system_only(Path("/etc", name).read_text(encoding="utf-8")), encoding="utf-8")
    return layer


def _system_only(text: str) -> str:
    """This machine's people are not the distro's."""
    lines = [line.split(":") for line in text.splitlines() if line.count(":") >= 2]
    return "".join(f"{':'.join(line)}\n" for line in lines if not FIRST_USER <= int(line[2]) < 60000)


def laid_over(layer: Path, lower: Path, over_machine: bool, trees: Mapping[str, Sequence[Path]]) -> Path:
    """The distro's root: what is written goes to `layer`."""
    for at in trees:
        (lower / at[1:]).mkdir(parents=True, exist_ok=True)
    kept = {at: list(places) for at, places in trees.items()}
    return machine.assemble(layer, [lower], kept, {}, bottom=[Path("/")] if over_machine else [])


def copied(layer: Path, lower: Path, trees: Mapping[str, Sequence[Path]]) -> Path:
    """The same without an overlay, where that is not permitted. SDKs are seen read only."""
    root = layer / "merged"
    shutil.copytree(lower, root, symlinks=True)
    kernel.mount("", root, source=root, flags=kernel.MS_BIND)
    for at, places in trees.items():
        for place in (item for folder in places for item in folder.iterdir()):
            (root / at[1:] / place.name).mkdir(parents=True)
            kernel.show(place, root / at[1:] / place.name)
    machine.devices(root)
    return root


def settle(root: Path, user: str, uid: int, shell: str) -> None:
    """Give the distro an account with a home."""
    at = "/bin/sh" if shell == "sh" else system.shell(shell)
    member = Member(Account(user, shell), uid, at)
    parts = {
        "passwd": accounts.passwd,
        "group": accounts.group,
        "shadow": accounts.shadow,
        "gshadow": accounts.gshadow,
    }
    for name, compose in parts.items():
        place = root / "etc" / name
        if place.exists():
            text = place.read_text(encoding="utf-8")
            place.write_text(compose(_joined(text, user) if name == "group" else text, [member]), encoding="utf-8")
    home = root / member.account.home[1:]
    if (root / "etc/skel").is_dir() and not home.exists():
        shutil.copytree(root / "etc/skel", home, symlinks=True)
    for name, content in system.SKELETONS.get(shell, {}).items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(content, encoding="utf-8")
    home.chmod(0o700)
    for folder, _, files in os.walk(home):
        for item in (folder, *(os.path.join(folder, name) for name in files)):
            os.chown(item, uid, uid, follow_symlinks=False)


def _joined(group: str, user: str) -> str:
    lines = [line.split(":") for line in group.splitlines()]
    for line in lines:
        if line[0] in GROUPS and len(line) == 4:
            line[3] = ",".join(filter(None, (line[3], user)))
    return "".join(f"{':'.join(line)}\n" for line in lines)
