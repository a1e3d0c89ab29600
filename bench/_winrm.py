# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the benchmarks over WinRM have in common: what is wanted, a peer whose remote time is zero, and the floor."""

from __future__ import annotations

import base64
import contextlib
import gzip
import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from _ansible import Controller, collections_path, controller
from _measure import Cost, MeasurementFailed
from _wsman import Command, Conversation, Counts, Responder

GO = "1.27.3"
PEER = "ansible.windows"
Task = dict[str, Any]
KINDS = ("converge", "noop")
PLAYS = ("converge", "verified", "noop")
COUNTS = ("requests", "bytes_sent", "processes")
TIMES = ("wall", "cpu")
COUNTING_ROUNDS = 3


def kind_of(play: str) -> str:
    return "noop" if play == "noop" else "converge"


@dataclass(frozen=True)
class Values:
    """One result. Results with different numbers differ in GOPATH, GOBIN, GOPROXY and the second PATH entry."""

    goroot: ClassVar[str]
    work: ClassVar[str]
    separator: ClassVar[str]
    number: int = 0

    @property
    def gopath(self) -> str:
        return f"{self.work}{self.number}"

    @property
    def gobin(self) -> str:
        return f"{self.gopath}{self.separator}bin"

    @property
    def goproxy(self) -> str:
        return f"https://proxy{self.number}.example.com,direct"

    @property
    def path(self) -> list[str]:
        return [f"{self.goroot}{self.separator}bin", self.gobin]

    @property
    def variables(self) -> dict[str, str]:
        return {"GOROOT": self.goroot, "GOPATH": self.gopath, "GOBIN": self.gobin, "GOPROXY": self.goproxy}

    def options(self, *, verify: bool) -> dict[str, Any]:
        """Those of a module of ours."""
        return {
            "goroot": self.goroot,
            "gopath": [self.gopath],
            "gobin": self.gobin,
            "variables": {"GOPROXY": self.goproxy},
            "path": self.path,
            "verify": verify,
        }


def whole_module(text: bytes) -> bool:
    """Whether this is all that ansible-core gives PowerShell: a wrapper, and behind it the manifest, which newer ones
    compress.
    """
    wrapper, _, manifest = text.partition(b"\n\0\0\0\0\n")
    try:
        if not manifest.startswith(b"{"):
            manifest = gzip.decompress(base64.b64decode(manifest))
        return bool(json.loads(wrapper)["script"] and json.loads(manifest)["scripts"])
    except (ValueError, LookupError, OSError, EOFError):
        return False


# ------------------------------------------------------------------------------------------------------- the benchmark


@dataclass(frozen=True)
class Plays:
    """Plays on hosts of the tests, and on a peer that gives the answers set for it."""

    controller: Controller
    responder: Responder
    peers: Path
    """The inventory of the responder."""
    rounds: int
    count: int

    def play(self, name: str, tasks: Sequence[Task], inventory: Path, *, changed: int) -> Cost:
        return self.controller.play(self.controller.playbook(name, tasks), inventory, ok=len(tasks), changed=changed)

    def debug(self, count: int) -> Cost:
        return self.play(f"debug-{count}", [{"ansible.builtin.debug": {"msg": "x"}}] * count, self.peers, changed=0)

    def peer_play(self, name: str, tasks: Sequence[Task], *, changed: bool, commands: int) -> Cost:
        """A play on the peer, which has its answers. commands: how many modules the play sends."""
        cost = self.play(name, tasks, self.peers, changed=len(tasks) if changed else 0)
        inputs = self.responder.inputs()
        strange = [text[:80] for text in inputs if not whole_module(text)]
        if self.responder.errors or strange or len(inputs) != commands:
            raise MeasurementFailed(
                f"The responder got {len(inputs)} modules of {commands}; errors {self.responder.errors}; no "
                f"modules {strange}"
            )
        return cost

    def inventory(self, host: Any, port: int | None = None) -> Path:
        """The host, or what stands before it at another port."""
        return self.controller.inventory(
            f"host-{port or host.port}", host.ansible_vars() | ({"ansible_port": port} if port else {})
        )


@contextlib.contextmanager
def peers() -> Iterator[tuple[Controller, Responder, Path]]:
    """A controller, a peer whose remote time is zero, and the inventory with it."""
    with controller(collections_path(PEER)) as own:
        responder = Responder()
        with responder.serve() as port:
            variables = {
                "ansible_host": "127.0.0.1",
                "ansible_port": port,
                "ansible_user": "peer",
                "ansible_password": "peer",
                "ansible_connection": "winrm",
            }
            inventory = own.inventory(
                "peers", variables | {"ansible_winrm_scheme": "http", "ansible_winrm_transport": "basic"}
            )
            yield own, responder, inventory


# ------------------------------------------------------------------------------------------------------------ counting


Counted = dict[str, list[Counts]]


def count_peers(ways: Iterable[str], responder: Responder, peer: Callable[[str, str, int], Cost]) -> Counted:
    counts: Counted = {}
    for name in ways:
        for kind in KINDS:
            responder.take()
            peer(name, kind, 1)
            counts[f"{name}.{kind}"] = [responder.take()]
    return counts


@dataclass(frozen=True)
class Asked:
    """What a no-op asks of the host; the floor asks the same."""

    shell: dict[str, str]
    commands: list[Command]

    @classmethod
    def of(cls, conversation: Conversation) -> Asked:
        if len(conversation.shells) != 1 or not conversation.commands:
            raise MeasurementFailed(
                f"A no-op opened {len(conversation.shells)} shells and ran {len(conversation.commands)} commands."
            )
        return cls(conversation.shells[0], conversation.commands)


def floor(
    host: Any, asked: Asked, count: int, port: int | None = None, *, warm: bool = True, silent: bool = False
) -> Cost:
    """`silent`: the commands need not print anything."""
    document = {
        "endpoint": f"http://127.0.0.1:{port or host.port}/wsman",
        "user": host.account.name,
        "password": host.account.password,
        "count": count,
        "warm": warm,
        "silent": silent,
        **asked.shell,
        "commands": [item.as_dict() for item in asked.commands],
    }
    program = Path(__file__).with_name("_floor.py")
    done = subprocess.run(
        [sys.executable, str(program)], input=json.dumps(document), capture_output=True, text=True, timeout=600
    )
    if done.returncode != 0:
        raise MeasurementFailed(f"The floor failed: {done.stderr[-3000:]}")
    result = json.loads(done.stdout)
    return Cost(result["wall"], result["cpu"])
