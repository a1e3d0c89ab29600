# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

r"""The files of a Windows host behind a transport: cmd.exe, tar.exe and icacls.exe, one command a batch (docs/facts.md,
"tar.exe", "cmd.exe scripts" and "Security descriptors").

tar.exe takes only ASCII names, so files travel under names of ours. What belongs to the first path lies in the
directory `items\x` of a staging directory in %TEMP%, what belongs to the second in `items\x\x`, and so on: one FOR loop
over the paths goes one directory deeper each time, and each path stands in the script once. In such a directory are

    go, new, gone, p0, p1 …          what a write is told: that it may run, the new bytes, or a removal, and how
    prune0, prune1, prune2           which of the directories above it go with a file when they are empty then
    now, coded, acl, old, said       what it found: the bytes, or certutil.exe's text of them where `copy` does not see
    the file (hidden),
                                     icacls.exe's file, what was replaced, what programs said

The directory comes back as one gzip stream, whose checksum tells whether it is whole. Where a way to the host does not
carry bytes, it comes as certutil.exe's text.
"""

from __future__ import annotations

import contextlib
import functools
import io
import re
import tarfile
import time
import typing as t
import zlib

from .._core.errors import ApplyError, ReadError, TransportError
from .._core.state import UNKNOWN, Directory
from .._core.windows import can_look_up, fold_path, is_absolute, is_remote
from .._formats import archive, frames, programs
from .._formats.cmdscript import (
    LOOP,
    Reference,
    Script,
    can_quote,
    for_each,
    if_,
    pause,
    program,
    quote,
    repeat,
    run_retrying_start,
    sid,
)
from .._formats.directories import answers, lookup, parse_lookup
from . import staging
from .batch import Inquiry, Question, ask
from .clock import stamp, stamped
from .files import File, Write, Written
from .transport import Completed, Transport, last, once_more, said

AT_ONCE = 40  # paths of one command: each makes the staging directory's deepest path two characters longer, of 248
SWEPT_AT_ONCE = 5
LEVELS = 3  # directories above a file that can go with it
TRIES = 6  # at putting a file into its place, a second apart: scanners and editors hold files for moments

SYSTEM, ADMINISTRATORS, OWNER_RIGHTS = "S-1-5-18", "S-1-5-32-544", "S-1-3-4"

_WILD = re.compile(r"[*?]")
_ITEM = f"{LOOP}~i"
_PATH = f'"{_ITEM}"'
_INSIDE = f'"{_ITEM}\\*"'  # exists for a directory only
_PARENT = f'"{LOOP}~dpi"'
_UP = "\\.."
_TEMPORARY = f'"{_ITEM}.gopher-devbox"'
_FILE = f"exist {_PATH} if not exist {_INSIDE}"

#: the trustees of a private file as SDDL names them (Microsoft: SID strings)
_ALIASES = {"SY": SYSTEM, "BA": ADMINISTRATORS, "OW": OWNER_RIGHTS}
_DACL = re.compile(r"D:([A-Z_]*)((?:\([^)]*\))*)")
_ACE = re.compile(r"\(([^;)]*);([^;)]*);([^;)]*);[^;)]*;[^;)]*;([^;)]*)[^)]*\)")
_TAG = re.compile(r"0x([0-9a-fA-F]{8})\b")
_CLOUD, _CLOUD_MASK = 0x9000001A, 0xFFFF0FFF  # ntifs.h: IO_REPARSE_TAG_CLOUD … CLOUD_F


# --- scripts: constant text, quoted paths, checked ids ---------------------------------------------------------------


class Way(t.NamedTuple):
    """What each script of a run needs: its mark, its staging id, whether its answer must be text, and the leftovers to
    be removed.
    """

    mark: str
    id: str
    text: bool = False
    swept: tuple[str, ...] = ()

    @property
    def staging(self) -> str:
        return staging.directory(self.id)


def read_script(way: Way, paths: t.Sequence[str]) -> Script:
    """Look at each path and those above it, and bring bytes and permissions of those that are files."""
    deepest = f"{way.staging}\\items{_depth(len(paths))}"
    return Script(
        (
            f'md "{deepest}" 2>nul',
            if_(f'not exist "{deepest}\\"', "exit 3"),  # nothing is to be left elsewhere
            *staging.look(way.mark),
            *_look(way, paths, rights=True),
            *_ask_above(way.mark, paths),
            *_answer(way),
        )
    )


