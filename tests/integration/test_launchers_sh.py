# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""go-env.sh and .envrc in real shells."""

from __future__ import annotations

import re
import shutil
import string
import subprocess
import tempfile
import typing as t
from pathlib import Path

import pytest
import tracing
from hypothesis import given, settings
from hypothesis import strategies as st
from launching import CHOICES, INSTALLED, REFUSED, around, entered, install
from winhost import sdk

from ansible_collections.gopher.devbox.plugins.module_utils._editors.project import Project
from ansible_collections.gopher.devbox.plugins.module_utils._formats.launchers import render_envrc, render_sh

SYSTEM = "/usr/local/bin:/usr/bin:/bin"
SHELLS = {
    "dash": ["dash"],
    "bash": ["bash", "--norc"],
    "bash as sh": ["bash", "--posix", "--norc"],
    "zsh": ["zsh", "-f"],
    "zsh as sh": ["zsh", "--emulate", "sh", "-f"],
}
#: shells that let a script know where it stands when it is read
KNOWING = ("bash", "bash as sh", "zsh", "zsh as sh")
#: what shells set by themselves
THEIRS = ("PWD", "OLDPWD", "SHLVL", "_", "LC_ALL", "LOGNAME")
ODD = 'it\'s "q" & | $HOME $(touch hacked) `touch hacked` \\ \\n ! % ^ * ~ #工具'

every_shell = pytest.mark.parametrize("shell", SHELLS)


@pytest.fixture(scope="module", autouse=True)
def shells() -> None:
    missing = [name for name in ("dash", "bash", "zsh", "strace") if not shutil.which(name)]
    assert not missing, f"These must be installed for the tests: {', '.join(missing)}"


