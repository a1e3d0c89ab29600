"""WSLENV: entries and their flags, and what arrives in a distro."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.gopher.devbox.plugins.module_utils._formats import wslenv
from ansible_collections.gopher.devbox.plugins.module_utils._formats.wslenv import Arrival

texts = st.text(st.sampled_from("ABa_1/pluwx: \t工"), max_size=30)
parts = st.text(st.sampled_from("abZ 工'$-"), min_size=1, max_size=6).filter(lambda part: part not in (".", ".."))


@given(texts)
def test_parse_and_format_are_a_round_trip(text: str) -> None:
    assert wslenv.joined(wslenv.parse(text)) == text


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("GOPATH/p", None),
        ("GOFLAGS", None),
        ("GOPATH/up", None),
        ("A:B", "separates entries"),
        ("", "name of a variable"),
        ("/p", "name of a variable"),
        ("GO PATH/p", "name of a variable"),
        ("GOPATH/", "without a flag"),
        ("GOPATH/x", "the flag 'x'"),
        ("GOPATH/uw", "one of them"),
    ],
)
def test_problem(text: str, problem: str | None) -> None:
    found = wslenv.problem(text)
    assert found is None if problem is None else problem in (found or "")


def test_flags_in_another_order_mean_the_same() -> None:
    assert wslenv.entry_of("A/pu").means(wslenv.entry_of("A/up"))
    assert not wslenv.entry_of("A/p").means(wslenv.entry_of("A"))
    assert not wslenv.entry_of("A/p").means(wslenv.entry_of("a/p"))


def test_arrivals() -> None:
    windows = {
        "GOPATH": r"C:\Users\x\go",
        "LIST": r"C:\a;\\server\share;D:\b;relative;C:\c\ ".strip(),
        "GOFLAGS": "-mod=vendor",
        "GOCACHE": r"\\server\cache",
        "OUT": "x",
        "ODD": "x",
    }
    text = "GOPATH/p:LIST/l:GOFLAGS:GOCACHE/p:OUT/w:ODD/z:NONE/p: "
    assert wslenv.arrivals(text, windows) == [
        Arrival("GOPATH", "p", windows["GOPATH"], "/mnt/c/Users/x/go"),
        Arrival("LIST", "l", windows["LIST"], "/mnt/c/a:/mnt/c/c/", wslenv.UNTRANSLATED),
        Arrival("GOFLAGS", "", "-mod=vendor", "-mod=vendor"),
        Arrival("GOCACHE", "p", windows["GOCACHE"], None, wslenv.UNTRANSLATED),
        Arrival("OUT", "w", "x", None, wslenv.OUTWARDS),
        Arrival("ODD", "z", "x", None, wslenv.UNKNOWN_FLAG),
        Arrival("NONE", "p", None, "", wslenv.UNSET),
    ]
    assert wslenv.arrivals("GOPATH/p", windows, "/win/")[0].value == "/win/c/Users/x/go"
    assert wslenv.arrivals("GOPATH/p", windows, None)[0].reason == wslenv.UNTRANSLATED


@pytest.mark.parametrize(
    ("text", "arrival"),
    [
        ("A:A/p", Arrival("A", "p", "C:\\a", "/mnt/c/a")),
        ("A/p:A", Arrival("A", "", "C:\\a", "C:\\a")),
        ("A/p:A/w", Arrival("A", "p", "C:\\a", "/mnt/c/a")),
        ("A/p:A/x", Arrival("A", "p", "C:\\a", "/mnt/c/a")),
        ("A/w:A/p:A/uz", Arrival("A", "p", "C:\\a", "/mnt/c/a")),
        ("A/w:A/x", Arrival("A", "x", "C:\\a", None, wslenv.UNKNOWN_FLAG)),
        ("A/x:A/w", Arrival("A", "w", "C:\\a", None, wslenv.OUTWARDS)),
        ("NET:NET/p", Arrival("NET", "", r"\\s\x", r"\\s\x")),
        ("NET/p:NET/w", Arrival("NET", "w", r"\\s\x", None, wslenv.OUTWARDS)),
        ("NONE/p:NONE/w", Arrival("NONE", "p", None, "", wslenv.UNSET)),
    ],
)
def test_of_entries_for_one_name_the_last_that_lets_something_in_counts(text: str, arrival: Arrival) -> None:
    assert wslenv.arrivals(text, {"A": r"C:\a", "NET": r"\\s\x"}) == [arrival]


def by_wsl(text: str, windows: dict[str, str]) -> dict[str, str]:
    """What WSL's own code (UtilParseWslEnv) makes of it: an entry that says nothing changes nothing."""
    found: dict[str, str] = {}
    for name, _slash, flags in (entry.partition("/") for entry in text.split(":") if entry):
        value = windows.get(name, "")
        if set(flags) & {"p", "l"} and name in windows:
            value = wslenv.translated(value) or ""
        if set(flags) <= set("plu") and (value or name not in windows):
            found[name] = value
    return found


entries = st.builds(
    "{}{}".format, st.sampled_from(["A", "B", "C"]), st.sampled_from(["", "/p", "/w", "/x", "/u", "/pw"])
)


@given(st.lists(entries, max_size=6).map(":".join))
def test_what_arrives_is_what_wsl_lets_in(text: str) -> None:
    windows = {"A": r"C:\a", "B": r"\\server\b"}
    found = {one.name: one.value for one in wslenv.arrivals(text, windows) if one.value is not None}
    assert found == by_wsl(text, windows)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("C:\\", "/mnt/c"),
        (r"c:\a\\b/c", "/mnt/c/a/b/c"),
        (r"\\?\C:\a", "/mnt/c/a"),
        ("C:relative", None),
        (r"D:\a", None),
        (r"\\server\share", None),
    ],
)
def test_translated(path: str, found: str | None) -> None:
    assert wslenv.translated(path) == found


@given(st.lists(parts, min_size=1, max_size=4), st.sampled_from(["/mnt/", "/", "/a b/"]))
def test_there_and_back(names: list[str], mount: str) -> None:
    path = "\\".join(["C:", *names])
    there = wslenv.translated(path, mount)
    assert there is not None
    assert wslenv.of_windows(there, mount) == path
    assert wslenv.of_windows("/home" + there, mount) is None
    assert wslenv.of_windows(there, None) is None
