# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who can put a program into a directory, and which file systems cost time."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ansible_collections.gopher.devbox.plugins.module_utils._hosts.posix_directories import Mounts, Writers, parsed

ALICE, BOB = 1234, 1235
MOUNTINFO = r"""
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:30 / /home rw - nfs4 server:/home rw,vers=4.2
31 22 0:31 / /mnt/c rw,noatime - 9p C:\134 rw,dirsync,aname=drvfs;path=C:\;uid=1000
32 22 0:32 / /mnt/d rw - drvfs D: rw
33 22 0:33 / /mnt/a\040b rw - fuse.sshfs me@host:/x rw
34 22 0:34 / /home/local rw - ext4 /dev/sdb1 rw
35 22 0:35 / /share rw - ext4 /dev/sdc1 rw
36 35 0:36 / /share rw - cifs //server/share rw
odd line
"""


def test_file_systems_that_cost_time() -> None:
    mounts = Mounts(tuple(sorted(parsed(MOUNTINFO.splitlines()), key=lambda pair: -len(pair[0]))))
    expected = {
        "/usr/bin": ("", False),
        "/home/alice/go/bin": ("nfs4", True),
        "/home/local/bin": ("", False),
        "/homes/x": ("", False),
        "/mnt/c": ("drvfs", False),
        "/mnt/d/go": ("drvfs", False),
        "/mnt/a b/c": ("fuse.sshfs", True),
        "/share/bin": ("cifs", True),
    }
    assert {path: mounts.of(path) for path in expected} == expected
    assert Mounts.read().of("/nowhere") == ("", False)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    if os.geteuid() != 0:
        pytest.skip("only root can give directories to others")
    top = tmp_path / "top"
    top.mkdir(mode=0o755)
    return top


def made(place: Path, name: str, mode: int, uid: int = 0, gid: int = 0) -> Path:
    path = place / name
    path.mkdir(parents=True, exist_ok=True)
    os.chown(path, uid, gid)
    os.chmod(path, mode)
    return path


@pytest.mark.parametrize(
    ("mode", "uid", "gid", "everybody", "own"),
    [
        (0o755, 0, 0, False, False),
        (0o775, 0, 0, False, False),
        (0o775, 0, 50, False, False),
        (0o777, 0, 0, True, True),
        (0o1777, 0, 0, True, True),
        (0o775, 0, 2000, True, True),
        (0o755, ALICE, 0, True, False),
        (0o755, BOB, 0, True, True),
        (0o755, 65534, 0, False, False),
        (0o755, 100, 0, False, False),
    ],
)
def test_the_directory_itself(place: Path, mode: int, uid: int, gid: int, everybody: bool, own: bool) -> None:
    path = str(made(place, "bin", mode, uid, gid))
    assert (Writers(ALICE).can(path, True), Writers(ALICE).can(path, False)) == (everybody, own)


def test_directories_above_it(place: Path) -> None:
    path = str(made(place, "above/bin", 0o755))
    assert Writers(ALICE).can(path, True) is False
    made(place, "above", 0o777)
    assert Writers(ALICE).can(path, True) is True
    made(place, "above", 0o1777)
    assert Writers(ALICE).can(path, True) is False
    made(place, "above", 0o755, BOB)
    assert Writers(ALICE).can(path, True) is True


def test_a_directory_that_is_not_there_can_be_made(place: Path) -> None:
    made(place, "above", 0o1777)
    assert Writers(ALICE).can(str(place / "above/not/there"), True) is True
    assert Writers(ALICE).can(str(place / "not/there"), True) is False


def test_links_count_where_they_are_and_where_they_lead(place: Path) -> None:
    made(place, "safe/bin", 0o755)
    made(place, "open", 0o777)
    (place / "open/bin").symlink_to(place / "safe/bin")
    (place / "bin").symlink_to(place / "open")
    assert Writers(ALICE).can(str(place / "open/bin"), True) is True
    assert Writers(ALICE).can(str(place / "bin"), True) is True
    assert Writers(ALICE).can(str(place / "safe/bin"), True) is False
