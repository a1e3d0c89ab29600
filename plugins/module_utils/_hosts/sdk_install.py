# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Go SDK as a directory of this host: looked at, unpacked beside its place and renamed into it, renamed aside and
deleted.

What is not finished is in a directory `.NAME.gopher-devbox-…` beside NAME, which its run has locked; so what a killed
run left is known by the lock that nobody has. No link is followed.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import hashlib
import importlib.util
import itertools
import os
import secrets
import shutil
import stat
import subprocess
import sys
import tarfile
import typing as t
import zipfile
from functools import partial

from .._core.account import Account
from .._core.errors import ApplyError
from .._core.findings import Finding
from .._core.writable_places import writable_by_others
from .._formats.executables import HEAD, platform_of
from .._formats.programs import parse_version
from .._formats.sdk_archive import DIRECTORY, FILE, LINK, OTHER, Member, Refused, Vet, foreign, mode_of
from .._go.sdk_checks import missing_programs
from .._go.sdk_request import Archive, Contents, Existing, Facts, Occupant, Removed, Request, Tried
from .._go.sdks import Platform
from .processor import this_platform
from .sdk_host import Progress

_ASIDE = ".gopher-devbox-"
_PIECE = 1 << 20
_ZIP_HOST_UNIX = (3, 19)  # made-by systems whose external attributes hold a Unix mode [APPNOTE.TXT 4.4.2]
_PATIENCE = 30.0  # seconds for a go to say its version

