# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file that `go env -w` writes, of one person, on a POSIX or a Windows host (docs/facts.md, "Go env file")."""

from __future__ import annotations

import time
import typing as t
from dataclasses import replace

from .._core.effective import effective
from .._core.findings import Finding
from .._core.plan import Plan
from .._core.record import ENVIRONMENT, Record, digest
from .._core.secrets import secrets_in
from .._core.state import Layer, State
from .._core.values import Value, Variables, exactly
from .._core.wanted import Goal, Scope, Wanted
from .._formats import goenv
from .._go import gosettings
from .._hosts.files import File
from .filestore import Edit, FileStore, trouble, unread
from .goenvfile_medium import medium_on

if t.TYPE_CHECKING:
    from .._hosts.host import Host
    from .._hosts.user_scope import UserScope


class GoEnvLayout:
    """See `_core.state.Layout`: the form of the file, told in words where it is not go's own; none is what must
    stand.
    """

    goes_back = True

    def hooks(self, variables: Variables, record: Record) -> dict[str, str]:
        return {}

    def label(self, path: str) -> str:
        return f"{path} (its form)"

    def told(self, path: str, text: str | None) -> str | None:
        return text

    def shown(self, path: str, text: str, alone: bool) -> str:
        return text


class GoEnvStore(FileStore):
    """The file of one person. See `_core.converge.Store`."""

    def __init__(self, host: Host, scope: UserScope, now: t.Callable[[], float] = time.time) -> None:
        super().__init__(host.files(scope.account), now)
        self._host, self._scope = host, scope
        self._family = "darwin" if host.platform.os == "darwin" else host.platform.family
        self.medium = medium_on(host.syntax.family)
        self.path = ""
        self._root: str | None = None
        #: the file of settings of the SDK whose go is first on PATH
        self.go_env: str | None = None
        self._version: str | None = None

    # --- reading -----------------------------------------------------------------------------------------------------

    def locate(self, wanted: Wanted) -> list[str]:
        scope, child = self._scope, self.medium.syntax.child
        path, reason = gosettings.goenv_path(self._family, scope.account.home or None, scope.environment)
        self._missing = None if path is not None else _no_file(reason)
        self.path = path or ""
        known = self.files.look(scope.path) if scope.path else {}
        first = next((place for place in scope.path if known[place].go), None)
        self._version = known[first].version if first and known[first].is_sdk_bin else None
        own = child(first, "..") if first and known[first].is_sdk_bin else None
        self._root = gosettings.root_of_go_env(scope.environment, {}) or own
        self.go_env = child(self._root, "go.env") if self._root else None
        return [place for place in (path, self.go_env) if place]

    def ledger_place(self) -> tuple[str, str]:
        return self._scope.records, self.medium.syntax.child(self._scope.records, "goenv.json")

    def understand(self, wanted: Wanted) -> State:
        self.found.setdefault(self.path, File(None))
        scope, found = self._scope, goenv.parse(self.found[self.path].data or b"")
        own = Layer(gosettings.FILE, _known(found.values), Scope.USER, known=not self._missing)
        odd = [oddity for oddity in found.oddities if oddity.kind in goenv.REPAIRED]
        _directory, ledger = self.ledger_place()
        return State(
            target=wanted.scope,
            account=scope.session,
            sid=scope.owner,
            layers=(*self._below(found), own, *(layer_of(*layer) for layer in scope.layers)),
            record=self.ledger.record,
            journal=self.ledger.journal,
            medium=self.medium,
            hooks={self.path: "".join(f"{oddity.told}\n" for oddity in odd)} if odd else {},
            layout=GoEnvLayout(),
            noticed=(
                *(goenv.repaired(self.path, oddity) for oddity in odd if wanted.goal is not Goal.RESTORED),
                *self._unread(),
            ),
            obstacles=(
                *(("", finding) for finding in (*scope.obstacles, *([self._missing] if self._missing else []))),
                *trouble(self.found, {ledger: "", self.path: "" if unread(self.found[self.path]) else self.path}),
                *trouble(self.found, {self.path: ENVIRONMENT}),
            ),
            digests={self.path: digest(self.found[self.path].data)},
            readable=tuple(self.files.readable([self.path]))
            if any(map(secrets_in, (*found.values.values(), *_texts(wanted))))
            else (),
            poisoned=dict(gosettings.poisoned(found.values, self.medium.syntax.family, self._version)),
            go_version=self._version,
            native=scope.native,
            unread=any(unread(self.found[path]) for path in (ledger, self.path)),
        )

    def _unread(self) -> tuple[Finding, ...]:
        """Told also by a run that changes nothing: what the file holds is not known then."""
        return (
            tuple(finding for _subject, finding in trouble(self.found, {self.path: ""}))
            if unread(self.found[self.path])
            else ()
        )

    def _below(self, found: goenv.GoEnv) -> tuple[Layer, ...]:
        """What go takes where neither the environment nor the file says anything."""
        environment, home = self._scope.environment, self._scope.account.home or None
        defaults = gosettings.defaults(self._family, home, environment, found.values)
        # A file that names another GOROOT, as none should, leads go to a go.env that was not read.
        is_read = gosettings.root_of_go_env(environment, found.values) in (None, self._root)
        shipped = self.found.get(self.go_env or "", File(None)).data if is_read else None
        return (
            layer_of(gosettings.BUILT_IN, defaults),
            Layer(gosettings.GO_ENV, _known(goenv.parse(shipped).as_go_reads if shipped else {})),
        )

    # --- writing -----------------------------------------------------------------------------------------------------

    def edits(self, plan: Plan) -> list[Edit]:
        changes = {
            change.name: change.after.data if change.after else None
            for change in plan.changes
            if change.place == ENVIRONMENT
        }
        if not plan.changes:
            return []
        stays = self.found[self.path].link is not None
        kept = plan.restores.files.get(self.path) if plan.restores else None

        def change(data: bytes | None) -> bytes | None:
            if (
                kept is not None
                and kept.left(data)
                and (kept.before is not None or not stays)
                and _holds(kept.before, changes)
            ):
                return kept.before
            after = goenv.edit(data or b"", changes)
            return after if after or stays else None

        return [Edit(self.path, change, private=True, exact=True)]

    def managed(self, record: Record) -> set[str]:
        return {self.path}

    def copied(self, replaced: t.Mapping[str, File], state: State) -> Variables:
        found = replaced.get(self.path)
        return state.variables if found is None else _known(goenv.parse(found.data or b"").values)

    def verify(self, after: State, wanted: Wanted) -> list[Finding]:
        """What go answers for the variables of this run, where this collection runs programs of the host."""
        programs = self._host.programs
        if programs is None:
            return []
        from . import probes  # only a run that asks go needs it

        return probes.go_of(self._seen(after), expected_of_go(after, wanted), programs)

    def _seen(self, after: State) -> UserScope:
        """The scope with what the layers over the file hold now."""
        old = {name for _layer, texts in self._scope.layers for name in texts}
        environment = {name: text for name, text in self._scope.environment.items() if name not in old}
        for layer in after.above:
            environment.update((name, value.data) for name, value in layer.variables.items())
        return replace(self._scope, environment=environment)


