# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What go itself accepts in the file that GOENV names, what it makes of it, and where the file is. Pure.

The rules are those of cmd/go 1.21 to 1.27: internal/cfg (reading), internal/envcmd (`go env -w`), and what each
variable's user says of a value. Where `go env -w` accepts a value and commands fail on it later, it is refused here.
"""

from __future__ import annotations

import ntpath
import posixpath
import re
import typing as t
from urllib.parse import urlsplit

from .._core.medium import control_problem
from .._core.patterns import pattern
from .._core.secrets import shown
from .._core.syntaxes import syntax_of
from . import goflags, gowords, names
from .flagwords import split_words
from .gowords import Unlisted, pair_problem
from .versions import GoVersion

POSIX_FAMILY, DARWIN, WINDOWS_FAMILY = "posix", "darwin", "windows"

#: where a value comes from
PROCESS, FILE, GO_ENV, BUILT_IN = "process", "go env file", "go.env", "built in"

#: read from the process only, by go [cmd/go/internal/envcmd: checkEnvWrite], by every Go program or by git
#: [pkg.go.dev/runtime; cmd/go/internal/vcs]
_GO_ALONE = frozenset(("GOENV", "GODEBUG"))
_PROGRAMS = frozenset(
    "GOGC GOMAXPROCS GOMEMLIMIT GORACE GOTRACEBACK GOCOVERDIR GCCGOTOOLDIR GIT_ALLOW_PROTOCOL".split()
)

#: what may stand in the file
WRITABLE = (names.KNOWN | {"GOPATH", "GOBIN"}) - _GO_ALONE - _PROGRAMS - {"GOWORK"}

#: what go reads from the file although `go env -w` refuses to write it
READ_ALL_THE_SAME = frozenset(("GOROOT", "GOWORK"))


def writable(name: str) -> str | None:
    """Why go, or we, refuse a name in the file, as a sentence, or None.

    Names are those of cmd/go/internal/envcmd checkEnvWrite. An older go refuses to write a newer one's variable and
    ignores it when it stands there, so the newest list counts.
    """
    if name in WRITABLE:
        return None
    if name == "GOROOT":
        return (
            "go refuses GOROOT in its file since 1.27: it would hold for every go of this person, of any "
            "version, and for the toolchains they "
            "switch to. Leave it unset: go finds it from its own place."
        )
    if name == "GOWORK":
        return "go refuses GOWORK in its file: it would hold in every directory. Set it in the environment."
    if name in _GO_ALONE:
        return f"go reads {name} from the environment only, never from its file."
    if name in _PROGRAMS:
        return f"{name} is read by other programs than go, from the environment only: in go's file it has no effect."
    if name in names.COMPUTED:
        return names.refusal(name)
    if name.upper() in WRITABLE | READ_ALL_THE_SAME | _GO_ALONE | _PROGRAMS | names.COMPUTED:
        return f"{name} is spelled {name.upper()}."
    return f"{name} is not a variable that go knows."


# --- values ----------------------------------------------------------------------------------------------------------

_Check = t.Callable[[str, str, str], t.Optional[str]]

#: the form of each: a pattern, and the words for people [internal/buildcfg; cmd/go/internal/modload, cfg, fips140;
#: pkg.go.dev/runtime]. Which words of that form there are differs from version to version, and is in gowords. Go 1.24
#: overlooks a wrong GOAMD64 or GOARM that 1.21 fails on, and builds for the default instead of what was meant; the
#: runtime overlooks a wrong GOGC. Neither is what was meant.
_WORDS: t.Mapping[str, tuple[t.Pattern[str], str]] = {
    name: (pattern(rf"(?:{words})\Z"), told)
    for name, words, told in (
        ("GO111MODULE", "on|off|auto", "on, off or auto"),
        ("CGO_ENABLED", "[01]", "0 or 1"),
        ("GO_EXTLINK_ENABLED", "[01]", "0 or 1"),
        ("GOOS", "[a-z][a-z0-9]*", "a system in small letters and digits, such as linux or windows"),
        ("GOARCH", "[a-z0-9]+", "a processor in small letters and digits, such as amd64 or arm64"),
        ("GO386", "[a-z][a-z0-9]*", "a word such as sse2 or softfloat"),
        ("GOAMD64", "v[0-9]+", "v and a number, v1 to v4"),
        ("GOARM", "[0-9]+(?:,softfloat|,hardfloat)?", "5, 6 or 7, with ,softfloat or ,hardfloat behind it or not"),
        (
            "GOARM64",
            r"v[0-9]+\.[0-9]+(?:,lse|,crypto)*",
            "v8.0 to v8.9 or v9.0 to v9.5, with ,lse or ,crypto behind it or not",
        ),
        ("GOMIPS", "[a-z]+float", "hardfloat or softfloat"),
        ("GOMIPS64", "[a-z]+float", "hardfloat or softfloat"),
        ("GOPPC64", "power[0-9]+", "power8, power9 or power10"),
        ("GORISCV64", "rva[0-9]+u64", "rva20u64, rva22u64 or rva23u64"),
        ("GOWASM", "[a-z0-9]*(?:,[a-z0-9]*)*", "satconv, signext, or both with a comma"),
        (
            "GOFIPS140",
            r"off|latest|inprocess|certified|v1\.[0-9]+\.[0-9]+(?:-rc[0-9]+|-.{8})?",
            "off, latest, inprocess, certified or a version such as v1.0.0",
        ),
        ("GOEXPERIMENT", "[a-z0-9]*(?:,[a-z0-9]*)*", "names in small letters with commas between them"),
        ("GOGC", "off|-?[0-9]+", "off or a percentage"),
        ("GOMAXPROCS", "[0-9]+", "a number"),
        (
            "GOMEMLIMIT",
            "off|[0-9]{1,18}(?:B|[KMGT]iB)?",
            "off or a number of bytes, with B, KiB, MiB, GiB or TiB behind it or not",
        ),
        ("GOTRACEBACK", "none|single|all|system|crash|wer|[0-9]+", "none, single, all, system, crash or wer"),
    )
}

_TOOLCHAIN = pattern(r"(?:local|auto|path|(?:go1[.a-z0-9]*(?:-[\w.-]+)?|local)(?:\+(?:auto|path))?)\Z")
_SCHEME = pattern(r"([A-Za-z][A-Za-z0-9+.-]*):")
_PERCENT = pattern(r"%(?![0-9A-Fa-f]{2})")
#: what net/url takes in user information, and what it does not take in a host
_USERINFO = pattern(r"[A-Za-z0-9\-._:~!$&'()*+,;=%@]*\Z")
_NOT_IN_HOST = pattern(r"[\^`{}|\\]")
_VERIFIER = pattern(r"[^\s+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/]+=*\Z")
_REFERENCE = pattern(r"\$|%[^%]+%")
_BYTES = {"": 0, "B": 0, "KiB": 10, "MiB": 20, "GiB": 30, "TiB": 40}
_SHARE = pattern(r"[\\/]{2}[^\\/]+[\\/]+[^\\/]")


def value_problem(name: str, text: str, family: str) -> str | None:
    """Why no go takes a value by its form, whatever medium holds it, as a sentence; or None.

    That is what `go env -w` refuses, what makes commands fail later, and what go overlooks without a word. Words that
    differ from version to version are `word_problem`'s. family: "posix", "darwin" or "windows"; it says what a full
    path is, and what separates entries. The value is as go gets it: expanded. Whether directories exist is not asked.
    """
    if not text:
        return (
            f"{name} is empty: in go's file that hides what $GOROOT/go.env says, and sets nothing. Take the "
            f"variable out instead."
        )
    problem = control_problem(text)
    if problem:
        return f"{name} {problem}"
    known = _WORDS.get(name)
    if known and not known[0].match(text):
        return f"{name}={text} means nothing to go: it is {known[1]}."
    check = _CHECKS.get(name)
    return check(name, text, family) if check else None


def word_problem(name: str, text: str, version: str | None) -> Unlisted | None:
    """What is wrong with the words of a value for the go of this version (None: not known); or None."""
    return gowords.unlisted(name, text, version)


def _is_full(path: str, family: str) -> bool:
    """filepath.IsAbs: on Windows a share must be named, not only its host."""
    syntax = syntax_of(family)
    return syntax.is_absolute(path) and (not syntax.is_remote(path) or bool(_SHARE.match(path)))


def _directory(name: str, text: str, family: str) -> str | None:
    odd = syntax_of(family).character_problem(text)
    if odd:
        return f"{name} {odd}"
    if text.startswith("~"):
        return f"{name} starts with '~' ({text}), which go does not expand: write the directory out."
    if _is_full(text, family):
        return None
    if _REFERENCE.match(text):
        return (
            f"{name} must be a full path, and starts with a variable ({text}), which is not expanded there: "
            f"write the directory out."
        )
    return f"{name} must be a full path, and is relative ({text})."


def _directories(name: str, text: str, family: str) -> str | None:
    entries = text.split(syntax_of(family).separator)
    if not entries[0]:
        return f"{name} begins with an empty entry, and the first entry is where go keeps modules: name a directory."
    return next((problem for entry in entries if entry and (problem := _directory(name, entry, family))), None)


def _cache(name: str, text: str, family: str) -> str | None:
    if text == "off":
        return "GOCACHE=off makes every build fail since Go 1.12: name a directory, or take the variable out."
    return _directory(name, text, family)


def _toolchain(name: str, text: str, _family: str) -> str | None:
    """[cmd/go/internal/toolchain: Select; internal/gover: Parse, IsLang]. A language that is newer than any known may
    turn out as something else.
    """
    least = text.partition("+")[0]
    version = GoVersion.parse(least)
    if not _TOOLCHAIN.match(text):
        return (
            f"{name}={text} makes every go command fail: it is local, auto, path, or a version such as "
            f"go1.27.3, go1.27.3+auto."
        )
    if least not in ("local", "auto", "path") and not version:
        return f"{name}={text} makes every go command fail: it holds no version that can exist, such as go1.27.3."
    if version.is_language and version <= gowords.NEWEST_RELEASE:
        return (
            f"{name}={text} makes every go command fail: since Go 1.21 that names the language, not a "
            f"toolchain; its first one is {version.release}."
        )
    return None


def _quoting(name: str, text: str, _family: str) -> str | None:
    try:
        words = split_words(text)
    except ValueError as error:
        return f"{name} cannot be read by go: {error}."
    if not words and name in ("CC", "CXX", "FC", "AR", "PKG_CONFIG", "GOCACHEPROG"):
        return f"{name} holds only blanks, and go needs a program there."
    return None


def _compiler(name: str, text: str, family: str) -> str | None:
    """A program to be found on PATH, or a full path; arguments may follow."""
    problem = _quoting(name, text, family)
    if problem:
        return problem
    program = split_words(text)[0]
    bare = program and not re.search(r"[/\\:]" if family == WINDOWS_FAMILY else "/", program)
    return (
        None
        if bare or _is_full(program, family)
        else f"{name} is relative ({program}): go needs a full path, or a bare name that is on PATH."
    )


def _flags(_name: str, text: str, _family: str) -> str | None:
    return goflags.problem(text)


def _memory(name: str, text: str, _family: str) -> str | None:
    number, unit = re.match(r"([0-9]*)(.*)", text).groups()  # type: ignore[union-attr]  # it matches any text
    too_large = bool(number) and int(number) << _BYTES[unit] >= 1 << 63
    return f"{name}={text} is more bytes than go can count." if too_large else None


def _workspace(name: str, text: str, family: str) -> str | None:
    return None if text in ("off", "auto") else _directory(name, text, family)


def _settings(name: str, text: str, family: str) -> str | None:
    return None if text == "off" else _directory(name, text, family)


#: what a regular expression is refused for; of the rest Python and Go differ
_BROKEN = ("unterminated", "missing )", "unbalanced parenthesis", "nothing to repeat", "bad escape (end of pattern)")


def _expression(name: str, text: str, _family: str) -> str | None:
    """[cmd/go/internal/work/security.go]"""
    try:
        re.compile(text)
    except re.error as error:
        if any(word in error.msg for word in _BROKEN):
            return f"{name} is not a regular expression ({error.msg}), and builds with cgo fail on it."
    return None


def _proxies(_name: str, text: str, family: str) -> str | None:
    """A list of proxies [cmd/go/internal/modfetch: proxyList, newProxyRepo]; what follows off or direct is not read."""
    empty = True
    for entry in re.split("[,|]", text):
        entry = entry.strip()
        if entry in ("off", "direct"):
            return None
        problem = _proxy_problem(entry, family) if entry else None
        if problem:
            return f"GOPROXY holds {shown(entry)}, {problem}."
        empty = empty and not entry
    return "GOPROXY holds no proxy: downloads fail. Write direct, off, or the address of a proxy." if empty else None


def _proxy_problem(entry: str, family: str) -> str | None:
    if re.search("[.:/]", entry) and ":/" not in entry and not entry.startswith("/") and not _is_full(entry, family):
        entry = f"https://{entry}"
    scheme = _SCHEME.match(entry)
    if not scheme:
        return "which is not an address: it begins with https://, http:// or file://, or it is direct or off"
    if scheme.group(1).lower() not in ("https", "http", "file"):
        return "whose protocol go does not speak: it is https, http or file"
    try:
        parts = urlsplit(entry)
        _port = parts.port  # reading it is what judges it
    except ValueError:
        return "which is not an address: its host or port cannot be read"
    if _PERCENT.search(entry) or " " in parts.netloc:
        return "which is not an address: a '%' in it is written as %25, a blank as %20"
    if parts.scheme != "file":
        return _authority_problem(parts.netloc)
    if parts.netloc or parts.query or parts.fragment:
        return "and a file:// address holds only a path, with three slashes"
    return None


def _authority_problem(authority: str) -> str | None:
    """[net/url: parseAuthority, validUserinfo, parseHost; net/http: a request without a host fails]"""
    userinfo, _at, host = authority.rpartition("@")
    if not _USERINFO.match(userinfo):
        return (
            "which is not an address: of the characters of its user name and password go takes letters, digits "
            "and -._~!$&'()*+,;= as they are, others %-encoded"
        )
    odd = _NOT_IN_HOST.search(host)
    if odd:
        return f"which is not an address: no host has a {odd.group()!r} in it"
    return None if host else "which is not an address: it names no host"


def _checksums(_name: str, text: str, _family: str) -> str | None:
    """[cmd/go/internal/modfetch: dbDial]"""
    words = text.split()
    if text == "off" or text == "sum.golang.google.cn":
        return None
    if not 1 <= len(words) <= 2 or not (words[0] == "sum.golang.org" or _VERIFIER.match(words[0])):
        return (
            "GOSUMDB cannot be read by go: it is off, sum.golang.org, sum.golang.google.cn, or a database's key "
            "(name+hash+key), "
            "with an address behind it or not."
        )
    return None


def _versioning(_name: str, text: str, _family: str) -> str | None:
    """[cmd/go/internal/vcs: parseGOVCS]"""
    seen: set[str] = set()
    for item in text.strip().split(",") if text.strip() else ():
        pattern, colon, systems = (part.strip() for part in item.partition(":"))
        if not colon or not pattern or not all(system.strip() for system in systems.split("|")):
            return (
                f"GOVCS holds {item.strip()!r}, which go cannot read: each entry is a pattern, a colon, and "
                f"names with | between them, as in public:git|hg."
            )
        if pattern in (".", "..") or pattern.startswith(("./", "../")):
            return f"GOVCS holds the relative pattern {pattern}, which go refuses."
        if pattern in seen:
            return f"GOVCS holds {pattern} twice, which go refuses."
        seen.add(pattern)
    return None


def _credentials(_name: str, text: str, family: str) -> str | None:
    """[cmd/go/internal/auth: runGoAuth]; a command may hold secrets, so none is repeated."""
    commands = [command.split() for command in text.split(";")]
    if not all(commands):
        return "GOAUTH holds an empty command, and go fails on it: no ';' at the beginning, the end or twice."
    if len(commands) > 1 and any(words[0] == "off" for words in commands):
        return "GOAUTH=off cannot be combined with other commands."
    if any(words[0] == "git" and (len(words) != 2 or not _is_full(words[1], family)) for words in commands):
        return "GOAUTH holds git without the full path of a directory behind it, and go fails on it."
    return None


_CHECKS: t.Mapping[str, _Check] = {
    "GOPATH": _directories,
    "GOBIN": _directory,
    "GOCACHE": _cache,
    "GOMODCACHE": _directory,
    "GOTMPDIR": _directory,
    "GOTOOLCHAIN": _toolchain,
    "CC": _compiler,
    "CXX": _compiler,
    "FC": _quoting,
    "AR": _quoting,
    "PKG_CONFIG": _quoting,
    "GOCACHEPROG": _quoting,
    "CGO_CFLAGS": _quoting,
    "CGO_CPPFLAGS": _quoting,
    "CGO_CXXFLAGS": _quoting,
    "CGO_FFLAGS": _quoting,
    "CGO_LDFLAGS": _quoting,
    "GOFLAGS": _flags,
    "GOPROXY": _proxies,
    "GOSUMDB": _checksums,
    "GOVCS": _versioning,
    "GOAUTH": _credentials,
    "GOMEMLIMIT": _memory,
    "GOWORK": _workspace,
    "GOENV": _settings,
    **dict.fromkeys((name for name in names.KNOWN if name.endswith(("_ALLOW", "_DISALLOW"))), _expression),
}


# --- what already stands there ---------------------------------------------------------------------------------------

#: values that $GOROOT/go.env gives, so that an empty one in the file takes something away; of others it is as good as
#: none
_EMPTY: t.Mapping[str, str] = {
    "GOPROXY": "GOPROXY is empty: that hides the one in $GOROOT/go.env, and every download fails.",
    "GOSUMDB": "GOSUMDB is empty: that hides the one in $GOROOT/go.env, and every download fails that is checked "
    "against the database.",
    "GOTOOLCHAIN": "GOTOOLCHAIN is empty: that hides the one in $GOROOT/go.env, and go never switches to the "
    "toolchain that a go.mod asks for.",
}


def poisoned(values: t.Mapping[str, str], family: str, version: str | None = None) -> list[tuple[str, str]]:
    """(name, reason) of what stands in a file and makes go fail or misbehave, in the order of `values` (as go reads
    them).

    Names that go ignores are none: they do no harm. version: of the go that reads the file, where it is known.
    """
    found = [(name, reason) for name, text in values.items() if (reason := _harm(name, text, family, version))]
    goos, goarch = values.get("GOOS"), values.get("GOARCH")
    if goos and goarch and not any(name in ("GOOS", "GOARCH") for name, _reason in found):
        problem = pair_problem(goos, goarch, version)
        found += [("GOARCH", problem)] if problem else []
    return found


def _harm(name: str, text: str, family: str, version: str | None) -> str | None:
    if name == "GOROOT" and text:
        return (
            f"GOROOT={text} holds for every go of this person, whatever its version: another version's builds "
            f"fail, and when the directory is "
            "missing every command does, go env -u among them. go env -u refuses it since 1.27: take the line "
            "out of the file."
        )
    if name == "GOWORK" and text not in ("", "off", "auto"):
        return (
            f"GOWORK={text} holds in every directory, in which go then builds that workspace or fails; go env "
            f"-u refuses it: take the line out of the file."
        )
    if name not in WRITABLE:
        return None
    if not text:
        return _EMPTY.get(name)
    problem = value_problem(name, text, family)
    if problem:
        return problem
    words = word_problem(name, text, version)
    return words.problem if words and words.certain else None


# --- layers ----------------------------------------------------------------------------------------------------------


def counting(name: str, found: t.Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Of the layers that hold a variable, (layer, text) from the uppermost down, those that count [cmd/go/internal/cfg:
    Getenv, readEnvFile].

    FILE, GO_ENV and BUILT_IN are layers of their own; any other is one of the process's environment. An empty value of
    the process sets nothing. An empty one in the file hides that of go.env, and what go then does is its built-in; it
    stands here only where it hides something. GOROOT in go.env is not read; of what go computes, and what only a
    process can set, files say nothing.
    """
    held = list(found)
    files_count = name in WRITABLE or name in READ_ALL_THE_SAME or not _is_reserved(name)
    has_below = files_count and name != "GOROOT" and any(layer == GO_ENV and text for layer, text in held)

    def counts(layer: str, text: str) -> bool:
        if layer == BUILT_IN:
            return True
        if layer == FILE:
            return files_count and bool(text or has_below)
        if layer == GO_ENV:
            return has_below and bool(text)
        return bool(text) and name not in names.COMPUTED

    return [pair for pair in held if counts(*pair)]


