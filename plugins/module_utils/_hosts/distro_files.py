# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a distro, by scripts for its /bin/sh.

Each script may cost a command on another host. So what a store will ask for is asked ahead, in the first one, and what
was seen is kept; a change waits for its lock, makes directories and writes in one script.
"""

from __future__ import annotations

import contextlib
import secrets
import typing as t

from .._core.errors import ApplyError, Outdated, ReadError
from .._formats import shscript
from .._formats import shscript_answers as answers
from .._formats.shscript import Asked, Lock, Put
from . import staging
from .distro_snapshot import Session, Snapshot
from .files import File, Write, Written

if t.TYPE_CHECKING:
    from .._core.state import Directory

LOCK = "lock"
LOCK_PATIENCE = 60.0  # seconds to wait for another run of this collection
_RIGHTS = "Look at the rights and the space on that file system."


class Shell(t.Protocol):
    """A /bin/sh of a distro, as one account."""

    #: what the distro is called
    name: str

    def run(self, script: bytes, changes: bool = False) -> bytes:
        """What it prints that gets this script on its input. changes: whether it may change something, so that it must
        not be run twice. Raises ReadError where the distro did not run it, TransportError.
        """


class DistroShell:
    """Scripts of a distro, with what they found out so far. ahead: what will be asked for anyway."""

    def __init__(self, shell: Shell, ahead: Asked) -> None:
        self._shell, self._ahead = shell, ahead
        self.known = Snapshot()

    @property
    def name(self) -> str:
        return self._shell.name

    @property
    def session(self) -> Session:
        self.know(Asked())
        return t.cast(Session, self.known.session)

    def know(self, asked: Asked) -> Snapshot:
        """What is known, and that for sure. Raises ReadError, TransportError."""
        if self.known.session is None:
            self._ask(self.known.missing(self._ahead.with_(asked)))
            asked = Asked()
        asked = self.known.missing(asked)._replace(sources=())
        if asked != Asked():
            self._ask(asked)
        return self.known

    def _ask(self, asked: Asked) -> None:
        mark = staging.new_mark()
        lines = self.answer(mark, shscript.question(mark, asked))
        try:
            self.known.learn(asked, answers.parse(() if lines is None else lines))
        except (ValueError, KeyError, IndexError) as error:
            raise ReadError(
                f"The /bin/sh of {self.name} gave no answer that can be used: {error}.",
                "Look whether it has busybox's tools or coreutils (base64, readlink, stat), and run again.",
            ) from error

    def answer(self, mark: str, script: bytes, changes: bool = False) -> list[str] | None:
        """The lines of an answer; None where it is not whole."""
        return answers.output_of(mark, self._shell.run(script, changes))

    def forget(self) -> None:
        """Everything is asked anew."""
        self.known = Snapshot()


class DistroFiles:
    """See `PosixFiles`. They are read and written as the account of the shell."""

    def __init__(self, shell: DistroShell) -> None:
        self._shell = shell
        self._lock: Lock | None = None
        self._pending: tuple[str, ...] = ()

    # --- reading -----------------------------------------------------------------------------------------------------

    def read(self, paths: t.Sequence[str]) -> dict[str, File]:
        known = self._shell.know(Asked(files=tuple(paths)))
        found = {path: known.file(path) for path in dict.fromkeys(paths)}
        if self._lock is not None:  # whether that still is so is looked at when the lock is had
            files = (*self._lock.files, *((path, known.seen[path].data) for path in found))
            self._lock = self._lock._replace(files=files)
        return found

    def links(self, paths: t.Sequence[str]) -> dict[str, File]:
        steps = self._shell.known.steps
        known = self._shell.know(Asked(links=tuple(path for path in paths if path not in steps)))
        return {path: known.link(path) for path in dict.fromkeys(paths)}

    def present(self, paths: t.Sequence[str]) -> set[str]:
        known = self._shell.know(Asked(present=tuple(paths)))
        return {path for path in paths if known.present[path]}

    def readable(self, paths: t.Sequence[str]) -> set[str]:
        known = self._shell.know(Asked(links=tuple(paths)))
        return {path for path in paths if known.present.get(path, True) and known.closed[path].mode & 0o044}

    def look(self, paths: t.Sequence[str]) -> dict[str, Directory]:
        known = self._shell.know(Asked(directories=tuple(paths)))
        return {path: known.directory(path) for path in dict.fromkeys(paths)}

    def obstacle_alone(self, directory: str) -> str:
        path = f"{directory}/{LOCK}"
        return self._shell.know(Asked(links=(path,))).to_lock(path)

    # --- writing -----------------------------------------------------------------------------------------------------

    def write(self, writes: t.Sequence[Write]) -> dict[str, Written]:
        known = self._shell.know(Asked(links=tuple(write.path for write in writes if _is_removal(write))))
        puts = [_put(write, bool(_is_removal(write) and known.closed[write.path].links)) for write in writes]
        items = self._change(puts)
        out = {}
        known.forget_missing()
        for write, put, item in zip(writes, puts, items):
            found = _understood(write.path, item)
            known.note(write.path, found.after)
            now = known.link(write.path) if write.link is not None or put.is_link else known.file(write.path)
            out[write.path] = Written(File(found.data, found.link), now)
        return out

    def make(self, directories: t.Sequence[str]) -> None:
        self._pending = (*self._pending, *directories)
        if self._lock is None:
            self._change([])

    @contextlib.contextmanager
    def alone(self, directory: str) -> t.Iterator[bool]:
        """The lock is had while a script runs, which changes nothing where a file is not what was read inside here."""
        self._lock = Lock(directory, int(LOCK_PATIENCE * 10))
        try:
            yield True
            if self._pending:
                self._change([])
        finally:
            self._lock, self._pending = None, ()

    def _change(self, puts: t.Sequence[Put]) -> list[list[answers.Line]]:
        """What was said of each. Raises ApplyError, Outdated, TransportError."""
        mark = staging.new_mark()
        made, self._pending = self._pending, ()
        lines = self._shell.answer(mark, shscript.change(mark, self._lock, made, puts), changes=True)
        if lines is None:
            self._shell.forget()
            raise ApplyError(
                f"The /bin/sh of {self._shell.name} did not say what became of the change.",
                "Run again: it shows what was done.",
                "Each file is as it was, or as it was to be.",
            )
        answer = answers.parse(lines)
        self._must_be_done(answer, puts)
        if self._lock is not None:
            self._lock = self._lock._replace(files=())
        known = self._shell.known
        known.places.update(answer.places)
        known.looked.update(zip(made, map(answers.looked, answer.items[len(puts) :])))
        return answer.items[: len(puts)]

    def _must_be_done(self, answer: answers.Answer, puts: t.Sequence[Put]) -> None:
        directory = self._lock.directory if self._lock is not None else ""
        if answer.said("held") is not None:
            raise ApplyError(
                f"Another run has held {directory}/{LOCK} for {LOCK_PATIENCE:.0f} seconds.",
                "Wait for it, or end it, and run again.",
                "Nothing was written.",
            )
        if answer.said("outdated") is not None:
            self._shell.forget()
            raise Outdated("Another run of this collection wrote here meanwhile.", "Run again.")
        failed = answer.said("!")
        if failed is None:
            return
        self._shell.forget()
        reason = answers.decoded(failed).rstrip(".") or "it was not said why"
        if self._lock is not None and answer.said("locked") is None:
            raise ApplyError(
                f"{directory} could not be used for the journal: {reason}.",
                "Look at the rights on it.",
                "Nothing was written.",
            )
        at = answer.said("at")
        if at is not None:
            raise ApplyError(
                f"The directory {answers.decoded(at)} could not be made: {reason}.",
                "Look at the rights on its parent.",
                "Nothing of it was written.",
            )
        paths = [put.path for put in puts[: max(1, len(answer.items))]]
        done = f"Written: {', '.join(paths[:-1])}." if paths[1:] else "Nothing of it was written."
        raise ApplyError(f"{paths[-1]} could not be written: {reason}.", _RIGHTS, done)


def _is_removal(write: Write) -> bool:
    return write.data is None and write.link is None


def _put(write: Write, is_link: bool) -> Put:
    token = secrets.token_hex(4)
    return Put(write.path, token, write.data, write.link, write.private, write.prune, is_link)


def _understood(path: str, item: t.Sequence[answers.Line]) -> answers.Replaced:
    try:
        return answers.replaced(item)
    except ValueError as error:
        raise ApplyError(f"What became of {path} was not said.", "Run again.", "It may be written.") from error
