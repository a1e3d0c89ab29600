"""What launchers may hold and how they are written. That they work is tested in real shells
(tests/integration/test_launchers_*).
"""

from __future__ import annotations

import re
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.gopher.devbox.plugins.module_utils._editors.project import Project
from ansible_collections.gopher.devbox.plugins.module_utils._formats.launcher import Place, below, context
from ansible_collections.gopher.devbox.plugins.module_utils._formats.launchers import (
    FILES,
    render,
    render_cmd,
    render_envrc,
    render_ps1,
    render_sh,
)

RENDER = [render_cmd, render_ps1, render_sh, render_envrc]


def windows(**options: t.Any) -> Project:
    return Project("windows", r"C:\p", **options)


def posix(**options: t.Any) -> Project:
    return Project("posix", "/p", **options)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (r"C:\Go", Place("", r"C:\Go")),
        ("C:/Go/", Place("", r"C:\Go")),
        ("C:\\", Place("", "C:\\")),
        (r"\\srv\share\go", Place("", r"\\srv\share\go")),
        (r"..\go-sdk\1.21.6", Place("project", r"..\go-sdk\1.21.6")),
        ("%UserProfile%\\sdk\\", Place("home", "sdk")),
        ("~", Place("home", "")),
        ("~/sdk/x", Place("home", r"sdk\x")),
        ("$HOME/sdk", Place("home", "sdk")),
        ("%GOPATH%\\x", Place("project", "%GOPATH%\\x")),
    ],
)
def test_directories_of_windows(text: str, place: Place) -> None:
    assert context(windows(gobin=text)).gobin == place


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("/usr/local/go", Place("", "/usr/local/go")),
        ("/", Place("", "/")),
        ("../go\\x/", Place("project", "../go\\x")),
        ("~/sdk", Place("home", "sdk")),
        ("${HOME}/sdk", Place("home", "sdk")),
        ("$HOMER", Place("project", "$HOMER")),
    ],
)
def test_directories_of_posix(text: str, place: Place) -> None:
    assert context(posix(gobin=text)).gobin == place


@pytest.mark.parametrize(
    "text", ["", "a;b", 'a"b', "a|b", "C:x", r"\x", "/x", "a:b", "a*", "a\nb", "a\x7f", "\ud800", "~bob/x", r"1C:\x"]
)
def test_what_is_no_directory_of_windows(text: str) -> None:
    for options in (
        {"gobin": text},
        {"gopath": ("a", text)},
        {"path": (text,)},
        {"goroot": text},
        {"sdk_roots": (text,)},
    ):
        with pytest.raises(ValueError, match="The directory"):
            context(windows(**options))


@pytest.mark.parametrize("text", ["", "a:b", "a\nb", "\0", "\ud800", "~bob/x"])
def test_what_is_no_directory_of_posix(text: str) -> None:
    with pytest.raises(ValueError, match="The directory"):
        context(posix(path=(text,)))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("GOROOT", "x"),
        ("Path", "x"),
        ("A B", "x"),
        ("A=", "x"),
        ("", "x"),
        ("1", "x"),
        ("É", "x"),
        ("_GO_ENV_X", "x"),
        ("X", ""),
    ],
)
def test_what_is_no_variable(name: str, text: str) -> None:
    for render_one in RENDER:
        with pytest.raises(ValueError, match=r"not a name|empty"):
            render_one(windows(variables={name: text}))


@pytest.mark.parametrize("text", ["a\nb", "a\rb", "\0", "\x1b", "\ud800"])
def test_what_no_value_can_hold(text: str) -> None:
    for render_one in RENDER:
        with pytest.raises(ValueError, match="The value"):
            render_one(posix(variables={"X": text}))


def test_other_refusals() -> None:
    with pytest.raises(ValueError, match="family"):
        context(Project("amiga", "/p"))
    for directory in ("p", "~/p", "$HOME"):
        with pytest.raises(ValueError, match="absolute"):
            context(Project("posix", directory))
    with pytest.raises(ValueError, match="at most"):
        render_cmd(windows(variables={f"X{number}": "x" for number in range(60)}))


