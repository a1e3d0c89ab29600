# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The go.mod and go.work files of a tree on this host."""

from __future__ import annotations

import os
import stat

from .._formats.gomod import GoFile, ModuleTree, Unread

_NAMES = ("go.mod", "go.work")
_FIRST_READ = 32 * 1024
_MOST = 16 * 1024 * 1024  # bytes; go takes no larger go.mod out of a module either [golang.org/x/mod/zip: MaxGoMod]
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK

#: directories of version control: no files of the project, and many
_STORES = frozenset((".git", ".hg", ".svn", ".bzr", ".jj"))


def scan(root: str, gowork: str = "") -> ModuleTree:
    """Read the tree. Symbolic links are not followed, the root itself excepted; in directories above it only a
    go.work is looked for.

    gowork: what GOWORK is, see `gomod.modules`. go knows no other directories to pass over: `node_modules` is one like
    any other. Raises OSError when the root is not a directory that can be read.
    """
    walk = _Walk()
    root = os.path.abspath(root)
    with os.scandir(root):
        pass
    if gowork != "off":
        walk.look_above(root, gowork)
    walk.own(root)
    walk.others()
    return ModuleTree(root, tuple(walk.mods), tuple(walk.works), tuple(walk.apart), tuple(walk.unread))


class _Walk:
    def __init__(self) -> None:
        self.mods: list[GoFile] = []
        self.works: list[GoFile] = []
        self.apart: list[str] = []
        self.unread: list[Unread] = []
        self._left: list[str] = []  # directories that go passes over

    def look_above(self, root: str, gowork: str) -> None:
        """The nearest go.work above the root, and the one that GOWORK names."""
        wanted = [gowork] if os.path.isabs(gowork) else []
        directory = os.path.dirname(root)
        while directory != root:
            path = os.path.join(directory, "go.work")
            if os.path.isfile(path):
                wanted.append(path)
                break
            root, directory = directory, os.path.dirname(directory)
        for path in wanted:
            if os.path.isfile(path):
                self._keep(path, self.works, follow=True)

    def own(self, root: str) -> None:
        """A directory and those below it, depth first, with the directories that go passes over left for later."""
        stack = [root]
        pop, push, left, scandir, mods = stack.pop, stack.append, self._left.append, os.scandir, self.mods
        while stack:
            directory = pop()
            try:
                with scandir(directory) as entries:
                    for entry in entries:
                        name = entry.name
                        if entry.is_dir(follow_symlinks=False):
                            if name[0] in "._" or name == "vendor" or name == "testdata":
                                left(entry.path)
                            else:
                                push(entry.path)
                        elif name == "go.mod":
                            self._keep(entry.path, mods)
                        elif name == "go.work":
                            self._keep(entry.path, self.works)
            except OSError as error:
                self.unread.append(Unread(directory, _why(error)))

    def others(self) -> None:
        """Only where their go.mod and go.work files are."""
        stack = [path for path in self._left if os.path.basename(path) not in _STORES]
        while stack:
            directory = stack.pop()
            try:
                with os.scandir(directory) as entries:
                    for entry in entries:
                        if entry.is_dir(follow_symlinks=False):
                            if entry.name not in _STORES:
                                stack.append(entry.path)
                        elif entry.name in _NAMES:
                            self.apart.append(entry.path)
            except OSError as error:
                self.unread.append(Unread(directory, _why(error)))

    def _keep(self, path: str, files: list[GoFile], follow: bool = False) -> None:
        try:
            files.append(GoFile(path, _read(path, _FLAGS & ~os.O_NOFOLLOW if follow else _FLAGS)))
        except OSError as error:
            why = "it is a symbolic link, and links are not followed" if os.path.islink(path) else _why(error)
            self.unread.append(Unread(path, why))


def _read(path: str, flags: int) -> bytes:
    descriptor = os.open(path, flags)
    try:
        data = os.read(descriptor, _FIRST_READ)
        if len(data) in (0, _FIRST_READ):
            data = _rest(descriptor, data)
        return data
    finally:
        os.close(descriptor)


def _rest(descriptor: int, data: bytes) -> bytes:
    """What is behind the first bytes, which nearly all files end with; a pipe looks empty."""
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise OSError(0, "it is not an ordinary file")
    while len(data) <= _MOST:
        more = os.read(descriptor, _MOST)
        if not more:
            return data
        data += more
    raise OSError(0, "it is larger than a go.mod or go.work can be")


def _why(error: OSError) -> str:
    return error.strerror or str(error)
