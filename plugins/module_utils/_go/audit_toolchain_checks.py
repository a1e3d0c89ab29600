# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an audit finds about toolchains and a project: which one does the work, and which one VS Code starts. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._core.alternate_go import alternate_go
from .._core.findings import Finding
from .._core.syntaxes import syntax_of
from .audit import PROJECT, Audit, Held, SeenModule, SeenProject
from .audit_document import Noted
from .audit_value_checks import where
from .gosettings import value_problem
from .versions import GoVersion

#: the first Go that knows of toolchains
_FIRST = GoVersion.bare("1.21rc1")
_AUTO = "auto"
_LISTED = 5


def toolchain_findings(audit: Audit) -> t.Iterator[Noted]:
    """All of them."""
    toolchains = _Toolchains(audit)
    held = toolchains.held
    if held:
        forbidden = toolchains.forbidden()
        yield from [toolchains.forbids(held, forbidden)] if forbidden else toolchains.pinned(held)
    if audit.project:
        yield from toolchains.switches(audit.project)
        yield from _alternate(audit, audit.project)


@dataclass(frozen=True)
class _Toolchains:
    audit: Audit

    @property
    def held(self) -> Held | None:
        found = self.audit.variables.get("GOTOOLCHAIN")
        return found.counts if found else None

    @property
    def _text(self) -> str:
        """GOTOOLCHAIN in force; `auto` where nothing says otherwise."""
        return self.held.text if self.held else _AUTO

    @property
    def _is_read(self) -> bool:
        """Whether the go that runs reads GOTOOLCHAIN, and works with it."""
        go = self.audit.go
        version = GoVersion.parse((go.version if go else None) or "")
        return (not version or version >= _FIRST) and not (
            self._text and value_problem("GOTOOLCHAIN", self._text, self.audit.family)
        )

    @property
    def _is_fixed(self) -> bool:
        """Whether no line of a go.mod makes go change to a toolchain that it downloads."""
        return self._text != _AUTO and not self._text.endswith("+auto")

    @property
    def _only_looks_on_path(self) -> bool:
        return self._text == "path" or self._text.endswith("+path")

    def forbidden(self) -> list[SeenModule]:
        """The modules that do not work because of GOTOOLCHAIN."""
        if not (self._is_read and self._is_fixed and self.audit.project):
            return []
        return sorted(
            (module for module in self.audit.project.modules if self._is_forbidden(module)),
            key=lambda module: module.path,
        )

    def _is_forbidden(self, module: SeenModule) -> bool:
        if module.error:  # as `toolchain.select` says it, in go's own words
            return "(running go " in module.error or "GOTOOLCHAIN" in module.error
        return self._only_looks_on_path and bool(module.selected) and not module.satisfied_by

    def forbids(self, held: Held, modules: t.Sequence[SeenModule]) -> Noted:
        named = [f"{module.path} ({module.error or f'it wants {module.selected}'})" for module in modules[:_LISTED]]
        more = f" and {len(modules) - _LISTED} more" if len(modules) > _LISTED else ""
        finding = Finding.of(
            "gotoolchain_forbids",
            f"GOTOOLCHAIN={self._text} of {where(held.layer)} keeps go from the toolchain that the project needs: "
            f"{', '.join(named)}{more}.",
            "Install the SDK that is wanted (go_sdk, or go_project with resolve: apply), or set GOTOOLCHAIN to auto: "
            "variables: {GOTOOLCHAIN: auto}.",
            "GOTOOLCHAIN",
        )
        return Noted(finding, held.layer, held.mode)

    def pinned(self, held: Held) -> t.Iterator[Noted]:
        """A setting with which go never changes to a newer toolchain, where nothing needs one today."""
        go = self.audit.go
        if go is None or not (self._is_read and self._is_fixed):
            return
        least = self._text.partition("+")[0]
        runs = least if least.startswith("go1") else go.version or "the installed go"
        finds = ", unless one of that name is on PATH" if self._only_looks_on_path else ""
        finding = Finding.of(
            "gotoolchain_pinned",
            f"GOTOOLCHAIN{f'={self._text}' if self._text else ' is empty'} in {where(held.layer)}: {runs} does all "
            f"work, and a module that requires a newer Go fails{finds}.",
            "Nothing, where that is meant. Otherwise: variables: {GOTOOLCHAIN: auto}.",
            "GOTOOLCHAIN",
        )
        yield Noted(finding, held.layer, held.mode)

    def switches(self, project: SeenProject) -> t.Iterator[Noted]:
        """Modules for which the go that is run hands over to another toolchain."""
        version = self.audit.go.version if self.audit.go else None
        if not version:
            return
        for module in project.modules:
            if not module.selected or module.error or module.selected in (version, "local"):
                continue
            download = "" if module.satisfied_by == module.selected else ", once it is downloaded"
            finding = Finding.of(
                "toolchain_switch",
                f"In {module.path}, each go command starts {version} first, which hands over to "
                f"{module.selected}{download}.",
                f"Install {module.selected} (go_sdk) and let the project use it (go_project with resolve: apply).",
                module.path,
            )
            yield Noted(finding, PROJECT, PROJECT)


def _alternate(audit: Audit, project: SeenProject) -> t.Iterator[Noted]:
    """Another go that VS Code starts, whatever PATH and go.goroot say."""
    if not project.alternate_go:
        return
    syntax = syntax_of(audit.family)
    root = project.launchers.get("GOROOT", "")
    own = syntax.child(root, *syntax.bin_go.replace("\\", "/").split("/")) if root else ""
    wanted = own or (audit.go.file if audit.go else "")
    if wanted and syntax.fold_path(project.alternate_go, {}) == syntax.fold_path(wanted, {}):
        return
    finding = alternate_go(project.alternate_go, wanted or "the go that its launchers find")
    yield Noted(finding, PROJECT, PROJECT)
