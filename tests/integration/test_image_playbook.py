# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook image and its role go_image, over fresh Windows images on this machine."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from freshimage import needs, ntfs, program, windows
from hivedump import dump
from support import Playbooks
from unit.plugins.module_utils._formats.test_descriptors import PROGRAM_FILES, descriptor
from unit.sdkarchives import checksum, files_of, pack

from ansible_collections.gopher.devbox.plugins.module_utils._formats.descriptors import writers
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.attributes import read_attribute

ENVIRONMENT = r"ControlSet002\Control\Session Manager\Environment"


class Bench:
    """A build host: this machine, without an inventory."""

    def __init__(self, directory: Path, images: list[Path] | None = None) -> None:
        self.directory = directory
        self.images = images or [windows(directory / name) for name in ("first", "second")]
        self.playbooks = Playbooks(directory, {})
        archive = pack(directory, "zip", files_of("1.27.3", program(), windows=True))
        self.variables: dict[str, Any] = {
            "go_image_images": [str(image) for image in self.images],
            "go_image_sdk": {"src": str(archive), "checksum": checksum(archive)},
            "go_image_machine": {"variables": {"GOPROXY": "https://proxy.example"}},
            "go_image_default_user": {"gopath": [r"%USERPROFILE%\go"]},
        }

    def run(self, *arguments: str, **variables: Any) -> tuple[str, subprocess.CompletedProcess[str]]:
        """(ok, changed and failed of the recap, the process)"""
        file = self.directory / "image.json"
        file.write_text(json.dumps({**self.variables, **variables}), encoding="utf-8")
        done = self.playbooks.run("-e", f"@{file}", *arguments, playbook="gopher.devbox.image")
        line = next((line for line in done.stdout.splitlines() if line.startswith("localhost")), "")
        found = dict(word.split("=") for word in line.split() if "=" in word)
        return " ".join(found.get(name, "?") for name in ("changed", "failed")), done

    def files(self) -> dict[str, bytes]:
        return {
            str(place.relative_to(self.directory)): place.read_bytes() if place.is_file() else b""
            for image in self.images
            for place in image.rglob("*")
        }


def texts(file: Path, key: str) -> dict[str, str]:
    """By a reader of hives that shares nothing with the code."""
    found = dump(file).get(key, {"values": []})
    return {name: data.decode("utf-16-le").rstrip("\0") for name, kind, data in found["values"] if kind in (1, 2)}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_fresh_image_is_complete_after_one_play(bench: Bench) -> None:
    before = bench.files()
    said, done = bench.run("--check")
    assert said == "2 0", done.stdout + done.stderr
    assert bench.files() == before
    said, done = bench.run()
    assert said == "2 0", done.stdout + done.stderr
    for image in bench.images:
        assert (image / "Program Files" / "Go" / "bin" / "go.exe").read_bytes() == program()
        machine = texts(image / "Windows/System32/config/SYSTEM", ENVIRONMENT)
        assert machine["GOROOT"] == r"C:\Program Files\Go"
        assert machine["GOPROXY"] == "https://proxy.example"
        assert machine["Path"].startswith(r"C:\Program Files\Go\bin;")
        default = texts(image / "Users/Default/NTUSER.DAT", "Environment")
        assert default["GOPATH"] == r"%USERPROFILE%\go"
        assert default["Path"].startswith(r"%USERPROFILE%\go\bin;")
    after = bench.files()
    for arguments in ((), ("--check",)):
        said, done = bench.run(*arguments)
        assert said == "0 0", done.stdout + done.stderr
        assert bench.files() == after


def test_absent_takes_all_of_it_away(bench: Bench) -> None:
    assert bench.run()[0] == "2 0"
    said, done = bench.run("--check", go_image_state="absent")
    assert said == "1 0", done.stdout + done.stderr
    said, done = bench.run(go_image_state="absent")
    assert said == "2 0", done.stdout + done.stderr
    for image in bench.images:
        assert not (image / "Program Files" / "Go").exists()
        assert "GOROOT" not in texts(image / "Windows/System32/config/SYSTEM", ENVIRONMENT)
        assert "GOPATH" not in texts(image / "Users/Default/NTUSER.DAT", "Environment")
    assert bench.run(go_image_state="absent")[0] == "0 0"


def test_the_failure_of_one_image_does_not_stop_the_other(bench: Bench) -> None:
    hive = bench.images[0] / "Windows/System32/config/SYSTEM"
    data = bytearray(hive.read_bytes())
    data[8] ^= 1  # dirty
    hive.write_bytes(data)
    said, done = bench.run()
    assert said == "2 1", done.stdout + done.stderr
    assert done.returncode == 2
    assert str(bench.images[0]) in done.stdout
    assert hive.read_bytes() == data
    machine = texts(bench.images[1] / "Windows/System32/config/SYSTEM", ENVIRONMENT)
    assert machine["GOROOT"] == r"C:\Program Files\Go"


