# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Registry hives of a Windows that does not run: one file, read in part and replaced as a whole.

hivex changes a hive. It believes much of what a file says, rewrites all values of a key to change one, and writes over
the file it read. So what it is given is looked at first (`_formats/hivefile.py`). It writes a new file, which is read
back before it takes the place of the old one. Killed at any moment, the file is the old or the new one.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import secrets
import stat
import typing as t
from dataclasses import dataclass, field

from .._core.errors import Blocked, DevboxError
from .._core.findings import Finding
from .._formats import hivefile
from .._formats.hive_edit import Edit, Sections, plan_edit
from .._formats.hivefile import Damaged, TooLarge, Tree, Unknown, Unwritable, same_name, upper
from . import hive_attributes, obstacles
from .replace import sync_directory

Stamp = tuple[int, int, int, int]

_START = (
    "Start this Windows and shut it down fully (hold Shift, or `shutdown /s /t 0`: no Fast Startup), or load the hive"
)
_REPAIR = "Restore the file from the image or from a backup."
_OF_USER = "Environment"  # the key that only the hives of users have at their roots
_AGAIN = "Let the other program end, then run again."
_PACKAGES = (
    "Install it for the system's Python: the package python3-hivex (Debian, Ubuntu, Fedora) or hivex (Arch). There is "
    "none for macOS: use a container of Debian there."
)


def load_hivex() -> t.Any:
    """The module hivex, which only the system's Python has. Raises DevboxError."""
    try:
        import hivex
    except ImportError:
        raise DevboxError("Registry hives need the Python module hivex, and this Python has none.", _PACKAGES) from None

    class Handle(hivex.Hivex):  # hivex's own complains on stderr about a file that it could not open
        def __del__(self) -> None:
            if "_o" in self.__dict__:
                super().__del__()

    return Handle


class _File:
    """A hive's file while it is open. It knows nothing of the Hive: in a circle of references hivex's copy of the file,
    tens of megabytes, would stay in memory until Python looks for circles.
    """

    descriptor = -1

    def read(self, offset: int, length: int) -> bytes:
        return os.pread(self.descriptor, length, offset)


@dataclass
class Hive:
    """What was read of one hive file."""

    path: str
    #: why it cannot be trusted, or read at all; nothing is known of its values then
    problem: Finding | None = None
    #: what stands in the way of writing it
    obstacle: Finding | None = None
    #: the base block's
    sequence: int = 0
    stamp: Stamp = (0, 0, 0, 0)
    _tree: Tree | None = field(default=None, repr=False)
    _file: _File = field(default_factory=_File, repr=False)
    #: hivex's, of the file as it was read; it has not been used yet
    _handle: t.Any = field(default=None, repr=False)

    def values(self, key: str) -> tuple[tuple[str, str, str], ...] | None:
        """(name, type, data) of a key's values; None for no such key. Raises Blocked for a damaged hive."""
        with self.tree() as tree:
            found = tree.find(key)
            if found is None:
                return None
            return tuple((raw.name, *hivefile.decode(raw.number, raw.data)) for raw in tree.values(found))

    def texts_with_more(self, key: str) -> tuple[str, ...]:
        """The names of a key's texts that go on behind their end. Raises Blocked for a damaged hive."""
        with self.tree() as tree:
            found = tree.find(key)
            values = tree.values(found) if found else ()
            return tuple(raw.name for raw in values if hivefile.has_more(raw.number, raw.data))

    def subkeys(self, key: str) -> tuple[str, ...]:
        """The names of a key's subkeys; of a key that is not there, none. Raises Blocked for a damaged hive."""
        with self.tree() as tree:
            found = tree.find(key)
            return tuple(child.name for child in tree.children(found)) if found else ()

    @contextlib.contextmanager
    def tree(self) -> t.Iterator[Tree]:
        """What is in the hive, while the file is open and is the one that was read first. Raises Blocked."""
        if self.problem is not None or self._tree is None:
            raise Blocked([self.problem or _missing(self.path, "it was not read")])
        file = self._file
        try:
            file.descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError as error:
            raise Blocked([_changed(self.path)]) from error
        try:
            _compare(self, os.fstat(file.descriptor))
            yield self._tree
        except Damaged as error:
            self.problem = _damaged(self.path, str(error))
            raise Blocked([self.problem]) from None
        finally:
            os.close(file.descriptor)
            file.descriptor = -1

    def data(self) -> bytes:
        """All of the file, while `tree` has it open."""
        return self._file.read(0, self.stamp[2])

    def read(self, base: hivefile.Base) -> None:
        self._tree = Tree(self._file.read, base)

    def scan(self, handle: t.Any) -> None:
        """Have hivex look at all cells. It keeps them in memory: a large hive is looked at once, also when it is
        changed later. Raises RuntimeError for a structure that it refuses, Blocked for another file.
        """
        self._handle = handle(self.path, write=True)
        _compare(self, os.stat(self.path))

    def take_handle(self, handle: t.Any) -> t.Any:
        """hivex's, to be changed once. Raises RuntimeError, Blocked."""
        if self._handle is None:
            self.scan(handle)
        taken, self._handle = self._handle, None
        return taken


