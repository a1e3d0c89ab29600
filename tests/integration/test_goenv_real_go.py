# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file that GOENV names, against real go: what go reads is what we read, what go refuses or fails on is what we
refuse.
"""

from __future__ import annotations

import itertools
import json
import platform
import random
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from unit.support import go_layers
from winhost.sdk import LINUX, sdk_dir

from ansible_collections.gopher.devbox.plugins.module_utils._formats.goenv import REPAIRED, edit, parse
from ansible_collections.gopher.devbox.plugins.module_utils._go.flagwords import split_words
from ansible_collections.gopher.devbox.plugins.module_utils._go.gosettings import (
    BUILT_IN,
    FILE,
    GO_ENV,
    PROCESS,
    READ_ALL_THE_SAME,
    WRITABLE,
    Facts,
    built_in,
    goenv_path,
    in_force,
    poisoned,
    root_of_go_env,
    value_problem,
    word_problem,
    writable,
)
from ansible_collections.gopher.devbox.plugins.module_utils._go.gowords import pair_problem

OLD, NEW = "1.21.13", "1.27.3"
#: the environment of what does not test it: no network, no other toolchain
QUIET = {"PATH": "/usr/bin:/bin", "GOTOOLCHAIN": "local", "GOPROXY": "off", "LANG": "C.UTF-8"}
#: what go 1.21 does not know yet
NEWER = {"GOARM64", "GOAUTH", "GOFIPS140", "GORISCV64"}

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux") or platform.machine() != "x86_64",
    reason="the SDKs of the tests are for linux/amd64",
)


class Go:
    """One version of go, a home, an empty directory to work in, and the file."""

    def __init__(self, version: str, place: Path, cache: Path) -> None:
        self.version = version
        self.root = sdk_dir(version, LINUX)
        self.home = place / "home"
        self.work = place / "work"
        self.file = place / "goenv"
        for directory in (self.home, self.work):
            directory.mkdir(parents=True)
        self.cache = cache

    def run(
        self, *words: str | bytes, env: Mapping[str, str] | None = None, root: Path | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """`env` is added to what is quiet; an empty text takes a variable away, as go sees it."""
        settings = {**QUIET, "HOME": str(self.home), "GOENV": str(self.file), "GOCACHE": str(self.cache), **(env or {})}
        program = (root or self.root) / "bin" / "go"
        return subprocess.run(
            [str(program), *words],
            env=settings,
            cwd=self.work,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=120,
        )

    def env(self, *names: str, env: Mapping[str, str] | None = None, root: Path | None = None) -> dict[str, str]:
        done = self.run("env", "-json", *names, env=env, root=root)
        assert done.returncode == 0, done.stderr.decode()
        return dict(json.loads(done.stdout))

    def said(self, *words: str, env: Mapping[str, str] | None = None) -> str:
        done = self.run(*words, env=env)
        return (done.stdout + done.stderr).decode(errors="replace")


@pytest.fixture(scope="session")
def build_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("go-build")


@pytest.fixture(params=[OLD, NEW])
def go(request: pytest.FixtureRequest, tmp_path: Path, build_cache: Path) -> Go:
    return Go(request.param, tmp_path, build_cache)


@pytest.fixture
def both(tmp_path: Path, build_cache: Path) -> list[Go]:
    return [Go(version, tmp_path / version, build_cache) for version in (OLD, NEW)]


def module(go: Go) -> None:
    """A module of one package, which needs nothing to be built."""
    (go.work / "go.mod").write_text("module example.com/x\n\ngo 1.21\n", encoding="utf-8")
    (go.work / "x.go").write_text("package x\n", encoding="utf-8")


def as_json(text: str) -> str:
    """As go's JSON tells bytes that are not UTF-8."""
    return "".join("\ufffd" if "\udc80" <= char <= "\udcff" else char for char in text)


# --- reading and writing ---------------------------------------------------------------------------------------------

#: variables that go takes whatever they hold, and names it does not know
FREE = ("GOPRIVATE", "GOINSECURE", "GONOPROXY", "GONOSUMDB", "GOVCS", "AR", "GCCGO", "GOFOO", "GO_X1")
TEXTS = (
    "",
    "a",
    "a=b",
    " a b ",
    "'",
    '"a b"',
    "$HOME/x",
    "%PATH%",
    "王小明",
    "a\tb",
    "\\",
    "#",
    "~",
    "<&>",
    "\u2028",
    "é\u0301",
)


def random_file(chance: random.Random) -> bytes:
    pieces = [
        b"\n",
        b"\r\n",
        b"\r",
        b"# note\n",
        b"\xef\xbb\xbf",
        b"\0",
        b"\xff",
        b"gopath=/x\n",
        b"export GOBIN=/x\n",
        b"=\n",
        b"GOPRIVATE\n",
        b" ",
    ]
    pieces += [f"{name}=".encode() for name in FREE] * 2
    pieces += [f"{name}={text}\n".encode() for name, text in zip(FREE, chance.sample(TEXTS, len(FREE)), strict=True)]
    return chance.choice((b"", b"\xef\xbb\xbf", b"\xff\xfe")) + b"".join(chance.choices(pieces, k=chance.randrange(20)))