def test_an_image_without_its_sdk_does_not_keep_another_from_its_environment(bench: Bench) -> None:
    """The reason of each image comes in the end: of one the SDK failed, of another the environment."""
    third = windows(bench.directory / "third")
    occupied = bench.images[0] / "Program Files" / "Go" / "mine"
    occupied.parent.mkdir()
    occupied.write_text("somebody's")
    hive = third / "Windows/System32/config/SYSTEM"
    hive.write_bytes(hive.read_bytes()[:8] + b"\xff" + hive.read_bytes()[9:])  # dirty
    images = [*map(str, bench.images), str(third)]
    said, done = bench.run(go_image_images=images)
    assert said.endswith(" 1"), done.stdout + done.stderr
    assert done.returncode == 2
    assert "GOROOT" not in texts(bench.images[0] / "Windows/System32/config/SYSTEM", ENVIRONMENT)
    assert texts(bench.images[1] / "Windows/System32/config/SYSTEM", ENVIRONMENT)["GOROOT"] == r"C:\Program Files\Go"
    assert (bench.images[1] / "Program Files/Go/bin/go.exe").is_file()
    reasons = bench.playbooks.results()[-1]["msg"]
    assert all(image in reasons for image in (images[0], images[2])), reasons
    assert images[1] not in reasons
    said, done = bench.run(go_image_images=images, go_image_state="absent")
    assert done.returncode == 2
    assert not (bench.images[1] / "Program Files" / "Go").exists()
    assert (third / "Program Files" / "Go").exists()
    assert occupied.is_file()


def test_options_that_no_image_can_have_fail_before_any(bench: Bench) -> None:
    before = bench.files()
    said, done = bench.run(go_image_sdk={"src": "nowhere.zip", "checksum": "none"})
    assert said == "0 1", done.stdout + done.stderr
    assert "nowhere.zip" in bench.playbooks.results()[-1]["msg"]
    assert bench.files() == before


@needs("mkntfs", "ntfs-3g", "fusermount")
def test_on_ntfs_what_is_replaced_keeps_its_permissions(tmp_path: Path) -> None:
    long = descriptor(PROGRAM_FILES)
    assert len(long) > 128  # more than Python makes room for at first
    with ntfs(tmp_path) as top:
        image = windows(top)
        hives = [image / "Windows/System32/config" / name for name in ("SYSTEM", "SOFTWARE")]
        hives.append(image / "Users/Default/NTUSER.DAT")
        for place in (image / "Program Files", *hives):
            os.setxattr(place, "system.ntfs_acl", long)
        bench = Bench(tmp_path, [image])
        said, done = bench.run()
        assert said == "2 0", done.stdout + done.stderr
        assert {read_attribute(place, "system.ntfs_acl") for place in hives} == {long}
        assert writers(read_attribute(image / "Program Files/Go/bin/go.exe", "system.ntfs_acl")) == []
        assert texts(hives[0], ENVIRONMENT)["GOROOT"] == r"C:\Program Files\Go"
        assert bench.run()[0] == "0 0"


@needs("wimlib-imagex", "fusermount")
def test_the_steps_for_a_wim(tmp_path: Path) -> None:
    """Those of docs/imaging.md, as they are there."""
    page = (Path(__file__).resolve().parents[2] / "docs" / "imaging.md").read_text(encoding="utf-8")
    section = page[page.index("## A WIM") :]
    (playbook, steps) = (re.findall(rf"```{kind}\n(.*?)```", section, re.DOTALL)[0] for kind in ("yaml", "sh"))
    (tmp_path / "wim.yml").write_text(playbook, encoding="utf-8")
    source, wim = windows(tmp_path / "source"), tmp_path / "install.wim"
    capture = ["wimlib-imagex", "capture", str(source), str(wim), "Windows", "--compress=none"]
    subprocess.run(capture, check=True, capture_output=True)
    archive = pack(tmp_path, "zip", files_of("1.27.3", program(), windows=True))
    names = {
        "wim": wim,
        "index": 1,
        "hives": tmp_path / "hives",
        "mount": tmp_path / "mount",
        "archive": archive,
        "checksum": checksum(archive),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    environment = Playbooks(tmp_path, {}).environment() | {name: str(value) for name, value in names.items()}
    done = subprocess.run(
        ["/bin/bash", "-c", steps], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    out = tmp_path / "out"
    subprocess.run(["wimlib-imagex", "apply", str(wim), "1", str(out)], check=True, capture_output=True)
    assert texts(out / "Windows/System32/config/SYSTEM", ENVIRONMENT)["GOROOT"] == r"C:\Program Files\Go"
    assert texts(out / "Users/Default/NTUSER.DAT", "Environment")["GOPATH"] == r"%USERPROFILE%\go"
    assert (out / "Program Files" / "Go" / "bin" / "go.exe").read_bytes() == program()
    assert sorted(place.name for place in (out / "Windows/System32/config").iterdir()) == ["SOFTWARE", "SYSTEM"]
