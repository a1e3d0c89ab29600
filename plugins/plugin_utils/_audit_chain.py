# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One variable of an audit: every layer that has it, the one that counts, and why. PATH and go too. Pure."""

from __future__ import annotations

import difflib
import typing as t

from ansible_collections.gopher.devbox.plugins.module_utils._core.medium import USER
from ansible_collections.gopher.devbox.plugins.module_utils._core.own_options import OWN_OPTION
from ansible_collections.gopher.devbox.plugins.module_utils._go.audit import (
    BUILT_IN,
    GO_ENV,
    GO_ENV_FILE,
    MODES,
    PROJECT,
    SESSION,
)
from ansible_collections.gopher.devbox.plugins.module_utils._go.names import KNOWN

from ._audit_host import path_rows
from ._audit_layout import names, numbered, table, wrapped
from ._audit_words import Document, go_of, label, place_of, remarks, unread_lines, value_of

PATH, GO = "PATH", "go"
_NAMES = sorted({*KNOWN, *OWN_OPTION, PATH})

#: the layers below the environment, from the lowest up
_BELOW = (BUILT_IN, GO_ENV, GO_ENV_FILE)

_DEFAULT = "A default counts only where nothing sets the variable."
_OVER_FILE = "The environment hides the file that go env -w writes, and the defaults."
_WHY_BELOW = {
    GO_ENV_FILE: "go takes what is in its own file before the defaults, where the environment has nothing.",
    GO_ENV: "go.env in GOROOT is a default: it counts only where nothing sets the variable.",
    BUILT_IN: _DEFAULT,
}
_WHY_ENVIRONMENT = {
    PROJECT: "A project that was entered is put over the environment of the session.",
    SESSION: "What a session has for itself is put over what is there for the user and the machine.",
    USER: "What is there for the user is put over what is there for everybody.",
}


class UnknownName(ValueError):
    """A name of which an audit says nothing."""


def known_name(text: str) -> str:
    """The name as audits have it. Raises UnknownName."""
    if text.lower() == GO:
        return GO
    name = text.upper()
    if name in _NAMES:
        return name
    near = difflib.get_close_matches(name, _NAMES, 1)
    raise UnknownName(
        f"{text} is no variable that go reads (go_audit_name of the playbook, name of the module). "
        + (
            f"Did you mean {near[0]}?"
            if near
            else "Give one of those that go env lists, such as GOPROXY, or PATH, or go."
        )
    )


