"""What a Windows that is not running sets by itself, and what can be said of its paths."""

from __future__ import annotations

from ansible_collections.gopher.devbox.plugins.module_utils._media.registry_offline import (
    IN_HIVES,
    IN_IMAGE,
    core_of,
    profile_of,
)


def test_only_the_drive_of_the_image_can_be_looked_at() -> None:
    for path, image, files in ((r"C:\Go", True, False), (r"c:\Go", True, False), (r"D:\Go", False, False)):
        assert IN_IMAGE.syntax.can_look_up(path) is image
        assert IN_HIVES.syntax.can_look_up(path) is files
        assert IN_IMAGE.syntax.is_remote(path) is not image
        assert IN_HIVES.syntax.is_remote(path)
    assert IN_IMAGE.syntax.is_remote(r"\\server\share")


def test_programs_are_where_software_says() -> None:
    found = core_of({"PROGRAMFILESDIR": r"D:\Programs", "PROGRAMFILESDIR (X86)": r"D:\Programs (x86)"}, "BOX")
    assert (found["ProgramFiles"], found["ProgramW6432"]) == (r"D:\Programs", r"D:\Programs")
    assert (found["ProgramFiles(x86)"], found["COMPUTERNAME"]) == (r"D:\Programs (x86)", "BOX")
    assert core_of({}, "")["ProgramFiles"] == r"C:\Program Files"
    assert "COMPUTERNAME" not in core_of({}, "")


def test_a_profile_that_nobody_has_yet_has_a_name_to_come() -> None:
    there, to_come = profile_of(r"C:\Users\alice"), profile_of("")
    assert (there.text("LOCALAPPDATA"), there.text("HOMEPATH")) == (r"C:\Users\alice\AppData\Local", r"\Users\alice")
    assert (to_come.text("USERPROFILE"), to_come.text("USERNAME")) == (r"C:\Users\%USERNAME%", "%USERNAME%")
