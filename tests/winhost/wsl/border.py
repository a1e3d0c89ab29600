# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What crosses the border between Windows and a distro: variables, paths, directories, and what wsl.conf says of them.

Nothing here looks at a file but `DriveC`, which finds names in any case as Windows does.
"""

from __future__ import annotations

import contextlib
import os
import re
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass

HOSTTYPE = "x86_64"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/games:/usr/local/games"
TRUE, FALSE = ("true", "1"), ("false", "0")
ESCAPES = {"\\": "\\", '"': '"', "b": "\b", "n": "\n", "t": "\t", "\r": "", "\n": ""}
"""Of a value in wsl.conf: it goes on behind a line that ends in a backslash."""

Translate = Callable[[str], "str | None"]
"""A Windows path to a Linux one; None when there is none."""


# ------------------------------------------------------------------------------------------------------- wsl.conf


@dataclass(frozen=True)
class Config:
    """What of /etc/wsl.conf counts here."""

    append_windows_path: bool = True
    default_user: str = ""
    automount: bool = True
    automount_root: str = "/mnt/"
    interop: bool = True
    hostname: str = ""


def config(text: str) -> Config:
    found = _values(text)
    root = found.get("automount.root") or "/mnt/"
    return Config(
        append_windows_path=_truth(found.get("interop.appendwindowspath"), True),
        default_user=found.get("user.default", ""),
        automount=_truth(found.get("automount.enabled"), True),
        automount_root=root if root.endswith("/") else f"{root}/",
        interop=_truth(found.get("interop.enabled"), True),
        hostname=found.get("network.hostname", ""),
    )


class _NotUnderstood(Exception):
    """A line with which WSL's reader stops."""


