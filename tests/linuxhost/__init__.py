# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Linux host for tests: a real sshd, real PAM, sudo and shells, in a throwaway copy of this machine's own system.

`with LinuxHost.start() as host: host.ssh("dev-zsh", "go version")`
"""

from __future__ import annotations

from .accounts import ACCOUNTS, Account
from .host import LinuxHost
from .needs import reason_it_cannot

__all__ = ["ACCOUNTS", "Account", "LinuxHost", "reason_it_cannot"]
