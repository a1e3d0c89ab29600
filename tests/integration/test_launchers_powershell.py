# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""go-env.ps1 in PowerShell, on this machine and under Wine, in full and in constrained language mode, and parsed for
5.1.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest
from launching import CHOICES, INSTALLED, REFUSED, around, entered, install
from winhost import Prefix, powershell

from ansible_collections.gopher.devbox.plugins.module_utils._editors.project import Project
from ansible_collections.gopher.devbox.plugins.module_utils._formats.launchers import render_ps1

PWSH = os.environ.get("DEVBOX_PWSH") or shutil.which("pwsh") or ""
PWSH_EXE = os.environ.get("DEVBOX_PWSH_EXE", "")
SYSTEM = "/usr/local/bin:/usr/bin:/bin"
ODD = 'it\'s ‘q’ "q" & | $HOME $(1) `n %PATH% \\ ! ^ * ~ # 工具'

pytestmark = [
    pytest.mark.powershell,
    pytest.mark.skipif(not PWSH, reason="DEVBOX_PWSH names no PowerShell, and there is no pwsh on PATH"),
]
modes = pytest.mark.parametrize("mode", ["FullLanguage", "ConstrainedLanguage"])


def quote(text: object) -> str:
    return "'" + "".join(char * 2 if char in "'‘’‚‛" else char for char in str(text)) + "'"


def launcher(directory: Path) -> str:
    return quote(directory / "go-env.ps1")