class Place:
    """A directory for projects, with SDKs, a home, and shells that are given commands."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.home = root / "home"
        self.home.mkdir()
        self.sdks = root / "sdks"
        self.sdks.mkdir()

    def project(self, name: str, **options: t.Any) -> Path:
        directory = self.root / name
        directory.mkdir(parents=True, exist_ok=True)
        project = Project("posix", str(directory), **options)
        (directory / "go-env.sh").write_bytes(render_sh(project))
        (directory / ".envrc").write_bytes(render_envrc(project))
        return directory

    def run(
        self, shell: str, script: str, environment: t.Mapping[str, str] | None = None, *arguments: str
    ) -> subprocess.CompletedProcess[str]:
        file = self.root / "script"
        # The way of each test to look at an environment: a program's.
        file.write_text('show() { LC_ALL=C /usr/bin/env -0 >"$OUT/$1"; }\n' + script)
        words = [*SHELLS[shell], str(file), *arguments]
        environment = {"PATH": SYSTEM, **(environment or {}), "HOME": str(self.home), "OUT": str(self.root)}
        return subprocess.run(
            words,
            env=environment,
            cwd=self.root,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            stdin=subprocess.DEVNULL,
        )

    def shown(self, name: str) -> dict[str, str]:
        """The environment that `show NAME` saw, without what launchers keep."""
        found = self.everything(name)
        return {key: value for key, value in found.items() if not key.startswith("_GO_ENV_")}

    def everything(self, name: str) -> dict[str, str]:
        pairs = (item.partition("=") for item in (self.root / name).read_bytes().decode().split("\0") if item)
        return {key: value for key, _is, value in pairs if key not in THEIRS}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def quote(text: object) -> str:
    return "'" + str(text).replace("'", "'\\''") + "'"


def fine(done: subprocess.CompletedProcess[str]) -> None:
    assert (done.returncode, done.stderr) == (0, ""), done.stderr


@every_shell
def test_two_projects_one_in_the_other(shell: str, place: Place) -> None:
    """What is entered twice is left once; what the outer one sets and the inner one does not, is for the inner one as
    it was before both.
    """
    one, two = install(place.sdks, "1.21.13"), install(place.sdks, "1.27.3")
    odd = place.project(
        "a b'c",
        goroot="../sdks/go1.21.13",
        gopath=("go path", "/w/x y"),
        variables={"GOFLAGS": ODD, "GOX": "x"},
        path=("tools", "~/bin"),
    )
    inner = place.project("工程 $x;&", goroot=str(two), gobin="bin/", variables={"GOX": "y"})
    script = f"""
        set -eu
        show 0
        . {quote(odd)}/go-env.sh; show 1
        . {quote(odd)}/go-env.sh; show 2
        . {quote(inner)}/go-env.sh; show 3
        go_env pop; show 4
        go_env pop; show 5
    """
    before = {"GOPATH": "/mine", "GOBIN": "", "GOX": "a\nb", "PATH": f":{SYSTEM}::/x y:"}
    fine(place.run(shell, script, before))
    shown = [place.shown(str(number)) for number in range(6)]
    values = {"GOROOT": str(one), "GOPATH": f"{odd}/go path:/w/x y", "GOFLAGS": ODD, "GOX": "x"}
    assert shown[1] == entered(
        shown[0], values, [f"{one}/bin", f"{odd}/go path/bin", f"{odd}/tools", f"{place.home}/bin"], ":"
    )
    assert shown[2] == shown[4] == shown[1]
    values = {"GOROOT": str(two), "GOBIN": f"{inner}/bin", "GOX": "y"}
    assert shown[3] == {
        **entered(shown[0], values, [f"{two}/bin", f"{inner}/bin"], ":"),
        "PATH": f"{two}/bin:{inner}/bin:{shown[1]['PATH']}",
    }
    assert place.everything("5") == shown[0] == place.everything("0")


@every_shell
def test_start_files_are_told_which_project_is_entered(shell: str, place: Place) -> None:
    """By one pair: the names that are set, and the entries of all projects; what a program without frames (VS Code,
    direnv) said is kept.
    """
    root = install(place.sdks, "1.27.3")
    outer = place.project("outer", goroot=str(root), variables={"GOX": "x"})
    inner = place.project("inner", gopath=("gp",))
    script = (
        f"set -eu; . {quote(outer)}/go-env.sh; show 1; . {quote(inner)}/go-env.sh; show 2; go_env pop; show "
        f"3; go_env pop; show 4"
    )
    for before, names, entries in (
        ({}, "", ""),
        ({"_GO_ENV_NAMES": "GOX GOY ", "_GO_ENV_PATH": "/code:"}, " GOY", ":/code:"),
    ):
        fine(place.run(shell, script, before))
        pairs = [
            tuple(place.everything(str(number)).get(name) for name in ("_GO_ENV_NAMES", "_GO_ENV_PATH"))
            for number in range(1, 5)
        ]
        once = (f"GOROOT GOX{names}", f"{root}/bin{entries}")
        both = (f"GOPATH GOROOT{names}", f"{inner}/gp/bin:{root}/bin{entries}")
        assert pairs == [once, both, once, (before.get("_GO_ENV_NAMES"), before.get("_GO_ENV_PATH"))]


@every_shell
def test_a_project_without_an_sdk_in_one_with_an_sdk(shell: str, place: Place) -> None:
    """The go of the outer one stays on PATH, so its GOROOT stays as well."""
    root = install(place.sdks, "1.27.3")
    outer, inner = (
        place.project("outer", goroot=str(root), variables={"GOX": "x"}),
        place.project("inner", gopath=("gp",)),
    )
    script = (
        f"set -eu; . {quote(outer)}/go-env.sh; . {quote(inner)}/go-env.sh; show 1; go_env pop; show 2; "
        f"go_env pop; show 3"
    )
    fine(place.run(shell, script, {"GOROOT": "/mine"}))
    found = [(shown.get("GOROOT"), shown.get("GOX")) for shown in map(place.shown, "123")]
    assert found == [(str(root), None), (str(root), "x"), ("/mine", None)]


@every_shell
def test_the_real_go(shell: str, place: Place) -> None:
    for version in ("1.21.13", "1.27.3"):
        (place.sdks / version).symlink_to(sdk.sdk_dir(version, sdk.LINUX))
    project = place.project("p", sdk_roots=("../sdks",), gopath=("gp",), variables={"GOTOOLCHAIN": "local"})
    (project / "go.mod").write_text("module x\n\ngo 1.21.13\n")
    done = place.run(
        shell,
        f"cd {quote(project)}; . ./go-env.sh && go env GOVERSION GOROOT GOPATH && go_env pop && command -v go || "
        f"echo none",
        {"PATH": "/usr/bin:/bin"},
    )
    assert done.stdout.splitlines() == ["go1.21.13", f"{place.sdks}/1.21.13", f"{project}/gp", "none"], done.stderr


@every_shell
def test_what_somebody_did_to_path_meanwhile_stays(shell: str, place: Place) -> None:
    root = install(place.sdks, "1.27.3")
    project = place.project("p", goroot=str(root), path=("/t",))
    enter = f". {quote(project)}/go-env.sh"
    script = f"""
        {enter}; PATH=/new:$PATH:/late; go_env pop; show around; PATH=/usr/bin
        {enter}; PATH={root}/bin:/between:/t:/usr/bin; go_env pop; show between; PATH=/usr/bin
        {enter}; PATH=/only; go_env pop; show gone; PATH=/usr/bin
        PATH={root}/bin:/usr/bin; {enter}; go_env pop; show doubled
        PATH=; {enter}; show empty1; go_env pop; show empty2
        unset PATH; {enter}; show unset1; go_env pop; show unset2
    """
    fine(place.run(shell, script))
    found = {
        name: place.everything(name).get("PATH")
        for name in ("around", "between", "gone", "doubled", "empty1", "empty2", "unset1", "unset2")
    }
    ours = f"{root}/bin:/t"
    assert found == {
        "around": f"/new:{SYSTEM}:/late",
        "between": "/between:/usr/bin",
        "gone": "/only",
        "doubled": f"{root}/bin:/usr/bin",
        "empty1": ours,
        "empty2": "",
        "unset1": ours,
        "unset2": None,
    }


@every_shell
def test_a_shell_below_can_leave(shell: str, place: Place) -> None:
    root = install(place.sdks, "1.27.3")
    project = place.project("p", goroot=str(root))
    below = f"set -- pop; . {quote(project)}/go-env.sh; show below"
    inner = quote("show() { LC_ALL=C /usr/bin/env -0 >$OUT/$1; }; " + below)
    script = f". {quote(project)}/go-env.sh; show 1; {' '.join(SHELLS[shell])} -c {inner}; show 2"
    fine(place.run(shell, "show 0;" + script))
    assert place.everything("below") == place.everything("0")
    assert place.everything("2") == place.everything("1") != place.everything("0")


@every_shell
def test_nothing_to_leave(shell: str, place: Place) -> None:
    project = place.project("p", gopath=("gp",))
    done = place.run(
        shell,
        f". {quote(project)}/go-env.sh; go_env pop; show 1; go_env pop; echo $?; show 2; go_env other; echo $?; show 3",
    )
    assert done.stdout == "1\n2\n"
    assert "nothing to leave" in done.stderr
    assert place.everything("1") == place.everything("2") == place.everything("3")


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_its_name_where_a_shell_allows_it(shell: str, place: Place) -> None:
    project = place.project("p", gopath=("gp",))
    fine(
        place.run(
            shell,
            f"show 0; cd {quote(project)}; . ./go-env.sh; go-env pop; show 1; . ./go-env.sh; . ./go-env.sh pop; show 2",
        )
    )
    assert place.everything("0") == place.everything("1") == place.everything("2")


@every_shell
def test_a_scripts_own_arguments_are_not_taken(shell: str, place: Place) -> None:
    project = place.project("p", gopath=("gp",))
    fine(place.run(shell, f". {quote(project)}/go-env.sh; show 1; echo $1", None, "run", "x"))
    assert place.shown("1")["GOPATH"] == f"{project}/gp"


def choices(place: Place, shell: str, texts: t.Sequence[str]) -> list[tuple[str, str]]:
    """What is entered for each go.mod, as GOROOT's name ('' when it is not set), and the message."""
    for version in INSTALLED:
        install(place.sdks, version)
    around(place.sdks)
    project = place.project("m/n/p", sdk_roots=("~/none", "../../../sdks"))
    lines = [f"cd {quote(project)}"]
    for number, text in enumerate(texts):
        (project / f"{number}.mod").write_text(text, newline="")
        lines.append(
            f'cp {number}.mod go.mod; . ./go-env.sh 2>$OUT/{number}.err; echo "$? ${{GOROOT-}}"; go_env pop '
            f"2>/dev/null; show {number}"
        )
    done = place.run(shell, "show before\n" + "\n".join(lines))
    before = place.everything("before")
    found = []
    for number, line in enumerate(done.stdout.splitlines()):
        status, root = line.split(" ")
        message = (place.root / f"{number}.err").read_text()
        assert (status == "0", bool(root), not message) in ((True, True, True), (False, False, False)), (
            texts[number],
            line,
            message,
        )
        assert place.everything(str(number)) == before, texts[number]
        found.append((Path(root).name.removeprefix("go"), message))
    assert not list(place.root.rglob("hacked"))
    return found


