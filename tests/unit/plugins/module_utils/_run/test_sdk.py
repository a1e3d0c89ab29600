"""go_sdk on this machine, below directories of the test's own."""

from __future__ import annotations

import dataclasses
import io
import os
import shutil
import stat
import subprocess
import tarfile
import typing as t
import zipfile
from pathlib import Path

import pytest
from unit.sdkarchives import LAYOUTS, checksum, entry, files_of, pack
from waiting import wait_for

from ansible_collections.gopher.devbox.plugins.module_utils._go.sdk_request import Request
from ansible_collections.gopher.devbox.plugins.module_utils._hosts import sdk_install
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.processor import this_platform
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.sdk_install import (
    Aside,
    contents_of,
    leftovers,
    look,
    missing_of_python,
    piece_of,
)
from ansible_collections.gopher.devbox.plugins.module_utils._media.sdk_place_posix import PosixPlaces, problem_of_dest
from ansible_collections.gopher.devbox.plugins.module_utils._run.sdk import ARGUMENT_SPEC, run
from ansible_collections.gopher.devbox.plugins.module_utils._run.sdk_source import Source

SLEEP = Path("/bin/sleep").resolve()


class Box:
    """A place for SDKs, and archives of them."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.dest = directory / "sdk" / "go-1.27.3"
        self.environ = {"HOME": str(directory), "PATH": "/usr/bin:/bin"}
        self.fetched: list[str] = []

    def archive(self, version: str = "1.27.3", layout: str = "tar.gz") -> Path:
        return pack(self.directory, layout, files_of(version, SLEEP.read_bytes()), f"go{version}.{layout}")

    def fetch(self, url: str, target: str) -> None:
        self.fetched.append(url)
        shutil.copyfile(self.directory / url.rpartition("/")[2], target)

    def run(self, archive: Path | None = None, *, check: bool = False, **options: t.Any) -> dict[str, t.Any]:
        params = {name: spec.get("default") for name, spec in ARGUMENT_SPEC.items()} | {
            "dest": str(self.dest),
            "scope": "user",
        }
        if archive is not None:
            params |= {"src": str(archive), "remote_src": True, "checksum": checksum(archive), "version": "1.27.3"}
        return run(params | options, PosixPlaces(self.environ, self.fetch), check, True)

    def left(self) -> list[str]:
        """What lies beside the SDKs."""
        return (
            sorted(place.name for place in self.dest.parent.iterdir() if place.name.startswith("."))
            if self.dest.parent.exists()
            else []
        )


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


def ids(result: dict[str, t.Any]) -> list[str]:
    return [finding["id"] for finding in result.get("findings", ())]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_ladder(box: Box, layout: str) -> None:
    archive = box.archive(layout=layout)
    would = box.run(archive, check=True)
    assert (would["changed"], would["after"], box.dest.parent.exists()) == (True, "go1.27.3", False)
    done = box.run(archive)
    assert (done["changed"], done["before"], done["after"], done["checksum"]) == (
        True,
        None,
        "go1.27.3",
        checksum(archive),
    )
    assert (
        done["diff"]
        == would["diff"]
        == {"before_header": str(box.dest), "after_header": str(box.dest), "before": "", "after": "go1.27.3\n"}
    )
    assert subprocess.run([box.dest / "bin" / "go", "0"], check=False).returncode == 0
    found = {str(place.relative_to(box.dest)): stat.S_IMODE(place.stat().st_mode) for place in box.dest.rglob("*")}
    assert (
        found["bin/go"] == found["src/make.bash"] == found["pkg/tool/linux_amd64/compile"] == found["src/fmt"] == 0o755
    )
    assert found["VERSION"] == found["src/fmt/print.go"] == 0o644
    assert "__init__.py" not in found
    archive.unlink()
    again = box.run(archive=None, version="1.27.3", src=str(archive), remote_src=True, checksum="none")
    assert (again["changed"], again["checksum"]) == (False, None)
    other = box.run(box.archive("1.26.0", layout), dest=str(box.dest.with_name("go-1.26.0")), version="go1.26.0")
    assert other["changed"]
    assert box.run(check=True, state="absent")["changed"]
    assert box.dest.is_dir()
    gone = box.run(state="absent")
    assert (gone["changed"], gone["before"], gone["after"]) == (True, "go1.27.3", None)
    assert not box.run(state="absent")["changed"]
    assert [place.name for place in box.dest.parent.iterdir()] == ["go-1.26.0"]


def test_the_umask_has_no_say(box: Box) -> None:
    before = os.umask(0o077)
    try:
        assert box.run(box.archive())["changed"]
    finally:
        os.umask(before)
    assert stat.S_IMODE((box.dest / "src" / "fmt" / "print.go").stat().st_mode) == 0o644
    assert stat.S_IMODE(box.dest.parent.stat().st_mode) == 0o755


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"dest": "relative"}, "relative"),
        ({"dest": "/go"}, "not right below /"),
        ({"dest": "/opt/../go"}, "without . and .."),
        ({"version": "latest"}, "not a version of Go"),
        ({"url": "https://x/y"}, "Both src and url"),
        ({"src": None}, "Neither src nor url"),
        ({"src": None, "url": "file:///etc/passwd"}, "not an http or https"),
        ({"version": None}, "version is missing"),
        ({"checksum": None}, "checksum is missing"),
        ({"checksum": "md5:12"}, "neither sha256"),
        ({"remote_src": False}, "only the action plugin"),
        ({"src": "/nowhere"}, "no file /nowhere"),
    ],
)
def test_options_of_no_use_are_refused_with_the_reason(box: Box, options: dict[str, t.Any], words: str) -> None:
    result = box.run(box.archive(), **options)
    assert (result["failed"], result["changed"]) == (True, False)
    assert words in result["msg"]
    assert not box.dest.exists()


def test_dest_is_a_plain_path() -> None:
    assert problem_of_dest("/opt/go 1.27/王") is None
    assert all(problem_of_dest(path) for path in ("", "/", "/opt", "/opt/", "/opt//go", "go", "/a\nb/c", "/a:b/c"))


# --- archives --------------------------------------------------------------------------------------------------------


def test_another_checksum_or_version_is_refused(box: Box) -> None:
    archive = box.archive()
    wrong = box.run(archive, checksum="sha256:" + "0" * 64)
    assert ids(wrong) == ids(box.run(archive, version="1.27.4")) == ["sdk_archive_refused"]
    assert "go1.27.3, and go1.27.4" in box.run(archive, version="1.27.4")["msg"]
    assert not box.dest.exists()
    assert box.left() == []
    assert box.run(archive, checksum="none")["changed"]


def hostile(directory: Path, member: tarfile.TarInfo) -> Path:
    target = directory / "hostile.tar.gz"
    with tarfile.open(target, "w:gz") as tar:
        for place, (content, mode) in files_of("1.27.3", b"x").items():
            tar.addfile(entry(place, len(content), mode=mode), io.BytesIO(content))
        tar.addfile(member, io.BytesIO(b"\0" * member.size))
    return target


@pytest.mark.parametrize(
    "member",
    [
        entry("/tmp/gopher-devbox-evil", 1),
        entry("go/../../evil", 1),
        entry("go/out", type=tarfile.SYMTYPE, linkname="/etc"),
        entry("go/in", type=tarfile.SYMTYPE, linkname="VERSION"),
        entry("go/hard", type=tarfile.LNKTYPE, linkname="../../../etc/passwd"),
        entry("go/null", type=tarfile.CHRTYPE, devmajor=1, devminor=3),
        entry("go/fifo", type=tarfile.FIFOTYPE),
        entry("evil", 1),
        entry("go/VERSION", 1),
    ],
    ids=lambda member: member.name,
)
def test_a_hostile_archive_leaves_nothing(box: Box, member: tarfile.TarInfo) -> None:
    result = box.run(hostile(box.directory, member))
    assert ids(result) == ["sdk_archive_refused"]
    assert not result["changed"]
    assert not box.dest.exists()
    assert box.left() == []
    assert not list(box.directory.rglob("*evil*"))


def test_a_link_in_a_zip_is_refused(box: Box) -> None:
    archive = box.archive(layout="zip")
    with zipfile.ZipFile(archive, "a") as packed:
        link = zipfile.ZipInfo("go/out")
        link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        packed.writestr(link, "/etc")
    assert "is a link" in box.run(archive)["msg"]


@pytest.mark.parametrize("layout", ["tar.gz", "zip"])
def test_a_damaged_archive_is_refused(box: Box, layout: str) -> None:
    whole = box.archive(layout=layout).read_bytes()
    middle = len(whole) // 2
    for number, content in enumerate(
        (whole[:middle], whole[:middle] + b"\xff" * 64 + whole[middle + 64 :], b"<html>", b"", whole[:6])
    ):
        archive = box.directory / f"damaged{number}"
        archive.write_bytes(content)
        result = box.run(archive)
        assert ids(result) == ["sdk_archive_refused"], (number, result)
        assert (box.dest.exists(), box.left()) == (False, [])


def test_the_sdk_of_another_processor_is_refused(box: Box) -> None:
    elf = bytearray(SLEEP.read_bytes()[:1024])
    elf[18:20] = (8).to_bytes(2, "little")  # mips
    archive = pack(box.directory, "zip", files_of("1.27.3", bytes(elf)))
    assert "linux/mips" in box.run(archive)["msg"]
    assert box.run(archive, force=True)["changed"]


def scripted(box: Box, text: str) -> Path:
    return pack(box.directory, "zip", files_of("1.27.3", f"#!/bin/sh\n{text}\n".encode()))


def test_a_go_that_does_not_start_is_refused(box: Box) -> None:
    archive = pack(box.directory, "zip", files_of("1.27.3", SLEEP.read_bytes()[:64]))
    refused = box.run(archive)
    assert ids(refused) == ["sdk_archive_refused"]
    assert "does not start on this host (Exec format error)" in refused["msg"]
    assert (box.dest.exists(), box.left()) == (False, [])
    assert box.run(archive, force=True)["changed"]


def test_a_go_that_says_it_is_another_is_refused(box: Box) -> None:
    assert "go says that it is go1.26.0" in box.run(scripted(box, "echo go version go1.26.0 linux/amd64"))["msg"]
    assert (box.dest.exists(), box.left()) == (False, [])
    assert box.run(scripted(box, "echo go version go1.27.3 linux/amd64"))["changed"]


def test_a_go_is_started_alone_and_only_where_its_checksum_was_given(box: Box) -> None:
    seen = box.directory / "seen"
    archive = scripted(box, f'env > "{seen}"')
    assert box.run(archive, checksum="none")["changed"]
    assert not seen.exists()
    assert box.run(state="absent")["changed"]
    box.environ |= {"GOFLAGS": "-bogus", "GOTOOLCHAIN": "go1.99.9"}
    assert box.run(archive)["changed"]
    found = dict(line.split("=", 1) for line in seen.read_text().splitlines())
    assert (found["GOTOOLCHAIN"], found["GOENV"]) == ("local", "off")
    assert not {"HOME", "GOFLAGS"} & found.keys()


def test_an_archive_is_looked_into_before_it_is_unpacked(box: Box) -> None:
    for layout in LAYOUTS:
        found = contents_of(str(box.archive("1.26rc1", layout)))
        assert (found.version, found.platform) == ("go1.26rc1", this_platform())
        windows = pack(box.directory, layout, files_of("1.27.3", b"MZ", windows=True))
        assert contents_of(str(windows)) == ("go1.27.3", None)
        assert "the SDK is for Windows" in box.run(windows)["msg"]


def test_where_there_is_no_room_nothing_is_unpacked(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = box.archive()
    monkeypatch.setattr(shutil, "disk_usage", lambda _place: shutil._ntuple_diskusage(10**9, 10**9 - 1000, 1000))
    result = box.run(archive)
    assert "0 MB free" in result["msg"]
    assert (result["failed"], result["changed"], box.dest.exists(), box.left()) == (True, False, False, [])


def test_a_python_without_the_library_is_named() -> None:
    request = Request("/opt/go", True, "go1.27.3", None, False, "https://h/x", None, True, False)
    assert list(missing_of_python(request, lambda _name: False)) == ["zlib of Python", "ssl of Python"]
    assert list(missing_of_python(request, lambda _name: True)) == []
    plain = dataclasses.replace(request, url="http://h/x")
    assert list(missing_of_python(plain, lambda _name: False)) == ["zlib of Python"]


def test_it_is_fetched_once(box: Box) -> None:
    archive = box.archive()
    options = {
        "url": f"https://user:secret@example.com/{archive.name}",
        "checksum": checksum(archive),
        "version": "1.27.3",
    }
    assert box.run(check=True, **options)["changed"]
    assert box.fetched == []
    assert box.run(**options)["changed"]
    assert not box.run(**options)["changed"]
    assert len(box.fetched) == 1
    refused = box.run(**options, dest=f"{box.dest}-other") | box.run(
        **options | {"checksum": "sha256:" + "1" * 64}, dest=f"{box.dest}-third"
    )
    assert "secret" not in str(refused)
    assert refused["failed"]


def test_an_archive_in_pieces_is_one(box: Box) -> None:
    archive = box.archive()
    first = box.run(archive, remote_src=False)
    assert (first["wants_archive"], first["failed"], box.dest.exists()) == (True, True, False)
    pieces = list(Source(str(archive)).pieces(10_000))
    for number, piece in enumerate(pieces):
        Path(piece_of(f"{box.directory}/sent", number)).write_bytes(piece)
    assert box.run(archive, src=f"{box.directory}/sent")["checksum"] == checksum(archive)
    assert len(pieces) > 1
    assert box.run(archive, remote_src=False)["changed"] is False


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_controller_reads_the_version_out_of_an_archive(box: Box, layout: str) -> None:
    assert Source(str(box.archive("1.26rc1", layout))).version() == "go1.26rc1"


# --- what stands there -----------------------------------------------------------------------------------------------


def test_another_version_is_replaced_only_by_force(box: Box) -> None:
    box.run(box.archive("1.26.0"), version="1.26.0")
    refused = box.run(box.archive())
    assert ids(refused) == ["sdk_destination_occupied"]
    assert "holds go1.26.0" in refused["msg"]
    done = box.run(box.archive(), force=True)
    assert (done["changed"], done["before"], done["after"]) == (True, "go1.26.0", "go1.27.3")
    assert look(str(box.dest)).version == "go1.27.3"
    assert box.left() == []


def test_a_replacement_that_fails_leaves_the_old_one(box: Box) -> None:
    box.run(box.archive("1.26.0"), version="1.26.0")
    result = box.run(box.archive("1.25.0"), force=True)
    assert ids(result) == ["sdk_archive_refused"]
    assert (look(str(box.dest)).version, box.left()) == ("go1.26.0", [])


def test_where_directories_cannot_be_exchanged_the_old_one_comes_back(box: Box) -> None:
    box.run(box.archive("1.26.0"), version="1.26.0")
    with Aside(str(box.dest)) as aside, pytest.raises(FileNotFoundError):
        aside._replace()  # there is nothing new
    assert look(str(box.dest)).version == "go1.26.0"


@pytest.mark.parametrize("state", ["present", "absent"])
@pytest.mark.parametrize("kind", ["directory", "half", "file", "link"])
def test_what_is_no_sdk_is_never_touched(box: Box, kind: str, state: str) -> None:
    box.dest.parent.mkdir(parents=True)
    real = box.directory / "real"
    if kind == "file":
        box.dest.write_text("mine")
    elif kind == "link":
        box.run(box.archive(), dest=str(real))
        box.dest.symlink_to(real)
    else:
        (box.dest / "bin").mkdir(parents=True)
        (box.dest / ("VERSION" if kind == "half" else "x")).write_text("go1.27.3\n")
    before = sorted(box.directory.rglob("*"))
    result = box.run(box.archive("1.27.3"), force=True, state=state)
    assert ids(result) == ["sdk_destination_occupied"], result
    assert sorted(place for place in box.directory.rglob("*") if place.name != "go1.27.3.tar.gz") == [
        place for place in before if place.name != "go1.27.3.tar.gz"
    ]


def test_an_empty_directory_is_no_obstacle(box: Box) -> None:
    box.dest.mkdir(parents=True)
    assert not box.run(state="absent")["changed"]
    assert box.run(box.archive())["changed"]


def test_what_somebody_keeps_in_it_is_not_lost(box: Box) -> None:
    box.run(box.archive("1.26.0"), version="1.26.0")
    (box.dest / "bin" / "gopls").write_text("mine")
    for result in (box.run(state="absent"), box.run(box.archive(), force=True)):
        assert ids(result) == ["sdk_destination_occupied"]
        assert "bin/gopls" in result["msg"]
    assert (box.dest / "bin" / "gopls").read_text() == "mine"
    assert box.run(state="absent", force=True)["changed"]


def test_absent_of_another_version_is_refused(box: Box) -> None:
    box.run(box.archive())
    assert ids(box.run(state="absent", version="1.26.0")) == ["sdk_destination_occupied"]
    assert box.run(state="absent", version="1.27.3")["changed"]


def test_removal_follows_no_link(box: Box) -> None:
    kept = box.directory / "kept"
    kept.mkdir()
    (kept / "file").write_text("mine")
    box.run(box.archive())
    (box.dest / "pkg" / "out").symlink_to(kept)
    frozen = box.dest / "pkg" / "mod"
    frozen.mkdir()
    (frozen / "x").write_text("read-only")
    frozen.chmod(0o555)
    assert box.run(state="absent")["changed"]
    assert (kept / "file").read_text() == "mine"
    assert (box.dest.exists(), box.left()) == (False, [])


# --- who uses it -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["PATH", "GOROOT", "link", "file"])
def test_an_sdk_that_is_named_is_removed_only_by_force(box: Box, how: str) -> None:
    box.run(box.archive())
    if how == "PATH":
        box.environ["PATH"] += f":{box.dest}/bin"
    elif how == "GOROOT":
        box.environ["GOROOT"] = f"{box.dest}/"
    elif how == "link":
        links = box.directory / "links"
        links.symlink_to(box.dest)
        box.environ["PATH"] += f":{links}/bin"
    else:
        box.environ["XDG_CONFIG_HOME"] = str(box.directory / "config")
        file = box.directory / "config" / "gopher-devbox" / "env.sh"
        file.parent.mkdir(parents=True)
        file.write_text(f"somebody changed this: {box.dest}/bin\n")
    assert ids(box.run(state="absent", check=True)) == ids(box.run(state="absent")) == ["sdk_in_use"]
    assert box.dest.is_dir()
    assert box.run(state="absent", force=True)["changed"]


def test_an_sdk_whose_program_runs_is_never_removed(box: Box) -> None:
    box.run(box.archive())
    with subprocess.Popen([box.dest / "bin" / "go", "300"]) as process:
        try:
            for result in (
                box.run(state="absent", force=True),
                box.run(box.archive("1.26.0"), version="1.26.0", force=True),
            ):
                assert ids(result) == ["sdk_in_use"]
                assert f"go ({process.pid})" in result["msg"]
        finally:
            process.kill()
    assert box.run(state="absent")["changed"]


def wait_for_environment(pid: int) -> None:
    """The kernel lets Popen go on a moment before a new program's environment can be read."""
    wait_for(Path(f"/proc/{pid}/environ").read_bytes, "the program's environment cannot be read")


