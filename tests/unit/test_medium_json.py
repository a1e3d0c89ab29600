"""A medium of the tests, values in a JSON file: what a new medium takes is this one file. It passes the contract."""

from __future__ import annotations

import itertools
import json
import typing as t
from pathlib import Path

from ansible_collections.gopher.devbox.plugins.module_utils._core.findings import Finding
from ansible_collections.gopher.devbox.plugins.module_utils._core.plan import Plan
from ansible_collections.gopher.devbox.plugins.module_utils._core.posix import PosixRules
from ansible_collections.gopher.devbox.plugins.module_utils._core.record import ENVIRONMENT, Record
from ansible_collections.gopher.devbox.plugins.module_utils._core.state import Account, State
from ansible_collections.gopher.devbox.plugins.module_utils._core.values import Value, Variables
from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import Wanted
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.files import File, Files
from ansible_collections.gopher.devbox.plugins.module_utils._media.filestore import Edit, FileStore, trouble

from .contract import SECRET, Contract, ForbiddingFiles, Medium

PLACE, STATE = "/etc/go.json", "/var/lib/json"


class JsonRules(PosixRules):
    """Its policy: no PATH, and nothing is inherited from a process that is running."""

    holds_path = False
    inherited = None


RULES = JsonRules()


class JsonStore(FileStore):
    """Its I/O: variables are the texts of one object, and what else that holds is other people's."""

    def locate(self, wanted: Wanted) -> list[str]:
        return [PLACE]

    def ledger_place(self) -> tuple[str, str]:
        return STATE, f"{STATE}/ledger.json"

    def understand(self, wanted: Wanted) -> State:
        return State(
            target=wanted.scope,
            account=Account("0", "root", True),
            sid="root",
            machine=Variables(),
            user=_variables(self.found[PLACE]),
            rules=RULES,
            record=self.ledger.record,
            journal=self.ledger.journal,
            obstacles=tuple(trouble(self.found, {PLACE: "", self.ledger_place()[1]: ""})),
        )

    def edits(self, plan: Plan) -> list[Edit]:
        changes = {change.name: change.after for change in plan.changes if change.place == ENVIRONMENT}

        def change(data: bytes | None) -> bytes | None:
            values = {**_object(data), **{name: value.data for name, value in changes.items() if value}}
            kept = {name: text for name, text in values.items() if changes.get(name, text) is not None}
            return json.dumps(kept, indent=1).encode() if kept else None

        return [Edit(PLACE, change)] if changes else []

    def managed(self, record: Record) -> set[str]:
        return {PLACE}

    def copied(self, replaced: t.Mapping[str, File], state: State) -> Variables:
        return _variables(replaced[PLACE]) if PLACE in replaced else state.variables

    def verify(self, after: State, wanted: Wanted) -> list[Finding]:
        return []


def _object(data: bytes | None) -> t.Any:
    return json.loads(data or b"{}")


def _variables(found: File) -> Variables:
    return Variables((name, Value(text)) for name, text in _object(found.data).items() if isinstance(text, str))


class Json(Medium):
    """How it shows itself to the contract."""

    base = Wanted(RULES, verify=False)
    one = base._replace(gopath=("/w",), variables={"GOPROXY": "off"})
    two = base._replace(gopath=("/v", "/w"), variables={"GOPROXY": "direct"})
    secret = base._replace(variables={"GOPROXY": SECRET})

    def __init__(self, root: Path) -> None:
        self.root, self.files, self.count = root, ForbiddingFiles(root), itertools.count()
        self.somebody_writes()

    def store(self) -> JsonStore:
        return JsonStore(t.cast(Files, self.files))

    def values(self) -> dict[str, str]:
        return {name: text for name, text in _object(self.files.at(PLACE).read_bytes()).items() if name[:2] == "GO"}

    def foreign(self) -> object:
        return {name: text for name, text in _object(self.files.at(PLACE).read_bytes()).items() if name[:2] != "GO"}

    def all(self) -> object:
        return {path: path.read_bytes() for path in self.root.rglob("*") if path.is_file()}

    def somebody_writes(self) -> None:
        place = self.files.at(PLACE)
        place.parent.mkdir(exist_ok=True)
        standing = _object(place.read_bytes() if place.exists() else None)
        place.write_text(json.dumps({**standing, "theirs": next(self.count)}))

    def lose_ledger(self) -> None:
        self.files.at(f"{STATE}/ledger.json").unlink()

    def forbid(self, forbidden: bool) -> None:
        self.files.forbidden = forbidden


class TestJson(Contract):
    medium = Json
