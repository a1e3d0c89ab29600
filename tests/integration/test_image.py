r"""Images of a Windows that is not running, on a Linux build host: the real modules with real hivex, judged by a reader
of hives that shares nothing with the code (dissect.regf).
"""

from __future__ import annotations

import json
import lzma
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hivedump import Dump, dump
from hivemaker import make, text, with_word
from images import (
    ALICE,
    BOB,
    ENVIRONMENT,
    GO,
    PROFILES,
    SYSTEM_PYTHON,
    Runner,
    WindowsImage,
    ntuser,
    software,
    system,
)
from support import Playbooks

from ansible_collections.gopher.devbox.plugins.module_utils._core.record import Change, JournalEntry, Record
from ansible_collections.gopher.devbox.plugins.module_utils._core.values import Value

REAL = Path(os.environ.get("DEVBOX_HIVES") or "/nonexistent")
SECRET = "hunter2"
HOME = {"machine": r"gopher\devbox\machine", "default_user": r"gopher\devbox\default_user"}
USER_HOME = r"Software\gopher\devbox\user"
MACHINE = {"scope": "machine", "goroot": GO, "variables": {"GOTOOLCHAIN": "local"}}
NEW_USERS = {
    "scope": "default_user",
    "gopath": [r"%USERPROFILE%\go"],
    "variables": {"GOCACHE": r"%LOCALAPPDATA%\build"},
}
USER = {"scope": "user", "user": "alice", "gopath": [r"%USERPROFILE%\go"], "variables": {"GOPROXY": "off"}}
WANTED = {"machine": MACHINE, "default_user": NEW_USERS, "user": USER}


def has_hivex() -> bool:
    return (
        os.path.exists(SYSTEM_PYTHON)
        and not subprocess.run([SYSTEM_PYTHON, "-c", "import hivex"], check=False).returncode
    )


needs_hivex = pytest.mark.skipif(not has_hivex(), reason="the system's Python has no hivex (Debian: python3-hivex)")
pytestmark = needs_hivex


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    made = Runner()
    yield made
    made.close()


@pytest.fixture
def image(tmp_path: Path) -> WindowsImage:
    return WindowsImage(tmp_path / "image")


def of_scope(image: WindowsImage, scope: str) -> tuple[Path, str]:
    """The file and the key of the variables of a scope."""
    return {
        "machine": (image.system, ENVIRONMENT),
        "default_user": (image.default, "Environment"),
        "user": (image.alice, "Environment"),
    }[scope]


def of_record(image: WindowsImage, scope: str) -> Path:
    return image.alice if scope == "user" else image.software


def texts(file: Path, key: str) -> dict[str, str]:
    """The texts of a key's values, by the independent reader."""
    found = dump(file).get(key, {"values": []})
    return {
        name: data.decode("utf-16-le").rstrip("\0") if isinstance(data, bytes) and kind in (1, 2) else data
        for name, kind, data in found["values"]
    }


def foreign(file: Path, *names: str) -> Dump:
    """All of a hive that is not this collection's. names: of variables that it may write."""
    out: Dump = {}
    for key, found in dump(file).items():
        if "gopher" in key.lower():
            continue
        values = [value for value in found["values"] if value[0] not in names]
        order = [child for child in found["order"] if child != "gopher"]
        out[key] = {**found, "values": values, "order": order}
    return out


def without_entries(file: Path, key: str, *entries: str) -> list[str]:
    return [entry for entry in texts(file, key)["Path"].split(";") if entry not in entries]


# --- the ladder ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scope", WANTED)
def test_the_ladder(scope: str, image: WindowsImage, tmp_path: Path) -> None:
    """By the real module; for the machine by a Python that has no hivex: it finds the one that has."""
    python = sys.executable if scope == "machine" else SYSTEM_PYTHON
    playbooks = Playbooks(tmp_path, {"ansible_connection": "local", "ansible_python_interpreter": python})
    module, wanted = "gopher.devbox.go_registry", {"image": str(image.root), **WANTED[scope]}
    updated = {**wanted, "variables": {**wanted["variables"], "GOSUMDB": "off"}}
    bare = {name: value for name, value in wanted.items() if name in ("image", "scope", "user")}
    file, key = of_scope(image, scope)
    stood, others = texts(file, key), {path: foreign(path) for path in image.hives if path != file}
    steps: list[tuple[dict[str, Any], bool]] = [
        ({**wanted, "goroot": "relative"}, False),
        ({**wanted, "hives": {"user": "/x"}}, False),
        (wanted, True),
        (wanted, False),
        (wanted, False),
        (updated, False),
        (updated, False),
        ({**bare, "state": "restored"}, False),
        ({**bare, "state": "absent"}, False),
        ({**bare, "state": "absent"}, False),
        ({**bare, "state": "restored"}, False),
    ]
    tasks = [{module: options, "check_mode": check, "diff": True} for options, check in steps]
    results, done = playbooks.tasks(tasks)
    wrong, both, check, applied, again, update, _, restored, absent, _, back = results
    assert "goroot" in wrong["msg"], done.stdout
    assert both["failed"]
    assert "image and hives" in both["msg"]
    assert [result["changed"] for result in results[2:]] == [True, True, False, True, False, True, True, False, True]
    assert check["changes"] == applied["changes"]
    assert check["journal"] is None
    assert applied["after"] == again["before"]
    assert applied["image"] == str(image.root)
    assert [one["image"] for one in applied["images"]] == [str(image.root)]
    assert str(image.root) in applied["diff"]["after_header"]
    assert restored["undone"] == update["journal"]
    assert back["undone"] == absent["journal"]
    for name, data in wanted["variables"].items():
        assert applied["effective"][name]["value"].endswith(data.rpartition("\\")[2])
        assert texts(file, key)[name] == data
    assert "signs out" not in json.dumps(applied["refresh"])
    assert applied["refresh"]
    assert {path: foreign(path) for path in image.hives if path != file} == others
    last = Runner()
    assert last.run(**{**bare, "image": [bare["image"]], "state": "absent"})["changed"]
    last.close()
    assert texts(file, key) == stood, "what was there is there, and nothing else"