def test_what_goes_on_path() -> None:
    found = context(posix(gopath=("/a", "b"), path=("c", "/a/bin", "c")))
    assert found.path == (Place("", "/a/bin"), Place("project", "c"))
    assert found.names == ("GOPATH",)
    assert context(posix(gopath=("a",), gobin="b")).path == (Place("project", "b"),)
    assert below(Place("", "C:\\"), "bin", True) == Place("", "C:\\bin")
    assert below(Place("home", ""), "bin", False) == Place("home", "bin")
    found = context(posix(sdk_roots=("~/sdk",), gobin="x", variables={"B": "1", "A": "2"}))
    assert (found.chooses, found.names) == (True, ("GOROOT", "GOBIN", "A", "B"))
    assert not context(posix(goroot="/x", sdk_roots=("~/sdk",))).chooses
    assert context(posix()).names == ()


texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1)


@given(st.dictionaries(st.sampled_from(["GOFLAGS", "X"]), texts, min_size=1), st.booleans())
def test_a_batch_file_is_quiet_and_ascii(variables: dict[str, str], chooses: bool) -> None:
    """Each line is a command that is not echoed, a label, or within a block that is not; what is not ASCII stands
    between two chcp.
    """
    options = {"sdk_roots": ("sdks",)} if chooses else {"goroot": "sdk"}
    data = render_cmd(windows(gopath=("g",), variables=variables, **options))
    inside = page = False
    # Two lines make a line feed, which must be bare.
    text = data.decode().replace("@set _goenv_lf=^\n\n\n", "")
    assert text.count("\n") == text.count("\r\n")
    for line in text.split("\r\n"):
        if line.startswith(")"):
            inside = False
        elif line and not inside:
            assert line[0] in "@:", line
        inside = inside or line.endswith("@(")
        page = line == "@call :_goenv_page" or page and "chcp.com" not in line
        assert page or line.isascii()
        assert len(line) < 8191 or not line.isascii() or any(len(value) > 500 for value in variables.values())


@pytest.mark.parametrize("render_one", RENDER)
def test_a_label_and_a_placeholder_is_never_left(render_one: t.Callable[[Project], bytes]) -> None:
    for project in (
        windows(sdk_roots=("x",), gopath=("g",)),
        windows(goroot="x", gobin="b"),
        windows(),
        posix(sdk_roots=("x",)),
        posix(goroot="x"),
        posix(),
    ):
        if render_one is render_cmd and not project.windows:
            continue
        text = render_one(project).decode("utf-8-sig")
        assert not [
            word for word in text.split("@")[1:] if word.split("@")[0].isupper() and word.split("@")[0].isalpha()
        ]
        if render_one is render_cmd:
            lines = text.replace("\r", "").split("\n")
            labels = {line for line in lines if line.startswith(":")}
            assert len(labels) == sum(line.startswith(":") for line in lines)
            assert {f":{name}" for name in re.findall(r"\b(?:goto |call :)(_goenv\w+)", text)} <= labels


def test_encodings() -> None:
    plain, chinese = windows(variables={"X": "x"}), windows(variables={"X": "工"})
    assert render_ps1(plain)[:1] == b"#"
    assert render_ps1(chinese).startswith(b"\xef\xbb\xbf#")
    assert render_ps1(plain).count(b"\n") == render_ps1(plain).count(b"\r\n")
    assert b"\r" not in render_ps1(posix())
    for render_one in (render_sh, render_envrc):
        assert b"\r" not in render_one(chinese)
        assert render_one(chinese).startswith(b"# ")
    assert render_cmd(plain).isascii()
    assert b'chcp.com" 65001' in render_cmd(chinese)
    assert {name: render(name, plain) for name in FILES} == {
        "cmd": render_cmd(plain),
        "ps1": render_ps1(plain),
        "sh": render_sh(plain),
        "envrc": render_envrc(plain),
    }


def test_the_same_project_gives_the_same_bytes() -> None:
    one, other = windows(variables={"A": "1", "B": "2"}), windows(variables={"B": "2", "A": "1"})
    assert [render_one(one) for render_one in RENDER] == [render_one(other) for render_one in RENDER]
