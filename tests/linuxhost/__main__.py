# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""python -m linuxhost: a host in the foreground or, with --daemon, in the background; and `stop` for one that runs."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from winhost import daemon


def main(arguments: Sequence[str] | None = None) -> int:
    return daemon.main("linuxhost", parser(), arguments)


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="linuxhost",
        description="A Linux host for tests: sshd, PAM, sudo and shells in a throwaway copy of this system.",
    )
    verbs = top.add_subparsers(required=True)

    start = verbs.add_parser("start", help="start a host; the default")
    start.add_argument(
        "--account",
        action="append",
        default=None,
        metavar="NAME",
        help="dev-sh, dev-bash, dev-zsh, dev-fish; may be repeated; default: all",
    )
    start.add_argument("--ssh-port", type=int, default=0, help="default: a free one")
    start.add_argument(
        "--go",
        action="append",
        default=[],
        metavar="VERSION=PATH",
        help="a Go SDK, and where it lies on the host; may be repeated",
    )
    start.add_argument(
        "--show",
        action="append",
        default=[],
        metavar="PATH=DIRECTORY",
        help="a directory of this machine's, seen at PATH, read only",
    )
    start.add_argument("--inventory", type=Path, metavar="FILE", help="write an inventory")
    start.add_argument(
        "--host",
        action="append",
        default=None,
        metavar="NAME=ACCOUNT",
        help="a host of the inventory; default: linuxhost=root",
    )
    daemon.add_options(start, verbs)
    start.set_defaults(run=run_start)
    return top


def run_start(options: argparse.Namespace) -> int:
    return daemon.background("linuxhost", options) if options.daemon else start_here(options)


def start_here(options: argparse.Namespace) -> int:
    from . import ACCOUNTS, LinuxHost

    with (
        daemon.foreground(options) as ready,
        LinuxHost.start(
            options.account or ACCOUNTS,
            go=_pairs("--go", options.go),
            show=_pairs("--show", options.show),
            port=options.ssh_port,
        ) as host,
    ):
        if options.inventory:
            options.inventory.write_text(
                json.dumps(_inventory(host, options.host or ["linuxhost=root"]), indent=2) + "\n", encoding="utf-8"
            )
        ready(host.describe())
    return 0


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
