"""What would keep a file from being written is known before, for an account without rights too; and what is not in the
way is not told.
"""

from __future__ import annotations

import contextlib
import os
import stat
import subprocess
import typing as t
from pathlib import Path

import pytest

from ansible_collections.gopher.devbox.plugins.module_utils._core.account import Account
from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import ApplyError
from ansible_collections.gopher.devbox.plugins.module_utils._hosts import obstacle_texts
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.files import Write
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.local import LocalFiles

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to make files of other accounts")
UID = GID = 65534


class Home:
    """A home of an account without rights, and what that account can do in it."""

    def __init__(self, place: Path) -> None:
        for above in (place, *place.parents[:-2]):
            with contextlib.suppress(PermissionError):
                above.chmod(above.stat().st_mode | 0o055)
        self.place = place / "home"
        self.place.mkdir()
        self.files = LocalFiles(
            Account(str(UID), "nobody", group=str(GID), home=str(self.place), shell="/bin/sh", own=False)
        )
        os.chown(self.place, UID, GID)

    def make(self, name: str, owner: tuple[int, int] = (UID, GID), mode: int = 0o644) -> Path:
        path = self.place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
        path.chmod(mode)
        os.chown(path, *owner)
        return path

    def folder(self, name: str, owner: tuple[int, int] = (UID, GID), mode: int = 0o755) -> Path:
        path = self.place / name
        path.mkdir()
        path.chmod(mode)
        os.chown(path, *owner)
        return path

    def obstacle(self, path: Path) -> str:
        return self.files.read([str(path)])[str(path)].obstacle

    def can_write(self, path: Path) -> bool:
        """Whether the account can in fact replace, make or remove it."""
        for data in (b"new", None):
            try:
                self.files.write([Write(str(path), data)])
            except ApplyError:
                return False
        return True


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def _roots_file(home: Home) -> Path:
    return home.make(".bashrc", (0, 0))


def _roots_private_file(home: Home) -> Path:
    return home.make(".bashrc", (0, 0), 0o600)


def _of_a_group_one_is_not_in(home: Home) -> Path:
    return home.make(".bashrc", (UID, 54321))


def _in_roots_directory(home: Home) -> Path:
    home.folder("d", (0, 0))
    return home.place / "d/new"


def _below_roots_directory(home: Home) -> Path:
    home.folder("d", (0, 0))
    return home.place / "d/e/f/new"


def _in_a_read_only_directory(home: Home) -> Path:
    home.folder("d")
    path = home.make("d/rc")
    path.parent.chmod(0o555)
    return path


def _in_a_directory_nobody_may_enter(home: Home) -> Path:
    home.folder("d", (0, 0), 0o700)
    return home.place / "d/rc"


def _anothers_in_a_sticky_directory(home: Home) -> Path:
    home.folder("d", (0, 0), 0o1777)
    return home.make("d/rc", (12345, 12345), 0o666)


def _a_directory(home: Home) -> Path:
    return home.folder(".bashrc")


def _behind_a_file(home: Home) -> Path:
    return home.make("d") / "rc"


def _a_link_to_roots_file(home: Home) -> Path:
    (home.place / ".bashrc").symlink_to(home.make("dotfiles", (0, 0)))
    return home.place / ".bashrc"


def _a_link_to_nowhere(home: Home) -> Path:
    home.folder("d", (0, 0))
    (home.place / ".bashrc").symlink_to(home.place / "d/none")
    return home.place / ".bashrc"


KINDS: dict[str, tuple[t.Callable[[Home], Path], str]] = {
    "root's file": (_roots_file, "belongs to root, not to nobody"),
    "root's private file": (_roots_private_file, "cannot be read: Permission denied. It belongs to root."),
    "another group's": (_of_a_group_one_is_not_in, "belongs to the group 54321, which nobody is not in"),
    "root's directory": (_in_roots_directory, "nobody may not write into {home}/d, which belongs to root"),
    "below root's directory": (_below_roots_directory, "nobody may not write into {home}/d, which belongs to root"),
    "read-only directory": (_in_a_read_only_directory, "nobody may not write into {home}/d, which belongs to nobody"),
    "closed directory": (_in_a_directory_nobody_may_enter, "cannot be read: Permission denied"),
    "sticky directory": (_anothers_in_a_sticky_directory, "belongs to uid 12345, not to nobody"),
    "a directory": (_a_directory, "not an ordinary file"),
    "behind a file": (_behind_a_file, "not a directory"),
    "a link to root's": (_a_link_to_roots_file, "(a link to {home}/dotfiles) belongs to root"),
    "a link to nowhere": (_a_link_to_nowhere, "nobody may not write into {home}/d"),
}


@needs_root
@pytest.mark.parametrize("kind", KINDS)
def test_what_cannot_be_written_is_told_and_cannot(home: Home, kind: str) -> None:
    make, told = KINDS[kind]
    path = make(home)
    assert told.format(home=home.place) in home.obstacle(path)
    assert str(path) in home.obstacle(path)
    assert not home.can_write(path)