def tidy_file(chance: random.Random, comments: bool = False) -> bytes:
    """A file as go writes it, with the comments and unread lines that people add."""
    lines = sorted(
        f"{name}={chance.choice(TEXTS)}\n".encode() for name in chance.sample(FREE, chance.randrange(len(FREE)))
    )
    if comments:
        for _ in range(3):
            lines.insert(
                chance.randrange(len(lines) + 1),
                chance.choice((b"# note\n", b"\n", b"gopath=/x\n", b"words\n", *lines)),
            )
    return b"".join(lines)


@pytest.mark.parametrize("seed", range(40))
def test_go_reads_what_we_read(go: Go, seed: int) -> None:
    data = random_file(random.Random(seed))
    found = parse(data)
    asked = [name for name in dict.fromkeys((*FREE, *found.as_go_reads)) if re.fullmatch(r"[ -<>-~]+", name)]
    go.file.write_bytes(data)
    told = go.env(*asked)
    # What is set nowhere has a default.
    assert {name: told[name] for name in asked if found.as_go_reads.get(name)} == {
        name: as_json(text) for name, text in found.as_go_reads.items() if text and name in asked
    }
    go.file.write_bytes(edit(data, {}))
    told = go.env(*asked)
    assert {name: told[name] for name in asked if found.values.get(name)} == {
        name: as_json(text) for name, text in found.values.items() if text and name in asked
    }


@pytest.mark.parametrize("seed", range(20))
def test_go_reads_what_we_write(go: Go, seed: int) -> None:
    chance = random.Random(seed)
    data = random_file(chance)
    wanted = {name: chance.choice(TEXTS[1:]) for name in chance.sample(FREE, 4)}
    go.file.write_bytes(edit(data, dict(wanted)))
    assert go.env(*wanted) == wanted
    assert parse(go.file.read_bytes()).values == {**parse(data).values, **wanted}


