# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How POSIX hosts write paths, and what start files mean by PATH and home. Pure."""

from __future__ import annotations

import re
import typing as t

from .medium import Syntax, control_problem
from .patterns import SDK_VERSION, pattern
from .values import Value

SEPARATOR = ":"
#: the PATH entry that stands for the PATH a shell was started with
INHERITED = "$PATH"
#: where a system keeps its own programs; an entry of ours that comes behind one of these does not count (macOS's
#: path_helper, Arch's zprofile)
SYSTEM_DIRECTORIES = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")

_SDK_NAME = pattern(rf"/go[-_]?/?{SDK_VERSION}(?:/go)?/bin\Z")
#: where Go's own archives and packages put it, without a version in the name
_INSTALLED = ("/usr/local/go/bin", "/usr/lib/go/bin", "/usr/lib/golang/bin")
#: a home directory at the beginning of an option's text
_HOME = pattern(r"(?:~|\$HOME|\$\{HOME\})(?=/|\Z)")


class PosixSyntax(Syntax):
    """Paths of POSIX hosts: exact texts; `$HOME` and `~` were expanded when they were written."""

    family = "posix"
    separator = SEPARATOR
    go_files = ("go",)
    bin_go = "bin/go"

    def directory_of(self, entry: str, variables: t.Mapping[str, Value]) -> str:
        text = re.sub(r"/+", "/", entry)
        return text.rstrip("/") or text[:1]

    def path_problem(self, text: str) -> str | None:
        problem = "is empty." if not text else control_problem(text)
        if problem:
            return problem
        if SEPARATOR in text:
            return (
                "has a ':' in it, which separates PATH entries and cannot be quoted there: give a list, or "
                "another directory."
            )
        if text.startswith("~") and not text.startswith("/"):
            return "starts with '~' of another user, which is not expanded: write the directory out."
        if not text.startswith("/"):
            return "is relative: shells and Go need a full path, such as /usr/local/go."
        return None

    def is_absolute(self, path: str) -> bool:
        return path.startswith("/")

    def can_look_up(self, path: str) -> bool:
        return path.startswith("/") and "\0" not in path

    def child(self, path: str, *names: str) -> str:
        return "/".join([path.rstrip("/"), *names])

    def named_like_sdk(self, path: str) -> bool:
        return path in _INSTALLED or bool(_SDK_NAME.search(path))


POSIX = PosixSyntax()


def expand_home(text: str, home: str | None) -> str:
    """`text` with a leading `~`, `$HOME` or `${HOME}` written out. Raises ValueError when nobody's home is meant."""
    found = _HOME.match(text)
    if not found:
        return text
    if home is None:
        raise ValueError(
            f"{text!r} is in somebody's home directory, and the machine scope is everybody's. Use scope: user, or a "
            f"directory that is the same for everybody."
        )
    return home.rstrip("/") + text[found.end() :] or "/"
