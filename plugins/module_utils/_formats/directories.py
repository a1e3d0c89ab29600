# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looking up directories of a Windows host: the question as a script, the answer as what is known of each. Pure."""

from __future__ import annotations

import re
import typing as t

from .._core.errors import ReadError
from .._core.state import Directory
from . import frames, programs
from .cmdscript import LOOP, for_each, if_, quote

#: what cmd.exe runs for a bare name, in its order
PATHEXT = (".com", ".exe", ".bat", ".cmd")


def lookup(mark: str, paths: t.Sequence[str]) -> list[str]:
    """For each path: `#`, r (its drive is there), d (it exists), a and its attributes, the go files in it, v and the
    VERSION of its parent.
    """
    item = f"{LOOP}~i"
    version = f'"{item}\\..\\VERSION"'
    checks = [
        "echo #",
        if_(f'exist "{LOOP}~di\\*"', "echo r"),
        if_(f'exist "{item}\\"', "echo d"),
        f"echo a{LOOP}~ai",
        *(if_(f'exist "{item}\\go{ending}"', f"echo go{ending}") for ending in PATHEXT),
        if_(f"exist {version}", "echo v"),
        if_(f"exist {version}", f"type {version}"),
        "echo.",
    ]
    return frames.framed(mark, "dirs", for_each(f"{LOOP}i in ({' '.join(quote(path) for path in paths)})", checks))


def parse_lookup(paths: t.Sequence[str], text: str) -> list[tuple[str, Directory]]:
    """(path, what is known of it) for each path looked up. Raises ReadError when the answers do not match the
    questions.
    """
    blocks = answers(text)
    if len(blocks) != len(paths):
        raise ReadError(f"{len(paths)} directories were looked up, and {len(blocks)} answers came.", "Run again.")
    return [(path, _directory(path, lines)) for path, lines in zip(paths, blocks)]


def answers(text: str) -> list[list[str]]:
    """The lines behind each `#`."""
    return [[line.strip() for line in part.splitlines()] for part in re.split(r"(?m)^# *\r*$\n?", text)[1:]]


def file_in_the_way(file: str, path: str) -> str:
    """That a directory cannot be made, as a sentence."""
    below = "" if file == path else f", so {path} cannot be made"
    return f"{file} is a file, and no directory{below}. Move it away, or name another directory."


def _directory(path: str, lines: t.Sequence[str]) -> Directory:
    at = lines.index("v") if "v" in lines else len(lines)
    flags = lines[:at]
    go = next((f"go{ending}" for ending in PATHEXT if f"go{ending}" in flags), None)
    exists: bool | None = "d" in flags
    if not exists and "r" not in flags:
        exists = None
    obstacle = ""
    if any(flag.startswith("a-") for flag in flags):
        exists, obstacle = False, file_in_the_way(path, path)
    version = programs.parse_version("\n".join(lines[at + 1 :])) if at < len(lines) else None
    return Directory(exists, go, version, obstacle=obstacle)