@pytest.mark.parametrize("comments", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_we_write_what_go_writes(go: Go, seed: int, comments: bool) -> None:
    chance = random.Random(seed)
    data = tidy_file(chance, comments)
    known = [name for name in FREE if name in WRITABLE]
    wanted: dict[str, str | None] = {name: chance.choice(TEXTS) for name in chance.sample(known, 3)}
    go.file.write_bytes(data)
    done = go.run("env", "-w", *(f"{name}={text}" for name, text in wanted.items()))
    assert done.returncode == 0, done.stderr.decode()
    written = edit(data, wanted)
    assert parse(go.file.read_bytes()).values == parse(written).values
    if not comments:
        assert go.file.read_bytes() == written
        # And go's next change leaves our order alone.
        go.file.write_bytes(written)
        assert go.run("env", "-w", f"PKG_CONFIG={seed}").returncode == 0
        assert go.file.read_bytes() == edit(written, {"PKG_CONFIG": str(seed)})
    gone = chance.sample(known, 3)
    go.file.write_bytes(written)
    assert go.run("env", "-u", *gone).returncode == 0
    assert parse(go.file.read_bytes()).values == parse(edit(written, dict.fromkeys(gone))).values


def test_of_the_last_value_an_empty_file_remains(go: Go) -> None:
    assert go.run("env", "-w", "AR=x").returncode == 0
    assert go.file.read_bytes() == edit(b"", {"AR": "x"}) == b"AR=x\n"
    assert go.run("env", "-u", "AR").returncode == 0
    assert go.file.read_bytes() == edit(b"AR=x\n", {"AR": None}) == b""


@pytest.mark.parametrize(
    "data",
    [
        "\ufeffGOPRIVATE=a\nAR=b\n".encode(),
        "\ufeffGOPRIVATE=a\r\nAR=b\r\n".encode("utf-16-le"),
        b"GOPRIVATE=a\r\nAR=b\r\n",
        b"AR=x\nGOPRIVATE=a\nAR=b",
    ],
)
def test_what_editors_leave_behind_is_lost_on_go_until_it_is_repaired(go: Go, data: bytes) -> None:
    assert REPAIRED & {oddity.kind for oddity in parse(data).oddities}
    go.file.write_bytes(data)
    told = go.env("GOPRIVATE", "AR")
    assert told == {"GOPRIVATE": "", "AR": "ar"} | dict(parse(data).as_go_reads)
    go.file.write_bytes(edit(data, {}))
    assert go.env("GOPRIVATE", "AR") == {"GOPRIVATE": "a", "AR": "b"} == parse(data).values


# --- names -----------------------------------------------------------------------------------------------------------


def test_the_names_are_those_of_the_newest_go() -> None:
    source = (sdk_dir(NEW, LINUX) / "src" / "internal" / "cfg" / "cfg.go").read_text(encoding="utf-8")
    known = set(source.partition("const KnownEnv = `")[2].partition("`")[0].split())
    assert known >= WRITABLE
    assert all(writable(name) for name in known - WRITABLE)
    # Only these does go take out of the file although it does not write them.
    assert (known - WRITABLE) >= READ_ALL_THE_SAME


NAMES = sorted(
    WRITABLE
    | set(
        "GOROOT GOENV GODEBUG GOWORK GOEXE GOGCCFLAGS GOHOSTARCH GOHOSTOS GOMOD GOTOOLDIR GOVERSION GOTELEMETRY "
        "GOTELEMETRYDIR".split()
    )
    | set(
        "GOGC GOMAXPROCS GOMEMLIMIT GORACE GOTRACEBACK GOCOVERDIR GCCGOTOOLDIR GIT_ALLOW_PROTOCOL GOFOO gopath "
        "Gopath PATH GOPACKAGESDRIVER".split()
    )
)


@pytest.mark.parametrize("name", NAMES)
def test_go_refuses_the_names_that_we_refuse(both: list[Go], name: str) -> None:
    for go in both:
        valid = {"GOOS": "linux", "GOARCH": "amd64"}.get(name, "")
        done = go.run("env", "-w", f"{name}={valid}")
        refused = done.returncode != 0
        if go.version == OLD and name in NEWER | {"GOROOT"}:
            assert refused is (name != "GOROOT")  # what each go did not know yet, or still allowed
        else:
            assert refused is (writable(name) is not None), done.stderr.decode()


def test_goenv_off_keeps_go_from_reading_but_not_from_writing(go: Go) -> None:
    """What `goenv_path` answers for off is what is read; nobody should take `go env -w` for a way to find the file."""
    assert go.run("env", "-w", "AR=x", env={"GOENV": "off"}).returncode == 0
    assert (go.home / ".config" / "go" / "env").read_bytes() == b"AR=x\n"
    assert go.env("AR", env={"GOENV": "off"}) == {"AR": "ar"}
    assert go.env("AR", env={"GOENV": ""}) == {"AR": "x"}


# --- values ----------------------------------------------------------------------------------------------------------

#: `@` is a directory of the test: go makes the directories that it is told of
GOOD = {
    "GOPATH": ["@/x", "@/x:@/y", "@/x::@/y:", "@/x y", "@/王", "@/$HOME", "@/x~"],
    "GOBIN": ["@/x", "@/x y/"],
    "GOCACHE": ["@/no/../such"],
    "GOMODCACHE": ["@/x"],
    "GOTMPDIR": ["@"],
    "GO111MODULE": ["on", "auto"],
    "GOTOOLCHAIN": [
        "local",
        "auto",
        "path",
        "local+auto",
        "local+path",
        "go1.22.5-custom",
        "go1.30.1+path",
        "go1.22rc1",
    ],
    "GOFLAGS": [
        "-v",
        "--v",
        "-mod=mod",
        "'-ldflags=-s -w'",
        "-ldflags=-s",
        '"-gcflags=all=-N -l" -v',
        " ",
        "-tags=a,b",
    ],
    "CC": ["gcc", "gcc -m32", "/x/cc", "'/x y/cc' -m32", "ccache gcc"],
    "CXX": ["g++", "/x/c++"],
    "PKG_CONFIG": ["pkg-config", "/x/p --static", "x/p"],
    "CGO_CFLAGS": ["-O2", "'-DX=a b' -g", " "],
    "CGO_LDFLAGS": ["-L/x"],
    "CGO_ENABLED": ["0", "1"],
    "GOPROXY": [
        "off",
        "off,foo",
        "http://127.0.0.1:1|off",
        "127.0.0.1:1/x",
        " http://127.0.0.1:1 , off",
        "file:///no/such",
        "http://u:p%25@127.0.0.1:1/x",
    ],
    "GOSUMDB": [
        "off",
        "sum.golang.org http://127.0.0.1:1",
        "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8 http://127.0.0.1:1",
    ],
    "GOVCS": ["public:hg", "*:hg|svn", " public : hg , private:all", "github.com:git,public:off"],
    "GOAUTH": ["off", "netrc", "netrc; git /", "false"],
    "GOOS": ["linux", "windows", "darwin"],
    "GOARCH": ["amd64", "arm64", "386"],
    "GOAMD64": ["v1", "v4"],
    "GOARM": ["5", "7"],
    "GOARM64": ["v8.0", "v9.5,lse,crypto"],
    "GO386": ["sse2", "softfloat"],
    "GOMIPS": ["hardfloat", "softfloat"],
    "GOMIPS64": ["softfloat"],
    "GOPPC64": ["power8", "power10"],
    "GORISCV64": ["rva20u64", "rva22u64", "rva23u64"],
    "GOWASM": ["satconv", "satconv,signext", ","],
    "GOFIPS140": ["off", "latest"],
    "GOEXPERIMENT": ["arenas", "fieldtrack,arenas", "noarenas", "none"],
    "GOPRIVATE": ["*.corp.example,github.com/x"],
}
BAD = {
    "GOPATH": ["x", "~/go", "@/x:y", "@/x:~/y", ":@/x", "$HOME/go", '"@/x"', ".", "C:\\go"],
    "GOBIN": ["x", "~/bin", "./x", "$HOME/bin", "'@/x'"],
    "GOCACHE": ["x", "off", "~/c", "$HOME/c"],
    "GOMODCACHE": ["x", "~/m", "$HOME/m"],
    "GOTMPDIR": ["no-such", "~/t"],
    "GO111MODULE": ["1", "true", "ON", " on"],
    "GOTOOLCHAIN": [
        "bogus",
        "1.21.0",
        "go1.021",
        "go1.21.3rc1",
        "local+foo",
        "path+auto",
        "go1.22.5+auto+path",
        "go1.21",
        "go1.27+auto",
        "go2.0",
        "/x/go1.21.0",
    ],
    "GOFLAGS": [
        "v",
        "-",
        "--",
        "---v",
        "-=x",
        "'-v",
        "-mod mod",
        "-ldflags",
        "-tags a",
        "-ldflags=-s -w",
        "-ldflags=-w -s",
        "-u",
        "-w",
        "-gcflags=-N -l",
        "-exec",
    ],
    "CC": ["'gcc", "x/gcc", "./gcc", " ", "''", "~/gcc"],
    "CXX": ['"g++', "x/g++"],
    "PKG_CONFIG": ["'p", " "],
    "CGO_CFLAGS": ["'-O2"],
    "CGO_CPPFLAGS": ['"x'],
    "CGO_CXXFLAGS": ["-O2 'x"],
    "CGO_FFLAGS": ["'"],
    "CGO_LDFLAGS": ["'-L/x"],
    "GOCACHEPROG": ["'x"],
    "GOPROXY": [
        " , ",
        "foo",
        "http://127.0.0.1:1|foo",
        "ftp://x/y",
        "http://[::1",
        "http://x:y/",
        "file:///x?y",
        "file://host/x",
        "/x",
        "http://x/%zz",
        "http://a b/",
    ],
    "GOSUMDB": ["foo", "sum.golang.org a b", "a+b+c", " "],
    "GOVCS": [
        "git",
        "public:",
        ":git",
        "public:git,",
        "public:git,,private:all",
        "./x:git",
        "public:git,public:hg",
        "public:git||hg",
    ],
    "GOAUTH": [";", "netrc;", "off; netrc", "git", "git x", "git /x /y"],
    "GOOS": ["bogus", "Linux", "win32"],
    "GOARCH": ["x86_64", "bogus"],
    "GOAMD64": ["v5", "1", "V2"],
    "GOARM": ["8", "v7"],
    "GOARM64": ["v9.9", "8.0"],
    "GO386": ["387", "sse"],
    "GOMIPS": ["hard"],
    "GOMIPS64": ["soft"],
    "GOPPC64": ["power7", "8"],
    "GORISCV64": ["rva20", "x"],
    "GOWASM": ["simd", "satconvsignext"],
    "GOFIPS140": ["on", "x/y"],
    "GOEXPERIMENT": ["Arenas", "arenas noloopvar"],
    "GOPRIVATE": ["a\nb", "a\rb", "a\vb", "\udcff"],
}
DIRECTORIES = ("GOPATH", "GOBIN", "GOCACHE", "GOMODCACHE", "GOTMPDIR")
#: where a processor's own variable is looked at
ON = {
    "GOAMD64": ("linux", "amd64"),
    "GOARM": ("linux", "arm"),
    "GOARM64": ("linux", "arm64"),
    "GO386": ("linux", "386"),
    "GOMIPS": ("linux", "mips"),
    "GOMIPS64": ("linux", "mips64"),
    "GOPPC64": ("linux", "ppc64le"),
    "GORISCV64": ("linux", "riscv64"),
    "GOWASM": ("js", "wasm"),
}


def harm(go: Go, name: str) -> str:
    """What go says that fails because of what its file holds, or nothing. The right command is asked, since most values
    hurt only some.
    """
    quiet = {"GOTOOLCHAIN": ""} if name == "GOTOOLCHAIN" else {"GOCACHE": ""} if name == "GOCACHE" else {}
    if name in ("GOPROXY", "GOSUMDB", "GOVCS", "GOAUTH"):
        return harm_of_download(go, name)
    before = go.file.read_bytes()
    if name == "GOTOOLCHAIN":  # a toolchain that is not there is no harm, one that cannot exist is
        said = go.said("version", env=quiet)
        return said if re.search("invalid|only version suffixes|non-semver", said) else ""
    if name in ON:
        quiet |= dict(zip(("GOOS", "GOARCH"), ON[name], strict=True))
        done = go.run("build", "-n", ".", env=quiet)  # asks the compiler, and compiles nothing
        return done.stderr.decode() if done.returncode else ""
    for words in (["env", "GOPATH"], ["env", "-json"], ["list", "."], ["build", "."], ["install", "."], ["test", "."]):
        done = go.run(*words, env=quiet)
        if done.returncode or go.file.read_bytes() != before:
            return f"{words}: {done.stderr.decode()}"
    return ""


def harm_of_download(go: Go, name: str) -> str:
    """Nothing here leaves the machine: what is in order is refused by a closed port, by GOVCS, or finds an empty
    directory.
    """
    served = go.home / "proxy"
    published = served / "example.com" / "m" / "@v"
    published.mkdir(parents=True, exist_ok=True)
    (published / "list").write_text("v1.0.0\n", encoding="utf-8")
    (published / "v1.0.0.info").write_text('{"Version":"v1.0.0"}', encoding="utf-8")
    (published / "v1.0.0.mod").write_text("module example.com/m\n", encoding="utf-8")
    with zipfile.ZipFile(published / "v1.0.0.zip", "w") as archive:
        archive.writestr("example.com/m@v1.0.0/go.mod", "module example.com/m\n")
    env, words = {
        "GOPROXY": ({"GOPROXY": ""}, ["list", "-m", "-versions", "example.com/m"]),
        "GOSUMDB": ({"GOPROXY": f"file://{served}"}, ["mod", "download", "example.com/m@v1.0.0"]),
        "GOVCS": ({"GOPROXY": "direct", "GOSUMDB": "off"}, ["list", "-m", "-versions", "example.invalid/x.git"]),
        "GOAUTH": ({"GOPROXY": "https://127.0.0.1:1"}, ["list", "-m", "-versions", "example.com/m"]),
    }[name]
    said = go.said(*words, env=env)
    wrong = {
        "GOPROXY": r"proxy URL|GOPROXY list|parse \"",
        "GOSUMDB": "GOSUMDB|malformed verifier",
        "GOVCS": "in GOVCS|pattern not allowed",
        "GOAUTH": "GOAUTH",
    }[name]
    return said if re.search(wrong, said) else ""


def cases(table: Mapping[str, list[str]]) -> list[tuple[str, str]]:
    return [(name, text) for name, texts in table.items() for text in texts]


#: for these go compiles its standard library anew, and others like them stay in every run
COMPILED = {
    ("GOOS", "darwin"),
    *(("GOARCH", text) for text in ("386", "arm64")),
    *(("GOEXPERIMENT", text) for text in ("arenas", "none", "fieldtrack,arenas")),
}


@pytest.mark.parametrize(
    ("name", "text"),
    [pytest.param(*case, marks=pytest.mark.thorough if case in COMPILED else ()) for case in cases(GOOD)],
)
def test_what_go_takes_and_lives_with_is_no_problem(both: list[Go], tmp_path: Path, name: str, text: str) -> None:
    text = text.replace("@", str(tmp_path)) if name in DIRECTORIES else text
    assert value_problem(name, text, "posix") is None
    assert poisoned({name: text}, "posix") == []
    for go in both:
        if go.version == OLD and name in NEWER:
            continue
        done = go.run("env", "-w", f"{name}={text}", env={name: ""})
        assert done.returncode == 0, done.stderr.decode()
        module(go)
        assert harm(go, name) == ""


@pytest.mark.parametrize(("name", "text"), cases(BAD))
def test_what_go_refuses_or_fails_on_is_a_problem(both: list[Go], tmp_path: Path, name: str, text: str) -> None:
    text = text.replace("@", str(tmp_path)) if name in DIRECTORIES else text
    words = word_problem(name, text, f"go{NEW}")
    assert name in (value_problem(name, text, "posix") or (words.problem if words and words.certain else ""))
    shown = text.encode("utf-8", "surrogateescape")
    if "\n" not in text:
        assert [found for found, _reason in poisoned({name: text}, "posix", f"go{NEW}")] == [name]
    suffering = []
    for go in both:
        if go.run("env", "-w", name.encode() + b"=" + shown, env={name: ""}).returncode:
            suffering.append(go.version)
            continue
        module(go)
        go.file.write_bytes(name.encode() + b"=" + shown + b"\n")
        if harm(go, name):
            suffering.append(go.version)
    assert suffering, "no version of go minds"


#: what $GOROOT/go.env holds in the releases of go.dev; distributions change it (Debian, Fedora: GOTOOLCHAIN=local)
RELEASED_GO_ENV: Mapping[str, str] = {
    "GOPROXY": "https://proxy.golang.org,direct",
    "GOSUMDB": "sum.golang.org",
    "GOTOOLCHAIN": "auto",
}


@pytest.mark.parametrize("name", sorted(RELEASED_GO_ENV))
def test_an_empty_value_hides_what_go_env_says(go: Go, name: str) -> None:
    module(go)
    go.file.write_bytes(b"")
    assert go.env(name, env={name: ""}) == {name: RELEASED_GO_ENV[name]}
    go.file.write_bytes(f"{name}=\n".encode())
    assert go.env(name, env={name: ""}) == {name: ""}
    assert [found for found, _reason in poisoned({name: ""}, "posix")] == [name]
    assert value_problem(name, "", "posix")
    if name != "GOTOOLCHAIN":
        assert harm(go, name) or go.said(
            "mod", "download", "example.com/m@v1.0.0", env={"GOPROXY": f"file://{go.home}/proxy", name: ""}
        ).count("GOSUMDB")


def test_an_empty_toolchain_keeps_go_from_switching(go: Go) -> None:
    (go.work / "go.mod").write_text("module x\n\ngo 1.99.0\n", encoding="utf-8")
    go.file.write_bytes(b"")
    assert "go1.99.0" in go.said("list", env={"GOTOOLCHAIN": ""})  # it looks for it
    go.file.write_bytes(b"GOTOOLCHAIN=\n")
    assert "requires go >= 1.99.0" in go.said("list", env={"GOTOOLCHAIN": ""})


def test_goflags_can_make_go_env_change_the_file(go: Go) -> None:
    go.file.write_bytes(b"AR=x\nGOFLAGS=-u\n")
    assert go.run("env", "AR").returncode == 0
    assert go.file.read_bytes() == b"GOFLAGS=-u\n"


@pytest.mark.parametrize("data", [b"GOROOT=/no/such\n", b"GOWORK=x\n", b"GOWORK=/no/such/go.work\n"])
def test_lines_that_go_does_not_take_out_again_are_poison(both: list[Go], data: bytes) -> None:
    assert len(poisoned(parse(data).as_go_reads, "posix")) == 1
    name = data.partition(b"=")[0].decode()
    for go in both:
        module(go)
        go.file.write_bytes(data)
        assert go.run("list", ".").returncode != 0
        assert go.run("env", "-u", name).returncode != 0
        assert go.file.read_bytes() == data


@pytest.mark.parametrize(
    "data",
    [
        b"GOROOT=\n",
        b"GOWORK=off\n",
        b"GOWORK=auto\n",
        b"GOWORK=\n",
        b"GOPATH=\n",
        b"GOEXE=x\n",
        b"GOVERSION=x\n",
        b"GOENV=x\n",
        b"GOFOO=x\n",
    ],
)
def test_what_does_no_harm_is_no_poison(go: Go, data: bytes) -> None:
    assert poisoned(parse(data).as_go_reads, "posix") == []
    module(go)
    go.file.write_bytes(data)
    assert harm(go, "") == ""


def test_pairs_are_those_of_the_two_versions() -> None:
    pairs: set[tuple[str, str]] = set()
    for version in (OLD, NEW):
        text = (sdk_dir(version, LINUX) / "src" / "internal" / "platform" / "zosarch.go").read_text(encoding="utf-8")
        pairs |= set(re.findall(r'^\t\{"(\w+)", "(\w+)"\}:', text, re.MULTILINE))
    assert len(pairs) > 40
    systems, processors = ({pair[side] for pair in pairs} for side in (0, 1))
    assert {pair for pair in itertools.product(systems, processors) if pair_problem(*pair) is None} == pairs


@pytest.mark.parametrize(
    ("system", "processor"),
    [("js", "amd64"), ("windows", "mips"), ("linux", "wasm"), ("windows", "arm64"), ("js", "wasm")],
)
def test_pairs_go_refuses(go: Go, system: str, processor: str) -> None:
    done = go.run("env", "-w", f"GOOS={system}", f"GOARCH={processor}")
    assert (done.returncode != 0) is (pair_problem(system, processor) is not None)
    assert bool(poisoned({"GOOS": system, "GOARCH": processor}, "posix")) is (
        pair_problem(system, processor) is not None
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "a",
        "a b",
        "'a b' c",
        '"a\'b" c',
        "a'b c'",
        "'a'b",
        "'a''b'",
        "\ta\tb ",
        "'' a",
        "'a",
        'b "',
        "-x='a b'",
    ],
)
def test_words_are_those_of_go(go: Go, text: str) -> None:
    """GOFLAGS is the place where go tells what it split."""
    try:
        words = split_words(text)
    except ValueError:
        words = None
    go.file.write_bytes(f"GOFLAGS={text}\n".encode())
    said = go.said("list", "-m")
    if words is None:
        assert "unterminated" in said
        return
    wrong = next((word for word in words if not word.startswith("-")), None)
    assert (f"non-flag {json.dumps(wrong)}" in said) if wrong is not None else ("GOFLAGS" not in said)


