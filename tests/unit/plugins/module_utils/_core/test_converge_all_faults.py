"""Whatever fails while several media are changed: nothing foreign is lost, and either all is as wanted or each medium
is named with its true state.
"""

from __future__ import annotations

import typing as t

from hypothesis import event, given
from hypothesis import strategies as st
from unit.support import MemoryStore, path_of, state

from ansible_collections.gopher.devbox.plugins.module_utils._core.converge import converge, converge_all
from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import (
    ApplyError,
    DevboxError,
    Incomplete,
    Outdated,
    ReadError,
    TransportError,
)
from ansible_collections.gopher.devbox.plugins.module_utils._core.plan import Plan
from ansible_collections.gopher.devbox.plugins.module_utils._core.record import JournalEntry
from ansible_collections.gopher.devbox.plugins.module_utils._core.state import State
from ansible_collections.gopher.devbox.plugins.module_utils._core.store import Part, Receipt
from ansible_collections.gopher.devbox.plugins.module_utils._core.values import Value, Variables
from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import Goal, Scope, Validate, Wanted
from ansible_collections.gopher.devbox.plugins.module_utils._core.windows import REG_EXPAND_SZ
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_medium import REGISTRY

WANTED = Wanted(REGISTRY, gopath=(r"D:\gopath",), variables={"GOPROXY": "off"}, validate=Validate.WARN, verify=False)
GOALS = {
    "present": WANTED,
    "absent": Wanted(REGISTRY, goal=Goal.ABSENT),
    "restored": Wanted(REGISTRY, goal=Goal.RESTORED),
}
READS = ("", "", "", "", "", "unreadable", "no connection")
APPLIES = (
    *("", "", "", ""),
    *("fails before", "fails after", "fails for good"),
    *("lost before", "lost after", "no connection"),
    *("outdated", "defect", "ignored"),
    *("somebody writes before", "somebody writes after"),
)
#: a fault that stays
FOR_GOOD = ("fails for good", "no connection")
COPIES = "the journal's copies"


class FaultyStore(MemoryStore):
    """A medium in which each reading and each apply may go wrong in the way that is next in `reads` and `applies`."""

    def __init__(self, name: str) -> None:
        user = {"Path": Value(r"C:\x;%TEMP%", REG_EXPAND_SZ), "TEMP": r"C:\t", "GOFLAGS": "-v"}
        super().__init__(state(Scope.USER, user=user))
        self.name = name
        self.reads: list[str] = []
        self.applies: list[str] = []
        self.dead = ""
        self.lost = False
        self.entries: list[str] = []
        self.values: dict[str, list[str]] = {"JAVA_HOME": [], "GOPROXY": []}

    def heal(self) -> None:
        self.reads, self.applies, self.dead, self.refuses = [], [], "", set()

    def read(self, wanted: Wanted) -> State:
        fault = self.dead or (self.reads.pop(0) if self.reads else "")
        if fault == "unreadable":
            raise ReadError("unreadable")
        if fault == "no connection":
            raise TransportError("The host does not answer.")
        return super().read(wanted)

    def somebody_writes(self) -> None:
        """Another program adds a PATH entry, and writes a variable nobody wants and one that the run is about."""
        number = len(self.entries)
        self.entries.append(rf"C:\theirs{number}")
        standing = self.state.variables.get("PATH") or Value("", REG_EXPAND_SZ)
        entries = [*(path_of(self.state)), self.entries[-1]]
        self.someone_writes("PATH", standing._replace(data=";".join(entries)))
        for name, values in self.values.items():
            values.append(f"https://{self.name}{number}")
            self.someone_writes(name, Value(values[-1]))

    def apply(self, plan: Plan, state: State, entry: JournalEntry, attempt: int, world: Variables) -> Receipt:
        fault = self.dead or (self.applies.pop(0) if self.applies else "")
        if fault in FOR_GOOD:
            self.dead = fault
        self._before(fault, attempt)
        self.refuses = {"GOPATH", "GOPROXY", "PATH"} if fault == "ignored" else set()
        if fault == "somebody writes before":
            self.somebody_writes()
        self.after_write = lambda _store: self.somebody_writes() if fault == "somebody writes after" else None
        receipt = super().apply(plan, state, entry, attempt, world)
        if fault == "fails after":
            raise ApplyError("No more memory.")
        if fault == "lost after":
            self._lose()
        return receipt

    def _before(self, fault: str, attempt: int) -> None:
        if fault in ("fails before", "fails for good"):
            raise ApplyError("Access is denied.")
        if fault == "no connection":
            raise TransportError("The host does not answer.")
        if fault == "lost before":
            self._lose()
        if fault == "defect":
            raise RuntimeError("oops")
        if fault == "outdated" and attempt == 1:  # as the protocol has it
            raise Outdated("Another run of this collection wrote here meanwhile.", "Run again.")

    def _lose(self) -> t.NoReturn:
        self.lost = True
        raise TransportError("The connection was lost.", lost=True)


