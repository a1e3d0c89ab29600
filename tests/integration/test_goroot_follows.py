# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GOROOT and the go that runs are one decision, in real shells: with start files as people write them, both scopes, and
projects that are entered.

The system scope's hooks are put on top of a home's start files here: shells read the files in `/etc` just before those
of the home.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import typing as t
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from unit.shellmodel import RealDisk

from ansible_collections.gopher.devbox.plugins.module_utils._core.record import Record
from ansible_collections.gopher.devbox.plugins.module_utils._core.values import Value, Variables
from ansible_collections.gopher.devbox.plugins.module_utils._editors.project import Project
from ansible_collections.gopher.devbox.plugins.module_utils._formats import blocks
from ansible_collections.gopher.devbox.plugins.module_utils._formats.launchers import render_envrc, render_sh
from ansible_collections.gopher.devbox.plugins.module_utils._formats.shellenv import (
    INHERITED,
    Settings,
    format_source,
    hook,
)
from ansible_collections.gopher.devbox.plugins.module_utils._media.rc_places import (
    BLOCK,
    Existing,
    Ground,
    RcLayout,
    block_of,
    file_of,
    places,
)
from ansible_collections.gopher.devbox.plugins.module_utils._media.startfile_medium import START_FILES

SYSTEM = "/usr/local/bin:/usr/bin:/bin"
SHELLS = ("sh", "bash", "zsh", "fish")
#: how each is started, by what it then reads
WAYS = {
    "sh": [["dash", "-l", "-c"]],
    "bash": [["bash", "-l", "-c"], ["bash", "-i", "-c"], ["bash", "-l", "-i", "-c"]],
    "zsh": [["zsh", "-c"], ["zsh", "-l", "-c"], ["zsh", "-i", "-c"], ["zsh", "-l", "-i", "-c"]],
    "fish": [["fish", "-c"], ["fish", "-l", "-c"]],
}
#: the file of a shell whose lines people write into
FILES = {"sh": ".profile", "bash": ".bashrc", "zsh": ".zshrc", "fish": ".config/fish/config.fish"}
DISK = RealDisk()


@pytest.fixture(scope="module", autouse=True)
def shells() -> None:
    missing = [name for name in ("dash", "bash", "zsh", "fish") if not shutil.which(name)]
    assert not missing, f"These must be installed for the tests: {', '.join(missing)}"


@pytest.fixture(scope="module")
def sdks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """What passes for SDKs; `shims` has a go that is no SDK's, `gone` nothing, and `link` leads to `one`."""
    root = tmp_path_factory.mktemp("sdks")
    for name in ("one", "two", "three", "old"):
        (root / name / "bin").mkdir(parents=True)
        (root / name / "VERSION").write_text("go1.27.3\n")
    (root / "shims").mkdir()
    for place in [*root.glob("*/bin"), root / "shims"]:
        (place / "go").write_text("#!/bin/sh\n")
        (place / "go").chmod(0o755)
    (root / "link").symlink_to("one")
    return {name: root / name for name in ("one", "two", "three", "old", "shims", "gone", "link")}


@dataclass(frozen=True)
class Scope:
    """What a scope sets. goroot: an SDK; only on PATH with `on_path` alone."""

    goroot: str = ""
    on_path: str = ""
    last: bool = False
    sweep: bool = False
    former: tuple[str, ...] = ()

    def settings(self, system: bool) -> Settings:
        entries = tuple(f"{root}/bin" for root in dict.fromkeys((self.goroot, self.on_path)) if root)
        entries = (*entries, "/w/system/bin" if system else "/w/mine/bin")
        path = (INHERITED, *entries) if self.last else (*entries, INHERITED)
        return Settings(
            {"GOROOT": self.goroot} if self.goroot else {}, path, (), {"GOROOT": self.former}, self.sweep, system
        )


