"""The files of this host: what is written is whole, what stood there keeps its nature, what stands in the way
is told.
"""

from __future__ import annotations

import contextlib
import fcntl
import multiprocessing
import os
import stat
import struct
import subprocess
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.gopher.devbox.plugins.module_utils._core.account import Account
from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import ApplyError
from ansible_collections.gopher.devbox.plugins.module_utils._hosts import local, obstacles, replace
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.files import File, Write
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.local import LocalFiles

FILES = LocalFiles()
ROOT = os.geteuid() == 0
needs_root = pytest.mark.skipif(not ROOT, reason="needs root")


def names(directory: Path) -> list[str]:
    return sorted(item.name for item in directory.iterdir())


def put(path: Path, data: bytes | None, **more: t.Any) -> File:
    return FILES.write([Write(str(path), data, **more)])[str(path)].replaced


def test_a_new_file_and_the_directories_above_it(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "c"
    assert put(path, b"one\r\n\xff") == File(None)
    assert FILES.read([str(path)]) == {str(path): File(b"one\r\n\xff")}
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert names(path.parent) == ["c"]


def test_a_private_file_and_its_directory_are_for_their_owner(tmp_path: Path) -> None:
    path = tmp_path / "state" / "ledger"
    put(path, b"{}", private=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_what_stood_there_keeps_its_mode_and_attributes(tmp_path: Path) -> None:
    path = tmp_path / "rc"
    path.write_bytes(b"theirs")
    path.chmod(0o751)
    with_attributes = False
    with contextlib.suppress(OSError):  # not every file system keeps them
        os.setxattr(path, "user.note", b"\x00mine")
        with_attributes = True
    if ROOT:
        os.chown(path, 12345, 54321)
    assert put(path, b"ours") == File(b"theirs")
    found = path.stat()
    assert stat.S_IMODE(found.st_mode) == 0o751
    assert not ROOT or (found.st_uid, found.st_gid) == (12345, 54321)
    assert not with_attributes or os.getxattr(path, "user.note") == b"\x00mine"
    assert names(tmp_path) == ["rc"]


def test_a_link_is_followed_and_stays(tmp_path: Path) -> None:
    target, link = tmp_path / "dotfiles" / "bashrc", tmp_path / ".bashrc"
    target.parent.mkdir()
    target.write_bytes(b"theirs")
    link.symlink_to("dotfiles/bashrc")
    assert FILES.read([str(link)])[str(link)] == File(b"theirs", "dotfiles/bashrc")
    assert put(link, b"ours") == File(b"theirs")
    assert os.readlink(link) == "dotfiles/bashrc"
    assert target.read_bytes() == b"ours"
    assert (names(tmp_path), names(target.parent)) == ([".bashrc", "dotfiles"], ["bashrc"])


def test_a_link_is_made_moved_and_taken_away(tmp_path: Path) -> None:
    link = str(tmp_path / "go")
    made = FILES.write([Write(link, None, link="/opt/one/bin/go")])[link]
    assert (made.replaced, made.stands.link) == (File(None), "/opt/one/bin/go")
    moved = FILES.write([Write(link, None, link="/opt/two/bin/go")])[link]
    assert (moved.replaced.link, os.readlink(link)) == ("/opt/one/bin/go", "/opt/two/bin/go")
    gone = FILES.write([Write(link, None)])[link]
    assert (gone.replaced.link, gone.stands, names(tmp_path)) == ("/opt/two/bin/go", File(None), [])


def test_of_links_nothing_is_read_but_where_they_lead(tmp_path: Path) -> None:
    (tmp_path / "program").write_bytes(b"many megabytes")
    (tmp_path / "link").symlink_to("program")
    (tmp_path / "dangling").symlink_to("/no/such/program")
    paths = {name: str(tmp_path / name) for name in ("program", "link", "dangling", "none")}
    found = FILES.links(list(paths.values()))
    assert found[paths["program"]] == File(b"")
    assert found[paths["link"]] == File(None, "program")
    assert found[paths["dangling"]] == File(None, "/no/such/program")
    assert found[paths["none"]] == File(None)


@pytest.mark.parametrize(
    ("mode", "readable"), [(0o600, False), (0o700, False), (0o644, True), (0o640, True), (0o604, True), (0o622, False)]
)
def test_whether_others_can_read_a_file(tmp_path: Path, mode: int, readable: bool) -> None:
    path, link = tmp_path / "file", tmp_path / "link"
    put(path, b"1")
    path.chmod(mode)
    link.symlink_to(path)
    paths = [str(path), str(link), str(tmp_path / "none")]
    assert FILES.readable(paths) == (set(paths[:2]) if readable else set())


def test_a_file_goes_and_its_empty_directory_with_it(tmp_path: Path) -> None:
    path, other = tmp_path / "d" / "one", tmp_path / "d" / "two"
    put(path, b"1")
    put(other, b"2")
    assert put(path, None, prune=(str(path.parent),)) == File(b"1")
    assert other.exists()
    put(other, None, prune=(str(other.parent),))
    assert not other.parent.exists()
    assert put(other, None, prune=(str(other.parent),)) == File(None)


def test_what_a_killed_run_left_is_in_nobodys_way(tmp_path: Path) -> None:
    old, new = tmp_path / ".rc.gopher-devbox-0a", tmp_path / ".rc.gopher-devbox-0b"
    for left in (old, new):
        left.write_bytes(b"half")
    os.utime(old, (1, 1))
    put(tmp_path / "rc", b"whole")
    assert (names(tmp_path), (tmp_path / "rc").read_bytes()) == ([new.name, "rc"], b"whole"), (
        "the newer one may belong to a run"
    )


def test_where_the_system_cannot_exchange_files_they_are_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replace, "exchange", lambda *_paths: False)
    path = tmp_path / "rc"
    path.write_bytes(b"theirs")
    assert put(path, b"ours") == File(b"theirs")
    assert (names(tmp_path), path.read_bytes()) == (["rc"], b"ours")


def test_a_file_that_a_run_was_killed_in_making_can_be_replaced(tmp_path: Path) -> None:
    """Where a file is made by link and unlink, a kill in between leaves it with two names, of which one is ours."""
    path = tmp_path / "rc"
    path.write_bytes(b"whole")
    os.link(path, tmp_path / ".rc.gopher-devbox-0a")
    assert not obstacle(path)
    os.link(path, tmp_path / "other")
    assert "2 hard links" in obstacle(path)


@pytest.mark.parametrize("flags", [True, False])
def test_a_new_file_never_has_two_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: bool) -> None:
    """Another run that looks at that moment takes hard links for the user's. Without renameat2 it has, under a name
    that we know as ours.
    """
    if not flags:
        monkeypatch.setattr(replace, "_rename", lambda *_args: False)
    seen: list[str] = []
    unlink = os.unlink
    monkeypatch.setattr(os, "unlink", lambda name: (seen.append(obstacle(tmp_path / "rc")), unlink(name)))
    put(tmp_path / "rc", b"whole")
    assert seen
    assert not any(seen)
    assert names(tmp_path) == ["rc"]


