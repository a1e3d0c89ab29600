# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Output that the WinRM transport holds back, on a host whose cmd.exe runs the lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from conftest import ADMIN
from support import go_registry, transport_to, user_key
from winhost import WinHost, service
from winhost.service import Settings

from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import Scope, Wanted
from ansible_collections.gopher.devbox.plugins.module_utils._formats import held
from ansible_collections.gopher.devbox.plugins.module_utils._formats.cmdscript import Reference, Script, pause
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.batch import ask_all
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.windows_files import WindowsFiles
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_live import RegistryStore
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_medium import REGISTRY
from ansible_collections.gopher.devbox.plugins.module_utils._media.sdks_windows import EVERYBODY, Asking, Container
from ansible_collections.gopher.devbox.plugins.plugin_utils._transports.shells import Holding, Piece, ShellTransport

pytestmark = pytest.mark.windows

TEMP = r"C:\Users\ansible\AppData\Local\Temp"


def staged(host: WinHost) -> list[str]:
    """What is left in %TEMP%; Wine's cmd.exe leaves files of its own there."""
    return [item.name for item in host.prefix.unix_path(TEMP).glob("gopher-devbox-*")]


class Watched:
    """A client that keeps the pieces of output."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.pieces: list[Piece] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def receive(self, shell: str, command: str) -> Piece:
        piece: Piece = self._inner.receive(shell, command)
        self.pieces.append(piece)
        return piece


@pytest.fixture
def transport(host: WinHost) -> Iterator[ShellTransport]:
    with transport_to(host) as made:
        made.client = Watched(made.client)
        yield made
    assert staged(host) == []


def test_nothing_comes_before_everything(transport: ShellTransport) -> None:
    done = transport.run(Script(("echo é中я", "echo warning>&2", pause(), "echo b", "exit 3"), ("echo straight",)))
    assert (done.rc, done.stdout, done.stderr) == (3, "é中я\r\nb\r\nstraight\r\n".encode(), b"warning\r\n")
    first = next(piece for piece in transport.client.pieces if piece.stdout)
    assert b"b\r\n" in first.stdout


def test_what_is_not_held_comes_as_it_is_printed(transport: ShellTransport) -> None:
    done = transport.run(Script(("echo a", pause(), "echo b"), holds=False))
    assert done.stdout == b"a\r\nb\r\n"
    assert transport.client.pieces[0].stdout == b"a\r\n"


def test_a_program_is_run_by_its_path(transport: ShellTransport) -> None:
    done = transport.run([r"C:\Windows\System32\reg.exe", "query", r"HKLM\SOFTWARE\Microsoft"])
    assert b"HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft" in done.stdout


@pytest.mark.parametrize("place", [r"C:\nowhere", r"%NOBODY%", r"C:\Windows\win.ini"], ids=["absent", "unset", "file"])
def test_without_a_directory_for_files_it_is_asked_again_and_started_once(host: WinHost, place: str) -> None:
    key = user_key(ADMIN.sid)
    host.prefix.unix_path(r"C:\Windows\win.ini").touch()
    host.prefix.set_value(key, "TEMP", place, "REG_EXPAND_SZ")
    marks = host.prefix.unix_path(r"C:\started.txt")
    with transport_to(host) as transport:
        script = Script((r"echo started>>C:\started.txt", "echo done"))
        for stdin in (b"x", b"x", None):
            marks.unlink(missing_ok=True)
            assert transport.run(script, stdin).stdout == b"done\r\n"
            assert marks.read_text().splitlines() == ["started"]
        assert transport._holding is Holding.NOBODY
    marks.unlink()
    assert "could not be" not in go_registry(host, check=True, scope="user", gopath=[r"D:\work"]).get("msg", "")


def test_a_service_that_wraps_holds_it_back_itself() -> None:
    with WinHost.start((ADMIN,), go={}, settings=Settings(skip_cmd_shell="ignored")) as host, transport_to(host) as way:
        host.counters.reset()
        script = Script(
            ('(if exist "C:\\Program Files (x86)\\" echo é中я)', r"echo started>>C:\started.txt"), ("echo 2",)
        )
        for stdin in (None, b"x"):
            assert way.run(script, stdin).stdout == "é中я\r\n2\r\n".encode()
        assert way._holding is Holding.SERVICE
        assert host.counters.now.actions["Command"] == 3
        assert host.prefix.unix_path(r"C:\started.txt").read_text().split() == ["started", "started"]
        assert staged(host) == []


def test_what_is_not_started_at_first_is_started_again(
    host: WinHost, transport: ShellTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    line, lines = held.line, []

    def without_cmd(*how: Any) -> str | None:
        lines.append(line(*how))
        return lines[0].replace(held.CMD, r"C:\Windows\absent.exe") if lines == [lines[0]] else lines[-1]

    monkeypatch.setattr(held, "line", without_cmd)
    for stdin in (b"x", None):
        lines.clear()
        assert transport.run(Script(("echo 1",)), stdin).stdout == b"1\r\n"
        assert len(lines) == 2
    assert transport._holding is Holding.OWN


def test_what_a_killed_run_held_is_swept(host: WinHost) -> None:
    for ending in (".out", ".err"):
        host.prefix.unix_path(rf"{TEMP}\gopher-devbox-20200101T000000Z-01234567{ending}").write_text("left")
    result = go_registry(host, scope="user", state="absent")
    assert not result["changed"]
    assert "leftovers_removed" in [finding["id"] for finding in result["findings"]]
    assert staged(host) == []


def test_registry_files_and_sdks_are_read_in_one_command(host: WinHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "GATHER", 10.0)
    place = r"C:\Users\ansible\AppData\Roaming\go\env"
    path = host.prefix.unix_path(place)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("GOFLAGS=-x\n# é中\n".encode())
    try:
        with transport_to(host) as transport:
            registry, files, sdks = RegistryStore(transport), WindowsFiles(transport), Asking(transport, None)
            wanted, containers = Wanted(REGISTRY, Scope.USER, gopath=(r"D:\work",)), [Container(*EVERYBODY[1])]
            references = [Reference(r"%APPDATA%\go\env"), Reference(r"%TEMP%\absent")]
            host.counters.reset()
            state, found, told = ask_all(
                transport,
                lambda: registry.reading(wanted),
                lambda: files.reading_ahead(references),
                lambda: sdks.begin(containers),
            )
        assert dict(host.counters.now.actions) == {"Create": 1, "Command": 1, "Receive": 1, "Delete": 1}
    finally:
        path.unlink()
    assert state.account.id == ADMIN.sid
    assert [found[reference].data for reference in references] == ["GOFLAGS=-x\n# é中\n".encode(), None]
    assert "inside" in told
    assert staged(host) == []
