# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Programs of this POSIX host, several at once, each in an environment of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import time
import typing as t

from .transport import Completed

if t.TYPE_CHECKING:
    from .._core.account import Account

PATIENCE = 30.0  # seconds; somebody's start file may wait for a network
GRACE = 0.5  # seconds for the pipes of a program that was ended
#: stands for a directory of that command's own, in its environment (the value of HOME most often) and in its files
HOME_OF_ITS_OWN = "\0"


class Command(t.NamedTuple):
    """A program with its arguments, the whole environment it gets, and the account it runs as.

    files: in the directory of its own, by relative path. patience: how many seconds are waited for it, where that is
    less than usual. given: the environment comes on top of the one that the session has.
    """

    argv: tuple[str, ...]
    environment: t.Mapping[str, str]
    account: Account
    files: t.Mapping[str, bytes] = {}
    patience: float = PATIENCE
    given: bool = False


class Programs(t.Protocol):
    """A way to run programs on a POSIX host."""

    def run_all(self, commands: t.Sequence[Command]) -> list[Completed | None]:
        """What each left, run at the same time from `/` with nothing on its input; None for one that could not be
        started or did not end.
        """

    def is_program(self, path: str) -> bool:
        """Whether an executable file stands there."""

    def writable_by_others(self, paths: t.Sequence[str]) -> bool:
        """Whether anybody but root can write one of these files or directories."""


class LocalPrograms:
    """See `Programs`."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience

    def run_all(self, commands: t.Sequence[Command]) -> list[Completed | None]:
        with tempfile.TemporaryDirectory(prefix="gopher-devbox-") as directory:
            started = [start(command, home_of(directory, number, command)) for number, command in enumerate(commands)]
            now = time.monotonic()
            limits = [now + min(self._patience, command.patience) for command in commands]
            return [_end(process, limit) for process, limit in zip(started, limits)]

    def is_program(self, path: str) -> bool:
        return os.path.isfile(path) and os.access(path, os.X_OK)

    def writable_by_others(self, paths: t.Sequence[str]) -> bool:
        found = [os.stat(path) for path in paths]
        return any(
            item.st_uid != 0 or item.st_mode & 0o002 or (item.st_mode & 0o020 and item.st_gid != 0) for item in found
        )


def home_of(directory: str, number: int, command: Command) -> str:
    """The directory of a command's own, made in `directory` where its environment names one. Only its account can look
    into it.
    """
    if not any(HOME_OF_ITS_OWN in value for value in command.environment.values()):
        return ""
    home = os.path.join(directory, str(number))
    os.mkdir(home, 0o700)
    for name, content in command.files.items():
        place = os.path.join(home, name)
        os.makedirs(os.path.dirname(place), mode=0o700, exist_ok=True)
        descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with open(descriptor, "wb") as file:
            file.write(content.replace(HOME_OF_ITS_OWN.encode(), home.encode()))
    if os.geteuid() == 0 and not command.account.elevated:
        os.chmod(directory, 0o711)  # noqa: S103 - others pass through, and list nothing
        # The directory itself last: until then nobody can put something else into the place of what is in it.
        for folder, _folders, files in os.walk(home, topdown=False):
            for place in (*(os.path.join(folder, name) for name in files), folder):
                os.lchown(place, int(command.account.id), int(command.account.group))
    return home


def start(command: Command, home: str, output: int = subprocess.PIPE) -> subprocess.Popen[bytes] | None:
    """The process of a command, in a process group of its own; None for one that cannot be started. output: what its
    outputs are.
    """
    identity: dict[str, t.Any] = {}
    if os.geteuid() == 0 and not command.account.elevated:
        uid, gid = int(command.account.id), int(command.account.group)
        identity = {"user": uid, "group": gid, "extra_groups": os.getgrouplist(command.account.name, gid)}
    own = {name: value.replace(HOME_OF_ITS_OWN, home) for name, value in command.environment.items()}
    try:
        # An environment, an account and a process group of its own, several at once: more than
        # AnsibleModule.run_command has.
        return subprocess.Popen(  # pylint: disable=ansible-bad-function
            command.argv,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ, **own} if command.given else own,
            cwd="/",
            start_new_session=True,
            **identity,
        )
    except (OSError, subprocess.SubprocessError):
        return None


def _end(process: subprocess.Popen[bytes] | None, limit: float) -> Completed | None:
    if process is None:
        return None
    try:
        out, err = process.communicate(timeout=max(0.1, limit - time.monotonic()))
    except subprocess.TimeoutExpired:
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=GRACE)  # what it started in a session of its own may hold the pipes on
        return None
    return Completed(process.returncode, out, err)
