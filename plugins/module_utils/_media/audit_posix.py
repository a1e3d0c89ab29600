# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""This POSIX host, as an audit sees it. No program of it is started."""

from __future__ import annotations

import os
import typing as t

from .._core.errors import WantedError
from .._core.findings import Finding
from .._core.medium import MACHINE, USER
from .._core.posix import POSIX, expand_home
from .._core.record import Ledger
from .._formats import goenv
from .._formats.login_environment import DAMAGED_BLOCK, DAMAGED_SOURCE, is_known, written
from .._go.audit import ABSENT, DAMAGED, NOT_LOOKED, READ, Held, Origin, SeenMedium
from .._go.gosettings import FILE, GO_ENV
from .._hosts.accounts import LocalAccounts, acting_as
from .._hosts.posix_directories import Mounts, Writers
from .._hosts.posix_scope import Directories, native
from .._hosts.seen_files import SeenFiles
from .audit import JOURNAL, NAMES, AuditQuery, DirectoryFacts, Seen, SeenPath, noticed_of
from .go_settings import seen_settings
from .login_posix import login_of
from .sdks import GoSettings
from .sdks_posix import PosixSdks, prepare

if t.TYPE_CHECKING:
    from .._core.account import Account
    from .._formats.login_environment import Note, Setting
    from .._hosts.local_host import LocalHost
    from .audit_project import ProjectLayer
    from .go_settings import GoSettingsSeen
    from .login_posix import Listed, Login
    from .sdks import HostSdks

_KERNEL = "/proc/sys/kernel/osrelease"
_LEDGER, _LEDGER_OF_FILE = "shells.json", "goenv.json"
_LEDGER_OF_MACHINE = "/var/lib/gopher.devbox/shells.json"


class AuditHost:
    """This machine, of which each file is read once. top: the directory that is used as `/`."""

    def __init__(self, environ: t.Mapping[str, str], darwin: bool, top: str = "") -> None:
        self.environ, self.darwin, self.top = environ, darwin, top
        self.native = native(darwin)
        self.accounts = LocalAccounts(environ)
        self._files: dict[str | None, SeenFiles] = {}

    def files(self, account: Account) -> SeenFiles:
        key = None if account.own else account.id
        if key not in self._files:
            self._files[key] = SeenFiles(None if account.own else account, self.top)
        return self._files[key]

    @property
    def local(self) -> LocalHost:
        """This machine for what needs more of it."""
        from .._hosts.local_host import LocalHost

        return LocalHost(self.environ, self.darwin)


