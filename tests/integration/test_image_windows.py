# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Windows that is not running, in a directory of a Windows host: its files are loaded for one command."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ADMIN
from support import MACHINE, Counting, go_registry, go_registry_as, transport_to, user_key
from winhost import Account, WinHost
from winhost.hivefile import make_dirty, make_hive, read_hive

from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_pending import Pending
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_pieces import continuation
from ansible_collections.gopher.devbox.plugins.module_utils._media.windows_host import over
from ansible_collections.gopher.devbox.plugins.module_utils._run import env_layers, env_mounted, registry

pytestmark = pytest.mark.windows

SIDS = ADMIN.sid.rpartition("-")[0]
OLGA = Account("olga", "Passw0rd-olga", f"{SIDS}-1106", elevated=False, administrator=False)
BOB = "S-1-5-21-11-22-33-1001"
MOUNT = r"C:\mount"
ENVIRONMENT = r"ControlSet002\Control\Session Manager\Environment"
PROFILES = r"Microsoft\Windows NT\CurrentVersion\ProfileList"
GOPATH = r"%USERPROFILE%\go"
FILES = {
    "SYSTEM": "Windows/System32/config/SYSTEM",
    "SOFTWARE": "Windows/System32/config/SOFTWARE",
    "bob": "Users/bob/NTUSER.DAT",
    "Default": "Users/Default/NTUSER.DAT",
}


@pytest.fixture(scope="module")
def shared() -> Iterator[WinHost]:
    with WinHost.start((ADMIN, OLGA), go=()) as host:
        yield host


def text(data: str, kind: int = 1) -> tuple[int, bytes]:
    return kind, (data + "\0").encode("utf-16-le")


@pytest.fixture
def box(shared: WinHost) -> Iterator[WinHost]:
    """A host with an image, and nothing left loaded at the end."""
    root = place(shared)
    for file in FILES.values():
        (root / file).parent.mkdir(parents=True, exist_ok=True)
    system: dict[str, Any] = {
        "Select": {"Current": (4, (2).to_bytes(4, "little"))},
        ENVIRONMENT: {
            "Path": text(r"%SystemRoot%\system32;C:\Windows", 2),
            "PROCESSOR_ARCHITECTURE": text("AMD64"),
        },
    }
    system[ENVIRONMENT.replace("2", "1", 1)] = {"Path": text("C:\\old")}
    make_hive(root / FILES["SYSTEM"], system)
    software = {
        PROFILES: {"Default": text(r"%SystemDrive%\Users\Default", 2)},
        rf"{PROFILES}\{BOB}": {"ProfileImagePath": text(r"C:\Users\bob", 2)},
        r"Microsoft\Windows\CurrentVersion": {"ProgramFilesDir": text(r"C:\Program Files")},
        "Foreign": {"Kept": (3, b"\1\2")},
    }
    make_hive(root / FILES["SOFTWARE"], software)
    for name in ("bob", "Default"):
        make_hive(
            root / FILES[name], {"Environment": {"TEMP": text(r"%USERPROFILE%\Temp", 2)}, "Software": {}, "Foreign": {}}
        )
    go = root / "Program Files" / "Go"
    (go / "bin").mkdir(parents=True, exist_ok=True)
    (go / "bin" / "go.exe").touch()
    (go / "VERSION").write_text("go1.27.3\n")
    (root / "Windows" / "system32").mkdir(exist_ok=True)
    yield shared
    said = shared.prefix.run(r"C:\windows\system32\reg.exe query HKLM").stdout
    said += shared.prefix.run(r"C:\windows\system32\reg.exe query HKU").stdout
    assert b"gopher-devbox" not in said
    assert not list(shared.prefix.unix_path(r"C:\ProgramData").glob("gopher-devbox-lock-*"))


def place(host: WinHost) -> Path:
    return host.prefix.unix_path("C:\\") / "mount"


def hive(host: WinHost, name: str) -> dict[str, Any]:
    return read_hive(place(host) / FILES[name])


def value(host: WinHost, name: str, key: str, item: str) -> str | None:
    found = hive(host, name)[key].get(item)
    return None if found is None else found[1].decode("utf-16-le").rstrip("\0")


def foreign(host: WinHost) -> dict[str, Any]:
    return {
        name: {key: values for key, values in hive(host, name).items() if "gopher" not in key.lower()} for name in FILES
    }


