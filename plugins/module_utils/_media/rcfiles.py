# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shells' start files of a POSIX host, for everybody or for one person (docs/facts.md, "Shell start files")."""

from __future__ import annotations

import contextlib
import posixpath
import time
import typing as t

from .._core.effective import effective
from .._core.findings import Finding
from .._core.plan import Plan
from .._core.posix import INHERITED, POSIX
from .._core.record import ANCHOR, HOOK, Change, Record
from .._core.secrets import secrets_in
from .._core.state import Claim, Layer, State
from .._core.values import Value, Variables
from .._core.wanted import Goal, Scope, Wanted
from .._formats import blocks, shellenv, startlines
from .._hosts.files import File, PosixFiles
from .._hosts.posix_scope import LOGIN_PATH, RECORDS, TEMPLATE, TEMPLATE_RECORDS, Directories, needs_root
from .._hosts.posix_scope import SOURCE as SOURCE_FILE
from .filestore import Edit, FileStore, ledger_in, trouble, unread
from .rc_places import (
    BLOCK,
    LAST,
    LAST_BLOCK,
    NEVER_MADE,
    OF_LED,
    OF_SYSTEM,
    SHELLS,
    SOURCE,
    Existing,
    Ground,
    RcLayout,
    block_of,
    file_of,
    inherited,
    is_there,
    looked_for,
    merged,
    once,
    places,
    program,
    read_first,
    shells_on,
    zdotdirs,
    zsh_doubtful,
    zsh_open,
)
from .startfile_medium import START_FILES

if t.TYPE_CHECKING:
    from .._core.account import Account
    from .._hosts.host import Host
    from .._hosts.programs import Programs
    from .probes import Expected
    from .starts import Starts

ROUNDS = 12  # of finding out where zsh reads: one or two, but for files that read files
#: where `link_go` puts links to go, so that a `go` is found where no start file is read
LINKS = ("/usr/local/bin/go", "/usr/local/bin/gofmt")


