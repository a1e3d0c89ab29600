"""Runs a program on the Windows host over bare pywinrm and prints its output: a check that shares nothing with what it
checks.

Usage: WINRM_ENDPOINT=… WINRM_USER=… WINRM_PASSWORD=… ask.py PROGRAM [ARGUMENT…]
"""

from __future__ import annotations

import os
import subprocess
import sys

from winrm.protocol import Protocol


def main(program: str, *arguments: str) -> int:
    protocol = Protocol(
        endpoint=os.environ["WINRM_ENDPOINT"],
        transport="basic",
        username=os.environ["WINRM_USER"],
        password=os.environ["WINRM_PASSWORD"],
    )
    if "\\" not in program:  # started by CreateProcess, which takes full paths
        program = rf"C:\Windows\System32\{program}"
    shell = protocol.open_shell(codepage=65001)
    try:
        command = protocol.run_command(
            shell, program, [subprocess.list2cmdline([item]) for item in arguments], skip_cmd_shell=True
        )
        try:
            output, errors, code = protocol.get_command_output(shell, command)
        finally:
            protocol.cleanup_command(shell, command)
    finally:
        protocol.close_shell(shell)
    sys.stdout.write(output.decode("utf-8"))
    sys.stderr.write(errors.decode("utf-8"))
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
