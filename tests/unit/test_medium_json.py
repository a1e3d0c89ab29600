"""A medium of the tests, values in a JSON file: what a new medium takes is this one file. It passes the contract."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

from ansible_collections.gopher.devbox.plugins.module_utils._core.account import Account
from ansible_collections.gopher.devbox.plugins.module_utils._core.findings import Finding
from ansible_collections.gopher.devbox.plugins.module_utils._core.medium import Medium, Policy, Texts
from ansible_collections.gopher.devbox.plugins.module_utils._core.plan import Plan
from ansible_collections.gopher.devbox.plugins.module_utils._core.posix import POSIX
from ansible_collections.gopher.devbox.plugins.module_utils._core.record import ENVIRONMENT, Record
from ansible_collections.gopher.devbox.plugins.module_utils._core.state import Layer, State
from ansible_collections.gopher.devbox.plugins.module_utils._core.values import Value, Variables
from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import Scope, Wanted
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.files import File
from ansible_collections.gopher.devbox.plugins.module_utils._media.filestore import Edit, FileStore, trouble

from . import contract
from .support import fill

PLACE, STATE = "/etc/go.json", "/var/lib/json"


class JsonPolicy(Policy):
    """No PATH, and nothing refers to anything."""

    holds_path = False


JSON = Medium(POSIX, JsonPolicy(), Texts())


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
            layers=(Layer("user", _variables(self.found[PLACE]), Scope.USER),),
            medium=JSON,
            record=self.ledger.record,
            journal=self.ledger.journal,
            obstacles=tuple(trouble(self.found, {PLACE: "", self.ledger_place()[1]: ""})),
        )

    def edits(self, plan: Plan) -> list[Edit]:
        changes = {change.name: change.after for change in plan.changes if change.place == ENVIRONMENT}

        def change(data: bytes | None) -> bytes | None:
            texts = {**json.loads(data or b"{}"), **{name: value and value.data for name, value in changes.items()}}
            return json.dumps({name: text for name, text in texts.items() if text is not None}).encode()

        return [Edit(PLACE, change)] if changes else []

    def managed(self, record: Record) -> set[str]:
        return {PLACE}

    def copied(self, replaced: t.Mapping[str, File], state: State) -> Variables:
        return _variables(replaced[PLACE]) if PLACE in replaced else state.variables

    def verify(self, after: State, wanted: Wanted) -> list[Finding]:
        return []


def _variables(found: File) -> Variables:
    return Variables(
        (name, Value(text)) for name, text in json.loads(found.data or b"{}").items() if isinstance(text, str)
    )


class Json(contract.Medium):
    """How it shows itself to the contract."""

    base = Wanted(JSON, verify=False)
    one = base._replace(gopath=("/w",), variables={"GOPROXY": "off"})
    two = base._replace(gopath=("/v", "/w"), variables={"GOPROXY": "direct"})
    secret = base._replace(variables={"GOPROXY": contract.SECRET})

    def __init__(self, root: Path) -> None:
        self.root, self.files = root, contract.ForbiddingFiles(root)
        fill(root, {PLACE[1:]: b'{"editor": {"rulers": [80]}}'})

    def store(self) -> JsonStore:
        return JsonStore(self.files)

    def values(self, go: bool = True) -> dict[str, t.Any]:
        found = json.loads(self.files.at(PLACE).read_bytes())
        return {name: value for name, value in found.items() if name.startswith("GO") is go}

    def foreign(self) -> object:
        return self.values(go=False)

    def all(self) -> object:
        return {path: path.read_bytes() for path in self.root.rglob("*") if path.is_file()}

    def somebody_writes(self) -> None:
        standing = json.loads(self.files.at(PLACE).read_bytes())
        self.files.at(PLACE).write_text(json.dumps({**standing, f"their{len(standing)}": True}))

    def lose_ledger(self) -> None:
        self.files.at(f"{STATE}/ledger.json").unlink()

    def forbid(self, forbidden: bool) -> None:
        self.files.forbidden = forbidden


class TestJson(contract.Contract):
    medium = Json
