# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A controller of its own for benchmarks: real ansible-playbook, with nothing of the user's configuration."""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import os
import re
import shutil
import sys
import sysconfig
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from _measure import Cost, MeasurementFailed, run

CHECKOUT = Path(__file__).resolve().parent.parent
_RECAP = re.compile(r"^\S+\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.MULTILINE)


def collections_path(needed: str) -> list[Path]:
    """Where the collections of others are: what `make bench` fetched, or what this Python's `ansible` package holds."""
    fetched = os.environ.get("DEVBOX_BENCH_COLLECTIONS", "")
    for candidate in (*fetched.split(os.pathsep), sysconfig.get_path("purelib")):
        if candidate and Path(candidate, "ansible_collections", *needed.split(".")).is_dir():
            return [Path(candidate)]
    raise MeasurementFailed(f"The collection {needed} is not there. `make bench` fetches it.")


def collection_version(root: Path, name: str) -> str:
    manifest = root / "ansible_collections" / Path(*name.split(".")) / "MANIFEST.json"
    return str(json.loads(manifest.read_text(encoding="utf-8"))["collection_info"]["version"])


def core_version() -> str:
    return importlib.metadata.version("ansible-core")


class Controller:
    def __init__(self, root: Path, collections: Sequence[Path]) -> None:
        self.root = root
        self._program = Path(sys.executable).parent / "ansible-playbook"
        if not self._program.exists():
            raise MeasurementFailed(f"There is no ansible-playbook beside {sys.executable}.")
        own = root / "collections" / "ansible_collections" / "gopher"
        own.mkdir(parents=True)
        (own / "devbox").symlink_to(CHECKOUT)
        config = root / "ansible.cfg"
        config.write_text("[defaults]\nhost_key_checking = false\n", encoding="utf-8")
        self._env = {
            "PATH": os.environ.get("PATH", os.defpath),
            "LC_ALL": "C.UTF-8",
            "HOME": str(root),
            "TMPDIR": str(root),
            "ANSIBLE_CONFIG": str(config),
            "ANSIBLE_HOME": str(root / "home"),
            "ANSIBLE_LOCAL_TEMP": str(root / "local"),
            "ANSIBLE_COLLECTIONS_PATH": os.pathsep.join(str(path) for path in (root / "collections", *collections)),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_DEPRECATION_WARNINGS": "0",
            "no_proxy": "127.0.0.1",
        }

    def write(self, name: str, document: Any) -> Path:
        """JSON, which is YAML."""
        path = self.root / name
        path.write_text(json.dumps(document, indent=1, ensure_ascii=False), encoding="utf-8")
        return path

    def inventory(self, name: str, variables: Mapping[str, Any]) -> Path:
        return self.write(f"{name}.inventory.yml", {"all": {"hosts": {"bench": dict(variables)}}})

    def linux_inventory(self, host: Any, account: str) -> Path:
        """A Linux host of the tests over ssh, as Ansible has it by default: a master that stays open, no pipelining."""
        variables = host.ansible_vars(account)
        del variables["ansible_pipelining"]
        variables["ansible_ssh_args"] = "-C -o ControlMaster=auto -o ControlPersist=60s"
        variables["ansible_control_path_dir"] = str(self.root / "cp")
        return self.inventory("host", variables)

    def playbook(self, name: str, tasks: Sequence[Mapping[str, Any]]) -> Path:
        return self.write(f"{name}.playbook.yml", [{"hosts": "bench", "gather_facts": False, "tasks": list(tasks)}])

    def play(self, playbook: Path, inventory: Path, *, ok: int, changed: int) -> Cost:
        """Runs a play. One that does not end with exactly these results has no cost: it raises."""
        finished = run([str(self._program), "-i", str(inventory), str(playbook)], env=self._env, cwd=self.root)
        recap = _RECAP.search(finished.output)
        got = tuple(int(text) for text in recap.groups()) if recap else None
        if finished.returncode != 0 or got != (ok, changed, 0, 0):
            raise MeasurementFailed(
                f"{playbook.name}: ok, changed, unreachable, failed are {got}, "
                f"expected {(ok, changed, 0, 0)}\n{finished.output[-6000:]}"
            )
        return finished.cost


@contextlib.contextmanager
def controller(collections: Sequence[Path]) -> Iterator[Controller]:
    root = Path(tempfile.mkdtemp(prefix="devbox-bench-"))
    try:
        yield Controller(root, collections)
    finally:
        shutil.rmtree(root, ignore_errors=True)
