"""The files of runs: modes, whole or not at all, and what is removed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.enforcement import START, plan_of, record

from ansible_collections.gopher.devbox.plugins.plugin_utils._enforce.clock import DAY, run_id
from ansible_collections.gopher.devbox.plugins.plugin_utils._enforce.files import (
    Run,
    Runs,
    Unusable,
    changed_last,
    default_directory,
    file_of,
    host_of,
)
from ansible_collections.gopher.devbox.plugins.plugin_utils._enforce.plan import Plan


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    found = Runs(str(tmp_path / "state" / "enforce"))
    found.prepare()
    return found


def night(runs: Runs, number: int, changed: bool = False, closed: bool = True) -> Run:
    started = START + number * DAY
    plan = Plan(**{**vars(plan_of("box")), "run": run_id(started, "0000"), "started": started})
    run = runs.begin(plan)
    run.write_record(record("box", run=plan.run, changed=changed, journal="j" if changed else None))
    if closed:
        run.write_report({"run": plan.run, "hosts": [{"changed": changed}]}, "text\n")
    return run


def test_directories_are_0700_and_files_0600(runs: Runs) -> None:
    umask = os.umask(0)
    try:
        night(runs, 0)
        runs.write_index({"schema": "enforce-index-1", "hosts": {}, "open": {}})
    finally:
        os.umask(umask)
    for place in runs.directory.rglob("*"):
        assert place.stat().st_mode & 0o777 == (0o700 if place.is_dir() else 0o600), place
    assert runs.directory.stat().st_mode & 0o777 == 0o700


def test_a_directory_that_others_may_write_to_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    with pytest.raises(Unusable, match="others may write to it"):
        Runs(str(tmp_path)).prepare()


def test_a_directory_that_cannot_be_made_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unusable, match="go_enforce_dir"):
        Runs(str(tmp_path / "file" / "x")).prepare()


@given(st.text(min_size=1, max_size=30))
def test_a_host_has_a_file_whatever_it_is_called(host: str) -> None:
    try:
        host.encode()
    except UnicodeEncodeError:
        return
    name = file_of(host)
    assert host_of(name) == host
    assert "/" not in name
    assert "\0" not in name
    assert not name.startswith(".")


def test_what_is_written_is_read_again(runs: Runs) -> None:
    run = night(runs, 0)
    assert list(run.records()) == ["box"]
    assert run.plan().hosts.keys() == {"box"}
    assert run.digest() == "text\n"
    assert [one.id for one in runs.all()] == [run.id]


def test_a_damaged_file_counts_as_none(runs: Runs) -> None:
    run = night(runs, 0)
    (run.directory / "hosts" / "box.json").write_text("{")
    (run.directory / "hosts" / "other.json").write_text('{"run": "another", "host": "other"}')
    (run.directory / "report.json").write_bytes(b"\xff")
    (runs.directory / "index.json").write_text('{"schema": "enforce-index-1", "hosts": 5}')
    assert run.records() == {}
    assert run.report() is None
    assert runs.index() == {}
    (run.directory / "run.json").write_text("{}")
    with pytest.raises(Unusable, match="cannot be understood"):
        run.plan()


FULL = """
import resource, sys
from ansible_collections.gopher.devbox.plugins.plugin_utils._enforce.files import Unusable, write
from pathlib import Path
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
try:
    write(Path(sys.argv[1]), "x" * 5000)
except Unusable as error:
    print(error)
"""


def test_where_there_is_no_room_the_old_file_stays_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text("old")
    done = subprocess.run([sys.executable, "-c", FULL, str(file)], capture_output=True, text=True, timeout=60)
    assert "cannot be written: File too large" in done.stdout, done
    assert file.read_text() == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["report.json"]


def test_the_newest_are_kept(runs: Runs) -> None:
    made = [night(runs, number) for number in range(8)]
    assert runs.prune(3, made[-1].id) == [run.id for run in made[:5]]
    assert [run.id for run in runs.all()] == [run.id for run in made[5:]]


def test_what_can_be_undone_and_what_has_no_report_is_kept(runs: Runs) -> None:
    changed = [night(runs, number, changed=True) for number in range(12)]
    unclosed = night(runs, 12, closed=False)
    later = [night(runs, number) for number in range(13, 18)]
    gone = runs.prune(2, later[-1].id)
    assert gone == [run.id for run in (*changed[:2], *later[:3])]
    assert unclosed.directory.exists()
    assert changed_last(runs.all()).id == changed[-1].id  # type: ignore[union-attr]


def test_only_runs_are_removed(runs: Runs, tmp_path: Path) -> None:
    old = night(runs, 0)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "run.json").write_text("{}")
    strange = [runs.place / "notes", runs.place / run_id(START + DAY, "0001"), runs.place / "20261129"]
    for place in strange:
        place.mkdir()
        (place / "mine.txt").write_text("keep")
    (runs.place / run_id(START + 2 * DAY, "0002")).symlink_to(elsewhere)
    (runs.place / run_id(START + 3 * DAY, "0003")).write_text("a file")
    current = [night(runs, number).id for number in range(10, 13)]
    assert runs.prune(2, current[-1]) == [old.id, current[0]]
    assert all((place / "mine.txt").exists() for place in strange)
    assert (elsewhere / "run.json").exists()
    assert len(list(runs.place.iterdir())) == 3 + 2 + 2


def test_without_a_run_that_changed_something_there_is_none(runs: Runs) -> None:
    night(runs, 0)
    assert changed_last(runs.all()) is None


def test_where_the_files_are_by_default() -> None:
    assert default_directory({"HOME": "/home/a"}) == "/home/a/.local/state/gopher.devbox/enforce"
    assert default_directory({"HOME": "/home/a", "XDG_STATE_HOME": "/s"}) == "/s/gopher.devbox/enforce"