def test_bad_options_are_clear_errors(runner: Runner, image: WindowsImage) -> None:
    root = str(image.root)
    before = image.bytes()
    for options, words in (
        ({"image": [], "scope": "machine"}, "empty list"),
        ({"image": ["relative"], "scope": "machine"}, "not an absolute path"),
        ({"image": [root, f"{root}/"], "scope": "machine"}, "more than once"),
        ({"image": [root], "scope": "user"}, "user is needed"),
        ({"image": [root], "scope": "machine", "user": "alice"}, "belongs to nobody"),
        ({"hives": {"system": "/x"}, "scope": "machine"}, "hives.software is needed"),
        ({"hives": {"user": "/x"}, "scope": "default_user"}, "hives.software is needed"),
        ({"hives": {"user": "x"}, "scope": "user"}, "not an absolute path"),
        ({"hives": {"user": "/x"}, "scope": "user", "user": "alice"}, "says whose"),
        ({"image": [root], "scope": "user", "user": "carol"}, "no profile of carol; there are profiles of alice"),
        ({"image": [f"{root}/windows"], "scope": "machine"}, f"Name the directory above it, {root}"),
        ({"image": [f"{root}/none"], "scope": "machine"}, "is not a directory"),
    ):
        result = runner.run(variables={"GOFLAGS": "-v"}, **options)
        assert words in result.get("msg", ""), result
    assert image.bytes() == before


# --- what is written -------------------------------------------------------------------------------------------------


def test_everything_else_in_the_hives_is_the_same(runner: Runner, image: WindowsImage) -> None:
    names = ("GOROOT", "GOTOOLCHAIN", "GOPATH", "GOCACHE", "GOPROXY", "Path")
    before = {path: foreign(path, *names) for path in image.hives}
    for wanted in WANTED.values():
        assert runner.run(image=[str(image.root)], **wanted)["changed"]
    assert {path: foreign(path, *names) for path in image.hives} == before
    assert texts(image.system, r"ControlSet001\Control\Session Manager\Environment") == {
        "Path": "the other control set"
    }
    assert without_entries(image.system, ENVIRONMENT, rf"{GO}\bin")[0] == r"%SystemRoot%\system32"


@pytest.mark.parametrize("scope", WANTED)
def test_a_converged_image_is_not_written(scope: str, runner: Runner, image: WindowsImage) -> None:
    wanted = {"image": [str(image.root)], **WANTED[scope]}
    runner.run(**wanted)
    before = image.bytes()
    assert not runner.run(**wanted)["changed"]
    assert runner.run(check=True, **{**wanted, "variables": {"GOFLAGS": "-v"}})["changed"]
    assert image.bytes() == before


def test_new_users_inherit_what_is_managed_and_none_of_its_history(runner: Runner, image: WindowsImage) -> None:
    root = {"image": [str(image.root)]}
    proxies = (f"https://u:{SECRET}@proxy.example", "off")
    for proxy in proxies:
        assert runner.run(**root, **{**NEW_USERS, "variables": {"GOPROXY": proxy}})["changed"]
    assert [key for key in dump(image.default) if "gopher" in key] == [
        r"Software\gopher",
        r"Software\gopher\devbox",
        USER_HOME,
    ]
    assert SECRET in json.dumps(texts(image.software, HOME["default_user"] + r"\journal"))
    assert SECRET not in json.dumps(texts(image.default, USER_HOME) | texts(image.default, "Environment"))
    shutil.copy(image.default, image.bob)  # as Windows does for a new user
    result = runner.run(**root, scope="user", user=BOB, state="absent")
    assert result["changed"]
    assert result["sid"] == BOB
    assert set(texts(image.bob, "Environment")) == {"Path", "TEMP"}
    assert r"go\bin" not in texts(image.bob, "Environment")["Path"]


def test_users_by_sid_folder_and_name(runner: Runner, image: WindowsImage) -> None:
    for user, sid in (
        (r"OTHER\alice", ALICE),
        ("ALICE", ALICE),
        (ALICE.lower(), ALICE),
        ("bob.corp", BOB),
        (r"CORP\bob", BOB),
    ):
        result = runner.run(image=[str(image.root)], check=True, **{**USER, "user": user})
        assert result["sid"] == sid, result
        taken = [finding["subject"] for finding in result["findings"] if finding["id"] == "user_by_folder"]
        assert taken == ([sid] if "\\" in user else [])
    assert "bob.CORP" in result["effective"]["GOPATH"]["value"]
    there = image.root / "Users" / "carol"
    there.mkdir()
    shutil.copy(image.alice, there / "NTUSER.DAT")
    assert runner.run(image=[str(image.root)], **{**USER, "user": "carol"})["sid"] == "carol"


def test_all_users_and_those_to_come(runner: Runner, image: WindowsImage) -> None:
    image.alice.write_bytes(b"regf")
    wanted = {**USER, "user": "all"}
    result = runner.run(image=[str(image.root)], **wanted)
    assert [(one["user"], one.get("failed", False)) for one in result["users"]] == [
        ("alice", True),
        ("bob.CORP", False),
        ("default_user", False),
    ]
    assert result["failed"]
    assert result["changed"]
    assert "alice" in result["msg"]
    assert texts(image.bob, "Environment")["GOPROXY"] == texts(image.default, "Environment")["GOPROXY"] == "off"


@pytest.mark.parametrize("scope", ["default_user", "user"])
def test_no_secret_stays_in_what_is_free_of_a_users_hive(scope: str, runner: Runner, image: WindowsImage) -> None:
    """Windows copies the template's file for each new user, free cells included."""
    file, _key = of_scope(image, scope)
    bare = {"image": [str(image.root)], "scope": scope, **({"user": "alice"} if scope == "user" else {})}
    first = runner.run(**bare, variables={"GOPROXY": f"https://me:{SECRET}@proxy.example"})
    assert first["changed"]
    assert SECRET.encode("utf-16-le") in file.read_bytes()
    before = foreign(file, "GOPROXY", "GOFLAGS")
    assert runner.run(**bare, variables={"GOPROXY": "off", "GOFLAGS": "-v"})["changed"]
    left = SECRET.encode("utf-16-le") in file.read_bytes()
    assert left is (scope == "user"), "a user's journal is in the hive itself"
    assert foreign(file, "GOPROXY", "GOFLAGS") == before
    assert runner.run(**bare, state="restored")["undone"]
    assert runner.run(**bare, state="absent")["changed"]
    assert (SECRET.encode("utf-16-le") in file.read_bytes()) is (scope == "user")
    assert foreign(file, "GOPROXY", "GOFLAGS") == before


