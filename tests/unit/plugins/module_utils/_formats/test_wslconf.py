"""/etc/wsl.conf: edits keep every other byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.gopher.devbox.plugins.module_utils._formats import wslconf
from ansible_collections.gopher.devbox.plugins.module_utils._formats.wslconf import WslConf, edited, parse

LINES = [
    *("[interop]", "[ Interop ] # mine", "[automount]", "[user]", "# appendWindowsPath=true", ""),
    *("appendWindowsPath = true # why", "APPENDWINDOWSPATH=0", 'appendwindowspath="false"', "enabled=true"),
    *("root = /windows", "default=dev", "no pair", "\ufeff[interop]", "= x", "工=\udcff"),
]
files = st.builds(
    lambda lines, end, last: (end.join(lines) + (end if last else "")).encode("utf-8", "surrogateescape"),
    st.lists(st.sampled_from(LINES), max_size=8),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)


@given(files, st.sampled_from(["true", "false"]))
def test_an_edit_says_what_is_wanted_and_keeps_the_rest(data: bytes, value: str) -> None:
    after = edited(data, value)
    assert after is not None
    assert parse(after).append_windows_path == value
    assert edited(after, value) == after
    assert parse(after)._replace(append_windows_path=None) == parse(data)._replace(append_windows_path=None)
    before = [line.strip() for line in data.split(b"\n")]
    new = [line.strip() for line in after.split(b"\n")]
    others = [line for line in before if b"appendwindowspath" not in line.lower() or line.startswith(b"#")]
    rest = iter(new)
    assert all(line in rest for line in others if line)


@given(files)
def test_without_the_key_nothing_else_goes(data: bytes) -> None:
    after = edited(data, None)
    assert parse(after).append_windows_path is None
    assert parse(after)._replace(append_windows_path=None) == parse(data)._replace(append_windows_path=None)
    kept = [line for line in (after or b"").split(b"\n") if line.strip()]
    rest = iter(data.split(b"\n"))
    assert all(line in rest for line in kept)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, b"[interop]\nappendWindowsPath=false\n"),
        (b"", b"[interop]\nappendWindowsPath=false\n"),
        (b"[boot]\nsystemd=true", b"[boot]\nsystemd=true\n[interop]\nappendWindowsPath=false\n"),
        (
            b"[interop]\r\nenabled=true\r\n\r\n[user]\r\ndefault=x\r\n",
            b"[interop]\r\nenabled=true\r\nappendWindowsPath=false\r\n\r\n[user]\r\ndefault=x\r\n",
        ),
        (
            b"[INTEROP]\n appendWindowsPath = TRUE  # my reason\n",
            b"[INTEROP]\n appendWindowsPath = false  # my reason\n",
        ),
    ],
)
def test_forms(before: bytes | None, after: bytes) -> None:
    assert edited(before, "false") == after


@pytest.mark.parametrize(
    "data", [None, b"[boot]\nsystemd=true\n", b"[interop]\nenabled=1\n", b"# x\r\n[user]\r\na=b\r\n"]
)
def test_there_and_back(data: bytes | None) -> None:
    assert edited(edited(data, "false"), None) == data


def test_parse() -> None:
    assert parse(None) == WslConf()
    assert parse(None).mount == "/mnt/"
    found = parse(b'[Automount]\nroot=/windows # x\nenabled=true\n[interop]\nenabled=0\n[user]\ndefault="dev"\n')
    assert found == WslConf(None, True, "/windows/", False, "dev")
    assert not found.appends
    assert parse(b"[automount]\nenabled = false\n").mount is None
    assert [wslconf.truth(word, True) for word in ("TRUE", "1", "false", "0", "maybe", None)] == [
        *(True, True, False, False, True, True)
    ]