def test_a_gopls_that_uses_it_counts(box: Box) -> None:
    box.run(box.archive())
    gopls = box.directory / "gopls"
    shutil.copy(SLEEP, gopls)
    for variables in ({"GOROOT": str(box.dest)}, {"PATH": f"/nowhere:{box.dest}/bin"}):
        with subprocess.Popen([gopls, "300"], env=variables) as process:
            try:
                wait_for_environment(process.pid)
                assert sdk_install.running(str(box.dest)) == [f"gopls ({process.pid})"]
            finally:
                process.kill()
    with subprocess.Popen([gopls, "300"], env={"PATH": "/nowhere"}) as process:
        try:
            wait_for_environment(process.pid)
            assert sdk_install.running(str(box.dest)) == []
        finally:
            process.kill()


def test_where_there_is_no_proc_ps_tells() -> None:
    text = (
        "    1 /sbin/launchd\n  77 /opt/go 1/bin/go\n 78 /opt/go 11/bin/go\n 79 go\n 80 /opt/go "
        "1/pkg/tool/darwin_arm64/compile\n"
    )
    assert sdk_install.parse_ps(text, "/opt/go 1") == ["go (77)", "compile (80)"]
    assert sdk_install.running("/nowhere", "/no-proc") == []


# --- broken off ------------------------------------------------------------------------------------------------------