@every_shell
def test_the_sdk_is_chosen_by_go_mod(shell: str, place: Place) -> None:
    assert [root for root, _message in choices(place, shell, [text for text, _version in CHOICES])] == [
        version for _text, version in CHOICES
    ]


@every_shell
def test_what_cannot_be_served_or_is_no_version(shell: str, place: Place) -> None:
    for (root, message), (text, words) in zip(
        choices(place, shell, [text for text, _words in REFUSED]), REFUSED, strict=True
    ):
        assert (root, words in message) == ("", True), (text, message)
        if "not a version" not in words:
            assert "go1.27.3" in message  # what was found
            assert f"{place.home}/none or {place.sdks}" in message


@every_shell
def test_the_work_file_counts_and_not_the_module(shell: str, place: Place) -> None:
    for version in ("1.21.13", "1.22.1", "1.27.3"):
        install(place.sdks, version)
    project = place.project("w/x/p", sdk_roots=("../../../sdks",))
    pinned = place.project("w/x/q", sdk_roots=("../../../sdks",), variables={"GOWORK": "off"})
    auto = place.project("w/x/r", sdk_roots=("../../../sdks",), variables={"GOWORK": "auto"})
    for directory, text in ((project, "go 1.27.3"), (pinned, "go 1.27.3"), (place.root / "w", "go 1.22.1")):
        (directory / ("go.work" if directory.name == "w" else "go.mod")).write_text(text)
    (place.root / "other.work").write_text("go 1.21.13\n")
    enter = f". {quote(project)}/go-env.sh && echo ${{GOROOT##*/}}; go_env pop"
    of_its_own = [f". {quote(directory)}/go-env.sh; echo ${{GOROOT##*/}}; go_env pop" for directory in (pinned, auto)]
    script = (
        f"{enter}; GOWORK=off; {enter}; GOWORK=$OUT/other.work; {enter}; GOWORK=auto; {enter}; unset "
        f"GOWORK; {'; '.join(of_its_own)}; GOWORK=/none; {enter}"
    )
    done = place.run(shell, script)
    assert done.stdout.split() == ["go1.22.1", "go1.27.3", "go1.21.13", "go1.22.1", "go1.27.3", "go1.22.1"]
    assert "/none cannot be read" in done.stderr