def _is_reserved(name: str) -> bool:
    return name in names.COMPUTED or name in _GO_ALONE or name in _PROGRAMS


def in_force(found: t.Sequence[tuple[str, str]]) -> tuple[str, str] | None:
    """The layer and the text that go goes by, of what `counting` leaves: an empty value of the file leaves the built-in
    one. None for nothing known.
    """
    if not found:
        return None
    return found[0] if found[0][1] or found[-1][0] != BUILT_IN else found[-1]


def root_of_go_env(process: t.Mapping[str, str], file: t.Mapping[str, str]) -> str | None:
    """The GOROOT whose go.env is read, or None for the one go finds from its own place.

    Here the file goes before the process, against the order of all else [cmd/go/internal/cfg: findGOROOT].
    """
    return file.get("GOROOT") or process.get("GOROOT") or None


# --- places and defaults ---------------------------------------------------------------------------------------------


class Facts(t.NamedTuple):
    """What go's defaults depend on.

    family: "posix", "darwin" or "windows". home: the person's home directory, where the environment does not say.
    environment: of their process. gopath, goprivate: in force; empty for not set.
    """

    family: str
    home: str | None
    environment: t.Mapping[str, str] = {}
    gopath: str = ""
    goprivate: str = ""

    def variable(self, name: str, default: str = "") -> str:
        """A variable of the environment, on Windows whatever the case of its name."""
        if self.family != WINDOWS_FAMILY:
            return self.environment.get(name, default)
        return next((text for found, text in self.environment.items() if found.upper() == name.upper()), default)

    def home_directory(self) -> str:
        return self.variable("USERPROFILE" if self.family == WINDOWS_FAMILY else "HOME", self.home or "")

    def join(self, *parts: str) -> str:
        """filepath.Join: cleaned."""
        if self.family == WINDOWS_FAMILY:
            return ntpath.normpath("\\".join(parts))
        path = posixpath.normpath("/".join(parts))
        return path[1:] if path.startswith("//") else path


