# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an audit asks a Windows host besides what stores ask: which hives are loaded, what is managed for everybody, who
may write to directories, which directories show nothing of what is in them.
"""

from __future__ import annotations

import re
import time
import typing as t

from .._core.errors import ReadError
from .._core.record import Record
from .._core.values import fold_name
from .._core.wanted import Scope
from .._core.windows import can_look_up, fold_path
from .._formats import frames, programs, regtext
from .._formats.cmdscript import LOOP, can_quote, chunks, for_each, if_, program, quote
from .._formats.directories import answers
from .._go.audit import NO, YES
from .._hosts import staging
from .._hosts.batch import Inquiry, Question
from .._hosts.clock import stamp, stamped
from .._hosts.files import File
from .._hosts.transport import said
from .registry_scripts import query
from .registry_writing import Keys

T = t.TypeVar("T")

_MARK = "gd-acl"  # a line before each descriptor, which no file name in a descriptor's file can be
_ROOM = 2400  # characters of the paths of one question
_ITEM = f"{LOOP}~i"


class SeenKeys(t.NamedTuple):
    """loaded: the SIDs whose hives are loaded, in upper case. machine_record: None where its key is not there."""

    loaded: frozenset[str]
    machine_record: Record | None


def keys() -> Inquiry[SeenKeys]:
    """The loaded hives, and the record of what this collection manages for everybody."""
    mark = staging.new_mark()
    home = Keys.of(Scope.MACHINE, "").home
    framed, _completed = yield Question(
        mark,
        (
            *frames.framed(mark, "hives", *frames.run_reporting_start(mark, f"{program('reg.exe')} query HKU")),
            *query(mark, "home", home),
        ),
    )
    roots = (framed.first("hives") or b"").decode("ascii", "replace").splitlines()
    found = regtext.parse_query((framed.first("home") or b"").decode("ascii", "replace"), home)
    text = found.value("record") if found else None
    return SeenKeys(
        frozenset(fold_name(line.strip().rpartition("\\")[2]) for line in roots if "\\" in line),
        None if found is None or text is None else Record.loads(text),
    )


def attempted(begin: t.Callable[[], Inquiry[T]]) -> Inquiry[T | ReadError]:
    """An inquiry that may fail without the others."""
    try:
        return (yield from begin())
    except ReadError as error:
        return error


def descriptors(paths: t.Iterable[str]) -> Inquiry[dict[str, str]]:
    """Whether ordinary users can write to directories, by folded path: YES or NO; of those that the host did not say it
    of, nothing.
    """
    wanted = [path for path in {fold_path(path, {}): path for path in paths}.values() if _can_be_asked(path)]
    out: dict[str, str] = {}
    for group in chunks(wanted, _ROOM):
        mark = staging.new_mark()
        framed, _completed = yield Question(mark, tuple(_descriptors(mark, group)))
        for path, text in zip(group, _saved(framed.first("acl") or b"", len(group))):
            if text is not None:
                out[fold_path(path, {})] = YES if programs.writable_by_ordinary_users(text) else NO
    return out


def _can_be_asked(path: str) -> bool:
    return can_look_up(path) and can_quote(path)


def _descriptors(mark: str, paths: t.Sequence[str]) -> list[str]:
    """As SDDL with SIDs: icacls.exe's own output is localised, and its file is UTF-16 that `type` may cut."""
    id = stamped(stamp(time.time()))
    place = staging.directory(id)
    one, all_ = f'"{place}\\one"', f'"{place}\\all"'
    body = [
        f"echo {_MARK}>>{all_}",
        f'{program("icacls.exe")} "{_ITEM}" /save {one} /q >nul 2>&1',
        if_(f"exist {one}", f"copy /y /b {all_}+{one} {all_} >nul 2>&1"),
        f"del /q {one} 2>nul",
    ]
    return [
        f'md "{place}" 2>nul',
        for_each(f"{LOOP}i in ({' '.join(quote(path) for path in paths)})", body),
        f'{program("certutil.exe")} -f -encode {all_} "{place}\\coded" >nul 2>&1',
        *frames.framed(mark, "acl", f'type "{place}\\coded" 2>nul'),
        *staging.remove([staging.STAGING + id]),
    ]


def _saved(coded: bytes, count: int) -> list[str | None]:
    """The descriptor of each of so many paths, None for those without."""
    try:
        raw = programs.parse_certutil(coded.decode("ascii", "replace"))
    except ValueError:
        return [None] * count
    parts = raw.split(f"{_MARK}\r\n".encode("ascii"))[1:]
    if len(parts) != count:
        return [None] * count
    texts = (part.decode("utf-16-le", "replace").lstrip("\ufeff").strip() for part in parts)
    return [text or None for text in texts]


def unlistable(paths: t.Sequence[str]) -> Inquiry[set[str]]:
    """Those of the directories that are there, and show this session nothing of what is in them."""
    wanted = [path for path in paths if _can_be_asked(path)]
    if not wanted:
        return set()
    mark = staging.new_mark()
    body = ["echo #", f"echo a{LOOP}~ai", if_(f'exist "{_ITEM}\\*"', "echo l")]  # in each is at least itself
    loop = for_each(f"{LOOP}i in ({' '.join(quote(path) for path in wanted)})", body)
    framed, _completed = yield Question(mark, tuple(frames.framed(mark, "listed", loop)))
    blocks = answers((framed.first("listed") or b"").decode("ascii", "replace"))
    return {path for path, lines in zip(wanted, blocks) if lines and "d" in lines[0][1:] and "l" not in lines}


def typed(paths: t.Sequence[str]) -> Inquiry[dict[str, File]]:
    """Text files, as `type` prints them: those that one command can name."""
    wanted = [path for path in paths if _can_be_asked(path)]
    if not wanted:
        return {}
    mark = staging.new_mark()
    body = frames.framed(mark, "typed", f"echo a{LOOP}~ai", f"echo z{LOOP}~zi", f'type "{_ITEM}" 2>nul', "echo.")
    loop = for_each(f"{LOOP}i in ({' '.join(quote(path) for path in wanted)})", body)
    framed, completed = yield Question(mark, (loop,))
    parts = framed.parts.get("typed", ())
    if len(parts) != len(wanted):
        raise ReadError(f"The host did not show every file of the project. {said(completed)}", "Run again.")
    return {path: _typed(path, raw) for path, raw in zip(wanted, parts)}


def _typed(path: str, raw: bytes) -> File:
    attributes, _break, rest = raw.partition(b"\n")
    size, _break, data = rest.partition(b"\n")
    data = re.sub(rb"\r?\n\Z", b"", data)
    if not re.search(rb"[a-z]", attributes.strip()[1:]):
        return File(None)
    if b"d" in attributes.strip()[1:]:
        return File(b"", None, f"{path} is a directory.")
    if not data and size.strip() != b"z0":
        return File(b"", None, f"{path} cannot be read by this account, or another program holds it.")
    return File(data)