# --- reading ---------------------------------------------------------------------------------------------------------


def open_hive(path: str) -> Hive:
    """Read a hive file as far as its state shows it. Raises DevboxError where hivex is missing."""
    handle = load_hivex()
    hive = peek(path)
    hive.problem = hive.problem or _scan(hive, handle)
    if hive.problem is None:
        hive.obstacle = find_obstacle(path)
    return hive


def peek(path: str) -> Hive:
    """`open_hive` without hivex, which reads the whole file: of its damage only what parsing meets is found, and no
    obstacle to writing.
    """
    hive = Hive(path)
    if not _is_utf8(path):
        hive.problem = Finding.of(
            "hive_missing",
            f"The hive at {path!r} cannot be read: the path is not UTF-8, and hivex opens no other.",
            "Rename what is in the path, or mount the image so that its names are UTF-8.",
        )
        return hive
    try:
        found = os.stat(path)
        if not stat.S_ISREG(found.st_mode):
            hive.problem = _missing(path, "it is not an ordinary file")
            return hive
        base = _read_base(path, hive)
    except OSError as error:
        hive.problem = _held(path) if error.errno == errno.EAGAIN else _missing(path, f"{error.strerror}")
        return hive
    except Unknown as error:
        hive.problem = Finding.of(
            "hive_unknown_format",
            f"{path} cannot be read: {error}, and 1.3 to 1.6 are known.",
            "Change it with the Windows that it belongs to, or with a newer release of this collection.",
        )
        return hive
    except Damaged as error:
        hive.problem = _damaged(path, str(error))
        return hive
    hive.problem = _dirty(path, base) if base.dirty else None
    hive.read(base)
    return hive


def _is_utf8(path: str) -> bool:
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _read_base(path: str, hive: Hive) -> hivefile.Base:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        found = os.fstat(descriptor)
        hive.stamp = _stamp(found)
        base = hivefile.parse_base(os.pread(descriptor, hivefile.HEAD_SIZE, 0), found.st_size)
        hive.sequence = base.primary
        return base
    finally:
        os.close(descriptor)


def _scan(hive: Hive, handle: t.Any) -> Finding | None:
    """What hivex finds wrong with the hive."""
    try:
        hive.scan(handle)
    except RuntimeError as error:
        return _damaged(hive.path, f"hivex refuses its structure ({error})")
    except Blocked as error:
        return t.cast(Finding, error.blockers[0])
    except OSError as error:
        return _missing(hive.path, f"{error.strerror}")
    return None


def _stamp(found: os.stat_result) -> Stamp:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _compare(hive: Hive, found: os.stat_result) -> None:
    """Raises Blocked when a file is not the one that was read."""
    if _stamp(found) != hive.stamp:
        raise Blocked([_changed(hive.path)])


