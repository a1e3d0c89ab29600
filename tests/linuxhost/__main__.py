# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""python -m linuxhost: a host in the foreground or, with --daemon, in the background; and `stop` for one that runs."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from winhost.__main__ import pid_of, run_stop, running

READY = "host.json"
PATIENCE = 180


def main(arguments: Sequence[str] | None = None) -> int:
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or (words[0].startswith("-") and words[0] not in ("-h", "--help")):
        words.insert(0, "start")
    options = parser().parse_args(words)
    options.words = words[1:]
    try:
        return int(options.run(options) or 0)
    except (RuntimeError, OSError, ValueError) as error:
        print(f"linuxhost: {error}", file=sys.stderr)
        return 1


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="linuxhost", description="A Linux host for tests: sshd, PAM, sudo and shells in a throwaway copy of this system.")
    verbs = top.add_subparsers(required=True)

    start = verbs.add_parser("start", help="start a host; the default")
    start.add_argument("--account", action="append", default=None, metavar="NAME", help="dev-sh, dev-bash, dev-zsh, dev-fish; may be repeated; default: all")
    start.add_argument("--ssh-port", type=int, default=0, help="default: a free one")
    start.add_argument("--go", action="append", default=[], metavar="VERSION=PATH", help="a Go SDK, and where it lies on the host; may be repeated")
    start.add_argument("--show", action="append", default=[], metavar="PATH=DIRECTORY", help="a directory of this machine's, seen at PATH, read only")
    start.add_argument("--inventory", type=Path, metavar="FILE", help="write an inventory")
    start.add_argument("--host", action="append", default=None, metavar="NAME=ACCOUNT", help="a host of the inventory; default: linuxhost=root")
    start.add_argument("--pid-file", type=Path, metavar="FILE")
    start.add_argument("--state-dir", type=Path, metavar="DIR", help=f"where {READY} and the log go")
    start.add_argument("--daemon", action="store_true", help="in the background; returns when the host is ready")
    start.add_argument("--with-parent", action="store_true", help="stop when the calling process is gone")
    start.add_argument("--with-pid", type=int, metavar="PID", help="stop when that process is gone")
    start.set_defaults(run=run_start)

    stop = verbs.add_parser("stop", help="stop a host and wait until it is gone; no error when there is none")
    stop.add_argument("--pid-file", type=Path, required=True, metavar="FILE")
    stop.set_defaults(run=run_stop)
    return top


def run_start(options: argparse.Namespace) -> int:
    return start_daemon(options) if options.daemon else start_here(options)


def start_here(options: argparse.Namespace) -> int:
    from . import ACCOUNTS, LinuxHost

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
    try:
        with LinuxHost.start(options.account or ACCOUNTS, go=_pairs("--go", options.go), show=_pairs("--show", options.show), port=options.ssh_port) as host:
            if options.inventory:
                options.inventory.write_text(json.dumps(_inventory(host, options.host or ["linuxhost=root"]), indent=2) + "\n", encoding="utf-8")
            ready = json.dumps(host.describe() | {"pid": os.getpid()})
            if home is not None:
                _appear(home / READY, ready + "\n")
            print(ready, flush=True)
            while not done.wait(0.5):
                if owner is not None and not running(owner):
                    break
    finally:
        for item in written:
            item.unlink(missing_ok=True)
    return 0


def start_daemon(options: argparse.Namespace) -> int:
    """The same command in a session of its own; this one waits until it is ready."""
    if options.with_parent:
        raise RuntimeError("--with-parent is for the foreground: with --daemon name the process by --with-pid")
    home: Path = options.state_dir or Path(tempfile.mkdtemp(prefix="linuxhost-state-"))
    home.mkdir(parents=True, exist_ok=True)
    ready, log = home / READY, home / "log"
    ready.unlink(missing_ok=True)
    words = [word for word in options.words if word != "--daemon"]
    if options.state_dir is None:
        words += ["--state-dir", str(home)]
    here = str(Path(__file__).resolve().parents[1])
    with log.open("wb") as output:
        child = subprocess.Popen(
            [sys.executable, "-m", "linuxhost", "start", *words],
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


def _inventory(host: Any, pairs: Sequence[str]) -> dict[str, Any]:
    hosts = {name: host.ansible_vars(account) for name, account in _pairs("--host", pairs).items()}
    return {"all": {"children": {"linux": {"hosts": hosts}}}}


def _pairs(option: str, words: Sequence[str]) -> dict[str, str]:
    pairs = [word.partition("=") for word in words]
    if not all(name and value for name, _, value in pairs):
        raise RuntimeError(f"{option} takes NAME=VALUE")
    return {name: value for name, _, value in pairs}


if __name__ == "__main__":
    sys.exit(main())
