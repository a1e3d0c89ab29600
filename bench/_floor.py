# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The least that reading a Windows host over WinRM can cost: pywinrm alone, its imports done, in one process.

A program of its own, so that the host's threads do not take turns with it. Reads JSON from standard input, prints JSON.
"""

from __future__ import annotations

import base64
import hashlib
import json
import resource
import sys
import time
from typing import Any

from winrm.protocol import Protocol


def once(asked: dict[str, Any]) -> str:
    """A shell is opened, the recorded commands run in it, it is closed. The result is a digest of what they printed."""
    protocol = Protocol(asked["endpoint"], transport="basic", username=asked["user"], password=asked["password"])
    shell = protocol.open_shell(codepage=int(asked["codepage"]), idle_timeout=asked["idle_timeout"] or None)
    digest = hashlib.sha256()
    for item in asked["commands"]:
        command = protocol.run_command(
            shell,
            item["command"],
            item["arguments"],
            console_mode_stdin=item["console_mode_stdin"],
            skip_cmd_shell=item["skip_cmd_shell"],
        )
        if item["stdin"] is not None:
            protocol.send_command_input(shell, command, base64.b64decode(item["stdin"]), end=True)
        stdout, stderr, code = protocol.get_command_output(shell, command)
        digest.update(b"%d %d %d" % (len(stdout), len(stderr), code))
        if code or not (stdout or asked["silent"]):
            raise SystemExit(
                f"The read command printed {len(stdout)} bytes; exit code {code}: {stderr.decode(errors='replace')}"
            )
    protocol.close_shell(shell)
    return digest.hexdigest()


def main() -> None:
    asked = json.load(sys.stdin)
    if asked["warm"]:
        once(asked)
    before = resource.getrusage(resource.RUSAGE_SELF)
    start = time.perf_counter()
    for _ in range(asked["count"]):
        once(asked)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_SELF)
    json.dump({"wall": wall, "cpu": after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime}, sys.stdout)


if __name__ == "__main__":
    main()
