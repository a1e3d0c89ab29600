# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A POSIX host as the media on it need it: who connects, whose scope it is, and where things are."""

from __future__ import annotations

import os
import posixpath
import re
import sys
import typing as t

from .._core.posix import SEPARATOR, SYSTEM_DIRECTORIES
from .._hosts.accounts import Person

#: the PATH a login starts from, where nobody says more: what a `go` of the system itself would be found by
LOGIN_PATH = SEPARATOR.join(SYSTEM_DIRECTORIES)


#: the file that holds a scope's values, below /etc or a person's directory of settings
SOURCE = "gopher-devbox/env.sh"


def source_of(system: bool, config: str) -> str:
    """The file that holds a scope's values. config: the person's directory of settings, as XDG has it."""
    return f"/etc/{SOURCE}" if system else f"{config}/{SOURCE}"


#: GOARCH of what the kernel calls a processor
_PROCESSORS: t.Mapping[str, str] = {
    "x86_64": "amd64",
    "amd64": "amd64",
    "aarch64": "arm64",
    "arm64": "arm64",
    "loongarch64": "loong64",
}
_SAME = ("ppc64", "ppc64le", "riscv64", "s390x")


def native(darwin: bool) -> tuple[str, str]:
    """GOOS and GOARCH of this host, empty where they are not known."""
    machine = os.uname().machine
    if re.match(r"i[3-6]86\Z", machine):
        machine = "386"
    elif machine.startswith("armv"):
        machine = "arm"
    else:
        machine = _PROCESSORS.get(machine, machine if machine in _SAME else "")
    system = "darwin" if darwin else "linux" if sys.platform.startswith("linux") else ""
    return system, machine


class PosixHost(t.NamedTuple):
    """A POSIX host as the store needs it: who connects, whose user scope it is, XDG's directories of that person, and
    the kind of system.
    """

    me: Person
    who: Person
    config: str
    state: str
    zdotdir: str | None = None
    darwin: bool = False

    @classmethod
    def of(cls, me: Person, who: Person, environ: t.Mapping[str, str], darwin: bool) -> PosixHost:
        """XDG's directories are those of the environment for the account itself, the default ones for another."""
        own = environ if who.own else {}

        def directory(name: str, default: str) -> str:
            given = own.get(name, "")
            return posixpath.normpath(given) if given.startswith("/") else posixpath.join(who.home, default)

        zdotdir = own.get("ZDOTDIR", "")
        return cls(
            me,
            who,
            directory("XDG_CONFIG_HOME", ".config"),
            directory("XDG_STATE_HOME", ".local/state"),
            posixpath.normpath(zdotdir) if zdotdir.startswith("/") else None,
            darwin,
        )

    def source(self, system: bool) -> str:
        return source_of(system, self.config)

    @property
    def other(self) -> Person | None:
        """Whose files those of the user scope are, when it is not the account that connects."""
        return None if self.who.own else self.who

    @property
    def home(self) -> str:
        """The directory of the ledgers of the user scope."""
        return f"{self.state}/gopher.devbox"