# --- layers and defaults ---------------------------------------------------------------------------------------------

LAYERED: dict[str, tuple[str, ...]] = {
    "GOPATH": ("@/a", "@/b:@/c", "@/d e"),
    "GOBIN": ("@/a/bin", "@/b/bin", "@/c/bin"),
    "GOMODCACHE": ("@/m", "@/n", "@/o"),
    "GOCACHE": ("@/c", "@/d", "@/e"),
    "GOTMPDIR": ("@", "@/home", "@/work"),
    "GOPROXY": ("off", "direct", "https://p.example"),
    "GOSUMDB": ("off", "sum.golang.org", "sum.golang.google.cn"),
    "GOTOOLCHAIN": ("local", "auto", "path"),
    "GOFLAGS": ("-v", "-x", "-mod=mod"),
    "GOPRIVATE": ("a.example", "b.example", "c.example"),
    "GONOPROXY": ("d.example", "e.example", "f.example"),
    "GONOSUMDB": ("g.example", "h.example", "i.example"),
    "GOINSECURE": ("j.example", "k.example", "l.example"),
    "GO111MODULE": ("on", "auto", "off"),
    "GOVCS": ("public:git", "public:hg", "public:all"),
    "AR": ("ar1", "ar2", "ar3"),
    "CGO_CFLAGS": ("-O1", "-O0", "-g"),
    "CGO_CPPFLAGS": ("-DA", "-DB", "-DC"),
    "PKG_CONFIG": ("p1", "p2", "p3"),
    "GOROOT": (),
    "GOEXPERIMENT": ("arenas", "fieldtrack", "boringcrypto"),
}


