"""What the files of a POSIX host promise, whatever they are reached by: what is written is whole, what was there keeps
its nature, and what stands in the way is said.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import struct
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import ApplyError
from ansible_collections.gopher.devbox.plugins.module_utils._hosts import obstacles
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.files import File, PosixFiles, Write

ROOT = os.geteuid() == 0
needs_root = pytest.mark.skipif(not ROOT, reason="needs root")


def names(directory: Path) -> list[str]:
    return sorted(item.name for item in directory.iterdir())


def put(files: PosixFiles, path: Path, data: bytes | None, **more: t.Any) -> File:
    return files.write([Write(str(path), data, **more)])[str(path)].replaced


def obstacle(files: PosixFiles, path: Path) -> str:
    return files.read([str(path)])[str(path)].obstacle


@contextlib.contextmanager
def flagged(path: Path, flag: int) -> Iterator[None]:
    """A file or directory with one of Linux's flags."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        raw = bytearray(fcntl.ioctl(descriptor, obstacles.FS_IOC_GETFLAGS, struct.pack("l", 0)))
        before = struct.unpack("l", raw)[0]
        set_flags = 0x40006602 | struct.calcsize("l") << 16
        fcntl.ioctl(descriptor, set_flags, struct.pack("l", before | flag))
        try:
            yield
        finally:
            fcntl.ioctl(descriptor, set_flags, struct.pack("l", before))
    except OSError as error:
        pytest.skip(f"this file system keeps no flags: {error}")
    finally:
        os.close(descriptor)


