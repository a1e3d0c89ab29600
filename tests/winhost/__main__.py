# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""python -m winhost: a host in the foreground or, with --daemon, in the background; and words to one that runs."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import daemon
from .control import Control, ask
from .faults import ACTIONS, KINDS, Fault


def main(arguments: Sequence[str] | None = None) -> int:
    return daemon.main("winhost", parser(), arguments)


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="winhost", description="A Windows host for tests: WinRM (and ssh) in front of a Wine prefix."
    )
    verbs = top.add_subparsers(required=True)

    start = verbs.add_parser("start", help="start a host; the default")
    start.add_argument("--codepage", type=int, default=65001, help="the console's code page: 65001 or 936")
    start.add_argument("--port", type=int, default=0, help="WinRM's port; default: a free one")
    start.add_argument("--ssh", action="store_true", help="an sshd too")
    start.add_argument("--ssh-port", type=int, default=0)
    start.add_argument(
        "--fresh-environment", action="store_true", help="the sshd composes its environment anew for each command"
    )
    start.add_argument(
        "--powershell",
        nargs="?",
        const=True,
        metavar="PWSH_EXE",
        help="with PowerShell; default: the one of DEVBOX_PWSH_EXE",
    )
    start.add_argument(
        "--users", type=int, default=None, metavar="N", help="how many accounts; default: all that there are"
    )
    start.add_argument(
        "--go",
        action="append",
        default=None,
        metavar="VERSION[=PATH]",
        help="a Go SDK, and where it lies on the host; may be repeated",
    )
    start.add_argument("--skip-cmd-shell", choices=("honoured", "ignored"), default="honoured")
    start.add_argument("--inventory", type=Path, metavar="FILE", help="write an inventory")
    start.add_argument(
        "--connection", choices=("winrm", "ssh"), default="winrm", help="the one that the inventory names"
    )
    start.add_argument(
        "--distro",
        action="append",
        default=[],
        metavar="NAME[=ROOT]",
        help="a WSL distro of the first account; ROOT is busybox or debian; may be repeated; needs root",
    )
    start.add_argument(
        "--distro-go",
        action="append",
        default=[],
        metavar="VERSION=PATH",
        help="a Go SDK in every distro, and where it lies there; may be repeated",
    )
    daemon.add_options(start, verbs)
    start.set_defaults(run=run_start)

    fault = verbs.add_parser(
        "fault", help="misbehave from now on", epilog="; ".join(f"{kind}: {what}" for kind, what in KINDS.items())
    )
    fault.add_argument("--state-dir", type=Path, required=True, metavar="DIR")
    fault.add_argument("--clear", action="store_true", help="behave again")
    fault.add_argument("on", nargs="?", choices=ACTIONS)
    fault.add_argument(
        "kind", nargs="?", choices=[kind for kind in KINDS if kind not in ("before", "after", "finished")]
    )
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
    return daemon.background("winhost", options) if options.daemon else start_here(options)


def start_here(options: argparse.Namespace) -> int:
    from . import Settings, WinHost

    home: Path | None = options.state_dir
    with (
        daemon.foreground(options) as ready,
        WinHost.start(
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
        ) as host,
    ):
        control = Control(
            {
                "fault": lambda **values: host.faults.add(Fault.from_dict(values)),
                "clear": host.faults.clear,
                "counters": lambda reset=False: (host.counters.reset() if reset else host.counters.now).as_dict(),
                "describe": host.describe,
            }
        )
        try:
            for word in options.distro:
                host.add_distro(host.account, *_distro(word), go=_placed(options.distro_go))
            if options.inventory:
                host.inventory(options.inventory, connection=options.connection)
            ready(host.describe() | {"control": str(control.path)})
        finally:
            control.stop()
    return 0


def _accounts(users: int | None) -> Any:
    if users is None:
        return None
    from .prefix import ACCOUNTS

    if not 1 <= users <= len(ACCOUNTS):
        raise RuntimeError(f"there are {len(ACCOUNTS)} accounts: --users is a number from 1 to {len(ACCOUNTS)}")
    return ACCOUNTS[:users]


def _distro(word: str) -> tuple[str, str]:
    name, _, root = word.partition("=")
    return name, root or "busybox"


def _placed(words: Sequence[str]) -> dict[str, str]:
    pairs = [word.partition("=") for word in words]
    if not all(version and path for version, _, path in pairs):
        raise RuntimeError("--distro-go takes VERSION=PATH")
    return {version: path for version, _, path in pairs}


def _go(words: Sequence[str]) -> Any:
    pairs = [word.partition("=") for word in words]
    placed = [bool(sign) for _, sign, _ in pairs]
    if any(placed) and not all(placed):
        raise RuntimeError("--go takes VERSION=PATH for each SDK, or VERSION for each")
    return {version: path for version, _, path in pairs} if any(placed) else tuple(version for version, _, _ in pairs)


# ------------------------------------------------------------------------------------------------------ one that runs


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
        return str(json.loads((home / daemon.READY).read_text(encoding="utf-8"))["control"])
    except FileNotFoundError:
        raise RuntimeError(f"no host runs in {home}") from None


if __name__ == "__main__":
    sys.exit(main())
