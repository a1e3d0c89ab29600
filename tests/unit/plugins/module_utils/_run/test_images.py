"""Several results as one, and which options of images go together."""

from __future__ import annotations

import functools
import importlib.util
import os
import typing as t
from pathlib import Path

import pytest
from unit.fakehives import SOFTWARE, SYSTEM, USER, FakeHives
from unit.hosts import FakeWindows

from ansible_collections.gopher.devbox.plugins.module_utils._media.audit_windows import WindowsAudit
from ansible_collections.gopher.devbox.plugins.module_utils._media.windows_host import over
from ansible_collections.gopher.devbox.plugins.module_utils._run import (
    config,
    env_info,
    env_info_offline,
    env_info_wsl,
    env_layers,
    env_offline,
    env_wsl,
    registry_offline,
)
from ansible_collections.gopher.devbox.plugins.module_utils._run.image_options import check_images, is_offline
from ansible_collections.gopher.devbox.plugins.module_utils._run.images import over_images, over_users
from ansible_collections.gopher.devbox.plugins.module_utils._run.registry import ARGUMENT_SPEC, ENVIRONMENT
from ansible_collections.gopher.devbox.plugins.module_utils._run.registry import run as registry_run

DIFF = {"before_header": "machine scope", "after_header": "machine scope", "before": "", "after": "x\n"}
RESULTS: dict[str, dict[str, t.Any]] = {
    "/a": {"changed": True, "refresh": ["start it"], "findings": [{"id": "i", "message": "m"}], "diff": DIFF},
    "/b": {"changed": False, "failed": True, "msg": "It is dirty.", "findings": [{"id": "d", "message": "n"}]},
    "/c": {"changed": False, "refresh": ["start it"], "findings": [], "diff": [DIFF, DIFF]},
}


def test_the_result_of_one_image_is_the_result() -> None:
    found = over_images(["/a"], RESULTS.__getitem__)
    assert found["image"] == "/a"
    assert found["refresh"] == ["start it"]
    assert found["diff"] == {**DIFF, "before_header": "/a: machine scope", "after_header": "/a: machine scope"}
    assert [set(one) for one in found["images"]] == [{"image", "changed", "refresh", "findings"}]
    alone = over_images(["/b"], RESULTS.__getitem__)
    assert (alone["failed"], alone["msg"]) == (True, "It is dirty.")


def test_one_failure_does_not_hide_the_others() -> None:
    found = over_images(list(RESULTS), RESULTS.__getitem__)
    assert (found["changed"], found["failed"]) == (True, True)
    assert found["msg"] == "1 of 3 images failed, which did not stop the others. /b: It is dirty."
    assert [diff["after_header"] for diff in found["diff"]] == ["/a: machine scope", *["/c: machine scope"] * 2]
    assert [(one["image"], one["id"], one["message"]) for one in found["findings"]] == [
        ("/a", "i", "/a: m"),
        ("/b", "d", "/b: n"),
    ]
    assert found["refresh"] == ["start it"]
    assert "failed" not in over_images(["/a", "/c"], RESULTS.__getitem__)


def test_where_all_failed_there_are_no_others() -> None:
    found = over_images(["/b", "/d"], {**RESULTS, "/d": {**RESULTS["/b"], "msg": "It is gone."}}.__getitem__)
    assert found["msg"] == "2 of 2 images failed. /b: It is dirty. /d: It is gone."


def test_of_users_within_images_the_others_are_not_said_again() -> None:
    users = over_users([{"user": name, **result} for name, result in RESULTS.items()])
    others = ", which did not stop the others."
    assert others in over_images(["/x"], lambda _image: users)["msg"]
    found = over_images(["/a", "/x"], {**RESULTS, "/x": users}.__getitem__)
    assert found["msg"] == f"1 of 2 images failed{others} /x: 1 of 3 users failed. /b: It is dirty."
    assert others in found["images"][1]["msg"]
    found = over_images(["/x", "/y"], lambda _image: users)
    of_users = "1 of 3 users failed. /b: It is dirty."
    assert found["msg"] == f"2 of 2 images failed. /x: {of_users} /y: {of_users}"


