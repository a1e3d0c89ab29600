# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""python -m winhost: a host in the foreground or, with --daemon, in the background; and words to one that runs."""

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
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .control import Control, ask
from .faults import ACTIONS, KINDS, Fault

READY = "host.json"
PATIENCE = 180


def main(arguments: Sequence[str] | None = None) -> int:
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or words[0].startswith("-"):
        words.insert(0, "start")
    options = parser().parse_args(words)
    try:
        return int(options.run(options) or 0)
    except (RuntimeError, OSError) as error:
        print(f"winhost: {error}", file=sys.stderr)
        return 1


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="winhost", description="A Windows host for tests: WinRM (and ssh) in front of a Wine prefix.")
    verbs = top.add_subparsers(required=True)

    start = verbs.add_parser("start", help="start a host; the default")
    start.add_argument("--codepage", type=int, default=65001, help="the console's code page: 65001 or 936")
    start.add_argument("--port", type=int, default=0, help="WinRM's port; default: a free one")
    start.add_argument("--ssh", action="store_true", help="an sshd too")
    start.add_argument("--ssh-port", type=int, default=0)
    start.add_argument("--fresh-environment", action="store_true", help="the sshd composes its environment anew for each command")
    start.add_argument("--powershell", nargs="?", const=True, metavar="PWSH_EXE", help="with PowerShell; default: the one of DEVBOX_PWSH_EXE")
    start.add_argument("--users", type=int, default=None, metavar="N", help="how many accounts; default: all that there are")
    start.add_argument("--go", action="append", default=None, metavar="VERSION[=PATH]", help="a Go SDK, and where it lies on the host; may be repeated")
    start.add_argument("--skip-cmd-shell", choices=("honoured", "ignored"), default="honoured")
    start.add_argument("--inventory", type=Path, metavar="FILE", help="write an inventory")
    start.add_argument("--connection", choices=("winrm", "ssh"), default="winrm", help="the one that the inventory names")
    start.add_argument("--pid-file", type=Path, metavar="FILE")
    start.add_argument("--state-dir", type=Path, metavar="DIR", help=f"where {READY} and the host's files go; default: a temporary directory")
    start.add_argument("--daemon", action="store_true", help="in the background; returns when the host is ready")
    start.add_argument("--with-parent", action="store_true", help="stop when the calling process is gone")
    start.add_argument("--with-pid", type=int, metavar="PID", help="stop when that process is gone")
    start.set_defaults(run=run_start)

    stop = verbs.add_parser("stop", help="stop a host and wait until it is gone; no error when there is none")
    stop.add_argument("--pid-file", type=Path, required=True, metavar="FILE")
    stop.set_defaults(run=run_stop)

    fault = verbs.add_parser("fault", help="misbehave from now on", epilog="; ".join(f"{kind}: {what}" for kind, what in KINDS.items()))
    fault.add_argument("--state-dir", type=Path, required=True, metavar="DIR")
    fault.add_argument("--clear", action="store_true", help="behave again")
    fault.add_argument("on", nargs="?", choices=ACTIONS)
    fault.add_argument("kind", nargs="?", choices=[kind for kind in KINDS if kind not in ("before", "after", "finished")])
    fault.add_argument("--nth", type=int, default=1)
    fault.add_argument("--times", type=int, default=1, help="0: always")
    fault.add_argument("--seconds", type=float, default=1.0)
    fault.add_argument("--size", type=int)
    fault.add_argument("--eof", action="store_true")
    fault.set_defaults(run=run_fault)

    counters = verbs.add_parser("counters", help="print what was counted")
    counters.add_argument("--state-dir", type=Path, required=True, metavar="DIR")
    counters.add_argument("--reset", action="store_true")
    counters.set_defaults(run=run_counters)
    return top


# ------------------------------------------------------------------------------------------------------------- starting


def run_start(options: argparse.Namespace) -> int:
    return start_daemon(options) if options.daemon else start_here(options)


