# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies over this machine's own system to make it a host of its own: a Debian as it was just installed, with the
accounts.

All of it goes into one directory, a layer of the host's root. What this machine has at home, in /opt, in /usr/local and
in its files of variables is not to be seen there, nor is its Go.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path, PurePosixPath

from . import accounts
from .accounts import Account, Member
from .kernel import opaque, whiteout

NAME = "linuxhost"
AUTHORISED = "/etc/ssh/linuxhost_authorized_keys"
HOST_KEY = "/etc/ssh/linuxhost_host_key"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

OWN = {
    "/etc/profile.d": 0o755,
    "/home": 0o755,
    "/media": 0o755,
    "/mnt": 0o755,
    "/opt": 0o755,
    "/root": 0o700,
    "/run": 0o755,
    "/srv": 0o755,
    "/tmp": 0o1777,
    "/usr/local": 0o755,
    "/var/tmp": 0o1777,
}
"""Directories of which the host sees nothing of this machine's, with their modes."""

PLACES = ("/home", "/opt", "/root", "/srv", "/usr/local")
"""Where an SDK or a directory of this machine's may be shown."""

FOREIGN = ("/.dockerenv", "/usr/bin/go", "/usr/bin/gofmt", "/var/lib/gopher.devbox")
"""What this machine may have and a new one has not."""

SKELETONS = {
    "zsh": {".zshrc": "# Settings of interactive shells.\n"},
    "fish": {
        ".config/fish/config.fish": "if status is-interactive\n    # Commands to run in interactive sessions can "
        "go here\nend\n"
    },
}
"""An empty .zshrc keeps zsh from asking a new user questions. The other shells have Debian's /etc/skel."""


def members(wishes: Iterable[Account]) -> list[Member]:
    return [Member(item, uid, shell(item.shell)) for uid, item in enumerate(wishes, accounts.FIRST_UID)]


def shell(name: str) -> str:
    found = next((place for place in accounts.SHELLS[name] if os.access(place, os.X_OK)), None)
    if found is None:
        raise RuntimeError(f"this machine has no {name}")
    return found


def build(base: Path, people: Sequence[Member], *, host_key: Path, authorised: str, shown: Iterable[str]) -> None:
    layer = plain(base, people)
    layer.write(HOST_KEY, host_key.read_bytes(), 0o600)
    layer.write(AUTHORISED, authorised.encode(), 0o644)
    for member in people:
        layer.folder(member.account.home, 0o700)
    for place in shown:
        layer.folder(place)
    layer.skeleton("/root", 0, {})
    for member in people:
        layer.skeleton(member.account.home, member.uid, SKELETONS.get(member.account.shell, {}))


def plain(base: Path, people: Sequence[Member]) -> Layer:
    """A Debian as it was just installed, without homes."""
    layer = Layer(base)
    for place, mode in OWN.items():
        layer.own(place, mode)
    for place in FOREIGN:
        if os.path.lexists(place):
            whiteout(layer.at(place))
    _standard(layer)
    _etc(layer, people)
    return layer


def _standard(layer: Layer) -> None:
    for name in ("bin", "etc", "games", "include", "lib", "sbin", "share/man", "src"):
        layer.folder(f"/usr/local/{name}")
    layer.at("/usr/local/man").symlink_to("share/man")
    for name, mode in {"lock": 0o1777, "sshd": 0o755, "sudo": 0o711, "user": 0o755}.items():
        layer.folder(f"/run/{name}", mode)


def _etc(layer: Layer, people: Sequence[Member]) -> None:
    parts: dict[str, Callable[[str, Iterable[Member]], str]] = {
        "passwd": accounts.passwd,
        "group": accounts.group,
        "shadow": accounts.shadow,
        "gshadow": accounts.gshadow,
    }
    for name, compose in parts.items():
        real = Path("/etc", name)
        known = real.stat()
        layer.write(
            str(real),
            compose(real.read_text(encoding="utf-8"), people).encode(),
            known.st_mode & 0o7777,
            group=known.st_gid,
        )
    layer.write(f"/etc/sudoers.d/{NAME}", accounts.sudoers(people).encode(), 0o440)
    layer.write("/etc/environment", b"")
    layer.write("/etc/default/locale", b"LANG=C.UTF-8\n")
    layer.write("/etc/hostname", f"{NAME}\n".encode())
    layer.write(
        "/etc/hosts", f"127.0.0.1\tlocalhost\n127.0.1.1\t{NAME}\n::1\tlocalhost ip6-localhost ip6-loopback\n".encode()
    )
    original = Path("/usr/share/base-files/profile")
    if original.exists():
        layer.write("/etc/profile", original.read_bytes())


class Layer:
    """A directory that lies over `/`."""

    def __init__(self, base: Path) -> None:
        self.base = base
        base.mkdir()
        _as_real(base, "/")

    def at(self, place: str) -> Path:
        """Where `place` lies in the layer; the directories above it are made, with the rights that they have on this
        machine.
        """
        for parent in reversed(PurePosixPath(place).parents):
            target = self.base / str(parent)[1:]
            if not target.exists():
                target.mkdir(0o755)
                _as_real(target, str(parent))
        return self.base / place[1:]

    def folder(self, place: str, mode: int = 0o755) -> Path:
        target = self.at(place)
        if not target.exists():
            target.mkdir()
            target.chmod(mode)
        return target

    def own(self, place: str, mode: int) -> None:
        opaque(self.folder(place, mode))

    def write(self, place: str, content: bytes, mode: int = 0o644, *, owner: int = 0, group: int = 0) -> None:
        target = self.at(place)
        target.write_bytes(content)
        os.chown(target, owner, group)
        target.chmod(mode)

    def skeleton(self, home: str, uid: int, extra: dict[str, str]) -> None:
        place = self.base / home[1:]
        if not extra:
            shutil.copytree(
                "/etc/skel",
                place,
                dirs_exist_ok=True,
                symlinks=True,
                copy_function=shutil.copy,
                ignore_dangling_symlinks=True,
            )
            place.chmod(0o700)  # copytree gave it that of /etc/skel
        for name, content in extra.items():
            self.write(f"{home}/{name}", content.encode())
        for folder, _, files in os.walk(place):
            for item in (folder, *(os.path.join(folder, name) for name in files)):
                os.chown(item, uid, uid, follow_symlinks=False)


def _as_real(target: Path, place: str) -> None:
    try:
        known = os.stat(place)
    except FileNotFoundError:
        return
    os.chown(target, known.st_uid, known.st_gid)
    target.chmod(known.st_mode & 0o7777)