#: what go takes when nothing is set, where that is the same everywhere [cmd/go/internal/cfg, work]
_DEFAULTS: t.Mapping[str, str] = {
    **dict.fromkeys(
        "GO111MODULE GOBIN GOCACHEPROG GODEBUG GOEXPERIMENT GOFLAGS GOINSECURE GOPRIVATE GOPROXY GOSUMDB "
        "GOTMPDIR GOTOOLCHAIN GOVCS CGO_CPPFLAGS".split(),
        "",
    ),
    **dict.fromkeys("CGO_CFLAGS CGO_CXXFLAGS CGO_FFLAGS CGO_LDFLAGS".split(), "-O2 -g"),
    "AR": "ar",
    "GOAUTH": "netrc",
    "PKG_CONFIG": "pkg-config",
}


def built_in(name: str, facts: Facts) -> str | None:
    """What go takes when no layer sets a variable, as `go env` prints it, or None when it depends on the toolchain or
    the directory.

    GOPROXY, GOSUMDB and GOTOOLCHAIN are empty here: what everybody knows as their defaults stands in $GOROOT/go.env.
    GOBIN is empty too, and means the bin directory of GOPATH's first entry, which newer versions print.
    """
    if name == "GOPATH":
        return _default_gopath(facts)
    if name == "GOMODCACHE":
        first = (facts.gopath or _default_gopath(facts)).split(syntax_of(facts.family).separator)[0]
        return facts.join(first, "pkg", "mod") if first else ""
    if name == "GOCACHE":
        return _default_cache(facts)
    if name in ("GONOPROXY", "GONOSUMDB"):
        return facts.goprivate
    if name == "GOENV":
        return goenv_path(facts.family, facts.home, facts.environment)[0]
    return _DEFAULTS.get(name)