def root_with(go: Go, place: Path, go_env: Mapping[str, str]) -> Path:
    """A GOROOT of its own around the SDK, with another go.env."""
    if not place.exists():
        (place / "bin").mkdir(parents=True)
        shutil.copy2(go.root / "bin" / "go", place / "bin" / "go")
        for name in ("VERSION", "lib", "pkg", "src"):
            (place / name).symlink_to(go.root / name)
    (place / "go.env").write_text(
        "# note\n" + "".join(f"{name}={text}\n" for name, text in go_env.items()), encoding="utf-8"
    )
    return place


def random_layers(chance: random.Random, base: Path) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    places: tuple[dict[str, str], dict[str, str], dict[str, str]] = ({}, {}, {})
    for name, texts in LAYERED.items():
        for place, text in zip(places, chance.sample(texts, len(texts)), strict=False):
            if chance.random() < 0.6:
                place[name] = text.replace("@", str(base)) if chance.random() < 0.8 else ""
    return places


def all_layers(
    go: Go, root: Path, process: Mapping[str, str], file: Mapping[str, str], go_env: Mapping[str, str]
) -> dict[str, list[tuple[str, str]]]:
    facts = Facts("posix", None, {"HOME": str(go.home), **process})
    found: dict[str, list[tuple[str, str]]] = {}
    for name in LAYERED:  # GOPATH and GOPRIVATE stand before those that follow from them
        known = {before: (in_force(found[before]) or ("", ""))[1] for before in found}
        facts = Facts("posix", None, facts.environment, known.get("GOPATH", ""), known.get("GOPRIVATE", ""))
        default = str(root) if name == "GOROOT" else built_in(name, facts)
        if name == "GOBIN" and go.version == NEW:
            default = known["GOPATH"].split(":")[0] + "/bin"  # which newer versions print
        found[name] = go_layers(name, process, file, go_env, default)
    return found


