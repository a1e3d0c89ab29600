# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which toolchain go selects, against real go: the selection, the refusals, which go.work governs, and what is read in
go.mod and go.work.

Go is asked without a network. Every toolchain that it could select is a program of that name on PATH, which tells its
name.
"""

from __future__ import annotations

import json
import os
import platform
import random
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from winhost.sdk import LINUX, sdk_dir

from ansible_collections.gopher.devbox.plugins.module_utils._formats.gomod import GoFile, modules, parse_mod, parse_work
from ansible_collections.gopher.devbox.plugins.module_utils._go.toolchain import LOCAL, Selection, select
from ansible_collections.gopher.devbox.plugins.module_utils._go.versions import GoVersion
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.gotree import scan

OLD, NEW = "1.21.13", "1.27.3"
pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux") or platform.machine() != "x86_64",
    reason="the SDKs of the tests are for linux/amd64",
)

VERSIONS = (
    "1.16 1.18 1.20 1.20.0 1.20.3 1.20rc1 1.21 1.21rc1 1.21rc4 1.21.0 1.21.3 1.21.12 1.21.13 1.21.14 1.22 "
    "1.22rc2 1.22.0 1.22.3 1.23 1.23.1 1.26 1.26.5 "
    "1.27 1.27rc1 1.27.0 1.27.2 1.27.3 1.27.4 1.28 1.28beta1 1.28rc1 1.28.0 1.30.1 1.99999999999 2.1 2.1.0"
).split()
#: as a go.mod may have them and go takes them for no version
STRANGE = ("1.22.0rc1", "1.22rc01", "0.9")
SUFFIXES = ("", "", "", "-custom", "-gccgo")
SETTINGS = (
    "auto",
    "auto",
    "auto",
    "path",
    "local",
    "local+auto",
    "local+path",
    "local+",
    "local+bogus",
    "bogus",
    "gobash",
    "go",
    "1.22.3",
    "auto+path",
    "GO1.22.3",
)

TELLER = '#!/bin/sh\necho "this is ${0##*/}"\n'


class Go:
    """A real go, an empty home, and a directory of toolchains on PATH."""

    def __init__(self, version: str, place: Path) -> None:
        self.version, self.name = version, f"go{version}"
        self.root = sdk_dir(version, LINUX)
        self.home, self.path = place / "home", place / "toolchains"
        self.home.mkdir(parents=True)
        self.path.mkdir()
        teller = self.path / "teller"
        teller.write_text(TELLER, encoding="utf-8")
        teller.chmod(0o755)
        for name in names():
            (self.path / name).symlink_to(teller)

    def run(
        self, directory: Path, *words: str, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        settings = {
            "PATH": f"{self.path}:/usr/bin:/bin",
            "HOME": str(self.home),
            "GOENV": "off",
            "GOPROXY": "off",
            "GOFLAGS": "",
            "LC_ALL": "C.UTF-8",
            "TMPDIR": str(self.home),
            **(env or {}),
        }
        program = str(self.root / "bin" / "go")
        return subprocess.run(
            [program, *words],
            env=settings,
            cwd=directory,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )


def names() -> list[str]:
    """All that go could look for."""
    plain = {*VERSIONS, *STRANGE, *(f"{version}.0" for version in (*VERSIONS, *STRANGE))}
    return sorted(f"go{version}{suffix}" for version in plain for suffix in dict.fromkeys(SUFFIXES))


@pytest.fixture(scope="module", params=[OLD, NEW])
def go(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Go:
    return Go(request.param, tmp_path_factory.mktemp(f"go{request.param}"))


# --- the selection ---------------------------------------------------------------------------------------------------


def random_setting(chance: random.Random) -> str:
    if chance.random() < 0.6:
        return chance.choice(SETTINGS)
    return f"go{chance.choice(VERSIONS)}{chance.choice(SUFFIXES)}{chance.choice(('', '+auto', '+path', '+local'))}"


def random_lines(chance: random.Random) -> tuple[str | None, str | None]:
    go = chance.choice((None, *VERSIONS, *VERSIONS, *STRANGE[:1]))
    toolchain = None
    if chance.random() < 0.6:
        toolchain = chance.choice(
            (
                "default",
                "default",
                "go1",
                "go1.x",
                *(f"go{version}{chance.choice(SUFFIXES)}" for version in VERSIONS if version[0] == "1"),
            )
        )
    return go, toolchain


def text_of(head: str, go: str | None, toolchain: str | None, tail: str = "") -> str:
    return head + (f"go {go}\n" if go else "") + (f"toolchain {toolchain}\n" if toolchain else "") + tail


def seeds(usual: int, thorough: int) -> list[object]:
    return [*range(usual), *(pytest.param(seed, marks=pytest.mark.thorough) for seed in range(usual, thorough))]


@pytest.mark.parametrize("seed", seeds(20, 120))
def test_go_selects_what_we_select(go: Go, seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    wrong = []
    for number in range(40):
        setting = random_setting(chance)
        go_line, toolchain = random_lines(chance)
        work = chance.random() < 0.3
        directory = tmp_path / str(number) / "module"
        directory.mkdir(parents=True)
        if work:
            (directory / "go.mod").write_text("module example.com/m\n\ngo 1.16\n", encoding="utf-8")
            (directory.parent / "go.work").write_text(
                text_of("", go_line, toolchain, "use ./module\n"), encoding="utf-8"
            )
        else:
            (directory / "go.mod").write_text(text_of("module example.com/m\n", go_line, toolchain), encoding="utf-8")
        # A toolchain line that the go line makes useless is no refusal, as long as go may take it out.
        done = go.run(directory, "list", "-m", env={"GOTOOLCHAIN": setting, "GOFLAGS": "" if work else "-mod=mod"})
        problem = disagreement(select(go.name, setting, go_line, toolchain, work), done)
        if problem:
            wrong.append(
                f"GOTOOLCHAIN={setting} go {go_line} toolchain {toolchain} {'go.work' if work else 'go.mod'}: {problem}"
            )
    assert not wrong, "\n".join(wrong)


def disagreement(selected: Selection, done: subprocess.CompletedProcess[str]) -> str:
    """What go did otherwise than selected, or nothing."""
    said = (done.stdout + done.stderr).strip()
    ours = said.replace("../go.work", "go.work")
    if not selected.toolchain:
        agreed = done.returncode != 0 and selected.error in ours
    elif selected.toolchain == LOCAL:
        # A go.mod that asks for too much; other refusals of the local go are no matter of the selection.
        agreed = selected.error in ours if selected.error else done.stdout == "example.com/m\n"
    else:
        agreed = said == f"this is {selected.toolchain}"
    return "" if agreed else f"go: {said!r}, we: {selected}"


def test_a_toolchain_that_is_not_on_path_is_told_as_go_looks_for_it(go: Go, tmp_path: Path) -> None:
    """PATH alone, or a download after it: told by how go fails without either."""
    (tmp_path / "go.mod").write_text("module example.com/m\n\ngo 1.29\n", encoding="utf-8")
    for setting, source, said in (
        ("path", "path", 'cannot find "go1.29.0" in PATH'),
        ("auto", "path or download", "download go1.29.0"),
    ):
        selected = select(go.name, setting, "1.29", None)
        assert (selected.toolchain, selected.source) == ("go1.29.0", source)
        assert said in go.run(tmp_path, "version", env={"GOTOOLCHAIN": setting, "PATH": "/usr/bin:/bin"}).stderr


@pytest.mark.parametrize("seed", range(3))
def test_what_is_to_be_installed_serves_the_module(go: Go, seed: int, tmp_path: Path) -> None:
    """Were the release that we name the one that is run, go would hand over to none: told by the order of versions that
    real go confirms above.
    """
    chance = random.Random(seed)
    compared = 0
    for _ in range(200):
        go_line, toolchain = random_lines(chance)
        selected = select(go.name, "auto", go_line, toolchain)
        wanted = selected.wants.release
        if wanted is None or not selected.toolchain:
            continue
        again = select(wanted, "auto", go_line, None if toolchain == "default" else toolchain)
        assert not again.error
        assert GoVersion.parse(again.runs) == GoVersion.parse(wanted)
        compared += 1
    assert compared > 50


# --- versions --------------------------------------------------------------------------------------------------------

#: says of each argument its language, and how it compares with all; by go/version, which is a part of Go since 1.22
ORDER = """package main

