# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The system and the processor of this host, as Go calls them."""

from __future__ import annotations

import os

from .._core.processors import processor
from .._go.sdks import Platform


def this_platform() -> Platform | None:
    """(GOOS, GOARCH) of this host, None for a processor that Go has no name for."""
    system = os.uname()
    arch = processor(system.machine)
    return (system.sysname.lower(), arch) if arch else None