class _Reader:
    """The characters of a file, one after the other; nothing at its end."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0

    @property
    def here(self) -> str:
        return self._text[self._place : self._place + 1]

    def next(self) -> str:
        found = self.here
        self._place += len(found)
        return found

    def many(self, allowed: str) -> str:
        found = ""
        while self.here and self.here in allowed:
            found += self.next()
        return found

    def name(self) -> str:
        if not self.here or self.here not in string.ascii_letters:
            raise _NotUnderstood
        return self.many(string.ascii_letters + string.digits).lower()

    def must_be(self, wanted: str) -> None:
        if self.next() != wanted:
            raise _NotUnderstood

    def value(self) -> str:
        """Without quotes, and without blanks at its end."""
        found, length, quoted = "", 0, False
        while self.here and self.here not in "\r\n" and (quoted or self.here != "#"):
            letter = self.next()
            if letter == '"':
                quoted = not quoted
            elif letter == "\\":
                escaped = self.next()
                if not escaped or escaped not in ESCAPES:
                    raise _NotUnderstood
                found += ESCAPES[escaped]
            else:
                found += letter
            if letter not in " \t":
                length = len(found)
        if quoted:
            raise _NotUnderstood
        return found[:length]


def _values(text: str) -> dict[str, str]:
    """The first value of each key, up to the first line that is not understood."""
    found: dict[str, str] = {}
    reader, section = _Reader(text), ""
    with contextlib.suppress(_NotUnderstood):
        while reader.many(" \t\r\n") or reader.here:
            if reader.here == "#":
                while reader.here and reader.here != "\n":
                    reader.next()
            elif reader.here == "[":
                reader.next()
                name = reader.name()
                reader.must_be("]")
                reader.many(" \t")
                if reader.here and reader.here not in "#\r\n":
                    raise _NotUnderstood
                section = f"{name}."
            elif reader.here:
                key = section + reader.name()
                reader.many(" \t")
                reader.must_be("=")
                reader.many(" \t")
                found.setdefault(key, reader.value())
    return found


def _truth(text: str | None, otherwise: bool) -> bool:
    word = (text or "").lower()
    return True if word in TRUE else False if word in FALSE else otherwise


# ---------------------------------------------------------------------------------------------------------- paths


class DriveC:
    """Drive C: where a distro sees it. Names that exist are found in any case; what does not exist keeps its own."""

    def __init__(self, mount: str | None) -> None:
        self._mount = mount

    def __call__(self, path: str) -> str | None:
        match = re.fullmatch(r"(?:\\\\\?\\)?([A-Za-z]):(?:[\\/](.*))?", path, re.DOTALL)
        if self._mount is None or match is None or match[1].upper() != "C":
            return None
        place = self._mount
        for part in filter(None, re.split(r"[\\/]+", match[2] or "")):
            place = f"{place}/{_in_any_case(place, part)}"
        return place + ("/" if path.endswith(("\\", "/")) and match[2] else "")


def _in_any_case(directory: str, name: str) -> str:
    if os.path.lexists(f"{directory}/{name}"):
        return name
    try:
        return next((item for item in os.listdir(directory) if item.casefold() == name.casefold()), name)
    except OSError:
        return name


def absolute(path: str) -> bool:
    return re.match(r"[A-Za-z]:[\\/]|\\\\", path) is not None


def path_list(text: str, translate: Translate, warn: Callable[[str], None]) -> str | None:
    """A list with semicolons to one with colons. Relative paths are left out, and so is, with a warning, what cannot
    be translated; None when nothing is left.
    """
    kept = []
    for path in filter(absolute, filter(None, text.split(";"))):
        found = translate(path)
        if found is None:
            warn(f"Failed to translate '{path}'")
        else:
            kept.append(found)
    return ":".join(kept) or None


# ------------------------------------------------------------------------------------------------------ variables


def shared(windows: Mapping[str, str], translate: Translate, warn: Callable[[str], None]) -> dict[str, str]:
    """What WSLENV lets into a distro. A variable that is not set arrives empty; a name is looked for in its own case;
    an entry with an unknown flag is left out, and so is a path that cannot be translated.
    """
    listed = windows.get("WSLENV")
    found = {"WSLENV": listed or ""}
    for entry in filter(None, (listed or "").rstrip().split(":")):
        name, _, flags = entry.partition("/")
        if set(flags) - set("plu"):  # w is for the other direction
            continue
        value = windows.get(name)
        if value is not None and set(flags) & set("pl"):
            value = path_list(value, translate, warn)
            if value is None:
                continue
        found[name] = value or ""
    return found


def variables(
    windows: Mapping[str, str],
    settings: Config,
    translate: Translate,
    warn: Callable[[str], None],
) -> dict[str, str]:
    """A program's environment, but for what depends on its account and distro."""
    made = {"HOSTTYPE": HOSTTYPE, "LANG": "en_US.UTF-8", "PATH": PATH, "TERM": "xterm-256color"}
    made |= shared(windows, translate, warn)
    own = next((value for name, value in windows.items() if name.upper() == "PATH"), "")
    if settings.append_windows_path and own:  # without interop, too
        more = path_list(own, translate, warn)
        if more:
            made["PATH"] = f"{made['PATH'].removesuffix(':')}:{more}" if made["PATH"] else more
    return made


def language(locale: str) -> str | None:
    """What /etc/default/locale or /etc/locale.conf says of LANG."""
    found = re.findall(r'^\s*LANG="?([^"\n]*)"?\s*$', locale, re.MULTILINE)
    return found[-1] if found else None


# ------------------------------------------------------------------------------------------------------- accounts


@dataclass(frozen=True)
class Login:
    """A line of /etc/passwd, with its groups."""

    name: str
    uid: int
    gid: int
    home: str
    shell: str
    groups: tuple[int, ...] = ()


ROOT = Login("root", 0, 0, "/", "/bin/sh")
"""Taken where /etc/passwd knows nobody who fits."""


def logins(passwd: str, group: str) -> list[Login]:
    fields = [line.split(":") for line in passwd.splitlines() if line.count(":") == 6]
    members = [line.split(":") for line in group.splitlines() if line.count(":") == 3]
    return [
        Login(
            name,
            int(uid),
            int(gid),
            home,
            shell,
            tuple(sorted({int(gid), *(int(item[2]) for item in members if name in item[3].split(","))})),
        )
        for name, _, uid, gid, _, home, shell in fields
    ]


def chosen(known: list[Login], user: str, default_user: str, default_uid: int) -> Login | None:
    """Who a program runs as; None when `user` is nobody."""
    by_name = {item.name: item for item in reversed(known)}
    if user:
        return by_name.get(user)
    if default_user in by_name:
        return by_name[default_user]
    return next((item for item in known if item.uid == default_uid), ROOT)
