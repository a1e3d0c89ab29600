# Copyright (c) 2026 gopher.devbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The services of the tests' Windows host: that real clients can work with them, and that each misbehaviour is the one
asked for.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
from support import running as commands_of
from waiting import wait_for
from winhost import Account, Fault, Settings, WinHost, wsman
from winrm.exceptions import InvalidCredentialsError, WinRMOperationTimeoutError, WinRMTransportError, WSManFaultError
from winrm.protocol import Protocol

pytestmark = [
    pytest.mark.windows,
    pytest.mark.skipif(shutil.which("wineserver") is None, reason="needs Wine (Debian: wine wine64)"),
]

SYSTEM32 = r"C:\windows\system32"
CMD = SYSTEM32 + r"\cmd.exe"
REG = SYSTEM32 + r"\reg.exe"
ENGINE = os.environ.get("DEVBOX_PWSH_EXE", "")
needs_powershell = pytest.mark.skipif(not ENGINE, reason="DEVBOX_PWSH_EXE names no PowerShell for Wine")
EVERY_BYTE = bytes(range(256)) * 3000


PROBE = r"C:\probe.exe"
PROBE_SOURCE = """
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <io.h>
/* Copies its input to its output, byte by byte as it comes; before that: "out TEXT", "err TEXT"; after that: "exit CODE". */
int main(int argc, char **argv) {
    static char buffer[65536];
    int code = 0, got;
    _setmode(0, _O_BINARY); _setmode(1, _O_BINARY); _setmode(2, _O_BINARY);
    for (int i = 1; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "out")) _write(1, argv[i + 1], strlen(argv[i + 1]));
        if (!strcmp(argv[i], "err")) _write(2, argv[i + 1], strlen(argv[i + 1]));
        if (!strcmp(argv[i], "exit")) code = atoi(argv[i + 1]);
    }
    while ((got = _read(0, buffer, sizeof buffer)) > 0)
        for (int at = 0, done; at < got; at += done)
            if ((done = _write(1, buffer + at, got - at)) <= 0) return 99;
    return code;
}
"""  # noqa: E501