def write_script(way: Way, paths: t.Sequence[str], grants: t.Sequence[tuple[str, ...]]) -> Script:
    """Unpack the archive from standard input and, only when its last member arrived, put each file into its place, in
    order.

    `done` is the state of the batch and `go` that of one file: a step runs only while both exist, and what fails
    deletes them, so that nothing follows a failure. `grants` are the trustees of p0, p1 … in the archive.
    """
    stop = f'"{way.staging}\\done"'
    return Script(
        (
            f'md "{way.staging}" 2>nul',
            if_(f'not exist "{way.staging}\\"', "exit 3"),
            f'cd /d "{way.staging}"',
            f"echo {way.mark}+apply",
            *run_retrying_start(f"{program('tar.exe')} -xf - 2>&1"),
            if_("exist done", "echo gd-arrived"),
            if_("exist done", "cd items"),
            for_each(f"{LOOP}i in ({_list(paths)})", _put(stop, grants)),
            f"echo {way.mark}-apply",
            *_look(way, paths, rights=False),
            *_answer(way),
        )
    )


def _put(stop: str, grants: t.Sequence[tuple[str, ...]]) -> list[str]:
    """Carry out one write. What stands is copied first; a directory, or what cannot be copied, is not touched.

    The new file is made in the directory where it is to stand, so that it inherits from there, and then renamed over
    the old one.
    """
    say = ">>said 2>&1"
    drop = f"del /q /f {_TEMPORARY} 2>nul"
    waiting = f"exist go if exist gone if exist {_PATH}"
    retry = [
        if_(f"exist {_TEMPORARY}", f"move /y {_TEMPORARY} {_PATH} {say}"),
        if_(waiting, f"del /q {_PATH} {say}"),
        if_(f"exist {_TEMPORARY}", pause()),
        if_(waiting, pause()),
    ]
    return [
        "cd x 2>nul",
        "echo #",
        if_(f"not exist {stop}", "del go 2>nul"),
        if_(f"exist {_INSIDE}", "del go 2>nul"),
        if_(f"exist go if exist {_PATH}", f"copy /b /y {_PATH} old {say}"),
        if_(f"exist {_PATH} if not exist old", "del go 2>nul"),
        if_(f"exist go if exist new if not exist {_PARENT}", "echo y>made"),
        if_("exist made", f"md {_PARENT} {say}"),
        *_grant(grants, "made", f'"{LOOP}~dpi."', "(OI)(CI)F"),
        if_("exist go", drop),  # of a killed run
        if_("exist go if exist new", f"copy /b /y new {_TEMPORARY} {say}"),
        if_("exist new if errorlevel 1", drop),
        *_grant(grants, _TEMPORARY, _TEMPORARY, "F", (f"{drop}", "echo gd-public")),
        if_(f"exist new if not exist {_TEMPORARY}", "del go 2>nul"),
        repeat(TRIES, retry),
        if_(f"exist {_TEMPORARY}", "del go 2>nul"),
        if_(waiting, "del go 2>nul"),
        if_(f"exist {_TEMPORARY}", drop),
        *(
            if_(f"exist go if exist prune{level} if not exist {_PATH}", f'rd "{LOOP}~dpi.{_UP * level}" 2>nul')
            for level in range(LEVELS)
        ),
        if_("exist new", "del /q new"),
        if_("exist go", "echo gd-go"),
        if_("not exist go", f"del {stop} 2>nul"),
    ]


def _grant(
    grants: t.Sequence[tuple[str, ...]], needs: str, place: str, rights: str, otherwise: t.Sequence[str] = ()
) -> t.Iterator[str]:
    """Give `rights` to these trustees and to nobody else; what is done where that fails."""
    for number, trustees in enumerate(grants):
        given = " ".join(f'"*{sid(trustee)}:{rights}"' for trustee in trustees)
        yield if_(
            f"exist p{number} if exist {needs}",
            f"{program('icacls.exe')} {place} /inheritance:r /grant:r {given} >>said 2>&1",
        )
        for command in reversed(otherwise):
            yield if_(f"exist p{number} if exist {needs} if errorlevel 1", command)


def _look(way: Way, paths: t.Sequence[str], rights: bool) -> list[str]:
    """For each path: `#`, a and its attributes, z and its size, r (its drive is there). Its bytes go to the staging
    directory.
    """
    body = [
        "cd x 2>nul",
        "echo #",
        f"echo a{LOOP}~ai",
        f"echo z{LOOP}~zi",
        if_(f'exist "{LOOP}~di\\"', "echo r"),
        if_(f'exist "{LOOP}~di\\*"', "echo r"),  # Wine knows no root as such
        if_(_FILE, f"copy /b /y {_PATH} now >nul 2>nul"),
        if_(f"not exist now if {_FILE}", f"{program('certutil.exe')} -f -encode {_PATH} coded >nul 2>&1"),
    ]
    if rights:
        body.append(if_(_FILE, f"{program('icacls.exe')} {_PATH} /save acl /q >nul 2>&1"))
    return [
        f'cd /d "{way.staging}"',
        if_("exist items", "cd items"),
        *frames.framed(way.mark, "look", for_each(_all_of(paths), body)),
    ]