def test_a_copy_of_a_roaming_profile(runner: Runner, image: WindowsImage) -> None:
    """As on a running host: changed when it is named, with a warning, and left out where all are meant."""
    hive = software({ALICE: r"C:\Users\alice", BOB: r"C:\Users\bob.CORP"})
    hive.at(rf"{PROFILES}\{BOB}").values.append(("CentralProfile", 1, text(r"\\srv\profiles\bob")))
    image.software.write_bytes(make(hive))
    one = runner.run(image=[str(image.root)], **{**USER, "user": BOB})
    assert one["changed"]
    assert "roaming_profile" in [finding["id"] for finding in one["findings"]]
    result = runner.run(image=[str(image.root)], **{**USER, "user": "all"})
    assert [user["user"] for user in result["users"]] == ["alice", "default_user"]
    left_out = [finding for finding in result["findings"] if finding["id"] == "roaming_profile"]
    assert [(finding["subject"], finding["severity"]) for finding in left_out] == [(BOB, "warning")]
    assert r"was left out. The profile of" in left_out[0]["message"]


def test_one_broken_image_of_two(runner: Runner, image: WindowsImage, tmp_path: Path) -> None:
    broken = WindowsImage(tmp_path / "broken")
    broken.system.write_bytes(with_word(broken.system.read_bytes(), 8, 99))
    before = broken.bytes()
    result = runner.run(image=[str(broken.root), str(image.root)], **MACHINE)
    assert [(one["image"], one["changed"], one.get("failed", False)) for one in result["images"]] == [
        (str(broken.root), False, True),
        (str(image.root), True, False),
    ]
    assert result["failed"]
    assert result["changed"]
    assert "1 of 2 images failed" in result["msg"]
    assert "dirty" in result["msg"]
    assert str(broken.root) in result["msg"]
    assert {finding["id"] for finding in result["findings"]} >= {"hive_dirty"}
    assert [diff["after_header"] for diff in result["diff"]] == [f"{image.root}: machine scope"]
    assert broken.bytes() == before


def test_one_task_over_images_is_one_change(runner: Runner, tmp_path: Path) -> None:
    """And is undone where it was made, by its id or as the newest, by several processes too."""
    images = [WindowsImage(tmp_path / name) for name in ("a", "b", "c")]
    given = {"image": [str(image.root) for image in images], "scope": "machine"}

    def proxies() -> list[str | None]:
        return [texts(image.system, ENVIRONMENT).get("GOPROXY") for image in images]

    first = runner.run(**given, variables={"GOPROXY": "off"})
    assert {one["journal"] for one in first["images"]} == {first["journal"]}
    runner.run(**{**given, "image": given["image"][:1]}, variables={"GOPROXY": "direct"})
    second = runner.run(**given, variables={"GOPROXY": "direct"})
    assert [one["changed"] for one in second["images"]] == [False, True, True]
    foretold = runner.run(check=True, **given, state="restored")
    named = runner.run(**given, state="restored", journal=second["journal"])
    for found in (foretold, named):
        assert not found.get("failed"), found
        assert [one["undone"] for one in found["images"]] == [None, *[second["journal"]] * 2]
        assert [(note["image"], note["id"]) for note in found["findings"] if note["id"] == "restore_nothing"] == [
            (str(images[0].root), "restore_nothing")
        ]
    assert proxies() == ["direct", "off", "off"]
    assert runner.run(**given, state="restored")["changed"]
    assert proxies() == ["off"] * 3
    last = runner.run(**given, state="restored")
    assert proxies() == [None] * 3
    assert not runner.run(**given, state="restored")["changed"]
    assert runner.run(**given, state="restored", journal=last["journal"])["changed"]
    assert proxies() == ["off"] * 3
    unknown = runner.run(**given, state="restored", journal="20200101T000000Z-0123abcd")
    assert "3 of 3 images failed" in unknown["msg"]
    images[1].system.write_bytes(with_word(images[1].system.read_bytes(), 8, 99))
    broken = runner.run(**given, state="restored")
    assert [bool(one.get("failed")) for one in broken["images"]] == [False, True, False]
    assert "dirty" in broken["msg"]


def test_of_all_users_only_those_who_are_there_get_directories(runner: Runner, image: WindowsImage) -> None:
    given = {"image": [str(image.root)], "scope": "user", "user": "all", "gopath": [r"%USERPROFILE%\go"]}
    result = runner.run(**given, create_directories=True)
    assert not result.get("failed"), result
    assert (image.root / "Users" / "alice" / "go" / "src").is_dir()
    assert sorted(os.listdir(image.default.parent)) == ["ntuser.dat"]
    assert [note["user"] for note in result["findings"] if note["id"] == "directory_of_new_users"] == ["default_user"]
    assert runner.run(**given, create_directories=True)["changed"] is False


def test_all_users_of_images_are_one_change(runner: Runner, tmp_path: Path) -> None:
    images = [WindowsImage(tmp_path / name) for name in ("a", "b")]
    hives = [hive for image in images for hive in (image.alice, image.bob, image.default)]
    given = {"image": [str(image.root) for image in images], "scope": "user"}
    result = runner.run(**given, user="all", variables={"GOPROXY": "off"})
    assert {user["journal"] for image in result["images"] for user in image["users"]} == {result["journal"]}
    one = runner.run(**given, user="alice", variables={"GOPROXY": "direct"})
    assert [texts(hive, "Environment")["GOPROXY"] for hive in hives] == ["direct", "off", "off"] * 2
    newest = runner.run(**given, user="all", state="restored")
    assert newest["undone"] == one["journal"]
    assert [texts(hive, "Environment")["GOPROXY"] for hive in hives] == ["off"] * 6
    back = runner.run(**given, user="all", state="restored", journal=result["journal"])
    assert not back.get("failed"), back
    assert not any("GOPROXY" in texts(hive, "Environment") for hive in hives)


