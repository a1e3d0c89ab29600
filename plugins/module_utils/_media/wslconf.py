# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/etc/wsl.conf of a distro as a medium: whether the PATH of Windows comes behind that of the distro."""

from __future__ import annotations

import time
import typing as t

from .._core.findings import Finding
from .._core.medium import MACHINE, USER, Medium, Policy, Texts
from .._core.plan import Plan
from .._core.posix import POSIX
from .._core.record import ENVIRONMENT, Record
from .._core.state import Layer, State
from .._core.values import Value, Variables, exactly
from .._core.wanted import Scope, Wanted
from .._formats import wslconf
from .._hosts.files import File
from .._hosts.posix_scope import RECORDS, needs_root
from .filestore import Edit, FileStore, trouble, unread

if t.TYPE_CHECKING:
    from .._hosts.host import Host

#: the one variable of the medium
APPEND = f"{wslconf.INTEROP}.{wslconf.APPEND}"


class WslConfPolicy(Policy):
    """Words of the file that mean the same are one value."""

    scopes: t.Mapping[str, str] = {MACHINE: "wsl.conf", USER: "user"}
    holds_path = False

    def name_problem(self, name: str, removing: bool = False) -> str | None:
        return None if name == APPEND else f"{name} is not managed in wsl.conf."


class WslConfTexts(Texts):
    name = "wsl.conf"

    def refresh(self, scope: Scope) -> list[str]:
        return [
            "The distro reads wsl.conf when it starts: terminate it (wsl.exe --terminate NAME), or give restart: true."
        ]


WSL_CONF = Medium(POSIX, WslConfPolicy(), WslConfTexts())


class WslConfStore(FileStore):
    """The file of one distro. See `_core.store.Store`."""

    def __init__(self, host: Host, now: t.Callable[[], float] = time.time) -> None:
        super().__init__(host.files(host.accounts.own()), now)
        self._host = host

    def locate(self, wanted: Wanted) -> list[str]:
        return [wslconf.PATH]

    def ledger_place(self) -> tuple[str, str]:
        return RECORDS, f"{RECORDS}/wslconf.json"

    def understand(self, wanted: Wanted) -> State:
        account = self._host.accounts.own()
        _directory, ledger = self.ledger_place()
        return State(
            target=Scope.MACHINE,
            account=account,
            sid="",
            layers=(Layer(wslconf.PATH, _variables(self.found[wslconf.PATH].data), Scope.MACHINE),),
            medium=WSL_CONF,
            record=self.ledger.record,
            journal=self.ledger.journal,
            obstacles=(
                *(() if account.elevated else (("", needs_root(wslconf.PATH, account)),)),
                *trouble(self.found, {ledger: "", wslconf.PATH: ""}),
            ),
            unread=any(unread(self.found[path]) for path in (ledger, wslconf.PATH)),
        )

    def edits(self, plan: Plan) -> list[Edit]:
        values = [change.after for change in plan.changes if change.place == ENVIRONMENT]
        if not values:
            return []
        kept = plan.restores.files.get(wslconf.PATH) if plan.restores else None
        wanted = values[-1].data if values[-1] is not None else None

        def change(data: bytes | None) -> bytes | None:
            if kept is not None and kept.left(data) and _text(kept.before) == wanted:
                return kept.before
            return wslconf.edited(data, wanted)

        return [Edit(wslconf.PATH, change, exact=True)]

    def managed(self, record: Record) -> set[str]:
        return {wslconf.PATH}

    def copied(self, replaced: t.Mapping[str, File], state: State) -> Variables:
        found = replaced.get(wslconf.PATH)
        return state.variables if found is None else _variables(found.data)

    def verify(self, after: State, wanted: Wanted) -> list[Finding]:
        """WSL reads the file when the distro starts: until then nothing can be asked."""
        return []


def _text(data: bytes | None) -> str | None:
    found = wslconf.parse(data).append_windows_path
    if found is None:
        return None
    known = {wslconf.truth(found, otherwise) for otherwise in (True, False)}
    return found if len(known) > 1 else "true" if known == {True} else "false"


def _variables(data: bytes | None) -> Variables:
    text = _text(data)
    return Variables({} if text is None else {APPEND: Value(text)}, exactly)
