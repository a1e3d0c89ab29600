# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""go-env.cmd under Wine, in the cmd.exe of Wine 10 (winhost/newcmd.py), with and without delayed expansion in the
caller.

What Wine does otherwise than Windows, and these tests leave out: it expands `%NAME%` again in what `%~dp0` and `%%A`
stand for, so no directory here has a percent sign; it knows no caret before an exclamation mark, so a caller with
delayed expansion on has neither in what arrives; its `set /p` makes a carriage return of a line feed; and it echoes
what is in a block behind `@(`.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from launching import CHOICES, INSTALLED, REFUSED, around, entered, install
from winhost import Prefix, newcmd

from ansible_collections.gopher.devbox.plugins.module_utils._editors.project import Project
from ansible_collections.gopher.devbox.plugins.module_utils._formats.launchers import render_cmd

pytestmark = pytest.mark.windows

SYSTEM = r"C:\windows\system32"
FOREIGN = rf'{SYSTEM};C:\a & b;"C:\q;q & x";C:\p%%c^(1);C:\工具' + "'s;C:\\!x!"
ODD = '-tags=it\'s "q & r" %PATH% | <y> (z) \\ 工具 `x` $HOME ~ * ? = , ; #'
CARETS = "^a!b^!c"

modes = pytest.mark.parametrize("mode", ["off", "on"])
#: where delayed expansion has little to say, it is on in `make test-all` only: Wine takes its time over a batch file
mostly_off = pytest.mark.parametrize("mode", ["off", pytest.param("on", marks=pytest.mark.thorough)])


class Box:
    """A Windows with projects below C:\\box, and cmd.exe that is given batch files."""

    def __init__(self, prefix: Prefix) -> None:
        self.prefix = prefix
        self.number = 0
        self.name = ""

    def fresh(self) -> None:
        self.number += 1
        self.name = rf"C:\box\{self.number}"
        self.root.mkdir(parents=True)

    @property
    def root(self) -> Path:
        return self.unix(self.name)

    def unix(self, path: str) -> Path:
        return Path(self.prefix.unix_path(path))

    def project(self, name: str, **options: t.Any) -> str:
        directory = rf"{self.name}\{name}"
        self.unix(directory).mkdir(parents=True, exist_ok=True)
        (self.unix(directory) / "go-env.cmd").write_bytes(render_cmd(Project("windows", directory, **options)))
        return directory

    def run(
        self, script: str, mode: str = "off", environment: t.Mapping[str, str] | None = None
    ) -> tuple[list[str], str]:
        """The lines that a batch file prints, and its errors. `call :show N` writes the environment to a file."""
        chcp = rf"{SYSTEM}\chcp.com"
        show = f":show\n{chcp} 65001 >nul\nset >{self.name}\\%1\n{chcp} 437 >nul\nexit /b"
        text = f"@echo off\n{script}\nexit /b %errorlevel%\n{show}\n"
        # Wine takes a batch file in the page of the host, which is UTF-8 here.
        (self.root / "t.cmd").write_bytes(text.replace("\n", "\r\n").encode())
        own = {name: value for name, value in self.prefix.environment().items() if name.upper() != "PATH"}
        done = self.prefix.run(
            rf"{SYSTEM}\cmd.exe /d /v:{mode} /c t.cmd",
            cwd=self.name,
            env={**own, "PATH": FOREIGN, **(environment or {})},
            codepage=437,
            timeout=120,
        )
        return done.stdout.decode("cp437").splitlines(), done.stderr.decode("cp437")

    def everything(self, name: str) -> dict[str, str]:
        pairs = (line.partition("=") for line in (self.root / name).read_bytes().decode().split("\r\n") if line)
        return {key: value for key, _is, value in pairs}

    def shown(self, name: str) -> dict[str, str]:
        return {key: value for key, value in self.everything(name).items() if not key.startswith("_GO_ENV_")}


@pytest.fixture(scope="module")
def prefix(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prefix]:
    try:
        newcmd.cmd_exe()
    except (RuntimeError, OSError) as error:
        pytest.skip(f"no cmd.exe with delayed expansion: {error}")
    with Prefix.create(tmp_path_factory.mktemp("launchers") / "prefix", packages=False) as found:
        newcmd.install(found.unix_path(SYSTEM))
        yield found