def _ask_above(mark: str, paths: t.Sequence[str]) -> list[str]:
    """The attributes of the directories above the paths, each once: `ancestors` has their order."""
    places = ancestors(paths)
    return frames.framed(mark, "above", for_each(_all_of(places), [f"echo a{LOOP}~ai"])) if places else []


def _answer(way: Way) -> list[str]:
    """Bring the staging directory's items, and remove it."""
    tar, coded = program("tar.exe"), f"{program('certutil.exe')} -f -encode back coded >nul 2>&1"
    carry = [
        *run_retrying_start(f"{tar} -czf back items 2>nul"),
        *run_retrying_start(coded),
        *frames.framed(way.mark, "files", "type coded 2>nul"),
    ]
    if not way.text:
        carry = frames.framed(way.mark, "files", *run_retrying_start(f"{tar} -czf - items 2>nul"), "echo.")
    gone = staging.remove((staging.STAGING + way.id, *way.swept))
    return [f'cd /d "{way.staging}"', *carry, 'cd /d "%SystemRoot%"', *gone]


def _all_of(paths: t.Sequence[str]) -> str:
    """The head of a FOR loop over paths. What references mean is known only once they are printed (Wine)."""
    if paths and isinstance(paths[0], Reference):
        printed = "^& ".join(f"echo {quote(_like(path, _native(path)))}" for path in paths)
        return f"/f \"delims=\" {LOOP}i in ('{printed}')"
    return f"{LOOP}i in ({_list(paths)})"


def _list(paths: t.Iterable[str]) -> str:
    return " ".join(quote(_like(path, _native(path))) for path in paths)


def _like(path: str, other: str) -> str:
    return Reference(other) if isinstance(path, Reference) else other


def _depth(count: int) -> str:
    return "\\x" * count


# --- answers ---------------------------------------------------------------------------------------------------------


class Seen(t.NamedTuple):
    """What a look at one path said. attributes: the letters of `%~a`, empty when nothing is there."""

    attributes: str
    size: int | None
    drive: bool

    @property
    def exists(self) -> bool:
        return bool(self.attributes)

    @property
    def is_directory(self) -> bool:
        return "d" in self.attributes

    @property
    def is_reparse_point(self) -> bool:
        return "l" in self.attributes


def parse_look(paths: t.Sequence[str], raw: bytes) -> list[Seen]:
    """One `Seen` for each path. Raises ReadError when the answers do not match the questions."""
    blocks = answers(raw.decode("utf-8", "replace"))
    if len(blocks) != len(paths):
        raise ReadError(f"{len(paths)} files were looked at, and {len(blocks)} answers came.", "Run again.")
    return [_seen(block) for block in blocks]


def _seen(lines: list[str]) -> Seen:
    told = {line[0]: line[1:] for line in reversed(lines) if line}
    size = told.get("z", "")
    return Seen(re.sub(r"[^a-z]", "", told.get("a", "").lower()), int(size) if size.isdigit() else None, "r" in told)


def parse_attributes(raw: bytes, count: int) -> list[str]:
    """The letters of `count` answers to `%~a`. Raises ReadError when there are not so many."""
    found = re.findall(r"(?m)^a([-a-z]*)\s*$", raw.decode("ascii", "replace").lower())
    if len(found) != count:
        raise ReadError(f"{count} paths were asked for, and {len(found)} answers came.", "Run again.")
    return [attributes.replace("-", "") for attributes in found]


def contents(raw: bytes) -> dict[str, bytes] | None:
    """The files of a gzip-compressed tar archive by name; None when it is not whole. What follows its end is padding of
    tar.exe's.
    """
    members = _members_of(raw)
    return None if members is None else {name: data for name, (data, _mtime) in members.items()}


def modification_times(raw: bytes) -> dict[str, float]:
    """When the files of such an archive were modified, by name: a copy has the time of what it is a copy of."""
    return {name: mtime for name, (_data, mtime) in (_members_of(raw) or {}).items()}


def _members_of(raw: bytes) -> dict[str, tuple[bytes, float]] | None:
    inflate = zlib.decompressobj(wbits=31)
    try:
        plain = inflate.decompress(raw)
        if not inflate.eof:
            return None
        with tarfile.open(fileobj=io.BytesIO(plain), mode="r:") as found:
            return {
                member.name: (t.cast(t.IO[bytes], found.extractfile(member)).read(), float(member.mtime))
                for member in found
                if member.isfile()
            }
    except (zlib.error, tarfile.TarError):
        return None