def run(host: WinHost, **options: Any) -> dict[str, Any]:
    return go_registry(host, **{"image": [MOUNT], **options})


def go_env(host: WinHost, **options: Any) -> dict[str, Any]:
    params = {name: spec.get("default") for name, spec in env_layers.ARGUMENT_SPEC.items()} | {"image": [MOUNT]}
    return over(env_mounted.run)(params | options, lambda: transport_to(host), False, True)


def test_machine(box: WinHost) -> None:
    before, live = foreign(box), box.prefix.registry(MACHINE)
    options = {"scope": "machine", "goroot": r"C:\Program Files\Go", "anchor": True}
    checked = run(box, check=True, **options)
    assert checked["changed"], checked
    assert foreign(box) == before
    first = run(box, **options)
    assert first["changed"], first
    assert first["images"][0]["image"] == MOUNT
    assert value(box, "SYSTEM", ENVIRONMENT, "GOROOT") == r"C:\Program Files\Go"
    path = r"C:\Program Files\Go\bin;%SystemRoot%\system32;C:\Windows"
    assert value(box, "SYSTEM", ENVIRONMENT, "Path") == path
    assert value(box, "SOFTWARE", "Go", "InstallPath") == r"C:\Program Files\Go"
    assert r"gopher\devbox\machine\journal" in {key.lower() for key in hive(box, "SOFTWARE")}
    assert box.prefix.registry(MACHINE) == live
    again = run(box, **options)
    assert again["changed"] is False, again
    updated = run(box, **options, variables={"GOTOOLCHAIN": "local"})
    assert [change["name"] for change in updated["changes"]] == ["GOTOOLCHAIN"]
    back = run(box, scope="machine", state="restored")
    assert back["undone"] == updated["journal"], back
    gone = run(box, scope="machine", state="absent")
    assert gone["changed"], gone
    after = foreign(box)
    after["SOFTWARE"].pop("Go", None)
    assert after == before


def test_texts_that_a_linux_host_wrote_over_several_values(box: WinHost) -> None:
    before = foreign(box)
    options = {"scope": "machine", "variables": {"GOFLAGS": "-v"}}
    assert run(box, **options)["changed"]
    software = hive(box, "SOFTWARE")
    for key, values in software.items():
        if key.lower() in (r"gopher\devbox\machine", r"gopher\devbox\machine\journal"):
            [(name, (kind, data))] = [(name, found) for name, found in values.items() if "pending" not in name]
            whole = data.decode("utf-16-le").rstrip("\0")
            for number in range(1, 16):
                part = whole[9 * number - 9 : 9 * number if number < 15 else None]
                values[continuation(name, number)] = text(f"{number}/15<{part}>", kind)
    make_hive(place(box) / FILES["SOFTWARE"], software)
    again = run(box, **options)
    assert again["changed"] is False, again
    back = run(box, scope="machine", state="restored")
    assert back["changed"], back
    assert foreign(box) == before
    assert not [name for values in hive(box, "SOFTWARE").values() for name in values if "+" in name]


@pytest.mark.parametrize("options", [{"scope": "machine"}, {"scope": "default_user"}, {"scope": "user", "user": BOB}])
def test_what_a_killed_run_of_a_linux_host_left_goes_with_a_change(box: WinHost, options: dict[str, Any]) -> None:
    name = {"machine": "SYSTEM", "default_user": "Default", "user": "bob"}[options["scope"]]
    file = place(box) / FILES[name]
    left, other = (file.with_name(f".{begin}.gopher-devbox-0123abcd") for begin in (file.name, "OTHER"))
    for path in (left, other):
        path.write_bytes(b"regf")
    assert run(box, check=True, **options, variables={"GOFLAGS": "-v"})["changed"]
    assert left.exists()
    changed = run(box, **options, variables={"GOFLAGS": "-v"})
    assert changed["changed"], changed
    assert (left.exists(), other.exists()) == (False, True)
    other.unlink()


