# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Windows OpenSSH whose default shell is cmd.exe."""

from __future__ import annotations

import re
import typing as t

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.connection import ConnectionBase

from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import CutError
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.transport import (
    Command,
    Completed,
    Session,
    to_script,
    too_long,
)

from .cut import CutAtFirst

# What OpenSSH's client says, in English everywhere, when a session ends that had begun. What it says of a host that
# refuses, or lets nobody in, has other words: an account that is locked after some attempts is not tried again.
_CUT = re.compile(
    r"closed by remote host|client_loop|Broken pipe|Read from remote host|mux_client|not responding|Connection "
    r"to \S+ closed"
)


class SshTransport(Session):
    """See `Transport`. Each script is one command of sshd's `cmd.exe /c`, which may have run an AutoRun before
    (docs/facts.md, "Windows OpenSSH").
    """

    name = "ssh"
    fresh_environment = False
    holds_output = False

    def __init__(self, connection: ConnectionBase) -> None:
        self._connection: t.Any = connection
        self._answered = False

    def run(self, command: Command, stdin: bytes | None = None) -> Completed:
        try:
            line = "echo off&" + to_script(command).command_line()
        except ValueError as error:
            raise too_long(error) from error
        try:
            rc, stdout, stderr = self._connection.exec_command(line, in_data=stdin, sudoable=False)
        except AnsibleConnectionFailure as error:
            if self._answered:
                raise CutError(
                    f"The ssh connection was lost: {str(error).strip()}", "Run again.", lost=stdin is not None
                ) from error
            if _was_cut(str(error)):
                raise CutAtFirst(str(error)) from error
            raise  # the host was never reached: Ansible says so in its own way
        self._answered = True
        return Completed(rc, stdout, stderr)

    def fresh(self) -> None:
        """Each script has a session of its own; its variables are those of the day sshd was started."""


def _was_cut(text: str) -> bool:
    return "kex_exchange" not in text and _CUT.search(text) is not None