def grants_of(sddl: str) -> tuple[str, ...] | None:
    """The trustees of a file that only some may use: SIDs that have all rights on it, inheriting nothing. Empty for a
    file whose permissions are its directory's; None for any others, which a new file could not be given.

    `sddl` is what `icacls /save` wrote: the file's name, and the descriptor in the next line (Microsoft: ACE strings).
    """
    found = _DACL.match(sddl.strip().rpartition("\n")[2])
    if found is None or "NO_ACCESS_CONTROL" in found.group(1):
        return None
    protected = "P" in found.group(1)
    entries = _ACE.findall(found.group(2))
    own = [entry for entry in entries if "ID" not in (entry[1][at : at + 2] for at in range(0, len(entry[1]), 2))]
    if not own and not protected:
        return ()
    trustees = tuple(
        _ALIASES.get(who, who) for kind, flags, rights, who in entries if (kind, flags, rights) == ("A", "", "FA")
    )
    if (
        not protected
        or not entries
        or len(trustees) != len(entries)
        or not all(who.startswith("S-1-") for who in trustees)
    ):
        return None
    return trustees


def is_cloud(text: str) -> bool:
    """Whether a reparse point, as `fsutil reparsepoint query` told it, is a cloud drive's: a file like others, but for
    where it lies.
    """
    found = _TAG.search(text)
    return found is not None and int(found.group(1), 16) & _CLOUD_MASK == _CLOUD


def ancestors(paths: t.Iterable[str]) -> list[str]:
    """The directories above the paths, roots apart, each once."""
    return list(dict.fromkeys(_like(path, place) for path in paths for place in _above(_native(path))))


def _above(path: str) -> list[str]:
    parts = path.split("\\")
    root = 4 if is_remote(path) else 1
    return ["\\".join(parts[:count]) for count in range(root + 1, len(parts))]


def can_reach(path: str) -> bool:
    """Whether a file can be asked for at all: a full path with no character that a question cannot carry."""
    native = _native(path)
    return (
        is_absolute(native) and can_quote(native) and not _WILD.search(native) and not native.endswith(("\\", ".", " "))
    )


def _native(path: str) -> str:
    return path.replace("/", "\\")


def _item(number: int, name: str) -> str:
    """The name of a file of the item with this number, from 0, in archives."""
    return f"items/{'x/' * (number + 1)}{name}"


class Ahead(t.NamedTuple):
    """What was read before it was asked for: files and directories, by folded path."""

    files: t.Mapping[str, File] = {}
    directories: t.Mapping[str, Directory] = {}

    def directory(self, path: str) -> Directory | None:
        """What is known of a directory, where that is all there is to know of it."""
        known = self.directories.get(fold_path(path, {}))
        return None if known is None or (known.partial and known.go) else known


def _where_it_is(file: File, reference: str, value: str) -> File:
    """What was found by a reference, with the path that this means."""
    missing = tuple(place.replace(reference, value) for place in file.missing)
    return file._replace(obstacle=file.obstacle.replace(reference, value), missing=missing)


# --- the files -------------------------------------------------------------------------------------------------------


