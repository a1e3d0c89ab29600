# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which syntax of paths a family of hosts has. Pure."""

from __future__ import annotations

from .medium import Syntax
from .posix import POSIX


def syntax_of(family: str) -> Syntax:
    """The syntax of `windows`, or of every other family."""
    if family != "windows":
        return POSIX
    from .windows import WINDOWS  # other hosts need none of it

    return WINDOWS
