# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How POSIX shells' start files hold variables and paths: exact texts, PATH around the one that is inherited. Pure."""

from __future__ import annotations

import re
import typing as t

from .patterns import SDK_VERSION, pattern
from .rules import Rules, control_problem
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


class PosixRules(Rules):
    """Shells' start files: what stands there is exact text; `$HOME` and `~` were expanded when it was written."""

    family = "posix"
    separator = SEPARATOR
    inherited = INHERITED
    go_files = ("go",)
    home_go = "~/go"
    bin_go = "bin/go"

    def text_problem(self, text: str) -> str | None:
        return "is empty." if not text else control_problem(text)

    def compose(self, name: str, scope: str, below: tuple[str, str] | None, text: str) -> str:
        if not self.is_path(name):
            return text
        entries: list[str] = []
        for entry in self.split_path(text):
            entries += (
                self.split_path(below[1]) if entry == INHERITED and below else [] if entry == INHERITED else [entry]
            )
        return SEPARATOR.join(dict.fromkeys(entries))

    def directory_of(self, entry: str, variables: t.Mapping[str, Value]) -> str:
        text = re.sub(r"/+", "/", entry)
        return text.rstrip("/") or text[:1]

    def path_problem(self, text: str) -> str | None:
        problem = self.text_problem(text)
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


POSIX = PosixRules()


def expand_home(text: str, home: str | None) -> str:
    """`text` with a leading `~`, `$HOME` or `${HOME}` written out. Raises ValueError when nobody's home is meant."""
    found = _HOME.match(text)
    if not found:
        return text
    if home is None:
        raise ValueError(f"{text!r} is in somebody's home directory, and the machine scope is everybody's.")
    return home.rstrip("/") + text[found.end() :] or "/"