class Place:
    """A directory for projects, with SDKs, a home, and PowerShell that is given commands."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.home = root / "home"
        self.home.mkdir()
        self.sdks = root / "sdks"
        self.sdks.mkdir()

    def project(self, name: str, **options: t.Any) -> Path:
        directory = self.root / name
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "go-env.ps1").write_bytes(render_ps1(Project("posix", str(directory), **options)))
        return directory

    def run(
        self, script: str, mode: str, environment: t.Mapping[str, str] | None = None, strict: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """`show N` writes the environment that a program gets."""
        show = "function show($name) { & /bin/sh -c '/usr/bin/env -0 >\"$OUT/$1\"' sh $name }\n"
        (self.root / "script.ps1").write_text(show + script, encoding="utf-8")
        prelude = "$ErrorActionPreference = 'Stop'; " + ("Set-StrictMode -Version Latest; " if strict else "")
        prelude += f"$ExecutionContext.SessionState.LanguageMode = '{mode}'"
        words = [PWSH, "-NoProfile", "-NonInteractive", "-Command", f"{prelude}; . {quote(self.root / 'script.ps1')}"]
        environment = {"PATH": SYSTEM, **(environment or {}), "HOME": str(self.home), "OUT": str(self.root)}
        return subprocess.run(
            words,
            env=environment,
            cwd=self.root,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            stdin=subprocess.DEVNULL,
        )

    def everything(self, name: str) -> dict[str, str]:
        pairs = (item.partition("=") for item in (self.root / name).read_bytes().decode().split("\0") if item)
        return {key: value for key, _is, value in pairs if key not in ("PWD", "OLDPWD", "SHLVL", "_")}

    def shown(self, name: str) -> dict[str, str]:
        return {key: value for key, value in self.everything(name).items() if not key.startswith("_GO_ENV_")}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def fine(done: subprocess.CompletedProcess[str]) -> None:
    assert (done.returncode, done.stderr, done.stdout) == (0, "", ""), done.stderr + done.stdout


@modes
def test_two_projects_one_in_the_other(mode: str, place: Place) -> None:
    one, two = install(place.sdks, "1.21.13"), install(place.sdks, "1.27.3")
    odd = place.project(
        "a [b]'’c",
        goroot="../sdks/go1.21.13",
        gopath=("go path", "/w/x y"),
        variables={"GOFLAGS": ODD, "GOX": "x"},
        path=("tools", "~/bin"),
    )
    inner = place.project("工程 $x;&`", goroot=str(two), gobin="bin/", variables={"GOX": "y"})
    script = f"""
        show 0
        . {launcher(odd)}; show 1
        . {launcher(odd)}; show 2
        . {launcher(inner)}; show 3
        . {launcher(odd)} pop; show 4
        . {launcher(odd)} pop; show 5
        if (Test-Path Variable:command) {{ 'a variable is left' }}
    """
    fine(place.run(script, mode, {"GOPATH": "/mine", "GOX": "a\nb", "PATH": f":{SYSTEM}::/x y:"}))
    shown = [place.shown(str(number)) for number in range(6)]
    values = {"GOROOT": str(one), "GOPATH": f"{odd}/go path:/w/x y", "GOFLAGS": ODD, "GOX": "x"}
    assert shown[1] == entered(
        shown[0], values, [f"{one}/bin", f"{odd}/go path/bin", f"{odd}/tools", f"{place.home}/bin"], ":"
    )
    assert shown[2] == shown[4] == shown[1]
    values = {"GOROOT": str(two), "GOBIN": f"{inner}/bin", "GOX": "y"}
    assert shown[3] == {**shown[0], **values, "PATH": f"{two}/bin:{inner}/bin:{shown[1]['PATH']}"}
    assert place.everything("5") == shown[0] == place.everything("0")


@modes
def test_a_project_without_an_sdk_in_one_with_an_sdk(mode: str, place: Place) -> None:
    """The go of the outer one stays on PATH, so its GOROOT stays as well, and start files are told that it is a
    project's.
    """
    root = install(place.sdks, "1.27.3")
    outer, inner = (
        place.project("outer", goroot=str(root), variables={"GOX": "x"}),
        place.project("inner", gopath=("gp",)),
    )
    leave = f". {launcher(outer)} pop"
    fine(
        place.run(
            f". {launcher(outer)}; . {launcher(inner)}; show 1; {leave}; show 2; {leave}; show 3",
            mode,
            {"GOROOT": "/mine"},
        )
    )
    found = [(shown.get("GOROOT"), shown.get("GOX")) for shown in map(place.shown, "123")]
    assert found == [(str(root), None), (str(root), "x"), ("/mine", None)]
    assert place.everything("1")["_GO_ENV_NAMES"] == "GOPATH GOROOT"


@modes
def test_what_somebody_did_to_path_meanwhile_stays(mode: str, place: Place) -> None:
    root = install(place.sdks, "1.27.3")
    project = place.project("p", goroot=str(root), path=("/t",))
    enter = f". {launcher(project)}"
    script = f"""
        {enter}; $env:PATH = "/new:$env:PATH`:/late"; {enter} pop; show around; $env:PATH = '/usr/bin'
        {enter}; $env:PATH = '{root}/bin:/between:/t:/usr/bin'; {enter} pop; show between; $env:PATH = '/usr/bin'
        {enter}; $env:PATH = '/only'; {enter} pop; show gone
        $env:PATH = '{root}/bin:/usr/bin'; {enter}; {enter} pop; show doubled
        $env:PATH = $null; {enter}; show unset1; {enter} pop; show unset2
    """
    fine(place.run(script, mode))
    found = {
        name: place.everything(name).get("PATH")
        for name in ("around", "between", "gone", "doubled", "unset1", "unset2")
    }
    assert found == {
        "around": f"/new:{SYSTEM}:/late",
        "between": "/between:/usr/bin",
        "gone": "/only",
        "doubled": f"{root}/bin:/usr/bin",
        "unset1": f"{root}/bin:/t",
        "unset2": None,
    }


@modes
def test_messages_end_a_script(mode: str, place: Place) -> None:
    project = place.project("p", goroot="../sdks/go1.27.3")
    for words, message in (
        ("", f"{place.sdks}/go1.27.3 is not there"),
        (" pop", "nothing to leave"),
        (" other", "Nothing was changed"),
    ):
        done = place.run(f"show 0\n. {launcher(project)}{words}\n'not reached'", mode)
        assert (done.returncode, done.stdout) == (1, "")
        assert message in done.stderr
        done = place.run(f'try {{ . {launcher(project)}{words} }} catch {{ "$_" }}\nshow 1', mode, strict=False)
        assert message in done.stdout
        assert place.everything("0") == place.everything("1")


def test_a_shell_of_another_kind_below_can_leave(place: Place) -> None:
    from ansible_collections.gopher.devbox.plugins.module_utils._formats.launchers import render_sh

    root = install(place.sdks, "1.27.3")
    project = place.project("p", goroot=str(root), variables={"GOX": "1"})
    (project / "go-env.sh").write_bytes(
        render_sh(Project("posix", str(project), goroot=str(root), variables={"GOX": "1"}))
    )
    leave = f"set -- pop; . {project}/go-env.sh; /usr/bin/env -0 >$OUT/below"
    fine(place.run(f"show 0\n. {launcher(project)}\n& /bin/sh -c {quote(leave)}\n", "FullLanguage", {"GOX": "0"}))
    assert place.everything("below") == place.everything("0")


def choices(place: Place, mode: str, texts: t.Sequence[str]) -> list[tuple[str, str]]:
    for version in INSTALLED:
        install(place.sdks, version)
    around(place.sdks)
    project = place.project("m/n/p", sdk_roots=("~/none", "../../../sdks"))
    lines = ["show before"]
    for number, text in enumerate(texts):
        (project / f"{number}.mod").write_text(text, newline="")
        lines.append(f"& /bin/cp {project}/{number}.mod {project}/go.mod; $message = ''; $root = ''")
        lines.append(
            f"try {{ . {project}/go-env.ps1; $root = $env:GOROOT; . {project}/go-env.ps1 pop }} catch {{ "
            f'$message = "$_" }}; show {number}'
        )
        lines.append('"$root|$message"')
    done = place.run("\n".join(lines), mode)
    assert done.stderr == ""
    before, found = place.everything("before"), []
    for number, line in enumerate(done.stdout.splitlines()):
        root, _bar, message = line.partition("|")
        assert bool(root) != bool(message), (texts[number], line)
        assert place.everything(str(number)) == before, texts[number]
        found.append((Path(root).name.removeprefix("go"), message))
    assert not list(place.root.rglob("hacked"))
    return found


@modes
def test_the_sdk_is_chosen_by_go_mod(mode: str, place: Place) -> None:
    assert [root for root, _message in choices(place, mode, [text for text, _version in CHOICES])] == [
        version for _text, version in CHOICES
    ]


@modes
def test_what_cannot_be_served_or_is_no_version(mode: str, place: Place) -> None:
    for (root, message), (text, words) in zip(
        choices(place, mode, [text for text, _words in REFUSED]), REFUSED, strict=True
    ):
        assert (root, words in message) == ("", True), (text, message)
        if "not a version" not in words:
            assert "go1.27.3" in message  # what was found
            assert f"{place.home}/none or {place.sdks}" in message


@modes
def test_the_work_file_counts_and_not_the_module(mode: str, place: Place) -> None:
    for version in ("1.21.13", "1.22.1", "1.27.3"):
        install(place.sdks, version)
    project = place.project("w/x [1]/p", sdk_roots=("../../../sdks",))
    pinned = place.project("w/x [1]/q", sdk_roots=("../../../sdks",), variables={"GOWORK": "off"})
    auto = place.project("w/x [1]/r", sdk_roots=("../../../sdks",), variables={"GOWORK": "auto"})
    for directory, text in ((project, "go 1.27.3"), (pinned, "go 1.27.3"), (place.root / "w", "go 1.22.1")):
        (directory / ("go.work" if directory.name == "w" else "go.mod")).write_text(text)
    (place.root / "other.work").write_text("go 1.21.13\n")
    enter = f". {launcher(project)}; $env:GOROOT; . {launcher(project)} pop"
    script = (
        f"{enter}; $env:GOWORK = 'off'; {enter}; $env:GOWORK = \"$env:OUT/other.work\"; {enter}; "
        f"$env:GOWORK = $null; . {launcher(pinned)}; $env:GOROOT"
    )
    script += (
        f"; . {launcher(pinned)} pop; $env:GOWORK = 'auto'; {enter}; $env:GOWORK = $null; "
        f". {launcher(auto)}; $env:GOROOT; . {launcher(auto)} pop"
    )
    done = place.run(f"{script}; $env:GOWORK = '/none.work'; {enter}", mode)
    assert [Path(line).name for line in done.stdout.split("\n") if line] == [
        "go1.22.1",
        "go1.27.3",
        "go1.21.13",
        "go1.27.3",
        "go1.22.1",
        "go1.22.1",
    ]
    assert "/none.work cannot be read" in done.stderr


@pytest.mark.parametrize("family", ["windows", "posix"])
def test_windows_powershell_5_1_can_parse_it(family: str, place: Place) -> None:
    """By its grammar; and it takes what is not ASCII for UTF-8 because of the mark."""
    windows = family == "windows"
    directory, sdks = ("C:\\工", (r"..\sdks", r"%USERPROFILE%\sdk")) if windows else ("/工", ("../sdks", "~/sdk"))
    for options in ({"sdk_roots": sdks}, {"goroot": sdks[0]}, {}):
        data = render_ps1(
            Project(family, directory, gopath=("g",), gobin="b", variables={"GOX": ODD}, path=("p",), **options)
        )
        assert data.startswith(b"\xef\xbb\xbf")
        (place.root / "x.ps1").write_bytes(data)
        done = subprocess.run(
            [PWSH, "-Check", str(place.root / "x.ps1"), "-Strict51"], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout + done.stderr) == (0, "")


# --- under Wine ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def prefix(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prefix]:
    if not PWSH_EXE:
        pytest.skip("DEVBOX_PWSH_EXE names no PowerShell for Wine")
    with Prefix.create(tmp_path_factory.mktemp("launchers") / "prefix", packages=False) as found:
        engine = powershell.engine(PWSH_EXE)
        assert engine is not None
        powershell.install(found, engine)
        found.must_have_drives()
        yield found


@pytest.mark.windows
@modes
def test_on_windows(mode: str, prefix: Prefix) -> None:
    """With the real go.exe: chosen, pinned, left."""
    base = rf"C:\ps\{mode}"
    names = {"a": rf"{base}\工程 & (x)'^% [1]", "b": rf"{base}\b b"}
    projects = {
        "a": Project(
            "windows",
            names["a"],
            sdk_roots=("C:\\", r"%USERPROFILE%\sdk"),
            gopath=("gp", r"C:\x y"),
            variables={"GOX": ODD, "GOTOOLCHAIN": "local"},
        ),
        "b": Project("windows", names["b"], goroot=r"..\..\..\Go1.27.3", gobin="bin", path=(r"%USERPROFILE%\tools",)),
    }
    for name, project in projects.items():
        directory = prefix.unix_path(names[name])
        directory.mkdir(parents=True)
        (directory / "go-env.ps1").write_bytes(render_ps1(project))
    (prefix.unix_path(names["a"]) / "go.mod").write_text("module x\n\ngo 1.21.13 // x\n")
    script = f"""
        $ErrorActionPreference = 'Stop'
        function show {{ "$env:GOROOT|$env:GOPATH|$env:GOBIN|$env:GOX|$env:PATH|$env:_GO_ENV_DEPTH" }}
        show
        . {quote(names["a"] + chr(92) + "go-env.ps1")}
        show
        & "$env:GOROOT\\bin\\go.exe" env GOVERSION
        . {quote(names["b"] + chr(92) + "go-env.ps1")}
        show
        & "$env:GOROOT\\bin\\go.exe" env GOVERSION
        . {quote(names["a"] + chr(92) + "go-env.ps1")} pop
        show
        . {quote(names["a"] + chr(92) + "go-env.ps1")} pop
        show
    """
    (prefix.unix_path(base) / "script.ps1").write_text(script, encoding="utf-8-sig")
    engine = rf"{powershell.HOME}\powershell.exe"
    command = f"$ExecutionContext.SessionState.LanguageMode = '{mode}'; . {base}\\script.ps1"
    done = prefix.run(rf'{engine} -NoProfile -NonInteractive -Command "{command}"', timeout=120)
    lines = done.stdout.decode().splitlines()
    assert done.rc == 0, done.stderr.decode() + done.stdout.decode()
    before = lines[0].split("|")
    path = before[-2]
    home = prefix.environment()["USERPROFILE"]
    outer = rf"C:\Go1.21.13\bin;{names['a']}\gp\bin;{path}"
    first = "|".join((r"C:\Go1.21.13", rf"{names['a']}\gp;C:\x y", "", ODD, outer, "1"))
    second = "|".join(
        (r"C:\Go1.27.3", "", rf"{names['b']}\bin", "", rf"C:\Go1.27.3\bin;{names['b']}\bin;{home}\tools;{outer}", "2")
    )
    assert lines == [lines[0], first, "go1.21.13", second, "go1.27.3", first, lines[0]]