@every_shell
def test_a_pinned_sdk_that_is_gone(shell: str, place: Place) -> None:
    project = place.project("p", goroot="../sdks/go1.27.3", gopath=("gp",))
    done = place.run(shell, f"show 0; . {quote(project)}/go-env.sh; echo $?; show 1")
    assert done.stdout == "1\n"
    assert f"{place.sdks}/go1.27.3 is not there" in done.stderr
    assert place.everything("0") == place.everything("1")


OPTIONS = {
    "dash": ["set -euf", "IFS=/:o", "alias cd=false case=false"],
    "bash": [
        "set -euf",
        "IFS=/:o",
        "shopt -s nocasematch failglob nullglob extglob",
        "shopt -s expand_aliases; alias read=false unset=false",
        "set -o posix",
    ],
    "zsh": [
        "set -euf",
        "IFS=/:o",
        "setopt ksharrays shwordsplit globsubst nullglob extendedglob",
        "setopt nomatch noglob",
        "alias -g GOROOT=x; alias read=false",
    ],
}


@pytest.mark.parametrize(
    ("shell", "option"), [(shell, option) for shell, options in OPTIONS.items() for option in options]
)
def test_whatever_options_a_shell_has(shell: str, option: str, place: Place) -> None:
    root = install(place.sdks, "1.27.3")
    project = place.project(
        "A p", sdk_roots=("../sdks", "../*"), gopath=("go/o:o".split(":")), path=("/opt/Go", "/opt/go")
    )
    state = {"dash": "set -o", "bash": "set -o; shopt; alias", "zsh": "setopt; alias"}[shell]
    script = (
        f'{option}\nshow 0\n{state} >"$OUT/s0"\n. {quote(project)}/go-env.sh\nshow 1\ngo_env pop\n{state} '
        f'>"$OUT/s1"\nshow 2\n'
    )
    fine(place.run(shell, script))
    before = place.everything("0")
    values = {"GOROOT": str(root), "GOPATH": f"{project}/go/o:{project}/o"}
    assert place.shown("1") == entered(
        before, values, [f"{root}/bin", f"{project}/go/o/bin", "/opt/Go", "/opt/go"], ":"
    )
    assert place.everything("2") == before
    assert (place.root / "s0").read_text() == (place.root / "s1").read_text()


