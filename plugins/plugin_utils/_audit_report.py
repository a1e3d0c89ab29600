# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of an audit: of each host, or of the fleet where there are many, or of one variable. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.gopher.devbox.plugins.module_utils._core.masker import Masker
from ansible_collections.gopher.devbox.plugins.module_utils._core.scorecard import scorecard
from ansible_collections.gopher.devbox.plugins.module_utils._core.secrets import mask
from ansible_collections.gopher.devbox.plugins.module_utils._go.audit_document import SCHEMA

from ._audit_card import fleet_card, host_card
from ._audit_chain import chains
from ._audit_fleet import fleet_summary
from ._audit_host import host_summary
from ._audit_layout import numbered, table, wrapped
from ._audit_words import Document

#: more hosts than this are a fleet
MANY = 20
_UNREACHABLE, _FAILED = "unreachable", "failed"


class NotAudited(t.NamedTuple):
    """A host without a document. state: unreachable or failed."""

    host: str
    state: str
    reason: str


class Readings(t.NamedTuple):
    """documents: by host, without secrets."""

    documents: dict[str, Document]
    missing: tuple[NotAudited, ...]


def readings_of(results: t.Mapping[str, t.Any]) -> Readings:
    """What results of go_env_info hold, by the name that the inventory has for the host."""
    documents: dict[str, Document] = {}
    missing = []
    for host in sorted(results):
        result = results[host] if isinstance(results[host], t.Mapping) else {}
        document = result.get("audit")
        if result.get("unreachable"):
            missing.append(NotAudited(host, _UNREACHABLE, _reason(result)))
        elif isinstance(document, t.Mapping) and document.get("schema") == SCHEMA:
            documents[host] = Masker(document).result(document)
        else:
            reason = _reason(result) or f"There is no document of the schema {SCHEMA} in its result."
            missing.append(NotAudited(host, _FAILED, reason))
    return Readings(documents, tuple(missing))


def _reason(result: t.Mapping[str, t.Any]) -> str:
    """The message, without what ansible-core puts before it."""
    return mask(str(result.get("msg") or "").removeprefix("Task failed: ").removeprefix("Module failed: "))


def report(readings: Readings, name: str | None = None) -> list[str]:
    """The lines of it. name: the variable that it is about, as `known_name` gives it; None for all."""
    parts = [_summary(readings.documents, name), _missing(readings.missing), [_total(readings)]]
    lines: list[str] = []
    for part in parts:
        lines += [*([""] if lines and part else []), *part]
    return lines


def _summary(documents: t.Mapping[str, Document], name: str | None) -> list[str]:
    if not documents:
        return []
    if name is not None:
        return chains(name, documents)
    if len(documents) > MANY:
        return [*fleet_summary(documents), *fleet_card(scorecard(list(documents.values())))]
    lines: list[str] = []
    for host, document in documents.items():
        card = host_card(scorecard([document]), document["project"] is not None)
        lines += [*([""] if lines else []), *host_summary(host, document), *card]
    return lines


def _missing(missing: t.Sequence[NotAudited]) -> list[str]:
    return ["Not audited", *table([(one.host, one.state, one.reason) for one in missing], 2)] if missing else []


def _total(readings: Readings) -> str:
    states = [one.state for one in readings.missing]
    found = [f"{numbered(len(readings.documents), 'host')} audited"]
    found += [f"{states.count(state)} {state}" for state in (_FAILED, _UNREACHABLE) if state in states]
    return ", ".join(found)


def kept(paths: t.Sequence[str], directory: str, check_mode: bool) -> list[str]:
    """Where the documents are."""
    if check_mode:
        return wrapped(f"Documents: not kept in check mode (in {directory} otherwise)", 0, 2)
    if len(paths) == 1:
        return wrapped(f"Document: {paths[0]}", 0, 2)
    return wrapped(f"Documents: {len(paths)} files in {directory}", 0, 2) if paths else []
