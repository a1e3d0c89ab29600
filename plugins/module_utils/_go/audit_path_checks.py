# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an audit finds about PATH and about the go that runs. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._core.entries import is_relative
from .._core.environment_findings import (
    duplicate_entry,
    empty_entries,
    path_over_dialog_limit,
    path_too_long,
    relative_entry,
    stale_entry,
    undefined_entry,
)
from .._core.findings import Finding
from .._core.medium import MACHINE, USER, Syntax
from .._core.syntaxes import syntax_of
from .._core.writable_places import writable_by_others
from .audit import DAMAGED, DENIED, LIKELY, NOT_LOOKED, YES, Audit, SeenEntry
from .audit_document import Noted

#: from this part of cmd's limit on, the next installer may exceed it
_NEAR = 0.9
#: an SDK that go itself downloaded is nobody's choice
_DOWNLOADED = "module_cache"
#: a symbolic link starts the SDK's own go: it costs nothing
_NO_SHIMS = ("", "link")
#: a shim of nothing that is known
_UNKNOWN = "program"
#: the file systems over which WSL shows the drives of Windows
_WINDOWS_DRIVES = ("drvfs", "9p")
#: what is noticed of a line of a start file whose effect is not known
_NOT_UNDERSTOOD = "start_file_not_understood"
#: the media that give a process its environment
_REGISTRY, _ENVIRONMENTS = "registry", ("registry", "start files")


def path_findings(audit: Audit) -> t.Iterator[Noted]:
    """All of them; several may be alike where PATH holds something twice."""
    path = _Path(audit, syntax_of(audit.family))
    for place, entry in enumerate(audit.path):
        for finding in path.of_entry(place, entry):
            yield Noted(finding, entry.layer, entry.mode)
    yield from path.empty()
    yield from path.length()
    yield from path.missing_before_go()
    yield from path.go()
    yield from path.sdks()


