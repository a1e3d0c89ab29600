# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""go_env_info over Windows images, through real ansible-playbook and real hivex."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from freshimage import ARM64, program, windows, with_user
from hivemaker import with_word
from support import Playbooks
from test_sdk_posix import LOCAL
from unit.sdkarchives import checksum, files_of, pack

DEST = r"C:\Program Files\Go"
SID = "S-1-5-21-1-2-3-1001"


def must_be_valid(found: dict[str, Any]) -> None:
    schema = Path(__file__).resolve().parents[2] / "docs" / "schema" / "audit-1.json"
    jsonschema.validate(found, json.loads(schema.read_text(encoding="utf-8")))


def play(directory: Path, *tasks: dict[str, Any]) -> list[dict[str, Any]]:
    results, done = Playbooks(directory, LOCAL).tasks(list(tasks))
    assert "Traceback" not in done.stdout + done.stderr
    return results


def audit(directory: Path, **options: Any) -> dict[str, Any]:
    (result,) = play(directory, {"gopher.devbox.go_env_info": options})
    assert not result["failed"], result
    assert not result["changed"]
    must_be_valid(result["audit"])
    found: dict[str, Any] = result["audit"]
    return found


def ids(found: dict[str, Any]) -> set[str]:
    return {finding["id"] for finding in found["findings"]}


def states(found: dict[str, Any]) -> dict[tuple[str, str], str]:
    return {(medium["medium"], medium["scope"]): medium["state"] for medium in found["media"]}


def stamps(image: Path) -> dict[str, tuple[int, int]]:
    return {str(place): (place.lstat().st_mtime_ns, place.lstat().st_ino) for place in image.rglob("*")}


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """With an SDK, the machine's and the new users' variables, and one user."""
    made = windows(tmp_path / "image")
    with_user(made, SID, "alice", {"GOPROXY": "https://alice:geheim@proxy.example", "GOROOT": r"D:\Go"})
    archive = pack(tmp_path, "zip", files_of("1.27.3", program(), windows=True))
    machine = {"scope": "machine", "goroot": DEST, "variables": {"GOPROXY": "https://proxy.example"}}
    results = play(
        tmp_path,
        {
            "gopher.devbox.go_sdk": {
                "image": str(made),
                "dest": DEST,
                "src": str(archive),
                "checksum": checksum(archive),
            }
        },
        {"gopher.devbox.go_registry": {"image": str(made), **machine}},
        {"gopher.devbox.go_registry": {"image": str(made), "scope": "default_user", "gopath": [r"%USERPROFILE%\go"]}},
    )
    assert all(result["changed"] for result in results), results
    return made


def test_what_a_user_to_come_has(tmp_path: Path, image: Path) -> None:
    settings = image / "Users" / "Default" / "AppData" / "Roaming" / "go"
    settings.mkdir(parents=True)
    (settings / "env").write_bytes(b"GOSUMDB=off\nGOPROXY=direct\n")
    before = stamps(image)
    found = audit(tmp_path, image=str(image))
    assert stamps(image) == before
    assert (found["host"], found["user"]) == (str(image), "default_user")
    assert found["platform"] == {"family": "windows", "goos": "windows", "goarch": "amd64", "wsl": False}
    assert states(found) == {
        ("registry", "machine"): "read",
        ("registry", "user"): "read",
        ("journal", "machine"): "read",
        ("journal", "user"): "read",
        ("go env file", "user"): "read",
        ("go.env", "machine"): "read",
    }
    assert found["unread"] == []
    variables = found["variables"]
    assert (variables["GOROOT"]["value"], variables["GOROOT"]["layer"]) == (DEST, "machine")
    assert variables["GOROOT"]["managed"]
    assert [layer["layer"] for layer in variables["GOPROXY"]["shadows"]][:1] == ["go env file"]
    assert variables["GOSUMDB"]["file"]["path"] == r"C:\Users\Default\AppData\Roaming\go\env"
    gopath = variables["GOPATH"]
    assert (gopath["known"], gopath["value"], gopath["raw"]) == (False, "", r"%USERPROFILE%\go")
    assert "GOMODCACHE" not in variables  # nobody knows where it will be
    assert not [one for one in variables.values() if one["known"] and "%" in one["value"]]
    assert (found["go"]["version"], found["go"]["root"]) == ("go1.27.3", DEST)
    (sdk,) = found["sdks"]
    assert (sdk["root"], sdk["version"], sdk["goarch"], sdk["runs"], sdk["first"]) == (
        DEST,
        "go1.27.3",
        "amd64",
        "native",
        True,
    )
    places = {entry["entry"]: entry for entry in found["path"]}
    assert places[DEST + r"\bin"]["exists"]
    assert (places[r"%USERPROFILE%\go\bin"]["directory"], places[r"%USERPROFILE%\go\bin"]["exists"]) == ("", None)
    assert "goroot_missing" not in ids(found)