@pytest.fixture(scope="module")
def probe(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A program that waits for input and gives it back."""
    compiler = shutil.which("x86_64-w64-mingw32-gcc")
    if compiler is None:
        pytest.skip("needs a compiler for Windows (Debian: gcc-mingw-w64-x86-64)")
    folder = tmp_path_factory.mktemp("probe")
    (folder / "probe.c").write_text(PROBE_SOURCE, encoding="ascii")
    subprocess.run([compiler, "-O1", "-s", "-o", folder / "probe.exe", folder / "probe.c"], check=True)
    return (folder / "probe.exe").read_bytes()


@pytest.fixture(scope="module")
def host(probe: bytes) -> Iterator[WinHost]:
    with WinHost.start(ssh=True, powershell=ENGINE or None, packages=False) as running:
        Path(running.prefix.unix_path(PROBE)).write_bytes(probe)
        yield running


@pytest.fixture(autouse=True)
def _behave(host: WinHost) -> Iterator[None]:
    host.faults.clear()
    yield
    assert host.faults.errors == []
    host.faults.clear()


@pytest.fixture
def client(host: WinHost) -> Protocol:
    return connect(host)


@pytest.fixture
def shell(client: Protocol) -> Iterator[str]:
    opened = client.open_shell(codepage=65001)
    yield opened
    with contextlib.suppress(WSManFaultError, requests.RequestException):
        client.close_shell(opened)


def connect(host: WinHost, account: Account | None = None, **settings: Any) -> Protocol:
    user = account or host.account
    return Protocol(host.endpoint, transport="basic", username=user.name, password=user.password, **settings)


def run(
    client: Protocol, shell: str, program: str, *arguments: str, stdin: bytes | None = None, **options: Any
) -> tuple[bytes, bytes, int]:
    """Run a program; its arguments are joined as they stand."""
    command = client.run_command(
        shell, program, arguments, skip_cmd_shell=True, console_mode_stdin=stdin is None, **options
    )
    if stdin is not None:
        client.send_command_input(shell, command, stdin, end=True)
    try:
        return client.get_command_output(shell, command)
    finally:
        client.cleanup_command(shell, command)


def begin(client: Protocol, shell: str, *words: str) -> str:
    """A command that waits for its input to end."""
    return client.run_command(shell, PROBE, words, skip_cmd_shell=True, console_mode_stdin=False)


def echo(client: Protocol, shell: str, text: str) -> tuple[bytes, bytes, int]:
    return run(client, shell, CMD, "/d", "/c", "echo", text)


# ------------------------------------------------------------------------------------------- pywinrm, the usual client


def test_command_runs_and_answers(client: Protocol, shell: str) -> None:
    assert echo(client, shell, "hello") == (b"hello\r\n", b"", 0)


def test_exit_code_and_stderr(client: Protocol, shell: str) -> None:
    out, err, code = run(client, shell, CMD, "/d", "/c", "(echo out)&(echo err>&2)&exit", "/b", "7")
    assert (out.strip(), err.strip(), code) == (b"out", b"err", 7)


def test_negative_exit_code_is_signed(client: Protocol, shell: str) -> None:
    assert run(client, shell, CMD, "/d", "/c", "exit", "-5")[2] == -5


def test_without_skip_cmd_shell_cmd_reads_the_line(client: Protocol, shell: str) -> None:
    command = client.run_command(shell, "echo", ["%ComSpec%", "&", "echo", "two"])
    out, _, code = client.get_command_output(shell, command)
    client.cleanup_command(shell, command)
    assert code == 0
    assert out.decode().lower().split() == [CMD.lower(), "two"]


def test_with_skip_cmd_shell_nothing_is_expanded(client: Protocol, shell: str, host: WinHost) -> None:
    key = r"HKCU\Software\winhost-test"
    assert run(client, shell, REG, "add", key, "/v", "raw", "/d", "%PATH%&^!", "/f")[2] == 0
    out, _, _ = run(client, shell, REG, "query", key, "/v", "raw")
    assert b"%PATH%&^!" in out


def test_program_is_not_looked_for_on_path_with_skip_cmd_shell(client: Protocol, shell: str) -> None:
    with pytest.raises(WSManFaultError) as caught:
        client.run_command(shell, "reg.exe", ["query"], skip_cmd_shell=True)
    assert caught.value.wsman_fault_code == 0x80070002


def test_program_that_is_not_there(client: Protocol, shell: str) -> None:
    with pytest.raises(WSManFaultError) as caught:
        client.run_command(shell, r"C:\nowhere\none.exe", [], skip_cmd_shell=True)
    assert caught.value.wsman_fault_code in (0x80070002, 0x80070003)


def test_bytes_in_and_out_are_exact(client: Protocol, shell: str) -> None:
    command = begin(client, shell, "exit", "3")
    feeder = threading.Thread(target=feed, args=(client, shell, command))
    feeder.start()
    assert connect_like(client).get_command_output(shell, command) == (EVERY_BYTE, b"", 3)
    feeder.join()


def feed(client: Protocol, shell: str, command: str) -> None:
    size = 100_000
    for start in range(0, len(EVERY_BYTE), size):
        client.send_command_input(shell, command, EVERY_BYTE[start : start + size], end=start + size >= len(EVERY_BYTE))


def connect_like(client: Protocol) -> Protocol:
    """A second connection for a second thread."""
    return Protocol(client.transport.endpoint, transport="basic", username=client.username, password=client.password)


def test_console_mode_mangles_input(client: Protocol, shell: str) -> None:
    command = client.run_command(shell, PROBE, [], skip_cmd_shell=True, console_mode_stdin=True)
    client.send_command_input(shell, command, EVERY_BYTE[:768], end=True)
    output = client.get_command_output(shell, command)[0]
    client.cleanup_command(shell, command)
    assert output
    assert output != EVERY_BYTE[:768]


def test_text_in_console_mode_arrives(client: Protocol, shell: str) -> None:
    command = client.run_command(shell, PROBE, [], skip_cmd_shell=True, console_mode_stdin=True)
    client.send_command_input(shell, command, b"a line\r\n", end=True)
    assert client.get_command_output(shell, command)[0].strip() == b"a line"


def test_output_is_split_to_the_envelope(host: WinHost, client: Protocol, shell: str) -> None:
    command = begin(client, shell)
    feeder = threading.Thread(target=feed, args=(client, shell, command))
    feeder.start()
    sizes, output, done = [], b"", False
    while not done:
        status, body = post(host, receive_message(shell, command, 20_000))
        assert status == 200
        sizes.append(len(body))
        root = ET.fromstring(body)
        output += b"".join(base64.b64decode(item.text or "") for item in root.iter(f"{{{wsman.SHELL}}}Stream"))
        done = b"CommandState/Done" in body
    feeder.join()
    assert output == EVERY_BYTE
    assert 15_000 < max(sizes) <= 20_000


def test_environment_and_directory_of_the_shell(client: Protocol) -> None:
    shell = client.open_shell(
        codepage=65001, env_vars={"DEVBOX_TEST": "一 & two", "path": "C:\\only"}, working_directory=r"C:\windows"
    )
    out, _, _ = run(client, shell, CMD, "/d", "/c", "cd&set DEVBOX_TEST&set PATH=")
    client.close_shell(shell)
    assert out.decode().splitlines()[:2] == [r"C:\windows", "DEVBOX_TEST=一 & two"]


def test_environment_is_composed_when_the_shell_is_opened(client: Protocol, shell: str) -> None:
    key = r'"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment"'
    assert run(client, shell, REG, "add", key, "/v", "DEVBOX_WHEN", "/d", "new", "/f")[2] == 0
    assert b"DEVBOX_WHEN" not in run(client, shell, CMD, "/d", "/c", "set DEVBOX_WHEN")[0]
    again = client.open_shell(codepage=65001)
    try:
        assert run(client, again, CMD, "/d", "/c", "set DEVBOX_WHEN")[0].strip() == b"DEVBOX_WHEN=new"
    finally:
        client.close_shell(again, close_session=False)
        run(client, shell, REG, "delete", key, "/v", "DEVBOX_WHEN", "/f")


def test_time_out_of_receive_and_retry(host: WinHost) -> None:
    client = connect(host, operation_timeout_sec=1, read_timeout_sec=5)
    shell = client.open_shell(codepage=65001)
    command = begin(client, shell)
    began = time.monotonic()
    with pytest.raises(WinRMOperationTimeoutError):
        client.get_command_output_raw(shell, command)
    assert 0.9 < time.monotonic() - began < 3
    client.send_command_input(shell, command, b"end", end=True)
    assert client.get_command_output(shell, command)[0] == b"end"
    client.close_shell(shell)


def test_send_after_the_end_is_a_fault(client: Protocol, shell: str) -> None:
    command = client.run_command(shell, CMD, ["/d", "/c", "exit"], skip_cmd_shell=True, console_mode_stdin=False)
    client.get_command_output(shell, command)
    with pytest.raises(WSManFaultError) as caught:
        client.send_command_input(shell, command, b"x", end=True)
    assert caught.value.wsman_fault_code == 232


def test_receive_after_done_knows_no_such_command(client: Protocol, shell: str) -> None:
    command = client.run_command(shell, CMD, ["/d", "/c", "exit"], skip_cmd_shell=True)
    client.get_command_output(shell, command)
    with pytest.raises(WSManFaultError) as caught:
        client.get_command_output_raw(shell, command)
    assert caught.value.wsman_fault_code == 2150858843
    client.cleanup_command(shell, command)


def test_dropped_connection_does_not_stop_the_command(host: WinHost, client: Protocol, shell: str) -> None:
    marker = Path(host.prefix.unix_path(r"C:\windows\temp\survived.txt"))
    marker.unlink(missing_ok=True)
    client.run_command(
        shell, CMD, ["/d", "/c", r"ping -n 3 127.0.0.1 >nul & echo x>C:\windows\temp\survived.txt"], skip_cmd_shell=True
    )
    client.transport.close_session()
    wait_for(marker.exists, "the command does not go on")


def test_terminate_ends_a_program(host: WinHost, client: Protocol, shell: str) -> None:
    command = begin(client, shell)
    client.cleanup_command(shell, command)
    with pytest.raises(WSManFaultError):
        client.get_command_output_raw(shell, command)


def test_account_with_another_alphabet(host: WinHost) -> None:
    """pywinrm cannot send such a name over Basic; a client that sends UTF-8 is understood."""
    foreign = [account for account in host.accounts if not account.name.isascii()]
    if not foreign:
        pytest.skip("this host has no such account")
    assert post(host, create_message(), user=foreign[0].name, password=foreign[0].password)[0] == 200


def test_shell_belongs_to_its_account(host: WinHost, shell: str) -> None:
    other = connect(host, host.accounts[1])
    with pytest.raises(WSManFaultError) as caught:
        other.run_command(shell, CMD, ["/c", "exit"], skip_cmd_shell=True)
    assert caught.value.wsman_fault_code == 5


def test_many_at_once(host: WinHost) -> None:
    before = host.service.shells

    def one(number: int) -> bytes:
        client = connect(host)
        shell = client.open_shell(codepage=65001)
        try:
            return echo(client, shell, f"number-{number}")[0].strip()
        finally:
            client.close_shell(shell)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one, range(16))) == [f"number-{number}".encode() for number in range(16)]
    assert host.service.shells == before


def test_commands_of_one_shell_at_once(client: Protocol, shell: str) -> None:
    first = begin(client, shell)
    second = client.run_command(shell, CMD, ["/d", "/c", "echo second"], skip_cmd_shell=True)
    assert client.get_command_output(shell, second)[0].strip() == b"second"
    client.send_command_input(shell, first, b"first", end=True)
    assert client.get_command_output(shell, first)[0] == b"first"


# ------------------------------------------------------------------------------------------------------ other clients


def test_pypsrp_winrs(host: WinHost) -> None:
    from pypsrp.shell import CommandState, Process, SignalCode, WinRS
    from pypsrp.wsman import WSMan

    wsman_client = WSMan(
        "127.0.0.1",
        port=host.port,
        ssl=False,
        auth="basic",
        encryption="never",
        username=host.account.name,
        password=host.account.password,
    )
    with (
        wsman_client,
        WinRS(
            wsman_client,
            codepage=65001,
            environment={"DEVBOX_TEST": "<值>"},
            working_directory=r"C:\windows",
            idle_time_out=60,
        ) as shell,
    ):
        assert shell.owner == host.account.name
        assert str(shell.idle_time_out) == "PT60.000S"
        process = Process(shell, "cmd.exe", ["/d", "/c", "cd&set DEVBOX_TEST&echo err>&2&exit 3"])
        process.invoke()
        process.signal(SignalCode.CTRL_C)
        assert process.stdout.decode().splitlines() == [r"C:\windows", "DEVBOX_TEST=<值>"]
        assert (process.stderr.strip(), process.rc) == (b"err", 3)

        waits = Process(shell, PROBE, no_shell=True)
        waits.begin_invoke()
        waits.poll_invoke(timeout=1)
        assert waits.state == CommandState.PENDING
        waits.send(b"input\r\n")
        waits.end_invoke()
        waits.signal(SignalCode.TERMINATE)
        assert (waits.stdout.strip(), waits.rc) == (b"input", 0)
        assert shell._get_shell()["ShellId"] == shell.id
    wsman_client.update_max_payload_size()
    assert wsman_client.max_envelope_size == 500 * 1024


@needs_powershell
@pytest.mark.powershell
def test_ansible_raw_over_winrm(host: WinHost, tmp_path: Path) -> None:
    ran = ansible(host, tmp_path, "winrm", 'Write-Output "hello $env:USERNAME 一"; exit 4')
    assert ran["rc"] == 4
    assert ran["stdout"].strip() == f"hello {host.account.name} 一"


def test_ansible_raw_over_ssh(host: WinHost, tmp_path: Path) -> None:
    if shutil.which("ssh") is None:
        pytest.skip("needs an OpenSSH client")
    ran = ansible(host, tmp_path, "ssh", "echo hello %USERNAME%& exit 4")
    assert ran["rc"] == 4
    assert ran["stdout"].strip() == f"hello {host.account.name}"


def ansible(host: WinHost, folder: Path, connection: str, command: str) -> dict[str, Any]:
    """What ansible-core says of one `raw` task."""
    inventory = host.inventory(folder / "hosts.json", connection=connection)
    environment = os.environ | {
        "ANSIBLE_HOME": str(folder),
        "ANSIBLE_LOCAL_TEMP": str(folder / "tmp"),
        "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
        "ANSIBLE_NOCOLOR": "1",
        "LC_ALL": "C.UTF-8",
    }
    (folder / "ansible.cfg").touch()
    playbook = folder / "play.yml"
    task = {"name": "run", "ansible.builtin.raw": command, "register": "ran", "failed_when": False}
    show = {
        "name": "show",
        "ansible.builtin.copy": {"content": "{{ ran | to_json }}", "dest": str(folder / "ran.json")},
        "delegate_to": "localhost",
    }
    local = {"ansible_connection": "local", "ansible_shell_type": "sh", "ansible_python_interpreter": sys.executable}
    playbook.write_text(
        json.dumps([{"hosts": "windows", "gather_facts": False, "tasks": [task, show | {"vars": local}]}]),
        encoding="utf-8",
    )
    program = [sys.executable, "-m", "ansible", "playbook", "-i", str(inventory), str(playbook)]
    done = subprocess.run(program, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    result: dict[str, Any] = json.loads((folder / "ran.json").read_text(encoding="utf-8"))
    return result


# ------------------------------------------------------------------------------------------------- shapes of messages


def skeleton(element: ET.Element) -> str:
    """An element as `name@attribute(children)`, so that a shape can be stated in a line."""
    attributes = "".join(f"@{name.rpartition('}')[2]}" for name in element.attrib)
    children = ", ".join(skeleton(child) for child in element)
    return element.tag.rpartition("}")[2] + attributes + (f"({children})" if children else "")


HEADER = "Header(Action, MessageID, ActivityId, To, RelatesTo)"
FAULT_BODY = "Body(Fault(Code(Value, Subcode(Value)), Reason(Text@lang), Detail("


def envelope(
    action: str,
    *,
    shell: str = "",
    options: dict[str, str] | None = None,
    body: str = "",
    timeout: str = "PT20S",
    size: int = 153600,
) -> str:
    """A message as clients write it, in our own words."""
    chosen = "".join(f'<w:Option Name="{name}">{value}</w:Option>' for name, value in (options or {}).items())
    selected = f'<w:SelectorSet><w:Selector Name="ShellId">{shell}</w:Selector></w:SelectorSet>' if shell else ""
    return (
        f'<e:Envelope xmlns:e="{wsman.SOAP}" xmlns:a="{wsman.ADDRESSING}" xmlns:w="{wsman.WSMAN}" '
        f'xmlns:r="{wsman.SHELL}"><e:Header>'
        f"<a:Action>{wsman.ACTIONS.get(action, action)}</a:Action><a:MessageID>uuid:{uuid.uuid4()}</a:MessageID><a:To>x</a:To>"  # noqa: E501
        f"<w:ResourceURI>{wsman.CMD_SHELL}</w:ResourceURI><w:MaxEnvelopeSize>{size}</w:MaxEnvelopeSize><w:OperationTimeout>{timeout}</w:OperationTimeout>"
        f"<w:OptionSet>{chosen}</w:OptionSet>{selected}</e:Header><e:Body>{body}</e:Body></e:Envelope>"
    )


def create_message(inner: str = "") -> str:
    return envelope(
        "Create",
        body=f"<r:Shell><r:InputStreams>stdin</r:InputStreams><r:OutputStreams>stdout "
        f"stderr</r:OutputStreams>{inner}</r:Shell>",
    )


def receive_message(shell: str, command: str, size: int = 153600) -> str:
    body = f'<r:Receive><r:DesiredStream CommandId="{command}">stdout stderr</r:DesiredStream></r:Receive>'
    return envelope("Receive", shell=shell, size=size, body=body)


def post(
    host: WinHost, message: str | bytes, *, user: str | None = None, password: str | None = None, **headers: str
) -> tuple[int, bytes]:
    status, _, body = post_all(host, message, user=user, password=password, **headers)
    return status, body


def post_all(
    host: WinHost,
    message: str | bytes,
    *,
    user: str | None = None,
    password: str | None = None,
    path: str = "/wsman",
    **headers: str,
) -> tuple[int, dict[str, str], bytes]:
    word = f"{user or host.account.name}:{password or host.account.password}".encode()
    all_headers = {
        "Content-Type": "application/soap+xml;charset=UTF-8",
        "Authorization": "Basic " + base64.b64encode(word).decode(),
    }
    all_headers |= {name.replace("_", "-"): value for name, value in headers.items()}
    connection = http.client.HTTPConnection("127.0.0.1", host.port, timeout=30)
    with contextlib.closing(connection):
        connection.request("POST", path, message.encode() if isinstance(message, str) else message, all_headers)
        reply = connection.getresponse()
        return reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read()


def parts(body: bytes) -> tuple[str, str, ET.Element]:
    root = ET.fromstring(body)
    header, content = root
    return skeleton(header), skeleton(content), root


def test_shapes_of_a_whole_conversation(host: WinHost) -> None:
    status, body = post(host, create_message("<r:IdleTimeOut>PT90S</r:IdleTimeOut>"))
    header, content, root = parts(body)
    assert (status, header) == (200, HEADER)
    assert content == (
        "Body(ResourceCreated(Address, ReferenceParameters(ResourceURI, SelectorSet(Selector@Name))), "
        "Shell(ShellId, ResourceUri, Owner, ClientIP, IdleTimeOut, InputStreams, OutputStreams, ShellRunTime, "
        "ShellInactivity))"
    )
    assert root.get(f"{{{wsman.XML}}}lang") == "en-US"
    assert root.findtext(f".//{{{wsman.ADDRESSING}}}Action") == wsman.TRANSFER + "/CreateResponse"
    shell = root.findtext(f".//{{{wsman.SHELL}}}ShellId") or ""
    assert shell == root.findtext(f".//{{{wsman.WSMAN}}}Selector")
    assert re.fullmatch(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}", shell)
    assert root.findtext(f".//{{{wsman.SHELL}}}IdleTimeOut") == "PT90.000S"

    options = {"WINRS_SKIP_CMD_SHELL": "TRUE", "WINRS_CONSOLEMODE_STDIN": "FALSE"}
    line = f"<r:CommandLine><r:Command>{PROBE}</r:Command><r:Arguments>err</r:Arguments><r:Arguments>text</r:Arguments></r:CommandLine>"  # noqa: E501
    status, body = post(host, envelope("Command", shell=shell, options=options, body=line))
    header, content, root = parts(body)
    assert (status, header, content) == (200, HEADER, "Body(CommandResponse(CommandId))")
    command = root.findtext(f".//{{{wsman.SHELL}}}CommandId") or ""

    line = base64.b64encode(b"go\r\n").decode()
    stream = f'<r:Send><r:Stream Name="stdin" CommandId="{command}" End="true">{line}</r:Stream></r:Send>'
    status, body = post(host, envelope("Send", shell=shell, body=stream))
    assert (status, *parts(body)[:2]) == (200, HEADER, "Body(SendResponse)")

    wait_for(lambda: not commands_of(host), "the command does not end")
    status, body = post(host, receive_message(shell, command))
    header, content, root = parts(body)
    assert (status, header) == (200, HEADER)
    assert content == (
        "Body(ReceiveResponse(Stream@Name@CommandId, Stream@Name@CommandId, Stream@Name@CommandId@End, "
        "Stream@Name@CommandId@End, "
        "CommandState@CommandId@State(ExitCode)))"
    )
    ends = [item.get("Name") for item in root.iter(f"{{{wsman.SHELL}}}Stream") if item.get("End") == "true"]
    assert ends == ["stdout", "stderr"]
    assert root.findtext(f".//{{{wsman.SHELL}}}ExitCode") == "0"

    code = f'<r:Signal CommandId="{command}"><r:Code>{wsman.SHELL}/signal/terminate</r:Code></r:Signal>'
    status, body = post(host, envelope("Signal", shell=shell, body=code))
    assert (status, *parts(body)[:2]) == (200, HEADER, "Body(SignalResponse)")

    message = envelope("Delete", shell=shell)
    status, headers, body = post_all(host, message)
    header, content, root = parts(body)
    assert (status, header, content) == (200, HEADER, "Body")
    assert str(root.findtext(f".//{{{wsman.ADDRESSING}}}RelatesTo")) in message
    assert headers["content-type"] == "application/soap+xml;charset=UTF-8"


def test_shape_of_a_running_state(host: WinHost, client: Protocol, shell: str) -> None:
    command = begin(client, shell, "out", "now")
    _, content, root = parts(post(host, receive_message(shell, command))[1])
    assert content == "Body(ReceiveResponse(Stream@Name@CommandId, CommandState@CommandId@State))"
    state = root.find(f".//{{{wsman.SHELL}}}CommandState")
    assert state is not None
    assert state.get("State") == wsman.STATE_RUNNING
    client.cleanup_command(shell, command)


@pytest.mark.parametrize(
    ("fault", "code", "subcode", "detail"),
    [
        (wsman.timed_out(), 2150858793, "w:TimedOut", "WSManFault@Code@Machine(Message)"),
        (wsman.no_command(), 2150858843, "w:InvalidSelectors", "FaultDetail, WSManFault@Code@Machine(Message)"),
        (
            wsman.invalid_parameter(),
            87,
            "w:InvalidParameter",
            "FaultDetail, WSManFault@Code@Machine(Message(ProviderFault@provider@path))",
        ),
        (
            wsman.win32(2, "x"),
            2147942402,
            "w:InternalError",
            "WSManFault@Code@Machine(Message(ProviderFault@provider@path))",
        ),
    ],
)
def test_shapes_of_faults(fault: wsman.WsmanFault, code: int, subcode: str, detail: str) -> None:
    header, content, root = parts(wsman.faulted(fault, "uuid:1", "HOST"))
    assert header == HEADER
    assert content == FAULT_BODY + detail + ")))"
    assert root.findtext(f".//{{{wsman.ADDRESSING}}}Action") == "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault"
    assert [item.text for item in root.iter(f"{{{wsman.SOAP}}}Value")][1] == subcode
    told = root.find(f".//{{{wsman.WSMAN_FAULT}}}WSManFault")
    assert told is not None
    assert told.get("Code") == str(code)


def test_shape_of_a_quota_fault() -> None:
    _, content, root = parts(wsman.faulted(wsman.too_many_operations(1500), "uuid:1", "HOST"))
    assert content.startswith(FAULT_BODY + "MSFT_WmiError@IsCIM_Error@type(CIMStatusCode@type, ")
    assert root.findtext(f".//{{{wsman.WMI_ERROR}}}error_Code") == "2150859174"
    assert root.find(f".//{{{wsman.WSMAN_FAULT}}}WSManFault") is None


def test_same_receive_again_gets_the_same_answer(host: WinHost, client: Protocol, shell: str) -> None:
    command = client.run_command(shell, CMD, ["/d", "/c", "echo once"], skip_cmd_shell=True)
    message = receive_message(shell, command)
    assert post(host, message) == post(host, message)


# ------------------------------------------------------------------------------------------------ what is refused, how


def test_wrong_password(host: WinHost) -> None:
    with pytest.raises(InvalidCredentialsError):
        Protocol(host.endpoint, transport="basic", username=host.account.name, password="wrong").open_shell()
    status, headers, body = post_all(host, create_message(), password="wrong")
    assert (status, headers["www-authenticate"], body) == (401, 'Basic realm="WSMAN"', b"")


@pytest.mark.parametrize("form", ["{name}", "{NAME}", ".\\{name}", "{domain}\\{name}"])
def test_forms_of_an_accounts_name(host: WinHost, form: str) -> None:
    user = form.format(name=host.account.name, NAME=host.account.name.upper(), domain=host.account.domain)
    status, body = post(host, create_message(), user=user)
    assert status == 200
    shell = ET.fromstring(body).findtext(f".//{{{wsman.SHELL}}}ShellId") or ""
    assert post(host, envelope("Delete", shell=shell))[0] == 200


@pytest.mark.parametrize(
    ("message", "headers", "status"),
    [
        (b"no xml", {}, 400),
        (b"<a/>", {}, 400),
        (b"\xff\xfe\x00", {}, 400),
        (b"x" * (500 * 1024 + 1), {}, 413),
        (create_message(), {"Content_Type": "text/plain"}, 415),
        (create_message(), {"path": "/other"}, 404),
    ],
    ids=["no-xml", "no-envelope", "no-text", "too-long", "type", "path"],
)
def test_http_errors(host: WinHost, message: bytes | str, headers: dict[str, str], status: int) -> None:
    assert post(host, message, **headers)[0] == status


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (envelope("Delete", shell=str(uuid.uuid4())), 2150858843),
        (envelope("Create"), 2150858817),
        (envelope("http://example.org/Other"), 2150858753),
        (envelope("Create").replace(wsman.CMD_SHELL, "http://example.org/none"), 2150858752),
        (create_message("<r:IdleTimeOut>soon</r:IdleTimeOut>"), 2150858817),
        (envelope("Create", timeout="soon"), 2150858817),
    ],
    ids=["no-shell", "no-body", "action", "resource", "idle", "timeout"],
)
def test_faults_of_messages(host: WinHost, message: str, code: int) -> None:
    status, body = post(host, message)
    told = ET.fromstring(body).find(f".//{{{wsman.WSMAN_FAULT}}}WSManFault")
    assert status == 500
    assert told is not None
    assert told.get("Code") == str(code)


def test_identify_needs_no_password(host: WinHost) -> None:
    message = (
        f'<s:Envelope xmlns:s="{wsman.SOAP}"><s:Header/><s:Body><i:Identify '
        f'xmlns:i="{wsman.IDENTITY}"/></s:Body></s:Envelope>'
    )
    status, body = post(host, message, password="wrong", WSMANIDENTIFY="unauthenticated")
    assert status == 200
    assert b"ProtocolVersion" in body


# ------------------------------------------------------------------------------------------------------------- quotas


@pytest.fixture(scope="module")
def small() -> Iterator[WinHost]:
    """A host with little room."""
    with WinHost.start(
        settings=Settings(max_shells=2, max_operations=3, idle_timeout=0.6, skip_cmd_shell="ignored"), go=()
    ) as running:
        yield running


def test_shells_per_user(small: WinHost) -> None:
    client = connect(small)
    shells = [client.open_shell(idle_timeout="PT30S") for _ in range(2)]
    with pytest.raises(WSManFaultError) as caught:
        client.open_shell()
    assert caught.value.wsman_fault_code == 2150859173
    other = connect(small, small.accounts[1])
    other.close_shell(other.open_shell())
    for shell in shells:
        client.close_shell(shell, close_session=False)
    client.close_shell(client.open_shell())


def test_operations_count_until_the_shell_is_deleted(small: WinHost) -> None:
    client = connect(small)
    shell = client.open_shell(idle_timeout="PT30S")
    for _ in range(3):
        command = client.run_command(shell, CMD, ["/d", "/c", "exit"])
        client.get_command_output(shell, command)
        client.cleanup_command(shell, command)
    with pytest.raises(WSManFaultError) as caught:
        client.run_command(shell, CMD, ["/d", "/c", "exit"])
    assert caught.value.wmierror_code == 0x803381A6
    client.close_shell(shell, close_session=False)
    again = client.open_shell()
    client.run_command(again, CMD, ["/d", "/c", "exit"])
    client.close_shell(again)


def test_idle_shells_are_reaped(small: WinHost) -> None:
    client = connect(small)
    shell = client.open_shell()
    assert shell in small.service.shells
    wait_for(lambda: not small.service.shells, "an idle shell stays")
    with pytest.raises(WSManFaultError) as caught:
        client.run_command(shell, CMD, ["/c", "exit"])
    assert caught.value.wsman_fault_code == 2150858843


def test_shell_that_waits_for_output_is_not_idle(small: WinHost) -> None:
    client = connect(small)
    shell = client.open_shell()
    command = client.run_command(shell, CMD, ["/d", "/c", "ping -n 3 127.0.0.1 >nul & echo done"])
    assert client.get_command_output(shell, command)[0].strip() == b"done"
    client.close_shell(shell)


def test_skip_cmd_shell_can_be_ignored(small: WinHost) -> None:
    """Then cmd.exe reads the line, whatever the client asked for."""
    client = connect(small)
    shell = client.open_shell()
    assert echo(client, shell, "%ComSpec%")[0].decode().strip().lower() == CMD.lower()
    client.close_shell(shell)


# ----------------------------------------------------------------------------------------------- misbehaviour on demand

NETWORK = (requests.exceptions.ConnectionError, requests.exceptions.ChunkedEncodingError)
Act = Callable[[Protocol, str, str], object]
MESSAGES: dict[str, Act] = {
    "Create": lambda client, _shell, _command: client.open_shell(),
    "Command": lambda client, shell, _command: client.run_command(
        shell, CMD, ["/d", "/c", "exit"], skip_cmd_shell=True
    ),
    "Send": lambda client, shell, command: client.send_command_input(shell, command, b"\r\n", end=True),
    "Receive": lambda client, shell, command: client.get_command_output_raw(shell, command),
    "Signal": lambda client, shell, command: client.cleanup_command(shell, command),
    "Delete": lambda client, shell, _command: client.close_shell(shell, close_session=False),
}


@pytest.mark.parametrize("on", MESSAGES)
@pytest.mark.parametrize(
    ("kind", "error", "attribute", "value"),
    [
        ("drop_before", NETWORK, None, None),
        ("drop_after", NETWORK, None, None),
        ("cut_reply", NETWORK, None, None),
        ("http500", WinRMTransportError, "code", 500),
        ("http503", WinRMTransportError, "code", 503),
        ("http401", InvalidCredentialsError, None, None),
        ("quota", WSManFaultError, "wmierror_code", 0x803381A6),
        ("quota_old", WSManFaultError, "wsman_fault_code", 0x803381A6),
        ("shells", WSManFaultError, "wsman_fault_code", 0x803381A5),
        ("busy", WSManFaultError, "wsman_fault_code", 170),
        ("denied", WSManFaultError, "wsman_fault_code", 5),
        ("no_shell", WSManFaultError, "wsman_fault_code", 2150858843),
        ("operation_timeout", WinRMOperationTimeoutError, None, None),
    ],
)
def test_each_fault_on_each_message(
    host: WinHost,
    client: Protocol,
    shell: str,
    on: str,
    kind: str,
    error: type[Exception],
    attribute: str | None,
    value: object,
) -> None:
    command = begin(client, shell, "out", "now")
    host.faults.add(Fault(on, kind))
    with pytest.raises(error) as caught:
        MESSAGES[on](client, shell, command)
    assert attribute is None or getattr(caught.value, attribute) == value
    assert [fault.kind for fault in host.faults.fired] == [kind]


def test_drop_before_executes_nothing_and_drop_after_does(host: WinHost, client: Protocol, shell: str) -> None:
    for kind, expected in (("drop_before", False), ("drop_after", True)):
        marker = Path(host.prefix.unix_path(rf"C:\windows\temp\{kind}.txt"))
        marker.unlink(missing_ok=True)
        host.faults.add(Fault("Command", kind))
        with pytest.raises(NETWORK):
            client.run_command(shell, CMD, ["/d", "/c", rf"echo x>C:\windows\temp\{kind}.txt"], skip_cmd_shell=True)
        wait_for(lambda: not commands_of(host), "the command does not end")
        assert marker.exists() is expected


def test_cut_send_that_ends_the_input(host: WinHost, client: Protocol, shell: str) -> None:
    command = begin(client, shell)
    host.faults.add(Fault("Send", "cut", size=700, eof=True))
    with pytest.raises(NETWORK):
        client.send_command_input(shell, command, EVERY_BYTE[:2000], end=True)
    assert client.get_command_output(shell, command) == (EVERY_BYTE[:700], b"", 0)


def test_cut_send_that_leaves_the_input_open(host: WinHost, shell: str) -> None:
    client = connect(host, operation_timeout_sec=1, read_timeout_sec=5)
    command = begin(client, shell)
    host.faults.add(Fault("Send", "cut"))
    with pytest.raises(NETWORK):
        client.send_command_input(shell, command, EVERY_BYTE[:2000], end=True)
    assert client.get_command_output_raw(shell, command) == (EVERY_BYTE[:1000], b"", -1, False)
    with pytest.raises(WinRMOperationTimeoutError):
        client.get_command_output_raw(shell, command)
    client.cleanup_command(shell, command)


def test_operation_timeout_of_send_may_have_been_executed(host: WinHost, client: Protocol, shell: str) -> None:
    command = begin(client, shell)
    host.faults.add(Fault("Send", "operation_timeout"))
    with pytest.raises(WinRMOperationTimeoutError):
        client.send_command_input(shell, command, b"got", end=True)
    assert client.get_command_output(shell, command)[0] == b"got"


def test_input_that_nobody_reads_times_out_and_is_busy_then(host: WinHost, shell: str) -> None:
    client = connect(host, operation_timeout_sec=1, read_timeout_sec=5)
    command = client.run_command(
        shell, CMD, ["/d", "/c", "ping -n 20 127.0.0.1 >nul"], skip_cmd_shell=True, console_mode_stdin=False
    )
    with pytest.raises(WinRMOperationTimeoutError):
        client.send_command_input(shell, command, b"x" * 300_000)
    with pytest.raises(WSManFaultError) as caught:
        client.send_command_input(shell, command, b"x")
    assert caught.value.wsman_fault_code == 170
    client.cleanup_command(shell, command)


def test_slow_and_delayed(host: WinHost, client: Protocol, shell: str) -> None:
    host.faults.add(Fault("Receive", "slow", times=None, size=4, seconds=0.05))
    began = time.monotonic()
    assert echo(client, shell, "abcdefghij")[0] == b"abcdefghij\r\n"
    assert time.monotonic() - began > 0.15
    assert len(host.faults.fired) >= 3
    host.faults.clear()
    for kind in ("delay", "delay_after"):
        host.faults.add(Fault("Command", kind, seconds=0.4))
        began = time.monotonic()
        echo(client, shell, "x")
        assert time.monotonic() - began > 0.4
    host.faults.add(Fault("Create", "trickle", size=200, seconds=0.05))
    began = time.monotonic()
    client.close_shell(client.open_shell(), close_session=False)
    assert time.monotonic() - began > 0.2


def test_nth_and_times(host: WinHost, client: Protocol, shell: str) -> None:
    host.faults.add(Fault("Command", "busy", nth=2, times=2))
    seen = []
    for _ in range(5):
        try:
            echo(client, shell, "x")
            seen.append("ok")
        except WSManFaultError:
            seen.append("busy")
    assert seen == ["ok", "busy", "busy", "ok", "ok"]


def test_somebody_else_writes_before_the_second_command(host: WinHost, client: Protocol, shell: str) -> None:
    marker = Path(host.prefix.unix_path(r"C:\windows\temp\other.txt"))
    marker.unlink(missing_ok=True)
    seen: list[str] = []
    host.faults.before("Command", lambda: marker.write_text("theirs", encoding="ascii"), nth=2)
    host.faults.after("Command", lambda: seen.append("after"), nth=2)
    host.faults.finished(lambda: seen.append("finished"), nth=2)
    assert run(client, shell, CMD, "/d", "/c", r"type C:\windows\temp\other.txt")[2] != 0
    assert run(client, shell, CMD, "/d", "/c", r"type C:\windows\temp\other.txt")[0] == b"theirs"
    assert sorted(seen) == ["after", "finished"]


def test_a_call_that_fails_is_kept(
    host: WinHost, client: Protocol, shell: str, capsys: pytest.CaptureFixture[str]
) -> None:
    host.faults.before("Command", lambda: 1 / 0)
    assert echo(client, shell, "still")[0].strip() == b"still"
    assert [type(error) for error in host.faults.errors] == [ZeroDivisionError]
    host.faults.clear()


@pytest.mark.parametrize(
    ("on", "kind", "told"),
    [("Sned", "busy", "no message"), ("Send", "bsuy", "no fault"), ("Send", "before", "need it")],
)
def test_faults_that_do_not_exist(on: str, kind: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Fault(on, kind)


def test_counters(host: WinHost) -> None:
    client = connect(host)
    host.counters.reset()
    shell = client.open_shell()
    echo(client, shell, "x")
    client.close_shell(shell)
    counted = host.counters.reset()
    receives = counted.actions.pop("Receive")
    assert counted.actions == {"Create": 1, "Command": 1, "Signal": 1, "Delete": 1}
    assert counted.requests == 4 + receives
    assert counted.processes == 1
    assert counted.connections == 1
    assert 4000 < counted.body_in < counted.wire_in
    assert 3000 < counted.body_out < counted.wire_out
    assert host.counters.now.requests == 0


# --------------------------------------------------------------------------------------------------------------- sshd


class Login:
    """asyncssh as a client, told in blocking words."""

    def __init__(self, host: WinHost, *, key: bool = False, account: Account | None = None) -> None:
        self.host, self.key, self.account = host, key, account or host.account

    def run(self, command: str, stdin: bytes = b"") -> tuple[bytes, bytes, int | None]:
        import asyncio

        return asyncio.run(self._run(command, stdin))

    async def _run(self, command: str, stdin: bytes) -> tuple[bytes, bytes, int | None]:
        import asyncssh

        secret = (
            {"client_keys": [str(self.host.ssh_key)]}
            if self.key
            else {"password": self.account.password, "client_keys": None}
        )
        async with asyncssh.connect(
            "127.0.0.1", self.host.ssh_port, username=self.account.name, known_hosts=None, config=None, **secret
        ) as connection:
            done = await connection.run(command, input=stdin, encoding=None)
            assert isinstance(done.stdout, bytes)
            assert isinstance(done.stderr, bytes)
            return done.stdout, done.stderr, done.returncode


@pytest.mark.parametrize("key", [True, False], ids=["key", "password"])
def test_ssh_runs_cmd(host: WinHost, key: bool) -> None:
    assert Login(host, key=key).run("(echo out)&(echo err>&2)&exit 7") == (b"out\r\n", b"err\r\n", 7)


def test_ssh_wrong_password(host: WinHost) -> None:
    import asyncssh

    with pytest.raises(asyncssh.PermissionDenied):
        Login(host, account=replace(host.account, password="wrong")).run("exit")


def test_ssh_account_with_another_alphabet(host: WinHost) -> None:
    foreign = [account for account in host.accounts if not account.name.isascii()]
    if not foreign:
        pytest.skip("this host has no such account")
    assert Login(host, account=foreign[0]).run("echo x")[0] == b"x\r\n"


def test_ssh_bytes_are_exact(host: WinHost) -> None:
    assert Login(host).run(PROBE, EVERY_BYTE) == (EVERY_BYTE, b"", 0)


def test_ssh_cmd_reads_the_line(host: WinHost) -> None:
    assert Login(host).run('echo "%ComSpec%"')[0].decode().strip().lower() == f'"{CMD}"'.lower()


def test_ssh_environment_is_of_the_day_it_was_started(host: WinHost, client: Protocol, shell: str) -> None:
    key = r"HKCU\Environment"
    assert run(client, shell, REG, "add", key, "/v", "DEVBOX_STALE", "/d", "new", "/f")[2] == 0
    try:
        assert b"DEVBOX_STALE" not in Login(host).run("set DEVBOX_STALE")[0]
        with_new = client.open_shell(codepage=65001)
        assert b"DEVBOX_STALE=new" in run(client, with_new, CMD, "/d", "/c", "set DEVBOX_STALE")[0]
        client.close_shell(with_new, close_session=False)
    finally:
        run(client, shell, REG, "delete", key, "/v", "DEVBOX_STALE", "/f")


def test_ssh_faults(host: WinHost) -> None:
    import asyncssh

    for kind, expected in (("drop_before", False), ("drop_after", True)):
        marker = Path(host.prefix.unix_path(rf"C:\windows\temp\ssh-{kind}.txt"))
        marker.unlink(missing_ok=True)
        host.faults.add(Fault("Exec", kind))
        with contextlib.suppress(asyncssh.Error, OSError):
            assert Login(host).run(rf"echo x>C:\windows\temp\ssh-{kind}.txt")[2] is None
        assert [fault.kind for fault in host.faults.fired] == [kind]
        host.faults.clear()
        if expected:
            wait_for(marker.exists, "the command was not executed")
        assert Login(host).run("exit 3")[2] == 3
        assert marker.exists() is expected
    host.faults.before("Exec", lambda: None)
    assert Login(host).run("exit 3")[2] == 3


def test_ssh_counts(host: WinHost) -> None:
    host.counters.reset()
    Login(host).run("exit")
    assert host.counters.now.actions == {"Exec": 1}
    assert host.counters.now.processes == 1


# ----------------------------------------------------------------------------------------------------- command line


def winhost(*words: str, **options: Any) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join((str(Path(__file__).resolve().parents[1]), os.environ.get("PYTHONPATH", "")))
    }
    return subprocess.run(
        [sys.executable, "-m", "winhost", *words],
        capture_output=True,
        text=True,
        env=environment,
        timeout=180,
        check=False,
        **options,
    )


def test_command_line(tmp_path: Path) -> None:
    pid_file, state, inventory = tmp_path / "pid", tmp_path / "state", tmp_path / "hosts.json"
    places = ["--pid-file", str(pid_file), "--state-dir", str(state)]
    started = winhost("--daemon", "--ssh", "--users", "2", "--go", "1.27.3", "--inventory", str(inventory), *places)
    assert started.returncode == 0, started.stderr
    ready = json.loads(started.stdout)
    try:
        assert int(pid_file.read_text(encoding="ascii")) == ready["pid"]
        assert len(ready["accounts"]) == 2
        variables = json.loads(inventory.read_text(encoding="utf-8"))["all"]["children"]["windows"]["hosts"]["winhost"]
        assert variables["ansible_port"] == ready["port"]
        client = Protocol(ready["endpoint"], transport="basic", username=ready["user"], password=ready["password"])
        shell = client.open_shell()
        assert winhost("fault", "--state-dir", str(state), "Command", "busy").returncode == 0
        with pytest.raises(WSManFaultError):
            client.run_command(shell, CMD, [])
        client.close_shell(shell)
        counted = json.loads(winhost("counters", "--state-dir", str(state), "--reset").stdout)
        assert counted["actions"] == {"Create": 1, "Command": 1, "Delete": 1}
        assert winhost("fault", "--state-dir", str(state), "--clear").returncode == 0
        assert "runs already" in winhost(*places).stderr
    finally:
        stopped = winhost("stop", "--pid-file", str(pid_file))
    assert stopped.returncode == 0, stopped.stderr
    assert not pid_file.exists()
    wait_for(lambda: not processes_that_name(str(state)), "something of the host runs on")
    assert winhost("stop", "--pid-file", str(pid_file)).returncode == 0
    assert "no host runs" in winhost("counters", "--state-dir", str(state)).stderr


def test_host_goes_with_its_parent(tmp_path: Path) -> None:
    state = tmp_path / "state"
    parent = subprocess.Popen(["sleep", "60"])
    try:
        started = winhost("--daemon", "--go", "1.27.3", "--with-pid", str(parent.pid), "--state-dir", str(state))
        assert started.returncode == 0, started.stderr
    finally:
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    pid = json.loads(started.stdout)["pid"]
    wait_for(lambda: not Path(f"/proc/{pid}").exists(), "the host outlives its parent")
    wait_for(lambda: not processes_that_name(str(state)), "something of the host runs on")


def processes_that_name(text: str) -> list[str]:
    """Processes with this text on their command line or in their environment."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        if int(place.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            words = (place / "cmdline").read_bytes() + (place / "environ").read_bytes()
            if text.encode() in words:
                found.append(words.split(b"\0")[0].decode(errors="replace"))
    return found


def test_stop_twice_and_context(tmp_path: Path) -> None:
    host = WinHost.start(directory=tmp_path / "own", go=())
    port = host.port
    with host:
        assert post(host, create_message())[0] == 200
    host.stop()
    with pytest.raises(ConnectionRefusedError):
        http.client.HTTPConnection("127.0.0.1", port, timeout=2).connect()
    with pytest.raises(RuntimeError, match="stopped"):
        _ = host.port
    wait_for(lambda: not processes_that_name(str(tmp_path / "own")), "something of the host runs on")