class Busy(Counting):
    """A host that does not start the first reg.exe of a verb for each loaded hive itself, in so many commands: of those
    that change something, or of those that do not.
    """

    def __init__(self, inner: Any, verb: str, changing: bool, commands: int) -> None:
        super().__init__(inner)
        self.asked = re.compile(rf'\S*reg\.exe {verb} ("HK[^"\\]*\\gopher-[^"\\]*")')
        self.changing, self.left, self.refused = changing, commands, 0

    def run(self, script: Any, stdin: bytes | None = None) -> Any:
        seen: set[str] = set()

        def refuse(found: re.Match[str]) -> str:
            if found[1] in seen:
                return found[0]
            seen.add(found[1])
            return r"%SystemRoot%\System32\cmd.exe /d /c exit 9009"

        if self.left and self.changing is (stdin is not None):
            script = script._replace(statements=tuple(self.asked.sub(refuse, line) for line in script.statements))
            self.left -= bool(seen)
            self.refused += len(seen)
        return super().run(script, stdin)


@pytest.mark.parametrize("scope", ["machine", pytest.param("default_user", marks=pytest.mark.thorough)])
@pytest.mark.parametrize(
    ("verb", "changing", "commands", "failed"),
    [
        ("query", False, 1, ""),
        ("query", False, 9, "did not start reg.exe"),
        ("query", True, 1, "did not start reg.exe"),
        pytest.param("load", False, 9, "", marks=pytest.mark.thorough),
        pytest.param("load", True, 9, "", marks=pytest.mark.thorough),
    ],
)
def test_programs_that_a_busy_host_does_not_start(
    box: WinHost, scope: str, verb: str, changing: bool, commands: int, failed: str
) -> None:
    """Whatever becomes of the task, no hive stays loaded: `box` looks."""
    options: dict[str, Any] = {"image": [MOUNT], "variables": {"GOFLAGS": "-v"}, "scope": scope}
    params = {name: spec.get("default") for name, spec in registry.ARGUMENT_SPEC.items()} | options
    host = Busy(transport_to(box), verb, changing, commands)
    result = over(registry.run)(params, lambda: host, False, True)
    assert host.refused
    assert result.get("failed", False) is bool(failed), result
    assert failed in result.get("msg", "")
    assert run(box, **options)["changed"] is bool(failed)


def test_a_goroot_that_is_not_in_the_image(box: WinHost) -> None:
    result = run(box, scope="machine", goroot=r"C:\Go")
    assert [finding["id"] for finding in result["findings"]] == ["goroot_missing"], result


def test_directories_on_path_that_are_not_in_the_image(box: WinHost) -> None:
    file = place(box) / FILES["SYSTEM"]
    held = read_hive(file)
    held[ENVIRONMENT]["Path"] = text(r"%SystemRoot%\system32;C:\Missing;D:\tools", 2)
    make_hive(file, held)
    result = run(box, scope="machine", variables={"GOTOOLCHAIN": "local"})
    assert result["changed"], result
    found = {(finding["id"], finding["subject"]) for finding in result["findings"]}
    assert found >= {("missing_path_entry", r"C:\Missing"), ("go_not_checked", "")}
    assert ("missing_path_entry", r"D:\tools") not in found


def test_a_file_that_cannot_be_written_is_named_with_the_reason(box: WinHost) -> None:
    options = {"scope": "machine", "variables": {"GOTOOLCHAIN": "local"}}
    for name in ("SYSTEM", "SOFTWARE"):
        file = place(box) / FILES[name]
        file.chmod(0o444)
        held = file.stat()
        refused = run(box, **options)
        assert [finding["id"] for finding in refused["findings"]] == ["hive_not_writable"], refused
        assert rf"config\{name} cannot be loaded, because it cannot be written: it is read-only" in refused["msg"]
        assert rf"config\{'SOFTWARE' if name == 'SYSTEM' else 'SYSTEM'}" not in refused["msg"]
        assert (file.stat().st_mtime_ns, file.stat().st_size) == (held.st_mtime_ns, held.st_size)
        file.chmod(0o644)
    (place(box) / FILES["bob"]).chmod(0o444)
    refused = run(box, scope="user", user="bob", gopath=[GOPATH])
    assert [finding["id"] for finding in refused["findings"]] == ["hive_not_writable"], refused
    (place(box) / FILES["bob"]).chmod(0o644)
    assert run(box, **options)["changed"]


