# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is made once and kept: locales, Wine's server with another SID in it, compiled programs. All of it lies in a
cache directory.

Everything appears in its place by one rename, under a lock, so that several test runs may start at once.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import hashlib
import os
import re
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

PACKAGES = ("wine", "wine64", "gcc-mingw-w64-x86-64", "libz-mingw-w64-dev", "locales", "python3-hivex")
KNOWN_WINES = {8: "Debian 12", 10: "Debian 13"}
ANY_SYSTEM = "DEVBOX_ANY_SYSTEM"
"""Set to try a system that nobody has tried (tests/tools/packages.sh knows it too)."""
PROGRAMS = Path(__file__).with_name("programs")
COMPILER = "x86_64-w64-mingw32-gcc"
LIBRARIES = ("-l:libz.a", "-ladvapi32", "-lntdll", "-lwinhttp", "-lws2_32")
BASES = {"front_reg.c": "0x190000000"}
"""Where a program is loaded that must not be where Wine's own are."""


class MissingPackages(RuntimeError):
    """A program of a Debian package is not there."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"A Windows host for tests needs {what}, which is not installed.\n"
            f"It comes with Debian's packages {', '.join(PACKAGES)}:\n"
            f"    apt-get update && apt-get install --no-install-recommends {' '.join(PACKAGES)}"
        )


class UnknownWine(RuntimeError):
    """Wine is there, in a version that nobody has tried."""


def default_cache() -> Path:
    return Path(__file__).resolve().parents[2] / ".cache" / "winhost"


def program(name: str, *places: str) -> Path:
    """A program that must be there: the first of `places` that exists, else what PATH says."""
    for place in places:
        if os.access(place, os.X_OK):
            return Path(place)
    found = shutil.which(name)
    if found is None:
        raise MissingPackages(name)
    return Path(found).resolve()


def wine_loader() -> Path:
    return program("wine64", "/usr/lib/wine/wine64")


def wine_server() -> Path:
    return program("wineserver", "/usr/lib/wine/wineserver64")


@functools.cache
def python_with_hivex() -> Path:
    """The system's Python, where it has hivex; Debian has it for no other one."""
    python = Path("/usr/bin/python3")
    if not python.exists() or not Path("/usr/lib/python3/dist-packages/hivex").is_dir():
        raise MissingPackages("hivex for /usr/bin/python3")
    return python


@functools.cache
def wine_version() -> tuple[int, int]:
    """(10, 0) for `wine-10.0 (Debian 10.0~repack-6)`."""
    done = subprocess.run(
        [str(wine_loader()), "--version"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    found = re.match(r"wine-(\d+)\.(\d+)", done.stdout)
    if found is None:
        raise RuntimeError(
            f"wine64 --version did not say its version: {(done.stdout + done.stderr).strip() or 'it said nothing'}"
        )
    return int(found[1]), int(found[2])


def wine_problem(version: tuple[int, int], any_system: bool = False) -> str | None:
    """Why a Windows host for tests does not run on this Wine."""
    if version[0] in KNOWN_WINES or any_system:
        return None
    known = " or ".join(f"Wine {major} ({debian})" for major, debian in KNOWN_WINES.items())
    return (
        f"A Windows host for tests needs {known}; this is Wine {version[0]}.{version[1]}, whose cmd.exe and "
        f"reg.exe may answer otherwise. "
        f"Use one of these Debians, for instance in a container, or set {ANY_SYSTEM}=1 to try it with this Wine."
    )


def must_be_known() -> None:
    """Raises MissingPackages or UnknownWine where no Windows host can be made."""
    wine_server()
    program(COMPILER)
    program("localedef")
    python_with_hivex()
    problem = wine_problem(wine_version(), bool(os.environ.get(ANY_SYSTEM)))
    if problem:
        raise UnknownWine(problem)


def reason_it_cannot() -> str | None:
    """Why no Windows host can be made here, for people; None when it can."""
    try:
        must_be_known()
    except RuntimeError as error:
        return " ".join(str(error).split())
    return None


def fingerprint(*parts: str | bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "little") + data)
    return digest.hexdigest()[:16]


def identity(file: Path) -> str:
    """Changes when a package is upgraded."""
    known = file.stat()
    return f"{file} {known.st_size} {known.st_mtime_ns}"


@contextlib.contextmanager
def locked(file: Path) -> Iterator[None]:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def made(place: Path, make: Callable[[Path], None]) -> Path:
    """`place`, a directory, which `make` fills when it is not there yet."""
    if place.exists():
        return place
    with locked(place.with_name(place.name + ".lock")):
        if place.exists():
            return place
        draft = Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=place.parent))
        try:
            make(draft)
            draft.chmod(0o755)
            draft.rename(place)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
    return place


