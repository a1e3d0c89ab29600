# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cmd.exe that knows delayed expansion: that of Wine 10, which runs on Wine 8.

Wine 8's takes `!NAME:~0,5!` and `for /f … in ("!NAME!")` as they stand, which no batch file that is safe for any text
can do without. Wine 10's does both as Windows does. Where Wine 10 is installed it is that one. Else it comes from the
next Debian's package, by apt and from where this machine has its packages, with lists of its own: nothing is installed.
`DEVBOX_CMD_EXE` names another one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from .tooling import default_cache, made, wine_loader, wine_version

VARIABLE = "DEVBOX_CMD_EXE"
SUITE, PACKAGE = "trixie", "libwine"
INSIDE = "./usr/lib/x86_64-linux-gnu/wine/x86_64-windows/cmd.exe"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
NEWER = (9, 0)
"""From here on the installed Wine's own does."""
BUILTIN = b"Wine builtin DLL"


def cmd_exe(cache: Path | None = None) -> Path:
    """The program, fetched at the first call (some 200 MB, of which it keeps 2). Raises RuntimeError where it cannot be
    had.
    """
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    if wine_version() >= NEWER:
        return next(place for place in (Path("/") / INSIDE, wine_loader().with_name("cmd.exe")) if place.is_file())
    return made((cache or default_cache()) / f"cmd-{SUITE}", _fetch) / "cmd.exe"


def install(system32: Path) -> None:
    """Make it the cmd.exe of a prefix."""
    source = cmd_exe()
    target = next(place for place in system32.iterdir() if place.name.lower() == "cmd.exe")
    target.unlink()
    shutil.copy(source, target)


def debian_archive() -> str:
    """Where this machine's apt has Debian from. Raises RuntimeError where it has it from nowhere."""
    lines = _run("apt-get", "indextargets", "--format", "$(REPO_URI) $(COMPONENT) $(LABEL)").splitlines()
    found = next((line.split()[0] for line in lines if line.endswith(" main Debian")), "")
    if not found:
        raise RuntimeError("apt has no lists of Debian's packages here")
    return found


def _fetch(draft: Path) -> None:
    archive = debian_archive()
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        for name in ("lists/partial", "archives/partial"):
            (root / name).mkdir(parents=True)
        (root / "status").touch()
        (root / "sources.list").write_text(f"deb [signed-by={KEYRING}] {archive} {SUITE} main\n")
        options = [
            "Dir::Etc::sourcelist=" + f"{root}/sources.list",
            "Dir::Etc::sourceparts=/dev/null",
            f"Dir::State::lists={root}/lists",
        ]
        options += [f"Dir::Cache={root}", f"Dir::State::status={root}/status", "APT::Sandbox::User=root"]
        apt = ["apt-get", "-q", *(word for option in options for word in ("-o", option))]
        _run(*apt, "update")
        _run(*apt, "download", f"{PACKAGE}:amd64", cwd=root)
        package = next(root.glob("*.deb"))
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(package)], stdout=subprocess.PIPE) as tar:
            _run("tar", "-x", "-C", str(root), INSIDE, stdin=tar.stdout)
        # With this mark the loader takes the installed Wine's program in its place.
        program = (root / INSIDE).read_bytes()
        (draft / "cmd.exe").write_bytes(program.replace(BUILTIN, bytes(len(BUILTIN)), 1))


def _run(*words: str, cwd: Path | None = None, stdin: object = None) -> str:
    done = subprocess.run(
        words, cwd=cwd, stdin=stdin or subprocess.DEVNULL, capture_output=True, text=True, check=False
    )  # type: ignore[call-overload]
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)} failed with {done.returncode}:\n{done.stdout}{done.stderr}")
    return str(done.stdout)
