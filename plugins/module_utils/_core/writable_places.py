# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Places of everybody's that others can write to. Pure."""

from __future__ import annotations

import typing as t

from .findings import Finding
from .windows import fold_path, is_within

#: where ordinary users cannot write unless somebody let them
_PROTECTED = ("C:\\Program Files", "C:\\Program Files (x86)", "C:\\Windows")


def writable_by_others(who: str, places: t.Sequence[str], advice: str) -> list[Finding]:
    """Who can write to an SDK for everybody, or to a directory above it, can exchange its go (docs/facts.md,
    "Writable directories").
    """
    if not places:
        return []
    return [
        Finding.of(
            "go_writable_by_users",
            f"{who} can write to {', '.join(places)}, so they can exchange the go that everybody runs.",
            f"{advice} (CWE-427).",
            places[0],
        )
    ]


def workspace_writable(writers: t.Mapping[str, str]) -> list[Finding]:
    """Who can write to a GOPATH of everybody's, whose bin is on the machine's PATH. writers: the groups of ordinary
    users, by directory.
    """
    places = [place for place, who in writers.items() if who]
    if not places:
        return []
    return [
        Finding.of(
            "go_writable_by_users",
            f"{' and '.join(dict.fromkeys(filter(None, writers.values())))} can write to {', '.join(places)}, so they "
            "can exchange programs that everybody runs.",
            r"Choose a GOPATH below C:\Program Files, or let only administrators write there (CWE-427).",
            places[0],
        )
    ]


def outside_program_files(dest: str) -> list[Finding]:
    """What is known of a place in a Windows whose permissions cannot be read: a directory made elsewhere can be written
    by ordinary users by default (docs/facts.md, "Writable directories").
    """
    if any(is_within(fold_path(dest, {}), fold_path(place, {})) for place in _PROTECTED):
        return []
    return [
        Finding.of(
            "go_writable_by_users",
            f"{dest} is outside Program Files, where ordinary users can write by default, so they can exchange the go "
            "that everybody runs.",
            r"Choose a dest below C:\Program Files, such as C:\Program Files\Go (CWE-427).",
            dest,
        )
    ]
