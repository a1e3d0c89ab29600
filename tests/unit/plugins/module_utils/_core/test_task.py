"""One task over several places: one id for its changes, and one change that is undone."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest
from unit.support import MemoryStore, ids, state

from ansible_collections.gopher.devbox.plugins.module_utils._core.converge import converge
from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import Blocked, DevboxError
from ansible_collections.gopher.devbox.plugins.module_utils._core.findings import Finding
from ansible_collections.gopher.devbox.plugins.module_utils._core.state import Layer
from ansible_collections.gopher.devbox.plugins.module_utils._core.store import Outcome
from ansible_collections.gopher.devbox.plugins.module_utils._core.task import Journals, Task
from ansible_collections.gopher.devbox.plugins.module_utils._core.values import Variables
from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import Goal, Scope, Validate, Wanted
from ansible_collections.gopher.devbox.plugins.module_utils._media.journal import new_id
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_medium import REGISTRY

RESTORED = Wanted(REGISTRY, goal=Goal.RESTORED)
WANTED = Wanted(REGISTRY, validate=Validate.WARN, verify=False)


class Places:
    """Some places, such as images, and tasks over them."""

    def __init__(self, count: int = 3) -> None:
        self.stores = [MemoryStore(state(Scope.USER)) for _number in range(count)]

    def journals(self) -> list[Journals]:
        return [Journals.of([store.read(WANTED)]) for store in self.stores]

    def run(self, *wanteds: Wanted, check: bool = False) -> list[Outcome]:
        each = wanteds * len(self.stores) if len(wanteds) == 1 else wanteds
        known = self.journals()
        task = Task.over(new_id([id for place in known for id in place.ids], 0.0), known, each[0])
        return [converge(store, wanted, check, task=task) for store, wanted in zip(self.stores, each, strict=True)]

    def values(self, name: str = "GOPROXY") -> list[str | None]:
        found = [store.state.variables.get(name) for store in self.stores]
        return [None if value is None else value.data for value in found]


@pytest.fixture
def places() -> Places:
    return Places()


def proxy(text: str) -> Wanted:
    return WANTED._replace(variables={"GOPROXY": text})


def journal(outcomes: t.Sequence[Outcome]) -> str:
    (found,) = {outcome.journal for outcome in outcomes if outcome.journal}
    return found


def test_a_task_has_one_id_in_all_places(places: Places) -> None:
    places.stores[1].journal["20990101T000000Z-0123abcd"] = ""
    places.stores[1].state = places.stores[1].state._replace(
        record=replace(places.stores[1].state.record, journal=("20990101T000000Z-0123abcd",))
    )
    assert journal(places.run(proxy("off"))) > "20990101T000000Z"


def test_without_journal_only_the_newest_task_is_undone(places: Places) -> None:
    first = journal(places.run(proxy("off")))
    last = journal(places.run(proxy("direct"), proxy("off"), proxy("direct")))
    foretold = places.run(RESTORED, check=True)
    undone = places.run(RESTORED)
    assert places.values() == ["off", "off", "off"]
    for outcomes in (foretold, undone):
        assert [outcome.changed for outcome in outcomes] == [True, False, True]
        assert ids(outcomes[1].findings) == ["restore_nothing"]
        assert last in outcomes[1].findings[0].message
    again = places.run(RESTORED)
    assert [outcome.plan.restores.id for outcome in again if outcome.plan.restores] == [first] * 3
    assert places.values() == [None] * 3
    assert not any(outcome.changed for outcome in places.run(RESTORED))


def test_a_named_change_is_passed_over_where_it_was_not_made(places: Places) -> None:
    places.run(proxy("off"))
    named = journal(places.run(proxy("direct"), proxy("off"), proxy("direct")))
    outcomes = places.run(RESTORED._replace(journal=named))
    assert [outcome.changed for outcome in outcomes] == [True, False, True]
    assert places.values() == ["off"] * 3
    back = places.run(RESTORED._replace(journal=journal(outcomes)))
    assert [outcome.changed for outcome in back] == [True, False, True]
    assert places.values() == ["direct", "off", "direct"]


def test_a_change_that_no_place_has_is_an_error(places: Places) -> None:
    places.run(proxy("off"))
    with pytest.raises(DevboxError, match="There is no change 20200101T000000Z-0123abcd"):
        places.run(RESTORED._replace(journal="20200101T000000Z-0123abcd"))


def test_a_change_that_only_records_list_is_an_error_and_no_id_to_give(places: Places) -> None:
    lost = "20990101T000000Z-0123abcd"
    for store in places.stores:
        store.state = store.state._replace(record=replace(store.state.record, journal=(lost,)))
    assert [(place.ids, place.newest, place.held) for place in places.journals()] == [((lost,), "", ())] * 3
    with pytest.raises(DevboxError, match=f"There is no change {lost}"):
        places.run(RESTORED._replace(journal=lost))
    assert journal(places.run(proxy("off"))) > lost


def test_one_that_is_undone_in_a_place_already_is_left_there(places: Places) -> None:
    places.run(proxy("off"))
    converge(places.stores[0], RESTORED, False)
    outcomes = places.run(RESTORED)
    assert [outcome.changed for outcome in outcomes] == [False, True, True]
    assert "undone already" in outcomes[0].findings[0].message


def test_a_place_that_cannot_be_read_is_not_passed_over(places: Places) -> None:
    places.run(proxy("off"))
    broken = places.stores[1]
    layers = tuple(
        Layer(layer.name, Variables(), layer.scope, known=False) if layer.scope is Scope.USER else layer
        for layer in broken.state.layers
    )
    finding = Finding.of("hive_dirty", "It is dirty.")
    broken.state = broken.state._replace(layers=layers, unread=True, obstacles=(("", finding),))
    broken.journal.clear()
    with pytest.raises(Blocked, match="It is dirty"):
        places.run(RESTORED)


def test_the_change_of_a_run_of_enforcement_is_looked_for_by_each() -> None:
    known = [Journals(("a", "b", "x"), "b", ("a", "b"))]
    assert Task.over("c", known, RESTORED) == Task("c", "b")
    assert Task.over("c", known, RESTORED._replace(run="20200101T000000Z-0123abcd")) == Task("c")
    assert Task.over("c", known, RESTORED._replace(journal="a")) == Task("c", "a")
    assert Task.over("c", known, RESTORED._replace(journal="x")) == Task("c")
    assert Task.over("c", known, WANTED) == Task("c")
    assert Task.over("c", [], RESTORED) == Task("c")
