"""The files of a distro, by scripts for its /bin/sh: dash with coreutils, and busybox alone."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
import typing as t
from pathlib import Path

import pytest
from unit.distros import Busybox, Dash, Fresh, busybox_root
from unit.files_contract import FilesContract, flagged, names, needs_root, put

from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import (
    ApplyError,
    Outdated,
    ReadError,
)
from ansible_collections.gopher.devbox.plugins.module_utils._formats.shscript import Asked, Put, change
from ansible_collections.gopher.devbox.plugins.module_utils._hosts import distro_files
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.distro_files import DistroFiles, DistroShell
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.files import Write
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.local import LocalFiles


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return busybox_root(tmp_path_factory.mktemp("busybox"))


@pytest.fixture(params=["dash", "busybox"])
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> Dash:
    return Dash(tmp_path) if request.param == "dash" else Busybox(tmp_path, request.getfixturevalue("root"))


class TestFiles(FilesContract):
    @pytest.fixture
    def files(self, shell: Dash) -> t.Any:
        return Fresh(shell)

    @needs_root
    def test_an_immutable_file_and_directory_are_told(self, files: t.Any, tmp_path: Path) -> None:
        """Without lsattr flags are not foreseen, and the file stays as it is."""
        if isinstance(files.shell, Busybox):
            path = tmp_path / "rc"
            path.write_bytes(b"theirs")
            with (
                flagged(path, 0x10),
                pytest.raises(ApplyError, match=r"rc could not be written: Operation not permitted"),
            ):
                put(files, path, b"ours")
            assert (names(tmp_path), path.read_bytes()) == (["rc"], b"theirs")
        else:
            super().test_an_immutable_file_and_directory_are_told(files, tmp_path)


# --- others ----------------------------------------------------------------------------------------------------------


def files_of(shell: Dash) -> DistroFiles:
    return DistroFiles(DistroShell(shell, Asked()))


def test_what_somebody_wrote_since_is_what_was_replaced(tmp_path: Path) -> None:
    shell, path = Dash(tmp_path), tmp_path / "rc"
    path.write_bytes(b"read")
    files = files_of(shell)
    assert files.read([str(path)])[str(path)].data == b"read"
    path.write_bytes(b"theirs")
    found = files.write([Write(str(path), b"ours")])[str(path)]
    assert (found.replaced.data, found.stands.data, names(tmp_path)) == (b"theirs", b"ours", ["rc"])


def test_a_change_waits_for_the_lock_and_for_what_was_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distro_files, "LOCK_PATIENCE", 0.2)
    state, path = tmp_path / "state", tmp_path / "rc"
    ledger = state / "ledger"
    with LocalFiles().alone(str(state)):
        files = files_of(Dash(tmp_path))
        with pytest.raises(ApplyError, match="Another run has held"), files.alone(str(state)):
            files.write([Write(str(path), b"ours")])
    assert not path.exists()
    files = files_of(Dash(tmp_path))
    with files.alone(str(state)):
        files.read([str(ledger)])
        ledger.write_bytes(b"another run's")
        files.make([str(tmp_path / "new")])
        with pytest.raises(Outdated):
            files.write([Write(str(path), b"ours")])
    assert (path.exists(), (tmp_path / "new").exists(), ledger.read_bytes()) == (False, False, b"another run's")
    with files.alone(str(state)):
        assert files.read([str(ledger)])[str(ledger)].data == b"another run's", "what was known is forgotten"
        files.make([str(tmp_path / "new")])
        before = len(files._shell._shell.scripts)  # type: ignore[attr-defined]
        files.write([Write(str(path), b"ours")])
        files.write([Write(str(ledger), b"ours")])
    assert len(files._shell._shell.scripts) == before + 2, "no script of its own for lock and directory"  # type: ignore[attr-defined]
    assert (path.read_bytes(), (tmp_path / "new").is_dir()) == (b"ours", True)


@needs_root
def test_files_of_an_account_are_made_by_it(tmp_path: Path) -> None:
    for place in (tmp_path, *tmp_path.parents[:-2]):
        place.chmod(place.stat().st_mode | 0o055)
    home, secret = tmp_path / "home", tmp_path / "secret"
    home.mkdir()
    os.chown(home, 65534, 65534)
    secret.write_bytes(b"root's")
    secret.chmod(0o600)
    (home / "rc").symlink_to(secret)
    files = files_of(Dash(home, (65534, 65534)))
    assert "cannot be read" in files.read([str(home / "rc")])[str(home / "rc")].obstacle
    with pytest.raises(ApplyError, match="could not be written"):
        files.write([Write(str(home / "rc"), b"theirs")])
    assert secret.read_bytes() == b"root's"
    files.write([Write(str(home / "new"), b"x")])
    assert (home / "new").stat().st_uid == 65534
    (home / "roots").write_bytes(b"")
    assert "belongs to root, not to nobody" in files.read([str(home / "roots")])[str(home / "roots")].obstacle
    assert "may not write into" in files.read([str(tmp_path / "x")])[str(tmp_path / "x")].obstacle


def test_what_a_shell_did_not_say_is_an_error(tmp_path: Path) -> None:
    shell = Dash(tmp_path)
    files = files_of(shell)
    files.read([str(tmp_path / "rc")])
    shell.argv = ("/bin/false",)
    with pytest.raises(ReadError, match="no answer that can be used"):
        files.read([str(tmp_path / "other")])
    with pytest.raises(ApplyError, match="did not say what became of the change"):
        files.write([Write(str(tmp_path / "rc"), b"x")])


def test_a_change_that_is_killed_leaves_files_old_or_new(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("one", "two", "three")]
    data = b"new\r\n" * 40000
    puts = [Put(str(path), f"0{number}", data) for number, path in enumerate(paths)]
    script = change("gd0123456789ab", None, [], puts)
    seen = set()
    for step in range(12):
        for path in paths:
            path.write_bytes(b"old")
        with subprocess.Popen(["/bin/sh"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True) as sh:
            assert sh.stdin is not None
            sh.stdin.write(script)
            sh.stdin.close()
            time.sleep(step / 60)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(sh.pid, signal.SIGKILL)
        found = [path.read_bytes() for path in paths]
        assert set(found) <= {b"old", data}
        assert found == sorted(found, key=lambda text: text == b"old"), "in this order"
        seen.update(found)
        for left in tmp_path.glob(".*"):
            assert ".gopher-devbox-" in left.name
            left.unlink()
    assert b"old" in seen
