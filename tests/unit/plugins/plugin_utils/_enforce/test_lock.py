"""The lock, which ends with the process that it was taken for."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from waiting import wait_for

from ansible_collections.gopher.devbox.plugins.plugin_utils._enforce import lock


@contextlib.contextmanager
def owner() -> Iterator[subprocess.Popen[bytes]]:
    """A process that a lock is taken for."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def is_free(file: Path) -> bool:
    try:
        lock._locked(file, patience=0)
    except lock.InUse:
        return False
    return True


def test_it_is_held_until_its_process_is_killed(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    with owner() as process:
        lock.take(file, "the-run", process.pid)
        with pytest.raises(lock.InUse, match=f"{process.pid} the-run"):
            lock.take(file, "another", os.getpid())
        assert not is_free(file)
    wait_for(lambda: is_free(file), "the lock does not end with its process")


def test_it_is_released_for_its_run_only(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    with owner() as process:
        lock.take(file, "the-run", process.pid)
        lock.release(file, "another")
        assert not is_free(file)
        lock.release(file, "the-run")
        wait_for(lambda: is_free(file), "the lock is not released")
        lock.release(file, "the-run")


def test_it_can_be_given_back(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    give_back = lock.take_here(file)
    assert not is_free(file)
    give_back()
    assert is_free(file)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "lock").symlink_to(tmp_path / "other")
    with pytest.raises(OSError, match=r".+"):
        lock.take_here(tmp_path / "lock")
    assert not (tmp_path / "other").exists()


def test_a_process_that_has_ended_is_not_waited_for() -> None:
    with owner() as process:
        pass
    lock.wait_for(process.pid)
    lock._poll(process.pid)
