# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Go SDK as a directory of this host: looked at, unpacked beside its place and renamed into it, renamed aside and
removed.

What is not finished lies in a directory `.NAME.gopher-devbox-…` beside NAME, which its run has locked; so what a killed
run left is known by the lock that nobody has. Nothing is followed that is a link.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import hashlib
import os
import secrets
import shutil
import stat
import sys
import tarfile
import typing as t
import zipfile
import zlib

from .._core.errors import ApplyError
from .._formats.programs import parse_version
from .._formats.sdk_archive import DIRECTORY, FILE, LINK, OTHER, Member, Refused, Vet, foreign, mode_of
from .._go.sdk_request import Existing, Standing

_ASIDE = ".gopher-devbox-"
_PIECE = 1 << 20
_ZIP_HOST_UNIX = (3, 19)  # made-by systems whose external attributes hold a Unix mode [APPNOTE.TXT 4.4.2]
_DAMAGED = (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)

Chunks = t.Iterator[t.Tuple[Member, t.Optional[t.IO[bytes]]]]  # noqa: UP006


# --- archives --------------------------------------------------------------------------------------------------------


def sha256_of(path: str) -> str:
    """The SHA-256 of a file, in lower case."""
    state = hashlib.sha256()
    with open(path, "rb") as file:
        for piece in iter(lambda: file.read(_PIECE), b""):
            state.update(piece)
    return state.hexdigest()


@contextlib.contextmanager
def members(path: str) -> t.Iterator[Chunks]:
    """The members of a .tar.gz or .zip, by what it begins with, each with its bytes when it is a file. Raises Refused
    for what is neither, or damaged.
    """
    with open(path, "rb") as file:
        begin = file.read(4)
    try:
        if begin[:2] == b"\x1f\x8b":
            with tarfile.open(path, "r|gz") as tar:
                yield _of_tar(tar)
        elif begin == b"PK\x03\x04":
            with zipfile.ZipFile(path) as packed:
                yield _of_zip(packed)
        else:
            raise Refused("it is neither a .tar.gz nor a .zip file")
    except _DAMAGED as error:
        raise Refused(f"it is damaged ({str(error).strip() or type(error).__name__})") from error
    except OSError as error:
        if error.errno is not None:
            raise
        raise Refused(f"it is damaged ({error})") from error  # gzip.BadGzipFile


def _of_tar(tar: tarfile.TarFile) -> Chunks:
    for found in tar:
        kind = (
            FILE if found.isreg() else DIRECTORY if found.isdir() else LINK if found.issym() or found.islnk() else OTHER
        )
        yield Member(found.name, kind, found.mode, found.size), tar.extractfile(found) if kind == FILE else None


def _of_zip(packed: zipfile.ZipFile) -> Chunks:
    for found in packed.infolist():
        mode = found.external_attr >> 16 if found.create_system in _ZIP_HOST_UNIX else 0
        kinds = {0: FILE, stat.S_IFREG: FILE, stat.S_IFDIR: DIRECTORY, stat.S_IFLNK: LINK}
        kind = DIRECTORY if found.filename.endswith("/") else kinds.get(stat.S_IFMT(mode), OTHER)
        member = Member(found.orig_filename, kind, stat.S_IMODE(mode), found.file_size)
        if kind != FILE:
            yield member, None
            continue
        with packed.open(found) as content:
            yield member, content


def version_in(path: str) -> str | None:
    """The version that the archive of an SDK holds; None when its VERSION is not there or names none. Raises Refused,
    OSError.
    """
    with members(path) as found:
        for member, content in found:
            if member.name == "go/VERSION" and content is not None:
                return parse_version(content.read(4096).decode("utf-8", "replace"))
    return None


def unpack(path: str, target: str, windows: bool = False) -> None:
    """Unpack an SDK's archive into the directory `target`, which is made. Raises Refused, OSError."""
    vet = Vet(windows)
    os.mkdir(target)
    os.chmod(target, 0o755)  # noqa: S103 - everybody runs what is in it
    made = {target}
    with members(path) as found:
        for member, content in found:
            place = vet.take(member)
            if place is None:
                continue
            full = os.path.join(target, *place.split("/"))
            _make(full if content is None else os.path.dirname(full), made)
            if content is not None:
                _fill(full, content, mode_of(place, member.mode))
    vet.finish()


def _make(folder: str, made: set[str]) -> None:
    if folder in made:
        return
    _make(os.path.dirname(folder), made)
    os.mkdir(folder)
    os.chmod(folder, 0o755)  # noqa: S103
    made.add(folder)