class RcStore(FileStore):
    """The start files of one scope. See `_core.converge.Store`."""

    def __init__(
        self,
        host: Host,
        account: Account,
        now: t.Callable[[], float] = time.time,
        starts: Starts | None = None,
    ) -> None:
        """account: whose user scope this is; for the machine scope that of the session. starts: are asked, too."""
        files = t.cast(PosixFiles, host.files(account))
        super().__init__(files, now)
        self._links, self._host, self._account, self._session = files.links, host, account, host.accounts.own()
        self._starts = starts
        self._directories = Directories.of(account, host.environ)
        self._ground = self._ground_of(Scope.USER)
        self._layout = RcLayout(START_FILES, self._ground, (), ())
        self._sources: dict[Scope, str] = {}
        self._upper = Scope.USER
        self._seen = Existing()
        self._read_as: dict[str, File] = {}
        self._doubts: list[Finding] = []
        self._once: tuple[str, ...] = ()
        self._leads: dict[str, str] = {}

    # --- reading -----------------------------------------------------------------------------------------------------

    def _ground_of(self, scope: Scope) -> Ground:
        """What the places of start files depend on."""
        account, own, darwin = self._account, self._directories, self._host.platform.os == "darwin"
        if scope is Scope.DEFAULT_USER:
            return Ground(False, darwin, TEMPLATE, own.config)
        system = scope is Scope.MACHINE
        return Ground(system, darwin, account.home, own.config, own.zdotdir, "" if system else account.shell)

    def locate(self, wanted: Wanted) -> list[str]:
        self._doubts = []
        self._upper = Scope.USER if wanted.scope is Scope.MACHINE else wanted.scope
        template = wanted.scope is Scope.DEFAULT_USER
        self._directories = Directories.of_template() if template else self._directories
        ground = self._ground = self._ground_of(wanted.scope)
        _directory, ledger = self.ledger_place()
        sources = self._directories.sources
        self._sources = {Scope.MACHINE: sources[Scope.MACHINE.value], self._upper: sources[Scope.USER.value]}
        first = self.files.read([ledger, *read_first(ground)])
        self.found.update(first)
        self.found.update(self._links(LINKS) if ground.system else {})
        present = frozenset(self.files.present(looked_for(ground)))
        self._seen = Existing(present, {path: found.data for path, found in first.items() if found.data is not None})
        shells = shells_on(ground, self._seen) if wanted.shells is None else wanted.shells
        if "zsh" in shells and not ground.system:
            self._find_zsh(ground)
        if wanted.shells is None and wanted.goal is not Goal.PRESENT:
            shells = SHELLS  # what was written is undone for shells, too, that are not seen here
        found = places(ground, self._seen)
        self._leads = self._ends([file_of(place.path) for place in found if place.kind == BLOCK])
        found = merged(found, self._leads)
        self._layout = RcLayout(
            START_FILES, ground, found, shells, f"/.config/{SOURCE_FILE}" if ground.system else None
        )
        known = ledger_in(first[ledger]).record
        lost = first[ledger].data is None or known.damaged
        self._once = once(ground, self._seen) if lost else ()
        return list(
            dict.fromkeys((*map(file_of, (*self._layout.places, *known.hooks)), *self._once, *self._sources.values()))
        )

    def _ends(self, paths: t.Sequence[str]) -> dict[str, str]:
        """Of these files those that are links, and where each leads in the end."""
        out: dict[str, str] = {}
        todo = {path: path for path in paths}
        for _round in range(ROUNDS):
            found = self._links(list(todo.values()))
            links = [(path, at, found[at].link) for path, at in todo.items()]
            todo = {
                path: posixpath.normpath(posixpath.join(posixpath.dirname(at), link))
                for path, at, link in links
                if link
            }
            out.update(todo)
            if not todo:
                break
        return out

    def _find_zsh(self, ground: Ground) -> None:
        """Find out where zsh reads its files: what its start files read is read too, and what is not understood zsh
        itself is asked.
        """
        for _round in range(ROUNDS):
            more = zsh_open(ground, self._seen)
            if more.sources:
                found = self.files.read(more.sources)
                self._seen = self._seen._replace(
                    sourced={**self._seen.sourced, **{path: held.data for path, held in found.items()}}
                )
            elif more.ask:
                self._seen = self._seen._replace(asked={**self._seen.asked, more.ask: self._ask_zsh(ground, more.ask)})
            else:
                break
        path = zsh_doubtful(ground, self._seen)
        if path:
            why = (
                "zsh gave no answer within two seconds"
                if is_there("zsh", self._seen)
                else "there is no zsh here that could be asked"
            )
            first, later = zdotdirs(ground, self._seen)
            told = (
                f"{path} sets ZDOTDIR in a way that is not understood, and {why}. The lines for zsh go "
                f"into {first}/.zshenv and {later}/.zprofile."
            )
            advice = "Look whether zsh reads these, or write it as ZDOTDIR=/directory on a line of its own."
            self._doubts.append(Finding.of("zdotdir_unknown", told, advice, path))

    def _ask_zsh(self, ground: Ground, question: str) -> str | None:
        from . import probes  # only a run that asks needs it

        system = question == OF_SYSTEM
        if not is_there("zsh", self._seen):
            return None
        before = inherited(ground, self._seen) if question == OF_LED else None
        command = probes.zdotdir(program("zsh", self._seen), ground, self._account, before, system)
        return probes.zdotdir_in(self._programs.run_all([command])[0], ground.home)

    def ledger_place(self) -> tuple[str, str]:
        shared = TEMPLATE_RECORDS if self._ground.is_template else RECORDS
        own = not self._ground.system and not self._ground.is_template
        directory = self._directories.records if own else shared
        return directory, f"{directory}/shells.json"

    def understand(self, wanted: Wanted) -> State:
        record, noticed = self.ledger.record, list(self._doubts)
        self._layout.shared = self._shared()
        if self._layout.existing is None:
            self._layout.existing = frozenset(path for path, found in self.found.items() if found.data is not None)
        self._read_as = {path: self.found[path] for path in self._sources.values()}
        scopes = {scope: self._variables(scope, wanted, noticed) for scope in (Scope.MACHINE, self._upper)}
        hooks, damaged = self._hooks(record)
        if self._is_lost() and hooks:
            record = self._recognised(scopes[wanted.scope], hooks, wanted)
            noticed.append(self._lost(record))
        return State(
            target=wanted.scope,
            account=self._session,
            sid=self._account.name,
            layers=(
                Layer("login", START_FILES.variables([("PATH", Value(LOGIN_PATH))])),
                *(Layer(scope.value, scopes[scope], scope) for scope in (Scope.MACHINE, self._upper)),
            ),
            anchor=self._anchor(),
            record=record,
            journal=self.ledger.journal,
            medium=START_FILES,
            hooks=hooks,
            layout=self._layout,
            noticed=tuple(noticed),
            native=self._host.platform.native,
            obstacles=(*damaged, *self._obstacles(wanted, record.anchor)),
            claims=tuple(claim for path in self._layout.shared for claim in self._claims(path)),
            readable=self._readable(wanted, scopes[wanted.scope]),
            unread=any(unread(self.found[path]) for path in (self.ledger_place()[1], self._sources[wanted.scope])),
        )

    def _readable(self, wanted: Wanted, standing: Variables) -> tuple[str, ...]:
        """The files with the values in them that others can read, where a value is secret: those of everybody, and a
        person's that allow it.
        """
        texts = [*(text for text in wanted.named().values() if text), *(value.data for value in standing.values())]
        if not any(map(secrets_in, texts)):
            return ()
        drop_ins = [
            place.path
            for place in self._layout.places.values()
            if "systemd" in place.shells and "systemd" in self._layout.shells
        ]
        drop_ins = [path for path in drop_ins if wanted.goal is Goal.PRESENT or self.found[path].data is not None]
        paths = [self._ground.source, *drop_ins]
        there = [path for path in paths if self.found[path].data is not None]
        allowed = self.files.readable(there)
        return tuple(path for path in paths if path in allowed or (path not in there and self._ground.system))

    def _variables(self, scope: Scope, wanted: Wanted, noticed: list[Finding]) -> Variables:
        """What the source of a scope holds. One that cannot be understood is written anew from the record, when it is
        this run's.
        """
        found = self.found[self._sources[scope]]
        if found.data is None:
            return START_FILES.variables()
        try:
            settings = shellenv.parse_source(found.data.decode("utf-8"))
        except ValueError:
            noticed.append(
                Finding.of(
                    "source_damaged",
                    f"{self._sources[scope]} holds something this collection did not write.",
                    "This run writes it anew from its record: put what is yours into your own rc file."
                    if scope is wanted.scope
                    else "Run for that scope.",
                    self._sources[scope],
                )
            )
            return self._recorded() if scope is wanted.scope else START_FILES.variables()
        return _variables_of(settings)

    def _is_lost(self) -> bool:
        """Whether there is no journal, or none that can be read; one that this account may not read is another
        thing.
        """
        _directory, ledger = self.ledger_place()
        return self.found[ledger].data is None or (self.ledger.record.damaged and not unread(self.found[ledger]))

    def _lost(self, record: Record) -> Finding:
        _directory, ledger = self.ledger_place()
        return Finding.of(
            "record_lost",
            f"The journal {ledger} is gone, so what was changed before cannot be undone. What this collection "
            f"wrote is known by its marks: "
            f"{', '.join(record.hooks)}.",
            "state: absent takes it out. The next change begins a new journal.",
            ledger,
        )

    def _recognised(self, variables: Variables, hooks: t.Mapping[str, str], wanted: Wanted) -> Record:
        """The record of what stands in files of ours: all of it is ours, and each PATH entry has the role that it has
        by the variables.
        """
        settings = shellenv.Settings()
        with contextlib.suppress(ValueError):
            settings = shellenv.parse_source((self.found[self._sources[wanted.scope]].data or b"").decode("utf-8"))
        texts = {name: value.data for name, value in variables.items() if not START_FILES.is_path(name)}
        workspace = texts.get("GOPATH", "").split(POSIX.separator)[0]
        roles = {f"{workspace}/bin": "bin", texts.get("GOBIN", ""): "bin", f"{texts.get('GOROOT', '')}/bin": "goroot"}
        entries = [entry for entry in POSIX.split_path(variables.text("PATH")) if entry != INHERITED]
        anchor = self._anchor()
        return Record(
            texts,
            tuple((roles.get(entry, "path"), entry) for entry in entries),
            anchor=wanted.anchor and anchor is not None and anchor.data == texts.get("GOROOT"),
            retired=settings.retired,
            former=dict(settings.former),
            hooks=tuple(hooks),
        )

    def _recorded(self) -> Variables:
        record = self.ledger.record
        entries = [entry for _role, entry in record.entries]
        path = [("PATH", Value(POSIX.separator.join([*entries, INHERITED])))] if entries else []
        return START_FILES.variables([*((name, Value(text)) for name, text in record.variables.items()), *path])

    def _hooks(self, record: Record) -> tuple[dict[str, str], list[tuple[str, Finding]]]:
        """What stands in the places, of our own; and the places that cannot be told, with why."""
        hooks, damaged = {}, []
        ends = {(self._leads.get(file_of(path), file_of(path)), block_of(path)) for path in self._layout.places}
        for path in dict.fromkeys((*self._layout.places, *record.hooks, *self._once)):
            file = file_of(path)
            if path not in self._layout.places and (self._leads.get(file, file), block_of(path)) in ends:
                continue  # by a link it is another place, which says it
            data = self.found[file].data if file in self.found else None
            if data is None:
                continue
            if self._layout.kind(path) != BLOCK:
                hooks[path] = data.decode("utf-8", "surrogateescape")
                continue
            try:
                block = blocks.find(data, block_of(path))
            except blocks.BlockError as error:
                hooks.update(
                    {path: ""} if path in record.hooks else {}
                )  # ours stands there, and no run may pass it over
                damaged.append(
                    (
                        path,
                        Finding.of(
                            "block_damaged",
                            f"{file}: {error}",
                            "Put the marks right, or take our lines out, and run again.",
                            file,
                        ),
                    )
                )
                continue
            if block is not None:
                hooks[path] = block.body
            elif unread(self.found[file]) and path in record.hooks:
                hooks[path] = ""  # as above
        return hooks, damaged

    def _obstacles(self, wanted: Wanted, anchored: bool) -> t.Iterator[tuple[str, Finding]]:
        _directory, ledger = self.ledger_place()
        shared = self._ground.system or self._ground.is_template
        if (shared or not self._account.own) and not self._session.elevated:
            scope = "machine" if self._ground.system else "default_user"
            what = f"The {scope} scope" if shared else f"The user scope of {self._account.name}"
            instead = ", or use scope: user" if shared else ", or leave user out"
            yield "", needs_root(what, self._session, instead)
            return
        yield from trouble(
            self.found, {ledger: "", **{path: path for path in self.found if path != ledger and path not in LINKS}}
        )
        yield from trouble(
            self.found,
            {file_of(name): name for name in (*self._layout.places, *self.ledger.record.hooks) if block_of(name)},
        )
        if self._ground.system and wanted.anchor:
            for link in LINKS:
                found = self.found[link]
                is_there = found.data is not None or found.link is not None
                if is_there and (found.link is None or not anchored):
                    yield (
                        ANCHOR,
                        Finding.of(
                            "go_link_occupied",
                            f"{link} is there already, and was not made by this collection.",
                            "Move it away, or leave link_go out.",
                            link,
                        ),
                    )
                elif found.obstacle:
                    yield ANCHOR, Finding.of("file_not_writable", found.obstacle, "", link)

    def _anchor(self) -> Value | None:
        """The SDK that both links lead to."""
        if not self._ground.system:
            return None
        roots = set()
        for link in LINKS:
            target = self.found[link].link or ""
            directory, _sep, name = target.rpartition("/bin/")
            roots.add(directory if name == posixpath.basename(link) else "")
        root = roots.pop() if len(roots) == 1 else ""
        return Value(root) if root else None

    # --- writing -----------------------------------------------------------------------------------------------------

    def edits(self, plan: Plan) -> list[Edit]:
        hooks: dict[str, list[Change]] = {}
        for change in sorted(
            (change for change in plan.changes if change.place == HOOK),
            key=lambda change: self._layout.kind(change.name) != SOURCE,
        ):
            hooks.setdefault(file_of(change.name), []).append(change)
        out = [self._edit(path, changes) for path, changes in hooks.items()]
        for change in plan.changes:
            if change.place == ANCHOR:
                root = change.after.data if change.after else None
                out += [
                    Edit(link, lambda _data: None, link=f"{root}/bin/{posixpath.basename(link)}" if root else None)
                    for link in LINKS
                ]
        return out

    def _edit(self, path: str, changes: t.Sequence[Change]) -> Edit:
        kind = self._layout.kind(changes[0].name)
        if kind == BLOCK:
            return Edit(path, lambda data: self._with_blocks(path, data, changes))
        after = changes[0].after
        data = None if after is None else after.data.encode("utf-8", "surrogateescape")
        holds_values = kind == SOURCE or path.endswith(".conf")
        prune = (posixpath.dirname(path),) if kind == SOURCE else ()
        return Edit(path, lambda _data: data, private=holds_values and not self._ground.system, prune=prune)

    def _with_blocks(self, path: str, data: bytes | None, changes: t.Sequence[Change]) -> bytes | None:
        """A file with its blocks put in, or taken out. One that was made for a block goes with the last of them."""
        never_made = posixpath.basename(path) in NEVER_MADE
        stays = self.found[path].link is not None
        # The last block is taken out before the other one, which knows whether the file was made for it, and is put in
        # after it.
        for change in sorted(
            changes,
            key=lambda change: (change.after is not None, bool(block_of(change.name)) is (change.after is not None)),
        ):
            name = block_of(change.name)
            if change.after is None:
                rest = None if data is None else blocks.take_out(data, name)
                data = b"" if rest is None and data is not None and stays else rest
            elif data is not None or not never_made:
                place = self._layout.places.get(change.name)
                data = blocks.put(data, change.after.data, "top" if place is not None and place.top else "end", name)
        return data

    def _claims(self, path: str) -> t.Iterator[Claim]:
        """What the lines of others in a file with blocks say of GOROOT and PATH; those behind the block that is read
        last are the last word.
        """
        data = self.found[path].data or b""
        names = [name for name in ("", LAST_BLOCK) if name == "" or f"{path}{LAST}" in self._layout.places]
        try:
            found = {name: blocks.find(data, name) for name in ("", LAST_BLOCK)}
        except blocks.BlockError:
            return
        last = found[names[-1]]
        behind = data[: last.end].count(b"\n") if last else None
        for block in sorted(filter(None, found.values()), reverse=True):
            data = data[: block.start] + b"\n" * data.count(b"\n", block.start, block.end) + data[block.end :]
        for line in startlines.lines_of(data.decode("utf-8", "replace").replace("\r\n", "\n"), self._ground.home):
            is_last = behind is not None and line.number > behind
            yield Claim(path, line.number, line.name, line.value, line.front, line.certain, is_last)

    def _shared(self) -> list[str]:
        """The files of blocks that hold more than our blocks."""
        out = []
        for path in dict.fromkeys(map(file_of, self._layout.places)):
            data = self.found[path].data if path in self.found else None
            try:
                rest = None if data is None else blocks.take_out(blocks.take_out(data, LAST_BLOCK) or b"")
            except blocks.BlockError:
                rest = data
            if rest is not None and rest.strip():
                out.append(path)
        return out

    def managed(self, record: Record) -> set[str]:
        return set(map(file_of, record.hooks))

    def copied(self, replaced: t.Mapping[str, File], state: State) -> Variables:
        source = self._sources[state.target]
        found = replaced.get(source)
        if found is None or found == self._read_as.get(source):
            return state.variables
        try:
            return _variables_of(shellenv.parse_source((found.data or b"").decode("utf-8")))
        except ValueError:
            return state.variables  # nothing that could be understood, and so nothing to merge

    def whole(self, plan: Plan, state: State) -> Variables | None:
        return plan.applied(state).variables

    # --- asking the shells themselves --------------------------------------------------------------------------------

    @property
    def _programs(self) -> Programs:
        return t.cast("Programs", self._host.programs)

    def verify(self, after: State, wanted: Wanted) -> list[Finding]:
        """What login shells see that are started from nothing, one process each, and what go answers there."""
        from . import probes  # only a run that asks needs it

        programs = self._programs
        there = {
            "sh",
            *shells_on(self._ground, self._seen),
            *(shell for shell in self._layout.shells if is_there(shell, self._seen)),
        }
        chosen = [shell for shell in self._layout.shells if shell in probes.LOGIN and shell in there]
        account, system, template = self._account, self._ground.system, self._ground.is_template
        copied = self._of_template() if template else {}
        ordinary = self._host.accounts.ordinary() if system and self._session.elevated else None
        elsewhere = self._elsewhere(chosen)
        commands = [
            probes.login(
                shell, program(shell, self._seen), who, fresh_home=system or template, elsewhere=elsewhere[shell]
            )._replace(files=copied)
            for who in (account, ordinary)
            if who is not None
            for shell in chosen
        ]
        expected = self._expected(after, wanted)
        asked = [*commands, *(self._starts.commands() if self._starts is not None else ())]
        ended = programs.run_all(asked)
        answers = [probes.environment_in(done) for done in ended[: len(commands)]]
        if self._starts is not None:
            self._starts.learn(ended[len(commands) :])
            self._starts.entries = expected.path
        seen, theirs = dict(zip(chosen, answers)), dict(zip(chosen, answers[len(chosen) :]))
        findings = [
            finding for shell, environment in seen.items() for finding in probes.compare(shell, environment, expected)
        ]
        told = {finding.subject for finding in findings}
        if ordinary is not None:
            findings += [
                finding
                for shell in chosen
                if shell not in told
                for finding in probes.compare(shell, theirs[shell], expected, ordinary.name)
            ]
        environment = next((found for found in seen.values() if found is not None), None)
        return findings if environment is None else findings + probes.go_in(environment, after, account, programs)

    def _of_template(self) -> dict[str, bytes]:
        """What a new user's home is made with, by path below it, as far as it concerns the shells."""
        begin = f"{TEMPLATE}/"
        return {
            path[len(begin) :]: found.data
            for path, found in self.found.items()
            if path.startswith(begin) and found.data is not None
        }

    def _elsewhere(self, chosen: t.Sequence[str]) -> dict[str, list[str]]:
        """For each shell, the variables whose directories are to be elsewhere: starting it is to leave nothing in the
        home.
        """
        from . import probes

        places = {
            (shell, name): f"{self._account.home}/{place}"
            for shell in chosen
            for name, place in probes.LEAVES.get(shell, {}).items()
        }
        fresh = self._ground.system or self._ground.is_template
        there = self.files.present(list(places.values())) if places and not fresh else set(places.values())
        return {
            shell: [name for (of, name), place in places.items() if of == shell and place not in there]
            for shell in chosen
        }

    def _expected(self, after: State, wanted: Wanted) -> Expected:
        from . import probes

        environment = effective(after)
        names = [name for name in {**wanted.named(), **after.record.variables} if not START_FILES.is_path(name)]
        values = {name: environment.text(name) for name in names}
        ours = [entry for entry in POSIX.split_path(after.variables.text("PATH")) if entry != INHERITED]
        return probes.Expected({name: text for name, text in values.items() if text is not None}, tuple(ours))


def _variables_of(settings: shellenv.Settings) -> Variables:
    path = [("PATH", Value(POSIX.separator.join(settings.path)))] if settings.path else []
    return START_FILES.variables([*((name, Value(text)) for name, text in settings.variables.items()), *path])