# --- findings --------------------------------------------------------------------------------------------------------


def _dirty(path: str, base: hivefile.Base) -> Finding:
    why = (
        f"its sequence numbers are {base.primary} and {base.secondary}"
        if base.intact
        else "the checksum of its base block is wrong"
    )
    return Finding.of(
        "hive_dirty",
        f"{path} is dirty: {why}. Its last changes are in the transaction logs, or were never written whole.",
        f"{_START} once on Windows (reg load, reg unload).",
    )


def _damaged(path: str, why: str) -> Finding:
    return Finding.of("hive_damaged", f"{path} is damaged: {why}.", _REPAIR)


def _missing(path: str, why: str) -> Finding:
    return Finding.of(
        "hive_missing",
        f"There is no hive to read at {path}: {why}.",
        "Correct the path, mount the image, or use an account that may read it (become).",
    )


def _changed(path: str) -> Finding:
    return Finding.of("hive_in_use", f"{path} was changed by another program since it was read.", _AGAIN)


def _not_writable(message: str, advice: str = "") -> Finding:
    return Finding.of("hive_not_writable", message, advice)


def _linked(path: str) -> Finding | None:
    """That a hive is known by another name as well, which a new file in its place would not be."""
    if os.path.islink(path):
        return _not_writable(
            f"{path} is a symbolic link to {os.readlink(path)}, which may lead out of the image.",
            "Put the file itself in the place of the link. Of hives that are named one by one, name the file itself.",
        )
    with contextlib.suppress(OSError):
        count = os.stat(path).st_nlink
        if count > 1:
            return _not_writable(
                f"{path} has {count} hard links, and replacing it would part them.",
                f"Remove its other names (find -samefile {path} shows them), or put a copy of its own in its place.",
            )
    return None


# --- what stands in the way of writing -------------------------------------------------------------------------------


def find_obstacle(path: str) -> Finding | None:
    """What would keep a hive from being replaced. Nothing is written to find out."""
    linked = _linked(path)
    if linked is not None:
        return linked
    try:
        descriptor = _lock(path, fcntl.LOCK_SH)
    except Blocked as error:
        return t.cast(Finding, error.blockers[0])
    try:
        found = os.fstat(descriptor)
        held = obstacles.flags(descriptor, found)
        refusal = _why_not_to_open(path, held)
        message = "" if refusal else obstacles.to_replace(path, found, held)
    finally:
        os.close(descriptor)
    if refusal is not None:
        return _refused(path, refusal)
    return _not_writable(message) if message else hive_attributes.find_obstacle(path)


def _why_not_to_open(path: str, held: int) -> OSError | None:
    """What opening a file for writing would give. It is not opened to find out: an overlay would copy all of it, as in
    a container. held: see `obstacles.flags`.
    """
    if os.statvfs(path).f_flag & os.ST_RDONLY:
        return OSError(errno.EROFS, os.strerror(errno.EROFS))
    if os.access(path, os.R_OK | os.W_OK, effective_ids=os.access in os.supports_effective_ids):
        return None
    number = errno.EPERM if obstacles.is_held(held) else errno.EACCES
    return OSError(number, os.strerror(number))