@pytest.mark.parametrize("seed", range(12))
def test_taking_the_winner_away_brings_out_the_next(go: Go, tmp_path: Path, seed: int) -> None:
    process, file, go_env = random_layers(random.Random(seed), tmp_path)
    for _ in range(4):
        root = root_with(go, tmp_path / "root", go_env)
        go.file.write_bytes(edit(b"", dict(file)))
        # GOTOOLCHAIN is tested: there is no go.mod that it could follow.
        told = go.env(*LAYERED, env={"GOTOOLCHAIN": "", "GOPROXY": "", "GOCACHE": "", **process}, root=root)
        found = all_layers(go, root, process, file, go_env)
        assert {name: (in_force(found[name]) or ("", None))[1] for name in LAYERED} == told
        for name, there in found.items():
            for layer, place in ((PROCESS, process), (FILE, file), (GO_ENV, go_env)):
                if there and there[0][0] == layer:
                    del place[name]
    left = all_layers(go, tmp_path / "root", process, file, go_env)
    assert {name: there[0][0] if there else None for name, there in left.items()} == dict.fromkeys(LAYERED, BUILT_IN)


def test_the_file_says_whose_go_env_is_read_even_against_the_process(go: Go, tmp_path: Path) -> None:
    one = root_with(go, tmp_path / "one", {"GOPRIVATE": "one.example", "GOROOT": "/ignored"})
    two = root_with(go, tmp_path / "two", {"GOPRIVATE": "two.example"})
    own = root_with(go, tmp_path / "own", {"GOPRIVATE": "own.example", "GOROOT": "/ignored"})
    held = {one: "one.example", two: "two.example", None: "own.example"}
    for process, file in itertools.product(
        ({}, {"GOROOT": str(one)}, {"GOROOT": ""}), ({}, {"GOROOT": str(two)}, {"GOROOT": ""})
    ):
        go.file.write_bytes(edit(b"", dict(file)))
        told = go.env("GOROOT", "GOPRIVATE", env=process, root=own)
        read = root_of_go_env(process, file)
        assert told["GOPRIVATE"] == held[Path(read) if read else None]
        assert (
            told["GOROOT"]
            == (in_force(go_layers("GOROOT", process, file, {"GOROOT": "/ignored"}, str(own))) or ("", ""))[1]
        )


