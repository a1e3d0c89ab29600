"""An image on disk: its files whatever their case, its directories, its profiles."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest
from unit.fakehives import FakeHive

from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import Blocked
from ansible_collections.gopher.devbox.plugins.module_utils._core.state import UNKNOWN, Directory
from ansible_collections.gopher.devbox.plugins.module_utils._core.values import Value, Variables
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.hive_files import HiveFiles, LocalHives
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.image import PROFILES_KEY, Image

CORE = Variables({"SystemDrive": Value("C:")})
SID = "S-1-5-21-1-2-3-"


@pytest.fixture
def image(tmp_path: Path) -> Image:
    root = tmp_path / "image"
    for file in ("WINDOWS/system32/Config/software", "Users/alice/ntuser.dat", "Go/Bin/GO.exe", "Go/bin2/go.bat"):
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_bytes(b"")
    (root / "Go" / "VERSION").write_text("go1.27.3\ntime x\n")
    return Image(str(root), HiveFiles(LocalHives()))


def software(**folders: str) -> FakeHive:
    hive = FakeHive("/SOFTWARE")
    hive.keys = {PROFILES_KEY: {"Default": ("REG_EXPAND_SZ", r"%SystemDrive%\Users\Template")}}
    for name, folder in folders.items():
        sid = name.replace("_", "-")
        hive.keys[rf"{PROFILES_KEY}\{sid}"] = {"ProfileImagePath": ("REG_EXPAND_SZ", folder)}
    return hive


def test_names_match_whatever_their_case(image: Image) -> None:
    assert image.software == os.path.join(image.root, "WINDOWS/system32/Config/software")
    assert image.system == ""
    image.check()


def test_where_two_names_are_one_the_exact_one_is_meant(image: Image) -> None:
    (Path(image.root) / "users").mkdir()
    assert image.find("users") == os.path.join(image.root, "users")
    assert image.find("Users") == os.path.join(image.root, "Users")


def test_directories_as_windows_has_them(image: Image) -> None:
    found = image.look_up([r"c:\go\bin", r"C:\GO", r"C:\go\BIN2", r"C:\none", r"D:\go", r"\\server\go", "C:\\"])
    assert found == {
        r"c:\go\bin": Directory(True, "go.exe", "go1.27.3"),
        r"C:\GO": Directory(True),
        r"C:\go\BIN2": Directory(True, "go.bat", "go1.27.3"),
        r"C:\none": Directory(False),
        r"D:\go": UNKNOWN,
        r"\\server\go": UNKNOWN,
        "C:\\": Directory(True),
    }
    assert image.parts_of(r"C:\Users\..\..\etc") is None


def test_a_link_does_not_lead_out_of_the_image(image: Image, tmp_path: Path) -> None:
    outside = tmp_path / "outside" / "System32" / "config"
    outside.mkdir(parents=True)
    (outside / "SOFTWARE").write_bytes(b"")
    other = tmp_path / "other"
    other.mkdir()
    (other / "Windows").symlink_to(tmp_path / "outside")
    found = Image(str(other), image.files)
    assert found.software == ""
    with pytest.raises(Blocked, match="holds no Windows of its own") as raised:
        found.check()
    assert f"{other / 'Windows'} is a link that leads out of it, to {tmp_path / 'outside'}." in str(raised.value)
    (other / "Windows").unlink()
    with pytest.raises(Blocked, match="there is no Windows/System32/config/SOFTWARE"):
        Image(str(other), image.files).check()


def test_what_a_link_leads_to_outside_is_neither_seen_nor_made(image: Image, tmp_path: Path) -> None:
    (tmp_path / "outside" / "bin").mkdir(parents=True)
    (Path(image.root) / "Users" / "linked").symlink_to(tmp_path / "outside")
    (Path(image.root) / "Users" / "inside").symlink_to(Path(image.root) / "Go")
    assert image.look_up([r"C:\Users\linked\bin"]) == {r"C:\Users\linked\bin": UNKNOWN}
    assert image.make([r"C:\Users\linked\go"]) == [r"C:\Users\linked\go"]
    assert [path.name for path in (tmp_path / "outside").iterdir()] == ["bin"]
    assert image.look_up([r"C:\Users\inside\bin"])[r"C:\Users\inside\bin"].go == "go.exe"


def test_directories_are_made_like_the_one_above(image: Image) -> None:
    users = Path(image.root) / "Users" / "alice"
    users.chmod(0o750)
    assert image.make([r"C:\USERS\alice\go\src", r"C:\users\ALICE\Go\bin", r"D:\go"]) == [r"D:\go"]
    assert sorted(path.name for path in (users / "go").iterdir()) == ["bin", "src"]
    assert (users / "go" / "src").stat().st_mode & 0o777 == 0o750
    (users / "file").write_bytes(b"")
    assert image.make([r"C:\Users\alice\file\src", r"C:\Users\alice\file"]) == [
        r"C:\Users\alice\file\src",
        r"C:\Users\alice\file",
    ]


def profiles(image: Image, *, state: str = "", **folders: str) -> t.Any:
    hive = software(**folders)
    for values in hive.keys.values():
        values["State"] = ("REG_DWORD", state)
    return image.profiles(hive, CORE)


def test_profiles_are_those_of_people(image: Image) -> None:
    listed = profiles(
        image,
        S_1_5_18=r"C:\Windows\system32\config\systemprofile",
        S_1_5_21_1_2_3_1001=r"%SystemDrive%\Users\alice",
        S_1_12_1_5_6=r"D:\Profiles\bob",
    )
    assert [(profile.sid, profile.name, bool(profile.hive)) for profile in listed] == [
        (f"{SID}1001", "alice", True),
        ("S-1-12-1-5-6", "bob", False),
    ]
    assert image.profiles(None, CORE) == []
    assert image.default(software(), CORE).directory == r"C:\Users\Template"
    assert image.default(None, CORE).directory == r"C:\Users\Default"


def test_a_broken_profile_is_none(image: Image) -> None:
    hive = software()
    hive.keys[rf"{PROFILES_KEY}\{SID}7.bak"] = {"ProfileImagePath": ("REG_SZ", r"C:\Users\alice")}
    assert image.profiles(hive, CORE) == []


@pytest.mark.parametrize(
    ("state", "folder", "id"),
    [
        ("0x1", "alice", "mandatory_profile"),
        ("0x800", "alice", "temporary_profile"),
        ("0x0", "TEMP.BOX", "temporary_profile"),
        ("0x100", "alice", ""),
        ("", "alice", ""),
    ],
)
def test_what_windows_throws_away_is_told(image: Image, state: str, folder: str, id: str) -> None:
    (profile,) = profiles(image, state=state, S_1_5_21_1_2_3_1001=rf"C:\Users\{folder}")
    assert (profile.lost.id if profile.lost else "") == id


def test_a_roaming_profile_is_told(image: Image) -> None:
    hive = software(S_1_5_21_1_2_3_1001=r"C:\Users\alice")
    hive.keys[rf"{PROFILES_KEY}\{SID}1001"]["CentralProfile"] = ("REG_SZ", r"\\srv\profiles\alice.V6")
    (profile,) = image.profiles(hive, CORE)
    assert profile.roaming
    assert (profile.lost, profile.roaming.id) == (None, "roaming_profile")
    assert r"\\srv\profiles\alice.V6" in profile.roaming.message


def test_users_have_names(image: Image) -> None:
    listed = profiles(
        image, S_1_5_21_1_2_3_1001=r"C:\Users\alice", S_1_5_21_1_2_3_1002=r"C:\Users\bob.CORP", S_1_5_21_9=r"C:\x"
    )
    for user, sid in (
        (f"{SID}1002".lower(), f"{SID}1002"),
        ("ALICE", f"{SID}1001"),
        (r"CORP\bob", f"{SID}1002"),
        (r"CORP\alice", f"{SID}1001"),
        ("bob.corp", f"{SID}1002"),
    ):
        found = image.named(user, listed)
        assert found is not None
        assert found.sid == sid
    for user in ("bob", "Default", f"{SID}9999", r"CORP\Default"):
        assert image.named(user, listed) is None
    (Path(image.root) / "Users" / "carol").mkdir()
    assert image.named("carol", listed) is None, "it has no registry"
    image = Image(image.root, image.files)
    (Path(image.root) / "Users" / "carol" / "NTUSER.DAT").write_bytes(b"")
    found = image.named("carol", listed)
    assert found is not None
    assert (found.sid, found.name) == ("", "carol")


def test_what_is_no_image_is_said_with_what_to_name(image: Image, tmp_path: Path) -> None:
    for root, words in (
        (f"{image.root}/WINDOWS", f"Name the directory above it, {image.root}"),
        (str(tmp_path), "that Windows and Users are in"),
        (f"{tmp_path}/none", "is not a directory"),
    ):
        with pytest.raises(Blocked, match=words):
            Image(root, image.files).check()