class PosixAudit:
    """See `audit.AuditedHost`."""

    family, syntax = POSIX.family, POSIX

    def __init__(self, host: AuditHost) -> None:
        self._host = host
        self._account: Account

    def see(self, query: AuditQuery) -> Seen:
        host = self._host
        account = self._account = host.accounts.any(query.user)
        project = self._project(query)
        files, directories = host.files(account), Directories.of(account, host.environ)
        login = login_of(account, files, directories, NAMES, host.darwin, host.top)
        environment = {name: _held(found, files) for name, found in login.environment.settings.items() if found}
        path = tuple(
            SeenPath(
                written(entry.text),
                POSIX.directory_of(entry.text, {}) if is_known(entry.text) else "",
                entry.layer,
                entry.layer if entry.layer in (MACHINE, USER) else MACHINE,
                entry.managed,
            )
            for entry in login.environment.path
        )
        layer, notes = self._project_layer(account, project, login)
        if layer:
            path = (*layer.path, *path)
            environment = {
                name: (*layer.variables.get(name, ()), *environment.get(name, ()))
                for name in {**environment, **layer.variables}
            }
        texts = {name: held[0].text for name, held in environment.items() if held[0].known}
        settings = self._settings(account, texts, path)
        places = {FILE: settings.path, GO_ENV: settings.go_env}
        sdks = self._sdks(account, texts, settings, path, project)
        return Seen(
            host=os.uname().nodename,
            user=account.name,
            home=account.home,
            native=host.native,
            media=(*self._media(account, login, settings.path, settings.go_env), *(layer.media if layer else ())),
            environment=environment,
            settings=settings,
            origins={layer: origin(files, place, None) for layer, place in places.items() if place},
            lines=goenv.lines(files.see([settings.path])[settings.path].data) if settings.path else {},
            exposed=bool(settings.path) and files.see([settings.path])[settings.path].is_exposed,
            path=path,
            path_length=len(POSIX.separator.join(place.entry for place in path)),
            sdks=sdks,
            wsl=b"microsoft" in files.see([_KERNEL])[_KERNEL].data.lower(),
            project=layer.project if layer else None,
            noticed=(*map(_noticed, (*login.notes, *notes)), *noticed_of(settings)),
            measured=self._measured(account, path, project or "") if query.measure and not host.top else {},
            known=(host.environ,),
        )

    def _measured(self, account: Account, path: t.Sequence[SeenPath], project: str) -> dict[str, float]:
        """How many milliseconds a shell takes longer with each mode."""
        from . import measuring  # only a run that measures needs it

        return measuring.measured(self._host.local, account, [place.entry for place in path], project)

    def look(self, directories: t.Mapping[str, str]) -> t.Mapping[str, DirectoryFacts]:
        mounts, writers = Mounts.read(), Writers(int(self._account.id))
        with acting_as(None if self._account.own else self._account):
            return {path: self._looked(path, mode, mounts, writers) for path, mode in directories.items()}

    def _looked(self, path: str, mode: str, mounts: Mounts, writers: Writers) -> DirectoryFacts:
        place = self._host.top + path
        kind, remote = mounts.of(os.path.realpath(place))
        writable = writers.can(place, mode == MACHINE)
        return DirectoryFacts(
            os.path.isdir(place), remote, kind, "unknown" if writable is None else "yes" if writable else "no"
        )

    # --- parts -------------------------------------------------------------------------------------------------------

    def _project(self, query: AuditQuery) -> str | None:
        """The full path of the project. Raises WantedError for a directory that is of no use."""
        if query.project is None:
            return None
        text = expand_home(query.project, self._account.home)
        problem = POSIX.path_problem(text)
        if problem:
            raise WantedError(f"project: {query.project!r} {problem}")
        return os.path.normpath(text)

    def _project_layer(
        self, account: Account, project: str | None, login: Login
    ) -> tuple[ProjectLayer | None, list[Note]]:
        """What the files of the project add, and what of them is not understood."""
        if project is None:
            return None, []
        from .._hosts.user_scope import UserScope  # only a run about a project needs these
        from .audit_project_posix import project_of
        from .projectfiles import ProjectStore

        records = Directories.of(account, self._host.environ).records
        own = UserScope(self._host.accounts.own(), account, account.name, {}, records=records)
        _directory, ledger = ProjectStore(self._host.local, own, project).ledger_place()
        return project_of(project, account.home, self._host.files(account), login, ledger)

    def _settings(self, account: Account, texts: t.Mapping[str, str], path: t.Sequence[SeenPath]) -> GoSettingsSeen:
        """The go env file, and what is below it."""
        host = self._host
        ledger = f"{Directories.of(account, host.environ).records}/{_LEDGER_OF_FILE}"
        environment = {**self._places(account), **texts}
        root = self._root_of_go(path)
        files = host.files(account)

        def data(path: str) -> bytes:
            found = files.see([path])[path]
            return found.data if found.state == READ else b""

        return seen_settings(data, "darwin" if host.darwin else "posix", account.home, environment, root, ledger)

    def _places(self, account: Account) -> dict[str, str]:
        """Variables that name places of an account."""
        own = self._host.environ if account.own else {}
        given = {name: own[name] for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME") if own.get(name)}
        return {"HOME": account.home, **given}

    def _root_of_go(self, path: t.Sequence[SeenPath]) -> str:
        """The SDK of the go that runs, where links to it lead: go takes GOROOT from there."""
        top = self._host.top
        with acting_as(None if self._account.own else self._account):
            for place in path:
                file = f"{top}{place.directory}/go"
                if place.directory.startswith("/") and os.path.isfile(file) and os.access(file, os.X_OK):
                    root = os.path.dirname(os.path.dirname(os.path.realpath(file)))
                    return root.removeprefix(top) if os.path.exists(f"{root}/VERSION") else ""
        return ""

    def _sdks(
        self,
        account: Account,
        texts: t.Mapping[str, str],
        settings: GoSettingsSeen,
        path: t.Sequence[SeenPath],
        project: str | None,
    ) -> HostSdks:
        found = GoSettings({**self._places(account), **texts}, "environment", settings.file)
        prepare(bool(project))
        with acting_as(None if account.own else account):
            return PosixSdks(self._host.environ, self._host.darwin, self._host.top).found(
                account,
                found,
                [(place.entry, place.layer) for place in path],
                project=self._host.top + project if project else None,
            )

    # --- media -------------------------------------------------------------------------------------------------------

    def _media(self, account: Account, login: Login, file: str, go_env: str) -> t.Iterator[SeenMedium]:
        files = self._host.files(account)
        yield from (self._listed(listed, files) for listed in login.files)
        if file:
            yield self._medium(files, FILE, USER, file)
        else:
            yield SeenMedium(FILE, USER, "", ABSENT, "GOENV is off, or names no full path.")
        if go_env:
            yield self._medium(files, GO_ENV, MACHINE, go_env)
        records = Directories.of(account, self._host.environ).records
        own = self._host.files(self._host.accounts.own())
        for place, scope, source in (
            (_LEDGER_OF_MACHINE, MACHINE, own),
            (f"{records}/{_LEDGER}", USER, files),
            (f"{records}/{_LEDGER_OF_FILE}", USER, files),
        ):
            found = self._medium(source, JOURNAL, scope, place)
            text = source.see([place])[place].data.decode("utf-8", "replace")
            if found.state == READ and Ledger.loads(text).record.damaged:
                found = SeenMedium(JOURNAL, scope, place, DAMAGED, "It is no journal of this collection.")
            if found.state != ABSENT:
                yield found

    def _listed(self, listed: Listed, files: SeenFiles) -> SeenMedium:
        if listed.reason:
            return SeenMedium(listed.medium, listed.layer, listed.path, NOT_LOOKED, listed.reason)
        return self._medium(files, listed.medium, listed.layer, listed.path)

    @staticmethod
    def _medium(files: SeenFiles, medium: str, scope: str, place: str) -> SeenMedium:
        found = files.see([place])[place]
        return SeenMedium(medium, scope, place, found.state, found.reason)


def _held(settings: t.Sequence[Setting], files: SeenFiles) -> tuple[Held, ...]:
    """What the lines of files set a variable to, the last one first."""
    out = []
    for setting in reversed(settings):
        where = setting.where
        exposed = where.layer == MACHINE or files.see([where.file])[where.file].is_exposed
        out.append(
            Held(
                where.layer,
                where.layer,
                setting.text,
                setting.raw,
                setting.managed,
                exposed,
                origin(files, where.file, where.line),
                setting.known,
            )
        )
    return tuple(out)


def origin(files: SeenFiles, path: str, line: int | None) -> Origin:
    found = files.see([path])[path]
    return Origin(path, line, found.owner, found.mode, found.mtime)


def _noticed(note: Note) -> tuple[Finding, str]:
    where, subject = note.where, note.name or note.where.file
    place = where.file if where.line is None else f"{where.file}, line {where.line}"
    repair = "Put it right, or run go_env or go_rcfile for that scope, which writes it anew."
    if note.id == DAMAGED_BLOCK:
        found = Finding.of("block_damaged", f"{where.file}: {note.what}", repair, subject)
    elif note.id == DAMAGED_SOURCE:
        found = Finding.of("source_damaged", f"{where.file} {note.what}", repair, subject)
    else:
        advice = "Look at the line. What it sets is not in the audit, or its value is not."
        found = Finding.of("start_file_not_understood", f"{place} {note.what}.", advice, subject)
    return found, where.layer
