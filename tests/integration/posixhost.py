# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of POSIX hosts share: the environment that a shell of the host hands on, however it was started."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from linuxhost import LinuxHost

SHELLS = ("sh", "bash", "zsh", "fish")
#: how a shell comes to run a command: by which words, with what environment
WAYS: dict[str, Callable[[LinuxHost, str], bytes]] = {
    "login": lambda host, shell: started(host, shell, ["-l", "-c", "env -0"]),
    "interactive": lambda host, shell: started(host, shell, ["-i", "-c", "env -0"]),
    "-c": lambda host, shell: started(host, shell, ["-c", "env -0"]),
    "su -": lambda host, shell: out(host.run(["su", "-", account(shell), "-c", "env -0"])),
    "sudo -i": lambda host, shell: out(host.run(["sudo", "-i", "-u", account(shell), "env", "-0"])),
    "ssh": lambda host, shell: out(host.ssh(account(shell), "env -0")),
}


def account(shell: str) -> str:
    return f"dev-{shell}"


def out(done: object) -> bytes:
    assert done.returncode == 0, (done.stdout, done.stderr)
    return done.stdout.encode("utf-8", "surrogateescape")


def started(host: LinuxHost, shell: str, words: Sequence[str], env: Mapping[str, str] | None = None) -> bytes:
    """What a shell of its own account prints, started without any login; with `env` in that environment and no
    other.
    """
    home = host.home(account(shell))
    bare = {
        "HOME": home,
        "USER": account(shell),
        "LOGNAME": account(shell),
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "TERM": "dumb",
    }
    given = bare if env is None else env
    return out(
        host.run(
            ["env", "-i", *(f"{name}={value}" for name, value in given.items()), shell, *words], account=account(shell)
        )
    )


def environment(raw: bytes) -> dict[str, str]:
    """What `env -0` printed, behind whatever start files print."""
    pairs = (item.partition("=") for item in raw.decode("utf-8", "surrogateescape").split("\0"))
    return {name.rpartition("\n")[2]: value for name, sep, value in pairs if sep}


def path(found: Mapping[str, str]) -> list[str]:
    return found["PATH"].split(":")
