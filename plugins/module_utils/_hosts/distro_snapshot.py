# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known of the files of a distro, and what would keep each from being made, replaced or removed. Pure."""

from __future__ import annotations

import posixpath
import typing as t

from .._core.account import Account
from .._core.state import Directory
from .._formats import shscript_answers as answers
from .._formats.shscript import CONFIG, HOME, STATE, Asked
from . import obstacle_texts as texts
from .files import File
from .posix_scope import Directories

_ROOT = 0
_NO_RIGHT, _LOOP = "Permission denied", "Too many levels of symbolic links"


class Session:
    """The account that scripts run as in a distro."""

    def __init__(self, own: answers.Own) -> None:
        self.own = own
        lines = own.passwd.decode("utf-8", "surrogateescape").splitlines()
        self.entries = [line.split(":") for line in lines if line.count(":") == 6]
        entry = own.entry.split(":")
        if len(entry) == 7:
            self.entries.insert(0, entry)
        self.environ = {"HOME": own.home, **own.environ}
        self.account = next(
            (self.account_of(found, True) for found in self.entries if found[2] == str(own.uid)),
            Account(str(own.uid), str(own.uid), elevated=own.uid == _ROOT, group=str(own.gid)),
        )
        if own.home:
            self.account = self.account.at(posixpath.normpath(own.home))
        self._mounts = _mounts(own.mounts.decode("utf-8", "surrogateescape"))

    def account_of(self, entry: t.Sequence[str], own: bool) -> Account:
        """The account of a line of the password database."""
        name, _password, uid, gid, _about, home, shell = entry
        return Account(uid, name, elevated=uid == str(_ROOT), home=home, shell=shell, group=gid, own=own)

    def named(self, name: str) -> Account | None:
        found = next((entry for entry in self.entries if entry[0] == name), None)
        return None if found is None else self.account_of(found, found[2] == str(self.own.uid))

    def by_uid(self, uid: int) -> Account | None:
        found = next((entry for entry in self.entries if entry[2] == str(uid)), None)
        return None if found is None else self.account_of(found, uid == self.own.uid)

    def name_of(self, uid: int) -> str:
        """The name of an account, or its number where it has none."""
        return next((entry[0] for entry in self.entries if entry[2] == str(uid)), f"uid {uid}")

    @property
    def me(self) -> str:
        return self.name_of(self.own.uid)

    def is_mount(self, real: str) -> bool:
        return texts.as_mounted(real) in self._mounts

    def is_read_only(self, real: str) -> bool:
        """Whether the file system of a path is mounted read-only, as far as that is known."""
        path = texts.as_mounted(real)
        while path not in self._mounts and path not in ("/", ""):
            path = posixpath.dirname(path)
        return self._mounts.get(path or "/", False)

    def resolve(self, path: str) -> str:
        """A path with the directory written out that only the distro knew."""
        own = Directories.of(self.account, self.environ)
        for sign, place in ((HOME, self.account.home), (CONFIG, own.config), (STATE, own.state)):
            if path.startswith(sign):
                return place + path[len(sign) :]
        return path


def _mounts(text: str) -> dict[str, bool]:
    """Whether what is mounted there is read-only, by directories as mountinfo writes them; of two the last counts."""
    found = {}
    for line in text.splitlines():
        before, _sign, behind = line.partition(" - ")
        fields, more = before.split(" "), behind.split(" ")
        if len(fields) > 5 and more:
            found[fields[4]] = "ro" in fields[5].split(",") or "ro" in more[-1].split(",")
    return found


