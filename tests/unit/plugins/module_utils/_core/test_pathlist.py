"""PATH as a list: nothing foreign is ever lost, moved or rewritten."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from unit.support import ENTRIES, SYSTEM, path_texts

from ansible_collections.gopher.devbox.plugins.module_utils._core.pathlist import PathList, lost, oddities, restored
from ansible_collections.gopher.devbox.plugins.module_utils._core.values import Variables
from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import Position
from ansible_collections.gopher.devbox.plugins.module_utils._core.windows import WINDOWS, fold_path
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_medium import REGISTRY

NOTHING = Variables()
positions = st.sampled_from(list(Position))
plain = st.sampled_from([r"C:\a", r"C:\b", r"c:\A", "C:/b/", r"C:\c", r"C:\d", r'"C:\a"', r"C:\e\ ".strip()])
lists = st.lists(plain, max_size=7).map(lambda found: PathList(tuple(found), REGISTRY))
wanted_lists = st.lists(
    st.sampled_from([r"C:\Go\bin", "c:/go/BIN/", r"%SystemRoot%\system32", r"C:\a", r"C:\new"]), max_size=4
)


def keep(entry: str) -> bool:
    return False


def fold(entry: str) -> str:
    return fold_path(entry, SYSTEM)


def is_subsequence(part: list[str], whole: list[str]) -> bool:
    rest = iter(whole)
    return all(item in rest for item in part)


@given(path_texts)
def test_parse_and_format_are_a_round_trip(text: str) -> None:
    assert PathList.parse(text, REGISTRY).format() == text


@given(path_texts, wanted_lists, positions)
def test_foreign_entries_stay_verbatim_and_in_order(text: str, wanted: list[str], position: Position) -> None:
    path = PathList.parse(text, REGISTRY)
    ours = {fold(entry) for entry in wanted}
    after = path.arrange(wanted, keep, keep, position, SYSTEM)
    assert [entry for entry in path.entries if fold(entry) not in ours] == [
        entry for entry in after.entries if fold(entry) not in ours
    ]


@given(path_texts, wanted_lists, positions)
def test_wanted_entries_stand_once_in_order_at_their_end(text: str, wanted: list[str], position: Position) -> None:
    after = PathList.parse(text, REGISTRY).arrange(wanted, keep, keep, position, SYSTEM)
    order = list(dict.fromkeys(fold(entry) for entry in wanted))
    folds = [fold(entry) for entry in after.entries]
    assert [found for found in folds if found in order] == order
    if position is Position.FIRST:
        assert folds[: len(order)] == order
    else:
        behind = folds[folds.index(order[-1]) + 1 :] if order else []
        assert not any(entry.strip() for entry in behind)


@given(path_texts, wanted_lists, positions)
def test_arranging_again_changes_nothing(text: str, wanted: list[str], position: Position) -> None:
    once = PathList.parse(text, REGISTRY).arrange(wanted, keep, keep, position, SYSTEM)
    assert once.arrange(wanted, keep, keep, position, SYSTEM) == once


@given(path_texts, wanted_lists, positions, st.sets(st.sampled_from(ENTRIES), max_size=3))
def test_only_what_leaves_leaves(text: str, wanted: list[str], position: Position, leaving: set[str]) -> None:
    path = PathList.parse(text, REGISTRY)
    ours = {fold(entry) for entry in wanted}
    after = path.arrange(wanted, leaving.__contains__, keep, position, SYSTEM)
    foreign = [entry for entry in path.entries if fold(entry) not in ours and entry not in leaving]
    assert foreign == [entry for entry in after.entries if fold(entry) not in ours]


def test_a_standing_entry_keeps_its_spelling() -> None:
    path = PathList.parse(r'C:\x;"c:/GO/bin/";C:\y;C:\Go\bin', REGISTRY)
    assert path.arrange([r"C:\Go\bin"], keep, keep, Position.FIRST, NOTHING).entries == (
        '"c:/GO/bin/"',
        r"C:\x",
        r"C:\y",
    )


def test_a_trailing_separator_stays_the_last() -> None:
    path = PathList.parse(r"C:\x;", REGISTRY)
    assert path.arrange([r"C:\Go\bin"], keep, keep, Position.LAST, NOTHING).format() == r"C:\x;C:\Go\bin;"


@pytest.mark.parametrize(
    "entry",
    [
        r"C:\Windows\system32",
        "c:/windows/SYSTEM32/",
        r'"C:\Windows\system32"',
        r"%SYSTEMROOT%\system32",
        r"C:\Windows\\system32\\",
    ],
)
def test_spellings_of_one_directory_are_one_entry(entry: str) -> None:
    after = PathList.parse(entry + r";C:\x", REGISTRY).arrange(
        [r"C:\Windows\System32"], keep, keep, Position.LAST, SYSTEM
    )
    assert after.entries == (r"C:\x", entry)


# --- restored --------------------------------------------------------------------------------------------------------


@st.composite
def changes(draw: st.DrawFn) -> tuple[PathList, PathList, list[str]]:
    """A list before a change and after it, and the entries that the change placed."""
    before = draw(lists)
    wanted = draw(st.lists(st.sampled_from([r"C:\Go\bin", r"C:\a", r"C:\new"]), max_size=3))
    gone = {fold(entry) for entry in draw(st.sets(plain, max_size=2))} - {fold(entry) for entry in wanted}
    after = before.arrange(wanted, lambda entry: fold(entry) in gone, keep, draw(positions), NOTHING)
    ours = {fold(entry) for entry in wanted}
    return before, after, [entry for entry in after.entries if fold(entry) in ours]


@given(changes())
def test_an_untouched_list_goes_back_exactly(change: tuple[PathList, PathList, list[str]]) -> None:
    before, after, ours = change
    assert restored(after, before, after, ours) == before


@given(changes(), st.data())
def test_later_foreign_entries_stay_and_all_else_goes_back(
    change: tuple[PathList, PathList, list[str]], data: st.DataObject
) -> None:
    before, after, ours = change
    current, added = list(after.entries), []
    for number in range(data.draw(st.integers(1, 4))):
        entry = rf"C:\later{number}"
        current.insert(data.draw(st.integers(0, len(current))), entry)
        added.append(entry)
    back = restored(PathList(tuple(current), REGISTRY), before, after, ours)
    assert [entry for entry in back.entries if entry not in added] == list(before.entries)
    assert [entry for entry in back.entries if entry in added] == [entry for entry in current if entry in added]


@given(changes(), st.data())
def test_what_somebody_took_out_later_stays_out(
    change: tuple[PathList, PathList, list[str]], data: st.DataObject
) -> None:
    before, after, ours = change
    mine = {fold(entry) for entry in ours}
    foreign = sorted({fold(entry) for entry in after.entries} - mine)
    assume(foreign)
    taken = data.draw(st.sampled_from(foreign))
    current = PathList(tuple(entry for entry in after.entries if fold(entry) != taken), REGISTRY)
    back = restored(current, before, after, ours)
    assert list(back.entries) == [entry for entry in before.entries if fold(entry) != taken]


@given(changes(), st.permutations(range(3)))
def test_nothing_that_stands_is_lost_whatever_was_done_to_it(
    change: tuple[PathList, PathList, list[str]], order: list[int]
) -> None:
    before, after, ours = change
    third = max(1, len(after.entries) // 3)
    parts = [after.entries[:third], after.entries[third : 2 * third], after.entries[2 * third :]]
    current = PathList(tuple(entry for number in order for entry in parts[number]), REGISTRY)
    back = restored(current, before, after, ours)
    mine = {fold(entry) for entry in ours}
    assert sorted(entry for entry in current.entries if fold(entry) not in mine) == sorted(
        entry
        for entry in back.entries
        if fold(entry) not in mine and fold(entry) in {fold(item) for item in current.entries}
    )


def test_a_removed_entry_comes_back_where_it_stood() -> None:
    before, after = (
        PathList.parse(r"C:\x;C:\Go1.21\bin;C:\y", REGISTRY),
        PathList.parse(r"C:\Go\bin;C:\x;C:\y", REGISTRY),
    )
    current = PathList.parse(r"C:\later;C:\Go\bin;C:\x;C:\y;C:\last", REGISTRY)
    assert restored(current, before, after, [r"C:\Go\bin"]).format() == r"C:\later;C:\x;C:\Go1.21\bin;C:\y;C:\last"


# --- lost ------------------------------------------------------------------------------------------------------------

numbered = st.integers(1, 6).map(lambda count: [rf"C:\{number}" for number in range(count)])


@given(path_texts, wanted_lists, positions)
def test_an_arranged_list_loses_nothing(text: str, wanted: list[str], position: Position) -> None:
    path = PathList.parse(text, REGISTRY)
    after = path.arrange(wanted, keep, keep, position, NOTHING)
    assert lost(path, after, wanted) == []


@given(path_texts, st.data())
def test_a_drop_is_told(text: str, data: st.DataObject) -> None:
    entries = list(PathList.parse(text, REGISTRY).entries)
    assume(entries)
    taken = entries.pop(data.draw(st.integers(0, len(entries) - 1)))
    assert taken in lost(PathList.parse(text, REGISTRY), PathList(tuple(entries), REGISTRY), [])


@given(numbered, st.data())
def test_another_order_is_told(entries: list[str], data: st.DataObject) -> None:
    other = data.draw(st.permutations(entries))
    assert bool(lost(PathList(tuple(entries), REGISTRY), PathList(tuple(other), REGISTRY), [])) == (other != entries)


@given(numbered, st.data())
def test_a_rewritten_entry_is_told(entries: list[str], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(entries) - 1))
    other = [*entries[:at], entries[at].lower() + "\\", *entries[at + 1 :]]
    assert lost(PathList(tuple(entries), REGISTRY), PathList(tuple(other), REGISTRY), []) == [entries[at]]


@given(numbered, st.data())
def test_a_duplicate_that_goes_is_told(entries: list[str], data: st.DataObject) -> None:
    doubled = [*entries, data.draw(st.sampled_from(entries))]
    assert lost(PathList(tuple(doubled), REGISTRY), PathList(tuple(entries), REGISTRY), []) == [doubled[-1]]


@given(numbered, st.lists(st.sampled_from([r"C:\new1", r"C:\new2"])), st.data())
def test_more_entries_are_no_loss(entries: list[str], more: list[str], data: st.DataObject) -> None:
    after = list(entries)
    for entry in more:
        after.insert(data.draw(st.integers(0, len(after))), entry)
    assert lost(PathList(tuple(entries), REGISTRY), PathList(tuple(after), REGISTRY), []) == []


def test_what_may_go_may_go_however_it_is_spelled() -> None:
    assert lost(PathList.parse(r'C:\x;"c:/GO/bin/"', REGISTRY), PathList.parse(r"C:\x", REGISTRY), [r"C:\Go\bin"]) == []


# --- names and oddities ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        r"C:\go1.21.0\bin",
        r"D:\sdk\go1.21\bin",
        r"C:\Go\1.21.0\bin",
        r"C:\go-1.20.5\bin",
        r"C:\Users\a\sdk\go1.22rc1\bin",
        r"C:\tools\go1.21.0.windows-amd64\go\bin",
        r"C:\Users\a\go\pkg\mod\x\go1.9\bin",
    ],
)
def test_names_of_sdks(path: str) -> None:
    assert WINDOWS.named_like_sdk(path)


@pytest.mark.parametrize(
    "path",
    [
        r"D:\Go\bin",
        r"C:\Users\alice\go\bin",
        r"C:\mongo1.21.0\bin",
        r"C:\django\1.21.0\bin",
        r"C:\go1.21.0",
        r"C:\go1.21.0\bin\x",
        r"C:\cargo1.70\bin",
        r"C:\node-1.21\bin",
        r"C:\go2.1\bin",
        r"C:\golang\bin",
    ],
)
def test_names_that_are_no_sdk(path: str) -> None:
    assert not WINDOWS.named_like_sdk(path)


def test_oddities_are_told_as_they_stand() -> None:
    found = oddities(
        PathList.parse(r"C:\Tools;;.;c:\TOOLS\;%UNDEFINED%\x;bin; ;%SystemRoot%;C:\Windows;\\server\x", REGISTRY),
        SYSTEM,
    )
    assert found.duplicates == ("c:\\TOOLS\\", r"C:\Windows")
    assert found.relative == (".", "bin")
    assert found.empty == 2
