# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an audit document says in words, wherever it is shown. Pure."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.gopher.devbox.plugins.module_utils._go.audit import DEFAULTS

Document = t.Mapping[str, t.Any]

_STATES = {"denied": "may not be read", "not_looked": "not looked at", "damaged": "damaged"}
SEVERITIES = ("error", "warning", "info")


def platform_of(document: Document) -> str:
    """`linux/amd64`, or the family where more is not known."""
    found = document["platform"]
    text = "/".join(part for part in (found["goos"], found["goarch"]) if part) or str(found["family"])
    return f"{text} in WSL" if found["wsl"] else text


def is_default(held: t.Mapping[str, t.Any]) -> bool:
    return held["layer"] in DEFAULTS


def label(held: t.Mapping[str, t.Any], *more: str) -> str:
    """The layer of a value or an entry, and what more there is to say of it."""
    return ", ".join((str(held["layer"]), *(["managed"] if held["managed"] else []), *more))


def value_of(held: t.Mapping[str, t.Any]) -> str:
    """The value, or what is written where only running it shows what it comes to."""
    return str(held["value"]) if held["known"] else f"not known, it is written {held['raw'] or ''}"


def place_of(held: t.Mapping[str, t.Any]) -> str:
    """The file that a value is in; empty for none."""
    file = held["file"]
    if not file:
        return ""
    return f"{file['path']}, line {file['line']}" if file["line"] else str(file["path"])


def go_of(document: Document) -> str:
    """The go that a bare go starts."""
    go = document["go"]
    if go is None:
        return "none on PATH"
    return ", ".join((go["version"] or "of unknown version", go["file"]))


def remarks(entry: t.Mapping[str, t.Any]) -> list[str]:
    """What there is to say of an entry of PATH."""
    program = re.split(r"[\\/]", entry["go"])[-1] if entry["go"] else ""
    found = (
        (entry["directory"] == "", "means no directory"),
        (bool(program), program),
        (entry["shim"] is not None, f"of {entry['shim']}"),
        (entry["sdk"] is not None, str(entry["sdk"])),
        (entry["exists"] is False, "does not exist"),
        (entry["duplicate"], "again"),
        (entry["remote"], "on the network or on a drive of another session"),
        (entry["file_system"] is not None, f"on {entry['file_system']}"),
        (entry["writable"] == "yes", "writable by ordinary users"),
        (entry["writable"] == "likely", "likely writable by ordinary users"),
    )
    return [text for holds, text in found if holds]


def unread_lines(media: t.Iterable[t.Mapping[str, t.Any]]) -> list[str]:
    """Media of which it is not known what they hold; those with one reason in one line."""
    groups: dict[tuple[str, str, str], list[str]] = {}
    for medium in media:
        reason = str(medium["reason"] or "").rstrip(".")
        groups.setdefault((medium["medium"], medium["state"], reason), []).append(medium["place"])
    return [
        f"{medium}, {_STATES[state]}{f' ({reason})' if reason else ''}: {', '.join(places)}"
        for (medium, state, reason), places in groups.items()
    ]


def counted(severities: t.Iterable[str]) -> str:
    """`1 error, 2 warnings, 1 info`."""
    listed = list(severities)
    counts = [(severity, listed.count(severity)) for severity in SEVERITIES]
    return ", ".join(
        f"{count} {severity}{'s' if count > 1 and severity != 'info' else ''}" for severity, count in counts if count
    )
