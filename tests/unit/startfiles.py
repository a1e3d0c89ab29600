# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start files of the imagination, and what reading them makes of an environment."""

from __future__ import annotations

import fnmatch
import posixpath
from collections.abc import Mapping

from unit.shellmodel import NOTHING, Disk

from ansible_collections.gopher.devbox.plugins.module_utils._formats.fishread import FishReader
from ansible_collections.gopher.devbox.plugins.module_utils._formats.login_environment import LoginEnvironment
from ansible_collections.gopher.devbox.plugins.module_utils._formats.shellread import ShellReader

HOME, PATH = "/home/alice", "/usr/bin:/bin"
NAMES = ("GOPROXY", "GOFLAGS", "GOPATH", "GOROOT", "GOBIN")
FILE = f"{HOME}/start"


class Disks:
    """See `shellread.Disk`: files by path, and directories."""

    def __init__(self, files: Mapping[str, str | bytes] = {}, directories: tuple[str, ...] = ("/usr", HOME)) -> None:
        self.files = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
        self.directories = directories
        self.programs: tuple[str, ...] = ()
        self.go: Disk = NOTHING

    def read(self, path: str) -> bytes | None:
        return self.files.get(path)

    def test(self, kind: str, path: str) -> bool:
        path = posixpath.normpath(path)
        if path in self.directories:
            return kind in ("there", "directory", "readable")
        if path in self.programs:
            return kind in ("there", "file", "readable", "program", "filled")
        return path in self.files and (
            kind in ("there", "file", "readable") or kind == "filled" and bool(self.files[path])
        )

    def matching(self, pattern: str) -> list[str]:
        return sorted(path for path in self.files if fnmatch.fnmatch(path, pattern))


def read(
    text: str | bytes,
    shell: str = "bash",
    files: Mapping[str, str | bytes] = {},
    disk: Disks | None = None,
    **variables: str,
) -> LoginEnvironment:
    """The environment once a start file with this text was read."""
    disk = disk or Disks(files)
    disk.files[FILE] = text.encode() if isinstance(text, str) else text
    environment = LoginEnvironment(NAMES, "login", {"HOME": HOME, "PATH": PATH, "USER": "alice", **variables})
    answers = {"id -u": "1000", "uname": "Linux"}
    reader: FishReader | ShellReader
    if shell == "fish":
        reader = FishReader(environment, disk, answers)
    else:
        environment.values["PS1"] = "$ "
        reader = ShellReader(shell, environment, disk, "himBHs", answers)
    reader.read(FILE, "user")
    return environment


def value(environment: LoginEnvironment, name: str) -> str | None:
    """The value of a variable as a program gets it; None for none, `?` for what is not known."""
    if name == "PATH":
        return ":".join(entry.text for entry in environment.path).replace("\x01", "<").replace("\x02", ">")
    found = environment.settings.get(name)
    return (found[-1].text if found[-1].known else "?") if found else None
