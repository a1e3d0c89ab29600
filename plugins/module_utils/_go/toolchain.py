# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which toolchain go selects, and which installed one does as well (docs/facts.md, "Toolchain selection"). Pure.

Go names a toolchain `go1.22.3`, and a version, as the go line of a go.mod has it, `1.22.3`. Both are texts of that form
here; what they mean is `versions.GoVersion`'s.
"""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from .._core.patterns import pattern
from .versions import FIRST_WITH_PATCH, GoVersion, Order

LOCAL = "local"  # the go that is run, and none in its stead

#: what decided: nothing but the go that is run, a line of go.mod or go.work, or GOTOOLCHAIN itself
NOTHING, GO_LINE, TOOLCHAIN_LINE, SETTING = "local", "go", "toolchain", "gotoolchain"

#: where go takes another toolchain from: a program of its name on PATH, else a download; or PATH alone
PATH_OR_DOWNLOAD, PATH_ONLY = "path or download", "path"

_ORDINARY = pattern(r"go1[0-9.a-z]*\Z")
_NONE = GoVersion.bare("")


# --- what go selects -------------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Selection:
    """What go does in a module's directory."""

    #: the toolchain that it hands over to; LOCAL when it does the work itself; empty when GOTOOLCHAIN or the toolchain
    #: line names none, and every command fails
    toolchain: str
    #: the toolchain that then does the work: the local one's name for LOCAL; empty when there is none
    runs: str
    #: NOTHING, GO_LINE, TOOLCHAIN_LINE or SETTING
    decided: str
    #: where the toolchain comes from; empty for LOCAL
    source: str
    #: why go refuses, in its words
    error: str
    #: what decided, in plain words
    why: str
    #: the least version that the lines in force require, false for any; with GOTOOLCHAIN=local that is the go line's
    wants: GoVersion
    #: whether GOTOOLCHAIN names a version, so that no other one runs, not even a newer one
    exact: bool


class _Setting(t.NamedTuple):
    """GOTOOLCHAIN, read. least: the toolchain that it starts from. mode: `auto`, `path`, or empty when no line raises
    it.
    """

    text: str
    least: str
    version: GoVersion
    mode: str
    named: bool
    error: str = ""


class _Choice(t.NamedTuple):
    toolchain: str
    version: GoVersion
    decided: str
    sets: str = ""  # the line that decided, as go reports it