@every_shell
def test_no_variables_are_left_and_no_process_is_made(shell: str, place: Place) -> None:
    for version in INSTALLED:
        install(place.sdks, version)
    project = place.project("p", sdk_roots=("../sdks",), gopath=("gp",), variables={"GOX": "1"})
    (project / "go.mod").write_text("go 1.22.1\n")
    (place.root / "script").write_text(f"set >$OUT/before\n. {quote(project)}/go-env.sh\ngo_env pop\nset >$OUT/after\n")
    trace = place.root / "trace"
    words = [*tracing.STRACE, "-o", str(trace), *SHELLS[shell], str(place.root / "script")]
    subprocess.run(
        words, env={"PATH": SYSTEM, "HOME": str(place.home), "OUT": str(place.root)}, check=True, capture_output=True
    )
    found = tracing.read(trace.read_text(errors="replace"))
    assert (found.processes, found.programs) == (0, 1), trace.read_text(errors="replace")
    names = [
        set(re.findall(r"(?m)^(\w+)=", (place.root / name).read_text(errors="replace"))) for name in ("before", "after")
    ]
    assert {
        name for name in names[1] - names[0] if "g" in name and "_ge_" in name or name.startswith(("GO", "_GO"))
    } == set()


def test_a_shell_that_does_not_know_where_a_script_stands(place: Place) -> None:
    project = place.project("p", gopath=("gp",))
    fine(place.run("dash", f". {quote(project)}/go-env.sh; show 1"))
    assert place.shown("1")["GOPATH"] == f"{project}/gp"
    moved = project.rename(place.root / "moved")
    done = place.run("dash", f"show 0; . {quote(moved)}/go-env.sh; echo $?; show 1")
    assert done.stdout == "1\n"
    assert str(project) in done.stderr
    assert place.everything("0") == place.everything("1")