faults = st.tuples(
    st.lists(st.sampled_from(READS), max_size=5),
    st.lists(st.sampled_from(APPLIES), max_size=6),
)


@given(st.sampled_from(list(GOALS)), st.lists(faults, min_size=2, max_size=3))
def test_nothing_foreign_is_lost_and_every_medium_is_named_with_its_true_state(
    goal: str, schedules: list[tuple[list[str], list[str]]]
) -> None:
    stores = [FaultyStore(f"medium{number}") for number in range(len(schedules))]
    parts = [Part(store.name, store, GOALS[goal]) for store in stores]
    if goal != "present":
        converge_all([part._replace(wanted=WANTED) for part in parts], check_mode=False)
    before = [store.state.variables for store in stores]
    for store, (reads, applies) in zip(stores, schedules, strict=True):
        store.reads, store.applies = list(reads), list(applies)
    error: DevboxError | None = None
    try:
        converge_all(parts, check_mode=False)
    except DevboxError as raised:
        error = raised
    for store in stores:
        store.heal()
    event(f"{goal}: {type(error).__name__}")
    for part, store, was in zip(parts, stores, before, strict=True):
        no_foreign_entry_is_lost(store, was, error)
        if error is None:
            assert not converge(store, GOALS[goal]._replace(journal=None), True).plan.changes or goal == "restored"
            assert goal == "present" or "GOPATH" not in store.state.variables
        elif not isinstance(error, Incomplete):
            as_it_was(store, was, error)
        else:
            is_true(error.fates[part.label], store, was, error)
    if isinstance(error, Incomplete):
        assert list(error.fates) == [part.label for part in parts]
        assert all(f"{label}: {fate}" in error.text for label, fate in error.fates.items())
    # A change that takes away needs its record: that may be gone where a fate is unknown, or somebody wrote.
    clean = not isinstance(error, Incomplete) or set(error.fates.values()) <= {"not changed", "rolled back"}
    known = clean and not any(store.entries for store in stores) and not (error and "as undone" in error.text)
    if goal == "present" or known:
        assert running_again_converges(parts, GOALS[goal])


def no_foreign_entry_is_lost(store: FaultyStore, was: Variables, error: DevboxError | None) -> None:
    """It stands, or where the error says so it is in what the journal copied."""
    standing = set(path_of(store.state))
    foreign = {*(entry for entry in path_of(was) if "gopath" not in entry), *store.entries}
    if error is None or COPIES not in error.text and not store.lost:
        assert foreign <= standing
    assert foreign <= standing.union(*(path_of(copy) for copy in store.copies))
    assert store.state.variables.text("GOFLAGS") == "-v"
    java = store.values["JAVA_HOME"][-1:]
    assert java in ([], [store.state.variables.text("JAVA_HOME")])


def as_it_was(store: FaultyStore, was: Variables, error: DevboxError) -> None:
    """Nothing of the run is left: each value is what it was, or what somebody else made of it."""
    now, theirs = store.state.variables, store.values["GOPROXY"]
    assert now.text("GOPATH") == was.text("GOPATH")
    assert [entry for entry in path_of(now) if "theirs" not in entry] == path_of(was)
    if COPIES in error.text and theirs:
        assert theirs[-1] in (now.text("GOPROXY"), *(copy.text("GOPROXY") for copy in store.copies))
    else:
        assert now.text("GOPROXY") in (was.text("GOPROXY"), *theirs)


def running_again_converges(parts: list[Part], wanted: Wanted) -> bool:
    converge_all(parts, check_mode=False)
    gopath = wanted.gopath[0] if wanted.gopath else ""
    return {part.store.read(wanted).variables.text("GOPATH") for part in parts} == {gopath}


def is_true(fate: str, store: FaultyStore, was: Variables, error: Incomplete) -> None:
    if fate in ("not changed", "rolled back"):
        as_it_was(store, was, error)
    elif fate.startswith("still changed, journal "):
        id, force = fate.rpartition(" ")[2], "force: true" in error.text
        assert converge(store, Wanted(REGISTRY, goal=Goal.RESTORED, journal=id, force=force), False).changed
        as_it_was(store, was, error)
    else:
        assert fate in ("unknown (connection lost)", "unknown (not readable)")
        assert not error.touched.startswith("Nothing")