class WindowsFiles:
    """See `Files`. `owner` is the SID that private files belong to; without one, their owner as Windows has it."""

    def __init__(self, transport: Transport, owner: str = "", now: t.Callable[[], float] = time.time) -> None:
        self._transport = transport
        self._private = tuple(dict.fromkeys((SYSTEM, ADMINISTRATORS, sid(owner) if owner else OWNER_RIGHTS)))
        self._now = now
        # Not known yet, but where output is held back: only text is sure to pass there (see `_formats/held.py`).
        self._carries_bytes: bool | None = False if transport.holds_output else None
        self._trustees: dict[str, tuple[str, ...]] = {}
        self._left: tuple[str, ...] = ()
        self._ahead = Ahead()
        #: when the files that were read were modified, in seconds since 1970
        self.modified: dict[str, float] = {}

    # --- reading -----------------------------------------------------------------------------------------------------

    def read(self, paths: t.Sequence[str]) -> dict[str, File]:
        """What stands at these paths, in one command. Raises ReadError, TransportError."""
        ahead, self._ahead = self._ahead, Ahead({}, self._ahead.directories if self._ahead.files else {})
        out = {path: ahead.files[fold_path(path, {})] for path in paths if fold_path(path, {}) in ahead.files}
        rest = _reachable([path for path in paths if path not in out])
        for group in self._groups(rest, read_script):
            out.update(ask(self._transport, functools.partial(self._reading, group)))
        return out

    def reading_ahead(self, paths: t.Sequence[Reference]) -> Inquiry[dict[str, File]]:
        """The questions of `read` for what is where variables of the session say, before anybody knows where."""
        return (yield from self._reading(list(paths)))

    def reading(self, paths: t.Sequence[str]) -> Inquiry[dict[str, File]]:
        """The questions of `read` for paths that one command can ask for, whatever was read ahead."""
        return (yield from self._reading(_reachable(paths)))

    def ahead(self, path: str) -> File | None:
        """What was read of a file before it was asked for."""
        return self._ahead.files.get(fold_path(path, {}))

    def use_ahead(
        self,
        found: t.Mapping[str, File],
        more: t.Mapping[str, File],
        session: t.Mapping[str, str],
        directories: t.Mapping[str, Directory],
    ) -> None:
        """Have the next `read`, and what is looked at around it, use what was found ahead.

        found: by `Reference`. more: by path, of files that are only read. session: the variables of the session, by
        folded name. directories: by folded path.
        """
        files = {fold_path(path, {}): file for path, file in more.items()}
        for reference, file in found.items():
            name = reference.split("%")[1]
            value = session.get(name, "")
            if not value.isascii() or not can_reach(value) or (file.data is None and reference == f"%{name}%"):
                continue  # printed it may not be what it is; and of what is not there, all above it must be known
            path = reference.replace(f"%{name}%", value)
            if reference in self.modified:
                self.modified[path] = self.modified[reference]
            trustees = self._trustees.pop(reference, None)
            if trustees:
                self._trustees[path] = trustees
            files[fold_path(path, {})] = _where_it_is(file, f"%{name}%", value)
        self._ahead = Ahead(files, directories)

    def _reading(self, paths: list[str]) -> Inquiry[dict[str, File]]:
        for text in (False, True) if self._carries_bytes is not False else (True,):
            way = self._way(text)
            framed, completed = yield Question.of(way.mark, read_script(way, paths), last=True)
            self._must_have_read(framed, completed)
            raw = _archive(framed, text)
            files = contents(raw)
            if files is not None:
                self._carries_bytes = not text
                times = modification_times(raw)
                self.modified.update(
                    (path, times[name]) for number, path in enumerate(paths) if (name := _item(number, "now")) in times
                )
                return (yield from self._understand(paths, framed, files))
        raise ReadError(
            "The files came damaged from the host, as bytes and as text.",
            "Run again; tar.exe and certutil.exe must be allowed to run.",
        )

    def _must_have_read(self, framed: frames.Framed, completed: Completed) -> None:
        if "tools" not in framed:
            raise ReadError(
                f"The host did not answer as a Windows command prompt does, or its %TEMP% cannot be "
                f"used. {said(completed)}",
                "Check that the host is Windows, that this account may use the command prompt, and that there is "
                "room in its %TEMP%.",
            )
        lines = [line.strip() for line in (framed.first("tools") or b"").decode("utf-8", "replace").splitlines()]
        if "tar" not in lines:
            raise ReadError("The host has no tar.exe.", "Files need Windows 10 1803, Windows Server 2019, or newer.")
        self._left = tuple(staging.old(lines, self._now(), SWEPT_AT_ONCE))

    def _understand(
        self, paths: list[str], framed: frames.Framed, files: t.Mapping[str, bytes]
    ) -> Inquiry[dict[str, File]]:
        looked = parse_look(paths, framed.first("look") or b"")
        places = ancestors(paths)
        above = dict(zip(places, parse_attributes(framed.first("above") or b"", len(places))))
        foreign = yield from self._links(
            [path for path, seen in zip(paths, looked) if seen.is_reparse_point and not seen.is_directory]
        )
        out = {}
        for number, (path, seen) in enumerate(zip(paths, looked)):
            found = _found(path, seen, files, number)
            if not found.obstacle and not seen.exists:
                missing = tuple(place for place in _above(_native(path)) if not above.get(place))
                found = File(found.data, None, _why_not_there(path, seen, above), missing)
            elif not found.obstacle:
                found = File(
                    found.data,
                    None,
                    _link_obstacle(path) if path in foreign else self._rights(path, files.get(_item(number, "acl"))),
                )
            out[path] = found
        return out

    def _rights(self, path: str, saved: bytes | None) -> str:
        """Keep in mind who may use a private file, so that the new one is theirs too; the obstacle where that cannot be
        kept.
        """
        self._trustees.pop(path, None)
        if saved is None:
            return ""  # a file system without permissions
        trustees = grants_of(saved.decode("utf-16-le", "replace").lstrip("\ufeff"))
        if trustees is None:
            return (
                f"{path} has permissions of its own, and a new file in its place would lose them. Let it "
                f"inherit (icacls FILE /reset), or leave it out."
            )
        if trustees:
            self._trustees[path] = trustees
        return ""

    def _links(self, paths: list[str]) -> Inquiry[set[str]]:
        """Those reparse points that lead elsewhere. Rare, so only then a question more."""
        if not paths:
            return set()
        mark = staging.new_mark()
        query = f"{program('fsutil.exe')} reparsepoint query"
        statements = [
            line for path in paths for line in frames.framed(mark, "tag", f"{query} {quote(_native(path))} 2>nul")
        ]
        framed, _completed = yield Question(mark, tuple(statements))
        told = [raw.decode("ascii", "replace") for raw in framed.parts.get("tag", ())]
        return {path for number, path in enumerate(paths) if number >= len(told) or not is_cloud(told[number])}

    def readable(self, paths: t.Sequence[str]) -> set[str]:
        """Nothing: who may read a file of somebody's profile follows from the profile."""
        return set()

    def present(self, paths: t.Sequence[str]) -> set[str]:
        """Those of the paths where something stands. Raises ReadError, TransportError."""
        found: set[str] = set()
        for group in self._groups(_reachable(paths), _attributes_script, len(paths)):
            told = once_more(self._transport, functools.partial(self._attributes, group))
            found.update(path for path, attributes in zip(group, told) if attributes)
        return found

    def _attributes(self, paths: list[str], *before: str) -> list[str]:
        way = self._way()
        completed = self._transport.run(_attributes_script(way, paths, *before))
        raw = frames.parse(way.mark, completed.stdout).first("attributes")
        if raw is None:
            raise ReadError(f"The host did not say what stands there. {said(completed)}", "Run again.")
        return parse_attributes(raw, len(paths))

    def look(self, paths: t.Sequence[str]) -> dict[str, Directory]:
        """What is known of directories; of those that cannot be asked for, nothing. Raises ReadError,
        TransportError.
        """
        out = dict.fromkeys(paths, UNKNOWN)
        for path in out:
            out[path] = self._ahead.directory(path) or UNKNOWN
        unknown = [path for path in out if self._ahead.directory(path) is None and can_look_up(path)]
        for group in self._groups(unknown, _lookup_script, len(paths)):
            out.update(once_more(self._transport, functools.partial(self._look, group)))
        return out

    def _look(self, paths: list[str]) -> list[tuple[str, Directory]]:
        mark = staging.new_mark()
        completed = self._transport.run(Script(tuple(lookup(mark, paths))))
        raw = frames.parse(mark, completed.stdout).first("dirs")
        if raw is None:
            raise ReadError(f"Directories could not be looked up. {said(completed)}", "Run again.")
        return parse_lookup(paths, raw.decode("utf-8", "replace"))

    # --- writing -----------------------------------------------------------------------------------------------------

    def write(self, writes: t.Sequence[Write]) -> dict[str, Written]:
        """Write in the order given, in one command; what fails ends it. Between the copy of what stood and its
        replacement lie milliseconds, in which a writer is not seen: Windows has no program that exchanges two files.
        Raises ApplyError, ReadError, TransportError.
        """
        for write in writes:
            if write.link is not None:
                raise ApplyError(
                    f"{write.path} cannot be made a symbolic link on Windows.",
                    "Leave it out.",
                    "Nothing of it was written.",
                )
            if not can_reach(write.path):
                raise ApplyError(_unreachable(write.path), "Use another place.", "Nothing of it was written.")
        grants, needs = self._grants(writes)
        out: dict[str, Written] = {}
        at = 0
        for group in self._groups(
            [write.path for write in writes], lambda way, paths: write_script(way, paths, grants)
        ):
            self._write(writes[at : at + len(group)], grants, needs[at : at + len(group)], out)
            at += len(group)
        return out

    def _grants(self, writes: t.Sequence[Write]) -> tuple[list[tuple[str, ...]], list[int | None]]:
        """The different sets of trustees, and which each write needs."""
        wanted = [self._trustees.get(write.path) or (self._private if write.private else None) for write in writes]
        distinct = [trustees for trustees in dict.fromkeys(wanted) if trustees]
        return distinct, [distinct.index(trustees) if trustees else None for trustees in wanted]

    def _write(
        self, writes: t.Sequence[Write], grants: list[tuple[str, ...]], needs: list[int | None], out: dict[str, Written]
    ) -> None:
        paths = [write.path for write in writes]
        text = not self._carries_bytes  # known from a reading; where there was none, text is safe
        way = self._way(text)
        try:
            completed = self._transport.run(
                write_script(way, paths, grants), archive.pack(_members(writes, needs), self._now())
            )
        except TransportError as error:
            if error.lost:
                error.touched = (
                    f"{_done(out)} Of {', '.join(paths)} it is not known: the command may still be "
                    f"running. Running again converges."
                )
            raise
        framed = frames.parse(way.mark, completed.stdout)
        told = _must_have_arrived(framed, completed, out)
        try:
            files, looked = _read_back(framed, text, paths, completed)
        except ReadError as error:
            error.touched = f"It is not known what was written of {', '.join(paths)}. Run again, that converges."
            raise
        for number, (write, seen) in enumerate(zip(writes, looked)):
            flags = told[number] if number < len(told) else []
            if "gd-go" not in flags:
                raise _failure(write, seen, flags, files.get(_item(number, "said"), b""), out)
            out[write.path] = Written(File(files.get(_item(number, "old"))), _found(write.path, seen, files, number))

    def make(self, directories: t.Sequence[str]) -> None:
        """Make directories, and those above them. Raises ApplyError, TransportError."""
        for path in directories:
            if not can_reach(path):
                raise ApplyError(_unreachable(path), "Use another place.", "Nothing of it was written.")
        for group in self._groups(list(dict.fromkeys(directories)), _make_script, len(directories)):
            found = self._attributes(group, _make_loop(group))
            missing = [path for path, attributes in zip(group, found) if "d" not in attributes]
            if missing:
                raise ApplyError(
                    f"These directories could not be made: {', '.join(missing)}.",
                    "Look at the rights on their parents, and that no file of that name is in the way.",
                    "No file was written.",
                )

    @contextlib.contextmanager
    def alone(self, directory: str) -> t.Iterator[bool]:
        """Never: no handle outlives a command here. What another run wrote shows in `Written.replaced`."""
        yield False

    def obstacle_alone(self, directory: str) -> str:
        """Nothing is made for it."""
        return ""

    # --- common ------------------------------------------------------------------------------------------------------

    def _way(self, text: bool = False) -> Way:
        swept, self._left = self._left, ()
        return Way(staging.new_mark(), stamped(stamp(self._now())), text, swept)

    def _groups(
        self, paths: list[str], script: t.Callable[[Way, list[str]], Script], limit: int = AT_ONCE
    ) -> t.Iterator[list[str]]:
        """`paths` in groups whose script cmd.exe can take; nearly always one."""
        longest = Way(
            staging.new_mark(),
            "00000000T000000Z-00000000",
            True,
            (f"{staging.STAGING}00000000T000000Z-00000000",) * SWEPT_AT_ONCE,
        )
        while paths:
            count = min(len(paths), limit)
            while count > 1 and not _fits(script(longest, paths[:count])):
                count -= 1
            yield paths[:count]
            paths = paths[count:]