import (
	"go/version"
	"os"
)

func main() {
	for _, one := range os.Args[1:] {
		line := version.Lang(one) + ":"
		for _, other := range os.Args[1:] {
			line += string("<=>"[version.Compare(one, other)+1])
		}
		os.Stdout.WriteString(line + "\\n")
	}
}
"""


@pytest.mark.thorough  # the first build of a go takes half a minute
def test_go_orders_versions_as_we_do(tmp_path: Path) -> None:
    go = Go(NEW, tmp_path / "go")
    (tmp_path / "order.go").write_text(ORDER, encoding="utf-8")
    chance = random.Random(1)
    some = [f"go{version}{chance.choice(SUFFIXES)}" for version in (*VERSIONS, *STRANGE, "1", "1.9", "1.9.2", "1.4rc1")]
    some += ["go1.28-devel_0a1b2c", "go1.22.3-1ubuntu", "gobash", "1.22.3", "go"]
    built = go.run(tmp_path, "build", "-o", "order", "order.go", env={"GOTOOLCHAIN": "local", "CGO_ENABLED": "0"})
    assert built.returncode == 0, built.stderr
    done = subprocess.run([tmp_path / "order", *some], capture_output=True, text=True, timeout=60, check=True)
    versions = [GoVersion.parse(name) for name in some]
    for one, line in zip(versions, done.stdout.splitlines(), strict=True):
        lang, _colon, signs = line.partition(":")
        assert GoVersion.parse(lang) == GoVersion.bare(one.language), one.name
        assert signs == "".join("<=>"[(one > other) - (one < other) + 1] for other in versions), one.name


# --- which file counts -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", seeds(8, 60))
def test_the_go_work_that_governs_is_the_one_that_go_finds(go: Go, seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    directories = ["", "a", "a/b", "a/b/c", "a/x", "d", "d/e"]
    top = tmp_path / "above" / "top"
    for name in directories:
        (top / name).mkdir(parents=True, exist_ok=True)
    with_mod = chance.sample(directories, 5)
    for name in with_mod:
        (top / name / "go.mod").write_text(
            f"module example.com/m{name.replace('/', '_')}\n\ngo 1.20\n", encoding="utf-8"
        )
    for place in chance.sample([top.parent, *(top / name for name in directories)], chance.randrange(3)):
        uses = "".join(f"use ./{os.path.relpath(top / name, place)}\n" for name in with_mod if chance.random() < 0.7)
        (place / "go.work").write_text(f"go 1.20\n{uses}", encoding="utf-8")
    named = chance.choice(("", "", "", "auto", "off", str(top / "a" / "go.work"), str(tmp_path / "none" / "go.work")))
    tree = scan(str(top), named)
    found = modules(tree.mods, tree.works, named)
    assert {module.path for module in found} == {str(top / name / "go.mod") for name in with_mod}
    for module in found:
        directory = Path(module.path).parent
        told = json.loads(
            go.run(directory, "env", "-json", "GOWORK", "GOMOD", env={"GOWORK": named, "GOTOOLCHAIN": "local"}).stdout
        )
        exists = told["GOWORK"] not in ("", "off") and Path(told["GOWORK"]).exists()
        assert (module.work, module.path) == (told["GOWORK"] if exists else None, told["GOMOD"])
        if exists:
            listed = go.run(directory, "list", "-m", "-f", "{{.Dir}}", env={"GOWORK": named, "GOTOOLCHAIN": "local"})
            assert module.listed == (str(directory) in listed.stdout.splitlines()), listed.stderr


@pytest.mark.parametrize("module_go", [None, "1.18", "1.20", "1.21", "1.21.5", "1.22"])
@pytest.mark.parametrize("work_go", [None, "1.18", "1.21", "1.21.5"])
def test_a_workspace_that_is_older_than_its_module(
    module_go: str | None, work_go: str | None, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    go = Go(NEW, tmp_path_factory.mktemp("go"))
    mod, work = text_of("module example.com/m\n", module_go, None), text_of("", work_go, None, "use .\n")
    (tmp_path / "go.mod").write_text(mod, encoding="utf-8")
    (tmp_path / "go.work").write_text(work, encoding="utf-8")
    (found,) = modules(
        [GoFile(str(tmp_path / "go.mod"), mod.encode())], [GoFile(str(tmp_path / "go.work"), work.encode())]
    )
    done = go.run(tmp_path, "list", "-m")
    if not found.problem:
        assert done.returncode == 0, done.stderr
    else:
        assert found.problem.startswith(f"go refuses the workspace {tmp_path}/go.work: ")
        said = re.search(r"requires go >= .*, but go\.work .* go \S+(?=;)", done.stderr)
        assert said
        assert said[0] in found.problem


# --- what stands in the files ----------------------------------------------------------------------------------------

MODULE_LINES = (
    *(
        "module example.com/a",
        "module  example.com/a // remark",
        'module "example.com/b"',
        'module "example.com/\\x63"',
        "module `example.com/d`",
        "\tmodule x.y/z",
    ),
    *(
        "module (\n\texample.com/e\n)",
        "module",
        "module a b",
        'module "a',
        "module a//b",
        "module 'a'",
        "module(\nexample.com/f // x\n\n)",
        "module example.com/é",
    ),
)
GO_LINES = (
    *(
        "go 1.22",
        "go 1.22.3 // remark",
        "go\t1.22",
        "  go 1.22",
        "go 1.22//x",
        "go 1.22\r",
        'go "1.22"',
        "go `1.22`",
        "go 1",
        "go 1.22.x",
        "go 1.22rc1",
        "go 1.22rc",
    ),
    *(
        "go v1.22",
        "go go1.22",
        "go",
        "go //",
        "go 1.22 x",
        "go (\n1.22\n)",
        "go ()",
        "go( ) x",
        "go 01.22",
        "go 1.022",
        "go 1.22.0rc1",
        "go 1.22 /* x */",
        "go/x 1.22",
        "go 1.22,",
    ),
    *("go\r1.22", "go 1.2\r2", '"go" 1.22', "go 1.22\u00a0", "go 1.22\x0b", "golang 1.22", "Go 1.22", "go 1.22 \\"),
)
TOOLCHAIN_LINES = (
    *(
        "toolchain go1.22.3",
        "toolchain default",
        "toolchain local",
        "toolchain go1",
        "toolchain go1.x",
        "toolchain go2.1",
        "toolchain 1.22",
        "toolchain go1.22.3-custom",
    ),
    *(
        "toolchain go1.22.3 // x",
        'toolchain "go1.22.3"',
        "toolchain",
        "toolchain go1.22.3 go1.22.4",
        "toolchain (\ngo1.22.3\n)",
        "\ttoolchain\tgo1.22.3",
    ),
)
USE_LINES = (
    *(
        "use .",
        "use ./a // x",
        'use "./a b"',
        'use "./\\u00e9"',
        "use `./a`",
        "use (\n\t./a\n\t./b // y\n)",
        "use ()",
        "use ( )",
        "use",
        "use a b",
        "use ./it's",
        "use (\n\t./a b\n)",
    ),
    *(
        "use (\n)\n",
        'use (\n"./q\n)',
        "use (\n./a\n) x",
        "use ( ./a )",
        "use x (\n./a\n)",
        'use "\\q"',
        'use "\\\'"',
        "use ./a\\b",
        'use "\\777"',
        "use ../é",
    ),
)
OTHERS = (
    "",
    "// go 1.30",
    "//",
    "\r",
    "replace example.com/r => ../r",
    "replace (\n\texample.com/r => ../r // (\n)",
    "replace (\n)",
    "// use (",
    "\t// toolchain go1.9",
)
MOD_OTHERS = (
    *OTHERS,
    "require (\n\tgolang.org/x/mod v0.1.0 // indirect\n\tgo.uber.org/x v1.0.0\n)",
    "exclude ()",
    "retract [v1.0.0, v1.1.0]",
    "require golang.org/x/mod v0.1.0",
)


def random_file(chance: random.Random, kinds: Sequence[tuple[Sequence[str], float]], others: Sequence[str]) -> bytes:
    """Most lines are as they should be: the first of a kind."""
    lines = [chance.choice(others) for _ in range(chance.randrange(4))]
    for kind, often in kinds:
        while chance.random() < often:
            lines.append(chance.choice(kind) if chance.random() < 0.6 else kind[0])
            often = 0.05
    if chance.random() < 0.4:
        chance.shuffle(lines)
    ending = chance.choice(("\n", "\n", "\r\n"))
    return (chance.choice(("", "", "", "", "\ufeff")) + ending.join(lines) + chance.choice(("", ending))).encode()


@pytest.mark.parametrize("seed", seeds(8, 100))
def test_go_reads_a_go_mod_as_we_do(go: Go, seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    compared = 0
    for _ in range(30):
        data = random_file(chance, [(MODULE_LINES, 0.97), (GO_LINES, 0.8), (TOOLCHAIN_LINES, 0.5)], MOD_OTHERS)
        if (asked := edited(go, "mod", tmp_path, data)) is None:
            continue
        compared += 1
        (told,) = asked
        try:
            read = parse_mod(data)
            ours: object = (read.module, read.go, read.toolchain)
        except ValueError as error:
            ours = str(error)
        assert_alike(
            ours,
            (told["Module"]["Path"], told.get("Go"), told.get("Toolchain"))
            if told and told["Module"]["Path"]
            else None,
            data,
        )
    assert compared > 10


@pytest.mark.parametrize("seed", seeds(8, 100))
def test_go_reads_a_go_work_as_we_do(go: Go, seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    compared = 0
    for _ in range(30):
        data = random_file(chance, [(GO_LINES, 0.8), (TOOLCHAIN_LINES, 0.4), (USE_LINES, 0.9)], OTHERS)
        if (asked := edited(go, "work", tmp_path, data)) is None:
            continue
        compared += 1
        (told,) = asked
        try:
            read = parse_work(data)
            # Go 1.21 reads the toolchain line, but does not tell it here.
            ours: object = (read.go, read.toolchain if go.version != OLD else None, tuple(read.use))
        except ValueError as error:
            ours = str(error)
        assert_alike(
            ours,
            None
            if told is None
            else (told.get("Go"), told.get("Toolchain"), tuple(use["DiskPath"] for use in told.get("Use") or ())),
            data,
        )
    assert compared > 10


def edited(go: Go, kind: str, place: Path, data: bytes) -> tuple[dict | None] | None:
    """What go reads, or None in the tuple when it refuses the file. None at all when it does for lines that are not
    judged here.
    """
    file = place / f"go.{kind}"
    file.write_bytes(data)
    done = go.run(place, kind, "edit", "-json", str(file), env={"GOTOOLCHAIN": "local"})
    if done.returncode == 0:
        return (json.loads(done.stdout),)
    refusals = re.findall(rf"go\.{kind}:\d+(?::\d+)?: (.*)", done.stderr)
    assert refusals, done.stderr
    return None if all(refusal.startswith("unknown directive: ") for refusal in refusals) else (None,)


def assert_alike(ours: object, told: object, data: bytes) -> None:
    if told:
        assert ours == told, data
    else:
        assert isinstance(ours, str), (data, ours)
