# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The summary of a fleet, from the audit documents of its hosts. Pure.

What most hosts have is said once, with their number; what others have, with their names.
"""

from __future__ import annotations

import typing as t

from ._audit_layout import names, numbered, table
from ._audit_words import SEVERITIES, Document, counted, label, platform_of, value_of

#: hosts by name for each thing that is said of them
Groups = dict[str, list[str]]


def fleet_summary(documents: t.Mapping[str, Document]) -> list[str]:
    """documents: by the name that the inventory has for the host."""
    of_hosts = [(host, documents[host]) for host in sorted(documents)]
    return [
        *_section("Platforms", _grouped(of_hosts, platform_of)),
        *_section("go", _grouped(of_hosts, _version)),
        *_values(of_hosts),
        *_findings(of_hosts),
        *_unread(of_hosts),
    ]


Hosts = t.Sequence[tuple[str, Document]]


def _grouped(of_hosts: Hosts, said: t.Callable[[Document], str]) -> Groups:
    groups: Groups = {}
    for host, document in of_hosts:
        groups.setdefault(said(document), []).append(host)
    return groups


def _section(heading: str, groups: Groups) -> list[str]:
    return [heading, *table(_rows(groups), 2)] if groups else []


def _rows(groups: Groups) -> list[tuple[str, str]]:
    """The number of hosts of each group, most first. The first group is without names where most hosts are in it."""
    ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    total = sum(len(hosts) for hosts in groups.values())
    return [
        (f"{len(hosts):>5}", said if not place and 2 * len(hosts) > total else f"{said}: {names(hosts)}")
        for place, (said, hosts) in enumerate(ordered)
    ]


def _named(hosts: t.Collection[str], of_hosts: Hosts) -> str:
    """Hosts of a fleet by name, where not all are meant."""
    return ", all of them" if len(hosts) == len(of_hosts) else f": {names(hosts)}"


def _version(document: Document) -> str:
    go = document["go"]
    return "none on PATH" if go is None else str(go["version"] or "of unknown version")


def _values(of_hosts: Hosts) -> list[str]:
    """Each variable that somebody set on one of the hosts."""
    found = sorted(
        {
            name
            for _host, document in of_hosts
            for name, variable in document["variables"].items()
            if not variable["default"]
        }
    )
    rows: list[tuple[str, str, str]] = []
    for name in found:
        groups = _grouped(of_hosts, lambda document, name=name: _value(name, document))  # type: ignore[misc]
        rows += [("" if place else name, *row) for place, row in enumerate(_rows(groups))]
    return ["Values", *table(rows, 2)] if rows else ["Values: none is set on any host, all are defaults"]


def _value(name: str, document: Document) -> str:
    """As it is written, because what it means differs from user to user."""
    variable = document["variables"].get(name)
    if variable and not variable["default"]:
        return f"{value_of(variable) if variable['raw'] is None else variable['raw']} ({label(variable)})"
    if document["unread"]:
        return "not set in what was read"
    return "default" if variable else "not set"


def _findings(of_hosts: Hosts) -> list[str]:
    groups: dict[tuple[int, str], Groups] = {}
    severities = []
    for host, document in of_hosts:
        for found in document["findings"]:
            severities.append(found["severity"])
            key = SEVERITIES.index(found["severity"]), found["id"]
            groups.setdefault(key, {}).setdefault(host, []).append(found["subject"])
    if not groups:
        return ["Findings: none"]
    rows = [
        (SEVERITIES[severity], id, numbered(len(hosts), "host") + _named(hosts, of_hosts))
        for (severity, id), hosts in sorted(groups.items(), key=lambda item: (item[0][0], -len(item[1]), item[0][1]))
    ]
    return [f"Findings: {counted(severities)} (docs/findings.md explains each id)", *table(rows, 2)]


def _unread(of_hosts: Hosts) -> list[str]:
    groups: Groups = {}
    for host, document in of_hosts:
        for said in dict.fromkeys(f"{one['medium']} ({one['scope']}), {one['state']}" for one in document["unread"]):
            groups.setdefault(said, []).append(host)
    rows = [(f"{len(hosts):>5}", said + _named(hosts, of_hosts)) for said, hosts in sorted(groups.items())]
    return ["Not read, so that it is not known what they hold", *table(rows, 2)] if rows else []
