# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The summary of one host, from its audit document. Pure."""

from __future__ import annotations

import typing as t

from ._audit_layout import numbered, table, wrapped
from ._audit_words import (
    Document,
    counted,
    go_of,
    is_default,
    label,
    place_of,
    platform_of,
    remarks,
    unread_lines,
    value_of,
)

#: a PATH of more entries is shown without those that there is nothing to say of
_PATH = 12
#: the defaults that are shown; of the others the number is said
_SHOWN_DEFAULTS = ("GOBIN", "GOCACHE", "GOMODCACHE", "GOPATH", "GOPROXY", "GOROOT", "GOSUMDB", "GOTOOLCHAIN")


def host_summary(host: str, document: Document) -> list[str]:
    """What a person should see of a host. host: as the inventory has it."""
    sections = (_go, _values, _defaults, _path, _sdks, _project, _measured, _unread, _findings)
    heading = f"{host}: {platform_of(document)}, user {document['user']}, read {document['taken']}"
    return [*wrapped(heading), *(line for section in sections for line in section(document))]


def _go(document: Document) -> list[str]:
    go = document["go"]
    place = f" (PATH entry {go['index'] + 1})" if go else ""
    return wrapped(f"go: {go_of(document)}{place}", 2, 6)


def _values(document: Document) -> list[str]:
    rows = []
    for name, variable in document["variables"].items():
        held = [variable, *variable["shadows"]]
        counts = [one for one in held if not is_default(one)]
        for number, one in enumerate(counts):
            place = "" if one["managed"] else place_of(one)
            text = f"{value_of(one)} ({place})" if place else value_of(one)
            hidden = ("hidden",) if number else ()
            rows.append(("" if number else name, label(one, *hidden), text))
    return ["  Values", *table(rows, 4)] if rows else ["  Values: none is set, all are defaults"]


def _defaults(document: Document) -> list[str]:
    values = {name: variable["value"] for name, variable in document["variables"].items() if variable["default"]}
    found = [f"{name} {values[name]}" for name in _SHOWN_DEFAULTS if name in values]
    left = len(values) - len(found)
    return wrapped(f"Defaults: {', '.join([*found, *([f'{left} more'] if left else [])])}", 2, 4) if values else []


def _path(document: Document) -> list[str]:
    entries = document["path"]
    shown = [
        (number, entry)
        for number, entry in enumerate(entries, 1)
        if len(entries) <= _PATH or remarks(entry) or entry["managed"]
    ]
    left = len(entries) - len(shown)
    more = f"; {left} of which there is nothing to say are left out" if left else ""
    size = f"{numbered(len(entries), 'entry')}, {numbered(document['path_length'], 'character')}"
    return [*wrapped(f"PATH: {size}{more}", 2, 4), *path_rows(shown)]


def path_rows(entries: t.Iterable[tuple[int, t.Mapping[str, t.Any]]]) -> list[str]:
    """Entries of PATH, each with its number from 1."""
    rows = []
    for number, entry in entries:
        said = remarks(entry)
        text = f"{entry['entry']} ({', '.join(said)})" if said else entry["entry"]
        rows.append((f"{number:>3}", label(entry), text))
    return table(rows, 4)


def _sdks(document: Document) -> list[str]:
    rows = [(sdk["version"], sdk["root"]) for sdk in document["sdks"]]
    return ["  SDKs", *table(rows, 4)] if rows else ["  SDKs: none"]


def _project(document: Document) -> list[str]:
    project = document["project"]
    if project is None:
        return []
    lines = wrapped(f"Project {project['root']}", 2, 4)
    for module in project["modules"]:
        lines += wrapped(f"{module['path']}: {_toolchain(module)}", 4, 6)
    if project["launchers"]:
        lines += wrapped(f"launchers set {', '.join(project['launchers'])}", 4, 6)
    if project["alternate_go"]:
        lines += wrapped(f"VS Code starts {project['alternate_go']} in place of go", 4, 6)
    return lines


def _toolchain(module: t.Mapping[str, t.Any]) -> str:
    if module["error"]:
        return str(module["error"])
    selected = module["selected"] or "no toolchain"
    decided = f" by {module['decided_by']}" if module["decided_by"] else ""
    satisfied = f"SDK {module['satisfied_by']}" if module["satisfied_by"] else "no SDK on the host satisfies it"
    return f"{selected}{decided}, {satisfied}"


def _measured(document: Document) -> list[str]:
    found = [f"{mode} {milliseconds:g} ms" for mode, milliseconds in document["measured"].items()]
    return wrapped(f"A new shell takes longer by: {', '.join(found)}", 2, 4) if found else []


def _unread(document: Document) -> list[str]:
    if not document["unread"]:
        return []
    found = [line for said in unread_lines(document["unread"]) for line in wrapped(said, 4, 6)]
    return ["  Not read, so that it is not known what they hold", *found]


def _findings(document: Document) -> list[str]:
    found = document["findings"]
    if not found:
        return ["  Findings: none"]
    rows = []
    advised = ""  # the same advice, of findings of one id, is given once
    for one in found:
        where = f" ({one['layer']})" if one["layer"] else ""
        advice = "" if one["advice"] == advised else f" {one['advice']}"
        rows.append((one["severity"], f"{one['id']}{where}: {one['message']}{advice}"))
        advised = one["advice"]
    return [f"  Findings: {counted(one['severity'] for one in found)}", *table(rows, 4)]