@dataclass(frozen=True)
class _Path:
    audit: Audit
    syntax: Syntax

    @property
    def _place_of_go(self) -> int:
        """Where the go that runs is; before all entries where there is none."""
        return self.audit.go.place if self.audit.go else -1

    # --- one entry ---------------------------------------------------------------------------------------------------

    def of_entry(self, place: int, entry: SeenEntry) -> t.Iterator[Finding]:
        if not entry.directory:
            return
        if entry.duplicate:
            yield duplicate_entry(entry.entry)
        elif self._is_stale(place, entry):
            yield stale_entry(entry.entry, entry.sdk)
        if is_relative(entry.directory, self.syntax):
            yield relative_entry(entry.entry)
        yield from self._references(entry)
        if entry.mode == MACHINE:
            yield from _open(entry)
        if place <= self._place_of_go:
            yield from self._slow(entry)

    def _references(self, entry: SeenEntry) -> t.Iterator[Finding]:
        """What is left of a reference was not expanded."""
        if self.syntax.family != "windows" or "%" not in entry.directory:
            return
        from .._core.windows import unresolved  # only such an entry needs it

        for name in unresolved(entry.directory, {}):
            yield undefined_entry(entry.entry, name)

    def _is_stale(self, place: int, entry: SeenEntry) -> bool:
        """Whether it is of an SDK that does not run, or was of one."""
        if entry.exists is False:
            return self.syntax.named_like_sdk(entry.directory)
        is_sdk = bool(entry.go and entry.sdk and not entry.shim)
        return is_sdk and place > self._place_of_go >= 0 and not self._is_what_runs(place)

    def _is_what_runs(self, place: int) -> bool:
        """Whether an entry leads to the SDK that runs, by whatever path."""
        go = self.audit.go
        return any(
            go is not None and sdk.root == go.root and any(place == index for index, _scope, _entry in sdk.on_path)
            for sdk in self.audit.inventory.sdks
        )

    def _slow(self, entry: SeenEntry) -> t.Iterator[Finding]:
        """What costs time whenever a go is looked up."""
        if (entry.remote or entry.file_system) and entry is not self._of_windows():
            where = f"on {entry.file_system}" if entry.file_system else "on the network, or on a drive of a session"
            what = "go itself is in it" if entry.go else "it is searched before go is found"
            yield Finding.of(
                "network_before_go",
                f"The PATH entry {entry.entry} is {where}, and {what}: each look-up waits for it, and fails or hangs "
                f"when it does not answer.",
                "Put the entry of an SDK on a local disk before it (path, path_position: first), or take it out.",
                entry.entry,
            )
        if entry.shim not in _NO_SHIMS:
            what = f"a shim of {entry.shim}" if entry.shim != _UNKNOWN else "a program that is no SDK's own"
            yield Finding.of(
                "shim_before_go",
                f"The go that runs, in {entry.entry}, is {what}: each go command starts another program "
                f"first, and which SDK runs is decided outside of PATH and GOROOT.",
                "Put the SDK's own bin directory before it (goroot, or path with path_position: first), or leave Go "
                f"to {entry.shim if entry.shim != _UNKNOWN else 'it'} alone.",
                entry.entry,
            )

    # --- PATH as a whole ---------------------------------------------------------------------------------------------

    def empty(self) -> t.Iterator[Noted]:
        """Empty entries, those of each layer at once. A PATH of Windows may end with one."""
        entries = self.audit.path[:-1] if self.syntax.family == "windows" else self.audit.path
        number: dict[tuple[str, str], int] = {}
        for entry in entries:
            if not entry.directory and not entry.entry.strip('"'):
                number[entry.layer, entry.mode] = number.get((entry.layer, entry.mode), 0) + 1
        for (layer, mode), count in number.items():
            yield Noted(empty_entries(count, self.syntax.separator), layer, mode)

    def length(self) -> t.Iterator[Noted]:
        if self.syntax.family != "windows":
            return
        from .._core import windows  # of other hosts it has nothing

        length, limit = self.audit.path_length, windows.CMD_PATH_LIMIT
        if length > limit:
            yield self._of_path(path_too_long(length, windows.path_too_long(limit)))
        elif length >= limit * _NEAR:
            yield self._of_path(
                Finding.of(
                    "path_near_limit",
                    f"The effective PATH has {length} characters, and {windows.path_too_long(limit)}: "
                    f"{limit - length} more are left.",
                    "Take out what does nothing: entries that are duplicates or missing, and those of other SDKs "
                    "(stale_path_entries: remove).",
                    "PATH",
                )
            )
        elif length > windows.DIALOG_LIMIT:
            yield self._of_path(path_over_dialog_limit(length, windows.DIALOG_LIMIT))

    def _of_path(self, finding: Finding) -> Noted:
        """A finding about PATH as a whole, as one of the layer that brings most of it."""
        sizes: dict[tuple[str, str], int] = {}
        for entry in self.audit.path:
            sizes[entry.layer, entry.mode] = sizes.get((entry.layer, entry.mode), 0) + len(entry.entry) + 1
        return Noted(finding, *max(sorted(sizes), key=lambda layer: sizes[layer], default=(MACHINE, MACHINE)))

    def missing_before_go(self) -> t.Iterator[Noted]:
        """Directories in which go is looked for in vain, those of each layer at once."""
        gone: dict[tuple[str, str], dict[str, None]] = {}
        for entry in self.audit.path[: self._place_of_go + 1]:
            if entry.directory and entry.exists is False and not entry.remote:
                gone.setdefault((entry.layer, entry.mode), {})[entry.entry] = None
        for (layer, mode), entries in gone.items():
            finding = Finding.of(
                "missing_before_go",
                f"Before go, PATH names directories that do not exist: {_listed(entries)}.",
                "Take them out.",
                "PATH",
            )
            yield Noted(finding, layer, mode)

    # --- the go that runs, and the others ----------------------------------------------------------------------------

    def go(self) -> t.Iterator[Noted]:
        windows = self._of_windows()
        if windows is not None:
            finding = Finding.of(
                "windows_go_in_wsl",
                f"The go that this WSL distro finds, {windows.go} in {windows.entry}, is of the Windows host: it is "
                f"slow to start and to read from here, and it has the Windows host's settings.",
                "Install an SDK in the distro (go_sdk), and put its bin first (path_position: first). "
                "appendWindowsPath=false in /etc/wsl.conf keeps the PATH of Windows out.",
                windows.entry,
            )
            yield Noted(finding, windows.layer, windows.mode)
            return
        go = self.audit.go
        if go is None:
            yield from self._no_go()
            return
        entry = self.audit.path[go.place] if go.place < len(self.audit.path) else None
        if entry is not None and entry.mode != MACHINE and entry.writable in (YES, LIKELY):
            who = "Ordinary users" if entry.writable == YES else "By where it is, ordinary users"
            advice = "Put the SDK where only its owner or administrators write"
            for finding in writable_by_others(who, [entry.directory], advice):
                yield Noted(finding, entry.layer, entry.mode)

    def _of_windows(self) -> SeenEntry | None:
        """The entry of the go that a WSL distro has from its Windows host, where that is the one that is found."""
        if not self.audit.wsl:
            return None
        go = self.audit.go
        found = self.audit.path[go.place : go.place + 1] if go else self.audit.path
        return next(
            (
                entry
                for entry in found
                if entry.go and (entry.go.endswith(".exe") or entry.file_system in _WINDOWS_DRIVES)
            ),
            None,
        )

    def _no_go(self) -> t.Iterator[Noted]:
        audit = self.audit
        unread = any(
            medium.medium in _ENVIRONMENTS
            and (medium.state in (DENIED, DAMAGED) or (medium.state == NOT_LOOKED and medium.medium == _REGISTRY))
            for medium in audit.media
        )
        if unread or not audit.path or any(entry.exists is None for entry in audit.path if entry.directory):
            return
        user = any(entry.managed and entry.mode == USER for entry in audit.path)
        yield Noted(self._lacking(), *((USER, USER) if user else (MACHINE, MACHINE)))

    def _lacking(self) -> Finding:
        sure = all(finding.id != _NOT_UNDERSTOOD for finding, _layer in self.audit.noticed)
        but = "" if sure else " Lines of start files that are not understood may put one there."
        roots = sorted(sdk.root for sdk in self.audit.inventory.sdks)
        if not roots:
            return Finding.of(
                "no_go",
                f"No go is on PATH, and no SDK was found.{but}",
                "Nothing, where Go is not used. Otherwise install an SDK (go_sdk), and name it with goroot or path.",
                "go",
            )
        return Finding.of(
            "go_not_on_path",
            f"No go is on PATH, though there are SDKs: {_listed(roots)}.{but}",
            "Name one with goroot, or its bin directory with path.",
            "go",
        )

    def sdks(self) -> t.Iterator[Noted]:
        sdks = [sdk for sdk in self.audit.inventory.sdks if sdk.installed_by != _DOWNLOADED]
        if len(sdks) < 2:
            return
        go = self.audit.go
        entry = self.audit.path[go.place] if go and go.place < len(self.audit.path) else None
        names = sorted(f"{sdk.version} in {sdk.root}" for sdk in sdks)
        runs = f" A bare go starts {go.version or 'that of a shim'} ({go.file})." if go else ""
        finding = Finding.of(
            "several_sdks",
            f"The host has {len(sdks)} SDKs: {_listed(names)}.{runs}",
            "Keep what projects need: go_sdk with state: absent removes one, and go downloads toolchains by itself "
            "(GOTOOLCHAIN=auto).",
            "SDKs",
        )
        yield Noted(finding, *((entry.layer, entry.mode) if entry else (MACHINE, MACHINE)))


