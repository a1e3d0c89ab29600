# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a scorecard takes from an audit's document (docs/schema/audit-1.json): its findings, the modes that the host
uses, what was measured. Pure.

A document may come from a file or from a host of another version, so that all that is taken is checked first.
"""

from __future__ import annotations

import math
import typing as t
from dataclasses import dataclass

from .medium import MACHINE, USER

SCHEMA = "audit-1"

PROJECT = "project"
MODES = (MACHINE, USER, PROJECT)
SEVERITIES = ("error", "warning", "info")

#: layers whose values are defaults, and layers of what a host has without anybody's doing
_DEFAULTS = ("built in", "go.env")
_OF_THE_SYSTEM = ("system", "login")
#: states of a medium of which it is not known what it holds
_UNREAD = ("denied", "not_looked", "damaged")
_MEDIUM_STATES = ("read", "absent", *_UNREAD)
_FAMILIES = ("windows", "posix")

#: how variables of Go begin; compilers and their like, which go reads too, are no sign of a mode
_OF_GO = ("GO", "CGO_")

_KINDS: tuple[tuple[t.Any, str], ...] = (
    (bool, "boolean"),
    (type(None), "null"),
    (str, "text"),
    ((int, float), "number"),
    (t.Mapping, "dictionary"),
    (t.Sequence, "list"),
)
_TEXT, _LIST, _DICTIONARY, _NUMBER, _BOOLEAN = "text", "list", "dictionary", "number", "boolean"


class DocumentError(ValueError):
    """A document that is none. The message names the part that is wrong, what it is, and what it must be."""


class Found(t.NamedTuple):
    """A finding of a document."""

    id: str
    severity: str
    mode: str
    layer: str
    subject: str
    message: str


class Use(t.NamedTuple):
    """Whether a host uses a mode, None where that is not known; and what says so, each as a text."""

    known: bool | None
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class Scored:
    """What of a document counts."""

    host: str
    #: whose user scope it is
    user: str
    #: when it was taken
    taken: str
    windows: bool
    #: in an order that depends on them alone
    findings: tuple[Found, ...]
    #: by mode
    uses: t.Mapping[str, Use]
    #: milliseconds that a shell takes longer, by mode
    measured: t.Mapping[str, float]


def read_documents(given: t.Any) -> list[Scored]:
    """What of one document, or of each of a list, counts; in an order that depends on them alone. Raises DocumentError
    for what is not a document.
    """
    if _kind(given) == _DICTIONARY:
        documents = [("The document", given)]
    elif _kind(given) == _LIST:
        documents = [(f"Document {number}", document) for number, document in enumerate(given, 1)]
    else:
        raise DocumentError(
            f"{_a(given)} is no document of an audit: give the audit of a result of go_env_info, or a list of them."
        )
    return sorted((_read(document, name) for name, document in documents), key=lambda one: (one.host, repr(one)))


def _read(document: t.Any, name: str) -> Scored:
    _is_document(document, name)
    host = _part(document, "host", _TEXT, name)
    where = f"{name} ({host})"
    platform = _part(document, "platform", _DICTIONARY, where)
    findings = [_finding(item, at) for item, at in _items(document, "findings", where)]
    return Scored(
        host,
        _part(document, "user", _TEXT, where),
        _part(document, "taken", _TEXT, where),
        _word(platform, "family", _FAMILIES, f"{where}: platform") == "windows",
        tuple(sorted(findings, key=lambda found: (found.id, SEVERITIES.index(found.severity), found))),
        _uses(document, where),
        _measured(document, where),
    )


def _is_document(document: t.Any, name: str) -> None:
    if _kind(document) != _DICTIONARY:
        raise DocumentError(f"{name} is {_a(document)}, and must be a dictionary: the audit of a host.")
    if "schema" not in document:
        of_result = "audit" in document
        raise DocumentError(
            f"{name} is a result of go_env_info. Give its audit."
            if of_result
            else f"{name} has no schema, so it is no document of an audit. Give the audit of a result of go_env_info."
        )
    if document["schema"] != SCHEMA:
        raise DocumentError(
            f"{name} has the schema {document['schema']!r}, and this version reads {SCHEMA}. "
            "Take the audit anew, or read it with the version that made it."
        )


def _finding(item: t.Any, where: str) -> Found:
    return Found(
        _part(item, "id", _TEXT, where),
        _word(item, "severity", SEVERITIES, where),
        _word(item, "mode", MODES, where),
        *(_part(item, name, _TEXT, where) for name in ("layer", "subject", "message")),
    )


def _measured(document: t.Mapping[str, t.Any], where: str) -> dict[str, float]:
    measured = _part(document, "measured", _DICTIONARY, where)
    for mode in measured:
        _one_of(mode, MODES, f"{where}: measured has the mode {mode!r}")
        if not math.isfinite(_part(measured, mode, _NUMBER, f"{where}: measured")):
            raise DocumentError(f"{where}: measured.{mode} is {measured[mode]}, and must be milliseconds.")
    return dict(measured)


# --- whether a mode is in use ----------------------------------------------------------------------------------------


def _uses(document: t.Mapping[str, t.Any], where: str) -> dict[str, Use]:
    signs: dict[str, list[str]] = {mode: [] for mode in MODES}
    for mode, sign in (*_of_variables(document, where), *_of_path(document, where), *_of_project(document, where)):
        signs[mode].append(sign)
    doubts = dict(_doubts(document, where))
    return {
        mode: Use(True, tuple(dict.fromkeys(found)))
        if found
        else Use(None, tuple(doubts[mode]))
        if mode in doubts
        else Use(False, ())
        for mode, found in signs.items()
    }


def _of_variables(document: t.Mapping[str, t.Any], where: str) -> t.Iterator[tuple[str, str]]:
    """A value of a variable of Go that somebody set, one that another layer hides too."""
    variables = _part(document, "variables", _DICTIONARY, where)
    for name in sorted(variables):
        at = f"{where}: variables.{name}"
        found = _part(variables, name, _DICTIONARY, f"{where}: variables")
        _part(found, "value", _TEXT, at)
        for held, place in ((found, at), *_items(found, "shadows", at)):
            mode, layer = _word(held, "mode", MODES, place), _part(held, "layer", _TEXT, place)
            if layer not in _DEFAULTS and name.upper().startswith(_OF_GO):
                yield mode, f"{name} ({layer})"


def _of_path(document: t.Mapping[str, t.Any], where: str) -> t.Iterator[tuple[str, str]]:
    """An entry of PATH that is there for Go: an SDK's, a version manager's, one of this collection, or the directory
    that go installs programs into.
    """
    windows = document["platform"]["family"] == "windows"
    installs = [_flat(directory, windows) for directory in _install_directories(document["variables"], windows)]
    for entry, at in _items(document, "path", where):
        mode, layer = _word(entry, "mode", MODES, at), _part(entry, "layer", _TEXT, at)
        directory, managed = _part(entry, "directory", _TEXT, at), _part(entry, "managed", _BOOLEAN, at)
        of_go = "".join(_optional(entry, name, at) for name in ("go", "sdk", "shim"))
        if managed or ((of_go or _flat(directory, windows) in installs) and layer not in _OF_THE_SYSTEM):
            yield mode, f"PATH has {directory} ({layer})"


def _install_directories(variables: t.Mapping[str, t.Any], windows: bool) -> t.Iterator[str]:
    gobin, gopath = (variables[name]["value"] if name in variables else "" for name in ("GOBIN", "GOPATH"))
    workspace = gopath.partition(";" if windows else ":")[0]
    if gobin:
        yield gobin
    if workspace:
        yield f"{workspace}/bin"


def _flat(directory: str, windows: bool) -> str:
    return directory.replace("\\", "/").rstrip("/").lower() if windows else directory.rstrip("/")


def _of_project(document: t.Mapping[str, t.Any], where: str) -> t.Iterator[tuple[str, str]]:
    """A launcher with values, or an editor's file that decides which go runs. A go.mod alone is no mode of a project's
    own.
    """
    if document.get("project") is None:
        return
    project, at = _part(document, "project", _DICTIONARY, where), f"{where}: project"
    for name in sorted(_part(project, "launchers", _DICTIONARY, at)):
        yield PROJECT, f"a launcher sets {name}"
    alternate = _optional(project, "alternate_go", at)
    if alternate:
        yield PROJECT, f"an editor starts {alternate} as go"


def _doubts(document: t.Mapping[str, t.Any], where: str) -> t.Iterator[tuple[str, list[str]]]:
    """The modes of which a medium was not read, each with these media."""
    unread: dict[str, list[str]] = {}
    for medium, at in _items(document, "media", where):
        mode, state = _word(medium, "scope", MODES, at), _word(medium, "state", _MEDIUM_STATES, at)
        label, place = _part(medium, "medium", _TEXT, at), _part(medium, "place", _TEXT, at)
        if state in _UNREAD:
            unread.setdefault(mode, []).append(f"{label} {place}: {state}")
    if document.get("project") is None:
        unread.setdefault(PROJECT, []).append("no project was looked at")
    yield from unread.items()


# --- parts of a document ---------------------------------------------------------------------------------------------


def _kind(value: t.Any) -> str:
    return next((word for its, word in _KINDS if isinstance(value, its)), type(value).__name__)


def _a(value: t.Any) -> str:
    kind = _kind(value)
    return kind if kind == "null" else f"a {kind}"


def _part(holder: t.Any, name: str, kind: str, where: str) -> t.Any:
    if _kind(holder) != _DICTIONARY:
        raise DocumentError(f"{where} is {_a(holder)}, and must be a {_DICTIONARY}.")
    if name not in holder:
        raise DocumentError(f"{where} has no {name}, which every document of schema {SCHEMA} has.")
    if _kind(holder[name]) != kind:
        raise DocumentError(f"{where}: {name} is {_a(holder[name])}, and must be a {kind}.")
    return holder[name]


def _optional(holder: t.Any, name: str, where: str) -> str:
    """A text that may be null."""
    return "" if _kind(holder) == _DICTIONARY and holder.get(name, "") is None else _part(holder, name, _TEXT, where)


def _word(holder: t.Any, name: str, words: t.Sequence[str], where: str) -> str:
    word: str = _part(holder, name, _TEXT, where)
    return _one_of(word, words, f"{where}: {name} is {word!r}")


def _one_of(word: t.Any, words: t.Sequence[str], said: str) -> str:
    if word not in words:
        raise DocumentError(f"{said}, and must be one of {', '.join(words)}.")
    return str(word)


def _items(holder: t.Any, name: str, where: str) -> list[tuple[t.Any, str]]:
    items = _part(holder, name, _LIST, where)
    return [(item, f"{where}: {name}[{number}]") for number, item in enumerate(items)]
