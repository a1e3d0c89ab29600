# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Findings about an environment, whoever finds them: the checks of a plan and those of an audit have the same words for
the same thing. Pure.
"""

from __future__ import annotations

from .findings import Finding

# --- PATH ------------------------------------------------------------------------------------------------------------


def duplicate_entry(entry: str) -> Finding:
    return Finding.of(
        "duplicate_path_entry",
        f"The PATH entry {entry} stands there more than once.",
        "The later ones do nothing.",
        entry,
    )


def relative_entry(entry: str) -> Finding:
    return Finding.of(
        "relative_path_entry",
        f"The PATH entry {entry} is relative: programs in whatever directory one stands in would run.",
        "Take it out, or write the full path.",
        entry,
    )


def empty_entries(number: int, separator: str) -> Finding:
    return Finding.of(
        "empty_path_entry",
        f"PATH holds {number} empty entries.",
        f"Take out the '{separator}' too many.",
        "PATH",
    )


def undefined_entry(entry: str, name: str) -> Finding:
    """An entry that refers to a variable of Windows which is not set."""
    return Finding.of(
        "undefined_reference",
        f"The PATH entry {entry} refers to %{name}%, which nobody sets.",
        "It does nothing: take it out.",
        entry,
    )


def stale_entry(entry: str, version: str | None) -> Finding:
    """An entry of another SDK. version: of that SDK, None for one that is gone."""
    what = f"belongs to another Go SDK ({version})" if version else "belonged to a Go SDK that is gone"
    return Finding.of(
        "stale_path_entry",
        f"The PATH entry {entry} {what}.",
        "stale_path_entries: remove takes it out.",
        entry,
    )


def path_too_long(length: int, effect: str) -> Finding:
    """effect: what programs do with a PATH of that length."""
    return Finding.of(
        "path_too_long",
        f"The effective PATH has {length} characters, and {effect}.",
        "Take entries out of it.",
        "PATH",
    )


def path_over_dialog_limit(length: int, limit: int) -> Finding:
    return Finding.of(
        "path_over_dialog_limit",
        f"The effective PATH has {length} characters; old dialogs and programs crop at {limit}.",
        "Change it with this collection or the new dialog only.",
        "PATH",
    )


# --- GOROOT and GOPATH -----------------------------------------------------------------------------------------------


def described(directory: str, file: str | None, version: str | None) -> str:
    """A go on PATH, in words."""
    return f"{version} at {directory}" if version else f"{file} in {directory} (a shim: no SDK stands around it)"


def goroot_gone(root: str, where: str, exists: bool) -> Finding:
    """where: what sets it, `the machine scope`. exists: whether the directory is there, without an SDK."""
    return Finding.of(
        "goroot_missing",
        f"GOROOT {root} of {where} {'holds no SDK' if exists else 'does not exist'}, and with it every go command "
        f"fails.",
        "Name an SDK that is there, or remove it: variables: {GOROOT: null} in that scope.",
        root,
    )


def goroot_no_path(root: str, where: str) -> Finding:
    """A GOROOT that go finds nowhere, or elsewhere in each directory; go takes off no quotes and expands nothing."""
    return Finding.of(
        "goroot_missing",
        f"GOROOT {root} of {where} is not a full path as programs get it, and with it every go command fails.",
        "Name an SDK's directory, without quotes, or remove it: variables: {GOROOT: null} in that scope.",
        root,
    )


def goroot_other(root: str, where: str, version: str | None, first: str) -> Finding:
    """A GOROOT that is not the SDK that runs. first: the first go on PATH, as `described` has it."""
    return Finding.of(
        "goroot_mismatch",
        f"GOROOT of {where} is {root} ({version or 'version unknown'}), but the first go on PATH is {first}; go "
        f"refuses to build with a GOROOT of another version.",
        "Name the SDK that is to run (goroot), or remove GOROOT: variables: {GOROOT: null} in that scope.",
        root,
    )


def gopath_in_goroot(entry: str) -> Finding:
    return Finding.of(
        "gopath_is_goroot",
        f"GOPATH {entry} is GOROOT or stands inside it.",
        "Put GOPATH elsewhere.",
        "GOPATH",
    )


# --- values ----------------------------------------------------------------------------------------------------------


def user_shadows_machine(name: str, machine: str, user: str) -> Finding:
    """machine, user: what the scopes are called."""
    removal = f"variables: {{{name}: null}}"
    return Finding.of(
        "user_shadows_machine",
        f"{name} of the user scope hides the {machine}'s for this account.",
        f"Remove it there (scope: {user}, {removal}), or set it there instead.",
        name,
    )


def environment_hides(name: str, upper: str, lower: str) -> Finding:
    """A value that a layer above hides; both are named."""
    return Finding.of(
        "environment_hides_file",
        f"{name} of the {upper} hides what the {lower} says.",
        "Remove it there, or set it there instead.",
        name,
    )


def go_env_value_refused(name: str, reason: str) -> Finding:
    return Finding.of("go_env_value_refused", reason, "repair: true takes it out.", name)
