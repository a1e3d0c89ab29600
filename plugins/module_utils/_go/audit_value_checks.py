# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an audit finds about the values of variables and about the directories that they name. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._core.environment_findings import (
    described,
    environment_hides,
    go_env_value_refused,
    gopath_in_goroot,
    goroot_gone,
    goroot_no_path,
    goroot_other,
    user_shadows_machine,
)
from .._core.findings import Finding
from .._core.medium import MACHINE, USER, Syntax
from .._core.own_options import OWN_OPTION
from .._core.readable_secrets import secret_readable
from .._core.syntaxes import syntax_of
from .audit import (
    BUILT_IN,
    DEFAULTS,
    GO_ENV,
    GO_ENV_FILE,
    PROJECT,
    SYSTEM,
    Audit,
    Held,
    SeenDirectory,
    SeenVariable,
)
from .audit_document import Noted
from .gosettings import poisoned, value_problem
from .gowords import pair_problem, unlisted
from .sdks import Sdk

#: variables whose values are compared as directories
_DIRECTORIES = ("GOROOT", "GOPATH", "GOBIN", "GOCACHE", "GOMODCACHE", "GOTMPDIR")
#: those that go writes to or starts programs from, and that nobody else may write to
_OWN_DIRECTORIES = ("GOPATH", "GOBIN", "GOCACHE", "GOMODCACHE")
_CACHES = ("GOCACHE", "GOMODCACHE")
#: what is right under a drive's root and not writable for everybody (docs/facts.md, "Writable directories")
_PROTECTED = ("WINDOWS", "PROGRAM FILES", "PROGRAM FILES (X86)", "USERS", "PROGRAMDATA")
#: layers that everybody reads
_EVERYBODYS = (MACHINE, SYSTEM, GO_ENV)


def value_findings(audit: Audit) -> t.Iterator[Noted]:
    """All of them; several may be alike where a variable is held twice."""
    values = _Values(audit, syntax_of(audit.family))
    for name in sorted(audit.variables):
        found = audit.variables[name]
        yield from values.void(found)
        yield from values.secrets(found)
        if name != "GOROOT":
            yield from values.refused(found)
        if name in _OWN_DIRECTORIES:
            yield from values.open_directories(found)
    yield from values.go_env_file()
    yield from values.platform()
    yield from values.goroot()
    yield from values.gopath()
    for directory in sorted(audit.directories, key=_order):
        if directory.variable in _CACHES:
            yield from values.slow_cache(directory)


def where(layer: str) -> str:
    """A layer, in words."""
    if layer in (MACHINE, USER):
        return f"the {layer} scope"
    return "go's defaults" if layer == BUILT_IN else layer if layer == GO_ENV else f"the {layer}"


def outside_project(found: SeenVariable) -> tuple[Held, ...]:
    """What holds a variable where no project was entered, the value that counts first."""
    return tuple(held for held in found.held if held.mode != PROJECT)


