# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The words that each version of Go lists: systems, processors and their levels, experiments, flags of GOFLAGS. Pure.

Taken from the sources of the SDKs 1.21.13, 1.22.10, 1.23.9, 1.24.11, 1.25.5, 1.26.6 and 1.27.3: internal/platform
(zosarch.go), internal/buildcfg (cfg.go), internal/goexperiment (flags.go), and from what each `go` says of a flag in
GOFLAGS. A release of the same minor version lists the same words. tests/integration/test_gowords_real_go.py compares.
"""

from __future__ import annotations

import re
import typing as t

from .versions import GoVersion

#: the minor versions of the tables, and the newest release among them
OLDEST, NEWEST = 21, 27
NEWEST_RELEASE = GoVersion.bare("1.27.3")


def _table(text: str) -> dict[str, range]:
    """The minor versions that list each word: `word`, all of them; `word:23-25`; `word:23-`."""
    out = {}
    for item in text.split():
        word, _colon, span = item.partition(":")
        first, _dash, last = span.partition("-")
        out[word] = range(int(first or OLDEST), int(last or NEWEST) + 1)
    return out


#: GOOS/GOARCH that go can build for. It has the name of Linux on sparc64 in all of these versions, and a compiler for
#: it in none.
PAIRS = _table(
    "aix/ppc64 android/386 android/amd64 android/arm android/arm64 darwin/amd64 darwin/arm64 dragonfly/amd64 "
    "freebsd/386 freebsd/amd64 "
    "freebsd/arm freebsd/arm64 freebsd/riscv64 illumos/amd64 ios/amd64 ios/arm64 js/wasm linux/386 linux/amd64 "
    "linux/arm linux/arm64 "
    "linux/loong64 linux/mips linux/mips64 linux/mips64le linux/mipsle linux/ppc64 linux/ppc64le linux/riscv64 "
    "linux/s390x linux/sparc64:20-20 netbsd/386 "
    "netbsd/amd64 netbsd/arm netbsd/arm64 openbsd/386 openbsd/amd64 openbsd/arm openbsd/arm64 "
    "openbsd/mips64:21-26 openbsd/ppc64 "
    "openbsd/riscv64:22- plan9/386 plan9/amd64 plan9/arm solaris/amd64 wasip1/wasm windows/386 windows/amd64 "
    "windows/arm:21-25 windows/arm64"
)


def _sides(number: int) -> dict[str, range]:
    out: dict[str, range] = {}
    for pair, span in PAIRS.items():
        word = pair.split("/")[number]
        known = out.get(word, span)
        out[word] = range(min(known.start, span.start), max(known.stop, span.stop))
    return out


_WORDS: t.Mapping[str, t.Mapping[str, range]] = {
    "GOOS": _sides(0),
    "GOARCH": _sides(1),
    "GO386": _table("sse2 softfloat"),
    "GOAMD64": _table("v1 v2 v3 v4"),
    "GOARM": _table(
        "5 6 7 5,softfloat:22- 6,softfloat:22- 7,softfloat:22- 5,hardfloat:22- 6,hardfloat:22- 7,hardfloat:22-"
    ),
    "GOARM64": _table(" ".join([*(f"v8.{number}" for number in range(10)), *(f"v9.{number}" for number in range(6))])),
    "GOMIPS": _table("hardfloat softfloat"),
    "GOMIPS64": _table("hardfloat softfloat"),
    "GOPPC64": _table("power8 power9 power10"),
    "GORISCV64": _table("rva20u64 rva22u64 rva23u64:25-"),
    "GOWASM": _table("satconv signext"),
    "GOEXPERIMENT": _table(
        "aliastypeparams:23-25 allocheaders:22-22 arenas boringcrypto cacheprog:21-25 cgocheck2 "
        "coverageredesign:21-24 dwarf5:25- "
        "exectracer2:22-22 fieldtrack goroutineleakprofile:26-26 greenteagc:25- heapminimum512kib jsonv2:25- "
        "loopvar mapsplitgroup:27- "
        "newinliner:22- pagetrace:21-22 preemptibleloops randomizedheapbase64:26- range:22-22 rangefunc:22-25 "
        "regabi regabiargs "
        "regabiwrappers runtimefreegc:26- runtimesecret:26- simd:26- sizespecializedmalloc:26- "
        "spinbitmutex:24-24 staticlockranking "
        "swissmap:24-25 synchashtriemap:24-25 synctest:24-25"
    ),
}

#: older versions do not read these at all
_SINCE = {"GOARM64": 23, "GORISCV64": 23}

#: flags that go takes in GOFLAGS; whether a value must follow does not depend on the version
FLAGS = _table(
    "a artifacts:26- asan asmflags bench benchmem benchtime blockprofile blockprofilerate buildmode buildvcs c "
    "cache changed:23- compat "
    "compiled compiler count cover covermode coverpkg coverprofile cpu cpuprofile d deps diff:23- dropexclude "
    "dropgodebug:23- dropignore:25- "
    "dropreplace droprequire dropretract droptool:24- dropuse e exclude exec export f failfast find fix fmt "
    "fullpath fuzz fuzzcache "
    "fuzzminimizetime fuzztime gccgoflags gcflags go godebug:23- i ignore:25- insecure installsuffix json "
    "ldflags linkshared list m "
    "memprofile memprofilerate mod modcache modcacherw modfile module msan mutexprofile mutexprofilefraction n o "
    "outputdir overlay p parallel "
    "pgo pkgdir print r race replace require retract retracted reuse run short shuffle skip t tags test "
    "testcache timeout tool:24- toolchain "
    "toolexec trace trimpath u use v vendor versions vet vettool w work x "
    # in no help, and taken by every version
    "debug-actiongraph debug-runtime-trace debug-trace "
    # for the test binary, under the name that it has there
    "test.artifacts:26- test.bench test.benchmem test.benchtime test.blockprofile test.blockprofilerate "
    "test.count test.coverprofile test.cpu "
    "test.cpuprofile test.failfast test.fullpath test.fuzz test.fuzzminimizetime test.fuzztime test.list "
    "test.memprofile test.memprofilerate "
    "test.mutexprofile test.mutexprofilefraction test.outputdir test.parallel test.run test.short test.shuffle "
    "test.skip test.timeout "
    "test.trace test.v"
)


class Unlisted(t.NamedTuple):
    """Words of a value that Go does not list. certain: whether the version that will run is known to list none
    of them.
    """

    problem: str
    certain: bool


def minor_of(version: str | None) -> int | None:
    """The minor version of `go1.27.3` (27), None for what cannot be told."""
    found = GoVersion.parse(version or "")
    return int(found.minor) if found.major == "1" and not found.is_development else None


def _is_judged(minor: int | None) -> bool:
    return minor is not None and OLDEST <= minor <= NEWEST


def unlisted(name: str, text: str, version: str | None) -> Unlisted | None:
    """What is wrong with the words of a value for the go of this version, None as version for one that is not known; or
    None.
    """
    if name == "GOTOOLCHAIN":
        return _future(text)
    minor = minor_of(version)
    table = FLAGS if name == "GOFLAGS" else _WORDS.get(name)
    if table is None or (minor is not None and minor < _SINCE.get(name, OLDEST) and _is_judged(minor)):
        return None
    strange = [word for word in _words(name, text) if not is_listed(table, word, minor)]
    if not strange:
        return None
    known = ", ".join(sorted(word for word in table if is_listed(table, word, minor)))
    judged = _is_judged(minor)
    of = version if judged else f"Go 1.{OLDEST} to 1.{NEWEST}"
    more = "" if judged else f" {f'{version} is none of these' if version else 'Which go will run is not known'}."
    told = f" It lists {known}." if name != "GOFLAGS" else ""
    return Unlisted(f"{name} holds {', '.join(strange)}, which {of} does not list.{told}{more}", judged)


def is_listed(table: t.Mapping[str, range], word: str, minor: int | None) -> bool:
    """Whether that version lists a word; whether any does, for one that is not in the tables."""
    return word in table and (not _is_judged(minor) or minor in table[word])


def pair_problem(goos: str, goarch: str, version: str | None = None) -> str | None:
    """Why no go builds for this pair, or None. An empty GOARCH or GOOS is one that is not known, and any would do."""
    minor = minor_of(version)
    for pair in PAIRS:
        system, processor = pair.split("/")
        if goos in ("", system) and goarch in ("", processor) and is_listed(PAIRS, pair, minor):
            return None
    by = f" ({version})" if _is_judged(minor) else ""
    return f"GOOS={goos} with GOARCH={goarch or 'that of this host'} is a pair that go{by} cannot build for."


def _words(name: str, text: str) -> list[str]:
    """The words of a value that are looked up, as go takes them apart."""
    if name == "GOEXPERIMENT":
        return [word.removeprefix("no") for word in text.split(",") if word not in ("", "none")]
    if name == "GOWASM":
        return [word for word in text.split(",") if word]
    if name == "GOARM64":
        return [re.sub(r"(?:,lse|,crypto)*\Z", "", text)]
    if name == "GOFLAGS":
        from .flagwords import flag_names  # only a value of GOFLAGS needs it

        return flag_names(text)
    return [text]


def _future(text: str) -> Unlisted | None:
    """A release that may exist one day: nothing speaks against the name, and nobody can download it today."""
    found = GoVersion.parse(text.partition("+")[0])
    if found <= NEWEST_RELEASE:
        return None
    language = (
        f" go takes go{found} for the name of a language, whose first release would be {found.release}."
        if found.is_language
        else ""
    )
    return Unlisted(
        f"GOTOOLCHAIN={text} names a release that is newer than any known here (go{NEWEST_RELEASE}).{language}", False
    )