def _lock(path: str, kind: int) -> int:
    """The file, locked, and open for writing where the lock is for that. Raises Blocked."""
    mode = os.O_RDWR if kind == fcntl.LOCK_EX else os.O_RDONLY
    try:
        descriptor = os.open(path, mode | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError as error:
        raise Blocked([_refused(path, error)]) from None
    try:
        fcntl.lockf(descriptor, kind | fcntl.LOCK_NB)
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        if error.errno in (errno.EAGAIN, errno.EACCES):
            raise Blocked([_held(path)]) from None
        raise Blocked([_refused(path, error)]) from None
    return descriptor


def _held(path: str) -> Finding:
    return Finding.of("hive_in_use", f"{path} is in use: another process has a lock on it.", _AGAIN)


def _refused(path: str, error: OSError) -> Finding:
    if error.errno in (errno.EAGAIN, errno.ETXTBSY):
        return _held(path)
    if error.errno == errno.ENOENT:
        return _changed(path)
    advice = {
        errno.EROFS: "Mount the image for writing. ntfs-3g mounts a hibernated Windows (Fast Startup) read-only: shut "
        "it down fully.",
        errno.ENOSPC: "Make room on its file system: the whole hive is written beside the old one.",
        errno.EACCES: "Use an account that may write it (become), or correct its permissions.",
        errno.EPERM: "Use an account that may write it (become), or take its protection off (chattr -i).",
    }
    return _not_writable(f"{path} cannot be written: {error.strerror}.", advice.get(error.errno or 0, ""))


# --- writing ---------------------------------------------------------------------------------------------------------


def write_hive(hive: Hive, sections: Sections, removed: t.Iterable[str] = ()) -> Hive:
    """Remove keys, then set and delete values, making keys that are missing: the hive as it is then, the same one where
    it would stay as it is and was not written. Raises Blocked, with the file untouched.
    """
    edit = _planned(hive, sections, removed)
    if not edit.changes:
        return hive
    obstacle = find_obstacle(hive.path)
    if obstacle is not None:
        raise Blocked([obstacle])
    descriptor = _lock(hive.path, fcntl.LOCK_EX)
    try:
        return _replace(hive, edit, descriptor)
    finally:
        with contextlib.suppress(OSError):
            os.close(descriptor)


def find_refusal(hive: Hive, sections: Sections, removed: t.Iterable[str] = ()) -> Finding | None:
    """Why `write_hive` would not write this to a hive that is in nobody's way. Nothing is written to find out."""
    try:
        _planned(hive, sections, removed)
    except Blocked as error:
        return t.cast(Finding, error.blockers[0])
    return None


def _planned(hive: Hive, sections: Sections, removed: t.Iterable[str]) -> Edit:
    if hive.problem is not None:
        raise Blocked([hive.problem])
    try:
        with hive.tree() as tree:
            return plan_edit(tree, sections, removed)
    except TooLarge as error:
        raise Blocked([_too_large(hive.path, error)]) from None
    except Unwritable as error:
        raise Blocked(
            [_not_writable(f"{hive.path} cannot be changed without loss: {error}.", "Change it on Windows.")]
        ) from None


def _too_large(path: str, error: TooLarge) -> Finding:
    return Finding.of(
        "hive_value_too_large",
        f"{path} cannot be written: {error}. hivex would write it in a form that newer versions of Windows refuse.",
        "Make the value shorter, or make this change on a running Windows.",
        error.name,
    )


# --- the new file ----------------------------------------------------------------------------------------------------


def _replace(hive: Hive, edit: Edit, descriptor: int) -> Hive:
    """Make the new file, and put it in the place of the old one. descriptor: of the old one, locked."""
    directory, name = os.path.split(os.path.abspath(hive.path))
    _sweep(hive.path)
    temporary = os.path.join(directory, f".{name}{obstacles.TEMPORARY}{secrets.token_hex(4)}")
    try:
        new = _make(hive, edit, temporary)
        _finish(hive.path, temporary)
        _compare(hive, os.lstat(hive.path))
        if os.pread(descriptor, 4, 4) != hive.sequence.to_bytes(4, "little"):
            raise Blocked([_changed(hive.path)])
        if hive_attributes.hides_open_files(hive.path):
            os.close(descriptor)  # FUSE would leave an open file under a name of its own
        os.rename(temporary, hive.path)
    except OSError as error:
        raise Blocked([_refused(hive.path, error)]) from None
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
    sync_directory(directory)
    return new


def find_left(path: str) -> list[str]:
    """The files beside a hive that killed runs left, and those of a living one."""
    directory, name = os.path.split(os.path.abspath(path))
    try:
        names = os.listdir(directory)
    except OSError:
        return []
    return [os.path.join(directory, found) for found in names if found.startswith(f".{name}{obstacles.TEMPORARY}")]


def sweep(path: str) -> None:
    """Remove what killed runs left beside a hive, unless somebody has a lock on it."""
    if not find_left(path):
        return
    with contextlib.suppress(Blocked):
        descriptor = _lock(path, fcntl.LOCK_EX)
        try:
            _sweep(path)
        finally:
            os.close(descriptor)


def _sweep(path: str) -> None:
    """As `sweep`. Whoever has the lock on the hive is the only one that has such a file."""
    for found in find_left(path):
        with contextlib.suppress(OSError):
            os.unlink(found)


def _make(hive: Hive, edit: Edit, temporary: str) -> Hive:
    """The new file, as hivex writes it, read back."""
    os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
    try:
        handle = hive.take_handle(load_hivex())
        _compare(hive, os.lstat(hive.path))
        for offset in edit.removed:
            handle.node_delete_child(offset)
        made: dict[tuple[str, ...], int] = {}
        for key in edit.keys:
            node = key.offset or _make_key(handle, made, key.path)
            handle.node_set_values(
                node, [{"key": value.name, "t": value.number, "value": value.data} for value in key.values]
            )
        _commit(handle, hive, edit, temporary)
    except RuntimeError as error:
        raise Blocked(
            [
                _not_writable(
                    f"{hive.path} cannot be changed: hivex says {error}.", "Look at the disk's space, and at the file."
                )
            ]
        ) from None
    return _read_back(hive, edit, temporary)


def _commit(handle: t.Any, hive: Hive, edit: Edit, temporary: str) -> None:
    """Write the new file. What hivex leaves is freed. Of a user's hive, what was deleted is overwritten: new users get
    a copy of the template's file, and of whatever a killed run left beside it. So no former value, which may be a
    secret, is in that file at any time.
    """
    with hive.tree() as tree:
        is_user = tree.find(_OF_USER) is not None
        old = hive.data() if is_user else b""
    if not is_user and not edit.left:
        handle.commit(temporary)
        return
    new = _in_memory(handle)
    hivefile.free(new, edit.left)
    for offset, length in hivefile.freed(old, bytes(new)) if is_user else ():
        new[offset : offset + length] = bytes(length)
    with open(temporary, "wb") as file:
        file.write(new)


def _in_memory(handle: t.Any) -> bytearray:
    """The new content, which hivex writes to a path only."""
    descriptor = os.memfd_create("hive")
    try:
        handle.commit(f"/proc/self/fd/{descriptor}")
        return bytearray(os.pread(descriptor, os.fstat(descriptor).st_size, 0))
    finally:
        os.close(descriptor)


def _make_key(handle: t.Any, made: dict[tuple[str, ...], int], path: tuple[str, ...]) -> int:
    """The key at a path, made with those above it that are missing."""
    node = handle.root()
    so_far: tuple[str, ...] = ()
    for name in path:
        so_far = (*so_far, upper(name))
        child = made.get(so_far)
        if child is None:
            child = next(
                (found for found in handle.node_children(node) if same_name(handle.node_name(found), name)), None
            )
        if child is None:
            child = made[so_far] = handle.node_add_child(node, name)
        node = child
    return t.cast(int, node)


def _read_back(hive: Hive, edit: Edit, temporary: str) -> Hive:
    """The new file, by the path that it gets. Raises Blocked when it does not hold what was asked for."""
    new = Hive(temporary)
    try:
        base = _read_base(temporary, new)
        new.read(base)
        with new.tree() as tree:
            difference = "it is dirty" if base.dirty else edit.difference(tree)
    except Damaged as error:
        difference = str(error)
    if difference:
        raise Blocked([_not_writable(f"{hive.path} was not changed: in the new file {difference}.", "Report it.")])
    new.path = hive.path
    return new


def _finish(path: str, temporary: str) -> None:
    """Give the new file what the old one has beside its bytes, and bring it to the disk."""
    descriptor = os.open(temporary, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        hive_attributes.carry(path, descriptor)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
