# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parent of everything that runs on one host: python -m linuxhost.keeper, a JSON line with what it shall be on
standard input.

It has a mount namespace of its own, with the layers of the host's file systems on a tmpfs. The host itself is a second
pair of mount and pid namespaces, which ends with its first process, and is made anew, from other layers, when it is to
be as it was before. Words come as further lines, `reset` or `snapshot`, and an answer goes to standard output for each
and for the start. When the input ends, because the host is stopped or because its owner died, all of it goes: the
processes, the mounts, the files.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn

from . import kernel, machine, system
from .wish import Wish


class Keeper:
    def __init__(self, wish: Wish) -> None:
        self._wish = wish
        self._layers = wish.directory / "layers"
        self._kept: list[Path] = []
        """Layers of snapshots, the newest first."""
        self._count = 0
        self._layer = self._layers
        self._stem = self._pid = 0
        self._listening = socket.socket()
        self._listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listening.bind(("127.0.0.1", wish.port))
        self._listening.listen(128)

    def build(self) -> None:
        kernel.unshare(kernel.CLONE_NEWNS)
        kernel.mount("", Path("/"), flags=kernel.MS_REC | kernel.MS_PRIVATE)
        self._layers.mkdir(0o700)
        kernel.mount("tmpfs", self._layers, flags=kernel.MS_NODEV, options="mode=0700")
        wish = self._wish
        people = system.members(wish.accounts)
        shown = [*wish.trees, *wish.shown]
        system.build(
            self._layers / "base",
            people,
            host_key=wish.directory / "ssh_host_key",
            authorised=wish.authorised,
            shown=shown,
        )

    def start(self) -> dict[str, Any]:
        """A host on a fresh layer. sshd's connections wait in the socket meanwhile, so nobody is turned away."""
        self._count += 1
        self._layer = self._layers / str(self._count)
        self._layer.mkdir()
        kernel.mount("tmpfs", self._layer, flags=kernel.MS_NODEV, options="mode=0700")
        reader, writer = os.pipe()
        self._stem = os.fork()
        if self._stem == 0:
            os.close(reader)
            self._be_stem(os.getppid(), writer)
        os.close(writer)
        with os.fdopen(reader, encoding="utf-8") as told:
            self._pid, trouble = _heard(told)
        if trouble is not None:
            self.end()
            raise RuntimeError(trouble)
        return {"pid": self._pid, "port": self._listening.getsockname()[1]}

    def _be_stem(self, parent: int, writer: int) -> NoReturn:
        """The parent of the host's first process: only a child can be in a new pid namespace."""
        try:
            kernel.die_with_parent(parent)
            kernel.unshare(kernel.CLONE_NEWNS | kernel.CLONE_NEWPID | kernel.CLONE_NEWUTS | kernel.CLONE_NEWIPC)
            root = machine.assemble(
                self._layer, [*self._kept, self._layers / "base"], self._wish.trees, self._wish.shown
            )
            pid = os.fork()
            if pid == 0:
                machine.be_first(root, self._listening, writer)
            machine.tell(writer, "pid", pid)
            os.close(writer)
            os.waitpid(pid, 0)
        except BaseException as error:  # noqa: BLE001 - whatever it is, the keeper is told
            machine.tell(writer, "error", error)
        finally:
            os._exit(0)  # nothing of the keeper's runs twice

    def end(self) -> None:
        """Kill the host. When its first process is buried all others are, and its mounts are gone."""
        if self._stem:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid or self._stem, signal.SIGKILL)
            os.waitpid(self._stem, 0)
        self._stem = self._pid = 0

    def reset(self) -> dict[str, Any]:
        self.end()
        kernel.unmount(self._layer)
        self._layer.rmdir()
        return self.start()

    def snapshot(self) -> dict[str, Any]:
        self.end()
        self._kept.insert(0, self._layer)
        return self.start()


def _heard(told: Iterable[str]) -> tuple[int, str | None]:
    """The number of the host's first process, 0 when there is none, and what went wrong. It and its parent speak at the
    same time.
    """
    facts: dict[str, str] = {}
    for line in told:
        word, _, text = line.strip().partition(" ")
        facts[word] = text
        if "pid" in facts and facts.keys() & {"ready", "error"}:
            break
    return int(facts.get("pid", 0)), facts.get("error", None if "ready" in facts else "the host did not start")


def answer(**message: Any) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def main() -> int:
    # Ctrl-C reaches the owner too, who ends the input.
    for number in machine.ENDING:
        signal.signal(number, signal.SIG_IGN)
    os.umask(0o022)
    wish = Wish.from_json(sys.stdin.readline())
    try:
        keeper = Keeper(wish)
        keeper.build()
        answer(ok=True, **keeper.start())
        words = {"reset": keeper.reset, "snapshot": keeper.snapshot}
        for line in sys.stdin:
            answer(ok=True, **words[line.strip()]())
        keeper.end()
    except (OSError, RuntimeError) as error:
        answer(ok=False, error=str(error))
        return 1
    finally:
        with contextlib.suppress(OSError):
            kernel.unmount(wish.directory / "layers")
        shutil.rmtree(wish.directory, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
