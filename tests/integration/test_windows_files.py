# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of a Windows host: exact bytes both ways, one command a batch, and nothing written when anything is wrong."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ADMIN, CHINESE, NEW_GO, NEW_ROOT
from support import connection, transport_to
from waiting import wait_for
from winhost import WinHost
from winhost.service import Settings

from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import ApplyError, ReadError
from ansible_collections.gopher.devbox.plugins.module_utils._core.state import Directory
from ansible_collections.gopher.devbox.plugins.module_utils._formats.cmdscript import Script
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.files import File, Write
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.transport import Completed
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.windows_files import WindowsFiles
from ansible_collections.gopher.devbox.plugins.plugin_utils._transports.ssh import SshTransport

pytestmark = pytest.mark.windows

HOME = r"C:\Users\ansible\files"
TEMP = r"C:\Users\ansible\AppData\Local\Temp"
NASTY = {
    rf"{HOME}\every.bin": bytes(range(256)) * 3,
    rf"{HOME}\empty": b"",
    rf"{HOME}\工作区 (x86)\Ā é 😀.txt": b"\xff\xfeU\0T\0F\0" + "中".encode("utf-16-le"),
    rf"{HOME}\lines": b"\r\n\n\r\x1a\x00\x1a\n#\n",
    rf"{HOME}\it's; =,[a]{{b}}+~1!@$`.go": b"gd-go\r\n# \r\n",
    rf"{HOME}\deep\er\still\env": b"GOPROXY=https://user:token@proxy.example,direct\n",
    rf"{HOME}\same\env": b"the other",
    rf"{HOME}\large": random.Random(1).randbytes(300_000),
}


class Wrapped:
    """A transport that counts, and does something to what goes through it."""

    name = "wrapped"
    fresh_environment = True
    holds_output = False

    def __init__(
        self,
        inner: Any,
        sent: Callable[[bytes], bytes] = lambda data: data,
        came: Callable[[bytes], bytes] = lambda data: data,
        script: Callable[[Script], Script] = lambda script: script,
    ) -> None:
        self.inner, self.sent, self.came, self.script = inner, sent, came, script
        self.commands = 0

    def run(self, script: Script, stdin: bytes | None = None) -> Completed:
        self.commands += 1
        done = self.inner.run(self.script(script), None if stdin is None else self.sent(stdin))
        return Completed(done.rc, self.came(done.stdout), done.stderr)

    def fresh(self) -> None:
        self.inner.fresh()

    def close(self) -> None:
        self.inner.close()


class Batches:
    """Each script as a batch file, as interop has it."""

    name = "batches"
    fresh_environment = True
    holds_output = False

    def __init__(self, host: WinHost) -> None:
        self.host = host

    def run(self, script: Script, stdin: bytes | None = None) -> Completed:
        self.host.prefix.unix_path(r"C:\script.cmd").write_bytes(b"@echo off\r\n" + script.batch().encode())
        done = self.host.prefix.run(r"C:\Windows\System32\cmd.exe /d /e:on /v:off /c C:\script.cmd", stdin=stdin or b"")
        return Completed(done.rc, done.stdout, done.stderr)

    def fresh(self) -> None:
        """Each is."""

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def home(host: WinHost) -> Iterator[Path]:
    """A directory of its own; and nothing of ours stays anywhere."""
    place = host.prefix.unix_path(HOME)
    place.mkdir()
    yield place
    shutil.rmtree(place)
    assert [item.name for item in host.prefix.unix_path(TEMP).iterdir()] == []


@pytest.fixture
def files(host: WinHost, home: Path) -> WindowsFiles:
    return WindowsFiles(transport_to(host))


def commands(host: WinHost) -> int:
    count = host.counters.actions["Command"]
    host.counters.reset()
    return count


def attrib(host: WinHost, flags: str, path: str) -> None:
    assert host.prefix.run(rf'C:\Windows\System32\attrib.exe {flags} "{path}"').rc == 0


def tree(place: Path) -> dict[str, bytes]:
    return {str(item.relative_to(place)): item.read_bytes() for item in place.rglob("*") if item.is_file()}