def start_here(options: argparse.Namespace) -> int:
    from . import Settings, WinHost

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
        with WinHost.start(
            accounts=_accounts(options.users),
            codepage=options.codepage,
            ssh=options.ssh,
            powershell=options.powershell,
            directory=None if home is None else home / "host",
            port=options.port,
            ssh_port=options.ssh_port,
            stale_environment=not options.fresh_environment,
            settings=Settings(skip_cmd_shell=options.skip_cmd_shell),
            **({} if options.go is None else {"go": _go(options.go)}),
        ) as host:
            control = Control(
                {
                    "fault": lambda **values: host.faults.add(Fault.from_dict(values)),
                    "clear": host.faults.clear,
                    "counters": lambda reset=False: (host.counters.reset() if reset else host.counters.now).as_dict(),
                    "describe": host.describe,
                }
            )
            try:
                if options.inventory:
                    host.inventory(options.inventory, connection=options.connection)
                ready = json.dumps(host.describe() | {"pid": os.getpid(), "control": str(control.path)}, ensure_ascii=False)
                if home is not None:
                    (home / READY).write_text(ready + "\n", encoding="utf-8")
                print(ready, flush=True)
                while not done.wait(0.5):
                    if owner is not None and not running(owner):
                        break
            finally:
                control.stop()
    finally:
        for item in written:
            item.unlink(missing_ok=True)
    return 0


def start_daemon(options: argparse.Namespace) -> int:
    """The same command in a session of its own; this one waits until it is ready."""
    if options.with_parent:
        raise RuntimeError("--with-parent is for the foreground: with --daemon name the process by --with-pid")
    home: Path = options.state_dir or Path(tempfile.mkdtemp(prefix="winhost-state-"))
    home.mkdir(parents=True, exist_ok=True)
    ready, log = home / READY, home / "log"
    ready.unlink(missing_ok=True)
    words = [word for word in sys.argv[1:] if word not in ("--daemon", "start")]
    if options.state_dir is None:
        words += ["--state-dir", str(home)]
    with log.open("wb") as output:
        child = subprocess.Popen(
            [sys.executable, "-m", "winhost", "start", *words],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            env=_environment(),
        )
    until = time.monotonic() + PATIENCE
    while not ready.exists():
        if child.poll() is not None or time.monotonic() > until:
            if child.poll() is None:
                child.terminate()
            raise RuntimeError(f"the host did not start:\n{log.read_text(encoding='utf-8', errors='replace')}")
        time.sleep(0.05)
    print(ready.read_text(encoding="utf-8"), end="", flush=True)
    return 0


def _environment() -> dict[str, str]:
    """The child must find this package wherever it is started."""
    here = str(Path(__file__).resolve().parents[1])
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH"))))}


def _accounts(users: int | None) -> Any:
    if users is None:
        return None
    from .prefix import ACCOUNTS

    if not 1 <= users <= len(ACCOUNTS):
        raise RuntimeError(f"there are {len(ACCOUNTS)} accounts: --users is a number from 1 to {len(ACCOUNTS)}")
    return ACCOUNTS[:users]


def _go(words: Sequence[str]) -> Any:
    pairs = [word.partition("=") for word in words]
    placed = [bool(sign) for _, sign, _ in pairs]
    if any(placed) and not all(placed):
        raise RuntimeError("--go takes VERSION=PATH for each SDK, or VERSION for each")
    return {version: path for version, _, path in pairs} if any(placed) else tuple(version for version, _, _ in pairs)


# ------------------------------------------------------------------------------------------------------ one that runs


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


def run_fault(options: argparse.Namespace) -> int:
    where = _control(options.state_dir)
    if options.clear:
        ask(where, "clear")
    if options.on is None or options.kind is None:
        if options.clear:
            return 0
        raise RuntimeError("say which message and which fault, or --clear")
    ask(
        where,
        "fault",
        on=options.on,
        kind=options.kind,
        nth=options.nth,
        times=options.times or None,
        seconds=options.seconds,
        size=options.size,
        eof=options.eof,
    )
    return 0


def run_counters(options: argparse.Namespace) -> int:
    print(json.dumps(ask(_control(options.state_dir), "counters", reset=options.reset)))
    return 0


def _control(home: Path) -> str:
    try:
        return str(json.loads((home / READY).read_text(encoding="utf-8"))["control"])
    except FileNotFoundError:
        raise RuntimeError(f"no host runs in {home}") from None


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
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[0] not in ("Z", "X")
    except (OSError, IndexError):
        return False


if __name__ == "__main__":
    sys.exit(main())
