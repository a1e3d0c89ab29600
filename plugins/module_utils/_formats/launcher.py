# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

r"""What the launchers of a project have in common: what they may hold, and where their directories stand. Pure.

A directory of a project is absolute, or stands below the home directory of who enters, or is relative to the project:
then every launcher finds it from its own place. `Place` says which, with the rest spelled with slashes, so that each
launcher writes it in its shell's way.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._core.entries import default_entries
from .._core.medium import control_problem
from .._core.patterns import pattern
from .._editors.project import Project

#: the names that launchers themselves set
OWN = ("GOROOT", "GOPATH", "GOBIN", "PATH")

_NAME = pattern(r"[A-Za-z_][A-Za-z0-9_]{0,99}\Z")
_HOME = pattern(r"(?:~|\$HOME|\$\{HOME\}|(?i:%USERPROFILE%))(?=[/\\]|\Z)")
_DRIVE = pattern(r"[A-Za-z]:[/\\]")


class Place(t.NamedTuple):
    """A directory of a project. base: `project`, `home` or `` for an absolute one. text: what follows, with slashes on
    POSIX and backslashes on Windows.
    """

    base: str
    text: str


@dataclass(frozen=True)
class Context:
    """A project as launchers need it."""

    windows: bool
    #: the project's, for shells that do not know where a script stands
    directory: str
    #: the pinned SDK
    goroot: Place | None
    #: where to look for SDKs, when none is pinned
    roots: tuple[Place, ...]
    gopath: tuple[Place, ...]
    gobin: Place | None
    #: what comes on PATH behind the SDK's bin
    path: tuple[Place, ...]
    #: the others, sorted by name
    variables: tuple[tuple[str, str], ...]

    @property
    def chooses(self) -> bool:
        """Whether the SDK is chosen when the project is entered."""
        return self.goroot is None and bool(self.roots)

    @property
    def names(self) -> tuple[str, ...]:
        """The variables that the launchers set, without PATH, in the order in which they are told."""
        own = (("GOROOT", self.goroot or self.chooses), ("GOPATH", self.gopath), ("GOBIN", self.gobin))
        return (*(name for name, value in own if value), *(name for name, _value in self.variables))


def context(project: Project) -> Context:
    """The project, checked. Raises ValueError for what no launcher can hold."""
    if project.family not in ("windows", "posix"):
        raise ValueError(f"{project.family!r} is not a family of hosts: it is windows or posix.")
    windows = project.windows

    def place(text: str) -> Place:
        return _place(text, windows)

    gopath = tuple(map(place, project.gopath))
    gobin = place(project.gobin) if project.gobin is not None else None
    bins = default_entries(None, gobin, gopath, lambda directory, name: below(directory, name, windows))
    path = tuple(dict.fromkeys((*bins.values(), *map(place, project.path))))
    directory = place(project.directory)
    if directory.base:
        raise ValueError(f"The project's directory {project.directory!r} is not absolute.")
    return Context(
        windows,
        directory.text,
        place(project.goroot) if project.goroot is not None else None,
        tuple(dict.fromkeys(map(place, project.sdk_roots))),
        gopath,
        gobin,
        path,
        tuple((name, _value(name, text)) for name, text in sorted(project.variables.items())),
    )


def below(place: Place, name: str, windows: bool) -> Place:
    """The child of this name."""
    slash = "\\" if windows else "/"
    text = place.text.rstrip(slash)
    return Place(place.base, f"{text}{slash}{name}" if text or not place.base else name)


def _value(name: str, text: str) -> str:
    if not _NAME.match(name) or name.upper() in OWN or name.upper().startswith("_GO_ENV"):
        raise ValueError(
            f"{name!r} is not a name of a variable that launchers set besides GOROOT, GOPATH, GOBIN and PATH."
        )
    problem = control_problem(text) or (None if text else "is empty, and an empty value sets nothing.")
    if problem:
        raise ValueError(f"The value {text!r} of {name} {problem}")
    return text


def reference_problem(text: str) -> str | None:
    """What is wrong with a directory of a Windows host that refers to another variable than the home directory in
    front, or None.
    """
    from .._core.windows import unresolved  # other hosts need none of it

    home = _HOME.match(text)
    names = unresolved(text[home.end() :] if home else text, {})
    return f"refers to %{names[0]}%, and launchers know %USERPROFILE% in front only: write it out." if names else None


def _place(text: str, windows: bool) -> Place:
    problem = _problem(text, windows)
    if problem:
        raise ValueError(f"The directory {text!r} {problem}")
    if windows:
        text = text.replace("/", "\\")
    slash = "\\" if windows else "/"
    home = _HOME.match(text)
    if home:
        return Place("home", text[home.end() :].strip(slash))
    absolute = _DRIVE.match(text) or text.startswith("\\\\") if windows else text.startswith("/")
    bare = text.rstrip(slash)
    if absolute and (not bare or bare.endswith(":")):
        bare += slash
    return Place("" if absolute else "project", bare)


def _problem(text: str, windows: bool) -> str | None:
    """Why a text is not a directory for launchers, or None."""
    if not text:
        return "is empty."
    if windows and any(char in text for char in '"<>|*?'):
        return "has a character in it that no path of Windows can hold."
    if windows and (text[:1] in "/\\" and text[:2] not in ("\\\\", "//") or ":" in text and not _DRIVE.match(text)):
        return "has no drive, or none that it begins with."
    if (";" if windows else ":") in text:
        return f"has a {';' if windows else ':'!r} in it, which separates directories on PATH and in GOPATH."
    if text.startswith("~") and not _HOME.match(text):
        return "is in another user's home directory: write it out."
    return control_problem(text)
