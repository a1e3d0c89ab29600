"""The file that GOENV names: read as go reads it, repaired, and edited without touching what is not asked for."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.gopher.devbox.plugins.module_utils._formats.goenv import (
    BOM,
    CRLF,
    DUPLICATE,
    IGNORED,
    INVALID,
    REPAIRED,
    UNKNOWN,
    UTF16,
    edit,
    parse,
)

MARK = b"\xef\xbb\xbf"
NAMES = ("GOPATH", "GOBIN", "GOPROXY", "GOFLAGS", "GOROOT", "AR", "PKG_CONFIG", "GO386", "GO111MODULE")

pieces = st.sampled_from(
    [
        b"GOPATH=",
        b"GOBIN=/b",
        b"GOPROXY=direct",
        b"AR",
        b"=",
        b"#",
        b"# note",
        b"\n",
        b"\n",
        b"\r\n",
        b"\r",
        MARK,
        b"\xff\xfe",
        b"\xfe\xff",
        b"\0",
        b" ",
        b"x=1",
    ]
)
files = st.one_of(
    st.binary(max_size=60),
    st.lists(st.one_of(pieces, st.binary(max_size=4)), max_size=14).map(b"".join),
    st.text(max_size=30).map(lambda text: text.encode("utf-16", "surrogatepass")),
)
values = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\r"), max_size=12)
changes = st.dictionaries(st.sampled_from(NAMES), st.none() | values, max_size=4)


def kinds(data: bytes) -> list[str]:
    return [oddity.kind for oddity in parse(data).oddities]


def others(data: bytes, changed: set[str]) -> list[bytes]:
    """The lines that a change of these variables leaves as they are."""
    return [
        line
        for line in data.split(b"\n")
        if line.partition(b"=")[0].decode("utf-8", "surrogateescape") not in changed and line
    ]


# --- what holds for any bytes ----------------------------------------------------------------------------------------


@given(files)
def test_every_line_is_kept_verbatim(data: bytes) -> None:
    assert b"".join(parse(data).lines) == data
    assert all(line.find(b"\n") in (-1, len(line) - 1) for line in parse(data).lines)


@given(files)
@example(b"A=1\n" + MARK + b"A=2")
@example(b"A=1\n\xff\xfeB\n\nA=2\n")
@example(MARK + b"\xff\xfeA\0")
@example(b"\xff\xfeA")
def test_the_repaired_file_says_what_was_meant(data: bytes) -> None:
    repaired = edit(data, {})
    assert parse(repaired).as_go_reads == parse(repaired).values == parse(data).values
    assert not REPAIRED & set(kinds(repaired))
    assert edit(repaired, {}) == repaired


@given(files.filter(lambda data: not REPAIRED & set(kinds(data)) and not data.startswith((b"\xff\xfe", b"\xfe\xff"))))
def test_a_file_that_needs_no_repair_comes_back_identical(data: bytes) -> None:
    assert edit(data, {}) == data
    assert parse(data).as_go_reads == parse(data).values


@given(files, changes)
def test_go_reads_what_was_set_and_nothing_else_changes(data: bytes, wanted: dict[str, str | None]) -> None:
    after = edit(data, wanted)
    expected = dict(parse(data).values)
    for name, value in wanted.items():
        expected.pop(name, None)
        if value is not None:
            expected[name] = value
    assert parse(after).as_go_reads == parse(after).values == expected
    assert edit(after, wanted) == after
    assert others(after, set(wanted)) == others(edit(data, {}), set(wanted))


@given(files, changes)
def test_what_was_set_can_be_put_back(data: bytes, wanted: dict[str, str | None]) -> None:
    before = parse(data).values
    after = edit(edit(data, wanted), {name: before.get(name) for name in wanted})
    assert parse(after).as_go_reads == before


@given(st.dictionaries(st.sampled_from(NAMES), values), changes)
def test_a_file_that_go_has_sorted_stays_sorted(held: dict[str, str], wanted: dict[str, str | None]) -> None:
    data = edit(b"", dict(held))
    assert parse(edit(data, wanted)).lines == tuple(
        sorted(parse(edit(data, wanted)).lines, key=lambda line: line.partition(b"=")[0])
    )


# --- what is meant, and what go reads --------------------------------------------------------------------------------


def test_an_empty_file_holds_nothing() -> None:
    found = parse(b"")
    assert (found.lines, found.values, found.as_go_reads, found.oddities) == ((), {}, {}, ())


def test_everything_behind_the_sign_is_the_value() -> None:
    data = b'GOFLAGS=-tags=a "b" # c\nGOPRIVATE=\nGOPROXY= \xe7\x8e\x8b,direct'
    assert parse(data).values == {"GOFLAGS": '-tags=a "b" # c', "GOPRIVATE": "", "GOPROXY": " 王,direct"}


def test_the_last_of_duplicates_counts_where_it_stands() -> None:
    found = parse(b"GOBIN=/a\nAR=x\nGOBIN=/b\n")
    assert list(found.values.items()) == [("AR", "x"), ("GOBIN", "/b")]
    assert tuple(dict.fromkeys(oddity.name for oddity in found.oddities if oddity.kind == DUPLICATE)) == ("GOBIN",)
    assert edit(b"GOBIN=/a\nAR=x\nGOBIN=/b\n", {}) == b"AR=x\nGOBIN=/b\n"


@pytest.mark.parametrize("mark", [MARK, MARK * 2])
def test_a_byte_order_mark_loses_the_first_line(mark: bytes) -> None:
    found = parse(mark + b"GOPATH=/a\nGOBIN=/b\n")
    assert found.as_go_reads == {"GOBIN": "/b"}
    assert found.values == {"GOPATH": "/a", "GOBIN": "/b"}
    assert [(oddity.kind, oddity.line) for oddity in found.oddities] == [(BOM, 1)]


def test_a_byte_order_mark_in_the_middle_loses_its_line() -> None:
    data = b"GOPATH=/a\n" + MARK + b"GOBIN=/b\n"
    assert parse(data).as_go_reads == {"GOPATH": "/a"}
    assert [(oddity.kind, oddity.line) for oddity in parse(data).oddities] == [(BOM, 2)]
    assert edit(data, {}) == b"GOPATH=/a\nGOBIN=/b\n"


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_a_file_in_utf_16_is_read_by_nobody_and_rewritten(codec: str) -> None:
    data = ("\ufeff# 王\r\nGOPATH=C:\\王\r\n").encode(codec)
    assert parse(data).as_go_reads == {}
    assert parse(data).values == {"GOPATH": "C:\\王"}
    assert kinds(data) == [UTF16, CRLF]
    assert edit(data, {"GOBIN": "C:\\b"}) == "# 王\nGOBIN=C:\\b\nGOPATH=C:\\王\n".encode()


def test_what_only_begins_like_utf_16_stays_and_does_not_become_it() -> None:
    assert edit(b"\xff\xfeA", {"GOBIN": "/b"}) == b"\n\xff\xfeA\nGOBIN=/b\n"


def test_a_carriage_return_is_in_the_value_for_go() -> None:
    found = parse(b"# note\r\nGOPATH=/a\r\nGOBIN=/b\n")
    assert found.as_go_reads == {"GOPATH": "/a\r", "GOBIN": "/b"}
    assert found.values == {"GOPATH": "/a", "GOBIN": "/b"}
    assert [(oddity.kind, oddity.line) for oddity in found.oddities] == [(CRLF, 1)]
    assert "2 line(s)" in found.oddities[0].told
    assert edit(b"# note\r\nGOPATH=/a\r\nGOBIN=/b\n", {}) == b"# note\nGOPATH=/a\nGOBIN=/b\n"


def test_a_carriage_return_within_a_line_stays() -> None:
    assert parse(b"GOPATH=/a\rGOBIN=/b\n").values == {"GOPATH": "/a\rGOBIN=/b"}
    assert edit(b"GOPATH=/a\rGOBIN=/b\n", {}) == b"GOPATH=/a\rGOBIN=/b\n"


@pytest.mark.parametrize(
    "line", [b"export GOPATH=/a", b" GOPATH=/a", b"gopath=/a", b"GOPATH", b"=/a", b"set GOPATH=/a", b"$env:GOPATH='/a'"]
)
def test_lines_that_go_passes_over(line: bytes) -> None:
    found = parse(b"\n# note\n  # note\n" + line + b"\n")
    assert (found.values, found.as_go_reads) == ({}, {})
    assert [(oddity.kind, oddity.line, oddity.name) for oddity in found.oddities] == [(IGNORED, 4, "")]
    assert edit(b"\n# note\n  # note\n" + line + b"\n", {}) == b"\n# note\n  # note\n" + line + b"\n"


@pytest.mark.parametrize("name", ["GOFOO", "GOGC", "GODEBUG", "GOENV", "GOVERSION", "PATH", "GOPATH ", "GO#PATH"])
def test_settings_without_effect(name: str) -> None:
    data = f"{name}=x\n".encode()
    assert [(oddity.kind, oddity.line, oddity.name) for oddity in parse(data).oddities] == [(UNKNOWN, 1, name)]
    assert parse(data).values == parse(data).as_go_reads == {name: "x"}


@pytest.mark.parametrize("name", ["GOPATH", "GOROOT", "GOWORK", "GOPROXY", "CC", "CGO_CFLAGS_ALLOW"])
def test_settings_with_effect_are_nothing_odd(name: str) -> None:
    assert parse(f"{name}=x\n".encode()).oddities == ()


def test_bytes_that_are_no_utf_8_are_told_and_kept() -> None:
    data = b"# \xff\nGOBIN=/\xe4\xb8\n"
    assert [(oddity.kind, oddity.line, oddity.name) for oddity in parse(data).oddities] == [
        (INVALID, 1, ""),
        (INVALID, 2, "GOBIN"),
    ]
    assert edit(data, {"GOBIN": "/b"}) == b"# \xff\nGOBIN=/b\n"
    assert edit(edit(data, {"GOBIN": "/b"}), {"GOBIN": parse(data).values["GOBIN"]}) == data


# --- editing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "wanted", "after"),
    [
        pytest.param(b"", {"GOBIN": "/b"}, b"GOBIN=/b\n", id="first"),
        pytest.param(b"GOBIN=/b\n", {"GOBIN": None}, b"", id="last"),
        pytest.param(b"", {"GOBIN": None}, b"", id="nothing there"),
        pytest.param(b"AR=x\nGOBIN=/b\n", {"GOBIN": "/c"}, b"AR=x\nGOBIN=/c\n", id="replaced"),
        pytest.param(
            b"AR=x\nGOPATH=/p\n",
            {"GOBIN": "/b", "CC": "c", "PKG_CONFIG": "p"},
            b"AR=x\nCC=c\nGOBIN=/b\nGOPATH=/p\nPKG_CONFIG=p\n",
            id="sorted in",
        ),
        pytest.param(
            b"GOPATH=/p\nAR=x\n",
            {"GOBIN": "/b", "CC": "c"},
            b"GOPATH=/p\nAR=x\nCC=c\nGOBIN=/b\n",
            id="an order of their own stays",
        ),
        pytest.param(
            b"GOPATH=/p\n# mine\nGOPROXY=x\n",
            {"GOBIN": "/b"},
            b"GOPATH=/p\n# mine\nGOBIN=/b\nGOPROXY=x\n",
            id="last run",
        ),
        pytest.param(b"GOPATH=/p\n\n", {"GOBIN": "/b"}, b"GOPATH=/p\n\nGOBIN=/b\n", id="behind an empty line"),
        pytest.param(
            b"GOPATH=/p\n# end",
            {"GOBIN": "/b"},
            b"GOPATH=/p\n# end\nGOBIN=/b\n",
            id="behind a comment without line end",
        ),
        pytest.param(b"GOPATH=/p", {"GOPATH": "/p"}, b"GOPATH=/p", id="nothing to change, not even the line end"),
        pytest.param(b"GOPATH=/p", {"GOPATH": "/q"}, b"GOPATH=/q\n", id="line end"),
        pytest.param(
            b"GO386=softfloat\n", {"GO": None, "GO111MODULE": "on"}, b"GO111MODULE=on\nGO386=softfloat\n", id="by name"
        ),
        pytest.param(b"GOBIN=/a\nGOBIN=/b\n", {"GOBIN": None}, b"", id="all duplicates"),
        pytest.param(
            b"x=1\nz=1\n", {"GOBIN": "/b"}, b"GOBIN=/b\nx=1\nz=1\n", id="among lines that go sorts but does not read"
        ),
        pytest.param(b"GOBIN=\n", {"GOBIN": ""}, b"GOBIN=\n", id="an empty value is a value"),
    ],
)
def test_edits(before: bytes, wanted: dict[str, str | None], after: bytes) -> None:
    assert edit(before, wanted) == after


@pytest.mark.parametrize("name", ["", "gopath", "GO PATH", "GO=PATH", "#GOPATH", "GOPATH\n", "_GO"])
@pytest.mark.parametrize("value", ["/b", None])
def test_names_that_go_would_not_read_are_refused(name: str, value: str | None) -> None:
    with pytest.raises(ValueError, match="as a name"):
        edit(b"", {name: value})


@pytest.mark.parametrize("value", ["/a\n/b", "\n", "/a\r", "/a\r\n"])
def test_values_that_go_would_not_read_back_are_refused(value: str) -> None:
    with pytest.raises(ValueError, match="line break"):
        edit(b"", {"GOBIN": value})


def test_halves_of_characters_are_refused() -> None:
    with pytest.raises(ValueError, match="surrogates"):
        edit(b"", {"GOBIN": "/\ud800"})
