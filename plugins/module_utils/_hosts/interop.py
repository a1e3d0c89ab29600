# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Windows programs from inside WSL, by interop: a script becomes a batch file, because interop escapes quotes on
command lines.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import typing as t

from .._core.errors import TransportError
from .._formats.cmdscript import LOOP, Script
from .transport import Command, Completed, Session, to_script

_USUAL = "/mnt/c/Windows/System32/cmd.exe"


def is_wsl(environ: t.Mapping[str, str] | None = None) -> bool:
    """Whether this host is a WSL distro with interop: WSL's own variables, or its kernel's name."""
    environ = os.environ if environ is None else environ
    if environ.get("WSL_DISTRO_NAME") or environ.get("WSL_INTEROP"):
        return True
    try:
        with open("/proc/sys/kernel/osrelease", encoding="ascii", errors="replace") as file:
            return "microsoft" in file.read().lower()
    except OSError:
        return False


class InteropTransport(Session):
    """See `Transport`. The Windows side is the one this distro runs on, as the Windows user who started it."""

    name = "WSL interop"
    fresh_environment = False
    holds_output = False

    def __init__(self, timeout: float = 300.0) -> None:
        self._timeout = timeout
        self.distro = os.environ.get("WSL_DISTRO_NAME", "")
        self._cmd = shutil.which("cmd.exe") or _USUAL
        self._wslpath = shutil.which("wslpath")
        if not os.path.exists(self._cmd) or self._wslpath is None:
            raise TransportError(
                "Neither cmd.exe on PATH nor /mnt/c/Windows/System32/cmd.exe with wslpath was found, so the "
                "Windows side cannot be reached from here.",
                "Enable interop in /etc/wsl.conf ([interop] enabled=true), or manage the Windows host over winrm "
                "or ssh.",
            )

    def run(self, command: Command, stdin: bytes | None = None) -> Completed:
        script = to_script(command)
        with tempfile.TemporaryDirectory(prefix="gopher-devbox-") as directory:
            file = os.path.join(directory, "script.cmd")
            with open(file, "w", encoding="utf-8", newline="") as out:
                out.write(_batch(script))
            return self._start([self._cmd, "/d", "/e:on", "/v:off", "/c", self._windows_path(file)], stdin)

    def fresh(self) -> None:
        """Nothing to do: each script has a process of its own."""

    def _windows_path(self, path: str) -> str:
        done = self._start([t.cast(str, self._wslpath), "-w", path], None)
        found = done.stdout.decode("utf-8", "replace").strip()
        if done.rc or not found:
            raise TransportError(
                f"wslpath could not name {path} for Windows: {done.stderr.decode('utf-8', 'replace').strip()}"
            )
        return found

    def _start(self, argv: list[str], stdin: bytes | None) -> Completed:
        try:
            # Bytes in and out, a time limit, and no AnsibleModule at hand.
            done = subprocess.run(  # pylint: disable=ansible-bad-function
                argv,
                input=stdin if stdin is not None else b"",
                capture_output=True,
                check=False,
                timeout=self._timeout,
                cwd=os.path.dirname(self._cmd) or None,
            )
        except subprocess.TimeoutExpired as error:
            raise TransportError(
                f"{argv[0]} did not end within {self._timeout:.0f} seconds.",
                "Look for a dialog or a hanging program.",
                lost=True,
            ) from error
        except OSError as error:
            raise TransportError(
                f"{argv[0]} could not be started: {error.strerror}.", "Check that WSL interop works: cmd.exe /c ver"
            ) from error
        return Completed(done.returncode, done.stdout, done.stderr)


def _batch(script: Script) -> str:
    """The script in a batch file that reads it as UTF-8 and puts the console's code page back."""
    before = (
        f"@echo off\r\nfor /f \"tokens=2 delims=:.\" {LOOP}c in ('chcp') do set "
        f"GOPHER_DEVBOX_PAGE={LOOP}c\r\nchcp 65001 >nul 2>&1\r\n"
    )
    return before.replace(LOOP, "%%") + script.batch() + "chcp %GOPHER_DEVBOX_PAGE% >nul 2>&1\r\n"