def chains(name: str, documents: t.Mapping[str, Document]) -> list[str]:
    """The chain of each host; hosts that have the same are together. name: of `known_name`."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for host in sorted(documents):
        groups.setdefault(tuple(_chain(name, documents[host])), []).append(host)
    lines: list[str] = []
    for chain, hosts in sorted(groups.items(), key=lambda item: (-len(item[1]), item[1])):
        count = f"{len(hosts)} hosts: " if len(hosts) > 1 else ""
        lines += [*([""] if lines else []), *wrapped(f"{name} on {count}{names(hosts)}", 0, 4), *chain]
    return lines


def _chain(name: str, document: Document) -> list[str]:
    if name == PATH:
        return _path(document)
    return _go(document) if name == GO else _variable(name, document)


# --- a variable ------------------------------------------------------------------------------------------------------


def _variable(name: str, document: Document) -> list[str]:
    variable = document["variables"].get(name)
    held = [variable, *variable["shadows"]] if variable else []
    rows = [
        (f"{number}", label(one, "counts" if number == 1 else "hidden"), _text(one))
        for number, one in enumerate(held, 1)
    ]
    lines = table(rows, 2) if rows else ["  No layer that was read has it."]
    if held:
        lines += wrapped(f"Why: {_why(held)}", 2, 4)
    return [*lines, *_unread(held[0] if held else None, document)]


def _text(held: t.Mapping[str, t.Any]) -> str:
    raw = f"written {held['raw']}" if held["known"] and held["raw"] not in (None, held["value"]) else ""
    file = held["file"] or {}
    owner = f"of {file['owner']}" if file.get("owner") else ""
    changed = f"changed {file['mtime']}" if file.get("mtime") else ""
    readable = "others can read it" if held["exposed"] else ""
    said = [part for part in (raw, place_of(held), owner, file.get("mode"), changed, readable) if part]
    return f"{value_of(held)} ({', '.join(said)})" if said else value_of(held)


def _why(held: t.Sequence[t.Mapping[str, t.Any]]) -> str:
    if len(held) == 1:
        return "No other layer that was read has it."
    winner, second = held[0], held[1]
    if winner["layer"] in _BELOW:
        return _WHY_BELOW[winner["layer"]]
    if second["layer"] in _BELOW:
        return _OVER_FILE
    for key in (winner["layer"], winner["mode"]):
        if key in _WHY_ENVIRONMENT:
            return _WHY_ENVIRONMENT[key]
    return f"In the environment the layer {winner['layer']} is put over the layer {second['layer']}."


def _unread(winner: t.Mapping[str, t.Any] | None, document: Document) -> list[str]:
    """What is not known of the media that could have the variable too."""
    may_win = [medium for medium in document["unread"] if _may_win(medium, winner)]
    others = [medium for medium in document["unread"] if medium not in may_win]
    return [
        *_not_read("Not read, what is there may count instead:", may_win),
        *_not_read("Not read, what is there would not count:", others),
    ]


def _not_read(heading: str, media: t.Sequence[t.Mapping[str, t.Any]]) -> list[str]:
    lines = [line for said in unread_lines(media) for line in wrapped(said, 4, 6)]
    return [f"  {heading}", *lines] if lines else []


def _may_win(medium: t.Mapping[str, t.Any], winner: t.Mapping[str, t.Any] | None) -> bool:
    """Whether a value there may be in a layer over that of the winner."""
    return winner is None or _rank(medium["medium"], medium["scope"]) >= _rank(winner["layer"], winner["mode"])


def _rank(place: str, mode: str) -> int:
    """place: a layer below the environment or the medium of one, or anything else of the environment."""
    if place in _BELOW:
        return _BELOW.index(place)
    return len(_BELOW) + MODES.index(mode)


# --- PATH, and go ----------------------------------------------------------------------------------------------------


def _path(document: Document) -> list[str]:
    size = f"{numbered(len(document['path']), 'entry')}, {numbered(document['path_length'], 'character')}"
    why = (
        "Windows joins the machine's entries and then the user's."
        if document["platform"]["family"] == "windows"
        else "The entries of the user's start files are before those of everybody's, and both before the rest."
    )
    return [
        f"  {size}",
        *path_rows(enumerate(document["path"], 1)),
        *wrapped(f"Why: the first directory that has a program is the one it is started from. {why}", 2, 4),
        *_unread_of_path(document),
    ]


def _go(document: Document) -> list[str]:
    entries = [(number, entry) for number, entry in enumerate(document["path"], 1) if entry["go"] or entry["shim"]]
    rows = [
        (f"{number:>3}", label(entry, "hidden" if place else "runs"), f"{entry['entry']} ({', '.join(remarks(entry))})")
        for place, (number, entry) in enumerate(entries)
    ]
    lines = [f"  {go_of(document)}", *table(rows, 4)]
    if entries:
        lines += wrapped("Why: the first directory on PATH that has a go is the one it is started from.", 2, 4)
    for name in ("GOROOT", "GOTOOLCHAIN"):
        variable = document["variables"].get(name)
        text = f"{value_of(variable)} ({label(variable)})" if variable else "not set in what was read"
        lines += wrapped(f"{name}: {text}", 2, 4)
    project = document["project"]
    if project and project["alternate_go"]:
        lines += wrapped(f"VS Code starts {project['alternate_go']} in place of it.", 2, 4)
    return [*lines, *_unread_of_path(document)]


def _unread_of_path(document: Document) -> list[str]:
    """Media that can hold entries of PATH."""
    return _not_read(
        "Not read, there may be more entries:", [one for one in document["unread"] if one["medium"] not in _BELOW]
    )