def _no_file(reason: str) -> Finding:
    advice = "Take GOENV out of the environment, or set the variables there with go_rcfile or go_registry."
    return Finding.of("missing_go_env_file", reason, advice, "GOENV")


def _texts(wanted: Wanted) -> list[str]:
    return [text for text in wanted.named().values() if text]


def _known(values: t.Mapping[str, str]) -> Variables:
    """The variables of a file. Go takes `Gopath` for another name than GOPATH, and for none of its own: such a line is
    nobody's variable.
    """
    return Variables(((name, Value(text)) for name, text in values.items() if name == name.upper()), exactly)


def _holds(data: bytes | None, values: t.Mapping[str, str | None]) -> bool:
    found = goenv.parse(data or b"").values
    return all(found.get(name) == text for name, text in values.items())


def expected_of_go(after: State, wanted: Wanted) -> dict[str, str]:
    """What go should answer for the variables of a run; GOTOOLCHAIN apart, which is set to ask safely."""
    environment = effective(after)
    texts = {name: environment.text(name) for name in wanted.named() if name.startswith("GO") and name != "GOTOOLCHAIN"}
    return {name: text for name, text in texts.items() if text is not None}


def layer_of(name: str, values: t.Mapping[str, str]) -> Layer:
    """A layer of plain texts; empty ones set nothing in an environment."""
    return Layer(name, Variables((key, Value(text)) for key, text in values.items() if text))