def test_the_change_of_a_user_who_is_left_out_is_in_nobodys_way(runner: Runner, image: WindowsImage) -> None:
    root = {"image": [str(image.root)], "scope": "user"}
    first = runner.run(**root, user="all", variables={"GOPROXY": "off"})
    assert runner.run(**root, user="bob.CORP", variables={"GOFLAGS": "-v"})["changed"]
    hive = software({ALICE: r"C:\Users\alice", BOB: r"C:\Users\bob.CORP"})
    hive.at(rf"{PROFILES}\{BOB}").values.append(("CentralProfile", 1, text(r"\\srv\profiles\bob")))
    journal = dump(image.software)[HOME["default_user"] + r"\journal"]["values"]
    hive.at(HOME["default_user"]).values = dump(image.software)[HOME["default_user"]]["values"]
    hive.at(HOME["default_user"] + r"\journal").values = journal
    image.software.write_bytes(make(hive))
    for check in (True, False):
        back = runner.run(check=check, **root, user="all", state="restored")
        assert [(user["user"], user["undone"]) for user in back["users"]] == [
            ("alice", first["journal"]),
            ("default_user", first["journal"]),
        ]
        assert BOB in [finding["subject"] for finding in back["findings"] if finding["id"] == "roaming_profile"]
    assert not any("GOPROXY" in texts(file, "Environment") for file in (image.alice, image.default))
    assert texts(image.bob, "Environment")["GOFLAGS"] == "-v"


def test_a_change_that_only_the_records_list_is_an_error(runner: Runner, tmp_path: Path) -> None:
    images = [WindowsImage(tmp_path / name) for name in ("a", "b")]
    id = "20260101T000000Z-00000001"
    for image in images:
        root = software({})
        root.at(HOME["machine"]).values = [("record", 1, text(Record(journal=(id,)).dumps()))]
        image.software.write_bytes(make(root))
    given = {"image": [str(image.root) for image in images], "scope": "machine"}
    found = runner.run(**given, state="restored", journal=id)
    assert (found["failed"], found["changed"]) == (True, False)
    assert found["msg"].startswith(f"2 of 2 images failed. {images[0].root}: There is no change {id}")


def test_layers_of_images_are_one_change(runner: Runner, tmp_path: Path) -> None:
    images = [WindowsImage(tmp_path / name) for name in ("a", "b")]
    layers = [
        {"mode": "machine", "variables": {"GOPROXY": "off"}},
        {"mode": "default_user", "variables": {"GOPROXY": "off"}},
    ]
    given = {"image": [str(image.root) for image in images]}
    first = runner.run("go_env", **given, layers=layers)
    assert {one["journal"] for one in first["images"]} == {first["journal"]}
    other = runner.run("go_env", image=given["image"][:1], mode="machine", variables={"GOFLAGS": "-v"})
    newest = runner.run("go_env", **given, state="restored")
    assert [one["undone"] for one in newest["images"]] == [other["journal"], None]
    back = runner.run("go_env", **given, state="restored", journal=first["journal"])
    assert [one["undone"] for one in back["images"]] == [first["journal"]] * 2
    for image in images:
        assert "GOPROXY" not in {**texts(image.system, ENVIRONMENT), **texts(image.default, "Environment")}


def test_a_template_without_its_hive(runner: Runner, image: WindowsImage) -> None:
    """It is left out where all users are meant, or nobody named it."""
    given = {"image": [str(image.root)]}
    runner.run("go_env", **given, mode="machine", variables={"GOPROXY": "off"})
    image.default.unlink()
    one = runner.run(**given, scope="default_user", variables={"GOPROXY": "off"})
    assert [finding["id"] for finding in one["findings"]] == ["profile_without_hive"]
    assert "template of new users" in one["msg"]
    assert "sign in" not in one["msg"]
    every = runner.run(**given, scope="user", user="all", variables={"GOPROXY": "off"})
    assert not every.get("failed"), every
    assert [user["user"] for user in every["users"]] == ["alice", "bob.CORP"]
    assert ("profile_without_hive", "warning") in {(note["id"], note["severity"]) for note in every["findings"]}
    layers = [{"mode": mode, "variables": {"GOFLAGS": "-v"}} for mode in ("machine", "default_user")]
    assert "template of new users" in runner.run("go_env", **given, layers=layers)["msg"]
    assert runner.run("go_env", **given, state="restored")["changed"]


def test_what_the_image_does_not_have_is_found(runner: Runner, image: WindowsImage) -> None:
    root = {"image": [str(image.root)]}
    gone = {**MACHINE, "goroot": r"C:\Go1.99"}
    strict = runner.run(**root, **gone)
    assert strict["failed"]
    assert [finding["id"] for finding in strict["findings"]] == ["goroot_missing"]
    (image.root / "Program Files" / "Go" / "bin" / "GO.EXE").unlink()
    assert [finding["id"] for finding in runner.run(**root, **MACHINE)["findings"]] == ["goroot_without_go"]
    warned = runner.run(**root, **gone, validate="warn")
    assert warned["changed"]
    found = {(finding["id"], finding["subject"]) for finding in warned["findings"]}
    assert found >= {("goroot_missing", r"C:\Go1.99"), ("missing_path_entry", r"C:\Missing")}
    assert ("missing_path_entry", r"D:\tools") not in found, "nobody knows"
    elsewhere = runner.run(check=True, **root, **{**MACHINE, "goroot": r"D:\Go"})
    assert ("goroot_unknown", r"D:\Go") in {(finding["id"], finding["subject"]) for finding in elsewhere["findings"]}
    assert "drive C:" in json.dumps(elsewhere["findings"])


