# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small outputs of Windows programs and files: whoami, set, VERSION, certutil, SDDL. Pure."""

from __future__ import annotations

import base64
import csv
import json
import re

from .._core.patterns import pattern
from .._go.versions import in_version_file

_SID = pattern(r"S-1(?:-\d+)+\Z")
_ACE = pattern(r"\((?P<kind>[A-Z]*);(?P<flags>[A-Z]*);(?P<rights>[^;]*);[^;]*;[^;]*;(?P<who>[^;)]*)[^)]*\)")

#: integrity levels of a full token (docs/facts.md, "Elevated tokens")
_ELEVATED = ("S-1-16-12288", "S-1-16-16384")

#: where a DACL begins: flags, entries or nothing behind it, so that a drive in a file name is none
_DACL = pattern(r"D:(?=[A-Z_]*(?:[(\s]|\Z))")

#: groups ordinary users are in, as SDDL names them and by SID: Everyone, Authenticated Users, Users, Interactive,
#: Network, Anonymous, Guests, Domain Users, Domain Guests, Local account
_ORDINARY = frozenset("WD AU BU IU NU AN BG DU DG".split())
_ORDINARY_SID = pattern(r"S-1-(?:1-0|5-(?:2|4|7|11|113|32-545|32-546|21-\d+-\d+-\d+-51[34]))\Z")
#: rights by which a file can be replaced: write data (DC), append (LC), delete a child (DT), delete, write DAC, write
#: owner, generics
_WRITING_WORDS = frozenset(("FA", "GA", "GW", "FW", "SD", "WD", "WO", "DC", "LC", "DT", "KA", "KW"))
_WRITING_BITS = 0x0002 | 0x0004 | 0x0040 | 0x00010000 | 0x00040000 | 0x00080000 | 0x10000000 | 0x40000000


def parse_whoami(text: str) -> tuple[str, str, bool] | None:
    """(name, SID, elevated) out of `whoami /user /groups /fo csv /nh`, by SIDs only, never by localised names. None
    when there is none.
    """
    name = user = ""
    elevated = False
    for row in csv.reader(text.replace("\0", "").splitlines()):
        if len(row) == 2 and _SID.match(row[1]) and not user:
            name, user = row[0], row[1]
        elevated = elevated or any(cell in _ELEVATED for cell in row)
    return (name, user, elevated) if user else None


def parse_set(text: str) -> dict[str, str]:
    """The variables that `set` printed."""
    out: dict[str, str] = {}
    for line in text.splitlines():
        name, sep, value = line.partition("=")
        if sep and name:
            out[name] = value
    return out


def parse_version(text: str) -> str | None:
    """The version in the first line of a VERSION file (`go1.27.3`), or None (docs/facts.md, "VERSION file")."""
    return in_version_file(text)


def parse_go_env(text: str) -> dict[str, str] | None:
    """The answer of `go env -json`, warnings before it apart, or None when there is none."""
    start = text.find("{")
    try:
        found = json.loads(text[start:]) if start >= 0 else None
    except ValueError:
        return None
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else None


def parse_certutil(text: str) -> bytes:
    """The bytes in what `certutil -encode` wrote. Raises ValueError when there are none."""
    body = "".join(line.strip() for line in text.splitlines() if line.strip() and not line.startswith("-----"))
    return base64.b64decode(body, validate=True)


def writable_by_ordinary_users(sddl: str) -> bool:
    """Whether a security descriptor lets ordinary users change or replace what it guards (Microsoft: ACE strings).

    `sddl` is what `icacls /save` wrote: the file's name, and the descriptor in the next line. A missing DACL lets
    everybody.
    """
    parts = _DACL.split(sddl, maxsplit=1)
    if len(parts) == 1:
        return True
    dacl = parts[1].split("S:(", 1)[0]
    if not _ACE.search(dacl):
        return "NO_ACCESS_CONTROL" in dacl
    return any(
        ace.group("kind") in ("A", "XA")
        and "IO" not in _pairs(ace.group("flags"))
        and _is_ordinary(ace.group("who"))
        and _writes(ace.group("rights"))
        for ace in _ACE.finditer(dacl)
    )


def _is_ordinary(who: str) -> bool:
    return who in _ORDINARY or bool(_ORDINARY_SID.match(who))


def _pairs(text: str) -> list[str]:
    return [text[at : at + 2] for at in range(0, len(text), 2)]


def _writes(rights: str) -> bool:
    if re.match(r"0x[0-9a-fA-F]+\Z", rights):
        return bool(int(rights, 16) & _WRITING_BITS)
    return any(word in _WRITING_WORDS for word in _pairs(rights))
