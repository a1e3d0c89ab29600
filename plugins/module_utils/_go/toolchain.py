# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which toolchain go selects, and which installed one does as well (facts 4). Pure.

Go names a toolchain `go1.22.3`, and a version, as the go line of a go.mod has it, `1.22.3`. Both stand here as texts in
that form.
"""

from __future__ import annotations

import functools
import re
import typing as t

from .._core.patterns import pattern

LOCAL = "local"  # the go that is run, and none in its stead

#: what decided: nothing but the go that is run, a line of go.mod or go.work, or GOTOOLCHAIN itself
NOTHING, GO_LINE, TOOLCHAIN_LINE, SETTING = "local", "go", "toolchain", "gotoolchain"

#: where go takes another toolchain from: a program of its name on PATH, else a download; or PATH alone
PATH_OR_DOWNLOAD, PATH_ONLY = "path or download", "path"

_VERSION = pattern(r"(0|[1-9][0-9]*)(?:\.(0|[1-9][0-9]*)(?:\.(0|[1-9][0-9]*)|([a-z]+)(0|[1-9][0-9]*)?)?)?\Z")
_DEVELOPMENT = pattern(r"devel .*?\bgo(1\.[0-9]+)\b")
_ORDINARY = pattern(r"go1[0-9.a-z]*\Z")

Number = tuple[int, str]
#: major, minor, patch, kind (`rc`), its number. Numbers are texts with their lengths before them, as big as one likes.
Order = tuple[Number, Number, Number, str, Number]


class _Version(t.NamedTuple):
    major: str = ""
    minor: str = ""
    patch: str = ""
    kind: str = ""
    pre: str = ""


# --- versions and their order ----------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=4096)
def _parse(version: str) -> _Version:
    """The parts of a version; all of them are empty for a text that is none [internal/gover: Parse]."""
    found = _VERSION.match(version)
    if not found:
        return _Version()
    major, minor, patch, kind, pre = (text or "" for text in found.groups())
    if not minor:
        return _Version(major, "0", "0")
    if not patch and not kind and _number(minor) < _number("21"):
        patch = "0"  # before 1.21 the first release of a language had no third number
    return _Version(major, minor, patch, kind, pre)


def _number(digits: str) -> Number:
    return len(digits), digits


def order(version: str) -> Order:
    """A key by which versions sort as go sorts them: 1.21 < 1.21rc1 < 1.21.0; 1.20rc1 < 1.20 = 1.20.0. What is no
    version is less than any.
    """
    major, minor, patch, kind, pre = _parse(version)
    return _number(major), _number(minor), _number(patch), kind, _number(pre)


def is_version(version: str) -> bool:
    return bool(_parse(version).major)


def is_language(version: str) -> bool:
    """Whether it names a language and not one of its releases: 1.22 does, 1.22.0 and 1.20 do not."""
    found = _parse(version)
    return bool(found.major) and not (found.patch or found.kind)


def language(version: str) -> str:
    """`1.22` for `1.22.3`; empty for what is no version."""
    found = _parse(version)
    return f"{found.major}.{found.minor}" if found.major else ""


def is_prerelease(version: str) -> bool:
    return bool(_parse(version).kind)


def version_of(toolchain: str) -> str:
    """`1.22.3` for `go1.22.3`, also with a suffix behind a hyphen or a blank; empty for what names no toolchain
    [cmd/go/internal/gover: FromToolchain].

    A development version, which stands for its language, is known by its name: `devel go1.28-abcdef …`.
    """
    development = _DEVELOPMENT.match(toolchain)
    if development:
        return development[1]
    if not toolchain.startswith("go") or "/" in toolchain or "\\" in toolchain:
        return ""
    version = re.split("[ \t-]", toolchain[2:], maxsplit=1)[0]
    return version if is_version(version) else ""


def version_of_file(text: str) -> str | None:
    """The toolchain that the first line of an SDK's VERSION file names (`go1.27.3`), or None."""
    first = text.lstrip("\ufeff").split("\n", 1)[0].strip()
    return first if version_of(first) else None


def release(version: str) -> str | None:
    """The first release that has at least this version, as a toolchain: `go1.22.0` for 1.22, `go1.20` for 1.20.0. None
    for what has none.
    """
    found = _parse(version)
    if found.major != "1":
        return None
    if is_language(version):
        return f"go{version}.0"
    if found.patch == "0" and order(version) < order("1.21"):
        return f"go{language(version)}"
    return f"go{version}"


