# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of one project: launchers, which are all ours, and keys in files of editors, which are other people's."""

from __future__ import annotations

import hashlib
import json
import time
import typing as t

from .._core.findings import Finding
from .._core.plan import Plan
from .._core.record import ENVIRONMENT, Kept, Record
from .._core.state import Layer, State
from .._core.values import Value, Variables
from .._core.wanted import Goal, Scope, Wanted
from .._editors.edits import MISSING, REMOVE, Absent, Attributes, Named, Raw
from .._editors.managed_items import FILE, JSON, MADE, XML, ManagedItem
from .._formats import jsonc, xmltext
from .._hosts.files import File
from .filestore import Edit, FileStore, ledger_in, trouble, unread
from .project_medium import OURS, project_medium

if t.TYPE_CHECKING:
    from .._hosts.host import Host
    from .._hosts.user_scope import UserScope

#: the value of a part of the kind MADE
HOLDS = "made"


def json_text(value: t.Any) -> str:
    """A JSON value as the text of a part."""
    return OURS + json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=dict)


def xml_text(content: Attributes) -> str:
    """Some attributes of an element as the text of a part."""
    return OURS + json.dumps({"attributes": dict(content.values)}, ensure_ascii=False, separators=(",", ":"))


def record_name(directory: str, family: str) -> str:
    """What the directory of the ledger of a project is called."""
    folded = directory.replace("/", "\\").upper() if family == "windows" else directory
    return hashlib.sha256(folded.rstrip("\\/").encode("utf-8", "surrogatepass")).hexdigest()[:24]


