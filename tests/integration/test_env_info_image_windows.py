# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""go_env_info over Windows images in a directory of a Windows host, and the same images on this machine."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ADMIN
from freshimage import program, windows, with_user
from hivemaker import make, with_word
from images import Runner, ntuser
from support import Counting, Playbooks, transport_to
from test_env_info_image import must_be_valid
from unit.sdkarchives import files_of
from winhost import Account, WinHost
from winhost.hivefile import make_hive, read_hive

from ansible_collections.gopher.devbox.plugins.module_utils._media.windows_host import over
from ansible_collections.gopher.devbox.plugins.module_utils._run import env_info, env_info_mounted, registry

pytestmark = pytest.mark.windows

SIDS = ADMIN.sid.rpartition("-")[0]
OLGA = Account("olga", "Passw0rd-olga", f"{SIDS}-1106", elevated=False, administrator=False)
SID = "S-1-5-21-1-2-3-1001"
MOUNT, SECOND = r"C:\mount", r"C:\second"
DEST = r"C:\Program Files\Go"
SECRET = "geheim"


@pytest.fixture(scope="module")
def shared() -> Iterator[WinHost]:
    with WinHost.start((ADMIN, OLGA), go=()) as host:
        yield host


def place(host: WinHost, path: str = MOUNT) -> Path:
    return host.prefix.unix_path("C:\\") / path[3:]