# --- what go selects -------------------------------------------------------------------------------------------------


class Selection(t.NamedTuple):
    """What go does in a module's directory.

    toolchain: the one that it hands over to, LOCAL when it does the work itself, empty when GOTOOLCHAIN or the
    toolchain line names none and every command fails. runs: the toolchain that then does the work, the local one's name
    for LOCAL, empty when there is none. decided: NOTHING, GO_LINE, TOOLCHAIN_LINE or SETTING. source: where it comes
    from, empty for LOCAL. error: why go refuses, in its words. why: in words for people. wants: the least version that
    the lines in force ask for, empty for any; with GOTOOLCHAIN=local only the go line is in force. exact: GOTOOLCHAIN
    names a version, so that no other one runs, not even a newer one.
    """

    toolchain: str
    runs: str
    decided: str
    source: str
    error: str
    why: str
    wants: str
    exact: bool


class _Setting(t.NamedTuple):
    """GOTOOLCHAIN, read. least: the toolchain that it starts from. mode: `auto`, `path`, or empty when no line raises
    it.
    """

    text: str
    least: str
    version: str
    mode: str
    named: bool
    error: str = ""


class _Choice(t.NamedTuple):
    toolchain: str
    version: str
    decided: str
    sets: str = ""  # the line that decided, as go tells it


@functools.lru_cache(maxsize=4096)
def select(local: str, gotoolchain: str, go: str | None, toolchain: str | None, work: bool = False) -> Selection:
    """What go selects in a directory [cmd/go/internal/toolchain: Select], and whether the selected one takes the module
    [modload: ReadModFile].

    local: what the VERSION file of the go that is run names; empty when no go is there. gotoolchain: the setting in
    force, `auto` when nobody has set it; empty (somebody took it out of go.env) means that go never switches. go,
    toolchain: the lines of the go.work that governs the directory (then `work`), else of its go.mod; None for a line
    that is not there. Nothing is looked up: whether the selected toolchain can be had is another matter.
    """
    file = "go.work" if work else "go.mod"
    setting = _setting(local, gotoolchain)
    wants = _wants(go, toolchain if setting.mode or setting.error else None)
    if setting.error:
        return Selection("", "", SETTING, "", setting.error, f"GOTOOLCHAIN={gotoolchain}", wants, False)
    choice = _Choice(setting.least, setting.version, SETTING if setting.named else NOTHING)
    if setting.mode:
        choice = _raised(choice, go, toolchain, equal_counts=_before_1_22(local))
        if not choice.toolchain and choice.decided == TOOLCHAIN_LINE:
            error = f"invalid toolchain {_quoted(toolchain or '')} in {file}"
            return Selection("", "", TOOLCHAIN_LINE, "", error, f"{choice.sets} in {file}", wants, setting.named)
    if choice.toolchain in (LOCAL, local):
        runs, name, source = local, LOCAL, ""
    elif choice.toolchain.startswith("go1"):
        runs = name = choice.toolchain
        source = _source(setting.mode, name)
    else:
        return Selection(
            "",
            "",
            choice.decided,
            "",
            f"invalid GOTOOLCHAIN {_quoted(choice.toolchain)}",
            _why(choice, file, setting),
            wants,
            setting.named,
        )
    error = _too_new(file, go, choice.version, setting, choice.sets)
    return Selection(name, runs, choice.decided, source, error, _why(choice, file, setting), wants, setting.named)


def work_problem(module_go: str | None, work_go: str | None) -> str:
    """Why go refuses a module that a go.work lists: its go line asks for more than the go.work's [modload:
    errWorkTooOld]. Else empty.
    """
    wanted, given = module_go or "1.16", work_go or "1.18"
    if order(wanted) <= order(given) or order(wanted) < order("1.21"):
        return ""
    verb = "lists" if work_go else "implicitly requires"
    return f"the module requires go >= {wanted}, but go.work {verb} go {given}"


def _setting(local: str, text: str) -> _Setting:
    version = version_of(local)
    if text in ("", "auto", "path"):
        return _Setting(text, LOCAL, version, text, False)
    least, plus, mode = text.partition("+")
    named = least != LOCAL
    if named:
        version = version_of(least)
        if not version:
            what = f": invalid minimum toolchain {_quoted(least)}" if plus else ""
            return _Setting(text, "", "", "", True, f"invalid GOTOOLCHAIN {_quoted(text)}{what}")
    if plus and mode not in ("auto", "path"):
        return _Setting(
            text, "", "", "", named, f"invalid GOTOOLCHAIN {_quoted(text)}: only version suffixes are +auto and +path"
        )
    return _Setting(text, least, version, mode, named)