def test_what_a_user_has(tmp_path: Path, image: Path) -> None:
    for name in ("alice", SID):
        found = audit(tmp_path, image=str(image), user=name)
        assert found["user"] == SID
        variables = found["variables"]
        assert variables["GOROOT"]["value"] == "D:\\Go"
        assert variables["GOROOT"]["layer"] == "user"
        assert [held["value"] for held in variables["GOROOT"]["shadows"]] == [DEST]
        assert "geheim" not in str(found)
        assert variables["GOPROXY"]["secret"]
        assert variables["GOMODCACHE"]["value"] == r"C:\Users\alice\go\pkg\mod"
        (directory,) = [one for one in found["directories"] if one["variable"] == "GOROOT"]
        assert directory["exists"] is None  # drive D: is not in the image
        assert "goroot_missing" not in ids(found)


def test_what_is_wrong(tmp_path: Path, image: Path) -> None:
    other = image / "Go1.21"
    (other / "bin").mkdir(parents=True)
    (other / "VERSION").write_text("go1.21.13\n", encoding="ascii")
    (other / "bin" / "go.exe").write_bytes(program(ARM64))
    (image / "Program Files" / "Go" / "bin" / "go.exe").unlink()
    play(tmp_path, {"gopher.devbox.go_registry": {"image": str(image), "scope": "machine", "path": [r"C:\Tools"]}})
    found = audit(tmp_path, image=str(image))
    subjects = {(finding["id"], finding["subject"]) for finding in found["findings"]}
    assert {
        ("sdk_other_architecture", r"C:\Go1.21"),
        ("path_likely_writable", r"C:\Tools"),
        ("goroot_missing", DEST),
    } <= subjects


def test_what_could_not_be_read_is_unknown(tmp_path: Path, image: Path) -> None:
    default = image / "Users" / "Default" / "NTUSER.DAT"
    data = default.read_bytes()
    default.write_bytes(with_word(data, 8, 4711))
    found = audit(tmp_path, image=str(image))
    assert states(found)["registry", "user"] == "damaged"
    assert [medium["scope"] for medium in found["unread"]] == ["user"]
    assert found["variables"]["GOROOT"]["value"] == DEST
    assert "GOPATH" not in found["variables"]
    assert audit(tmp_path, image=str(image), user="nobody")["unread"]
    assert default.read_bytes() == with_word(data, 8, 4711)


def test_several_images_and_files_alone(tmp_path: Path, image: Path) -> None:
    second = windows(tmp_path / "second")
    several, wrong, alone, both = play(
        tmp_path,
        {"gopher.devbox.go_env_info": {"image": [str(image), str(second)]}},
        {"gopher.devbox.go_env_info": {"image": [str(image), str(tmp_path / "home")]}},
        {
            "gopher.devbox.go_env_info": {
                "hives": {
                    "system": str(image / "Windows/System32/config/SYSTEM"),
                    "user": str(image / "Users/Default/NTUSER.DAT"),
                }
            }
        },
        {"gopher.devbox.go_env_info": {"image": str(image), "hives": {"user": "/x"}}},
    )
    assert [item["audit"]["host"] for item in several["images"]] == [str(image), str(second)], several
    assert [bool(item["audit"]["sdks"]) for item in several["images"]] == [True, False]
    assert wrong["failed"]
    assert wrong["images"][0]["audit"]["sdks"]
    assert "holds no Windows" in wrong["msg"]
    must_be_valid(alone["audit"])
    assert alone["audit"]["variables"]["GOROOT"]["value"] == DEST
    assert {entry["exists"] for entry in alone["audit"]["path"]} == {None}
    assert both["failed"]
    assert os.path.isdir(image)