def defaults(
    family: str, home: str | None, environment: t.Mapping[str, str], file: t.Mapping[str, str]
) -> dict[str, str]:
    """What go takes where no layer sets a variable, by name; of variables that then have a value. file: the go env
    file.
    """
    gopath = environment.get("GOPATH") or file.get("GOPATH", "")
    goprivate = environment.get("GOPRIVATE") or file.get("GOPRIVATE", "")
    facts = Facts(family, home, environment, gopath, goprivate)
    texts = {name: built_in(name, facts) for name in sorted(names.KNOWN | {"GOPATH", "GOBIN"})}
    return {name: text for name, text in texts.items() if text}


def _default_gopath(facts: Facts) -> str:
    """[go/build: defaultGOPATH; cmd/go/main.go]: a guess that is relative is taken back, one that is the GOROOT of the
    environment too.
    """
    home = facts.home_directory()
    if not home or not _is_full(home, facts.family):
        return ""
    path, goroot = facts.join(home, "go"), facts.variable("GOROOT")
    return "" if goroot and facts.join(goroot) == path else path


def _default_cache(facts: Facts) -> str:
    """os.UserCacheDir, and `off` where there is none; every build fails then."""
    home = facts.home_directory()
    if facts.family == WINDOWS_FAMILY:
        base = facts.variable("LocalAppData", facts.join(home, "AppData", "Local") if home else "")
    elif facts.family == DARWIN:
        base = facts.join(home, "Library", "Caches") if home else ""
    else:
        named = facts.variable("XDG_CACHE_HOME")
        if named and not named.startswith("/"):
            return "off"
        base = named or (facts.join(home, ".cache") if home else "")
    return facts.join(base, "go-build") if base else "off"