def test_a_directory_that_is_no_image(box: WinHost) -> None:
    options = {"scope": "machine", "variables": {"GOTOOLCHAIN": "local"}}
    for image, advice in (
        (rf"{MOUNT}\Windows", f"Name the directory above it, {MOUNT}."),
        ("C:\\none", "Windows and Users"),
    ):
        refused = run(box, image=[image], **options)
        assert [finding["id"] for finding in refused["findings"]] == ["image_missing_windows"], refused
        assert advice in refused["msg"]
    (place(box) / FILES["SOFTWARE"]).unlink()
    refused = run(box, **options)
    assert [finding["id"] for finding in refused["findings"]] == ["hive_missing"], refused
    assert r"config\SYSTEM" not in refused["msg"]


def test_users_to_come_are_over_the_machine(box: WinHost) -> None:
    """As on a Linux host: what the template of new users hides is known."""
    file = place(box) / FILES["Default"]
    held = read_hive(file)
    held["Environment"] |= {"GOPROXY": text("https://users.example"), "Path": text(r"%USERPROFILE%\tools", 2)}
    make_hive(file, held)
    before = file.read_bytes()
    options = {"scope": "machine", "variables": {"GOPROXY": "https://machine.example"}}
    for check in (True, False, False):
        result = run(box, **options, check=check)
        found = {finding["id"] for finding in result["findings"]}
        assert "user_environment_unknown" not in found, result
        assert "user_shadows_machine" in found
        assert result["effective"]["GOPROXY"]["value"] == "https://users.example"
        assert result["effective"]["PATH"][-1] == r"C:\Users\%USERNAME%\tools"
    assert file.read_bytes() == before
    file.unlink()
    result = run(box, **options)
    assert result["changed"] is False, result
    assert "user_environment_unknown" in {finding["id"] for finding in result["findings"]}


def test_any_control_set_may_be_in_use(box: WinHost) -> None:
    file = place(box) / FILES["SYSTEM"]
    held = read_hive(file)
    key = ENVIRONMENT.replace("2", "4", 1)
    held["Select"] = {"Current": (4, (4).to_bytes(4, "little"))}
    held[key] = {"Path": text(r"C:\Windows;C:\fourth", 2)}
    make_hive(file, held)
    result = run(box, scope="machine", variables={"GOTOOLCHAIN": "local"})
    assert result["changed"], result
    assert result["before"]["PATH"] == [r"C:\Windows", r"C:\fourth"]
    assert value(box, "SYSTEM", key, "GOTOOLCHAIN") == "local"
    assert value(box, "SYSTEM", ENVIRONMENT, "GOTOOLCHAIN") is None
    assert run(box, scope="machine", state="restored")["undone"] == result["journal"]
    for current, said in ((9, "no key ControlSet009"), (70000, "names 0x11170, and there is no such key")):
        held["Select"] = {"Current": (4, current.to_bytes(4, "little"))}
        make_hive(file, held)
        refused = run(box, scope="machine", variables={"GOTOOLCHAIN": "local"})
        assert refused["failed"], refused
        assert said in refused["msg"]


@pytest.mark.parametrize("has_key", [True, False])
def test_a_system_without_path_is_refused(box: WinHost, has_key: bool) -> None:
    file = place(box) / FILES["SYSTEM"]
    held = read_hive(file)
    held[ENVIRONMENT].pop("Path")
    if not has_key:
        held.pop(ENVIRONMENT)
    make_hive(file, held)
    before = read_hive(file)
    for check in (True, False):
        result = run(box, scope="machine", goroot=r"C:\Program Files\Go", check=check)
        assert result["failed"], result
        assert [finding["id"] for finding in result["findings"]] == ["hive_without_path"], result
    assert read_hive(file) == before


@pytest.mark.parametrize(("scope", "name"), [("machine", "SYSTEM"), ("default_user", "Default")])
def test_a_change_that_a_run_on_linux_did_not_finish(box: WinHost, scope: str, name: str) -> None:
    """The record and the journal have it, the variables do not."""
    options = {"scope": scope, "variables": {"GOTOOLCHAIN": "local"}}
    first = run(box, **options)
    before, home = (place(box) / FILES[name]).read_bytes(), rf"gopher\devbox\{scope}"
    record = value(box, "SOFTWARE", home, "record") or ""
    phantom = run(box, scope=scope, variables={"GOTOOLCHAIN": "auto", "GOPROXY": "off"})
    (place(box) / FILES[name]).write_bytes(before)
    held = hive(box, "SOFTWARE")
    for item, kind, data in Pending(phantom["journal"], 7, record).values():
        if kind:
            held[home][item] = text(data)
    make_hive(place(box) / FILES["SOFTWARE"], held)
    for result in (run(box, **options), run(box, **options, check=True)):
        assert result["changed"] is False, result
        assert "hive_pending" in {finding["id"] for finding in result["findings"]}
        assert "GOPROXY" not in result["before"]
    for check in (True, False):
        back = run(box, scope=scope, state="restored", journal=first["journal"], check=check)
        assert {change["name"] for change in back["changes"]} == {"GOTOOLCHAIN"}, back
    assert back["undone"] == first["journal"], back
    left = hive(box, "SOFTWARE")
    assert not {item for item in left[home] if item.startswith("pending")}
    assert phantom["journal"] not in left[rf"{home}\journal"]
    done = run(box, **options)
    assert "hive_pending" not in {finding["id"] for finding in done["findings"]}