def test_directories_are_made_in_the_image(runner: Runner, image: WindowsImage) -> None:
    root = {"image": [str(image.root)]}
    made = runner.run(**root, **USER, create_directories=True)
    assert made["changed"]
    assert (image.root / "Users" / "alice" / "go" / "src").is_dir()
    other = runner.run(**root, scope="machine", gopath=[r"D:\go"], create_directories=True)
    assert "cannot be made from here" in other["msg"]


def test_a_file_in_the_way_of_a_directory_is_found_first(runner: Runner, image: WindowsImage) -> None:
    (image.root / "gp").write_text("x")
    before = image.bytes()
    wanted = {"image": [str(image.root)], "scope": "machine", "gopath": [r"C:\gp"], "create_directories": True}
    for check in (True, False):
        result = runner.run(check=check, **wanted)
        assert (result["failed"], result["changed"]) == (True, False)
        assert {finding["id"] for finding in result["findings"]} == {"file_not_writable"}
        assert r"C:\gp is a file" in result["msg"]
    assert image.bytes() == before


def test_directories_alone_are_no_change_to_undo(runner: Runner, image: WindowsImage) -> None:
    wanted = {"image": [str(image.root)], "scope": "machine", "gopath": [r"C:\gp"]}
    first = runner.run(**wanted)
    before = image.bytes()
    made = runner.run(**wanted, create_directories=True)
    assert (made["changed"], made["journal"], image.bytes()) == (True, None, before)
    assert (image.root / "gp" / "src").is_dir()
    layers = [{"mode": "machine", "gopath": [r"C:\gp2"], "create_directories": True}]
    layers.append({"mode": "default_user", "variables": {"GOPROXY": "off"}})
    moved = runner.run("go_env", image=wanted["image"], layers=[{**layers[0], "create_directories": False}])
    both = runner.run("go_env", image=wanted["image"], layers=layers)
    assert [medium["journal"] for medium in both["media"]] == [None, both["journal"]]
    ids = [both["journal"], moved["journal"], first["journal"]]
    assert all(ids), ids
    for id in ids:
        back = runner.run("go_env", image=wanted["image"], state="restored")
        assert back["undone"] == id
        assert "restore_incomplete" not in {finding["id"] for finding in back["findings"]}
    assert runner.run("go_env", image=wanted["image"], state="restored")["changed"] is False


def test_the_template_stays_out_of_results(runner: Runner, image: WindowsImage) -> None:
    result = runner.run(image=[str(image.root)], **NEW_USERS)
    assert result["effective"]["GOPATH"]["value"] == r"C:\Users\%USERNAME%\go"
    assert r"Users\Default" not in json.dumps(result).replace("\\\\", "\\")
    assert texts(image.default, "Environment")["GOPATH"] == r"%USERPROFILE%\go"
    assert not [finding for finding in result["findings"] if finding["severity"] != "info"], result["findings"]
    assert result["sid"] == ""


def test_secrets_are_nowhere(runner: Runner, image: WindowsImage) -> None:
    proxy = {"GOPROXY": f"https://u:{SECRET}@proxy.example"}
    for wanted in WANTED.values():
        for check in (True, False):
            told = runner.run(image=[str(image.root)], check=check, **{**wanted, "variables": proxy})
            assert told["changed"]
            assert SECRET not in json.dumps(told)
        assert SECRET not in json.dumps(
            runner.run(image=[str(image.root)], **{**wanted, "variables": {"GOPROXY": "off"}})
        )


# --- several scopes of one image -------------------------------------------------------------------------------------


def test_scopes_together_and_undone_one_by_one(runner: Runner, image: WindowsImage) -> None:
    names = {scope: of_scope(image, scope) for scope in WANTED}
    stood = [{scope: texts(*place) for scope, place in names.items()}]
    for wanted in (MACHINE, NEW_USERS, USER):
        assert runner.run(image=[str(image.root)], **wanted)["changed"]
        stood.append({scope: texts(*place) for scope, place in names.items()})
    for number, wanted in enumerate((USER, NEW_USERS, MACHINE)):
        options = {name: value for name, value in wanted.items() if name in ("scope", "user")}
        assert runner.run(image=[str(image.root)], state="restored", **options)["changed"]
        assert {scope: texts(*place) for scope, place in names.items()} == stood[2 - number]
        again = runner.run(image=[str(image.root)], state="restored", **options)
        assert [finding["id"] for finding in again["findings"] if finding["id"] == "restore_nothing"]


LAYERS = [
    {"mode": "machine", "goroot": GO},
    {"mode": "default_user", "gopath": [r"%USERPROFILE%\go"]},
    {"mode": "user", "user": ALICE, "variables": {"GOPROXY": "off"}},
]


def test_layers_of_an_image_are_one_change(runner: Runner, image: WindowsImage) -> None:
    names = {scope: of_scope(image, scope) for scope in WANTED}
    stood = {scope: texts(*place) for scope, place in names.items()}
    root = {"image": [str(image.root)]}
    assert runner.run("go_env", check=True, layers=LAYERS, **root)["changed"]
    result = runner.run("go_env", layers=LAYERS, **root)
    media = [one["medium"] for one in result["media"]]
    assert media == ["registry (machine)", "registry (default_user)", "registry (user)"]
    assert len({one["journal"] for one in result["media"]}) == 1
    assert result["journal"]
    before = image.bytes()
    assert not runner.run("go_env", layers=LAYERS, **root)["changed"]
    assert image.bytes() == before
    undone = runner.run("go_env", state="restored", user=ALICE, **root)
    assert undone["changed"]
    assert undone["undone"] == result["journal"]
    assert {scope: texts(*place) for scope, place in names.items()} == stood


def test_a_layer_that_cannot_be_written_leaves_the_others_alone(runner: Runner, image: WindowsImage) -> None:
    image.default.write_bytes(with_word(image.default.read_bytes(), 8, 99))
    before = image.bytes()
    result = runner.run("go_env", image=[str(image.root)], layers=LAYERS)
    assert result["failed"]
    assert not result["changed"]
    assert "registry (default_user)" in result["msg"]
    assert image.bytes() == before