@pytest.fixture
def box(prefix: Prefix) -> Box:
    found = Box(prefix)
    found.number = len(list(found.unix(r"C:\box").glob("*"))) if found.unix(r"C:\box").exists() else 0
    found.fresh()
    return found


@mostly_off
def test_two_projects_one_in_the_other(mode: str, box: Box) -> None:
    for version in ("1.21.13", "1.27.3"):
        install(box.root / "sdks", version, "go.exe")
    carets, name = (CARETS, "工程 &!(x)'^=,") if mode == "off" else ("", "工程 & (x)'=,")
    variables = {"GOFLAGS": ODD + carets, "GOX": "|x"}
    odd = box.project(
        name,
        goroot=r"..\sdks\go1.21.13",
        gopath=("go path", r"C:\工 作\x"),
        variables=variables,
        path=("tools", r"%USERPROFILE%\bin"),
    )
    inner = box.project("b b", goroot=rf"{box.name}\sdks\go1.27.3", gobin="bin/", variables={"GOX": "y"})
    script = f"""
        call :show 0
        cd {name.replace("&", "^&") if " " not in name else f'"{name}"'}
        call go-env.cmd
        call :show 1
        call go-env.cmd
        call :show 2
        call "{inner}\\go-env.cmd"
        call :show 3
        call go-env.cmd pop
        call :show 4
        call "{inner}\\go-env.cmd" pop
        call :show 5
    """
    lines, errors = box.run(script, mode, {"GOPATH": r'C:\mine"b & c^d', "GOX": "!x! %PATH%"})
    assert (lines, errors) == ([], "")
    shown = [box.shown(str(number)) for number in range(6)]
    values = {"GOROOT": rf"{box.name}\sdks\go1.21.13", "GOPATH": rf"{odd}\go path;C:\工 作\x", **variables}
    home = shown[0]["USERPROFILE"]
    assert shown[1] == entered(
        shown[0], values, [rf"{values['GOROOT']}\bin", rf"{odd}\go path\bin", rf"{odd}\tools", rf"{home}\bin"], ";"
    )
    assert shown[2] == shown[4] == shown[1]
    values = {"GOROOT": rf"{box.name}\sdks\go1.27.3", "GOBIN": rf"{inner}\bin", "GOX": "y"}
    path = rf"{values['GOROOT']}\bin;{inner}\bin;{shown[1]['PATH']}"
    assert shown[3] == {**entered(shown[0], values, [], ";"), "PATH": path}
    assert box.everything("5") == shown[0] == box.everything("0")


@mostly_off
def test_a_project_without_an_sdk_in_one_with_an_sdk(mode: str, box: Box) -> None:
    """The go of the outer one stays on PATH, so its GOROOT stays as well."""
    install(box.root / "sdks", "1.27.3", "go.exe")
    root = rf"{box.name}\sdks\go1.27.3"
    outer, inner = box.project("outer", goroot=root, variables={"GOX": "x"}), box.project("inner", gopath=("gp",))
    script = f"""
        call {outer}\\go-env.cmd
        call {inner}\\go-env.cmd
        call :show 1
        call {inner}\\go-env.cmd pop
        call :show 2
        call {outer}\\go-env.cmd pop
        call :show 3
    """
    assert box.run(script, mode, {"GOROOT": r"C:\mine"}) == ([], "")
    found = [(shown.get("GOROOT"), shown.get("GOX")) for shown in map(box.shown, "123")]
    assert found == [(root, None), (root, "x"), (r"C:\mine", None)]


@modes
def test_the_real_go(mode: str, box: Box) -> None:
    project = box.project("p", sdk_roots=("C:\\",), gopath=("gp",), variables={"GOTOOLCHAIN": "local"})
    (box.unix(project) / "go.mod").write_text("module x\n\ngo 1.21.13\n")
    script = (
        f"call {project}\\go-env.cmd\ngo version\ngo env GOROOT GOPATH\ncall go-env.cmd "
        f"pop\n{project}\\go-env.cmd run go env GOVERSION"
    )
    lines, errors = box.run(f"cd {project}\n{script}", mode)
    assert [lines[0][:20], *lines[1:]] == ["go version go1.21.13", r"C:\Go1.21.13", rf"{project}\gp", "go1.21.13"], (
        errors
    )