def _keep_writing(path: str, number: int, rounds: int, seen: object) -> None:
    files = LocalFiles()
    out = []
    for turn in range(rounds):
        replaced = files.write([Write(f"{path}", f"{number}-{turn}".encode())])[path].replaced.data
        out.append((replaced or b"").decode())
    seen.put(out)


def test_whoever_writes_last_knows_exactly_what_was_replaced(tmp_path: Path) -> None:
    """Two processes replace one file again and again: each text was replaced once, but for the one that stands."""
    path = tmp_path / "rc"
    path.write_bytes(b"start")
    if not replace.exchange(str(path), str(path)):
        pytest.skip("this file system cannot exchange two files")
    context = multiprocessing.get_context("spawn")
    seen = context.Queue()
    workers = [context.Process(target=_keep_writing, args=(str(path), number, 60, seen)) for number in (0, 1)]
    for worker in workers:
        worker.start()
    replaced = [text for _worker in workers for text in seen.get(timeout=60)]
    for worker in workers:
        worker.join(60)
    assert sorted([*replaced, path.read_text()]) == sorted(
        ["start", *(f"{number}-{turn}" for number in (0, 1) for turn in range(60))]
    )


# --- what stands in the way ------------------------------------------------------------------------------------------


def obstacle(path: Path) -> str:
    return FILES.read([str(path)])[str(path)].obstacle


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


def test_nothing_is_in_the_way_of_an_ordinary_file(tmp_path: Path) -> None:
    (tmp_path / "rc").write_bytes(b"")
    assert obstacle(tmp_path / "rc") == ""
    assert obstacle(tmp_path / "new" / "deep" / "rc") == ""


def test_a_read_only_file_is_protected(tmp_path: Path) -> None:
    path = tmp_path / "rc"
    path.write_bytes(b"x")
    path.chmod(0o444)
    assert "read-only (mode 0444)" in obstacle(path)
    assert "chmod u+w" in obstacle(path)


@needs_root
def test_an_immutable_file_and_directory_are_told(tmp_path: Path) -> None:
    path = tmp_path / "d" / "rc"
    put(path, b"x")
    with flagged(path, 0x10):
        assert "immutable" in obstacle(path)
        assert "chattr -i" in obstacle(path)
    with flagged(path, 0x20):
        assert "append-only" in obstacle(path)
    with flagged(path.parent, 0x10):
        assert "immutable" in obstacle(path)
        assert "immutable" in obstacle(path.parent / "new")
    assert obstacle(path) == ""


def test_a_file_of_two_names_is_not_parted(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"x")
    os.link(tmp_path / "one", tmp_path / "two")
    assert "2 hard links" in obstacle(tmp_path / "one")