@functools.lru_cache(maxsize=4096)
def select(local: str, gotoolchain: str, go: str | None, toolchain: str | None, work: bool = False) -> Selection:
    """What go selects in a directory [cmd/go/internal/toolchain: Select], and whether the selected one takes the module
    [modload: ReadModFile].

    local: what the VERSION file of the go that is run names; empty when no go is there. gotoolchain: the setting in
    force, `auto` when it is not set; empty (it was taken out of go.env) means that go never switches. go,
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
    """Why go refuses a module that a go.work lists: its go line requires more than the go.work's [modload:
    errWorkTooOld]. Else empty.
    """
    wanted, given = GoVersion.bare(module_go or "1.16"), GoVersion.bare(work_go or "1.18")
    if wanted <= given or wanted < FIRST_WITH_PATCH:
        return ""
    verb = "lists" if work_go else "implicitly requires"
    return f"the module requires go >= {wanted.name}, but go.work {verb} go {given.name}"


def _setting(local: str, text: str) -> _Setting:
    version = GoVersion.parse(local)
    if text in ("", "auto", "path"):
        return _Setting(text, LOCAL, version, text, False)
    least, plus, mode = text.partition("+")
    named = least != LOCAL
    if named:
        version = _named(least)
        if not version:
            what = f": invalid minimum toolchain {_quoted(least)}" if plus else ""
            return _Setting(text, "", _NONE, "", True, f"invalid GOTOOLCHAIN {_quoted(text)}{what}")
    if plus and mode not in ("auto", "path"):
        return _Setting(
            text,
            "",
            _NONE,
            "",
            named,
            f"invalid GOTOOLCHAIN {_quoted(text)}: only version suffixes are +auto and +path",
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
        version = _named(toolchain)
        if not version:
            return _Choice("", _NONE, TOOLCHAIN_LINE, f"toolchain {toolchain}")
        if version > choice.version or equal_counts and version == choice.version:
            choice = _Choice(toolchain, version, TOOLCHAIN_LINE, f"toolchain {toolchain}")
    line = GoVersion.bare(go or "")
    if line > choice.version:
        # Not its release: the toolchain that go looks for by a go line of 1.20.0 is called go1.20.0.
        choice = _Choice(f"go{go}.0" if line.is_language else f"go{go}", line, GO_LINE, f"go {go}")
    return choice


def _named(name: str) -> GoVersion:
    """The version of the toolchain that a toolchain line or GOTOOLCHAIN names; go takes no name of a build there."""
    return _NONE if "+" in name or name.startswith("devel") else GoVersion.parse(name)


def _before_1_22(local: str) -> bool:
    """Go 1.21 hands over to a toolchain line of its own version when the name is another, such as go1.21.13-custom."""
    return GoVersion.parse(local) < GoVersion.bare("1.22")


def _source(mode: str, name: str) -> str:
    """Only releases of Go are there to be downloaded: no name with a suffix, no language."""
    downloads = mode != "path" and bool(_ORDINARY.match(name)) and not GoVersion.parse(name).is_language
    return PATH_OR_DOWNLOAD if downloads else PATH_ONLY


def _too_new(file: str, go: str | None, version: GoVersion, setting: _Setting, sets: str) -> str:
    """What the toolchain that runs says when the go line requires more [cmd/go/internal/gover: TooNewError].

    A go before 1.21 does not say it: it builds the module or fails at what it does not know.
    """
    if GoVersion.bare(go or "") <= version:
        return ""
    running = f"running go {version.text}" if version else "there is no go"
    explained = f"; GOTOOLCHAIN={setting.text}" if setting.text not in ("", "auto") else ""
    line = f"; {file} sets {sets}" if sets else ""
    return f"{file} requires go >= {go} ({running}{explained}{line})"


def _wants(go: str | None, toolchain: str | None) -> GoVersion:
    return max(GoVersion.bare(go or ""), _named(toolchain or ""))


def _why(choice: _Choice, file: str, setting: _Setting) -> str:
    if choice.sets and choice.decided != SETTING:
        return f"{choice.sets} in {file}"
    if choice.decided == NOTHING and setting.mode:
        return f"{file} requires no newer one"
    return f"GOTOOLCHAIN={setting.text}" if setting.text else "GOTOOLCHAIN is empty, and go never switches then"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


# --- which installed one does as well --------------------------------------------------------------------------------


def satisfied_by(selection: Selection, versions: t.Sequence[str]) -> str | None:
    """The one of these installed toolchains (`go1.22.3`) that serves the module best when its go is the one that is
    run, or None.

    The one that go would run, else the newest that is new enough, of the required language when there is one, releases
    before others. Where GOTOOLCHAIN names a version, no other one runs.
    """
    if selection.runs and selection.runs in versions and not selection.error:
        return selection.runs
    if selection.exact:
        return None
    enough = [name for name in versions if (version := GoVersion.parse(name)) and version >= selection.wants]

    def rank(name: str) -> tuple[bool, bool, Order]:
        version = GoVersion.parse(name)
        return version.language == selection.wants.language, not version.is_prerelease, version.order

    return max(enough, key=rank, default=None)


def to_install(selection: Selection) -> str | None:
    """The release (`go1.22.0`) that serves the module once it is installed, or None: nothing is missing, or no release
    helps.

    No release helps where GOTOOLCHAIN names another version than one that go.mod would take, or names none of Go's own
    releases.
    """
    if selection.exact:
        name = selection.toolchain
        return name if name != LOCAL and not selection.error and name == GoVersion.parse(name).release else None
    if selection.toolchain == LOCAL and not selection.error:
        return None
    return selection.wants.release