@mostly_off
def test_what_somebody_did_to_path_meanwhile_stays(mode: str, box: Box) -> None:
    root = install(box.root / "sdks", "1.27.3", "go.exe")
    assert root.is_dir()
    sdk = rf"{box.name}\sdks\go1.27.3"
    project = box.project("p", goroot=sdk, path=(r"C:\t = x",))
    enter, leave = f"call {project}\\go-env.cmd", f"call {project}\\go-env.cmd pop"
    script = f"""
        {enter}
        set "PATH=C:\\new;%PATH%;C:\\late"
        {leave}
        call :show around
        set "PATH=C:\\x"
        {enter}
        set "PATH={sdk}\\bin;C:\\between;C:\\t = x;C:\\x"
        {leave}
        call :show between
        {enter}
        set "PATH=C:\\only"
        {leave}
        call :show gone
        set "PATH={sdk}\\bin;C:\\x;"
        {enter}
        {leave}
        call :show doubled
        set "PATH="
        {enter}
        call :show unset1
        {leave}
        call :show unset2
    """
    # `%PATH%` above is of this test, which is only safe for what it holds here.
    _lines, errors = box.run(script, mode, {"PATH": r"C:\w w;C:\z"})
    assert errors == ""
    found = {
        name: box.everything(name).get("PATH") for name in ("around", "between", "gone", "doubled", "unset1", "unset2")
    }
    assert found == {
        "around": r"C:\new;C:\w w;C:\z;C:\late",
        "between": r"C:\between;C:\x",
        "gone": r"C:\only",
        "doubled": rf"{sdk}\bin;C:\x;",
        "unset1": rf"{sdk}\bin;C:\t = x",
        "unset2": None,
    }


@modes
def test_a_shell_below_can_leave(mode: str, box: Box) -> None:
    project = box.project("p", gopath=("gp",))
    script = f"call :show 0\ncd {project}\ncall go-env.cmd\ncall :show 1\ncmd /d /v:{mode} /c below.cmd\ncall :show 2"
    (box.unix(project) / "below.cmd").write_text(
        f"@echo off\r\n@call go-env.cmd pop\r\n@chcp 65001>nul\r\n@set >{box.name}\\below\r\n@chcp 437>nul\r\n"
    )
    assert box.run(script, mode) == ([], "")
    assert box.everything("below") == box.everything("0")
    assert box.everything("2") == box.everything("1") != box.everything("0")


@mostly_off
def test_nothing_to_leave_and_nothing_known(mode: str, box: Box) -> None:
    project = box.project("p", gopath=("gp",))
    lines, errors = box.run(
        f"call :show 0\ncd {project}\ncall go-env.cmd pop\necho %errorlevel%\ncall go-env.cmd other\necho "
        f"%errorlevel%\ncall :show 1",
        mode,
    )
    assert lines == ["1", "2"]
    assert "nothing to leave" in errors
    assert box.everything("0") == box.everything("1")


def choices(box: Box, mode: str, texts: t.Sequence[str]) -> list[tuple[str, str]]:
    """What is entered for each go.mod, as GOROOT's name ('' when it is not set), and the message."""
    for version in INSTALLED:
        install(box.root / "sdks", version, "go.exe")
    around(box.root / "sdks", "go.exe")
    project = box.project(r"m\n\p", sdk_roots=(r"%USERPROFILE%\none", r"..\..\..\sdks"))
    lines = ["call :show before", f"cd {project}"]
    for number, text in enumerate(texts):
        (box.unix(project) / f"{number}.mod").write_text(text, newline="")
        lines += [
            f"copy /y {number}.mod go.mod >nul",
            f"call go-env.cmd 2>{box.name}\\{number}.err",
            "echo %errorlevel% %GOROOT%",
        ]
        lines += ["call go-env.cmd pop 2>nul", f"call :show {number}"]
    printed, errors = box.run("\n".join(lines), mode)
    assert errors == ""
    before, found = box.everything("before"), []
    for number, line in enumerate(printed):
        status, _blank, root = line.partition(" ")
        message = (box.root / f"{number}.err").read_text(errors="replace")
        assert (status == "0", bool(root.strip()), not message) in ((True, True, True), (False, False, False)), (
            texts[number],
            line,
            message,
        )
        assert box.everything(str(number)) == before, texts[number]
        found.append((root.rpartition("\\go")[2], message))
    assert not list(box.root.rglob("hacked"))
    return found