def through(host: WinHost, files: Any) -> None:
    """Write all that is nasty, read it back, change it, remove it."""
    written = files.write([Write(path, data) for path, data in NASTY.items()])
    assert {path: item.stands for path, item in written.items()} == {path: File(data) for path, data in NASTY.items()}
    assert all(item.replaced == File(None) for item in written.values())
    assert {path: host.prefix.unix_path(path).read_bytes() for path in NASTY} == NASTY
    assert files.read(list(NASTY)) == {path: File(data) for path, data in NASTY.items()}
    changed = files.write([Write(path, data + b"!") for path, data in NASTY.items()])
    assert {path: item.replaced.data for path, item in changed.items()} == NASTY
    assert {path: host.prefix.unix_path(path).read_bytes() for path in NASTY} == {
        path: data + b"!" for path, data in NASTY.items()
    }
    removed = files.write([Write(path, None) for path in NASTY])
    assert all(item.stands == File(None) and item.replaced.data == NASTY[path] + b"!" for path, item in removed.items())
    assert not any(host.prefix.unix_path(path).exists() for path in NASTY)


# --- bytes and counts ------------------------------------------------------------------------------------------------


def test_bytes_are_exact_and_a_batch_is_one_command(host: WinHost, files: WindowsFiles, home: Path) -> None:
    host.counters.reset()
    found = files.read(list(NASTY))
    assert {path: file._replace(missing=()) for path, file in found.items()} == dict.fromkeys(NASTY, File(None))
    assert found[rf"{HOME}\deep\er\still\env"].missing == (
        rf"{HOME}\deep",
        rf"{HOME}\deep\er",
        rf"{HOME}\deep\er\still",
    )
    assert commands(host) == 1
    files.write([Write(path, data) for path, data in NASTY.items()])
    assert commands(host) == 1
    assert files.read([*NASTY, *NASTY]) == {path: File(data) for path, data in NASTY.items()}
    assert commands(host) == 1
    files.write([Write(path, None) for path in NASTY])
    assert commands(host) == 1
    through(host, files)


def test_in_a_batch_file(host: WinHost, home: Path) -> None:
    through(host, WindowsFiles(Batches(host)))
    host.prefix.unix_path(r"C:\script.cmd").unlink()


@pytest.mark.parametrize(
    "spoil",
    [lambda data: data.replace(b"\n", b"\r\n"), lambda data: data.decode("utf-8", "replace").encode()],
    ids=["lines", "text"],
)
def test_a_way_that_carries_text_only(host: WinHost, home: Path, spoil: Callable[[bytes], bytes]) -> None:
    """The stream says itself that it is damaged; then everything comes as text, and the way is known for the rest of
    the run.
    """
    transport = Wrapped(transport_to(host), came=spoil)
    files = WindowsFiles(transport)
    (home / "every.bin").write_bytes(bytes(range(256)))
    assert files.read([rf"{HOME}\every.bin"])[rf"{HOME}\every.bin"] == File(bytes(range(256)))
    assert transport.commands == 2
    assert files.write([Write(rf"{HOME}\every.bin", b"\r\n\0")])[rf"{HOME}\every.bin"].stands == File(b"\r\n\0")
    assert files.read([rf"{HOME}\every.bin"])[rf"{HOME}\every.bin"] == File(b"\r\n\0")
    assert transport.commands == 4
    (home / "every.bin").unlink()
    through(host, files)


def test_inside_another_cmd() -> None:
    with WinHost.start((ADMIN,), go={}, settings=Settings(skip_cmd_shell="ignored")) as host:
        through(host, WindowsFiles(transport_to(host)))


@pytest.mark.parametrize("over", ["winrm", "ssh"])
def test_on_a_chinese_windows(over: str) -> None:
    """Names that its code page cannot hold are in no output and on no program's command line but cmd.exe's own."""
    if over == "ssh" and shutil.which("ssh") is None:
        pytest.skip("needs an OpenSSH client (Debian: openssh-client)")
    with WinHost.start((CHINESE, ADMIN) if over == "ssh" else (ADMIN,), codepage=936, ssh=over == "ssh", go={}) as host:
        way = SshTransport(connection(host.ansible_vars(connection="ssh"))) if over == "ssh" else transport_to(host)
        host.prefix.autorun("echo a greeting& echo gd-arrived& cd /d C:\\Users")
        through(host, WindowsFiles(way))


# --- what was there --------------------------------------------------------------------------------------------------


def test_what_somebody_wrote_meanwhile_is_copied(host: WinHost, files: WindowsFiles, home: Path) -> None:
    (home / "env").write_bytes(b"mine")
    files.read([rf"{HOME}\env"])
    host.faults.before("Command", lambda: (home / "env").write_bytes(b"theirs"))
    written = files.write([Write(rf"{HOME}\env", b"new")])[rf"{HOME}\env"]
    assert (written.replaced.data, written.stands.data) == (b"theirs", b"new")


