# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An audit as a document: docs/schema/audit-1.json is its schema. Pure.

Everything is in an order that depends on the content alone, so that two documents can be compared line by line. Values
are still as they were read: the runner masks the whole document.
"""

from __future__ import annotations

import datetime
import typing as t

from .._core.findings import Finding, Severity
from .._core.secrets import secrets_in
from .audit import UNREAD, Audit, Held, Origin, SeenEntry, SeenMedium, SeenProject, SeenVariable

SCHEMA = "audit-1"
DOCS = "docs/findings.md#"

_SEVERITIES = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


class Noted(t.NamedTuple):
    """A finding of an audit. layer, mode: of its subject, `mode` one of `audit.MODES`."""

    finding: Finding
    layer: str
    mode: str

    @property
    def order(self) -> tuple[t.Any, ...]:
        found = self.finding
        return (_SEVERITIES[found.severity], found.id, self.mode, self.layer, found.subject, found.message)


def to_document(audit: Audit, findings: t.Iterable[Noted], taken: float) -> dict[str, t.Any]:
    """The document. taken: the time of the reading, in seconds since 1970."""
    goos, goarch = audit.native
    go = audit.go
    return {
        "schema": SCHEMA,
        "host": audit.host,
        "taken": _time(taken),
        "platform": {"family": audit.family, "goos": goos or None, "goarch": goarch or None, "wsl": audit.wsl},
        "user": audit.user,
        "media": [_medium(medium) for medium in audit.media],
        "variables": {name: _variable(audit.variables[name]) for name in sorted(audit.variables)},
        "path": [_entry(entry) for entry in audit.path],
        "path_length": audit.path_length,
        "go": go.to_result() if go else None,
        "sdks": [sdk.to_result() for sdk in audit.inventory.sdks],
        "directories": [
            {
                "variable": found.variable,
                "directory": found.directory,
                "exists": found.exists,
                "remote": found.remote,
                "file_system": found.file_system or None,
            }
            for found in sorted(audit.directories, key=lambda found: (found.variable, found.directory))
        ],
        "project": _project(audit.project) if audit.project else None,
        "measured": {mode: round(audit.measured[mode], 2) for mode in sorted(audit.measured)},
        "findings": [_finding(noted) for noted in sorted(set(findings), key=lambda noted: noted.order)],
        "unread": [_medium(medium) for medium in audit.media if medium.state in UNREAD],
    }


def _time(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(int(seconds), datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _medium(found: SeenMedium) -> dict[str, t.Any]:
    return {
        "medium": found.medium,
        "scope": found.scope,
        "place": found.place,
        "state": found.state,
        "reason": found.reason or None,
    }


def _variable(found: SeenVariable) -> dict[str, t.Any]:
    counts = found.counts
    return {
        **_held(counts),
        "default": found.is_default,
        "shadows": [_held(held) for held in found.held[1:]],
    }


def _held(held: Held) -> dict[str, t.Any]:
    return {
        "value": held.text,
        "raw": held.raw,
        "known": held.known,
        "layer": held.layer,
        "mode": held.mode,
        "managed": held.managed,
        "secret": bool(secrets_in(held.text)),
        "exposed": held.exposed,
        "file": _origin(held.origin) if held.origin else None,
    }


def _origin(origin: Origin) -> dict[str, t.Any]:
    return {
        "path": origin.path,
        "line": origin.line,
        "owner": origin.owner or None,
        "mode": None if origin.mode is None else f"{origin.mode:04o}",
        "mtime": None if origin.mtime is None else _time(origin.mtime),
    }


def _entry(entry: SeenEntry) -> dict[str, t.Any]:
    return {
        "entry": entry.entry,
        "directory": entry.directory,
        "layer": entry.layer,
        "mode": entry.mode,
        "exists": entry.exists,
        "go": entry.go or None,
        "sdk": entry.sdk,
        "shim": entry.shim or None,
        "duplicate": entry.duplicate,
        "remote": entry.remote,
        "file_system": entry.file_system or None,
        "writable": entry.writable,
        "managed": entry.managed,
    }


def _project(project: SeenProject) -> dict[str, t.Any]:
    return {
        "root": project.root,
        "modules": [
            {
                "path": module.path,
                "selected": module.selected or None,
                "satisfied_by": module.satisfied_by or None,
                "decided_by": module.decided_by or None,
                "error": module.error or None,
            }
            for module in sorted(project.modules, key=lambda module: module.path)
        ],
        "launchers": {name: project.launchers[name] for name in sorted(project.launchers)},
        "alternate_go": project.alternate_go or None,
    }


def _finding(noted: Noted) -> dict[str, t.Any]:
    return {
        **noted.finding.to_result(str),
        "layer": noted.layer,
        "mode": noted.mode,
        "docs": DOCS + noted.finding.id,
    }