def _fill(full: str, content: t.IO[bytes], mode: int) -> None:
    descriptor = os.open(full, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with open(descriptor, "wb") as file:
        shutil.copyfileobj(content, file, _PIECE)
        os.fchmod(descriptor, mode)


# --- what stands there -----------------------------------------------------------------------------------------------


def look(dest: str) -> Standing:
    """What stands at a place. Raises OSError when that cannot be told."""
    try:
        mode = os.lstat(dest).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return Standing(Existing.NOTHING)
    if stat.S_ISLNK(mode):
        return Standing(Existing.LINK)
    if not stat.S_ISDIR(mode):
        return Standing(Existing.FILE)
    names = os.listdir(dest)
    if not names:
        return Standing(Existing.EMPTY)
    version = None
    with contextlib.suppress(OSError), open(os.path.join(dest, "VERSION"), "rb") as file:
        version = parse_version(file.read(4096).decode("utf-8", "replace"))
    programs = os.path.join(dest, "bin")
    if version is None or os.path.islink(programs) or not os.path.isfile(os.path.join(programs, "go")):
        return Standing(Existing.OTHER)
    return Standing(Existing.SDK, version, tuple(foreign(names, os.listdir(programs))))


def open_to_others(dest: str) -> list[str]:
    """The SDK's own directories and those above it that somebody else than root, or this account, can write to: who
    does can exchange its go.
    """
    places = [os.path.join(dest, "bin", "go"), os.path.join(dest, "bin"), dest]
    while os.path.dirname(places[-1]) != places[-1]:
        places.append(os.path.dirname(places[-1]))
    wrong = []
    for place in places:
        with contextlib.suppress(OSError):
            found = os.stat(place)
            shared = found.st_mode & 0o002 or (found.st_mode & 0o020 and found.st_gid != 0)
            if (shared and not found.st_mode & stat.S_ISVTX) or found.st_uid not in (0, os.geteuid()):
                wrong.append(place)
    return wrong


def leads_into(path: str, dest: str) -> bool:
    """Whether a path, its links followed, is the SDK at `dest` or lies in it."""
    real, root = os.path.realpath(path), os.path.realpath(dest)
    return real == root or real.startswith(root.rstrip("/") + "/")


# --- changes ---------------------------------------------------------------------------------------------------------


class Aside:
    """The directory beside a place in which a run works. `sweep` tells how many a killed run had left."""

    def __init__(self, dest: str) -> None:
        self.dest = dest
        self.parent, self.name = os.path.split(dest)
        self.path = ""
        self._lock = -1

    def __enter__(self) -> Aside:  # noqa: PYI034 - Python 3.9 has no Self
        self._make_parents()
        self.path = os.path.join(self.parent, f".{self.name}{_ASIDE}{secrets.token_hex(4)}")
        os.mkdir(self.path, 0o700)
        self._lock = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        return self

    def __exit__(self, *_error: object) -> None:
        with contextlib.suppress(OSError):
            remove(self.path)
        os.close(self._lock)

    def _make_parents(self) -> None:
        missing = []
        place = self.parent
        while not os.path.isdir(place):
            missing.append(place)
            place = os.path.dirname(place)
        for folder in reversed(missing):
            os.mkdir(folder)
            os.chmod(folder, 0o755)  # noqa: S103 - everybody passes through

    @property
    def new(self) -> str:
        """Where the new SDK is unpacked, and where what it replaced or what is removed lies afterwards."""
        return os.path.join(self.path, "go")

    def put(self) -> None:
        """The new SDK in its place, at once; what stood there goes to `new`. Raises OSError; then what stood there
        stands there.
        """
        _sync(self._lock)
        if os.path.isdir(self.dest) and os.listdir(self.dest):
            from .replace import exchange  # only a replacement needs it

            if not exchange(self.new, self.dest):
                self._replace()
        else:
            os.rename(self.new, self.dest)
        self._settle()

    def _replace(self) -> None:
        """Where the system cannot exchange two directories: a moment without either."""
        old = os.path.join(self.path, "old")
        os.rename(self.dest, old)
        try:
            os.rename(self.new, self.dest)
        except OSError:
            os.rename(old, self.dest)
            raise

    def take(self) -> None:
        """What stands in the place goes to `new`, at once."""
        os.rename(self.dest, self.new)
        self._settle()

    def _settle(self) -> None:
        directory = os.open(self.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            with contextlib.suppress(OSError):  # some file systems cannot sync a directory
                os.fsync(directory)
        finally:
            os.close(directory)


def sweep(dest: str, check_mode: bool = False) -> int:
    """Remove what killed runs left beside `dest`, and give back an SDK that one had taken aside and not replaced. How
    many there were.
    """
    parent, name = os.path.split(dest)
    try:
        found = [os.path.join(parent, entry) for entry in os.listdir(parent) if entry.startswith(f".{name}{_ASIDE}")]
    except OSError:
        return 0
    return sum(1 for place in found if _swept(place, dest, check_mode))


def _swept(place: str, dest: str, check_mode: bool) -> bool:
    try:
        lock = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        if os.fstat(lock).st_uid != os.geteuid():
            return False
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not check_mode:
            old = os.path.join(place, "old")
            if os.path.isdir(old) and not os.path.lexists(dest):
                os.rename(old, dest)
            remove(place)
    except OSError:
        return False  # a run is at it, or it cannot be removed now
    finally:
        os.close(lock)
    return True


def remove(place: str) -> None:
    """Remove a directory with all in it, following no link. What Go made read-only (a module cache) goes too. Raises
    OSError.
    """

    def again(function: t.Callable[..., t.Any], path: str, info: t.Any) -> None:
        if not isinstance(info[1], PermissionError):
            raise info[1]
        for folder in (os.path.dirname(path), path):
            if not os.path.islink(folder) and os.path.isdir(folder):
                os.chmod(folder, 0o700)
        if function in (os.unlink, os.rmdir):
            function(path)
        else:
            shutil.rmtree(path)

    shutil.rmtree(place, onerror=again)


def _sync(descriptor: int) -> None:
    """All that was written to this file system onto its disk: one call instead of one for each of 16,000 files."""
    try:
        if sys.platform == "linux" and ctypes.CDLL(None, use_errno=True).syncfs(descriptor) == 0:
            return
    except AttributeError:
        pass
    os.sync()


def room_for(parent: str, archive: str) -> None:
    """Raises ApplyError when an archive's SDK does not fit: three to four times its size [1.27: 75 MB, 230 MB]."""
    place = parent
    while not os.path.isdir(place):
        place = os.path.dirname(place)
    need, free = 4 * os.path.getsize(archive), shutil.disk_usage(place).free
    if free < need:
        raise ApplyError(
            f"{place} has {free // 10**6} MB free, and the SDK needs about {need // 10**6}.",
            "Make room.",
            "Nothing was changed.",
        )


# --- who uses it -----------------------------------------------------------------------------------------------------


def running(dest: str, processes: str = "/proc") -> list[str]:
    """The programs of the SDK that run, as `go (4711)`, and a gopls that uses it: by GOROOT, or by the first go on its
    PATH.
    """
    if not os.path.isdir(os.path.join(processes, "self")):
        return _running_by_ps(dest)
    found = []
    for name in sorted(filter(str.isdigit, os.listdir(processes)), key=int):
        with contextlib.suppress(OSError):
            program = os.readlink(os.path.join(processes, name, "exe")).replace(" (deleted)", "")
            base = os.path.basename(program)
            if leads_into(program, dest) or (
                base == "gopls" and _gopls_uses(os.path.join(processes, name, "environ"), dest)
            ):
                found.append(f"{base} ({name})")
    return found


def _gopls_uses(file: str, dest: str) -> bool:
    with open(file, "rb") as content:
        pairs = [item.partition(b"=") for item in content.read().split(b"\0")]
    variables = {os.fsdecode(name): os.fsdecode(value) for name, _sep, value in pairs}
    if variables.get("GOROOT"):
        return leads_into(variables["GOROOT"], dest)
    first = next(
        (
            place
            for folder in variables.get("PATH", "").split(":")
            if folder and os.access(place := os.path.join(folder, "go"), os.X_OK)
        ),
        None,
    )
    return first is not None and leads_into(first, dest)


def _running_by_ps(dest: str) -> list[str]:
    """Where there is no /proc (macOS): ps tells the full path of each program."""
    import subprocess

    try:
        # Without AnsibleModule, whose run_command it would be.
        # pylint: disable=ansible-bad-function
        told = subprocess.run(["/bin/ps", "-axo", "pid=,comm="], capture_output=True, check=False)
    except OSError as error:
        raise ApplyError(
            f"What runs could not be told: ps did not start ({error.strerror}).",
            "Look at /bin/ps.",
            "Nothing was changed.",
        ) from error
    return parse_ps(os.fsdecode(told.stdout), dest)


def parse_ps(text: str, dest: str) -> list[str]:
    """The programs below `dest` among what `ps -axo pid=,comm=` printed."""
    pairs = [line.strip().partition(" ") for line in text.splitlines()]
    programs = [(pid, program.strip()) for pid, _sep, program in pairs]
    return [
        f"{os.path.basename(program)} ({pid})"
        for pid, program in programs
        if program.startswith("/") and leads_into(program, dest)
    ]