def test_removing_prunes_an_empty_directory_only(files: WindowsFiles, home: Path) -> None:
    files.write(
        [
            Write(rf"{HOME}\a\one", b"1"),
            Write(rf"{HOME}\b\one", b"1"),
            Write(rf"{HOME}\b\two", b"2"),
            Write(rf"{HOME}\c\one", b"1"),
        ]
    )
    files.write(
        [
            Write(rf"{HOME}\a\one", None, prune=(rf"{HOME}\a",)),
            Write(rf"{HOME}\b\one", None, prune=(rf"{HOME}\b",)),
            Write(rf"{HOME}\c\one", None),
        ]
    )
    assert sorted(item.name for item in home.rglob("*")) == ["b", "c", "two"]
    assert files.write([Write(rf"{HOME}\a\one", None, prune=(rf"{HOME}\a",))])[rf"{HOME}\a\one"].stands == File(None)


def test_directories_above_go_too_as_far_as_they_are_named_and_empty(files: WindowsFiles, home: Path) -> None:
    path, kept = rf"{HOME}\one (x86)\two!\three\four\file", rf"{HOME}\else\two\three\file"
    files.write([Write(path, b"1"), Write(kept, b"1"), Write(rf"{HOME}\else\mine", b"1")])
    above = tuple(rf"{HOME}\one (x86)" + tail for tail in (r"\two!\three\four", r"\two!\three", r"\two!"))
    files.write(
        [
            Write(path, None, prune=above),
            Write(kept, None, prune=(rf"{HOME}\else\two\three", rf"{HOME}\else\two", rf"{HOME}\else")),
        ]
    )
    assert sorted(str(item.relative_to(home)) for item in home.rglob("*")) == ["else", "else/mine", "one (x86)"]


def test_what_a_killed_run_left_is_used_again_and_removed(host: WinHost, files: WindowsFiles, home: Path) -> None:
    old, young = (
        host.prefix.unix_path(rf"{TEMP}\gopher-devbox-{stamp}-0123abcd")
        for stamp in ("20200101T000000Z", "20990101T000000Z")
    )
    for place in (old, young):
        (place / "items").mkdir(parents=True)
    (home / "env.gopher-devbox").write_bytes(b"half of")
    files.read([rf"{HOME}\env"])
    files.write([Write(rf"{HOME}\env", b"whole")])
    assert tree(home) == {"env": b"whole"}
    assert not old.exists()
    assert young.exists()
    shutil.rmtree(young)


# --- private ---------------------------------------------------------------------------------------------------------


def mode(place: Path) -> int:
    return place.stat().st_mode & 0o777


def test_private_files_are_their_owners_alone(files: WindowsFiles, home: Path) -> None:
    files.write([Write(rf"{HOME}\state\ledger", b"secret", private=True), Write(rf"{HOME}\public", b"")])
    (home / "shared").mkdir()
    files.write([Write(rf"{HOME}\shared\ledger", b"secret", private=True)])
    assert not any(mode(home / name) & 0o007 for name in ("state", "state/ledger", "shared/ledger"))
    assert all(mode(home / name) & 0o004 for name in ("shared", "public"))


def test_private_files_stay_private(files: WindowsFiles, home: Path) -> None:
    """Also when a write does not ask for it: a file that stands keeps its permissions."""
    for name in ("env", "other"):
        (home / name).write_bytes(b"token")
    (home / "env").chmod(0o600)
    paths = [rf"{HOME}\env", rf"{HOME}\other"]
    assert files.read(paths) == dict.fromkeys(paths, File(b"token"))
    files.write([Write(path, b"new") for path in paths])
    assert not mode(home / "env") & 0o007
    assert mode(home / "other") & 0o004
    assert tree(home) == {"env": b"new", "other": b"new"}


def test_what_cannot_be_made_private_is_not_written(host: WinHost, files: WindowsFiles, home: Path) -> None:
    host.prefix.remove_program("icacls.exe")
    try:
        with pytest.raises(ApplyError, match="could not be made private") as caught:
            files.write([Write(rf"{HOME}\ledger", b"secret", private=True), Write(rf"{HOME}\env", b"")])
    finally:
        host.prefix.restore_program("icacls.exe")
    assert caught.value.touched == "Nothing of it was written."
    assert tree(home) == {}


# --- what stands in the way ------------------------------------------------------------------------------------------