@pytest.fixture(scope="module")
def image(shared: WinHost, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One with an SDK, the machine's and new users' variables, and one user."""
    made = windows(place(shared))
    with_user(made, SID, "alice", {"GOPROXY": f"https://alice:{SECRET}@proxy.example", "GOROOT": r"D:\Go"})
    (made / "Users" / "bob").mkdir()  # ProfileList does not have it
    shutil.copy(made / "Users" / "alice" / "NTUSER.DAT", made / "Users" / "bob")
    unpack(made / "Program Files", "1.27.3")
    settings = made / "Users" / "Default" / "AppData" / "Roaming" / "go"
    settings.mkdir(parents=True)
    (settings / "env").write_bytes(b"GOSUMDB=off\nGOPROXY=direct\n")
    machine = {"scope": "machine", "goroot": DEST, "variables": {"GOPROXY": "https://proxy.example"}}
    for options in (machine, {"scope": "default_user", "gopath": [r"%USERPROFILE%\go"]}):
        assert manage(shared, **options)["changed"]
    return Path(shutil.move(made, tmp_path_factory.mktemp("image") / "mount"))


@pytest.fixture
def box(shared: WinHost, image: Path) -> Iterator[WinHost]:
    """A host with that image, of which nothing is loaded at the end."""
    for path in (MOUNT, SECOND):
        shutil.rmtree(place(shared, path), ignore_errors=True)
    shutil.copytree(image, place(shared))
    yield shared
    said = shared.prefix.run(r"C:\windows\system32\reg.exe query HKLM").stdout
    said += shared.prefix.run(r"C:\windows\system32\reg.exe query HKU").stdout
    assert b"gopher-devbox" not in said
    assert not list(shared.prefix.unix_path(r"C:\ProgramData").glob("gopher-devbox-lock-*"))


def unpack(directory: Path, version: str) -> None:
    for name, (data, _mode) in files_of(version, program(), windows=True).items():
        file = directory / name.replace("go/", "Go/", 1)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)


def manage(host: WinHost, **options: Any) -> dict[str, Any]:
    params = {name: spec.get("default") for name, spec in registry.ARGUMENT_SPEC.items()} | {"image": [MOUNT]}
    return over(registry.run)(params | options, lambda: transport_to(host), False, False)


def info(host: WinHost, account: Account | None = None, check: bool = False, **options: Any) -> dict[str, Any]:
    params = {name: spec.get("default") for name, spec in env_info.ARGUMENT_SPEC.items()} | {"image": [MOUNT]}
    transport = Counting(transport_to(host, account))
    found: dict[str, Any] = over(env_info_mounted.run)(params | options, lambda: transport, check, False)
    assert found["changed"] is False, found
    return {**found, "commands": transport.commands}


def audit(host: WinHost, account: Account | None = None, **options: Any) -> dict[str, Any]:
    found = info(host, account, **options)
    assert not found.get("failed"), found
    must_be_valid(found["audit"])
    document: dict[str, Any] = found["audit"]
    return document


@pytest.fixture(scope="module")
def linux() -> Iterator[Runner]:
    """This machine, as a Linux host that looks at images."""
    runner = Runner()
    yield runner
    runner.close()


def on_linux(linux: Runner, image: Path, **options: Any) -> dict[str, Any]:
    """The document of the same image there."""
    given = options if "hives" in options else {"image": [str(image)], **options}
    result = linux.run("go_env_info", **given)
    assert not result.get("failed"), result
    found: dict[str, Any] = result["audit"]
    return found


def plain(document: dict[str, Any], image: str) -> Any:
    """A document without what depends on the host that looks: the time, and how it calls the image and its files."""
    text = json.dumps({**document, "taken": "", "host": "IMAGE"})
    text = text.replace(json.dumps(image)[1:-1], "IMAGE")
    found = json.loads(text)
    for medium in (*found["media"], *found["unread"]):
        medium["place"] = medium["place"].replace("\\", "/") if medium["place"].startswith("IMAGE") else medium["place"]
        medium["reason"] = bool(medium["reason"])
    return found


def bytes_of(image: Path) -> dict[str, bytes]:
    return {str(file.relative_to(image)): file.read_bytes() for file in image.rglob("*") if file.is_file()}


@pytest.mark.parametrize("user", [None, "alice", SID, "bob", "nobody"])
def test_the_document_is_that_of_a_linux_host(box: WinHost, linux: Runner, user: str | None) -> None:
    options = {"user": user} if user else {}
    before = bytes_of(place(box))
    found = audit(box, **options)
    assert bytes_of(place(box)) == before
    there = on_linux(linux, place(box), **options)
    assert plain(found, MOUNT) == plain(there, str(place(box)))
    assert found["host"] == MOUNT
    assert found["variables"]["GOROOT"]["value"] == (r"D:\Go" if user in ("alice", "bob", SID) else DEST)
    assert SECRET not in str(found)
    assert found["sdks"][0]["version"] == "go1.27.3"
    assert ("registry" in {medium["medium"] for medium in found["unread"]}) is (user == "nobody")


def damaged(file: Path) -> None:
    file.write_bytes(with_word(file.read_bytes(), 8, 4711))


def without_path(file: Path) -> None:
    held = read_hive(file)
    make_hive(file, {key: {n: v for n, v in values.items() if n != "Path"} for key, values in held.items()})


def swapped(file: Path) -> None:
    file.write_bytes(make(ntuser()))


@pytest.mark.parametrize(
    ("file", "spoil", "scopes"),
    [
        ("Users/Default/NTUSER.DAT", damaged, {"user"}),
        ("Users/Default/NTUSER.DAT", Path.unlink, set()),
        ("Windows/System32/config/SYSTEM", damaged, {"machine"}),
        ("Windows/System32/config/SYSTEM", Path.unlink, set()),
        ("Windows/System32/config/SYSTEM", swapped, {"machine"}),
        ("Windows/System32/config/SYSTEM", without_path, {"machine"}),
        ("Windows/System32/config/SOFTWARE", damaged, {"machine", "user"}),
    ],
)
def test_what_cannot_be_read_is_unknown(
    box: WinHost, linux: Runner, file: str, spoil: Callable[[Path], None], scopes: set[str]
) -> None:
    """What the others hold is known all the same, and a file that is missing is not made."""
    spoil(place(box) / file)
    before = bytes_of(place(box))
    found = audit(box)
    assert bytes_of(place(box)) == before
    there = on_linux(linux, place(box))
    if file.endswith("SYSTEM"):  # the processor is then known by a program, which is read on a Linux host only
        assert found["platform"].pop("goarch") is None
        assert there["platform"].pop("goarch") == "amd64"
        assert [one["sdks"][0].pop("runs") for one in (found, there)] == ["unknown", "native"]
    assert plain(found, MOUNT) == plain(there, str(place(box)))
    assert {medium["scope"] for medium in found["unread"] if medium["medium"] == "registry"} == scopes


def test_who_may_write(box: WinHost) -> None:
    """As icacls.exe has it, which is asked only then."""
    (place(box) / "Missing").mkdir()
    asked = {entry["entry"]: entry["writable"] for entry in audit(box, acl=True)["path"]}
    known = {entry["entry"]: entry["writable"] for entry in audit(box)["path"]}
    assert asked[rf"{DEST}\bin"] in ("yes", "no")
    assert (known[rf"{DEST}\bin"], known[r"C:\Missing"]) == ("unknown", "likely")
    assert asked[r"D:\tools"] == known[r"D:\tools"]


def test_a_hive_that_stays_loaded(box: WinHost) -> None:
    """It is an error, and the next run unloads it."""
    box.prefix.hive_busy(True)
    stuck = info(box)
    box.prefix.hive_busy(0)
    assert stuck["failed"], stuck
    assert "could not be unloaded" in stuck["msg"]
    again = info(box)
    assert "failed" not in again
    assert "hive_left_loaded" in [finding["id"] for finding in again["audit"]["findings"]]
    assert again["commands"] == 4  # one unloads what was left


def test_commands(box: WinHost) -> None:
    """Three; one more where the user's file is not known before SOFTWARE was read. A second run has the same."""
    first, again, checked = info(box), info(box), info(box, check=True)
    assert [found["commands"] for found in (first, again, checked, info(box, user=SID))] == [3, 3, 3, 4]
    for found in (again, checked):
        assert {**found["audit"], "taken": ""} == {**first["audit"], "taken": ""}


def test_several_images(box: WinHost) -> None:
    """One that is none does not keep the others from being looked at."""
    windows(place(box, SECOND))
    both = info(box, image=[MOUNT, SECOND])
    assert [bool(one["audit"]["sdks"]) for one in both["images"]] == [True, False], both
    wrong = info(box, image=[r"C:\nothing", MOUNT, rf"{MOUNT}\Windows"])
    assert [one["image"] for one in wrong["images"]] == [r"C:\nothing", MOUNT, rf"{MOUNT}\Windows"]
    assert [bool(one.get("failed")) for one in wrong["images"]] == [True, False, True], wrong
    for said in (r"C:\nothing is not a directory", rf"{MOUNT}\Windows holds no Windows", rf"above it, {MOUNT}."):
        assert said in wrong["msg"]
    assert SECRET not in str(wrong)


def test_files_one_by_one(box: WinHost, linux: Runner) -> None:
    files = {"system": "Windows/System32/config/SYSTEM", "user": "Users/alice/NTUSER.DAT"}
    hives = {name: rf"{MOUNT}\{file}".replace("/", "\\") for name, file in files.items()}
    found = audit(box, image=None, hives=hives)
    there = on_linux(linux, place(box), hives={name: str(place(box) / file) for name, file in files.items()})
    texts = [json.dumps({**one, "media": [], "unread": [], "host": "", "taken": ""}) for one in (found, there)]
    assert texts[0] == texts[1]
    states = [[(medium["medium"], medium["state"]) for medium in one["media"]] for one in (found, there)]
    assert states[0] == states[1]
    assert found["variables"]["GOROOT"]["value"] == "D:\\Go"
    lost = {"user": rf"{MOUNT}\Users\nobody\NTUSER.DAT"}
    assert {medium["scope"] for medium in audit(box, image=None, hives=lost)["unread"]} >= {"machine", "user"}


def test_options_and_rights(box: WinHost) -> None:
    ordinary = audit(box, OLGA)
    states = {medium["state"] for medium in ordinary["unread"] if medium["medium"] == "registry"}
    assert states == {"denied"}
    for wrong in (
        {"image": []},
        {"image": ["mount"]},
        {"image": [r"C:\a%b"]},
        {"image": [MOUNT, MOUNT.upper()]},
        {"hives": {"user": r"C:\x"}},
        {"project": r"C:\p"},
        {"distros": "all"},
    ):
        assert info(box, **wrong)["failed"]


def test_through_ansible(box: WinHost, tmp_path: Path) -> None:
    """The plugin chooses the way, and each document keeps the name of its image."""
    host = Playbooks(tmp_path, box.ansible_vars())
    task = {"gopher.devbox.go_env_info": {"image": [MOUNT, r"C:\nothing"]}}
    (found,), done = host.tasks([task], "--check")
    assert "Traceback" not in done.stdout + done.stderr
    assert SECRET not in done.stdout + str(found)
    assert found["failed"], found
    assert found["images"][0]["audit"]["host"] == MOUNT
    assert "holds no Windows" not in found["msg"]
    assert r"C:\nothing is not a directory" in found["msg"]