def test_what_is_no_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "file").write_bytes(b"")
    assert "not an ordinary file" in obstacle(tmp_path / "d")
    assert "not an ordinary file" in obstacle(tmp_path / "pipe")
    assert "cannot be read" in obstacle(tmp_path / "loop")
    assert "not a directory" in obstacle(tmp_path / "file" / "below")


@needs_root
def test_a_read_only_file_system_is_told(tmp_path: Path) -> None:
    place = tmp_path / "mounted"
    place.mkdir()
    script = f'mount -t tmpfs none "{place}" && : > "{place}/rc" && mount -o remount,ro "{place}" && exec "$0" "$@"'
    code = (
        "import sys; from ansible_collections.gopher.devbox.plugins.module_utils._hosts.local import LocalFiles;"
        f"print([found.obstacle for found in "
        f"LocalFiles().read([{str(place / 'rc')!r}, {str(place / 'new')!r}]).values()])"
    )
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script, os.sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    if "unshare" in done.stderr:
        pytest.skip(done.stderr)
    assert done.stdout.count("mounted read-only") == 2, done.stderr


@needs_root
def test_root_acts_with_the_rights_of_the_user(tmp_path: Path) -> None:
    """A link in a home leads nobody to what its owner may not write."""
    nobody = Account("65534", "nobody", group="65534", home=str(tmp_path), shell="/bin/sh", own=False)
    files = LocalFiles(nobody)
    home, secret = tmp_path / "home", tmp_path / "secret"
    for place in (tmp_path, *tmp_path.parents[:-2]):
        with contextlib.suppress(PermissionError):
            place.chmod(place.stat().st_mode | 0o055)
    home.mkdir()
    os.chown(home, 65534, 65534)
    secret.write_bytes(b"root's")
    secret.chmod(0o600)
    (home / "rc").symlink_to(secret)
    assert "cannot be read" in files.read([str(home / "rc")])[str(home / "rc")].obstacle
    with pytest.raises(ApplyError, match="could not be written"):
        files.write([Write(str(home / "rc"), b"theirs")])
    assert secret.read_bytes() == b"root's"
    files.write([Write(str(home / "new"), b"x")])
    assert (home / "new").stat().st_uid == 65534
    assert os.geteuid() == 0
    (home / "roots").write_bytes(b"")
    assert "belongs to root, not to nobody" in files.read([str(home / "roots")])[str(home / "roots")].obstacle


def test_an_error_says_what_was_written_before(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ApplyError) as caught:
        FILES.write([Write(str(tmp_path / "one"), b"1"), Write(str(tmp_path / "file" / "two"), b"2")])
    assert caught.value.touched == f"Written: {tmp_path}/one."


# --- directories, locks ----------------------------------------------------------------------------------------------


def test_looking_at_directories(tmp_path: Path) -> None:
    sdk = tmp_path / "go1.27.3"
    put(sdk / "VERSION", b"go1.27.3\ntime 2026-01-01\n")
    put(sdk / "bin" / "go", b"#!/bin/sh\n")
    look = FILES.look([str(sdk / "bin"), str(tmp_path), str(tmp_path / "none")])
    assert (look[str(sdk / "bin")].go, look[str(sdk / "bin")].is_sdk_bin) == (None, False), "it may not be executed yet"
    (sdk / "bin" / "go").chmod(0o755)
    found = FILES.look([str(sdk / "bin")])[str(sdk / "bin")]
    assert (found.exists, found.go, found.version, found.is_sdk_bin) == (True, "go", "go1.27.3", True)
    assert (look[str(tmp_path)].exists, look[str(tmp_path / "none")].exists) == (True, False)


def test_a_go_that_is_a_link_runs_the_sdk_that_it_leads_to(tmp_path: Path) -> None:
    """Its directory is no SDK's for that: it may hold much else."""
    sdk = tmp_path / "go1.27.3"
    put(sdk / "VERSION", b"go1.27.3\n")
    for program in (sdk / "bin" / "go", tmp_path / "shim"):
        put(program, b"#!/bin/sh\n")
        program.chmod(0o755)
    seen = []
    for name, target in (("sdk", sdk / "bin" / "go"), ("shim", tmp_path / "shim")):
        directory = tmp_path / f"bin of {name}"
        directory.mkdir()
        (directory / "go").symlink_to(target)
        seen.append(FILES.look([str(directory)])[str(directory)])
    assert [(found.go, found.version, found.runs, found.is_sdk_bin) for found in seen] == [
        ("go", None, "go1.27.3", False),
        ("go", None, None, False),
    ]


def test_one_run_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "LOCK_PATIENCE", 0.2)
    with FILES.alone(str(tmp_path / "state")) as held:
        assert held
        with pytest.raises(ApplyError, match="Another run has held"), FILES.alone(str(tmp_path / "state")):
            pass
    with FILES.alone(str(tmp_path / "state")) as held:
        assert held
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700