def goenv_path(family: str, home: str | None, environment: t.Mapping[str, str]) -> tuple[str | None, str]:
    """Where the file is, and an empty text; or None and why there is none, as a sentence [cmd/go/internal/cfg:
    EnvFile; os.UserConfigDir].

    home counts where the environment does not name it. environment: of the person's process; GOENV in it goes before
    all else.
    """
    facts = Facts(family, home, environment)
    named = facts.variable("GOENV")
    if named == "off":
        return None, "GOENV is off in the environment: go reads no file of settings then."
    if named:
        full = _is_full(named, family)
        return (
            (named, "")
            if full
            else (None, f"GOENV is relative in the environment ({named}): go looks for another file in each directory.")
        )
    base, lacking = _settings_directory(facts)
    return (facts.join(base, "go", "env"), "") if base else (None, lacking)


def _settings_directory(facts: Facts) -> tuple[str, str]:
    home = facts.home_directory()
    if facts.family == WINDOWS_FAMILY:
        return facts.variable(
            "AppData", facts.join(home, "AppData", "Roaming") if home else ""
        ), "%AppData% is not set, and go keeps its settings there."
    unknown = "HOME is not set, and go keeps its settings there."
    if facts.family == DARWIN:
        return (facts.join(home, "Library", "Application Support") if home else ""), unknown
    named = facts.variable("XDG_CONFIG_HOME")
    if named and not named.startswith("/"):
        return "", (
            f"XDG_CONFIG_HOME is relative in the environment ({named}): newer versions of go read no file of "
            f"settings then, "
            "older ones look for another in each directory."
        )
    return named or (facts.join(home, ".config") if home else ""), unknown