@pytest.mark.parametrize(("scope", "name"), [("machine", "SYSTEM"), ("default_user", "Default")])
def test_a_change_that_was_made_is_the_newest_to_undo_also_when_somebody_put_its_variables_back(
    box: WinHost, scope: str, name: str
) -> None:
    """What a run on a Linux host leaves of a change that it did finish looks the same: no older change is undone."""
    first = run(box, scope=scope, variables={"GOSUMDB": "off"})
    home = rf"gopher\devbox\{scope}"
    record = value(box, "SOFTWARE", home, "record") or ""
    second = run(box, scope=scope, variables={"GOFLAGS": "-v"})
    held = hive(box, "SOFTWARE")
    held[home] |= {item: text(data) for item, kind, data in Pending(second["journal"], 7, record).values() if kind}
    make_hive(place(box) / FILES["SOFTWARE"], held)
    held = hive(box, name)
    held[ENVIRONMENT if name == "SYSTEM" else "Environment"].pop("GOFLAGS")
    make_hive(place(box) / FILES[name], held)
    for check in (True, False):
        back = run(box, scope=scope, state="restored", check=check)
        assert (back["undone"], back["changes"]) == (second["journal"], []), back
        [said] = [finding for finding in back["findings"] if finding["id"] == "hive_pending"]
        assert "put back since" in said["message"]
    older = run(box, scope=scope, state="restored")
    assert older["undone"] == first["journal"], older
    assert {change["name"] for change in older["changes"]} == {"GOSUMDB"}
    assert "hive_pending" not in {finding["id"] for finding in older["findings"]}


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"scope": "user", "user": BOB}, "bob"),
        ({"scope": "user", "user": "bob"}, "bob"),
        ({"scope": "default_user"}, "Default"),
    ],
)
def test_users(box: WinHost, options: dict[str, Any], name: str) -> None:
    before, live = foreign(box), box.prefix.registry(user_key(ADMIN.sid))
    first = run(box, **options, gopath=[GOPATH])
    assert first["changed"], first
    assert value(box, name, "Environment", "GOPATH") == GOPATH
    keys = [key.lower() for key in hive(box, name) if "gopher" in key.lower()]
    assert (r"software\gopher\devbox\user\journal" in keys) is (name == "bob")
    assert run(box, **options, gopath=[GOPATH])["changed"] is False
    gone = run(box, **options, state="restored")
    assert gone["changed"], gone
    assert foreign(box) == before
    assert box.prefix.registry(user_key(ADMIN.sid)) == live


def test_a_control_set_of_a_high_number_and_a_user_by_the_name_of_a_domain(box: WinHost) -> None:
    file = place(box) / FILES["SYSTEM"]
    held = {key.replace("ControlSet002", "ControlSet004"): values for key, values in read_hive(file).items()}
    held["Select"] = {"Current": (4, (4).to_bytes(4, "little"))}
    make_hive(file, held)
    result = run(box, scope="machine", variables={"GOPROXY": "off"})
    assert result["changed"], result
    assert value(box, "SYSTEM", ENVIRONMENT.replace("2", "4", 1), "GOPROXY") == "off"
    assert run(box, scope="machine", variables={"GOPROXY": "off"})["changed"] is False
    by_name = run(box, scope="user", user=r"OTHER\bob", gopath=[GOPATH])
    assert ("user_by_folder", BOB) in {(finding["id"], finding["subject"]) for finding in by_name["findings"]}, by_name