class FilesContract:
    """The tests. The fixture `files` gives the files, as they are now."""

    def test_a_new_file_and_the_directories_above_it(self, files: t.Any, tmp_path: Path) -> None:
        path = tmp_path / "a" / "b" / "c"
        assert put(files, path, b"one\r\n\xff") == File(None)
        assert files.read([str(path)]) == {str(path): File(b"one\r\n\xff")}
        assert stat.S_IMODE(path.stat().st_mode) == 0o644
        assert names(path.parent) == ["c"]

    def test_a_private_file_and_its_directory_are_for_their_owner(self, files: t.Any, tmp_path: Path) -> None:
        path = tmp_path / "state" / "ledger"
        put(files, path, b"{}", private=True)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700

    def test_what_stood_there_keeps_its_mode_and_owner(self, files: t.Any, tmp_path: Path) -> None:
        path = tmp_path / "rc"
        path.write_bytes(b"theirs")
        path.chmod(0o751)
        if ROOT:
            os.chown(path, 12345, 54321)
        assert put(files, path, b"ours") == File(b"theirs")
        found = path.stat()
        assert stat.S_IMODE(found.st_mode) == 0o751
        assert not ROOT or (found.st_uid, found.st_gid) == (12345, 54321)
        assert names(tmp_path) == ["rc"]

    def test_a_link_is_followed_and_stays(self, files: t.Any, tmp_path: Path) -> None:
        target, link = tmp_path / "dotfiles" / "bashrc", tmp_path / ".bashrc"
        target.parent.mkdir()
        target.write_bytes(b"theirs")
        link.symlink_to("dotfiles/bashrc")
        assert files.read([str(link)])[str(link)] == File(b"theirs", "dotfiles/bashrc")
        assert put(files, link, b"ours") == File(b"theirs")
        assert os.readlink(link) == "dotfiles/bashrc"
        assert target.read_bytes() == b"ours"
        assert (names(tmp_path), names(target.parent)) == ([".bashrc", "dotfiles"], ["bashrc"])

    def test_a_link_is_made_moved_and_taken_away(self, files: t.Any, tmp_path: Path) -> None:
        link = str(tmp_path / "go")
        made = files.write([Write(link, None, link="/opt/one/bin/go")])[link]
        assert (made.replaced, made.stands.link) == (File(None), "/opt/one/bin/go")
        moved = files.write([Write(link, None, link="/opt/two/bin/go")])[link]
        assert (moved.replaced.link, os.readlink(link)) == ("/opt/one/bin/go", "/opt/two/bin/go")
        gone = files.write([Write(link, None)])[link]
        assert (gone.replaced.link, gone.stands, names(tmp_path)) == ("/opt/two/bin/go", File(None), [])

    def test_of_links_nothing_is_read_but_where_they_lead(self, files: t.Any, tmp_path: Path) -> None:
        (tmp_path / "program").write_bytes(b"many megabytes")
        (tmp_path / "link").symlink_to("program")
        (tmp_path / "dangling").symlink_to("/no/such/program")
        paths = {name: str(tmp_path / name) for name in ("program", "link", "dangling", "none")}
        found = files.links(list(paths.values()))
        assert found[paths["program"]] == File(b"")
        assert found[paths["link"]] == File(None, "program")
        assert found[paths["dangling"]] == File(None, "/no/such/program")
        assert found[paths["none"]] == File(None)

    @pytest.mark.parametrize(
        ("mode", "readable"),
        [(0o600, False), (0o700, False), (0o644, True), (0o640, True), (0o604, True), (0o622, False)],
    )
    def test_whether_others_can_read_a_file(self, files: t.Any, tmp_path: Path, mode: int, readable: bool) -> None:
        path, link = tmp_path / "file", tmp_path / "link"
        put(files, path, b"1")
        path.chmod(mode)
        link.symlink_to(path)
        paths = [str(path), str(link), str(tmp_path / "none")]
        assert files.readable(paths) == (set(paths[:2]) if readable else set())

    def test_a_file_goes_and_its_empty_directory_with_it(self, files: t.Any, tmp_path: Path) -> None:
        path, other = tmp_path / "d" / "one", tmp_path / "d" / "two"
        put(files, path, b"1")
        put(files, other, b"2")
        assert put(files, path, None, prune=(str(path.parent),)) == File(b"1")
        assert other.exists()
        put(files, other, None, prune=(str(other.parent),))
        assert not other.parent.exists()
        assert put(files, other, None, prune=(str(other.parent),)) == File(None)

    def test_what_a_killed_run_left_is_in_nobodys_way(self, files: t.Any, tmp_path: Path) -> None:
        old, new = tmp_path / ".rc.gopher-devbox-0a", tmp_path / ".rc.gopher-devbox-0b"
        for left in (old, new):
            left.write_bytes(b"half")
        os.utime(old, (1, 1))
        put(files, tmp_path / "rc", b"whole")
        assert (names(tmp_path), (tmp_path / "rc").read_bytes()) == ([new.name, "rc"], b"whole"), (
            "the newer one may belong to a run"
        )

    def test_nothing_is_in_the_way_of_an_ordinary_file(self, files: t.Any, tmp_path: Path) -> None:
        (tmp_path / "rc").write_bytes(b"")
        assert obstacle(files, tmp_path / "rc") == ""
        assert obstacle(files, tmp_path / "new" / "deep" / "rc") == ""

    def test_a_read_only_file_is_protected(self, files: t.Any, tmp_path: Path) -> None:
        path = tmp_path / "rc"
        path.write_bytes(b"x")
        path.chmod(0o444)
        assert "read-only (mode 0444)" in obstacle(files, path)
        assert "chmod u+w" in obstacle(files, path)

    @needs_root
    def test_an_immutable_file_and_directory_are_told(self, files: t.Any, tmp_path: Path) -> None:
        path = tmp_path / "d" / "rc"
        put(files, path, b"x")
        with flagged(path, 0x10):
            assert "immutable" in obstacle(files, path)
            assert "chattr -i" in obstacle(files, path)
        with flagged(path, 0x20):
            assert "append-only" in obstacle(files, path)
        with flagged(path.parent, 0x10):
            assert "immutable" in obstacle(files, path)
            assert "immutable" in obstacle(files, path.parent / "new")
        assert obstacle(files, path) == ""

    def test_a_file_of_two_names_is_not_parted(self, files: t.Any, tmp_path: Path) -> None:
        (tmp_path / "one").write_bytes(b"x")
        os.link(tmp_path / "one", tmp_path / "two")
        assert "2 hard links" in obstacle(files, tmp_path / "one")

    def test_what_is_no_file_is_told(self, files: t.Any, tmp_path: Path) -> None:
        (tmp_path / "d").mkdir()
        os.mkfifo(tmp_path / "pipe")
        (tmp_path / "loop").symlink_to("loop")
        (tmp_path / "file").write_bytes(b"")
        assert "not an ordinary file" in obstacle(files, tmp_path / "d")
        assert "not an ordinary file" in obstacle(files, tmp_path / "pipe")
        assert "cannot be read" in obstacle(files, tmp_path / "loop")
        assert "not a directory" in obstacle(files, tmp_path / "file" / "below")

    def test_an_error_says_what_was_written_before(self, files: t.Any, tmp_path: Path) -> None:
        (tmp_path / "file").write_bytes(b"")
        with pytest.raises(ApplyError) as caught:
            files.write([Write(str(tmp_path / "one"), b"1"), Write(str(tmp_path / "file" / "two"), b"2")])
        assert caught.value.touched == f"Written: {tmp_path}/one."

    def test_looking_at_directories(self, files: t.Any, tmp_path: Path) -> None:
        sdk = tmp_path / "go1.27.3"
        put(files, sdk / "VERSION", b"go1.27.3\ntime 2026-01-01\n")
        put(files, sdk / "bin" / "go", b"#!/bin/sh\n")
        look = files.look([str(sdk / "bin"), str(tmp_path), str(tmp_path / "none")])
        assert (look[str(sdk / "bin")].go, look[str(sdk / "bin")].is_sdk_bin) == (None, False), (
            "it may not be executed yet"
        )
        (sdk / "bin" / "go").chmod(0o755)
        found = files.look([str(sdk / "bin")])[str(sdk / "bin")]
        assert (found.exists, found.go, found.version, found.is_sdk_bin) == (True, "go", "go1.27.3", True)
        assert (look[str(tmp_path)].exists, look[str(tmp_path / "none")].exists) == (True, False)

    def test_a_go_that_is_a_link_runs_the_sdk_that_it_leads_to(self, files: t.Any, tmp_path: Path) -> None:
        """Its directory is no SDK's for that: it may hold much else."""
        sdk = tmp_path / "go1.27.3"
        put(files, sdk / "VERSION", b"go1.27.3\n")
        for program in (sdk / "bin" / "go", tmp_path / "shim"):
            put(files, program, b"#!/bin/sh\n")
            program.chmod(0o755)
        seen = []
        for name, target in (("sdk", sdk / "bin" / "go"), ("shim", tmp_path / "shim")):
            directory = tmp_path / f"bin of {name}"
            directory.mkdir()
            (directory / "go").symlink_to(target)
            seen.append(files.look([str(directory)])[str(directory)])
        assert [(found.go, found.version, found.runs, found.is_sdk_bin) for found in seen] == [
            ("go", None, "go1.27.3", False),
            ("go", None, None, False),
        ]
