# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who else is likely to write a value of Go's environment (docs/facts.md, "Other writers"). Pure."""

from __future__ import annotations

import typing as t

#: of directories and names: what they say of who put them there
_TRACES = (
    (("\\scoop\\", "/scoop/"), "Scoop"),
    (("\\chocolatey\\", "/chocolatey/"), "Chocolatey"),
    (("\\winget\\", "\\windowsapps"), "winget"),
    (("/.goenv", "\\.goenv", "goenv"), "goenv"),
    (("/.gvm", "\\.gvm", "\\gvm\\", "/gvm/"), "gvm"),
    (("/.asdf", "\\.asdf"), "asdf"),
    (("/mise/", "\\mise\\"), "mise"),
    (("/homebrew/", "/linuxbrew/", "/opt/go@"), "Homebrew"),
    (("/snap/",), "snap"),
    (("\\program files\\go", "\\program files (x86)\\go", "c:\\go"), "Go's own installer"),
    (("/usr/lib/go", "/usr/local/go", "/usr/lib/golang"), "a package of the distribution, or Go's archive"),
)
#: by the medium, and for the machine's registry and a user's
_OTHERS: t.Mapping[str, tuple[str, ...]] = {
    "registry (machine)": (
        "an installer (an MSI rewrites its own PATH entries at each upgrade)",
        "Group Policy Preferences, which are applied every 90 minutes",
    ),
    "registry (user": (
        "a roaming profile, which is written back at sign-off",
        "Group Policy Preferences, which are applied every 90 minutes",
        "a logon script or setx",
        "a version manager (Scoop, goenv, mise)",
    ),
    "start files": (
        "a version manager (goenv, gvm, asdf, mise)",
        "a manager of dotfiles (chezmoi, stow, yadm)",
        "an installer that edits start files",
    ),
    "go env file": ("go env -w, in a script or by hand", "an editor or IDE that runs it"),
    "project files": ("the editor itself (VS Code, GoLand)", "git, where the file is checked in", "a generator"),
}


def likely_writers(medium: str, item: str, value: str | None) -> tuple[str, ...]:
    """Who likely writes an item that does not stay as it is, the likeliest first.

    medium: as results have it, with its scope where the registry is meant. item: NAME, `PATH:ENTRY` or a path. value:
    what is there now, None for nothing.
    """
    text = f"{item}\n{value or ''}".lower()
    traced = [name for traces, name in _TRACES if any(trace in text for trace in traces)]
    family = next((known for known in _OTHERS if medium.startswith(known)), "")
    return tuple(dict.fromkeys((*traced, *_OTHERS.get(family, ()))))
