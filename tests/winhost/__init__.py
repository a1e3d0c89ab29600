# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Windows host for tests: real pywinrm and real Ansible in front, a real Win32 registry, cmd.exe, reg.exe and go.exe
behind.

`with WinHost.start() as host: host.inventory("hosts.yml")`
"""

from __future__ import annotations

from .counters import Counters, Counts
from .faults import Fault, Faults
from .host import WinHost
from .prefix import Account, Prefix
from .service import Settings
from .tooling import reason_it_cannot
from .wsl import Distro, can_wsl

__all__ = [
    "Account",
    "Counters",
    "Counts",
    "Distro",
    "Fault",
    "Faults",
    "Prefix",
    "Settings",
    "WinHost",
    "can_wsl",
    "reason_it_cannot",
]