def _open(entry: SeenEntry) -> t.Iterator[Finding]:
    """What lets ordinary users put programs in front of everybody's (docs/facts.md, "Writable directories")."""
    gone = entry.exists is False
    what = "make the directory, which does not exist, and put programs into it" if gone else "put programs into it"
    if entry.writable == YES:
        yield Finding.of(
            "path_writable_by_users",
            f"The machine's PATH holds {entry.entry}, and ordinary users can {what}: whoever runs a command, "
            f"administrators and services among them, may run theirs (CWE-427).",
            "Take it out of the machine's PATH, or let only administrators write there.",
            entry.entry,
        )
    elif entry.writable == LIKELY:
        yield Finding.of(
            "path_likely_writable",
            f"The machine's PATH holds {entry.entry}, which is under the root of a drive: by default ordinary users "
            f"can {what} (CWE-427).",
            "Look at its permissions (acl: true does), move it below Program Files, or let only administrators write "
            "there.",
            entry.entry,
        )
    elif gone and not entry.remote:
        yield Finding.of(
            "missing_path_entry",
            f"The machine's PATH holds {entry.entry}, which does not exist: whoever may make it puts programs in "
            f"front of everybody's (CWE-427).",
            "Take it out; stale_path_entries: remove does it where it was an SDK's.",
            entry.entry,
        )


def _listed(names: t.Iterable[str], most: int = 5) -> str:
    every = list(names)
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more