@pytest.mark.parametrize("shell", KNOWING)
def test_a_project_that_moved(shell: str, place: Place) -> None:
    moved = place.project("p", gopath=("gp",)).rename(place.root / "moved $x")
    fine(
        place.run(
            shell, f"cd {quote(moved)}; . ./go-env.sh; show 1; go_env pop; cd ..; . moved\\ \\$x/go-env.sh; show 2"
        )
    )
    assert place.shown("1")["GOPATH"] == place.shown("2")["GOPATH"] == f"{moved}/gp"


# --- run by itself ---------------------------------------------------------------------------------------------------


@every_shell
def test_run(shell: str, place: Place) -> None:
    root = install(place.sdks, "1.27.3")
    project = place.project("p q", goroot=str(root), variables={"GOFLAGS": ODD})
    launcher = f"{' '.join(SHELLS[shell])} {quote(project)}/go-env.sh"
    done = place.run(
        shell,
        f"{launcher} run go; {launcher} run sh -c 'printf \"<%s>\" \"$@\"; exit 7' sh 'a  b' '' {quote(ODD)}; "
        f"echo $?; {launcher} run; echo $?",
    )
    assert done.stdout == f"go1.27.3\n<a  b><><{ODD}>7\n2\n"
    assert "run wants the program" in done.stderr
    fine(place.run(shell, f"{launcher} run env -0 >$OUT/1"))
    assert place.shown("1") | {"PATH": ""} == {
        "GOROOT": str(root),
        "GOFLAGS": ODD,
        "HOME": str(place.home),
        "OUT": str(place.root),
        "PATH": "",
    }


@every_shell
def test_env(shell: str, place: Place) -> None:
    root = install(place.sdks, "1.27.3")
    project = place.project("p q", goroot=str(root), gopath=("a", "b"), variables={"GOFLAGS": ODD})
    launcher = f"{' '.join(SHELLS[shell])} ./go-env.sh"
    done = place.run(
        shell,
        f"cd {quote(project)}; {launcher} env '.env x'; echo $?; {launcher} env no/such; echo $?; {launcher} "
        f"env; echo $?; {launcher}; echo $?",
    )
    assert done.stdout == "0\n1\n2\n2\n"
    lines = [
        f"GOROOT={root}",
        f"GOPATH={project}/a:{project}/b",
        f"GOFLAGS={ODD}",
        f"PATH={root}/bin:{project}/a/bin:{SYSTEM}",
    ]
    lines += ["_GO_ENV_NAMES=GOROOT GOPATH GOFLAGS", f"_GO_ENV_PATH={root}/bin:{project}/a/bin"]
    assert (project / ".env x").read_text() == "\n".join(lines) + "\n"
    assert sorted(path.name for path in project.iterdir()) == [".env x", ".envrc", "go-env.sh"]
    assert "changes no shell" in done.stderr
    shutil.rmtree(root)
    done = place.run(shell, f"cd {quote(project)}; {launcher} env '.env x'; echo $?; {launcher} run true; echo $?")
    assert done.stdout == "1\n1\n"
    assert (project / ".env x").read_text() == "\n".join(lines) + "\n"


# --- any text --------------------------------------------------------------------------------------------------------

texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20) | st.text(
    string.punctuation + " ", min_size=1, max_size=12
)
names = texts.filter(
    lambda text: ":" not in text and "/" not in text and text not in (".", "..") and len(text.encode()) < 200
)


