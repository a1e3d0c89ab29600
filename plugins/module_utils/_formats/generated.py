# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a diff shows of generated text that comes or goes as a whole: one rule for launchers, start files and blocks in
them. Pure.
"""

from __future__ import annotations

import typing as t

#: lines of a text that is shown whole
WHOLE = 8
_COMMENTS = ("#", "@rem", "rem ", "::")


def summary(text: str, says: t.Callable[[str], bool] = lambda _line: False) -> str:
    """A short text as it is; of a longer one the comment at its top, the lines that hold values, and how many others
    there are.

    says: whether a line holds a value.
    """
    lines = text.splitlines(keepends=True)
    if len(lines) <= WHOLE:
        return text
    top = next((number for number, line in enumerate(lines) if not line.startswith(_COMMENTS)), len(lines))
    shown = [*lines[:top], *(line for line in lines[top:] if says(line))]
    return "".join([*shown, f"... and {len(lines) - len(shown)} lines that are generated\n"])
