# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of variables that no shell reads: /etc/environment, which PAM gives to a login, /etc/login.defs, and systemd's
environment.d. Pure.
"""

from __future__ import annotations

import re
import typing as t

from .._core.patterns import pattern

_EXPORT = pattern(r"export[ \t]+")
_NAME = pattern(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_REFERENCE = pattern(r"\$\$|\$\{(\w+)(?:(:[-+])([^{}]*))?\}|\$(\w+)")


class Line(t.NamedTuple):
    """A variable of a file. number: of its line, from 1. text: None where the line takes the variable away."""

    number: int
    name: str
    text: str | None


def pam_environment(data: bytes) -> list[Line]:
    """What /etc/environment sets [linux-pam: pam_env, _parse_env_file]: nothing expands, a `#` ends the line."""
    out = []
    for number, line in enumerate(data.decode("utf-8", "replace").split("\n"), 1):
        text = _EXPORT.sub("", line.lstrip(" \t"), 1).partition("#")[0]
        name, sign, value = text.partition("=")
        if not _NAME.match(name):
            continue
        if value[:1] in ("'", '"'):
            value = re.sub(r"['\"](?=\Z)", "", value[1:])
        out.append(Line(number, name, value if sign else None))
    return out


def login_path(data: bytes, root: bool) -> str:
    """The PATH of /etc/login.defs; empty where it has none."""
    name = b"ENV_SUPATH" if root else b"ENV_PATH"
    lines = (line.split(None, 1) for line in data.splitlines())
    found = [words[1].strip() for words in lines if len(words) == 2 and words[0] == name]
    return found[-1].removeprefix(b"PATH=").decode("utf-8", "replace") if found else ""


def systemd_environment(data: bytes, value: t.Callable[[str], str]) -> t.Iterator[Line]:
    """What a file of environment.d sets [man environment.d]. value: what a variable is by then."""
    text = data.decode("utf-8", "replace").replace("\\\n", "")
    for number, line in enumerate(text.split("\n"), 1):
        name, sign, rest = line.strip().partition("=")
        if sign and not name.startswith(("#", ";")) and _NAME.match(name):
            yield Line(number, name, _expanded(_unquoted(rest.strip()), value))


def _unquoted(text: str) -> str:
    """Quotes are taken off, and a dollar in single ones is no reference."""
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1].replace("$", "$$")
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1]
    return re.sub(r"\\(.)", r"\1", text)


def _expanded(text: str, value: t.Callable[[str], str]) -> str:
    def meant(found: t.Match[str]) -> str:
        if found.group() == "$$":
            return "$"
        name, operator, word = found[1] or found[4], found[2], found[3] or ""
        known = value(name)
        if operator == ":-":
            return known or _expanded(word, value)
        return (_expanded(word, value) if known else "") if operator == ":+" else known

    return _REFERENCE.sub(meant, text)
