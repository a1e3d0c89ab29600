# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""GOFLAGS as go reads it: how it is split, which flags it may hold, and the form that works [cmd/internal/quoted;
cmd/go/internal/base/goflags.go]. Pure.
"""

from __future__ import annotations

import re
import typing as t

from .._core.patterns import pattern
from .._core.values import mask
from .flagwords import parts_of, split_words
from .gowords import FLAGS

#: flags of the linker and of the compiler, which stand alone when -ldflags='…' or -gcflags='…' was not quoted as a
#: whole
_OF_LINKER = frozenset("s w X H linkmode extldflags extld buildid".split())
_OF_COMPILER = frozenset("N l m e S B".split())
_PER_PACKAGE = ("asmflags", "gccgoflags", "gcflags", "ldflags")

_BOOLEAN = pattern(r"(?:1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)\Z")
_NUMBER = (pattern(r"\+?(?:[0-9](?:_?[0-9])*|0[xX][0-9A-Fa-f]+|0[bB][01]+|0[oO][0-7]+)\Z"), "a number")
_POSITIVE = (
    pattern(r"(?!\+?0[xXbBoO]?[0_]*\Z)\+?(?:[0-9](?:_?[0-9])*|0[xX][0-9A-Fa-f]+|0[bB][01]+|0[oO][0-7]+)\Z"),
    "a number above 0",
)
_DURATION = (
    pattern(r"[+-]?(?:0|(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h))+)\Z"),
    "a duration such as 90s",
)
_SWITCHES = frozenset(
    "a artifacts asan benchmem failfast fullpath linkshared modcacherw msan n race short trimpath x".split()
)
#: what the value of a flag must be, and the words for it
_VALUES: t.Mapping[str, tuple[t.Pattern[str], str]] = {
    **dict.fromkeys(_SWITCHES, (_BOOLEAN, "true or false")),
    "count": _NUMBER,
    **dict.fromkeys(("p", "parallel"), _POSITIVE),
    "timeout": _DURATION,
    "buildvcs": (pattern(r"(?:auto|1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)\Z"), "true, false or auto"),
    "mod": (pattern(r"(?:mod|readonly|vendor)?\Z"), "mod, readonly or vendor"),
    "modfile": (pattern(r"(?:.*\.mod)?\Z"), "a file whose name ends in .mod"),
    "compiler": (pattern(r"(?:gc|gccgo)\Z"), "gc or gccgo"),
    "covermode": (pattern(r"(?:set|count|atomic)\Z"), "set, count or atomic"),
    "shuffle": (pattern(r"(?:on|off|-?[0-9]+)\Z"), "on, off or a number"),
    "buildmode": (
        pattern(r"(?:archive|c-archive|c-shared|default|exe|pie|plugin|shared)\Z"),
        "archive, c-archive, c-shared, default, exe, pie, plugin or shared",
    ),
}
#: flags that need `=value` in GOFLAGS [go help build, go help testflag]
_NEED_VALUE = frozenset(_PER_PACKAGE) | frozenset(
    "bench benchtime blockprofile blockprofilerate buildmode compiler count covermode coverpkg coverprofile cpu "
    "cpuprofile exec fuzz "
    "fuzzminimizetime fuzztime installsuffix list memprofile memprofilerate mod modfile mutexprofile "
    "mutexprofilefraction o outputdir overlay "
    "debug-actiongraph debug-runtime-trace debug-trace p parallel pgo pkgdir run shuffle skip tags timeout "
    "toolexec trace vet vettool".split()
)


def _for_go(name: str) -> str:
    """The name of a flag that is written as the test binary has it."""
    return name.removeprefix("test.")


def problem(text: str) -> str | None:
    """Why go cannot work with a value of GOFLAGS, with the form that works where one can be told; or None."""
    found = _problem(text)
    if found is None:
        return None
    better = suggestion(text)
    return f"{found} Write: {mask(better)}" if better else found


def _problem(text: str) -> str | None:
    try:
        words = split_words(text)
    except ValueError as error:
        return f"GOFLAGS cannot be read by go: {error}."
    return next((found for word in words if (found := _word_problem(word))), None)


def _word_problem(word: str) -> str | None:
    name, given, value = parts_of(word)
    shown = mask(word)
    if not word.startswith("-") or not name or name.startswith("-"):
        return (
            f"GOFLAGS holds {shown}, which is not a flag, and go fails on it: a value follows its flag with '=', "
            f"and one with blanks is quoted together with it."
        )
    if name in ("w", "u"):
        return (
            f"GOFLAGS holds -{name}, which go env takes for its own: instead of printing a variable it "
            f"changes the file, or fails."
        )
    if name == "C":
        return "GOFLAGS holds -C, which go takes on the command line only, and go fails on it."
    if name not in FLAGS and name in _OF_LINKER | _OF_COMPILER:
        return (
            f"GOFLAGS holds -{name}, which is a flag of the linker or the compiler, and go fails on it: quote "
            f"it together with the flag that hands it on."
        )
    if name not in FLAGS:
        return f"GOFLAGS holds {mask(f'-{name}')}, a flag that go does not have, and go fails on it."
    if not given:
        return (
            f"GOFLAGS holds -{name} without a value, and go fails on it: write -{name}=VALUE."
            if _for_go(name) in _NEED_VALUE
            else None
        )
    return _value_problem(name, value)


def _value_problem(name: str, value: str) -> str | None:
    known = _VALUES.get(_for_go(name))
    if known and not known[0].match(value):
        return f"GOFLAGS holds -{name}={mask(value)}, and go fails on it: the value is {known[1]}."
    if name in _PER_PACKAGE:
        return _per_package_problem(name, value.strip())
    if name in ("exec", "toolexec"):
        return _quoting_problem(name, value)
    return None


def _per_package_problem(name: str, value: str) -> str | None:
    """[cmd/go/internal/load: PerPackageFlag]"""
    if value and not value.startswith("-"):
        packages, given, value = value.partition("=")
        if not given or not packages or packages[0] in "\"'":
            return (
                f"GOFLAGS holds -{name}={mask(packages)}, and go fails on it: flags begin with '-', or stand "
                f"behind packages and '='; no quote comes first."
            )
    return _quoting_problem(name, value)


def _quoting_problem(name: str, value: str) -> str | None:
    try:
        split_words(value)
    except ValueError as error:
        return f"GOFLAGS holds -{name} with a value that cannot be read by go: {error}."
    return None


# --- the form that works
# -----------------------------------------------------------------------------------------------


def suggestion(text: str) -> str | None:
    """The value that was probably meant, quoted as go wants it: as a shell would read it, each flag quoted as a whole.
    None where none can be told.
    """
    words = _shell_words(text)
    flags = _gathered(words) if words else []
    quoted = [_quoted(flag) for flag in flags]
    if not quoted or any(flag is None for flag in quoted):
        return None
    better = " ".join(flag for flag in quoted if flag)
    return better if better != text and _problem(better) is None else None


def _shell_words(text: str) -> list[str]:
    """The words of a text in which quotes may stand inside a word, as shells have it; none for an open quote."""
    words: list[str] = []
    current, quote, begun = "", "", False
    for char in text:
        if quote:
            current, quote = (current, "") if char == quote else (current + char, quote)
        elif char in "\"'":
            quote, begun = char, True
        elif char in " \t\n\r":
            words += [current] if current or begun else []
            current, begun = "", False
        else:
            current += char
    return [] if quote else [*words, *([current] if current or begun else [])]


def _gathered(words: t.Sequence[str]) -> list[str]:
    """The flags, each with what belongs to it: a value that follows, and the linker's or the compiler's own flags
    behind the one that hands them on.
    """
    flags: list[str] = []
    for word in words:
        name = parts_of((word.split() or [""])[0])[0]
        before, has_value, _rest = parts_of(flags[-1]) if flags else ("", False, "")
        tools = _OF_LINKER if before == "ldflags" else _OF_COMPILER if before == "gcflags" else frozenset[str]()
        if flags and (name in tools or not word.startswith("-")):
            flags[-1] += f" {word}" if has_value else f"={word}"
        elif name in _OF_LINKER and (name not in FLAGS or name == "w"):
            flags.append(f"-ldflags={word}")
        elif name in _OF_COMPILER and name not in FLAGS:
            flags.append(f"-gcflags={word}")
        else:
            flags.append(word)
    return flags


def _quoted(flag: str) -> str | None:
    if not re.search(r"[ \t\"']", flag):
        return flag
    return next((f"{quote}{flag}{quote}" for quote in "'\"" if quote not in flag), None)
