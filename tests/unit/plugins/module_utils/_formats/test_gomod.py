# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""go.mod and go.work as texts. That go reads them alike is tests/integration/test_toolchain_real_go.py's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.gopher.devbox.plugins.module_utils._formats.gomod import (
    GoFile,
    GoMod,
    GoWork,
    modules,
    parse_mod,
    parse_work,
)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (
            "module example.com/m\n\ngo 1.22\n\ntoolchain go1.22.3\n\nrequire (\n\tgolang.org/x/mod v0.1.0\n)\n",
            ("example.com/m", "1.22", "go1.22.3"),
        ),
        ("module example.com/m\r\n\r\ngo 1.22 // note\r\n", ("example.com/m", "1.22", None)),
        ("module example.com/m", ("example.com/m", None, None)),
        ("require (\n\tgo.uber.org/zap v1.0.0\n)\ngo 1.22\nmodule x\n", ("x", "1.22", None)),
        ('\tmodule "example.com/\\u00e9\\x62" // (\n  go\t1.22//x\n', ("example.com/éb", "1.22", None)),
        ("module (\n\t// go 1.30\n\texample.com/m\n)\n// go 1.31\n", ("example.com/m", None, None)),
        ("golang 1.20\nmodule example.com/m\ntoolchain default\n", ("example.com/m", None, "default")),
        ("module m\ngo 1.22.0rc1\n", ("m", "1.22.0rc1", None)),
    ],
)
def test_a_go_mod(text: str, read: tuple[str, str | None, str | None]) -> None:
    assert parse_mod(text.encode()) == GoMod(*read)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it has no module line"),
        ("go 1.22\n", "it has no module line"),
        ("module m\ngo 1.22\ngo 1.22\n", "line 3: a second go line"),
        ("module m\nmodule m\n", "line 2: a second module line"),
        ("module m\ngo 1\n", "line 2: 1 is not a version of the form 1.23.0"),
        ("module m\n\n  go v1.22\n", "line 3: v1.22 is not a version of the form 1.23.0"),
        ("module m\ngo 1.22 & calc\n", "line 2: go needs one argument, and has 3"),
        ("module m\ngo $(touch x)\n", "line 2: go needs one argument, and has 5"),
        ("module m\ngo `touch x`\n", "line 2: `touch x` is not a version of the form 1.23.0"),
        ("module m\ngo %COMSPEC%\n", "line 2: %COMSPEC% is not a version of the form 1.23.0"),
        ("module m\ngo\n", "line 2: go needs one argument, and has 0"),
        ("module m\ngo (\n1.22\n)\n", "line 2: go cannot have such a block"),
        ("module m\ntoolchain local\n", "line 2: local is not a toolchain of the form go1.23.0, nor default"),
        ("module m /* x */\n", "line 1: comments begin with //, and cannot begin with /*"),
        ('module "m\n', "line 1: a text in quotes does not end in its line"),
        ('module "\\q"\n', "line 1: a backslash is followed by what it cannot escape"),
        ('module "\\ud800"\n', "line 1: a backslash is followed by a number that is no character's"),
        ("module `m`\n", 'line 1: `m` has a quote in it: only texts between two " can have one'),
        ("module (\nm\n", "the block of module is not closed"),
        ("\ufeffmodule m\n", "line 1: it begins with a byte order mark: save it as UTF-8 without one"),
        ("module m\ngo 1.22\0\n", "line 2: the character U+0000 cannot stand here"),
    ],
)
def test_a_go_mod_that_go_refuses(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        parse_mod(text.encode())
    assert str(caught.value) == said


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("", (None, None, ())),
        (
            'go 1.22\n\ntoolchain go1.23.1\n\nuse (\n\t.\n\t./a // note\n\n\t"./a b"\n)\nuse ../c\n',
            ("1.22", "go1.23.1", (".", "./a", "./a b", "../c")),
        ),
        ("use ()\nreplace (\n\tgo => ../x\n)\nuse ./a\r\n", (None, None, ("./a",))),
    ],
)
def test_a_go_work(text: str, read: tuple[str | None, str | None, tuple[str, ...]]) -> None:
    assert parse_work(text.encode()) == GoWork(*read)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("go 1.22\n\nuse a b\n", "line 3: use needs one argument, and has 2"),
        ("use (\n\t./a\n\t./it's\n)\n", "line 3: ./it's has a quote in it: only texts between two \" can have one"),
        ("use (\n./a\n) x\n", "line 3: something is behind the end of a block"),
        ("use x (\n./a\n)\n", "line 1: use cannot have such a block"),
        ("use (\n./a\n", "the block of use is not closed"),
    ],
)
def test_a_go_work_that_go_refuses(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        parse_work(text.encode())
    assert str(caught.value) == said


@given(
    st.binary(max_size=200)
    | st.lists(
        st.sampled_from((b"go", b"module", b" ", b"\n", b"(", b")", b'"', b"\\", b"1.22", b"//", b"\t", b"`"))
    ).map(b"".join)
)
def test_no_bytes_are_answered_by_anything_but_a_value_or_a_value_error(data: bytes) -> None:
    for parse in (parse_mod, parse_work):
        try:
            answer: object = parse(data)
        except ValueError as error:
            answer = str(error)
        assert answer


@given(
    st.sampled_from(("example.com/m", "m", "a.b/c-d_e~f")),
    st.sampled_from((None, "1.20", "1.22.3", "1.24rc1")),
    st.sampled_from((None, "go1.24.1", "default")),
)
def test_the_quick_way_and_the_thorough_way_agree(module: str, go: str | None, toolchain: str | None) -> None:
    """A block before the lines makes the thorough way be taken."""
    text = f"module {module}\n" + (f"go {go}\n" if go else "") + (f"toolchain {toolchain} // x\n" if toolchain else "")
    quick, thorough = parse_mod(text.encode()), parse_mod(f"exclude (\n)\n{text}".encode())
    assert quick == thorough == GoMod(module, go, toolchain)


# --- which go.work governs -------------------------------------------------------------------------------------------


def mod(path: str, go: str = "1.21") -> GoFile:
    return GoFile(path, f"module m\ngo {go}\n".encode())


def work(path: str, text: str = "go 1.21\n") -> GoFile:
    return GoFile(path, text.encode())


def test_without_a_go_work_the_module_decides() -> None:
    (found,) = modules([mod("/p/go.mod", "1.22")], [])
    assert (found.module, found.work, found.listed, found.counts, found.problem) == (
        "m",
        None,
        False,
        ("1.22", None, False),
        "",
    )


def test_the_nearest_go_work_above_governs() -> None:
    works = [
        work("/go.work"),
        work("/p/go.work", "go 1.22\ntoolchain go1.23.0\nuse (\n\t.\n\t./b/../a\n)\n"),
        work("/p/x/go.work"),
    ]
    paths = ["/p/go.mod", "/p/a/go.mod", "/p/b/c/go.mod", "/p/x/go.mod", "/p/x/y/z/go.mod", "/pp/go.mod"]
    found = modules([mod(path) for path in paths], works)
    assert [module.work for module in found] == ["/p/go.work"] * 3 + ["/p/x/go.work"] * 2 + ["/go.work"]
    assert [module.listed for module in found] == [True, True, False, False, False, False]
    assert found[0].counts == ("1.22", "go1.23.0", True)


@pytest.mark.parametrize(
    ("gowork", "governs"),
    [("", "/p/go.work"), ("auto", "/p/go.work"), ("off", None), ("/q/go.work", "/q/go.work"), ("/none/go.work", None)],
)
def test_what_gowork_says_goes_first(gowork: str, governs: str | None) -> None:
    (found,) = modules([mod("/p/a/go.mod")], [work("/p/go.work"), work("/q/go.work")], gowork)
    assert found.work == governs


def test_paths_of_windows() -> None:
    works = [
        work(r"C:\Proj\go.work", "go 1.21\nuse ./Sub/mod\nuse 'x\n"),
        work("D:\\go.work", 'go 1.21\nuse ./a\nuse "C:\\\\else\\\\m"\n'),
    ]
    paths = [r"c:\proj\sub\MOD\go.mod", r"D:\A\go.mod", r"E:\x\go.mod", r"\\server\share\m\go.mod"]
    found = modules([mod(path) for path in paths], works, windows=True)
    assert [module.work for module in found] == [r"C:\Proj\go.work", "D:\\go.work", None, None]
    assert [module.listed for module in found] == [False, True, False, False]
    assert found[0].problem.startswith(r"go cannot read C:\Proj\go.work: line 3: ")


def test_what_stands_in_the_way_is_told_per_module() -> None:
    works = [work("/w/go.work", "go 1.21\nuse ./new\nuse ./old\n")]
    found = modules(
        [
            mod("/w/new/go.mod", "1.22"),
            mod("/w/old/go.mod", "1.20"),
            mod("/w/other/go.mod", "1.22"),
            GoFile("/b/go.mod", b"go 1.x\n"),
        ],
        works,
    )
    assert [module.problem for module in found] == [
        (
            "go refuses the workspace /w/go.work: the module requires go >= 1.22, but go.work lists go 1.21. Run `go "
            "work use` in its directory."
        ),
        "",
        "",
        "go cannot read /b/go.mod: line 1: 1.x is not a version of the form 1.23.0.",
    ]
    assert (found[3].module, found[3].go, found[3].counts) == ("", None, (None, None, False))
