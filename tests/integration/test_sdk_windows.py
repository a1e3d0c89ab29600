# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""go_sdk on a Windows host over WinRM: the ladder through real ansible-playbook, archives of every kind, refusals, and
what broken-off runs leave.
"""

from __future__ import annotations

import functools
import http.server
import io
import shutil
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ADMIN, ALICE, CHINESE, NEW_GO
from support import MACHINE, Counting, Playbooks, transport_to, user_key
from unit.sdkarchives import LAYOUTS, checksum, entry, files_of, pack
from winhost import Account, WinHost
from winhost.sdk import download, sdk_dir
from winhost.tooling import compiled

from ansible_collections.gopher.devbox.plugins.module_utils._go.sdk_request import request_of
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.sdk_install_windows import problem_of_dest
from ansible_collections.gopher.devbox.plugins.module_utils._media.sdk_place_windows import WindowsPlaces
from ansible_collections.gopher.devbox.plugins.module_utils._media.sdk_place_windows_image import WindowsImagePlaces
from ansible_collections.gopher.devbox.plugins.module_utils._run import sdk_images
from ansible_collections.gopher.devbox.plugins.module_utils._run.sdk import ARGUMENT_SPEC, run
from ansible_collections.gopher.devbox.plugins.module_utils._run.sdk_source import Source

SDKS = r"C:\Sdk 王 (x86)"
DEST = SDKS + r"\go1.27.3"
OPTIONS = {name: spec.get("default") for name, spec in ARGUMENT_SPEC.items()} | {"dest": DEST}


class Box:
    def __init__(self, host: WinHost, directory: Path) -> None:
        self.host, self.directory = host, directory
        self.program = (compiled(host.prefix.cache) / "sort.exe").read_bytes()
        self.transport = Counting(None)

    def unix(self, place: str) -> Path:
        return self.host.prefix.unix_path(place)

    def archive(self, version: str = "1.27.3", layout: str = "zip") -> Path:
        return pack(self.directory, layout, files_of(version, self.program, windows=True), f"go{version}.{layout}")

    def run(
        self,
        archive: Path | None = None,
        *,
        check: bool = False,
        account: Account | None = None,
        fails_at: int = 0,
        **options: Any,
    ) -> dict[str, Any]:
        params = dict(OPTIONS)
        if archive is not None:
            params |= {"src": str(archive), "checksum": checksum(archive), "version": "1.27.3"}
        params |= options
        source = Source(params["src"]) if params["src"] and not params["remote_src"] else None
        self.transport = Counting(transport_to(self.host, account), fails_at)
        return run(params, WindowsPlaces(lambda: self.transport), check, True, source)

    def files(self, place: str = DEST) -> dict[str, bytes]:
        top = self.unix(place)
        return {str(file.relative_to(top)): file.read_bytes() for file in top.rglob("*") if file.is_file()}

    def left(self) -> list[str]:
        return (
            sorted(place.name for place in self.unix(SDKS).iterdir() if place.name.startswith("."))
            if self.unix(SDKS).exists()
            else []
        )


@pytest.fixture
def box(host: WinHost, tmp_path: Path) -> Iterator[Box]:
    yield Box(host, tmp_path)
    host.prefix.run(f'cmd.exe /c rd /s /q "{SDKS}"')


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """A web server of the test's directory."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as found:
        thread = threading.Thread(target=found.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{found.server_port}"
        found.shutdown()
        thread.join()


def ids(result: dict[str, Any]) -> list[str]:
    return [finding["id"] for finding in result.get("findings", ())]


def expected(version: str, program: bytes) -> dict[str, bytes]:
    return {
        name.removeprefix("go/"): content for name, (content, _mode) in files_of(version, program, windows=True).items()
    }


@pytest.mark.windows
@pytest.mark.parametrize(
    "layout", ["zip", *(pytest.param(layout, marks=pytest.mark.thorough) for layout in LAYOUTS if layout != "zip")]
)
def test_ladder(box: Box, layout: str) -> None:
    """Through real ansible-playbook and its action plugin."""
    archive, other = box.archive(layout=layout), box.archive("1.26.0", layout)
    first = {"dest": DEST, "src": str(archive), "checksum": checksum(archive)}
    second = {
        "dest": SDKS + r"\go1.26.0",
        "src": str(other),
        "checksum": checksum(other).upper().replace("SHA", "sha"),
        "version": "1.26.0",
    }
    ladder: list[tuple[str, dict[str, Any], bool]] = [
        ("bad dest", {"dest": "relative", "src": str(archive), "checksum": "none"}, False),
        ("bad source", {"dest": DEST, "src": "nowhere.zip", "checksum": "none"}, False),
        ("no checksum", {"dest": DEST, "src": str(archive)}, False),
        ("check", first, True),
        ("apply", first, False),
        ("again", first, False),
        ("beside", second, False),
        ("beside again", second, False),
        ("absent check", {"dest": DEST, "state": "absent"}, True),
        ("absent", {"dest": DEST, "state": "absent"}, False),
        ("absent again", {"dest": DEST, "state": "absent"}, False),
    ]
    tasks = [
        {"name": name, "gopher.devbox.go_sdk": options, "check_mode": check, "diff": True}
        for name, options, check in ladder
    ]
    results, done = Playbooks(box.directory, box.host.ansible_vars()).tasks(tasks)
    found = dict(zip([name for name, _options, _check in ladder], results, strict=True))
    said = done.stdout + done.stderr
    assert [name for name, result in found.items() if result["failed"]] == ["bad dest", "bad source", "no checksum"], (
        said
    )
    assert "Traceback" not in said
    assert [name for name, result in found.items() if result["changed"]] == [
        "check",
        "apply",
        "beside",
        "absent check",
        "absent",
    ], said
    assert found["check"]["diff"] == found["apply"]["diff"]
    assert (found["apply"]["before"], found["apply"]["after"], found["apply"]["checksum"]) == (
        None,
        "go1.27.3",
        checksum(archive),
    )
    assert box.files(SDKS + r"\go1.26.0") == expected("1.26.0", box.program)
    assert [place.name for place in box.unix(SDKS).iterdir()] == ["go1.26.0"]


@pytest.mark.windows
@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_is_installed_is_the_sdk(box: Box, layout: str) -> None:
    assert box.run(box.archive(layout=layout))["changed"]
    assert box.files() == expected("1.27.3", box.program)
    assert box.left() == []
    done = box.host.prefix.run(f'"{DEST}\\bin\\go.exe"', stdin=b"b\r\na\r\n")
    assert done.stdout.split() == [b"a", b"b"]


@pytest.mark.windows
def test_a_run_that_changes_nothing_is_one_command_and_sends_nothing(box: Box) -> None:
    archive = box.archive()
    assert box.run(archive, check=True)["changed"]
    assert (box.transport.commands, box.transport.sent, box.unix(SDKS).exists()) == (1, 0, False)
    box.run(archive)
    for options in ({"check": False}, {"check": True}, {"account": ALICE}):
        assert not box.run(archive, **options)["changed"]
        assert (box.transport.commands, box.transport.sent) == (1, 0)
    assert not box.run(state="absent", dest=SDKS + r"\none")["changed"]
    assert box.transport.commands == 1


@pytest.mark.windows
def test_an_archive_on_the_host(box: Box) -> None:
    archive = box.archive()
    place = r"C:\Users\ansible\Downloads\go 王.zip"
    box.unix(place).write_bytes(archive.read_bytes())
    assert "could not be read" in box.run(archive, src=r"C:\nowhere.zip", remote_src=True)["msg"]
    assert box.run(archive, src=place, remote_src=True)["changed"]
    assert box.files() == expected("1.27.3", box.program)
    assert box.unix(place).exists()


@pytest.mark.windows
def test_an_archive_that_the_host_fetches(box: Box, server: str) -> None:
    archive = box.archive()
    url = f"{server}/{archive.name}?token=a%20b&x=^1"
    missing = box.run(archive, src=None, url=f"{server}/nowhere.zip")
    assert "curl: (22)" in missing["msg"]
    assert (box.unix(DEST).exists(), box.left()) == (False, [])
    assert box.run(archive, src=None, url=url, check=True)["changed"]
    done = box.run(archive, src=None, url=url)
    assert (done["changed"], done["checksum"]) == (True, checksum(archive))
    assert box.files() == expected("1.27.3", box.program)


@pytest.mark.windows
def test_another_checksum_version_or_system_is_refused(box: Box) -> None:
    archive = box.archive()
    place = r"C:\Users\ansible\Downloads\go.zip"
    box.unix(place).write_bytes(archive.read_bytes())
    linux = pack(box.directory, "tar.gz", files_of("1.27.3", b"x"))
    for options in (
        {"checksum": "sha256:" + "0" * 64},
        {"checksum": "sha256:" + "0" * 64, "src": place, "remote_src": True},
        {"version": "1.27.4"},
        {"src": str(linux), "checksum": checksum(linux)},
    ):
        assert ids(box.run(archive, **options)) == ["sdk_archive_refused"], options
        assert (box.unix(DEST).exists(), box.left()) == (False, [])


@pytest.mark.windows
def test_the_sdk_of_another_processor_is_refused(box: Box) -> None:
    """By its go on the controller, before anything is sent; by the names in the archive on the host, before anything is
    unpacked.
    """
    arm = bytearray(box.program)
    machine = int.from_bytes(arm[60:64], "little") + 4
    arm[machine : machine + 2] = (0xAA64).to_bytes(2, "little")
    files = files_of("1.27.3", bytes(arm), windows=True)
    files = {name.replace("windows_amd64", "windows_arm64"): content for name, content in files.items()}
    archive = pack(box.directory, "zip", files)
    refused = box.run(archive)
    assert ids(refused) == ["sdk_archive_refused"]
    assert "it is for windows/arm64, and this host is windows/amd64" in refused["msg"]
    assert (box.transport.commands, box.transport.sent, box.unix(SDKS).exists()) == (1, 0, False)
    place = r"C:\Users\ansible\Downloads\arm.zip"
    box.unix(place).write_bytes(archive.read_bytes())
    on_host = {"src": place, "remote_src": True}
    assert "it is for windows/arm64" in box.run(archive, **on_host)["msg"]
    assert (box.unix(DEST).exists(), box.left()) == (False, [])
    assert box.run(archive, force=True, **on_host)["changed"]


@pytest.mark.windows
def test_there_must_be_room(box: Box) -> None:
    sdk = WindowsPlaces(lambda: transport_to(box.host)).at(request_of({**OPTIONS, "state": "absent"}, problem_of_dest))
    sdk.look()
    free = sdk.prepare()
    sdk.clean()
    sdk.close()
    assert free is not None
    assert 0.5 < free / shutil.disk_usage(box.host.prefix.directory).free < 2


@pytest.mark.windows
@pytest.mark.parametrize(
    "member",
    [
        entry(r"C:\gopher-devbox-evil", 1),
        entry("go/../../evil", 1),
        entry("go/out", type=tarfile.SYMTYPE, linkname="../x"),
        pytest.param(
            entry("go/hard", type=tarfile.LNKTYPE, linkname="../../../Windows/win.ini"), marks=pytest.mark.thorough
        ),
        pytest.param(entry("go/null", type=tarfile.CHRTYPE, devmajor=1, devminor=3), marks=pytest.mark.thorough),
        entry("evil", 1),
        entry("go/nul.txt", 1),
        pytest.param(entry("go/a:stream", 1), marks=pytest.mark.thorough),
        pytest.param(entry("go/version", 1), marks=pytest.mark.thorough),
    ],
    ids=lambda member: str(member.name),
)
def test_a_hostile_archive_leaves_nothing(box: Box, member: tarfile.TarInfo) -> None:
    target = box.directory / "hostile.tar.gz"
    with tarfile.open(target, "w:gz") as tar:
        for place, (content, mode) in files_of("1.27.3", b"x", windows=True).items():
            tar.addfile(entry(place, len(content), mode=mode), io.BytesIO(content))
        tar.addfile(member, io.BytesIO(b"\0" * member.size))
    assert ids(box.run(target)) == ["sdk_archive_refused"]
    assert (box.unix(DEST).exists(), box.left()) == (False, [])
    assert not list(box.host.prefix.directory.joinpath("drive_c").glob("*evil*"))


@pytest.mark.windows
def test_another_version_is_replaced_only_by_force(box: Box) -> None:
    box.run(box.archive("1.26.0"), version="1.26.0")
    assert ids(box.run(box.archive())) == ["sdk_destination_occupied"]
    done = box.run(box.archive(), force=True)
    assert (done["before"], done["after"], box.left()) == ("go1.26.0", "go1.27.3", [])
    assert box.files() == expected("1.27.3", box.program)


@pytest.mark.windows
def test_what_is_no_sdk_is_never_touched(box: Box) -> None:
    place = box.unix(DEST)
    place.mkdir(parents=True)
    assert not box.run(state="absent")["changed"]
    (place / "mine.txt").write_text("mine")
    for state in ("present", "absent"):
        assert ids(box.run(box.archive(), force=True, state=state)) == ["sdk_destination_occupied"]
    (place / "mine.txt").unlink()
    assert box.run(box.archive())["changed"]
    (place / "bin" / "gopls.exe").write_text("mine")
    refused = box.run(state="absent")
    assert "bin/gopls.exe" in refused["msg"]
    assert box.run(state="absent", force=True)["changed"]


@pytest.mark.windows
def test_an_sdk_that_is_named_is_removed_only_by_force(box: Box) -> None:
    box.run(box.archive())
    prefix = box.host.prefix
    prefix.set_value(MACHINE, "GOROOT_OLD", DEST)
    named = (
        (MACHINE, "Path", rf"C:\windows\system32;{DEST}\BIN\;", "PATH of the machine"),
        (MACHINE, "GOROOT", DEST, "GOROOT of the machine"),
        (user_key(ADMIN.sid), "Path", r'"%GOROOT_OLD%\bin"', "PATH of"),
        (user_key(CHINESE.sid), "GOROOT", DEST.upper(), f"GOROOT of {CHINESE.sid}"),
    )
    for key, name, value, who in named:
        before = prefix.registry(key).get(name)
        prefix.set_value(key, name, value, "REG_EXPAND_SZ")
        for check in (True, False):
            refused = box.run(state="absent", check=check)
            assert ids(refused) == ["sdk_in_use"]
            assert refused["msg"].count(" of ") == refused["msg"].count(who) == 1, refused["msg"]
        prefix.delete_value(key, name)
        if before:
            prefix.set_value(key, name, before[1], before[0])
    prefix.set_value(MACHINE, "GOROOT", DEST)
    assert box.files() == expected("1.27.3", box.program)
    assert box.run(state="absent", force=True)["changed"]


@pytest.mark.windows
def test_an_sdk_whose_go_runs_is_never_removed(box: Box) -> None:
    box.run(box.archive())
    process = box.host.prefix.popen(f'"{DEST}\\bin\\go.exe"')
    try:
        for result in (
            box.run(state="absent", force=True),
            box.run(box.archive("1.26.0"), version="1.26.0", force=True),
        ):
            assert ids(result) == ["sdk_in_use"]
            assert r"bin\go.exe" in result["msg"]
            assert "gofmt.exe" not in result["msg"]
    finally:
        process.communicate()
    assert box.files() == expected("1.27.3", box.program)
    assert box.run(state="absent")["changed"]
    assert (box.unix(DEST).exists(), box.left()) == (False, [])


@pytest.mark.windows
def test_a_gopls_that_may_use_it_counts(box: Box) -> None:
    """Which SDK a gopls uses cannot be told: one that PATH or GOROOT names, it may."""
    box.run(box.archive())
    place = r"C:\Users\ansible\gopls.exe"
    box.unix(place).write_bytes(box.program)
    process = box.host.prefix.popen(place)
    box.host.prefix.set_value(MACHINE, "GOROOT", DEST)
    try:
        refused = box.run(state="absent", force=True)
        box.host.prefix.delete_value(MACHINE, "GOROOT")
        done = box.run(state="absent")
    finally:
        process.communicate()
    assert (ids(refused), "gopls.exe" in refused["msg"]) == (["sdk_in_use"], True)
    assert done["changed"]


@pytest.mark.windows
def test_an_ordinary_user_installs_for_themselves(box: Box) -> None:
    dest = r"C:\Users\alice\sdk\go1.27.3"
    assert ids(box.run(box.archive(), dest=dest, account=ALICE)) == ["not_elevated"]
    assert box.run(box.archive(), dest=dest, account=ALICE, scope="user")["changed"]
    assert box.run(dest=dest, account=ALICE, scope="user", state="absent")["changed"]


@pytest.mark.windows
def test_what_is_everybodys_only_administrators_write_to(box: Box) -> None:
    """Wine keeps a mode in place of permissions: what everybody may not write to; the group is the administrators'."""
    assert box.run(box.archive())["changed"]
    assert [
        oct(box.unix(place).stat().st_mode) for place in (SDKS, DEST) if box.unix(place).stat().st_mode & 0o002
    ] == []
    box.unix(SDKS).chmod(0o777)
    told = box.run(box.archive("1.26.0"), version="1.26.0", dest=SDKS + r"\go1.26.0")
    assert ids(told) == ["go_writable_by_users"]
    assert SDKS in told["findings"][0]["message"]


@pytest.mark.windows
@pytest.mark.parametrize("command", [3, *(pytest.param(number, marks=pytest.mark.thorough) for number in (4, 5, 6)), 7])
def test_a_killed_install_leaves_nothing_under_dest(box: Box, command: int) -> None:
    archive = box.archive()
    with pytest.raises(KeyboardInterrupt):
        box.run(archive, fails_at=command)
    assert not box.unix(DEST).exists()
    assert box.run(archive)["changed"]
    assert box.files() == expected("1.27.3", box.program)


@pytest.mark.windows
def test_what_a_killed_run_left_goes_and_what_it_took_aside_comes_back(box: Box) -> None:
    box.run(box.archive())
    with pytest.raises(KeyboardInterrupt):
        box.run(box.archive("1.26.0"), version="1.26.0", force=True, fails_at=3)
    assert box.left() == []  # what ends a run in an orderly way cleans up
    key = WindowsPlaces(lambda: box.transport).at(request_of({**OPTIONS, "state": "absent"}, problem_of_dest)).key
    killed, alive, others = (
        f".gopher-devbox-{name}"
        for name in (f"{key}-20200101T000000Z-00000000", f"{key}-29990101T000000Z-00000000", "mine")
    )
    for name in (killed, alive, others):
        box.unix(rf"{SDKS}\{name}").mkdir()
    box.unix(DEST).rename(box.unix(rf"{SDKS}\{killed}") / "old")
    result = box.run(box.archive())
    assert (result["changed"], ids(result)) == (False, ["leftovers_removed"])
    assert box.files() == expected("1.27.3", box.program)
    result = box.run(box.archive())
    assert (result["changed"], box.left()) == (False, sorted([alive, others]))


@pytest.mark.windows
@pytest.mark.thorough
def test_a_real_wheel(box: Box) -> None:
    wheel = download(NEW_GO, box.directory)
    assert box.run(wheel)["changed"]
    done = box.host.prefix.run(
        f'"{DEST}\\bin\\go.exe" version', env={**box.host.prefix.environment(), "GOTOOLCHAIN": "local"}
    )
    assert done.stdout.split() == [b"go", b"version", b"go1.27.3", b"windows/amd64"]
    assert {str(file.relative_to(box.unix(DEST))) for file in box.unix(DEST).rglob("*")} == {
        str(file.relative_to(sdk_dir(NEW_GO))) for file in sdk_dir(NEW_GO).rglob("*")
    } - {"__init__.py"}
    assert box.run(state="absent")["changed"]
    assert (box.unix(DEST).exists(), box.left()) == (False, [])


@pytest.mark.windows
def test_an_image_that_the_host_has_mounted(box: Box) -> None:
    """`C:\\Program Files\\Go` of the image is below the directory that it is mounted in."""
    mount = SDKS + r"\mount"
    archive = box.archive()
    params = OPTIONS | {"dest": r"C:\Program Files\Go", "image": [mount], "src": str(archive), "version": "1.27.3"}
    params["checksum"] = checksum(archive)

    def in_image(check: bool = False, **more: Any) -> dict[str, Any]:
        def places(image: str) -> WindowsImagePlaces:
            return WindowsImagePlaces(image, lambda: transport_to(box.host))

        return sdk_images.run(params | more, places, check, True, Source(str(archive)))

    nothing = in_image()
    assert "no Windows\\System32" in nothing["msg"]
    assert not box.unix(mount).exists()
    (box.unix(mount) / "Windows" / "System32").mkdir(parents=True)
    (box.unix(mount) / "Windows" / "System32" / "ntdll.dll").write_bytes(b"MZ")
    assert "is on drive D:" in in_image(dest=r"D:\Go")["msg"]
    assert in_image(check=True)["changed"]
    first = in_image()
    assert first["changed"], first
    assert (first["dest"], first["after"], first["image"]) == (r"C:\Program Files\Go", "go1.27.3", mount)
    assert box.files(mount + r"\Program Files\Go") == expected("1.27.3", box.program)
    assert not in_image()["changed"]
    assert "go_writable_by_users" in ids(in_image(dest=r"C:\Go"))
    removed = in_image(state="absent", src=None, checksum=None, version=None)
    assert removed["changed"], removed
    assert not box.unix(mount + r"\Program Files\Go").exists()