def test_what_go_env_refuses_of_an_image(runner: Runner, image: WindowsImage) -> None:
    root = {"image": [str(image.root)]}
    for options, words in (
        ({"mode": "user", "user": "alice", "config": {"GOPROXY": "off"}}, "config is given with image"),
        ({"mode": "user"}, "user is needed"),
        ({"mode": "default_user", "config": {}}, "mode is default_user"),
        ({"mode": "machine", "goroot": "relative"}, "goroot"),
    ):
        result = runner.run("go_env", **root, **options)
        assert words in result.get("msg", ""), result


def test_go_env_by_the_real_module(tmp_path: Path) -> None:
    """A comma in the path of one image separates no two of them."""
    image = WindowsImage(tmp_path / "win11, dev")
    playbooks = Playbooks(tmp_path, {"ansible_connection": "local", "ansible_python_interpreter": sys.executable})
    options = {"image": str(image.root), "layers": LAYERS}
    results, done = playbooks.tasks([{"gopher.devbox.go_env": options}, {"gopher.devbox.go_env": options}])
    assert [result["changed"] for result in results] == [True, False], done.stdout


def test_the_role_manages_images_and_undoes_it(image: WindowsImage, tmp_path: Path) -> None:
    playbooks = Playbooks(tmp_path, {"ansible_connection": "local", "ansible_python_interpreter": SYSTEM_PYTHON})
    stood = texts(image.system, ENVIRONMENT), texts(image.default, "Environment")
    variables = {"go_env_image": [str(image.root)], "go_env_layers": LAYERS[:2], "go_env_become": False}
    role = {"name": "gopher.devbox.go_env"}
    undo = {"import_role": {**role, "tasks_from": "restore"}, "vars": variables}
    play = [{"hosts": "all", "gather_facts": False, "tasks": [{"import_role": role, "vars": variables}]}]
    (tmp_path / "play.json").write_text(json.dumps(play))
    done = playbooks.run(playbook=str(tmp_path / "play.json"))
    assert done.returncode == 0, done.stdout
    assert texts(image.system, ENVIRONMENT)["GOROOT"] == GO
    assert texts(image.default, "Environment")["GOPATH"] == r"%USERPROFILE%\go"
    (tmp_path / "undo.json").write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": [undo]}]))
    done = playbooks.run(playbook=str(tmp_path / "undo.json"))
    assert done.returncode == 0, done.stdout
    assert (texts(image.system, ENVIRONMENT), texts(image.default, "Environment")) == stood


# --- long values -----------------------------------------------------------------------------------------------------


def long_path(length: int) -> str:
    return ";".join(rf"C:\Dir{number:05}" for number in range(2000))[:length]


@pytest.mark.parametrize("scope", WANTED)
@pytest.mark.parametrize("length", [3500, 8100])
def test_a_change_of_a_long_path_can_be_undone(scope: str, length: int, runner: Runner, image: WindowsImage) -> None:
    bare = {"image": [str(image.root)], "scope": scope, **({"user": "alice"} if scope == "user" else {})}
    of_it = {**bare, "path": [r"C:\x\bin"]}
    file, key = of_scope(image, scope)
    root = {"machine": system, "default_user": ntuser, "user": ntuser}[scope]()
    root.at(key).values = [("Path", 2, text(long_path(length)))]
    file.write_bytes(make(root))
    stood = texts(file, key)
    for state in ("restored", "absent"):
        done = runner.run(**of_it)
        assert done.get("changed"), done
        assert texts(file, key)["Path"] != stood["Path"]
        assert not runner.run(**of_it)["changed"]
        undone = runner.run(**bare, state=state)
        assert undone.get("changed"), undone
        assert texts(file, key) == stood
    for hive in (file, image.software):
        values = [value for found in dump(hive).values() for value in found["values"]]
        assert not any(len(data) > 16344 for _name, _kind, data in values if isinstance(data, bytes))


@pytest.mark.parametrize("module", ["go_registry", "go_env"])
@pytest.mark.parametrize("what", ["what is wanted", "a value beside it", "in the template"])
def test_what_does_not_fit_is_found_before_anything_is_written(
    module: str, what: str, runner: Runner, image: WindowsImage
) -> None:
    """In check mode too, with the same findings."""
    scope, file, root = ("machine", image.system, system())
    if what == "in the template":
        scope, file, root = ("default_user", image.default, ntuser())
    variables = {"GOFLAGS": "-tags=" + "x" * (8170 if what == "what is wanted" else 1)}
    if what != "what is wanted":
        root.at(ENVIRONMENT if scope == "machine" else "Environment").values.append(("x", 3, b"x" * 16345))
        file.write_bytes(make(root))
    one = {"scope": scope, "variables": variables}
    layers = [{"mode": "machine", "variables": variables}, {"mode": "default_user", "variables": {"GOFLAGS": "-v"}}]
    options = {"image": [str(image.root)], **(one if module == "go_registry" else {"layers": layers})}
    before = image.bytes()
    checked = runner.run(module, check=True, **options)
    done = runner.run(module, **options)
    for result in (checked, done):
        assert (result["failed"], result["changed"]) == (True, False), result
        assert [finding["id"] for finding in result["findings"]] == ["hive_value_too_large"]
        assert result["msg"] == checked["msg"]
    assert image.bytes() == before


def test_a_path_that_windows_made_too_long_is_named_with_its_file(runner: Runner, image: WindowsImage) -> None:
    bare = {"image": [str(image.root)], "scope": "machine"}
    assert runner.run(**bare, **{name: MACHINE[name] for name in ("goroot", "variables")})["changed"]
    root = system()
    there = rf"{GO}\bin;{long_path(9000)}"
    root.at(ENVIRONMENT).values = [("Path", 2, text(there)), ("GOROOT", 1, text(GO))]
    image.system.write_bytes(make(root, sequence=77))
    before = image.bytes()
    for options in ({"state": "restored"}, {"state": "absent"}, {"goroot": r"C:\Go", "validate": "warn"}):
        for check in (True, False):
            found = runner.run(check=check, **bare, **options)
            assert (found["failed"], found["changed"]) == (True, False), found
            assert {(finding["id"], finding["subject"]) for finding in found["findings"]} == {
                ("hive_value_too_large", "Path")
            }
            assert f"ath in {image.system} has {len(text(there))} bytes now" in found["msg"]
            assert str(image.software) not in found["msg"]
    assert image.bytes() == before