@pytest.mark.parametrize("name", ["GOENV", "GODEBUG", "GOVERSION", "GOTOOLDIR", "GOEXE"])
def test_of_some_variables_files_say_nothing(tmp_path: Path, build_cache: Path, name: str) -> None:
    go = Go(NEW, tmp_path, build_cache)
    root = root_with(go, tmp_path / "root", {name: "go.env"})
    go.file.write_bytes(f"{name}=file\n".encode())
    assert not {"file", "go.env"} & set(go.env(name, root=root).values())
    assert go_layers(name, {}, {name: "file"}, {name: "go.env"}) == []


ENVIRONMENTS: list[dict[str, str]] = [
    {},
    {"HOME": ""},
    {"HOME": "/@//b/../c/"},
    {"XDG_CACHE_HOME": "@/c//d/", "XDG_CONFIG_HOME": "@/e/../f/"},
    {"XDG_CACHE_HOME": "", "XDG_CONFIG_HOME": ""},
    {"XDG_CACHE_HOME": "@/c", "HOME": ""},
    {"XDG_CONFIG_HOME": "@/c", "HOME": ""},
    {"GOENV": "@/some/file"},
    {"GOENV": "off"},
    {"GOPATH": "@/p:@/q", "GOPRIVATE": "a.example"},
    {"GOPATH": "@/p//x/"},
]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_defaults_and_places_are_those_of_go(go: Go, tmp_path: Path, environment: dict[str, str]) -> None:
    environment = {name: text.replace("@", str(tmp_path)) for name, text in environment.items()}
    names = [
        "GOPATH",
        "GOMODCACHE",
        "GOCACHE",
        "GONOPROXY",
        "GONOSUMDB",
        "GOENV",
        "GO111MODULE",
        "GOFLAGS",
        "GOTMPDIR",
        "GOPRIVATE",
        "GOVCS",
        "AR",
    ]
    names += ["GOINSECURE", "GOEXPERIMENT", "GODEBUG", "GOCACHEPROG"]
    if environment.get("HOME") != "" or "XDG_CACHE_HOME" in environment:  # go asks its cache for these
        names += ["PKG_CONFIG", "CGO_CFLAGS", "CGO_CXXFLAGS", "CGO_FFLAGS", "CGO_LDFLAGS", "CGO_CPPFLAGS"]
    names += ["GOAUTH"] if go.version == NEW else []
    told = go.env(*names, env={"GOENV": "", "GOCACHE": "", **environment})
    facts = Facts("posix", str(go.home), environment, environment.get("GOPATH", ""), environment.get("GOPRIVATE", ""))
    found = {
        name: environment.get(name)
        if name in ("GOPATH", "GOPRIVATE") and name in environment
        else built_in(name, facts)
        for name in names
    }
    assert {name: text or "" for name, text in found.items()} == told
    path, reason = goenv_path("posix", str(go.home), environment)
    assert (path or "") == told["GOENV"]
    assert bool(reason) is (path is None)


def test_a_relative_place_is_none(both: list[Go]) -> None:
    """Newer versions have no file then; older ones look where they run, which is no place to write to."""
    environment = {"XDG_CONFIG_HOME": "x", "XDG_CACHE_HOME": "x"}
    path, reason = goenv_path("posix", "/home/x", environment)
    assert path is None
    assert "relative" in reason
    told = {go.version: go.env("GOENV", "GOCACHE", env={"GOENV": "", "GOCACHE": "", **environment}) for go in both}
    assert told[NEW] == {"GOENV": "", "GOCACHE": built_in("GOCACHE", Facts("posix", "/home/x", environment))}
    assert told[OLD]["GOENV"] == "x/go/env"


def test_a_gopath_that_would_be_the_goroot_is_not_taken(go: Go) -> None:
    root = root_with(go, go.home / "go", {})
    environment = {"HOME": str(go.home), "GOROOT": str(root)}
    assert (
        go.env("GOPATH", env=environment, root=root)["GOPATH"]
        == built_in("GOPATH", Facts("posix", None, environment))
        == ""
    )
