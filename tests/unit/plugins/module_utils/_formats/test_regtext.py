"""reg.exe's text: what it prints is told from what it may have lost, and .reg files are exact."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ansible_collections.gopher.devbox.plugins.module_utils._formats.regtext import (
    HEADER,
    Key,
    format_reg,
    is_doubtful,
    long_name,
    parse_query,
    parse_reg,
)

KEY = r"HKU\S-1-5-21-1\Environment"
LONG = r"HKEY_USERS\S-1-5-21-1\Environment"
BREAKS = ("\n", "\r", "\r\n")

texts = st.text(max_size=40)
kinds = st.sampled_from(["REG_SZ", "REG_EXPAND_SZ"])
names = st.text(st.characters(exclude_characters="\r\n\0"), min_size=1, max_size=12)


def printed(values: list[tuple[str, str, str]], subkeys: tuple[str, ...] = ()) -> str:
    """As reg.exe prints a key [recorded from Wine 8 and described alike for Windows]."""
    lines = [
        "",
        *([LONG] if values or not subkeys else []),
        *(f"    {name}    {kind}    {data}" for name, kind, data in values),
    ]
    if values:
        lines.append("")
    return "\r\n".join([*lines, *(f"{LONG}\\{name}" for name in subkeys), ""])


def query(text: str, lossless: bool = True) -> Key:
    found = parse_query(text, KEY, lossless)
    assert found is not None
    return found


# --- reg query -------------------------------------------------------------------------------------------------------


@given(
    st.dictionaries(
        st.text("aÄ中 %()", min_size=1).map(str.strip).filter(bool),
        st.tuples(kinds, st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]))),
    ),
    st.lists(st.sampled_from(["0", "Sub", "名"]), max_size=3, unique=True),
)
def test_what_is_printed_is_read(values: dict[str, tuple[str, str]], subkeys: list[str]) -> None:
    assume(all("    " not in name for name in values))
    assume(len({name.upper() for name in values}) == len(values))
    found = query(printed([(name, *value) for name, value in values.items()], tuple(subkeys)))
    assert {name: (kind, data) for name, kind, data in found.values} == values
    assert found.subkeys == tuple(subkeys)
    assert found.doubtful is any("\ufffd" in name + data for name, (_kind, data) in values.items())


@pytest.mark.parametrize(
    "text",
    ["", "\r\n", "ERROR: Access is denied.\r\n", "\r\nHKEY_USERS\\S-1-5-21-2\\Environment\r\n    A    REG_SZ    x\r\n"],
)
def test_without_its_key_line_nothing_was_read(text: str) -> None:
    assert parse_query(text, KEY) is None


def test_a_key_of_subkeys_only_has_no_key_line() -> None:
    """So prints reg.exe, and the journal's copies are such a key."""
    assert query(printed([], ("one", "two"))) == Key(LONG, (), ("one", "two"))
    assert parse_query(f"    A    REG_SZ    x\r\n\r\n{LONG}\\one\r\n", KEY) is None
    assert parse_query(f"ERROR: denied\r\n{LONG}\\one\r\n", KEY) is None


@pytest.mark.parametrize("end", BREAKS)
@pytest.mark.parametrize("behind", [[], [("B", "REG_SZ", "y")]])
@pytest.mark.parametrize("subkeys", [(), ("Sub",)])
def test_a_value_that_ends_in_a_line_break_is_doubtful(
    end: str, behind: list[tuple[str, str, str]], subkeys: tuple[str, ...]
) -> None:
    values = [("A", "REG_SZ", "x" + end), *behind]
    assert query(printed(values, subkeys)).doubtful
    assert query(printed(values, subkeys).replace(end, "\r\n") if end != "\r" else printed(values, subkeys)).doubtful


@given(texts, st.sampled_from(BREAKS), texts, st.booleans())
def test_a_value_with_a_line_break_is_doubtful(head: str, middle: str, tail: str, more: bool) -> None:
    assume("REG_" not in head + tail)
    values = [("A", "REG_SZ", head + middle + tail)] + ([("B", "REG_SZ", "y")] if more else [])
    assert query(printed(values)).doubtful


def test_a_name_that_stands_twice_is_doubtful() -> None:
    """A value that imitates another one cannot put it in the other's place."""
    assert query(printed([("Path", "REG_SZ", "x\r\n    PATH    REG_SZ    evil")])).doubtful


@pytest.mark.parametrize(
    ("text", "lossless", "doubtful"),
    [
        ("C:\\?\\x", False, True),
        ("C:\\?\\x", True, False),
        ("\\\\?\\C:\\x", False, False),
        ("\\??\\C:\\x", False, False),
        ("C:\\\ufffd", True, True),
        ("C:\\中", False, False),
        ("https://h/?a", False, True),
    ],
)
def test_what_may_have_been_lost(text: str, lossless: bool, doubtful: bool) -> None:
    assert is_doubtful(text, lossless) is doubtful
    assert query(printed([("A", "REG_SZ", text)]), lossless).doubtful is doubtful


def test_values_are_found_as_windows_finds_them() -> None:
    found = query(
        printed([("Path", "REG_EXPAND_SZ", r"%SystemRoot%;  x  "), ("Empty", "REG_SZ", ""), ("N", "REG_DWORD", "0x1")])
    )
    assert found.value("PATH") == "%SystemRoot%;  x  "
    assert found.value("empty") == ""
    assert found.value("absent") is None
    assert not found.doubtful


