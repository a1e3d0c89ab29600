# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run of the tests leaves out on this machine, and why: python -m left_out prints it before they start,
conftest.py applies it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Mapping

PROGRAMS = {"zsh": "zsh", "fish": "fish", "ssh": "openssh-client", "strace": "strace", "direnv": "direnv"}
"""Programs that single tests run, and the Debian packages that they are in."""

POWERSHELL = "DEVBOX_PWSH"
"""Stands in the reason of each test that is skipped for want of a PowerShell."""

FUSE = "/dev/fuse"
"""Stands in the reason of each test that mounts an image and could not: containers often may not."""

LEFT_OUT = "DEVBOX_LEFT_OUT"
"""The variable that is `fail` where all programs are there, as in CI: a skipped test is a failed one then."""


def left_out(windows: str | None, linux: str | None, uid: int, which: Callable[[str], str | None]) -> list[str]:
    """One line for each kind of tests that will be skipped. `windows`, `linux`: why there can be no such host."""
    out = []
    if windows:
        out.append(f"Windows hosts of the tests: {windows}")
    if linux:
        out.append(f"Linux hosts of the tests: one {linux}.")
    if uid != 0:
        out.append("What acts as root or as another account of this machine: this account is not root.")
    missing = {name: package for name, package in PROGRAMS.items() if which(name) is None}
    if missing:
        out.append(f"What runs {', '.join(missing)}: not installed (Debian: {' '.join(missing.values())}).")
    return out


def powershell_missing(reasons: Iterable[str], environ: Mapping[str, str]) -> str | None:
    """One sentence for the tests that were skipped because no PowerShell is named."""
    count = sum(POWERSHELL in reason for reason in reasons)
    if not count:
        return None
    missing = [
        f"{name} ({what})"
        for name, what in (("DEVBOX_PWSH", "pwsh of Linux"), ("DEVBOX_PWSH_EXE", "pwsh.exe, which Wine runs"))
        if not environ.get(name)
    ]
    tests = "1 test was" if count == 1 else f"{count} tests were"
    return (
        f"{tests} left out for want of a PowerShell engine: set {' and '.join(missing)}, or have .ci/run "
        f"unpack the archives in DEVBOX_TOOLS/powershell."
    )


def main() -> None:
    import linuxhost
    import winhost

    lines = left_out(winhost.reason_it_cannot(), linuxhost.reason_it_cannot(), os.geteuid(), shutil.which)
    if lines:
        print("Left out in this run:")
        print("".join(f"  - {line}\n" for line in lines), end="", flush=True)


if __name__ == "__main__":
    main()
