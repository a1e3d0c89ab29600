# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""go_sdk in Windows images on a POSIX build host, through real ansible-playbook."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from freshimage import ARM64, needs, ntfs, program, wim, windows, with_user
from support import Playbooks
from test_sdk_posix import LOCAL, climb
from unit.plugins.module_utils._formats.test_descriptors import PROGRAM_FILES, descriptor
from unit.sdkarchives import checksum, files_of, pack

from ansible_collections.gopher.devbox.plugins.module_utils._formats.descriptors import writers
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.attributes import read_attribute

DEST = r"C:\Program Files\Go"


def tree(directory: Path) -> dict[str, bytes]:
    return {
        str(place.relative_to(directory)): place.read_bytes() if place.is_file() else b""
        for place in directory.rglob("*")
    }


def options(archive: Path, image: Any, **more: Any) -> dict[str, Any]:
    return {"image": image, "dest": DEST, "src": str(archive), "checksum": checksum(archive), **more}


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return pack(tmp_path, "zip", files_of("1.27.3", program(), windows=True))


def test_ladder(tmp_path: Path, archive: Path) -> None:
    image = windows(tmp_path / "image", system32="WINDOWS/system32")
    (image / "Program Files").rename(image / "PROGRAM FILES")
    newer = pack(tmp_path, "zip", files_of("1.28.0", program(), windows=True), "newer.zip")
    posix = pack(tmp_path, "tar.gz", files_of("1.27.3", Path("/bin/true").resolve().read_bytes()))
    arm = pack(tmp_path, "zip", files_of("1.27.3", program(ARM64), windows=True), "arm.zip")
    empty = pack(tmp_path, "zip", files_of("1.27.3", b"no program", windows=True), "empty.zip")
    first = options(archive, str(image))
    found, said = climb(
        tmp_path,
        [
            ("no windows", options(archive, str(tmp_path / "home")), False),
            ("nothing", options(archive, []), False),
            ("another drive", options(archive, str(image), dest=r"D:\Go"), False),
            ("a posix path", options(archive, str(image), dest="/opt/go"), False),
            ("another system", options(posix, str(image)), False),
            ("another processor", options(arm, str(image)), False),
            ("no program", options(empty, str(image)), False),
            ("bad checksum", options(archive, str(image), checksum="sha256:" + "0" * 64), False),
            ("check", first, True),
            ("apply", first, False),
            ("again", first, False),
            ("on the host", {**first, "remote_src": True, "version": "1.27.3"}, False),
            ("occupied", options(newer, str(image)), False),
            ("upgrade", options(newer, str(image), force=True), False),
            ("outside", options(archive, str(image), dest=r"C:\Go"), False),
            ("absent check", {"image": str(image), "dest": DEST, "state": "absent"}, True),
            ("absent", {"image": str(image), "dest": DEST, "state": "absent"}, False),
            ("absent again", {"image": str(image), "dest": DEST, "state": "absent"}, False),
        ],
    )
    assert [name for name, result in found.items() if result["failed"]] == [
        "no windows",
        "nothing",
        "another drive",
        "a posix path",
        "another system",
        "another processor",
        "no program",
        "bad checksum",
        "occupied",
    ], said
    assert "Traceback" not in said
    assert [name for name, result in found.items() if result["changed"]] == [
        "check",
        "apply",
        "upgrade",
        "outside",
        "absent check",
        "absent",
    ], said
    assert found["check"]["diff"] == found["apply"]["diff"]
    assert found["apply"]["after"] == "go1.27.3"
    assert (found["upgrade"]["before"], found["upgrade"]["after"]) == ("go1.27.3", "go1.28.0")
    assert found["apply"]["image"] == str(image)
    assert [result["image"] for result in found["apply"]["images"]] == [str(image)]
    assert [finding["id"] for finding in found["another processor"]["findings"]] == ["sdk_archive_refused"]
    assert "holds no Windows" in found["no windows"]["msg"]
    assert [finding["id"] for finding in found["outside"]["findings"]] == ["go_writable_by_users"]
    assert not found["apply"]["findings"]
    assert sorted(os.listdir(image)) == ["Go", "PROGRAM FILES", "Users", "WINDOWS"]
    assert os.listdir(image / "PROGRAM FILES") == []
    assert (image / "Go" / "bin" / "go.exe").read_bytes() == program()


def test_the_failure_of_one_image_does_not_stop_the_others(tmp_path: Path, archive: Path) -> None:
    images = [windows(tmp_path / name) for name in ("first", "broken", "third")]
    target = images[1] / "Program Files" / "Go"
    target.mkdir()
    (target / "notes.txt").write_text("mine", encoding="utf-8")
    before = tree(images[1])
    found, said = climb(tmp_path, [("apply", options(archive, [str(image) for image in images]), False)])
    result = found["apply"]
    assert result["failed"], said
    assert result["changed"]
    assert [bool(item.get("failed")) for item in result["images"]] == [False, True, False]
    assert [item["image"] for item in result["images"]] == [str(image) for image in images]
    assert str(images[1]) in result["msg"]
    assert str(images[0]) not in result["msg"]
    told = [finding for finding in result["findings"] if finding["image"] == str(images[1])]
    assert len(told) == len({finding["message"] for finding in told}) > 0
    assert tree(images[1]) == before
    for image in (images[0], images[2]):
        assert (image / "Program Files" / "Go" / "bin" / "go.exe").is_file()


