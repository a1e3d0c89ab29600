"""/etc/wsl.conf: edits keep every other byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.gopher.devbox.plugins.module_utils._formats import wslconf
from ansible_collections.gopher.devbox.plugins.module_utils._formats.wslconf import WslConf, edited, parse

LINES = [
    *("[interop]", "[Interop] # mine", "[automount]", "[user]", "# appendWindowsPath=true", ""),
    *("appendWindowsPath = true # why", "APPENDWINDOWSPATH=0", 'appendwindowspath="false"', "enabled=true"),
    *("root = /windows", "default=dev", "root=a \\", r"command = x \n \" # \"", 'command="a # b"', "x=工\udcff"),
]
#: WSL stops reading at each of them
BAD = ["[ interop ]", "[user ]", "no pair", "\ufeff[interop]", "= x", "工=x", "a_b=1", r"command=\d", 'command="a']


def file_of(lines: list[str], end: str, last: bool) -> bytes:
    return (end.join(lines) + (end if last else "")).encode("utf-8", "surrogateescape")


files = st.builds(
    file_of,
    st.lists(st.sampled_from(LINES * 3 + BAD), max_size=8),
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
    assert must_be_kept(data, after)


def must_be_kept(data: bytes, after: bytes) -> bool:
    """Every line that says something else than the key is in both, in order."""
    before, now = ([line.strip() for line in text.split(b"\n")] for text in (data, after))
    others = [line for line in before if b"appendwindowspath" not in line.lower() or line.startswith(b"#")]
    rest = iter(now)
    return all(line in rest for line in others if line)


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
        # the first one counts
        (
            b"[interop]\nappendWindowsPath=true # a\nenabled=1\nappendWindowsPath=false # b\n",
            b"[interop]\nappendWindowsPath=false # a\nenabled=1\nappendWindowsPath=false # b\n",
        ),
        # nothing behind a line that WSL does not understand
        (
            b"[boot]\nsystemd=true\n[ interop ]\nappendWindowsPath=true\n",
            b"[boot]\nsystemd=true\n[interop]\nappendWindowsPath=false\n[ interop ]\nappendWindowsPath=true\n",
        ),
        (
            b"[user]\ndefault=x\n\n[boot]\nsystemd=true\nno pair\nx=1\n",
            b"[user]\ndefault=x\n\n[interop]\nappendWindowsPath=false\n[boot]\nsystemd=true\nno pair\nx=1\n",
        ),
        (
            b"[interop]\nenabled=1\n\nno pair\nappendWindowsPath=true\n",
            b"[interop]\nenabled=1\nappendWindowsPath=false\n\nno pair\nappendWindowsPath=true\n",
        ),
        (b"\xef\xbb\xbf[boot]\n", b"[interop]\nappendWindowsPath=false\n\xef\xbb\xbf[boot]\n"),
        # a value that goes on in the next line
        (
            b"[interop]\nx=a \\\n\n[user]\n",
            b"[interop]\nx=a \\\n\nappendWindowsPath=false\n[user]\n",
        ),
        (b"[interop]\nx=a \\\n", b"[interop]\nx=a \\\n\nappendWindowsPath=false\n"),
        (b"[interop]\nappendWindowsPath=t\\\nrue # x\n", b"[interop]\nappendWindowsPath=false # x\n"),
    ],
)
def test_forms(before: bytes | None, after: bytes) -> None:
    assert edited(before, "false") == after


@pytest.mark.parametrize(
    "data",
    [
        *(None, b"[boot]\nsystemd=true\n", b"[interop]\nenabled=1\n", b"# x\r\n[user]\r\na=b\r\n"),
        *(b"[boot]\nx=1\n[ interop ]\n", b"[boot]\nno pair\n", b"\xef\xbb\xbf[boot]\n"),
    ],
)
def test_there_and_back(data: bytes | None) -> None:
    assert edited(edited(data, "false"), None) == data


def test_parse() -> None:
    assert parse(None) == WslConf()
    assert parse(None).mount == "/mnt/"
    found = parse(b'[Automount]\nroot=/windows # x\nenabled=true\n[interop]\nenabled=0\n[user]\ndefault="dev"\n')
    assert found == WslConf(None, True, "/windows/", "dev")
    assert parse(b"[automount]\nenabled = false\n").mount is None
    assert [wslconf.truth(word, True) for word in ("TRUE", "1", "false", "0", "maybe", None)] == [
        *(True, True, False, False, True, True)
    ]


@pytest.mark.parametrize(
    ("lines", "appends"),
    [
        ("", True),
        ("enabled=false", True),  # PATH comes all the same
        ("appendWindowsPath=false", False),
        ("appendWindowsPath=true\nappendWindowsPath=false", True),
        ("appendWindowsPath=maybe\nappendWindowsPath=false", True),
        ("appendWindowsPath=false\n[user]\n[INTEROP]\nAPPENDWINDOWSPATH=1", False),
        ('appendWindowsPath="fal"se', False),
        ("appendWindowsPath=fal\\\nse", False),
        ("x=\\\nappendWindowsPath=false", True),
        ("x=a\rappendWindowsPath=false", False),
        *((f"{bad}\nappendWindowsPath=false", True) for bad in BAD),
    ],
)
def test_what_counts_is_what_wsl_reads(lines: str, appends: bool) -> None:
    assert parse(f"[interop]\n{lines}\n".encode()).appends is appends


@given(files)
def test_of_a_key_given_twice_the_first_counts(data: bytes) -> None:
    more = b"\n[user]\ndefault=other\n"
    assert parse(more + data).default_user == "other"
    assert parse(data + more).default_user in (parse(data).default_user or "other", "")
