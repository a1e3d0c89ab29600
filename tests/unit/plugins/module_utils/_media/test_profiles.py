"""Profiles by ProfileList."""

from __future__ import annotations

import pytest

from ansible_collections.gopher.devbox.plugins.module_utils._media.profiles import Profile, named, parse_profiles

ROOT = r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList"
SID = "S-1-5-21-1-2-3-1001"


def test_what_reg_prints_of_each_value() -> None:
    texts = [
        (
            f"\r\n{ROOT}\\S-1-5-18\r\n    ProfileImagePath    REG_EXPAND_SZ    %systemroot%\\x\r\n"
            f"\r\n{ROOT}\\{SID}\r\n    ProfileImagePath    REG_EXPAND_SZ    C:\\Users\\a b\r\n"
            "\r\nEnd of search: 2 match(es) found.\r\n"
        ),
        f"\r\n{ROOT}\\{SID}\r\n    State    REG_DWORD    0x801\r\n\r\nEnd of search: 1 match(es) found.\r\n",
        "\r\nEnd of search: 0 match(es) found.\r\n",
    ]
    found = parse_profiles(texts, True)
    assert list(found) == ["S-1-5-18", SID]
    profile = found[SID]
    assert (profile.path, profile.folder, profile.state) == (r"C:\Users\a b", "a b", 0x801)
    assert profile.is_mandatory
    assert profile.is_temporary


def test_a_path_that_was_not_printed_whole_is_not_known() -> None:
    text = f"{ROOT}\\{SID}\r\n    ProfileImagePath    REG_EXPAND_SZ    C:\\Users\\???\r\n"
    assert parse_profiles([text], False) == {}


@pytest.mark.parametrize(
    ("sid", "real"),
    [
        (SID, True),
        ("S-1-12-1-1-2-3-4", True),
        ("S-1-5-18", False),
        ("S-1-5-80-1-2", False),
        ("S-1-5-82-1", False),
        (f"{SID}.BAK", False),
        (f"{SID}_CLASSES", False),
    ],
)
def test_whose_profiles_are_real(sid: str, real: bool) -> None:
    assert Profile(sid).is_real is real


@pytest.mark.parametrize("folder", [r"C:\Users\TEMP", r"C:\Users\TEMP.CORP", r"C:\Users\temp.CORP.000"])
def test_temporary_folders(folder: str) -> None:
    assert Profile(SID, folder).is_temporary
    assert not Profile(SID, folder.replace("TEMP", "x").replace("temp", "x")).is_temporary


def folders(user: str, *names: str) -> list[str]:
    profiles = [Profile(f"{SID}{number}", rf"C:\Users\{name}") for number, name in enumerate(names)]
    return [profile.folder for profile in named(user, profiles)]


def test_names() -> None:
    assert folders("Bob", "bob", "bobby", "carol") == ["bob"]
    assert folders("bob", "bob", "bob.CORP") == ["bob", "bob.CORP"]
    assert folders(r"corp\bob", "bob", "bob.CORP") == ["bob.CORP"]
    assert folders(r"corp\bob", "bob") == ["bob"]
    assert folders("bob.CORP", "bob", "bob.CORP") == ["bob.CORP"]
    assert folders("bob", "carol") == []
