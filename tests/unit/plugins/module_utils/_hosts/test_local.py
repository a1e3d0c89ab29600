"""The files of this host: what is written is whole, what stood there keeps its nature, what stands in the way
is told.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import stat
import subprocess
import typing as t
from pathlib import Path

import pytest
from unit.files_contract import ROOT, FilesContract, names, needs_root
from unit.files_contract import obstacle as _obstacle

from ansible_collections.gopher.devbox.plugins.module_utils._core.account import Account
from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import ApplyError
from ansible_collections.gopher.devbox.plugins.module_utils._hosts import local, replace
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.files import File, Write
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.local import LocalFiles

FILES = LocalFiles()


class TestFiles(FilesContract):
    @pytest.fixture
    def files(self) -> LocalFiles:
        return FILES


def put(path: Path, data: bytes | None, **more: t.Any) -> File:
    return FILES.write([Write(str(path), data, **more)])[str(path)].replaced


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
    return _obstacle(FILES, path)


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


# --- directories, locks ----------------------------------------------------------------------------------------------


def test_one_run_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "LOCK_PATIENCE", 0.2)
    with FILES.alone(str(tmp_path / "state")) as held:
        assert held
        with pytest.raises(ApplyError, match="Another run has held"), FILES.alone(str(tmp_path / "state")):
            pass
    with FILES.alone(str(tmp_path / "state")) as held:
        assert held
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700