@settings(max_examples=40)
@given(
    names,
    st.dictionaries(st.sampled_from(["GOFLAGS", "GOPROXY", "CC", "X_1"]), texts),
    st.lists(names, max_size=3),
    texts,
)
def test_any_text_arrives_exactly(name: str, variables: dict[str, str], path: list[str], former: str) -> None:
    with tempfile.TemporaryDirectory() as directory:
        place = Place(Path(directory))
        project = place.project(f"w/{name}", variables=variables, path=tuple(f"./{entry}" for entry in path))
        for shell in SHELLS:
            fine(
                place.run(
                    shell,
                    f"show 0; . {quote(project)}/go-env.sh; show 1; go_env pop; show 2",
                    {"GOFLAGS": former, "CC": ""},
                )
            )
            wanted = entered(
                place.everything("0"), variables, list(dict.fromkeys(f"{project}/{entry}" for entry in path)), ":"
            )
            assert place.shown("1") == wanted, shell
            assert place.everything("2") == place.everything("0"), shell


# --- direnv ----------------------------------------------------------------------------------------------------------


def test_direnv(place: Place) -> None:
    if not shutil.which("direnv"):
        pytest.skip("direnv is not installed")
    root = install(place.sdks, "1.22.5")
    project = place.project("d d", sdk_roots=("../sdks",), gopath=("gp",), variables={"GOFLAGS": ODD}, path=("tools",))
    environment = {"PATH": SYSTEM, "HOME": str(place.home)}

    def direnv(*words: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            ["direnv", *words], env=environment, cwd=project, capture_output=True, check=False, stdin=subprocess.DEVNULL
        )

    assert direnv("allow").returncode == 0
    (place.root / "1").write_bytes(direnv("exec", ".", "env", "-0").stdout)
    found = {name: value for name, value in place.everything("1").items() if not name.startswith("DIRENV_")}
    values = {"GOROOT": str(root), "GOPATH": f"{project}/gp", "GOFLAGS": ODD}
    entries = [f"{root}/bin", f"{project}/gp/bin", f"{project}/tools"]
    values |= {"_GO_ENV_NAMES": "GOROOT GOPATH GOFLAGS", "_GO_ENV_PATH": ":".join(entries)}
    assert found == entered(environment, values, entries, ":")
    (project / "go.mod").write_text("go 1.29\n")
    failed = direnv("exec", ".", "env", "-0")
    assert b"wants go1.29.0" in failed.stderr
    assert b"GOROOT" not in failed.stdout


# --- Git Bash --------------------------------------------------------------------------------------------------------


def test_windows_directories_in_git_bash(place: Place) -> None:
    """What Git Bash would see: PATH as it spells it, the others as Windows programs want them. Its state is its own."""
    directory = place.root / "p"
    directory.mkdir()
    project = Project(
        "windows",
        r"C:\p",
        gopath=("C:\\w\\x y", r"\\srv\share\go"),
        gobin="D:/tools/",
        variables={"GOX": ODD},
        path=(r"%USERPROFILE%\bin", r"rel\x"),
    )
    (directory / "go-env.sh").write_bytes(render_sh(project))
    fine(
        place.run("bash", f"show 0; . {quote(directory)}/go-env.sh; show 1; go_env pop; show 2", {"_GO_ENV_DEPTH": "3"})
    )
    values = {"GOPATH": "C:/w/x y;//srv/share/go", "GOBIN": "D:/tools", "GOX": ODD}
    assert place.shown("1") == entered(
        place.shown("0"), values, ["/D/tools", f"{place.home}/bin", f"{directory}/rel/x"], ":"
    )
    assert place.everything("2") == place.everything("0")


def test_a_path_that_cmd_would_not_read(place: Place) -> None:
    directory = place.root / "p"
    directory.mkdir()
    (directory / "go-env.sh").write_bytes(render_sh(Project("windows", r"C:\p", path=("x",))))
    done = place.run("bash", f". {quote(directory)}/go-env.sh; echo $?", {"PATH": SYSTEM + ":/" + "x" * 8192})
    assert done.stdout == "0\n"
    assert "longer than 8191" in done.stderr
