# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How programs are run on a Windows host."""

from __future__ import annotations

import typing as t

from .._core.errors import Cut, CutError, TransportError
from .._formats.cmdscript import Script

#: a script, or a program's full path with its arguments
Command = t.Union[Script, t.Sequence[str]]

Answer = t.TypeVar("Answer")
Own = t.TypeVar("Own")


class Completed(t.NamedTuple):
    """What a script left: its exit code and its raw outputs."""

    rc: int
    stdout: bytes
    stderr: bytes


_QUOTED = 400  # characters of what a program said


def said(completed: Completed, codec: str | None = None, own: bytes | None = None) -> str:
    """What a program printed last, for people, cut; the way out masks it.

    `own` is what stands in the frame of that program; without it only the standard error is quoted. The whole output
    never is: it may hold a listing of the host's environment, secrets of others among it, and a script of which only a
    part arrived has no frames.
    """
    raw = completed.stderr.strip() if own is None else own.strip()
    text = last(raw.decode(codec or "utf-8", "replace").replace("\r", ""), _QUOTED)
    return f"It said (exit code {completed.rc}): {text}" if text else f"It said nothing (exit code {completed.rc})."


def last(text: str, length: int) -> str:
    """The end of a text, cut before a word, so that no part of a secret is left that is not known for one any more."""
    if len(text) <= length or text[-length - 1].isspace():
        return text[-length:].strip()
    return text[-length:].partition(" ")[2].strip()


class Transport(t.Protocol):
    """A way to a Windows host, and a context manager: leaving it ends the session.

    name: for messages. fresh_environment: whether a session opened now gets the variables that the registry holds now;
    an sshd or a WSL session hands out those of the day it was started (docs/facts.md, "Session environment").
    holds_output: whether the output of a script is held back until it is whole, so that a script costs one answer, and
    text is cheaper than bytes. distro: the WSL distro that this run is in, if it is in one.
    """

    name: str
    distro: str
    fresh_environment: bool
    holds_output: bool

    def run(self, command: Command, stdin: bytes | None = None) -> Completed:
        """Run a script or a program to its end. Raises TransportError, `lost` when it may be running all the same.

        What holds output back may run a script twice that it sends nothing to, where its answer was not whole: such a
        script only reads, or makes and removes what may be made and removed again, or says `holds=False`.
        """

    def fresh(self) -> None:
        """Begin a new session, so that the next script gets a new environment."""

    def close(self) -> None:
        """End the session. Never raises."""

    def __enter__(self: Own) -> Own:  # noqa: PYI019 - as below
        """The transport."""

    def __exit__(self, *_raised: object) -> None:
        """End the session."""


class Session:
    """What transports have in common."""

    distro = ""

    def close(self) -> None:
        """End the session. Never raises."""

    def __enter__(self: Own) -> Own:  # noqa: PYI019 - Python 3.9 has no Self
        return self

    def __exit__(self, *_raised: object) -> None:
        self.close()


def to_script(command: Command) -> Script:
    """The script that runs a command. Raises TransportError for a program that cmd.exe cannot be given."""
    if isinstance(command, Script):
        return command
    try:
        return Script.of_program(command)
    except ValueError as error:
        raise TransportError(f"The program cannot be started through cmd.exe: an argument {error}.") from error


def too_long(error: ValueError) -> TransportError:
    """What is said of a script that cmd.exe cannot take."""
    return TransportError(
        f"The question to the host is too long for cmd.exe: {error}.",
        "Shorten the PATH or the list of directories.",
    )


def once_more(transport: Transport, read: t.Callable[[], Answer]) -> Answer:
    """What `read` finds, which asks over `transport` and changes nothing. Where the connection is cut before an answer
    is whole, it asks once more, in a new session and with marks and staging directories of its own: the first one may
    still be running.

    The only place where anything is repeated because a connection broke. What changes something never is: whether it
    did is not known then. Nor is a host asked again that was slow, refused, or was never reached.
    """
    try:
        return read()
    except Cut:
        transport.fresh()
    try:
        return read()
    except CutError as error:
        error.message += " It was tried twice."
        raise