class Home:
    """A home with start files."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.config = root / ".config"

    def write(self, shell: str, lines: str) -> None:
        file = self.root / FILES[shell]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(lines)

    def provision(self, scope: Scope) -> None:
        """As go_rcfile does in user scope."""
        settings = scope.settings(system=False)
        ground = Ground(False, False, str(self.root), str(self.config))
        found = places(ground, Existing(frozenset(str(path) for path in self.root.iterdir())))
        layout = RcLayout(START_FILES, ground, found, SHELLS)
        layout.shared = [str(self.root / name) for name in FILES.values() if (self.root / name).exists()]
        variables = Variables(
            [
                *((name, Value(text)) for name, text in settings.variables.items()),
                ("PATH", Value(":".join(settings.path))),
            ]
        )
        record = Record(former=dict(settings.former), sweep=("path",) if settings.sweep else ())
        for name, hook_text in layout.hooks(variables, record).items():
            text = hook_text.replace("/etc/gopher-devbox/env.sh", str(self.root / "system.sh"))
            file, place = Path(file_of(name)), layout.places[name]
            file.parent.mkdir(parents=True, exist_ok=True)
            if place.kind != BLOCK:
                file.write_text(text)
                continue
            data = file.read_bytes() if file.exists() else None
            file.write_bytes(blocks.put(data, text, "top" if place.top else "end", block_of(name)))

    def provision_system(self, scope: Scope) -> None:
        """Before all that the home's own files say."""
        source = self.root / "system.sh"
        source.write_text(format_source(scope.settings(system=True)))
        for shell, file in (("sh", ".profile"), ("bash", ".bashrc"), ("zsh", ".zshenv")):
            place = self.root / file
            place.write_text(hook(shell, str(source)) + (place.read_text() if place.exists() else ""))
        drop_in = self.config / "fish" / "conf.d" / "zz-system.fish"
        drop_in.parent.mkdir(parents=True, exist_ok=True)
        drop_in.write_text(hook("fish", str(source), user_source="/.config/gopher-devbox/env.sh"))

    def start(
        self, words: t.Sequence[str], script: str = "/usr/bin/env -0", env: t.Mapping[str, str] | None = None
    ) -> dict[str, str]:
        """The environment that a shell started so has, or one that its script prints."""
        given = {"PATH": SYSTEM, "HOME": str(self.root), "TERM": "dumb", **(env or {})}
        done = subprocess.run(
            [*words, script],
            env=given,
            capture_output=True,
            timeout=60,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        text = done.stdout.decode("utf-8", "surrogateescape")
        assert "\0" in text, (words, done.stderr)
        found = dict(item.partition("=")[::2] for item in text.split("\0") if "=" in item)
        return {
            name: value for name, value in found.items() if name not in ("_", "SHLVL", "PWD", "OLDPWD", "TERM", "SHELL")
        }


def first_go(environment: t.Mapping[str, str]) -> str | None:
    return next((entry for entry in environment.get("PATH", "").split(":") if DISK.has_go(entry)), None)


def is_mixed(environment: t.Mapping[str, str]) -> bool:
    """Whether the go that runs is another one than GOROOT's."""
    root, first = environment.get("GOROOT"), first_go(environment)
    return bool(root) and first is not None and not DISK.same_go(f"{root}/bin", first)


#: lines of start files as people write them: for sh, bash and zsh, and for fish; {sdk} is an SDK
LINES = {
    "both": (
        "export GOROOT={sdk}\nexport PATH=$GOROOT/bin:$PATH\n",
        "set -gx GOROOT {sdk}\nset -gx PATH {sdk}/bin $PATH\n",
    ),
    "both, appended": (
        "export GOROOT={sdk}\nexport PATH=$PATH:$GOROOT/bin\n",
        "set -gx GOROOT {sdk}\nset -gx PATH $PATH {sdk}/bin\n",
    ),
    "path": ("export PATH={sdk}/bin:$PATH\n", "set -gx PATH {sdk}/bin $PATH\n"),
    "appended": ("PATH=$PATH:{sdk}/bin\n", "fish_add_path --path --append {sdk}/bin\n"),
    "goroot": ("export GOROOT={sdk}\n", "set -gx GOROOT {sdk}\n"),
    "shims": ("export PATH={shims}:$PATH\n", "set -gx PATH {shims} $PATH\n"),
    "shims and goroot": (
        "export GOROOT={sdk}\nexport PATH={shims}:$PATH\n",
        "set -gx GOROOT {sdk}\nset -gx PATH {shims} $PATH\n",
    ),
    "reset": (f"PATH={SYSTEM}\n", f"set -gx PATH {SYSTEM.replace(':', ' ')}\n"),
    "unset": ("unset GOROOT\n", "set -e GOROOT\n"),
}


def lines(name: str, shell: str, sdks: t.Mapping[str, Path], sdk: str) -> str:
    return LINES[name][shell == "fish"].format(sdk=sdks[sdk], shims=sdks["shims"])


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("name", LINES)
def test_start_files_as_people_write_them(shell: str, name: str, sdks: dict[str, Path], tmp_path: Path) -> None:
    """The user scope has another SDK than these lines; also in shells started from such a shell."""
    home = Home(tmp_path)
    home.write(shell, lines(name, shell, sdks, "old"))
    theirs = any(
        is_mixed(home.start(words)) for words in WAYS[shell]
    )  # a version manager's shims choose the SDK of GOROOT themselves
    assert theirs is (name == "shims and goroot")
    home.provision(Scope(str(sdks["one"])))
    for outer in WAYS[shell]:
        found = home.start(outer)
        for seen in (found, *(home.start(inner, env=found) for inner in WAYS[shell])):
            assert not is_mixed(seen) or (theirs and seen["GOROOT"] == str(sdks["old"])), (outer, seen)
    if name in ("both, appended", "appended", "goroot", "reset", "unset") and shell != "sh":
        found = home.start([*WAYS[shell][0][:1], "-i", "-c"])
        assert (found["GOROOT"], first_go(found)) == (str(sdks["one"]), f"{sdks['one']}/bin"), (
            "the scope's own SDK is the one in use"
        )


def random_scope(pick: random.Random, sdks: t.Mapping[str, Path]) -> Scope:
    names = ["", "one", "two", "gone", "link"]
    return Scope(
        *(str(sdks[name]) if name else "" for name in pick.choices(names, k=2)),
        pick.random() < 0.2,
        pick.random() < 0.3,
    )


def check_random(seed: int, count: int, sdks: dict[str, Path], root: Path) -> None:
    pick = random.Random(seed)
    for number in range(count):
        home = Home(root / str(number))
        home.root.mkdir()
        shell = pick.choice(SHELLS)
        chosen = pick.choices(list(LINES), k=pick.randrange(3))
        home.write(shell, "".join(lines(name, shell, sdks, pick.choice(["old", "one", "three"])) for name in chosen))
        bare = {str(words): home.start(words) for words in WAYS[shell]}
        mine, everybody_s = random_scope(pick, sdks), random_scope(pick, sdks)
        if pick.random() < 0.8:
            home.provision(mine)
        else:
            mine = Scope()
        if pick.random() < 0.5:
            home.provision_system(everybody_s)
        for outer in WAYS[shell]:
            found = home.start(outer)
            for inner in (None, *WAYS[shell]):
                seen = found if inner is None else home.start(inner, env=found)
                about = (seed, number, shell, chosen, mine, everybody_s, outer, inner, seen)
                if mine == Scope():
                    continue  # lines behind the system scope's hooks cannot be put right: they are the last word
                theirs = seen.get("GOROOT") != seen.get("_GO_ENV_GOROOT")
                assert not is_mixed(seen) or (theirs and any(map(is_mixed, bare.values()))), about


def test_random_start_files_and_scopes(sdks: dict[str, Path], tmp_path: Path) -> None:
    check_random(1, 25, sdks, tmp_path)


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(2, 8))
def test_many_random_start_files_and_scopes(seed: int, sdks: dict[str, Path], tmp_path: Path) -> None:
    check_random(seed, 120, sdks, tmp_path)


