# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What kind of host a connection leads to, known from its settings and never from facts (gathering them starts
PowerShell).
"""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.connection import ConnectionBase

WINDOWS, POSIX = "windows", "posix"


def family_of(connection: ConnectionBase, named: t.Any = None) -> str:
    """`windows` or `posix`: winrm and psrp are Windows, ssh by its shell's family; `named`, the variable
    go_env_platform, overrules.
    """
    if named is not None:
        if named not in (WINDOWS, POSIX):
            raise AnsibleActionFail(f"go_env_platform is {named!r}; it is windows or posix.")
        return str(named)
    if kind_of(connection) in ("winrm", "psrp"):
        return WINDOWS
    return WINDOWS if shell_of(connection) in ("cmd", "powershell") else POSIX


def kind_of(connection: ConnectionBase) -> str:
    """The short name of a connection plugin."""
    return str(getattr(connection, "transport", "")).rpartition(".")[2]


def shell_of(connection: ConnectionBase) -> str:
    """The family of the connection's shell plugin: sh, cmd, powershell …"""
    return str(getattr(getattr(connection, "_shell", None), "SHELL_FAMILY", ""))