def test_users_are_told_apart_like_images() -> None:
    found = over_users([{"user": name, **result} for name, result in RESULTS.items()])
    assert [one["user"] for one in found["users"]] == ["/a", "/b", "/c"]
    assert found["msg"].startswith("1 of 3 users failed")
    assert not any("diff" in one for one in found["users"])


@pytest.mark.parametrize(
    ("images", "words"),
    [
        (None, ""),
        (["/a", "/b"], ""),
        ([], "empty list"),
        (["a"], "absolute"),
        (["/a", "/b", "/a/"], "names /a more than once (/a, /a/)"),
        (["/a\0b"], "a character with the code 0"),
        (["/a\udcff"], "not UTF-8"),
    ],
)
def test_images_are_named_once_and_absolutely(images: list[str] | None, words: str) -> None:
    found = " ".join(check_images(images))
    assert words in found
    assert bool(found) is bool(words)


def test_an_image_and_a_link_to_it_are_one(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("image")
    found = " ".join(check_images([str(tmp_path / "image"), str(tmp_path / "link")]))
    assert f"names {tmp_path / 'image'} more than once" in found


@pytest.mark.parametrize("software", [True, False])
def test_an_image_that_is_mounted_twice_is_one(tmp_path: Path, software: bool) -> None:
    """A hard link is the same file at two paths, as a bind mount has it."""
    first, second, third = (tmp_path / name for name in ("a", "b", "c"))
    for root in (first, second, third):
        (root / "Windows" / "System32" / "config").mkdir(parents=True)
    there = "Windows/System32/config/SOFTWARE"
    if software:
        (first / there).write_bytes(b"regf")
        (third / there).write_bytes(b"regf")
        os.link(first / there, second / there)
    found = " ".join(check_images([str(first), str(second), str(third)]))
    assert found == (f"image names {first} more than once ({first}, {second})." if software else "")


def test_what_nobody_foresaw_in_one_image_does_not_stop_the_others() -> None:
    def one(image: str) -> dict[str, t.Any]:
        if image == "/b":
            raise ValueError(f"hunter2 in {image}")
        return RESULTS[image]

    found = over_images(["/b", "/a"], one, known={"variables": {"GOPROXY": "https://me:hunter2@proxy"}})
    assert [bool(result.get("failed")) for result in found["images"]] == [True, False]
    assert "1 of 2 images failed" in found["msg"]
    assert "a defect of the collection" in found["msg"]
    assert "hunter2" not in str(found)


def registry(access: FakeHives | None = None, **given: t.Any) -> dict[str, t.Any]:
    options = {name: spec.get("default") for name, spec in ARGUMENT_SPEC.items()} | given
    assert is_offline(options)
    return registry_offline.run(options, False, True, access or FakeHives())


FILES = {"system": SYSTEM, "software": SOFTWARE, "user": USER}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"image": ["/a"], "hives": FILES, "scope": "machine"}, "image and hives are both given"),
        ({"image": ["/a"], "scope": "user"}, "user is needed with image"),
        ({"hives": {}, "scope": "machine"}, "hives.software is needed with scope: machine. hives.system is needed"),
        ({"hives": {"user": USER}, "scope": "default_user"}, "hives.software is needed"),
        ({"hives": {"user": "x"}, "scope": "user"}, "hives.user: 'x' is not an absolute path"),
        ({"hives": {"user": "/a\0"}, "scope": "user"}, "a character with the code 0"),
        (
            {"hives": {"system": SYSTEM, "software": f"/hives/../{SYSTEM}"}, "scope": "machine"},
            f"hives.system and hives.software are one file, {SYSTEM}",
        ),
        ({"hives": FILES, "scope": "user", "user": "all"}, "says whose scope it is"),
        ({"hives": FILES, "scope": "machine", "goroot": "x"}, "goroot"),
        ({"hives": FILES, "scope": "machine", "gopath": [r"%USERPROFILE%\go"]}, "does not exist yet"),
        ({"image": ["/a"], "scope": "default_user", "user": "alice"}, "belongs to nobody"),
    ],
)
def test_options_that_do_not_go_together(options: dict[str, t.Any], words: str) -> None:
    hives = FakeHives()
    result = registry(hives, **options)
    assert words in result.get("msg", ""), result
    assert (result["changed"], hives.written) == (False, [])