def test_text_behind_a_nul_is_named_before_it_is_cut(runner: Runner, image: WindowsImage) -> None:
    root = system()
    more = [("GOFLAGS", 1, text("-v\0behind")), ("GOPROXY", 1, text("off\0behind")), ("GOPRIVATE", 1, text("x\0"))]
    root.at(ENVIRONMENT).values += more
    image.system.write_bytes(make(root))
    of_it = {"image": [str(image.root)], "scope": "machine", "variables": {"GOFLAGS": "-x", "GOPRIVATE": "y"}}
    for check in (True, False):
        found = runner.run(check=check, **of_it)
        assert found["changed"]
        named = [finding["subject"] for finding in found["findings"] if finding["id"] == "hive_text_cut"]
        assert named == ["GOFLAGS"]
    assert ("GOPROXY", 1, text("off\0behind")) in dump(image.system)[ENVIRONMENT]["values"]
    again = runner.run(**of_it)
    assert (again["changed"], "hive_text_cut" in json.dumps(again)) == (False, False)


def test_a_journal_that_a_running_windows_wrote_is_in_nobodys_way(runner: Runner, image: WindowsImage) -> None:
    """It has a long entry in one value."""
    id = "20260101T000000Z-00000001"
    was, now = (Value(long_path(4000) + more, "REG_EXPAND_SZ") for more in ("", r";C:\x\bin"))
    entry = JournalEntry(id, (Change("Path", was, now),), ours=(r"C:\x\bin",))
    machine = system()
    machine.at(ENVIRONMENT).values = [("Path", 2, text(now.data))]
    image.system.write_bytes(make(machine))
    root = software({})
    home = root.at(HOME["machine"])
    home.values = [("record", 1, text(Record(journal=(id,)).dumps()))]
    root.at(HOME["machine"] + r"\journal").values = [(id, 1, text(entry.dumps()))]
    assert len(text(entry.dumps())) > 16344
    image.software.write_bytes(make(root))
    of_it = {"image": [str(image.root)], "scope": "machine"}
    assert runner.run(**of_it, variables={"GOFLAGS": "-v"})["changed"]
    journal = texts(image.software, HOME["machine"] + r"\journal")
    assert f"{id}+2" in journal
    assert max(map(len, journal.values())) <= 8171
    assert runner.run(**of_it, state="restored")["changed"]
    undone = runner.run(**of_it, state="restored")
    assert (undone["changed"], undone["undone"]) == (True, id), undone
    assert texts(image.system, ENVIRONMENT) == {"Path": was.data}


# --- killed runs -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scope", ["machine", "default_user"])
@pytest.mark.parametrize("then", ["again", "nothing", "another", "restored", "absent"])
def test_a_run_killed_between_the_two_files(scope: str, then: str, runner: Runner, image: WindowsImage) -> None:
    root, wanted = {"image": [str(image.root)]}, {**WANTED[scope], "anchor": True}
    first = {"scope": scope, "variables": {"GOFLAGS": "-v"}}
    assert runner.run(**root, **first)["changed"]
    file, key = of_scope(image, scope)
    stood, software = texts(file, key), texts(image.software, HOME[scope])
    assert runner.run(kill=file.name, **root, **wanted) == {"signal": signal.SIGKILL}
    assert texts(file, key) == stood
    assert texts(image.software, HOME[scope]) != software
    found = runner.run(check=True, **root, **first)["findings"]
    assert "hive_pending" in {finding["id"] for finding in found}
    if then == "again":
        assert runner.run(**root, **wanted)["changed"]
        assert texts(file, key)["Path"] != stood.get("Path")
        assert not runner.run(**root, **wanted)["changed"]
        assert runner.run(**root, scope=scope, state="restored")["changed"]
        assert texts(file, key) == stood
    elif then == "nothing":
        assert not runner.run(**root, **first)["changed"]
        assert texts(image.software, HOME[scope])["record"] == software["record"]
    elif then == "another":
        assert runner.run(**root, scope=scope, variables={"GOFLAGS": "-x"})["changed"]
        assert texts(file, key) == {**stood, "GOFLAGS": "-x"}
    else:
        assert runner.run(**root, scope=scope, state=then)["changed"]
        assert "GOFLAGS" not in texts(file, key)
    assert "hive_pending" not in json.dumps(runner.run(check=True, **root, **first))
    journal = texts(image.software, HOME[scope] + r"\journal")
    assert set(json.loads(texts(image.software, HOME[scope])["record"])["journal"]) == set(journal)
    if scope == "machine":
        assert texts(image.software, "Go") == {}, "the anchor is undone, or never was"


def test_a_run_over_layers_that_was_killed_before_the_last_file_is_undone(runner: Runner, image: WindowsImage) -> None:
    layers = [{"mode": "machine", "goroot": GO}, {"mode": "default_user", "variables": {"GOFLAGS": "-v"}}]
    of_it = {"image": [str(image.root)], "layers": layers}
    stood = texts(image.system, ENVIRONMENT), texts(image.default, "Environment")
    assert runner.run("go_env", kill=image.default.name, **of_it) == {"signal": signal.SIGKILL}
    assert texts(image.system, ENVIRONMENT) != stood[0]
    undo = {**of_it, "layers": [{"mode": layer["mode"]} for layer in layers], "state": "restored"}
    for check in (True, False):
        found = runner.run("go_env", check=check, **undo)
        said = {finding["id"]: finding["message"] for finding in found["findings"]}
        assert (found["changed"], "restore_incomplete" in said) == (True, False), found
        assert "counts as not made" in said["hive_pending"]
    assert (texts(image.system, ENVIRONMENT), texts(image.default, "Environment")) == stood
    found = runner.run("go_env", check=True, **undo)
    assert (found["changed"], "hive_pending" in json.dumps(found)) == (False, False)