# --- projects --------------------------------------------------------------------------------------------------------


def entered(home: Home, directory: Path, project: Project, env: t.Mapping[str, str]) -> dict[str, str]:
    """The environment once a project is entered in a shell that has this one."""
    directory.mkdir(exist_ok=True)
    (directory / "go-env.sh").write_bytes(render_sh(project))
    return home.start(["bash", "--norc", "-c"], f". '{directory}/go-env.sh'; /usr/bin/env -0", env)


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("same", [False, True])
def test_shells_below_a_project(shell: str, same: bool, sdks: dict[str, Path], tmp_path: Path) -> None:
    """A project's SDK stays in force in every shell below, and leaving it there gives what there is outside, with the
    same SDK too.
    """
    home = Home(tmp_path)
    scope = Scope(str(sdks["one"]))
    home.write(shell, "")
    home.provision(replace(scope, on_path=""))
    home.provision_system(Scope(str(sdks["three"])))
    root = sdks["one" if same else "two"]
    directory = tmp_path / "project"
    project = Project(
        "posix", str(directory), goroot=str(root), gopath=("/w/project",), variables={"GOFLAGS": "-mod=mod"}
    )
    outer = home.start(WAYS[shell][-1])
    assert outer["GOROOT"] == str(sdks["one"])
    inside = entered(home, directory, project, outer)
    for words in WAYS[shell]:
        below = home.start(words, env=inside)
        assert (below["GOROOT"], first_go(below), below["GOPATH"]) == (str(root), f"{root}/bin", "/w/project"), words
        assert below["PATH"] == f"{root}/bin:/w/project/bin:{outer['PATH']}", words
        if shell == "fish":
            continue  # which has no go-env of its own
        left = home.start(words, f"set -- pop; . '{directory}/go-env.sh'; /usr/bin/env -0", inside)
        outside = home.start(words, env=outer)
        assert left == outside, words
        assert left["PATH"].split(":").count(f"{sdks['one']}/bin") == 1


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("name", ["both", "both, appended", "goroot", "unset"])
def test_lines_that_set_goroot_below_a_project(shell: str, name: str, sdks: dict[str, Path], tmp_path: Path) -> None:
    """The project's SDK stays the one in use, also where no frames are kept (VS Code); left there, all is as outside of
    it.
    """
    home = Home(tmp_path)
    home.write(shell, lines(name, shell, sdks, "old"))
    home.provision(Scope(str(sdks["one"])))
    two = sdks["two"]
    directory = tmp_path / "project"
    outer = home.start(["bash", "--norc", "-c"])
    inside = entered(home, directory, Project("posix", str(directory), goroot=str(two)), outer)
    code = {name: text for name, text in inside.items() if not name.startswith(("_GO_ENV_1_", "_GO_ENV_DEPTH"))}
    for words in WAYS[shell]:
        for env in (inside, code):
            below = home.start(words, env=env)
            assert (below["GOROOT"], first_go(below)) == (str(two), f"{two}/bin"), words
            again = home.start(words, env=below)
            assert (again["GOROOT"], first_go(again)) == (str(two), f"{two}/bin"), words
        left = home.start(
            ["bash", "--norc", "-c"],
            f"set -- pop; . '{directory}/go-env.sh'; /usr/bin/env -0",
            home.start(words, env=inside),
        )
        outside = home.start(words, env=outer)
        assert left.get("GOROOT") == outside.get("GOROOT"), words
        assert not is_mixed(left), words


