# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of runs on the controller.

    DIR/lock                       held by the run in progress
    DIR/index.json                 when each host was seen and good last, since when each item is open
    DIR/runs/ID/run.json           what the run was about to do
    DIR/runs/ID/hosts/NAME.json    what a host left
    DIR/runs/ID/report.json        docs/schema/report-1.json
    DIR/runs/ID/digest.txt         the report in a few lines

Directories have mode 0700, files 0600. Every file is written under another name and renamed.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import stat
import typing as t
from pathlib import Path
from urllib.parse import quote, unquote

from .clock import RUN_ID, run_id
from .index import SCHEMA as INDEX_SCHEMA
from .plan import ENFORCEMENT, Plan

_LONGEST = 200


class Unusable(Exception):
    """The directory, or a file in it, cannot be used; the message says why and what to do."""


def default_directory(environ: t.Mapping[str, str]) -> str:
    """Where the files are when go_enforce_dir does not say it."""
    base = environ.get("XDG_STATE_HOME") or os.path.join(environ.get("HOME") or "~", ".local", "state")
    return os.path.join(os.path.expanduser(base), "gopher.devbox", "enforce")


def file_of(host: str) -> str:
    """The name of a host's file: readable, and safe whatever the host is called."""
    name = quote(host, safe=" @+")
    name = f"%2E{name[1:]}" if name.startswith(".") else name
    return f"{name}.json"


def host_of(name: str) -> str:
    """The host of a file."""
    return unquote(name.removesuffix(".json"))


class Runs:
    """The directory of all runs."""

    def __init__(self, directory: str) -> None:
        self.directory = Path(directory)
        self.place = self.directory / "runs"

    def prepare(self) -> None:
        """Make it, where it is not there. Raises Unusable."""
        with _plainly(self.directory):
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            found = self.directory.stat()
            if found.st_uid not in (os.geteuid(), 0) or stat.S_IMODE(found.st_mode) & 0o022:
                raise Unusable(
                    f"{self.directory} belongs to another account, or others may write to it. "
                    "Name a directory of your own in go_enforce_dir, or chmod 700 this one."
                )
            self.place.mkdir(mode=0o700, exist_ok=True)

    @property
    def lock(self) -> Path:
        return self.directory / "lock"

    def new_id(self, now: float) -> str:
        """An id that no run has."""
        while True:
            found = run_id(now, secrets.token_hex(2))
            if not (self.place / found).exists():
                return found

    def begin(self, plan: Plan) -> Run:
        """The directory of a new run. Raises Unusable."""
        run = self.of(plan.run)
        with _plainly(run.directory):
            run.directory.mkdir(mode=0o700)
            (run.directory / "hosts").mkdir(mode=0o700)
        run.write_plan(plan)
        return run

    def of(self, id: str) -> Run:
        return Run(self.place / id)

    def all(self) -> list[Run]:
        """The runs that are there, the oldest first. What is no run is passed over."""
        try:
            entries = sorted(os.scandir(self.place), key=lambda entry: entry.name)
        except FileNotFoundError:
            return []
        return [
            Run(Path(entry.path))
            for entry in entries
            if RUN_ID.match(entry.name)
            and entry.is_dir(follow_symlinks=False)
            and (Path(entry.path) / "run.json").is_file()
        ]

    def index(self) -> dict[str, t.Any]:
        """What is remembered from run to run. Without it, or when it is damaged, everything is new."""
        found = _read_json(self.directory / "index.json")
        well = found is not None and found.get("schema") == INDEX_SCHEMA
        well = well and all(isinstance((found or {}).get(name), dict) for name in ("hosts", "open"))
        return (found or {}) if well else {}

    def write_index(self, index: t.Mapping[str, t.Any]) -> None:
        write(self.directory / "index.json", _json(index))

    def prune(self, keep: int, current: str) -> list[str]:
        """Remove old runs: all but the newest `keep`, but never the newest ten that changed something, which can be
        undone, one without a report, or the current one.
        """
        runs = self.all()
        reports = {run.id: run.report() for run in runs}
        changed = [
            id for id, report in reports.items() if report and any(host.get("changed") for host in report["hosts"])
        ]
        spared = {current, *(run.id for run in runs[-keep:]), *changed[-10:]}
        old = [run for run in runs if run.id not in spared and reports[run.id] is not None]
        return [run.id for run in old if run.remove()]


class Run:
    """The directory of one run."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.id = directory.name

    def write_plan(self, plan: Plan) -> None:
        write(self.directory / "run.json", _json(plan.to_json()))

    def plan(self) -> Plan:
        """Raises Unusable when there is none, or it is damaged."""
        found = _read_json(self.directory / "run.json")
        try:
            return Plan.from_json(found or {})
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Unusable(
                f"{self.directory / 'run.json'} cannot be understood ({error}). Remove the directory of that run."
            ) from None

    def write_record(self, record: t.Mapping[str, t.Any]) -> None:
        name = file_of(record["host"])
        if len(name) > _LONGEST:
            raise Unusable(f"The name of the host {record['host'][:40]}… is too long for a file.")
        write(self.directory / "hosts" / name, _json(record))

    def records(self) -> dict[str, dict[str, t.Any]]:
        """What the hosts left, by host. A damaged file counts as none."""
        found = {}
        for file in sorted((self.directory / "hosts").glob("*.json")):
            record = _read_json(file)
            if record is not None and record.get("run") == self.id and isinstance(record.get("host"), str):
                found[record["host"]] = record
        return found

    def report(self) -> dict[str, t.Any] | None:
        found = _read_json(self.directory / "report.json")
        return found if found is not None and found.get("run") == self.id else None

    def digest(self) -> str:
        try:
            return (self.directory / "digest.txt").read_text(encoding="utf-8")
        except OSError:
            return ""

    def write_report(self, report: t.Mapping[str, t.Any], text: str) -> None:
        write(self.directory / "digest.txt", text)
        write(self.directory / "report.json", _json(report))

    def remove(self) -> bool:
        """Whether it is gone."""
        try:
            shutil.rmtree(self.directory)
        except OSError:
            return False
        return True


def changed_last(runs: t.Iterable[Run]) -> Run | None:
    """The newest run that changed something."""
    for run in reversed(list(runs)):
        if any(record.get("changed") for record in run.records().values()):
            with contextlib.suppress(Unusable):
                if run.plan().kind == ENFORCEMENT:
                    return run
    return None


def write(file: Path, text: str) -> None:
    """Write a file as a whole or not at all. Raises Unusable."""
    made = file.with_name(f".{file.name}.{secrets.token_hex(4)}"[:250])
    with _plainly(file):
        try:
            descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
            with open(descriptor, "w", encoding="utf-8", newline="\n") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(made, file)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(made)
            raise


@contextlib.contextmanager
def _plainly(place: Path) -> t.Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unusable(
            f"{place} cannot be written: {error.strerror or error}. Make room or give rights, or name another "
            "directory in go_enforce_dir."
        ) from None


def _json(content: t.Any) -> str:
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _read_json(file: Path) -> dict[str, t.Any] | None:
    try:
        found = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
