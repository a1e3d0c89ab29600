# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
r"""The module inside a WSL distro, whose interop starts Windows programs: real ansible-playbook on this host, Wine's
programs behind it.

`cmd.exe` and `wslpath` on PATH stand for WSL's. As interop does, `cmd.exe` hands over one command line, with quotes
escaped, the working directory, standard input and output as they are, and the environment that the Windows user's
session had when it began. Windows sees files of the distro only by a path that `wslpath -w` names; here that is the
directory for temporary files, which lies on drive C: of the prefix.
"""

from __future__ import annotations

import socket
import struct
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ADMIN, NEW_ROOT
from support import Playbooks, path_of, user_key
from winhost import Prefix, WinHost

pytestmark = pytest.mark.windows

USER = user_key(ADMIN.sid)
TEMPORARY = r"C:\windows\temp\WSL 发行版"

CMD = """#!{python}
import os, socket, struct, subprocess, sys

def send(data):
    line.sendall(struct.pack("<I", len(data)) + data)

def take():
    return file.read(struct.unpack("<I", file.read(4))[0])

line = socket.socket(socket.AF_UNIX)
line.connect({address!r})
file = line.makefile("rb")
send(subprocess.list2cmdline(sys.argv[1:]).encode("utf-8", "surrogateescape"))
send(sys.stdin.buffer.read())
code, out, err = int(take()), take(), take()
sys.stdout.buffer.write(out)
sys.stderr.buffer.write(err)
sys.exit(code & 255)
"""

WSLPATH = """#!{python}
import os, sys
assert sys.argv[1] == "-w", sys.argv
place = os.path.relpath(os.path.realpath(sys.argv[2]), {drive!r})
if place.startswith(".."):
    sys.exit("wslpath: " + sys.argv[2])
print("C:\\\\" + place.replace("/", "\\\\"))
"""


class Interop:
    """The Windows side: runs what comes through the socket, one program a connection."""

    def __init__(self, prefix: Prefix, address: Path) -> None:
        self._prefix = prefix
        self._environment = prefix.environment()
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(address))
        self._server.listen()
        self.lines: list[str] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                line, _address = self._server.accept()
            except OSError:
                return
            with line, line.makefile("rb") as file:
                self._one(line, file)

    def _one(self, line: socket.socket, file: Any) -> None:
        arguments, stdin = (file.read(struct.unpack("<I", file.read(4))[0]) for _part in range(2))
        command = rf"C:\windows\system32\cmd.exe {arguments.decode('utf-8')}"
        self.lines.append(command)
        done = self._prefix.run(command, stdin=stdin, env=self._environment, cwd=r"C:\windows\system32")
        for data in (str(done.rc).encode(), done.stdout, done.stderr):
            line.sendall(struct.pack("<I", len(data)) + data)

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()


@pytest.fixture
def distro(host: WinHost, tmp_path: Path) -> Iterator[tuple[Interop, dict[str, str]]]:
    """The Windows side, and the environment that a task in the distro has."""
    programs = tmp_path / "bin"
    programs.mkdir()
    place = host.prefix.unix_path(TEMPORARY)
    place.mkdir(exist_ok=True)
    address = tmp_path / "interop"
    drive = str(host.prefix.unix_path("C:\\").resolve())
    for name, text in (("cmd.exe", CMD), ("wslpath", WSLPATH)):
        file = programs / name
        file.write_text(text.format(python=sys.executable, address=str(address), drive=drive), encoding="utf-8")
        file.chmod(0o755)
    interop = Interop(host.prefix, address)
    yield interop, {"WSL_DISTRO_NAME": "Debian", "PATH": f"{programs}:/usr/bin:/bin", "TMPDIR": str(place)}
    interop.close()
    assert list(place.iterdir()) == []


def test_apply_again_restored(host: WinHost, distro: tuple[Interop, dict[str, str]], tmp_path: Path) -> None:
    interop, environment = distro
    before = host.prefix.registry(USER)
    wanted: dict[str, Any] = {
        "scope": "user",
        "goroot": NEW_ROOT,
        "gopath": [r"%USERPROFILE%\go 工作区"],
        "variables": {"GOFLAGS": '"-ldflags=-s -w 100% ^! & é😀"'},
        "create_directories": True,
    }
    back = {"scope": "user", "state": "restored"}
    local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    tasks = [{"gopher.devbox.go_registry": options} for options in (wanted, wanted, back, back)]
    results, done = Playbooks(tmp_path, local).tasks(tasks, play={"environment": environment})
    assert not any(result["failed"] for result in results), done.stdout + done.stderr
    first, again, restored, nothing = results
    assert [result["changed"] for result in results] == [True, False, True, False]
    assert first["after"]["GOFLAGS"] == wanted["variables"]["GOFLAGS"]
    assert first["after"]["PATH"] == [
        rf"{NEW_ROOT}\bin",
        r"%USERPROFILE%\go 工作区\bin",
        *str(before["Path"][1]).split(";"),
    ]
    assert host.prefix.unix_path(r"C:\Users\ansible\go 工作区\src").is_dir()
    assert {finding["id"] for finding in first["findings"]} <= {"empty_path_entry", "go_value_differs"}
    assert again["journal"] is None
    assert restored["sid"] == ADMIN.sid
    assert [finding["id"] for finding in nothing["findings"] if finding["id"] == "restore_nothing"]
    assert host.prefix.registry(USER) == before
    assert path_of(host, USER) == str(before["Path"][1]).split(";")
    # Nothing but the name of a file is ever on a command line.
    assert all(line.count('"') == 2 and line.endswith('script.cmd"') for line in interop.lines)


def test_hosts_without_a_windows_side(tmp_path: Path) -> None:
    local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    task = {"gopher.devbox.go_registry": {"scope": "user"}}
    alone = {"WSL_DISTRO_NAME": "Debian", "PATH": "/usr/bin:/bin"}
    (posix, without_interop), _done = Playbooks(tmp_path, local).tasks([task, task | {"environment": alone}])
    assert posix["failed"]
    assert "neither Windows nor a WSL distro" in posix["msg"]
    for word in ("winrm or ssh", "image", "hives"):
        assert word in posix["msg"]
    assert without_interop["failed"]
    assert "/etc/wsl.conf" in without_interop["msg"]