def test_a_program_that_keeps_no_frames(sdks: dict[str, Path], tmp_path: Path) -> None:
    """VS Code's terminal and direnv export the pair alone."""
    home = Home(tmp_path)
    home.provision(Scope(str(sdks["one"])))
    two = sdks["two"]
    pair = {
        "_GO_ENV_NAMES": "GOROOT ",
        "_GO_ENV_PATH": f"{two}/bin:",
        "GOROOT": str(two),
        "PATH": f"{two}/bin:{SYSTEM}",
    }
    for shell in SHELLS:
        for words in WAYS[shell]:
            found = home.start(words, env=pair)
            assert (found["GOROOT"], first_go(found)) == (str(two), f"{two}/bin"), words


def test_shells_below_direnv(sdks: dict[str, Path], tmp_path: Path) -> None:
    """With another SDK than the scope's, and with the same one."""
    if not shutil.which("direnv"):
        pytest.skip("direnv is not installed")
    home = Home(tmp_path)
    home.provision(Scope(str(sdks["one"])))
    outer = home.start(["bash", "-l", "-c"])
    for name in ("two", "one"):
        directory = tmp_path / name
        directory.mkdir()
        (directory / ".envrc").write_bytes(
            render_envrc(Project("posix", str(directory), goroot=str(sdks[name]), gopath=("/w/project",)))
        )
        env = {**outer, "HOME": str(home.root), "PWD": str(directory)}
        subprocess.run(["direnv", "allow"], env=env, cwd=directory, check=True, capture_output=True)
        entered = home.start(["direnv", "exec", str(directory), "bash", "--norc", "-c"], env=env)
        for shell in SHELLS:
            for words in WAYS[shell]:
                found = home.start(words, env=entered)
                assert (found["GOROOT"], first_go(found), found["GOPATH"]) == (
                    str(sdks[name]),
                    f"{sdks[name]}/bin",
                    "/w/project",
                ), words
                assert found["PATH"] == entered["PATH"], words