@dataclass(frozen=True)
class _Values:
    audit: Audit
    syntax: Syntax

    # --- layers ------------------------------------------------------------------------------------------------------

    def void(self, found: SeenVariable) -> t.Iterator[Noted]:
        """Values that were set, and that another layer hides with another value. What a project hides, it is to
        hide.
        """
        held = outside_project(found)
        upper = held[0] if held else None
        if upper is None or upper.layer in DEFAULTS:
            return
        for lower in held[1:]:
            if lower.layer in (*DEFAULTS, upper.layer) or not lower.text or self._is_same(found.name, upper, lower):
                continue
            if upper.layer == USER and lower.mode == MACHINE:
                finding = user_shadows_machine(found.name, lower.layer, USER)
            else:
                finding = environment_hides(
                    found.name, *(where(one.layer).removeprefix("the ") for one in (upper, lower))
                )
            yield Noted(finding, lower.layer, lower.mode)

    def _is_same(self, name: str, one: Held, other: Held) -> bool:
        if one.text == other.text:
            return True
        return name in _DIRECTORIES and self.syntax.fold_path(one.text, {}) == self.syntax.fold_path(other.text, {})

    def secrets(self, found: SeenVariable) -> t.Iterator[Noted]:
        for held in found.held:
            everybodys = held.layer in _EVERYBODYS and not (held.origin and _is_private(held.origin.mode))
            if not (held.exposed or everybodys):
                continue
            registry = self.syntax.family == "windows" and held.layer == MACHINE and not held.origin
            place = held.origin.path if held.origin else where(held.layer) + (" of the registry" if registry else "")
            for finding in secret_readable(found.name, held.text, (place,)):
                yield Noted(finding, held.layer, held.mode)

    # --- what go does not take ---------------------------------------------------------------------------------------

    def refused(self, found: SeenVariable) -> t.Iterator[Noted]:
        """A value in force with which go fails. Those of the go env file are judged together."""
        held = found.counts
        if held.layer in (*DEFAULTS, GO_ENV_FILE) or not held.text:
            return
        problem = value_problem(found.name, held.text, self.audit.family)
        finding = None
        if problem:
            finding = Finding.of(
                "value_refused",
                f"{_sentence(problem)} It is set in {where(held.layer)}.",
                f"Correct it there ({_option(found.name)}), or remove it: variables: {{{found.name}: null}}.",
                found.name,
            )
        else:
            finding = self._unlisted(found.name, held)
        if finding:
            yield Noted(finding, held.layer, held.mode)

    def _unlisted(self, name: str, held: Held) -> Finding | None:
        words = unlisted(name, held.text, self._version)
        if words is None:
            return None
        message = f"{_sentence(words.problem)} It is set in {where(held.layer)}."
        if words.certain:
            return Finding.of("value_refused", message, "Correct the word.", name)
        return Finding.of("unknown_value", message, "Look at the spelling. A newer Go may know the word.", name)

    @property
    def _version(self) -> str | None:
        return self.audit.go.version if self.audit.go else None

    def go_env_file(self) -> t.Iterator[Noted]:
        """What is in the go env file and makes go fail, in force or not."""
        held = {
            name: held
            for name, found in sorted(self.audit.variables.items())
            for held in found.held
            if held.layer == GO_ENV_FILE
        }
        texts = {name: one.text for name, one in held.items()}
        for name, reason in poisoned(texts, self.audit.family, self._version):
            yield Noted(go_env_value_refused(name, _sentence(reason)), GO_ENV_FILE, held[name].mode)

    def platform(self) -> t.Iterator[Noted]:
        """GOOS and GOARCH together, as go has them: the host's own where one is not set."""
        found = [self.audit.variables.get(name) for name in ("GOOS", "GOARCH")]
        held = [one.counts if one and not one.is_default and one.counts.text else None for one in found]
        upper = next((one for one in held if one), None)
        if upper is None or all(one is None or one.layer == GO_ENV_FILE for one in held):
            return
        goos, goarch = (one.text if one else own for one, own in zip(held, self.audit.native))
        if any(text and unlisted(name, text, self._version) for name, text in (("GOOS", goos), ("GOARCH", goarch))):
            return
        problem = pair_problem(goos, goarch, self._version)
        if problem:
            advice = "Name GOOS and GOARCH both, such that go can build for them, or neither."
            yield Noted(Finding.of("value_refused", problem, advice, "GOOS"), upper.layer, upper.mode)

    # --- GOROOT and GOPATH -------------------------------------------------------------------------------------------

    def goroot(self) -> t.Iterator[Noted]:
        """A GOROOT that is none, in any layer, and one in force that is not the SDK that runs."""
        found = self.audit.variables.get("GOROOT")
        for held in found.held if found else ():
            if not held.text or held.layer in DEFAULTS:
                continue
            finding = self._no_goroot(held)
            if finding:
                yield Noted(finding, held.layer, held.mode)
        entered = any(entry.mode == PROJECT for entry in self.audit.path)
        in_force = (found.held if entered else outside_project(found))[:1] if found else ()
        for held in in_force:
            finding = self._other_goroot(held) if held.text and held.layer not in DEFAULTS else None
            if finding:
                yield Noted(finding, held.layer, held.mode)

    def _no_goroot(self, held: Held) -> Finding | None:
        if not self.syntax.is_absolute(held.text):
            return goroot_no_path(held.text, where(held.layer))
        if self._sdk(held.text):
            return None
        root = self.syntax.fold_path(held.text, {})
        if any(
            directory.variable == "GOROOT"
            and directory.exists is False
            and self.syntax.fold_path(directory.directory, {}) == root
            for directory in self.audit.directories
        ):
            return goroot_gone(held.text, where(held.layer), exists=False)
        if any(
            finding.id in ("sdk_missing", "sdk_broken") and self.syntax.fold_path(finding.subject, {}) == root
            for finding in self.audit.inventory.findings
        ):
            return goroot_gone(held.text, where(held.layer), exists=True)
        return None

    def _other_goroot(self, held: Held) -> Finding | None:
        go, sdk = self.audit.go, self._sdk(held.text)
        if go is None or sdk is None or (go.version is not None and go.version == sdk.version):
            return None
        if go.root and self._sdk(go.root) is sdk:
            return None
        entry = self.audit.path[go.place] if go.place < len(self.audit.path) else None
        place = go.root or (entry.directory if entry else go.file)
        file = go.file.replace("\\", "/").rpartition("/")[2]
        return goroot_other(held.text, where(held.layer), sdk.version, described(place, file, go.version))

    def _sdk(self, root: str) -> Sdk | None:
        """The SDK at a path, or at one that leads there."""
        place = self.syntax.fold_path(root, {})
        return next(
            (
                sdk
                for sdk in self.audit.inventory.sdks
                if any(self.syntax.fold_path(path, {}) == place for path in (sdk.root, *sdk.links))
            ),
            None,
        )

    def gopath(self) -> t.Iterator[Noted]:
        """A GOPATH in the SDK that runs, or in GOROOT."""
        found = self.audit.variables.get("GOPATH")
        if found is None:
            return
        roots = [root for root in (self.audit.text("GOROOT"), self.audit.go.root if self.audit.go else "") if root]
        folded = [self.syntax.fold_path(root, {}) for root in roots]
        for entry in found.counts.text.split(self.syntax.separator):
            place = self.syntax.fold_path(entry, {})
            if entry and any(self.syntax.is_within(place, root) for root in folded):
                yield Noted(gopath_in_goroot(entry), found.counts.layer, found.counts.mode)

    # --- directories -------------------------------------------------------------------------------------------------

    def open_directories(self, found: SeenVariable) -> t.Iterator[Noted]:
        """Directories under a drive's root, which are writable for all users by default."""
        held = found.counts
        if self.syntax.family != "windows" or held.layer in DEFAULTS:
            return
        entries = [entry for entry in held.text.split(self.syntax.separator) if self._is_open(entry)]
        if entries:
            finding = Finding.of(
                "directory_under_drive_root",
                f"{found.name} is {', '.join(entries)}, under the root of a drive: by default all users of the host "
                f"may write there, and exchange what is built and run from it.",
                r"Move it below the user's profile (%USERPROFILE%\go), or let only its owner write there.",
                found.name,
            )
            yield Noted(finding, held.layer, held.mode)

    def _is_open(self, entry: str) -> bool:
        place = self.syntax.fold_path(entry, {})
        first = place[3:].partition("\\")[0]
        return self.syntax.can_look_up(place) and first not in _PROTECTED

    def slow_cache(self, directory: SeenDirectory) -> t.Iterator[Noted]:
        if not (directory.remote or directory.file_system):
            return
        name = directory.variable
        held = self._decides(name)
        what = f"on {directory.file_system}" if directory.file_system else "on the network"
        finding = Finding.of(
            "cache_on_network",
            f"{name} is {directory.directory}, {what}: each build reads and writes it, file by file, and locks on "
            f"such file systems are not always kept.",
            f"Name a directory on a local disk: {_option(name)}.",
            name,
        )
        yield Noted(finding, *((held.layer, held.mode) if held else (BUILT_IN, USER)))

    def _decides(self, name: str) -> Held | None:
        """What holds the value from which a directory follows: GOMODCACHE is by default in GOPATH."""
        for one in (name, "GOPATH") if name == "GOMODCACHE" else (name,):
            found = self.audit.variables.get(one)
            if found and not found.is_default:
                return found.counts
        found = self.audit.variables.get(name)
        return found.counts if found else None


def _option(name: str) -> str:
    """The option of this collection that sets a variable."""
    return OWN_OPTION.get(name, f"variables: {{{name}: …}}")


def _order(found: SeenDirectory) -> tuple[str, str, bool, str]:
    return found.variable, found.directory, found.remote, found.file_system


def _is_private(mode: int | None) -> bool:
    """Whether a file's permission bits keep it from all but its owner."""
    return mode is not None and not mode & 0o044


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