def test_an_empty_value_without_blanks_behind_it_is_read() -> None:
    assert query(f"\r\n{LONG}\r\n    A    REG_SZ\r\n\r\n").values == (("A", "REG_SZ", ""),)


# --- .reg files ------------------------------------------------------------------------------------------------------


@given(
    st.dictionaries(names, st.tuples(kinds, st.text(st.characters(exclude_characters="\0"), max_size=600)), max_size=5)
)
def test_reg_files_are_a_round_trip(values: dict[str, tuple[str, str]]) -> None:
    """Any Unicode: line breaks, quotes, halves of surrogate pairs."""
    raw = format_reg([(KEY, [(name, *value) for name, value in values.items()])])
    assert raw.startswith(b"\xff\xfe" + HEADER.encode("utf-16-le"))
    assert {name: (kind, data) for name, kind, data in parse_reg(raw)[LONG].values} == values


def exported(*lines: str) -> bytes:
    return b"\xff\xfe" + "\r\n".join([HEADER, "", f"[{LONG}]", *lines, "", ""]).encode("utf-16-le", "surrogatepass")


@given(st.text(st.characters(exclude_characters="\0"), max_size=60), st.sampled_from(["", "y", "=hex:00,\\", "[x]"]))
def test_what_windows_exports_raw_is_exact(text: str, more: str) -> None:
    """Windows writes line breaks of a REG_SZ as they are and escapes backslashes and quotes only."""
    data = text + more
    escaped = data.replace("\\", "\\\\").replace('"', '\\"')
    found = parse_reg(exported(f'"A"="{escaped}"', '"B"=dword:0000000a'))[LONG]
    assert found.values == (("A", "REG_SZ", data), ("B", "REG_DWORD", "0xa"))


@pytest.mark.parametrize(
    ("line", "data"),
    [
        ('"A"="x\r\ny"', "x\r\ny"),
        ('"A"="x\ny"', "x\ny"),
        (r'"A"="x\r\ny"', "x\r\ny"),  # Wine
        (r'"A"="=hex\\"', "=hex\\"),
        ('"A"="=hex(2):\\\\\r\nx"', "=hex(2):\\\r\nx"),
        ('"A"="[HKEY_USERS\\\\x]\r\n[-HKEY_USERS\\\\y]"', "[HKEY_USERS\\x]\r\n[-HKEY_USERS\\y]"),
        ('"A"="a\r\n\\"B\\"=\\"c\\""', 'a\r\n"B"="c"'),
        ('"A"=hex(1):78,00,00,00', "x"),
        ('"A"=hex(1):78,00,00,00,00,00', "x"),
        ('"A"=hex(1):78,00,00,00,79,00,00,00', "x"),
        ('"A"=hex(1):78,00', "x"),
        ('"A"=hex(1):', ""),
        ('"A"=hex(1):78,00,\\\r\n  79,00,\\\r\n  00,00', "xy"),
    ],
)
def test_strings_are_read_as_windows_reads_them(line: str, data: str) -> None:
    assert parse_reg(exported(line))[LONG].values == (("A", "REG_SZ", data),)


def test_what_expands_is_cut_at_its_end_too() -> None:
    assert parse_reg(exported('"A"=hex(2):25,00,00,00,00,00'))[LONG].values == (("A", "REG_EXPAND_SZ", "%"),)


def test_a_name_may_hold_what_looks_like_a_value() -> None:
    assert parse_reg(exported('"a=hex"="x\\\\"', '@="d"', '"b"=hex:01,02'))[LONG].values == (
        ("a=hex", "REG_SZ", "x\\"),
        ("", "REG_SZ", "d"),
        ("b", "REG_BINARY", "0102"),
    )


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"REGEDIT4",
        exported('"A"="cut'),
        exported('"A"=hex(2):25,00,\\'),
        exported('"A"=nothing'),
        exported('"A"=hex(1):7'),
        exported('"A"=hex(1):78,00,0'),
        exported('"A"=hex(1):78'),
        exported("A=1"),
        b"\xff\xfe\x00",
    ],
)
def test_what_is_no_reg_file_raises(raw: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        parse_reg(raw)


def test_removals_and_deletions_are_written() -> None:
    text = format_reg([(KEY, [("A", None, "")])], [r"HKLM\SOFTWARE\x"])[2:].decode("utf-16-le")
    assert text == f'{HEADER}\r\n\r\n[-HKEY_LOCAL_MACHINE\\SOFTWARE\\x]\r\n\r\n[{LONG}]\r\n"A"=-\r\n\r\n'


@pytest.mark.parametrize("kind", ["REG_DWORD", "REG_MULTI_SZ", "REG_BINARY", "REG_NONE"])
def test_other_types_are_never_written(kind: str) -> None:
    with pytest.raises(ValueError, match="never written"):
        format_reg([(KEY, [("A", kind, "")])])


def test_lines_stay_short() -> None:
    text = format_reg([(KEY, [("A", "REG_EXPAND_SZ", "x" * 5000)])])[2:].decode("utf-16-le")
    assert max(len(line) for line in text.split("\r\n")) <= 80


def test_roots_have_long_names() -> None:
    assert long_name(r"HKLM\SOFTWARE") == r"HKEY_LOCAL_MACHINE\SOFTWARE"
    assert long_name("HKU") == "HKEY_USERS"
    assert long_name(r"HKEY_USERS\x") == r"HKEY_USERS\x"
