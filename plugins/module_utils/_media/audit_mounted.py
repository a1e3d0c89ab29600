# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Windows that is not running, whose files are on a Windows host, as an audit sees it: the audit of an image on this
machine (`audit_image`), over a transport. One command asks for what is there without a hive, one loads the hives, and
one looks at what these lead to.
"""

from __future__ import annotations

import typing as t

from .._core.errors import ReadError
from .._core.medium import Medium
from .._core.state import Directory, State
from .._core.wanted import Scope, Wanted
from .._core.windows import WINDOWS
from .._hosts.batch import Inquiry, ask_all
from .._hosts.transport import Transport
from .audit import AuditQuery, DirectoryFacts, Seen, places_of, variables_of
from .audit_image import ImageAudit
from .mounted_files import MountedFiles
from .registry_hive import Places
from .registry_mounted import Offline
from .registry_mounted_scopes import MountedScopes, Scopes, guessed_folder
from .registry_offline import IN_HIVES, IN_IMAGE

#: times that an audit is made anew: what one finds leads to the next, such as a go.env to a directory
_ROUNDS = 12


class _Scope(t.NamedTuple):
    """See `audit_image.ReadRegistry`: a scope that was read."""

    state: State

    def read(self, wanted: Wanted) -> State:  # noqa: ARG002 - it was
        return self.state


class MountedHost:
    """See `audit_image.AuditedWindows`: one of which the registry was read."""

    def __init__(self, medium: Medium, scopes: Scopes, files: MountedFiles) -> None:
        self.medium = medium
        self._scopes, self._files = scopes, files

    def registry(self, scope: Scope, user: str | None) -> _Scope:  # noqa: ARG002 - there is one
        return _Scope(self._scopes.machine if scope is Scope.MACHINE else self._scopes.user)

    def places(self, scope: Scope, user: str | None) -> Places:  # noqa: ARG002 - as above
        return self._scopes.places

    def look_up(self, directories: t.Sequence[str]) -> dict[str, Directory]:
        return {path: self._files.look_up(path) for path in directories}


class MountedAudit:
    """See `audit.AuditedHost`. name: what a document calls it."""

    family, syntax = WINDOWS.family, WINDOWS

    def __init__(self, transport: Transport, offline: Offline, name: str, acl: bool) -> None:
        self._transport, self._offline, self._name = transport, offline, name
        self._files = MountedFiles(transport, offline, acl)
        self._audit: ImageAudit

    def see(self, query: AuditQuery) -> Seen:
        ImageAudit.check(query)
        medium = IN_IMAGE if self._offline.root else IN_HIVES
        wanted = Wanted(medium, Scope.USER if query.user else Scope.DEFAULT_USER, query.user)
        self._audit = ImageAudit(MountedHost(medium, self._read(wanted), self._files), self._name, self._files)
        for _round in range(_ROUNDS):
            seen = self._audit.see(query)
            self._audit.look(places_of(seen, variables_of(seen, self.syntax.fold_name), self.syntax))
            if not self._files.ask():
                return seen
        raise ReadError("What the image holds could not be read completely.", "Run again.")

    def _read(self, wanted: Wanted) -> Scopes:
        """What the registry holds, and along with it what can be looked at before that is known."""
        containers = self._files.ahead(guessed_folder(wanted))
        store: list[MountedScopes] = []

        def scopes() -> Inquiry[Scopes]:
            store[:] = [MountedScopes(self._transport, self._offline)]
            return store[0].scopes(wanted)

        found, listed = ask_all(self._transport, scopes, lambda: self._files.listing(containers))
        self._files.understand_ahead(listed, store[0].codec, containers)
        return t.cast(Scopes, found)

    def look(self, directories: t.Mapping[str, str]) -> t.Mapping[str, DirectoryFacts]:
        return self._audit.look(directories)