def run(words: list[str], *, env: dict[str, str] | None = None) -> None:
    with tempfile.TemporaryFile() as output:  # no pipe: a server that stays would hold it open
        done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=env, check=False)
        if done.returncode:
            output.seek(0)
            raise RuntimeError(
                f"{' '.join(words)} failed with {done.returncode}:\n{output.read().decode(errors='replace')}"
            )


# ------------------------------------------------------------------------------------------------------------ the parts


def locales(cache: Path, names: tuple[str, ...] = ("hi_IN", "zh_CN")) -> Path:
    """A directory for LOCPATH. Wine derives its OEM code page from the locale; the machine's own locales are left
    alone.
    """

    def make(draft: Path) -> None:
        localedef = program("localedef")
        for name in names:
            done = subprocess.run(
                [str(localedef), "-i", name, "-f", "UTF-8", str(draft / f"{name}.UTF-8")],
                capture_output=True,
                check=False,
            )
            if not (draft / f"{name}.UTF-8" / "LC_CTYPE").exists():
                raise RuntimeError(
                    f"localedef did not make {name}.UTF-8 (Debian package: "
                    f"locales):\n{done.stderr.decode(errors='replace')}"
                )

    return made(cache / f"locales-{fingerprint(*names)}", make)


def compiled(cache: Path) -> Path:
    """A directory with an .exe, .dll or .com for each source in programs/."""
    sources = sorted(PROGRAMS.glob("*.c"))
    key = fingerprint(
        *LIBRARIES,
        *BASES.values(),
        *(part for file in sorted(PROGRAMS.glob("*.[ch]")) for part in (file.name, file.read_bytes())),
    )

    def make(draft: Path) -> None:
        compiler = program(COMPILER)
        for source in sources:
            library = source.name.endswith(".dll.c")
            target = draft / source.stem if source.stem.endswith((".dll", ".com")) else draft / f"{source.stem}.exe"
            kind = ["-shared"] if library else ["-municode"]
            kind += [f"-Wl,--image-base,{BASES[source.name]}"] if source.name in BASES else []
            run([str(compiler), "-O2", "-s", "-static", "-Wall", *kind, "-o", str(target), str(source), *LIBRARIES])

    return made(cache / f"programs-{key}", make)


def server_with_sid(cache: Path, sid: str) -> Path:
    """Wine's server, for which the one user it knows has this SID: then HKEY_CURRENT_USER is the hive of that account.

    The SID stands in the program as a constant. Where it is not found (or `sid` has another shape) the server stays as
    it is, and HKEY_CURRENT_USER is a hive of its own.
    """
    original = wine_server()
    content = original.read_bytes()
    known, wanted = binary_sid("S-1-5-21-0-0-0-1000"), binary_sid(sid)
    if content.count(known) != 1 or len(known) != len(wanted):
        return original

    def make(draft: Path) -> None:
        # The server finds its data by its own place: ../../share/wine.
        place = draft / "lib" / "wine" / "wineserver"
        place.parent.mkdir(parents=True)
        place.write_bytes(content.replace(known, wanted))
        place.chmod(0o755)
        (draft / "share").symlink_to(original.parents[2] / "share")

    return made(cache / f"server-{fingerprint(content, sid)}", make) / "lib" / "wine" / "wineserver"


def binary_sid(sid: str) -> bytes:
    revision, authority, *parts = (int(part) for part in sid.split("-")[1:])
    return bytes([revision, len(parts)]) + authority.to_bytes(6, "big") + struct.pack(f"<{len(parts)}I", *parts)