def sometimes(usual: int, usual_on: int) -> t.Any:
    """Every so many-th case, with delayed expansion off and on. All of them in `make test-all`."""
    every = pytest.param("off", 1, marks=pytest.mark.thorough, id="all")
    return pytest.mark.parametrize(
        ("mode", "step"), [pytest.param("off", usual, id="off"), pytest.param("on", usual_on, id="on"), every]
    )


@sometimes(4, 9)
def test_the_sdk_is_chosen_by_go_mod(mode: str, step: int, box: Box) -> None:
    asked = CHOICES[::step]
    assert [root for root, _message in choices(box, mode, [text for text, _version in asked])] == [
        version for _text, version in asked
    ]


@sometimes(3, 9)
def test_what_cannot_be_served_or_is_no_version(mode: str, step: int, box: Box) -> None:
    asked = REFUSED[::step]
    for (root, message), (text, words) in zip(choices(box, mode, [text for text, _words in asked]), asked, strict=True):
        assert (root, words in message) == ("", True), (text, message)
        if "not a version" not in words:
            assert "go1.27.3" in message  # what was found
            assert rf"none;{box.name}\sdks" in message


@mostly_off
def test_the_work_file_counts_and_not_the_module(mode: str, box: Box) -> None:
    for version in ("1.21.13", "1.22.1", "1.27.3"):
        install(box.root / "sdks", version, "go.exe")
    project = box.project(r"w\x\p", sdk_roots=(r"..\..\..\sdks",))
    pinned = box.project(r"w\x\q", sdk_roots=(r"..\..\..\sdks",), variables={"GOWORK": "off"})
    auto = box.project(r"w\x\r", sdk_roots=(r"..\..\..\sdks",), variables={"GOWORK": "auto"})
    for directory, file, text in (
        (project, "go.mod", "go 1.27.3"),
        (pinned, "go.mod", "go 1.27.3"),
        (rf"{box.name}\w", "go.work", "go 1.22.1"),
    ):
        (box.unix(directory) / file).write_text(text + "\n")
    (box.root / "other & x.work").write_text("go 1.21.13\n")
    enter = f"call {project}\\go-env.cmd\necho %GOROOT%\ncall {project}\\go-env.cmd pop"
    script = (
        f'{enter}\nset GOWORK=off\n{enter}\nset "GOWORK={box.name}\\other & x.work"\n{enter}\nset '
        f"GOWORK=\ncall {pinned}\\go-env.cmd\necho %GOROOT%"
    )
    script += (
        f"\ncall {pinned}\\go-env.cmd pop\nset GOWORK=auto\n{enter}\nset "
        f"GOWORK=\ncall {auto}\\go-env.cmd\necho %GOROOT% %GOWORK%"
    )
    script += f"\ncall {auto}\\go-env.cmd pop"
    lines, errors = box.run(f"{script}\nset GOROOT=\nset GOWORK=C:\\none.work\ncall {project}\\go-env.cmd", mode)
    assert [line.rpartition("\\go")[2] for line in lines] == [
        "1.22.1",
        "1.27.3",
        "1.21.13",
        "1.27.3",
        "1.22.1",
        "1.22.1 auto",
    ]
    assert r"C:\none.work cannot be read" in errors


@mostly_off
def test_a_pinned_sdk_that_is_gone(mode: str, box: Box) -> None:
    project = box.project("p", goroot=r"..\sdks\go1.27.3", gopath=("gp",))
    lines, errors = box.run(f"call :show 0\ncall {project}\\go-env.cmd\necho %errorlevel%\ncall :show 1", mode)
    assert lines == ["1"]
    assert rf"{box.name}\sdks\go1.27.3 is not there" in errors
    assert box.everything("0") == box.everything("1")


@modes
def test_a_path_that_gets_too_long(mode: str, box: Box) -> None:
    """cmd.exe has no room for such a line, and takes no notice of such a PATH when it starts."""
    project = box.project("p", path=("x" * 100,))
    long = ";".join(rf"C:\{number:036}" for number in range(200))
    lines, errors = box.run(
        f"call :show 0\ncall {project}\\go-env.cmd\necho %errorlevel%\ncall :show 1", mode, {"PATH": long}
    )
    assert lines == ["1"]
    assert f"PATH would have {len(long) + len(project) + 102} characters" in errors
    assert box.everything("0") == box.everything("1")