def test_files_one_by_one(box: WinHost) -> None:
    files = {name: rf"{MOUNT}\{FILES[name.upper()]}".replace("/", "\\") for name in ("system", "software")}
    users = {"user": rf"{MOUNT}\Users\bob\NTUSER.DAT"}
    machine = {"scope": "machine", "variables": {"GOTOOLCHAIN": "local"}}
    for hives, options, name, key in (
        (files, machine, "SYSTEM", ENVIRONMENT),
        (users, {"scope": "user", "variables": {"GOTOOLCHAIN": "local"}}, "bob", "Environment"),
    ):
        result = go_registry(box, hives=hives, **options)
        assert result["changed"], result
        assert value(box, name, key, "GOTOOLCHAIN") == "local"
        assert go_registry(box, hives=hives, **options)["changed"] is False


def test_several_images(box: WinHost) -> None:
    """The failure of one does not stop the others."""
    result = run(box, image=[r"C:\nothing", MOUNT], scope="machine", variables={"GOTOOLCHAIN": "local"})
    assert (result["failed"], result["changed"]) == (True, True), result
    assert [bool(one.get("failed")) for one in result["images"]] == [True, False]
    assert r"C:\nothing" in result["msg"]


def test_layers_of_go_env(box: WinHost) -> None:
    """All layers of an image as one change, twice, and taken back."""
    before = {name: hive(box, name) for name in FILES}
    layers = [
        {"mode": "machine", "goroot": r"C:\Program Files\Go", "anchor": True},
        {"mode": "default_user", "gopath": [GOPATH]},
        {"mode": "user", "user": "bob", "gopath": [GOPATH]},
    ]
    found = go_env(box, layers=layers)
    assert found["changed"], found
    assert [medium["medium"] for medium in found["media"]] == [f"registry ({layer['mode']})" for layer in layers]
    assert value(box, "SYSTEM", ENVIRONMENT, "GOROOT") == r"C:\Program Files\Go"
    assert value(box, "Default", "Environment", "GOPATH") == value(box, "bob", "Environment", "GOPATH") == GOPATH
    assert go_env(box, layers=layers)["changed"] is False
    bare = [{name: layer[name] for name in ("mode", "user") if name in layer} for layer in layers]
    back = go_env(box, layers=bare, state="restored")
    assert back["changed"], back
    assert go_env(box, layers=layers)["changed"]
    gone = go_env(box, layers=bare, state="absent")
    assert gone["changed"], gone
    for name, key in (("SYSTEM", ENVIRONMENT), ("Default", "Environment"), ("bob", "Environment")):
        assert hive(box, name)[key] == before[name][key]
    for wrong in ({"config": {"GOPROXY": "off"}}, {"user": None}):
        refused = go_env(box, layers=[{"mode": "user", "user": "bob", **wrong}])
        assert refused["failed"], refused


def test_all_users_and_those_to_come(box: WinHost) -> None:
    """A profile without its hive is left out, as in an image on a Linux host."""
    software = place(box) / FILES["SOFTWARE"]
    held = read_hive(software)
    held[rf"{PROFILES}\{BOB[:-1]}2"] = {"ProfileImagePath": text(r"C:\Users\gone", 2)}
    central = {"ProfileImagePath": text(r"C:\Users\carol", 2), "CentralProfile": text(r"\\srv\profiles\carol")}
    held[rf"{PROFILES}\{BOB[:-1]}3"] = central
    make_hive(software, held)
    result = run(box, scope="user", user="all", gopath=[GOPATH])
    assert not result.get("failed"), result
    assert [(one["user"], one["changed"]) for one in result["users"]] == [("bob", True), ("default_user", True)]
    left_out = [(finding["id"], finding["severity"]) for finding in result["findings"] if finding["subject"]]
    assert left_out == [("roaming_profile", "warning"), ("profile_without_hive", "warning")]
    assert value(box, "Default", "Environment", "GOPATH") == value(box, "bob", "Environment", "GOPATH") == GOPATH
    assert run(box, scope="user", user="all", gopath=[GOPATH])["changed"] is False
    assert run(box, scope="user", user="all", state="absent")["changed"]