class ProjectStore(FileStore):
    """The files of one project. See `_core.converge.Store`.

    `also`: files that are read with the others whatever is wanted, so that one reading is enough also for what earlier
    runs wrote. `touched`: files that are written again as they are when another one changes: (the file whose change
    counts, those to touch). `new`: what an XML file that is made begins with. `marked`: the names of the parts that are
    this collection's by what they are called or begin with, for a project whose journal is gone; it gets the files by
    what they are called in parts.
    """

    def __init__(
        self,
        host: Host,
        scope: UserScope,
        directory: str,
        also: t.Sequence[str] = (),
        touched: t.Mapping[str, t.Sequence[str]] | None = None,
        new: t.Mapping[str, bytes] | None = None,
        now: t.Callable[[], float] = time.time,
        marked: t.Callable[[t.Callable[[str], File]], t.Collection[str]] = lambda _found: (),
    ) -> None:
        super().__init__(host.files(scope.account), now)
        self._scope, self._directory = scope, directory
        self._family = host.platform.family
        self._marked, self._lost, self._was_lost = marked, Record(), False
        self._also, self._touched, self._new = tuple(also), touched or {}, new or {}
        self._is_missing = False
        self.medium = project_medium(self._family)
        self._first: dict[str, File] = {}
        self._before: dict[str, File] = {}
        self._firsts_before: t.Mapping[str, Kept] = {}

    def place(self, file: str) -> str:
        """The full path of a file of a part."""
        if self.medium.syntax.is_absolute(file):
            return file
        separator = "\\" if self._family == "windows" else "/"
        return self.medium.syntax.child(self._directory, file.replace("/", separator))

    def read(self, wanted: Wanted) -> State:
        state = super().read(wanted)
        self._was_lost = bool(self._lost.variables)
        self._before, self._firsts_before = dict(self.found), self.ledger.firsts
        return state

    # --- reading -----------------------------------------------------------------------------------------------------

    def locate(self, wanted: Wanted) -> list[str]:
        _directory, ledger = self.ledger_place()
        self.found, self._first = self._first, {}
        places = [
            place
            for place in map(self.place, (ManagedItem.of(name).file for name in wanted.variables))
            if place not in self.found
        ]
        self.found.update(self.files.read(list(dict.fromkeys(self._standard() if not self.found else places))))
        found = self.found[self._directory]
        # What was written outside a project that is gone is still to be taken out.
        self._is_missing = wanted.goal is not Goal.ABSENT and not (found.obstacle and found.data is not None)
        return [*places, *(self.place(ManagedItem.of(name).file) for name in self._known_names(ledger))]

    def _missing(self) -> Finding:
        return Finding.of(
            "missing_project",
            f"There is no directory {self._directory}.",
            "Check the project out first, or correct the path.",
            self._directory,
        )

    def _standard(self) -> list[str]:
        """What is read whatever is wanted."""
        _directory, ledger = self.ledger_place()
        touched = [path for paths in self._touched.values() for path in paths]
        return [ledger, self._directory, *map(self.place, self._also), *touched]

    def first(self) -> t.Callable[[str], File]:
        """Read once before it is known what is wanted; the loop's first reading is this one. Gives the files by what
        they are called in parts.
        """
        self._first = self.files.read(list(dict.fromkeys(self._standard())))
        return lambda file: self._first.get(self.place(file), File(None))

    def recorded(self) -> t.Collection[str]:
        """The names of the parts that are managed, by what `first` read."""
        _directory, ledger = self.ledger_place()
        return ledger_in(self._first[ledger]).record.variables

    def file(self, file: str) -> File:
        """A file as it was read, or read back, last."""
        return self.found.get(self.place(file), File(None))

    def _known_names(self, ledger: str) -> t.Iterator[str]:
        """The names that earlier runs wrote."""
        known = ledger_in(self.found[ledger])
        yield from known.record.variables
        for entry in known.journal.values():
            yield from (change.name for change in entry.changes)

    def ledger_place(self) -> tuple[str, str]:
        """One ledger a project, named after its directory."""
        name = record_name(self._directory, self._family)
        directory = self.medium.syntax.child(self._scope.records, "projects", name)
        return directory, self.medium.syntax.child(directory, "ledger.json")

    def understand(self, wanted: Wanted) -> State:
        _directory, ledger = self.ledger_place()
        noticed = self._find_lost(wanted, ledger)
        record = self.record
        names = dict.fromkeys(
            (*wanted.variables, *record.variables, *(c.name for e in self.ledger.journal.values() for c in e.changes))
        )
        parts = {name: ManagedItem.of(name) for name in names}
        values, damaged = self._values(parts, {place: found.data for place, found in self.found.items()}, wanted)
        damaged = {**self._not_to_be_edited(wanted, values), **damaged}
        concerned = {
            self.place(part.file)
            for name, part in parts.items()
            if name in wanted.variables or name in record.variables
        }
        known = {self.place(part.file) for part in parts.values()} if wanted.goal is Goal.RESTORED else concerned
        hidden = [place for place in sorted(known) if unread(self.found.get(place, File(None)))]
        hidden += [ledger] if unread(self.found[ledger]) else []
        return State(
            target=wanted.scope,
            account=self._scope.session,
            sid=self._scope.owner,
            layers=(Layer("project", values, Scope.USER, known=not self._is_missing),),
            medium=self.medium,
            record=record,
            journal=self.ledger.journal,
            noticed=noticed,
            unread=bool(hidden),
            obstacles=(
                *(("", finding) for finding in self._scope.obstacles),
                *([("", self._missing())] if self._is_missing else ()),
                *(("", finding) for place, finding in damaged.items() if place in concerned),
                *trouble(self.found, dict.fromkeys((ledger, *hidden), "")),
                *(item for name, part in parts.items() for item in trouble(self.found, {self.place(part.file): name})),
            ),
        )

    @property
    def record(self) -> Record:
        """What is managed: by the ledger, or where that is gone by the marks."""
        return (
            self.ledger.record._replace(variables=self._lost.variables) if self._lost.variables else self.ledger.record
        )

    def _find_lost(self, wanted: Wanted, ledger: str) -> tuple[Finding, ...]:
        """Where there is no journal: the parts that are ours by their marks, and a finding that names their files."""
        self._lost = Record()
        if self.found[ledger].data is not None and not (self.ledger.record.damaged and not unread(self.found[ledger])):
            return ()
        parts = {name: ManagedItem.of(name) for name in self._marked(self.file)}
        self._lost = Record({name: HOLDS for name, part in parts.items() if part.kind == MADE})
        data = {place: found.data for place, found in self.found.items()}
        for some in (
            {name: part for name, part in parts.items() if part.kind != MADE},
            parts,
        ):  # what was made is judged by what is in it
            values, _unreadable = self._values(some, data, wanted)
            self._lost = Record({name: value.data for name, value in values.items()})
        if not self._lost.variables:
            return ()
        files = ", ".join(dict.fromkeys(self.place(ManagedItem.of(name).file) for name in self._lost.variables))
        return (
            Finding.of(
                "record_lost",
                f"The journal {ledger} is gone, so what was changed before cannot be undone. What this "
                f"collection wrote is known by its marks in {files}; "
                "keys in other files of editors have none.",
                "state: absent takes it out. Keys in .vscode and .idea are yours to take out.",
                ledger,
            ),
        )

    def _values(
        self, parts: t.Mapping[str, ManagedItem], data: t.Mapping[str, bytes | None], wanted: Wanted
    ) -> tuple[Variables, dict[str, Finding]]:
        """What stands at these parts, and the files that are damaged."""
        documents: dict[str, t.Any] = {}
        damaged: dict[str, Finding] = {}
        out: dict[str, Value] = {}
        for name, part in parts.items():
            place = self.place(part.file)
            raw = data.get(place)
            if raw is None or place in damaged:
                continue
            if part.kind == FILE:
                out[name] = Value(raw.decode("utf-8", "surrogateescape"))
                continue
            try:
                if place not in documents:
                    documents[place] = _read(part.file, raw)
                document = documents[place]
                text = (
                    self._made(parts, part, raw, document, wanted)
                    if part.kind == MADE
                    else self._standing(name, part, document, wanted)
                )
            except ValueError as error:
                damaged[place] = _damaged(place, error)
                continue
            if text is not None:
                out[name] = Value(text)
        return self.medium.variables(out), damaged

    def _not_to_be_edited(self, wanted: Wanted, values: Variables) -> dict[str, Finding]:
        """The files that hold something else where an object or an array must be for what is wanted."""
        by_file: dict[str, dict[ManagedItem, str | None]] = {}
        for name, text in wanted.variables.items():
            part = ManagedItem.of(name)
            if part.kind in (JSON, XML) and (name not in values or wanted.force):
                by_file.setdefault(part.file, {})[part] = text
        out = {}
        for file, parts in by_file.items():
            place = self.place(file)
            try:
                _edited(file, self.found[place].data, parts, self._new)
            except ValueError as error:
                out[place] = _damaged(place, error)
        return out

    def _standing(self, name: str, part: ManagedItem, document: t.Any, wanted: Wanted) -> str | None:
        """The text of a part as it stands: as it was written by us where it means the same, else as it is in
        the file.
        """
        raw = document.raw(part.path)
        if isinstance(raw, Absent):
            return None
        known = self._texts(name, wanted)
        if raw.text in known:
            return t.cast(str, raw.text)
        found = document.get(part.path)
        same = _same_json if part.kind == JSON else _same_xml
        return next(
            (text for text in known if text.startswith(OURS) and same(part, text, found)), t.cast(str, raw.text)
        )

    def _texts(self, name: str, wanted: Wanted) -> list[str]:
        """The texts that this part is to have, or had by us."""
        journaled = [
            value.data
            for _id, entry in sorted(self.ledger.journal.items(), reverse=True)
            for change in entry.changes
            if change.name == name
            for value in (change.after, change.before)
            if value is not None
        ]
        texts = (wanted.variables.get(name), self.record.variables.get(name), *journaled)
        return list(dict.fromkeys(text for text in texts if text is not None))

    def _made(
        self, parts: t.Mapping[str, ManagedItem], part: ManagedItem, raw: bytes, document: t.Any, wanted: Wanted
    ) -> str | None:
        """HOLDS where this is there, and for a run that does not need it, only while it holds nothing of others: then
        it is theirs now.
        """
        if part.path and isinstance(document.raw(part.path), Absent):
            return None
        if wanted.goal is Goal.PRESENT and part.name in wanted.variables:
            return HOLDS
        ours: dict[ManagedItem, str | None] = {
            found: None
            for name, found in parts.items()
            if found.file == part.file and found.kind in (JSON, XML) and self._is_ours(name, found, document, wanted)
        }
        return HOLDS if _is_bare(part, _edited(part.file, raw, ours, self._new)) else None

    def _is_ours(self, name: str, part: ManagedItem, document: t.Any, wanted: Wanted) -> bool:
        """Whether what stands there is what this collection wrote, last or, where nothing is recorded any more,
        ever.
        """
        standing = self._standing(name, part, document, wanted)
        if standing is None or wanted.force:
            return standing is not None
        recorded = self.record.variables.get(name)
        return standing == recorded if recorded is not None else standing.startswith(OURS)

    # --- writing -----------------------------------------------------------------------------------------------------

    def edits(self, plan: Plan) -> list[Edit]:
        return self._edits(plan, self.ledger.firsts)

    def _edits(self, plan: Plan, firsts: t.Mapping[str, Kept]) -> list[Edit]:
        by_file: dict[str, dict[ManagedItem, str | None]] = {}
        for change in plan.changes:
            if change.place == ENVIRONMENT:
                part = ManagedItem.of(change.name)
                by_file.setdefault(part.file, {})[part] = change.after.data if change.after else None
        managed = self.managed(plan.record)
        out = []
        for file, changes in by_file.items():
            path, shared = self.place(file), ManagedItem(file) not in changes
            kept = plan.restores.files.get(path) if plan.restores else None if path in managed else firsts.get(path)
            out.append(
                Edit(path, self._as_it_was(kept, changes, self._change(file, changes)), exact=shared, shared=shared)
            )
        places = {edit.path for edit in out}
        touched = dict.fromkeys(
            path for cause, paths in self._touched.items() if self.place(cause) in places for path in paths
        )
        return out + [
            Edit(path) for path in touched if self.found[path].data is not None and not self.found[path].obstacle
        ]

    def managed(self, record: Record) -> set[str]:
        return {self.place(ManagedItem.of(name).file) for name in record.variables}

    def _as_it_was(
        self,
        kept: Kept | None,
        changes: t.Mapping[ManagedItem, str | None],
        change: t.Callable[[bytes | None], bytes | None],
    ) -> t.Callable[[bytes | None], bytes | None]:
        """`change`, but for bytes that nobody wrote since: then what the file held before, where that is what these
        changes ask for.
        """

        def back(data: bytes | None) -> bytes | None:
            if kept is None or not kept.left(data):
                return change(data)
            parts = {part.name: part for part in changes}
            values, damaged = self._values(parts, {self.place(part.file): kept.before for part in changes}, self.wanted)
            texts = {name: value.data for name, value in values.items()}
            agrees = not damaged and all(
                part.kind == MADE or texts.get(part.name) == text for part, text in changes.items()
            )
            return kept.before if agrees else change(data)

        return back

    def _change(
        self, file: str, changes: t.Mapping[ManagedItem, str | None]
    ) -> t.Callable[[bytes | None], bytes | None]:
        whole = ManagedItem(file)
        going = sorted(
            (part for part, text in changes.items() if part.kind == MADE and text is None),
            key=lambda part: -len(part.path),
        )

        def change(data: bytes | None) -> bytes | None:
            if whole in changes:
                text = changes[whole]
                return None if text is None else text.encode("utf-8", "surrogateescape")
            after = _edited(file, data, {part: text for part, text in changes.items() if part.kind != MADE}, self._new)
            for part in going:
                if _is_bare(part, after):
                    if not part.path:
                        return None
                    after = _edited(file, after, {part: None}, self._new)
            return after

        return change

    def copied(self, replaced: t.Mapping[str, File], state: State) -> Variables:
        """What stood there at the moment of the change. What cannot be read as what it is counts as it was read
        before.
        """
        data = {place: found.data for place, found in self.found.items()}
        data.update((place, found.data) for place, found in replaced.items())
        parts = {
            name: ManagedItem.of(name)
            for name in dict.fromkeys((*state.variables, *self.wanted.variables, *self.record.variables))
        }
        now, self._lost = self._lost, Record(state.record.variables) if self._was_lost else self._lost
        values, damaged = self._values(parts, data, self.wanted)
        self._lost = now
        return values.replace(
            {name: state.variables.get(name) for name, part in parts.items() if self.place(part.file) in damaged}
        )

    def verify(self, after: State, wanted: Wanted) -> list[Finding]:
        return []

    def preview(self, plan: Plan) -> dict[str, tuple[bytes | None, bytes | None]]:
        """For each file that a plan changes, its bytes as the run found them, and after it."""
        edits = self._edits(plan, self._firsts_before)
        before = {edit.path: self._before.get(edit.path, File(None)).data for edit in edits}
        return {edit.path: (before[edit.path], edit.write(before[edit.path]).data) for edit in edits}