def test_obstacles(host: WinHost, files: WindowsFiles, home: Path) -> None:
    for name in ("read-only", "hidden", "system", "own", "plain"):
        (home / name).write_bytes(name.encode())
    (home / "folder").mkdir()
    (home / "own").chmod(0o666)
    for flags, name in (("+r", "read-only"), ("+h", "hidden"), ("+s", "system")):
        attrib(host, flags, rf"{HOME}\{name}")
    names = (
        "read-only",
        "hidden",
        "system",
        "own",
        "folder",
        r"plain\below",
        r"plain\far\below",
        "plain",
        r"new\below",
    )
    host.counters.reset()
    found = files.read([*(rf"{HOME}\{name}" for name in names), r"Q:\env"])
    assert commands(host) == 1
    told = {path.removeprefix(HOME + "\\"): (item.data, item.obstacle) for path, item in found.items()}
    for name, words in {
        "read-only": "attrib -r",
        "hidden": "attrib -h",
        "system": "attrib -h",
        "own": "permissions of its own",
        "folder": "is a directory",
        r"plain\below": rf"{HOME}\plain is not a directory",
        r"plain\far\below": rf"{HOME}\plain is not a directory",
        r"Q:\env": "no drive Q:",
    }.items():
        assert words in told[name][1]
    assert [told[name][0] for name in ("read-only", "hidden", "system", "own", "folder")] == [
        b"read-only",
        b"hidden",
        b"system",
        b"own",
        b"",
    ]
    assert told["plain"] == (b"plain", "")
    assert told[r"new\below"] == (None, "")
    assert told[r"plain\below"][0] is None
    attrib(host, "-r", rf"{HOME}\read-only")


def test_a_directory_ends_a_batch_and_keeps_what_is_in_it(files: WindowsFiles, home: Path) -> None:
    (home / "folder").mkdir()
    (home / "folder" / "precious").write_bytes(b"precious")
    for data in (b"new", None):
        with pytest.raises(ApplyError, match="a directory stands there") as caught:
            files.write([Write(rf"{HOME}\first", b"1"), Write(rf"{HOME}\folder", data), Write(rf"{HOME}\last", b"3")])
        assert caught.value.touched == rf"Written: {HOME}\first."
        assert tree(home) == {"folder/precious": b"precious", "first": b"1"}


def test_a_file_on_the_way_ends_a_batch(files: WindowsFiles, home: Path) -> None:
    (home / "plain").write_bytes(b"plain")
    with pytest.raises(ApplyError, match="could not be written") as caught:
        files.write([Write(rf"{HOME}\plain\below", b"1"), Write(rf"{HOME}\last", b"3")])
    assert caught.value.touched == "Nothing of it was written."
    assert tree(home) == {"plain": b"plain"}


def test_a_file_that_is_held_ends_a_batch(host: WinHost, files: WindowsFiles, home: Path) -> None:
    holder = host.prefix.popen(rf'C:\Windows\System32\cmd.exe /d /c C:\Windows\System32\sort.exe > "{HOME}\held"')
    wait_for((home / "held").exists, "nobody holds the file")
    host.prefix.remove_program("ping.exe")  # nothing to wait for
    try:
        with pytest.raises(ApplyError, match="held could not be written"):
            files.write([Write(rf"{HOME}\held", b"new"), Write(rf"{HOME}\last", b"3")])
        with pytest.raises(ApplyError, match="held could not be removed"):
            files.write([Write(rf"{HOME}\held", None), Write(rf"{HOME}\last", b"3")])
    finally:
        host.prefix.restore_program("ping.exe")
        holder.communicate(b"\r\n")
    assert "last" not in tree(home)


def test_what_copy_does_not_see(host: WinHost, home: Path) -> None:
    """cmd.exe's copy passes over hidden files: they are read another way, and never replaced."""
    (home / "hidden").write_bytes(bytes(range(256)))
    (home / "empty").write_bytes(b"")

    def blind(script: Script) -> Script:
        return Script(
            tuple(
                re.sub(r'copy /b /y "\0~i" \w+ ', "copy nowhere nothing ", statement) for statement in script.statements
            )
        )

    files = WindowsFiles(Wrapped(transport_to(host), script=blind))
    found = files.read([rf"{HOME}\hidden", rf"{HOME}\empty"])
    assert [item.data for item in found.values()] == [bytes(range(256)), b""]
    with pytest.raises(ApplyError, match="hidden could not be written"):
        files.write([Write(rf"{HOME}\hidden", b"new"), Write(rf"{HOME}\last", b"")])
    with pytest.raises(ApplyError, match="hidden could not be removed"):
        files.write([Write(rf"{HOME}\hidden", None), Write(rf"{HOME}\last", b"")])
    assert tree(home) == {"hidden": bytes(range(256)), "empty": b""}


# --- broken off ------------------------------------------------------------------------------------------------------


