# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Windows host, as an audit sees it. Nothing of it is changed, no program of Go is started.

One command asks for all that can be asked for before anything is known: both scopes of the registry and their records,
the go env file, the places of SDKs, the files of a project. A second one asks for what that leads to: the directories
on PATH, what is in the SDKs, the files of another user.
"""

from __future__ import annotations

import functools
import ntpath
import typing as t
from dataclasses import dataclass, field

from .._core.effective import effective
from .._core.errors import ReadError
from .._core.medium import MACHINE, USER
from .._core.record import Ledger
from .._core.state import Layer, State
from .._core.values import fold_name
from .._core.wanted import Scope, Wanted
from .._core.windows import WINDOWS, child, directory_of, fold_path, is_remote, with_texts
from .._core.windows_access import is_likely_writable
from .._formats import goenv
from .._go import gosettings
from .._go.audit import ABSENT, DAMAGED, DENIED, LIKELY, NOT_LOOKED, PROJECT, READ, UNKNOWN, Origin, SeenMedium
from .._go.gosettings import FILE, GO_ENV
from .._hosts.batch import Inquiry, ask_all
from .._hosts.files import File
from .._hosts.windows_files import WindowsFiles, ancestors, can_reach
from .audit import DIRECTORIES, JOURNAL, AuditQuery, DirectoryFacts, Seen, SeenPath, noticed_of
from .audit_project_windows import NAMES, place, project_of
from .audit_questions_windows import SeenKeys, attempted, descriptors, keys, typed, unlistable
from .audit_registry import WindowsRegistry, environment_of, media_of, path_of
from .filestore import unread
from .go_settings import GoSettingsSeen, seen_settings
from .projectfiles import ProjectStore
from .registry_live import RegistryStore, read_again
from .registry_medium import REGISTRY
from .sdks import GoSettings, HostSdks, SdkQuery
from .sdks_windows import SdkFinding
from .windows_host import OF_GO_ENV, WindowsHost, user_scope

if t.TYPE_CHECKING:
    from .._hosts.user_scope import UserScope
    from .audit_project import ProjectLayer

#: the variables whose defaults are in the user's profile
_OF_HOME = frozenset(("GOCACHE", "GOENV", "GOMODCACHE", "GOPATH"))

#: findings of the registry's reading that are about the host, and not about a change of it
_NOTICED = frozenset(("temporary_profile", "mandatory_profile"))


@dataclass
class _Reading:
    """What is known so far."""

    registry: WindowsRegistry
    finding: SdkFinding
    files: WindowsFiles
    #: of a process that has entered the project, where one is named
    path: tuple[SeenPath, ...]
    #: the account whose go env file it is, with the variables of such a process
    scope: UserScope
    #: what the project's files add, by the names of its items that this collection wrote
    layer: t.Callable[[t.Container[str]], ProjectLayer] | None = None
    #: the file with what this collection wrote into editors' files of the project
    items: str = ""
    #: files that were read, and why others were not, by folded path
    found: dict[str, File] = field(default_factory=dict)
    unlooked: dict[str, str] = field(default_factory=dict)
    #: whether ordinary users can write to directories, by folded path: YES or NO
    access: dict[str, str] = field(default_factory=dict)
    #: directories of which this session sees nothing that is in them, folded
    closed: set[str] = field(default_factory=set)

    @property
    def values(self) -> dict[str, str]:
        """The variables of a new process, by folded name."""
        return self.finding.values

    @property
    def ledger(self) -> str:
        """The file with the record of what is managed in the go env file."""
        return child(self.scope.records, "goenv.json")

    def file(self, path: str) -> File:
        return self.found.get(fold_path(path, {}), File(None))

    def state(self, path: str) -> tuple[str, str]:
        """What became of reading a file, and why."""
        fold, file = fold_path(path, {}), self.file(path)
        if fold in self.unlooked:
            return NOT_LOOKED, self.unlooked[fold]
        if unread(file):
            return DENIED, file.obstacle
        if file.data is not None:
            return READ, ""
        closed = next((place for place in reversed(ancestors([path])) if fold_path(place, {}) in self.closed), None)
        return (DENIED, f"{closed} does not show this account what is in it.") if closed else (ABSENT, "")


class WindowsAudit:
    """See `audit.AuditedHost`."""

    family, syntax = WINDOWS.family, WINDOWS

    def __init__(self, host: WindowsHost) -> None:
        self._host = host
        self._reading: _Reading

    def see(self, query: AuditQuery) -> Seen:
        Wanted(REGISTRY, Scope.USER, user=query.user).check()
        reading = self._reading = self._first(query)
        sdks = self._second(query, reading)
        settings = _settings(reading, sdks)
        registry, layer = reading.registry, _project_layer(reading)
        environment = environment_of(registry)
        held = layer.variables if layer else {}
        return Seen(
            host=registry.session.get("COMPUTERNAME", ""),
            user=registry.state.sid or query.user or "",
            home=reading.values.get("USERPROFILE", ""),
            native=registry.state.native,
            media=(*media_of(registry), *_media_of_go(reading, settings), *(layer.media if layer else ())),
            environment={
                name: (*held.get(name, ()), *environment.get(name, ())) for name in dict.fromkeys((*held, *environment))
            },
            settings=settings,
            origins=_origins(reading, settings),
            lines=goenv.lines(_data(settings.path, reading)) if settings.path else {},
            exposed=False,
            path=reading.path,
            path_length=_length_of(reading),
            sdks=sdks,
            project=layer.project if layer else None,
            noticed=(
                *((found, USER) for _subject, found in registry.state.obstacles if found.id in _NOTICED),
                *noticed_of(settings),
            ),
            known=(*registry.composed.texts(), *(layer.variables for layer in settings.layers)),
        )

    def look(self, directories: t.Mapping[str, str]) -> t.Mapping[str, DirectoryFacts]:
        asking = self._reading.finding.asking
        asking.look_up(directories)
        asking.ask()
        return {path: _facts(path, self._reading) for path in directories}

    # --- the first command -------------------------------------------------------------------------------------------

    def _first(self, query: AuditQuery) -> _Reading:
        host, wanted = self._host, Wanted(REGISTRY, Scope.USER, user=query.user)
        finding = SdkFinding(lambda: host.transport, SdkQuery(query.user, (), query.project))
        store, files = RegistryStore(host.transport, folders=True, tolerant=True), WindowsFiles(host.transport)
        inquiries: list[t.Callable[[], Inquiry[t.Any]]] = [lambda: store.reading(wanted), finding.beginning, keys]
        if query.user is None:
            inquiries.append(lambda: attempted(lambda: files.reading_ahead(OF_GO_ENV)))
        names = [place(finding.project, name) for name in NAMES] if finding.project else []
        inquiries.insert(3, lambda: typed(names))
        state, told, seen, files_of_project, *ahead = read_again(
            lambda: ask_all(host.transport, *inquiries), lambda found: t.cast(State, found[0])
        )
        session = {fold_name(name): text for name, text in store.process.items()}
        loaded, machine_record = t.cast(SeenKeys, seen)
        registry = WindowsRegistry(state, machine_record, loaded, query.user, session)
        path, composed, layer = path_of(registry), registry.composed, None
        if finding.project:
            texts = effective(composed).texts
            layer = functools.partial(
                project_of,
                finding.project,
                texts.get("USERPROFILE", ""),
                dict(zip(NAMES, (files_of_project.get(name, File(None)) for name in names))),
                texts,
            )
            path, composed = (*layer(()).path, *path), _entered(composed, layer(()))
        finding.begin(told, composed, store, [(entry.directory, entry.mode) for entry in path])
        if ahead and not isinstance(ahead[0], ReadError):
            files.use_ahead(ahead[0], {}, session, {})
        scope = user_scope(composed)
        items = ""
        if finding.project and scope.local:
            _directory, items = ProjectStore(host, scope, finding.project).ledger_place()
        return _Reading(registry, finding, files, path, scope, layer, items)

    # --- the second command ------------------------------------------------------------------------------------------

    def _second(self, query: AuditQuery, reading: _Reading) -> HostSdks:
        files, finding = reading.files, reading.finding
        file = finding.settings_file
        wanted = [path for path in (file, reading.ledger, reading.items) if path]
        missing = [path for path in wanted if not _is_known(path, reading)]
        written = None if file in missing else reading.file(file or "").data or b""
        settings = goenv.parse(written or b"").as_go_reads
        finding.asking.look_up(_named(reading, settings))
        finding.asking.roots([directory_of(settings.get("GOROOT", ""), {})])  # whose go.env counts then
        others: list[t.Callable[[], Inquiry[t.Any]]] = [
            lambda: unlistable(ancestors([path for path in wanted if fold_path(path, {}) not in reading.unlooked])),
            lambda: descriptors([entry.directory for entry in reading.path] if query.acl else []),
        ]
        if missing:
            others.append(lambda: attempted(lambda: files.reading(missing)))
        finding.asking.leave_room(sum(map(_length, others)))
        sdks, closed, reading.access, *more = ask_all(self._host.transport, lambda: finding.looking(written), *others)
        reading.closed = {fold_path(path, {}) for path in closed}
        for path in missing:
            _take(path, more[0], reading)
        return t.cast(HostSdks, sdks)

    # --- what was answered -------------------------------------------------------------------------------------------


def _settings(reading: _Reading, sdks: HostSdks) -> GoSettingsSeen:
    """What go takes, of the go that runs: a shim starts that of another place."""
    go, values = sdks.inventory.go, reading.values
    home = values.get("USERPROFILE", "")
    return seen_settings(
        lambda path: _data(path, reading),
        WINDOWS.family,
        home,
        values,
        (go.root if go else None) or "",
        reading.ledger,
    ).without(() if home else _OF_HOME)


def _data(path: str, reading: _Reading) -> bytes:
    """What was read of a file, or of go.env in an SDK."""
    looked = reading.finding.asking.looked.get(fold_path(ntpath.dirname(path), {}))
    if looked and ntpath.basename(path) == GO_ENV:
        return looked.found.go_env or b""
    return reading.file(path).data or b""


def _entered(state: State, layer: ProjectLayer) -> State:
    """What a process sees that has entered the project; PATH apart."""
    texts = {name: held[0].text for name, held in layer.variables.items() if held[0].known}
    return state._replace(layers=(*state.layers, Layer(PROJECT, with_texts(texts))))


def _project_layer(reading: _Reading) -> ProjectLayer | None:
    if reading.layer is None:
        return None
    data = reading.file(reading.items).data if reading.items else None
    recorded = Ledger.loads(data.decode("utf-8", "replace")).record.variables if data else {}
    return reading.layer(recorded)


def _length_of(reading: _Reading) -> int:
    """The length of PATH, in characters."""
    before = [entry.entry for entry in reading.path if entry.layer == PROJECT]
    return len(WINDOWS.separator.join([*before, effective(reading.registry.composed).path_text]))


def _length(begin: t.Callable[[], Inquiry[t.Any]]) -> int:
    """How many characters the first question of an inquiry has; none where it asks nothing."""
    first = next(begin(), None)
    return sum(len(statement) + 1 for statement in first.statements) if first else 0


def _is_known(path: str, reading: _Reading) -> bool:
    """Whether a file was read already, or will not be."""
    fold, found = fold_path(path, {}), reading.files.ahead(path)
    if found is not None and (found.data is not None or not is_remote(path)):
        reading.found[fold] = found
    elif is_remote(path):
        reading.unlooked[fold] = "It is on the network, which this session may not reach."
    elif not can_reach(path):
        reading.unlooked[fold] = "No command can ask for a file of that name."
    else:
        return False
    return True


def _take(path: str, read: t.Mapping[str, File] | ReadError, reading: _Reading) -> None:
    """Keep what came of reading a file."""
    fold = fold_path(path, {})
    if not isinstance(read, ReadError):
        reading.found[fold] = read[path]
        return
    text = reading.finding.asking.files.get(fold)  # as `type` printed it
    if text is None:
        reading.unlooked[fold] = read.text
    else:
        reading.found[fold] = File(text)


def _named(reading: _Reading, file: t.Mapping[str, str]) -> list[str]:
    """The directories that variables name, as far as they are known without go.env, which names none."""
    values = reading.values
    settings = GoSettings(values, "registry", file)
    facts = gosettings.Facts(WINDOWS.family, values.get("USERPROFILE"), values, settings.text("GOPATH"))
    texts = [settings.text(name) or gosettings.built_in(name, facts) or "" for name in DIRECTORIES]
    return [text.split(WINDOWS.separator)[0] for text in texts]


def _facts(path: str, reading: _Reading) -> DirectoryFacts:
    fold = fold_path(path, {})
    known = reading.finding.asking.directories.get(fold)
    exists = known.exists if known else None
    remote = is_remote(path) or (known is not None and exists is None)
    likely = not remote and is_likely_writable(path, reading.values)
    return DirectoryFacts(exists, remote, "", reading.access.get(fold, LIKELY if likely else UNKNOWN))


def _media_of_go(reading: _Reading, settings: GoSettingsSeen) -> t.Iterator[SeenMedium]:
    """What became of reading go's own files, and the record of what is managed in the one."""
    label = "go env file"
    if settings.path:
        yield SeenMedium(label, USER, settings.path, *reading.state(settings.path))
        state = reading.state(reading.ledger)
        if state[0] == READ and _is_damaged(reading):
            state = DAMAGED, "It is no record, so what this collection manages in that file is not known."
        if state[0] != ABSENT:
            yield SeenMedium(JOURNAL, USER, reading.ledger, *state)
    else:
        off = reading.values.get("GOENV") == "off"
        yield SeenMedium(
            label, USER, reading.values.get("GOENV", ""), ABSENT if off else NOT_LOOKED, reading.finding.no_settings
        )
    if settings.go_env:
        place = ntpath.normpath(settings.go_env)
        looked = reading.finding.asking.looked.get(fold_path(ntpath.dirname(place), {}))
        if looked is None:
            yield SeenMedium(GO_ENV, MACHINE, place, NOT_LOOKED, "This session does not see that SDK.")
        elif looked.found.go_env is None and looked.has_go_env:
            yield SeenMedium(GO_ENV, MACHINE, place, DENIED, "This account may not read it.")
        else:
            yield SeenMedium(GO_ENV, MACHINE, place, READ if looked.found.go_env is not None else ABSENT)


def _is_damaged(reading: _Reading) -> bool:
    data = reading.file(reading.ledger).data
    return bool(data) and Ledger.loads((data or b"").decode("utf-8", "replace")).record.damaged


def _origins(reading: _Reading, settings: GoSettingsSeen) -> dict[str, Origin]:
    """The files of go's own layers."""
    out = {}
    if settings.path:
        out[FILE] = Origin(settings.path, mtime=reading.files.modified.get(settings.path))
    if settings.go_env:
        out[GO_ENV] = Origin(ntpath.normpath(settings.go_env))
    return out
