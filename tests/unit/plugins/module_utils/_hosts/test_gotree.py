# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scan of a tree: what is the project's own, what stands apart, what cannot be read; never out of the tree."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ansible_collections.gopher.devbox.plugins.module_utils._hosts import gotree
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.gotree import scan


@pytest.fixture
def top(tmp_path: Path) -> Path:
    place = tmp_path / "outer" / "top"
    place.mkdir(parents=True)
    return place


def put(path: Path, text: str = "module m\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_nested_modules_are_found_with_their_bytes(top: Path) -> None:
    texts = {
        put(top / name / "go.mod", f"module m{number}\n"): f"module m{number}\n"
        for number, name in enumerate((".", "a", "a/b/c", "node_modules/d", "é"))
    }
    put(top / "a" / "go.work", "go 1.22\n")
    put(top / "a" / "Go.mod.txt")
    tree = scan(str(top))
    assert {Path(file.path): file.data.decode() for file in tree.mods} == texts
    assert [(file.path, file.data) for file in tree.works] == [(str(top / "a" / "go.work"), b"go 1.22\n")]
    assert (tree.root, tree.apart, tree.unread) == (str(top), (), ())


def test_what_go_passes_over_stands_apart(top: Path) -> None:
    apart = {
        put(top / name)
        for name in (
            "vendor/x/go.mod",
            "a/testdata/b/go.mod",
            "_old/go.mod",
            ".hidden/deep/er/go.work",
            "a/vendor/.x/go.mod",
        )
    }
    put(top / ".git" / "go.mod")
    put(top / "vendor" / ".git" / "go.mod")
    own = put(top / "a" / "vendored" / "go.mod")
    tree = scan(str(top))
    assert {Path(path) for path in tree.apart} == apart
    assert [file.path for file in tree.mods] == [str(own)]
    assert not tree.works


def test_links_are_not_followed(top: Path) -> None:
    outside = put(top.parent / "elsewhere" / "go.mod").parent
    (top / "linked").symlink_to(outside)
    (top / "loop").symlink_to(top)
    (top / "a").mkdir()
    (top / "a" / "go.mod").symlink_to(outside / "go.mod")
    tree = scan(str(top))
    assert not tree.mods
    assert tree.unread == ((str(top / "a" / "go.mod"), "it is a symbolic link, and links are not followed"),)


def test_the_root_may_be_a_link_itself(top: Path) -> None:
    put(top / "go.mod")
    link = top.parent / "link"
    link.symlink_to(top)
    assert [file.path for file in scan(str(link)).mods] == [str(link / "go.mod")]


def test_what_is_no_file_keeps_nobody_waiting(top: Path) -> None:
    (top / "a" / "go.mod").mkdir(parents=True)
    put(top / "a" / "go.mod" / "go.mod")
    os.mkfifo(top / "go.mod")
    tree = scan(str(top))
    assert [file.path for file in tree.mods] == [str(top / "a" / "go.mod" / "go.mod")]
    assert tree.unread == ((str(top / "go.mod"), "it is not an ordinary file"),)


def test_a_large_file_is_read_whole_and_one_beyond_measure_is_not(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "module m\n" + "// note\n" * 20_000
    put(top / "go.mod", text)
    assert [file.data.decode() for file in scan(str(top)).mods] == [text]
    monkeypatch.setattr(gotree, "_MOST", 100_000)
    tree = scan(str(top))
    assert not tree.mods
    assert tree.unread == ((str(top / "go.mod"), "it is larger than a go.mod or go.work can be"),)


def test_only_the_nearest_go_work_above_is_read(top: Path) -> None:
    put(top.parent.parent / "go.work", "go 1.20\n")
    assert [file.data for file in scan(str(top)).works] == [b"go 1.20\n"]
    put(top.parent / "go.work", "go 1.21\n")
    put(top / "go.work", "go 1.22\n")
    assert [file.data for file in scan(str(top)).works] == [b"go 1.21\n", b"go 1.22\n"]
    assert [file.data for file in scan(str(top), "off").works] == [b"go 1.22\n"]


def test_the_go_work_that_gowork_names_is_read(top: Path) -> None:
    named = put(top.parent / "elsewhere" / "go.work", "go 1.23\n")
    assert [file.path for file in scan(str(top), str(named)).works] == [str(named)]
    assert not scan(str(top), str(named.parent / "none")).works
    assert not scan(str(top), "elsewhere/go.work").works


def test_a_root_that_is_none(top: Path) -> None:
    with pytest.raises(FileNotFoundError):
        scan(str(top / "none"))
    with pytest.raises(NotADirectoryError):
        scan(str(put(top / "file")))


def test_a_name_that_is_not_utf_8(top: Path) -> None:
    directory = os.fsencode(top) + b"/\xff"
    os.mkdir(directory)
    with open(directory + b"/go.mod", "wb") as file:
        file.write(b"module m\n")
    assert [os.fsencode(file.path) for file in scan(str(top)).mods] == [directory + b"/go.mod"]