def _fits(script: Script) -> bool:
    try:
        script.command_line()
    except ValueError:
        return False
    return True


def _attributes_script(way: Way, paths: t.Sequence[str], *before: str) -> Script:
    loop = for_each(f"{LOOP}i in ({_list(paths)})", [f"echo a{LOOP}~ai"])
    return Script((*before, *frames.framed(way.mark, "attributes", loop)))


def _lookup_script(way: Way, paths: t.Sequence[str]) -> Script:
    return Script(tuple(lookup(way.mark, paths)))


def _make_loop(paths: t.Sequence[str]) -> str:
    return for_each(f"{LOOP}i in ({_list(paths)})", [f"md {_PATH} 2>nul"])


def _make_script(way: Way, paths: t.Sequence[str]) -> Script:
    return _attributes_script(way, paths, _make_loop(paths))


def _reachable(paths: t.Sequence[str]) -> list[str]:
    unique = list(dict.fromkeys(paths))
    for path in unique:
        if not can_reach(path):
            raise ReadError(_unreachable(path), "Use another place.")
    return unique


def _unreachable(path: str) -> str:
    return (
        f'{path} cannot be asked for: only full paths without " % & ^ | < > * ? can, which end in no dot, '
        f"blank or backslash."
    )


def _members(writes: t.Sequence[Write], needs: t.Sequence[int | None]) -> list[tuple[str, bytes]]:
    """The archive of a batch, the sentinel last."""
    members = []
    for number, (write, need) in enumerate(zip(writes, needs)):
        members.append((_item(number, "go"), b"y"))
        members.append((_item(number, "gone"), b"y") if write.data is None else (_item(number, "new"), write.data))
        above = _above(_native(write.path))
        going = {_native(place).upper() for place in write.prune}
        members += [
            (_item(number, f"prune{level}"), b"y")
            for level, place in enumerate(reversed(above[-LEVELS:]))
            if place.upper() in going
        ]
        if need is not None:
            members.append((_item(number, f"p{need}"), b"y"))
    return [*members, ("done", b"y")]