def _damaged(place: str, error: ValueError) -> Finding:
    return Finding.of(
        "project_file_damaged", f"{place} cannot be edited: {error}", "Put it right, or move it away.", place
    )


# --- the two kinds of documents --------------------------------------------------------------------------------------


def _is_xml(file: str) -> bool:
    return file.endswith(".xml")


def _read(file: str, data: bytes) -> t.Any:
    return xmltext.read(data) if _is_xml(file) else jsonc.read(data)


def _edited(
    file: str, data: bytes | None, changes: t.Mapping[ManagedItem, str | None], new: t.Mapping[str, bytes]
) -> bytes:
    """The file with these parts as they are to be. Raises ValueError for one that cannot be edited."""
    if not _is_xml(file):
        return jsonc.edit(
            data, {part.path: REMOVE if text is None else _json_value(text) for part, text in changes.items()}
        )
    contents = {part.path: REMOVE if text is None else _xml_content(text) for part, text in changes.items()}
    return xmltext.edit(data, contents, new.get(file, b""))


def _json_value(text: str) -> t.Any:
    return json.loads(text[len(OURS) :]) if text.startswith(OURS) else Raw(text)


def _xml_content(text: str) -> Attributes | Raw:
    return Attributes(json.loads(text[len(OURS) :])["attributes"]) if text.startswith(OURS) else Raw(text)


def _same_json(part: ManagedItem, text: str, found: t.Any) -> bool:
    value = _json_value(text)
    if isinstance(part.path[-1], Named):  # an element has the key by which it is found
        value = {part.path[-1].key: part.path[-1].value, **value}
    return json.dumps(value, sort_keys=True) == json.dumps(found, sort_keys=True)


def _same_xml(_part: ManagedItem, text: str, found: t.Any) -> bool:
    content = _xml_content(text)
    return isinstance(content, Attributes) and all(found.get(name) == value for name, value in content.values.items())


def _is_bare(part: ManagedItem, data: bytes) -> bool:
    """Whether what was made, the file or what is at the part's path, holds nothing."""
    if _is_xml(part.file):
        if not data.strip():
            return True
        root = xmltext.read(data).root
        return root.plain and not root.children
    document = jsonc.read(data)
    raw = document.raw(part.path) if part.path else Raw(document.text)
    if isinstance(raw, Absent):
        return True
    value = document.get(part.path) if part.path else document.value
    return "//" not in raw.text and "/*" not in raw.text and (value is MISSING or _is_empty(value))


def _is_empty(value: t.Any) -> bool:
    return isinstance(value, (dict, list)) and all(map(_is_empty, value.values() if isinstance(value, dict) else value))