@pytest.mark.parametrize("scope", WANTED)
def test_what_a_killed_run_left_beside_a_file_goes(scope: str, runner: Runner, image: WindowsImage) -> None:
    """Also by a run that has nothing to write: Windows copies the folder of the template for new users."""
    of_it = {"image": [str(image.root)], **WANTED[scope]}
    assert runner.run(**of_it)["changed"]
    file, _key = of_scope(image, scope)
    before = image.bytes()
    left = {path.with_name(f".{path.name}.gopher-devbox-0123abcd") for path in {file, of_record(image, scope)}}
    for path in left:
        path.write_bytes(b"regf")
    assert not runner.run(check=True, **of_it)["changed"]
    assert all(path.exists() for path in left)
    done = runner.run(**of_it)
    removed = {finding["message"] for finding in done["findings"] if finding["id"] == "leftovers_removed"}
    assert (done["changed"], len(removed)) == (False, len(left))
    assert not any(path.exists() for path in left)
    assert image.bytes() == before


def test_a_run_that_makes_only_directories_takes_out_what_a_killed_one_left(
    runner: Runner, image: WindowsImage
) -> None:
    of_it = {"image": [str(image.root)], "scope": "machine", "gopath": [r"C:\gp"]}
    assert runner.run(**of_it)["changed"]
    killed = {**of_it, "variables": {"GOPROXY": "off"}}
    assert runner.run(kill=image.system.name, **killed) == {"signal": signal.SIGKILL}
    left = image.system.with_name(f".{image.system.name}.gopher-devbox-0123abcd")
    left.write_bytes(b"regf")
    made = runner.run(**of_it, create_directories=True)
    assert (made["changed"], made["journal"]) == (True, None)
    assert "hive_pending" in {finding["id"] for finding in made["findings"]}
    assert not left.exists()
    again = runner.run(check=True, **of_it, create_directories=True)
    assert (again["changed"], "hive_pending" in json.dumps(again)) == (False, False)


@pytest.mark.parametrize("scope", ["machine", "default_user"])
def test_runs_at_the_same_time_wait_for_each_other(scope: str, image: WindowsImage) -> None:
    runners = [Runner() for _ in range(3)]
    names = [f"GO{name}" for name in ("FLAGS", "PRIVATE", "PROXY")]
    for one, name in zip(runners, names, strict=True):
        one.ask(image=[str(image.root)], scope=scope, variables={name: "off" if name == "GOPROXY" else "-v"})
    results = [one.answer() for one in runners]
    assert all(result.get("changed") for result in results), results
    for one in runners:
        one.close()
    file, key = of_scope(image, scope)
    assert set(names) <= set(texts(file, key))
    record = json.loads(texts(image.software, HOME[scope])["record"])
    assert set(record["variables"]) == set(names)
    assert len(record["journal"]) == 3


# --- the hives alone -------------------------------------------------------------------------------------------------


def test_the_files_alone(runner: Runner, image: WindowsImage) -> None:
    files = {"system": str(image.system), "software": str(image.software), "user": str(image.default)}
    before = image.bytes()
    for scope, wanted in WANTED.items():
        options = {name: value for name, value in wanted.items() if name != "user"}
        result = runner.run(hives=files, **options)
        assert result.get("changed"), result
        assert "images" not in result
        if scope == "machine":
            assert "goroot_unknown" in {finding["id"] for finding in result["findings"]}
        assert not runner.run(hives=files, **options)["changed"]
    alone = {"hives": {"user": str(image.alice)}, "scope": "user", "variables": {"GOPROXY": "off"}}
    assert runner.run(**alone)["changed"]
    assert image.bytes()[image.bob] == before[image.bob]
    refused = runner.run(hives=files, scope="machine", gopath=[r"C:\go"], create_directories=True)
    assert refused["failed"]
    assert "cannot be made" in refused["msg"]


def unpacked(name: str, directory: Path) -> Path:
    source = REAL / f"{name}.xz"
    if not source.exists():
        pytest.skip("there are no hives of real Windows here (DEVBOX_HIVES)")
    with lzma.open(source) as file:
        (directory / name).write_bytes(file.read())
    return directory / name


def test_real_hives(runner: Runner, image: WindowsImage, tmp_path: Path) -> None:
    system, user = unpacked("SYSTEM", tmp_path), unpacked("NTUSER-WSL.DAT", tmp_path)
    files = {"hives": {"system": str(system), "software": str(image.software), "user": str(user)}}
    names = ("GOROOT", "GOTOOLCHAIN", "GOPATH", "GOCACHE", "GOPROXY", "Path", "PATH")
    before = foreign(system, *names), foreign(user, *names)
    for wanted in (MACHINE, NEW_USERS, {**USER, "user": None}):
        result = runner.run(**files, **wanted)
        assert result.get("changed"), result
        assert not runner.run(**files, **wanted)["changed"]
    assert (foreign(system, *names), foreign(user, *names)) == before
    for wanted in ({**USER, "user": None}, NEW_USERS, MACHINE):
        assert runner.run(**files, scope=wanted["scope"], state="restored")["changed"]


@pytest.mark.parametrize("name", ["transactions_NTUSER.DAT", "corrupted_system_hive"])
def test_real_hives_that_are_dirty_or_damaged(name: str, runner: Runner, image: WindowsImage, tmp_path: Path) -> None:
    path = unpacked(name, tmp_path)
    before = path.read_bytes(), path.stat().st_mtime_ns
    role = "system" if "system" in name else "user"
    files = {"software": str(image.software), role: str(path)}
    wanted = MACHINE if role == "system" else {**USER, "user": None}
    for state in ("present", "absent"):
        options = {"scope": wanted["scope"]} if state == "absent" else wanted
        result = runner.run(hives=files, state=state, **options)
        assert result["failed"], result
        assert {finding["id"] for finding in result["findings"]} & {"hive_dirty", "hive_damaged"}, result
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