def test_a_stream_that_is_cut_writes_nothing(host: WinHost, home: Path) -> None:
    (home / "env").write_bytes(b"old")
    writes = [Write(rf"{HOME}\env", b"new"), Write(rf"{HOME}\large", NASTY[rf"{HOME}\large"])]
    for size in (0, 1, 40, 200, 1000, 100_000, 299_000):
        files = WindowsFiles(Wrapped(transport_to(host), sent=lambda data, size=size: data[:size]))  # type: ignore[misc]
        with pytest.raises(ApplyError, match="did not arrive whole") as caught:
            files.write(writes)
        assert caught.value.touched == "Nothing of it was written."
        assert tree(home) == {"env": b"old"}


def test_without_tar(host: WinHost, files: WindowsFiles, home: Path) -> None:
    host.prefix.remove_program("tar.exe")
    try:
        with pytest.raises(ReadError, match=r"no tar\.exe"):
            files.read([rf"{HOME}\env"])
        with pytest.raises(ApplyError, match="did not arrive whole"):
            files.write([Write(rf"{HOME}\env", b"")])
    finally:
        host.prefix.restore_program("tar.exe")
    assert tree(home) == {}


def test_without_a_place_for_temporary_files(host: WinHost, files: WindowsFiles, home: Path) -> None:
    """Nothing is left anywhere else: a session begins in the profile of its user."""
    profile = host.prefix.unix_path(r"C:\Users\ansible")
    before = sorted(profile.iterdir())
    key = rf"HKU\{ADMIN.sid}\Environment"
    kind, kept = host.prefix.registry(key)["TEMP"]
    host.prefix.set_value(key, "TEMP", r"C:\Users\ansible\Documents\no", "REG_SZ")
    host.prefix.unix_path(r"C:\Users\ansible\Documents\no").write_bytes(b"a file")
    try:
        with pytest.raises(ReadError, match="%TEMP%"):
            files.read([rf"{HOME}\env"])
        with pytest.raises(ApplyError, match="broke off"):
            files.write([Write(rf"{HOME}\env", b"")])
    finally:
        host.prefix.unix_path(r"C:\Users\ansible\Documents\no").unlink()
        host.prefix.set_value(key, "TEMP", kept, kind)
    assert sorted(profile.iterdir()) == before
    assert tree(home) == {}


# --- directories -----------------------------------------------------------------------------------------------------


def test_directories(host: WinHost, files: WindowsFiles, home: Path) -> None:
    places = [rf"{NEW_ROOT}\bin", HOME, rf"{HOME}\none", r"Q:\Go\bin", r"\\server\share\bin", r"C:\100%\bin"]
    host.counters.reset()
    looked = files.look(places)
    assert commands(host) == 1
    assert looked == dict(
        zip(
            places,
            [
                Directory(True, "go.exe", f"go{NEW_GO}"),
                Directory(True),
                Directory(False),
                Directory(None),
                Directory(None),
                Directory(None),
            ],
            strict=True,
        )
    )
    assert files.present([HOME, rf"{HOME}\none", r"C:\Windows"]) == {HOME, r"C:\Windows"}
    assert commands(host) == 1
    files.make([rf"{HOME}\go 工作区\src", rf"{HOME}\go 工作区\pkg", HOME])
    assert commands(host) == 1
    assert sorted(item.name for item in (home / "go 工作区").iterdir()) == ["pkg", "src"]
    (home / "plain").write_bytes(b"")
    with pytest.raises(
        ApplyError,
        match=r"could not be made: C:\\Users\\ansible\\files\\plain, C:\\Users\\ansible\\files\\plain\\below\.",
    ):
        files.make([rf"{HOME}\plain", rf"{HOME}\more", rf"{HOME}\plain\below"])


def test_more_paths_than_one_command_can_take(host: WinHost, files: WindowsFiles, home: Path) -> None:
    wanted = {rf"{HOME}\{'long ' * 12}{number:03}\env": str(number).encode() for number in range(90)}
    host.counters.reset()
    assert len(files.write([Write(path, data) for path, data in wanted.items()])) == len(wanted)
    assert commands(host) == 4
    assert files.read(list(wanted)) == {path: File(data) for path, data in wanted.items()}
    assert {path: host.prefix.unix_path(path).read_bytes() for path in wanted} == wanted
    assert files.present([*wanted, HOME]) == {*wanted, HOME}


def test_no_lock_can_be_had(host: WinHost, files: WindowsFiles, home: Path) -> None:
    with files.alone(HOME) as locked:
        assert locked is False
    assert tree(home) == {}
