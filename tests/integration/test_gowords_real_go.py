# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is accepted for a variable is accepted by real go of three versions, and the words of each version are those
that its SDK lists.
"""

from __future__ import annotations

import os
import platform
import random
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from winhost.sdk import LINUX, sdk_dir

from ansible_collections.gopher.devbox.plugins.module_utils._go.goflags import suggestion
from ansible_collections.gopher.devbox.plugins.module_utils._go.gosettings import value_problem, word_problem
from ansible_collections.gopher.devbox.plugins.module_utils._go.gowords import (
    _WORDS,
    FLAGS,
    PAIRS,
    is_listed,
    minor_of,
    pair_problem,
)

VERSIONS = ("1.21.13", "1.24.11", "1.27.3")
OTHERS = ("1.22.10", "1.23.9", "1.25.5", "1.26.6")
ALL = [*VERSIONS, *(pytest.param(version, marks=pytest.mark.thorough) for version in OTHERS)]

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux") or platform.machine() != "x86_64",
    reason="the SDKs of the tests are for linux/amd64",
)

Go = Callable[..., str]


@pytest.fixture(scope="module")
def go(tmp_path_factory: pytest.TempPathFactory) -> Go:
    """Runs go of a version in a module of one package; what it said when it failed, or nothing."""
    home = tmp_path_factory.mktemp("go")
    work = home / "work"
    work.mkdir()
    (work / "go.mod").write_text("module example.com/x\n\ngo 1.21\n", encoding="utf-8")
    (work / "x.go").write_text("package x\n", encoding="utf-8")
    quiet = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(home),
        "GOTOOLCHAIN": "local",
        "GOPROXY": "off",
        "GOENV": "off",
        "GOCACHE": str(home / "cache"),
    }

    def run(version: str, *words: str, **env: str) -> str:
        program = sdk_dir(version, LINUX) / "bin" / "go"
        done = subprocess.run(
            [str(program), *words],
            env={**quiet, **env},
            cwd=work,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=120,
        )
        return (done.stderr or b"failed without a word").decode(errors="replace") if done.returncode else ""

    return run


def source(version: str, *names: str) -> str:
    return Path(sdk_dir(version, LINUX), "src", *names).read_text(encoding="utf-8")


# --- the tables
# --------------------------------------------------------------------------------------------------------


def listed(table: Mapping[str, range], version: str) -> set[str]:
    return {word for word in table if is_listed(table, word, minor_of(f"go{version}"))}


@pytest.mark.parametrize("version", ALL)
def test_pairs_are_those_of_the_sdk(version: str) -> None:
    pairs = {
        "/".join(pair)
        for pair in re.findall(
            r'^\t\{"(\w+)", "(\w+)"\}:', source(version, "internal", "platform", "zosarch.go"), re.MULTILINE
        )
    }
    assert listed(PAIRS, version) == pairs - {"linux/sparc64"}, "no go has a compiler for sparc64"
    for number, name in enumerate(("GOOS", "GOARCH")):
        assert listed(_WORDS[name], version) == {pair.split("/")[number] for pair in pairs - {"linux/sparc64"}}


@pytest.mark.parametrize("version", ALL)
def test_experiments_are_those_of_the_sdk(version: str) -> None:
    fields = re.sub(
        "//.*",
        "",
        source(version, "internal", "goexperiment", "flags.go").partition("type Flags struct {")[2].partition("\n}")[0],
    )
    assert listed(_WORDS["GOEXPERIMENT"], version) == {
        name.lower() for name in re.findall(r"^\t(\w+) +bool", fields, re.MULTILINE)
    } | {"regabi"}


@pytest.mark.parametrize("version", ALL)
@pytest.mark.parametrize("name", ["GOAMD64", "GOARM", "GOMIPS", "GOMIPS64", "GOPPC64", "GORISCV64", "GOWASM"])
def test_levels_are_those_of_the_sdk(version: str, name: str) -> None:
    body = (
        source(version, "internal", "buildcfg", "cfg.go").partition(f"\nfunc {name.lower()}()")[2].partition("\n}\n")[0]
    )
    if not body:
        assert word_problem(name, "anything", f"go{version}") is None, "this version does not read it"
        return
    cases = {
        word for line in re.findall(r"^\t+case (.*):", body, re.MULTILINE) for word in re.findall(r'"([^"]+)"', line)
    }
    assert cases == {word for word in listed(_WORDS[name], version) if "," not in word}


@pytest.mark.parametrize("version", ALL)
def test_flags_are_those_that_go_takes(version: str, go: Go) -> None:
    if version != VERSIONS[-1] and not os.environ.get("DEVBOX_THOROUGH"):
        names = [name for name, span in FLAGS.items() if len(span) < 7] + ["mod", "nosuchflag", "s"]
    else:
        names = [*FLAGS, "nosuchflag", "s", "X", "N", "l", "extldflags", "h", "help"]
    taken = {name for name in names if "unknown flag" not in go(version, "mod", "verify", GOFLAGS=f"-{name}")}
    assert taken == listed(FLAGS, version) & set(names)


# --- what is accepted
# --------------------------------------------------------------------------------------------------

#: words and odd ones for each variable; a value is made of them by chance
POOLS: Mapping[str, tuple[str, ...]] = {
    "GO111MODULE": ("on", "off", "auto", "maybe", "On", "1"),
    "GOOS": ("linux", "windows", "darwin", "aix", "js", "lnux", "plan9", "wasip1", "Linux"),
    "GOARCH": ("amd64", "arm64", "386", "wasm", "amd63", "riscv64", "sparc64", "x86_64", "loong64"),
    "GOAMD64": ("v1", "v2", "v3", "v4", "v5", "v9", "V1", "1"),
    "GOARM": ("5", "6", "7", "8", "7,softfloat", "5,hardfloat", "7,soft"),
    "GOARM64": ("v8.0", "v8.9,lse", "v9.5,crypto,lse", "v9.6", "v8"),
    "GO386": ("sse2", "softfloat", "387", "sse"),
    "GOMIPS": ("hardfloat", "softfloat", "nofloat"),
    "GOPPC64": ("power8", "power9", "power10", "power7"),
    "GORISCV64": ("rva20u64", "rva22u64", "rva23u64", "rva24u64"),
    "GOEXPERIMENT": ("arenas", "noloopvar", "none", "rangefunc", "jsonv2", "nosuchexp", "swissmap", "simd", ""),
    "GOFIPS140": ("off", "latest", "v9", "on"),
    "GOWORK": ("off", "auto", "x", "./go.work"),
    "GOCACHE": ("off", "x", "@/cache", "~/c"),
    "GOTMPDIR": ("@", "x"),
    "GOPATH": ("@/a", "@/a:@/b", "a", "~/go", "@/a:b"),
    "GOBIN": ("@/bin", "bin", "~/bin"),
    "GOMODCACHE": ("@/mod", "mod"),
    "GOENV": ("off", "@/env", "env"),
    "GOMEMLIMIT": ("off", "100MiB", "1.5GiB", "9999999TiB", "1000000000", "8gb"),
    "GOGC": ("off", "100", "-1", "maybe"),
    "GOMAXPROCS": ("2", "x"),
    "GOTRACEBACK": ("all", "crash", "maybe", "2"),
    "GODEBUG": ("gctrace=0", "http2client=0,x=1"),
    "CGO_ENABLED": ("0", "1", "yes"),
    "CGO_CFLAGS": ("-O2", "'-DX=a b'", '"x', "-DF=%d%s"),
    "CGO_LDFLAGS_ALLOW": (".*", "-Wl,(a|b)", "(", "["),
    "CC": ("gcc", "/usr/bin/gcc -m64", "x/gcc", "'gcc"),
    "GOVCS": ("public:git|hg", "*:all", "public", "./x:git"),
    "GOSUMDB": ("off", "sum.golang.org", "x y z"),
    "GOPROXY": ("off", "direct", "https://user:p%40ss%21w@127.0.0.1:1,direct", "bad proxy", "htps://x"),
    "GOPRIVATE": ("git.corp/a%20b%20c", "*.corp.example"),
    "GOAUTH": ("off", "netrc", "git"),
}
#: pieces of GOFLAGS, with blanks between them
PIECES = (
    "-v -trimpath -x -n -mod=mod -mod=readonly -mod=bogus -tags=a,b -p=2 -p=x -modcacherw -buildvcs=auto "
    "-buildvcs=maybe -buildvcs=false -v=false "
    "-trimpath=maybe -ldflags=-s -s -w -nosuchflag -gcflags=all=-N -gcflags=all -asmflags=-trimpath -count=1 "
    "-timeout=90s -C=/ -u -mod -tags x "
    "-covermode=set -buildmode=pie -buildmode=bogus --v --trimpath=true -json -short -run=X -fullpath -artifacts "
    "-toolexec=env -overlay"
).split() + [
    "'-ldflags=-s -w'",
    '"-gcflags=all=-N -l"',
    '-ldflags="-s -w"',
    '-gcflags="all=-N -l"',
    "'-ldflags=-X main.v=1'",
    "'-tags=a b'",
    "'-v",
    '-ldflags="-s"',
]
#: the processor at which a level is looked at
ON = {
    "GOARM": "arm",
    "GOARM64": "arm64",
    "GO386": "386",
    "GOMIPS": "mips",
    "GOPPC64": "ppc64le",
    "GORISCV64": "riscv64",
}


def values(seed: int, number: int) -> list[tuple[str, str]]:
    chance = random.Random(seed)
    out = []
    for _ in range(number):
        name = chance.choice([*POOLS, *["GOFLAGS"] * 12])
        if name == "GOFLAGS":
            text = " ".join(chance.choices(PIECES, k=chance.randrange(1, 4)))
        elif name == "GOEXPERIMENT":
            text = ",".join(chance.choices(POOLS[name], k=chance.randrange(1, 4))) or "none"
        else:
            text = chance.choice(POOLS[name])
        out.append((name, text))
    return out


def is_accepted(name: str, text: str, version: str) -> bool:
    if value_problem(name, text, "posix") or word_problem(name, text, f"go{version}"):
        return False
    system, processor = (text if name == side else own for side, own in (("GOOS", "linux"), ("GOARCH", "amd64")))
    return name not in ("GOOS", "GOARCH") or pair_problem(system, processor, f"go{version}") is None


def refusal(go: Go, version: str, name: str, text: str) -> str:
    """What go says where it does not live with a value."""
    env = {name: text, **({"GOARCH": ON[name]} if name in ON else {})}
    for words in (["env"], ["env", "GOPATH"], ["list", "."], ["build", "-n", "."]):
        said = go(version, *words, **env)
        if said:
            return f"{words}: {said}"
    return ""


@pytest.mark.parametrize(("seed", "number"), [(1, 24), pytest.param(2, 200, marks=pytest.mark.thorough)])
def test_what_is_accepted_go_accepts(seed: int, number: int, go: Go, tmp_path: Path) -> None:
    accepted, wrong = 0, []
    for name, text in dict.fromkeys(values(seed, number)):
        text = text.replace("@", str(tmp_path))
        for version in VERSIONS:
            if is_accepted(name, text, version):
                accepted += 1
                said = refusal(go, version, name, text)
                wrong += [(version, name, text, said)] if said else []
    assert not wrong
    assert accepted > number // 2, "hardly anything was accepted"


#: refused everywhere, and by go where a build shows it
REFUSED = [
    ("GO111MODULE", "maybe"),
    ("GO111MODULE", "On"),
    ("GOCACHE", "off"),
    ("GOFLAGS", '-ldflags="-s -w" -trimpath'),
    ("GOFLAGS", '-gcflags="all=-N -l"'),
    ("GOFLAGS", "-nosuchflag"),
    ("GOFLAGS", "-s -w"),
    ("GOFLAGS", "-mod=bogus"),
    ("GOFLAGS", "-race=maybe"),
    ("GOFLAGS", "-C=/tmp"),
    ("GOFLAGS", "-p=0"),
    ("GOTOOLCHAIN", "go1.21-custom"),
    ("GOMEMLIMIT", "1.5GiB"),
    ("GOWORK", "go.work"),
]
#: known to each of the three versions, and refused by it
UNLISTED = [("GOARCH", "amd63"), ("GOOS", "lnux"), ("GOEXPERIMENT", "nosuchexp")]


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_refused_go_refuses(version: str, go: Go) -> None:
    for name, text in REFUSED:
        assert value_problem(name, text, "posix"), (name, text)
        assert refusal(go, version, name, text), (name, text)
    for name, text in UNLISTED:
        found = word_problem(name, text, f"go{version}")
        assert found is not None
        assert found.certain
        assert refusal(go, version, name, text), (name, text)


@pytest.mark.parametrize(
    ("text", "better"),
    [
        ('-ldflags="-s -w" -trimpath', "'-ldflags=-s -w' -trimpath"),
        ("-ldflags=-s -w", "'-ldflags=-s -w'"),
        ("-s -w", "'-ldflags=-s -w'"),
        ('-gcflags="all=-N -l"', "'-gcflags=all=-N -l'"),
        ("-N -l", "'-gcflags=-N -l'"),
        ("-mod vendor -v", "-mod=vendor -v"),
        ("-ldflags '-s -w' -v", "'-ldflags=-s -w' -v"),
        ("-ldflags=\"-X 'main.v=a b'\"", "\"-ldflags=-X 'main.v=a b'\""),
    ],
)
def test_the_form_that_works_works(text: str, better: str, go: Go) -> None:
    assert suggestion(text) == better
    assert better in (value_problem("GOFLAGS", text, "posix") or "")
    assert value_problem("GOFLAGS", better, "posix") is None
    if "vendor" not in text:
        for version in (VERSIONS[0], VERSIONS[-1]):
            assert not refusal(go, version, "GOFLAGS", better)
