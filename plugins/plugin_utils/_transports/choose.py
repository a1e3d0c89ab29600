# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The transport for a host: which one, or why none."""

from __future__ import annotations

from ansible.errors import AnsibleActionFail
from ansible.plugins.connection import ConnectionBase

from ansible_collections.gopher.devbox.plugins.module_utils._hosts.transport import Transport

from .family import kind_of, shell_of
from .ssh import SshTransport
from .winrm import IMPORT_ERROR, winrm_transport


def transport_for(connection: ConnectionBase, action: str) -> Transport:
    """The transport over a connection to a Windows host. Raises AnsibleActionFail naming what works where there is
    none.
    """
    if getattr(connection, "become", None) is not None:
        raise AnsibleActionFail(
            f"{action} does not use become on Windows: runas would start PowerShell. Set become: false on the "
            f"task, and connect as an account with the rights."
        )
    kind = kind_of(connection)
    if kind == "winrm":
        if IMPORT_ERROR is not None:
            raise AnsibleActionFail(
                f"{action} reaches this host over winrm, for which the controller needs pywinrm, and that cannot be "
                f"imported there: {IMPORT_ERROR}. Install it for the Python that runs Ansible: pip install pywinrm."
            )
        return winrm_transport(connection)
    if kind == "ssh" and shell_of(connection) == "cmd":
        return SshTransport(connection)
    if kind == "ssh":
        raise AnsibleActionFail(
            f"{action} over ssh needs cmd as the shell for now, and this host has {shell_of(connection) or 'another'}: "
            "set ansible_shell_type: cmd, with cmd.exe as sshd's DefaultShell, or connect over winrm."
        )
    raise AnsibleActionFail(
        f"{action} reaches Windows hosts over winrm, or over ssh with ansible_shell_type: cmd; {kind} does not "
        f"work yet."
    )