def test_a_task_over_images_is_one_change(box: WinHost) -> None:
    """By its id, as the newest, and over all users; with the layers of go_env too."""
    other = r"C:\other"
    shutil.copytree(place(box), place(box).with_name("other"), dirs_exist_ok=True)
    images = [MOUNT, other]
    given: dict[str, Any] = {"image": images, "scope": "user"}
    result = run(box, **given, user="all", variables={"GOPROXY": "off"})
    assert {user["journal"] for image in result["images"] for user in image["users"]} == {result["journal"]}
    run(box, **{**given, "image": [other]}, user="bob", variables={"GOPROXY": "direct"})
    newest = run(box, **given, user="all", state="restored")
    assert [user["changed"] for image in newest["images"] for user in image["users"]] == [False, False, True, False]
    back = run(box, **given, user="all", state="restored", journal=result["journal"])
    assert not back.get("failed"), back
    assert back["undone"] == result["journal"]
    assert value(box, "bob", "Environment", "GOPROXY") is None
    layers = [{"mode": "machine", "variables": {"GOPROXY": "off"}}, {"mode": "user", "user": "bob", "gopath": [GOPATH]}]
    bare = [{name: layer[name] for name in ("mode", "user") if name in layer} for layer in layers]
    first = go_env(box, image=images, layers=layers)
    assert {one["journal"] for one in first["images"]} == {first["journal"]}
    go_env(box, image=[other], mode="machine", variables={"GOPROXY": "direct"})
    newest = go_env(box, image=images, layers=bare, state="restored")
    assert [one["changed"] for one in newest["images"]] == [False, True]
    last = go_env(box, image=images, layers=bare, state="restored", journal=first["journal"])
    assert [one["undone"] for one in last["images"]] == [first["journal"]] * 2, last
    assert value(box, "SYSTEM", ENVIRONMENT, "GOPROXY") is value(box, "bob", "Environment", "GOPATH") is None


def test_a_file_in_the_way_of_a_directory(box: WinHost) -> None:
    """Before anything is written; directories alone are no change to undo."""
    (place(box) / "gp").write_text("x")
    before = {name: hive(box, name) for name in FILES}
    wanted: dict[str, Any] = {"scope": "machine", "gopath": [r"C:\gp"]}
    refused = run(box, **wanted, create_directories=True)
    assert {finding["id"] for finding in refused.get("findings", ())} == {"file_not_writable"}, refused
    assert {name: hive(box, name) for name in FILES} == before
    (place(box) / "gp").unlink()
    assert run(box, **wanted)["changed"]
    made = run(box, **wanted, create_directories=True)
    assert (made["changed"], made["journal"]) == (True, None), made
    assert (place(box) / "gp" / "src").is_dir()
    shutil.rmtree(place(box) / "gp")


def test_what_stands_in_the_way(box: WinHost) -> None:
    for user in ("nobody", f"{BOB}9"):
        unknown = run(box, scope="user", user=user, gopath=[GOPATH])
        assert [finding["id"] for finding in unknown["findings"]] == ["unknown_account"], unknown
        assert BOB in unknown["msg"]
    file = place(box) / FILES["SYSTEM"]
    make_dirty(file)
    data = file.read_bytes()
    options = {"scope": "machine", "variables": {"GOTOOLCHAIN": "local"}}
    result = run(box, **options)
    assert [finding["id"] for finding in result["findings"]] == ["hive_damaged"], result
    assert file.read_bytes() == data
    config = MOUNT + r"\Windows\System32\config"
    for hives in (
        {"system": rf"{MOUNT}\Users\bob\NTUSER.DAT", "software": rf"{config}\SOFTWARE"},
        {"system": rf"{config}\SOFTWARE", "software": rf"{MOUNT}\Users\bob\NTUSER.DAT"},
    ):
        other = run(box, image=None, hives=hives, **options)
        assert "hive_of_other_kind" in [finding["id"] for finding in other["findings"]], other
    other = run(box, image=None, hives={"user": rf"{config}\SOFTWARE"}, scope="user", gopath=[GOPATH])
    assert [finding["id"] for finding in other["findings"]] == ["hive_of_other_kind"], other
    ordinary = go_registry_as(box, OLGA, image=[MOUNT], **options)
    assert [finding["id"] for finding in ordinary["findings"]] == ["not_elevated"]
    for wrong in ({"image": []}, {"image": ["mount"]}, {"image": [r"C:\a%b"]}, {"hives": {"user": "C:\\x"}}):
        assert run(box, **options, **wrong)["failed"]