#: how a host fetches an address into a file; raises ApplyError
Fetch = t.Callable[[str, str], None]
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
    import zlib  # a Python can be built without

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
    except (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
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


def contents_of(path: str) -> Contents:
    """What the archive of an SDK holds. It is read no further than its VERSION and its go. Raises Refused, OSError."""

    version: str | None = None
    platform: Platform | None = None
    left = {"go/VERSION", "go/bin/go", "go/bin/go.exe"}
    with members(path) as found:
        for member, content in found:
            if member.name not in left or content is None:
                continue
            if member.name == "go/VERSION":
                version = parse_version(content.read(4096).decode("utf-8", "replace"))
                left.discard(member.name)
            else:
                platform = platform_of(content.read(HEAD))
                left -= {"go/bin/go", "go/bin/go.exe"}
            if not left:
                break
    return Contents(version, platform)


def unpack(path: str, target: str, windows: bool = False) -> None:
    """Unpack an SDK's archive into the directory `target`, which is made. Raises Refused, OSError."""
    vet = Vet(windows)
    os.mkdir(target)
    _permit(target, 0o755)  # everybody runs what is in it
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
    _permit(folder, 0o755)
    made.add(folder)


def _permit(place: str | int, mode: int) -> None:
    """Give a file these permissions, where its file system has any: that of a mounted image may have none."""
    try:
        os.chmod(place, mode)
    except OSError as error:
        if error.errno not in (errno.EOPNOTSUPP, errno.ENOSYS):
            raise


def _fill(full: str, content: t.IO[bytes], mode: int) -> None:
    descriptor = os.open(full, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with open(descriptor, "wb") as file:
        shutil.copyfileobj(content, file, _PIECE)
        _permit(descriptor, mode)


# --- what is there ---------------------------------------------------------------------------------------------------


def look(dest: str, go: str = "go") -> Occupant:
    """What is at a place; `go` is what an SDK's program is called. Raises OSError when that cannot be seen."""
    try:
        mode = os.lstat(dest).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return Occupant(Existing.NOTHING)
    if stat.S_ISLNK(mode):
        return Occupant(Existing.LINK)
    if not stat.S_ISDIR(mode):
        return Occupant(Existing.FILE)
    names = os.listdir(dest)
    if not names:
        return Occupant(Existing.EMPTY)
    version = None
    with contextlib.suppress(OSError), open(os.path.join(dest, "VERSION"), "rb") as file:
        version = parse_version(file.read(4096).decode("utf-8", "replace"))
    programs = os.path.join(dest, "bin")
    if version is None or os.path.islink(programs) or not os.path.isfile(os.path.join(programs, go)):
        return Occupant(Existing.OTHER)
    return Occupant(Existing.SDK, version, tuple(foreign(names, os.listdir(programs))))


def open_to_others(dest: str) -> list[str]:
    """The SDK's own directories and those above it that others than root, or this account, can write to: they
    can exchange its go.
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
    """Whether a path, its links followed, is the SDK at `dest` or is in it."""
    real, root = os.path.realpath(path), os.path.realpath(dest)
    return real == root or real.startswith(root.rstrip("/") + "/")


# --- changes ---------------------------------------------------------------------------------------------------------


class Aside:
    """The directory beside a place in which a run works."""

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
            _permit(folder, 0o755)  # everybody passes through

    @property
    def new(self) -> str:
        """Where the new SDK is unpacked, and where what it replaced or what is removed is afterwards."""
        return os.path.join(self.path, "go")

    def put(self) -> None:
        """The new SDK in its place, at once; what was there is at `new` then. Raises OSError; then what was there is
        there.
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
        """What is in the place is moved to `new`, at once."""
        os.rename(self.dest, self.new)
        self._settle()

    def _settle(self) -> None:
        directory = os.open(self.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            with contextlib.suppress(OSError):  # some file systems cannot sync a directory
                os.fsync(directory)
        finally:
            os.close(directory)


def leftovers(dest: str) -> list[str]:
    """The directories that killed runs left beside `dest`."""
    parent, name = os.path.split(dest)
    try:
        found = [os.path.join(parent, entry) for entry in os.listdir(parent) if entry.startswith(f".{name}{_ASIDE}")]
    except OSError:
        return []
    return [place for place in found if _alone_in(place, lambda: None)]


def sweep(dest: str, places: t.Iterable[str]) -> int:
    """Remove these directories, where no run uses them, and give back an SDK that a run had taken aside and not
    replaced. How many there were.
    """

    def swept(place: str) -> None:
        old = os.path.join(place, "old")
        if os.path.isdir(old) and not os.path.lexists(dest):
            os.rename(old, dest)
        remove(place)

    return sum(1 for place in places if _alone_in(place, partial(swept, place)))


def _alone_in(place: str, do: t.Callable[[], None]) -> bool:
    """Whether no run uses a directory of this account, and `do` was done with it."""
    try:
        lock = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        if os.fstat(lock).st_uid != os.geteuid():
            return False
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        do()
    except OSError:
        return False  # a run uses it, or it cannot be removed now
    finally:
        os.close(lock)
    return True


def remove(place: str) -> None:
    """Remove a directory with all in it, following no link, also what Go made read-only (a module cache). Raises
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
    """Where there is no /proc (macOS): ps prints the full path of each program."""
    try:
        # Without AnsibleModule, whose run_command it would be.
        # pylint: disable=ansible-bad-function
        printed = subprocess.run(["/bin/ps", "-axo", "pid=,comm="], capture_output=True, check=False)
    except OSError as error:
        raise ApplyError(
            f"What runs is not known: /bin/ps did not start ({error.strerror}).",
            "Look at /bin/ps.",
            "Nothing was changed.",
        ) from error
    return parse_ps(os.fsdecode(printed.stdout), dest)


def parse_ps(text: str, dest: str) -> list[str]:
    """The programs below `dest` among what `ps -axo pid=,comm=` printed."""
    pairs = [line.strip().partition(" ") for line in text.splitlines()]
    programs = [(pid, program.strip()) for pid, _sep, program in pairs]
    return [
        f"{os.path.basename(program)} ({pid})"
        for pid, program in programs
        if program.startswith("/") and leads_into(program, dest)
    ]


# --- the host --------------------------------------------------------------------------------------------------------


class LocalSdk:
    """See `sdk_host.SdkHost`: the SDK at one place of this host. fetch: fetches an address into a file. place: where
    `dest` is on this machine, where that is another path.
    """

    windows = False

    def __init__(self, request: Request, me: Account, fetch: Fetch, place: str = "") -> None:
        self.request, self._me, self._fetch = request, me, fetch
        self.place = place or request.dest
        self.said = ""
        self._aside: Aside | None = None

    @property
    def aside(self) -> Aside:
        if self._aside is None:
            raise ValueError("nothing is prepared")
        return self._aside

    @property
    def _archive(self) -> str:
        return os.path.join(self.aside.path, "archive")

    def platform(self) -> Platform | None:
        """GOOS and GOARCH of what the SDK is for."""
        return this_platform()

    def _look(self, place: str) -> Occupant:
        return look(place, "go.exe" if self.windows else "go")

    def look(self) -> Facts:
        request = self.request
        return Facts(
            self._look(self.place),
            self.platform(),
            tuple(leftovers(self.place)),
            not request.present or not request.remote_src or bool(_files(request.src or "")),
            self.not_allowed(),
            missing_programs(list(missing_of_python(request)), "Install it: it belongs to a whole Python."),
        )

    def not_allowed(self) -> tuple[Finding, ...]:
        """What is in the way of any change."""
        if not self.request.machine or self._me.elevated:
            return ()
        message = f"An SDK for everybody belongs to root, and this session is {self._me.name}'s."
        return (Finding.of("not_root", message, "Set become: true, or scope: user.", self._me.name),)

    def sweep(self, leftovers: t.Sequence[str]) -> int:
        return sweep(self.place, leftovers)

    def references(self) -> list[str]:
        raise NotImplementedError  # what names an SDK is known where start files are

    def running(self, referenced: bool) -> list[str]:  # noqa: ARG002 - each program of this host is looked at
        return running(self.place)

    def prepare(self) -> int | None:
        self._aside = Aside(self.place).__enter__()
        return _free(self._aside.path)

    def send(self, pieces: t.Iterable[bytes], progress: Progress) -> None:
        with open(self._archive, "xb") as target:
            for piece in pieces:
                target.write(piece)
                progress(len(piece))

    def copy(self, src: str) -> None:
        with open(self._archive, "xb") as target:
            for piece in _files(src):
                with open(piece, "rb") as source:
                    shutil.copyfileobj(source, target, _PIECE)

    def fetch(self, url: str) -> None:
        self._fetch(url, self._archive)

    def archive(self) -> Archive:
        return Archive(sha256_of(self._archive), os.path.getsize(self._archive), _free(self.aside.path))

    def contents(self) -> Contents:
        return contents_of(self._archive)

    def unpack(self) -> str | None:
        unpack(self._archive, self.aside.new, self.windows)
        return self._look(self.aside.new).version

    def try_out(self) -> Tried:
        environment = {"GOTOOLCHAIN": "local", "GOENV": "off", "GOWORK": "off", "LC_ALL": "C"}  # no home: no telemetry
        try:
            # Without AnsibleModule, whose run_command it would be.
            # pylint: disable=ansible-bad-function
            done = subprocess.run(
                [os.path.join(self.aside.new, "bin", "go"), "version"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                timeout=_PATIENCE,
                env=environment,
                cwd=self.aside.path,
            )
        except subprocess.TimeoutExpired:
            return Tried("", "")
        except OSError as error:
            return Tried(error.strerror or str(error), "")
        return Tried("", done.stdout.decode("utf-8", "replace"))

    def put(self, replace: bool) -> Occupant:  # noqa: ARG002 - what is there shows it
        self.aside.put()
        return self._look(self.place)

    def take(self) -> Removed:
        self._aside = Aside(self.place).__enter__()
        self._aside.take()
        try:
            remove(self._aside.new)
        except OSError as error:
            return Removed(self._look(self.place), self._aside.path, f": {error.filename}: {error.strerror}")
        return Removed(self._look(self.place))

    def exposed(self) -> list[Finding]:
        return writable_by_others(
            "Others than root",
            open_to_others(self.place),
            "Give these to root and take the right from others (chown root, chmod go-w), or choose another dest",
        )

    def clean(self) -> None:
        if self._aside is not None:
            self._aside.__exit__()
            self._aside = None

    def close(self) -> None:
        """There is no session."""


def _free(place: str) -> int | None:
    """The bytes that are free there; None where the file system does not say, as that of a mounted WIM."""
    found = shutil.disk_usage(place)
    return found.free if found.total else None


def _has(library: str) -> bool:
    return importlib.util.find_spec(library) is not None


def missing_of_python(request: Request, has: t.Callable[[str], bool] = _has) -> t.Iterator[str]:
    """What an installation needs of Python and a Python can be built without."""
    needed = ["zlib", *(["ssl"] if (request.url or "").startswith("https:") else [])]
    yield from (f"{library} of Python" for library in needed if not has(library))


def _files(src: str) -> list[str]:
    """An archive on this host: one file, or its pieces; empty when there is none."""
    if os.path.isfile(src):
        return [src]
    return list(itertools.takewhile(os.path.isfile, map(partial(piece_of, src), itertools.count())))


def piece_of(src: str, number: int) -> str:
    """The name of an archive's piece, the first being 0."""
    return f"{src}.{number:03}"
