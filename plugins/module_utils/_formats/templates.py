# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts with places to fill in, and how shells quote. Pure."""

from __future__ import annotations

import re


def fill(template: str, **parts: str) -> str:
    """`template` with each `@NAME@` replaced, in one pass: what is put in is not looked at again. Raises KeyError for a
    name without a part.
    """
    return re.sub(r"@([A-Z]+)@", lambda found: parts[found.group(1)], template)


def sh_quote(text: str) -> str:
    """`text` as one word of a POSIX shell."""
    return "'" + text.replace("'", "'\\''") + "'"


#: at the beginning of a path: below the home of whoever reads it
BELOW_HOME = "~/"


def sh_path(path: str) -> str:
    """A path as one word of a POSIX shell, or below its home."""
    return '"$HOME"' + sh_quote(path[1:]) if path.startswith(BELOW_HOME) else sh_quote(path)


def fish_path(path: str) -> str:
    """The same for fish."""
    return "$HOME" + fish_quote(path[1:]) if path.startswith(BELOW_HOME) else fish_quote(path)


def fish_quote(text: str) -> str:
    """`text` as one word of fish."""
    return "'" + re.sub(r"(['\\])", r"\\\1", text) + "'"


def powershell_quote(text: str) -> str:
    """`text` as a string of PowerShell, which takes typographic single quotes for quotes, too; a doubled one means
    itself.
    """
    return "'" + re.sub("(['\u2018\u2019\u201a\u201b])", r"\1\1", text) + "'"
