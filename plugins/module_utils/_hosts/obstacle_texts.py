# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said of a file of a POSIX host that cannot be made, replaced or removed. Pure.

name: a path, with where it leads when it is a link itself (`named`). account, owner: names of accounts.
"""

from __future__ import annotations

#: in the name of the file that a run puts beside another, to be renamed into its place
TEMPORARY = ".gopher-devbox-"
#: stores whose files nobody edits: what a home has of them are links that its manager makes
STORES = {"/nix/store/": "Nix (home-manager or NixOS)", "/gnu/store/": "Guix (guix home)"}


def named(path: str, real: str, is_link: bool) -> str:
    """A path, with where it leads when it is a link itself."""
    return f"{path} (a link to {real})" if is_link else path


def not_on_the_way(path: str) -> str:
    return f"{path} cannot be made: something on the way to it is not a directory. Move it away."


def not_ordinary(path: str) -> str:
    return f"{path} is not an ordinary file. Move it away."


def not_a_directory(name: str, directory: str) -> str:
    return f"{name} cannot be made: {directory} is not a directory. Move it away."


def unreadable(name: str, reason: str, owner: str = "") -> str:
    """owner: empty for the account itself."""
    belongs = f" It belongs to {owner}." if owner else ""
    return (
        f"{name} cannot be read: {reason}.{belongs} Give it to its user (chown), look at its permissions and those of "
        f"its directories, and at where its links lead."
    )


def of_a_store(path: str, real: str) -> str:
    """Empty for a path that is in none."""
    manager = next((name for store, name in STORES.items() if real.startswith(store)), None)
    if manager is None:
        return ""
    return (
        f"{path} leads to {real.rstrip('/')}, which {manager} made and nobody edits. Set the variables there "
        f"(home.sessionVariables, home.sessionPath), "
        "take the file out of what it manages, or leave its shell out (shells)."
    )


def on_read_only(path: str, directory: str) -> str:
    return (
        f"{path} cannot be written: the file system of {directory} is mounted read-only. Have it mounted for writing."
    )


def not_writable(path: str, directory: str, account: str, owner: str) -> str:
    return (
        f"{path} cannot be written: {account} may not write into {directory}, which belongs "
        f"to {owner}. "
        "Use an account that may (become), or correct its permissions."
    )


def full(path: str, directory: str) -> str:
    return f"{path} cannot be written: the file system of {directory} is full. Make room on it."


def flagged_directory(path: str, directory: str, immutable: bool) -> str:
    kind, letter = ("immutable", "i") if immutable else ("append-only", "a")
    return f"{path} cannot be written: {directory} is {kind}. Take the flag off (chattr -{letter})."


def flagged(name: str, immutable: bool) -> str:
    kind, letter = ("immutable", "i") if immutable else ("append-only", "a")
    return f"{name} is {kind}. Take the flag off (chattr -{letter}; on macOS chflags nouchg), or leave the file out."


def protected(name: str, mode: int) -> str:
    """mode: the permission bits."""
    return (
        f"{name} is read-only (mode {mode:04o}): somebody protected it. Give its owner the right to write (chmod u+w)."
    )


def hard_links(name: str, count: int) -> str:
    return (
        f"{name} has {count} hard links, and replacing it would part them. Make it a file of its own, or "
        f"a symbolic link."
    )


def of_another(name: str, account: str, owner: str) -> str:
    return (
        f"{name} belongs to {owner}, not to {account}, who could not leave it to them. Give it to "
        f"its user (chown), or use that account."
    )


def of_another_group(name: str, account: str, group: str) -> str:
    return (
        f"{name} belongs to the group {group}, which {account} is not in and could not leave it to. "
        f"Change its group (chgrp), or use root."
    )


def mounted(path: str) -> str:
    return (
        f"{path} is mounted by itself (as containers do it), and cannot be replaced. Mount its directory "
        f"instead, or leave the file out."
    )


def lock_of_another(path: str, account: str, owner: str) -> str:
    return f"{path} belongs to {owner}, and {account} may not write it. Give its directory to its user (chown -R)."


def as_mounted(path: str) -> str:
    """A path as mountinfo writes it [man 5 proc]."""
    return path.replace("\\", "\\134").replace(" ", "\\040").replace("\t", "\\011").replace("\n", "\\012")