def test_what_the_registry_names_is_not_removed(tmp_path: Path, archive: Path) -> None:
    image = windows(tmp_path / "image")
    with_user(image, "S-1-5-21-1-2-3-1001", "alice", {"GOROOT": r"%ProgramFiles%\go"})
    absent = {"image": str(image), "dest": DEST, "state": "absent"}
    registry = {"image": str(image), "scope": "default_user", "goroot": DEST}
    tasks = [
        {"gopher.devbox.go_sdk": options(archive, str(image))},
        {"gopher.devbox.go_sdk": absent},
        {"gopher.devbox.go_registry": registry},
        {"gopher.devbox.go_sdk": absent, "check_mode": True},
        {"gopher.devbox.go_sdk": {**absent, "force": True}},
    ]
    (applied, first, managed, second, forced), done = Playbooks(tmp_path, LOCAL).tasks(tasks)
    assert applied["changed"], done.stdout
    assert managed["changed"], done.stdout
    assert first["failed"]
    assert [finding["id"] for finding in first["findings"]] == ["sdk_in_use"]
    assert "used by GOROOT of alice." in first["msg"]
    assert second["failed"]
    assert "used by GOROOT of users to come, PATH of users to come, GOROOT of alice." in second["msg"]
    assert forced["changed"]


def test_no_link_leads_out_of_the_image(tmp_path: Path, archive: Path) -> None:
    image = windows(tmp_path / "image")
    outside = tmp_path / "outside"
    outside.mkdir()
    (image / "Links").symlink_to(outside)
    found, said = climb(tmp_path, [("apply", options(archive, str(image), dest=r"C:\links\Go"), False)])
    assert found["apply"]["failed"], said
    assert "is a link" in found["apply"]["msg"]
    assert not list(outside.iterdir())


def test_what_a_killed_run_left_is_removed(tmp_path: Path, archive: Path) -> None:
    image = windows(tmp_path / "image")
    left = image / "Program Files" / ".Go.gopher-devbox-0123abcd"
    (left / "go" / "bin").mkdir(parents=True)
    found, said = climb(tmp_path, [("apply", options(archive, str(image)), False)])
    assert found["apply"]["changed"], said
    assert [finding["id"] for finding in found["apply"]["findings"]] == ["leftovers_removed"]
    assert os.listdir(image / "Program Files") == ["Go"]


@needs("mkntfs", "ntfs-3g", "fusermount")
def test_on_ntfs_it_has_the_permissions_that_windows_gives(tmp_path: Path, archive: Path) -> None:
    with ntfs(tmp_path) as top:
        image = windows(top)
        os.setxattr(image / "Program Files", "system.ntfs_acl", descriptor(PROGRAM_FILES))  # longer than 128 bytes
        found, said = climb(
            tmp_path,
            [
                ("apply", options(archive, str(image)), False),
                ("again", options(archive, str(image)), False),
                ("outside", options(archive, str(image), dest=r"C:\Go"), False),
                ("again outside", options(archive, str(image), dest=r"C:\Go"), False),
            ],
        )
        assert [result["changed"] for result in found.values()] == [True, False, True, False], said
        made = [image / "Program Files" / "Go", *(image / "Program Files" / "Go").rglob("*")]
        assert len(made) > 10
        assert {name for place in made for name in writers(read_attribute(place, "system.ntfs_acl"))} == set()
        assert not found["apply"]["findings"]
        assert not found["again"]["findings"]
        for name in ("outside", "again outside"):
            (finding,) = found[name]["findings"]
            assert finding["id"] == "go_writable_by_users"
            assert "Authenticated Users can write to C:\\Go" in finding["message"]


@needs("wimlib-imagex", "fusermount")
def test_in_a_mounted_wim(tmp_path: Path, archive: Path) -> None:
    file = tmp_path / "install.wim"
    windows(tmp_path / "source")
    capture = ["wimlib-imagex", "capture", str(tmp_path / "source"), str(file), "Windows", "--compress=none"]
    subprocess.run(capture, check=True, capture_output=True)
    newer = pack(tmp_path, "zip", files_of("1.28.0", program(), windows=True), "newer.zip")
    for number, (source, force, changed) in enumerate(
        [(archive, False, True), (archive, False, False), (newer, True, True)]
    ):
        with wim(file, tmp_path / f"mount{number}") as image:
            found, said = climb(tmp_path, [("apply", options(source, str(image), force=force), False)])
        assert found["apply"]["changed"] is changed, said
    subprocess.run(["wimlib-imagex", "apply", str(file), "1", str(tmp_path / "out")], check=True, capture_output=True)
    assert os.listdir(tmp_path / "out" / "Program Files") == ["Go"]
    assert (tmp_path / "out" / "Program Files" / "Go" / "VERSION").read_text(encoding="ascii").startswith("go1.28.0\n")
    assert (tmp_path / "out" / "Program Files" / "Go" / "bin" / "go.exe").read_bytes() == program()