def _archive(framed: frames.Framed, text: bool) -> bytes:
    """What came back; nothing when its text is not whole."""
    raw = framed.first("files") or b""
    if text:
        try:
            raw = programs.parse_certutil(raw.decode("ascii", "replace"))
        except ValueError:
            return b""
    return raw


def _read_back(
    framed: frames.Framed, text: bool, paths: t.Sequence[str], completed: Completed
) -> tuple[dict[str, bytes], list[Seen]]:
    files = contents(_archive(framed, text))
    if files is None:
        raise ReadError("The change was sent, but what stands there now could not be read back.", said(completed))
    return files, parse_look(paths, framed.first("look") or b"")


def _found(path: str, seen: Seen, files: t.Mapping[str, bytes], number: int) -> File:
    """What stands at a path, with the obstacles that a look can tell."""
    if seen.is_directory:
        return File(b"", None, f"{path} is a directory. Move it away.")
    data = files.get(_item(number, "now"))
    if data is None:
        with contextlib.suppress(ValueError, KeyError):
            data = programs.parse_certutil(files[_item(number, "coded")].decode("ascii", "replace"))
    if data is None and seen.exists:
        if seen.size:
            return File(
                b"",
                None,
                f"{path} cannot be read: another program holds it, or this account may not read it. Close it, or "
                f"look at its permissions.",
            )
        data = b""
    return File(data, None, _attribute_obstacle(path, seen.attributes))


