"""The hive files of one run: opened once, followed over own writes, locked against other runs."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest
from unit.fakehives import SOFTWARE, USER, FakeHives

from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import Blocked
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.hive_files import HiveFiles, LocalHives


def test_a_file_is_opened_once_and_again_when_another_program_wrote_it() -> None:
    hives = FakeHives()
    files = HiveFiles(hives)
    first = files.open(USER)
    assert files.open(USER) is first
    hives.foreign(USER, "Environment", X=("REG_SZ", "x"))
    assert files.open(USER) is not first
    assert not files.is_followed(USER, first.stamp)


def test_own_writes_are_followed() -> None:
    hives = FakeHives()
    files = HiveFiles(hives)
    first = files.open(SOFTWARE)
    with files.locked([SOFTWARE], exclusive=True):
        second = files.write(first, [("A", [("x", "REG_SZ", "1")])])
        third = files.write(second, [("A", [("x", "REG_SZ", "2")])])
        assert files.write(third, [("A", [("x", "REG_SZ", "2")])]).stamp == third.stamp, "nothing to write"
    assert files.is_followed(SOFTWARE, first.stamp)
    assert files.is_followed(SOFTWARE, third.stamp)
    hives.foreign(SOFTWARE, "A", y=("REG_SZ", "1"))
    assert not files.is_followed(SOFTWARE, first.stamp)


def waited(seconds: float = 2.0) -> tuple[LocalHives, list[float]]:
    """Hives whose waiting is counted and takes no time."""
    slept: list[float] = []
    return LocalHives(seconds, lambda: sum(slept), slept.append), slept


def test_readers_are_there_together_and_a_writer_alone(tmp_path: Path) -> None:
    hives, slept = waited()
    place = [str(tmp_path)]
    with hives.locked(place, exclusive=False), hives.locked(place, exclusive=False):
        with pytest.raises(Blocked, match="Another run of this collection") as raised, hives.locked(place, True):
            raise AssertionError("it has the lock")
        assert [finding.id for finding in raised.value.blockers] == ["scope_locked"]
    assert sum(slept) >= 2
    with hives.locked([*place, *place], exclusive=True):
        pass


def test_a_run_waits_until_the_other_one_has_ended(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            fcntl.flock(descriptor, fcntl.LOCK_UN)

    with LocalHives(60, lambda: sum(slept), sleep).locked([str(tmp_path)], exclusive=True):
        assert len(slept) == 3
    os.close(descriptor)


def test_a_directory_that_is_not_there_needs_no_lock(tmp_path: Path) -> None:
    hives, slept = waited()
    with hives.locked([str(tmp_path / "none")], exclusive=True):
        assert slept == []
    assert hives.stamp_of(str(tmp_path / "none")) is None
