# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PowerShell for a host that has none: the engine in a directory becomes the host's powershell.exe.

The directory is put together from hard links where that is possible, so a host costs no copy of it; the program itself
goes by the name that clients call. (Symbolic links will not do: .NET resolves them, to a place on a drive that the host
does not have.)
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Protocol

HOME = r"C:\windows\system32\WindowsPowerShell\v1.0"
VARIABLE = "DEVBOX_PWSH_EXE"


class Directories(Protocol):
    def unix_path(self, windows_path: str) -> Path: ...


def engine(wish: Path | str | bool | None) -> Path | None:
    """The engine's program: as given, from the environment for True, or none."""
    if wish is None or wish is False:
        return None
    path = os.environ.get(VARIABLE, "") if wish is True else str(wish)
    if not path:
        raise RuntimeError(f"PowerShell was asked for, but {VARIABLE} names no pwsh.exe")
    if not Path(path).is_file():
        raise RuntimeError(f"PowerShell was asked for, but {path} is not a file")
    return Path(path).resolve()


def install(prefix: Directories, program: Path) -> Path:
    """Make `program` and what lies beside it the powershell.exe of this prefix."""
    home = Path(prefix.unix_path(HOME))
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    for item in program.parent.iterdir():
        _put(item, home / ("powershell.exe" if item.name == program.name else item.name))
    return home / "powershell.exe"


def _put(source: Path, target: Path) -> None:
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copy2(source, target)
