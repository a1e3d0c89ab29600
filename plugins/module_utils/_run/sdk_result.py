# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What go_sdk_info tells: the SDKs, and for each module of a project which toolchain go selects and which SDK satisfies
it. Pure.
"""

from __future__ import annotations

import typing as t

from .._core.findings import Finding
from .._formats.gomod import GoFile, Module, modules
from .._go.gosettings import BUILT_IN, FILE, GO_ENV, counting, in_force
from .._go.sdks import NATIVE, TRANSLATED, UNKNOWN, Inventory, Platform, Sdk
from .._go.toolchain import LOCAL, Selection, satisfied_by, select, to_install
from .._go.versions import GoVersion

_TOLD_AT_ONCE = 5  # modules that one finding names


class Settings(t.NamedTuple):
    """What go's variables are for that person. environment: of their process. layer: what that is called. file: the go
    env file, as go reads it.
    """

    environment: t.Mapping[str, str]
    layer: str
    file: t.Mapping[str, str]

    def value(self, name: str, go_env: t.Mapping[str, str] | None = None) -> tuple[str, str]:
        """(layer, text) that go goes by; an empty text for none."""
        held = [
            (self.layer, self.environment.get(name)),
            (FILE, self.file.get(name)),
            (GO_ENV, (go_env or {}).get(name)),
            (BUILT_IN, ""),
        ]
        return in_force(counting(name, [(layer, text) for layer, text in held if text is not None])) or (BUILT_IN, "")

    def text(self, name: str) -> str:
        return self.value(name)[1]

    def gotoolchain(self, local: str | None, go_env: t.Mapping[str, str] | None) -> tuple[str, str]:
        """(layer, text) of GOTOOLCHAIN for the go of this version and its go.env; that of go 1.21 where there is none
        to ask (facts 4).
        """
        if local and GoVersion.parse(local) and GoVersion.parse(local) < GoVersion.bare("1.21rc1"):
            return BUILT_IN, ""  # which knows nothing of it
        layer, text = self.value("GOTOOLCHAIN", {"GOTOOLCHAIN": "auto"} if local is None else go_env)
        return layer, text


class Project(t.NamedTuple):
    """A tree of modules, as it was read. apart: go.mod files that are not the project's own. unread: (path, why)."""

    root: str
    mods: tuple[GoFile, ...]
    works: tuple[GoFile, ...]
    apart: tuple[str, ...]
    unread: tuple[tuple[str, str], ...]


def to_result(found: Inventory, host: Platform | None, gotoolchain: tuple[str, str], user: str) -> dict[str, t.Any]:
    """The module's result as far as the SDKs go. gotoolchain: (layer, text)."""
    goos, goarch = host or (None, None)
    return {
        "changed": False,
        "host": {"goos": goos or None, "goarch": goarch or None},
        "user": user,
        "go": found.go.to_result() if found.go else None,
        "gotoolchain": {"value": gotoolchain[1], "scope": gotoolchain[0]},
        "sdks": [sdk.to_result() for sdk in found.sdks],
        "shims": [shim.to_result() for shim in found.shims],
        "findings": [finding.to_result(str) for finding in found.findings],
    }


def with_project(
    result: dict[str, t.Any], project: Project, found: Inventory, gotoolchain: str, gowork: str, windows: bool
) -> dict[str, t.Any]:
    """The result with the modules of a project, in the order of their paths."""
    listed = sorted(modules(project.mods, project.works, gowork, windows), key=lambda module: module.path)
    judge = _Judge(found, gotoolchain)
    findings = [_unread(path, why) for path, why in project.unread]
    findings += [_refused(module) for module in listed if module.problem]
    told = [judge.told(module) for module in listed]
    findings += judge.missing()
    result["project"] = {"root": project.root, "apart": sorted(project.apart)}
    result["modules"] = told
    result["findings"] += [finding.to_result(str) for finding in findings]
    return result


class _Answer(t.NamedTuple):
    selection: Selection
    sdk: Sdk | None
    install: str | None


class _Judge:
    """Selects for modules. Modules mostly say the same, so that each set of lines is judged once."""

    def __init__(self, found: Inventory, gotoolchain: str) -> None:
        self._gotoolchain = gotoolchain
        self._local = (found.go.version if found.go else None) or ""
        usable = [sdk for sdk in found.sdks if sdk.runs in (NATIVE, TRANSLATED, UNKNOWN)]
        usable.sort(key=lambda sdk: (not sdk.first, not sdk.on_path, sdk.runs != NATIVE))
        self._sdks: dict[str, Sdk] = {}
        for sdk in usable:
            self._sdks.setdefault(sdk.version, sdk)
        self._answers: dict[tuple[str | None, str | None, bool], _Answer] = {}
        self._lacking: dict[str, list[str]] = {}

    def told(self, module: Module) -> dict[str, t.Any]:
        selection, sdk, install = self._answer(module.counts)
        if sdk is None and not module.problem:
            self._lacking.setdefault(install or "", []).append(module.path)
        return {
            "path": module.path,
            "module": module.module,
            "go": module.go,
            "toolchain": module.toolchain,
            "work": module.work,
            "listed": module.listed,
            "selected": selection.runs or None,
            "local": selection.toolchain == LOCAL,
            "decided_by": selection.decided,
            "why": selection.why,
            "source": selection.source or None,
            "satisfied_by": sdk.root if sdk else None,
            "version": sdk.version if sdk else None,
            "install": install,
            "error": module.problem or selection.error or None,
        }

    def _answer(self, counts: tuple[str | None, str | None, bool]) -> _Answer:
        answer = self._answers.get(counts)
        if answer is None:
            selection = select(self._local, self._gotoolchain, *counts)
            name = satisfied_by(selection, tuple(self._sdks))
            sdk = self._sdks[name] if name else None
            answer = self._answers[counts] = _Answer(selection, sdk, None if sdk else to_install(selection))
        return answer

    def missing(self) -> list[Finding]:
        return [_missing(install, paths) for install, paths in sorted(self._lacking.items())]


def _missing(install: str, paths: t.Sequence[str]) -> Finding:
    more = f" and {len(paths) - _TOLD_AT_ONCE} more" if len(paths) > _TOLD_AT_ONCE else ""
    whose = ", ".join(paths[:_TOLD_AT_ONCE]) + more
    advice = (
        f"Install {install}."
        if install
        else "Look at what the modules' errors say: GOTOOLCHAIN, or a line of the file, asks for what cannot be had."
    )
    return Finding.of("toolchain_missing", f"No SDK on this host satisfies {whose}.", advice, install or paths[0])


def _refused(module: Module) -> Finding:
    return Finding.of("module_refused", module.problem, "No toolchain helps: correct the file.", module.path)


def _unread(path: str, why: str) -> Finding:
    return Finding.of(
        "project_unknown", f"{path} was not read: {why}.", "What stands there is not in the answer.", path
    )
