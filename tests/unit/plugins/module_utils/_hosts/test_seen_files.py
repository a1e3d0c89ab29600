# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of reading a file, and that it is read once."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

from ansible_collections.gopher.devbox.plugins.module_utils._hosts.accounts import LocalAccounts
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.seen_files import (
    ABSENT,
    DAMAGED,
    DENIED,
    READ,
    SeenFiles,
)


def test_the_states_of_files(tmp_path: Path) -> None:
    (tmp_path / "read").write_bytes(b"\xff\0text")
    os.chmod(tmp_path / "read", 0o640)
    (tmp_path / "directory").mkdir()
    os.mkfifo(tmp_path / "pipe")
    with open(tmp_path / "huge", "wb") as file:
        file.truncate(5 * 1024 * 1024)
    (tmp_path / "link").symlink_to("read")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "dangling").symlink_to("nowhere")
    names = ("read", "link", "nowhere", "read/below", "dangling", "directory", "pipe", "huge", "loop", "\0")
    found = SeenFiles(top=str(tmp_path)).see([f"/{name}" for name in names])
    assert {path[1:]: one.state for path, one in found.items()} == {
        **dict.fromkeys(("read", "link"), READ),
        **dict.fromkeys(("nowhere", "read/below", "dangling"), ABSENT),
        **dict.fromkeys(("directory", "pipe", "huge", "loop", "\0"), DAMAGED),
    }
    one = found["/read"]
    assert (one.data, one.mode, one.owner) == (b"\xff\0text", 0o640, pwd.getpwuid(os.geteuid()).pw_name)
    assert one.mtime == os.stat(tmp_path / "read").st_mtime
    assert one.is_exposed
    assert not found["/nowhere"].is_exposed
    assert all(one.reason.endswith(".") for one in found.values() if one.state == DAMAGED)


def test_what_an_account_may_not_read_is_denied(tmp_path: Path) -> None:
    place = tmp_path / "private"
    place.mkdir(mode=0o700)
    (place / "file").write_text("x")
    os.chmod(tmp_path, 0o755)
    nobody = LocalAccounts({}).any("nobody")
    if os.geteuid() == 0 and all(os.stat(above).st_mode & 0o005 for above in place.parents):
        found = SeenFiles(nobody).see([str(place / "file"), str(tmp_path / "none")])
        assert [one.state for one in found.values()] == [DENIED, ABSENT]


def test_a_file_is_read_once(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("first")
    files = SeenFiles()
    assert files.see([str(file)])[str(file)].data == b"first"
    file.write_text("second")
    assert files.see([str(file)])[str(file)].data == b"first"


def test_names_and_presence_below_a_top(tmp_path: Path) -> None:
    (tmp_path / "b").touch()
    (tmp_path / "a").symlink_to("/nowhere/x")
    files = SeenFiles(top=str(tmp_path))
    assert files.names("/") == ["a", "b"]
    assert files.names("/nowhere") == []
    assert files.present(["/a", "/b", "/c"]) == {"/b"}