def _attribute_obstacle(path: str, attributes: str) -> str:
    if "r" in attributes:
        return f"{path} is read-only: somebody protected it. Take the attribute off (attrib -r FILE), or leave it out."
    if "h" in attributes or "s" in attributes:
        return (
            f"{path} is a hidden file or the system's, which cmd.exe does not replace. Take the attribute off "
            f"(attrib -h -s FILE), or leave it out."
        )
    return ""


def _link_obstacle(path: str) -> str:
    return (
        f"{path} is a symbolic link or another reparse point, and a new file in its place would cut it off. "
        f"Put a file there, or leave it out."
    )


def _why_not_there(path: str, seen: Seen, above: t.Mapping[str, str]) -> str:
    """What keeps a file from being made."""
    native = _native(path)
    if not seen.drive and not is_remote(native):
        return (
            f"{path} cannot be made: this session sees no drive {native[:2]}, which may be another session's "
            f"(subst, net use). Use a drive of the machine."
        )
    places = _above(native)
    wrong = next((place for place in places if above.get(place) and "d" not in above[place]), None)
    return f"{path} cannot be made: {wrong} is not a directory. Move it away." if wrong else ""


def _must_have_arrived(framed: frames.Framed, completed: Completed, out: t.Mapping[str, Written]) -> list[list[str]]:
    """What was said of each write. Raises ApplyError when none was even tried."""
    raw = framed.first("apply")
    if raw is None:
        raise ApplyError(
            f"The host broke off in the middle of writing. {said(completed)}",
            "Run again, that converges.",
            "It is not known what was written.",
        )
    head = [line.strip() for line in re.split(r"(?m)^#", raw.decode("utf-8", "replace"), maxsplit=1)[0].splitlines()]
    if "gd-arrived" not in head:
        words = " ".join(line for line in head if line) or "nothing"
        raise ApplyError(
            f"The files did not arrive whole on the host. tar.exe said: {words}.",
            "Run again; if it stays so, look for what cuts the connection, or for a full or write-protected %TEMP%.",
            _done(out),
        )
    return answers(raw.decode("utf-8", "replace"))


def _failure(write: Write, seen: Seen, flags: list[str], said: bytes, out: t.Mapping[str, Written]) -> ApplyError:
    text = last(" ".join(said.decode("utf-8", "replace").split()), 300)
    told = f" It said: {text}" if text else ""
    if seen.is_directory:
        return ApplyError(f"{write.path} could not be written: a directory stands there.", "Move it away.", _done(out))
    if "gd-public" in flags:
        return ApplyError(
            f"{write.path} could not be made private, so it was not written. icacls.exe did not give the "
            f"permissions.{told}",
            "Look at the rights on its directory, and whether its file system has permissions.",
            _done(out),
        )
    return ApplyError(
        f"{write.path} could not be {'removed' if write.data is None else 'written'}.{told}",
        "Look at its permissions and attributes, at the room on its drive, and for a program that holds it.",
        _done(out),
    )


def _done(out: t.Mapping[str, Written]) -> str:
    return f"Written: {', '.join(out)}." if out else "Nothing of it was written."