def test_two_projects_one_in_the_other(sdks: dict[str, Path], tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.provision(Scope(str(sdks["one"])))
    outer = home.start(["bash", "-l", "-c"])
    first = entered(
        home,
        tmp_path / "p",
        Project("posix", str(tmp_path / "p"), goroot=str(sdks["two"]), variables={"GOX": "x"}),
        outer,
    )
    second = entered(home, tmp_path / "q", Project("posix", str(tmp_path / "q"), goroot=str(sdks["three"])), first)
    for words in (["bash", "-l", "-c"], ["zsh", "-c"], ["dash", "-l", "-c"]):
        below = home.start(words, env=second)
        assert (below["GOROOT"], first_go(below)) == (str(sdks["three"]), f"{sdks['three']}/bin"), words
        pop = f"set -- pop; . '{tmp_path}/p/go-env.sh'"
        once = home.start(words, f"{pop}; /usr/bin/env -0", second)
        assert (once["GOROOT"], first_go(once), once["GOX"]) == (str(sdks["two"]), f"{sdks['two']}/bin", "x"), words
        assert home.start(words, f"{pop}; {pop}; /usr/bin/env -0", second) == home.start(words, env=outer), words


def test_the_sdk_of_the_scope_is_deleted(sdks: dict[str, Path], tmp_path: Path) -> None:
    """Its GOROOT goes with it, in shells started from older ones too, so that another go can run."""
    gone = tmp_path / "sdk"
    shutil.copytree(sdks["one"], gone)
    home = Home(tmp_path)
    home.write("bash", lines("appended", "bash", sdks, "old"))
    home.provision(Scope(str(gone)))
    before = home.start(["bash", "-i", "-c"])
    assert before["GOROOT"] == str(gone)
    shutil.rmtree(gone)
    for env in ({}, before):
        found = home.start(["bash", "-i", "-c"], env=env)
        assert ("GOROOT" in found, first_go(found)) == (False, f"{sdks['old']}/bin")


def test_lines_behind_the_last_block_are_the_last_word(sdks: dict[str, Path], tmp_path: Path) -> None:
    """They cannot be put right: go_rcfile reports them (test_rcfiles.py)."""
    home = Home(tmp_path)
    home.write("bash", "x=1\n")
    home.provision(Scope(str(sdks["one"])))
    with open(home.root / ".bashrc", "a", encoding="utf-8") as file:
        file.write(f"export PATH={sdks['old']}/bin:$PATH\n")
    assert is_mixed(home.start(["bash", "-i", "-c"]))


@pytest.mark.thorough
def test_builds_with_real_go(sdks: dict[str, Path], tmp_path: Path) -> None:
    """The case that was found: an SDK in ~/.profile, another one by go_rcfile, and a build."""
    from winhost import sdk

    old, new = sdk.sdk_dir("1.21.13", sdk.LINUX), sdk.sdk_dir("1.27.3", sdk.LINUX)
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "go.mod").write_text("module m\n\ngo 1.21\n")
    (tmp_path / "m" / "m.go").write_text("package main\n\nfunc main() {}\n")
    home = Home(tmp_path)
    env = {"GOTOOLCHAIN": "local", "GOFLAGS": "-mod=mod", "GOCACHE": str(tmp_path / "cache"), "GOTELEMETRY": "off"}
    home.write("sh", f"export GOROOT={old}\nexport PATH=$GOROOT/bin:$PATH\n")
    home.provision(Scope(str(new)))
    outer = home.start(["bash", "-l", "-c"], env=env)
    for given in (env, outer):
        done = subprocess.run(
            ["bash", "-l", "-c", "go build -o /dev/null . && go env GOVERSION GOROOT"],
            env={
                "HOME": str(home.root),
                **given,
                "PATH": given.get("PATH", os.environ["PATH"] if given is None else SYSTEM),
            },
            cwd=tmp_path / "m",
            capture_output=True,
            text=True,
            timeout=240,
        )
        assert done.returncode == 0, done.stderr
        version, root = done.stdout.split()
        assert root == str({"go1.21.13": old, "go1.27.3": new}[version])