def _raised(least: _Choice, go: str | None, toolchain: str | None, equal_counts: bool) -> _Choice:
    """The choice after the two lines, of which each can only raise it. Without a toolchain the toolchain line names
    none.
    """
    if toolchain == "default":
        return least._replace(sets="toolchain default")
    choice = least
    if toolchain:
        version = version_of(toolchain)
        if not version:
            return _Choice("", "", TOOLCHAIN_LINE, f"toolchain {toolchain}")
        if order(version) > order(choice.version) or equal_counts and order(version) == order(choice.version):
            choice = _Choice(toolchain, version, TOOLCHAIN_LINE, f"toolchain {toolchain}")
    if go and order(go) > order(choice.version):
        # Not release(): what go asks for by a go line of 1.20.0 is called go1.20.0.
        first = ".0" if is_language(go) and order(go) >= order("1.21") else ""
        choice = _Choice(f"go{go}{first}", go, GO_LINE, f"go {go}")
    return choice


def _before_1_22(local: str) -> bool:
    """Go 1.21 hands over to a toolchain line of its own version when the name is another, such as go1.21.13-custom."""
    return order(version_of(local)) < order("1.22")


def _source(mode: str, name: str) -> str:
    """Only releases of Go are there to be downloaded: no name with a suffix, no language."""
    downloads = mode != "path" and bool(_ORDINARY.match(name)) and not is_language(version_of(name))
    return PATH_OR_DOWNLOAD if downloads else PATH_ONLY


def _too_new(file: str, go: str | None, version: str, setting: _Setting, sets: str) -> str:
    """What the toolchain that runs says when the go line asks for more [cmd/go/internal/gover: TooNewError].

    A go before 1.21 does not say it: it builds the module or fails at what it does not know.
    """
    if not go or order(go) <= order(version):
        return ""
    running = f"running go {version}" if version else "there is no go"
    explained = f"; GOTOOLCHAIN={setting.text}" if setting.text not in ("", "auto") else ""
    told = f"; {file} sets {sets}" if sets else ""
    return f"{file} requires go >= {go} ({running}{explained}{told})"


def _wants(go: str | None, toolchain: str | None) -> str:
    named = version_of(toolchain or "")
    return max((version for version in (go or "", named) if is_version(version)), key=order, default="")


def _why(choice: _Choice, file: str, setting: _Setting) -> str:
    if choice.sets and choice.decided != SETTING:
        return f"{choice.sets} in {file}"
    if choice.decided == NOTHING and setting.mode:
        return f"{file} asks for no newer one"
    return f"GOTOOLCHAIN={setting.text}" if setting.text else "GOTOOLCHAIN is empty, and go never switches then"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


# --- which installed one does as well --------------------------------------------------------------------------------


def satisfied_by(selection: Selection, versions: t.Sequence[str]) -> str | None:
    """The one of these installed toolchains (`go1.22.3`) that serves the module best when its go is the one that is
    run, or None.

    The one that go would run, else the newest that is new enough, of the language asked for when there is one, releases
    before others. Where GOTOOLCHAIN names a version, no other one runs.
    """
    if selection.runs and selection.runs in versions and not selection.error:
        return selection.runs
    if selection.exact:
        return None
    enough = [name for name in versions if version_of(name) and order(version_of(name)) >= order(selection.wants)]
    wanted = language(selection.wants)

    def rank(name: str) -> tuple[bool, bool, Order]:
        version = version_of(name)
        return language(version) == wanted, not is_prerelease(version), order(version)

    return max(enough, key=rank, default=None)


def to_install(selection: Selection) -> str | None:
    """The release (`go1.22.0`) that serves the module once it is installed, or None: nothing is missing, or no release
    helps.

    No release helps where GOTOOLCHAIN names another version than one that go.mod would take, or names none of Go's own
    releases.
    """
    if selection.exact:
        name = selection.toolchain
        return name if name != LOCAL and not selection.error and name == release(version_of(name)) else None
    if selection.toolchain == LOCAL and not selection.error:
        return None
    return release(selection.wants) if is_version(selection.wants) else None
