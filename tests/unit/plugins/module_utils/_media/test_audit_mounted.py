# Copyright (c) 2026, The gopher.devbox authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an audit of an image on a Windows host decides without asking; the rest is in the integration tests."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.gopher.devbox.plugins.module_utils._core.state import UNKNOWN
from ansible_collections.gopher.devbox.plugins.module_utils._core.wanted import Scope, Wanted
from ansible_collections.gopher.devbox.plugins.module_utils._go.audit import NOT_LOOKED
from ansible_collections.gopher.devbox.plugins.module_utils._media.mounted_files import MountedFiles
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_hives import OfflineMount, load
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_mounted import Offline, selected
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_mounted_scopes import guessed_folder
from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_offline import (
    IN_IMAGE,
    SOFTWARE,
    SYSTEM,
    USER,
    control_set,
)

FILES = {USER: r"D:\m\Users\a\NTUSER.DAT", SYSTEM: r"D:\m\SYSTEM", SOFTWARE: r"D:\m\SOFTWARE"}


class Silent:
    """A transport that must not be used."""

    holds_output = True

    def run(self, *_asked: Any) -> Any:
        raise AssertionError("nothing is to be asked")


def files(root: str = r"D:\mount") -> MountedFiles:
    return MountedFiles(Silent(), Offline.in_image(root) if root else Offline("", {}))


@pytest.mark.parametrize(
    ("user", "folder"),
    [
        (None, r"C:\Users\Default"),
        ("alice", r"C:\Users\alice"),
        (r"CORP\alice", ""),
        ("S-1-5-21-1-2-3-1001", ""),
        ("public", ""),
        ("a&b", ""),
    ],
)
def test_where_a_profile_is_for_most(user: str | None, folder: str) -> None:
    scope = Scope.USER if user else Scope.DEFAULT_USER
    assert guessed_folder(Wanted(IN_IMAGE, scope, user)) == folder


@pytest.mark.parametrize(("number", "current"), [("0x1", "ControlSet001"), ("0x9", "ControlSet009"), ("one", "")])
def test_the_control_set_in_use(number: str, current: str) -> None:
    text = f"\r\nHKEY_LOCAL_MACHINE\\SYSTEM\\Select\r\n    Current    REG_DWORD    {number}\r\n\r\n"
    assert control_set(selected(text.encode(), "utf-8")) == current
    assert control_set(selected(None, "utf-8")) == ""


def test_files_that_are_loaded_apart() -> None:
    """One that is not loaded does not keep the others from it, and each has its own words."""
    mount = OfflineMount("image-1", "", OfflineMount.of_files("", FILES).files, apart=True)
    words = ["gd-locked", "gd-loading-0", "ERROR: no", "gd-loading-1", "gd-loaded-1", "gd-loading-2", "gd-loaded-2"]
    assert mount.loaded_of(words) == [SYSTEM, SOFTWARE]
    assert mount.said_of(USER, words) == ["ERROR: no"]
    assert mount.said_of(SYSTEM, words) == ["gd-loaded-1"]
    assert [mount.condition(name) for name in FILES] == ["defined gh0", "defined gh1", "defined gh2"]
    assert not [line for line in load(mount, "gd0") if line.endswith("set gd=)")]
    assert len([line for line in load(OfflineMount.of_files("", FILES), "gd0") if line.endswith("set gd=)")]) == 3


def test_only_files_that_are_there_are_loaded() -> None:
    lines = load(OfflineMount.of_files("", FILES), "gd0")
    for number, file in enumerate(FILES.values()):
        assert f'(if defined gd if exist "{file}" set gu{number}=1)' in lines
        assert all(
            line.startswith(f"(if defined gu{number} ") for line in lines if "reg.exe load" in line and file in line
        )


def test_what_is_not_in_the_image_is_not_asked_for() -> None:
    seen = files()
    for path in (r"D:\Go", r"\\server\share", r"C:\Users\..\Go"):
        assert seen.look_up(path) == UNKNOWN
        assert seen.state(path)[0] == NOT_LOOKED
        assert not seen.is_inside(path)
    assert seen.look_up(r"C:\Users\%USERNAME%\go\bin").exists is False
    assert not seen.ask()
    assert files("").look_up(r"C:\Go") == UNKNOWN
    assert not files("").ask()


def test_what_is_to_be_asked_is_unknown() -> None:
    seen = files()
    assert seen.look_up(r"C:\Go\bin") == UNKNOWN
    assert seen.found(r"C:\Go", "GOROOT").named == "GOROOT"
    assert seen.data(r"C:\Users\a\env") == b""
    assert seen.writable(r"C:\Go") is None
    with pytest.raises(AssertionError):
        seen.ask()


@pytest.mark.parametrize(
    ("place", "folder"),
    [(r"D:\mount\Users\Default\NTUSER.DAT", r"C:\Users\Default"), (r"D:\mounted\x\NTUSER.DAT", ""), ("", "")],
)
def test_a_directory_as_the_image_has_it(place: str, folder: str) -> None:
    assert files().folder_of(place) == folder
    assert files("").folder_of(place) == ""
