# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with the Go environment of a host, by what an audit found: the findings over all media. Pure.

The rules are in modules of their own: of PATH and the go that runs, of values, of where modules come from, of
toolchains and the project. A rule that a plan has as well takes its words from `_core/environment_findings.py`.
"""

from __future__ import annotations

import typing as t

from .._core.syntaxes import syntax_of
from .audit import Audit, mode_of
from .audit_document import Noted
from .audit_download_checks import download_findings
from .audit_path_checks import path_findings
from .audit_toolchain_checks import toolchain_findings
from .audit_value_checks import value_findings

_Key = t.Tuple[str, str, str]  # noqa: UP006
_RULES = (path_findings, value_findings, download_findings, toolchain_findings)

#: what the SDKs' inventory says of a directory which GOROOT names, and which the rules of GOROOT say better
_SAME_AS_MISSING = ("sdk_missing", "sdk_broken")

#: how many texts one finding holds
_SAID = 5


def check(audit: Audit) -> list[Noted]:
    """The findings, each id, subject and layer once, in the order of a document."""
    found = _merged([*_noticed(audit), *_of_inventory(audit)])
    for rule in _RULES:
        for noted in rule(audit):
            found.setdefault(_key(noted), noted)
    return sorted(_without_twins(audit, found.values()), key=lambda noted: noted.order)


def _key(noted: Noted) -> _Key:
    return noted.finding.id, noted.finding.subject, noted.layer


def _noticed(audit: Audit) -> t.Iterator[Noted]:
    """What reading the media noticed by itself."""
    for finding, layer in audit.noticed:
        yield Noted(finding, layer, mode_of(layer))


def _of_inventory(audit: Audit) -> t.Iterator[Noted]:
    for finding in audit.inventory.findings:
        yield Noted(finding, *_layer_of(audit, finding.subject))


def _layer_of(audit: Audit, directory: str) -> tuple[str, str]:
    """The layer and the mode that lead to the directory of an SDK; the machine's where none does."""
    syntax = syntax_of(audit.family)
    root = syntax.fold_path(directory, {})
    goroot = audit.variables.get("GOROOT")
    for held in goroot.held if goroot else ():
        if syntax.fold_path(held.text, {}) == root:
            return held.layer, held.mode
    places = (root, syntax.fold_path(syntax.child(directory, "bin"), {}))
    for entry in audit.path:
        if entry.directory and syntax.fold_path(entry.directory, {}) in places:
            return entry.layer, entry.mode
    return "machine", "machine"


def _merged(several: t.Iterable[Noted]) -> dict[_Key, Noted]:
    """Each id, subject and layer once: with what is said of it."""
    found: dict[_Key, list[Noted]] = {}
    for noted in sorted(several, key=lambda noted: noted.order):
        found.setdefault(_key(noted), []).append(noted)
    return {key: _joined(group) for key, group in found.items()}


def _joined(group: t.Sequence[Noted]) -> Noted:
    first, more = group[0], [noted.finding for noted in group]
    finding = first.finding._replace(
        message=_together([one.message for one in more]), advice=_together([one.advice for one in more])
    )
    return first._replace(finding=finding)


def _together(texts: t.Sequence[str]) -> str:
    """Texts without those that others hold; of many the first ones."""
    different = list(dict.fromkeys(texts))
    out = ""
    for text in different[:_SAID]:
        out = out if text in out else f"{out} {text}".strip()
    left = len(different) - _SAID
    return f"{out} The same is so in {left} more places." if left > 0 else out


def _without_twins(audit: Audit, found: t.Iterable[Noted]) -> t.Iterator[Noted]:
    """Without what the inventory says of a directory that is reported as a GOROOT without an SDK."""
    every = list(found)
    syntax = syntax_of(audit.family)
    missing = {syntax.fold_path(noted.finding.subject, {}) for noted in every if noted.finding.id == "goroot_missing"}
    for noted in every:
        finding = noted.finding
        if finding.id not in _SAME_AS_MISSING or syntax.fold_path(finding.subject, {}) not in missing:
            yield noted