def test_the_files_alone_give_a_plain_result() -> None:
    hives = FakeHives()
    result = registry(hives, hives=FILES, scope="default_user", gopath=[r"%USERPROFILE%\go"])
    assert (result["changed"], result["scope"], result["sid"]) == (True, "default_user", "")
    assert result["effective"]["GOPATH"]["value"] == r"C:\Users\%USERNAME%\go"
    assert hives.files[USER]["Environment"]["GOPATH"] == ("REG_EXPAND_SZ", r"%USERPROFILE%\go")


def test_of_the_machines_files_alone_nothing_of_a_session_is_said() -> None:
    files = {name: path for name, path in FILES.items() if name != "user"}
    result = registry(hives=files, scope="machine", variables={"GOTOOLCHAIN": "local"})
    (found,) = [finding for finding in result["findings"] if finding["id"] == "user_environment_unknown"]
    assert found["message"].startswith("No user's scope was read")
    assert "Connect" not in found["advice"]


@pytest.mark.skipif(importlib.util.find_spec("hivex") is not None, reason="this Python has hivex")
def test_without_hivex_the_packages_are_named() -> None:
    for options in ({"image": ["/a"], "scope": "machine"}, {"hives": FILES, "scope": "machine"}):
        given = {name: spec.get("default") for name, spec in ARGUMENT_SPEC.items()} | options
        result = registry_offline.run(given, False, True)
        for word in ("python3-hivex", "Debian", "Fedora", "Arch", "macOS"):
            assert word in result["msg"]


@pytest.mark.parametrize("module", ["go_env", "go_config", "go_env_info", "go_env_info in an image"])
def test_all_users_are_those_of_go_registry(module: str) -> None:
    host = FakeWindows()
    if module == "go_env":
        given = {name: spec.get("default") for name, spec in env_layers.ARGUMENT_SPEC.items()}
        params = {**given, "layers": [{"mode": "user", "user": "all", "gopath": [r"D:\go"]}]}
        result = over(functools.partial(env_wsl.run, ENVIRONMENT))(params, lambda: host, False, True)
    elif module == "go_config":
        given = {name: spec.get("default") for name, spec in config.ARGUMENT_SPEC.items()}
        result = over(config.run)({**given, "user": "all", "gobin": r"%GOBIN%\x"}, lambda: host, False, True)
    else:
        params = {name: spec.get("default") for name, spec in env_info.ARGUMENT_SPEC.items()} | {"user": "all"}
        if module == "go_env_info":
            result = over(functools.partial(env_info_wsl.run, WindowsAudit))(params, lambda: host, False, True)
        else:
            result = env_info_offline.run({**params, "image": ["/a"]}, access=FakeHives())
    assert result["failed"]
    assert "user: all is for go_registry" in result["msg"]
    assert not host.scripts


def test_a_running_windows_wants_paths_of_its_own() -> None:
    def connect() -> t.NoReturn:
        raise AssertionError("it is connected to")

    for options in ({"image": ["/a"]}, {"hives": FILES}):
        given = {name: spec.get("default") for name, spec in ARGUMENT_SPEC.items()} | {"scope": "machine", **options}
        result = over(registry_run)(given, connect, False, True)
        assert "is not an absolute path" in result["msg"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"image": [], "mode": "machine"}, "empty list"),
        ({"mode": "machine", "wsl": [{}]}, "wsl is given with image"),
        ({"mode": "user"}, "user is needed"),
        ({"mode": "user", "user": "a", "config": {}}, "config is given with image"),
        ({"mode": "user", "user": "a", "repair": True}, "repair is given with image"),
        ({"mode": "user", "user": "all"}, "registry (user): user: all is for go_registry"),
        ({"state": "restored", "user": "all"}, "registry (user): user: all is for go_registry"),
        ({}, "Neither mode is given nor layers"),
        ({"mode": "machine", "goroot": "x"}, "registry (machine): goroot"),
    ],
)
def test_what_go_env_refuses_of_an_image(options: dict[str, t.Any], words: str) -> None:
    given = {name: spec.get("default") for name, spec in env_layers.ARGUMENT_SPEC.items()}
    result = env_offline.run({**given, "image": ["/a"], **options}, False, True, FakeHives())
    assert words in result.get("msg", ""), result
