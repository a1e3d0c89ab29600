# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host of the tests as a process of its own: in the foreground, in the background, and stopped again. For hosts of
every kind.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

READY = "host.json"
PATIENCE = 180

Ready = Callable[[dict[str, Any]], None]


def main(package: str, parser: argparse.ArgumentParser, arguments: Sequence[str] | None) -> int:
    """The command line of a kind of host; `start` is the verb when none is named."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or (words[0].startswith("-") and words[0] not in ("-h", "--help")):
        words.insert(0, "start")
    options = parser.parse_args(words)
    options.words = words[1:]
    try:
        return int(options.run(options) or 0)
    except (RuntimeError, OSError, ValueError) as error:
        print(f"{package}: {error}", file=sys.stderr)
        return 1


def add_options(start: argparse.ArgumentParser, verbs: Any) -> None:
    """What `start` takes whatever the kind of host, and `stop`."""
    start.add_argument("--pid-file", type=Path, metavar="FILE")
    start.add_argument(
        "--state-dir",
        type=Path,
        metavar="DIR",
        help=f"where {READY} and the log go, and what the host keeps; default: a temporary directory",
    )
    start.add_argument("--daemon", action="store_true", help="in the background; returns when the host is ready")
    start.add_argument("--with-parent", action="store_true", help="stop when the calling process is gone")
    start.add_argument("--with-pid", type=int, metavar="PID", help="stop when that process is gone")
    stop = verbs.add_parser("stop", help="stop a host and wait until it is gone; no error when there is none")
    stop.add_argument("--pid-file", type=Path, required=True, metavar="FILE")
    stop.set_defaults(run=run_stop)


@contextlib.contextmanager
def foreground(options: argparse.Namespace) -> Iterator[Ready]:
    """Around a host: its pid file and its state directory. What is yielded says that it is ready, and returns when it
    is to end.
    """
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: done.set())
    owner = options.with_pid or (os.getppid() if options.with_parent else None)
    pid_file: Path | None = options.pid_file
    if pid_file and running(pid_of(pid_file)):
        raise RuntimeError(f"{pid_file} says that a host runs already")
    if pid_file:
        pid_file.write_text(f"{os.getpid()}\n", encoding="ascii")
    home: Path | None = options.state_dir
    if home is not None:
        home.mkdir(parents=True, exist_ok=True)
    written = [item for item in (pid_file, None if home is None else home / READY) if item is not None]

    def ready(told: dict[str, Any]) -> None:
        text = json.dumps(told | {"pid": os.getpid()}, ensure_ascii=False)
        if home is not None:
            _appear(home / READY, text + "\n")
        print(text, flush=True)
        while not done.wait(0.5):
            if owner is not None and not running(owner):
                break

    try:
        yield ready
    finally:
        for item in written:
            item.unlink(missing_ok=True)


def background(package: str, options: argparse.Namespace) -> int:
    """The same command in a session of its own; this one waits until it is ready."""
    if options.with_parent:
        raise RuntimeError("--with-parent is for the foreground: with --daemon name the process by --with-pid")
    home: Path = options.state_dir or Path(tempfile.mkdtemp(prefix=f"{package}-state-"))
    home.mkdir(parents=True, exist_ok=True)
    ready, log = home / READY, home / "log"
    ready.unlink(missing_ok=True)
    words = [word for word in options.words if word != "--daemon"]
    if options.state_dir is None:
        words += ["--state-dir", str(home)]
    here = str(Path(__file__).resolve().parents[1])  # the child must find the package wherever it is started
    with log.open("wb") as output:
        child = subprocess.Popen(
            [sys.executable, "-m", package, "start", *words],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH"))))},
        )
    until = time.monotonic() + PATIENCE
    while not ready.exists():
        if child.poll() is not None or time.monotonic() > until:
            if child.poll() is None:
                child.terminate()
            raise RuntimeError(f"the host did not start:\n{log.read_text(encoding='utf-8', errors='replace')}")
        time.sleep(0.02)
    print(ready.read_text(encoding="utf-8"), end="", flush=True)
    return 0


def _appear(file: Path, text: str) -> None:
    """All at once: somebody waits for it."""
    draft = file.with_name(file.name + ".new")
    draft.write_text(text, encoding="utf-8")
    draft.replace(file)


def run_stop(options: argparse.Namespace) -> int:
    pid = pid_of(options.pid_file)
    if not running(pid):
        options.pid_file.unlink(missing_ok=True)
        return 0
    assert pid is not None
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + 30
    while running(pid):
        if time.monotonic() > until:
            raise RuntimeError(f"process {pid} does not stop")
        time.sleep(0.05)
    return 0


def pid_of(file: Path) -> int | None:
    try:
        return int(file.read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return None


def running(pid: int | None) -> bool:
    """Whether that process is there and is not merely waiting to be buried."""
    if pid is None:
        return False
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[
            0
        ] not in ("Z", "X")
    except (OSError, IndexError):
        return False