def test_what_a_killed_run_left_goes_and_what_a_running_one_has_stays(box: Box) -> None:
    box.run(box.archive())
    parent = box.dest.parent
    (parent / f".{box.dest.name}.gopher-devbox-dead" / "go").mkdir(parents=True)
    (parent / ".other.gopher-devbox-dead").mkdir()
    with Aside(str(box.dest)) as aside:
        assert len(leftovers(str(box.dest))) == 1
        result = box.run(version="1.27.3", src="x", remote_src=True, checksum="none")
        assert (result["changed"], ids(result)) == (False, ["leftovers_removed"])
        assert box.left() == sorted([Path(aside.path).name, ".other.gopher-devbox-dead"])


def test_an_sdk_that_a_killed_run_took_aside_comes_back(box: Box) -> None:
    box.run(box.archive())
    aside = box.dest.parent / f".{box.dest.name}.gopher-devbox-dead"
    aside.mkdir()
    box.dest.rename(aside / "old")
    assert not box.run(version="1.27.3", src="x", remote_src=True, checksum="none")["changed"]
    assert (look(str(box.dest)).version, box.left()) == ("go1.27.3", [])


# --- everybody's -----------------------------------------------------------------------------------------------------


@pytest.mark.skipif(os.geteuid() != 0, reason="root is needed")
def test_an_sdk_for_everybody_is_roots_and_who_could_exchange_it_is_told(box: Box) -> None:
    result = box.run(box.archive(), scope="machine")
    assert all(
        place.stat().st_uid == 0 and not place.stat().st_mode & 0o022 for place in [box.dest, *box.dest.rglob("*")]
    )
    box.dest.parent.chmod(0o777)
    told = box.run(box.archive(), scope="machine")
    assert str(box.dest.parent) in next(
        finding["message"] for finding in told["findings"] if finding["id"] == "go_writable_by_users"
    )
    assert str(box.dest.parent) not in str(result["findings"])