@needs_root
def test_what_can_be_written_is_not_told(home: Home) -> None:
    home.folder("shared", (0, 0), 0o1777)
    home.folder("d")
    for path in (
        home.make("rc"),
        home.make("d/rc"),
        home.make("shared/mine"),
        home.place / "new",
        home.place / "d/e/f",
        home.place / "shared/new",
    ):
        assert home.obstacle(path) == "", path
        assert home.can_write(path)


@needs_root
def test_of_a_directory_it_is_known_whether_it_can_be_made(home: Home) -> None:
    home.folder("d", (0, 0))
    found = home.files.look([str(home.place / name) for name in ("go/src", "d/src", "d")])
    assert [known.exists for known in found.values()] == [False, False, True]
    assert [bool(known.obstacle) for known in found.values()] == [False, True, False]
    assert "may not write" in found[str(home.place / "d/src")].obstacle


@needs_root
def test_the_ledger_of_somebody_else_is_told(home: Home) -> None:
    state = home.folder("state")
    assert home.files.obstacle_alone(str(state)) == ""
    assert home.files.obstacle_alone(str(home.place / "none/at/all")) == ""
    lock = home.make("state/lock", (0, 0), 0o600)
    assert "belongs to root" in home.files.obstacle_alone(str(state))
    with pytest.raises(ApplyError, match="could not be used"), home.files.alone(str(state)):
        pass
    lock.unlink()
    os.chown(state, 0, 0)
    assert "may not write into" in home.files.obstacle_alone(str(state))


def test_a_link_into_a_store_names_its_target_and_what_works_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """home-manager's way: a link to a link to a file that nobody may write, whoever asks."""
    store = tmp_path / "nix/store"
    monkeypatch.setattr(obstacle_texts, "STORES", {f"{store}/": "Nix (home-manager or NixOS)"})
    real, between = store / "abc-bashrc", store / "def-home-manager-files/.bashrc"
    between.parent.mkdir(parents=True)
    real.write_bytes(b"# home-manager")
    real.chmod(0o444)
    between.symlink_to(real)
    (tmp_path / ".bashrc").symlink_to(between)
    (tmp_path / "fish").symlink_to(between.parent)
    files = LocalFiles()
    found = files.read([str(tmp_path / name) for name in (".bashrc", "fish/conf.d/gopher.fish", "fish/.bashrc")])
    for path, file in found.items():
        assert file.obstacle.startswith(f"{path} leads to {store}/"), file
        assert "home-manager" in file.obstacle
        assert "home.sessionVariables" in file.obstacle
    assert str(real) in found[str(tmp_path / ".bashrc")].obstacle


@needs_root
def test_a_file_that_is_mounted_by_itself_is_told(tmp_path: Path) -> None:
    place = tmp_path / "my home"
    place.mkdir()
    (place / ".bashrc").write_bytes(b"x")
    (place / "outside").write_bytes(b"y")
    script = f'mount --bind "{place}/outside" "{place}/.bashrc" && exec "$0" "$@"'
    code = (
        "import sys; from ansible_collections.gopher.devbox.plugins.module_utils._hosts.local import LocalFiles;"
        f"print([found.obstacle for found in "
        f"LocalFiles().read([{str(place / '.bashrc')!r}, {str(place / 'outside')!r}]).values()])"
    )
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script, os.sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    if "unshare" in done.stderr or "mount:" in done.stderr:
        pytest.skip(done.stderr)
    assert "is mounted by itself" in done.stdout, done.stderr
    assert done.stdout.rstrip().endswith(", '']"), done.stdout


# --- root's umask ----------------------------------------------------------------------------------------------------


@needs_root
@pytest.mark.parametrize("umask", [0o022, 0o027, 0o077])
def test_what_root_makes_is_for_everybody_to_read(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        files = LocalFiles()
        files.write(
            [
                Write(str(tmp_path / "etc/fish/conf.d/ours.fish"), b"x"),
                Write(str(tmp_path / "var/lib/state/ledger"), b"{}", private=True),
            ]
        )
        files.make([str(tmp_path / "srv/go/bin")])
    finally:
        os.umask(before)
    modes = {str(path.relative_to(tmp_path)): stat.S_IMODE(path.stat().st_mode) for path in sorted(tmp_path.rglob("*"))}
    private = {"var/lib/state": 0o700, "var/lib/state/ledger": 0o600}
    assert {name: mode for name, mode in modes.items() if name in private} == private
    assert {mode for name, mode in modes.items() if name not in private} == {0o755, 0o644}


@needs_root
def test_a_persons_umask_is_respected(home: Home) -> None:
    before = os.umask(0o077)
    try:
        home.files.write([Write(str(home.place / ".config/fish/conf.d/ours.fish"), b"x")])
    finally:
        os.umask(before)
    assert stat.S_IMODE((home.place / ".config/fish/conf.d").stat().st_mode) == 0o700