class Snapshot:
    """What was seen, until it is forgotten."""

    def __init__(self) -> None:
        self.session: Session | None = None
        #: with the bytes of files, and without
        self.seen: dict[str, answers.Seen] = {}
        self.closed: dict[str, answers.Seen] = {}
        self.present: dict[str, bool] = {}
        self.looked: dict[str, answers.Looked] = {}
        #: where links lead that are on the way from a path to its end; None for the end
        self.steps: dict[str, str | None] = {}
        self.places: dict[str, answers.Place] = {}

    def missing(self, asked: Asked) -> Asked:
        """What of it is not known."""
        return Asked(
            tuple(path for path in asked.files if path not in self.seen),
            tuple(path for path in asked.links if path not in self.closed),
            tuple(path for path in asked.present if path not in self.present),
            tuple(path for path in asked.directories if path not in self.looked),
            asked.sources,
            asked.own or self.session is None,
        )

    def learn(self, asked: Asked, answer: answers.Answer) -> None:
        """Raises ValueError for an answer that does not match the question."""
        if asked.own:
            self.session = Session(answers.own(answer))
        session = t.cast(Session, self.session)
        items = iter(answer.items)
        try:
            for path in map(session.resolve, asked.files):
                self.note(path, answers.seen(next(items)))
            for path in map(session.resolve, asked.links):
                self.closed[path] = answers.seen(next(items))
                self._step(path, self.closed[path])
            for path in map(session.resolve, asked.directories):
                self.looked[path] = answers.looked(next(items))
        except StopIteration:
            raise ValueError("fewer answers than questions") from None
        for item in items:
            told = dict(item)
            self.looked.setdefault(answers.decoded(told["named"]), answers.looked(item))
        self.places.update(answer.places)
        there = answer.said("present") or ""
        if len(there) != len(asked.present):
            raise ValueError("fewer answers than questions")
        self.present.update((session.resolve(path), sign == "1") for path, sign in zip(asked.present, there))

    def note(self, path: str, seen: answers.Seen) -> None:
        """What is at a path now."""
        self.seen[path] = self.closed[path] = seen
        self.present[path] = seen.kind not in (answers.NOTHING, answers.UNDER, answers.LOOP)
        self._step(path, seen)

    def _step(self, path: str, seen: answers.Seen) -> None:
        self.steps.pop(path, None)
        for link in seen.links:
            self.steps[path] = link
            path = posixpath.normpath(posixpath.join(posixpath.dirname(path), link))
        if seen.links:
            self.steps[path] = None

    def forget_missing(self) -> None:
        """What is not there may be after a change, and so may what is above it."""
        for known in (self.seen, self.closed):
            for path in [path for path, seen in known.items() if seen.kind == answers.NOTHING]:
                del known[path]
        for path in [path for path, found in self.looked.items() if not found.exists]:
            del self.looked[path]

    # --- what it means -----------------------------------------------------------------------------------------------

    def file(self, path: str) -> File:
        """See `Files.read`."""
        seen = self.seen[path]
        link = seen.links[0] if seen.links else None
        if seen.kind == answers.NOTHING:
            return File(None, link, self._to_make(seen, path), () if link else _above(seen, path))
        if seen.kind == answers.UNDER:
            return File(None, link, texts.not_on_the_way(path))
        if seen.kind == answers.FILE:
            return File(seen.data, link, self._to_replace(seen, path))
        return File(b"", link, self._closed(seen, path))

    def link(self, path: str) -> File:
        """See `PosixFiles.links`."""
        seen = self.closed.get(path)
        if seen is None:
            link = self.steps[path]
            return File(b"") if link is None else File(None, link)
        if seen.links:
            return File(None, seen.links[0], self._to_directory(posixpath.dirname(path), path))
        if seen.kind == answers.NOTHING:
            return File(None, None, self._to_make(seen, path), _above(seen, path))
        return File(b"") if seen.kind != answers.UNDER else File(None, None, texts.not_on_the_way(path))

    def directory(self, path: str) -> Directory:
        """See `Files.look`."""
        found = self.looked[path]
        if not found.exists:
            seen = t.cast(answers.Seen, found.seen)
            return Directory(False, obstacle=self._to_make(seen, path))
        if not found.go:
            return Directory(True)
        from .._formats.programs import parse_version

        version, linked = (
            None if raw is None else parse_version(raw.decode("utf-8", "replace"))
            for raw in (found.version, found.linked)
        )
        return Directory(True, "go", version, linked=linked)

    def to_lock(self, path: str) -> str:
        """What keeps a lock file from being opened for writing, or from being made."""
        seen, session = self.closed[path], t.cast(Session, self.session)
        if seen.links or seen.kind == answers.OTHER:
            return texts.not_ordinary(path)
        if seen.kind in (answers.NOTHING, answers.UNDER):
            return self._to_make(seen, path)
        if seen.kind == answers.DENIED or session.own.uid not in (_ROOT, seen.owner[0]):
            return texts.lock_of_another(path, session.me, session.name_of(seen.owner[0]))
        return ""

    def _closed(self, seen: answers.Seen, path: str) -> str:
        if seen.kind == answers.OTHER:
            return texts.not_ordinary(path)
        session = t.cast(Session, self.session)
        name = texts.named(path, seen.real, bool(seen.links))
        foreign = seen.kind == answers.DENIED and seen.real and seen.owner[0] != session.own.uid
        owner = session.name_of(seen.owner[0]) if foreign else ""
        return texts.unreadable(name, _LOOP if seen.kind == answers.LOOP else _NO_RIGHT, owner)

    def _to_make(self, seen: answers.Seen, path: str) -> str:
        if seen.kind == answers.UNDER:
            return texts.not_a_directory(texts.named(path, path, bool(seen.links)), seen.real)
        if seen.kind != answers.NOTHING:
            return self._to_directory(posixpath.dirname(seen.real), path) if seen.real else self._closed(seen, path)
        return self._to_directory(seen.real, path)

    def _to_replace(self, seen: answers.Seen, path: str) -> str:
        session = t.cast(Session, self.session)
        name = texts.named(path, seen.real, bool(seen.links))
        return (
            texts.of_a_store(path, seen.real)
            or _protected(seen, name)
            or self._of_another(seen, name)
            or (texts.mounted(path) if session.is_mount(seen.real) else "")
            or self._to_directory(posixpath.dirname(seen.real), path)
        )

    def _of_another(self, seen: answers.Seen, name: str) -> str:
        session = t.cast(Session, self.session)
        own, (uid, gid) = session.own, seen.owner
        if own.uid == _ROOT:
            return ""
        if uid != own.uid:
            return texts.of_another(name, session.me, session.name_of(uid))
        if gid not in (own.gid, *own.groups):
            return texts.of_another_group(name, session.me, str(gid))
        return ""

    def _to_directory(self, directory: str, path: str) -> str:
        session, place = t.cast(Session, self.session), self.places.get(directory)
        store = texts.of_a_store(path, directory + "/")
        if store or place is None:
            return store
        if session.is_read_only(directory):
            return texts.on_read_only(path, directory)
        flags = place.flags.replace("-", "")
        if not place.writable and not flags:
            return texts.not_writable(path, directory, session.me, session.name_of(place.owner))
        (blocks, for_root, for_others), (inodes, free) = place.blocks, place.inodes
        left = for_root if session.own.uid == _ROOT else for_others
        if (blocks and not left) or (inodes and not free):
            return texts.full(path, directory)
        if "i" in flags or "a" in flags:
            return texts.flagged_directory(path, directory, "i" in flags)
        return "" if place.writable else texts.not_writable(path, directory, session.me, session.name_of(place.owner))


def _protected(seen: answers.Seen, name: str) -> str:
    if seen.is_immutable or seen.is_append_only:
        return texts.flagged(name, seen.is_immutable)
    if not seen.mode & 0o222:
        return texts.protected(name, seen.mode)
    return texts.hard_links(name, seen.names) if seen.names > 1 else ""


def _above(seen: answers.Seen, path: str) -> tuple[str, ...]:
    """The directories above a path that are not there, outermost first."""
    out: list[str] = []
    directory = posixpath.dirname(path)
    while directory not in (seen.above, "/", ""):
        out.insert(0, directory)
        directory = posixpath.dirname(directory)
    return tuple(out)