@modes
def test_run(mode: str, box: Box) -> None:
    project = box.project("p q", goroot=r"C:\Go1.27.3", variables={"GOFLAGS": "-tags=x!y"})
    (box.unix(project) / "exits.cmd").write_text("@exit /b 5\r\n")
    run = f'call "{project}\\go-env.cmd" run'
    script = f"""
        call :show 0
        {run} go env GOFLAGS
        {run} cmd /c echo "a  & b" c=d;e,f "!x!"
        {run} "{SYSTEM}\\cmd.exe" /c exit 7
        echo %errorlevel%
        cd p q
        {run} exits.cmd
        echo %errorlevel%
        call :show 1
        {run}
        echo %errorlevel%
    """
    lines, errors = box.run(script, mode)
    assert lines[0] == "-tags=x!y"
    assert lines[1].rstrip() == ('"a  & b" c=d;e,f "!x!"' if mode == "off" else '"a  & b" c=d;e,f ""')
    assert lines[2:] == ["7", "5", "2"]
    assert "run wants the program" in errors
    assert box.everything("0") == box.everything("1")


@modes
def test_env(mode: str, box: Box) -> None:
    variables = {"GOFLAGS": ODD + CARETS, "GOX": "|x"}
    project = box.project("p q", goroot=r"C:\Go1.27.3", gopath=("a", "b 工"), variables=variables)
    env = "call go-env.cmd env"
    steps = [f'{env} ".env x"', f"{env} no\\such", env]
    script = "\n".join(f"{step}\necho %errorlevel%" for step in steps)
    lines, errors = box.run(f"call :show 0\ncd p q\n{script}\ncall :show 1\nchcp", mode)
    assert lines[:3] == ["0", "1", "2"], errors
    assert lines[3].endswith("437")
    path = rf"C:\Go1.27.3\bin;{project}\a\bin;{FOREIGN}"
    wanted = {"GOROOT": r"C:\Go1.27.3", "GOPATH": rf"{project}\a;{project}\b 工", **variables, "PATH": path}
    written = (box.unix(project) / ".env x").read_bytes().decode().replace("\r\n", "\n")
    assert written == "".join(f"{name}={value}\n" for name, value in wanted.items())
    assert sorted(path.name for path in box.unix(project).iterdir()) == [".env x", "go-env.cmd"]
    assert box.everything("0") == box.everything("1")


# A percent sign that Wine would take for the beginning of a variable's name, and controls, are left out.
texts = st.text(
    st.characters(
        codec="utf-8", exclude_categories=["Cs", "Cc", "Co", "Cn"], exclude_characters="%", max_codepoint=0xFFFF
    ),
    min_size=1,
    max_size=15,
)
texts |= st.text("!\"#$&'()*+,-./:;<=>?@[\\]^_`{|}~ ab1", min_size=1, max_size=12)


@settings(max_examples=max(4, settings().max_examples // 100))  # Wine takes two seconds for each
@given(
    st.lists(
        st.dictionaries(st.sampled_from(["GOFLAGS", "GOPROXY", "CC", "X_1"]), texts, min_size=1), min_size=4, max_size=4
    ),
    texts,
)
def test_any_text_arrives_exactly(prefix: Prefix, variables: list[dict[str, str]], former: str) -> None:
    box = Box(prefix)
    box.number = len(list(box.unix(r"C:\box").glob("*"))) if box.unix(r"C:\box").exists() else 0
    box.fresh()
    script = "call :show before\n"
    for number, values in enumerate(variables):
        project = box.project(f"p{number}", variables=values)
        script += (
            f"call {project}\\go-env.cmd\ncall :show {number}\ncall {project}\\go-env.cmd pop\ncall :show "
            f"after{number}\n"
        )
    assert box.run(script, "off", {"GOFLAGS": former, "X_1": "x"}) == ([], "")
    before = box.everything("before")
    for number, values in enumerate(variables):
        assert box.shown(str(number)) == {**before, **values}
        assert box.everything(f"after{number}") == before
